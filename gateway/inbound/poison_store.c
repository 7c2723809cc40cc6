// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "inbound/inbound_internal.h"
#include "inbound/poison.h"

static const char *const poison_sql[POISON_SQL_COUNT] = {
    [POISON_PUT] =
        "INSERT INTO inbound_poison (at_ms, modem, sim, memory, place, pdu,"
        " why) VALUES (:now, :modem, :sim, :memory, :place, :pdu, :why)"
        " ON CONFLICT DO NOTHING",
    [POISON_LIST] =
        "SELECT id, at_ms, modem, sim, memory, place, pdu, why"
        " FROM inbound_poison WHERE id < :before ORDER BY id DESC LIMIT :limit",
    [POISON_COUNT] = "SELECT count(*) FROM inbound_poison WHERE modem = :modem",
    [POISON_OLD] = "DELETE FROM inbound_poison WHERE id IN (SELECT id FROM"
                   " inbound_poison WHERE at_ms < :before LIMIT :limit)",
};

enum kb_err poison_open(struct inbound *inbound)
{
    for (size_t i = 0; i < POISON_SQL_COUNT; i++) {
        if (store_prepare(inbound->rooms.store, poison_sql[i],
                &inbound->poison_sql[i]) != KB_OK) {
            poison_close(inbound);
            return KB_DB;
        }
    }
    return KB_OK;
}

void poison_close(struct inbound *inbound)
{
    for (size_t i = 0; i < POISON_SQL_COUNT; i++) {
        (void)sqlite3_finalize(inbound->poison_sql[i]);
        inbound->poison_sql[i] = NULL;
    }
}

static enum kb_err put(struct inbound *inbound, const struct poison *poison)
{
    sqlite3_stmt *row = inbound->poison_sql[POISON_PUT];
    enum kb_err err = KB_OK;

    store_bind_int(row, ":now", clock_now_ms(inbound->rooms.clock));
    store_bind_text(row, ":modem", poison->modem);
    store_bind_text(row, ":sim", poison->sim);
    store_bind_text(row, ":memory", poison->memory);
    store_bind_int(row, ":place", poison->place);
    store_bind_text(row, ":pdu", poison->pdu);
    store_bind_text(row, ":why", poison->why);
    err = store_run(inbound->rooms.store, row);
    return err == KB_NOT_FOUND ? KB_OK : err; /* the SIM brought it again */
}

enum kb_err poison_keep(struct inbound *inbound, const struct poison *poison)
{
    enum kb_err err = store_op_begin_record(inbound->rooms.store);

    if (err != KB_OK) {
        return err;
    }
    err = store_op_end(inbound->rooms.store, put(inbound, poison));
    if (err == KB_OK) {
        log_warn("inbound: poison modem=%s memory=%s place=%d why=%s",
            poison->modem, poison->memory, poison->place,
            log_quote(poison->why).text);
    }
    return err;
}

enum kb_err poison_list(struct inbound *inbound, int64_t before_id, int limit,
    poison_fn *fn, void *arg)
{
    sqlite3_stmt *row = inbound->poison_sql[POISON_LIST];
    enum kb_err err = KB_OK;

    store_bind_int(row, ":before", before_id == 0 ? INT64_MAX : before_id);
    store_bind_int(row, ":limit", limit);
    while ((err = store_step(inbound->rooms.store, row)) == KB_OK) {
        struct poison poison = {
            .id = sqlite3_column_int64(row, 0),
            .at_ms = sqlite3_column_int64(row, 1),
            .modem = store_column_text(row, 2),
            .sim = store_column_text(row, 3),
            .memory = store_column_text(row, 4),
            .place = sqlite3_column_int(row, 5),
            .pdu = store_column_text(row, 6),
            .why = store_column_text(row, 7),
        };

        fn(arg, &poison);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err poison_count(
    struct inbound *inbound, const char *modem, int64_t *count)
{
    sqlite3_stmt *row = inbound->poison_sql[POISON_COUNT];
    enum kb_err err = KB_OK;

    store_bind_text(row, ":modem", modem);
    err = store_step(inbound->rooms.store, row);
    if (err == KB_OK) {
        *count = sqlite3_column_int64(row, 0);
        (void)sqlite3_reset(row);
    }
    return err;
}

enum kb_err poison_forget(struct inbound *inbound, int64_t before_ms, int limit)
{
    sqlite3_stmt *row = inbound->poison_sql[POISON_OLD];
    enum kb_err err = KB_OK;

    store_bind_int(row, ":before", before_ms);
    store_bind_int(row, ":limit", limit);
    err = store_run(inbound->rooms.store, row);
    return err == KB_NOT_FOUND ? KB_OK : err;
}
