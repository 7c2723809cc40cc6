// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who may do what: one line a route, held against the route table by a test.
 * Roles: S staff, O operator, A auditor, M admin. The control socket (root and
 * the service's group) may everything.
 */
#include "api/call.h"
#include "api/handlers.h"

#include <string.h>

#define S  (1U << ROLE_STAFF)
#define O  (1U << ROLE_OPERATOR)
#define A  (1U << ROLE_AUDITOR)
#define M  (1U << ROLE_ADMIN)
#define V1 "/api/v1"

/* clang-format off */
static const struct api_may matrix[] = {
    {"GET",    V1 "/status",                S|O|A|M, SCOPE_STATUS_READ,     API_FREE},
    {"GET",    V1 "/settings",                O|A|M, SCOPE_STATUS_READ,     API_FREE},
    {"POST",   V1 "/pause",                   O|M,   SCOPE_MODEMS_WRITE,    API_FREE},
    {"POST",   V1 "/resume",                  O|M,   SCOPE_MODEMS_WRITE,    API_FREE},

    {"GET",    V1 "/offices",               S|O|A|M, SCOPE_OFFICES_READ,    API_FREE},
    {"GET",    V1 "/offices/{code}",        S|O|A|M, SCOPE_OFFICES_READ,    API_FREE},
    {"POST",   V1 "/offices/import",        S|O|M,   SCOPE_OFFICES_WRITE,   API_WHOLE},
    {"GET",    V1 "/offices/{code}/effect", S|O|A|M, SCOPE_OFFICES_READ,    API_FREE},
    {"POST",   V1 "/offices/{code}/state",  S|O|M,   SCOPE_OFFICES_WRITE,   API_BOUND},
    {"PATCH",  V1 "/offices/{code}",        S|O|M,   SCOPE_OFFICES_WRITE,   API_BOUND},
    {"POST",   V1 "/offices/{code}/suspicion", S|O|M, SCOPE_OFFICES_WRITE,  API_BOUND},
    {"GET",    V1 "/places",                S|O|A|M, SCOPE_CAMPAIGNS_READ,  API_FREE},
    {"GET",    V1 "/staff-phones",          S|O|A|M, SCOPE_OFFICES_READ,    API_BOUND},
    {"POST",   V1 "/staff-phones",            O|M,   SCOPE_OFFICES_WRITE,   API_FREE},
    {"DELETE", V1 "/staff-phones/{phone}",    O|M,   SCOPE_OFFICES_WRITE,   API_FREE},

    {"GET",    V1 "/residents",             S|M,     SCOPE_RESIDENTS_READ,  API_BOUND|API_SEEN},
    {"GET",    V1 "/residents/export",      S|M,     SCOPE_PERSONAL_READ,   API_BOUND|API_SEEN},
    {"GET",    V1 "/residents/{nik}",       S|M,     SCOPE_RESIDENTS_READ,  API_BOUND|API_SEEN},
    {"PATCH",  V1 "/residents/{nik}",       S|M,     SCOPE_RESIDENTS_WRITE, API_BOUND},
    {"DELETE", V1 "/residents/{nik}",       S|M,     SCOPE_RESIDENTS_WRITE, API_BOUND},
    {"POST",   V1 "/residents/{nik}/unmask", S|M,    SCOPE_NONE,            API_BOUND},
    {"POST",   V1 "/residents/import",      S|M,     SCOPE_RESIDENTS_WRITE, API_WHOLE},
    {"GET",    V1 "/residents/imports",     S|O|A|M, SCOPE_RESIDENTS_READ,  API_FREE},
    {"GET",    V1 "/residents/imports/{id}/rejects",
                                            S|M,     SCOPE_PERSONAL_READ,   API_WHOLE|API_SEEN},
    {"POST",   V1 "/residents/imports/{id}/undo",
                                            S|M,     SCOPE_RESIDENTS_WRITE, API_WHOLE},

    {"GET",    V1 "/templates",             S|O|A|M, SCOPE_TEMPLATES_READ,  API_FREE},
    {"GET",    V1 "/templates/check",       S|O|A|M, SCOPE_TEMPLATES_READ,  API_FREE},
    {"GET",    V1 "/templates/{name}",      S|O|A|M, SCOPE_TEMPLATES_READ,  API_FREE},
    {"GET",    V1 "/templates/{name}/text", S|O|A|M, SCOPE_TEMPLATES_READ,  API_FREE},
    {"POST",   V1 "/templates/{name}/try",  S|O|M,   SCOPE_RESIDENTS_READ,  API_BOUND},
    {"PUT",    V1 "/templates/{name}/text",   O|M,   SCOPE_NONE,            API_FREE},
    {"POST",   V1 "/templates/{name}/render", S|O|M, SCOPE_PERSONAL_READ,   API_BOUND},

    {"GET",    V1 "/campaigns",             S|O|A|M, SCOPE_CAMPAIGNS_READ,  API_FREE},
    {"POST",   V1 "/campaigns",             S|O|M,   SCOPE_CAMPAIGNS_WRITE, API_WHOLE},
    {"GET",    V1 "/campaigns/{name}",      S|O|A|M, SCOPE_CAMPAIGNS_READ,  API_FREE},
    {"PATCH",  V1 "/campaigns/{name}",      S|O|M,   SCOPE_CAMPAIGNS_WRITE, API_WHOLE},
    {"GET",    V1 "/campaigns/{name}/preview", S|O|A|M, SCOPE_CAMPAIGNS_READ, API_BOUND},
    {"GET",    V1 "/campaigns/{name}/report", S|O|A|M, SCOPE_CAMPAIGNS_READ, API_FREE},
    {"GET",    V1 "/campaigns/{name}/forecast", S|O|A|M, SCOPE_CAMPAIGNS_READ, API_FREE},
    {"GET",    V1 "/campaigns/{name}/progress", S|O|A|M, SCOPE_CAMPAIGNS_READ, API_FREE},
    {"GET",    V1 "/campaigns/{name}/no_phone", S|O|M, SCOPE_CAMPAIGNS_READ, API_BOUND},
    {"POST",   V1 "/campaigns/{name}/start", S|O|M,  SCOPE_CAMPAIGNS_WRITE, API_WHOLE},
    {"POST",   V1 "/campaigns/{name}/approve", S|O|M, SCOPE_NONE,           API_WHOLE},
    {"POST",   V1 "/campaigns/{name}/pause", S|O|M,  SCOPE_CAMPAIGNS_WRITE, API_WHOLE},
    {"POST",   V1 "/campaigns/{name}/resume", S|O|M, SCOPE_CAMPAIGNS_WRITE, API_WHOLE},
    {"POST",   V1 "/campaigns/{name}/cancel", S|O|M, SCOPE_CAMPAIGNS_WRITE, API_WHOLE},
    {"POST",   V1 "/campaigns/{name}/test", S|O|M,   SCOPE_CAMPAIGNS_WRITE, API_WHOLE},

    {"POST",   V1 "/messages",              S|O|M,   SCOPE_MESSAGES_SEND,   API_BOUND},
    {"GET",    V1 "/messages",              S|O|A|M, SCOPE_MESSAGES_READ,   API_BOUND},
    {"GET",    V1 "/messages/{id}",         S|O|A|M, SCOPE_MESSAGES_READ,   API_BOUND},
    {"GET",    V1 "/messages/{id}/why",     S|O|A|M, SCOPE_MESSAGES_READ,   API_BOUND},
    {"POST",   V1 "/messages/{id}/retry",   S|O|M,   SCOPE_MESSAGES_SEND,   API_BOUND},
    {"POST",   V1 "/messages/{id}/cancel",  S|O|M,   SCOPE_MESSAGES_SEND,   API_BOUND},

    {"GET",    V1 "/inbox",                 S|M,     SCOPE_INBOX_READ,      API_BOUND|API_SEEN},
    {"GET",    V1 "/inbox/canned",          S|M,     SCOPE_INBOX_READ,      API_FREE},
    {"GET",    V1 "/inbox/poison",            O|M,   SCOPE_NONE,            API_FREE|API_SEEN},
    {"GET",    V1 "/inbox/{id}",            S|M,     SCOPE_INBOX_READ,      API_BOUND|API_SEEN},
    {"POST",   V1 "/inbox/{id}/reply",      S|M,     SCOPE_INBOX_WRITE,     API_BOUND},
    {"POST",   V1 "/inbox/{id}/assign",     S|M,     SCOPE_INBOX_WRITE,     API_BOUND},
    {"POST",   V1 "/inbox/{id}/snooze",     S|M,     SCOPE_INBOX_WRITE,     API_BOUND},
    {"POST",   V1 "/inbox/{id}/close",      S|M,     SCOPE_INBOX_WRITE,     API_BOUND},
    {"POST",   V1 "/inbox/test",            S|O|M,   SCOPE_INBOX_READ,      API_FREE},

    {"GET",    V1 "/modems",                S|O|A|M, SCOPE_MODEMS_READ,     API_FREE},
    {"GET",    V1 "/modems/{name}",         S|O|A|M, SCOPE_MODEMS_READ,     API_FREE},
    {"GET",    V1 "/modems/{name}/log",     S|O|A|M, SCOPE_MODEMS_READ,     API_FREE},
    {"GET",    V1 "/modems/{name}/at",        O|M,   SCOPE_MODEMS_READ,     API_FREE},
    {"GET",    V1 "/modems/{name}/history", S|O|A|M, SCOPE_MODEMS_READ,     API_FREE},
    {"POST",   V1 "/modems/{name}/accept",    O|M,   SCOPE_MODEMS_WRITE,    API_FREE},
    {"POST",   V1 "/messages/{id}/settle",    O|M,   SCOPE_NONE,            API_FREE},
    {"POST",   V1 "/messages/unknown/settle", O|M,   SCOPE_NONE,            API_FREE},
    {"POST",   V1 "/modems/{name}/pause",     O|M,   SCOPE_MODEMS_WRITE,    API_FREE},
    {"POST",   V1 "/modems/{name}/resume",    O|M,   SCOPE_MODEMS_WRITE,    API_FREE},
    {"POST",   V1 "/modems/{name}/reset",     O|M,   SCOPE_MODEMS_WRITE,    API_FREE},
    {"POST",   V1 "/modems/{name}/ussd",      O|M,   SCOPE_MODEMS_WRITE,    API_FREE},
    {"DELETE", V1 "/modems/{name}/ussd",      O|M,   SCOPE_MODEMS_WRITE,    API_FREE},

    {"GET",    V1 "/alarms",                S|O|A|M, SCOPE_STATUS_READ,     API_FREE},
    {"POST",   V1 "/alarms/{id}/ack",       S|O|M,   SCOPE_MODEMS_WRITE,    API_FREE},

    {"GET",    V1 "/openapi.json",          0,       SCOPE_NONE,            API_PUBLIC},
    {"POST",   "/ussd/at",                  0,       SCOPE_NONE,            API_PUBLIC},
    {"POST",   "/ussd/json",                0,       SCOPE_NONE,            API_PUBLIC},
    {"GET",    "/cgi-bin/sendsms",          0,       SCOPE_NONE,            API_PUBLIC},
    {"POST",   "/cgi-bin/sendsms",          0,       SCOPE_NONE,            API_PUBLIC},
    {"GET",    "/metrics",                  0,       SCOPE_NONE,            API_PUBLIC},

    {"POST",   V1 "/backup",                    M,   SCOPE_NONE,            API_FREE},
    {"POST",   V1 "/purge",                     M,   SCOPE_NONE,            API_FREE},
    {"GET",    V1 "/webhooks",              O|M,     SCOPE_STATUS_READ,     API_FREE},
    {"GET",    V1 "/webhooks/posts",        O|M,     SCOPE_STATUS_READ,     API_FREE},
    {"POST",   V1 "/webhooks/test",         O|M,     SCOPE_NONE,            API_FREE},

    {"POST",   V1 "/session",               0,       SCOPE_NONE,            API_PUBLIC},
    {"GET",    V1 "/session",               0,       SCOPE_NONE,            API_ANYONE},
    {"DELETE", V1 "/session",               0,       SCOPE_NONE,            API_ANYONE},
    {"POST",   V1 "/session/password",      0,       SCOPE_NONE,            API_ANYONE},
    {"GET",    V1 "/users",                     M,   SCOPE_NONE,            API_FREE},
    {"POST",   V1 "/users",                     M,   SCOPE_NONE,            API_FREE},
    {"PATCH",  V1 "/users/{name}",              M,   SCOPE_NONE,            API_FREE},
    {"GET",    V1 "/tokens",                    M,   SCOPE_NONE,            API_FREE},
    {"POST",   V1 "/tokens",                    M,   SCOPE_NONE,            API_FREE},
    {"DELETE", V1 "/tokens/{name}",             M,   SCOPE_NONE,            API_FREE},
    {"GET",    V1 "/audit",                   A|M,   SCOPE_NONE,            API_FREE},
};

/* clang-format on */

const struct api_may *api_may_at(size_t i)
{
    return i < sizeof(matrix) / sizeof(matrix[0]) ? &matrix[i] : NULL;
}

const struct api_may *api_may_of(const struct api_route *route)
{
    for (size_t i = 0; i < sizeof(matrix) / sizeof(matrix[0]); i++) {
        if (strcmp(matrix[i].path, route->path) == 0 &&
            strcmp(matrix[i].method, route->method) == 0) {
            return &matrix[i];
        }
    }
    return NULL;
}

static enum api_judgement judge_session(
    const struct api_may *may, const struct access_actor *actor)
{
    bool role = (may->roles & (1U << actor->role)) != 0;
    bool narrow = (may->access & API_WHOLE) != 0 && access_is_bounded(actor);
    bool anyone = (may->access & API_ANYONE) != 0;
    return anyone || (role && !narrow) ? API_YES : API_NEVER;
}

enum api_judgement api_may_judge(
    const struct api_may *may, const struct access_actor *actor)
{
    if (actor->kind == ACCESS_LOCAL ||
        (may && (may->access & API_PUBLIC) != 0)) {
        return API_YES;
    }
    if (actor->kind == ACCESS_NOBODY) {
        return API_LOG_IN;
    }
    if (!may) {
        return API_NEVER;
    }
    if (actor->kind == ACCESS_SESSION) {
        return judge_session(may, actor);
    }
    bool scope =
        may->scope != SCOPE_NONE && (actor->scopes & (1U << may->scope)) != 0;
    return scope ? API_YES : API_NEVER;
}

/* --- of one kecamatan -------------------------------------------------- */

enum kb_err api_may_see_phone(const struct api_call *call, const char *phone)
{
    bool found = true;
    enum kb_err err = KB_OK;
    if (call->reach) {
        err = registry_phone_in_reach(
            call->app->registry, phone, call->reach, &found);
    }
    return err == KB_OK && !found ? KB_NOT_FOUND : err;
}

enum kb_err api_may_change_office(
    struct api_call *call, const char *kecamatan, struct why *why)
{
    if (access_covers(call->actor, kecamatan)) {
        return KB_OK;
    }
    why_set(why, "that office is not of your kecamatan; ask its staff or an "
                 "admin");
    return api_deny_right(call);
}
