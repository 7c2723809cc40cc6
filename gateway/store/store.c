// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/store.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/migrations.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define LOW_WATER_BYTES   ((uint64_t)64 * 1024 * 1024)
#define ROOM_CHECK_MS     1000
#define SAY_AGAIN_MS      60000
#define HELD_SAID_MS      1000
#define LOCK_RETRY_US     50000
#define CHECKPOINT_PAGES  2000
#define FSYNC_FAILED_EXIT 74 /* sysexits.h EX_IOERR */

struct effect {
    store_effect_fn *fn;
    void *arg;
};

struct store {
    sqlite3 *db;
    char *path;
    int lock_fd;
    bool in_transaction;
    int depth;          /* open operations */
    bool plain;         /* the outermost of them has no savepoint … */
    int changes_before; /* … and began when so many rows had changed */
    bool half_done;     /* one without a savepoint failed in the middle */
    struct effect *effects;
    size_t effect_count;
    size_t effect_room;
    void (*pending_fn)(void *arg);
    void *pending_arg;
    int64_t room_checked_mono_ms;
    int64_t full_said_mono_ms;
    int64_t held_since_mono_ms; /* by another program; 0: it is not */
    bool held_said;
    bool has_room;
    sqlite3_stmt *begin;
    sqlite3_stmt *commit;
    sqlite3_stmt *savepoint;
    sqlite3_stmt *release;
    sqlite3_stmt *rollback_to;
    sqlite3_stmt *meta_get;
    sqlite3_stmt *meta_set;
};

/* --- faults ------------------------------------------------------------ */

/* Everything that is tried meanwhile fails for the same reason. */
static void say_full(struct store *store)
{
    int64_t now = clock_mono_ms();

    if (store->full_said_mono_ms == 0 ||
        now - store->full_said_mono_ms >= SAY_AGAIN_MS) {
        store->full_said_mono_ms = now;
        log_error("store: disk full; free some room, nothing is lost");
    }
}

static enum kb_err fault_of(struct store *store, int code)
{
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) {
        return KB_OK;
    }
    if (sqlite3_extended_errcode(store->db) == SQLITE_IOERR_FSYNC ||
        sqlite3_extended_errcode(store->db) == SQLITE_IOERR_DIR_FSYNC) {
        /* After a failed fsync the kernel may have dropped the pages: a second
           fsync that succeeds proves nothing. Only a fresh read does. */
        log_error("store: fsync failed; ending, look at the disk");
        _exit(FSYNC_FAILED_EXIT);
    }
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
        return KB_REFUSED;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return KB_BUSY;
    case SQLITE_FULL:
        say_full(store);
        return KB_FULL;
    case SQLITE_INTERRUPT:
        return KB_CLOSED;
    default:
        log_error("store: %s", sqlite3_errmsg(store->db));
        return KB_DB;
    }
}

/* --- opening ----------------------------------------------------------- */

/* A daemon keeps the lock for good, a command for a moment: only the second
   is worth waiting for. */
static bool held_by_daemon(int lock_fd)
{
    char holder[16] = "";

    return pread(lock_fd, holder, sizeof holder - 1, 0) > 0 &&
           strncmp(holder, "kabarid", 7) == 0;
}

static void sign_lock(int lock_fd, const char *holder)
{
    if (ftruncate(lock_fd, 0) != 0 ||
        pwrite(lock_fd, holder, strlen(holder), 0) < 0) {
        log_warn("store: cannot write the lock file: %s", strerror(errno));
    }
}

static enum kb_err take_lock(
    struct store *store, const struct store_options *options, struct why *why)
{
    char *lock_path = mem_printf("%s.lock", store->path);
    int64_t give_up_ms = clock_mono_ms() + options->lock_wait_ms;
    enum kb_err err = KB_OK;

