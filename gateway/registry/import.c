// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry/import.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "registry/import_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLEAN_ROWS      200
#define SYNC_PERCENT    10 /* of the pending that --sync resolves unasked */
#define RECOVER_US      50000
#define REJECTS_A_PIECE 200

typedef enum kb_err step_fn(struct import_job *job);

/* --- the store's row of an import ------------------------------------------- */

static const char *const count_columns[] = {"position", "rows", "added",
    "updated", "unchanged", "resolved", "rejected", "warned"};

#define COUNTS (sizeof count_columns / sizeof count_columns[0])

static int64_t *count_at(struct import_counts *counts, size_t i)
{
    static const size_t offsets[COUNTS] = {
        offsetof(struct import_counts, position),
        offsetof(struct import_counts, rows),
        offsetof(struct import_counts, added),
        offsetof(struct import_counts, updated),
        offsetof(struct import_counts, unchanged),
        offsetof(struct import_counts, resolved),
        offsetof(struct import_counts, rejected),
        offsetof(struct import_counts, warned),
    };

    return (int64_t *)(void *)((char *)counts + offsets[i]);
}

struct stored_import {
    char state[12];
    bool sync;
    bool forgotten; /* see import_forget() */
    struct import_counts counts;
};

static enum kb_err get_import(
    struct registry *registry, int64_t id, struct stored_import *out)
{
    sqlite3_stmt *statement = registry->import[IMPORT_GET];
    enum kb_err err = KB_OK;

    store_bind_int(statement, ":id", id);
    err = store_step(registry->store, statement);
    if (err != KB_OK) {
        return err;
    }
    registry_copy_column(statement, 1, out->state, sizeof out->state);
    out->sync = sqlite3_column_int(statement, 2) != 0;
    for (size_t i = 0; i < COUNTS; i++) {
        *count_at(&out->counts, i) =
            sqlite3_column_int64(statement, 6 + (int)i);
    }
    out->forgotten = sqlite3_column_int(statement, 6 + (int)COUNTS) != 0;
    (void)sqlite3_reset(statement);
    return KB_OK;
}

static enum kb_err save_import(struct import_job *job)
{
    sqlite3_stmt *statement = job->registry->import[IMPORT_SAVE];
    enum kb_err err = KB_OK;

    store_bind_text(statement, ":state", job->state);
    store_bind_int(statement, ":took_ms", job->took_ms);
    store_bind_int(statement, ":id", job->id);
    for (size_t i = 0; i < COUNTS; i++) {
        char name[32];

        (void)snprintf(name, sizeof name, ":%s", count_columns[i]);
        store_bind_int(statement, name, *count_at(&job->counts, i));
    }
    err = store_run(job->registry->store, statement);
    return err == KB_NOT_FOUND ? KB_DB : err;
}

static int64_t query_id(struct registry *registry, sqlite3_stmt *statement)
{
    int64_t id = 0;

    if (store_step(registry->store, statement) == KB_OK) {
        id = sqlite3_column_int64(statement, 0);
        (void)sqlite3_reset(statement);
    }
    return id;
}

/* --- notes ------------------------------------------------------------------- */

void import_note(struct import_job *job, const char *fmt, ...)
{
    size_t used = strlen(job->notes);
    va_list args;

    if (used > 0 && used + 1 < sizeof job->notes) {
        job->notes[used++] = ' ';
        job->notes[used] = '\0';
    }
    va_start(args, fmt);
    (void)vsnprintf(job->notes + used, sizeof job->notes - used, fmt, args);
    va_end(args);
}

/* --- the steps ------------------------------------------------------------------ */

static int64_t oldest_kept(struct registry *registry)
{
    sqlite3_stmt *statement = registry->import[IMPORT_OLDEST_KEPT];

    store_bind_int(statement, ":many", IMPORTS_KEPT);
    return query_id(registry, statement);
}

static enum kb_err forget(
    struct import_job *job, enum import_sql sql, int64_t before)
{
    sqlite3_stmt *statement = job->registry->import[sql];

    store_bind_int(statement, ":before", before);
    store_bind_int(statement, ":many", CLEAN_ROWS);
    return store_run(job->registry->store, statement);
}

static enum kb_err unstage(struct import_job *job)
{
    sqlite3_stmt *statement = job->registry->import[IMPORT_UNSTAGE];

