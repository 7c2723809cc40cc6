// SPDX-License-Identifier: GPL-2.0-or-later
#include "outbox/outbox_internal.h"

#include <stdio.h>
#include <string.h>

/* From the queue to a modem. */

/* The best that was found so far: by urgency, then whom this SIM has told
   before, then the oldest. */
struct candidate {
    int64_t id; /* 0: none */
    bool own;
    int64_t urgency;
    int64_t next_at_ms;
};

static bool goes_before(const struct candidate *a, const struct candidate *b)
{
    if (b->id == 0 || a->urgency != b->urgency) {
        return b->id == 0 || a->urgency < b->urgency;
    }
    if (a->own != b->own) {
        return a->own;
    }
    return a->next_at_ms != b->next_at_ms ? a->next_at_ms < b->next_at_ms
                                          : a->id < b->id;
}

static enum kb_err read_candidate(
    struct outbox *outbox, sqlite3_stmt *row, struct candidate *best)
{
    struct candidate found = {.own = row == outbox->sticky_find};
    enum kb_err err = store_step(outbox->store, row);

    if (err != KB_OK) {
        return err;
    }
    found.id = sqlite3_column_int64(row, 0);
    found.urgency = sqlite3_column_int64(row, 1);
    found.next_at_ms = sqlite3_column_int64(row, 2);
    (void)sqlite3_reset(row);
    if (goes_before(&found, best)) {
        *best = found;
    }
    return KB_OK;
}

static void bind_claim(
    sqlite3_stmt *row, const struct outbox_claim *claim, int class, int64_t now)
{
    store_bind_int(row, ":class", class);
    store_bind_int(row, ":now", now);
    store_bind_text(row, ":modem", claim->modem);
    store_bind_text_or_null(row, ":usable", claim->usable);
}

struct of_operator {
    int class;
    const char *name; /* NULL: of those that any SIM may take */
    int64_t wait_ms;  /* those that have waited so long only */
};

/* A reminder to somebody whom this SIM told the last one goes before others as
   urgent: no wait for anybody, since another SIM may take it just as well. */
static enum kb_err find_own(struct outbox *outbox,
    const struct outbox_claim *claim, const struct of_operator *of,
    int64_t urgency, struct candidate *best)
{
    sqlite3_stmt *find = outbox->sticky_find;
    int64_t now = clock_now_ms(outbox->clock);

    if (!outbox->any_sticky || of->class != MSG_BULK) {
        return KB_NOT_FOUND;
    }
    store_bind_text(find, ":modem", claim->modem);
    store_bind_text_or_null(find, ":operator", of->name);
    store_bind_int(find, ":urgency", urgency);
    store_bind_int(find, ":now", now);
    store_bind_int(find, ":due", now - of->wait_ms);
    return read_candidate(outbox, find, best);
}

/* Urgencies are few and messages many: a seek for each urgency costs the same
   whether ten or ten million messages wait for a later day. */
static enum kb_err find_any(struct outbox *outbox,
    const struct outbox_claim *claim, int class, struct candidate *best)
{
    sqlite3_stmt *next = outbox->urgency_next;
    int64_t urgency = INT64_MIN;
    enum kb_err err = KB_OK;

    for (;;) {
        store_bind_int(next, ":class", class);
        store_bind_int(next, ":urgency", urgency);
        err = store_one_value(outbox->store, next, &urgency);
        if (err != KB_OK) {
            return err;
        }
        err = find_own(outbox, claim, &(struct of_operator){.class = class},
            urgency, best);
        if (err != KB_NOT_FOUND) {
            return err;
        }
        bind_claim(
            outbox->claim_find, claim, class, clock_now_ms(outbox->clock));
        store_bind_int(outbox->claim_find, ":urgency", urgency);
        err = read_candidate(outbox, outbox->claim_find, best);
        if (err != KB_NOT_FOUND) {
            return err;
        }
    }
}

