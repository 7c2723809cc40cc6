// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "registry/registry_internal.h"

#include <stdlib.h>
#include <string.h>

/*
 * What phones' holders asked for. The choices stand under keyed hashes, so that
 * they outlive a re-import and an erasure. An unlinked phone is also taken out
 * of the resident's row: whoever reads the table sees no phone there.
 */

const char *const registry_phone_sql[PHONE_SQL_COUNT] = {
    [PHONE_CHOOSE] =
        "INSERT INTO phone_choice (phone_hash, nik_hash, choice, at_ms)"
        " VALUES (:phone, :nik, :choice, :at) ON CONFLICT DO NOTHING",
    [PHONE_UNCHOOSE] = "DELETE FROM phone_choice WHERE phone_hash = :phone"
                       " AND nik_hash = :nik AND choice = :choice",
    [PHONE_CHOICE] = "SELECT 1 FROM phone_choice WHERE phone_hash = :phone"
                     " AND nik_hash = :nik AND choice = :choice",
    [PHONE_ANY_UNLINKED] = "SELECT EXISTS (SELECT 1 FROM phone_choice"
                           " WHERE choice = 'unlinked')",
    [PHONE_TAKE_AWAY] = "UPDATE resident SET phone = NULL, phone_shared = 0,"
                        " updated_at_ms = :now WHERE phone = :phone",
    [PHONE_TAKE_FROM] =
        "UPDATE resident SET phone = NULL, phone_shared = 0,"
        " updated_at_ms = :now WHERE phone = :phone AND nik = :nik",
    [PHONE_NIKS] = "SELECT nik FROM resident WHERE phone = :phone",
    [PHONE_SHARERS] =
        "SELECT count(*) FROM (SELECT 1 FROM resident WHERE phone = :phone"
        " LIMIT 2)",
    [PHONE_SHARED_SET] = "UPDATE resident SET phone_shared = :shared"
                         " WHERE phone = :phone AND phone_shared <> :shared",
};

/* --- several residents on one phone ---------------------------------------- */

static enum kb_err sharers_of(
    struct registry *registry, const char *phone, int *sharers)
{
    sqlite3_stmt *count = registry->phone[PHONE_SHARERS];
    enum kb_err err = KB_OK;

    store_bind_text(count, ":phone", phone);
    err = store_step(registry->store, count);
    if (err == KB_OK) {
        *sharers = sqlite3_column_int(count, 0);
        (void)sqlite3_reset(count);
    }
    return err;
}

static enum kb_err set_shared(
    struct registry *registry, const char *phone, bool shared)
{
    sqlite3_stmt *set = registry->phone[PHONE_SHARED_SET];

    store_bind_text(set, ":phone", phone);
    store_bind_int(set, ":shared", shared ? 1 : 0);
    return registry_or_none(store_run(registry->store, set));
}

enum kb_err registry_phone_recount(struct registry *registry, const char *phone)
{
    int sharers = 0;
    enum kb_err err = KB_OK;

    if (phone == NULL || *phone == '\0') {
        return KB_OK;
    }
    err = sharers_of(registry, phone, &sharers);
    return err == KB_OK ? set_shared(registry, phone, sharers > 1) : err;
}

enum kb_err registry_phone_joined(struct registry *registry, const char *phone)
{
    int sharers = 0;
    enum kb_err err = KB_OK;

    if (*phone == '\0') {
        return KB_OK;
    }
    err = sharers_of(registry, phone, &sharers);
    return err == KB_OK && sharers > 1 ? set_shared(registry, phone, true)
                                       : err;
}

/* --- choices ---------------------------------------------------------------- */

/* Binds the hashes of a phone and a NIK ("" : the whole phone). */
static void bind_choice(const struct registry *registry,
    sqlite3_stmt *statement, const char *phone, const char *nik,
    const char *choice)
{
    store_bind_text(statement, ":phone", registry_hash(registry, phone).text);
    store_bind_text(statement, ":nik",
        *nik == '\0' ? "" : registry_hash(registry, nik).text);
    store_bind_text(statement, ":choice", choice);
}

static enum kb_err choose(struct registry *registry, const char *phone,
    const char *nik, const char *choice)
{
    sqlite3_stmt *statement = registry->phone[PHONE_CHOOSE];

    bind_choice(registry, statement, phone, nik, choice);
    store_bind_int(statement, ":at", clock_now_ms(registry->clock));
    return registry_or_none(store_run(registry->store, statement));
}

