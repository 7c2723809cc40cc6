// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_ALARM_ALARM_H
#define KABARI_ALARM_ALARM_H

#include "base/clock.h"
#include "base/err.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What people should know of: a modem that went, credit that runs out, a
 * resident who waits. Any room raises and clears an alarm under a key; it is
 * told once, however often its cause comes and goes, and is cleared only when
 * the cause has been away for the quiet time. All of it is in the store.
 *
 *   raised ⇄ clearing → cleared
 */

struct alarms;

enum alarm_severity {
    ALARM_NOTICE,  /* good to know */
    ALARM_WARNING, /* will be trouble if nobody acts */
    ALARM_CRITICAL /* is trouble */
};

/** "notice", "warning", "critical". */
const char *alarm_severity_name(enum alarm_severity severity);
/** KB_OK, KB_NOT_FOUND. */
KB_MUST_USE enum kb_err alarm_severity_parse(
    const char *name, enum alarm_severity *out);

/** Whether that is how a state is named: raised, clearing or cleared. */
bool alarm_is_state(const char *name);

#define ALARM_KEY_BYTES  64
#define ALARM_TEXT_BYTES 256

struct alarm {
    int64_t id;
    char key[ALARM_KEY_BYTES];
    enum alarm_severity severity;
    char state[16]; /* raised, clearing (its cause is away), cleared */
    char text[ALARM_TEXT_BYTES];
    int64_t times; /* how often its cause came */
    int64_t raised_at_ms;
    int64_t last_at_ms;
    int64_t told_at_ms;    /* 0: not yet */
    int64_t cleared_at_ms; /* 0: not */
    int64_t acked_at_ms;   /* 0: nobody has seen it */
    char acked_by[64];
};

/** @param quiet_ms  how long a cause must be away, on the gateway's clock. */
KB_MUST_USE enum kb_err alarms_open(struct store *store,
    const struct clock *clock, int64_t quiet_ms, struct alarms **out);
void alarms_close(struct alarms *alarms);
/** A new quiet time (a configuration that was read again). */
void alarms_use(struct alarms *alarms, int64_t quiet_ms);

struct alarm_new {
    const char *key; /* 1..63 of a-z A-Z 0-9 : . _ - ; the subject first:
                        "modem:m1", "inbox:overdue" */
    enum alarm_severity severity;
    const char *text; /* what happened; what to do. No personal data. */
    int64_t after_ms; /* told only if it still stands then, or came 3 times */
};

/**
 * Raises an alarm, or says that it still stands: then nothing is written
 * unless text or severity is new, so that a room may call it every second. One
 * that gets more severe is told again.
 *
 * @return KB_OK, KB_INVALID for a key or text that does not fit, else as
 *         store_op_begin_record().
 */
KB_MUST_USE enum kb_err alarm_raise(
    struct alarms *alarms, const struct alarm_new *alarm);

/** Its cause is away. KB_OK also where no such alarm stands. */
KB_MUST_USE enum kb_err alarm_clear(struct alarms *alarms, const char *key);

/** As alarm_raise() and alarm_clear() by a condition; logs what fails. For
 *  rooms that look again anyway. */
void alarm_set(
    struct alarms *alarms, const struct alarm_new *alarm, bool stands);

/** Who is told, once when raised and once when cleared (alarm->state). */
struct alarm_listener {
    void *arg;
    /** Inside the operation that marks it as told: what it writes stands or
     *  falls with that. May be NULL. */
    enum kb_err (*on_telling)(void *arg, const struct alarm *alarm);
    /** Once that is committed. May be NULL. */
    void (*on_told)(void *arg, const struct alarm *alarm);
};

/** At most 8; a listener stays until alarms_close(). */
void alarms_listen(
    struct alarms *alarms, const struct alarm_listener *listener);

/** Once a second: tells what is due, clears what has been quiet, and forgets
 *  what was cleared 90 days ago. */
KB_MUST_USE enum kb_err alarms_tick(struct alarms *alarms);

typedef void alarm_list_fn(void *arg, const struct alarm *alarm);

struct alarm_filter {
    bool all;          /* else only what is not cleared */
    const char *state; /* raised, clearing or cleared; NULL: as `all` says */
    const char *key;   /* how the key begins; NULL: whatever */
    enum alarm_severity least; /* so severe and more; 0: all */
    int64_t before_id; /* cursor: only ids below it; 0: from the newest */
    int limit;         /* 0: all */
};
/** Newest first. */
KB_MUST_USE enum kb_err alarm_list(struct alarms *alarms,
    const struct alarm_filter *filter, alarm_list_fn *fn, void *arg);

KB_MUST_USE enum kb_err alarm_get(
    struct alarms *alarms, int64_t id, struct alarm *out);

/** Somebody has seen it; the first one is kept. KB_OK or KB_NOT_FOUND. */
KB_MUST_USE enum kb_err alarm_ack(
    struct alarms *alarms, int64_t id, const char *who);

#endif
