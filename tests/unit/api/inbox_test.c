// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/api/api_fixture.h"

/** Three residents text what nobody understands; ids are 1 to 3. */
static int with_three_texts(void **state)
{
    struct fixture *fixture = fixture_open("");
    fixture_fill(fixture);
    for (int i = 0; i < 3; i++) {
        char from[32];
        int64_t answered = 0;
        (void)snprintf(from, sizeof(from), "+628120000900%d", i + 1);
        struct inbound_sms sms = {.modem = "m1",
            .sim = "510100000000001",
            .from = from,
            .text = "pak saya mau tanya <b>sesuatu</b>",
            .raw = "",
            .smsc_at_ms = FIXTURE_NOW_MS + i,
            .udh_ref = -1,
            .udh_parts = 1,
            .udh_part = 1};
        assert_int_equal(
            inbound_receive(fixture->app.inbound, &sms, &answered), KB_OK);
    }
    assert_int_equal(store_commit(fixture->app.store), KB_OK);
    *state = fixture;
    return 0;
}

/** The newest entry's path with an action behind it. */
static void newest(
    struct fixture *fixture, const char *action, char *out, size_t out_bytes)
{
    json_t *list = ask(fixture, "GET", "/api/v1/inbox?limit=1", NULL, 200);
    assert_int_equal(json_array_size(list), 1);
    (void)snprintf(out, out_bytes, "/api/v1/inbox/%lld%s",
        (long long)number_of(json_array_get(list, 0), "id"), action);
    json_decref(list);
}

static void what_residents_text_is_listed_newest_first(void **state)
{
    json_t *list = ask(*state, "GET", "/api/v1/inbox?open=1", NULL, 200);
    assert_int_equal(json_array_size(list), 3);
    const json_t *entry = json_array_get(list, 0);
    assert_string_equal(text_of(entry, "phone"), "+6281200009003");
    assert_string_equal(
        text_of(entry, "text"), "pak saya mau tanya <b>sesuatu</b>");
    assert_string_equal(text_of(entry, "state"), "open");
    assert_string_equal(text_of(entry, "modem"), "m1");
    assert_true(json_is_null(json_object_get(entry, "reply")));
    char next[64];
    (void)snprintf(next, sizeof(next), "/api/v1/inbox?cursor=%lld",
        (long long)number_of(entry, "id"));
    json_decref(list);
    list = ask(*state, "GET", next, NULL, 200);
    assert_int_equal(json_array_size(list), 2);
    json_decref(list);
}

static void a_reply_becomes_a_message_and_closes_the_entry(void **state)
{
    struct fixture *fixture = *state;
    char path[64];
    newest(fixture, "/reply", path, sizeof(path));
    json_t *made =
        ask(fixture, "POST", path, "{\"text\":\"Silakan datang.\"}", 201);
    int64_t message = number_of(made, "message");
    json_decref(made);
    newest(fixture, "", path, sizeof(path));
    json_t *entry = ask(fixture, "GET", path, NULL, 200);
    assert_string_equal(text_of(entry, "state"), "closed");
    assert_int_equal(number_of(entry, "reply"), message);
    json_decref(entry);
    (void)snprintf(
        path, sizeof(path), "/api/v1/messages/%lld", (long long)message);
    json_t *sent = ask(fixture, "GET", path, NULL, 200);
    assert_string_equal(text_of(sent, "phone"), "+6281200009003");
    assert_string_equal(text_of(sent, "priority"), "reply");
    json_decref(sent);
}

static void an_entry_is_closed_without_a_reply(void **state)
{
    char path[64];
    newest(*state, "/close", path, sizeof(path));
    json_t *entry = ask(*state, "POST", path, NULL, 200);
    assert_string_equal(text_of(entry, "state"), "closed");
    json_decref(entry);
    json_t *open = ask(*state, "GET", "/api/v1/inbox?open=1", NULL, 200);
    assert_int_equal(json_array_size(open), 2);
    json_decref(open);
}

static void an_entry_that_is_not_there_is_not_found(void **state)
{
    refused(*state, "GET", "/api/v1/inbox/999", NULL, "404 not_found ");
    refused(*state, "POST", "/api/v1/inbox/999/close", NULL, "404 not_found ");
    refused(*state, "POST", "/api/v1/inbox/999/reply", "{\"text\":\"ya\"}",
        "404 not_found ");
    refused(*state, "POST", "/api/v1/inbox/1/reply", "{}", "422 invalid text");
}

static void a_text_is_tried_without_being_kept(void **state)
{
    json_t *understood = ask(*state, "POST", "/api/v1/inbox/test",
        "{\"text\":\"CEK 5315050101909001\",\"from\":\"081200009001\"}", 200);
    assert_string_equal(text_of(understood, "intent"), "status");
    assert_string_equal(text_of(understood, "nik"), "5315050101909001");
    assert_true(text_of(understood, "reason")[0] != '\0');
    json_decref(understood);
    json_t *list = ask(*state, "GET", "/api/v1/inbox", NULL, 200);
    assert_int_equal(json_array_size(list), 3);
    json_decref(list);
}

static void a_residents_texts_stand_with_the_resident(void **state)
{
    json_t *maria =
        ask(*state, "GET", "/api/v1/residents/5315050101909001", NULL, 200);
    assert_int_equal(json_array_size(json_object_get(maria, "inbox")), 1);
    json_decref(maria);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, with_three_texts, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(what_residents_text_is_listed_newest_first),
        TEST(a_reply_becomes_a_message_and_closes_the_entry),
        TEST(an_entry_is_closed_without_a_reply),
        TEST(an_entry_that_is_not_there_is_not_found),
        TEST(a_text_is_tried_without_being_kept),
        TEST(a_residents_texts_stand_with_the_resident),
    };
    return cmocka_run_group_tests_name("api: inbox", tests, NULL, NULL);
}
