// SPDX-License-Identifier: GPL-2.0-or-later
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/*
 * A disk between kabarid and its own, for LD_PRELOAD. It serves two tests:
 *
 * Power loss. $DISK_SHIM_SHADOW is a folder that holds of the database and its
 * log only what a power cut would leave: what was written since the last sync
 * of a file comes into its shadow at the next one; some of it ($DISK_SHIM_EARLY
 * per cent, by the chance of $DISK_SHIM_SEED) earlier, whole or torn at a
 * sector, as disks write when they please.
 *
 * A bad disk. While the file $DISK_SHIM_FAIL.write (or .sync) exists, writes
 * (or syncs) of the database answer EIO.
 */

#define SECTOR 512
#define FILES  2

static const char *const tails[FILES] = {".db", ".db-wal"};

struct change {
    struct change *next;
    void *data; /* NULL: a truncation to offset */
    size_t bytes;
    off_t offset;
};

// Its callers are libc's: there is no argument for what it keeps.
// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables)
static struct change *first[FILES];
static struct change **last[FILES] = {&first[0], &first[1]};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t chance;
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

/* Function pointers and void pointers are kept apart by the language only. */
#define REAL(name, type)                                                       \
    ((union {                                                                  \
        void *found;                                                           \
        type call;                                                             \
    }){dlsym(RTLD_NEXT, name)}                                                 \
            .call)

typedef ssize_t pwrite_fn(int fd, const void *data, size_t bytes, off_t offset);
typedef int sync_fn(int fd);
typedef int truncate_fn(int fd, off_t bytes);
typedef int unlink_fn(const char *path);

/* Which of the files it is, -1: none of ours. */
static int file_of_path(const char *path)
{
    for (int i = 0; i < FILES; i++) {
        size_t bytes = strlen(path);
        size_t tail = strlen(tails[i]);

        if (bytes > tail && strcmp(path + bytes - tail, tails[i]) == 0) {
            return i;
        }
    }
    return -1;
}

static int file_of(int fd)
{
    char name[64];
    char path[512];
    ssize_t bytes = 0;

    (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    // NOLINTNEXTLINE(readability-suspicious-call-argument)
    bytes = readlink(name, path, sizeof path - 1);
    if (bytes <= 0) {
        return -1;
    }
    path[bytes] = '\0';
    return file_of_path(path);
}

static bool fails(const char *what)
{
    const char *base = getenv("DISK_SHIM_FAIL");
    char path[512];

    if (base == NULL) {
        return false;
    }
    (void)snprintf(path, sizeof path, "%s.%s", base, what);
    return access(path, F_OK) == 0;
}

/* --- the shadow ----------------------------------------------------------- */

static bool shadow_path(int file, char *out, size_t room)
{
    const char *folder = getenv("DISK_SHIM_SHADOW");

    (void)snprintf(
        out, room, "%s/k%s", folder == NULL ? "" : folder, tails[file]);
    return folder != NULL;
}

static uint32_t draw(uint32_t limit)
{
    const char *seed = getenv("DISK_SHIM_SEED");

    if (chance == 0) {
        chance = seed == NULL ? 1 : strtoull(seed, NULL, 10) * 2 + 1;
    }
    chance = chance * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return (uint32_t)(chance >> 33) % limit;
}

/* What cannot be kept must not pass for kept. */
static void must(bool good)
{
    if (!good) {
        (void)fputs("disk_shim: the shadow cannot be written\n", stderr);
        abort();
    }
}

static void apply(int file, const struct change *change, size_t bytes)
{
    char path[512];
    int fd = -1;

    (void)shadow_path(file, path, sizeof path);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    must(fd >= 0);
    if (change->data == NULL) {
        must(REAL("ftruncate64", truncate_fn *)(fd, change->offset) == 0);
    } else {
        must(REAL("pwrite64", pwrite_fn *)(
                 fd, change->data, bytes, change->offset) == (ssize_t)bytes);
    }
    (void)close(fd);
}

static void keep(int file, const void *data, size_t bytes, off_t offset)
{
    const char *early = getenv("DISK_SHIM_EARLY");
    struct change *change = NULL;
    char path[512];

    if (file < 0 || !shadow_path(file, path, sizeof path)) {
        return;
    }
    change = calloc(1, sizeof *change);
    must(change != NULL);
    change->offset = offset;
    if (data != NULL) {
        change->data = malloc(bytes + 1);
        must(change->data != NULL);
        memcpy(change->data, data, bytes);
        change->bytes = bytes;
    }
    (void)pthread_mutex_lock(&lock);
    *last[file] = change;
    last[file] = &change->next;
    if (data != NULL && early != NULL &&
        draw(100) < (uint32_t)strtoul(early, NULL, 10)) {
        size_t torn =
            bytes > SECTOR && draw(2) == 0
                ? (size_t)SECTOR * (1 + draw((uint32_t)(bytes / SECTOR)))
                : bytes;

        apply(file, change, torn < bytes ? torn : bytes);
    }
    (void)pthread_mutex_unlock(&lock);
}

static void apply_all(int file)
{
    (void)pthread_mutex_lock(&lock);
    while (first[file] != NULL) {
        struct change *change = first[file];

        apply(file, change, change->bytes);
        first[file] = change->next;
        free(change->data);
        free(change);
    }
    last[file] = &first[file];
    (void)pthread_mutex_unlock(&lock);
}

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): libc's
/* --- the calls ------------------------------------------------------------- */

ssize_t pwrite64(int fd, const void *data, size_t bytes, off_t offset)
{
    int file = file_of(fd);
    ssize_t wrote = -1;

    if (file >= 0 && fails("write")) {
        errno = EIO;
        return -1;
    }
    wrote = REAL("pwrite64", pwrite_fn *)(fd, data, bytes, offset);
    if (wrote > 0) {
        keep(file, data, (size_t)wrote, offset);
    }
    return wrote;
}

static int sync_by(const char *name, int fd)
{
    int file = file_of(fd);
    int code = -1;

    if (file >= 0 && fails("sync")) {
        errno = EIO;
        return -1;
    }
    code = REAL(name, sync_fn *)(fd);
    if (code == 0 && file >= 0) {
        apply_all(file);
    }
    return code;
}

int fdatasync(int fd)
{
    return sync_by("fdatasync", fd);
}

int fsync(int fd)
{
    return sync_by("fsync", fd);
}

int ftruncate64(int fd, off_t bytes)
{
    int code = REAL("ftruncate64", truncate_fn *)(fd, bytes);

    if (code == 0) {
        keep(file_of(fd), NULL, 0, bytes);
    }
    return code;
}

int unlink(const char *path)
{
    int file = file_of_path(path);
    char shadow[512];

    if (file >= 0 && shadow_path(file, shadow, sizeof shadow)) {
        apply_all(file);
        (void)REAL("unlink", unlink_fn *)(shadow);
    }
    return REAL("unlink", unlink_fn *)(path);
}

// NOLINTEND(readability-inconsistent-declaration-parameter-name)
