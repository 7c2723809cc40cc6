// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/events.h"

#include "api/fields.h"
#include "api/journal.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define GATHER_MS   100
#define RETRY_MS    5 /* while a transaction is open */
#define LOOK_MS     250
#define STATUS_MS   1000
#define BEAT_MS     15000
#define LISTEN_MS   900000
#define HEADER_TYPE "text/event-stream"

struct listener {
    struct web_events *events;
    struct evhttp_request *request;
    unsigned mask;
    uint64_t seen; /* number of the last event that was handed over */
    int64_t until_mono_ms;
    bool closing;
    struct listener *next;
    struct listener *previous;
};

struct web_events {
    struct event_base *base;
    struct journal *journal;
    struct event *gather;
    struct event *look;
    struct listener *listeners;
    size_t count;
    int64_t status_mono_ms;
    int64_t beat_mono_ms;
};

/* --- frames ----------------------------------------------------------------- */

struct frames {
    const struct journal *journal;
    struct evbuffer *out;
    unsigned mask;
};

static void on_entry(void *arg, const struct journal_entry *entry)
{
    struct frames *frames = arg;
    char id[JOURNAL_ID_BYTES];
    if ((frames->mask & (1U << entry->topic)) != 0) {
        journal_id(frames->journal, entry->number, id);
        (void)evbuffer_add_printf(frames->out,
            "id: %s\nevent: %s\ndata: %s\n\n", id,
            journal_topic_name(entry->topic), entry->data);
    }
}

/** Everything after a number that a mask lets through. */
static struct evbuffer *frames_after(
    const struct journal *journal, uint64_t after, unsigned mask)
{
    struct frames frames = {
        .journal = journal, .out = evbuffer_new(), .mask = mask};
    if (frames.out) {
        journal_read(journal, after, on_entry, &frames);
    }
    return frames.out;
}

/* --- listeners -------------------------------------------------------------- */

static struct bufferevent *stream_of(const struct listener *listener)
{
    struct evhttp_connection *connection =
        evhttp_request_get_connection(listener->request);
    return connection ? evhttp_connection_get_bufferevent(connection) : NULL;
}

static void listener_free(struct listener *listener)
{
    struct web_events *events = listener->events;
    if (listener->next) {
        listener->next->previous = listener->previous;
    }
    if (listener->previous) {
        listener->previous->next = listener->next;
    } else {
        events->listeners = listener->next;
    }
    events->count--;
    free(listener);
}

static void on_closed(struct evhttp_connection *connection, void *arg)
{
    struct listener *listener = arg;
    (void)connection;
    /* A request that libevent has taken off its connection is ours to free. */
    if (!evhttp_request_get_connection(listener->request)) {
        evhttp_request_free(listener->request);
    }
    listener_free(listener);
}

/** Ends a connection from below: libevent then finds it closed, and tells. */
static void hang_up(struct listener *listener, const char *why)
{
    struct bufferevent *stream = stream_of(listener);
    if (!listener->closing && stream) {
        listener->closing = true;
        log_debug("web: event listener closed why=%s", why);
        (void)shutdown(bufferevent_getfd(stream), SHUT_RDWR);
    }
}

static bool is_behind(const struct listener *listener)
{
    struct bufferevent *stream = stream_of(listener);
    return stream && evbuffer_get_length(bufferevent_get_output(stream)) >
                         EVENTS_BEHIND_MOST;
}

/** Hands bytes over; what they are held in is emptied. */
static void hand_over(struct listener *listener, struct evbuffer *bytes)
{
    if (is_behind(listener)) {
        hang_up(listener, "behind");
    }
    if (!listener->closing && evbuffer_get_length(bytes) > 0) {
        evhttp_send_reply_chunk(listener->request, bytes);
    }
}

static void hand_over_text(struct listener *listener, const char *text)
{
    struct evbuffer *bytes = evbuffer_new();
    if (bytes && evbuffer_add(bytes, text, strlen(text)) == 0) {
        hand_over(listener, bytes);
    }
    if (bytes) {
        evbuffer_free(bytes);
    }
}

/** What listeners with the same mask get, held once. */
struct shared {
    unsigned mask;
    uint64_t after;
    struct evbuffer *bytes;
};

#define SHARED_MOST 8

static void send_shared(struct listener *listener, struct evbuffer *bytes)
{
    struct evbuffer *view = evbuffer_new();
    if (view && evbuffer_get_length(bytes) > 0 &&
        evbuffer_add_buffer_reference(view, bytes) == 0) {
        hand_over(listener, view);
    }
    if (view) {
        evbuffer_free(view);
    }
}