    store_bind_int(statement, ":many", CLEAN_ROWS);
    return store_run(job->registry->store, statement);
}

/* One piece of what is not needed any more; KB_NOT_FOUND when all is gone. */
static enum kb_err clean(struct import_job *job)
{
    enum kb_err err = unstage(job);

    if (err == KB_NOT_FOUND) {
        err = forget(job, IMPORT_FORGET_REJECTS, job->id - IMPORT_REJECTS_KEPT);
    }
    if (err == KB_NOT_FOUND) {
        err = forget(job, IMPORT_FORGET_CHANGES, oldest_kept(job->registry));
    }
    return err;
}

static enum kb_err step_clean(struct import_job *job)
{
    enum kb_err err = clean(job);

    if (err == KB_NOT_FOUND) {
        job->phase = PHASE_READ;
    }
    return registry_or_none(err);
}

static enum kb_err step_sort(struct import_job *job)
{
    if (import_list_sort_step(&job->list)) {
        job->list_at = 0;
        job->list_kept = 0;
        job->phase = PHASE_DEDUPE;
    }
    return KB_OK;
}

static enum kb_err check_sync(struct import_job *job)
{
    if (!job->sync || job->yes) {
        return KB_OK;
    }
    if (job->list.count == 0 || job->covered_count == 0) {
        why_set(&job->why, job->list.count == 0
                               ? "the list is empty: nobody is resolved on its "
                                 "word; --yes takes it as it is"
                               : "the list names no kecamatan, so --sync "
                                 "cannot tell whom it covers");
        return KB_REFUSED;
    }
    if (job->would_resolve * 100 > job->pending * SYNC_PERCENT) {
        why_set(&job->why,
            "it would take %lld of %lld pending residents as recorded, over "
            "%d %%; is the list whole? --yes does it all the same",
            (long long)job->would_resolve, (long long)job->pending,
            SYNC_PERCENT);
        return KB_REFUSED;
    }
    return KB_OK;
}

static enum kb_err step_decide(struct import_job *job)
{
    enum kb_err err = check_sync(job);

    if (err == KB_OK) {
        job->any_unlinked = registry_phone_any_unlinked(job->registry);
        registry_copy(job->state, sizeof job->state,
            job->dry_run ? "staging" : "applying");
        job->phase = PHASE_APPLY;
    }
    return err;
}

static enum kb_err step_empty(struct import_job *job)
{
    enum kb_err err = KB_OK;

    if (strcmp(job->state, "done") != 0 &&
        strcmp(job->state, "discarded") != 0) {
        registry_copy(
            job->state, sizeof job->state, job->dry_run ? "discarded" : "done");
        job->took_ms = (clock_mono_us() - job->started_us) / 1000;
        return KB_OK;
    }
    err = unstage(job);
    if (err == KB_NOT_FOUND) {
        job->phase = PHASE_DONE;
    }
    return registry_or_none(err);
}

static step_fn *const steps[] = {
    [PHASE_CLEAN] = step_clean,
    [PHASE_READ] = import_step_read,
    [PHASE_LOAD] = import_step_load,
    [PHASE_SORT] = step_sort,
    [PHASE_DEDUPE] = import_step_dedupe,
    [PHASE_COUNT] = import_step_count,
    [PHASE_DECIDE] = step_decide,
    [PHASE_APPLY] = import_step_apply,
    [PHASE_RESOLVE] = import_step_resolve,
    [PHASE_EMPTY] = step_empty,
    [PHASE_UNDO] = import_step_undo,
};

static const char *const phase_names[] = {
    [PHASE_CLEAN] = "starting",
    [PHASE_READ] = "reading",
    [PHASE_LOAD] = "reading",
    [PHASE_SORT] = "sorting",
    [PHASE_DEDUPE] = "sorting",
    [PHASE_COUNT] = "checking",
    [PHASE_DECIDE] = "checking",
    [PHASE_APPLY] = "applying",
    [PHASE_RESOLVE] = "resolving",
    [PHASE_EMPTY] = "cleaning",
    [PHASE_UNDO] = "undoing",
    [PHASE_DONE] = "done",
    [PHASE_FAILED] = "failed",
};

/* --- a slice --------------------------------------------------------------------- */

static bool is_over(const struct import_job *job)
{
    return job->phase == PHASE_DONE || job->phase == PHASE_FAILED;
}

