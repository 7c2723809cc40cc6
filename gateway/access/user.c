// SPDX-License-Identifier: GPL-2.0-or-later
/* People: names, roles, hashed passwords. */
#include "access/access_internal.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#define PASSWORD_LEAST 10
#define PASSWORD_MOST  200

#define USER_COLUMNS                                                           \
    "id, name, role, kecamatan, lang, disabled, created_at_ms, seen_at_ms, "   \
    "password"

static const char *const statements[USER_SQL_COUNT] = {
    [USER_GET] = "SELECT " USER_COLUMNS " FROM user WHERE name = :name",
    [USER_LIST] = "SELECT " USER_COLUMNS " FROM user ORDER BY name",
    [USER_ADD] =
        "INSERT INTO user (name, role, kecamatan, lang, password, disabled,"
        " created_at_ms) VALUES (:name, :role, :kecamatan, :lang, :password,"
        " :disabled, :now)",
    [USER_SET] =
        ("UPDATE user SET role = :role, kecamatan = :kecamatan, lang = :lang,"
         " disabled = :disabled, password = :password WHERE id = :id"),
    [USER_SEEN] = "UPDATE user SET seen_at_ms = :at WHERE id = :id",
};

enum kb_err access_users_open(struct access *access)
{
    enum kb_err err = KB_OK;

    for (size_t i = 0; err == KB_OK && i < USER_SQL_COUNT; i++) {
        err = store_prepare(access->store, statements[i], &access->user[i]);
    }
    return err;
}

static void read_user(sqlite3_stmt *row, struct access_user *out)
{
    *out = (struct access_user){.id = sqlite3_column_int64(row, 0),
        .disabled = sqlite3_column_int(row, 5) != 0,
        .created_at_ms = sqlite3_column_int64(row, 6),
        .seen_at_ms = sqlite3_column_int64(row, 7)};
    access_column(row, 1, out->name, sizeof out->name);
    /* The table has no other role; were there one, it may least. */
    if (access_role_parse(store_column_text(row, 2), &out->role) != KB_OK) {
        out->disabled = true;
    }
    access_column(row, 3, out->kecamatan, sizeof out->kecamatan);
    access_column(row, 4, out->lang, sizeof out->lang);
    access_column(row, 8, out->password, sizeof out->password);
}

enum kb_err access_user_get(
    struct access *access, const char *name, struct access_user *out)
{
    sqlite3_stmt *statement = access->user[USER_GET];
    enum kb_err err = KB_OK;

    store_bind_text(statement, ":name", name);
    err = store_step(access->store, statement);
    if (err == KB_OK) {
        read_user(statement, out);
        (void)sqlite3_reset(statement);
    }
    return err;
}

enum kb_err access_user_list(
    struct access *access, struct access_user **out, size_t *count)
{
    sqlite3_stmt *statement = access->user[USER_LIST];
    enum kb_err err = KB_OK;

    *out = NULL;
    *count = 0;
    while ((err = store_step(access->store, statement)) == KB_OK) {
        *out = mem_resize(*out, *count + 1, sizeof **out);
        read_user(statement, &(*out)[(*count)++]);
    }
    if (err != KB_NOT_FOUND) {
        free(*out);
        *out = NULL;
        return err;
    }
    return KB_OK;
}

enum kb_err access_name_check(const char *name, struct why *why)
{
    static const char others[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t bytes = strlen(name);

    if (name[0] >= 'a' && name[0] <= 'z' && bytes < ACCESS_NAME_BYTES &&
        strspn(name, others) == bytes) {
        return KB_OK;
    }
    why_field(why, "name");
    why_set(why, "a name has 1 to %d of a-z, 0-9, . _ and -, a letter first",
        ACCESS_NAME_BYTES - 1);
    return KB_INVALID;
}

enum kb_err access_password_check(
    const char *name, const char *password, struct why *why)
{
    size_t bytes = strlen(password);

    why_field(why, "password");
    if (bytes < PASSWORD_LEAST || bytes > PASSWORD_MOST) {
        why_set(why,
            "a password has %d to %d bytes; some words in a row are "
            "good",
            PASSWORD_LEAST, PASSWORD_MOST);
        return KB_INVALID;
    }
    if (str_same(name, password)) {
        why_set(why, "the password must not be the name");
        return KB_INVALID;
    }
    why_field(why, "");
    return KB_OK;
}

/** What both statements write. */
static void bind_user(sqlite3_stmt *statement, const struct access_user *user)
{
    store_bind_text(statement, ":role", access_role_name(user->role));
    store_bind_text(statement, ":kecamatan", user->kecamatan);
    store_bind_text(statement, ":lang", user->lang);
    store_bind_int(statement, ":disabled", user->disabled ? 1 : 0);
    store_bind_text(statement, ":password", user->password);
}

enum kb_err access_user_add(
    struct access *access, const struct access_user *user)
{
    sqlite3_stmt *statement = access->user[USER_ADD];
    enum kb_err err = store_op_begin(access->store);

    if (err != KB_OK) {
        return err;
    }
    bind_user(statement, user);
    store_bind_text(statement, ":name", user->name);
    store_bind_int(statement, ":now", clock_now_ms(access->clock));
    return store_op_end(access->store, store_run(access->store, statement));
}

enum kb_err access_user_set(
    struct access *access, const struct access_user *user)
{
    sqlite3_stmt *statement = access->user[USER_SET];
    enum kb_err err = store_op_begin(access->store);

    if (err != KB_OK) {
        return err;
    }
    bind_user(statement, user);
    store_bind_int(statement, ":id", user->id);
    err = store_run(access->store, statement);
    if (err == KB_OK) {
        err = access_sessions_end_of(access, user->id);
    }
    return store_op_end(access->store, err);
}

enum kb_err access_user_seen(
    struct access *access, int64_t user_id, int64_t at_ms)
{
    sqlite3_stmt *statement = access->user[USER_SEEN];

    store_bind_int(statement, ":id", user_id);
    store_bind_int(statement, ":at", at_ms);
    return store_run(access->store, statement);
}
