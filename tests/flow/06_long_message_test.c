// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: a long message goes on at the part where it stopped, each part once.
 * The simulator's ledger judges.
 */
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char three_parts[] =
    "Bagian satu bagian satu bagian satu bagian satu bagian satu bagian satu "
    "bagian satu bagian satu bagian satu bagian satu bagian satu bagian satu "
    "Bagian dua bagian dua bagian dua bagian dua bagian dua bagian dua bagian "
    "dua bagian dua bagian dua bagian dua bagian dua bagian dua bagian dua. "
    "Bagian tiga bagian tiga bagian tiga bagian tiga bagian tiga bagian tiga";

/* Parts 1, 2, 3 in order, each once, with one reference. */
static void assert_three_parts(struct bed *bed, const char *to)
{
    json_t *rows = bed_ledger(bed, "accepted");
    json_t *row = NULL;
    size_t i = 0;
    int64_t reference = -1;
    int part = 0;

    json_array_foreach(rows, i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "to")), to) != 0) {
            continue;
        }
        part++;
        assert_int_equal(
            json_integer_value(json_object_get(row, "part")), part);
        assert_int_equal(json_integer_value(json_object_get(row, "parts")), 3);
        if (reference < 0) {
            reference = json_integer_value(json_object_get(row, "udh_ref"));
        }
        assert_int_equal(
            json_integer_value(json_object_get(row, "udh_ref")), reference);
    }
    assert_int_equal(part, 3);
    json_decref(rows);
}

static void a_long_message_goes_on_at_the_part_where_it_stopped(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 500 --command-ms 0 --report-ms 100",
        .config = TRAFFIC_BUDGETS};
    struct bed *bed = bed_up(&options);
    int64_t id = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    id = traffic_send_text(bed, 0, three_parts);
    BED_WAIT(15000, traffic_is(bed, id, "delivered"));
    assert_three_parts(bed, "+6281200009000");

    /* Unplugged before the second part: only two and three are left. */
    id = traffic_send_text(bed, 1, three_parts);
    BED_WAIT(5000, traffic_in_flight(bed, "m1"));
    traffic_fault(
        bed, "m1", "\"fault\":\"unplug_at:before\",\"replug_ms\":500");
    BED_WAIT(5000, traffic_struck(bed, "m1"));
    assert_int_equal(traffic_accepted(bed, 1), 1);
    BED_WAIT(30000, traffic_is(bed, id, "delivered"));
    assert_three_parts(bed, "+6281200009001");

    /* Lost in the second: unknown, until its report comes; then the third. */
    id = traffic_send_text(bed, 2, three_parts);
    BED_WAIT(5000, traffic_in_flight(bed, "m1"));
    BED_WAIT(5000, traffic_accepted(bed, 2) == 1);
    BED_WAIT(5000, traffic_in_flight(bed, "m1"));
    traffic_fault(bed, "m1", "\"fault\":\"lost_cmgs\"");
    BED_WAIT(40000, traffic_is(bed, id, "delivered"));
    assert_three_parts(bed, "+6281200009002");
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_message_goes_on_at_the_part_where_it_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
