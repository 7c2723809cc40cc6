// SPDX-License-Identifier: GPL-2.0-or-later
/* One's own password: asked for again, changed, and every session ended. */
#include "tests/unit/api/api_fixture.h"

#define CHANGE "/api/v1/session/password"
#define OLD    "empat kuda kuning"
#define NEW    "lima sapi biru tua"

struct desk {
    struct fixture *fixture;
    struct access_user user;
    struct access_actor actor;
    char here[ACCESS_SECRET_BYTES];
    char elsewhere[ACCESS_SECRET_BYTES];
    char fresh[ACCESS_SECRET_BYTES]; /* of the last answer's cookie */
    int status;
    char text[512];
};

static void on_answer(void *arg, int status, const char *content_type,
    const char *text, size_t bytes)
{
    struct desk *desk = arg;
    struct api_extra extra = api_replying(desk->fixture->api);

    (void)content_type;
    desk->status = status;
    (void)snprintf(desk->text, sizeof desk->text, "%.*s", (int)bytes, text);
    (void)snprintf(desk->fresh, sizeof desk->fresh, "%s",
        extra.session != NULL ? extra.session : "");
}

static int change(struct desk *desk, const struct access_actor *actor,
    const char *old, const char *password)
{
    char body[600];
    struct api_request request = {.method = "POST",
        .path = CHANGE,
        .content_type = "application/json",
        .body = body,
        .actor = actor,
        .address = "192.0.2.7"};

    (void)snprintf(body, sizeof body, "{\"old\":\"%s\",\"password\":\"%s\"}",
        old, password);
    request.body_bytes = strlen(body);
    desk->status = 0;
    api_handle(desk->fixture->api, &request, on_answer, desk);
    while (desk->status == 0) {
        (void)api_work(desk->fixture->api);
        assert_int_equal(store_commit(desk->fixture->app.store), KB_OK);
    }
    return desk->status;
}

static bool is_open(const struct desk *desk, const char *secret)
{
    struct access_actor actor;

    return access_session_check(desk->fixture->app.access, secret, &actor) ==
           KB_OK;
}

static int log_in(struct desk *desk, const char *password)
{
    struct heard heard = {0};
    char body[200];
    int status = 0;

    (void)snprintf(body, sizeof body,
        "{\"name\":\"maria\",\"password\":\"%s\"}", password);
    hand_over(desk->fixture, "POST", "/api/v1/session", body, &heard);
    wait_for(desk->fixture, &heard);
    status = heard.status;
    heard_clear(&heard);
    return status;
}

static struct desk desk_of(struct fixture *fixture)
{
    struct desk desk = {.fixture = fixture};
    struct access *access = fixture->app.access;

    tell(fixture, "POST", "/api/v1/users",
        "{\"name\":\"maria\",\"password\":\"" OLD "\",\"role\":\"auditor\"}",
        201);
    assert_int_equal(access_user_get(access, "maria", &desk.user), KB_OK);
    assert_int_equal(
        access_session_new(access, &desk.user, desk.elsewhere, &desk.actor),
        KB_OK);
    assert_int_equal(
        access_session_new(access, &desk.user, desk.here, &desk.actor), KB_OK);
    return desk;
}

static void a_new_password_ends_every_session_and_opens_a_new_one(void **state)
{
    struct desk desk = desk_of(*state);

    assert_int_equal(change(&desk, &desk.actor, OLD, NEW), 200);
    assert_non_null(strstr(desk.text, "\"csrf\":"));
    assert_false(is_open(&desk, desk.here));
    assert_false(is_open(&desk, desk.elsewhere));
    assert_true(is_open(&desk, desk.fresh));
    assert_int_equal(log_in(&desk, OLD), 401);
    assert_int_equal(log_in(&desk, NEW), 201);
}

static void it_stands_in_the_audit_without_the_password(void **state)
{
    struct desk desk = desk_of(*state);
    json_t *audit = NULL;
    char *text = NULL;

    assert_int_equal(change(&desk, &desk.actor, OLD, NEW), 200);
    audit = ask(*state, "GET", "/api/v1/audit?who=maria", NULL, 200);
    text = json_dumps(audit, 0);
    assert_non_null(strstr(text, "own password"));
    assert_null(strstr(text, NEW));
    assert_null(strstr(text, OLD));
    free(text);
    json_decref(audit);
}

static void the_present_password_is_needed(void **state)
{
    struct desk desk = desk_of(*state);

    assert_int_equal(change(&desk, &desk.actor, "salah sekali ini", NEW), 422);
    assert_non_null(strstr(desk.text, "\"field\":\"old\""));
    assert_true(is_open(&desk, desk.here));
    assert_int_equal(log_in(&desk, OLD), 201);
}

static void a_taken_over_session_cannot_try_passwords_out(void **state)
{
    struct desk desk = desk_of(*state);
    int tries = 0;

    while (tries < 12 &&
           change(&desk, &desk.actor, "salah sekali ini", NEW) == 422) {
        tries++;
    }
    assert_int_equal(desk.status, 429);
    assert_int_equal(change(&desk, &desk.actor, OLD, NEW), 429);
}

static void a_bad_password_is_refused_at_its_field(void **state)
{
    struct desk desk = desk_of(*state);

    assert_int_equal(change(&desk, &desk.actor, OLD, "kurang"), 422);
    assert_non_null(strstr(desk.text, "\"field\":\"password\""));
    assert_true(is_open(&desk, desk.here));
}

static void the_socket_has_no_password_of_its_own(void **state)
{
    struct desk desk = desk_of(*state);

    assert_int_equal(change(&desk, NULL, OLD, NEW), 409);
    assert_non_null(strstr(desk.text, "kabari user passwd"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_new_password_ends_every_session_and_opens_a_new_one, fixture_new,
            fixture_free),
        cmocka_unit_test_setup_teardown(
            it_stands_in_the_audit_without_the_password, fixture_new,
            fixture_free),
        cmocka_unit_test_setup_teardown(
            the_present_password_is_needed, fixture_new, fixture_free),
        cmocka_unit_test_setup_teardown(
            a_taken_over_session_cannot_try_passwords_out, fixture_new,
            fixture_free),
        cmocka_unit_test_setup_teardown(
            a_bad_password_is_refused_at_its_field, fixture_new, fixture_free),
        cmocka_unit_test_setup_teardown(
            the_socket_has_no_password_of_its_own, fixture_new, fixture_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
