// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/api/api_fixture.h"

#define MARIA "/api/v1/residents/5315050101909001"

static void a_resident_is_shown_with_what_passed(void **state)
{
    struct fixture *fixture = *state;
    tell(fixture, "POST", "/api/v1/messages",
        "{\"phone\":\"081200009001\",\"text\":\"halo\"}", 201);
    json_t *maria = ask(fixture, "GET", MARIA, NULL, 200);
    assert_string_equal(text_of(maria, "name"), "Maria Weng");
    assert_string_equal(text_of(maria, "birth_date"), "1990-01-01");
    assert_string_equal(text_of(maria, "state"), "unrecorded");
    assert_string_equal(text_of(maria, "office"), "LEMBOR");
    assert_string_equal(text_of(maria, "phone"), "+6281200009001");
    assert_true(json_is_true(json_object_get(maria, "pending")));
    assert_true(json_is_false(json_object_get(maria, "phone_stopped")));
    assert_int_equal(json_array_size(json_object_get(maria, "messages")), 1);
    assert_int_equal(json_array_size(json_object_get(maria, "inbox")), 0);
    assert_true(json_is_string(json_object_get(maria, "why")));
    json_decref(maria);
}

static void residents_are_found_by_name_and_phone(void **state)
{
    struct fixture *fixture = *state;
    json_t *found =
        ask(fixture, "GET", "/api/v1/residents?find=maria", NULL, 200);
    assert_int_equal(json_array_size(found), 1);
    json_decref(found);
    found =
        ask(fixture, "GET", "/api/v1/residents?find=081200009002", NULL, 200);
    assert_int_equal(json_array_size(found), 1);
    json_decref(found);
    found = ask(fixture, "GET", "/api/v1/residents?find=nobody", NULL, 200);
    assert_int_equal(json_array_size(found), 0);
    json_decref(found);
    refused(fixture, "GET", "/api/v1/residents", NULL, "422 invalid find");
    refused(fixture, "GET", "/api/v1/residents?find=a&limit=999", NULL,
        "422 invalid limit");
}

static void what_staff_set_is_kept(void **state)
{
    struct fixture *fixture = *state;
    json_t *after = ask(fixture, "PATCH", MARIA,
        "{\"state\":\"print_ready\",\"flag\":\"moved\",\"phone\":"
        "\"0812-0000-9007\",\"lang\":\"en\"}",
        200);
    assert_string_equal(text_of(after, "state"), "print_ready");
    assert_string_equal(text_of(after, "flag"), "moved");
    assert_string_equal(text_of(after, "phone"), "+6281200009007");
    json_decref(after);
    after =
        ask(fixture, "PATCH", MARIA, "{\"flag\":\"none\",\"phone\":\"\"}", 200);
    assert_true(json_is_null(json_object_get(after, "flag")));
    assert_true(json_is_null(json_object_get(after, "phone")));
    json_decref(after);
}

static void a_wrong_setting_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    refused(
        fixture, "PATCH", MARIA, "{\"state\":\"lost\"}", "422 invalid state");
    refused(fixture, "PATCH", MARIA,
        "{\"state\":\"printed\",\"unlink\":\"abc\"}", "422 invalid unlink");
    json_t *maria = ask(fixture, "GET", MARIA, NULL, 200);
    assert_string_equal(text_of(maria, "state"), "unrecorded");
    json_decref(maria);
}

static void a_phone_that_is_not_theirs_is_taken_away(void **state)
{
    json_t *after =
        ask(*state, "PATCH", MARIA, "{\"unlink\":\"081200009001\"}", 200);
    assert_true(json_is_null(json_object_get(after, "phone")));
    json_decref(after);
}

static void an_erased_resident_is_gone(void **state)
{
    tell(*state, "DELETE", MARIA, NULL, 200);
    refused(*state, "GET", MARIA, NULL, "404 not_found ");
    refused(*state, "DELETE", MARIA, NULL, "404 not_found ");
    refused(
        *state, "PATCH", MARIA, "{\"state\":\"printed\"}", "404 not_found ");
}

static void an_export_can_be_imported_again(void **state)
{
    struct fixture *fixture = *state;
    struct heard heard = {0};
    hand_over(fixture, "GET", "/api/v1/residents/export", NULL, &heard);
    wait_for(fixture, &heard);
    assert_int_equal(heard.status, 200);
    assert_string_equal(heard.type, "text/csv; charset=utf-8");
    json_t *result =
        ask(fixture, "POST", "/api/v1/residents/import", heard.text, 200);
    assert_int_equal(number_of(result, "rows"), 3);
    assert_int_equal(number_of(result, "unchanged"), 3);
    assert_int_equal(number_of(result, "rejected"), 0);
    json_decref(result);
    heard_clear(&heard);
}

