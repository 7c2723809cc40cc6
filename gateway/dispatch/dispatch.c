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
#define TIDY_MS        60000

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

/* Of two waits, -1 being none. */
static int64_t sooner(int64_t a, int64_t b)
{
    return a < 0 || (b > 0 && b < a) ? b : a;
}

/* Those that are idle, if their results are settled; sent: who got something. */
static void send_idle(struct dispatch *dispatch, const bool *ready, bool *sent)
{
    for (size_t i = 0; i < dispatch->modem_count; i++) {
        struct modem *modem = dispatch->order[i];

        if (!ready[i] || modem->submit.active) {
            continue;
        }
        modem_send(modem, i);
        sent[i] = modem->submit.active;
        if (sent[i]) {
            board_took(dispatch, i);
        }
    }
}

/* Results first, so that all are seen as they stand; then those that are idle,
   those that sent longest ago first; then what goes next into the busy ones.
   @return how long until a gap or a back-off is over; -1: nothing waits. */
static int64_t pump_modems(struct dispatch *dispatch)
{
    size_t count = dispatch->modem_count;
    bool *sent = mem_array(count + 1, sizeof *sent);
    bool *ready = mem_array(count + 1, sizeof *ready);
    int64_t soonest = -1;

    for (size_t i = 0; i < count; i++) {
        ready[i] = modem_settled(dispatch->order[i]);
        soonest = ready[i] ? soonest : sooner(soonest, STORE_RETRY_MS);
    }
    board_set(dispatch);
    send_idle(dispatch, ready, sent);
    for (size_t i = 0; i < count; i++) {
        if (ready[i]) {
            modem_claim_ahead(dispatch->order[i], i);
            soonest = sooner(soonest, modem_wait_ms(dispatch->order[i]));
        }
        if (dispatch->order[i]->changed) { /* the others once a second */
            modem_refresh(dispatch->order[i]);
        }
    }
    board_turn(dispatch, sent);
    free(sent);
    free(ready);
    return soonest;
}

static void pump(struct dispatch *dispatch)
{
    int64_t soonest = -1;

    if (dispatch->store_failed) {
        read_again(dispatch);
    }
    if (!incoming_pump(dispatch)) {
        /* Its own failed changes ask for a turn: not before a while. */
        dispatch->pump_not_before_mono_ms = clock_mono_ms() + STORE_RETRY_MS;
        soonest = STORE_RETRY_MS;
    }
    soonest = sooner(soonest, pump_modems(dispatch));
    if (soonest > 0) {
        set_wake(dispatch, soonest);
    }
}

static bool is_idle(const struct modem *modem)
{
    return !modem->submit.active && !modem->settle.active;
}

