// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: kill -9 of kabarid between any two steps of an SMS that comes in, from
 * its first write to the answer's last: answered once, deleted from the SIM,
 * never lost. A library counts the steps (writes and syncs of the database, what
 * the worker is told); the simulator's ledger judges.
 *
 * Every place where something may have changed since the step before is killed
 * at each time; of what lies within a run of writes, where nothing is committed,
 * as many as there is time for, by chance. KILL_SEED=N chooses the same again,
 * KILL_ALL=1 takes all.
 */
#include "tests/support/letters.h"
#include "tests/support/people.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define STEPS_MOST 400
#define TIME_MS    40000

struct kills {
    struct bed *bed;
    char arm[128];
    char trace[128];
    int asked;
    int made;
    int unknown;
    bool pending; /* the last one that asked has not been looked at yet */
};

static void start(struct kills *kills, int kill_before)
{
    char arm[160];
    char trace[160];
    char before[40];
    const char *const settings[] = {arm, trace, before, NULL};

    (void)snprintf(arm, sizeof arm, "STEP_SHIM_ARM=%s", kills->arm);
    (void)snprintf(trace, sizeof trace, "STEP_SHIM_TRACE=%s", kills->trace);
    (void)snprintf(before, sizeof before, "STEP_SHIM_KILL=%d", kill_before);
    bed_start_gateway_with(kills->bed, "step_shim.so", settings);
    BED_WAIT(30000, bed_is(kills->bed, "/api/v1/modems/m1", "state", "ready"));
}

/* It ended by itself; still to be reaped. */
static bool is_dead(struct bed *bed)
{
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t)bed->gateway, &info,
               WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == bed->gateway;
}

static void phone_of(int i, char *out)
{
    (void)snprintf(out, 24, "+6281200%06d", 800000 + i);
}

/* One resident asks, with the steps counted from then on. */
static void ask(struct kills *kills, char *phone)
{
    char path[160];

    phone_of(kills->asked++, phone);
    bed_write(kills->bed, "arm", "", path, sizeof path);
    letter_comes(kills->bed, "m1", phone, "INFO LEMBOR");
}

static bool is_done(struct kills *kills, const char *phone)
{
    return letter_heard(kills->bed, phone, NULL) == 1 &&
           (int)bed_ledger_count(kills->bed, "deleted") == kills->asked;
}

/* The steps of one SMS from end to end, a letter each; their number. */
static int trace_of(struct kills *kills, char *out)
{
    char phone[24];
    FILE *file = NULL;
    size_t bytes = 0;

    start(kills, 0);
    ask(kills, phone);
    BED_WAIT(30000, is_done(kills, phone));
    BED_WAIT(10000, bed_queue(kills->bed, "sent") == 1);
    (void)bed_stop_gateway(kills->bed, SIGTERM);
    (void)unlink(kills->arm);
    file = fopen(kills->trace, "r");
    assert_non_null(file);
    bytes = fread(out, 1, STEPS_MOST - 1, file);
    (void)fclose(file);
    out[bytes] = '\0';
    print_message("steps: %s\n", out);
    return (int)bytes;
}

/* What became of the one who asked when it was killed. */
static void judge_last(struct kills *kills)
{
    struct bed *bed = kills->bed;
    char phone[24];

    if (!kills->pending) {
        return;
    }
    kills->pending = false;
    phone_of(kills->asked - 1, phone);
    BED_WAIT(30000, letter_entries(bed) == kills->asked);
    BED_WAIT(30000, (int)bed_ledger_count(bed, "deleted") == kills->asked);
    BED_WAIT(30000,
        bed_queue(bed, "queued") == 0 && bed_queue(bed, "submitting") == 0);
    if (letter_heard(bed, phone, NULL) != 1) {
        /* Killed between the answer's hand-over and its end: nobody can know,
           so it is never sent again by itself. */
        assert_int_equal(letter_heard(bed, phone, NULL), 0);
        assert_true(letter_answer_is_unknown(bed, phone));
        kills->unknown++;
    }
}

/* One start for two things: what the kill before left is mended and looked at,
   then steps are counted for the next. */
static void kill_before(struct kills *kills, int step)
{
    struct bed *bed = kills->bed;
    char phone[24];

    start(kills, step);
    judge_last(kills);
    ask(kills, phone);
    BED_WAIT(30000, is_dead(bed) || is_done(kills, phone));
    (void)bed_stop_gateway(bed, SIGKILL);
    (void)unlink(kills->arm);
    kills->pending = true;
    kills->made++;
}

/* Within a run of writes nothing is committed: its ends stand for all of it. */
static bool is_worth_a_kill(const char *steps, int i)
{
    return i == 0 || steps[i] != steps[i - 1];
}

/* Steps in the order in which they are killed: what must be first, the others
   shuffled; how many must be. */
static int order_steps(const char *steps, int count, int *order, unsigned seed)
{
    int must = 0;
    int used = 0;

    for (int i = 0; i < count; i++) {
        if (is_worth_a_kill(steps, i)) {
            order[must++] = i;
        }
    }
    used = must;
    for (int i = 0; i < count; i++) {
        if (!is_worth_a_kill(steps, i)) {
            int place = must + rand_r(&seed) % (used - must + 1);

            order[used++] = order[place];
            order[place] = i;
        }
    }
    return must;
}

static void kill_steps(struct kills *kills, const char *steps, int count)
{
    int order[STEPS_MOST] = {0};
    int must = 0;
    int64_t until = bed_mono_ms() + TIME_MS;

    must = order_steps(steps, count, order, bed_seed("KILL_SEED"));
    for (int i = 0; i < count && (i < must || bed_mono_ms() < until ||
                                     getenv("KILL_ALL") != NULL);
         i++) {
        kill_before(kills, order[i] + 1);
    }
    bed_start_gateway(kills->bed, NULL);
    judge_last(kills);
    print_message("%d steps, %d kills (%d must be), %d answers unknown\n",
        count, kills->made, must, kills->unknown);
}

static void a_kill_at_any_step_neither_loses_nor_answers_twice(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 20 --command-ms 0 --no-reports",
        .modem_args = "reports = false; pause_ms = 0;"};
    struct kills kills = {.bed = bed_new(&options)};
    char steps[STEPS_MOST];
    int count = 0;

    (void)state;
    (void)snprintf(kills.arm, sizeof kills.arm, "%s/arm", kills.bed->folder);
    (void)snprintf(
        kills.trace, sizeof kills.trace, "%s/trace", kills.bed->folder);
    bed_start_sim(kills.bed, &options);
    bed_start_gateway(kills.bed, NULL);
    people_import(kills.bed, 1);
    (void)bed_stop_gateway(kills.bed, SIGTERM);
    count = trace_of(&kills, steps);
    assert_true(count > 5);
    kill_steps(&kills, steps, count);
    assert_true(kills.made >= 5);
    (void)unlink(kills.trace);
    bed_free(kills.bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kill_at_any_step_neither_loses_nor_answers_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
