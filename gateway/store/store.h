// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_STORE_STORE_H
#define KABARI_STORE_STORE_H

#include "base/err.h"

#include <sqlite3.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The database: one file, one writer, WAL, synchronous=FULL, group commit.
 *
 * All changes of one loop turn share a transaction. Each operation is a
 * savepoint inside it (store_op_begin … store_op_end), so that one bad
 * operation fails alone. What an operation causes outside (a frame to a
 * worker, an answer to an asker, a deletion from a SIM) is handed to
 * store_after_commit() and happens only once the transaction is on disk.
 *
 *     KB_TRY: err = store_op_begin(store);
 *     if (err == KB_OK) err = change(...);
 *     err = store_op_end(store, err);
 *     store_after_commit(store, on_committed, arg);
 *
 * Rooms keep their SQL in their own …_store.c, prepare it when they open (a
 * typo fails every test) and use named parameters only.
 */

struct store;

struct store_options {
    const char *path;
    const char *holder; /* "kabarid" or "kabari": written into the lock file */
    int lock_wait_ms;   /* how long to wait for a kabari that holds the lock;
                           a kabarid that holds it refuses at once */
    bool rehearsal;     /* mark, or expect the mark of, a rehearsal */
};

/**
 * Takes the lock (flock on PATH.lock), opens or creates the database and runs
 * the migrations.
 *
 * @param why  filled with a sentence for people on failure.
 * @return KB_OK; KB_BUSY where another program holds the lock; KB_REFUSED for
 *         a database of a newer Kabari or of the other kind (rehearsal or
 *         not); KB_DB, KB_IO.
 */
KB_MUST_USE enum kb_err store_open(
    const struct store_options *options, struct store **out, struct why *why);

/**
 * A second connection that only reads, for another thread: no lock, no
 * migration, no checkpoint, no change. Open it while the store itself is open,
 * close it before. What it reads between store_read_begin() and
 * store_read_end() is as it was at the first.
 *
 * @param path  of the database, as in store_options.
 */
KB_MUST_USE enum kb_err store_open_reader(
    const char *path, struct store **out, struct why *why);
KB_MUST_USE enum kb_err store_read_begin(struct store *store);
void store_read_end(struct store *store);
/** Ends what runs on the connection, from any thread; it fails with KB_CLOSED. */
void store_interrupt(struct store *store);

/** Commits what is pending, checkpoints, closes, releases the lock. Statements
 *  must be finalised before. NULL is fine. */
void store_close(struct store *store);

/** The connection, for a room's store file to prepare and step. */
sqlite3 *store_db(struct store *store);

/** Prepares a persistent statement; logs the fault. KB_OK or KB_DB. */
KB_MUST_USE enum kb_err store_prepare(
    struct store *store, const char *sql, sqlite3_stmt **out);

/** One row of a table of statements that a room prepares when it opens. */
struct store_statement {
    sqlite3_stmt **out;
    const char *sql;
};

/** Prepares them all, or none: on failure all are finalised again. */
KB_MUST_USE enum kb_err store_prepare_all(struct store *store,
    const struct store_statement *statements, unsigned count);

/** Finalises statements and sets them to NULL. */
void store_finalize_all(
    const struct store_statement *statements, unsigned count);

/** A statement of a room: its place in the room's struct, and its SQL. */
struct store_query {
    size_t offset; /* of a sqlite3_stmt * */
    const char *sql;
};

/** Prepares them all into a room's struct, or none. */
KB_MUST_USE enum kb_err store_prepare_room(struct store *store, void *room,
    const struct store_query *queries, size_t count);
/** Finalises them and sets them to NULL. */
void store_finalize_room(
    void *room, const struct store_query *queries, size_t count);

/** One value of a row that always comes, such as min() of a table: KB_OK;
 *  KB_NOT_FOUND where it is NULL. */
KB_MUST_USE enum kb_err store_one_value(
    struct store *store, sqlite3_stmt *row, int64_t *out);

/* Binding by name (":phone"); a name that the statement lacks ends the
 * process, because it is a programmer's mistake. Text is copied by SQLite. */
void store_bind_int(sqlite3_stmt *statement, const char *name, int64_t value);
void store_bind_text(
    sqlite3_stmt *statement, const char *name, const char *value);
/** NULL or "" become SQL NULL. */
void store_bind_text_or_null(
    sqlite3_stmt *statement, const char *name, const char *value);
