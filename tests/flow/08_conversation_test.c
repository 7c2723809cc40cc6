// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: residents who write are answered once, whatever happens. Guessing
 * learns nothing and is limited, a flood costs nobody else an answer, two
 * machines that answer each other fall silent, and kill -9 between any two
 * steps of an SMS neither loses it nor answers it twice. The simulator's ledger
 * judges.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "tests/support/people.h"
#include "tests/support/traffic.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GUESSES 40
#define FLOOD   40
#define QUERIES 40
#define KILLS   15
#define FLOODER "+6281200009701"
#define ROBOT   "+6281200009702"
#define ADVERT  "4444"

static void say(
    struct bed *bed, const char *modem, const char *from, const char *text)
{
    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"%s\",\"from\":\"%s\",\"text\":\"%s\"}",
        modem, from, text));
}

/* What the network took for a phone; a part of its text, or NULL. */
static int heard(struct bed *bed, const char *phone, const char *part)
{
    json_t *rows = bed_ledger(bed, "accepted");
    json_t *row = NULL;
    size_t i = 0;
    int count = 0;

    json_array_foreach(rows, i, row)
    {
        const char *to = json_string_value(json_object_get(row, "to"));
        const char *text = json_string_value(json_object_get(row, "text"));

        count += strcmp(to, phone) == 0 &&
                         (part == NULL || strstr(text, part) != NULL)
                     ? 1
                     : 0;
    }
    json_decref(rows);
    return count;
}

static int64_t entries(struct bed *bed)
{
    json_t *list = bed_ask(bed, "GET", "/api/v1/inbox", NULL, NULL);
    int64_t count = (int64_t)json_array_size(list);

    json_decref(list);
    return count;
}

/* How many entries of the inbox have a note with that in it. */
static int notes(struct bed *bed, const char *part)
{
    json_t *list = bed_ask(bed, "GET", "/api/v1/inbox", NULL, NULL);
    json_t *entry = NULL;
    size_t i = 0;
    int count = 0;

    json_array_foreach(list, i, entry)
    {
        const char *note = json_string_value(json_object_get(entry, "note"));

        count += note != NULL && strstr(note, part) != NULL ? 1 : 0;
    }
    json_decref(list);
    return count;
}

/* --- guessing, floods, machines (row 20 of the faults) ------------------------- */

static void guessing_is_limited_and_raises_an_alarm(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 1 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    char nik[17];
    char text[32];

    (void)state;
    people_import(bed, 20);
    for (int i = 0; i < GUESSES; i++) {
        person_nik(i, nik); /* half of them are there */
        (void)snprintf(text, sizeof text, "CEK %s", nik);
        say(bed, "m1", FLOODER, text);
    }
    BED_WAIT(30000, entries(bed) == GUESSES);
    BED_WAIT(10000, bed_queue(bed, "queued") == 0);
    BED_WAIT(10000, heard(bed, FLOODER, NULL) == 4);
    assert_int_equal(heard(bed, FLOODER, "silakan datang"), 3);
    assert_int_equal(heard(bed, FLOODER, "batas 3 kali"), 1);
    assert_int_equal(heard(bed, FLOODER, "BELUM REKAM"), 0);
    assert_int_equal(notes(bed, "guessing"), 1);
    assert_true(bed_logged(bed, "alarm, one phone asks for many NIKs"));
    assert_false(bed_logged(bed, FLOODER));
    assert_false(bed_logged(bed, nik));
    bed_free(bed);
}

