// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/journal.h"
#include "base/log.h"
#include "base/mem.h"
#include "web/assets.h"
#include "web/kannel.h"
#include "web/web_internal.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_struct.h>
#include <event2/keyvalq_struct.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_AFTER_S "2" /* a locked database or full disk rarely lasts less */

/* --- answering ------------------------------------------------------- */

static void add_header(
    struct evhttp_request *request, const char *name, const char *value)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    if (evhttp_add_header(headers, name, value) != 0) {
        log_error("web: header %s cannot be added", name);
    }
}

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"                    },
        {201, "Created"               },
        {202, "Accepted"              },
        {204, "No Content"            },
        {400, "Bad Request"           },
        {401, "Unauthorized"          },
        {403, "Forbidden"             },
        {404, "Not Found"             },
        {405, "Method Not Allowed"    },
        {409, "Conflict"              },
        {413, "Content Too Large"     },
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content" },
        {429, "Too Many Requests"     },
        {503, "Service Unavailable"   },
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }
    return "";
}

static void describe(struct evhttp_request *request, const char *type)
{
    add_header(request, "Content-Type", type);
    add_header(request, "Cache-Control", "no-store");
    add_header(request, "X-Content-Type-Options", "nosniff");
}

/** Writes what waits for a connection in this turn already: what libevent wants
 *  of the socket is taken back before the kernel would hear of it. */
static void write_now(struct evhttp_connection *connection)
{
    struct bufferevent *stream = evhttp_connection_get_bufferevent(connection);
    event_active(&stream->ev_write, EV_WRITE, 0);
}

static bool is_head(const struct evhttp_request *request)
{
    return evhttp_request_get_command(request) == EVHTTP_REQ_HEAD;
}

static void answer(struct evhttp_request *request, int status, const char *type,
    const char *text, size_t bytes)
{
    struct evbuffer *body = evbuffer_new();
    struct evhttp_connection *connection =
        evhttp_request_get_connection(request);
    bool bare = is_head(request);
    char length[24] = "";
    describe(request, type);
    if (bare) {
        (void)snprintf(length, sizeof(length), "%zu", bytes);
        add_header(request, "Content-Length", length);
    }
    if (status == 503) {
        add_header(request, "Retry-After", RETRY_AFTER_S);
    }
    if (status == 401) {
        add_header(request, "WWW-Authenticate", "Bearer realm=\"kabari\"");
    }
    if (!body || (!bare && evbuffer_add(body, text, bytes) != 0)) {
        log_error("web: no memory for an answer of %zu bytes", bytes);
        status = 503;
    }
    evhttp_send_reply(request, status, reason_of(status), body);
    if (connection) {
        write_now(connection);
    }
    if (body) {
        evbuffer_free(body);
    }
}

static void answer_text(
    struct evhttp_request *request, int status, const char *text)
{
    answer(request, status, "text/plain; charset=utf-8", text, strlen(text));
}

/* --- from the socket to the API and back ----------------------------- */

static const char *method_of(const struct evhttp_request *request)
{
    switch (evhttp_request_get_command(request)) {
    case EVHTTP_REQ_GET:
        return "GET";
    case EVHTTP_REQ_POST:
        return "POST";
    case EVHTTP_REQ_HEAD:
        return "HEAD";
    case EVHTTP_REQ_PUT:
        return "PUT";
    case EVHTTP_REQ_DELETE:
        return "DELETE";
    case EVHTTP_REQ_PATCH:
        return "PATCH";
    case EVHTTP_REQ_OPTIONS:
    case EVHTTP_REQ_TRACE:
    case EVHTTP_REQ_CONNECT:
    default:
        return "OTHER";
    }
}

/** The path without escapes; NULL where it is none or holds a NUL. */
static char *path_of(struct evhttp_request *request)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    size_t bytes = 0;
    char *decoded = path ? evhttp_uridecode(path, 0, &bytes) : NULL;
    if (decoded && strlen(decoded) != bytes) {
        free(decoded);
        decoded = NULL;
    }
    if (decoded && strcmp(decoded, KANNEL_ALIAS) == 0) {
        free(decoded);
        decoded = mem_strdup(KANNEL_PATH);
    }
    return decoded;
}

