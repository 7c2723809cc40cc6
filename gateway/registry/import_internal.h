// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_REGISTRY_IMPORT_INTERNAL_H
#define KABARI_REGISTRY_IMPORT_INTERNAL_H

#include "base/csv.h"
#include "registry/import.h"
#include "registry/import_list.h"
#include "registry/registry_internal.h"

#include <stdint.h>

/* --- a row of the list ------------------------------------------------------ */

/* In the order of the binds and columns in import_store.c. */
enum row_text {
    ROW_NAME,
    ROW_SEX,
    ROW_KECAMATAN,
    ROW_DESA,
    ROW_OFFICE,
    ROW_STATE,
    ROW_FLAG,
    ROW_LANG,
    ROW_PHONE,
    ROW_TEXT_COUNT
};

/** What the list says of a resident; NULL and INT32_MIN: it says nothing. */
struct import_row {
    int64_t line;
    char nik[NIK_BYTES]; /* "" : cannot be read */
    int32_t birth_day;
    const char *texts[ROW_TEXT_COUNT];
    char name[NAME_BYTES];
    char kecamatan[KECAMATAN_CODE_BYTES];
    char desa[DESA_BYTES];
    char phone[PHONE_BYTES];
    char lang[8];
};

/* --- reading the cells (import_cells.c) --------------------------------------- */

enum import_column {
    COLUMN_NIK,
    COLUMN_NAME,
    COLUMN_BIRTH,
    COLUMN_SEX,
    COLUMN_KECAMATAN,
    COLUMN_DESA,
    COLUMN_OFFICE,
    COLUMN_PHONE,
    COLUMN_STATUS,
    COLUMN_LANG,
    COLUMN_COUNT
};

/** What cells are held against. */
struct import_cells {
    int place[COLUMN_COUNT]; /* index in a row; -1: the list lacks it */
    size_t width;            /* columns in the header */
    struct kecamatan *kecamatan;
    size_t kecamatan_count;
    struct office *offices;
    size_t office_count;
    int32_t today;
    char last_kecamatan[64]; /* lists name the same one row after row */
    const struct kecamatan *last_found;
};

/** How bad a remark on a cell is. */
enum import_severity {
    REMARK_WARNING, /* the row is taken, the cell is not */
    REMARK_REJECT   /* the row is skipped */
};

/** Takes a remark on a cell. */
typedef enum kb_err import_remark_fn(void *arg, enum import_severity severity,
    const char *column, const char *value, const char *why);

/** Finds the columns; KB_INVALID where there is no nik (why lists what there
 *  is). Columns that nobody knows are added to ignored, cut at its size. */
KB_MUST_USE enum kb_err import_cells_header(struct import_cells *cells,
    const struct csv_row *header, char *ignored, size_t ignored_bytes,
    struct why *why);

/**
 * Reads a row.
 *
 * @param rejected  set to whether a remark rejects it.
 * @return KB_OK, or what the remark function returned.
 */
struct import_remarks {
    import_remark_fn *fn;
    void *arg;
};
KB_MUST_USE enum kb_err import_cells_read(struct import_cells *cells,
    const struct csv_row *csv, const struct import_remarks *remarks,
    struct import_row *out, bool *rejected);

void import_cells_clear(struct import_cells *cells);

/** Case, spaces and dashes of a column's name do not matter. */
bool import_name_is(const char *said, const char *names);

/* --- the job ------------------------------------------------------------------ */

enum import_phase {
    PHASE_CLEAN, /* staging may hold rows of one that was given up */
    PHASE_READ,
    PHASE_LOAD, /* instead, after a crash: the staged rows again */
    PHASE_SORT,
    PHASE_DEDUPE,
    PHASE_COUNT, /* --sync: whom it would resolve */
    PHASE_DECIDE,
    PHASE_APPLY, /* a dry run: compares only */
    PHASE_RESOLVE,
    PHASE_EMPTY,
    PHASE_UNDO,
    PHASE_DONE,
    PHASE_FAILED
};

/** Kept in the store slice by slice. */
struct import_counts {
    int64_t position;
    int64_t rows;
    int64_t added;
    int64_t updated;
    int64_t unchanged;
    int64_t resolved;
    int64_t rejected;
    int64_t warned;
};

/** Where a walk over the pending of the list's kecamatan stands. */
struct pending_walk {
    size_t kecamatan; /* index in covered */
    int state;        /* 0 unrecorded, 1 failed */
    int64_t after;    /* resident id */
};

struct covered_kecamatan {
    char code[KECAMATAN_CODE_BYTES];
    int64_t pending;
    int64_t resolved;
};

struct import_job {
    struct registry *registry;
    int64_t id;
    bool sync;
    bool dry_run;
    bool yes;
    bool ended;      /* no more input */
    bool recovering; /* its remarks are in the store already */
    bool any_unlinked;
    enum import_phase phase;
    enum kb_err failed_err;
    char state[12]; /* as the store has it */
    int64_t started_us;
    int64_t took_ms;
    int64_t now_ms;
    struct buf input; /* bytes not read yet, from input_at on */
    size_t input_at;
    int64_t input_bytes; /* all that came */
    struct csv_reader *reader;
    struct import_cells cells;
    bool has_header;
    int64_t nik_ends_in_zero;
    struct why why; /* of a fault inside a callback */
    struct import_list list;
    size_t list_at; /* next entry to check for a double, then to apply */
    size_t list_kept;
    struct covered_kecamatan *covered;
    size_t covered_count;
    struct pending_walk walk;
    int64_t pending;
    int64_t would_resolve;
    int64_t last_resident; /* undo: the walk's end */
    struct import_counts counts;
    struct import_counts saved; /* as of the last slice */
    char ignored[256];
    char notes[1024];
};

/** Adds a sentence to the notes, as far as it fits. */
void import_note(struct import_job *job, const char *fmt, ...) KB_PRINTF(2, 3);

/** Stores a remark and counts it. */
KB_MUST_USE enum kb_err import_remark(struct import_job *job,
    enum import_severity severity, int64_t line, const char *const *texts);

/** Remembers that the list names that kecamatan. */
void import_cover(struct import_job *job, const char *code);

/** One step each: bounded, sets the next phase where its own is done. */
KB_MUST_USE enum kb_err import_step_read(struct import_job *job);
KB_MUST_USE enum kb_err import_step_load(struct import_job *job);
KB_MUST_USE enum kb_err import_step_dedupe(struct import_job *job);
KB_MUST_USE enum kb_err import_step_count(struct import_job *job);
KB_MUST_USE enum kb_err import_step_apply(struct import_job *job);
KB_MUST_USE enum kb_err import_step_resolve(struct import_job *job);
KB_MUST_USE enum kb_err import_step_undo(struct import_job *job);

/** Binds a text by position without copying it; NULL becomes SQL NULL. The
 *  text must live until the statement has run. */
void import_bind(sqlite3_stmt *statement, int index, const char *text);

#endif
