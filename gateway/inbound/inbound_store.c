// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"
#include "inbound/inbound_internal.h"

#include <stdio.h>
#include <string.h>

/* How far apart the parts of one message can be stamped: references are used
   again after 256 messages at the earliest (3GPP TS 23.040 §9.2.3.24.1). */
#define GROUP_SPAN_MS ((int64_t)12 * 3600 * 1000)

/* Rows that one slice forgets. */
#define FORGET_ROWS 200

#define GROUP_COLUMNS "id, sender, modem, parts, smsc_at_ms"
#define ENTRY_COLUMNS                                                          \
    "id, phone, state, text, raw, intent, modem, at_ms,"                       \
    " coalesce(answer_id, 0), coalesce(reply_id, 0), note, assigned,"          \
    " snoozed_until_ms"
#define ENTRY_TAIL                                                             \
    " AND id >= :from AND id < :before"                                        \
    " AND " REGISTRY_PHONE_IN_REACH(                                           \
        "inbound.phone") " ORDER BY id DESC LIMIT :limit"
#define OLD(table, condition)                                                  \
    "DELETE FROM " table " WHERE rowid IN (SELECT rowid FROM " table           \
    " WHERE " condition " LIMIT :limit)"
/* Campaigns whose last day is the last day to be recorded. */
#define INVITING                                                               \
    " c.state IN ('scheduled', 'running', 'paused')"                           \
    " AND c.deadline_day >= :today AND c.template NOT GLOB 'card_*'"

