// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/backup.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/migrations.h"

#include <sqlite3.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES   ((size_t)1024 * 1024)
#define BUSY_WAIT_MS 10000

int store_schema(void)
{
    return (int)store_migration_count;
}

static enum kb_err open_readonly(
    const char *path, sqlite3 **out, struct why *why)
{
    int code = sqlite3_open_v2(
        path, out, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);

    if (code != SQLITE_OK) {
        why_set(why, "%.200s cannot be opened: %s", path, sqlite3_errmsg(*out));
        (void)sqlite3_close(*out);
        *out = NULL;
        return KB_IO;
    }
    (void)sqlite3_busy_timeout(*out, BUSY_WAIT_MS);
    return KB_OK;
}

/* The first cell of a query as text; "" where there is none. */
static void first_text(sqlite3 *db, const char *sql, char *out, size_t bytes)
{
    sqlite3_stmt *statement = NULL;

    out[0] = '\0';
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        (void)snprintf(
            out, bytes, "%s", (const char *)sqlite3_column_text(statement, 0));
    }
    (void)sqlite3_finalize(statement);
}

/* Sound, Kabari's, and not of a newer one? */
static enum kb_err check_file(const char *path, struct why *why)
{
    sqlite3 *db = NULL;
    char sound[200];
    char table[64];
    char version[16];
    enum kb_err err = open_readonly(path, &db, why);

    if (err != KB_OK) {
        return err;
    }
    first_text(db, "PRAGMA integrity_check(1)", sound, sizeof sound);
    first_text(db, "SELECT name FROM sqlite_schema WHERE name = 'message'",
        table, sizeof table);
    first_text(db, "PRAGMA user_version", version, sizeof version);
    (void)sqlite3_close(db);
    if (strcmp(sound, "ok") != 0 || table[0] == '\0') {
        why_set(why,
            "%.200s is no sound database of Kabari's%s%.100s; use "
            "another copy",
            path, sound[0] == '\0' ? "" : ": ", sound);
        return KB_INVALID;
    }
    if (strtol(version, NULL, 10) > store_schema()) {
        why_set(why,
            "%.200s was written by a newer Kabari (schema %s, this one knows "
            "%d); install the newer one",
            path, version, store_schema());
        return KB_INVALID;
    }
    return KB_OK;
}

/* --- backup --- */

static enum kb_err vacuum_into(
    const char *path, const char *to, struct why *why)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    enum kb_err err = open_readonly(path, &db, why);
    int code = SQLITE_OK;

    if (err != KB_OK) {
        return err;
    }
    code = sqlite3_prepare_v2(db, "VACUUM INTO :to", -1, &statement, NULL);
    if (code == SQLITE_OK) {
        (void)sqlite3_bind_text(statement, 1, to, -1, SQLITE_STATIC);
        code = sqlite3_step(statement);
    }
    if (code != SQLITE_DONE) {
        why_set(why, "%.200s cannot be written: %s", to, sqlite3_errmsg(db));
        err = KB_IO;
    }
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
    return err;
}

/* What a rename made must also be on disk: the file, then its folder. */
static enum kb_err sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    int done = fd < 0 ? -1 : fsync(fd);

    if (fd >= 0) {
        (void)close(fd);
    }
    return done == 0 ? KB_OK : KB_IO;
}

static enum kb_err sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t bytes = slash == NULL ? 0 : (size_t)(slash - path);
    char *folder = bytes == 0 ? mem_strdup(slash == NULL ? "." : "/")
                              : mem_strndup(path, bytes);
    enum kb_err err = sync_path(folder, O_RDONLY | O_DIRECTORY);

    free(folder);
    return err;
}

static enum kb_err put_in_place(
    const char *from, const char *to, struct why *why)
{
    if (sync_path(from, O_RDONLY) != KB_OK || rename(from, to) != 0 ||
        sync_folder(to) != KB_OK) {
        why_set(why, "%.200s cannot be written: %s", to, strerror(errno));
        return KB_IO;
    }
    return KB_OK;
}