    store->lock_fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
    if (store->lock_fd < 0) {
        why_set(why, "cannot open %s: %s; check the folder and its rights",
            lock_path, strerror(errno));
        free(lock_path);
        return KB_IO;
    }
    while (flock(store->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        bool daemon = held_by_daemon(store->lock_fd);

        if (daemon || clock_mono_ms() >= give_up_ms) {
            why_set(why, "another %s holds %s; end it or wait",
                daemon ? "kabarid" : "kabari", store->path);
            err = KB_BUSY;
            break;
        }
        (void)usleep(LOCK_RETRY_US);
    }
    free(lock_path);
    if (err == KB_OK) {
        sign_lock(store->lock_fd, options->holder);
    }
    return err;
}

static enum kb_err open_database(struct store *store, struct why *why)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    mode_t old_mask = umask(0007);
    int code = sqlite3_open_v2(store->path, &store->db, flags, NULL);

    (void)umask(old_mask);
    if (code != SQLITE_OK) {
        why_set(
            why, "cannot open %s: %s", store->path, sqlite3_errmsg(store->db));
        return KB_IO;
    }
    (void)sqlite3_busy_timeout(store->db, 0);
    return KB_OK;
}

static enum kb_err set_pragmas(struct store *store, struct why *why)
{
    static const char sql[] = "PRAGMA journal_mode = WAL;"
                              "PRAGMA synchronous = FULL;"
                              "PRAGMA foreign_keys = ON;"
                              "PRAGMA temp_store = MEMORY;"
                              "PRAGMA cache_size = -16000;";
    char checkpoint[64];

    if (store_exec(store, sql) != KB_OK) {
        why_set(why, "%s is not a usable database: %s", store->path,
            sqlite3_errmsg(store->db));
        return KB_DB;
    }
    (void)snprintf(checkpoint, sizeof checkpoint,
        "PRAGMA wal_autocheckpoint = %d", CHECKPOINT_PAGES);
    return store_exec(store, checkpoint);
}

