// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_CAMPAIGN_PLAN_H
#define KABARI_CAMPAIGN_PLAN_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The planner: pure functions from the clock, a campaign and what is known of
 * a phone to a decision with its cause. No store, no clock, no allocation.
 * Days are day numbers (base/clock.h).
 */

/** draft → scheduled → running ⇄ paused → done | cancelled */
enum plan_state {
    PLAN_DRAFT,
    PLAN_SCHEDULED,
    PLAN_RUNNING,
    PLAN_PAUSED,
    PLAN_DONE,
    PLAN_CANCELLED
};

/** The word in the store; an unknown word reads as PLAN_CANCELLED, so that
 *  nothing is sent for it. */
const char *plan_state_name(enum plan_state state);
enum plan_state plan_state_of(const char *name);

enum plan_action {
    PLAN_START,
    PLAN_PAUSE,
    PLAN_RESUME,
    PLAN_CANCEL
};

/**
 * What a staff member's action makes of a campaign.
 *
 * @return KB_OK with the next state (start gives PLAN_RUNNING; whether it is
 *         scheduled first is for the caller); KB_REFUSED with a sentence.
 */
KB_MUST_USE enum kb_err plan_act(enum plan_state state, enum plan_action action,
    enum plan_state *out, struct why *why);

/* --- steps ------------------------------------------------------------- */

#define PLAN_STEPS_MOST    16
#define PLAN_STEPS_DEFAULT "30,14,7,3,1"

/** Days before the deadline on which people are told, descending. */
struct plan_steps {
    int day[PLAN_STEPS_MOST];
    size_t count;
};

/** Reads "30,14,7": whole numbers 0..365, descending, each once. */
KB_MUST_USE enum kb_err plan_steps_parse(
    const char *text, struct plan_steps *out, struct why *why);

/** The latest step whose day has come; -1 while none has. */
int plan_step_now(
    const struct plan_steps *steps, int32_t deadline_day, int32_t today);

/** The day from which that step counts. */
int32_t plan_step_day(int32_t deadline_day, int step);

/* --- whom and what ----------------------------------------------------- */

/** The SQL list of resident states that a template is for: those with a printed
 *  card to fetch (card_ready…), those whose card waits to be printed
 *  (card_wait), else those not recorded. One address per purpose. */
const char *plan_states_for(const char *template_name);

/** Whether it tells people not to come before blank cards are there: of an
 *  office's print queue only those whom its stock does not reach. */
bool plan_waits_for_stock(const char *template_name);

/** Whether that template is for a resident in that state. */
bool plan_is_for(const char *template_name, const char *resident_state);

/**
 * The template of one message: the last step of remind_first is remind_last,
 * and a card that was announced before is card_ready_again.
 *
 * @param again  whether this campaign has told the phone before.
 */
const char *plan_template(const char *template_name,
    const struct plan_steps *steps, int step, bool again);

/** Left out for comparison; the same answer for the same pair for ever. */
bool plan_held_out(int64_t campaign_id, int64_t resident_id, int percent);

/** What makes one phone more urgent than another. */
struct plan_need {
    int32_t deadline_day;
    bool again;  /* told before by this campaign */
    bool failed; /* somebody on it came in vain once */
    bool back;   /* was told not to come, and may come now */
};

/** Smaller goes first: fewer days left, then who was sent away, then those
 *  never told, then those who came in vain. Few values, for the queue seeks by
 *  urgency. */
int plan_urgency(const struct plan_need *need);

/** By how much the urgency changes for a day that the deadline moves. */
#define PLAN_URGENCY_DAY 8

/** Before all urgencies: corrections. */
#define PLAN_URGENCY_FIRST 0

/** A resident on a phone, as the choice of an office sees it. */
struct plan_member {
    const char *office;
    bool works; /* the office is up or degraded */
};

/**
 * Whose office a merged message names: the most frequent among the offices
 * that work, else the most frequent; the first one at a tie.
 *
 * @return an index into members; 0 for none.
 */
size_t plan_office(const struct plan_member *members, size_t count);

/* --- may it go now? ---------------------------------------------------- */

enum plan_outage {
    PLAN_HOLD_BACK,
    PLAN_REDIRECT,
    PLAN_INFORM
};
/** A campaign that says that an office is down is not held because it is. */
enum plan_outage plan_outage_of(const char *name, const char *template_name);

enum plan_verdict {
    PLAN_SEND,
    PLAN_HOLD,
    PLAN_LATER, /* not before next_at_ms */
    PLAN_DROP,
    PLAN_EXPIRE
};

/** Why; PLAN_FINE goes with PLAN_SEND only. */
enum plan_cause {
    PLAN_FINE,
    PLAN_NOT_STARTED,
    PLAN_WAS_CANCELLED,
    PLAN_OVER,
    PLAN_STOPPED,
    PLAN_NOBODY,
    PLAN_IS_PAUSED,
    PLAN_BEFORE_STEPS,
    PLAN_TOLD_TODAY,
    PLAN_OFFICE_DOWN,
    PLAN_PACE_USED,
    PLAN_NO_PLACE,    /* the office's days are full */
    PLAN_WEEK_FULL,   /* told often enough these 7 days */
    PLAN_WORKS_AGAIN, /* a call-off that is not needed any more */
    PLAN_CORRECTED,   /* the phone heard of it today */
    PLAN_WINDOW_SHUT,
    PLAN_NO_DAY_LEFT,
    PLAN_NO_TEXT /* for callers: the text cannot be filled in */
};

/** Which text goes out. */
enum plan_text {
    PLAN_TEXT_OWN,
    PLAN_TEXT_REDIRECT,
    PLAN_TEXT_DOWN,
    PLAN_TEXT_MOVED,
    PLAN_TEXT_BACK
};

/** What a message is for; corrections pass what holds invitations. */
enum plan_kind {
    PLAN_INVITES,
    PLAN_CALLS_OFF, /* do not come: the office is down */
    PLAN_MOVED,     /* there is another deadline */
    PLAN_BACK       /* come after all */
};
/** As the store has it; what is unknown invites. */
enum plan_kind plan_kind_of(const char *kind);
const char *plan_kind_name(enum plan_kind kind);

/** Everything that decides about one message to one phone. */
struct plan_facts {
    enum plan_kind kind;
    enum plan_state state;
    int32_t today;
    int32_t deadline_day;
    int64_t deadline_end_ms; /* the end of the deadline's day */
    int step;                /* plan_step_now() */
    int64_t step_at_ms;      /* the first step's instant, where step is -1 */
    bool stopped;            /* the phone's holder wants no reminders */
    size_t pending;          /* residents that this message would name */
    bool told_today;         /* by another message */
    bool office_works;       /* of any of them */
    bool other_office;       /* a fallback that works */
    enum plan_outage outage;
    bool pace_used;         /* the campaign's own ceiling for the office */
    bool no_place;          /* the office can take no more */
    bool corrected;         /* by another message, today, for the same cause */
    int64_t week_at_ms;     /* 0: not told too often; else when it may go */
    int64_t next_day_at_ms; /* when sending opens on a later day */
    int64_t window_at_ms;   /* 0: sending is open now; else when it opens */
};

struct plan_decision {
    enum plan_verdict verdict;
    enum plan_cause cause;
    enum plan_text text;
    int64_t next_at_ms; /* with PLAN_LATER and PLAN_PACE_USED */
};

/** The first rule that has something against it decides; none: PLAN_SEND. */
struct plan_decision plan_decide(const struct plan_facts *facts);

#endif
