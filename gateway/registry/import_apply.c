// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry/import_internal.h"

#include <stdlib.h>
#include <string.h>

/* From the staging table to the residents. */

/* Where a row's texts stand in a resident, in the order of enum row_text. */
static const struct {
    size_t offset;
    size_t bytes;
} places[ROW_TEXT_COUNT] = {

#define PLACE(member)                                                          \
    {                                                                          \
        offsetof(struct resident, member),                                     \
            sizeof((struct resident *)0)->member                               \
    }
    [ROW_NAME] = PLACE(name),
    [ROW_SEX] = PLACE(sex),
    [ROW_KECAMATAN] = PLACE(kecamatan),
    [ROW_DESA] = PLACE(desa),
    [ROW_OFFICE] = PLACE(office),
    [ROW_STATE] = PLACE(state),
    [ROW_FLAG] = PLACE(flag),
    [ROW_LANG] = PLACE(lang),
    [ROW_PHONE] = PLACE(phone),
#undef PLACE
};

static char *text_of(struct resident *resident, int text)
{
    return (char *)resident + places[text].offset;
}

/* --- what becomes of a resident --------------------------------------------- */

static const char *office_for(
    const struct import_job *job, const char *kecamatan)
{
    for (size_t i = 0; i < job->cells.kecamatan_count; i++) {
        if (strcmp(job->cells.kecamatan[i].code, kecamatan) == 0) {
            return job->cells.kecamatan[i].office;
        }
    }
    return "";
}

/* What the list says goes over what was known; what it does not say stays. */
static void merge(const struct import_job *job, const struct import_row *row,
    const struct resident *before, struct resident *after)
{
    bool moved = false;

    for (int i = 0; i < ROW_TEXT_COUNT; i++) {
        if (row->texts[i] != NULL) {
            registry_copy(text_of(after, i), places[i].bytes, row->texts[i]);
        }
    }
    if (row->birth_day != INT32_MIN) {
        after->birth_day = row->birth_day;
    }
    moved = strcmp(before->kecamatan, after->kecamatan) != 0;
    if (row->texts[ROW_OFFICE] == NULL && (moved || after->office[0] == '\0')) {
        registry_copy(after->office, sizeof after->office,
            office_for(job, after->kecamatan));
    }
    /* A list of the pending takes back what an earlier --sync concluded. */
    if (job->sync && row->texts[ROW_STATE] == NULL &&
        strcmp(after->state, "processing") == 0) {
        registry_copy(after->state, sizeof after->state, "unrecorded");
    }
}

static bool differ(struct resident *before, struct resident *after)
{
    if (before->birth_day != after->birth_day) {
        return true;
    }
    for (int i = 0; i < ROW_TEXT_COUNT; i++) {
        if (strcmp(text_of(before, i), text_of(after, i)) != 0) {
            return true;
        }
    }
    return false;
}

/* --- writing ------------------------------------------------------------------- */

/* Binds birth_day, the texts, now and the import: what IMPORT_ADD and
   IMPORT_CHANGE start with; returns the next position. */
static int bind_resident(const struct import_job *job, sqlite3_stmt *statement,
    struct resident *resident)
{
    if (resident->birth_day == INT32_MIN) {
        (void)sqlite3_bind_null(statement, 1);
    } else {
        (void)sqlite3_bind_int(statement, 1, resident->birth_day);
    }
    for (int i = 0; i < ROW_TEXT_COUNT; i++) {
        const char *text = text_of(resident, i);
        bool none = i == ROW_PHONE && *text == '\0';

        import_bind(statement, 2 + i, none ? NULL : text);
    }
    (void)sqlite3_bind_int64(statement, 2 + ROW_TEXT_COUNT, job->now_ms);
    (void)sqlite3_bind_int64(statement, 3 + ROW_TEXT_COUNT, job->id);
    return 4 + ROW_TEXT_COUNT;
}

static enum kb_err add(struct import_job *job, struct resident *resident)
{
    sqlite3_stmt *statement = job->registry->import[IMPORT_ADD];
    enum kb_err err = KB_OK;
    int next = 0;

