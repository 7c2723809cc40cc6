// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: who looks after the gateway hears of trouble once: by SMS from another
 * modem, by a command, in the list of alarms. Credit that runs out stops
 * reminders before answers; modems that text each other prove both ways.
 */
#include "tests/support/bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define READY(bed, name)                                                       \
    BED_WAIT(30000, bed_is(bed, "/api/v1/modems/" name, "state", "ready"))

static int accepted_by(struct bed *bed, const char *modem, const char *to)
{
    json_t *rows = bed_ledger(bed, "accepted");
    json_t *row = NULL;
    size_t i = 0;
    int count = 0;

    json_array_foreach(rows, i, row)
    {
        count += strcmp(json_string_value(json_object_get(row, "modem")),
                     modem) == 0 &&
                         strcmp(json_string_value(json_object_get(row, "to")),
                             to) == 0
                     ? 1
                     : 0;
    }
    json_decref(rows);
    return count;
}

/* The first alarm's member; "" : there is none. */
static bool alarm_is(struct bed *bed, const char *member, const char *value)
{
    json_t *alarms = bed_ask(bed, "GET", "/api/v1/alarms", NULL, NULL);
    const char *text =
        json_string_value(json_object_get(json_array_get(alarms, 0), member));
    bool same = text != NULL && strstr(text, value) != NULL;

    json_decref(alarms);
    return same;
}

static void trouble_is_told_by_sms_command_and_list(void **state)
{
    struct bed_options options = {.modems = 2,
        .config = "alarms = { phones = [ \"+6281200009999\" ]; "
                  "command = [ \"/bin/sh\", \"WHERE/hook\" ]; };"};
    struct bed *bed = bed_new(&options);
    char path[160];
    char told[160];
    struct stat file;

    (void)state;
    bed_config_replace(bed, "WHERE", bed->folder);
    (void)snprintf(told, sizeof told, "%s/told", bed->folder);
    bed_write(bed, "hook",
        "printf '%s %s %s\\n' \"$KABARI_ALARM_KEY\" \"$KABARI_ALARM_STATE\" "
        "\"$KABARI_ALARM_SEVERITY\" >> \"${0%/*}/told\"\n",
        path, sizeof path);
    /* m1 has another SIM than the configuration names. */
    bed_config_replace(
        bed, "name = \"m1\";", "name = \"m1\"; imsi = \"510109000099999\";");
    bed_start_sim(bed, &options);
    bed_start_gateway(bed, NULL);
    BED_WAIT(30000, alarm_is(bed, "key", "modem:m1"));
    BED_WAIT(30000, bed_queue(bed, "delivered") == 1);
    /* One SMS, not three in UCS-2. */
    assert_int_equal(accepted_by(bed, "m2", "+6281200009999"), 1);
    assert_true(alarm_is(bed, "severity", "critical"));
    assert_true(alarm_is(bed, "text", "modems[].imsi"));
    BED_WAIT(30000, stat(told, &file) == 0 && file.st_size > 0);
    assert_int_equal(
        bed_kabari(bed, NULL, "alarm", "ack", "1", (char *)NULL), 0);
    assert_true(alarm_is(bed, "acked_by", "uid:"));
    assert_int_equal(accepted_by(bed, "m1", "+6281200009999"), 0);
    (void)unlink(told);
    (void)unlink(path);
    bed_free(bed);
}

static void credit_that_runs_out_stops_reminders_before_answers(void **state)
{
    struct bed_options options = {.modems = 1,
        .modem_args = "reports = false; balance = { code = \"*888#\"; "
                      "stop = 90000000; low = 95000000; };"};
    struct bed *bed = bed_up(&options);
    int64_t credit = -1;

    (void)state;
    READY(bed, "m1");
    BED_WAIT(30000, bed_number(bed, "/api/v1/modems/m1", "credit") >= 0);
    BED_WAIT(30000,
        bed_says(bed, "/api/v1/modems/m1", "limited_by", "only answers go"));
    bed_do(bed, "POST", "/api/v1/messages",
        "{\"phone\":\"+6281200009001\",\"text\":\"a\",\"priority\":\"bulk\"}");
    bed_do(bed, "POST", "/api/v1/messages",
        "{\"phone\":\"+6281200009002\",\"text\":\"b\",\"priority\":\"reply\"}");
    BED_WAIT(30000, accepted_by(bed, "m1", "+6281200009002") == 1);
    assert_int_equal(accepted_by(bed, "m1", "+6281200009001"), 0);
    BED_WAIT(30000, alarm_is(bed, "key", "modem:m1:credit"));
    assert_true(bed_is(bed, "/api/v1/modems/m1", "state", "limited"));

    /* No answer says nothing of the credit; one to staff behind a top-up does. */
    credit = bed_number(bed, "/api/v1/modems/m1", "credit");
    json_decref(
        bed_sim(bed, "{\"cmd\":\"ussd\",\"modem\":\"m1\",\"code\":\"*888#\","
                     "\"reply\":\"\",\"m\":5}"));
    (void)bed_kabari(bed, NULL, "modem", "ussd", "m1", "*888#", (char *)NULL);
    assert_int_equal(bed_number(bed, "/api/v1/modems/m1", "credit"), credit);
    json_decref(
        bed_sim(bed, "{\"cmd\":\"ussd\",\"modem\":\"m1\",\"code\":\"*888#\","
                     "\"reply\":\"Sisa pulsa Rp 99000000\"}"));
    assert_int_equal(
        bed_kabari(bed, NULL, "modem", "ussd", "m1", "*888#", (char *)NULL), 0);
    BED_WAIT(30000, accepted_by(bed, "m1", "+6281200009001") == 1);
    assert_int_equal(bed_number(bed, "/api/v1/modems/m1", "credit"), 99000000);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(trouble_is_told_by_sms_command_and_list),
        cmocka_unit_test(credit_that_runs_out_stops_reminders_before_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
