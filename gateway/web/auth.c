// SPDX-License-Identifier: GPL-2.0-or-later
/* Who asks over TCP: a token, a session's cookie, or nobody; and whence, where
 * a trusted proxy stands in front. */
#include "base/mem.h"
#include "base/str.h"
#include "web/web_internal.h"

#include <event2/keyvalq_struct.h>

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COOKIE_NAME "kabari_session"

/* --- proxies --------------------------------------------------------- */

/** Whether an address is in a list with commas between. */
static bool is_listed(const char *list, const char *address, size_t bytes)
{
    while (*list) {
        size_t one = strcspn(list, ",");
        if (one == bytes && memcmp(list, address, bytes) == 0) {
            return true;
        }
        list += one;
        list += *list == ',' ? 1 : 0;
    }
    return false;
}

/** The last header of that name: what the nearest proxy has added. */
static const char *last_header(struct evhttp_request *request, const char *name)
{
    const struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
    const char *value = NULL;
    for (const struct evkeyval *header = headers->tqh_first; header;
         header = header->next.tqe_next) {
        value = strcasecmp(header->key, name) == 0 ? header->value : value;
    }
    return value;
}

/** The last address of X-Forwarded-For that no trusted proxy has: those before
 *  it may be anybody's invention. */
static void read_forwarded(const struct config *config,
    struct evhttp_request *request, char *out, size_t out_bytes)
{
    const char *list = last_header(request, "X-Forwarded-For");
    const char *end = list ? list + strlen(list) : NULL;
    while (list && end > list) {
        const char *from = end;
        while (from > list && from[-1] != ',') {
            from--;
        }
        const char *start = from + strspn(from, " ");
        size_t bytes = (size_t)(end - start);
        while (bytes > 0 && start[bytes - 1] == ' ') {
            bytes--;
        }
        if (bytes > 0 && bytes < out_bytes &&
            !is_listed(config->http_proxies, start, bytes)) {
            memcpy(out, start, bytes);
            out[bytes] = '\0';
            return;
        }
        end = from > list ? from - 1 : list;
    }
}

/** Sets where it comes from; says whether a trusted proxy stands between. */
static bool read_address(
    struct web *web, struct evhttp_request *request, struct web_asker *asker)
{
    char *peer = NULL;
    ev_uint16_t port = 0;
    char *out = asker->actor.address;
    evhttp_connection_get_peer(
        evhttp_request_get_connection(request), &peer, &port);
    if (!peer || str_copy(out, sizeof(asker->actor.address), peer) != KB_OK) {
        return false;
    }
    bool trusted = is_listed(web->config->http_proxies, peer, strlen(peer));
    if (trusted) {
        const char *scheme = last_header(request, "X-Forwarded-Proto");
        asker->secure = scheme && str_same(scheme, "https");
        read_forwarded(web->config, request, out, sizeof(asker->actor.address));
    }
    return trusted;
}

/* --- proof ------------------------------------------------------------ */

/** The cookie's value, NULL where there is none or a longer one. */
static char *session_of(struct evhttp_request *request)
{
    const char *at =
        evhttp_find_header(evhttp_request_get_input_headers(request), "Cookie");
    size_t name = strlen(COOKIE_NAME);
    while (at && *at) {
        at += strspn(at, " ;");
        size_t bytes = strcspn(at, ";");
        if (bytes == name + 1 + ACCESS_SECRET_BYTES - 1 &&
            strncmp(at, COOKIE_NAME "=", name + 1) == 0) {
            return mem_strndup(at + name + 1, bytes - name - 1);
        }
        at += bytes;
    }
    return NULL;
}

static const char *token_of(struct evhttp_request *request)
{
    const char *value = evhttp_find_header(
        evhttp_request_get_input_headers(request), "Authorization");
    if (!value || strncasecmp(value, "Bearer ", 7) != 0) {
        return NULL;
    }
    return value + 7 + strspn(value + 7, " ");
}

