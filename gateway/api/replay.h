// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_API_REPLAY_H
#define KABARI_API_REPLAY_H

#include "api/api.h"
#include "base/buf.h"
#include "store/store.h"

/*
 * Idempotency-Key: whoever is not sure that a POST arrived sends it again with
 * the same key, and gets the answer of the first, for 24 hours. The answer is
 * kept in the operation that brought the effect about, so that the two are on
 * disk together or not at all. What takes several commits, or happens outside
 * the store, claims its key before: after a crash in between nobody knows how
 * far it came, and it is not done again. Keys are kept as hashes, by asker.
 */

struct replay;

#define REPLAY_KEY_MOST 255 /* bytes of a key */
#define REPLAY_HEX      65
#define REPLAY_CLAIMED  0 /* status of a key whose answer is not there yet */

/** What tells one request from another: "" where it carries no key. */
struct replay_mark {
    char key[REPLAY_HEX];     /* asker and key */
    char request[REPLAY_HEX]; /* method, path, query and body */
};

/** An answer as it was given; free with replay_answer_clear(). */
struct replay_answer {
    char request[REPLAY_HEX];
    int status;
    char content_type[64];
    struct buf text;
};

KB_MUST_USE enum kb_err replay_open(struct store *store, struct replay **out);
void replay_close(struct replay *replay);

/** Reads the key of a request. KB_OK, also without one; KB_INVALID for a key
 *  that is empty, too long or holds anything but visible ASCII. */
KB_MUST_USE enum kb_err replay_mark_of(const struct api_request *request,
    struct replay_mark *out, struct why *why);

/** The answer kept under a key. KB_OK, KB_NOT_FOUND, KB_BUSY, KB_DB. */
KB_MUST_USE enum kb_err replay_find(
    struct replay *replay, const char *key, struct replay_answer *out);
void replay_answer_clear(struct replay_answer *answer);

/** Keeps an answer; call it inside the effect's operation. */
KB_MUST_USE enum kb_err replay_keep(struct replay *replay,
    const struct replay_mark *mark, const struct replay_answer *answer);

/** Claims a key before the effect; replay_keep() sets the answer. KB_OK,
 *  KB_NOT_FOUND where it has an answer already, KB_DB. */
KB_MUST_USE enum kb_err replay_claim(
    struct replay *replay, const struct replay_mark *mark);
/** Gives a claim back: it had no effect. */
KB_MUST_USE enum kb_err replay_release(
    struct replay *replay, const struct replay_mark *mark);

/** Takes away up to 100 of those that are older than a day. */
KB_MUST_USE enum kb_err replay_purge(struct replay *replay);

#endif
