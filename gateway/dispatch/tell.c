// SPDX-License-Identifier: GPL-2.0-or-later
#include "dispatch/credit.h"
#include "dispatch/dispatch_internal.h"

#include <stdio.h>
#include <string.h>

/*
 * What an operator is told of a modem, and what to do about it.
 */

#define TELL_MS INT64_C(120000) /* what heals sooner is nobody's business */
#define LOOK_MS INT64_C(60000)

#define CREG_DENIED 3 /* 3GPP TS 27.007 §7.2 */
#define DENIED      "denied"

/* By the modem's state, but for what it is denied. */
static const struct {
    const char *state;
    int64_t after_ms;
    const char *what;
    const char *advice;
    enum alarm_severity severity;
    bool lifted_by_reset;
} states[] = {
    {"absent",      TELL_MS,     "is not there",
     "replug it; Kabari finds it again by itself",                      ALARM_WARNING,  false},
    {"hung",        TELL_MS,     "hangs",
     "it is started again by itself; if that does not help, replug it", ALARM_WARNING,  false},
    {"no_sim",      TELL_MS,     "has no SIM",       "put the SIM in",  ALARM_CRITICAL, true },
    {"no_network",  5 * TELL_MS, "has no network",
     "wait, or move the aerial; nothing is lost",                       ALARM_WARNING,  false},
    {DENIED,        5 * TELL_MS, "has no network",
     "ask the operator whether the SIM is registered and still valid",  ALARM_WARNING,  false},
    {"parked",      0,           "is parked",        "mend it",         ALARM_CRITICAL, true },
    {"quarantined", 0,           "is in quarantine",
     "try the SIM by hand, ask the operator",                           ALARM_CRITICAL, true },
};

static void say_advice(struct modem *modem, size_t i)
{
    char *out = modem->shown.advice;
    size_t room = sizeof modem->shown.advice;

    if (modem->fault[0] != '\0' || i == sizeof states / sizeof *states) {
        out[0] = '\0'; /* the fault says it itself */
    } else if (states[i].lifted_by_reset) {
        (void)snprintf(out, room, "%s, then: kabari modem reset %s",
            states[i].advice, modem->name);
    } else {
        (void)snprintf(out, room, "%s", states[i].advice);
    }
}

/* Only what is new goes to the store; a commit that was lost is made up for
   within a minute. */
static void set_alarm(struct modem *modem, enum modem_alarm_kind kind,
    const struct alarm_new *alarm, bool stands)
{
    struct modem_alarm *last = &modem->alarm[kind];
    int64_t mono = clock_mono_ms();
    bool same = last->looked && last->stands == stands &&
                (!stands || strcmp(last->text, alarm->text) == 0);

    if (modem->dispatch->rooms.alarms == NULL ||
        (same && mono < last->again_mono_ms)) {
        return;
    }
    alarm_set(modem->dispatch->rooms.alarms, alarm, stands);
    last->looked = true;
    last->stands = stands;
    last->again_mono_ms = mono + LOOK_MS;
    (void)snprintf(last->text, sizeof last->text, "%s", alarm->text);
}

static size_t find_state(const struct modem *modem)
{
    const char *state = modem->shown.state;
    size_t i = 0;

    if (strcmp(state, "no_network") == 0 && modem->shown.creg == CREG_DENIED) {
        state = DENIED;
    }
    while (i < sizeof states / sizeof *states &&
           strcmp(states[i].state, state) != 0) {
        i++;
    }
    return i;
}

static void tell_state(struct modem *modem)
{
    size_t i = find_state(modem);
    bool stands = i < sizeof states / sizeof *states;
    const char *why = modem->fault[0] != '\0'         ? modem->fault
                      : modem->quarantined[0] != '\0' ? modem->quarantined
                                                      : modem->shown.last_error;
    char key[ALARM_KEY_BYTES];
    char text[ALARM_TEXT_BYTES];

    say_advice(modem, i);
    (void)snprintf(key, sizeof key, "modem:%s", modem->name);
    (void)snprintf(text, sizeof text, "modem %s %s%s%.130s%s%.66s", modem->name,
        stands ? states[i].what : "", *why == '\0' ? "" : ": ", why,
        modem->shown.advice[0] == '\0' ? "" : "; ", modem->shown.advice);
    set_alarm(modem, MODEM_ALARM_STATE,
        &(struct alarm_new){.key = key,
            .severity = stands ? states[i].severity : ALARM_NOTICE,
            .text = text,
            .after_ms = stands ? states[i].after_ms : 0},
        stands);
}

static void tell_credit(struct modem *modem)
{
    const struct config_modem *config = modem->config;
    enum credit_bound bound = credit_bound_of(modem->seen.credit_known,
        modem->seen.credit, config->balance_stop, config->balance_floor);
    bool low =
        modem->seen.credit_known && modem->seen.credit < config->balance_low;
    char key[ALARM_KEY_BYTES];
    char text[ALARM_TEXT_BYTES];

    (void)snprintf(key, sizeof key, "modem:%s:credit", modem->name);
    (void)snprintf(text, sizeof text,
        "the credit of modem %s is %s (below %d rupiah); top the SIM up",
        modem->name,
        bound == CREDIT_GONE   ? "used up, nothing goes out"
        : bound == CREDIT_STOP ? "nearly used up, only answers go out"
                               : "low",
        bound == CREDIT_GONE   ? config->balance_floor
        : bound == CREDIT_STOP ? config->balance_stop
                               : config->balance_low);
    set_alarm(modem, MODEM_ALARM_CREDIT,
        &(struct alarm_new){.key = key,
            .severity = bound == CREDIT_FREE ? ALARM_WARNING : ALARM_CRITICAL,
            .text = text},
        low || bound != CREDIT_FREE);
}

static void tell_silence(struct modem *modem)
{
    char key[ALARM_KEY_BYTES];
    char text[ALARM_TEXT_BYTES];

    (void)snprintf(key, sizeof key, "modem:%s:reports", modem->name);
    (void)snprintf(text, sizeof text,
        "none of the last %d SMS of modem %s was reported as delivered, and no "
        "other SIM tells whether reports come at all; try one by hand",
        SILENCE_JUDGED, modem->name);
    set_alarm(modem, MODEM_ALARM_REPORTS,
        &(struct alarm_new){
            .key = key, .severity = ALARM_WARNING, .text = text},
        modem->silent == SILENCE_ALONE);
}

static void tell_memory(struct modem *modem)
{
    char key[ALARM_KEY_BYTES];
    char text[ALARM_TEXT_BYTES];

    (void)snprintf(key, sizeof key, "modem:%s:memory", modem->name);
    (void)snprintf(text, sizeof text,
        "modem %s has no room for SMS (%s): nothing comes in, no report "
        "either; delete what lies on its SIM with a phone",
        modem->name, modem->shown.memory_full);
    set_alarm(modem, MODEM_ALARM_MEMORY,
        &(struct alarm_new){.key = key,
            .severity = ALARM_WARNING,
            .text = text,
            .after_ms = TELL_MS},
        modem->memory_full);
}

void modem_tell(struct modem *modem)
{
    tell_state(modem);
    tell_credit(modem);
    tell_silence(modem);
    tell_memory(modem);
}

void modem_tell_again(struct modem *modem)
{
    for (size_t i = 0; i < MODEM_ALARM_COUNT; i++) {
        modem->alarm[i].looked = false;
    }
}
