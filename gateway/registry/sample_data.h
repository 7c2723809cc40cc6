// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_REGISTRY_SAMPLE_DATA_H
#define KABARI_REGISTRY_SAMPLE_DATA_H

/* What the synthetic registry is drawn from. */

#define SAMPLE_KECAMATAN 10
#define SAMPLE_AGES      13
#define SAMPLE_NEAR      3

/** The three groups that the published figures count. */
enum sample_group {
    SAMPLE_UNRECORDED,
    SAMPLE_NOT_PRINTED, /* recorded, no card yet */
    SAMPLE_PRINTED,
    SAMPLE_GROUPS
};

struct sample_kecamatan {
    const char *code;
    const char *office;      /* its code: staff write it in SMS */
    const char *office_name; /* at most 20 characters, for the templates */
    const char *lat;
    const char *lon;
    int capacity;          /* recordings a day */
    int near[SAMPLE_NEAR]; /* nearest first, as indices */
    int islam_percent;
    int phone_percent; /* of the mean share of people with a phone */
    int counts[SAMPLE_GROUPS];
    const char *const *desa; /* NULL behind the last */
};

extern const struct sample_kecamatan sample_kecamatan[SAMPLE_KECAMATAN];

/** Given names by religion (0 Catholic, 1 Muslim) and sex (0 men, 1 women),
 *  family names; NULL behind the last. */
extern const char *const *const sample_given[2][2];
extern const char *const *const sample_last;

struct sample_age {
    int from;
    int to;     /* years, inclusive */
    int weight; /* of 10,000 people over 17 */
    int female_permille;
    int odds_tenths; /* of not being recorded, against the mean */
    int own_phone_percent;
};

extern const struct sample_age sample_ages[SAMPLE_AGES];

#endif
