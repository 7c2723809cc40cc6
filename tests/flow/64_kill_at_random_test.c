// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: kill -9 of kabarid at random moments while residents write, several at
 * once, and while nobody is there to read it: each is answered once or the
 * answer is unknown (at most one for each kill), none is lost, all are deleted
 * from the SIMs. The simulator's ledger judges. KILL_SEED=N repeats a run.
 */
#include "tests/support/letters.h"
#include "tests/support/people.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KILLS     10
#define AT_ONCE   3
#define WHILE_OFF 2
#define MODEMS    2
/* From an SMS that comes in to its answer's end, and somewhat longer. */
#define MOMENT_MS 500

struct storm {
    struct bed *bed;
    unsigned seed;
    int asked;
};

static void phone_of(int i, char *out)
{
    (void)snprintf(out, 24, "+6281200%06d", 800000 + i);
}

static void ask(struct storm *storm, int count)
{
    for (int i = 0; i < count; i++) {
        char phone[24];
        char modem[8];

        (void)snprintf(
            modem, sizeof modem, "m%d", 1 + rand_r(&storm->seed) % MODEMS);
        phone_of(storm->asked++, phone);
        letter_comes(storm->bed, modem, phone, "INFO LEMBOR");
    }
}

static void kill_at_random(struct storm *storm)
{
    ask(storm, 1 + rand_r(&storm->seed) % AT_ONCE);
    (void)poll(NULL, 0, rand_r(&storm->seed) % MOMENT_MS);
    (void)bed_stop_gateway(storm->bed, SIGKILL);
    ask(storm, rand_r(&storm->seed) % (WHILE_OFF + 1));
    bed_start_gateway(storm->bed, NULL);
    /* Half of the time it is killed before its modems are there. */
    if (rand_r(&storm->seed) % 2 == 0) {
        BED_WAIT(
            30000, bed_is(storm->bed, "/api/v1/modems/m1", "state", "ready"));
    }
}

/* Each was answered once, or nobody can know. */
static int count_unknown(const struct storm *storm)
{
    int unknown = 0;

    for (int i = 0; i < storm->asked; i++) {
        char phone[24];
        int times = 0;

        phone_of(i, phone);
        times = letter_heard(storm->bed, phone, NULL);
        assert_true(times <= 1);
        if (times == 0) {
            assert_true(letter_answer_is_unknown(storm->bed, phone));
            unknown++;
        }
    }
    return unknown;
}

static void a_kill_neither_loses_an_sms_nor_answers_it_twice(void **state)
{
    struct bed_options options = {.modems = MODEMS,
        .sim_args = "--latency-ms 60 --command-ms 5 --no-reports",
        .modem_args = "reports = false;"};
    struct storm storm = {.bed = bed_up(&options)};
    int unknown = 0;

    (void)state;
    storm.seed = bed_seed("KILL_SEED");
    people_import(storm.bed, 1);
    BED_WAIT(30000, bed_is(storm.bed, "/api/v1/modems/m2", "state", "ready"));
    for (int i = 0; i < KILLS; i++) {
        kill_at_random(&storm);
    }
    ask(&storm, AT_ONCE);
    BED_WAIT(60000, letter_entries(storm.bed) == storm.asked);
    BED_WAIT(60000, bed_queue(storm.bed, "queued") == 0 &&
                        bed_queue(storm.bed, "submitting") == 0);
    BED_WAIT(30000, (int)bed_ledger_count(storm.bed, "deleted") == storm.asked);
    unknown = count_unknown(&storm);
    print_message("%d queries, %d kills: %d answers unknown\n", storm.asked,
        KILLS, unknown);
    /* The promise: one for each modem and crash. */
    assert_true(unknown <= KILLS * MODEMS);
    bed_free(storm.bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kill_neither_loses_an_sms_nor_answers_it_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
