// SPDX-License-Identifier: GPL-2.0-or-later
/* From what was typed to a request: what a row of the table alone says. */
#include "base/csv.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A pattern with {} replaced. */
static char *fill(const char *pattern, const char *word)
{
    const char *hole = strstr(pattern, "{}");

    return hole == NULL ? mem_strdup(pattern)
                        : mem_printf("%.*s%s%s", (int)(hole - pattern), pattern,
                              word, hole + 2);
}

char *cli_path(const struct cli *cli, const char *pattern)
{
    return fill(pattern, cli->parsed.arg_count > 0 ? cli->parsed.arg[0] : "");
}

/* --- fields --- */

static void put(json_t *fields, const char *name, const char *value, bool many)
{
    json_t *text = json_string(value);
    json_t *list = json_object_get(fields, name);

    if (text == NULL) { /* no UTF-8: let the API say what is missing */
        text = json_string("");
    }
    if (!many) {
        (void)json_object_set_new(fields, name, text);
        return;
    }
    if (list == NULL) {
        list = json_array();
        (void)json_object_set_new(fields, name, list);
    }
    (void)json_array_append_new(list, text);
}

static void put_preset(json_t *fields, const char *preset)
{
    const char *equals = strchr(preset, '=');
    char *name = mem_strndup(preset, (size_t)(equals - preset));

    put(fields, name, equals + 1, false);
    free(name);
}

static void put_option(json_t *fields, const struct cli_given *given)
{
    const struct cli_option *option = given->option;
    const char *name = option->field == NULL ? option->name : option->field;
    char *value = mem_strdup(given->value);
    size_t length = strlen(value);

    if (option->value == NULL) {
        put(fields, name, option->fixed == NULL ? "1" : option->fixed, false);
    } else {
        if ((option->flags & CLI_PER_DAY) != 0 && length > 4 &&
            strcmp(value + length - 4, "/day") == 0) {
            value[length - 4] = '\0';
        }
        put(fields, name, value, (option->flags & CLI_MANY) != 0);
    }
    free(value);
}

json_t *cli_fields(const struct cli *cli)
{
    const struct cli_parsed *parsed = &cli->parsed;
    const struct cli_command *command = parsed->command;
    json_t *fields = json_object();

    if (command->preset != NULL) {
        put_preset(fields, command->preset);
    }
    for (size_t i = 0; i < parsed->arg_count; i++) {
        if (command->args[i].field != NULL) {
            put(fields, command->args[i].field, parsed->arg[i], false);
        }
    }
    for (size_t i = 0; i < parsed->given_count; i++) {
        if ((parsed->given[i].option->flags & CLI_OWN) == 0) {
            put_option(fields, &parsed->given[i]);
        }
    }
    return fields;
}

/* --- a row --- */

static bool confirmed(struct cli *cli)
{
    const char *pattern = cli->parsed.command->confirm;
    char *question = NULL;
    bool yes = true;

    if (pattern != NULL) {
        question = cli_path(cli, pattern);
        yes = cli_confirm(cli, question);
        free(question);
    }
    return yes;
}

int cli_run_row(struct cli *cli)
{
    const struct cli_command *command = cli->parsed.command;
    struct cli_ask ask = {.method = command->method};
    char *path = NULL;
    json_t *answer = NULL;
    int code = CLI_FAILED;

    if (!confirmed(cli)) {
        return cli_fail(CLI_FAILED, "nothing was done");
    }
    path = cli_path(cli, command->path);
    ask.path = path;
    ask.fields = cli_fields(cli);
    code = cli_get_json(cli, &ask, &answer);
    if (code == CLI_DONE) {
        cli_print(cli, command, answer);
    }
    json_decref(answer);
    json_decref(ask.fields);
    free(path);
    return code;
}

/* --- files --- */

static enum kb_err read_stream(
    FILE *file, const char *path, struct buf *out, struct why *why)
{
    char piece[16384];
    size_t got = 0;

    while ((got = fread(piece, 1, sizeof piece, file)) > 0) {
        if (out->used + got > CLI_FILE_MOST) {
            why_set(why, "%.200s is too large; split it", path);
            return KB_FULL;
        }
        buf_add(out, piece, got);
    }
    if (ferror(file) != 0) {
        why_set(why, "%.200s: %s", path, strerror(errno));
        return KB_IO;
    }
    return KB_OK;
}

enum kb_err cli_read_file(const char *path, struct buf *out, struct why *why)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "rb");
    enum kb_err err = KB_OK;

    if (file == NULL) {
        why_set(why, "%.200s: %s", path, strerror(errno));
        return errno == ENOENT ? KB_NOT_FOUND : KB_IO;
    }
    err = read_stream(file, path, out, why);
    if (!standard) {
        (void)fclose(file);
    }
    return err;
}

/* --- CSV --- */

struct objects {
    const char *const *known; /* as of cli_csv_objects() */
    char *names[CSV_COLUMNS_MOST];
    size_t count;
    json_t *rows;
    json_t *numbers;
    struct why *why;
};

static char *lower(const char *text)
{
    char *copy = mem_strdup(text);
    char *name = mem_strdup(str_trim(copy));

    for (char *c = name; *c != '\0'; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    free(copy);
    return name;
}

static bool is_one_of(const char *name, const char *const *list)
{
    if (list == NULL) {
        return true;
    }
    while (*list != NULL && strcmp(*list, name) != 0) {
        list++;
    }
    return *list != NULL;
}

static enum kb_err read_header(
    struct objects *objects, const struct csv_row *row)
{
    for (size_t i = 0; i < row->count && i < CSV_COLUMNS_MOST; i++) {
        objects->names[objects->count++] = lower(row->fields[i]);
        if (!is_one_of(objects->names[i], objects->known)) {
            why_set(objects->why,
                "row %lld: there is no column \"%.40s\"; the first row names "
                "the columns: see --help",
                (long long)row->number, objects->names[i]);
            return KB_INVALID;
        }
    }
    return KB_OK;
}

static enum kb_err on_row(void *arg, const struct csv_row *row)
{
    struct objects *objects = arg;
    json_t *object = NULL;

    if (objects->count == 0) {
        return read_header(objects, row);
    }
    if (row->fault != CSV_FINE || row->count > objects->count) {
        why_set(objects->why,
            "row %lld: a field is too long or there are more than the header "
            "names; put texts with commas in quotes",
            (long long)row->number);
        return KB_INVALID;
    }
    object = json_object();
    for (size_t i = 0; i < row->count; i++) {
        if (row->fields[i][0] != '\0') {
            (void)json_object_set_new(
                object, objects->names[i], json_string(row->fields[i]));
        }
    }
    (void)json_array_append_new(objects->rows, object);
    (void)json_array_append_new(objects->numbers, json_integer(row->number));
    return KB_OK;
}

enum kb_err cli_csv_objects(const struct buf *csv, const char *const *known,
    json_t **out, json_t **numbers, struct why *why)
{
    struct objects objects = {.known = known,
        .rows = json_array(),
        .numbers = json_array(),
        .why = why};
    struct csv_reader *reader = csv_reader_new(on_row, &objects);
    enum kb_err err = csv_reader_feed(reader, buf_text(csv), csv->used, why);

    if (err == KB_OK) {
        err = csv_reader_end(reader, why);
    }
    csv_reader_free(reader);
    for (size_t i = 0; i < objects.count; i++) {
        free(objects.names[i]);
    }
    if (err != KB_OK) {
        json_decref(objects.rows);
        json_decref(objects.numbers);
        return err;
    }
    *out = objects.rows;
    *numbers = objects.numbers;
    return KB_OK;
}
