// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions, people, tokens. Passwords are hashed by access/'s helper: what
 * follows a hash stands in an on_…() of its own. */
#include "api/handlers.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

/* --- who it is ------------------------------------------------------- */

/** The codes as a list; null for the whole regency. */
static json_t *kecamatan_json(const char *codes)
{
    return *codes ? api_split_json(codes, ',') : json_null();
}

static json_t *session_json(
    const struct app *app, const struct access_actor *actor)
{
    const char *lang = actor->lang[0] ? actor->lang : app->config.site_language;
    return json_pack("{so ss so so so so}", "name", api_text_json(actor->who),
        "role", access_role_name(actor->role), "kecamatan",
        kecamatan_json(actor->kecamatan), "lang", api_text_json(lang), "csrf",
        api_text_or_null(actor->csrf), "expires",
        api_time_json(actor->expires_at_ms));
}

static enum kb_err session_get(struct api_call *call, struct why *why)
{
    if (call->actor->kind == ACCESS_TOKEN) {
        why_set(why, "a token has no session");
        return api_deny_right(call);
    }
    call->answer = session_json(call->app, call->actor);
    return KB_OK;
}

static enum kb_err session_delete(struct api_call *call, struct why *why)
{
    (void)why;
    call->session_over = true;
    return call->actor->kind == ACCESS_SESSION
               ? access_session_end(call->app->access, call->actor->session_id)
               : KB_OK;
}

/* --- logging in ------------------------------------------------------ */

struct login_in {
    const char *name;
    const char *password;
};

static const struct api_field login_fields[] = {
    API_FIELD("name", API_TEXT, login_in, name, .needed = true),
    API_FIELD("password", API_TEXT, login_in, password, .needed = true),
    {0},
};

/** Notes a login that failed or not. The name was typed by anybody: only a
 *  user's is written down, since people type passwords into the wrong field. */
static enum kb_err note_login(
    struct api_call *call, const char *action, const char *name)
{
    struct access_deed deed = {0};
    (void)snprintf(deed.action, sizeof(deed.action), "%s", action);
    (void)snprintf(deed.who, sizeof(deed.who), "%s", name);
    (void)snprintf(deed.subject, sizeof(deed.subject), "%s", name);
    (void)snprintf(deed.address, sizeof(deed.address), "%s", call->address);
    return access_note(call->app->access, &deed);
}

enum kb_err api_session_open(
    struct api_call *call, const struct access_user *user)
{
    enum kb_err err = access_session_new(
        call->app->access, user, call->session, &call->asker);
    if (err == KB_OK) {
        call->answer = session_json(call->app, &call->asker);
    }
    return err;
}

static enum kb_err open_session(
    struct api_call *call, const struct access_user *user)
{
    enum kb_err err = api_session_open(call, user);
    if (err == KB_OK) {
        err = note_login(call, "login", user->name);
    }
    if (err == KB_OK) {
        log_info("access: login who=%s role=%s", user->name,
            access_role_name(user->role));
    }
    return err;
}

/** One sentence for a wrong name, a wrong password and a disabled user. */
static enum kb_err wrong_login(
    struct api_call *call, const struct access_user *user, struct why *why)
{
    log_warn("access: a login failed address=%s",
        call->address[0] ? call->address : "-");
    if (note_login(call, "login failed", user->id != 0 ? user->name : "-") !=
        KB_OK) {
        log_warn("access: a failed login was not noted in the audit");
    }
    why_set(why, "name or password is wrong");
    return api_deny_login(call);
}

static void on_compared(void *arg, enum kb_err result, const char *hash)
{
    struct api_call *call = arg;
    const struct login_in *in = call->in;
    struct access_user *user = call->work;
    struct why why = {0};
    enum kb_err err = result;
    (void)hash;
    if (result == KB_OK || result == KB_REFUSED) {
        access_login_note(
            call->app->access, in->name, call->address, result == KB_OK);
        err = result == KB_OK ? open_session(call, user)
                              : wrong_login(call, user, &why);
    }
    call->waiting = true;
    api_call_done(call, err, &why);
}

enum kb_err api_login_wait(
    struct api_call *call, const char *name, struct why *why)
{
    int wait_s = access_login_wait_s(call->app->access, name, call->address);
    if (wait_s <= 0) {
        return KB_OK;
    }
    why_set(why, "too many wrong passwords; try again in %d minutes",
        (wait_s + 59) / 60);
    return api_deny_soon(call, wait_s);
}

