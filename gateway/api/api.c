// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/api.h"

#include "api/call.h"
#include "api/callback.h"
#include "api/handlers.h"
#include "api/journal.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PURGE_EVERY_MS 60000
#define PIECE_BYTES    ((size_t)64 * 1024) /* of a long answer */
#define STREAMS_MOST   64                  /* long answers at a time */

struct api {
    struct app *app;
    struct reader *reader;  /* NULL: long reads are done at once */
    struct api_call *calls; /* all that are not answered yet */
    struct api_call
        *first; /* of those with a step, in turn: linked by `turn` */
    struct api_call *last;
    struct api_extra extra; /* of the answer that is given just now */
    struct replay *replay;
    struct journal *journal;
    struct callbacks *callbacks;
    int64_t purged_mono_ms;
    int64_t answered[6]; /* by the status' first digit */
    void (*on_work)(void *arg);
    void *on_work_arg;
};

/* The first route that matches counts: "imports" comes before "{nik}". */
static const struct api_route *const route_tables[] = {
    api_status_routes,
    api_import_routes,
    api_office_routes,
    api_resident_routes,
    api_template_routes,
    api_campaign_routes,
    api_forecast_routes,
    api_message_routes,
    api_inbox_routes,
    api_modem_routes,
    api_alarm_routes,
    api_ussd_routes,
    api_access_routes,
    api_password_routes,
    api_audit_routes,
    api_openapi_routes,
    api_metrics_routes,
    api_webhook_routes,
    api_sendsms_routes,
    api_upkeep_routes,
};

static size_t route_count(const struct api_route *table)
{
    size_t count = 0;
    while (table[count].method) {
        count++;
    }
    return count;
}

const struct api_route *api_route_at(size_t i)
{
    size_t tables = sizeof(route_tables) / sizeof(route_tables[0]);
    for (size_t table = 0; table < tables; table++) {
        size_t count = route_count(route_tables[table]);
        if (i < count) {
            return &route_tables[table][i];
        }
        i -= count;
    }
    return NULL;
}

/* --- answers --------------------------------------------------------- */

/** An error as the outside sees it. */
struct failure {
    int status;
    const char *code;
    const char *sentence; /* where the room that failed gave none */
};

static struct failure failure_of(enum kb_err err)
{
    static const struct failure failures[] = {
        [KB_NOT_FOUND] = {404, "not_found", "nothing is there under that name"          },
        [KB_INVALID] = {422, "invalid",   "the request is wrong"                      },
        [KB_REFUSED] = {409, "refused",   "that cannot be done now"                   },
        [KB_BUSY] = {503, "busy",      "another program uses it; try again later"  },
        [KB_FULL] = {503, "full",      "there is no room; try again later"         },
        [KB_DB] = {503, "db",        "the database failed; look at kabarid's log"},
        [KB_IO] = {503, "io",        "a file or device failed; look at the log"  },
        [KB_PROTOCOL] = {503, "io",        "the modem answered nonsense; try again"    },
        [KB_CLOSED] = {503, "closed",    "it is not ready; try again later"          },
    };
    return failures[err];
}

static json_t *error_json(
    const struct failure *failure, const struct why *why, json_t *rows)
{
    json_t *error = json_object();
    json_object_set_new(error, "code", json_string(failure->code));
    json_object_set_new(error, "message",
        api_text_json(why->text[0] ? why->text : failure->sentence));
    if (why->field[0]) {
        json_object_set_new(error, "field", api_text_json(why->field));
    }
    if (rows) {
        json_object_set(error, "rows", rows);
    }
    json_t *answer = json_object();
    json_object_set_new(answer, "error", error);
    return answer;
}

static int add_dump(const char *bytes, size_t count, void *arg)
{
    buf_add(arg, bytes, count);
    return 0;
}

/** 15 digits: 5.664 stays 5.664. */
static void dump(const json_t *json, struct buf *out)
{
    (void)json_dump_callback(
        json, add_dump, out, JSON_COMPACT | JSON_REAL_PRECISION(15));
}

static void send_failure(const struct failure *failure, const struct why *why,
    api_reply_fn *reply, void *arg)
{
    struct buf out = {0};
    json_t *json = error_json(failure, why, NULL);
    dump(json, &out);
    json_decref(json);
    reply(arg, failure->status, "application/json", buf_text(&out), out.used);
    buf_clear(&out);
}

void api_list_add(struct api_call *call, json_t *take_value)
{
    if (call->view != VIEW_ALL) {
        api_mask(take_value, call->view);
    }
    buf_add_text(&call->out, call->listing ? "," : "[");
    call->listing = true;
    dump(take_value, &call->out);
    json_decref(take_value);
}

