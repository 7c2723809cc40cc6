// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_CAMPAIGN_FORECAST_H
#define KABARI_CAMPAIGN_FORECAST_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What will have become of a campaign by its deadline: the planner's own
 * decisions played forward day by day (simulate.h), once as things stand and
 * once for each thing that might be added. There is nothing to draw by lot, so
 * the same registry gives the same forecast. It only reads: a connection of its
 * own in another thread will do.
 */

struct campaigns;

/** What one more of something would change. */
enum forecast_change {
    FORECAST_MODEM, /* one more like the first, with its SIM */
    FORECAST_SIM,   /* 400 more messages a day by quota */
    FORECAST_HOUR,  /* one more hour of sending a day */
    FORECAST_TEAM,  /* a mobile team at the office: 50 people a day */
    FORECAST_CHANGES
};

/** "modem", "sim", "hour", "team". */
const char *forecast_change_name(enum forecast_change change);
/** "one more modem with its SIM". */
const char *forecast_change_label(enum forecast_change change);

/** More than without. */
struct forecast_more {
    int64_t told;
    int64_t expected;
    int64_t late; /* then: not more */
};

/** One day at one office, or at all of them. */
struct forecast_day {
    int32_t day;
    int64_t told;     /* residents told for the first time */
    int64_t messages; /* of all steps; of all offices only */
    int64_t expected; /* guests */
    int64_t capacity; /* people that are served; 0 also where not known */
};

/** What stands in the way. */
struct forecast_constraint {
    const char *kind; /* outage, capacity, pace, quota, modems, window, stock,
                         phone; "" : nothing */
    char text[200];   /* one sentence that says what would mend it */
};

struct forecast_office {
    char code[32]; /* "" : residents without an office */
    char name[64];
    char state[12];
    int32_t back_day; /* INT32_MIN: not known, or it works */
    int capacity;     /* people a day as things stand; -1: not known */
    int show_percent;
    int64_t needed;    /* residents */
    int64_t reachable; /* of these, on phones that may be told */
    int64_t no_phone;
    int64_t told;       /* of those reachable, by the deadline */
    int64_t late;       /* of those reachable, not: the red line */
    int64_t expected;   /* to come by the deadline */
    int32_t finish_day; /* all reachable are told; after the deadline: if that
                           were moved; 0: never as things stand */
    struct forecast_constraint constraint;
    int64_t print_queue; /* recorded, not printed */
    int blanks;
    struct forecast_more with[FORECAST_CHANGES];
    struct forecast_day *day; /* campaign_forecast.day_count of them */
};

struct campaign_forecast {
    char name[64];
    char state[12];
    int32_t today;
    int32_t deadline_day;
    struct forecast_office *office;
    size_t office_count;
    struct forecast_day *day; /* of all offices */
    size_t day_count;
    int64_t needed;
    int64_t reachable;
    int64_t no_phone;
    int64_t held_out;
    int64_t told;
    int64_t late;
    int64_t expected;
    int64_t messages;
    int32_t finish_day; /* as of an office; the last of them */
    struct forecast_constraint constraint;
    struct forecast_more with[FORECAST_CHANGES];
};

/**
 * Plays the campaign from now (a draft: from its start) to its deadline.
 * Offices that are down come back on their expected day, else never. Begin,
 * step until done, read the result, free (before campaigns_close()).
 *
 * @return KB_OK; KB_NOT_FOUND; KB_REFUSED (why) where the deadline is over.
 */
struct campaign_forecast_job;
KB_MUST_USE enum kb_err campaign_forecast_begin(struct campaigns *campaigns,
    const char *name, struct campaign_forecast_job **out, struct why *why);
/** Works for about budget_us. KB_INVALID (why) for an EXPR that is not
 *  understood. */
KB_MUST_USE enum kb_err campaign_forecast_step(
    struct campaign_forecast_job *job, int64_t budget_us, bool *done,
    struct why *why);
/** Borrowed; complete once done. */
const struct campaign_forecast *campaign_forecast_result(
    const struct campaign_forecast_job *job);
void campaign_forecast_free(struct campaign_forecast_job *job);

/** Says, office by office and over all, what binds and what would mend it:
 *  from numbers to words; called by the last step. */
void campaign_forecast_explain(struct campaign_forecast *forecast);

/** A line per office and day, and per day with office "*". */
void campaign_forecast_csv(
    const struct campaign_forecast *forecast, struct buf *out);

#endif
