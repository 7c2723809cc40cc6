// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "campaign/campaign_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Messages moved at a time: some 1 ms. */
#define MOVE_AT_ONCE 25

/* What a campaign's state makes of its messages that have not left. */
static const struct {
    enum plan_state state;
    enum msg_state from;
    enum msg_state to;
    const char *reason; /* %s: the campaign's name */
} moves[] = {
    {PLAN_PAUSED,    MSG_QUEUED, MSG_HELD,
     "campaign paused: kabari campaign resume %s"                              },
    {PLAN_CANCELLED, MSG_QUEUED, MSG_CANCELLED,
     "the campaign %s was cancelled"                                           },
    {PLAN_CANCELLED, MSG_HELD,   MSG_CANCELLED, "the campaign %s was cancelled"},
    {PLAN_DONE,      MSG_QUEUED, MSG_EXPIRED,   "the deadline of %s has passed"},
    {PLAN_DONE,      MSG_HELD,   MSG_EXPIRED,   "the deadline of %s has passed"},
};

static enum kb_err move_all(struct campaigns *campaigns,
    const struct campaign_row *row, size_t move, struct slice *slice)
{
    int moved = MOVE_AT_ONCE;
    enum kb_err err = KB_OK;
    char reason[160] = "";

    /* NOLINTNEXTLINE(clang-diagnostic-format-nonliteral): the table above */
    (void)snprintf(
        reason, sizeof reason, moves[move].reason, row->campaign.name);
    while (err == KB_OK && moved == MOVE_AT_ONCE) {
        if (slice_over(slice)) {
            slice->more = true;
            return KB_OK;
        }
        err = outbox_move_campaign(campaigns->rooms.outbox,
            &(struct outbox_campaign_move){
                .campaign_id = row->campaign.id,
                .from = moves[move].from,
                .to = moves[move].to,
                .reason = reason,
                .limit = MOVE_AT_ONCE,
            },
            &moved);
    }
    return err;
}

enum kb_err campaign_walk_from(
    struct campaigns *campaigns, int64_t campaign_id, int64_t *after)
{
    int64_t first = 0;
    enum kb_err err = KB_OK;

    if (*after != 0) {
        return KB_OK;
    }
    err = campaign_store_message_first(campaigns, campaign_id, &first);
    if (err == KB_OK && first == 0) {
        return planner_note_last(campaigns, after);
    }
    *after = err == KB_OK ? first - 1 : *after;
    return err;
}

/* Ids looked at in one step of a walk over messages. */
#define WALK_IDS 512

/* What only the pause held is placed, queued or held for what it now must. */
static enum kb_err resume_step(
    struct campaigns *campaigns, struct campaign_row *row)
{
    struct note_range range = {
        .campaign_id = row->campaign.id,
        .after = row->follow_after,
        .upto = row->follow_after + WALK_IDS,
    };
    int64_t message_id = 0;
    enum kb_err err = planner_note_paused(campaigns, &range, &message_id);

    if (err == KB_OK) {
        err = outage_rejudge(campaigns, message_id);
        row->follow_after = err == KB_OK ? message_id : row->follow_after;
    } else if (err == KB_NOT_FOUND) {
        row->follow_after = range.upto;
        err = KB_OK;
    }
    return err;
}

static enum kb_err resume_all(
    struct campaigns *campaigns, struct campaign_row *row, struct slice *slice)
{
    int64_t last = 0;
    enum kb_err err = planner_note_last(campaigns, &last);

    if (err == KB_OK) {
        err =
            campaign_walk_from(campaigns, row->campaign.id, &row->follow_after);
    }
    while (err == KB_OK && row->follow_after < last) {
        if (slice_over(slice)) {
            slice->more = true;
            return KB_OK;
        }
        err = resume_step(campaigns, row);
    }
    if (err == KB_OK) {
        row->follow_after = 0;
        err = places_again(campaigns);
    }
    return err;
}

enum kb_err campaign_follow(
    struct campaigns *campaigns, struct campaign_row *row, struct slice *slice)
{
    bool more_before = slice->more;
    enum kb_err err = KB_OK;

    slice->more = false;
    for (size_t i = 0; i < sizeof moves / sizeof *moves && err == KB_OK; i++) {
        if (moves[i].state == row->state) {
            err = move_all(campaigns, row, i, slice);
        }
    }
    if (err == KB_OK && row->state == PLAN_RUNNING) {
        err = resume_all(campaigns, row, slice);
    }
    row->follow = err != KB_OK || slice->more;
    slice->more = slice->more || more_before;
    return err;
}

/* --- offices that are back --------------------------------------------- */

static enum kb_err release_one(struct campaigns *campaigns,
    const struct campaign_row *row, int64_t message_id)
{
    bool works = false;
    enum kb_err err = campaign_store_held_works(campaigns, message_id, &works);

    /* Under another policy the gate knows what to say instead. */
    if (err == KB_OK &&
        (works || plan_outage_of(row->campaign.outage,
                      row->campaign.template_name) != PLAN_HOLD_BACK)) {
        err = outage_rejudge(campaigns, message_id);
    }
    return err;
}

enum kb_err campaign_release(
    struct campaigns *campaigns, struct campaign_row *row, struct slice *slice)
{
    enum kb_err err = KB_OK;

    while (err == KB_OK && row->release_after >= 0) {
        int64_t next = 0;

        if (slice_over(slice)) {
            slice->more = true;
            return KB_OK;
        }
        err = campaign_store_held_next(
            campaigns, row->campaign.id, row->release_after, &next);
        if (err == KB_NOT_FOUND) {
            row->release_after = -1;
            return places_again(campaigns);
        }
        if (err == KB_OK) {
            err = release_one(campaigns, row, next);
            row->release_after = err == KB_OK ? next : row->release_after;
        }
    }
    return err;
}
