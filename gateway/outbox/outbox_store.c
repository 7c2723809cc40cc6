// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "outbox/outbox_internal.h"
#include "registry/registry.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGE_COLUMNS                                                        \
    "id, state, class, phone, text, coalesce(ref, ''), reason,"                \
    " coalesce(modem, ''), campaign_id, step, coalesce(inbound_id, 0),"        \
    " created_at_ms, next_at_ms, coalesce(expires_at_ms, 0),"                  \
    " coalesce(settled_at_ms, 0), attempts, parts,"                            \
    " coalesce(only_modem, ''), coalesce(prefer_modem, ''), prefer_until_ms"
/* As the partial index has it, so that SQLite sees that it serves. */
#define BUSY "state IN ('claimed', 'submitting')"
/* As the partial indexes have it. */
#define ANY_SIM "state = 'queued' AND operator IS NULL AND only_modem IS NULL"
#define BY_OPERATOR                                                            \
    "state = 'queued' AND operator IS NOT NULL AND only_modem IS NULL"
/* The rest of a half-sent text is of use from its own number only. */
#define HALF_SENT                                                              \
    "EXISTS (SELECT 1 FROM part WHERE message_id = message.id"                 \
    " AND part.state IN ('sent', 'delivered', 'undelivered'))"
/* A message of a conversation, and one that another SIM could not send, waits
   for its SIM while that one can send; a half-sent one also while it cannot. */
#define MAY_TAKE                                                               \
    " AND (prefer_modem IS NULL OR prefer_modem = :modem"                      \
    "      OR prefer_until_ms <= :now"                                         \
    "      OR (instr(:usable, ',' || prefer_modem || ',') = 0"                 \
    "          AND NOT " HALF_SENT "))"                                        \
    " AND (expires_at_ms IS NULL OR expires_at_ms > :now)"
/* Reminders with a SIM that they would rather have. */
#define STICKY                                                                 \
    "state = 'queued' AND class = 2 AND prefer_modem IS NOT NULL"              \
    " AND only_modem IS NULL"
#define LIST_TAIL                                                              \
    " AND (:state IS NULL OR state IN (:state, :also))"                        \
    " AND (:campaign = 0 OR campaign_id = :campaign)"                          \
    " AND id >= :from AND id < :before"                                        \
    " AND " REGISTRY_PHONE_IN_REACH(                                           \
        "message.phone") " ORDER BY id DESC LIMIT :limit"

