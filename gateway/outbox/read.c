// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "base/mem.h"
#include "outbox/outbox_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void outbox_read_message(sqlite3_stmt *row, struct outbox_message *out)
{
    *out = (struct outbox_message){
        .id = sqlite3_column_int64(row, 0),
        .class = (enum msg_class)sqlite3_column_int(row, 2),
        .text = mem_strdup(store_column_text(row, 4)),
        .ref = mem_strdup(store_column_text(row, 5)),
        .campaign_id = sqlite3_column_int64(row, 8),
        .step = sqlite3_column_int(row, 9),
        .inbound_id = sqlite3_column_int64(row, 10),
        .created_at_ms = sqlite3_column_int64(row, 11),
        .next_at_ms = sqlite3_column_int64(row, 12),
        .expires_at_ms = sqlite3_column_int64(row, 13),
        .settled_at_ms = sqlite3_column_int64(row, 14),
        .attempts = sqlite3_column_int(row, 15),
        .parts = sqlite3_column_int(row, 16),
        .prefer_until_ms = sqlite3_column_int64(row, 19),
    };
    if (msg_state_parse(store_column_text(row, 1), &out->state) != KB_OK) {
        log_error("outbox: id=%lld has no such state", (long long)out->id);
    }
    (void)snprintf(
        out->phone, sizeof out->phone, "%s", store_column_text(row, 3));
    (void)snprintf(
        out->reason, sizeof out->reason, "%s", store_column_text(row, 6));
    (void)snprintf(
        out->modem, sizeof out->modem, "%s", store_column_text(row, 7));
    (void)snprintf(out->only_modem, sizeof out->only_modem, "%s",
        store_column_text(row, 17));
    (void)snprintf(out->prefer_modem, sizeof out->prefer_modem, "%s",
        store_column_text(row, 18));
}

void outbox_message_clear(struct outbox_message *message)
{
    free(message->text);
    free(message->ref);
    *message = (struct outbox_message){0};
}

enum kb_err outbox_get(
    struct outbox *outbox, int64_t id, struct outbox_message *out)
{
    enum kb_err err = KB_OK;

    store_bind_int(outbox->get, ":id", id);
    err = store_step(outbox->store, outbox->get);
    if (err == KB_OK) {
        outbox_read_message(outbox->get, out);
        (void)sqlite3_reset(outbox->get);
    }
    return err;
}

enum kb_err outbox_parts(struct outbox *outbox, int64_t id,
    struct outbox_part *out, size_t most, size_t *count)
{
    sqlite3_stmt *row = outbox->part_list;
    enum kb_err err = KB_OK;

    *count = 0;
    store_bind_int(row, ":id", id);
    while (*count < most && (err = store_step(outbox->store, row)) == KB_OK) {
        struct outbox_part *part = &out[(*count)++];

        *part = (struct outbox_part){
            .part = sqlite3_column_int(row, 0),
            .tp_mr = sqlite3_column_int(row, 3),
            .tp_st = sqlite3_column_int(row, 4),
            .attempt = sqlite3_column_int(row, 5),
            .submitted_at_ms = sqlite3_column_int64(row, 6),
            .sent_at_ms = sqlite3_column_int64(row, 7),
            .reported_at_ms = sqlite3_column_int64(row, 8),
        };
        (void)snprintf(
            part->state, sizeof part->state, "%s", store_column_text(row, 1));
        (void)snprintf(
            part->modem, sizeof part->modem, "%s", store_column_text(row, 2));
    }
    (void)sqlite3_reset(row);
    return err == KB_NOT_FOUND ? KB_OK : err;
}

static sqlite3_stmt *list_statement(
    struct outbox *outbox, const struct outbox_filter *filter)
{
    if (filter->phone != NULL) {
        store_bind_text(outbox->list_phone, ":phone", filter->phone);
        return outbox->list_phone;
    }
    if (filter->state != NULL && strcmp(filter->state, "unknown") == 0) {
        return outbox->list_unknown;
    }
    return outbox->list;
}

enum kb_err outbox_list(struct outbox *outbox,
    const struct outbox_filter *filter, outbox_list_fn *fn, void *arg)
{
    sqlite3_stmt *row = list_statement(outbox, filter);
    bool queued = filter->state != NULL && strcmp(filter->state, "queued") == 0;
    enum kb_err err = KB_OK;

    store_bind_int(row, ":campaign", filter->campaign_id);
    store_bind_int(row, ":from", filter->from_id);
    store_bind_text_or_null(row, ":reach", filter->reach);
    store_bind_text_or_null(row, ":state", filter->state);
    store_bind_text_or_null(row, ":also", queued ? "claimed" : filter->state);
    store_bind_int(
        row, ":before", filter->before_id == 0 ? INT64_MAX : filter->before_id);
    store_bind_int(row, ":limit", filter->limit == 0 ? -1 : filter->limit);
    while ((err = store_step(outbox->store, row)) == KB_OK) {
        struct outbox_message message = {0};

        outbox_read_message(row, &message);
        fn(arg, &message);
        outbox_message_clear(&message);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err outbox_last_id(struct outbox *outbox, int64_t *out)
{
    return store_one_value(outbox->store, outbox->last_id, out);
}

enum kb_err outbox_counts(
    struct outbox *outbox, int64_t campaign_id, struct outbox_counts *out)
{
    sqlite3_stmt *row = campaign_id == 0 ? outbox->counts_all : outbox->counts;
    enum kb_err err = KB_OK;

    *out = (struct outbox_counts){0};
    if (campaign_id != 0) {
        store_bind_int(row, ":campaign", campaign_id);
    }
    while ((err = store_step(outbox->store, row)) == KB_OK) {
        enum msg_state state = MSG_HELD;

        if (msg_state_parse(store_column_text(row, 0), &state) == KB_OK) {
            state = state == MSG_CLAIMED ? MSG_QUEUED : state;
            out->n[state] += sqlite3_column_int64(row, 1);
        }
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err outbox_state_of(
    struct outbox *outbox, int64_t id, enum msg_state *state)
{
    struct outbox_message message = {0};
    enum kb_err err = outbox_get(outbox, id, &message);

    if (err == KB_OK) {
        *state = message.state;
        outbox_message_clear(&message);
    }
    return err;
}
