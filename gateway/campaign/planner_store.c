// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign/campaign_internal.h"
#include "campaign/pace.h"

#include <stdio.h>
#include <string.h>

/* What the planner keeps: messages and their places, offices and their days,
   corrections, who rests. */

#define NOTE_COLUMNS                                                           \
    "message_id, campaign_id, phone, hold, kind, office, rank, people,"        \
    " place_day, told_day, later_day"
#define TOLD                                                                   \
    " FROM campaign_message WHERE office = :office AND kind = :kind"           \
    " AND place_day >= :day AND told_day <> 0"

static const struct store_query statements[] = {
    {offsetof(struct campaigns, note_add),
     "INSERT INTO campaign_message (" NOTE_COLUMNS
        ") VALUES (:message, :campaign, :phone, :hold, :kind, :office, :rank,"
        " :people, :place, :told, :later)"                                         },
    {offsetof(struct campaigns, note_get),
     "SELECT " NOTE_COLUMNS " FROM campaign_message"
        " WHERE message_id = :message"                                             },
    {offsetof(struct campaigns, note_put),
     "UPDATE campaign_message SET hold = :hold, kind = :kind,"
        " office = :office, rank = :rank, people = :people,"
        " place_day = :place, told_day = :told, later_day = :later"
        " WHERE message_id = :message"                                             },
    {offsetof(struct campaigns, note_shift),
     "UPDATE campaign_message SET rank = :base + rank % :step"
        " WHERE message_id > :after AND message_id <= :upto"
        " AND +campaign_id = :campaign AND +told_day = 0"                          },
    {offsetof(struct campaigns, note_paused),
     "SELECT message_id FROM campaign_message WHERE message_id > :after"
        " AND message_id <= :upto AND +campaign_id = :campaign"
        " AND +hold = '' AND +told_day = 0 ORDER BY message_id LIMIT 1"            },
    {offsetof(struct campaigns, note_told),
     "SELECT message_id FROM campaign_message WHERE message_id > :after"
        " AND message_id <= :upto AND +campaign_id = :campaign"
        " AND +told_day <> 0 AND kind IN ('', 'off', 'back')"
        " ORDER BY message_id LIMIT 1"                                             },
    {offsetof(struct campaigns, note_last),
     "SELECT coalesce(max(message_id), 0) FROM campaign_message"                   },
    {offsetof(struct campaigns, note_answer),
     "UPDATE campaign_message SET answered = 1 WHERE message_id ="
        " (SELECT message_id FROM contact_day WHERE phone = :phone"
        " ORDER BY day DESC LIMIT 1)"                                              },
    {offsetof(struct campaigns, phones_told),
     "SELECT count(DISTINCT phone) FROM contact_day"
        " WHERE campaign_id = :campaign"                                           },
    {offsetof(struct campaigns, waits_head),
     "SELECT message_id, rank FROM campaign_message"
        " WHERE campaign_id = :campaign AND office = :office"
        " AND hold = 'place' ORDER BY rank, message_id LIMIT 1"                    },
    {offsetof(struct campaigns, waits_sum),
     "SELECT count(*), coalesce(sum(people), 0) FROM campaign_message"
        " WHERE campaign_id = :campaign AND office = :office"
        " AND hold = 'place'"                                                      },
    {offsetof(struct campaigns, later_next),
     "SELECT message_id FROM campaign_message WHERE hold = 'later'"
        " AND later_day <= :today ORDER BY later_day, message_id LIMIT 1"          },
    {offsetof(struct campaigns, placed_next),
     "SELECT n.message_id FROM campaign_message AS n WHERE n.office = :office"
        " AND n.told_day = 0 AND n.place_day <> 0 AND n.place_day < :before"
        " AND NOT EXISTS (SELECT 1 FROM message AS m WHERE m.id = n.message_id"
        " AND m.state = 'queued' AND m.next_at_ms >= :due_ms)"
        " ORDER BY n.place_day, n.message_id LIMIT 1"                              },
    {offsetof(struct campaigns, placed_count),
     "SELECT count(*) FROM campaign_message WHERE office = :office"
        " AND told_day = 0 AND place_day <> 0"                                     },
    {offsetof(struct campaigns, held_count),
     "SELECT count(*) FROM campaign_message WHERE office = :office"
        " AND hold = 'office'"                                                     },
    {offsetof(struct campaigns, told_next),
     "SELECT message_id" TOLD " ORDER BY place_day, message_id LIMIT 1"            },
    {offsetof(struct campaigns, told_count),                 "SELECT count(*)" TOLD},
    {offsetof(struct campaigns, told_last),
     "SELECT m.message_id FROM contact_day AS d"
        " JOIN campaign_message AS m ON m.message_id = d.message_id"
        " WHERE d.phone = :phone AND m.place_day <> 0"
        " AND m.kind IN ('', 'back') ORDER BY d.day DESC LIMIT 1"                  },
    {offsetof(struct campaigns, day_get),
     "SELECT planned, invited FROM office_day"
        " WHERE office = :office AND day = :day"                                   },
    {offsetof(struct campaigns, day_add),
     "INSERT INTO office_day (office, day, planned, invited)"
        " VALUES (:office, :day, max(0, :planned), max(0, :invited))"
        " ON CONFLICT DO UPDATE SET planned = max(0, planned + :planned),"
        " invited = max(0, invited + :invited)"                                    },
    {offsetof(struct campaigns, show_get),
     "SELECT invited, came FROM office_show WHERE office = :office"                },
    {offsetof(struct campaigns, show_learn),
     "INSERT INTO office_show (office, invited)"
        " SELECT office, sum(invited) FROM office_day WHERE day < :before"
        " GROUP BY office"
        " ON CONFLICT DO UPDATE SET invited = excluded.invited"                    },
    {offsetof(struct campaigns, seen_get),
     "SELECT office, works, job FROM office_seen WHERE office = :office"           },
    {offsetof(struct campaigns, seen_put),
     "INSERT INTO office_seen (office, works, job)"
        " VALUES (:office, :works, :job) ON CONFLICT DO UPDATE"
        " SET works = excluded.works, job = excluded.job"                          },
    {offsetof(struct campaigns, seen_next),
     "SELECT office, works, job FROM office_seen WHERE job <> ''"
        " ORDER BY job DESC, office LIMIT 1"                                       },
    {offsetof(struct campaigns, correction_get),
     "SELECT message_id FROM correction WHERE phone = :phone"
        " AND day = :day AND cause = :cause"                                       },
    {offsetof(struct campaigns, correction_put),
     "INSERT INTO correction (phone, day, cause, message_id)"
        " VALUES (:phone, :day, :cause, :message)"
        " ON CONFLICT DO UPDATE SET message_id = excluded.message_id"              },
    {offsetof(struct campaigns, rest_put),
     "INSERT INTO resident_rest (resident_id, until_day)"
        " VALUES (:resident, :until)"
        " ON CONFLICT DO UPDATE SET until_day = excluded.until_day"                },
    {offsetof(struct campaigns, week_full),
     "SELECT day FROM contact_day WHERE phone = :phone AND day > :after"
        " AND message_id <> :but ORDER BY day DESC LIMIT 1 OFFSET :skip"           },
    {offsetof(struct campaigns, forget[FORGET_CONTACTS]),
     "DELETE FROM contact_day WHERE (phone, day) IN (SELECT phone, day"
        " FROM contact_day WHERE day < :before LIMIT :limit)"                      },
    {offsetof(struct campaigns, forget[FORGET_CORRECTIONS]),
     "DELETE FROM correction WHERE (phone, day, cause) IN (SELECT phone, day,"
        " cause FROM correction WHERE day < :before LIMIT :limit)"                 },
    {offsetof(struct campaigns, forget[FORGET_RESTS]),
     "DELETE FROM resident_rest WHERE resident_id IN (SELECT resident_id"
        " FROM resident_rest WHERE until_day < :before LIMIT :limit)"              },
 /* CROSS: campaigns first, which are few. */
    {offsetof(struct campaigns, forget[FORGET_RECIPIENTS]),
     "DELETE FROM recipient WHERE (campaign_id, resident_id) IN (SELECT"
        " x.campaign_id, x.resident_id FROM campaign AS c CROSS JOIN recipient"
        " AS x ON x.campaign_id = c.id WHERE c.state IN ('done', 'cancelled')"
        " AND c.deadline_day < :before LIMIT :limit)"                              },
 /* The oldest have lost their messages first. */
    {offsetof(struct campaigns, forget[FORGET_NOTES]),
     "DELETE FROM campaign_message WHERE message_id < (SELECT"
        " min(message_id) + :limit FROM campaign_message)"
        " AND told_day < :before AND NOT EXISTS (SELECT 1 FROM message AS t"
        " WHERE t.id = campaign_message.message_id)"                               },
    {offsetof(struct campaigns, print_queue),
     "SELECT count(*) FROM resident"
        " WHERE office = :office AND state = 'print_ready'"                        },
};

