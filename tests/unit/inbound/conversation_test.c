// SPDX-License-Identifier: GPL-2.0-or-later
#include "inbound/inbound.h"
#include "tests/unit/inbound/talk_fixture.h"

/*
 * Conversations by SMS: dialogues, wishes to be told, codes, languages, and
 * what a stranger can learn.
 */

/* --- who is meant --------------------------------------------------------------- */

static void a_question_from_the_residents_phone_is_answered_by_status(
    void **state)
{
    struct talk *talk = *state;

    assert_says(talk, OURS, "ktp sy sdh jd blm?", "..9001 BELUM REKAM");
    assert_says(talk, STRANGER, "ktp sy sdh jd blm?", "ketik CEK");
}

static void of_several_residents_one_is_chosen(void **state)
{
    struct talk *talk = *state;

    assert_says(talk, SHARED, "ktp sdh jadi?", "1 ..9011 2 ..9012 3 ..9013");
    assert_says(talk, SHARED, "2", "..9012 e-KTP SUDAH DICETAK");
    assert_says(talk, SHARED, "3.", "..9013");
}

static void a_choice_survives_a_restart_and_times_out(void **state)
{
    struct talk *talk = *state;

    assert_says(talk, SHARED, "ktp sdh jadi?", "1 ..9011");
    talk_reopen(talk);
    assert_says(talk, SHARED, "1", "..9011");
    clock_set(&talk->clock, clock_now_ms(&talk->clock) + 11 * MINUTE_MS);
    assert_says(talk, SHARED, "1", "ketik CEK");
}

static void a_choice_that_is_none_is_no_answer(void **state)
{
    struct talk *talk = *state;

    assert_says(talk, SHARED, "ktp sdh jadi?", "1 ..9011");
    assert_says(talk, SHARED, "9", "ketik CEK");
    assert_says(talk, OURS, "1", "ketik CEK");
}

static void a_phone_that_was_unlinked_meanwhile_hears_nothing(void **state)
{
    struct talk *talk = *state;

    assert_says(talk, SHARED, "ktp sdh jadi?", "1 ..9011");
    assert_int_equal(
        registry_phone_unlink(talk->registry, SHARED, NIK_SHARED_1), KB_OK);
    assert_says(talk, SHARED, "1", "ketik CEK");
}

static void an_unknown_phone_is_asked_for_the_kecamatan(void **state)
{
    struct talk *talk = *state;

    assert_says(talk, STRANGER, "jam brp buka?", "kecamatan mana?");
    assert_says(talk, STRANGER, "lembor", "di Kantor Camat Lembor");
    assert_says(talk, OURS, "jam brp buka?", "di Kantor Camat Lembor");
}

/* --- frequent questions ----------------------------------------------------------- */

static void questions_have_answers_of_their_own(void **state)
{
    struct talk *talk = *state;

    assert_says(talk, OURS, "byr brp", "GRATIS");
    assert_says(talk, OURS, "syarat rekam ktp", "umur 17 tahun");
    assert_says(talk, OURS, "kpn bs ambil ktp", "e-KTP diambil");
    assert_says(talk, STRANGER, "ini siapa", "Dinas Dukcapil, Labuan Bajo");
    assert_says(talk, STRANGER, "no kk 5315050101109007", "No. KK");
}

static void a_number_with_a_recent_date_is_taken_for_a_family_cards(
    void **state)
{
    struct talk *talk = *state;

    /* 1 January 2010: nobody of six asks, a card may well be from then. */
    assert_says(talk, STRANGER, "CEK 5315050101109007", "No. KK");
    assert_says(talk, STRANGER, "CEK 5315054101109007", "untuk NIK ..9007");
}

static void out_of_hours_people_hear_when_they_are_answered(void **state)
{
    struct talk *talk = *state;

    assert_says(talk, OURS, "anak sy lahir kemarin", "ketik CEK");
    clock_set(&talk->clock, NOON_MS + 8 * HOUR_MS);
    assert_says(talk, OURS, "anak sy lahir kemarin", "pada jam kerja");
}

/* --- languages ---------------------------------------------------------------------- */

static void a_phone_may_choose_its_language(void **state)
{
    struct talk *talk = *state;

    assert_says(talk, OURS, "ENGLISH", "in English");
    assert_says(talk, OURS, "byr brp", "is FREE");
    talk_reopen(talk);
    assert_says(talk, OURS, "INDONESIA", "bahasa Indonesia");
    assert_says(talk, OURS, "byr brp", "GRATIS");
    assert_says(talk, STRANGER, "how much does it cost", "is FREE");
}

