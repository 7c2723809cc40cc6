// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "dispatch/credit.h"
#include "dispatch/dispatch_internal.h"

#include <inttypes.h>
#include <stdio.h>

/*
 * What is kept of a modem: its credit, how it did over time, whether the network
 * still takes its messages.
 */

#define SAMPLE_MS    INT64_C(300000)
#define FINE_MS      (INT64_C(48) * 3600 * 1000)
#define DAY_MS       (INT64_C(24) * 3600 * 1000)
#define TREND_MS     (7 * DAY_MS)
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

void modem_care_sent(struct modem *modem, int64_t id, int tp_mr)
{
    modem->seen.sent_since++;
    if (!modem->config->reports || modem->memory_full) {
        return;
    }
    silence_sent(&modem->silence, id, modem_now_ms(modem));
    if (tp_mr >= 0 && tp_mr == modem->early_mr) {
        (void)silence_reported(&modem->silence, id, modem_now_ms(modem));
    }
    modem->early_mr = -1;
    modem->sent_id = id;
    modem->sent_mr = tp_mr;
}

/* While it is full no report has a place to come to: what went out until then
   says nothing of the SIM. */
void modem_care_memory(struct modem *modem, bool full, const char *use)
{
    if (full != modem->memory_full) {
        modem_note(modem, "memory for SMS %s: %s",
            full ? "full" : "has room again", use);
    }
    if (full || modem->memory_full) {
        modem->silence = (struct silence){0};
    }
    modem->memory_full = full;
    (void)snprintf(modem->shown.memory_full, sizeof modem->shown.memory_full,
        "%s", full ? use : "");
}

void modem_care_reported(struct modem *modem, int64_t id, int tp_mr)
{
    int64_t now = modem_now_ms(modem);
    int64_t took = 0;

    if (id == 0 && modem->sent_id != 0 && tp_mr == modem->sent_mr) {
        id = modem->sent_id; /* its result is told, but not stored yet */
    } else if (id == 0) {
        modem->early_mr = tp_mr;
    }
    took = silence_reported(&modem->silence, id, now);
    if (took < 0) {
        return;
    }
    modem->seen.report_delay_ms = silence_follow(
        modem->seen.report_delay_ms == 0 ? -1 : modem->seen.report_delay_ms,
        took);
}

/* Reports may have stopped for all of them: only what another SIM sent since
   this one hears nothing tells. */
static bool others_get_reports(const struct modem *modem)
{
    const struct modem *other = NULL;
    int64_t since_ms = silence_since_ms(
        &modem->silence, modem_now_ms(modem), modem->seen.report_delay_ms);

    TAILQ_FOREACH (other, &modem->dispatch->modems, entry) {
        if (other != modem && silence_gets(&other->silence, since_ms)) {
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
    int usual = 0;

    modem->shown.report_percent = it.share;
    modem->silent = silence_judge(&it);
    usual = silence_learn(&modem->silence, modem->seen.report_percent,
        modem_now_ms(modem), modem->seen.report_delay_ms);
    if (usual != modem->seen.report_percent) {
        modem->seen.report_percent = usual;
        modem->unsaved = true;
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

/* --- life ------------------------------------------------------------------------ */

void modem_care_tick(struct modem *modem)
{
    int64_t grid = modem_now_ms(modem) / SAMPLE_MS * SAMPLE_MS;

    look_for_silence(modem);
    modem_tell(modem);
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
    modem->early_mr = -1;
    modem->sampled_at_ms =
        modem_now_ms(modem) / SAMPLE_MS * SAMPLE_MS; /* not an empty one */
    modem_use_sim(modem);
    show_credit(modem);
    forecast_credit(modem);
}

void modem_care_forget(struct modem *modem)
{
    modem->unsaved = true;
    modem_tell_again(modem);
}
