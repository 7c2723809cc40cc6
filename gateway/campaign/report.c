// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign/report.h"

#include "base/csv.h"
#include "base/mem.h"
#include "campaign/audience.h"
#include "campaign/report_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int report_permille(int64_t part, int64_t whole)
{
    return whole <= 0 ? -1 : (int)((part * 1000 + whole / 2) / whole);
}

/* --- people ------------------------------------------------------------ */

struct counting {
    struct campaigns *campaigns;
    const struct campaign *campaign;
    struct campaign_people *out;
    int64_t opt_outs;
    enum kb_err err;
};

static struct report_office *office_of(
    struct campaign_people *people, const char *code)
{
    for (size_t i = 0; i + 1 < people->office_count; i++) {
        if (strcmp(people->office[i].code, code) == 0) {
            return &people->office[i];
        }
    }
    return &people->office[people->office_count - 1];
}

/* A row of REPORT_PEOPLE. */
static struct report_people read_person(sqlite3_stmt *row)
{
    return (struct report_people){
        .audience = 1,
        .no_phone = sqlite3_column_int(row, 2) == 0 ? 1 : 0,
        .told = sqlite3_column_int(row, 3),
        .delivered = sqlite3_column_int(row, 4),
        .answered = sqlite3_column_int(row, 5),
        .came = sqlite3_column_int(row, 6) == 2 ? 1 : 0,
    };
}

static void add_people(
    struct report_people *sum, const struct report_people *one)
{
    sum->audience += one->audience;
    sum->no_phone += one->no_phone;
    sum->told += one->told;
    sum->delivered += one->delivered;
    sum->answered += one->answered;
    sum->came += one->came;
}

static void on_person(void *arg, sqlite3_stmt *row)
{
    struct counting *counting = arg;
    struct campaign_people *out = counting->out;
    const struct campaign *campaign = counting->campaign;
    struct report_people one = read_person(row);

    if (one.no_phone == 0 &&
        plan_held_out(campaign->id, sqlite3_column_int64(row, 0),
            campaign->holdout_percent)) {
        out->held_out++;
        out->held_out_came += sqlite3_column_int(row, 6) == 1 ? 1 : 0;
    }
    add_people(&out->all, &one);
    add_people(&office_of(out, store_column_text(row, 1))->people, &one);
}

/* --- steps ------------------------------------------------------------- */

static void on_step(void *arg, sqlite3_stmt *row)
{
    struct campaign_people *out = ((struct counting *)arg)->out;

    if (out->step_count < REPORT_STEPS_MOST) {
        out->step[out->step_count++] = (struct report_step){
            .step = sqlite3_column_int(row, 0),
            .people = {.told = sqlite3_column_int64(row, 1),
                       .delivered = sqlite3_column_int64(row, 2),
                       .answered = sqlite3_column_int64(row, 3)},
        };
    }
}

static void on_came(void *arg, sqlite3_stmt *row)
{
    struct campaign_people *out = ((struct counting *)arg)->out;

    for (size_t i = 0; i < out->step_count; i++) {
        if (out->step[i].step == sqlite3_column_int(row, 0)) {
            out->step[i].people.came = sqlite3_column_int64(row, 1);
        }
    }
}

/* --- what went wrong --------------------------------------------------- */

static void on_failure(void *arg, sqlite3_stmt *row)
{
    struct campaign_people *out = ((struct counting *)arg)->out;
    struct report_failure *failure = &out->failure[out->failure_count];

    if (out->failure_count < REPORT_FAILURES_MOST) {
        out->failure_count++;
        failure->messages = sqlite3_column_int64(row, 1);
        (void)snprintf(failure->reason, sizeof failure->reason, "%s",
            store_column_text(row, 0));
    }
}

/* A phone that was told had not said STOP by then. */
static void on_phone(void *arg, sqlite3_stmt *row)
{
    struct counting *counting = arg;
    bool stopped = false;
    enum kb_err err =
        registry_phone_stopped(counting->campaigns->rooms.registry,
            store_column_text(row, 0), &stopped);

    counting->err = err == KB_OK ? counting->err : err;
    counting->out->opt_outs += stopped ? 1 : 0;
}

/* --- the whole --------------------------------------------------------- */

static enum kb_err open_offices(
    struct campaigns *campaigns, struct campaign_people *out)
{
    struct office *offices = NULL;
    size_t count = 0;
    enum kb_err err =
        registry_office_list(campaigns->rooms.registry, &offices, &count);

    if (err != KB_OK) {
        return err;
    }
    out->office_count = count + 1;
    out->office = mem_array(out->office_count, sizeof *out->office);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(out->office[i].code, sizeof out->office[i].code, "%s",
            offices[i].code);
        (void)snprintf(out->office[i].name, sizeof out->office[i].name, "%s",
            offices[i].name);
    }
    (void)snprintf(
        out->office[count].name, sizeof out->office[count].name, "no office");
    free(offices);
    return KB_OK;
}

static enum kb_err count_all(struct counting *counting)
{
    static const struct {
        enum report_list list;
        report_row_fn *fn;
    } lists[] = {
        {REPORT_PEOPLE,   on_person },
        {REPORT_STEPS,    on_step   },
        {REPORT_CAME,     on_came   },
        {REPORT_FAILURES, on_failure},
        {REPORT_PHONES,   on_phone  },
    };
    enum kb_err err = open_offices(counting->campaigns, counting->out);

