// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/journal_internal.h"
#include "base/log.h"

#include <string.h>

/* Temporary triggers live in this connection only and leave no trace in the
 * file: a kabari without a daemon has nobody to tell. */
static const char triggers[] =
    "CREATE TEMP TRIGGER journal_message_new AFTER INSERT ON main.message"
    " BEGIN SELECT journal_note(0, new.id, ''); END;"
    "CREATE TEMP TRIGGER journal_message AFTER UPDATE OF state ON main.message"
    " WHEN new.state <> old.state"
    " BEGIN SELECT journal_note(0, new.id, ''); END;"
    "CREATE TEMP TRIGGER journal_campaign_new AFTER INSERT ON main.campaign"
    " BEGIN SELECT journal_note(1, new.id, ''); END;"
    "CREATE TEMP TRIGGER journal_campaign"
    " AFTER UPDATE OF state, deadline_day, note ON main.campaign"
    " WHEN new.state <> old.state OR new.deadline_day <> old.deadline_day"
    " OR new.note <> old.note"
    " BEGIN SELECT journal_note(1, new.id, ''); END;"
    "CREATE TEMP TRIGGER journal_office_new AFTER INSERT ON main.office"
    " BEGIN SELECT journal_note(2, 0, new.code); END;"
    "CREATE TEMP TRIGGER journal_office AFTER UPDATE ON main.office"
    " BEGIN SELECT journal_note(2, 0, new.code); END;"
    "CREATE TEMP TRIGGER journal_inbox_new AFTER INSERT ON main.inbound"
    " BEGIN SELECT journal_note(3, new.id, ''); END;"
    "CREATE TEMP TRIGGER journal_inbox"
    " AFTER UPDATE OF state, assigned, snoozed_until_ms ON main.inbound"
    " BEGIN SELECT journal_note(3, new.id, ''); END;"
    "CREATE TEMP TRIGGER journal_import AFTER UPDATE OF state ON main.import"
    " WHEN new.state <> old.state"
    " BEGIN SELECT journal_note(4, new.id, ''); END;";

static const char *const names[] = {"journal_message_new", "journal_message",
    "journal_campaign_new", "journal_campaign", "journal_office_new",
    "journal_office", "journal_inbox_new", "journal_inbox", "journal_import"};

static const char *const reads[JOURNAL_TABLES] = {
    [TOPIC_MESSAGE] = ("SELECT CASE state WHEN 'claimed' THEN 'queued' ELSE"
                       " state END, campaign_id FROM message WHERE id = :id"),
    [TOPIC_CAMPAIGN] = "SELECT state, name FROM campaign WHERE id = :id",
    [TOPIC_OFFICE] = "SELECT state FROM office WHERE code = :key",
    [TOPIC_INBOX] = "SELECT state, intent FROM inbound WHERE id = :id",
    [TOPIC_IMPORT] = "SELECT state, rows FROM import WHERE id = :id",
};

static void on_note(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct journal *journal = sqlite3_user_data(context);
    const char *key = (const char *)sqlite3_value_text(values[2]);
    (void)count;
    journal_note(journal, (enum journal_topic)sqlite3_value_int(values[0]),
        sqlite3_value_int64(values[1]), key ? key : "");
}

enum kb_err journal_store_open(struct journal *journal)
{
    struct store *store = journal->app->store;
    int flags = SQLITE_UTF8 | SQLITE_INNOCUOUS;
    if (sqlite3_create_function(store_db(store), "journal_note", 3, flags,
            journal, on_note, NULL, NULL) != SQLITE_OK) {
        log_error("api: the journal's function cannot be made");
        return KB_DB;
    }
    enum kb_err err = store_exec(store, triggers);
    for (size_t topic = 0; err == KB_OK && topic < JOURNAL_TABLES; topic++) {
        err = store_prepare(store, reads[topic], &journal->read[topic]);
    }
    return err;
}

void journal_store_close(struct journal *journal)
{
    sqlite3 *db = store_db(journal->app->store);
    for (size_t topic = 0; topic < JOURNAL_TABLES; topic++) {
        (void)sqlite3_finalize(journal->read[topic]);
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char sql[80];
        (void)sqlite3_snprintf(
            (int)sizeof(sql), sql, "DROP TRIGGER IF EXISTS temp.%s", names[i]);
        (void)sqlite3_exec(db, sql, NULL, NULL, NULL);
    }
    (void)sqlite3_create_function(
        db, "journal_note", 3, SQLITE_UTF8, NULL, NULL, NULL, NULL);
}

/* --- rows as events tell them ------------------------------------------------- */

static json_t *text_json(sqlite3_stmt *row, int column)
{
    return json_string(store_column_text(row, column));
}

static json_t *message_json(sqlite3_stmt *row, int64_t id)
{
    int64_t campaign = sqlite3_column_int64(row, 1);
    return json_pack("{sI so so}", "id", (json_int_t)id, "state",
        text_json(row, 0), "campaign",
        campaign != 0 ? json_integer(campaign) : json_null());
}

static json_t *campaign_json(sqlite3_stmt *row, int64_t id)
{
    return json_pack("{sI so so}", "id", (json_int_t)id, "name",
        text_json(row, 1), "state", text_json(row, 0));
}

static json_t *inbox_json(sqlite3_stmt *row, int64_t id)
{
    return json_pack("{sI so so}", "id", (json_int_t)id, "state",
        text_json(row, 0), "intent", text_json(row, 1));
}

static json_t *import_json(sqlite3_stmt *row, int64_t id)
{
    int64_t rows = sqlite3_column_int64(row, 1);
    return json_pack("{sI so sI sI}", "id", (json_int_t)id, "state",
        text_json(row, 0), "done", (json_int_t)rows, "total", (json_int_t)rows);
}

static json_t *row_json(
    enum journal_topic topic, sqlite3_stmt *row, int64_t id, const char *key)
{
    static json_t *(*const writers[JOURNAL_TABLES])(sqlite3_stmt *, int64_t) = {
        [TOPIC_MESSAGE] = message_json,
        [TOPIC_CAMPAIGN] = campaign_json,
        [TOPIC_INBOX] = inbox_json,
        [TOPIC_IMPORT] = import_json,
    };
    return topic == TOPIC_OFFICE
               ? json_pack("{ss so}", "code", key, "state", text_json(row, 0))
               : writers[topic](row, id);
}

json_t *journal_row_json(struct journal *journal, enum journal_topic topic,
    int64_t id, const char *key)
{
    sqlite3_stmt *read = journal->read[topic];
    json_t *json = NULL;
    if (topic == TOPIC_OFFICE) {
        store_bind_text(read, ":key", key);
    } else {
        store_bind_int(read, ":id", id);
    }
    if (store_step(journal->app->store, read) == KB_OK) {
        json = row_json(topic, read, id, key);
        (void)sqlite3_reset(read);
    }
    return json;
}
