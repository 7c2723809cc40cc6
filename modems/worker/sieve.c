// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/worker/sieve.h"

#include <string.h>

enum fit {
    FITS_NONE,
    FITS_SO_FAR,
    FITS_WHOLE
};

static enum fit fit_of(const struct sieve *sieve)
{
    const char *at = sieve->prefixes;
    enum fit best = FITS_NONE;

    while (at != NULL && *at != '\0') {
        size_t bytes = strcspn(at, " ");
        size_t common = bytes < sieve->held_bytes ? bytes : sieve->held_bytes;

        if (bytes > 0 && memcmp(at, sieve->held, common) == 0) {
            if (sieve->held_bytes >= bytes) {
                return FITS_WHOLE;
            }
            best = FITS_SO_FAR;
        }
        at += bytes;
        at += strspn(at, " ");
    }
    return best;
}

static size_t release(struct sieve *sieve, char *out)
{
    size_t bytes = sieve->held_bytes;

    memcpy(out, sieve->held, bytes);
    sieve->held_bytes = 0;
    return bytes;
}

size_t sieve_take(struct sieve *sieve, char byte, char *out)
{
    bool ends = byte == '\r' || byte == '\n';

    if (sieve->dropping) {
        sieve->dropping = !ends;
        out[0] = byte;
        return ends ? 1 : 0; /* its line end stays: an empty line harms none */
    }
    if (sieve->in_line || (ends && sieve->held_bytes == 0)) {
        sieve->in_line = !ends;
        out[0] = byte;
        return 1;
    }
    sieve->held[sieve->held_bytes++] = byte;
    if (!ends && sieve->held_bytes < SIEVE_PREFIX_MOST) {
        switch (fit_of(sieve)) {
        case FITS_WHOLE:
            sieve->held_bytes = 0;
            sieve->dropping = true;
            return 0;
        case FITS_SO_FAR:
            return 0;
        case FITS_NONE:
            break;
        }
    }
    sieve->in_line = !ends;
    return release(sieve, out);
}
