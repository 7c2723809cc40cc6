// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WORKER_ROUTING_H
#define KABARI_WORKER_ROUTING_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Where the modem puts an SMS that comes in (+CNMI, 3GPP TS 27.005 §3.4.1). It
 * has to lie on the SIM or in the modem until the gateway has it on its disk;
 * one that is only said on the line (+CMT, mt = 2 and 3) is lost with the
 * worker, or with one byte of noise. libGammu takes that way where it cannot
 * read what AT+CNMI=? answers, say for want of a blank behind the colon.
 */
struct routing {
    int value[5]; /* mode, mt, bm, ds, bfr */
};

/** Reads "+CNMI: 2,1,0,2,0". @return false where it is none. */
bool routing_read(const char *line, struct routing *out);

/** True where SMS are only said on the line. */
bool routing_loses_sms(const struct routing *routing);

enum {
    ROUTING_TRIES = 3
};

/** The command that is tried as the attempt-th (from 0) to have them kept:
 *  first what suits best, then what changes least of what stands. */
void routing_command(
    const struct routing *stands, int attempt, char *out, size_t out_bytes);

#endif
