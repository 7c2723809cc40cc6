// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: what a SIM or the network refuses - a PIN, registration, room on the
 * SIM, a number, all numbers - is judged by what it says: one number's fault is
 * that number's, a SIM's fault parks that SIM, the network's is waited out; a
 * long message goes on at the part where it stopped. The simulator's ledger
 * judges.
 */
#include "base/mem.h"
#include "tests/support/traffic.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NO_REPORTS "--latency-ms 20 --command-ms 0 --no-reports"

/* True where a text member of GET target has these words in it. */
static bool says(
    struct bed *bed, const char *target, const char *member, const char *words)
{
    json_t *answer = bed_ask(bed, "GET", target, NULL, NULL);
    const char *text = json_string_value(json_object_get(answer, member));
    bool found = text != NULL && strstr(text, words) != NULL;

    json_decref(answer);
    return found;
}

/* --- PIN ----------------------------------------------------------------- */

static void use_pin(struct bed *bed, const char *old, const char *new)
{
    char text[8192];
    char path[160];
    FILE *file = fopen(bed->config, "r");
    size_t got = 0;
    char *at = NULL;
    char *changed = NULL;

    assert_non_null(file);
    got = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[got] = '\0';
    at = strstr(text, old);
    assert_non_null(at);
    changed =
        mem_printf("%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
    bed_write(bed, "kabari.conf", changed, path, sizeof path);
    free(changed);
}

static void a_wrong_pin_is_tried_once_and_parks_the_sim(void **state)
{
    struct bed_options options = {.modems = 2,
        .sim_args = NO_REPORTS " --pin 4321",
        .modem_args = "reports = false; pin = \"4321\";"};
    struct bed *bed = bed_new(&options);
    pid_t worker = 0;

    (void)state;
    use_pin(bed, "pin = \"4321\"", "pin = \"1111\""); /* m1's */
    bed_start_sim(bed, &options);
    bed_start_gateway(bed, NULL);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "parked"));
    BED_WAIT(20000, traffic_modem_is(bed, "m2", "ready"));
    assert_true(says(bed, "/api/v1/modems/m1", "last_error", "PIN"));
    assert_int_equal(traffic_events(bed, "m1", "wrong_pin"), 1);

    /* Whatever ends the worker, the next one does not try it again. */
    worker = traffic_worker(bed, "m1");
    assert_true(worker > 0);
    assert_int_equal(kill(worker, SIGKILL), 0);
    BED_WAIT(20000, traffic_worker(bed, "m1") > 0 &&
                        traffic_worker(bed, "m1") != worker &&
                        traffic_modem_is(bed, "m1", "parked"));
    traffic_send_many(bed, 0, 5);
    BED_WAIT(10000, bed_queue(bed, "sent") == 5);
    assert_int_equal(traffic_events(bed, "m1", "wrong_pin"), 1);
    assert_int_equal(traffic_accepted_by(bed, "m2"), 5);

    /* The operator mends it. */
    use_pin(bed, "pin = \"1111\"", "pin = \"4321\"");
    assert_int_equal(kill(bed->gateway, SIGHUP), 0);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    traffic_modem(bed, "m2", "pause");
    traffic_send_many(bed, 5, 3);
    BED_WAIT(10000, bed_queue(bed, "sent") == 8);
    assert_int_equal(traffic_events(bed, "m1", "wrong_pin"), 1);
    traffic_judge(bed, 8);
    bed_free(bed);
}

static void a_wrong_pin_is_not_tried_again_by_a_restarted_gateway(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = NO_REPORTS " --pin 4321",
        .modem_args = "reports = false; pin = \"1111\";"};
    struct bed *bed = bed_up(&options);

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "parked"));
    for (int i = 0; i < 2; i++) { /* a third try would block the SIM */
        assert_int_equal(bed_stop_gateway(bed, SIGTERM), 0);
        bed_start_gateway(bed, NULL);
        BED_WAIT(20000, traffic_modem_is(bed, "m1", "parked"));
    }
    assert_int_equal(traffic_events(bed, "m1", "wrong_pin"), 1);

    use_pin(bed, "pin = \"1111\"", "pin = \"4321\"");
    assert_int_equal(kill(bed->gateway, SIGHUP), 0);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    bed_free(bed);
}