/* From here on the store knows that the import is to be finished. */
static bool is_committed(const struct import_job *job)
{
    return strcmp(job->state, "staging") != 0;
}

/* Compares with the store: a commit may have been lost since the last slice.
   What was applied is then applied again; what was only staged is lost. */
static enum kb_err catch_up(struct import_job *job)
{
    struct stored_import stored = {0};
    enum kb_err err = get_import(job->registry, job->id, &stored);

    if (err != KB_OK) {
        return err == KB_NOT_FOUND ? KB_DB : err;
    }
    if (memcmp(&stored.counts, &job->counts, sizeof job->counts) == 0 &&
        strcmp(stored.state, job->state) == 0) {
        return KB_OK;
    }
    if (!is_committed(job) || strcmp(stored.state, "staging") == 0) {
        log_error("registry: import id=%lld lost staged rows in a failed "
                  "commit; import again",
            (long long)job->id);
        return KB_DB;
    }
    job->counts = stored.counts;
    job->walk = (struct pending_walk){0};
    job->list_at =
        import_list_after(&job->list, (uint64_t)stored.counts.position);
    registry_copy(job->state, sizeof job->state, stored.state);
    job->phase =
        strcmp(stored.state, "undoing") == 0 ? PHASE_UNDO : PHASE_APPLY;
    return KB_OK;
}

static enum kb_err run_steps(struct import_job *job, int64_t budget_us)
{
    int64_t end_us = clock_mono_us() + budget_us;
    enum kb_err err = KB_OK;

    do {
        err = steps[job->phase](job);
    } while (err == KB_OK && !is_over(job) && !import_hungry(job) &&
             clock_mono_us() < end_us);
    if (err == KB_OK && job->phase == PHASE_DONE &&
        strcmp(job->state, "undoing") == 0) {
        registry_copy(job->state, sizeof job->state, "undone");
    }
    return err;
}

static enum kb_err slice(struct import_job *job, int64_t budget_us)
{
    struct store *store = job->registry->store;
    enum kb_err err = store_op_begin(store);

    if (err != KB_OK) {
        return err;
    }
    err = catch_up(job);
    if (err == KB_OK) {
        err = run_steps(job, budget_us);
    }
    if (err == KB_OK) {
        err = save_import(job);
    }
    return store_op_end(store, err);
}

static void discard(struct import_job *job)
{
    struct store *store = job->registry->store;
    enum kb_err err = store_op_begin_record(store);

    registry_copy(job->state, sizeof job->state, "discarded");
    if (err == KB_OK) {
        err = store_op_end(store, save_import(job));
    }
    if (err != KB_OK) {
        log_warn("registry: import id=%lld could not be marked as given up",
            (long long)job->id);
    }
}

static enum kb_err fail(
    struct import_job *job, enum kb_err err, struct why *why)
{
    if (job->why.text[0] == '\0') {
        why_set(
            &job->why, "the store failed (%s); see the log", kb_err_name(err));
    }
    if (why != NULL) {
        *why = job->why;
    }
    if (is_committed(job)) {
        return err; /* the next call, or import_recover(), goes on */
    }
    discard(job);
    job->phase = PHASE_FAILED;
    job->failed_err = err;
    return err;
}

static void log_end(const struct import_job *job)
{
    log_info("registry: import %s id=%lld rows=%lld added=%lld updated=%lld "
             "unchanged=%lld resolved=%lld rejected=%lld took_ms=%lld",
        job->state, (long long)job->id, (long long)job->counts.rows,
        (long long)job->counts.added, (long long)job->counts.updated,
        (long long)job->counts.unchanged, (long long)job->counts.resolved,
        (long long)job->counts.rejected, (long long)job->took_ms);
}

enum kb_err import_work(
    struct import_job *job, int64_t budget_us, struct why *why)
{
    enum kb_err err = KB_OK;

    if (job->phase == PHASE_FAILED) {
        if (why != NULL) {
            *why = job->why;
        }
        return job->failed_err;
    }
    if (job->phase == PHASE_DONE) {
        return KB_OK;
    }
    if (import_hungry(job)) {
        return KB_BUSY;
    }
    err = slice(job, budget_us);
    if (err == KB_BUSY) {
        return KB_BUSY;
    }
    if (err != KB_OK) {
        return fail(job, err, why);
    }
    if (job->phase != PHASE_DONE) {
        return KB_BUSY;
    }
    log_end(job);
    return KB_OK;
}

