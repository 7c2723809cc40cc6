// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/table.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define GAP          2  /* spaces between columns */
#define TIME_CHARS   16 /* "2016-09-30T08:00" of an RFC 3339 time */
#define COLUMNS_MOST 32
#define READABLE     24 /* a text is not squeezed into less if it can be helped */
#define NARROWEST    12

/* --- width --- */

static int code_width(uint32_t code)
{
    int width = wcwidth((wchar_t)code);

    return width < 0 ? 1 : width;
}

int cli_width(const char *text)
{
    int width = 0;

    for (uint32_t code = str_utf8_next(&text); code != 0;
         code = str_utf8_next(&text)) {
        width += code_width(code);
    }
    return width;
}

/* C0, DEL and C1; marks that turn the direction of writing. */
static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) ||
           (code >= 0x200e && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

static void add_code(struct buf *out, uint32_t code)
{
    char bytes[4] = {0};

    buf_add(out, bytes, str_utf8_put(is_control(code) ? ' ' : code, bytes));
}

/** What stands where a text was cut: a terminal whose locale is not UTF-8 would
 *  show three signs for one. */
static const char *dots(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *locale = NULL;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        locale = getenv(names[i]);
        if (locale != NULL && *locale != '\0') {
            return strcasestr(locale, "utf") != NULL ? "…" : "~";
        }
    }
    return "…";
}

/** A text without control characters, at most so wide. */
static char *tidy(const char *text, int most)
{
    struct buf out = {0};
    bool cut = most > 0 && cli_width(text) > most;
    int room = cut ? most - 1 : 0;

    for (uint32_t code = str_utf8_next(&text); code != 0;
         code = str_utf8_next(&text)) {
        room -= cut ? code_width(code) : 0;
        if (room < 0) {
            break;
        }
        add_code(&out, code);
    }
    buf_add_text(&out, cut ? dots() : "");
    return buf_take(&out);
}

/* --- cells --- */

static bool is_instant(const char *text)
{
    static const char shape[] = "0000-00-00T00:00";

    for (size_t i = 0; i < TIME_CHARS; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';

        if (shape[i] == '0' ? !digit : text[i] != shape[i]) {
            return false;
        }
    }
    return text[TIME_CHARS] == ':';
}

static char *text_cell(const char *text, int most)
{
    char *cell = NULL;

    if (*text == '\0') {
        return mem_strdup("-");
    }
    if (is_instant(text)) {
        cell = mem_strndup(text, TIME_CHARS);
        cell[10] = ' ';
        return cell;
    }
    return tidy(text, most);
}

static char *list_cell(const json_t *list, int most)
{
    struct buf out = {0};
    char *cell = NULL;
    size_t i = 0;
    json_t *item = NULL;

    json_array_foreach((json_t *)list, i, item)
    {
        char *one = cli_cell(item, 0);

        buf_printf(&out, "%s%s", i > 0 ? ", " : "", one);
        free(one);
    }
    cell = text_cell(buf_text(&out), most);
    buf_clear(&out);
    return cell;
}

/** "last_error" as "last error"; free(). */
static char *spoken_name(const char *name)
{
    char *spoken = mem_strdup(name);

    for (char *c = spoken; *c != '\0'; c++) {
        *c = *c == '_' ? ' ' : *c;
    }
    return spoken;
}

/* Such as "phones 3, since 2016-09-01 15:19". */
static char *object_cell(const json_t *object, int most)
{
    struct buf text = {0};
    const char *name = NULL;
    json_t *value = NULL;
    char *cell = NULL;

    json_object_foreach((json_t *)object, name, value)
    {
        char *spoken = spoken_name(name);
        char *part = cli_cell(value, 0);

        buf_printf(&text, "%s%s %s", buf_text(&text)[0] == '\0' ? "" : ", ",
            spoken, part);
        free(part);
        free(spoken);
    }
    cell = text_cell(buf_text(&text), most);
    buf_clear(&text);
    return cell;
}

