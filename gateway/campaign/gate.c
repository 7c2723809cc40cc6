// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "campaign/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The last moment: the planner's question asked once more, just before a
   message leaves. */

static const enum gate_verdict verdicts[] = {
    [PLAN_SEND] = GATE_SEND,
    [PLAN_HOLD] = GATE_HOLD,
    [PLAN_LATER] = GATE_LATER,
    [PLAN_DROP] = GATE_CANCEL,
    [PLAN_EXPIRE] = GATE_EXPIRE,
};

static void refuse(
    struct gate *out, enum gate_verdict verdict, const char *reason)
{
    out->verdict = verdict;
    (void)snprintf(out->reason, sizeof out->reason, "%.159s", reason);
}

static void set_hold(struct campaign_note *note, const char *hold)
{
    (void)snprintf(note->hold, sizeof note->hold, "%s", hold);
}

/* The people are told: the office's day has them, whether or not a place was
   kept for them. What tells not to come takes no place. */
static enum kb_err count_places(struct campaigns *campaigns,
    struct campaign_note *note, const struct composed *composed)
{
    const struct office *to = composed_target(composed);
    struct place_change change = {
        .office = to,
        .day = composed->place.day,
        .places = composed->place.places,
        .invited = (int)composed->count,
    };
    bool mine = composed->place.mine && note->told_day == 0;
    enum kb_err err = KB_OK;

    if (!mine) {
        err = places_give_back(campaigns, note, composed->today);
        change.planned = (int)composed->count;
    } else {
        change.planned = (int)composed->count - note->people;
    }
    note->people = (int)composed->count;
    if (composed->decision.text == PLAN_TEXT_DOWN) {
        (void)snprintf(note->kind, sizeof note->kind, "down");
        return err;
    }
    (void)snprintf(note->office, sizeof note->office, "%s", to->code);
    note->place_day = composed->place.day;
    return err == KB_OK && change.day != 0 ? places_change(campaigns, &change)
                                           : err;
}

static enum kb_err count_invitation(struct campaigns *campaigns,
    const struct outbox_message *message, const struct compose_ask *ask,
    const struct composed *composed, struct campaign_note *note)
{
    struct campaign_pace pace = {ask->row->campaign.id,
        composed_target(composed)->code, composed->today};
    enum kb_err err = count_places(campaigns, note, composed);

    if (err == KB_OK) {
        err = campaign_store_contact_put(campaigns, message, composed->today);
    }
    if (err == KB_OK && ask->row->campaign.pace > 0) {
        err = campaign_store_pace_add(campaigns, &pace, 0, 1);
    }
    return err;
}

static enum kb_err count_correction(struct campaigns *campaigns,
    const struct campaign_note *note, int32_t today)
{
    struct correct_cause cause = correct_cause_of(note->kind, note->office);

    return planner_correction_put(
        campaigns, &(struct correction){.phone = note->phone,
                       .day = today,
                       .cause = cause.text,
                       .message_id = note->message_id});
}

