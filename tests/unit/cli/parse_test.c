// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define MOST_WORDS 24

/* Splits at spaces; '_' stands for a space within a word. */
static enum kb_err parse(
    const char *line, struct cli_parsed *out, struct why *why)
{
    static char copy[512]; /* NOLINT(*-avoid-non-const-global-variables): what
                              was parsed borrows from it */
    static char *words[MOST_WORDS]; /* NOLINT(*-non-const-global-variables) */
    int count = 0;
    char *rest = NULL;

    (void)snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok_r(copy, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        assert_true(count < MOST_WORDS);
        words[count++] = word;
    }
    *why = (struct why){0};
    return cli_parse(count, words, out, why);
}

static void assert_wrong(const char *line, const char *sentence)
{
    struct cli_parsed parsed = {0};
    struct why why = {0};

    assert_int_equal(parse(line, &parsed, &why), KB_INVALID);
    if (strstr(why.text, sentence) == NULL) {
        fail_msg("%s: \"%s\" lacks \"%s\"", line, why.text, sentence);
    }
}

static void global_options_may_stand_anywhere(void **state)
{
    static const char *const lines[] = {
        "-c f.conf --json --yes campaign start rekam",
        "campaign --json -c f.conf start --yes rekam",
        "campaign start rekam -y --json --config=f.conf",
    };
    struct cli_parsed parsed = {0};
    struct why why = {0};

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(parse(lines[i], &parsed, &why), KB_OK);
        assert_true(parsed.json);
        assert_true(parsed.yes);
        assert_string_equal(parsed.config_file, "f.conf");
        assert_string_equal(parsed.command->verb, "start");
        assert_string_equal(parsed.arg[0], "rekam");
    }
}

static void an_option_takes_its_value_from_either_side(void **state)
{
    struct cli_parsed parsed = {0};
    struct why why = {0};

    (void)state;
    assert_int_equal(
        parse("message list --state=queued --limit 3", &parsed, &why), KB_OK);
    assert_string_equal(cli_option(&parsed, "state"), "queued");
    assert_string_equal(cli_option(&parsed, "limit"), "3");
    assert_null(cli_option(&parsed, "cursor"));
    assert_wrong("message list --state", "needs a value");
    assert_wrong("inbox list --open=1", "takes no value");
}

static void only_a_list_may_come_twice(void **state)
{
    struct cli_parsed parsed = {0};
    struct why why = {0};

    (void)state;
    assert_int_equal(
        parse("resident export --where sex=P --where age>=60", &parsed, &why),
        KB_OK);
    assert_int_equal(parsed.given_count, 2);
    assert_wrong("message list --state a --state b", "only once");
}

static void what_is_needed_is_asked_for(void **state)
{
    (void)state;
    assert_wrong("campaign create rekam --template t", "--deadline DATE");
    assert_wrong("office show", "CODE is missing");
    assert_wrong("message show 1 2", "one word too many");
    assert_wrong("", "say what to do");
    assert_wrong("campaign", "say what to do");
}

static void a_misspelling_is_guessed(void **state)
{
    (void)state;
    assert_wrong("campain list", "did you mean campaign?");
    assert_wrong("campaign strat x", "did you mean start?");
    assert_wrong("message list --stat x", "did you mean --state?");
    assert_wrong("zzyzx x", "see kabari --help");
    assert_wrong("modem whistle m1", "there are list, show, log");
    assert_wrong("--limit 3 message list", "in front of a command");
}

static void two_dashes_end_options(void **state)
{
    struct cli_parsed parsed = {0};
    struct why why = {0};

    (void)state;
    assert_int_equal(
        parse("send 081200009001 -- --halo", &parsed, &why), KB_OK);
    assert_string_equal(parsed.arg[1], "--halo");
    assert_int_equal(parse("resident import -", &parsed, &why), KB_OK);
    assert_string_equal(parsed.arg[0], "-");
}

static void help_needs_nothing_else(void **state)
{
    struct cli_parsed parsed = {0};
    struct why why = {0};

    (void)state;
    assert_int_equal(parse("help", &parsed, &why), KB_OK);
    assert_true(parsed.help);
    assert_int_equal(parse("help campaign", &parsed, &why), KB_OK);
    assert_string_equal(parsed.group, "campaign");
    assert_null(parsed.command);
    assert_int_equal(parse("campaign create --help", &parsed, &why), KB_OK);
    assert_string_equal(parsed.command->verb, "create");
    assert_int_equal(parse("--version", &parsed, &why), KB_OK);
    assert_true(parsed.version);
}

static void text_that_is_not_utf8_is_refused(void **state)
{
    (void)state;
    assert_wrong("send 081200009001 \xe9t\xe9", "TEXT is not UTF-8");
}

static void distance_counts_letters(void **state)
{
    (void)state;
    assert_int_equal(cli_distance("send", "send"), 0);
    assert_int_equal(cli_distance("sned", "send"), 2);
    assert_int_equal(cli_distance("", "abc"), 3);
    assert_int_equal(
        cli_distance("a-word-that-is-far-too-long-for-us", "x"), 99);
}

/* The table itself: what a row promises must hold for all of them. */
static void every_command_has_help_an_example_and_something_to_do(void **state)
{
    const struct cli_command *command = cli_commands();

    (void)state;
    for (; command->group != NULL; command++) {
        struct cli_parsed parsed = {0};
        struct why why = {0};
        struct buf synopsis = {0};
        bool list = command->shape == CLI_LIST;
        bool line = command->shape == CLI_LINE;

        assert_non_null(command->help);
        assert_non_null(command->example);
        assert_true(command->run != NULL || command->path != NULL);
        assert_true(
            !list || (cli_columns_of(command->list) != NULL && command->empty));
        assert_true(!line || command->line != NULL);
        cli_synopsis(command, &synopsis);
        assert_ptr_equal(strstr(buf_text(&synopsis), "kabari "), synopsis.data);
        buf_clear(&synopsis);
        /* An example parses, as far as quotes allow. */
        if (strpbrk(command->example, "\"'>") == NULL) {
            assert_int_equal(parse(command->example, &parsed, &why), KB_OK);
            assert_ptr_equal(parsed.command, command);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(global_options_may_stand_anywhere),
        cmocka_unit_test(an_option_takes_its_value_from_either_side),
        cmocka_unit_test(only_a_list_may_come_twice),
        cmocka_unit_test(what_is_needed_is_asked_for),
        cmocka_unit_test(a_misspelling_is_guessed),
        cmocka_unit_test(two_dashes_end_options),
        cmocka_unit_test(help_needs_nothing_else),
        cmocka_unit_test(text_that_is_not_utf8_is_refused),
        cmocka_unit_test(distance_counts_letters),
        cmocka_unit_test(every_command_has_help_an_example_and_something_to_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
