// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_ACCESS_ACCESS_H
#define KABARI_ACCESS_ACCESS_H

#include "base/clock.h"
#include "base/err.h"
#include "config/config.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Who asks and what they may: people with passwords and sessions, systems with
 * tokens, and the record of who did and saw what. The store has hashes only:
 * argon2id of passwords, BLAKE2b of session and token secrets (32 random bytes
 * each, so that a plain hash is enough).
 *
 * Sessions and limits on wrong passwords run on real time, also in a rehearsal;
 * the audit on the gateway's clock.
 */

struct access;

/** All borrowed, and must outlive the room. */
struct access_rooms {
    struct store *store;
    const struct clock *clock; /* the gateway's */
    const struct clock *real;  /* the machine's; a test's own */
    const struct config *config;
};

KB_MUST_USE enum kb_err access_open(
    const struct access_rooms *rooms, struct access **out);
/** Ends the helper; what it still hashes is answered with KB_CLOSED. */
void access_close(struct access *access);

/** Ends what is over: sessions, unmaskings, the audit beyond
 *  retention.audit_days; some rows at a time. Once a minute is enough. */
KB_MUST_USE enum kb_err access_tick(struct access *access);

/* --- who asks ------------------------------------------------------------ */

enum access_role {
    ROLE_STAFF,
    ROLE_OPERATOR,
    ROLE_AUDITOR,
    ROLE_ADMIN,
    ROLE_COUNT
};

/** "staff" …; parse gives KB_INVALID for what is no role. */
const char *access_role_name(enum access_role role);
KB_MUST_USE enum kb_err access_role_parse(
    const char *text, enum access_role *out);

/** What a system's token is good for; each has a name such as
 *  "messages:send". */
enum access_scope {
    SCOPE_NONE, /* people only */
    SCOPE_STATUS_READ,
    SCOPE_MESSAGES_READ,
    SCOPE_MESSAGES_SEND,
    SCOPE_RESIDENTS_READ,
    SCOPE_RESIDENTS_WRITE,
    SCOPE_OFFICES_READ,
    SCOPE_OFFICES_WRITE,
    SCOPE_CAMPAIGNS_READ,
    SCOPE_CAMPAIGNS_WRITE,
    SCOPE_TEMPLATES_READ,
    SCOPE_INBOX_READ,
    SCOPE_INBOX_WRITE,
    SCOPE_MODEMS_READ,
    SCOPE_MODEMS_WRITE,
    SCOPE_EVENTS_READ,
    SCOPE_METRICS_READ,
    SCOPE_PERSONAL_READ, /* names, NIKs, phones and texts unmasked */
    SCOPE_COUNT
};

const char *access_scope_name(enum access_scope scope);
/** Reads "messages:send,status:read" as a set of bits 1 << scope. */
KB_MUST_USE enum kb_err access_scopes_parse(
    const char *text, uint32_t *out, struct why *why);

enum access_kind {
    ACCESS_NOBODY,  /* over TCP, without proof */
    ACCESS_LOCAL,   /* the control socket or this process: an admin */
    ACCESS_SESSION, /* a person in a browser */
    ACCESS_TOKEN    /* a system */
};

/** How much of people's data an asker sees. */
enum access_view {
    VIEW_NONE, /* initials; no NIK, no phone, no text */
    VIEW_WORK, /* names and texts; NIKs and phones masked */
    VIEW_ALL
};

#define ACCESS_NAME_BYTES      32
#define ACCESS_KECAMATAN_BYTES 256
#define ACCESS_WHO_BYTES       64
#define ACCESS_SECRET_BYTES    44 /* 32 bytes as base64url, and a NUL */

