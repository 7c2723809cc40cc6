// SPDX-License-Identifier: GPL-2.0-or-later
/* What other systems are told: written down with the event, in order, tried
 * again, given up. Posting itself is tests/flow/53. */
#include "api/callback.h"
#include "api_fixture.h"

#define HOOK "http://127.0.0.1:9/hook"
#define SIGNATURE_OF_EMPTY                                                     \
    "87999e689de1b6a11f906219161ff0cbf108efb53d13093a51e46f600d5f8ef3"

static int fixture_new_hooked(void **state)
{
    struct fixture *fixture = fixture_open("");
    struct config *config = &fixture->app.config;
    config->webhooks = calloc(1, sizeof(*config->webhooks));
    assert_non_null(config->webhooks);
    config->webhook_count = 1;
    config->webhooks[0] = (struct config_webhook){.url = strdup(HOOK),
        .secret = strdup("sixteen letters!"),
        .events = strdup("delivery,campaign")};
    assert_int_equal(api_use(fixture->api), KB_OK);
    fixture_fill(fixture);
    *state = fixture;
    return 0;
}

static struct callbacks *callbacks_of(struct fixture *fixture)
{
    return api_callbacks(fixture->api);
}

struct seen {
    int count;
    int64_t id[32];
    char text[32][400];
};

static void on_due(void *arg, const struct callback *callback)
{
    struct seen *seen = arg;
    assert_true(seen->count < 32);
    seen->id[seen->count] = callback->id;
    (void)snprintf(seen->text[seen->count], sizeof(seen->text[0]), "%s %s %s",
        callback->event, callback->subject, callback->data);
    seen->count++;
}

static struct seen due(struct fixture *fixture)
{
    struct seen seen = {0};
    assert_int_equal(
        callbacks_due(callbacks_of(fixture), 32, on_due, &seen), KB_OK);
    return seen;
}

static void settle(struct fixture *fixture, int64_t id, enum callback_end end)
{
    assert_int_equal(callbacks_settle(callbacks_of(fixture), id,
                         &(struct callback_result){
                             .end = end, .attempts = 1, .reason = "refused"}),
        KB_OK);
    assert_int_equal(store_commit(fixture->app.store), KB_OK);
}

static void make_due(struct fixture *fixture)
{
    assert_int_equal(
        store_exec(fixture->app.store, "UPDATE callback SET next_at_ms = 0"),
        KB_OK);
}

static void send_one(struct fixture *fixture)
{
    tell(fixture, "POST", "/api/v1/messages",
        "{\"phone\":\"081200009001\",\"text\":\"Halo\",\"ref\":\"r-1\"}", 201);
}

static void move(struct fixture *fixture, const char *state)
{
    char sql[100];
    (void)snprintf(sql, sizeof(sql), "UPDATE message SET state = '%s'", state);
    assert_int_equal(store_op_begin(fixture->app.store), KB_OK);
    assert_int_equal(
        store_op_end(fixture->app.store, store_exec(fixture->app.store, sql)),
        KB_OK);
    assert_int_equal(store_commit(fixture->app.store), KB_OK);
}

static void an_event_is_told_once_it_is_wanted_and_no_other(void **state)
{
    struct fixture *fixture = *state;
    send_one(fixture);
    assert_int_equal(due(fixture).count, 0);
    move(fixture, "sent");
    struct seen seen = due(fixture);
    assert_int_equal(seen.count, 1);
    assert_non_null(
        strstr(seen.text[0], "delivery message/1 {\"id\":1,\"state\":\"sent\","
                             "\"phone\":\"+6281200009001\",\"ref\":\"r-1\""));
    assert_int_equal(store_op_begin(fixture->app.store), KB_OK);
    assert_int_equal(store_op_end(fixture->app.store,
                         callbacks_tell(callbacks_of(fixture), "modem",
                             "modem/m1", json_object())),
        KB_OK);
    assert_int_equal(due(fixture).count, 1);
}

static void what_was_undone_is_not_told(void **state)
{
    struct fixture *fixture = *state;
    send_one(fixture);
    assert_int_equal(store_op_begin(fixture->app.store), KB_OK);
    assert_int_equal(
        store_exec(fixture->app.store, "UPDATE message SET state = 'sent'"),
        KB_OK);
    assert_int_equal(store_op_end(fixture->app.store, KB_REFUSED), KB_REFUSED);
    assert_int_equal(due(fixture).count, 0);
}

