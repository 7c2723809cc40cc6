// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/handlers.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

/* --- answers --------------------------------------------------------- */

json_t *api_message_json(const struct outbox_message *message)
{
    return json_pack("{sI so ss ss so so so so so so so so so so so si si}",
        "id", (json_int_t)message->id, "phone", api_text_json(message->phone),
        "state", msg_state_shown(message->state), "priority",
        msg_class_name(message->class), "modem",
        api_text_or_null(message->modem), "text", api_text_json(message->text),
        "reason", api_text_json(message->reason), "ref",
        api_text_or_null(message->ref), "campaign",
        api_id_or_null(message->campaign_id), "step",
        message->campaign_id != 0 ? json_integer(message->step) : json_null(),
        "inbound", api_id_or_null(message->inbound_id), "created",
        api_time_json(message->created_at_ms), "due",
        api_time_json(message->next_at_ms), "expires",
        api_time_json(message->expires_at_ms), "settled",
        api_time_json(message->settled_at_ms), "attempts", message->attempts,
        "parts", message->parts);
}

void api_size_json(json_t *object, const struct text_size *size)
{
    json_object_set_new(object, "coding",
        json_string(size->coding == TEXT_GSM7 ? "gsm7" : "ucs2"));
    json_object_set_new(object, "units", json_integer(size->units));
    json_object_set_new(object, "parts", json_integer(size->parts));
}

void api_counts_json(json_t *object, const struct outbox_counts *counts)
{
    for (int state = 0; state < MSG_STATE_COUNT; state++) {
        if (state != MSG_CLAIMED) {
            json_object_set_new(object, msg_state_name((enum msg_state)state),
                json_integer(counts->n[state]));
        }
    }
}

static json_t *part_json(const struct outbox_part *part)
{
    return json_pack("{si so so so so si so so so}", "part", part->part,
        "state", api_text_json(part->state), "modem",
        api_text_or_null(part->modem), "tp_mr",
        part->tp_mr >= 0 ? json_integer(part->tp_mr) : json_null(), "tp_st",
        part->tp_st >= 0 ? json_integer(part->tp_st) : json_null(), "attempt",
        part->attempt, "submitted", api_time_json(part->submitted_at_ms),
        "sent", api_time_json(part->sent_at_ms), "reported",
        api_time_json(part->reported_at_ms));
}

/* --- lists ----------------------------------------------------------- */

struct list_in {
    const char *state;
    const char *phone;
    int64_t campaign;
    int64_t limit;
    int64_t cursor;
};

static const struct api_field list_fields[] = {
    API_FIELD("state", API_TEXT, list_in, state, .needed = false),
    API_FIELD("phone", API_TEXT, list_in, phone, .needed = false),
    API_FIELD("campaign", API_INT, list_in, campaign, .most = INT64_MAX),
    API_FIELD("limit", API_INT, list_in, limit, .most = 1000000),
    API_FIELD("cursor", API_INT, list_in, cursor, .most = INT64_MAX),
    {0},
};

struct listing {
    struct api_call *call;
    struct outbox_filter filter;
    struct api_window window;
    char state[16];
    char phone[PHONE_BYTES];
};

static void on_listed(void *arg, const struct outbox_message *message)
{
    struct listing *listing = arg;
    listing->window.last = message->id;
    listing->window.given++;
    api_list_add(listing->call, api_message_json(message));
}

static enum kb_err list_step(struct api_call *call, bool *more, struct why *why)
{
    struct listing *listing = call->work;
    (void)why;
    int64_t newest = 0;
    enum kb_err err = outbox_last_id(call->app->outbox, &newest);
    if (err == KB_OK) {
        api_window_next(&listing->window, newest);
        listing->filter.from_id = listing->window.from;
        listing->filter.before_id = listing->window.before;
        listing->filter.limit = listing->window.limit;
        err = outbox_list(
            call->app->outbox, &listing->filter, on_listed, listing);
    }
    *more = err == KB_OK && api_window_done(&listing->window);
    if (!*more) {
        api_list_end(call);
    }
    return err;
}

static enum kb_err read_filter(
    struct listing *listing, const struct list_in *in, struct why *why)
{
    enum msg_state state = MSG_QUEUED;
    if (in->state) {
        if (msg_state_parse(in->state, &state) != KB_OK ||
            str_copy(listing->state, sizeof(listing->state), in->state) !=
                KB_OK) {
            why_field(why, "state");
            why_set(why, "there is no state %.40s", in->state);
            return KB_INVALID;
        }
        listing->filter.state = listing->state;
    }
    if (in->phone) {
        listing->filter.phone = listing->phone;
        return api_phone_read(in->phone, listing->phone, why);
    }
    return KB_OK;
}