void api_list_end(struct api_call *call)
{
    buf_add_text(&call->out, call->listing ? "]" : "[]");
}

/* --- a call's life --------------------------------------------------- */

/** What does not fit counts as not given. */
static void copy_if_fits(char *out, size_t out_bytes, const char *text)
{
    if (text && str_copy(out, out_bytes, text) != KB_OK) {
        out[0] = '\0';
    }
}

static struct api_call *call_new(struct api *api,
    const struct api_request *request, api_reply_fn *reply, void *arg)
{
    struct api_call *call = mem_new(sizeof(*call));
    call->api = api;
    call->app = api->app;
    call->part = request->part;
    call->text_fd = request->body_fd;
    call->reply = reply;
    call->reply_arg = arg;
    call->asker = request->actor ? *request->actor : access_local(request->who);
    call->actor = &call->asker;
    call->view = call->asker.view;
    call->reach = access_reach(call->actor, call->reach_text);
    copy_if_fits(call->secret, sizeof(call->secret), request->secret);
    copy_if_fits(call->address, sizeof(call->address), request->address);
    call->next = api->calls;
    if (call->next) {
        call->next->previous = call;
    }
    api->calls = call;
    return call;
}

static void unlink_call(struct api_call *call)
{
    if (call->next) {
        call->next->previous = call->previous;
    }
    if (call->previous) {
        call->previous->next = call->next;
    } else if (call->api) {
        call->api->calls = call->next;
    }
    call->next = NULL;
    call->previous = NULL;
}

static void drop_work(struct api_call *call)
{
    if (call->work_free) {
        call->work_free(call->work);
    }
    call->work = NULL;
    call->work_free = NULL;
    call->step = NULL;
}

static void call_free(struct api_call *call)
{
    unlink_call(call);
    drop_work(call);
    json_decref(call->answer);
    json_decref(call->rows);
    json_decref(call->body);
    buf_clear(&call->out);
    free(call->input);
    free(call);
}

/** What a change was about: the path's name, else the id that it made. */
static struct log_text subject_of(const struct api_call *call)
{
    char id[32] = "-";
    const json_t *made = json_object_get(call->answer, "id");
    if (strstr(call->route->path, "{nik}")) {
        return log_nik(call->param);
    }
    if (!call->param[0] && json_is_integer(made)) {
        (void)snprintf(
            id, sizeof(id), "%lld", (long long)json_integer_value(made));
    }
    return log_quote(call->param[0] ? call->param : id);
}

static bool is_change(const struct api_call *call)
{
    return (call->route->flags & (API_CHANGE | API_TAKES)) != 0;
}

/** Who changed what; what was refused has changed nothing. */
static void log_change(const struct api_call *call)
{
    const struct api_route *route = call->route;
    if (is_change(call) && (route->flags & API_QUIET) == 0) {
        log_info("api: change method=%s route=%s subject=%s who=%s",
            route->method, route->path, subject_of(call).text,
            log_quote(call->actor->who).text);
    }
}

/* --- the audit ------------------------------------------------------- */

/** Who did or saw what, in the change's own transaction. */
static enum kb_err note(const struct api_call *call)
{
    struct access_deed deed = {0};
    struct log_text subject = subject_of(call);
    if ((call->route->flags & API_QUIET) != 0) {
        return KB_OK;
    }
    (void)snprintf(deed.action, sizeof(deed.action), "%s %s",
        call->route->method, call->route->path);
    (void)snprintf(deed.subject, sizeof(deed.subject), "%.90s",
        call->subject[0] ? call->subject : subject.text);
    (void)snprintf(deed.detail, sizeof(deed.detail), "%s", call->detail);
    copy_if_fits(deed.who, sizeof(deed.who), call->actor->who);
    copy_if_fits(deed.address, sizeof(deed.address), call->address);
    return access_note(call->app->access, &deed);
}

/** Notes that people's data was read. Whoever is on this machine reads also
 *  where nothing can be written.
 *  @param wait  whether the answer waits for the commit. */
static enum kb_err note_seen(const struct api_call *call, bool *wait)
{
    bool local = call->actor->kind == ACCESS_LOCAL;
    enum kb_err err = note(call);
    if (err != KB_OK && local) {
        log_warn("api: a read was not noted in the audit");
    }
    *wait = !local;
    return local ? KB_OK : err;
}

