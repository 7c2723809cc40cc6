// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "dispatch/credit.h"
#include "dispatch/dispatch_internal.h"
#include "dispatch/identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What is kept of a modem and told of it: whose SIM is in it, its credit, how
 * it did over time, whether the network still takes its messages.
 */

#define SAMPLE_MS    INT64_C(300000)
#define FINE_MS      (INT64_C(48) * 3600 * 1000)
#define DAY_MS       (INT64_C(24) * 3600 * 1000)
#define TREND_MS     (7 * DAY_MS)
#define TELL_MS      INT64_C(120000) /* what heals sooner is nobody's business */
#define LOOK_MS      INT64_C(60000)
#define THIN_AT_ONCE 4

static struct dispatch_store *kept_of(const struct modem *modem)
{
    return modem->dispatch->kept;
}

void modem_keep(struct modem *modem)
{
    if (modem_seen_put(kept_of(modem), modem->name, &modem->seen,
            modem_now_ms(modem)) != KB_OK) {
        modem->unsaved = true; /* the next second tries again */
        return;
    }
    modem->unsaved = false;
}

/* --- whose SIM ---------------------------------------------------------------- */

/* Another modem of which this SIM is known. */
static const char *owner_of(const struct modem *modem, const char *imsi)
{
    const struct modem *other = NULL;

    TAILQ_FOREACH (other, &modem->dispatch->modems, entry) {
        if (other != modem && *imsi != '\0' &&
            strcmp(other->seen.imsi, imsi) == 0) {
            return other->name;
        }
    }
    return "";
}

/* Another modem that has the same SIM or stick now, and had it first. */
static const char *twin_of(const struct modem *modem)
{
    const struct link_identity *mine = &modem->shown.identity;
    const struct modem *other = NULL;

    TAILQ_FOREACH (other, &modem->dispatch->modems, entry) {
        const struct link_identity *its = &other->shown.identity;
        enum link_state state = link_state(other->link);
        bool there = state == LINK_READY || state == LINK_NO_NETWORK;

        if (other != modem && there && other->fault[0] == '\0' &&
            ((*mine->imsi != '\0' && strcmp(mine->imsi, its->imsi) == 0) ||
                (*mine->imei != '\0' && strcmp(mine->imei, its->imei) == 0))) {
            return other->name;
        }
    }
    return "";
}

static void remember(struct modem *modem)
{
    const struct link_identity *identity = &modem->shown.identity;
    bool other_sim = strcmp(modem->seen.imsi, identity->imsi) != 0;

    if (other_sim && modem->seen.imsi[0] != '\0') {
        /* Credit, reports and the rest were the other SIM's. */
        modem->seen = (struct modem_seen){
            .credit_until_day = INT32_MIN, .report_percent = -1};
        modem->shown.credit_known = false;
        modem->silence = (struct silence){0};
        modem->balance_at_ms = 0;
    }
    (void)snprintf(
        modem->seen.imei, sizeof modem->seen.imei, "%s", identity->imei);
    (void)snprintf(
        modem->seen.imsi, sizeof modem->seen.imsi, "%s", identity->imsi);
    modem_keep(modem);
}

static void use_sim(struct modem *modem)
{
    const char *imsi = modem->shown.identity.imsi;

    if (*imsi == '\0') {
        imsi = modem->seen.imsi;
    }
    (void)snprintf(modem->sim, sizeof modem->sim, "%s",
        *imsi == '\0' ? modem->name : imsi);
    modem->counted_hour = -1; /* its limits are the SIM's */
}

void modem_identify(struct modem *modem)
{
    const struct link_identity *identity = &modem->shown.identity;
    char why[sizeof modem->fault] = "";
    struct identity_case it = {
        .name = modem->name,
        .imei = identity->imei,
        .imsi = identity->imsi,
        .seen_imei = modem->seen.imei,
        .seen_imsi = modem->seen.imsi,
        .config_imsi = modem->config->imsi,
        .owner = owner_of(modem, identity->imsi),
        .twin = twin_of(modem),
    };

    modem->fault[0] = '\0';
    switch (identity_judge(&it, why, sizeof why)) {
    case IDENTITY_SAME:
        break;
    case IDENTITY_STICK:
        modem_note(modem, "%s", why);
        log_warn("modem: another stick modem=%s why=%s", modem->name,
            log_quote(why).text);
        remember(modem);
        break;
    case IDENTITY_FIRST:
        remember(modem);
        break;
    case IDENTITY_OTHER:
        (void)snprintf(modem->fault, sizeof modem->fault, "%s", why);
        modem_error(modem, "%s", why);
        break;
    }
    use_sim(modem);
}

