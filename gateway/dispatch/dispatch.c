// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "base/mem.h"
#include "dispatch/balance.h"
#include "dispatch/dispatch_internal.h"
#include "link/quirk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How soon a store that was busy, full or failed is tried again. */
#define STORE_RETRY_MS 100

struct modem *dispatch_find(const struct dispatch *dispatch, const char *name)
{
    struct modem *modem = NULL;

    TAILQ_FOREACH (modem, &dispatch->modems, entry) {
        if (strcmp(modem->name, name) == 0) {
            return modem;
        }
    }
    return NULL;
}

/* --- the turn ------------------------------------------------------------ */

static void set_wake(struct dispatch *dispatch, int64_t wait_ms)
{
    struct timeval wait = {
        .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000};

    (void)event_add(dispatch->wake, &wait);
}

/* After a lost commit memory and disk differ: what was not committed is
   forgotten, what the disk holds as claimed goes back to the queue. */
static void read_again(struct dispatch *dispatch)
{
    struct modem *modem = NULL;

    TAILQ_FOREACH (modem, &dispatch->modems, entry) {
        modem_forget(modem);
    }
    TAILQ_FOREACH (modem, &dispatch->modems, entry) {
        if (outbox_unclaim(dispatch->rooms.outbox, modem->name) != KB_OK) {
            return; /* still failing: the next turn tries again */
        }
    }
    dispatch->store_failed = false;
}

static void pump(struct dispatch *dispatch)
{
    struct modem *modem = NULL;
    int64_t soonest = -1;

    if (dispatch->store_failed) {
        read_again(dispatch);
    }
    if (!incoming_pump(dispatch)) {
        /* Its own failed changes ask for a turn: not before a while. */
        dispatch->pump_not_before_mono_ms = clock_mono_ms() + STORE_RETRY_MS;
        soonest = STORE_RETRY_MS;
    }
    TAILQ_FOREACH (modem, &dispatch->modems, entry) {
        int64_t wait = 0;

        modem_pump(modem);
        wait = modem->settle.active && !modem->settle.applied
                   ? STORE_RETRY_MS
                   : modem_wait_ms(modem);
        if (wait > 0 && (soonest < 0 || wait < soonest)) {
            soonest = wait;
        }
    }
    if (soonest > 0) {
        set_wake(dispatch, soonest);
    }
}

static bool all_idle(const struct dispatch *dispatch)
{
    const struct modem *modem = NULL;

    TAILQ_FOREACH (modem, &dispatch->modems, entry) {
        if (modem->submit.active || modem->settle.active) {
            return false;
        }
    }
    return true;
}

static void finish_stop(struct dispatch *dispatch)
{
    void (*done)(void *arg) = dispatch->stop_done;

    dispatch->stop_done = NULL;
    (void)event_del(dispatch->stop_timer);
    if (done != NULL) {
        done(dispatch->stop_arg);
    }
}

/* Said once, not at every try. */
static void note_commit(struct dispatch *dispatch, enum kb_err err)
{
    if (err != KB_OK && !dispatch->commits_fail) {
        log_error("store: commit failed, nothing of it left the gateway; "
                  "tried again until it works why=%s",
            kb_err_name(err));
    } else if (err == KB_OK && dispatch->commits_fail) {
        log_info("store: commits work again");
    }
    dispatch->commits_fail = err != KB_OK;
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
    struct dispatch *dispatch = arg;
    /* What the pump changes asks for another turn: after a lost commit it
       waits, or the loop would do nothing else than fail. */
    bool pumps = dispatch->started &&
                 clock_mono_ms() >= dispatch->pump_not_before_mono_ms;
    enum kb_err err = KB_OK;

    (void)fd;
    (void)what;
    if (pumps) {
        pump(dispatch);
    }
    err = store_commit(dispatch->rooms.store);
    if (pumps || err != KB_OK) {
        note_commit(dispatch, err);
    }
    if (err != KB_OK) {
        dispatch->store_failed = true;
        dispatch->pump_not_before_mono_ms = clock_mono_ms() + STORE_RETRY_MS;
        set_wake(dispatch, STORE_RETRY_MS);
    }
    if (dispatch->stopping && all_idle(dispatch)) {
        finish_stop(dispatch);
    }
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    dispatch_kick(arg);
}

