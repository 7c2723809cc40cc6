// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign/pace.h"

#include "base/clock.h"

/* As many invitations as the configured rate weighs against what was seen. */
#define PRIOR 100

/* A configuration made by hand, as tests do, may leave the rate open. */
#define SHOW_RATE_DEFAULT 30

#define AT_ONCE 10

/* Longer than any row of days on which an office is shut. */
#define LOOK_DAYS 30

int pace_capacity(const struct pace_office *office)
{
    if (!office->works) {
        return 0;
    }
    if (office->capacity <= 0) {
        return PACE_NO_BOUND;
    }
    return office->degraded ? (office->capacity + 1) / 2 : office->capacity;
}

int pace_places(const struct pace_office *office)
{
    int capacity = pace_capacity(office);

    if (capacity <= 0) {
        return capacity;
    }
    return (int)((int64_t)capacity * 1000 / office->show_permille);
}

int pace_places_by(int places, int hours_done, int hours)
{
    int by_now = 0;

    if (places <= 0 || hours <= 0 || hours_done >= hours) {
        return places;
    }
    by_now = (int)(((int64_t)places * hours_done + hours - 1) / hours);
    if (by_now < AT_ONCE) {
        by_now = AT_ONCE;
    }
    return by_now < places ? by_now : places;
}

bool pace_fits(int places, int taken, int people)
{
    if (places == PACE_NO_BOUND) {
        return true;
    }
    return places > 0 &&
           (taken + people <= places || (people > places && taken == 0));
}

bool pace_serves(
    const struct pace_office *office, const struct config *config, int32_t day)
{
    return (office->days >> (unsigned)civil_of_day(day).weekday & 1U) != 0 &&
           !config_holiday(config, day);
}

int32_t pace_visit_day(const struct pace_office *office,
    const struct config *config, int32_t today, int32_t deadline_day)
{
    for (int32_t day = today + 1;
         day <= deadline_day && day <= today + LOOK_DAYS; day++) {
        if (pace_serves(office, config, day)) {
            return day;
        }
    }
    return today <= deadline_day && pace_serves(office, config, today) ? today
                                                                       : 0;
}

int pace_days_left(const struct pace_office *office,
    const struct config *config, int32_t today, int32_t deadline_day)
{
    int days = 0;

    for (int32_t day = today + 1; day <= deadline_day; day++) {
        days += pace_serves(office, config, day) ? 1 : 0;
    }
    return days;
}

int64_t pace_slot_ms(
    int taken, int places, int64_t now_ms, int64_t opens_ms, int64_t closes_ms)
{
    int64_t slot_ms = 0;

    if (taken < AT_ONCE || places <= 0 || closes_ms <= opens_ms) {
        return now_ms;
    }
    slot_ms = opens_ms + (closes_ms - opens_ms) * (taken % places) / places;
    return slot_ms > now_ms ? slot_ms : now_ms;
}

int pace_show_permille(
    const struct config *config, const struct pace_history *history)
{
    int expected = 10 * (config->plan_show_rate > 0 ? config->plan_show_rate
                                                    : SHOW_RATE_DEFAULT);
    int64_t seen = 0;

    if (config->plan_learn_after <= 0 ||
        history->invited < config->plan_learn_after) {
        return expected;
    }
    seen = ((int64_t)expected * PRIOR + history->came * 1000) /
           (PRIOR + history->invited);
    if (seen < 1) {
        return 1;
    }
    return seen > 1000 ? 1000 : (int)seen;
}
