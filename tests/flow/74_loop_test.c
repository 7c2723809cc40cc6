// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: modems that know their numbers text each other every hour, one alone
 * itself; what arrives proves that one sends and the other receives, what does
 * not is an alarm, and no loop test ever reaches what understands residents.
 * The test plays the network between the modems, by the simulator's ledger. A
 * rehearsal's clock makes an hour five seconds.
 */
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CLOCK  "--clock 2026-09-01T09:10 --clock-speed 720"
#define NUMBER "+6281100000%03d" /* as the simulator has them */
#define MARK   "KABARI LOOP "

static struct bed *modems_with_numbers(int modems)
{
    struct bed_options options = {.modems = modems,
        .config = "rehearsal = true; loop = { every_h = 1; };",
        .sim_args = "--latency-ms 5 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_new(&options);

    for (int i = 1; i <= modems; i++) {
        char from[64];
        char to[96];

        (void)snprintf(from, sizeof from, "name = \"m%d\";", i);
        (void)snprintf(
            to, sizeof to, "name = \"m%d\"; number = \"" NUMBER "\";", i, i);
        bed_config_replace(bed, from, to);
    }
    bed_start_sim(bed, &options);
    bed_start_gateway(bed, CLOCK);
    return bed;
}

/* What the modems sent to each other so far. */
static int loops(struct bed *bed)
{
    json_t *rows = bed_ledger(bed, "accepted");
    json_t *row = NULL;
    size_t i = 0;
    int count = 0;

    json_array_foreach(rows, i, row)
    {
        const char *text = json_string_value(json_object_get(row, "text"));

        count += strncmp(text, MARK, strlen(MARK)) == 0 ? 1 : 0;
    }
    json_decref(rows);
    return count;
}

/* Hands over what was accepted from the first-th on, but nothing to a number
   that is lost (0: none is). @return how many were accepted in all. */
static int carry(struct bed *bed, int first, int lost)
{
    json_t *rows = bed_ledger(bed, "accepted");
    int count = (int)json_array_size(rows);

    for (int i = first; i < count; i++) {
        json_t *row = json_array_get(rows, (size_t)i);
        const char *modem = json_string_value(json_object_get(row, "modem"));
        const char *phone = json_string_value(json_object_get(row, "to"));
        int from = (int)strtol(modem + 1, NULL, 10);
        int to = (int)strtol(phone + strlen("+6281100000"), NULL, 10);

        if (to != lost) {
            json_decref(bed_sim(bed,
                "{\"cmd\":\"sms\",\"modem\":\"m%d\",\"from\":\"" NUMBER "\","
                "\"text\":\"%s\"}",
                to, from, json_string_value(json_object_get(row, "text"))));
        }
    }
    json_decref(rows);
    return count;
}

static bool came_back(struct bed *bed, const char *modem)
{
    char target[64];
    json_t *shown = NULL;
    bool came = false;

    (void)snprintf(target, sizeof target, "/api/v1/modems/%s", modem);
    shown = bed_ask(bed, "GET", target, NULL, NULL);
    came = json_is_string(json_object_get(shown, "loop_at"));
    json_decref(shown);
    return came;
}

static size_t inbox(struct bed *bed)
{
    json_t *list = bed_ask(bed, "GET", "/api/v1/inbox", NULL, NULL);
    size_t count = json_array_size(list);

    json_decref(list);
    return count;
}

static bool alarm_is(struct bed *bed, const char *key, const char *state)
{
    json_t *list = bed_ask(bed, "GET", "/api/v1/alarms?all=1", NULL, NULL);
    json_t *alarm = NULL;
    size_t i = 0;
    bool is = false;

    json_array_foreach(list, i, alarm)
    {
        is = is ||
             (strcmp(json_string_value(json_object_get(alarm, "key")), key) ==
                     0 &&
                 strcmp(json_string_value(json_object_get(alarm, "state")),
                     state) == 0);
    }
    json_decref(list);
    return is;
}

static void modems_text_each_other_and_nobody_else_hears(void **state)
{
    struct bed *bed = modems_with_numbers(3);
    int carried = 0;

    (void)state;
    BED_WAIT(30000, loops(bed) >= 3);
    assert_false(came_back(bed, "m1"));
    carried = carry(bed, 0, 0);
    BED_WAIT(10000,
        came_back(bed, "m1") && came_back(bed, "m2") && came_back(bed, "m3"));
    assert_false(alarm_is(bed, "modem:m1:loop", "raised"));

    /* One that was on its way while the gateway began anew is known, too. */
    BED_WAIT(30000, loops(bed) >= carried + 3);
    assert_int_equal(bed_stop_gateway(bed, SIGTERM), 0);
    bed_start_gateway(bed, CLOCK);
    (void)carry(bed, carried, 0);
    BED_WAIT(20000,
        bed_ledger_count(bed, "deleted") == bed_ledger_count(bed, "inbound"));
    assert_true(bed_ledger_count(bed, "inbound") >= 6);
    assert_int_equal(inbox(bed), 0);
    /* Nobody was answered: all that went out are loop tests. */
    assert_int_equal(loops(bed), (int)bed_ledger_count(bed, "accepted"));
    bed_free(bed);
}

static void one_that_does_not_arrive_is_an_alarm_until_one_does(void **state)
{
    struct bed *bed = modems_with_numbers(2);
    int carried = 0;

    (void)state;
    BED_WAIT(30000, loops(bed) >= 2);
    carried = carry(bed, 0, 2);
    BED_WAIT(20000, alarm_is(bed, "modem:m2:loop", "raised"));
    assert_true(bed_logged(bed, "modem m2 got no SMS from modem m1"));
    assert_false(alarm_is(bed, "modem:m1:loop", "raised"));
    BED_WAIT(30000, loops(bed) >= carried + 2);
    (void)carry(bed, carried, 0);
    BED_WAIT(20000, alarm_is(bed, "modem:m2:loop", "clearing") ||
                        alarm_is(bed, "modem:m2:loop", "cleared"));
    bed_free(bed);
}

static void one_alone_texts_itself(void **state)
{
    struct bed *bed = modems_with_numbers(1);

    (void)state;
    BED_WAIT(30000, loops(bed) >= 1);
    (void)carry(bed, 0, 0);
    BED_WAIT(10000, came_back(bed, "m1"));
    assert_int_equal(inbox(bed), 0);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(modems_text_each_other_and_nobody_else_hears),
        cmocka_unit_test(one_that_does_not_arrive_is_an_alarm_until_one_does),
        cmocka_unit_test(one_alone_texts_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
