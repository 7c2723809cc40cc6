// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_TESTS_SUPPORT_CHAOS_INTERNAL_H
#define KABARI_TESTS_SUPPORT_CHAOS_INTERNAL_H

#include "tests/support/chaos.h"

enum {
    CHAOS_MESSAGES_MAX = 60000,
    CHAOS_INBOUND_MAX = 4000,
    CHAOS_SPANS_MAX = 4000
};

/** What became of the request to send a message. */
enum chaos_post {
    CHAOS_POST_TAKEN,
    CHAOS_POST_REFUSED, /* 503: it must never leave */
    CHAOS_POST_UNSURE   /* the gateway was killed before it answered */
};

/** A while in which something was done to a modem; 0: to all of them. */
struct chaos_span {
    int modem;
    const char *what;
    bool unknowns;    /* as many as may be; else one per modem */
    bool no_unknowns; /* and none at all */
    int64_t from_us;  /* CLOCK_MONOTONIC, as the ledger's */
    int64_t to_us;
    int64_t from_ms; /* Unix */
    int64_t to_ms;
};

struct chaos {
    const struct chaos_options *options;
    struct bed *bed;
    uint64_t random;
    enum chaos_post post[CHAOS_MESSAGES_MAX];
    int64_t id[CHAOS_MESSAGES_MAX];
    int messages;
    int inbound;
    struct chaos_span span[CHAOS_SPANS_MAX];
    int spans;
    int64_t stormy_us; /* when the first fault may strike */
    int64_t calm_us;   /* when the last one was healed */
};

void chaos_phone(int i, char *out);
void chaos_inbound_phone(int i, char *out);

/** Messages of more than one part, for a part of them. */
bool chaos_is_long(int i);

/** Judges when the gateway has been stopped in order. */
void chaos_judge(struct chaos *chaos);

#endif
