// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign/compose.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Every hour of sending, after the walks over the registry, each office's next
 * day is filled with those who wait, most urgent first, over all campaigns, as
 * far as that hour's share of the day goes. What was placed and not sent keeps
 * its claim first. Up to which hour, and at which office, it has come stands in
 * the store, so that a lost commit or a restart does it again.
 */

#define MARK "campaign_places"

enum kb_err places_again(struct campaigns *campaigns)
{
    return store_meta_set(campaigns->rooms.store, MARK, "");
}

/* More campaigns at once than this wait for another's end. */
#define CAMPAIGNS_MOST 64

struct fill {
    struct campaigns *campaigns;
    struct campaign_row *rows;
    size_t count;
    struct slice *slice;
    int32_t today;
    int hours_done; /* of today's sending, counting the one at hand */
    int hours;      /* of how many; 0: nothing is spread */
    size_t at;      /* how far it has come: see fill_step() */
    const struct office *office;
    struct pace_office pace;
    bool full[CAMPAIGNS_MOST]; /* a campaign has no more for this office */
    bool moved;                /* somebody waits for another office now */
};

static int64_t closes_ms(const struct fill *fill)
{
    return civil_instant_ms(
        fill->today, fill->campaigns->rooms.config->sending_to);
}

/* When the message goes out, once it has its place. */
static int64_t slot_of(const struct fill *fill, const struct campaign_row *row,
    const struct composed *composed)
{
    const struct config *config = fill->campaigns->rooms.config;
    int64_t now_ms = fill->slice->now_ms;

    if (!config->plan_spread || row->campaign.pace > 0 ||
        !config_window_open(config, now_ms)) {
        return config_window_next_ms(config, now_ms);
    }
    return pace_slot_ms(composed->place.planned, composed->place.places, now_ms,
        civil_instant_ms(fill->today, config->sending_from), closes_ms(fill));
}

/* A night's filling spreads over the day to come. */
static int64_t due_of(const struct fill *fill, const struct campaign_row *row,
    const struct composed *composed)
{
    const struct config *config = fill->campaigns->rooms.config;
    int64_t opens_ms = config_window_next_ms(config, fill->slice->now_ms);
    int32_t day = civil_day_of(opens_ms);

    if (opens_ms <= fill->slice->now_ms || !config->plan_spread ||
        row->campaign.pace > 0) {
        return slot_of(fill, row, composed);
    }
    return pace_slot_ms(composed->place.planned, composed->place.places,
        opens_ms, opens_ms, civil_instant_ms(day, config->sending_to));
}

static enum kb_err take_place(struct fill *fill, struct campaign_row *row,
    struct campaign_note *note, const struct composed *composed)
{
    struct campaign_pace pace = {
        row->campaign.id, fill->office->code, fill->today};
    enum kb_err err =
        places_change(fill->campaigns, &(struct place_change){
                                           .office = fill->office,
                                           .day = composed->place.day,
                                           .places = composed->place.places,
                                           .planned = (int)composed->count,
                                       });

    note->place_day = composed->place.day;
    note->people = (int)composed->count;
    note->hold[0] = '\0';
    if (err == KB_OK) {
        err = planner_note_put(fill->campaigns, note);
    }
    if (err == KB_OK && row->campaign.pace > 0) {
        err = campaign_store_pace_add(fill->campaigns, &pace, 1, 0);
    }
    return err == KB_OK
               ? outbox_move(fill->campaigns->rooms.outbox, note->message_id,
                     MSG_QUEUED, due_of(fill, row, composed), "it has a place")
               : err;
}

/* The one at the head gets its place, or leaves the row of those who wait for
   this office. KB_FULL: it does not fit, and nobody behind it goes first. */
static enum kb_err place_head(
    struct fill *fill, struct campaign_row *row, int64_t message_id)
{
    struct campaign_note note = {0};
    struct compose_ask ask = {0};
    struct composed composed = {0};
    enum kb_err err = planner_note_get(fill->campaigns, message_id, &note);