    job->counts.added++;
    if (job->dry_run) {
        return KB_OK;
    }
    next = bind_resident(job, statement, resident);
    import_bind(statement, next, resident->nik);
    err = store_run(job->registry->store, statement);
    return err == KB_OK ? registry_phone_joined(job->registry, resident->phone)
                        : err;
}

static enum kb_err change(struct import_job *job, const struct resident *before,
    struct resident *after)
{
    sqlite3_stmt *keep = job->registry->import[IMPORT_KEEP];
    sqlite3_stmt *write = job->registry->import[IMPORT_CHANGE];
    enum kb_err err = KB_OK;

    job->counts.updated++;
    if (job->dry_run) {
        return KB_OK;
    }
    (void)sqlite3_bind_int64(keep, 1, job->id);
    (void)sqlite3_bind_int64(keep, 2, before->id);
    err = registry_or_none(store_run(job->registry->store, keep));
    if (err != KB_OK) {
        return err;
    }
    (void)sqlite3_bind_int64(
        write, bind_resident(job, write, after), before->id);
    err = store_run(job->registry->store, write);
    if (err == KB_OK && strcmp(before->phone, after->phone) != 0) {
        err = registry_phone_recount(job->registry, before->phone);
        if (err == KB_OK) {
            err = registry_phone_recount(job->registry, after->phone);
        }
    }
    return err;
}

/* --- one row ------------------------------------------------------------------- */

/* A phone whose holder said SALAH for this NIK stays away, whatever the list
   says. */
static enum kb_err drop_unlinked(struct import_job *job, const char *nik,
    const char *known, struct import_row *row)
{
    const char *phone = row->texts[ROW_PHONE];
    bool unlinked = false;
    enum kb_err err = KB_OK;

    if (!job->any_unlinked || phone == NULL || strcmp(phone, known) == 0) {
        return KB_OK;
    }
    err = registry_phone_is_unlinked(job->registry, phone, nik, &unlinked);
    if (unlinked) {
        row->texts[ROW_PHONE] = NULL;
    }
    return err;
}

static enum kb_err apply_row(
    struct import_job *job, const char *nik, struct import_row *row)
{
    struct resident before = {.birth_day = INT32_MIN, .state = "unrecorded"};
    struct resident after;
    enum kb_err found = registry_resident_by_nik(job->registry, nik, &before);
    enum kb_err err = registry_or_none(found);

    if (err == KB_OK) {
        err = drop_unlinked(job, nik, before.phone, row);
    }
    if (err != KB_OK) {
        return err;
    }
    after = before;
    merge(job, row, &before, &after);
    if (found == KB_NOT_FOUND) {
        memcpy(after.nik, nik, NIK_BYTES);
        return add(job, &after);
    }
    if (!differ(&before, &after)) {
        job->counts.unchanged++;
        return KB_OK;
    }
    return change(job, &before, &after);
}

static enum kb_err apply_entry(
    struct import_job *job, const struct list_entry *entry)
{
    sqlite3_stmt *staged = job->registry->import[IMPORT_STAGED];
    struct import_row row = {.birth_day = INT32_MIN};
    char nik[NIK_BYTES];
    enum kb_err err = KB_OK;

    (void)sqlite3_bind_int64(staged, 1, entry->row);
    err = store_step(job->registry->store, staged);
    if (err != KB_OK) {
        return err == KB_NOT_FOUND ? KB_DB : err;
    }
    if (sqlite3_column_type(staged, 0) != SQLITE_NULL) {
        row.birth_day = sqlite3_column_int(staged, 0);
    }
    for (int i = 0; i < ROW_TEXT_COUNT; i++) {
        row.texts[i] = (const char *)sqlite3_column_text(staged, 1 + i);
    }
    nik_from_number(entry->nik, nik);
    err = apply_row(job, nik, &row);
    (void)sqlite3_reset(staged);
    return err;
}

enum kb_err import_step_apply(struct import_job *job)
{
    const struct list_entry *entry = NULL;

    if (job->list_at == job->list.count) {
        job->walk = (struct pending_walk){0};
        job->phase = job->sync && !job->dry_run ? PHASE_RESOLVE : PHASE_EMPTY;
        return KB_OK;
    }
    entry = &job->list.entries[job->list_at++];
    job->counts.position = (int64_t)entry->nik;
    return entry->listed_only ? KB_OK : apply_entry(job, entry);
}
