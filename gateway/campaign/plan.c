// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign/plan.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>

#define STEP_LAST_DAY 365

/* --- states ------------------------------------------------------------ */

static const char *const state_names[] = {
    [PLAN_DRAFT] = "draft",
    [PLAN_SCHEDULED] = "scheduled",
    [PLAN_RUNNING] = "running",
    [PLAN_PAUSED] = "paused",
    [PLAN_DONE] = "done",
    [PLAN_CANCELLED] = "cancelled",
};

const char *plan_state_name(enum plan_state state)
{
    return state_names[state];
}

enum plan_state plan_state_of(const char *name)
{
    for (int i = PLAN_DRAFT; i <= PLAN_CANCELLED; i++) {
        if (strcmp(state_names[i], name) == 0) {
            return (enum plan_state)i;
        }
    }
    return PLAN_CANCELLED;
}

static const struct {
    unsigned from; /* a bit per state */
    enum plan_state to;
    const char *refusal; /* what may be done instead */
} actions[] = {
    [PLAN_START] = {1U << PLAN_DRAFT,                                                PLAN_RUNNING,
                    "only a draft can be started; a paused campaign is resumed"                                                              },
    [PLAN_PAUSE] = {1U << PLAN_RUNNING,                                              PLAN_PAUSED,
                    "only a running campaign can be paused"                                                                                  },
    [PLAN_RESUME] = {1U << PLAN_PAUSED,                                               PLAN_RUNNING,
                    "only a paused campaign can be resumed"                                                                                  },
    [PLAN_CANCEL] = {1U << PLAN_DRAFT | 1U << PLAN_SCHEDULED |
                         1U << PLAN_RUNNING | 1U << PLAN_PAUSED,
                    PLAN_CANCELLED,                                                                "it has ended; there is nothing to cancel"},
};

enum kb_err plan_act(enum plan_state state, enum plan_action action,
    enum plan_state *out, struct why *why)
{
    if ((actions[action].from & 1U << state) == 0) {
        why_field(why, "state");
        why_set(why, "the campaign is %s: %s", plan_state_name(state),
            actions[action].refusal);
        return KB_REFUSED;
    }
    *out = actions[action].to;
    return KB_OK;
}

/* --- steps ------------------------------------------------------------- */

static enum kb_err refuse_steps(struct why *why)
{
    why_field(why, "steps");
    why_set(why,
        "steps are up to %d whole numbers of days before the deadline, 0 to "
        "%d, descending, such as " PLAN_STEPS_DEFAULT,
        PLAN_STEPS_MOST, STEP_LAST_DAY);
    return KB_INVALID;
}

enum kb_err plan_steps_parse(
    const char *text, struct plan_steps *out, struct why *why)
{
    struct plan_steps steps = {0};
    char copy[128] = "";
    char *rest = copy;
    char *word = NULL;

    if (str_copy(copy, sizeof copy, text) != KB_OK) {
        return refuse_steps(why);
    }
    while ((word = strsep(&rest, ",")) != NULL) {
        int64_t day = 0;

        if (steps.count == PLAN_STEPS_MOST ||
            str_int(str_trim(word), 0, STEP_LAST_DAY, &day) != KB_OK) {
            return refuse_steps(why);
        }
        if (steps.count > 0 && day >= steps.day[steps.count - 1]) {
            return refuse_steps(why);
        }
        steps.day[steps.count++] = (int)day;
    }
    *out = steps;
    return KB_OK;
}

int32_t plan_step_day(int32_t deadline_day, int step)
{
    return deadline_day - step;
}

int plan_step_now(
    const struct plan_steps *steps, int32_t deadline_day, int32_t today)
{
    int now = -1;

    for (size_t i = 0; i < steps->count; i++) {
        if (plan_step_day(deadline_day, steps->day[i]) <= today) {
            now = steps->day[i];
        }
    }
    return now;
}

/* --- whom and what ----------------------------------------------------- */

static const char to_record[] = "'unrecorded', 'failed'";
static const char to_fetch[] = "'printed'";
static const char to_wait[] = "'print_ready'";

static const struct {
    const char *template_name;
    const char *states;
} purposes[] = {
    {"card_ready",       to_fetch},
    {"card_ready_again", to_fetch},
    {"card_wait",        to_wait },
};