#define STATEMENT_COUNT (sizeof statements / sizeof *statements)

enum kb_err planner_store_open(struct campaigns *campaigns)
{
    return store_prepare_room(
        campaigns->rooms.store, campaigns, statements, STATEMENT_COUNT);
}

void planner_store_close(struct campaigns *campaigns)
{
    store_finalize_room(campaigns, statements, STATEMENT_COUNT);
}

/* --- small shapes ------------------------------------------------------ */

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

/* The whole numbers of the first row; KB_NOT_FOUND for none. */
static enum kb_err numbers(struct campaigns *campaigns, sqlite3_stmt *statement,
    int64_t *out, int count)
{
    enum kb_err err = store_step(campaigns->rooms.store, statement);

    if (err == KB_OK) {
        for (int i = 0; i < count; i++) {
            out[i] = sqlite3_column_int64(statement, i);
        }
        (void)sqlite3_reset(statement);
    }
    return err;
}

/* As numbers(), where no row leaves what is there. */
static enum kb_err numbers_if_any(struct campaigns *campaigns,
    sqlite3_stmt *statement, int64_t *out, int count)
{
    enum kb_err err = numbers(campaigns, statement, out, count);

    return err == KB_NOT_FOUND ? KB_OK : err;
}

static void copy(char *out, size_t out_bytes, sqlite3_stmt *row, int column)
{
    (void)snprintf(out, out_bytes, "%s", store_column_text(row, column));
}

