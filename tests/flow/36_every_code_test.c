// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: every +CMS and +CME code lands in its class: one number's fault is
 * that number's, a SIM's fault parks that SIM, the network's is waited out, a
 * doubt is unknown. The simulator's ledger judges.
 */
#include "base/buf.h"
#include "tests/support/traffic.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NO_REPORTS "--latency-ms 20 --command-ms 0 --no-reports"

/* --- 0 to 600 --------------------------------------------------------------- */

enum {
    CODES = 601
};

/* What becomes of a message that is answered so behind its PDU; what no row
   names is tried again later. */
struct class
{
    int first;
    int last;
    const char *state; /* NULL: the code ails the modem, see below */
};

static const struct class cms_classes[] = {
    {1,   1,   "failed" }, /* the destination's fault */
    {8,   8,   NULL     }, /* the SIM's */
    {10,  10,  NULL     },
    {21,  21,  "failed" }, /* once more, elsewhere; then given up */
    {28,  28,  "failed" },
    {29,  29,  NULL     },
    {30,  30,  "failed" },
    {38,  38,  NULL     }, /* the network's: the modem waits, too */
    {50,  50,  NULL     },
    {69,  69,  NULL     },
    {197, 197, "sent"   }, /* the SMSC has it already */
    {310, 318, NULL     },
    {320, 322, NULL     }, /* memory, SMSC: the modem starts afresh */
    {330, 331, NULL     },
    {332, 332, "unknown"},
    {500, 600, "unknown"},
};

/* +CME codes (3GPP TS 27.007 §9.2) of SIM, memory and network; whatever else
   a modem fails at says nothing of the SMS. */
static const struct class cme_classes[] = {
    {1,  2,   "unknown"},
    {3,  4,   "queued" },
    {5,  5,   NULL     },
    {6,  9,   "unknown"},
    {10, 18,  NULL     },
    {19, 19,  "unknown"},
    {20, 21,  NULL     },
    {22, 29,  "unknown"},
    {30, 30,  NULL     },
    {31, 31,  "unknown"},
    {32, 32,  NULL     },
    {33, 600, "unknown"},
};

static const char *class_of(const struct class *classes, size_t count, int code)
{
    for (size_t i = 0; i < count; i++) {
        if (code >= classes[i].first && code <= classes[i].last) {
            return classes[i].state;
        }
    }
    return "queued";
}

/* How many of the messages have been answered, and are where they belong. */
static int in_their_class(struct bed *bed, const int64_t *id,
    const struct class *classes, size_t count, bool tell)
{
    json_t *rows = bed_ask(bed, "GET", "/api/v1/messages", NULL, NULL);
    json_t *row = NULL;
    size_t i = 0;
    int good = 0;

    json_array_foreach(rows, i, row)
    {
        int64_t which = json_integer_value(json_object_get(row, "id"));
        const char *state = json_string_value(json_object_get(row, "state"));
        int64_t attempts = json_integer_value(json_object_get(row, "attempts"));
        const char *reason = json_string_value(json_object_get(row, "reason"));

        for (int code = 1; code < CODES; code++) {
            if (id[code] != which) {
                continue;
            }
            if (strcmp(state, class_of(classes, count, code)) == 0 &&
                attempts >= 1 &&
                (strcmp(state, "sent") == 0 || reason[0] != '\0')) {
                good++;
            } else if (tell) {
                print_error("code %d: %s, attempts=%d, %s\n", code, state,
                    (int)attempts, reason);
            }
        }
    }
    json_decref(rows);
    return good;
}

/* All in one request; their ids come in that order. */
static int ask_for_all(
    struct bed *bed, const struct class *classes, size_t count, int64_t *id)
{
    struct buf body = {0};
    json_t *answer = NULL;
    int asked = 0;

