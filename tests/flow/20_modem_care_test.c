// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: a modem that hangs again and again is brought back without a hand: by a
 * new start, by an AT reset, by its power; and where nothing helps it is left
 * alone, says so, and is taken back when it is mended. No message is lost, none
 * is sent twice, the other modem goes on. The simulator's ledger judges.
 */
#include "tests/support/traffic.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define FAST_SIM "--latency-ms 20 --command-ms 0 --no-reports"
#define BUDGETS                                                                \
    "budgets = { init_s = 4; send_s = 2; scan_s = 4; ussd_s = 3; "             \
    "other_s = 2; quarantine_after = %d; };"

static bool logged(struct bed *bed, const char *name, const char *words)
{
    char target[64];
    json_t *lines = NULL;
    json_t *line = NULL;
    size_t i = 0;
    bool found = false;

    (void)snprintf(target, sizeof target, "/api/v1/modems/%s/log", name);
    lines = bed_ask(bed, "GET", target, NULL, NULL);
    json_array_foreach(lines, i, line)
    {
        const char *text = json_string_value(json_object_get(line, "line"));

        found = found || strstr(text, words) != NULL;
    }
    json_decref(lines);
    return found;
}

static struct bed *up(int quarantine_after, const char *modem_args)
{
    char config[256];
    struct bed_options options = {.modems = 2,
        .sim_args = FAST_SIM,
        .modem_args = modem_args,
        .config = config};
    struct bed *bed = NULL;

    (void)snprintf(config, sizeof config, BUDGETS, quarantine_after);
    bed = bed_up(&options);
    BED_WAIT(20000,
        traffic_modem_works(bed, "m1") && traffic_modem_works(bed, "m2"));
    return bed;
}

/* Ten messages, while m1 hangs at the next command until that helps. */
static void hang(struct bed *bed, const char *until)
{
    char members[64];

    (void)snprintf(
        members, sizeof members, "\"fault\":\"hang\",\"until\":\"%s\"", until);
    traffic_fault(bed, "m1", members);
    traffic_send_many(bed, 0, 10);
    BED_WAIT(20000, traffic_settled(bed) == 10);
}

/* m1 alone sends one more. */
static void works_again(struct bed *bed)
{
    int before = traffic_accepted_by(bed, "m1");

    BED_WAIT(40000, traffic_modem_is(bed, "m1", "ready"));
    traffic_modem(bed, "m2", "pause");
    (void)traffic_send(bed, 10);
    BED_WAIT(20000, traffic_accepted_by(bed, "m1") == before + 1);
    BED_WAIT(5000, traffic_settled(bed) == 11);
    traffic_judge(bed, 11);
}

static void a_modem_that_a_new_start_does_not_help_gets_an_at_reset(
    void **state)
{
    struct bed *bed = up(8, "reports = false;");

    (void)state;
    hang(bed, "reset");
    BED_WAIT(20000, traffic_events(bed, "m1", "reset") == 1);
    works_again(bed);
    assert_true(logged(bed, "m1", "reset: AT+CFUN=1,1: taken"));
    assert_int_equal(traffic_events(bed, "m2", "reset"), 0);
    bed_free(bed);
}

static void a_modem_that_a_reset_does_not_help_has_its_power_cut(void **state)
{
    char folder[] = "/tmp/kabari-power-XXXXXX";
    char script[64];
    char args[256];
    char program[512];
    struct bed *bed = NULL;
    FILE *file = NULL;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(script, sizeof script, "%s/power.sh", folder);
    /* Its words reach it as they are: there is no shell in between. */
    (void)snprintf(args, sizeof args,
        "reports = false; power_command = [ \"/bin/sh\", \"%s\", \"a b\", "
        "\"$HOME\" ]; power_timeout_s = 5;",
        script);
    bed = up(8, args);
    bed_program("kabari-sim", program, sizeof program);
    file = fopen(script, "w");
    assert_non_null(file);
    (void)fprintf(file,
        "test \"$1\" = 'a b' -a \"$2\" = '$HOME' || exit 7\n"
        "exec %s --ctl %s '{\"cmd\":\"unplug\",\"modem\":\"m1\","
        "\"replug_ms\":300}'\n",
        program, bed->sim_folder);
    assert_int_equal(fclose(file), 0);

    hang(bed, "replug");
    BED_WAIT(30000, traffic_events(bed, "m1", "unplugged") == 1);
    works_again(bed);
    assert_true(logged(bed, "m1", "power: the command ended, exit 0"));
    assert_true(bed_logged(bed, "link: power modem=m1"));
    bed_free(bed);
    (void)unlink(script);
    (void)rmdir(folder);
}