/* --- notes ------------------------------------------------------------- */

static void bind_note(sqlite3_stmt *statement, const struct campaign_note *note)
{
    store_bind_int(statement, ":message", note->message_id);
    store_bind_text(statement, ":hold", note->hold);
    store_bind_text(statement, ":kind", note->kind);
    store_bind_text(statement, ":office", note->office);
    store_bind_int(statement, ":rank", note->rank);
    store_bind_int(statement, ":people", note->people);
    store_bind_int(statement, ":place", note->place_day);
    store_bind_int(statement, ":told", note->told_day);
    store_bind_int(statement, ":later", note->later_day);
}

enum kb_err planner_note_add(
    struct campaigns *campaigns, const struct campaign_note *note)
{
    bind_note(campaigns->note_add, note);
    store_bind_int(campaigns->note_add, ":campaign", note->campaign_id);
    store_bind_text(campaigns->note_add, ":phone", note->phone);
    return run(campaigns, campaigns->note_add);
}

enum kb_err planner_note_get(
    struct campaigns *campaigns, int64_t message_id, struct campaign_note *out)
{
    sqlite3_stmt *row = campaigns->note_get;
    enum kb_err err = KB_OK;

    store_bind_int(row, ":message", message_id);
    err = store_step(campaigns->rooms.store, row);
    if (err != KB_OK) {
        return err;
    }
    *out = (struct campaign_note){
        .message_id = sqlite3_column_int64(row, 0),
        .campaign_id = sqlite3_column_int64(row, 1),
        .rank = sqlite3_column_int(row, 6),
        .people = sqlite3_column_int(row, 7),
        .place_day = sqlite3_column_int(row, 8),
        .told_day = sqlite3_column_int(row, 9),
        .later_day = sqlite3_column_int(row, 10),
    };
    copy(out->phone, sizeof out->phone, row, 2);
    copy(out->hold, sizeof out->hold, row, 3);
    copy(out->kind, sizeof out->kind, row, 4);
    copy(out->office, sizeof out->office, row, 5);
    (void)sqlite3_reset(row);
    return KB_OK;
}

