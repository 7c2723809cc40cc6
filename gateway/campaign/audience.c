// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign/audience.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ids looked at in one page: some 0.5 ms where none of them matches. */
#define PAGE_IDS 1024

/* Compiled audiences kept; more campaigns than that compile anew. */
#define KEPT_MOST 16

#define JOINED                                                                 \
    " LEFT JOIN recipient AS x ON x.campaign_id = :campaign"                   \
    " AND x.resident_id = r.id"                                                \
    " LEFT JOIN campaign_message AS m ON m.message_id = x.message_id"          \
    " AND x.message_id <> 0"

struct audience {
    struct audience *next;
    int64_t campaign_id;
    int32_t today;
    char *where;        /* as the campaign has it */
    const char *states; /* plan_states_for(): compared by address */
    sqlite3_stmt *page;
    sqlite3_stmt *phone;
    sqlite3_stmt *cases; /* NULL until it is asked for */
    char *condition;
};

/* --- compiling --------------------------------------------------------- */

static void audience_free(struct audience *audience)
{
    (void)sqlite3_finalize(audience->page);
    (void)sqlite3_finalize(audience->phone);
    (void)sqlite3_finalize(audience->cases);
    free(audience->condition);
    free(audience->where);
    free(audience);
}

void audience_forget_all(struct campaigns *campaigns)
{
    while (campaigns->audiences != NULL) {
        struct audience *audience = campaigns->audiences;

        campaigns->audiences = audience->next;
        audience_free(audience);
    }
}

static enum kb_err add_exprs(struct campaigns *campaigns, const char *where,
    int32_t today, struct buf *sql, struct why *why)
{
    char *copy = mem_strdup(where);
    char *rest = copy;
    char *line = NULL;
    enum kb_err err = KB_OK;

    while (err == KB_OK && (line = strsep(&rest, "\n")) != NULL) {
        if (*line != '\0') {
            /* Joins with AND what it adds. */
            err = registry_where(
                campaigns->rooms.registry, line, today, sql, why);
        }
    }
    free(copy);
    return err;
}

/* Cards are printed in the order of the registry: behind the office's last blank
   card. */
static const char stock_ends[] =
    " AND (SELECT count(*) FROM resident AS q INDEXED BY resident_office"
    " WHERE q.office = r.office AND q.state = 'print_ready' AND q.id < r.id)"
    " >= coalesce((SELECT o.blanks FROM office AS o"
    " WHERE o.code = r.office), 0)";

static enum kb_err condition_of(struct campaigns *campaigns,
    const struct campaign *campaign, int32_t today, char **out, struct why *why)
{
    struct buf sql = {0};
    enum kb_err err = KB_OK;

    buf_printf(&sql,
        "r.state IN (%s) AND r.flag = '' AND NOT EXISTS (SELECT 1"
        " FROM resident_rest AS s WHERE s.resident_id = r.id"
        " AND s.until_day > %d)",
        plan_states_for(campaign->template_name), (int)today);
    if (plan_waits_for_stock(campaign->template_name)) {
        buf_add_text(&sql, stock_ends);
    }
    err = add_exprs(campaigns, campaign->where, today, &sql, why);
    if (err == KB_OK) {
        *out = buf_take(&sql);
    }
    buf_clear(&sql);
    return err;
}

static enum kb_err prepare(
    struct campaigns *campaigns, sqlite3_stmt **out, char *take_sql)
{
    enum kb_err err = store_prepare(campaigns->rooms.store, take_sql, out);

    free(take_sql);
    return err;
}

/* NOT INDEXED leaves the row id, by which the page is bounded. */
static enum kb_err compile(struct campaigns *campaigns,
    struct audience *audience, const char *condition)
{
    enum kb_err err = prepare(campaigns, &audience->page,
        mem_printf("SELECT r.id, coalesce(r.phone, ''), x.campaign_id"
                   " FROM resident AS r NOT INDEXED" JOINED
                   " WHERE r.id > :after AND r.id <= :upto AND %s"
                   " AND NOT (m.message_id IS NOT NULL AND x.day >= :since"
                   " AND m.phone IS r.phone) ORDER BY r.id LIMIT :limit",
            condition));

    if (err != KB_OK) {
        return err;
    }
    return prepare(campaigns, &audience->phone,
        mem_printf("SELECT " REGISTRY_RESIDENT_COLUMNS
                   ", coalesce(x.message_id, 0),"
                   " m.message_id IS NOT NULL AND x.day >= :since"
                   " AND m.phone IS r.phone"
                   " FROM resident AS r INDEXED BY resident_phone" JOINED
                   " WHERE r.phone = :phone AND %s ORDER BY r.id",
            condition));
}

