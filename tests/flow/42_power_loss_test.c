// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: the power goes, again and again, and with it all that was not synced:
 * of the rest some sectors are there and some are not. No message that was
 * acknowledged is lost, none is sent twice, no SMS that was deleted from the
 * SIM is missing. A library between kabarid and its disk keeps what a power cut
 * would leave; the simulator's ledger judges.
 */
#include "base/str.h"
#include "tests/support/traffic.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define CUTS 8

struct blackout {
    struct bed *bed;
    char shadow[128];
    int64_t id[1000];
    int sent;
    int sms;
};

/* The real files become what the shadow has. */
static void copy_file(const char *from, const char *to)
{
    char data[65536];
    ssize_t bytes = 0;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = -1;

    (void)unlink(to);
    if (in < 0) {
        return; /* was never synced: it is not there */
    }
    out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(out >= 0);
    while ((bytes = read(in, data, sizeof data)) > 0) {
        assert_int_equal(write(out, data, (size_t)bytes), bytes);
    }
    (void)close(in);
    (void)close(out);
}

static void lose_power(struct blackout *blackout)
{
    static const char *const tails[] = {"", "-wal"};
    struct bed *bed = blackout->bed;
    char shadow[160];
    char real[160];

    (void)bed_stop_gateway(bed, SIGKILL);
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        (void)snprintf(
            shadow, sizeof shadow, "%s/k.db%s", blackout->shadow, tails[i]);
        (void)snprintf(real, sizeof real, "%s%s", bed->database, tails[i]);
        copy_file(shadow, real);
    }
    (void)snprintf(real, sizeof real, "%s-shm", bed->database);
    (void)unlink(real);
}

static void power_up(struct blackout *blackout, int cut)
{
    char folder[160];
    char seed[64];
    char early[64];
    const char *const settings[] = {folder, seed, early, NULL};

    (void)snprintf(
        folder, sizeof folder, "DISK_SHIM_SHADOW=%s", blackout->shadow);
    (void)snprintf(seed, sizeof seed, "DISK_SHIM_SEED=%d", cut);
    (void)snprintf(early, sizeof early, "DISK_SHIM_EARLY=%d", cut % 3 * 30);
    bed_start_gateway_with(blackout->bed, "disk_shim.so", settings);
}

/* Messages and SMS until the lights go out. */
static void live_until_the_cut(struct blackout *blackout, int cut)
{
    struct bed *bed = blackout->bed;
    size_t before = bed_ledger_count(bed, "accepted");
    int64_t until_ms = INT64_MAX;

    /* Not before both have begun to send; then at some moment. */
    while (bed_mono_ms() < until_ms) {
        if (until_ms == INT64_MAX &&
            bed_ledger_count(bed, "accepted") > before + 2) {
            until_ms = bed_mono_ms() + cut * 67 % 400;
        }
        blackout->id[blackout->sent] = traffic_send(bed, blackout->sent);
        blackout->sent++;
        if (blackout->sent % 8 == 0) {
            json_decref(bed_sim(bed,
                "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"+6281200008%03d\","
                "\"text\":\"apa kabar %d\"}",
                blackout->sms, blackout->sms));
            blackout->sms++;
        }
        (void)poll(NULL, 0, blackout->sent > 100 * (cut + 1) ? 100 : 15);
        assert_true(blackout->sent < 990);
    }
}

static void assert_all_are_there(struct blackout *blackout)
{
    for (int i = 0; i < blackout->sent; i++) {
        char target[64];
        char phone[24];

        (void)snprintf(target, sizeof target, "/api/v1/messages/%lld",
            (long long)blackout->id[i]);
        traffic_phone(i, phone);
        if (!bed_is(blackout->bed, target, "phone", phone)) {
            fail_msg("message %d was acknowledged and is lost", i);
        }
    }
}

static bool inbox_has_all(struct blackout *blackout)
{
    json_t *rows = bed_ask(blackout->bed, "GET", "/api/v1/inbox", NULL, NULL);
    size_t count = json_array_size(rows);

    json_decref(rows);
    assert_true(count <= (size_t)blackout->sms);
    return count == (size_t)blackout->sms;
}

static void what_was_acknowledged_outlives_a_power_loss(void **state)
{
    struct bed_options options = {.modems = 2,
        .sim_args = "--latency-ms 60 --command-ms 0 --report-ms 100",
        .config = TRAFFIC_BUDGETS};
    struct blackout blackout = {.bed = bed_new(&options)};
    struct bed *bed = blackout.bed;

    (void)state;
    (void)snprintf(
        blackout.shadow, sizeof blackout.shadow, "%s/shadow", bed->folder);
    assert_int_equal(mkdir(blackout.shadow, 0700), 0);
    bed_start_sim(bed, &options);
    for (int cut = 0; cut < CUTS; cut++) {
        power_up(&blackout, cut);
        live_until_the_cut(&blackout, cut);
        lose_power(&blackout);
    }
    bed_start_gateway(bed, NULL);
    assert_all_are_there(&blackout);
    BED_WAIT(60000, traffic_settled(bed) >= blackout.sent &&
                        bed_queue(bed, "queued") == 0 &&
                        bed_queue(bed, "submitting") == 0);
    BED_WAIT(20000, inbox_has_all(&blackout));
    traffic_judge(bed, blackout.sent);
    print_message("power loss: %d cuts, %d messages, %d SMS, unknown at the "
                  "end: %d\n",
        CUTS, blackout.sent, blackout.sms, (int)bed_queue(bed, "unknown"));
    /* At most one for each modem and cut. */
    assert_true(bed_queue(bed, "unknown") <= 2L * CUTS);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_acknowledged_outlives_a_power_loss),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
