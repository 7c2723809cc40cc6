// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_TESTS_SUPPORT_PEOPLE_H
#define KABARI_TESTS_SUPPORT_PEOPLE_H

#include "tests/support/bed.h"

/*
 * Made-up residents for flow tests: one office, NIK serials 9000-9999, phones
 * +62812 0000 xxxx. Number i has person_nik(i) and, by the plan, a phone of
 * their own, one that four others share, or none.
 */

enum people_phone {
    PEOPLE_OWN,
    PEOPLE_SHARED,
    PEOPLE_NONE
};

/** Of every twenty, fourteen have their own phone, five share one, one has
 *  none. */
enum people_phone person_phone_kind(int i);

/** 16 digits; out has 17 bytes. i from 0 to 9999. */
void person_nik(int i, char *out);

/** "+62812…", "" where they have none; out has 24 bytes. */
void person_phone(int i, char *out);

/** How many different phones the first `count` people have. */
int people_phones(int count);

/** Imports the office LEMBOR and `count` unrecorded people. */
void people_import(struct bed *bed, int count);

/** Creates a campaign for all of them whose deadline is so many days ahead, and
 *  starts it. With the default steps and 20 days the first step is due. */
void people_campaign(struct bed *bed, const char *name, int days_ahead);

#endif