static char *scalar_cell(const json_t *value, int most)
{
    if (json_is_string(value)) {
        return text_cell(json_string_value(value), most);
    }
    if (json_is_integer(value)) {
        return mem_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    }
    if (json_is_real(value)) {
        return mem_printf("%g", json_real_value(value));
    }
    if (json_is_boolean(value)) {
        return mem_strdup(json_is_true(value) ? "yes" : "no");
    }
    return mem_strdup("-");
}

char *cli_cell(const json_t *value, int most)
{
    if (json_is_object(value)) {
        return object_cell(value, most);
    }
    return json_is_array(value) ? list_cell(value, most)
                                : scalar_cell(value, most);
}

/* --- tables --- */

struct grid {
    const struct cli_column *columns;
    size_t count;
    size_t rows;
    char **cells;
    int width[COLUMNS_MOST];
    bool right[COLUMNS_MOST];
    bool empty[COLUMNS_MOST]; /* nothing but "-" stands in it */
    bool dropped[COLUMNS_MOST];
    struct cli_fit fit;
};

static void note_width(struct grid *grid, size_t column, const char *text)
{
    int width = cli_width(text);

    if (width > grid->width[column]) {
        grid->width[column] = width;
    }
}

static void fill(struct grid *grid, const json_t *rows)
{
    size_t i = 0;
    json_t *row = NULL;

    json_array_foreach((json_t *)rows, i, row)
    {
        for (size_t c = 0; c < grid->count; c++) {
            const struct cli_column *column = &grid->columns[c];
            const json_t *value = json_object_get(row, column->member);
            int most = grid->fit.columns > 0 ? 0 : column->most;
            char *cell = cli_cell(value, most);

            grid->cells[i * grid->count + c] = cell;
            grid->right[c] = grid->right[c] || json_is_number(value);
            grid->empty[c] = grid->empty[c] && strcmp(cell, "-") == 0;
            note_width(grid, c, cell);
        }
    }
}

/* --- fitting --- */

static int total_width(const struct grid *grid)
{
    int total = -GAP;

    for (size_t c = 0; c < grid->count; c++) {
        total += grid->width[c] > 0 ? grid->width[c] + GAP : 0;
    }
    return total;
}

/** Columns in which nothing stands go first; the first one stays. */
static void drop_empty(struct grid *grid)
{
    for (size_t c = 1; c < grid->count && total_width(grid) > grid->fit.columns;
         c++) {
        grid->width[c] = grid->empty[c] ? 0 : grid->width[c];
    }
}

/** Texts may be squeezed; numbers, names and times are not broken. */
static bool is_text(const struct grid *grid, size_t column)
{
    return grid->columns[column].most > 0 && !grid->right[column];
}

/** The widest text that can still give; grid->count where there is none. */
static size_t widest_text(const struct grid *grid, int narrowest)
{
    size_t widest = grid->count;

    for (size_t c = 0; c < grid->count; c++) {
        bool able = is_text(grid, c) && grid->width[c] > narrowest &&
                    grid->width[c] > cli_width(grid->columns[c].title);
        int most = widest == grid->count ? 0 : grid->width[widest];

        if (able && grid->width[c] > most) {
            widest = c;
        }
    }
    return widest;
}

/** Takes from the widest texts what is too much, leaving each so wide or as its
 *  title. @return false where that is not enough. */
static bool squeeze(struct grid *grid, int narrowest)
{
    for (int over = total_width(grid) - grid->fit.columns; over > 0; over--) {
        size_t widest = widest_text(grid, narrowest);

        if (widest == grid->count) {
            return false;
        }
        grid->width[widest]--;
    }
    return true;
}

/** How many bytes of a text go into a line so wide: up to the last blank, or
 *  in the middle of a word that is wider than that. */
