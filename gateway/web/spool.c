// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/spool.h"

#include "base/mem.h"

#include <event2/buffer.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct spool {
    int fd;
    uint64_t length;
    uint64_t taken;
};

struct spool *spool_new(const char *folder, uint64_t length)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    struct spool *spool = NULL;

    if (fd < 0) {
        return NULL;
    }
    spool = mem_new(sizeof *spool);
    spool->fd = fd;
    spool->length = length;
    return spool;
}

void spool_free(struct spool *spool)
{
    if (spool != NULL) {
        (void)close(spool->fd);
        free(spool);
    }
}

uint64_t spool_left(const struct spool *spool)
{
    return spool->length - spool->taken;
}

bool spool_take(struct spool *spool, struct evbuffer *from)
{
    size_t here = evbuffer_get_length(from);
    uint64_t wanted = here < spool_left(spool) ? here : spool_left(spool);

    while (wanted > 0) {
        int moved = evbuffer_write_atmost(from, spool->fd, (ev_ssize_t)wanted);

        if (moved <= 0) {
            return false;
        }
        spool->taken += (uint64_t)moved;
        wanted -= (uint64_t)moved;
    }
    return true;
}

bool spool_give(const struct spool *spool, struct evbuffer *to)
{
    int fd = fcntl(spool->fd, F_DUPFD_CLOEXEC, 0);
    struct evbuffer *body = evbuffer_new();
    bool given = fd >= 0 && body != NULL &&
                 evbuffer_add_file(body, fd, 0, (ev_off_t)spool->length) == 0;

    /* The buffer closes what it took. */
    if (!given && fd >= 0) {
        (void)close(fd);
    }
    given = given && evbuffer_prepend_buffer(to, body) == 0;
    if (body != NULL) {
        evbuffer_free(body);
    }
    return given;
}

int spool_fd(const struct spool *spool)
{
    return spool->fd;
}