static void reply_now(struct api_call *call, int status, const char *type)
{
    struct api_extra extra = {.retry_after_s = call->retry_after_s,
        .session = call->session_over ? ""
                   : call->session[0] ? call->session
                                      : NULL};
    if (!call->reply) {
        return;
    }
    if (call->api) {
        call->api->extra = extra;
    }
    call->reply(
        call->reply_arg, status, type, buf_text(&call->out), call->out.used);
    if (call->api) {
        call->api->extra = (struct api_extra){0};
    }
}

/** Writes a JSON answer as text, once. */
static void render(struct api_call *call)
{
    if (call->answer && !call->rendered) {
        if (call->view != VIEW_ALL) {
            api_mask(call->answer, call->view);
        }
        dump(call->answer, &call->out);
        call->rendered = true;
    }
}

/** Stores the answer under its Idempotency-Key, inside the operation that is
 *  open. What was refused had no effect and may be tried again. */
static enum kb_err keep_answer(struct api_call *call)
{
    if (!call->mark.key[0] || call->kept || call->status >= 300 ||
        (call->route->flags & API_UNKEPT) != 0) {
        return KB_OK;
    }
    const char *type =
        call->content_type ? call->content_type : "application/json";
    struct replay_answer answer = {.status = call->status};
    enum kb_err err =
        str_copy(answer.content_type, sizeof(answer.content_type), type);
    render(call);
    answer.text = call->out; /* borrowed */
    if (err == KB_OK) {
        err = replay_keep(call->api->replay, &call->mark, &answer);
    }
    call->kept = err == KB_OK;
    return err;
}

/** The same for what changed in slices or outside the store: its effect is
 *  there already, so that a key that cannot be kept is only noted. */
static void keep_late_answer(struct api_call *call)
{
    struct store *store = call->app->store;
    if (!call->mark.key[0] || call->kept ||
        store_op_begin_record(store) != KB_OK) {
        return;
    }
    if (store_op_end(store, keep_answer(call)) != KB_OK) {
        log_warn("api: an answer was not kept for its Idempotency-Key");
    }
}

/** Answers and frees a call; the only place where that happens. */
static void finish(struct api_call *call, enum kb_err err, struct why *why)
{
    int status = call->status;
    const char *type = call->content_type;
    if (err == KB_OK) {
        log_change(call);
    } else {
        struct failure failure = failure_of(err);
        if (call->deny_status != 0) {
            failure.status = call->deny_status;
            failure.code = call->deny_code;
        }
        json_decref(call->answer);
        buf_clear(&call->out);
        call->rendered = false;
        status = failure.status;
        type = NULL;
        call->answer = error_json(&failure, why, call->rows);
    }
    render(call);
    if (call->api) {
        call->api->answered[status / 100 % 6]++;
    }
    reply_now(call, status, type ? type : "application/json");
    call_free(call);
}

static void on_committed(void *arg, enum kb_err result)
{
    struct why why = {0};
    if (result != KB_OK) {
        why_set(&why, "the change could not be written to disk and was taken "
                      "back; try again later");
    }
    finish(arg, result, &why);
}

static bool is_seen(const struct api_call *call)
{
    return call->may && (call->may->access & API_SEEN) != 0;
}

/** Answers a read at once, a change once its commit is on disk. */
static void settle(struct api_call *call, enum kb_err err, struct why *why)
{
    drop_work(call);
    bool changes = is_change(call);
    if (err == KB_OK && (call->route->flags & API_TAKES) != 0) {
        err = note(call);
    } else if (err == KB_OK && !call->noted && is_seen(call)) {
        err = note_seen(call, &changes);
    }
    if (err != KB_OK || !changes || !call->api) {
        finish(call, err, why);
        return;
    }
    keep_late_answer(call);
    store_after_commit(call->app->store, on_committed, call);
    if (call->app->dispatch) {
        dispatch_kick(call->app->dispatch);
    }
}

static enum kb_err deny(struct api_call *call, int status, const char *code)
{
    call->deny_status = status;
    call->deny_code = code;
    return KB_REFUSED;
}

enum kb_err api_deny_login(struct api_call *call)
{
    return deny(call, 401, "unauthorized");
}

enum kb_err api_deny_right(struct api_call *call)
{
    return deny(call, 403, "forbidden");
}

enum kb_err api_deny_soon(struct api_call *call, int retry_s)
{
    call->retry_after_s = retry_s;
    return deny(call, 429, "limited");
}

struct api_extra api_replying(const struct api *api)
{
    return api->extra;
}

void api_call_done(struct api_call *call, enum kb_err err, struct why *why)
{
    call->waiting = false;
    if (call->in_hand) {
        call->ended = true;
        call->ended_err = err;
        call->ended_why = *why;
        return;
    }
    settle(call, err, why);
}

