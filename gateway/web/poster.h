// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WEB_POSTER_H
#define KABARI_WEB_POSTER_H

#include "api/api.h"
#include "config/config.h"

/*
 * Posts what callbacks (api/callback.h) hold for other systems, with libcurl in
 * a thread of its own that knows neither store nor loop: a system that is slow
 * or gone delays nobody. Redirects are not followed; the link-local network is
 * never asked, and a dlr-url reaches loopback and private networks only with
 * callbacks.private.
 */

struct event_base;
struct web_poster;

/** @param api  and config: borrowed, and must outlive it. NULL where no thread
 *  can be made: nothing is posted then, and nothing is lost. */
struct web_poster *web_poster_new(
    struct event_base *base, struct api *api, const struct config *config);
/** Ends the thread; what was under way is tried again later. NULL is fine. */
void web_poster_free(struct web_poster *poster);

struct sockaddr;
/** Whether a dlr-url may reach that address: pure. */
bool web_address_is_public(const struct sockaddr *address);

#endif
