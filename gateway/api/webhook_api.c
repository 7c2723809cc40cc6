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
    {"GET",         "/api/v1/webhooks", webhook_list,
     .help = "who is told of events, and what waits for them"},
    {"POST", "/api/v1/webhooks/test", webhook_test, API_CHANGE,
     .help = "tell every webhook of an event \"test\""},
    {0            },
};
