// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/handlers.h"
#include "api/journal_internal.h"
#include "base/version.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static json_t *database_json(const struct app *app)
{
    struct stat file = {0};
    const char *path = app->config.database_path;
    bool known = stat(path, &file) == 0;
    char wal[PATH_MAX];
    struct stat log = {0};
    (void)snprintf(wal, sizeof(wal), "%s-wal", path);
    if (known && stat(wal, &log) == 0) {
        file.st_size += log.st_size; /* what is committed but not yet moved */
    }
    return json_pack("{so so sb}", "path", api_text_json(path), "bytes",
        known ? json_integer((json_int_t)file.st_size) : json_null(),
        "has_room", store_has_room(app->store));
}

static enum kb_err add_offices(struct app *app, json_t *status)
{
    struct office *offices = NULL;
    size_t count = 0;
    enum kb_err err = registry_office_list(app->registry, &offices, &count);
    if (err != KB_OK) {
        return err;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct office *office = &offices[i];
        if (strcmp(office->state, "up") != 0) {
            json_array_append_new(
                list, json_pack("{so so so so so}", "code",
                          api_text_json(office->code), "name",
                          api_text_json(office->name), "state",
                          api_text_json(office->state), "reason",
                          api_text_json(office->reason), "back",
                          api_day_json(office->back_day)));
        }
    }
    free(offices);
    json_object_set_new(status, "offices_down", list);
    return KB_OK;
}

static enum kb_err add_campaigns(struct app *app, json_t *status)
{
    struct campaign *campaigns = NULL;
    size_t count = 0;
    enum kb_err err = campaign_list(app->campaigns, &campaigns, &count);
    if (err != KB_OK) {
        return err;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct campaign *campaign = &campaigns[i];
        json_array_append_new(list,
            json_pack("{so so so so}", "name", api_text_json(campaign->name),
                "state", api_text_json(campaign->state), "deadline",
                api_day_json(campaign->deadline_day), "note",
                api_text_json(campaign->note)));
    }
    free(campaigns);
    json_object_set_new(status, "campaigns", list);
    return KB_OK;
}

static enum kb_err add_queue(struct app *app, json_t *status)
{
    struct outbox_counts counts = {0};
    int64_t open = 0;
    int64_t overdue = 0;
    enum kb_err err = outbox_counts(app->outbox, 0, &counts);
    if (err == KB_OK) {
        err = inbox_count_open(app->inbound, &open);
    }
    if (err == KB_OK) {
        err = inbox_count_overdue(app->inbound, &overdue);
    }
    if (err == KB_OK) {
        json_t *queue = json_object();
        api_counts_json(queue, &counts);
        json_object_set_new(status, "queue", queue);
        json_object_set_new(status, "inbox_open", json_integer(open));
        json_object_set_new(status, "inbox_overdue", json_integer(overdue));
    }
    return err;
}

static json_t *rates_json(const struct app *app)
{
    struct dispatch_rates rates = {0};
    if (app->dispatch) {
        rates = dispatch_rates(app->dispatch);
    }
    return json_pack("{sI sI}", "sent_minute", (json_int_t)rates.sent_minute,
        "inbound_minute", (json_int_t)rates.inbound_minute);
}

json_t *api_status_brief(struct app *app)
{
    json_t *status = json_object();
    if (add_queue(app, status) != KB_OK) {
        json_decref(status);
        return NULL;
    }
    json_object_set_new(status, "paused",
        json_boolean(app->dispatch && dispatch_paused(app->dispatch)));
    json_object_set_new(status, "rates", rates_json(app));
    return status;
}

static void add_sending(const struct app *app, json_t *status)
{
    char reason[200] = "no daemon runs: start kabarid";
    bool paused = false;
    if (app->dispatch) {
        reason[0] = '\0';
        dispatch_hold_reason(app->dispatch, reason, sizeof(reason));
        paused = dispatch_paused(app->dispatch);
    }
    json_object_set_new(status, "paused", json_boolean(paused));
    json_object_set_new(status, "hold_reason", api_text_json(reason));
    json_object_set_new(status, "rates", rates_json(app));
    json_object_set_new(status, "modems", api_modems_json(app));
}

static enum kb_err status_get(struct api_call *call, struct why *why)
{
    struct app *app = call->app;
    bool daemon = app->dispatch != NULL;
    (void)why;
    call->answer = json_pack("{sb sb ss so so sb sb so}", "ready", daemon,
        "daemon", daemon, "version", KABARI_VERSION, "site",
        api_text_json(app->config.site_name), "now",
        api_time_json(clock_now_ms(&app->clock)), "rehearsal",
        app->config.rehearsal, "clock_behind", app->clock_behind, "database",
        database_json(app));
    add_sending(app, call->answer);
    enum kb_err err = add_queue(app, call->answer);
    if (err == KB_OK) {
        err = add_offices(app, call->answer);
    }
    return err == KB_OK ? add_campaigns(app, call->answer) : err;
}

static enum kb_err hold(struct api_call *call, bool paused)
{
    enum kb_err err = dispatch_pause(call->app->dispatch, paused);
    if (err == KB_OK) {
        call->answer = json_pack("{sb}", "paused", paused);
    }
    return err;
}

static enum kb_err pause_post(struct api_call *call, struct why *why)
{
    (void)why;
    return hold(call, true);
}

static enum kb_err resume_post(struct api_call *call, struct why *why)
{
    (void)why;
    return hold(call, false);
}

/* --- settings ------------------------------------------------------------ */

/** What the running gateway has taken; the file may be another by now. */
static enum kb_err settings_get(struct api_call *call, struct why *why)
{
    const struct app *app = call->app;
    char *now = app_settings_text(app->config.file);
    bool same = now && app->settings && strcmp(now, app->settings) == 0;
    free(now);
    if (!app->settings) {
        why_set(why, "%s could not be read a second time; see kabari check",
            app->config.file);
        return KB_IO;
    }
    call->answer =
        json_pack("{so sb so}", "file", api_text_json(app->config.file),
            "changed", !same, "settings", json_loads(app->settings, 0, NULL));
    return KB_OK;
}

const struct api_route api_status_routes[] = {
    {"GET",                                                        "/api/v1/status", status_get, .help = "the whole gateway"},
    {"GET",                                                  "/api/v1/settings", settings_get,
     .help = "the configuration, and where each value comes from"},
    {"POST",                                                            "/api/v1/pause", pause_post, API_MODEMS | API_CHANGE,
     .help = "hold all sending but answers"},
    {"POST","/api/v1/resume", resume_post, API_MODEMS | API_CHANGE,
     .help = "go on sending"},
    {0},
};
