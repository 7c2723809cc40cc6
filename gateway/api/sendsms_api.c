// SPDX-License-Identifier: GPL-2.0-or-later
/* /cgi-bin/sendsms as Kannel's smsbox answers it (Kannel 1.4.5 user guide,
 * "Using the SMS sending HTTP interface"), so that systems that speak it move
 * over by an address. The password is an API token with the scope
 * messages:send, the username its name. */
#include "api/callback.h"
#include "api/handlers.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MOST       ((size_t)64 * 1024)
#define TO_MOST         100
#define TEXT_MOST_BYTES 6120
#define URL_MOST        1000
#define ACCOUNT_MOST    64
#define MINUTE_MS       INT64_C(60000)
#define MINUTES_MOST    ((int64_t)7 * 24 * 60)
#define MASK_MOST       0x7f

/* --- what was asked --------------------------------------------------------------- */

struct wish {
    char *username;
    char *password;
    char *from;
    char *to;
    char *text;
    char *charset;
    char *coding;
    char *udh;
    char *validity;
    char *deferred;
    char *priority;
    char *dlr_mask;
    char *dlr_url;
    char *account;
};

#define WISH(name, member)                                                     \
    {                                                                          \
        (name), offsetof(struct wish, member)                                  \
    }

/* Other parameters (smsc, mclass …) steer what a modem's SIM decides itself. */
static const struct {
    const char *name;
    size_t offset;
} parameters[] = {
    WISH("username", username),
    WISH("user", username),
    WISH("password", password),
    WISH("pass", password),
    WISH("from", from),
    WISH("to", to),
    WISH("text", text),
    WISH("charset", charset),
    WISH("coding", coding),
    WISH("udh", udh),
    WISH("validity", validity),
    WISH("deferred", deferred),
    WISH("priority", priority),
    WISH("dlr-mask", dlr_mask),
    WISH("dlrmask", dlr_mask),
    WISH("dlr-url", dlr_url),
    WISH("dlrurl", dlr_url),
    WISH("account", account),
};

#define PARAMETERS (sizeof(parameters) / sizeof(parameters[0]))

static char **member_of(struct wish *wish, size_t i)
{
    return (char **)(void *)((char *)wish + parameters[i].offset);
}

static void wish_clear(struct wish *wish)
{
    for (size_t i = 0; i < PARAMETERS; i++) {
        char **member = member_of(wish, i);
        free(*member);
        *member = NULL;
    }
}

static int hex_of(char digit)
{
    const char *hex = "0123456789abcdef";
    char lower = digit >= 'A' && digit <= 'F' ? (char)(digit + 32) : digit;
    const char *at = digit ? strchr(hex, lower) : NULL;
    return at ? (int)(at - hex) : -1;
}

/** Bytes as they stand behind the escapes; a text may be of any charset. */
static void decode(const char *from, size_t bytes, struct buf *out)
{
    for (size_t i = 0; i < bytes; i++) {
        char byte = from[i] == '+' ? ' ' : from[i];
        int high = from[i] == '%' && i + 2 < bytes ? hex_of(from[i + 1]) : -1;
        int low = high >= 0 ? hex_of(from[i + 2]) : -1;
        if (low >= 0) {
            byte = (char)(high * 16 + low);
            i += 2;
        }
        buf_add(out, &byte, 1);
    }
}

/** The wish's member for a parameter; NULL where none has that name. */
static char **find_member(struct wish *wish, const char *name, size_t bytes)
{
    for (size_t i = 0; i < PARAMETERS; i++) {
        if (strlen(parameters[i].name) == bytes &&
            strncmp(parameters[i].name, name, bytes) == 0) {
            return member_of(wish, i);
        }
    }
    return NULL;
}

static void read_pair(
    struct wish *wish, size_t *text_bytes, const char *pair, size_t bytes)
{
    struct buf value = {0};
    const char *equals = memchr(pair, '=', bytes);
    size_t name_bytes = equals ? (size_t)(equals - pair) : bytes;
    char **member = equals ? find_member(wish, pair, name_bytes) : NULL;
    if (!member) {
        return;
    }
    decode(equals + 1, bytes - name_bytes - 1, &value);
    if (member == &wish->text) {
        *text_bytes = value.used;
    }
    buf_add_text(&value, "");
    free(*member);
    *member = buf_take(&value);
    *member = *member ? *member : mem_strdup("");
}

static void read_wish(
    const char *text, size_t bytes, struct wish *wish, size_t *text_bytes)
{
    while (bytes > 0) {
        const char *end = memchr(text, '&', bytes);
        size_t pair = end ? (size_t)(end - text) : bytes;
        read_pair(wish, text_bytes, text, pair);
        pair += end ? 1 : 0;
        text += pair;
        bytes -= pair;
    }
}

/* --- the text ------------------------------------------------------------------------ */