/** 0 becomes SQL NULL. */
void store_bind_id_or_null(
    sqlite3_stmt *statement, const char *name, int64_t value);
void store_bind_null(sqlite3_stmt *statement, const char *name);

/** Column text, "" for NULL; borrowed until the next step or reset. */
const char *store_column_text(sqlite3_stmt *statement, int column);

/**
 * Runs a statement that gives no rows, then resets it.
 *
 * @return KB_OK; KB_NOT_FOUND where it was to change rows and changed none
 *         (UPDATE, DELETE, INSERT OR IGNORE); KB_REFUSED for a broken
 *         constraint; KB_FULL for a full disk; KB_BUSY; KB_DB.
 */
KB_MUST_USE enum kb_err store_run(struct store *store, sqlite3_stmt *statement);

/**
 * Steps a statement to its next row.
 *
 * @return KB_OK with a row; KB_NOT_FOUND at the end (the statement is reset);
 *         else as store_run (reset as well). A caller that stops early resets.
 */
KB_MUST_USE enum kb_err store_step(
    struct store *store, sqlite3_stmt *statement);

/** Runs SQL without parameters: for pragmas and tests. */
KB_MUST_USE enum kb_err store_exec(struct store *store, const char *sql);

/**
 * Opens an operation: a savepoint in the turn's transaction, which it begins
 * where there is none. Operations nest.
 *
 * @return KB_OK; KB_BUSY where another program holds the database; KB_FULL
 *         when the disk is short of room; KB_DB.
 */
KB_MUST_USE enum kb_err store_op_begin(struct store *store);

/** As store_op_begin(), but for recording what has already happened outside
 *  (a result, a report, an inbound SMS): uses the room kept back for it. */
KB_MUST_USE enum kb_err store_op_begin_record(struct store *store);

/** As store_op_begin(), but without a savepoint, which copies each page that is
 *  changed: for what comes by the thousand and judges all before it changes
 *  anything. What fails after its first change (a disk that is full) takes the
 *  turn's other operations with it: store_commit() gives KB_DB. */
KB_MUST_USE enum kb_err store_op_begin_plain(struct store *store);

/** Keeps the operation's changes where result is KB_OK, else undoes them.
 *  Call it only after a begin that gave KB_OK. @return result, or KB_DB. */
KB_MUST_USE enum kb_err store_op_end(struct store *store, enum kb_err result);

/** One statement as an operation: of its own, or, where one is open, as part
 *  of that. What a statement changed is undone with it in any case. As
 *  store_op_begin() and store_run(). */
KB_MUST_USE enum kb_err store_run_op(
    struct store *store, sqlite3_stmt *statement);

/** The same for recording what has happened; as store_op_begin_record(). */
KB_MUST_USE enum kb_err store_run_record(
    struct store *store, sqlite3_stmt *statement);

/** Runs once the turn's transaction is committed (result KB_OK) or lost. */
typedef void store_effect_fn(void *arg, enum kb_err result);

/** Queues an effect; with no transaction open it runs at the next commit. */
void store_after_commit(struct store *store, store_effect_fn *fn, void *arg);

/**
 * Commits the turn's transaction, then runs its effects in order. An effect
 * may begin the next transaction. On an fsync error the process ends: what the
 * disk holds is unknown then.
 *
 * @return KB_OK (also with nothing to do), KB_BUSY, KB_FULL, KB_DB: all
 *         changes of the turn are undone and the effects were told so.
 */
KB_MUST_USE enum kb_err store_commit(struct store *store);

/** Called when a transaction or an effect becomes pending, so that a loop can
 *  arrange for store_commit() at the end of its turn. */
void store_on_pending(struct store *store, void (*fn)(void *arg), void *arg);

/** True while the disk has room for new work (low water: 1/8 of the file
 *  system, at most 64 MiB). Asked of the system at most once a second. */
bool store_has_room(struct store *store);

/** True while another program holds the database, since a second and longer:
 *  nothing can be written. */
bool store_is_held(const struct store *store);

/** Small named values (the last rehearsal instant, a key, a mark). */
KB_MUST_USE enum kb_err store_meta_get(
    struct store *store, const char *name, char *out, unsigned long out_bytes);
KB_MUST_USE enum kb_err store_meta_set(
    struct store *store, const char *name, const char *value);

#endif