static void refuse(
    struct web_asker *asker, int status, const char *code, const char *sentence)
{
    asker->status = status;
    asker->code = code;
    asker->sentence = sentence;
}

/** Keeps what was found out before: the address. */
static enum kb_err take(
    enum kb_err err, const struct access_actor *found, struct web_asker *asker)
{
    if (err == KB_OK) {
        char address[sizeof(asker->actor.address)];
        memcpy(address, asker->actor.address, sizeof(address));
        asker->actor = *found;
        memcpy(asker->actor.address, address, sizeof(address));
    }
    return err;
}

static void read_token(
    struct web *web, const char *text, struct web_asker *asker)
{
    struct access_actor found = {0};
    enum kb_err err =
        take(access_token_check(web->access, text, &found), &found, asker);
    if (err == KB_NOT_FOUND) {
        refuse(asker, 401, "unauthorized",
            "that token is none, is revoked or over; see kabari token list");
    } else if (err != KB_OK) {
        refuse(asker, 503, "db", "the database failed; try again later");
    }
}

/* --- requests that a browser was talked into ---------------------------- */

static bool is_read(enum evhttp_cmd_type method)
{
    return method == EVHTTP_REQ_GET || method == EVHTTP_REQ_HEAD;
}

/** Whether Origin is this server, as its host is called by the asker. */
static bool is_own_origin(struct evhttp_request *request,
    const struct web_asker *asker, bool proxied, const char *origin)
{
    const char *scheme = asker->secure ? "https://" : "http://";
    size_t bytes = strlen(scheme);
    const char *host =
        proxied ? last_header(request, "X-Forwarded-Host") : NULL;
    if (!host) {
        host = last_header(request, "Host");
    }
    return host && strncasecmp(origin, scheme, bytes) == 0 &&
           strcasecmp(origin + bytes, host) == 0;
}

static bool has_csrf(
    struct evhttp_request *request, const struct access_actor *actor)
{
    const char *given = evhttp_find_header(
        evhttp_request_get_input_headers(request), "X-Kabari-CSRF");
    return given && strlen(given) == ACCESS_SECRET_BYTES - 1 &&
           sodium_memcmp(given, actor->csrf, ACCESS_SECRET_BYTES - 1) == 0;
}

static void judge_change(struct evhttp_request *request, bool proxied,
    bool logs_in, struct web_asker *asker)
{
    const char *origin = last_header(request, "Origin");
    bool session = asker->actor.kind == ACCESS_SESSION && !logs_in;
    if ((origin && !is_own_origin(request, asker, proxied, origin)) ||
        (!origin && session)) {
        refuse(asker, 403, "origin",
            "Origin is not this server; behind a proxy keep Host and set "
            "http.trusted_proxies");
    } else if (session && !has_csrf(request, &asker->actor)) {
        refuse(asker, 403, "csrf",
            "X-Kabari-CSRF is missing or old; read it from GET "
            "/api/v1/session");
    }
}

static bool is_login(struct evhttp_request *request)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    return path && strcmp(path, "/api/v1/session") == 0 &&
           evhttp_request_get_command(request) == EVHTTP_REQ_POST;
}

struct web_asker web_ask_who(struct web *web, struct evhttp_request *request)
{
    struct web_asker asker = {.actor = {.kind = ACCESS_NOBODY}};
    struct access_actor found = {0};
    bool proxied = read_address(web, request, &asker);
    const char *token = token_of(request);
    if (token) {
        read_token(web, token, &asker);
        return asker;
    }
    char *secret = session_of(request);
    enum kb_err err = secret ? access_session_check(web->access, secret, &found)
                             : KB_NOT_FOUND;
    free(secret);
    if (take(err, &found, &asker) == KB_DB) {
        refuse(&asker, 503, "db", "the database failed; try again later");
    } else if (!is_read(evhttp_request_get_command(request))) {
        judge_change(request, proxied, is_login(request), &asker);
    }
    return asker;
}
