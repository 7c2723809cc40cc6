// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/app.h"

#include "api/fields.h"
#include "base/log.h"
#include "base/mem.h"
#include "registry/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A clock may step back by this much without alarm (NTP, a second opinion of
   the network's). */
#define CLOCK_SLACK_MS   ((int64_t)60 * 1000)
#define NETWORK_SLACK_MS ((int64_t)10 * 60 * 1000)
#define KEEP_EVERY_MS    ((int64_t)60 * 1000)
/* A rehearsal goes on where it was, to the second. */
#define KEEP_REHEARSAL_MS ((int64_t)2 * 1000)

static const char newest_name[] = "newest_at_ms";

/* --- the clock ----------------------------------------------------------- */

static int64_t read_newest(struct store *store)
{
    char value[32] = "";

    if (store_meta_get(store, newest_name, value, sizeof value) != KB_OK) {
        return 0;
    }
    return strtoll(value, NULL, 10);
}

static void see_time(struct app *app, int64_t now)
{
    if (now > app->newest_at_ms) {
        app->newest_at_ms = now;
    }
}

static enum kb_err keep_newest(struct app *app, int64_t now)
{
    char value[32];
    enum kb_err err = store_op_begin_record(app->store);

    if (err != KB_OK) {
        return err;
    }
    (void)snprintf(value, sizeof value, "%" PRId64, now);
    err = store_op_end(
        app->store, store_meta_set(app->store, newest_name, value));
    if (err == KB_OK) {
        app->kept_at_ms = now;
    }
    return err;
}

static enum kb_err parse_start(
    const struct app_options *options, int64_t *start_ms, struct why *why)
{
    struct civil start = {0};

    if (civil_parse(options->rehearsal_clock, &start, NULL) != KB_OK) {
        why_set(why, "--clock \"%s\": write \"YYYY-MM-DD HH:MM\"",
            options->rehearsal_clock);
        return KB_INVALID;
    }
    *start_ms = civil_instant_ms(civil_day(start.year, start.month, start.day),
        start.hour * 60 + start.minute);
    return KB_OK;
}

/* A rehearsal goes on from the last stored instant; --clock is for its first
   start. */
static enum kb_err set_clock(
    struct app *app, const struct app_options *options, struct why *why)
{
    int64_t start_ms = 0;
    enum kb_err err = KB_OK;

    app->newest_at_ms = read_newest(app->store);
    if (!app->config.rehearsal) {
        app->clock = clock_system();
        app->clock_behind =
            clock_now_ms(&app->clock) + CLOCK_SLACK_MS < app->newest_at_ms;
        if (app->clock_behind) {
            log_error("clock: now %s, but the database has seen %s; only "
                      "answers go out until the clock is set",
                civil_short(clock_now_ms(&app->clock)).text,
                civil_short(app->newest_at_ms).text);
        } else {
            see_time(app, clock_now_ms(&app->clock));
        }
        return KB_OK;
    }
    start_ms = clock_now_ms(&app->clock);
    if (options->rehearsal_clock != NULL) {
        err = parse_start(options, &start_ms, why);
    }
    if (app->newest_at_ms > 0) {
        start_ms = app->newest_at_ms;
    }
    app->clock = clock_rehearsal(
        start_ms, options->clock_speed < 1 ? 1 : options->clock_speed);
    return err;
}

/* A stamp of the network's that agrees with this machine says that the clock
   is right, and that it was the database that had seen a wrong one. */
static bool network_agrees(const struct app *app)
{
    struct dispatch_network_time network = {0};
    int64_t ahead_ms = 0;

    if (app->dispatch == NULL) {
        return false;
    }
    network = dispatch_network_time(app->dispatch);
    /* By now, for this machine's clock may have been set since. */
    ahead_ms = network.at_ms + clock_mono_ms() - network.at_mono_ms -
               clock_now_ms(&app->clock);
    return network.at_ms != 0 && ahead_ms < NETWORK_SLACK_MS &&
           ahead_ms > -NETWORK_SLACK_MS;
}

