// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "outbox/outbox_internal.h"
#include "text/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_COLUMNS                                                        \
    "id, state, class, phone, text, coalesce(ref, ''), reason,"                \
    " coalesce(modem, ''), campaign_id, step, coalesce(inbound_id, 0),"        \
    " created_at_ms, next_at_ms, coalesce(expires_at_ms, 0),"                  \
    " coalesce(settled_at_ms, 0), attempts, parts"
/* As the partial index has it, so that SQLite sees that it serves. */
#define BUSY "state IN ('claimed', 'submitting')"
#define LIST_TAIL                                                              \
    " AND (:state IS NULL OR state IN (:state, :also))"                        \
    " AND id < :before ORDER BY id DESC LIMIT :limit"

static const struct {
    size_t offset;
    const char *sql;
} statements[] = {
    {offsetof(struct outbox, insert),
     "INSERT INTO message (state, class, urgency, phone, text, campaign_id,"
        " step, inbound_id, ref, created_at_ms, next_at_ms, expires_at_ms,"
        " prefer_modem, prefer_until_ms, reason)"
        " VALUES (:state, :class, :urgency, :phone, :text, :campaign, :step,"
        " :inbound, :ref, :now, :due, :expires, :prefer, :until, :reason)"          },
    {offsetof(struct outbox, get),
     "SELECT " MESSAGE_COLUMNS " FROM message WHERE id = :id"                       },
    {offsetof(struct outbox, list),
     "SELECT " MESSAGE_COLUMNS " FROM message WHERE true" LIST_TAIL                 },
    {offsetof(struct outbox, list_phone),
     "SELECT " MESSAGE_COLUMNS
        " FROM message WHERE phone = :phone" LIST_TAIL                              },
    {offsetof(struct outbox, list_campaign),
     "SELECT " MESSAGE_COLUMNS
        " FROM message WHERE campaign_id = :campaign AND campaign_id <> 0" LIST_TAIL},
    {offsetof(struct outbox, counts),
     "SELECT state, n FROM message_count WHERE campaign_id = :campaign"             },
    {offsetof(struct outbox, counts_all),
     "SELECT state, sum(n) FROM message_count GROUP BY state"                       },
    {offsetof(struct outbox, move),
     "UPDATE message SET state = :to, reason = coalesce(:reason, reason),"
        " next_at_ms = coalesce(:next, next_at_ms),"
        " settled_at_ms = CASE WHEN :final THEN :now END"
        " WHERE id = :id AND state = :from"                                         },
    {offsetof(struct outbox, move_campaign),
     "UPDATE message SET state = :to, reason = :reason ||"
        " CASE WHEN :to = 'expired' AND reason <> ''"
        " THEN ' (' || reason || ')' ELSE '' END,"
        " settled_at_ms = CASE WHEN :final THEN :now END"
        " WHERE id IN (SELECT id FROM message WHERE campaign_id = :campaign"
        " AND campaign_id <> 0 AND state = :from ORDER BY id LIMIT :limit)"         },
    {offsetof(struct outbox, redate),
     "UPDATE message SET expires_at_ms = :expires, urgency ="
        " CASE WHEN urgency < :step THEN urgency"
        " ELSE :base + urgency % :step END"
        " WHERE id > :after AND id <= :upto AND +campaign_id = :campaign"
        " AND class = 2 AND +state IN ('held', 'queued', 'claimed')"                },
    {offsetof(struct outbox, retext),
     "UPDATE message SET text = :text WHERE id = :id"
        " AND state IN ('held', 'queued', 'claimed')"                               },
    {offsetof(struct outbox, expire),
     "UPDATE message SET state = 'expired', settled_at_ms = :now,"
        " reason = 'its time was over before it could be sent' ||"
        " CASE WHEN reason = '' THEN '' ELSE ' (' || reason || ')' END"
        " WHERE id IN (SELECT id FROM message"
        " WHERE state IN ('queued', 'held') AND expires_at_ms <= :now"
        " LIMIT :limit)"                                                            },
    {offsetof(struct outbox, recover_parts),
     "UPDATE part SET state = 'unknown' WHERE state = 'submitting'"
        " AND message_id IN (SELECT id FROM message"
        " WHERE " BUSY " AND state = 'submitting')"                                 },
    {offsetof(struct outbox, recover_messages),
     "UPDATE message SET state = :to, reason = :reason"
        " WHERE " BUSY " AND state = :from"                                         },
    {offsetof(struct outbox, purge),
     "DELETE FROM message WHERE id IN"
        " (SELECT id FROM message ORDER BY id LIMIT :limit)"
        " AND created_at_ms < :before AND settled_at_ms IS NOT NULL"                },
    {offsetof(struct outbox, unclaim),
     "UPDATE message SET state = 'queued'"
        " WHERE " BUSY " AND state = 'claimed' AND modem = :modem"                  },
    {offsetof(struct outbox, part_list),
     "SELECT part, state, modem, coalesce(tp_mr, -1), coalesce(tp_st, -1),"
        " attempt, submitted_at_ms, coalesce(sent_at_ms, 0),"
        " coalesce(reported_at_ms, 0)"
        " FROM part WHERE message_id = :id ORDER BY part"                           },
    {offsetof(struct outbox, part_retry),
     "UPDATE part SET state = 'queued' WHERE message_id = :id"
        " AND state IN ('unknown', 'failed', 'undelivered')"                        },
    {offsetof(struct outbox, day_get),
     "SELECT sent FROM modem_day WHERE modem = :modem AND day = :day"               },
    {offsetof(struct outbox, urgency_next),
     "SELECT min(urgency) FROM message WHERE state = 'queued'"
        " AND class = :class AND urgency > :urgency"                                },
    {offsetof(struct outbox, claim_find),
     "SELECT " MESSAGE_COLUMNS " FROM message WHERE state = 'queued'"
        " AND class = :class AND urgency = :urgency AND next_at_ms <= :now"
        " AND (prefer_modem IS NULL OR prefer_modem = :modem"
        "      OR prefer_until_ms <= :now)"
        " AND (expires_at_ms IS NULL OR expires_at_ms > :now)"
        " ORDER BY next_at_ms, id LIMIT 1"                                          },
    {offsetof(struct outbox, claim_take),
     "UPDATE message SET state = 'claimed', modem = :modem"
        " WHERE id = :id AND state = 'queued'"                                      },
    {offsetof(struct outbox, submitting),
     "UPDATE message SET state = 'submitting', modem = :modem,"
        " parts = :parts, reason = ''"
        " WHERE id = :id AND state = 'claimed' AND modem = :modem"                  },
    {offsetof(struct outbox, part_put),
     "INSERT INTO part (message_id, part, state, modem, sim, expected_mr,"
        " phone_tail, submitted_at_ms)"
        " VALUES (:id, :part, 'submitting', :modem, :sim, :expected, :tail,"
        " :now)"
        " ON CONFLICT DO UPDATE SET state = 'submitting',"
        " modem = excluded.modem, sim = excluded.sim, attempt = attempt + 1,"
        " expected_mr = excluded.expected_mr, tp_mr = NULL, tp_st = NULL,"
        " submitted_at_ms = excluded.submitted_at_ms, sent_at_ms = NULL,"
        " reported_at_ms = NULL"                                                    },
    {offsetof(struct outbox, part_settle),
     "UPDATE part SET state = :state, tp_mr = :mr,"
        " sent_at_ms = CASE WHEN :state = 'sent' THEN :now END"
        " WHERE message_id = :id AND part = :part AND state = 'submitting'"         },
    {offsetof(struct outbox, settle),
     "UPDATE message SET state = :to, reason = :reason,"
        " next_at_ms = coalesce(:next, next_at_ms),"
        " attempts = attempts + :attempt,"
        " settled_at_ms = CASE WHEN :final THEN :now END"
        " WHERE id = :id AND state = 'submitting'"                                  },
    {offsetof(struct outbox, part_sent_count),
     "SELECT m.parts, (SELECT count(*) FROM part p"
        " WHERE p.message_id = m.id AND p.state IN ('sent', 'delivered',"
        " 'undelivered'))"
        " FROM message m WHERE m.id = :id"                                          },
    {offsetof(struct outbox, day_add),
     "INSERT INTO modem_day (modem, day, sent) VALUES (:modem, :day, 1)"
        " ON CONFLICT DO UPDATE SET sent = sent + 1"                                },
    {offsetof(struct outbox, report_sent),
     "SELECT message_id, part FROM part WHERE phone_tail = :tail"
        " AND sim = :sim AND submitted_at_ms >= :since"
        " AND state = 'sent' AND tp_mr = :mr"
        " ORDER BY submitted_at_ms DESC LIMIT 1"                                    },
    {offsetof(struct outbox, report_again),
     "SELECT message_id, part FROM part WHERE phone_tail = :tail"
        " AND sim = :sim AND submitted_at_ms >= :since"
        " AND state IN ('delivered', 'undelivered')"
        " AND tp_mr = :mr AND tp_st = :st"
        " ORDER BY submitted_at_ms DESC LIMIT 1"                                    },
    {offsetof(struct outbox, report_unknown),
     "SELECT message_id, part FROM part WHERE phone_tail = :tail"
        " AND sim = :sim AND submitted_at_ms >= :since AND state = 'unknown'"
        /* A part that is in the modem with that reference has the better
           claim: its result is still to come. */
        " AND NOT EXISTS (SELECT 1 FROM part q WHERE q.phone_tail = :tail"
        " AND q.sim = :sim AND q.submitted_at_ms >= :since"
        " AND q.state = 'submitting'"
        " AND (q.expected_mr IS NULL OR q.expected_mr = :mr))"
        " ORDER BY submitted_at_ms DESC, expected_mr = :mr DESC LIMIT 1"            },
    {offsetof(struct outbox, report_part),
     "UPDATE part SET state = :state, tp_st = :st, tp_mr = :mr,"
        " reported_at_ms = :now WHERE message_id = :id AND part = :part"            },
    {offsetof(struct outbox, report_sum),
     "SELECT m.state, m.parts,"
        " count(*) FILTER (WHERE p.state = 'delivered'),"
        " count(*) FILTER (WHERE p.state = 'undelivered'),"
        " count(*) FILTER (WHERE p.state = 'sent'),"
        " count(*) FILTER (WHERE p.state = 'unknown')"
        " FROM message m JOIN part p ON p.message_id = m.id"
        " WHERE m.id = :id"                                                         },
    {offsetof(struct outbox, early_put),
     "INSERT INTO early_report (modem, sim, phone_tail, tp_mr, tp_st,"
        " at_ms) VALUES (:modem, :sim, :tail, :mr, :st, :now)"                      },
    {offsetof(struct outbox, early_trim),
     "DELETE FROM early_report WHERE at_ms < :since OR id <="
        " (SELECT max(id) FROM early_report) - 10000"                               },
    {offsetof(struct outbox, early_find),
     "SELECT e.id, e.modem, e.tp_mr, e.tp_st, p.sim, m.phone"
        " FROM part p JOIN message m ON m.id = p.message_id"
        " JOIN early_report e ON e.phone_tail = p.phone_tail"
        " AND e.sim = p.sim AND e.at_ms >= p.submitted_at_ms"
        " AND (p.state = 'unknown' OR e.tp_mr = p.tp_mr)"
        " WHERE p.message_id = :id AND p.part = :part"
        " ORDER BY e.id DESC LIMIT 1"                                               },
    {offsetof(struct outbox, early_drop),
     "DELETE FROM early_report WHERE id = :id"                                      },
};

