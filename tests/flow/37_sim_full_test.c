// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: a SIM without room is drained and no SMS that came is lost. The
 * simulator's ledger judges.
 */
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NO_REPORTS "--latency-ms 20 --command-ms 0 --no-reports"

static void a_full_sim_is_drained_and_no_sms_is_lost(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = NO_REPORTS " --sms-store 3",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_new(&options);
    json_t *inbox = NULL;
    json_t *stats = NULL;

    (void)state;
    bed_start_sim(bed, &options);
    /* Three lie there at the start, the network keeps the rest. */
    for (int i = 0; i < 10; i++) {
        json_decref(bed_sim(bed,
            "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"+6281200009%03d\","
            "\"text\":\"apa kabar %d\"}",
            500 + i, i));
    }
    bed_start_gateway(bed, NULL);
    BED_WAIT(30000, bed_ledger_count(bed, "deleted") == 10);
    assert_int_equal(bed_ledger_count(bed, "inbound"), 10);
    inbox = bed_ask(bed, "GET", "/api/v1/inbox", NULL, NULL);
    assert_int_equal(json_array_size(inbox), 10);
    json_decref(inbox);
    BED_WAIT(20000, bed_queue(bed, "sent") == 10); /* each is answered */
    stats = bed_sim(bed, "{\"cmd\":\"stats\",\"modem\":\"m1\"}");
    assert_int_equal(
        json_integer_value(json_object_get(
            json_array_get(json_object_get(stats, "modems"), 0), "slots_used")),
        0);
    json_decref(stats);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(traffic_accepted(bed, 500 + i), 1);
    }
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_sim_is_drained_and_no_sms_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