const char *plan_states_for(const char *template_name)
{
    for (size_t i = 0; i < sizeof purposes / sizeof *purposes; i++) {
        if (strcmp(purposes[i].template_name, template_name) == 0) {
            return purposes[i].states;
        }
    }
    return to_record;
}

bool plan_waits_for_stock(const char *template_name)
{
    return plan_states_for(template_name) == to_wait;
}

bool plan_is_for(const char *template_name, const char *resident_state)
{
    char quoted[32] = "";

    (void)snprintf(quoted, sizeof quoted, "'%s'", resident_state);
    return strstr(plan_states_for(template_name), quoted) != NULL;
}

const char *plan_template(const char *template_name,
    const struct plan_steps *steps, int step, bool again)
{
    bool last = steps->count > 0 && step == steps->day[steps->count - 1];

    if (last && strcmp(template_name, "remind_first") == 0) {
        return "remind_last";
    }
    if (again && strcmp(template_name, "card_ready") == 0) {
        return "card_ready_again";
    }
    return template_name;
}

bool plan_held_out(int64_t campaign_id, int64_t resident_id, int percent)
{
    /* Mixed as splitmix64's finaliser does (Steele, Lea, Flood 2014), so that
       neighbouring ids fall on both sides. */
    uint64_t x =
        (uint64_t)campaign_id * 0x9E3779B97F4A7C15U + (uint64_t)resident_id;

    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    x ^= x >> 31;
    return percent > 0 && x % 100 < (uint64_t)percent;
}

int plan_urgency(const struct plan_need *need)
{
    int order = need->failed ? 0 : 1;

    if (need->back) {
        order += 0;
    } else {
        order += need->again ? 4 : 2;
    }
    return PLAN_URGENCY_DAY * need->deadline_day + order;
}

static size_t people_at(
    const struct plan_member *members, size_t count, const char *office)
{
    size_t people = 0;

    for (size_t i = 0; i < count; i++) {
        people += strcmp(members[i].office, office) == 0 ? 1U : 0U;
    }
    return people;
}

size_t plan_office(const struct plan_member *members, size_t count)
{
    size_t best = 0;
    size_t best_score = 0;

    for (size_t i = 0; i < count; i++) {
        size_t score = people_at(members, count, members[i].office) +
                       (members[i].works ? count : 0);

        if (score > best_score) {
            best = i;
            best_score = score;
        }
    }
    return best;
}

/* --- may it go now? ---------------------------------------------------- */

static const char *const kinds[] = {
    [PLAN_INVITES] = "",
    [PLAN_CALLS_OFF] = "down",
    [PLAN_MOVED] = "moved",
    [PLAN_BACK] = "back",
};

enum plan_kind plan_kind_of(const char *kind)
{
    for (int i = PLAN_CALLS_OFF; i <= PLAN_BACK; i++) {
        if (strcmp(kinds[i], kind) == 0) {
            return (enum plan_kind)i;
        }
    }
    return PLAN_INVITES;
}

const char *plan_kind_name(enum plan_kind kind)
{
    return kinds[kind];
}

enum plan_outage plan_outage_of(const char *name, const char *template_name)
{
    if (strcmp(template_name, "office_down") == 0) {
        return PLAN_INFORM;
    }
    if (strcmp(name, "redirect") == 0) {
        return PLAN_REDIRECT;
    }
    return strcmp(name, "inform") == 0 ? PLAN_INFORM : PLAN_HOLD_BACK;
}

static struct plan_decision decided(
    enum plan_verdict verdict, enum plan_cause cause)
{
    return (struct plan_decision){.verdict = verdict, .cause = cause};
}

/* A day after the deadline is no day. */
static struct plan_decision later(
    const struct plan_facts *facts, enum plan_cause cause, int64_t at_ms)
{
    struct plan_decision decision = decided(PLAN_LATER, cause);

    if (at_ms >= facts->deadline_end_ms) {
        return decided(PLAN_EXPIRE, PLAN_NO_DAY_LEFT);
    }
    decision.next_at_ms = at_ms;
    return decision;
}

