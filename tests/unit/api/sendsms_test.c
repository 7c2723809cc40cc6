// SPDX-License-Identifier: GPL-2.0-or-later
/* /cgi-bin/sendsms answers as Kannel's smsbox does. */
#include "api_fixture.h"

#define PATH "/cgi-bin/sendsms"

/** GET with a query, or POST of a form; the answer must be this. */
static void answered(struct fixture *fixture, const char *method,
    const char *query, int status, const char *text)
{
    struct heard heard = {0};
    bool post = strcmp(method, "POST") == 0;
    struct api_request request = {
        .method = method,
        .path = PATH,
        .query = post ? NULL : query,
        .content_type = post ? "application/x-www-form-urlencoded" : NULL,
        .body = post ? query : NULL,
        .body_bytes = post ? strlen(query) : 0,
        .who = "test",
    };
    api_handle(fixture->api, &request, on_heard, &heard);
    wait_for(fixture, &heard);
    assert_string_equal(heard.text, text);
    assert_int_equal(heard.status, status);
    heard_clear(&heard);
}

static json_t *message(struct fixture *fixture, int id)
{
    char target[64];
    (void)snprintf(target, sizeof(target), "/api/v1/messages/%d", id);
    return ask(fixture, "GET", target, NULL, 200);
}

static void assert_text(struct fixture *fixture, int id, const char *text)
{
    json_t *json = message(fixture, id);
    assert_string_equal(text_of(json, "text"), text);
    json_decref(json);
}

#define WHO "username=sister&password=secret&"
#define TO  "to=081200009001&"

static void a_get_sends_one_sms(void **state)
{
    struct fixture *fixture = *state;
    answered(fixture, "GET", WHO TO "text=Halo+Bapak%2C+KTP+siap%21&from=1",
        202, "3: Queued for later delivery");
    assert_text(fixture, 1, "Halo Bapak, KTP siap!");
}

static void a_post_of_a_form_does_the_same(void **state)
{
    struct fixture *fixture = *state;
    answered(fixture, "POST", "user=a&pass=b&" TO "text=Halo", 202,
        "3: Queued for later delivery");
    assert_text(fixture, 1, "Halo");
}

static void several_receivers_stand_with_spaces_between(void **state)
{
    struct fixture *fixture = *state;
    answered(fixture, "GET",
        WHO "to=081200009001+081200009002+%2B6281200009003&text=Halo", 202,
        "3: Queued for later delivery");
    json_t *list = ask(fixture, "GET", "/api/v1/messages", NULL, 200);
    assert_int_equal(json_array_size(list), 3);
    json_decref(list);
}

static void one_bad_receiver_takes_all_back(void **state)
{
    struct fixture *fixture = *state;
    answered(fixture, "GET", WHO "to=081200009001+12a&text=Halo", 400,
        "Number(s) has/have been denied by white- and/or black-lists.");
    json_t *list = ask(fixture, "GET", "/api/v1/messages", NULL, 200);
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
}

static void texts_come_in_many_charsets(void **state)
{
    struct fixture *fixture = *state;

    static const struct {
        const char *query;
        const char *text;
    } cases[] = {
        {"text=caf%C3%A9",                            "caf\xc3\xa9"},
        {"text=caf%E9&charset=ISO-8859-1",            "caf\xc3\xa9"},
        {"text=caf%E9&charset=windows-1252&coding=0", "caf\xc3\xa9"},
        {"coding=2&text=%00H%00i",                    "Hi"         },
        {"coding=2&charset=UTF-8&text=%D8%B3",        "\xd8\xb3"   },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char query[200];
        (void)snprintf(query, sizeof(query), WHO TO "%s", cases[i].query);
        answered(fixture, "GET", query, 202, "3: Queued for later delivery");
        assert_text(fixture, (int)i + 1, cases[i].text);
    }
}

static void deferred_and_validity_are_minutes(void **state)
{
    struct fixture *fixture = *state;
    answered(fixture, "GET", WHO TO "text=x&deferred=30&validity=60", 202,
        "3: Queued for later delivery");
    json_t *json = message(fixture, 1);
    assert_string_equal(text_of(json, "due"), "2016-09-01T08:30:00+08:00");
    assert_string_equal(text_of(json, "expires"), "2016-09-01T09:30:00+08:00");
    json_decref(json);
}

