// SPDX-License-Identifier: GPL-2.0-or-later
#include "alarm/alarm_internal.h"

#include <stdio.h>

#define KEEP_MS     ((int64_t)90 * 24 * 3600 * 1000)
#define FORGET_ROWS 100

#define COLUMNS                                                                \
    "id, key, severity, state, text, times, raised_at_ms, last_at_ms,"         \
    " coalesce(told_at_ms, 0), coalesce(cleared_at_ms, 0),"                    \
    " coalesce(acked_at_ms, 0), acked_by"

static const struct store_query statements[] = {
    {offsetof(struct alarms, put),
     "INSERT INTO alarm (key, severity, state, text, raised_at_ms,"
        " last_at_ms, tell_at_ms) VALUES (:key, :severity, 'raised', :text,"
        " :now, :now, :tell)"                                                },
    {offsetof(struct alarms, find),
     "SELECT " COLUMNS " FROM alarm WHERE key = :key"
        " AND state <> 'cleared'"                                            },
    {offsetof(struct alarms, again),
     "UPDATE alarm SET severity = :severity, text = :text,"
        " times = times + (state = 'clearing'), state = 'raised',"
        " clear_at_ms = NULL, last_at_ms = :now,"
        " told_at_ms = CASE WHEN :tell THEN NULL ELSE told_at_ms END,"
        " tell_at_ms = CASE WHEN :tell THEN :now ELSE tell_at_ms END"
        " WHERE id = :id AND state <> 'cleared'"                             },
    {offsetof(struct alarms, away),
     "UPDATE alarm SET state = 'clearing', clear_at_ms = :clear"
        " WHERE id = :id AND state = 'raised'"                               },
    {offsetof(struct alarms, to_tell),
     "SELECT " COLUMNS " FROM alarm WHERE state <> 'cleared'"
        " AND told_at_ms IS NULL AND tell_at_ms <= :now"
        " AND (state = 'raised' OR times >= :flaps) ORDER BY id LIMIT 1"     },
    {offsetof(struct alarms, told),
     "UPDATE alarm SET told_at_ms = :now WHERE id = :id"                     },
    {offsetof(struct alarms, to_clear),
     "SELECT " COLUMNS " FROM alarm WHERE state <> 'cleared'"
        " AND state = 'clearing' AND clear_at_ms <= :now ORDER BY id LIMIT 1"},
    {offsetof(struct alarms, cleared),
     "UPDATE alarm SET state = 'cleared', cleared_at_ms = :now"
        " WHERE id = :id"                                                    },
    {offsetof(struct alarms, forget),
     "DELETE FROM alarm WHERE id IN (SELECT id FROM alarm"
        " WHERE cleared_at_ms IS NOT NULL AND cleared_at_ms < :before"
        " LIMIT :limit)"                                                     },
    {offsetof(struct alarms, list),
     "SELECT " COLUMNS " FROM alarm WHERE id < :before"
        " AND CASE WHEN :state IS NULL THEN :all OR state <> 'cleared'"
        " ELSE state = :state END"
        " AND (:key IS NULL OR substr(key, 1, length(:key)) = :key)"
        " AND severity >= :least ORDER BY id DESC LIMIT :limit"              },
    {offsetof(struct alarms, get),
     "SELECT " COLUMNS " FROM alarm WHERE id = :id"                          },
    {offsetof(struct alarms, ack),
     "UPDATE alarm SET acked_at_ms = coalesce(acked_at_ms, :now),"
        " acked_by = CASE WHEN acked_at_ms IS NULL THEN :who ELSE acked_by END"
        " WHERE id = :id"                                                    },
};

#define STATEMENT_COUNT (sizeof statements / sizeof *statements)

enum kb_err alarms_prepare(struct alarms *alarms)
{
    return store_prepare_room(
        alarms->store, alarms, statements, STATEMENT_COUNT);
}

void alarms_finalize(struct alarms *alarms)
{
    store_finalize_room(alarms, statements, STATEMENT_COUNT);
}

static int64_t now_of(const struct alarms *alarms)
{
    return clock_now_ms(alarms->clock);
}

static void read_alarm(sqlite3_stmt *row, struct alarm *out)
{
    *out = (struct alarm){
        .id = sqlite3_column_int64(row, 0),
        .severity = (enum alarm_severity)sqlite3_column_int(row, 2),
        .times = sqlite3_column_int64(row, 5),
        .raised_at_ms = sqlite3_column_int64(row, 6),
        .last_at_ms = sqlite3_column_int64(row, 7),
        .told_at_ms = sqlite3_column_int64(row, 8),
        .cleared_at_ms = sqlite3_column_int64(row, 9),
        .acked_at_ms = sqlite3_column_int64(row, 10),
    };
    (void)snprintf(out->key, sizeof out->key, "%s", store_column_text(row, 1));
    (void)snprintf(
        out->state, sizeof out->state, "%s", store_column_text(row, 3));
    (void)snprintf(
        out->text, sizeof out->text, "%s", store_column_text(row, 4));
    (void)snprintf(
        out->acked_by, sizeof out->acked_by, "%s", store_column_text(row, 11));
}

