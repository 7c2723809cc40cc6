// SPDX-License-Identifier: GPL-2.0-or-later
#include "access/access_internal.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* --- open, close ----------------------------------------------------------- */

enum kb_err access_open(const struct access_rooms *rooms, struct access **out)
{
    static enum kb_err (*const parts[])(struct access * access) = {
        access_users_open, access_sessions_open, access_tokens_open,
        access_audit_open};
    struct access *access = mem_new(sizeof *access);
    enum kb_err err = sodium_init() < 0 ? KB_IO : KB_OK;

    access->store = rooms->store;
    access->clock = rooms->clock;
    access->real = rooms->real;
    access->config = rooms->config;
    access->limits = access_limits_new();
    for (size_t i = 0; err == KB_OK && i < sizeof parts / sizeof *parts; i++) {
        err = parts[i](access);
    }
    if (err != KB_OK) {
        access_close(access);
        return err;
    }
    *out = access;
    return KB_OK;
}

static void finalize(sqlite3_stmt **statements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)sqlite3_finalize(statements[i]);
    }
}

void access_close(struct access *access)
{
    if (access == NULL) {
        return;
    }
    access_helper_free(access->helper);
    finalize(access->user, USER_SQL_COUNT);
    finalize(access->session, SESSION_SQL_COUNT);
    finalize(access->token, TOKEN_SQL_COUNT);
    finalize(access->audit, AUDIT_SQL_COUNT);
    access_limits_free(access->limits);
    free(access);
}

enum kb_err access_tick(struct access *access)
{
    enum kb_err err = store_op_begin_record(access->store);

    if (err != KB_OK) {
        return err;
    }
    err = access_sessions_tick(access);
    if (err == KB_OK) {
        err = access_audit_tick(access);
    }
    return store_op_end(access->store, err);
}

void access_touch(
    struct access *access, sqlite3_stmt *statement, int64_t id, int64_t now)
{
    if (store_op_begin(access->store) != KB_OK) {
        return;
    }
    store_bind_int(statement, ":id", id);
    store_bind_int(statement, ":now", now);
    if (store_op_end(access->store, store_run(access->store, statement)) !=
        KB_OK) {
        log_warn("access: a last use was not noted");
    }
}

/* --- words ------------------------------------------------------------------ */

static const char *const roles[ROLE_COUNT] = {
    [ROLE_STAFF] = "staff",
    [ROLE_OPERATOR] = "operator",
    [ROLE_AUDITOR] = "auditor",
    [ROLE_ADMIN] = "admin",
};

const char *access_role_name(enum access_role role)
{
    return roles[role];
}

enum kb_err access_role_parse(const char *text, enum access_role *out)
{
    for (int role = 0; role < ROLE_COUNT; role++) {
        if (strcmp(roles[role], text) == 0) {
            *out = (enum access_role)role;
            return KB_OK;
        }
    }
    return KB_INVALID;
}

static const char *const scopes[SCOPE_COUNT] = {
    [SCOPE_NONE] = "",
    [SCOPE_STATUS_READ] = "status:read",
    [SCOPE_MESSAGES_READ] = "messages:read",
    [SCOPE_MESSAGES_SEND] = "messages:send",
    [SCOPE_RESIDENTS_READ] = "residents:read",
    [SCOPE_RESIDENTS_WRITE] = "residents:write",
    [SCOPE_OFFICES_READ] = "offices:read",
    [SCOPE_OFFICES_WRITE] = "offices:write",
    [SCOPE_CAMPAIGNS_READ] = "campaigns:read",
    [SCOPE_CAMPAIGNS_WRITE] = "campaigns:write",
    [SCOPE_TEMPLATES_READ] = "templates:read",
    [SCOPE_INBOX_READ] = "inbox:read",
    [SCOPE_INBOX_WRITE] = "inbox:write",
    [SCOPE_MODEMS_READ] = "modems:read",
    [SCOPE_MODEMS_WRITE] = "modems:write",
    [SCOPE_EVENTS_READ] = "events:read",
    [SCOPE_METRICS_READ] = "metrics:read",
    [SCOPE_PERSONAL_READ] = "personal:read",
};

