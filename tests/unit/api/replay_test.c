// SPDX-License-Identifier: GPL-2.0-or-later
/* Idempotency-Key: whoever sends a POST twice has one effect and one answer. */
#include "api_fixture.h"

#define MESSAGES "/api/v1/messages"
#define ONE      "{\"phone\":\"081200009001\",\"text\":\"Halo\"}"
#define OTHER    "{\"phone\":\"081200009001\",\"text\":\"Halo lagi\"}"

static void post_as(struct fixture *fixture, const char *who, const char *key,
    const char *body, struct heard *heard)
{
    struct api_request request = {
        .method = "POST",
        .path = MESSAGES,
        .content_type = "application/json",
        .body = body,
        .body_bytes = strlen(body),
        .who = who,
        .idempotency_key = key,
    };
    api_handle(fixture->api, &request, on_heard, heard);
}

static void post(struct fixture *fixture, const char *key, const char *body,
    struct heard *heard)
{
    post_as(fixture, "test", key, body, heard);
}

static size_t messages(struct fixture *fixture)
{
    json_t *list = ask(fixture, "GET", MESSAGES, NULL, 200);
    size_t count = json_array_size(list);
    json_decref(list);
    return count;
}

static void assert_code(const struct heard *heard, int status, const char *code)
{
    assert_int_equal(heard->status, status);
    assert_string_equal(text_of(error_of(heard->json), "code"), code);
}

static void the_same_post_twice_has_one_effect_and_one_answer(void **state)
{
    struct fixture *fixture = *state;
    struct heard first = {0};
    struct heard second = {0};
    post(fixture, "key-1", ONE, &first);
    wait_for(fixture, &first);
    post(fixture, "key-1", ONE, &second);
    wait_for(fixture, &second);
    assert_int_equal(first.status, 201);
    assert_int_equal(second.status, 201);
    assert_string_equal(first.text, second.text);
    assert_string_equal(first.type, second.type);
    assert_int_equal(messages(fixture), 1);
    heard_clear(&first);
    heard_clear(&second);
}

static void another_body_under_the_same_key_is_422(void **state)
{
    struct fixture *fixture = *state;
    struct heard first = {0};
    struct heard second = {0};
    post(fixture, "key-1", ONE, &first);
    wait_for(fixture, &first);
    post(fixture, "key-1", OTHER, &second);
    wait_for(fixture, &second);
    assert_code(&second, 422, "idempotency_key");
    assert_string_equal(
        text_of(error_of(second.json), "field"), "Idempotency-Key");
    assert_int_equal(messages(fixture), 1);
    heard_clear(&first);
    heard_clear(&second);
}

static void while_the_first_waits_for_its_commit_the_second_is_409(void **state)
{
    struct fixture *fixture = *state;
    struct heard first = {0};
    struct heard second = {0};
    post(fixture, "key-1", ONE, &first);
    assert_int_equal(first.answers, 0);
    post(fixture, "key-1", ONE, &second);
    assert_code(&second, 409, "in_progress");
    wait_for(fixture, &first);
    assert_int_equal(first.status, 201);
    assert_int_equal(messages(fixture), 1);
    heard_clear(&first);
    heard_clear(&second);
}

static void a_key_is_its_askers_own(void **state)
{
    struct fixture *fixture = *state;
    struct heard first = {0};
    struct heard second = {0};
    post_as(fixture, "token:a", "key-1", ONE, &first);
    wait_for(fixture, &first);
    post_as(fixture, "token:b", "key-1", ONE, &second);
    wait_for(fixture, &second);
    assert_int_equal(second.status, 201);
    assert_int_equal(messages(fixture), 2);
    heard_clear(&first);
    heard_clear(&second);
}

static void what_was_refused_may_be_tried_again_with_the_same_key(void **state)
{
    struct fixture *fixture = *state;
    struct heard bad = {0};
    struct heard good = {0};
    post(fixture, "key-1", "{\"phone\":\"1\",\"text\":\"x\"}", &bad);
    wait_for(fixture, &bad);
    assert_int_equal(bad.status, 422);
    post(fixture, "key-1", ONE, &good);
    wait_for(fixture, &good);
    assert_int_equal(good.status, 201);
    heard_clear(&bad);
    heard_clear(&good);
}

static void a_key_that_is_none_is_refused(void **state)
{
    struct fixture *fixture = *state;
    char lengthy[300];
    const char *const keys[] = {"", "two words", "k\xc3\xa9y", lengthy};
    memset(lengthy, 'k', sizeof(lengthy) - 1);
    lengthy[sizeof(lengthy) - 1] = '\0';
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct heard heard = {0};
        post(fixture, keys[i], ONE, &heard);
        wait_for(fixture, &heard);
        assert_code(&heard, 422, "invalid");
        heard_clear(&heard);
    }
    assert_int_equal(messages(fixture), 0);
}

