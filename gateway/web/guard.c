// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libevent tells nobody when a connection's bufferevent goes. So a guard holds
 * a reference to it, and knows by its callbacks being taken away that evhttp
 * is done with it. The descriptor stays open, and so nobody else's, until the
 * guard lets go: at the next connection, or within SWEEP_MS.
 */
#include "web/guard.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "web/spool.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define SWEEP_MS        500
#define LINGER_MS       2000 /* so long an answer has to arrive before the end */
#define PIPELINE_MOST   ((size_t)256 * 1024)
#define BODY_FREE_BYTES ((uint64_t)2 * 1024 * 1024)
#define BODY_RATE_BYTES 65536                   /* a second, beyond */
#define SPOOL_LEAST     ((uint64_t)1024 * 1024) /* of a body: else in memory */
#define SPOOLED_MOST    ((uint64_t)256 * 1024 * 1024) /* in all files */
#define HELD_MOST       ((uint64_t)32 * 1024 * 1024)  /* of all in memory */
#define HELD_FREE       4096 /* of each: so much everybody may */
#define SLOW_MS         20000
#define SLOW_BYTES      4096
#define BUCKETS         1024
#define ADDRESS_BYTES   17

struct guard {
    struct web_guards *guards;
    struct bufferevent *stream;
    struct framing framing;
    unsigned char address[ADDRESS_BYTES]; /* family and bits; 0: not counted */
    bool admitted;
    bool draining;       /* its own callback is at work */
    struct spool *spool; /* the body goes there; NULL: it does not */
    uint64_t spool_bytes;
    uint64_t spool_request; /* whose body: framing.requests then */
    uint64_t held;          /* bytes of the body that are in memory */
    int64_t since_ms;       /* of the head or body that is being read */
    int64_t bad_ms;         /* 0: fine */
    int64_t slow_ms; /* since when the answer is watched; 0: nothing to take */
    size_t slow_taken;
    struct guard *next;
    struct guard *previous;
};

struct count {
    unsigned char address[ADDRESS_BYTES];
    int connections;
    struct count *next;
};

struct web_guards {
    struct event_base *base;
    struct web_guard_rules rules;
    struct event *sweep;
    struct event *fresh; /* one or more guards are not admitted yet */
    struct guard *first;
    size_t count;
    uint64_t spooled; /* sums of all */
    uint64_t held;
    struct count *buckets[BUCKETS];
    int64_t told_ms; /* when a refusal was last logged */
};

static bool is_alive(const struct guard *guard)
{
    bufferevent_event_cb on_event = NULL;

    bufferevent_getcb(guard->stream, NULL, NULL, &on_event, NULL);
    return on_event != NULL;
}

/* --- connections an address ------------------------------------------------ */

static void read_address(int fd, unsigned char out[static ADDRESS_BYTES])
{
    struct sockaddr_storage peer = {0};
    socklen_t bytes = sizeof peer;

    memset(out, 0, ADDRESS_BYTES);
    if (getpeername(fd, (struct sockaddr *)&peer, &bytes) != 0) {
        return;
    }
    if (peer.ss_family == AF_INET) {
        struct sockaddr_in four;

        memcpy(&four, &peer, sizeof four);
        out[0] = 4;
        memcpy(out + 1, &four.sin_addr, 4);
    } else if (peer.ss_family == AF_INET6) {
        struct sockaddr_in6 six;

        memcpy(&six, &peer, sizeof six);
        out[0] = 6;
        memcpy(out + 1, &six.sin6_addr, 8); /* a household has a /64 */
    }
}

/** Whether a proxy that is trusted asks: many people stand behind it. */
static bool is_trusted(const struct web_guards *guards, int fd)
{
    struct sockaddr_storage peer = {0};
    socklen_t bytes = sizeof peer;
    char text[64] = "";
    const char *list = guards->rules.trusted;

    if (list == NULL || *list == '\0' ||
        getpeername(fd, (struct sockaddr *)&peer, &bytes) != 0 ||
        getnameinfo((struct sockaddr *)&peer, bytes, text, sizeof text, NULL, 0,
            NI_NUMERICHOST) != 0) {
        return false;
    }
    while (*list != '\0') {
        size_t one = strcspn(list, ",");

        if (one == strlen(text) && memcmp(list, text, one) == 0) {
            return true;
        }
        list += one;
        list += *list == ',' ? 1 : 0;
    }
    return false;
}

