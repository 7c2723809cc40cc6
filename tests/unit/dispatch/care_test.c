// SPDX-License-Identifier: GPL-2.0-or-later
/* The pure parts of a modem's care: pace, credit, identity, silence. */
#include "dispatch/credit.h"
#include "dispatch/identity.h"
#include "dispatch/pace.h"
#include "dispatch/silence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)

/* --- pace ---------------------------------------------------------------------- */

static void a_gap_is_never_shorter_and_longer_by_its_jitter(void **state)
{
    struct pace pace = {0};

    (void)state;
    assert_int_equal(pace_gap_ms(&pace, 4000, 20, 0), 4000);
    assert_int_equal(pace_gap_ms(&pace, 4000, 20, 999), 4800);
    assert_int_equal(pace_gap_ms(&pace, 4000, 0, 999), 4000);
    assert_int_equal(pace_gap_ms(&pace, 0, 20, 999), 0);
}

static void it_slows_down_when_pushed_back_and_recovers(void **state)
{
    struct pace pace = {0};

    (void)state;
    pace_pushed_back(&pace);
    pace_pushed_back(&pace);
    assert_int_equal(pace.slow_ms, 0); /* may be the numbers' own fault */
    pace_pushed_back(&pace);
    pace_pushed_back(&pace);
    assert_int_equal(pace_gap_ms(&pace, 0, 0, 0), 2000);
    for (int i = 0; i < 9; i++) {
        pace_taken(&pace);
    }
    assert_int_equal(pace.slow_ms, 2000);
    pace_taken(&pace);
    assert_int_equal(pace.slow_ms, 1500);
    for (int i = 0; i < 200; i++) {
        pace_taken(&pace);
    }
    assert_int_equal(pace.slow_ms, 0);
    for (int i = 0; i < 40; i++) {
        pace_pushed_back(&pace);
    }
    assert_int_equal(pace.slow_ms, 5 * MINUTE);
}

static void limits_keep_a_reserve_for_answers(void **state)
{
    struct pace_limits limits = {
        .hourly = 30, .daily = 100, .reserve = 10, .sent_hour = 19};

    (void)state;
    assert_int_equal(pace_bound_of(&limits), PACE_FREE);
    limits.sent_hour = 20;
    assert_int_equal(pace_bound_of(&limits), PACE_HOUR);
    limits.sent_day = 90;
    assert_int_equal(pace_bound_of(&limits), PACE_DAY);
    limits.daily = 0;
    limits.hourly = 0;
    assert_int_equal(pace_bound_of(&limits), PACE_FREE);
}

/* --- credit -------------------------------------------------------------------- */

static void credit_runs_out_as_it_is_spent_whatever_was_topped_up(void **state)
{
    struct credit_trend trend = {0};

    (void)state;
    credit_trend_add(&trend, HOUR, 10000);
    assert_int_equal(credit_empty_at_ms(&trend), 0);
    credit_trend_add(&trend, 6 * HOUR, 5000);
    credit_trend_add(&trend, 7 * HOUR, 25000);
    credit_trend_add(&trend, 11 * HOUR, 20000);
    /* 10,000 in ten hours: 20,000 last twenty hours more */
    assert_int_equal(credit_empty_at_ms(&trend), 31 * HOUR);
}

static void reminders_stop_before_answers_do(void **state)
{
    (void)state;
    assert_int_equal(credit_bound_of(false, 0, 1000, 500), CREDIT_FREE);
    assert_int_equal(credit_bound_of(true, 1000, 1000, 500), CREDIT_FREE);
    assert_int_equal(credit_bound_of(true, 999, 1000, 500), CREDIT_STOP);
    assert_int_equal(credit_bound_of(true, 499, 1000, 500), CREDIT_GONE);
    assert_int_equal(credit_bound_of(true, 0, 0, 0), CREDIT_FREE);
}

static void credit_is_asked_for_by_the_hour_and_by_the_message(void **state)
{
    struct credit_ask ask = {.now_ms = HOUR,
        .next_at_ms = 6 * HOUR,
        .every_ms = 6 * HOUR,
        .sent_since = 99,
        .after = 100};

    (void)state;
    assert_false(credit_ask_now(&ask));
    ask.sent_since = 100;
    assert_true(credit_ask_now(&ask));
    ask.after = 0;
    assert_false(credit_ask_now(&ask));
    ask.now_ms = 6 * HOUR;
    assert_true(credit_ask_now(&ask));
    ask.now_ms = -HOUR; /* the clock was set back */
    assert_true(credit_ask_now(&ask));
}

/* --- identity ------------------------------------------------------------------- */

