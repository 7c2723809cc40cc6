// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/sim/port.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <termios.h>
#include <unistd.h>

enum {
    READ_BYTES = 32768,
    TRICKLE_US = 1000,
    SAY_MAX = 1 << 20 /* bytes that nobody reads are lost beyond this */
};

struct port {
    struct sim_ports *ports;
    struct sim_modem *modem;
    int master; /* -1: unplugged */
    int slave;
    int watch;
    int opens;       /* how often others have it open */
    bool was_opened; /* since inotify was last read */
    struct event *readable;
    struct event *writable;
    struct buf say; /* on its way to the gateway, noise included */
    bool trickles;  /* more of it goes out in a millisecond */
};

struct sim_ports {
    struct sim *sim;
    struct event_base *loop;
    const char *dir;
    FILE *trace;
    int inotify; /* -1: taken for always open */
    struct event *opened;
    struct event *alarm;
    int64_t alarm_us; /* when it rings; -1: not set */
    struct port *port;
};

static void link_path(const struct port *port, const char *tail, char *out)
{
    (void)snprintf(
        out, 512, "%s/%s%s", port->ports->dir, port->modem->name, tail);
}

static void trace(
    const struct port *port, const char *arrow, const char *data, size_t bytes)
{
    FILE *file = port->ports->trace;

    if (file == NULL) {
        return;
    }
    (void)fprintf(file, "%lld %s %s ",
        (long long)sim_timers_now_us(port->ports->sim->timers),
        port->modem->name, arrow);
    for (size_t i = 0; i < bytes; i++) {
        unsigned char byte = (unsigned char)data[i];

        if (byte == '\r' || byte == '\n') {
            (void)fputs(byte == '\r' ? "\\r" : "\\n", file);
        } else if (byte < ' ' || byte > '~') {
            (void)fprintf(file, "\\x%02x", byte);
        } else {
            (void)fputc(byte, file);
        }
    }
    (void)fputc('\n', file);
    (void)fflush(file);
}

/* --- plugging -------------------------------------------------------------- */

static enum kb_err open_pair(struct port *port, char *device, size_t room)
{
    struct termios raw;

    port->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (port->master < 0 || grantpt(port->master) != 0 ||
        unlockpt(port->master) != 0 ||
        ptsname_r(port->master, device, room) != 0) {
        return KB_IO;
    }
    port->slave = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (port->slave < 0 || tcgetattr(port->slave, &raw) != 0) {
        return KB_IO;
    }
    cfmakeraw(&raw);
    return tcsetattr(port->slave, TCSANOW, &raw) == 0 ? KB_OK : KB_IO;
}

static enum kb_err make_link(const struct port *port, const char *device)
{
    char path[512] = {0};
    char fresh[512] = {0};

    link_path(port, "", path);
    link_path(port, ".new", fresh);
    (void)unlink(fresh);
    if (symlink(device, fresh) != 0 || rename(fresh, path) != 0) {
        return KB_IO;
    }
    return KB_OK;
}

static void on_readable(evutil_socket_t fd, short what, void *arg);
static void on_writable(evutil_socket_t fd, short what, void *arg);

static void close_pair(struct port *port)
{
    char path[512] = {0};

    link_path(port, "", path);
    (void)unlink(path);
    if (port->readable != NULL) {
        event_free(port->readable);
        event_free(port->writable);
        port->readable = NULL;
        port->writable = NULL;
    }
    if (port->watch >= 0) {
        (void)inotify_rm_watch(port->ports->inotify, port->watch);
    }
    if (port->slave >= 0) {
        (void)close(port->slave);
    }
    if (port->master >= 0) {
        (void)close(port->master);
    }
    port->master = -1;
    port->slave = -1;
    port->watch = -1;
    port->opens = 0;
    port->say.used = 0;
}

static enum kb_err plug(struct port *port)
{
    char device[128] = {0};
    struct sim_ports *ports = port->ports;

    if (open_pair(port, device, sizeof device) != KB_OK) {
        log_error("sim: cannot open a pseudo-terminal modem=%s error=\"%s\"",
            port->modem->name, strerror(errno));
        close_pair(port);
        return KB_IO;
    }
    if (ports->inotify >= 0) {
        port->watch = inotify_add_watch(ports->inotify, device,
            IN_OPEN | IN_CLOSE_WRITE | IN_CLOSE_NOWRITE);
    }
    port->opens = 0;
    port->modem->is_open = port->watch < 0;
    port->modem->plugged = true;
    port->readable = event_new(
        ports->loop, port->master, EV_READ | EV_PERSIST, on_readable, port);
    port->writable =
        event_new(ports->loop, port->master, EV_WRITE, on_writable, port);
    (void)event_add(port->readable, NULL);
    if (make_link(port, device) != KB_OK) {
        log_error("sim: cannot link a modem=%s error=\"%s\"", port->modem->name,
            strerror(errno));
        return KB_IO;
    }
    return KB_OK;
}

static void on_replug_due(void *arg)
{
    struct sim_modem *modem = arg;

    modem->replug_now = true;
}

