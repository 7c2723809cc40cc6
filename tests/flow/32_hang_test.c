// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: a modem that stops answering at any command, before the prompt, behind
 * it or behind Ctrl-Z is ended at its budget, started anew, and its message
 * judged by the stage that it had reached. The simulator's ledger judges.
 */
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NO_REPORTS "--latency-ms 60 --command-ms 0 --no-reports"
#define FAST_SIM   "--latency-ms 20 --command-ms 0 --report-ms 0"

static void a_device_that_answers_nothing_is_hung_until_it_is_healed(
    void **state)
{
    struct bed_options options = {.modems = 2,
        .sim_args = FAST_SIM,
        .config = "budgets = { init_s = 3; send_s = 3; };"};
    struct bed *bed = bed_new(&options);

    (void)state;
    bed_start_sim(bed, &options);
    traffic_fault(bed, "m1", "\"fault\":\"hang\",\"until\":\"off\"");
    bed_start_gateway(bed, NULL);
    traffic_send_many(bed, 0, 20);
    BED_WAIT(20000, bed_queue(bed, "delivered") == 20);
    BED_WAIT(10000, traffic_modem_is(bed, "m1", "hung"));
    assert_true(bed_says(
        bed, "/api/v1/modems/m1", "last_error", "longer than its 3 s"));

    json_decref(bed_sim(bed, "{\"cmd\":\"heal\",\"modem\":\"m1\"}"));
    BED_WAIT(30000, traffic_modem_is(bed, "m1", "ready"));
    traffic_judge(bed, 20);
    bed_free(bed);
}

static void a_hang_is_ended_at_its_budget_and_judged_by_the_stage(void **state)
{
    static const struct traffic_stage stages[] = {
        {"\"fault\":\"hang:command\",\"command\":\"+CMGS\"", true,  0},
        {"\"fault\":\"hang:prompt\"",                        true,  0},
        {"\"fault\":\"hang:pdu\"",                           false, 0},
        {"\"fault\":\"hang:submit\"",                        false, 1},
        {"\"fault\":\"hang:submit\",\"lost\":true",          false, 0},
    };
    struct bed_options options = {.modems = 2,
        .sim_args = NO_REPORTS,
        .modem_args = "reports = false;",
        .config = TRAFFIC_BUDGETS};
    struct bed *bed = bed_up(&options);

    (void)state;
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        traffic_meet(bed, &stages[i], (int)i * 10);
    }
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_device_that_answers_nothing_is_hung_until_it_is_healed),
        cmocka_unit_test(a_hang_is_ended_at_its_budget_and_judged_by_the_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
