// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#define HELP_WIDTH 79
#define VERB_WIDTH 13 /* staff-remove and a blank */
#define HELP_FROM  (2 + 8 + 1 + VERB_WIDTH)

static const char intro[] =
    "usage: kabari [-c FILE] [--json] [--yes] COMMAND …\n"
    "\n"
    "Kabari lets citizens know: the command line of the gateway. It asks the\n"
    "running kabarid, or works on the database itself where none runs.\n"
    "\n"
    "  -c FILE    configuration; else $KABARI_CONFIG, else\n"
    "             /etc/kabari/kabari.conf\n"
    "  --json     one JSON document instead of a table\n"
    "  --yes      do not ask\n"
    "  --help     on a command or a group of commands\n"
    "  --version\n"
    "\n"
    "Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 refused by a rule or\n"
    "by invalid input.\n";

static void add_argument(const struct cli_argument *argument, struct buf *out)
{
    buf_printf(out, argument->optional ? " [%s]" : " %s", argument->name);
}

static void add_option(const struct cli_option *option, struct buf *out)
{
    bool needed = (option->flags & CLI_NEEDED) != 0;
    bool many = (option->flags & CLI_MANY) != 0;

    buf_printf(out, " %s--%s", needed ? "" : "[", option->name);
    if (option->value != NULL) {
        buf_printf(out, " %s", option->value);
    }
    buf_printf(out, "%s%s", needed ? "" : "]", many ? "…" : "");
}

void cli_synopsis(const struct cli_command *command, struct buf *out)
{
    const struct cli_option *option = command->options;

    buf_printf(out, "kabari %s", command->group);
    if (command->verb != NULL) {
        buf_printf(out, " %s", command->verb);
    }
    for (size_t i = 0; i < CLI_ARGS_MOST && command->args[i].name != NULL;
         i++) {
        add_argument(&command->args[i], out);
    }
    for (; option != NULL && option->name != NULL; option++) {
        add_option(option, out);
    }
}

/** Prints a text in lines that fit, all but the first indented. */
static void wrap(FILE *out, const char *text, int used, int indent)
{
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        char *word = strndup(text, length);
        int width = word == NULL ? 0 : cli_width(word);

        if (used > indent && used + 1 + width > HELP_WIDTH) {
            (void)fprintf(out, "\n%*s", indent, "");
            used = indent;
        } else if (used > indent) {
            (void)fputc(' ', out);
            used++;
        }
        (void)fputs(word == NULL ? "" : word, out);
        used += width;
        free(word);
        text += length;
        text += strspn(text, " ");
    }
    (void)fputc('\n', out);
}

static void name_of(const struct cli_option *option, struct buf *out)
{
    buf_printf(out, "  --%s%s%s", option->name,
        option->value == NULL ? "" : " ",
        option->value == NULL ? "" : option->value);
}

static int names_width(const struct cli_option *option)
{
    int most = 0;

    for (; option != NULL && option->name != NULL; option++) {
        struct buf name = {0};
        int width = 0;

        name_of(option, &name);
        width = cli_width(buf_text(&name));
        most = width > most ? width : most;
        buf_clear(&name);
    }
    return most + 2;
}

static void print_options(FILE *out, const struct cli_option *option)
{
    int width = names_width(option);

    for (; option != NULL && option->name != NULL; option++) {
        struct buf name = {0};

        name_of(option, &name);
        (void)fprintf(out, "%s%*s", buf_text(&name),
            width - cli_width(buf_text(&name)), "");
        wrap(out, option->help, width, width);
        buf_clear(&name);
    }
}

static void help_command(FILE *out, const struct cli_command *command)
{
    struct buf synopsis = {0};

    cli_synopsis(command, &synopsis);
    (void)fputs("usage: ", out);
    wrap(out, buf_text(&synopsis), 7, 7);
    (void)fprintf(out, "\n%s\n", command->help);
    if (command->options != NULL) {
        (void)fputc('\n', out);
        print_options(out, command->options);
    }
    (void)fprintf(out, "\nExample: kabari %s\n", command->example);
    buf_clear(&synopsis);
}

static void help_list(FILE *out, const char *group)
{
    const struct cli_command *command = cli_commands();

    for (; command->group != NULL; command++) {
        const char *verb = command->verb == NULL ? "" : command->verb;

        if (group == NULL || strcmp(group, command->group) == 0) {
            (void)fprintf(out, "  %-8s %-*s", command->group, VERB_WIDTH, verb);
            wrap(out, command->help, HELP_FROM, HELP_FROM);
        }
    }
}

void cli_help(FILE *out, const struct cli_parsed *parsed)
{
    if (parsed->command != NULL) {
        help_command(out, parsed->command);
    } else if (parsed->group != NULL) {
        (void)fprintf(out, "usage: kabari %s COMMAND …\n\n", parsed->group);
        help_list(out, parsed->group);
        (void)fprintf(out, "\nMore: kabari %s COMMAND --help\n", parsed->group);
    } else {
        (void)fputs(intro, out);
        (void)fputs("\nCommands:\n", out);
        help_list(out, NULL);
        (void)fputs("\nMore: kabari COMMAND --help\n"
                    "Example: kabari send 081200009001 \"Halo\"\n",
            out);
    }
}
