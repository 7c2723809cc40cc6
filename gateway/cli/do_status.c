// SPDX-License-Identifier: GPL-2.0-or-later
/* kabari status, modem log and watch, inbox list. */
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WATCH_MS  2000
#define FOLLOW_MS 1000

/* --- status --- */

static void add_queue(struct buf *out, const json_t *queue)
{
    const char *state = NULL;
    json_t *count = NULL;
    size_t before = 0;

    buf_add_text(out, "queue     ");
    before = out->used;
    json_object_foreach((json_t *)queue, state, count)
    {
        if (json_integer_value(count) > 0) {
            buf_printf(out, "%s%s %" JSON_INTEGER_FORMAT,
                out->used > before ? ", " : "", state,
                json_integer_value(count));
        }
    }
    buf_add_text(out, out->used > before ? "\n" : "empty\n");
}

static void add_sending(struct buf *out, const json_t *status)
{
    const char *reason =
        json_string_value(json_object_get(status, "hold_reason"));

    if (reason != NULL && *reason != '\0') {
        buf_printf(out, "sending   answers only: %s\n", reason);
    } else {
        buf_add_text(out, "sending   yes\n");
    }
    if (json_is_true(json_object_get(status, "clock_behind"))) {
        buf_add_text(
            out, "clock     behind what the database has seen: set it\n");
    }
}

/** "9.5 MB" of a number of bytes. */
static void add_size(struct buf *out, double bytes)
{
    static const char *const units[] = {"bytes", "KB", "MB", "GB", "TB"};
    size_t unit = 0;

    while (bytes >= 1000 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1000;
        unit++;
    }
    buf_printf(
        out, "%.*f %s", unit > 0 && bytes < 100 ? 1 : 0, bytes, units[unit]);
}

static void add_database(struct buf *out, const json_t *database)
{
    cli_line(out, "database  {path}, ", database);
    add_size(out, json_number_value(json_object_get(database, "bytes")));
    buf_add_text(out, "\n");
    if (!json_is_true(json_object_get(database, "has_room"))) {
        buf_add_text(out, "disk      nearly full: no new work is taken\n");
    }
}

/* --- modems --- */

static const char *member_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}

static bool works(const json_t *modem)
{
    const char *state = member_of(modem, "state");

    return strcmp(state, "ready") == 0 || strcmp(state, "sending") == 0 ||
           strcmp(state, "limited") == 0;
}

/** What is the matter with a modem: what it says last may be long over where it
 *  works again. */
static const char *matter_of(const json_t *modem)
{
    const char *error = member_of(modem, "last_error");

    return *error != '\0' && !works(modem) ? error
                                           : member_of(modem, "limited_by");
}

/** Those that need somebody first, as rows of their own. */
static json_t *modem_rows(const json_t *modems)
{
    json_t *rows = json_array();
    json_t *working = json_array();
    json_t *modem = NULL;
    size_t i = 0;

    json_array_foreach((json_t *)modems, i, modem)
    {
        json_t *row = json_copy(modem);

        (void)json_object_set_new(row, "matter", json_string(matter_of(modem)));
        (void)json_array_append_new(works(modem) ? working : rows, row);
    }
    (void)json_array_extend(rows, working);
    json_decref(working);
    return rows;
}

/** "modems    12: 10 ready, 1 paused, 1 absent" */
static void add_modem_states(struct buf *out, const json_t *modems)
{
    json_t *counts = json_object();
    const char *state = NULL;
    json_t *value = NULL;
    size_t i = 0;
    const char *before = ": ";

    json_array_foreach((json_t *)modems, i, value)
    {
        const char *name = member_of(value, "state");

        (void)json_object_set_new(counts, name,
            json_integer(
                json_integer_value(json_object_get(counts, name)) + 1));
    }
    buf_printf(out, "modems    %zu", json_array_size(modems));
    json_object_foreach(counts, state, value)
    {
        buf_printf(out, "%s%" JSON_INTEGER_FORMAT " %s", before,
            json_integer_value(value), state);
        before = ", ";
    }
    buf_add_text(out, "\n");
    json_decref(counts);
}

static void add_table(
    struct buf *out, const char *name, const json_t *rows, struct cli_fit fit)
{
    if (json_array_size(rows) > 0) {
        buf_add_text(out, "\n");
        cli_table(out, cli_columns_of(name), rows, fit);
    }
}

/* --- a screen that is refreshed --- */