static void call_unlink(struct web_call *call)
{
    if (call->next) {
        call->next->previous = call->previous;
    }
    if (call->previous) {
        call->previous->next = call->next;
    } else if (call->web) {
        call->web->calls = call->next;
    }
}

static void on_connection_closed(
    struct evhttp_connection *connection, void *arg)
{
    struct web_call *call = arg;
    (void)connection;
    /* A request that libevent has taken off its connection is ours to free;
     * one that is still on it goes with it. */
    if (call->request && !evhttp_request_get_connection(call->request)) {
        evhttp_request_free(call->request);
    }
    call->request = NULL;
    if (call->asked) {
        api_stop(call->asked); /* which may end this call */
    }
}

static struct web_call *call_new(
    struct web *web, struct evhttp_request *request)
{
    struct web_call *call = mem_new(sizeof(*call));
    call->web = web;
    call->request = request;
    call->next = web->calls;
    if (call->next) {
        call->next->previous = call;
    }
    web->calls = call;
    evhttp_connection_set_closecb(
        evhttp_request_get_connection(request), on_connection_closed, call);
    return call;
}

static void add_allow(struct evhttp_request *request)
{
    char methods[64] = "";
    char *path = path_of(request);
    api_allowed(path ? path : "", methods, sizeof(methods));
    add_header(request, "Allow", methods);
    free(path);
}

/** What the API says beside its answer: the session's cookie, when to ask
 *  again. */
static void add_extra(
    const struct web_call *call, struct evhttp_request *request)
{
    struct api_extra extra = api_replying(call->web->api);
    struct buf text = {0};
    if (extra.session) {
        buf_printf(&text,
            "kabari_session=%s; Path=/; HttpOnly; SameSite=Strict%s%s",
            extra.session, call->secure ? "; Secure" : "",
            *extra.session ? "" : "; Max-Age=0");
        add_header(request, "Set-Cookie", buf_text(&text));
        buf_clear(&text);
    }
    if (extra.retry_after_s > 0) {
        buf_printf(&text, "%d", extra.retry_after_s);
        add_header(request, "Retry-After", buf_text(&text));
        buf_clear(&text);
    }
}

/* --- long answers ------------------------------------------------------ */

static void on_drained(struct evhttp_connection *connection, void *arg)
{
    struct web_call *call = arg;
    (void)connection;
    api_go_on(call->asked);
}

/** Sends a piece as a chunk; done is called once the socket has taken it. */
static void send_chunk(struct evhttp_request *request, const char *text,
    size_t bytes, struct web_call *call)
{
    struct evbuffer *body = evbuffer_new();
    if (!body || evbuffer_add(body, text, bytes) != 0) {
        log_error("web: no memory for a piece of %zu bytes", bytes);
    } else {
        evhttp_send_reply_chunk_with_cb(
            request, body, call ? on_drained : NULL, call);
    }
    if (body) {
        evbuffer_free(body);
    }
}

/** Of a long answer HEAD has the head alone; how long it is nobody knows yet. */
static void end_at_head(struct web_call *call, const struct api_piece *piece)
{
    struct evhttp_request *request = call->request;
    evhttp_connection_set_closecb(
        evhttp_request_get_connection(request), NULL, NULL);
    call->request = NULL;
    describe(request, piece->content_type);
    evhttp_send_reply(request, piece->status, reason_of(piece->status), NULL);
}

/** One piece at a time is on its way to whoever reads slowly. */
static bool on_part(void *arg, const struct api_piece *piece)
{
    struct web_call *call = arg;
    struct evhttp_request *request = call->request;
    if (!request || !evhttp_request_get_connection(request)) {
        call->asked = NULL;
        return false;
    }
    if (is_head(request)) {
        end_at_head(call, piece);
        return false;
    }
    if (!call->asked) {
        describe(request, piece->content_type);
        evhttp_send_reply_start(
            request, piece->status, reason_of(piece->status));
    }
    call->asked = piece->call;
    send_chunk(request, piece->text, piece->bytes, call);
    return true;
}

