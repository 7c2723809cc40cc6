// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "inbound/inbound.h"
#include "tests/unit/inbound/talk_fixture.h"

/*
 * Who tries NIKs out, from one phone or from many: learns nothing, is limited
 * and raises an alarm.
 */

/* --- from fifty phones -------------------------------------------------- */

#define GUESSES 10000
#define PHONES  50

struct guess {
    int64_t took_us;
    bool answered;
    bool known;
};

static int by_value(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;

    return left < right ? -1 : left > right;
}

/* Half of the NIKs are in the registry. */
static void add_guessed(struct talk *talk)
{
    assert_int_equal(store_exec(talk->store,
                         "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT"
                         " i + 2 FROM n WHERE i < 998) INSERT INTO resident"
                         " (nik, name, office, state, phone) SELECT"
                         " printf('531505%06d%04d', 10170 + i % 28 * 10000,"
                         " 9000 + i), 'Yosef Made', 'LEMBOR', 'printed',"
                         " printf('+62813000%05d', i) FROM n"),
        KB_OK);
}

static void guess_one(struct talk *talk, int i, struct guess *out, char *text)
{
    char from[24];
    char query[32];
    char four[5];
    int number = i % 1000;
    int64_t start = 0;
    char *at = NULL;

    (void)snprintf(from, sizeof from, "+6281200%06d", 7000 + i % PHONES);
    (void)snprintf(query, sizeof query, "CEK 531505%06d%04d",
        10170 + number % 28 * 10000, 9000 + number);
    (void)snprintf(four, sizeof four, "%04d", 9000 + number);
    start = clock_mono_us();
    (void)snprintf(text, TALK_TEXT, "%s", talk_sms(talk, from, query).text);
    out->took_us = clock_mono_us() - start;
    out->known = number % 2 == 0;
    out->answered = strstr(text, "untuk NIK ..") != NULL;
    at = strstr(text, four);
    if (at != NULL) {
        memcpy(at, "####", 4);
    }
}

/* Both kinds take the same time: one is held against the other that came right
   behind it, so that what else the machine does weighs on both. */
static void assert_same_time(const struct guess *guesses, size_t count)
{
    int64_t *times = mem_array(count, sizeof *times);
    int64_t *more = mem_array(count / 2, sizeof *more);
    int64_t p50 = 0;
    int64_t gap = 0;

    for (size_t i = 0; i < count / 2; i++) {
        const struct guess *known = &guesses[2 * i];

        assert_true(known[0].known && !known[1].known);
        more[i] = known[0].took_us - known[1].took_us;
        times[2 * i] = known[0].took_us;
        times[2 * i + 1] = known[1].took_us;
    }
    qsort(times, count, sizeof *times, by_value);
    qsort(more, count / 2, sizeof *more, by_value);
    p50 = times[count / 2];
    gap = more[count / 4];
    print_message("guesses: p50 %lld us; a known NIK takes %lld us longer\n",
        (long long)p50, (long long)gap);
    assert_true(llabs(gap) * 4 < p50 + 200);
    free(times);
    free(more);
}

static void ten_thousand_guesses_learn_nothing(void **state)
{
    struct talk *talk = *state;
    struct guess *guesses = mem_array(GUESSES, sizeof *guesses);
    char first[TALK_TEXT] = "";
    char text[TALK_TEXT] = "";
    size_t answered = 0;

    add_guessed(talk);
    for (int i = 0; i < GUESSES; i++) {
        guess_one(talk, i, &guesses[i], text);
        if (!guesses[i].answered) {
            assert_true(text[0] == '\0' ||
                        strstr(text, "batas 3 kali") != NULL ||
                        strstr(text, "batas 5 kali") != NULL);
            continue;
        }
        /* To the letter the same, but for the digits that were asked for. */
        answered++;
        if (first[0] == '\0') {
            memcpy(first, text, sizeof first);
        }
        assert_string_equal(text, first);
        guesses[answered - 1] = guesses[i];
    }
    print_message("guesses: %zu of %d answered\n", answered, GUESSES);
    assert_true(answered <= (size_t)PHONES * 3 * talk->days);
    assert_same_time(guesses, answered);
    assert_true(
        talk_count(talk, "SELECT count(*) FROM inbound WHERE state = 'open' AND"
                         " note LIKE '%guessing%'") >= PHONES);
    free(guesses);
}

/* --- alarms ---------------------------------------------------------------- */

static void many_niks_from_one_phone_are_an_alarm_for_the_day(void **state)
{
    struct talk *talk = *state;
    char text[32];

    for (int i = 0; i < 10; i++) {
        assert_int_equal(talk_alarm(talk, "talk:enumeration").count, 0);
        (void)snprintf(text, sizeof text, "CEK 531505120785%04d", 9050 + i);
        (void)talk_sms(talk, STRANGER, text);
    }
    struct talk_alarm raised = talk_alarm(talk, "talk:enumeration");
    assert_int_equal(raised.count, 1);
    assert_string_equal(raised.alarm.state, "raised");
    assert_null(strstr(raised.alarm.text, "9003")); /* nobody's number */
    talk_reopen(talk);
    assert_int_equal(talk_alarm(talk, "talk:enumeration").count, 1);
    talk_later(talk, 24 * HOUR_MS);
    (void)talk_alarm(talk, "talk:enumeration");
    talk_later(talk, 16 * MINUTE_MS);
    assert_int_equal(talk_alarm(talk, "talk:enumeration").count, 0);
}