static struct count **find_count(
    struct web_guards *guards, const unsigned char *address)
{
    unsigned hash = 2166136261U; /* FNV-1a */
    struct count **at = NULL;

    for (size_t i = 0; i < ADDRESS_BYTES; i++) {
        hash = (hash ^ address[i]) * 16777619U;
    }
    at = &guards->buckets[hash % BUCKETS];
    while (*at != NULL && memcmp((*at)->address, address, ADDRESS_BYTES) != 0) {
        at = &(*at)->next;
    }
    return at;
}

static int count_in(struct web_guards *guards, const unsigned char *address)
{
    struct count **at = find_count(guards, address);

    if (*at == NULL) {
        *at = mem_new(sizeof **at);
        memcpy((*at)->address, address, ADDRESS_BYTES);
    }
    return ++(*at)->connections;
}

static void count_out(struct web_guards *guards, const unsigned char *address)
{
    struct count **at = find_count(guards, address);

    if (*at != NULL && --(*at)->connections == 0) {
        struct count *gone = *at;

        *at = gone->next;
        free(gone);
    }
}

/* --- ends ---------------------------------------------------------------------- */

static void end_now(const struct guard *guard)
{
    (void)shutdown(bufferevent_getfd(guard->stream), SHUT_RDWR);
}

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {408, "Request Timeout"                },
        {413, "Content Too Large"              },
        {414, "URI Too Long"                   },
        {431, "Request Header Fields Too Large"},
        {501, "Not Implemented"                },
        {503, "Service Unavailable"            },
        {505, "HTTP Version Not Supported"     },
    };

    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }
    return "Bad Request";
}

/** Straight to the socket: evhttp never hears of that request. */
static void say(const struct guard *guard, int status, const char *why)
{
    char body[256];
    char text[512];
    int bytes = snprintf(body, sizeof body,
        "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}",
        status == 413   ? "too_large"
        : status == 503 ? "full"
                        : "bad_request",
        why);
    int all = snprintf(text, sizeof text,
        "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\n"
        "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
        "Connection: close\r\nContent-Length: %d\r\n\r\n%s",
        status, reason_of(status), bytes, body);
    int fd = bufferevent_getfd(guard->stream);

    if (send(fd, text, (size_t)all, MSG_DONTWAIT | MSG_NOSIGNAL) == all) {
        (void)shutdown(fd, SHUT_WR);
    }
}

static void drain(struct guard *guard)
{
    struct evbuffer *input = bufferevent_get_input(guard->stream);

    guard->draining = true;
    (void)evbuffer_drain(input, evbuffer_get_length(input));
    guard->draining = false;
}

/** Nothing that comes from now on is looked at; the answer has some time to
 *  arrive, since closing with input unread would take it back (RST). */
static void turn_bad(struct guard *guard, int status, const char *why)
{
    struct web_guards *guards = guard->guards;
    struct evbuffer *output = bufferevent_get_output(guard->stream);
    bool busy = guards->rules.busy != NULL &&
                guards->rules.busy(guards->rules.arg, guard->stream);

    guard->bad_ms = clock_mono_ms();
    if (!busy && evbuffer_get_length(output) == 0) {
        say(guard, status, why);
    }
    drain(guard);
    log_debug("web: ended a connection status=%d why=%s", status,
        log_quote(why).text);
}

/* --- bytes ------------------------------------------------------------------------ */

/** Feeds what stands at that place, as far as it is at hand; returns how many
 *  bytes, 0 where no more are to be read. */
