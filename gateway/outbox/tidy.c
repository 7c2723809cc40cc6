// SPDX-License-Identifier: GPL-2.0-or-later
#include "outbox/outbox_internal.h"

/* What time and a restart do to the queue. */

enum kb_err outbox_expire(struct outbox *outbox, int limit, int *expired)
{
    enum kb_err err = store_op_begin_record(outbox->store);

    *expired = 0;
    if (err != KB_OK) {
        return err;
    }
    store_bind_int(outbox->expire, ":now", clock_now_ms(outbox->clock));
    store_bind_int(outbox->expire, ":limit", limit);
    err = store_run(outbox->store, outbox->expire);
    if (err == KB_OK) {
        *expired = sqlite3_changes(store_db(outbox->store));
    }
    return store_op_end(outbox->store, err == KB_NOT_FOUND ? KB_OK : err);
}

static enum kb_err recover_state(
    struct outbox *outbox, enum msg_state from, enum msg_state to, int *count)
{
    sqlite3_stmt *recover = outbox->recover_messages;
    enum kb_err err = KB_OK;

    store_bind_text(recover, ":from", msg_state_name(from));
    store_bind_text(recover, ":to", msg_state_name(to));
    store_bind_text(recover, ":reason",
        to == MSG_UNKNOWN
            ? "the gateway ended while the modem was sending it; it may have "
              "gone out"
            : "");
    *count = 0;
    err = store_run(outbox->store, recover);
    if (err == KB_OK) {
        *count = sqlite3_changes(store_db(outbox->store));
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err outbox_recover(struct outbox *outbox, int *requeued, int *unknown)
{
    enum kb_err err = store_op_begin_record(outbox->store);

    *requeued = 0;
    *unknown = 0;
    if (err != KB_OK) {
        return err;
    }
    err = store_run(outbox->store, outbox->recover_parts);
    if (err == KB_OK || err == KB_NOT_FOUND) {
        err = recover_state(outbox, MSG_SUBMITTING, MSG_UNKNOWN, unknown);
    }
    if (err == KB_OK) {
        err = recover_state(outbox, MSG_CLAIMED, MSG_QUEUED, requeued);
    }
    err = store_op_end(outbox->store, err);
    return err == KB_OK ? outbox_read_routed(outbox) : err;
}

enum kb_err outbox_purge(
    struct outbox *outbox, int64_t before_ms, int limit, int *purged)
{
    enum kb_err err = store_op_begin_record(outbox->store);

    *purged = 0;
    if (err != KB_OK) {
        return err;
    }
    store_bind_int(outbox->purge, ":before", before_ms);
    store_bind_int(outbox->purge, ":limit", limit);
    err = store_run(outbox->store, outbox->purge);
    if (err == KB_OK) {
        *purged = sqlite3_changes(store_db(outbox->store));
    }
    return store_op_end(outbox->store, err == KB_NOT_FOUND ? KB_OK : err);
}

enum kb_err outbox_unclaim(struct outbox *outbox, const char *modem)
{
    enum kb_err err = store_op_begin_record(outbox->store);

    if (err != KB_OK) {
        return err;
    }
    store_bind_text(outbox->unclaim, ":modem", modem);
    err = store_run(outbox->store, outbox->unclaim);
    return store_op_end(outbox->store, err == KB_NOT_FOUND ? KB_OK : err);
}

int64_t outbox_hour_of(int64_t at_ms)
{
    struct civil local = civil_of(at_ms);

    return (int64_t)civil_day_of(at_ms) * 24 + local.hour;
}

enum kb_err outbox_sent_between(
    struct outbox *outbox, const struct outbox_hours *hours, int *count)
{
    sqlite3_stmt *row = outbox->day_get;
    enum kb_err err = KB_OK;

    *count = 0;
    store_bind_text(row, ":sim", hours->sim);
    store_bind_text(row, ":also", hours->modem);
    store_bind_int(row, ":from", hours->from);
    store_bind_int(row, ":to", hours->to);
    err = store_step(outbox->store, row);
    if (err == KB_OK) {
        *count = sqlite3_column_int(row, 0);
        (void)sqlite3_reset(row);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}
