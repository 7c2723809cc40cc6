// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: a resident's phone is enrolled at the counter by a code, asks by a call
 * that costs nothing, and is told by itself when the KTP-el is ready.
 */
#include "tests/support/letters.h"
#include "tests/support/people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PHONE "+6281200009702"

static void a_phone_enrols_asks_and_is_told_of_the_change(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 1 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    char nik[17];
    char text[32];
    json_t *answer = NULL;

    (void)state;
    people_import(bed, 20);
    person_nik(3, nik);
    answer = bed_json(bed, "resident", "set", nik, "--enroll", "--state",
        "processing", (const char *)NULL);
    (void)snprintf(text, sizeof text, "kode %s",
        json_string_value(json_object_get(answer, "code")));
    json_decref(answer);
    letter_comes(bed, "m1", PHONE, text);
    BED_WAIT(20000, letter_heard(bed, PHONE, "sekarang terdaftar") == 1);
    json_decref(bed_sim(bed,
        "{\"cmd\":\"call\",\"modem\":\"m1\",\"from\":\"%s\",\"rings\":3}",
        PHONE));
    BED_WAIT(20000, letter_heard(bed, PHONE, "masih diproses") == 1);
    json_decref(bed_json(
        bed, "resident", "set", nik, "--state", "printed", (const char *)NULL));
    BED_WAIT(20000, letter_heard(bed, PHONE, "SUDAH DICETAK") == 1);
    assert_int_equal(letter_heard(bed, PHONE, NULL), 3);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_phone_enrols_asks_and_is_told_of_the_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
