// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_API_CALL_H
#define KABARI_API_CALL_H

#include "api/api.h"
#include "api/fields.h"
#include "api/reader.h"
#include "api/replay.h"
#include "base/buf.h"

/*
 * One request on its way through the room. A handler reads call->in and
 * call->param, and leaves its answer in call->answer (JSON) or call->out (text
 * of call->content_type). The rest is done around it: matching, limits,
 * reading of fields, the operation and its commit, errors, the log line.
 */

struct api_call;

/** Fills in the answer. Whatever is not KB_OK becomes an error with why's
 *  field and sentence (or a sentence of the error's own). */
typedef enum kb_err api_handler(struct api_call *call, struct why *why);

enum api_flags {
    API_CHANGE =
        1 << 0,         /* runs in an operation, is answered after its commit */
    API_CSV = 1 << 1,   /* the body is CSV: call->text; fields: the query */
    API_BATCH = 1 << 2, /* the handler reads call->body itself */
    API_MODEMS = 1 << 3, /* needs a daemon's dispatch */
    API_TAKES = 1 << 4, /* changes in slices or later: no operation around it */
    API_FORM = 1 << 5,  /* the body is a form; fields that are unknown pass */
    API_QUIET = 1 << 6, /* too many for a log line each, and for the audit */
    API_UNKEPT = 1 << 7, /* has a secret or people's data in full: not kept for
                            an Idempotency-Key */
    API_RAW = 1 << 8,    /* the handler reads the query, or the body where there
                            is one, from call->text itself */
    API_PLAIN = 1 << 9,  /* comes by the thousand and judges all before it
                            changes anything: store_op_begin_plain() */
    API_ROWS = 1 << 10   /* an array of over API_ROWS_BYTES is left in
                            call->text, and call->body is NULL */
};

struct api_route {
    const char *method;
    const char *path; /* "/api/v1/offices/{code}/state" */
    api_handler *handle;
    unsigned flags;
    int status;                     /* of success; 0: 200 */
    const struct api_field *fields; /* of the body; with GET, DELETE and
                                       API_CSV of the query; NULL: none */
    size_t in_bytes;                /* of the struct that fields fill */
    size_t most_bytes;              /* of a body; 0: 1 MiB */
    const char *help;
};

/* --- who may ------------------------------------------------------------- */

enum api_access {
    /* For staff of some kecamatan: */
    API_FREE = 0,       /* nothing in it is of one kecamatan */
    API_BOUND = 1 << 0, /* the handler narrows it to theirs */
    API_WHOLE = 1 << 1, /* not for them: it is about the whole regency */
    /* Instead of roles: */
    API_PUBLIC = 1 << 2, /* the request carries a proof of its own */
    API_ANYONE = 1 << 3, /* whoever has a session, whatever the role */
    /* Reading it is written down, since it shows people's data: */
    API_SEEN = 1 << 4
};

/** The line of a route in the matrix of may.c. */
struct api_may {
    const char *method;
    const char *path;
    unsigned roles;          /* 1 << ROLE_… */
    enum access_scope scope; /* that a token needs; SCOPE_NONE: no token may */
    unsigned access;         /* enum api_access */
};

/** NULL where a route has none: then only the control socket may. */
const struct api_may *api_may_of(const struct api_route *route);
/** The i-th line; NULL behind the last. */
const struct api_may *api_may_at(size_t i);

enum api_judgement {
    API_YES,
    API_LOG_IN, /* 401 */
    API_NEVER   /* 403 */
};
enum api_judgement api_may_judge(
    const struct api_may *may, const struct access_actor *actor);

/** The i-th of all routes; NULL behind the last. */
const struct api_route *api_route_at(size_t i);

/** The route of a method and path (as a request has it); NULL: none. */
const struct api_route *api_route_find(const char *method, const char *path);

#define API_PARAM_BYTES 200
#define API_BODY_MOST   ((size_t)1024 * 1024)
#define API_ROWS_BYTES  ((size_t)16 * 1024)
#define API_BATCH_MOST  ((size_t)8 * 1024 * 1024)
#define API_IMPORT_MOST ((size_t)64 * 1024 * 1024)

/** One slice of what a call still has to do.
 *  @param more  set to false with the last one.
 *  @return      other than KB_OK ends the work with that error. */
typedef enum kb_err api_step(
    struct api_call *call, bool *more, struct why *why);

/** Reads at length, beside the loop: leaves its answer in the call as a handler
 *  does, but with these rooms in place of call->app. It runs in another thread
 *  and may touch nothing else of the gateway. */
typedef enum kb_err api_reading(
    struct api_call *call, const struct reader_rooms *rooms, struct why *why);

