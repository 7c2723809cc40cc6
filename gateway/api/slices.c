// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls that take longer than a turn of the loop: work in slices, answers in
 * pieces, reading in a second thread. */
#include "api/api_internal.h"
#include "api/handlers.h"

#include <string.h>

#define PIECE_BYTES  ((size_t)64 * 1024) /* of a long answer */
#define STREAMS_MOST 64                  /* long answers at a time */

/* --- work in slices -------------------------------------------------- */

static void add_turn(struct api *api, struct api_call *call)
{
    call->turn = NULL;
    if (api->last) {
        api->last->turn = call;
    } else {
        api->first = call;
    }
    api->last = call;
}

static void ask_for_work(const struct api *api)
{
    if (api->on_work) {
        api->on_work(api->on_work_arg);
    }
}

/* --- long answers in pieces ------------------------------------------ */

bool call_is_streamed(const struct api_call *call)
{
    return call->part && call->step && strcmp(call->route->method, "GET") == 0;
}

/** Gives away what has been written, once it is worth it; its turn comes again
 *  when that was taken. */
static void hand_on(struct api_call *call)
{
    struct why why = {0};
    if (!call_is_streamed(call) || call->out.used < PIECE_BYTES) {
        add_turn(call->api, call);
        return;
    }
    bool taken = call->part(call->reply_arg,
        &(struct api_piece){.call = call,
            .status = call->status,
            .content_type =
                call->content_type ? call->content_type : "application/json",
            .text = buf_text(&call->out),
            .bytes = call->out.used});
    buf_clear(&call->out);
    if (!taken) {
        call_finish(call, KB_CLOSED, &why);
        return;
    }
    call->parked = true;
}

void api_go_on(struct api_call *call)
{
    if (call->parked) {
        call->parked = false;
        add_turn(call->api, call);
        ask_for_work(call->api);
    }
}

void api_stop(struct api_call *call)
{
    struct why why = {0};
    if (call->parked) {
        call_finish(call, KB_CLOSED, &why);
    }
}

void slices_start(struct api_call *call)
{
    add_turn(call->api, call);
    ask_for_work(call->api);
}

static void on_noted(void *arg, enum kb_err result)
{
    struct api_call *call = arg;
    struct why why = {0};
    call->waiting = false;
    if (result == KB_OK && call->api) {
        slices_start(call);
        return;
    }
    call_finish(call, result == KB_OK ? KB_CLOSED : result, &why);
}

static size_t count_streams(const struct api *api)
{
    size_t count = 0;
    for (const struct api_call *call = api->calls; call; call = call->next) {
        count += call_is_streamed(call) ? 1 : 0;
    }
    return count;
}

void slices_stream(struct api_call *call)
{
    bool wait = false;
    struct why why = {0};
    enum kb_err err = KB_OK;
    if (count_streams(call->api) > STREAMS_MOST) {
        why_set(&why, "too many long answers at once; try again in a moment");
        err = KB_FULL;
    }
    if (err == KB_OK && call_is_seen(call)) {
        err = call_note_seen(call, &wait);
        call->noted = err == KB_OK;
    }
    if (err != KB_OK) {
        call_finish(call, err, &why);
    } else if (wait) {
        call->waiting = true;
        store_after_commit(call->app->store, on_noted, call);
    } else {
        slices_start(call);
    }
}

/* --- batches ----------------------------------------------------------- */

static void on_taken(void *arg, enum kb_err result)
{
    struct api_call *call = arg;
    struct why why = {0};
    if (!call->waiting) {
        return; /* its messages were made meanwhile: on_committed() answers */
    }
    if (!call->api) {
        call_free(call);
    } else if (result == KB_OK) {
        call->batch_safe = true;
    } else {
        api_call_done(call, result, &why);
    }
}

/** What is taken is answered once its messages are there. */
static void wait_for_batch(struct api_call *call)
{
    call->waiting = true;
    store_after_commit(call->app->store, on_taken, call);
}

static void end_waiting(const struct api *api, int64_t batch)
{
    struct api_call *call = api->calls;
    struct why why = {0};
    while (call && (!call->waiting || call->batch != batch)) {
        call = call->next;
    }
    if (call) {
        api_call_done(call, KB_OK, &why);
    }
}

