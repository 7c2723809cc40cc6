// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/handlers.h"
#include "base/mem.h"

#include <stdlib.h>

#define LIST_SLICE      200
#define TEXT_MOST_BYTES 6120

json_t *api_entry_json(const struct inbox_entry *entry)
{
    return json_pack("{sI so so so so so so so so}", "id",
        (json_int_t)entry->id, "phone", api_text_json(entry->phone), "state",
        api_text_json(entry->state), "text", api_text_json(entry->text),
        "intent", api_text_json(entry->intent), "modem",
        api_text_or_null(entry->modem), "at", api_time_json(entry->at_ms),
        "answer", api_id_or_null(entry->answered_id), "reply",
        api_id_or_null(entry->reply_id));
}

struct list_in {
    bool open;
    int64_t limit;
    int64_t cursor;
};

static const struct api_field list_fields[] = {
    API_FIELD("open", API_BOOL, list_in, open, .needed = false),
    API_FIELD("limit", API_INT, list_in, limit, .most = 1000000),
    API_FIELD("cursor", API_INT, list_in, cursor, .most = INT64_MAX),
    {0},
};

struct listing {
    struct api_call *call;
    struct list_in in;
    int in_slice;
};

static void on_listed(void *arg, const struct inbox_entry *entry)
{
    struct listing *listing = arg;
    listing->in.cursor = entry->id;
    listing->in_slice++;
    api_list_add(listing->call, api_entry_json(entry));
}

static enum kb_err list_step(struct api_call *call, bool *more, struct why *why)
{
    struct listing *listing = call->work;
    struct list_in *in = &listing->in;
    int limit = in->limit < LIST_SLICE ? (int)in->limit : LIST_SLICE;
    (void)why;
    listing->in_slice = 0;
    enum kb_err err = inbox_list(
        call->app->inbound, in->open, in->cursor, limit, on_listed, listing);
    in->limit -= listing->in_slice;
    *more = err == KB_OK && listing->in_slice == limit && in->limit > 0;
    if (!*more) {
        api_list_end(call);
    }
    return err;
}

static enum kb_err entry_list(struct api_call *call, struct why *why)
{
    struct listing *listing = mem_new(sizeof(*listing));
    const struct list_in *in = call->in;
    (void)why;
    listing->call = call;
    listing->in = *in;
    if (in->limit == 0) {
        listing->in.limit = INT64_MAX;
    }
    call->work = listing;
    call->work_free = free;
    call->step = list_step;
    return KB_OK;
}

static enum kb_err entry_get(struct api_call *call, struct why *why)
{
    int64_t id = 0;
    struct inbox_entry entry = {0};
    enum kb_err err = api_call_id(call, &id);
    if (err == KB_OK) {
        err = inbox_get(call->app->inbound, id, &entry);
    }
    if (err == KB_NOT_FOUND) {
        why_set(why, "there is no inbox entry %s; see kabari inbox list",
            call->param);
    }
    if (err == KB_OK) {
        call->answer = api_entry_json(&entry);
    }
    return err;
}

struct reply_in {
    const char *text;
};

static const struct api_field reply_fields[] = {
    API_FIELD("text", API_TEXT, reply_in, text, .needed = true,
        .most = TEXT_MOST_BYTES),
    {0},
};

static enum kb_err entry_reply(struct api_call *call, struct why *why)
{
    const struct reply_in *in = call->in;
    int64_t id = 0;
    int64_t message_id = 0;
    enum kb_err err = api_call_id(call, &id);
    if (err == KB_OK) {
        err = inbox_reply(call->app->inbound, id, in->text, &message_id, why);
    }
    if (err == KB_OK) {
        call->answer = json_pack(
            "{sI sI}", "id", (json_int_t)id, "message", (json_int_t)message_id);
    }
    return err == KB_NOT_FOUND ? entry_get(call, why) : err;
}

static enum kb_err entry_close(struct api_call *call, struct why *why)
{
    int64_t id = 0;
    enum kb_err err = api_call_id(call, &id);
    if (err == KB_OK) {
        err = inbox_close(call->app->inbound, id);
    }
    return err == KB_OK || err == KB_NOT_FOUND ? entry_get(call, why) : err;
}

struct test_in {
    const char *text;
    const char *from;
};

/* An SMS of 255 parts has at most 39,015 septets. */
static const struct api_field test_fields[] = {
    API_FIELD("text", API_TEXT, test_in, text, .needed = true, .most = 40000),
    API_FIELD("from", API_TEXT, test_in, from, .needed = false),
    {0},
};

static enum kb_err inbox_test(struct api_call *call, struct why *why)
{
    const struct test_in *in = call->in;
    struct understood understood = {0};
    enum kb_err err =
        inbound_test(call->app->inbound, in->text, in->from, &understood);

    (void)why;
    if (err != KB_OK) {
        return err;
    }
    call->answer = json_pack("{ss so so so}", "intent",
        intent_name(understood.intent), "nik", api_text_or_null(understood.nik),
        "office", api_text_or_null(understood.office), "reason",
        api_text_json(understood.reason));
    return KB_OK;
}

const struct api_route api_inbox_routes[] = {
    {"GET",                              "/api/v1/inbox", entry_list, .fields = list_fields,
     .in_bytes = sizeof(struct list_in), .help = "what residents texted"},
    {"POST",                        "/api/v1/inbox/test", inbox_test, .fields = test_fields,
     .in_bytes = sizeof(struct test_in),
     .help = "what a text would be understood as, and why"},
    {"GET", "/api/v1/inbox/{id}", entry_get, .help = "one entry"},
    {"POST",                                  "/api/v1/inbox/{id}/reply", entry_reply, API_CHANGE, 201,
     .fields = reply_fields, .in_bytes = sizeof(struct reply_in),
     .help = "answer a resident and close the entry"},
    {"POST","/api/v1/inbox/{id}/close", entry_close, API_CHANGE,
     .help = "close an entry"},
    {0            },
};