/* The alternate screen, and no cursor (ECMA-48, xterm's ctlseqs). */
#define SCREEN_OPEN  "\033[?1049h\033[?25l"
#define SCREEN_CLOSE "\033[?25h\033[?1049l"

#define INDENT 10 /* what a figure's name takes: "sending   " */

struct screen {
    bool refreshed; /* in place; else one below the other, as it is */
    struct cli_size size;
};

/** Whether a screen can be refreshed in place: a terminal that knows how. */
static bool can_refresh(void)
{
    const char *kind = getenv("TERM");

    return isatty(STDOUT_FILENO) == 1 && kind != NULL && *kind != '\0' &&
           strcmp(kind, "dumb") != 0;
}

/** A line as far as it fits, the rest of the row cleared. */
static void show_line(const char *line, size_t bytes, int columns)
{
    const char *at = line;

    for (int width = 0; at < line + bytes && width < columns; width++) {
        (void)str_utf8_next(&at);
    }
    (void)printf("%.*s\033[K\n", (int)(at - line), line);
}

/** All on a terminal's screen, without scrolling; elsewhere as it is. */
static void show(const struct screen *screen, const char *text)
{
    int row = 1;

    if (!screen->refreshed) {
        (void)fputs(text, stdout);
        return;
    }
    (void)fputs("\033[H", stdout);
    for (; *text != '\0' && row < screen->size.rows - 1; row++) {
        size_t bytes = strcspn(text, "\n");

        show_line(text, bytes, screen->size.columns);
        text += bytes;
        text += *text == '\n' ? 1 : 0;
    }
    (void)printf("%s\033[K\033[J",
        *text == '\0' ? "Ctrl-C ends" : "more than fits; Ctrl-C ends");
}

/** Who and when, on one line; and what nobody may overlook. */
static void add_head(struct buf *out, const json_t *status)
{
    cli_line(out, "{site}  {now}  ", status);
    cli_line(out,
        json_is_true(json_object_get(status, "daemon"))
            ? "kabarid {version} runs\n"
            : "no kabarid runs; start it: systemctl start kabarid\n",
        status);
    if (json_is_true(json_object_get(status, "rehearsal"))) {
        buf_add_text(out, "REHEARSAL: nobody real is told\n");
    }
}

static void add_inbox(struct buf *out, const json_t *status)
{
    cli_line(out, "inbox     {inbox_open} wait for a person", status);
    if (json_integer_value(json_object_get(status, "inbox_overdue")) > 0) {
        cli_line(out, ", {inbox_overdue} of them too long", status);
    }
    buf_add_text(out, "\n");
}

/** Lines that are no table, in lines so wide; 0: as they are. */
static void add_lines(struct buf *out, const char *text, int columns)
{
    while (*text != '\0') {
        size_t bytes = strcspn(text, "\n");
        char *line = mem_strndup(text, bytes);

        cli_wrapped(out, line, columns > 0 ? columns : INT_MAX, INDENT);
        free(line);
        text += bytes;
        text += *text == '\n' ? 1 : 0;
    }
}

static void add_figures(
    struct buf *out, const json_t *status, const json_t *modems)
{
    bool daemon = json_is_true(json_object_get(status, "daemon"));

    if (daemon) {
        add_sending(out, status);
    }
    add_queue(out, json_object_get(status, "queue"));
    cli_line(out,
        "rates     {sent_minute} sent, {inbound_minute} received in "
        "the last minute\n",
        json_object_get(status, "rates"));
    add_inbox(out, status);
    if (json_array_size(modems) > 0) {
        add_modem_states(out, modems);
    } else if (daemon) {
        buf_add_text(out, "modems    none; add them to the configuration\n");
    }
    add_database(out, json_object_get(status, "database"));
}

/** Alarms first, so that no screen is too small for them; then figures, what
 *  else needs somebody, and what runs. */
static void add_status(struct buf *out, const json_t *status,
    const json_t *alarms, struct cli_fit fit)
{
    const json_t *modems = json_object_get(status, "modems");
    json_t *rows = modem_rows(modems);
    struct buf head = {0};
    struct buf figures = {0};

    add_head(&head, status);
    add_lines(out, buf_text(&head), fit.columns);
    add_table(out, "alarms_brief", alarms, fit);
    buf_add_text(out, json_array_size(alarms) > 0 ? "\n" : "");
    add_figures(&figures, status, modems);
    add_lines(out, buf_text(&figures), fit.columns);
    add_table(
        out, "offices_down", json_object_get(status, "offices_down"), fit);
    add_table(out, "modems_brief", rows, fit);
    add_table(out, "campaigns", json_object_get(status, "campaigns"), fit);
    buf_clear(&head);
    buf_clear(&figures);
    json_decref(rows);
}

