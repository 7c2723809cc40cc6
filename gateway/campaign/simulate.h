// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_CAMPAIGN_SIMULATE_H
#define KABARI_CAMPAIGN_SIMULATE_H

#include "campaign/pace.h"
#include "campaign/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The planner played forward, day by day, with its own decisions (plan.h,
 * pace.h): pure, no store, no clock. Who comes is taken in shares (a phone
 * whose people come with 30 % has 70 % of its people left), so that there is
 * nothing to draw by lot and the same start always gives the same end.
 */

/** An office at the start. */
struct sim_office {
    struct pace_office pace;
    struct pace_office works; /* as it will be once it is back */
    int32_t back_day;         /* from then on `works`; INT32_MAX: not known */
    int other;                /* its fallback by index; -1: none */
};

/** A phone with the people of one office on it. */
struct sim_phone {
    int office;
    int people;
    bool failed;       /* somebody on it came in vain once */
    int32_t told_day;  /* 0: not yet */
    int32_t place_day; /* has its place already; 0: none */
};

struct sim_campaign {
    const struct config *config;
    const struct plan_steps *steps;
    int32_t deadline_day;
    int32_t today;
    int64_t now_ms;
    enum plan_outage outage;
    int pace; /* messages a day and office; 0: auto */
};

/** What the modems send in a day. */
struct sim_modems {
    int64_t by_time;  /* messages that the window has room for */
    int64_t by_quota; /* messages that the SIMs may send; INT64_MAX: no limit */
};

/** What held people up, most telling first at a tie. */
enum sim_cause {
    SIM_NOTHING,
    SIM_OUTAGE,
    SIM_CAPACITY,
    SIM_PACE,
    SIM_QUOTA,
    SIM_MODEMS,
    SIM_WINDOW,
    SIM_CAUSES
};

const char *sim_cause_name(enum sim_cause cause);

struct sim_office_result {
    int64_t told;       /* residents told at least once, those before too */
    double expected;    /* of the residents, to come by the deadline */
    int32_t finish_day; /* all were told; 0: never */
    enum sim_cause cause;
};

struct sim_day {
    int32_t day;
    int64_t told;     /* residents told for the first time */
    int64_t messages; /* of all steps */
    double expected;  /* guests at all offices */
    int64_t capacity; /* of all offices whose capacity is known */
};

/** One office on one day. */
struct sim_cell {
    int64_t told;    /* its residents told for the first time */
    double expected; /* guests */
    int capacity;    /* people that it serves; 0: none, or not known */
};

/** Where results go; arrays are borrowed until sim_free(). */
struct sim_out {
    struct sim_office_result *offices; /* office_count */
    struct sim_day *days;              /* sim_days(), or NULL */
    struct sim_cell *cells;            /* [office][day], or NULL */
};

/** The world; arrays are borrowed, `taken` [offices][days] may be NULL. */
struct sim {
    struct sim_campaign campaign;
    struct sim_modems modems;
    const struct sim_office *offices;
    size_t office_count;
    const struct sim_phone *phones; /* by office, then most urgent first */
    size_t phone_count;
    const int *taken; /* places taken for today + i at the start */
};

#define SIM_DAYS_MOST 400

/** Days from today to the deadline, both counted; at most SIM_DAYS_MOST. */
int sim_days(const struct sim_campaign *campaign);

/** Begins to play; sim is copied, its arrays are borrowed until sim_free().
 *  Results are complete once no day is left. */
struct sim_play;
struct sim_play *sim_new(const struct sim *sim, const struct sim_out *out);
/** Plays one day: some 0.5 ms for 20,000 phones. @return whether one is
 *  left. */
bool sim_step(struct sim_play *play);
void sim_free(struct sim_play *play);

#endif
