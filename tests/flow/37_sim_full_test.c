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

/* Where libGammu reads the modem's +CNMI wrong, new SMS come as +CMT, kept
   nowhere, until that is set right: those that come just then count, too. */
static void what_comes_while_the_modem_is_prepared_is_not_lost(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 20 --command-ms 60 --no-reports "
                    "--fault no_space",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_new(&options);
    json_t *rows = NULL;
    json_t *row = NULL;
    size_t at = 0;
    int sent = 0;
    int nowhere = 0;
    int64_t next_ms = 0;

    (void)state;
    bed_start_sim(bed, &options);
    bed_start_gateway(bed, NULL);
    while (sent < 100 && !traffic_modem_is(bed, "m1", "ready")) {
        if (bed_mono_ms() >= next_ms) {
            json_decref(bed_sim(bed,
                "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":"
                "\"+6281200009%03d\",\"text\":\"apa kabar %d\"}",
                300 + sent, sent));
            sent++;
            next_ms = bed_mono_ms() + 40;
        }
    }
    rows = bed_ledger(bed, "inbound");
    json_array_foreach(rows, at, row)
    {
        nowhere += json_object_get(row, "index") == NULL ? 1 : 0;
    }
    json_decref(rows);
    print_message("%d of %d were kept nowhere\n", nowhere, sent);
    assert_true(nowhere > 0);
    for (int i = 0; i < sent; i++) {
        BED_WAIT(60000, traffic_accepted(bed, 300 + i) == 1); /* the answer */
    }
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_sim_is_drained_and_no_sms_is_lost),
        cmocka_unit_test(what_comes_while_the_modem_is_prepared_is_not_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