void dispatch_kick(struct dispatch *dispatch)
{
    event_active(dispatch->turn, EV_TIMEOUT, 0);
}

static void on_pending(void *arg)
{
    dispatch_kick(arg);
}

/* --- life ---------------------------------------------------------------- */

enum kb_err dispatch_open(const struct dispatch_rooms *rooms,
    const struct dispatch_events *events, struct dispatch **out)
{
    struct dispatch *dispatch = mem_new(sizeof *dispatch);
    char value[8] = "";

    dispatch->rooms = *rooms;
    dispatch->events = *events;
    TAILQ_INIT(&dispatch->modems);
    TAILQ_INIT(&dispatch->incoming);
    dispatch->turn = event_new(rooms->base, -1, 0, on_turn, dispatch);
    dispatch->wake = event_new(rooms->base, -1, 0, on_wake, dispatch);
    dispatch->stop_timer = NULL;
    dispatch->paused =
        store_meta_get(rooms->store, "paused", value, sizeof value) == KB_OK &&
        strcmp(value, "1") == 0;
    store_on_pending(rooms->store, on_pending, dispatch);
    dispatch_read_quirks(dispatch);
    dispatch_read_balance_rules(dispatch);
    *out = dispatch;
    return KB_OK;
}

static void add_modem(
    struct dispatch *dispatch, const struct config_modem *config)
{
    struct modem *modem = modem_new(dispatch, config);

    TAILQ_INSERT_TAIL(&dispatch->modems, modem, entry);
    dispatch->modem_count++;
    modem_start(modem);
}

enum kb_err dispatch_start(struct dispatch *dispatch)
{
    const struct config *config = dispatch->rooms.config;
    int requeued = 0;
    int unknown = 0;
    enum kb_err err =
        outbox_recover(dispatch->rooms.outbox, &requeued, &unknown);

    if (err == KB_OK) {
        err = store_commit(dispatch->rooms.store);
    }
    if (err != KB_OK) {
        return err;
    }
    log_info("outbox: recovered requeued=%d unknown=%d", requeued, unknown);
    for (size_t i = 0; i < config->modem_count; i++) {
        add_modem(dispatch, &config->modems[i]);
    }
    dispatch->started = true;
    dispatch_kick(dispatch);
    return KB_OK;
}

static void on_stop_limit(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    finish_stop(arg);
}

void dispatch_stop(struct dispatch *dispatch, int64_t limit_ms,
    void (*done)(void *arg), void *arg)
{
    struct timeval limit = {
        .tv_sec = limit_ms / 1000, .tv_usec = limit_ms % 1000 * 1000};

    dispatch->stopping = true;
    dispatch->stop_done = done;
    dispatch->stop_arg = arg;
    dispatch->stop_timer =
        event_new(dispatch->rooms.base, -1, 0, on_stop_limit, dispatch);
    (void)event_add(dispatch->stop_timer, &limit);
    dispatch_kick(dispatch);
}

static void remove_modem(struct dispatch *dispatch, struct modem *modem)
{
    TAILQ_REMOVE(&dispatch->modems, modem, entry);
    dispatch->modem_count--;
    modem_free(modem);
}

/* A modem that is taken away may have a submit under way: its message is
   unknown from now on, as after a crash. */
static enum kb_err retire(
    struct dispatch *dispatch, struct modem *modem, const char *why)
{
    struct outbox_result lost = {
        .id = modem->submit.message.id,
        .part = modem->submit.part,
        .modem = modem->name,
        .verdict = OUTBOX_UNKNOWN,
        .tp_mr = -1,
        .reason = why,
    };
    enum kb_err err = KB_OK;

