// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "inbound/inbound_internal.h"

#include <stdio.h>
#include <string.h>

/* People may be out of coverage for days; after that an answer only puzzles. */
#define REPLY_LIFE_MS ((int64_t)72 * 3600 * 1000)

enum kb_err inbox_list(struct inbound *inbound,
    const struct inbox_filter *filter, inbox_fn *fn, void *arg)
{
    return inbound_store_list(inbound, filter, fn, arg);
}

enum kb_err inbox_last_id(struct inbound *inbound, int64_t *out)
{
    return inbound_store_last_id(inbound, out);
}

enum kb_err inbox_get(
    struct inbound *inbound, int64_t id, struct inbox_entry *out)
{
    return inbound_store_get(inbound, id, out);
}

static enum kb_err reply(struct inbound *inbound,
    const struct inbox_entry *entry, const char *text, int64_t *message_id,
    struct why *why)
{
    struct outbox_new message = {
        .phone = entry->phone,
        .text = text,
        .class = MSG_REPLY,
        .expires_at_ms = clock_now_ms(inbound->rooms.clock) + REPLY_LIFE_MS,
        .inbound_id = entry->id,
        .prefer_modem = entry->modem,
    };
    enum kb_err err =
        outbox_accept(inbound->rooms.outbox, &message, message_id, why);

    return err == KB_OK ? inbound_store_replied(inbound, entry->id, *message_id)
                        : err;
}

enum kb_err inbox_reply(struct inbound *inbound, int64_t id, const char *text,
    int64_t *message_id, struct why *why)
{
    struct inbox_entry entry = {0};
    enum kb_err err = inbound_store_get(inbound, id, &entry);

    if (err != KB_OK) {
        return err;
    }
    if (!phone_is_mobile(entry.phone)) {
        why_set(why,
            "its sender is no mobile number, so no SMS reaches them; close it");
        return KB_REFUSED;
    }
    err = store_op_begin(inbound->rooms.store);
    if (err != KB_OK) {
        return err;
    }
    err = reply(inbound, &entry, text, message_id, why);
    return store_op_end(inbound->rooms.store, err);
}

enum kb_err inbox_close(struct inbound *inbound, int64_t id)
{
    enum kb_err err = store_op_begin_record(inbound->rooms.store);

    if (err != KB_OK) {
        return err;
    }
    return store_op_end(
        inbound->rooms.store, inbound_store_close_entry(inbound, id));
}

enum kb_err inbox_count_open(struct inbound *inbound, int64_t *count)
{
    return inbound_store_count_open(inbound, count);
}

/* --- who looks after it, and when --------------------------------------------- */

#define HOUR_MS ((int64_t)3600 * 1000)

enum kb_err inbox_assign(struct inbound *inbound, int64_t id, const char *who)
{
    enum kb_err err = store_op_begin(inbound->rooms.store);

    if (err != KB_OK) {
        return err;
    }
    return store_op_end(
        inbound->rooms.store, inbound_store_assign(inbound, id, who));
}

enum kb_err inbox_snooze(struct inbound *inbound, int64_t id, int64_t until_ms)
{
    enum kb_err err = store_op_begin(inbound->rooms.store);

    if (err != KB_OK) {
        return err;
    }
    return store_op_end(
        inbound->rooms.store, inbound_store_snooze(inbound, id, until_ms));
}

enum kb_err inbox_count_overdue(struct inbound *inbound, int64_t *count)
{
    int64_t hours = inbound->rooms.config->inbox_alarm_h;
    int64_t now = clock_now_ms(inbound->rooms.clock);

    *count = 0;
    return hours == 0 ? KB_OK
                      : inbound_store_count_overdue(
                            inbound, now - hours * HOUR_MS, count);
}

static enum kb_err write_canned(struct inbound *inbound,
    const struct inbox_entry *entry, const char *template, struct buf *out)
{
    struct registry_hash hash =
        registry_hash(inbound->rooms.registry, entry->phone);
    struct understood understood = {.intent = INTENT_HUMAN};
    struct answer answer = {.name = ""};
    struct question question = {.phone = entry->phone,
        .phone_hash = hash.text,
        .modem = "",
        .understood = &understood};
    enum kb_err err = answer_plain(inbound, &question, template, "", &answer);

    buf_add_text(out, buf_text(&answer.text));
    buf_clear(&answer.text);
    return err;
}

enum kb_err inbox_canned(struct inbound *inbound, int64_t id, const char *name,
    struct buf *out, struct why *why)
{
    struct inbox_entry entry = {0};
    char template[64];
    enum kb_err err = inbound_store_get(inbound, id, &entry);

    if (err != KB_OK) {
        return err;
    }
    (void)snprintf(template, sizeof template, "canned_%.40s", name);
    if (!texts_has(inbound->rooms.texts, template)) {
        why_field(why, "canned");
        why_set(
            why, "there is no template %s; see kabari template list", template);
        return KB_INVALID;
    }
    return write_canned(inbound, &entry, template, out);
}
