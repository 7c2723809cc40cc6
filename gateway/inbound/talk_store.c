// SPDX-License-Identifier: GPL-2.0-or-later
#include "inbound/talk.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ended sessions are known for a day, so that none is played again. */
#define ENDED_LIFE_MS ((int64_t)24 * 3600 * 1000)

/* Nobody waits longer to be told of a change. */
#define WATCH_LIFE_MS ((int64_t)365 * 24 * 3600 * 1000)

/* Rows that one slice forgets. */
#define FORGET_ROWS 200

#define DIALOGUE_COLUMNS                                                       \
    "key, phone_hash, screen, before, slots, heard, ended, at_ms"

static const char *const talk_sql[TALK_SQL_COUNT] = {
    [DIALOGUE_GET] =
        "SELECT " DIALOGUE_COLUMNS " FROM dialogue WHERE key = :key",
    [DIALOGUE_OPEN] = "SELECT " DIALOGUE_COLUMNS " FROM dialogue"
                      " WHERE phone_hash = :phone AND ended = 0"
                      " AND at_ms >= :since AND key GLOB 'ussd:*'"
                      " ORDER BY at_ms DESC LIMIT 1",
    [DIALOGUE_PUT] =
        "INSERT INTO dialogue (" DIALOGUE_COLUMNS ") VALUES (:key, :phone,"
        " :screen, :before, :slots, :heard, :ended, :at)"
        " ON CONFLICT DO UPDATE SET screen = excluded.screen,"
        " before = excluded.before, slots = excluded.slots,"
        " heard = excluded.heard, ended = excluded.ended,"
        " at_ms = excluded.at_ms",
    [LANGUAGE_GET] =
        "SELECT lang FROM phone_language WHERE phone_hash = :phone",
    [LANGUAGE_PUT] = "INSERT INTO phone_language (phone_hash, lang, at_ms)"
                     " VALUES (:phone, :lang, :at) ON CONFLICT DO UPDATE SET"
                     " lang = excluded.lang, at_ms = excluded.at_ms",
    [CODE_PUT] = "INSERT INTO enrolment (code_hash, resident_id, expires_at_ms)"
                 " VALUES (:code, :resident, :expires)"
                 " ON CONFLICT DO NOTHING",
    [CODE_CLEAR] = "DELETE FROM enrolment WHERE resident_id = :resident",
    [CODE_TAKE] = "DELETE FROM enrolment WHERE code_hash = :code"
                  " AND expires_at_ms > :now RETURNING resident_id",
    [WATCH_PUT] = "INSERT INTO watch (phone, kind, subject, modem, at_ms)"
                  " VALUES (:phone, :kind, :subject, :modem, :at)"
                  " ON CONFLICT DO UPDATE SET modem = excluded.modem,"
                  " at_ms = excluded.at_ms, due = 0",
    [WATCH_DUE] = "SELECT id, phone, kind, subject, modem FROM watch"
                  " WHERE due = 1 ORDER BY id LIMIT 1",
    [WATCH_WAIT] = "UPDATE watch SET due = 0 WHERE id = :id",
    [WATCH_DROP] = "DELETE FROM watch WHERE id = :id",
    [OLD_DIALOGUES] =
        "DELETE FROM dialogue WHERE key IN (SELECT key FROM dialogue"
        " WHERE at_ms < :before LIMIT :limit)",
    [OLD_CODES] = "DELETE FROM enrolment WHERE code_hash IN (SELECT code_hash"
                  " FROM enrolment WHERE expires_at_ms < :before LIMIT :limit)",
    [OLD_WATCHES] = "DELETE FROM watch WHERE id IN (SELECT id FROM watch"
                    " WHERE at_ms < :before LIMIT :limit)",
};

enum kb_err talk_store_open(struct inbound *inbound)
{
    for (size_t i = 0; i < TALK_SQL_COUNT; i++) {
        if (store_prepare(inbound->rooms.store, talk_sql[i],
                &inbound->talk[i]) != KB_OK) {
            talk_store_close(inbound);
            return KB_DB;
        }
    }
    return KB_OK;
}

void talk_store_close(struct inbound *inbound)
{
    for (size_t i = 0; i < TALK_SQL_COUNT; i++) {
        (void)sqlite3_finalize(inbound->talk[i]);
        inbound->talk[i] = NULL;
    }
}

static int64_t now_ms(const struct inbound *inbound)
{
    return clock_now_ms(inbound->rooms.clock);
}

static enum kb_err run(struct inbound *inbound, enum talk_sql sql)
{
    enum kb_err err = store_run(inbound->rooms.store, inbound->talk[sql]);

    return err == KB_NOT_FOUND ? KB_OK : err;
}

static void copy_column(sqlite3_stmt *row, int column, char *out, size_t bytes)
{
    (void)snprintf(out, bytes, "%s", store_column_text(row, column));
}

/* --- dialogues --------------------------------------------------------------- */

void dialogue_sms_key(const char *phone_hash, char *out)
{
    (void)snprintf(
        out, sizeof((struct dialogue *)0)->key, "sms:%.40s", phone_hash);
}