/* A clock that lost its battery, or that somebody set wrong. */
static void look_for_a_step_back(struct app *app, int64_t now)
{
    if (app->clock.rehearsal || now + CLOCK_SLACK_MS >= app->newest_at_ms) {
        return;
    }
    app->clock_behind = true;
    log_error("clock: stepped back from %s to %s; only answers go out until "
              "it is set, or the network's time agrees with it",
        civil_short(app->newest_at_ms).text, civil_short(now).text);
}

static void see_clock(struct app *app, int64_t now)
{
    if (now >= app->newest_at_ms - CLOCK_SLACK_MS) {
        app->clock_behind = false;
        log_info("clock: set right; sending goes on");
    } else if (network_agrees(app)) {
        app->clock_behind = false;
        app->newest_at_ms = now;
        app->kept_at_ms = 0; /* what the database has seen is wrong */
        log_warn("clock: the network's time agrees with this machine; the "
                 "database had seen a wrong clock; sending goes on");
    }
}

void app_tick(struct app *app)
{
    int64_t now = clock_now_ms(&app->clock);
    int64_t every = app->clock.rehearsal ? KEEP_REHEARSAL_MS * app->clock.speed
                                         : KEEP_EVERY_MS;

    if (!app->clock_behind) {
        look_for_a_step_back(app, now);
    } else {
        see_clock(app, now);
    }
    if (app->clock_behind) {
        return;
    }
    see_time(app, now);
    if (now - app->kept_at_ms >= every && keep_newest(app, now) != KB_OK) {
        log_warn("clock: the newest time was not stored");
    }
}

/* --- opening ------------------------------------------------------------- */

static enum kb_err check_rehearsal(
    const struct app *app, const struct app_options *options, struct why *why)
{
    if (options->rehearsal_clock == NULL || app->config.rehearsal) {
        return KB_OK;
    }
    why_set(why,
        "--clock is for rehearsals: set rehearsal = true in %s, with a "
        "database of its own",
        app->config.file);
    return KB_REFUSED;
}

enum kb_err app_texts(
    const struct config *config, struct texts **out, struct why *why)
{
    return texts_load_signed(
        &(struct texts_source){.dir = config->templates_path,
            .lang = config->site_language,
            .site = config->site_name},
        out, why);
}

static void on_setting(void *arg, const struct config_shown *shown)
{
    json_t *source = *shown->file
                         ? json_sprintf("%s:%d", shown->file, shown->line)
                         : json_string("default");

    json_array_append_new(arg,
        json_pack("{so so so so so so}", "name", api_text_json(shown->name),
            "value", api_text_json(shown->value), "source", source, "type",
            api_text_json(shown->option->type), "unit",
            api_text_json(shown->option->unit), "help",
            api_text_json(shown->option->help)));
}

char *app_settings_text(const char *file)
{
    json_t *settings = json_array();
    char *text = NULL;

    if (config_show(file, on_setting, settings) == KB_OK) {
        text = json_dumps(settings, JSON_COMPACT);
    }
    json_decref(settings);
    return text;
}

static enum kb_err read_files(
    struct app *app, const struct app_options *options, struct why *why)
{
    enum kb_err err =
        config_load(config_file(options->config_file), &app->config, why);

    if (err == KB_OK) {
        app->settings = app_settings_text(app->config.file);
        err = check_rehearsal(app, options, why);
    }
    if (err == KB_OK) {
        err = clock_zone_set(app->config.site_timezone);
    }
    if (err == KB_OK) {
        err = app_texts(&app->config, &app->texts, why);
    }
    if (err == KB_OK) {
        err = script_load(
            app->config.templates_path, app->texts, &app->script, why);
    }
    return err;
}

static int64_t quiet_of(const struct config *config)
{
    return (int64_t)config->alarm_quiet_m * 60 * 1000;
}

/* Nobody asked for it just now: the campaign did, as somebody made it. */
static enum kb_err note_resent(
    void *arg, const char *campaign, int64_t message_id)
{
    struct app *app = arg;
    struct access_deed deed = {.action = "resend unknown"};

    (void)snprintf(deed.who, sizeof deed.who, "campaign:%.50s", campaign);
    (void)snprintf(
        deed.subject, sizeof deed.subject, "%lld", (long long)message_id);
    return access_note(app->access, &deed);
}

