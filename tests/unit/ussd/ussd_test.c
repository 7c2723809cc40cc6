// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/inbound/talk_fixture.h"
#include "ussd/ussd.h"

/*
 * Sessions that a provider brings: the whole history or the last input, drops,
 * time-outs, what is played again, and who may ask.
 */

static enum kb_err ask(struct talk *talk, const struct ussd_request *request)
{
    struct ussd_rooms rooms = {.clock = &talk->clock,
        .config = &talk->config,
        .registry = talk->registry,
        .inbound = talk->inbound};
    struct why why = {0};

    talk->last = (struct inbound_screen){.more = false};
    clock_set(&talk->clock, clock_now_ms(&talk->clock) + 1000);
    return ussd_turn(&rooms, request, &talk->last, &why);
}

/* What a phone sees, in the form of a provider that sends all inputs. */
static void assert_sees(struct talk *talk, const char *session,
    const char *phone, const char *text, const char *part)
{
    struct ussd_request request = {.session = session,
        .phone = phone,
        .text = text,
        .history = true,
        .event = USSD_RESPONSE};

    assert_int_equal(ask(talk, &request), KB_OK);
    if (strstr(talk->last.text, part) == NULL) {
        print_error(
            "\"%s\": \"%s\" lacks \"%s\"\n", text, talk->last.text, part);
        fail();
    }
    assert_true(text_measure(talk->last.text).units <= 182);
}

static void the_whole_history_is_followed(void **state)
{
    struct talk *talk = *state;

    assert_sees(talk, "s1", OURS, "", "1 Cek status");
    assert_sees(talk, "s1", OURS, "1", "16 angka NIK");
    assert_sees(talk, "s1", OURS, "1*123", "memasukkan 3 angka");
    assert_sees(talk, "s1", OURS, "1*123*" NIK_OURS, "..9001: BELUM REKAM");
    assert_true(talk->last.more);
    assert_sees(talk, "s1", OURS, "1*123*" NIK_OURS "*1", "lewat SMS");
    assert_false(talk->last.more);
    assert_newest(talk, OURS, "NIK ..9001 BELUM REKAM");
}

static void the_last_input_alone_is_followed_too(void **state)
{
    struct talk *talk = *state;

    assert_sees(talk, "s2", STRANGER, "", "1 Cek status");
    assert_sees(talk, "s2", STRANGER, "3", "Pilih kecamatan");
    assert_sees(talk, "s2", STRANGER, "5", "Kantor Camat Lembor: BUKA");
    assert_sees(talk, "s2", STRANGER, "1", "Pilih kecamatan");
    assert_sees(talk, "s2", STRANGER, "1", "Kantor Camat Komodo");
}

static void the_same_key_twice_is_two_steps(void **state)
{
    struct talk *talk = *state;

    assert_sees(talk, "s3", STRANGER, "", "1 Cek status");
    assert_sees(talk, "s3", STRANGER, "3", "Pilih kecamatan");
    assert_sees(talk, "s3", STRANGER, "3*5", "Lembor: BUKA");
    assert_sees(talk, "s3", STRANGER, "3*5*1", "Pilih kecamatan");
    assert_sees(talk, "s3", STRANGER, "3*5*1*1", "Komodo: BUKA");
    /* A provider that asks again is shown the same again. */
    assert_sees(talk, "s3", STRANGER, "3*5*1*1", "Komodo: BUKA");
    assert_true(talk->last.more);
}

static void a_first_request_may_bring_several_inputs(void **state)
{
    struct talk *talk = *state;

    assert_sees(talk, "s4", OURS, "1*" NIK_OURS, "..9001: BELUM REKAM");
}

static void a_stranger_sees_the_same_of_every_nik(void **state)
{
    struct talk *talk = *state;
    char known[800];
    char *four = NULL;

    assert_sees(talk, "s5", STRANGER, "1*" NIK_SHARED_2, "silakan datang");
    memcpy(known, talk->last.text, sizeof known);
    four = strstr(known, "9012");
    assert_non_null(four);
    memcpy(four, "9099", 4);
    assert_sees(talk, "s6", STRANGER, "1*" NIK_NONE, "silakan datang");
    assert_string_equal(known, talk->last.text);
    assert_false(talk->last.more);
}

static void limits_hold_as_by_sms(void **state)
{
    struct talk *talk = *state;
    char session[16];

    for (int i = 0; i < 3; i++) {
        (void)snprintf(session, sizeof session, "l%d", i);
        assert_sees(talk, session, OURS, "1*" NIK_OURS, "BELUM REKAM");
    }
    assert_sees(talk, "l3", OURS, "1*" NIK_OURS, "batas 3 kali");
    assert_sees(talk, "l4", OURS, "1*" NIK_OURS, "batas 3 kali");
    assert_int_equal(talk_messages(talk), 0);
}

static void a_wrong_key_can_be_tried_again(void **state)
{
    struct talk *talk = *state;

    assert_sees(talk, "s7", STRANGER, "3", "Pilih kecamatan");
    assert_sees(talk, "s7", STRANGER, "3*8", "tidak dikenal");
    assert_sees(talk, "s7", STRANGER, "3*8*1", "Pilih kecamatan");
}