enum kb_err dispatch_modem_accept(
    struct dispatch *dispatch, const char *name, struct why *why)
{
    struct modem *modem = dispatch_find(dispatch, name);
    const char *imsi = NULL;
    const char *twin = NULL;

    if (modem == NULL) {
        return KB_NOT_FOUND;
    }
    imsi = modem->shown.identity.imsi;
    twin = twin_of(modem);
    if (*imsi == '\0') {
        why_set(why,
            "the modem has not said which SIM is in it; wait until it "
            "is there, see kabari modem show %s",
            name);
        return KB_REFUSED;
    }
    if (*twin != '\0' || (*modem->config->imsi != '\0' &&
                             strcmp(modem->config->imsi, imsi) != 0)) {
        why_set(why, "%s", modem->fault);
        return KB_REFUSED;
    }
    remember(modem);
    modem->fault[0] = '\0';
    modem->shown.last_error[0] = '\0';
    use_sim(modem);
    modem_note(modem, "its SIM was accepted by an operator");
    dispatch_kick(dispatch);
    return KB_OK;
}

/* --- credit ------------------------------------------------------------------- */

void modem_credit_bound(const struct modem *modem, char *out, size_t bytes)
{
    const struct config_modem *config = modem->config;

    if (credit_bound_of(modem->seen.credit_known, modem->seen.credit,
            config->balance_stop, config->balance_floor) == CREDIT_FREE) {
        out[0] = '\0';
        return;
    }
    (void)snprintf(out, bytes,
        "credit %" PRId64 " is below %d rupiah: only answers go; top the SIM "
        "up (balance.stop)",
        modem->seen.credit, config->balance_stop);
}

bool modem_credit_gone(const struct modem *modem)
{
    return credit_bound_of(modem->seen.credit_known, modem->seen.credit,
               modem->config->balance_stop,
               modem->config->balance_floor) == CREDIT_GONE;
}

static void on_trend(void *arg, const struct dispatch_sample *sample)
{
    if (sample->credit_known) {
        credit_trend_add(arg, sample->at_ms, sample->credit);
    }
}

static void forecast_credit(struct modem *modem)
{
    int64_t now = modem_now_ms(modem);
    struct credit_trend trend = {0};

    if (modem_sample_list(kept_of(modem), modem->name, now - TREND_MS, on_trend,
            &trend) != KB_OK) {
        return;
    }
    if (modem->seen.credit_known) {
        credit_trend_add(&trend, now, modem->seen.credit);
    }
    modem->shown.credit_out_at_ms = credit_empty_at_ms(&trend);
}

static void show_credit(struct modem *modem)
{
    modem->shown.credit_known = modem->seen.credit_known;
    modem->shown.credit = modem->seen.credit;
    modem->shown.credit_until_day = modem->seen.credit_until_day;
    modem->shown.credit_at_ms = modem->seen.credit_at_ms;
}

void modem_take_credit(struct modem *modem, const struct balance *balance)
{
    modem->seen.credit_at_ms = modem_now_ms(modem);
    modem->seen.credit_until_day = balance->expiry_day;
    modem->seen.sent_since = 0;
    modem->seen.credit_known = balance->known;
    modem->seen.credit = balance->rupiah;
    show_credit(modem);
    forecast_credit(modem);
    modem_keep(modem);
    dispatch_kick(modem->dispatch);
}

/* --- over time ------------------------------------------------------------------ */

static void take_sample(struct modem *modem, int64_t at_ms)
{
    struct dispatch_modem *shown = &modem->shown;
    struct dispatch_sample sample = {
        .at_ms = at_ms,
        .signal_percent = shown->signal_percent,
        .creg = shown->creg,
        .credit_known = shown->credit_known,
        .credit = shown->credit,
        .sent = shown->sent_total - modem->sampled_sent,
        .failed = shown->failed_total - modem->sampled_failed,
    };

    (void)snprintf(sample.state, sizeof sample.state, "%s", shown->state);
    (void)snprintf(sample.network, sizeof sample.network, "%s", shown->network);
    if (modem_sample_put(kept_of(modem), modem->name, &sample) == KB_OK) {
        modem->sampled_at_ms = at_ms;
        modem->sampled_sent = shown->sent_total;
        modem->sampled_failed = shown->failed_total;
    }
}

enum kb_err dispatch_modem_history(const struct dispatch *dispatch,
    const char *name, int64_t since_ms, dispatch_sample_fn *fn, void *arg)
{
    return dispatch_find(dispatch, name) == NULL
               ? KB_NOT_FOUND
               : modem_sample_list(dispatch->kept, name, since_ms, fn, arg);
}

