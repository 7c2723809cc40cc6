// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Twenty minutes in which every fault strikes fourteen of sixteen modems by
 * chance, kabarid is killed and its database held: tests/flow/30_chaos_alone.c
 * plays two. CHAOS_SEED=N repeats a day, CHAOS_STORMY_S=N makes its bad part
 * shorter or longer.
 */
#include "tests/support/chaos.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static int64_t setting(const char *name, int64_t or_else)
{
    const char *text = getenv(name);
    int64_t value = or_else;

    return text != NULL && str_int(text, 1, INT64_MAX, &value) == KB_OK
               ? value
               : or_else;
}

static void twenty_minutes_of_all_faults(void **state)
{
    struct chaos_options options = {
        .seed = (uint64_t)setting("CHAOS_SEED", (int64_t)time(NULL)),
        .quiet_s = 210,
        .stormy_s = (int)setting("CHAOS_STORMY_S", 900),
        .drain_s = 90,
        .latency_ms = 1500,
        .rest_ms = 8000,
        .kills = 12,
        .locks = 12,
        .least = 5000,
        .manners = true,
        .hold_rates = true,
    };

    (void)state;
    chaos_run(&options);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(twenty_minutes_of_all_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
