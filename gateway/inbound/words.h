// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_INBOUND_WORDS_H
#define KABARI_INBOUND_WORDS_H

#include "inbound/inbound.h"

#include <stdbool.h>
#include <stddef.h>

/* A text's words, and the rules that understand them (vocabulary.c: data). */

#define WORDS_MOST 48
#define WORD_BYTES 20

/** A rule with that score is a command, not a question. */
#define WORD_COMMAND 80

/** A text's words in lower case, short forms written out. */
struct words {
    size_t count;
    bool more; /* there were more than WORDS_MOST */
    char word[WORDS_MOST][WORD_BYTES];
};

/** Cuts a text into words; numbers, signs and "(spasi)" are left out. */
void words_read(const char *text, struct words *out);

/** True where one of the words stands in a list ("a|b|c" or "a b c"). */
bool words_have(const struct words *words, const char *list);

/**
 * One rule of understanding. It holds where all that it names holds:
 *   first   the first word is one of these
 *   need    of every group (space between) one alternative (|) occurs
 *   beside  every other word is one of these or merely polite
 *   never   none of these occurs
 */
struct word_rule {
    enum intent intent;
    int score; /* the highest that holds wins, then the first in the table */
    const char *first;
    const char *need;
    const char *beside; /* NULL: anything */
    const char *never;
    const char *why; /* what it takes the text for, for `inbox test` */
};

/** Ways to write a word, a space between them. */
struct word_form {
    const char *word;
    const char *forms;
};

extern const struct word_form word_forms[];
extern const size_t word_form_count;
extern const char word_commands[];
extern const char word_not_commands[];
extern const char word_polite[];
extern const struct word_rule word_rules[];
extern const size_t word_rule_count;

/** The rule that holds best; NULL for none. */
const struct word_rule *words_rule(const struct words *words);

/** Takes a kecamatan's name (or a slip of it) out of the words and gives its
 *  code ("53.15.03"); "" where none is named. */
const char *words_take_place(struct words *words);

#endif
