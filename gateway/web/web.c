// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "web/web_internal.h"

#include <event2/listener.h>

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Whole imports; routes have limits of their own. */
#define CONTROL_BODY_MOST  ((ev_ssize_t)64 * 1024 * 1024)
#define TCP_BODY_MOST      ((ev_ssize_t)64 * 1024 * 1024)
#define HEADERS_MOST       ((ev_ssize_t)16 * 1024)
#define CONTROL_TIMEOUT_S  60
#define TCP_TIMEOUT_S      60 /* of a connection that waits for nothing */
#define NAMELESS_BODY_MOST ((uint64_t)64 * 1024)
#define KNOWN_METHODS                                                          \
    (EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |     \
        EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS)

static struct evhttp *server_new(
    struct web *web, ev_ssize_t body_most, int timeout_s)
{
    struct evhttp *http = evhttp_new(web->base);
    if (http) {
        evhttp_set_max_headers_size(http, HEADERS_MOST);
        evhttp_set_max_body_size(http, body_most);
        evhttp_set_timeout(http, timeout_s);
        evhttp_set_allowed_methods(http, KNOWN_METHODS);
        evhttp_set_default_content_type(http, NULL);
    }
    return http;
}

/* --- guards ---------------------------------------------------------- */

/** Whether a request of that connection waits for its answer. */
static bool is_busy(void *arg, const struct bufferevent *stream)
{
    const struct web *web = arg;
    for (const struct web_call *call = web->calls; call; call = call->next) {
        struct evhttp_connection *connection =
            call->request ? evhttp_request_get_connection(call->request) : NULL;
        if (connection &&
            evhttp_connection_get_bufferevent(connection) == stream) {
            return true;
        }
    }
    return false;
}

/** As the route has it; without credentials no more than those need that
 *  carry a proof in their body. */
static uint64_t body_limit(
    void *arg, const char *method, const char *target, bool credentials)
{
    char *path = mem_strndup(target, strcspn(target, "?"));
    uint64_t most = api_body_most(method, path);
    (void)arg;
    free(path);
    return credentials || most < NAMELESS_BODY_MOST ? most : NAMELESS_BODY_MOST;
}

static uint64_t control_limit(
    void *arg, const char *method, const char *target, bool credentials)
{
    (void)credentials;
    return body_limit(arg, method, target, true);
}

static struct web_guards *guard(
    struct web *web, struct evhttp *http, const struct web_guard_rules *rules)
{
    struct web_guards *guards = web_guards_new(web->base, rules);
    evhttp_set_bevcb(http, web_guard_stream, guards);
    return guards;
}

static void guard_control(struct web *web)
{
    struct web_guard_rules rules = {.spool_folder = web->spool_folder,
        .limit = control_limit,
        .busy = is_busy,
        .arg = web};
    web->control_guards = guard(web, web->control, &rules);
}

static void guard_tcp(struct web *web)
{
    struct web_guard_rules rules = {.by_address = true,
        .trusted = web->config->http_proxies,
        .spool_folder = web->spool_folder,
        .limit = body_limit,
        .busy = is_busy,
        .arg = web};
    web->tcp_guards = guard(web, web->tcp, &rules);
}

/* --- listeners ------------------------------------------------------- */