static void keep(struct campaigns *campaigns, struct audience *audience)
{
    struct audience **last = &campaigns->audiences;

    audience->next = campaigns->audiences;
    campaigns->audiences = audience;
    for (int i = 0; i < KEPT_MOST && *last != NULL; i++) {
        last = &(*last)->next;
    }
    if (*last != NULL) {
        audience_free(*last);
        *last = NULL;
    }
}

/* Takes what is compiled for the campaign out of the list; NULL for none. */
static struct audience *take(struct campaigns *campaigns, int64_t campaign_id)
{
    for (struct audience **at = &campaigns->audiences; *at != NULL;
         at = &(*at)->next) {
        struct audience *audience = *at;

        if (audience->campaign_id == campaign_id) {
            *at = audience->next;
            return audience;
        }
    }
    return NULL;
}

static enum kb_err compile_new(struct campaigns *campaigns,
    const struct campaign *campaign, int32_t today, struct audience **out,
    struct why *why)
{
    struct audience *audience = NULL;
    char *condition = NULL;
    enum kb_err err = condition_of(campaigns, campaign, today, &condition, why);

    if (err != KB_OK) {
        return err;
    }
    audience = mem_new(sizeof *audience);
    audience->campaign_id = campaign->id;
    audience->today = today;
    audience->where = mem_strdup(campaign->where);
    audience->states = plan_states_for(campaign->template_name);
    err = compile(campaigns, audience, condition);
    audience->condition = condition;
    if (err != KB_OK) {
        audience_free(audience);
        return err;
    }
    *out = audience;
    return KB_OK;
}

enum kb_err campaign_narrow(
    struct campaign *campaign, const char *kecamatan, struct why *why)
{
    size_t used = strlen(campaign->where);
    size_t room = sizeof campaign->where - used;
    int wanted = 0;

    if (kecamatan == NULL) {
        return KB_OK;
    }
    wanted = snprintf(campaign->where + used, room, "%skecamatan=%s",
        used > 0 ? "\n" : "", kecamatan);
    if (wanted < 0 || (size_t)wanted >= room) {
        why_set(why, "the campaign has too many conditions to be narrowed");
        return KB_REFUSED;
    }
    return KB_OK;
}

static bool same_audience(const struct audience *audience,
    const struct campaign *campaign, int32_t today)
{
    return audience->today == today &&
           audience->states == plan_states_for(campaign->template_name) &&
           strcmp(audience->where, campaign->where) == 0;
}

enum kb_err audience_of(struct campaigns *campaigns,
    const struct campaign *campaign, int32_t today, struct audience **out,
    struct why *why)
{
    struct audience *audience = take(campaigns, campaign->id);
    enum kb_err err = KB_OK;

    if (audience != NULL && !same_audience(audience, campaign, today)) {
        audience_free(audience);
        audience = NULL;
    }
    if (audience == NULL) {
        err = compile_new(campaigns, campaign, today, &audience, why);
    }
    if (err == KB_OK) {
        keep(campaigns, audience);
        *out = audience;
    }
    return err;
}

/* --- asking ------------------------------------------------------------ */

static void read_entry(sqlite3_stmt *row, struct audience_entry *out)
{
    *out = (struct audience_entry){
        .resident_id = sqlite3_column_int64(row, 0),
        .listed = sqlite3_column_type(row, 2) != SQLITE_NULL,
    };
    (void)snprintf(
        out->phone, sizeof out->phone, "%s", store_column_text(row, 1));
}

enum kb_err audience_next(struct campaigns *campaigns,
    struct audience *audience, int64_t after, int32_t step_day,
    struct audience_page *out)
{
    sqlite3_stmt *page = audience->page;
    enum kb_err err = KB_OK;

