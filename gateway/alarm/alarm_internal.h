// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_ALARM_ALARM_INTERNAL_H
#define KABARI_ALARM_ALARM_INTERNAL_H

#include "alarm/alarm.h"

#include <stddef.h>

#define LISTENERS_MOST 8
/* A cause that came so often and went again is told although it is away. */
#define FLAPS 3

struct alarms {
    struct store *store;
    const struct clock *clock;
    int64_t quiet_ms;
    struct alarm_listener listeners[LISTENERS_MOST];
    size_t listener_count;
    sqlite3_stmt *put;
    sqlite3_stmt *find;
    sqlite3_stmt *again;
    sqlite3_stmt *away;
    sqlite3_stmt *to_tell;
    sqlite3_stmt *told;
    sqlite3_stmt *to_clear;
    sqlite3_stmt *cleared;
    sqlite3_stmt *forget;
    sqlite3_stmt *list;
    sqlite3_stmt *get;
    sqlite3_stmt *ack;
};

/* alarm_store.c */
KB_MUST_USE enum kb_err alarms_prepare(struct alarms *alarms);
void alarms_finalize(struct alarms *alarms);
/** The alarm of that key that is not cleared; KB_NOT_FOUND. */
KB_MUST_USE enum kb_err alarms_find(
    struct alarms *alarms, const char *key, struct alarm *out);
KB_MUST_USE enum kb_err alarms_put(
    struct alarms *alarms, const struct alarm_new *alarm);
/** A standing alarm as it is now; tell: once more. */
KB_MUST_USE enum kb_err alarms_again(struct alarms *alarms,
    const struct alarm *old, const struct alarm_new *alarm, bool tell);
KB_MUST_USE enum kb_err alarms_away(struct alarms *alarms, int64_t id);
/** The next that is due to be told or to be cleared; KB_NOT_FOUND. */
KB_MUST_USE enum kb_err alarms_to_tell(
    struct alarms *alarms, struct alarm *out);
KB_MUST_USE enum kb_err alarms_to_clear(
    struct alarms *alarms, struct alarm *out);
KB_MUST_USE enum kb_err alarms_mark_told(struct alarms *alarms, int64_t id);
KB_MUST_USE enum kb_err alarms_mark_cleared(struct alarms *alarms, int64_t id);
KB_MUST_USE enum kb_err alarms_forget(struct alarms *alarms);

#endif
