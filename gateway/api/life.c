// SPDX-License-Identifier: GPL-2.0-or-later
/* A call from its request to its answer: what is logged, audited, committed. */
#include "api/api_internal.h"
#include "api/handlers.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** What does not fit counts as not given. */
static void copy_if_fits(char *out, size_t out_bytes, const char *text)
{
    if (text && str_copy(out, out_bytes, text) != KB_OK) {
        out[0] = '\0';
    }
}

struct api_call *call_new(struct api *api, const struct api_request *request,
    api_reply_fn *reply, void *arg)
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

void call_unlink(struct api_call *call)
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

/** Frees what its step works on. */
static void drop_work(struct api_call *call)
{
    if (call->work_free) {
        call->work_free(call->work);
    }
    call->work = NULL;
    call->work_free = NULL;
    call->step = NULL;
}

void call_free(struct api_call *call)
{
    call_unlink(call);
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

bool call_changes(const struct api_call *call)
{
    return (call->route->flags & (API_CHANGE | API_TAKES)) != 0;
}

/** Who changed what; what was refused has changed nothing. */
static void log_change(const struct api_call *call)
{
    const struct api_route *route = call->route;
    if (call_changes(call) && (route->flags & API_QUIET) == 0) {
        log_info("api: change method=%s route=%s subject=%s who=%s",
            route->method, route->path, subject_of(call).text,
            log_quote(call->actor->who).text);
    }
}

/* --- the audit ------------------------------------------------------- */

/* What was changed, by name; values may be people's own. */
static void changed_fields(const struct api_call *call, char *out, size_t bytes)
{
    struct buf names = {0};
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(call->body, name, value)
    {
        buf_printf(&names, "%s%s", names.used > 0 ? ", " : "", name);
    }
    (void)snprintf(out, bytes, "%s", buf_text(&names));
    buf_clear(&names);
}

enum kb_err call_note(const struct api_call *call)
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
    if (call->detail[0] || strcmp(call->route->method, "PATCH") != 0) {
        (void)snprintf(deed.detail, sizeof(deed.detail), "%s", call->detail);
    } else {
        changed_fields(call, deed.detail, sizeof(deed.detail));
    }
    copy_if_fits(deed.who, sizeof(deed.who), call->actor->who);
    copy_if_fits(deed.address, sizeof(deed.address), call->address);
    return access_note(call->app->access, &deed);
}

enum kb_err call_note_seen(const struct api_call *call, bool *wait)
{
    bool local = call->actor->kind == ACCESS_LOCAL;
    enum kb_err err = call_note(call);
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

void call_render(struct api_call *call)
{
    if (call->answer && !call->rendered) {
        if (call->view != VIEW_ALL) {
            api_mask(call->answer, call->view);
        }
        answer_dump(call->answer, &call->out);
        call->rendered = true;
    }
}

void call_finish(struct api_call *call, enum kb_err err, struct why *why)
{
    int status = call->status;
    const char *type = call->content_type;
    if (err == KB_OK) {
        log_change(call);
    } else {
        repeat_release(call);
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
        call->answer = failure_json(&failure, why, call->rows);
    }
    call_render(call);
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
    call_finish(arg, result, &why);
}

bool call_is_seen(const struct api_call *call)
{
    return call->may && (call->may->access & API_SEEN) != 0;
}

void call_settle(struct api_call *call, enum kb_err err, struct why *why)
{
    drop_work(call);
    bool changes = call_changes(call);
    if (err == KB_OK && (call->route->flags & API_TAKES) != 0) {
        err = call_note(call);
    } else if (err == KB_OK && !call->noted && call_is_seen(call)) {
        err = call_note_seen(call, &changes);
    }
    if (err != KB_OK || !changes || !call->api) {
        call_finish(call, err, why);
        return;
    }
    repeat_keep_late(call);
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

enum kb_err api_deny_body(struct api_call *call)
{
    return deny(call, 400, "bad_request");
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
    call_settle(call, err, why);
}

enum kb_err api_call_id(const struct api_call *call, int64_t *id)
{
    return str_int(call->param, 1, INT64_MAX, id) == KB_OK ? KB_OK
                                                           : KB_NOT_FOUND;
}

void call_refuse(
    struct api_call *call, const struct failure *failure, const struct why *why)
{
    call->api->answered[failure->status / 100 % 6]++;
    failure_send(failure, why, call->reply, call->reply_arg);
    call_free(call);
}
