// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define DEADLINE   17074 /* 2016-09-30 */
#define END_MS     1000000
#define TOMORROW   500000
#define WINDOW_MS  400000
#define STEP_AT_MS 300000

/* Everything speaks for sending. */
static struct plan_facts fine(void)
{
    return (struct plan_facts){
        .state = PLAN_RUNNING,
        .today = DEADLINE - 7,
        .deadline_day = DEADLINE,
        .deadline_end_ms = END_MS,
        .step = 7,
        .pending = 2,
        .office_works = true,
        .next_day_at_ms = TOMORROW,
    };
}

static void expect(const struct plan_facts *facts, enum plan_verdict verdict,
    enum plan_cause cause)
{
    struct plan_decision decision = plan_decide(facts);

    assert_int_equal(decision.verdict, verdict);
    assert_int_equal(decision.cause, cause);
}

static void with_nothing_against_it_a_message_goes(void **state)
{
    struct plan_facts facts = fine();

    (void)state;
    expect(&facts, PLAN_SEND, PLAN_FINE);
    assert_int_equal(plan_decide(&facts).text, PLAN_TEXT_OWN);
    facts.today = DEADLINE;
    expect(&facts, PLAN_SEND, PLAN_FINE);
}

static void a_campaigns_state_rules_its_messages(void **state)
{
    static const struct {
        enum plan_state state;
        enum plan_verdict verdict;
        enum plan_cause cause;
    } rows[] = {
        {PLAN_DRAFT,     PLAN_HOLD,   PLAN_NOT_STARTED  },
        {PLAN_SCHEDULED, PLAN_HOLD,   PLAN_NOT_STARTED  },
        {PLAN_PAUSED,    PLAN_HOLD,   PLAN_IS_PAUSED    },
        {PLAN_DONE,      PLAN_EXPIRE, PLAN_OVER         },
        {PLAN_CANCELLED, PLAN_DROP,   PLAN_WAS_CANCELLED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct plan_facts facts = fine();

        facts.state = rows[i].state;
        expect(&facts, rows[i].verdict, rows[i].cause);
    }
}

static void what_ends_a_message_comes_before_what_delays_it(void **state)
{
    struct plan_facts facts = fine();

    (void)state;
    facts.state = PLAN_PAUSED;
    facts.told_today = true;
    facts.pending = 0;
    expect(&facts, PLAN_DROP, PLAN_NOBODY);
    facts.stopped = true;
    expect(&facts, PLAN_DROP, PLAN_STOPPED);
    facts.today = DEADLINE + 1;
    expect(&facts, PLAN_EXPIRE, PLAN_OVER);
}

static void a_phone_told_today_waits_for_the_next_day(void **state)
{
    struct plan_facts facts = fine();

    (void)state;
    facts.told_today = true;
    expect(&facts, PLAN_LATER, PLAN_TOLD_TODAY);
    assert_int_equal(plan_decide(&facts).next_at_ms, TOMORROW);
}

static void no_day_after_the_deadline_is_waited_for(void **state)
{
    struct plan_facts facts = fine();

    (void)state;
    facts.told_today = true;
    facts.next_day_at_ms = END_MS;
    expect(&facts, PLAN_EXPIRE, PLAN_NO_DAY_LEFT);
    facts.next_day_at_ms = END_MS - 1;
    expect(&facts, PLAN_LATER, PLAN_TOLD_TODAY);
}

static void pace_window_and_first_step_are_waited_for(void **state)
{
    struct plan_facts facts = fine();

    (void)state;
    facts.window_at_ms = WINDOW_MS;
    expect(&facts, PLAN_LATER, PLAN_WINDOW_SHUT);
    assert_int_equal(plan_decide(&facts).next_at_ms, WINDOW_MS);
    facts.pace_used = true;
    expect(&facts, PLAN_HOLD, PLAN_PACE_USED);
    facts.step = -1;
    facts.step_at_ms = STEP_AT_MS;
    expect(&facts, PLAN_LATER, PLAN_BEFORE_STEPS);
    assert_int_equal(plan_decide(&facts).next_at_ms, STEP_AT_MS);
}

static void an_office_that_is_down_is_handled_by_the_policy(void **state)
{
    static const struct {
        enum plan_outage outage;
        bool other;
        enum plan_verdict verdict;
        enum plan_text text;
    } rows[] = {
        {PLAN_HOLD_BACK, true,  PLAN_HOLD, PLAN_TEXT_OWN     },
        {PLAN_REDIRECT,  true,  PLAN_SEND, PLAN_TEXT_REDIRECT},
        {PLAN_REDIRECT,  false, PLAN_HOLD, PLAN_TEXT_OWN     },
        {PLAN_INFORM,    true,  PLAN_SEND, PLAN_TEXT_DOWN    },
        {PLAN_INFORM,    false, PLAN_HOLD, PLAN_TEXT_OWN     },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct plan_facts facts = fine();
        struct plan_decision decision = {0};

        facts.office_works = false;
        facts.outage = rows[i].outage;
        facts.other_office = rows[i].other;
        decision = plan_decide(&facts);
        assert_int_equal(decision.verdict, rows[i].verdict);
        assert_int_equal(decision.text, rows[i].text);
    }
}

static void news_of_an_outage_is_not_held_by_it(void **state)
{
    (void)state;
    assert_int_equal(plan_outage_of("hold", "remind_first"), PLAN_HOLD_BACK);
    assert_int_equal(plan_outage_of("hold", "office_down"), PLAN_INFORM);
    assert_int_equal(plan_outage_of("redirect", "remind_first"), PLAN_REDIRECT);
    assert_int_equal(plan_outage_of("inform", "remind_first"), PLAN_INFORM);
}

static void the_latest_passed_step_counts(void **state)
{
    static const struct {
        int days_left;
        int step;
    } rows[] = {
        {31, -1},
        {30, 30},
        {29, 30},
        {14, 14},
        {8,  14},
        {7,  7 },
        {2,  3 },
        {1,  1 },
        {0,  1 },
    };
    struct plan_steps steps = {0};

    (void)state;
    assert_int_equal(plan_steps_parse(PLAN_STEPS_DEFAULT, &steps, NULL), KB_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(
            plan_step_now(&steps, DEADLINE, DEADLINE - rows[i].days_left),
            rows[i].step);
    }
}

static void steps_are_read_or_refused_with_a_sentence(void **state)
{
    static const char *const bad[] = {"", "7,7", "3,7", "366", "-1", "a", "7,",
        "17,16,15,14,13,12,11,10,9,8,7,6,5,4,3,2,1"};
    struct plan_steps steps = {0};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct why why = {0};

        assert_int_equal(plan_steps_parse(bad[i], &steps, &why), KB_INVALID);
        assert_string_equal(why.field, "steps");
        assert_non_null(strstr(why.text, "descending"));
    }
    assert_int_equal(plan_steps_parse("365, 0", &steps, NULL), KB_OK);
    assert_int_equal(steps.count, 2);
    assert_int_equal(steps.day[0], 365);
    assert_int_equal(steps.day[1], 0);
}

