// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_SIM_CONTROL_H
#define KABARI_SIM_CONTROL_H

#include "base/err.h"
#include "modems/sim/port.h"

/* The control socket: a JSON request a line in, a JSON answer a line out. */
struct sim_control;

/**
 * Listens on a UNIX stream socket for this user alone.
 *
 * @return KB_OK, or KB_IO (logged). Free with sim_control_close().
 */
KB_MUST_USE enum kb_err sim_control_open(struct sim *sim,
    struct sim_ports *ports, struct event_base *loop, const char *path,
    struct sim_control **out);

/** Closes all connections and takes the socket away. */
void sim_control_close(struct sim_control *control);

/**
 * Sends one request to a running simulator and prints its answer.
 *
 * @return the exit code: 0 where the answer is ok, 1 where not.
 */
int sim_control_send(const char *path, const char *request);

#endif
