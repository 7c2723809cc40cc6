// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/call.h"
#include "tests/unit/api/api_fixture.h"

#include <sqlite3.h>

static void every_route_is_described_and_under_api_v1(void **state)
{
    size_t i = 0;
    (void)state;
    for (; api_route_at(i); i++) {
        const struct api_route *route = api_route_at(i);
        assert_non_null(route->help);
        assert_non_null(route->handle);
        assert_true(strcspn(route->path, "{") >= strlen("/metrics"));
        if (str_starts(route->path, "/ussd/") ||
            str_starts(route->path, "/cgi-bin/") ||
            strcmp(route->path, "/metrics") == 0) {
            continue; /* as others have asked for long: their fields, paths */
        }
        assert_true(str_starts(route->path, "/api/v1/"));
        assert_true((route->fields != NULL) ==
                    (route->in_bytes > 0 || (route->flags & API_BATCH) != 0));
    }
    assert_true(i > 40);
}

static void a_read_is_never_a_change(void **state)
{
    (void)state;
    for (size_t i = 0; api_route_at(i); i++) {
        const struct api_route *route = api_route_at(i);
        /* But Kannel's clients send with GET. */
        if (strcmp(route->method, "GET") == 0 &&
            strcmp(route->path, "/cgi-bin/sendsms") != 0) {
            assert_int_equal(route->flags & (API_CHANGE | API_TAKES), 0);
        }
    }
}

static void what_is_no_route_is_not_found(void **state)
{
    static const char *const paths[] = {"/", "", "/api/v1", "/api/v1/",
        "/api/v1/nothing", "/api/v1/offices/", "/api/v1/offices/A/B/C",
        "/api/v1//offices", "api/v1/offices", "/api/v1/officesX"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        refused(*state, "GET", paths[i], NULL, "404 not_found ");
    }
}

static void a_name_that_is_too_long_is_not_found(void **state)
{
    char path[400] = "/api/v1/offices/";
    memset(path + strlen(path), 'a', 300);
    refused(*state, "GET", path, NULL, "404 not_found ");
}

static void another_method_is_405_and_the_allowed_ones_are_named(void **state)
{
    char methods[64] = "";
    refused(*state, "DELETE", "/api/v1/offices", NULL, "405 method ");
    refused(*state, "OTHER", "/api/v1/status", NULL, "405 method ");
    api_allowed("/api/v1/residents/5315050101909001", methods, sizeof(methods));
    assert_string_equal(methods, "GET, HEAD, PATCH, DELETE");
    api_allowed("/nothing", methods, sizeof(methods));
    assert_string_equal(methods, "");
}

static void a_head_reads_what_a_get_reads_and_never_changes(void **state)
{
    (void)state;
    for (size_t i = 0; api_route_at(i); i++) {
        const struct api_route *route = api_route_at(i);
        bool reads = strcmp(route->method, "GET") == 0 &&
                     (route->flags & (API_CHANGE | API_TAKES)) == 0;
        const struct api_route *found = api_route_find("HEAD", route->path);
        if (reads) {
            assert_ptr_equal(found, route);
        } else if (found) {
            assert_string_equal(found->method, "GET");
            assert_int_equal(found->flags & (API_CHANGE | API_TAKES), 0);
        }
    }
}

static void a_body_that_is_no_json_is_400(void **state)
{
    static const char *const bodies[] = {"{", "{\"a\":1}}", "[1,]",
        "{\"text\":\"x\",\"text\":\"y\"}", "{\"text\":\"\xff\"}",
        "{\"text\":\"a\\u0000b\"}"};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        refused(*state, "POST", "/api/v1/inbox/test", bodies[i],
            "400 bad_request ");
    }
}

static void a_body_nested_beyond_reason_is_400(void **state)
{
    enum {
        DEEP = 100000
    };

    char *body = calloc(1, DEEP + 1);
    assert_non_null(body);
    memset(body, '[', DEEP);
    refused(*state, "POST", "/api/v1/inbox/test", body, "400 bad_request ");
    free(body);
}

static void a_query_that_cannot_be_read_is_400(void **state)
{
    refused(
        *state, "GET", "/api/v1/residents?find=%zz", NULL, "400 bad_request ");
}

static void what_a_route_does_not_know_is_422(void **state)
{
    refused(
        *state, "GET", "/api/v1/status?verbose=1", NULL, "422 invalid verbose");
    refused(
        *state, "POST", "/api/v1/pause", "{\"now\":true}", "422 invalid now");
    refused(*state, "POST", "/api/v1/inbox/test?x=1", "{\"text\":\"CEK\"}",
        "422 invalid x");
}

static void a_body_of_another_type_is_415(void **state)
{
    refused(
        *state, "POST", "/api/v1/inbox/test", "text=CEK", "415 content_type ");
    refused(*state, "POST", "/api/v1/residents/import", "{\"nik\":1}",
        "415 content_type ");
}

