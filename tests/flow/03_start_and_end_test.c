// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: one kabarid to a database: a second one is refused; an orderly end in
 * the middle of sending takes 5 s at most and loses or doubles nothing. The
 * simulator's ledger judges.
 */
#include "tests/support/traffic.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NO_REPORTS "--latency-ms 20 --command-ms 0 --no-reports"
#define SLOW       "--latency-ms 800 --command-ms 0 --no-reports"

/* Runs kabarid on the bed's configuration to its end, with its words in the
   bed's second.log. @return its exit code, -1 for a signal. */
static int run_second(struct bed *bed)
{
    char program[512];
    char log[160];
    int status = 0;
    pid_t child = 0;

    bed_program("kabarid", program, sizeof program);
    bed_write(bed, "second.log", "", log, sizeof log);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int fd = open(log, O_WRONLY | O_APPEND);

        (void)dup2(fd, STDERR_FILENO);
        (void)dup2(fd, STDOUT_FILENO);
        (void)execl(program, program, "-c", bed->config, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool file_says(struct bed *bed, const char *name, const char *words)
{
    char path[160];
    char line[2048];
    FILE *file = NULL;
    bool found = false;

    (void)snprintf(path, sizeof path, "%s/%s", bed->folder, name);
    file = fopen(path, "r");
    assert_non_null(file);
    while (!found && fgets(line, sizeof line, file) != NULL) {
        found = strstr(line, words) != NULL;
    }
    (void)fclose(file);
    return found;
}

static void a_second_kabarid_is_refused_and_the_first_goes_on(void **state)
{
    struct bed_options options = {
        .modems = 1, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    int64_t started = bed_mono_ms();

    (void)state;
    traffic_send_many(bed, 0, 10);
    assert_int_not_equal(run_second(bed), 0);
    assert_true(bed_mono_ms() - started < 20000); /* it does not wait 30 s */
    assert_true(file_says(bed, "second.log", "another kabarid holds"));

    json_decref(bed_json(bed, "status", (const char *)NULL));
    json_decref(bed_json(
        bed, "send", "+6281200009010", "pesan 10", (const char *)NULL));
    BED_WAIT(20000, bed_queue(bed, "sent") == 11);
    traffic_judge(bed, 11);
    bed_free(bed);
}

static void an_end_while_sending_takes_5_s_and_loses_or_doubles_nothing(
    void **state)
{
    struct bed_options options = {
        .modems = 2, .sim_args = SLOW, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    int64_t started = 0;
    size_t accepted = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                        traffic_modem_is(bed, "m2", "ready"));
    traffic_send_many(bed, 0, 12);
    BED_WAIT(
        5000, traffic_in_flight(bed, "m1") && traffic_in_flight(bed, "m2"));
    started = bed_mono_ms();
    assert_int_equal(bed_stop_gateway(bed, SIGTERM), 0);
    assert_true(bed_mono_ms() - started < 5000);
    accepted = bed_ledger_count(bed, "accepted");

    /* What was answered in time is known; the next submit never answers. */
    bed_start_gateway(bed, NULL);
    assert_int_equal(bed_queue(bed, "sent"), (int)accepted);
    assert_int_equal(bed_queue(bed, "unknown"), 0);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "sending") ||
                        traffic_modem_is(bed, "m1", "ready"));
    traffic_fault(bed, "m1", "\"fault\":\"lost_cmgs\"");
    BED_WAIT(5000, traffic_struck(bed, "m1"));
    started = bed_mono_ms();
    assert_int_equal(bed_stop_gateway(bed, SIGTERM), 0);
    assert_true(bed_mono_ms() - started < 5500); /* 5 s, and a busy machine */
    bed_start_gateway(bed, NULL);
    assert_int_equal(bed_queue(bed, "unknown"), 1);

    BED_WAIT(20000, traffic_settled(bed) == 12);
    assert_int_equal(bed_ledger_count(bed, "accepted"), 12);
    traffic_judge(bed, 12);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_kabarid_is_refused_and_the_first_goes_on),
        cmocka_unit_test(
            an_end_while_sending_takes_5_s_and_loses_or_doubles_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
