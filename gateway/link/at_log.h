// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_LINK_AT_LOG_H
#define KABARI_LINK_AT_LOG_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The last AT exchanges of a modem, for looking at after trouble: a ring in the
 * memory that a worker shares with the gateway, behind the stage page, so that
 * it outlives a killed worker. Only workers write it, one after the other; the
 * gateway trusts nothing in it. It holds what went over the line as it is; it
 * is never on a disk, and whatever is shown of it has gone through at_mask().
 */

#define AT_LOG_SLOTS      1024
#define AT_LOG_SLOT_BYTES 43

/** What a slot holds. */
#define AT_LOG_SENT  '>' /* to the modem */
#define AT_LOG_HEARD '<' /* from the modem */
#define AT_LOG_NOTE  '#' /* the worker's own word, such as "scan" */

struct at_slot {
    _Atomic uint64_t number; /* 1 …, in slot number % AT_LOG_SLOTS; 0: empty */
    int64_t mono_ms;         /* clock_mono_ms() of its first byte */
    _Atomic uint32_t bytes;
    char kind;
    char text[AT_LOG_SLOT_BYTES];
};

struct at_log {
    struct at_slot slot[AT_LOG_SLOTS];
};

/** Where the ring lies in the shared memory, and how large that is. */
#define AT_LOG_OFFSET 4096
#define SHARED_BYTES  (AT_LOG_OFFSET + sizeof(struct at_log))

/** The number of the newest slot, 0: none. */
uint64_t at_log_last(const struct at_log *log);

/** Adds bytes; consecutive ones of a kind within a second share a slot.
 *  last: the newest slot's number, kept by the writer. */
void at_log_add(struct at_log *log, uint64_t *last, int64_t mono_ms, char kind,
    const void *data, size_t bytes);

/** Calls fn for each line, "> AT+CSQ", masked, oldest first. The log is read as
 *  a hostile worker may have left it. */
typedef void at_log_fn(void *arg, int64_t mono_ms, const char *line);
void at_log_read(const struct at_log *log, at_log_fn *fn, void *arg);

/* --- at_mask.c: pure ------------------------------------------------------ */

/** What is masked depends on the command before. Zero it at the start. */
struct at_masker {
    char command[24];
};

/**
 * One line without what is personal: digits of numbers but the first four and
 * last three, PDUs behind their first octets, texts, PINs. Unprintable bytes
 * are dots.
 *
 * @param kind  AT_LOG_SENT, AT_LOG_HEARD or AT_LOG_NOTE.
 */
void at_mask(struct at_masker *masker, char kind, const char *line, char *out,
    size_t out_bytes);

#endif
