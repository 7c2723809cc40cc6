// SPDX-License-Identifier: GPL-2.0-or-later
/* Upkeep of the database: backup, purge. */
#include "api/handlers.h"
#include "base/mem.h"
#include "store/backup.h"

#include <stdlib.h>
#include <string.h>

#define PURGE_SLICE 100
#define DAY_MS      ((int64_t)24 * 3600 * 1000)
#define PATH_MOST   900

struct backup_in {
    const char *file;
};

static const struct api_field backup_fields[] = {
    API_FIELD(
        "file", API_TEXT, backup_in, file, .needed = true, .most = PATH_MOST),
    {0},
};

/** In the reader's thread, where there is one. */
static enum kb_err write_backup(
    struct api_call *call, const struct reader_rooms *rooms, struct why *why)
{
    const struct backup_in *in = call->in;
    int64_t bytes = 0;
    enum kb_err err =
        store_backup(rooms->config->database_path, in->file, &bytes, why);
    if (err == KB_OK) {
        call->answer = json_pack("{so sI}", "file", api_text_json(in->file),
            "bytes", (json_int_t)bytes);
    }
    return err;
}

static enum kb_err backup_post(struct api_call *call, struct why *why)
{
    const struct backup_in *in = call->in;
    if (call->actor->kind != ACCESS_LOCAL) {
        why_set(why, "a backup is written on this machine by whoever works on "
                     "it: kabari backup FILE");
        return KB_REFUSED;
    }
    if (in->file[0] != '/') {
        why_field(why, "file");
        why_set(why, "file must be a whole path, from / on");
        return KB_INVALID;
    }
    return api_read_aside(call, write_backup, why);
}

/** Messages that retention.messages_days ends, a slice at a time. */
static enum kb_err purge_step(
    struct api_call *call, bool *more, struct why *why)
{
    struct app *app = call->app;
    int64_t *done = call->work;
    int64_t keep_ms = (int64_t)app->config.retention_messages_days * DAY_MS;
    int purged = 0;
    (void)why;
    enum kb_err err = outbox_purge(
        app->outbox, clock_now_ms(&app->clock) - keep_ms, PURGE_SLICE, &purged);
    *done += purged;
    *more = err == KB_OK && purged == PURGE_SLICE;
    if (err == KB_OK && !*more) {
        call->answer = json_pack("{sI}", "purged", (json_int_t)*done);
    }
    return err;
}

static enum kb_err purge_post(struct api_call *call, struct why *why)
{
    (void)why;
    call->work = mem_new(sizeof(int64_t));
    call->work_free = free;
    call->step = purge_step;
    return KB_OK;
}

const struct api_route api_upkeep_routes[] = {
    {"POST",                   "/api/v1/backup", backup_post, API_TAKES, .fields = backup_fields,
     .in_bytes = sizeof(struct backup_in),
     .help = "write the database to a new file, and check it"},
    {"POST",             "/api/v1/purge", purge_post, API_TAKES,
     .help = "take away what retention no longer keeps, now"},
    {0},
};
