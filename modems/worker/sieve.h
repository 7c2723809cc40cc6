// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WORKER_SIEVE_H
#define KABARI_WORKER_SIEVE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Takes lines that a make of modem says unasked ("^BOOT:…", "+ZDONR:…") out of
 * what is read, before libGammu sees them: one in front of an answer's echo or
 * of the prompt makes it wait for ever. Works on pieces of any size. Pure.
 */

#define SIEVE_PREFIX_MOST 32

struct sieve {
    const char *prefixes; /* joined with spaces; borrowed; NULL or "": none */
    char held[SIEVE_PREFIX_MOST]; /* the start of a line that may be one */
    size_t held_bytes;
    bool in_line;  /* a line that stays is under way */
    bool dropping; /* one that goes is */
};

/**
 * Sieves one byte.
 *
 * @param out  room for SIEVE_PREFIX_MOST bytes.
 * @return     how many bytes stay: 0 while it is not known yet.
 */
size_t sieve_take(struct sieve *sieve, char byte, char *out);

#endif
