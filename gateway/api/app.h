// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_API_APP_H
#define KABARI_API_APP_H

#include "access/access.h"
#include "alarm/alarm.h"
#include "base/clock.h"
#include "base/err.h"
#include "campaign/campaign.h"
#include "config/config.h"
#include "dispatch/dispatch.h"
#include "inbound/inbound.h"
#include "outbox/outbox.h"
#include "registry/registry.h"
#include "store/store.h"
#include "text/text.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The rooms, opened in order, as kabarid and a kabari without a daemon both
 * need them. dispatch is NULL without a daemon.
 */

struct app {
    struct clock clock;
    struct clock real; /* the machine's, also in a rehearsal */
    struct config config;
    char *settings; /* the same as people read it: app_settings_text(); of many
                       modems a json_t of it would take megabytes */
    struct texts *texts;
    struct script *script;
    struct store *store;
    struct alarms *alarms;
    struct registry *registry;
    struct outbox *outbox;
    struct campaigns *campaigns;
    struct inbound *inbound;
    struct access *access;
    struct dispatch *dispatch;
    struct app_retired *retired; /* configs that a modem may still read */
    bool clock_behind;    /* the machine's clock is before the newest time
                             seen: only answers go out */
    int64_t newest_at_ms; /* that time */
    int64_t kept_at_ms;   /* the last of it that was stored; 0: none */
};

struct app_options {
    const char *config_file;
    const char *holder; /* "kabarid" or "kabari" */
    int lock_wait_ms;
    const char *rehearsal_clock; /* "YYYY-MM-DD HH:MM" or NULL */
    int64_t clock_speed;
};

/** Every option as a file has it now, as JSON: [{name, value, source, type, unit,
 *  help}], secrets hidden; NULL where it cannot be read. free() it. */
char *app_settings_text(const char *file);

/** Reads the config, sets the time zone, loads templates, opens the store and
 *  the rooms. On failure nothing stays open and why says what to do.
 *  KB_BUSY: another kabarid (or kabari) holds the database. */
KB_MUST_USE enum kb_err app_open(
    const struct app_options *options, struct app *app, struct why *why);

/** The texts that a configuration names, signed by its site; texts_free(). */
KB_MUST_USE enum kb_err app_texts(
    const struct config *config, struct texts **out, struct why *why);

/** Once a second: keeps the newest time and a rehearsal's instant in the store
 *  now and then, and sees whether a clock that was behind was set. */
void app_tick(struct app *app);

/** Closes all in reverse order. */
void app_close(struct app *app);

/** Re-reads config and templates; a bad one is refused and the old stays.
 *  database, control and http need a restart: a change there is refused. */
KB_MUST_USE enum kb_err app_reload(struct app *app, struct why *why);

/** Re-reads the templates alone; bad ones are refused and the old stay. */
KB_MUST_USE enum kb_err app_reload_texts(struct app *app, struct why *why);

#endif
