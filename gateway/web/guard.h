// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WEB_GUARD_H
#define KABARI_WEB_GUARD_H

#include "web/framing.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What stands between the wire and evhttp. evhttp 2.1.12 has time-outs only
 * from byte to byte, no cap on connections, and reads what is no HTTP; a guard
 * on each connection's input looks at every byte before evhttp does and ends
 * what is not as it must be:
 *
 *   head    10 s from its first byte
 *   body    30 s from its first byte; beyond 2 MiB a second more per 64 KiB
 *   answer  4 KiB in 20 s at least while it has something to take
 *   256 connections an address (IPv6: a /64), 12,000 in all
 *
 * A body of over 1 MiB whose length is known goes to a file while it comes;
 * bodies in memory may have 32 MiB, those in files 256 MiB at a time: whoever
 * comes then is told to come again (503).
 */

struct event_base;
struct bufferevent;
struct web_guards;

#define GUARD_HEAD_MS      10000
#define GUARD_BODY_MS      30000
#define GUARD_ADDRESS_MOST 256
#define GUARD_MOST         12000

struct web_guard_rules {
    bool by_address;          /* counts connections an address */
    const char *trusted;      /* addresses that are not counted: proxies; with
                                commas between */
    const char *spool_folder; /* where large bodies wait */
    framing_limit_fn *limit;  /* how large a body may be */
    /** Whether a request of that connection waits for its answer. */
    bool (*busy)(void *arg, const struct bufferevent *stream);
    void *arg;
};

struct web_guards *web_guards_new(
    struct event_base *base, const struct web_guard_rules *rules);
/** After the evhttp that they guard was freed. NULL is fine. */
void web_guards_free(struct web_guards *guards);

/** evhttp_set_bevcb()'s callback; arg: the guards. */
struct bufferevent *web_guard_stream(struct event_base *base, void *arg);

/** The file that has that connection's body of so many bytes, for pread(); -1
 *  where it came in memory. Borrowed until the request is answered. */
int web_guard_body(const struct web_guards *guards,
    const struct bufferevent *stream, size_t bytes);

/** How many connections there are; those that have just gone are counted for
 *  half a second. */
size_t web_guards_count(const struct web_guards *guards);

#endif