/* The same among the messages to one operator's numbers. */
static enum kb_err find_of(struct outbox *outbox,
    const struct outbox_claim *claim, const struct of_operator *of,
    struct candidate *best)
{
    sqlite3_stmt *next = outbox->operator_urgency;
    sqlite3_stmt *find = outbox->operator_find;
    int64_t now = clock_now_ms(outbox->clock);
    int64_t urgency = INT64_MIN;
    enum kb_err err = KB_OK;

    for (;;) {
        store_bind_int(next, ":class", of->class);
        store_bind_text(next, ":operator", of->name);
        store_bind_int(next, ":urgency", urgency);
        err = store_one_value(outbox->store, next, &urgency);
        if (err != KB_OK) {
            return err;
        }
        err = find_own(outbox, claim, of, urgency, best);
        if (err != KB_NOT_FOUND) {
            return err;
        }
        bind_claim(find, claim, of->class, now);
        store_bind_text(find, ":operator", of->name);
        store_bind_int(find, ":urgency", urgency);
        store_bind_int(find, ":due", now - of->wait_ms);
        err = read_candidate(outbox, find, best);
        if (err != KB_NOT_FOUND) {
            return err;
        }
    }
}

#define OPERATOR_BYTES 32

/* The next operator by name that has a queued message of that class. */
static enum kb_err next_operator(struct outbox *outbox, int class, char *name)
{
    sqlite3_stmt *row = outbox->operator_next;
    enum kb_err err = KB_OK;

    store_bind_int(row, ":class", class);
    store_bind_text(row, ":operator", name);
    err = store_step(outbox->store, row);
    if (err != KB_OK) {
        return err;
    }
    if (sqlite3_column_type(row, 0) == SQLITE_NULL) {
        err = KB_NOT_FOUND;
    } else {
        (void)snprintf(name, OPERATOR_BYTES, "%s", store_column_text(row, 0));
    }
    (void)sqlite3_reset(row);
    return err;
}

static enum outbox_offer offer_of(
    const struct outbox_claim *claim, int class, const char *name)
{
    const struct outbox_offer_to *offers = claim->offers[class];

    for (size_t i = 0; offers != NULL && i < claim->offer_count; i++) {
        if (strcmp(offers[i].operator_name, name) == 0) {
            return offers[i].offer;
        }
    }
    return OUTBOX_TAKE;
}

/* What it takes at once goes before what others were waited for. */
static enum kb_err find_routed(struct outbox *outbox,
    const struct outbox_claim *claim, int class, struct candidate *best)
{
    struct candidate spilled = {0};
    char name[OPERATOR_BYTES] = "";
    enum kb_err err = KB_OK;

    while ((err = next_operator(outbox, class, name)) == KB_OK) {
        enum outbox_offer offer = offer_of(claim, class, name);
        struct of_operator of = {.class = class, .name = name};
        enum kb_err found = KB_NOT_FOUND;

        if (offer == OUTBOX_TAKE) {
            found = find_of(outbox, claim, &of, best);
        } else if (offer == OUTBOX_SPILL) {
            of.wait_ms = claim->spill_ms;
            found = find_of(outbox, claim, &of, &spilled);
        }
        if (found != KB_OK && found != KB_NOT_FOUND) {
            return found;
        }
    }
    if (best->id == 0) {
        *best = spilled;
    }
    return err;
}

/* KB_OK with best filled, or KB_NOT_FOUND. */
static enum kb_err find_class(struct outbox *outbox,
    const struct outbox_claim *claim, int class, struct candidate *best)
{
    enum kb_err err = find_any(outbox, claim, class, best);

    if (outbox->any_routed && (err == KB_OK || err == KB_NOT_FOUND)) {
        err = find_routed(outbox, claim, class, best);
    }
    if (err == KB_OK || err == KB_NOT_FOUND) {
        err = best->id == 0 ? KB_NOT_FOUND : KB_OK;
    }
    return err;
}

