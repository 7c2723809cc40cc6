// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What residents and offices say back to the planner. */

#define DONE_DAYS_DEFAULT 14

static int32_t today_of(const struct campaigns *campaigns)
{
    return civil_day_of(clock_now_ms(campaigns->rooms.clock));
}

enum kb_err campaign_resident_done(
    struct campaigns *campaigns, int64_t resident_id, int32_t *until_day)
{
    int days = campaigns->rooms.config->plan_done_days;

    *until_day = today_of(campaigns) + (days > 0 ? days : DONE_DAYS_DEFAULT);
    return planner_rest_put(campaigns, resident_id, *until_day);
}

enum kb_err campaign_answered(struct campaigns *campaigns, const char *phone)
{
    return planner_note_answer(campaigns, phone);
}

/* --- another day ------------------------------------------------------- */

struct slot_search {
    struct campaigns *campaigns;
    const struct campaign_note *note;
    struct office office;
    struct pace_office pace;
    int32_t deadline_day;
};

/* The first day after `after` on which the office has room; KB_FULL. */
static enum kb_err find_day(
    struct slot_search *search, int32_t after, int32_t *found)
{
    int places = pace_places(&search->pace);
    struct office_day day = {.office = search->note->office};

    for (day.day = after + 1; day.day <= search->deadline_day; day.day++) {
        enum kb_err err = KB_OK;

        if (!pace_serves(
                &search->pace, search->campaigns->rooms.config, day.day)) {
            continue;
        }
        err = planner_day_get(search->campaigns, &day);
        if (err != KB_OK) {
            return err;
        }
        if (places == PACE_NO_BOUND ||
            day.planned + search->note->people <= places) {
            *found = day.day;
            return KB_OK;
        }
    }
    return KB_FULL;
}

static enum kb_err move_slot(
    struct slot_search *search, struct campaign_note *note, int32_t day)
{
    struct campaigns *campaigns = search->campaigns;
    int32_t told_day = note->told_day;
    enum kb_err err = places_give_back(campaigns, note, today_of(campaigns));

    note->place_day = day;
    note->told_day = told_day;
    if (err == KB_OK) {
        err = planner_day_add(
            campaigns, &(struct office_day){.office = note->office,
                           .day = day,
                           .planned = note->people,
                           .invited = note->people});
    }
    return err == KB_OK ? planner_note_put(campaigns, note) : err;
}

static enum kb_err find_invitation(struct campaigns *campaigns,
    const char *phone, struct campaign_note *note, struct campaign_row *row)
{
    int64_t message_id = 0;
    enum kb_err err = planner_told_last(campaigns, phone, &message_id);

    if (err == KB_OK) {
        err = planner_note_get(campaigns, message_id, note);
    }
    if (err == KB_OK && note->place_day < today_of(campaigns)) {
        err = KB_NOT_FOUND;
    }
    return err == KB_OK
               ? campaign_store_by_id(campaigns, note->campaign_id, row)
               : err;
}

enum kb_err campaign_reschedule(
    struct campaigns *campaigns, const char *phone, struct campaign_slot *out)
{
    struct campaign_note note = {0};
    struct campaign_row row = {0};
    struct slot_search search = {.campaigns = campaigns, .note = &note};
    int32_t day = 0;
    enum kb_err err = find_invitation(campaigns, phone, &note, &row);

    if (err == KB_OK) {
        err = compose_office(campaigns, note.office, &search.office);
    }
    if (err == KB_OK) {
        err = compose_pace(campaigns, &search.office, &search.pace);
    }
    search.deadline_day = row.campaign.deadline_day;
    if (err == KB_OK) {
        err = find_day(&search, note.place_day, &day);
    }
    if (err == KB_OK) {
        err = move_slot(&search, &note, day);
    }
    if (err == KB_OK) {
        *out = (struct campaign_slot){.day = day};
        (void)snprintf(out->office, sizeof out->office, "%s", note.office);
        (void)snprintf(out->office_name, sizeof out->office_name, "%s",
            search.office.name);
    }
    return err;
}

/* --- what an outage causes --------------------------------------------- */

enum kb_err campaign_office_effect(struct campaigns *campaigns,
    const char *office, struct campaign_effect *out)
{
    static const char *const kinds[] = {"", "back"};
    struct campaign_row *rows = NULL;
    size_t count = 0;
    int64_t number = 0;
    int64_t people = 0;
    enum kb_err err = planner_placed_count(campaigns, office, &number);

    struct told_ask off = {.office = office, .kind = "down"};

    *out = (struct campaign_effect){.waiting = number};
    if (err == KB_OK) {
        err = planner_held_count(campaigns, office, &out->held);
    }
    if (err == KB_OK) {
        err = planner_told_count(campaigns, &off, &out->called_off);
    }
    for (size_t i = 0; i < 2 && err == KB_OK; i++) {
        struct told_ask ask = {.office = office,
            .kind = kinds[i],
            .from_day = today_of(campaigns)};

        err = planner_told_count(campaigns, &ask, &number);
        out->invited += number;
    }
    if (err == KB_OK) {
        err = campaign_store_active(campaigns, &rows, &count);
    }
    for (size_t i = 0; i < count && err == KB_OK; i++) {
        if (rows[i].state == PLAN_RUNNING) {
            err = planner_waits_sum(
                campaigns, rows[i].campaign.id, office, &number, &people);
            out->waiting += number;
        }
    }
    free(rows);
    return err;
}

/* Digits in groups of three. */
static void grouped(int64_t count, char separator, char *out, size_t bytes)
{
    char digits[24] = "";
    size_t used = 0;
    size_t length = (size_t)snprintf(
        digits, sizeof digits, "%lld", (long long)(count < 0 ? 0 : count));

    for (size_t i = 0; i < length && used + 2 < bytes; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            out[used++] = separator;
        }
        out[used++] = digits[i];
    }
    out[used] = '\0';
}

void campaign_count_text(int64_t count, char *out, size_t bytes)
{
    grouped(count, '.', out, bytes);
}

void campaign_effect_text(
    const struct campaign_effect *effect, bool works, char *out, size_t bytes)
{
    char first[24] = "";
    char second[24] = "";

    grouped(works ? effect->held : effect->waiting + effect->held, ',', first,
        sizeof first);
    grouped(works ? effect->called_off : effect->invited, ',', second,
        sizeof second);
    (void)snprintf(out, bytes,
        works ? "%s invitations released in pace, %s called off invited again"
              : "%s invitations held, %s called off",
        first, second);
}
