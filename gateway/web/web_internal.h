// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WEB_INTERNAL_H
#define KABARI_WEB_INTERNAL_H

#include "access/access.h"
#include "base/buf.h"
#include "web/events.h"
#include "web/guard.h"
#include "web/poster.h"
#include "web/web.h"

#include <event2/event.h>
#include <event2/http.h>

#include <jansson.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

/** A request that the API has not answered yet. */
struct web_call {
    struct web *web;                /* NULL once the server is closed */
    struct evhttp_request *request; /* NULL once the connection is gone */
    struct web_call *next;
    struct web_call *previous;
    struct api_call *asked; /* while its answer goes out in pieces */
    bool secure;            /* the cookie is for TLS only */
};

struct web {
    struct event_base *base;
    struct api *api;
    const struct config *config;
    struct access *access;
    struct evhttp *control;
    struct evhttp *tcp;
    struct web_guards *control_guards;
    struct web_guards *tcp_guards;
    struct web_call *calls;
    struct web_events *events;
    struct web_poster *poster;
    char *spool_folder;
    char *socket_path; /* NULL until it is bound */
    dev_t socket_dev;  /* so that only our own socket is removed */
    ino_t socket_ino;
    uid_t own;   /* whom this process runs as */
    gid_t group; /* whose members may ask; (gid_t)-1: nobody's */
    int port;
};

/** Requests on the control socket: arg is the struct web. */
void web_on_control(struct evhttp_request *request, void *arg);

/** Whence a TCP request came and who asks. */
struct web_asker {
    struct access_actor actor;
    bool secure; /* by TLS up to a trusted proxy */
    int status;  /* 0: go on; else refuse with code and sentence */
    const char *code;
    const char *sentence;
};
/** Reads proxy headers, token or cookie, and for a change with a cookie the
 *  CSRF token and Origin. */
struct web_asker web_ask_who(struct web *web, struct evhttp_request *request);

/** Requests over TCP. */
void web_on_tcp(struct evhttp_request *request, void *arg);

/** Makes the listening control socket: the folder must be there; a socket
 *  that nobody listens on is replaced. Fills web's socket and group members.
 *  KB_OK, KB_BUSY, KB_INVALID, KB_IO. */
KB_MUST_USE enum kb_err web_socket_open(
    struct web *web, evutil_socket_t *out, struct why *why);

/** Removes the socket if it is still ours. */
void web_socket_remove(struct web *web);

/** Who is at the other end of a control connection, and whether they may ask:
 *  root, our own user, members of the group. web_peer_may() judges what the
 *  kernel says of the process alone, web_peer_of() its further groups too. */
struct web_peer {
    uid_t uid;
    bool allowed;
};

bool web_peer_may(const struct ucred *peer, uid_t own, gid_t group);
struct web_peer web_peer_of(const struct web *web, evutil_socket_t fd);

#endif
