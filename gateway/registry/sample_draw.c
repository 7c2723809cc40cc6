// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry/sample_draw.h"

#include <stdio.h>
#include <string.h>

#define HEAD_USERS_MOST 60
#define SHARES_MOST     64

void sample_random_seed(struct sample_random *random, uint64_t seed)
{
    random->state = seed;
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t next(struct sample_random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15U;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

int64_t sample_below(struct sample_random *random, int64_t bound)
{
    return (int64_t)(next(random) % (uint64_t)bound);
}

bool sample_percent(struct sample_random *random, int percent)
{
    return sample_below(random, 100) < percent;
}

void sample_share(
    int64_t total, const int64_t *weights, size_t count, int64_t *parts)
{
    int64_t remainders[SHARES_MOST];
    int64_t sum = 0;
    int64_t left = total;

    for (size_t i = 0; i < count; i++) {
        sum += weights[i];
    }
    for (size_t i = 0; i < count; i++) {
        parts[i] = total * weights[i] / sum;
        remainders[i] = total * weights[i] % sum;
        left -= parts[i];
    }
    for (; left > 0; left--) {
        size_t best = 0;

        for (size_t i = 1; i < count; i++) {
            best = remainders[i] > remainders[best] ? i : best;
        }
        parts[best]++;
        remainders[best] = -1;
    }
}

int sample_draw(struct sample_random *random, struct sample_pool *pool)
{
    int64_t drawn = sample_below(random, pool->total);
    int kind = 0;

    while (drawn >= pool->left[kind]) {
        drawn -= pool->left[kind];
        kind++;
    }
    pool->left[kind]--;
    pool->total--;
    return kind;
}

/* --- phones ------------------------------------------------------------------ */

/* Prefixes by operator as they are spread in NTT, of a thousand. */
static const struct {
    int permille;
    const char *prefixes[4];
} operators[] = {
    {960, {"812", "813", "821", "852"}},
    {20,  {"817", "818", "831", "878"}},
    {10,  {"815", "856", "857", "858"}},
    {7,   {"896", "897", "898", "899"}},
    {3,   {"881", "882", "887", "888"}},
};

/* A number that nobody has yet: prefix, 00, six digits that run through all
   values in an order that looks like chance (the factor is odd and no multiple
   of 5). */
static void new_number(
    struct sample_phones *phones, struct sample_random *random, char *out)
{
    int64_t drawn = sample_below(random, 1000);
    size_t i = 0;

    while (drawn >= operators[i].permille) {
        drawn -= operators[i].permille;
        i++;
    }
    (void)snprintf(out, 16, "%s00%06lld",
        operators[i].prefixes[sample_below(random, 4)],
        (long long)(phones->used * 387421 % 1000000));
    phones->used++;
}

void sample_phones_desa(
    struct sample_phones *phones, struct sample_random *random)
{
    new_number(phones, random, phones->head);
    phones->head_users = 0;
    phones->household_users = 0;
}

/* What a clerk writes for the number 8xx00yyyyyy, of a thousand: 35 cannot be
   read, 4 landlines, 12 two numbers, 60 without the zero that a spreadsheet
   lost, the rest in one of the usual ways. */
static void spell(struct sample_random *random, const char *number, char *out)
{
    static const char *const wrong[] = {"8.12E+10", "0812xxxx", "tidak ada",
        "08120", "4444", "08120000000000000"};
    int64_t drawn = sample_below(random, 1000);
    const size_t bytes = SAMPLE_PHONE_BYTES;

    if (drawn < 35) {
        (void)snprintf(out, bytes, "%s", wrong[sample_below(random, 6)]);
    } else if (drawn < 39) {
        (void)snprintf(
            out, bytes, "0385-41%03d", (int)sample_below(random, 1000));
    } else if (drawn < 51) {
        (void)snprintf(out, bytes, "0%.11s / 0%.11s", number, number);
    } else if (drawn < 111) {
        (void)snprintf(out, bytes, "%.11s", number);
    } else if (drawn < 160) {
        (void)snprintf(out, bytes, "+62%.11s", number);
    } else if (drawn < 210) {
        (void)snprintf(
            out, bytes, "0%.3s-%.4s-%.4s", number, number + 3, number + 7);
    } else {
        (void)snprintf(out, bytes, "0%.11s", number);
    }
}

void sample_phone(struct sample_phones *phones, struct sample_random *random,
    int own_percent, char *out)
{
    const char *number = phones->household;
    int64_t drawn = sample_below(random, 1000);
    int64_t own = (int64_t)own_percent * 10;
    char fresh[16];

    out[0] = '\0';
    if (phones->household_users > 0) {
        phones->household_users--;
    } else if (drawn < own) {
        new_number(phones, random, fresh);
        number = fresh;
    } else if (drawn < own + 60) {
        /* The first of two to four of a family: the next ones have it too. */
        new_number(phones, random, phones->household);
        phones->household_users = 1 + (int)sample_below(random, 3);
    } else if (drawn < own + 75 && phones->head_users < HEAD_USERS_MOST) {
        phones->head_users++;
        number = phones->head;
    } else {
        return;
    }
    spell(random, number, out);
}