static const struct {
    enum plan_verdict verdict;
    enum plan_cause cause;
} by_state[] = {
    [PLAN_DRAFT] = {PLAN_HOLD,   PLAN_NOT_STARTED  },
    [PLAN_SCHEDULED] = {PLAN_HOLD,   PLAN_NOT_STARTED  },
    [PLAN_RUNNING] = {PLAN_SEND,   PLAN_FINE         },
    [PLAN_PAUSED] = {PLAN_HOLD,   PLAN_IS_PAUSED    },
    [PLAN_DONE] = {PLAN_EXPIRE, PLAN_OVER         },
    [PLAN_CANCELLED] = {PLAN_DROP,   PLAN_WAS_CANCELLED},
};

/* What ends a message for good comes before what only delays it. */
static struct plan_decision decide_for_good(const struct plan_facts *facts)
{
    if (facts->state == PLAN_DONE || facts->state == PLAN_CANCELLED) {
        return decided(
            by_state[facts->state].verdict, by_state[facts->state].cause);
    }
    if (facts->today > facts->deadline_day) {
        return decided(PLAN_EXPIRE, PLAN_OVER);
    }
    if (facts->stopped) {
        return decided(PLAN_DROP, PLAN_STOPPED);
    }
    if (facts->pending == 0) {
        return decided(PLAN_DROP, PLAN_NOBODY);
    }
    return decided(
        by_state[facts->state].verdict, by_state[facts->state].cause);
}

static struct plan_decision decide_outage(const struct plan_facts *facts)
{
    struct plan_decision decision = decided(PLAN_SEND, PLAN_FINE);

    if (facts->office_works) {
        decision.text =
            facts->kind == PLAN_BACK ? PLAN_TEXT_BACK : PLAN_TEXT_OWN;
        return decision;
    }
    if (facts->outage == PLAN_HOLD_BACK || !facts->other_office) {
        return decided(PLAN_HOLD, PLAN_OFFICE_DOWN);
    }
    decision.text =
        facts->outage == PLAN_REDIRECT ? PLAN_TEXT_REDIRECT : PLAN_TEXT_DOWN;
    return decision;
}

/* A correction mends what was said: neither step nor place nor another message
   of the day is in its way. */
static struct plan_decision decide_correction(const struct plan_facts *facts)
{
    struct plan_decision decision = decided(PLAN_SEND, PLAN_FINE);

    if (facts->corrected) {
        return decided(PLAN_DROP, PLAN_CORRECTED);
    }
    if (facts->kind == PLAN_CALLS_OFF && facts->office_works) {
        return decided(PLAN_DROP, PLAN_WORKS_AGAIN);
    }
    if (facts->window_at_ms != 0) {
        return later(facts, PLAN_WINDOW_SHUT, facts->window_at_ms);
    }
    decision.text =
        facts->kind == PLAN_CALLS_OFF ? PLAN_TEXT_DOWN : PLAN_TEXT_MOVED;
    return decision;
}

/* What only delays an invitation. */
static struct plan_decision decide_delay(
    const struct plan_facts *facts, struct plan_decision decision)
{
    if (facts->told_today) {
        return later(facts, PLAN_TOLD_TODAY, facts->next_day_at_ms);
    }
    if (facts->week_at_ms != 0) {
        return later(facts, PLAN_WEEK_FULL, facts->week_at_ms);
    }
    if (facts->no_place && decision.text != PLAN_TEXT_DOWN) {
        return decided(PLAN_HOLD, PLAN_NO_PLACE);
    }
    if (facts->pace_used) {
        decision = later(facts, PLAN_PACE_USED, facts->next_day_at_ms);
        decision.verdict =
            decision.verdict == PLAN_LATER ? PLAN_HOLD : decision.verdict;
        return decision;
    }
    if (facts->window_at_ms != 0) {
        return later(facts, PLAN_WINDOW_SHUT, facts->window_at_ms);
    }
    return decision;
}

struct plan_decision plan_decide(const struct plan_facts *facts)
{
    struct plan_decision decision = decide_for_good(facts);

    if (decision.verdict != PLAN_SEND) {
        return decision;
    }
    if (facts->kind == PLAN_CALLS_OFF || facts->kind == PLAN_MOVED) {
        return decide_correction(facts);
    }
    if (facts->step < 0) {
        return later(facts, PLAN_BEFORE_STEPS, facts->step_at_ms);
    }
    decision = decide_outage(facts);
    if (decision.verdict != PLAN_SEND) {
        return decision;
    }
    return decide_delay(facts, decision);
}