static const struct store_query statements[] = {
    {offsetof(struct outbox, insert),
     "INSERT INTO message (id, state, class, urgency, phone, text, campaign_id,"
        " step, inbound_id, ref, created_at_ms, next_at_ms, expires_at_ms,"
        " prefer_modem, prefer_until_ms, reason, operator, only_modem)"
        " VALUES (:id, :state, :class, :urgency, :phone, :text, :campaign, :step,"
        " :inbound, :ref, :now, :due, :expires, :prefer, :until, :reason,"
        " :operator, :only)"                                               },
    {offsetof(struct outbox, get),
     "SELECT " MESSAGE_COLUMNS " FROM message WHERE id = :id"              },
    {offsetof(struct outbox, list),
     "SELECT " MESSAGE_COLUMNS " FROM message WHERE true" LIST_TAIL        },
    {offsetof(struct outbox, list_phone),
     "SELECT " MESSAGE_COLUMNS
        " FROM message WHERE phone = :phone" LIST_TAIL                     },
    {offsetof(struct outbox, last_id),
     "SELECT coalesce(max(id), 0) FROM message"                            },
    {offsetof(struct outbox, counts),
     "SELECT state, n FROM message_count WHERE campaign_id = :campaign"    },
    {offsetof(struct outbox, counts_all),
     "SELECT state, sum(n) FROM message_count GROUP BY state"              },
    {offsetof(struct outbox, move),
     "UPDATE message SET state = :to, reason = coalesce(:reason, reason),"
        " next_at_ms = coalesce(:next, next_at_ms),"
        " settled_at_ms = CASE WHEN :final THEN :now END"
        " WHERE id = :id AND state = :from"                                },
    {offsetof(struct outbox, move_campaign),
     "UPDATE message SET state = :to, reason = :reason ||"
        " CASE WHEN :to = 'expired' AND reason <> ''"
        " THEN ' (' || reason || ')' ELSE '' END,"
        " settled_at_ms = CASE WHEN :final THEN :now END"
        " WHERE id IN (SELECT id FROM message WHERE campaign_id = :campaign"
        " AND campaign_id <> 0 AND state = :from ORDER BY id LIMIT :limit)"},
    {offsetof(struct outbox, redate),
     "UPDATE message SET expires_at_ms = :expires, urgency ="
        " CASE WHEN urgency < :step THEN urgency"
        " ELSE :base + urgency % :step END"
        " WHERE id > :after AND id <= :upto AND +campaign_id = :campaign"
        " AND class = 2 AND +state IN ('held', 'queued', 'claimed')"       },
    {offsetof(struct outbox, retext),
     "UPDATE message SET text = :text WHERE id = :id"
        " AND state IN ('held', 'queued', 'claimed')"                      },
    {offsetof(struct outbox, expire),
     "UPDATE message SET state = 'expired', settled_at_ms = :now,"
        " reason = 'its time was over before it could be sent' ||"
        " CASE WHEN reason = '' THEN '' ELSE ' (' || reason || ')' END"
        " WHERE id IN (SELECT id FROM message"
        " WHERE state IN ('queued', 'held') AND expires_at_ms <= :now"
        " LIMIT :limit)"                                                   },
    {offsetof(struct outbox, recover_parts),
     "UPDATE part SET state = 'unknown' WHERE state = 'submitting'"
        " AND message_id IN (SELECT id FROM message"
        " WHERE " BUSY " AND state = 'submitting')"                        },
    {offsetof(struct outbox, recover_messages),
     "UPDATE message SET state = :to, reason = :reason"
        " WHERE " BUSY " AND state = :from"                                },
    {offsetof(struct outbox, purge),
     "DELETE FROM message WHERE id IN"
        " (SELECT id FROM message ORDER BY id LIMIT :limit)"
        " AND created_at_ms < :before AND settled_at_ms IS NOT NULL"       },
    {offsetof(struct outbox, unclaim),
     "UPDATE message SET state = 'queued'"
        " WHERE " BUSY " AND state = 'claimed' AND modem = :modem"         },
    {offsetof(struct outbox, part_list),
     "SELECT part, state, modem, coalesce(tp_mr, -1), coalesce(tp_st, -1),"
        " attempt, submitted_at_ms, coalesce(sent_at_ms, 0),"
        " coalesce(reported_at_ms, 0)"
        " FROM part WHERE message_id = :id ORDER BY part"                  },
    {offsetof(struct outbox, part_retry),
     "UPDATE part SET state = 'queued' WHERE message_id = :id"
        " AND state IN ('unknown', 'failed', 'undelivered')"               },
    {offsetof(struct outbox, part_settle_unknown),
     "UPDATE part SET state = :state WHERE message_id = :id"
        " AND state = 'unknown'"                                           },
    {offsetof(struct outbox, list_unknown),
     "SELECT " MESSAGE_COLUMNS
        " FROM message WHERE state = 'unknown'" LIST_TAIL                  },
    {offsetof(struct outbox, resend_find),
     "SELECT id FROM message WHERE campaign_id = :campaign"
        " AND campaign_id <> 0 AND state = 'unknown' AND resent = 0"
        " AND (expires_at_ms IS NULL OR expires_at_ms > :now)"
        " AND NOT EXISTS (SELECT 1 FROM part WHERE message_id = message.id"
        " AND submitted_at_ms > :before) ORDER BY id LIMIT 1"              },
    {offsetof(struct outbox, resend_mark),
     "UPDATE message SET resent = 1 WHERE id = :id"                        },
    {offsetof(struct outbox, day_get),
     "SELECT coalesce(sum(sent) FILTER (WHERE hour >= :from AND hour <= :to), 0)"
        " FROM sim_hour WHERE sim IN (:sim, :also)"
        " AND hour >= :from AND hour <= :to"                               },
    {offsetof(struct outbox, urgency_next),
     "SELECT min(urgency) FROM message WHERE " ANY_SIM
        " AND class = :class AND urgency > :urgency"                       },
    {offsetof(struct outbox, claim_find),
     "SELECT id, urgency, next_at_ms FROM message WHERE " ANY_SIM
        " AND class = :class AND urgency = :urgency AND next_at_ms <= :now" MAY_TAKE
        " ORDER BY next_at_ms, id LIMIT 1"                                 },
    {offsetof(struct outbox, operator_next),
     "SELECT min(operator) FROM message WHERE " BY_OPERATOR
        " AND class = :class AND operator > :operator"                     },
    {offsetof(struct outbox, operator_urgency),
     "SELECT min(urgency) FROM message WHERE " BY_OPERATOR
        " AND class = :class AND operator = :operator"
        " AND urgency > :urgency"                                          },
    {offsetof(struct outbox, operator_find),
     "SELECT id, urgency, next_at_ms FROM message WHERE " BY_OPERATOR
        " AND class = :class AND operator = :operator"
        " AND urgency = :urgency AND next_at_ms <= :due" MAY_TAKE
        " ORDER BY next_at_ms, id LIMIT 1"                                 },
    {offsetof(struct outbox, sticky_find),
     "SELECT id, urgency, next_at_ms FROM message WHERE " STICKY
        " AND prefer_modem = :modem AND operator IS :operator"
        " AND urgency = :urgency AND next_at_ms <= :due"
        " AND (expires_at_ms IS NULL OR expires_at_ms > :now)"
        " ORDER BY next_at_ms, id LIMIT 1"                                 },
    {offsetof(struct outbox, sticky_modem),
     "SELECT modem FROM message WHERE phone = :phone"
        " AND state IN ('sent', 'delivered') ORDER BY id DESC LIMIT 1"     },
    {offsetof(struct outbox, first_any),
     "SELECT min(class) FROM message WHERE " ANY_SIM                       },
    {offsetof(struct outbox, first_routed),
     "SELECT min(class) FROM message WHERE " BY_OPERATOR                   },
    {offsetof(struct outbox, first_pinned),
     "SELECT min(class) FROM message WHERE state = 'queued'"
        " AND only_modem IS NOT NULL"                                      },
    {offsetof(struct outbox, pinned_find),
     "SELECT id, class FROM message WHERE state = 'queued'"
        " AND only_modem = :modem AND class <= :least"
        " AND next_at_ms <= :now"
        " AND (expires_at_ms IS NULL OR expires_at_ms > :now)"
        " ORDER BY class, next_at_ms, id LIMIT 1"                          },
    {offsetof(struct outbox, any_routed_row),
     "SELECT EXISTS (SELECT 1 FROM message WHERE " BY_OPERATOR "),"
        " EXISTS (SELECT 1 FROM message WHERE state = 'queued'"
        " AND only_modem IS NOT NULL),"
        " EXISTS (SELECT 1 FROM message WHERE " STICKY ")"                 },
    {offsetof(struct outbox, claim_take),
     "UPDATE message SET state = 'claimed', modem = :modem"
        " WHERE id = :id AND state = 'queued'"                             },
    {offsetof(struct outbox, submitting),
     "UPDATE message SET state = 'submitting', modem = :modem,"
        " parts = :parts, reason = ''"
        " WHERE id = :id AND state = 'claimed' AND modem = :modem"         },
    {offsetof(struct outbox, part_put),
     "INSERT INTO part (message_id, part, state, modem, sim, expected_mr,"
        " phone_tail, submitted_at_ms)"
        " VALUES (:id, :part, 'submitting', :modem, :sim, :expected, :tail,"
        " :now)"
        " ON CONFLICT DO UPDATE SET state = 'submitting',"
        " modem = excluded.modem, sim = excluded.sim, attempt = attempt + 1,"
        " expected_mr = excluded.expected_mr, tp_mr = NULL, tp_st = NULL,"
        " submitted_at_ms = excluded.submitted_at_ms, sent_at_ms = NULL,"
        " reported_at_ms = NULL"                                           },
    {offsetof(struct outbox, part_settle),
     "UPDATE part SET state = :state, tp_mr = :mr,"
        " sent_at_ms = CASE WHEN :state = 'sent' THEN :now END"
        " WHERE message_id = :id AND part = :part AND state = 'submitting'"},
    {offsetof(struct outbox, settle),
     "UPDATE message SET state = :to, reason = :reason,"
        " next_at_ms = coalesce(:next, next_at_ms),"
        " attempts = CASE WHEN :to = 'claimed' THEN 0"
        " ELSE attempts + :attempt END,"
        " prefer_modem = coalesce(:prefer, prefer_modem),"
        " prefer_until_ms = coalesce(:until, prefer_until_ms),"
        " settled_at_ms = CASE WHEN :final THEN :now END"
        " WHERE id = :id AND state = 'submitting'"                         },
    {offsetof(struct outbox, part_sent_count),
     "SELECT m.parts, (SELECT count(*) FROM part p"
        " WHERE p.message_id = m.id AND p.state IN ('sent', 'delivered',"
        " 'undelivered'))"
        " FROM message m WHERE m.id = :id"                                 },
    {offsetof(struct outbox, day_add),
     "INSERT INTO sim_hour (sim, hour, sent) VALUES (:sim, :hour, 1)"
        " ON CONFLICT DO UPDATE SET sent = sent + 1"                       },
    {offsetof(struct outbox, report_sent),
     "SELECT message_id, part FROM part WHERE phone_tail = :tail"
        " AND sim = :sim AND submitted_at_ms >= :since"
        " AND state = 'sent' AND tp_mr = :mr"
        " ORDER BY submitted_at_ms DESC LIMIT 1"                           },
    {offsetof(struct outbox, report_again),
     "SELECT message_id, part FROM part WHERE phone_tail = :tail"
        " AND sim = :sim AND submitted_at_ms >= :since"
        " AND state IN ('delivered', 'undelivered')"
        " AND tp_mr = :mr AND tp_st = :st"
        " ORDER BY submitted_at_ms DESC LIMIT 1"                           },
    {offsetof(struct outbox, report_unknown),
     "SELECT message_id, part FROM part WHERE phone_tail = :tail"
        " AND sim = :sim AND submitted_at_ms >= :since AND state = 'unknown'"
        /* A part that is in the modem with that reference has the better
           claim: its result is still to come. */
        " AND NOT EXISTS (SELECT 1 FROM part q WHERE q.phone_tail = :tail"
        " AND q.sim = :sim AND q.submitted_at_ms >= :since"
        " AND q.state = 'submitting'"
        " AND (q.expected_mr IS NULL OR q.expected_mr = :mr))"
        " ORDER BY submitted_at_ms DESC, expected_mr = :mr DESC LIMIT 1"   },
    {offsetof(struct outbox, report_part),
     "UPDATE part SET state = :state, tp_st = :st, tp_mr = :mr,"
        " reported_at_ms = :now WHERE message_id = :id AND part = :part"   },
    {offsetof(struct outbox, report_sum),
     "SELECT m.state, m.parts,"
        " count(*) FILTER (WHERE p.state = 'delivered'),"
        " count(*) FILTER (WHERE p.state = 'undelivered'),"
        " count(*) FILTER (WHERE p.state = 'sent'),"
        " count(*) FILTER (WHERE p.state = 'unknown')"
        " FROM message m JOIN part p ON p.message_id = m.id"
        " WHERE m.id = :id"                                                },
    {offsetof(struct outbox, early_put),
     "INSERT INTO early_report (modem, sim, phone_tail, tp_mr, tp_st,"
        " at_ms) VALUES (:modem, :sim, :tail, :mr, :st, :now)"             },
    {offsetof(struct outbox, early_trim),
     "DELETE FROM early_report WHERE at_ms < :since OR id <="
        " (SELECT max(id) FROM early_report) - 10000"                      },
    {offsetof(struct outbox, early_find),
     "SELECT e.id, e.modem, e.tp_mr, e.tp_st, p.sim, m.phone"
        " FROM part p JOIN message m ON m.id = p.message_id"
        " JOIN early_report e ON e.phone_tail = p.phone_tail"
        " AND e.sim = p.sim AND e.at_ms >= p.submitted_at_ms"
        " AND (p.state = 'unknown' OR e.tp_mr = p.tp_mr)"
        " WHERE p.message_id = :id AND p.part = :part"
        " ORDER BY e.id DESC LIMIT 1"                                      },
    {offsetof(struct outbox, early_drop),
     "DELETE FROM early_report WHERE id = :id"                             },
};

