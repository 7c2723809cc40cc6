// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/handlers.h"
#include "base/mem.h"
#include "inbound/poison.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MOST_BYTES 6120
#define THREAD_MOST     20
#define RESIDENTS_MOST  10
#define POISON_MOST     1000

json_t *api_entry_json(const struct inbox_entry *entry)
{
    return json_pack("{sI so so so so so so so so so so so}", "id",
        (json_int_t)entry->id, "phone", api_text_json(entry->phone), "state",
        api_text_json(entry->state), "text", api_text_json(entry->text),
        "intent", api_text_json(entry->intent), "modem",
        api_text_or_null(entry->modem), "at", api_time_json(entry->at_ms),
        "answer", api_id_or_null(entry->answered_id), "reply",
        api_id_or_null(entry->reply_id), "note", api_text_or_null(entry->note),
        "assigned", api_text_or_null(entry->assigned), "snoozed_until",
        api_time_json(entry->snoozed_until_ms));
}

struct list_in {
    bool open;
    const char *phone;
    int64_t limit;
    int64_t cursor;
};

static const struct api_field list_fields[] = {
    API_FIELD("open", API_BOOL, list_in, open, .needed = false),
    API_FIELD("phone", API_TEXT, list_in, phone, .needed = false),
    API_FIELD("limit", API_INT, list_in, limit, .most = 1000000),
    API_FIELD("cursor", API_INT, list_in, cursor, .most = INT64_MAX),
    {0},
};

struct listing {
    struct api_call *call;
    struct inbox_filter filter;
    struct api_window window;
    char phone[PHONE_BYTES];
};

static void on_listed(void *arg, const struct inbox_entry *entry)
{
    struct listing *listing = arg;
    listing->window.last = entry->id;
    listing->window.given++;
    api_list_add(listing->call, api_entry_json(entry));
}

static enum kb_err list_step(struct api_call *call, bool *more, struct why *why)
{
    struct listing *listing = call->work;
    int64_t newest = 0;
    (void)why;
    enum kb_err err = inbox_last_id(call->app->inbound, &newest);
    if (err == KB_OK) {
        api_window_next(&listing->window, newest);
        listing->filter.from_id = listing->window.from;
        listing->filter.before_id = listing->window.before;
        listing->filter.limit = listing->window.limit;
        err = inbox_list(
            call->app->inbound, &listing->filter, on_listed, listing);
    }
    *more = err == KB_OK && api_window_done(&listing->window);
    if (!*more) {
        api_list_end(call);
    }
    return err;
}

static enum kb_err entry_list(struct api_call *call, struct why *why)
{
    struct listing *listing = mem_new(sizeof(*listing));
    const struct list_in *in = call->in;
    listing->call = call;
    listing->filter.open_only = in->open;
    listing->filter.reach = call->reach;
    listing->window.before = in->cursor;
    listing->window.left = in->limit > 0 ? in->limit : INT64_MAX;
    call->work = listing;
    call->work_free = free;
    call->step = list_step;
    if (!in->phone) {
        return KB_OK;
    }
    listing->filter.phone = listing->phone;
    return api_phone_read(in->phone, listing->phone, why);
}

struct poison_in {
    int64_t limit;
    int64_t cursor;
};

static const struct api_field poison_fields[] = {
    API_FIELD("limit", API_INT, poison_in, limit, .most = POISON_MOST),
    API_FIELD("cursor", API_INT, poison_in, cursor, .most = INT64_MAX),
    {0},
};

static void on_poison(void *arg, const struct poison *poison)
{
    struct api_call *call = arg;
    api_list_add(call,
        json_pack("{sI so so so so si so so}", "id", (json_int_t)poison->id,
            "at", api_time_json(poison->at_ms), "modem",
            api_text_json(poison->modem), "sim", api_text_json(poison->sim),
            "memory", api_text_json(poison->memory), "place", poison->place,
            "why", api_text_json(poison->why), "pdu",
            api_text_json(poison->pdu)));
}

static enum kb_err list_poison(struct api_call *call, struct why *why)
{
    const struct poison_in *in = call->in;
    int limit = in->limit == 0 ? POISON_MOST : (int)in->limit;
    enum kb_err err =
        poison_list(call->app->inbound, in->cursor, limit, on_poison, call);
    (void)why;
    if (err == KB_OK) {
        api_list_end(call);
    }
    return err;
}

/** Who it may be: enough to answer, and no more. */
static enum kb_err add_residents(
    const struct api_call *call, const char *phone, json_t *answer)
{
    struct resident *found = mem_array(RESIDENTS_MOST, sizeof(*found));
    json_t *list = json_array();
    size_t count = 0;
    enum kb_err err = registry_residents_of_phone(
        call->app->registry, phone, found, RESIDENTS_MOST, &count);
    for (size_t i = 0; i < count; i++) {
        if (!access_covers(call->actor, found[i].kecamatan)) {
            continue;
        }
        json_array_append_new(list,
            json_pack("{so so so so so}", "nik", api_text_json(found[i].nik),
                "name", api_text_json(found[i].name), "office",
                api_text_or_null(found[i].office), "state",
                api_text_json(found[i].state), "flag",
                api_text_or_null(found[i].flag)));
    }
    json_object_set_new(answer, "residents", list);
    free(found);
    return err;
}

