// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "campaign/campaign_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS                                                                \
    "id, name, state, template, deadline_day, where_text, steps,"              \
    " start_at_ms, outage, pace, holdout, lang, created_at_ms,"                \
    " started_at_ms, note, audience, left_out, scan_day, scan_after,"          \
    " scan_again, follow, release_after, redate_after, correct_after,"         \
    " correct_until, follow_after, told_deadline, asked_by, on_unknown"
#define ACTIVE "(state IN ('scheduled', 'running', 'paused') OR follow = 1)"

static const struct store_query statements[] = {
    {offsetof(struct campaigns, insert),
     "INSERT INTO campaign (name, state, template, deadline_day,"
        " where_text, steps, start_at_ms, outage, pace, holdout, lang,"
        " on_unknown, created_at_ms, note) VALUES (:name, :state, :template, :deadline,"
        " :where, :steps, :start, :outage, :pace, :holdout, :lang, :unknown,"
        " :created, :note)"                                         },
    {offsetof(struct campaigns, put),
     "UPDATE campaign SET state = :state, template = :template,"
        " deadline_day = :deadline, where_text = :where, steps = :steps,"
        " start_at_ms = :start, outage = :outage, pace = :pace,"
        " holdout = :holdout, lang = :lang, on_unknown = :unknown,"
        " started_at_ms = :started,"
        " note = :note, audience = :audience, left_out = :left_out,"
        " scan_day = :scan_day, scan_after = :scan_after,"
        " scan_again = :scan_again, follow = :follow,"
        " release_after = :release, redate_after = :redate,"
        " correct_after = :correct, correct_until = :until,"
        " follow_after = :follow_after, told_deadline = :told,"
        " asked_by = :asked WHERE id = :id"                         },
    {offsetof(struct campaigns, by_name),
     "SELECT " COLUMNS " FROM campaign WHERE name = :name"          },
    {offsetof(struct campaigns, by_id),
     "SELECT " COLUMNS " FROM campaign WHERE id = :id"              },
    {offsetof(struct campaigns, list),
     "SELECT " COLUMNS " FROM campaign ORDER BY id DESC"            },
    {offsetof(struct campaigns, active),
     "SELECT " COLUMNS " FROM campaign WHERE " ACTIVE " ORDER BY id"},
    {offsetof(struct campaigns, release_all),
     "UPDATE campaign SET release_after = 0 WHERE state = 'running'"},
    {offsetof(struct campaigns, last_resident),
     "SELECT coalesce(max(id), 0) FROM resident"                    },
    {offsetof(struct campaigns, recipient_add),
     "INSERT OR IGNORE INTO recipient (campaign_id, resident_id)"
        " VALUES (:campaign, :resident)"                            },
    {offsetof(struct campaigns, recipient_put),
     "UPDATE recipient SET message_id = :message, day = :day,"
        " step = :step WHERE campaign_id = :campaign"
        " AND resident_id = :resident"                              },
    {offsetof(struct campaigns, recipient_get),
     "SELECT message_id, day, step FROM recipient"
        " WHERE campaign_id = :campaign AND resident_id = :resident"},
    {offsetof(struct campaigns, message_last),
     "SELECT message_id FROM campaign_message"
        " WHERE campaign_id = :campaign AND phone = :phone"
        " ORDER BY message_id DESC LIMIT 1"                         },
    {offsetof(struct campaigns, message_first),
     "SELECT coalesce(min((SELECT min(m.id) FROM message AS m"
        " WHERE m.campaign_id = :campaign AND m.campaign_id <> 0"
        " AND m.state = s.column1)), 0)"
        " FROM (VALUES ('held'), ('queued'), ('claimed'), ('submitting'),"
        " ('sent'), ('delivered'), ('undelivered'), ('failed'), ('expired'),"
        " ('cancelled'), ('unknown')) AS s"                         },
    {offsetof(struct campaigns, held_next),
     "SELECT message_id FROM campaign_message"
        " WHERE campaign_id = :campaign AND hold IN ('office', 'text')"
        " AND message_id > :after ORDER BY message_id LIMIT 1"      },
    {offsetof(struct campaigns, held_works),
     "SELECT (SELECT hold = 'text' FROM campaign_message"
        " WHERE message_id = :message) OR EXISTS (SELECT 1"
        " FROM recipient AS x JOIN resident AS r"
        " ON r.id = x.resident_id LEFT JOIN office AS o ON o.code = r.office"
        " WHERE x.message_id = :message AND x.message_id <> 0"
        " AND (o.state IS NULL OR o.state IN ('up', 'degraded')))"  },
    {offsetof(struct campaigns, contact_get),
     "SELECT message_id FROM contact_day"
        " WHERE phone = :phone AND day = :day"                      },
    {offsetof(struct campaigns, contact_put),
     "INSERT INTO contact_day (phone, day, message_id, campaign_id)"
        " VALUES (:phone, :day, :message, :campaign)"
        " ON CONFLICT DO UPDATE SET message_id = excluded.message_id,"
        " campaign_id = excluded.campaign_id"                       },
    {offsetof(struct campaigns, contact_before),
     "SELECT 1 FROM contact_day WHERE campaign_id = :campaign"
        " AND phone = :phone AND message_id <> :message LIMIT 1"    },
    {offsetof(struct campaigns, pace_get),
     "SELECT planned, sent FROM campaign_pace WHERE campaign_id = :campaign"
        " AND office = :office AND day = :day"                      },
    {offsetof(struct campaigns, pace_add),
     "INSERT INTO campaign_pace (campaign_id, office, day, planned, sent)"
        " VALUES (:campaign, :office, :day, :planned, :sent)"
        " ON CONFLICT DO UPDATE SET planned = planned + :planned,"
        " sent = sent + :sent"                                      },
};

