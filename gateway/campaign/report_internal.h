// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_CAMPAIGN_REPORT_INTERNAL_H
#define KABARI_CAMPAIGN_REPORT_INTERNAL_H

#include "campaign/report.h"

#include <sqlite3.h>

/* Between report.c and report_store.c. */

enum report_list {
    REPORT_PEOPLE,   /* resident, office, has a phone, told, delivered,
                        answered, came: 0 no, 1 untold, 2 after being told */
    REPORT_STEPS,    /* step, people told, delivered, answered */
    REPORT_CAME,     /* step, people */
    REPORT_FAILURES, /* state and reason, messages */
    REPORT_PHONES,   /* phone that was told */
    REPORT_WAITING,  /* messages: place, office, later, text */
    REPORT_DAYS,     /* day, people told, reminded, delivered */
    REPORT_ARRIVALS  /* when somebody came, by the day */
};

#define REPORT_WAITS 4

/** Reads the columns of one row. */
typedef void report_row_fn(void *arg, sqlite3_stmt *row);

KB_MUST_USE enum kb_err report_each(struct campaigns *campaigns,
    enum report_list list, int64_t campaign_id, report_row_fn *fn, void *arg);

#endif
