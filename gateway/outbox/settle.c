// SPDX-License-Identifier: GPL-2.0-or-later
#include "outbox/outbox_internal.h"
#include "text/text.h"

#include <string.h>

/* What a modem brought: of a part, and what it makes of the message. */

static enum kb_err settle_part(
    struct outbox *outbox, const struct outbox_result *result)
{
    static const char *const states[] = {
        [OUTBOX_SENT] = "sent",
        [OUTBOX_RETRY] = "queued",
        [OUTBOX_GIVE_BACK] = "queued",
        [OUTBOX_FAILED] = "failed",
        [OUTBOX_UNKNOWN] = "unknown",
    };
    sqlite3_stmt *settle = outbox->part_settle;

    store_bind_int(settle, ":id", result->id);
    store_bind_int(settle, ":part", result->part);
    store_bind_text(settle, ":state", states[result->verdict]);
    store_bind_int(settle, ":now", clock_now_ms(outbox->clock));
    if (result->tp_mr < 0) {
        store_bind_null(settle, ":mr");
    } else {
        store_bind_int(settle, ":mr", result->tp_mr);
    }
    return store_run(outbox->store, settle);
}

static enum kb_err parts_left(struct outbox *outbox, int64_t id, bool *more)
{
    sqlite3_stmt *row = outbox->part_sent_count;
    enum kb_err err = KB_OK;

    store_bind_int(row, ":id", id);
    err = store_step(outbox->store, row);
    if (err == KB_OK) {
        *more = sqlite3_column_int(row, 0) > sqlite3_column_int(row, 1);
        (void)sqlite3_reset(row);
    }
    return err;
}

static enum kb_err settle_message(struct outbox *outbox,
    const struct outbox_result *result, enum msg_state to)
{
    sqlite3_stmt *settle = outbox->settle;
    bool counted = result->verdict != OUTBOX_GIVE_BACK;

    store_bind_int(settle, ":id", result->id);
    store_bind_text(settle, ":to", msg_state_name(to));
    store_bind_text(
        settle, ":reason", result->reason == NULL ? "" : result->reason);
    store_bind_id_or_null(settle, ":next", result->next_at_ms);
    store_bind_int(settle, ":attempt", counted ? 1 : 0);
    store_bind_text_or_null(settle, ":prefer", result->prefer);
    store_bind_id_or_null(settle, ":until", result->prefer_until_ms);
    outbox->any_sticky = outbox->any_sticky || result->prefer != NULL;
    store_bind_int(settle, ":final", msg_is_final(to) ? 1 : 0);
    store_bind_int(settle, ":now", clock_now_ms(outbox->clock));
    return store_run(outbox->store, settle);
}

static enum kb_err count_hour(
    struct outbox *outbox, const struct outbox_result *result)
{
    store_bind_text(outbox->day_add, ":sim",
        result->sim == NULL ? result->modem : result->sim);
    store_bind_int(
        outbox->day_add, ":hour", outbox_hour_of(clock_now_ms(outbox->clock)));
    return store_run(outbox->store, outbox->day_add);
}

static enum kb_err settle_all(
    struct outbox *outbox, const struct outbox_result *result, bool *more)
{
    static const enum msg_state states[] = {
        [OUTBOX_SENT] = MSG_SENT,
        [OUTBOX_RETRY] = MSG_QUEUED,
        [OUTBOX_GIVE_BACK] = MSG_QUEUED,
        [OUTBOX_FAILED] = MSG_FAILED,
        [OUTBOX_UNKNOWN] = MSG_UNKNOWN,
    };
    enum msg_state to = states[result->verdict];
    enum kb_err err = settle_part(outbox, result);

    if (err == KB_OK && result->verdict == OUTBOX_SENT && result->parts != 1) {
        err = parts_left(outbox, result->id, more);
        to = *more ? MSG_CLAIMED : MSG_SENT;
    }
    if (err == KB_OK) {
        err = settle_message(outbox, result, to);
    }
    if (err == KB_OK &&
        (result->verdict == OUTBOX_SENT || result->verdict == OUTBOX_UNKNOWN)) {
        err = count_hour(outbox, result);
    }
    if (err == KB_OK &&
        (result->verdict == OUTBOX_SENT || result->verdict == OUTBOX_UNKNOWN)) {
        err = outbox_apply_early(outbox, result->id, result->part);
    }
    if (err == KB_OK && to == MSG_SENT && result->part > 1) {
        err = outbox_sum_parts(outbox, result->id);
    }
    return err;
}

enum kb_err outbox_settle(
    struct outbox *outbox, const struct outbox_result *result, bool *more)
{
    bool left = false;
    enum kb_err err = store_op_begin_record(outbox->store);

    if (err == KB_OK) {
        err = store_op_end(outbox->store, settle_all(outbox, result, &left));
    }
    if (more != NULL) {
        *more = err == KB_OK && left;
    }
    return err;
}

enum kb_err outbox_next_part(struct outbox *outbox, int64_t id, int *part)
{
    struct outbox_part parts[TEXT_MAX_PARTS];
    size_t count = 0;
    enum kb_err err = outbox_parts(outbox, id, parts, TEXT_MAX_PARTS, &count);

    *part = 1;
    for (size_t i = 0; err == KB_OK && i < count; i++) {
        bool gone = strcmp(parts[i].state, "sent") == 0 ||
                    strcmp(parts[i].state, "delivered") == 0 ||
                    strcmp(parts[i].state, "undelivered") == 0;

        if (parts[i].part == *part && gone) {
            (*part)++;
        }
    }
    return err;
}