enum kb_err api_call_id(const struct api_call *call, int64_t *id)
{
    return str_int(call->param, 1, INT64_MAX, id) == KB_OK ? KB_OK
                                                           : KB_NOT_FOUND;
}

enum kb_err api_may_see_phone(const struct api_call *call, const char *phone)
{
    bool found = true;
    enum kb_err err = KB_OK;
    if (call->reach) {
        err = registry_phone_in_reach(
            call->app->registry, phone, call->reach, &found);
    }
    return err == KB_OK && !found ? KB_NOT_FOUND : err;
}

enum kb_err api_may_change_office(
    struct api_call *call, const char *kecamatan, struct why *why)
{
    if (access_covers(call->actor, kecamatan)) {
        return KB_OK;
    }
    why_set(why, "that office is not of your kecamatan; ask its staff or an "
                 "admin");
    return api_deny_right(call);
}

/* --- windows of a list ----------------------------------------------- */

#define WINDOW_IDS  2000
#define WINDOW_ROWS 200

void api_window_next(struct api_window *window, int64_t newest)
{
    if (window->before == 0 || window->before > newest + 1) {
        window->before = newest + 1;
    }
    window->from =
        window->before > WINDOW_IDS ? window->before - WINDOW_IDS : 1;
    window->limit =
        window->left < WINDOW_ROWS ? (int)window->left : WINDOW_ROWS;
    window->given = 0;
}

bool api_window_done(struct api_window *window)
{
    bool full = window->given == window->limit;
    window->left -= window->given;
    window->before = full ? window->last : window->from;
    return window->left > 0 && window->before > 1;
}

void api_each_call(const struct api *api,
    void (*fn)(void *arg, const struct api_call *call), void *arg)
{
    for (const struct api_call *call = api->calls; call; call = call->next) {
        fn(arg, call);
    }
}

/* --- work in slices -------------------------------------------------- */

static void add_turn(struct api *api, struct api_call *call)
{
    call->turn = NULL;
    if (api->last) {
        api->last->turn = call;
    } else {
        api->first = call;
    }
    api->last = call;
}

static void ask_for_work(const struct api *api)
{
    if (api->on_work) {
        api->on_work(api->on_work_arg);
    }
}

/* --- long answers in pieces ------------------------------------------ */

/** Whether what the steps write goes out while they still work. */
static bool is_streamed(const struct api_call *call)
{
    return call->part && call->step && strcmp(call->route->method, "GET") == 0;
}

/** Gives away what has been written, once it is worth it; its turn comes again
 *  when that was taken. */
static void hand_on(struct api_call *call)
{
    struct why why = {0};
    if (!is_streamed(call) || call->out.used < PIECE_BYTES) {
        add_turn(call->api, call);
        return;
    }
    bool taken = call->part(call->reply_arg,
        &(struct api_piece){.call = call,
            .status = call->status,
            .content_type =
                call->content_type ? call->content_type : "application/json",
            .text = buf_text(&call->out),
            .bytes = call->out.used});
    buf_clear(&call->out);
    if (!taken) {
        drop_work(call);
        finish(call, KB_CLOSED, &why);
        return;
    }
    call->parked = true;
}

void api_go_on(struct api_call *call)
{
    if (call->parked) {
        call->parked = false;
        add_turn(call->api, call);
        ask_for_work(call->api);
    }
}

void api_stop(struct api_call *call)
{
    struct why why = {0};
    if (call->parked) {
        drop_work(call);
        finish(call, KB_CLOSED, &why);
    }
}

static void start_work(struct api_call *call)
{
    add_turn(call->api, call);
    ask_for_work(call->api);
}

static void on_noted(void *arg, enum kb_err result)
{
    struct api_call *call = arg;
    struct why why = {0};
    call->waiting = false;
    if (result == KB_OK && call->api) {
        start_work(call);
        return;
    }
    drop_work(call);
    finish(call, result == KB_OK ? KB_CLOSED : result, &why);
}

static size_t count_streams(const struct api *api)
{
    size_t count = 0;
    for (const struct api_call *call = api->calls; call; call = call->next) {
        count += is_streamed(call) ? 1 : 0;
    }
    return count;
}

/** Nothing goes out before it is written down who sees it. */
static void start_stream(struct api_call *call)
{
    bool wait = false;
    struct why why = {0};
    enum kb_err err = KB_OK;
    if (count_streams(call->api) > STREAMS_MOST) {
        why_set(&why, "too many long answers at once; try again in a moment");
        err = KB_FULL;
    }
    if (err == KB_OK && is_seen(call)) {
        err = note_seen(call, &wait);
        call->noted = err == KB_OK;
    }
    if (err != KB_OK) {
        drop_work(call);
        finish(call, err, &why);
    } else if (wait) {
        call->waiting = true;
        store_after_commit(call->app->store, on_noted, call);
    } else {
        start_work(call);
    }
}

