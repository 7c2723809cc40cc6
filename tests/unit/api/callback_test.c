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
    assert_int_equal(
        callbacks_settle(callbacks_of(fixture), id, end, "refused", 1), KB_OK);
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
    assert_int_equal(
        callbacks_settle(callbacks_of(fixture), first, CALLBACK_AGAIN,
            "HTTP status 500", CALLBACK_TRIES_MOST),
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
        TEST(webhooks_are_listed_and_tested),
        cmocka_unit_test_setup_teardown(
            without_webhooks_a_test_is_refused, fixture_new, fixture_free),
    };
    return cmocka_run_group_tests_name("api: callbacks", tests, NULL, NULL);
}
