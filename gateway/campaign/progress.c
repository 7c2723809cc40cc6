// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/mem.h"
#include "campaign/campaign_internal.h"
#include "campaign/report_internal.h"

#include <stdlib.h>

/* A campaign from day to day. */

struct days {
    struct progress_day *day; /* the earliest first */
    size_t count;
};

/* The place of a day, made where it is new. */
static struct progress_day *day_at(struct days *days, int32_t day)
{
    size_t at = days->count;

    while (at > 0 && days->day[at - 1].day > day) {
        at--;
    }
    if (at > 0 && days->day[at - 1].day == day) {
        return &days->day[at - 1];
    }
    days->day = mem_resize(days->day, days->count + 1, sizeof *days->day);
    for (size_t i = days->count++; i > at; i--) {
        days->day[i] = days->day[i - 1];
    }
    days->day[at] = (struct progress_day){.day = day};
    return &days->day[at];
}

static void on_day(void *arg, sqlite3_stmt *row)
{
    struct progress_day *day = day_at(arg, sqlite3_column_int(row, 0));

    day->told = sqlite3_column_int64(row, 1);
    day->reminded = sqlite3_column_int64(row, 2);
    day->delivered = sqlite3_column_int64(row, 3);
}

static void on_arrival(void *arg, sqlite3_stmt *row)
{
    day_at(arg, civil_day_of(sqlite3_column_int64(row, 0)))->came++;
}

enum kb_err campaign_progress(struct campaigns *campaigns, const char *name,
    struct progress_day **out, size_t *count)
{
    struct campaign_row row = {0};
    struct days days = {0};
    enum kb_err err = campaign_store_by_name(campaigns, name, &row);

    if (err == KB_OK) {
        err =
            report_each(campaigns, REPORT_DAYS, row.campaign.id, on_day, &days);
    }
    if (err == KB_OK) {
        err = report_each(
            campaigns, REPORT_ARRIVALS, row.campaign.id, on_arrival, &days);
    }
    if (err != KB_OK) {
        free(days.day);
        return err;
    }
    *out = days.day;
    *count = days.count;
    return KB_OK;
}
