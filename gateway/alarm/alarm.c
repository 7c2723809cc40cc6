// SPDX-License-Identifier: GPL-2.0-or-later
#include "alarm/alarm_internal.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Alarms come in ones and twos; a flood of them is worked off by seconds. */
#define AT_ONCE 20

const char *alarm_severity_name(enum alarm_severity severity)
{
    static const char *const names[] = {
        [ALARM_NOTICE] = "notice",
        [ALARM_WARNING] = "warning",
        [ALARM_CRITICAL] = "critical",
    };

    return names[severity];
}

enum kb_err alarm_severity_parse(const char *name, enum alarm_severity *out)
{
    for (int i = ALARM_NOTICE; i <= ALARM_CRITICAL; i++) {
        if (strcmp(name, alarm_severity_name((enum alarm_severity)i)) == 0) {
            *out = (enum alarm_severity)i;
            return KB_OK;
        }
    }
    return KB_NOT_FOUND;
}

bool alarm_is_state(const char *name)
{
    static const char *const names[] = {"raised", "clearing", "cleared"};
    size_t i = 0;

    while (i < sizeof names / sizeof *names && strcmp(names[i], name) != 0) {
        i++;
    }
    return i < sizeof names / sizeof *names;
}

enum kb_err alarms_open(struct store *store, const struct clock *clock,
    int64_t quiet_ms, struct alarms **out)
{
    struct alarms *alarms = mem_new(sizeof *alarms);

    alarms->store = store;
    alarms->clock = clock;
    alarms->quiet_ms = quiet_ms;
    if (alarms_prepare(alarms) != KB_OK) {
        free(alarms);
        return KB_DB;
    }
    *out = alarms;
    return KB_OK;
}

void alarms_close(struct alarms *alarms)
{
    if (alarms == NULL) {
        return;
    }
    alarms_finalize(alarms);
    free(alarms);
}

void alarms_use(struct alarms *alarms, int64_t quiet_ms)
{
    alarms->quiet_ms = quiet_ms;
}

void alarms_listen(struct alarms *alarms, const struct alarm_listener *listener)
{
    if (alarms->listener_count == LISTENERS_MOST) {
        log_error("alarm: too many listeners, one is left out");
        return;
    }
    alarms->listeners[alarms->listener_count++] = *listener;
}

/* --- raising and clearing -------------------------------------------------- */

static bool fits(const struct alarm_new *alarm)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:._-";
    size_t length = strlen(alarm->key);

    return length > 0 && length < ALARM_KEY_BYTES &&
           strspn(alarm->key, allowed) == length &&
           strlen(alarm->text) < ALARM_TEXT_BYTES;
}

static bool is_news(const struct alarm *old, const struct alarm_new *alarm)
{
    return strcmp(old->state, "raised") != 0 ||
           old->severity != alarm->severity ||
           strcmp(old->text, alarm->text) != 0;
}

static enum kb_err raise_it(
    struct alarms *alarms, const struct alarm_new *alarm)
{
    struct alarm old = {0};
    enum kb_err err = alarms_find(alarms, alarm->key, &old);

    if (err == KB_NOT_FOUND) {
        err = alarms_put(alarms, alarm);
        if (err == KB_OK) {
            log_warn("alarm: raised key=%s severity=%s why=%s", alarm->key,
                alarm_severity_name(alarm->severity),
                log_quote(alarm->text).text);
        }
        return err;
    }
    if (err == KB_OK) {
        err = alarms_again(alarms, &old, alarm, alarm->severity > old.severity);
    }
    return err;
}

enum kb_err alarm_raise(struct alarms *alarms, const struct alarm_new *alarm)
{
    struct alarm old = {0};
    enum kb_err err = fits(alarm) ? KB_OK : KB_INVALID;

    if (err == KB_OK) {
        err = alarms_find(alarms, alarm->key, &old);
    }
    if ((err == KB_OK && !is_news(&old, alarm)) ||
        (err != KB_OK && err != KB_NOT_FOUND)) {
        return err;
    }
    err = store_op_begin_record(alarms->store);
    return err == KB_OK ? store_op_end(alarms->store, raise_it(alarms, alarm))
                        : err;
}

