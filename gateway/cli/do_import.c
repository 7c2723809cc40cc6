// SPDX-License-Identifier: GPL-2.0-or-later
/* kabari office import, resident import and export. */
#include "base/csv.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "registry/import.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IMPORTS       "/api/v1/residents/imports"
#define REJECTS_SHOWN 20

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* --- reading --- */

/* The first bytes of every SQLite database (its file format, §1.3.1). */
static const char sqlite_magic[16] = "SQLite format 3";

static bool is_sqlite(const char *path)
{
    char head[sizeof sqlite_magic] = "";
    FILE *file = strcmp(path, "-") == 0 ? NULL : fopen(path, "rb");
    bool same = file != NULL && fread(head, sizeof head, 1, file) == 1 &&
                memcmp(head, sqlite_magic, sizeof head) == 0;

    if (file != NULL) {
        (void)fclose(file);
    }
    return same;
}

/** No table was named: says which there are. */
static enum kb_err ask_table(const char *path, struct why *why)
{
    const char *list = strstr(why->text, "there are");
    char *tables = mem_strdup(list == NULL ? "" : list);

    why_set(why, "%.200s is a SQLite file; say --table NAME; %s",
        file_name(path), tables);
    free(tables);
    return KB_INVALID;
}

static enum kb_err read_table(
    const char *path, const char *name, struct buf *csv, struct why *why)
{
    struct import_table *table = NULL;
    enum kb_err err =
        import_table_open(path, name == NULL ? "" : name, &table, why);

    if (err == KB_NOT_FOUND && name == NULL) {
        return ask_table(path, why);
    }
    while (err == KB_OK) {
        err = import_table_read(table, csv, why);
    }
    import_table_close(table);
    return err == KB_NOT_FOUND && table != NULL ? KB_OK : err;
}

static enum kb_err read_list(
    const struct cli *cli, struct buf *csv, struct why *why)
{
    const char *path = cli->parsed.arg[0];
    const char *table = cli_option(&cli->parsed, "table");
    enum kb_err err = KB_OK;

    if (table != NULL || is_sqlite(path)) {
        return read_table(path, table, csv, why);
    }
    err = cli_read_file(path, csv, why);
    if (err == KB_OK && csv->used >= sizeof sqlite_magic &&
        memcmp(csv->data, sqlite_magic, sizeof sqlite_magic) == 0) {
        why_set(why, "a SQLite file cannot come over standard input; give its "
                     "name");
        err = KB_INVALID;
    }
    return err;
}

/* --- progress --- */

static void show_progress(const json_t *import)
{
    bool counted = json_integer_value(json_object_get(import, "total")) > 0;
    struct buf text = {0};

    cli_line(
        &text, counted ? "{state} {done} of {total}" : "{state} …", import);
    (void)fprintf(stderr, "\r\033[K%s", buf_text(&text));
    buf_clear(&text);
}

static void on_wait(void *arg)
{
    struct cli *cli = arg;
    struct cli_ask ask = {.method = "GET", .path = IMPORTS};
    struct cli_answer answer = {0};
    struct why why = {0};
    json_t *running = NULL;

    if (cli_call(cli, &ask, &answer, &why) == KB_OK) {
        running = json_loadb(answer.body, answer.body_bytes, 0, NULL);
    }
    if (json_array_size(running) > 0) {
        show_progress(json_array_get(running, 0));
    }
    json_decref(running);
    cli_answer_clear(&answer);
}

static void clear_progress(const struct cli_ask *ask)
{
    if (ask->on_wait != NULL) {
        (void)fputs("\r\033[K", stderr);
    }
}

/* --- results --- */

static void print_text(const json_t *answer, const char *name)
{
    const char *text = json_string_value(json_object_get(answer, name));

    if (text != NULL && *text != '\0') {
        (void)printf("%s: %s\n", name, text);
    }
}

static void print_rejects(const json_t *answer)
{
    json_t *rejects = json_copy(json_object_get(answer, "rejects"));
    size_t count = json_array_size(rejects);
    struct buf out = {0};

    while (json_array_size(rejects) > REJECTS_SHOWN) {
        (void)json_array_remove(rejects, json_array_size(rejects) - 1);
    }
    if (count > 0) {
        cli_table(&out, cli_columns_of("rejects"), rejects, cli_terminal());
        (void)printf("\n%s", buf_text(&out));
    }
    if (count > REJECTS_SHOWN) {
        (void)printf("… and more; --rejects FILE writes them all\n");
    }
    buf_clear(&out);
    json_decref(rejects);
}

static void print_result(
    const struct cli *cli, const char *pattern, json_t *answer)
{
    struct buf line = {0};

    if (cli->parsed.json) {
        cli_print_json(answer);
        return;
    }
    cli_line(&line, pattern, answer);
    (void)printf("%s%s\n", buf_text(&line),
        json_is_true(json_object_get(answer, "dry_run"))
            ? "; a dry run: nothing was changed"
            : "");
    print_text(answer, "ignored_columns");
    print_text(answer, "notes");
    print_rejects(answer);
    buf_clear(&line);
}

