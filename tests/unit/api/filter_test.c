// SPDX-License-Identifier: GPL-2.0-or-later
/* What lists can be narrowed to: the audit, alarms, offices. */
#include "api_fixture.h"

static size_t rows(struct fixture *fixture, const char *target)
{
    json_t *list = ask(fixture, "GET", target, NULL, 200);
    size_t count = json_array_size(list);
    json_decref(list);
    return count;
}

static void the_audit_is_narrowed_by_deed_subject_and_time(void **state)
{
    struct fixture *fixture = *state;
    tell(fixture, "POST", "/api/v1/offices/LEMBOR/state",
        "{\"state\":\"down\",\"reason\":\"listrik padam\"}", 200);
    tell(fixture, "POST", "/api/v1/messages",
        "{\"phone\":\"081200009001\",\"text\":\"Halo\"}", 201);
    assert_int_equal(
        rows(fixture, "/api/v1/audit?action=/offices/%7Bcode%7D"), 1);
    assert_int_equal(rows(fixture, "/api/v1/audit?subject=lembor"), 1);
    assert_int_equal(rows(fixture, "/api/v1/audit?subject=nowhere"), 0);
    assert_int_equal(
        rows(fixture, "/api/v1/audit?who=test&action=/messages"), 1);
    assert_int_equal(
        rows(fixture, "/api/v1/audit?who=maria&action=/messages"), 0);
    assert_int_equal(rows(fixture, "/api/v1/audit?until=2000-01-01"), 0);
    assert_true(rows(fixture, "/api/v1/audit?since=2000-01-01") > 1);
}

/** Its rows lie thousands of ids apart, in windows of their own. */
static void what_is_rare_in_a_long_audit_is_found_page_by_page(void **state)
{
    struct fixture *fixture = *state;
    char target[100];
    json_t *page = NULL;
    assert_int_equal(
        store_exec(fixture->app.store,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
            " WHERE i < 6000) INSERT INTO audit (at_ms, who, action, subject,"
            " detail, address) SELECT i, 'x', CASE WHEN i % 2900 = 1 THEN"
            " 'rare' ELSE 'common' END, '', '', '' FROM n"),
        KB_OK);
    assert_int_equal(rows(fixture, "/api/v1/audit?action=RARE"), 3);
    page = ask(fixture, "GET", "/api/v1/audit?action=rare&limit=2", NULL, 200);
    assert_int_equal(json_array_size(page), 2);
    (void)snprintf(target, sizeof(target),
        "/api/v1/audit?action=rare&limit=2&cursor=%lld",
        (long long)number_of(json_array_get(page, 1), "id"));
    json_decref(page);
    assert_int_equal(rows(fixture, target), 1);
}

static void raise_alarm(
    struct fixture *fixture, const char *key, enum alarm_severity severity)
{
    assert_int_equal(
        alarm_raise(fixture->app.alarms,
            &(struct alarm_new){
                .key = key, .severity = severity, .text = "look at it"}),
        KB_OK);
}

static void alarms_are_narrowed_by_state_severity_and_key(void **state)
{
    struct fixture *fixture = *state;
    raise_alarm(fixture, "m1:hung", ALARM_CRITICAL);
    raise_alarm(fixture, "m2:hung", ALARM_NOTICE);
    raise_alarm(fixture, "disk", ALARM_WARNING);
    assert_int_equal(alarm_clear(fixture->app.alarms, "disk"), KB_OK);
    assert_int_equal(rows(fixture, "/api/v1/alarms"), 3);
    assert_int_equal(rows(fixture, "/api/v1/alarms?key=m"), 2);
    assert_int_equal(rows(fixture, "/api/v1/alarms?severity=warning"), 2);
    assert_int_equal(
        rows(fixture, "/api/v1/alarms?severity=critical&key=disk"), 0);
    assert_int_equal(rows(fixture, "/api/v1/alarms?state=raised"), 2);
    assert_int_equal(rows(fixture, "/api/v1/alarms?state=clearing"), 1);
    assert_int_equal(rows(fixture, "/api/v1/alarms?state=cleared"), 0);
    refused(
        fixture, "GET", "/api/v1/alarms?state=gone", NULL, "422 invalid state");
    refused(fixture, "GET", "/api/v1/alarms?severity=loud", NULL,
        "422 invalid severity");
}

