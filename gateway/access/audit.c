// SPDX-License-Identifier: GPL-2.0-or-later
/* Who did and saw what: rows that are only added. */
#include "access/access_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DAY_MS ((int64_t)24 * 3600 * 1000)

/* The trigger audit_is_kept lets go what is older than this. */
static const char ends_before[] = "audit_ends_before_ms";

#define AUDIT_COLUMNS "id, at_ms, who, action, subject, detail, address"
#define AUDIT_TAIL                                                             \
    "id >= :from AND id < :before AND at_ms >= :since AND at_ms < :until"      \
    " AND (:action IS NULL OR instr(lower(action), lower(:action)) > 0)"       \
    " AND (:subject IS NULL OR instr(lower(subject), lower(:subject)) > 0)"    \
    " ORDER BY id DESC LIMIT :limit"

static const char *const statements[AUDIT_SQL_COUNT] = {
    [AUDIT_ADD] = "INSERT INTO audit (at_ms, who, action, subject, detail,"
                  " address) VALUES (:now, :who, :action, :subject, :detail,"
                  " :address)",
    [AUDIT_ALL] = "SELECT " AUDIT_COLUMNS " FROM audit WHERE " AUDIT_TAIL,
    [AUDIT_OF] =
        "SELECT " AUDIT_COLUMNS " FROM audit WHERE who = :who AND " AUDIT_TAIL,
    [AUDIT_LAST] = "SELECT coalesce(max(id), 0) FROM audit",
    [AUDIT_OLD] = ("DELETE FROM audit WHERE id IN (SELECT id FROM audit"
                   " WHERE at_ms < :before ORDER BY at_ms LIMIT 500)"),
};

enum kb_err access_audit_open(struct access *access)
{
    enum kb_err err = KB_OK;

    for (size_t i = 0; err == KB_OK && i < AUDIT_SQL_COUNT; i++) {
        err = store_prepare(access->store, statements[i], &access->audit[i]);
    }
    return err;
}

enum kb_err access_note(struct access *access, const struct access_deed *deed)
{
    sqlite3_stmt *statement = access->audit[AUDIT_ADD];

    store_bind_int(statement, ":now", clock_now_ms(access->clock));
    store_bind_text(statement, ":who", deed->who);
    store_bind_text(statement, ":action", deed->action);
    store_bind_text(statement, ":subject", deed->subject);
    store_bind_text(statement, ":detail", deed->detail);
    store_bind_text(statement, ":address", deed->address);
    return store_run_record(access->store, statement);
}

static void read_deed(sqlite3_stmt *row, struct access_deed *out)
{
    *out = (struct access_deed){.id = sqlite3_column_int64(row, 0),
        .at_ms = sqlite3_column_int64(row, 1)};
    access_column(row, 2, out->who, sizeof out->who);
    access_column(row, 3, out->action, sizeof out->action);
    access_column(row, 4, out->subject, sizeof out->subject);
    access_column(row, 5, out->detail, sizeof out->detail);
    access_column(row, 6, out->address, sizeof out->address);
}

enum kb_err access_deeds(struct access *access,
    const struct access_search *search,
    void (*fn)(void *arg, const struct access_deed *deed), void *arg)
{
    sqlite3_stmt *statement =
        access->audit[search->who == NULL ? AUDIT_ALL : AUDIT_OF];
    enum kb_err err = KB_OK;

    if (search->who != NULL) {
        store_bind_text(statement, ":who", search->who);
    }
    store_bind_text_or_null(statement, ":action", search->action);
    store_bind_text_or_null(statement, ":subject", search->subject);
    store_bind_int(statement, ":from", search->from);
    store_bind_int(statement, ":before", search->before);
    store_bind_int(statement, ":since", search->since_ms);
    store_bind_int(statement, ":until",
        search->until_ms == 0 ? INT64_MAX : search->until_ms);
    store_bind_int(statement, ":limit", search->limit);
    while ((err = store_step(access->store, statement)) == KB_OK) {
        struct access_deed deed;

        read_deed(statement, &deed);
        fn(arg, &deed);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err access_last_deed(struct access *access, int64_t *id)
{
    return store_one_value(access->store, access->audit[AUDIT_LAST], id);
}

enum kb_err access_audit_tick(struct access *access)
{
    sqlite3_stmt *statement = access->audit[AUDIT_OLD];
    int64_t before = clock_now_ms(access->clock) -
                     access->config->retention_audit_days * DAY_MS;
    char text[32];
    enum kb_err err = KB_OK;

    (void)snprintf(text, sizeof text, "%" PRId64, before);
    err = store_meta_set(access->store, ends_before, text);
    if (err != KB_OK) {
        return err;
    }
    store_bind_int(statement, ":before", before);
    err = store_run(access->store, statement);
    return err == KB_NOT_FOUND ? KB_OK : err;
}
