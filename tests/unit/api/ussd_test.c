// SPDX-License-Identifier: GPL-2.0-or-later
/* A provider whose request for a USSD screen was cut off asks again with the
 * same Idempotency-Key: the menu has moved once, and only who can prove to be
 * the provider sees the screen. */
#include "api_fixture.h"

#define SECRET    "a-secret-of-the-provider"
#define PROVIDER  "192.0.2.9"
#define KEY       "turn-1"
#define FORM      "application/x-www-form-urlencoded"
#define BODY(how) "{\"session\":\"s1\",\"phone\":\"081200009001\"," how "}"
#define START     BODY("\"event\":\"start\"")
#define CHOICE    BODY("\"event\":\"response\",\"text\":\"1\"")
#define DIAL      "sessionId=s2&serviceCode=*123%23&phoneNumber=081200009001&text="

static int ussd_is_on(void **state)
{
    int result = fixture_new(state);
    struct fixture *fixture = *state;
    struct config *config = &fixture->app.config;
    config->ussd_enabled = true;
    free(config->ussd_secret);
    config->ussd_secret = strdup(SECRET);
    return result;
}

/** What comes in from a provider's address, with the key and a secret. */
static struct heard turn(struct fixture *fixture, const char *path,
    const char *type, const char *body, const char *secret)
{
    struct heard heard = {0};
    struct access_actor actor = {.kind = ACCESS_NOBODY, .address = PROVIDER};
    struct api_request request = {
        .method = "POST",
        .path = path,
        .content_type = type,
        .body = body,
        .body_bytes = strlen(body),
        .actor = &actor,
        .address = actor.address,
        .secret = secret,
        .idempotency_key = KEY,
    };
    api_handle(fixture->api, &request, on_heard, &heard);
    wait_for(fixture, &heard);
    return heard;
}

static struct heard json_turn(
    struct fixture *fixture, const char *body, const char *secret)
{
    return turn(fixture, "/ussd/json", "application/json", body, secret);
}

static void assert_same_twice(struct heard first, struct heard second)
{
    assert_int_equal(first.status, 200);
    assert_int_equal(second.status, 200);
    assert_string_equal(first.text, second.text);
    assert_string_equal(first.type, second.type);
    heard_clear(&first);
    heard_clear(&second);
}

static void a_turn_that_comes_again_moves_the_menu_once(void **state)
{
    struct fixture *fixture = *state;
    assert_same_twice(
        json_turn(fixture, START, SECRET), json_turn(fixture, START, SECRET));
}

static void so_it_is_with_the_form(void **state)
{
    struct fixture *fixture = *state;
    assert_same_twice(turn(fixture, "/ussd/at", FORM, DIAL, SECRET),
        turn(fixture, "/ussd/at", FORM, DIAL, SECRET));
}

static void another_turn_under_the_same_key_is_422(void **state)
{
    struct fixture *fixture = *state;
    struct heard first = json_turn(fixture, START, SECRET);
    struct heard second = json_turn(fixture, CHOICE, SECRET);
    assert_int_equal(first.status, 200);
    assert_int_equal(second.status, 422);
    assert_string_equal(
        text_of(error_of(second.json), "code"), "idempotency_key");
    heard_clear(&first);
    heard_clear(&second);
}

static void the_screen_is_kept_for_the_provider_alone(void **state)
{
    static const char *const others[] = {NULL, "", "a-guess"};
    struct fixture *fixture = *state;
    struct heard first = json_turn(fixture, START, SECRET);
    assert_int_equal(first.status, 200);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct heard other = json_turn(fixture, START, others[i]);
        assert_int_equal(other.status, 401);
        heard_clear(&other);
    }
    heard_clear(&first);
}

static void a_refusal_is_not_kept(void **state)
{
    struct fixture *fixture = *state;
    struct heard refusal = json_turn(fixture, START, "a-guess");
    struct heard screen = json_turn(fixture, START, SECRET);
    assert_int_equal(refusal.status, 401);
    assert_int_equal(screen.status, 200);
    heard_clear(&refusal);
    heard_clear(&screen);
}

#define WITH_USSD(test)                                                        \
    cmocka_unit_test_setup_teardown((test), ussd_is_on, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_USSD(a_turn_that_comes_again_moves_the_menu_once),
        WITH_USSD(so_it_is_with_the_form),
        WITH_USSD(another_turn_under_the_same_key_is_422),
        WITH_USSD(the_screen_is_kept_for_the_provider_alone),
        WITH_USSD(a_refusal_is_not_kept),
    };
    return cmocka_run_group_tests_name("ussd", tests, NULL, NULL);
}