/* Slots as one text, to be sealed: NIK, office, ids, with ; between. */
static void write_slots(const struct dialogue *dialogue, struct buf *out)
{
    buf_printf(out, "%s;%s;", dialogue->nik, dialogue->office);
    for (size_t i = 0; i < dialogue->residents; i++) {
        buf_printf(out, "%s%" PRId64, i == 0 ? "" : ",", dialogue->resident[i]);
    }
}

static void read_ids(char *list, struct dialogue *out)
{
    char *rest = list;
    const char *one = NULL;

    while ((one = strsep(&rest, ",")) != NULL && *one != '\0' &&
           out->residents < CHOICES_MOST) {
        out->resident[out->residents++] = strtoll(one, NULL, 10);
    }
}

static void read_slots(char *slots, struct dialogue *out)
{
    char *rest = slots;
    const char *nik = strsep(&rest, ";");
    const char *office = rest == NULL ? "" : strsep(&rest, ";");

    (void)snprintf(out->nik, sizeof out->nik, "%s", nik);
    (void)snprintf(out->office, sizeof out->office, "%s", office);
    if (rest != NULL) {
        read_ids(rest, out);
    }
}

static void read_dialogue(
    struct inbound *inbound, sqlite3_stmt *row, struct dialogue *out)
{
    struct blob sealed = {
        sqlite3_column_blob(row, 4), (size_t)sqlite3_column_bytes(row, 4)};
    struct buf slots = {0};

    *out = (struct dialogue){.at_ms = sqlite3_column_int64(row, 7)};
    copy_column(row, 0, out->key, sizeof out->key);
    copy_column(row, 1, out->phone_hash, sizeof out->phone_hash);
    copy_column(row, 2, out->screen, sizeof out->screen);
    copy_column(row, 3, out->before, sizeof out->before);
    copy_column(row, 5, out->heard, sizeof out->heard);
    out->ended = sqlite3_column_int(row, 6) != 0;
    parts_unseal(inbound, sealed, &slots);
    if (slots.used > 0) {
        read_slots(slots.data, out);
        sodium_memzero(slots.data, slots.used);
    }
    buf_clear(&slots);
}

static enum kb_err get_dialogue(
    struct inbound *inbound, enum talk_sql sql, struct dialogue *out)
{
    sqlite3_stmt *row = inbound->talk[sql];
    enum kb_err err = store_step(inbound->rooms.store, row);

    if (err == KB_OK) {
        read_dialogue(inbound, row, out);
        (void)sqlite3_reset(row);
    }
    return err;
}

enum kb_err dialogue_get(
    struct inbound *inbound, const char *key, struct dialogue *out)
{
    store_bind_text(inbound->talk[DIALOGUE_GET], ":key", key);
    return get_dialogue(inbound, DIALOGUE_GET, out);
}

enum kb_err dialogue_left_open(struct inbound *inbound, const char *phone_hash,
    int64_t since_ms, struct dialogue *out)
{
    store_bind_text(inbound->talk[DIALOGUE_OPEN], ":phone", phone_hash);
    store_bind_int(inbound->talk[DIALOGUE_OPEN], ":since", since_ms);
    return get_dialogue(inbound, DIALOGUE_OPEN, out);
}

enum kb_err dialogue_put(
    struct inbound *inbound, const struct dialogue *dialogue)
{
    sqlite3_stmt *put = inbound->talk[DIALOGUE_PUT];
    struct buf slots = {0};
    struct blob sealed = {0};
    enum kb_err err = KB_OK;

    write_slots(dialogue, &slots);
    sealed = parts_seal(inbound, buf_text(&slots));
    store_bind_text(put, ":key", dialogue->key);
    store_bind_text(put, ":phone", dialogue->phone_hash);
    store_bind_text(put, ":screen", dialogue->screen);
    store_bind_text(put, ":before", dialogue->before);
    store_bind_text(put, ":heard", dialogue->heard);
    store_bind_int(put, ":ended", dialogue->ended ? 1 : 0);
    store_bind_int(put, ":at", now_ms(inbound));
    (void)sqlite3_bind_blob64(put, sqlite3_bind_parameter_index(put, ":slots"),
        sealed.data, sealed.bytes,
        SQLITE_TRANSIENT); // NOLINT(performance-no-int-to-ptr): SQLite's own
    err = run(inbound, DIALOGUE_PUT);
    sodium_memzero(slots.data, slots.used);
    buf_clear(&slots);
    free((void *)sealed.data);
    return err;
}

/* --- languages ---------------------------------------------------------------- */

enum kb_err talk_language(
    struct inbound *inbound, const char *phone_hash, char *out)
{
    sqlite3_stmt *row = inbound->talk[LANGUAGE_GET];
    enum kb_err err = KB_OK;

