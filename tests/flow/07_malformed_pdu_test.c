// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: what comes in from the air cannot stop the gateway, and nothing of it
 * is lost: PDUs that nobody can read are kept as they are and shown, parts
 * come in any order, twice or never, an SMS that is read again is answered
 * once. The simulator's ledger judges.
 */
#include "tests/support/people.h"
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NO_REPORTS "--latency-ms 20 --command-ms 0 --no-reports"

static void ask_in_parts(struct bed *bed, const char *order, int i)
{
    char nik[17];
    char phone[24];

    person_nik(i, nik);
    person_phone(i, phone);
    /* "CEK" is in the first part and the NIK begins behind the second's start:
       neither part says anything alone. */
    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"%s\",\"order\":%s,"
        "\"text\":\"CEK%*s%s\"}",
        phone, order, 160, "", nik));
}

static int answers_to(struct bed *bed, int person)
{
    char phone[24];
    json_t *rows = bed_ledger(bed, "accepted");
    json_t *row = NULL;
    size_t i = 0;
    int count = 0;

    person_phone(person, phone);
    json_array_foreach(rows, i, row)
    {
        const char *to = json_string_value(json_object_get(row, "to"));
        const char *text = json_string_value(json_object_get(row, "text"));

        if (strcmp(to, phone) == 0) {
            assert_non_null(strstr(text, "NIK ..")); /* the status, no help */
            count++;
        }
    }
    json_decref(rows);
    return count;
}

static void a_query_in_parts_is_answered_once_whatever_their_order(void **state)
{
    struct bed_options options = {
        .modems = 1, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);

    (void)state;
    people_import(bed, 10);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    ask_in_parts(bed, "[1,2]", 1);
    ask_in_parts(bed, "[2,1]", 2);
    BED_WAIT(10000, answers_to(bed, 1) == 1 && answers_to(bed, 2) == 1);
    BED_WAIT(10000, bed_ledger_count(bed, "deleted") == 4);
    assert_int_equal(bed_ledger_count(bed, "accepted"), 2);
    bed_free(bed);
}

static void an_sms_that_is_read_again_is_answered_once(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 300 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    char nik[17];
    char phone[24];
    pid_t worker = 0;

    (void)state;
    people_import(bed, 10);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    worker = traffic_worker(bed, "m1");
    assert_true(worker > 0);
    /* The deletion is never answered: stored, not deleted, when it is killed. */
    traffic_fault(bed, "m1",
        "\"fault\":\"ignore\",\"command\":\"+CMGD\",\"count\":\"on\"");
    person_nik(3, nik);
    person_phone(3, phone);
    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"%s\",\"text\":\"CEK "
        "%s\"}",
        phone, nik));
    BED_WAIT(10000, answers_to(bed, 3) == 1);
    assert_int_equal(bed_ledger_count(bed, "deleted"), 0);
    assert_int_equal(kill(worker, SIGKILL), 0);
    json_decref(bed_sim(bed, "{\"cmd\":\"heal\",\"modem\":\"m1\"}"));
    BED_WAIT(20000, bed_ledger_count(bed, "deleted") == 1);

    /* And the whole gateway, too. */
    traffic_fault(bed, "m1",
        "\"fault\":\"ignore\",\"command\":\"+CMGD\",\"count\":\"on\"");
    person_nik(4, nik);
    person_phone(4, phone);
    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"%s\",\"text\":\"CEK "
        "%s\"}",
        phone, nik));
    BED_WAIT(10000, answers_to(bed, 4) == 1);
    (void)bed_stop_gateway(bed, SIGKILL);
    json_decref(bed_sim(bed, "{\"cmd\":\"heal\",\"modem\":\"m1\"}"));
    bed_start_gateway(bed, NULL);
    BED_WAIT(20000, bed_ledger_count(bed, "deleted") == 2);
    BED_WAIT(20000,
        bed_queue(bed, "queued") == 0 && bed_queue(bed, "submitting") == 0);
    assert_int_equal(answers_to(bed, 3), 1);
    assert_int_equal(answers_to(bed, 4), 1);
    assert_int_equal(bed_ledger_count(bed, "accepted"), 2);
    bed_free(bed);
}

/* --- parts that never come, come again, or share a reference -------------------- */

static bool inbox_has(struct bed *bed, const char *words)
{
    json_t *rows = bed_ask(bed, "GET", "/api/v1/inbox", NULL, NULL);
    json_t *row = NULL;
    size_t i = 0;
    bool found = false;

    json_array_foreach(rows, i, row)
    {
        const char *text = json_string_value(json_object_get(row, "text"));

        found = found || (text != NULL && strstr(text, words) != NULL);
    }
    json_decref(rows);
    return found;
}

static void a_part_whose_rest_never_comes_surfaces_after_a_day(void **state)
{
    struct bed_options options = {
        .modems = 1, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_new(&options);

    (void)state;
    bed_start_sim(bed, &options);
    bed_start_gateway_with_clock(bed, 0);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"+6281200009700\","
        "\"drop_part\":2,\"ref\":7,\"text\":\"bagian yang ada%*s\"}",
        200, "hilang"));
    BED_WAIT(10000, bed_ledger_count(bed, "deleted") == 1);
    assert_false(inbox_has(bed, "bagian yang ada"));
    bed_set_clock(bed, INT64_C(25) * 3600);
    BED_WAIT(90000, inbox_has(bed, "bagian yang ada"));
    assert_false(inbox_has(bed, "hilang"));
    bed_free(bed);
}

/* Two long texts from one phone under one reference, and one text twice. */
static void references_used_again_and_parts_that_come_twice_mix_nothing(
    void **state)
{
    static const char *const words[] = {"pertama", "kedua"};
    struct bed_options options = {
        .modems = 1, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    for (int i = 0; i < 2; i++) {
        json_decref(bed_sim(bed,
            "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"+6281200009701\","
            "\"ref\":9,\"order\":[2,1,2],\"text\":\"%s awal%*s %s akhir\"}",
            words[i], 180, "", words[i]));
        BED_WAIT(20000, inbox_has(bed, words[i]));
    }
    assert_true(inbox_has(bed, "pertama awal"));
    assert_true(inbox_has(bed, "kedua awal"));
    assert_true(inbox_has(bed, "pertama akhir"));
    assert_true(inbox_has(bed, "kedua akhir"));
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_query_in_parts_is_answered_once_whatever_their_order),
        cmocka_unit_test(a_part_whose_rest_never_comes_surfaces_after_a_day),
        cmocka_unit_test(
            references_used_again_and_parts_that_come_twice_mix_nothing),
        cmocka_unit_test(an_sms_that_is_read_again_is_answered_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
