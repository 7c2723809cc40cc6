// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "base/log.h"
#include "campaign/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The planner's walk over the registry: by resident id, in pages, and for each
 * resident whom nobody has told in this step, the whole phone. A scan is made
 * once a local day and again after an import; what it did stands in the store,
 * so that it may end and begin anywhere.
 */

bool slice_over(const struct slice *slice)
{
    return clock_mono_us() >= slice->until_us;
}

/* --- one phone --------------------------------------------------------- */

struct planning {
    struct campaigns *campaigns;
    struct campaign_row *row;
    const struct slice *slice;
    int32_t today;
    int step;
    const char *phone;
    struct compose_ask ask;
    struct composed composed;
};

static enum kb_err list_resident(struct planning *planning, int64_t resident_id)
{
    bool added = false;
    enum kb_err err = campaign_store_recipient_add(
        planning->campaigns, planning->row->campaign.id, resident_id, &added);

    planning->row->audience += added ? 1 : 0;
    return err;
}

/* Everybody found on the phone is told by that message. */
static enum kb_err name_people(struct planning *planning, int64_t message_id)
{
    struct campaign_recipient recipient = {
        .campaign_id = planning->row->campaign.id,
        .message_id = message_id,
        .day = planning->today,
        .step = planning->step,
    };
    enum kb_err err = KB_OK;

    for (size_t i = 0; i < planning->composed.count && err == KB_OK; i++) {
        recipient.resident_id = planning->campaigns->people[i].id;
        err = list_resident(planning, recipient.resident_id);
        if (err == KB_OK) {
            err = campaign_store_recipient_put(planning->campaigns, &recipient);
        }
    }
    return err;
}

/* The campaign's message to that phone that has not left yet; 0: none. Two of
   them never wait side by side: the later step goes with the earlier one's
   message, whose text is written anew at the gate. */
static enum kb_err waiting_message(struct planning *planning, int64_t *id)
{
    struct outbox_message message = {0};
    int64_t last = 0;
    enum kb_err err = campaign_store_message_last(planning->campaigns,
        planning->row->campaign.id, planning->phone, &last);

    *id = 0;
    if (err == KB_OK) {
        err = outbox_get(planning->campaigns->rooms.outbox, last, &message);
    }
    if (err != KB_OK) {
        return err == KB_NOT_FOUND ? KB_OK : err;
    }
    if (message.state == MSG_HELD || message.state == MSG_QUEUED ||
        message.state == MSG_CLAIMED) {
        *id = last;
    }
    outbox_message_clear(&message);
    return KB_OK;
}

/* How the message is put aside until the planner, or an office, lets it go. */
static void hold_of(struct planning *planning, struct campaign_note *note,
    char *reason, size_t reason_bytes)
{
    struct composed *composed = &planning->composed;

    if (composed->decision.verdict == PLAN_HOLD) {
        (void)snprintf(note->hold, sizeof note->hold, "office");
    } else if (composed_waits(&planning->ask, composed) &&
               composed->decision.verdict == PLAN_LATER) {
        (void)snprintf(note->hold, sizeof note->hold, "later");
        note->later_day = civil_day_of(composed->decision.next_at_ms);
    } else if (composed_waits(&planning->ask, composed)) {
        (void)snprintf(note->hold, sizeof note->hold, "place");
        composed->decision.cause = PLAN_NO_PLACE;
    } else {
        return;
    }
    compose_reason(&planning->ask, composed, reason, reason_bytes);
}

static enum kb_err accept(struct planning *planning, const char *text)
{
    const struct campaign *campaign = &planning->row->campaign;
    struct composed *composed = &planning->composed;
    int64_t due_at_ms = composed->decision.next_at_ms;
    char reason[160] = "";
    struct campaign_note note = {
        .campaign_id = campaign->id,
        .rank = composed_urgency(&planning->ask, composed),
        .people = (int)composed->count,
    };
    struct outbox_new message = {
        .phone = planning->phone,
        .text = text,
        .class = MSG_BULK,
        .urgency = note.rank,
        .due_at_ms = due_at_ms,
        .expires_at_ms = campaign_deadline_ms(campaign),
        .campaign_id = campaign->id,
        .step = planning->step,
    };
    enum kb_err err = KB_OK;

    (void)snprintf(note.phone, sizeof note.phone, "%s", planning->phone);
    (void)snprintf(
        note.office, sizeof note.office, "%s", composed_target(composed)->code);
    hold_of(planning, &note, reason, sizeof reason);
    message.hold_reason = note.hold[0] == '\0' ? NULL : reason;
    err = outbox_accept(
        planning->campaigns->rooms.outbox, &message, &note.message_id, NULL);
    if (err == KB_OK) {
        err = planner_note_add(planning->campaigns, &note);
    }
    return err == KB_OK ? name_people(planning, note.message_id) : err;
}

static enum kb_err queue_message(struct planning *planning)
{
    struct buf text = {0};
    struct why why = {0};
    enum kb_err err = compose_text(
        planning->campaigns, &planning->ask, &planning->composed, &text, &why);

    if (err == KB_INVALID) {
        campaign_row_note(planning->row, "%s", why.text);
    }
    if (err == KB_OK) {
        err = accept(planning, buf_text(&text));
    }
    buf_clear(&text);
    return err;
}

