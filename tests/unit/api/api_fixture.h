// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_TESTS_API_FIXTURE_H
#define KABARI_TESTS_API_FIXTURE_H

#include "api/api.h"
#include "api/shape.h"
#include "base/str.h"

#include <jansson.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A gateway without modems and without a loop, in a folder of its own, on a
   clock that stands at 2016-09-01 08:00 WITA, and requests to its API. Tests
   run at the top of the source tree: the templates are the project's own. */
struct fixture {
    char folder[64];
    char config[96];
    struct app app;
    struct api *api;
};

#define FIXTURE_NOW_MS 1472688000000LL /* 2016-09-01T00:00:00Z */

static inline void fixture_write(
    const struct fixture *fixture, const char *name, const char *text)
{
    char path[160];
    (void)snprintf(path, sizeof(path), "%s/%s", fixture->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/** modems: the list's content in libconfig's syntax. */
static inline void fixture_configure(
    struct fixture *fixture, const char *modems)
{
    char text[8192];
    char here[PATH_MAX];
    assert_non_null(getcwd(here, sizeof(here)));
    (void)snprintf(text, sizeof(text),
        "site = { name = \"DUKCAPIL MABAR\"; };\n"
        "database = { path = \"kabari.db\"; };\n"
        "templates = \"%s/templates\";\n"
        "control = { socket = \"kabari.sock\"; group = \"\"; };\n"
        "http = { listen = \"127.0.0.1:0\"; };\n"
        "modems = ( %s );\n",
        here, modems);
    fixture_write(fixture, "kabari.conf", text);
}

static inline struct fixture *fixture_open(const char *modems)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    (void)snprintf(
        fixture->folder, sizeof(fixture->folder), "/tmp/kabari-api-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->config, sizeof(fixture->config), "%s/kabari.conf",
        fixture->folder);
    fixture_configure(fixture, modems);
    struct app_options options = {
        .config_file = fixture->config, .holder = "kabari"};
    struct why why = {0};
    if (app_open(&options, &fixture->app, &why) != KB_OK) {
        fail_msg("%s:%d: %s", why.file, why.line, why.text);
    }
    fixture->app.clock = clock_fixed(FIXTURE_NOW_MS);
    assert_int_equal(api_open(&fixture->app, &fixture->api), KB_OK);
    return fixture;
}

static inline int fixture_new(void **state)
{
    *state = fixture_open("");
    return 0;
}

static inline int fixture_free(void **state)
{
    static const char *const files[] = {"kabari.db", "kabari.db-wal",
        "kabari.db-shm", "kabari.db.lock", "kabari.conf", "kabari.sock"};
    struct fixture *fixture = *state;
    api_close(fixture->api);
    app_close(&fixture->app);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[160];
        (void)snprintf(path, sizeof(path), "%s/%s", fixture->folder, files[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(fixture->folder), 0);
    free(fixture);
    return 0;
}

/* --- asking ---------------------------------------------------------- */

/** What came back; answers counts how often. */
struct heard {
    int answers;
    int status;
    char type[64];
    char *text;
    json_t *json; /* NULL where it is no JSON */
};

static inline void on_heard(void *arg, int status, const char *content_type,
    const char *text, size_t bytes)
{
    struct heard *heard = arg;
    heard->answers++;
    heard->status = status;
    assert_int_equal(
        str_copy(heard->type, sizeof(heard->type), content_type), KB_OK);
    free(heard->text);
    heard->text = strndup(text, bytes);
    json_decref(heard->json);
    heard->json = json_loadb(text, bytes, JSON_DECODE_ANY, NULL);
}

static inline void heard_clear(struct heard *heard)
{
    free(heard->text);
    json_decref(heard->json);
    *heard = (struct heard){0};
}

/** Hands a request over; target may have a query. */
static inline void hand_over(struct fixture *fixture, const char *method,
    const char *target, const char *body, struct heard *heard)
{
    char path[512];
    assert_int_equal(str_copy(path, sizeof(path), target), KB_OK);
    char *query = strchr(path, '?');
    if (query) {
        *query++ = '\0';
    }
    bool json = body && (body[0] == '{' || body[0] == '[');
    struct api_request request = {
        .method = method,
        .path = path,
        .query = query,
        .content_type = json   ? "application/json"
                        : body ? "text/csv"
                               : NULL,
        .body = body,
        .body_bytes = body ? strlen(body) : 0,
        .who = "test",
    };
    api_handle(fixture->api, &request, on_heard, heard);
}

/** Commits and works until the answer is there. */
static inline void wait_for(struct fixture *fixture, struct heard *heard)
{
    for (int turn = 0; heard->answers == 0; turn++) {
        assert_true(turn < 100000);
        (void)api_work(fixture->api);
        assert_int_equal(store_commit(fixture->app.store), KB_OK);
    }
    assert_int_equal(heard->answers, 1);
}

/** Holds an answer against what the API says that it answers. */
static inline void check_shape(
    const char *method, const char *target, const struct heard *heard)
{
    char path[512];
    struct why why = {0};
    assert_int_equal(str_copy(path, sizeof(path), target), KB_OK);
    path[strcspn(path, "?")] = '\0';
    const struct api_route *route = api_route_find(method, path);
    const char *shape =
        route ? api_answer_of(route->method, route->path) : NULL;
    if (heard->status >= 400) {
        shape = heard->json ? "@error" : NULL;
    }
    if (shape && heard->json &&
        shape_check(shape, heard->json, &why) != KB_OK) {
        fail_msg("%s %s: %s", method, target, why.text);
    }
}

/** Asks and returns the JSON answer, which fixture's caller frees; fails where
 *  the status is another. */
static inline json_t *ask(struct fixture *fixture, const char *method,
    const char *target, const char *body, int status)
{
    struct heard heard = {0};
    hand_over(fixture, method, target, body, &heard);
    wait_for(fixture, &heard);
    if (heard.status != status) {
        fail_msg("%s %s: status %d, not %d: %s", method, target, heard.status,
            status, heard.text);
    }
    check_shape(method, target, &heard);
    json_t *json = json_incref(heard.json);
    heard_clear(&heard);
    return json;
}

/** The same where the answer itself does not matter. */
static inline void tell(struct fixture *fixture, const char *method,
    const char *target, const char *body, int status)
{
    json_decref(ask(fixture, method, target, body, status));
}

/** A text member of an object, or of error; "" where there is none. */
static inline const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static inline const json_t *error_of(const json_t *answer)
{
    return json_object_get(answer, "error");
}

static inline int64_t number_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

/** Asks, expects an error, and compares its code and field. */
static inline void refused(struct fixture *fixture, const char *method,
    const char *target, const char *body, const char *expected)
{
    struct heard heard = {0};
    char seen[128];
    hand_over(fixture, method, target, body, &heard);
    wait_for(fixture, &heard);
    (void)snprintf(seen, sizeof(seen), "%d %s %s", heard.status,
        text_of(error_of(heard.json), "code"),
        text_of(error_of(heard.json), "field"));
    assert_string_equal(seen, expected);
    check_shape(method, target, &heard);
    assert_true(strlen(text_of(error_of(heard.json), "message")) > 10);
    heard_clear(&heard);
}

/* --- people ---------------------------------------------------------- */

#define OFFICES_CSV                                                            \
    "code,name,kecamatan,lat,lon,capacity,hours,days,blanks,fallback\n"        \
    "LEMBOR,Kantor Camat Lembor,Lembor,-8.7,120.1,60,08:00-14:00,Mon-Fri,0,"   \
    "KOMODO\n"                                                                 \
    "KOMODO,Dinas Dukcapil,Komodo,-8.5,119.9,110,08:00-14:00,Mon-Fri,500,\n"

#define RESIDENTS_CSV                                                          \
    "nik,nama,tgl_lahir,jk,kecamatan,kantor,hp,status\n"                       \
    "5315050101909001,Maria Weng,1990-01-01,L,Lembor,LEMBOR,081200009001,"     \
    "belum_rekam\n"                                                            \
    "5315050201919002,Yohanes Jehadu,1991-01-02,L,Lembor,LEMBOR,"              \
    "081200009002,belum_rekam\n"                                               \
    "5315050301929003,Agus Nabit,1992-01-03,L,Lembor,LEMBOR,081200009003,"     \
    "dicetak\n"

static inline void fixture_fill(struct fixture *fixture)
{
    tell(fixture, "POST", "/api/v1/offices/import", OFFICES_CSV, 200);
    tell(fixture, "POST", "/api/v1/residents/import", RESIDENTS_CSV, 200);
}

static inline int fixture_new_filled(void **state)
{
    *state = fixture_open("");
    fixture_fill(*state);
    return 0;
}

/** Plans what campaigns send by now. */
static inline void plan_a_little(struct fixture *fixture)
{
    bool more = true;
    int64_t next_at_ms = 0;
    for (int i = 0; more && i < 1000; i++) {
        assert_int_equal(
            campaigns_tick(fixture->app.campaigns, &more, &next_at_ms), KB_OK);
        assert_int_equal(store_commit(fixture->app.store), KB_OK);
    }
}

#endif
