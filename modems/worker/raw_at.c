// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/worker/raw_at.h"

#include "base/clock.h"
#include "base/str.h"
#include "modems/worker/tee.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reading {
    const struct raw_at *at;
    const char *command; /* its echo is no line of the answer; NULL: none */
    const char *prefix;
    bool any_final; /* the final result ends it, else the wanted line */
    int64_t until_ms;
    struct raw_answer *out;
    char line[1100]; /* more than a PDU in hex */
    size_t used;
};

enum raw_line raw_at_judge(const char *line)
{
    if (strcmp(line, "OK") == 0) {
        return RAW_LINE_OK;
    }
    if (strcmp(line, "ERROR") == 0 || str_starts(line, "+CME ERROR") ||
        str_starts(line, "+CMS ERROR")) {
        return RAW_LINE_ERROR;
    }
    return RAW_LINE_OTHER;
}

static int number_of(const char *text)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);

    return end == text || value < 0 || value > 99 ? -1 : (int)value;
}

int raw_at_creg(const char *line)
{
    const char *first = strchr(line, ':');
    const char *second = NULL;

    if (first == NULL) {
        return -1;
    }
    /* Asked for it is "<n>,<stat>", by itself "<stat>[,…]": 3GPP TS 27.007
       §7.2. What comes by itself goes on with a quoted area code. */
    second = strchr(first, ',');
    if (second != NULL && second[1] != '"') {
        return number_of(second + 1);
    }
    return number_of(first + 1);
}

void raw_at_cops(const char *line, char *out, size_t out_bytes)
{
    const char *start = strchr(line, '"');
    const char *end = start == NULL ? NULL : strchr(start + 1, '"');
    size_t used = 0;

    for (const char *in = start; end != NULL && ++in < end;) {
        if (used + 1 < out_bytes) {
            out[used++] = (char)(*in >= ' ' && *in <= '~' ? *in : '?');
        }
    }
    out[used] = '\0';
}

bool raw_at_place(
    const char *line, char *memory, size_t memory_bytes, int *location)
{
    const char *start = strchr(line, '"');
    const char *end = start == NULL ? NULL : strchr(start + 1, '"');
    char *rest = NULL;
    long place = 0;

    if (end == NULL || end[1] != ',' || (size_t)(end - start) > memory_bytes) {
        return false;
    }
    place = strtol(end + 2, &rest, 10);
    if (rest == end + 2 || place < 0 || place > 65535) {
        return false;
    }
    memcpy(memory, start + 1, (size_t)(end - start - 1));
    memory[end - start - 1] = '\0';
    *location = (int)place;
    return true;
}

static void keep_line(struct reading *reading)
{
    (void)snprintf(reading->out->line, sizeof reading->out->line, "%.*s",
        (int)sizeof reading->out->line - 1, reading->line);
}

static bool is_wanted(const struct reading *reading)
{
    return reading->prefix != NULL &&
           str_starts(reading->line, reading->prefix);
}

static bool is_echo(const struct reading *reading)
{
    return reading->command != NULL &&
           strcmp(reading->line, reading->command) == 0;
}

/* @return KB_NOT_FOUND while more lines are needed. */
static enum kb_err take_line(struct reading *reading)
{
    switch (raw_at_judge(reading->line)) {
    case RAW_LINE_OK:
        return reading->any_final ? KB_OK : KB_REFUSED;
    case RAW_LINE_ERROR:
        keep_line(reading);
        return KB_REFUSED;
    case RAW_LINE_OTHER:
        break;
    }
    if (is_echo(reading)) {
        return KB_NOT_FOUND;
    }
    if (!is_wanted(reading)) {
        reading->at->on_other(reading->at->arg, reading->line);
        return KB_NOT_FOUND;
    }
    if (reading->out->line[0] == '\0') {
        keep_line(reading);
    }
    return reading->any_final ? KB_NOT_FOUND : KB_OK;
}

static enum kb_err take_byte(struct reading *reading, char byte)
{
    enum kb_err err = KB_NOT_FOUND;

    if (byte != '\r' && byte != '\n') {
        if (reading->used + 1 < sizeof reading->line) {
            reading->line[reading->used++] = byte;
        }
        return KB_NOT_FOUND;
    }
    reading->line[reading->used] = '\0';
    if (reading->used > 0) {
        err = take_line(reading);
    }
    reading->used = 0;
    return err;
}

/* Byte by byte, so that nothing behind the final line is taken away from
   libGammu; these answers are short. */
static enum kb_err read_on(struct reading *reading)
{
    char byte = 0;
    ssize_t got = read(reading->at->tty, &byte, 1);

    if (got == 1) {
        return take_byte(reading, byte);
    }
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? KB_NOT_FOUND
                                                          : KB_CLOSED;
}

static enum kb_err await(struct reading *reading)
{
    enum kb_err err = KB_NOT_FOUND;

    while (err == KB_NOT_FOUND) {
        struct pollfd tty = {.fd = reading->at->tty, .events = POLLIN};
        int64_t left_ms = reading->until_ms - clock_mono_ms();

        if (left_ms <= 0) {
            return KB_BUSY;
        }
        if (tee_waits() || poll(&tty, 1, (int)left_ms) > 0) {
            err = read_on(reading);
        }
    }
    return err;
}

/* libGammu ends at the final line of its answer, and what it read with it may be
   the beginning of an SMS that lies nowhere. */
static void take_up_line(struct reading *reading)
{
    reading->used = tee_begun(reading->line, sizeof reading->line - 1);
}

enum kb_err raw_at_wait(const struct raw_at *at, const char *prefix,
    int64_t timeout_ms, struct raw_answer *out)
{
    struct reading reading = {.at = at,
        .prefix = prefix,
        .until_ms = clock_mono_ms() + timeout_ms,
        .out = out};

    out->line[0] = '\0';
    take_up_line(&reading);
    return await(&reading);
}

enum kb_err raw_at_ask(const struct raw_at *at, const char *command,
    const char *prefix, int64_t timeout_ms, struct raw_answer *out)
{
    char text[160];
    int length = snprintf(text, sizeof text, "%s\r", command);
    struct reading reading = {.at = at,
        .command = command,
        .prefix = prefix,
        .any_final = true,
        .until_ms = clock_mono_ms() + timeout_ms,
        .out = out};

    out->line[0] = '\0';
    if (length < 0 || (size_t)length >= sizeof text) {
        return KB_REFUSED;
    }
    take_up_line(&reading);
    /* The tty does not block; so short a line that does not go through means
       that nobody reads at the other end. */
    if (write(at->tty, text, (size_t)length) != length) {
        return errno == EAGAIN ? KB_BUSY : KB_CLOSED;
    }
    return await(&reading);
}
