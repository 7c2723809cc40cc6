// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: a clock that jumps, or a zone that changes, sends nobody an SMS at
 * night, holds nothing for ever and hangs no modem. The simulator's ledger
 * judges.
 */
#include "base/clock.h"
#include "tests/support/traffic.h"

#include <sqlite3.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NO_REPORTS "--latency-ms 20 --command-ms 0 --no-reports"

static void set_newest(struct bed *bed, int64_t at_ms)
{
    sqlite3 *db = NULL;
    char sql[160];

    assert_int_equal(sqlite3_open(bed->database, &db), SQLITE_OK);
    (void)snprintf(sql, sizeof sql,
        "UPDATE meta SET value = '%lld' WHERE name = 'newest_at_ms'",
        (long long)at_ms);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_changes(db), 1);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static bool hold_reason_says(struct bed *bed, const char *words)
{
    json_t *status = bed_ask(bed, "GET", "/api/v1/status", NULL, NULL);
    const char *reason =
        json_string_value(json_object_get(status, "hold_reason"));
    bool found = reason != NULL && strstr(reason, words) != NULL;

    json_decref(status);
    return found;
}

static void a_clock_behind_the_database_holds_all_but_answers(void **state)
{
    struct bed_options options = {
        .modems = 1, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    struct clock now = clock_system();

    (void)state;
    assert_int_equal(bed_stop_gateway(bed, SIGTERM), 0);
    /* As far ahead as the slack for a clock that was corrected, and what a slow
       machine needs for the looks before it: then it is reached. */
    set_newest(bed, clock_now_ms(&now) + 60000 + 20000);
    bed_start_gateway(bed, NULL);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    assert_true(hold_reason_says(bed, "clock is behind"));
    bed_do(bed, "POST", "/api/v1/messages",
        "{\"phone\":\"+6281200009000\",\"text\":\"pesan 0\","
        "\"priority\":\"bulk\"}");
    bed_do(bed, "POST", "/api/v1/messages",
        "{\"phone\":\"+6281200009001\",\"text\":\"pesan 1\","
        "\"priority\":\"reply\"}");
    BED_WAIT(3000, traffic_number_is(bed, 1, "sent"));
    assert_true(hold_reason_says(bed, "clock is behind"));
    assert_true(traffic_number_is(bed, 0, "queued"));
    assert_int_equal(traffic_accepted(bed, 0), 0);

    BED_WAIT(40000, traffic_number_is(bed, 0, "sent"));
    assert_false(hold_reason_says(bed, "clock"));
    traffic_judge(bed, 2);
    bed_free(bed);
}

/* --- jumps ------------------------------------------------------------------- */

#define DAY_S    INT64_C(86400)
#define HOUR_S   INT64_C(3600)
#define MINUTE_S INT64_C(60)

/* Seconds from now until it is HH:MM in a zone so far east of Greenwich, today
   or earlier today. */
static int64_t until_local(int hour, int minute, int64_t east_s)
{
    struct clock clock = clock_system();
    int64_t local_s = clock_now_ms(&clock) / 1000 + east_s;

    return hour * HOUR_S + minute * MINUTE_S - local_s % DAY_S;
}

static void a_day_forth_and_back_hangs_no_modem_and_loses_nothing(void **state)
{
    struct bed_options options = {.modems = 2,
        .sim_args = "--latency-ms 150 --command-ms 0 --report-ms 100",
        .config = TRAFFIC_BUDGETS};
    struct bed *bed = bed_new(&options);
    pid_t worker[2] = {0, 0};

    (void)state;
    bed_start_sim(bed, &options);
    bed_start_gateway_with_clock(bed, 0);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                        traffic_modem_is(bed, "m2", "ready"));
    BED_WAIT(5000, (worker[0] = traffic_worker(bed, "m1")) > 0 &&
                       (worker[1] = traffic_worker(bed, "m2")) > 0);
    traffic_send_many(bed, 0, 20);
    BED_WAIT(10000, bed_ledger_count(bed, "accepted") >= 2);
    bed_set_clock(bed, -DAY_S); /* in the middle of sending */
    /* A day back: what people are told would be wrong by a day, but answers
       are not. */
    BED_WAIT(10000, hold_reason_says(bed, "clock is behind"));
    traffic_send_many(bed, 20, 10);
    bed_do(bed, "POST", "/api/v1/messages",
        "{\"phone\":\"+6281200009030\",\"text\":\"pesan 30\","
        "\"priority\":\"reply\"}");
    BED_WAIT(10000, traffic_number_is(bed, 30, "delivered"));
    assert_true(bed_queue(bed, "queued") > 0);
    bed_set_clock(bed, 0); /* somebody sets it */
    BED_WAIT(20000, bed_queue(bed, "delivered") == 31);
    assert_false(hold_reason_says(bed, "clock"));

    /* A day forth, and back again: the network says that this is right. */
    traffic_send_many(bed, 31, 10);
    bed_set_clock(bed, DAY_S);
    BED_WAIT(20000, bed_queue(bed, "delivered") == 41);
    bed_set_clock(bed, 0);
    traffic_send_many(bed, 41, 5);
    BED_WAIT(20000, bed_queue(bed, "delivered") == 46);
    assert_int_equal(bed_queue(bed, "unknown"), 0);
    assert_int_equal(traffic_worker(bed, "m1"), worker[0]);
    assert_int_equal(traffic_worker(bed, "m2"), worker[1]);
    traffic_judge(bed, 46);
    bed_free(bed);
}

