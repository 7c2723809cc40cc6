// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign/compose.h"

#include <stdio.h>
#include <string.h>

/*
 * What mends what was said. After a moved deadline, messages that have not left
 * follow at once in their expiry and urgency (their words are written at the
 * gate); whoever was told the old one hears of the new one where staff say so.
 */

/* Ids of messages in one step: some 1 ms. */
#define WALK_IDS 256

struct correct_cause correct_cause_of(const char *kind, const char *office)
{
    struct correct_cause cause = {0};

    (void)snprintf(cause.text, sizeof cause.text, "%s%s%s", kind,
        strcmp(kind, "down") == 0 ? " " : "",
        strcmp(kind, "down") == 0 ? office : "");
    return cause;
}

static enum kb_err queue_correction(
    struct campaigns *campaigns, const struct correct_ask *ask, int64_t *id)
{
    const struct campaign *campaign = &ask->row->campaign;
    bool down = strcmp(ask->kind, "down") == 0;
    struct campaign_note note = {.campaign_id = campaign->id};
    struct outbox_new message = {
        .phone = ask->phone,
        .text = "correction", /* written at the gate */
        /* Before everything but answers: people are about to set out. */
        .class = down ? MSG_NORMAL : MSG_BULK,
        .urgency = PLAN_URGENCY_FIRST,
        .expires_at_ms = ask->expires_at_ms,
        .campaign_id = campaign->id,
    };
    enum kb_err err = outbox_accept(
        campaigns->rooms.outbox, &message, &note.message_id, NULL);

    (void)snprintf(note.phone, sizeof note.phone, "%s", ask->phone);
    (void)snprintf(note.kind, sizeof note.kind, "%s", ask->kind);
    (void)snprintf(note.office, sizeof note.office, "%s", ask->office);
    *id = note.message_id;
    return err == KB_OK ? planner_note_add(campaigns, &note) : err;
}

enum kb_err correct_phone(
    struct campaigns *campaigns, const struct correct_ask *ask)
{
    struct correct_cause cause = correct_cause_of(ask->kind, ask->office);
    struct correction correction = {
        .phone = ask->phone,
        .day = civil_day_of(clock_now_ms(campaigns->rooms.clock)),
        .cause = cause.text,
    };
    enum kb_err err = planner_correction_get(campaigns, &correction);

    if (err != KB_OK || correction.message_id != 0 ||
        ask->expires_at_ms <= clock_now_ms(campaigns->rooms.clock)) {
        return err;
    }
    err = queue_correction(campaigns, ask, &correction.message_id);
    return err == KB_OK ? planner_correction_put(campaigns, &correction) : err;
}

/* --- a moved deadline -------------------------------------------------- */

static enum kb_err redate_step(
    struct campaigns *campaigns, struct campaign_row *row)
{
    struct note_range range = {
        .campaign_id = row->campaign.id,
        .after = row->redate_after,
        .upto = row->redate_after + WALK_IDS,
    };
    int base = PLAN_URGENCY_DAY * row->campaign.deadline_day;
    enum kb_err err = outbox_redate_campaign(campaigns->rooms.outbox,
        &(struct outbox_redate){
            .campaign_id = row->campaign.id,
            .after = range.after,
            .upto = range.upto,
            .expires_at_ms = campaign_deadline_ms(&row->campaign),
            .urgency_base = base,
            .urgency_step = PLAN_URGENCY_DAY,
        });

    if (err == KB_OK) {
        err = planner_note_shift(campaigns, &range, base);
    }
    row->redate_after = err == KB_OK ? range.upto : row->redate_after;
    return err;
}

static enum kb_err correct_step(
    struct campaigns *campaigns, struct campaign_row *row)
{
    struct note_range range = {
        .campaign_id = row->campaign.id,
        .after = row->correct_after,
        .upto = row->correct_after + WALK_IDS,
    };
    struct campaign_note note = {0};
    int64_t message_id = 0;
    enum kb_err err = KB_OK;

    if (range.upto > row->correct_until) {
        range.upto = row->correct_until;
    }
    err = planner_note_told(campaigns, &range, &message_id);
    if (err == KB_NOT_FOUND) {
        row->correct_after = range.upto;
        return KB_OK;
    }
    if (err == KB_OK) {
        err = planner_note_get(campaigns, message_id, &note);
    }
    if (err == KB_OK) {
        err = correct_phone(campaigns,
            &(struct correct_ask){
                .row = row,
                .phone = note.phone,
                .kind = "moved",
                .office = "",
                .expires_at_ms = campaign_deadline_ms(&row->campaign),
            });
    }
    row->correct_after = err == KB_OK ? message_id : row->correct_after;
    return err;
}

static enum kb_err redate_all(
    struct campaigns *campaigns, struct campaign_row *row, struct slice *slice)
{
    int64_t last = 0;
    enum kb_err err = planner_note_last(campaigns, &last);

    if (err == KB_OK) {
        err =
            campaign_walk_from(campaigns, row->campaign.id, &row->redate_after);
    }
    while (err == KB_OK && row->redate_after >= 0 && row->redate_after < last) {
        if (slice_over(slice)) {
            slice->more = true;
            return KB_OK;
        }
        err = redate_step(campaigns, row);
    }
    if (err == KB_OK) {
        row->redate_after = -1;
    }
    return err;
}

enum kb_err correct_follow(
    struct campaigns *campaigns, struct campaign_row *row, struct slice *slice)
{
    enum kb_err err = KB_OK;

    if (row->redate_after >= 0) {
        err = redate_all(campaigns, row, slice);
    }
    if (err == KB_OK) {
        err = campaign_walk_from(
            campaigns, row->campaign.id, &row->correct_after);
    }
    while (err == KB_OK && !slice->more && row->state == PLAN_RUNNING &&
           row->correct_after >= 0) {
        if (row->correct_after >= row->correct_until) {
            row->correct_after = -1;
            return KB_OK;
        }
        if (slice_over(slice)) {
            slice->more = true;
            return KB_OK;
        }
        err = correct_step(campaigns, row);
    }
    return err;
}
