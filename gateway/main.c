// SPDX-License-Identifier: GPL-2.0-or-later
/* kabarid: options, start, run, stop. */
#include "api/api.h"
#include "api/app.h"
#include "base/log.h"
#include "base/version.h"
#include "inbound/poison.h"
#include "web/web.h"

#include <event2/event.h>

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#ifndef KABARI_PREFIX
#define KABARI_PREFIX "/usr/local"
#endif

#define LOCK_WAIT_MS    30000
#define STOP_LIMIT_MS   4000 /* SIGTERM ends within 5 s */
#define PURGE_AT_ONCE   100
#define DAY_MS          ((int64_t)24 * 3600 * 1000)
#define EXPIRE_AT_ONCE  200
#define OPEN_FILES_MOST 16384 /* 256 modems and 10,000 connections */

static const char usage[] =
    "usage: kabarid [-c FILE] [--foreground]\n"
    "               [--clock \"YYYY-MM-DD HH:MM\" [--clock-speed N]]\n"
    "\n"
    "The Kabari gateway: drives the modems, sends what is due, answers.\n"
    "\n"
    "  -c FILE         configuration; else $KABARI_CONFIG, else\n"
    "                  /etc/kabari/kabari.conf\n"
    "  --foreground    stay in the foreground (always so; for scripts)\n"
    "  --clock TIME    rehearsal: start at this local time\n"
    "  --clock-speed N rehearsal: run N times as fast (1-100000)\n"
    "  --help, --version\n"
    "\n"
    "SIGHUP re-reads configuration and templates; SIGTERM ends.\n"
    "\n"
    "Example: kabarid -c /etc/kabari/kabari.conf\n";

struct daemon {
    struct event_base *base;
    struct app app;
    struct api *api;
    struct web *web;
    struct event *tick;
    struct event *work;
    struct event *on_term;
    struct event *on_int;
    struct event *on_hup;
    struct event *on_read;
    struct event *on_fast; /* of a rehearsal's clock */
    char worker_path[4096];
};

/* --- work ---------------------------------------------------------------- */

static void plan_work(struct daemon *daemon)
{
    struct timeval now = {0};

    /* By a timer, not event_active(): input is looked at between slices. */
    if (!evtimer_pending(daemon->work, NULL)) {
        (void)event_add(daemon->work, &now);
    }
}

/* One slice of everything that is not urgent; more says that there is more. */
static bool work_slice(struct daemon *daemon)
{
    struct app *app = &daemon->app;
    int64_t next_at_ms = 0;
    int64_t keep_ms = (int64_t)app->config.retention_messages_days * DAY_MS;
    int expired = 0;
    int purged = 0;
    bool plan_more = false;
    bool inbound_more = false;
    bool api_more = api_work(daemon->api);

    if (alarms_tick(app->alarms) != KB_OK ||
        outbox_expire(app->outbox, EXPIRE_AT_ONCE, &expired) != KB_OK ||
        outbox_purge(app->outbox, clock_now_ms(&app->clock) - keep_ms,
            PURGE_AT_ONCE, &purged) != KB_OK ||
        campaigns_tick(app->campaigns, &plan_more, &next_at_ms) != KB_OK ||
        inbound_tick(app->inbound, &inbound_more) != KB_OK) {
        return false; /* the store is busy; the next second tries again */
    }
    if (expired > 0) {
        log_info("outbox: expired count=%d", expired);
    }
    return api_more || plan_more || inbound_more || expired == EXPIRE_AT_ONCE ||
           purged == PURGE_AT_ONCE;
}

static void on_work(evutil_socket_t fd, short what, void *arg)
{
    struct daemon *daemon = arg;

    (void)fd;
    (void)what;
    if (work_slice(daemon)) {
        plan_work(daemon);
    }
}

static void on_api_work(void *arg)
{
    plan_work(arg);
}

static void on_read(evutil_socket_t fd, short what, void *arg)
{
    struct daemon *daemon = arg;

    (void)fd;
    (void)what;
    api_readings_done(daemon->api);
}

/* A rehearsal's hours go by within a second: plan and send more often. */
static void on_fast_clock(evutil_socket_t fd, short what, void *arg)
{
    struct daemon *daemon = arg;

    (void)fd;
    (void)what;
    plan_work(daemon);
    dispatch_kick(daemon->app.dispatch);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct daemon *daemon = arg;

    (void)fd;
    (void)what;
    app_tick(&daemon->app);
    dispatch_tick(daemon->app.dispatch);
    api_tick(daemon->api);
    plan_work(daemon);
}

/* --- what modems bring --------------------------------------------------- */

static enum kb_err on_inbound(void *arg, const char *modem, const char *sim,
    const struct link_inbound *sms)
{
    struct daemon *daemon = arg;
    struct inbound_sms inbound = {
        .modem = modem,
        .sim = sim,
        .from = sms->from,
        .alphanumeric = sms->alphanumeric,
        .text = sms->text,
        .raw = sms->raw,
        .smsc_at_ms = sms->smsc_at_ms,
        .udh_ref = sms->udh_ref,
        .udh_parts = sms->udh_parts,
        .udh_part = sms->udh_part,
    };
    int64_t answered = 0;

    return inbound_receive(daemon->app.inbound, &inbound, &answered);
}

