// SPDX-License-Identifier: GPL-2.0-or-later
#include "outbox/outbox_internal.h"

/* Changes of state that people and campaigns cause. */

enum kb_err outbox_step(struct outbox *outbox, const struct outbox_step *step)
{
    sqlite3_stmt *move = outbox->move;
    enum kb_err err = KB_OK;

    if (!msg_may_move(step->from, step->to)) {
        return KB_REFUSED;
    }
    err = store_op_begin_record(outbox->store);
    if (err != KB_OK) {
        return err;
    }
    if (step->to == MSG_QUEUED && step->from != MSG_CLAIMED) {
        outbox->any_routed = true; /* it may be of an earlier configuration */
        outbox->any_pinned = true;
    }
    store_bind_int(move, ":id", step->id);
    store_bind_text(move, ":from", msg_state_name(step->from));
    store_bind_text(move, ":to", msg_state_name(step->to));
    store_bind_id_or_null(move, ":next", step->next_at_ms);
    if (step->reason == NULL) {
        store_bind_null(move, ":reason");
    } else {
        store_bind_text(move, ":reason", step->reason);
    }
    store_bind_int(move, ":final", msg_is_final(step->to) ? 1 : 0);
    store_bind_int(move, ":now", clock_now_ms(outbox->clock));
    return store_op_end(outbox->store, store_run(outbox->store, move));
}

static enum kb_err refuse_move(
    enum msg_state from, const char *action, struct why *why)
{
    why_set(why, "the message is %s already; it cannot be %s",
        msg_state_shown(from), action);
    return KB_REFUSED;
}

enum kb_err outbox_cancel(
    struct outbox *outbox, int64_t id, const char *reason, struct why *why)
{
    enum msg_state state = MSG_HELD;
    enum kb_err err = outbox_state_of(outbox, id, &state);

    if (err != KB_OK) {
        return err;
    }
    if (state == MSG_CLAIMED || !msg_may_move(state, MSG_CANCELLED)) {
        return refuse_move(state, "cancelled", why);
    }
    return outbox_step(outbox,
        &(struct outbox_step){
            .id = id, .from = state, .to = MSG_CANCELLED, .reason = reason});
}

enum kb_err outbox_retry(struct outbox *outbox, int64_t id, struct why *why)
{
    enum msg_state state = MSG_HELD;
    enum kb_err err = outbox_state_of(outbox, id, &state);
    struct outbox_step step = {.id = id, .to = MSG_QUEUED, .reason = ""};

    if (err != KB_OK) {
        return err;
    }
    if (!msg_is_final(state) || !msg_may_move(state, MSG_QUEUED)) {
        return refuse_move(state, "sent again", why);
    }
    err = store_op_begin(outbox->store);
    if (err != KB_OK) {
        return err;
    }
    step.from = state;
    step.next_at_ms = clock_now_ms(outbox->clock);
    store_bind_int(outbox->part_retry, ":id", id);
    err = store_run(outbox->store, outbox->part_retry);
    if (err == KB_OK || err == KB_NOT_FOUND) {
        err = outbox_step(outbox, &step);
    }
    return store_op_end(outbox->store, err);
}

enum kb_err outbox_settle_unknown(
    struct outbox *outbox, int64_t id, enum msg_state to, struct why *why)
{
    struct outbox_step step = {.id = id,
        .from = MSG_UNKNOWN,
        .to = to,
        .reason = "settled by an operator"};
    enum msg_state state = MSG_HELD;
    enum kb_err err = outbox_state_of(outbox, id, &state);

    if (err != KB_OK) {
        return err;
    }
    if (state != MSG_UNKNOWN) {
        return refuse_move(state, "settled", why);
    }
    if (to == MSG_QUEUED) {
        return outbox_retry(outbox, id, why);
    }
    err = store_op_begin(outbox->store);
    if (err != KB_OK) {
        return err;
    }
    store_bind_int(outbox->part_settle_unknown, ":id", id);
    store_bind_text(outbox->part_settle_unknown, ":state", msg_state_name(to));
    err = store_run(outbox->store, outbox->part_settle_unknown);
    if (err == KB_OK || err == KB_NOT_FOUND) {
        err = outbox_step(outbox, &step);
    }
    return store_op_end(outbox->store, err);
}