static const char *const inbound_sql[INBOUND_SQL_COUNT] = {
    [SEEN_PUT] = "INSERT INTO inbound_seen (sim, sender, smsc_at_ms, hash,"
                 " part, at_ms) VALUES (:sim, :sender, :smsc, :hash, :part,"
                 " :now) ON CONFLICT DO NOTHING",
    [GROUP_FIND] =
        "SELECT g.id FROM inbound_group g LEFT JOIN inbound_part p"
        " ON p.group_id = g.id AND p.part = :part"
        " WHERE g.sender = :sender AND g.sim = :sim AND g.ref = :ref"
        " AND g.parts = :parts AND abs(g.smsc_at_ms - :smsc) <= :span"
        " AND (p.hash IS NULL OR p.hash = :hash) ORDER BY g.id DESC LIMIT 1",
    [GROUP_PUT] =
        "INSERT INTO inbound_group (sim, sender, ref, parts, smsc_at_ms,"
        " at_ms, modem) VALUES (:sim, :sender, :ref, :parts, :smsc, :now,"
        " :modem)",
    [GROUP_GET] = "SELECT " GROUP_COLUMNS " FROM inbound_group WHERE id = :id",
    [GROUP_OVERDUE] =
        "SELECT " GROUP_COLUMNS
        " FROM inbound_group WHERE at_ms <= :before ORDER BY at_ms LIMIT 1",
    [GROUP_EXCESS] = "SELECT id FROM inbound_group WHERE sender = :sender"
                     " ORDER BY id DESC LIMIT 1 OFFSET :most",
    [GROUP_DROP] = "DELETE FROM inbound_group WHERE id = :id",
    [PART_PUT] = "INSERT INTO inbound_part (group_id, part, hash, sealed)"
                 " VALUES (:group, :part, :hash, :sealed)"
                 " ON CONFLICT DO NOTHING",
    [PART_COUNT] = "SELECT count(*) FROM inbound_part WHERE group_id = :group",
    [PART_LIST] = "SELECT part, sealed FROM inbound_part"
                  " WHERE group_id = :group ORDER BY part",
    [ENTRY_PUT] =
        "INSERT INTO inbound (at_ms, smsc_at_ms, modem, phone, text, raw,"
        " intent, nik_hash, state, note) VALUES (:now, :smsc, :modem, :phone,"
        " :text, :raw, :intent, :nik, :state, :note)",
    [ENTRY_ANSWERED] = "UPDATE inbound SET answer_id = :message WHERE id = :id",
    [ENTRY_REPLIED] = "UPDATE inbound SET reply_id = :message,"
                      " state = 'closed' WHERE id = :id",
    [ENTRY_CLOSE] = "UPDATE inbound SET state = 'closed' WHERE id = :id",
    [ENTRY_GET] = "SELECT " ENTRY_COLUMNS " FROM inbound WHERE id = :id",
    [ENTRY_LIST] =
        "SELECT " ENTRY_COLUMNS " FROM inbound WHERE true" ENTRY_TAIL,
    [ENTRY_LIST_OPEN] =
        "SELECT " ENTRY_COLUMNS " FROM inbound WHERE state = 'open'"
        " AND snoozed_until_ms <= :now" ENTRY_TAIL,
    [ENTRY_LIST_PHONE] =
        "SELECT " ENTRY_COLUMNS " FROM inbound WHERE phone = :phone" ENTRY_TAIL,
    [ENTRY_LAST_ID] = "SELECT coalesce(max(id), 0) FROM inbound",
    [ENTRY_COUNT_OPEN] = "SELECT count(*) FROM inbound WHERE state = 'open'",
    [ENTRY_ASSIGN] = "UPDATE inbound SET assigned = :who WHERE id = :id",
    [ENTRY_SNOOZE] = "UPDATE inbound SET snoozed_until_ms = :until"
                     " WHERE id = :id AND state = 'open'",
    [ENTRY_COUNT_OVERDUE] = "SELECT count(*) FROM inbound WHERE state = 'open'"
                            " AND at_ms < :before AND snoozed_until_ms <= :now",
    /* A text cannot have been sent after it came: such a clock is wrong. */
    [ENTRY_NEWEST_WISH] =
        "SELECT coalesce(max(CASE WHEN smsc_at_ms BETWEEN 1 AND at_ms"
        " THEN smsc_at_ms ELSE at_ms END), 0) FROM inbound"
        " WHERE phone = :phone AND intent IN ('stop', 'start')",
    [PLACE_OFFICE] = "SELECT office FROM kecamatan"
                     " WHERE code = :code AND office IS NOT NULL",
    [FIRST_OFFICE] = "SELECT code FROM office ORDER BY code LIMIT 1",
    [SEVERAL_OFFICES] = "SELECT count(*) > 1 FROM"
                        " (SELECT 1 FROM office LIMIT 2)",
    [HOME_REGION] = "SELECT EXISTS (SELECT 1 FROM kecamatan"
                    " WHERE substr(code, 1, 5) = substr(:code, 1, 5))",
    [DEADLINE_OF] =
        "SELECT min(c.deadline_day) FROM campaign c WHERE" INVITING
        " AND EXISTS (SELECT 1 FROM recipient r WHERE r.campaign_id = c.id"
        " AND r.resident_id = :resident)",
    [DEADLINE_NEXT] =
        "SELECT min(c.deadline_day) FROM campaign c WHERE" INVITING,
    [OLD_ENTRIES] = OLD("inbound", "at_ms < :before"),
    [OLD_SEEN] = OLD("inbound_seen", "at_ms < :before"),
};

enum kb_err inbound_store_open(struct inbound *inbound)
{
    for (size_t i = 0; i < INBOUND_SQL_COUNT; i++) {
        if (store_prepare(inbound->rooms.store, inbound_sql[i],
                &inbound->sql[i]) != KB_OK) {
            inbound_store_close(inbound);
            return KB_DB;
        }
    }
    return KB_OK;
}

void inbound_store_close(struct inbound *inbound)
{
    for (size_t i = 0; i < INBOUND_SQL_COUNT; i++) {
        (void)sqlite3_finalize(inbound->sql[i]);
        inbound->sql[i] = NULL;
    }
}

/* --- helpers --------------------------------------------------------------- */

static int64_t now_ms(const struct inbound *inbound)
{
    return clock_now_ms(inbound->rooms.clock);
}

static enum kb_err run(struct inbound *inbound, enum inbound_sql sql)
{
    return store_run(inbound->rooms.store, inbound->sql[sql]);
}

/* KB_OK where nothing had to be changed, too. */
static enum kb_err run_or_none(struct inbound *inbound, enum inbound_sql sql)
{
    enum kb_err err = run(inbound, sql);

