// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_DISPATCH_CREDIT_H
#define KABARI_DISPATCH_CREDIT_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* A SIM's credit over time, and when it will be used up. Pure. */

/** Fed with what the operator said, oldest first. */
struct credit_trend {
    int64_t first_at_ms; /* 0: nothing yet */
    int64_t last_at_ms;
    int64_t last;
    int64_t spent; /* rupiah; a top-up is not negative spending */
};

void credit_trend_add(
    struct credit_trend *trend, int64_t at_ms, int64_t rupiah);

/** When it will be empty if it goes on like that; 0: not to be said (less than
 *  an hour known, or nothing spent). */
int64_t credit_empty_at_ms(const struct credit_trend *trend);

enum credit_bound {
    CREDIT_FREE,
    CREDIT_STOP, /* reminders stop */
    CREDIT_GONE  /* answers too */
};
enum credit_bound credit_bound_of(
    bool known, int64_t rupiah, int64_t stop, int64_t floor);

/** Whether the credit is to be asked for now. */
struct credit_ask {
    int64_t now_ms;
    int64_t next_at_ms; /* by the hour */
    int64_t every_ms;
    int64_t sent_since;
    int after; /* messages; 0: by the hour only */
};

bool credit_ask_now(const struct credit_ask *ask);

#endif