static int user_version(struct store *store)
{
    sqlite3_stmt *statement = NULL;
    int version = -1;

    if (sqlite3_prepare_v2(store->db, "PRAGMA user_version", -1, &statement,
            NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        version = sqlite3_column_int(statement, 0);
    }
    (void)sqlite3_finalize(statement);
    return version;
}

static enum kb_err migrate_one(
    struct store *store, const struct store_migration *migration)
{
    char *sql =
        mem_printf("BEGIN IMMEDIATE; %s PRAGMA user_version = %d; COMMIT",
            migration->sql, migration->number);
    enum kb_err err = store_exec(store, sql);

    free(sql);
    if (err != KB_OK) {
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return err;
}

static enum kb_err migrate(struct store *store, struct why *why)
{
    int version = user_version(store);

    if (version > (int)store_migration_count) {
        why_set(why,
            "%s was written by a newer Kabari (schema %d, this one knows %u); "
            "install the newer one",
            store->path, version, store_migration_count);
        return KB_REFUSED;
    }
    for (unsigned i = 0; version >= 0 && i < store_migration_count; i++) {
        if (store_migrations[i].number > version &&
            migrate_one(store, &store_migrations[i]) != KB_OK) {
            why_set(why, "%s: migration %s failed: %s", store->path,
                store_migrations[i].name, sqlite3_errmsg(store->db));
            return KB_DB;
        }
    }
    if (version >= 0 && version < (int)store_migration_count) {
        log_info(
            "store: migrated from=%d to=%u", version, store_migration_count);
    }
    if (version < 0) {
        why_set(why, "%s cannot be read: %s", store->path,
            sqlite3_errmsg(store->db));
        return KB_DB;
    }
    return KB_OK;
}

static const struct {
    size_t offset;
    const char *sql;
} own_statements[] = {
    {offsetof(struct store, begin),       "BEGIN IMMEDIATE"},
    {offsetof(struct store, commit),      "COMMIT"         },
    {offsetof(struct store, savepoint),   "SAVEPOINT op"   },
    {offsetof(struct store, release),     "RELEASE op"     },
    {offsetof(struct store, rollback_to), "ROLLBACK TO op" },
    {offsetof(struct store, meta_get),
     "SELECT value FROM meta WHERE name = :name"           },
    {offsetof(struct store, meta_set),
     "INSERT INTO meta (name, value) VALUES (:name, :value)"
        " ON CONFLICT DO UPDATE SET value = excluded.value"},
};

static sqlite3_stmt **own_statement(struct store *store, size_t i)
{
    return (sqlite3_stmt **)(void *)((char *)store + own_statements[i].offset);
}

static enum kb_err prepare_own(struct store *store)
{
    for (size_t i = 0; i < sizeof own_statements / sizeof *own_statements;
         i++) {
        if (store_prepare(store, own_statements[i].sql,
                own_statement(store, i)) != KB_OK) {
            return KB_DB;
        }
    }
    return KB_OK;
}

/* A database that a rehearsal has written never serves people, and the other
   way round. A new one takes the mark of whoever opens it first. */
static enum kb_err check_rehearsal(
    struct store *store, bool rehearsal, struct why *why)
{
    const char *kind = rehearsal ? "rehearsal" : "live";
    char mark[16] = "";
    enum kb_err err = store_meta_get(store, "kind", mark, sizeof mark);

    if (err == KB_NOT_FOUND) {
        err = store_op_begin(store);
        if (err == KB_OK) {
            err = store_op_end(store, store_meta_set(store, "kind", kind));
        }
        return err == KB_OK ? store_commit(store) : err;
    }
    if (err == KB_OK && strcmp(mark, kind) != 0) {
        why_set(why,
            "%s belongs to a %s gateway; give this one a database of its own "
            "(database.path) or set rehearsal = %s",
            store->path, mark, rehearsal ? "false" : "true");
        return KB_REFUSED;
    }
    return err;
}

static enum kb_err open_parts(
    struct store *store, const struct store_options *options, struct why *why)
{
    enum kb_err err = take_lock(store, options, why);

    if (err == KB_OK) {
        err = open_database(store, why);
    }
    if (err == KB_OK) {
        err = set_pragmas(store, why);
    }
    if (err == KB_OK) {
        err = migrate(store, why);
    }
    if (err == KB_OK) {
        err = prepare_own(store);
    }
    if (err == KB_OK) {
        err = check_rehearsal(store, options->rehearsal, why);
    }
    return err;
}

enum kb_err store_open(
    const struct store_options *options, struct store **out, struct why *why)
{
    struct store *store = mem_new(sizeof *store);
    enum kb_err err = KB_OK;

    /* Counting what SQLite allocates takes a lock at each allocation, and
       nobody asks for it. Refused once the library is at work. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    store->lock_fd = -1;
    store->path = mem_strdup(options->path);
    err = open_parts(store, options, why);
    if (err != KB_OK) {
        if (why != NULL && why->text[0] == '\0') {
            why_set(why, "%s cannot be opened; see the log", options->path);
        }
        store_close(store);
        return err;
    }
    *out = store;
    return KB_OK;
}

/* --- only reading ------------------------------------------------------ */

enum kb_err store_open_reader(
    const char *path, struct store **out, struct why *why)
{
    struct store *store = mem_new(sizeof *store);
    int flags =
        SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    enum kb_err err = KB_OK;

    store->lock_fd = -1;
    store->path = mem_strdup(path);
    if (sqlite3_open_v2(path, &store->db, flags, NULL) != SQLITE_OK) {
        why_set(why, "cannot read %s: %s", path, sqlite3_errmsg(store->db));
        err = KB_IO;
    }
    if (err == KB_OK) {
        err = store_exec(store, "PRAGMA query_only = ON;"
                                "PRAGMA temp_store = MEMORY;"
                                "PRAGMA cache_size = -8000;");
    }
    if (err == KB_OK) {
        err = prepare_own(store);
    }
    if (err != KB_OK) {
        store_close(store);
        return err;
    }
    *out = store;
    return KB_OK;
}

enum kb_err store_read_begin(struct store *store)
{
    return store_exec(store, "BEGIN");
}

void store_read_end(struct store *store)
{
    (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

void store_interrupt(struct store *store)
{
    sqlite3_interrupt(store->db);
}

void store_close(struct store *store)
{
    if (store == NULL) {
        return;
    }
    if (store->db != NULL) {
        if (store_commit(store) != KB_OK) {
            log_error("store: the last changes could not be committed");
        }
        for (size_t i = 0; i < sizeof own_statements / sizeof *own_statements;
             i++) {
            (void)sqlite3_finalize(*own_statement(store, i));
        }
        if (sqlite3_close(store->db) != SQLITE_OK) {
            log_warn("store: closed with statements open");
            (void)sqlite3_close_v2(store->db);
        }
    }
    if (store->lock_fd >= 0) {
        (void)close(store->lock_fd);
    }
    free(store->effects);
    free(store->path);
    free(store);
}

sqlite3 *store_db(struct store *store)
{
    return store->db;
}

/* --- statements -------------------------------------------------------- */

enum kb_err store_prepare(
    struct store *store, const char *sql, sqlite3_stmt **out)
{
    int code = sqlite3_prepare_v3(
        store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);

    if (code != SQLITE_OK) {
        log_error("store: %s in: %.300s", sqlite3_errmsg(store->db), sql);
        return KB_DB;
    }
    return KB_OK;
}

enum kb_err store_prepare_all(struct store *store,
    const struct store_statement *statements, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (store_prepare(store, statements[i].sql, statements[i].out) !=
            KB_OK) {
            store_finalize_all(statements, i);
            return KB_DB;
        }
    }
    return KB_OK;
}

void store_finalize_all(
    const struct store_statement *statements, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        (void)sqlite3_finalize(*statements[i].out);
        *statements[i].out = NULL;
    }
}

static struct store_statement place_of(
    void *room, const struct store_query *query)
{
    return (struct store_statement){
        .out = (sqlite3_stmt **)(void *)((char *)room + query->offset),
        .sql = query->sql};
}

enum kb_err store_prepare_room(struct store *store, void *room,
    const struct store_query *queries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct store_statement statement = place_of(room, &queries[i]);

        if (store_prepare_all(store, &statement, 1) != KB_OK) {
            store_finalize_room(room, queries, i);
            return KB_DB;
        }
    }
    return KB_OK;
}

void store_finalize_room(
    void *room, const struct store_query *queries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct store_statement statement = place_of(room, &queries[i]);

        store_finalize_all(&statement, 1);
    }
}

enum kb_err store_one_value(
    struct store *store, sqlite3_stmt *row, int64_t *out)
{
    enum kb_err err = store_step(store, row);

    if (err != KB_OK) {
        return err;
    }
    if (sqlite3_column_type(row, 0) == SQLITE_NULL) {
        err = KB_NOT_FOUND;
    } else {
        *out = sqlite3_column_int64(row, 0);
    }
    (void)sqlite3_reset(row);
    return err;
}

static int index_of(sqlite3_stmt *statement, const char *name)
{
    int index = sqlite3_bind_parameter_index(statement, name);

    if (index == 0) {
        log_error(
            "store: no parameter %s in: %.300s", name, sqlite3_sql(statement));
        abort();
    }
    return index;
}

void store_bind_int(sqlite3_stmt *statement, const char *name, int64_t value)
{
    (void)sqlite3_bind_int64(statement, index_of(statement, name), value);
}

void store_bind_text(
    sqlite3_stmt *statement, const char *name, const char *value)
{
    (void)sqlite3_bind_text(statement, index_of(statement, name), value, -1,
        SQLITE_TRANSIENT); // NOLINT(performance-no-int-to-ptr): SQLite's own
}

void store_bind_null(sqlite3_stmt *statement, const char *name)
{
    (void)sqlite3_bind_null(statement, index_of(statement, name));
}

void store_bind_text_or_null(
    sqlite3_stmt *statement, const char *name, const char *value)
{
    if (value == NULL || *value == '\0') {
        store_bind_null(statement, name);
    } else {
        store_bind_text(statement, name, value);
    }
}

void store_bind_id_or_null(
    sqlite3_stmt *statement, const char *name, int64_t value)
{
    if (value == 0) {
        store_bind_null(statement, name);
    } else {
        store_bind_int(statement, name, value);
    }
}

const char *store_column_text(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);

    return text == NULL ? "" : (const char *)text;
}

