// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_SIM_OPTIONS_H
#define KABARI_SIM_OPTIONS_H

#include "base/err.h"
#include "modems/sim/sim.h"

enum {
    SIM_FAULT_OPTIONS_MAX = 64
};

/** What the command line asked for; texts are borrowed from argv. */
struct sim_command_line {
    struct sim_options sim;
    const char *dir;
    const char *ledger;  /* NULL: DIR/ledger.jsonl */
    const char *control; /* NULL: DIR/control.sock */
    const char *trace;   /* NULL: none */
    const char *fault[SIM_FAULT_OPTIONS_MAX];
    size_t faults;
    const char *request; /* --ctl: send this to DIR and end */
    bool help;
};

/** Reads the command line. @return KB_OK, or KB_INVALID with why filled. */
KB_MUST_USE enum kb_err sim_options_read(
    int argc, char *const *argv, struct sim_command_line *out, struct why *why);

/** Adds the text of --help. */
void sim_options_help(struct buf *out);

#endif