struct said {
    int64_t at_ms;
    int64_t id;
    bool by_us;
    json_t *line;
};

struct thread {
    struct said said[2 * THREAD_MOST];
    size_t count;
};

static void on_said(void *arg, const struct inbox_entry *entry)
{
    struct thread *thread = arg;
    thread->said[thread->count++] = (struct said){.at_ms = entry->at_ms,
        .id = entry->id,
        .line = json_pack("{ss sI so so}", "from", "resident", "id",
            (json_int_t)entry->id, "at", api_time_json(entry->at_ms), "text",
            api_text_json(entry->text))};
}

static void on_sent(void *arg, const struct outbox_message *message)
{
    struct thread *thread = arg;
    thread->said[thread->count++] =
        (struct said){.at_ms = message->created_at_ms,
            .id = message->id,
            .by_us = true,
            .line = json_pack("{ss sI so so ss}", "from", "gateway", "id",
                (json_int_t)message->id, "at",
                api_time_json(message->created_at_ms), "text",
                api_text_json(message->text), "state",
                msg_state_shown(message->state))};
}

/** As it was said; an answer comes behind the text of the same instant. */
static int by_time(const void *a, const void *b)
{
    const struct said *left = a;
    const struct said *right = b;
    if (left->at_ms != right->at_ms) {
        return left->at_ms < right->at_ms ? -1 : 1;
    }
    if (left->by_us != right->by_us) {
        return left->by_us ? 1 : -1;
    }
    return left->id < right->id ? -1 : left->id > right->id;
}

/** What passed between us and the phone of late, oldest first. */
static enum kb_err add_thread(
    struct app *app, const char *phone, json_t *answer)
{
    struct outbox_filter filter = {.phone = phone, .limit = THREAD_MOST};
    struct inbox_filter texts = {.phone = phone, .limit = THREAD_MOST};
    struct thread thread = {.count = 0};
    json_t *lines = json_array();
    enum kb_err err = inbox_list(app->inbound, &texts, on_said, &thread);
    if (err == KB_OK) {
        err = outbox_list(app->outbox, &filter, on_sent, &thread);
    }
    qsort(thread.said, thread.count, sizeof *thread.said, by_time);
    for (size_t i = 0; i < thread.count; i++) {
        json_array_append_new(lines, thread.said[i].line);
    }
    json_object_set_new(answer, "thread", lines);
    return err;
}

static enum kb_err add_context(
    struct api_call *call, const struct inbox_entry *entry, json_t *answer)
{
    enum kb_err err = add_residents(call, entry->phone, answer);
    return err == KB_OK ? add_thread(call->app, entry->phone, answer) : err;
}

/** An entry that the asker may see. */
static enum kb_err find_entry(
    const struct api_call *call, struct inbox_entry *out, struct why *why)
{
    int64_t id = 0;
    enum kb_err err = api_call_id(call, &id);
    if (err == KB_OK) {
        err = inbox_get(call->app->inbound, id, out);
    }
    if (err == KB_OK) {
        err = api_may_see_phone(call, out->phone);
    }
    if (err == KB_NOT_FOUND) {
        why_set(why, "there is no inbox entry %s; see kabari inbox list",
            call->param);
    }
    return err;
}

static enum kb_err find_id(
    const struct api_call *call, int64_t *id, struct why *why)
{
    struct inbox_entry entry = {0};
    enum kb_err err = find_entry(call, &entry, why);
    *id = err == KB_OK ? entry.id : 0;
    return err;
}

static enum kb_err entry_get(struct api_call *call, struct why *why)
{
    struct inbox_entry entry = {0};
    enum kb_err err = find_entry(call, &entry, why);
    if (err == KB_OK) {
        call->answer = api_entry_json(&entry);
        err = add_context(call, &entry, call->answer);
    }
    return err;
}

struct reply_in {
    const char *text;
    const char *canned;
};

static const struct api_field reply_fields[] = {
    API_FIELD("text", API_TEXT, reply_in, text, .most = TEXT_MOST_BYTES),
    API_FIELD("canned", API_TEXT, reply_in, canned, .most = 40),
    {0},
};

/** The text that was typed, or the canned one, filled in. */
static enum kb_err reply_text(
    struct api_call *call, int64_t id, struct buf *out, struct why *why)
{
    const struct reply_in *in = call->in;
    if ((in->text != NULL) == (in->canned != NULL)) {
        why_field(why, "text");
        why_set(why, "give a text, or the name of a canned answer");
        return KB_INVALID;
    }
    if (in->text) {
        buf_add_text(out, in->text);
        return KB_OK;
    }
    return inbox_canned(call->app->inbound, id, in->canned, out, why);
}

