// SPDX-License-Identifier: GPL-2.0-or-later
/* Staff of one kecamatan: they see and change its people, and for the rest it
   is as if it were not there. */
#include "api/call.h"
#include "tests/unit/api/api_fixture.h"

#define THEIRS   "53.15.03" /* Lembor */
#define OTHERS   "53.15.05" /* Komodo */
#define OURS_NIK "5315050101909001"
#define NOT_NIK  "5315030101909101"

static const char komodo_csv[] =
    "nik,nama,tgl_lahir,jk,kecamatan,kantor,hp,status\n"
    "5315030101909101,Petrus Weng,1990-01-01,L,Komodo,KOMODO,081200009101,"
    "belum_rekam\n"
    "5315030201919102,Sisilia Nabit,1991-01-02,P,Komodo,KOMODO,,belum_rekam\n"
    "5315050201919003,Rosa Weng,1991-01-02,P,Lembor,LEMBOR,,belum_rekam\n";

static struct access_actor person(enum access_role role, const char *kecamatan)
{
    struct access_actor actor = {.kind = ACCESS_SESSION,
        .role = role,
        .view = VIEW_WORK,
        .who = "maria"};

    assert_int_equal(
        str_copy(actor.kecamatan, sizeof actor.kecamatan, kecamatan), KB_OK);
    return actor;
}

static void texted(struct fixture *fixture, const char *from)
{
    int64_t answered = 0;
    struct inbound_sms sms = {.modem = "m1",
        .sim = "510100000000001",
        .from = from,
        .text = "pak saya mau tanya sesuatu",
        .raw = "",
        .smsc_at_ms = FIXTURE_NOW_MS,
        .udh_ref = -1,
        .udh_parts = 1,
        .udh_part = 1};

    assert_int_equal(
        inbound_receive(fixture->app.inbound, &sms, &answered), KB_OK);
}

/* Message 1 and entry 1 are of their people, 2 of others, entry 3 of nobody
   that is known; messages 3 to 5 are the automatic answers. */
static int with_two_kecamatan(void **state)
{
    struct fixture *fixture = fixture_open("");

    fixture_fill(fixture);
    tell(fixture, "POST", "/api/v1/residents/import", komodo_csv, 200);
    tell(fixture, "POST", "/api/v1/messages",
        "[{\"phone\":\"081200009001\",\"text\":\"satu\"},"
        "{\"phone\":\"081200009101\",\"text\":\"dua\"}]",
        201);
    texted(fixture, "+6281200009001");
    texted(fixture, "+6281200009101");
    texted(fixture, "+6281200009777");
    tell(fixture, "POST", "/api/v1/campaigns",
        "{\"name\":\"rekam\",\"template\":\"remind_first\","
        "\"deadline\":\"2016-09-30\"}",
        201);
    *state = fixture;
    return 0;
}

/* Its path may have a query. */
static int handle(
    struct fixture *fixture, struct api_request request, struct heard *heard)
{
    char path[300];
    char *query = NULL;

    assert_int_equal(str_copy(path, sizeof path, request.path), KB_OK);
    request.path = path;
    query = strchr(path, '?');
    if (query != NULL) {
        *query++ = '\0';
        request.query = query;
    }
    api_handle(fixture->api, &request, on_heard, heard);
    wait_for(fixture, heard);
    return heard->status;
}

static int get_as(struct fixture *fixture, const struct access_actor *actor,
    const char *target, struct heard *heard)
{
    return handle(fixture,
        (struct api_request){.method = "GET", .path = target, .actor = actor},
        heard);
}

static int status_as(struct fixture *fixture, const struct access_actor *actor,
    const char *method, const char *target, const char *body)
{
    struct heard heard = {0};
    int status = handle(fixture,
        (struct api_request){.method = method,
            .path = target,
            .content_type = body != NULL ? "application/json" : NULL,
            .body = body,
            .body_bytes = body != NULL ? strlen(body) : 0,
            .actor = actor},
        &heard);

    heard_clear(&heard);
    return status;
}

/* --- one thing -------------------------------------------------------- */

/* What each route that is narrowed answers for one of theirs and one of
   others. Those without a subject are lists, see below. The last ones spoil
   what those before them need. */
