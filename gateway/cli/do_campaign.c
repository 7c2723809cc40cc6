// SPDX-License-Identifier: GPL-2.0-or-later
/* kabari campaign start, forecast, report, no-phone. */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- start --- */

/** Says how much is at stake, where there is somebody to ask. */
static int confirm_start(struct cli *cli)
{
    char *path = NULL;
    struct buf question = {0};
    json_t *preview = NULL;
    int code = CLI_DONE;

    if (cli->parsed.yes || isatty(STDIN_FILENO) != 1) {
        return CLI_DONE;
    }
    path = cli_path(cli, "/api/v1/campaigns/{}/preview");
    code = cli_get_json(
        cli, &(struct cli_ask){.method = "GET", .path = path}, &preview);
    if (code == CLI_DONE) {
        cli_line(&question,
            "{audience} residents, {no_phone} without a phone. Send {phones} "
            "messages ({segments} SMS) to {phones} phones?",
            preview);
        code = cli_confirm(cli, buf_text(&question))
                   ? CLI_DONE
                   : cli_fail(CLI_FAILED, "nothing was done");
    }
    buf_clear(&question);
    json_decref(preview);
    free(path);
    return code;
}

int cli_do_start(struct cli *cli)
{
    static const struct cli_command start = {
        .shape = CLI_LINE, .line = "campaign {name}: {note}"};
    char *path = NULL;
    json_t *answer = NULL;
    int code = confirm_start(cli);

    if (code != CLI_DONE) {
        return code;
    }
    path = cli_path(cli, "/api/v1/campaigns/{}/start");
    code = cli_get_json(
        cli, &(struct cli_ask){.method = "POST", .path = path}, &answer);
    if (code == CLI_DONE) {
        cli_print(cli, &start, answer);
    }
    json_decref(answer);
    free(path);
    return code;
}

/* --- what is read at length --- */

/** GET of one of the campaign's reports, with format=csv where it is wanted. */
static int get_report(struct cli *cli, const char *pattern,
    const char *const *fields, struct cli_answer *out)
{
    char *path = cli_path(cli, pattern);
    struct cli_ask ask = {.method = "GET", .path = path};
    int code = CLI_FAILED;

    ask.fields = json_object();
    if (cli_option(&cli->parsed, "csv") != NULL) {
        (void)json_object_set_new(ask.fields, "format", json_string("csv"));
    }
    for (; fields != NULL && *fields != NULL; fields++) {
        const char *value = cli_option(&cli->parsed, *fields);

        if (value != NULL) {
            (void)json_object_set_new(
                ask.fields, *fields, json_string(*value == '\0' ? "1" : value));
        }
    }
    code = cli_get(cli, &ask, out);
    json_decref(ask.fields);
    free(path);
    return code;
}

/** Prints CSV as it came, JSON whole, or what `tell` makes of it. */
static int print_report(struct cli *cli, struct cli_answer *answer,
    void (*tell)(const struct cli *cli, json_t *report))
{
    json_t *report = NULL;

    if (cli_option(&cli->parsed, "csv") != NULL) {
        (void)fwrite(answer->body, 1, answer->body_bytes, stdout);
        cli_answer_clear(answer);
        return CLI_DONE;
    }
    report = json_loadb(answer->body, answer->body_bytes, 0, NULL);
    cli_answer_clear(answer);
    if (report == NULL) {
        return cli_fail(CLI_FAILED, "the answer cannot be read; is kabarid of "
                                    "the same version?");
    }
    if (cli->parsed.json) {
        cli_print_json(report);
    } else {
        tell(cli, report);
    }
    json_decref(report);
    return CLI_DONE;
}

static void print_object(const struct cli *cli, json_t *object)
{
    static const struct cli_command show = {.shape = CLI_SHOW};

    cli_print(cli, &show, object);
}

/* --- forecast --- */

/** The constraint as one word, or as its sentence. */
static void plain_constraint(json_t *object, const char *member)
{
    json_t *text = json_incref(
        json_object_get(json_object_get(object, "constraint"), member));

    (void)json_object_set_new(object, "constraint", text);
}

