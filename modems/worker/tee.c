// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/worker/tee.h"

#include "base/clock.h"

#include <stdbool.h>
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
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
} tee;

void tee_start(struct at_log *log, dev_t device)
{
    tee.log = log;
    tee.device = device;
    tee.last = at_log_last(log);
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

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc's
ssize_t read(int fd, void *data, size_t bytes)
{
    ssize_t got = syscall(SYS_read, fd, data, bytes);

    note(fd, AT_LOG_HEARD, data, got);
    return got;
}

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc's
ssize_t write(int fd, const void *data, size_t bytes)
{
    ssize_t sent = syscall(SYS_write, fd, data, bytes);

    note(fd, AT_LOG_SENT, data, sent);
    return sent;
}
