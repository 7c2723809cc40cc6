// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: a worker that is killed, crashes or runs out of memory is back within
 * a second and its start; its message is judged by the stage. An SMS made to
 * crash libGammu ends workers, no traffic. The simulator's ledger judges.
 */
#include "base/buf.h"
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NO_REPORTS "--latency-ms 20 --command-ms 0 --no-reports"

static void a_killed_worker_is_back_at_once_and_its_message_is_unknown(
    void **state)
{
    struct bed_options options = {.modems = 2,
        .sim_args = "--latency-ms 700 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    pid_t worker = 0;
    pid_t other = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                        traffic_modem_is(bed, "m2", "ready"));
    /* One TP-MR is known, so that what follows the unknown one is told from
       its late answer at once. */
    traffic_modem(bed, "m2", "pause");
    (void)traffic_send(bed, 0);
    BED_WAIT(5000, bed_queue(bed, "sent") == 1);
    traffic_modem(bed, "m2", "resume");
    worker = traffic_worker(bed, "m1");
    other = traffic_worker(bed, "m2");
    assert_true(worker > 0 && other > 0);
    traffic_send_many(bed, 1, 11);
    BED_WAIT(5000, traffic_in_flight(bed, "m1"));
    assert_int_equal(kill(worker, SIGKILL), 0);
    BED_WAIT(2000, bed_queue(bed, "unknown") == 1);
    BED_WAIT(5000, traffic_modem_works(bed, "m1"));
    BED_WAIT(20000, traffic_settled(bed) == 12);
    assert_int_equal(traffic_worker(bed, "m2"), other);
    assert_true(traffic_worker(bed, "m1") != worker);
    assert_int_equal(bed_queue(bed, "unknown"), 1);
    assert_true(traffic_accepted_by(bed, "m1") > 1);
    traffic_judge(bed, 12);
    bed_free(bed);
}

/* --- SMS that crash libGammu --------------------------------------------- */

/* A TP-DELIVER (3GPP TS 23.040 §9.2.2.1) behind its SMSC's address: from
   +6281200009001, at any time, 7-bit text. */
#define SMSC_ADDRESS "07912618010000F5"
#define FROM         "0D91261802009000F1"
#define PID_DCS_SCTS                                                           \
    "0000"                                                                     \
    "62114200000023"

struct poison {
    const char *first; /* MTI and flags */
    const char *sizes; /* TP-UDL, and TP-UDHL where there is a header */
    int octets;        /* of user data behind them */
};

/* UDL counts septets, at most 160; a header is shorter than its message. */
static const struct poison poisons[] = {
    {"04", "FF",   224},
    {"44", "FFFF", 223},
    {"44", "8CFF", 139},
};

static void inject(struct bed *bed, const struct poison *poison)
{
    struct buf hex = {0};

    buf_printf(&hex, "%s%s%s%s%s", SMSC_ADDRESS, poison->first, FROM,
        PID_DCS_SCTS, poison->sizes);
    for (int i = 0; i < poison->octets; i++) {
        buf_add_text(&hex, "41");
    }
    json_decref(bed_sim(bed,
        "{\"cmd\":\"pdu\",\"modem\":\"m1\",\"hex\":\"%s\"}", buf_text(&hex)));
    buf_clear(&hex);
}

static int crashes(struct bed *bed)
{
    json_t *lines = bed_ask(bed, "GET", "/api/v1/modems/m1/log", NULL, NULL);
    json_t *line = NULL;
    size_t i = 0;
    int count = 0;

    json_array_foreach(lines, i, line)
    {
        const char *text = json_string_value(json_object_get(line, "line"));

        count += strstr(text, "the worker crashed in scan") != NULL ? 1 : 0;
    }
    json_decref(lines);
    return count;
}

static void an_sms_that_crashes_libgammu_ends_one_worker_and_no_traffic(
    void **state)
{
    struct bed_options options = {
        .modems = 2, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    pid_t other = 0;
    int sent = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                        traffic_modem_is(bed, "m2", "ready"));
    other = traffic_worker(bed, "m2");
    for (int i = 0; i < 30; i++) {
        (void)traffic_send(bed, i);
        if (i % 10 == 5) {
            inject(bed, &poisons[i / 10]); /* in the middle of sending */
        }
    }
    BED_WAIT(20000, crashes(bed) >= 2);
    BED_WAIT(20000, bed_queue(bed, "sent") == 30); /* none is unknown */

    /* The same modem works on, though its SIM still holds them. */
    BED_WAIT(40000, traffic_modem_is(bed, "m1", "ready"));
    traffic_modem(bed, "m2", "pause");
    sent = traffic_accepted_by(bed, "m1");
    traffic_send_many(bed, 30, 10);
    BED_WAIT(20000, bed_queue(bed, "sent") == 40);
    assert_int_equal(traffic_accepted_by(bed, "m1"), sent + 10);
    assert_int_equal(traffic_worker(bed, "m2"), other); /* undisturbed */
    /* An SMS that is not poisoned still comes in. */
    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"+6281200009040\","
        "\"text\":\"apa kabar\"}"));
    BED_WAIT(20000, traffic_accepted(bed, 40) == 1);
    traffic_judge(bed, 40);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_killed_worker_is_back_at_once_and_its_message_is_unknown),
        cmocka_unit_test(
            an_sms_that_crashes_libgammu_ends_one_worker_and_no_traffic),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
