// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/replay.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define KEEP_MS    ((int64_t)24 * 3600 * 1000)
#define STATEMENTS 4

struct replay {
    struct store *store;
    sqlite3_stmt *find;
    sqlite3_stmt *keep;
    sqlite3_stmt *release;
    sqlite3_stmt *purge;
};

static void statements_of(struct replay *replay, struct store_statement *out)
{
    out[0] = (struct store_statement){&replay->find,
        "SELECT request_hash, status, content_type, answer"
        " FROM replay WHERE key_hash = :key"};
    out[1] = (struct store_statement){&replay->keep,
        "INSERT INTO replay"
        " (key_hash, request_hash, status, content_type, answer, at_ms)"
        " VALUES (:key, :request, :status, :type, :answer, :at)"
        " ON CONFLICT DO UPDATE SET status = excluded.status,"
        " content_type = excluded.content_type, answer = excluded.answer"
        " WHERE status = 0"};
    out[2] = (struct store_statement){&replay->release,
        "DELETE FROM replay WHERE key_hash = :key AND status = 0"};
    out[3] = (struct store_statement){&replay->purge,
        "DELETE FROM replay WHERE key_hash IN"
        " (SELECT key_hash FROM replay WHERE at_ms < :before LIMIT 100)"};
}

enum kb_err replay_open(struct store *store, struct replay **out)
{
    struct replay *replay = mem_new(sizeof(*replay));
    struct store_statement statements[STATEMENTS];
    replay->store = store;
    statements_of(replay, statements);
    enum kb_err err = store_prepare_all(store, statements, STATEMENTS);
    if (err != KB_OK) {
        free(replay);
        return err;
    }
    *out = replay;
    return KB_OK;
}

void replay_close(struct replay *replay)
{
    if (replay) {
        struct store_statement statements[STATEMENTS];
        statements_of(replay, statements);
        store_finalize_all(statements, STATEMENTS);
        free(replay);
    }
}

/* --- what tells requests apart ------------------------------------------- */

static void add_text(crypto_generichash_state *state, const char *text)
{
    const char *plain = text ? text : "";
    /* With its NUL, so that "a", "bc" is not "ab", "c". */
    (void)crypto_generichash_update(
        state, (const unsigned char *)plain, strlen(plain) + 1);
}

static void end_hash(crypto_generichash_state *state, char out[REPLAY_HEX])
{
    unsigned char hash[crypto_generichash_BYTES];
    (void)crypto_generichash_final(state, hash, sizeof(hash));
    (void)sodium_bin2hex(out, REPLAY_HEX, hash, sizeof(hash));
}

/** Keys are by asker. Who has no name brings a proof of their own to the route,
 *  or is known by the address: what was kept is for nobody else. */
static void hash_key(const struct api_request *request, char out[REPLAY_HEX])
{
    crypto_generichash_state state;
    const char *who = request->actor ? request->actor->who : request->who;
    bool named = who && *who;
    bool proven = request->secret && *request->secret;
    (void)crypto_generichash_init(&state, NULL, 0, crypto_generichash_BYTES);
    add_text(&state, who);
    add_text(&state, request->idempotency_key);
    if (!named) {
        add_text(&state, request->secret);
        add_text(&state, proven ? "" : request->address);
    }
    end_hash(&state, out);
}

static void hash_request(
    const struct api_request *request, char out[REPLAY_HEX])
{
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, crypto_generichash_BYTES);
    add_text(&state, request->method);
    add_text(&state, request->path);
    add_text(&state, request->query);
    (void)crypto_generichash_update(
        &state, (const unsigned char *)request->body, request->body_bytes);
    end_hash(&state, out);
}

static bool is_visible(const char *key)
{
    size_t i = 0;
    while (key[i] > ' ' && key[i] <= '~') {
        i++;
    }
    return key[i] == '\0' && i > 0 && i <= REPLAY_KEY_MOST;
}

enum kb_err replay_mark_of(
    const struct api_request *request, struct replay_mark *out, struct why *why)
{
    *out = (struct replay_mark){.key = ""};
    if (!request->idempotency_key || strcmp(request->method, "POST") != 0) {
        return KB_OK;
    }
    if (!is_visible(request->idempotency_key)) {
        why_field(why, "Idempotency-Key");
        why_set(why,
            "Idempotency-Key must be 1 to %d visible ASCII "
            "characters, such as a UUID",
            REPLAY_KEY_MOST);
        return KB_INVALID;
    }
    hash_key(request, out->key);
    hash_request(request, out->request);
    return KB_OK;
}

/* --- keeping -------------------------------------------------------------- */

enum kb_err replay_find(
    struct replay *replay, const char *key, struct replay_answer *out)
{
    sqlite3_stmt *find = replay->find;
    store_bind_text(find, ":key", key);
    enum kb_err err = store_step(replay->store, find);
    if (err != KB_OK) {
        return err;
    }
    *out = (struct replay_answer){.status = sqlite3_column_int(find, 1)};
    if (str_copy(out->request, sizeof(out->request),
            store_column_text(find, 0)) != KB_OK ||
        str_copy(out->content_type, sizeof(out->content_type),
            store_column_text(find, 2)) != KB_OK) {
        log_error("api: a kept answer cannot be read");
        err = KB_DB;
    }
    buf_add_text(&out->text, store_column_text(find, 3));
    (void)sqlite3_reset(find);
    if (err != KB_OK) {
        replay_answer_clear(out);
    }
    return err;
}

void replay_answer_clear(struct replay_answer *answer)
{
    buf_clear(&answer->text);
}

enum kb_err replay_keep(struct replay *replay, const struct replay_mark *mark,
    const struct replay_answer *answer)
{
    sqlite3_stmt *keep = replay->keep;
    struct clock clock = clock_system();
    store_bind_text(keep, ":key", mark->key);
    store_bind_text(keep, ":request", mark->request);
    store_bind_int(keep, ":status", answer->status);
    store_bind_text(keep, ":type", answer->content_type);
    store_bind_text(keep, ":answer", buf_text(&answer->text));
    store_bind_int(keep, ":at", clock_now_ms(&clock));
    return store_run(replay->store, keep);
}

enum kb_err replay_claim(struct replay *replay, const struct replay_mark *mark)
{
    const struct replay_answer none = {.status = REPLAY_CLAIMED};
    return replay_keep(replay, mark, &none);
}

enum kb_err replay_release(
    struct replay *replay, const struct replay_mark *mark)
{
    store_bind_text(replay->release, ":key", mark->key);
    enum kb_err err = store_run(replay->store, replay->release);
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err replay_purge(struct replay *replay)
{
    struct clock clock = clock_system();
    enum kb_err err = store_op_begin_record(replay->store);
    if (err != KB_OK) {
        return err;
    }
    store_bind_int(replay->purge, ":before", clock_now_ms(&clock) - KEEP_MS);
    err = store_run(replay->store, replay->purge);
    return store_op_end(replay->store, err == KB_NOT_FOUND ? KB_OK : err);
}