static size_t line_bytes(const char *text, int width)
{
    const char *at = text;
    size_t blank = 0;

    for (int used = 0; *at != '\0';) {
        const char *next = at;

        used += code_width(str_utf8_next(&next));
        if (used > width && *at == ' ') {
            return (size_t)(at - text);
        }
        if (used > width) {
            return blank > 0 ? blank : (size_t)((at > text ? at : next) - text);
        }
        blank = *at == ' ' ? (size_t)(at - text) : blank;
        at = next;
    }
    return (size_t)(at - text);
}

/** Where the line behind one of so many bytes begins. */
static const char *behind_line(const char *line, size_t bytes)
{
    return line + bytes + (line[bytes] == ' ' ? 1 : 0);
}

/** The n-th line of a text in a column so wide; free(), NULL behind the last. */
static char *line_of(const char *text, int width, size_t n)
{
    for (;; n--) {
        size_t bytes = line_bytes(text, width);

        if (n == 0) {
            return mem_strndup(text, bytes);
        }
        text = behind_line(text, bytes);
        if (*text == '\0') {
            return NULL;
        }
    }
}

/* --- writing --- */

static void pad(struct buf *out, int spaces)
{
    for (int i = 0; i < spaces; i++) {
        buf_add(out, " ", 1);
    }
}

static void trim_end(struct buf *out, size_t start)
{
    while (out->used > start && out->data[out->used - 1] == ' ') {
        out->data[--out->used] = '\0';
    }
}

/** What of a cell stands in the n-th line of its row; NULL: nothing. */
static char *piece_of(
    const struct grid *grid, size_t column, const char *cell, size_t n)
{
    if (!grid->fit.cut) {
        return line_of(cell, grid->width[column], n);
    }
    return n == 0 ? tidy(cell, grid->width[column]) : NULL;
}

static void add_piece(
    struct buf *out, const struct grid *grid, size_t column, const char *text)
{
    int spaces = grid->width[column] - (text == NULL ? 0 : cli_width(text));

    pad(out, grid->right[column] ? spaces : 0);
    buf_add_text(out, text == NULL ? "" : text);
    pad(out, (grid->right[column] ? 0 : spaces) + GAP);
}

/** A line of a row: the n-th of each cell's text.
 *  @return false where all texts had ended. */
static bool add_line(
    struct buf *out, const struct grid *grid, char *const *cells, size_t n)
{
    size_t start = out->used;
    bool more = false;

    for (size_t c = 0; c < grid->count; c++) {
        if (grid->width[c] > 0) {
            char *text = piece_of(grid, c, cells[c], n);

            more = more || text != NULL;
            add_piece(out, grid, c, text);
            free(text);
        }
    }
    trim_end(out, start);
    buf_add_text(out, more ? "\n" : "");
    return more;
}

static void write_grid(struct buf *out, const struct grid *grid)
{
    char *titles[COLUMNS_MOST] = {0};

    for (size_t c = 0; c < grid->count; c++) {
        titles[c] = mem_strdup(grid->columns[c].title);
    }
    (void)add_line(out, grid, titles, 0);
    for (size_t c = 0; c < grid->count; c++) {
        free(titles[c]);
    }
    for (size_t i = 0; i < grid->rows; i++) {
        for (size_t n = 0;
             add_line(out, grid, grid->cells + i * grid->count, n); n++) {
        }
    }
}

void cli_wrapped(struct buf *out, const char *line, int width, int indent)
{
    int room = width;

    while (true) {
        size_t bytes = line_bytes(line, room);

        buf_add(out, line, bytes);
        buf_add_text(out, "\n");
        line = behind_line(line, bytes);
        if (*line == '\0') {
            return;
        }
        pad(out, indent);
        room = width - indent;
    }
}

/** A value behind its name, and what does not fit below it. */
static void add_named(struct buf *out, const char *name, const char *value,
    int width, struct cli_fit fit)
{
    int room = fit.columns > width + GAP ? fit.columns - width - GAP : 0;
    size_t n = 0;
    char *line = room == 0 ? mem_strdup(value) : line_of(value, room, 0);

    buf_add_text(out, name);
    pad(out, width - cli_width(name) + GAP);
    while (line != NULL) {
        buf_printf(out, "%s\n", line);
        free(line);
        line = room == 0 ? NULL : line_of(value, room, ++n);
        pad(out, line == NULL ? 0 : width + GAP);
    }
}

