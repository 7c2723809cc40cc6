// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_ACCESS_INTERNAL_H
#define KABARI_ACCESS_INTERNAL_H

#include "access/access.h"

#include <sqlite3.h>

/* Each file keeps its SQL beside its binds, in the order of its enum. */
enum user_sql {
    USER_GET,
    USER_LIST,
    USER_ADD,
    USER_SET,
    USER_SEEN,
    USER_SQL_COUNT
};

enum session_sql {
    SESSION_ADD,
    SESSION_CHECK,
    SESSION_SEEN,
    SESSION_END,
    SESSION_END_OF,
    SESSION_OLD,
    SESSION_UNMASK,
    SESSION_UNMASKED,
    SESSION_SQL_COUNT
};

enum token_sql {
    TOKEN_ADD,
    TOKEN_LIST,
    TOKEN_REVOKE,
    TOKEN_CHECK,
    TOKEN_USED,
    TOKEN_SQL_COUNT
};

enum audit_sql {
    AUDIT_ADD,
    AUDIT_ALL,
    AUDIT_OF,
    AUDIT_OLD,
    AUDIT_LAST,
    AUDIT_SQL_COUNT
};

struct access_limits;
struct access_helper;

struct access {
    struct store *store;
    const struct clock *clock;
    const struct clock *real;
    const struct config *config;
    struct access_limits *limits;
    struct access_helper *helper; /* NULL: hashing blocks */
    sqlite3_stmt *user[USER_SQL_COUNT];
    sqlite3_stmt *session[SESSION_SQL_COUNT];
    sqlite3_stmt *token[TOKEN_SQL_COUNT];
    sqlite3_stmt *audit[AUDIT_SQL_COUNT];
};

KB_MUST_USE enum kb_err access_users_open(struct access *access);
KB_MUST_USE enum kb_err access_sessions_open(struct access *access);
KB_MUST_USE enum kb_err access_tokens_open(struct access *access);
KB_MUST_USE enum kb_err access_audit_open(struct access *access);

/** Clean-ups of access_tick(). */
KB_MUST_USE enum kb_err access_sessions_tick(struct access *access);
KB_MUST_USE enum kb_err access_audit_tick(struct access *access);
/** Ends all sessions of a user. */
KB_MUST_USE enum kb_err access_sessions_end_of(
    struct access *access, int64_t user_id);
/** Notes that a user was here. */
KB_MUST_USE enum kb_err access_user_seen(
    struct access *access, int64_t user_id, int64_t at_ms);

struct access_limits *access_limits_new(void);
void access_limits_free(struct access_limits *limits);

void access_helper_free(struct access_helper *helper);

#define ACCESS_HASH_BYTES 65 /* BLAKE2b-256 as hex, and a NUL */

/** The hash that the store has of a secret. */
void access_digest(const char *secret, char out[static ACCESS_HASH_BYTES]);
/** 32 random bytes as base64url. */
void access_random(char out[static ACCESS_SECRET_BYTES]);

/** Copies a column that was stored with a bound on its length. */
void access_column(
    sqlite3_stmt *statement, int column, char *out, size_t out_bytes);

/** Notes the last use of a session or token, now and then; where the store is
 *  busy the next request does it. */
void access_touch(
    struct access *access, sqlite3_stmt *statement, int64_t id, int64_t now);

/** The scopes as text, with commas; free(). */
char *access_scopes_text(uint32_t set);

#endif
