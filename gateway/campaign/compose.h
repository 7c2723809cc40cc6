// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_CAMPAIGN_COMPOSE_H
#define KABARI_CAMPAIGN_COMPOSE_H

#include "campaign/audience.h"
#include "campaign/campaign_internal.h"

/*
 * One phone at one moment: who on it would be told, by which office, whether
 * now, and in which words. The planner asks before it queues, the gate before
 * it lets go, the preview and the explanations ask the same.
 */

struct compose_ask {
    const struct campaign_row *row;
    struct audience_ask audience; /* holdout is filled in here */
    int64_t now_ms;

    enum {
        COMPOSE_TO_PLAN, /* the window and the pace are for the gate */
        COMPOSE_TO_SEND
    } purpose;
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
};

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
