// SPDX-License-Identifier: GPL-2.0-or-later
/* kabari send: one message, or a file of them. */
#include "cli/cli.h"

#include <string.h>

#define ROWS_SHOWN 20

/** Says when a message will go that does not go at once. */
static void tell_hold(struct cli *cli)
{
    struct cli_ask ask = {.method = "GET", .path = "/api/v1/status"};
    const char *priority = cli_option(&cli->parsed, "priority");
    const char *reason = NULL;
    struct cli_answer answer = {0};
    struct why why = {0};
    json_t *status = NULL;

    if (priority != NULL && strcmp(priority, "reply") == 0) {
        return;
    }
    if (cli_call(cli, &ask, &answer, &why) == KB_OK) {
        status = json_loadb(answer.body, answer.body_bytes, 0, NULL);
    }
    reason = json_string_value(json_object_get(status, "hold_reason"));
    if (reason != NULL && *reason != '\0') {
        (void)cli_fail(CLI_DONE, "queued; %s", reason);
    }
    json_decref(status);
    cli_answer_clear(&answer);
}

static int send_one(struct cli *cli)
{
    struct cli_ask ask = {.method = "POST", .path = "/api/v1/messages"};
    json_t *answer = NULL;
    int code = CLI_FAILED;

    ask.fields = cli_fields(cli);
    code = cli_get_json(cli, &ask, &answer);
    if (code == CLI_DONE && cli->parsed.json) {
        cli_print_json(answer);
    } else if (code == CLI_DONE) {
        (void)printf("%" JSON_INTEGER_FORMAT "\n",
            json_integer_value(json_object_get(answer, "id")));
    }
    if (code == CLI_DONE) {
        tell_hold(cli);
    }
    json_decref(answer);
    json_decref(ask.fields);
    return code;
}

/* --- many --- */

/** The API counts rows from 1; people look for them in their spreadsheet. */
static void say_rows(
    const char *file, const json_t *rows, const json_t *numbers)
{
    size_t i = 0;
    json_t *row = NULL;

    json_array_foreach((json_t *)rows, i, row)
    {
        json_int_t n = json_integer_value(json_object_get(row, "row"));
        const json_t *number = json_array_get(numbers, (size_t)n - 1);
        struct buf text = {0};

        cli_line(&text, "{message}", row);
        if (i < ROWS_SHOWN) {
            (void)fprintf(stderr, "%s:%" JSON_INTEGER_FORMAT ": %s\n", file,
                json_integer_value(number), buf_text(&text));
        }
        buf_clear(&text);
    }
}

static int refused(
    const char *file, const struct cli_answer *answer, const json_t *numbers)
{
    json_t *json = json_loadb(answer->body, answer->body_bytes, 0, NULL);
    json_t *error = json_object_get(json, "error");
    int code = cli_exit_of_status(answer->status);

    say_rows(file, json_object_get(error, "rows"), numbers);
    (void)json_object_del(error, "rows");
    if (error != NULL) {
        struct buf text = {0};

        cli_error_text(json, &text);
        (void)cli_fail(code, "%s: %s", file, buf_text(&text));
        buf_clear(&text);
    }
    json_decref(json);
    return code;
}

static int print_many(struct cli *cli, const struct cli_answer *answer)
{
    json_t *json = json_loadb(answer->body, answer->body_bytes, 0, NULL);
    size_t i = 0;
    json_t *id = NULL;

    if (cli->parsed.json) {
        cli_print_json(json);
    } else {
        json_array_foreach(json_object_get(json, "ids"), i, id)
        {
            (void)printf("%" JSON_INTEGER_FORMAT "\n", json_integer_value(id));
        }
    }
    json_decref(json);
    tell_hold(cli);
    return CLI_DONE;
}

static enum kb_err read_messages(
    const char *file, json_t **rows, json_t **numbers, struct why *why)
{
    static const char *const columns[] = {
        "phone", "text", "priority", "at", "expire", "ref", NULL};
    struct buf csv = {0};
    enum kb_err err = cli_read_file(file, &csv, why);

    if (err == KB_OK) {
        err = cli_csv_objects(&csv, columns, rows, numbers, why);
        why_at(why, file, 0);
    }
    buf_clear(&csv);
    return err;
}

static int send_many(struct cli *cli, const char *file)
{
    struct cli_ask ask = {.method = "POST", .path = "/api/v1/messages"};
    struct cli_answer answer = {0};
    struct why why = {0};
    json_t *numbers = NULL;
    enum kb_err err = read_messages(file, &ask.fields, &numbers, &why);
    int code = CLI_DONE;

    if (err == KB_OK && json_array_size(ask.fields) == 0) {
        why_set(&why, "there is no row below the header");
        err = KB_INVALID;
    }
    if (err == KB_OK) {
        err = cli_call(cli, &ask, &answer, &why);
    }
    if (err != KB_OK) {
        code = cli_fail_why(err, &why);
    } else if (cli_exit_of_status(answer.status) != CLI_DONE) {
        code = refused(file, &answer, numbers);
    } else {
        code = print_many(cli, &answer);
    }
    cli_answer_clear(&answer);
    json_decref(numbers);
    json_decref(ask.fields);
    return code;
}

int cli_do_send(struct cli *cli)
{
    const struct cli_parsed *parsed = &cli->parsed;
    const char *file = cli_option(parsed, "file");

    if (file != NULL && (parsed->arg_count > 0 || parsed->given_count > 1)) {
        return cli_fail(CLI_USAGE,
            "with --file all stands in the file: leave the rest out");
    }
    if (file == NULL && parsed->arg_count < 2) {
        return cli_fail(CLI_USAGE, "%s is missing; see kabari send --help",
            parsed->arg_count == 0 ? "PHONE" : "TEXT");
    }
    return file != NULL ? send_many(cli, file) : send_one(cli);
}
