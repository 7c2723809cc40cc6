// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_API_INTERNAL_H
#define KABARI_API_INTERNAL_H

#include "api/api.h"
#include "api/batch.h"
#include "api/call.h"
#include "api/reader.h"
#include "api/replay.h"

/*
 * What the parts of the room share. A request passes route.c (who is meant),
 * input.c (what it says), repeat.c (whether it came before), its handler, and
 * slices.c where that takes longer; life.c answers it.
 */

struct api {
    struct app *app;
    struct reader *reader;  /* NULL: long reads are done at once */
    struct api_call *calls; /* all that are not answered yet */
    struct api_call
        *first; /* of those with a step, in turn: linked by `turn` */
    struct api_call *last;
    struct api_extra extra; /* of the answer that is given just now */
    struct replay *replay;
    struct batches *batches;
    bool batch_turn; /* the next slice is theirs */
    struct journal *journal;
    struct callbacks *callbacks;
    int64_t purged_mono_ms;
    int64_t answered[6]; /* by the status' first digit */
    void (*on_work)(void *arg);
    void *on_work_arg;
};

/* --- route.c --------------------------------------------------------- */

/** The first route of path and method; param (API_PARAM_BYTES) gets what stands
 *  for {name}; other says that the path has other methods. */
const struct api_route *route_find(
    const struct api_request *request, char *param, bool *other);
size_t route_body_most(const struct api_route *route);
/** Whether its fields stand in the query; else in the body. */
bool route_takes_query(const struct api_route *route);

/* --- failure.c ------------------------------------------------------- */

/** An error as the outside sees it. */
struct failure {
    int status;
    const char *code;
    const char *sentence; /* where the room that failed gave none */
};

struct failure failure_of(enum kb_err err);
/** {"error":{…}}; rows is borrowed and may be NULL. */
json_t *failure_json(
    const struct failure *failure, const struct why *why, json_t *rows);
void failure_send(const struct failure *failure, const struct why *why,
    api_reply_fn *reply, void *arg);
/** JSON as text. */
void answer_dump(const json_t *json, struct buf *out);

/* --- input.c --------------------------------------------------------- */

/** What is wrong with a request before any field is looked at; status 0 where
 *  nothing is. */
struct failure input_judge(const struct api_route *route, bool other);
/** The same of its body. */
struct failure input_judge_body(
    const struct api_route *route, const struct api_request *request);
/** Reads query and body into the call; KB_PROTOCOL says 400 (unreadable). */
KB_MUST_USE enum kb_err input_read(
    struct api_call *call, const struct api_request *request, struct why *why);

/* --- life.c ---------------------------------------------------------- */

struct api_call *call_new(struct api *api, const struct api_request *request,
    api_reply_fn *reply, void *arg);
void call_free(struct api_call *call);
/** Takes it off the list of those that are not answered. */
void call_unlink(struct api_call *call);
bool call_changes(const struct api_call *call);
/** Whether reading it is written down. */
bool call_is_seen(const struct api_call *call);
/** Who did or saw what, in the change's own transaction. */
KB_MUST_USE enum kb_err call_note(const struct api_call *call);
/** Notes that people's data was read. Whoever is on this machine reads also
 *  where nothing can be written.
 *  @param wait  whether the answer waits for the commit. */
KB_MUST_USE enum kb_err call_note_seen(const struct api_call *call, bool *wait);
/** Writes a JSON answer as text, once. */
void call_render(struct api_call *call);
/** Answers and frees a call; the only place where one that was begun is. */
void call_finish(struct api_call *call, enum kb_err err, struct why *why);
/** Answers a read at once, a change once its commit is on disk. */
void call_settle(struct api_call *call, enum kb_err err, struct why *why);
/** Answers and frees one that was not begun. */
void call_refuse(struct api_call *call, const struct failure *failure,
    const struct why *why);

/* --- repeat.c -------------------------------------------------------- */

/** Claims the key of what takes several commits or happens outside the store,
 *  before it begins. KB_OK, also where there is nothing to claim; as
 *  store_op_begin(). */
KB_MUST_USE enum kb_err repeat_claim(struct api_call *call);
/** Gives the claim back: it failed and had no effect. What failed after it had
 *  left the gateway keeps it. */
void repeat_release(struct api_call *call);
/** Stores the answer under its Idempotency-Key, inside the operation that is
 *  open. What was refused had no effect and may be tried again. */
KB_MUST_USE enum kb_err repeat_keep(struct api_call *call);
/** The same in an operation of its own, which is committed with that of the
 *  last slice. */
void repeat_keep_late(struct api_call *call);
/** @return true where the request was answered here. */
bool repeat_answered(struct api_call *call);

/* --- api.c ----------------------------------------------------------- */

/** For a step that has read all: its change as one operation, with its audit
 *  and its Idempotency-Key. The change judges all before it changes anything. */
KB_MUST_USE enum kb_err call_take(
    struct api_call *call, api_handler *change, struct why *why);

/* --- slices.c -------------------------------------------------------- */

/** Whether what the steps write goes out while they still work. */
bool call_is_streamed(const struct api_call *call);
/** Begins with the steps of a call. */
void slices_start(struct api_call *call);
/** The same for one that is streamed: nothing goes out before it is written
 *  down who sees it. */
void slices_stream(struct api_call *call);
/** Batches that could not be worked on are tried again. */
void slices_again(struct api *api);

#endif