static bool work_on_batches(struct api *api)
{
    int64_t over = 0;
    bool more = batches_work(api->batches, &over);
    if (over != 0) {
        end_waiting(api, over);
    }
    return more;
}

void slices_again(struct api *api)
{
    if (batches_again(api->batches)) {
        ask_for_work(api);
    }
}

/* --- a turn -------------------------------------------------------------- */

static void take_step(struct api *api)
{
    struct api_call *call = api->first;
    struct why why = {0};
    bool more = true;
    api->first = call->turn;
    api->last = api->first ? api->last : NULL;
    enum kb_err err = call->step(call, &more, &why);
    if (err == KB_OK && more) {
        hand_on(call);
    } else if (err == KB_OK && call->batch != 0) {
        wait_for_batch(call);
    } else {
        call_settle(call, err, &why);
    }
}

bool api_work(struct api *api)
{
    /* By turns, so that neither holds up the other. */
    bool batch = (api->batch_turn || !api->first) && work_on_batches(api);
    bool step = !batch && api->first;
    api->batch_turn = step;
    if (step) {
        take_step(api);
    }
    return batch || api->first || batches_wait(api->batches);
}

void api_on_work(struct api *api, void (*fn)(void *arg), void *arg)
{
    api->on_work = fn;
    api->on_work_arg = arg;
}

void api_plan_soon(struct api_call *call)
{
    ask_for_work(call->api);
}

void api_list_add(struct api_call *call, json_t *take_value)
{
    if (call->view != VIEW_ALL) {
        api_mask(take_value, call->view);
    }
    buf_add_text(&call->out, call->listing ? "," : "[");
    call->listing = true;
    answer_dump(take_value, &call->out);
    json_decref(take_value);
}

void api_list_end(struct api_call *call)
{
    buf_add_text(&call->out, call->listing ? "]" : "[]");
}

/* --- windows of a list ----------------------------------------------- */

#define WINDOW_IDS  2000
#define WINDOW_ROWS 200

void api_window_next(struct api_window *window, int64_t newest)
{
    if (window->before == 0 || window->before > newest + 1) {
        window->before = newest + 1;
    }
    window->from =
        window->before > WINDOW_IDS ? window->before - WINDOW_IDS : 1;
    window->limit =
        window->left < WINDOW_ROWS ? (int)window->left : WINDOW_ROWS;
    window->given = 0;
}

bool api_window_done(struct api_window *window)
{
    bool full = window->given == window->limit;
    window->left -= window->given;
    window->before = full ? window->last : window->from;
    return window->left > 0 && window->before > 1;
}

/* --- reading beside the loop ----------------------------------------- */

static void on_reading(
    void *arg, const struct reader_rooms *rooms, const struct why *why)
{
    struct api_call *call = arg;
    if (!rooms) {
        call->read_err = KB_DB;
        call->read_why = *why;
        return;
    }
    call->read_err = call->reading(call, rooms, &call->read_why);
}

static void on_read(void *arg, bool worked)
{
    struct api_call *call = arg;
    if (!worked) {
        call->read_err = KB_CLOSED;
    }
    api_call_done(call, call->read_err, &call->read_why);
}

enum kb_err api_read_aside(
    struct api_call *call, api_reading *fn, struct why *why)
{
    const struct app *app = call->app;
    if (!call->api->reader) {
        return fn(call,
            &(struct reader_rooms){.clock = &app->clock,
                .config = &app->config,
                .registry = app->registry,
                .campaigns = app->campaigns},
            why);
    }
    call->reading = fn;
    call->waiting = true;
    reader_ask(call->api->reader, on_reading, on_read, call);
    return KB_OK;
}

enum kb_err api_read_in_thread(struct api *api, struct why *why)
{
    return reader_open(api->app, &api->reader, why);
}

int api_readings_fd(const struct api *api)
{
    return api->reader ? reader_fd(api->reader) : -1;
}

void api_readings_done(struct api *api)
{
    reader_settle(api->reader);
}

enum kb_err api_reload(struct api *api, struct why *why)
{
    return api->reader ? reader_reload(api->reader, why) : KB_OK;
}