/* --- codes from the counter ------------------------------------------------------------ */

static void a_code_from_the_counter_makes_the_phone_the_residents(void **state)
{
    struct talk *talk = *state;
    struct resident resident = {0};
    char code[INBOUND_CODE_BYTES] = "";
    char text[32];

    assert_int_equal(inbound_enrol(talk->inbound, NIK_OURS, code), KB_OK);
    (void)snprintf(text, sizeof text, "kode %s", code);
    assert_says(talk, STRANGER, text, "sekarang terdaftar untuk NIK ..9001");
    assert_int_equal(
        registry_resident_by_nik(talk->registry, NIK_OURS, &resident), KB_OK);
    assert_string_equal(resident.phone, STRANGER);
    assert_says(talk, OURS, text, "tidak berlaku");
}

static void a_code_is_good_for_a_day_and_five_tries(void **state)
{
    struct talk *talk = *state;
    char code[INBOUND_CODE_BYTES] = "";
    char text[32];

    assert_int_equal(inbound_enrol(talk->inbound, NIK_OURS, code), KB_OK);
    (void)snprintf(text, sizeof text, "kode %s", code);
    clock_set(&talk->clock, NOON_MS + 25 * HOUR_MS);
    assert_says(talk, STRANGER, text, "tidak berlaku");
    assert_int_equal(inbound_enrol(talk->inbound, NIK_OURS, code), KB_OK);
    (void)snprintf(text, sizeof text, "kode %s", code);
    for (int i = 0; i < 5; i++) {
        (void)talk_sms(talk, STRANGER, "kode 000000");
    }
    clock_set(&talk->clock, clock_now_ms(&talk->clock) + 2 * HOUR_MS);
    assert_says(talk, STRANGER, text, "tidak berlaku");
    assert_int_equal(
        inbound_enrol(talk->inbound, NIK_NONE, code), KB_NOT_FOUND);
}

/* --- to be told ------------------------------------------------------------------------- */

static void tick(struct talk *talk)
{
    bool more = false;

    assert_int_equal(inbound_tick(talk->inbound, &more), KB_OK);
}

static void whoever_waits_is_told_once_when_it_changes(void **state)
{
    struct talk *talk = *state;
    int64_t before = 0;

    talk_set_state(talk, NIK_OURS, "processing");
    assert_says(talk, OURS, "CEK " NIK_OURS, "masih diproses");
    before = talk_messages(talk);
    tick(talk);
    assert_int_equal(talk_messages(talk), before);
    talk_set_state(talk, NIK_OURS, "print_ready");
    talk_reopen(talk);
    tick(talk);
    assert_int_equal(talk_messages(talk), before + 1);
    assert_newest(talk, OURS, "SIAP CETAK");
    talk_set_state(talk, NIK_OURS, "printed");
    tick(talk);
    tick(talk);
    assert_int_equal(talk_messages(talk), before + 2);
    assert_newest(talk, OURS, "SUDAH DICETAK");
    talk_set_state(talk, NIK_OURS, "collected");
    tick(talk);
    assert_int_equal(talk_messages(talk), before + 2);
}

static void a_wish_is_heard_and_ends_with_stop(void **state)
{
    struct talk *talk = *state;
    int64_t before = 0;

    assert_says(talk, OURS, "kabari kalau sudah jadi", "bila ada perubahan");
    (void)talk_sms(talk, OURS, "STOP");
    before = talk_messages(talk);
    talk_set_state(talk, NIK_OURS, "printed");
    tick(talk);
    assert_int_equal(talk_messages(talk), before);
    assert_says(talk, STRANGER, "kabari saya", "ketik CEK");
}

static void a_phone_that_is_no_longer_theirs_is_not_told(void **state)
{
    struct talk *talk = *state;
    int64_t before = 0;

    (void)talk_sms(talk, OURS, "kabari saya");
    (void)talk_sms(talk, OURS, "SALAH");
    before = talk_messages(talk);
    talk_set_state(talk, NIK_OURS, "printed");
    tick(talk);
    assert_int_equal(talk_messages(talk), before);
}

/* --- the menu by SMS ------------------------------------------------------------------------ */

static void the_menu_is_there_by_sms(void **state)
{
    struct talk *talk = *state;

    assert_says(talk, STRANGER, "MENU", "1 Cek status e-KTP");
    assert_says(talk, STRANGER, "3", "Pilih kecamatan");
    assert_says(talk, STRANGER, "5", "DUKCAPIL MABAR: Kantor Camat Lembor");
    assert_says(talk, OURS, "menu", "DUKCAPIL MABAR\n1 Cek");
    assert_says(talk, OURS, "8", "Pilihan tidak dikenal");
    assert_says(talk, OURS, "1", "1 Cek status");
}

