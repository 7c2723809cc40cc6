// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "campaign/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What follows when an office stops or begins to work. Down: whoever was
 * invited for today or later and was told is called off, what has a place there
 * and has not left is judged anew, then what waits for one. Back: whoever was
 * called off is invited again, before all others. A job stands in the store
 * until its last message is done; each step takes its message out of what the
 * next step asks for.
 */

/* --- where a message belongs ------------------------------------------- */

static void set_hold(struct campaign_note *note, const char *hold)
{
    (void)snprintf(note->hold, sizeof note->hold, "%s", hold);
}

/* What the decision makes of a message that has not left. */
struct belongs {
    const char *hold;
    enum msg_state state;
    int64_t next_at_ms;
    int32_t later_day;
};

static struct belongs belongs_of(
    const struct compose_ask *ask, struct composed *composed)
{
    static const enum msg_state states[] = {
        [PLAN_SEND] = MSG_QUEUED,
        [PLAN_HOLD] = MSG_HELD,
        [PLAN_LATER] = MSG_QUEUED,
        [PLAN_DROP] = MSG_CANCELLED,
        [PLAN_EXPIRE] = MSG_EXPIRED,
    };
    struct plan_decision *decision = &composed->decision;
    struct belongs belongs = {
        .hold = decision->cause == PLAN_OFFICE_DOWN ? "office" : "",
        .state = states[decision->verdict],
        .next_at_ms =
            decision->next_at_ms != 0 ? decision->next_at_ms : ask->now_ms,
    };

    if (decision->verdict == PLAN_LATER && composed_waits(ask, composed)) {
        belongs.hold = "later";
        belongs.state = MSG_HELD;
        belongs.later_day = civil_day_of(decision->next_at_ms);
    }
    if (decision->verdict == PLAN_SEND && !composed->place.mine &&
        composed_waits(ask, composed)) {
        decision->cause = PLAN_NO_PLACE;
        belongs.hold = "place";
        belongs.state = MSG_HELD;
    }
    return belongs;
}

static enum kb_err move_to(struct campaigns *campaigns,
    const struct compose_ask *ask, struct composed *composed,
    struct campaign_note *note)
{
    struct belongs belongs = belongs_of(ask, composed);
    bool keeps = composed->place.mine && belongs.state == MSG_QUEUED;
    char reason[160] = "";
    enum kb_err err = KB_OK;

    if (!keeps) {
        err = places_give_back(campaigns, note, composed->today);
    }
    set_hold(note, belongs.hold);
    note->later_day = belongs.later_day;
    if (composed->count > 0 && !keeps) {
        note->people = (int)composed->count;
        note->rank = composed_urgency(ask, composed);
        (void)snprintf(note->office, sizeof note->office, "%s",
            composed_target(composed)->code);
    }
    compose_reason(ask, composed, reason, sizeof reason);
    if (err == KB_OK) {
        err = planner_note_put(campaigns, note);
    }
    return err == KB_OK ? outbox_move(campaigns->rooms.outbox, note->message_id,
                              belongs.state, belongs.next_at_ms, reason)
                        : err;
}

static enum kb_err is_open(
    struct campaigns *campaigns, int64_t message_id, bool *open)
{
    struct outbox_message message = {0};
    enum kb_err err = outbox_get(campaigns->rooms.outbox, message_id, &message);

