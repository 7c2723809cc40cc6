// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "dispatch/dispatch_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GATE_SLICE       20
#define GATE_RETRY_MS    100
#define GIVEN_BACK_MS    15000
#define TRIAL_MS         INT64_C(900000)
#define VALIDITY_MOST_S  INT64_C(38102400)
#define BACKOFF_FIRST_MS 1000
#define BACKOFF_MOST_MS  60000

/* --- notes --------------------------------------------------------------- */

static int64_t now_of(const struct modem *modem)
{
    return clock_now_ms(modem->dispatch->rooms.clock);
}

void modem_note(struct modem *modem, const char *fmt, ...)
{
    char line[256];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    modem_log_add(&modem->log, now_of(modem), line);
}

void modem_error(struct modem *modem, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(
        modem->shown.last_error, sizeof modem->shown.last_error, fmt, args);
    va_end(args);
    log_warn("modem: error modem=%s why=%s", modem->name,
        log_quote(modem->shown.last_error).text);
    modem_note(modem, "error: %s", modem->shown.last_error);
}

/* --- state --------------------------------------------------------------- */

static void roll_day(struct modem *modem)
{
    int32_t today = civil_day_of(now_of(modem));

    if (today != modem->sent_day &&
        outbox_sent_on(modem->dispatch->rooms.outbox, modem->name, today,
            &modem->sent_today) == KB_OK) {
        modem->sent_day = today;
    }
}

static int64_t gap_left_ms(const struct modem *modem)
{
    int64_t left =
        modem->last_submit_at_ms + modem->config->min_gap_ms - now_of(modem);

    return modem->config->min_gap_ms == 0 || modem->last_submit_at_ms == 0 ||
                   left < 0 || left > modem->config->min_gap_ms
               ? 0
               : left;
}

static bool limit_reached(const struct modem *modem)
{
    return modem->config->daily_limit > 0 &&
           modem->sent_today >= modem->config->daily_limit;
}

static bool backing_off(const struct modem *modem)
{
    return clock_mono_ms() < modem->backoff_until_mono_ms;
}

int64_t modem_wait_ms(const struct modem *modem)
{
    int64_t gap =
        clock_real_span_ms(modem->dispatch->rooms.clock, gap_left_ms(modem));
    int64_t backoff = modem->backoff_until_mono_ms - clock_mono_ms();
    int64_t wait = gap > backoff ? gap : backoff;

    return wait > 0 ? wait : -1;
}

static const char *state_word(const struct modem *modem)
{
    enum link_state state = link_state(modem->link);

    if (modem->paused) {
        return "paused";
    }
    if (state != LINK_READY) {
        return link_state_name(state);
    }
    if (modem->parked) {
        return "parked";
    }
    if (modem->submit.active) {
        return "sending";
    }
    if (limit_reached(modem) || backing_off(modem)) {
        return "limited";
    }
    return gap_left_ms(modem) > 0 ? "limited" : "ready";
}

static void say_limit(struct modem *modem)
{
    char *out = modem->shown.limited_by;
    size_t room = sizeof modem->shown.limited_by;

    if (limit_reached(modem)) {
        (void)snprintf(out, room,
            "daily limit of %d reached; goes on tomorrow (daily_limit)",
            modem->config->daily_limit);
    } else if (backing_off(modem)) {
        (void)snprintf(out, room, "waits after a failure");
    } else if (gap_left_ms(modem) > 0) {
        (void)snprintf(out, room, "gap between two SMS (min_gap_ms = %d)",
            modem->config->min_gap_ms);
    } else {
        out[0] = '\0';
    }
}

void modem_refresh(struct modem *modem)
{
    const char *word = NULL;

    roll_day(modem);
    word = state_word(modem);
    say_limit(modem);
    modem->shown.sent_today = modem->sent_today;
    modem->shown.queued =
        (modem->has_next ? 1 : 0) + (modem->submit.active ? 1 : 0);
    if (strcmp(word, modem->shown.state) != 0) {
        (void)snprintf(
            modem->shown.state, sizeof modem->shown.state, "%s", word);
        modem->shown.since_at_ms = now_of(modem);
    }
}

