// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One way to ask for everything: the running kabarid over its control socket
 * or, where nobody listens there, the same API in this process on the store.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "web/client.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SOCKET_WAIT_MS ((int64_t)10 * 1000) /* for a daemon that starts */
#define RETRY_MS       100
#define ANSWER_MS      600000 /* a large import, or a network that thinks */
#define WAIT_TICK_MS   250

/** A request as both ways need it. */
struct request {
    const struct cli_ask *ask;
    char *query; /* "" or "a=b&c=d" */
    char *json;  /* the body; NULL: none, or CSV */
    const char *type;
    const char *body;
    size_t body_bytes;
};

/* --- the request --- */

static void add_pair(struct buf *out, const char *name, const json_t *value)
{
    char *encoded = web_encode(json_string_value(value));

    buf_printf(out, "%s%s=%s", out->used == 0 ? "" : "&", name, encoded);
    free(encoded);
}

static char *query_of(const json_t *fields)
{
    struct buf out = {0};
    const char *name = NULL;
    json_t *value = NULL;
    json_t *item = NULL;
    size_t i = 0;

    json_object_foreach((json_t *)fields, name, value)
    {
        if (!json_is_array(value)) {
            add_pair(&out, name, value);
        }
        json_array_foreach(value, i, item)
        {
            add_pair(&out, name, item);
        }
    }
    return buf_take(&out);
}

static bool has_body(const struct cli_ask *ask)
{
    return strcmp(ask->method, "POST") == 0 ||
           strcmp(ask->method, "PATCH") == 0;
}

static void request_fill(struct request *request, const struct cli_ask *ask)
{
    *request = (struct request){.ask = ask};
    if (ask->csv != NULL || !has_body(ask)) {
        request->query = query_of(ask->fields);
        request->type = ask->csv == NULL ? NULL : "text/csv";
        request->body = ask->csv;
        request->body_bytes = ask->csv_bytes;
        return;
    }
    request->query = mem_strdup("");
    if (ask->fields != NULL) {
        request->json = json_dumps(ask->fields, JSON_COMPACT);
        request->type = "application/json";
        request->body = request->json;
        request->body_bytes = strlen(request->json);
    }
}

static void request_clear(struct request *request)
{
    free(request->query);
    free(request->json);
}

/** The path with its parts percent-encoded, and the query. */
static char *target_of(const struct request *request)
{
    struct buf out = {0};
    const char *path = request->ask->path;

    while (*path == '/') {
        size_t length = strcspn(path + 1, "/");
        char *part = mem_strndup(path + 1, length);
        char *encoded = web_encode(part);

        buf_printf(&out, "/%s", encoded);
        free(encoded);
        free(part);
        path += 1 + length;
    }
    if (request->query[0] != '\0') {
        buf_printf(&out, "?%s", request->query);
    }
    return buf_take(&out);
}

/* --- the running kabarid --- */

struct socket_call {
    struct web_ask ask;
    struct web_answer answer;
    struct why why;
    enum kb_err err;
};

static void *run_socket_call(void *arg)
{
    struct socket_call *call = arg;

    call->err = web_client_call(&call->ask, &call->answer, &call->why);
    return NULL;
}

static bool joined(pthread_t thread)
{
    struct clock clock = clock_system();
    int64_t until_ms = clock_now_ms(&clock) + WAIT_TICK_MS;
    struct timespec until = {.tv_sec = (time_t)(until_ms / 1000),
        .tv_nsec = (long)(until_ms % 1000) * 1000000};

    return pthread_timedjoin_np(thread, NULL, &until) == 0;
}

/** Calls on a second thread where somebody wants to be told meanwhile. */
static void call_socket(struct socket_call *call, const struct cli_ask *ask)
{
    pthread_t thread = 0;

    if (ask->on_wait == NULL ||
        pthread_create(&thread, NULL, run_socket_call, call) != 0) {
        (void)run_socket_call(call);
        return;
    }
    while (!joined(thread)) {
        ask->on_wait(ask->on_wait_arg);
    }
}

