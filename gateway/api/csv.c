// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/csv.h"

#include "api/fields.h"
#include "base/mem.h"

#include <csv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void api_csv_cell(struct buf *out, const char *text)
{
    bool first = out->used == 0 || out->data[out->used - 1] == '\n';
    bool formula = *text && strchr("=+-@\t\r", *text);
    bool quoted = strpbrk(text, "\",;\t\r\n") != NULL;
    if (!first) {
        buf_add_text(out, ",");
    }
    buf_add_text(out, quoted ? "\"" : "");
    buf_add_text(out, formula ? "'" : "");
    for (; *text; text++) {
        buf_add_text(out, *text == '"' ? "\"" : "");
        buf_add(out, text, 1);
    }
    buf_add_text(out, quoted ? "\"" : "");
}

void api_csv_end(struct buf *out)
{
    buf_add_text(out, "\n");
}

#define COLUMNS_MOST 16

/** A table under way; the first row gives the names. */
struct table {
    json_t *rows;
    size_t most;
    char *name[COLUMNS_MOST];
    size_t names;
    size_t column;
    bool named;
    json_t *row;
};

static void on_cell(void *cell, size_t bytes, void *arg)
{
    struct table *table = arg;
    char *text = mem_strndup(cell ? cell : "", bytes);
    if (!table->named && table->names < COLUMNS_MOST) {
        table->name[table->names++] = text;
        return;
    }
    if (table->named && table->column < table->names) {
        if (!table->row) {
            table->row = json_object();
        }
        json_object_set_new(
            table->row, table->name[table->column], api_text_json(text));
    }
    table->column++;
    free(text);
}

static void on_row(int end, void *arg)
{
    struct table *table = arg;
    (void)end;
    if (table->row && json_array_size(table->rows) < table->most) {
        json_array_append(table->rows, table->row);
    }
    json_decref(table->row);
    table->row = NULL;
    table->named = true;
    table->column = 0;
}

json_t *api_csv_rows(const char *csv, size_t bytes, size_t most)
{
    struct table table = {.rows = json_array(), .most = most};
    struct csv_parser parser;
    if (csv_init(&parser, CSV_APPEND_NULL) == 0) {
        (void)csv_parse(&parser, csv, bytes, on_cell, on_row, &table);
        (void)csv_fini(&parser, on_cell, on_row, &table);
        csv_free(&parser);
    }
    for (size_t i = 0; i < table.names; i++) {
        free(table.name[i]);
    }
    return table.rows;
}
