// SPDX-License-Identifier: GPL-2.0-or-later
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/*
 * What kabarid does that outlives it, step by step, for LD_PRELOAD: writes (w)
 * and syncs (s) of its database, and what it tells over sockets (t). From when
 * the file $STEP_SHIM_ARM is there, every step is written to $STEP_SHIM_TRACE
 * as it begins; before step $STEP_SHIM_KILL (from 1; 0: none) the process is
 * killed. Between two steps nothing changes that a killed process leaves.
 */

typedef ssize_t pwrite_fn(int fd, const void *data, size_t bytes, off_t offset);
typedef int sync_fn(int fd);
typedef ssize_t write_fn(int fd, const void *data, size_t bytes);
typedef ssize_t writev_fn(int fd, const struct iovec *parts, int count);
typedef ssize_t send_fn(int fd, const void *data, size_t bytes, int flags);

/* Function pointers and void pointers are kept apart by the language only. */
#define REAL(name, type)                                                       \
    ((union {                                                                  \
        void *found;                                                           \
        type call;                                                             \
    }){dlsym(RTLD_NEXT, name)}                                                 \
            .call)

static void count_step(char kind)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool armed;
    static long steps;
    const char *arm = getenv("STEP_SHIM_ARM");
    const char *trace = getenv("STEP_SHIM_TRACE");
    const char *last = getenv("STEP_SHIM_KILL");
    int fd = -1;

    if (strcmp(program_invocation_short_name, "kabarid") != 0) {
        return; /* its workers have the library, too */
    }
    (void)pthread_mutex_lock(&lock);
    armed = armed || (arm != NULL && access(arm, F_OK) == 0);
    if (armed && last != NULL && ++steps == strtol(last, NULL, 10)) {
        (void)kill(getpid(), SIGKILL);
    }
    if (armed && trace != NULL) {
        fd = open(trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    if (fd >= 0) {
        (void)!REAL("write", write_fn *)(fd, &kind, 1);
        (void)close(fd);
    }
    (void)pthread_mutex_unlock(&lock);
}

static bool is_database(int fd)
{
    char link[64];
    char target[512];
    ssize_t bytes = 0;

    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    bytes = readlink(link, target, sizeof target - 1);
    if (bytes <= 0) {
        return false;
    }
    target[bytes] = '\0';
    return strstr(target, ".db") != NULL && strstr(target, "-shm") == NULL;
}

static bool is_socket(int fd)
{
    struct stat file;

    return fstat(fd, &file) == 0 && S_ISSOCK(file.st_mode);
}

// libc names its parameters with underscores
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
ssize_t pwrite64(int fd, const void *data, size_t bytes, off_t offset)
{
    if (is_database(fd)) {
        count_step('w');
    }
    return REAL("pwrite64", pwrite_fn *)(fd, data, bytes, offset);
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset)
{
    return pwrite64(fd, data, bytes, offset);
}

int fdatasync(int fd)
{
    if (is_database(fd)) {
        count_step('s');
    }
    return REAL("fdatasync", sync_fn *)(fd);
}

int fsync(int fd)
{
    if (is_database(fd)) {
        count_step('s');
    }
    return REAL("fsync", sync_fn *)(fd);
}

ssize_t write(int fd, const void *data, size_t bytes)
{
    if (is_socket(fd)) {
        count_step('t');
    }
    return REAL("write", write_fn *)(fd, data, bytes);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    if (is_socket(fd)) {
        count_step('t');
    }
    return REAL("writev", writev_fn *)(fd, parts, count);
}

ssize_t send(int fd, const void *data, size_t bytes, int flags)
{
    if (is_socket(fd)) {
        count_step('t');
    }
    return REAL("send", send_fn *)(fd, data, bytes, flags);
}

// NOLINTEND(readability-inconsistent-declaration-parameter-name)