static enum kb_err session_post(struct api_call *call, struct why *why)
{
    const struct login_in *in = call->in;
    struct access *access = call->app->access;
    struct access_user *user = mem_new(sizeof(*user));
    call->work = user;
    call->work_free = free;
    enum kb_err err = api_login_wait(call, in->name, why);
    if (err != KB_OK) {
        return err;
    }
    err = access_user_get(access, in->name, user);
    if (err != KB_OK && err != KB_NOT_FOUND) {
        return err;
    }
    bool known = err == KB_OK && !user->disabled;
    call->waiting = true;
    access_verify(
        access, in->password, known ? user->password : NULL, on_compared, call);
    return KB_OK;
}

/* --- people ---------------------------------------------------------- */

static json_t *user_json(const struct access_user *user)
{
    return json_pack("{so ss so so sb so so}", "name",
        api_text_json(user->name), "role", access_role_name(user->role),
        "kecamatan", kecamatan_json(user->kecamatan), "lang",
        api_text_or_null(user->lang), "disabled", user->disabled, "created",
        api_time_json(user->created_at_ms), "seen",
        api_time_json(user->seen_at_ms));
}

static enum kb_err user_list(struct api_call *call, struct why *why)
{
    struct access_user *users = NULL;
    size_t count = 0;
    (void)why;
    enum kb_err err = access_user_list(call->app->access, &users, &count);
    if (err != KB_OK) {
        return err;
    }
    call->answer = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(call->answer, user_json(&users[i]));
    }
    free(users);
    return KB_OK;
}

struct user_in {
    const char *name;
    const char *password;
    const char *role;
    struct api_texts kecamatan;
    const char *lang;
    bool disabled;
};

static const struct api_field user_add_fields[] = {
    API_FIELD("name", API_TEXT, user_in, name, .needed = true),
    API_FIELD("password", API_TEXT, user_in, password, .needed = true),
    API_FIELD("role", API_TEXT, user_in, role, .needed = true),
    API_FIELD("kecamatan", API_TEXTS, user_in, kecamatan, .most = 60),
    API_FIELD("lang", API_TEXT, user_in, lang, .most = 3),
    {0},
};

static const struct api_field user_set_fields[] = {
    API_FIELD("password", API_TEXT, user_in, password, .needed = false),
    API_FIELD("role", API_TEXT, user_in, role, .needed = false),
    API_FIELD("kecamatan", API_TEXTS, user_in, kecamatan, .most = 60),
    API_FIELD("lang", API_TEXT, user_in, lang, .most = 3),
    API_FIELD("disabled", API_BOOL, user_in, disabled, .needed = false),
    {0},
};

static enum kb_err read_role(
    const char *text, struct access_user *user, struct why *why)
{
    if (access_role_parse(text, &user->role) == KB_OK) {
        return KB_OK;
    }
    why_field(why, "role");
    why_set(why, "role must be staff, operator, auditor or admin");
    return KB_INVALID;
}

/** Names or codes of kecamatan as codes with commas between. */
static enum kb_err read_kecamatan(struct api_call *call,
    const struct api_texts *texts, struct access_user *user, struct why *why)
{
    struct buf codes = {0};
    enum kb_err err = KB_OK;
    why_field(why, "kecamatan");
    for (size_t i = 0; err == KB_OK && i < texts->count; i++) {
        char code[16] = "";
        err =
            registry_kecamatan_named(call->app->registry, texts->item[i], code);
        if (err == KB_NOT_FOUND) {
            why_set(why, "there is no kecamatan %.60s", texts->item[i]);
            err = KB_INVALID;
        }
        buf_printf(&codes, "%s%s", i > 0 ? "," : "", code);
    }
    if (err == KB_OK && str_copy(user->kecamatan, sizeof(user->kecamatan),
                            buf_text(&codes)) != KB_OK) {
        why_set(why, "these are too many kecamatan");
        err = KB_INVALID;
    }
    buf_clear(&codes);
    if (err == KB_OK) {
        why_field(why, "");
    }
    return err;
}

/** What stands in the request goes into the user; the rest stays. */
static enum kb_err read_user(
    struct api_call *call, struct access_user *user, struct why *why)
{
    const struct user_in *in = call->in;
    enum kb_err err = in->role ? read_role(in->role, user, why) : KB_OK;
    if (err == KB_OK && json_object_get(call->body, "kecamatan")) {
        err = read_kecamatan(call, &in->kecamatan, user, why);
    }
    if (err == KB_OK && in->lang) {
        err = str_copy(user->lang, sizeof(user->lang), in->lang);
    }
    if (err == KB_OK && json_object_get(call->body, "disabled")) {
        user->disabled = in->disabled;
    }
    if (err == KB_OK && user->kecamatan[0] && user->role != ROLE_STAFF) {
        why_field(why, "kecamatan");
        why_set(why, "only staff are of some kecamatan; leave it out");
        return KB_INVALID;
    }
    return err;
}

