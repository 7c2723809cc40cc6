// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "dispatch/dispatch_internal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* From claimed to the worker: a message is cut into its parts, marked as
   submitting, and handed over once that is on disk. */

#define VALIDITY_MOST_S INT64_C(38102400)

static void drop_submit(struct modem *modem)
{
    outbox_message_clear(&modem->submit.message);
    modem->submit.active = false;
}

/* TP-VP ends at 63 weeks (3GPP TS 23.040 §9.2.3.12.1). */
static int64_t validity_of(int64_t left_ms)
{
    int64_t left_s = left_ms / 1000;

    if (left_s < 1) {
        return 1;
    }
    return left_s < VALIDITY_MOST_S ? left_s : VALIDITY_MOST_S;
}

/* The disk has it: now, and only now, the worker gets it. */
static void on_submitting(void *arg, enum kb_err result)
{
    struct modem *modem = arg;
    struct modem_submit *submit = &modem->submit;
    struct link_submit frame = {
        .token = submit->token,
        .to = submit->message.phone,
        .text = submit->part_text.text,
        .coding = submit->coding == TEXT_GSM7 ? LINK_GSM7 : LINK_UCS2,
        /* By the message, not by the modem: its parts share it even when
           they leave on different days or SIMs. */
        .udh_ref = (uint8_t)(submit->message.id & 0xff),
        .udh_parts = (uint8_t)submit->parts,
        .udh_part = (uint8_t)submit->part,
        .report = modem->config->reports,
    };
    /* The worker went in this very turn, or the link would not have it:
       nothing left the gateway. */
    static const struct verdict not_ready = {.message = OUTBOX_GIVE_BACK,
        .modem = VERDICT_PAUSE,
        .words = "the modem was not ready"};
    static const struct verdict unfit = {
        .message = OUTBOX_FAILED, .words = "it does not fit an SMS"};
    int64_t left_ms = submit->message.expires_at_ms - modem_now_ms(modem);
    enum kb_err err = KB_OK;

    if (result != KB_OK) {
        modem->dispatch->store_failed = true;
        drop_submit(modem);
        return;
    }
    submit->committed = true;
    if (submit->message.expires_at_ms > 0) {
        frame.validity_s = validity_of(left_ms);
    }
    err = link_submit(modem->link, &frame);
    if (err != KB_OK) {
        modem_settle_with(modem, err == KB_INVALID ? &unfit : &not_ready, -1);
    }
}

static bool split_next(struct modem *modem, int *part)
{
    struct outbox *outbox = modem->dispatch->rooms.outbox;
    struct modem_submit *submit = &modem->submit;
    struct text_part parts[TEXT_MAX_PARTS];

    if (text_split(modem->next.text, parts, &submit->parts, &submit->coding) !=
            KB_OK ||
        outbox_next_part(outbox, modem->next.id, part) != KB_OK ||
        *part > submit->parts) {
        return false;
    }
    submit->part_text = parts[*part - 1];
    return true;
}

/* Ends the claimed message instead of sending it. */
static void end_next(
    struct modem *modem, enum msg_state state, const char *reason)
{
    log_info("outbox: %s id=%lld why=%s", msg_state_name(state),
        (long long)modem->next.id, log_quote(reason).text);
    if (outbox_move(modem->dispatch->rooms.outbox, modem->next.id, state, 0,
            reason) == KB_OK) {
        outbox_message_clear(&modem->next);
        modem->has_next = false;
    }
}

static bool is_over(const struct modem *modem)
{
    return modem->next.expires_at_ms != 0 && !modem->next_goes_on &&
           modem->next.expires_at_ms <= modem_now_ms(modem);
}

static void submit_next(struct modem *modem)
{
    struct dispatch *dispatch = modem->dispatch;
    struct modem_submit *submit = &modem->submit;
    struct outbox_submit row = {.modem = modem->name, .sim = modem->sim};
    enum kb_err err = KB_OK;

    if (is_over(modem)) {
        end_next(
            modem, MSG_EXPIRED, "its time was over before it could be sent");
        return;
    }
    if (!split_next(modem, &row.part)) {
        end_next(modem, MSG_CANCELLED, "its text cannot be sent as SMS");
        return;
    }
    row.id = modem->next.id;
    row.parts = submit->parts;
    row.phone = modem->next.phone;
    row.expected_mr = modem->expected_mr;
    err = outbox_submitting(dispatch->rooms.outbox, &row);
    if (err != KB_OK) {
        /* Not claimed any more: memory and disk differ. */
        dispatch->store_failed = err == KB_NOT_FOUND || dispatch->store_failed;
        return;
    }
    submit->message = modem->next;
    submit->message.parts = submit->parts;
    modem->next = (struct outbox_message){0};
    modem->has_next = false;
    modem->next_goes_on = false;
    submit->active = true;
    modem->changed = true;
    submit->committed = false;
    submit->part = row.part;
    submit->token = ++modem->next_token;
    submit->started_mono_ms = clock_mono_ms();
    modem->last_submit_at_ms = modem_now_ms(modem);
    modem->gap_ms = pace_gap_ms(&modem->pace, modem->config->min_gap_ms,
        modem->config->gap_jitter,
        modem->config->min_gap_ms > 0 ? randombytes_uniform(1000) : 0);
    store_after_commit(dispatch->rooms.store, on_submitting, modem);
}

bool modem_settled(struct modem *modem)
{
    modem_settle_result(modem);
    if (modem->settle.active && !modem->settle.applied) {
        return false;
    }
    modem_end_trial(modem);
    modem_roll_day(modem);
    return true;
}

void modem_send(struct modem *modem, size_t place)
{
    if (!modem_can_send(modem)) {
        modem_give_back_next(modem);
        return;
    }
    if (!modem->submit.active &&
        modem_choose_next(modem, place, modem_least_class(modem))) {
        submit_next(modem);
    }
}

void modem_claim_ahead(struct modem *modem, size_t place)
{
    if (modem->submit.active && modem_can_send(modem)) {
        modem_claim_next(modem, place, modem_least_class(modem));
    }
}

void modem_forget(struct modem *modem)
{
    modem_care_forget(modem);
    if (modem->submit.active && !modem->submit.committed) {
        drop_submit(modem);
    }
    if (modem->has_next) {
        outbox_message_clear(&modem->next);
        modem->has_next = false;
        modem->next_goes_on = false;
    }
}
