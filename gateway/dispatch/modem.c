// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "dispatch/dispatch_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- notes --------------------------------------------------------------- */

int64_t modem_now_ms(const struct modem *modem)
{
    return clock_now_ms(modem->dispatch->rooms.clock);
}

void modem_note(struct modem *modem, const char *fmt, ...)
{
    char line[256];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    modem_log_add(&modem->log, modem_log_most(modem->dispatch->modem_count),
        modem_now_ms(modem), line);
}

static void set_error(struct modem *modem, const char *why)
{
    (void)snprintf(
        modem->shown.last_error, sizeof modem->shown.last_error, "%s", why);
    modem->shown.last_error_at_ms = modem_now_ms(modem);
}

void modem_error(struct modem *modem, const char *fmt, ...)
{
    char why[sizeof modem->shown.last_error];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(why, sizeof why, fmt, args);
    va_end(args);
    set_error(modem, why);
    log_warn("modem: error modem=%s why=%s", modem->name,
        log_quote(modem->shown.last_error).text);
    modem_note(modem, "error: %s", modem->shown.last_error);
}

/* --- state --------------------------------------------------------------- */

void modem_roll_day(struct modem *modem)
{
    struct outbox *outbox = modem->dispatch->rooms.outbox;
    int64_t hour = outbox_hour_of(modem_now_ms(modem));
    struct outbox_hours now = {
        .sim = modem->sim, .modem = modem->name, .from = hour, .to = hour};
    struct outbox_hours today = now;
    int sent_hour = 0;
    int sent_today = 0;

    today.from = hour - hour % 24;
    today.to = today.from + 23;
    if (hour == modem->counted_hour ||
        outbox_sent_between(outbox, &now, &sent_hour) != KB_OK ||
        outbox_sent_between(outbox, &today, &sent_today) != KB_OK) {
        return;
    }
    modem->counted_hour = hour;
    modem->sent_hour = sent_hour;
    modem->sent_today = sent_today;
}

int64_t modem_gap_left_ms(const struct modem *modem)
{
    int64_t left =
        modem->last_submit_at_ms + modem->gap_ms - modem_now_ms(modem);

    return modem->gap_ms == 0 || modem->last_submit_at_ms == 0 || left < 0 ||
                   left > modem->gap_ms
               ? 0
               : left;
}

struct modem_words modem_bulk_bound(const struct modem *modem)
{
    const struct config_modem *config = modem->config;
    struct modem_words words = {""};
    struct pace_limits limits = {
        .hourly = config->hourly_limit,
        .daily = config->daily_limit,
        .reserve = config->reserve,
        .sent_hour = modem->sent_hour,
        .sent_day = modem->sent_today,
    };

    switch (pace_bound_of(&limits)) {
    case PACE_DAY:
        (void)snprintf(words.text, sizeof words.text,
            "daily limit of %d reached%s; goes on tomorrow (daily_limit)",
            config->daily_limit,
            config->reserve > 0 ? " but for the answers' reserve" : "");
        break;
    case PACE_HOUR:
        (void)snprintf(words.text, sizeof words.text,
            "hourly limit of %d reached%s; goes on with the next hour "
            "(hourly_limit)",
            config->hourly_limit,
            config->reserve > 0 ? " but for the answers' reserve" : "");
        break;
    case PACE_FREE:
        modem_credit_bound(modem, words.text, sizeof words.text);
        break;
    }
    return words;
}

bool modem_backing_off(const struct modem *modem)
{
    return clock_mono_ms() < modem->backoff_until_mono_ms;
}

int64_t modem_wait_ms(const struct modem *modem)
{
    int64_t gap = clock_real_span_ms(
        modem->dispatch->rooms.clock, modem_gap_left_ms(modem));
    int64_t backoff = modem->backoff_until_mono_ms - clock_mono_ms();
    int64_t wait = gap > backoff ? gap : backoff;

    return wait > 0 ? wait : -1;
}

static const char *state_word(const struct modem *modem)
{
    enum link_state state = link_state(modem->link);

    if (modem->paused) {
        return "paused";
    }
    if (state != LINK_READY) {
        return link_state_name(state);
    }
    if (modem->parked || modem->fault[0] != '\0') {
        return "parked";
    }
    if (modem->quarantined[0] != '\0') {
        return "quarantined";
    }
    if (modem->submit.active) {
        return "sending";
    }
    if (modem_backing_off(modem) || modem_bulk_bound(modem).text[0] != '\0') {
        return "limited";
    }
    return modem_gap_left_ms(modem) > 0 ? "limited" : "ready";
}

