// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/api/api_fixture.h"

#include <poll.h>

/* What reads the whole list: forecast, report, who has no phone; at once and
   in the second thread. */

#define CAMPAIGNS "/api/v1/campaigns"
#define C         CAMPAIGNS "/september"
#define SEPTEMBER                                                              \
    "{\"name\":\"september\",\"template\":\"remind_first\","                   \
    "\"deadline\":\"2016-09-30\"}"
#define WAIT_MS 20000

static int with_a_draft(void **state)
{
    struct fixture *fixture = fixture_open("");
    fixture_fill(fixture);
    tell(fixture, "POST", CAMPAIGNS, SEPTEMBER, 201);
    *state = fixture;
    return 0;
}

static int with_a_thread(void **state)
{
    struct why why = {0};
    (void)with_a_draft(state);
    struct fixture *fixture = *state;
    assert_int_equal(store_commit(fixture->app.store), KB_OK);
    assert_int_equal(api_read_in_thread(fixture->api, &why), KB_OK);
    return 0;
}

static void wait_for_thread(struct fixture *fixture, const struct heard *heard)
{
    struct pollfd ready = {
        .fd = api_readings_fd(fixture->api), .events = POLLIN};
    while (heard->answers == 0) {
        assert_int_equal(poll(&ready, 1, WAIT_MS), 1);
        api_readings_done(fixture->api);
    }
}

static void a_forecast_has_a_series_per_office_and_what_binds(void **state)
{
    json_t *forecast = ask(*state, "GET", C "/forecast", NULL, 200);
    assert_string_equal(text_of(forecast, "deadline"), "2016-09-30");
    size_t days = json_array_size(json_object_get(forecast, "days"));
    assert_int_equal(days, 30);
    json_t *office = NULL;
    size_t i = 0;
    int64_t needed = 0;
    json_array_foreach(json_object_get(forecast, "offices"), i, office)
    {
        json_t *series = json_object_get(office, "series");
        needed += number_of(office, "needed");
        assert_int_equal(
            json_array_size(json_object_get(series, "told")), days);
        assert_int_equal(
            json_array_size(json_object_get(office, "what_if")), 4);
        assert_true(
            strlen(text_of(json_object_get(office, "constraint"), "text")) > 0);
    }
    assert_true(i > 0);
    assert_int_equal(needed, number_of(forecast, "needed"));
    /* No modem is there. */
    assert_true(json_is_true(json_object_get(forecast, "missed")));
    assert_string_equal(
        text_of(json_object_get(forecast, "constraint"), "kind"), "quota");
    json_decref(forecast);
}

static void a_report_tells_people_from_messages(void **state)
{
    json_t *report = ask(*state, "GET", C "/report", NULL, 200);
    assert_int_equal(number_of(report, "sent"), 0);
    json_t *people = json_object_get(report, "people");
    assert_int_equal(number_of(people, "told"), 0);
    assert_true(json_is_null(json_object_get(people, "came_percent")));
    assert_true(json_is_null(json_object_get(report, "effect_points")));
    assert_true(json_is_array(json_object_get(report, "steps")));
    assert_int_equal(number_of(report, "opt_outs"), 0);
    json_decref(report);
}

static void csv_says_what_it_is(void **state)
{
    static const char *const routes[][2] = {
        {C "/forecast?format=csv", "day,office,"         },
        {C "/report?format=csv",   "section,name,"       },
        {C "/no_phone?format=csv", "kecamatan,desa,kanto"},
    };
    for (size_t i = 0; i < 3; i++) {
        struct heard heard = {0};
        hand_over(*state, "GET", routes[i][0], NULL, &heard);
        wait_for(*state, &heard);
        assert_int_equal(heard.status, 200);
        assert_true(str_starts(heard.type, "text/csv"));
        assert_true(str_starts(heard.text, routes[i][1]));
        heard_clear(&heard);
    }
}

static void what_is_not_there_or_over_is_refused(void **state)
{
    refused(*state, "GET", CAMPAIGNS "/none/forecast", NULL, "404 not_found ");
    refused(*state, "GET", CAMPAIGNS "/none/no_phone", NULL, "404 not_found ");
    refused(*state, "GET", CAMPAIGNS "/none/report", NULL, "404 not_found ");
    refused(*state, "GET", C "/report?format=xml", NULL, "422 invalid format");
    struct fixture *fixture = *state;
    fixture->app.clock = clock_fixed(FIXTURE_NOW_MS + 40 * 86400000LL);
    refused(*state, "GET", C "/forecast", NULL, "409 refused deadline");
    refused(*state, "GET", C "/preview", NULL, "409 refused deadline");
}

