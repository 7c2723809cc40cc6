// SPDX-License-Identifier: GPL-2.0-or-later
/* What kabari says: errors, questions, answers. */
#include "base/str.h"
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REAL_DIGITS   10 /* 0.003 stays 0.003 */
#define COLUMNS_LEAST 20 /* a terminal that says less says nothing */
#define ROWS_LEAST    5

int cli_exit_of_status(int status)
{
    static const struct {
        int status;
        int code;
    } table[] = {
        {400, CLI_REFUSED  },
        {403, CLI_REFUSED  },
        {404, CLI_NOT_FOUND},
        {409, CLI_REFUSED  },
        {413, CLI_REFUSED  },
        {415, CLI_REFUSED  },
        {422, CLI_REFUSED  },
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].status == status) {
            return table[i].code;
        }
    }
    return status >= 200 && status < 300 ? CLI_DONE : CLI_FAILED;
}

int cli_exit_of_err(enum kb_err err)
{
    if (err == KB_NOT_FOUND) {
        return CLI_NOT_FOUND;
    }
    return err == KB_INVALID || err == KB_REFUSED ? CLI_REFUSED : CLI_FAILED;
}

int cli_fail(int code, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)fputs("kabari: ", stderr);
    (void)vfprintf(stderr, fmt, args);
    (void)fputc('\n', stderr);
    va_end(args);
    return code;
}

int cli_fail_why(enum kb_err err, const struct why *why)
{
    char text[1024] = "";

    why_format(why, text, sizeof text);
    if (text[0] == '\0') {
        (void)snprintf(text, sizeof text,
            "it failed (%s); the lines above, or KABARI_LOG=info, say more",
            kb_err_name(err));
    }
    return cli_fail(cli_exit_of_err(err), "%s", text);
}

static void add_rows(const json_t *rows, struct buf *out)
{
    size_t i = 0;
    json_t *row = NULL;

    json_array_foreach((json_t *)rows, i, row)
    {
        buf_add_text(out, "\n  ");
        cli_line(out, "row {row}: {message}", row);
    }
}

void cli_error_text(const json_t *answer, struct buf *out)
{
    const json_t *error = json_object_get(answer, "error");
    const char *code = json_string_value(json_object_get(error, "code"));
    const char *text = json_string_value(json_object_get(error, "message"));
    const char *field = json_string_value(json_object_get(error, "field"));

    if (code != NULL && strcmp(code, "no_daemon") == 0) {
        buf_add_text(out, "no kabarid runs; start it: systemctl start kabarid");
        return;
    }
    if (field != NULL && text != NULL && strstr(text, field) == NULL) {
        buf_printf(out, "%s: ", field);
    }
    buf_add_text(out, text == NULL ? "it failed; see kabarid's log" : text);
    add_rows(json_object_get(error, "rows"), out);
}

int cli_fail_answer(const struct cli_answer *answer)
{
    json_t *json =
        json_loadb(answer->body, answer->body_bytes, JSON_DECODE_ANY, NULL);
    struct buf text = {0};

    cli_error_text(json, &text);
    (void)cli_fail(0, "%s", buf_text(&text));
    buf_clear(&text);
    json_decref(json);
    return cli_exit_of_status(answer->status);
}

bool cli_confirm(struct cli *cli, const char *question)
{
    char line[16] = "";

    if (cli->parsed.yes || isatty(STDIN_FILENO) != 1) {
        return true;
    }
    cli_hang_up(cli); /* who thinks must not keep a daemon from starting */
    (void)fprintf(stderr, "%s [y/N] ", question);
    if (fgets(line, sizeof line, stdin) == NULL) {
        return false;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return str_same(line, "y") || str_same(line, "yes") || str_same(line, "ya");
}

void cli_print_json(const json_t *json)
{
    (void)json_dumpf(json, stdout,
        JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(REAL_DIGITS));
    (void)fputc('\n', stdout);
}

struct cli_size cli_terminal_size(void)
{
    struct winsize size = {0};

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 ||
        size.ws_col < COLUMNS_LEAST || size.ws_row < ROWS_LEAST) {
        return (struct cli_size){.columns = 80, .rows = 24};
    }
    return (struct cli_size){.columns = size.ws_col, .rows = size.ws_row};
}

struct cli_fit cli_terminal(void)
{
    if (isatty(STDOUT_FILENO) != 1) {
        return (struct cli_fit){0};
    }
    return (struct cli_fit){.columns = cli_terminal_size().columns};
}

static void add_shown(struct buf *out, json_t *answer)
{
    size_t i = 0;
    json_t *item = NULL;

    if (!json_is_array(answer)) {
        cli_show(out, answer, cli_terminal());
    }
    json_array_foreach(answer, i, item)
    {
        buf_add_text(out, i > 0 ? "\n" : "");
        cli_show(out, item, cli_terminal());
    }
}

void cli_print(
    const struct cli *cli, const struct cli_command *command, json_t *answer)
{
    struct buf out = {0};

    if (cli->parsed.json) {
        cli_print_json(answer);
        return;
    }
    if (command->shape == CLI_LIST && json_array_size(answer) == 0) {
        (void)fprintf(stderr, "%s\n", command->empty);
    } else if (command->shape == CLI_LIST) {
        cli_table(&out, cli_columns_of(command->list), answer, cli_terminal());
    } else if (command->shape == CLI_LINE) {
        cli_line(&out, command->line, answer);
        buf_add_text(&out, "\n");
    } else {
        add_shown(&out, answer);
    }
    (void)fputs(buf_text(&out), stdout);
    buf_clear(&out);
}