    if (err != KB_OK) {
        return err;
    }
    compose_ask_of(fill->campaigns, row, &note, &ask);
    err = compose_decide(fill->campaigns, &ask, &composed);
    if (err != KB_OK) {
        return err;
    }
    if (composed.decision.verdict != PLAN_SEND ||
        !composed_waits(&ask, &composed) ||
        strcmp(composed_target(&composed)->code, fill->office->code) != 0) {
        fill->moved = true;
        return outage_rejudge(fill->campaigns, message_id);
    }
    return composed_fits(&composed) ? take_place(fill, row, &note, &composed)
                                    : KB_FULL;
}

static enum kb_err pace_left(
    struct fill *fill, const struct campaign_row *row, bool *left)
{
    struct campaign_pace pace = {
        row->campaign.id, fill->office->code, fill->today};
    int planned = 0;
    int sent = 0;
    enum kb_err err = KB_OK;

    *left = true;
    if (row->campaign.pace > 0) {
        err = campaign_store_pace_get(fill->campaigns, &pace, &planned, &sent);
        *left = planned < row->campaign.pace && sent < row->campaign.pace;
    }
    return err;
}

/* Whether the day for which that campaign invites has any place left, by this
   hour where it is spread. */
static enum kb_err room_left(
    struct fill *fill, const struct campaign_row *row, bool *left)
{
    int places = row->campaign.pace > 0
                     ? pace_places(&fill->pace)
                     : pace_places_by(pace_places(&fill->pace),
                           fill->hours_done, fill->hours);
    struct office_day day = {
        .office = fill->office->code,
        .day = pace_visit_day(&fill->pace, fill->campaigns->rooms.config,
            fill->today, row->campaign.deadline_day),
    };
    enum kb_err err = KB_OK;

    *left = places == PACE_NO_BOUND;
    if (places > 0 && day.day != 0) {
        err = planner_day_get(fill->campaigns, &day);
        *left = day.planned < places;
    }
    return err == KB_OK && *left ? pace_left(fill, row, left) : err;
}

/* The campaign whose head is the most urgent; count where nobody waits. */
static enum kb_err find_head(struct fill *fill, size_t *at, int64_t *message_id)
{
    int best = INT_MAX;
    enum kb_err err = KB_OK;

    *at = fill->count;
    for (size_t i = 0; i < fill->count && err == KB_OK; i++) {
        int64_t id = 0;
        int rank = 0;
        bool left = true;

        if (fill->full[i]) {
            continue;
        }
        err = planner_waits_head(fill->campaigns, fill->rows[i].campaign.id,
            fill->office->code, &id, &rank);
        if (err == KB_OK && rank < best) {
            err = room_left(fill, &fill->rows[i], &left);
        }
        if (err == KB_NOT_FOUND || !left) {
            fill->full[i] = true;
            err = KB_OK;
        } else if (err == KB_OK && rank < best) {
            best = rank;
            *at = i;
            *message_id = id;
        }
    }
    return err;
}

static enum kb_err place_whole(struct fill *fill, size_t at, int64_t message_id)
{
    struct store *store = fill->campaigns->rooms.store;
    enum kb_err err = store_op_begin(store);

    if (err == KB_OK) {
        err =
            store_op_end(store, place_head(fill, &fill->rows[at], message_id));
    }
    if (err == KB_FULL && store_has_room(store)) {
        /* Nobody behind it goes first, of whatever campaign. */
        memset(fill->full, true, fill->count * sizeof fill->full[0]);
        err = KB_OK;
    }
    return err;
}

static enum kb_err fill_heads(struct fill *fill)
{
    enum kb_err err = KB_OK;

    memset(fill->full, 0, fill->count * sizeof fill->full[0]);
    for (size_t i = 0; i < fill->count; i++) {
        fill->full[i] = fill->rows[i].state != PLAN_RUNNING;
    }
    while (err == KB_OK && !fill->slice->more) {
        size_t at = 0;
        int64_t message_id = 0;

        err = find_head(fill, &at, &message_id);
        if (err != KB_OK || at == fill->count) {
            return err;
        }
        err = place_whole(fill, at, message_id);
        fill->slice->more = slice_over(fill->slice);
    }
    return err;
}