static size_t feed_at(
    struct guard *guard, struct evbuffer *input, size_t from, size_t added)
{
    struct evbuffer_ptr at;
    struct evbuffer_iovec piece = {0};
    size_t bytes = 0;

    if (evbuffer_ptr_set(input, &at, from, EVBUFFER_PTR_SET) != 0 ||
        evbuffer_peek(input, (ev_ssize_t)added, &at, &piece, 1) <= 0) {
        return 0;
    }
    bytes = piece.iov_len < added ? piece.iov_len : added;
    return framing_feed(&guard->framing, piece.iov_base, bytes) ? bytes : 0;
}

static void feed(struct guard *guard, struct evbuffer *input, size_t added)
{
    size_t from = evbuffer_get_length(input) - added;
    size_t bytes = 0;

    while (added > 0) {
        bytes = feed_at(guard, input, from, added);
        if (bytes == 0) {
            return;
        }
        from += bytes;
        added -= bytes;
    }
}

/* --- large bodies -------------------------------------------------------------- */

static void drop_spool(struct guard *guard)
{
    if (guard->spool != NULL) {
        guard->guards->spooled -= guard->spool_bytes;
        spool_free(guard->spool);
        guard->spool = NULL;
    }
}

static void hold(struct guard *guard, uint64_t bytes)
{
    guard->guards->held = guard->guards->held - guard->held + bytes;
    guard->held = bytes;
}

/** Counts what of a body waits in memory; false where it is too much of all. */
static bool holds(struct guard *guard)
{
    const struct framing *framing = &guard->framing;
    bool counts = framing->state == FRAMING_BODY && guard->spool == NULL;

    hold(guard, counts ? framing->body_seen : 0);
    return guard->held <= HELD_FREE || guard->guards->held <= HELD_MOST;
}

/** evhttp has read the head: what is left is the body alone. */
static bool starts_spool(
    const struct guard *guard, const struct evbuffer *input)
{
    const struct framing *framing = &guard->framing;

    return guard->spool == NULL && framing->state == FRAMING_BODY &&
           !framing->chunked && framing->length > SPOOL_LEAST &&
           evbuffer_get_length(input) == framing->body_seen;
}

static bool open_spool(struct guard *guard)
{
    struct web_guards *guards = guard->guards;
    uint64_t bytes = guard->framing.length;

    if (guards->rules.spool_folder == NULL ||
        guards->spooled + bytes > SPOOLED_MOST) {
        return false;
    }
    guard->spool = spool_new(guards->rules.spool_folder, bytes);
    if (guard->spool == NULL) {
        return false;
    }
    guard->spool_bytes = bytes;
    guard->spool_request = guard->framing.requests;
    guards->spooled += bytes;
    return true;
}

/** Takes what has come of a large body out of evhttp's sight, and gives it back
 *  when it is whole. false where there is no room for it. */
static bool spool_on(struct guard *guard, struct evbuffer *input)
{
    bool fine = true;

    if (guard->spool != NULL && spool_left(guard->spool) == 0 &&
        guard->spool_request != guard->framing.requests) {
        drop_spool(guard);
    }
    if (starts_spool(guard, input) && !open_spool(guard)) {
        return false;
    }
    if (guard->spool == NULL || spool_left(guard->spool) == 0) {
        return true;
    }
    guard->draining = true;
    fine = spool_take(guard->spool, input) &&
           (spool_left(guard->spool) > 0 || spool_give(guard->spool, input));
    guard->draining = false;
    return fine;
}

static void on_input(
    struct evbuffer *input, const struct evbuffer_cb_info *info, void *arg)
{
    struct guard *guard = arg;
    enum framing_state before = guard->framing.state;
    uint64_t requests = guard->framing.requests;