    out[0] = '\0';
    store_bind_text(row, ":phone", phone_hash);
    err = store_step(inbound->rooms.store, row);
    if (err == KB_OK) {
        copy_column(row, 0, out, 8);
        (void)sqlite3_reset(row);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err talk_set_language(
    struct inbound *inbound, const char *phone_hash, const char *lang)
{
    sqlite3_stmt *put = inbound->talk[LANGUAGE_PUT];

    store_bind_text(put, ":phone", phone_hash);
    store_bind_text(put, ":lang", lang);
    store_bind_int(put, ":at", now_ms(inbound));
    return run(inbound, LANGUAGE_PUT);
}

/* --- codes from the counter ---------------------------------------------------- */

static struct registry_hash code_hash(
    const struct inbound *inbound, const char *code)
{
    char text[40];

    (void)snprintf(text, sizeof text, "enrolment %.20s", code);
    return registry_hash(inbound->rooms.registry, text);
}

enum kb_err talk_put_code(struct inbound *inbound, const char *code,
    int64_t resident_id, int64_t expires_at_ms)
{
    struct registry_hash hash = code_hash(inbound, code);
    enum kb_err err = KB_OK;

    store_bind_int(inbound->talk[CODE_CLEAR], ":resident", resident_id);
    err = run(inbound, CODE_CLEAR);
    if (err != KB_OK) {
        return err;
    }
    store_bind_text(inbound->talk[CODE_PUT], ":code", hash.text);
    store_bind_int(inbound->talk[CODE_PUT], ":resident", resident_id);
    store_bind_int(inbound->talk[CODE_PUT], ":expires", expires_at_ms);
    /* KB_NOT_FOUND: another resident has that very code now. */
    return store_run(inbound->rooms.store, inbound->talk[CODE_PUT]);
}

enum kb_err talk_take_code(
    struct inbound *inbound, const char *code, int64_t *resident_id)
{
    struct registry_hash hash = code_hash(inbound, code);
    sqlite3_stmt *take = inbound->talk[CODE_TAKE];
    enum kb_err err = KB_OK;

    store_bind_text(take, ":code", hash.text);
    store_bind_int(take, ":now", now_ms(inbound));
    err = store_step(inbound->rooms.store, take);
    if (err == KB_OK) {
        *resident_id = sqlite3_column_int64(take, 0);
        err = store_step(inbound->rooms.store, take); /* runs to its end */
        return err == KB_NOT_FOUND ? KB_OK : err;
    }
    return err;
}

/* --- what people want to be told of ---------------------------------------------- */

enum kb_err watch_put(struct inbound *inbound, const struct watch *watch)
{
    sqlite3_stmt *put = inbound->talk[WATCH_PUT];

    store_bind_text(put, ":phone", watch->phone);
    store_bind_text(put, ":kind", watch->kind);
    store_bind_text(put, ":subject", watch->subject);
    store_bind_text(put, ":modem", watch->modem);
    store_bind_int(put, ":at", now_ms(inbound));
    return run(inbound, WATCH_PUT);
}

enum kb_err watch_due(struct inbound *inbound, struct watch *out)
{
    sqlite3_stmt *row = inbound->talk[WATCH_DUE];
    enum kb_err err = store_step(inbound->rooms.store, row);

    if (err != KB_OK) {
        return err;
    }
    *out = (struct watch){.id = sqlite3_column_int64(row, 0)};
    copy_column(row, 1, out->phone, sizeof out->phone);
    copy_column(row, 2, out->kind, sizeof out->kind);
    copy_column(row, 3, out->subject, sizeof out->subject);
    copy_column(row, 4, out->modem, sizeof out->modem);
    (void)sqlite3_reset(row);
    return KB_OK;
}

enum kb_err watch_wait(struct inbound *inbound, int64_t id)
{
    store_bind_int(inbound->talk[WATCH_WAIT], ":id", id);
    return run(inbound, WATCH_WAIT);
}

enum kb_err watch_drop(struct inbound *inbound, int64_t id)
{
    store_bind_int(inbound->talk[WATCH_DROP], ":id", id);
    return run(inbound, WATCH_DROP);
}

/* --- forgetting -------------------------------------------------------------------- */

static enum kb_err forget(
    struct inbound *inbound, enum talk_sql sql, int64_t before, bool *more)
{
    enum kb_err err = KB_OK;

    store_bind_int(inbound->talk[sql], ":before", before);
    store_bind_int(inbound->talk[sql], ":limit", FORGET_ROWS);
    err = store_run(inbound->rooms.store, inbound->talk[sql]);
    *more = *more ||
            (err == KB_OK &&
                sqlite3_changes(store_db(inbound->rooms.store)) == FORGET_ROWS);
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err talk_forget(struct inbound *inbound, bool *more)
{
    int64_t now = now_ms(inbound);
    enum kb_err err = forget(inbound, OLD_DIALOGUES, now - ENDED_LIFE_MS, more);

    if (err == KB_OK) {
        err = forget(inbound, OLD_CODES, now, more);
    }
    return err == KB_OK
               ? forget(inbound, OLD_WATCHES, now - WATCH_LIFE_MS, more)
               : err;
}