static enum kb_err write_user(
    struct api_call *call, struct access_user *user, struct why *why)
{
    struct access *access = call->app->access;
    enum kb_err err = user->id == 0 ? access_user_add(access, user)
                                    : access_user_set(access, user);
    if (err == KB_REFUSED) {
        why_field(why, "name");
        why_set(why, "there is a user %s already", user->name);
    }
    if (err == KB_OK) {
        err = access_user_get(access, user->name, user);
    }
    if (err == KB_OK) {
        call->answer = user_json(user);
    }
    return err;
}

/** Writes down what was changed, but no password. */
static void describe(struct api_call *call, const struct access_user *user)
{
    const struct user_in *in = call->in;
    (void)snprintf(call->subject, sizeof(call->subject), "%s", user->name);
    (void)snprintf(call->detail, sizeof(call->detail), "role=%s%s%.120s%s%s",
        access_role_name(user->role), user->kecamatan[0] ? " kecamatan=" : "",
        user->kecamatan, in->password ? " password" : "",
        user->disabled ? " disabled" : "");
}

static void on_hashed(void *arg, enum kb_err result, const char *hash)
{
    struct api_call *call = arg;
    struct access_user *user = call->work;
    struct why why = {0};
    enum kb_err err = result;
    if (err == KB_OK) {
        err = str_copy(user->password, sizeof(user->password), hash);
    }
    if (err == KB_OK) {
        describe(call, user);
        err = write_user(call, user, &why);
    }
    call->waiting = true;
    api_call_done(call, err, &why);
}

/** Hashes what there is to hash, then writes. */
static enum kb_err hash_and_write(
    struct api_call *call, struct access_user *user, struct why *why)
{
    const struct user_in *in = call->in;
    if (!in->password) {
        describe(call, user);
        return write_user(call, user, why);
    }
    enum kb_err err = access_password_check(user->name, in->password, why);
    if (err == KB_OK) {
        call->waiting = true;
        access_hash(call->app->access, in->password, on_hashed, call);
    }
    return err;
}

static enum kb_err user_post(struct api_call *call, struct why *why)
{
    const struct user_in *in = call->in;
    struct access_user *user = mem_new(sizeof(*user));
    call->work = user;
    call->work_free = free;
    enum kb_err err = access_name_check(in->name, why);
    if (err == KB_OK) {
        err = str_copy(user->name, sizeof(user->name), in->name);
    }
    if (err == KB_OK) {
        err = read_user(call, user, why);
    }
    return err == KB_OK ? hash_and_write(call, user, why) : err;
}

static enum kb_err user_patch(struct api_call *call, struct why *why)
{
    struct access_user *user = mem_new(sizeof(*user));
    call->work = user;
    call->work_free = free;
    enum kb_err err = access_user_get(call->app->access, call->param, user);
    if (err == KB_NOT_FOUND) {
        why_set(why, "there is no user %s; see kabari user list", call->param);
    }
    if (err == KB_OK) {
        err = read_user(call, user, why);
    }
    return err == KB_OK ? hash_and_write(call, user, why) : err;
}

/* --- tokens ---------------------------------------------------------- */

static json_t *token_json(const struct access_token *token)
{
    json_t *scopes = json_array();
    for (unsigned scope = 1; scope < SCOPE_COUNT; scope++) {
        if ((token->scopes & (1U << scope)) != 0) {
            json_array_append_new(scopes,
                json_string(access_scope_name((enum access_scope)scope)));
        }
    }
    return json_pack("{so so so so so so so}", "name",
        api_text_json(token->name), "scopes", scopes, "created",
        api_time_json(token->created_at_ms), "created_by",
        api_text_json(token->created_by), "expires",
        api_time_json(token->expires_at_ms), "used",
        api_time_json(token->used_at_ms), "revoked",
        api_time_json(token->revoked_at_ms));
}

static enum kb_err token_list(struct api_call *call, struct why *why)
{
    struct access_token *tokens = NULL;
    size_t count = 0;
    (void)why;
    enum kb_err err = access_token_list(call->app->access, &tokens, &count);
    if (err != KB_OK) {
        return err;
    }
    call->answer = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(call->answer, token_json(&tokens[i]));
    }
    free(tokens);
    return KB_OK;
}

