// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: two minutes in which every fault strikes fourteen of sixteen modems by
 * chance, kabarid is killed and its database held: nothing is lost, nothing
 * goes out twice by itself, every unknown has its cause, and the two modems
 * that nothing strikes go on as before. $CHAOS_SEED repeats a day;
 * $CHAOS_STORMY_S makes it longer. tests/bench/chaos.c plays twenty minutes.
 */
#include "base/str.h"
#include "tests/support/chaos.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static int64_t setting(const char *name, int64_t or_else)
{
    const char *text = getenv(name);
    int64_t value = or_else;

    if (text != NULL && str_int(text, 1, INT64_MAX, &value) != KB_OK) {
        fail_msg("%s must be a number", name);
    }
    return value;
}

static void a_day_of_all_faults_loses_nothing_and_doubles_nothing(void **state)
{
    struct chaos_options options = {
        .seed = (uint64_t)setting("CHAOS_SEED", (int64_t)time(NULL)),
        .quiet_s = 20,
        .stormy_s = (int)setting("CHAOS_STORMY_S", 75),
        .drain_s = 25,
        .latency_ms = 1000,
        .rest_ms = 3000,
        .kills = 3,
        .locks = 3,
        .least = 500,
        .manners = true,
    };

    (void)state;
    chaos_run(&options);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_of_all_faults_loses_nothing_and_doubles_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