/* --- registration -------------------------------------------------------- */

static void without_network_messages_wait_and_burn_no_attempts(void **state)
{
    struct bed_options options = {
        .modems = 1, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_new(&options);
    char target[64];
    int64_t id = 0;

    (void)state;
    bed_start_sim(bed, &options);
    json_decref(bed_sim(bed, "{\"cmd\":\"network\",\"creg\":2}"));
    bed_start_gateway(bed, NULL);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "no_network"));
    id = traffic_send(bed, 0);
    traffic_send_many(bed, 1, 4);
    (void)snprintf(
        target, sizeof target, "/api/v1/messages/%lld", (long long)id);
    assert_true(traffic_is(bed, id, "queued"));
    json_decref(bed_sim(bed, "{\"cmd\":\"network\",\"creg\":1}"));
    BED_WAIT(20000, bed_queue(bed, "sent") == 5);

    /* It goes in the middle of sending: the refusal is no message's fault. */
    json_decref(bed_sim(bed, "{\"cmd\":\"network\",\"creg\":3}"));
    id = traffic_send(bed, 5);
    traffic_send_many(bed, 6, 4);
    (void)snprintf(
        target, sizeof target, "/api/v1/messages/%lld", (long long)id);
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "no_network"));
    assert_true(traffic_is(bed, id, "queued"));
    assert_int_equal(bed_number(bed, target, "attempts"), 0);
    json_decref(bed_sim(bed, "{\"cmd\":\"network\",\"creg\":5}"));
    BED_WAIT(30000, bed_queue(bed, "sent") == 10);
    assert_int_equal(bed_number(bed, target, "attempts"), 1);
    traffic_judge(bed, 10);
    bed_free(bed);
}

/* --- the SIM's room ------------------------------------------------------ */

static void a_full_sim_is_drained_and_no_sms_is_lost(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = NO_REPORTS " --sms-store 3",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_new(&options);
    json_t *inbox = NULL;
    json_t *stats = NULL;

    (void)state;
    bed_start_sim(bed, &options);
    /* Three lie there at the start, the network keeps the rest. */
    for (int i = 0; i < 10; i++) {
        json_decref(bed_sim(bed,
            "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"+6281200009%03d\","
            "\"text\":\"apa kabar %d\"}",
            500 + i, i));
    }
    bed_start_gateway(bed, NULL);
    BED_WAIT(30000, bed_ledger_count(bed, "deleted") == 10);
    assert_int_equal(bed_ledger_count(bed, "inbound"), 10);
    inbox = bed_ask(bed, "GET", "/api/v1/inbox", NULL, NULL);
    assert_int_equal(json_array_size(inbox), 10);
    json_decref(inbox);
    BED_WAIT(20000, bed_queue(bed, "sent") == 10); /* each is answered */
    stats = bed_sim(bed, "{\"cmd\":\"stats\",\"modem\":\"m1\"}");
    assert_int_equal(
        json_integer_value(json_object_get(
            json_array_get(json_object_get(stats, "modems"), 0), "slots_used")),
        0);
    json_decref(stats);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(traffic_accepted(bed, 500 + i), 1);
    }
    bed_free(bed);
}

/* --- what the network refuses -------------------------------------------- */