    return err == KB_NOT_FOUND ? KB_OK : err;
}

static int64_t last_id(const struct inbound *inbound)
{
    return sqlite3_last_insert_rowid(store_db(inbound->rooms.store));
}

/* Steps to the only row; KB_NOT_FOUND for none. The caller resets. */
static enum kb_err first_row(struct inbound *inbound, enum inbound_sql sql)
{
    return store_step(inbound->rooms.store, inbound->sql[sql]);
}

static enum kb_err one_int(
    struct inbound *inbound, enum inbound_sql sql, int64_t *out)
{
    enum kb_err err = first_row(inbound, sql);

    if (err == KB_OK) {
        *out = sqlite3_column_int64(inbound->sql[sql], 0);
        (void)sqlite3_reset(inbound->sql[sql]);
    }
    return err;
}

static void copy_column(sqlite3_stmt *row, int column, char *out, size_t bytes)
{
    (void)snprintf(out, bytes, "%s", store_column_text(row, column));
}

/* --- parts ----------------------------------------------------------------- */

enum kb_err inbound_store_seen(
    struct inbound *inbound, const struct sms_key *key)
{
    sqlite3_stmt *put = inbound->sql[SEEN_PUT];

    store_bind_text(put, ":sim", key->sim);
    store_bind_text(put, ":sender", key->sender);
    store_bind_int(put, ":smsc", key->smsc_at_ms);
    store_bind_text(put, ":hash", key->hash);
    store_bind_int(put, ":part", key->part);
    store_bind_int(put, ":now", now_ms(inbound));
    return run(inbound, SEEN_PUT);
}

static void bind_group(sqlite3_stmt *statement, const struct sms_key *sms,
    const struct group_key *group)
{
    store_bind_text(statement, ":sim", sms->sim);
    store_bind_text(statement, ":sender", sms->sender);
    store_bind_int(statement, ":ref", group->ref);
    store_bind_int(statement, ":parts", group->parts);
    store_bind_int(statement, ":smsc", sms->smsc_at_ms);
}

enum kb_err inbound_store_group(struct inbound *inbound,
    const struct sms_key *sms, const struct group_key *group, int64_t *id)
{
    sqlite3_stmt *find = inbound->sql[GROUP_FIND];

    bind_group(find, sms, group);
    store_bind_int(find, ":part", sms->part);
    store_bind_text(find, ":hash", sms->hash);
    store_bind_int(find, ":span", GROUP_SPAN_MS);
    return one_int(inbound, GROUP_FIND, id);
}

enum kb_err inbound_store_group_new(struct inbound *inbound,
    const struct sms_key *sms, const struct group_key *group, int64_t *id)
{
    sqlite3_stmt *put = inbound->sql[GROUP_PUT];
    enum kb_err err = KB_OK;

    bind_group(put, sms, group);
    store_bind_text(put, ":modem", group->modem);
    store_bind_int(put, ":now", now_ms(inbound));
    err = run(inbound, GROUP_PUT);
    if (err == KB_OK) {
        *id = last_id(inbound);
    }
    return err;
}

static enum kb_err read_group(
    struct inbound *inbound, enum inbound_sql sql, struct group *out)
{
    sqlite3_stmt *row = inbound->sql[sql];
    enum kb_err err = first_row(inbound, sql);

    if (err != KB_OK) {
        return err;
    }
    out->id = sqlite3_column_int64(row, 0);
    copy_column(row, 1, out->sender, sizeof out->sender);
    copy_column(row, 2, out->modem, sizeof out->modem);
    out->parts = sqlite3_column_int(row, 3);
    out->smsc_at_ms = sqlite3_column_int64(row, 4);
    (void)sqlite3_reset(row);
    return KB_OK;
}

enum kb_err inbound_store_group_get(
    struct inbound *inbound, int64_t id, struct group *out)
{
    store_bind_int(inbound->sql[GROUP_GET], ":id", id);
    return read_group(inbound, GROUP_GET, out);
}

