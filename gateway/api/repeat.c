// SPDX-License-Identifier: GPL-2.0-or-later
/* A POST that comes again with its Idempotency-Key. */
#include "api/api_internal.h"
#include "base/log.h"
#include "base/str.h"

#include <string.h>

/** Whether a call's answer is to be kept for its key. */
static bool is_keyed(const struct api_call *call)
{
    return call->mark.key[0] && (call->route->flags & API_UNKEPT) == 0;
}

enum kb_err repeat_claim(struct api_call *call)
{
    struct store *store = call->app->store;
    if (!is_keyed(call) || (call->route->flags & API_TAKES) == 0) {
        return KB_OK;
    }
    enum kb_err err = store_op_begin(store);
    if (err == KB_OK) {
        err = store_op_end(store, replay_claim(call->api->replay, &call->mark));
    }
    call->claimed = err == KB_OK;
    return err;
}

void repeat_release(struct api_call *call)
{
    if (!call->claimed || call->outside || !call->api) {
        return;
    }
    struct store *store = call->app->store;
    enum kb_err err = store_op_begin_record(store);
    if (err == KB_OK) {
        err =
            store_op_end(store, replay_release(call->api->replay, &call->mark));
    }
    if (err != KB_OK) {
        log_warn("api: an Idempotency-Key stays claimed for a day");
    }
}

enum kb_err repeat_keep(struct api_call *call)
{
    if (!is_keyed(call) || call->kept || call->status >= 300) {
        return KB_OK;
    }
    const char *type =
        call->content_type ? call->content_type : "application/json";
    struct replay_answer answer = {.status = call->status};
    enum kb_err err =
        str_copy(answer.content_type, sizeof(answer.content_type), type);
    call_render(call);
    answer.text = call->out; /* borrowed */
    if (err == KB_OK) {
        err = replay_keep(call->api->replay, &call->mark, &answer);
    }
    call->kept = err == KB_OK;
    return err;
}

void repeat_keep_late(struct api_call *call)
{
    struct store *store = call->app->store;
    if (!is_keyed(call) || call->kept ||
        store_op_begin_record(store) != KB_OK) {
        return;
    }
    if (store_op_end(store, repeat_keep(call)) != KB_OK) {
        log_warn("api: an answer was not kept for its Idempotency-Key");
    }
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
    static const struct failure cut_off = {409, "interrupted",
        "the first request with this Idempotency-Key was cut off: see what it "
        "has done, and use a new key to do it again"};
    static const struct failure other = {422, "idempotency_key",
        "this Idempotency-Key came with another request before; use a new key "
        "for each new request"};
    struct why why = {.field = "Idempotency-Key"};
    if (strcmp(answer->request, call->mark.request) != 0) {
        call_refuse(call, &other, &why);
        return;
    }
    if (answer->status == REPLAY_CLAIMED) {
        call_refuse(call, &cut_off, &why);
        return;
    }
    log_info("api: answered again method=%s route=%s who=%s",
        call->route->method, call->route->path,
        log_quote(call->actor->who).text);
    call->reply(call->reply_arg, answer->status, answer->content_type,
        buf_text(&answer->text), answer->text.used);
    call_free(call);
}

bool repeat_answered(struct api_call *call)
{
    static const struct failure under_way = {409, "in_progress",
        "the first request with this Idempotency-Key is still being worked on; "
        "ask again in a second"};
    struct replay_answer answer = {0};
    struct why why = {.field = "Idempotency-Key"};
    if (!call->mark.key[0] || !call_changes(call)) {
        return false;
    }
    if (is_under_way(call)) {
        call_refuse(call, &under_way, &why);
        return true;
    }
    enum kb_err err = replay_find(call->api->replay, call->mark.key, &answer);
    if (err == KB_NOT_FOUND) {
        return false;
    }
    if (err != KB_OK) {
        struct failure failure = failure_of(err);
        call_refuse(call, &failure, &(struct why){0});
        return true;
    }
    answer_again(call, &answer);
    replay_answer_clear(&answer);
    return true;
}
