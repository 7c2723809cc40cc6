// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: kill -9 of kabarid at 100 random moments while 300 messages go out
 * through two modems. The simulator's ledger against the store: nothing lost,
 * nothing sent twice by itself, at most one unknown per modem and kill.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "tests/support/bed.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MESSAGES 300
#define KILLS    100
#define MODEMS   2

/* Every number is its own, so that the ledger tells messages apart. */
static void accept_all(struct bed *bed)
{
    struct buf body = {0};

    for (int i = 0; i < MESSAGES; i++) {
        buf_printf(&body,
            "%c{\"phone\":\"+6281200%06d\",\"text\":\"pesan %d\","
            "\"priority\":\"bulk\"}",
            i == 0 ? '[' : ',', 500000 + i, i);
    }
    buf_add_text(&body, "]");
    bed_do(bed, "POST", "/api/v1/messages", buf_text(&body));
    buf_clear(&body);
}

static int64_t count_in(struct bed *bed, const char *phone, const char *member)
{
    char target[96];
    json_t *rows = NULL;
    json_t *row = NULL;
    size_t i = 0;
    int64_t found = 0;

    (void)snprintf(
        target, sizeof target, "/api/v1/messages?phone=%%2B%s", phone + 1);
    rows = bed_ask(bed, "GET", target, NULL, NULL);
    json_array_foreach(rows, i, row)
    {
        const char *state = json_string_value(json_object_get(row, "state"));

        found += strcmp(state, member) == 0 ? 1 : 0;
    }
    json_decref(rows);
    return found;
}

/* The ledger: how often the network took each message. */
static json_t *times_accepted(struct bed *bed)
{
    json_t *rows = bed_ledger(bed, "accepted");
    json_t *times = json_object();
    json_t *row = NULL;
    size_t i = 0;

    json_array_foreach(rows, i, row)
    {
        const char *to = json_string_value(json_object_get(row, "to"));
        int64_t before = json_integer_value(json_object_get(times, to));

        assert_int_equal(
            json_object_set_new(times, to, json_integer(before + 1)), 0);
    }
    json_decref(rows);
    return times;
}

static void compare(struct bed *bed)
{
    json_t *times = times_accepted(bed);
    int64_t unknown = 0;

    for (int i = 0; i < MESSAGES; i++) {
        char phone[24];
        int64_t taken = 0;

        (void)snprintf(phone, sizeof phone, "+6281200%06d", 500000 + i);
        taken = json_integer_value(json_object_get(times, phone));
        assert_true(taken <= 1); /* never twice by itself */
        if (taken == 0) {        /* lost only where the gateway says so */
            assert_int_equal(count_in(bed, phone, "unknown"), 1);
        }
        unknown += count_in(bed, phone, "unknown");
    }
    assert_true(unknown <= (int64_t)KILLS * MODEMS);
    json_decref(times);
}

static void a_hundred_kills_lose_nothing_and_send_nothing_twice(void **state)
{
    /* Without reports: these would settle the unknown ones. */
    struct bed_options options = {.modems = MODEMS,
        .sim_args = "--latency-ms 150 --command-ms 1 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    unsigned seed = 20160901;
    int kills = 0;

    (void)state;
    accept_all(bed);
    while (kills < KILLS) {
        (void)poll(NULL, 0, rand_r(&seed) % 800);
        (void)bed_stop_gateway(bed, SIGKILL);
        kills++;
        bed_start_gateway(bed, NULL);
    }
    BED_WAIT(60000,
        bed_queue(bed, "queued") == 0 && bed_queue(bed, "submitting") == 0);
    assert_int_equal(
        bed_queue(bed, "sent") + bed_queue(bed, "unknown"), MESSAGES);
    print_message("unknown after %d kills: %lld of %d\n", kills,
        (long long)bed_queue(bed, "unknown"), MESSAGES);
    compare(bed);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_kills_lose_nothing_and_send_nothing_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