static void of_one_message_the_older_event_goes_first(void **state)
{
    struct fixture *fixture = *state;
    send_one(fixture);
    move(fixture, "sent");
    move(fixture, "delivered");
    struct seen seen = due(fixture);
    assert_int_equal(seen.count, 1);
    assert_non_null(strstr(seen.text[0], "\"sent\""));
    settle(fixture, seen.id[0], CALLBACK_AGAIN);
    assert_int_equal(due(fixture).count, 0); /* it waits, the next one too */
    make_due(fixture);
    settle(fixture, due(fixture).id[0], CALLBACK_TAKEN);
    seen = due(fixture);
    assert_int_equal(seen.count, 1);
    assert_non_null(strstr(seen.text[0], "\"delivered\""));
}

static void one_that_is_given_up_raises_an_alarm_and_lets_others_pass(
    void **state)
{
    struct fixture *fixture = *state;
    struct callback_counts counts = {0};
    send_one(fixture);
    move(fixture, "sent");
    move(fixture, "delivered");
    int64_t first = due(fixture).id[0];
    assert_int_equal(callbacks_settle(callbacks_of(fixture), first,
                         &(struct callback_result){.end = CALLBACK_AGAIN,
                             .attempts = CALLBACK_TRIES_MOST,
                             .reason = "HTTP status 500"}),
        KB_OK);
    assert_int_equal(store_commit(fixture->app.store), KB_OK);
    assert_int_equal(due(fixture).count, 1);
    assert_int_equal(
        callbacks_count(callbacks_of(fixture), HOOK, &counts), KB_OK);
    assert_int_equal(counts.dead, 1);
    assert_int_equal(counts.waiting, 1);
    json_t *alarms = ask(fixture, "GET", "/api/v1/alarms", NULL, 200);
    assert_string_equal(
        text_of(json_array_get(alarms, 0), "key"), "webhook:dead");
    json_decref(alarms);
}

static void waits_grow_up_to_eight_hours(void **state)
{
    (void)state;
    assert_int_equal(callback_wait_ms(1), 5000);
    for (int i = 1; i < CALLBACK_TRIES_MOST; i++) {
        assert_true(callback_wait_ms(i) <= callback_wait_ms(i + 1));
    }
    assert_int_equal(callback_wait_ms(50), 8 * 3600 * 1000);
}

/* openssl dgst -sha256 -hmac "sixteen letters!" of "1472688000.{}" */
static void a_signature_is_hmac_sha256_of_time_and_body(void **state)
{
    char signature[CALLBACK_SIGNATURE_BYTES];
    (void)state;
    callback_sign("sixteen letters!", 1472688000, "{}", signature);
    assert_string_equal(signature, "v1=" SIGNATURE_OF_EMPTY);
    callback_sign("sixteen letters!", 1472688001, "{}", signature);
    assert_string_not_equal(signature, "v1=" SIGNATURE_OF_EMPTY);
}

static void a_dlr_url_is_filled_in_as_kannel_does(void **state)
{
    struct callback callback = {
        .url = "http://h/?t=%d&id=%I&to=%P&from=%p&smsc=%i&acc=%o&T=%T&x=%%&"
               "y=%Z&t2=%t",
        .data = "{\"type\":1,\"id\":812,\"phone\":\"+62812\",\"sender\":"
                "\"DUKCAPIL MABAR\",\"modem\":\"m1\",\"account\":null}",
        .at_ms = 1472688000000LL};
    (void)state;
    char *url = callback_dlr_url(&callback);
    assert_string_equal(url,
        "http://h/?t=1&id=812&to=%2B62812&from=DUKCAPIL%20MABAR&smsc=m1&acc=&"
        "T=1472688000&x=%&y=%Z&t2=2016-09-01%2000%3A00%3A00");
    free(url);
}

static void webhooks_are_listed_and_tested(void **state)
{
    struct fixture *fixture = *state;
    tell(fixture, "POST", "/api/v1/webhooks/test", "{}", 200);
    json_t *list = ask(fixture, "GET", "/api/v1/webhooks", NULL, 200);
    assert_int_equal(number_of(json_array_get(list, 0), "waiting"), 1);
    assert_string_equal(text_of(json_array_get(list, 0), "url"), HOOK);
    json_decref(list);
    assert_non_null(strstr(due(fixture).text[0], "test test "));
}

/** A try of the oldest event that is due. */
static void try_once(struct fixture *fixture, enum callback_end end, int status,
    const char *answer, int attempts)
{
    make_due(fixture);
    assert_int_equal(callbacks_settle(callbacks_of(fixture), due(fixture).id[0],
                         &(struct callback_result){.end = end,
                             .attempts = attempts,
                             .status = status,
                             .took_ms = 12,
                             .reason = answer}),
        KB_OK);
    assert_int_equal(store_commit(fixture->app.store), KB_OK);
}

