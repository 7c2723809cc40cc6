// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/worker/sieve.h"

#include <string.h>

enum fit {
    FITS_NONE,
    FITS_SO_FAR,
    FITS_WHOLE
};

static enum fit fit_one(
    const struct sieve *sieve, const char *prefix, size_t bytes)
{
    size_t common = bytes < sieve->held_bytes ? bytes : sieve->held_bytes;

    if (bytes == 0 || memcmp(prefix, sieve->held, common) != 0) {
        return FITS_NONE;
    }
    return sieve->held_bytes >= bytes ? FITS_WHOLE : FITS_SO_FAR;
}

static enum fit fit_of(const struct sieve *sieve)
{
    const char *at = sieve->prefixes == NULL ? "" : sieve->prefixes;
    enum fit best = FITS_NONE;

    while (*at != '\0' && best != FITS_WHOLE) {
        size_t bytes = strcspn(at, " ");
        enum fit fit = fit_one(sieve, at, bytes);

        best = fit > best ? fit : best;
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
