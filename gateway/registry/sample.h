// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_REGISTRY_SAMPLE_H
#define KABARI_REGISTRY_SAMPLE_H

#include "base/err.h"

#include <stdint.h>

#define SAMPLE_RESIDENTS      164199 /* who must have a card, 2016-09-01 */
#define SAMPLE_RESIDENTS_MOST 1000000
#define SAMPLE_SEED           53152016

/**
 * Writes a synthetic registry into a folder (made where it is missing):
 * residents.csv and offices.csv, the same bytes for the same numbers.
 *
 * Nobody in it exists: serials of the NIKs are 9000-9999, phones are 08xx-00…
 * The counts per kecamatan and state are those of Manggarai Barat on
 * 2016-09-01 (at 164,199 exactly: 136,488 recorded, 121,860 printed), for other
 * totals in proportion (largest remainder).
 *
 * @param residents  1..SAMPLE_RESIDENTS_MOST.
 * @return KB_OK; KB_INVALID for the number; KB_IO (why names the file).
 */
KB_MUST_USE enum kb_err registry_sample_write(
    const char *folder, int64_t residents, uint64_t seed, struct why *why);

#endif
