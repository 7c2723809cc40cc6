// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: a bit that flips on its way from the modem, where nothing has a
 * checksum, makes no other SMS of one: neither another sender, time or text,
 * nor a second entry when it is read again, nor something for the quarantine.
 */
#include "tests/support/traffic.h"

#include <sqlite3.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIM_ARGS "--latency-ms 20 --command-ms 0 --no-reports"

/* Digits of the PDU of an SMS from +6281200009xxx, each in a modem of its own:
   the SMSC's address takes 14 of them. */
static const char *const misreadings[] = {
    "\"fault\":\"misread:23\"", /* its sender */
    "\"fault\":\"misread:47\"", /* the minute of its time */
    "\"fault\":\"misread:60\"", /* its text */
};

enum {
    MISREADINGS = sizeof misreadings / sizeof *misreadings
};

static void bring_sms(struct bed *bed, const char *modem, int i)
{
    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"%s\",\"from\":\"+6281200009%03d\","
        "\"text\":\"apa kabar %d\"}",
        modem, i, i));
}

static int length_of(struct bed *bed, const char *target)
{
    json_t *rows = bed_ask(bed, "GET", target, NULL, NULL);
    int count = (int)json_array_size(rows);

    json_decref(rows);
    return count;
}

static void name_of(int i, char *out)
{
    (void)snprintf(out, 8, "m%c", '1' + i);
}

/* What came is read again by a worker that knows nothing of it. */
static void begin_anew(struct bed *bed)
{
    for (int i = 0; i < MISREADINGS; i++) {
        char name[8];

        name_of(i, name);
        json_decref(bed_sim(bed, "{\"cmd\":\"heal\",\"modem\":\"%s\"}", name));
        traffic_modem(bed, name, "reset");
    }
    for (int i = 0; i < MISREADINGS; i++) {
        char name[8];

        name_of(i, name);
        BED_WAIT(30000, traffic_events(bed, name, "deleted") == 1);
    }
}

static void judge_inbox(struct bed *bed)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *rows = NULL;
    int count = 0;

    assert_int_equal(sqlite3_open(bed->database, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db,
            "SELECT phone, text, at_ms - smsc_at_ms FROM inbound ORDER BY text",
            -1, &rows, NULL),
        SQLITE_OK);
    while (sqlite3_step(rows) == SQLITE_ROW) {
        char phone[24];
        char text[24];

        (void)snprintf(phone, sizeof phone, "+6281200009%03d", count);
        (void)snprintf(text, sizeof text, "apa kabar %d", count++);
        assert_string_equal((const char *)sqlite3_column_text(rows, 0), phone);
        assert_string_equal((const char *)sqlite3_column_text(rows, 1), text);
        assert_true(llabs(sqlite3_column_int64(rows, 2)) < 30000);
    }
    assert_int_equal(sqlite3_finalize(rows), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(count, MISREADINGS);
}

static void a_flipped_bit_makes_no_other_sms_and_no_second_one(void **state)
{
    struct bed_options options = {.modems = MISREADINGS,
        .sim_args = SIM_ARGS,
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);

    (void)state;
    for (int i = 0; i < MISREADINGS; i++) {
        char name[8];

        name_of(i, name);
        BED_WAIT(20000, traffic_modem_works(bed, name));
        traffic_fault(bed, name, "\"fault\":\"refuse:+CMGD\"");
        traffic_fault(bed, name, misreadings[i]);
        bring_sms(bed, name, i);
        BED_WAIT(20000, length_of(bed, "/api/v1/inbox") == i + 1);
        assert_true(traffic_events(bed, name, "struck") > 0);
    }
    begin_anew(bed);
    assert_int_equal(length_of(bed, "/api/v1/inbox"), MISREADINGS);
    assert_int_equal(bed_stop_gateway(bed, SIGTERM), 0);
    judge_inbox(bed);
    bed_free(bed);
}

/* Its length, when it is read, when it is listed, and when what libGammu could
   not read is listed past it. */
static void a_flipped_bit_sends_no_sms_to_the_quarantine(void **state)
{
    struct bed_options options = {
        .modems = 1, .sim_args = SIM_ARGS, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);

    (void)state;
    BED_WAIT(20000, traffic_modem_works(bed, "m1"));
    traffic_fault(bed, "m1", "\"fault\":\"misread:53\",\"count\":4");
    bring_sms(bed, "m1", 0);
    BED_WAIT(30000, traffic_events(bed, "m1", "deleted") == 1);
    assert_true(traffic_struck(bed, "m1"));
    assert_int_equal(length_of(bed, "/api/v1/inbox/poison"), 0);
    assert_int_equal(length_of(bed, "/api/v1/inbox"), 1);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flipped_bit_makes_no_other_sms_and_no_second_one),
        cmocka_unit_test(a_flipped_bit_sends_no_sms_to_the_quarantine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