static void a_flood_costs_nobody_else_an_answer(void **state)
{
    struct bed_options options = {.modems = 2,
        .sim_args = "--latency-ms 20 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    int phones = people_phones(200);
    char nik[17];
    char phone[24];
    char text[32];

    (void)state;
    people_import(bed, 200);
    people_campaign(bed, "rekam", 20);
    for (int i = 0; i < FLOOD; i++) {
        /* The same words in the same second would be the same SMS. */
        (void)snprintf(text, sizeof text, "halo halo %d", i);
        say(bed, i % 2 == 0 ? "m1" : "m2", FLOODER, text);
    }
    person_nik(3, nik);
    person_phone(3, phone);
    json_decref(bed_sim(bed,
        "{\"cmd\":\"sms\",\"modem\":\"m1\",\"from\":\"%s\",\"text\":\"CEK %s\"}",
        phone, nik));
    BED_WAIT(20000, heard(bed, phone, "NIK ..") == 1);
    BED_WAIT(60000, bed_queue(bed, "sent") == phones + 1 + 5);
    assert_int_equal(heard(bed, FLOODER, NULL), 5);
    assert_int_equal(notes(bed, "no more automatic answers"), 1);
    bed_free(bed);
}

/* Whatever we say, the machine at the other end answers. */
static void two_machines_fall_silent_after_five_answers(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 1 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    int said = 0;
    char text[64];

    (void)state;
    say(bed, "m1", ROBOT, "Saya sedang sibuk, nanti saya balas");
    say(bed, "m1", ADVERT, "Promo! Ketik YA untuk paket");
    for (int answers = 1; answers <= 5; answers++) {
        BED_WAIT(20000, heard(bed, ROBOT, NULL) == answers);
        (void)snprintf(text, sizeof text,
            "Saya sedang sibuk, nanti saya balas (%d)", ++said);
        say(bed, "m1", ROBOT, text);
    }
    BED_WAIT(20000, entries(bed) == said + 2);
    BED_WAIT(10000, bed_queue(bed, "queued") == 0);
    assert_int_equal(heard(bed, ROBOT, NULL), 5);
    assert_int_equal(notes(bed, "no more automatic answers"), 1);
    assert_int_equal(heard(bed, ADVERT, NULL), 0);
    bed_free(bed);
}

/* --- kill -9 between any two steps ------------------------------------------------ */

static void query(struct bed *bed, int i)
{
    char from[24];

    (void)snprintf(from, sizeof from, "+6281200%06d", 800000 + i);
    say(bed, "m1", from, "INFO LEMBOR");
}

static int64_t unknown_to(struct bed *bed, const char *phone)
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
        found += strcmp(json_string_value(json_object_get(row, "state")),
                     "unknown") == 0
                     ? 1
                     : 0;
    }
    json_decref(rows);
    return found;
}

static void a_kill_neither_loses_an_sms_nor_answers_it_twice(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 60 --command-ms 5 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    unsigned seed = 20160901;
    int unknown = 0;
    int asked = 0;

    (void)state;
    people_import(bed, 1);
    for (int kill = 0; kill < KILLS; kill++) {
        for (int i = 0; i < 2 && asked < QUERIES; i++) {
            query(bed, asked++);
        }
        (void)poll(NULL, 0, rand_r(&seed) % 400);
        (void)bed_stop_gateway(bed, SIGKILL);
        if (asked < QUERIES) {
            query(bed, asked++); /* while nobody is there */
        }
        bed_start_gateway(bed, NULL);
    }
    while (asked < QUERIES) {
        query(bed, asked++);
    }
    BED_WAIT(60000, entries(bed) == QUERIES);
    BED_WAIT(60000,
        bed_queue(bed, "queued") == 0 && bed_queue(bed, "submitting") == 0);
    /* All have left the SIM: deleted once they were on disk. */
    BED_WAIT(20000, (int)bed_ledger_count(bed, "deleted") >= QUERIES);
    for (int i = 0; i < QUERIES; i++) {
        char phone[24];
        int times = 0;

        (void)snprintf(phone, sizeof phone, "+6281200%06d", 800000 + i);
        times = heard(bed, phone, NULL);
        assert_true(times <= 1);
        if (times == 0) {
            assert_int_equal(unknown_to(bed, phone), 1);
            unknown++;
        }
    }
    print_message(
        "%d queries, %d kills: %d answers unknown\n", QUERIES, KILLS, unknown);
    assert_true(unknown <= KILLS);
    bed_free(bed);
}

/* --- a conversation ------------------------------------------------------------------ */

static void a_phone_enrols_asks_and_is_told_of_the_change(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 1 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    char nik[17];
    char text[32];
    json_t *answer = NULL;

    (void)state;
    people_import(bed, 20);
    person_nik(3, nik);
    answer = bed_json(bed, "resident", "set", nik, "--enroll", "--state",
        "processing", (const char *)NULL);
    (void)snprintf(text, sizeof text, "kode %s",
        json_string_value(json_object_get(answer, "code")));
    json_decref(answer);
    say(bed, "m1", ROBOT, text);
    BED_WAIT(20000, heard(bed, ROBOT, "sekarang terdaftar") == 1);
    json_decref(bed_sim(bed,
        "{\"cmd\":\"call\",\"modem\":\"m1\",\"from\":\"%s\",\"rings\":3}",
        ROBOT));
    BED_WAIT(20000, heard(bed, ROBOT, "masih diproses") == 1);
    json_decref(bed_json(
        bed, "resident", "set", nik, "--state", "printed", (const char *)NULL));
    BED_WAIT(20000, heard(bed, ROBOT, "SUDAH DICETAK") == 1);
    assert_int_equal(heard(bed, ROBOT, NULL), 3);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(guessing_is_limited_and_raises_an_alarm),
        cmocka_unit_test(a_flood_costs_nobody_else_an_answer),
        cmocka_unit_test(two_machines_fall_silent_after_five_answers),
        cmocka_unit_test(a_kill_neither_loses_an_sms_nor_answers_it_twice),
        cmocka_unit_test(a_phone_enrols_asks_and_is_told_of_the_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