enum kb_err inbound_store_group_overdue(
    struct inbound *inbound, int64_t before_ms, struct group *out)
{
    store_bind_int(inbound->sql[GROUP_OVERDUE], ":before", before_ms);
    return read_group(inbound, GROUP_OVERDUE, out);
}

enum kb_err inbound_store_group_excess(
    struct inbound *inbound, const char *sender, int most, int64_t *id)
{
    sqlite3_stmt *find = inbound->sql[GROUP_EXCESS];

    store_bind_text(find, ":sender", sender);
    store_bind_int(find, ":most", most);
    return one_int(inbound, GROUP_EXCESS, id);
}

enum kb_err inbound_store_group_drop(struct inbound *inbound, int64_t id)
{
    store_bind_int(inbound->sql[GROUP_DROP], ":id", id);
    return run_or_none(inbound, GROUP_DROP);
}

enum kb_err inbound_store_part(struct inbound *inbound, int64_t group,
    const struct sms_key *sms, struct blob sealed)
{
    sqlite3_stmt *put = inbound->sql[PART_PUT];
    int column = sqlite3_bind_parameter_index(put, ":sealed");

    store_bind_int(put, ":group", group);
    store_bind_int(put, ":part", sms->part);
    store_bind_text(put, ":hash", sms->hash);
    (void)sqlite3_bind_blob64(put, column, sealed.data, sealed.bytes,
        SQLITE_TRANSIENT); // NOLINT(performance-no-int-to-ptr): SQLite's own
    return run_or_none(inbound, PART_PUT);
}

enum kb_err inbound_store_part_count(
    struct inbound *inbound, int64_t group, int *count)
{
    int64_t n = 0;
    enum kb_err err = KB_OK;

    store_bind_int(inbound->sql[PART_COUNT], ":group", group);
    err = one_int(inbound, PART_COUNT, &n);
    *count = (int)n;
    return err;
}

