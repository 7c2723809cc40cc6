// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: a SIM that its operator blocks in silence (everything is accepted,
 * nothing is delivered) is found by its delivery reports and taken out of
 * service, while the others go on; but not where no SIM gets reports, and not
 * while its memory has no room for them. A rehearsal's clock, four hundred
 * times as fast, makes the ten minutes short. The simulator's ledger judges.
 */
#include "base/buf.h"
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CLOCK "--clock 2026-09-01T09:00 --clock-speed 400"
/* More than the twenty that are judged. */
#define ENOUGH 24

static struct bed *two_modems(const char *modem_args)
{
    struct bed_options options = {.modems = 2,
        .config = "rehearsal = true;",
        .modem_args = modem_args,
        .sim_args = "--latency-ms 5 --command-ms 0 --report-ms 20"};
    struct bed *bed = bed_new(&options);

    bed_start_sim(bed, &options);
    bed_start_gateway(bed, CLOCK);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                        traffic_modem_is(bed, "m2", "ready"));
    return bed;
}

/* Messages first … first + count - 1, all through one modem. */
static void send_by(struct bed *bed, const char *modem, int first, int count)
{
    const char *other = strcmp(modem, "m1") == 0 ? "m2" : "m1";
    int sent = traffic_accepted_by(bed, modem);

    traffic_modem(bed, other, "pause");
    traffic_send_many(bed, first, count);
    BED_WAIT(20000, traffic_accepted_by(bed, modem) == sent + count);
    BED_WAIT(
        20000, bed_queue(bed, "queued") + bed_queue(bed, "submitting") == 0);
    traffic_modem(bed, other, "resume");
}

static int64_t reported(struct bed *bed, const char *modem)
{
    char target[64];

    (void)snprintf(target, sizeof target, "/api/v1/modems/%s", modem);
    return bed_number(bed, target, "report_percent");
}

/* Both have sent enough, all of it was reported, and that is known. */
static void get_used_to_reports(struct bed *bed)
{
    send_by(bed, "m1", 0, ENOUGH);
    send_by(bed, "m2", ENOUGH, ENOUGH);
    BED_WAIT(30000, reported(bed, "m1") == 100 && reported(bed, "m2") == 100);
}

/* How many alarms of that key stand, with those words in the text. */
static int alarms(struct bed *bed, const char *key, const char *words)
{
    json_t *list = bed_ask(bed, "GET", "/api/v1/alarms", NULL, NULL);
    json_t *alarm = NULL;
    size_t i = 0;
    int count = 0;

    json_array_foreach(list, i, alarm)
    {
        const char *its = json_string_value(json_object_get(alarm, "key"));
        const char *text = json_string_value(json_object_get(alarm, "text"));

        count += strcmp(its, key) == 0 && strstr(text, words) != NULL ? 1 : 0;
    }
    json_decref(list);
    return count;
}

static void one_sim_that_delivers_nothing_is_taken_out_of_service(void **state)
{
    /* As at work: one in half a minute. */
    struct bed *bed = two_modems("min_gap_ms = 30000;");
    int sent = 0;

    (void)state;
    get_used_to_reports(bed);
    traffic_fault(bed, "m1", "\"fault\":\"no_reports\"");
    send_by(bed, "m1", 100, ENOUGH);
    send_by(bed, "m2", 200, ENOUGH);
    BED_WAIT(30000, traffic_modem_is(bed, "m1", "quarantined"));
    assert_true(bed_says(bed, "/api/v1/modems/m1", "last_error",
        "the operator may block it in silence"));
    BED_WAIT(5000,
        bed_says(bed, "/api/v1/modems/m1", "advice", "kabari modem reset m1"));
    BED_WAIT(5000, alarms(bed, "modem:m1", "in quarantine") == 1);
    assert_true(traffic_modem_works(bed, "m2"));
    assert_int_equal(alarms(bed, "modem:m2", ""), 0);

    /* The other one carries on alone; what was sent is not sent again. */
    sent = traffic_accepted_by(bed, "m1");
    traffic_send_many(bed, 300, 10);
    BED_WAIT(20000, traffic_number_is(bed, 309, "delivered"));
    assert_int_equal(traffic_accepted_by(bed, "m1"), sent);
    assert_true(traffic_number_is(bed, 100, "sent"));

    /* A restart does not forget it; only an operator takes it back. */
    assert_int_equal(bed_stop_gateway(bed, SIGTERM), 0);
    bed_start_gateway(bed, CLOCK);
    BED_WAIT(20000, traffic_modem_works(bed, "m2"));
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "quarantined"));
    traffic_fault(bed, "m1", "\"fault\":\"no_reports\",\"count\":\"off\"");
    traffic_modem(bed, "m1", "reset");
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    send_by(bed, "m1", 400, 1);
    BED_WAIT(20000, traffic_number_is(bed, 400, "delivered"));
    for (int i = 0; i < 2 * ENOUGH; i++) {
        assert_int_equal(traffic_accepted(bed, i), 1);
    }
    for (int i = 0; i < ENOUGH; i++) {
        assert_int_equal(traffic_accepted(bed, 100 + i), 1);
    }
    bed_free(bed);
}

