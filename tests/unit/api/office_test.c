// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/api/api_fixture.h"

static void offices_are_imported_and_listed_by_code(void **state)
{
    struct fixture *fixture = *state;
    json_t *result =
        ask(fixture, "POST", "/api/v1/offices/import", OFFICES_CSV, 200);
    assert_int_equal(number_of(result, "rows"), 2);
    assert_int_equal(number_of(result, "added"), 2);
    assert_int_equal(json_array_size(json_object_get(result, "rejects")), 0);
    json_decref(result);
    json_t *list = ask(fixture, "GET", "/api/v1/offices", NULL, 200);
    assert_int_equal(json_array_size(list), 2);
    const json_t *lembor = json_array_get(list, 1);
    assert_string_equal(text_of(lembor, "code"), "LEMBOR");
    assert_string_equal(text_of(lembor, "kecamatan_name"), "Lembor");
    assert_string_equal(text_of(lembor, "hours"), "08:00-14:00");
    assert_string_equal(text_of(lembor, "state"), "up");
    assert_int_equal(number_of(lembor, "capacity"), 60);
    assert_true(json_is_null(json_object_get(lembor, "back")));
    json_decref(list);
}

static void a_bad_office_row_is_listed_and_the_rest_taken(void **state)
{
    json_t *result = ask(*state, "POST", "/api/v1/offices/import",
        OFFICES_CSV "BAD,,Lembor,0,0,-5,08:00-14:00,Mon-Fri,0,\n", 200);
    const json_t *rejects = json_object_get(result, "rejects");
    assert_int_equal(number_of(result, "added"), 2);
    assert_true(json_array_size(rejects) >= 1);
    assert_string_equal(text_of(json_array_get(rejects, 0), "row"), "4");
    assert_true(text_of(json_array_get(rejects, 0), "why")[0] != '\0');
    json_decref(result);
}

static void a_list_that_is_no_list_is_refused(void **state)
{
    refused(
        *state, "POST", "/api/v1/offices/import", "hello\n", "422 invalid ");
}

static void an_office_goes_down_with_a_reason_and_a_date(void **state)
{
    struct fixture *fixture = *state;
    fixture_fill(fixture);
    json_t *office = ask(fixture, "POST", "/api/v1/offices/LEMBOR/state",
        "{\"state\":\"down\",\"reason\":\"server rusak\","
        "\"back\":\"2016-09-15\"}",
        200);
    assert_string_equal(text_of(office, "state"), "down");
    assert_string_equal(text_of(office, "reason"), "server rusak");
    assert_string_equal(text_of(office, "back"), "2016-09-15");
    assert_string_equal(text_of(office, "since"), "2016-09-01T08:00:00+08:00");
    json_decref(office);
    office = ask(fixture, "POST", "/api/v1/offices/LEMBOR/state",
        "{\"state\":\"up\"}", 200);
    assert_string_equal(text_of(office, "state"), "up");
    json_decref(office);
}

static void a_state_without_reason_or_sense_is_refused(void **state)
{
    fixture_fill(*state);
    refused(*state, "POST", "/api/v1/offices/LEMBOR/state",
        "{\"state\":\"down\"}", "422 invalid reason");
    refused(*state, "POST", "/api/v1/offices/LEMBOR/state",
        "{\"state\":\"open\"}", "422 invalid state");
    refused(*state, "POST", "/api/v1/offices/LEMBOR/state", "{}",
        "422 invalid state");
    refused(*state, "POST", "/api/v1/offices/NONE/state", "{\"state\":\"up\"}",
        "404 not_found ");
}

static void an_office_is_changed_in_part(void **state)
{
    struct fixture *fixture = *state;
    fixture_fill(fixture);
    json_t *office = ask(fixture, "PATCH", "/api/v1/offices/LEMBOR",
        "{\"capacity\":80,\"hours\":\"09:00-13:00\"}", 200);
    assert_int_equal(number_of(office, "capacity"), 80);
    assert_string_equal(text_of(office, "hours"), "09:00-13:00");
    assert_string_equal(text_of(office, "days"), "Mon-Fri");
    json_decref(office);
    refused(fixture, "PATCH", "/api/v1/offices/LEMBOR", "{\"capacity\":-1}",
        "422 invalid capacity");
    refused(fixture, "PATCH", "/api/v1/offices/LEMBOR", "{\"hours\":\"9-1\"}",
        "422 invalid hours");
    refused(fixture, "PATCH", "/api/v1/offices/NONE", "{\"capacity\":1}",
        "404 not_found ");
    refused(fixture, "GET", "/api/v1/offices/NONE", NULL, "404 not_found ");
}

static void the_effect_of_a_switch_is_told_before(void **state)
{
    struct fixture *fixture = *state;
    fixture_fill(fixture);
    json_t *effect = ask(
        fixture, "GET", "/api/v1/offices/LEMBOR/effect?state=down", NULL, 200);
    assert_int_equal(number_of(effect, "waiting"), 0);
    assert_int_equal(number_of(effect, "invited"), 0);
    json_decref(effect);
    refused(fixture, "GET", "/api/v1/offices/LEMBOR/effect?state=gone", NULL,
        "422 invalid state");
    refused(fixture, "GET", "/api/v1/offices/NONE/effect?state=up", NULL,
        "404 not_found ");
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(offices_are_imported_and_listed_by_code),
        TEST(a_bad_office_row_is_listed_and_the_rest_taken),
        TEST(a_list_that_is_no_list_is_refused),
        TEST(an_office_goes_down_with_a_reason_and_a_date),
        TEST(a_state_without_reason_or_sense_is_refused),
        TEST(an_office_is_changed_in_part),
        TEST(the_effect_of_a_switch_is_told_before),
    };
    return cmocka_run_group_tests_name("api: offices", tests, NULL, NULL);
}