enum kb_err inbound_store_parts(struct inbound *inbound, int64_t group,
    void (*fn)(void *arg, int part, struct blob sealed), void *arg)
{
    sqlite3_stmt *list = inbound->sql[PART_LIST];
    enum kb_err err = KB_OK;

    store_bind_int(list, ":group", group);
    while ((err = store_step(inbound->rooms.store, list)) == KB_OK) {
        fn(arg, sqlite3_column_int(list, 0),
            (struct blob){sqlite3_column_blob(list, 1),
                (size_t)sqlite3_column_bytes(list, 1)});
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

/* --- entries --------------------------------------------------------------- */

enum kb_err inbound_store_entry(
    struct inbound *inbound, const struct entry_new *entry, int64_t *id)
{
    sqlite3_stmt *put = inbound->sql[ENTRY_PUT];
    enum kb_err err = KB_OK;

    store_bind_int(put, ":now", now_ms(inbound));
    store_bind_int(put, ":smsc", entry->smsc_at_ms);
    store_bind_text(put, ":modem", entry->modem);
    store_bind_text(put, ":phone", entry->phone);
    store_bind_text(put, ":text", entry->text);
    store_bind_text(put, ":raw", entry->raw);
    store_bind_text(put, ":intent", entry->intent);
    store_bind_text(put, ":nik", entry->nik_hash);
    store_bind_text(put, ":state", entry->open ? "open" : "closed");
    store_bind_text(put, ":note", entry->note);
    err = run(inbound, ENTRY_PUT);
    if (err == KB_OK) {
        *id = last_id(inbound);
    }
    return err;
}

enum kb_err inbound_store_answered(
    struct inbound *inbound, int64_t id, int64_t message_id)
{
    store_bind_int(inbound->sql[ENTRY_ANSWERED], ":id", id);
    store_bind_int(inbound->sql[ENTRY_ANSWERED], ":message", message_id);
    return run(inbound, ENTRY_ANSWERED);
}

enum kb_err inbound_store_replied(
    struct inbound *inbound, int64_t id, int64_t message_id)
{
    store_bind_int(inbound->sql[ENTRY_REPLIED], ":id", id);
    store_bind_int(inbound->sql[ENTRY_REPLIED], ":message", message_id);
    return run(inbound, ENTRY_REPLIED);
}

enum kb_err inbound_store_close_entry(struct inbound *inbound, int64_t id)
{
    store_bind_int(inbound->sql[ENTRY_CLOSE], ":id", id);
    return run(inbound, ENTRY_CLOSE);
}

enum kb_err inbound_store_assign(
    struct inbound *inbound, int64_t id, const char *who)
{
    store_bind_int(inbound->sql[ENTRY_ASSIGN], ":id", id);
    store_bind_text(inbound->sql[ENTRY_ASSIGN], ":who", who);
    return run(inbound, ENTRY_ASSIGN);
}

enum kb_err inbound_store_snooze(
    struct inbound *inbound, int64_t id, int64_t until_ms)
{
    store_bind_int(inbound->sql[ENTRY_SNOOZE], ":id", id);
    store_bind_int(inbound->sql[ENTRY_SNOOZE], ":until", until_ms);
    return run(inbound, ENTRY_SNOOZE);
}

enum kb_err inbound_store_count_overdue(
    struct inbound *inbound, int64_t before_ms, int64_t *count)
{
    sqlite3_stmt *row = inbound->sql[ENTRY_COUNT_OVERDUE];

    store_bind_int(row, ":before", before_ms);
    store_bind_int(row, ":now", now_ms(inbound));
    return one_int(inbound, ENTRY_COUNT_OVERDUE, count);
}

/* A binary SMS has no text: staff see what came in hex. */
static void read_text(sqlite3_stmt *row, struct inbox_entry *out)
{
    const char *raw = store_column_text(row, 4);

    copy_column(row, 3, out->text, sizeof out->text);
    if (out->text[0] == '\0' && *raw != '\0') {
        (void)snprintf(out->text, sizeof out->text, "binary: %s", raw);
    }
}

static void read_entry(sqlite3_stmt *row, struct inbox_entry *out)
{
    *out = (struct inbox_entry){.id = sqlite3_column_int64(row, 0)};
    copy_column(row, 1, out->phone, sizeof out->phone);
    copy_column(row, 2, out->state, sizeof out->state);
    read_text(row, out);
    copy_column(row, 5, out->intent, sizeof out->intent);
    copy_column(row, 6, out->modem, sizeof out->modem);
    out->at_ms = sqlite3_column_int64(row, 7);
    out->answered_id = sqlite3_column_int64(row, 8);
    out->reply_id = sqlite3_column_int64(row, 9);
    copy_column(row, 10, out->note, sizeof out->note);
    copy_column(row, 11, out->assigned, sizeof out->assigned);
    out->snoozed_until_ms = sqlite3_column_int64(row, 12);
}

enum kb_err inbound_store_get(
    struct inbound *inbound, int64_t id, struct inbox_entry *out)
{
    enum kb_err err = KB_OK;

    store_bind_int(inbound->sql[ENTRY_GET], ":id", id);
    err = first_row(inbound, ENTRY_GET);
    if (err == KB_OK) {
        read_entry(inbound->sql[ENTRY_GET], out);
        (void)sqlite3_reset(inbound->sql[ENTRY_GET]);
    }
    return err;
}

enum kb_err inbound_store_list(struct inbound *inbound,
    const struct inbox_filter *filter, inbox_fn *fn, void *arg)
{
    enum inbound_sql sql = filter->phone != NULL ? ENTRY_LIST_PHONE
                           : filter->open_only   ? ENTRY_LIST_OPEN
                                                 : ENTRY_LIST;
    sqlite3_stmt *list = inbound->sql[sql];
    struct inbox_entry entry;
    enum kb_err err = KB_OK;

    if (filter->phone != NULL) {
        store_bind_text(list, ":phone", filter->phone);
    } else if (filter->open_only) {
        store_bind_int(list, ":now", now_ms(inbound));
    }
    store_bind_text_or_null(list, ":reach", filter->reach);
    store_bind_int(list, ":from", filter->from_id);
    store_bind_int(list, ":before",
        filter->before_id == 0 ? INT64_MAX : filter->before_id);
    store_bind_int(list, ":limit", filter->limit == 0 ? -1 : filter->limit);
    while ((err = store_step(inbound->rooms.store, list)) == KB_OK) {
        read_entry(list, &entry);
        fn(arg, &entry);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err inbound_store_last_id(struct inbound *inbound, int64_t *out)
{
    return one_int(inbound, ENTRY_LAST_ID, out);
}

enum kb_err inbound_store_count_open(struct inbound *inbound, int64_t *count)
{
    return one_int(inbound, ENTRY_COUNT_OPEN, count);
}

/* --- what answers need ------------------------------------------------------ */

static enum kb_err one_text(
    struct inbound *inbound, enum inbound_sql sql, char *out, size_t bytes)
{
    enum kb_err err = first_row(inbound, sql);

    out[0] = '\0';
    if (err == KB_OK) {
        copy_column(inbound->sql[sql], 0, out, bytes);
        (void)sqlite3_reset(inbound->sql[sql]);
    }
    return err;
}

enum kb_err inbound_store_office(
    struct inbound *inbound, const char *kecamatan, char *out, size_t out_bytes)
{
    enum kb_err err = KB_OK;

    store_bind_text(inbound->sql[PLACE_OFFICE], ":code", kecamatan);
    err = one_text(inbound, PLACE_OFFICE, out, out_bytes);
    if (err == KB_NOT_FOUND) {
        err = one_text(inbound, FIRST_OFFICE, out, out_bytes);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err inbound_store_has_offices(struct inbound *inbound, bool *several)
{
    int64_t found = 0;
    enum kb_err err = one_int(inbound, SEVERAL_OFFICES, &found);

    *several = found != 0;
    return err;
}

enum kb_err inbound_store_newest_wish(
    struct inbound *inbound, const char *phone, int64_t *sent_at_ms)
{
    store_bind_text(inbound->sql[ENTRY_NEWEST_WISH], ":phone", phone);
    return one_int(inbound, ENTRY_NEWEST_WISH, sent_at_ms);
}

enum kb_err inbound_store_is_home(
    struct inbound *inbound, const char *kecamatan, bool *home)
{
    int64_t found = 0;
    enum kb_err err = KB_OK;

    store_bind_text(inbound->sql[HOME_REGION], ":code", kecamatan);
    err = one_int(inbound, HOME_REGION, &found);
    *home = found != 0;
    return err;
}

enum kb_err inbound_store_deadline(
    struct inbound *inbound, int64_t resident_id, int32_t *day)
{
    enum inbound_sql sql = resident_id == 0 ? DEADLINE_NEXT : DEADLINE_OF;
    sqlite3_stmt *row = inbound->sql[sql];
    enum kb_err err = KB_OK;

    *day = INT32_MIN;
    store_bind_int(row, ":today", civil_day_of(now_ms(inbound)));
    if (resident_id != 0) {
        store_bind_int(row, ":resident", resident_id);
    }
    err = first_row(inbound, sql);
    if (err == KB_OK) {
        if (sqlite3_column_type(row, 0) != SQLITE_NULL) {
            *day = sqlite3_column_int(row, 0);
        }
        (void)sqlite3_reset(row);
    }
    return err;
}

/* --- forgetting ------------------------------------------------------------- */

static enum kb_err forget(
    struct inbound *inbound, enum inbound_sql sql, int64_t before, bool *more)
{
    sqlite3 *db = store_db(inbound->rooms.store);
    enum kb_err err = KB_OK;

    store_bind_int(inbound->sql[sql], ":before", before);
    store_bind_int(inbound->sql[sql], ":limit", FORGET_ROWS);
    err = run(inbound, sql);
    *more = *more || (err == KB_OK && sqlite3_changes(db) == FORGET_ROWS);
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err inbound_store_forget(
    struct inbound *inbound, int64_t before_ms, bool *more)
{
    enum kb_err err = forget(inbound, OLD_ENTRIES, before_ms, more);

    if (err == KB_OK) {
        err = forget(inbound, OLD_SEEN, before_ms, more);
    }
    return err;
}
