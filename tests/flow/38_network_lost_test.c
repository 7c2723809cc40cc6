// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: while a modem has no network its messages wait, and the wait counts
 * against none of them. The simulator's ledger judges.
 */
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NO_REPORTS "--latency-ms 20 --command-ms 0 --no-reports"

static void set_registration(struct bed *bed, int creg)
{
    json_decref(bed_sim(bed, "{\"cmd\":\"network\",\"creg\":%d}", creg));
}

/* Ten messages, first …, while +CREG goes there in the middle of sending: the
   refusal is no message's fault. */
static void lose_it(struct bed *bed, int creg, int first)
{
    char target[64];
    int64_t sent = bed_queue(bed, "sent");
    int64_t id = 0;

    set_registration(bed, creg);
    id = traffic_send(bed, first);
    traffic_send_many(bed, first + 1, 9);
    (void)snprintf(
        target, sizeof target, "/api/v1/messages/%lld", (long long)id);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "no_network"));
    if (creg == 3) { /* then waiting does not help */
        BED_WAIT(20000, bed_says(bed, "/api/v1/modems/m1", "advice",
                            "ask the operator whether the SIM"));
    }
    assert_true(traffic_is(bed, id, "queued"));
    assert_int_equal(bed_number(bed, target, "attempts"), 0);
    assert_int_equal(bed_queue(bed, "queued"), 10);
    set_registration(bed, creg == 3 ? 5 : 1);
    BED_WAIT(30000, bed_queue(bed, "sent") == sent + 10);
    assert_int_equal(bed_number(bed, target, "attempts"), 1);
}

static void without_network_messages_wait_and_burn_no_attempts(void **state)
{
    /* Not searching, searching, denied (3GPP TS 27.007 §7.2). */
    static const int lost[] = {0, 2, 3};
    struct bed_options options = {
        .modems = 1, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_new(&options);
    int64_t id = 0;

    (void)state;
    bed_start_sim(bed, &options);
    set_registration(bed, 2);
    bed_start_gateway(bed, NULL);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "no_network"));
    id = traffic_send(bed, 0);
    traffic_send_many(bed, 1, 4);
    assert_true(traffic_is(bed, id, "queued"));
    set_registration(bed, 1);
    BED_WAIT(20000, bed_queue(bed, "sent") == 5);
    for (int i = 0; i < 3; i++) {
        lose_it(bed, lost[i], 5 + 10 * i);
    }
    traffic_judge(bed, 35);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_network_messages_wait_and_burn_no_attempts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
