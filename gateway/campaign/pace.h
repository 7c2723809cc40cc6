// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_CAMPAIGN_PACE_H
#define KABARI_CAMPAIGN_PACE_H

#include "config/config.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * How many an office can take, and when: pure functions, asked by the planner,
 * the gate, the preview and the forecast alike. A place is one resident invited
 * for one of the office's days; an invitation is for the first of its days
 * after the one on which it goes out.
 */

/** No bound: the office's capacity is not known. */
#define PACE_NO_BOUND (-1)

/** An office as its places depend on it. */
struct pace_office {
    int capacity; /* people a day; 0: not known */
    bool works;
    bool degraded;     /* half of the capacity */
    unsigned days;     /* on which it is open: bit 0 Monday */
    int show_permille; /* of those invited come; 1..1000 */
};

/** People that it can serve on one of its days; 0 while down or closed,
 *  PACE_NO_BOUND where it is not known. Degraded: half, rounded up. */
int pace_capacity(const struct pace_office *office);

/** Residents to invite for one of its days: capacity ÷ expected show rate. */
int pace_places(const struct pace_office *office);

/** How many of a day's places are given by the end of an hour of sending, so
 *  that they are spread over its hours; at least ten at once. hours 0: all. */
int pace_places_by(int places, int hours_done, int hours);

/** Whether so many people fit into a day with so many places of which some are
 *  taken. A household larger than a whole day takes an empty day, and what
 *  follows it. */
bool pace_fits(int places, int taken, int people);

/** Whether the office receives people on that day. */
bool pace_serves(
    const struct pace_office *office, const struct config *config, int32_t day);

/** The day for which whoever is told today is invited: the office's next day up
 *  to the deadline, else today itself; 0 where none is left. */
int32_t pace_visit_day(const struct pace_office *office,
    const struct config *config, int32_t today, int32_t deadline_day);

/** The office's days after today up to the deadline. */
int pace_days_left(const struct pace_office *office,
    const struct config *config, int32_t today, int32_t deadline_day);

/**
 * When the message for a place goes out, so that a day's invitations are spread
 * evenly over its sending hours; the first ten go at once, since so few are no
 * stampede.
 *
 * @param taken   places of the day taken before.
 * @param places  of the day; PACE_NO_BOUND spreads nothing.
 * @return an instant not before now_ms and before closes_ms.
 */
int64_t pace_slot_ms(
    int taken, int places, int64_t now_ms, int64_t opens_ms, int64_t closes_ms);

/** What is known of an office's guests. */
struct pace_history {
    int64_t invited; /* for days that a synced list covers */
    int64_t came;
};

/** The expected show rate: the configured one until enough were invited, then
 *  what was seen, drawn towards the configured one as by 100 invitations. */
int pace_show_permille(
    const struct config *config, const struct pace_history *history);

#endif
