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
    buf_add_text(&out, cut ? "…" : "");
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

char *cli_cell(const json_t *value, int most)
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
    return json_is_array(value) ? list_cell(value, most) : mem_strdup("-");
}

/* --- tables --- */

struct grid {
    const struct cli_column *columns;
    size_t count;
    size_t rows;
    char **cells;
    int width[COLUMNS_MOST];
    bool right[COLUMNS_MOST];
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
            char *cell = cli_cell(value, column->most);

            grid->cells[i * grid->count + c] = cell;
            grid->right[c] = grid->right[c] || json_is_number(value);
            note_width(grid, c, cell);
        }
    }
}

static void pad(struct buf *out, int spaces)
{
    for (int i = 0; i < spaces; i++) {
        buf_add(out, " ", 1);
    }
}

static void add_cell(
    struct buf *out, const struct grid *grid, size_t column, const char *text)
{
    int spaces = grid->width[column] - cli_width(text);
    bool last = column + 1 == grid->count;

    pad(out, grid->right[column] ? spaces : 0);
    buf_add_text(out, text);
    pad(out, grid->right[column] || last ? 0 : spaces);
    buf_add_text(out, last ? "\n" : "");
    pad(out, last ? 0 : GAP);
}

static void write_grid(struct buf *out, const struct grid *grid)
{
    for (size_t c = 0; c < grid->count; c++) {
        add_cell(out, grid, c, grid->columns[c].title);
    }
    for (size_t i = 0; i < grid->rows * grid->count; i++) {
        add_cell(out, grid, i % grid->count, grid->cells[i]);
        free(grid->cells[i]);
    }
}

/** The members of an object as columns with their own names. */
static size_t own_columns(const json_t *row, struct cli_column *columns)
{
    const char *name = NULL;
    json_t *value = NULL;
    size_t count = 0;

    json_object_foreach((json_t *)row, name, value)
    {
        if (count < COLUMNS_MOST && !json_is_object(value)) {
            columns[count++] = (struct cli_column){name, name, 60};
        }
    }
    return count;
}

/* A last column that is cut to less than this says nothing any more. */
#define LAST_LEAST 12

/* Cuts the last column's texts to what the screen leaves of it. */
static void fit_last(struct grid *grid, int screen)
{
    size_t last = grid->count - 1;
    int before = 0;
    int room = 0;

    for (size_t c = 0; c < last; c++) {
        before += grid->width[c] + GAP;
    }
    room = screen - before;
    if (screen <= 0 || grid->right[last] || room < LAST_LEAST ||
        grid->width[last] <= room) {
        return;
    }
    for (size_t i = 0; i < grid->rows; i++) {
        char **cell = &grid->cells[i * grid->count + last];
        char *cut = tidy(*cell, room);

        free(*cell);
        *cell = cut;
    }
    grid->width[last] = room;
}

void cli_table(
    struct buf *out, const struct cli_column *columns, const json_t *rows)
{
    cli_table_fit(out, columns, rows, 0);
}

void cli_table_fit(struct buf *out, const struct cli_column *columns,
    const json_t *rows, int screen)
{
    struct cli_column own[COLUMNS_MOST];
    struct grid grid = {.columns = columns, .rows = json_array_size(rows)};

    if (columns == NULL) {
        grid.columns = own;
        grid.count = own_columns(json_array_get(rows, 0), own);
    } else {
        while (columns[grid.count].title != NULL) {
            grid.count++;
        }
    }
    grid.cells = mem_array(grid.rows * grid.count + 1, sizeof *grid.cells);
    for (size_t c = 0; c < grid.count; c++) {
        note_width(&grid, c, grid.columns[c].title);
    }
    fill(&grid, rows);
    if (grid.count > 0) {
        fit_last(&grid, screen);
    }
    write_grid(out, &grid);
    free(grid.cells);
}

/* --- lines --- */

/* Bytes of the words that fit into so many columns; one word at least. */
static size_t words_in(const char *text, int width)
{
    size_t fits = 0;
    size_t end = 0;

    while (text[end] != '\0') {
        char *part = NULL;
        int wide = 0;

        end += strspn(text + end, " ");
        end += strcspn(text + end, " ");
        part = mem_strndup(text, end);
        wide = cli_width(part);
        free(part);
        if (fits > 0 && wide > width) {
            break;
        }
        fits = end;
    }
    return fits;
}

void cli_wrap(struct buf *out, const char *text, int indent, int width)
{
    bool first = true;

    if (width <= 0) {
        buf_printf(out, "%s\n", text);
        return;
    }
    do {
        size_t used = words_in(text, width);

        pad(out, first ? 0 : indent);
        buf_add(out, text, used);
        buf_add_text(out, "\n");
        text += used;
        text += strspn(text, " ");
        first = false;
    } while (*text != '\0');
}

/* --- one object --- */

static bool is_table(const json_t *value)
{
    return json_is_object(json_array_get(value, 0));
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

/* A screen that leaves less than this for values is not a screen. */
#define VALUE_LEAST 20

static void show_member(struct buf *out, const char *name, const json_t *value,
    int width, int screen)
{
    int room = screen - width - GAP;
    char *cell = cli_cell(value, 0);
    size_t start = out->used;

    buf_add_text(out, name);
    for (char *c = out->data + start; *c != '\0'; c++) {
        *c = *c == '_' ? ' ' : *c;
    }
    pad(out, width - cli_width(name) + GAP);
    cli_wrap(out, cell, width + GAP, room < VALUE_LEAST ? 0 : room);
    free(cell);
}

void cli_show(struct buf *out, const json_t *object, int screen)
{
    const char *name = NULL;
    json_t *value = NULL;
    int width = name_width(object);

    json_object_foreach((json_t *)object, name, value)
    {
        if (!is_table(value) && !json_is_object(value)) {
            show_member(out, name, value, width, screen);
        }
    }
    json_object_foreach((json_t *)object, name, value)
    {
        if (is_table(value)) {
            buf_printf(out, "\n%s\n", name);
            cli_table_fit(out, cli_columns_of(name), value, screen);
        }
    }
}

void cli_line(struct buf *out, const char *pattern, const json_t *object)
{
    while (*pattern != '\0') {
        size_t plain = strcspn(pattern, "{");
        size_t member = 0;

        buf_add(out, pattern, plain);
        pattern += plain;
        member = strcspn(pattern, "}");
        if (*pattern == '{' && pattern[member] == '}') {
            char *name = mem_strndup(pattern + 1, member - 1);
            char *cell = cli_cell(json_object_get(object, name), 0);

            buf_add_text(out, cell);
            free(cell);
            free(name);
            pattern += member + 1;
        } else if (*pattern == '{') {
            buf_add(out, pattern++, 1);
        }
    }
}