enum kb_err store_run(struct store *store, sqlite3_stmt *statement)
{
    int before = sqlite3_total_changes(store->db);
    int code = sqlite3_step(statement);
    enum kb_err err = fault_of(store, code);

    (void)sqlite3_reset(statement);
    if (err == KB_OK && !sqlite3_stmt_readonly(statement) &&
        sqlite3_total_changes(store->db) == before) {
        return KB_NOT_FOUND;
    }
    return err;
}

enum kb_err store_step(struct store *store, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    enum kb_err err = KB_OK;

    if (code == SQLITE_ROW) {
        return KB_OK;
    }
    err = fault_of(store, code);
    (void)sqlite3_reset(statement);
    return err == KB_OK ? KB_NOT_FOUND : err;
}

enum kb_err store_exec(struct store *store, const char *sql)
{
    return fault_of(store, sqlite3_exec(store->db, sql, NULL, NULL, NULL));
}

/* --- operations and the group commit ----------------------------------- */

/* SAVEPOINT and its kin change no rows: store_run() would say not found. */
static enum kb_err run_control(struct store *store, sqlite3_stmt *statement)
{
    enum kb_err err = fault_of(store, sqlite3_step(statement));

    (void)sqlite3_reset(statement);
    return err;
}

static void tell_pending(struct store *store)
{
    if (store->pending_fn != NULL) {
        store->pending_fn(store->pending_arg);
    }
}

