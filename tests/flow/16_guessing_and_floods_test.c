// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal (row 20 of the faults): who tries NIKs out learns nothing, whatever there
 * is to know, is limited and raises an alarm; a flood from one number costs
 * nobody else an answer and a campaign at most 5 % of its rate; two machines
 * that answer each other fall silent after five answers, and staff are told.
 * The simulator's ledger judges.
 */
#include "tests/support/letters.h"
#include "tests/support/people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GUESSES 40
#define FLOOD   120
/* So many that the five answers to the flood are far from a twentieth. */
#define PEOPLE  300
#define FLOODER "+6281200009701"
#define ROBOT   "+6281200009702"
#define ADVERT  "4444"

/* --- guessing -------------------------------------------------------------- */

/* What a phone heard first; empty where nothing. */
static void first_heard(struct bed *bed, const char *phone, char *out)
{
    json_t *rows = bed_ledger(bed, "accepted");
    json_t *row = NULL;
    size_t i = 0;

    out[0] = '\0';
    json_array_foreach(rows, i, row)
    {
        if (out[0] == '\0' &&
            strcmp(json_string_value(json_object_get(row, "to")), phone) == 0) {
            (void)snprintf(out, 500, "%s",
                json_string_value(json_object_get(row, "text")));
        }
    }
    json_decref(rows);
}

/* One guess from a phone of its own; the last four digits are masked. */
static void guess_from(struct bed *bed, const char *phone, int i, char *answer)
{
    char nik[17];
    char text[32];
    char *four = NULL;

    person_nik(i, nik);
    (void)snprintf(text, sizeof text, "CEK %s", nik);
    letter_comes(bed, "m1", phone, text);
    BED_WAIT(20000, letter_heard(bed, phone, NULL) == 1);
    first_heard(bed, phone, answer);
    four = strstr(answer, nik + 12);
    assert_non_null(four);
    memcpy(four, "....", 4);
}

/* The alarm of that key stands. */
static bool is_alarmed(struct bed *bed, const char *key)
{
    json_t *alarms = bed_ask(bed, "GET", "/api/v1/alarms", NULL, NULL);
    json_t *alarm = NULL;
    size_t i = 0;
    bool found = false;

    json_array_foreach(alarms, i, alarm)
    {
        found =
            found ||
            strcmp(json_string_value(json_object_get(alarm, "key")), key) == 0;
    }
    json_decref(alarms);
    return found;
}

