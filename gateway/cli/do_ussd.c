// SPDX-License-Identifier: GPL-2.0-or-later
/* kabari modem ussd: a code to the network; on a terminal, menus too. */
#include "base/str.h"
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH "/api/v1/modems/{}/ussd"

/** Sends a code or a reply; open says that the network waits for one. */
static int say(struct cli *cli, const char *path, const char *code, bool *open)
{
    bool hold = !cli->parsed.json && isatty(STDIN_FILENO) == 1;
    struct cli_ask ask = {.method = "POST",
        .path = path,
        .fields = json_pack("{ss sb}", "code", code, "hold", hold ? 1 : 0)};
    json_t *answer = NULL;
    int result = cli_get_json(cli, &ask, &answer);

    if (result == CLI_DONE && cli->parsed.json) {
        cli_print_json(answer);
    } else if (result == CLI_DONE) {
        (void)printf(
            "%s\n", json_string_value(json_object_get(answer, "text")));
    }
    *open = result == CLI_DONE && json_is_true(json_object_get(answer, "open"));
    json_decref(answer);
    json_decref(ask.fields);
    return result;
}

/** What is typed; "" ends the menu. */
static const char *read_reply(char *line, size_t bytes)
{
    (void)fputs("> ", stdout);
    (void)fflush(stdout);
    if (fgets(line, (int)bytes, stdin) == NULL) {
        (void)fputs("\n", stdout);
        return "";
    }
    return str_trim(line);
}

static int end_menu(struct cli *cli, const char *path)
{
    struct cli_ask ask = {.method = "DELETE", .path = path};
    struct cli_answer answer = {0};
    int result = cli_get(cli, &ask, &answer);

    cli_answer_clear(&answer);
    return result;
}

int cli_do_modem_ussd(struct cli *cli)
{
    char *path = cli_path(cli, PATH);
    bool open = false;
    int result = say(cli, path, cli->parsed.arg[1], &open);

    while (result == CLI_DONE && open) {
        char line[256];
        const char *reply = read_reply(line, sizeof line);

        if (*reply == '\0') {
            result = end_menu(cli, path);
            open = false;
        } else {
            result = say(cli, path, reply, &open);
        }
    }
    free(path);
    return result;
}