static void unplug(struct port *port)
{
    struct sim_modem *modem = port->modem;
    int64_t replug_ms = modem->replug_ms;

    modem->unplug_now = false;
    modem->replug_ms = 0;
    if (!modem->plugged) {
        return;
    }
    close_pair(port);
    modem->plugged = false;
    modem->is_open = false;
    sim_modem_cut(modem);
    sim_note_event(modem, "unplugged");
    if (replug_ms > 0) {
        (void)sim_timers_add(
            modem->sim->timers, replug_ms * 1000, on_replug_due, modem);
    }
}

static void replug(struct port *port)
{
    struct sim_modem *modem = port->modem;

    modem->replug_now = false;
    if (modem->plugged || plug(port) != KB_OK) {
        return;
    }
    sim_modem_power(modem);
    sim_note_event(modem, "plugged");
    sim_network_retry(modem);
}

/* --- to the gateway -------------------------------------------------------- */

static void add_noise(struct port *port, size_t from)
{
    struct sim_fault *noise = &port->modem->fault[SIM_FAULT_NOISE];
    struct sim *sim = port->ports->sim;

    if (noise->left == 0) {
        return;
    }
    for (size_t i = from; i < port->say.used; i++) {
        if (noise->left != 0 && sim_random(sim, 1000) < noise->value) {
            port->say.data[i] =
                (char)(port->say.data[i] ^ (char)(1U << sim_random(sim, 8)));
            noise->left -= noise->left > 0 ? 1 : 0;
        }
    }
}

static void on_trickle(void *arg);

/* How much may go out now; what is left follows by a timer. */
static size_t sayable(struct port *port)
{
    const struct sim_fault *fault = &port->modem->fault[SIM_FAULT_TRICKLE];
    size_t most = (size_t)fault->value;

    if (fault->left == 0 || port->say.used <= most) {
        return port->say.used;
    }
    if (port->trickles) {
        return 0;
    }
    port->trickles = true;
    (void)sim_timers_add(
        port->ports->sim->timers, TRICKLE_US, on_trickle, port);
    return most;
}

static void say(struct port *port)
{
    ssize_t wrote = 0;
    size_t bytes = port->master < 0 ? 0 : sayable(port);

    if (bytes == 0) {
        return;
    }
    wrote = write(port->master, port->say.data, bytes);
    if (wrote < 0) {
        wrote = 0;
    }
    port->say.used -= (size_t)wrote;
    if (port->say.used > 0) {
        memmove(port->say.data, port->say.data + wrote, port->say.used);
    }
    if (port->say.used > 0 && !port->trickles) {
        (void)event_add(port->writable, NULL);
    }
}

static void on_trickle(void *arg)
{
    struct port *port = arg;

    port->trickles = false;
    say(port);
}

static bool is_end_at(const char *data, size_t bytes, size_t at)
{
    return at + 1 < bytes && data[at] == '\r' && data[at + 1] == '\n';
}

/* How the line_ends fault writes an end of line that stands at. */
static const char *faulty_end(
    const struct sim_fault *fault, const char *data, size_t at)
{
    if (fault->value == 1) {
        return "\r\r\n";
    }
    if (fault->value == 2) {
        return "\n";
    }
    return at >= 2 && is_end_at(data, at, at - 2) ? "" : "\r\n";
}

static void add_with_ends(struct port *port, const char *data, size_t bytes)
{
    const struct sim_fault *fault = &port->modem->fault[SIM_FAULT_LINE_ENDS];

    if (fault->left == 0) {
        buf_add(&port->say, data, bytes);
        return;
    }
    for (size_t i = 0; i < bytes; i++) {
        if (is_end_at(data, bytes, i)) {
            buf_add_text(&port->say, faulty_end(fault, data, i));
            i++;
        } else {
            buf_add(&port->say, data + i, 1);
        }
    }
}

/* A device that nobody has open says nothing: a computer drops what a modem
 * sends then. */
static void flush(struct port *port)
{
    struct buf *out = &port->modem->out;
    size_t from = port->say.used;

    if (out->used == 0) {
        return;
    }
    trace(port, port->modem->is_open ? "->" : "-|", out->data, out->used);
    if (port->modem->is_open && from + out->used <= SAY_MAX) {
        add_with_ends(port, out->data, out->used);
        add_noise(port, from);
    }
    out->used = 0;
    if (from == 0) {
        say(port);
    }
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    say(arg);
}

static void settle_port(struct port *port)
{
    flush(port);
    if (port->modem->restart_now) {
        sim_modem_restart(port->modem);
        flush(port);
    }
    if (port->modem->unplug_now) {
        unplug(port);
    }
    if (port->modem->replug_now) {
        replug(port);
    }
}

static void set_alarm(struct sim_ports *ports)
{
    int64_t next_us = sim_timers_next_us(ports->sim->timers);
    int64_t due_us = sim_timers_now_us(ports->sim->timers) + next_us;
    struct timeval wait = {next_us / 1000000, next_us % 1000000};

    if (next_us < 0 || (ports->alarm_us >= 0 && ports->alarm_us <= due_us)) {
        return; /* rings soon enough, and is set again then */
    }
    ports->alarm_us = due_us;
    (void)evtimer_add(ports->alarm, &wait);
}

