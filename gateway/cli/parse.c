// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"
#include "cli/cli.h"

#include <string.h>

#define WORD_MOST 31 /* longer words are compared with nothing */
#define FAR       99
#define NEAR      3 /* letters: more is no misspelling */

/* --- what was meant? --- */

static int least(int a, int b)
{
    return a < b ? a : b;
}

int cli_distance(const char *a, const char *b)
{
    int row[WORD_MOST + 1] = {0};
    size_t length = strlen(b);

    if (strlen(a) > WORD_MOST || length > WORD_MOST) {
        return FAR;
    }
    for (size_t j = 0; j <= length; j++) {
        row[j] = (int)j;
    }
    for (size_t i = 0; a[i] != '\0'; i++) {
        int corner = row[0];

        row[0] = (int)i + 1;
        for (size_t j = 1; j <= length; j++) {
            int change = corner + (a[i] == b[j - 1] ? 0 : 1);

            corner = row[j];
            row[j] = least(change, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[length];
}

/** The nearest of the words seen so far. */
struct nearest {
    const char *wanted;
    const char *word;
    int distance;
};

static void consider(struct nearest *nearest, const char *word)
{
    int distance = cli_distance(nearest->wanted, word);

    if (distance < nearest->distance) {
        nearest->distance = distance;
        nearest->word = word;
    }
}

/* --- options --- */

struct reader {
    int count;
    char *const *words;
    int at;
    struct cli_parsed *out;
    struct why *why;
    bool plain;       /* behind -- */
    bool help_wanted; /* "kabari help …" */
};

/** The value of the option at hand: behind its = or the next word. */
static const char *take_value(struct reader *reader, const char *behind)
{
    if (*behind == '=') {
        return behind + 1;
    }
    if (reader->at + 1 >= reader->count) {
        why_set(reader->why, "%s needs a value", reader->words[reader->at]);
        return NULL;
    }
    reader->at++;
    return reader->words[reader->at];
}

static bool is_option(const char *word, const char *name)
{
    size_t length = strlen(name);

    return strncmp(word, name, length) == 0 &&
           (word[length] == '\0' || word[length] == '=');
}

/** Takes one of the options that stand anywhere; false where it is none. */
static bool take_global(struct reader *reader, enum kb_err *err)
{
    static const struct {
        const char *name;
        size_t offset;
    } flags[] = {
        {"--json",    offsetof(struct cli_parsed, json)   },
        {"--yes",     offsetof(struct cli_parsed, yes)    },
        {"-y",        offsetof(struct cli_parsed, yes)    },
        {"--help",    offsetof(struct cli_parsed, help)   },
        {"-h",        offsetof(struct cli_parsed, help)   },
        {"--version", offsetof(struct cli_parsed, version)},
    };

    const char *word = reader->words[reader->at];

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(word, flags[i].name) == 0) {
            *(bool *)((char *)reader->out + flags[i].offset) = true;
            return true;
        }
    }
    if (strcmp(word, "-c") != 0 && !is_option(word, "--config")) {
        return false;
    }
    reader->out->config_file =
        take_value(reader, word[1] == 'c' ? word + 2 : word + 8);
    *err = reader->out->config_file == NULL ? KB_INVALID : KB_OK;
    return true;
}

static enum kb_err unknown_option(struct reader *reader, const char *word)
{
    const struct cli_command *command = reader->out->command;
    const struct cli_option *option = command == NULL ? NULL : command->options;
    struct nearest nearest = {
        .wanted = word + strspn(word, "-"), .distance = NEAR};

    for (; option != NULL && option->name != NULL; option++) {
        consider(&nearest, option->name);
    }
    if (nearest.word != NULL) {
        why_set(reader->why,
            "there is no option %.60s here; did you mean --%s?", word,
            nearest.word);
    } else if (command == NULL) {
        why_set(reader->why,
            "there is no option %.60s in front of a command; see kabari --help",
            word);
    } else {
        why_set(reader->why,
            "there is no option %.60s here; see kabari %s%s%s "
            "--help",
            word, command->group, command->verb == NULL ? "" : " ",
            command->verb == NULL ? "" : command->verb);
    }
    return KB_INVALID;
}

static const struct cli_option *find_option(
    const struct cli_command *command, const char *word)
{
    const struct cli_option *option = command == NULL ? NULL : command->options;

    if (!str_starts(word, "--")) {
        return NULL;
    }
    for (; option != NULL && option->name != NULL; option++) {
        if (is_option(word + 2, option->name)) {
            return option;
        }
    }
    return NULL;
}

static enum kb_err keep_option(
    struct reader *reader, const struct cli_option *option)
{
    struct cli_parsed *out = reader->out;
    const char *behind = reader->words[reader->at] + 2 + strlen(option->name);
    const char *value = "";

    if (option->value != NULL) {
        value = take_value(reader, behind);
    } else if (*behind != '\0') {
        why_set(reader->why, "--%s takes no value", option->name);
        value = NULL;
    }
    if (value == NULL) {
        return KB_INVALID;
    }
    if ((option->flags & CLI_MANY) == 0 &&
        cli_option(out, option->name) != NULL) {
        why_set(reader->why, "--%s may come only once", option->name);
        return KB_INVALID;
    }
    if (out->given_count == CLI_GIVEN_MOST) {
        why_set(reader->why, "there are too many options");
        return KB_INVALID;
    }
    out->given[out->given_count++] = (struct cli_given){option, value};
    return KB_OK;
}

static enum kb_err take_option(struct reader *reader)
{
    const char *word = reader->words[reader->at];
    const struct cli_option *option = find_option(reader->out->command, word);
    enum kb_err err = KB_OK;

    if (option != NULL) {
        return keep_option(reader, option);
    }
    return take_global(reader, &err) ? err : unknown_option(reader, word);
}

/* --- words --- */

static const struct cli_command *find_command(
    const char *group, const char *verb)
{
    const struct cli_command *command = cli_commands();

    for (; command->group != NULL; command++) {
        bool same_verb = command->verb == NULL || verb == NULL
                             ? command->verb == verb
                             : strcmp(command->verb, verb) == 0;

        if (same_verb && strcmp(command->group, group) == 0) {
            return command;
        }
    }
    return NULL;
}

static enum kb_err unknown_group(struct reader *reader, const char *word)
{
    struct nearest nearest = {.wanted = word, .distance = NEAR};
    const struct cli_command *command = cli_commands();

    for (; command->group != NULL; command++) {
        consider(&nearest, command->group);
    }
    if (nearest.word != NULL) {
        why_set(reader->why, "there is no command %.40s; did you mean %s?",
            word, nearest.word);
    } else {
        why_set(
            reader->why, "there is no command %.40s; see kabari --help", word);
    }
    return KB_INVALID;
}

static enum kb_err unknown_verb(struct reader *reader, const char *word)
{
    const char *group = reader->out->group;
    struct nearest nearest = {.wanted = word, .distance = NEAR};
    const struct cli_command *command = cli_commands();
    char list[200] = "";

    for (; command->group != NULL; command++) {
        if (strcmp(command->group, group) == 0) {
            size_t used = strlen(list);

            consider(&nearest, command->verb);
            (void)snprintf(list + used, sizeof list - used, "%s%s",
                used == 0 ? "" : ", ", command->verb);
        }
    }
    if (nearest.word != NULL) {
        why_set(reader->why, "there is no command %s %.40s; did you mean %s?",
            group, word, nearest.word);
    } else {
        why_set(reader->why, "there is no command %s %.40s; there are %s",
            group, word, list);
    }
    return KB_INVALID;
}

/** The first word: a command of its own or the group of one. */
static enum kb_err take_first(struct reader *reader, const char *word)
{
    const struct cli_command *command = cli_commands();

    if (strcmp(word, "help") == 0 && !reader->help_wanted) {
        reader->help_wanted = true;
        reader->out->help = true;
        return KB_OK;
    }
    while (command->group != NULL && strcmp(command->group, word) != 0) {
        command++;
    }
    if (command->group == NULL) {
        return unknown_group(reader, word);
    }
    reader->out->group = command->group;
    reader->out->command = find_command(word, NULL);
    return KB_OK;
}

static enum kb_err take_argument(struct reader *reader, const char *word)
{
    struct cli_parsed *out = reader->out;
    const struct cli_argument *args = out->command->args;

    if (out->arg_count == CLI_ARGS_MOST || args[out->arg_count].name == NULL) {
        why_set(reader->why,
            "\"%.40s\" is one word too many; put a text with spaces in quotes",
            word);
        return KB_INVALID;
    }
    if (*word == '\0' && args[out->arg_count].field == NULL) {
        why_set(reader->why, "%s is empty", args[out->arg_count].name);
        return KB_INVALID;
    }
    out->arg[out->arg_count++] = word;
    return KB_OK;
}

static enum kb_err take_word(struct reader *reader, const char *word)
{
    struct cli_parsed *out = reader->out;

    if (out->group == NULL) {
        return take_first(reader, word);
    }
    if (out->command == NULL) {
        out->command = find_command(out->group, word);
        return out->command == NULL ? unknown_verb(reader, word) : KB_OK;
    }
    return take_argument(reader, word);
}

/* --- complete? --- */

static bool is_utf8(const char *text)
{
    return str_utf8_valid(text, strlen(text));
}

/** What is sent must be UTF-8; names of files may be anything. */
static enum kb_err check_coding(const struct cli_parsed *out, struct why *why)
{
    const char *bad = NULL;

    for (size_t i = 0; i < out->arg_count; i++) {
        bool is_file = strcmp(out->command->args[i].name, "FILE") == 0;

        bad =
            is_file || is_utf8(out->arg[i]) ? bad : out->command->args[i].name;
    }
    for (size_t i = 0; i < out->given_count; i++) {
        const struct cli_option *option = out->given[i].option;
        bool own = (option->flags & CLI_OWN) != 0;

        bad = own || is_utf8(out->given[i].value) ? bad : option->name;
    }
    if (bad != NULL) {
        why_set(why, "%s is not UTF-8; set the terminal to UTF-8", bad);
    }
    return bad == NULL ? KB_OK : KB_INVALID;
}

static enum kb_err check_complete(const struct cli_parsed *out, struct why *why)
{
    const struct cli_command *command = out->command;
    const struct cli_option *option = command->options;
    size_t i = out->arg_count;

    if (i < CLI_ARGS_MOST && command->args[i].name != NULL &&
        !command->args[i].optional) {
        why_set(why, "%s is missing", command->args[i].name);
        return KB_INVALID;
    }
    for (; option != NULL && option->name != NULL; option++) {
        if ((option->flags & CLI_NEEDED) != 0 &&
            cli_option(out, option->name) == NULL) {
            why_set(why, "--%s %s is missing", option->name, option->value);
            return KB_INVALID;
        }
    }
    return check_coding(out, why);
}

enum kb_err cli_parse(
    int count, char *const *words, struct cli_parsed *out, struct why *why)
{
    struct reader reader = {
        .count = count, .words = words, .out = out, .why = why};
    enum kb_err err = KB_OK;

    *out = (struct cli_parsed){0};
    for (; err == KB_OK && reader.at < count; reader.at++) {
        const char *word = words[reader.at];

        if (!reader.plain && strcmp(word, "--") == 0) {
            reader.plain = true;
        } else if (!reader.plain && word[0] == '-' && word[1] != '\0') {
            err = take_option(&reader);
        } else {
            err = take_word(&reader, word);
        }
    }
    if (err != KB_OK || out->help || out->version) {
        return err;
    }
    if (out->command == NULL) {
        why_set(why,
            out->group == NULL ? "say what to do" : "say what to do with it");
        return KB_INVALID;
    }
    return check_complete(out, why);
}

const char *cli_option(const struct cli_parsed *parsed, const char *name)
{
    for (size_t i = 0; i < parsed->given_count; i++) {
        if (strcmp(parsed->given[i].option->name, name) == 0) {
            return parsed->given[i].value;
        }
    }
    return NULL;
}