static void the_last_step_and_a_repeat_have_their_own_words(void **state)
{
    struct plan_steps steps = {
        .day = {7, 1},
          .count = 2
    };

    (void)state;
    assert_string_equal(
        plan_template("remind_first", &steps, 7, true), "remind_first");
    assert_string_equal(
        plan_template("remind_first", &steps, 1, false), "remind_last");
    assert_string_equal(
        plan_template("deadline_moved", &steps, 1, true), "deadline_moved");
    assert_string_equal(
        plan_template("card_ready", &steps, 1, false), "card_ready");
    assert_string_equal(
        plan_template("card_ready", &steps, 1, true), "card_ready_again");
}

static void a_template_is_for_certain_states(void **state)
{
    (void)state;
    assert_true(plan_is_for("remind_first", "unrecorded"));
    assert_true(plan_is_for("office_back", "failed"));
    assert_false(plan_is_for("remind_first", "processing"));
    assert_true(plan_is_for("card_ready", "printed"));
    assert_false(plan_is_for("card_ready", "print_ready"));
    assert_false(plan_is_for("card_ready_again", "unrecorded"));
}

static void the_holdout_is_a_share_and_stays_the_same(void **state)
{
    int out = 0;

    (void)state;
    for (int64_t id = 1; id <= 10000; id++) {
        bool once = plan_held_out(3, id, 10);

        assert_int_equal(once, plan_held_out(3, id, 10));
        assert_false(plan_held_out(3, id, 0));
        out += once ? 1 : 0;
    }
    assert_in_range(out, 900, 1100);
}

