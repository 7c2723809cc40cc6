// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_TESTS_SUPPORT_LETTERS_H
#define KABARI_TESTS_SUPPORT_LETTERS_H

#include "tests/support/bed.h"

/*
 * What residents text and hear, for flow tests: SMS come in at the simulator,
 * answers are counted in its ledger.
 */

/** An SMS comes in; the same words in the same second are the same SMS. */
void letter_comes(
    struct bed *bed, const char *modem, const char *from, const char *text);

/** How often the network took an SMS for that phone with that in it; NULL:
 *  any. */
int letter_heard(struct bed *bed, const char *phone, const char *part);

/** Whether the only message to that phone is one of which nobody can know
 *  whether it went out. */
bool letter_answer_is_unknown(struct bed *bed, const char *phone);

/** How many entries the inbox has. */
int64_t letter_entries(struct bed *bed);

/** How many of them have a note with that in it. */
int letter_notes(struct bed *bed, const char *part);

#endif