static void those_without_a_phone_are_grouped_by_desa(void **state)
{
    struct fixture *fixture = *state;
    tell(fixture, "PATCH", "/api/v1/residents/5315050101909001",
        "{\"phone\":\"\"}", 200);
    json_t *list = ask(*state, "GET", C "/no_phone", NULL, 200);
    assert_int_equal(json_array_size(list), 1);
    json_t *desa = json_array_get(list, 0);
    assert_string_equal(text_of(desa, "office"), "LEMBOR");
    assert_int_equal(number_of(desa, "count"), 1);
    json_t *person = json_array_get(json_object_get(desa, "people"), 0);
    assert_string_equal(text_of(person, "nik4"), "9001");
    json_decref(list);
    list = ask(*state, "GET", C "/no_phone?summary=1", NULL, 200);
    assert_null(json_object_get(json_array_get(list, 0), "people"));
    json_decref(list);
}

static void the_thread_answers_as_the_loop_does(void **state)
{
    static const char *const routes[] = {
        C "/forecast", C "/report", C "/no_phone", C "/forecast?format=csv"};
    struct fixture *fixture = *state;
    struct heard aside[4] = {0};
    for (size_t i = 0; i < 4; i++) {
        hand_over(fixture, "GET", routes[i], NULL, &aside[i]);
        assert_int_equal(aside[i].answers, 0);
    }
    for (size_t i = 0; i < 4; i++) {
        wait_for_thread(fixture, &aside[i]);
        assert_int_equal(aside[i].status, 200);
    }
    api_close(fixture->api);
    assert_int_equal(api_open(&fixture->app, &fixture->api), KB_OK);
    for (size_t i = 0; i < 4; i++) {
        struct heard here = {0};
        hand_over(fixture, "GET", routes[i], NULL, &here);
        wait_for(fixture, &here);
        assert_string_equal(here.text, aside[i].text);
        heard_clear(&here);
        heard_clear(&aside[i]);
    }
}

static void the_thread_sees_what_was_committed_and_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct heard heard = {0};
    tell(fixture, "PATCH", C, "{\"deadline\":\"2016-10-31\"}", 200);
    hand_over(fixture, "GET", C "/forecast", NULL, &heard);
    wait_for_thread(fixture, &heard);
    assert_string_equal(text_of(heard.json, "deadline"), "2016-10-31");
    heard_clear(&heard);
}

static void a_reading_that_is_left_behind_is_answered(void **state)
{
    struct fixture *fixture = *state;
    struct heard heard[20] = {0};
    for (size_t i = 0; i < 20; i++) {
        hand_over(fixture, "GET", C "/forecast", NULL, &heard[i]);
    }
    api_close(fixture->api);
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(heard[i].answers, 1);
        assert_true(heard[i].status == 200 || heard[i].status == 503);
        heard_clear(&heard[i]);
    }
    assert_int_equal(api_open(&fixture->app, &fixture->api), KB_OK);
}

static void a_reload_reaches_the_thread(void **state)
{
    struct fixture *fixture = *state;
    struct heard heard = {0};
    struct why why = {0};
    hand_over(fixture, "GET", C "/forecast", NULL, &heard);
    wait_for_thread(fixture, &heard);
    assert_true(json_is_true(json_object_get(heard.json, "missed")));
    heard_clear(&heard);
    fixture_configure(fixture, "{ name = \"m1\"; device = \"/dev/x\"; }");
    assert_int_equal(app_reload(&fixture->app, &why), KB_OK);
    assert_int_equal(api_reload(fixture->api, &why), KB_OK);
    hand_over(fixture, "GET", C "/forecast", NULL, &heard);
    wait_for_thread(fixture, &heard);
    assert_false(json_is_true(json_object_get(heard.json, "missed")));
    heard_clear(&heard);
}

int main(void)
{
#define TEST(name, setup)                                                      \
    cmocka_unit_test_setup_teardown(name, setup, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(a_forecast_has_a_series_per_office_and_what_binds, with_a_draft),
        TEST(a_report_tells_people_from_messages, with_a_draft),
        TEST(csv_says_what_it_is, with_a_draft),
        TEST(what_is_not_there_or_over_is_refused, with_a_draft),
        TEST(those_without_a_phone_are_grouped_by_desa, with_a_draft),
        TEST(the_thread_answers_as_the_loop_does, with_a_thread),
        TEST(the_thread_sees_what_was_committed_and_changes_nothing,
            with_a_thread),
        TEST(a_reading_that_is_left_behind_is_answered, with_a_thread),
        TEST(a_reload_reaches_the_thread, with_a_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