/** To UTF-8. KB_OK, or KB_INVALID for a charset or text that is none. */
static enum kb_err convert(
    const char *charset, char *text, size_t bytes, struct buf *out)
{
    iconv_t from = iconv_open("UTF-8", charset);
    // NOLINTNEXTLINE(performance-no-int-to-ptr): as iconv_open(3) has it
    if (from == (iconv_t)-1) {
        return KB_INVALID;
    }
    size_t done = 0;
    while (done != (size_t)-1 && bytes > 0) {
        char piece[1024];
        char *at = piece;
        size_t room = sizeof(piece);
        done = iconv(from, &text, &bytes, &at, &room);
        buf_add(out, piece, sizeof(piece) - room);
        if (done == (size_t)-1 && errno == E2BIG) {
            done = 0;
        }
    }
    (void)iconv_close(from);
    return done == (size_t)-1 ? KB_INVALID : KB_OK;
}

static enum kb_err read_text(struct wish *wish, size_t bytes, struct buf *out)
{
    bool wide = wish->coding && strcmp(wish->coding, "2") == 0;
    const char *charset = wish->charset && *wish->charset ? wish->charset
                          : wide                          ? "UTF-16BE"
                                                          : "UTF-8";
    enum kb_err err = convert(charset, wish->text, bytes, out);
    if (err != KB_OK || out->used > TEXT_MOST_BYTES ||
        strlen(buf_text(out)) != out->used) {
        return KB_INVALID;
    }
    return KB_OK;
}

/* --- answers -------------------------------------------------------------------------- */

static enum kb_err say(struct api_call *call, int status, const char *text)
{
    call->status = status;
    call->content_type = "text/html; charset=utf-8"; /* as Kannel has it */
    buf_clear(&call->out);
    buf_add_text(&call->out, text);
    return KB_OK;
}

/** Whether nothing goes out now: what is taken waits for later. */
static bool waits(const struct api_call *call)
{
    const struct dispatch *dispatch = call->app->dispatch;
    size_t count = dispatch ? dispatch_modem_count(dispatch) : 0;
    bool ready = false;
    for (size_t i = 0; i < count; i++) {
        struct dispatch_modem modem = {0};
        ready = ready || (dispatch_modem_at(dispatch, i, &modem) == KB_OK &&
                             (strcmp(modem.state, "ready") == 0 ||
                                 strcmp(modem.state, "sending") == 0 ||
                                 strcmp(modem.state, "limited") == 0));
    }
    return !ready || dispatch_paused(dispatch);
}

/* --- the order ------------------------------------------------------------------------- */

/** What a message is sent with, once it was read. */
struct order {
    struct outbox_new message;
    int64_t mask;
    struct buf text;
};

static bool read_number(const char *text, int64_t most, int64_t *out)
{
    return !text || !*text || str_int(text, 0, most, out) == KB_OK;
}

/** Kannel: 0 (the default) to 3. A priority of 3 is a person who waits. */
static enum msg_class class_of(const char *priority)
{
    if (!priority || !*priority) {
        return MSG_NORMAL;
    }
    return strcmp(priority, "0") == 0   ? MSG_BULK
           : strcmp(priority, "3") == 0 ? MSG_REPLY
                                        : MSG_NORMAL;
}

/** The fields that are only looked at: what is wrong, or NULL. */
static const char *check_wish(const struct wish *wish)
{
    int64_t priority = 0;
    if (wish->udh && *wish->udh) {
        return "UDH field is not carried here, rejected";
    }
    if (wish->coding && *wish->coding && strcmp(wish->coding, "0") != 0 &&
        strcmp(wish->coding, "2") != 0) {
        return "Coding field misformed, rejected";
    }
    if (!read_number(wish->priority, 3, &priority)) {
        return "Priority field misformed, rejected";
    }
    if (wish->dlr_url && *wish->dlr_url &&
        (strlen(wish->dlr_url) > URL_MOST ||
            (!str_starts(wish->dlr_url, "http://") &&
                !str_starts(wish->dlr_url, "https://")))) {
        return "DLR-URL field misformed, rejected";
    }
    if (wish->account && strlen(wish->account) > ACCOUNT_MOST) {
        return "Account field misformed or too long, rejected";
    }
    return NULL;
}

/** What is wrong with a field; NULL where nothing is. */
static const char *read_order(struct api_call *call, struct wish *wish,
    size_t text_bytes, struct order *order)
{
    int64_t now = clock_now_ms(&call->app->clock);
    int64_t validity = 0;
    int64_t deferred = 0;
    const char *wrong = check_wish(wish);
    if (wrong) {
        return wrong;
    }
    if (!read_number(wish->validity, MINUTES_MOST * 52, &validity)) {
        return "Validity field misformed, rejected";
    }
    if (!read_number(wish->deferred, MINUTES_MOST * 52, &deferred)) {
        return "Deferred field misformed, rejected";
    }
    if (!read_number(wish->dlr_mask, MASK_MOST, &order->mask)) {
        return "DLR-Mask field misformed, rejected";
    }
    if (!wish->text || read_text(wish, text_bytes, &order->text) != KB_OK) {
        return "Charset or body misformed, rejected";
    }
    if (order->text.used == 0) {
        return "Empty text is not sent, rejected";
    }
    order->message.class = class_of(wish->priority);
    order->message.text = buf_text(&order->text);
    order->message.ref = wish->account;
    order->message.due_at_ms = deferred > 0 ? now + deferred * MINUTE_MS : 0;
    order->message.expires_at_ms =
        validity > 0 ? now + (deferred + validity) * MINUTE_MS : 0;
    return NULL;
}