/* --- what was placed and has not left ---------------------------------- */

static const struct campaign_row *row_of(
    const struct fill *fill, int64_t campaign_id)
{
    for (size_t i = 0; i < fill->count; i++) {
        if (fill->rows[i].campaign.id == campaign_id) {
            return &fill->rows[i];
        }
    }
    return NULL;
}

/* The place's day has come: the message waits again, before those behind it in
   urgency, unless it has left the queue otherwise. */
static enum kb_err unplace(struct fill *fill, int64_t message_id)
{
    struct campaign_note note = {0};
    struct outbox_message message = {0};
    bool open = false;
    enum kb_err err = planner_note_get(fill->campaigns, message_id, &note);

    if (err == KB_OK) {
        err = outbox_get(fill->campaigns->rooms.outbox, message_id, &message);
    }
    if (err == KB_OK) {
        open = message.state == MSG_QUEUED || message.state == MSG_HELD;
        outbox_message_clear(&message);
    }
    if (err != KB_OK && err != KB_NOT_FOUND) {
        return err;
    }
    err = places_give_back(fill->campaigns, &note, fill->today);
    if (err == KB_OK) {
        err = planner_note_put(fill->campaigns, &note);
    }
    if (err == KB_OK && open && row_of(fill, note.campaign_id) != NULL) {
        err = outage_rejudge(fill->campaigns, message_id);
    }
    return err;
}

/* Whoever is invited from today on comes on a later day, but at the very end of
   a campaign: what an earlier slice or hour placed today stays. */
static enum kb_err unplace_stale(struct fill *fill)
{
    enum kb_err err = KB_OK;

