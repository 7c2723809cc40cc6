// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "tests/unit/api/api_fixture.h"

#define HALO "{\"phone\":\"081200009001\",\"text\":\"halo\"}"

static int64_t post(struct fixture *fixture, const char *body)
{
    json_t *made = ask(fixture, "POST", "/api/v1/messages", body, 201);
    int64_t id = number_of(made, "id");
    json_decref(made);
    return id;
}

static json_t *show(struct fixture *fixture, int64_t id)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/api/v1/messages/%lld", (long long)id);
    return ask(fixture, "GET", path, NULL, 200);
}

static void a_message_is_taken_and_shown(void **state)
{
    struct fixture *fixture = *state;
    json_t *made = ask(fixture, "POST", "/api/v1/messages",
        "{\"phone\":\"0812-0000-9001\",\"text\":\"halo\",\"priority\":\"bulk\","
        "\"at\":\"2016-09-02 09:00\",\"expire\":\"2016-09-03T09:00:00+08:00\","
        "\"ref\":\"A1\"}",
        201);
    assert_string_equal(text_of(made, "phone"), "+6281200009001");
    assert_string_equal(text_of(made, "state"), "queued");
    assert_int_equal(number_of(made, "parts"), 1);
    json_t *shown = show(fixture, number_of(made, "id"));
    assert_string_equal(text_of(shown, "text"), "halo");
    assert_string_equal(text_of(shown, "priority"), "bulk");
    assert_string_equal(text_of(shown, "ref"), "A1");
    assert_string_equal(text_of(shown, "due"), "2016-09-02T09:00:00+08:00");
    assert_string_equal(text_of(shown, "expires"), "2016-09-03T09:00:00+08:00");
    assert_true(json_is_array(json_object_get(shown, "parts")));
    assert_true(json_is_null(json_object_get(shown, "settled")));
    json_decref(shown);
    json_decref(made);
}

static void a_wrong_message_names_its_field(void **state)
{
    static const char *const wrong[][2] = {
        {"{\"text\":\"halo\"}",                                       "phone"   },
        {"{\"phone\":\"\",\"text\":\"halo\"}",                        "phone"   },
        {"{\"phone\":\"0385123456\",\"text\":\"halo\"}",              "phone"   },
        {"{\"phone\":\"081200009001\",\"text\":\"\"}",                "text"    },
        {"{\"phone\":\"081200009001\",\"text\":\"a\","
         "\"priority\":\"high\"}",                           "priority"},
        {"{\"phone\":\"081200009001\",\"text\":\"a\","
         "\"expire\":\"2016-08-31\"}",                       "expire"  },
        {"{\"phone\":\"081200009001\",\"text\":\"a\","
         "\"at\":\"2016-09-03\",\"expire\":\"2016-09-02\"}", "expire"  },
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char expected[64];
        (void)snprintf(
            expected, sizeof(expected), "422 invalid %s", wrong[i][1]);
        refused(*state, "POST", "/api/v1/messages", wrong[i][0], expected);
    }
}

static void a_short_code_can_be_written_to(void **state)
{
    json_t *made = ask(*state, "POST", "/api/v1/messages",
        "{\"phone\":\"3636\",\"text\":\"INFO\"}", 201);
    assert_string_equal(text_of(made, "phone"), "3636");
    json_decref(made);
}

static void a_batch_is_taken_whole(void **state)
{
    struct fixture *fixture = *state;
    json_t *made =
        ask(fixture, "POST", "/api/v1/messages", "[" HALO "," HALO "]", 201);
    assert_int_equal(number_of(made, "count"), 2);
    assert_int_equal(json_array_size(json_object_get(made, "ids")), 2);
    json_decref(made);
}

static void a_batch_with_one_bad_row_is_not_taken_at_all(void **state)
{
    struct fixture *fixture = *state;
    json_t *answer = ask(fixture, "POST", "/api/v1/messages",
        "[" HALO ",{\"phone\":\"12\"}," HALO ",7]", 422);
    const json_t *rows = json_object_get(error_of(answer), "rows");
    assert_int_equal(json_array_size(rows), 2);
    assert_int_equal(number_of(json_array_get(rows, 0), "row"), 2);
    assert_string_equal(text_of(json_array_get(rows, 0), "field"), "text");
    assert_int_equal(number_of(json_array_get(rows, 1), "row"), 4);
    json_decref(answer);
    json_t *list = ask(fixture, "GET", "/api/v1/messages", NULL, 200);
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
}

