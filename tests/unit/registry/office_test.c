// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/registry/import_fixture.h"

static struct office office_of(struct fixture *fixture, const char *code)
{
    struct office office = {0};

    assert_int_equal(
        registry_office_get(fixture->registry, code, &office), KB_OK);
    return office;
}

static struct office_import_result import_again(
    struct fixture *fixture, const char *text)
{
    struct office_import_result result;

    assert_int_equal(
        office_import(fixture->registry, text, strlen(text), &result, NULL),
        KB_OK);
    return result;
}

static void an_office_is_read_with_all_it_has(void **state)
{
    struct fixture *fixture = *state;
    struct office_import_result result = import_again(fixture,
        "kode;nama;kecamatan;lat;lon;capacity;hours;days;blanks;fallback\n"
        "boleng;Kantor Camat Boleng;Boleng;-8,4753;120.0472;57;"
        "07.30-13.00;Sen-Kam;200;komodo, lembor\n");
    struct office boleng = office_of(fixture, "BOLENG");
    char hours[16];

    assert_int_equal(result.added, 1);
    assert_string_equal(boleng.kecamatan, "53.15.06");
    assert_true(boleng.has_place);
    assert_true(boleng.lat < -8.47 && boleng.lat > -8.48);
    assert_int_equal(boleng.capacity, 57);
    assert_string_equal(boleng.days, "Mon-Thu");
    assert_int_equal(boleng.blanks, 200);
    assert_string_equal(boleng.fallback, "KOMODO,LEMBOR");
    assert_string_equal(boleng.state, "up");
    office_hours(&boleng, hours, sizeof hours);
    assert_string_equal(hours, "07.30-13.00");
}

static void importing_again_keeps_state_and_what_the_file_leaves_out(
    void **state)
{
    struct fixture *fixture = *state;
    struct office_import_result result;
    struct office lembor;

    assert_int_equal(registry_office_state(fixture->registry, "LEMBOR", "down",
                         "server", INT32_MIN),
        KB_OK);
    result = import_again(fixture, OFFICES);
    assert_int_equal(result.unchanged, 3);
    result = import_again(
        fixture, "code,name,kecamatan\nLEMBOR,Camat Lembor,Lembor\n");
    assert_int_equal(result.updated, 1);
    lembor = office_of(fixture, "lembor");
    assert_string_equal(lembor.name, "Camat Lembor");
    assert_string_equal(lembor.fallback, "KOMODO,WELAK");
    assert_string_equal(lembor.state, "down");
}

static void bad_offices_are_listed_and_skipped(void **state)
{
    static const struct {
        const char *row;
        const char *listed;
    } cases[] = {
        {"NEW OFFICE,,Komodo,,,", "2,code,NEW OFFICE" },
        {"NEW,,Ruteng,,,",        "2,kecamatan,Ruteng"},
        {"NEW,,Komodo,91,,",      "2,lat,91"          },
        {"NEW,,Komodo,,-3,",      "2,capacity,'-3"    },
        {"NEW,,Komodo,,,8-14",    "2,hours,8-14"      },
        {",,Komodo,,,",           "2,code,"           },
        {"NEW,,,,,",              "2,kecamatan,"      },
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct office_import_result result;
        char text[160];

        (void)snprintf(text, sizeof text,
            "code,name,kecamatan,lat,capacity,hours\n%s\n", cases[i].row);
        result = import_again(fixture, text);
        assert_int_equal(result.rejected, 1);
        assert_non_null(strstr(buf_text(&result.rejects), cases[i].listed));
        buf_clear(&result.rejects);
    }
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM office"), 3);
}

static void residents_without_an_office_get_the_new_one(void **state)
{
    struct fixture *fixture = *state;

    (void)import_list(fixture,
        "nik,kecamatan,kantor\n5315051203889001,Boleng,\n"
        "5315051203889002,Boleng,KOMODO\n");
    (void)import_again(fixture, "code,kecamatan\nBOLENG,Boleng\n");
    (void)import_again(fixture, "code,kecamatan\nSECOND,Boleng\n");
    assert_string_equal(
        fixture_resident(fixture, "5315051203889001").office, "BOLENG");
    assert_string_equal(
        fixture_resident(fixture, "5315051203889002").office, "KOMODO");
}

