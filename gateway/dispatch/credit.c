// SPDX-License-Identifier: GPL-2.0-or-later
#include "dispatch/credit.h"

#define KNOWN_LEAST_MS INT64_C(3600000)

void credit_trend_add(struct credit_trend *trend, int64_t at_ms, int64_t rupiah)
{
    if (trend->first_at_ms == 0) {
        trend->first_at_ms = at_ms;
    } else if (rupiah < trend->last) {
        trend->spent += trend->last - rupiah;
    }
    trend->last_at_ms = at_ms;
    trend->last = rupiah;
}

int64_t credit_empty_at_ms(const struct credit_trend *trend)
{
    int64_t span_ms = trend->last_at_ms - trend->first_at_ms;

    if (span_ms < KNOWN_LEAST_MS || trend->spent <= 0) {
        return 0;
    }
    /* 10^9 rupiah and ten years of ms fit in 63 bits. */
    return trend->last_at_ms + (int64_t)((double)trend->last * (double)span_ms /
                                         (double)trend->spent);
}

enum credit_bound credit_bound_of(
    bool known, int64_t rupiah, int64_t stop, int64_t floor)
{
    if (!known || rupiah >= (stop > floor ? stop : floor)) {
        return CREDIT_FREE;
    }
    return rupiah < floor ? CREDIT_GONE : CREDIT_STOP;
}

bool credit_ask_now(const struct credit_ask *ask)
{
    /* Either way: a clock that was set back must not keep it from asking. */
    return ask->now_ms >= ask->next_at_ms ||
           ask->now_ms + ask->every_ms < ask->next_at_ms ||
           (ask->after > 0 && ask->sent_since >= ask->after);
}