static void reminders_stop_and_start(void **state)
{
    struct talk *talk = *state;
    bool stopped = false;

    assert_sees(talk, "s8", OURS, "6", "tidak akan diingatkan");
    assert_int_equal(
        registry_phone_stopped(talk->registry, OURS, &stopped), KB_OK);
    assert_true(stopped);
    assert_sees(talk, "s9", OURS, "5", "akan diingatkan lagi");
    assert_int_equal(
        registry_phone_stopped(talk->registry, OURS, &stopped), KB_OK);
    assert_false(stopped);
}

static void a_change_is_told_by_sms(void **state)
{
    struct talk *talk = *state;
    bool more = false;

    talk_set_state(talk, NIK_OURS, "processing");
    assert_sees(talk, "w1", OURS, "1*" NIK_OURS, "diproses");
    assert_int_equal(talk_count(talk, "SELECT count(*) FROM watch"), 0);
    assert_sees(talk, "w1", OURS, "1*" NIK_OURS "*1", "bila ada perubahan");
    talk_set_state(talk, NIK_OURS, "printed");
    assert_int_equal(inbound_tick(talk->inbound, &more), KB_OK);
    assert_newest(talk, OURS, "SUDAH DICETAK");
}

static void an_office_that_is_back_is_told_by_sms(void **state)
{
    struct talk *talk = *state;
    bool more = false;

    assert_int_equal(registry_office_state(
                         talk->registry, "LEMBOR", "down", "server", INT32_MIN),
        KB_OK);
    assert_sees(talk, "w2", STRANGER, "3*5", "BELUM bisa rekam");
    assert_sees(talk, "w2", STRANGER, "3*5*1", "bila ada perubahan");
    assert_int_equal(
        registry_office_state(talk->registry, "LEMBOR", "up", "", INT32_MIN),
        KB_OK);
    assert_int_equal(inbound_tick(talk->inbound, &more), KB_OK);
    assert_newest(talk, STRANGER, "Kantor Camat Lembor bisa rekam lagi");
}

static void a_dropped_session_goes_on_when_the_phone_dials_again(void **state)
{
    struct talk *talk = *state;

    assert_sees(talk, "d1", OURS, "1*" NIK_OURS, "BELUM REKAM");
    talk_reopen(talk);
    assert_sees(talk, "d2", OURS, "", "..9001: BELUM REKAM");
    assert_sees(talk, "d2", OURS, "1", "lewat SMS");
    assert_sees(talk, "d3", OURS, "", "1 Cek status");
    assert_sees(talk, "d3", OURS, "3", "Pilih kecamatan");
    clock_set(&talk->clock, clock_now_ms(&talk->clock) + USSD_RESUME_MS);
    assert_sees(talk, "d4", OURS, "", "1 Cek status");
    assert_sees(talk, "d5", STRANGER, "", "1 Cek status");
}

static void an_idle_session_is_shown_again_first(void **state)
{
    struct talk *talk = *state;

    assert_sees(talk, "i1", OURS, "", "6 Berhenti");
    clock_set(&talk->clock, clock_now_ms(&talk->clock) + USSD_IDLE_MS + 1);
    assert_sees(talk, "i1", OURS, "6", "6 Berhenti");
}

static void an_ended_session_is_not_played_again(void **state)
{
    struct talk *talk = *state;
    struct ussd_request request = {.session = "e1",
        .phone = OURS,
        .text = "0",
        .history = true,
        .event = USSD_RESPONSE};

    assert_sees(talk, "e1", OURS, "0", "Terima kasih");
    assert_int_equal(ask(talk, &request), KB_REFUSED);
    request.text = "6";
    assert_int_equal(ask(talk, &request), KB_REFUSED);
    /* Another phone's session of that name is another one. */
    assert_sees(talk, "e1", STRANGER, "", "1 Cek status");
}

static void a_session_of_events_starts_goes_on_and_ends(void **state)
{
    struct talk *talk = *state;
    struct ussd_request request = {
        .session = "j1", .phone = OURS, .text = "", .event = USSD_START};

    assert_int_equal(ask(talk, &request), KB_OK);
    request.event = USSD_RESPONSE;
    request.text = "3";
    assert_int_equal(ask(talk, &request), KB_OK);
    assert_non_null(strstr(talk->last.text, "Pilih kecamatan"));
    request.text = "3";
    assert_int_equal(ask(talk, &request), KB_OK);
    assert_non_null(strstr(talk->last.text, "BUKA"));
    request.event = USSD_END;
    assert_int_equal(ask(talk, &request), KB_OK);
    assert_false(talk->last.more);
}