/* --- calls ----------------------------------------------------------------------------------- */

static void a_call_from_a_registered_phone_is_a_free_query(void **state)
{
    struct talk *talk = *state;

    assert_int_equal(inbound_call(talk->inbound, "m1", OURS), KB_OK);
    assert_newest(talk, OURS, "..9001 BELUM REKAM");
    assert_int_equal(inbound_call(talk->inbound, "m1", SHARED), KB_OK);
    assert_newest(talk, SHARED, "1 ..9011");
    assert_int_equal(inbound_call(talk->inbound, "m1", STRANGER), KB_OK);
    assert_newest(talk, STRANGER, "telepon tidak dijawab");
    assert_int_equal(talk_messages(talk), 3);
    assert_int_equal(inbound_call(talk->inbound, "m1", OURS), KB_OK);
    assert_int_equal(talk_messages(talk), 3);
}

/* A person reads on in the menu; a machine that says "1" all day does not. */
static void a_menu_by_sms_is_read_to_its_end(void **state)
{
    struct talk *talk = *state;

    assert_says(talk, STRANGER, "MENU", "1 Cek status");
    for (int i = 0; i < 20; i++) {
        assert_says(talk, STRANGER, "4", "umur 17 tahun");
        assert_says(talk, STRANGER, "0", "1 Cek status");
    }
    for (int i = 0; i < 2; i++) {
        assert_says(talk, STRANGER, "4", "umur 17 tahun");
        assert_says(talk, STRANGER, "0", "1 Cek status");
    }
    assert_string_equal(talk_sms(talk, STRANGER, "4").text, "");
}

/* Of what only an officer can do, help with CEK is no help. */
static void what_only_an_officer_can_do_is_said_to_be_passed_on(void **state)
{
    struct talk *talk = *state;

    assert_says(talk, OURS, "ktp saya hilang", "kami teruskan ke petugas");
    assert_says(talk, SHARED, "nama saya salah di ktp", "kami teruskan");
    assert_says(talk, STRANGER, "halo", "ketik CEK");
}

static void an_offices_own_days_are_said(void **state)
{
    struct talk *talk = *state;

    assert_says(talk, OURS, "info lembor", "Lembor, Senin-Jumat 08.00");
    assert_int_equal(store_exec(talk->store, "UPDATE office SET days ="
                                             " 'Mon-Wed,Sat'"),
        KB_OK);
    assert_says(talk, OURS, "info lembor", "Lembor, Sen-Rab,Sab 08.00");
}

/* --- STOP and DAFTAR by either way ------------------------------------------ */

/* In a session of its own. */
static void choose_by_ussd(struct talk *talk, const char *key)
{
    struct inbound_menu menu = {.phone = OURS, .input = NULL, .heard = ""};
    char session[32];

    (void)snprintf(session, sizeof session, "ussd:%lld",
        (long long)clock_now_ms(&talk->clock));
    menu.key = session;

    assert_int_equal(inbound_menu(talk->inbound, &menu, &talk->last), KB_OK);
    menu.input = key;
    assert_int_equal(inbound_menu(talk->inbound, &menu, &talk->last), KB_OK);
}

static bool is_stopped(struct talk *talk)
{
    bool stopped = false;

    assert_int_equal(
        registry_phone_stopped(talk->registry, OURS, &stopped), KB_OK);
    return stopped;
}

static void text_sent_at(struct talk *talk, const char *text, int64_t at_ms)
{
    struct inbound_sms sms = {.modem = "m1",
        .sim = "510100000000001",
        .from = OURS,
        .text = text,
        .raw = "",
        .smsc_at_ms = at_ms,
        .udh_ref = -1};
    int64_t answered = 0;

    assert_int_equal(inbound_receive(talk->inbound, &sms, &answered), KB_OK);
}

/* The network delivers a text that failed at first long after it was sent. */
static void what_was_chosen_by_ussd_is_not_taken_back_by_an_older_text(
    void **state)
{
    struct talk *talk = *state;
    int64_t before = clock_now_ms(&talk->clock);

    talk_later(talk, HOUR_MS);
    choose_by_ussd(talk, "6");
    assert_true(is_stopped(talk));
    talk_later(talk, MINUTE_MS);
    text_sent_at(talk, "DAFTAR", before);
    assert_true(is_stopped(talk));
    text_sent_at(talk, "DAFTAR", clock_now_ms(&talk->clock));
    assert_false(is_stopped(talk));
    text_sent_at(talk, "STOP", before);
    assert_false(is_stopped(talk));
    talk_later(talk, MINUTE_MS);
    choose_by_ussd(talk, "6");
    assert_true(is_stopped(talk));
    talk_later(talk, MINUTE_MS);
    choose_by_ussd(talk, "5");
    assert_false(is_stopped(talk));
}