    if (info->n_added == 0 || guard->draining) {
        return;
    }
    if (guard->bad_ms != 0) {
        drain(guard);
        return;
    }
    feed(guard, input, info->n_added);
    if (guard->framing.state == FRAMING_BAD) {
        turn_bad(guard, guard->framing.status, guard->framing.why);
    } else if (evbuffer_get_length(input) >
               PIPELINE_MOST + guard->framing.body_seen) {
        /* evhttp takes a body out when it is whole. */
        turn_bad(guard, 400, "too much at once; wait for the answers");
    } else if (!spool_on(guard, input) || !holds(guard)) {
        turn_bad(guard, 503, "too many uploads at once; try again in a moment");
    } else if (guard->framing.state != before ||
               guard->framing.requests != requests) {
        guard->since_ms = clock_mono_ms();
    }
}

static void on_output(
    struct evbuffer *output, const struct evbuffer_cb_info *info, void *arg)
{
    struct guard *guard = arg;

    guard->slow_taken += info->n_deleted;
    if (evbuffer_get_length(output) == 0) {
        guard->slow_ms = 0;
    } else if (guard->slow_ms == 0) {
        guard->slow_ms = clock_mono_ms();
        guard->slow_taken = 0;
    }
}

/* --- time -------------------------------------------------------------------------- */

static int64_t body_ms(const struct framing *framing)
{
    uint64_t bytes = framing->length > framing->body_seen ? framing->length
                                                          : framing->body_seen;
    uint64_t more = bytes > BODY_FREE_BYTES ? bytes - BODY_FREE_BYTES : 0;

    return GUARD_BODY_MS + (int64_t)(more / BODY_RATE_BYTES) * 1000;
}

static bool is_late(const struct guard *guard, int64_t now)
{
    switch (guard->framing.state) {
    case FRAMING_HEAD:
        return now - guard->since_ms >= GUARD_HEAD_MS;
    case FRAMING_BODY:
        return now - guard->since_ms >= body_ms(&guard->framing);
    case FRAMING_IDLE:
    case FRAMING_BAD:
    default:
        return false;
    }
}

/** Whether whoever reads the answer takes next to nothing of it. */
static bool is_slow(struct guard *guard, int64_t now)
{
    if (guard->slow_ms == 0 || now - guard->slow_ms < SLOW_MS) {
        return false;
    }
    if (guard->slow_taken < SLOW_BYTES) {
        return true;
    }
    guard->slow_ms = now;
    guard->slow_taken = 0;
    return false;
}

static void look_at(struct guard *guard, int64_t now)
{
    if (guard->bad_ms != 0) {
        if (now - guard->bad_ms >= LINGER_MS) {
            end_now(guard);
        }
    } else if (is_late(guard, now)) {
        turn_bad(guard, 408, "the request took too long");
    } else if (is_slow(guard, now)) {
        end_now(guard);
    }
}

static void guard_free(struct web_guards *guards, struct guard *guard)
{
    (void)evbuffer_remove_cb(
        bufferevent_get_input(guard->stream), on_input, guard);
    (void)evbuffer_remove_cb(
        bufferevent_get_output(guard->stream), on_output, guard);
    (void)bufferevent_decref(guard->stream);
    drop_spool(guard);
    hold(guard, 0);
    if (guard->address[0] != 0) {
        count_out(guards, guard->address);
    }
    if (guard->next != NULL) {
        guard->next->previous = guard->previous;
    }
    if (guards->first == guard) {
        guards->first = guard->next;
    } else {
        guard->previous->next = guard->next;
    }
    guards->count--;
    free(guard);
}

static void free_gone(struct web_guards *guards)
{
    struct guard *next = NULL;

    for (struct guard *guard = guards->first; guard != NULL; guard = next) {
        next = guard->next;
        if (!is_alive(guard)) {
            guard_free(guards, guard);
        }
    }
}

static void sweep(struct web_guards *guards)
{
    int64_t now = clock_mono_ms();

    free_gone(guards);
    for (struct guard *guard = guards->first; guard != NULL;
         guard = guard->next) {
        look_at(guard, now);
    }
}

static void on_sweep(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    sweep(arg);
}

/* --- new connections ------------------------------------------------------------------ */

