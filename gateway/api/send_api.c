// SPDX-License-Identifier: GPL-2.0-or-later
/* POST /messages: one, or an array of them, all or none. A short array is taken
 * at once; a long one is read in slices and then taken by batch.h. */
#include "api/api_internal.h"
#include "api/batch.h"
#include "api/handlers.h"
#include "api/rows.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_MOST        10000 /* of one POST */
#define WRONG_MOST       50    /* rows at fault that are listed */
#define SLICE_US         4000
#define LOOK_ROWS        8 /* between two looks at the clock */
#define SHORT_CODE_LEAST 2
#define SHORT_CODE_MOST  6

/* Times are written to the minute, and clocks differ: "now" is not over. */
#define LATE_MS ((int64_t)60 * 1000)

enum kb_err api_phone_read(const char *text, char *out, struct why *why)
{
    size_t length = strlen(text);
    why_field(why, "phone");
    if (str_digits(text) && text[0] != '0' && length >= SHORT_CODE_LEAST &&
        length <= SHORT_CODE_MOST) {
        return str_copy(out, PHONE_BYTES, text);
    }
    enum kb_err err = phone_normalise(text, out, why);
    if (err == KB_OK && !*out) {
        why_set(why, "phone is missing");
        err = KB_INVALID;
    }
    return err;
}

/* --- what can be said against a row ------------------------------------ */

static enum kb_err judge_times(
    const struct outbox_new *message, int64_t now_ms, struct why *why)
{
    int64_t due_at_ms =
        message->due_at_ms > now_ms ? message->due_at_ms : now_ms;
    if (message->due_at_ms != 0 && message->due_at_ms < now_ms - LATE_MS) {
        why_field(why, "at");
        why_set(why, "at is over already; leave it out to send at once");
        return KB_INVALID;
    }
    if (message->expires_at_ms != 0 && message->expires_at_ms <= due_at_ms) {
        why_field(why, "expire");
        why_set(why, "expire is over before the message may go out");
        return KB_INVALID;
    }
    return KB_OK;
}

/** Whoever works for some kecamatan writes to its people. */
static enum kb_err judge_phone(
    const struct api_call *call, const char *phone, struct why *why)
{
    enum kb_err err = api_may_see_phone(call, phone);
    if (err == KB_NOT_FOUND) {
        why_field(why, "phone");
        why_set(why, "nobody of your kecamatan has that phone; add it to the "
                     "resident first");
        err = KB_INVALID;
    }
    return err;
}

/** All of it; nothing is changed. */
static enum kb_err judge_row(const struct api_call *call, const json_t *json,
    struct row *out, struct why *why)
{
    enum kb_err err = row_read(json, out, why);
    if (err == KB_OK) {
        err = judge_phone(call, out->phone, why);
    }
    if (err == KB_OK) {
        err = judge_times(&out->message, clock_now_ms(&call->app->clock), why);
    }
    if (err == KB_OK) {
        why_field(why, "text");
        err = outbox_check(call->app->outbox, &out->message, why);
    }
    if (err == KB_OK) {
        why_field(why, "");
    }
    return err;
}

/** Notes what is wrong with a row; true while more of them are listed. */
static bool note_wrong(struct api_call *call, size_t row, const struct why *why)
{
    if (!call->rows) {
        call->rows = json_array();
    }
    json_array_append_new(call->rows,
        json_pack("{sI so so}", "row", (json_int_t)row, "field",
            api_text_json(why->field), "message", api_text_json(why->text)));
    return json_array_size(call->rows) < WRONG_MOST;
}

/** Judges one of many; *go_on says whether the next is worth a look. */
static enum kb_err judge_one_of(struct api_call *call, const json_t *json,
    size_t number, struct row *out, bool *go_on)
{
    struct why why = {0};
    enum kb_err err = judge_row(call, json, out, &why);
    if (err == KB_INVALID) {
        *go_on = note_wrong(call, number, &why);
        return KB_OK;
    }
    *go_on = err == KB_OK;
    return err;
}

/** What is to be said of all of them together. */
static enum kb_err judge_all(
    const struct api_call *call, size_t count, struct why *why)
{
    if (count == 0 || count > ROWS_MOST) {
        why_set(why, "an array must have 1 to %d messages", ROWS_MOST);
        return KB_INVALID;
    }
    if (call->rows) {
        why_set(why, "%zu rows are wrong; nothing was taken",
            json_array_size(call->rows));
        return KB_INVALID;
    }
    return KB_OK;
}

/* --- a short array ------------------------------------------------------ */

static enum kb_err accept_rows(struct api_call *call, const struct row *rows,
    size_t count, struct why *why)
{
    enum kb_err err = KB_OK;
    json_t *ids = json_array();
    for (size_t i = 0; err == KB_OK && i < count; i++) {
        int64_t id = 0;
        err = outbox_accept(call->app->outbox, &rows[i].message, &id, why);
        json_array_append_new(ids, json_integer(id));
    }
    call->answer = json_pack("{sI so}", "count", (json_int_t)count, "ids", ids);
    return err;
}