static enum kb_err unchoose(struct registry *registry, const char *phone,
    const char *nik, const char *choice)
{
    sqlite3_stmt *statement = registry->phone[PHONE_UNCHOOSE];

    bind_choice(registry, statement, phone, nik, choice);
    return registry_or_none(store_run(registry->store, statement));
}

static enum kb_err chosen(struct registry *registry, const char *phone,
    const char *nik, const char *choice, bool *out)
{
    sqlite3_stmt *statement = registry->phone[PHONE_CHOICE];
    enum kb_err err = KB_OK;

    bind_choice(registry, statement, phone, nik, choice);
    err = store_step(registry->store, statement);
    if (err == KB_OK) {
        (void)sqlite3_reset(statement);
    }
    *out = err == KB_OK;
    return registry_or_none(err);
}

enum kb_err registry_phone_stop(
    struct registry *registry, const char *phone, bool stopped)
{
    enum kb_err err = store_op_begin_record(registry->store);

    if (err != KB_OK) {
        return err;
    }
    err = stopped ? choose(registry, phone, "", "stopped")
                  : unchoose(registry, phone, "", "stopped");
    return store_op_end(registry->store, err);
}

enum kb_err registry_phone_stopped(
    struct registry *registry, const char *phone, bool *stopped)
{
    return chosen(registry, phone, "", "stopped", stopped);
}

bool registry_phone_any_unlinked(struct registry *registry)
{
    sqlite3_stmt *statement = registry->phone[PHONE_ANY_UNLINKED];
    bool any = true; /* where the store does not answer, look each one up */

    if (store_step(registry->store, statement) == KB_OK) {
        any = sqlite3_column_int(statement, 0) != 0;
        (void)sqlite3_reset(statement);
    }
    return any;
}

enum kb_err registry_phone_is_unlinked(struct registry *registry,
    const char *phone, const char *nik, bool *unlinked)
{
    return chosen(registry, phone, nik, "unlinked", unlinked);
}

enum kb_err registry_phone_relink(
    struct registry *registry, const char *phone, const char *nik)
{
    enum kb_err err = store_op_begin_record(registry->store);

    if (err != KB_OK) {
        return err;
    }
    return store_op_end(
        registry->store, unchoose(registry, phone, nik, "unlinked"));
}

/* Whoever carries the phone now, one by one: a later owner of that number is
   not meant. */
static enum kb_err unlink_all(struct registry *registry, const char *phone)
{
    sqlite3_stmt *niks = registry->phone[PHONE_NIKS];
    sqlite3_stmt *take = registry->phone[PHONE_TAKE_AWAY];
    enum kb_err err = KB_OK;

    store_bind_text(niks, ":phone", phone);
    while (err == KB_OK && (err = store_step(registry->store, niks)) == KB_OK) {
        err = choose(registry, phone, store_column_text(niks, 0), "unlinked");
    }
    (void)sqlite3_reset(niks);
    if (err != KB_NOT_FOUND) {
        return err;
    }
    store_bind_text(take, ":phone", phone);
    store_bind_int(take, ":now", clock_now_ms(registry->clock));
    return registry_or_none(store_run(registry->store, take));
}

static enum kb_err unlink_one(
    struct registry *registry, const char *phone, const char *nik)
{
    sqlite3_stmt *take = registry->phone[PHONE_TAKE_FROM];
    enum kb_err err = choose(registry, phone, nik, "unlinked");

    if (err != KB_OK) {
        return err;
    }
    store_bind_text(take, ":phone", phone);
    store_bind_text(take, ":nik", nik);
    store_bind_int(take, ":now", clock_now_ms(registry->clock));
    err = registry_or_none(store_run(registry->store, take));
    return err == KB_OK ? registry_phone_recount(registry, phone) : err;
}

enum kb_err registry_phone_unlink(
    struct registry *registry, const char *phone, const char *nik)
{
    enum kb_err err = store_op_begin_record(registry->store);

    if (err != KB_OK) {
        return err;
    }
    err = nik == NULL ? unlink_all(registry, phone)
                      : unlink_one(registry, phone, nik);
    return store_op_end(registry->store, err);
}