void sim_ports_touch(struct sim_ports *ports)
{
    sim_timers_touch(ports->sim->timers, clock_mono_us());
}

void sim_ports_settle(struct sim_ports *ports)
{
    for (size_t i = 0; i < ports->sim->modems; i++) {
        settle_port(&ports->port[i]);
    }
    set_alarm(ports);
}

static void on_alarm(evutil_socket_t fd, short what, void *arg)
{
    struct sim_ports *ports = arg;

    (void)fd;
    (void)what;
    ports->alarm_us = -1;
    sim_timers_run(ports->sim->timers, clock_mono_us());
    sim_ports_settle(ports);
}

/* --- from the gateway ------------------------------------------------------ */

static void count_event(
    struct sim_ports *ports, const struct inotify_event *event)
{
    for (size_t i = 0; i < ports->sim->modems; i++) {
        struct port *port = &ports->port[i];

        if (port->watch != event->wd || port->watch < 0) {
            continue;
        }
        if ((event->mask & IN_OPEN) != 0) {
            port->opens++;
            port->was_opened = true;
        } else if ((event->mask & (IN_CLOSE_WRITE | IN_CLOSE_NOWRITE)) != 0) {
            port->opens--;
        }
    }
}

/* What the last reader left unread is gone once it has closed, as with a
 * real serial device. */
static void apply_opens(struct port *port)
{
    bool is_open = port->opens > 0;

    if (port->watch < 0 ||
        (is_open == port->modem->is_open && !port->was_opened)) {
        return;
    }
    if (!is_open) {
        port->say.used = 0;
        (void)tcflush(port->slave, TCIFLUSH);
    }
    port->modem->is_open = is_open;
    if (port->was_opened) {
        port->was_opened = false;
        sim_modem_opened(port->modem);
        sim_network_retry(port->modem);
    }
}

static void read_opens(struct sim_ports *ports)
{
    char data[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t bytes = 0;

    if (ports->inotify < 0) {
        return;
    }
    while ((bytes = read(ports->inotify, data, sizeof data)) > 0) {
        for (ssize_t at = 0; at < bytes;) {
            const struct inotify_event *event =
                (const struct inotify_event *)(const void *)(data + at);

            count_event(ports, event);
            at += (ssize_t)(sizeof *event + event->len);
        }
    }
    for (size_t i = 0; i < ports->sim->modems; i++) {
        apply_opens(&ports->port[i]);
    }
}

static void on_opened(evutil_socket_t fd, short what, void *arg)
{
    struct sim_ports *ports = arg;

    (void)fd;
    (void)what;
    sim_ports_touch(ports);
    read_opens(ports);
    sim_ports_settle(ports);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct port *port = arg;
    char data[READ_BYTES];
    ssize_t bytes = read(fd, data, sizeof data);

    (void)what;
    if (bytes <= 0) {
        return;
    }
    sim_ports_touch(port->ports);
    /* Bytes may overtake the news that somebody opened the device. */
    if (!port->modem->is_open || port->modem->state == SIM_LINE_HUNG) {
        read_opens(port->ports);
    }
    trace(port, "<-", data, (size_t)bytes);
    sim_modem_feed(port->modem, data, (size_t)bytes);
    settle_port(port);
    set_alarm(port->ports);
}

/* --- the whole ------------------------------------------------------------- */

enum kb_err sim_ports_open(struct sim *sim, struct event_base *loop,
    const char *dir, FILE *trace_file, struct sim_ports **out)
{
    struct sim_ports *ports = mem_new(sizeof *ports);

    ports->sim = sim;
    ports->loop = loop;
    ports->dir = dir;
    ports->trace = trace_file;
    ports->alarm_us = -1;
    ports->alarm = evtimer_new(loop, on_alarm, ports);
    ports->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (ports->inotify >= 0) {
        ports->opened = event_new(
            loop, ports->inotify, EV_READ | EV_PERSIST, on_opened, ports);
        (void)event_add(ports->opened, NULL);
    }
    ports->port = mem_array(sim->modems, sizeof *ports->port);
    for (size_t i = 0; i < sim->modems; i++) {
        ports->port[i] = (struct port){.ports = ports,
            .modem = &sim->modem[i],
            .master = -1,
            .slave = -1,
            .watch = -1};
    }
    *out = ports;
    for (size_t i = 0; i < sim->modems; i++) {
        if (plug(&ports->port[i]) != KB_OK) {
            sim_ports_close(ports);
            return KB_IO;
        }
    }
    set_alarm(ports);
    return KB_OK;
}

void sim_ports_close(struct sim_ports *ports)
{
    if (ports == NULL) {
        return;
    }
    for (size_t i = 0; i < ports->sim->modems; i++) {
        close_pair(&ports->port[i]);
        buf_clear(&ports->port[i].say);
    }
    if (ports->opened != NULL) {
        event_free(ports->opened);
        (void)close(ports->inotify);
    }
    event_free(ports->alarm);
    free(ports->port);
    free(ports);
}