static enum kb_err take_short(struct api_call *call, struct why *why)
{
    size_t count = json_array_size(call->body);
    struct row *rows = mem_array(count, sizeof(*rows));
    enum kb_err err = KB_OK;
    bool go_on = true;
    for (size_t i = 0; go_on && i < count; i++) {
        err = judge_one_of(
            call, json_array_get(call->body, i), i + 1, &rows[i], &go_on);
    }
    if (err == KB_OK) {
        err = judge_all(call, count, why);
    }
    if (err == KB_OK) {
        err = accept_rows(call, rows, count, why);
    }
    free(rows);
    return err;
}

/* --- a long array -------------------------------------------------------- */

/** While its rows are looked at. */
struct reading {
    char *text;
    struct rows rows;
    json_t *last; /* the row that was read last */
    bool over;
};

static void reading_free(void *arg)
{
    struct reading *reading = arg;
    json_decref(reading->last);
    free(reading->text);
    free(reading);
}

static enum kb_err read_one(
    struct api_call *call, struct reading *reading, struct why *why)
{
    struct row row = {.phone = ""};
    bool go_on = true;
    json_t *json = NULL;
    enum kb_err err = rows_next(&reading->rows, &json, why);
    if (err == KB_NOT_FOUND) {
        reading->over = true;
        return KB_OK;
    }
    if (err != KB_OK) {
        return err == KB_PROTOCOL ? api_deny_body(call) : err;
    }
    json_decref(reading->last);
    reading->last = json;
    err = judge_one_of(call, json, (size_t)reading->rows.count, &row, &go_on);
    reading->over = !go_on || reading->rows.count > ROWS_MOST;
    return err;
}

/** The change itself: all of it is taken with one commit. */
static enum kb_err take(struct api_call *call, struct why *why)
{
    const struct reading *reading = call->work;
    struct row row = {.phone = ""};
    int64_t first = 0;
    json_t *ids = json_array();
    enum kb_err err = judge_row(call, reading->last, &row, why);
    if (err == KB_OK) {
        err = batches_take(call->api->batches,
            &(struct batch_new){.text = reading->text,
                .count = reading->rows.count,
                .last = &row.message},
            &call->batch, &first, why);
    }
    for (int i = 0; err == KB_OK && i < reading->rows.count; i++) {
        json_array_append_new(ids, json_integer(first + i));
    }
    call->answer = json_pack(
        "{sI so}", "count", (json_int_t)reading->rows.count, "ids", ids);
    return err;
}

static enum kb_err read_step(struct api_call *call, bool *more, struct why *why)
{
    struct reading *reading = call->work;
    int64_t end_us = clock_mono_us() + SLICE_US;
    enum kb_err err = KB_OK;
    do {
        err = read_one(call, reading, why);
    } while (
        err == KB_OK && !reading->over &&
        (reading->rows.count % LOOK_ROWS != 0 || clock_mono_us() < end_us));
    *more = err == KB_OK && !reading->over;
    if (*more || err != KB_OK) {
        return err;
    }
    err = judge_all(call, (size_t)reading->rows.count, why);
    return err == KB_OK ? call_take(call, take, why) : err;
}

static enum kb_err begin_long(struct api_call *call)
{
    struct reading *reading = mem_new(sizeof(*reading));
    reading->text = mem_get(call->text_bytes + 1);
    memcpy(
        reading->text, call->text, call->text_bytes); /* a NUL may be in it */
    reading->text[call->text_bytes] = '\0';
    reading->rows =
        (struct rows){.text = reading->text, .bytes = call->text_bytes};
    call->work = reading;
    call->work_free = reading_free;
    call->step = read_step;
    return KB_OK;
}

/* --- the route ------------------------------------------------------------ */

static enum kb_err take_one(struct api_call *call, struct why *why)
{
    struct row row = {.phone = ""};
    int64_t id = 0;
    enum kb_err err = judge_row(call, call->body, &row, why);
    if (err == KB_OK) {
        err = outbox_accept(call->app->outbox, &row.message, &id, why);
    }
    if (err == KB_OK) {
        call->answer = json_pack("{sI so ss si}", "id", (json_int_t)id, "phone",
            api_text_json(row.phone), "state", msg_state_shown(MSG_QUEUED),
            "parts", text_measure(row.message.text).parts);
    }
    return err;
}

static enum kb_err message_post(struct api_call *call, struct why *why)
{
    return !call->body                 ? begin_long(call)
           : json_is_array(call->body) ? take_short(call, why)
                                       : take_one(call, why);
}

const struct api_route api_send_routes[] = {
    {"POST",        "/api/v1/messages", message_post,
     API_CHANGE | API_BATCH | API_PLAIN | API_ROWS, 201,
     .fields = rows_fields, .most_bytes = API_BATCH_MOST,
     .help = "one message, or an array of them, all or none"},
    {0},
};