static void a_power_command_that_does_not_end_is_killed(void **state)
{
    struct bed *bed =
        up(8, "reports = false; power_command = [ \"/bin/sleep\", \"1000\" ]; "
              "power_timeout_s = 1;");

    (void)state;
    hang(bed, "off");
    BED_WAIT(40000, logged(bed, "m1", "power: killed after its 1 s"));
    BED_WAIT(5000, logged(bed, "m1", "power: the command ended, signal 9"));
    json_decref(bed_sim(bed, "{\"cmd\":\"heal\",\"modem\":\"m1\"}"));
    works_again(bed);
    bed_free(bed);
}

static void a_modem_that_nothing_helps_is_left_alone_until_it_is_mended(
    void **state)
{
    struct bed *bed = up(3, "reports = false;");

    (void)state;
    hang(bed, "off");
    BED_WAIT(30000, traffic_modem_is(bed, "m1", "quarantined"));
    assert_true(logged(bed, "m1", "failed 3 times in a row"));
    traffic_send_many(bed, 10, 10); /* the other one goes on */
    BED_WAIT(20000, traffic_settled(bed) == 20);
    assert_true(traffic_modem_is(bed, "m1", "quarantined"));
    assert_int_equal(traffic_worker(bed, "m1"), 0); /* and is left alone */

    /* Somebody replugs it. */
    json_decref(bed_sim(bed, "{\"cmd\":\"heal\",\"modem\":\"m1\"}"));
    json_decref(bed_sim(
        bed, "{\"cmd\":\"unplug\",\"modem\":\"m1\",\"replug_ms\":500}"));
    BED_WAIT(30000, traffic_modem_is(bed, "m1", "ready"));

    /* Or an operator says that it is mended. */
    traffic_fault(bed, "m1", "\"fault\":\"hang\",\"until\":\"off\"");
    traffic_modem(bed, "m1", "reset");
    BED_WAIT(40000, traffic_modem_is(bed, "m1", "quarantined"));
    json_decref(bed_sim(bed, "{\"cmd\":\"heal\",\"modem\":\"m1\"}"));
    traffic_modem(bed, "m1", "reset");
    BED_WAIT(30000, traffic_modem_is(bed, "m1", "ready"));
    traffic_judge(bed, 20);
    bed_free(bed);
}

/* --- two for one device --------------------------------------------------- */

static int start_and_wait(struct bed *bed)
{
    char program[512];
    int status = 0;
    pid_t child = 0;

    bed_program("kabarid", program, sizeof program);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int log = open(bed->log, O_WRONLY | O_CREAT | O_APPEND, 0600);

        (void)dup2(log, STDERR_FILENO);
        (void)execl(program, program, "-c", bed->config, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void two_configurations_of_one_device_are_refused(void **state)
{
    struct bed_options options = {.modems = 2, .sim_args = FAST_SIM};
    struct bed_options one = {.modems = 1, .sim_args = FAST_SIM};
    struct bed *bed = bed_new(&options);
    char first[128];
    char second[128];

    (void)state;
    bed_start_sim(bed, &one);
    (void)snprintf(first, sizeof first, "%s/m1", bed->sim_folder);
    (void)snprintf(second, sizeof second, "%s/m2", bed->sim_folder);
    assert_int_equal(symlink(first, second), 0); /* as by-id and ttyUSB0 are */
    assert_int_equal(bed_kabari(bed, NULL, "check", (char *)NULL), 4);
    assert_true(start_and_wait(bed) > 0);
    assert_true(bed_logged(bed, "is the device of modem \"m1\" too"));
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_modem_that_a_new_start_does_not_help_gets_an_at_reset),
        cmocka_unit_test(a_modem_that_a_reset_does_not_help_has_its_power_cut),
        cmocka_unit_test(a_power_command_that_does_not_end_is_killed),
        cmocka_unit_test(
            a_modem_that_nothing_helps_is_left_alone_until_it_is_mended),
        cmocka_unit_test(two_configurations_of_one_device_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