static enum kb_err ask_socket(const struct cli *cli,
    const struct request *request, struct cli_answer *out, struct why *why)
{
    char *target = target_of(request);
    struct socket_call call = {
        .ask = {.socket_path = cli->config.control_socket,
                .method = request->ask->method,
                .target = target,
                .content_type = request->type,
                .body = request->body,
                .body_bytes = request->body_bytes,
                .timeout_ms = ANSWER_MS}
    };

    call_socket(&call, request->ask);
    if (call.err == KB_OK) {
        *out = (struct cli_answer){.status = call.answer.status,
            .body = call.answer.body,
            .body_bytes = call.answer.body_bytes};
        call.answer.body = NULL;
    }
    web_answer_clear(&call.answer);
    *why = call.why;
    free(target);
    return call.err;
}

/* --- no daemon: the store itself --- */

/* Files that root makes must be the service's: become the owner of the
   database's folder while it is opened.
   @return whether it must be undone. */
static bool become_owner(const char *database)
{
    struct stat folder = {0};
    const char *slash = strrchr(database, '/');
    char *path =
        mem_strndup(database, slash == NULL ? 0 : (size_t)(slash - database));
    bool known = stat(*path == '\0' ? "." : path, &folder) == 0;

    free(path);
    return geteuid() == 0 && known && folder.st_uid != 0 &&
           setegid(folder.st_gid) == 0 && seteuid(folder.st_uid) == 0;
}

static enum kb_err open_store(struct cli *cli, struct why *why)
{
    struct app_options options = {
        .config_file = cli->config.file, .holder = "kabari", .clock_speed = 1};
    bool changed = become_owner(cli->config.database_path);
    enum kb_err err = app_open(&options, &cli->app, why);

    if (changed && (seteuid(0) != 0 || setegid(0) != 0)) {
        why_set(why, "cannot be root again");
        err = KB_IO;
    }
    if (err == KB_OK) {
        err = api_open(&cli->app, &cli->api);
    }
    return err;
}

void cli_hang_up(struct cli *cli)
{
    if (cli->app.store == NULL) {
        return;
    }
    if (store_commit(cli->app.store) != KB_OK) {
        (void)cli_fail(CLI_FAILED, "the last change was not stored; try again");
    }
    api_close(cli->api);
    cli->api = NULL;
    app_close(&cli->app);
}

static void on_reply(void *arg, int status, const char *content_type,
    const char *text, size_t bytes)
{
    struct cli_answer *answer = arg;

    (void)content_type;
    answer->status = status;
    answer->body = mem_strndup(text, bytes);
    answer->body_bytes = bytes;
}

/** Commits and works until the answer is there. */
static enum kb_err drive(
    struct cli *cli, const struct cli_ask *ask, const struct cli_answer *out)
{
    int64_t told_ms = clock_mono_ms();
    bool more = true;

    while (out->status == 0 && more) {
        more = api_work(cli->api);
        /* What was lost is answered with 503: nothing to do here. */
        (void)(store_commit(cli->app.store) == KB_OK);
        if (ask->on_wait != NULL && out->status == 0 &&
            clock_mono_ms() - told_ms >= WAIT_TICK_MS) {
            ask->on_wait(ask->on_wait_arg);
            told_ms = clock_mono_ms();
        }
    }
    return out->status == 0 ? KB_CLOSED : KB_OK;
}

static enum kb_err ask_here(struct cli *cli, const struct request *request,
    struct cli_answer *out, struct why *why)
{
    struct api_request wish = {.method = request->ask->method,
        .path = request->ask->path,
        .query = request->query,
        .content_type = request->type,
        .body = request->body,
        .body_bytes = request->body_bytes};
    char who[32];
    enum kb_err err = KB_OK;