static enum kb_err read_one(
    struct alarms *alarms, sqlite3_stmt *row, struct alarm *out)
{
    enum kb_err err = store_step(alarms->store, row);

    if (err == KB_OK) {
        read_alarm(row, out);
        (void)sqlite3_reset(row);
    }
    return err;
}

enum kb_err alarms_find(
    struct alarms *alarms, const char *key, struct alarm *out)
{
    store_bind_text(alarms->find, ":key", key);
    return read_one(alarms, alarms->find, out);
}

enum kb_err alarms_put(struct alarms *alarms, const struct alarm_new *alarm)
{
    int64_t now = now_of(alarms);

    store_bind_text(alarms->put, ":key", alarm->key);
    store_bind_int(alarms->put, ":severity", alarm->severity);
    store_bind_text(alarms->put, ":text", alarm->text);
    store_bind_int(alarms->put, ":now", now);
    store_bind_int(alarms->put, ":tell", now + alarm->after_ms);
    return store_run(alarms->store, alarms->put);
}

enum kb_err alarms_again(struct alarms *alarms, const struct alarm *old,
    const struct alarm_new *alarm, bool tell)
{
    store_bind_int(alarms->again, ":id", old->id);
    store_bind_int(alarms->again, ":severity", alarm->severity);
    store_bind_text(alarms->again, ":text", alarm->text);
    store_bind_int(alarms->again, ":now", now_of(alarms));
    store_bind_int(alarms->again, ":tell", tell ? 1 : 0);
    return store_run(alarms->store, alarms->again);
}

enum kb_err alarms_away(struct alarms *alarms, int64_t id)
{
    store_bind_int(alarms->away, ":id", id);
    store_bind_int(alarms->away, ":clear", now_of(alarms) + alarms->quiet_ms);
    return store_run(alarms->store, alarms->away);
}

enum kb_err alarms_to_tell(struct alarms *alarms, struct alarm *out)
{
    store_bind_int(alarms->to_tell, ":now", now_of(alarms));
    store_bind_int(alarms->to_tell, ":flaps", FLAPS);
    return read_one(alarms, alarms->to_tell, out);
}

enum kb_err alarms_to_clear(struct alarms *alarms, struct alarm *out)
{
    store_bind_int(alarms->to_clear, ":now", now_of(alarms));
    return read_one(alarms, alarms->to_clear, out);
}

enum kb_err alarms_mark_told(struct alarms *alarms, int64_t id)
{
    store_bind_int(alarms->told, ":id", id);
    store_bind_int(alarms->told, ":now", now_of(alarms));
    return store_run(alarms->store, alarms->told);
}

enum kb_err alarms_mark_cleared(struct alarms *alarms, int64_t id)
{
    store_bind_int(alarms->cleared, ":id", id);
    store_bind_int(alarms->cleared, ":now", now_of(alarms));
    return store_run(alarms->store, alarms->cleared);
}

enum kb_err alarms_forget(struct alarms *alarms)
{
    enum kb_err err = store_op_begin_record(alarms->store);

    if (err != KB_OK) {
        return err;
    }
    store_bind_int(alarms->forget, ":before", now_of(alarms) - KEEP_MS);
    store_bind_int(alarms->forget, ":limit", FORGET_ROWS);
    err = store_run(alarms->store, alarms->forget);
    return store_op_end(alarms->store, err == KB_NOT_FOUND ? KB_OK : err);
}

enum kb_err alarm_list(struct alarms *alarms, const struct alarm_filter *filter,
    alarm_list_fn *fn, void *arg)
{
    sqlite3_stmt *row = alarms->list;
    enum kb_err err = KB_OK;

    store_bind_int(
        row, ":before", filter->before_id == 0 ? INT64_MAX : filter->before_id);
    store_bind_int(row, ":all", filter->all ? 1 : 0);
    store_bind_text_or_null(row, ":state", filter->state);
    store_bind_text_or_null(row, ":key", filter->key);
    store_bind_int(row, ":least", filter->least);
    store_bind_int(row, ":limit", filter->limit == 0 ? -1 : filter->limit);
    while ((err = store_step(alarms->store, row)) == KB_OK) {
        struct alarm alarm = {0};

        read_alarm(row, &alarm);
        fn(arg, &alarm);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err alarm_get(struct alarms *alarms, int64_t id, struct alarm *out)
{
    store_bind_int(alarms->get, ":id", id);
    return read_one(alarms, alarms->get, out);
}

enum kb_err alarm_ack(struct alarms *alarms, int64_t id, const char *who)
{
    enum kb_err err = store_op_begin_record(alarms->store);

    if (err != KB_OK) {
        return err;
    }
    store_bind_int(alarms->ack, ":id", id);
    store_bind_text(alarms->ack, ":who", who);
    store_bind_int(alarms->ack, ":now", now_of(alarms));
    return store_op_end(alarms->store, store_run(alarms->store, alarms->ack));
}