static const struct route_case {
    const char *method;
    const char *route; /* as in may.c */
    const char *body;
    const char *theirs; /* what stands for {name}, or NULL: a list */
    const char *others;
    int status;  /* for theirs */
    int refusal; /* for others */
} cases[] = {
    {"GET",    "/residents/{nik}",           NULL,                                    OURS_NIK, NOT_NIK,  200,                             404},
    {"PATCH",  "/residents/{nik}",           "{\"lang\":\"id\"}",                     OURS_NIK, NOT_NIK,  200,
     404                                                                                                                                      },
    {"POST",   "/residents/{nik}/unmask",    "{\"reason\":\"at the counter\"}",
     OURS_NIK,                                                                                  NOT_NIK,  409 /* no session to keep it */, 404},
    {"POST",   "/templates/{name}/try",      NULL,                                    NULL,     NULL,     0,                               0  },
    {"POST",   "/templates/{name}/render",   NULL,                                    NULL,     NULL,     0,                               0  },
    {"GET",    "/campaigns/{name}/preview",  NULL,                                    NULL,     NULL,     0,                               0  },
    {"GET",    "/campaigns/{name}/no_phone", NULL,                                    NULL,     NULL,     0,                               0  },
    {"GET",    "/messages/{id}",             NULL,                                    "1",      "2",      200,                             404},
    {"GET",    "/messages/{id}/why",         NULL,                                    "1",      "2",      200,                             404},
    {"POST",   "/messages/{id}/cancel",      "",                                      "1",      "2",      200,                             404},
    {"POST",   "/messages/{id}/retry",       "",                                      "1",      "2",      200,                             404},
    {"GET",    "/inbox/{id}",                NULL,                                    "1",      "2",      200,                             404},
    {"POST",   "/inbox/{id}/assign",         "{\"to\":\"maria\"}",                    "1",      "2",      200,                             404},
    {"POST",   "/inbox/{id}/snooze",         "{\"until\":\"2016-09-02\"}",            "1",      "2",      200,
     404                                                                                                                                      },
    {"POST",   "/inbox/{id}/reply",          "{\"text\":\"baik\"}",                   "1",      "2",      201,                             404},
    {"POST",   "/inbox/{id}/close",          "",                                      "1",      "3",      200,                             404},
    {"POST",   "/offices/{code}/state",      "{\"state\":\"down\",\"reason\":\"x\"}",
     "LEMBOR",                                                                                  "KOMODO", 200,                             403},
    {"PATCH",  "/offices/{code}",            "{\"capacity\":70}",                     "LEMBOR", "KOMODO", 200,
     403                                                                                                                                      },
    {"POST",   "/offices/{code}/suspicion",  "{\"dismiss\":true}",                    "LEMBOR",
     "KOMODO",                                                                                            200,                             403},
    {"GET",    "/residents",                 NULL,                                    NULL,     NULL,     0,                               0  },
    {"GET",    "/residents/export",          NULL,                                    NULL,     NULL,     0,                               0  },
    {"GET",    "/messages",                  NULL,                                    NULL,     NULL,     0,                               0  },
    {"POST",   "/messages",                  NULL,                                    NULL,     NULL,     0,                               0  },
    {"GET",    "/inbox",                     NULL,                                    NULL,     NULL,     0,                               0  },
    {"GET",    "/staff-phones",              NULL,                                    NULL,     NULL,     0,                               0  },
    {"DELETE", "/residents/{nik}",           NULL,                                    OURS_NIK, NOT_NIK,  200,                             404},
};

#define CASES (sizeof cases / sizeof *cases)

static void fill_path(const char *route, const char *subject, char out[200])
{
    const char *hole = strchr(route, '{');

    (void)snprintf(out, 200, "/api/v1%.*s%s%s", (int)(hole - route), route,
        subject, strchr(hole, '}') + 1);
}

