// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_INBOUND_POISON_H
#define KABARI_INBOUND_POISON_H

#include "base/err.h"

#include <stdint.h>

/*
 * The quarantine for SMS that no driver could read: kept as the modem had them,
 * shown to operators, forgotten after retention.inbound_days.
 */

struct inbound;

/** One of them; borrowed. */
struct poison {
    int64_t id;
    int64_t at_ms;
    const char *modem;
    const char *sim;
    const char *memory; /* "SM", "ME", "SR" */
    int place;
    const char *pdu; /* hex, the SMSC's address first */
    const char *why; /* in words */
};

/** Keeps one (once: unique by SIM and PDU), as an operation of its own. id and
 *  at_ms are ignored. KB_OK, also where it was there; KB_BUSY, KB_FULL, KB_DB:
 *  leave it on the SIM. */
KB_MUST_USE enum kb_err poison_keep(
    struct inbound *inbound, const struct poison *poison);

/** Newest first. before_id 0: from the newest. */
typedef void poison_fn(void *arg, const struct poison *poison);
KB_MUST_USE enum kb_err poison_list(struct inbound *inbound, int64_t before_id,
    int limit, poison_fn *fn, void *arg);

/** How many a modem brought. */
KB_MUST_USE enum kb_err poison_count(
    struct inbound *inbound, const char *modem, int64_t *count);

#endif