enum kb_err planner_note_put(
    struct campaigns *campaigns, const struct campaign_note *note)
{
    bind_note(campaigns->note_put, note);
    return run(campaigns, campaigns->note_put);
}

static void bind_range(sqlite3_stmt *statement, const struct note_range *range)
{
    store_bind_int(statement, ":campaign", range->campaign_id);
    store_bind_int(statement, ":after", range->after);
    store_bind_int(statement, ":upto", range->upto);
}

enum kb_err planner_note_shift(
    struct campaigns *campaigns, const struct note_range *range, int base)
{
    bind_range(campaigns->note_shift, range);
    store_bind_int(campaigns->note_shift, ":base", base);
    store_bind_int(campaigns->note_shift, ":step", PLAN_URGENCY_DAY);
    return run(campaigns, campaigns->note_shift);
}

enum kb_err planner_note_paused(struct campaigns *campaigns,
    const struct note_range *range, int64_t *message_id)
{
    bind_range(campaigns->note_paused, range);
    return numbers(campaigns, campaigns->note_paused, message_id, 1);
}

enum kb_err planner_note_told(struct campaigns *campaigns,
    const struct note_range *range, int64_t *message_id)
{
    bind_range(campaigns->note_told, range);
    return numbers(campaigns, campaigns->note_told, message_id, 1);
}

enum kb_err planner_note_last(struct campaigns *campaigns, int64_t *message_id)
{
    return numbers(campaigns, campaigns->note_last, message_id, 1);
}

enum kb_err planner_note_answer(struct campaigns *campaigns, const char *phone)
{
    store_bind_text(campaigns->note_answer, ":phone", phone);
    return run(campaigns, campaigns->note_answer);
}

/* --- who waits, who has a place, who was told -------------------------- */

static void bind_waits(
    sqlite3_stmt *statement, int64_t campaign_id, const char *office)
{
    store_bind_int(statement, ":campaign", campaign_id);
    store_bind_text(statement, ":office", office);
}

enum kb_err planner_phones_told(
    struct campaigns *campaigns, int64_t campaign_id, int64_t *count)
{
    store_bind_int(campaigns->phones_told, ":campaign", campaign_id);
    return numbers(campaigns, campaigns->phones_told, count, 1);
}

enum kb_err planner_waits_head(struct campaigns *campaigns, int64_t campaign_id,
    const char *office, int64_t *message_id, int *rank)
{
    int64_t row[2] = {0};
    enum kb_err err = KB_OK;

    bind_waits(campaigns->waits_head, campaign_id, office);
    err = numbers(campaigns, campaigns->waits_head, row, 2);
    *message_id = row[0];
    *rank = (int)row[1];
    return err;
}

enum kb_err planner_waits_sum(struct campaigns *campaigns, int64_t campaign_id,
    const char *office, int64_t *messages, int64_t *people)
{
    int64_t row[2] = {0};
    enum kb_err err = KB_OK;

    bind_waits(campaigns->waits_sum, campaign_id, office);
    err = numbers_if_any(campaigns, campaigns->waits_sum, row, 2);
    *messages = row[0];
    *people = row[1];
    return err;
}