void care_tidy(struct dispatch *dispatch)
{
    int64_t now = clock_now_ms(dispatch->rooms.clock);
    int64_t keep_ms =
        (int64_t)dispatch->rooms.config->retention_history_days * DAY_MS;
    enum kb_err err = KB_OK;

    for (int i = 0; i < THIN_AT_ONCE && err == KB_OK; i++) {
        err = modem_sample_thin(
            dispatch->kept, now - FINE_MS, &dispatch->thinned_to_ms);
    }
    err = modem_sample_purge(dispatch->kept, now - keep_ms);
    if (err != KB_OK) {
        log_warn(
            "modem: old samples were not taken away why=%s", kb_err_name(err));
    }
}

/* --- silence -------------------------------------------------------------------- */

void modem_care_sent(struct modem *modem, int64_t id)
{
    modem->seen.sent_since++;
    if (modem->config->reports) {
        silence_sent(&modem->silence, id, modem_now_ms(modem));
    }
}

void modem_care_reported(struct modem *modem, int64_t id)
{
    int64_t now = modem_now_ms(modem);
    int64_t took = silence_reported(&modem->silence, id, now);

    if (took < 0) {
        return;
    }
    modem->reported_at_ms = now;
    modem->seen.report_delay_ms = silence_follow(
        modem->seen.report_delay_ms == 0 ? -1 : modem->seen.report_delay_ms,
        took);
}

static bool others_get_reports(const struct modem *modem)
{
    const struct modem *other = NULL;
    int64_t now = modem_now_ms(modem);

    TAILQ_FOREACH (other, &modem->dispatch->modems, entry) {
        if (other != modem && other->reported_at_ms != 0 &&
            silence_share(&other->silence, now, other->seen.report_delay_ms) !=
                0) {
            return true;
        }
    }
    return false;
}

static void look_for_silence(struct modem *modem)
{
    struct silence_case it = {
        .share = silence_share(
            &modem->silence, modem_now_ms(modem), modem->seen.report_delay_ms),
        .usual_percent = modem->seen.report_percent,
        .others_get = others_get_reports(modem),
    };

    modem->shown.report_percent = it.share;
    modem->silent = silence_judge(&it);
    if (it.share > 0) {
        int usual = (int)silence_follow(modem->seen.report_percent, it.share);

        if (usual != modem->seen.report_percent) {
            modem->seen.report_percent = usual;
            modem->unsaved = true;
        }
    }
    if (modem->silent == SILENCE_BLOCKED && modem->quarantined[0] == '\0') {
        (void)snprintf(modem->quarantined, sizeof modem->quarantined,
            "none of its last %d SMS was reported as delivered, and other SIMs "
            "get theirs: the operator may block it in silence",
            SILENCE_JUDGED);
        (void)snprintf(modem->seen.quarantined, sizeof modem->seen.quarantined,
            "%s", modem->quarantined);
        modem_error(modem, "%s", modem->quarantined);
        modem_keep(modem);
    }
}

void modem_end_quarantine(struct modem *modem)
{
    modem->quarantined[0] = '\0';
    modem->silence = (struct silence){0};
    if (modem->seen.quarantined[0] != '\0') {
        modem->seen.quarantined[0] = '\0';
        modem_keep(modem);
    }
}

/* --- alarms and advice ------------------------------------------------------------ */

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
    size_t i = 0;

    while (i < sizeof states / sizeof *states &&
           strcmp(states[i].state, modem->shown.state) != 0) {
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

void modem_care_tick(struct modem *modem)
{
    int64_t grid = modem_now_ms(modem) / SAMPLE_MS * SAMPLE_MS;

    look_for_silence(modem);
    tell_state(modem);
    tell_credit(modem);
    tell_silence(modem);
    if (modem->sampled_at_ms != grid) {
        take_sample(modem, grid);
    }
    if (modem->unsaved) {
        modem_keep(modem);
    }
}

void modem_care_read(struct modem *modem)
{
    if (modem_seen_get(kept_of(modem), modem->name, &modem->seen) != KB_OK) {
        log_warn(
            "modem: modem=%s what was known of it was not read", modem->name);
    }
    (void)snprintf(modem->quarantined, sizeof modem->quarantined, "%s",
        modem->seen.quarantined);
    modem->shown.creg = -1;
    modem->shown.report_percent = -1;
    modem->sampled_at_ms =
        modem_now_ms(modem) / SAMPLE_MS * SAMPLE_MS; /* not an empty one */
    use_sim(modem);
    show_credit(modem);
    forecast_credit(modem);
}

void modem_care_forget(struct modem *modem)
{
    modem->unsaved = true;
    for (size_t i = 0; i < MODEM_ALARM_COUNT; i++) {
        modem->alarm[i].looked = false;
    }
}