static void say_limit(struct modem *modem)
{
    char *out = modem->shown.limited_by;
    size_t room = sizeof modem->shown.limited_by;
    struct modem_words bound = modem_bulk_bound(modem);

    out[0] = '\0';
    if (store_is_held(modem->dispatch->rooms.store)) {
        (void)snprintf(out, room, "another program holds the database");
    } else if (bound.text[0] != '\0') {
        (void)snprintf(out, room, "%s", bound.text);
    } else if (modem_backing_off(modem)) {
        (void)snprintf(out, room, "waits after a failure");
    } else if (modem->pace.slow_ms > 0) {
        (void)snprintf(out, room,
            "the network pushed back: %lld ms more between two SMS, less when "
            "it takes them again",
            (long long)modem->pace.slow_ms);
    } else if (modem_gap_left_ms(modem) > 0) {
        (void)snprintf(out, room, "gap between two SMS (min_gap_ms = %d)",
            modem->config->min_gap_ms);
    }
}

void modem_refresh(struct modem *modem)
{
    const char *word = NULL;

    modem->changed = false;
    modem_roll_day(modem);
    word = state_word(modem);
    say_limit(modem);
    modem->shown.sent_today = modem->sent_today;
    modem->shown.queued =
        (modem->has_next ? 1 : 0) + (modem->submit.active ? 1 : 0);
    if (strcmp(word, modem->shown.state) != 0) {
        (void)snprintf(
            modem->shown.state, sizeof modem->shown.state, "%s", word);
        modem->shown.since_at_ms = modem_now_ms(modem);
    }
}

/* --- what the link tells ------------------------------------------------- */

static void on_state(void *arg, enum link_state state, const char *why)
{
    struct modem *modem = arg;

    log_info("modem: state modem=%s state=%s why=%s", modem->name,
        link_state_name(state), log_quote(why).text);
    modem_note(modem, "state %s: %s", link_state_name(state), why);
    if (state != LINK_READY && *why != '\0') {
        set_error(modem, why); /* also why its worker starts anew */
    }
    modem->expected_mr = -1;
    modem->changed = true;
    dispatch_kick(modem->dispatch);
}

static void on_result(void *arg, const struct link_result *result)
{
    modem_judge(arg, result);
}

static void on_identity(void *arg, const struct link_identity *identity)
{
    struct modem *modem = arg;

    modem->shown.identity = *identity;
    modem_identify(modem);
    modem_note(modem, "identity %s %s pause_cap=%s inbound=%s",
        identity->manufacturer, identity->model,
        identity->usleep_override ? "yes" : "no",
        identity->incoming_by_poll ? "polled" : "told");
}

static void on_inbound(void *arg, const struct link_inbound *sms)
{
    incoming_add_sms(arg, sms);
}

static void on_report(void *arg, const struct link_report *report)
{
    incoming_add_report(arg, report);
}

static void on_poison(void *arg, const struct link_poison *poison)
{
    incoming_add_poison(arg, poison);
}

static void on_call(void *arg, const char *number)
{
    struct modem *modem = arg;
    const struct dispatch_events *events = &modem->dispatch->events;

    modem_note(modem, "call");
    if (events->on_call != NULL) {
        events->on_call(events->arg, modem->name, number);
    }
}

static void on_signal(void *arg, int percent, int dbm)
{
    struct modem *modem = arg;

    modem->shown.signal_percent = percent;
    modem->shown.signal_dbm = dbm;
}

static void on_network(void *arg, int creg, const char *network)
{
    struct modem *modem = arg;

    modem->shown.creg = creg;
    (void)snprintf(
        modem->shown.network, sizeof modem->shown.network, "%s", network);
    modem_note(modem, "network creg=%d %s", creg, network);
}

static void on_memory(void *arg, bool full, const char *use)
{
    modem_care_memory(arg, full, use);
}

static void on_ussd(void *arg, const struct link_ussd *answer)
{
    modem_ussd_answered(arg, answer);
}

static void on_pin(void *arg, bool tried)
{
    pin_remember(arg, tried);
}

static void on_log(void *arg, const char *line)
{
    modem_note(arg, "%s", line);
}