/* --- settling ------------------------------------------------------------ */

static void back_off(struct modem *modem)
{
    int64_t wait = BACKOFF_FIRST_MS;

    for (int i = 0; i < modem->failures && wait < BACKOFF_MOST_MS; i++) {
        wait *= 2;
    }
    modem->failures++;
    modem->backoff_until_mono_ms =
        clock_mono_ms() + (wait < BACKOFF_MOST_MS ? wait : BACKOFF_MOST_MS);
}

static void park(struct modem *modem, const struct verdict *verdict)
{
    modem->parked = true;
    modem_error(modem, "%s; mend it, then: kabari modem reset %s",
        verdict->words, modem->name);
}

/* What a SIM is refused for may be the number's fault: a second SIM that is
   refused the same message says so, and the first one is at work again. */
static bool is_the_numbers_fault(struct modem *modem)
{
    int64_t id = modem->submit.message.id;
    struct modem *other = NULL;

    TAILQ_FOREACH (other, &modem->dispatch->modems, entry) {
        if (other != modem && other->parked && other->refused_id == id) {
            other->parked = false;
            other->refused_id = 0;
            modem_note(other, "goes on: another SIM was refused the same");
            return true;
        }
    }
    return false;
}

static bool another_can_send(const struct modem *modem)
{
    const struct modem *other = NULL;

    TAILQ_FOREACH (other, &modem->dispatch->modems, entry) {
        if (other != modem && !other->parked && !other->paused &&
            link_state(other->link) == LINK_READY) {
            return true;
        }
    }
    return false;
}

static void act_on_modem(struct modem *modem, const struct verdict *verdict)
{
    switch (verdict->modem) {
    case VERDICT_GO_ON:
        return;
    case VERDICT_SUSPECT:
        modem->trial_mono_ms = clock_mono_ms() + TRIAL_MS;
        modem->refused_id = modem->settle.result.id;
        park(modem, verdict);
        return;
    case VERDICT_PARK:
        modem->trial_mono_ms = 0;
        park(modem, verdict);
        return;
    case VERDICT_NO_NETWORK:
    case VERDICT_PAUSE:
        modem_error(modem, "%s", verdict->words);
        back_off(modem);
        return;
    case VERDICT_RESET:
        modem_error(modem, "%s", verdict->words);
        back_off(modem);
        link_reset(modem->link);
        return;
    }
}

static void count_result(struct modem *modem, const struct verdict *verdict)
{
    bool out =
        verdict->message == OUTBOX_SENT || verdict->message == OUTBOX_UNKNOWN;

    roll_day(modem);
    modem->sent_today += out ? 1 : 0;
    if (verdict->message == OUTBOX_SENT) {
        modem->failures = 0;
        modem->refused_id = 0;
        modem->given_back_id = 0;
        modem->shown.sent_total++;
        modem->dispatch->this_minute.sent_minute++;
    } else if (verdict->message == OUTBOX_UNKNOWN) {
        modem->shown.unknown_total++;
    } else if (verdict->message == OUTBOX_FAILED) {
        modem->shown.failed_total++;
    }
}

/* When a message that goes back may be tried again. One that this modem gives
   back twice in a row may be what ails it: others go first for a while. */
static int64_t next_try_ms(struct modem *modem, const struct verdict *verdict)
{
    int64_t id = modem->submit.message.id;
    int64_t wait_ms = verdict->delay_ms;

    if (verdict->message == OUTBOX_GIVE_BACK) {
        wait_ms = modem->given_back_id == id ? GIVEN_BACK_MS : 0;
        modem->given_back_id = id;
    }
    if (verdict->modem == VERDICT_SUSPECT && !another_can_send(modem)) {
        wait_ms = 2 * TRIAL_MS; /* others are tried before it */
    }
    return wait_ms == 0 ? 0 : now_of(modem) + wait_ms;
}

static void settle_with(
    struct modem *modem, const struct verdict *verdict, int tp_mr)
{
    struct modem_submit *submit = &modem->submit;
    struct modem_settle *settle = &modem->settle;

