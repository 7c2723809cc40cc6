// SPDX-License-Identifier: GPL-2.0-or-later
/* Holds gateway/share/kabari.conf.example against the option table: whoever
   adds an option also explains it to people. Runs in the top folder. */
#include "base/mem.h"
#include "config/config.h"

#include <libconfig.h>

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define EXAMPLE    "gateway/share/kabari.conf.example"
#define LINES_MOST 1000

struct example {
    config_t tree;
    char *lines[LINES_MOST];
    size_t line_count;
};

static int open_example(void **state)
{
    struct example *example = mem_new(sizeof *example);
    FILE *file = fopen(EXAMPLE, "re");
    char *line = NULL;
    size_t room = 0;

    assert_non_null(file);
    while (getline(&line, &room, file) >= 0) {
        assert_true(example->line_count < LINES_MOST);
        line[strcspn(line, "\n")] = '\0';
        example->lines[example->line_count++] = mem_strdup(line);
    }
    free(line);
    (void)fclose(file);
    config_init(&example->tree);
    assert_int_equal(config_read_file(&example->tree, EXAMPLE), CONFIG_TRUE);
    *state = example;
    return 0;
}

static int close_example(void **state)
{
    struct example *example = *state;

    for (size_t i = 0; i < example->line_count; i++) {
        free(example->lines[i]);
    }
    config_destroy(&example->tree);
    free(example);
    return 0;
}

/* "modems[].pin" as libconfig looks it up: "modems.[0].pin". */
static const config_setting_t *find(
    const struct example *example, const char *path)
{
    char lookup[80];
    const char *list = strstr(path, "[]");

    if (list == NULL) {
        return config_lookup(&example->tree, path);
    }
    (void)snprintf(lookup, sizeof lookup, "%.*s.[0]%s", (int)(list - path),
        path, list + 2);
    return config_lookup(&example->tree, lookup);
}

/* The comment right above a setting, in one line. */
static char *comment_above(
    const struct example *example, const config_setting_t *setting)
{
    size_t end = config_setting_source_line(setting) - 1U;
    size_t start = end;
    char *all = mem_strdup("");

    while (start > 0 &&
           example->lines[start - 1][strspn(example->lines[start - 1], " ")] ==
               '#') {
        start--;
    }
    for (size_t i = start; i < end; i++) {
        const char *line = example->lines[i];
        char *longer = mem_printf("%s%s", all, line + strspn(line, " #") - 1);

        free(all);
        all = longer;
    }
    return all;
}

static void assert_has(
    const struct config_option *option, const char *comment, const char *part)
{
    if (strstr(comment, part) == NULL) {
        fail_msg("%s: the comment \"%s\" does not say \"%s\"", option->path,
            comment, part);
    }
}

static void every_option_stands_in_the_example(void **state)
{
    size_t count = 0;
    const struct config_option *options = config_options(&count);

    assert_true(count > 30);
    for (size_t i = 0; i < count; i++) {
        if (find(*state, options[i].path) == NULL) {
            fail_msg("%s is not in %s", options[i].path, EXAMPLE);
        }
    }
}

static void every_comment_names_the_default(void **state)
{
    size_t count = 0;
    const struct config_option *options = config_options(&count);

    for (size_t i = 0; i < count; i++) {
        const char *fallback = options[i].fallback;
        char *wanted = fallback == NULL ? mem_strdup("Must be set.")
                                        : mem_printf("Default %s.", fallback);
        char *comment = comment_above(*state, find(*state, options[i].path));

        assert_has(&options[i], comment, wanted);
        free(comment);
        free(wanted);
    }
}

/* What the comment must say of the range; "" where a rule is said in words. */
static char *range_of(const struct config_option *option)
{
    if (strcmp(option->type, "int") == 0) {
        return mem_printf("%" PRId64 " to %" PRId64 " %s.", option->least,
            option->most, option->unit);
    }
    if (strcmp(option->type, "bool") == 0) {
        return mem_strdup("true or false.");
    }
    if (strcmp(option->type, "time") == 0) {
        return mem_strdup("HH:MM, \"00:00\" to \"24:00\"");
    }
    if (strcmp(option->type, "string") == 0 && option->rule == NULL &&
        option->most > 8) {
        return mem_printf(
            "%" PRId64 " to %" PRId64 " bytes.", option->least, option->most);
    }
    return mem_strdup("");
}

static void every_comment_names_range_and_unit(void **state)
{
    size_t count = 0;
    const struct config_option *options = config_options(&count);

    for (size_t i = 0; i < count; i++) {
        char *wanted = range_of(&options[i]);
        char *comment = comment_above(*state, find(*state, options[i].path));

        assert_has(&options[i], comment, wanted);
        free(comment);
        free(wanted);
    }
}

static void on_fault(void *arg, const struct why *why)
{
    (void)arg;
    fail_msg("%s:%d: %s", why->file, why->line, why->text);
}

static void the_example_is_valid_as_it_is(void **state)
{
    (void)state;
    assert_int_equal(config_check(EXAMPLE, on_fault, NULL), 0);
}

static void every_default_is_one_that_a_file_may_have(void **state)
{
    size_t count = 0;
    const struct config_option *options = config_options(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        const struct config_option *option = &options[i];
        config_t tree;
        char *text = mem_printf(
            "x = %s;", option->fallback == NULL ? "1" : option->fallback);

        config_init(&tree);
        assert_int_equal(config_read_string(&tree, text), CONFIG_TRUE);
        if (strcmp(option->type, "int") == 0) {
            int value = 0;

            assert_int_equal(
                config_lookup_int(&tree, "x", &value), CONFIG_TRUE);
            assert_in_range(
                value - option->least, 0, option->most - option->least);
        }
        config_destroy(&tree);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_stands_in_the_example),
        cmocka_unit_test(every_comment_names_the_default),
        cmocka_unit_test(every_comment_names_range_and_unit),
        cmocka_unit_test(the_example_is_valid_as_it_is),
        cmocka_unit_test(every_default_is_one_that_a_file_may_have),
    };

    return cmocka_run_group_tests(tests, open_example, close_example);
}
