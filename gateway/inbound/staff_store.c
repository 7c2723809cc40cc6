// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "inbound/inbound_internal.h"
#include "inbound/staff_internal.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const sql[STAFF_SQL_COUNT] = {
    [STAFF_LIST] = "SELECT phone, name, office FROM staff_phone ORDER BY name,"
                   " phone",
    [STAFF_GET] =
        "SELECT phone, name, office FROM staff_phone WHERE phone = :phone",
    [STAFF_PUT] = "INSERT INTO staff_phone (phone, name, office, at_ms)"
                  " VALUES (:phone, :name, :office, :now) ON CONFLICT DO UPDATE"
                  " SET name = excluded.name, office = excluded.office",
    [STAFF_DROP] = "DELETE FROM staff_phone WHERE phone = :phone",
    [DOUBT_PUT] = "INSERT INTO office_doubt (office, phone_hash, at_ms)"
                  " VALUES (:office, :hash, :now)"
                  " ON CONFLICT DO UPDATE SET at_ms = excluded.at_ms",
    [DOUBT_COUNT] = "SELECT count(*), coalesce(max(raised_at_ms), 0)"
                    " FROM office_doubt WHERE office = :office"
                    " AND at_ms > :since",
    [DOUBT_RAISE] = "UPDATE office_doubt SET raised_at_ms = :now"
                    " WHERE office = :office",
    [DOUBT_DROP] = "DELETE FROM office_doubt WHERE office = :office",
    [DOUBT_OLD] = "DELETE FROM office_doubt WHERE at_ms <= :before",
};

enum kb_err staff_store_open(struct inbound *inbound)
{
    struct store_statement table[STAFF_SQL_COUNT];

    for (size_t i = 0; i < STAFF_SQL_COUNT; i++) {
        table[i] = (struct store_statement){&inbound->staff[i], sql[i]};
    }
    return store_prepare_all(inbound->rooms.store, table, STAFF_SQL_COUNT);
}

void staff_store_close(struct inbound *inbound)
{
    struct store_statement table[STAFF_SQL_COUNT];

    for (size_t i = 0; i < STAFF_SQL_COUNT; i++) {
        table[i] = (struct store_statement){&inbound->staff[i], sql[i]};
    }
    store_finalize_all(table, STAFF_SQL_COUNT);
}

static enum kb_err run(struct inbound *inbound, sqlite3_stmt *statement)
{
    struct store *store = inbound->rooms.store;
    enum kb_err err = store_op_begin_record(store);

    return err == KB_OK ? store_op_end(store, store_run(store, statement))
                        : err;
}

static void read_staff(sqlite3_stmt *row, struct staff_phone *out)
{
    (void)snprintf(
        out->phone, sizeof out->phone, "%s", store_column_text(row, 0));
    (void)snprintf(
        out->name, sizeof out->name, "%s", store_column_text(row, 1));
    (void)snprintf(
        out->office, sizeof out->office, "%s", store_column_text(row, 2));
}

enum kb_err staff_list(
    struct inbound *inbound, struct staff_phone **out, size_t *count)
{
    sqlite3_stmt *row = inbound->staff[STAFF_LIST];
    enum kb_err err = KB_OK;

    *out = NULL;
    *count = 0;
    while ((err = store_step(inbound->rooms.store, row)) == KB_OK) {
        *out = mem_resize(*out, *count + 1, sizeof **out);
        read_staff(row, &(*out)[(*count)++]);
    }
    if (err != KB_NOT_FOUND) {
        free(*out);
        *out = NULL;
        return err;
    }
    return KB_OK;
}

enum kb_err staff_store_get(
    struct inbound *inbound, const char *phone, struct staff_phone *out)
{
    sqlite3_stmt *row = inbound->staff[STAFF_GET];
    enum kb_err err = KB_OK;

    store_bind_text(row, ":phone", phone);
    err = store_step(inbound->rooms.store, row);
    if (err == KB_OK) {
        read_staff(row, out);
        (void)sqlite3_reset(row);
    }
    return err;
}

enum kb_err staff_store_put(
    struct inbound *inbound, const struct staff_phone *staff)
{
    sqlite3_stmt *put = inbound->staff[STAFF_PUT];

    store_bind_text(put, ":phone", staff->phone);
    store_bind_text(put, ":name", staff->name);
    store_bind_text(put, ":office", staff->office);
    store_bind_int(put, ":now", clock_now_ms(inbound->rooms.clock));
    return run(inbound, put);
}

enum kb_err staff_store_drop(struct inbound *inbound, const char *phone)
{
    store_bind_text(inbound->staff[STAFF_DROP], ":phone", phone);
    return run(inbound, inbound->staff[STAFF_DROP]);
}

enum kb_err doubt_put(
    struct inbound *inbound, const char *office, const char *phone_hash)
{
    sqlite3_stmt *put = inbound->staff[DOUBT_PUT];

    store_bind_text(put, ":office", office);
    store_bind_text(put, ":hash", phone_hash);
    store_bind_int(put, ":now", clock_now_ms(inbound->rooms.clock));
    return run(inbound, put);
}

enum kb_err doubt_count(struct inbound *inbound, const char *office,
    int64_t since_ms, struct suspicion *out)
{
    sqlite3_stmt *row = inbound->staff[DOUBT_COUNT];
    enum kb_err err = KB_OK;

    store_bind_text(row, ":office", office);
    store_bind_int(row, ":since", since_ms);
    err = store_step(inbound->rooms.store, row);
    if (err == KB_OK) {
        *out = (struct suspicion){.phones = sqlite3_column_int(row, 0),
            .since_ms = sqlite3_column_int64(row, 1)};
        (void)sqlite3_reset(row);
    }
    return err;
}

enum kb_err doubt_raise(struct inbound *inbound, const char *office)
{
    sqlite3_stmt *raise = inbound->staff[DOUBT_RAISE];

    store_bind_text(raise, ":office", office);
    store_bind_int(raise, ":now", clock_now_ms(inbound->rooms.clock));
    return run(inbound, raise);
}

enum kb_err doubt_drop(struct inbound *inbound, const char *office)
{
    enum kb_err err = KB_OK;

    store_bind_text(inbound->staff[DOUBT_DROP], ":office", office);
    err = run(inbound, inbound->staff[DOUBT_DROP]);
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err doubt_forget(struct inbound *inbound, int64_t before_ms)
{
    enum kb_err err = KB_OK;

    store_bind_int(inbound->staff[DOUBT_OLD], ":before", before_ms);
    err = run(inbound, inbound->staff[DOUBT_OLD]);
    return err == KB_NOT_FOUND ? KB_OK : err;
}
