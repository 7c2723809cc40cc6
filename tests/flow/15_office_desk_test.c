// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: what staff type is taken as they mean it or refused with a sentence:
 * blank texts, times that are over, words where a USSD code belongs; and who
 * reads JSON gets what there is, not what a spreadsheet needs.
 */
#include "tests/support/people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define END      ((const char *)NULL)
#define RUN(...) bed_kabari(bed, NULL, __VA_ARGS__, END)
#define PHONE    "+6281200009601"

static int set_up(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 1 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);

    people_import(bed, 20);
    *state = bed;
    return 0;
}

static int tear_down(void **state)
{
    bed_free(*state);
    return 0;
}

static void a_blank_text_is_not_sent(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(RUN("send", PHONE, "   "), 4);
    assert_int_equal(RUN("send", PHONE, "\n\t \n"), 4);
    assert_int_equal(RUN("send", PHONE, ""), 4);
    assert_int_equal(RUN("send", PHONE, " . "), 0);
}

static void a_time_that_is_over_is_refused(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(RUN("send", PHONE, "Halo", "--at", "2016-09-01 08:00"), 4);
    assert_int_equal(RUN("send", PHONE, "Halo", "--at", "2099-09-01 08:00"), 0);
}

static void a_code_is_what_keys_can_type(void **state)
{
    struct bed *bed = *state;

    BED_WAIT(30000, bed_is(bed, "/api/v1/modems/m1", "state", "ready"));
    assert_int_equal(RUN("modem", "ussd", "m1", "halo"), 4);
    assert_int_equal(RUN("modem", "ussd", "m1", "*888#\r"), 4);
    assert_int_equal(bed_ledger_count(bed, "ussd"), 0);
    json_decref(bed_sim(bed, "{\"cmd\":\"ussd\",\"modem\":\"m1\",\"code\":"
                             "\"*888#\",\"reply\":\"Sisa pulsa Rp.1000\"}"));
    assert_int_equal(RUN("modem", "ussd", "m1", "*888#"), 0);
}

/* A name that begins as a formula, for a person and for a spreadsheet. */
static void json_holds_what_there_is_and_csv_what_a_spreadsheet_may_read(
    void **state)
{
    static const char csv[] = "nik,nama,kantor\n5315036706909101,=1+1,LEMBOR\n";
    struct bed *bed = *state;
    char *out = NULL;
    json_t *rows = NULL;
    char path[200];

    bed_write(bed, "odd.csv", csv, path, sizeof path);
    assert_int_equal(RUN("resident", "import", path), 0);
    assert_int_equal(bed_kabari(bed, &out, "resident", "export", END), 0);
    assert_non_null(strstr(out, ",'=1+1,"));
    assert_null(strstr(out, ",=1+1,"));
    free(out);
    rows = bed_json(bed, "resident", "export", END);
    assert_true(json_array_size(rows) == 21);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(rows, 20), "nama")),
        "=1+1");
    json_decref(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blank_text_is_not_sent),
        cmocka_unit_test(a_time_that_is_over_is_refused),
        cmocka_unit_test(a_code_is_what_keys_can_type),
        cmocka_unit_test(
            json_holds_what_there_is_and_csv_what_a_spreadsheet_may_read),
    };

    return cmocka_run_group_tests_name(
        "what staff type", tests, set_up, tear_down);
}