static enum kb_err plan_people(struct planning *planning)
{
    int64_t waiting = 0;
    enum kb_err err = compose_decide(
        planning->campaigns, &planning->ask, &planning->composed);
    enum plan_verdict verdict = planning->composed.decision.verdict;

    if (err != KB_OK || verdict == PLAN_DROP || verdict == PLAN_EXPIRE) {
        return err;
    }
    err = waiting_message(planning, &waiting);
    if (err != KB_OK) {
        return err;
    }
    if (waiting != 0) {
        return name_people(planning, waiting);
    }
    err = queue_message(planning);
    if (err == KB_INVALID) {
        log_debug("campaign: left out id=%lld phone=%s",
            (long long)planning->row->campaign.id,
            log_phone(planning->phone).text);
    }
    /* One phone that cannot be told must not stop the others. */
    return err == KB_INVALID ? KB_OK : err;
}

static enum kb_err plan_entry(
    struct planning *planning, const struct audience_entry *entry)
{
    const struct campaign *campaign = &planning->row->campaign;
    enum kb_err err = KB_OK;

    if (!entry->listed) {
        err = list_resident(planning, entry->resident_id);
    }
    if (err != KB_OK || planning->step < 0 || entry->phone[0] == '\0' ||
        plan_held_out(
            campaign->id, entry->resident_id, campaign->holdout_percent)) {
        return err;
    }
    planning->phone = entry->phone;
    planning->ask = (struct compose_ask){
        .row = planning->row,
        .audience = {.who = AUDIENCE_UNTOLD,
                     .phone = entry->phone,
                     .step_day = plan_step_day(campaign->deadline_day, planning->step)},
        .now_ms = planning->slice->now_ms,
        .purpose = COMPOSE_TO_PLAN,
    };
    return plan_people(planning);
}

/* One entry is kept whole or not at all, the row's counters included. */
static enum kb_err plan_entry_whole(
    struct planning *planning, const struct audience_entry *entry)
{
    struct store *store = planning->campaigns->rooms.store;
    struct campaign_row before = *planning->row;
    enum kb_err err = store_op_begin(store);

    if (err != KB_OK) {
        return err;
    }
    err = store_op_end(store, plan_entry(planning, entry));
    if (err == KB_OK) {
        planning->row->scan_after = entry->resident_id;
    } else {
        *planning->row = before;
    }
    return err;
}

/* --- pages ------------------------------------------------------------- */

static enum kb_err plan_page(
    struct planning *planning, const struct audience_page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        enum kb_err err = KB_OK;

        /* The first one always: a slow disk must not stop the walk. */
        if (i > 0 && slice_over(planning->slice)) {
            return KB_OK;
        }
        err = plan_entry_whole(planning, &page->entry[i]);
        if (err != KB_OK) {
            return err;
        }
    }
    planning->row->scan_after = page->upto;
    return KB_OK;
}

static enum kb_err next_page(struct planning *planning, int32_t step_day)
{
    struct audience *audience = NULL;
    struct audience_page page = {0};
    enum kb_err err = audience_of(planning->campaigns, &planning->row->campaign,
        planning->today, &audience, NULL);

    if (err == KB_OK) {
        err = audience_next(planning->campaigns, audience,
            planning->row->scan_after, step_day, &page);
    }
    return err == KB_OK ? plan_page(planning, &page) : err;
}

static void note_scan(struct campaign_row *row, int step)
{
    if (row->left_out > 0) {
        return; /* until it is known better */
    }
    if (step < 0) {
        campaign_row_note(row, "running: the first step is on %s",
            civil_date(
                plan_step_day(row->campaign.deadline_day, row->steps.day[0]))
                .text);
    } else {
        campaign_row_note(
            row, "running: planned for the step %d days before", step);
    }
}

static enum kb_err walk(struct planning *planning, struct slice *slice)
{
    int32_t step_day =
        plan_step_day(planning->row->campaign.deadline_day, planning->step);
    int64_t last = 0;
    enum kb_err err = campaign_store_last_resident(planning->campaigns, &last);

    while (err == KB_OK && planning->row->scan_after < last) {
        err = next_page(planning, step_day);
        if (err == KB_OK && slice_over(slice)) {
            slice->more = true;
            return KB_OK;
        }
    }
    if (err == KB_OK) {
        planning->row->scan_after = -1;
        note_scan(planning->row, planning->step);
        err = places_again(planning->campaigns);
    }
    return err;
}

enum kb_err campaign_scan(
    struct campaigns *campaigns, struct campaign_row *row, struct slice *slice)
{
    struct planning planning = {
        .campaigns = campaigns,
        .row = row,
        .slice = slice,
        .today = civil_day_of(slice->now_ms),
    };

    if (row->scan_again || row->scan_day != planning.today) {
        row->scan_after = 0;
        row->scan_day = planning.today;
        row->scan_again = false;
    }
    if (row->scan_after < 0) {
        return KB_OK;
    }
    planning.step =
        plan_step_now(&row->steps, row->campaign.deadline_day, planning.today);
    return walk(&planning, slice);
}