    (void)snprintf(who, sizeof who, "uid:%u", (unsigned)getuid());
    wish.who = who;
    api_handle(cli->api, &wish, on_reply, out);
    err = drive(cli, request->ask, out);
    if (err != KB_OK) {
        why_set(why, "there was no answer");
    }
    return err;
}

/* --- whichever there is --- */

static enum kb_err ask_someone(struct cli *cli, const struct request *request,
    struct cli_answer *out, struct why *why)
{
    int64_t give_up_ms = clock_mono_ms() + SOCKET_WAIT_MS;
    enum kb_err err = KB_CLOSED;

    while (cli->api == NULL) {
        *why = (struct why){0};
        err = ask_socket(cli, request, out, why);
        if (err != KB_CLOSED) {
            return err;
        }
        *why = (struct why){0};
        err = open_store(cli, why);
        if (err != KB_OK && (err != KB_BUSY || clock_mono_ms() >= give_up_ms)) {
            return err;
        }
        if (err == KB_BUSY) {
            (void)poll(NULL, 0, RETRY_MS);
        }
    }
    return ask_here(cli, request, out, why);
}

enum kb_err cli_config(struct cli *cli, struct why *why)
{
    return cli->config.file != NULL
               ? KB_OK
               : config_load(
                     config_file(cli->parsed.config_file), &cli->config, why);
}

static void tell_broken(struct cli *cli, const struct why *fault)
{
    char text[1024];

    if (!cli->told_broken) {
        cli->told_broken = true;
        why_format(fault, text, sizeof text);
        (void)fprintf(stderr,
            "kabari: %s; until that is mended the gateway goes on with what "
            "it read before\n",
            text);
    }
}

/* A file that is broken now was not when the running gateway read it: that one
   can be asked all the same. */
static enum kb_err ask_running(struct cli *cli, const struct request *request,
    struct cli_answer *out, struct why *fault)
{
    struct why unused = {0};

    free(cli->config.control_socket);
    cli->config.control_socket =
        config_socket(config_file(cli->parsed.config_file));
    if (cli->config.control_socket == NULL ||
        ask_socket(cli, request, out, &unused) != KB_OK) {
        return KB_INVALID;
    }
    tell_broken(cli, fault);
    return KB_OK;
}

enum kb_err cli_call(struct cli *cli, const struct cli_ask *ask,
    struct cli_answer *out, struct why *why)
{
    struct request request = {0};
    enum kb_err err = cli_config(cli, why);

    *out = (struct cli_answer){0};
    if (err != KB_OK && err != KB_INVALID) {
        return err;
    }
    request_fill(&request, ask);
    err = err == KB_INVALID ? ask_running(cli, &request, out, why)
                            : ask_someone(cli, &request, out, why);
    request_clear(&request);
    return err;
}

void cli_answer_clear(struct cli_answer *answer)
{
    free(answer->body);
    *answer = (struct cli_answer){0};
}

int cli_get(struct cli *cli, const struct cli_ask *ask, struct cli_answer *out)
{
    struct why why = {0};
    enum kb_err err = cli_call(cli, ask, out, &why);
    int code = CLI_DONE;

    if (err != KB_OK) {
        return cli_fail_why(err, &why);
    }
    code = cli_exit_of_status(out->status);
    if (code != CLI_DONE) {
        (void)cli_fail_answer(out);
        cli_answer_clear(out);
    }
    return code;
}

int cli_get_json(struct cli *cli, const struct cli_ask *ask, json_t **out)
{
    struct cli_answer answer = {0};
    int code = cli_get(cli, ask, &answer);

    if (code != CLI_DONE) {
        return code;
    }
    *out = json_loadb(answer.body, answer.body_bytes, JSON_DECODE_ANY, NULL);
    cli_answer_clear(&answer);
    return *out == NULL
               ? cli_fail(CLI_FAILED, "the answer cannot be read; is kabarid "
                                      "of the same version?")
               : CLI_DONE;
}
