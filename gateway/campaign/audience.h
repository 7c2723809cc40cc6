// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_CAMPAIGN_AUDIENCE_H
#define KABARI_CAMPAIGN_AUDIENCE_H

#include "campaign/campaign_internal.h"

/*
 * Whom a campaign is for: residents whom its EXPRs give and who are pending
 * for what its template is about. Walked in bounded pages by resident id, or
 * asked phone by phone. Compiled statements are kept per campaign and day
 * (ages count from today).
 */

struct audience;

/** The audience as it is defined today; borrowed until the next call.
 *  KB_INVALID where an EXPR is not understood (why; may be NULL). */
KB_MUST_USE enum kb_err audience_of(struct campaigns *campaigns,
    const struct campaign *campaign, int32_t today, struct audience **out,
    struct why *why);

/** Leaves only people of those kecamatan (campaign_people_ask) in the audience
 *  of this copy of a campaign. NULL: all stay. KB_REFUSED (why) where its
 *  conditions would get too long. */
KB_MUST_USE enum kb_err campaign_narrow(
    struct campaign *campaign, const char *kecamatan, struct why *why);

/** Finalises what was compiled. */
void audience_forget_all(struct campaigns *campaigns);

/** One resident of a page. */
struct audience_entry {
    int64_t resident_id;
    char phone[PHONE_BYTES]; /* "" : none */
    bool listed;             /* already counted in campaign_row.audience */
};

#define AUDIENCE_PAGE 64

struct audience_page {
    struct audience_entry entry[AUDIENCE_PAGE];
    size_t count;
    int64_t upto; /* every id up to this one was looked at */
};

/**
 * The residents after an id that nobody has told since step_day: at most a
 * page, out of a bounded range of ids, so that it costs the same whatever the
 * registry holds.
 */
KB_MUST_USE enum kb_err audience_next(struct campaigns *campaigns,
    struct audience *audience, int64_t after, int32_t step_day,
    struct audience_page *out);

/** One resident as a forecast needs it. */
struct audience_case {
    int64_t resident_id;
    char phone[PHONE_BYTES]; /* "" : none */
    char office[32];
    bool failed;       /* came in vain once */
    int32_t told_day;  /* of the latest message; 0: not told */
    int32_t place_day; /* of a message that has not left; 0: none */
};

#define AUDIENCE_CASES 1024

/** All residents after an id: at most AUDIENCE_CASES, and every id up to
 *  `upto` was looked at. */
KB_MUST_USE enum kb_err audience_cases(struct campaigns *campaigns,
    struct audience *audience, int64_t after, struct audience_case *out,
    size_t *count, int64_t *upto);

/** Residents of the audience without a phone, by kecamatan, desa and name; as
 *  registry_export(). */
KB_MUST_USE enum kb_err audience_no_phone(struct campaigns *campaigns,
    const struct audience *audience, registry_row_fn *fn, void *arg);

enum audience_who {
    AUDIENCE_ALL,
    AUDIENCE_UNTOLD, /* not told on this phone since step_day */
    AUDIENCE_OF_MESSAGE
};

struct audience_ask {
    enum audience_who who;
    const char *phone;
    int32_t step_day;   /* AUDIENCE_UNTOLD */
    int64_t message_id; /* AUDIENCE_OF_MESSAGE */
    int holdout_percent;
};

/** The audience's residents on one phone, by id, into campaigns->people;
 *  those held out for comparison are left out. */
KB_MUST_USE enum kb_err audience_on_phone(struct campaigns *campaigns,
    struct audience *audience, const struct audience_ask *ask, size_t *count);

#endif