static void guessing_is_limited_and_raises_an_alarm(void **state)
{
    struct bed_options options = {.modems = 1,
        .sim_args = "--latency-ms 1 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    char nik[17];
    char text[32];
    char known[500];
    char unknown[500];

    (void)state;
    people_import(bed, 20);
    guess_from(bed, "+6281200009711", 3, known); /* there is one */
    guess_from(bed, "+6281200009712", 5003, unknown);
    assert_string_equal(known, unknown);
    assert_false(is_alarmed(bed, "talk:enumeration"));
    for (int i = 0; i < GUESSES; i++) {
        person_nik(i, nik); /* half of them are there */
        (void)snprintf(text, sizeof text, "CEK %s", nik);
        letter_comes(bed, "m1", FLOODER, text);
    }
    BED_WAIT(30000, letter_entries(bed) == GUESSES + 2);
    BED_WAIT(10000, bed_queue(bed, "queued") == 0);
    BED_WAIT(10000, letter_heard(bed, FLOODER, NULL) == 4);
    assert_int_equal(letter_heard(bed, FLOODER, "silakan datang"), 3);
    assert_int_equal(letter_heard(bed, FLOODER, "batas 3 kali"), 1);
    assert_int_equal(letter_heard(bed, FLOODER, "BELUM REKAM"), 0);
    assert_int_equal(letter_notes(bed, "guessing"), 1);
    BED_WAIT(10000, is_alarmed(bed, "talk:enumeration"));
    assert_false(bed_logged(bed, FLOODER));
    assert_false(bed_logged(bed, nik));
    bed_free(bed);
}

/* --- a flood ------------------------------------------------------------------ */

/* So many residents ask while a campaign runs and a flood, or none, comes in.
   The network takes most of the time, as it does in life, not the machine.
   @return messages a second, by the ledger, of the campaign's. */
static double campaign_rate(bool flooded)
{
    struct bed_options options = {.modems = 2,
        .sim_args = "--latency-ms 250 --command-ms 0 --no-reports",
        .modem_args = "reports = false;"};
    struct bed *bed = bed_up(&options);
    int phones = people_phones(PEOPLE);
    char nik[17];
    char phone[24];
    char text[32];
    json_t *rows = NULL;
    json_t *row = NULL;
    size_t i = 0;
    json_int_t first_us = 0;
    json_int_t last_us = 0;
    int count = 0;

    people_import(bed, PEOPLE);
    people_campaign(bed, "rekam", 20);
    for (int k = 0; flooded && k < FLOOD; k++) {
        (void)snprintf(text, sizeof text, "halo halo %d", k);
        letter_comes(bed, k % 2 == 0 ? "m1" : "m2", FLOODER, text);
    }
    person_nik(3, nik);
    person_phone(3, phone);
    (void)snprintf(text, sizeof text, "CEK %s", nik);
    letter_comes(bed, "m1", phone, text);
    BED_WAIT(20000, letter_heard(bed, phone, "NIK ..") == 1);
    BED_WAIT(90000, bed_queue(bed, "sent") == phones + 1 + (flooded ? 5 : 0));
    if (flooded) {
        BED_WAIT(30000, letter_entries(bed) == FLOOD + 1);
        assert_int_equal(letter_heard(bed, FLOODER, NULL), 5);
        assert_int_equal(letter_notes(bed, "no more automatic answers"), 1);
    }
    rows = bed_ledger(bed, "accepted");
    json_array_foreach(rows, i, row)
    {
        json_int_t us = json_integer_value(json_object_get(row, "mono_us"));

        if (strcmp(json_string_value(json_object_get(row, "to")), FLOODER) ==
            0) {
            continue;
        }
        first_us = count++ == 0 ? us : first_us;
        last_us = us;
    }
    json_decref(rows);
    bed_free(bed);
    return (count - 1) * 1e6 / (double)(last_us - first_us);
}

static void a_flood_costs_nobody_else_an_answer(void **state)
{
    double calm = campaign_rate(false);
    double flooded = campaign_rate(true);

    (void)state;
    print_message("campaign: %.1f messages/s, %.1f beside a flood of %d\n",
        calm, flooded, FLOOD);
    /* Of two modems the answers to the flood take a share: five messages. */
    assert_true(flooded >= 0.95 * calm);
}

/* --- two machines ---------------------------------------------------------------- */

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
    letter_comes(bed, "m1", ROBOT, "Saya sedang sibuk, nanti saya balas");
    letter_comes(bed, "m1", ADVERT, "Promo! Ketik YA untuk paket");
    for (int answers = 1; answers <= 5; answers++) {
        BED_WAIT(20000, letter_heard(bed, ROBOT, NULL) == answers);
        (void)snprintf(text, sizeof text,
            "Saya sedang sibuk, nanti saya balas (%d)", ++said);
        letter_comes(bed, "m1", ROBOT, text);
    }
    BED_WAIT(20000, letter_entries(bed) == said + 2);
    BED_WAIT(10000, bed_queue(bed, "queued") == 0);
    assert_int_equal(letter_heard(bed, ROBOT, NULL), 5);
    assert_int_equal(letter_notes(bed, "no more automatic answers"), 1);
    assert_int_equal(letter_heard(bed, ADVERT, NULL), 0);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(guessing_is_limited_and_raises_an_alarm),
        cmocka_unit_test(a_flood_costs_nobody_else_an_answer),
        cmocka_unit_test(two_machines_fall_silent_after_five_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