/* What only this modem may send; class is above all where there is nothing. */
static enum kb_err find_pinned(struct outbox *outbox,
    const struct outbox_claim *claim, int64_t *id, int *class)
{
    sqlite3_stmt *row = outbox->pinned_find;
    enum kb_err err = KB_NOT_FOUND;

    *class = MSG_BULK + 1;
    if (!outbox->any_pinned) {
        return KB_OK;
    }
    store_bind_text(row, ":modem", claim->modem);
    store_bind_int(row, ":least", claim->least);
    store_bind_int(row, ":now", clock_now_ms(outbox->clock));
    err = store_step(outbox->store, row);
    if (err == KB_OK) {
        *id = sqlite3_column_int64(row, 0);
        *class = sqlite3_column_int(row, 1);
        (void)sqlite3_reset(row);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

static enum kb_err find_due(
    struct outbox *outbox, const struct outbox_claim *claim, int64_t *id)
{
    struct candidate best = {0};
    int pinned_class = 0;
    int last = (int)claim->least;
    enum kb_err err = find_pinned(outbox, claim, id, &pinned_class);

    if (err != KB_OK) {
        return err;
    }
    if (pinned_class <= last) {
        last = pinned_class - 1;
    }
    err = KB_NOT_FOUND;
    for (int class = (int)claim->first;
         class <= last && err == KB_NOT_FOUND && !claim->pinned_only;
         class ++) {
        err = find_class(outbox, claim, class, &best);
    }
    if (err == KB_OK) {
        *id = best.id;
    }
    return err == KB_NOT_FOUND && pinned_class <= MSG_BULK ? KB_OK : err;
}

static enum kb_err first_of(
    struct outbox *outbox, sqlite3_stmt *row, int64_t *first)
{
    int64_t class = 0;
    enum kb_err err = store_one_value(outbox->store, row, &class);

    if (err == KB_OK && class < *first) {
        *first = class;
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err outbox_first_queued(struct outbox *outbox, enum msg_class *first)
{
    int64_t class = MSG_BULK + 1;
    enum kb_err err = first_of(outbox, outbox->first_any, &class);

    if (err == KB_OK && outbox->any_routed) {
        err = first_of(outbox, outbox->first_routed, &class);
    }
    if (err == KB_OK && outbox->any_pinned) {
        err = first_of(outbox, outbox->first_pinned, &class);
    }
    if (err != KB_OK || class > MSG_BULK) {
        return err == KB_OK ? KB_NOT_FOUND : err;
    }
    *first = (enum msg_class) class;
    return KB_OK;
}

static enum kb_err take(struct outbox *outbox, const char *modem, int64_t id,
    struct outbox_message *out)
{
    enum kb_err err = outbox_get(outbox, id, out);

    if (err != KB_OK) {
        return err;
    }
    err = store_op_begin_record(outbox->store);
    if (err == KB_OK) {
        store_bind_int(outbox->claim_take, ":id", id);
        store_bind_text(outbox->claim_take, ":modem", modem);
        err = store_op_end(
            outbox->store, store_run(outbox->store, outbox->claim_take));
    }
    if (err != KB_OK) {
        outbox_message_clear(out);
        return err;
    }
    out->state = MSG_CLAIMED;
    return KB_OK;
}

enum kb_err outbox_claim_by(struct outbox *outbox,
    const struct outbox_claim *claim, struct outbox_message *out)
{
    struct outbox_message found = {0};
    int64_t id = 0;
    enum kb_err err = find_due(outbox, claim, &id);

    if (err == KB_OK) {
        err = take(outbox, claim->modem, id, &found);
    }
    if (err == KB_OK) {
        *out = found;
    }
    return err;
}

enum kb_err outbox_claim(struct outbox *outbox, const char *modem,
    enum msg_class least, struct outbox_message *out)
{
    struct outbox_claim claim = {.modem = modem, .least = least};

    return outbox_claim_by(outbox, &claim, out);
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
