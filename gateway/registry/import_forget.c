// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry/import.h"
#include "registry/registry_internal.h"

/*
 * What imports leave behind for people to look at and to take back, rejected
 * rows and residents as they were, is of people: it goes after some time, also
 * where no later import makes room for itself.
 */

#define DAY_MS ((int64_t)86400000)

/* How often to look while there is nothing, on the gateway's clock. */
#define LOOK_MS ((int64_t)3600000)

/* Rows at a time: some 1 ms. */
#define AT_ONCE 200

static bool is_due(const struct registry *registry, int64_t now_ms)
{
    /* A clock that was set back must not keep it from looking. */
    return now_ms >= registry->forget_at_ms ||
           now_ms + LOOK_MS < registry->forget_at_ms;
}

/* KB_NOT_FOUND where nothing was left of that kind. */
static enum kb_err forget(
    struct registry *registry, enum import_sql sql, int64_t last)
{
    sqlite3_stmt *statement = registry->import[sql];

    store_bind_int(statement, ":before", last + 1);
    store_bind_int(statement, ":many", AT_ONCE);
    return store_run(registry->store, statement);
}

/* It cannot be taken back from now on, whatever of it is still there. */
static enum kb_err set_forgotten(struct registry *registry, int64_t last)
{
    sqlite3_stmt *statement = registry->import[IMPORT_SET_FORGOTTEN];

    store_bind_int(statement, ":id", last);
    return registry_or_none(store_run(registry->store, statement));
}

static enum kb_err forget_some(
    struct registry *registry, int64_t last, bool *more)
{
    enum kb_err err = set_forgotten(registry, last);

    if (err == KB_OK) {
        err = forget(registry, IMPORT_FORGET_REJECTS, last);
    }
    if (err == KB_NOT_FOUND) {
        err = forget(registry, IMPORT_FORGET_CHANGES, last);
    }
    *more = err == KB_OK;
    return registry_or_none(err);
}

static enum kb_err last_aged(
    struct registry *registry, int64_t before_ms, int64_t *last)
{
    sqlite3_stmt *aged = registry->import[IMPORT_AGED];

    store_bind_int(aged, ":before", before_ms);
    return store_one_value(registry->store, aged, last);
}

enum kb_err import_forget(struct registry *registry, int keep_days, bool *more)
{
    int64_t now_ms = clock_now_ms(registry->clock);
    int64_t last = 0;
    enum kb_err err = KB_OK;

    *more = false;
    /* One that runs counts on what the last ones left. */
    if (registry->job != NULL || !is_due(registry, now_ms)) {
        return KB_OK;
    }
    err = last_aged(registry, now_ms - keep_days * DAY_MS, &last);
    if (err == KB_OK) {
        err = store_op_begin(registry->store);
    }
    if (err == KB_OK) {
        err = store_op_end(registry->store, forget_some(registry, last, more));
    }
    if (err == KB_OK && !*more) {
        registry->forget_at_ms = now_ms + LOOK_MS;
    }
    return err;
}