enum kb_err store_backup(
    const char *path, const char *to, int64_t *bytes, struct why *why)
{
    struct stat there = {0};
    char *part = mem_printf("%s.part", to);
    mode_t old_mask = 0;
    enum kb_err err = KB_OK;

    if (lstat(to, &there) == 0) {
        why_set(why, "%.200s is there already; name a new file", to);
        free(part);
        return KB_REFUSED;
    }
    (void)unlink(part);
    old_mask = umask(0077); /* all residents are in it */
    err = vacuum_into(path, part, why);
    (void)umask(old_mask);
    if (err == KB_OK) {
        err = check_file(part, why);
    }
    if (err == KB_OK) {
        err = put_in_place(part, to, why);
    }
    if (err == KB_OK && stat(to, &there) == 0) {
        *bytes = (int64_t)there.st_size;
    } else {
        (void)unlink(part);
    }
    free(part);
    return err;
}

/* --- restore --- */

static enum kb_err copy_open(int from, int to)
{
    char *piece = mem_new(COPY_BYTES);
    ssize_t got = 0;
    bool fine = true;

    while (fine && (got = read(from, piece, COPY_BYTES)) > 0) {
        for (ssize_t done = 0; fine && done < got;) {
            ssize_t put = write(to, piece + done, (size_t)(got - done));

            fine = put > 0;
            done += put;
        }
    }
    free(piece);
    return fine && got == 0 && fsync(to) == 0 ? KB_OK : KB_IO;
}

/* The new file belongs to whom the old one, or its folder, belongs to. */
static void take_over_owner(const char *path, int fd)
{
    struct stat owner = {0};
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL ? mem_strdup(".")
                                 : mem_strndup(path, (size_t)(slash - path));
    bool known = stat(path, &owner) == 0 || stat(folder, &owner) == 0;

    if (known && geteuid() == 0) {
        (void)(fchown(fd, owner.st_uid, owner.st_gid) == 0);
    }
    free(folder);
}

static enum kb_err copy_file(
    const char *from, const char *to, const char *path, struct why *why)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out =
        in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0660);
    enum kb_err err = out < 0 ? KB_IO : copy_open(in, out);

    if (err != KB_OK) {
        why_set(why, "%.200s cannot be copied: %s", from, strerror(errno));
    } else {
        take_over_owner(path, out);
    }
    if (in >= 0) {
        (void)close(in);
    }
    if (out >= 0) {
        (void)close(out);
    }
    return err;
}

static int take_lock(const char *path)
{
    char *lock = mem_printf("%s.lock", path);
    int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0660);

    free(lock);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

/* The old one and its log go aside together: they are one. */
static enum kb_err keep_old(
    const char *path, char *kept, unsigned long kept_bytes, struct why *why)
{
    static const char *const ends[] = {"-wal", "-shm"};
    struct clock clock = clock_system();
    struct civil_text now = civil_short(clock_now_ms(&clock));

    kept[0] = '\0';
    if (access(path, F_OK) != 0) {
        return KB_OK;
    }
    now.text[10] = '_';
    (void)snprintf(kept, kept_bytes, "%s.before_%s", path, now.text);
    if (access(kept, F_OK) == 0 || rename(path, kept) != 0) {
        why_set(why, "%.200s cannot be moved to %.200s; try again in a minute",
            path, kept);
        return KB_IO;
    }
    for (size_t i = 0; i < 2; i++) {
        char *from = mem_printf("%s%s", path, ends[i]);
        char *to = mem_printf("%s%s", kept, ends[i]);

        (void)(rename(from, to) == 0); /* there may be none */
        free(from);
        free(to);
    }
    return KB_OK;
}

enum kb_err store_restore(const char *path, const char *from, char *kept,
    unsigned long kept_bytes, struct why *why)
{
    char *part = NULL;
    int lock = -1;
    enum kb_err err = KB_OK;

    if (access(from, R_OK) != 0) {
        why_set(why, "%.200s: %s", from, strerror(errno));
        return KB_NOT_FOUND;
    }
    lock = take_lock(path);
    if (lock < 0) {
        why_set(why,
            "a kabarid uses %.200s; stop it first: systemctl stop "
            "kabarid",
            path);
        return KB_BUSY;
    }
    part = mem_printf("%s.restore", path);
    err = check_file(from, why);
    if (err == KB_OK) {
        err = copy_file(from, part, path, why);
    }
    if (err == KB_OK) {
        err = keep_old(path, kept, kept_bytes, why);
    }
    if (err == KB_OK) {
        err = put_in_place(part, path, why);
    }
    if (err != KB_OK) {
        (void)unlink(part);
    }
    free(part);
    (void)close(lock);
    return err;
}