static void a_bad_number_fails_alone_and_blocks_nothing(void **state)
{
    struct bed_options options = {
        .modems = 1, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    traffic_fault(bed, "m1",
        "\"fault\":\"cms:28\",\"count\":\"on\",\"to\":\"+6281200009002\"");
    traffic_send_many(bed, 0, 6);
    BED_WAIT(10000, traffic_settled(bed) == 6);
    assert_true(traffic_number_is(bed, 2, "failed"));
    assert_int_equal(bed_queue(bed, "sent"), 5);
    assert_int_equal(bed_ledger_count(bed, "rejected"), 1);
    assert_true(traffic_modem_works(bed, "m1"));
    traffic_judge(bed, 6);
    bed_free(bed);
}

static void congestion_is_waited_out_and_holds_nobody_else_up(void **state)
{
    struct bed_options options = {
        .modems = 1, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    char target[64];
    int64_t busy = 0;
    int64_t down = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    traffic_fault(bed, "m1", "\"fault\":\"cms:42\",\"to\":\"+6281200009000\"");
    busy = traffic_send(bed, 0);
    BED_WAIT(5000, bed_ledger_count(bed, "rejected") == 1);
    traffic_fault(bed, "m1", "\"fault\":\"cms:38\",\"to\":\"+6281200009001\"");
    down = traffic_send(bed, 1);
    traffic_send_many(bed, 2, 4);
    BED_WAIT(5000, bed_ledger_count(bed, "rejected") == 2);
    BED_WAIT(4000, bed_queue(bed, "sent") >= 4); /* the first retry: 5 s */
    assert_true(traffic_is(bed, down, "queued"));
    (void)snprintf(
        target, sizeof target, "/api/v1/messages/%lld", (long long)down);
    assert_true(says(bed, target, "reason", "network"));
    assert_int_equal(bed_number(bed, target, "attempts"), 1);
    BED_WAIT(10000, traffic_is(bed, busy, "sent"));
    assert_int_equal(traffic_accepted(bed, 1), 0);
    bed_free(bed);
}

/* Gives m1 another message whenever it takes one. @return true once it is
   parked. */
static bool parked_by_refusals(struct bed *bed, int *sent)
{
    if (traffic_modem_is(bed, "m1", "ready")) {
        (void)traffic_send(bed, (*sent)++);
    }
    return traffic_modem_is(bed, "m1", "parked");
}

static void a_barred_sim_is_parked_and_its_messages_go_by_the_other(
    void **state)
{
    static const struct {
        const char *fault;
        size_t refusals;
    } cases[] = {
        {"\"fault\":\"cms:10\",\"count\":\"on\"",                    1},
        {"\"fault\":\"cms:50\",\"count\":\"on\"",                    1},
        {"\"fault\":\"cms:310\",\"at\":\"prompt\",\"count\":\"on\"", 1},
    };
    struct bed_options options = {
        .modems = 2, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    size_t refused = 0;
    int sent = 0;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                            traffic_modem_is(bed, "m2", "ready"));
        traffic_fault(bed, "m1", cases[i].fault);
        BED_WAIT(15000, parked_by_refusals(bed, &sent));
        assert_true(says(bed, "/api/v1/modems/m1", "last_error", "SIM"));
        BED_WAIT(15000, bed_queue(bed, "sent") == sent);
        if (i < 2) { /* the ledger has none of those before the prompt */
            refused += cases[i].refusals;
        }
        assert_int_equal(bed_ledger_count(bed, "rejected"), refused);
        json_decref(bed_sim(bed, "{\"cmd\":\"heal\",\"modem\":\"m1\"}"));
        traffic_modem(bed, "m1", "reset");
    }
    traffic_judge(bed, sent);
    bed_free(bed);
}

static void a_number_that_every_sim_is_refused_parks_none(void **state)
{
    struct bed_options options = {
        .modems = 2, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    int64_t bad = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready") &&
                        traffic_modem_is(bed, "m2", "ready"));
    traffic_fault(bed, "*",
        "\"fault\":\"cms:29\",\"to\":\"+6281200009000\",\"count\":\"on\"");
    bad = traffic_send(bed, 0);
    traffic_send_many(bed, 1, 10);
    BED_WAIT(10000, bed_queue(bed, "sent") == 10);
    BED_WAIT(5000, traffic_is(bed, bad, "failed"));
    BED_WAIT(5000, traffic_modem_is(bed, "m1", "ready") &&
                       traffic_modem_is(bed, "m2", "ready"));
    bed_free(bed);
}

/* --- long messages ------------------------------------------------------- */

static const char three_parts[] =
    "Bagian satu bagian satu bagian satu bagian satu bagian satu bagian satu "
    "bagian satu bagian satu bagian satu bagian satu bagian satu bagian satu "
    "Bagian dua bagian dua bagian dua bagian dua bagian dua bagian dua bagian "
    "dua bagian dua bagian dua bagian dua bagian dua bagian dua bagian dua. "
    "Bagian tiga bagian tiga bagian tiga bagian tiga bagian tiga bagian tiga";

/* Parts 1, 2, 3 in order, each once, with one reference. */
static void assert_three_parts(struct bed *bed, const char *to)
{
    json_t *rows = bed_ledger(bed, "accepted");
    json_t *row = NULL;
    size_t i = 0;
    int64_t reference = -1;
    int part = 0;

    json_array_foreach(rows, i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "to")), to) != 0) {
            continue;
        }
        part++;
        assert_int_equal(
            json_integer_value(json_object_get(row, "part")), part);
        assert_int_equal(json_integer_value(json_object_get(row, "parts")), 3);
        if (reference < 0) {
            reference = json_integer_value(json_object_get(row, "udh_ref"));
        }
        assert_int_equal(
            json_integer_value(json_object_get(row, "udh_ref")), reference);
    }
    assert_int_equal(part, 3);
    json_decref(rows);
}

