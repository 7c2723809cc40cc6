// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: an SMS whose +CMGS is lost is unknown, never sent again by itself, and
 * delivered once its report says so. The simulator's ledger judges.
 */
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void a_lost_answer_is_unknown_until_the_report_says_delivered(
    void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 20 --command-ms 0 --report-ms 3000",
        .modem_args = "send_timeout_s = 1;",
        .config = TRAFFIC_BUDGETS};
    struct bed *bed = bed_up(&options);
    int64_t id = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    traffic_fault(bed, "m1", "\"fault\":\"lost_cmgs\"");
    id = traffic_send(bed, 0);
    BED_WAIT(8000, traffic_is(bed, id, "unknown"));
    assert_int_equal(traffic_accepted(bed, 0), 1);
    assert_true(bed_says(bed, "/api/v1/modems/m1", "last_error", "no answer"));
    assert_true(bed_says(bed, "/api/v1/modems/m1", "last_error_at", "T"));
    BED_WAIT(15000, traffic_is(bed, id, "delivered"));
    traffic_send_many(bed, 1, 3);
    BED_WAIT(15000, bed_queue(bed, "delivered") == 4);
    traffic_judge(bed, 4);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_lost_answer_is_unknown_until_the_report_says_delivered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