#define STATEMENT_COUNT (sizeof statements / sizeof *statements)

static void table_of(struct outbox *outbox, struct store_statement *table)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        table[i].out =
            (sqlite3_stmt **)(void *)((char *)outbox + statements[i].offset);
        table[i].sql = statements[i].sql;
    }
}

enum kb_err outbox_open(
    struct store *store, const struct clock *clock, struct outbox **out)
{
    struct outbox *outbox = mem_new(sizeof *outbox);
    struct store_statement table[STATEMENT_COUNT];

    outbox->store = store;
    outbox->clock = clock;
    table_of(outbox, table);
    if (store_prepare_all(store, table, STATEMENT_COUNT) != KB_OK) {
        free(outbox);
        return KB_DB;
    }
    *out = outbox;
    return KB_OK;
}

void outbox_close(struct outbox *outbox)
{
    struct store_statement table[STATEMENT_COUNT];

    if (outbox == NULL) {
        return;
    }
    table_of(outbox, table);
    store_finalize_all(table, STATEMENT_COUNT);
    free(outbox);
}

/* --- accepting --------------------------------------------------------- */

/* How long an answer waits for the SIM of its conversation. */
#define PREFER_MS 10000

static enum kb_err check_phone(const char *phone, struct why *why)
{
    const char *digits = phone + (*phone == '+' ? 1 : 0);
    size_t length = strlen(digits);