static enum kb_err open_campaigns(struct app *app)
{
    return campaigns_open(
        &(struct campaign_rooms){
            .store = app->store,
            .clock = &app->clock,
            .config = &app->config,
            .registry = app->registry,
            .texts = app->texts,
            .outbox = app->outbox,
            .on_resent = note_resent,
            .arg = app,
        },
        &app->campaigns);
}

static struct inbound_rooms inbound_rooms_of(const struct app *app)
{
    return (struct inbound_rooms){
        .store = app->store,
        .clock = &app->clock,
        .config = &app->config,
        .registry = app->registry,
        .texts = app->texts,
        .script = app->script,
        .outbox = app->outbox,
        .campaigns = app->campaigns,
        .alarms = app->alarms,
    };
}

static enum kb_err open_inbound(struct app *app)
{
    struct inbound_rooms rooms = inbound_rooms_of(app);

    return inbound_open(&rooms, &app->inbound);
}

static enum kb_err open_access(struct app *app)
{
    return access_open(
        &(struct access_rooms){
            .store = app->store,
            .clock = &app->clock,
            .real = &app->real,
            .config = &app->config,
        },
        &app->access);
}

static enum kb_err open_rooms(
    struct app *app, const struct app_options *options, struct why *why)
{
    struct store_options store = {
        .path = app->config.database_path,
        .holder = options->holder,
        .lock_wait_ms = options->lock_wait_ms,
        .rehearsal = app->config.rehearsal,
    };
    enum kb_err err = store_open(&store, &app->store, why);

    if (err == KB_OK) {
        err = set_clock(app, options, why);
    }
    if (err == KB_OK) {
        err = alarms_open(
            app->store, &app->clock, quiet_of(&app->config), &app->alarms);
    }
    if (err == KB_OK) {
        err = registry_open(app->store, &app->clock, &app->registry);
    }
    if (err == KB_OK) {
        err = import_recover(app->registry);
    }
    if (err == KB_OK) {
        err = outbox_open(app->store, &app->clock, &app->outbox);
    }
    if (err == KB_OK) {
        outbox_use(app->outbox, &app->config);
    }
    if (err == KB_OK) {
        err = open_campaigns(app);
    }
    if (err == KB_OK) {
        err = open_inbound(app);
    }
    if (err == KB_OK) {
        err = open_access(app);
    }
    return err == KB_OK ? store_commit(app->store) : err;
}

enum kb_err app_open(
    const struct app_options *options, struct app *app, struct why *why)
{
    enum kb_err err = KB_OK;

    *app = (struct app){.clock = clock_system(), .real = clock_system()};
    err = read_files(app, options, why);
    if (err == KB_OK) {
        err = open_rooms(app, options, why);
    }
    if (err != KB_OK) {
        app_close(app);
    }
    return err;
}

struct app_retired {
    struct config config;
    struct app_retired *before;
};

static void keep_retired(struct app *app, struct config *take_old)
{
    struct app_retired *retired = mem_new(sizeof *retired);

    retired->config = *take_old;
    retired->before = app->retired;
    app->retired = retired;
    free(take_old);
}

static void clear_retired(struct app *app)
{
    while (app->retired != NULL) {
        struct app_retired *before = app->retired->before;

        config_clear(&app->retired->config);
        free(app->retired);
        app->retired = before;
    }
}

void app_close(struct app *app)
{
    if (app->store != NULL && !app->clock_behind && app->registry != NULL &&
        keep_newest(app, clock_now_ms(&app->clock)) != KB_OK) {
        log_warn("clock: the newest time was not stored");
    }
    dispatch_close(app->dispatch);
    access_close(app->access);
    inbound_close(app->inbound);
    campaigns_close(app->campaigns);
    outbox_close(app->outbox);
    registry_close(app->registry);
    alarms_close(app->alarms);
    store_close(app->store);
    texts_free(app->texts);
    script_free(app->script);
    free(app->settings);
    config_clear(&app->config);
    clear_retired(app);
    *app = (struct app){0};
}