#define STATEMENT_COUNT (sizeof statements / sizeof *statements)

enum kb_err campaign_store_open(struct campaigns *campaigns)
{
    return store_prepare_room(
        campaigns->rooms.store, campaigns, statements, STATEMENT_COUNT);
}

void campaign_store_close(struct campaigns *campaigns)
{
    store_finalize_room(campaigns, statements, STATEMENT_COUNT);
}

/* --- small shapes ------------------------------------------------------ */

/* A change that may find nothing to change. */
static enum kb_err run(struct campaigns *campaigns, sqlite3_stmt *statement)
{
    enum kb_err err = store_op_begin_record(campaigns->rooms.store);

    if (err != KB_OK) {
        return err;
    }
    err = store_run(campaigns->rooms.store, statement);
    return store_op_end(
        campaigns->rooms.store, err == KB_NOT_FOUND ? KB_OK : err);
}

/* The first column of the first row; KB_NOT_FOUND for none. */
static enum kb_err one(
    struct campaigns *campaigns, sqlite3_stmt *statement, int64_t *out)
{
    enum kb_err err = store_step(campaigns->rooms.store, statement);

    if (err == KB_OK) {
        *out = sqlite3_column_int64(statement, 0);
        (void)sqlite3_reset(statement);
    }
    return err;
}

/* As one(), where no row means 0. */
static enum kb_err one_or_zero(
    struct campaigns *campaigns, sqlite3_stmt *statement, int64_t *out)
{
    enum kb_err err = KB_OK;

    *out = 0;
    err = one(campaigns, statement, out);
    return err == KB_NOT_FOUND ? KB_OK : err;
}

/* --- campaigns --------------------------------------------------------- */

static void copy(char *out, size_t out_bytes, sqlite3_stmt *row, int column)
{
    (void)snprintf(out, out_bytes, "%s", store_column_text(row, column));
}

static void read_campaign(sqlite3_stmt *row, struct campaign *out)
{
    *out = (struct campaign){
        .id = sqlite3_column_int64(row, 0),
        .deadline_day = sqlite3_column_int(row, 4),
        .start_at_ms = sqlite3_column_int64(row, 7),
        .pace = sqlite3_column_int(row, 9),
        .holdout_percent = sqlite3_column_int(row, 10),
        .created_at_ms = sqlite3_column_int64(row, 12),
        .started_at_ms = sqlite3_column_int64(row, 13),
    };
    copy(out->name, sizeof out->name, row, 1);
    copy(out->state, sizeof out->state, row, 2);
    copy(out->template_name, sizeof out->template_name, row, 3);
    copy(out->where, sizeof out->where, row, 5);
    copy(out->steps, sizeof out->steps, row, 6);
    copy(out->outage, sizeof out->outage, row, 8);
    copy(out->lang, sizeof out->lang, row, 11);
    copy(out->note, sizeof out->note, row, 14);
    copy(out->on_unknown, sizeof out->on_unknown, row, 28);
}

