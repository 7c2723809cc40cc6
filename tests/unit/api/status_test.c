// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/api/api_fixture.h"

#include <event2/event.h>

static void the_status_counts_what_there_is(void **state)
{
    struct fixture *fixture = *state;
    tell(fixture, "POST", "/api/v1/messages",
        "{\"phone\":\"081200009001\",\"text\":\"halo\"}", 201);
    tell(fixture, "POST", "/api/v1/offices/LEMBOR/state",
        "{\"state\":\"down\",\"reason\":\"listrik padam\"}", 200);
    json_t *status = ask(fixture, "GET", "/api/v1/status", NULL, 200);
    assert_string_equal(text_of(status, "site"), "DUKCAPIL MABAR");
    assert_string_equal(text_of(status, "now"), "2016-09-01T08:00:00+08:00");
    assert_int_equal(number_of(json_object_get(status, "queue"), "queued"), 1);
    assert_int_equal(
        number_of(json_object_get(status, "rates"), "sent_minute"), 0);
    const json_t *down = json_object_get(status, "offices_down");
    assert_int_equal(json_array_size(down), 1);
    assert_string_equal(
        text_of(json_array_get(down, 0), "reason"), "listrik padam");
    assert_int_equal(number_of(status, "inbox_open"), 0);
    const json_t *database = json_object_get(status, "database");
    assert_true(number_of(database, "bytes") > 0);
    json_decref(status);
}

static void without_a_daemon_there_are_no_modems(void **state)
{
    json_t *status = ask(*state, "GET", "/api/v1/status", NULL, 200);
    assert_true(json_is_false(json_object_get(status, "ready")));
    assert_int_equal(json_array_size(json_object_get(status, "modems")), 0);
    json_decref(status);
    refused(*state, "GET", "/api/v1/modems", NULL, "503 no_daemon ");
    refused(*state, "POST", "/api/v1/modems/m1/reset", NULL, "503 no_daemon ");
    refused(*state, "POST", "/api/v1/pause", NULL, "503 no_daemon ");
}

/** A gateway with one modem whose worker cannot be started. */
struct with_modem {
    struct fixture *fixture;
    struct event_base *base;
};

static int with_a_modem(void **state)
{
    struct with_modem *with = calloc(1, sizeof(*with));
    assert_non_null(with);
    with->fixture =
        fixture_open("{ name = \"m1\"; device = \"/dev/nothing-here\"; }");
    with->base = event_base_new();
    struct app *app = &with->fixture->app;
    struct dispatch_rooms rooms = {.base = with->base,
        .store = app->store,
        .clock = &app->clock,
        .config = &app->config,
        .outbox = app->outbox,
        .campaigns = app->campaigns,
        .worker_path = "/nonexistent/kabari-modem",
        .clock_behind = &app->clock_behind};
    struct dispatch_events events = {0};
    assert_int_equal(dispatch_open(&rooms, &events, &app->dispatch), KB_OK);
    assert_int_equal(dispatch_start(app->dispatch), KB_OK);
    *state = with;
    return 0;
}

static int free_with_modem(void **state)
{
    struct with_modem *with = *state;
    void *fixture = with->fixture;
    assert_int_equal(fixture_free(&fixture), 0);
    event_base_free(with->base);
    free(with);
    return 0;
}

static void a_modem_is_shown(void **state)
{
    struct with_modem *with = *state;
    json_t *list = ask(with->fixture, "GET", "/api/v1/modems", NULL, 200);
    assert_int_equal(json_array_size(list), 1);
    const json_t *modem = json_array_get(list, 0);
    assert_string_equal(text_of(modem, "name"), "m1");
    assert_true(text_of(modem, "state")[0] != '\0');
    assert_true(json_is_null(json_object_get(modem, "signal")));
    assert_true(json_is_null(json_object_get(modem, "credit")));
    assert_int_equal(number_of(modem, "queued"), 0);
    assert_int_equal(number_of(modem, "sent_today"), 0);
    json_decref(list);
    refused(with->fixture, "GET", "/api/v1/modems/m9", NULL, "404 not_found ");
}

static void a_modem_is_paused_and_resumed(void **state)
{
    struct with_modem *with = *state;
    json_t *modem =
        ask(with->fixture, "POST", "/api/v1/modems/m1/pause", NULL, 200);
    assert_string_equal(text_of(modem, "state"), "paused");
    json_decref(modem);
    modem = ask(with->fixture, "POST", "/api/v1/modems/m1/resume", NULL, 200);
    assert_string_not_equal(text_of(modem, "state"), "paused");
    json_decref(modem);
    refused(with->fixture, "POST", "/api/v1/modems/m9/pause", NULL,
        "404 not_found ");
}

