// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "dispatch/dispatch_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Alarms by SMS to the operators' numbers: as urgent as an answer, and from
 * another modem than the one that is in trouble.
 */

/* Old news is no alarm. */
#define EXPIRES_MS INT64_C(21600000)

/* "modem:m1:credit" is about m1. */
static bool is_about(const char *key, const char *modem)
{
    size_t bytes = strlen(modem);

    return str_starts(key, "modem:") && strncmp(key + 6, modem, bytes) == 0 &&
           (key[6 + bytes] == '\0' || key[6 + bytes] == ':');
}

/* A modem that can send answers, not the one in trouble; "" : none. */
static const char *choose(const struct dispatch *dispatch, const char *key)
{
    const struct modem *modem = NULL;

    TAILQ_FOREACH (modem, &dispatch->modems, entry) {
        if (!is_about(key, modem->name) && modem_can_send(modem) &&
            route_use_of(modem->config->use) != ROUTE_TEST) {
            return modem->name;
        }
    }
    return NULL;
}

static enum kb_err send_one(struct dispatch *dispatch, const char *phone,
    const struct alarm *alarm, const char *text)
{
    const struct dispatch_rooms *rooms = &dispatch->rooms;
    struct outbox_new message = {
        .phone = phone,
        .text = text,
        .class = MSG_REPLY,
        .expires_at_ms = clock_now_ms(rooms->clock) + EXPIRES_MS,
        .ref = alarm->key,
        .prefer_modem = choose(dispatch, alarm->key),
    };
    struct why why = {0};
    int64_t id = 0;
    enum kb_err err = outbox_accept(rooms->outbox, &message, &id, &why);

    if (err == KB_INVALID) {
        log_warn(
            "alarm: no SMS to an operator why=%s", log_quote(why.text).text);
        return KB_OK; /* the alarm itself must not wait for it */
    }
    return err;
}

enum kb_err alert_telling(void *arg, const struct alarm *alarm)
{
    struct dispatch *dispatch = arg;
    const struct config *config = dispatch->rooms.config;
    char *phones = mem_strdup(config->alarm_phones);
    char *rest = phones;
    char *text = mem_printf("%s: %s%s", config->site_name,
        strcmp(alarm->state, "cleared") == 0 ? "over: " : "", alarm->text);
    enum kb_err err = KB_OK;

    for (char *phone = strsep(&rest, ","); err == KB_OK && phone != NULL;
         phone = strsep(&rest, ",")) {
        if (*phone != '\0') {
            err = send_one(dispatch, phone, alarm, text);
        }
    }
    free(text);
    free(phones);
    return err;
}
