// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "campaign/campaign_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * One slice of planning: what changed outside (offices, a synced list, the
 * clock) is looked at first, then each campaign goes on where the last slice
 * ended. How much of a second all slices take together is for the caller.
 */

/* How often to look while nothing is known to come, really. */
#define LOOK_MS 1000

static void hash_text(char *hash, const char *text)
{
    /* FNV-1a, 64 bits: only to see a change. */
    uint64_t value = strtoull(hash, NULL, 16);

    for (const char *at = text; *at != '\0'; at++) {
        value = (value ^ (unsigned char)*at) * 0x100000001B3U;
    }
    (void)snprintf(hash, 17, "%016llx", (unsigned long long)value);
}

/* Whether an office changed its state since the last look; `since` tells of one
   that went down and up in between. The mark is stored, so that a restart
   neither forgets nor repeats. */
static enum kb_err offices_changed(struct campaigns *campaigns, bool *changed)
{
    struct office *offices = NULL;
    size_t count = 0;
    char hash[17] = "cbf29ce484222325";
    char known[17] = "";
    char figures[80] = "";
    enum kb_err err =
        registry_office_list(campaigns->rooms.registry, &offices, &count);

    if (err != KB_OK) {
        return err;
    }
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(figures, sizeof figures, "%lld/%d/%d/%d",
            (long long)offices[i].since_at_ms, offices[i].capacity,
            offices[i].opens_minute, offices[i].closes_minute);
        hash_text(hash, offices[i].code);
        hash_text(hash, offices[i].state);
        hash_text(hash, offices[i].days);
        hash_text(hash, offices[i].fallback);
        hash_text(hash, figures);
    }
    free(offices);
    err = store_meta_get(
        campaigns->rooms.store, "campaign_offices", known, sizeof known);
    *changed = err != KB_OK || strcmp(known, hash) != 0;
    return *changed ? store_meta_set(
                          campaigns->rooms.store, "campaign_offices", hash)
                    : KB_OK;
}

static enum kb_err look_at_offices(struct campaigns *campaigns)
{
    bool changed = false;
    enum kb_err err = offices_changed(campaigns, &changed);

    if (err == KB_OK && (changed || campaigns->look_again)) {
        err = campaign_store_release_all(campaigns);
        if (err == KB_OK) {
            err = outage_look(campaigns);
        }
        campaigns->look_again = err != KB_OK;
    }
    return err;
}

static void follow_clock(struct campaign_row *row, const struct slice *slice)
{
    if (row->state == PLAN_SCHEDULED && row->campaign.asked_by[0] == '\0' &&
        row->campaign.start_at_ms <= slice->now_ms) {
        row->campaign.started_at_ms = slice->now_ms;
        campaign_row_state(row, PLAN_RUNNING);
        campaign_row_rescan(row);
    }
    if ((row->state == PLAN_RUNNING || row->state == PLAN_PAUSED) &&
        campaign_deadline_ms(&row->campaign) <= slice->now_ms) {
        campaign_row_state(row, PLAN_DONE);
        row->follow = true;
        campaign_row_note(row, "done: the deadline %s has passed",
            civil_date(row->campaign.deadline_day).text);
        log_info("campaign: done name=%s", row->campaign.name);
    }
}

static enum kb_err work_on(
    struct campaigns *campaigns, struct campaign_row *row, struct slice *slice)
{
    enum kb_err err = KB_OK;

    follow_clock(row, slice);
    if (row->follow) {
        err = campaign_follow(campaigns, row, slice);
    }
    if (err == KB_OK && (row->redate_after >= 0 || row->correct_after >= 0)) {
        err = correct_follow(campaigns, row, slice);
    }
    if (err == KB_OK && row->state == PLAN_RUNNING) {
        err = campaign_release(campaigns, row, slice);
    }
    if (err == KB_OK && row->state == PLAN_RUNNING) {
        err = campaign_scan(campaigns, row, slice);
    }
    if (err == KB_OK && row->state == PLAN_RUNNING) {
        err = campaign_resend(campaigns, row, slice);
    }
    if (err == KB_INVALID) {
        /* The audience is not understood: said once, tried again tomorrow. */
        row->scan_after = -1;
        campaign_row_note(row,
            "its --where is not understood: kabari campaign set %s",
            row->campaign.name);
        err = KB_OK;
    }
    return err;
}