static enum kb_err add_report(struct api_call *call, const struct wish *wish,
    const struct order *order, int64_t id)
{
    if (!wish->dlr_url || !*wish->dlr_url || order->mask == 0) {
        return KB_OK;
    }
    return callbacks_report(api_callbacks(call->api),
        &(struct sendsms_report){.message_id = id,
            .mask = order->mask,
            .url = wish->dlr_url,
            .sender = wish->from ? wish->from : "",
            .account = wish->account ? wish->account : ""});
}

static enum kb_err accept_one(struct api_call *call, const struct wish *wish,
    struct order *order, const char *to, struct why *why)
{
    char phone[PHONE_BYTES] = "";
    int64_t id = 0;
    enum kb_err err = api_phone_read(to, phone, why);
    if (err == KB_OK) {
        order->message.phone = phone;
        err = outbox_accept(call->app->outbox, &order->message, &id, why);
        order->message.phone = NULL;
    }
    return err == KB_OK ? add_report(call, wish, order, id) : err;
}

/** All or none: the operation around the handler is undone on any error. */
static enum kb_err accept_all(struct api_call *call, struct wish *wish,
    struct order *order, struct why *why)
{
    char *rest = NULL;
    int count = 0;
    enum kb_err err = KB_OK;
    for (char *to = strtok_r(wish->to, " ", &rest); err == KB_OK && to;
         to = strtok_r(NULL, " ", &rest)) {
        err = ++count > TO_MOST ? KB_INVALID
                                : accept_one(call, wish, order, to, why);
    }
    return count == 0 ? KB_INVALID : err;
}

static enum kb_err order_sms(struct api_call *call, struct wish *wish,
    struct order *order, struct why *why)
{
    enum kb_err err = store_op_begin(call->app->store);
    if (err == KB_OK) {
        err =
            store_op_end(call->app->store, accept_all(call, wish, order, why));
    }
    if (err == KB_INVALID) {
        return say(call, 400,
            "Number(s) has/have been denied by white- and/or black-lists.");
    }
    if (err != KB_OK) {
        return say(call, 503, "4: Temporal failure, try again later.");
    }
    return say(call, 202,
        order->message.due_at_ms > 0 || waits(call)
            ? "3: Queued for later delivery"
            : "0: Accepted for delivery");
}

static bool may_send(const struct access_actor *actor)
{
    return actor->kind == ACCESS_LOCAL ||
           (actor->kind == ACCESS_TOKEN &&
               (actor->scopes & (1U << SCOPE_MESSAGES_SEND)) != 0);
}

/** The password is a token and the username its name; or the request carries a
 *  token as any other does. */
static bool is_authorized(const struct api_call *call, const struct wish *wish)
{
    struct access_actor actor = {.kind = ACCESS_NOBODY};
    const char *name = wish->username ? wish->username : "";
    if (may_send(call->actor)) {
        return true;
    }
    return wish->password &&
           access_token_check(call->app->access, wish->password, &actor) ==
               KB_OK &&
           str_starts(actor.who, "token:") &&
           strcmp(actor.who + strlen("token:"), name) == 0 && may_send(&actor);
}

static enum kb_err answer_wish(struct api_call *call, struct wish *wish,
    size_t text_bytes, struct why *why)
{
    struct order order = {.mask = 0};
    if (!is_authorized(call, wish)) {
        log_warn("sendsms: refused address=%s",
            call->address[0] ? call->address : "-");
        return say(call, 403, "Authorization failed for sendsms");
    }
    if (!wish->to) {
        return say(call, 400, "Missing receiver(s) number(s), rejected");
    }
    if (!*wish->to) {
        return say(call, 400, "Empty receiver number not allowed, rejected");
    }
    const char *wrong = read_order(call, wish, text_bytes, &order);
    enum kb_err err =
        wrong ? say(call, 400, wrong) : order_sms(call, wish, &order, why);
    buf_clear(&order.text);
    return err;
}

static enum kb_err sendsms(struct api_call *call, struct why *why)
{
    struct wish wish = {0};
    size_t text_bytes = 0;
    read_wish(
        call->text ? call->text : "", call->text_bytes, &wish, &text_bytes);
    enum kb_err err = answer_wish(call, &wish, text_bytes, why);
    wish_clear(&wish);
    return err;
}

#define SENDSMS_FLAGS (API_CHANGE | API_RAW | API_FORM | API_QUIET)

const struct api_route api_sendsms_routes[] = {
    {"GET",                                           "/cgi-bin/sendsms", sendsms, SENDSMS_FLAGS,
     .help = "one SMS, as Kannel's sendsms takes it"},
    {"POST",                                        "/cgi-bin/sendsms", sendsms, SENDSMS_FLAGS,
     .most_bytes = BODY_MOST,
     .help = "one SMS, as Kannel's sendsms takes it"},
    {0},
};
