// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: bytes that flip, URCs inside answers and between prompt and PDU, a
 * modem that chatters but does not answer, one that loses its echo or its
 * settings, answers in other manners: the gateway finds its way back, takes no
 * reference for another SMS's and loses nothing. The simulator's ledger judges.
 */
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOISY "--latency-ms 60 --command-ms 0 --report-ms 200 --seed 7"

static int inbox_size(struct bed *bed)
{
    json_t *rows = bed_ask(bed, "GET", "/api/v1/inbox", NULL, NULL);
    int count = (int)json_array_size(rows);

    json_decref(rows);
    return count;
}

static void bring_sms(struct bed *bed, const char *modem, int i)
{
    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"%s\",\"from\":\"+6281200008%03d\","
        "\"text\":\"apa kabar %d\"}",
        modem, i, i));
}

static void noise_on_the_line_spoils_nothing_but_time(void **state)
{
    struct bed_options options = {.modems = 2,
        .sim_args = NOISY,
        .modem_args = "send_timeout_s = 1;",
        .config = TRAFFIC_BUDGETS};
    struct bed *bed = bed_up(&options);

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                        traffic_modem_is(bed, "m2", "ready"));
    traffic_fault(bed, "m1", "\"fault\":\"noise:20\"");
    for (int i = 0; i < 4; i++) {
        traffic_send_many(bed, 20 * i, 20);
        bring_sms(bed, "m1", i);
        BED_WAIT(60000, traffic_settled(bed) >= 20L * (i + 1));
    }
    json_decref(bed_sim(bed, "{\"cmd\":\"heal\",\"modem\":\"m1\"}"));
    traffic_modem(bed, "m1", "reset");
    BED_WAIT(30000, traffic_modem_works(bed, "m1"));
    BED_WAIT(70000, inbox_size(bed) == 4); /* the next listing, at most */
    BED_WAIT(20000,
        bed_queue(bed, "queued") == 0 && bed_queue(bed, "submitting") == 0);
    print_message("line noise: unknown=%d delivered=%d\n",
        (int)bed_queue(bed, "unknown"), (int)bed_queue(bed, "delivered"));
    traffic_judge(bed, 80);
    bed_free(bed);
}

/* What other makes do, one modem each. None of it is a reason for a doubt. */
static const char *const manners[] = {
    "\"fault\":\"urc_inside\"",
    "\"fault\":\"prompt_burst:20\"",
    "\"fault\":\"chatter:100\"",
    "\"fault\":\"no_space\"",
    "\"fault\":\"line_ends:1\"",
    "\"fault\":\"line_ends:3\"",
    "\"fault\":\"trickle:4\"",
};

enum {
    MANNERS = sizeof manners / sizeof *manners,
    EACH = 12
};

static void other_manners_of_speaking_are_understood(void **state)
{
    struct bed_options options = {
        .modems = MANNERS, .sim_args = NOISY " --prompt-ms 30"};
    struct bed *bed = bed_new(&options);
    int sent = 0;

    (void)state;
    bed_start_sim(bed, &options);
    for (int i = 0; i < MANNERS; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "m%d", i + 1);
        traffic_fault(bed, name, manners[i]);
    }
    bed_start_gateway(bed, NULL);
    for (int i = 0; i < MANNERS; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "m%d", i + 1);
        BED_WAIT(30000, traffic_modem_works(bed, name));
        bring_sms(bed, name, i);
    }
    traffic_send_many(bed, 0, MANNERS * EACH);
    sent = MANNERS * EACH;
    BED_WAIT(60000, bed_queue(bed, "delivered") >= sent);
    BED_WAIT(20000, inbox_size(bed) == MANNERS);
    /* The answers to these count among the delivered, too. */
    BED_WAIT(
        20000, bed_queue(bed, "queued") + bed_queue(bed, "submitting") == 0);
    assert_int_equal(bed_queue(bed, "unknown"), 0);
    for (int i = 0; i < MANNERS; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "m%d", i + 1);
        assert_true(traffic_accepted_by(bed, name) > 0);
    }
    traffic_judge(bed, sent);
    bed_free(bed);
}

/* It does so in the middle of sending, and still has its device. */
static void a_modem_that_starts_itself_anew_is_at_work_again(void **state)
{
    static const struct traffic_stage stages[] = {
        {"\"fault\":\"restart:before\"",              true,  0},
        {"\"fault\":\"restart:after\"",               false, 1},
        {"\"fault\":\"restart:after\",\"lost\":true", false, 0},
    };
    struct bed_options options = {.modems = 2,
        .sim_args = "--latency-ms 60 --command-ms 0 --no-reports",
        .modem_args = "reports = false; send_timeout_s = 1;",
        .config = TRAFFIC_BUDGETS};
    struct bed *bed = bed_up(&options);

    (void)state;
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        traffic_meet(bed, &stages[i], (int)i * 10);
    }
    /* Its settings are gone with it: what comes in is heard of all the same. */
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    traffic_fault(bed, "m1", "\"fault\":\"restart:command\"");
    BED_WAIT(70000, traffic_struck(bed, "m1"));
    bring_sms(bed, "m1", 0);
    BED_WAIT(70000, inbox_size(bed) == 1);
    bed_free(bed);
}

static void a_modem_that_loses_its_echo_loses_no_message(void **state)
{
    struct bed_options options = {.modems = 2,
        .sim_args = "--latency-ms 60 --command-ms 0 --report-ms 200",
        .modem_args = "send_timeout_s = 1;",
        .config = TRAFFIC_BUDGETS};
    struct bed *bed = bed_up(&options);

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                        traffic_modem_is(bed, "m2", "ready"));
    traffic_fault(bed, "m1", "\"fault\":\"echo_off\"");
    traffic_send_many(bed, 0, 20);
    BED_WAIT(30000, traffic_settled(bed) == 20);
    BED_WAIT(30000, traffic_modem_works(bed, "m1"));
    traffic_modem(bed, "m2", "pause");
    traffic_send_many(bed, 20, 5);
    BED_WAIT(30000, bed_queue(bed, "delivered") == 25);
    traffic_judge(bed, 25);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_on_the_line_spoils_nothing_but_time),
        cmocka_unit_test(other_manners_of_speaking_are_understood),
        cmocka_unit_test(a_modem_that_starts_itself_anew_is_at_work_again),
        cmocka_unit_test(a_modem_that_loses_its_echo_loses_no_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