static struct shared *shared_for(const struct web_events *events,
    struct shared *known, const struct listener *listener)
{
    size_t i = 0;
    while (
        i < SHARED_MOST && known[i].bytes &&
        (known[i].mask != listener->mask || known[i].after != listener->seen)) {
        i++;
    }
    if (i == SHARED_MOST) { /* more kinds than that are rare */
        i = SHARED_MOST - 1;
        evbuffer_free(known[i].bytes);
        known[i].bytes = NULL;
    }
    if (!known[i].bytes) {
        known[i] = (struct shared){.mask = listener->mask,
            .after = listener->seen,
            .bytes =
                frames_after(events->journal, listener->seen, listener->mask)};
    }
    return &known[i];
}

/** What has happened since a listener was told last. */
static void send_news_to(
    struct listener *listener, struct shared *known, uint64_t last)
{
    const struct shared *shared = shared_for(listener->events, known, listener);
    listener->seen = last;
    if (shared->bytes) {
        send_shared(listener, shared->bytes);
    }
}

static void send_news(struct web_events *events)
{
    struct shared known[SHARED_MOST] = {{0}};
    uint64_t last = journal_last(events->journal);
    struct listener *next = NULL;
    for (struct listener *listener = events->listeners; listener;
         listener = next) {
        next = listener->next;
        if (listener->seen < last) {
            send_news_to(listener, known, last);
        }
    }
    for (size_t i = 0; i < SHARED_MOST; i++) {
        if (known[i].bytes) {
            evbuffer_free(known[i].bytes);
        }
    }
}

/* --- time ------------------------------------------------------------------- */

static void plan_gather(struct web_events *events, int wait_ms)
{
    struct timeval wait = {.tv_usec = (suseconds_t)wait_ms * 1000};
    if (!evtimer_pending(events->gather, NULL)) {
        (void)event_add(events->gather, &wait);
    }
}

static void on_change(void *arg)
{
    plan_gather(arg, GATHER_MS);
}

static void on_gather(evutil_socket_t fd, short what, void *arg)
{
    struct web_events *events = arg;
    (void)fd;
    (void)what;
    if (journal_gather(events->journal)) {
        send_news(events);
    } else {
        plan_gather(events, RETRY_MS);
    }
}

/** Says that the line lives, and lets go of who has listened long enough. */
static void beat(struct web_events *events, int64_t now_ms)
{
    struct listener *next = NULL;
    for (struct listener *listener = events->listeners; listener;
         listener = next) {
        next = listener->next;
        if (now_ms >= listener->until_mono_ms) {
            hang_up(listener, "long");
        } else {
            hand_over_text(listener, ": \n\n");
        }
    }
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
    struct web_events *events = arg;
    int64_t now_ms = clock_mono_ms();
    bool status =
        events->count > 0 && now_ms - events->status_mono_ms >= STATUS_MS;
    (void)fd;
    (void)what;
    if (status) {
        events->status_mono_ms = now_ms;
    }
    journal_look(events->journal, status);
    send_news(events);
    if (now_ms - events->beat_mono_ms >= BEAT_MS) {
        events->beat_mono_ms = now_ms;
        beat(events, now_ms);
    }
}

/* --- a new listener ----------------------------------------------------------- */

static void refuse(struct evhttp_request *request, int status,
    const char *reason, const char *code, const struct why *why)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    struct evbuffer *body = evbuffer_new();
    json_t *error = json_pack("{s{ss so}}", "error", "code", code, "message",
        api_text_json(why->text));
    char *text = json_dumps(error, JSON_COMPACT);
    (void)evhttp_add_header(headers, "Content-Type", "application/json");
    if (status == 503) {
        (void)evhttp_add_header(headers, "Retry-After", "10");
    }
    if (body) {
        (void)evbuffer_add(body, text, strlen(text));
    }
    evhttp_send_reply(request, status, reason, body);
    if (body) {
        evbuffer_free(body);
    }
    free(text);
    json_decref(error);
}

struct wish {
    unsigned mask;
    char last[JOURNAL_ID_BYTES]; /* id of the last event seen; "" : none */
};

static const char *member(const json_t *query, const char *name)
{
    return json_string_value(json_object_get(query, name));
}

static enum kb_err read_wish(
    struct evhttp_request *request, struct wish *wish, struct why *why)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *last = evhttp_find_header(
        evhttp_request_get_input_headers(request), "Last-Event-ID");
    json_t *query = NULL;
    enum kb_err err = api_query_read(evhttp_uri_get_query(uri), &query, why);
    if (err != KB_OK) {
        return err;
    }
    last = last ? last : member(query, "last");
    if (last && strlen(last) < sizeof(wish->last)) {
        memcpy(wish->last, last, strlen(last) + 1);
    }
    err = journal_topics_parse(member(query, "topics"), &wish->mask, why);
    json_decref(query);
    return err;
}

