// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: a long text whose first part is out comes whole from one number, since
 * a phone puts no text together from two: what refuses the second part is tried
 * again on the same SIM, though another one is idle and would take it. The
 * simulator's ledger judges.
 */
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    PARTS = 4
};

static struct bed *two_modems(void)
{
    struct bed_options options = {.modems = 2,
        .sim_args = "--latency-ms 400 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);

    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                        traffic_modem_is(bed, "m2", "ready"));
    return bed;
}

static const char *long_text(void)
{
    static char text[153 * (PARTS - 1) + 20];

    memset(text, 'x', sizeof text - 1);
    return text;
}

/* Why it has not gone yet, as an operator asks. */
static bool why_says(struct bed *bed, int64_t id, const char *words)
{
    char text[24];
    json_t *answer = NULL;
    bool found = false;

    (void)snprintf(text, sizeof text, "%lld", (long long)id);
    answer = bed_json(bed, "message", "why", text, (char *)NULL);
    found = strstr(json_string_value(json_object_get(answer, "why")), words) !=
            NULL;
    json_decref(answer);
    return found;
}

static void the_rest_of_a_text_goes_out_by_the_same_sim(void **state)
{
    struct bed *bed = two_modems();
    const char *sim = NULL;
    const char *other = NULL;
    int64_t id = 0;

    (void)state;
    id = traffic_send_text(bed, 1, long_text());
    BED_WAIT(10000, bed_ledger_count(bed, "accepted") > 0);
    sim = traffic_accepted_by(bed, "m1") > 0 ? "m1" : "m2";
    other = strcmp(sim, "m1") == 0 ? "m2" : "m1";
    traffic_fault(bed, sim, "\"fault\":\"cms:21\"");
    BED_WAIT(10000, why_says(bed, id, "its first parts went out by that SIM"));
    BED_WAIT(30000, traffic_is(bed, id, "sent"));
    assert_int_equal(traffic_events(bed, sim, "struck"), 1);
    assert_int_equal(traffic_accepted_by(bed, sim), PARTS);
    assert_int_equal(traffic_accepted_by(bed, other), 0);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rest_of_a_text_goes_out_by_the_same_sim),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