static void read_row(sqlite3_stmt *row, struct campaign_row *out)
{
    *out = (struct campaign_row){
        .audience = sqlite3_column_int64(row, 15),
        .left_out = sqlite3_column_int64(row, 16),
        .scan_day = sqlite3_column_int(row, 17),
        .scan_after = sqlite3_column_int64(row, 18),
        .scan_again = sqlite3_column_int(row, 19) != 0,
        .follow = sqlite3_column_int(row, 20) != 0,
        .release_after = sqlite3_column_int64(row, 21),
        .redate_after = sqlite3_column_int64(row, 22),
        .correct_after = sqlite3_column_int64(row, 23),
        .correct_until = sqlite3_column_int64(row, 24),
        .follow_after = sqlite3_column_int64(row, 25),
        .told_deadline = sqlite3_column_int(row, 26),
    };
    read_campaign(row, &out->campaign);
    copy(out->campaign.asked_by, sizeof out->campaign.asked_by, row, 27);
    out->state = plan_state_of(out->campaign.state);
    /* Checked before it was stored; were it damaged, no step would come. */
    if (plan_steps_parse(out->campaign.steps, &out->steps, NULL) != KB_OK) {
        out->steps.count = 0;
    }
}

static void bind_campaign(sqlite3_stmt *statement, const struct campaign *in)
{
    store_bind_text(statement, ":state", in->state);
    store_bind_text(statement, ":template", in->template_name);
    store_bind_int(statement, ":deadline", in->deadline_day);
    store_bind_text(statement, ":where", in->where);
    store_bind_text(statement, ":steps", in->steps);
    store_bind_int(statement, ":start", in->start_at_ms);
    store_bind_text(statement, ":outage", in->outage);
    store_bind_int(statement, ":pace", in->pace);
    store_bind_int(statement, ":holdout", in->holdout_percent);
    store_bind_text(statement, ":lang", in->lang);
    store_bind_text(statement, ":unknown", in->on_unknown);
    store_bind_text(statement, ":note", in->note);
}

enum kb_err campaign_store_insert(
    struct campaigns *campaigns, struct campaign_row *row)
{
    sqlite3_stmt *insert = campaigns->insert;
    struct store *store = campaigns->rooms.store;
    enum kb_err err = store_op_begin(store);

    if (err != KB_OK) {
        return err;
    }
    bind_campaign(insert, &row->campaign);
    store_bind_text(insert, ":name", row->campaign.name);
    store_bind_int(insert, ":created", row->campaign.created_at_ms);
    err = store_op_end(store, store_run(store, insert));
    if (err == KB_OK) {
        row->campaign.id = sqlite3_last_insert_rowid(store_db(store));
    }
    return err;
}

enum kb_err campaign_store_put(
    struct campaigns *campaigns, const struct campaign_row *row)
{
    sqlite3_stmt *put = campaigns->put;

    bind_campaign(put, &row->campaign);
    store_bind_int(put, ":id", row->campaign.id);
    store_bind_int(put, ":started", row->campaign.started_at_ms);
    store_bind_int(put, ":audience", row->audience);
    store_bind_int(put, ":left_out", row->left_out);
    store_bind_int(put, ":scan_day", row->scan_day);
    store_bind_int(put, ":scan_after", row->scan_after);
    store_bind_int(put, ":scan_again", row->scan_again ? 1 : 0);
    store_bind_int(put, ":follow", row->follow ? 1 : 0);
    store_bind_int(put, ":release", row->release_after);
    store_bind_int(put, ":redate", row->redate_after);
    store_bind_int(put, ":correct", row->correct_after);
    store_bind_int(put, ":until", row->correct_until);
    store_bind_int(put, ":follow_after", row->follow_after);
    store_bind_int(put, ":told", row->told_deadline);
    store_bind_text(put, ":asked", row->campaign.asked_by);
    return run(campaigns, put);
}

