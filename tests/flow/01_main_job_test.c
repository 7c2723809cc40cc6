// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: the main job. Two modems, 1,000 pending residents of whom some share
 * phones: each phone that should hear gets exactly one message, every delivery
 * report is credited, and a resident who texts CEK meanwhile is answered
 * within one network time.
 */
#include "tests/support/people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PEOPLE     1000
#define LATENCY_MS 40
/* Instrumented programs on a busy two-core machine; the promise proper, one
   network time and 100 ms, is measured by the benchmark. */
#define ANSWER_MS (LATENCY_MS + 2000)

static int64_t value_of(json_t *row, const char *member)
{
    return json_integer_value(json_object_get(row, member));
}

static void assert_each_phone_once(struct bed *bed)
{
    json_t *accepted = bed_ledger(bed, "accepted");
    json_t *seen = json_object();
    json_t *row = NULL;
    size_t i = 0;
    size_t reminded = 0;

    json_array_foreach(accepted, i, row)
    {
        const char *to = json_string_value(json_object_get(row, "to"));
        const char *text = json_string_value(json_object_get(row, "text"));

        if (strstr(text, "NIK ..") != NULL) {
            continue; /* the answer to CEK */
        }
        reminded++;
        assert_null(json_object_get(seen, to));
        assert_int_equal(json_object_set_new(seen, to, json_true()), 0);
    }
    assert_int_equal(reminded, people_phones(PEOPLE));
    for (int person = 0; person < PEOPLE; person++) {
        char phone[24];

        person_phone(person, phone);
        assert_true(phone[0] == '\0' || json_object_get(seen, phone) != NULL);
    }
    json_decref(seen);
    json_decref(accepted);
}

/* From the ledger alone: when the SMS was given to a modem, and when the
   answer's PDU was typed. */
static int64_t answer_ms(struct bed *bed, const char *phone)
{
    json_t *rows = bed_ledger(bed, NULL);
    json_t *row = NULL;
    size_t i = 0;
    int64_t asked = -1;
    int64_t answered = -1;

    json_array_foreach(rows, i, row)
    {
        const char *event = json_string_value(json_object_get(row, "event"));
        const char *to = json_string_value(json_object_get(row, "to"));
        const char *from = json_string_value(json_object_get(row, "from"));
        const char *text = json_string_value(json_object_get(row, "text"));

        if (strcmp(event, "inbound") == 0 && from != NULL &&
            strcmp(from, phone) == 0) {
            asked = value_of(row, "t_ms");
        } else if (strcmp(event, "accepted") == 0 && strcmp(to, phone) == 0 &&
                   strstr(text, "NIK ..") != NULL) {
            answered = value_of(row, "t_ms");
        }
    }
    json_decref(rows);
    return asked < 0 || answered < 0 ? -1 : answered - asked;
}

static void every_phone_hears_once_and_a_query_does_not_wait(void **state)
{
    struct bed_options options = {.modems = 2,
        .sim_args = "--latency-ms 40 --command-ms 1 --report-ms 20"};
    struct bed *bed = bed_up(&options);
    int phones = people_phones(PEOPLE);
    char nik[17];
    char phone[24];

    (void)state;
    people_import(bed, PEOPLE);
    people_campaign(bed, "rekam", 20);
    BED_WAIT(20000, bed_ledger_count(bed, "accepted") > 20);

    person_nik(3, nik);
    person_phone(3, phone);
    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"%s\",\"text\":\"CEK %s\"}",
        phone, nik));
    BED_WAIT(ANSWER_MS, answer_ms(bed, phone) >= 0);
    assert_true(bed_queue(bed, "queued") > 0);

    BED_WAIT(120000, bed_queue(bed, "delivered") == phones + 1);
    assert_each_phone_once(bed);
    assert_int_equal(
        bed_number(bed, "/api/v1/campaigns/rekam/report", "delivered"), phones);
    assert_int_equal(
        bed_number(bed, "/api/v1/campaigns/rekam/report", "audience"), PEOPLE);
    assert_int_equal(bed_ledger_count(bed, "delivered"), phones + 1);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_phone_hears_once_and_a_query_does_not_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
