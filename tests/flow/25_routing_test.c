// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: a message goes by a SIM of its number's operator, by another one where
 * that cannot send, and never by a SIM that is not its modem's own. A modem
 * whose options change finishes what it is sending. What nobody knows of is
 * settled by an operator's word.
 */
#include "base/buf.h"
#include "tests/support/bed.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define READY(bed, name)                                                       \
    BED_WAIT(30000, bed_is(bed, "/api/v1/modems/" name, "state", "ready"))

/* The second modem's SIM is XL's. */
static struct bed *two_operators(const char *sim_args, const char *modem_args)
{
    struct bed_options options = {
        .modems = 2, .sim_args = sim_args, .modem_args = modem_args};
    struct bed *bed = bed_new(&options);
    char *text = bed_config_text(bed);
    char *second = strstr(text, "name = \"m2\"");
    char *changed = bed_replaced(second, "\"telkomsel\"", "\"xl\"");
    char *whole = NULL;

    *second = '\0';
    assert_true(asprintf(&whole, "%s%s", text, changed) > 0);
    bed_config_set(bed, whole);
    bed_start_sim(bed, &options);
    bed_start_gateway(bed, NULL);
    free(whole);
    free(changed);
    free(text);
    READY(bed, "m1");
    READY(bed, "m2");
    return bed;
}

static void queue(struct bed *bed, const char *prefix, int first, int count)
{
    struct buf body = {0};

    for (int i = 0; i < count; i++) {
        buf_printf(&body,
            "%c{\"phone\":\"%s%07d\",\"text\":\"halo\",\"priority\":\"bulk\"}",
            i == 0 ? '[' : ',', prefix, 9000 + first + i);
    }
    buf_add_text(&body, "]");
    bed_do(bed, "POST", "/api/v1/messages", buf_text(&body));
    buf_clear(&body);
}

/* How many to numbers that start so a modem got out, by the ledger. */
static int sent_by(struct bed *bed, const char *modem, const char *prefix)
{
    json_t *rows = bed_ledger(bed, "accepted");
    json_t *row = NULL;
    size_t i = 0;
    int count = 0;

    json_array_foreach(rows, i, row)
    {
        const char *to = json_string_value(json_object_get(row, "to"));
        const char *by = json_string_value(json_object_get(row, "modem"));

        count +=
            strcmp(by, modem) == 0 && strncmp(to, prefix, strlen(prefix)) == 0
                ? 1
                : 0;
    }
    json_decref(rows);
    return count;
}

static void each_operator_is_served_by_its_own_sim(void **state)
{
    struct bed *bed = two_operators(NULL, NULL);

    (void)state;
    bed_do(bed, "POST", "/api/v1/pause", NULL);
    queue(bed, "+62812", 0, 20);
    queue(bed, "+62817", 0, 20);
    bed_do(bed, "POST", "/api/v1/resume", NULL);
    BED_WAIT(60000, bed_ledger_count(bed, "accepted") == 40);
    assert_int_equal(sent_by(bed, "m1", "+62812"), 20);
    assert_int_equal(sent_by(bed, "m2", "+62817"), 20);
    bed_do(bed, "POST", "/api/v1/modems/m2/pause", NULL);
    queue(bed, "+62817", 100, 5);
    BED_WAIT(60000, sent_by(bed, "m1", "+62817") == 5);
    bed_free(bed);
}

static void start_with_ports_swapped(struct bed *bed)
{
    char first[200];
    char second[200];

    assert_int_equal(bed_stop_gateway(bed, SIGTERM), 0);
    (void)snprintf(first, sizeof first, "%s/m1\"", bed->sim_folder);
    (void)snprintf(second, sizeof second, "%s/m2\"", bed->sim_folder);
    bed_config_replace(bed, first, "/here\"");
    bed_config_replace(bed, second, first);
    bed_config_replace(bed, "/here\"", second);
    bed_start_gateway(bed, NULL);
}

/* What m1 says of the SIM that accept would take; NULL: there is none. */
static void assert_other_sim(
    struct bed *bed, const char *now, const char *before, const char *owner)
{
    json_t *modem = bed_ask(bed, "GET", "/api/v1/modems/m1", NULL, NULL);
    const json_t *other = json_object_get(modem, "other_sim");

    assert_non_null(other);
    if (now == NULL) {
        assert_true(json_is_null(other));
    } else {
        assert_string_equal(
            json_string_value(json_object_get(other, "now")), now);
        assert_string_equal(
            json_string_value(json_object_get(other, "before")), before);
        assert_string_equal(
            json_string_value(json_object_get(other, "owner")), owner);
    }
    json_decref(modem);
}

