// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: where memory runs out, whichever block it is that cannot be had, a
 * program refuses what it cannot do or ends and says so; what was accepted is
 * still there, nothing is sent twice, and a worker that ends so is back by
 * itself. The simulator's ledger judges.
 */
#include "base/buf.h"
#include "tests/support/traffic.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PLENTY (INT64_MAX / 2)

static const struct bed_options one_modem = {
    .modems = 1, .sim_args = "--latency-ms 20 --command-ms 0 --report-ms 50"};

/** How many blocks a program still gets (tests/shim/memory_shim.c). */
struct memory {
    int64_t *left;
    char file[160];
};

static struct memory memory_of(struct bed *bed)
{
    struct memory memory = {0};
    int fd = -1;

    bed_write(bed, "memory", "12345678", memory.file, sizeof memory.file);
    fd = open(memory.file, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    memory.left = mmap(
        NULL, sizeof *memory.left, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(memory.left != MAP_FAILED);
    (void)close(fd);
    *memory.left = PLENTY;
    return memory;
}

static void memory_free(struct memory *memory)
{
    (void)munmap(memory->left, sizeof *memory->left);
}

static void start(
    struct bed *bed, const struct memory *memory, const char *program)
{
    char named[64];
    char file[200];
    const char *const settings[] = {named, file, NULL};

    (void)snprintf(named, sizeof named, "MEMORY_SHIM_PROGRAM=%s", program);
    (void)snprintf(file, sizeof file, "MEMORY_SHIM_FILE=%s", memory->file);
    bed_start_gateway_with(bed, "memory_shim.so", settings);
}

/* The network has the message, or nobody knows. */
static bool is_told(struct bed *bed, int i)
{
    char phone[24];
    char target[96];
    json_t *rows = NULL;
    const char *state = NULL;
    bool unknown = false;

    traffic_phone(i, phone);
    (void)snprintf(target, sizeof target,
        "/api/v1/messages?phone=%%2B%s&limit=1", phone + 1);
    rows = bed_ask(bed, "GET", target, NULL, NULL);
    state =
        json_string_value(json_object_get(json_array_get(rows, 0), "state"));
    unknown = state != NULL && strcmp(state, "unknown") == 0;
    json_decref(rows);
    return unknown || traffic_accepted(bed, i) > 0;
}

/* --- kabarid --------------------------------------------------------------- */

/* Ended by itself; with those words and by abort(), no other way. */
static bool has_ended(struct bed *bed)
{
    int status = 0;

    if (waitpid(bed->gateway, &status, WNOHANG) != bed->gateway) {
        return false;
    }
    bed->gateway = 0;
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_true(bed_logged(bed, "out of memory; ending"));
    return true;
}

/* One message is asked for and one SMS comes in while memory runs out after so
   many blocks. @return whether the message was accepted. */
static bool run_out(
    struct bed *bed, const struct memory *memory, int i, int64_t after)
{
    int64_t give_up = bed_mono_ms() + 3000;
    int status = 0;

    __atomic_store_n(memory->left, after, __ATOMIC_RELAXED);
    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"+6281200009%03d\","
        "\"text\":\"apa kabar\"}",
        500 + i));
    status = traffic_try_post(bed, i, NULL);
    while (!has_ended(bed) && bed_mono_ms() < give_up &&
           __atomic_load_n(memory->left, __ATOMIC_RELAXED) > 0) {
        (void)usleep(10000);
    }
    /* Out of it for a while, and then no more. */
    give_up = bed_mono_ms() + 300;
    while (bed->gateway != 0 && !has_ended(bed) && bed_mono_ms() < give_up) {
        (void)usleep(10000);
    }
    __atomic_store_n(memory->left, PLENTY, __ATOMIC_RELAXED);
    assert_true(status == 201 || status == 500 || status == 503 || status == 0);
    return status == 201;
}

static void kabarid_ends_or_refuses_and_nothing_is_lost(void **state)
{
    static const int64_t after[] = {0, 5, 34, 233, 610, 1597};

    enum {
        TIMES = sizeof after / sizeof *after
    };

    struct bed *bed = bed_new(&one_modem);
    struct memory memory = memory_of(bed);
    bool accepted[TIMES] = {false};
    int ended = 0;

    (void)state;
    bed_start_sim(bed, &one_modem);
    for (int i = 0; i < TIMES; i++) {
        if (bed->gateway == 0) {
            start(bed, &memory, "kabarid");
        }
        BED_WAIT(20000, traffic_modem_works(bed, "m1"));
        accepted[i] = run_out(bed, &memory, i, after[i]);
        ended += bed->gateway == 0 ? 1 : 0;
    }
    if (bed->gateway == 0) {
        start(bed, &memory, "kabarid");
    }
    print_message("ended %d of %d times\n", ended, TIMES);
    assert_true(ended > 0);
    for (int i = 0; i < TIMES; i++) {
        /* What was accepted goes out; each SMS that came is answered. */
        BED_WAIT(30000, !accepted[i] || is_told(bed, i));
        BED_WAIT(30000, is_told(bed, 500 + i));
        assert_true(traffic_accepted(bed, i) <= 1);
        assert_true(traffic_accepted(bed, 500 + i) <= 1);
    }
    memory_free(&memory);
    bed_free(bed);
}

