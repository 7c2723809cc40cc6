// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: a +CMGS that comes when its SMS has been given up, in the middle of
 * others' submits, is never taken for theirs. The simulator's ledger judges.
 */
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void a_late_answer_is_never_credited_to_another_message(void **state)
{
    /* The late ones come into other messages' submits, at the first and at
       later ones of the new worker. */
    static const char *const late[] = {
        "\"fault\":\"late_cmgs:2\"",
        "\"fault\":\"late_cmgs:3\"",
    };
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 150 --command-ms 0 --no-reports",
        .modem_args = "reports = false; send_timeout_s = 1;",
        .config = TRAFFIC_BUDGETS};
    struct bed *bed = bed_up(&options);
    int sent = 0;

    (void)state;
    for (size_t i = 0; i < sizeof late / sizeof *late; i++) {
        BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
        traffic_fault(bed, "m1", late[i]);
        traffic_send_many(bed, sent, 20);
        sent += 20;
        BED_WAIT(40000, traffic_settled(bed) == sent);
        assert_true(traffic_struck(bed, "m1"));
        traffic_modem(bed, "m1", "reset");
    }
    traffic_judge(bed, sent);
    assert_int_equal(bed_ledger_count(bed, "accepted"), (size_t)sent);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_answer_is_never_credited_to_another_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