static void every_narrowed_route_is_tried_here(void **state)
{
    (void)state;
    for (size_t i = 0; api_may_at(i) != NULL; i++) {
        const struct api_may *may = api_may_at(i);
        size_t at = 0;

        if ((may->access & API_BOUND) == 0) {
            continue;
        }
        while (at < CASES &&
               (strcmp(may->path + strlen("/api/v1"), cases[at].route) != 0 ||
                   strcmp(may->method, cases[at].method) != 0)) {
            at++;
        }
        if (at == CASES) {
            fail_msg("%s %s is not tried", may->method, may->path);
        }
    }
}

static void what_is_of_others_is_not_there(void **state)
{
    struct access_actor staff = person(ROLE_STAFF, THEIRS);
    char path[200];

    for (size_t i = 0; i < CASES; i++) {
        int status = 0;

        if (cases[i].theirs == NULL) {
            continue;
        }
        fill_path(cases[i].route, cases[i].others, path);
        status =
            status_as(*state, &staff, cases[i].method, path, cases[i].body);
        if (status != cases[i].refusal) {
            fail_msg("%s %s: %d", cases[i].method, path, status);
        }
        fill_path(cases[i].route, cases[i].theirs, path);
        status =
            status_as(*state, &staff, cases[i].method, path, cases[i].body);
        if (status != cases[i].status) {
            fail_msg("%s %s: %d", cases[i].method, path, status);
        }
    }
}

/* It may be refused for the state that the thing is in by now. */
static void reached(struct fixture *fixture, const struct access_actor *actor,
    const struct route_case *one, const char *path)
{
    int status = status_as(fixture, actor, one->method, path, one->body);

    if (status != one->status && status != 409) {
        fail_msg("%s %s as %s: %d", one->method, path,
            access_role_name(actor->role), status);
    }
}

/* Only staff are bounded. */
static void the_same_is_there_for_who_is_not_bounded(void **state)
{
    struct access_actor staff = person(ROLE_STAFF, "");
    struct access_actor admin = person(ROLE_ADMIN, THEIRS);
    char path[200];

    for (size_t i = 0; i < CASES; i++) {
        if (cases[i].theirs == NULL) {
            continue;
        }
        fill_path(cases[i].route, cases[i].others, path);
        if (strcmp(cases[i].method, "DELETE") != 0) {
            reached(*state, &staff, &cases[i], path);
        }
        reached(*state, &admin, &cases[i], path);
    }
}

/* --- lists ------------------------------------------------------------- */

/** How many rows a list has for somebody. */
static size_t rows_as(struct fixture *fixture, const struct access_actor *actor,
    const char *target)
{
    struct heard heard = {0};
    size_t rows = 0;

    assert_int_equal(get_as(fixture, actor, target, &heard), 200);
    rows = json_array_size(heard.json);
    heard_clear(&heard);
    return rows;
}

static void lists_are_narrowed_before_they_are_paged(void **state)
{
    static const struct {
        const char *target;
        size_t theirs;
        size_t others;
        size_t all;
    } lists[] = {
        {"/api/v1/residents?find=Weng",         2, 1, 3},
        {"/api/v1/residents?find=Weng&limit=1", 1, 1, 1},
        {"/api/v1/residents?find=531503",       0, 2, 2},
        {"/api/v1/residents?find=081200009101", 0, 1, 1},
        {"/api/v1/messages",                    2, 2, 5},
        {"/api/v1/messages?limit=1",            1, 1, 1},
        {"/api/v1/messages?phone=081200009101", 0, 2, 2},
        {"/api/v1/messages?state=queued",       2, 2, 5},
        {"/api/v1/inbox",                       1, 1, 3},
        {"/api/v1/inbox?limit=1",               1, 1, 1},
        {"/api/v1/inbox?open=1",                1, 1, 3},
        {"/api/v1/inbox?phone=081200009777",    0, 0, 1},
    };
    struct access_actor staff = person(ROLE_STAFF, THEIRS);
    struct access_actor others = person(ROLE_STAFF, OTHERS);
    struct access_actor both = person(ROLE_STAFF, THEIRS "," OTHERS);
    struct access_actor all = person(ROLE_STAFF, "");

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const char *target = lists[i].target;

        if (rows_as(*state, &staff, target) != lists[i].theirs ||
            rows_as(*state, &others, target) != lists[i].others ||
            rows_as(*state, &all, target) != lists[i].all) {
            fail_msg("%s: %zu, %zu, %zu", target,
                rows_as(*state, &staff, target),
                rows_as(*state, &others, target),
                rows_as(*state, &all, target));
        }
    }
    assert_int_equal(rows_as(*state, &both, "/api/v1/inbox"), 2);
    assert_int_equal(rows_as(*state, &both, "/api/v1/residents?find=Weng"), 3);
}