/* --- reloading ----------------------------------------------------------- */

static bool differs(const char *a, const char *b)
{
    return strcmp(a, b) != 0;
}

static enum kb_err check_fixed(
    const struct config *old, const struct config *new, struct why *why)
{
    const char *what = NULL;

    if (differs(old->database_path, new->database_path)) {
        what = "database.path";
    } else if (differs(old->control_socket, new->control_socket)) {
        what = "control.socket";
    } else if (differs(old->http_listen, new->http_listen)) {
        what = "http.listen";
    } else if (differs(old->site_timezone, new->site_timezone)) {
        what = "site.timezone";
    } else if (old->rehearsal != new->rehearsal) {
        what = "rehearsal";
    }
    if (what == NULL) {
        return KB_OK;
    }
    why_at(why, new->file, 0);
    why_set(why, "%s is new; that needs a restart, not a reload", what);
    return KB_REFUSED;
}

/* Texts and what is said when: both or none. */
static enum kb_err load_words(const struct config *config, struct texts **texts,
    struct script **script, struct why *why)
{
    enum kb_err err = app_texts(config, texts, why);

    if (err != KB_OK) {
        return err;
    }
    err = script_load(config->templates_path, *texts, script, why);
    if (err != KB_OK) {
        texts_free(*texts);
    }
    return err;
}

/** The rooms that look up words and options go on with the new ones. */
static void use_words(
    struct app *app, struct texts *take_texts, struct script *take_script)
{
    struct texts *old_texts = app->texts;
    struct script *old_script = app->script;
    struct inbound_rooms rooms;

    app->texts = take_texts;
    app->script = take_script;
    alarms_use(app->alarms, quiet_of(&app->config));
    campaigns_use(app->campaigns, take_texts, &app->config);
    rooms = inbound_rooms_of(app);
    inbound_use(app->inbound, &rooms);
    texts_free(old_texts);
    script_free(old_script);
}

enum kb_err app_reload(struct app *app, struct why *why)
{
    struct config *old = NULL;
    struct config config = {0};
    struct texts *texts = NULL;
    struct script *script = NULL;
    enum kb_err err = config_load(app->config.file, &config, why);

    if (err != KB_OK) {
        return err;
    }
    err = check_fixed(&app->config, &config, why);
    if (err == KB_OK) {
        err = load_words(&config, &texts, &script, why);
    }
    if (err != KB_OK) {
        config_clear(&config);
        return err;
    }
    old = mem_new(sizeof *old);
    *old = app->config;
    app->config = config;
    free(app->settings);
    app->settings = app_settings_text(app->config.file);
    use_words(app, texts, script);
    if (app->dispatch != NULL) {
        err = dispatch_use(app->dispatch, &app->config);
    }
    if (err == KB_OK) {
        config_clear(old);
        free(old);
        clear_retired(app);
    } else if (err == KB_BUSY) {
        keep_retired(app, old);
        err = KB_OK;
    } else {
        /* A modem that could not be retired still reads the old one, or the
           one before it: these stay, and the next reload tries again. */
        log_warn("kabarid: some modems keep their old configuration until the "
                 "next reload");
        keep_retired(app, old);
    }
    return err;
}

enum kb_err app_reload_texts(struct app *app, struct why *why)
{
    struct texts *old_texts = app->texts;
    struct script *old_script = app->script;
    struct texts *texts = NULL;
    struct script *script = NULL;
    struct inbound_rooms rooms;
    enum kb_err err = load_words(&app->config, &texts, &script, why);

    if (err != KB_OK) {
        return err;
    }
    app->texts = texts;
    app->script = script;
    campaigns_use(app->campaigns, texts, &app->config);
    rooms = inbound_rooms_of(app);
    inbound_use(app->inbound, &rooms);
    texts_free(old_texts);
    script_free(old_script);
    return KB_OK;
}
