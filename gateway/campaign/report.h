// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_CAMPAIGN_REPORT_H
#define KABARI_CAMPAIGN_REPORT_H

#include "base/buf.h"
#include "base/err.h"
#include "campaign/campaign.h"
#include "registry/registry.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What became of a campaign's residents: told, delivered, answered, came after
 * being told, against those held out for comparison. These read the whole list
 * at once (some 0.3 s for 27,711), so ask on a connection of your own in
 * another thread. They only read.
 */

struct campaigns;

/** Residents; delivered: by at least one report; answered: any text came from
 *  the phone after it was told; came: recorded, or the card fetched, after
 *  being told. */
struct report_people {
    int64_t audience;
    int64_t no_phone;
    int64_t told;
    int64_t delivered;
    int64_t answered;
    int64_t came;
};

struct report_office {
    char code[32];
    char name[64];
    struct report_people people;
};

/** Of one step: who was told in it, so that one resident may count in
 *  several; came: after that step's message and no later one. */
struct report_step {
    int step; /* days before the deadline */
    struct report_people people;
};

struct report_failure {
    char reason[160];
    int64_t messages;
};

#define REPORT_STEPS_MOST    64
#define REPORT_FAILURES_MOST 20

struct campaign_people {
    struct report_people all;
    int64_t held_out;      /* residents left out for comparison */
    int64_t held_out_came; /* of these, without having been told */
    struct report_office *office;
    size_t office_count; /* code "" last: residents without one */
    struct report_step step[REPORT_STEPS_MOST];
    size_t step_count; /* the earliest first */
    int64_t opt_outs;  /* phones that were told and then said STOP */
    struct report_failure failure[REPORT_FAILURES_MOST];
    size_t failure_count; /* the most frequent first */
};

/** KB_OK (campaign_people_clear()), KB_NOT_FOUND, KB_DB. */
KB_MUST_USE enum kb_err campaign_people(
    struct campaigns *campaigns, const char *name, struct campaign_people *out);
void campaign_people_clear(struct campaign_people *people);

/** In tenths of a percent; -1 where nobody was. */
int report_permille(int64_t part, int64_t whole);

/** Sections "office", "step", "all", "holdout", "opt_outs" and "failure", a line
 *  each, under one header. */
void campaign_people_csv(const struct campaign_people *people, struct buf *out);

/** One day of a campaign: people, each counted as told on the day on which they
 *  first were, and as reminded on later ones. */
struct progress_day {
    int32_t day;
    int64_t told;
    int64_t reminded;
    int64_t delivered; /* of those told or reminded that day, by now */
    int64_t came;      /* recorded or collected that day, after being told */
};

/** The days on which something passed, the earliest first; free(*out).
 *  KB_OK, KB_NOT_FOUND (no such campaign), KB_DB. */
KB_MUST_USE enum kb_err campaign_progress(struct campaigns *campaigns,
    const char *name, struct progress_day **out, size_t *count);

/** In one plain line where a campaign stands, what of it waits for what, and
 *  what would change that; for `campaign show`. A few milliseconds. */
KB_MUST_USE enum kb_err campaign_stands(
    struct campaigns *campaigns, const char *name, char *out, size_t out_bytes);

/** The campaign's residents without a phone, by kecamatan, desa and name, for
 *  the village heads; as registry_export(). KB_INVALID (why) for an EXPR that
 *  is not understood; KB_REFUSED (why) where the kecamatan make its conditions
 *  too long. */
KB_MUST_USE enum kb_err campaign_no_phone(struct campaigns *campaigns,
    const struct campaign_people_ask *ask, registry_row_fn *fn, void *arg,
    struct why *why);

#endif
