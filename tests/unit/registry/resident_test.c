// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/registry/registry_fixture.h"

#define MARIA  "5315055203889001"
#define PETRUS "5315051203889002"
#define AGNES  "5315055203889003"
#define PHONE  "+6281200009001"
#define OTHER  "+6281200009002"

static const char people[] =
    "INSERT INTO resident (nik, name, birth_day, sex, kecamatan, phone,"
    " phone_shared) VALUES"
    " ('" MARIA "', 'Maria Geong', 6645, 'f', '53.15.05', '" PHONE "', 1),"
    " ('" PETRUS "', 'Petrus 100%', NULL, 'm', '53.15.05', '" PHONE "', 1),"
    " ('" AGNES "', 'Agnes Weng', NULL, 'f', '53.15.03', NULL, 0)";

static int open_with_people(void **state)
{
    (void)fixture_new(state);
    fixture_sql(*state, people);
    return 0;
}

static size_t on_phone(struct fixture *fixture, const char *phone)
{
    struct resident found[8];
    size_t count = 0;

    assert_int_equal(
        registry_residents_of_phone(fixture->registry, phone, found, 8, &count),
        KB_OK);
    return count;
}

static void a_resident_is_found_by_nik_and_by_id(void **state)
{
    struct fixture *fixture = *state;
    struct resident maria = fixture_resident(fixture, MARIA);
    struct resident again;

    assert_string_equal(maria.name, "Maria Geong");
    assert_int_equal(maria.birth_day, 6645);
    assert_string_equal(maria.state, "unrecorded");
    assert_true(resident_is_pending(&maria));
    assert_int_equal(
        registry_resident_by_id(fixture->registry, maria.id, &again), KB_OK);
    assert_string_equal(again.nik, MARIA);
    assert_int_equal(
        registry_resident_by_nik(fixture->registry, "5315055203889999", &again),
        KB_NOT_FOUND);
    assert_int_equal(fixture_resident(fixture, AGNES).birth_day, INT32_MIN);
}

static void finding_takes_a_nik_a_phone_or_part_of_a_name(void **state)
{
    static const struct {
        const char *text;
        size_t found;
    } cases[] = {
        {MARIA,            1},
        {"53150552",       2},
        {"0812-0000-9001", 2},
        {"geong",          1},
        {"e",              3},
        {"100%",           1},
        {"%",              1},
        {"_",              0},
        {"",               0},
        {"nobody",         0},
    };
    struct fixture *fixture = *state;
    struct resident found[8];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t count = 99;

        assert_int_equal(
            registry_find(fixture->registry,
                &(struct registry_search){.text = cases[i].text, .most = 8},
                found, &count),
            KB_OK);
        if (count != cases[i].found) {
            fail_msg("%s: %zu", cases[i].text, count);
        }
    }
}

static void setting_takes_words_and_any_spelling_of_a_phone(void **state)
{
    struct fixture *fixture = *state;
    struct resident_change change = {.state = "belum rekam",
        .flag = "meninggal",
        .phone = "0812-0000-9002",
        .lang = "en"};
    struct resident agnes;

    assert_int_equal(
        registry_resident_set(fixture->registry, AGNES, &change, NULL), KB_OK);
    agnes = fixture_resident(fixture, AGNES);
    assert_string_equal(agnes.flag, "deceased");
    assert_string_equal(agnes.phone, OTHER);
    assert_string_equal(agnes.lang, "en");
    assert_false(resident_is_pending(&agnes));
    change = (struct resident_change){.flag = "none"};
    assert_int_equal(
        registry_resident_set(fixture->registry, AGNES, &change, NULL), KB_OK);
    agnes = fixture_resident(fixture, AGNES);
    assert_true(resident_is_pending(&agnes));
    assert_string_equal(agnes.phone, OTHER);
}

static void setting_says_what_is_wrong_and_changes_nothing(void **state)
{
    static const struct {
        struct resident_change change;
        const char *field;
    } cases[] = {
        {{.state = "vanished"},  "state"},
        {{.flag = "lost"},       "flag" },
        {{.phone = "8.12E+10"},  "phone"},
        {{.lang = "Indonesian"}, "lang" },
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct why why = {0};

        assert_int_equal(registry_resident_set(
                             fixture->registry, MARIA, &cases[i].change, &why),
            KB_INVALID);
        assert_string_equal(why.field, cases[i].field);
    }
    assert_string_equal(fixture_resident(fixture, MARIA).phone, PHONE);
}

static void a_phone_is_marked_shared_only_while_others_have_it(void **state)
{
    struct fixture *fixture = *state;
    struct resident_change away = {.phone = ""};

    assert_true(fixture_resident(fixture, MARIA).phone_shared);
    assert_int_equal(
        registry_resident_set(fixture->registry, PETRUS, &away, NULL), KB_OK);
    assert_false(fixture_resident(fixture, MARIA).phone_shared);
    assert_int_equal(registry_resident_set(fixture->registry, PETRUS,
                         &(struct resident_change){.phone = PHONE}, NULL),
        KB_OK);
    assert_true(fixture_resident(fixture, MARIA).phone_shared);
    assert_int_equal(registry_resident_erase(fixture->registry, PETRUS), KB_OK);
    assert_false(fixture_resident(fixture, MARIA).phone_shared);
}