static void priorities_and_accounts_are_kept(void **state)
{
    struct fixture *fixture = *state;
    answered(fixture, "GET", WHO TO "text=x&priority=0&account=kas", 202,
        "3: Queued for later delivery");
    json_t *json = message(fixture, 1);
    assert_string_equal(text_of(json, "priority"), "bulk");
    assert_string_equal(text_of(json, "ref"), "kas");
    json_decref(json);
}

static void what_is_wrong_is_said_in_kannels_words(void **state)
{
    static const struct {
        const char *query;
        const char *text;
    } cases[] = {
        {WHO "text=x",                    "Missing receiver(s) number(s), rejected"    },
        {WHO "to=&text=x",                "Empty receiver number not allowed, rejected"},
        {WHO TO "",                       "Charset or body misformed, rejected"        },
        {WHO TO "text=%FF%FE",            "Charset or body misformed, rejected"        },
        {WHO TO "text=x&charset=klingon",
         "Charset or body misformed, rejected"                                         },
        {WHO TO "text=x&coding=1",        "Coding field misformed, rejected"           },
        {WHO TO "text=x&udh=%05%00",      "UDH field is not carried here, rejected"    },
        {WHO TO "text=x&deferred=soon",   "Deferred field misformed, rejected"         },
        {WHO TO "text=x&validity=-1",     "Validity field misformed, rejected"         },
        {WHO TO "text=x&priority=9",      "Priority field misformed, rejected"         },
        {WHO TO "text=x&dlr-mask=999",    "DLR-Mask field misformed, rejected"         },
        {WHO TO "text=x&dlr-url=ftp://x", "DLR-URL field misformed, rejected"          },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        answered(*state, "GET", cases[i].query, 400, cases[i].text);
    }
}

static void who_may_not_send_gets_403(void **state)
{
    struct fixture *fixture = *state;
    struct heard heard = {0};
    struct api_request request = {
        .method = "GET",
        .path = PATH,
        .query = WHO TO "text=Halo",
        .actor = &(struct access_actor){
                                        .kind = ACCESS_NOBODY, .address = "192.0.2.7"}
    };
    api_handle(fixture->api, &request, on_heard, &heard);
    wait_for(fixture, &heard);
    assert_int_equal(heard.status, 403);
    assert_string_equal(heard.text, "Authorization failed for sendsms");
    heard_clear(&heard);
}

/** Makes a token by its route; the text must fit. */
static void new_token(struct fixture *fixture, const char *body, char *out)
{
    json_t *json = ask(fixture, "POST", "/api/v1/tokens", body, 201);
    const char *token = text_of(json, "token");
    assert_true(strlen(token) > 10 && strlen(token) < 100);
    (void)snprintf(out, 100, "%s", token);
    json_decref(json);
}

static int status_with(
    struct fixture *fixture, const char *name, const char *token)
{
    struct heard heard = {0};
    char query[300];
    (void)snprintf(query, sizeof(query), "username=%s&password=%s&" TO "text=x",
        name, token);
    struct api_request request = {
        .method = "GET",
        .path = PATH,
        .query = query,
        .actor = &(struct access_actor){
                                        .kind = ACCESS_NOBODY, .address = "192.0.2.7"}
    };
    api_handle(fixture->api, &request, on_heard, &heard);
    wait_for(fixture, &heard);
    int status = heard.status;
    heard_clear(&heard);
    return status;
}

static void the_password_is_a_token_that_may_send(void **state)
{
    struct fixture *fixture = *state;
    char sender[100];
    char reader[100];
    new_token(
        fixture, "{\"name\":\"kas\",\"scope\":\"messages:send\"}", sender);
    new_token(
        fixture, "{\"name\":\"papan\",\"scope\":\"messages:read\"}", reader);
    assert_int_equal(status_with(fixture, "kas", sender), 202);
    assert_int_equal(status_with(fixture, "other", sender), 403);
    assert_int_equal(status_with(fixture, "papan", reader), 403);
    assert_int_equal(status_with(fixture, "kas", "secret"), 403);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new_filled, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(a_get_sends_one_sms),
        TEST(a_post_of_a_form_does_the_same),
        TEST(several_receivers_stand_with_spaces_between),
        TEST(one_bad_receiver_takes_all_back),
        TEST(texts_come_in_many_charsets),
        TEST(deferred_and_validity_are_minutes),
        TEST(priorities_and_accounts_are_kept),
        TEST(what_is_wrong_is_said_in_kannels_words),
        TEST(who_may_not_send_gets_403),
        TEST(the_password_is_a_token_that_may_send),
    };
    return cmocka_run_group_tests_name("api: sendsms", tests, NULL, NULL);
}
