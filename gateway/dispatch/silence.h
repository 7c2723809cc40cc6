// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_DISPATCH_SILENCE_H
#define KABARI_DISPATCH_SILENCE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A SIM that the operator has blocked in silence: it says OK to everything, and
 * nothing arrives. Only delivery reports tell. Pure.
 */

#define SILENCE_KEPT   64
#define SILENCE_JUDGED 20

/** The last parts that a SIM sent with a report asked for. */
struct silence {
    struct {
        int64_t id;
        int64_t sent_at_ms;
        int64_t reported_at_ms; /* 0: not yet */
    } part[SILENCE_KEPT];

    unsigned next;
    unsigned count;
    int64_t total;   /* parts ever */
    int64_t learned; /* … up to which silence_learn() has looked */
};

void silence_sent(struct silence *silence, int64_t id, int64_t at_ms);
/** A report for one of the message's parts.
 *  @return how long it took; -1 where nothing is known of it. */
int64_t silence_reported(struct silence *silence, int64_t id, int64_t at_ms);

/** Percent of reports among the last 20 that are older than three times the
 *  usual delay, at least ten minutes; -1: there are not 20. */
int silence_share(
    const struct silence *silence, int64_t now_ms, int64_t usual_delay_ms);

/** When the oldest of those was sent; -1: there are not 20. */
int64_t silence_since_ms(
    const struct silence *silence, int64_t now_ms, int64_t usual_delay_ms);

/** True where a part that was sent since then was reported: this SIM gets its
 *  reports while another one waits. */
bool silence_gets(const struct silence *silence, int64_t since_ms);

/** What share of reports is usual: looked at once for each 20 parts, since one
 *  that followed each part would follow a SIM into its silence.
 *
 * @param usual_percent  as it was; -1: not known.
 * @return as it is from now on.
 */
int silence_learn(struct silence *silence, int usual_percent, int64_t now_ms,
    int64_t usual_delay_ms);

enum silence_verdict {
    SILENCE_NONE,
    SILENCE_ALONE,  /* no other SIM shows that reports come at all: told only */
    SILENCE_BLOCKED /* quarantine */
};

struct silence_case {
    int share;         /* silence_share() */
    int usual_percent; /* of reports, as it used to be; -1: not known */
    bool others_get;   /* other SIMs still get theirs */
};
enum silence_verdict silence_judge(const struct silence_case *it);

/** A usual value that follows the new ones slowly; old < 0: the new one. */
int64_t silence_follow(int64_t old, int64_t now);

#endif
