// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: while another program holds the database, work is refused with 503 and
 * Retry-After, reading goes on, what modems bring waits in memory, and all is
 * caught up with afterwards. The simulator's ledger judges.
 */
#include "tests/support/traffic.h"

#include <sqlite3.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HELD_MS 30000

static void a_locked_database_refuses_work_and_catches_up(void **state)
{
    struct bed_options options = {.modems = 2,
        .sim_args = "--latency-ms 200 --command-ms 0 --report-ms 200"};
    struct bed *bed = bed_up(&options);
    sqlite3 *db = NULL;
    int64_t started = 0;
    size_t before = 0;
    int retry_after_s = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                        traffic_modem_is(bed, "m2", "ready"));
    traffic_send_many(bed, 0, 30);
    BED_WAIT(10000, bed_ledger_count(bed, "accepted") >= 4);
    db = traffic_hold_database(bed);
    before = bed_ledger_count(bed, "accepted");

    assert_int_equal(traffic_try_post(bed, 30, &retry_after_s), 503);
    assert_true(retry_after_s > 0);
    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"+6281200009500\","
        "\"text\":\"halo\"}"));
    /* What was under way is answered meanwhile; nothing new leaves. */
    started = bed_mono_ms();
    while (bed_mono_ms() - started < HELD_MS) {
        int64_t asked = bed_mono_ms();

        json_decref(bed_ask(bed, "GET", "/api/v1/status", NULL, NULL));
        assert_true(bed_mono_ms() - asked < 500);
    }
    assert_true(bed_ledger_count(bed, "accepted") <= before + 2);
    assert_true(
        bed_says(bed, "/api/v1/status", "hold_reason", "another program"));
    BED_WAIT(5000,
        bed_says(bed, "/api/v1/modems/m1", "limited_by", "another program"));
    assert_int_equal(traffic_try_post(bed, 30, NULL), 503);
    traffic_release_database(db);

    BED_WAIT(5000, traffic_try_post(bed, 30, NULL) == 201);
    BED_WAIT(5000, bed_is(bed, "/api/v1/status", "hold_reason", ""));
    BED_WAIT(5000, bed_ledger_count(bed, "deleted") > 0);
    BED_WAIT(30000, bed_queue(bed, "delivered") == 32); /* one is the answer */
    assert_int_equal(bed_ledger_count(bed, "accepted"), 32);
    assert_int_equal(bed_queue(bed, "unknown"), 0);
    traffic_judge(bed, 31);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_locked_database_refuses_work_and_catches_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