enum kb_err planner_later_next(
    struct campaigns *campaigns, int32_t today, int64_t *message_id)
{
    store_bind_int(campaigns->later_next, ":today", today);
    return numbers(campaigns, campaigns->later_next, message_id, 1);
}

enum kb_err planner_placed_next(struct campaigns *campaigns, const char *office,
    int32_t before, int64_t due_ms, int64_t *message_id)
{
    store_bind_text(campaigns->placed_next, ":office", office);
    store_bind_int(campaigns->placed_next, ":before", before);
    store_bind_int(campaigns->placed_next, ":due_ms", due_ms);
    return numbers(campaigns, campaigns->placed_next, message_id, 1);
}

enum kb_err planner_placed_count(
    struct campaigns *campaigns, const char *office, int64_t *count)
{
    store_bind_text(campaigns->placed_count, ":office", office);
    return numbers(campaigns, campaigns->placed_count, count, 1);
}

static void bind_told(sqlite3_stmt *statement, const struct told_ask *ask)
{
    store_bind_text(statement, ":office", ask->office);
    store_bind_text(statement, ":kind", ask->kind);
    store_bind_int(statement, ":day", ask->from_day);
}

enum kb_err planner_held_count(
    struct campaigns *campaigns, const char *office, int64_t *count)
{
    store_bind_text(campaigns->held_count, ":office", office);
    return numbers(campaigns, campaigns->held_count, count, 1);
}

enum kb_err planner_told_next(struct campaigns *campaigns,
    const struct told_ask *ask, int64_t *message_id)
{
    bind_told(campaigns->told_next, ask);
    return numbers(campaigns, campaigns->told_next, message_id, 1);
}

enum kb_err planner_told_count(
    struct campaigns *campaigns, const struct told_ask *ask, int64_t *count)
{
    bind_told(campaigns->told_count, ask);
    return numbers(campaigns, campaigns->told_count, count, 1);
}

enum kb_err planner_told_last(
    struct campaigns *campaigns, const char *phone, int64_t *message_id)
{
    store_bind_text(campaigns->told_last, ":phone", phone);
    return numbers(campaigns, campaigns->told_last, message_id, 1);
}

/* --- offices ----------------------------------------------------------- */

enum kb_err planner_day_get(struct campaigns *campaigns, struct office_day *day)
{
    int64_t row[2] = {0};
    enum kb_err err = KB_OK;

    store_bind_text(campaigns->day_get, ":office", day->office);
    store_bind_int(campaigns->day_get, ":day", day->day);
    err = numbers_if_any(campaigns, campaigns->day_get, row, 2);
    day->planned = (int)row[0];
    day->invited = (int)row[1];
    return err;
}

enum kb_err planner_day_add(
    struct campaigns *campaigns, const struct office_day *day)
{
    store_bind_text(campaigns->day_add, ":office", day->office);
    store_bind_int(campaigns->day_add, ":day", day->day);
    store_bind_int(campaigns->day_add, ":planned", day->planned);
    store_bind_int(campaigns->day_add, ":invited", day->invited);
    return run(campaigns, campaigns->day_add);
}

enum kb_err planner_show_get(
    struct campaigns *campaigns, const char *office, struct pace_history *out)
{
    int64_t row[2] = {0};
    enum kb_err err = KB_OK;

    store_bind_text(campaigns->show_get, ":office", office);
    err = numbers_if_any(campaigns, campaigns->show_get, row, 2);
    *out = (struct pace_history){.invited = row[0], .came = row[1]};
    return err;
}

enum kb_err planner_show_learn(struct campaigns *campaigns, int32_t before)
{
    store_bind_int(campaigns->show_learn, ":before", before);
    return run(campaigns, campaigns->show_learn);
}

