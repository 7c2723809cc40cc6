// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_TESTS_SUPPORT_CHAOS_H
#define KABARI_TESTS_SUPPORT_CHAOS_H

#include "tests/support/bed.h"

/*
 * A long bad day, played by chance: sixteen modems, on most of which one fault
 * after another strikes, a gateway that is killed now and then, a database that
 * somebody holds. Messages go out and SMS come in all the while. Afterwards the
 * simulator's ledger judges:
 *
 *   - what was taken is there, and was sent, or says why not;
 *   - nothing reached the network twice;
 *   - each message that is or was unknown meets a fault that allows it;
 *   - each SMS that came in is in the inbox, once;
 *   - modems that no fault strikes keep the pace of the quiet stretch with
 *     which the day begins.
 *
 * The seed decides what strikes whom and when; a run prints it.
 */

enum {
    CHAOS_MODEMS = 16,
    CHAOS_CALM = 2 /* of these, the last ones, no fault ever strikes */
};

struct chaos_options {
    uint64_t seed;
    int quiet_s;     /* before the first fault */
    int stormy_s;    /* with faults */
    int drain_s;     /* at most, until what waits has left */
    int latency_ms;  /* of the network */
    int rest_ms;     /* of a modem between two faults, at most */
    int kills;       /* of kabarid */
    int locks;       /* of the database */
    int least;       /* messages that must have been taken */
    bool manners;    /* some modems speak otherwise than kabari-sim's own */
    bool hold_rates; /* the calm modems' pace is asserted, not only printed */
};

/** Plays and judges; what is wrong fails the test. */
void chaos_run(const struct chaos_options *options);

#endif
