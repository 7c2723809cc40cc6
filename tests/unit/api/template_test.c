// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/api/api_fixture.h"

static void every_template_is_listed_with_its_size(void **state)
{
    json_t *list = ask(*state, "GET", "/api/v1/templates", NULL, 200);
    assert_true(json_array_size(list) > 40);
    const json_t *first = json_array_get(list, 0);
    assert_string_equal(text_of(first, "lang"), "id");
    assert_string_equal(text_of(first, "coding"), "gsm7");
    assert_true(number_of(first, "parts") >= 1);
    assert_true(number_of(first, "units") > 0);
    assert_true(json_is_array(json_object_get(first, "warnings")));
    json_decref(list);
}

static void one_template_is_shown_in_every_language(void **state)
{
    json_t *list =
        ask(*state, "GET", "/api/v1/templates/remind_first", NULL, 200);
    assert_true(json_array_size(list) >= 2);
    assert_non_null(strchr(text_of(json_array_get(list, 0), "source"), '{'));
    json_decref(list);
    refused(*state, "GET", "/api/v1/templates/nothing", NULL, "404 not_found ");
}

static void the_templates_on_disk_are_checked(void **state)
{
    json_t *check = ask(*state, "GET", "/api/v1/templates/check", NULL, 200);
    assert_true(json_is_true(json_object_get(check, "ok")));
    assert_int_equal(json_array_size(json_object_get(check, "faults")), 0);
    assert_true(json_array_size(json_object_get(check, "findings")) > 40);
    json_decref(check);
}

static void a_template_is_rendered_for_a_resident(void **state)
{
    json_t *text = ask(*state, "POST", "/api/v1/templates/remind_first/render",
        "{\"nik\":\"5315050101909001\",\"deadline\":\"2016-09-30\"}", 200);
    assert_non_null(strstr(text_of(text, "text"), "30 Sep"));
    assert_null(strchr(text_of(text, "text"), '{'));
    assert_int_equal(number_of(text, "parts"), 1);
    json_decref(text);
}

static void every_template_can_be_rendered_with_a_made_up_resident(void **state)
{
    json_t *list = ask(*state, "GET", "/api/v1/templates", NULL, 200);
    for (size_t i = 0; i < json_array_size(list); i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "/api/v1/templates/%s/render",
            text_of(json_array_get(list, i), "name"));
        tell(*state, "POST", path, NULL, 200);
    }
    json_decref(list);
}

static void what_cannot_be_rendered_is_refused(void **state)
{
    refused(*state, "POST", "/api/v1/templates/remind_first/render",
        "{\"nik\":\"5315050101909999\"}", "404 not_found nik");
    refused(*state, "POST", "/api/v1/templates/nothing/render", NULL,
        "404 not_found ");
    refused(*state, "POST", "/api/v1/templates/remind_first/render",
        "{\"deadline\":\"soon\"}", "422 invalid deadline");
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new_filled, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(every_template_is_listed_with_its_size),
        TEST(one_template_is_shown_in_every_language),
        TEST(the_templates_on_disk_are_checked),
        TEST(a_template_is_rendered_for_a_resident),
        TEST(every_template_can_be_rendered_with_a_made_up_resident),
        TEST(what_cannot_be_rendered_is_refused),
    };
    return cmocka_run_group_tests_name("api: templates", tests, NULL, NULL);
}
