// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "base/str.h"
#include "registry/import_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From the file to the staging table and the sorted list of NIKs. */

#define READ_BYTES   2048 /* about 25 rows a step */
#define LOAD_ROWS    200
#define DEDUPE_ROWS  200
#define VALUE_CHARS  60 /* of a cell in the list of rejects */
#define DAMAGED_ROWS 20 /* least rows for a verdict on the whole file */

void import_bind(sqlite3_stmt *statement, int index, const char *text)
{
    (void)sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

void import_cover(struct import_job *job, const char *code)
{
    size_t last = job->covered_count;

    while (last > 0 && strcmp(job->covered[last - 1].code, code) != 0) {
        last--;
    }
    if (last > 0) {
        return;
    }
    job->covered =
        mem_resize(job->covered, job->covered_count + 1, sizeof *job->covered);
    job->covered[job->covered_count] = (struct covered_kecamatan){0};
    registry_copy(
        job->covered[job->covered_count].code, sizeof job->covered->code, code);
    job->covered_count++;
}

/* --- remarks ------------------------------------------------------------------ */

enum kb_err import_remark(struct import_job *job, enum import_severity severity,
    int64_t line, const char *const *texts)
{
    sqlite3_stmt *statement = job->registry->import[IMPORT_REJECT];
    char value[VALUE_CHARS * 4 + 1];

    registry_copy(value, sizeof value, texts[1]);
    str_utf8_cut(value, VALUE_CHARS);
    store_bind_int(statement, ":import", job->id);
    store_bind_int(statement, ":line", line);
    store_bind_text(statement, ":field", texts[0]);
    store_bind_text(statement, ":value", value);
    store_bind_text(statement, ":why", texts[2]);
    store_bind_int(statement, ":warning", severity == REMARK_WARNING ? 1 : 0);
    if (severity == REMARK_WARNING) {
        job->counts.warned++;
    }
    return store_run(job->registry->store, statement);
}

struct remark_target {
    struct import_job *job;
    int64_t line;
};

static enum kb_err on_remark(void *arg, enum import_severity severity,
    const char *column, const char *value, const char *why)
{
    const struct remark_target *target = arg;
    const char *texts[] = {column, value, why};

    return import_remark(target->job, severity, target->line, texts);
}

/* --- rows of the file ---------------------------------------------------------- */

static enum kb_err stage(
    struct import_job *job, const struct import_row *row, bool listed_only)
{
    sqlite3 *db = store_db(job->registry->store);
    sqlite3_stmt *statement = job->registry->import[IMPORT_STAGE];
    uint64_t nik = nik_number(row->nik);
    enum kb_err err = KB_OK;

    (void)sqlite3_bind_int64(statement, 1, row->line);
    (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)nik);
    (void)sqlite3_bind_int(statement, 3, listed_only ? 1 : 0);
    if (row->birth_day == INT32_MIN) {
        (void)sqlite3_bind_null(statement, 4);
    } else {
        (void)sqlite3_bind_int(statement, 4, row->birth_day);
    }
    for (int i = 0; i < ROW_TEXT_COUNT; i++) {
        import_bind(statement, 5 + i, listed_only ? NULL : row->texts[i]);
    }
    err = store_run(job->registry->store, statement);
    if (err == KB_OK) {
        import_list_add(
            &job->list, (struct list_entry){.nik = nik,
                            .row = (uint32_t)sqlite3_last_insert_rowid(db),
                            .listed_only = listed_only});
    }
    return err;
}

static enum kb_err on_data(struct import_job *job, const struct csv_row *csv)
{
    struct remark_target target = {job, csv->number};
    struct import_remarks remarks = {on_remark, &target};
    struct import_row row;
    bool rejected = false;
    enum kb_err err = KB_OK;

    if (job->counts.rows == IMPORT_ROWS_MOST) {
        why_set(
            &job->why, "more than %d rows; split the list", IMPORT_ROWS_MOST);
        return KB_INVALID;
    }
    job->counts.rows++;
    err = import_cells_read(&job->cells, csv, &remarks, &row, &rejected);
    if (err != KB_OK) {
        return err;
    }
    job->counts.rejected += rejected ? 1 : 0;
    if (row.nik[0] == '\0') {
        return KB_OK;
    }
    job->nik_ends_in_zero += row.nik[NIK_DIGITS - 1] == '0' ? 1 : 0;
    if (!rejected && row.texts[ROW_KECAMATAN] != NULL) {
        import_cover(job, row.texts[ROW_KECAMATAN]);
    }
    return stage(job, &row, rejected);
}

static enum kb_err on_header(struct import_job *job, const struct csv_row *csv)
{
    enum kb_err err = import_cells_header(
        &job->cells, csv, job->ignored, sizeof job->ignored, &job->why);

    job->has_header = err == KB_OK;
    if (err == KB_OK && job->cells.place[COLUMN_NAME] < 0) {
        import_note(job, "The list has no names (column nama).");
    }
    return err;
}

static enum kb_err on_row(void *arg, const struct csv_row *csv)
{
    struct import_job *job = arg;