static enum kb_err open_control(struct web *web, struct why *why)
{
    evutil_socket_t fd = -1;
    enum kb_err err = web_socket_open(web, &fd, why);
    if (err != KB_OK) {
        return err;
    }
    struct evconnlistener *listener = evconnlistener_new(web->base, NULL, NULL,
        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    web->control = server_new(web, CONTROL_BODY_MOST, CONTROL_TIMEOUT_S);
    if (!listener || !web->control ||
        !evhttp_bind_listener(web->control, listener)) {
        why_set(why, "the control socket cannot be served; see the log");
        return KB_IO;
    }
    guard_control(web);
    evhttp_set_gencb(web->control, web_on_control, web);
    return KB_OK;
}

/** Takes "127.0.0.1:8080" or "[::1]:8080" apart. */
static enum kb_err read_listen(
    char *text, const char **host, uint16_t *port, struct why *why)
{
    int64_t number = 0;
    char *colon = strrchr(text, ':');
    *host = text;
    if (colon && text[0] == '[' && colon > text && colon[-1] == ']') {
        *host = text + 1;
        colon[-1] = '\0';
    }
    if (!colon || colon == text ||
        str_int(colon + 1, 0, UINT16_MAX, &number) != KB_OK) {
        why_set(why, "http.listen must be ADDRESS:PORT, such as "
                     "127.0.0.1:8080");
        return KB_INVALID;
    }
    *colon = '\0';
    *port = (uint16_t)number;
    return KB_OK;
}

static int bound_port(evutil_socket_t fd)
{
    struct sockaddr_storage address = {0};
    socklen_t bytes = sizeof(address);
    if (getsockname(fd, (struct sockaddr *)&address, &bytes) != 0) {
        return 0;
    }
    if (address.ss_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, &address, sizeof(six));
        return ntohs(six.sin6_port);
    }
    struct sockaddr_in four;
    memcpy(&four, &address, sizeof(four));
    return ntohs(four.sin_port);
}

static enum kb_err bind_tcp(struct web *web, char *listen, struct why *why)
{
    const char *host = NULL;
    uint16_t port = 0;
    enum kb_err err = read_listen(listen, &host, &port, why);
    if (err != KB_OK) {
        return err;
    }
    web->tcp = server_new(web, TCP_BODY_MOST, TCP_TIMEOUT_S);
    struct evhttp_bound_socket *bound =
        web->tcp ? evhttp_bind_socket_with_handle(web->tcp, host, port) : NULL;
    if (!bound) {
        why_set(why,
            "nothing can listen on %s port %u; is the port taken, and "
            "is the address this machine's? See http.listen",
            host, (unsigned)port);
        return KB_BUSY;
    }
    web->port = bound_port(evhttp_bound_socket_get_fd(bound));
    guard_tcp(web);
    evhttp_set_gencb(web->tcp, web_on_tcp, web);
    return KB_OK;
}

static enum kb_err open_tcp(struct web *web, struct why *why)
{
    if (!*web->config->http_listen) {
        return KB_OK;
    }
    char *listen = mem_strdup(web->config->http_listen);
    enum kb_err err = bind_tcp(web, listen, why);
    free(listen);
    return err;
}

/** Large bodies hold people's data: they wait where the database is. */
static char *folder_of(const char *file)
{
    const char *slash = strrchr(file, '/');
    return slash ? mem_strndup(file, (size_t)(slash - file) + 1)
                 : mem_strdup("./");
}

enum kb_err web_open(struct event_base *base, struct api *api,
    const struct config *config, struct web **out, struct why *why)
{
    struct web *web = mem_new(sizeof(*web));
    web->base = base;
    web->api = api;
    web->config = config;
    web->access = api_app(api)->access;
    web->spool_folder = folder_of(config->database_path);
    web->events = web_events_new(base, api);
    web->poster = web_poster_new(base, api, config);
    enum kb_err err = open_control(web, why);
    if (err == KB_OK) {
        err = open_tcp(web, why);
    }
    if (err != KB_OK) {
        web_close(web);
        return err;
    }
    log_info("web: listens socket=%s http=%s port=%d", config->control_socket,
        *config->http_listen ? config->http_listen : "-", web->port);
    *out = web;
    return KB_OK;
}

static void free_server(struct evhttp *http)
{
    if (http) {
        evhttp_free(http);
    }
}

void web_close(struct web *web)
{
    if (!web) {
        return;
    }
    for (struct web_call *call = web->calls; call; call = call->next) {
        call->request = NULL; /* goes with its connection below */
        call->web = NULL;
    }
    web_poster_free(web->poster);
    web_events_free(web->events);
    free_server(web->control);
    free_server(web->tcp);
    web_guards_free(web->control_guards);
    web_guards_free(web->tcp_guards);
    web_socket_remove(web);
    free(web->spool_folder);
    free(web);
}

int web_port(const struct web *web)
{
    return web->port;
}
