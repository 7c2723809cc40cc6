// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"
#include "outbox/outbox_internal.h"
#include "text/text.h"

#include <stdio.h>
#include <string.h>

/* How long an answer waits for the SIM of its conversation. */
#define PREFER_MS 10000

static enum kb_err check_phone(const char *phone, struct why *why)
{
    const char *digits = phone + (*phone == '+' ? 1 : 0);
    size_t length = strlen(digits);

    /* ITU-T E.164: 15 digits at most; short codes have 3 and more. */
    if (!str_digits(digits) || length > 15 ||
        length < (*phone == '+' ? 7U : 3U)) {
        why_field(why, "phone");
        why_set(why,
            "not a phone number; write it as +62812… or 0812…, digits only");
        return KB_INVALID;
    }
    return KB_OK;
}

enum kb_err outbox_check_text(const char *text, struct why *why)
{
    struct text_size size = {0};

    if (!str_utf8_valid(text, strlen(text))) {
        why_field(why, "text");
        why_set(why, "the text is not UTF-8; save it as UTF-8 and try again");
        return KB_INVALID;
    }
    size = text_measure(text);
    if (size.parts < 1 || size.parts > TEXT_MAX_PARTS) {
        why_field(why, "text");
        why_set(why,
            size.parts < 1 ? "the text is empty; write what is to be said"
                           : "the text needs %d segments, %d are the most; "
                             "make it shorter",
            size.parts, TEXT_MAX_PARTS);
        return KB_INVALID;
    }
    return KB_OK;
}

/* By operator only where that makes a difference. */
static void bind_route(struct outbox *outbox, const struct outbox_new *message)
{
    sqlite3_stmt *insert = outbox->insert;

    store_bind_null(insert, ":operator");
    store_bind_text_or_null(insert, ":only", message->only_modem);
    if (message->only_modem != NULL) {
        outbox->any_pinned = true;
    } else if (outbox->routes) {
        const char *name = config_operator_of(outbox->config, message->phone);

        store_bind_text(
            insert, ":operator", *name == '\0' ? OUTBOX_NO_OPERATOR : name);
        outbox->any_routed = true;
    }
}

/* Who was told before is told again from the same number, where that costs no
   time: the modem of the last reminder, or "". */
static enum kb_err find_sticky(struct outbox *outbox,
    const struct outbox_new *message, char *modem, size_t bytes)
{
    sqlite3_stmt *row = outbox->sticky_modem;
    enum kb_err err = KB_OK;

    *modem = '\0';
    if (message->class != MSG_BULK || message->prefer_modem != NULL ||
        message->only_modem != NULL || outbox->config == NULL ||
        outbox->config->modem_count < 2) {
        return KB_OK;
    }
    store_bind_text(row, ":phone", message->phone);
    err = store_step(outbox->store, row);
    if (err == KB_OK) {
        (void)snprintf(modem, bytes, "%s", store_column_text(row, 0));
        (void)sqlite3_reset(row);
        outbox->any_sticky = true;
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

static void bind_new(
    struct outbox *outbox, const struct outbox_new *message, const char *sticky)
{
    sqlite3_stmt *insert = outbox->insert;
    int64_t now = clock_now_ms(outbox->clock);

    store_bind_id_or_null(insert, ":id", message->id);
    store_bind_text(
        insert, ":state", message->hold_reason == NULL ? "queued" : "held");
    store_bind_int(insert, ":class", message->class);
    store_bind_int(insert, ":urgency", message->urgency);
    store_bind_text(insert, ":phone", message->phone);
    store_bind_text(insert, ":text", message->text);
    store_bind_int(insert, ":campaign", message->campaign_id);
    store_bind_int(insert, ":step", message->step);
    store_bind_id_or_null(insert, ":inbound", message->inbound_id);
    store_bind_text_or_null(insert, ":ref", message->ref);
    store_bind_int(insert, ":now", now);
    store_bind_int(
        insert, ":due", message->due_at_ms == 0 ? now : message->due_at_ms);
    store_bind_id_or_null(insert, ":expires", message->expires_at_ms);
    store_bind_text_or_null(insert, ":prefer",
        message->prefer_modem == NULL ? sticky : message->prefer_modem);
    store_bind_int(
        insert, ":until", message->prefer_modem == NULL ? 0 : now + PREFER_MS);
    store_bind_text(insert, ":reason",
        message->hold_reason == NULL ? "" : message->hold_reason);
    bind_route(outbox, message);
}

enum kb_err outbox_check(const struct outbox *outbox,
    const struct outbox_new *message, struct why *why)
{
    enum kb_err err = check_phone(message->phone, why);

    if (err == KB_OK) {
        err = outbox_check_text(message->text, why);
    }
    if (err == KB_OK && message->id == 0 && message->expires_at_ms != 0 &&
        message->expires_at_ms <= clock_now_ms(outbox->clock)) {
        why_field(why, "expire");
        why_set(why, "the time to expire is over already; give a later one");
        err = KB_INVALID;
    }
    return err;
}

enum kb_err outbox_accept(struct outbox *outbox,
    const struct outbox_new *message, int64_t *id, struct why *why)
{
    char sticky[32];
    enum kb_err err = outbox_check(outbox, message, why);

    if (err != KB_OK) {
        return err;
    }
    err = find_sticky(outbox, message, sticky, sizeof sticky);
    if (err != KB_OK) {
        return err;
    }
    bind_new(outbox, message, sticky);
    err = store_run_op(outbox->store, outbox->insert);
    if (err == KB_OK) {
        *id = sqlite3_last_insert_rowid(store_db(outbox->store));
    }
    return err;
}
