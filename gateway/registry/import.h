// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_REGISTRY_IMPORT_H
#define KABARI_REGISTRY_IMPORT_H

#include "base/buf.h"
#include "base/err.h"
#include "registry/registry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The import of residents: a job that works in slices on the loop.
 *
 *     import_start(registry, &options, &job, &why);
 *     while (there is input) {
 *         err = import_feed(job, bytes, n);   KB_FULL: work first, then again
 *         err = import_work(job, 4000, &why); the loop commits in between
 *     }
 *     import_end(job);
 *     while ((err = import_work(job, 4000, &why)) == KB_BUSY) { commit }
 *     import_result(job, &result);
 *     import_free(job);
 *
 * A slice ends in time for the loop; what it changed is one operation of the
 * store. All rows are staged in the store first. Once they are there, checked
 * and not refused, they are applied; a crash after that point is finished by
 * import_recover(), one before it leaves nothing behind.
 */

#define IMPORT_ROWS_MOST 1000000 /* rows in a list */
#define IMPORT_FEED_BYTES                                                      \
    ((size_t)256 * 1024)       /* input that may wait to be read */
#define IMPORT_REJECTS_KEPT 20 /* imports whose lists of rejects are kept */
#define IMPORTS_KEPT        5  /* imports that can be taken back */

struct import_job;

struct import_options {
    bool sync;          /* who is not on the list any more counts as recorded */
    bool dry_run;       /* all but applying */
    bool yes;           /* do not refuse what looks like a mistake */
    const char *source; /* the file's name, for lists; may be NULL */
};

/**
 * Starts an import.
 *
 * @param out  free with import_free().
 * @return KB_OK; KB_BUSY while another import runs or waits for
 *         import_recover(); as store_op_begin().
 */
KB_MUST_USE enum kb_err import_start(struct registry *registry,
    const struct import_options *options, struct import_job **out,
    struct why *why);

/**
 * Hands over the next bytes of the file, all or none.
 *
 * @return KB_OK; KB_FULL where over IMPORT_FEED_BYTES would wait: call
 *         import_work() first; KB_CLOSED after import_end() or a failure.
 */
KB_MUST_USE enum kb_err import_feed(
    struct import_job *job, const void *bytes, size_t count);

/** Says that the file is complete. */
void import_end(struct import_job *job);

/** True while the job has nothing to do but wait for more bytes. */
bool import_hungry(const struct import_job *job);

/**
 * Works for about so long, at least one step (well under 1 ms each).
 *
 * @return KB_BUSY while there is more to do or to be fed; KB_OK when all is
 *         done; KB_INVALID (the file cannot be read at all), KB_REFUSED (empty
 *         list, or --sync would resolve too many): why says so and nothing is
 *         changed. KB_FULL, KB_BUSY's kin and KB_DB of the store end it before
 *         it applies; after that the next call tries the slice again.
 */
KB_MUST_USE enum kb_err import_work(
    struct import_job *job, int64_t budget_us, struct why *why);

/** How far it is: what it does, and how much of how many. */
struct import_progress {
    const char *phase; /* "reading", "checking", "applying", … "done" */
    int64_t done;      /* rows; bytes while reading */
    int64_t total;     /* 0: not known */
};

void import_progress(const struct import_job *job, struct import_progress *out);

struct import_result {
    int64_t id; /* of the import, for rejects and undo */
    int64_t rows;
    int64_t added;
    int64_t updated;
    int64_t unchanged;
    int64_t resolved; /* by --sync; also what a dry run or refusal would do */
    int64_t pending;  /* in the kecamatan of the list, before --sync */
    int64_t rejected; /* rows skipped */
    int64_t warned;   /* remarks on rows that were taken */
    double seconds;
    bool dry_run;
    char ignored_columns[256]; /* "nama_ibu, agama"; "" : none */
    char notes[1024];          /* sentences on the list as a whole */
};

/** The counters so far; final after KB_OK or KB_REFUSED of import_work(). */
void import_result(const struct import_job *job, struct import_result *out);

/** Frees a job. One that is not done is given up: before it applies nothing
 *  stays of it, after that import_recover() finishes it. NULL is fine. */
void import_free(struct import_job *job);

/**
 * Takes the last import back: added residents go, changed ones become what
 * they were, those whom staff or a later import changed meanwhile stay.
 * The job is driven by import_work(); its result counts restored residents as
 * updated, removed ones as added.
 *
 * @return KB_OK; KB_NOT_FOUND; KB_REFUSED (why: taken back already, or a later
 *         import comes first, or it is too old); KB_BUSY.
 */
KB_MUST_USE enum kb_err import_undo(struct registry *registry, int64_t id,
    struct import_job **out, struct why *why);

/** At start: gives up an import that was not staged whole, finishes one that
 *  was. Commits on its own; may take seconds. */
KB_MUST_USE enum kb_err import_recover(struct registry *registry);

/**
 * The list of rejects and warnings of an import as CSV lines ("row,column,
 * value,why"), in pieces.
 *
 * @param after  0 at first (writes the header line too), then *next.
 * @param next   where to go on; 0 when that was the last piece.
 * @return KB_OK; KB_NOT_FOUND where they were forgotten; KB_DB.
 */
KB_MUST_USE enum kb_err import_rejects(struct registry *registry, int64_t id,
    int64_t after, struct buf *csv, int64_t *next);

/**
 * Forgets the rejected rows, and what it changed, of imports of longer ago than
 * so many days; they cannot be taken back from then on. Some rows a call; looks
 * once an hour, so call it as often as is convenient.
 *
 * @param more  whether to call again at once.
 * @return KB_OK; as store_op_begin(), KB_DB: what was forgotten stays so.
 */
KB_MUST_USE enum kb_err import_forget(
    struct registry *registry, int keep_days, bool *more);

/* --- a SQLite file's table as CSV ------------------------------------------ */

struct import_table;

/**
 * Opens a table (or view) of a SQLite file, read-only.
 *
 * @return KB_OK; KB_NOT_FOUND (why: no such file, or table, and which there
 *         are); KB_INVALID (not a SQLite file).
 */
KB_MUST_USE enum kb_err import_table_open(const char *file, const char *table,
    struct import_table **out, struct why *why);

/** Adds the next lines (about 16 KiB) to csv. KB_OK; KB_NOT_FOUND behind the
 *  last; KB_IO, KB_BUSY with why. */
KB_MUST_USE enum kb_err import_table_read(
    struct import_table *table, struct buf *csv, struct why *why);

void import_table_close(struct import_table *table);

/* --- offices ----------------------------------------------------------------- */

struct office_import_result {
    int64_t rows;
    int64_t added;
    int64_t updated;
    int64_t unchanged;
    int64_t rejected;
    struct buf rejects; /* CSV as of import_rejects(); buf_clear() it */
};

/**
 * Imports offices.csv whole: code, name, kecamatan, lat, lon, capacity, hours,
 * days, blanks, fallback (English or Indonesian names). Bad rows are listed
 * and skipped; an empty cell leaves what is known. Whether an office is up is
 * not touched. Residents without an office get their kecamatan's.
 *
 * @return KB_OK; KB_INVALID where the file cannot be read at all; KB_DB.
 */
KB_MUST_USE enum kb_err office_import(struct registry *registry,
    const char *text, size_t bytes, struct office_import_result *out,
    struct why *why);

#endif
