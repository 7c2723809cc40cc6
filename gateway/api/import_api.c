// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/handlers.h"
#include "api/journal_internal.h"
#include "base/csv.h"
#include "base/log.h"
#include "base/mem.h"
#include "registry/import.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SLICE_US     4000
#define FEED_BYTES   ((size_t)64 * 1024)
#define REJECTS_MOST 50 /* listed in the answer itself */

/** An import (or an undo, which has no text) that is under way. */
struct import_run {
    struct import_job *job;
    char *text; /* NULL where a file has it */
    int fd;
    size_t bytes;
    size_t fed;
    bool ended;
};

static void run_free(void *work)
{
    struct import_run *run = work;
    import_free(run->job);
    free(run->text);
    if (run->fd > 0) {
        (void)close(run->fd);
    }
    free(run);
}

static struct import_run *run_new(struct api_call *call)
{
    struct import_run *run = mem_new(sizeof(*run));
    run->bytes = call->text_bytes;
    if (call->text_fd > 0) {
        run->fd = fcntl(call->text_fd, F_DUPFD_CLOEXEC, 3);
    }
    if (run->bytes > 0 && run->fd <= 0) {
        run->text = mem_resize(NULL, run->bytes, 1);
        memcpy(run->text, call->text, run->bytes);
    }
    call->work = run;
    call->work_free = run_free;
    return run;
}

/** Hands over the next piece of the text, or of its file. */
static enum kb_err feed_piece(struct import_run *run)
{
    size_t rest = run->bytes - run->fed;
    size_t bytes = rest < FEED_BYTES ? rest : FEED_BYTES;
    char *piece = NULL;
    enum kb_err err = KB_OK;
    if (run->text) {
        err = import_feed(run->job, run->text + run->fed, bytes);
    } else {
        piece = mem_resize(NULL, bytes, 1);
        err = pread(run->fd, piece, bytes, (off_t)run->fed) == (ssize_t)bytes
                  ? import_feed(run->job, piece, bytes)
                  : KB_IO;
        free(piece);
    }
    run->fed += err == KB_OK ? bytes : 0;
    return err;
}

/** Hands over as much as the job takes now. */
static enum kb_err feed(struct import_run *run)
{
    enum kb_err err = KB_OK;
    while (err == KB_OK && run->fed < run->bytes) {
        err = feed_piece(run);
    }
    if (err == KB_OK && !run->ended) {
        run->ended = true;
        import_end(run->job);
    }
    /* Full: it works off some first. Closed: it has failed and says why. */
    return err == KB_FULL || err == KB_CLOSED ? KB_OK : err;
}

/** CSV on its way to JSON: the first row names the members. */
struct reject_rows {
    json_t *list;
    char *name[CSV_COLUMNS_MOST];
    size_t names;
};

static enum kb_err on_reject(void *arg, const struct csv_row *row)
{
    struct reject_rows *rows = arg;
    if (rows->names == 0) {
        for (; rows->names < row->count; rows->names++) {
            rows->name[rows->names] = mem_strdup(row->fields[rows->names]);
        }
        return KB_OK;
    }
    if (json_array_size(rows->list) == REJECTS_MOST) {
        return KB_FULL;
    }
    json_t *object = json_object();
    for (size_t i = 0; i < row->count && i < rows->names; i++) {
        json_object_set_new(
            object, rows->name[i], api_text_json(row->fields[i]));
    }
    json_array_append_new(rows->list, object);
    return KB_OK;
}

/** The first rejects as JSON. */
static json_t *rejects_json(const struct buf *csv)
{
    struct reject_rows rows = {.list = json_array()};
    struct csv_reader *reader = csv_reader_new(on_reject, &rows);
    enum kb_err err = csv_reader_feed(reader, buf_text(csv), csv->used, NULL);
    if (err == KB_OK) {
        err = csv_reader_end(reader, NULL);
    }
    if (err != KB_OK && err != KB_FULL) {
        log_error("api: a list of rejects cannot be read back");
    }
    csv_reader_free(reader);
    for (size_t i = 0; i < rows.names; i++) {
        free(rows.name[i]);
    }
    return rows.list;
}

static json_t *first_rejects(struct registry *registry, int64_t id)
{
    struct buf csv = {0};
    int64_t next = 0;
    enum kb_err err = import_rejects(registry, id, 0, &csv, &next);
    if (err != KB_OK) {
        buf_clear(&csv); /* a dry run may keep none */
    }
    json_t *rows = rejects_json(&csv);
    buf_clear(&csv);
    return rows;
}

static json_t *result_json(
    struct registry *registry, const struct import_job *job)
{
    struct import_result result = {0};
    import_result(job, &result);
    return json_pack("{sI sI sI sI sI sI sI sI sI sf sb so so so}", "id",
        (json_int_t)result.id, "rows", (json_int_t)result.rows, "added",
        (json_int_t)result.added, "updated", (json_int_t)result.updated,
        "unchanged", (json_int_t)result.unchanged, "resolved",
        (json_int_t)result.resolved, "pending", (json_int_t)result.pending,
        "rejected", (json_int_t)result.rejected, "warned",
        (json_int_t)result.warned, "seconds", result.seconds, "dry_run",
        result.dry_run, "rejects", first_rejects(registry, result.id),
        "ignored_columns", api_text_json(result.ignored_columns), "notes",
        api_text_json(result.notes));
}