static enum kb_err message_list(struct api_call *call, struct why *why)
{
    const struct list_in *in = call->in;
    struct listing *listing = mem_new(sizeof(*listing));
    call->work = listing;
    call->work_free = free;
    call->step = list_step;
    listing->call = call;
    listing->filter.campaign_id = in->campaign;
    listing->filter.reach = call->reach;
    listing->window.before = in->cursor;
    listing->window.left = in->limit > 0 ? in->limit : INT64_MAX;
    return read_filter(listing, in, why);
}

/* --- one message ----------------------------------------------------- */

static enum kb_err find_message(
    struct api_call *call, struct outbox_message *out, struct why *why)
{
    int64_t id = 0;
    enum kb_err err = api_call_id(call, &id);
    if (err == KB_OK) {
        err = outbox_get(call->app->outbox, id, out);
    }
    if (err == KB_OK) {
        err = api_may_see_phone(call, out->phone);
    }
    if (err == KB_NOT_FOUND) {
        why_set(why, "there is no message %s; see kabari message list",
            call->param);
    }
    return err;
}

static enum kb_err message_get(struct api_call *call, struct why *why)
{
    struct outbox_message message = {0};
    struct outbox_part parts[TEXT_MAX_PARTS] = {0};
    size_t count = 0;
    enum kb_err err = find_message(call, &message, why);
    if (err == KB_OK) {
        err = outbox_parts(
            call->app->outbox, message.id, parts, TEXT_MAX_PARTS, &count);
    }
    if (err == KB_OK) {
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++) {
            json_array_append_new(list, part_json(&parts[i]));
        }
        call->answer = api_message_json(&message);
        json_object_set_new(call->answer, "parts", list);
    }
    outbox_message_clear(&message);
    return err;
}

/** What a state alone says, where nobody gave a reason. */
static const char *state_sentence(enum msg_state state)
{
    static const char *const sentences[MSG_STATE_COUNT] = {
        [MSG_HELD] = "held back",
        [MSG_QUEUED] = "waits for its turn",
        [MSG_CLAIMED] = "next in a modem",
        [MSG_SUBMITTING] = "the modem is sending it",
        [MSG_SENT] = "the network took it; no delivery report yet",
        [MSG_DELIVERED] = "the phone has it",
        [MSG_UNDELIVERED] = "the network could not deliver it",
        [MSG_FAILED] = "it could not be sent",
        [MSG_EXPIRED] = "its time was over before it could be sent",
        [MSG_CANCELLED] = "cancelled before it was sent",
        [MSG_UNKNOWN] =
            "it may have gone out; a delivery report settles it, or whoever knows: kabari message settle",
    };
    return sentences[state];
}

/** Why a queued message has not gone yet. */
static void queued_why(
    struct app *app, const struct outbox_message *message, struct buf *out)
{
    char hold[240] = "";
    if (message->next_at_ms > clock_now_ms(&app->clock)) {
        buf_printf(
            out, "; not before %s", civil_short(message->next_at_ms).text);
    }
    if (!app->dispatch) {
        buf_add_text(out, "; no daemon runs: start kabarid");
        return;
    }
    if (message->class != MSG_REPLY) {
        dispatch_hold_reason(app->dispatch, hold, sizeof(hold));
    }
    if (!hold[0]) {
        dispatch_route(app->dispatch, message, hold, sizeof(hold));
    }
    if (hold[0]) {
        buf_printf(out, "; %s", hold);
    }
}

static enum kb_err explain(
    struct app *app, const struct outbox_message *message, struct buf *out)
{
    char text[400] = "";
    if (message->campaign_id != 0) {
        enum kb_err err =
            campaign_why(app->campaigns, message, text, sizeof(text));
        if (err != KB_OK) {
            return err;
        }
    }
    buf_add_text(out, text[0] ? text : state_sentence(message->state));
    if (message->reason[0] && !strstr(buf_text(out), message->reason)) {
        buf_printf(out, ": %s", message->reason);
    }
    if (message->state == MSG_QUEUED || message->state == MSG_CLAIMED) {
        queued_why(app, message, out);
    }
    return KB_OK;
}

static enum kb_err message_why(struct api_call *call, struct why *why)
{
    struct outbox_message message = {0};
    struct buf text = {0};
    enum kb_err err = find_message(call, &message, why);
    if (err == KB_OK) {
        err = explain(call->app, &message, &text);
    }
    if (err == KB_OK) {
        call->answer = json_pack("{sI ss so}", "id", (json_int_t)message.id,
            "state", msg_state_shown(message.state), "why",
            api_text_json(buf_text(&text)));
    }
    buf_clear(&text);
    outbox_message_clear(&message);
    return err;
}

/** The id of a message that the asker may see. */
static enum kb_err find_id(struct api_call *call, int64_t *id, struct why *why)
{
    struct outbox_message message = {0};
    enum kb_err err = find_message(call, &message, why);
    *id = err == KB_OK ? message.id : 0;
    outbox_message_clear(&message);
    return err;
}