bool api_work(struct api *api)
{
    struct api_call *call = api->first;
    if (!call) {
        return false;
    }
    struct why why = {0};
    bool more = true;
    api->first = call->turn;
    api->last = api->first ? api->last : NULL;
    enum kb_err err = call->step(call, &more, &why);
    if (err != KB_OK || !more) {
        settle(call, err, &why);
    } else {
        hand_on(call);
    }
    return api->first != NULL;
}

void api_on_work(struct api *api, void (*fn)(void *arg), void *arg)
{
    api->on_work = fn;
    api->on_work_arg = arg;
}

void api_plan_soon(struct api_call *call)
{
    ask_for_work(call->api);
}

/* --- reading beside the loop ----------------------------------------- */

static void on_reading(
    void *arg, const struct reader_rooms *rooms, const struct why *why)
{
    struct api_call *call = arg;
    if (!rooms) {
        call->read_err = KB_DB;
        call->read_why = *why;
        return;
    }
    call->read_err = call->reading(call, rooms, &call->read_why);
}

static void on_read(void *arg, bool worked)
{
    struct api_call *call = arg;
    if (!worked) {
        call->read_err = KB_CLOSED;
    }
    api_call_done(call, call->read_err, &call->read_why);
}

enum kb_err api_read_aside(
    struct api_call *call, api_reading *fn, struct why *why)
{
    const struct app *app = call->app;
    if (!call->api->reader) {
        return fn(call,
            &(struct reader_rooms){.clock = &app->clock,
                .config = &app->config,
                .registry = app->registry,
                .campaigns = app->campaigns},
            why);
    }
    call->reading = fn;
    call->waiting = true;
    reader_ask(call->api->reader, on_reading, on_read, call);
    return KB_OK;
}

enum kb_err api_read_in_thread(struct api *api, struct why *why)
{
    return reader_open(api->app, &api->reader, why);
}

int api_readings_fd(const struct api *api)
{
    return api->reader ? reader_fd(api->reader) : -1;
}

void api_readings_done(struct api *api)
{
    reader_settle(api->reader);
}

enum kb_err api_reload(struct api *api, struct why *why)
{
    return api->reader ? reader_reload(api->reader, why) : KB_OK;
}

/* --- from a request to its handler ----------------------------------- */

/** Whether one part of a path is the pattern's; {name} is any that fits. */
static bool part_matches(
    const char *pattern, const char *part, size_t length, char *param)
{
    if (*pattern != '{') {
        return strcspn(pattern, "/") == length &&
               strncmp(pattern, part, length) == 0;
    }
    if (length == 0 || length >= API_PARAM_BYTES) {
        return false;
    }
    memcpy(param, part, length);
    param[length] = '\0';
    return true;
}

/** Whether a path is the pattern's; fills what stands for {name}. */
static bool path_matches(const char *pattern, const char *path, char *param)
{
    bool same = true;
    while (same && *pattern && *path) {
        size_t length = strcspn(path, "/");
        same = part_matches(pattern, path, length, param);
        pattern += strcspn(pattern, "/");
        path += length;
        if (*pattern && *path) {
            pattern++;
            path++;
        }
    }
    return same && *pattern == *path;
}

/** Whether a path cannot be a pattern's: it differs before the first {name}. */
static bool differs(const char *pattern, const char *path)
{
    while (*pattern != '\0' && *pattern == *path) {
        pattern++;
        path++;
    }
    return *pattern != '{' && (*pattern != '\0' || *path != '\0');
}

static bool is_path_of(
    const struct api_route *route, const char *path, char *param)
{
    param[0] = '\0';
    return !differs(route->path, path) &&
           path_matches(route->path, path, param);
}

/** The first route of path and method in a table; other says that the path
 *  has others. */
static const struct api_route *find_in(const struct api_route *table,
    const struct api_request *request, char *param, bool *other)
{
    for (const struct api_route *row = table; row->method; row++) {
        bool same = strcmp(row->method, request->method) == 0;
        if ((!same && *other) || !is_path_of(row, request->path, param)) {
            continue;
        }
        if (same) {
            return row;
        }
        *other = true;
    }
    return NULL;
}

/** The first route of path and method; other says that the path has others. */
static const struct api_route *find_route(
    const struct api_request *request, char *param, bool *other)
{
    const struct api_route *found = NULL;
    size_t tables = sizeof(route_tables) / sizeof(route_tables[0]);
    for (size_t i = 0; i < tables && !found; i++) {
        found = find_in(route_tables[i], request, param, other);
    }
    return found;
}

