// SPDX-License-Identifier: GPL-2.0-or-later
/* What a provider's USSD gateway asks: /ussd/at as Africa's Talking does (a
 * form, CON or END), /ussd/json (start, response and end of a session). */
#include "api/handlers.h"
#include "base/log.h"
#include "base/str.h"
#include "ussd/ussd.h"

#include <stdlib.h>
#include <string.h>

/* A request that is older is somebody's who plays it again. */
#define STAMP_SLACK_MS ((int64_t)5 * 60 * 1000)

static const char *member(const json_t *body, const char *name)
{
    return json_string_value(json_object_get(body, name));
}

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

/** 401, and nothing has changed. */
static enum kb_err deny(struct api_call *call, const char *reason)
{
    log_warn("ussd: refused address=%s why=%s",
        call->address[0] ? call->address : "-", log_quote(reason).text);
    call->status = 401;
    call->answer = json_pack("{s{ss ss}}", "error", "code", "unauthorized",
        "message", "the provider's secret or address is needed");
    return KB_OK;
}

static bool may_ask(const struct api_call *call)
{
    const char *field = member(call->body, "secret");
    struct ussd_caller caller = {
        .secret = call->secret[0] ? call->secret : field,
        .address = call->address[0] ? call->address : NULL};
    return ussd_may_ask(&call->app->config, &caller);
}

/** A stamp is optional (0 where there is none); one that is there must be of
 * now. */
static bool is_fresh(const struct api_call *call, int64_t *at_ms)
{
    const json_t *stamp = json_object_get(call->body, "at");
    int64_t now = clock_now_ms(&call->app->clock);
    *at_ms = 0;
    return !stamp ||
           (json_is_string(stamp) &&
               api_time_read(json_string_value(stamp), at_ms) == KB_OK &&
               llabs(now - *at_ms) <= STAMP_SLACK_MS);
}

/** Runs a turn; out->text "" and a 401 answer where it is refused. */
static enum kb_err run_turn(struct api_call *call,
    const struct ussd_request *request, struct inbound_screen *out,
    struct why *why)
{
    struct app *app = call->app;
    struct ussd_rooms rooms = {.clock = &app->clock,
        .config = &app->config,
        .registry = app->registry,
        .inbound = app->inbound};
    enum kb_err err = ussd_turn(&rooms, request, out, why);
    return err == KB_REFUSED
               ? deny(call, "played again: the session has ended or went on")
               : err;
}

static enum kb_err ussd_at(struct api_call *call, struct why *why)
{
    const json_t *body = call->body;
    struct ussd_request request = {
        .session = text_or_empty(member(body, "sessionId")),
        .phone = text_or_empty(member(body, "phoneNumber")),
        .text = text_or_empty(member(body, "text")),
        .history = true,
        .event = USSD_RESPONSE};
    struct inbound_screen screen = {.more = false};
    if (!call->app->config.ussd_enabled) {
        why_set(why, "USSD is not enabled; see ussd.enabled");
        return KB_NOT_FOUND;
    }
    if (!may_ask(call)) {
        return deny(call, "secret or address");
    }
    enum kb_err err = run_turn(call, &request, &screen, why);
    if (err == KB_OK && call->status != 401) {
        call->content_type = "text/plain; charset=utf-8";
        buf_printf(
            &call->out, "%s %s", screen.more ? "CON" : "END", screen.text);
    }
    return err;
}

static enum kb_err read_event(
    const char *name, enum ussd_event *out, struct why *why)
{
    static const struct {
        const char *name;
        enum ussd_event event;
    } events[] = {
        {"start",    USSD_START   },
        {"response", USSD_RESPONSE},
        {"end",      USSD_END     },
    };

    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (strcmp(events[i].name, name) == 0) {
            *out = events[i].event;
            return KB_OK;
        }
    }
    why_field(why, "event");
    why_set(why, "event is start, response or end");
    return KB_INVALID;
}

static enum kb_err ussd_json(struct api_call *call, struct why *why)
{
    const json_t *body = call->body;
    struct ussd_request request = {
        .session = text_or_empty(member(body, "session")),
        .phone = text_or_empty(member(body, "phone")),
        .text = text_or_empty(member(body, "text"))};
    struct inbound_screen screen = {.more = false};
    if (!call->app->config.ussd_enabled) {
        why_set(why, "USSD is not enabled; see ussd.enabled");
        return KB_NOT_FOUND;
    }
    if (!may_ask(call) || !is_fresh(call, &request.at_ms)) {
        return deny(call, "secret, address or stamp");
    }
    enum kb_err err =
        read_event(text_or_empty(member(body, "event")), &request.event, why);
    if (err == KB_OK && request.event == USSD_START) {
        request.text = "";
    }
    if (err == KB_OK) {
        err = run_turn(call, &request, &screen, why);
    }
    if (err == KB_OK && call->status != 401) {
        call->answer =
            json_pack("{so ss so}", "session", api_text_json(request.session),
                "event", screen.more ? "response" : "end", "text",
                api_text_json(screen.text));
    }
    return err;
}

const struct api_route api_ussd_routes[] = {
    {"POST",                          "/ussd/at", ussd_at, API_CHANGE | API_BATCH | API_FORM | API_QUIET,
     .most_bytes = (size_t)16 * 1024,
     .help = "a step of a USSD session, as Africa's Talking asks"},
    {"POST",                        "/ussd/json", ussd_json, API_CHANGE | API_BATCH | API_QUIET,
     .most_bytes = (size_t)16 * 1024, .help = "a step of a USSD session"},
    {0},
};