static void fewer_days_left_go_first_then_those_never_told(void **state)
{
    (void)state;
    /* From the most urgent on. */
    static const struct plan_need needs[] = {
        {100, false, true,  true },
        {100, false, false, true },
        {100, false, true,  false},
        {100, false, false, false},
        {100, true,  true,  false},
        {100, true,  false, false},
        {101, false, true,  true },
    };

    for (size_t i = 1; i < sizeof needs / sizeof *needs; i++) {
        assert_true(plan_urgency(&needs[i - 1]) < plan_urgency(&needs[i]));
    }
    assert_true(
        plan_urgency(&needs[5]) - plan_urgency(&needs[0]) < PLAN_URGENCY_DAY);
    assert_true(plan_urgency(&needs[0]) > PLAN_URGENCY_FIRST);
}

static void a_household_is_sent_to_the_office_of_most_that_works(void **state)
{
    struct plan_member members[] = {
        {"A", false},
        {"A", false},
        {"B", true },
        {"C", true },
        {"C", true },
    };

    (void)state;
    assert_int_equal(plan_office(members, 5), 3);
    assert_int_equal(plan_office(members, 3), 2);
    assert_int_equal(plan_office(members, 2), 0);
    assert_int_equal(plan_office(members, 0), 0);
}

static void actions_follow_the_state_diagram(void **state)
{
    static const struct {
        enum plan_state from;
        enum plan_action action;
        enum kb_err err;
        enum plan_state to;
    } rows[] = {
        {PLAN_DRAFT,     PLAN_START,  KB_OK,      PLAN_RUNNING  },
        {PLAN_RUNNING,   PLAN_START,  KB_REFUSED, PLAN_DRAFT    },
        {PLAN_RUNNING,   PLAN_PAUSE,  KB_OK,      PLAN_PAUSED   },
        {PLAN_PAUSED,    PLAN_PAUSE,  KB_REFUSED, PLAN_DRAFT    },
        {PLAN_PAUSED,    PLAN_RESUME, KB_OK,      PLAN_RUNNING  },
        {PLAN_DRAFT,     PLAN_RESUME, KB_REFUSED, PLAN_DRAFT    },
        {PLAN_SCHEDULED, PLAN_CANCEL, KB_OK,      PLAN_CANCELLED},
        {PLAN_DONE,      PLAN_CANCEL, KB_REFUSED, PLAN_DRAFT    },
        {PLAN_CANCELLED, PLAN_START,  KB_REFUSED, PLAN_DRAFT    },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum plan_state to = PLAN_DRAFT;
        struct why why = {0};

        assert_int_equal(
            plan_act(rows[i].from, rows[i].action, &to, &why), rows[i].err);
        assert_int_equal(to, rows[i].to);
        assert_int_equal(why.text[0] != '\0', rows[i].err != KB_OK);
    }
}

static void an_unknown_state_sends_nothing(void **state)
{
    (void)state;
    assert_int_equal(plan_state_of("no such"), PLAN_CANCELLED);
    assert_int_equal(plan_state_of("running"), PLAN_RUNNING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_nothing_against_it_a_message_goes),
        cmocka_unit_test(a_campaigns_state_rules_its_messages),
        cmocka_unit_test(what_ends_a_message_comes_before_what_delays_it),
        cmocka_unit_test(a_phone_told_today_waits_for_the_next_day),
        cmocka_unit_test(no_day_after_the_deadline_is_waited_for),
        cmocka_unit_test(pace_window_and_first_step_are_waited_for),
        cmocka_unit_test(an_office_that_is_down_is_handled_by_the_policy),
        cmocka_unit_test(news_of_an_outage_is_not_held_by_it),
        cmocka_unit_test(the_latest_passed_step_counts),
        cmocka_unit_test(steps_are_read_or_refused_with_a_sentence),
        cmocka_unit_test(the_last_step_and_a_repeat_have_their_own_words),
        cmocka_unit_test(a_template_is_for_certain_states),
        cmocka_unit_test(the_holdout_is_a_share_and_stays_the_same),
        cmocka_unit_test(fewer_days_left_go_first_then_those_never_told),
        cmocka_unit_test(a_household_is_sent_to_the_office_of_most_that_works),
        cmocka_unit_test(actions_follow_the_state_diagram),
        cmocka_unit_test(an_unknown_state_sends_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