static void a_long_message_goes_on_at_the_part_where_it_stopped(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 500 --command-ms 0 --report-ms 100",
        .config = TRAFFIC_BUDGETS};
    struct bed *bed = bed_up(&options);
    int64_t id = 0;

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    id = traffic_send_text(bed, 0, three_parts);
    BED_WAIT(15000, traffic_is(bed, id, "delivered"));
    assert_three_parts(bed, "+6281200009000");

    /* Unplugged before the second part: only two and three are left. */
    id = traffic_send_text(bed, 1, three_parts);
    BED_WAIT(5000, traffic_in_flight(bed, "m1"));
    traffic_fault(
        bed, "m1", "\"fault\":\"unplug_at:before\",\"replug_ms\":500");
    BED_WAIT(5000, traffic_struck(bed, "m1"));
    assert_int_equal(traffic_accepted(bed, 1), 1);
    BED_WAIT(30000, traffic_is(bed, id, "delivered"));
    assert_three_parts(bed, "+6281200009001");

    /* Lost in the second: unknown, until its report comes; then the third. */
    id = traffic_send_text(bed, 2, three_parts);
    BED_WAIT(5000, traffic_in_flight(bed, "m1"));
    BED_WAIT(5000, traffic_accepted(bed, 2) == 1);
    BED_WAIT(5000, traffic_in_flight(bed, "m1"));
    traffic_fault(bed, "m1", "\"fault\":\"lost_cmgs\"");
    BED_WAIT(40000, traffic_is(bed, id, "delivered"));
    assert_three_parts(bed, "+6281200009002");
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_pin_is_tried_once_and_parks_the_sim),
        cmocka_unit_test(a_wrong_pin_is_not_tried_again_by_a_restarted_gateway),
        cmocka_unit_test(without_network_messages_wait_and_burn_no_attempts),
        cmocka_unit_test(a_full_sim_is_drained_and_no_sms_is_lost),
        cmocka_unit_test(a_bad_number_fails_alone_and_blocks_nothing),
        cmocka_unit_test(congestion_is_waited_out_and_holds_nobody_else_up),
        cmocka_unit_test(
            a_barred_sim_is_parked_and_its_messages_go_by_the_other),
        cmocka_unit_test(a_number_that_every_sim_is_refused_parks_none),
        cmocka_unit_test(a_long_message_goes_on_at_the_part_where_it_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