static enum kb_err mark_and_retry(struct outbox *outbox, int64_t id)
{
    enum kb_err err = KB_OK;

    store_bind_int(outbox->resend_mark, ":id", id);
    err = store_run(outbox->store, outbox->resend_mark);
    return err == KB_OK ? outbox_retry(outbox, id, NULL) : err;
}

enum kb_err outbox_resend_next(
    struct outbox *outbox, const struct outbox_resend *resend, int64_t *id)
{
    sqlite3_stmt *find = outbox->resend_find;
    enum kb_err err = KB_OK;

    store_bind_int(find, ":campaign", resend->campaign_id);
    store_bind_int(find, ":before", resend->before_ms);
    store_bind_int(find, ":now", clock_now_ms(outbox->clock));
    err = store_one_value(outbox->store, find, id);
    if (err == KB_OK) {
        err = store_op_begin(outbox->store);
    }
    if (err != KB_OK) {
        return err;
    }
    return store_op_end(outbox->store, mark_and_retry(outbox, *id));
}

enum kb_err outbox_move_campaign(
    struct outbox *outbox, const struct outbox_campaign_move *move, int *moved)
{
    sqlite3_stmt *update = outbox->move_campaign;
    enum kb_err err = KB_OK;

    *moved = 0;
    if (!msg_may_move(move->from, move->to)) {
        return KB_REFUSED;
    }
    err = store_op_begin_record(outbox->store);
    if (err != KB_OK) {
        return err;
    }
    if (move->to == MSG_QUEUED) {
        outbox->any_routed = true; /* they may be of an earlier configuration */
    }
    store_bind_int(update, ":campaign", move->campaign_id);
    store_bind_text(update, ":from", msg_state_name(move->from));
    store_bind_text(update, ":to", msg_state_name(move->to));
    store_bind_text(update, ":reason", move->reason);
    store_bind_int(update, ":limit", move->limit);
    store_bind_int(update, ":final", msg_is_final(move->to) ? 1 : 0);
    store_bind_int(update, ":now", clock_now_ms(outbox->clock));
    err = store_run(outbox->store, update);
    if (err == KB_OK) {
        *moved = sqlite3_changes(store_db(outbox->store));
    }
    return store_op_end(outbox->store, err == KB_NOT_FOUND ? KB_OK : err);
}

enum kb_err outbox_redate_campaign(
    struct outbox *outbox, const struct outbox_redate *redate)
{
    sqlite3_stmt *update = outbox->redate;
    enum kb_err err = store_op_begin_record(outbox->store);

    if (err != KB_OK) {
        return err;
    }
    store_bind_int(update, ":campaign", redate->campaign_id);
    store_bind_int(update, ":after", redate->after);
    store_bind_int(update, ":upto", redate->upto);
    store_bind_int(update, ":expires", redate->expires_at_ms);
    store_bind_int(update, ":base", redate->urgency_base);
    store_bind_int(update, ":step", redate->urgency_step);
    err = store_run(outbox->store, update);
    return store_op_end(outbox->store, err == KB_NOT_FOUND ? KB_OK : err);
}

enum kb_err outbox_retext(struct outbox *outbox, int64_t id, const char *text)
{
    enum kb_err err = outbox_check_text(text, NULL);

    if (err == KB_OK) {
        err = store_op_begin_record(outbox->store);
    }
    if (err != KB_OK) {
        return err;
    }
    store_bind_int(outbox->retext, ":id", id);
    store_bind_text(outbox->retext, ":text", text);
    return store_op_end(
        outbox->store, store_run(outbox->store, outbox->retext));
}

enum kb_err outbox_move(struct outbox *outbox, int64_t id, enum msg_state to,
    int64_t next_at_ms, const char *reason)
{
    struct outbox_step step = {
        .id = id, .to = to, .next_at_ms = next_at_ms, .reason = reason};
    enum kb_err err = outbox_state_of(outbox, id, &step.from);

    return err == KB_OK ? outbox_step(outbox, &step) : err;
}
