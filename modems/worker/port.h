// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WORKER_PORT_H
#define KABARI_WORKER_PORT_H

#include "base/buf.h"
#include "link/wire.h"

#include <stdbool.h>

/** The worker's end of the channel to the gateway. */
struct port {
    int fd;
    bool closed; /* the gateway wants nothing more, or is gone */
    struct buf in;
};

/** Says one frame, at once. A gateway that is gone sets closed. */
void port_say(struct port *port, enum wire_type type, const void *message);

/** Takes in what has arrived, without waiting. */
void port_fill(struct port *port);

/**
 * The next whole frame of what has arrived.
 *
 * @return KB_OK, KB_NOT_FOUND, KB_PROTOCOL.
 */
KB_MUST_USE enum kb_err port_take(
    struct port *port, enum wire_type *type, union wire_any *out);

#endif
