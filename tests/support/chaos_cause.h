// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_TESTS_SUPPORT_CHAOS_CAUSE_H
#define KABARI_TESTS_SUPPORT_CHAOS_CAUSE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Each unknown needs a cause of its own. Where several causes fit an unknown,
 * taking the first one can leave a later unknown with none although one would
 * have been free; so they are matched, with augmenting paths (Kuhn's algorithm).
 */

/** What may have made an SMS unknown: something that was done to its modem. */
struct chaos_cause {
    int modem;
    int64_t from_ms; /* Unix; its unknowns come from here … */
    int64_t to_ms;   /* … to here */
    bool at_instant; /* no further before from_ms than the doubt allows */
    bool many;       /* as many unknowns as may be; else one */
    int taker;       /* the doubt that has it, -1: none */
};

/** Where and when a part became unknown. */
struct chaos_doubt {
    int64_t id;
    int part;
    int modem;
    int64_t at_ms;
    int64_t ahead_ms; /* how far before its cause it may lie, by the clocks */
};

/** Gives doubt number d a cause, moving others to another one of theirs where it
 *  must. @return false: there is none. */
bool chaos_find_cause(struct chaos_cause *causes, int cause_count,
    const struct chaos_doubt *doubts, int d);

#endif