/* --- start, feed, end ---------------------------------------------------------------- */

bool import_hungry(const struct import_job *job)
{
    return job->phase == PHASE_READ && !job->ended &&
           job->input.used == job->input_at;
}

enum kb_err import_feed(struct import_job *job, const void *bytes, size_t count)
{
    size_t waiting = job->input.used - job->input_at;

    if (job->ended || is_over(job)) {
        return KB_CLOSED;
    }
    if (waiting > 0 && waiting + count > IMPORT_FEED_BYTES) {
        return KB_FULL;
    }
    if (job->input_at > IMPORT_FEED_BYTES) {
        memmove(job->input.data, job->input.data + job->input_at, waiting);
        job->input.used = waiting;
        job->input_at = 0;
    }
    buf_add(&job->input, bytes, count);
    job->input_bytes += (int64_t)count;
    return KB_OK;
}

void import_end(struct import_job *job)
{
    job->ended = true;
}

static struct import_job *job_new(struct registry *registry)
{
    struct import_job *job = mem_new(sizeof *job);

    job->registry = registry;
    job->started_us = clock_mono_us();
    job->now_ms = clock_now_ms(registry->clock);
    job->cells.today = civil_day_of(job->now_ms);
    registry->job = job;
    return job;
}

static enum kb_err load_places(struct import_job *job)
{
    enum kb_err err = registry_office_list(
        job->registry, &job->cells.offices, &job->cells.office_count);

    return err == KB_OK
               ? registry_kecamatan_list(job->registry, &job->cells.kecamatan,
                     &job->cells.kecamatan_count)
               : err;
}

/* An import that a lost connection left in staging is given up silently; one
   that was being applied must be finished first. */
static enum kb_err check_free(struct registry *registry, struct why *why)
{
    int64_t id = 0;
    struct stored_import stored = {0};

    if (registry->job != NULL) {
        why_set(why, "another import is running; wait until it is done");
        return KB_BUSY;
    }
    id = query_id(registry, registry->import[IMPORT_UNFINISHED]);
    if (id != 0 && get_import(registry, id, &stored) == KB_OK &&
        strcmp(stored.state, "staging") != 0) {
        why_set(why,
            "import %lld was interrupted; it is finished at the next start",
            (long long)id);
        return KB_BUSY;
    }
    return KB_OK;
}

static enum kb_err insert_import(
    struct import_job *job, const struct import_options *options)
{
    struct store *store = job->registry->store;
    sqlite3_stmt *statement = job->registry->import[IMPORT_START];
    enum kb_err err = store_op_begin(store);

    if (err != KB_OK) {
        return err;
    }
    store_bind_int(statement, ":sync", options->sync ? 1 : 0);
    store_bind_text(
        statement, ":source", options->source == NULL ? "" : options->source);
    store_bind_int(statement, ":now", job->now_ms);
    err = store_run(store, statement);
    job->id = sqlite3_last_insert_rowid(store_db(store));
    return store_op_end(store, err);
}

enum kb_err import_start(struct registry *registry,
    const struct import_options *options, struct import_job **out,
    struct why *why)
{
    struct import_job *job = NULL;
    enum kb_err err = check_free(registry, why);

    if (err != KB_OK) {
        return err;
    }
    job = job_new(registry);
    job->sync = options->sync;
    job->dry_run = options->dry_run;
    job->yes = options->yes;
    job->phase = PHASE_CLEAN;
    registry_copy(job->state, sizeof job->state, "staging");
    err = load_places(job);
    if (err == KB_OK) {
        err = insert_import(job, options);
    }
    if (err != KB_OK) {
        why_set(why, "the store takes nothing now (%s)", kb_err_name(err));
        job->phase = PHASE_FAILED;
        import_free(job);
        return err;
    }
    *out = job;
    return KB_OK;
}

void import_free(struct import_job *job)
{
    if (job == NULL) {
        return;
    }
    if (!is_over(job) && !is_committed(job)) {
        discard(job);
    }
    job->registry->job = NULL;
    csv_reader_free(job->reader);
    buf_clear(&job->input);
    import_cells_clear(&job->cells);
    import_list_clear(&job->list);
    free(job->covered);
    free(job);
}

/* --- progress and result ---------------------------------------------------------------- */

