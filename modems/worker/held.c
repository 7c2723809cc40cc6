// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/worker/worker.h"

bool same_place(struct place a, struct place b)
{
    return a.memory == b.memory && a.location == b.location;
}

struct held *held_at(struct box *box, struct place place)
{
    for (size_t i = 0; i < box->held_count; i++) {
        if (same_place(box->held[i].place, place)) {
            return &box->held[i];
        }
    }
    return NULL;
}

void held_forget(struct box *box, struct held *held)
{
    *held = box->held[--box->held_count];
}

struct held *held_by(struct box *box, int64_t token)
{
    for (size_t i = 0; i < box->held_count; i++) {
        if (token != 0 && box->held[i].token == token) {
            return &box->held[i];
        }
    }
    return NULL;
}

static void hand_over_with(struct box *box, struct held *held, uint64_t hash)
{
    *held = (struct held){.token = ++box->last_token,
        .place = held->place,
        .hash = hash,
        .seen = true};
}

enum reading held_judge(
    struct box *box, struct place place, uint64_t hash, struct held **out)
{
    struct held *held = held_at(box, place);

    if (held == NULL) {
        if (box->held_count == BOX_MOST) {
            box->skipped = true;
            return READING_NO_ROOM;
        }
        held = &box->held[box->held_count++];
        *held = (struct held){.place = place};
    }
    *out = held;
    held->seen = true;
    if (held->token != 0 && held->hash == hash) {
        box->misread = box->misread || held->doubted;
        held->doubted = false;
        return READING_KNOWN;
    }
    if (!held->doubted || held->doubt != hash) {
        box->misread = box->misread || held->doubted;
        held->doubted = true;
        held->doubt = hash;
        return READING_DOUBTED;
    }
    /* Where something else was handed over, the place was cleared and used
       again. */
    hand_over_with(box, held, hash);
    box->agreed++;
    return READING_NEW;
}

bool held_trust(struct box *box, struct held *held)
{
    if (box->misread || box->agreed < HELD_AGREED || held->token != 0 ||
        ++box->trusted % HELD_SAMPLE == 0) {
        return false;
    }
    hand_over_with(box, held, held->doubt);
    return true;
}

void held_forget_doubt(struct box *box, struct held *held)
{
    if (held->token == 0) {
        held_forget(box, held);
    } else {
        held->doubted = false;
    }
}

bool held_is_to_be_read(const struct box *box, struct place place)
{
    for (size_t i = 0; i < box->arrival_count; i++) {
        if (same_place(box->arrivals[i], place)) {
            return true;
        }
    }
    return false;
}

bool held_needs_listing(const struct box *box)
{
    for (size_t i = 0; i < box->held_count; i++) {
        if (box->held[i].doubted &&
            !held_is_to_be_read(box, box->held[i].place)) {
            return true;
        }
    }
    return false;
}

void held_begin_listing(struct box *box)
{
    for (size_t i = 0; i < box->held_count; i++) {
        box->held[i].seen = false;
    }
}

void held_end_listing(struct box *box, bool reports)
{
    for (size_t i = box->held_count; i-- > 0;) {
        struct held *held = &box->held[i];

        if (held->doubted && !held->seen &&
            (held->place.memory == MEM_SR) == reports) {
            held_forget_doubt(box, held);
        }
    }
}
