// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "outbox/outbox_internal.h"

#include <stdio.h>
#include <string.h>

/* Coverage is thin: a phone may be off the network for days, and an SMSC
   reports when it comes back. */
#define REPORT_WINDOW_MS ((int64_t)7 * 24 * 3600 * 1000)
/* A report may overtake its +CMGS by little; one that waits longer than this
   belongs to a message of another program or an older database. */
#define EARLY_WINDOW_MS ((int64_t)3600 * 1000)

/* 3GPP TS 23.040 §9.2.3.15: 0x00-0x1f done, 0x20-0x3f still trying,
   0x40-0x7f failed (0x60 and up: the SMSC gave up trying). */
static const char *part_state_of(int tp_st)
{
    if (tp_st < 0x20) {
        return "delivered";
    }
    return tp_st < 0x40 ? "sent" : "undelivered";
}

static enum kb_err find_part(struct outbox *outbox, sqlite3_stmt *find,
    const struct outbox_report *report, int64_t *id, int *part)
{
    char tail[PHONE_TAIL + 1];
    enum kb_err err = KB_OK;

    outbox_phone_tail(report->to, tail);
    store_bind_text(find, ":tail", tail);
    store_bind_text(find, ":sim", report->sim);
    store_bind_int(find, ":mr", report->tp_mr);
    store_bind_int(
        find, ":since", clock_now_ms(outbox->clock) - REPORT_WINDOW_MS);
    err = store_step(outbox->store, find);
    if (err == KB_OK) {
        *id = sqlite3_column_int64(find, 0);
        *part = sqlite3_column_int(find, 1);
        (void)sqlite3_reset(find);
    }
    return err;
}

/* What the parts' states make of the whole message. */
static enum msg_state sum_up(sqlite3_stmt *row, enum msg_state from)
{
    int parts = sqlite3_column_int(row, 1);
    int delivered = sqlite3_column_int(row, 2);
    int undelivered = sqlite3_column_int(row, 3);
    int sent = sqlite3_column_int(row, 4);
    int unknown = sqlite3_column_int(row, 5);

    if (unknown > 0 || from == MSG_SUBMITTING || from == MSG_CLAIMED ||
        from == MSG_QUEUED) {
        return from;
    }
    if (delivered + undelivered + sent < parts) {
        return from == MSG_UNKNOWN ? MSG_QUEUED : from;
    }
    if (undelivered > 0) {
        return MSG_UNDELIVERED;
    }
    return delivered == parts ? MSG_DELIVERED : MSG_SENT;
}

enum kb_err outbox_sum_parts(struct outbox *outbox, int64_t id)
{
    sqlite3_stmt *row = outbox->report_sum;
    enum msg_state from = MSG_HELD;
    enum msg_state to = MSG_HELD;
    enum kb_err err = KB_OK;

    store_bind_int(row, ":id", id);
    err = store_step(outbox->store, row);
    if (err != KB_OK) {
        return err;
    }
    err = msg_state_parse(store_column_text(row, 0), &from);
    to = sum_up(row, from);
    (void)sqlite3_reset(row);
    if (err != KB_OK || from == to || !msg_may_move(from, to)) {
        return err;
    }
    return outbox_step(outbox,
        &(struct outbox_step){.id = id,
            .from = from,
            .to = to,
            .reason =
                to == MSG_UNDELIVERED
                    ? "the network reported that it could not be delivered"
                    : ""});
}

static enum kb_err apply(struct outbox *outbox,
    const struct outbox_report *report, int64_t id, int part)
{
    sqlite3_stmt *set = outbox->report_part;
    enum kb_err err = KB_OK;

    store_bind_int(set, ":id", id);
    store_bind_int(set, ":part", part);
    store_bind_text(set, ":state", part_state_of(report->tp_st));
    store_bind_int(set, ":st", report->tp_st);
    store_bind_int(set, ":mr", report->tp_mr);
    store_bind_int(set, ":now", clock_now_ms(outbox->clock));
    err = store_run(outbox->store, set);
    return err == KB_OK ? outbox_sum_parts(outbox, id) : err;
}

static enum kb_err keep_early(
    struct outbox *outbox, const struct outbox_report *report)
{
    sqlite3_stmt *put = outbox->early_put;
    int64_t now = clock_now_ms(outbox->clock);
    char tail[PHONE_TAIL + 1];
    enum kb_err err = KB_OK;

    outbox_phone_tail(report->to, tail);
    store_bind_text(put, ":modem", report->modem);
    store_bind_text(put, ":sim", report->sim);
    store_bind_text(put, ":tail", tail);
    store_bind_int(put, ":mr", report->tp_mr);
    store_bind_int(put, ":st", report->tp_st);
    store_bind_int(put, ":now", now);
    err = store_run(outbox->store, put);
    if (err == KB_OK) {
        store_bind_int(outbox->early_trim, ":since", now - EARLY_WINDOW_MS);
        err = store_run(outbox->store, outbox->early_trim);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

static enum kb_err place_report(struct outbox *outbox,
    const struct outbox_report *report, int64_t *message_id)
{
    int64_t id = 0;
    int part = 0;
    enum kb_err err =
        find_part(outbox, outbox->report_sent, report, &id, &part);

    if (err == KB_NOT_FOUND) {
        store_bind_int(outbox->report_again, ":st", report->tp_st);
        err = find_part(outbox, outbox->report_again, report, &id, &part);
        if (err == KB_OK) {
            *message_id = id; /* the same report, read again */
            return KB_OK;
        }
    }
    if (err == KB_NOT_FOUND) {
        err = find_part(outbox, outbox->report_unknown, report, &id, &part);
    }
    if (err == KB_NOT_FOUND) {
        return keep_early(outbox, report);
    }
    if (err == KB_OK) {
        *message_id = id;
        err = apply(outbox, report, id, part);
    }
    return err;
}

enum kb_err outbox_report(struct outbox *outbox,
    const struct outbox_report *report, int64_t *message_id)
{
    enum kb_err err = store_op_begin_record(outbox->store);

    *message_id = 0;
    if (err != KB_OK) {
        return err;
    }
    return store_op_end(
        outbox->store, place_report(outbox, report, message_id));
}

enum kb_err outbox_apply_early(struct outbox *outbox, int64_t id, int part)
{
    sqlite3_stmt *find = outbox->early_find;
    struct outbox_report report = {0};
    char sim[64];
    char phone[32];
    int64_t early = 0;
    enum kb_err err = KB_OK;

    store_bind_int(find, ":id", id);
    store_bind_int(find, ":part", part);
    err = store_step(outbox->store, find);
    if (err != KB_OK) {
        return err == KB_NOT_FOUND ? KB_OK : err;
    }
    early = sqlite3_column_int64(find, 0);
    report.tp_mr = sqlite3_column_int(find, 2);
    report.tp_st = sqlite3_column_int(find, 3);
    (void)snprintf(sim, sizeof sim, "%s", store_column_text(find, 4));
    (void)snprintf(phone, sizeof phone, "%s", store_column_text(find, 5));
    (void)sqlite3_reset(find);
    report.sim = sim;
    report.to = phone;
    err = apply(outbox, &report, id, part);
    if (err == KB_OK) {
        store_bind_int(outbox->early_drop, ":id", early);
        err = store_run(outbox->store, outbox->early_drop);
    }
    return err;
}
