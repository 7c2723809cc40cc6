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

/* A line of its own in the prompt's place is no prompt: nothing is written. */
static void a_stray_line_does_not_pass_for_the_prompt(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = NO_REPORTS,
        .modem_args = "reports = false;",
        .config = TRAFFIC_BUDGETS};
    struct bed *bed = bed_up(&options);

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    traffic_fault(bed, "m1", "\"fault\":\"prompt_burst:3\"");
    for (int i = 0; i < 4; i++) {
        BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
        traffic_fault(bed, "m1", "\"fault\":\"no_prompt\",\"count\":1");
        (void)traffic_send(bed, i);
        BED_WAIT(5000, traffic_events(bed, "m1", "struck") > i);
        BED_WAIT(30000, traffic_settled(bed) == i + 1);
        assert_true(traffic_number_is(bed, i, "sent"));
        traffic_modem(bed, "m1", "reset");
    }
    assert_int_equal(traffic_events(bed, "m1", "unprompted"), 0);
    traffic_judge(bed, 4);
    bed_free(bed);
}

/* --- at any command ----------------------------------------------------------- */

/* A modem each; what is asked once at the start, and what comes with work. */
static const char *const commands[] = {"", "+CMEE", "+CSCS", "+CGMM", "+CPIN",
    "+CPMS", "+CNMI", "+CUSD", "+CSCA", "+CMMS", "+CGSN", "+CIMI", "+CREG",
    "+COPS", "+CSQ", "+CMGL", "+CMGR", "+CMGD"};

enum {
    COMMANDS = sizeof commands / sizeof *commands
};

static bool all_work(struct bed *bed, int modems)
{
    for (int i = 1; i <= modems; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "m%d", i);
        if (!traffic_modem_works(bed, name)) {
            return false;
        }
    }
    return true;
}

static void a_hang_at_any_command_is_got_over(void **state)
{
    struct bed_options options = {.modems = COMMANDS,
        .sim_args = FAST_SIM,
        .config = "budgets = { init_s = 15; send_s = 5; scan_s = 8; "
                  "ussd_s = 5; other_s = 8; };"};
    struct bed *bed = bed_new(&options);

    (void)state;
    bed_start_sim(bed, &options);
    for (int i = 1; i < COMMANDS; i++) { /* m1 is well */
        char name[16];
        char fault[80];

        (void)snprintf(name, sizeof name, "m%d", i + 1);
        (void)snprintf(fault, sizeof fault,
            "\"fault\":\"hang:command\",\"command\":\"%s\"", commands[i]);
        traffic_fault(bed, name, fault);
    }
    bed_start_gateway(bed, NULL);
    BED_WAIT(30000, traffic_modem_works(bed, "m1"));
    traffic_send_many(bed, 0, 40);
    for (int i = 1; i < COMMANDS; i++) {
        json_decref(bed_sim(bed,
            "{\"cmd\":\"sms\",\"modem\":\"m%d\",\"from\":\"+6281200008%03d\","
            "\"text\":\"apa kabar %d\"}",
            i + 1, i, i));
    }
    BED_WAIT(60000, traffic_settled(bed) >= 40);
    BED_WAIT(120000, all_work(bed, COMMANDS));
    for (int i = 1; i < COMMANDS; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "m%d", i + 1);
        if (!traffic_struck(bed, name)) {
            print_message("hang: %s was never asked\n", commands[i]);
        }
    }
    BED_WAIT(90000, bed_ledger_count(bed, "deleted") >= COMMANDS - 1);
    assert_int_equal(bed_queue(bed, "unknown"), 0);
    traffic_judge(bed, 40);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_device_that_answers_nothing_is_hung_until_it_is_healed),
        cmocka_unit_test(a_hang_at_any_command_is_got_over),
        cmocka_unit_test(a_hang_is_ended_at_its_budget_and_judged_by_the_stage),
        cmocka_unit_test(a_stray_line_does_not_pass_for_the_prompt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