/* Said once, and when it is over; not of a moment, such as a backup's. */
static void note_held(struct store *store, bool held)
{
    int64_t now = clock_mono_ms();

    if (held && store->held_since_mono_ms == 0) {
        store->held_since_mono_ms = now;
    } else if (held && !store->held_said &&
               now - store->held_since_mono_ms >= HELD_SAID_MS) {
        store->held_said = true;
        log_warn("store: another program holds the database; nothing is lost, "
                 "work waits for it");
    } else if (!held) {
        if (store->held_said) {
            log_info("store: the database is free again held_ms=%lld",
                (long long)(now - store->held_since_mono_ms));
        }
        store->held_since_mono_ms = 0;
        store->held_said = false;
    }
}

bool store_is_held(const struct store *store)
{
    return store->held_said;
}

/* The turn's transaction is there, and may be added to. */
static enum kb_err join_turn(struct store *store)
{
    enum kb_err err = KB_OK;

    if (store->in_transaction &&
        (store->half_done || sqlite3_get_autocommit(store->db) != 0)) {
        /* It is, or will be, rolled back: nothing more may join it. */
        return KB_DB;
    }
    if (!store->in_transaction) {
        err = run_control(store, store->begin);
        note_held(store, err == KB_BUSY);
        if (err != KB_OK) {
            return err;
        }
        store->in_transaction = true;
        tell_pending(store);
    }
    return KB_OK;
}

enum kb_err store_op_begin_record(struct store *store)
{
    enum kb_err err = join_turn(store);

    if (err == KB_OK) {
        err = run_control(store, store->savepoint);
    }
    if (err == KB_OK) {
        store->depth++;
    }
    return err;
}

enum kb_err store_op_begin(struct store *store)
{
    if (store->depth == 0 && !store_has_room(store)) {
        return KB_FULL;
    }
    return store_op_begin_record(store);
}

enum kb_err store_op_begin_plain(struct store *store)
{
    enum kb_err err = KB_OK;

    if (store->depth > 0) {
        return store_op_begin(store);
    }
    if (!store_has_room(store)) {
        return KB_FULL;
    }
    err = join_turn(store);
    if (err == KB_OK) {
        store->depth = 1;
        store->plain = true;
        store->changes_before = sqlite3_total_changes(store->db);
    }
    return err;
}

/* Without a savepoint what was half done can only go with the whole turn. */
static enum kb_err end_plain(struct store *store, enum kb_err result)
{
    if (result != KB_OK &&
        sqlite3_total_changes(store->db) != store->changes_before) {
        store->half_done = true;
    }
    return result;
}

enum kb_err store_run_op(struct store *store, sqlite3_stmt *statement)
{
    enum kb_err err = KB_OK;

    if (store->depth > 0) {
        return store_run(store, statement);
    }
    err = store_op_begin(store);
    return err == KB_OK ? store_op_end(store, store_run(store, statement))
                        : err;
}

enum kb_err store_run_record(struct store *store, sqlite3_stmt *statement)
{
    enum kb_err err = KB_OK;

