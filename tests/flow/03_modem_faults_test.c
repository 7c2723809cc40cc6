// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: whatever a modem does - it is not there, hangs, is unplugged, swallows
 * or delays an answer, its worker is killed - no message is lost, none is sent
 * twice, the other modem goes on, and the operator sees what happened. The
 * simulator's ledger judges.
 */
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FAST_SIM   "--latency-ms 20 --command-ms 0 --report-ms 0"
#define NO_REPORTS "--latency-ms 60 --command-ms 0 --no-reports"

static bool last_error_says(
    struct bed *bed, const char *name, const char *words)
{
    char target[64];
    json_t *modem = NULL;
    const char *error = NULL;
    bool found = false;

    (void)snprintf(target, sizeof target, "/api/v1/modems/%s", name);
    modem = bed_ask(bed, "GET", target, NULL, NULL);
    error = json_string_value(json_object_get(modem, "last_error"));
    found = error != NULL && strstr(error, words) != NULL;
    json_decref(modem);
    return found;
}

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
    assert_true(last_error_says(bed, "m1", "not there"));

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
    assert_true(last_error_says(bed, "m1", "longer than its 3 s"));

    json_decref(bed_sim(bed, "{\"cmd\":\"heal\",\"modem\":\"m1\"}"));
    BED_WAIT(30000, traffic_modem_is(bed, "m1", "ready"));
    traffic_judge(bed, 20);
    bed_free(bed);
}

/* Where a fault may strike a submit, and what may become of its message. */
struct stage {
    const char *fault; /* the request's members */
    bool resent;       /* provably not sent: it goes out all the same */
    int accepted;      /* how often the network may have it */
};

/* Ten messages go out; one of m1's meets the fault. It never holds up the rest,
   and nobody hears it twice. */
static void meet(struct bed *bed, const struct stage *stage, int first)
{
    int64_t unknown = bed_queue(bed, "unknown");
    int64_t settled = traffic_settled(bed);
    int others = traffic_accepted_by(bed, "m2");

    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    traffic_fault(bed, "m1", stage->fault);
    traffic_send_many(bed, first, 10);
    BED_WAIT(5000, traffic_struck(bed, "m1"));
    BED_WAIT(15000, traffic_settled(bed) == settled + 10);
    unknown = bed_queue(bed, "unknown") - unknown;
    assert_int_equal(unknown, stage->resent ? 0 : 1);
    assert_true(traffic_accepted_by(bed, "m2") > others);
    for (int i = first; i < first + 10; i++) {
        if (traffic_number_is(bed, i, "unknown")) {
            assert_int_equal(traffic_accepted(bed, i), stage->accepted);
        }
    }
    traffic_judge(bed, first + 10);
    traffic_modem(bed, "m1", "reset"); /* no longer back-off than the first */
}

static void an_unplug_is_judged_by_the_stage_of_the_submit(void **state)
{
    /* Within the PDU: libGammu writes it in one go, so from this side it is
       whole and may have gone out. The pause before it gives the simulator time
       to go away at the prompt. */
    static const struct stage stages[] = {
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
        meet(bed, &stages[i], (int)i * 10);
    }
    assert_int_equal(traffic_events(bed, "m1", "unplugged"), 5);
    bed_free(bed);
}

static void a_hang_is_ended_at_its_budget_and_judged_by_the_stage(void **state)
{
    static const struct stage stages[] = {
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
        meet(bed, &stages[i], (int)i * 10);
    }
    bed_free(bed);
}

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
    BED_WAIT(15000, traffic_is(bed, id, "delivered"));
    traffic_send_many(bed, 1, 3);
    BED_WAIT(15000, bed_queue(bed, "delivered") == 4);
    traffic_judge(bed, 4);
    bed_free(bed);
}

static void a_late_answer_is_never_credited_to_another_message(void **state)
{
    /* The late ones come into other messages' submits, at the first and at
       later ones of the new worker. */
    static const char *const late[] = {
        "\"fault\":\"late_cmgs:2\"",
        "\"fault\":\"late_cmgs:3\"",
    };
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 150 --command-ms 0 --no-reports",
        .modem_args = "reports = false; send_timeout_s = 1;",
        .config = TRAFFIC_BUDGETS};
    struct bed *bed = bed_up(&options);
    int sent = 0;

    (void)state;
    for (size_t i = 0; i < sizeof late / sizeof *late; i++) {
        BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
        traffic_fault(bed, "m1", late[i]);
        traffic_send_many(bed, sent, 20);
        sent += 20;
        BED_WAIT(40000, traffic_settled(bed) == sent);
        assert_true(traffic_struck(bed, "m1"));
        traffic_modem(bed, "m1", "reset");
    }
    traffic_judge(bed, sent);
    assert_int_equal(bed_ledger_count(bed, "accepted"), (size_t)sent);
    bed_free(bed);
}

static void a_killed_worker_is_back_at_once_and_its_message_is_unknown(
    void **state)
{
    struct bed_options options = {.modems = 2,
        .sim_args = "--latency-ms 700 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    pid_t worker = 0;
    pid_t other = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                        traffic_modem_is(bed, "m2", "ready"));
    /* One TP-MR is known, so that what follows the unknown one is told from
       its late answer at once. */
    traffic_modem(bed, "m2", "pause");
    (void)traffic_send(bed, 0);
    BED_WAIT(5000, bed_queue(bed, "sent") == 1);
    traffic_modem(bed, "m2", "resume");
    worker = traffic_worker(bed, "m1");
    other = traffic_worker(bed, "m2");
    assert_true(worker > 0 && other > 0);
    traffic_send_many(bed, 1, 11);
    BED_WAIT(5000, traffic_in_flight(bed, "m1"));
    assert_int_equal(kill(worker, SIGKILL), 0);
    BED_WAIT(2000, bed_queue(bed, "unknown") == 1);
    BED_WAIT(5000, traffic_modem_works(bed, "m1"));
    BED_WAIT(20000, traffic_settled(bed) == 12);
    assert_int_equal(traffic_worker(bed, "m2"), other);
    assert_true(traffic_worker(bed, "m1") != worker);
    assert_int_equal(bed_queue(bed, "unknown"), 1);
    assert_true(traffic_accepted_by(bed, "m1") > 1);
    traffic_judge(bed, 12);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            an_absent_device_is_shown_harms_no_other_and_is_found_when_it_comes),
        cmocka_unit_test(
            a_device_that_answers_nothing_is_hung_until_it_is_healed),
        cmocka_unit_test(an_unplug_is_judged_by_the_stage_of_the_submit),
        cmocka_unit_test(a_hang_is_ended_at_its_budget_and_judged_by_the_stage),
        cmocka_unit_test(
            a_lost_answer_is_unknown_until_the_report_says_delivered),
        cmocka_unit_test(a_late_answer_is_never_credited_to_another_message),
        cmocka_unit_test(
            a_killed_worker_is_back_at_once_and_its_message_is_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
