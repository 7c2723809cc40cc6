// SPDX-License-Identifier: GPL-2.0-or-later
#include "inbound/staff.h"
#include "talk_fixture.h"

/* Offices switched by SMS, and what residents say of doors. */

#define STAFF "+6281200009050"

static void register_staff(struct talk *talk, const char *office)
{
    struct staff_phone staff = {.phone = "081200009050", .name = "Ibu Rosa"};
    struct staff_phone kept = {.phone = ""};
    struct why why = {0};

    (void)snprintf(staff.office, sizeof staff.office, "%s", office);
    assert_int_equal(staff_put(talk->inbound, &staff, &kept, &why), KB_OK);
    assert_string_equal(kept.phone, STAFF);
}

static struct office office(struct talk *talk, const char *code)
{
    struct office out = {0};

    assert_int_equal(registry_office_get(talk->registry, code, &out), KB_OK);
    return out;
}

/* --- reading ----------------------------------------------------------- */

static void orders_are_read_with_their_day(void **state)
{
    static const struct {
        const char *text;
        const char *state; /* NULL: no order */
        const char *place;
        const char *back; /* NULL: none */
        int hour;
    } rows[] = {
        {"RUSAK LEMBOR besok 14", "down",     "53.15.03", "2016-09-02", 14},
        {"rusak lembor bsk",      "down",     "53.15.03", "2016-09-02", -1},
        {"RUSAK LEMBOR besok 2",  "down",     "53.15.03", "2016-09-02", -1},
        {"Tutup Komodo, tgl 14",  "closed",   "53.15.05", "2016-09-14", -1},
        {"RUSAK LEMBOR 15/9",     "down",     "53.15.03", "2016-09-15", -1},
        {"rusak lembor 3 hari",   "down",     "53.15.03", "2016-09-04", -1},
        {"LAMBAT LEMBOR senin",   "degraded", "53.15.03", "2016-09-05", -1},
        {"RUSAK LEMBOR kamis",    "down",     "53.15.03", "2016-09-08", -1},
        {"NORMAL LEMBOR",         "up",       "53.15.03", NULL,         -1},
        {"NORMAL",                "up",       "",         NULL,         -1},
        {"server rusak",          NULL,       "",         NULL,         -1},
        {"CEK 5315055203889001",  NULL,       "",         NULL,         -1},
        {"",                      NULL,       "",         NULL,         -1},
    };
    struct talk *talk = *state;
    int32_t today = civil_day(2016, 9, 1);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct staff_order order = {.state = ""};
        bool is_order = staff_read(talk->script, rows[i].text, today, &order);

        if (is_order != (rows[i].state != NULL)) {
            fail_msg("%s", rows[i].text);
        }
        if (!is_order) {
            continue;
        }
        assert_string_equal(order.state, rows[i].state);
        assert_string_equal(order.place, rows[i].place);
        assert_string_equal(
            order.back_day == INT32_MIN ? "-" : civil_date(order.back_day).text,
            rows[i].back == NULL ? "-" : rows[i].back);
        assert_int_equal(order.hour, rows[i].hour);
    }
}

/* --- switching --------------------------------------------------------- */

static void a_staff_number_switches_an_office(void **state)
{
    struct talk *talk = *state;

    register_staff(talk, "");
    assert_says(talk, STAFF, "RUSAK LEMBOR besok 9", "undangan ditahan");
    assert_string_equal(office(talk, "LEMBOR").state, "down");
    assert_string_equal(
        office(talk, "LEMBOR").reason, "rusak, by SMS of Ibu Rosa");
    assert_string_equal(
        civil_date(office(talk, "LEMBOR").back_day).text, "2016-09-02");
    assert_int_equal(
        talk_count(talk, "SELECT count(*) FROM inbound WHERE intent = 'staff'"
                         " AND state = 'closed'"),
        1);
    /* At two it has closed for that day. */
    assert_says(talk, STAFF, "RUSAK LEMBOR besok 14", "baik lagi 3 Sep 2016");
    assert_says(talk, STAFF, "NORMAL LEMBOR", "melayani lagi");
    assert_string_equal(office(talk, "LEMBOR").state, "up");
}

static void an_office_that_nobody_says_is_back_is_an_alarm(void **state)
{
    struct talk *talk = *state;

    register_staff(talk, "");
    assert_says(talk, STAFF, "RUSAK LEMBOR besok", "undangan ditahan");
    assert_int_equal(talk_alarm(talk, "office:overdue").count, 0);
    talk_later(talk, 24 * HOUR_MS);
    assert_non_null(
        strstr(talk_alarm(talk, "office:overdue").alarm.text, "LEMBOR"));
    assert_says(talk, STAFF, "NORMAL LEMBOR", "melayani lagi");
    talk_later(talk, 2 * MINUTE_MS);
    assert_string_equal(
        talk_alarm(talk, "office:overdue").alarm.state, "clearing");
}

static void a_number_of_one_office_switches_no_other(void **state)
{
    struct talk *talk = *state;

    register_staff(talk, "KOMODO");
    assert_says(talk, STAFF, "RUSAK LEMBOR", "kantor mana?");
    assert_string_equal(office(talk, "LEMBOR").state, "up");
    assert_says(talk, STAFF, "TUTUP", "dicatat tidak melayani");
    assert_string_equal(office(talk, "KOMODO").state, "closed");
}

