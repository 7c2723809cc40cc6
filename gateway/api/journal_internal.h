// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_API_JOURNAL_INTERNAL_H
#define KABARI_API_JOURNAL_INTERNAL_H

#include "api/journal.h"

/** Rows of one table that are told one by one; beyond, only their number. */
#define JOURNAL_ROWS_MOST 200
#define JOURNAL_TABLES    (TOPIC_IMPORT + 1) /* topics that triggers tell */

struct journal_row {
    int64_t id;
    char key[32]; /* an office's code; "" : none */
};

struct journal_changes {
    struct journal_row row[JOURNAL_ROWS_MOST];
    size_t kept;
    int64_t count;
    bool over;
};

struct journal_slot {
    enum journal_topic topic;
    char *data;
};

struct journal_modem {
    char name[32];
    char *last;
};

struct journal {
    struct app *app;
    struct api *api;
    int64_t started_at_ms;
    struct journal_slot *slots; /* JOURNAL_KEPT of them, a ring */
    uint64_t last;
    struct journal_changes changes[JOURNAL_TABLES];
    bool pending;
    void (*on_change)(void *arg);
    void *on_change_arg;
    struct journal_modem *modems;
    size_t modem_count;
    char *last_import;
    char *last_status;
    sqlite3_stmt *read[JOURNAL_TABLES];
};

/** Lets this connection's triggers call journal_note(). */
KB_MUST_USE enum kb_err journal_store_open(struct journal *journal);
void journal_store_close(struct journal *journal);

/** A row has changed, in a transaction that is not committed yet. */
void journal_note(struct journal *journal, enum journal_topic topic, int64_t id,
    const char *key);

/** What a row is now, as an event tells it; NULL where it is gone. */
json_t *journal_row_json(struct journal *journal, enum journal_topic topic,
    int64_t id, const char *key);

/** What handlers know: the imports that run, and the counts of the whole. */
json_t *api_imports_json(const struct api *api);
json_t *api_status_brief(struct app *app);

#endif
