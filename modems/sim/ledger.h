// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_SIM_LEDGER_H
#define KABARI_SIM_LEDGER_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the network saw, for the judge: one JSON object a line, appended with
 * one write each, before the modem says a word of it to the gateway. Numbers
 * and texts stand there whole; everybody in them is made up.
 */
struct sim_ledger;

/**
 * Opens FILE for appending, or no file at all.
 *
 * @param path  NULL: events are only counted.
 */
KB_MUST_USE enum kb_err sim_ledger_open(
    const char *path, struct sim_ledger **out);

void sim_ledger_close(struct sim_ledger *ledger);

/**
 * Begins a line: t_ms (Unix), mono_us, modem, event. Fields follow, then
 * sim_ledger_end() writes it. One line at a time.
 */
void sim_ledger_begin(struct sim_ledger *ledger, const char *event,
    const char *modem, int64_t mono_us);

void sim_ledger_text(
    struct sim_ledger *ledger, const char *name, const char *text);

void sim_ledger_number(
    struct sim_ledger *ledger, const char *name, int64_t value);

void sim_ledger_bool(struct sim_ledger *ledger, const char *name, bool value);

/** Adds data as upper-case hex. */
void sim_ledger_hex(struct sim_ledger *ledger, const char *name,
    const uint8_t *data, size_t bytes);

/** Writes the line; a ledger that cannot be written ends the program, for a
 *  judge who forgets is worse than none. */
void sim_ledger_end(struct sim_ledger *ledger);

#endif