static void the_first_fallback_that_is_up_helps_out(void **state)
{
    struct fixture *fixture = *state;
    struct office lembor = office_of(fixture, "LEMBOR");
    struct office other;

    assert_int_equal(
        registry_office_other(fixture->registry, &lembor, &other), KB_OK);
    assert_string_equal(other.code, "KOMODO");
    assert_int_equal(registry_office_state(fixture->registry, "KOMODO",
                         "degraded", "", INT32_MIN),
        KB_OK);
    assert_int_equal(
        registry_office_other(fixture->registry, &lembor, &other), KB_OK);
    assert_string_equal(other.code, "WELAK");
    assert_int_equal(registry_office_state(
                         fixture->registry, "WELAK", "closed", "", INT32_MIN),
        KB_OK);
    assert_int_equal(registry_office_other(fixture->registry, &lembor, &other),
        KB_NOT_FOUND);
}

static void an_office_goes_down_and_comes_back(void **state)
{
    struct fixture *fixture = *state;
    int32_t back = civil_day(2016, 9, 15);
    struct office lembor;

    clock_set(&fixture->clock, FIXTURE_NOW_MS + 1000);
    assert_int_equal(registry_office_state(
                         fixture->registry, "LEMBOR", "down", "server", back),
        KB_OK);
    lembor = office_of(fixture, "LEMBOR");
    assert_string_equal(lembor.state, "down");
    assert_string_equal(lembor.reason, "server");
    assert_int_equal(lembor.back_day, back);
    assert_int_equal(lembor.since_at_ms, FIXTURE_NOW_MS + 1000);
    assert_int_equal(
        registry_office_state(fixture->registry, "LEMBOR", "up", "x", back),
        KB_OK);
    lembor = office_of(fixture, "LEMBOR");
    assert_string_equal(lembor.reason, "");
    assert_int_equal(lembor.back_day, INT32_MIN);
    assert_int_equal(
        registry_office_state(fixture->registry, "LEMBOR", "broken", "", back),
        KB_INVALID);
    assert_int_equal(
        registry_office_state(fixture->registry, "RUTENG", "down", "", back),
        KB_NOT_FOUND);
}

static void setting_an_office_says_what_is_wrong(void **state)
{
    static const struct {
        struct office_change change;
        const char *field;
    } cases[] = {
        {{-1, -1, "14:00-08:00", NULL, NULL}, "hours"   },
        {{-1, -1, NULL, "Everyday", NULL},    "days"    },
        {{-1, -1, NULL, NULL, "RUTENG"},      "fallback"},
        {{-1, -1, NULL, NULL, "LEMBOR"},      "fallback"},
    };
    struct fixture *fixture = *state;
    struct office_change good = {90, -1, "09:00-12:00", "Mon,Wed", "WELAK"};
    struct office lembor;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct why why = {0};

        assert_int_equal(registry_office_set(fixture->registry, "LEMBOR",
                             &cases[i].change, &why),
            KB_INVALID);
        assert_string_equal(why.field, cases[i].field);
    }
    assert_int_equal(
        registry_office_set(fixture->registry, "LEMBOR", &good, NULL), KB_OK);
    lembor = office_of(fixture, "LEMBOR");
    assert_int_equal(lembor.capacity, 90);
    assert_int_equal(lembor.opens_minute, 540);
    assert_string_equal(lembor.days, "Mon,Wed");
    assert_string_equal(lembor.fallback, "WELAK");
}

static void all_offices_are_listed_by_code(void **state)
{
    struct fixture *fixture = *state;
    struct office *offices = NULL;
    size_t count = 0;

    assert_int_equal(
        registry_office_list(fixture->registry, &offices, &count), KB_OK);
    assert_int_equal(count, 3);
    assert_string_equal(offices[0].code, "KOMODO");
    assert_string_equal(offices[2].code, "WELAK");
    free(offices);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_OFFICES(an_office_is_read_with_all_it_has),
        WITH_OFFICES(importing_again_keeps_state_and_what_the_file_leaves_out),
        WITH_OFFICES(bad_offices_are_listed_and_skipped),
        WITH_OFFICES(residents_without_an_office_get_the_new_one),
        WITH_OFFICES(the_first_fallback_that_is_up_helps_out),
        WITH_OFFICES(an_office_goes_down_and_comes_back),
        WITH_OFFICES(setting_an_office_says_what_is_wrong),
        WITH_OFFICES(all_offices_are_listed_by_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