static void a_modems_log_is_read_from_a_line_on(void **state)
{
    struct with_modem *with = *state;
    json_t *lines =
        ask(with->fixture, "GET", "/api/v1/modems/m1/log?after=0", NULL, 200);
    assert_true(json_is_array(lines));
    json_decref(lines);
    refused(with->fixture, "GET", "/api/v1/modems/m1/log?after=x", NULL,
        "422 invalid after");
    refused(
        with->fixture, "GET", "/api/v1/modems/m9/log", NULL, "404 not_found ");
}

static void a_ussd_code_to_a_modem_that_is_not_ready_is_503(void **state)
{
    struct with_modem *with = *state;
    refused(with->fixture, "POST", "/api/v1/modems/m1/ussd",
        "{\"code\":\"*888#\"}", "503 closed ");
    refused(with->fixture, "POST", "/api/v1/modems/m9/ussd",
        "{\"code\":\"*888#\"}", "404 not_found ");
    refused(with->fixture, "POST", "/api/v1/modems/m1/ussd", "{}",
        "422 invalid code");
}

static void all_sending_is_paused_and_resumed(void **state)
{
    struct with_modem *with = *state;
    tell(with->fixture, "POST", "/api/v1/pause", NULL, 200);
    json_t *status = ask(with->fixture, "GET", "/api/v1/status", NULL, 200);
    assert_true(json_is_true(json_object_get(status, "paused")));
    assert_true(text_of(status, "hold_reason")[0] != '\0');
    json_decref(status);
    tell(with->fixture, "POST", "/api/v1/resume", NULL, 200);
    status = ask(with->fixture, "GET", "/api/v1/status", NULL, 200);
    assert_true(json_is_false(json_object_get(status, "paused")));
    json_decref(status);
}

static const json_t *setting(const json_t *settings, const char *name)
{
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach(json_object_get(settings, "settings"), i, one)
    {
        if (strcmp(text_of(one, "name"), name) == 0) {
            return one;
        }
    }
    fail_msg("there is no setting %s", name);
    return NULL;
}

static void settings_are_shown_with_where_they_come_from(void **state)
{
    struct with_modem *with = *state;
    json_t *settings = ask(with->fixture, "GET", "/api/v1/settings", NULL, 200);
    const json_t *zone = setting(settings, "site.name");
    assert_string_equal(text_of(zone, "value"), "DUKCAPIL MABAR");
    assert_non_null(strstr(text_of(zone, "source"), "kabari.conf:"));
    assert_string_equal(
        text_of(setting(settings, "inbox.alarm_h"), "source"), "default");
    assert_string_equal(
        text_of(setting(settings, "inbox.alarm_h"), "value"), "24");
    assert_string_equal(
        text_of(setting(settings, "modems[0].name"), "value"), "m1");
    json_decref(settings);
}

static void settings_are_what_the_gateway_has_taken(void **state)
{
    struct with_modem *with = *state;
    struct fixture *fixture = with->fixture;
    struct why why = {0};
    json_t *before = ask(fixture, "GET", "/api/v1/settings", NULL, 200);
    assert_true(json_is_false(json_object_get(before, "changed")));
    fixture_configure(fixture,
        "{ name = \"m1\"; device = \"/dev/nothing-here\"; "
        "pause_ms = 17; }");
    json_t *after = ask(fixture, "GET", "/api/v1/settings", NULL, 200);
    assert_true(json_is_true(json_object_get(after, "changed")));
    assert_true(json_equal(json_object_get(before, "settings"),
        json_object_get(after, "settings")));
    json_decref(before);
    json_decref(after);
    assert_int_equal(app_reload(&fixture->app, &why), KB_OK);
    after = ask(fixture, "GET", "/api/v1/settings", NULL, 200);
    assert_true(json_is_false(json_object_get(after, "changed")));
    assert_string_equal(
        text_of(setting(after, "modems[0].pause_ms"), "value"), "17");
    json_decref(after);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new_filled, fixture_free)
#define TEST_MODEM(name)                                                       \
    cmocka_unit_test_setup_teardown(name, with_a_modem, free_with_modem)
    const struct CMUnitTest tests[] = {
        TEST(the_status_counts_what_there_is),
        TEST(without_a_daemon_there_are_no_modems),
        TEST_MODEM(a_modem_is_shown),
        TEST_MODEM(a_modem_is_paused_and_resumed),
        TEST_MODEM(a_modems_log_is_read_from_a_line_on),
        TEST_MODEM(a_ussd_code_to_a_modem_that_is_not_ready_is_503),
        TEST_MODEM(all_sending_is_paused_and_resumed),
        TEST_MODEM(settings_are_shown_with_where_they_come_from),
        TEST_MODEM(settings_are_what_the_gateway_has_taken),
    };
    return cmocka_run_group_tests_name(
        "api: status, modems", tests, NULL, NULL);
}