static enum kb_err read_one(struct campaigns *campaigns,
    sqlite3_stmt *statement, struct campaign_row *out)
{
    enum kb_err err = store_step(campaigns->rooms.store, statement);

    if (err == KB_OK) {
        read_row(statement, out);
        (void)sqlite3_reset(statement);
    }
    return err;
}

enum kb_err campaign_store_by_name(
    struct campaigns *campaigns, const char *name, struct campaign_row *out)
{
    store_bind_text(campaigns->by_name, ":name", name);
    return read_one(campaigns, campaigns->by_name, out);
}

enum kb_err campaign_store_by_id(
    struct campaigns *campaigns, int64_t id, struct campaign_row *out)
{
    store_bind_int(campaigns->by_id, ":id", id);
    return read_one(campaigns, campaigns->by_id, out);
}

static enum kb_err read_all(struct campaigns *campaigns,
    sqlite3_stmt *statement, struct campaign_row **out, size_t *count)
{
    struct campaign_row *rows = NULL;
    size_t used = 0;
    enum kb_err err = KB_OK;

    while ((err = store_step(campaigns->rooms.store, statement)) == KB_OK) {
        if (used % 16 == 0) {
            rows = mem_resize(rows, used + 16, sizeof *rows);
        }
        read_row(statement, &rows[used++]);
    }
    if (err != KB_NOT_FOUND) {
        free(rows);
        return err;
    }
    *out = rows;
    *count = used;
    return KB_OK;
}

enum kb_err campaign_store_list(
    struct campaigns *campaigns, struct campaign_row **out, size_t *count)
{
    return read_all(campaigns, campaigns->list, out, count);
}

enum kb_err campaign_store_active(
    struct campaigns *campaigns, struct campaign_row **out, size_t *count)
{
    return read_all(campaigns, campaigns->active, out, count);
}

enum kb_err campaign_store_release_all(struct campaigns *campaigns)
{
    return run(campaigns, campaigns->release_all);
}

/* --- recipients -------------------------------------------------------- */

enum kb_err campaign_store_last_resident(
    struct campaigns *campaigns, int64_t *id)
{
    return one(campaigns, campaigns->last_resident, id);
}

enum kb_err campaign_store_recipient_add(struct campaigns *campaigns,
    int64_t campaign_id, int64_t resident_id, bool *added)
{
    sqlite3_stmt *add = campaigns->recipient_add;
    struct store *store = campaigns->rooms.store;
    enum kb_err err = store_op_begin(store);

    if (err != KB_OK) {
        return err;
    }
    store_bind_int(add, ":campaign", campaign_id);
    store_bind_int(add, ":resident", resident_id);
    err = store_run(store, add);
    *added = err == KB_OK;
    return store_op_end(store, err == KB_NOT_FOUND ? KB_OK : err);
}

enum kb_err campaign_store_recipient_put(
    struct campaigns *campaigns, const struct campaign_recipient *recipient)
{
    sqlite3_stmt *put = campaigns->recipient_put;

    store_bind_int(put, ":campaign", recipient->campaign_id);
    store_bind_int(put, ":resident", recipient->resident_id);
    store_bind_int(put, ":message", recipient->message_id);
    store_bind_int(put, ":day", recipient->day);
    store_bind_int(put, ":step", recipient->step);
    return run(campaigns, put);
}

enum kb_err campaign_store_recipient_get(struct campaigns *campaigns,
    int64_t campaign_id, int64_t resident_id, struct campaign_recipient *out)
{
    sqlite3_stmt *row = campaigns->recipient_get;
    enum kb_err err = KB_OK;

    store_bind_int(row, ":campaign", campaign_id);
    store_bind_int(row, ":resident", resident_id);
    err = store_step(campaigns->rooms.store, row);
    if (err == KB_OK) {
        *out = (struct campaign_recipient){
            .campaign_id = campaign_id,
            .resident_id = resident_id,
            .message_id = sqlite3_column_int64(row, 0),
            .day = sqlite3_column_int(row, 1),
            .step = sqlite3_column_int(row, 2),
        };
        (void)sqlite3_reset(row);
    }
    return err;
}

