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
    /* As far ahead as the slack for a clock that was corrected, and a bit: it
       is reached while the test looks. */
    set_newest(bed, clock_now_ms(&now) + 60000 + 6000);
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

    BED_WAIT(15000, traffic_number_is(bed, 0, "sent"));
    assert_false(hold_reason_says(bed, "clock"));
    traffic_judge(bed, 2);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_behind_the_database_holds_all_but_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
