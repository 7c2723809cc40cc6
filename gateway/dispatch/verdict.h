// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_DISPATCH_VERDICT_H
#define KABARI_DISPATCH_VERDICT_H

#include "link/link.h"
#include "link/quirk.h"
#include "outbox/outbox.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What a result means: for the message, and for the modem that brought it.
 * Pure; codes are those of 3GPP TS 27.005 §3.2.5 and TS 24.011 annex E-2.
 */

enum verdict_modem {
    VERDICT_GO_ON,
    VERDICT_PARK,    /* the SIM is at fault: an operator must act */
    VERDICT_SUSPECT, /* parked for a trial: it may be the number's fault */
    VERDICT_NO_NETWORK,
    VERDICT_PAUSE, /* try this modem again a little later */
    VERDICT_RESET  /* start the worker afresh */
};

/** Which SIM is to try the message next, if it can. */
enum verdict_next {
    VERDICT_ANY_SIM,
    VERDICT_OTHER_SIM,
    VERDICT_OTHER_OF_OPERATOR, /* … at once, and no attempt is counted */
    VERDICT_SAME_SIM
};

struct verdict {
    enum outbox_verdict message;
    int64_t delay_ms; /* with OUTBOX_RETRY: not before now + this */
    enum verdict_modem modem;
    enum verdict_next next;
    bool pushed_back;  /* the network wants it slower */
    const char *words; /* for people; what happened */
};

/** @param quirk     what the modem's make does otherwise; may be NULL.
 *  @param attempts  how often the message was tried before this one. */
struct verdict verdict_of(
    const struct link_result *result, const struct quirk *quirk, int attempts);

/** Of the message that a verdict is about. */
struct verdict_subject {
    int part; /* 1.. */
    int parts;
    bool pinned; /* no other SIM may send it */
};

/** Which SIM may go on with the message: what one could not do another tries,
 *  but parts from two numbers make no text, and some messages are one SIM's
 *  alone. */
enum verdict_next verdict_next_sim(
    const struct verdict *verdict, const struct verdict_subject *subject);

#endif
