// SPDX-License-Identifier: GPL-2.0-or-later
#include "inbound/inbound_internal.h"

#include <string.h>

/* People may be out of coverage for days; after that an answer only puzzles. */
#define REPLY_LIFE_MS ((int64_t)72 * 3600 * 1000)

// NOLINTNEXTLINE(readability-function-size): a list, its filter, its callback
enum kb_err inbox_list(struct inbound *inbound, bool open_only,
    int64_t before_id, int limit, inbox_fn *fn, void *arg)
{
    struct entry_filter filter = {
        .open_only = open_only, .before_id = before_id, .limit = limit};

    return inbound_store_list(inbound, &filter, fn, arg);
}

enum kb_err inbox_of_phone(struct inbound *inbound, const char *phone,
    int limit, inbox_fn *fn, void *arg)
{
    struct entry_filter filter = {.phone = phone, .limit = limit};

    return inbound_store_list(inbound, &filter, fn, arg);
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