    *open = err == KB_OK &&
            (message.state == MSG_HELD || message.state == MSG_QUEUED);
    if (err == KB_OK) {
        outbox_message_clear(&message);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

/* Gone, or in a modem's hands: it is not the planner's any more. */
static enum kb_err forget(
    struct campaigns *campaigns, struct campaign_note *note)
{
    set_hold(note, "");
    note->place_day = note->told_day == 0 ? 0 : note->place_day;
    return planner_note_put(campaigns, note);
}

enum kb_err outage_rejudge(struct campaigns *campaigns, int64_t message_id)
{
    struct campaign_row row = {0};
    struct campaign_note note = {0};
    struct composed composed = {0};
    struct compose_ask ask = {0};
    bool open = false;
    enum kb_err err = planner_note_get(campaigns, message_id, &note);

    if (err == KB_OK) {
        err = is_open(campaigns, message_id, &open);
    }
    if (err == KB_OK) {
        err = campaign_store_by_id(campaigns, note.campaign_id, &row);
    }
    if (err != KB_OK || !open) {
        return err == KB_OK ? forget(campaigns, &note) : err;
    }
    compose_ask_of(campaigns, &row, &note, &ask);
    err = compose_decide(campaigns, &ask, &composed);
    return err == KB_OK ? move_to(campaigns, &ask, &composed, &note) : err;
}

/* --- which offices changed --------------------------------------------- */

static bool works(const struct office *office)
{
    return strcmp(office->state, "down") != 0 &&
           strcmp(office->state, "closed") != 0;
}

static enum kb_err look_at(
    struct campaigns *campaigns, const struct office *office)
{
    struct office_seen seen = {0};
    enum kb_err err = planner_seen_get(campaigns, office->code, &seen);
    bool known = err == KB_OK;

    if (err != KB_OK && err != KB_NOT_FOUND) {
        return err;
    }
    if (known && seen.works == works(office)) {
        return KB_OK;
    }
    (void)snprintf(seen.office, sizeof seen.office, "%s", office->code);
    seen.works = works(office);
    (void)snprintf(seen.job, sizeof seen.job, "%s",
        !seen.works ? "down" : (known ? "back" : ""));
    return planner_seen_put(campaigns, &seen);
}

enum kb_err outage_look(struct campaigns *campaigns)
{
    struct office *offices = NULL;
    size_t count = 0;
    enum kb_err err =
        registry_office_list(campaigns->rooms.registry, &offices, &count);

    for (size_t i = 0; i < count && err == KB_OK; i++) {
        err = look_at(campaigns, &offices[i]);
    }
    free(offices);
    return err == KB_OK ? places_again(campaigns) : err;
}

/* --- down -------------------------------------------------------------- */

/* Until when the people can be kept from coming in vain. */
static int64_t visit_ends_ms(
    const struct office *office, const struct campaign_note *note)
{
    return civil_instant_ms(note->place_day, office->closes_minute);
}

static enum kb_err call_off(struct campaigns *campaigns,
    const struct office *office, int64_t message_id)
{
    struct campaign_row row = {0};
    struct campaign_note note = {0};
    enum kb_err err = planner_note_get(campaigns, message_id, &note);
    int64_t ends_ms = visit_ends_ms(office, &note);

    if (err == KB_OK) {
        err = campaign_store_by_id(campaigns, note.campaign_id, &row);
    }
    if (err != KB_OK) {
        return err;
    }
    (void)snprintf(note.kind, sizeof note.kind, "off");
    err = planner_note_put(campaigns, &note);
    if (err != KB_OK || row.state != PLAN_RUNNING ||
        ends_ms <= clock_now_ms(campaigns->rooms.clock)) {
        return err;
    }
    return correct_phone(campaigns, &(struct correct_ask){.row = &row,
                                        .phone = note.phone,
                                        .kind = "down",
                                        .office = office->code,
                                        .expires_at_ms = ends_ms});
}

/* One step of a job: KB_NOT_FOUND where nothing is left to do. */
typedef enum kb_err step_fn(
    struct campaigns *campaigns, const struct office *office, int32_t today);

static enum kb_err call_off_kind(struct campaigns *campaigns,
    const struct office *office, int32_t today, const char *kind)
{
    struct told_ask ask = {
        .office = office->code, .kind = kind, .from_day = today};
    int64_t message_id = 0;
    enum kb_err err = planner_told_next(campaigns, &ask, &message_id);

    return err == KB_OK ? call_off(campaigns, office, message_id) : err;
}

static enum kb_err call_off_invited(
    struct campaigns *campaigns, const struct office *office, int32_t today)
{
    return call_off_kind(campaigns, office, today, "");
}

static enum kb_err call_off_back(
    struct campaigns *campaigns, const struct office *office, int32_t today)
{
    return call_off_kind(campaigns, office, today, "back");
}

static enum kb_err rejudge_placed(
    struct campaigns *campaigns, const struct office *office, int32_t today)
{
    struct campaign_note note = {0};
    int64_t message_id = 0;
    enum kb_err err = planner_placed_next(
        campaigns, office->code, INT32_MAX, INT64_MAX, &message_id);

    if (err == KB_OK) {
        err = planner_note_get(campaigns, message_id, &note);
    }
    if (err == KB_OK) {
        err = places_give_back(campaigns, &note, today);
    }
    if (err == KB_OK) {
        err = planner_note_put(campaigns, &note);
    }
    return err == KB_OK ? outage_rejudge(campaigns, message_id) : err;
}

/* Whatever the judgement, the message no longer waits for this office. */
static enum kb_err leave_office(struct campaigns *campaigns,
    const struct office *office, int64_t message_id)
{
    struct campaign_note note = {0};
    enum kb_err err = outage_rejudge(campaigns, message_id);

    if (err == KB_OK) {
        err = planner_note_get(campaigns, message_id, &note);
    }
    if (err == KB_OK && strcmp(note.hold, "place") == 0 &&
        strcmp(note.office, office->code) == 0) {
        set_hold(&note, "office");
        err = planner_note_put(campaigns, &note);
    }
    return err;
}

static enum kb_err rejudge_waiting(
    struct campaigns *campaigns, const struct office *office, int32_t today)
{
    struct campaign_row *rows = NULL;
    size_t count = 0;
    int64_t message_id = 0;
    enum kb_err found = KB_NOT_FOUND;
    enum kb_err err = campaign_store_active(campaigns, &rows, &count);

    (void)today;
    for (size_t i = 0; i < count && err == KB_OK && found == KB_NOT_FOUND;
         i++) {
        int rank = 0;

        found = planner_waits_head(
            campaigns, rows[i].campaign.id, office->code, &message_id, &rank);
    }
    free(rows);
    if (err != KB_OK) {
        return err;
    }
    return found == KB_OK ? leave_office(campaigns, office, message_id) : found;
}

/* --- back -------------------------------------------------------------- */

/* A new invitation to the people of a phone that was told not to come. */
static enum kb_err invite_again(struct campaigns *campaigns,
    const struct campaign_row *row, const struct campaign_note *told,
    const struct office *office)
{
    struct campaign_note note = {.campaign_id = row->campaign.id};
    struct compose_ask ask = {0};
    struct composed composed = {0};
    struct outbox_new message = {
        .phone = told->phone,
        .text = "office_back", /* written at the gate */
        .class = MSG_BULK,
        .expires_at_ms = campaign_deadline_ms(&row->campaign),
        .campaign_id = row->campaign.id,
        .hold_reason = "waits for a place at the office that is back",
    };
    enum kb_err err = KB_OK;

    if (message.expires_at_ms <= clock_now_ms(campaigns->rooms.clock)) {
        return KB_OK;
    }
    (void)snprintf(note.phone, sizeof note.phone, "%s", told->phone);
    (void)snprintf(note.kind, sizeof note.kind, "back");
    (void)snprintf(note.office, sizeof note.office, "%s", office->code);
    compose_ask_of(campaigns, row, &note, &ask);
    ask.audience.who = AUDIENCE_ALL;
    err = compose_decide(campaigns, &ask, &composed);
    if (err != KB_OK || composed.count == 0 || composed.facts.stopped ||
        strcmp(composed.office.code, office->code) != 0) {
        return err;
    }
    note.rank = composed_urgency(&ask, &composed);
    note.people = (int)composed.count;
    message.urgency = note.rank;
    message.step = composed.facts.step;
    set_hold(&note, "place");
    err = outbox_accept(
        campaigns->rooms.outbox, &message, &note.message_id, NULL);
    if (err == KB_OK) {
        err = planner_note_add(campaigns, &note);
    }
    for (size_t i = 0; i < composed.count && err == KB_OK; i++) {
        err = campaign_store_recipient_put(
            campaigns, &(struct campaign_recipient){
                           .campaign_id = row->campaign.id,
                           .resident_id = campaigns->people[i].id,
                           .message_id = note.message_id,
                           .day = composed.today,
                           .step = composed.facts.step,
                       });
    }
    /* With neither capacity nor pace nothing gives places. */
    return err == KB_OK ? outage_rejudge(campaigns, note.message_id) : err;
}

static enum kb_err invite_told(
    struct campaigns *campaigns, const struct office *office, int32_t today)
{
    struct told_ask ask = {.office = office->code, .kind = "down"};
    struct campaign_row row = {0};
    struct campaign_note note = {0};
    int64_t message_id = 0;
    enum kb_err err = planner_told_next(campaigns, &ask, &message_id);

    (void)today;
    if (err == KB_OK) {
        err = planner_note_get(campaigns, message_id, &note);
    }
    if (err == KB_OK) {
        err = campaign_store_by_id(campaigns, note.campaign_id, &row);
    }
    if (err != KB_OK) {
        return err;
    }
    (void)snprintf(note.kind, sizeof note.kind, "over");
    err = planner_note_put(campaigns, &note);
    return err == KB_OK && row.state == PLAN_RUNNING
               ? invite_again(campaigns, &row, &note, office)
               : err;
}

/* --- jobs -------------------------------------------------------------- */

static step_fn *const down_steps[] = {
    call_off_invited, call_off_back, rejudge_placed, rejudge_waiting, NULL};
static step_fn *const back_steps[] = {invite_told, NULL};

static enum kb_err step_whole(struct campaigns *campaigns, step_fn *step,
    const struct office *office, int32_t today)
{
    struct store *store = campaigns->rooms.store;
    enum kb_err err = store_op_begin(store);

    return err == KB_OK ? store_op_end(store, step(campaigns, office, today))
                        : err;
}

static enum kb_err work_steps(struct campaigns *campaigns,
    const struct office *office, step_fn *const *steps, struct slice *slice)
{
    enum kb_err err = KB_OK;

    while (*steps != NULL && (err == KB_OK || err == KB_NOT_FOUND)) {
        if (slice_over(slice)) {
            slice->more = true;
            return KB_OK;
        }
        err =
            step_whole(campaigns, *steps, office, civil_day_of(slice->now_ms));
        steps += err == KB_NOT_FOUND ? 1 : 0;
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

static enum kb_err work_job(
    struct campaigns *campaigns, struct office_seen *seen, struct slice *slice)
{
    struct office office = {0};
    bool down = strcmp(seen->job, "down") == 0;
    enum kb_err err = compose_office(campaigns, seen->office, &office);

    if (err == KB_OK && strcmp(office.code, seen->office) == 0) {
        err = work_steps(
            campaigns, &office, down ? down_steps : back_steps, slice);
    }
    if (err != KB_OK || slice->more) {
        return err;
    }
    log_info("campaign: office %s code=%s", down ? "called off" : "back",
        seen->office);
    seen->job[0] = '\0';
    err = planner_seen_put(campaigns, seen);
    return err == KB_OK ? places_again(campaigns) : err;
}

enum kb_err outage_work(struct campaigns *campaigns, struct slice *slice)
{
    enum kb_err err = KB_OK;

    while (err == KB_OK && !slice->more) {
        struct office_seen seen = {0};

        err = planner_seen_next(campaigns, &seen);
        if (err == KB_OK) {
            err = work_job(campaigns, &seen, slice);
        }
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}
