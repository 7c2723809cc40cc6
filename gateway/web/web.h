// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WEB_WEB_H
#define KABARI_WEB_WEB_H

#include "api/api.h"
#include "base/err.h"
#include "config/config.h"

/*
 * The gateway's HTTP server, on libevent's evhttp, in two parts:
 *
 *   control.socket  a UNIX socket with the whole of /api/v1, for root, the
 *                   service's own user and the members of control.group;
 *                   the kernel says who asks (SO_PEERCRED)
 *   http.listen     TCP: the same for whoever logs in or has a token; the
 *                   console's pages (assets.h), /healthz and /readyz; what
 *                   brings its own proof, such as a provider's USSD sessions
 */

struct event_base;
struct web;

/**
 * Binds both listeners. The socket of a daemon that is gone is replaced; one
 * that somebody listens on is not.
 *
 * @param api     and config: borrowed, and must outlive the server.
 * @param why     what is in the way, and what to do.
 * @return KB_OK; KB_BUSY where another program listens there; KB_INVALID for
 *         an address that is none; KB_IO.
 */
KB_MUST_USE enum kb_err web_open(struct event_base *base, struct api *api,
    const struct config *config, struct web **out, struct why *why);

/** Closes listeners and connections and removes the socket; answers that come
 *  later go nowhere. NULL is fine. */
void web_close(struct web *web);

/** The TCP port that was bound, for a listen address with port 0; 0: none. */
int web_port(const struct web *web);

#endif
