// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: a full disk stops what is new and loses nothing: room is kept back to
 * write down what was sent, and work goes on when there is room again; an
 * fsync that fails ends kabarid, for it must never be tried again. The
 * simulator's ledger judges.
 */
#include "tests/support/traffic.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

/* A small disk for the database: a tmpfs in a mount namespace of our own where
   the machine lets us; else a limit on what kabarid may write, which is the
   same to it: no byte more. */
struct disk {
    bool mounted;
    char folder[128];
};

static void disk_make(struct bed *bed, struct disk *disk)
{
    (void)snprintf(disk->folder, sizeof disk->folder, "%s/disk", bed->folder);
    assert_int_equal(mkdir(disk->folder, 0700), 0);
    disk->mounted = unshare(CLONE_NEWNS) == 0 &&
                    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
                    mount("tmpfs", disk->folder, "tmpfs", 0, "size=16m") == 0;
    print_message("a full disk: %s\n",
        disk->mounted ? "a tmpfs of 16 MB" : "a limit on written bytes");
}

/* Leaves no byte. */
static void disk_fill(struct bed *bed, const struct disk *disk)
{
    static const char block[4096] = "full";
    struct rlimit limit = {0};
    char path[160];
    int fd = -1;

    if (!disk->mounted) {
        assert_int_equal(prlimit(bed->gateway, RLIMIT_FSIZE, NULL, &limit), 0);
        limit.rlim_cur = 0;
        assert_int_equal(prlimit(bed->gateway, RLIMIT_FSIZE, &limit, NULL), 0);
        return;
    }
    (void)snprintf(path, sizeof path, "%s/filler", disk->folder);
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    assert_true(fd >= 0);
    while (write(fd, block, sizeof block) > 0) {
    }
    (void)close(fd);
}

static void disk_free(struct bed *bed, const struct disk *disk)
{
    struct rlimit limit = {0};
    char path[160];

    if (!disk->mounted) {
        assert_int_equal(prlimit(bed->gateway, RLIMIT_FSIZE, NULL, &limit), 0);
        limit.rlim_cur = limit.rlim_max;
        assert_int_equal(prlimit(bed->gateway, RLIMIT_FSIZE, &limit, NULL), 0);
        return;
    }
    (void)snprintf(path, sizeof path, "%s/filler", disk->folder);
    assert_int_equal(unlink(path), 0);
}

static void a_full_disk_refuses_work_loses_nothing_and_goes_on(void **state)
{
    struct bed_options options = {.modems = 2,
        .sim_args = "--latency-ms 300 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = NULL;
    struct disk disk = {0};
    int status = 0;
    int posted = 0;
    size_t before = 0;

    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN); /* kabarid inherits it: EFBIG instead */
    bed = bed_new(&options);
    disk_make(bed, &disk);
    bed_config_replace(bed, "/k.db", "/disk/k.db");
    bed_start_sim(bed, &options);
    bed_start_gateway(bed, NULL);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                        traffic_modem_is(bed, "m2", "ready"));
    traffic_send_many(bed, 0, 20);
    BED_WAIT(10000,
        bed_ledger_count(bed, "accepted") >= 2 && traffic_in_flight(bed, "m1"));
    disk_fill(bed, &disk);
    before = bed_ledger_count(bed, "accepted");
    /* The room kept back may still take a few; then nothing new is let in or
       out, and reading goes on. */
    posted = 20;
    BED_WAIT(5000, (status = traffic_try_post(bed, posted, NULL)) == 503 ||
                       (posted++, status != 201));
    assert_int_equal(status, 503);
    json_decref(bed_ask(bed, "GET", "/api/v1/status", NULL, NULL));
    BED_WAIT(
        3000, !traffic_in_flight(bed, "m1") && !traffic_in_flight(bed, "m2"));
    assert_true(bed_ledger_count(bed, "accepted") <= before + 6);
    assert_true(bed_queue(bed, "queued") > 0);

    disk_free(bed, &disk);
    BED_WAIT(10000, traffic_try_post(bed, posted, NULL) == 201);
    posted++;
    BED_WAIT(30000, traffic_settled(bed) == posted);
    assert_int_equal(bed_queue(bed, "sent"), posted);
    traffic_judge(bed, posted);
    assert_int_equal(bed_stop_gateway(bed, SIGTERM), 0);
    bed_start_gateway(bed, NULL);
    assert_int_equal(bed_queue(bed, "sent"), posted);
    assert_int_equal(bed_stop_gateway(bed, SIGTERM), 0);
    if (disk.mounted) {
        assert_int_equal(umount2(disk.folder, 0), 0);
    }
    bed_free(bed);
}