/* A query for a NIK of some birth date, from a phone that nobody has. */
static void ask_from(struct talk *talk, int phone, int date, int serial)
{
    char from[24];
    char text[32];

    (void)snprintf(from, sizeof from, "+6281200%06d", 20000 + phone);
    (void)snprintf(text, sizeof text, "CEK 531505%06d%04d", date, serial);
    (void)talk_sms(talk, from, text);
}

#define SPREAD "talk:enumeration:spread"

static void serials_tried_out_from_many_phones_are_an_alarm(void **state)
{
    struct talk *talk = *state;

    for (int i = 0; i < 10; i++) {
        assert_int_equal(talk_alarm(talk, SPREAD).count, 0);
        ask_from(talk, i, 120785, 9050 + i);
        ask_from(talk, 100 + i, 120785, 9050 + i); /* the same NIK again */
    }
    struct talk_alarm raised = talk_alarm(talk, SPREAD);
    assert_int_equal(raised.count, 1);
    assert_string_equal(raised.alarm.state, "raised");
    assert_null(strstr(raised.alarm.text, "120785")); /* nobody's birthday */
    assert_int_equal(talk_alarm(talk, "talk:enumeration").count, 0);
    talk_reopen(talk);
    talk_later(talk, 24 * HOUR_MS);
    (void)talk_alarm(talk, SPREAD);
    talk_later(talk, 16 * MINUTE_MS);
    assert_int_equal(talk_alarm(talk, SPREAD).count, 0);
}

static void many_niks_from_many_phones_are_an_alarm(void **state)
{
    struct talk *talk = *state;

    talk->config.strange_niks_day = 20;
    for (int i = 0; i < 19; i++) {
        ask_from(talk, i, 10170 + i * 10000, 9050);
    }
    assert_int_equal(talk_alarm(talk, SPREAD).count, 0);
    ask_from(talk, 19, 10171, 9050);
    assert_int_equal(talk_alarm(talk, SPREAD).count, 1);
}

static void no_threshold_is_no_alarm(void **state)
{
    struct talk *talk = *state;

    talk->config.strange_niks_day = 0;
    for (int i = 0; i < 25; i++) {
        ask_from(talk, i, 10170 + i * 10000, 9050);
    }
    assert_int_equal(talk_alarm(talk, SPREAD).count, 0);
}

/* A village head's phone asks for whom it stands. */
static void the_residents_own_phone_is_no_stranger(void **state)
{
    struct talk *talk = *state;

    talk->config.strange_niks_day = 2;
    (void)talk_sms(talk, SHARED, "CEK " NIK_SHARED_1);
    (void)talk_sms(talk, SHARED, "CEK " NIK_SHARED_2);
    (void)talk_sms(talk, OURS, "CEK " NIK_OURS);
    assert_int_equal(talk_alarm(talk, SPREAD).count, 0);
    (void)talk_sms(talk, OURS, "CEK " NIK_SHARED_1);
    assert_int_equal(talk_alarm(talk, SPREAD).count, 0);
    (void)talk_sms(talk, OURS, "CEK " NIK_NONE);
    assert_int_equal(talk_alarm(talk, SPREAD).count, 1);
}

/* Else whoever knows a NIK could keep its resident from asking. */
static void strangers_do_not_use_up_what_the_own_phone_may_ask(void **state)
{
    struct talk *talk = *state;
    char from[24];

    for (int i = 0; i < 6; i++) {
        (void)snprintf(from, sizeof from, "+6281200%06d", 30000 + i);
        assert_says(talk, from, "CEK " NIK_OURS,
            i < 5 ? "untuk NIK ..9001" : "batas 5 kali");
    }
    assert_says(talk, OURS, "CEK " NIK_OURS, "..9001 BELUM REKAM");
    assert_says(talk, OURS, "CEK " NIK_OURS, "..9001 BELUM REKAM");
    assert_says(talk, OURS, "CEK " NIK_OURS, "..9001 BELUM REKAM");
    assert_says(talk, OURS, "CEK " NIK_OURS, "batas 3 kali");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, talk_up, talk_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ten_thousand_guesses_learn_nothing),
        TEST(many_niks_from_one_phone_are_an_alarm_for_the_day),
        TEST(serials_tried_out_from_many_phones_are_an_alarm),
        TEST(many_niks_from_many_phones_are_an_alarm),
        TEST(no_threshold_is_no_alarm),
        TEST(the_residents_own_phone_is_no_stranger),
        TEST(strangers_do_not_use_up_what_the_own_phone_may_ask),
    };

    return cmocka_run_group_tests_name("inbound: guessing", tests, NULL, NULL);
}
