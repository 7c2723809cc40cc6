// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: a modem that is unplugged, whether it is idle or before, in or behind
 * the PDU of an SMS, loses no message and sends none twice: what had not been
 * written goes out by another way, what may have gone out is unknown. It is at
 * work again within 30 s of being plugged in. The simulator's ledger judges.
 */
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NO_REPORTS "--latency-ms 60 --command-ms 0 --no-reports"
#define FAST_SIM   "--latency-ms 20 --command-ms 0 --report-ms 0"

static void an_absent_device_is_shown_harms_no_other_and_is_found_when_it_comes(
    void **state)
{
    struct bed_options options = {
        .modems = 2, .sim_args = FAST_SIM, .config = TRAFFIC_BUDGETS};
    struct bed *bed = bed_new(&options);

    (void)state;
    bed_start_sim(bed, &options);
    json_decref(bed_sim(bed, "{\"cmd\":\"unplug\",\"modem\":\"m1\"}"));
    bed_start_gateway(bed, NULL);
    BED_WAIT(5000, traffic_modem_is(bed, "m1", "absent"));
    assert_true(bed_says(bed, "/api/v1/modems/m1", "last_error", "not there"));

    traffic_send_many(bed, 0, 20);
    BED_WAIT(20000, bed_queue(bed, "delivered") == 20);
    assert_true(traffic_modem_is(bed, "m1", "absent"));

    json_decref(bed_sim(bed, "{\"cmd\":\"replug\",\"modem\":\"m1\"}"));
    BED_WAIT(30000, traffic_modem_is(bed, "m1", "ready"));
    traffic_modem(bed, "m2", "pause");
    traffic_send_many(bed, 20, 5);
    BED_WAIT(20000, bed_queue(bed, "delivered") == 25);
    assert_int_equal(traffic_accepted_by(bed, "m1"), 5);
    traffic_judge(bed, 25);
    bed_free(bed);
}

/* --- in the middle of a submit ------------------------------------------- */

static void an_unplug_is_judged_by_the_stage_of_the_submit(void **state)
{
    /* Within the PDU: libGammu writes it in one go, so from this side it is
       whole and may have gone out. The pause before it gives the simulator time
       to go away at the prompt. */
    static const struct traffic_stage stages[] = {
        {"\"fault\":\"unplug_at:before\",\"replug_ms\":300",              true,  0},
        {"\"fault\":\"unplug_at:prompt\",\"replug_ms\":300",              true,  0},
        {"\"fault\":\"unplug_at:pdu\",\"replug_ms\":300",                 false, 0},
        {"\"fault\":\"unplug_at:after\",\"replug_ms\":300",               false, 1},
        {"\"fault\":\"unplug_at:after\",\"replug_ms\":300,\"lost\":true", false,
         0                                                                        },
    };
    struct bed_options options = {.modems = 2,
        .sim_args = NO_REPORTS,
        .modem_args = "reports = false; pause_ms = 50;",
        .config = TRAFFIC_BUDGETS};
    struct bed *bed = bed_up(&options);

    (void)state;
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        traffic_meet(bed, &stages[i], (int)i * 10);
    }
    assert_int_equal(traffic_events(bed, "m1", "unplugged"), 5);
    bed_free(bed);
}

static void an_idle_modem_that_is_unplugged_is_back_soon_after_its_replug(
    void **state)
{
    struct bed_options options = {.modems = 2,
        .sim_args = NO_REPORTS,
        .modem_args = "reports = false;",
        .config = TRAFFIC_BUDGETS};
    struct bed *bed = bed_up(&options);
    int64_t plugged_ms = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                        traffic_modem_is(bed, "m2", "ready"));
    json_decref(bed_sim(bed, "{\"cmd\":\"unplug\",\"modem\":\"m1\"}"));
    BED_WAIT(10000, traffic_modem_is(bed, "m1", "absent"));
    traffic_send_many(bed, 0, 10);
    BED_WAIT(20000, bed_queue(bed, "sent") == 10);
    assert_int_equal(traffic_accepted_by(bed, "m2"), 10);

    json_decref(bed_sim(bed, "{\"cmd\":\"replug\",\"modem\":\"m1\"}"));
    plugged_ms = bed_mono_ms();
    BED_WAIT(30000, traffic_modem_works(bed, "m1"));
    print_message("unplug: back %lld ms after the replug\n",
        (long long)(bed_mono_ms() - plugged_ms));
    traffic_judge(bed, 10);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            an_absent_device_is_shown_harms_no_other_and_is_found_when_it_comes),
        cmocka_unit_test(
            an_idle_modem_that_is_unplugged_is_back_soon_after_its_replug),
        cmocka_unit_test(an_unplug_is_judged_by_the_stage_of_the_submit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
