// SPDX-License-Identifier: GPL-2.0-or-later
#include <dlfcn.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/*
 * A wall clock that somebody sets, for LD_PRELOAD: so many seconds off as stand
 * in the file $CLOCK_SHIM_FILE. The monotonic clock goes on as it does.
 */

typedef int clock_gettime_fn(clockid_t id, struct timespec *out);

static time_t offset_s(void)
{
    const char *path = getenv("CLOCK_SHIM_FILE");
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    char text[32] = "";

    if (fd < 0) {
        return 0;
    }
    if (read(fd, text, sizeof text - 1) < 0) {
        text[0] = '\0';
    }
    (void)close(fd);
    return (time_t)strtoll(text, NULL, 10);
}

// libc names its parameters with underscores
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
int clock_gettime(clockid_t id, struct timespec *out)
{
    union {
        void *found;
        clock_gettime_fn *call;
    } real = {dlsym(RTLD_NEXT, "clock_gettime")};

    int code = real.call(id, out);

    if (code == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
        out->tv_sec += offset_s();
    }
    return code;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec now = {0, 0};
    int code = clock_gettime(CLOCK_REALTIME, &now);

    (void)zone;
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return code;
}

time_t time(time_t *out)
{
    struct timespec now = {0, 0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}

// NOLINTEND(readability-inconsistent-declaration-parameter-name)