const struct api_route *api_route_find(const char *method, const char *path)
{
    struct api_request request = {.method = method, .path = path};
    char param[API_PARAM_BYTES] = "";
    bool other = false;
    return find_route(&request, param, &other);
}

static size_t body_most(const struct api_route *route)
{
    return route->most_bytes > 0 ? route->most_bytes : API_BODY_MOST;
}

size_t api_body_most(const char *method, const char *path)
{
    struct api_request request = {.method = method, .path = path};
    char param[API_PARAM_BYTES] = "";
    bool other = false;
    const struct api_route *route = find_route(&request, param, &other);
    return route ? body_most(route) : (size_t)64 * 1024;
}

void api_allowed(const char *path, char *out, size_t out_bytes)
{
    struct buf list = {0};
    char param[API_PARAM_BYTES] = "";
    const struct api_route *route = api_route_at(0);
    for (size_t i = 0; route; route = api_route_at(++i)) {
        if (path_matches(route->path, path, param) &&
            !strstr(buf_text(&list), route->method)) {
            buf_printf(&list, "%s%s", list.used > 0 ? ", " : "", route->method);
        }
    }
    if (str_copy(out, out_bytes, buf_text(&list)) != KB_OK) {
        log_error("api: list of methods does not fit");
    }
    buf_clear(&list);
}

static bool has_type(const struct api_request *request, const char *type)
{
    const char *given = request->content_type;
    if (!given || !*given) {
        return true;
    }
    size_t length = strcspn(given, "; ");
    return length == strlen(type) && strncasecmp(given, type, length) == 0;
}

static enum kb_err read_json(
    const struct api_request *request, json_t **out, struct why *why)
{
    json_error_t error = {0};
    if (request->body_bytes == 0) {
        *out = json_object();
        return KB_OK;
    }
    *out = json_loadb(
        request->body, request->body_bytes, JSON_REJECT_DUPLICATES, &error);
    if (*out) {
        return KB_OK;
    }
    why_set(why, "the body is not JSON: line %d, column %d: %s", error.line,
        error.column, error.text);
    return KB_INVALID;
}

static const char *type_of(const struct api_route *route)
{
    return (route->flags & API_CSV) != 0 ? "text/csv"
           : (route->flags & API_FORM) != 0
               ? "application/x-www-form-urlencoded"
               : "application/json";
}

static const char *type_sentence(const struct api_route *route)
{
    return (route->flags & API_CSV) != 0 ? "send the body as text/csv"
           : (route->flags & API_FORM) != 0
               ? "send the body as application/x-www-form-urlencoded"
               : "send the body as application/json";
}

/** A form is written as a query is. */
static enum kb_err read_form(
    const struct api_request *request, json_t **out, struct why *why)
{
    char *text = mem_strndup(request->body, request->body_bytes);
    enum kb_err err = api_query_read(text, out, why);
    free(text);
    return err;
}

static enum kb_err read_body(const struct api_route *route,
    const struct api_request *request, json_t **out, struct why *why)
{
    return (route->flags & API_FORM) != 0 ? read_form(request, out, why)
                                          : read_json(request, out, why);
}

/** What is wrong with a request before any field is looked at; status 0 where
 *  nothing is. */
static struct failure judge(const struct api_route *route, bool other)
{
    if (!route && other) {
        return (struct failure){405, "method",
            "this route does not know that method; see the Allow header"};
    }
    if (!route) {
        return (struct failure){404, "not_found", "there is no such route"};
    }
    return (struct failure){0};
}

/** The same of its body. */
static struct failure judge_body(
    const struct api_route *route, const struct api_request *request)
{
    if (request->body_bytes > body_most(route)) {
        return (struct failure){
            413, "too_large", "the body is too large; send less at once"};
    }
    if (request->body_bytes > 0 && !has_type(request, type_of(route))) {
        return (struct failure){415, "content_type", type_sentence(route)};
    }
    return (struct failure){0};
}

static bool takes_query(const struct api_route *route)
{
    return strcmp(route->method, "GET") == 0 ||
           strcmp(route->method, "DELETE") == 0 ||
           (route->flags & API_CSV) != 0;
}

/** The handler reads them itself: the body, or the query where there is none. */
static void give_raw(struct api_call *call, const struct api_request *request)
{
    if (request->body_bytes > 0) {
        call->text = request->body;
        call->text_bytes = request->body_bytes;
    } else {
        call->text = request->query;
        call->text_bytes = request->query ? strlen(request->query) : 0;
    }
}

