// SPDX-License-Identifier: GPL-2.0-or-later
/* What the API says of itself. That real answers are so is checked wherever a
 * test asks: see check_shape() in api_fixture.h. */
#include "api/handlers.h"
#include "api_fixture.h"

static void every_route_says_what_it_answers(void **state)
{
    const struct api_route *route = NULL;
    (void)state;
    for (size_t i = 0; (route = api_route_at(i)) != NULL; i++) {
        const char *shape = api_answer_of(route->method, route->path);
        if (!shape) {
            fail_msg("api/answers.c has no answer for %s %s", route->method,
                route->path);
            return; /* fail_msg() is not seen to stay away */
        }
        json_t *schema = shape_schema(shape);
        bool plain = strcmp(shape, "csv") == 0 || strcmp(shape, "text") == 0;
        if (!schema && !plain) {
            fail_msg("%s %s: \"%s\" cannot be read", route->method, route->path,
                shape);
        }
        json_decref(schema);
    }
}

static void every_named_shape_can_be_read(void **state)
{
    const struct api_shape *shape = NULL;
    (void)state;
    for (size_t i = 0; (shape = api_shape_at(i)) != NULL; i++) {
        json_t *schema = shape_schema(shape->shape);
        if (!schema) {
            fail_msg("the shape %s cannot be read", shape->name);
        }
        json_decref(schema);
    }
}

static bool fits(const char *shape, const char *text)
{
    struct why why = {0};
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    enum kb_err err = shape_check(shape, json, &why);
    json_decref(json);
    assert_true(err == KB_OK || strlen(why.text) > 5);
    return err == KB_OK;
}

static void a_shape_tells_right_answers_from_wrong_ones(void **state)
{
    (void)state;
    assert_true(fits("{id:i name?:s back:d~}", "{\"id\":1,\"back\":null}"));
    assert_true(fits("{id:i}", "{\"id\":1,\"more\":true}"));
    assert_false(fits("{id:i}", "{}"));
    assert_false(fits("{id:i}", "{\"id\":\"1\"}"));
    assert_false(fits("{id:i}", "{\"id\":null}"));
    assert_false(fits("[{id:i}]", "[{\"id\":1},{\"id\":1.5}]"));
    assert_true(fits("[@part]", "[]"));
    assert_false(fits("@error", "{\"error\":{\"code\":\"x\"}}"));
    assert_null(shape_schema("{id:i"));
    assert_null(shape_schema("{id}"));
    assert_null(shape_schema("q"));
}

static json_t *operation(json_t *doc, const char *path, const char *method)
{
    return json_object_get(
        json_object_get(json_object_get(doc, "paths"), path), method);
}

/** Whether each member of a schema or list of parameters says what it is. */
static void assert_described(
    const char *where, const char *name, const json_t *member)
{
    const char *help = text_of(member, "description");
    if (strlen(help) < 5 || strcmp(help, name) == 0) {
        fail_msg("%s: %s is not described in api/openapi.c", where, name);
    }
}

/** The members of a request's body, of one where it may be many. */
static json_t *members_of(const json_t *operation)
{
    json_t *body = json_object_get(operation, "requestBody");
    json_t *content = json_object_get(body, "content");
    void *type = json_object_iter(content);
    json_t *schema =
        type ? json_object_get(json_object_iter_value(type), "schema") : NULL;
    json_t *any = json_object_get(schema, "anyOf");
    return json_object_get(any ? json_array_get(any, 0) : schema, "properties");
}

static void assert_operation_described(
    const char *where, const json_t *operation)
{
    size_t at = 0;
    const char *name = NULL;
    json_t *member = NULL;
    json_array_foreach(json_object_get(operation, "parameters"), at, member)
    {
        if (!json_object_get(member, "$ref")) {
            assert_described(where, text_of(member, "name"), member);
        }
    }
    json_object_foreach(members_of(operation), name, member)
    {
        assert_described(where, name, member);
    }
}

static void every_field_and_parameter_is_described(void **state)
{
    json_t *doc = ask(*state, "GET", "/api/v1/openapi.json", NULL, 200);
    const char *path = NULL;
    json_t *item = NULL;
    json_object_foreach(json_object_get(doc, "paths"), path, item)
    {
        const char *method = NULL;
        json_t *one = NULL;
        json_object_foreach(item, method, one)
        {
            assert_operation_described(path, one);
        }
    }
    json_decref(doc);
}

static void the_document_has_every_route_with_its_fields(void **state)
{
    struct fixture *fixture = *state;
    const struct api_route *route = NULL;
    json_t *doc = ask(fixture, "GET", "/api/v1/openapi.json", NULL, 200);
    assert_string_equal(text_of(doc, "openapi"), "3.1.0");
    for (size_t i = 0; (route = api_route_at(i)) != NULL; i++) {
        char lower[16] = "";
        for (size_t c = 0; route->method[c]; c++) {
            lower[c] = (char)(route->method[c] | 0x20);
        }
        if (!operation(doc, route->path, lower)) {
            fail_msg("no %s %s", route->method, route->path);
        }
    }
    json_t *send = operation(doc, "/api/v1/messages", "post");
    char *text = json_dumps(send, 0);
    assert_non_null(strstr(text, "\"maxLength\": 6120"));
    assert_non_null(strstr(text, "parameters/IdempotencyKey"));
    free(text);
    assert_non_null(operation(doc, "/api/v1/events", "get"));
    json_decref(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_says_what_it_answers),
        cmocka_unit_test(every_named_shape_can_be_read),
        cmocka_unit_test(a_shape_tells_right_answers_from_wrong_ones),
        cmocka_unit_test_setup_teardown(
            the_document_has_every_route_with_its_fields, fixture_new,
            fixture_free),
        cmocka_unit_test_setup_teardown(
            every_field_and_parameter_is_described, fixture_new, fixture_free),
    };
    return cmocka_run_group_tests_name("api: OpenAPI", tests, NULL, NULL);
}
