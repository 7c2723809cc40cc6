// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_SIM_PORT_H
#define KABARI_SIM_PORT_H

#include "base/err.h"
#include "modems/sim/sim.h"

#include <event2/event.h>

#include <stdio.h>

/*
 * The modems' pseudo-terminals: DIR/m1 … are links to them, so that a modem
 * that was plugged in again has its old name. The simulator keeps the far end
 * open too, so that a gateway may come and go; inotify tells when it does.
 */
struct sim_ports;

/**
 * Plugs every modem in.
 *
 * @param dir    borrowed until sim_ports_close(); must exist.
 * @param trace  where every byte is shown; NULL: nowhere. Borrowed.
 * @param out    free with sim_ports_close().
 * @return       KB_OK, or KB_IO (logged).
 */
KB_MUST_USE enum kb_err sim_ports_open(struct sim *sim, struct event_base *loop,
    const char *dir, FILE *trace, struct sim_ports **out);

/** Unplugs all and takes the links away. */
void sim_ports_close(struct sim_ports *ports);

/** Moves the simulator's clock to now: before anything from outside acts. */
void sim_ports_touch(struct sim_ports *ports);

/** Writes what modems have to say, plugs and unplugs what asked for it, and
 *  sets the alarm for the next timer: after anything from outside acted. */
void sim_ports_settle(struct sim_ports *ports);

#endif