    out->count = 0;
    out->upto = after + PAGE_IDS;
    store_bind_int(page, ":campaign", audience->campaign_id);
    store_bind_int(page, ":after", after);
    store_bind_int(page, ":upto", out->upto);
    store_bind_int(page, ":since", step_day);
    store_bind_int(page, ":limit", AUDIENCE_PAGE);
    while (out->count < AUDIENCE_PAGE &&
           (err = store_step(campaigns->rooms.store, page)) == KB_OK) {
        read_entry(page, &out->entry[out->count++]);
    }
    (void)sqlite3_reset(page);
    if (out->count == AUDIENCE_PAGE) {
        out->upto = out->entry[out->count - 1].resident_id;
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

static enum kb_err compile_cases(
    struct campaigns *campaigns, struct audience *audience)
{
    if (audience->cases != NULL) {
        return KB_OK;
    }
    return prepare(campaigns, &audience->cases,
        mem_printf("SELECT r.id, coalesce(r.phone, ''), r.office,"
                   " r.state = 'failed', coalesce(m.told_day, 0),"
                   " CASE WHEN m.told_day = 0 THEN m.place_day ELSE 0 END"
                   " FROM resident AS r NOT INDEXED" JOINED
                   " WHERE r.id > :after AND r.id <= :upto AND %s"
                   " ORDER BY r.id",
            audience->condition));
}

static void read_case(sqlite3_stmt *row, struct audience_case *out)
{
    *out = (struct audience_case){
        .resident_id = sqlite3_column_int64(row, 0),
        .failed = sqlite3_column_int(row, 3) != 0,
        .told_day = sqlite3_column_int(row, 4),
        .place_day = sqlite3_column_int(row, 5),
    };
    (void)snprintf(
        out->phone, sizeof out->phone, "%s", store_column_text(row, 1));
    (void)snprintf(
        out->office, sizeof out->office, "%s", store_column_text(row, 2));
}

/* NOLINTNEXTLINE(readability-function-size): what a slice gives is three */
enum kb_err audience_cases(struct campaigns *campaigns,
    struct audience *audience, int64_t after, struct audience_case *out,
    size_t *count, int64_t *upto)
{
    enum kb_err err = compile_cases(campaigns, audience);

    *count = 0;
    *upto = after + AUDIENCE_CASES;
    if (err != KB_OK) {
        return err;
    }
    store_bind_int(audience->cases, ":campaign", audience->campaign_id);
    store_bind_int(audience->cases, ":after", after);
    store_bind_int(audience->cases, ":upto", *upto);
    while (*count < AUDIENCE_CASES && (err = store_step(campaigns->rooms.store,
                                           audience->cases)) == KB_OK) {
        read_case(audience->cases, &out[(*count)++]);
    }
    (void)sqlite3_reset(audience->cases);
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err audience_no_phone(struct campaigns *campaigns,
    const struct audience *audience, registry_row_fn *fn, void *arg)
{
    sqlite3_stmt *rows = NULL;
    struct resident resident = {0};
    enum kb_err err = prepare(campaigns, &rows,
        mem_printf("SELECT " REGISTRY_RESIDENT_COLUMNS
                   " FROM resident AS r WHERE r.phone IS NULL AND %s"
                   " ORDER BY r.kecamatan, r.desa, r.name, r.id",
            audience->condition));

    while (err == KB_OK &&
           (err = store_step(campaigns->rooms.store, rows)) == KB_OK) {
        registry_resident_read(rows, &resident);
        err = fn(arg, &resident);
    }
    (void)sqlite3_finalize(rows);
    return err == KB_NOT_FOUND ? KB_OK : err;
}

static bool asked_for(struct audience *audience, const struct audience_ask *ask,
    const struct resident *resident)
{
    sqlite3_stmt *row = audience->phone;
    int column = sqlite3_column_count(row) - 2;

    if (plan_held_out(
            audience->campaign_id, resident->id, ask->holdout_percent)) {
        return false;
    }
    if (ask->who == AUDIENCE_UNTOLD) {
        return sqlite3_column_int(row, column + 1) == 0;
    }
    return ask->who == AUDIENCE_ALL ||
           sqlite3_column_int64(row, column) == ask->message_id;
}

enum kb_err audience_on_phone(struct campaigns *campaigns,
    struct audience *audience, const struct audience_ask *ask, size_t *count)
{
    sqlite3_stmt *row = audience->phone;
    enum kb_err err = KB_OK;

    *count = 0;
    store_bind_int(row, ":campaign", audience->campaign_id);
    store_bind_int(row, ":since", ask->step_day);
    store_bind_text(row, ":phone", ask->phone);
    while (*count < PHONE_PEOPLE_MOST &&
           (err = store_step(campaigns->rooms.store, row)) == KB_OK) {
        struct resident *person = &campaigns->people[*count];

        registry_resident_read(row, person);
        *count += asked_for(audience, ask, person) ? 1U : 0U;
    }
    (void)sqlite3_reset(row);
    return err == KB_NOT_FOUND ? KB_OK : err;
}
