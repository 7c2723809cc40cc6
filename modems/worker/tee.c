// SPDX-License-Identifier: GPL-2.0-or-later
/* The checked read() of a hardened build is an inline function of that name. */
#undef _FORTIFY_SOURCE
#include "modems/worker/tee.h"

#include "base/clock.h"
#include "modems/worker/sieve.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Descriptors 0 to 4 are never the modem's: see modems/README.md. */
#define FIRST_FD 5

/* read() and write() have no argument for it, as usleep() has none: see
   pauses.c. */
static struct {
    struct at_log *log;
    dev_t device;
    uint64_t last;
    struct sieve sieve;
    char kept[2 * SIEVE_PREFIX_MOST]; /* read and sieved, not handed out yet */
    size_t kept_bytes;
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
} tee;

void tee_start(struct at_log *log, dev_t device)
{
    tee.log = log;
    tee.device = device;
    tee.last = at_log_last(log);
}

void tee_sieve(const char *prefixes)
{
    tee.sieve = (struct sieve){.prefixes = prefixes};
}

bool tee_waits(void)
{
    return tee.kept_bytes > 0;
}

void tee_note(const char *text)
{
    if (tee.log != NULL) {
        at_log_add(tee.log, &tee.last, clock_mono_ms(), AT_LOG_NOTE, text,
            strlen(text));
    }
}

/* One fstat a call: far less than what the line takes for a byte. */
static bool is_the_modem(int fd)
{
    struct stat status;

    return tee.log != NULL && fd >= FIRST_FD && fstat(fd, &status) == 0 &&
           S_ISCHR(status.st_mode) && status.st_rdev == tee.device;
}

static void note(int fd, char kind, const void *data, ssize_t bytes)
{
    if (bytes > 0 && is_the_modem(fd)) {
        at_log_add(
            tee.log, &tee.last, clock_mono_ms(), kind, data, (size_t)bytes);
    }
}

static ssize_t hand_out(char *data, size_t bytes)
{
    size_t some = bytes < tee.kept_bytes ? bytes : tee.kept_bytes;

    memcpy(data, tee.kept, some);
    tee.kept_bytes -= some;
    memmove(tee.kept, tee.kept + some, tee.kept_bytes);
    return (ssize_t)some;
}

/* A byte that stays may bring those that were held before it: what the caller
   has no room for waits. Where nothing stays it is as if nothing had come. */
static ssize_t read_sieved(int fd, char *data, size_t bytes)
{
    char raw[256];
    ssize_t got =
        syscall(SYS_read, fd, raw, bytes < sizeof raw ? bytes : sizeof raw);
    size_t used = 0;

    note(fd, AT_LOG_HEARD, raw, got);
    for (ssize_t i = 0; i < got; i++) {
        char stays[SIEVE_PREFIX_MOST];
        size_t count = sieve_take(&tee.sieve, raw[i], stays);
        size_t fits = count < bytes - used ? count : bytes - used;

        memcpy(data + used, stays, fits);
        used += fits;
        if (count - fits <= sizeof tee.kept - tee.kept_bytes) {
            memcpy(tee.kept + tee.kept_bytes, stays + fits, count - fits);
            tee.kept_bytes += count - fits;
        }
    }
    if (got > 0 && used == 0) {
        errno = EAGAIN;
        return -1;
    }
    return got <= 0 ? got : (ssize_t)used;
}

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc's
ssize_t read(int fd, void *data, size_t bytes)
{
    ssize_t got = 0;

    if (tee.sieve.prefixes == NULL || *tee.sieve.prefixes == '\0' ||
        bytes == 0 || !is_the_modem(fd)) {
        got = syscall(SYS_read, fd, data, bytes);
        note(fd, AT_LOG_HEARD, data, got);
        return got;
    }
    return tee.kept_bytes > 0 ? hand_out(data, bytes)
                              : read_sieved(fd, data, bytes);
}

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc's
ssize_t write(int fd, const void *data, size_t bytes)
{
    ssize_t sent = syscall(SYS_write, fd, data, bytes);

    note(fd, AT_LOG_SENT, data, sent);
    return sent;
}