    if (store->depth > 0) {
        return store_run(store, statement);
    }
    err = store_op_begin_record(store);
    return err == KB_OK ? store_op_end(store, store_run(store, statement))
                        : err;
}

enum kb_err store_op_end(struct store *store, enum kb_err result)
{
    enum kb_err err = KB_OK;
    bool plain = store->plain && store->depth == 1;

    store->depth--;
    store->plain = store->plain && !plain;
    if (sqlite3_get_autocommit(store->db) != 0) {
        /* SQLite itself rolled the whole transaction back (disk full, I/O). */
        return result == KB_OK ? KB_DB : result;
    }
    if (plain) {
        return end_plain(store, result);
    }
    if (result != KB_OK) {
        err = run_control(store, store->rollback_to);
    }
    if (err == KB_OK) {
        err = run_control(store, store->release);
    }
    return result == KB_OK ? err : result;
}

void store_after_commit(struct store *store, store_effect_fn *fn, void *arg)
{
    if (store->effect_count == store->effect_room) {
        store->effect_room = store->effect_room * 2 + 16;
        store->effects = mem_resize(
            store->effects, store->effect_room, sizeof *store->effects);
    }
    store->effects[store->effect_count++] = (struct effect){fn, arg};
    if (!store->in_transaction) {
        tell_pending(store);
    }
}

static enum kb_err end_transaction(struct store *store)
{
    enum kb_err err = KB_OK;

    if (!store->in_transaction) {
        return KB_OK;
    }
    if (store->half_done || sqlite3_get_autocommit(store->db) != 0) {
        err = KB_DB;
    } else {
        err = run_control(store, store->commit);
    }
    if (err != KB_OK && sqlite3_get_autocommit(store->db) == 0) {
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
    store->in_transaction = false;
    store->half_done = false;
    return err;
}

enum kb_err store_commit(struct store *store)
{
    enum kb_err err = end_transaction(store);
    struct effect *effects = store->effects;
    size_t count = store->effect_count;

    /* Effects may queue further ones: they belong to the next commit. */
    store->effects = NULL;
    store->effect_count = 0;
    store->effect_room = 0;
    for (size_t i = 0; i < count; i++) {
        effects[i].fn(effects[i].arg, err);
    }
    free(effects);
    return err;
}

void store_on_pending(struct store *store, void (*fn)(void *arg), void *arg)
{
    store->pending_fn = fn;
    store->pending_arg = arg;
}

bool store_has_room(struct store *store)
{
    int64_t now = clock_mono_ms();
    bool had_room = store->room_checked_mono_ms == 0 || store->has_room;
    struct statvfs disk;
    uint64_t total = 0;
    uint64_t low = 0;

    if (store->room_checked_mono_ms != 0 &&
        now - store->room_checked_mono_ms < ROOM_CHECK_MS) {
        return store->has_room;
    }
    store->room_checked_mono_ms = now;
    store->has_room = true;
    if (statvfs(store->path, &disk) == 0) {
        total = (uint64_t)disk.f_blocks * disk.f_frsize;
        low = total / 8 < LOW_WATER_BYTES ? total / 8 : LOW_WATER_BYTES;
        store->has_room = (uint64_t)disk.f_bavail * disk.f_frsize >= low;
    }
    if (had_room && !store->has_room) {
        log_warn("store: low on disk, no new work; free some room");
    } else if (!had_room && store->has_room) {
        log_info("store: there is room again");
    }
    return store->has_room;
}

/* --- small named values ------------------------------------------------ */

enum kb_err store_meta_get(
    struct store *store, const char *name, char *out, unsigned long out_bytes)
{
    enum kb_err err = KB_OK;

    store_bind_text(store->meta_get, ":name", name);
    err = store_step(store, store->meta_get);
    if (err == KB_OK) {
        (void)snprintf(
            out, out_bytes, "%s", store_column_text(store->meta_get, 0));
        (void)sqlite3_reset(store->meta_get);
    }
    return err;
}

enum kb_err store_meta_set(
    struct store *store, const char *name, const char *value)
{
    store_bind_text(store->meta_set, ":name", name);
    store_bind_text(store->meta_set, ":value", value);
    return store_run(store, store->meta_set);
}
