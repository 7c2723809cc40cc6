// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WORKER_FOLD_H
#define KABARI_WORKER_FOLD_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A USSD answer of several lines, as modems give it in the character sets GSM
 * and IRA: libGammu takes each of its lines for an answer of its own, and the
 * last one, which it does not know, it waits behind for ever. So line ends
 * within the quotes of +CUSD (3GPP TS 27.007 §7.15) become spaces before
 * libGammu sees them. Works byte by byte. Pure.
 */

struct fold {
    size_t place; /* in the line */
    bool other;   /* the line is none of +CUSD */
    bool open;    /* its text has begun */
    bool may_end; /* what came last can be its end: "  or  ",15 */
};

/** The byte as libGammu may see it. */
char fold_byte(struct fold *fold, char byte);

/** Something was said to the modem: what comes next is another line. */
void fold_reset(struct fold *fold);

#endif