static struct listener *listener_new(
    struct web_events *events, struct evhttp_request *request, unsigned mask)
{
    struct evhttp_connection *connection =
        evhttp_request_get_connection(request);
    struct listener *listener = mem_new(sizeof(*listener));
    listener->events = events;
    listener->request = request;
    listener->mask = mask;
    listener->until_mono_ms = clock_mono_ms() + LISTEN_MS;
    listener->seen = journal_last(events->journal);
    listener->next = events->listeners;
    if (listener->next) {
        listener->next->previous = listener;
    }
    events->listeners = listener;
    events->count++;
    evhttp_connection_set_closecb(connection, on_closed, listener);
    /* Nothing more is read; the beat finds who is gone. */
    bufferevent_set_timeouts(
        evhttp_connection_get_bufferevent(connection), NULL, NULL);
    return listener;
}

static void start_stream(struct evhttp_request *request)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    (void)evhttp_add_header(headers, "Content-Type", HEADER_TYPE);
    (void)evhttp_add_header(headers, "Cache-Control", "no-store");
    (void)evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
    /* nginx would hold events back otherwise. */
    (void)evhttp_add_header(headers, "X-Accel-Buffering", "no");
    evhttp_send_reply_start(request, 200, "OK");
}

/** Goes on after what was seen last, or says that it is to be read anew. */
static void resume(struct listener *listener, const char *last)
{
    struct web_events *events = listener->events;
    uint64_t number = 0;
    if (*last && journal_resume(events->journal, last, &number) == KB_OK) {
        struct evbuffer *missed =
            frames_after(events->journal, number, listener->mask);
        if (missed) {
            hand_over(listener, missed);
            evbuffer_free(missed);
        }
    } else if (*last) {
        char id[JOURNAL_ID_BYTES];
        char text[120];
        journal_id(events->journal, listener->seen, id);
        (void)evutil_snprintf(
            text, sizeof(text), "id: %s\nevent: reset\ndata: {}\n\n", id);
        hand_over_text(listener, text);
    }
}

void web_events_serve(
    struct web_events *events, struct evhttp_request *request, unsigned may)
{
    struct wish wish = {0};
    struct why why = {0};
    if (read_wish(request, &wish, &why) != KB_OK) {
        refuse(request, 422, "Unprocessable Content", "invalid", &why);
        return;
    }
    if ((wish.mask & may) == 0) {
        why_set(&why, "you may hear none of these topics");
        refuse(request, 403, "Forbidden", "forbidden", &why);
        return;
    }
    if (events->count >= EVENTS_LISTENERS_MOST) {
        why_set(
            &why, "%d listen already; try again later", EVENTS_LISTENERS_MOST);
        refuse(request, 503, "Service Unavailable", "full", &why);
        return;
    }
    start_stream(request);
    struct listener *listener = listener_new(events, request, wish.mask & may);
    char id[JOURNAL_ID_BYTES];
    char text[120];
    journal_id(events->journal, listener->seen, id);
    (void)evutil_snprintf(text, sizeof(text), "retry: 2000\n%s%s\n\n",
        wish.last[0] ? ": " : "id: ", id);
    hand_over_text(listener, text);
    resume(listener, wish.last);
}

size_t web_events_count(const struct web_events *events)
{
    return events->count;
}

/* --- open, close --------------------------------------------------------------- */

struct web_events *web_events_new(struct event_base *base, struct api *api)
{
    struct web_events *events = mem_new(sizeof(*events));
    struct timeval look = {.tv_usec = LOOK_MS * 1000L};
    events->base = base;
    events->journal = api_journal(api);
    events->beat_mono_ms = clock_mono_ms();
    events->gather = event_new(base, -1, 0, on_gather, events);
    events->look = event_new(base, -1, EV_PERSIST, on_look, events);
    (void)event_add(events->look, &look);
    journal_on_change(events->journal, on_change, events);
    return events;
}

void web_events_free(struct web_events *events)
{
    struct listener *next = NULL;
    if (!events) {
        return;
    }
    for (struct listener *listener = events->listeners; listener;
         listener = next) {
        next = listener->next;
        struct evhttp_connection *connection =
            evhttp_request_get_connection(listener->request);
        if (connection) {
            evhttp_connection_set_closecb(connection, NULL, NULL);
        }
        listener_free(listener); /* the request goes with its connection */
    }
    journal_on_change(events->journal, NULL, NULL);
    event_free(events->gather);
    event_free(events->look);
    free(events);
}
