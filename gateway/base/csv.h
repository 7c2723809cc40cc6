// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_BASE_CSV_H
#define KABARI_BASE_CSV_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Comma-separated values (RFC 4180 and what spreadsheets make of it), read
 * piece by piece through libcsv: comma, semicolon or tab (found in the header
 * line, or said by a first line "sep=;"), LF or CRLF, a byte-order mark,
 * UTF-8 or Windows-1252 (told field by field: one that is no UTF-8 is 1252).
 */

#define CSV_FIELD_MOST   4096                /* bytes of a field */
#define CSV_COLUMNS_MOST 64                  /* fields of a row */
#define CSV_HEADER_MOST  ((size_t)64 * 1024) /* bytes of the first line */
#define CSV_RUNAWAY_MOST ((size_t)64 * 1024) /* a quote that is never closed */

/** What is wrong with a row; its fields are there as far as they fit. */
enum csv_fault {
    CSV_FINE,
    CSV_FIELD_TOO_LONG,
    CSV_TOO_MANY_FIELDS
};

struct csv_row {
    int64_t number;            /* as a spreadsheet counts: the header is 1 */
    const char *const *fields; /* UTF-8, NUL-terminated, no NUL within */
    size_t count;
    enum csv_fault fault;
};

/** Called per row, the header first. Rows are valid during the call. Anything
 *  but KB_OK stops the reader. */
typedef enum kb_err csv_row_fn(void *arg, const struct csv_row *row);

struct csv_reader;

/** Free with csv_reader_free(). */
struct csv_reader *csv_reader_new(csv_row_fn *fn, void *arg);
void csv_reader_free(struct csv_reader *reader);

/**
 * Reads the next bytes. The pieces may cut the text anywhere.
 *
 * @return KB_OK; KB_INVALID where it is no such text at all (a workbook,
 *         UTF-16, a quote that is never closed): why says how to mend it; what
 *         fn returned. A reader that failed takes no more.
 */
KB_MUST_USE enum kb_err csv_reader_feed(struct csv_reader *reader,
    const void *bytes, size_t count, struct why *why);

/** The text is complete: hands over the last row. Returns as feed. */
KB_MUST_USE enum kb_err csv_reader_end(
    struct csv_reader *reader, struct why *why);

/** True where some field was taken as Windows-1252. */
bool csv_reader_saw_1252(const struct csv_reader *reader);

/**
 * Adds one field to a line of CSV: quoted where it must be, and with an
 * apostrophe before = + - @, tab and CR, so that no spreadsheet takes it for a
 * formula (OWASP, CSV Injection); and before one that stands before such a sign
 * already, so that csv_plain() gives back what was there.
 */
void csv_quote(struct buf *out, const char *text);

/** What a field held before csv_quote() put its apostrophe there: for readers
 *  that are no spreadsheet. Borrowed from text. */
const char *csv_plain(const char *text);

/** Adds fields with commas between and a line's end (LF). */
void csv_line(struct buf *out, const char *const *fields, size_t count);

#endif