    (void)snprintf(settle->reason, sizeof settle->reason, "%s", verdict->words);
    settle->active = true;
    settle->applied = false;
    settle->took_ms = clock_mono_ms() - submit->started_mono_ms;
    settle->result = (struct outbox_result){
        .id = submit->message.id,
        .part = submit->part,
        .modem = modem->name,
        .verdict = verdict->message,
        .tp_mr = tp_mr,
        .next_at_ms = next_try_ms(modem, verdict),
        .reason = settle->reason,
    };
    settle->parts = submit->parts;
    outbox_message_clear(&settle->next_part);
    settle->next_part = submit->message;
    submit->message = (struct outbox_message){0};
    submit->active = false;
    modem->expected_mr = tp_mr >= 0 ? (tp_mr + 1) % 256 : -1;
    count_result(modem, verdict);
    act_on_modem(modem, verdict);
    dispatch_kick(modem->dispatch);
}

static void on_result(void *arg, const struct link_result *result)
{
    struct modem *modem = arg;
    struct verdict verdict = {0};

    if (!modem->submit.active || result->token != modem->submit.token) {
        return; /* the link lets none through; nothing is credited twice */
    }
    verdict = verdict_of(result, modem->submit.message.attempts);
    if (verdict.modem == VERDICT_SUSPECT && is_the_numbers_fault(modem)) {
        verdict.message = OUTBOX_FAILED;
        verdict.modem = VERDICT_GO_ON;
    }
    settle_with(
        modem, &verdict, result->outcome == LINK_SENT ? result->tp_mr : -1);
}

static void on_settled(void *arg, enum kb_err result)
{
    struct modem *modem = arg;
    struct modem_settle *settle = &modem->settle;

    if (result != KB_OK) {
        settle->applied = false;
        modem->dispatch->store_failed = true;
        return;
    }
    settle->active = false;
}

static void log_settled(struct modem *modem)
{
    static const char *const words[] = {
        [OUTBOX_SENT] = "sent",
        [OUTBOX_RETRY] = "retry",
        [OUTBOX_GIVE_BACK] = "given_back",
        [OUTBOX_FAILED] = "failed",
        [OUTBOX_UNKNOWN] = "unknown",
    };
    const struct modem_settle *settle = &modem->settle;
    const struct outbox_result *result = &settle->result;

    log_info("outbox: %s id=%lld modem=%s part=%d parts=%d mr=%d "
             "took_ms=%lld%s%s",
        words[result->verdict], (long long)result->id, modem->name,
        result->part, settle->parts, result->tp_mr, (long long)settle->took_ms,
        settle->reason[0] == '\0' ? "" : " why=",
        settle->reason[0] == '\0' ? "" : log_quote(settle->reason).text);
    modem_note(modem, "%s id=%lld part=%d/%d mr=%d took_ms=%lld %s",
        words[result->verdict], (long long)result->id, result->part,
        settle->parts, result->tp_mr, (long long)settle->took_ms,
        settle->reason);
}

static void give_back_next(struct modem *modem)
{
    struct outbox *outbox = modem->dispatch->rooms.outbox;

    if (modem->has_next &&
        outbox_move(outbox, modem->next.id, MSG_QUEUED, 0, NULL) == KB_OK) {
        outbox_message_clear(&modem->next);
        modem->has_next = false;
        modem->next_goes_on = false;
    }
}

/* A message with parts left goes before what was claimed in advance. */
static void go_on_with(struct modem *modem, struct outbox_message *message)
{
    give_back_next(modem);
    if (modem->has_next || message->id == 0) {
        /* The store is busy, or the text was forgotten after a lost commit:
           the message goes back and is resumed from the store. */
        if (outbox_move(modem->dispatch->rooms.outbox, modem->settle.result.id,
                MSG_QUEUED, 0, NULL) != KB_OK) {
            modem->dispatch->store_failed = true;
        }
        return;
    }
    modem->next = *message;
    *message = (struct outbox_message){0};
    modem->has_next = true;
    modem->next_goes_on = true;
}

/* Puts the result into the turn's transaction. With parts left the message
   stays claimed and is what this modem sends next. */
