// SPDX-License-Identifier: GPL-2.0-or-later
#include "dispatch/dispatch_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct seen {
    int64_t first;
    int64_t last;
    int count;
};

/* Line n says n, at instant 10 n. */
static void on_line(void *arg, int64_t number, int64_t at_ms, const char *line)
{
    struct seen *seen = arg;
    char wanted[32];

    (void)snprintf(wanted, sizeof wanted, "line %lld", (long long)number);
    assert_string_equal(line, wanted);
    assert_int_equal(at_ms, 10 * number);
    seen->first = seen->count == 0 ? number : seen->first;
    assert_true(seen->count == 0 || number == seen->last + 1);
    seen->last = number;
    seen->count++;
}

static void add(struct modem_log *log, size_t most_bytes, int from, int upto)
{
    for (int n = from; n <= upto; n++) {
        char line[32];

        (void)snprintf(line, sizeof line, "line %d", n);
        modem_log_add(log, most_bytes, (int64_t)10 * n, line);
    }
}

static void the_last_thousand_lines_are_kept(void **state)
{
    struct modem_log log = {0};
    struct seen seen = {0};

    (void)state;
    modem_log_read(&log, 0, on_line, &seen);
    assert_int_equal(seen.count, 0);
    add(&log, modem_log_most(1), 1, 5000);
    modem_log_read(&log, 0, on_line, &seen);
    assert_int_equal(seen.last, 5000);
    assert_true(seen.count >= MODEM_LOG_LINES);
    assert_true(seen.count <= MODEM_LOG_LINES * 9 / 8);
    modem_log_clear(&log);
}

static void only_newer_ones_are_read(void **state)
{
    struct modem_log log = {0};
    struct seen seen = {0};

    (void)state;
    add(&log, modem_log_most(1), 1, 20);
    modem_log_read(&log, 17, on_line, &seen);
    assert_int_equal(seen.first, 18);
    assert_int_equal(seen.count, 3);
    modem_log_clear(&log);
}

static void many_modems_share_the_room(void **state)
{
    size_t most = modem_log_most(256);
    struct modem_log log = {0};
    struct seen seen = {0};

    (void)state;
    assert_true(256 * most <= (size_t)4 * 1024 * 1024);
    assert_true(modem_log_most(8) == modem_log_most(1));
    add(&log, most, 1, 5000);
    assert_true(log.used <= most);
    modem_log_read(&log, 0, on_line, &seen);
    assert_int_equal(seen.last, 5000);
    assert_true(seen.count > 100);
    modem_log_clear(&log);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_thousand_lines_are_kept),
        cmocka_unit_test(only_newer_ones_are_read),
        cmocka_unit_test(many_modems_share_the_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
