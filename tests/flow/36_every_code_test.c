// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: every +CMS and +CME code lands in its class: one number's fault is
 * that number's, a SIM's fault parks that SIM, the network's is waited out, a
 * doubt is unknown. The simulator's ledger judges.
 */
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NO_REPORTS "--latency-ms 20 --command-ms 0 --no-reports"

static void a_bad_number_fails_alone_and_blocks_nothing(void **state)
{
    struct bed_options options = {
        .modems = 1, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    traffic_fault(bed, "m1",
        "\"fault\":\"cms:28\",\"count\":\"on\",\"to\":\"+6281200009002\"");
    traffic_send_many(bed, 0, 6);
    BED_WAIT(10000, traffic_settled(bed) == 6);
    assert_true(traffic_number_is(bed, 2, "failed"));
    assert_int_equal(bed_queue(bed, "sent"), 5);
    assert_int_equal(bed_ledger_count(bed, "rejected"), 1);
    assert_true(traffic_modem_works(bed, "m1"));
    traffic_judge(bed, 6);
    bed_free(bed);
}

static void congestion_is_waited_out_and_holds_nobody_else_up(void **state)
{
    struct bed_options options = {
        .modems = 1, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    char target[64];
    int64_t busy = 0;
    int64_t down = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    traffic_fault(bed, "m1", "\"fault\":\"cms:42\",\"to\":\"+6281200009000\"");
    busy = traffic_send(bed, 0);
    BED_WAIT(5000, bed_ledger_count(bed, "rejected") == 1);
    traffic_fault(bed, "m1", "\"fault\":\"cms:38\",\"to\":\"+6281200009001\"");
    down = traffic_send(bed, 1);
    traffic_send_many(bed, 2, 4);
    BED_WAIT(5000, bed_ledger_count(bed, "rejected") == 2);
    BED_WAIT(4000, bed_queue(bed, "sent") >= 4); /* the first retry: 5 s */
    assert_true(traffic_is(bed, down, "queued"));
    (void)snprintf(
        target, sizeof target, "/api/v1/messages/%lld", (long long)down);
    assert_true(bed_says(bed, target, "reason", "network"));
    assert_int_equal(bed_number(bed, target, "attempts"), 1);
    BED_WAIT(10000, traffic_is(bed, busy, "sent"));
    assert_int_equal(traffic_accepted(bed, 1), 0);
    bed_free(bed);
}

/* Gives m1 another message whenever it takes one. @return true once it is
   parked. */
static bool parked_by_refusals(struct bed *bed, int *sent)
{
    if (traffic_modem_is(bed, "m1", "ready")) {
        (void)traffic_send(bed, (*sent)++);
    }
    return traffic_modem_is(bed, "m1", "parked");
}

static void a_barred_sim_is_parked_and_its_messages_go_by_the_other(
    void **state)
{
    static const struct {
        const char *fault;
        size_t refusals;
    } cases[] = {
        {"\"fault\":\"cms:10\",\"count\":\"on\"",                    1},
        {"\"fault\":\"cms:50\",\"count\":\"on\"",                    1},
        {"\"fault\":\"cms:310\",\"at\":\"prompt\",\"count\":\"on\"", 1},
    };
    struct bed_options options = {
        .modems = 2, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    size_t refused = 0;
    int sent = 0;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                            traffic_modem_is(bed, "m2", "ready"));
        traffic_fault(bed, "m1", cases[i].fault);
        BED_WAIT(15000, parked_by_refusals(bed, &sent));
        assert_true(bed_says(bed, "/api/v1/modems/m1", "last_error", "SIM"));
        BED_WAIT(15000, bed_queue(bed, "sent") == sent);
        if (i < 2) { /* the ledger has none of those before the prompt */
            refused += cases[i].refusals;
        }
        assert_int_equal(bed_ledger_count(bed, "rejected"), refused);
        json_decref(bed_sim(bed, "{\"cmd\":\"heal\",\"modem\":\"m1\"}"));
        traffic_modem(bed, "m1", "reset");
    }
    traffic_judge(bed, sent);
    bed_free(bed);
}

static void a_number_that_every_sim_is_refused_parks_none(void **state)
{
    struct bed_options options = {
        .modems = 2, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    int64_t bad = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                        traffic_modem_is(bed, "m2", "ready"));
    traffic_fault(bed, "*",
        "\"fault\":\"cms:29\",\"to\":\"+6281200009000\",\"count\":\"on\"");
    bad = traffic_send(bed, 0);
    traffic_send_many(bed, 1, 10);
    BED_WAIT(10000, bed_queue(bed, "sent") == 10);
    BED_WAIT(5000, traffic_is(bed, bad, "failed"));
    BED_WAIT(5000, traffic_modem_is(bed, "m1", "ready") &&
                       traffic_modem_is(bed, "m2", "ready"));
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_number_fails_alone_and_blocks_nothing),
        cmocka_unit_test(congestion_is_waited_out_and_holds_nobody_else_up),
        cmocka_unit_test(
            a_barred_sim_is_parked_and_its_messages_go_by_the_other),
        cmocka_unit_test(a_number_that_every_sim_is_refused_parks_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
