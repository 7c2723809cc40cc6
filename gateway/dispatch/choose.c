// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "dispatch/dispatch_internal.h"

#include <stdlib.h>

/* Which message a modem takes next: what may leave now, and the last look
   before it does. */

#define GATE_SLICE    20
#define GATE_RETRY_MS 100

/* A SIM that was refused one message is tried again with others. */
void modem_end_trial(struct modem *modem)
{
    if (modem->parked && modem->trial_mono_ms != 0 &&
        clock_mono_ms() >= modem->trial_mono_ms) {
        modem->parked = false;
        modem_note(modem, "parked for a while, tried again");
    }
}

bool modem_can_send(const struct modem *modem)
{
    return link_state(modem->link) == LINK_READY && !modem->paused &&
           !modem->leaving && !modem->parked && modem->fault[0] == '\0' &&
           modem->quarantined[0] == '\0' && !modem_credit_gone(modem) &&
           !modem_backing_off(modem) && !modem->dispatch->stopping &&
           !modem->dispatch->store_failed;
}

/* The least urgent class that this modem may take now; answers are bound by
   neither pause, window, gap nor limit. */
enum msg_class modem_least_class(const struct modem *modem)
{
    const struct dispatch *dispatch = modem->dispatch;

    if (dispatch->paused || *dispatch->rooms.clock_behind ||
        modem_bulk_bound(modem).text[0] != '\0' ||
        !store_has_room(dispatch->rooms.store) ||
        !config_window_open(dispatch->rooms.config, modem_now_ms(modem))) {
        return MSG_REPLY;
    }
    return MSG_BULK;
}

/* An answer that came meanwhile goes before what was claimed in advance. */
static void prefer_urgent(struct modem *modem, size_t place)
{
    struct outbox_message urgent = {0};
    struct outbox_claim claim;

    if (!modem->has_next || modem->next.class <= modem->dispatch->board.first ||
        modem->next.parts > 1) {
        return;
    }
    claim = board_claim(
        modem->dispatch, place, (enum msg_class)(modem->next.class - 1));
    if (outbox_claim_by(modem->dispatch->rooms.outbox, &claim, &urgent) ==
        KB_OK) {
        modem_give_back_next(modem);
        if (modem->has_next) { /* could not: the store is busy */
            modem->dispatch->store_failed = true;
            outbox_message_clear(&urgent);
            return;
        }
        modem->next = urgent;
        modem->has_next = true;
    }
}

void modem_claim_next(struct modem *modem, size_t place, enum msg_class least)
{
    struct outbox_claim claim;

    if (modem->has_next && modem->next.class > least && !modem->next_goes_on) {
        modem_give_back_next(modem);
    }
    if (!modem->dispatch->board.any_queued) {
        return; /* nothing is queued */
    }
    prefer_urgent(modem, place);
    if (modem->has_next) {
        return;
    }
    claim = board_claim(modem->dispatch, place, least);
    modem->has_next = outbox_claim_by(modem->dispatch->rooms.outbox, &claim,
                          &modem->next) == KB_OK;
}

/* The message as the gate wants it now: a new text, an earlier end. */
static enum kb_err take_gate(struct modem *modem, struct gate *gate)
{
    struct outbox_message *message = &modem->next;
    enum kb_err err = KB_OK;

    if (gate->expires_at_ms != 0 &&
        (message->expires_at_ms == 0 ||
            gate->expires_at_ms < message->expires_at_ms)) {
        message->expires_at_ms = gate->expires_at_ms;
    }
    if (gate->text == NULL) {
        return KB_OK;
    }
    err = outbox_retext(modem->dispatch->rooms.outbox, message->id, gate->text);
    if (err == KB_OK) {
        free(message->text);
        message->text = gate->text;
        gate->text = NULL;
    }
    return err;
}

static void turn_away(struct modem *modem, const struct gate *gate)
{
    static const enum msg_state states[] = {
        [GATE_HOLD] = MSG_HELD,
        [GATE_LATER] = MSG_QUEUED,
        [GATE_CANCEL] = MSG_CANCELLED,
        [GATE_EXPIRE] = MSG_EXPIRED,
    };

    if (outbox_move(modem->dispatch->rooms.outbox, modem->next.id,
            states[gate->verdict], gate->next_at_ms, gate->reason) == KB_OK) {
        outbox_message_clear(&modem->next);
        modem->has_next = false;
    }
}

bool dispatch_half_sent(
    const struct dispatch *dispatch, const struct outbox_message *message)
{
    int part = 1;

    return message->parts > 1 &&
           outbox_next_part(dispatch->rooms.outbox, message->id, &part) ==
               KB_OK &&
           part > 1;
}

/* The rest of what has begun to leave follows whatever the day. */
static bool has_begun(const struct modem *modem)
{
    return modem->next_goes_on ||
           dispatch_half_sent(modem->dispatch, &modem->next);
}

/* The gate could not say: a fault of the message holds it, one of the store is
   tried again a little later. */
static void gate_failed(struct modem *modem, enum kb_err err)
{
    struct gate hold = {.verdict = GATE_HOLD,
        .reason = "its text could not be written; see kabari check"};

    if (err == KB_INVALID || err == KB_REFUSED || err == KB_NOT_FOUND) {
        log_error("dispatch: id=%lld cannot be written, held",
            (long long)modem->next.id);
        turn_away(modem, &hold);
        return;
    }
    modem->backoff_until_mono_ms = clock_mono_ms() + GATE_RETRY_MS;
}

/* The last look before a campaign's message leaves. The gate's own notes (the
   phone's day is taken) and the new text stand or fall together. @return true
   to send. */
static bool pass_gate(struct modem *modem)
{
    struct dispatch *dispatch = modem->dispatch;
    struct gate gate = {0};
    enum kb_err err = KB_OK;

    if (modem->next.campaign_id == 0 || has_begun(modem)) {
        return true;
    }
    if (store_op_begin_record(dispatch->rooms.store) != KB_OK) {
        return false;
    }
    err = campaign_gate(dispatch->rooms.campaigns, &modem->next, &gate);
    if (err == KB_OK && gate.verdict == GATE_SEND) {
        err = take_gate(modem, &gate);
    }
    err = store_op_end(dispatch->rooms.store, err);
    if (err != KB_OK) {
        gate_failed(modem, err);
    } else if (gate.verdict != GATE_SEND) {
        turn_away(modem, &gate);
    }
    free(gate.text);
    return err == KB_OK && gate.verdict == GATE_SEND;
}

/* Claims until one may leave now. A long row of messages that the gate turns
   away (an office went down) is worked off in slices. @return true to submit
   modem->next. */
bool modem_choose_next(struct modem *modem, size_t place, enum msg_class least)
{
    for (int i = 0; i < GATE_SLICE; i++) {
        modem_claim_next(modem, place, least);
        if (!modem->has_next ||
            (modem->next.class != MSG_REPLY && modem_gap_left_ms(modem) > 0)) {
            return false;
        }
        if (pass_gate(modem)) {
            return true;
        }
        if (modem->has_next) {
            return false; /* the store is busy: the next turn asks again */
        }
    }
    dispatch_kick(modem->dispatch);
    return false;
}