/** An array of so many rows, longer than what is taken at once. */
static struct buf long_batch(int rows, const char *last)
{
    struct buf body = {0};
    for (int i = 1; i < rows; i++) {
        buf_printf(&body, "%s\n {\"phone\":\"0812%08d\",\"text\":\"Halo %d\"}",
            i == 1 ? "[" : ",", 90000000 + i, i);
    }
    buf_printf(&body, ",%s]\n", last);
    return body;
}

static int64_t count_of(struct fixture *fixture, const char *state)
{
    json_t *status = ask(fixture, "GET", "/api/v1/status", NULL, 200);
    int64_t count = number_of(json_object_get(status, "queue"), state);
    json_decref(status);
    return count;
}

static void a_long_batch_is_taken_whole_with_ids_in_a_row(void **state)
{
    struct fixture *fixture = *state;
    char target[64];
    struct buf body = long_batch(3000, HALO);
    tell(fixture, "POST", "/api/v1/messages", HALO, 201);
    json_t *made = ask(fixture, "POST", "/api/v1/messages", body.data, 201);
    const json_t *ids = json_object_get(made, "ids");
    assert_int_equal(number_of(made, "count"), 3000);
    assert_int_equal(json_array_size(ids), 3000);
    assert_int_equal(count_of(fixture, "queued"), 3001);
    for (size_t i = 0; i < 3000; i++) {
        assert_int_equal(json_integer_value(json_array_get(ids, i)), 2 + i);
    }
    (void)snprintf(target, sizeof(target), "/api/v1/messages/%d", 2 + 1233);
    json_t *one = ask(fixture, "GET", target, NULL, 200);
    assert_string_equal(text_of(one, "text"), "Halo 1234");
    json_decref(one);
    json_decref(made);
    buf_clear(&body);
}

static void a_long_batch_with_one_bad_row_is_not_taken_at_all(void **state)
{
    struct fixture *fixture = *state;
    struct buf body = long_batch(1000, "{\"phone\":\"12\"}");
    json_t *answer = ask(fixture, "POST", "/api/v1/messages", body.data, 422);
    const json_t *rows = json_object_get(error_of(answer), "rows");
    assert_int_equal(json_array_size(rows), 1);
    assert_int_equal(number_of(json_array_get(rows, 0), "row"), 1000);
    assert_int_equal(count_of(fixture, "queued"), 0);
    json_decref(answer);
    buf_clear(&body);
    json_t *audit = ask(fixture, "GET", "/api/v1/audit", NULL, 200);
    assert_int_equal(json_array_size(audit), 0);
    json_decref(audit);
}

static void a_long_batch_that_is_no_json_is_400(void **state)
{
    static const char *const ends[] = {"{\"phone\":", "", "7 8", HALO "]]",
        HALO HALO, HALO "] x", "{\"text\":\"a\",\"text\":\"b\"}"};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct buf body = long_batch(1000, ends[i]);
        refused(
            fixture, "POST", "/api/v1/messages", body.data, "400 bad_request ");
        buf_clear(&body);
    }
    assert_int_equal(count_of(fixture, "queued"), 0);
}

static void a_nul_in_a_long_batch_is_400(void **state)
{
    struct fixture *fixture = *state;
    struct buf body = long_batch(1000, HALO);
    static const double places[] = {0.0001, 0.5, 0.9999};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        struct heard heard = {0};
        size_t at = (size_t)((double)body.used * places[i]);
        char was = body.data[at];
        struct api_request request = {.method = "POST",
            .path = "/api/v1/messages",
            .content_type = "application/json",
            .body = body.data,
            .body_bytes = body.used,
            .who = "test"};
        body.data[at] = '\0';
        api_handle(fixture->api, &request, on_heard, &heard);
        wait_for(fixture, &heard);
        assert_int_equal(heard.status, 400);
        heard_clear(&heard);
        body.data[at] = was;
    }
    buf_clear(&body);
}

/** One turn of a loop. */
static void turn(struct fixture *fixture)
{
    (void)api_work(fixture->api);
    assert_int_equal(store_commit(fixture->app.store), KB_OK);
}

/** The rest of the gateway has its turn between two slices. */
static void a_long_batch_holds_nobody_up(void **state)
{
    struct fixture *fixture = *state;
    struct heard heard = {0};
    int turns = 0;
    struct buf body = long_batch(10000, HALO);
    hand_over(fixture, "POST", "/api/v1/messages", body.data, &heard);
    buf_clear(&body);
    for (; heard.answers == 0; turns++) {
        assert_true(turns < 100000);
        turn(fixture);
        if (turns == 2) {
            tell(fixture, "GET", "/api/v1/messages/1", NULL, 404);
        }
    }
    assert_int_equal(heard.status, 201);
    assert_true(turns > 10);
    heard_clear(&heard);
}