static bool same_place(
    const struct campaign_row *a, const struct campaign_row *b)
{
    return a->state == b->state && a->audience == b->audience &&
           a->left_out == b->left_out && a->scan_day == b->scan_day &&
           a->scan_after == b->scan_after && a->scan_again == b->scan_again &&
           a->follow == b->follow && a->release_after == b->release_after &&
           a->redate_after == b->redate_after &&
           a->correct_after == b->correct_after &&
           a->follow_after == b->follow_after &&
           strcmp(a->campaign.note, b->campaign.note) == 0;
}

/* What was done stays done, also where the slice then met a fault. */
static enum kb_err tick_one(
    struct campaigns *campaigns, struct campaign_row *row, struct slice *slice)
{
    struct campaign_row before = *row;
    enum kb_err err = work_on(campaigns, row, slice);
    enum kb_err put = KB_OK;

    if (!same_place(&before, row)) {
        put = campaign_store_put(campaigns, row);
    }
    return err == KB_OK ? put : err;
}

static enum kb_err tick_all(struct campaigns *campaigns, struct slice *slice)
{
    struct campaign_row *rows = NULL;
    size_t count = 0;
    enum kb_err err = campaign_store_active(campaigns, &rows, &count);

    for (size_t i = 0; i < count && err == KB_OK; i++) {
        if (i > 0 && slice_over(slice)) {
            slice->more = true;
            break;
        }
        err = tick_one(campaigns, &rows[i], slice);
    }
    if (err == KB_OK && !slice->more) {
        err = places_fill(campaigns, rows, count, slice);
    }
    free(rows);
    return err;
}

/* A list that was synced tells who of those invited came. */
static enum kb_err learn(struct campaigns *campaigns)
{
    char synced[24] = "";
    char known[24] = "";
    enum kb_err err = store_meta_get(
        campaigns->rooms.store, "campaign_synced_at_ms", synced, sizeof synced);

    if (err != KB_OK) {
        return err == KB_NOT_FOUND ? KB_OK : err;
    }
    err = store_meta_get(
        campaigns->rooms.store, "campaign_learned_at_ms", known, sizeof known);
    if ((err != KB_OK && err != KB_NOT_FOUND) || strcmp(synced, known) == 0) {
        return err == KB_NOT_FOUND ? KB_OK : err;
    }
    err =
        planner_show_learn(campaigns, civil_day_of(strtoll(synced, NULL, 10)));
    if (err == KB_OK) {
        err = places_again(campaigns);
    }
    return err == KB_OK ? store_meta_set(campaigns->rooms.store,
                              "campaign_learned_at_ms", synced)
                        : err;
}

/* What changed outside first, then the campaigns, then forgetting. */
static enum kb_err plan_slice(struct campaigns *campaigns, struct slice *slice)
{
    enum kb_err err = look_at_offices(campaigns);

    if (err == KB_OK) {
        err = learn(campaigns);
    }
    if (err == KB_OK) {
        err = outage_work(campaigns, slice);
    }
    if (err == KB_OK && !slice->more) {
        err = tick_all(campaigns, slice);
    }
    if (err == KB_OK && !slice->more) {
        err = campaign_forget(campaigns, slice);
    }
    return err;
}

void campaigns_allow(struct campaigns *campaigns, int64_t work_us)
{
    campaigns->bounded = true;
    campaigns->allowed_us = work_us;
}

/* How long the slice at hand may take. */
static int64_t slice_us(const struct campaigns *campaigns)
{
    return campaigns->bounded && campaigns->allowed_us < CAMPAIGN_SLICE_US
               ? campaigns->allowed_us
               : CAMPAIGN_SLICE_US;
}

enum kb_err campaigns_tick(
    struct campaigns *campaigns, bool *more, int64_t *next_at_ms)
{
    const struct clock *clock = campaigns->rooms.clock;
    int64_t from_us = clock_mono_us();
    struct slice slice = {
        .now_ms = clock_now_ms(clock),
        .until_us = from_us + slice_us(campaigns),
    };
    enum kb_err err = KB_OK;

    *more = false;
    *next_at_ms =
        slice.now_ms + LOOK_MS * (clock->rehearsal ? clock->speed : 1);
    if (slice.until_us <= from_us) {
        return KB_OK;
    }
    err = plan_slice(campaigns, &slice);
    campaigns->allowed_us -= clock_mono_us() - from_us;
    *more = err == KB_OK && slice.more &&
            (!campaigns->bounded || campaigns->allowed_us > 0);
    return err;
}
