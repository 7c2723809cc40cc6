// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WORKER_PROMPT_H
#define KABARI_WORKER_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether the modem has asked for the PDU. libGammu takes any unsolicited line
 * that it knows (+CMTI, RING) between AT+CMGS and the prompt for the prompt and
 * writes the PDU: a modem that is not ready for it loses it, and of one that
 * hangs nobody can say whether the SMS goes out. So write() holds the PDU until
 * the prompt is really there (3GPP TS 27.005 §3.5.1: <CR><LF>"> "). Works byte
 * by byte. Pure.
 */

enum prompt_state {
    PROMPT_NONE,    /* no submit is under way */
    PROMPT_AWAITED, /* AT+CMGS went out */
    PROMPT_SHOWN,
    PROMPT_REFUSED /* an error came in its place */
};

struct prompt {
    enum prompt_state state;
    char line[16]; /* how the line under way begins */
    size_t place;  /* in it */
    char said[8];  /* how what was said last begins; it may come in pieces */
    size_t said_bytes;
};

/** Something is written to the modem. Where it is AT+CMGS a prompt is awaited,
 *  with ESC no longer. */
void prompt_say(struct prompt *prompt, const char *data, size_t bytes);

/** A byte came. @return true: it is the prompt's own. */
bool prompt_hear(struct prompt *prompt, char byte);

#endif
