// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_USSD_USSD_H
#define KABARI_USSD_USSD_H

#include "base/clock.h"
#include "base/err.h"
#include "config/config.h"
#include "inbound/inbound.h"
#include "registry/registry.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * USSD sessions that an operator or aggregator brings over HTTP. (A modem can
 * ask the network by USSD, but a subscriber's session never reaches a modem.)
 * What the screens are and say is inbound's; here are sessions: which input is
 * new, what was dropped, what is over.
 */

struct ussd_rooms {
    const struct clock *clock;
    const struct config *config;
    struct registry *registry;
    struct inbound *inbound;
};

/** An idle session is shown again where it stands instead of taking an input
 *  that was meant for something else. */
#define USSD_IDLE_MS ((int64_t)3 * 60 * 1000)

/** So long after a drop a phone that dials again goes on where it was. */
#define USSD_RESUME_MS ((int64_t)3 * 60 * 1000)

/** Who asks: what the provider sent with the request, and from where. */
struct ussd_caller {
    const char *secret;  /* NULL: none */
    const char *address; /* numeric; NULL: not known */
};

/** True where USSD is enabled and the caller is the provider: the secret, where
 *  one is configured, and the address, where a list is. Takes the same time for
 *  every wrong secret of a length. */
bool ussd_may_ask(
    const struct config *config, const struct ussd_caller *caller);

enum ussd_event {
    USSD_START,
    USSD_RESPONSE,
    USSD_END
};

/** A request; borrowed. */
struct ussd_request {
    const char *session; /* the provider's id, at most 120 bytes */
    const char *phone;   /* any spelling */
    const char *text;    /* what was typed: last, or all with * between */
    bool history;        /* text may hold all that was typed */
    enum ussd_event event;
    int64_t at_ms; /* the provider's stamp; 0: it gives none */
};

/**
 * Takes one turn of a session, in the caller's operation.
 *
 * @param why  field and sentence for KB_INVALID.
 * @return KB_OK; KB_INVALID for a phone or session that is none; KB_REFUSED for
 *         what is played again: a session that has ended, or a stamp that is not
 *         newer than the session's last; KB_BUSY, KB_FULL, KB_DB.
 */
KB_MUST_USE enum kb_err ussd_turn(const struct ussd_rooms *rooms,
    const struct ussd_request *request, struct inbound_screen *out,
    struct why *why);

#endif