static int write_file(const char *path, const struct cli_answer *answer)
{
    FILE *file = fopen(path, "wb");
    bool fine = file != NULL && fwrite(answer->body, 1, answer->body_bytes,
                                    file) == answer->body_bytes;
    int error = errno;

    if (file != NULL && fclose(file) != 0) {
        fine = false;
        error = errno;
    }
    return fine ? CLI_DONE
                : cli_fail(CLI_FAILED, "%s: %s", path, strerror(error));
}

static int write_rejects(
    struct cli *cli, const char *path, const json_t *answer)
{
    char *from = mem_printf(IMPORTS "/%" JSON_INTEGER_FORMAT "/rejects",
        json_integer_value(json_object_get(answer, "id")));
    struct cli_ask ask = {.method = "GET", .path = from};
    struct cli_answer list = {0};
    int code = cli_get(cli, &ask, &list);

    if (code == CLI_DONE) {
        code = write_file(path, &list);
    }
    cli_answer_clear(&list);
    free(from);
    return code;
}

/* --- residents --- */

static const char resident_line[] =
    "import {id}: {rows} rows: {added} added, {updated} updated, {unchanged} "
    "unchanged, {resolved} resolved, {rejected} rejected, {warned} taken with "
    "a warning; {seconds} s";

static int done(struct cli *cli, json_t *answer)
{
    const char *rejects = cli_option(&cli->parsed, "rejects");
    int code = rejects == NULL ? CLI_DONE : write_rejects(cli, rejects, answer);

    print_result(cli, resident_line, answer);
    return code;
}

/** A list that looks like a mistake: asks, where there is somebody to ask. */
static int refused(
    struct cli *cli, struct cli_ask *ask, const struct cli_answer *answer)
{
    bool sync = cli_option(&cli->parsed, "sync") != NULL;
    bool may_yes = answer->status == 409 && sync && !cli->parsed.yes;
    struct cli_answer second = {0};
    json_t *json = NULL;
    int code = cli_fail_answer(answer);

    if (!may_yes || isatty(STDIN_FILENO) != 1 ||
        !cli_confirm(cli, "Take the list all the same?")) {
        return code;
    }
    (void)json_object_set_new(ask->fields, "yes", json_string("1"));
    code = cli_get(cli, ask, &second);
    clear_progress(ask);
    if (code == CLI_DONE) {
        json = json_loadb(second.body, second.body_bytes, 0, NULL);
        code = done(cli, json);
    }
    json_decref(json);
    cli_answer_clear(&second);
    return code;
}

static int post_list(struct cli *cli, struct cli_ask *ask)
{
    struct cli_answer answer = {0};
    struct why why = {0};
    enum kb_err err = cli_call(cli, ask, &answer, &why);
    int code = CLI_DONE;

    clear_progress(ask);
    if (err != KB_OK) {
        return cli_fail_why(err, &why);
    }
    if (cli_exit_of_status(answer.status) != CLI_DONE) {
        code = refused(cli, ask, &answer);
    } else {
        json_t *json = json_loadb(answer.body, answer.body_bytes, 0, NULL);

        code = done(cli, json);
        json_decref(json);
    }
    cli_answer_clear(&answer);
    return code;
}

static json_t *import_fields(const struct cli *cli)
{
    json_t *fields = json_pack("{ss#}", "source", file_name(cli->parsed.arg[0]),
        (int)strnlen(file_name(cli->parsed.arg[0]), 100));

    if (fields == NULL) { /* a name that is no UTF-8 */
        fields = json_object();
    }
    if (cli_option(&cli->parsed, "sync") != NULL) {
        (void)json_object_set_new(fields, "sync", json_string("1"));
    }
    if (cli_option(&cli->parsed, "dry-run") != NULL) {
        (void)json_object_set_new(fields, "dry_run", json_string("1"));
    }
    if (cli->parsed.yes) {
        (void)json_object_set_new(fields, "yes", json_string("1"));
    }
    return fields;
}

static int import_list(struct cli *cli)
{
    struct cli_ask ask = {.method = "POST", .path = "/api/v1/residents/import"};
    struct buf csv = {0};
    struct why why = {0};
    enum kb_err err = read_list(cli, &csv, &why);
    int code = CLI_DONE;

    if (err != KB_OK) {
        buf_clear(&csv);
        return cli_fail_why(err, &why);
    }
    ask.fields = import_fields(cli);
    ask.csv = buf_text(&csv);
    ask.csv_bytes = csv.used;
    if (isatty(STDERR_FILENO) == 1) {
        ask.on_wait = on_wait;
        ask.on_wait_arg = cli;
    }
    code = post_list(cli, &ask);
    json_decref(ask.fields);
    buf_clear(&csv);
    return code;
}