    for (size_t i = 0; i < sizeof lists / sizeof *lists && err == KB_OK; i++) {
        err = report_each(counting->campaigns, lists[i].list,
            counting->campaign->id, lists[i].fn, counting);
    }
    return err == KB_OK ? counting->err : err;
}

enum kb_err campaign_people(
    struct campaigns *campaigns, const char *name, struct campaign_people *out)
{
    struct campaign_row row = {0};
    struct counting counting = {
        .campaigns = campaigns, .campaign = &row.campaign, .out = out};
    enum kb_err err = campaign_store_by_name(campaigns, name, &row);

    *out = (struct campaign_people){0};
    if (err == KB_OK) {
        err = count_all(&counting);
    }
    if (err != KB_OK) {
        campaign_people_clear(out);
        return err;
    }
    /* Residents without an office are shown where there are any. */
    if (out->office[out->office_count - 1].people.audience == 0) {
        out->office_count--;
    }
    return KB_OK;
}

void campaign_people_clear(struct campaign_people *people)
{
    free(people->office);
    *people = (struct campaign_people){0};
}

/* --- CSV --------------------------------------------------------------- */

static void add_row(struct buf *out, const char *section, const char *name,
    const struct report_people *people)
{
    csv_quote(out, section);
    buf_add_text(out, ",");
    csv_quote(out, name);
    buf_printf(out, ",%lld,%lld,%lld,%lld,%lld,%lld\n",
        (long long)people->audience, (long long)people->no_phone,
        (long long)people->told, (long long)people->delivered,
        (long long)people->answered, (long long)people->came);
}

static void add_count(
    struct buf *out, const char *section, const char *name, int64_t count)
{
    csv_quote(out, section);
    buf_add_text(out, ",");
    csv_quote(out, name);
    buf_printf(out, ",%lld,,,,,\n", (long long)count);
}

void campaign_people_csv(const struct campaign_people *people, struct buf *out)
{
    char name[16] = "";
    struct report_people held_out = {
        .audience = people->held_out, .came = people->held_out_came};

    buf_add_text(
        out, "section,name,number,no_phone,told,delivered,answered,came\n");
    add_row(out, "all", "", &people->all);
    add_row(out, "holdout", "", &held_out);
    for (size_t i = 0; i < people->office_count; i++) {
        add_row(
            out, "office", people->office[i].code, &people->office[i].people);
    }
    for (size_t i = 0; i < people->step_count; i++) {
        (void)snprintf(name, sizeof name, "%d", people->step[i].step);
        add_row(out, "step", name, &people->step[i].people);
    }
    add_count(out, "opt_outs", "", people->opt_outs);
    for (size_t i = 0; i < people->failure_count; i++) {
        add_count(out, "failure", people->failure[i].reason,
            people->failure[i].messages);
    }
}

/* --- where it stands --------------------------------------------------- */

static const struct {
    const char *what;
    const char *mend;
} waiting[REPORT_WAITS] = {
    {"wait for a place at their office",          "more capacity sends them sooner"},
    {"are held for an office that is down",       "kabari office up releases them" },
    {"were told today or often enough this week", "they go by themselves"          },
    {"are held for their text",                   "kabari check"                   },
};

static void on_waits(void *arg, sqlite3_stmt *row)
{
    struct buf *out = arg;

    for (int i = 0; i < REPORT_WAITS; i++) {
        int64_t count = sqlite3_column_int64(row, i);

        if (count > 0) {
            buf_printf(out, "; %lld %s (%s)", (long long)count, waiting[i].what,
                waiting[i].mend);
        }
    }
}

enum kb_err campaign_stands(
    struct campaigns *campaigns, const char *name, char *out, size_t out_bytes)
{
    struct campaign_row row = {0};
    struct buf text = {0};
    enum kb_err err = campaign_store_by_name(campaigns, name, &row);

    buf_add_text(&text, row.campaign.note);
    if (err == KB_OK && row.state == PLAN_RUNNING) {
        err = report_each(
            campaigns, REPORT_WAITING, row.campaign.id, on_waits, &text);
    }
    if (err == KB_OK) {
        (void)snprintf(out, out_bytes, "%s", buf_text(&text));
    }
    buf_clear(&text);
    return err;
}

/* --- nobody to text ---------------------------------------------------- */

enum kb_err campaign_no_phone(struct campaigns *campaigns,
    const struct campaign_people_ask *ask, registry_row_fn *fn, void *arg,
    struct why *why)
{
    struct campaign_row row = {0};
    struct audience *audience = NULL;
    int32_t today = civil_day_of(clock_now_ms(campaigns->rooms.clock));
    enum kb_err err = campaign_store_by_name(campaigns, ask->name, &row);

    if (err == KB_OK) {
        err = campaign_narrow(&row.campaign, ask->kecamatan, why);
    }
    if (err == KB_OK) {
        err = audience_of(campaigns, &row.campaign, today, &audience, why);
    }
    return err == KB_OK ? audience_no_phone(campaigns, audience, fn, arg) : err;
}