static void a_body_over_its_routes_limit_is_413(void **state)
{
    char *body = malloc(API_BODY_MOST + 2);
    assert_non_null(body);
    memset(body, ' ', API_BODY_MOST + 1);
    body[0] = '{';
    body[API_BODY_MOST + 1] = '\0';
    refused(*state, "POST", "/api/v1/inbox/test", body, "413 too_large ");
    free(body);
}

static void a_change_is_answered_after_its_commit_only(void **state)
{
    struct fixture *fixture = *state;
    struct heard heard = {0};
    hand_over(fixture, "POST", "/api/v1/messages",
        "{\"phone\":\"081200009001\",\"text\":\"halo\"}", &heard);
    assert_int_equal(heard.answers, 0);
    assert_int_equal(store_commit(fixture->app.store), KB_OK);
    assert_int_equal(heard.answers, 1);
    assert_int_equal(heard.status, 201);
    heard_clear(&heard);
}

static void a_refused_change_is_answered_at_once(void **state)
{
    struct heard heard = {0};
    hand_over(*state, "POST", "/api/v1/messages",
        "{\"phone\":\"0385\",\"text\":\"halo\"}", &heard);
    assert_int_equal(heard.answers, 1);
    assert_int_equal(heard.status, 422);
    heard_clear(&heard);
}

static void while_another_program_holds_the_database_changes_are_503(
    void **state)
{
    struct fixture *fixture = *state;
    sqlite3 *other = NULL;
    char path[160];
    (void)snprintf(path, sizeof(path), "%s/kabari.db", fixture->folder);
    assert_int_equal(store_commit(fixture->app.store), KB_OK);
    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    refused(fixture, "POST", "/api/v1/messages",
        "{\"phone\":\"081200009001\",\"text\":\"halo\"}", "503 busy ");
    assert_int_equal(
        sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    json_t *messages = ask(fixture, "GET", "/api/v1/messages", NULL, 200);
    assert_int_equal(json_array_size(messages), 0);
    json_decref(messages);
}

static void a_closing_room_answers_what_waits_once(void **state)
{
    struct fixture *fixture = *state;
    struct heard change = {0};
    struct heard list = {0};
    hand_over(fixture, "POST", "/api/v1/messages",
        "{\"phone\":\"081200009001\",\"text\":\"halo\"}", &change);
    hand_over(fixture, "GET", "/api/v1/messages", NULL, &list);
    api_close(fixture->api);
    fixture->api = NULL;
    assert_int_equal(change.status, 503);
    assert_int_equal(list.status, 503);
    assert_int_equal(store_commit(fixture->app.store), KB_OK);
    assert_int_equal(change.answers, 1);
    assert_int_equal(list.answers, 1);
    heard_clear(&change);
    heard_clear(&list);
}

static void note_work(void *arg)
{
    (*(int *)arg)++;
}

static void work_in_slices_is_announced_and_ends(void **state)
{
    struct fixture *fixture = *state;
    struct heard first = {0};
    struct heard second = {0};
    int announced = 0;
    api_on_work(fixture->api, note_work, &announced);
    assert_false(api_work(fixture->api));
    hand_over(fixture, "GET", "/api/v1/messages", NULL, &first);
    hand_over(fixture, "GET", "/api/v1/inbox", NULL, &second);
    assert_int_equal(announced, 2);
    assert_true(api_work(fixture->api));
    assert_false(api_work(fixture->api));
    assert_int_equal(first.answers, 1);
    assert_int_equal(second.answers, 1);
    assert_string_equal(first.text, "[]");
    heard_clear(&first);
    heard_clear(&second);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new, fixture_free)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_described_and_under_api_v1),
        cmocka_unit_test(a_read_is_never_a_change),
        TEST(what_is_no_route_is_not_found),
        TEST(a_name_that_is_too_long_is_not_found),
        TEST(another_method_is_405_and_the_allowed_ones_are_named),
        TEST(a_head_reads_what_a_get_reads_and_never_changes),
        TEST(a_body_that_is_no_json_is_400),
        TEST(a_body_nested_beyond_reason_is_400),
        TEST(a_query_that_cannot_be_read_is_400),
        TEST(what_a_route_does_not_know_is_422),
        TEST(a_body_of_another_type_is_415),
        TEST(a_body_over_its_routes_limit_is_413),
        TEST(a_change_is_answered_after_its_commit_only),
        TEST(a_refused_change_is_answered_at_once),
        TEST(while_another_program_holds_the_database_changes_are_503),
        TEST(a_closing_room_answers_what_waits_once),
        TEST(work_in_slices_is_announced_and_ends),
    };
    return cmocka_run_group_tests_name("api: routes", tests, NULL, NULL);
}