static void print_status(const struct cli *cli, const json_t *status,
    const json_t *alarms, const struct screen *screen)
{
    struct buf out = {0};
    struct cli_fit fit = {.columns = screen->size.columns, .cut = true};

    if (cli->parsed.json) {
        cli_print_json(status);
    } else {
        add_status(
            &out, status, alarms, screen->refreshed ? fit : cli_terminal());
        show(screen, buf_text(&out));
    }
    (void)fflush(stdout);
    buf_clear(&out);
}

static int ask_and_print(struct cli *cli, const struct screen *screen)
{
    struct cli_ask ask = {.method = "GET", .path = "/api/v1/status"};
    struct cli_ask about = {.method = "GET", .path = "/api/v1/alarms"};
    json_t *status = NULL;
    json_t *alarms = NULL;
    int code = cli_get_json(cli, &ask, &status);

    if (code == CLI_DONE && !cli->parsed.json) {
        code = cli_get_json(cli, &about, &alarms);
    }
    cli_hang_up(cli);
    if (code == CLI_DONE) {
        print_status(cli, status, alarms, screen);
    }
    json_decref(status);
    json_decref(alarms);
    return code;
}

/** Refreshes until Ctrl-C; the terminal is left as it was. Signals are waited
 *  for, not caught, so that nothing is cut off in the middle. */
static int watch(
    struct cli *cli, int (*once)(struct cli *cli, const struct screen *screen))
{
    struct screen screen = {.refreshed = can_refresh()};
    struct timespec wait = {.tv_sec = WATCH_MS / 1000};
    sigset_t ends;
    int code = CLI_DONE;
    int ended = -1;

    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &ends, NULL);
    (void)fputs(screen.refreshed ? SCREEN_OPEN : "", stdout);
    while (ended < 0 && code != CLI_NOT_FOUND && ferror(stdout) == 0) {
        screen.size = cli_terminal_size();
        code = once(cli, &screen);
        ended = sigtimedwait(&ends, NULL, &wait);
        (void)fputs(screen.refreshed || cli->parsed.json ? "" : "\n", stdout);
    }
    (void)fputs(screen.refreshed ? SCREEN_CLOSE : "", stdout);
    (void)fflush(stdout);
    return ended == SIGINT ? CLI_DONE : code;
}

int cli_do_status(struct cli *cli)
{
    struct screen plain = {.refreshed = false};

    return cli_option(&cli->parsed, "watch") != NULL
               ? watch(cli, ask_and_print)
               : ask_and_print(cli, &plain);
}

/* --- modem log --- */

static void print_lines(const json_t *lines)
{
    struct buf out = {0};
    size_t i = 0;
    json_t *line = NULL;

    json_array_foreach((json_t *)lines, i, line)
    {
        cli_line(&out, "{at}  {line}\n", line);
    }
    (void)fputs(buf_text(&out), stdout);
    buf_clear(&out);
}

/** Prints what came after a line; the number of the last one goes back. */
static int print_log(struct cli *cli, const char *path, json_int_t *after)
{
    struct cli_ask ask = {.method = "GET", .path = path};
    json_t *lines = NULL;
    size_t count = 0;
    int code = CLI_FAILED;

    ask.fields = json_object();
    (void)json_object_set_new(
        ask.fields, "after", json_sprintf("%" JSON_INTEGER_FORMAT, *after));
    code = cli_get_json(cli, &ask, &lines);
    json_decref(ask.fields);
    if (code != CLI_DONE) {
        return code;
    }
    count = json_array_size(lines);
    if (cli->parsed.json) {
        cli_print_json(lines);
    } else {
        print_lines(lines);
    }
    if (count > 0) {
        *after = json_integer_value(
            json_object_get(json_array_get(lines, count - 1), "n"));
    }
    (void)fflush(stdout);
    json_decref(lines);
    return CLI_DONE;
}

