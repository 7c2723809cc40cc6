// SPDX-License-Identifier: GPL-2.0-or-later
/* The one route table, and who is meant by a method and a path. */
#include "api/api_internal.h"
#include "api/handlers.h"
#include "base/log.h"
#include "base/str.h"

#include <string.h>

/* The first route that matches counts: "imports" comes before "{nik}". */
static const struct api_route *const route_tables[] = {
    api_status_routes,
    api_import_routes,
    api_office_routes,
    api_resident_routes,
    api_template_routes,
    api_campaign_routes,
    api_forecast_routes,
    api_message_routes,
    api_send_routes,
    api_inbox_routes,
    api_modem_routes,
    api_alarm_routes,
    api_ussd_routes,
    api_access_routes,
    api_password_routes,
    api_audit_routes,
    api_openapi_routes,
    api_metrics_routes,
    api_webhook_routes,
    api_sendsms_routes,
    api_upkeep_routes,
};

static size_t route_count(const struct api_route *table)
{
    size_t count = 0;
    while (table[count].method) {
        count++;
    }
    return count;
}

const struct api_route *api_route_at(size_t i)
{
    size_t tables = sizeof(route_tables) / sizeof(route_tables[0]);
    for (size_t table = 0; table < tables; table++) {
        size_t count = route_count(route_tables[table]);
        if (i < count) {
            return &route_tables[table][i];
        }
        i -= count;
    }
    return NULL;
}

/* --- from a request to its handler ----------------------------------- */

/** Whether one part of a path is the pattern's; {name} is any that fits. */
static bool part_matches(
    const char *pattern, const char *part, size_t length, char *param)
{
    if (*pattern != '{') {
        return strcspn(pattern, "/") == length &&
               strncmp(pattern, part, length) == 0;
    }
    if (length == 0 || length >= API_PARAM_BYTES) {
        return false;
    }
    memcpy(param, part, length);
    param[length] = '\0';
    return true;
}

/** Whether a path is the pattern's; fills what stands for {name}. */
static bool path_matches(const char *pattern, const char *path, char *param)
{
    bool same = true;
    while (same && *pattern && *path) {
        size_t length = strcspn(path, "/");
        same = part_matches(pattern, path, length, param);
        pattern += strcspn(pattern, "/");
        path += length;
        if (*pattern && *path) {
            pattern++;
            path++;
        }
    }
    return same && *pattern == *path;
}

/* So many bytes each path of the table has ("/metrics"). */
#define HEAD_BYTES 8

/** Whether a path (of HEAD_BYTES at least) cannot be a pattern's: it differs
 *  before the first {name}. Asked of the whole table with each request. */
static bool differs(const char *pattern, const char *path)
{
    if (memcmp(pattern, path, HEAD_BYTES) != 0) {
        return true;
    }
    pattern += HEAD_BYTES;
    path += HEAD_BYTES;
    while (*pattern != '\0' && *pattern == *path) {
        pattern++;
        path++;
    }
    return *pattern != '{' && (*pattern != '\0' || *path != '\0');
}

static bool is_path_of(
    const struct api_route *route, const char *path, char *param)
{
    param[0] = '\0';
    return !differs(route->path, path) &&
           path_matches(route->path, path, param);
}

/** HEAD is GET without its body, where that only reads. */
static bool has_head(const struct api_route *route)
{
    return strcmp(route->method, "GET") == 0 &&
           (route->flags & (API_CHANGE | API_TAKES)) == 0;
}

static bool is_method_of(const struct api_route *route, const char *method)
{
    return strcmp(route->method, method) == 0 ||
           (strcmp(method, "HEAD") == 0 && has_head(route));
}

/** The first route of path and method in a table; other says that the path
 *  has others. */
static const struct api_route *find_in(const struct api_route *table,
    const struct api_request *request, char *param, bool *other)
{
    for (const struct api_route *row = table; row->method; row++) {
        bool same = is_method_of(row, request->method);
        if ((!same && *other) || !is_path_of(row, request->path, param)) {
            continue;
        }
        if (same) {
            return row;
        }
        *other = true;
    }
    return NULL;
}

const struct api_route *route_find(
    const struct api_request *request, char *param, bool *other)
{
    const struct api_route *found = NULL;
    size_t tables = sizeof(route_tables) / sizeof(route_tables[0]);
    if (strlen(request->path) < HEAD_BYTES) {
        return NULL;
    }
    for (size_t i = 0; i < tables && !found; i++) {
        found = find_in(route_tables[i], request, param, other);
    }
    return found;
}

const struct api_route *api_route_find(const char *method, const char *path)
{
    struct api_request request = {.method = method, .path = path};
    char param[API_PARAM_BYTES] = "";
    bool other = false;
    return route_find(&request, param, &other);
}

size_t route_body_most(const struct api_route *route)
{
    return route->most_bytes > 0 ? route->most_bytes : API_BODY_MOST;
}

bool route_takes_query(const struct api_route *route)
{
    return strcmp(route->method, "GET") == 0 ||
           strcmp(route->method, "DELETE") == 0 ||
           (route->flags & API_CSV) != 0;
}

size_t api_body_most(const char *method, const char *path)
{
    struct api_request request = {.method = method, .path = path};
    char param[API_PARAM_BYTES] = "";
    bool other = false;
    const struct api_route *route = route_find(&request, param, &other);
    return route ? route_body_most(route) : (size_t)64 * 1024;
}

bool api_has_path(const char *path)
{
    struct api_request request = {.method = "", .path = path};
    char param[API_PARAM_BYTES] = "";
    bool other = false;
    (void)route_find(&request, param, &other);
    return other;
}

void api_allowed(const char *path, char *out, size_t out_bytes)
{
    struct buf list = {0};
    char param[API_PARAM_BYTES] = "";
    const struct api_route *route = api_route_at(0);
    for (size_t i = 0; route; route = api_route_at(++i)) {
        if (path_matches(route->path, path, param) &&
            !strstr(buf_text(&list), route->method)) {
            buf_printf(&list, "%s%s%s", list.used > 0 ? ", " : "",
                route->method, has_head(route) ? ", HEAD" : "");
        }
    }
    if (str_copy(out, out_bytes, buf_text(&list)) != KB_OK) {
        log_error("api: list of methods does not fit");
    }
    buf_clear(&list);
}