/* --- the human inbox ---------------------------------------------------------------------------- */

static void on_counted(void *arg, const struct inbox_entry *entry)
{
    (void)entry;
    ++*(int *)arg;
}

static int open_entries(struct talk *talk)
{
    int count = 0;

    assert_int_equal(
        inbox_list(talk->inbound, &(struct inbox_filter){.open_only = true},
            on_counted, &count),
        KB_OK);
    return count;
}

static void an_entry_is_assigned_put_off_and_comes_back(void **state)
{
    struct talk *talk = *state;
    struct inbox_entry entry = {0};

    (void)talk_sms(talk, OURS, "anak sy lahir kemarin");
    assert_int_equal(open_entries(talk), 1);
    assert_int_equal(inbox_assign(talk->inbound, 1, "maria"), KB_OK);
    assert_int_equal(inbox_snooze(talk->inbound, 1,
                         clock_now_ms(&talk->clock) + 2 * HOUR_MS),
        KB_OK);
    assert_int_equal(open_entries(talk), 0);
    assert_int_equal(inbox_get(talk->inbound, 1, &entry), KB_OK);
    assert_string_equal(entry.assigned, "maria");
    clock_set(&talk->clock, clock_now_ms(&talk->clock) + 3 * HOUR_MS);
    assert_int_equal(open_entries(talk), 1);
    assert_int_equal(inbox_close(talk->inbound, 1), KB_OK);
    assert_int_equal(inbox_snooze(talk->inbound, 1, NOON_MS * 2), KB_NOT_FOUND);
}

static void who_waits_too_long_is_counted(void **state)
{
    struct talk *talk = *state;
    int64_t count = -1;

    (void)talk_sms(talk, OURS, "anak sy lahir kemarin");
    clock_set(&talk->clock, clock_now_ms(&talk->clock) + 23 * HOUR_MS);
    assert_int_equal(inbox_count_overdue(talk->inbound, &count), KB_OK);
    assert_int_equal(count, 0);
    clock_set(&talk->clock, clock_now_ms(&talk->clock) + 2 * HOUR_MS);
    assert_int_equal(inbox_count_overdue(talk->inbound, &count), KB_OK);
    assert_int_equal(count, 1);
}

static void who_waits_too_long_is_an_alarm_until_answered(void **state)
{
    struct talk *talk = *state;

    (void)talk_sms(talk, OURS, "anak sy lahir kemarin");
    assert_int_equal(talk_alarm(talk, "inbox:overdue").count, 0);
    talk_later(talk, 25 * HOUR_MS);
    struct talk_alarm raised = talk_alarm(talk, "inbox:overdue");
    assert_int_equal(raised.count, 1);
    assert_non_null(strstr(raised.alarm.text, "kabari inbox list --open"));
    assert_int_equal(inbox_close(talk->inbound, 1), KB_OK);
    talk_later(talk, 2 * MINUTE_MS);
    raised = talk_alarm(talk, "inbox:overdue");
    assert_string_equal(raised.alarm.state, "clearing");
    talk_later(talk, 16 * MINUTE_MS);
    assert_int_equal(talk_alarm(talk, "inbox:overdue").count, 0);
}

static void a_canned_answer_is_filled_in(void **state)
{
    struct talk *talk = *state;
    struct buf text = {0};
    struct why why = {0};

    (void)talk_sms(talk, OURS, "anak sy lahir kemarin");
    assert_int_equal(
        inbox_canned(talk->inbound, 1, "open", &text, &why), KB_OK);
    assert_non_null(strstr(buf_text(&text), "Kantor Camat Lembor buka 08.00"));
    buf_clear(&text);
    assert_int_equal(
        inbox_canned(talk->inbound, 1, "none", &text, &why), KB_INVALID);
    buf_clear(&text);
}

/* --- what the planner hears -------------------------------------------- */