static void reopen(struct fixture *fixture)
{
    struct app_options options = {
        .config_file = fixture->config, .holder = "kabari"};
    api_close(fixture->api);
    app_close(&fixture->app);
    assert_int_equal(
        app_open(&options, &fixture->app, &(struct why){0}), KB_OK);
    fixture->app.clock = clock_fixed(FIXTURE_NOW_MS);
    assert_int_equal(api_open(&fixture->app, &fixture->api), KB_OK);
}

#define CUT_ROWS 1200

/** Ends the gateway after so many commits of a batch; how many messages there
 *  are when the next one has nothing left to do. */
static int64_t left_after(struct fixture *fixture, int commits)
{
    struct heard heard = {0};
    struct buf body = long_batch(CUT_ROWS, HALO);
    hand_over(fixture, "POST", "/api/v1/messages", body.data, &heard);
    buf_clear(&body);
    for (int i = 0; i < commits && heard.answers == 0; i++) {
        turn(fixture);
    }
    reopen(fixture);
    heard_clear(&heard);
    while (api_work(fixture->api)) {
        assert_int_equal(store_commit(fixture->app.store), KB_OK);
    }
    assert_int_equal(store_commit(fixture->app.store), KB_OK);
    return count_of(fixture, "queued");
}

static void wherever_a_long_batch_is_cut_off_all_or_nothing_stays(void **state)
{
    struct fixture *fixture = *state;
    int64_t before = 0;
    bool none = false;
    bool all = false;
    for (int commits = 1; commits < 200; commits *= 2) {
        int64_t after = left_after(fixture, commits);
        none = none || after == before;
        all = all || after == before + CUT_ROWS;
        assert_true(after == before || after == before + CUT_ROWS);
        before = after;
    }
    assert_true(none && all);
}

static void a_row_that_expires_meanwhile_is_a_message_all_the_same(void **state)
{
    struct fixture *fixture = *state;
    struct heard heard = {0};
    struct buf body = long_batch(1000,
        "{\"phone\":\"081200009001\",\"text\":\"soon\",\"expire\":"
        "\"2016-09-01 08:05\"}," HALO);
    hand_over(fixture, "POST", "/api/v1/messages", body.data, &heard);
    buf_clear(&body);
    for (int i = 0; i < 1000 && count_of(fixture, "queued") == 0; i++) {
        turn(fixture);
    }
    assert_int_equal(heard.answers, 0);
    fixture->app.clock = clock_fixed(FIXTURE_NOW_MS + 3600000);
    wait_for(fixture, &heard);
    assert_int_equal(heard.status, 201);
    assert_int_equal(count_of(fixture, "queued"), 1001);
    heard_clear(&heard);
}

static void a_batch_of_more_than_ten_thousand_is_refused(void **state)
{
    struct buf body = {0};
    for (int i = 0; i <= 10000; i++) {
        buf_add_text(&body, i == 0 ? "[" HALO : "," HALO);
    }
    buf_add_text(&body, "]");
    refused(*state, "POST", "/api/v1/messages", body.data, "422 invalid ");
    refused(*state, "POST", "/api/v1/messages", "[]", "422 invalid ");
    buf_clear(&body);
}

static void lists_are_complete_filtered_and_paged(void **state)
{
    struct fixture *fixture = *state;
    struct buf body = {0};
    for (int i = 0; i < 450; i++) {
        buf_printf(&body, "%s{\"phone\":\"08120000900%d\",\"text\":\"halo\"}",
            i == 0 ? "[" : ",", i % 2);
    }
    buf_add_text(&body, "]");
    tell(fixture, "POST", "/api/v1/messages", body.data, 201);
    buf_clear(&body);
    json_t *all = ask(fixture, "GET", "/api/v1/messages", NULL, 200);
    assert_int_equal(json_array_size(all), 450);
    int64_t newest = number_of(json_array_get(all, 0), "id");
    assert_true(newest > number_of(json_array_get(all, 449), "id"));
    json_decref(all);
    json_t *one = ask(fixture, "GET",
        "/api/v1/messages?phone=081200009001&state=queued", NULL, 200);
    assert_int_equal(json_array_size(one), 225);
    json_decref(one);
    json_t *page = ask(fixture, "GET", "/api/v1/messages?limit=250", NULL, 200);
    assert_int_equal(json_array_size(page), 250);
    char next[64];
    (void)snprintf(next, sizeof(next), "/api/v1/messages?cursor=%lld",
        (long long)number_of(json_array_get(page, 249), "id"));
    json_decref(page);
    page = ask(fixture, "GET", next, NULL, 200);
    assert_int_equal(json_array_size(page), 200);
    json_decref(page);
}