/** The last piece; or, where the answer broke off, an end that shows it. */
static void end_parts(
    struct evhttp_request *request, int status, const char *text, size_t bytes)
{
    if (status >= 400) {
        log_warn("web: a long answer broke off status=%d", status);
        evhttp_connection_free(evhttp_request_get_connection(request));
        return;
    }
    if (bytes > 0) {
        send_chunk(request, text, bytes, NULL);
    }
    evhttp_send_reply_end(request);
}

static void on_reply(void *arg, int status, const char *content_type,
    const char *text, size_t bytes)
{
    struct web_call *call = arg;
    struct evhttp_request *request = call->request;
    call_unlink(call);
    if (request) {
        struct evhttp_connection *connection =
            evhttp_request_get_connection(request);
        if (connection) {
            evhttp_connection_set_closecb(connection, NULL, NULL);
        }
        if (call->asked) {
            end_parts(request, status, text, bytes);
            free(call);
            return;
        }
        if (status == 405) {
            add_allow(request);
        }
        if (call->web) {
            add_extra(call, request);
        }
        answer(request, status, content_type, text, bytes);
    }
    free(call);
}

/** Out of the request, which may be gone when the API has handled it, and
 *  which need not keep it until it is answered. */
static struct evbuffer *take_body(struct evhttp_request *request)
{
    struct evbuffer *body = evbuffer_new();
    if (!body || evbuffer_add_buffer(
                     body, evhttp_request_get_input_buffer(request)) != 0) {
        log_error("web: no memory for a body");
        abort();
    }
    return body;
}

static int body_file(
    const struct web *web, struct evhttp_request *request, size_t bytes)
{
    const struct bufferevent *stream = evhttp_connection_get_bufferevent(
        evhttp_request_get_connection(request));
    int fd =
        web->tcp_guards ? web_guard_body(web->tcp_guards, stream, bytes) : -1;
    return fd >= 0 ? fd : web_guard_body(web->control_guards, stream, bytes);
}

static void ask_api(struct web *web, struct evhttp_request *request,
    const char *path, const struct web_asker *asker)
{
    struct evbuffer *body = take_body(request);
    struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    size_t bytes = evbuffer_get_length(body);
    struct api_request ask = {
        .method = method_of(request),
        .path = path,
        .query = evhttp_uri_get_query(uri),
        .content_type = evhttp_find_header(headers, "Content-Type"),
        .body = bytes > 0 ? (const char *)evbuffer_pullup(body, -1) : "",
        .body_bytes = bytes,
        .body_fd = bytes > 0 ? body_file(web, request, bytes) : -1,
        .actor = &asker->actor,
        .secret = evhttp_find_header(headers, "X-Kabari-Secret"),
        .address = asker->actor.address[0] ? asker->actor.address : NULL,
        .idempotency_key = evhttp_find_header(headers, "Idempotency-Key"),
        .part = on_part,
    };
    struct buf form = {0};
    if (strcmp(path, KANNEL_PATH) == 0 &&
        kannel_form(headers, ask.body, bytes, &form)) {
        ask.content_type = "application/x-www-form-urlencoded";
        ask.body = buf_text(&form);
        ask.body_bytes = form.used;
    }
    struct web_call *call = call_new(web, request);
    call->secure = asker->secure;
    api_handle(web->api, &ask, on_reply, call);
    evbuffer_free(body);
    buf_clear(&form);
}

static bool is_events(const struct evhttp_request *request, const char *path)
{
    return path && strcmp(path, "/api/v1/events") == 0 &&
           evhttp_request_get_command(request) == EVHTTP_REQ_GET;
}