/** Reads query and body; err says 400 (unreadable) by KB_PROTOCOL. */
static enum kb_err read_input(
    struct api_call *call, const struct api_request *request, struct why *why)
{
    const struct api_route *route = call->route;
    json_t *query = NULL;
    if ((route->flags & API_RAW) != 0) {
        give_raw(call, request);
        return KB_OK;
    }
    if (api_query_read(request->query, &query, why) != KB_OK) {
        return KB_PROTOCOL;
    }
    if (takes_query(route)) {
        call->body = query;
        call->text = request->body;
        call->text_bytes = request->body_bytes;
    } else {
        enum kb_err err = api_fields_read(query, NULL, NULL, why);
        json_decref(query);
        if (err != KB_OK) {
            return err;
        }
        if (read_body(route, request, &call->body, why) != KB_OK) {
            return KB_PROTOCOL;
        }
    }
    if ((route->flags & API_BATCH) != 0) {
        return KB_OK;
    }
    call->input = mem_new(route->in_bytes + 1);
    call->in = call->input;
    return api_fields_read(call->body, route->fields, call->input, why);
}

static enum kb_err run(struct api_call *call, struct why *why)
{
    struct store *store = call->app->store;
    if ((call->route->flags & API_CHANGE) == 0) {
        return call->route->handle(call, why);
    }
    enum kb_err err = store_op_begin(store);
    if (err != KB_OK) {
        return err;
    }
    err = call->route->handle(call, why);
    if (err == KB_OK) {
        err = note(call);
    }
    if (err == KB_OK && !call->waiting && !call->step) {
        err = keep_answer(call);
    }
    return store_op_end(store, err);
}

static void handle(struct api_call *call)
{
    struct why why = {0};
    call->in_hand = true;
    enum kb_err err = run(call, &why);
    call->in_hand = false;
    call->text = NULL;
    if (err == KB_OK && call->ended) {
        settle(call, call->ended_err, &call->ended_why);
        return;
    }
    if (err != KB_OK) {
        call->waiting = false;
    }
    if (call->waiting) {
        return;
    }
    if (err != KB_OK || !call->step) {
        settle(call, err, &why);
        return;
    }
    if (is_streamed(call)) {
        start_stream(call);
    } else {
        start_work(call);
    }
}

static void refuse(
    struct api_call *call, const struct failure *failure, const struct why *why)
{
    call->api->answered[failure->status / 100 % 6]++;
    send_failure(failure, why, call->reply, call->reply_arg);
    call_free(call);
}

/** Whether another call with the same Idempotency-Key is under way: its answer
 *  is not on disk yet, so that it cannot be given again either. */
static bool is_under_way(const struct api_call *call)
{
    const struct api_call *other = call->api->calls;
    while (other &&
           (other == call || strcmp(other->mark.key, call->mark.key) != 0)) {
        other = other->next;
    }
    return other != NULL;
}

/** Gives the answer that was kept; a different request under the same key is
 *  somebody's mistake. */
static void answer_again(
    struct api_call *call, const struct replay_answer *answer)
{
    static const struct failure other = {422, "idempotency_key",
        "this Idempotency-Key came with another request before; use a new key "
        "for each new request"};
    struct why why = {.field = "Idempotency-Key"};
    if (strcmp(answer->request, call->mark.request) != 0) {
        refuse(call, &other, &why);
        return;
    }
    log_info("api: answered again method=%s route=%s who=%s",
        call->route->method, call->route->path,
        log_quote(call->actor->who).text);
    call->reply(call->reply_arg, answer->status, answer->content_type,
        buf_text(&answer->text), answer->text.used);
    call_free(call);
}

/** @return true where the request was answered here. */
static bool answered_by_key(struct api_call *call)
{
    static const struct failure under_way = {409, "in_progress",
        "the first request with this Idempotency-Key is still being worked on; "
        "ask again in a second"};
    struct replay_answer answer = {0};
    struct why why = {.field = "Idempotency-Key"};
    if (!call->mark.key[0] || !is_change(call)) {
        return false;
    }
    if (is_under_way(call)) {
        refuse(call, &under_way, &why);
        return true;
    }
    enum kb_err err = replay_find(call->api->replay, call->mark.key, &answer);
    if (err == KB_NOT_FOUND) {
        return false;
    }
    if (err != KB_OK) {
        struct failure failure = failure_of(err);
        refuse(call, &failure, &(struct why){0});
        return true;
    }
    answer_again(call, &answer);
    replay_answer_clear(&answer);
    return true;
}