    if (modem->settle.active && !modem->settle.applied) {
        err =
            outbox_settle(dispatch->rooms.outbox, &modem->settle.result, NULL);
        err = err == KB_NOT_FOUND ? KB_OK : err;
    }
    if (err == KB_OK) {
        err = outbox_unclaim(dispatch->rooms.outbox, modem->name);
    }
    if (err == KB_OK && modem->submit.active) {
        err = outbox_settle(dispatch->rooms.outbox, &lost, NULL);
    }
    if (err == KB_OK) {
        err = store_commit(dispatch->rooms.store);
        dispatch->store_failed = dispatch->store_failed || err != KB_OK;
    }
    if (err == KB_OK) {
        log_info("modem: ended modem=%s", modem->name);
        remove_modem(dispatch, modem);
    }
    return err;
}

void dispatch_close(struct dispatch *dispatch)
{
    struct modem *modem = NULL;

    if (dispatch == NULL) {
        return;
    }
    /* Effects point at modems: they run, or are lost, before these go. */
    if (store_commit(dispatch->rooms.store) != KB_OK) {
        log_error("store: the last changes could not be committed");
    }
    store_on_pending(dispatch->rooms.store, NULL, NULL);
    while ((modem = TAILQ_FIRST(&dispatch->modems)) != NULL) {
        if (retire(dispatch, modem,
                "the gateway ended while it was being sent") != KB_OK) {
            /* The next start finds it submitting and calls it unknown. */
            remove_modem(dispatch, modem);
        }
    }
    balance_rules_free(dispatch->balance_rules);
    quirks_unref(dispatch->quirks);
    event_free(dispatch->turn);
    event_free(dispatch->wake);
    if (dispatch->stop_timer != NULL) {
        event_free(dispatch->stop_timer);
    }
    free(dispatch);
}

enum kb_err dispatch_use(struct dispatch *dispatch, const struct config *config)
{
    struct modem *modem = TAILQ_FIRST(&dispatch->modems);
    enum kb_err err = store_commit(dispatch->rooms.store);

    dispatch->rooms.config = config;
    dispatch_read_balance_rules(dispatch);
    dispatch_read_quirks(dispatch);
    while (modem != NULL && err == KB_OK) {
        struct modem *next = TAILQ_NEXT(modem, entry);
        const struct config_modem *now = config_modem_find(config, modem->name);

        if (now == NULL || modem_changed(modem, now)) {
            err = retire(
                dispatch, modem, "its modem's configuration was changed");
        } else {
            modem->config = now;
        }
        modem = next;
    }
    for (size_t i = 0; err == KB_OK && i < config->modem_count; i++) {
        if (dispatch_find(dispatch, config->modems[i].name) == NULL) {
            add_modem(dispatch, &config->modems[i]);
        }
    }
    dispatch_kick(dispatch);
    return err;
}

/* --- what operators do --------------------------------------------------- */

static enum kb_err keep(struct dispatch *dispatch, const char *name, bool value)
{
    struct store *store = dispatch->rooms.store;
    enum kb_err err = store_op_begin(store);

    if (err != KB_OK) {
        return err;
    }
    return store_op_end(store, store_meta_set(store, name, value ? "1" : "0"));
}

enum kb_err dispatch_pause(struct dispatch *dispatch, bool paused)
{
    enum kb_err err = keep(dispatch, "paused", paused);

    if (err == KB_OK) {
        dispatch->paused = paused;
        log_info("dispatch: %s", paused ? "paused" : "resumed");
        dispatch_kick(dispatch);
    }
    return err;
}

bool dispatch_paused(const struct dispatch *dispatch)
{
    return dispatch->paused;
}

enum kb_err dispatch_modem_pause(
    struct dispatch *dispatch, const char *name, bool paused)
{
    struct modem *modem = dispatch_find(dispatch, name);
    char key[64];
    enum kb_err err = KB_OK;

