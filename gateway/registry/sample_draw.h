// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_REGISTRY_SAMPLE_DRAW_H
#define KABARI_REGISTRY_SAMPLE_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Chance, the same on every machine for the same seed. */

struct sample_random {
    uint64_t state;
};

void sample_random_seed(struct sample_random *random, uint64_t seed);

/** 0 … bound - 1; bound from 1. */
int64_t sample_below(struct sample_random *random, int64_t bound);

/** True in so many of a hundred cases. */
bool sample_percent(struct sample_random *random, int percent);

/** Divides total by weights so that the parts add up to it (largest
 *  remainder; the earlier wins a tie). */
void sample_share(
    int64_t total, const int64_t *weights, size_t count, int64_t *parts);

/** Kinds of which so many are left to be drawn. */
struct sample_pool {
    int64_t left[4];
    int64_t total;
};

/** Draws a kind and takes it out; the pool must not be empty. */
int sample_draw(struct sample_random *random, struct sample_pool *pool);

/* --- phones ------------------------------------------------------------------ */

#define SAMPLE_PHONE_BYTES 40

/** Who shares which number while the people of a desa are written one by one.
 */
struct sample_phones {
    int64_t used;  /* numbers given out */
    char head[16]; /* the village head's */
    int head_users;
    char household[16];  /* the last family's */
    int household_users; /* left of them */
};

/** A new desa: another head. */
void sample_phones_desa(
    struct sample_phones *phones, struct sample_random *random);

/**
 * A phone column's cell, spelt as clerks do, wrong ones among them; "" for
 * people without a phone.
 *
 * @param own_percent  how many of a hundred such people have one of their own.
 */
void sample_phone(struct sample_phones *phones, struct sample_random *random,
    int own_percent, char *out);

#endif
