// SPDX-License-Identifier: GPL-2.0-or-later
#include "dispatch/silence.h"

#define DELAY_LEAST_MS INT64_C(600000)
#define USUAL_LEAST    50 /* percent */

void silence_sent(struct silence *silence, int64_t id, int64_t at_ms)
{
    silence->part[silence->next].id = id;
    silence->part[silence->next].sent_at_ms = at_ms;
    silence->part[silence->next].reported_at_ms = 0;
    silence->total++;
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

struct judged {
    int count;
    int reported;
    int64_t since_ms;
    int64_t total; /* parts ever that are old enough */
};

/* The last parts that are old enough. */
static struct judged judge(
    const struct silence *silence, int64_t now_ms, int64_t usual_delay_ms)
{
    int64_t old_ms = 3 * usual_delay_ms;
    struct judged judged = {.since_ms = -1};

    old_ms = old_ms < DELAY_LEAST_MS ? DELAY_LEAST_MS : old_ms;
    for (unsigned i = 1; i <= silence->count && judged.count < SILENCE_JUDGED;
         i++) {
        unsigned at = (silence->next + SILENCE_KEPT - i) % SILENCE_KEPT;

        if (now_ms - silence->part[at].sent_at_ms >= old_ms) {
            judged.total =
                judged.count == 0 ? silence->total - i + 1 : judged.total;
            judged.count++;
            judged.reported += silence->part[at].reported_at_ms != 0 ? 1 : 0;
            judged.since_ms = silence->part[at].sent_at_ms;
        }
    }
    return judged;
}

int silence_share(
    const struct silence *silence, int64_t now_ms, int64_t usual_delay_ms)
{
    struct judged judged = judge(silence, now_ms, usual_delay_ms);

    return judged.count < SILENCE_JUDGED
               ? -1
               : judged.reported * 100 / SILENCE_JUDGED;
}

int64_t silence_since_ms(
    const struct silence *silence, int64_t now_ms, int64_t usual_delay_ms)
{
    struct judged judged = judge(silence, now_ms, usual_delay_ms);

    return judged.count < SILENCE_JUDGED ? -1 : judged.since_ms;
}

bool silence_gets(const struct silence *silence, int64_t since_ms)
{
    for (unsigned i = 0; i < silence->count; i++) {
        if (silence->part[i].sent_at_ms >= since_ms &&
            silence->part[i].reported_at_ms != 0) {
            return true;
        }
    }
    return false;
}

int silence_learn(struct silence *silence, int usual_percent, int64_t now_ms,
    int64_t usual_delay_ms)
{
    struct judged judged = judge(silence, now_ms, usual_delay_ms);

    if (judged.count < SILENCE_JUDGED || judged.reported == 0 ||
        judged.total - silence->learned < SILENCE_JUDGED) {
        return usual_percent;
    }
    silence->learned = judged.total;
    return (int)silence_follow(
        usual_percent, judged.reported * 100 / SILENCE_JUDGED);
}

enum silence_verdict silence_judge(const struct silence_case *it)
{
    if (it->share != 0 || it->usual_percent < USUAL_LEAST) {
        return SILENCE_NONE;
    }
    return it->others_get ? SILENCE_BLOCKED : SILENCE_ALONE;
}

int64_t silence_follow(int64_t old, int64_t now)
{
    return old < 0 ? now : (7 * old + now) / 8;
}