const char *access_scope_name(enum access_scope scope)
{
    return scopes[scope];
}

char *access_scopes_text(uint32_t set)
{
    struct buf out = {0};

    for (unsigned scope = 1; scope < SCOPE_COUNT; scope++) {
        if ((set & (1U << scope)) != 0) {
            buf_printf(&out, "%s%s", out.used > 0 ? "," : "", scopes[scope]);
        }
    }
    buf_add_text(&out, "");
    return buf_take(&out);
}

static uint32_t scope_bit(const char *word, size_t bytes)
{
    for (unsigned scope = 1; scope < SCOPE_COUNT; scope++) {
        if (strlen(scopes[scope]) == bytes &&
            memcmp(scopes[scope], word, bytes) == 0) {
            return 1U << scope;
        }
    }
    return 0;
}

enum kb_err access_scopes_parse(
    const char *text, uint32_t *out, struct why *why)
{
    uint32_t set = 0;

    while (*text != '\0') {
        size_t bytes = strcspn(text, ",");
        uint32_t bit = scope_bit(text, bytes);

        if (bit == 0) {
            char *all = access_scopes_text(UINT32_MAX);

            why_field(why, "scope");
            why_set(why, "there is no scope %.*s; there are %s",
                (int)(bytes < 40 ? bytes : 40), text, all);
            free(all);
            return KB_INVALID;
        }
        set |= bit;
        text += bytes;
        text += *text == ',' ? 1 : 0;
    }
    if (set == 0) {
        why_field(why, "scope");
        why_set(why, "scope is missing; a token without one is good for "
                     "nothing");
        return KB_INVALID;
    }
    *out = set;
    return KB_OK;
}

/* --- who asks ---------------------------------------------------------------- */

struct access_actor access_local(const char *who)
{
    struct access_actor actor = {
        .kind = ACCESS_LOCAL, .role = ROLE_ADMIN, .view = VIEW_ALL};

    if (str_copy(actor.who, sizeof actor.who, who == NULL ? "" : who) !=
        KB_OK) {
        log_warn("access: an asker's name is too long");
    }
    return actor;
}

bool access_is_bounded(const struct access_actor *actor)
{
    return actor->kind == ACCESS_SESSION && actor->role == ROLE_STAFF &&
           actor->kecamatan[0] != '\0';
}

bool access_covers(const struct access_actor *actor, const char *kecamatan)
{
    const char *at = actor->kecamatan;
    size_t bytes = strlen(kecamatan);

    if (!access_is_bounded(actor)) {
        return true;
    }
    while (*at != '\0') {
        size_t one = strcspn(at, ",");

        if (one == bytes && memcmp(at, kecamatan, bytes) == 0) {
            return true;
        }
        at += one;
        at += *at == ',' ? 1 : 0;
    }
    return false;
}

const char *access_reach(
    const struct access_actor *actor, char text[static ACCESS_REACH_BYTES])
{
    if (!access_is_bounded(actor)) {
        return NULL;
    }
    (void)snprintf(text, ACCESS_REACH_BYTES, ",%s,", actor->kecamatan);
    return text;
}

/* --- secrets ----------------------------------------------------------------- */

void access_digest(const char *secret, char out[static ACCESS_HASH_BYTES])
{
    unsigned char hash[32];

    (void)crypto_generichash(hash, sizeof hash, (const unsigned char *)secret,
        strlen(secret), NULL, 0);
    (void)sodium_bin2hex(out, ACCESS_HASH_BYTES, hash, sizeof hash);
}

void access_random(char out[static ACCESS_SECRET_BYTES])
{
    unsigned char bytes[32];

    randombytes_buf(bytes, sizeof bytes);
    (void)sodium_bin2base64(out, ACCESS_SECRET_BYTES, bytes, sizeof bytes,
        sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bytes, sizeof bytes);
}

void access_column(
    sqlite3_stmt *statement, int column, char *out, size_t out_bytes)
{
    if (str_copy(out, out_bytes, store_column_text(statement, column)) !=
        KB_OK) {
        log_error("access: a column is longer than it can be");
    }
}
