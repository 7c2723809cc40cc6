// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_REGISTRY_REGION_H
#define KABARI_REGISTRY_REGION_H

#include <stddef.h>

/** A kecamatan of Kabupaten Manggarai Barat as it was in 2016 (codes of
 *  Permendagri 56/2015). */
struct region_kecamatan {
    const char *code;
    const char *name;
};

/** Names for the codes in lists that come before any office does. */
extern const struct region_kecamatan region_kecamatan[];
extern const size_t region_kecamatan_count;

#endif
