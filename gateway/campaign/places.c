// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign/compose.h"

#include <limits.h>

/*
 * Places: residents whom an office takes on one of its days, given to a message
 * and taken back.
 */

static enum kb_err plan_people(
    struct campaigns *campaigns, const struct place_change *change)
{
    struct office_day day = {
        .office = change->office->code, .day = change->day};
    int people = change->planned;
    int most = change->places > 0 ? change->places : INT_MAX;
    enum kb_err err = KB_OK;

    while (err == KB_OK && people != 0) {
        day.planned = people > most ? most : people;
        err = planner_day_add(campaigns, &day);
        people -= day.planned;
        day.day++;
    }
    return err;
}

/* Longer than any household takes. */
#define TELL_DAYS 60

/* Whoever is told uses up what was planned, day by day. */
static enum kb_err invite_people(
    struct campaigns *campaigns, const struct place_change *change)
{
    struct office_day day = {
        .office = change->office->code, .day = change->day};
    int people = change->invited;
    enum kb_err err = KB_OK;

    for (int i = 0; i < TELL_DAYS && err == KB_OK && people > 0; i++) {
        int left = 0;

        err = planner_day_get(campaigns, &day);
        left = day.planned - day.invited;
        left = left < people ? left : people;
        if (err == KB_OK && left > 0) {
            people -= left;
            err = planner_day_add(campaigns,
                &(struct office_day){
                    .office = day.office, .day = day.day, .invited = left});
        }
        day.day++;
    }
    return err;
}

enum kb_err places_change(
    struct campaigns *campaigns, const struct place_change *change)
{
    enum kb_err err = plan_people(campaigns, change);

    return err == KB_OK ? invite_people(campaigns, change) : err;
}

enum kb_err places_give_back(
    struct campaigns *campaigns, struct campaign_note *note, int32_t today)
{
    struct office_day day = {
        .office = note->office,
        .day = note->place_day,
        .planned = -note->people,
        .invited = note->told_day != 0 ? -note->people : 0,
    };
    enum kb_err err =
        note->place_day >= today ? planner_day_add(campaigns, &day) : KB_OK;

    note->place_day = 0;
    note->told_day = 0;
    return err;
}
