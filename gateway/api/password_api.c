// SPDX-License-Identifier: GPL-2.0-or-later
/* A password of one's own. The old one is asked for again, since a session may
 * stand open on somebody's desk; all sessions end, and whoever changed it goes
 * on in a new one. */
#include "api/handlers.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <sodium.h>
#include <stdlib.h>

struct password_in {
    const char *old;
    const char *password;
};

static const struct api_field password_fields[] = {
    API_FIELD("old", API_TEXT, password_in, old, .needed = true),
    API_FIELD("password", API_TEXT, password_in, password, .needed = true),
    {0},
};

static void user_free(void *work)
{
    sodium_memzero(work, sizeof(struct access_user));
    free(work);
}

/** Ends all sessions, opens one for this browser, and writes it down. */
static enum kb_err write_password(
    struct api_call *call, struct access_user *user)
{
    enum kb_err err = access_user_set(call->app->access, user);
    if (err == KB_OK) {
        err = api_session_open(call, user);
    }
    if (err == KB_OK) {
        (void)snprintf(call->subject, sizeof(call->subject), "%s", user->name);
        (void)snprintf(call->detail, sizeof(call->detail), "own password");
        log_info("access: a password was changed who=%s", user->name);
    }
    return err;
}

static void on_new_hashed(void *arg, enum kb_err result, const char *hash)
{
    struct api_call *call = arg;
    struct access_user *user = call->work;
    struct why why = {0};
    enum kb_err err = result;
    if (err == KB_OK) {
        err = str_copy(user->password, sizeof(user->password), hash);
    }
    if (err == KB_OK) {
        err = write_password(call, user);
    }
    api_call_done(call, err, &why);
}

static void on_old_compared(void *arg, enum kb_err result, const char *hash)
{
    struct api_call *call = arg;
    const struct password_in *in = call->in;
    const struct access_user *user = call->work;
    struct why why = {0};
    (void)hash;
    if (result == KB_OK || result == KB_REFUSED) {
        access_login_note(
            call->app->access, user->name, call->address, result == KB_OK);
    }
    if (result == KB_OK) {
        access_hash(call->app->access, in->password, on_new_hashed, call);
        return;
    }
    if (result == KB_REFUSED) {
        why_field(&why, "old");
        why_set(&why,
            "that is not your password; write the one that you log in with");
        result = KB_INVALID;
    }
    api_call_done(call, result, &why);
}

static enum kb_err check_asker(struct api_call *call, struct why *why)
{
    if (call->actor->kind != ACCESS_SESSION) {
        why_set(why, "only who has logged in has a password of their own here; "
                     "on this machine: kabari user passwd NAME");
        return KB_REFUSED;
    }
    /* Who has taken over a session must not try out passwords either. */
    return api_login_wait(call, call->actor->who, why);
}

static enum kb_err password_post(struct api_call *call, struct why *why)
{
    const struct password_in *in = call->in;
    struct access *access = call->app->access;
    struct access_user *user = mem_new(sizeof(*user));
    call->work = user; /* between the two hashes */
    call->work_free = user_free;
    enum kb_err err = check_asker(call, why);
    if (err == KB_OK) {
        err = access_password_check(call->actor->who, in->password, why);
    }
    if (err == KB_OK) {
        err = access_user_get(access, call->actor->who, user);
    }
    if (err == KB_OK) {
        call->waiting = true;
        access_verify(access, in->old, user->password, on_old_compared, call);
    }
    return err;
}

const struct api_route api_password_routes[] = {
    {"POST",         "/api/v1/session/password", password_post, API_TAKES | API_UNKEPT,
     .fields = password_fields, .in_bytes = sizeof(struct password_in),
     .most_bytes = (size_t)4 * 1024, .help = "change one's own password"},
    {0},
};
