// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/posted.h"
#include "base/mem.h"

#include <stdlib.h>

struct posted {
    struct store *store;
    sqlite3_stmt *note;
    sqlite3_stmt *forget;
    sqlite3_stmt *list;
};

/* What follows '?' of a dlr-url has numbers and passwords in it. */
static const struct store_query queries[] = {
    {offsetof(struct posted, note),
     "INSERT INTO posted (callback_id, url, event, subject, attempt, state,"
        " status, answer, took_ms, at_ms, next_at_ms)"
        " SELECT id, substr(url, 1, instr(url || '?', '?') - 1), event, subject,"
        " :attempt, :state, :status, :answer, :took, :at, :next"
        " FROM callback WHERE id = :callback"                               },
    {offsetof(struct posted, forget), "DELETE FROM posted WHERE id <= :last"},
    {offsetof(struct posted, list),
     "SELECT id, callback_id, url, event, subject, attempt, state, status,"
        " answer, took_ms, at_ms, next_at_ms FROM posted"
        " WHERE id < :before AND (NOT :failed OR state <> 'taken')"
        " ORDER BY id DESC LIMIT :limit"                                    },
};

#define QUERIES (sizeof(queries) / sizeof(queries[0]))

enum kb_err posted_open(struct store *store, struct posted **out)
{
    struct posted *posted = mem_new(sizeof(*posted));
    posted->store = store;
    if (store_prepare_room(store, posted, queries, QUERIES) != KB_OK) {
        free(posted);
        return KB_DB;
    }
    *out = posted;
    return KB_OK;
}

void posted_close(struct posted *posted)
{
    if (posted) {
        store_finalize_room(posted, queries, QUERIES);
        free(posted);
    }
}

static enum kb_err forget(struct posted *posted)
{
    int64_t last = sqlite3_last_insert_rowid(store_db(posted->store));
    store_bind_int(posted->forget, ":last", last - POSTED_KEPT);
    enum kb_err err = store_run(posted->store, posted->forget);
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err posted_note(struct posted *posted, const struct posted_try *try)
{
    sqlite3_stmt *note = posted->note;
    store_bind_int(note, ":callback", try->callback_id);
    store_bind_int(note, ":attempt", try->attempt);
    store_bind_text(note, ":state", try->state);
    store_bind_id_or_null(note, ":status", try->status);
    store_bind_text(note, ":answer", try->answer);
    store_bind_int(note, ":took", try->took_ms);
    store_bind_int(note, ":at", try->at_ms);
    store_bind_id_or_null(note, ":next", try->next_at_ms);
    enum kb_err err = store_run(posted->store, note);
    return err == KB_OK ? forget(posted) : err;
}

enum kb_err posted_list(struct posted *posted,
    const struct posted_filter *filter,
    void (*fn)(void *arg, const struct posted_try *try), void *arg)
{
    sqlite3_stmt *row = posted->list;
    enum kb_err err = KB_OK;
    store_bind_int(
        row, ":before", filter->before_id > 0 ? filter->before_id : INT64_MAX);
    store_bind_int(row, ":failed", filter->failed ? 1 : 0);
    store_bind_int(row, ":limit", filter->limit > 0 ? filter->limit : -1);
    while ((err = store_step(posted->store, row)) == KB_OK) {
        struct posted_try try = {
            .id = sqlite3_column_int64(row, 0),
            .callback_id = sqlite3_column_int64(row, 1),
            .url = store_column_text(row, 2),
            .event = store_column_text(row, 3),
            .subject = store_column_text(row, 4),
            .attempt = sqlite3_column_int(row, 5),
            .state = store_column_text(row, 6),
            .status = sqlite3_column_int(row, 7),
            .answer = store_column_text(row, 8),
            .took_ms = sqlite3_column_int64(row, 9),
            .at_ms = sqlite3_column_int64(row, 10),
            .next_at_ms = sqlite3_column_int64(row, 11),
        };
        fn(arg, &try);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}