static enum kb_err message_retry(struct api_call *call, struct why *why)
{
    int64_t id = 0;
    enum kb_err err = find_id(call, &id, why);
    if (err == KB_OK) {
        err = outbox_retry(call->app->outbox, id, why);
    }
    return err == KB_OK ? message_get(call, why) : err;
}

/* --- what nobody knows ------------------------------------------------ */

struct settle_in {
    const char *as;
};

static const struct api_field settle_fields[] = {
    API_FIELD("as", API_TEXT, settle_in, as, .needed = true),
    {0},
};

static enum kb_err read_as(
    const struct api_call *call, enum msg_state *to, struct why *why)
{
    const struct settle_in *in = call->in;
    if (msg_state_parse(in->as, to) != KB_OK ||
        (*to != MSG_SENT && *to != MSG_FAILED && *to != MSG_QUEUED)) {
        why_field(why, "as");
        why_set(why, "an unknown message is settled as sent, failed or queued "
                     "(it is sent again)");
        return KB_INVALID;
    }
    return KB_OK;
}

static enum kb_err message_settle(struct api_call *call, struct why *why)
{
    enum msg_state to = MSG_SENT;
    int64_t id = 0;
    enum kb_err err = read_as(call, &to, why);
    if (err == KB_OK) {
        err = api_call_id(call, &id);
    }
    if (err == KB_OK) {
        err = outbox_settle_unknown(call->app->outbox, id, to, why);
        (void)snprintf(
            call->detail, sizeof(call->detail), "%s", msg_state_name(to));
    }
    return err == KB_OK || err == KB_NOT_FOUND ? message_get(call, why) : err;
}

#define SETTLE_SLICE 50

/** All of them, newest first, a few at a time. */
struct settling {
    enum msg_state to;
    int64_t before_id;
    int64_t done;
    int64_t id[SETTLE_SLICE];
    int count;
};

static void on_unknown(void *arg, const struct outbox_message *message)
{
    struct settling *settling = arg;
    settling->id[settling->count++] = message->id;
    settling->before_id = message->id;
}

static enum kb_err settle_step(
    struct api_call *call, bool *more, struct why *why)
{
    struct settling *settling = call->work;
    struct outbox_filter filter = {.state = "unknown",
        .before_id = settling->before_id,
        .limit = SETTLE_SLICE};
    settling->count = 0;
    enum kb_err err =
        outbox_list(call->app->outbox, &filter, on_unknown, settling);
    for (int i = 0; err == KB_OK && i < settling->count; i++) {
        err = outbox_settle_unknown(
            call->app->outbox, settling->id[i], settling->to, why);
        settling->done += err == KB_OK ? 1 : 0;
    }
    *more = err == KB_OK && settling->count == SETTLE_SLICE;
    if (!*more && err == KB_OK) {
        call->answer = json_pack("{sI ss}", "settled",
            (json_int_t)settling->done, "as", msg_state_name(settling->to));
    }
    return err;
}

static enum kb_err settle_all(struct api_call *call, struct why *why)
{
    struct settling *settling = mem_new(sizeof(*settling));
    call->work = settling;
    call->work_free = free;
    call->step = settle_step;
    return read_as(call, &settling->to, why);
}

static enum kb_err message_cancel(struct api_call *call, struct why *why)
{
    int64_t id = 0;
    enum kb_err err = find_id(call, &id, why);
    if (err == KB_OK) {
        err = outbox_cancel(call->app->outbox, id, "cancelled by staff", why);
    }
    return err == KB_OK ? message_get(call, why) : err;
}

const struct api_route api_message_routes[] = {
    {"GET",                              "/api/v1/messages", message_list, .fields = list_fields,
     .in_bytes = sizeof(struct list_in), .help = "messages, newest first"},
    {"GET",                      "/api/v1/messages/{id}", message_get, .help = "one message"},
    {"GET", "/api/v1/messages/{id}/why", message_why,
     .help = "why a message stands where it stands"},
    {"POST",                                  "/api/v1/messages/unknown/settle", settle_all, API_TAKES,
     .fields = settle_fields, .in_bytes = sizeof(struct settle_in),
     .help = "settle all unknown messages as sent, failed or queued"},
    {"POST","/api/v1/messages/{id}/settle", message_settle, API_CHANGE,
     .fields = settle_fields, .in_bytes = sizeof(struct settle_in),
     .help = "settle an unknown message as sent, failed or queued"},
    {"POST",             "/api/v1/messages/{id}/retry", message_retry, API_CHANGE,
     .help = "queue a message again"},
    {"POST",                              "/api/v1/messages/{id}/cancel", message_cancel, API_CHANGE,
     .help = "cancel a message that has not gone"},
    {0                      },
};
