// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/api_internal.h"
#include "api/callback.h"
#include "api/handlers.h"
#include "api/journal.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>

#define PURGE_EVERY_MS 60000

void api_each_call(const struct api *api,
    void (*fn)(void *arg, const struct api_call *call), void *arg)
{
    for (const struct api_call *call = api->calls; call; call = call->next) {
        fn(arg, call);
    }
}

static enum kb_err run(struct api_call *call, struct why *why)
{
    struct store *store = call->app->store;
    if ((call->route->flags & API_CHANGE) == 0) {
        return call->route->handle(call, why);
    }
    enum kb_err err = (call->route->flags & API_PLAIN) != 0
                          ? store_op_begin_plain(store)
                          : store_op_begin(store);
    if (err != KB_OK) {
        return err;
    }
    err = call->route->handle(call, why);
    if (err == KB_OK && !call->step) {
        err = call_note(call);
    }
    if (err == KB_OK && !call->waiting && !call->step) {
        err = repeat_keep(call);
    }
    return store_op_end(store, err);
}

enum kb_err call_take(
    struct api_call *call, api_handler *change, struct why *why)
{
    struct store *store = call->app->store;
    enum kb_err err = store_op_begin_plain(store);
    if (err != KB_OK) {
        return err;
    }
    err = change(call, why);
    if (err == KB_OK) {
        err = call_note(call);
    }
    if (err == KB_OK) {
        err = repeat_keep(call);
    }
    return store_op_end(store, err);
}

/** Whether its effect cannot be taken back: a code goes to the network. */
static bool is_outside(const struct api_call *call)
{
    unsigned both = API_MODEMS | API_TAKES;
    return (call->route->flags & both) == both;
}

static void handle(struct api_call *call)
{
    struct why why = {0};
    call->in_hand = true;
    enum kb_err err = run(call, &why);
    call->in_hand = false;
    call->text = NULL;
    if (err == KB_OK && call->ended) {
        call_settle(call, call->ended_err, &call->ended_why);
        return;
    }
    if (err != KB_OK) {
        call->waiting = false;
    }
    if (call->waiting) {
        call->outside = is_outside(call);
        return;
    }
    if (err != KB_OK || !call->step) {
        call_settle(call, err, &why);
        return;
    }
    if (call_is_streamed(call)) {
        slices_stream(call);
    } else {
        slices_start(call);
    }
}

static void on_claimed(void *arg, enum kb_err result)
{
    struct api_call *call = arg;
    struct why why = {0};
    call->waiting = false;
    if (result == KB_OK && call->api) {
        handle(call);
        return;
    }
    call_finish(call, result == KB_OK ? KB_CLOSED : result, &why);
}

/** What leaves the gateway waits until its key is on disk; what changes the
 *  store is committed with it or after it. */
static void begin(struct api_call *call)
{
    struct why why = {0};
    enum kb_err err = repeat_claim(call);
    if (err != KB_OK) {
        call_finish(call, err, &why);
    } else if (call->claimed && is_outside(call)) {
        call->waiting = true;
        store_after_commit(call->app->store, on_claimed, call);
    } else {
        handle(call);
    }
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
    call->route = route_find(request, call->param, &other);
    struct failure failure = input_judge(call->route, other);
    if (failure.status != 0) {
        call_refuse(call, &failure, &why);
        return;
    }
    call->may = api_may_of(call->route);
    enum api_judgement judgement = api_may_judge(call->may, call->actor);
    if (judgement != API_YES) {
        call_refuse(call, judgement == API_LOG_IN ? &log_in : &never, &why);
        return;
    }
    failure = input_judge_body(call->route, request);
    if (failure.status != 0) {
        call_refuse(call, &failure, &why);
        return;
    }
    call->status = call->route->status > 0 ? call->route->status : 200;
    enum kb_err err = replay_mark_of(request, &call->mark, &why);
    if (err == KB_OK) {
        err = input_read(call, request, &why);
    }
    if (err != KB_OK) {
        call_refuse(call, err == KB_PROTOCOL ? &unreadable : &invalid, &why);
    } else if ((call->route->flags & API_MODEMS) != 0 && !api->app->dispatch) {
        call_refuse(call, &no_daemon, &why);
    } else if (!repeat_answered(call)) {
        begin(call);
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
    if (err == KB_OK) {
        err = batches_open(app, &api->batches);
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
    slices_again(api);
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
    bool known = call->batch != 0 ? call->waiting && !call->batch_safe
                                  : call->waiting || !call->step;
    failure_send(&failure, &why, call->reply, call->reply_arg);
    call->reply = NULL;
    if (known) {
        call_unlink(call);
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
    batches_close(api->batches);
    replay_close(api->replay);
    journal_close(api->journal);
    callbacks_close(api->callbacks);
    free(api);
}
