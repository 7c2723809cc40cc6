// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WORKER_VERDICT_H
#define KABARI_WORKER_VERDICT_H

#include "link/link.h"

#include <gammu.h>
#include <stdbool.h>

/** How an attempt to send went. */
struct attempt {
    GSM_Error error;  /* of GSM_SendSMS */
    bool may_be_sent; /* Ctrl-Z may have gone out */
    bool answered;    /* the callback came, with: */
    int status;       /* 0, a +CMS or +CME code, -1 for a bare ERROR */
    bool is_cme;
    int reference; /* TP-MR, -1: none */
    bool present;  /* the device is still there */
};

struct verdict {
    enum link_outcome outcome;
    int tp_mr;
    int code;
    bool leave; /* nothing more on this connection */
    const char *reason;
};

/**
 * What became of it. Pure. The code goes to the gateway as it came, but for two
 * things that only the worker knows: whether it came before Ctrl-Z (then
 * nothing was sent, and what would be a doubt is none), and whether it was a
 * +CME code, which is told as the +CMS code of the same meaning (3GPP TS 27.005
 * §3.2.5, TS 27.007 §9.2).
 */
struct verdict verdict_of_attempt(const struct attempt *attempt);

/** What is known of TP-MRs while a +CMGS may come late. */
struct mr_known {
    int last;    /* the last TP-MR that is known, -1: none */
    bool first;  /* no SMS went out since the unanswered one */
    int refused; /* by the network since; a modem may have counted them */
};

/**
 * Whether a +CMGS may belong to the SMS before, which was never answered: TP-MR
 * counts up by one (3GPP TS 23.040 §9.2.3.6), so that the late one's and the
 * right one's can be told apart.
 */
bool verdict_may_be_late(int reference, const struct mr_known *known);

#endif