void api_handle(struct api *api, const struct api_request *request,
    api_reply_fn *reply, void *arg)
{
    static const struct failure unreadable = {400, "bad_request", ""};
    static const struct failure invalid = {422, "invalid", ""};
    static const struct failure log_in = {401, "unauthorized",
        "log in: POST /api/v1/session, or send a token as Authorization: "
        "Bearer"};
    static const struct failure never = {403, "forbidden",
        "your role or your token's scopes do not allow that; ask an admin"};
    static const struct failure no_daemon = {
        503, "no_daemon", "no daemon runs: start kabarid"};
    struct api_call *call = call_new(api, request, reply, arg);
    struct why why = {0};
    bool other = false;
    call->route = find_route(request, call->param, &other);
    struct failure failure = judge(call->route, other);
    if (failure.status != 0) {
        refuse(call, &failure, &why);
        return;
    }
    call->may = api_may_of(call->route);
    enum api_judgement judgement = api_may_judge(call->may, call->actor);
    if (judgement != API_YES) {
        refuse(call, judgement == API_LOG_IN ? &log_in : &never, &why);
        return;
    }
    failure = judge_body(call->route, request);
    if (failure.status != 0) {
        refuse(call, &failure, &why);
        return;
    }
    call->status = call->route->status > 0 ? call->route->status : 200;
    enum kb_err err = replay_mark_of(request, &call->mark, &why);
    if (err == KB_OK) {
        err = read_input(call, request, &why);
    }
    if (err != KB_OK) {
        refuse(call, err == KB_PROTOCOL ? &unreadable : &invalid, &why);
    } else if ((call->route->flags & API_MODEMS) != 0 && !api->app->dispatch) {
        refuse(call, &no_daemon, &why);
    } else if (!answered_by_key(call)) {
        handle(call);
    }
}

/* --- open, close ----------------------------------------------------- */

enum kb_err api_open(struct app *app, struct api **out)
{
    struct api *api = mem_new(sizeof(*api));
    api->app = app;
    enum kb_err err = replay_open(app->store, &api->replay);
    if (err == KB_OK) {
        err = journal_open(app, api, &api->journal);
    }
    if (err == KB_OK) {
        err = callbacks_open(app, &api->callbacks);
    }
    if (err != KB_OK) {
        api_close(api);
        return err;
    }
    *out = api;
    return KB_OK;
}

struct app *api_app(const struct api *api)
{
    return api->app;
}

void api_traffic_metrics(const struct api *api, struct buf *out)
{
    static const char name[] = "kabari_api_requests_total";
    buf_printf(out,
        "# HELP %s requests answered, by kind of status\n"
        "# TYPE %s counter\n",
        name, name);
    for (int digit = 2; digit < 6; digit++) {
        buf_printf(out, "%s{status=\"%dxx\"} %lld\n", name, digit,
            (long long)api->answered[digit]);
    }
}

struct journal *api_journal(struct api *api)
{
    return api->journal;
}

struct callbacks *api_callbacks(struct api *api)
{
    return api->callbacks;
}

enum kb_err api_use(struct api *api)
{
    return callbacks_use(api->callbacks);
}

void api_tick(struct api *api)
{
    int64_t now_ms = clock_mono_ms();
    if (callbacks_look_at_modems(api->callbacks) != KB_OK) {
        log_warn("api: a modem's state was not written down for webhooks; "
                 "tried again");
    }
    if (now_ms - api->purged_mono_ms < PURGE_EVERY_MS) {
        return;
    }
    api->purged_mono_ms = now_ms;
    if (replay_purge(api->replay) != KB_OK ||
        callbacks_purge(api->callbacks) != KB_OK) {
        log_warn("api: old answers were not taken away; tried again later");
    }
    if (access_tick(api->app->access) != KB_OK) {
        log_warn("access: what is over was not taken away; tried again later");
    }
}

/** Answers a call that the room leaves behind. What still knows of it (a
 *  commit, a modem's answer) finds it without an asker and frees it. */
static void abandon(struct api_call *call)
{
    struct failure failure = {
        503, "closed", "the gateway stops; ask again when it is back"};
    struct why why = {0};
    bool known = call->waiting || !call->step;
    send_failure(&failure, &why, call->reply, call->reply_arg);
    call->reply = NULL;
    if (known) {
        unlink_call(call);
        call->api = NULL;
    } else {
        call_free(call);
    }
}

void api_close(struct api *api)
{
    if (!api) {
        return;
    }
    reader_close(api->reader);
    api->reader = NULL;
    struct api_call *next = NULL;
    for (struct api_call *call = api->calls; call; call = next) {
        next = call->next;
        abandon(call);
    }
    replay_close(api->replay);
    journal_close(api->journal);
    callbacks_close(api->callbacks);
    free(api);
}
