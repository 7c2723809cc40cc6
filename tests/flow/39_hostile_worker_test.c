// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: whatever stands in a worker's place - noise, endless or half frames,
 * flipped bits, a flood, results of nothing, a spoilt page, silence, a crash -
 * that worker ends and nothing else does: the honest ones beside it go on and
 * the gateway answers. The simulator's ledger judges.
 */
#include "tests/support/traffic.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define MODEMS   16 /* the first two are honest */
#define MESSAGES 60

static void copy_program(const char *from, const char *folder, const char *to)
{
    char source[512];
    char path[512];
    char data[65536];
    ssize_t bytes = 0;
    int in = -1;
    int out = -1;

    bed_program(from, source, sizeof source);
    (void)snprintf(path, sizeof path, "%s/%s", folder, to);
    in = open(source, O_RDONLY | O_CLOEXEC);
    out = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
    assert_true(in >= 0 && out >= 0);
    while ((bytes = read(in, data, sizeof data)) > 0) {
        assert_int_equal(write(out, data, (size_t)bytes), bytes);
    }
    (void)close(in);
    (void)close(out);
}

static void start_among_the_hostile(struct bed *bed)
{
    char folder[128];
    const char *build = getenv("KABARI_BUILD");
    char kept[512];

    (void)snprintf(kept, sizeof kept, "%s", build == NULL ? "" : build);
    (void)snprintf(folder, sizeof folder, "%s/bin", bed->folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    copy_program("kabarid", folder, "kabarid");
    copy_program("kabari-modem", folder, "kabari-modem-honest");
    copy_program("hostile-worker", folder, "kabari-modem");
    assert_int_equal(setenv("KABARI_BUILD", folder, 1), 0);
    bed_start_gateway(bed, NULL);
    assert_int_equal(kept[0] == '\0' ? unsetenv("KABARI_BUILD")
                                     : setenv("KABARI_BUILD", kept, 1),
        0);
}

/* What the operator can read of it. */
static bool log_says(struct bed *bed, const char *name, const char *words)
{
    char target[64];
    json_t *rows = NULL;
    json_t *row = NULL;
    size_t i = 0;
    bool found = false;

    (void)snprintf(target, sizeof target, "/api/v1/modems/%s/log", name);
    rows = bed_ask(bed, "GET", target, NULL, NULL);
    json_array_foreach(rows, i, row)
    {
        const char *line = json_string_value(json_object_get(row, "line"));

        found = found || strstr(line, words) != NULL;
    }
    json_decref(rows);
    return found;
}

/* In the order of hostile_worker.c, from m3 on. */
static const char *const told[MODEMS - 2] = {"bad frame", "bad frame",
    "bad frame", "left with status 0", "bad frame", "", "another thing", "",
    "bad frame", "ready", "", "left with status 0", "crashed in init", ""};

static void a_hostile_worker_ends_and_nothing_else(void **state)
{
    struct bed_options options = {.modems = MODEMS,
        .sim_args = "--latency-ms 100 --command-ms 0 --no-reports",
        .modem_args = "reports = false;",
        .config = "budgets = { init_s = 20; send_s = 5; };"};
    struct bed *bed = bed_new(&options);
    int64_t slowest_ms = 0;
    pid_t worker[2] = {0, 0};

    (void)state;
    bed_start_sim(bed, &options);
    start_among_the_hostile(bed);
    BED_WAIT(60000,
        traffic_modem_works(bed, "m1") && traffic_modem_works(bed, "m2"));
    BED_WAIT(5000, (worker[0] = traffic_worker(bed, "m1")) > 0 &&
                       (worker[1] = traffic_worker(bed, "m2")) > 0);
    for (int i = 0; i < MESSAGES; i++) {
        int64_t asked_ms = bed_mono_ms();

        (void)traffic_send(bed, i); /* the first ones at once */
        asked_ms = bed_mono_ms() - asked_ms;
        slowest_ms = asked_ms > slowest_ms ? asked_ms : slowest_ms;
        (void)poll(NULL, 0, i < 20 ? 0 : 100);
    }
    BED_WAIT(60000, traffic_settled(bed) >= MESSAGES);
    print_message("hostile workers: the slowest request took %lld ms\n",
        (long long)slowest_ms);
    /* What was given to one that only said that it was ready had not left:
       an honest one took it over. Nobody disturbed those. */
    assert_int_equal(bed_queue(bed, "sent"), MESSAGES);
    for (int i = 1; i <= 2; i++) {
        assert_int_equal(
            traffic_worker(bed, i == 1 ? "m1" : "m2"), worker[i - 1]);
    }
    for (int i = 3; i <= MODEMS; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "m%d", i);
        assert_int_equal(traffic_accepted_by(bed, name), 0);
        if (!log_says(bed, name, told[i - 3])) {
            fail_msg("%s: its log does not say \"%s\"", name, told[i - 3]);
        }
    }
    traffic_judge(bed, MESSAGES);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hostile_worker_ends_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
