// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_CLI_TABLE_H
#define KABARI_CLI_TABLE_H

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>

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
    bool spare; /* goes first where the terminal is too narrow */
};

/** How wide a text is on a terminal. */
int cli_width(const char *text);

/** A value as it stands in a cell: "-" for null and "", yes or no, times as
 *  2016-09-30 08:00, lists joined with commas, an object as "phones 3, since
 *  2016-09-01 15:19". free() it. */
char *cli_cell(const json_t *value, int most);

/** What a terminal has room for. */
struct cli_fit {
    int columns; /* 0: no terminal, any width; texts are cut at column.most */
    bool cut;    /* a line a row, cut with …; else texts go on below */
};

/** A header line and a line per object of an array. On a terminal columns in
 *  which nothing stands go, then texts are wrapped in their columns, then spare
 *  columns go (a last line names them); what is still too wide becomes a value
 *  a line. */
void cli_table(struct buf *out, const struct cli_column *columns,
    const json_t *rows, struct cli_fit fit);

/** A line in lines so wide, each but the first behind so many spaces; fewer than
 *  width. */
void cli_wrapped(struct buf *out, const char *line, int width, int indent);

/** An object, a member a line; lists of objects follow as tables. A member that
 *  is an object of objects or lists is left out. */
void cli_show(struct buf *out, const json_t *object, struct cli_fit fit);

/** A sentence with {member} filled in from an object; a part in [brackets] is
 *  left out where a member of it is none. */
void cli_line(struct buf *out, const char *pattern, const json_t *object);

/** The columns of a list by its name in answers ("messages"); NULL: all. */
const struct cli_column *cli_columns_of(const char *name);

#endif