static void tell(struct web_guards *guards, const char *why)
{
    int64_t now = clock_mono_ms();

    if (guards->told_ms == 0 || now - guards->told_ms >= 60000) {
        guards->told_ms = now;
        log_warn("web: connections are refused why=%s count=%zu",
            log_quote(why).text, guards->count);
    }
}

static int count_address(struct guard *guard, int fd)
{
    struct web_guards *guards = guard->guards;

    if (!guards->rules.by_address || is_trusted(guards, fd)) {
        return 0;
    }
    read_address(fd, guard->address);
    return guard->address[0] == 0 ? 0 : count_in(guards, guard->address);
}

static void admit(struct guard *guard)
{
    struct web_guards *guards = guard->guards;
    int of_address = 0;

    guard->admitted = true;
    if (!is_alive(guard)) {
        return;
    }
    of_address = count_address(guard, bufferevent_getfd(guard->stream));
    if (of_address > GUARD_ADDRESS_MOST) {
        tell(guards, "too many from one address");
        end_now(guard);
    } else if (guards->count > GUARD_MOST) {
        tell(guards, "too many in all");
        end_now(guard);
    }
}

/** New ones stand in front. Those that have gone make room first. */
static void on_fresh(evutil_socket_t fd, short what, void *arg)
{
    struct web_guards *guards = arg;

    (void)fd;
    (void)what;
    free_gone(guards);
    /* Those that went are off the list, which clang's analyzer cannot see. */
    // NOLINTNEXTLINE(clang-analyzer-unix.Malloc)
    for (struct guard *guard = guards->first; guard != NULL && !guard->admitted;
         guard = guard->next) {
        admit(guard);
    }
}

struct bufferevent *web_guard_stream(struct event_base *base, void *arg)
{
    struct web_guards *guards = arg;
    struct guard *guard = mem_new(sizeof *guard);

    /* The descriptor closes with the last reference. If evhttp closed it, the
       next connection would get its number while this one still reads there,
       and lose bytes to it. */
    guard->stream = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    if (guard->stream == NULL) {
        free(guard);
        return NULL;
    }
    bufferevent_incref(guard->stream);
    guard->guards = guards;
    framing_start(&guard->framing, guards->rules.limit, guards->rules.arg);
    (void)evbuffer_add_cb(
        bufferevent_get_input(guard->stream), on_input, guard);
    (void)evbuffer_add_cb(
        bufferevent_get_output(guard->stream), on_output, guard);
    guard->next = guards->first;
    if (guard->next != NULL) {
        guard->next->previous = guard;
    }
    guards->first = guard;
    guards->count++;
    event_active(guards->fresh, EV_TIMEOUT, 0);
    return guard->stream;
}

/* --- life ---------------------------------------------------------------------------- */

struct web_guards *web_guards_new(
    struct event_base *base, const struct web_guard_rules *rules)
{
    struct web_guards *guards = mem_new(sizeof *guards);
    struct timeval every = {.tv_usec = (suseconds_t)SWEEP_MS * 1000};

    guards->base = base;
    guards->rules = *rules;
    guards->sweep = event_new(base, -1, EV_PERSIST, on_sweep, guards);
    guards->fresh = event_new(base, -1, 0, on_fresh, guards);
    (void)event_add(guards->sweep, &every);
    return guards;
}

void web_guards_free(struct web_guards *guards)
{
    if (guards == NULL) {
        return;
    }
    while (guards->first != NULL) {
        guard_free(guards, guards->first);
    }
    event_free(guards->sweep);
    event_free(guards->fresh);
    free(guards);
}

int web_guard_body(const struct web_guards *guards,
    const struct bufferevent *stream, size_t bytes)
{
    const struct guard *guard = guards->spooled > 0 ? guards->first : NULL;

    while (guard != NULL && guard->stream != stream) {
        guard = guard->next;
    }
    /* One that came right behind a spooled one finds that one's file here. */
    if (guard == NULL || guard->spool_bytes != bytes || guard->spool == NULL) {
        return -1;
    }
    return spool_fd(guard->spool);
}

size_t web_guards_count(const struct web_guards *guards)
{
    return guards->count;
}