static enum kb_err entry_reply(struct api_call *call, struct why *why)
{
    int64_t id = 0;
    int64_t message_id = 0;
    struct buf text = {0};
    enum kb_err err = find_id(call, &id, why);
    if (err == KB_OK) {
        err = reply_text(call, id, &text, why);
    }
    if (err == KB_OK) {
        err = inbox_reply(
            call->app->inbound, id, buf_text(&text), &message_id, why);
    }
    buf_clear(&text);
    if (err == KB_OK) {
        call->answer = json_pack(
            "{sI sI}", "id", (json_int_t)id, "message", (json_int_t)message_id);
    }
    return err;
}

static enum kb_err entry_close(struct api_call *call, struct why *why)
{
    int64_t id = 0;
    enum kb_err err = find_id(call, &id, why);
    if (err == KB_OK) {
        err = inbox_close(call->app->inbound, id);
    }
    return err == KB_OK ? entry_get(call, why) : err;
}

struct assign_in {
    const char *to;
};

static const struct api_field assign_fields[] = {
    API_FIELD("to", API_TEXT, assign_in, to, .needed = true, .most = 63),
    {0},
};

static enum kb_err entry_assign(struct api_call *call, struct why *why)
{
    const struct assign_in *in = call->in;
    int64_t id = 0;
    enum kb_err err = find_id(call, &id, why);
    if (err == KB_OK) {
        err = inbox_assign(call->app->inbound, id, in->to);
    }
    return err == KB_OK ? entry_get(call, why) : err;
}

struct snooze_in {
    int64_t until;
};

static const struct api_field snooze_fields[] = {
    API_FIELD("until", API_TIME, snooze_in, until, .needed = true),
    {0},
};

static enum kb_err entry_snooze(struct api_call *call, struct why *why)
{
    const struct snooze_in *in = call->in;
    int64_t id = 0;
    enum kb_err err = find_id(call, &id, why);
    if (err == KB_OK && in->until <= clock_now_ms(&call->app->clock)) {
        why_field(why, "until");
        why_set(why, "until must lie ahead");
        return KB_INVALID;
    }
    if (err == KB_OK) {
        err = inbox_snooze(call->app->inbound, id, in->until);
    }
    if (err == KB_NOT_FOUND && id != 0) {
        why_set(why, "entry %s is closed; nobody waits for it", call->param);
        return KB_REFUSED;
    }
    return err == KB_OK ? entry_get(call, why) : err;
}

static void on_canned(void *arg, const struct text_finding *finding)
{
    if (strncmp(finding->name, "canned_", 7) == 0 && !finding->missing) {
        json_array_append_new(arg,
            json_pack("{so so so}", "name", api_text_json(finding->name + 7),
                "lang", api_text_json(finding->lang), "text",
                api_text_json(finding->source)));
    }
}

static enum kb_err canned_list(struct api_call *call, struct why *why)
{
    (void)why;
    call->answer = json_array();
    texts_each(call->app->texts, on_canned, call->answer);
    return KB_OK;
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
    return err;
}

const struct api_route api_inbox_routes[] = {
    {"GET",                                                 "/api/v1/inbox", entry_list, .fields = list_fields,
     .in_bytes = sizeof(struct list_in), .help = "what residents texted"},
    {"POST",                                           "/api/v1/inbox/test", inbox_test, .fields = test_fields,
     .in_bytes = sizeof(struct test_in),
     .help = "what a text would be understood as, and why"},
    {"GET",                    "/api/v1/inbox/poison", list_poison, .fields = poison_fields,
     .in_bytes = sizeof(struct poison_in),
     .help = "SMS that no driver could read, as hex"},
    {"GET",                                                     "/api/v1/inbox/canned", canned_list,
     .help = "answers for staff to pick"},
    {"POST","/api/v1/inbox/{id}/assign", entry_assign, API_CHANGE,
     .fields = assign_fields, .in_bytes = sizeof(struct assign_in),
     .help = "give an entry to somebody"},
    {"POST",                                "/api/v1/inbox/{id}/snooze", entry_snooze, API_CHANGE,
     .fields = snooze_fields, .in_bytes = sizeof(struct snooze_in),
     .help = "put an entry off"},
    {"GET", "/api/v1/inbox/{id}", entry_get, .help = "one entry"},
    {"POST",                                                 "/api/v1/inbox/{id}/reply", entry_reply, API_CHANGE, 201,
     .fields = reply_fields, .in_bytes = sizeof(struct reply_in),
     .help = "answer a resident and close the entry"},
    {"POST",                                          "/api/v1/inbox/{id}/close", entry_close, API_CHANGE,
     .help = "close an entry"},
    {0                 },
};
