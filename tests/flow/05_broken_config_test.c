// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: a configuration or a template that is broken at a reload is refused
 * with file and line, and the old one stays; a good one disturbs no modem that
 * it does not change.
 */
#include "base/mem.h"
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NO_REPORTS "--latency-ms 20 --command-ms 0 --no-reports"

/* The bed's own templates, so that a test may break one. */
static void copy_templates(struct bed *bed)
{
    char command[512];
    char here[256];
    char there[256];

    assert_non_null(getcwd(here, sizeof here - 16));
    (void)snprintf(there, sizeof there, "%.200s/templates", bed->folder);
    (void)snprintf(command, sizeof command, "cp -r '%.200s/templates' '%.200s'",
        here, there);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c): a test's own
    (void)snprintf(here + strlen(here), 16, "/templates");
    bed_config_replace(bed, here, there);
}

/* The same with another modem like m1. */
static char *with_second_modem(const char *text)
{
    const char *first = strstr(text, "{ name = \"m1\"");
    const char *end = strstr(first, "} );");
    char *one = mem_printf("%.*s", (int)(end + 1 - first), first);
    char *named = bed_replaced(one, "\"m1\"", "\"m2\"");
    char *other = bed_replaced(named, "/m1\"", "/m2\"");
    char *both = mem_printf("%s, %s", one, other);
    char *whole = bed_replaced(text, one, both);

    free(one);
    free(named);
    free(other);
    free(both);
    return whole;
}

static void reload_with(struct bed *bed, const char *text)
{
    bed_config_set(bed, text);
    assert_int_equal(kill(bed->gateway, SIGHUP), 0);
}

static void write_template(struct bed *bed, const char *text)
{
    char path[160];

    bed_write(bed, "templates/id/remind_first.txt", text, path, sizeof path);
}

/* Where the broken file names the socket. */
static void can_be_asked_all_the_same(struct bed *bed, const char *good)
{
    char *broken = mem_printf("%s\nnosuchthing = 1;\n", good);

    reload_with(bed, broken);
    BED_WAIT(5000, bed_logged(bed, "nosuchthing"));
    assert_int_equal(bed_kabari(bed, NULL, "modem", "list", (char *)NULL), 0);
    assert_int_equal(bed_kabari(bed, NULL, "check", (char *)NULL), 4);
    free(broken);
}

static void a_broken_configuration_or_template_is_refused_and_the_old_one_stays(
    void **state)
{
    struct bed_options options = {
        .modems = 1, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_new(&options);
    char *good = NULL;
    char *more = NULL;
    pid_t worker = 0;

    (void)state;
    copy_templates(bed);
    good = bed_config_text(bed);
    more = with_second_modem(good);
    options.modems = 2; /* in the simulator; the gateway knows one */
    bed_start_sim(bed, &options);
    bed_start_gateway(bed, NULL);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    worker = traffic_worker(bed, "m1");
    assert_true(worker > 0);

    reload_with(bed, "\nsite = { nmae = \"x\"; };\n");
    BED_WAIT(5000, bed_logged(bed, "reload refused"));
    assert_true(bed_logged(bed, "kabari.conf:2"));
    (void)traffic_send(bed, 0);
    BED_WAIT(5000, traffic_number_is(bed, 0, "sent"));

    can_be_asked_all_the_same(bed, good);

    /* A configuration without fault, but a text names what nobody has. */
    write_template(bed, "Yth. {name}\nBatas {nosuchthing}\n");
    reload_with(bed, good);
    BED_WAIT(5000, bed_logged(bed, "remind_first.txt:2"));
    (void)traffic_send(bed, 1);
    BED_WAIT(5000, traffic_number_is(bed, 1, "sent"));
    assert_false(bed_logged(bed, "kabarid: reloaded"));

    write_template(bed, "Yth. {name}\n");
    reload_with(bed, more);
    BED_WAIT(5000, bed_logged(bed, "kabarid: reloaded"));
    BED_WAIT(20000, traffic_modem_is(bed, "m2", "ready"));
    assert_int_equal(traffic_worker(bed, "m1"), worker); /* undisturbed */
    traffic_modem(bed, "m1", "pause");
    (void)traffic_send(bed, 2);
    BED_WAIT(5000, traffic_number_is(bed, 2, "sent"));
    assert_int_equal(traffic_accepted_by(bed, "m2"), 1);
    traffic_judge(bed, 3);
    free(good);
    free(more);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_broken_configuration_or_template_is_refused_and_the_old_one_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
