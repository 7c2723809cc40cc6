// SPDX-License-Identifier: GPL-2.0-or-later
#include "inbound/inbound_internal.h"

#include <stddef.h>

/* What counts against the limits of a day, and answers in a row. */

/* Rows that one slice forgets. */
#define FORGET_ROWS 200

#define DAY_MS ((int64_t)24 * 3600 * 1000)

#define QUERY(name, text) [name] = {offsetof(struct inbound, guard[name]), text}

static const struct store_query guard_sql[GUARD_SQL_COUNT] = {
    QUERY(COUNT_ADD, "INSERT INTO inbound_count (day, kind, hash, n)"
                     " VALUES (:day, :kind, :hash, 1)"
                     " ON CONFLICT (day, kind, hash) DO UPDATE SET n = n + 1"
                     " RETURNING n"),
    QUERY(COUNT_AT_LEAST, "SELECT count(*) FROM inbound_count WHERE day = :day"
                          " AND kind = :kind AND n >= :least"),
    QUERY(COUNT_MOST, "SELECT coalesce(max(n), 0) FROM inbound_count"
                      " WHERE day = :day AND kind = :kind"),
    QUERY(GUARD_GET, "SELECT answers, last_at_ms FROM inbound_guard"
                     " WHERE phone_hash = :phone"),
    QUERY(GUARD_PUT,
        "INSERT INTO inbound_guard (phone_hash, answers, last_at_ms)"
        " VALUES (:phone, :answers, :at) ON CONFLICT DO UPDATE SET"
        " answers = excluded.answers, last_at_ms = excluded.last_at_ms"),
    QUERY(OLD_COUNTS,
        "DELETE FROM inbound_count WHERE rowid IN (SELECT rowid FROM"
        " inbound_count WHERE day < :before LIMIT :limit)"),
    QUERY(OLD_GUARDS,
        "DELETE FROM inbound_guard WHERE phone_hash IN (SELECT"
        " phone_hash FROM inbound_guard WHERE last_at_ms < :before"
        " LIMIT :limit)"),
};

enum kb_err guard_store_open(struct inbound *inbound)
{
    return store_prepare_room(
        inbound->rooms.store, inbound, guard_sql, GUARD_SQL_COUNT);
}

void guard_store_close(struct inbound *inbound)
{
    store_finalize_room(inbound, guard_sql, GUARD_SQL_COUNT);
}

static int64_t now_ms(const struct inbound *inbound)
{
    return clock_now_ms(inbound->rooms.clock);
}

/* --- counters ---------------------------------------------------------------- */

static const char *kind_name(enum count_kind kind)
{
    static const char *const names[COUNT_KINDS] = {
        [COUNT_PHONE] = "phone",
        [COUNT_NIK] = "nik",
        [COUNT_PAIR] = "pair",
        [COUNT_NIKS] = "niks",
        [COUNT_STRANGES] = "stranges",
        [COUNT_BIRTH] = "birth",
        [COUNT_TOLD] = "told",
        [COUNT_CODE] = "code",
        [COUNT_CALL] = "call",
        [COUNT_STEP] = "step",
    };

    return names[kind];
}

static void bind_kind(
    struct inbound *inbound, enum guard_sql sql, enum count_kind kind)
{
    store_bind_int(inbound->guard[sql], ":day", civil_day_of(now_ms(inbound)));
    store_bind_text(inbound->guard[sql], ":kind", kind_name(kind));
}

enum kb_err guard_store_count(
    struct inbound *inbound, enum count_kind kind, const char *hash, int *count)
{
    int64_t n = 0;
    enum kb_err err = KB_OK;

    bind_kind(inbound, COUNT_ADD, kind);
    store_bind_text(inbound->guard[COUNT_ADD], ":hash", hash);
    err = store_one_value(inbound->rooms.store, inbound->guard[COUNT_ADD], &n);
    *count = (int)n;
    return err;
}

enum kb_err guard_store_at_least(
    struct inbound *inbound, enum count_kind kind, int least, int64_t *counters)
{
    bind_kind(inbound, COUNT_AT_LEAST, kind);
    store_bind_int(inbound->guard[COUNT_AT_LEAST], ":least", least);
    return store_one_value(
        inbound->rooms.store, inbound->guard[COUNT_AT_LEAST], counters);
}

enum kb_err guard_store_most(
    struct inbound *inbound, enum count_kind kind, int64_t *most)
{
    bind_kind(inbound, COUNT_MOST, kind);
    return store_one_value(
        inbound->rooms.store, inbound->guard[COUNT_MOST], most);
}

/* --- answers in a row --------------------------------------------------------- */

enum kb_err guard_store_get(
    struct inbound *inbound, const char *phone_hash, struct guard_row *out)
{
    sqlite3_stmt *row = inbound->guard[GUARD_GET];
    enum kb_err err = KB_OK;

    *out = (struct guard_row){0};
    store_bind_text(row, ":phone", phone_hash);
    err = store_step(inbound->rooms.store, row);
    if (err == KB_OK) {
        out->answers = sqlite3_column_int(row, 0);
        out->last_at_ms = sqlite3_column_int64(row, 1);
        (void)sqlite3_reset(row);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err guard_store_put(struct inbound *inbound, const char *phone_hash,
    const struct guard_row *row)
{
    sqlite3_stmt *put = inbound->guard[GUARD_PUT];

    store_bind_text(put, ":phone", phone_hash);
    store_bind_int(put, ":answers", row->answers);
    store_bind_int(put, ":at", row->last_at_ms);
    return store_run(inbound->rooms.store, put);
}

/* --- forgetting ----------------------------------------------------------------- */

static enum kb_err forget(
    struct inbound *inbound, enum guard_sql sql, int64_t before, bool *more)
{
    sqlite3 *db = store_db(inbound->rooms.store);
    enum kb_err err = KB_OK;

    store_bind_int(inbound->guard[sql], ":before", before);
    store_bind_int(inbound->guard[sql], ":limit", FORGET_ROWS);
    err = store_run(inbound->rooms.store, inbound->guard[sql]);
    *more = *more || (err == KB_OK && sqlite3_changes(db) == FORGET_ROWS);
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err guard_store_forget(struct inbound *inbound, bool *more)
{
    int64_t now = now_ms(inbound);
    enum kb_err err = forget(inbound, OLD_COUNTS, civil_day_of(now) - 1, more);

    return err == KB_OK ? forget(inbound, OLD_GUARDS, now - DAY_MS, more) : err;
}