struct api_call {
    struct api *api; /* NULL once the room is closed */
    struct app *app;
    const struct api_route *route;
    char param
        [API_PARAM_BYTES]; /* what stands for {name}; "" where there is none */
    const void *in;        /* the route's struct, filled; NULL without fields */
    json_t *body;          /* what `in` borrows from, or a batch */
    const char *text;      /* CSV; borrowed for the handler's call only */
    size_t text_bytes;
    int text_fd; /* a file that has the text; 0 or less: none */
    const struct access_actor *actor; /* who asks; never NULL */
    const char *reach; /* registry.h: whose people the asker may see */
    char reach_text[ACCESS_REACH_BYTES];
    enum access_view view; /* how much of people's data the answer shows; a
                              handler raises it for who was unmasked */
    char secret[208];      /* X-Kabari-Secret; "" : none */
    char address[64];      /* whence it came over TCP; "" : not */
    char subject[96];      /* for the audit; "" : the path's {name} */
    char detail[200];      /* for the audit: a reason, what was changed */

    json_t *answer;
    struct buf out;
    const char *content_type; /* NULL: JSON */
    json_t *rows;             /* an error's rows; may be NULL */

    api_step *step; /* set by a handler that has work left */
    void *work;     /* the step's own; given to work_free at the end */
    void (*work_free)(void *work);
    bool waiting; /* set by a handler that will call api_call_done() */
    bool in_hand; /* its handler has not returned */
    bool ended;   /* api_call_done() came before the handler returned */
    enum kb_err ended_err;
    struct why ended_why;
    api_reading *reading;
    enum kb_err read_err;
    struct why read_why;

    char session[ACCESS_SECRET_BYTES]; /* a new cookie */
    bool session_over;                 /* takes the cookie away */

    /* The room's own: */
    struct access_actor asker;
    const struct api_may *may;
    int deny_status; /* 0: the error's own */
    const char *deny_code;
    int retry_after_s;
    api_part_fn *part; /* NULL: answers come whole */
    bool noted;        /* in the audit, before the first piece */
    bool parked;       /* its last piece waits */
    int64_t batch;     /* that it waits for: batch.h */
    bool batch_safe;   /* which is on disk */
    bool listing;      /* api_list_add() has begun */
    api_reply_fn *reply;
    void *reply_arg;
    void *input;
    int status;
    struct replay_mark mark; /* of the Idempotency-Key */
    bool claimed;            /* the key is stored, without an answer yet */
    bool kept;               /* the answer is stored under it */
    bool outside;            /* its effect has left the gateway */
    bool rendered;           /* answer has been written to out */
    struct api_call *turn;   /* the next whose step comes */
    struct api_call *next;
    struct api_call *previous;
};

/** Ends a call that is waiting: answers and frees it, at once or, where its
 *  handler has not returned yet (no loop, no helper), after that. */
void api_call_done(struct api_call *call, enum kb_err err, struct why *why);

/** Refuses with a status that no error has: api_deny_login (401),
 *  api_deny_right (403), api_deny_body (400: it cannot be read) or
 *  api_deny_soon (429, try again in so many seconds).
 *  The handler sets why and returns what this returns. */
KB_MUST_USE enum kb_err api_deny_login(struct api_call *call);
KB_MUST_USE enum kb_err api_deny_right(struct api_call *call);
KB_MUST_USE enum kb_err api_deny_body(struct api_call *call);
KB_MUST_USE enum kb_err api_deny_soon(struct api_call *call, int retry_s);
/** Hands the call to the reader, for a handler to return with; without one (a
 *  kabari without a daemon) it is read at once. */
KB_MUST_USE enum kb_err api_read_aside(
    struct api_call *call, api_reading *fn, struct why *why);

/** Calls fn for each call that is not answered yet. */
void api_each_call(const struct api *api,
    void (*fn)(void *arg, const struct api_call *call), void *arg);

/** Whether that phone is of people whom the asker may see; else KB_NOT_FOUND. */
KB_MUST_USE enum kb_err api_may_see_phone(
    const struct api_call *call, const char *phone);

/** Whether an office is the asker's to change: KB_OK; else as
 *  api_deny_right(), with a sentence. */
KB_MUST_USE enum kb_err api_may_change_office(
    struct api_call *call, const char *kecamatan, struct why *why);

/**
 * A list by falling ids that is looked through in windows, so that a slice
 * costs the same however few of the rows fit.
 */
struct api_window {
    int64_t from;   /* ids of this window: from <= id < before */
    int64_t before; /* 0 at first: from the newest on */
    int64_t left;   /* rows still to be given */
    int limit;      /* rows that this window may give */
    int given;      /* counted by whoever reads them */
    int64_t last;   /* the id of the last of them */
};

/** Sets the next window below `newest`. */
void api_window_next(struct api_window *window, int64_t newest);
/** Counts what it gave. @return whether there are more. */
bool api_window_done(struct api_window *window);

/** The {id} of the path: KB_OK, or KB_NOT_FOUND for what is no id. */
KB_MUST_USE enum kb_err api_call_id(const struct api_call *call, int64_t *id);

/** Asks for the planner's next slice: what a campaign is to do has changed. */
void api_plan_soon(struct api_call *call);

/** Adds one JSON value to a list that is written as text in slices:
 *  api_list_add() for each, api_list_end() at last. Takes the value. */
void api_list_add(struct api_call *call, json_t *take_value);
void api_list_end(struct api_call *call);

#endif