/* --- a disk at fault ------------------------------------------------------- */

/* The files that make tests/shim/disk_shim.c answer EIO. */
static void break_disk(struct bed *bed, const char *what, bool broken)
{
    char path[160];

    (void)snprintf(path, sizeof path, "%s/broken.%s", bed->folder, what);
    if (broken) {
        FILE *file = fopen(path, "w");

        assert_non_null(file);
        assert_int_equal(fclose(file), 0);
    } else {
        assert_int_equal(unlink(path), 0);
    }
}

static struct bed *up_on_a_poor_disk(const struct bed_options *options)
{
    struct bed *bed = bed_new(options);
    char broken[160];
    const char *const settings[] = {broken, NULL};

    (void)snprintf(
        broken, sizeof broken, "DISK_SHIM_FAIL=%s/broken", bed->folder);
    bed_start_sim(bed, options);
    bed_start_gateway_with(bed, "disk_shim.so", settings);
    BED_WAIT(20000,
        traffic_modem_works(bed, "m1") && traffic_modem_works(bed, "m2"));
    return bed;
}

static void a_write_that_fails_refuses_work_and_is_got_over(void **state)
{
    struct bed_options options = {.modems = 2,
        .sim_args = "--latency-ms 200 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = up_on_a_poor_disk(&options);
    size_t before = 0;

    (void)state;
    traffic_send_many(bed, 0, 20);
    BED_WAIT(10000, bed_ledger_count(bed, "accepted") >= 2);
    break_disk(bed, "write", true);
    before = bed_ledger_count(bed, "accepted");
    assert_int_equal(traffic_try_post(bed, 20, NULL), 503);
    json_decref(bed_ask(bed, "GET", "/api/v1/status", NULL, NULL));
    BED_WAIT(
        5000, !traffic_in_flight(bed, "m1") && !traffic_in_flight(bed, "m2"));
    assert_int_equal(traffic_try_post(bed, 20, NULL), 503);
    /* At most what was on its way, and what was committed just before. */
    assert_true(bed_ledger_count(bed, "accepted") <= before + 4);

    break_disk(bed, "write", false);
    BED_WAIT(10000, traffic_try_post(bed, 20, NULL) == 201);
    BED_WAIT(30000, bed_queue(bed, "sent") == 21);
    traffic_judge(bed, 21);
    bed_free(bed);
}

/* A second fsync after one that failed says nothing: only a fresh start reads
   what is there. */
static void an_fsync_that_fails_ends_kabarid_and_nothing_is_lost(void **state)
{
    struct bed_options options = {.modems = 2,
        .sim_args = "--latency-ms 200 --command-ms 0 --report-ms 100"};
    struct bed *bed = up_on_a_poor_disk(&options);
    int status = 0;

    (void)state;
    traffic_send_many(bed, 0, 20);
    BED_WAIT(10000, bed_ledger_count(bed, "accepted") >= 2);
    break_disk(bed, "sync", true);
    BED_WAIT(10000, waitpid(bed->gateway, &status, WNOHANG) == bed->gateway);
    bed->gateway = 0;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EX_IOERR);
    assert_true(bed_logged(bed, "fsync failed"));

    break_disk(bed, "sync", false);
    bed_start_gateway(bed, NULL);
    BED_WAIT(30000, traffic_settled(bed) == 20);
    assert_true(bed_queue(bed, "unknown") <= 2); /* one for each modem */
    traffic_judge(bed, 20);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_refuses_work_loses_nothing_and_goes_on),
        cmocka_unit_test(a_write_that_fails_refuses_work_and_is_got_over),
        cmocka_unit_test(an_fsync_that_fails_ends_kabarid_and_nothing_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
