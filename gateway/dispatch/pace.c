// SPDX-License-Identifier: GPL-2.0-or-later
#include "dispatch/pace.h"

#define SLOW_FIRST_MS 1000
#define SLOW_MOST_MS  INT64_C(300000)
#define PUSH_WEIGHT   2
#define PUSHES_THICK  (3 * PUSH_WEIGHT)
#define GOOD_IN_A_ROW 10
#define FORGOTTEN_MS  250 /* below: as fast as before */

void pace_pushed_back(struct pace *pace)
{
    int64_t slow = pace->slow_ms == 0 ? SLOW_FIRST_MS : 2 * pace->slow_ms;

    pace->pushed += PUSH_WEIGHT;
    if (pace->pushed < PUSHES_THICK) {
        return;
    }
    pace->pushed = PUSHES_THICK;
    pace->slow_ms = slow < SLOW_MOST_MS ? slow : SLOW_MOST_MS;
    pace->good = 0;
}

void pace_taken(struct pace *pace)
{
    pace->pushed -= pace->pushed > 0 ? 1 : 0;
    if (pace->slow_ms == 0 || ++pace->good < GOOD_IN_A_ROW) {
        return;
    }
    pace->good = 0;
    pace->slow_ms -= pace->slow_ms / 4;
    if (pace->slow_ms < FORGOTTEN_MS) {
        pace->slow_ms = 0;
    }
}

int64_t pace_gap_ms(const struct pace *pace, int min_gap_ms, int jitter_percent,
    unsigned random)
{
    int64_t most = (int64_t)min_gap_ms * jitter_percent / 100;

    return min_gap_ms + most * (int64_t)(random % 1000) / 999 + pace->slow_ms;
}

static bool reached(int limit, int reserve, int sent)
{
    return limit > 0 && sent >= limit - (reserve < limit ? reserve : limit);
}

enum pace_bound pace_bound_of(const struct pace_limits *limits)
{
    if (reached(limits->daily, limits->reserve, limits->sent_day)) {
        return PACE_DAY;
    }
    return reached(limits->hourly, limits->reserve, limits->sent_hour)
               ? PACE_HOUR
               : PACE_FREE;
}
