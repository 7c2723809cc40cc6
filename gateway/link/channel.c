// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "link/link_internal.h"

#include <event2/event.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of frames for a worker that does not read: a submit, some dones. */
#define OUT_MOST_BYTES 65536
#define READ_BYTES     65536
/* A zero-latency modem makes some 5,000 results a second. */
#define FRAMES_A_SECOND 100000

static const struct timeval reap_every = {0, 20000};

static bool flooding(struct link *link)
{
    int64_t now_ms = clock_mono_ms();

    if (now_ms - link->window_at_ms >= 1000) {
        link->window_at_ms = now_ms;
        link->window_frames = 0;
    }
    return ++link->window_frames > FRAMES_A_SECOND;
}

static void drop_front(struct buf *buf, size_t bytes)
{
    if (bytes > 0) {
        buf->used -= bytes;
        memmove(buf->data, buf->data + bytes, buf->used);
    }
}

static enum kb_err take_frames(struct link *link)
{
    size_t taken = 0;
    enum kb_err err = KB_OK;

    while (err == KB_OK && !link->ending) {
        struct wire_frame frame = {0};

        err = wire_next(
            buf_text(&link->in) + taken, link->in.used - taken, &frame);
        if (err == KB_OK) {
            taken += frame.frame_bytes;
            err = flooding(link) ? KB_PROTOCOL : receive_frame(link, &frame);
        }
    }
    drop_front(&link->in, taken);
    return err == KB_NOT_FOUND ? KB_OK : err;
}

/* One read of at most 64 KiB. @return bytes, 0 at the end, -1: none now. */
static ssize_t fill(struct link *link)
{
    char bytes[READ_BYTES];
    ssize_t got =
        recv(link->process.channel, bytes, sizeof bytes, MSG_DONTWAIT);

    if (got > 0) {
        buf_add(&link->in, bytes, (size_t)got);
        return got;
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return -1;
    }
    return 0;
}

bool channel_take(struct link *link)
{
    ssize_t got = link->process.channel < 0 ? 0 : fill(link);

    if (got > 0 && take_frames(link) != KB_OK) {
        link_kill(link, END_PROTOCOL, "the worker sent a bad frame");
        return false;
    }
    return got != 0;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct link *link = arg;

    (void)fd;
    (void)what;
    if (!channel_take(link) && link->process.channel >= 0) {
        (void)event_del(link->read_event);
        if (!link->ending) {
            link_kill(link, END_ITSELF, "");
        }
    }
}

/* @return false where the channel is broken. */
static bool flush(struct link *link)
{
    while (link->out.used > 0) {
        ssize_t sent = send(link->process.channel, link->out.data,
            link->out.used, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        drop_front(&link->out, (size_t)sent);
    }
    return true;
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct link *link = arg;

    (void)fd;
    (void)what;
    /* A broken channel is noticed by reading it. */
    if (flush(link) && link->out.used > 0) {
        (void)event_add(link->write_event, NULL);
    }
}

enum kb_err channel_send(
    struct link *link, enum wire_type type, const void *message)
{
    enum kb_err err = KB_CLOSED;

    if (link->process.channel < 0 || link->ending) {
        return KB_CLOSED;
    }
    err = wire_pack(&link->out, type, message);
    if (err != KB_OK) {
        return err;
    }
    if (link->out.used > OUT_MOST_BYTES) {
        link_kill(link, END_HUNG, "the worker reads nothing any more");
    } else if (flush(link) && link->out.used > 0) {
        (void)event_add(link->write_event, NULL);
    }
    return KB_OK;
}

/* The worker has ended; what it wrote before that still counts. */
static void on_exit_seen(evutil_socket_t fd, short what, void *arg)
{
    struct link *link = arg;
    int status = 0;

    (void)fd;
    (void)what;
    if (!spawn_reap(&link->process, &status)) {
        return;
    }
    while (!link->ending && link->process.channel >= 0 && fill(link) > 0) {
        if (take_frames(link) != KB_OK) {
            break;
        }
    }
    channel_close(link);
    link_worker_ended(link, status);
}

static enum kb_err listen_for_exit(struct link *link)
{
    const struct timeval *every = NULL;

    if (link->process.pidfd >= 0) {
        link->exit_event = event_new(link->base, link->process.pidfd,
            EV_READ | EV_PERSIST, on_exit_seen, link);
    } else {
        every = &reap_every;
        link->exit_event =
            event_new(link->base, -1, EV_PERSIST, on_exit_seen, link);
    }
    return link->exit_event != NULL && event_add(link->exit_event, every) == 0
               ? KB_OK
               : KB_IO;
}

enum kb_err channel_open(struct link *link)
{
    int fd = link->process.channel;

    link->read_event =
        event_new(link->base, fd, EV_READ | EV_PERSIST, on_readable, link);
    link->write_event = event_new(link->base, fd, EV_WRITE, on_writable, link);
    if (link->read_event == NULL || link->write_event == NULL ||
        event_add(link->read_event, NULL) != 0 ||
        listen_for_exit(link) != KB_OK) {
        channel_close(link);
        return KB_IO;
    }
    return KB_OK;
}

static void drop_event(struct event **event)
{
    if (*event != NULL) {
        event_free(*event);
    }
    *event = NULL;
}

void channel_close(struct link *link)
{
    drop_event(&link->read_event);
    drop_event(&link->write_event);
    drop_event(&link->exit_event);
    if (link->process.channel >= 0) {
        (void)close(link->process.channel);
    }
    link->process.channel = -1;
    buf_clear(&link->in);
    buf_clear(&link->out);
}
