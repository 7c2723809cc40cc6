// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_CLI_TABLE_H
#define KABARI_CLI_TABLE_H

#include "base/buf.h"

#include <jansson.h>

/*
 * JSON for people: tables with columns as wide as what stands in them, and
 * objects with a member a line. Widths are those of a terminal (wcwidth(3)
 * in a UTF-8 locale). Control characters become spaces: a resident's SMS must
 * not talk to an officer's terminal.
 */

/** A column; a table ends with a NULL title. */
struct cli_column {
    const char *title;
    const char *member;
    int most; /* columns of the terminal; longer is cut with …; 0: no limit */
};

/** How wide a text is on a terminal. */
int cli_width(const char *text);

/** A value as it stands in a cell: "-" for null and "", yes or no, times as
 *  2016-09-30 08:00, lists joined with commas. free() it. */
char *cli_cell(const json_t *value, int most);

/** A header line and a line per object of an array. */
void cli_table(
    struct buf *out, const struct cli_column *columns, const json_t *rows);

/** The same on a screen so many columns wide (0: as wide as it gets): the last
 *  column is cut so that no line breaks, where it leaves enough of it. */
void cli_table_fit(struct buf *out, const struct cli_column *columns,
    const json_t *rows, int screen);

/** An object, a member a line; lists of objects follow as tables. On a screen
 *  so many columns wide (0: as wide as it gets) long values go on below. */
void cli_show(struct buf *out, const json_t *object, int screen);

/** A text in lines of at most `width` columns (0: one line), broken between
 *  words, each after the first behind `indent` spaces; ends with a newline. */
void cli_wrap(struct buf *out, const char *text, int indent, int width);

/** A sentence with {member} filled in from an object. */
void cli_line(struct buf *out, const char *pattern, const json_t *object);

/** The columns of a list by its name in answers ("messages"); NULL: all. */
const struct cli_column *cli_columns_of(const char *name);

#endif