static void a_residents_phone_switches_nothing(void **state)
{
    struct talk *talk = *state;

    (void)talk_sms(talk, OURS, "RUSAK LEMBOR");
    (void)talk_sms(talk, STRANGER, "RUSAK LEMBOR");
    assert_string_equal(office(talk, "LEMBOR").state, "up");
    register_staff(talk, "");
    assert_int_equal(staff_remove(talk->inbound, "0812 0000 9050"), KB_OK);
    assert_int_equal(staff_remove(talk->inbound, "081200009050"), KB_NOT_FOUND);
    (void)talk_sms(talk, STAFF, "RUSAK LEMBOR");
    assert_string_equal(office(talk, "LEMBOR").state, "up");
}

static void a_staff_number_may_ask_like_anybody(void **state)
{
    struct talk *talk = *state;

    register_staff(talk, "");
    assert_says(talk, STAFF, "di lembor jam brp buka", "Kantor Camat Lembor");
}

static void a_registration_that_makes_no_sense_is_refused(void **state)
{
    struct talk *talk = *state;
    struct staff_phone staff = {.phone = "0385123456", .name = "Rosa"};
    struct staff_phone kept = {.phone = ""};
    struct why why = {0};

    assert_int_equal(staff_put(talk->inbound, &staff, &kept, &why), KB_INVALID);
    assert_string_equal(why.field, "phone");
    (void)snprintf(staff.phone, sizeof staff.phone, "081200009050");
    (void)snprintf(staff.office, sizeof staff.office, "NONE");
    assert_int_equal(staff_put(talk->inbound, &staff, &kept, &why), KB_INVALID);
    assert_string_equal(why.field, "office");
}

/* --- doubts ------------------------------------------------------------ */

static void add_neighbours(struct talk *talk)
{
    assert_int_equal(
        store_exec(talk->store,
            "INSERT INTO resident (nik, name, office, state, phone) VALUES"
            " ('5315051207859021', 'Anna', 'LEMBOR', 'unrecorded',"
            " '+6281200009021'),"
            " ('5315051207859022', 'Berta', 'LEMBOR', 'unrecorded',"
            " '+6281200009022')"),
        KB_OK);
}

static void several_residents_make_staff_look(void **state)
{
    struct talk *talk = *state;
    struct suspicion doubt = {0};

    talk->config.plan_doubt_phones = 3;
    register_staff(talk, "LEMBOR");
    add_neighbours(talk);
    (void)talk_sms(talk, OURS, "kantor lembor tutup");
    (void)talk_sms(talk, OURS, "sy di sini, kantor tutup terus");
    (void)talk_sms(talk, STRANGER, "kantor lembor tutup");
    (void)talk_sms(talk, "+6281200009021", "server rusak?");
    (void)talk_sms(talk, "+6281200009021", "sy sudah sampai tapi kantor tutup");
    assert_int_equal(
        suspicion_get(talk->inbound, "LEMBOR", &doubt), KB_NOT_FOUND);
    (void)talk_sms(talk, "+6281200009022", "alat rusak di lembor");
    assert_int_equal(suspicion_get(talk->inbound, "LEMBOR", &doubt), KB_OK);
    assert_int_equal(doubt.phones, 3);
    assert_int_equal(
        talk_count(talk, "SELECT count(*) FROM message WHERE phone = '" STAFF
                         "' AND text LIKE '%3 warga bilang Kantor Camat Lembor"
                         " tutup%'"),
        1);
    assert_int_equal(
        talk_count(talk, "SELECT count(*) FROM inbound WHERE state = 'open'"
                         " AND note LIKE '3 residents say LEMBOR is closed%'"),
        1);
    /* It is staff who confirm. */
    assert_string_equal(office(talk, "LEMBOR").state, "up");
    (void)talk_sms(talk, SHARED, "kantor lembor tutup");
    assert_int_equal(
        talk_count(
            talk, "SELECT count(*) FROM message WHERE phone = '" STAFF "'"),
        1);
    assert_says(talk, STAFF, "TUTUP LEMBOR", "tidak melayani");
    assert_int_equal(
        suspicion_get(talk->inbound, "LEMBOR", &doubt), KB_NOT_FOUND);
}

static void a_doubt_is_over_after_a_day(void **state)
{
    struct talk *talk = *state;
    struct suspicion doubt = {0};
    bool more = false;

    talk->config.plan_doubt_phones = 1;
    (void)talk_sms(talk, OURS, "kantor lembor tutup");
    assert_int_equal(suspicion_get(talk->inbound, "LEMBOR", &doubt), KB_OK);
    clock_set(&talk->clock, clock_now_ms(&talk->clock) + 25 * HOUR_MS);
    assert_int_equal(
        suspicion_get(talk->inbound, "LEMBOR", &doubt), KB_NOT_FOUND);
    assert_int_equal(inbound_tick(talk->inbound, &more), KB_OK);
    assert_int_equal(talk_count(talk, "SELECT count(*) FROM office_doubt"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, talk_up, talk_down)
    const struct CMUnitTest tests[] = {
        TEST(orders_are_read_with_their_day),
        TEST(a_staff_number_switches_an_office),
        TEST(an_office_that_nobody_says_is_back_is_an_alarm),
        TEST(a_number_of_one_office_switches_no_other),
        TEST(a_residents_phone_switches_nothing),
        TEST(a_staff_number_may_ask_like_anybody),
        TEST(a_registration_that_makes_no_sense_is_refused),
        TEST(several_residents_make_staff_look),
        TEST(a_doubt_is_over_after_a_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