static void a_lost_commit_takes_the_kept_answer_with_it(void **state)
{
    struct fixture *fixture = *state;
    struct heard lost = {0};
    struct heard again = {0};
    post(fixture, "key-1", ONE, &lost);
    assert_int_equal(sqlite3_exec(store_db(fixture->app.store), "ROLLBACK",
                         NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_not_equal(store_commit(fixture->app.store), KB_OK);
    assert_int_equal(lost.status, 503);
    post(fixture, "key-1", ONE, &again);
    wait_for(fixture, &again);
    assert_int_equal(again.status, 201);
    assert_int_equal(messages(fixture), 1);
    heard_clear(&lost);
    heard_clear(&again);
}

static struct api_request import_of(const char *csv)
{
    return (struct api_request){
        .method = "POST",
        .path = "/api/v1/residents/import",
        .content_type = "text/csv",
        .body = csv,
        .body_bytes = strlen(csv),
        .who = "test",
        .idempotency_key = "list-of-august",
    };
}

static void an_import_twice_answers_as_the_first(void **state)
{
    struct fixture *fixture = *state;
    struct heard first = {0};
    struct heard second = {0};
    struct api_request request = import_of(RESIDENTS_CSV);
    api_handle(fixture->api, &request, on_heard, &first);
    wait_for(fixture, &first);
    api_handle(fixture->api, &request, on_heard, &second);
    wait_for(fixture, &second);
    assert_int_equal(first.status, 200);
    assert_string_equal(first.text, second.text);
    assert_int_equal(number_of(second.json, "unchanged"), 3);
    heard_clear(&first);
    heard_clear(&second);
}

/** Half of the work, and then the gateway goes. */
static void an_import_that_was_cut_off_is_not_begun_again(void **state)
{
    struct fixture *fixture = *state;
    struct heard first = {0};
    struct heard second = {0};
    struct heard other = {0};
    struct api_request request = import_of(RESIDENTS_CSV);
    api_handle(fixture->api, &request, on_heard, &first);
    assert_int_equal(store_commit(fixture->app.store), KB_OK);
    assert_int_equal(first.answers, 0);
    api_close(fixture->api);
    assert_int_equal(api_open(&fixture->app, &fixture->api), KB_OK);
    assert_int_equal(first.status, 503);
    api_handle(fixture->api, &request, on_heard, &second);
    assert_code(&second, 409, "interrupted");
    request.body_bytes--;
    api_handle(fixture->api, &request, on_heard, &other);
    assert_code(&other, 422, "idempotency_key");
    heard_clear(&first);
    heard_clear(&second);
    heard_clear(&other);
}

static void an_import_that_was_refused_gives_its_key_back(void **state)
{
    struct fixture *fixture = *state;
    struct heard bad = {0};
    struct heard again = {0};
    struct api_request request = import_of("nothing\nof use\n");
    api_handle(fixture->api, &request, on_heard, &bad);
    wait_for(fixture, &bad);
    assert_int_equal(bad.status, 422);
    api_handle(fixture->api, &request, on_heard, &again);
    wait_for(fixture, &again);
    assert_int_equal(again.status, 422);
    assert_string_equal(bad.text, again.text);
    heard_clear(&bad);
    heard_clear(&again);
}

static void an_answer_is_kept_for_a_day(void **state)
{
    struct fixture *fixture = *state;
    struct heard first = {0};
    struct heard second = {0};
    post(fixture, "key-1", ONE, &first);
    wait_for(fixture, &first);
    assert_int_equal(
        store_exec(fixture->app.store,
            "UPDATE replay SET at_ms = at_ms - 24 * 3600 * 1000 - 1000"),
        KB_OK);
    api_tick(fixture->api);
    assert_int_equal(store_commit(fixture->app.store), KB_OK);
    post(fixture, "key-1", ONE, &second);
    wait_for(fixture, &second);
    assert_int_equal(messages(fixture), 2);
    heard_clear(&first);
    heard_clear(&second);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new_filled, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(the_same_post_twice_has_one_effect_and_one_answer),
        TEST(another_body_under_the_same_key_is_422),
        TEST(while_the_first_waits_for_its_commit_the_second_is_409),
        TEST(a_key_is_its_askers_own),
        TEST(what_was_refused_may_be_tried_again_with_the_same_key),
        TEST(a_key_that_is_none_is_refused),
        TEST(a_lost_commit_takes_the_kept_answer_with_it),
        TEST(an_import_twice_answers_as_the_first),
        TEST(an_import_that_was_cut_off_is_not_begun_again),
        TEST(an_import_that_was_refused_gives_its_key_back),
        TEST(an_answer_is_kept_for_a_day),
    };
    return cmocka_run_group_tests_name(
        "api: Idempotency-Key", tests, NULL, NULL);
}
