// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign/campaign_internal.h"
#include "campaign/report_internal.h"

#include <stdio.h>
#include <string.h>

/* What the store knows of a campaign's residents. */

static const struct store_query statements[] = {
    {offsetof(struct campaigns, report_people),
     "SELECT x.resident_id, coalesce(r.office, ''), r.phone IS NOT NULL,"
        " EXISTS (SELECT 1 FROM contact_day AS d WHERE"
        " d.campaign_id = x.campaign_id AND d.phone = r.phone),"
        " EXISTS (SELECT 1 FROM contact_day AS d JOIN message AS t"
        " ON t.id = d.message_id WHERE d.campaign_id = x.campaign_id"
        " AND d.phone = r.phone AND t.state = 'delivered'),"
        " EXISTS (SELECT 1 FROM contact_day AS d JOIN campaign_message AS m"
        " ON m.message_id = d.message_id WHERE d.campaign_id = x.campaign_id"
        " AND d.phone = r.phone AND m.answered = 1),"
        " coalesce((SELECT 1 + c.told FROM came AS c"
        " WHERE c.campaign_id = x.campaign_id"
        " AND c.resident_id = x.resident_id), 0)"
        " FROM recipient AS x LEFT JOIN resident AS r ON r.id = x.resident_id"
        " WHERE x.campaign_id = :campaign"                              },
    {offsetof(struct campaigns, report_steps),
     "SELECT t.step, sum(m.people),"
        " sum(CASE WHEN t.state = 'delivered' THEN m.people ELSE 0 END),"
        " sum(CASE WHEN m.answered = 1 THEN m.people ELSE 0 END)"
        " FROM contact_day AS d JOIN campaign_message AS m"
        " ON m.message_id = d.message_id JOIN message AS t"
        " ON t.id = d.message_id WHERE d.campaign_id = :campaign"
        " AND m.kind IN ('', 'off', 'back') GROUP BY t.step"
        " ORDER BY t.step DESC"                                         },
    {offsetof(struct campaigns, report_came),
     "SELECT step, count(*) FROM came WHERE campaign_id = :campaign"
        " AND told = 1 GROUP BY step"                                   },
    {offsetof(struct campaigns, report_failures),
     "SELECT state || CASE WHEN reason = '' THEN '' ELSE ': ' || reason END,"
        " count(*) FROM message WHERE campaign_id = :campaign"
        " AND campaign_id <> 0 AND state IN"
        " ('failed', 'undelivered', 'expired', 'cancelled', 'unknown')"
        " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :most"                    },
    {offsetof(struct campaigns, report_phones),
     "SELECT DISTINCT phone FROM contact_day"
        " WHERE campaign_id = :campaign"                                },
    {offsetof(struct campaigns, report_waiting),
     "SELECT (SELECT count(*) FROM campaign_message"
        " WHERE campaign_id = :campaign AND hold = 'place'),"
        " (SELECT count(*) FROM campaign_message WHERE campaign_id = :campaign"
        " AND hold = 'office' AND hold IN ('office', 'text')),"
        " (SELECT count(*) FROM campaign_message"
        " WHERE +campaign_id = :campaign AND hold = 'later'),"
        " (SELECT count(*) FROM campaign_message WHERE campaign_id = :campaign"
        " AND hold = 'text' AND hold IN ('office', 'text'))"            },
    {offsetof(struct campaigns, report_days),
     "SELECT day, sum(CASE WHEN day = first THEN people ELSE 0 END),"
        " sum(CASE WHEN day = first THEN 0 ELSE people END),"
        " sum(CASE WHEN state = 'delivered' THEN people ELSE 0 END)"
        " FROM (SELECT d.day AS day, m.people AS people, t.state AS state,"
        " (SELECT min(e.day) FROM contact_day AS e WHERE"
        " e.campaign_id = d.campaign_id AND e.phone = d.phone) AS first"
        " FROM contact_day AS d JOIN campaign_message AS m"
        " ON m.message_id = d.message_id JOIN message AS t"
        " ON t.id = d.message_id WHERE d.campaign_id = :campaign)"
        " GROUP BY day ORDER BY day"                                    },
    {offsetof(struct campaigns, report_arrivals),
     "SELECT at_ms FROM came WHERE campaign_id = :campaign AND told = 1"},
};

#define STATEMENT_COUNT (sizeof statements / sizeof *statements)

enum kb_err report_store_open(struct campaigns *campaigns)
{
    return store_prepare_room(
        campaigns->rooms.store, campaigns, statements, STATEMENT_COUNT);
}

void report_store_close(struct campaigns *campaigns)
{
    store_finalize_room(campaigns, statements, STATEMENT_COUNT);
}

/* Calls fn for each row. */
static enum kb_err each(struct campaigns *campaigns, sqlite3_stmt *rows,
    int64_t campaign_id, report_row_fn *fn, void *arg)
{
    enum kb_err err = KB_OK;

    store_bind_int(rows, ":campaign", campaign_id);
    while ((err = store_step(campaigns->rooms.store, rows)) == KB_OK) {
        fn(arg, rows);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err report_each(struct campaigns *campaigns, enum report_list list,
    int64_t campaign_id, report_row_fn *fn, void *arg)
{
    sqlite3_stmt *const rows[] = {
        [REPORT_PEOPLE] = campaigns->report_people,
        [REPORT_STEPS] = campaigns->report_steps,
        [REPORT_CAME] = campaigns->report_came,
        [REPORT_FAILURES] = campaigns->report_failures,
        [REPORT_PHONES] = campaigns->report_phones,
        [REPORT_WAITING] = campaigns->report_waiting,
        [REPORT_DAYS] = campaigns->report_days,
        [REPORT_ARRIVALS] = campaigns->report_arrivals,
    };

    if (list == REPORT_FAILURES) {
        store_bind_int(rows[list], ":most", REPORT_FAILURES_MOST);
    }
    return each(campaigns, rows[list], campaign_id, fn, arg);
}