/* As though that phone had been invited for tomorrow. */
static void invite(struct talk *talk, const char *phone)
{
    char query[1000] = "";
    int32_t today = civil_day_of(clock_now_ms(&talk->clock));

    (void)snprintf(query, sizeof query,
        "INSERT INTO campaign (id, name, state, template, deadline_day, steps,"
        " created_at_ms) VALUES (1, 'c', 'running', 'remind_first', %d,"
        " '30,14,7,3,1', 1);"
        "INSERT INTO campaign_message (message_id, campaign_id, phone, office,"
        " place_day, told_day, people) VALUES (900, 1, '%s', 'LEMBOR', %d, %d,"
        " 1);"
        "INSERT INTO contact_day VALUES ('%s', %d, 900, 1);",
        (int)today + 29, phone, (int)today + 1, (int)today, phone, (int)today);
    assert_int_equal(store_exec(talk->store, query), KB_OK);
}

static void tunda_moves_the_invitation_and_says_where_to(void **state)
{
    struct talk *talk = *state;

    assert_says(talk, OURS, "TUNDA", "kami teruskan ke petugas");
    invite(talk, OURS);
    assert_says(
        talk, OURS, "TUNDA", "pindah ke Senin 5/9, 08.00-14.00, di Kantor");
    assert_int_equal(talk_count(talk, "SELECT place_day FROM campaign_message"),
        civil_day(2016, 9, 5));
    assert_int_equal(
        talk_count(talk, "SELECT count(*) FROM inbound WHERE intent ="
                         " 'reschedule' AND state = 'open'"),
        1); /* only the one that moved nothing */
}

static void sudah_rests_reminders_and_asks_staff(void **state)
{
    struct talk *talk = *state;

    (void)talk_sms(talk, STRANGER, "SUDAH");
    assert_int_equal(talk_count(talk, "SELECT count(*) FROM resident_rest"), 0);
    assert_says(talk, OURS, "SUDAH", "kami teruskan ke petugas");
    assert_int_equal(
        talk_count(talk, "SELECT max(until_day) FROM resident_rest AS s JOIN"
                         " resident AS r ON r.id = s.resident_id"
                         " WHERE r.nik = '" NIK_OURS "'"),
        civil_day(2016, 9, 15));
    assert_int_equal(talk_count(talk, "SELECT count(*) FROM inbound WHERE"
                                      " intent = 'done' AND state = 'open'"),
        2);
}

static void any_answer_counts_for_the_campaign(void **state)
{
    struct talk *talk = *state;

    invite(talk, OURS);
    (void)talk_sms(talk, STRANGER, "terima kasih");
    assert_int_equal(
        talk_count(talk, "SELECT answered FROM campaign_message"), 0);
    (void)talk_sms(talk, OURS, "terima kasih");
    assert_int_equal(
        talk_count(talk, "SELECT answered FROM campaign_message"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, talk_up, talk_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_question_from_the_residents_phone_is_answered_by_status),
        TEST(of_several_residents_one_is_chosen),
        TEST(a_choice_survives_a_restart_and_times_out),
        TEST(a_choice_that_is_none_is_no_answer),
        TEST(a_phone_that_was_unlinked_meanwhile_hears_nothing),
        TEST(an_unknown_phone_is_asked_for_the_kecamatan),
        TEST(questions_have_answers_of_their_own),
        TEST(a_number_with_a_recent_date_is_taken_for_a_family_cards),
        TEST(out_of_hours_people_hear_when_they_are_answered),
        TEST(a_phone_may_choose_its_language),
        TEST(a_code_from_the_counter_makes_the_phone_the_residents),
        TEST(a_code_is_good_for_a_day_and_five_tries),
        TEST(whoever_waits_is_told_once_when_it_changes),
        TEST(a_wish_is_heard_and_ends_with_stop),
        TEST(a_phone_that_is_no_longer_theirs_is_not_told),
        TEST(the_menu_is_there_by_sms),
        TEST(a_call_from_a_registered_phone_is_a_free_query),
        TEST(a_menu_by_sms_is_read_to_its_end),
        TEST(what_only_an_officer_can_do_is_said_to_be_passed_on),
        TEST(an_offices_own_days_are_said),
        TEST(what_was_chosen_by_ussd_is_not_taken_back_by_an_older_text),
        TEST(an_entry_is_assigned_put_off_and_comes_back),
        TEST(who_waits_too_long_is_counted),
        TEST(who_waits_too_long_is_an_alarm_until_answered),
        TEST(a_canned_answer_is_filled_in),
        TEST(tunda_moves_the_invitation_and_says_where_to),
        TEST(sudah_rests_reminders_and_asks_staff),
        TEST(any_answer_counts_for_the_campaign),
    };

    return cmocka_run_group_tests_name(
        "inbound: conversations", tests, NULL, NULL);
}
