// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: a SIM without credit, with a wrong PIN, a PUK or none at all is parked
 * with its reason; no PIN is tried twice. The simulator's ledger judges.
 */
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NO_REPORTS "--latency-ms 20 --command-ms 0 --no-reports"

static void a_wrong_pin_is_tried_once_and_parks_the_sim(void **state)
{
    struct bed_options options = {.modems = 2,
        .sim_args = NO_REPORTS " --pin 4321",
        .modem_args = "reports = false; pin = \"4321\";"};
    struct bed *bed = bed_new(&options);
    pid_t worker = 0;

    (void)state;
    bed_config_replace(bed, "pin = \"4321\"", "pin = \"1111\""); /* m1's */
    bed_start_sim(bed, &options);
    bed_start_gateway(bed, NULL);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "parked"));
    BED_WAIT(20000, traffic_modem_is(bed, "m2", "ready"));
    assert_true(bed_says(bed, "/api/v1/modems/m1", "last_error", "PIN"));
    assert_int_equal(traffic_events(bed, "m1", "wrong_pin"), 1);

    /* Whatever ends the worker, the next one does not try it again. */
    worker = traffic_worker(bed, "m1");
    assert_true(worker > 0);
    assert_int_equal(kill(worker, SIGKILL), 0);
    BED_WAIT(20000, traffic_worker(bed, "m1") > 0 &&
                        traffic_worker(bed, "m1") != worker &&
                        traffic_modem_is(bed, "m1", "parked"));
    traffic_send_many(bed, 0, 5);
    BED_WAIT(10000, bed_queue(bed, "sent") == 5);
    assert_int_equal(traffic_events(bed, "m1", "wrong_pin"), 1);
    assert_int_equal(traffic_accepted_by(bed, "m2"), 5);

    /* The operator mends it. */
    bed_config_replace(bed, "pin = \"1111\"", "pin = \"4321\"");
    assert_int_equal(kill(bed->gateway, SIGHUP), 0);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    traffic_modem(bed, "m2", "pause");
    traffic_send_many(bed, 5, 3);
    BED_WAIT(10000, bed_queue(bed, "sent") == 8);
    assert_int_equal(traffic_events(bed, "m1", "wrong_pin"), 1);
    traffic_judge(bed, 8);
    bed_free(bed);
}

static void a_wrong_pin_is_not_tried_again_by_a_restarted_gateway(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = NO_REPORTS " --pin 4321",
        .modem_args = "reports = false; pin = \"1111\";"};
    struct bed *bed = bed_up(&options);

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "parked"));
    for (int i = 0; i < 2; i++) { /* a third try would block the SIM */
        assert_int_equal(bed_stop_gateway(bed, SIGTERM), 0);
        bed_start_gateway(bed, NULL);
        BED_WAIT(20000, traffic_modem_is(bed, "m1", "parked"));
    }
    assert_int_equal(traffic_events(bed, "m1", "wrong_pin"), 1);

    bed_config_replace(bed, "pin = \"1111\"", "pin = \"4321\"");
    assert_int_equal(kill(bed->gateway, SIGHUP), 0);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    bed_free(bed);
}

/* --- credit, PUK, no SIM ------------------------------------------------------ */

static void a_sim_without_credit_is_parked_until_it_is_filled(void **state)
{
    struct bed_options options = {
        .modems = 2, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                        traffic_modem_is(bed, "m2", "ready"));
    /* Enough for two; then the network refuses with code 8. */
    json_decref(bed_sim(bed,
        "{\"cmd\":\"credit\",\"modem\":\"m1\",\"amount\":700,\"cost\":350,"
        "\"code\":8}"));
    traffic_send_many(bed, 0, 20);
    BED_WAIT(20000, bed_queue(bed, "sent") == 20);
    BED_WAIT(10000, traffic_modem_is(bed, "m1", "parked"));
    assert_true(bed_says(bed, "/api/v1/modems/m1", "last_error", "credit"));
    assert_int_equal(traffic_accepted_by(bed, "m1"), 2);
    assert_int_equal(traffic_accepted_by(bed, "m2"), 18);

    json_decref(
        bed_sim(bed, "{\"cmd\":\"credit\",\"modem\":\"m1\",\"amount\":50000}"));
    traffic_modem(bed, "m1", "reset");
    traffic_modem(bed, "m2", "pause");
    traffic_send_many(bed, 20, 3);
    BED_WAIT(30000, bed_queue(bed, "sent") == 23);
    traffic_judge(bed, 23);
    bed_free(bed);
}

static void a_puk_or_a_missing_sim_is_shown_and_nothing_is_tried(void **state)
{
    struct bed_options options = {.modems = 3,
        .sim_args = NO_REPORTS,
        .modem_args = "reports = false; pin = \"1234\";"};
    struct bed *bed = bed_new(&options);

    (void)state;
    bed_start_sim(bed, &options);
    traffic_fault(bed, "m1", "\"fault\":\"puk\"");
    traffic_fault(bed, "m2", "\"fault\":\"sim_removed\"");
    bed_start_gateway(bed, NULL);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "parked"));
    BED_WAIT(20000, traffic_modem_is(bed, "m2", "no_sim"));
    assert_true(bed_says(bed, "/api/v1/modems/m1", "last_error", "PUK"));
    assert_true(bed_says(bed, "/api/v1/modems/m2", "last_error", "SIM"));
    traffic_send_many(bed, 0, 5);
    BED_WAIT(20000, bed_queue(bed, "sent") == 5);
    assert_int_equal(traffic_accepted_by(bed, "m3"), 5);
    assert_int_equal(traffic_events(bed, "m1", "wrong_pin"), 0);
    assert_int_equal(traffic_events(bed, "m1", "wrong_puk"), 0);

    json_decref(bed_sim(bed, "{\"cmd\":\"heal\",\"modem\":\"m2\"}"));
    BED_WAIT(40000, traffic_modem_works(bed, "m2")); /* found by itself */
    traffic_judge(bed, 5);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_pin_is_tried_once_and_parks_the_sim),
        cmocka_unit_test(a_wrong_pin_is_not_tried_again_by_a_restarted_gateway),
        cmocka_unit_test(a_sim_without_credit_is_parked_until_it_is_filled),
        cmocka_unit_test(a_puk_or_a_missing_sim_is_shown_and_nothing_is_tried),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