static bool all_idle(const struct dispatch *dispatch)
{
    const struct modem *modem = NULL;

    TAILQ_FOREACH (modem, &dispatch->modems, entry) {
        if (!is_idle(modem)) {
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

static void end_leaving(struct dispatch *dispatch);

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
    if (err == KB_OK) {
        end_leaving(dispatch);
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
    outbox_use(rooms->outbox, rooms->config);
    if (rooms->alarms != NULL) {
        alarms_listen(rooms->alarms, &(struct alarm_listener){.arg = dispatch,
                                         .on_telling = alert_telling,
                                         .on_told = hook_told});
    }
    if (dispatch_store_open(rooms->store, &dispatch->kept) != KB_OK) {
        dispatch_close(dispatch);
        return KB_DB;
    }
    *out = dispatch;
    return KB_OK;
}

static void add_modem(
    struct dispatch *dispatch, const struct config_modem *config)
{
    struct modem *modem = modem_new(dispatch, config);

    TAILQ_INSERT_TAIL(&dispatch->modems, modem, entry);
    dispatch->modem_count++;
    board_resize(dispatch);
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
    board_resize(dispatch);
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
    hooks_stop(dispatch);
    board_clear(dispatch);
    dispatch_store_close(dispatch->kept);
    balance_rules_free(dispatch->balance_rules);
    quirks_unref(dispatch->quirks);
    event_free(dispatch->turn);
    event_free(dispatch->wake);
    if (dispatch->stop_timer != NULL) {
        event_free(dispatch->stop_timer);
    }
    free(dispatch);
}

static void add_missing(struct dispatch *dispatch)
{
    const struct config *config = dispatch->rooms.config;

    for (size_t i = 0; i < config->modem_count; i++) {
        if (dispatch_find(dispatch, config->modems[i].name) == NULL) {
            add_modem(dispatch, &config->modems[i]);
        }
    }
}

/* Those that were sending when their configuration changed, and are done. */
static void end_leaving(struct dispatch *dispatch)
{
    struct modem *modem = TAILQ_FIRST(&dispatch->modems);
    bool any = false;

    while (modem != NULL) {
        struct modem *next = TAILQ_NEXT(modem, entry);

        if (modem->leaving && is_idle(modem) &&
            retire(dispatch, modem, "its modem's configuration was changed") ==
                KB_OK) {
            any = true;
        }
        modem = next;
    }
    if (any) {
        add_missing(dispatch);
    }
}

enum kb_err dispatch_use(struct dispatch *dispatch, const struct config *config)
{
    struct modem *modem = TAILQ_FIRST(&dispatch->modems);
    enum kb_err err = store_commit(dispatch->rooms.store);
    bool finishing = false;

    dispatch->rooms.config = config;
    outbox_use(dispatch->rooms.outbox, config);
    dispatch_read_balance_rules(dispatch);
    dispatch_read_quirks(dispatch);
    while (modem != NULL && err == KB_OK) {
        struct modem *next = TAILQ_NEXT(modem, entry);
        const struct config_modem *now = config_modem_find(config, modem->name);

        modem->leaving = now == NULL || modem_changed(modem, now);
        if (!modem->leaving) {
            modem->config = now;
        } else if (is_idle(modem)) {
            err = retire(
                dispatch, modem, "its modem's configuration was changed");
        } else {
            modem_note(modem, "finishes what it is sending, then takes its new "
                              "configuration");
            finishing = true;
        }
        modem = next;
    }
    if (err == KB_OK) {
        add_missing(dispatch);
    }
    dispatch_kick(dispatch);
    return err == KB_OK && finishing ? KB_BUSY : err;
}

/* --- what operators do --------------------------------------------------- */

/* What memory goes back to where the commit is lost. */
struct pausing {
    struct dispatch *dispatch;
    char modem[32]; /* "" : all */
    bool before;
};

static void on_paused(void *arg, enum kb_err result)
{
    struct pausing *pausing = arg;
    struct modem *modem = dispatch_find(pausing->dispatch, pausing->modem);

    if (result != KB_OK && pausing->modem[0] == '\0') {
        pausing->dispatch->paused = pausing->before;
    } else if (result != KB_OK && modem != NULL) {
        modem->paused = pausing->before;
    }
    free(pausing);
}

/* Into the turn's transaction; submits of this turn stand or fall with it. */
static enum kb_err keep(
    struct dispatch *dispatch, const char *modem, bool *paused, bool value)
{
    struct store *store = dispatch->rooms.store;
    struct pausing *pausing = NULL;
    char key[64];
    enum kb_err err = store_op_begin(store);

    if (err != KB_OK) {
        return err;
    }
    (void)snprintf(
        key, sizeof key, "paused%s%s", *modem == '\0' ? "" : ".", modem);
    err = store_op_end(store, store_meta_set(store, key, value ? "1" : "0"));
    if (err != KB_OK) {
        return err;
    }
    pausing = mem_new(sizeof *pausing);
    pausing->dispatch = dispatch;
    pausing->before = *paused;
    (void)snprintf(pausing->modem, sizeof pausing->modem, "%s", modem);
    *paused = value;
    store_after_commit(store, on_paused, pausing);
    return KB_OK;
}

enum kb_err dispatch_pause(struct dispatch *dispatch, bool paused)
{
    enum kb_err err = keep(dispatch, "", &dispatch->paused, paused);

    if (err == KB_OK) {
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
    enum kb_err err = KB_OK;

    if (modem == NULL) {
        return KB_NOT_FOUND;
    }
    err = keep(dispatch, name, &modem->paused, paused);
    if (err == KB_OK) {
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
    modem->pace = (struct pace){0};
    modem_end_quarantine(modem);
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
    (void)snprintf(out->use, sizeof out->use, "%s", modem->config->use);
    out->sent_hour = modem->sent_hour;
    out->sent_minute = modem->sent_minute;
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
        TAILQ_FOREACH (modem, &dispatch->modems, entry) {
            modem->sent_minute = modem->shown.sent_total - modem->minute_from;
            modem->minute_from = modem->shown.sent_total;
        }
    }
    TAILQ_FOREACH (modem, &dispatch->modems, entry) {
        modem_refresh(modem);
        modem_ussd_tick(modem);
        modem_care_tick(modem);
    }
    hooks_tick(dispatch);
    loop_tick(dispatch);
    if (dispatch->tidy_mono_ms <= clock_mono_ms()) {
        dispatch->tidy_mono_ms = clock_mono_ms() + TIDY_MS;
        care_tidy(dispatch);
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
    } else if (store_is_held(rooms->store)) {
        (void)snprintf(out, out_bytes,
            "another program holds the database; nothing is lost; end it, "
            "fuser names it");
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