static int print_at_log(struct cli *cli)
{
    char *path = cli_path(cli, "/api/v1/modems/{}/at");
    struct cli_ask ask = {.method = "GET", .path = path};
    json_t *lines = NULL;
    int code = cli_get_json(cli, &ask, &lines);

    if (code == CLI_DONE && cli->parsed.json) {
        cli_print_json(lines);
    } else if (code == CLI_DONE) {
        print_lines(lines);
    }
    json_decref(lines);
    free(path);
    return code;
}

int cli_do_modem_log(struct cli *cli)
{
    char *path = NULL;
    bool follow = cli_option(&cli->parsed, "follow") != NULL;
    json_int_t after = 0;
    int code = CLI_DONE;

    if (cli_option(&cli->parsed, "at") != NULL) {
        return print_at_log(cli);
    }
    path = cli_path(cli, "/api/v1/modems/{}/log");
    code = print_log(cli, path, &after);

    while (follow && code == CLI_DONE && ferror(stdout) == 0) {
        (void)poll(NULL, 0, FOLLOW_MS);
        code = print_log(cli, path, &after);
    }
    free(path);
    return code;
}

/* --- modem watch --- */

/* Of the screen, for how it stands; the rest is for what is said. */
#define STATE_ROWS 8
#define SAID_LEAST 5

static void add_modem(struct buf *out, const json_t *modem)
{
    static const struct {
        const char *member;
        const char *line;
    } rows[] = {
        {"network",    "network   {network}\n"   },
        {"signal",     "signal    {signal} %\n"  },
        {"credit",     "credit    {credit}\n"    },
        {"limited_by", "limited   {limited_by}\n"},
        {"last_error", "error     {last_error}\n"},
    };

    cli_line(out, "{name}  {state} since {since}\n", modem);
    cli_line(out, "today     {sent_today} sent, {queued} waiting\n", modem);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const json_t *value = json_object_get(modem, rows[i].member);
        const char *text = json_string_value(value);

        if (json_is_number(value) || (text != NULL && *text != '\0')) {
            cli_line(out, rows[i].line, modem);
        }
    }
}

/* The last of them, as many as the screen holds. */
static void add_said(
    struct buf *out, const json_t *said, const struct screen *screen)
{
    size_t count = json_array_size(said);
    size_t room = screen->size.rows > STATE_ROWS + SAID_LEAST
                      ? (size_t)(screen->size.rows - STATE_ROWS)
                      : SAID_LEAST;

    for (size_t i = count > room ? count - room : 0; i < count; i++) {
        cli_line(out, "{at}  {line}\n", json_array_get(said, i));
    }
}

static int ask_and_print_modem(struct cli *cli, const struct screen *screen)
{
    char *paths[] = {cli_path(cli, "/api/v1/modems/{}"),
        cli_path(cli, "/api/v1/modems/{}/at")};
    json_t *answers[] = {NULL, NULL};
    struct buf out = {0};
    int code = CLI_DONE;

    for (size_t i = 0; i < 2 && code == CLI_DONE; i++) {
        code = cli_get_json(cli,
            &(struct cli_ask){.method = "GET", .path = paths[i]}, &answers[i]);
    }
    cli_hang_up(cli);
    if (code == CLI_DONE && cli->parsed.json) {
        (void)json_object_set(answers[0], "at", answers[1]);
        cli_print_json(answers[0]);
    } else if (code == CLI_DONE) {
        add_modem(&out, answers[0]);
        add_said(&out, answers[1], screen);
        show(screen, buf_text(&out));
    }
    (void)fflush(stdout);
    buf_clear(&out);
    for (size_t i = 0; i < 2; i++) {
        json_decref(answers[i]);
        free(paths[i]);
    }
    return code;
}

int cli_do_modem_watch(struct cli *cli)
{
    return watch(cli, ask_and_print_modem);
}

/* --- inbox list --- */

int cli_do_inbox_list(struct cli *cli)
{
    static const struct cli_command poison = {.shape = CLI_LIST,
        .list = "poison",
        .empty = "none; whatever came could be read"};
    struct cli_ask ask = {.method = "GET", .path = "/api/v1/inbox/poison"};
    json_t *answer = NULL;
    int code = CLI_DONE;

    if (cli_option(&cli->parsed, "poison") == NULL) {
        return cli_run_row(cli);
    }
    ask.fields = cli_fields(cli);
    (void)json_object_del(ask.fields, "open");
    code = cli_get_json(cli, &ask, &answer);
    if (code == CLI_DONE) {
        cli_print(cli, &poison, answer);
    }
    json_decref(answer);
    json_decref(ask.fields);
    return code;
}