static json_t *day_rows(const json_t *forecast)
{
    static const char *const members[] = {
        "told", "expected", "capacity", "messages"};
    const json_t *series = json_object_get(forecast, "series");
    json_t *rows = json_array();
    json_t *day = NULL;
    json_int_t told = 0;
    size_t i = 0;

    json_array_foreach(json_object_get(forecast, "days"), i, day)
    {
        json_t *row = json_pack("{sO}", "day", day);

        for (size_t m = 0; m < sizeof members / sizeof *members; m++) {
            (void)json_object_set(row, members[m],
                json_array_get(json_object_get(series, members[m]), i));
        }
        told += json_integer_value(json_object_get(row, "told"));
        (void)json_object_set_new(row, "so_far", json_integer(told));
        (void)json_array_append_new(rows, row);
    }
    return rows;
}

/** What one wants to know of it, first. */
static void print_verdict(const json_t *forecast, bool missed)
{
    struct buf text = {0};

    cli_line(&text,
        missed ? "RED LINE: {late} of {reachable} people who can be reached "
                 "are not told before {deadline}"
               : "everybody who can be reached ({reachable}) is told before "
                 "{deadline}",
        forecast);
    (void)printf("%s\n\n", buf_text(&text));
    buf_clear(&text);
}

static void tell_forecast(const struct cli *cli, json_t *forecast)
{
    json_t *office = NULL;
    size_t i = 0;
    bool missed = json_is_true(json_object_get(forecast, "missed"));

    print_verdict(forecast, missed);
    plain_constraint(forecast, "text");
    json_array_foreach(json_object_get(forecast, "offices"), i, office)
    {
        plain_constraint(office, "kind");
    }
    (void)json_object_set_new(forecast, "by_day", day_rows(forecast));
    (void)json_object_del(forecast, "days");
    (void)json_object_del(forecast, "series");
    (void)json_object_del(forecast, "missed");
    print_object(cli, forecast);
}

int cli_do_forecast(struct cli *cli)
{
    struct cli_answer answer = {0};
    int code = get_report(cli, "/api/v1/campaigns/{}/forecast", NULL, &answer);

    return code == CLI_DONE ? print_report(cli, &answer, tell_forecast) : code;
}

/* --- report --- */

static void tell_report(const struct cli *cli, json_t *report)
{
    json_t *people = json_array();
    json_t *all = json_object_get(report, "people");
    json_t *holdout = json_object_get(report, "holdout");

    (void)json_object_set_new(all, "who", json_string("on its list"));
    (void)json_object_set_new(holdout, "who", json_string("held out"));
    (void)json_array_append(people, all);
    (void)json_array_append(people, holdout);
    (void)json_object_set_new(report, "people", people);
    (void)json_object_set(
        report, "by_office", json_object_get(report, "offices"));
    (void)json_object_del(report, "offices");
    (void)json_object_del(report, "holdout");
    print_object(cli, report);
}

int cli_do_report(struct cli *cli)
{
    struct cli_answer answer = {0};
    int code = get_report(cli, "/api/v1/campaigns/{}/report", NULL, &answer);

    return code == CLI_DONE ? print_report(cli, &answer, tell_report) : code;
}

/* --- nobody to text --- */

/* For the village head, in the language of the place. */
static void print_desa(const json_t *desa)
{
    struct buf text = {0};
    json_t *person = NULL;
    size_t i = 0;

    cli_line(&text,
        "Desa {desa}, kecamatan {kecamatan_name}: {count} warga tanpa HP "
        "({office})",
        desa);
    (void)printf("%s\n", buf_text(&text));
    buf_clear(&text);
    json_array_foreach(json_object_get(desa, "people"), i, person)
    {
        cli_line(&text, "{name}, lahir {born}, NIK ..{nik4}", person);
        (void)printf("%4zu. %s\n", i + 1, buf_text(&text));
        buf_clear(&text);
    }
}

static void tell_no_phone(const struct cli *cli, json_t *list)
{
    static const struct cli_command table = {
        .shape = CLI_LIST, .empty = "everybody on its list has a phone"};
    bool summary = cli_option(&cli->parsed, "summary") != NULL;
    json_t *desa = NULL;
    size_t i = 0;

    if (summary || json_array_size(list) == 0) {
        cli_print(cli, &table, list);
        return;
    }
    json_array_foreach(list, i, desa)
    {
        (void)printf("%s", i == 0 ? "" : "\n");
        print_desa(desa);
    }
}

int cli_do_no_phone(struct cli *cli)
{
    static const char *const fields[] = {"desa", "summary", NULL};
    struct cli_answer answer = {0};
    int code =
        get_report(cli, "/api/v1/campaigns/{}/no_phone", fields, &answer);

    return code == CLI_DONE ? print_report(cli, &answer, tell_no_phone) : code;
}
