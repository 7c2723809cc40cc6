// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WEB_FRAMING_H
#define KABARI_WEB_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Where one HTTP/1.1 request ends and the next begins (RFC 9112), read more
 * strictly than evhttp does, so that nobody reads it in another way: CRLF only,
 * one Host, one Content-Length or plain chunks and never both, no folded
 * lines, no space before a colon, no NUL. What is not so is refused, not
 * mended. Pure: bytes in, a verdict out, in pieces of any size.
 */

#define FRAMING_HEAD_MOST    ((size_t)16 * 1024) /* a request's whole head */
#define FRAMING_TARGET_MOST  ((size_t)8 * 1024)
#define FRAMING_HEADERS_MOST 100
#define FRAMING_WORD_BYTES   64

enum framing_state {
    FRAMING_IDLE, /* between requests: nothing of the next has come */
    FRAMING_HEAD,
    FRAMING_BODY,
    FRAMING_BAD
};

/** How large a body of that method and target may be. credentials: the request
 *  has a Cookie or Authorization. */
typedef uint64_t framing_limit_fn(
    void *arg, const char *method, const char *target, bool credentials);

struct framing {
    enum framing_state state;
    int status;         /* of FRAMING_BAD: 400, 413, 414, 431, 501 or 505 */
    const char *why;    /* of FRAMING_BAD: a sentence */
    uint64_t requests;  /* whose head was whole */
    uint64_t body_left; /* of a body with a known length */
    uint64_t body_seen; /* of this request */
    uint64_t body_most;
    framing_limit_fn *limit; /* NULL: no limit */
    void *limit_arg;

    /* The parser's own. */
    int at;
    size_t head_bytes;
    int headers;
    char method[12];
    char target[256]; /* what fits: enough to find a route by */
    size_t word;      /* bytes of what is being read */
    char name[FRAMING_WORD_BYTES];
    char value[FRAMING_WORD_BYTES];
    size_t value_bytes; /* with what did not fit */
    uint64_t chunk;
    int chunk_digits;
    bool old; /* HTTP/1.0 */
    bool has_host;
    bool has_length;
    bool chunked;
    bool credentials;
    uint64_t length;
};

/** A connection's beginning. */
void framing_start(struct framing *framing, framing_limit_fn *limit, void *arg);

/** Reads on; false once it is bad, which it then stays. */
bool framing_feed(struct framing *framing, const void *bytes, size_t count);

#endif
