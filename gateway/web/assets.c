// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/assets.h"

#include "base/log.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ROOT "/console/"

/* Everything comes from here and no markup carries script or style. Bootstrap's
 * style sheet holds its few icons as data: images. */
static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'";

/* --- what a path and its headers mean ------------------------------------- */

static const struct web_asset *find_file(const char *name)
{
    for (size_t i = 0; i < web_asset_count; i++) {
        if (strcmp(web_assets[i].path, name) == 0) {
            return &web_assets[i];
        }
    }
    return NULL;
}

const struct web_asset *web_asset_find(const char *path, bool *stable)
{
    size_t version_bytes = strlen(web_assets_version);
    *stable = false;
    if (strcmp(path, "/") == 0 || strcmp(path, ROOT) == 0) {
        return find_file("index.html");
    }
    if (strncmp(path, ROOT, strlen(ROOT)) != 0) {
        return NULL;
    }
    const char *name = path + strlen(ROOT);
    if (strncmp(name, web_assets_version, version_bytes) == 0 &&
        name[version_bytes] == '/') {
        *stable = true;
        name += version_bytes + 1;
    }
    return find_file(name);
}

/** The next member of a list between commas, without blanks around it. */
static bool next_member(const char **list, const char **at, size_t *bytes)
{
    *list += strspn(*list, ", \t");
    *at = *list;
    *bytes = strcspn(*list, ",");
    *list += *bytes;
    while (*bytes > 0 && strchr(" \t", (*at)[*bytes - 1])) {
        --*bytes;
    }
    return *bytes > 0;
}

/** Whether what follows a coding's name is a weight of nought: ";q=0.000". */
static bool is_refused(const char *text, size_t bytes)
{
    char weight[16] = "";
    if (bytes >= sizeof(weight)) {
        return false;
    }
    memcpy(weight, text, bytes);
    const char *value = strchr(weight, '=');
    return value && value[1] == '0' &&
           strspn(value + 1, "0. ") == strlen(value + 1);
}

bool web_takes_gzip(const char *accept_encoding)
{
    const char *list = accept_encoding ? accept_encoding : "";
    const char *at = NULL;
    size_t bytes = 0;
    bool any = false;
    while (next_member(&list, &at, &bytes)) {
        size_t name = 0;
        while (name < bytes && !strchr("; \t", at[name])) {
            name++;
        }
        bool taken = !is_refused(at + name, bytes - name);
        if (name == 4 && strncasecmp(at, "gzip", 4) == 0) {
            return taken;
        }
        any = any || (name == 1 && *at == '*' && taken);
    }
    return any;
}

bool web_etag_matches(const char *if_none_match, const char *etag)
{
    const char *list = if_none_match ? if_none_match : "";
    const char *at = NULL;
    size_t bytes = 0;
    while (next_member(&list, &at, &bytes)) {
        if (bytes == 1 && *at == '*') {
            return true;
        }
        if (bytes > 2 && strncmp(at, "W/", 2) == 0) {
            at += 2;
            bytes -= 2;
        }
        if (bytes == strlen(etag) && strncmp(at, etag, bytes) == 0) {
            return true;
        }
    }
    return false;
}

/* --- answering ------------------------------------------------------------ */

static void add_header(
    struct evhttp_request *request, const char *name, const char *value)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    if (evhttp_add_header(headers, name, value) != 0) {
        log_error("web: header %s cannot be added", name);
    }
}

static void add_security(struct evhttp_request *request)
{
    add_header(request, "Content-Security-Policy", policy);
    add_header(request, "X-Content-Type-Options", "nosniff");
    add_header(request, "X-Frame-Options", "DENY");
    add_header(request, "Referrer-Policy", "no-referrer");
    add_header(request, "Cross-Origin-Opener-Policy", "same-origin");
    add_header(request, "Cross-Origin-Resource-Policy", "same-origin");
}

/** The bytes stay where they are: nothing is copied. HEAD carries none. */
static void send_asset(
    struct evhttp_request *request, const struct web_asset *asset, bool packed)
{
    struct evbuffer *body = evbuffer_new();
    const unsigned char *bytes = packed ? asset->gzip : asset->bytes;
    size_t size = packed ? asset->gzip_size : asset->size;
    char length[24] = "";
    bool bare = evhttp_request_get_command(request) == EVHTTP_REQ_HEAD;
    (void)snprintf(length, sizeof(length), "%zu", size);
    add_header(request, "Content-Type", asset->type);
    add_header(request, "Content-Length", length);
    if (packed) {
        add_header(request, "Content-Encoding", "gzip");
    }
    bool whole = body && (bare || evbuffer_add_reference(
                                      body, bytes, size, NULL, NULL) == 0);
    evhttp_send_reply(request, whole ? 200 : 503, whole ? "OK" : "", body);
    if (body) {
        evbuffer_free(body);
    }
}

static void serve(
    struct evhttp_request *request, const struct web_asset *asset, bool stable)
{
    struct evkeyvalq *asked = evhttp_request_get_input_headers(request);
    add_security(request);
    add_header(request, "ETag", asset->etag);
    add_header(request, "Vary", "Accept-Encoding");
    add_header(request, "Cache-Control",
        stable ? "public, max-age=31536000, immutable" : "no-cache");
    if (web_etag_matches(
            evhttp_find_header(asked, "If-None-Match"), asset->etag)) {
        evhttp_send_reply(request, 304, "Not Modified", NULL);
        return;
    }
    send_asset(request, asset,
        web_takes_gzip(evhttp_find_header(asked, "Accept-Encoding")));
}

static void refuse(struct evhttp_request *request, int status,
    const char *reason, const char *text)
{
    struct evbuffer *body = evbuffer_new();
    if (body) {
        (void)evbuffer_add(body, text, strlen(text));
    }
    add_security(request);
    add_header(request, "Content-Type", "text/plain; charset=utf-8");
    add_header(request, "Cache-Control", "no-store");
    evhttp_send_reply(request, status, reason, body);
    if (body) {
        evbuffer_free(body);
    }
}

bool web_assets_serve(struct evhttp_request *request, const char *path)
{
    bool stable = false;
    enum evhttp_cmd_type method = evhttp_request_get_command(request);
    const struct web_asset *asset = web_asset_find(path, &stable);
    if (!asset && strncmp(path, ROOT, strlen(ROOT)) != 0) {
        return false;
    }
    if (!asset) {
        refuse(request, 404, "Not Found", "There is no such page.\n");
    } else if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD) {
        add_header(request, "Allow", "GET, HEAD");
        refuse(request, 405, "Method Not Allowed", "Pages are only read.\n");
    } else {
        serve(request, asset, stable);
    }
    return true;
}
