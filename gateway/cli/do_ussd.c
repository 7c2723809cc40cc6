// SPDX-License-Identifier: GPL-2.0-or-later
/* kabari modem ussd: a code to the network; on a terminal, menus too. */
#include "base/str.h"
#include "cli/cli.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH "/api/v1/modems/{}/ussd"

/** Prints an answer; what it lacks in text is a failure in words. */
static int print_answer(const struct cli *cli, const json_t *answer, bool hold)
{
    const char *text = json_string_value(json_object_get(answer, "text"));
    const char *note = json_string_value(json_object_get(answer, "note"));
    bool menu = json_integer_value(json_object_get(answer, "status")) == 1;

    if (cli->parsed.json) {
        cli_print_json(answer);
        return *note == '\0' ? CLI_DONE : CLI_FAILED;
    }
    if (*note != '\0') {
        return cli_fail(CLI_FAILED, "%s", note);
    }
    (void)printf("%s\n", text);
    if (menu && !hold) {
        (void)cli_fail(CLI_DONE, "that is a menu, and it was ended; it can be "
                                 "replied to on a terminal");
    }
    return CLI_DONE;
}

/** Sends a code, or a reply in a dialogue; it is 0 once no reply is waited
 *  for. */
static int say(
    struct cli *cli, const char *path, const char *code, json_int_t *dialogue)
{
    bool hold = !cli->parsed.json && isatty(STDIN_FILENO) == 1;
    struct cli_ask ask = {.method = "POST",
        .path = path,
        .fields = json_pack("{ss sb sI}", "code", code, "hold", hold ? 1 : 0,
            "dialogue", *dialogue)};
    json_t *answer = NULL;
    int result = cli_get_json(cli, &ask, &answer);

    *dialogue = 0;
    if (result == CLI_DONE) {
        *dialogue = json_integer_value(json_object_get(answer, "dialogue"));
        result = print_answer(cli, answer, hold);
    }
    json_decref(answer);
    json_decref(ask.fields);
    return result;
}

static void on_end(int signal)
{
    (void)signal; /* the read below ends, and with it the menu */
}

/** What is typed; "" ends the menu, and so do Ctrl-C, Ctrl-D and a terminal
 *  that goes away: the network would wait for a reply, and others for it. */
static const char *read_reply(char *line, size_t bytes)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP};

    enum {
        ENDS = sizeof ends / sizeof *ends
    };
    struct sigaction end = {.sa_handler = on_end}; /* no SA_RESTART */
    struct sigaction before[ENDS];
    bool read = false;

    (void)fputs("> ", stdout);
    (void)fflush(stdout);
    for (size_t i = 0; i < ENDS; i++) {
        (void)sigaction(ends[i], &end, &before[i]);
    }
    read = fgets(line, (int)bytes, stdin) != NULL;
    for (size_t i = 0; i < ENDS; i++) {
        (void)sigaction(ends[i], &before[i], NULL);
    }
    if (!read) {
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
    json_int_t dialogue = 0;
    int result = say(cli, path, cli->parsed.arg[1], &dialogue);

    while (result == CLI_DONE && dialogue != 0) {
        char line[256];
        const char *reply = read_reply(line, sizeof line);

        if (*reply == '\0') {
            result = end_menu(cli, path);
            dialogue = 0;
        } else {
            result = say(cli, path, reply, &dialogue);
        }
    }
    free(path);
    return result;
}