static void each_try_is_in_the_log_with_its_answer_and_the_next(void **state)
{
    struct fixture *fixture = *state;
    send_one(fixture);
    move(fixture, "sent");
    try_once(fixture, CALLBACK_AGAIN, 0, "Could not connect to server", 1);
    try_once(fixture, CALLBACK_TAKEN, 204, "HTTP status 204", 2);
    json_t *log = ask(fixture, "GET", "/api/v1/webhooks/posts", NULL, 200);
    const json_t *second = json_array_get(log, 0);
    const json_t *first = json_array_get(log, 1);
    assert_int_equal(json_array_size(log), 2);
    assert_string_equal(text_of(second, "state"), "taken");
    assert_int_equal(number_of(second, "status"), 204);
    assert_int_equal(number_of(second, "attempt"), 2);
    assert_int_equal(number_of(second, "took_ms"), 12);
    assert_true(json_is_null(json_object_get(second, "next_at")));
    assert_string_equal(text_of(first, "state"), "again");
    assert_string_equal(
        text_of(first, "answer"), "Could not connect to server");
    assert_true(json_is_null(json_object_get(first, "status")));
    assert_true(json_is_string(json_object_get(first, "next_at")));
    assert_string_equal(text_of(first, "url"), HOOK);
    assert_string_equal(text_of(first, "event"), "delivery");
    assert_string_equal(text_of(first, "subject"), "message/1");
    assert_int_equal(
        number_of(first, "delivery"), number_of(second, "delivery"));
    json_decref(log);
}

static void the_log_is_narrowed_and_paged(void **state)
{
    struct fixture *fixture = *state;
    send_one(fixture);
    move(fixture, "sent");
    for (int i = 1; i <= 3; i++) {
        try_once(fixture, CALLBACK_AGAIN, 500, "HTTP status 500", i);
    }
    try_once(fixture, CALLBACK_TAKEN, 200, "HTTP status 200", 4);
    json_t *failed = ask(
        fixture, "GET", "/api/v1/webhooks/posts?failed=1&limit=2", NULL, 200);
    assert_int_equal(json_array_size(failed), 2);
    assert_int_equal(number_of(json_array_get(failed, 0), "attempt"), 3);
    json_t *rest = ask(fixture, "GET",
        "/api/v1/webhooks/posts?failed=1&limit=2&cursor=2", NULL, 200);
    assert_int_equal(json_array_size(rest), 1);
    assert_int_equal(number_of(json_array_get(rest, 0), "attempt"), 1);
    json_decref(failed);
    json_decref(rest);
}

static void the_log_keeps_the_last_thousand_and_no_secret(void **state)
{
    struct fixture *fixture = *state;
    send_one(fixture);
    assert_int_equal(store_op_begin(fixture->app.store), KB_OK);
    assert_int_equal(
        store_op_end(fixture->app.store,
            callbacks_report(callbacks_of(fixture),
                &(struct sendsms_report){.message_id = 1,
                    .mask = 31,
                    .url = "http://192.0.2.1/dlr?pass=secret&to=%P",
                    .sender = "",
                    .account = ""})),
        KB_OK);
    move(fixture, "sent");
    try_once(fixture, CALLBACK_TAKEN, 200, "HTTP status 200", 1);
    for (int i = 1; i <= POSTED_KEPT + 5; i++) {
        try_once(fixture, CALLBACK_AGAIN, 500, "HTTP status 500", 1);
    }
    json_t *log = ask(fixture, "GET", "/api/v1/webhooks/posts", NULL, 200);
    assert_int_equal(json_array_size(log), POSTED_KEPT);
    for (size_t i = 0; i < json_array_size(log); i++) {
        assert_string_equal(
            text_of(json_array_get(log, i), "url"), "http://192.0.2.1/dlr");
    }
    json_decref(log);
}

static void without_webhooks_a_test_is_refused(void **state)
{
    refused(*state, "POST", "/api/v1/webhooks/test", "{}", "409 refused ");
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new_hooked, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(an_event_is_told_once_it_is_wanted_and_no_other),
        TEST(what_was_undone_is_not_told),
        TEST(of_one_message_the_older_event_goes_first),
        TEST(one_that_is_given_up_raises_an_alarm_and_lets_others_pass),
        cmocka_unit_test(waits_grow_up_to_eight_hours),
        cmocka_unit_test(a_signature_is_hmac_sha256_of_time_and_body),
        cmocka_unit_test(a_dlr_url_is_filled_in_as_kannel_does),
        TEST(each_try_is_in_the_log_with_its_answer_and_the_next),
        TEST(the_log_is_narrowed_and_paged),
        TEST(the_log_keeps_the_last_thousand_and_no_secret),
        TEST(webhooks_are_listed_and_tested),
        cmocka_unit_test_setup_teardown(
            without_webhooks_a_test_is_refused, fixture_new, fixture_free),
    };
    return cmocka_run_group_tests_name("api: callbacks", tests, NULL, NULL);
}
