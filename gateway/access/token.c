// SPDX-License-Identifier: GPL-2.0-or-later
/* Systems and what they may. */
#include "access/access_internal.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX       "kbr_" /* so that scanners of code know what they found */
#define USED_STEP_MS ((int64_t)60 * 1000)

#define TOKEN_COLUMNS                                                          \
    "id, name, scopes, created_by, created_at_ms, expires_at_ms, used_at_ms, " \
    "revoked_at_ms"

static const char *const statements[TOKEN_SQL_COUNT] = {
    [TOKEN_ADD] =
        "INSERT INTO token (name, hash, scopes, created_by, created_at_ms,"
        " expires_at_ms) VALUES (:name, :hash, :scopes, :by, :now, :expires)",
    [TOKEN_LIST] = "SELECT " TOKEN_COLUMNS " FROM token ORDER BY name, id",
    [TOKEN_REVOKE] = "UPDATE token SET revoked_at_ms = :now WHERE name = :name"
                     " AND revoked_at_ms = 0",
    [TOKEN_CHECK] = "SELECT " TOKEN_COLUMNS " FROM token WHERE hash = :hash"
                    " AND revoked_at_ms = 0",
    [TOKEN_USED] = "UPDATE token SET used_at_ms = :now WHERE id = :id",
};

enum kb_err access_tokens_open(struct access *access)
{
    enum kb_err err = KB_OK;

    for (size_t i = 0; err == KB_OK && i < TOKEN_SQL_COUNT; i++) {
        err = store_prepare(access->store, statements[i], &access->token[i]);
    }
    return err;
}

static void read_token(sqlite3_stmt *row, struct access_token *out)
{
    *out = (struct access_token){.id = sqlite3_column_int64(row, 0),
        .created_at_ms = sqlite3_column_int64(row, 4),
        .expires_at_ms = sqlite3_column_int64(row, 5),
        .used_at_ms = sqlite3_column_int64(row, 6),
        .revoked_at_ms = sqlite3_column_int64(row, 7)};
    access_column(row, 1, out->name, sizeof out->name);
    access_column(row, 3, out->created_by, sizeof out->created_by);
    if (access_scopes_parse(store_column_text(row, 2), &out->scopes, NULL) !=
        KB_OK) {
        out->scopes = 0;
    }
}

enum kb_err access_token_new(struct access *access,
    const struct access_token *token, char text[static ACCESS_TOKEN_BYTES])
{
    sqlite3_stmt *statement = access->token[TOKEN_ADD];
    char secret[ACCESS_SECRET_BYTES];
    char hash[ACCESS_HASH_BYTES];
    char *scopes = NULL;
    enum kb_err err = store_op_begin(access->store);

    if (err != KB_OK) {
        return err;
    }
    access_random(secret);
    (void)snprintf(text, ACCESS_TOKEN_BYTES, PREFIX "%s", secret);
    access_digest(text, hash);
    scopes = access_scopes_text(token->scopes);
    store_bind_text(statement, ":name", token->name);
    store_bind_text(statement, ":hash", hash);
    store_bind_text(statement, ":scopes", scopes);
    store_bind_text(statement, ":by", token->created_by);
    store_bind_int(statement, ":now", clock_now_ms(access->real));
    store_bind_int(statement, ":expires", token->expires_at_ms);
    err = store_run(access->store, statement);
    free(scopes);
    return store_op_end(access->store, err);
}

enum kb_err access_token_list(
    struct access *access, struct access_token **out, size_t *count)
{
    sqlite3_stmt *statement = access->token[TOKEN_LIST];
    enum kb_err err = KB_OK;

    *out = NULL;
    *count = 0;
    while ((err = store_step(access->store, statement)) == KB_OK) {
        *out = mem_resize(*out, *count + 1, sizeof **out);
        read_token(statement, &(*out)[(*count)++]);
    }
    if (err != KB_NOT_FOUND) {
        free(*out);
        *out = NULL;
        return err;
    }
    return KB_OK;
}

enum kb_err access_token_revoke(struct access *access, const char *name)
{
    sqlite3_stmt *statement = access->token[TOKEN_REVOKE];
    enum kb_err err = store_op_begin(access->store);

    if (err != KB_OK) {
        return err;
    }
    store_bind_text(statement, ":name", name);
    store_bind_int(statement, ":now", clock_now_ms(access->real));
    return store_op_end(access->store, store_run(access->store, statement));
}

enum kb_err access_token_check(
    struct access *access, const char *text, struct access_actor *out)
{
    sqlite3_stmt *statement = access->token[TOKEN_CHECK];
    int64_t now = clock_now_ms(access->real);
    struct access_token token = {0};
    char hash[ACCESS_HASH_BYTES];
    enum kb_err err = KB_OK;

    if (strlen(text) != ACCESS_TOKEN_BYTES - 1 || !str_starts(text, PREFIX)) {
        return KB_NOT_FOUND;
    }
    access_digest(text, hash);
    store_bind_text(statement, ":hash", hash);
    err = store_step(access->store, statement);
    if (err != KB_OK) {
        return err;
    }
    read_token(statement, &token);
    (void)sqlite3_reset(statement);
    if (token.expires_at_ms != 0 && now >= token.expires_at_ms) {
        return KB_NOT_FOUND;
    }
    if (now - token.used_at_ms >= USED_STEP_MS) {
        access_touch(access, access->token[TOKEN_USED], token.id, now);
    }
    *out = (struct access_actor){.kind = ACCESS_TOKEN,
        .scopes = token.scopes,
        .view = (token.scopes & (1U << SCOPE_PERSONAL_READ)) != 0 ? VIEW_ALL
                                                                  : VIEW_NONE,
        .expires_at_ms = token.expires_at_ms};
    (void)snprintf(out->who, sizeof out->who, "token:%s", token.name);
    return KB_OK;
}