    return job->has_header ? on_data(job, csv) : on_header(job, csv);
}

static enum kb_err finish_reading(struct import_job *job)
{
    enum kb_err err = csv_reader_end(job->reader, &job->why);

    if (err != KB_OK) {
        return err;
    }
    if (!job->has_header && !(job->sync && !job->yes)) {
        why_set(&job->why, "the file is empty: not even a header row");
        return KB_INVALID;
    }
    if (csv_reader_saw_1252(job->reader)) {
        import_note(job, "Some cells were no UTF-8: read as Windows-1252.");
    }
    if (job->counts.rows >= DAMAGED_ROWS &&
        job->nik_ends_in_zero * 2 > job->counts.rows) {
        import_note(job, "Most NIKs end in 0: a spreadsheet may have cut "
                         "their last digit (make the column text).");
    }
    job->phase = PHASE_SORT;
    return KB_OK;
}

enum kb_err import_step_read(struct import_job *job)
{
    size_t waiting = job->input.used - job->input_at;
    size_t step = waiting < READ_BYTES ? waiting : READ_BYTES;
    enum kb_err err = KB_OK;

    if (job->reader == NULL) {
        job->reader = csv_reader_new(on_row, job);
    }
    if (waiting == 0) {
        return job->ended ? finish_reading(job) : KB_OK;
    }
    err = csv_reader_feed(
        job->reader, job->input.data + job->input_at, step, &job->why);
    job->input_at += step;
    if (job->input_at == job->input.used) {
        job->input.used = 0;
        job->input_at = 0;
    }
    return err;
}

/* --- after a crash: the staged rows again ------------------------------------- */

enum kb_err import_step_load(struct import_job *job)
{
    sqlite3_stmt *scan = job->registry->import[IMPORT_SCAN];
    enum kb_err err = KB_OK;
    int rows = 0;

    store_bind_int(scan, ":after",
        job->list.count == 0 ? 0 : job->list.entries[job->list.count - 1].row);
    store_bind_int(scan, ":many", LOAD_ROWS);
    while ((err = store_step(job->registry->store, scan)) == KB_OK) {
        bool listed_only = sqlite3_column_int(scan, 2) != 0;
        const char *kecamatan = store_column_text(scan, 3);

        import_list_add(&job->list,
            (struct list_entry){.nik = (uint64_t)sqlite3_column_int64(scan, 1),
                .row = (uint32_t)sqlite3_column_int64(scan, 0),
                .listed_only = listed_only});
        if (!listed_only && *kecamatan != '\0') {
            import_cover(job, kecamatan);
        }
        rows++;
    }
    if (err == KB_NOT_FOUND && rows < LOAD_ROWS) {
        job->phase = PHASE_SORT;
    }
    return registry_or_none(err);
}

/* --- one row per NIK ------------------------------------------------------------ */

/* The line of a staged row; 0 where it cannot be read. */
static int64_t line_of(struct import_job *job, uint32_t row)
{
    sqlite3_stmt *staged = job->registry->import[IMPORT_STAGED];
    int64_t line = 0;

    (void)sqlite3_bind_int64(staged, 1, row);
    if (store_step(job->registry->store, staged) == KB_OK) {
        line = sqlite3_column_int64(staged, 1 + ROW_TEXT_COUNT);
        (void)sqlite3_reset(staged);
    }
    return line;
}

static enum kb_err reject_double(struct import_job *job,
    const struct list_entry *dropped, const struct list_entry *kept)
{
    char nik[NIK_BYTES];
    char why[96];
    const char *texts[] = {"nik", nik, why};

    if (dropped->listed_only || job->recovering) {
        return KB_OK;
    }
    nik_from_number(dropped->nik, nik);
    (void)snprintf(why, sizeof why,
        "the same NIK stands again in row %lld, which counts",
        (long long)line_of(job, kept->row));
    job->counts.rejected++;
    return import_remark(job, REMARK_REJECT, line_of(job, dropped->row), texts);
}

/* The last row that was taken wins; a rejected one only says "on the list". */
static enum kb_err keep_one(struct import_job *job, struct list_entry next)
{
    struct list_entry *kept =
        job->list_kept == 0 ? NULL : &job->list.entries[job->list_kept - 1];
    enum kb_err err = KB_OK;

    if (kept == NULL || kept->nik != next.nik) {
        job->list.entries[job->list_kept++] = next;
        return KB_OK;
    }
    if (next.listed_only) {
        return KB_OK;
    }
    err = reject_double(job, kept, &next);
    *kept = next;
    return err;
}

enum kb_err import_step_dedupe(struct import_job *job)
{
    enum kb_err err = KB_OK;

    for (int i = 0;
         err == KB_OK && i < DEDUPE_ROWS && job->list_at < job->list.count;
         i++) {
        err = keep_one(job, job->list.entries[job->list_at++]);
    }
    if (err == KB_OK && job->list_at == job->list.count) {
        job->list.count = job->list_kept;
        job->list_at =
            import_list_after(&job->list, (uint64_t)job->counts.position);
        job->phase = job->recovering ? PHASE_APPLY : PHASE_COUNT;
    }
    return err;
}