static void a_stamp_that_was_heard_is_refused(void **state)
{
    struct talk *talk = *state;
    struct ussd_request request = {.session = "p1",
        .phone = OURS,
        .text = "",
        .event = USSD_START,
        .at_ms = NOON_MS};

    assert_int_equal(ask(talk, &request), KB_OK);
    assert_int_equal(ask(talk, &request), KB_REFUSED);
    request.event = USSD_RESPONSE;
    request.text = "3";
    assert_int_equal(ask(talk, &request), KB_REFUSED);
    request.at_ms++;
    assert_int_equal(ask(talk, &request), KB_OK);
    assert_non_null(strstr(talk->last.text, "Pilih kecamatan"));
    assert_int_equal(ask(talk, &request), KB_REFUSED);
    /* Shown again, the session keeps its stamp. */
    request.event = USSD_START;
    request.text = "";
    request.at_ms++;
    assert_int_equal(ask(talk, &request), KB_OK);
    assert_int_equal(ask(talk, &request), KB_REFUSED);
    request.at_ms = 0; /* a provider without stamps is heard as ever */
    assert_int_equal(ask(talk, &request), KB_OK);
}

static void a_dropped_session_is_not_begun_again_by_a_replay(void **state)
{
    struct talk *talk = *state;
    struct ussd_request request = {.session = "p2",
        .phone = OURS,
        .text = "3",
        .history = true,
        .event = USSD_RESPONSE};

    assert_sees(talk, "p2", OURS, "3", "Pilih kecamatan");
    assert_sees(talk, "p3", OURS, "", "Pilih kecamatan");
    assert_int_equal(ask(talk, &request), KB_REFUSED);
}

static void odd_requests_are_refused(void **state)
{
    struct talk *talk = *state;
    char large[400];
    struct ussd_request request = {
        .session = "", .phone = OURS, .text = "", .event = USSD_START};

    memset(large, '1', sizeof large);
    large[sizeof large - 1] = '\0';
    assert_int_equal(ask(talk, &request), KB_INVALID);
    request.session = large;
    assert_int_equal(ask(talk, &request), KB_INVALID);
    request.session = "o";
    request.phone = "4444";
    assert_int_equal(ask(talk, &request), KB_INVALID);
    request.phone = OURS;
    request.text = large;
    assert_int_equal(ask(talk, &request), KB_INVALID);
}

static void whatever_is_typed_does_no_harm(void **state)
{
    static const char *const texts[] = {"*", "**", "#", "*1*", "1**2",
        "\xff\xfe", "1*\xf0\x9f\x98\x80", "9*9*9*9*9*9*9*9*9*9*9*9*9*9*9*9*9*9",
        "'; DROP TABLE resident; --", "{office}", "%s%n", "-1", "00",
        "1*0*1*0"};
    struct talk *talk = *state;
    char session[16];

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        (void)snprintf(session, sizeof session, "t%zu", i);
        assert_sees(talk, session, STRANGER, texts[i], "");
        assert_true(talk->last.text[0] != '\0');
    }
}

static bool may(struct talk *talk, const char *secret, const char *address)
{
    struct ussd_caller caller = {.secret = secret, .address = address};

    return ussd_may_ask(&talk->config, &caller);
}

static void the_provider_proves_itself(void **state)
{
    struct talk *talk = *state;
    char list[] = "192.0.2.10,192.0.2.11";

    assert_true(may(talk, "rahasia", NULL));
    assert_false(may(talk, "rahasia ", NULL));
    assert_false(may(talk, "", NULL));
    assert_false(may(talk, NULL, "192.0.2.10"));
    talk->config.ussd_addresses = list;
    assert_false(may(talk, "rahasia", "192.0.2.1"));
    assert_true(may(talk, "rahasia", "192.0.2.11"));
    talk->config.ussd_secret = talk->none;
    assert_true(may(talk, NULL, "192.0.2.10"));
    talk->config.ussd_addresses = talk->none;
    assert_false(may(talk, NULL, "192.0.2.10"));
    talk->config.ussd_enabled = false;
    assert_false(may(talk, "rahasia", NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, talk_up, talk_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_whole_history_is_followed),
        TEST(the_last_input_alone_is_followed_too),
        TEST(the_same_key_twice_is_two_steps),
        TEST(a_first_request_may_bring_several_inputs),
        TEST(a_stranger_sees_the_same_of_every_nik),
        TEST(limits_hold_as_by_sms),
        TEST(a_wrong_key_can_be_tried_again),
        TEST(reminders_stop_and_start),
        TEST(a_change_is_told_by_sms),
        TEST(an_office_that_is_back_is_told_by_sms),
        TEST(a_dropped_session_goes_on_when_the_phone_dials_again),
        TEST(an_idle_session_is_shown_again_first),
        TEST(an_ended_session_is_not_played_again),
        TEST(a_session_of_events_starts_goes_on_and_ends),
        TEST(a_stamp_that_was_heard_is_refused),
        TEST(a_dropped_session_is_not_begun_again_by_a_replay),
        TEST(odd_requests_are_refused),
        TEST(whatever_is_typed_does_no_harm),
        TEST(the_provider_proves_itself),
    };

    return cmocka_run_group_tests_name("ussd: sessions", tests, NULL, NULL);
}