    /* ITU-T E.164: 15 digits at most; short codes have 3 and more. */
    if (!str_digits(digits) || length > 15 ||
        length < (*phone == '+' ? 7U : 3U)) {
        why_field(why, "phone");
        why_set(why,
            "not a phone number; write it as +62812… or 0812…, digits only");
        return KB_INVALID;
    }
    return KB_OK;
}

static enum kb_err check_text(const char *text, struct why *why)
{
    struct text_size size = {0};

    if (!str_utf8_valid(text, strlen(text))) {
        why_field(why, "text");
        why_set(why, "the text is not UTF-8; save it as UTF-8 and try again");
        return KB_INVALID;
    }
    size = text_measure(text);
    if (size.parts < 1 || size.parts > TEXT_MAX_PARTS) {
        why_field(why, "text");
        why_set(why,
            size.parts < 1 ? "the text is empty; write what is to be said"
                           : "the text needs %d segments, %d are the most; "
                             "make it shorter",
            size.parts, TEXT_MAX_PARTS);
        return KB_INVALID;
    }
    return KB_OK;
}

static void bind_new(struct outbox *outbox, const struct outbox_new *message)
{
    sqlite3_stmt *insert = outbox->insert;
    int64_t now = clock_now_ms(outbox->clock);

    store_bind_text(
        insert, ":state", message->hold_reason == NULL ? "queued" : "held");
    store_bind_int(insert, ":class", message->class);
    store_bind_int(insert, ":urgency", message->urgency);
    store_bind_text(insert, ":phone", message->phone);
    store_bind_text(insert, ":text", message->text);
    store_bind_int(insert, ":campaign", message->campaign_id);
    store_bind_int(insert, ":step", message->step);
    store_bind_id_or_null(insert, ":inbound", message->inbound_id);
    store_bind_text_or_null(insert, ":ref", message->ref);
    store_bind_int(insert, ":now", now);
    store_bind_int(
        insert, ":due", message->due_at_ms == 0 ? now : message->due_at_ms);
    store_bind_id_or_null(insert, ":expires", message->expires_at_ms);
    store_bind_text_or_null(insert, ":prefer", message->prefer_modem);
    store_bind_int(insert, ":until", now + PREFER_MS);
    store_bind_text(insert, ":reason",
        message->hold_reason == NULL ? "" : message->hold_reason);
}