static void settle_result(struct modem *modem)
{
    struct modem_settle *settle = &modem->settle;
    bool more = false;
    enum kb_err err = KB_OK;

    if (!settle->active || settle->applied) {
        return;
    }
    err = outbox_settle(modem->dispatch->rooms.outbox, &settle->result, &more);
    if (err == KB_NOT_FOUND) {
        /* An operator settled it meanwhile: the store's word stands. */
        log_warn("outbox: result of id=%lld came after it was settled",
            (long long)settle->result.id);
        settle->active = false;
        return;
    }
    if (err != KB_OK) {
        return;
    }
    settle->applied = true;
    log_settled(modem);
    store_after_commit(modem->dispatch->rooms.store, on_settled, modem);
    if (more) {
        go_on_with(modem, &settle->next_part);
    }
}

/* --- choosing ------------------------------------------------------------ */

/* A SIM that was refused one message is tried again with others. */
static void end_trial(struct modem *modem)
{
    if (modem->parked && modem->trial_mono_ms != 0 &&
        clock_mono_ms() >= modem->trial_mono_ms) {
        modem->parked = false;
        modem_note(modem, "parked for a while, tried again");
    }
}

static bool link_can_send(const struct modem *modem)
{
    return link_state(modem->link) == LINK_READY && !modem->paused &&
           !modem->parked && !backing_off(modem) &&
           !modem->dispatch->stopping && !modem->dispatch->store_failed;
}

/* The least urgent class that this modem may take now; answers are bound by
   neither pause, window, gap nor limit. */
static enum msg_class least_class(const struct modem *modem)
{
    const struct dispatch *dispatch = modem->dispatch;

    if (dispatch->paused || *dispatch->rooms.clock_behind ||
        limit_reached(modem) || !store_has_room(dispatch->rooms.store) ||
        !config_window_open(dispatch->rooms.config, now_of(modem))) {
        return MSG_REPLY;
    }
    return MSG_BULK;
}

/* An answer that came meanwhile goes before what was claimed in advance. */
static void prefer_urgent(struct modem *modem)
{
    struct outbox_message urgent = {0};

    if (!modem->has_next || modem->next.class == MSG_REPLY ||
        modem->next.parts > 1) {
        return;
    }
    if (outbox_claim(modem->dispatch->rooms.outbox, modem->name,
            (enum msg_class)(modem->next.class - 1), &urgent) == KB_OK) {
        give_back_next(modem);
        if (modem->has_next) { /* could not: the store is busy */
            modem->dispatch->store_failed = true;
            outbox_message_clear(&urgent);
            return;
        }
        modem->next = urgent;
        modem->has_next = true;
    }
}

