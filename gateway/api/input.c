// SPDX-License-Identifier: GPL-2.0-or-later
/* From a request's query and body to what its handler reads. */
#include "api/api_internal.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

struct failure input_judge(const struct api_route *route, bool other)
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

struct failure input_judge_body(
    const struct api_route *route, const struct api_request *request)
{
    if (request->body_bytes > route_body_most(route)) {
        return (struct failure){
            413, "too_large", "the body is too large; send less at once"};
    }
    if (request->body_bytes > 0 && !has_type(request, type_of(route))) {
        return (struct failure){415, "content_type", type_sentence(route)};
    }
    return (struct failure){0};
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

/** An array that is read in slices. */
static bool is_long_array(
    const struct api_route *route, const struct api_request *request)
{
    size_t at = 0;
    if ((route->flags & API_ROWS) == 0 ||
        request->body_bytes <= API_ROWS_BYTES) {
        return false;
    }
    while (at < request->body_bytes && strchr(" \t\r\n", request->body[at]) &&
           request->body[at] != '\0') {
        at++;
    }
    return at < request->body_bytes && request->body[at] == '[';
}

enum kb_err input_read(
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
    if (route_takes_query(route)) {
        call->body = query;
        call->text = request->body;
        call->text_bytes = request->body_bytes;
    } else {
        enum kb_err err = api_fields_read(query, NULL, NULL, why);
        json_decref(query);
        if (err != KB_OK) {
            return err;
        }
        if (is_long_array(route, request)) {
            call->text = request->body;
            call->text_bytes = request->body_bytes;
        } else if (read_body(route, request, &call->body, why) != KB_OK) {
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
