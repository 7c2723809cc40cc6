// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WORKER_PDU_H
#define KABARI_WORKER_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A look at a PDU as a modem lists it (the SMSC's address, then a TPDU of 3GPP
 * TS 23.040 §9.2), without decoding it: whether all its lengths agree with what
 * is there. libGammu trusts some of them and may crash on others, so that what
 * does not hold here never reaches it. Pure; takes any bytes.
 */

enum pdu_kind {
    PDU_DELIVER,
    PDU_REPORT,
    PDU_SUBMIT, /* somebody's draft or sent copy: none of ours to keep */
    PDU_UNKNOWN
};

struct pdu_look {
    enum pdu_kind kind;
    const char *fault; /* in words; NULL: nothing is odd */
};

/**
 * @param hex  as it came; need not be hex at all.
 * @return     what it is and what is odd about it.
 */
struct pdu_look pdu_look(const char *hex);

#endif
