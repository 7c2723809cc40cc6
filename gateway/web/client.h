// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WEB_CLIENT_H
#define KABARI_WEB_CLIENT_H

#include "base/err.h"

#include <stddef.h>

/*
 * A blocking HTTP/1.1 client (RFC 9112) for one request over the control
 * socket: for the command line and for tests.
 */

/** The longest answer that is read; a whole export fits. */
#define WEB_CLIENT_MAX_BYTES ((size_t)512 * 1024 * 1024)

/** One request; all borrowed. */
struct web_ask {
    const char *socket_path;
    const char *method;       /* "GET" … */
    const char *target;       /* "/api/v1/messages?limit=20", encoded */
    const char *content_type; /* NULL where there is no body */
    const char *body;         /* may be NULL */
    size_t body_bytes;
    int timeout_ms; /* without any progress; of real time, 1 and up */
};

/** Free with web_answer_clear(). */
struct web_answer {
    int status;
    int retry_after_s; /* 0: not said */
    char content_type[96];
    char *body; /* NUL-terminated, never NULL after KB_OK */
    size_t body_bytes;
};

/**
 * Asks once and reads the whole answer (Content-Length, chunked, or up to the
 * end of the connection).
 *
 * @param out  filled on KB_OK, whatever the status says.
 * @param why  a sentence on failure; may be NULL.
 * @return KB_OK; KB_CLOSED where nobody listens (no socket, or a stale one);
 *         KB_REFUSED where the socket's permissions forbid it; KB_BUSY when
 *         the time is over; KB_FULL for an answer that is too long;
 *         KB_PROTOCOL for one that is not HTTP or ends too early; KB_INVALID
 *         for a path that is too long; KB_IO.
 */
KB_MUST_USE enum kb_err web_client_call(
    const struct web_ask *ask, struct web_answer *out, struct why *why);

void web_answer_clear(struct web_answer *answer);

/** Percent-encodes one part of a path or query (RFC 3986: all but unreserved
 *  characters); free() the result. */
char *web_encode(const char *text);

#endif
