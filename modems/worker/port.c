// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/worker/port.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

void port_say(struct port *port, enum wire_type type, const void *message)
{
    struct buf out = {0};
    size_t sent = 0;

    if (wire_pack(&out, type, message) != KB_OK) {
        buf_clear(&out);
        return;
    }
    while (sent < out.used) {
        ssize_t count =
            send(port->fd, out.data + sent, out.used - sent, MSG_NOSIGNAL);

        if (count < 0 && errno != EINTR) {
            port->closed = true;
            break;
        }
        sent += count > 0 ? (size_t)count : 0;
    }
    buf_clear(&out);
}

void port_fill(struct port *port)
{
    char bytes[8192];
    ssize_t got = recv(port->fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (got > 0) {
        buf_add(&port->in, bytes, (size_t)got);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        port->closed = true;
    }
}

enum kb_err port_take(
    struct port *port, enum wire_type *type, union wire_any *out)
{
    struct wire_frame frame = {0};
    enum kb_err err = wire_next(buf_text(&port->in), port->in.used, &frame);

    if (err != KB_OK) {
        return err;
    }
    *type = frame.type;
    err = wire_unpack(&frame, out);
    port->in.used -= frame.frame_bytes;
    memmove(port->in.data, port->in.data + frame.frame_bytes, port->in.used);
    return err;
}