#define STATEMENT_COUNT (sizeof statements / sizeof *statements)

/* What an earlier run has left in the queue. */
enum kb_err outbox_read_routed(struct outbox *outbox)
{
    enum kb_err err = store_step(outbox->store, outbox->any_routed_row);

    if (err == KB_OK) {
        outbox->any_routed = sqlite3_column_int(outbox->any_routed_row, 0) != 0;
        outbox->any_pinned = sqlite3_column_int(outbox->any_routed_row, 1) != 0;
        outbox->any_sticky = sqlite3_column_int(outbox->any_routed_row, 2) != 0;
        (void)sqlite3_reset(outbox->any_routed_row);
    }
    return err;
}

enum kb_err outbox_open(
    struct store *store, const struct clock *clock, struct outbox **out)
{
    struct outbox *outbox = mem_new(sizeof *outbox);

    outbox->store = store;
    outbox->clock = clock;
    if (store_prepare_room(store, outbox, statements, STATEMENT_COUNT) !=
        KB_OK) {
        free(outbox);
        return KB_DB;
    }
    if (outbox_read_routed(outbox) != KB_OK) {
        outbox_close(outbox);
        return KB_DB;
    }
    *out = outbox;
    return KB_OK;
}

/* SIMs of one operator, or prices that do not differ, need no routes. */
static bool sims_differ(const struct config *config)
{
    for (size_t i = 1; i < config->modem_count; i++) {
        if (strcmp(config->modems[i].operator, config->modems[0].operator) !=
            0) {
            return true;
        }
    }
    return false;
}

void outbox_use(struct outbox *outbox, const struct config *config)
{
    outbox->config = config;
    outbox->routes = config != NULL && sims_differ(config);
    outbox->any_routed = outbox->any_routed || outbox->routes;
}

bool outbox_routes(const struct outbox *outbox)
{
    return outbox->any_routed;
}

void outbox_close(struct outbox *outbox)
{
    if (outbox == NULL) {
        return;
    }
    store_finalize_room(outbox, statements, STATEMENT_COUNT);
    free(outbox);
}
