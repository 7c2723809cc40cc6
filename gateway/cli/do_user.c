// SPDX-License-Identifier: GPL-2.0-or-later
/* kabari user add and passwd: the password is typed, never an argument, where
 * a list of processes or a shell's history would show it. */
#include "base/str.h"
#include "cli/cli.h"

#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define PASSWORD_BYTES 256
#define NAME_BYTES     64
#define ENTRY_BYTES    4096 /* of the machine's list of users */

/** A line from standard input without its end; false at the end of input. */
static bool read_line(char *out, size_t bytes)
{
    if (fgets(out, (int)bytes, stdin) == NULL) {
        return false;
    }
    out[strcspn(out, "\r\n")] = '\0';
    return true;
}

/** Asks on the terminal without showing what is typed. */
static bool ask_hidden(const char *prompt, char *out, size_t bytes)
{
    struct termios before;
    struct termios hidden;
    bool done = false;

    if (tcgetattr(STDIN_FILENO, &before) != 0) {
        return false;
    }
    hidden = before;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    (void)fputs(prompt, stderr);
    (void)fflush(stderr);
    done = read_line(out, bytes);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    (void)fputc('\n', stderr);
    return done;
}

/** Twice on a terminal, else the first line of standard input. */
static int read_password(char *out, size_t bytes)
{
    char again[PASSWORD_BYTES] = "";
    bool same = false;

    if (isatty(STDIN_FILENO) != 1) {
        return read_line(out, bytes)
                   ? CLI_DONE
                   : cli_fail(CLI_REFUSED, "no password on standard input");
    }
    if (!ask_hidden("Password: ", out, bytes) ||
        !ask_hidden("Once more: ", again, sizeof again)) {
        return cli_fail(CLI_FAILED, "nothing was done");
    }
    same = strcmp(out, again) == 0;
    sodium_memzero(again, sizeof again);
    return same ? CLI_DONE
                : cli_fail(CLI_REFUSED, "the two are not alike; try again");
}

static int send_user(
    struct cli *cli, const char *method, const char *path, const char *password)
{
    struct cli_ask ask = {
        .method = method, .path = path, .fields = cli_fields(cli)};
    json_t *answer = NULL;
    int code = CLI_DONE;

    (void)json_object_set_new(ask.fields, "password", json_string(password));
    code = cli_get_json(cli, &ask, &answer);
    if (code == CLI_DONE) {
        cli_print(cli, cli->parsed.command, answer);
    }
    json_decref(answer);
    json_decref(ask.fields);
    return code;
}

/** Whoever sits here, for a password of their own. With sudo that is who ran it.
 *  @return false where the machine does not know. */
static bool login_name(char *name, size_t bytes)
{
    const char *before = getuid() == 0 ? getenv("SUDO_USER") : NULL;
    char room[ENTRY_BYTES];
    struct passwd entry;
    struct passwd *found = NULL;

    if (before != NULL) {
        return str_copy(name, bytes, before) == KB_OK;
    }
    return getpwuid_r(getuid(), &entry, room, sizeof room, &found) == 0 &&
           found != NULL && str_copy(name, bytes, found->pw_name) == KB_OK;
}

int cli_do_user(struct cli *cli)
{
    const struct cli_command *command = cli->parsed.command;
    char password[PASSWORD_BYTES] = "";
    char name[NAME_BYTES] = "";
    char *path = NULL;
    int code = CLI_DONE;

    if (cli->parsed.arg_count == 0) {
        if (!login_name(name, sizeof name)) {
            return cli_fail(CLI_USAGE,
                "this machine does not know who you are; name the user: "
                "kabari user passwd NAME");
        }
        cli->parsed.arg[0] = name;
        cli->parsed.arg_count = 1;
    }
    path = cli_path(cli, command->path);
    code = read_password(password, sizeof password);
    if (code == CLI_DONE) {
        code = send_user(cli, command->method, path, password);
    }
    sodium_memzero(password, sizeof password);
    free(path);
    return code;
}