    for (int code = 1; code < CODES; code++) {
        char phone[24];

        if (class_of(classes, count, code) != NULL) {
            traffic_phone(code, phone);
            buf_printf(&body, "%c{\"phone\":\"%s\",\"text\":\"pesan %d\"}",
                body.used == 0 ? '[' : ',', phone, code);
        }
    }
    buf_add_text(&body, "]");
    answer = bed_ask(bed, "POST", "/api/v1/messages", buf_text(&body), NULL);
    for (int code = 1; code < CODES; code++) {
        if (class_of(classes, count, code) != NULL) {
            id[code] = json_integer_value(json_array_get(
                json_object_get(answer, "ids"), (size_t)asked++));
            assert_true(id[code] > 0);
        }
    }
    json_decref(answer);
    buf_clear(&body);
    return asked;
}

static void every_code_has_its_class(
    const char *fault, const struct class *classes, size_t count)
{
    struct bed_options options = {
        .modems = 8, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_new(&options);
    int64_t id[CODES] = {0};
    int asked = 0;
    int64_t give_up_ms = 0;

    bed_start_sim(bed, &options);
    traffic_fault(bed, "*", fault);
    bed_start_gateway(bed, NULL);
    BED_WAIT(30000, traffic_modem_works(bed, "m1"));
    asked = ask_for_all(bed, classes, count, id);
    give_up_ms = bed_mono_ms() + 120000;
    /* The list is long: whoever reads it all the time is what takes long. */
    BED_WAIT(120000, (int)bed_ledger_count(bed, "rejected") >= asked / 2);
    while (in_their_class(bed, id, classes, count, false) < asked) {
        if (bed_mono_ms() > give_up_ms) {
            (void)in_their_class(bed, id, classes, count, true);
        }
        (void)poll(NULL, 0, 300);
        bed_pause_or_fail(
            give_up_ms, "each code in its class", __FILE__, __LINE__);
    }
    assert_int_equal(bed_ledger_count(bed, "accepted"), 0);
    for (int i = 1; i <= options.modems; i++) {
        char target[64];

        (void)snprintf(target, sizeof target, "/api/v1/modems/m%d", i);
        assert_false(bed_is(bed, target, "state", "parked"));
    }
    print_message(
        "codes: %d of %d have a class of their messages alone\n", asked, CODES);
    bed_free(bed);
}

static void every_cms_code_lands_in_its_class(void **state)
{
    (void)state;
    every_code_has_its_class("\"fault\":\"cms_by_number\"", cms_classes,
        sizeof cms_classes / sizeof *cms_classes);
}

static void every_cme_code_lands_in_its_class(void **state)
{
    (void)state;
    every_code_has_its_class("\"fault\":\"cme_by_number\"", cme_classes,
        sizeof cme_classes / sizeof *cme_classes);
}

/* --- those that say something of modem, SIM or network ----------------------- */

/* "0" is an error, too: it must not pass for an acceptance. */
static void an_error_of_number_zero_is_never_a_success(void **state)
{
    struct bed_options options = {
        .modems = 1, .sim_args = NO_REPORTS, .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);

    (void)state;
    BED_WAIT(20000, traffic_modem_is(bed, "m1", "ready"));
    traffic_fault(bed, "m1", "\"fault\":\"cms:0\"");
    (void)traffic_send(bed, 0);
    BED_WAIT(20000, bed_ledger_count(bed, "rejected") == 1);
    BED_WAIT(20000, traffic_number_is(bed, 0, "unknown"));
    (void)traffic_send(bed, 1);
    BED_WAIT(20000, traffic_number_is(bed, 1, "sent"));
    traffic_judge(bed, 2);
    bed_free(bed);
}

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
    assert_true(bed_says(bed, target, "reason", "network"));
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
        assert_true(bed_says(bed, "/api/v1/modems/m1", "last_error", "SIM"));
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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cms_code_lands_in_its_class),
        cmocka_unit_test(every_cme_code_lands_in_its_class),
        cmocka_unit_test(an_error_of_number_zero_is_never_a_success),
        cmocka_unit_test(a_bad_number_fails_alone_and_blocks_nothing),
        cmocka_unit_test(congestion_is_waited_out_and_holds_nobody_else_up),
        cmocka_unit_test(
            a_barred_sim_is_parked_and_its_messages_go_by_the_other),
        cmocka_unit_test(a_number_that_every_sim_is_refused_parks_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