static const struct identity_case known = {.name = "m1",
    .imei = "353150900000019",
    .imsi = "510109000000001",
    .seen_imei = "353150900000019",
    .seen_imsi = "510109000000001",
    .iccid = "",
    .seen_iccid = "",
    .config_imsi = "",
    .owner = "",
    .twin = ""};

static enum identity_verdict judge(const struct identity_case *it, char *why)
{
    return identity_judge(it, why, 160);
}

static void a_card_is_known_by_its_number_where_no_imsi_is_told(void **state)
{
    struct identity_case it = known;
    char why[160];

    (void)state;
    it.imsi = "";
    it.iccid = "8962100000000000017";
    assert_int_equal(judge(&it, why), IDENTITY_SAME); /* not known before */
    it.seen_iccid = it.iccid;
    assert_int_equal(judge(&it, why), IDENTITY_SAME);
    it.iccid = "8962100000000000025";
    assert_int_equal(judge(&it, why), IDENTITY_OTHER);
    assert_non_null(strstr(why, "0025"));
    assert_non_null(strstr(why, "0017"));
    it.seen_imsi = "";
    it.seen_iccid = "";
    assert_int_equal(judge(&it, why), IDENTITY_FIRST);
    it.owner = "m2";
    assert_int_equal(judge(&it, why), IDENTITY_OTHER);
    /* Where the IMSI is told, a new card of the same number is the same SIM. */
    it = known;
    it.iccid = "8962100000000000025";
    it.seen_iccid = "8962100000000000017";
    assert_int_equal(judge(&it, why), IDENTITY_SAME);
}

static void the_first_sim_is_kept_and_another_one_does_not_send(void **state)
{
    struct identity_case it = known;
    char why[160];

    (void)state;
    assert_int_equal(judge(&it, why), IDENTITY_SAME);
    it.seen_imsi = "";
    assert_int_equal(judge(&it, why), IDENTITY_FIRST);
    it.seen_imsi = "510109000000002";
    assert_int_equal(judge(&it, why), IDENTITY_OTHER);
    assert_non_null(strstr(why, "kabari modem accept m1"));
    assert_true(identity_may_accept(&it));
    it.imsi = "";
    assert_int_equal(judge(&it, why), IDENTITY_SAME);
}

static void the_configurations_sim_counts(void **state)
{
    struct identity_case it = known;
    char why[160];

    (void)state;
    it.config_imsi = "510109000000009";
    assert_int_equal(judge(&it, why), IDENTITY_OTHER);
    assert_non_null(strstr(why, "modems[].imsi"));
    assert_false(identity_may_accept(&it));
    it.imsi = it.config_imsi;
    assert_int_equal(judge(&it, why), IDENTITY_FIRST);
}

static void swapped_ports_name_whose_sim_it_is(void **state)
{
    struct identity_case it = known;
    char why[160];

    (void)state;
    it.imsi = "510109000000002";
    it.owner = "m2";
    assert_int_equal(judge(&it, why), IDENTITY_OTHER);
    assert_non_null(strstr(why, "is modem m2's"));
    it.seen_imsi = ""; /* a new modem that finds another one's SIM */
    assert_int_equal(judge(&it, why), IDENTITY_OTHER);
}

static void two_names_for_one_stick_are_refused(void **state)
{
    struct identity_case it = known;
    char why[160];

    (void)state;
    it.twin = "m2";
    assert_int_equal(judge(&it, why), IDENTITY_OTHER);
    assert_non_null(strstr(why, "two names for one"));
    assert_false(identity_may_accept(&it));
}

static void a_sim_in_another_stick_is_told_and_goes_on(void **state)
{
    struct identity_case it = known;
    char why[160];

    (void)state;
    it.imei = "353150900000027";
    assert_int_equal(judge(&it, why), IDENTITY_STICK);
    assert_non_null(strstr(why, "another stick"));
}

/* --- silence -------------------------------------------------------------------- */

static void a_share_needs_twenty_that_are_old_enough(void **state)
{
    struct silence silence = {0};

    (void)state;
    for (int i = 1; i <= 20; i++) {
        silence_sent(&silence, i, i * INT64_C(1000));
    }
    assert_int_equal(silence_share(&silence, 10 * MINUTE, 0), -1);
    assert_int_equal(silence_share(&silence, 11 * MINUTE, 0), 0);
    assert_int_equal(silence_share(&silence, 11 * MINUTE, 5 * MINUTE), -1);
    for (int i = 1; i <= 10; i++) {
        assert_int_equal(silence_reported(&silence, i, i * 1000 + 2000), 2000);
    }
    assert_int_equal(silence_share(&silence, 11 * MINUTE, 0), 50);
    assert_int_equal(silence_reported(&silence, 99, 1), -1);
}