struct access_actor {
    enum access_kind kind;
    enum access_role role; /* of a session; of the control socket: admin */
    enum access_view view;
    uint32_t scopes;            /* of a token */
    int64_t user_id;            /* of a session; else 0 */
    int64_t session_id;         /* of a session; else 0 */
    int64_t expires_at_ms;      /* of a session: when it ends at the latest */
    char who[ACCESS_WHO_BYTES]; /* "maria", "token:name", "uid:0" */
    char lang[8];               /* "" : the site's */
    /** Staff's: codes with commas between; "" : the whole regency. */
    char kecamatan[ACCESS_KECAMATAN_BYTES];
    char csrf[ACCESS_SECRET_BYTES]; /* of a session */
    char address[64];               /* whence it came; "" : not over TCP */
};

/** The one who asks over the control socket, or in this process. */
struct access_actor access_local(const char *who);

/** True for staff who work for some kecamatan only. */
bool access_is_bounded(const struct access_actor *actor);
/** Whether that kecamatan is theirs; true for all who are not bounded. */
bool access_covers(const struct access_actor *actor, const char *kecamatan);
/** Their kecamatan as registry.h takes a reach, written to text; NULL for all
 *  who are not bounded. */
#define ACCESS_REACH_BYTES (ACCESS_KECAMATAN_BYTES + 2)
const char *access_reach(
    const struct access_actor *actor, char text[static ACCESS_REACH_BYTES]);

/* --- people -------------------------------------------------------------- */

struct access_user {
    int64_t id;
    char name[ACCESS_NAME_BYTES];
    enum access_role role;
    char kecamatan[ACCESS_KECAMATAN_BYTES];
    char lang[8];
    bool disabled;
    int64_t created_at_ms;
    int64_t seen_at_ms; /* 0: never */
    char password[128]; /* the hash; never shown */
};

/** KB_OK, KB_NOT_FOUND, KB_DB. */
KB_MUST_USE enum kb_err access_user_get(
    struct access *access, const char *name, struct access_user *out);
/** All by name; free(*out). */
KB_MUST_USE enum kb_err access_user_list(
    struct access *access, struct access_user **out, size_t *count);

/** Judges what a person wrote: name (1 to 31 of a-z 0-9 . _ -, a letter first)
 *  and password (10 to 200 bytes, not the name). KB_OK or KB_INVALID. */
KB_MUST_USE enum kb_err access_name_check(const char *name, struct why *why);
KB_MUST_USE enum kb_err access_password_check(
    const char *name, const char *password, struct why *why);

/** Stores a new user; user->password is the hash.
 *  KB_REFUSED where the name is taken. */
KB_MUST_USE enum kb_err access_user_add(
    struct access *access, const struct access_user *user);

/** Writes role, kecamatan, lang, disabled and password of user->id, and ends
 *  the user's sessions where they may now do something else. */
KB_MUST_USE enum kb_err access_user_set(
    struct access *access, const struct access_user *user);

/* --- passwords, off the loop ---------------------------------------------- */

/** A hash that is made or compared. result: KB_OK; KB_REFUSED where the
 *  password is another; KB_BUSY with too many waiting; KB_CLOSED.
 *  hash: of a new password; borrowed for the call. */
typedef void access_hash_fn(void *arg, enum kb_err result, const char *hash);

struct event_base;
/** Lets a helper thread hash, which tells the loop when it is done. Without
 *  this call hashing blocks, and fn is called before the call returns. */
KB_MUST_USE enum kb_err access_use_loop(
    struct access *access, struct event_base *base);

/** Hashes a new password (argon2id). */
void access_hash(
    struct access *access, const char *password, access_hash_fn *fn, void *arg);
/** Compares; hash NULL takes as long as any and gives KB_REFUSED. */
void access_verify(struct access *access, const char *password,
    const char *hash, access_hash_fn *fn, void *arg);

/** Whether a name and an address may try a password now, and if not, after how
 *  many seconds: 10 wrong ones per name, 30 per address in 15 minutes. */
int access_login_wait_s(
    struct access *access, const char *name, const char *address);
/** Counts a wrong password, or forgets the name's after a right one. */
void access_login_note(
    struct access *access, const char *name, const char *address, bool right);

/* --- sessions -------------------------------------------------------------- */

