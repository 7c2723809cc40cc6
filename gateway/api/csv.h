// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_API_CSV_H
#define KABARI_API_CSV_H

#include "base/buf.h"

#include <jansson.h>
#include <stddef.h>

/* CSV in answers (RFC 4180, with a line feed between rows). */

/** Adds a cell: quoted where it must be, and with an apostrophe before what a
 *  spreadsheet would take for a formula (= + - @, tab, carriage return). A
 *  cell that is not the row's first gets its comma. */
void api_csv_cell(struct buf *out, const char *text);

/** Ends a row. */
void api_csv_end(struct buf *out);

/** Reads CSV whose first row names the columns as an array of objects, at most
 *  so many rows. */
json_t *api_csv_rows(const char *csv, size_t bytes, size_t most);

#endif
