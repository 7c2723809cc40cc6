// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "dispatch/dispatch_internal.h"

#include <stdio.h>
#include <string.h>

/* What a result means, for its message and for its modem. */

#define GIVEN_BACK_MS 15000
#define TRIAL_MS      INT64_C(900000)
/* How long what one SIM could not do waits for the other one. */
#define NEXT_SIM_MS INT64_C(120000)
/* How long the rest of a half-sent text waits for the SIM of its first part. */
#define HALF_SENT_MS     INT64_C(1800000)
#define BACKOFF_FIRST_MS 1000
#define BACKOFF_MOST_MS  60000

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

static void count_result(
    struct modem *modem, const struct verdict *verdict, int tp_mr)
{
    bool out =
        verdict->message == OUTBOX_SENT || verdict->message == OUTBOX_UNKNOWN;

    modem_roll_day(modem);
    modem->sent_today += out ? 1 : 0;
    modem->sent_hour += out ? 1 : 0;
    if (verdict->pushed_back) {
        pace_pushed_back(&modem->pace);
    }
    if (verdict->message == OUTBOX_SENT) {
        pace_taken(&modem->pace);
        modem_care_sent(modem, modem->settle.result.id, tp_mr);
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
    return wait_ms == 0 ? 0 : modem_now_ms(modem) + wait_ms;
}

/* Whether its purse and purpose are for such a message, as choosing has it. */
static bool serves(const struct modem *modem, enum msg_class class)
{
    enum route_use use = route_use_of(modem->config->use);

    return use != ROUTE_TEST &&
           (class == MSG_REPLY || (use != ROUTE_ANSWERS &&
                                      modem_bulk_bound(modem).text[0] == '\0'));
}

static bool may_try_next(const struct modem *modem, const struct modem *other,
    enum verdict_next next)
{
    return other != modem && modem_can_send(other) &&
           serves(other, modem->submit.message.class) &&
           (next != VERDICT_OTHER_OF_OPERATOR ||
               strcmp(other->config->operator, modem->config->operator) == 0);
}

static const char *other_sim(const struct modem *modem, enum verdict_next next)
{
    const struct modem *other = NULL;

    TAILQ_FOREACH (other, &modem->dispatch->modems, entry) {
        if (may_try_next(modem, other, next)) {
            return other->name;
        }
    }
    return NULL;
}

/* Who is to go on with it, and until when it waits for that one. */
struct next_sim {
    const char *name; /* NULL: anybody */
    int64_t wait_ms;
};

/* What one SIM could not do another one tries at once, where there is one. */
static struct next_sim next_sim(
    const struct modem *modem, struct verdict *verdict)
{
    const struct modem_submit *submit = &modem->submit;
    struct verdict_subject subject = {
        .part = submit->part,
        .parts = submit->parts,
        .pinned = submit->message.only_modem[0] != '\0',
    };
    enum verdict_next next = verdict_next_sim(verdict, &subject);
    const char *name = NULL;

    if (next == VERDICT_SAME_SIM) {
        return (struct next_sim){modem->name, HALF_SENT_MS};
    }
    name = next == VERDICT_ANY_SIM ? NULL : other_sim(modem, next);
    if (name == NULL) {
        return (struct next_sim){0};
    }
    verdict->delay_ms = 0;
    if (next == VERDICT_OTHER_OF_OPERATOR) {
        verdict->message = OUTBOX_GIVE_BACK;
    }
    return (struct next_sim){name, NEXT_SIM_MS};
}

void modem_settle_with(
    struct modem *modem, const struct verdict *verdict, int tp_mr)
{
    struct modem_submit *submit = &modem->submit;
    struct modem_settle *settle = &modem->settle;
    struct verdict own = *verdict;
    struct next_sim next = next_sim(modem, &own);

    verdict = &own;
    (void)snprintf(settle->prefer, sizeof settle->prefer, "%s",
        next.name == NULL ? "" : next.name);
    (void)snprintf(settle->reason, sizeof settle->reason, "%s", verdict->words);
    settle->active = true;
    settle->applied = false;
    settle->took_ms = clock_mono_ms() - submit->started_mono_ms;
    settle->result = (struct outbox_result){
        .id = submit->message.id,
        .part = submit->part,
        .modem = modem->name,
        .sim = modem->sim,
        .verdict = verdict->message,
        .parts = submit->parts,
        .tp_mr = tp_mr,
        .next_at_ms = next_try_ms(modem, verdict),
        .reason = settle->reason,
        .prefer = next.name == NULL ? NULL : settle->prefer,
        .prefer_until_ms =
            next.name == NULL ? 0 : modem_now_ms(modem) + next.wait_ms,
    };
    outbox_message_clear(&settle->next_part);
    settle->next_part = submit->message;
    submit->message = (struct outbox_message){0};
    submit->active = false;
    modem->changed = true;
    modem->expected_mr = tp_mr >= 0 ? (tp_mr + 1) % 256 : -1;
    count_result(modem, verdict, tp_mr);
    act_on_modem(modem, verdict);
    dispatch_kick(modem->dispatch);
}

void modem_judge(struct modem *modem, const struct link_result *result)
{
    struct verdict verdict = {0};

    if (!modem->submit.active || result->token != modem->submit.token) {
        return; /* the link lets none through; nothing is credited twice */
    }
    verdict = verdict_of(
        result, link_quirk(modem->link), modem->submit.message.attempts);
    if (verdict.modem == VERDICT_SUSPECT && is_the_numbers_fault(modem)) {
        verdict.message = OUTBOX_FAILED;
        verdict.modem = VERDICT_GO_ON;
    }
    if (result->outcome == LINK_REJECTED && verdict.message == OUTBOX_UNKNOWN) {
        modem_error(modem, "%s", verdict.words);
    }
    modem_settle_with(
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
        result->part, result->parts, result->tp_mr, (long long)settle->took_ms,
        settle->reason[0] == '\0' ? "" : " why=",
        settle->reason[0] == '\0' ? "" : log_quote(settle->reason).text);
    modem_note(modem, "%s id=%lld part=%d/%d mr=%d took_ms=%lld %s",
        words[result->verdict], (long long)result->id, result->part,
        result->parts, result->tp_mr, (long long)settle->took_ms,
        settle->reason);
}

void modem_give_back_next(struct modem *modem)
{
    struct outbox *outbox = modem->dispatch->rooms.outbox;

    if (modem->has_next &&
        outbox_move(outbox, modem->next.id, MSG_QUEUED, 0, NULL) == KB_OK) {
        board_queued(modem->dispatch, modem->next.class);
        outbox_message_clear(&modem->next);
        modem->has_next = false;
        modem->next_goes_on = false;
    }
}

/* A message with parts left goes before what was claimed in advance. */
static void go_on_with(struct modem *modem, struct outbox_message *message)
{
    modem_give_back_next(modem);
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
    modem->next.attempts = 0; /* they are counted by the part */
    *message = (struct outbox_message){0};
    modem->has_next = true;
    modem->next_goes_on = true;
}

/* Puts the result into the turn's transaction. With parts left the message
   stays claimed and is what this modem sends next. */
void modem_settle_result(struct modem *modem)
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
