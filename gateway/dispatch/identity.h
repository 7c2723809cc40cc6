// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_DISPATCH_IDENTITY_H
#define KABARI_DISPATCH_IDENTITY_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Whose SIM is in a modem. Pure. A SIM that was swapped, or a port that was,
 * must not send under another's name: residents know an office by its number,
 * and limits, credit and delivery reports are a SIM's own.
 */

enum identity_verdict {
    IDENTITY_SAME,
    IDENTITY_FIRST, /* nothing was known: from now on it is this one */
    IDENTITY_STICK, /* the SIM is in another stick: told, it goes on */
    IDENTITY_OTHER  /* not this one's SIM: it must not send */
};

struct identity_case {
    const char *name; /* the modem's */
    const char *imei; /* now; "" : not known */
    const char *imsi;
    const char *iccid;     /* tells SIMs apart whose IMSI is not told */
    const char *seen_imei; /* before; "" : never */
    const char *seen_imsi;
    const char *seen_iccid;
    const char *config_imsi; /* "" : whatever was first */
    const char *owner;       /* another modem whose SIM this is; "" : none */
    const char *twin;        /* another modem that has this very stick or SIM
                                 now; "" : none */
};

/** @param why  a sentence that says what happened and what to do; "" with
 *              IDENTITY_SAME and IDENTITY_FIRST. */
enum identity_verdict identity_judge(
    const struct identity_case *it, char *why, size_t bytes);

/** Of IDENTITY_OTHER: whether an operator may say that it belongs there. Not
 *  where the configuration names another SIM, or two modems have this one. */
bool identity_may_accept(const struct identity_case *it);

#endif
