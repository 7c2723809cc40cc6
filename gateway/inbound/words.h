// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_INBOUND_WORDS_H
#define KABARI_INBOUND_WORDS_H

#include "inbound/inbound.h"
#include "inbound/script_internal.h"

#include <stdbool.h>
#include <stddef.h>

/* A text's words, and the rule of a script that understands them. */

#define WORDS_MOST 48
#define WORD_BYTES 20

/** What a "?" is for rules: Indonesian for "ask". */
#define WORD_ASKED "tanya"

/** A text's words in lower case, short forms written out. */
struct words {
    size_t count;
    bool more;  /* there were more than WORDS_MOST */
    bool asked; /* a "?" stands in the text */
    bool place; /* a kecamatan is named: see words_take_place() */
    char word[WORDS_MOST][WORD_BYTES];
};

/** Cuts a text into words; numbers, signs and "(spasi)" are left out. */
void words_read(
    const struct script *script, const char *text, struct words *out);

/** Cuts what stands between two places of a text into words, as they are. */
void words_read_span(const struct script *script, const char *text,
    size_t start, size_t end, struct words *out);

/** Mends the slips in them, where only one word can be meant: mend.c. */
void words_mend(const struct script *script, struct words *words);

/** True where one letter added, dropped or changed, or two swapped, makes the
 *  words alike (Damerau). */
bool mend_is_slip(const char *a, const char *b);

/** True where only vowels are left out of what was typed: "jdwl" for
 *  "jadwal". */
bool mend_is_without_vowels(const char *typed, const char *whole);

/** True where a word stands in a list ("a|b|c" or "a b c"). */
bool words_list_has(const char *list, const char *word);

/** True where one of the words stands in a list ("a|b|c" or "a b c"). */
bool words_have(const struct words *words, const char *list);

/** The rule that holds best; NULL for none. */
const struct script_rule *words_rule(
    const struct script *script, const struct words *words);

/** Takes a kecamatan's name (or a slip of it) out of the words and gives its
 *  code ("53.15.03"); "" where none is named. */
const char *words_take_place(const struct script *script, struct words *words);

#endif