static void write_block(
    struct buf *out, const struct grid *grid, char *const *cells, int width)
{
    for (size_t c = 0; c < grid->count; c++) {
        if (c == 0 || strcmp(cells[c], "-") != 0) {
            add_named(out, grid->columns[c].title, cells[c], width, grid->fit);
        }
    }
}

/** What is too wide for a table: a value a line, a blank line between rows. */
static void write_blocks(struct buf *out, const struct grid *grid)
{
    int width = 0;

    for (size_t c = 0; c < grid->count; c++) {
        int own = cli_width(grid->columns[c].title);

        width = own > width ? own : width;
    }
    for (size_t i = 0; i < grid->rows; i++) {
        buf_add_text(out, i > 0 ? "\n" : "");
        write_block(out, grid, grid->cells + i * grid->count, width);
    }
}

/** Takes one spare column out, the last first. @return false: none is left. */
static bool drop_spare(struct grid *grid)
{
    for (size_t c = grid->count; c-- > 1;) {
        if (grid->columns[c].spare && grid->width[c] > 0) {
            grid->width[c] = 0;
            grid->dropped[c] = true;
            return true;
        }
    }
    return false;
}

static void name_dropped(struct buf *out, const struct grid *grid)
{
    size_t named = 0;

    for (size_t c = 0; c < grid->count; c++) {
        if (grid->dropped[c] && !grid->fit.cut) {
            buf_printf(out, "%s%s", named++ == 0 ? "(no room for " : ", ",
                grid->columns[c].title);
        }
    }
    buf_add_text(out, named > 0 ? ")\n" : "");
}

/** Back to what the cells need, but for what was taken out. */
static void stretch(struct grid *grid, const int *natural)
{
    for (size_t c = 0; c < grid->count; c++) {
        grid->width[c] = grid->dropped[c] ? 0 : natural[c];
    }
}

/** Finds widths that fit. @return false where there are none. */
static bool fit_grid(struct grid *grid)
{
    int natural[COLUMNS_MOST];

    drop_empty(grid);
    memcpy(natural, grid->width, sizeof natural);
    while (!squeeze(grid, READABLE)) {
        stretch(grid, natural);
        if (!drop_spare(grid)) {
            return squeeze(grid, NARROWEST);
        }
    }
    return true;
}

static void write_fitting(struct buf *out, struct grid *grid)
{
    if (grid->fit.columns == 0 || fit_grid(grid) || grid->fit.cut) {
        write_grid(out, grid);
        name_dropped(out, grid);
    } else {
        write_blocks(out, grid);
    }
}

/** "came_percent" as "CAME PERCENT", in a place of the caller's. */
static const char *title_of(const char *member, char *out, size_t bytes)
{
    size_t i = 0;

    for (; member[i] != '\0' && i + 1 < bytes; i++) {
        out[i] = member[i] == '_' ? ' '
                                  : (char)(member[i] >= 'a' && member[i] <= 'z'
                                               ? member[i] - 'a' + 'A'
                                               : member[i]);
    }
    out[i] = '\0';
    return out;
}

struct own_column {
    struct cli_column column[COLUMNS_MOST];
    char title[COLUMNS_MOST][32];
};

/** The members of an object as columns with their own names. */
static size_t own_columns(const json_t *row, struct own_column *own)
{
    const char *name = NULL;
    json_t *value = NULL;
    size_t count = 0;

    json_object_foreach((json_t *)row, name, value)
    {
        if (count < COLUMNS_MOST && !json_is_object(value)) {
            char *title = own->title[count];

            own->column[count++] = (struct cli_column){
                title_of(name, title, sizeof own->title[0]), name, 60, false};
        }
    }
    return count;
}