static void only_the_last_twenty_count(void **state)
{
    struct silence silence = {0};

    (void)state;
    for (int i = 1; i <= 100; i++) {
        silence_sent(&silence, i, i);
        if (i <= 80) {
            (void)silence_reported(&silence, i, i);
        }
    }
    assert_int_equal(silence_share(&silence, HOUR, 0), 0);
}

/* Reports end after the 40th, at a message a minute: as at work. */
static void a_slow_fall_does_not_make_silence_usual(void **state)
{
    struct silence silence = {0};
    int usual = -1;

    (void)state;
    for (int i = 1; i <= 80; i++) {
        silence_sent(&silence, i, i * MINUTE);
        if (i <= 40) {
            (void)silence_reported(&silence, i, i * MINUTE + 1000);
        }
        for (int second = 0; second < 60; second++) {
            usual = silence_learn(
                &silence, usual, i * MINUTE + second * INT64_C(1000), 1000);
        }
        assert_int_equal(usual == -1, i < 30);
    }
    assert_int_equal(silence_share(&silence, 80 * MINUTE, 1000), 0);
    assert_in_range(usual, 50, 100);
}

/* Where reports are rare for good, that is learned: silence says nothing. */
static void what_is_usual_follows_in_the_long_run(void **state)
{
    struct silence silence = {0};
    int usual = 100;

    (void)state;
    for (int i = 1; i <= 400; i++) {
        silence_sent(&silence, i, i * MINUTE);
        if (i % 10 == 0) {
            (void)silence_reported(&silence, i, i * MINUTE + 1000);
        }
        usual = silence_learn(&silence, usual, i * MINUTE, 1000);
    }
    assert_in_range(usual, 0, 49);
}

static void another_sims_reports_count_from_when_this_one_fell_silent(
    void **state)
{
    struct silence silent = {0};
    struct silence other = {0};
    int64_t now = 100 * MINUTE;
    int64_t since = 0;

    (void)state;
    for (int i = 1; i <= 30; i++) {
        silence_sent(&silent, i, i * MINUTE);
    }
    since = silence_since_ms(&silent, now, 1000);
    assert_int_equal(since, 11 * MINUTE);
    silence_sent(&other, 100, 10 * MINUTE);
    (void)silence_reported(&other, 100, 10 * MINUTE + 1000);
    silence_sent(&other, 101, 12 * MINUTE);
    assert_false(silence_gets(&other, since)); /* they may have ended for all */
    (void)silence_reported(&other, 101, 12 * MINUTE + 1000);
    assert_true(silence_gets(&other, since));
}

static void a_sim_is_blocked_only_where_reports_used_to_come(void **state)
{
    struct silence_case it = {
        .share = 0, .usual_percent = 90, .others_get = true};

    (void)state;
    assert_int_equal(silence_judge(&it), SILENCE_BLOCKED);
    it.others_get = false;
    assert_int_equal(silence_judge(&it), SILENCE_ALONE);
    it.others_get = true;
    it.usual_percent = 49;
    assert_int_equal(silence_judge(&it), SILENCE_NONE);
    it.usual_percent = 90;
    it.share = 5;
    assert_int_equal(silence_judge(&it), SILENCE_NONE);
    it.share = -1;
    assert_int_equal(silence_judge(&it), SILENCE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gap_is_never_shorter_and_longer_by_its_jitter),
        cmocka_unit_test(it_slows_down_when_pushed_back_and_recovers),
        cmocka_unit_test(limits_keep_a_reserve_for_answers),
        cmocka_unit_test(credit_runs_out_as_it_is_spent_whatever_was_topped_up),
        cmocka_unit_test(reminders_stop_before_answers_do),
        cmocka_unit_test(credit_is_asked_for_by_the_hour_and_by_the_message),
        cmocka_unit_test(a_card_is_known_by_its_number_where_no_imsi_is_told),
        cmocka_unit_test(the_first_sim_is_kept_and_another_one_does_not_send),
        cmocka_unit_test(the_configurations_sim_counts),
        cmocka_unit_test(swapped_ports_name_whose_sim_it_is),
        cmocka_unit_test(two_names_for_one_stick_are_refused),
        cmocka_unit_test(a_sim_in_another_stick_is_told_and_goes_on),
        cmocka_unit_test(a_share_needs_twenty_that_are_old_enough),
        cmocka_unit_test(only_the_last_twenty_count),
        cmocka_unit_test(a_slow_fall_does_not_make_silence_usual),
        cmocka_unit_test(what_is_usual_follows_in_the_long_run),
        cmocka_unit_test(
            another_sims_reports_count_from_when_this_one_fell_silent),
        cmocka_unit_test(a_sim_is_blocked_only_where_reports_used_to_come),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
