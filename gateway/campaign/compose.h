// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_CAMPAIGN_COMPOSE_H
#define KABARI_CAMPAIGN_COMPOSE_H

#include "campaign/audience.h"
#include "campaign/campaign_internal.h"
#include "campaign/pace.h"

/*
 * One phone at one moment: who on it would be told, by which office, whether
 * now, and in which words. The planner asks before it queues, the gate before
 * it lets go, the preview and the explanations ask the same.
 */

struct compose_ask {
    const struct campaign_row *row;
    struct audience_ask audience; /* holdout is filled in here */
    int64_t now_ms;
    const struct campaign_note *note; /* of a message that is there; NULL */

    enum {
        COMPOSE_TO_PLAN, /* window, pace and places are for later */
        COMPOSE_TO_SEND
    } purpose;
};

/** The place that a message takes at the office where it sends people. */
struct compose_place {
    int32_t day; /* for which it invites; 0: the office has none left */
    int places;  /* of that day; PACE_NO_BOUND */
    int planned; /* residents with a place on it */
    bool mine;   /* the message has its place there already */
};

struct composed {
    struct plan_facts facts;
    struct plan_decision decision;
    size_t count; /* residents, in campaigns->people */
    int32_t today;
    bool again;           /* this campaign told the phone before */
    bool mine_today;      /* the day's message is this one */
    struct office office; /* that the text names */
    struct office other;  /* its fallback that works; code "" : none */
    struct compose_place place;
    bool failed; /* somebody named came in vain once */
};

/** The office where the message sends people. */
const struct office *composed_target(const struct composed *composed);

/** Whether the people fit into the place's day. A household larger than a whole
 *  day takes an empty day, and what follows it. */
bool composed_fits(const struct composed *composed);

/** Whether it must wait for a place at all. */
bool composed_waits(
    const struct compose_ask *ask, const struct composed *composed);

/** As the outbox and the planner order messages. */
int composed_urgency(
    const struct compose_ask *ask, const struct composed *composed);

/** The office as its places depend on it. */
KB_MUST_USE enum kb_err compose_pace(struct campaigns *campaigns,
    const struct office *office, struct pace_office *out);

/** The office of that code; the site itself where there is none. */
KB_MUST_USE enum kb_err compose_office(
    struct campaigns *campaigns, const char *code, struct office *out);

/** Fills in where else its people may go, whether or not its office works. */
KB_MUST_USE enum kb_err compose_other(
    struct campaigns *campaigns, struct composed *composed);

/** Asks, to plan, of a message that is there; row and note are borrowed. A
 *  correction is for everybody pending on its phone. */
void compose_ask_of(const struct campaigns *campaigns,
    const struct campaign_row *row, const struct campaign_note *note,
    struct compose_ask *out);

/** Gathers the facts and decides. KB_INVALID where the audience cannot be
 *  read (an EXPR that a newer registry does not know). */
KB_MUST_USE enum kb_err compose_decide(struct campaigns *campaigns,
    const struct compose_ask *ask, struct composed *out);

/**
 * The text for what was decided, right after compose_decide(), whose people it
 * names.
 *
 * @param out  the text is added to it.
 * @return KB_OK; KB_INVALID where the template is gone or cannot be filled in
 *         (why says which).
 */
KB_MUST_USE enum kb_err compose_text(struct campaigns *campaigns,
    const struct compose_ask *ask, const struct composed *composed,
    struct buf *out, struct why *why);

/** The campaign's text with a made-up name, for the first office. */
KB_MUST_USE enum kb_err compose_sample(struct campaigns *campaigns,
    const struct campaign_row *row, struct buf *out, struct why *why);

/** One plain sentence of why it was decided so and what would change it. */
void compose_reason(const struct compose_ask *ask,
    const struct composed *composed, char *out, size_t out_bytes);

#endif
