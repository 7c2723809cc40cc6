// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: whatever lies on SIM and modem comes in, once: from both memories, from
 * a full one, by looking where the modem tells of nothing, in parts over
 * restarts, twice or never whole; reports and calls beside it. The simulator's
 * ledger judges.
 */
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void text_in(struct bed *bed, int i, const char *more)
{
    char phone[24];

    traffic_phone(i, phone);
    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"%s\","
        "\"text\":\"pertanyaan nomor %d\"%s}",
        phone, i, more));
}

/* How many entries of the inbox hold that text. */
static int entries(struct bed *bed, const char *text)
{
    json_t *list = bed_ask(bed, "GET", "/api/v1/inbox", NULL, NULL);
    json_t *entry = NULL;
    size_t i = 0;
    int count = 0;

    json_array_foreach(list, i, entry)
    {
        const char *said = json_string_value(json_object_get(entry, "text"));

        count += strstr(said, text) != NULL ? 1 : 0;
    }
    json_decref(list);
    return count;
}

static void both_memories_are_read_and_cleared(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 20 --command-ms 0 --no-reports "
                    "--profile huawei-e3531",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_new(&options);
    json_t *stored = NULL;
    json_t *event = NULL;
    size_t i = 0;

    (void)state;
    bed_start_sim(bed, &options);
    for (int n = 0; n < 6; n++) { /* class 2 belongs to the SIM */
        text_in(bed, n, n % 2 == 0 ? ",\"class\":2" : "");
    }
    bed_start_gateway(bed, NULL);
    BED_WAIT(60000, entries(bed, "pertanyaan") == 6);
    BED_WAIT(20000, traffic_events(bed, "m1", "deleted") == 6);
    stored = bed_ledger(bed, "deleted");
    int in_modem = 0;
    json_array_foreach(stored, i, event)
    {
        in_modem += strcmp(json_string_value(json_object_get(event, "store")),
                        "ME") == 0
                        ? 1
                        : 0;
    }
    json_decref(stored);
    assert_int_equal(in_modem, 3);
    bed_free(bed);
}

static void a_full_memory_is_drained_and_what_the_network_kept_follows(
    void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 20 --command-ms 0 --no-reports "
                    "--sms-store 3",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_new(&options);

    (void)state;
    bed_start_sim(bed, &options);
    for (int n = 0; n < 12; n++) {
        text_in(bed, n, "");
    }
    bed_start_gateway(bed, NULL);
    BED_WAIT(60000, entries(bed, "pertanyaan") == 12);
    BED_WAIT(20000, traffic_events(bed, "m1", "deleted") == 12);
    bed_free(bed);
}

static void a_modem_that_will_not_tell_is_looked_at(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 20 --command-ms 0 --report-ms 50 "
                    "--fault cnmi_refused"};
    struct bed *bed = bed_up(&options);
    int64_t id = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    for (int n = 0; n < 3; n++) {
        text_in(bed, n, "");
    }
    BED_WAIT(30000, entries(bed, "pertanyaan") == 3);
    id = traffic_send(bed, 10);
    BED_WAIT(10000, traffic_is(bed, id, "sent"));
    bed_free(bed);
}

static void parts_meet_over_restarts_once(void **state)
{
    static const char *const parts[] = {"[1]", "[1]", "[3]", "[2]"};
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 20 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_new(&options);
    char text[420] = "awal ";

    (void)state;
    bed_start_sim(bed, &options);
    memset(text + 5, 'a', sizeof text - 5);
    memcpy(text + sizeof text - 7, " akhir", 7);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        bed_start_gateway(bed, NULL);
        BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
        json_decref(bed_sim(bed,
            "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"+6281200009050\","
            "\"text\":\"%s\",\"ref\":77,\"smsc_time\":\"2016-09-01 08:00\","
            "\"order\":%s}",
            text, parts[i]));
        BED_WAIT(20000, traffic_events(bed, "m1", "deleted") == (int)i + 1);
        if (i + 1 < sizeof parts / sizeof *parts) {
            assert_int_equal(entries(bed, "awal"), 0);
            assert_int_equal(
                bed_stop_gateway(bed, i % 2 == 0 ? SIGTERM : SIGKILL),
                i % 2 == 0 ? 0 : -1);
        }
    }
    BED_WAIT(10000, entries(bed, "awal") == 1);
    assert_int_equal(entries(bed, "akhir"), 1);
    bed_free(bed);
}

static void reports_and_calls_are_no_sms(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 20 --command-ms 0 --report-ms 50"};
    struct bed *bed = bed_up(&options);

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    traffic_send_many(bed, 0, 5);
    json_decref(bed_sim(bed, "{\"cmd\":\"call\",\"modem\":\"m1\","
                             "\"from\":\"+6281200009060\",\"rings\":2}"));
    BED_WAIT(20000, bed_queue(bed, "delivered") >= 5);
    BED_WAIT(20000, bed_logged(bed, "inbound: call modem=m1"));
    assert_int_equal(bed_number(bed, "/api/v1/modems/m1", "inbound"), 0);
    traffic_judge(bed, 5);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_memories_are_read_and_cleared),
        cmocka_unit_test(
            a_full_memory_is_drained_and_what_the_network_kept_follows),
        cmocka_unit_test(a_modem_that_will_not_tell_is_looked_at),
        cmocka_unit_test(parts_meet_over_restarts_once),
        cmocka_unit_test(reports_and_calls_are_no_sms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
