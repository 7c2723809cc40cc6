// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: a modem that never is silent (^RSSI ten times a second, as the sticks
 * of one make say it) is at work as soon as any other, whenever the line is
 * opened between two of its words; and a probe of it ends, too.
 */
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    MODEMS = 5, /* each opens its line at another moment */
    SENT = 4 * MODEMS
};

static bool all_work(struct bed *bed)
{
    for (int i = 1; i <= MODEMS; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "m%d", i);
        if (!traffic_modem_works(bed, name)) {
            return false;
        }
    }
    return true;
}

static void a_modem_that_never_is_silent_is_at_work_at_once(void **state)
{
    struct bed_options options = {.modems = MODEMS,
        .sim_args = "--latency-ms 60 --command-ms 0 --report-ms 200 "
                    "--fault chatter:100"};
    struct bed *bed = bed_up(&options);

    (void)state;
    BED_WAIT(20000, all_work(bed)); /* a start's own budget is 90 s */
    traffic_send_many(bed, 0, SENT);
    BED_WAIT(30000, bed_queue(bed, "delivered") == SENT);
    traffic_judge(bed, SENT);
    bed_free(bed);
}

static void it_can_be_probed(void **state)
{
    struct bed_options options = {
        .modems = 1, .sim_args = "--command-ms 0 --fault chatter:100"};
    struct bed *bed = bed_new(&options);
    char device[112];
    char *out = NULL;

    (void)state;
    bed_start_sim(bed, &options);
    (void)snprintf(device, sizeof device, "%s/m1", bed->sim_folder);
    for (int i = 0; i < 4; i++) {
        int64_t begun_ms = bed_mono_ms();

        assert_int_equal(
            bed_kabari(bed, &out, "modem", "probe", device, (char *)NULL), 0);
        assert_non_null(strstr(out, "libGammu starts it in"));
        assert_true(bed_mono_ms() - begun_ms < 20000);
        free(out);
    }
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_modem_that_never_is_silent_is_at_work_at_once),
        cmocka_unit_test(it_can_be_probed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
