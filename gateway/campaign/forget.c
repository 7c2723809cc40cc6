// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign/campaign_internal.h"

/*
 * What campaigns remember of people goes with the messages it was about, after
 * retention.messages_days: who was told on which day, corrections, who rests,
 * the lists of campaigns that have ended. What is counted stays.
 */

/* Rows of one kind at a time: some 1 ms. */
#define AT_ONCE 200

#define DAYS_DEFAULT 365

/* How often to look while there is nothing, on the gateway's clock. */
#define LOOK_MS ((int64_t)3600000)

static bool is_due(const struct campaigns *campaigns, int64_t now_ms)
{
    /* A clock that was set back must not keep it from looking. */
    return now_ms >= campaigns->forget_at_ms ||
           now_ms + LOOK_MS < campaigns->forget_at_ms;
}

/* Forgets some of one kind; more: there may be some left. */
static enum kb_err forget_some(
    struct campaigns *campaigns, int32_t before, bool *more)
{
    const struct forget_ask ask = {.before = before, .limit = AT_ONCE};
    int gone = 0;
    enum kb_err err =
        planner_forget(campaigns, campaigns->forget_kind, &ask, &gone);

    *more = gone == AT_ONCE;
    return err;
}

enum kb_err campaign_forget(struct campaigns *campaigns, struct slice *slice)
{
    int days = campaigns->rooms.config->retention_messages_days;
    int32_t before =
        civil_day_of(slice->now_ms) - (days > 0 ? days : DAYS_DEFAULT);
    enum kb_err err = KB_OK;

    if (!is_due(campaigns, slice->now_ms)) {
        return KB_OK;
    }
    /* The kind at hand is gone on with in the next slice: each gets its turn,
       however long another takes. */
    while (err == KB_OK && campaigns->forget_kind < FORGET_KINDS) {
        bool more = false;

        err = forget_some(campaigns, before, &more);
        if (err == KB_OK && !more) {
            campaigns->forget_kind++;
        }
        if (err == KB_OK && slice_over(slice)) {
            slice->more = true;
            return KB_OK;
        }
    }
    if (err == KB_OK) {
        campaigns->forget_kind = FORGET_CONTACTS;
        campaigns->forget_at_ms = slice->now_ms + LOOK_MS;
    }
    return err;
}
