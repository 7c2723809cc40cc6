// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/callback.h"
#include "api/handlers.h"

#include <stdlib.h>
#include <string.h>

static enum kb_err add_webhook(
    struct api_call *call, const struct config_webhook *webhook)
{
    struct callback_counts counts = {0};
    enum kb_err err =
        callbacks_count(api_callbacks(call->api), webhook->url, &counts);
    if (err == KB_OK) {
        json_array_append_new(call->answer,
            json_pack("{so so sI sI}", "url", api_text_json(webhook->url),
                "events",
                *webhook->events ? api_split_json(webhook->events, ',')
                                 : json_pack("[sssss]", "inbound", "delivery",
                                       "modem", "alarm", "campaign"),
                "waiting", (json_int_t)counts.waiting, "dead",
                (json_int_t)counts.dead));
    }
    return err;
}

static enum kb_err webhook_list(struct api_call *call, struct why *why)
{
    const struct config *config = &call->app->config;
    enum kb_err err = KB_OK;
    (void)why;
    call->answer = json_array();
    for (size_t i = 0; err == KB_OK && i < config->webhook_count; i++) {
        if (*config->webhooks[i].url) {
            err = add_webhook(call, &config->webhooks[i]);
        }
    }
    return err;
}

/* --- what was posted ---------------------------------------------------- */

struct posts_in {
    bool failed;
    int64_t limit;
    int64_t cursor;
};

static const struct api_field posts_fields[] = {
    API_FIELD("failed", API_BOOL, posts_in, failed, .needed = false),
    API_FIELD("limit", API_INT, posts_in, limit, .most = POSTED_KEPT),
    API_FIELD("cursor", API_INT, posts_in, cursor, .most = INT64_MAX),
    {0},
};

static void on_posted(void *arg, const struct posted_try *try)
{
    api_list_add(
        arg, json_pack("{sI so so ss so sI si ss so ss sI so}", "id",
                 (json_int_t)try->id, "at", api_time_json(try->at_ms), "url",
                 api_text_json(try->url), "event", try->event, "subject",
                 api_text_json(try->subject), "delivery",
                 (json_int_t)try->callback_id, "attempt", try->attempt, "state",
                 try->state, "status", api_id_or_null(try->status), "answer",
                 try->answer, "took_ms", (json_int_t)try->took_ms, "next_at",
                 api_time_json(try->next_at_ms)));
}

static enum kb_err posts_list(struct api_call *call, struct why *why)
{
    const struct posts_in *in = call->in;
    (void)why;
    enum kb_err err = posted_list(callbacks_posted(api_callbacks(call->api)),
        &(struct posted_filter){.failed = in->failed,
            .before_id = in->cursor,
            .limit = (int)in->limit},
        on_posted, call);
    if (err == KB_OK) {
        api_list_end(call);
    }
    return err;
}

static enum kb_err webhook_test(struct api_call *call, struct why *why)
{
    const struct config *config = &call->app->config;
    int64_t count = 0;
    for (size_t i = 0; i < config->webhook_count; i++) {
        count += *config->webhooks[i].url ? 1 : 0;
    }
    if (count == 0) {
        why_set(why, "no webhook is configured; see webhooks in "
                     "kabari.conf.example");
        return KB_REFUSED;
    }
    call->answer = json_pack("{sI}", "told", (json_int_t)count);
    return callbacks_tell(api_callbacks(call->api), "test", "test",
        json_pack("{ss}", "text", "a test of Kabari's webhooks"));
}

const struct api_route api_webhook_routes[] = {
    {"GET",                     "/api/v1/webhooks", webhook_list,
     .help = "who is told of events, and what waits for them"},
    {"GET",             "/api/v1/webhooks/posts", posts_list, .fields = posts_fields,
     .in_bytes = sizeof(struct posts_in),
     .help = "what was posted to whom and how it ended, newest first"},
    {"POST",                         "/api/v1/webhooks/test", webhook_test, API_CHANGE,
     .help = "tell every webhook of an event \"test\""},
    {0},
};