/* --- life ---------------------------------------------------------------- */

static char *fingerprint_of(const struct config_modem *config)
{
    struct buf text = {0};
    const char *word = config->power_command;

    buf_printf(&text, "%s|%s|%s|%d|%d|%d|%s|%d", config->device,
        config->connection, config->pin, config->pause_ms,
        config->send_timeout_s, config->reports ? 1 : 0, config->quirks,
        config->power_timeout_s);
    for (; word != NULL && *word != '\0'; word += strlen(word) + 1) {
        buf_printf(&text, "|%s", word);
    }
    return buf_take(&text);
}

static struct link *make_link(struct modem *modem)
{
    const struct config *config = modem->dispatch->rooms.config;
    struct link_modem options = {
        .name = modem->name,
        .device = modem->config->device,
        .connection = modem->config->connection,
        .pin = modem->config->pin,
        .pin_tried = pin_was_tried(modem),
        .pause_ms = modem->config->pause_ms,
        .send_timeout_s = modem->config->send_timeout_s,
        .reports = modem->config->reports,
        .pty_only = config->rehearsal,
        .quirks = modem->config->quirks,
        .quirk_files = modem->dispatch->quirks,
        .power_command = modem->config->power_command,
        .power_timeout_s = modem->config->power_timeout_s,
        .quarantine_after = config->quarantine_after,
    };
    struct link_budgets budgets = {
        .init_ms = (int64_t)config->budget_init_s * 1000,
        .send_ms = (int64_t)config->budget_send_s * 1000,
        .scan_ms = (int64_t)config->budget_scan_s * 1000,
        .ussd_ms = (int64_t)config->budget_ussd_s * 1000,
        .other_ms = (int64_t)config->budget_other_s * 1000,
    };
    struct link_events events = {
        .arg = modem,
        .on_state = on_state,
        .on_identity = on_identity,
        .on_result = on_result,
        .on_inbound = on_inbound,
        .on_report = on_report,
        .on_poison = on_poison,
        .on_call = on_call,
        .on_signal = on_signal,
        .on_network = on_network,
        .on_memory = on_memory,
        .on_ussd = on_ussd,
        .on_log = on_log,
        .on_pin = on_pin,
    };

    return link_new(modem->dispatch->rooms.base,
        modem->dispatch->rooms.worker_path, &options, &budgets, &events);
}

static void read_kept(struct modem *modem)
{
    const struct dispatch_rooms *rooms = &modem->dispatch->rooms;
    char name[64];
    char value[8] = "";

    modem_roll_day(modem);
    (void)snprintf(name, sizeof name, "paused.%s", modem->name);
    modem->paused =
        store_meta_get(rooms->store, name, value, sizeof value) == KB_OK &&
        strcmp(value, "1") == 0;
}

struct modem *modem_new(
    struct dispatch *dispatch, const struct config_modem *config)
{
    struct modem *modem = mem_new(sizeof *modem);

    modem->dispatch = dispatch;
    modem->config = config;
    modem->expected_mr = -1;
    modem->counted_hour = -1;
    modem->fingerprint = fingerprint_of(config);
    (void)snprintf(modem->name, sizeof modem->name, "%s", config->name);
    (void)snprintf(modem->sim, sizeof modem->sim, "%s", config->name);
    (void)snprintf(
        modem->shown.name, sizeof modem->shown.name, "%s", config->name);
    modem->shown.signal_percent = -1;
    modem_care_read(modem);
    read_kept(modem);
    modem->link = make_link(modem);
    modem_refresh(modem);
    return modem;
}

bool modem_changed(const struct modem *modem, const struct config_modem *config)
{
    char *fingerprint = fingerprint_of(config);
    bool changed = strcmp(fingerprint, modem->fingerprint) != 0;

    free(fingerprint);
    return changed;
}

void modem_start(struct modem *modem)
{
    link_start(modem->link);
}

void modem_free(struct modem *modem)
{
    if (modem->ussd_done != NULL) {
        modem->ussd_done(modem->ussd_arg, NULL, "the gateway is ending");
    }
    incoming_clear(modem);
    link_free(modem->link);
    outbox_message_clear(&modem->next);
    outbox_message_clear(&modem->submit.message);
    outbox_message_clear(&modem->settle.next_part);
    modem_log_clear(&modem->log);
    free(modem->fingerprint);
    free(modem);
}
