// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: what one SIM's network is out of order for (+CMS ERROR: 38), or
 * rejects once (21), goes to another SIM at once instead of waiting there; and
 * a bare ERROR behind a PDU, after which nobody knows what the modem still has
 * of it, costs that message its certainty and no other one. The simulator's
 * ledger judges.
 */
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NO_REPORTS "--latency-ms 40 --command-ms 0 --no-reports"

enum {
    BATCH = 6
};

static struct bed *two_modems(void)
{
    struct bed_options options = {
        .modems = 2, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);

    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                        traffic_modem_is(bed, "m2", "ready"));
    return bed;
}

static const char *text_of(const json_t *row, const char *member)
{
    const char *text = json_string_value(json_object_get(row, member));

    return text == NULL ? "" : text;
}

/* Whose SMS the fault met, and who sent it then. */
static void assert_sent_by_m2(struct bed *bed)
{
    json_t *struck = bed_ledger(bed, "struck");
    json_t *sent = bed_ledger(bed, "accepted");
    const char *to = NULL;
    json_t *row = NULL;
    size_t i = 0;
    int times = 0;

    assert_int_equal(json_array_size(struck), 1);
    to = text_of(json_array_get(struck, 0), "to");
    json_array_foreach(sent, i, row)
    {
        if (strcmp(text_of(row, "to"), to) == 0) {
            assert_string_equal(text_of(row, "modem"), "m2");
            times++;
        }
    }
    assert_int_equal(times, 1);
    json_decref(struck);
    json_decref(sent);
}

static void goes_to_another_sim_at_once(const char *fault)
{
    struct bed *bed = two_modems();

    traffic_fault(bed, "m1", fault);
    traffic_send_many(bed, 0, BATCH);
    BED_WAIT(4000, bed_queue(bed, "sent") == BATCH);
    assert_sent_by_m2(bed);
    traffic_judge(bed, BATCH);
    bed_free(bed);
}

static void a_network_out_of_order_sends_it_to_another_sim(void **state)
{
    (void)state;
    goes_to_another_sim_at_once("\"fault\":\"cms:38\"");
}

static void what_is_rejected_is_tried_once_on_another_sim(void **state)
{
    (void)state;
    goes_to_another_sim_at_once("\"fault\":\"cms:21\"");
}

static void a_bare_error_behind_the_pdu_costs_one_certainty(void **state)
{
    struct bed *bed = two_modems();

    (void)state;
    traffic_fault(bed, "m1", "\"fault\":\"bare_error\"");
    traffic_send_many(bed, 0, BATCH);
    BED_WAIT(20000, traffic_settled(bed) == BATCH);
    assert_int_equal(bed_queue(bed, "unknown"), 1);
    /* It has begun anew, and is at work. */
    assert_true(bed_logged(bed, "the modem answered ERROR behind the SMS"));
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    traffic_modem(bed, "m2", "pause");
    traffic_send_many(bed, BATCH, BATCH);
    BED_WAIT(20000, traffic_settled(bed) == 2L * BATCH);
    assert_int_equal(bed_queue(bed, "unknown"), 1);
    traffic_judge(bed, 2 * BATCH);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_out_of_order_sends_it_to_another_sim),
        cmocka_unit_test(what_is_rejected_is_tried_once_on_another_sim),
        cmocka_unit_test(a_bare_error_behind_the_pdu_costs_one_certainty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