enum kb_err outbox_accept(struct outbox *outbox,
    const struct outbox_new *message, int64_t *id, struct why *why)
{
    enum kb_err err = check_phone(message->phone, why);

    if (err == KB_OK) {
        err = check_text(message->text, why);
    }
    if (err == KB_OK && message->expires_at_ms != 0 &&
        message->expires_at_ms <= clock_now_ms(outbox->clock)) {
        why_field(why, "expire");
        why_set(why, "the time to expire is over already; give a later one");
        err = KB_INVALID;
    }
    if (err == KB_OK) {
        err = store_op_begin(outbox->store);
    }
    if (err != KB_OK) {
        return err;
    }
    bind_new(outbox, message);
    err = store_op_end(outbox->store, store_run(outbox->store, outbox->insert));
    if (err == KB_OK) {
        *id = sqlite3_last_insert_rowid(store_db(outbox->store));
    }
    return err;
}

/* --- reading ----------------------------------------------------------- */

static void read_message(sqlite3_stmt *row, struct outbox_message *out)
{
    *out = (struct outbox_message){
        .id = sqlite3_column_int64(row, 0),
        .class = (enum msg_class)sqlite3_column_int(row, 2),
        .text = mem_strdup(store_column_text(row, 4)),
        .ref = mem_strdup(store_column_text(row, 5)),
        .campaign_id = sqlite3_column_int64(row, 8),
        .step = sqlite3_column_int(row, 9),
        .inbound_id = sqlite3_column_int64(row, 10),
        .created_at_ms = sqlite3_column_int64(row, 11),
        .next_at_ms = sqlite3_column_int64(row, 12),
        .expires_at_ms = sqlite3_column_int64(row, 13),
        .settled_at_ms = sqlite3_column_int64(row, 14),
        .attempts = sqlite3_column_int(row, 15),
        .parts = sqlite3_column_int(row, 16),
    };
    if (msg_state_parse(store_column_text(row, 1), &out->state) != KB_OK) {
        log_error("outbox: id=%lld has no such state", (long long)out->id);
    }
    (void)snprintf(
        out->phone, sizeof out->phone, "%s", store_column_text(row, 3));
    (void)snprintf(
        out->reason, sizeof out->reason, "%s", store_column_text(row, 6));
    (void)snprintf(
        out->modem, sizeof out->modem, "%s", store_column_text(row, 7));
}

void outbox_message_clear(struct outbox_message *message)
{
    free(message->text);
    free(message->ref);
    *message = (struct outbox_message){0};
}

enum kb_err outbox_get(
    struct outbox *outbox, int64_t id, struct outbox_message *out)
{
    enum kb_err err = KB_OK;

    store_bind_int(outbox->get, ":id", id);
    err = store_step(outbox->store, outbox->get);
    if (err == KB_OK) {
        read_message(outbox->get, out);
        (void)sqlite3_reset(outbox->get);
    }
    return err;
}

enum kb_err outbox_parts(struct outbox *outbox, int64_t id,
    struct outbox_part *out, size_t most, size_t *count)
{
    sqlite3_stmt *row = outbox->part_list;
    enum kb_err err = KB_OK;

    *count = 0;
    store_bind_int(row, ":id", id);
    while (*count < most && (err = store_step(outbox->store, row)) == KB_OK) {
        struct outbox_part *part = &out[(*count)++];

        *part = (struct outbox_part){
            .part = sqlite3_column_int(row, 0),
            .tp_mr = sqlite3_column_int(row, 3),
            .tp_st = sqlite3_column_int(row, 4),
            .attempt = sqlite3_column_int(row, 5),
            .submitted_at_ms = sqlite3_column_int64(row, 6),
            .sent_at_ms = sqlite3_column_int64(row, 7),
            .reported_at_ms = sqlite3_column_int64(row, 8),
        };
        (void)snprintf(
            part->state, sizeof part->state, "%s", store_column_text(row, 1));
        (void)snprintf(
            part->modem, sizeof part->modem, "%s", store_column_text(row, 2));
    }
    (void)sqlite3_reset(row);
    return err == KB_NOT_FOUND ? KB_OK : err;
}

static sqlite3_stmt *list_statement(
    struct outbox *outbox, const struct outbox_filter *filter)
{
    if (filter->phone != NULL) {
        store_bind_text(outbox->list_phone, ":phone", filter->phone);
        return outbox->list_phone;
    }
    if (filter->campaign_id != 0) {
        store_bind_int(outbox->list_campaign, ":campaign", filter->campaign_id);
        return outbox->list_campaign;
    }
    return outbox->list;
}

