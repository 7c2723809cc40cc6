// SPDX-License-Identifier: GPL-2.0-or-later
#include "outbox/outbox_internal.h"

#include <stdio.h>
#include <string.h>

/* From the queue to a modem. */

/* The next urgency above the given one that has a queued message. */
static enum kb_err next_urgency(
    struct outbox *outbox, enum msg_class class, int64_t *urgency)
{
    sqlite3_stmt *row = outbox->urgency_next;
    enum kb_err err = KB_OK;

    store_bind_int(row, ":class", class);
    store_bind_int(row, ":urgency", *urgency);
    err = store_step(outbox->store, row);
    if (err != KB_OK) {
        return err;
    }
    if (sqlite3_column_type(row, 0) == SQLITE_NULL) {
        err = KB_NOT_FOUND;
    } else {
        *urgency = sqlite3_column_int64(row, 0);
    }
    (void)sqlite3_reset(row);
    return err;
}

/* Urgencies are few and messages many: a seek for each urgency costs the same
   whether ten or ten million messages wait for a later day. */
static enum kb_err find_due(struct outbox *outbox, const char *modem,
    enum msg_class class, struct outbox_message *out)
{
    sqlite3_stmt *row = outbox->claim_find;
    int64_t urgency = INT64_MIN;
    enum kb_err err = KB_OK;

    while ((err = next_urgency(outbox, class, &urgency)) == KB_OK) {
        store_bind_int(row, ":class", class);
        store_bind_int(row, ":urgency", urgency);
        store_bind_int(row, ":now", clock_now_ms(outbox->clock));
        store_bind_text(row, ":modem", modem);
        err = store_step(outbox->store, row);
        if (err == KB_OK) {
            outbox_read_message(row, out);
            (void)sqlite3_reset(row);
        }
        if (err != KB_NOT_FOUND) {
            return err;
        }
    }
    return err;
}

enum kb_err outbox_claim(struct outbox *outbox, const char *modem,
    enum msg_class least, struct outbox_message *out)
{
    struct outbox_message found = {0};
    enum kb_err err = KB_NOT_FOUND;

    for (int class = MSG_REPLY; class <= (int)least && err == KB_NOT_FOUND;
         class ++) {
        err = find_due(outbox, modem, (enum msg_class) class, &found);
    }
    if (err == KB_OK) {
        err = store_op_begin_record(outbox->store);
    }
    if (err != KB_OK) {
        outbox_message_clear(&found);
        return err;
    }
    store_bind_int(outbox->claim_take, ":id", found.id);
    store_bind_text(outbox->claim_take, ":modem", modem);
    err = store_op_end(
        outbox->store, store_run(outbox->store, outbox->claim_take));
    if (err != KB_OK) {
        outbox_message_clear(&found);
        return err;
    }
    found.state = MSG_CLAIMED;
    *out = found;
    return KB_OK;
}

static enum kb_err put_part(struct outbox *outbox,
    const struct outbox_submit *submit, const char *phone)
{
    sqlite3_stmt *put = outbox->part_put;
    char tail[PHONE_TAIL + 1];

    outbox_phone_tail(phone, tail);
    store_bind_int(put, ":id", submit->id);
    store_bind_int(put, ":part", submit->part);
    store_bind_text(put, ":modem", submit->modem);
    store_bind_text(put, ":sim", submit->sim);
    store_bind_text(put, ":tail", tail);
    store_bind_int(put, ":now", clock_now_ms(outbox->clock));
    if (submit->expected_mr < 0) {
        store_bind_null(put, ":expected");
    } else {
        store_bind_int(put, ":expected", submit->expected_mr);
    }
    return store_run(outbox->store, put);
}

enum kb_err outbox_submitting(
    struct outbox *outbox, const struct outbox_submit *submit)
{
    sqlite3_stmt *move = outbox->submitting;
    enum kb_err err = store_op_begin_record(outbox->store);

    if (err != KB_OK) {
        return err;
    }
    store_bind_int(move, ":id", submit->id);
    store_bind_text(move, ":modem", submit->modem);
    store_bind_int(move, ":parts", submit->parts);
    err = store_run(outbox->store, move);
    if (err == KB_OK) {
        err = put_part(outbox, submit, submit->phone);
    }
    return store_op_end(outbox->store, err);
}

void outbox_phone_tail(const char *phone, char *out)
{
    size_t length = strlen(phone);
    const char *tail = phone + (length > PHONE_TAIL ? length - PHONE_TAIL : 0);

    (void)snprintf(out, PHONE_TAIL + 1, "%s", tail);
}
