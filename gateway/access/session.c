// SPDX-License-Identifier: GPL-2.0-or-later
/* Who is logged in, and whose data they see in full. */
#include "access/access_internal.h"
#include "base/log.h"
#include "base/str.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define MINUTE_MS    ((int64_t)60 * 1000)
#define SEEN_STEP_MS MINUTE_MS /* so often is written that somebody is here */
#define UNMASK_MS    (15 * MINUTE_MS)

static const char *const statements[SESSION_SQL_COUNT] = {
    [SESSION_ADD] =
        "INSERT INTO session (hash, user_id, created_at_ms, seen_at_ms)"
        " VALUES (:hash, :user, :now, :now)",
    [SESSION_CHECK] =
        "SELECT s.id, s.created_at_ms, s.seen_at_ms, u.id, u.name, u.role,"
        " u.kecamatan, u.lang FROM session AS s JOIN user AS u"
        " ON u.id = s.user_id WHERE s.hash = :hash AND u.disabled = 0",
    [SESSION_SEEN] = "UPDATE session SET seen_at_ms = :now WHERE id = :id",
    [SESSION_END] = "DELETE FROM session WHERE id = :id",
    [SESSION_END_OF] = "DELETE FROM session WHERE user_id = :user",
    [SESSION_OLD] = "DELETE FROM session WHERE seen_at_ms < :idle OR"
                    " created_at_ms < :oldest",
    [SESSION_UNMASK] =
        "INSERT INTO unmasked (session_id, resident_id, until_ms) VALUES"
        " (:session, :resident, :until) ON CONFLICT (session_id, resident_id)"
        " DO UPDATE SET until_ms = excluded.until_ms",
    [SESSION_UNMASKED] =
        "SELECT 1 FROM unmasked WHERE session_id = :session AND"
        " resident_id = :resident AND until_ms > :now",
};

enum kb_err access_sessions_open(struct access *access)
{
    enum kb_err err = KB_OK;

    for (size_t i = 0; err == KB_OK && i < SESSION_SQL_COUNT; i++) {
        err = store_prepare(access->store, statements[i], &access->session[i]);
    }
    return err;
}

static int64_t idle_ms(const struct access *access)
{
    return access->config->session_idle_min * MINUTE_MS;
}

static int64_t most_ms(const struct access *access)
{
    return (int64_t)access->config->session_max_h * 60 * MINUTE_MS;
}

/** From the cookie alone, so that the store need not keep it: whoever has the
 *  one has the other, and nobody else. */
