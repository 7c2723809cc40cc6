// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WORKER_RAW_AT_H
#define KABARI_WORKER_RAW_AT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A few AT commands past libGammu, while it is idle: those that its API lacks
 * (+CREG?, +COPS? without GSM_GetNetworkInfo, which crashes), or for which it
 * takes three commands where one will do (+CMGD). What the modem says by itself
 * meanwhile is handed to the caller, since libGammu does not see it.
 */

/** A line that is no part of an answer. */
typedef void raw_at_other_fn(void *arg, const char *line);

struct raw_at {
    int tty;
    raw_at_other_fn *on_other;
    void *arg;
};

/** The first line of an answer that began with what was asked for; with
 *  KB_REFUSED the error's line. */
struct raw_answer {
    char line[256];
};

/**
 * Sends a command and waits for its final result.
 *
 * @param command     without the carriage return.
 * @param prefix      of the line wanted, such as "+CREG:"; NULL: none, all go to
 *                    on_other.
 * @param out         "" where no such line came.
 * @return KB_OK; KB_REFUSED for ERROR, +CME ERROR and +CMS ERROR; KB_BUSY when
 *         nothing final came in time; KB_CLOSED when the device is gone.
 */
KB_MUST_USE enum kb_err raw_at_ask(const struct raw_at *at, const char *command,
    const char *prefix, int64_t timeout_ms, struct raw_answer *out);

/** As raw_at_ask, but sends nothing: waits for a line with that prefix; an OK
 *  or an error before it is KB_REFUSED. */
KB_MUST_USE enum kb_err raw_at_wait(const struct raw_at *at, const char *prefix,
    int64_t timeout_ms, struct raw_answer *out);

/** What a line means to somebody who waits for an answer. */
enum raw_line {
    RAW_LINE_OTHER,
    RAW_LINE_OK,
    RAW_LINE_ERROR
};
enum raw_line raw_at_judge(const char *line);

/** The registration in "+CREG: 0,1" or "+CREG: 1"; -1 where there is none. */
int raw_at_creg(const char *line);

/** The operator's name in `+COPS: 0,0,"NAME"`, "" where there is none. */
void raw_at_cops(const char *line, char *out, size_t out_bytes);

/** The place in `+CMTI: "SM",3` and +CDSI. @return false where it is none. */
bool raw_at_place(
    const char *line, char *memory, size_t memory_bytes, int *location);

#endif
