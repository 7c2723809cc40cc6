// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: an SMS that libGammu cannot read, or dies of, is taken off the SIM past
 * it and kept as it came, once, for the operator to look at; the modem goes on
 * and hears what else comes. And after trouble it can be seen what went over
 * the line, without anybody's number or text. The simulator's ledger judges.
 */
#include "base/buf.h"
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIM "--latency-ms 20 --command-ms 0 --no-reports"

/* tests/data/poison.tsv: a name, whether libGammu dies of it, the PDU. */
struct poison {
    char name[40];
    bool deadly;
    char pdu[1100];
};

#define POISONS_MOST 20

static size_t read_poisons(struct poison *out)
{
    FILE *file = fopen("tests/data/poison.tsv", "r");
    char line[1300];
    size_t count = 0;

    assert_non_null(file);
    while (count < POISONS_MOST && fgets(line, sizeof line, file) != NULL) {
        char effect[16] = "";

        if (line[0] != '#' && sscanf(line, "%39s %15s %1099s", out[count].name,
                                  effect, out[count].pdu) == 3) {
            out[count].deadly = strcmp(effect, "crash") == 0;
            count++;
        }
    }
    (void)fclose(file);
    return count;
}

static void inject(struct bed *bed, const struct poison *poison)
{
    json_decref(bed_sim(
        bed, "{\"cmd\":\"pdu\",\"modem\":\"m1\",\"hex\":\"%s\"}", poison->pdu));
}

/* How often the quarantine has that PDU. */
static int kept(struct bed *bed, const char *pdu)
{
    json_t *list = bed_ask(bed, "GET", "/api/v1/inbox/poison", NULL, NULL);
    json_t *entry = NULL;
    size_t i = 0;
    int count = 0;

    json_array_foreach(list, i, entry)
    {
        count += strcasecmp(
                     json_string_value(json_object_get(entry, "pdu")), pdu) == 0
                     ? 1
                     : 0;
    }
    json_decref(list);
    return count;
}

static bool hears(struct bed *bed, int i)
{
    char phone[24];
    int before = traffic_accepted(bed, i);

    traffic_phone(i, phone);
    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"%s\","
        "\"text\":\"apa kabar\"}",
        phone));
    BED_WAIT(30000, traffic_accepted(bed, i) == before + 1);
    return true;
}

static void an_sms_that_libgammu_dies_of_ends_in_the_quarantine(void **state)
{
    struct bed_options options = {
        .modems = 2, .sim_args = SIM, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    struct poison *poisons = calloc(POISONS_MOST, sizeof *poisons);
    size_t count = read_poisons(poisons);
    char *shown = NULL;
    int deadly = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    for (size_t i = 0; i < count; i++) {
        if (poisons[i].deadly) {
            inject(bed, &poisons[i]);
            deadly++;
        }
    }
    assert_true(deadly >= 2);
    for (size_t i = 0; i < count; i++) {
        if (poisons[i].deadly) {
            BED_WAIT(40000, kept(bed, poisons[i].pdu) == 1);
        }
    }
    BED_WAIT(20000, traffic_events(bed, "m1", "deleted") == deadly);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    assert_true(hears(bed, 1)); /* and lives on */
    assert_int_equal(bed_number(bed, "/api/v1/modems/m1", "poison"), deadly);
    assert_int_equal(bed_number(bed, "/api/v1/modems/m2", "poison"), 0);

    assert_int_equal(
        bed_kabari(bed, &shown, "inbox", "list", "--poison", (char *)NULL), 0);
    assert_non_null(strstr(shown, poisons[0].pdu));
    free(shown);
    free(poisons);
    bed_free(bed);
}

static void an_sms_that_libgammu_cannot_read_ends_there_too_without_a_crash(
    void **state)
{
    struct bed_options options = {
        .modems = 1, .sim_args = SIM, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    struct poison *poisons = calloc(POISONS_MOST, sizeof *poisons);
    size_t count = read_poisons(poisons);
    pid_t worker = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    worker = traffic_worker(bed, "m1");
    for (size_t i = 0; i < count; i++) {
        if (!poisons[i].deadly) {
            inject(bed, &poisons[i]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!poisons[i].deadly) {
            BED_WAIT(40000, kept(bed, poisons[i].pdu) == 1);
        }
    }
    assert_true(hears(bed, 1));
    assert_int_equal(traffic_worker(bed, "m1"), worker);
    free(poisons);
    bed_free(bed);
}

static void poison_is_kept_once_however_often_the_worker_dies(void **state)
{
    struct bed_options options = {
        .modems = 1, .sim_args = SIM, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    struct poison *poisons = calloc(POISONS_MOST, sizeof *poisons);
    pid_t worker = 0;

    (void)state;
    (void)read_poisons(poisons);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    /* It cannot be deleted at first, so that every life meets it again. */
    traffic_fault(bed, "m1", "\"fault\":\"refuse:+CMGD\"");
    inject(bed, &poisons[0]);
    BED_WAIT(40000, kept(bed, poisons[0].pdu) == 1);
    BED_WAIT(20000, (worker = traffic_worker(bed, "m1")) != 0);
    (void)kill(worker, SIGKILL);
    BED_WAIT(20000,
        traffic_worker(bed, "m1") != worker && traffic_worker(bed, "m1") != 0);
    json_decref(bed_sim(bed, "{\"cmd\":\"heal\",\"modem\":\"m1\"}"));
    traffic_modem(bed, "m1", "reset"); /* no longer back-off than the first */
    BED_WAIT(40000, traffic_events(bed, "m1", "deleted") == 1);
    assert_int_equal(kept(bed, poisons[0].pdu), 1);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    assert_true(hears(bed, 1));
    free(poisons);
    bed_free(bed);
}

/* --- what went over the line ---------------------------------------------- */

static void what_went_over_the_line_outlives_a_killed_worker_masked(
    void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 2000 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    char *shown = NULL;
    char phone[24];
    pid_t worker = 0;

    (void)state;
    traffic_phone(0, phone);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    (void)traffic_send_text(bed, 0, "RAHASIA 1234567890");
    BED_WAIT(10000, traffic_in_flight(bed, "m1"));
    worker = traffic_worker(bed, "m1");
    (void)kill(worker, SIGKILL);
    BED_WAIT(10000, bed_queue(bed, "unknown") == 1);

    assert_int_equal(
        bed_kabari(bed, &shown, "modem", "log", "m1", "--at", (char *)NULL), 0);
    assert_non_null(strstr(shown, "> AT+CMGS="));
    assert_non_null(strstr(shown, "octets more]^Z"));
    assert_non_null(strstr(shown, "# scan"));
    assert_non_null(strstr(shown, "< +CSQ: "));
    assert_null(strstr(shown, phone + 3)); /* nobody's number */
    assert_null(strstr(shown, "RAHASIA"));
    free(shown);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_sms_that_libgammu_dies_of_ends_in_the_quarantine),
        cmocka_unit_test(
            an_sms_that_libgammu_cannot_read_ends_there_too_without_a_crash),
        cmocka_unit_test(poison_is_kept_once_however_often_the_worker_dies),
        cmocka_unit_test(
            what_went_over_the_line_outlives_a_killed_worker_masked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