static void a_list_filter_that_means_nothing_is_refused(void **state)
{
    refused(*state, "GET", "/api/v1/messages?state=lost", NULL,
        "422 invalid state");
    refused(
        *state, "GET", "/api/v1/messages?phone=abc", NULL, "422 invalid phone");
    refused(
        *state, "GET", "/api/v1/messages?limit=-1", NULL, "422 invalid limit");
}

static void cancelling_and_retrying_move_a_message(void **state)
{
    struct fixture *fixture = *state;
    char path[64];
    int64_t id = post(fixture, HALO);
    (void)snprintf(
        path, sizeof(path), "/api/v1/messages/%lld/cancel", (long long)id);
    json_t *after = ask(fixture, "POST", path, NULL, 200);
    assert_string_equal(text_of(after, "state"), "cancelled");
    json_decref(after);
    refused(fixture, "POST", path, NULL, "409 refused ");
    (void)snprintf(
        path, sizeof(path), "/api/v1/messages/%lld/retry", (long long)id);
    after = ask(fixture, "POST", path, "{}", 200);
    assert_string_equal(text_of(after, "state"), "queued");
    json_decref(after);
    refused(fixture, "POST", path, NULL, "409 refused ");
}

static void why_says_what_a_message_waits_for(void **state)
{
    struct fixture *fixture = *state;
    char path[64];
    int64_t id = post(fixture, "{\"phone\":\"081200009001\",\"text\":\"a\","
                               "\"at\":\"2016-09-02 09:00\"}");
    (void)snprintf(
        path, sizeof(path), "/api/v1/messages/%lld/why", (long long)id);
    json_t *why = ask(fixture, "GET", path, NULL, 200);
    assert_non_null(strstr(text_of(why, "why"), "2016-09-02 09:00"));
    assert_non_null(strstr(text_of(why, "why"), "start kabarid"));
    json_decref(why);
}

static void a_message_that_is_not_there_is_not_found(void **state)
{
    static const char *const paths[] = {"/api/v1/messages/999",
        "/api/v1/messages/0", "/api/v1/messages/-1", "/api/v1/messages/abc",
        "/api/v1/messages/99999999999999999999", "/api/v1/messages/999/why"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        refused(*state, "GET", paths[i], NULL, "404 not_found ");
    }
    refused(
        *state, "POST", "/api/v1/messages/999/cancel", NULL, "404 not_found ");
    refused(
        *state, "POST", "/api/v1/messages/999/retry", NULL, "404 not_found ");
}

static void hostile_text_is_kept_and_shown_as_it_is(void **state)
{
    static const char body[] =
        "{\"phone\":\"081200009001\",\"text\":\"<script>'; DROP TABLE "
        "message;--{name}\"}";
    json_t *shown = show(*state, post(*state, body));
    assert_string_equal(
        text_of(shown, "text"), "<script>'; DROP TABLE message;--{name}");
    json_decref(shown);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(a_message_is_taken_and_shown),
        TEST(a_wrong_message_names_its_field),
        TEST(a_short_code_can_be_written_to),
        TEST(a_batch_is_taken_whole),
        TEST(a_batch_with_one_bad_row_is_not_taken_at_all),
        TEST(a_long_batch_is_taken_whole_with_ids_in_a_row),
        TEST(a_long_batch_with_one_bad_row_is_not_taken_at_all),
        TEST(a_long_batch_that_is_no_json_is_400),
        TEST(a_nul_in_a_long_batch_is_400),
        TEST(a_long_batch_holds_nobody_up),
        TEST(wherever_a_long_batch_is_cut_off_all_or_nothing_stays),
        TEST(a_row_that_expires_meanwhile_is_a_message_all_the_same),
        TEST(a_batch_of_more_than_ten_thousand_is_refused),
        TEST(lists_are_complete_filtered_and_paged),
        TEST(a_list_filter_that_means_nothing_is_refused),
        TEST(cancelling_and_retrying_move_a_message),
        TEST(why_says_what_a_message_waits_for),
        TEST(a_message_that_is_not_there_is_not_found),
        TEST(hostile_text_is_kept_and_shown_as_it_is),
    };
    return cmocka_run_group_tests_name("api: messages", tests, NULL, NULL);
}