enum kb_err alarm_clear(struct alarms *alarms, const char *key)
{
    struct alarm old = {0};
    enum kb_err err = alarms_find(alarms, key, &old);

    if (err != KB_OK || strcmp(old.state, "raised") != 0) {
        return err == KB_NOT_FOUND ? KB_OK : err;
    }
    err = store_op_begin_record(alarms->store);
    return err == KB_OK
               ? store_op_end(alarms->store, alarms_away(alarms, old.id))
               : err;
}

void alarm_set(
    struct alarms *alarms, const struct alarm_new *alarm, bool stands)
{
    enum kb_err err =
        stands ? alarm_raise(alarms, alarm) : alarm_clear(alarms, alarm->key);

    if (err != KB_OK) {
        log_warn("alarm: key=%s was not stored why=%s", alarm->key,
            kb_err_name(err));
    }
}

/* --- telling --------------------------------------------------------------- */

/* What was told, kept until its commit. */
struct told {
    struct alarms *alarms;
    struct alarm alarm;
};

static void on_committed(void *arg, enum kb_err result)
{
    struct told *told = arg;
    const struct alarms *alarms = told->alarms;

    for (size_t i = 0; result == KB_OK && i < alarms->listener_count; i++) {
        if (alarms->listeners[i].on_told != NULL) {
            alarms->listeners[i].on_told(
                alarms->listeners[i].arg, &told->alarm);
        }
    }
    free(told);
}

/* In an operation: every listener writes what it has to, or nothing is told. */
static enum kb_err tell(struct alarms *alarms, const struct alarm *alarm)
{
    enum kb_err err = KB_OK;

    for (size_t i = 0; err == KB_OK && i < alarms->listener_count; i++) {
        if (alarms->listeners[i].on_telling != NULL) {
            err = alarms->listeners[i].on_telling(
                alarms->listeners[i].arg, alarm);
        }
    }
    return err;
}

static enum kb_err pass_on(
    struct alarms *alarms, struct alarm *alarm, bool cleared)
{
    enum kb_err err = store_op_begin_record(alarms->store);
    bool loud = !cleared || alarm->told_at_ms != 0;
    struct told *told = NULL;

    if (err != KB_OK) {
        return err;
    }
    err = cleared ? alarms_mark_cleared(alarms, alarm->id)
                  : alarms_mark_told(alarms, alarm->id);
    if (err == KB_OK) {
        err = alarm_get(alarms, alarm->id, alarm);
    }
    if (err == KB_OK && loud) {
        err = tell(alarms, alarm);
    }
    err = store_op_end(alarms->store, err);
    if (err == KB_OK && loud) {
        log_info("alarm: told key=%s state=%s times=%lld", alarm->key,
            alarm->state, (long long)alarm->times);
        told = mem_new(sizeof *told);
        *told = (struct told){.alarms = alarms, .alarm = *alarm};
        store_after_commit(alarms->store, on_committed, told);
    }
    return err;
}

enum kb_err alarms_tick(struct alarms *alarms)
{
    struct alarm alarm = {0};
    enum kb_err err = KB_OK;

    for (int i = 0; i < AT_ONCE && err == KB_OK; i++) {
        err = alarms_to_tell(alarms, &alarm);
        if (err == KB_OK) {
            err = pass_on(alarms, &alarm, false);
        }
    }
    err = err == KB_NOT_FOUND ? KB_OK : err;
    for (int i = 0; i < AT_ONCE && err == KB_OK; i++) {
        err = alarms_to_clear(alarms, &alarm);
        if (err == KB_OK) {
            err = pass_on(alarms, &alarm, true);
        }
    }
    err = err == KB_NOT_FOUND ? KB_OK : err;
    return err == KB_OK ? alarms_forget(alarms) : err;
}
