// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry/import_internal.h"

#include <string.h>

/* --sync: who is pending in the list's kecamatan and not on the list any more
   has been recorded. */

#define PAGE 50 /* residents a step */

static const char *const pending_states[] = {"unrecorded", "failed"};

struct page {
    int64_t ids[PAGE];
    bool listed[PAGE];
    int count;
};

/* Reads the next residents of the walk and moves it behind them. */
static enum kb_err read_page(struct import_job *job, struct page *page)
{
    sqlite3_stmt *pending = job->registry->import[IMPORT_PENDING];
    struct pending_walk *walk = &job->walk;
    enum kb_err err = KB_OK;

    page->count = 0;
    store_bind_text(pending, ":kecamatan", job->covered[walk->kecamatan].code);
    store_bind_text(pending, ":state", pending_states[walk->state]);
    store_bind_int(pending, ":after", walk->after);
    store_bind_int(pending, ":many", PAGE);
    while ((err = store_step(job->registry->store, pending)) == KB_OK) {
        page->ids[page->count] = sqlite3_column_int64(pending, 0);
        page->listed[page->count] = import_list_has(
            &job->list, nik_number(store_column_text(pending, 1)));
        page->count++;
    }
    if (page->count > 0) {
        walk->after = page->ids[page->count - 1];
    }
    return registry_or_none(err);
}

/* On to the next state or kecamatan; false behind the last. */
static bool walk_on(struct import_job *job)
{
    struct pending_walk *walk = &job->walk;

    walk->after = 0;
    walk->state = (walk->state + 1) % 2;
    walk->kecamatan += walk->state == 0 ? 1 : 0;
    return walk->kecamatan < job->covered_count;
}

static void note_emptied(struct import_job *job)
{
    for (size_t i = 0; i < job->covered_count; i++) {
        const struct covered_kecamatan *one = &job->covered[i];

        if (one->pending >= 20 && one->resolved * 2 > one->pending) {
            import_note(job,
                "In kecamatan %s, %lld of %lld pending are not on the list.",
                one->code, (long long)one->resolved, (long long)one->pending);
        }
    }
}

enum kb_err import_step_count(struct import_job *job)
{
    struct page page;
    struct covered_kecamatan *covered = NULL;
    enum kb_err err = KB_OK;

    if (!job->sync || job->walk.kecamatan >= job->covered_count) {
        job->phase = PHASE_DECIDE;
        return KB_OK;
    }
    covered = &job->covered[job->walk.kecamatan];
    err = read_page(job, &page);
    for (int i = 0; err == KB_OK && i < page.count; i++) {
        covered->pending++;
        covered->resolved += page.listed[i] ? 0 : 1;
        job->pending++;
        job->would_resolve += page.listed[i] ? 0 : 1;
    }
    if (err == KB_OK && page.count < PAGE && !walk_on(job)) {
        note_emptied(job);
        job->phase = PHASE_DECIDE;
    }
    return err;
}

static enum kb_err resolve(struct import_job *job, int64_t id)
{
    sqlite3_stmt *keep = job->registry->import[IMPORT_KEEP];
    sqlite3_stmt *write = job->registry->import[IMPORT_RESOLVE];
    enum kb_err err = KB_OK;

    store_bind_int(keep, ":import", job->id);
    store_bind_int(keep, ":id", id);
    err = registry_or_none(store_run(job->registry->store, keep));
    if (err != KB_OK) {
        return err;
    }
    store_bind_int(write, ":now", job->now_ms);
    store_bind_int(write, ":import", job->id);
    store_bind_int(write, ":id", id);
    job->counts.resolved++;
    return store_run(job->registry->store, write);
}

enum kb_err import_step_resolve(struct import_job *job)
{
    struct page page;
    enum kb_err err = KB_OK;

    if (job->walk.kecamatan >= job->covered_count) {
        job->phase = PHASE_EMPTY;
        return KB_OK;
    }
    err = read_page(job, &page);
    for (int i = 0; err == KB_OK && i < page.count; i++) {
        if (!page.listed[i]) {
            err = resolve(job, page.ids[i]);
        }
    }
    if (err == KB_OK && page.count < PAGE && !walk_on(job)) {
        job->phase = PHASE_EMPTY;
    }
    return err;
}
