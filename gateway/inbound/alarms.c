// SPDX-License-Identifier: GPL-2.0-or-later
#include "inbound/inbound_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What people should know of before residents complain. */

/* Alarms that stand are looked at again. */
#define ALARM_EVERY_MS ((int64_t)60 * 1000)

static enum kb_err alarm_overdue(struct inbound *inbound)
{
    char text[ALARM_TEXT_BYTES];
    int64_t count = 0;
    enum kb_err err = inbox_count_overdue(inbound, &count);

    if (err != KB_OK) {
        return err;
    }
    (void)snprintf(text, sizeof text,
        "residents who wait for an answer for longer than %d hours: %lld; see "
        "kabari inbox list --open",
        inbound->rooms.config->inbox_alarm_h, (long long)count);
    alarm_set(inbound->rooms.alarms,
        &(struct alarm_new){
            .key = "inbox:overdue", .severity = ALARM_WARNING, .text = text},
        count > 0);
    return KB_OK;
}

/* By the day's counters, so that it outlives a restart. */
static enum kb_err alarm_enumeration(struct inbound *inbound)
{
    char text[ALARM_TEXT_BYTES];
    int64_t count = 0;
    enum kb_err err =
        guard_store_at_least(inbound, COUNT_NIKS, GUARD_NIKS, &count);

    if (err != KB_OK) {
        return err;
    }
    (void)snprintf(text, sizeof text,
        "NIKs are being tried out, phones that asked for %d or more today: "
        "%lld; the limits hold, see what they wrote with kabari inbox list",
        GUARD_NIKS, (long long)count);
    alarm_set(inbound->rooms.alarms,
        &(struct alarm_new){
            .key = "talk:enumeration", .severity = ALARM_WARNING, .text = text},
        count > 0);
    return KB_OK;
}

/* Whoever has many phones asks from each of them a few times only. */
static enum kb_err alarm_spread(struct inbound *inbound)
{
    char text[ALARM_TEXT_BYTES];
    int most = inbound->rooms.config->strange_niks_day;
    int64_t niks = 0;
    int64_t births = 0;
    enum kb_err err = guard_store_most(inbound, COUNT_STRANGES, &niks);

    if (err == KB_OK) {
        err = guard_store_at_least(inbound, COUNT_BIRTH, GUARD_BIRTHS, &births);
    }
    if (err != KB_OK) {
        return err;
    }
    (void)snprintf(text, sizeof text,
        "NIKs may be tried out from many phones: %lld different ones today "
        "from phones that are not their residents' (limits.strange_niks_day is "
        "%d), dates of birth with %d serials or more: %lld; see kabari inbox "
        "list",
        (long long)niks, most, GUARD_BIRTHS, (long long)births);
    alarm_set(inbound->rooms.alarms,
        &(struct alarm_new){.key = "talk:enumeration:spread",
            .severity = ALARM_WARNING,
            .text = text},
        births > 0 || (most > 0 && niks >= most));
    return KB_OK;
}

static bool should_work_again(const struct office *office, int64_t now_ms)
{
    struct civil now = civil_of(now_ms);
    int32_t today = civil_day_of(now_ms);
    bool opened = now.hour * 60 + now.minute >= office->opens_minute;

    return strcmp(office->state, "up") != 0 && office->back_day != INT32_MIN &&
           (today > office->back_day || (today == office->back_day && opened));
}

/* What waits for an office of which nobody says anything would wait until the
   deadline. */
static enum kb_err alarm_offices(struct inbound *inbound)
{
    char codes[128] = "";
    char text[ALARM_TEXT_BYTES];
    struct office *list = NULL;
    size_t count = 0;
    int late = 0;
    int64_t now_ms = clock_now_ms(inbound->rooms.clock);
    enum kb_err err =
        registry_office_list(inbound->rooms.registry, &list, &count);

    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(codes);

        if (should_work_again(&list[i], now_ms)) {
            (void)snprintf(codes + used, sizeof codes - used, "%s%s",
                late == 0 ? "" : " ", list[i].code);
            late++;
        }
    }
    free(list);
    (void)snprintf(text, sizeof text,
        "offices that were to work again by now, %d: %s; what waits for them "
        "goes with kabari office up CODE, or say a new day with --back",
        late, codes);
    if (err == KB_OK) {
        alarm_set(inbound->rooms.alarms,
            &(struct alarm_new){.key = "office:overdue",
                .severity = ALARM_WARNING,
                .text = text},
            late > 0);
    }
    return err;
}

enum kb_err alarms_look(struct inbound *inbound)
{
    int64_t now = clock_now_ms(inbound->rooms.clock);
    enum kb_err err = KB_OK;

    /* A clock that was set back must not keep it silent. */
    if (inbound->rooms.alarms == NULL ||
        (now < inbound->alarm_at_ms &&
            now + ALARM_EVERY_MS >= inbound->alarm_at_ms)) {
        return KB_OK;
    }
    err = alarm_overdue(inbound);
    if (err == KB_OK) {
        err = alarm_enumeration(inbound);
    }
    if (err == KB_OK) {
        err = alarm_spread(inbound);
    }
    if (err == KB_OK) {
        err = alarm_offices(inbound);
    }
    if (err == KB_OK) {
        inbound->alarm_at_ms = now + ALARM_EVERY_MS;
    }
    return err;
}