#define MAKASSAR_S (8 * INT64_C(3600))

static void quiet_hours_are_right_across_jumps_and_zones(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = NO_REPORTS,
        .modem_args = "reports = false;",
        .sending = "{ days = \"Mon-Sun\"; from = \"08:00\"; to = \"18:00\"; }"};
    struct bed *bed = bed_new(&options);
    int64_t evening_s = until_local(17, 30, MAKASSAR_S);

    (void)state;
    bed_start_sim(bed, &options);
    bed_start_gateway_with_clock(bed, evening_s);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    (void)traffic_send(bed, 0);
    BED_WAIT(10000, traffic_number_is(bed, 0, "sent"));

    bed_set_clock(bed, evening_s + 3600); /* 18:30 */
    (void)traffic_send(bed, 1);
    bed_do(bed, "POST", "/api/v1/messages",
        "{\"phone\":\"+6281200009002\",\"text\":\"pesan 2\","
        "\"priority\":\"reply\"}");
    BED_WAIT(10000, traffic_number_is(bed, 2, "sent"));
    assert_true(traffic_number_is(bed, 1, "queued"));
    bed_set_clock(bed, evening_s + DAY_S - 9 * HOUR_S); /* 08:30 */
    BED_WAIT(10000, traffic_number_is(bed, 1, "sent"));

    /* 17:30 here is 18:30 one zone further east. */
    bed_set_clock(bed, evening_s + DAY_S);
    (void)traffic_send(bed, 3);
    BED_WAIT(10000, traffic_number_is(bed, 3, "sent"));
    assert_int_equal(bed_stop_gateway(bed, SIGTERM), 0);
    bed_config_replace(bed, "Asia/Makassar", "Asia/Jayapura");
    bed_start_gateway_with_clock(bed, evening_s + DAY_S);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    (void)traffic_send(bed, 4);
    bed_do(bed, "POST", "/api/v1/messages",
        "{\"phone\":\"+6281200009005\",\"text\":\"pesan 5\","
        "\"priority\":\"reply\"}");
    BED_WAIT(10000, traffic_number_is(bed, 5, "sent"));
    assert_true(traffic_number_is(bed, 4, "queued"));
    bed_set_clock(bed, evening_s + 2 * DAY_S - 10 * HOUR_S); /* 08:30 there */
    BED_WAIT(10000, traffic_number_is(bed, 4, "sent"));
    traffic_judge(bed, 6);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_forth_and_back_hangs_no_modem_and_loses_nothing),
        cmocka_unit_test(quiet_hours_are_right_across_jumps_and_zones),
        cmocka_unit_test(a_clock_behind_the_database_holds_all_but_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