static void where_no_sim_gets_reports_none_is_blamed(void **state)
{
    struct bed *bed = two_modems(NULL);

    (void)state;
    get_used_to_reports(bed);
    traffic_fault(bed, "m1", "\"fault\":\"no_reports\"");
    traffic_fault(bed, "m2", "\"fault\":\"no_reports\"");
    send_by(bed, "m1", 100, ENOUGH);
    send_by(bed, "m2", 200, ENOUGH);
    BED_WAIT(30000, reported(bed, "m1") == 0 && reported(bed, "m2") == 0);
    BED_WAIT(10000, alarms(bed, "modem:m1:reports", "try one by hand") == 1 &&
                        alarms(bed, "modem:m2:reports", "by hand") == 1);
    assert_true(traffic_modem_is(bed, "m1", "ready"));
    assert_true(traffic_modem_is(bed, "m2", "ready"));
    traffic_send_many(bed, 300, 2);
    BED_WAIT(
        20000, traffic_accepted(bed, 300) + traffic_accepted(bed, 301) == 2);
    bed_free(bed);
}

static void a_sim_without_room_for_reports_is_not_blamed(void **state)
{
    struct bed *bed = two_modems(NULL);

    (void)state;
    get_used_to_reports(bed);
    traffic_fault(bed, "m1", "\"fault\":\"storage_full\"");
    traffic_fault(bed, "m1", "\"fault\":\"no_reports\"");
    traffic_modem(bed, "m1", "reset"); /* it looks at its memories anew */
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    BED_WAIT(20000, bed_says(bed, "/api/v1/modems/m1", "memory_full", "SIM "));
    send_by(bed, "m1", 100, ENOUGH);
    send_by(bed, "m2", 200, ENOUGH);
    /* Long enough for the other one's to be judged again, and its own. */
    BED_WAIT(30000, alarms(bed, "modem:m1:memory", "no room for SMS") == 1);
    BED_WAIT(30000, reported(bed, "m2") == 100);
    assert_true(reported(bed, "m1") != 0);
    assert_true(traffic_modem_works(bed, "m1"));

    /* With room again it counts from then on, and what it sends without a
       report is found. */
    traffic_fault(bed, "m1", "\"fault\":\"storage_full\",\"count\":\"off\"");
    BED_WAIT(20000, bed_is(bed, "/api/v1/modems/m1", "memory_full", ""));
    assert_true(traffic_modem_works(bed, "m1"));
    send_by(bed, "m1", 300, ENOUGH);
    send_by(bed, "m2", 400, ENOUGH);
    BED_WAIT(30000, traffic_modem_is(bed, "m1", "quarantined"));
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_sim_that_delivers_nothing_is_taken_out_of_service),
        cmocka_unit_test(where_no_sim_gets_reports_none_is_blamed),
        cmocka_unit_test(a_sim_without_room_for_reports_is_not_blamed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
