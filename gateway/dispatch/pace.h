// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_DISPATCH_PACE_H
#define KABARI_DISPATCH_PACE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * How fast a SIM may go: the gap between two SMS with its jitter, its limits of
 * the hour and the day with a reserve for answers, and a slow-down that is
 * learned when the network pushes back and forgotten when it takes SMS again.
 * Pure.
 */

struct pace {
    int64_t slow_ms; /* learned: on top of the gap; 0: none */
    int good;        /* SMS taken in a row since it last changed */
    int pushed;      /* up with each push, down with each SMS taken */
};

/** The network pushed back. One or two refusals may be the numbers' own; where
 *  they come thick, twice as slow, from a second to five minutes. */
void pace_pushed_back(struct pace *pace);
/** The network took one; after ten in a row a quarter less slow. */
void pace_taken(struct pace *pace);

/** @param random  0 .. 999: where in the jitter the gap lies. */
int64_t pace_gap_ms(const struct pace *pace, int min_gap_ms, int jitter_percent,
    unsigned random);

struct pace_limits {
    int hourly; /* 0: none */
    int daily;
    int reserve; /* of both, for answers */
    int sent_hour;
    int sent_day;
};

enum pace_bound {
    PACE_FREE,
    PACE_HOUR,
    PACE_DAY
};

/** What bounds reminders now. */
enum pace_bound pace_bound_of(const struct pace_limits *limits);

#endif
