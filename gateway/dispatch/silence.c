// SPDX-License-Identifier: GPL-2.0-or-later
#include "dispatch/silence.h"

#define DELAY_LEAST_MS INT64_C(600000)
#define USUAL_LEAST    50 /* percent */

void silence_sent(struct silence *silence, int64_t id, int64_t at_ms)
{
    silence->part[silence->next].id = id;
    silence->part[silence->next].sent_at_ms = at_ms;
    silence->part[silence->next].reported_at_ms = 0;
    silence->next = (silence->next + 1) % SILENCE_KEPT;
    if (silence->count < SILENCE_KEPT) {
        silence->count++;
    }
}

int64_t silence_reported(struct silence *silence, int64_t id, int64_t at_ms)
{
    for (unsigned i = 0; i < silence->count; i++) {
        if (silence->part[i].id == id && silence->part[i].reported_at_ms == 0) {
            silence->part[i].reported_at_ms = at_ms;
            return at_ms - silence->part[i].sent_at_ms;
        }
    }
    return -1;
}

int silence_share(
    const struct silence *silence, int64_t now_ms, int64_t usual_delay_ms)
{
    int64_t old_ms = 3 * usual_delay_ms;
    int judged = 0;
    int reported = 0;

    old_ms = old_ms < DELAY_LEAST_MS ? DELAY_LEAST_MS : old_ms;
    for (unsigned i = 1; i <= silence->count && judged < SILENCE_JUDGED; i++) {
        unsigned at = (silence->next + SILENCE_KEPT - i) % SILENCE_KEPT;

        if (now_ms - silence->part[at].sent_at_ms >= old_ms) {
            judged++;
            reported += silence->part[at].reported_at_ms != 0 ? 1 : 0;
        }
    }
    return judged < SILENCE_JUDGED ? -1 : reported * 100 / SILENCE_JUDGED;
}

enum silence_verdict silence_judge(const struct silence_case *it)
{
    if (it->share != 0 || it->usual_percent < USUAL_LEAST || it->storage_full) {
        return SILENCE_NONE;
    }
    return it->others_get ? SILENCE_BLOCKED : SILENCE_ALONE;
}

int64_t silence_follow(int64_t old, int64_t now)
{
    return old < 0 ? now : (7 * old + now) / 8;
}