void cli_table(struct buf *out, const struct cli_column *columns,
    const json_t *rows, struct cli_fit fit)
{
    struct own_column own;
    struct grid grid = {
        .columns = columns, .rows = json_array_size(rows), .fit = fit};

    if (columns == NULL) {
        grid.columns = own.column;
        grid.count = own_columns(json_array_get(rows, 0), &own);
    } else {
        while (columns[grid.count].title != NULL) {
            grid.count++;
        }
    }
    grid.cells = mem_array(grid.rows * grid.count + 1, sizeof *grid.cells);
    for (size_t c = 0; c < grid.count; c++) {
        note_width(&grid, c, grid.columns[c].title);
        grid.empty[c] = grid.rows > 0;
    }
    fill(&grid, rows);
    write_fitting(out, &grid);
    for (size_t i = 0; i < grid.rows * grid.count; i++) {
        free(grid.cells[i]);
    }
    free(grid.cells);
}

/* --- one object --- */

static bool is_table(const json_t *value)
{
    return json_is_object(json_array_get(value, 0));
}

/* An object of objects or lists is for scripts. */
static bool is_cell(const json_t *value)
{
    const char *name = NULL;
    json_t *member = NULL;

    json_object_foreach((json_t *)value, name, member)
    {
        if (json_is_object(member) || json_is_array(member)) {
            return false;
        }
    }
    return true;
}

static int name_width(const json_t *object)
{
    const char *name = NULL;
    json_t *value = NULL;
    int width = 0;

    json_object_foreach((json_t *)object, name, value)
    {
        int own = cli_width(name);

        if (!is_table(value) && own > width) {
            width = own;
        }
    }
    return width;
}

static void show_member(struct buf *out, const char *name, const json_t *value,
    int width, struct cli_fit fit)
{
    char *cell = cli_cell(value, 0);
    char *spoken = spoken_name(name);

    add_named(out, spoken, cell, width, fit);
    free(spoken);
    free(cell);
}

void cli_show(struct buf *out, const json_t *object, struct cli_fit fit)
{
    const char *name = NULL;
    json_t *value = NULL;
    int width = name_width(object);

    json_object_foreach((json_t *)object, name, value)
    {
        if (!is_table(value) && is_cell(value)) {
            show_member(out, name, value, width, fit);
        }
    }
    json_object_foreach((json_t *)object, name, value)
    {
        if (is_table(value)) {
            char *spoken = spoken_name(name);

            buf_printf(out, "\n%s\n", spoken);
            free(spoken);
            cli_table(out, cli_columns_of(name), value, fit);
        }
    }
}

/** A member in a sentence; where it is none, known says so. */
static void add_member(
    struct buf *out, const json_t *object, const char *name, bool *known)
{
    char *cell = cli_cell(json_object_get(object, name), 0);

    *known = *known && strcmp(cell, "-") != 0;
    buf_add_text(out, cell);
    free(cell);
}

/** A part of a sentence up to its end or to a bracket; where it goes on. */
static const char *add_part(
    struct buf *out, const char *pattern, const json_t *object, bool *known)
{
    while (*pattern != '\0' && *pattern != '[' && *pattern != ']') {
        size_t plain = strcspn(pattern, "{[]");
        size_t member = 0;

        buf_add(out, pattern, plain);
        pattern += plain;
        member = strcspn(pattern, "}");
        if (*pattern == '{' && pattern[member] == '}') {
            char *name = mem_strndup(pattern + 1, member - 1);

            add_member(out, object, name, known);
            free(name);
            pattern += member + 1;
        } else if (*pattern == '{') {
            buf_add(out, pattern++, 1);
        }
    }
    return pattern;
}

void cli_line(struct buf *out, const char *pattern, const json_t *object)
{
    while (*pattern != '\0') {
        bool known = true;
        bool optional = *pattern == '[';
        struct buf part = {0};

        pattern = add_part(&part,
            pattern + (optional || *pattern == ']' ? 1 : 0), object, &known);
        if (!optional || known) {
            buf_add_text(out, buf_text(&part));
        }
        buf_clear(&part);
    }
}