    while (err == KB_OK && !fill->slice->more) {
        int64_t message_id = 0;

        err = planner_placed_next(fill->campaigns, fill->office->code,
            fill->today + 1, civil_instant_ms(fill->today, 0), &message_id);
        if (err == KB_OK) {
            err = unplace(fill, message_id);
            fill->slice->more = slice_over(fill->slice);
        }
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

/* --- one hour's filling ------------------------------------------------ */

static enum kb_err fill_office(struct fill *fill, const struct office *office)
{
    enum kb_err err = KB_OK;

    fill->office = office;
    err = compose_pace(fill->campaigns, office, &fill->pace);
    if (err == KB_OK) {
        err = unplace_stale(fill);
    }
    return err == KB_OK && !fill->slice->more ? fill_heads(fill) : err;
}

/* Told yesterday, or often enough last week: their day has come. */
static enum kb_err wake_later(struct fill *fill)
{
    enum kb_err err = KB_OK;

    while (err == KB_OK && !fill->slice->more) {
        int64_t message_id = 0;

        err = planner_later_next(fill->campaigns, fill->today, &message_id);
        if (err == KB_OK) {
            err = outage_rejudge(fill->campaigns, message_id);
            fill->slice->more = slice_over(fill->slice);
        }
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

/* What comes at that place: offices in their order, then the site itself for
   residents without one, then what each campaign has to say. */
static enum kb_err fill_step(
    struct fill *fill, const struct office *offices, size_t count)
{
    struct office unknown = {0};
    enum kb_err err = KB_OK;

    if (fill->at < count) {
        return fill_office(fill, &offices[fill->at]);
    }
    if (fill->at > count) {
        return late_note(
            fill->campaigns, &fill->rows[fill->at - count - 1], fill->today);
    }
    err = compose_office(fill->campaigns, "", &unknown);
    return err == KB_OK ? fill_office(fill, &unknown) : err;
}

/* Goes on from where the last slice ended; one step at least, so that it comes
   to its end however short the slices are. */
static enum kb_err fill_all(struct fill *fill)
{
    struct office *offices = NULL;
    size_t count = 0;
    enum kb_err err = wake_later(fill);

    if (err == KB_OK && !fill->slice->more) {
        err = registry_office_list(
            fill->campaigns->rooms.registry, &offices, &count);
    }
    while (
        err == KB_OK && !fill->slice->more && fill->at <= count + fill->count) {
        err = fill_step(fill, offices, count);
        if (err == KB_OK && !fill->slice->more) {
            fill->at++;
            fill->slice->more = slice_over(fill->slice);
        }
    }
    free(offices);
    return err;
}

static bool walks(const struct campaign_row *row, int32_t today)
{
    return row->state == PLAN_RUNNING &&
           (row->scan_again || row->scan_after >= 0 || row->scan_day != today ||
               row->redate_after >= 0);
}

#define HOUR_MS 3600000

/* Which hour of today's sending it is; false where none is left today. */
static bool find_hour(struct fill *fill)
{
    const struct config *config = fill->campaigns->rooms.config;
    int64_t next_ms = config_window_next_ms(config, fill->slice->now_ms);
    int64_t opens_ms = civil_instant_ms(fill->today, config->sending_from);

    if (civil_day_of(next_ms) != fill->today) {
        return false;
    }
    if (config->plan_spread) {
        fill->hours = (config->sending_to - config->sending_from + 59) / 60;
        fill->hours_done = (int)((next_ms - opens_ms) / HOUR_MS) + 1;
    }
    return true;
}

/* The mark: which hour's filling is done, "2016-09-16 3", or how far it has come
   and whether somebody moved, "2016-09-16 3/7/1". */
struct mark {
    char text[64];
};

static struct mark mark_of(const struct fill *fill, bool done)
{
    struct mark mark = {0};

    (void)snprintf(mark.text, sizeof mark.text, "%s %d",
        civil_date(fill->today).text, fill->hours_done);
    if (!done) {
        size_t used = strlen(mark.text);

        (void)snprintf(mark.text + used, sizeof mark.text - used, "/%zu/%d",
            fill->at, fill->moved ? 1 : 0);
    }
    return mark;
}

/* Goes on where the mark of the same hour left it. @return false where all is
   done. */
static bool read_mark(struct fill *fill, const struct mark *mark)
{
    struct mark done = mark_of(fill, true);
    size_t used = strlen(done.text);
    char *end = NULL;

    if (strncmp(mark->text, done.text, used) != 0) {
        return true;
    }
    if (mark->text[used] == '/') {
        fill->at = strtoul(mark->text + used + 1, &end, 10);
        fill->moved = strcmp(end, "/1") == 0;
    }
    return mark->text[used] != '\0';
}

static bool all_walked(const struct fill *fill)
{
    for (size_t i = 0; i < fill->count; i++) {
        if (walks(&fill->rows[i], fill->today)) {
            return false;
        }
    }
    return true;
}

static enum kb_err fill_and_mark(struct fill *fill)
{
    struct mark mark = {0};
    enum kb_err err = KB_OK;

    fill->count = fill->count < CAMPAIGNS_MOST ? fill->count : CAMPAIGNS_MOST;
    err = fill_all(fill);
    if (err != KB_OK) {
        return err;
    }
    mark = mark_of(fill, !fill->slice->more);
    if (!fill->slice->more && fill->moved) {
        fill->slice->more = true;
        mark.text[0] = '\0';
    }
    return store_meta_set(fill->campaigns->rooms.store, MARK, mark.text);
}

enum kb_err places_fill(struct campaigns *campaigns, struct campaign_row *rows,
    size_t count, struct slice *slice)
{
    struct fill fill = {
        .campaigns = campaigns,
        .rows = rows,
        .count = count,
        .slice = slice,
        .today = civil_day_of(slice->now_ms),
    };
    struct mark mark = {0};
    enum kb_err err = store_meta_get(
        campaigns->rooms.store, MARK, mark.text, sizeof mark.text);

    if (err != KB_OK && err != KB_NOT_FOUND) {
        return err;
    }
    if (slice->more || !find_hour(&fill) || !read_mark(&fill, &mark) ||
        !all_walked(&fill)) {
        return KB_OK;
    }
    return fill_and_mark(&fill);
}