enum kb_err planner_forget(struct campaigns *campaigns, enum forget_kind kind,
    const struct forget_ask *ask, int *gone)
{
    sqlite3_stmt *forget = campaigns->forget[kind];
    sqlite3 *db = store_db(campaigns->rooms.store);
    int before = sqlite3_total_changes(db);
    enum kb_err err = KB_OK;

    store_bind_int(forget, ":before", ask->before);
    store_bind_int(forget, ":limit", ask->limit);
    err = run(campaigns, forget);
    *gone = sqlite3_total_changes(db) - before;
    return err;
}

enum kb_err planner_print_queue(
    struct campaigns *campaigns, const char *office, int64_t *count)
{
    store_bind_text(campaigns->print_queue, ":office", office);
    return numbers(campaigns, campaigns->print_queue, count, 1);
}

static enum kb_err read_seen(struct campaigns *campaigns,
    sqlite3_stmt *statement, struct office_seen *out)
{
    enum kb_err err = store_step(campaigns->rooms.store, statement);

    if (err == KB_OK) {
        *out = (struct office_seen){
            .works = sqlite3_column_int(statement, 1) != 0};
        copy(out->office, sizeof out->office, statement, 0);
        copy(out->job, sizeof out->job, statement, 2);
        (void)sqlite3_reset(statement);
    }
    return err;
}

enum kb_err planner_seen_get(
    struct campaigns *campaigns, const char *office, struct office_seen *out)
{
    store_bind_text(campaigns->seen_get, ":office", office);
    return read_seen(campaigns, campaigns->seen_get, out);
}

enum kb_err planner_seen_put(
    struct campaigns *campaigns, const struct office_seen *seen)
{
    store_bind_text(campaigns->seen_put, ":office", seen->office);
    store_bind_int(campaigns->seen_put, ":works", seen->works ? 1 : 0);
    store_bind_text(campaigns->seen_put, ":job", seen->job);
    return run(campaigns, campaigns->seen_put);
}

enum kb_err planner_seen_next(
    struct campaigns *campaigns, struct office_seen *out)
{
    return read_seen(campaigns, campaigns->seen_next, out);
}

/* --- phones ------------------------------------------------------------ */

enum kb_err planner_correction_get(
    struct campaigns *campaigns, struct correction *correction)
{
    store_bind_text(campaigns->correction_get, ":phone", correction->phone);
    store_bind_int(campaigns->correction_get, ":day", correction->day);
    store_bind_text(campaigns->correction_get, ":cause", correction->cause);
    correction->message_id = 0;
    return numbers_if_any(
        campaigns, campaigns->correction_get, &correction->message_id, 1);
}

enum kb_err planner_correction_put(
    struct campaigns *campaigns, const struct correction *correction)
{
    sqlite3_stmt *put = campaigns->correction_put;

    store_bind_text(put, ":phone", correction->phone);
    store_bind_int(put, ":day", correction->day);
    store_bind_text(put, ":cause", correction->cause);
    store_bind_int(put, ":message", correction->message_id);
    return run(campaigns, put);
}

enum kb_err planner_rest_put(
    struct campaigns *campaigns, int64_t resident_id, int32_t until_day)
{
    store_bind_int(campaigns->rest_put, ":resident", resident_id);
    store_bind_int(campaigns->rest_put, ":until", until_day);
    return run(campaigns, campaigns->rest_put);
}

enum kb_err planner_week_full(
    struct campaigns *campaigns, const struct week_ask *ask, int32_t *day)
{
    int64_t row = 0;
    enum kb_err err = KB_OK;

    store_bind_text(campaigns->week_full, ":phone", ask->phone);
    store_bind_int(campaigns->week_full, ":after", ask->after);
    store_bind_int(campaigns->week_full, ":but", ask->but);
    store_bind_int(campaigns->week_full, ":skip", ask->cap - 1);
    err = numbers_if_any(campaigns, campaigns->week_full, &row, 1);
    *day = (int32_t)row;
    return err;
}