/* From here on the day is this message's. */
static enum kb_err let_go(struct campaigns *campaigns,
    const struct outbox_message *message, const struct compose_ask *ask,
    const struct composed *composed, struct campaign_note *note)
{
    bool corrects = composed->facts.kind == PLAN_CALLS_OFF ||
                    composed->facts.kind == PLAN_MOVED;
    enum kb_err err = KB_OK;

    set_hold(note, "");
    if (composed->mine_today) {
        return planner_note_put(campaigns, note);
    }
    err = corrects ? count_correction(campaigns, note, composed->today)
                   : count_invitation(campaigns, message, ask, composed, note);
    note->told_day = composed->today;
    if (err == KB_OK) {
        err = planner_note_put(campaigns, note);
    }
    if (err == KB_OK) {
        err = registry_note_contact(campaigns->rooms.registry, message->phone,
            clock_now_ms(campaigns->rooms.clock));
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

static enum kb_err send(struct campaigns *campaigns,
    const struct outbox_message *message, const struct compose_ask *ask,
    const struct composed *composed, struct gate *out)
{
    struct campaign_note note = *ask->note;
    struct buf text = {0};
    struct why why = {0};
    enum kb_err err = compose_text(campaigns, ask, composed, &text, &why);

    if (err == KB_INVALID) {
        buf_clear(&text);
        refuse(out, GATE_HOLD, why.text);
        set_hold(&note, "text");
        return planner_note_put(campaigns, &note);
    }
    if (err == KB_OK) {
        err = let_go(campaigns, message, ask, composed, &note);
    }
    if (err == KB_OK && strcmp(buf_text(&text), message->text) != 0) {
        out->text = buf_take(&text);
    }
    buf_clear(&text);
    return err;
}

static const char *const holds[] = {
    [PLAN_OFFICE_DOWN] = "office",
    [PLAN_NO_PLACE] = "place",
    [PLAN_PACE_USED] = "place",
    [PLAN_WINDOW_SHUT] = NULL,
};

/* What holds it stands in its note, so that the planner finds it again. */
static enum kb_err put_back(struct campaigns *campaigns,
    const struct compose_ask *ask, const struct composed *composed)
{
    struct campaign_note note = *ask->note;
    enum plan_cause cause = composed->decision.cause;
    enum kb_err err = KB_OK;

    if (composed->decision.verdict != PLAN_HOLD ||
        cause >= sizeof holds / sizeof *holds || holds[cause] == NULL) {
        return KB_OK;
    }
    err = places_give_back(campaigns, &note, composed->today);
    set_hold(&note, holds[cause]);
    (void)snprintf(
        note.office, sizeof note.office, "%s", composed_target(composed)->code);
    note.rank = composed_urgency(ask, composed);
    note.people = (int)composed->count;
    return err == KB_OK ? planner_note_put(campaigns, &note) : err;
}

static enum kb_err judge(struct campaigns *campaigns,
    const struct outbox_message *message, const struct compose_ask *ask,
    struct gate *out)
{
    struct campaign_note note = *ask->note;
    struct composed composed = {0};
    enum kb_err err = compose_decide(campaigns, ask, &composed);

    if (err == KB_INVALID) {
        refuse(out, GATE_HOLD,
            "the campaign's --where is not understood: kabari campaign set");
        set_hold(&note, "text");
        return planner_note_put(campaigns, &note);
    }
    if (err != KB_OK) {
        return err;
    }
    if (composed.decision.verdict == PLAN_SEND) {
        return send(campaigns, message, ask, &composed, out);
    }
    out->verdict = verdicts[composed.decision.verdict];
    out->next_at_ms = composed.decision.next_at_ms;
    compose_reason(ask, &composed, out->reason, sizeof out->reason);
    return put_back(campaigns, ask, &composed);
}

enum kb_err campaign_gate(struct campaigns *campaigns,
    const struct outbox_message *message, struct gate *out)
{
    struct campaign_row row = {0};
    struct campaign_note note = {0};
    struct compose_ask ask = {0};
    enum kb_err err = KB_OK;

    *out = (struct gate){.verdict = GATE_SEND};
    if (message->campaign_id == 0) {
        return KB_OK;
    }
    err = campaign_store_by_id(campaigns, message->campaign_id, &row);
    if (err == KB_OK) {
        err = planner_note_get(campaigns, message->id, &note);
    }
    if (err == KB_NOT_FOUND) {
        refuse(out, GATE_CANCEL, "its campaign is gone");
        return KB_OK;
    }
    if (err != KB_OK) {
        return err;
    }
    compose_ask_of(campaigns, &row, &note, &ask);
    ask.purpose = COMPOSE_TO_SEND;
    out->expires_at_ms = campaign_deadline_ms(&row.campaign);
    return judge(campaigns, message, &ask, out);
}