static enum kb_err import_step(
    struct api_call *call, bool *more, struct why *why)
{
    struct import_run *run = call->work;
    enum kb_err err = feed(run);
    if (err == KB_OK) {
        err = import_work(run->job, SLICE_US, why);
    }
    *more = err == KB_BUSY;
    if (err == KB_OK) {
        call->answer = result_json(call->app->registry, run->job);
    }
    return err == KB_BUSY ? KB_OK : err;
}

struct import_in {
    bool sync;
    bool dry_run;
    bool yes;
    const char *source;
};

static const struct api_field import_fields[] = {
    API_FIELD("sync", API_BOOL, import_in, sync, .needed = false),
    API_FIELD("dry_run", API_BOOL, import_in, dry_run, .needed = false),
    API_FIELD("yes", API_BOOL, import_in, yes, .needed = false),
    API_FIELD("source", API_TEXT, import_in, source, .needed = false),
    {0},
};

static enum kb_err import_post(struct api_call *call, struct why *why)
{
    const struct import_in *in = call->in;
    struct import_options options = {.sync = in->sync,
        .dry_run = in->dry_run,
        .yes = in->yes,
        .source = in->source};
    struct import_run *run = run_new(call);
    enum kb_err err =
        import_start(call->app->registry, &options, &run->job, why);
    call->step = import_step;
    return err;
}

static enum kb_err undo_post(struct api_call *call, struct why *why)
{
    int64_t id = 0;
    enum kb_err err = api_call_id(call, &id);
    if (err == KB_OK) {
        struct import_run *run = run_new(call);
        run->ended = true; /* there is nothing to feed */
        err = import_undo(call->app->registry, id, &run->job, why);
        call->step = import_step;
    }
    if (err == KB_NOT_FOUND && !why->text[0]) {
        why_set(why, "there is no import %s to take back", call->param);
    }
    return err;
}

/* --- what runs ------------------------------------------------------- */

static json_t *progress_json(const struct import_job *job)
{
    struct import_progress progress = {0};
    struct import_result result = {0};
    import_progress(job, &progress);
    import_result(job, &result);
    return json_pack("{sI so sI sI sI sI}", "id", (json_int_t)result.id,
        "state", api_text_json(progress.phase), "done",
        (json_int_t)progress.done, "total", (json_int_t)progress.total, "rows",
        (json_int_t)result.rows, "rejected", (json_int_t)result.rejected);
}

static void on_running(void *arg, const struct api_call *call)
{
    if (call->step == import_step) {
        const struct import_run *run = call->work;
        json_array_append_new(arg, progress_json(run->job));
    }
}

json_t *api_imports_json(const struct api *api)
{
    json_t *list = json_array();
    api_each_call(api, on_running, list);
    return list;
}

static enum kb_err running_get(struct api_call *call, struct why *why)
{
    (void)why;
    call->answer = api_imports_json(call->api);
    return KB_OK;
}

/* --- rejects --------------------------------------------------------- */

struct rejects_run {
    int64_t id;
    int64_t after;
};

static enum kb_err rejects_step(
    struct api_call *call, bool *more, struct why *why)
{
    struct rejects_run *run = call->work;
    int64_t next = 0;
    struct buf rows = {0};
    enum kb_err err =
        import_rejects(call->app->registry, run->id, run->after, &rows, &next);
    if (call->view == VIEW_ALL) {
        buf_add(&call->out, buf_text(&rows), rows.used);
    } else {
        (void)api_mask_text(buf_text(&rows), &call->out);
    }
    buf_clear(&rows);
    run->after = next;
    *more = err == KB_OK && next != 0;
    if (err == KB_NOT_FOUND) {
        why_set(why, "there is no import %s, or it is too old", call->param);
    }
    return err;
}

static enum kb_err rejects_get(struct api_call *call, struct why *why)
{
    struct rejects_run *run = mem_new(sizeof(*run));
    (void)why;
    call->work = run;
    call->work_free = free;
    call->step = rejects_step;
    call->content_type = "text/csv; charset=utf-8";
    return api_call_id(call, &run->id);
}

/* --- offices --------------------------------------------------------- */

static enum kb_err offices_post(struct api_call *call, struct why *why)
{
    struct office_import_result result = {0};
    enum kb_err err = office_import(call->app->registry,
        call->text ? call->text : "", call->text_bytes, &result, why);
    if (err == KB_OK) {
        call->answer = json_pack("{sI sI sI sI sI so}", "rows",
            (json_int_t)result.rows, "added", (json_int_t)result.added,
            "updated", (json_int_t)result.updated, "unchanged",
            (json_int_t)result.unchanged, "rejected",
            (json_int_t)result.rejected, "rejects",
            rejects_json(&result.rejects));
    }
    buf_clear(&result.rejects);
    return err;
}

const struct api_route api_import_routes[] = {
    {"POST",                        "/api/v1/residents/import", import_post, API_CSV | API_TAKES,
     .fields = import_fields, .in_bytes = sizeof(struct import_in),
     .most_bytes = API_IMPORT_MOST, .help = "import residents.csv"},
    {"GET",                  "/api/v1/residents/imports", running_get,
     .help = "the import that runs, and how far it is"},
    {"GET",       "/api/v1/residents/imports/{id}/rejects", rejects_get,
     .help = "what an import left out, and why"},
    {"POST", "/api/v1/residents/imports/{id}/undo", undo_post, API_TAKES,
     .help = "take the last import back"},
    {"POST",                             "/api/v1/offices/import", offices_post, API_CSV | API_CHANGE,
     .help = "import offices.csv"},
    {0},
};