/** Opens a session.
 *  @param secret  what the cookie carries; nobody can read it again.
 *  @param out     who it is from now on. */
KB_MUST_USE enum kb_err access_session_new(struct access *access,
    const struct access_user *user, char secret[static ACCESS_SECRET_BYTES],
    struct access_actor *out);

/** Whose cookie that is, as they are now: KB_OK; KB_NOT_FOUND where it is none,
 *  is over (sessions.idle_min, sessions.max_h) or the user is disabled. */
KB_MUST_USE enum kb_err access_session_check(
    struct access *access, const char *secret, struct access_actor *out);
KB_MUST_USE enum kb_err access_session_end(
    struct access *access, int64_t session_id);

/** For 15 minutes this session sees that resident unmasked. */
KB_MUST_USE enum kb_err access_unmask(
    struct access *access, const struct access_actor *actor, int64_t resident);
/** How much the actor sees of that resident. */
enum access_view access_view_of(
    struct access *access, const struct access_actor *actor, int64_t resident);

/* --- tokens ---------------------------------------------------------------- */

struct access_token {
    int64_t id;
    char name[ACCESS_NAME_BYTES];
    uint32_t scopes;
    char created_by[ACCESS_WHO_BYTES];
    int64_t created_at_ms;
    int64_t expires_at_ms; /* 0: never */
    int64_t used_at_ms;    /* 0: never; kept to the minute */
    int64_t revoked_at_ms; /* 0: not */
};

#define ACCESS_TOKEN_BYTES (ACCESS_SECRET_BYTES + 4) /* "kbr_…" */

/** Makes a token. token->name, scopes, created_by, expires_at_ms are read.
 *  @param text  what the system sends; shown once, then nobody has it.
 *  KB_REFUSED where a token of that name is in use. */
KB_MUST_USE enum kb_err access_token_new(struct access *access,
    const struct access_token *token, char text[static ACCESS_TOKEN_BYTES]);
/** Also those that were revoked; by name; free(*out). */
KB_MUST_USE enum kb_err access_token_list(
    struct access *access, struct access_token **out, size_t *count);
/** KB_NOT_FOUND where none of that name is in use. */
KB_MUST_USE enum kb_err access_token_revoke(
    struct access *access, const char *name);
/** Whose token that is: KB_OK; KB_NOT_FOUND where it is none, is revoked or
 *  over; KB_DB. */
KB_MUST_USE enum kb_err access_token_check(
    struct access *access, const char *text, struct access_actor *out);

/* --- the audit ------------------------------------------------------------- */

/** One line: who did or saw what. Never a whole NIK, phone or text. */
struct access_deed {
    int64_t id;
    int64_t at_ms;
    char who[ACCESS_WHO_BYTES];
    char action[96];  /* "PATCH /api/v1/residents/{nik}" or "login" */
    char subject[96]; /* "r123", "LEMBOR", "rekam" */
    char detail[200]; /* a reason, what was changed */
    char address[64]; /* "" : not over TCP */
};

/** Adds a line in the turn's transaction; id and at_ms are set here. */
KB_MUST_USE enum kb_err access_note(
    struct access *access, const struct access_deed *deed);

struct access_search {
    const char *who;     /* NULL: everybody */
    const char *action;  /* words in what was done; NULL: whatever */
    const char *subject; /* words in what it was done to; NULL: whatever */
    int64_t since_ms;    /* 0: from the first on */
    int64_t until_ms;    /* before then; 0: up to now */
    int64_t from;        /* ids: from <= id < before */
    int64_t before;
    int limit; /* rows at most */
};
/** The newest id, 0 where there is none. */
KB_MUST_USE enum kb_err access_last_deed(struct access *access, int64_t *id);
/** Newest first. fn must not call this room. */
KB_MUST_USE enum kb_err access_deeds(struct access *access,
    const struct access_search *search,
    void (*fn)(void *arg, const struct access_deed *deed), void *arg);

#endif