static void derive_csrf(
    const char *secret, char out[static ACCESS_SECRET_BYTES])
{
    static const char purpose[] = "kabari csrf";
    unsigned char mac[32];

    (void)crypto_generichash(mac, sizeof mac, (const unsigned char *)purpose,
        sizeof purpose - 1, (const unsigned char *)secret, strlen(secret));
    (void)sodium_bin2base64(out, ACCESS_SECRET_BYTES, mac, sizeof mac,
        sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/** Copies what fits by construction: the sources are no longer. */
static void put(char *out, size_t out_bytes, const char *text)
{
    if (str_copy(out, out_bytes, text) != KB_OK) {
        log_error("access: a name is longer than it can be");
    }
}

/* Admins too work with masked numbers in a browser: a screen is seen by more
   eyes than one. */
static enum access_view view_of_role(enum access_role role)
{
    return role == ROLE_AUDITOR ? VIEW_NONE : VIEW_WORK;
}

enum kb_err access_session_new(struct access *access,
    const struct access_user *user, char secret[static ACCESS_SECRET_BYTES],
    struct access_actor *out)
{
    sqlite3_stmt *statement = access->session[SESSION_ADD];
    int64_t now = clock_now_ms(access->real);
    char hash[ACCESS_HASH_BYTES];
    enum kb_err err = store_op_begin(access->store);

    if (err != KB_OK) {
        return err;
    }
    access_random(secret);
    access_digest(secret, hash);
    store_bind_text(statement, ":hash", hash);
    store_bind_int(statement, ":user", user->id);
    store_bind_int(statement, ":now", now);
    err = store_run(access->store, statement);
    *out = (struct access_actor){.kind = ACCESS_SESSION,
        .role = user->role,
        .view = view_of_role(user->role),
        .user_id = user->id,
        .session_id = sqlite3_last_insert_rowid(store_db(access->store)),
        .expires_at_ms = now + most_ms(access)};
    put(out->who, sizeof out->who, user->name);
    put(out->lang, sizeof out->lang, user->lang);
    put(out->kecamatan, sizeof out->kecamatan, user->kecamatan);
    derive_csrf(secret, out->csrf);
    if (err == KB_OK) {
        err = access_user_seen(access, user->id, clock_now_ms(access->clock));
    }
    return store_op_end(access->store, err);
}

static void read_session(
    struct access *access, sqlite3_stmt *row, struct access_actor *out)
{
    *out = (struct access_actor){.kind = ACCESS_SESSION,
        .session_id = sqlite3_column_int64(row, 0),
        .user_id = sqlite3_column_int64(row, 3),
        .expires_at_ms = sqlite3_column_int64(row, 1) + most_ms(access)};
    access_column(row, 4, out->who, sizeof out->who);
    if (access_role_parse(store_column_text(row, 5), &out->role) != KB_OK) {
        out->kind = ACCESS_NOBODY;
    }
    access_column(row, 6, out->kecamatan, sizeof out->kecamatan);
    access_column(row, 7, out->lang, sizeof out->lang);
    out->view = view_of_role(out->role);
}

enum kb_err access_session_check(
    struct access *access, const char *secret, struct access_actor *out)
{
    sqlite3_stmt *statement = access->session[SESSION_CHECK];
    int64_t now = clock_now_ms(access->real);
    int64_t seen = 0;
    char hash[ACCESS_HASH_BYTES];
    enum kb_err err = KB_OK;

    if (strlen(secret) != ACCESS_SECRET_BYTES - 1) {
        return KB_NOT_FOUND;
    }
    access_digest(secret, hash);
    store_bind_text(statement, ":hash", hash);
    err = store_step(access->store, statement);
    if (err != KB_OK) {
        return err;
    }
    read_session(access, statement, out);
    seen = sqlite3_column_int64(statement, 2);
    (void)sqlite3_reset(statement);
    if (out->kind == ACCESS_NOBODY || now >= seen + idle_ms(access) ||
        now >= out->expires_at_ms) {
        return KB_NOT_FOUND;
    }
    derive_csrf(secret, out->csrf);
    if (now - seen >= SEEN_STEP_MS) {
        access_touch(
            access, access->session[SESSION_SEEN], out->session_id, now);
    }
    return KB_OK;
}

enum kb_err access_session_end(struct access *access, int64_t session_id)
{
    sqlite3_stmt *statement = access->session[SESSION_END];
    enum kb_err err = store_op_begin_record(access->store);

    if (err != KB_OK) {
        return err;
    }
    store_bind_int(statement, ":id", session_id);
    err = store_run(access->store, statement);
    return store_op_end(access->store, err == KB_NOT_FOUND ? KB_OK : err);
}

enum kb_err access_sessions_end_of(struct access *access, int64_t user_id)
{
    sqlite3_stmt *statement = access->session[SESSION_END_OF];
    enum kb_err err = KB_OK;

    store_bind_int(statement, ":user", user_id);
    err = store_run(access->store, statement);
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err access_sessions_tick(struct access *access)
{
    sqlite3_stmt *statement = access->session[SESSION_OLD];
    int64_t now = clock_now_ms(access->real);
    enum kb_err err = KB_OK;

    store_bind_int(statement, ":idle", now - idle_ms(access));
    store_bind_int(statement, ":oldest", now - most_ms(access));
    err = store_run(access->store, statement);
    return err == KB_NOT_FOUND ? KB_OK : err;
}

/* --- unmasking ---------------------------------------------------------------- */

enum kb_err access_unmask(
    struct access *access, const struct access_actor *actor, int64_t resident)
{
    sqlite3_stmt *statement = access->session[SESSION_UNMASK];
    enum kb_err err = KB_OK;

    if (actor->kind != ACCESS_SESSION) {
        return KB_OK; /* what others see does not change */
    }
    err = store_op_begin(access->store);
    if (err != KB_OK) {
        return err;
    }
    store_bind_int(statement, ":session", actor->session_id);
    store_bind_int(statement, ":resident", resident);
    store_bind_int(statement, ":until", clock_now_ms(access->real) + UNMASK_MS);
    return store_op_end(access->store, store_run(access->store, statement));
}

enum access_view access_view_of(
    struct access *access, const struct access_actor *actor, int64_t resident)
{
    sqlite3_stmt *statement = access->session[SESSION_UNMASKED];
    enum kb_err err = KB_OK;

    if (actor->kind != ACCESS_SESSION || actor->view == VIEW_ALL) {
        return actor->view;
    }
    store_bind_int(statement, ":session", actor->session_id);
    store_bind_int(statement, ":resident", resident);
    store_bind_int(statement, ":now", clock_now_ms(access->real));
    err = store_step(access->store, statement);
    (void)sqlite3_reset(statement);
    return err == KB_OK ? VIEW_ALL : actor->view;
}