static enum kb_err on_poison(void *arg, const char *modem, const char *sim,
    const struct link_poison *sms)
{
    struct daemon *daemon = arg;
    struct poison poison = {
        .modem = modem,
        .sim = sim,
        .memory = sms->memory,
        .place = sms->place,
        .pdu = sms->pdu,
        .why = sms->why,
    };

    return poison_keep(daemon->app.inbound, &poison);
}

static void on_call(void *arg, const char *modem, const char *number)
{
    struct daemon *daemon = arg;

    if (inbound_call(daemon->app.inbound, modem, number) != KB_OK) {
        log_warn("inbound: a call was not noted modem=%s", modem);
    }
}

/* --- signals ------------------------------------------------------------- */

static void on_stopped(void *arg)
{
    struct daemon *daemon = arg;

    (void)event_base_loopbreak(daemon->base);
}

static void on_end(evutil_socket_t number, short what, void *arg)
{
    struct daemon *daemon = arg;

    (void)what;
    log_info("kabarid: stopping signal=%d", (int)number);
    (void)sd_notify(0, "STOPPING=1");
    dispatch_stop(daemon->app.dispatch, STOP_LIMIT_MS, on_stopped, daemon);
}

static void on_reload(evutil_socket_t number, short what, void *arg)
{
    struct daemon *daemon = arg;
    struct why why = {0};
    char text[1024];

    (void)number;
    (void)what;
    (void)sd_notify(0, "RELOADING=1");
    if (app_reload(&daemon->app, &why) == KB_OK &&
        api_reload(daemon->api, &why) == KB_OK) {
        if (api_use(daemon->api) != KB_OK) {
            log_error("kabarid: webhooks could not be changed; restart");
        }
        log_info("kabarid: reloaded");
    } else {
        why_format(&why, text, sizeof text);
        log_error("kabarid: reload refused, the old configuration stays "
                  "why=%s",
            log_quote(text).text);
    }
    (void)sd_notify(0, "READY=1");
}

/* --- life ---------------------------------------------------------------- */

