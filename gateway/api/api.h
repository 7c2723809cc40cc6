// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_API_API_H
#define KABARI_API_API_H

#include "api/app.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * What the CLI, the console and other systems can ask: one route table with
 * its handlers. Transport is elsewhere: web/ serves it over HTTP (TCP and the
 * control socket), cli/ calls it in-process where no daemon runs.
 */

struct api;
struct callbacks;
struct journal;

struct api_call;

/** A piece of an answer that does not wait until it is whole; text is borrowed
 *  for the call. What is left comes by api_reply_fn as ever; a status of 400
 *  or more there says that the answer broke off. */
struct api_piece {
    struct api_call *call; /* for api_go_on(); good until the reply */
    int status;
    const char *content_type;
    const char *text;
    size_t bytes;
};

/** Takes a piece; api_go_on() says when there is room for more.
 *  @return false: nobody reads it any more. */
typedef bool api_part_fn(void *arg, const struct api_piece *piece);

/** A request as a transport brings it; borrowed for the call. */
struct api_request {
    const char *method; /* "GET", "POST", "PATCH", "DELETE" */
    const char *path;   /* "/api/v1/messages/812", decoded, without query */
    const char *query;  /* "state=queued&limit=20", not decoded; may be NULL */
    const char *content_type;
    const char *body; /* may hold anything; body_bytes long */
    size_t body_bytes;
    int body_fd;     /* where body is the map of a file: it; else -1 (or, where
                    body is in memory in any case, 0) */
    const char *who; /* for the audit where actor is NULL: "uid:0" */
    const struct access_actor *actor; /* who asks; NULL: the control socket or
                                         this process, which may everything */
    const char *secret;  /* the header X-Kabari-Secret; NULL: none */
    const char *address; /* of whoever asks over TCP; NULL: not over TCP */
    const char *idempotency_key; /* the header of that name; NULL: none */
    api_part_fn *part; /* takes long answers in pieces, with the reply's arg;
                          NULL: they come whole */
};

/** What a transport adds to the answer that it is given just now. */
struct api_extra {
    const char *session; /* of a new session's cookie; "" : take it away; NULL:
                            leave it */
    int retry_after_s;   /* 0: nothing is said */
};
/** Inside an api_reply_fn only. */
struct api_extra api_replying(const struct api *api);

/** Answers a request, now or later (a commit, a USSD answer, an import's
 *  slices): called exactly once. text is borrowed for the call. */
typedef void api_reply_fn(void *arg, int status, const char *content_type,
    const char *text, size_t bytes);

KB_MUST_USE enum kb_err api_open(struct app *app, struct api **out);
/** The rooms that it works on; borrowed. */
struct app *api_app(const struct api *api);
/** Commit before (store_commit), else what waits for its commit is answered
 *  503. NULL is fine. */
void api_close(struct api *api);

/**
 * Handles a request. What changes the store is answered only after the commit;
 * a lost commit is answered 503.
 */
void api_handle(struct api *api, const struct api_request *request,
    api_reply_fn *reply, void *arg);

/** Once a second or so: takes away answers that were kept for a day. */
void api_tick(struct api *api);

/** How large a body of that request may be; 64 KiB where there is no such
 *  route. */
size_t api_body_most(const char *method, const char *path);

/** Whether a path is of the API, whatever its methods. */
bool api_has_path(const char *path);

/** The methods that a path has, for the Allow header of a 405 ("GET, PATCH");
 *  "" where there is no such route. 64 bytes are enough. */
void api_allowed(const char *path, char *out, size_t out_bytes);

/** Long reads go to a second thread from now on (reader.h), for a loop; without
 *  this they are done at once. */
KB_MUST_USE enum kb_err api_read_in_thread(struct api *api, struct why *why);
/** Readable when api_readings_done() has answers to give; -1 without a thread. */
int api_readings_fd(const struct api *api);
void api_readings_done(struct api *api);
/** After app_reload(). */
KB_MUST_USE enum kb_err api_reload(struct api *api, struct why *why);
/** What has changed, for whoever watches. */
struct journal *api_journal(struct api *api);

/** What other systems are to be told; see callback.h. */
struct callbacks *api_callbacks(struct api *api);

/** After a reload: webhooks may be others. */
KB_MUST_USE enum kb_err api_use(struct api *api);

/** Work that jobs (imports, previews) still have; runs one slice of at most
 *  5 ms. @return true while there is more. The loop, or a kabari without a
 *  daemon, calls it until false. */
bool api_work(struct api *api);

/** Goes on with an answer whose piece had to wait. */
void api_go_on(struct api_call *call);
/** Ends one whose reader has gone: it is replied to once more, at once or at
 *  its next piece. */
void api_stop(struct api_call *call);

/** Called when api_work has something to do, so that a loop can arrange it. */
void api_on_work(struct api *api, void (*fn)(void *arg), void *arg);

#endif