enum kb_err outbox_list(struct outbox *outbox,
    const struct outbox_filter *filter, outbox_list_fn *fn, void *arg)
{
    sqlite3_stmt *row = list_statement(outbox, filter);
    bool queued = filter->state != NULL && strcmp(filter->state, "queued") == 0;
    enum kb_err err = KB_OK;

    store_bind_text_or_null(row, ":state", filter->state);
    store_bind_text_or_null(row, ":also", queued ? "claimed" : filter->state);
    store_bind_int(
        row, ":before", filter->before_id == 0 ? INT64_MAX : filter->before_id);
    store_bind_int(row, ":limit", filter->limit == 0 ? -1 : filter->limit);
    while ((err = store_step(outbox->store, row)) == KB_OK) {
        struct outbox_message message = {0};

        read_message(row, &message);
        fn(arg, &message);
        outbox_message_clear(&message);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err outbox_counts(
    struct outbox *outbox, int64_t campaign_id, struct outbox_counts *out)
{
    sqlite3_stmt *row = campaign_id == 0 ? outbox->counts_all : outbox->counts;
    enum kb_err err = KB_OK;

    *out = (struct outbox_counts){0};
    if (campaign_id != 0) {
        store_bind_int(row, ":campaign", campaign_id);
    }
    while ((err = store_step(outbox->store, row)) == KB_OK) {
        enum msg_state state = MSG_HELD;

        if (msg_state_parse(store_column_text(row, 0), &state) == KB_OK) {
            state = state == MSG_CLAIMED ? MSG_QUEUED : state;
            out->n[state] += sqlite3_column_int64(row, 1);
        }
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

/* --- moving ------------------------------------------------------------ */

static bool is_final(enum msg_state state)
{
    return state != MSG_HELD && state != MSG_QUEUED && state != MSG_CLAIMED &&
           state != MSG_SUBMITTING;
}

enum kb_err outbox_step(struct outbox *outbox, const struct outbox_step *step)
{
    sqlite3_stmt *move = outbox->move;
    enum kb_err err = KB_OK;

    if (!msg_may_move(step->from, step->to)) {
        return KB_REFUSED;
    }
    err = store_op_begin_record(outbox->store);
    if (err != KB_OK) {
        return err;
    }
    store_bind_int(move, ":id", step->id);
    store_bind_text(move, ":from", msg_state_name(step->from));
    store_bind_text(move, ":to", msg_state_name(step->to));
    store_bind_id_or_null(move, ":next", step->next_at_ms);
    if (step->reason == NULL) {
        store_bind_null(move, ":reason");
    } else {
        store_bind_text(move, ":reason", step->reason);
    }
    store_bind_int(move, ":final", is_final(step->to) ? 1 : 0);
    store_bind_int(move, ":now", clock_now_ms(outbox->clock));
    return store_op_end(outbox->store, store_run(outbox->store, move));
}

static enum kb_err refuse_move(
    enum msg_state from, const char *action, struct why *why)
{
    why_set(why, "the message is %s already; it cannot be %s",
        msg_state_shown(from), action);
    return KB_REFUSED;
}

static enum kb_err state_of(
    struct outbox *outbox, int64_t id, enum msg_state *state)
{
    struct outbox_message message = {0};
    enum kb_err err = outbox_get(outbox, id, &message);

    if (err == KB_OK) {
        *state = message.state;
        outbox_message_clear(&message);
    }
    return err;
}

enum kb_err outbox_cancel(
    struct outbox *outbox, int64_t id, const char *reason, struct why *why)
{
    enum msg_state state = MSG_HELD;
    enum kb_err err = state_of(outbox, id, &state);

    if (err != KB_OK) {
        return err;
    }
    if (state == MSG_CLAIMED || !msg_may_move(state, MSG_CANCELLED)) {
        return refuse_move(state, "cancelled", why);
    }
    return outbox_step(outbox,
        &(struct outbox_step){
            .id = id, .from = state, .to = MSG_CANCELLED, .reason = reason});
}

enum kb_err outbox_retry(struct outbox *outbox, int64_t id, struct why *why)
{
    enum msg_state state = MSG_HELD;
    enum kb_err err = state_of(outbox, id, &state);
    struct outbox_step step = {.id = id, .to = MSG_QUEUED, .reason = ""};

    if (err != KB_OK) {
        return err;
    }
    if (!is_final(state) || !msg_may_move(state, MSG_QUEUED)) {
        return refuse_move(state, "sent again", why);
    }
    err = store_op_begin(outbox->store);
    if (err != KB_OK) {
        return err;
    }
    step.from = state;
    step.next_at_ms = clock_now_ms(outbox->clock);
    store_bind_int(outbox->part_retry, ":id", id);
    err = store_run(outbox->store, outbox->part_retry);
    if (err == KB_OK || err == KB_NOT_FOUND) {
        err = outbox_step(outbox, &step);
    }
    return store_op_end(outbox->store, err);
}

enum kb_err outbox_move_campaign(
    struct outbox *outbox, const struct outbox_campaign_move *move, int *moved)
{
    sqlite3_stmt *update = outbox->move_campaign;
    enum kb_err err = KB_OK;

    *moved = 0;
    if (!msg_may_move(move->from, move->to)) {
        return KB_REFUSED;
    }
    err = store_op_begin_record(outbox->store);
    if (err != KB_OK) {
        return err;
    }
    store_bind_int(update, ":campaign", move->campaign_id);
    store_bind_text(update, ":from", msg_state_name(move->from));
    store_bind_text(update, ":to", msg_state_name(move->to));
    store_bind_text(update, ":reason", move->reason);
    store_bind_int(update, ":limit", move->limit);
    store_bind_int(update, ":final", is_final(move->to) ? 1 : 0);
    store_bind_int(update, ":now", clock_now_ms(outbox->clock));
    err = store_run(outbox->store, update);
    if (err == KB_OK) {
        *moved = sqlite3_changes(store_db(outbox->store));
    }
    return store_op_end(outbox->store, err == KB_NOT_FOUND ? KB_OK : err);
}

enum kb_err outbox_redate_campaign(
    struct outbox *outbox, const struct outbox_redate *redate)
{
    sqlite3_stmt *update = outbox->redate;
    enum kb_err err = store_op_begin_record(outbox->store);

    if (err != KB_OK) {
        return err;
    }
    store_bind_int(update, ":campaign", redate->campaign_id);
    store_bind_int(update, ":after", redate->after);
    store_bind_int(update, ":upto", redate->upto);
    store_bind_int(update, ":expires", redate->expires_at_ms);
    store_bind_int(update, ":base", redate->urgency_base);
    store_bind_int(update, ":step", redate->urgency_step);
    err = store_run(outbox->store, update);
    return store_op_end(outbox->store, err == KB_NOT_FOUND ? KB_OK : err);
}

enum kb_err outbox_retext(struct outbox *outbox, int64_t id, const char *text)
{
    enum kb_err err = check_text(text, NULL);

    if (err == KB_OK) {
        err = store_op_begin_record(outbox->store);
    }
    if (err != KB_OK) {
        return err;
    }
    store_bind_int(outbox->retext, ":id", id);
    store_bind_text(outbox->retext, ":text", text);
    return store_op_end(
        outbox->store, store_run(outbox->store, outbox->retext));
}

enum kb_err outbox_move(struct outbox *outbox, int64_t id, enum msg_state to,
    int64_t next_at_ms, const char *reason)
{
    struct outbox_step step = {
        .id = id, .to = to, .next_at_ms = next_at_ms, .reason = reason};
    enum kb_err err = state_of(outbox, id, &step.from);

    return err == KB_OK ? outbox_step(outbox, &step) : err;
}

/* --- dispatch ---------------------------------------------------------- */

/* The next urgency above the given one that has a queued message. */
static enum kb_err next_urgency(
    struct outbox *outbox, enum msg_class class, int64_t *urgency)
{
    sqlite3_stmt *row = outbox->urgency_next;
    enum kb_err err = KB_OK;

    store_bind_int(row, ":class", class);
    store_bind_int(row, ":urgency", *urgency);
    err = store_step(outbox->store, row);
    if (err != KB_OK) {
        return err;
    }
    if (sqlite3_column_type(row, 0) == SQLITE_NULL) {
        err = KB_NOT_FOUND;
    } else {
        *urgency = sqlite3_column_int64(row, 0);
    }
    (void)sqlite3_reset(row);
    return err;
}

/* Urgencies are few and messages many: a seek for each urgency costs the same
   whether ten or ten million messages wait for a later day. */
static enum kb_err find_due(struct outbox *outbox, const char *modem,
    enum msg_class class, struct outbox_message *out)
{
    sqlite3_stmt *row = outbox->claim_find;
    int64_t urgency = INT64_MIN;
    enum kb_err err = KB_OK;

    while ((err = next_urgency(outbox, class, &urgency)) == KB_OK) {
        store_bind_int(row, ":class", class);
        store_bind_int(row, ":urgency", urgency);
        store_bind_int(row, ":now", clock_now_ms(outbox->clock));
        store_bind_text(row, ":modem", modem);
        err = store_step(outbox->store, row);
        if (err == KB_OK) {
            read_message(row, out);
            (void)sqlite3_reset(row);
        }
        if (err != KB_NOT_FOUND) {
            return err;
        }
    }
    return err;
}

enum kb_err outbox_claim(struct outbox *outbox, const char *modem,
    enum msg_class least, struct outbox_message *out)
{
    struct outbox_message found = {0};
    enum kb_err err = KB_NOT_FOUND;

    for (int class = MSG_REPLY; class <= (int)least && err == KB_NOT_FOUND;
         class ++) {
        err = find_due(outbox, modem, (enum msg_class) class, &found);
    }
    if (err == KB_OK) {
        err = store_op_begin_record(outbox->store);
    }
    if (err != KB_OK) {
        outbox_message_clear(&found);
        return err;
    }
    store_bind_int(outbox->claim_take, ":id", found.id);
    store_bind_text(outbox->claim_take, ":modem", modem);
    err = store_op_end(
        outbox->store, store_run(outbox->store, outbox->claim_take));
    if (err != KB_OK) {
        outbox_message_clear(&found);
        return err;
    }
    found.state = MSG_CLAIMED;
    *out = found;
    return KB_OK;
}

static enum kb_err put_part(struct outbox *outbox,
    const struct outbox_submit *submit, const char *phone)
{
    sqlite3_stmt *put = outbox->part_put;
    char tail[PHONE_TAIL + 1];

    outbox_phone_tail(phone, tail);
    store_bind_int(put, ":id", submit->id);
    store_bind_int(put, ":part", submit->part);
    store_bind_text(put, ":modem", submit->modem);
    store_bind_text(put, ":sim", submit->sim);
    store_bind_text(put, ":tail", tail);
    store_bind_int(put, ":now", clock_now_ms(outbox->clock));
    if (submit->expected_mr < 0) {
        store_bind_null(put, ":expected");
    } else {
        store_bind_int(put, ":expected", submit->expected_mr);
    }
    return store_run(outbox->store, put);
}

enum kb_err outbox_submitting(
    struct outbox *outbox, const struct outbox_submit *submit)
{
    sqlite3_stmt *move = outbox->submitting;
    enum kb_err err = store_op_begin_record(outbox->store);

    if (err != KB_OK) {
        return err;
    }
    store_bind_int(move, ":id", submit->id);
    store_bind_text(move, ":modem", submit->modem);
    store_bind_int(move, ":parts", submit->parts);
    err = store_run(outbox->store, move);
    if (err == KB_OK) {
        err = put_part(outbox, submit, submit->phone);
    }
    return store_op_end(outbox->store, err);
}

static enum kb_err settle_part(
    struct outbox *outbox, const struct outbox_result *result)
{
    static const char *const states[] = {
        [OUTBOX_SENT] = "sent",
        [OUTBOX_RETRY] = "queued",
        [OUTBOX_GIVE_BACK] = "queued",
        [OUTBOX_FAILED] = "failed",
        [OUTBOX_UNKNOWN] = "unknown",
    };
    sqlite3_stmt *settle = outbox->part_settle;

    store_bind_int(settle, ":id", result->id);
    store_bind_int(settle, ":part", result->part);
    store_bind_text(settle, ":state", states[result->verdict]);
    store_bind_int(settle, ":now", clock_now_ms(outbox->clock));
    if (result->tp_mr < 0) {
        store_bind_null(settle, ":mr");
    } else {
        store_bind_int(settle, ":mr", result->tp_mr);
    }
    return store_run(outbox->store, settle);
}

static enum kb_err parts_left(struct outbox *outbox, int64_t id, bool *more)
{
    sqlite3_stmt *row = outbox->part_sent_count;
    enum kb_err err = KB_OK;

    store_bind_int(row, ":id", id);
    err = store_step(outbox->store, row);
    if (err == KB_OK) {
        *more = sqlite3_column_int(row, 0) > sqlite3_column_int(row, 1);
        (void)sqlite3_reset(row);
    }
    return err;
}

static enum kb_err settle_message(struct outbox *outbox,
    const struct outbox_result *result, enum msg_state to)
{
    sqlite3_stmt *settle = outbox->settle;
    bool counted = result->verdict != OUTBOX_GIVE_BACK &&
                   !(result->verdict == OUTBOX_SENT && to == MSG_CLAIMED);

    store_bind_int(settle, ":id", result->id);
    store_bind_text(settle, ":to", msg_state_name(to));
    store_bind_text(
        settle, ":reason", result->reason == NULL ? "" : result->reason);
    store_bind_id_or_null(settle, ":next", result->next_at_ms);
    store_bind_int(settle, ":attempt", counted ? 1 : 0);
    store_bind_int(settle, ":final", is_final(to) ? 1 : 0);
    store_bind_int(settle, ":now", clock_now_ms(outbox->clock));
    return store_run(outbox->store, settle);
}

static enum kb_err count_day(struct outbox *outbox, const char *modem)
{
    store_bind_text(outbox->day_add, ":modem", modem);
    store_bind_int(
        outbox->day_add, ":day", civil_day_of(clock_now_ms(outbox->clock)));
    return store_run(outbox->store, outbox->day_add);
}

static enum kb_err settle_all(
    struct outbox *outbox, const struct outbox_result *result, bool *more)
{
    static const enum msg_state states[] = {
        [OUTBOX_SENT] = MSG_SENT,
        [OUTBOX_RETRY] = MSG_QUEUED,
        [OUTBOX_GIVE_BACK] = MSG_QUEUED,
        [OUTBOX_FAILED] = MSG_FAILED,
        [OUTBOX_UNKNOWN] = MSG_UNKNOWN,
    };
    enum msg_state to = states[result->verdict];
    enum kb_err err = settle_part(outbox, result);

    if (err == KB_OK && result->verdict == OUTBOX_SENT) {
        err = parts_left(outbox, result->id, more);
        to = *more ? MSG_CLAIMED : MSG_SENT;
    }
    if (err == KB_OK) {
        err = settle_message(outbox, result, to);
    }
    if (err == KB_OK &&
        (result->verdict == OUTBOX_SENT || result->verdict == OUTBOX_UNKNOWN)) {
        err = count_day(outbox, result->modem);
    }
    if (err == KB_OK &&
        (result->verdict == OUTBOX_SENT || result->verdict == OUTBOX_UNKNOWN)) {
        err = outbox_apply_early(outbox, result->id, result->part);
    }
    if (err == KB_OK && to == MSG_SENT && result->part > 1) {
        err = outbox_sum_parts(outbox, result->id);
    }
    return err;
}

enum kb_err outbox_settle(
    struct outbox *outbox, const struct outbox_result *result, bool *more)
{
    bool left = false;
    enum kb_err err = store_op_begin_record(outbox->store);

    if (err == KB_OK) {
        err = store_op_end(outbox->store, settle_all(outbox, result, &left));
    }
    if (more != NULL) {
        *more = err == KB_OK && left;
    }
    return err;
}

enum kb_err outbox_next_part(struct outbox *outbox, int64_t id, int *part)
{
    struct outbox_part parts[TEXT_MAX_PARTS];
    size_t count = 0;
    enum kb_err err = outbox_parts(outbox, id, parts, TEXT_MAX_PARTS, &count);

    *part = 1;
    for (size_t i = 0; err == KB_OK && i < count; i++) {
        bool gone = strcmp(parts[i].state, "sent") == 0 ||
                    strcmp(parts[i].state, "delivered") == 0 ||
                    strcmp(parts[i].state, "undelivered") == 0;

        if (parts[i].part == *part && gone) {
            (*part)++;
        }
    }
    return err;
}

enum kb_err outbox_expire(struct outbox *outbox, int limit, int *expired)
{
    enum kb_err err = store_op_begin_record(outbox->store);

    *expired = 0;
    if (err != KB_OK) {
        return err;
    }
    store_bind_int(outbox->expire, ":now", clock_now_ms(outbox->clock));
    store_bind_int(outbox->expire, ":limit", limit);
    err = store_run(outbox->store, outbox->expire);
    if (err == KB_OK) {
        *expired = sqlite3_changes(store_db(outbox->store));
    }
    return store_op_end(outbox->store, err == KB_NOT_FOUND ? KB_OK : err);
}

static enum kb_err recover_state(
    struct outbox *outbox, enum msg_state from, enum msg_state to, int *count)
{
    sqlite3_stmt *recover = outbox->recover_messages;
    enum kb_err err = KB_OK;

    store_bind_text(recover, ":from", msg_state_name(from));
    store_bind_text(recover, ":to", msg_state_name(to));
    store_bind_text(recover, ":reason",
        to == MSG_UNKNOWN
            ? "the gateway ended while the modem was sending it; it may have "
              "gone out"
            : "");
    *count = 0;
    err = store_run(outbox->store, recover);
    if (err == KB_OK) {
        *count = sqlite3_changes(store_db(outbox->store));
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err outbox_recover(struct outbox *outbox, int *requeued, int *unknown)
{
    enum kb_err err = store_op_begin_record(outbox->store);

    *requeued = 0;
    *unknown = 0;
    if (err != KB_OK) {
        return err;
    }
    err = store_run(outbox->store, outbox->recover_parts);
    if (err == KB_OK || err == KB_NOT_FOUND) {
        err = recover_state(outbox, MSG_SUBMITTING, MSG_UNKNOWN, unknown);
    }
    if (err == KB_OK) {
        err = recover_state(outbox, MSG_CLAIMED, MSG_QUEUED, requeued);
    }
    return store_op_end(outbox->store, err);
}

enum kb_err outbox_purge(
    struct outbox *outbox, int64_t before_ms, int limit, int *purged)
{
    enum kb_err err = store_op_begin_record(outbox->store);

    *purged = 0;
    if (err != KB_OK) {
        return err;
    }
    store_bind_int(outbox->purge, ":before", before_ms);
    store_bind_int(outbox->purge, ":limit", limit);
    err = store_run(outbox->store, outbox->purge);
    if (err == KB_OK) {
        *purged = sqlite3_changes(store_db(outbox->store));
    }
    return store_op_end(outbox->store, err == KB_NOT_FOUND ? KB_OK : err);
}

enum kb_err outbox_unclaim(struct outbox *outbox, const char *modem)
{
    enum kb_err err = store_op_begin_record(outbox->store);

    if (err != KB_OK) {
        return err;
    }
    store_bind_text(outbox->unclaim, ":modem", modem);
    err = store_run(outbox->store, outbox->unclaim);
    return store_op_end(outbox->store, err == KB_NOT_FOUND ? KB_OK : err);
}

enum kb_err outbox_sent_on(
    struct outbox *outbox, const char *modem, int32_t day, int *count)
{
    enum kb_err err = KB_OK;

    *count = 0;
    store_bind_text(outbox->day_get, ":modem", modem);
    store_bind_int(outbox->day_get, ":day", day);
    err = store_step(outbox->store, outbox->day_get);
    if (err == KB_OK) {
        *count = sqlite3_column_int(outbox->day_get, 0);
        (void)sqlite3_reset(outbox->day_get);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

void outbox_phone_tail(const char *phone, char *out)
{
    size_t length = strlen(phone);
    const char *tail = phone + (length > PHONE_TAIL ? length - PHONE_TAIL : 0);

    (void)snprintf(out, PHONE_TAIL + 1, "%s", tail);
}
