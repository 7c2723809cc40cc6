// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/csv.h"
#include "base/mem.h"
#include "registry/import.h"

#include <sqlite3.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A table of another program's SQLite file, handed to the import as CSV: one
   way in, one set of rules. */

#define PIECE_BYTES ((size_t)16 * 1024)
#define WAIT_MS     2000 /* for whoever writes that file */

struct import_table {
    sqlite3 *db;
    sqlite3_stmt *rows;
    bool has_header;
    bool done; /* stepped to the end: once more would start again */
};

/* "there are residents, offices" */
static void list_tables(sqlite3 *db, const char *table, struct why *why)
{
    static const char sql[] = "SELECT name FROM sqlite_schema"
                              " WHERE type IN ('table', 'view')"
                              " AND name NOT LIKE 'sqlite_%' ORDER BY name";
    sqlite3_stmt *names = NULL;
    struct buf list = {0};

    if (sqlite3_prepare_v2(db, sql, -1, &names, NULL) == SQLITE_OK) {
        while (sqlite3_step(names) == SQLITE_ROW) {
            buf_printf(&list, "%s%s", list.used == 0 ? "" : ", ",
                (const char *)sqlite3_column_text(names, 0));
        }
    }
    (void)sqlite3_finalize(names);
    why_set(why, "no table %s in that file; there are: %s", table,
        list.used == 0 ? "none" : buf_text(&list));
    buf_clear(&list);
}

static enum kb_err prepare(
    struct import_table *table, const char *name, struct why *why)
{
    char *sql = sqlite3_mprintf("SELECT * FROM \"%w\"", name);
    int code = SQLITE_OK;

    if (sql == NULL) {
        abort();
    }
    code = sqlite3_prepare_v2(table->db, sql, -1, &table->rows, NULL);
    sqlite3_free(sql);
    if (code == SQLITE_OK) {
        return KB_OK;
    }
    if ((code & 0xff) == SQLITE_NOTADB || (code & 0xff) == SQLITE_CORRUPT) {
        why_set(why, "this is no SQLite file; without --table it is read as "
                     "CSV");
        return KB_INVALID;
    }
    if ((code & 0xff) == SQLITE_ERROR) {
        list_tables(table->db, name, why);
        return KB_NOT_FOUND;
    }
    why_set(why, "cannot read that file: %s", sqlite3_errmsg(table->db));
    return KB_IO;
}

enum kb_err import_table_open(const char *file, const char *table,
    struct import_table **out, struct why *why)
{
    struct import_table *opened = NULL;
    enum kb_err err = KB_OK;

    if (access(file, R_OK) != 0) {
        why_set(why, "cannot read %s", file);
        return KB_NOT_FOUND;
    }
    opened = mem_new(sizeof *opened);
    if (sqlite3_open_v2(file, &opened->db, SQLITE_OPEN_READONLY, NULL) !=
        SQLITE_OK) {
        why_set(why, "cannot open %s: %s", file, sqlite3_errmsg(opened->db));
        import_table_close(opened);
        return KB_IO;
    }
    /* The file is somebody else's: no function or trick of its schema runs. */
    (void)sqlite3_db_config(
        opened->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(opened->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_busy_timeout(opened->db, WAIT_MS);
    err = prepare(opened, table, why);
    if (err != KB_OK) {
        import_table_close(opened);
        return err;
    }
    *out = opened;
    return KB_OK;
}

static void add_header(const struct import_table *table, struct buf *csv)
{
    for (int i = 0; i < sqlite3_column_count(table->rows); i++) {
        buf_add_text(csv, i == 0 ? "" : ",");
        csv_quote(csv, sqlite3_column_name(table->rows, i));
    }
    buf_add_text(csv, "\n");
}

static void add_row(const struct import_table *table, struct buf *csv)
{
    for (int i = 0; i < sqlite3_column_count(table->rows); i++) {
        const unsigned char *text = sqlite3_column_text(table->rows, i);

        buf_add_text(csv, i == 0 ? "" : ",");
        csv_quote(csv, text == NULL ? "" : (const char *)text);
    }
    buf_add_text(csv, "\n");
}

enum kb_err import_table_read(
    struct import_table *table, struct buf *csv, struct why *why)
{
    size_t start = csv->used;
    int code = SQLITE_ROW;

    if (table->done) {
        return KB_NOT_FOUND;
    }
    if (!table->has_header) {
        add_header(table, csv);
        table->has_header = true;
    }
    while (csv->used - start < PIECE_BYTES &&
           (code = sqlite3_step(table->rows)) == SQLITE_ROW) {
        add_row(table, csv);
    }
    table->done = code != SQLITE_ROW;
    if (code == SQLITE_ROW || code == SQLITE_DONE) {
        return KB_OK;
    }
    why_set(why, "cannot read that file: %s", sqlite3_errmsg(table->db));
    return (code & 0xff) == SQLITE_BUSY ? KB_BUSY : KB_IO;
}

void import_table_close(struct import_table *table)
{
    if (table == NULL) {
        return;
    }
    (void)sqlite3_finalize(table->rows);
    (void)sqlite3_close(table->db);
    free(table);
}
