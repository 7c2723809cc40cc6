// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/at_log.h"

#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that come so far apart are shown with times of their own. */
#define SHARE_MS 1000
/* Longer than a PDU in hex; the rest of a longer line is another one. */
#define LINE_BYTES 640

uint64_t at_log_last(const struct at_log *log)
{
    uint64_t last = 0;

    for (size_t i = 0; i < AT_LOG_SLOTS; i++) {
        uint64_t number = atomic_load(&log->slot[i].number);

        if (number > last && number % AT_LOG_SLOTS == i) {
            last = number;
        }
    }
    return last;
}

static bool may_share(const struct at_slot *slot, int64_t mono_ms, char kind)
{
    return kind != AT_LOG_NOTE && slot->kind == kind &&
           mono_ms - slot->mono_ms < SHARE_MS &&
           atomic_load(&slot->bytes) < AT_LOG_SLOT_BYTES;
}

static struct at_slot *next_slot(
    struct at_log *log, uint64_t *last, int64_t mono_ms, char kind)
{
    struct at_slot *slot = &log->slot[++*last % AT_LOG_SLOTS];

    /* Without a number nobody reads it while it changes. */
    atomic_store(&slot->number, 0);
    slot->mono_ms = mono_ms;
    slot->kind = kind;
    atomic_store(&slot->bytes, 0);
    atomic_store(&slot->number, *last);
    return slot;
}

// NOLINTNEXTLINE(readability-function-size): a ring, its end, when and what
void at_log_add(struct at_log *log, uint64_t *last, int64_t mono_ms, char kind,
    const void *data, size_t bytes)
{
    struct at_slot *slot = &log->slot[*last % AT_LOG_SLOTS];
    const char *from = data;

    if (*last == 0 || !may_share(slot, mono_ms, kind)) {
        slot = next_slot(log, last, mono_ms, kind);
    }
    while (bytes > 0) {
        uint32_t used = atomic_load(&slot->bytes);
        size_t room = used < AT_LOG_SLOT_BYTES ? AT_LOG_SLOT_BYTES - used : 0;
        size_t some = bytes < room ? bytes : room;

        memcpy(slot->text + used, from, some);
        atomic_store(&slot->bytes, used + (uint32_t)some);
        from += some;
        bytes -= some;
        if (bytes > 0) {
            slot = next_slot(log, last, mono_ms, kind);
        }
    }
}

/* --- reading ------------------------------------------------------------- */

/* A slot as it was at one moment. */
struct copy {
    int64_t mono_ms;
    size_t bytes;
    char kind;
    char text[AT_LOG_SLOT_BYTES];
};

static bool take_copy(
    const struct at_log *log, uint64_t number, struct copy *out)
{
    const struct at_slot *slot = &log->slot[number % AT_LOG_SLOTS];
    uint32_t bytes = 0;

    if (atomic_load(&slot->number) != number) {
        return false;
    }
    bytes = atomic_load(&slot->bytes);
    out->mono_ms = slot->mono_ms;
    out->kind = slot->kind;
    out->bytes = bytes < AT_LOG_SLOT_BYTES ? bytes : AT_LOG_SLOT_BYTES;
    memcpy(out->text, slot->text, sizeof out->text);
    /* It may have been used anew meanwhile. */
    return atomic_load(&slot->number) == number &&
           (out->kind == AT_LOG_SENT || out->kind == AT_LOG_HEARD ||
               out->kind == AT_LOG_NOTE);
}

struct joining {
    at_log_fn *fn;
    void *arg;
    struct at_masker masker;
    char kind; /* of the line under way */
    int64_t mono_ms;
    char line[LINE_BYTES];
    size_t used;
};

static void end_line(struct joining *joining)
{
    char masked[LINE_BYTES + 64] = {joining->kind, ' '};

    if (joining->used > 0) {
        joining->line[joining->used] = '\0';
        at_mask(&joining->masker, joining->kind, joining->line, masked + 2,
            sizeof masked - 2);
        joining->fn(joining->arg, joining->mono_ms, masked);
    }
    joining->used = 0;
}

static void add_byte(
    struct joining *joining, const struct copy *copy, char byte)
{
    bool ends = byte == '\r' || byte == '\n';

    if (ends || joining->used + 1 == sizeof joining->line) {
        end_line(joining);
    }
    if (ends) {
        return;
    }
    if (joining->used == 0) {
        joining->mono_ms = copy->mono_ms;
    }
    joining->line[joining->used++] = byte == '\0' ? '.' : byte;
}

void at_log_read(const struct at_log *log, at_log_fn *fn, void *arg)
{
    struct joining joining = {.fn = fn, .arg = arg};
    uint64_t last = at_log_last(log);
    uint64_t first = last < AT_LOG_SLOTS ? 1 : last - AT_LOG_SLOTS + 1;

    for (uint64_t number = first; last > 0 && number <= last; number++) {
        struct copy copy;

        if (!take_copy(log, number, &copy)) {
            end_line(&joining);
            continue;
        }
        if (copy.kind != joining.kind || copy.kind == AT_LOG_NOTE) {
            end_line(&joining);
        }
        joining.kind = copy.kind;
        for (size_t i = 0; i < copy.bytes; i++) {
            add_byte(&joining, &copy, copy.text[i]);
        }
    }
    end_line(&joining);
}