struct token_in {
    const char *name;
    struct api_texts scopes;
    int64_t expires;
};

static const struct api_field token_fields[] = {
    API_FIELD("name", API_TEXT, token_in, name, .needed = true),
    API_FIELD("scope", API_TEXTS, token_in, scopes, .most = 400),
    API_FIELD("expires", API_TIME, token_in, expires, .needed = false),
    {0},
};

static enum kb_err read_token(
    struct api_call *call, struct access_token *token, struct why *why)
{
    const struct token_in *in = call->in;
    struct buf scopes = {0};
    enum kb_err err = access_name_check(in->name, why);
    for (size_t i = 0; i < in->scopes.count; i++) {
        buf_printf(&scopes, "%s%s", i > 0 ? "," : "", in->scopes.item[i]);
    }
    if (err == KB_OK) {
        err = access_scopes_parse(buf_text(&scopes), &token->scopes, why);
    }
    if (err == KB_OK && in->expires != 0 &&
        in->expires <= clock_now_ms(&call->app->real)) {
        why_field(why, "expires");
        why_set(why, "expires must lie ahead");
        err = KB_INVALID;
    }
    if (err == KB_OK) {
        err = str_copy(token->name, sizeof(token->name), in->name);
    }
    (void)snprintf(
        call->detail, sizeof(call->detail), "scopes=%.150s", buf_text(&scopes));
    (void)snprintf(call->subject, sizeof(call->subject), "%s", token->name);
    (void)snprintf(
        token->created_by, sizeof(token->created_by), "%s", call->actor->who);
    token->expires_at_ms = in->expires;
    buf_clear(&scopes);
    return err;
}

static enum kb_err token_post(struct api_call *call, struct why *why)
{
    struct access_token token = {0};
    char text[ACCESS_TOKEN_BYTES] = "";
    enum kb_err err = read_token(call, &token, why);
    if (err == KB_OK) {
        err = access_token_new(call->app->access, &token, text);
    }
    if (err == KB_REFUSED) {
        why_field(why, "name");
        why_set(
            why, "there is a token %s already; revoke it first", token.name);
    }
    if (err == KB_OK) {
        token.created_at_ms = clock_now_ms(&call->app->real);
        call->answer = token_json(&token);
        json_object_set_new(call->answer, "token", json_string(text));
        call->view = VIEW_ALL; /* no digits of it may be masked */
    }
    return err;
}

static enum kb_err token_delete(struct api_call *call, struct why *why)
{
    enum kb_err err = access_token_revoke(call->app->access, call->param);
    if (err == KB_NOT_FOUND) {
        why_set(
            why, "no token %s is in use; see kabari token list", call->param);
    }
    if (err == KB_OK) {
        call->answer = json_pack("{sb}", "revoked", 1);
    }
    return err;
}

const struct api_route api_access_routes[] = {
    {"POST",                              "/api/v1/session", session_post,
     API_TAKES | API_QUIET | API_UNKEPT, 201, .fields = login_fields,
     .in_bytes = sizeof(struct login_in), .most_bytes = (size_t)4 * 1024,
     .help = "log in"},
    {"GET",                       "/api/v1/session", session_get, .help = "who is logged in"},
    {"DELETE",                                "/api/v1/session", session_delete, API_CHANGE, 204,
     .help = "log out"},
    {"GET", "/api/v1/users", user_list, .help = "all people"},
    {"POST",                    "/api/v1/users", user_post, API_TAKES | API_UNKEPT, 201,
     .fields = user_add_fields, .in_bytes = sizeof(struct user_in),
     .help = "a new person"},
    {"PATCH",                               "/api/v1/users/{name}", user_patch, API_TAKES | API_UNKEPT,
     .fields = user_set_fields, .in_bytes = sizeof(struct user_in),
     .help = "change password, role or kecamatan, or disable"},
    {"GET",                        "/api/v1/tokens", token_list, .help = "all tokens of systems"},
    {"POST",                                   "/api/v1/tokens", token_post, API_CHANGE | API_UNKEPT, 201,
     .fields = token_fields, .in_bytes = sizeof(struct token_in),
     .help = "a new token, shown once"},
    {"DELETE","/api/v1/tokens/{name}", token_delete, API_CHANGE,
     .help = "revoke a token"},
    {0                        },
};