static void an_export_takes_several_conditions(void **state)
{
    struct fixture *fixture = *state;
    struct heard heard = {0};
    hand_over(fixture, "GET",
        "/api/v1/residents/export?where=state%3Dunrecorded&where="
        "office%3DLEMBOR,KOMODO",
        NULL, &heard);
    wait_for(fixture, &heard);
    assert_int_equal(heard.status, 200);
    assert_non_null(strstr(heard.text, "9001"));
    assert_null(strstr(heard.text, "9003"));
    heard_clear(&heard);
    refused(fixture, "GET",
        "/api/v1/residents/export?where=state%3Dlost%27)%20OR%201", NULL,
        "422 invalid where");
}

/** Asks for the list as a person in a browser; its status. */
static int export_as_staff(
    struct fixture *fixture, const char *query, struct heard *heard)
{
    struct access_actor staff = {.kind = ACCESS_SESSION,
        .role = ROLE_STAFF,
        .view = VIEW_WORK,
        .who = "maria"};
    struct api_request request = {.method = "GET",
        .path = "/api/v1/residents/export",
        .query = query,
        .actor = &staff};

    api_handle(fixture->api, &request, on_heard, heard);
    wait_for(fixture, heard);
    return heard->status;
}

static void a_whole_export_needs_a_reason_that_stands_in_the_audit(void **state)
{
    struct fixture *fixture = *state;
    struct heard heard = {0};
    json_t *audit = NULL;
    char *text = NULL;

    assert_int_equal(export_as_staff(fixture, NULL, &heard), 200);
    assert_null(strstr(heard.text, "5315050101909001"));
    assert_null(strstr(heard.text, "081200009001"));
    heard_clear(&heard);
    assert_int_equal(export_as_staff(fixture, "reason=x", &heard), 422);
    assert_string_equal(text_of(error_of(heard.json), "field"), "reason");
    heard_clear(&heard);
    assert_int_equal(
        export_as_staff(fixture, "reason=untuk+camat+Lembor", &heard), 200);
    assert_non_null(strstr(heard.text, "5315050101909001"));
    heard_clear(&heard);
    audit = ask(fixture, "GET", "/api/v1/audit?who=maria", NULL, 200);
    text = json_dumps(json_array_get(audit, 0), 0);
    assert_non_null(strstr(text, "untuk camat Lembor"));
    assert_non_null(strstr(text, "residents/export"));
    free(text);
    json_decref(audit);
}

static void an_export_holds_no_formula(void **state)
{
    struct fixture *fixture = *state;
    struct heard heard = {0};
    tell(fixture, "POST", "/api/v1/residents/import",
        "nik,nama,kantor\n5315050401939004,\"=HYPERLINK(\"\"x\"\")\",LEMBOR\n",
        200);
    hand_over(fixture, "GET", "/api/v1/residents/export", NULL, &heard);
    wait_for(fixture, &heard);
    assert_null(strstr(heard.text, ",="));
    assert_null(strstr(heard.text, ",\"="));
    heard_clear(&heard);
}

static void reminders_are_stopped_and_resumed_at_the_counter(void **state)
{
    struct fixture *fixture = *state;
    const char *path = "/api/v1/residents/5315050101909001";
    json_t *resident =
        ask(fixture, "PATCH", path, "{\"reminders\":\"off\"}", 200);
    assert_true(json_is_true(json_object_get(resident, "phone_stopped")));
    json_decref(resident);
    resident = ask(fixture, "PATCH", path, "{\"reminders\":\"on\"}", 200);
    assert_true(json_is_false(json_object_get(resident, "phone_stopped")));
    json_decref(resident);
    refused(fixture, "PATCH", path, "{\"reminders\":\"no\"}",
        "422 invalid reminders");
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new_filled, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(a_resident_is_shown_with_what_passed),
        TEST(residents_are_found_by_name_and_phone),
        TEST(what_staff_set_is_kept),
        TEST(a_wrong_setting_changes_nothing),
        TEST(a_phone_that_is_not_theirs_is_taken_away),
        TEST(an_erased_resident_is_gone),
        TEST(an_export_can_be_imported_again),
        TEST(an_export_takes_several_conditions),
        TEST(an_export_holds_no_formula),
        TEST(a_whole_export_needs_a_reason_that_stands_in_the_audit),
        TEST(reminders_are_stopped_and_resumed_at_the_counter),
    };
    return cmocka_run_group_tests_name("api: residents", tests, NULL, NULL);
}