static void a_few_messages_among_many_are_found_in_one_page(void **state)
{
    struct fixture *fixture = *state;
    struct access_actor staff = person(ROLE_STAFF, THEIRS);
    struct buf many = {0};

    buf_add_text(&many, "[");
    for (int i = 0; i < 5000; i++) {
        buf_printf(&many, "%s{\"phone\":\"081200009101\",\"text\":\"banyak\"}",
            i > 0 ? "," : "");
    }
    buf_add_text(&many, "]");
    tell(fixture, "POST", "/api/v1/messages", buf_text(&many), 201);
    buf_clear(&many);
    assert_int_equal(rows_as(fixture, &staff, "/api/v1/messages?limit=20"), 2);
    assert_int_equal(rows_as(fixture, &staff, "/api/v1/messages"), 2);
}

static void an_export_has_their_people_only(void **state)
{
    struct access_actor staff = person(ROLE_STAFF, THEIRS);
    struct heard heard = {0};

    assert_int_equal(
        get_as(*state, &staff, "/api/v1/residents/export", &heard), 200);
    assert_non_null(strstr(heard.text, "Maria Weng"));
    assert_null(strstr(heard.text, "Petrus"));
    heard_clear(&heard);
    assert_int_equal(
        get_as(*state, &staff,
            "/api/v1/residents/export?where=kecamatan%3DKomodo", &heard),
        200);
    assert_null(strstr(heard.text, "Petrus"));
    heard_clear(&heard);
}

static void a_preview_counts_and_shows_their_people_only(void **state)
{
    struct access_actor staff = person(ROLE_STAFF, THEIRS);
    struct access_actor all = person(ROLE_STAFF, "");
    struct heard heard = {0};

    assert_int_equal(
        get_as(*state, &all, "/api/v1/campaigns/rekam/preview", &heard), 200);
    assert_int_equal(number_of(heard.json, "audience"), 5);
    assert_non_null(strstr(heard.text, "Petrus"));
    heard_clear(&heard);
    assert_int_equal(
        get_as(*state, &staff, "/api/v1/campaigns/rekam/preview", &heard), 200);
    assert_int_equal(number_of(heard.json, "audience"), 3);
    assert_int_equal(number_of(heard.json, "phones"), 2);
    assert_null(strstr(heard.text, "Petrus"));
    heard_clear(&heard);
    assert_int_equal(
        get_as(*state, &staff, "/api/v1/campaigns/rekam/no_phone", &heard),
        200);
    assert_non_null(strstr(heard.text, "Rosa"));
    assert_null(strstr(heard.text, "Sisilia"));
    heard_clear(&heard);
}

static void they_write_to_their_people_only(void **state)
{
    struct access_actor staff = person(ROLE_STAFF, THEIRS);

    assert_int_equal(status_as(*state, &staff, "POST", "/api/v1/messages",
                         "{\"phone\":\"081200009001\",\"text\":\"a\"}"),
        201);
    assert_int_equal(status_as(*state, &staff, "POST", "/api/v1/messages",
                         "{\"phone\":\"081200009101\",\"text\":\"a\"}"),
        422);
    assert_int_equal(status_as(*state, &staff, "POST", "/api/v1/messages",
                         "[{\"phone\":\"081200009001\",\"text\":\"a\"},"
                         "{\"phone\":\"081200009888\",\"text\":\"a\"}]"),
        422);
    assert_int_equal(rows_as(*state, &staff, "/api/v1/messages"), 3);
}

