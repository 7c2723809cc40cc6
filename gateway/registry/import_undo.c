// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry/import_internal.h"

#include <string.h>

/* Takes an import back: residents that it wrote last become what they were. */

#define SPAN                                                                   \
    200         /* ids a step; few of them need work where the import was
                    small, all of them where it was the first */
#define WORK 40 /* residents a step */

struct written {
    int64_t id;
    char nik[NIK_BYTES];
    char phone[PHONE_BYTES];
    char old_phone[PHONE_BYTES];
    bool added;
};

static enum kb_err read_written(
    struct import_job *job, struct written *out, int *count)
{
    sqlite3_stmt *rows = job->registry->import[IMPORT_WRITTEN];
    enum kb_err err = KB_OK;

    *count = 0;
    store_bind_int(rows, ":import", job->id);
    store_bind_int(rows, ":after", job->counts.position);
    store_bind_int(rows, ":upto", job->counts.position + SPAN);
    while (*count < WORK &&
           (err = store_step(job->registry->store, rows)) == KB_OK) {
        struct written *one = &out[(*count)++];

        one->id = sqlite3_column_int64(rows, 0);
        registry_copy_column(rows, 1, one->nik, sizeof one->nik);
        registry_copy_column(rows, 2, one->phone, sizeof one->phone);
        one->added = sqlite3_column_int(rows, 3) == 0;
        registry_copy_column(rows, 4, one->old_phone, sizeof one->old_phone);
    }
    (void)sqlite3_reset(rows);
    return registry_or_none(err);
}

/* An added resident goes, unless another table still needs the row. */
static enum kb_err take_away(struct import_job *job, const struct written *one)
{
    sqlite3_stmt *statement = job->registry->import[IMPORT_UNDO_ADD];
    enum kb_err err = KB_OK;

    store_bind_int(statement, ":id", one->id);
    err = store_run(job->registry->store, statement);
    if (err == KB_REFUSED) {
        job->counts.unchanged++;
        return KB_OK;
    }
    job->counts.added++;
    return err == KB_OK ? registry_phone_recount(job->registry, one->phone)
                        : err;
}

static enum kb_err restore(struct import_job *job, struct written *one)
{
    sqlite3_stmt *statement = job->registry->import[IMPORT_UNDO_CHANGE];
    bool unlinked = false;
    enum kb_err err = KB_OK;

    if (job->any_unlinked && one->old_phone[0] != '\0') {
        err = registry_phone_is_unlinked(
            job->registry, one->old_phone, one->nik, &unlinked);
        if (unlinked) {
            one->old_phone[0] = '\0';
        }
    }
    if (err != KB_OK) {
        return err;
    }
    store_bind_int(statement, ":import", job->id);
    store_bind_int(statement, ":id", one->id);
    store_bind_int(statement, ":now", job->now_ms);
    store_bind_text_or_null(statement, ":phone", one->old_phone);
    job->counts.updated++;
    err = store_run(job->registry->store, statement);
    if (err == KB_OK && strcmp(one->phone, one->old_phone) != 0) {
        err = registry_phone_recount(job->registry, one->phone);
        if (err == KB_OK) {
            err = registry_phone_recount(job->registry, one->old_phone);
        }
    }
    return err;
}

enum kb_err import_step_undo(struct import_job *job)
{
    struct written written[WORK];
    int count = 0;
    enum kb_err err = KB_OK;

    if (job->counts.position >= job->last_resident) {
        job->phase = PHASE_DONE;
        return KB_OK;
    }
    err = read_written(job, written, &count);
    for (int i = 0; err == KB_OK && i < count; i++) {
        err = written[i].added ? take_away(job, &written[i])
                               : restore(job, &written[i]);
    }
    job->counts.position =
        count == WORK ? written[count - 1].id : job->counts.position + SPAN;
    return err;
}