static void claim_next(struct modem *modem, enum msg_class least)
{
    if (modem->has_next && modem->next.class > least && !modem->next_goes_on) {
        give_back_next(modem);
    }
    prefer_urgent(modem);
    if (!modem->has_next && outbox_claim(modem->dispatch->rooms.outbox,
                                modem->name, least, &modem->next) == KB_OK) {
        modem->has_next = true;
    }
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

/* True where its first parts have left: the rest follows whatever the day. */
static bool has_begun(struct modem *modem)
{
    int part = 1;

    if (modem->next_goes_on) {
        return true;
    }
    return modem->next.parts > 1 &&
           outbox_next_part(
               modem->dispatch->rooms.outbox, modem->next.id, &part) == KB_OK &&
           part > 1;
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

/* --- submitting ---------------------------------------------------------- */

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
    int64_t left_ms = submit->message.expires_at_ms - now_of(modem);
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
        settle_with(modem, err == KB_INVALID ? &unfit : &not_ready, -1);
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
           modem->next.expires_at_ms <= now_of(modem);
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
    submit->committed = false;
    submit->part = row.part;
    submit->token = ++modem->next_token;
    submit->started_mono_ms = clock_mono_ms();
    modem->last_submit_at_ms = now_of(modem);
    store_after_commit(dispatch->rooms.store, on_submitting, modem);
}

/* Claims until one may leave now. A long row of messages that the gate turns
   away (an office went down) is worked off in slices. @return true to submit
   modem->next. */
static bool choose_next(struct modem *modem, enum msg_class least)
{
    for (int i = 0; i < GATE_SLICE; i++) {
        claim_next(modem, least);
        if (!modem->has_next ||
            (modem->next.class != MSG_REPLY && gap_left_ms(modem) > 0)) {
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

static void send_next(struct modem *modem)
{
    enum msg_class least = MSG_REPLY;

    roll_day(modem);
    least = least_class(modem);
    if (!modem->submit.active && choose_next(modem, least)) {
        submit_next(modem);
    }
    if (modem->submit.active) {
        claim_next(modem, least); /* so that the modem need not wait for it */
    }
}

void modem_pump(struct modem *modem)
{
    settle_result(modem);
    if (modem->settle.active && !modem->settle.applied) {
        return; /* the store must have it before anything new leaves */
    }
    end_trial(modem);
    if (link_can_send(modem)) {
        send_next(modem);
    } else {
        give_back_next(modem);
    }
    modem_refresh(modem);
}

void modem_forget(struct modem *modem)
{
    if (modem->submit.active && !modem->submit.committed) {
        drop_submit(modem);
    }
    if (modem->has_next) {
        outbox_message_clear(&modem->next);
        modem->has_next = false;
        modem->next_goes_on = false;
    }
}

/* --- what the link tells ------------------------------------------------- */

static void on_state(void *arg, enum link_state state, const char *why)
{
    struct modem *modem = arg;

    log_info("modem: state modem=%s state=%s why=%s", modem->name,
        link_state_name(state), log_quote(why).text);
    modem_note(modem, "state %s: %s", link_state_name(state), why);
    if (state != LINK_READY && state != LINK_STARTING) {
        (void)snprintf(
            modem->shown.last_error, sizeof modem->shown.last_error, "%s", why);
    }
    modem->expected_mr = -1;
    dispatch_kick(modem->dispatch);
}

static void on_identity(void *arg, const struct link_identity *identity)
{
    struct modem *modem = arg;

    modem->shown.identity = *identity;
    (void)snprintf(modem->sim, sizeof modem->sim, "%s",
        identity->imsi[0] == '\0' ? modem->name : identity->imsi);
    modem_note(modem, "identity %s %s pause_cap=%s inbound=%s",
        identity->manufacturer, identity->model,
        identity->usleep_override ? "yes" : "no",
        identity->incoming_by_poll ? "polled" : "told");
}

static void on_inbound(void *arg, const struct link_inbound *sms)
{
    incoming_add_sms(arg, sms);
}

static void on_report(void *arg, const struct link_report *report)
{
    incoming_add_report(arg, report);
}

static void on_poison(void *arg, const struct link_poison *poison)
{
    incoming_add_poison(arg, poison);
}

static void on_call(void *arg, const char *number)
{
    struct modem *modem = arg;
    const struct dispatch_events *events = &modem->dispatch->events;

    modem_note(modem, "call");
    if (events->on_call != NULL) {
        events->on_call(events->arg, modem->name, number);
    }
}

static void on_signal(void *arg, int percent, int dbm)
{
    struct modem *modem = arg;

    modem->shown.signal_percent = percent;
    modem->shown.signal_dbm = dbm;
}

static void on_network(void *arg, int creg, const char *network)
{
    struct modem *modem = arg;

    (void)snprintf(
        modem->shown.network, sizeof modem->shown.network, "%s", network);
    modem_note(modem, "network creg=%d %s", creg, network);
}

static void on_ussd(void *arg, const struct link_ussd *answer)
{
    modem_ussd_answered(arg, answer);
}

static void on_pin(void *arg, bool tried)
{
    pin_remember(arg, tried);
}

static void on_log(void *arg, const char *line)
{
    modem_note(arg, "%s", line);
}

/* --- life ---------------------------------------------------------------- */

static char *fingerprint_of(const struct config_modem *config)
{
    struct buf text = {0};
    const char *word = config->power_command;

    buf_printf(&text, "%s|%s|%s|%d|%d|%d|%s|%d", config->device,
        config->connection, config->pin, config->pause_ms,
        config->send_timeout_s, config->reports ? 1 : 0, config->quirks,
        config->power_timeout_s);
    for (; word != NULL && *word != '\0'; word += strlen(word) + 1) {
        buf_printf(&text, "|%s", word);
    }
    return buf_take(&text);
}

static struct link *make_link(struct modem *modem)
{
    const struct config *config = modem->dispatch->rooms.config;
    struct link_modem options = {
        .name = modem->name,
        .device = modem->config->device,
        .connection = modem->config->connection,
        .pin = modem->config->pin,
        .pin_tried = pin_was_tried(modem),
        .pause_ms = modem->config->pause_ms,
        .send_timeout_s = modem->config->send_timeout_s,
        .reports = modem->config->reports,
        .pty_only = config->rehearsal,
        .quirks = modem->config->quirks,
        .quirk_files = modem->dispatch->quirks,
        .power_command = modem->config->power_command,
        .power_timeout_s = modem->config->power_timeout_s,
        .quarantine_after = config->quarantine_after,
    };
    struct link_budgets budgets = {
        .init_ms = (int64_t)config->budget_init_s * 1000,
        .send_ms = (int64_t)config->budget_send_s * 1000,
        .scan_ms = (int64_t)config->budget_scan_s * 1000,
        .ussd_ms = (int64_t)config->budget_ussd_s * 1000,
        .other_ms = (int64_t)config->budget_other_s * 1000,
    };
    struct link_events events = {
        .arg = modem,
        .on_state = on_state,
        .on_identity = on_identity,
        .on_result = on_result,
        .on_inbound = on_inbound,
        .on_report = on_report,
        .on_poison = on_poison,
        .on_call = on_call,
        .on_signal = on_signal,
        .on_network = on_network,
        .on_ussd = on_ussd,
        .on_log = on_log,
        .on_pin = on_pin,
    };

    return link_new(modem->dispatch->rooms.base,
        modem->dispatch->rooms.worker_path, &options, &budgets, &events);
}

static void read_kept(struct modem *modem)
{
    const struct dispatch_rooms *rooms = &modem->dispatch->rooms;
    char name[64];
    char value[8] = "";

    modem->sent_day = civil_day_of(now_of(modem));
    if (outbox_sent_on(rooms->outbox, modem->name, modem->sent_day,
            &modem->sent_today) != KB_OK) {
        log_warn("modem: modem=%s count of today not read", modem->name);
    }
    (void)snprintf(name, sizeof name, "paused.%s", modem->name);
    modem->paused =
        store_meta_get(rooms->store, name, value, sizeof value) == KB_OK &&
        strcmp(value, "1") == 0;
}

struct modem *modem_new(
    struct dispatch *dispatch, const struct config_modem *config)
{
    struct modem *modem = mem_new(sizeof *modem);

    modem->dispatch = dispatch;
    modem->config = config;
    modem->expected_mr = -1;
    modem->fingerprint = fingerprint_of(config);
    (void)snprintf(modem->name, sizeof modem->name, "%s", config->name);
    (void)snprintf(modem->sim, sizeof modem->sim, "%s", config->name);
    (void)snprintf(
        modem->shown.name, sizeof modem->shown.name, "%s", config->name);
    modem->shown.signal_percent = -1;
    read_kept(modem);
    modem->link = make_link(modem);
    modem_refresh(modem);
    return modem;
}

bool modem_changed(const struct modem *modem, const struct config_modem *config)
{
    char *fingerprint = fingerprint_of(config);
    bool changed = strcmp(fingerprint, modem->fingerprint) != 0;

    free(fingerprint);
    return changed;
}

void modem_start(struct modem *modem)
{
    link_start(modem->link);
}

void modem_free(struct modem *modem)
{
    if (modem->ussd_done != NULL) {
        modem->ussd_done(modem->ussd_arg, NULL, "the gateway is ending");
    }
    incoming_clear(modem);
    link_free(modem->link);
    outbox_message_clear(&modem->next);
    outbox_message_clear(&modem->submit.message);
    outbox_message_clear(&modem->settle.next_part);
    modem_log_clear(&modem->log);
    free(modem->fingerprint);
    free(modem);
}