static void offices_are_narrowed_by_state_and_kecamatan(void **state)
{
    struct fixture *fixture = *state;
    size_t all = rows(fixture, "/api/v1/offices");
    tell(fixture, "POST", "/api/v1/offices/LEMBOR/state",
        "{\"state\":\"down\",\"reason\":\"listrik padam\"}", 200);
    assert_int_equal(rows(fixture, "/api/v1/offices?state=down"), 1);
    assert_int_equal(rows(fixture, "/api/v1/offices?state=up"), all - 1);
    assert_int_equal(
        rows(fixture, "/api/v1/offices?state=down&kecamatan=53.15.05"), 0);
    assert_int_equal(rows(fixture, "/api/v1/offices?kecamatan=53.15.03"), 1);
    refused(fixture, "GET", "/api/v1/offices?state=gone", NULL,
        "422 invalid state");
}

static const char *last_deed(json_t **list, struct fixture *fixture)
{
    json_decref(*list);
    *list = ask(fixture, "GET", "/api/v1/audit?limit=1", NULL, 200);
    return json_string_value(
        json_object_get(json_array_get(*list, 0), "detail"));
}

static void the_audit_says_what_was_changed_but_nobodys_data(void **state)
{
    struct fixture *fixture = *state;
    json_t *list = NULL;
    tell(fixture, "POST", "/api/v1/offices/LEMBOR/state",
        "{\"state\":\"down\",\"reason\":\"listrik padam\"}", 200);
    assert_string_equal(last_deed(&list, fixture), "down: listrik padam");
    tell(fixture, "POST", "/api/v1/offices/LEMBOR/state", "{\"state\":\"up\"}",
        200);
    assert_string_equal(last_deed(&list, fixture), "up");
    tell(fixture, "PATCH", "/api/v1/offices/LEMBOR",
        "{\"capacity\":70,\"blanks\":5}", 200);
    assert_string_equal(last_deed(&list, fixture), "capacity, blanks");
    tell(fixture, "PATCH", "/api/v1/residents/5315050101909001",
        "{\"phone\":\"081200009044\"}", 200);
    assert_string_equal(last_deed(&list, fixture), "phone");
    tell(fixture, "POST", "/api/v1/campaigns",
        "{\"name\":\"rekam\",\"template\":\"remind_first\","
        "\"deadline\":\"2090-12-31\"}",
        201);
    (void)last_deed(&list, fixture);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(list, 0), "subject")),
        "rekam");
    json_decref(list);
}

static void places_are_those_where_residents_live(void **state)
{
    struct fixture *fixture = *state;
    tell(fixture, "POST", "/api/v1/residents/import",
        "nik,nama,kecamatan,desa\n"
        "5315050101909011,Maria,Lembor,Tangge\n"
        "5315050101909012,Agus,Lembor,Tangge\n"
        "5315050101909013,Rosa,Komodo,Labuan Bajo\n",
        200);
    json_t *list = ask(fixture, "GET", "/api/v1/places", NULL, 200);
    char *text = json_dumps(list, JSON_COMPACT);
    assert_string_equal(text,
        "[{\"kecamatan\":\"53.15.03\",\"kecamatan_name\":\"Lembor\","
        "\"desa\":\"\",\"residents\":3},"
        "{\"kecamatan\":\"53.15.03\",\"kecamatan_name\":\"Lembor\","
        "\"desa\":\"Tangge\",\"residents\":2},"
        "{\"kecamatan\":\"53.15.05\",\"kecamatan_name\":\"Komodo\","
        "\"desa\":\"Labuan Bajo\",\"residents\":1}]");
    free(text);
    json_decref(list);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new_filled, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(the_audit_is_narrowed_by_deed_subject_and_time),
        TEST(what_is_rare_in_a_long_audit_is_found_page_by_page),
        TEST(alarms_are_narrowed_by_state_severity_and_key),
        TEST(offices_are_narrowed_by_state_and_kecamatan),
        TEST(the_audit_says_what_was_changed_but_nobodys_data),
        TEST(places_are_those_where_residents_live),
    };
    return cmocka_run_group_tests_name("api: filters", tests, NULL, NULL);
}