void import_progress(const struct import_job *job, struct import_progress *out)
{
    *out = (struct import_progress){.phase = phase_names[job->phase]};
    switch (job->phase) {
    case PHASE_READ:
        out->done =
            job->input_bytes - (int64_t)(job->input.used - job->input_at);
        out->total = job->ended ? job->input_bytes : 0;
        break;
    case PHASE_APPLY:
        out->done = (int64_t)job->list_at;
        out->total = (int64_t)job->list.count;
        break;
    case PHASE_UNDO:
        out->done = job->counts.position;
        out->total = job->last_resident;
        break;
    case PHASE_CLEAN:
    case PHASE_LOAD:
    case PHASE_SORT:
    case PHASE_DEDUPE:
    case PHASE_COUNT:
    case PHASE_DECIDE:
    case PHASE_RESOLVE:
    case PHASE_EMPTY:
    case PHASE_DONE:
    case PHASE_FAILED:
        out->done = job->counts.rows;
        out->total = job->counts.rows;
        break;
    }
}

void import_result(const struct import_job *job, struct import_result *out)
{
    bool would = job->dry_run || job->phase == PHASE_FAILED;
    int64_t took_ms = job->took_ms > 0
                          ? job->took_ms
                          : (clock_mono_us() - job->started_us) / 1000;

    *out = (struct import_result){
        .id = job->id,
        .rows = job->counts.rows,
        .added = job->counts.added,
        .updated = job->counts.updated,
        .unchanged = job->counts.unchanged,
        .resolved = would ? job->would_resolve : job->counts.resolved,
        .pending = job->pending,
        .rejected = job->counts.rejected,
        .warned = job->counts.warned,
        .seconds = (double)took_ms / 1000,
        .dry_run = job->dry_run,
    };
    registry_copy(
        out->ignored_columns, sizeof out->ignored_columns, job->ignored);
    registry_copy(out->notes, sizeof out->notes, job->notes);
}

/* --- undo ---------------------------------------------------------------------------------- */

static enum kb_err check_undo(struct registry *registry, int64_t id,
    const struct stored_import *stored, struct why *why)
{
    sqlite3_stmt *statement = registry->import[IMPORT_LATER];
    int64_t later = 0;

    if (strcmp(stored->state, "done") != 0) {
        why_set(why, "import %lld is %s: there is nothing to take back",
            (long long)id, stored->state);
        return KB_REFUSED;
    }
    if (stored->forgotten) {
        why_set(why,
            "import %lld is too old: what it changed is not kept any more "
            "(retention.imports_days)",
            (long long)id);
        return KB_REFUSED;
    }
    if (id < oldest_kept(registry)) {
        why_set(
            why, "only the last %d imports can be taken back", IMPORTS_KEPT);
        return KB_REFUSED;
    }
    store_bind_int(statement, ":id", id);
    later = query_id(registry, statement);
    if (later != 0) {
        why_set(why,
            "import %lld came later and built on it; take that back first "
            "(imports are taken back latest first)",
            (long long)later);
        return KB_REFUSED;
    }
    return KB_OK;
}

static void begin_undo(struct import_job *job, int64_t id)
{
    job->id = id;
    job->phase = PHASE_UNDO;
    job->any_unlinked = registry_phone_any_unlinked(job->registry);
    job->last_resident =
        query_id(job->registry, job->registry->import[IMPORT_LAST_RESIDENT]);
    registry_copy(job->state, sizeof job->state, "undoing");
}

enum kb_err import_undo(struct registry *registry, int64_t id,
    struct import_job **out, struct why *why)
{
    struct stored_import stored = {0};
    struct import_job *job = NULL;
    enum kb_err err = check_free(registry, why);

    if (err == KB_OK) {
        err = get_import(registry, id, &stored);
        if (err == KB_NOT_FOUND) {
            why_set(why, "there is no import %lld", (long long)id);
        }
    }
    if (err == KB_OK) {
        err = check_undo(registry, id, &stored, why);
    }
    if (err == KB_OK) {
        err = store_op_begin(registry->store);
    }
    if (err != KB_OK) {
        return err;
    }
    job = job_new(registry);
    begin_undo(job, id);
    job->counts.rows = stored.counts.rows;
    err = store_op_end(registry->store, save_import(job));
    if (err != KB_OK) {
        import_free(job);
        return err;
    }
    *out = job;
    return KB_OK;
}

