// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many modems at 3 s of network time: whether one is as fast beside 63 others
 * as alone, and what 256 cost the gateway. Rates suffer from whatever else the
 * machine does; the processor time of kabarid does not.
 *
 * BENCH_SECONDS (30) is how long each is watched.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "tests/support/bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NETWORK_MS 3000
#define BATCH      2000

struct figures {
    double rate;    /* messages a second, by the ledger */
    double core;    /* share of one core that kabarid takes */
    double us_each; /* processor time a message */
    long rss_kb;
    long rss_worker_kb;
};

/** The number before which stand so many spaces. */
static long number_after(const char *text, int spaces)
{
    char *end = NULL;
    long number = 0;

    for (int i = 0; i < spaces; i++) {
        text = strchr(text, ' ');
        assert_non_null(text);
        text++;
    }
    number = strtol(text, &end, 10);
    assert_true(end > text);
    return number;
}

static double cpu_s(pid_t pid)
{
    char path[64];
    char line[1024] = "";
    const char *state = NULL;
    long ticks = 0;
    FILE *file = NULL;

    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    (void)fclose(file);
    state = strrchr(line, ')'); /* the name before it may hold spaces */
    assert_non_null(state);
    ticks = number_after(state, 12) + number_after(state, 13);
    return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static long rss_kb(pid_t pid)
{
    char path[64];
    char line[256];
    long kb = 0;
    FILE *file = NULL;

    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "VmRSS:", 6) == 0) {
            kb = strtol(line + 6, NULL, 10);
        }
    }
    (void)fclose(file);
    return kb;
}

static long first_worker_kb(pid_t gateway)
{
    char path[80];
    char line[64] = "";
    pid_t pid = 0;
    FILE *file = NULL;

    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)gateway,
        (int)gateway);
    file = fopen(path, "re");
    if (file == NULL) {
        return 0;
    }
    if (fgets(line, sizeof line, file) != NULL) {
        pid = (pid_t)strtol(line, NULL, 10);
    }
    (void)fclose(file);
    return pid == 0 ? 0 : rss_kb(pid);
}

static void queue_messages(struct bed *bed, int count)
{
    for (int from = 0; from < count; from += BATCH) {
        struct buf body = {0};

        for (int i = from; i < from + BATCH && i < count; i++) {
            buf_printf(&body,
                "%c{\"phone\":\"+6281200%06d\",\"text\":\"DUKCAPIL MABAR: pesan "
                "%d\",\"priority\":\"bulk\"}",
                i == from ? '[' : ',', 100000 + i, i);
        }
        buf_add_text(&body, "]");
        bed_do(bed, "POST", "/api/v1/messages", buf_text(&body));
        buf_clear(&body);
    }
}

static int ready_ones(struct bed *bed)
{
    json_t *modems = bed_ask(bed, "GET", "/api/v1/modems", NULL, NULL);
    json_t *modem = NULL;
    size_t i = 0;
    int count = 0;

    json_array_foreach(modems, i, modem)
    {
        const char *state = json_string_value(json_object_get(modem, "state"));

        count += strcmp(state, "ready") == 0 || strcmp(state, "sending") == 0
                     ? 1
                     : 0;
    }
    json_decref(modems);
    return count;
}

static int seconds(void)
{
    const char *text = getenv("BENCH_SECONDS");

    return text == NULL ? 30 : (int)strtol(text, NULL, 10);
}

static struct figures measure(int modems)
{
    struct bed_options options = {.modems = modems,
        .sim_args = "--latency-ms 3000 --command-ms 20 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    int span_s = seconds();
    struct figures figures = {0};
    size_t sent = 0;
    double cpu = 0;
    int64_t start = 0;
    double took_s = 0;

    BED_WAIT(300000, ready_ones(bed) == modems);
    queue_messages(bed, modems * (span_s + 30) / (NETWORK_MS / 1000));
    BED_WAIT(300000, bed_ledger_count(bed, "accepted") >= (size_t)modems * 2);
    sent = bed_ledger_count(bed, "accepted");
    cpu = cpu_s(bed->gateway);
    start = bed_mono_ms();
    (void)sleep((unsigned)span_s);
    figures.core = cpu_s(bed->gateway) - cpu;
    took_s = (double)(bed_mono_ms() - start) / 1000;
    sent = bed_ledger_count(bed, "accepted") - sent;
    figures.rate = (double)sent / took_s;
    figures.us_each = figures.core * 1e6 / (double)sent;
    figures.core /= took_s;
    figures.rss_kb = rss_kb(bed->gateway);
    figures.rss_worker_kb = first_worker_kb(bed->gateway);
    bed_free(bed);
    print_message("%3d modems: %.2f messages/s, kabarid %.1f %% of a core "
                  "(%.0f us each), %.1f MB; a worker %.1f MB\n",
        modems, figures.rate, figures.core * 100, figures.us_each,
        (double)figures.rss_kb / 1024, (double)figures.rss_worker_kb / 1024);
    return figures;
}

static void one_of_64_is_as_fast_as_one_alone(void **state)
{
    struct figures one = measure(1);
    struct figures many = measure(64);
    double share = many.rate / (64 * one.rate);

    (void)state;
    print_message("64 modems: %.3f x 64 x one (promised: 0.98)\n", share);
    assert_true(share >= 0.98);
}

static void modems_in_the_hundreds_cost_little(void **state)
{
    struct figures many = measure(256);

    (void)state;
    print_message("256 modems: %.1f %% of a core (promised: 25), %.1f MB "
                  "(promised: 30)\n",
        many.core * 100, (double)many.rss_kb / 1024);
    assert_true(many.core <= 0.25);
    assert_true(many.rss_kb <= 30L * 1024);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_64_is_as_fast_as_one_alone),
        cmocka_unit_test(modems_in_the_hundreds_cost_little),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