static void swapped_ports_never_send_under_the_others_name(void **state)
{
    struct bed_options options = {.modems = 2};
    struct bed *bed = bed_up(&options);

    (void)state;
    READY(bed, "m1");
    READY(bed, "m2");
    start_with_ports_swapped(bed);
    BED_WAIT(30000,
        bed_says(bed, "/api/v1/modems/m1", "last_error", "is modem m2's"));
    BED_WAIT(30000,
        bed_says(bed, "/api/v1/modems/m2", "last_error", "is modem m1's"));
    BED_WAIT(30000, bed_is(bed, "/api/v1/modems/m1", "state", "parked"));
    assert_other_sim(bed, "510109000000002", "510109000000001", "m2");
    bed_do(bed, "POST", "/api/v1/modems/m1/reset", NULL);
    BED_WAIT(30000, bed_is(bed, "/api/v1/modems/m1", "state", "parked"));
    queue(bed, "+62812", 0, 1);
    assert_int_equal(bed_kabari(bed, NULL, "alarm", "list", (char *)NULL), 0);
    assert_int_equal(bed_ledger_count(bed, "accepted"), 0);

    /* Meant so: both are told, and the message leaves. */
    bed_do(bed, "POST", "/api/v1/modems/m1/accept", NULL);
    BED_WAIT(30000, bed_ledger_count(bed, "accepted") == 1);
    READY(bed, "m1");
    assert_other_sim(bed, NULL, NULL, NULL);
    bed_free(bed);
}

/* The same for modems that do not tell the IMSI: each card has a number. */
static void a_swapped_card_is_seen_where_no_imsi_is_told(void **state)
{
    struct bed_options options = {.modems = 2,
        .sim_args = "--latency-ms 20 --command-ms 0 --no-reports "
                    "--fault refuse:+CIMI"};
    struct bed *bed = bed_up(&options);

    (void)state;
    READY(bed, "m1");
    READY(bed, "m2");
    assert_true(bed_is(bed, "/api/v1/modems/m1", "imsi", ""));
    start_with_ports_swapped(bed);
    BED_WAIT(30000,
        bed_says(bed, "/api/v1/modems/m1", "last_error", "is modem m2's"));
    queue(bed, "+62812", 0, 1);
    assert_int_equal(bed_ledger_count(bed, "accepted"), 0);
    bed_do(bed, "POST", "/api/v1/modems/m1/accept", NULL);
    BED_WAIT(30000, bed_ledger_count(bed, "accepted") == 1);
    bed_free(bed);
}

static void a_changed_modem_finishes_what_it_is_sending(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 1500 --command-ms 0 --no-reports",
        .modem_args = "reports = false; send_timeout_s = 20;"};
    struct bed *bed = bed_up(&options);

    (void)state;
    READY(bed, "m1");
    queue(bed, "+62812", 0, 3);
    BED_WAIT(20000, bed_queue(bed, "submitting") == 1);
    bed_config_replace(bed, "send_timeout_s = 20", "send_timeout_s = 30");
    assert_int_equal(kill(bed->gateway, SIGHUP), 0);
    BED_WAIT(20000, bed_logged(bed, "modem: ended modem=m1"));
    BED_WAIT(60000, bed_queue(bed, "sent") == 3);
    assert_int_equal(bed_queue(bed, "unknown"), 0);
    assert_int_equal(bed_ledger_count(bed, "accepted"), 3);
    bed_free(bed);
}

static void unknown_messages_are_settled_by_an_operators_word(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 60000 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    char *out = NULL;

    (void)state;
    READY(bed, "m1");
    queue(bed, "+62812", 0, 2);
    BED_WAIT(20000, bed_queue(bed, "submitting") == 1);
    (void)bed_stop_gateway(bed, SIGKILL);
    bed_start_gateway(bed, NULL);
    BED_WAIT(20000, bed_queue(bed, "unknown") == 1);
    bed_do(bed, "POST", "/api/v1/pause", NULL);
    assert_int_equal(
        bed_kabari(bed, &out, "message", "unknown", (char *)NULL), 0);
    assert_non_null(strstr(out, "unknown"));
    free(out);
    assert_int_equal(
        bed_kabari(bed, NULL, "message", "settle", "1", "lost", (char *)NULL),
        4);
    assert_int_equal(bed_kabari(bed, NULL, "message", "settle", "--all", "sent",
                         (char *)NULL),
        0);
    assert_int_equal(bed_queue(bed, "unknown"), 0);
    assert_int_equal(bed_queue(bed, "sent"), 1);
    assert_int_equal(
        bed_kabari(bed, NULL, "message", "settle", "1", "sent", (char *)NULL),
        4);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_operator_is_served_by_its_own_sim),
        cmocka_unit_test(swapped_ports_never_send_under_the_others_name),
        cmocka_unit_test(a_swapped_card_is_seen_where_no_imsi_is_told),
        cmocka_unit_test(a_changed_modem_finishes_what_it_is_sending),
        cmocka_unit_test(unknown_messages_are_settled_by_an_operators_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