    if (modem == NULL) {
        return KB_NOT_FOUND;
    }
    (void)snprintf(key, sizeof key, "paused.%s", name);
    err = keep(dispatch, key, paused);
    if (err == KB_OK) {
        modem->paused = paused;
        modem_note(modem, paused ? "paused" : "resumed");
        dispatch_kick(dispatch);
    }
    return err;
}

enum kb_err dispatch_modem_reset(struct dispatch *dispatch, const char *name)
{
    struct modem *modem = dispatch_find(dispatch, name);

    if (modem == NULL) {
        return KB_NOT_FOUND;
    }
    modem->parked = false;
    modem->failures = 0;
    modem->refused_id = 0;
    modem->backoff_until_mono_ms = 0;
    modem_note(modem, "reset by an operator");
    pin_remember(modem, false);
    link_reset(modem->link);
    dispatch_kick(dispatch);
    return KB_OK;
}

/* --- what is shown ------------------------------------------------------- */

size_t dispatch_modem_count(const struct dispatch *dispatch)
{
    return dispatch->modem_count;
}

static void show(struct modem *modem, struct dispatch_modem *out)
{
    modem_refresh(modem);
    *out = modem->shown;
    (void)snprintf(
        out->device, sizeof out->device, "%s", modem->config->device);
    (void)snprintf(
        out->quirks, sizeof out->quirks, "%s", link_quirk(modem->link)->name);
    (void)snprintf(out->operator_name, sizeof out->operator_name, "%s",
        modem->config->operator);
}

enum kb_err dispatch_modem_at(
    const struct dispatch *dispatch, size_t i, struct dispatch_modem *out)
{
    struct modem *modem = NULL;

    TAILQ_FOREACH (modem, &dispatch->modems, entry) {
        if (i-- == 0) {
            show(modem, out);
            return KB_OK;
        }
    }
    return KB_NOT_FOUND;
}

enum kb_err dispatch_modem_find(const struct dispatch *dispatch,
    const char *name, struct dispatch_modem *out)
{
    struct modem *modem = dispatch_find(dispatch, name);

    if (modem == NULL) {
        return KB_NOT_FOUND;
    }
    show(modem, out);
    return KB_OK;
}

struct dispatch_rates dispatch_rates(const struct dispatch *dispatch)
{
    return dispatch->last_minute;
}

void dispatch_tick(struct dispatch *dispatch)
{
    int64_t minute = clock_mono_ms() / 60000;
    struct modem *modem = NULL;

    if (minute != dispatch->minute) {
        dispatch->minute = minute;
        dispatch->last_minute = dispatch->this_minute;
        dispatch->this_minute = (struct dispatch_rates){0};
    }
    TAILQ_FOREACH (modem, &dispatch->modems, entry) {
        modem_ussd_tick(modem);
    }
    dispatch_kick(dispatch);
}

struct dispatch_network_time dispatch_network_time(
    const struct dispatch *dispatch)
{
    return dispatch->network;
}

void dispatch_hold_reason(
    const struct dispatch *dispatch, char *out, size_t out_bytes)
{
    const struct dispatch_rooms *rooms = &dispatch->rooms;
    int64_t now = clock_now_ms(rooms->clock);

    out[0] = '\0';
    if (dispatch->paused) {
        (void)snprintf(out, out_bytes,
            "all sending but answers is paused; go on with: kabari resume");
    } else if (*rooms->clock_behind) {
        (void)snprintf(out, out_bytes,
            "this machine's clock is behind what the database has seen; set "
            "the clock");
    } else if (!store_has_room(rooms->store)) {
        (void)snprintf(out, out_bytes,
            "the disk is nearly full; free some "
            "room");
    } else if (!config_window_open(rooms->config, now)) {
        (void)snprintf(out, out_bytes,
            "outside the sending hours; goes on %s (sending.from, to, days)",
            civil_short(config_window_next_ms(rooms->config, now)).text);
    }
}
