// SPDX-License-Identifier: GPL-2.0-or-later
/* Every route by every role, and by tokens of every scope. */
#include "api/call.h"
#include "tests/unit/api/api_fixture.h"

static struct access_actor person(enum access_role role)
{
    return (struct access_actor){.kind = ACCESS_SESSION,
        .role = role,
        .view = VIEW_WORK,
        .who = "maria"};
}

static const struct api_may *may_of(const struct api_route *route)
{
    const struct api_may *may = api_may_of(route);

    if (may == NULL) {
        fail_msg("%s %s has no line in api/may.c", route->method, route->path);
    }
    return may;
}

static void every_route_has_a_line_and_every_line_a_route(void **state)
{
    size_t routes = 0;
    size_t lines = 0;

    (void)state;
    for (; api_route_at(routes) != NULL; routes++) {
        (void)may_of(api_route_at(routes));
    }
    for (; api_may_at(lines) != NULL; lines++) {
        const struct api_may *may = api_may_at(lines);
        bool open = (may->access & (API_PUBLIC | API_ANYONE)) != 0;

        /* A line says who, either by roles or by an exception. */
        assert_true(open ? may->roles == 0 : may->roles != 0);
    }
    assert_int_equal(lines, routes);
}

/** What the handler answers does not matter here: whether it was reached. */
static int status_of(struct fixture *fixture, const struct api_route *route,
    const struct access_actor *actor)
{
    struct heard heard = {0};
    char path[300];
    const char *hole = strchr(route->path, '{');
    int length =
        hole != NULL ? (int)(hole - route->path) : (int)strlen(route->path);
    int status = 0;
    struct api_request request = {
        .method = route->method, .path = path, .body = "", .actor = actor};

    (void)snprintf(path, sizeof path, "%.*s%s%s", length, route->path,
        hole != NULL ? "1" : "", hole != NULL ? strchr(hole, '}') + 1 : "");
    api_handle(fixture->api, &request, on_heard, &heard);
    wait_for(fixture, &heard);
    status = heard.status;
    heard_clear(&heard);
    return status;
}

static void each_role_reaches_what_the_matrix_gives_and_no_more(void **state)
{
    for (size_t i = 0; api_route_at(i) != NULL; i++) {
        const struct api_route *route = api_route_at(i);
        const struct api_may *may = may_of(route);
        bool open = (may->access & (API_PUBLIC | API_ANYONE)) != 0;

        if ((may->access & API_PUBLIC) != 0) {
            continue; /* it judges by itself */
        }
        for (int role = 0; role < ROLE_COUNT; role++) {
            struct access_actor actor = person((enum access_role)role);
            bool allowed = open || (may->roles & (1U << role)) != 0;
            int status = status_of(*state, route, &actor);
            /* It asks for a proof of its own, in Kannel's words. */
            bool own = strcmp(route->path, "/cgi-bin/sendsms") == 0;

            if (!own && (status == 403) == allowed) {
                fail_msg("%s %s as %s: %d", route->method, route->path,
                    access_role_name(actor.role), status);
            }
        }
    }
}

static void nobody_reaches_only_what_has_its_own_proof(void **state)
{
    struct access_actor nobody = {.kind = ACCESS_NOBODY};

    for (size_t i = 0; api_route_at(i) != NULL; i++) {
        const struct api_route *route = api_route_at(i);
        bool open = (may_of(route)->access & API_PUBLIC) != 0;
        int status = open ? 0 : status_of(*state, route, &nobody);

        if (!open && status != 401) {
            fail_msg("%s %s: %d", route->method, route->path, status);
        }
    }
}

static void a_token_reaches_its_scopes_and_no_more(void **state)
{
    for (size_t i = 0; api_route_at(i) != NULL; i++) {
        const struct api_route *route = api_route_at(i);
        const struct api_may *may = may_of(route);
        uint32_t mine = 1U << may->scope;
        struct access_actor others = {
            .kind = ACCESS_TOKEN, .scopes = ~mine, .who = "token:simpeg"};
        struct access_actor fit = {
            .kind = ACCESS_TOKEN, .scopes = mine, .who = "token:simpeg"};

        if ((may->access & API_PUBLIC) != 0) {
            continue;
        }
        assert_int_equal(status_of(*state, route, &others), 403);
        assert_int_equal(
            status_of(*state, route, &fit) == 403, may->scope == SCOPE_NONE);
    }
}

static void staff_of_a_kecamatan_reach_nothing_of_the_whole_regency(
    void **state)
{
    struct access_actor staff = person(ROLE_STAFF);

    assert_int_equal(
        str_copy(staff.kecamatan, sizeof staff.kecamatan, "53.15.03"), KB_OK);
    for (size_t i = 0; api_route_at(i) != NULL; i++) {
        const struct api_route *route = api_route_at(i);

        if ((may_of(route)->access & API_WHOLE) != 0) {
            assert_int_equal(status_of(*state, route, &staff), 403);
        }
    }
}

static void the_control_socket_may_everything(void **state)
{
    struct access_actor local = access_local("uid:0");

    for (size_t i = 0; api_route_at(i) != NULL; i++) {
        int status = status_of(*state, api_route_at(i), &local);

        if ((may_of(api_route_at(i))->access & API_PUBLIC) == 0) {
            assert_true(status != 401 && status != 403);
        }
    }
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new, fixture_free)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_has_a_line_and_every_line_a_route),
        TEST(each_role_reaches_what_the_matrix_gives_and_no_more),
        TEST(nobody_reaches_only_what_has_its_own_proof),
        TEST(a_token_reaches_its_scopes_and_no_more),
        TEST(staff_of_a_kecamatan_reach_nothing_of_the_whole_regency),
        TEST(the_control_socket_may_everything),
    };
    return cmocka_run_group_tests_name("api: who may", tests, NULL, NULL);
}