/* --- messages ---------------------------------------------------------- */

enum kb_err campaign_store_message_last(struct campaigns *campaigns,
    int64_t campaign_id, const char *phone, int64_t *message_id)
{
    store_bind_int(campaigns->message_last, ":campaign", campaign_id);
    store_bind_text(campaigns->message_last, ":phone", phone);
    return one(campaigns, campaigns->message_last, message_id);
}

enum kb_err campaign_store_message_first(
    struct campaigns *campaigns, int64_t campaign_id, int64_t *message_id)
{
    store_bind_int(campaigns->message_first, ":campaign", campaign_id);
    return one_or_zero(campaigns, campaigns->message_first, message_id);
}

enum kb_err campaign_store_held_next(struct campaigns *campaigns,
    int64_t campaign_id, int64_t after, int64_t *message_id)
{
    store_bind_int(campaigns->held_next, ":campaign", campaign_id);
    store_bind_int(campaigns->held_next, ":after", after);
    return one(campaigns, campaigns->held_next, message_id);
}

enum kb_err campaign_store_held_works(
    struct campaigns *campaigns, int64_t message_id, bool *works)
{
    int64_t value = 0;
    enum kb_err err = KB_OK;

    store_bind_int(campaigns->held_works, ":message", message_id);
    err = one_or_zero(campaigns, campaigns->held_works, &value);
    *works = value != 0;
    return err;
}

/* --- who was told when ------------------------------------------------- */

enum kb_err campaign_store_contact_get(struct campaigns *campaigns,
    const char *phone, int32_t day, int64_t *message_id)
{
    store_bind_text(campaigns->contact_get, ":phone", phone);
    store_bind_int(campaigns->contact_get, ":day", day);
    return one_or_zero(campaigns, campaigns->contact_get, message_id);
}

enum kb_err campaign_store_contact_put(struct campaigns *campaigns,
    const struct outbox_message *message, int32_t day)
{
    sqlite3_stmt *put = campaigns->contact_put;

    store_bind_text(put, ":phone", message->phone);
    store_bind_int(put, ":day", day);
    store_bind_int(put, ":message", message->id);
    store_bind_int(put, ":campaign", message->campaign_id);
    return run(campaigns, put);
}

enum kb_err campaign_store_contact_before(struct campaigns *campaigns,
    int64_t campaign_id, const char *phone, int64_t but_message_id,
    bool *before)
{
    int64_t value = 0;
    enum kb_err err = KB_OK;

    store_bind_int(campaigns->contact_before, ":campaign", campaign_id);
    store_bind_text(campaigns->contact_before, ":phone", phone);
    store_bind_int(campaigns->contact_before, ":message", but_message_id);
    err = one_or_zero(campaigns, campaigns->contact_before, &value);
    *before = value != 0;
    return err;
}

static void bind_pace(sqlite3_stmt *statement, const struct campaign_pace *pace)
{
    store_bind_int(statement, ":campaign", pace->campaign_id);
    store_bind_text(statement, ":office", pace->office);
}

enum kb_err campaign_store_pace_get(struct campaigns *campaigns,
    const struct campaign_pace *pace, int *planned, int *sent)
{
    sqlite3_stmt *row = campaigns->pace_get;
    enum kb_err err = KB_OK;

    *planned = 0;
    *sent = 0;
    bind_pace(row, pace);
    store_bind_int(row, ":day", pace->day);
    err = store_step(campaigns->rooms.store, row);
    if (err == KB_OK) {
        *planned = sqlite3_column_int(row, 0);
        *sent = sqlite3_column_int(row, 1);
        (void)sqlite3_reset(row);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err campaign_store_pace_add(struct campaigns *campaigns,
    const struct campaign_pace *pace, int planned, int sent)
{
    bind_pace(campaigns->pace_add, pace);
    store_bind_int(campaigns->pace_add, ":day", pace->day);
    store_bind_int(campaigns->pace_add, ":planned", planned);
    store_bind_int(campaigns->pace_add, ":sent", sent);
    return run(campaigns, campaigns->pace_add);
}
