// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/sim/control.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    REQUEST_MAX = 65536
};

struct client {
    LIST_ENTRY(client) next;
    struct sim_control *control;
    struct bufferevent *stream;
};

struct sim_control {
    struct sim *sim;
    struct sim_ports *ports;
    struct evconnlistener *listener;
    char path[108];
    LIST_HEAD(client_list, client) clients;
};

static enum kb_err set_address(const char *path, struct sockaddr_un *out)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    return str_copy(out->sun_path, sizeof out->sun_path, path);
}

static void drop(struct client *client)
{
    LIST_REMOVE(client, next);
    bufferevent_free(client->stream);
    free(client);
}

static void answer(struct client *client, const char *line, size_t bytes)
{
    struct sim_control *control = client->control;
    char *text = NULL;

    sim_ports_touch(control->ports);
    text = sim_request(control->sim, line, bytes);
    sim_ports_settle(control->ports);
    (void)bufferevent_write(client->stream, text, strlen(text));
    (void)bufferevent_write(client->stream, "\n", 1);
    free(text);
}

static void on_read(struct bufferevent *stream, void *arg)
{
    struct evbuffer *input = bufferevent_get_input(stream);
    size_t bytes = 0;
    char *line = NULL;

    while ((line = evbuffer_readln(input, &bytes, EVBUFFER_EOL_LF)) != NULL) {
        answer(arg, line, bytes);
        free(line);
    }
    if (evbuffer_get_length(input) >= REQUEST_MAX) {
        drop(arg); /* no request is that long */
    }
}

static void on_gone(struct bufferevent *stream, short what, void *arg)
{
    (void)stream;
    (void)what;
    drop(arg);
}

static void on_client(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *address, int length, void *arg)
{
    struct sim_control *control = arg;
    struct client *client = mem_new(sizeof *client);

    (void)address;
    (void)length;
    client->control = control;
    client->stream = bufferevent_socket_new(
        evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
    LIST_INSERT_HEAD(&control->clients, client, next);
    bufferevent_setcb(client->stream, on_read, NULL, on_gone, client);
    bufferevent_setwatermark(client->stream, EV_READ, 0, REQUEST_MAX);
    (void)bufferevent_enable(client->stream, EV_READ | EV_WRITE);
}

static int listen_on(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    mode_t mask = umask(0077);
    int bound = -1;

    (void)unlink(address->sun_path);
    if (fd >= 0) {
        bound = bind(fd, (const struct sockaddr *)address, sizeof *address);
    }
    (void)umask(mask);
    if (fd >= 0 && (bound != 0 || listen(fd, 64) != 0)) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

enum kb_err sim_control_open(struct sim *sim, struct sim_ports *ports,
    struct event_base *loop, const char *path, struct sim_control **out)
{
    struct sockaddr_un address;
    struct sim_control *control = NULL;
    int fd = -1;

    if (set_address(path, &address) != KB_OK ||
        (fd = listen_on(&address)) < 0) {
        log_error(
            "sim: cannot listen path=%s error=\"%s\"", path, strerror(errno));
        return KB_IO;
    }
    control = mem_new(sizeof *control);
    control->sim = sim;
    control->ports = ports;
    LIST_INIT(&control->clients);
    memcpy(control->path, address.sun_path, sizeof control->path);
    control->listener = evconnlistener_new(loop, on_client, control,
        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    *out = control;
    return KB_OK;
}

void sim_control_close(struct sim_control *control)
{
    struct client *client = NULL;

    if (control == NULL) {
        return;
    }
    client = LIST_FIRST(&control->clients);
    while (client != NULL) {
        struct client *next = LIST_NEXT(client, next);

        drop(client);
        client = next;
    }
    evconnlistener_free(control->listener);
    (void)unlink(control->path);
    free(control);
}

/* --- the client ------------------------------------------------------------ */

static bool send_all(int fd, const char *text, size_t bytes)
{
    while (bytes > 0) {
        ssize_t wrote = send(fd, text, bytes, MSG_NOSIGNAL);

        if (wrote <= 0) {
            return false;
        }
        text += wrote;
        bytes -= (size_t)wrote;
    }
    return true;
}

static void read_line(int fd, struct buf *out)
{
    char data[4096];
    ssize_t bytes = 0;

    while (memchr(buf_text(out), '\n', out->used) == NULL &&
           (bytes = read(fd, data, sizeof data)) > 0) {
        buf_add(out, data, (size_t)bytes);
    }
}

static int exchange(int fd, const char *request)
{
    struct buf answer_text = {0};
    int code = EXIT_FAILURE;

    if (send_all(fd, request, strlen(request)) && send_all(fd, "\n", 1)) {
        read_line(fd, &answer_text);
    }
    if (answer_text.used == 0) {
        (void)fputs("kabari-sim: no answer; is it still running?\n", stderr);
    } else {
        (void)fputs(buf_text(&answer_text), stdout);
        code = str_starts(buf_text(&answer_text), "{\"ok\":true")
                   ? EXIT_SUCCESS
                   : EXIT_FAILURE;
    }
    buf_clear(&answer_text);
    return code;
}

int sim_control_send(const char *path, const char *request)
{
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int code = EXIT_FAILURE;

    if (fd < 0 || set_address(path, &address) != KB_OK ||
        connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        (void)fprintf(stderr,
            "kabari-sim: cannot reach %s: %s; start kabari-sim there first\n",
            path, strerror(errno));
    } else {
        code = exchange(fd, request);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return code;
}