static void stop_and_daftar_hold_for_the_whole_phone(void **state)
{
    struct fixture *fixture = *state;
    bool stopped = true;

    assert_int_equal(
        registry_phone_stopped(fixture->registry, PHONE, &stopped), KB_OK);
    assert_false(stopped);
    assert_int_equal(
        registry_phone_stop(fixture->registry, PHONE, true), KB_OK);
    assert_int_equal(
        registry_phone_stop(fixture->registry, PHONE, true), KB_OK);
    assert_int_equal(
        registry_phone_stopped(fixture->registry, PHONE, &stopped), KB_OK);
    assert_true(stopped);
    assert_int_equal(
        registry_phone_stopped(fixture->registry, OTHER, &stopped), KB_OK);
    assert_false(stopped);
    assert_int_equal(
        registry_phone_stop(fixture->registry, PHONE, false), KB_OK);
    assert_int_equal(
        registry_phone_stopped(fixture->registry, PHONE, &stopped), KB_OK);
    assert_false(stopped);
}

static void a_stop_outlives_a_restart_and_keeps_no_number(void **state)
{
    struct fixture *fixture = *state;
    bool stopped = false;

    assert_int_equal(
        registry_phone_stop(fixture->registry, PHONE, true), KB_OK);
    fixture_shut(fixture);
    fixture_open(fixture);
    assert_int_equal(
        registry_phone_stopped(fixture->registry, PHONE, &stopped), KB_OK);
    assert_true(stopped);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM phone_choice"
                                            " WHERE phone_hash LIKE '%9001%'"
                                            " AND length(phone_hash) <> 16"),
        0);
}

static void salah_takes_the_phone_from_that_resident_only(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(
        registry_phone_unlink(fixture->registry, PHONE, MARIA), KB_OK);
    assert_int_equal(on_phone(fixture, PHONE), 1);
    assert_string_equal(fixture_resident(fixture, MARIA).phone, "");
    assert_string_equal(fixture_resident(fixture, PETRUS).phone, PHONE);
    assert_false(fixture_resident(fixture, PETRUS).phone_shared);
}

static void salah_without_a_nik_is_for_everybody_on_that_phone(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(
        registry_phone_unlink(fixture->registry, PHONE, NULL), KB_OK);
    assert_int_equal(on_phone(fixture, PHONE), 0);
    assert_int_equal(
        fixture_count(fixture, "SELECT count(*) FROM phone_choice"), 2);
}

static void staff_can_give_an_unlinked_phone_back(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(
        registry_phone_unlink(fixture->registry, PHONE, MARIA), KB_OK);
    assert_int_equal(registry_resident_set(fixture->registry, MARIA,
                         &(struct resident_change){.phone = PHONE}, NULL),
        KB_OK);
    assert_int_equal(on_phone(fixture, PHONE), 2);
    assert_int_equal(
        fixture_count(fixture, "SELECT count(*) FROM phone_choice"), 0);
}

static void a_contact_is_noted_for_everybody_on_the_phone(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(
        registry_note_contact(fixture->registry, PHONE, 1234), KB_OK);
    assert_int_equal(fixture_resident(fixture, MARIA).last_contact_at_ms, 1234);
    assert_int_equal(
        fixture_resident(fixture, PETRUS).last_contact_at_ms, 1234);
    assert_int_equal(fixture_resident(fixture, AGNES).last_contact_at_ms, 0);
    assert_int_equal(
        registry_note_contact(fixture->registry, OTHER, 1234), KB_OK);
}

static void an_erased_residents_id_is_never_used_again(void **state)
{
    struct fixture *fixture = *state;
    int64_t id = fixture_resident(fixture, AGNES).id;

    assert_int_equal(registry_resident_erase(fixture->registry, AGNES), KB_OK);
    assert_int_equal(
        registry_resident_erase(fixture->registry, AGNES), KB_NOT_FOUND);
    fixture_sql(fixture,
        "INSERT INTO resident (nik, name) VALUES ('" AGNES "', 'Agnes')");
    assert_true(fixture_resident(fixture, AGNES).id > id);
}

static void hashes_differ_between_stores_and_between_values(void **state)
{
    struct fixture *fixture = *state;
    void *second = NULL;
    struct registry_hash one = registry_hash(fixture->registry, PHONE);

    assert_int_equal(strlen(one.text), 16);
    assert_string_equal(one.text, registry_hash(fixture->registry, PHONE).text);
    assert_string_not_equal(
        one.text, registry_hash(fixture->registry, OTHER).text);
    (void)fixture_new(&second);
    assert_string_not_equal(one.text,
        registry_hash(((struct fixture *)second)->registry, PHONE).text);
    (void)fixture_free(&second);
}

#define WITH_PEOPLE(test)                                                      \
    cmocka_unit_test_setup_teardown(test, open_with_people, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PEOPLE(a_resident_is_found_by_nik_and_by_id),
        WITH_PEOPLE(finding_takes_a_nik_a_phone_or_part_of_a_name),
        WITH_PEOPLE(setting_takes_words_and_any_spelling_of_a_phone),
        WITH_PEOPLE(setting_says_what_is_wrong_and_changes_nothing),
        WITH_PEOPLE(a_phone_is_marked_shared_only_while_others_have_it),
        WITH_PEOPLE(stop_and_daftar_hold_for_the_whole_phone),
        WITH_PEOPLE(a_stop_outlives_a_restart_and_keeps_no_number),
        WITH_PEOPLE(salah_takes_the_phone_from_that_resident_only),
        WITH_PEOPLE(salah_without_a_nik_is_for_everybody_on_that_phone),
        WITH_PEOPLE(staff_can_give_an_unlinked_phone_back),
        WITH_PEOPLE(a_contact_is_noted_for_everybody_on_the_phone),
        WITH_PEOPLE(an_erased_residents_id_is_never_used_again),
        WITH_PEOPLE(hashes_differ_between_stores_and_between_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
