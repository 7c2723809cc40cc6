// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WEB_EVENTS_H
#define KABARI_WEB_EVENTS_H

#include "api/api.h"

/*
 * The journal as server-sent events (WHATWG HTML, "Server-sent events"): one
 * answer that does not end. What is sent to many is held once. A listener that
 * does not keep up, or has listened for a quarter of an hour, is closed and
 * comes back with the id of what it saw last; so whoever may no longer listen
 * does not.
 */

struct event_base;
struct evhttp_request;
struct web_events;

#define EVENTS_LISTENERS_MOST 1000
#define EVENTS_BEHIND_MOST    ((size_t)256 * 1024) /* bytes not yet taken */

/** @param api  borrowed, and must outlive it. */
struct web_events *web_events_new(struct event_base *base, struct api *api);
/** Closes all listeners. NULL is fine. */
void web_events_free(struct web_events *events);

/**
 * Takes a request over, answers it as a stream, and lets go of it when its
 * connection closes. Whoever asks was let in before.
 *
 * @param may  the topics that the asker may hear (journal.h): a mask.
 */
void web_events_serve(
    struct web_events *events, struct evhttp_request *request, unsigned may);

/** How many listen now. */
size_t web_events_count(const struct web_events *events);

#endif
