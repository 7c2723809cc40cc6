// SPDX-License-Identifier: GPL-2.0-or-later
/* What man pages and the shell's completion are made of, from the tables of
 * commands and options: kabari --manual WHAT, for make only. */
#include "base/version.h"
#include "cli/cli.h"
#include "config/config.h"

#include <stdio.h>
#include <string.h>

/** A text as roff has it: no line starts with a dot, hyphens stay hyphens. */
static void put_roff(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '-') {
            (void)fputs("\\-", stdout);
        } else if (*text == '\\') {
            (void)fputs("\\e", stdout);
        } else if (*text == '\'') {
            (void)fputs("\\(aq", stdout);
        } else {
            (void)fputc(*text, stdout);
        }
    }
}

static void manual_command(const struct cli_command *command)
{
    struct buf synopsis = {0};
    const struct cli_option *option = command->options;

    cli_synopsis(command, &synopsis);
    (void)fputs(".TP\n.B ", stdout);
    put_roff(buf_text(&synopsis));
    (void)fputc('\n', stdout);
    put_roff(command->help);
    (void)fputs(".\n", stdout);
    for (; option != NULL && option->name != NULL; option++) {
        (void)fputs(".br\n\\fB\\-\\-", stdout);
        put_roff(option->name);
        (void)fputs(option->value == NULL ? "\\fR" : "\\fR ", stdout);
        put_roff(option->value == NULL ? "" : option->value);
        (void)fputs(": ", stdout);
        put_roff(option->help);
        (void)fputc('\n', stdout);
    }
    (void)fputs(".br\nExample: ", stdout);
    put_roff("kabari ");
    put_roff(command->example);
    (void)fputc('\n', stdout);
    buf_clear(&synopsis);
}

static void manual_commands(void)
{
    for (const struct cli_command *command = cli_commands();
         command->group != NULL; command++) {
        manual_command(command);
    }
}

static void manual_options(void)
{
    size_t count = 0;
    const struct config_option *options = config_options(&count);

    for (size_t i = 0; i < count; i++) {
        const struct config_option *option = &options[i];

        (void)fputs(".TP\n.B ", stdout);
        put_roff(option->path);
        (void)fputs("\n", stdout);
        put_roff(option->help);
        (void)printf(". %s", option->type);
        if (strcmp(option->type, "int") == 0) {
            (void)printf(", %lld to %lld", (long long)option->least,
                (long long)option->most);
        }
        (void)printf(
            "%s%s; ", option->unit[0] != '\0' ? " " : "", option->unit);
        put_roff(option->fallback == NULL ? "must be set" : "default ");
        put_roff(option->fallback == NULL ? "" : option->fallback);
        (void)fputs(".\n", stdout);
    }
}

/** One line for each: "group verb --option …", for the completion to search. */
static void manual_words(void)
{
    for (const struct cli_command *command = cli_commands();
         command->group != NULL; command++) {
        const struct cli_option *option = command->options;

        (void)printf("%s %s", command->group,
            command->verb == NULL ? "-" : command->verb);
        for (; option != NULL && option->name != NULL; option++) {
            (void)printf(" --%s", option->name);
        }
        (void)fputc('\n', stdout);
    }
}

bool cli_manual(const char *what)
{
    static const struct {
        const char *what;
        void (*print)(void);
    } parts[] = {
        {"commands", manual_commands},
        {"options",  manual_options },
        {"words",    manual_words   },
    };

    if (strcmp(what, "version") == 0) {
        (void)puts(KABARI_VERSION);
        return true;
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (strcmp(parts[i].what, what) == 0) {
            parts[i].print();
            return true;
        }
    }
    return false;
}