void web_on_control(struct evhttp_request *request, void *arg)
{
    struct web *web = arg;
    struct evhttp_connection *connection =
        evhttp_request_get_connection(request);
    struct bufferevent *stream = evhttp_connection_get_bufferevent(connection);
    struct web_peer peer = web_peer_of(web, bufferevent_getfd(stream));
    if (!peer.allowed) {
        log_warn("web: refused a request on the control socket uid=%lu",
            (unsigned long)peer.uid);
        answer_text(
            request, 403, "Only root and the service's group may ask.\n");
        return;
    }
    char *path = path_of(request);
    char who[32] = "";
    (void)snprintf(who, sizeof(who), "uid:%lu", (unsigned long)peer.uid);
    if (is_events(request, path)) {
        web_events_serve(web->events, request, JOURNAL_ALL);
    } else if (path) {
        struct web_asker asker = {.actor = access_local(who)};
        ask_api(web, request, path, &asker);
    } else {
        answer_text(request, 400, "The path cannot be read.\n");
    }
    free(path);
}

/* --- TCP ------------------------------------------------------------------ */

/** The server stands only while the store is open: both are one. */
static void serve_fine(struct web *web, struct evhttp_request *request)
{
    (void)web;
    answer_text(request, 200, "ok\n");
}

static const struct {
    const char *path;
    void (*serve)(struct web *web, struct evhttp_request *request);
} pages[] = {
    {"/healthz", serve_fine},
    {"/readyz",  serve_fine},
};

static void answer_error(
    struct evhttp_request *request, const struct web_asker *asker)
{
    json_t *json = json_pack(
        "{s{ss ss}}", "error", "code", asker->code, "message", asker->sentence);
    char *text = json_dumps(json, JSON_COMPACT);
    answer(request, asker->status, "application/json", text, strlen(text));
    free(text);
    json_decref(json);
}

/** The stream of what changes, without personal data: for every role, and for
 *  tokens with events:read. */
static void serve_events(
    struct web *web, struct evhttp_request *request, struct web_asker *asker)
{
    const struct access_actor *actor = &asker->actor;
    bool token = actor->kind == ACCESS_TOKEN;
    if (actor->kind == ACCESS_NOBODY) {
        *asker = (struct web_asker){.status = 401,
            .code = "unauthorized",
            .sentence = "log in: POST /api/v1/session"};
        answer_error(request, asker);
    } else if (token && (actor->scopes & (1U << SCOPE_EVENTS_READ)) == 0) {
        *asker = (struct web_asker){.status = 403,
            .code = "forbidden",
            .sentence = "the token needs the scope events:read"};
        answer_error(request, asker);
    } else {
        web_events_serve(web->events, request, journal_topics_of(actor));
    }
}

/** The API's routes, whoever asks: each says in api/may.c who may. */
static bool serve_api(
    struct web *web, struct evhttp_request *request, const char *path)
{
    if (!path || (strncmp(path, "/api/", 5) != 0 && !api_has_path(path))) {
        return false;
    }
    struct web_asker asker = web_ask_who(web, request);
    if (asker.status != 0) {
        answer_error(request, &asker);
    } else if (is_events(request, path)) {
        serve_events(web, request, &asker);
    } else {
        ask_api(web, request, path, &asker);
    }
    return true;
}

void web_on_tcp(struct evhttp_request *request, void *arg)
{
    struct web *web = arg;
    enum evhttp_cmd_type method = evhttp_request_get_command(request);
    char *path = path_of(request);
    size_t i = 0;
    size_t count = sizeof(pages) / sizeof(pages[0]);
    while (i < count && (!path || strcmp(pages[i].path, path) != 0)) {
        i++;
    }
    bool taken =
        path && i == count &&
        (web_assets_serve(request, path) || serve_api(web, request, path));
    free(path);
    if (taken) {
        return;
    }
    if (i == count) {
        answer_text(request, 404, "There is no such page.\n");
    } else if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD) {
        add_header(request, "Allow", "GET, HEAD");
        answer_text(request, 405, "Pages are only read.\n");
    } else {
        pages[i].serve(web, request);
    }
}