/* --- after a crash -------------------------------------------------------------------------- */

static enum kb_err finish_one(
    struct registry *registry, int64_t id, const struct stored_import *stored)
{
    struct import_job *job = job_new(registry);
    enum kb_err err = load_places(job);

    if (strcmp(stored->state, "undoing") == 0) {
        begin_undo(job, id);
    } else {
        job->id = id;
        job->recovering = true;
        job->any_unlinked = registry_phone_any_unlinked(registry);
        job->phase = PHASE_LOAD;
        registry_copy(job->state, sizeof job->state, stored->state);
    }
    job->sync = stored->sync;
    job->counts = stored->counts;
    job->ended = true;
    log_info("registry: finishing import id=%lld state=%s", (long long)id,
        job->state);
    if (err == KB_OK) {
        err = KB_BUSY;
    }
    while (err == KB_BUSY) {
        err = import_work(job, RECOVER_US, NULL);
        if (store_commit(registry->store) != KB_OK) {
            err = KB_DB;
        }
    }
    import_free(job);
    return err;
}

static enum kb_err discard_one(
    struct registry *registry, int64_t id, const struct stored_import *stored)
{
    struct import_job *job = job_new(registry);
    enum kb_err err = KB_OK;

    job->id = id;
    job->counts = stored->counts;
    job->phase = PHASE_DONE;
    discard(job);
    log_info("registry: import id=%lld was not staged whole: given up",
        (long long)id);
    import_free(job);
    err = store_commit(registry->store);
    return err;
}

/* Staged rows of an import that was given up are nobody's any more. */
static enum kb_err clean_staging(struct registry *registry)
{
    enum kb_err err = store_op_begin_record(registry->store);

    if (err == KB_OK) {
        err = store_op_end(registry->store,
            store_exec(registry->store, "DELETE FROM import_row"));
    }
    return err == KB_OK ? store_commit(registry->store) : err;
}

enum kb_err import_recover(struct registry *registry)
{
    enum kb_err err = KB_OK;
    int64_t id = 0;

    while (err == KB_OK && (id = query_id(registry,
                                registry->import[IMPORT_UNFINISHED])) != 0) {
        struct stored_import stored = {0};

        err = get_import(registry, id, &stored);
        if (err == KB_OK) {
            err = strcmp(stored.state, "staging") == 0
                      ? discard_one(registry, id, &stored)
                      : finish_one(registry, id, &stored);
        }
    }
    return err == KB_OK ? clean_staging(registry) : err;
}

/* --- the list of rejects ---------------------------------------------------------------------- */

static void add_reject(struct buf *csv, sqlite3_stmt *row)
{
    buf_printf(csv, "%lld,", (long long)sqlite3_column_int64(row, 1));
    csv_quote(csv, store_column_text(row, 2));
    buf_add_text(csv, ",");
    csv_quote(csv, store_column_text(row, 3));
    buf_add_text(csv, ",");
    if (sqlite3_column_int(row, 5) != 0) {
        char *why = mem_printf("warning: %s", store_column_text(row, 4));

        csv_quote(csv, why);
        free(why);
    } else {
        csv_quote(csv, store_column_text(row, 4));
    }
    buf_add_text(csv, "\n");
}

enum kb_err import_rejects(struct registry *registry, int64_t id, int64_t after,
    struct buf *csv, int64_t *next)
{
    sqlite3_stmt *rows = registry->import[IMPORT_REJECTS];
    enum kb_err err = KB_OK;
    int count = 0;

    if (after == 0) {
        buf_add_text(csv, "row,column,value,why\n");
    }
    *next = 0;
    store_bind_int(rows, ":import", id);
    store_bind_int(rows, ":after", after);
    store_bind_int(rows, ":many", REJECTS_A_PIECE);
    while ((err = store_step(registry->store, rows)) == KB_OK) {
        add_reject(csv, rows);
        *next = sqlite3_column_int64(rows, 0);
        count++;
    }
    if (count < REJECTS_A_PIECE) {
        *next = 0;
    }
    if (err == KB_NOT_FOUND && after == 0 && count == 0) {
        struct stored_import stored = {0};

        err = get_import(registry, id, &stored);
        return err == KB_OK && stored.forgotten ? KB_NOT_FOUND
                                                : registry_or_none(err);
    }
    return registry_or_none(err);
}
