// SPDX-License-Identifier: GPL-2.0-or-later
/* kabari: read the words, run the command. */
#include "base/version.h"
#include "cli/cli.h"
#include "web/memory.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run(struct cli *cli)
{
    const struct cli_command *command = cli->parsed.command;
    int code = command->run == NULL ? cli_run_row(cli) : command->run(cli);

    cli_hang_up(cli);
    config_clear(&cli->config);
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        return cli_fail(CLI_FAILED, "standard output cannot be written");
    }
    return code;
}

/** The list of what there is stands above, the mistake last: it is what one
 *  sees first. */
static int usage(const struct cli_parsed *parsed, const struct why *why)
{
    struct buf synopsis = {0};

    if (parsed->command != NULL) {
        cli_synopsis(parsed->command, &synopsis);
        (void)fprintf(stderr, "usage: %s\n", buf_text(&synopsis));
    } else if (strstr(why->text, "did you mean") == NULL) {
        cli_help(stderr, parsed);
        (void)fputc('\n', stderr);
    }
    buf_clear(&synopsis);
    return cli_fail(CLI_USAGE, "%s", why->text);
}

int main(int argc, char **argv)
{
    struct cli cli = {0};
    struct why why = {0};

    web_use_memory();
    /* Widths are a UTF-8 terminal's, whatever LANG says; all else is C's. */
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    /* Only what went wrong, unless asked: standard error is for people. */
    (void)setenv("KABARI_LOG", "warning", 0);
    if (argc == 3 && strcmp(argv[1], "--manual") == 0) {
        return cli_manual(argv[2]) ? CLI_DONE : CLI_USAGE;
    }
    if (cli_parse(argc - 1, argv + 1, &cli.parsed, &why) != KB_OK) {
        return usage(&cli.parsed, &why);
    }
    if (cli.parsed.version) {
        (void)puts("kabari " KABARI_VERSION);
        return CLI_DONE;
    }
    if (cli.parsed.help) {
        cli_help(stdout, &cli.parsed);
        return CLI_DONE;
    }
    return run(&cli);
}