/* A socket pair, a page and a pidfd for each modem, and connections. */
static void raise_file_limit(void)
{
    struct rlimit limit = {0};

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
        limit.rlim_cur < OPEN_FILES_MOST) {
        limit.rlim_cur =
            limit.rlim_max < OPEN_FILES_MOST ? limit.rlim_max : OPEN_FILES_MOST;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static enum kb_err open_dispatch(struct daemon *daemon)
{
    struct app *app = &daemon->app;
    struct dispatch_rooms rooms = {
        .base = daemon->base,
        .store = app->store,
        .clock = &app->clock,
        .config = &app->config,
        .alarms = app->alarms,
        .outbox = app->outbox,
        .campaigns = app->campaigns,
        .worker_path = daemon->worker_path,
        .clock_behind = &app->clock_behind,
    };
    struct dispatch_events events = {.arg = daemon,
        .on_inbound = on_inbound,
        .on_poison = on_poison,
        .on_call = on_call};

    return dispatch_open(&rooms, &events, &app->dispatch);
}

static void add_events(struct daemon *daemon)
{
    struct timeval second = {.tv_sec = 1};

    daemon->tick = event_new(daemon->base, -1, EV_PERSIST, on_tick, daemon);
    daemon->work = event_new(daemon->base, -1, 0, on_work, daemon);
    daemon->on_term = evsignal_new(daemon->base, SIGTERM, on_end, daemon);
    daemon->on_int = evsignal_new(daemon->base, SIGINT, on_end, daemon);
    daemon->on_hup = evsignal_new(daemon->base, SIGHUP, on_reload, daemon);
    daemon->on_read = event_new(daemon->base, api_readings_fd(daemon->api),
        EV_READ | EV_PERSIST, on_read, daemon);
    (void)event_add(daemon->on_read, NULL);
    if (daemon->app.clock.rehearsal) {
        struct timeval often = {.tv_usec = 100000};

        daemon->on_fast =
            event_new(daemon->base, -1, EV_PERSIST, on_fast_clock, daemon);
        (void)event_add(daemon->on_fast, &often);
    }
    (void)event_add(daemon->tick, &second);
    (void)event_add(daemon->on_term, NULL);
    (void)event_add(daemon->on_int, NULL);
    (void)event_add(daemon->on_hup, NULL);
    api_on_work(daemon->api, on_api_work, daemon);
}

static enum kb_err start(
    struct daemon *daemon, const struct app_options *options, struct why *why)
{
    enum kb_err err = app_open(options, &daemon->app, why);

    if (err == KB_OK) {
        err = open_dispatch(daemon);
    }
    if (err == KB_OK) {
        err = access_use_loop(daemon->app.access, daemon->base);
    }
    if (err == KB_OK) {
        err = api_open(&daemon->app, &daemon->api);
    }
    if (err == KB_OK) {
        err = api_read_in_thread(daemon->api, why);
    }
    if (err == KB_OK) {
        err = web_open(
            daemon->base, daemon->api, &daemon->app.config, &daemon->web, why);
    }
    if (err == KB_OK) {
        add_events(daemon);
        err = dispatch_start(daemon->app.dispatch);
    }
    if (err == KB_OK) {
        plan_work(daemon);
    }
    return err;
}

static void free_event(struct event *event)
{
    if (event != NULL) {
        event_free(event);
    }
}

static void stop(struct daemon *daemon)
{
    /* Whoever waits for a commit hears of it before the connections go. */
    if (daemon->app.store != NULL && store_commit(daemon->app.store) != KB_OK) {
        log_error("store: the last changes could not be committed");
    }
    free_event(daemon->on_read);
    free_event(daemon->on_fast);
    web_close(daemon->web);
    api_close(daemon->api);
    app_close(&daemon->app);
    free_event(daemon->tick);
    free_event(daemon->work);
    free_event(daemon->on_term);
    free_event(daemon->on_int);
    free_event(daemon->on_hup);
    event_base_free(daemon->base);
}

/* A connection stops and starts to read with each request: changes that take
   each other back within a turn never reach the kernel. No descriptor that is
   watched is a dup() of another, which that mode could not bear. */
static struct event_base *new_base(void)
{
    struct event_config *config = event_config_new();
    struct event_base *base = NULL;

    if (config == NULL || event_config_set_flag(config,
                              EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST) != 0) {
        log_warn("kabarid: the loop runs without a list of changes");
    }
    base =
        config == NULL ? event_base_new() : event_base_new_with_config(config);
    if (config != NULL) {
        event_config_free(config);
    }
    return base;
}

static int run(const struct app_options *options)
{
    struct daemon daemon = {0};
    struct why why = {0};
    char text[1024];
    enum kb_err err = KB_OK;

    (void)signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    link_find_worker(KABARI_PREFIX "/libexec/kabari", daemon.worker_path,
        sizeof daemon.worker_path);
    daemon.base = new_base();
    err = start(&daemon, options, &why);
    if (err == KB_OK) {
        log_info("kabarid: ready modems=%zu database=%s",
            daemon.app.config.modem_count, daemon.app.config.database_path);
        (void)sd_notify(0, "READY=1");
        (void)event_base_dispatch(daemon.base);
        stop(&daemon);
        log_info("kabarid: stopped");
        return 0;
    }
    why_format(&why, text, sizeof text);
    (void)fprintf(stderr, "kabarid: %s\n",
        text[0] == '\0' ? "cannot start; see the lines above" : text);
    stop(&daemon);
    return err == KB_INVALID || err == KB_REFUSED ? 4 : 1;
}

enum option_key {
    KEY_CLOCK = 256,
    KEY_SPEED,
    KEY_FOREGROUND,
    KEY_VERSION
};

static int take_option(int key, struct app_options *options)
{
    char *end = NULL;

    switch (key) {
    case 'c':
        options->config_file = optarg;
        return -1;
    case KEY_CLOCK:
        options->rehearsal_clock = optarg;
        return -1;
    case KEY_SPEED:
        options->clock_speed = strtol(optarg, &end, 10);
        if (*end == '\0' && options->clock_speed >= 1 &&
            options->clock_speed <= 100000) {
            return -1;
        }
        (void)fprintf(stderr, "kabarid: --clock-speed is 1 to 100000\n");
        return 2;
    case KEY_FOREGROUND:
        return -1;
    case KEY_VERSION:
        (void)puts("kabarid " KABARI_VERSION);
        return 0;
    case 'h':
        (void)fputs(usage, stdout);
        return 0;
    default:
        (void)fprintf(stderr, "kabarid: see kabarid --help\n");
        return 2;
    }
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {
        {"config",      required_argument, NULL, 'c'           },
        {"foreground",  no_argument,       NULL, KEY_FOREGROUND},
        {"clock",       required_argument, NULL, KEY_CLOCK     },
        {"clock-speed", required_argument, NULL, KEY_SPEED     },
        {"version",     no_argument,       NULL, KEY_VERSION   },
        {"help",        no_argument,       NULL, 'h'           },
        {NULL,          0,                 NULL, 0             },
    };
    struct app_options options = {
        .holder = "kabarid", .lock_wait_ms = LOCK_WAIT_MS, .clock_speed = 1};
    int key = 0;

    while ((key = getopt_long(argc, argv, "c:h", longs, NULL)) != -1) {
        int code = take_option(key, &options);

        if (code >= 0) {
            return code;
        }
    }
    if (optind < argc) {
        (void)fprintf(stderr,
            "kabarid: unexpected \"%s\"; see kabarid --help\n", argv[optind]);
        return 2;
    }
    return run(&options);
}
