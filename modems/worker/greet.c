// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/str.h"
#include "link/link.h"
#include "modems/worker/unicode.h"
#include "modems/worker/worker.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/*
 * The first words with a modem, before libGammu has it: an AT reset where the
 * gateway wants one, and what make it is, so that libGammu can be started with
 * what is known of that make.
 */

#define HELLO_TRIES 3
#define HELLO_MS    1000
#define ANSWER_MS   3000
#define RESET_MS    5000
#define REAPPEAR_MS 1000
#define ESCAPE      "\x1b\r"

/* --- the line ------------------------------------------------------------ */

int greet_open(const char *device)
{
    struct termios line;
    int fd = open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0) {
        return -1;
    }
    /* libGammu locks it the same way: another worker has it. */
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        (void)close(fd);
        return -1;
    }
    if (tcgetattr(fd, &line) == 0) {
        cfmakeraw(&line);
        line.c_cflag |= CLOCAL | CREAD;
        /* Closing must not drop DTR: some modems start anew by it. */
        line.c_cflag &= ~(tcflag_t)HUPCL;
        (void)cfsetispeed(&line, B115200);
        (void)cfsetospeed(&line, B115200);
        (void)tcsetattr(fd, TCSANOW, &line);
    }
    return fd;
}

/* What libGammu would say of it later: somebody has the device for himself. */
void greet_close(int fd)
{
    (void)ioctl(fd, TIOCNXCL);
    (void)close(fd);
}

static void ignore(void *arg, const char *line)
{
    (void)arg;
    (void)line;
}

/* --- hello --------------------------------------------------------------- */

enum kb_err greet_hello(int fd)
{
    struct raw_at at = {fd, ignore, NULL};
    struct raw_answer answer = {""};
    enum kb_err err = KB_BUSY;

    /* Whoever was there before may have left half a command or a prompt. */
    if (write(fd, ESCAPE, sizeof ESCAPE - 1) < 0) {
        return KB_CLOSED;
    }
    for (int i = 0; i < HELLO_TRIES && (err == KB_BUSY || err == KB_REFUSED);
         i++) {
        err = raw_at_ask(&at, "AT", NULL, HELLO_MS, &answer);
    }
    return err == KB_REFUSED ? KB_OK : err; /* it answers */
}

struct telling {
    const char *command;
    const struct raw_at *at; /* hears what is said unasked */
    bool pdu_follows;
    char line[256];
};

/* Its own answer may begin with the command's name: "+CGMM: X". */
static bool is_unasked(const struct telling *telling, const char *line)
{
    const char *name = telling->command + 2;
    bool own = str_starts(telling->command, "AT") &&
               strncmp(line, name, strcspn(name, "?=")) == 0;

    return !own &&
           (strchr("+^*$%#", line[0]) != NULL || str_starts(line, "RING"));
}

static void on_told(void *arg, const char *line)
{
    struct telling *telling = arg;

    bool unasked = telling->pdu_follows || is_unasked(telling, line);

    telling->pdu_follows =
        unasked && (str_starts(line, "+CMT:") || str_starts(line, "+CDS:"));
    if (unasked) {
        telling->at->on_other(telling->at->arg, line);
    } else if (telling->line[0] == '\0') {
        (void)snprintf(telling->line, sizeof telling->line, "%s", line);
    }
}

/* Some write `+CGMM: "X"`, most only X. */
static char *plain_part(char *line)
{
    char *colon = line[0] == '+' || line[0] == '^' ? strchr(line, ':') : NULL;
    char *text = str_trim(colon == NULL ? line : colon + 1);
    size_t length = strlen(text);

    if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
        text[length - 1] = '\0';
        text++;
    }
    return text;
}

enum kb_err greet_ask_on(
    const struct raw_at *line, const char *command, char *out, size_t out_bytes)
{
    struct telling telling = {.command = command, .at = line};
    struct raw_at at = {line->tty, on_told, &telling};
    struct raw_answer answer = {""};
    enum kb_err err = raw_at_ask(&at, command, NULL, ANSWER_MS, &answer);

    out[0] = '\0';
    if (err == KB_OK) {
        unicode_plain(plain_part(telling.line), out, out_bytes);
    }
    return err;
}

enum kb_err greet_ask(int fd, const char *command, char *out, size_t out_bytes)
{
    return greet_ask_on(
        &(struct raw_at){fd, ignore, NULL}, command, out, out_bytes);
}

/* --- reset --------------------------------------------------------------- */

/* @return false where the device went away: it starts anew, and another worker
   will find it. */
static bool await_modem(struct worker *worker, int fd, int64_t until_ms)
{
    struct raw_at at = {fd, ignore, NULL};
    struct raw_answer answer = {""};
    enum kb_err err = KB_BUSY;

    while (err == KB_BUSY && clock_mono_ms() < until_ms) {
        err = raw_at_ask(&at, "AT", NULL, REAPPEAR_MS, &answer);
    }
    if (err == KB_CLOSED) {
        worker_leave(worker, LINK_STARTING, "it starts anew after an AT reset");
        return false;
    }
    return true;
}

static bool reset(struct worker *worker, int fd)
{
    struct raw_at at = {fd, ignore, NULL};
    struct raw_answer answer = {""};
    enum kb_err err = KB_CLOSED;
    int64_t wait_ms = worker->config.reset_wait_s * 1000;

    if (write(fd, ESCAPE, sizeof ESCAPE - 1) > 0) {
        err = raw_at_ask(&at, worker->config.reset, NULL, RESET_MS, &answer);
    }
    worker_log(worker, "reset: %s: %s", worker->config.reset,
        err == KB_OK        ? "taken"
        : err == KB_REFUSED ? "refused"
        : err == KB_BUSY    ? "no answer"
                            : "the device went away");
    return await_modem(worker, fd, clock_mono_ms() + wait_ms);
}

/* --- what make it is ------------------------------------------------------ */

static void ask_make(int fd, struct wire_make *make)
{
    if (greet_hello(fd) != KB_OK ||
        greet_ask(fd, "AT+CGMI", make->manufacturer,
            sizeof make->manufacturer) == KB_BUSY ||
        greet_ask(fd, "AT+CGMM", make->model, sizeof make->model) == KB_BUSY) {
        return;
    }
    if (greet_ask(fd, "AT+CGMR", make->revision, sizeof make->revision) !=
        KB_OK) {
        make->revision[0] = '\0';
    }
}

/* The gateway answers at once; nothing else comes before the worker is ready. */
static bool await_quirks(struct worker *worker)
{
    union wire_any frame;
    enum wire_type type = WIRE_LOG;

    if (!worker_await(worker, &type, &frame) || type != WIRE_QUIRKS) {
        worker->port.closed = true;
        return false;
    }
    worker->quirks = frame.quirks;
    return true;
}

bool greet(struct worker *worker)
{
    struct wire_make make = {0};
    int fd = greet_open(worker->config.device);
    bool there = true;

    if (fd >= 0) {
        if (worker->config.reset[0] != '\0') {
            there = reset(worker, fd);
        }
        if (there) {
            ask_make(fd, &make);
        }
        greet_close(fd);
    }
    if (!there) {
        return false;
    }
    port_say(&worker->port, WIRE_MAKE, &make);
    return await_quirks(worker);
}