static int undo(struct cli *cli, const char *id)
{
    char *path = mem_printf(IMPORTS "/%s/undo", id);
    struct cli_ask ask = {.method = "POST", .path = path};
    json_t *answer = NULL;
    int code = CLI_FAILED;

    if (cli_confirm(cli, "Take this import back?")) {
        code = cli_get_json(cli, &ask, &answer);
    } else {
        (void)cli_fail(CLI_FAILED, "nothing was done");
    }
    if (code == CLI_DONE) {
        print_result(cli,
            "taken back: {updated} restored, {added} removed, {unchanged} "
            "left as they are; {seconds} s",
            answer);
    }
    json_decref(answer);
    free(path);
    return code;
}

int cli_do_resident_import(struct cli *cli)
{
    const char *id = cli_option(&cli->parsed, "undo");
    size_t files = cli->parsed.arg_count;

    if (id == NULL && files == 0) {
        return cli_fail(
            CLI_USAGE, "FILE is missing; see kabari resident import --help");
    }
    if (id != NULL && (files > 0 || cli->parsed.given_count > 1)) {
        return cli_fail(CLI_USAGE, "--undo ID stands alone");
    }
    return id != NULL ? undo(cli, id) : import_list(cli);
}

/* --- offices, export --- */

int cli_do_office_import(struct cli *cli)
{
    struct cli_ask ask = {.method = "POST", .path = "/api/v1/offices/import"};
    struct buf csv = {0};
    struct why why = {0};
    json_t *answer = NULL;
    enum kb_err err = cli_read_file(cli->parsed.arg[0], &csv, &why);
    int code = CLI_DONE;

    if (err != KB_OK) {
        buf_clear(&csv);
        return cli_fail_why(err, &why);
    }
    ask.csv = buf_text(&csv);
    ask.csv_bytes = csv.used;
    code = cli_get_json(cli, &ask, &answer);
    if (code == CLI_DONE) {
        print_result(cli,
            "{rows} rows: {added} added, {updated} updated, {unchanged} "
            "unchanged, {rejected} rejected",
            answer);
    }
    json_decref(answer);
    buf_clear(&csv);
    return code;
}

static void make_row_plain(json_t *row)
{
    const char *name = NULL;
    json_t *cell = NULL;

    json_object_foreach(row, name, cell)
    {
        const char *text = json_string_value(cell);

        if (text != NULL && csv_plain(text) != text) {
            json_object_set_new(row, name, json_string(csv_plain(text)));
        }
    }
}

/* The apostrophe is for spreadsheets; who reads JSON wants what there is. */
static void make_plain(json_t *rows)
{
    size_t i = 0;
    json_t *row = NULL;

    json_array_foreach(rows, i, row)
    {
        make_row_plain(row);
    }
}

static int print_rows(const struct cli_answer *answer)
{
    struct buf csv = {0};
    struct why why = {0};
    json_t *rows = NULL;
    json_t *numbers = NULL;
    enum kb_err err = KB_OK;

    buf_add(&csv, answer->body, answer->body_bytes);
    err = cli_csv_objects(&csv, NULL, &rows, &numbers, &why);
    buf_clear(&csv);
    if (err != KB_OK) {
        return cli_fail_why(err, &why);
    }
    make_plain(rows);
    cli_print_json(rows);
    json_decref(rows);
    json_decref(numbers);
    return CLI_DONE;
}

/** A whole list leaves the gateway: where somebody sits at a terminal, they say
 *  what for. A script that gives no reason stands in the audit without one. */
static int ask_reason(const struct cli *cli, json_t *fields)
{
    char line[200] = "";

    if (json_object_get(fields, "reason") != NULL || cli->parsed.yes ||
        isatty(STDIN_FILENO) != 1) {
        return CLI_DONE;
    }
    (void)fputs("What is the list for (for the audit)? ", stderr);
    if (fgets(line, sizeof line, stdin) == NULL) {
        return cli_fail(CLI_FAILED, "nothing was done");
    }
    line[strcspn(line, "\r\n")] = '\0';
    (void)json_object_set_new(fields, "reason", json_string(line));
    return CLI_DONE;
}

int cli_do_export(struct cli *cli)
{
    struct cli_ask ask = {.method = "GET", .path = "/api/v1/residents/export"};
    struct cli_answer answer = {0};
    int code = CLI_DONE;

    ask.fields = cli_fields(cli);
    code = ask_reason(cli, ask.fields);
    if (code == CLI_DONE) {
        code = cli_get(cli, &ask, &answer);
    }
    if (code == CLI_DONE && cli->parsed.json) {
        code = print_rows(&answer);
    } else if (code == CLI_DONE && fwrite(answer.body, 1, answer.body_bytes,
                                       stdout) != answer.body_bytes) {
        code = cli_fail(CLI_FAILED, "standard output: %s", strerror(errno));
    }
    cli_answer_clear(&answer);
    json_decref(ask.fields);
    return code;
}