/* --- kabari-modem ------------------------------------------------------------ */

static void a_worker_is_back_and_its_messages_are_judged_by_the_stage(
    void **state)
{
    static const int64_t after[] = {0, 7, 15, 31};

    enum {
        TIMES = sizeof after / sizeof *after
    };

    struct bed *bed = bed_new(&one_modem);
    struct memory memory = memory_of(bed);
    int crashed = 0;

    (void)state;
    bed_start_sim(bed, &one_modem);
    /* libGammu reads through what it did not get: a crash that is meant. */
    assert_int_equal(setenv("ASAN_OPTIONS", "handle_segv=0", 1), 0);
    start(bed, &memory, "kabari-modem");
    assert_int_equal(unsetenv("ASAN_OPTIONS"), 0);
    for (int i = 0; i < TIMES; i++) {
        pid_t worker = 0;

        BED_WAIT(20000, traffic_modem_works(bed, "m1"));
        worker = traffic_worker(bed, "m1");
        __atomic_store_n(memory.left, after[i], __ATOMIC_RELAXED);
        json_decref(bed_sim(bed,
            "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"+6281200009%03d\","
            "\"text\":\"apa kabar\"}",
            500 + i));
        (void)traffic_send(bed, i);
        BED_WAIT(20000, __atomic_load_n(memory.left, __ATOMIC_RELAXED) <= 0 ||
                            !traffic_number_is(bed, i, "queued"));
        __atomic_store_n(memory.left, PLENTY, __ATOMIC_RELAXED);
        BED_WAIT(15000, traffic_modem_works(bed, "m1"));
        crashed += traffic_worker(bed, "m1") != worker ? 1 : 0;
        traffic_modem(bed, "m1", "reset"); /* no longer back-off */
    }
    print_message("crashed %d of %d times\n", crashed, TIMES);
    assert_true(crashed > 0);
    for (int i = 0; i < TIMES; i++) {
        BED_WAIT(30000, is_told(bed, i) && is_told(bed, 500 + i));
        assert_true(traffic_accepted(bed, 500 + i) <= 1);
    }
    traffic_judge(bed, TIMES);
    memory_free(&memory);
    bed_free(bed);
}

/* --- kabari ------------------------------------------------------------------ */

static int kabari_send(struct bed *bed, const struct memory *memory, int i)
{
    char shim[512];
    char phone[24];
    int code = 0;

    bed_program("memory_shim.so", shim, sizeof shim);
    traffic_phone(i, phone);
    assert_int_equal(setenv("LD_PRELOAD", shim, 1), 0);
    assert_int_equal(setenv("MEMORY_SHIM_PROGRAM", "kabari", 1), 0);
    assert_int_equal(setenv("MEMORY_SHIM_FILE", memory->file, 1), 0);
    assert_int_equal(
        setenv("ASAN_OPTIONS",
            "verify_asan_link_order=0:detect_leaks=0:handle_segv=0", 1),
        0);
    code = bed_kabari(bed, NULL, "send", phone, "halo", (char *)NULL);
    assert_int_equal(unsetenv("ASAN_OPTIONS"), 0);
    assert_int_equal(unsetenv("MEMORY_SHIM_FILE"), 0);
    assert_int_equal(unsetenv("MEMORY_SHIM_PROGRAM"), 0);
    assert_int_equal(unsetenv("LD_PRELOAD"), 0);
    return code;
}

/* libconfig crashes where it gets no memory; that loses nothing either. */
static void kabari_says_done_only_for_what_is_kept(void **state)
{
    enum {
        TIMES = 18
    };

    struct bed_options options = {.modems = 0};
    struct bed *bed = bed_new(&options);
    struct memory memory = memory_of(bed);
    int64_t after = 4;
    bool done[TIMES] = {false};
    int failed = 0;

    (void)state;
    assert_int_equal(kabari_send(bed, &memory, 999), 0); /* makes the store */
    for (int i = 0; i < TIMES; i++, after *= 2) {
        *memory.left = after;
        done[i] = kabari_send(bed, &memory, i) == 0;
        failed += done[i] ? 0 : 1;
        *memory.left = PLENTY;
    }
    print_message("%d of %d failed\n", failed, TIMES);
    assert_true(failed > 0 && failed < TIMES);
    bed_start_gateway(bed, NULL);
    for (int i = 0; i < TIMES; i++) {
        assert_true(!done[i] || traffic_number_is(bed, i, "queued"));
    }
    memory_free(&memory);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(kabarid_ends_or_refuses_and_nothing_is_lost),
        cmocka_unit_test(
            a_worker_is_back_and_its_messages_are_judged_by_the_stage),
        cmocka_unit_test(kabari_says_done_only_for_what_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
