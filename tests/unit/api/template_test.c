// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/api/api_fixture.h"

#include <stdlib.h>

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

/* --- editing: in a folder of the fixture's own ---------------------------- */

#define TRY  "/api/v1/templates/remind_first/try"
#define TEXT "/api/v1/templates/remind_first/text"

/** Templates of one's own, so that nothing in the tree is written. */
static void own_templates(struct fixture *fixture)
{
    char command[512];
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/templates", fixture->folder);
    (void)snprintf(command, sizeof(command), "cp -R %s %s",
        fixture->app.config.templates_path, path);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c)
    free(fixture->app.config.templates_path);
    fixture->app.config.templates_path = strdup(path);
    assert_int_equal(app_reload_texts(&fixture->app, NULL), KB_OK);
}

static int own_free(void **state)
{
    struct fixture *fixture = *state;
    char command[512];
    (void)snprintf(
        command, sizeof(command), "rm -rf %s/templates", fixture->folder);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c)
    return fixture_free(state);
}

static void a_text_is_judged_without_being_saved(void **state)
{
    json_t *tried = ask(*state, "POST", TRY,
        "{\"lang\":\"id\",\"text\":\"Halo {name}, datang ke {office}\"}", 200);
    assert_int_equal(number_of(tried, "parts"), 1);
    assert_non_null(strstr(
        text_of(json_object_get(tried, "sample"), "text"), "Halo Maria"));
    json_decref(tried);
    json_t *now = ask(*state, "GET", TEXT "?lang=id", NULL, 200);
    assert_null(strstr(text_of(now, "text"), "Halo"));
    assert_true(json_array_size(json_object_get(now, "placeholders")) > 3);
    json_decref(now);
}

static void a_broken_text_is_refused_with_its_reason(void **state)
{
    own_templates(*state);
    refused(*state, "POST", TRY, "{\"lang\":\"id\",\"text\":\"Halo {nama}\"}",
        "422 invalid text");
    refused(*state, "PUT", TEXT, "{\"lang\":\"id\",\"text\":\"Halo {nama}\"}",
        "422 invalid text");
    refused(*state, "PUT", TEXT, "{\"lang\":\"id\",\"text\":\"\"}",
        "422 invalid text");
    refused(*state, "PUT", TEXT, "{\"lang\":\"xx\",\"text\":\"Halo\"}",
        "404 not_found ");
    json_t *now = ask(*state, "GET", TEXT "?lang=id", NULL, 200);
    assert_non_null(strstr(text_of(now, "text"), "{name}"));
    json_decref(now);
}

static void a_saved_text_is_on_disk_and_used_at_once(void **state)
{
    own_templates(*state);
    tell(*state, "PUT", TEXT,
        "{\"lang\":\"id\",\"text\":\"Halo {name}, s.d. {deadline}\"}", 200);
    json_t *made =
        ask(*state, "POST", "/api/v1/templates/remind_first/render", NULL, 200);
    assert_non_null(strstr(text_of(made, "text"), "Halo Maria"));
    json_decref(made);
    assert_int_equal(
        app_reload_texts(&((struct fixture *)*state)->app, NULL), KB_OK);
    json_t *now = ask(*state, "GET", TEXT "?lang=id", NULL, 200);
    assert_string_equal(text_of(now, "text"), "Halo {name}, s.d. {deadline}");
    json_decref(now);
}

static void who_edits_at_the_same_time_is_not_written_over(void **state)
{
    own_templates(*state);
    refused(*state, "PUT", TEXT,
        "{\"lang\":\"id\",\"text\":\"Halo\",\"was\":\"what I read\"}",
        "409 refused ");
}

static void where_the_folder_cannot_be_written_nothing_changes(void **state)
{
    struct fixture *fixture = *state;
    char command[512];
    own_templates(fixture);
    (void)snprintf(
        command, sizeof(command), "rm -r %s/templates/id", fixture->folder);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c)
    refused(fixture, "PUT", TEXT, "{\"lang\":\"id\",\"text\":\"Halo {name}\"}",
        "503 io ");
    json_t *now = ask(fixture, "GET", TEXT "?lang=id", NULL, 200);
    assert_null(strstr(text_of(now, "text"), "Halo"));
    json_decref(now);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_new_filled, fixture_free)
#define TEST_OWN(name)                                                         \
    cmocka_unit_test_setup_teardown(name, fixture_new_filled, own_free)
    const struct CMUnitTest tests[] = {
        TEST(every_template_is_listed_with_its_size),
        TEST(one_template_is_shown_in_every_language),
        TEST(the_templates_on_disk_are_checked),
        TEST(a_template_is_rendered_for_a_resident),
        TEST(every_template_can_be_rendered_with_a_made_up_resident),
        TEST(what_cannot_be_rendered_is_refused),
        TEST(a_text_is_judged_without_being_saved),
        TEST_OWN(a_broken_text_is_refused_with_its_reason),
        TEST_OWN(a_saved_text_is_on_disk_and_used_at_once),
        TEST_OWN(who_edits_at_the_same_time_is_not_written_over),
        TEST_OWN(where_the_folder_cannot_be_written_nothing_changes),
    };
    return cmocka_run_group_tests_name("api: templates", tests, NULL, NULL);
}