static void a_sample_text_is_of_their_people_only(void **state)
{
    struct access_actor staff = person(ROLE_STAFF, THEIRS);

    assert_int_equal(
        status_as(*state, &staff, "POST",
            "/api/v1/templates/remind_first/render",
            "{\"nik\":\"" OURS_NIK "\",\"deadline\":\"2016-09-30\"}"),
        200);
    assert_int_equal(
        status_as(*state, &staff, "POST",
            "/api/v1/templates/remind_first/render",
            "{\"nik\":\"" NOT_NIK "\",\"deadline\":\"2016-09-30\"}"),
        404);
    assert_int_equal(
        status_as(*state, &staff, "POST", "/api/v1/templates/remind_first/try",
            "{\"lang\":\"id\",\"text\":\"Halo {name}\","
            "\"nik\":\"" NOT_NIK "\"}"),
        404);
}

/* A phone that two kecamatan share: the thread is one, the people are not. */
static void an_entry_names_their_people_only(void **state)
{
    struct access_actor staff = person(ROLE_STAFF, THEIRS);
    struct heard heard = {0};

    tell(*state, "PATCH", "/api/v1/residents/" NOT_NIK,
        "{\"phone\":\"081200009001\"}", 200);
    assert_int_equal(get_as(*state, &staff, "/api/v1/inbox/1", &heard), 200);
    assert_non_null(strstr(heard.text, "Maria Weng"));
    assert_null(strstr(heard.text, "Petrus"));
    heard_clear(&heard);
}

static void numbers_of_staff_are_of_their_offices(void **state)
{
    struct access_actor staff = person(ROLE_STAFF, THEIRS);

    tell(*state, "POST", "/api/v1/staff-phones",
        "{\"phone\":\"081200009301\",\"name\":\"a\",\"office\":\"LEMBOR\"}",
        201);
    tell(*state, "POST", "/api/v1/staff-phones",
        "{\"phone\":\"081200009302\",\"name\":\"b\",\"office\":\"KOMODO\"}",
        201);
    tell(*state, "POST", "/api/v1/staff-phones",
        "{\"phone\":\"081200009303\",\"name\":\"c\"}", 201);
    assert_int_equal(rows_as(*state, &staff, "/api/v1/staff-phones"), 1);
}

static void numbers_are_of_all_for_everybody(void **state)
{
    static const char *const targets[] = {"/api/v1/status", "/api/v1/campaigns",
        "/api/v1/campaigns/rekam", "/api/v1/campaigns/rekam/report",
        "/api/v1/campaigns/rekam/progress", "/api/v1/campaigns/rekam/forecast",
        "/api/v1/offices/KOMODO/effect?state=down"};
    struct access_actor staff = person(ROLE_STAFF, THEIRS);
    struct access_actor admin = person(ROLE_ADMIN, "");
    json_t *effect = NULL;

    tell(*state, "POST", "/api/v1/campaigns/rekam/start", NULL, 200);
    plan_a_little(*state);
    effect = ask(
        *state, "GET", "/api/v1/offices/KOMODO/effect?state=down", NULL, 200);
    assert_true(number_of(effect, "waiting") > 0);
    json_decref(effect);
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct heard bound = {0};
        struct heard all = {0};

        assert_int_equal(get_as(*state, &staff, targets[i], &bound), 200);
        assert_int_equal(get_as(*state, &admin, targets[i], &all), 200);
        /* Their database grows by the audit in between, if by anything. */
        json_object_del(bound.json, "database");
        json_object_del(all.json, "database");
        assert_true(json_equal(bound.json, all.json));
        heard_clear(&bound);
        heard_clear(&all);
    }
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, with_two_kecamatan, fixture_free)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_narrowed_route_is_tried_here),
        TEST(what_is_of_others_is_not_there),
        TEST(the_same_is_there_for_who_is_not_bounded),
        TEST(lists_are_narrowed_before_they_are_paged),
        TEST(a_few_messages_among_many_are_found_in_one_page),
        TEST(an_export_has_their_people_only),
        TEST(a_preview_counts_and_shows_their_people_only),
        TEST(they_write_to_their_people_only),
        TEST(a_sample_text_is_of_their_people_only),
        TEST(an_entry_names_their_people_only),
        TEST(numbers_are_of_all_for_everybody),
        TEST(numbers_of_staff_are_of_their_offices),
    };
    return cmocka_run_group_tests_name(
        "api: staff of a kecamatan", tests, NULL, NULL);
}
