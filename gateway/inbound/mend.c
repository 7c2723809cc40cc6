// SPDX-License-Identifier: GPL-2.0-or-later
#include "inbound/words.h"

#include <string.h>

/*
 * Slips of the thumb and short ways to write, mended where only one word of the
 * rules can be meant: a letter typed twice, an ending, a beginning, vowels left
 * out, one slip, in that order.
 */

/* In a text of so many words a command stands alone; in a longer one a word
   near a command is more likely another word. */
#define SHORT_WORDS 3

/* Shorter words have too many neighbours. */
#define COMMAND_LETTERS 4
#define KEYWORD_LETTERS 5

/* "bkn", "slsai": at least so many letters, for a word of at least so many. */
#define BARE_LETTERS 3

bool mend_is_slip(const char *a, const char *b)
{
    size_t length_a = strlen(a);
    size_t length_b = strlen(b);

    while (*a != '\0' && *a == *b) {
        a++;
        b++;
        length_a--;
        length_b--;
    }
    if (length_a == length_b) {
        bool swapped = length_a >= 2 && a[0] == b[1] && a[1] == b[0] &&
                       strcmp(a + 2, b + 2) == 0;

        return length_a == 0 || strcmp(a + 1, b + 1) == 0 || swapped;
    }
    if (length_a + 1 == length_b) {
        return strcmp(a, b + 1) == 0;
    }
    return length_b + 1 == length_a && strcmp(a + 1, b) == 0;
}

bool mend_is_without_vowels(const char *typed, const char *whole)
{
    size_t left_out = 0;

    if (strlen(typed) < BARE_LETTERS || *typed != *whole) {
        return false;
    }
    for (; *whole != '\0'; whole++) {
        if (*typed == *whole) {
            typed++;
        } else if (strchr("aeiou", *whole) != NULL) {
            left_out++;
        } else {
            return false;
        }
    }
    return *typed == '\0' && left_out > 0;
}

/* Which words of at least so many letters a word may be near to. */
struct nearness {
    bool (*is_near)(const char *typed, const char *known);
    bool (*may_be_near)(const struct script_word *typed,
        const struct script_word *known); /* quick: most are not */
    size_t least;
};

static int count_bits(uint32_t bits)
{
    int count = 0;

    for (; bits != 0; bits &= bits - 1) {
        count++;
    }
    return count;
}

/* One slip changes the length by one at most, and two letters. */
static bool may_be_slip(
    const struct script_word *typed, const struct script_word *known)
{
    return typed->length <= known->length + 1 &&
           known->length <= typed->length + 1 &&
           count_bits(typed->letters ^ known->letters) <= 2;
}

static bool may_lack_vowels(
    const struct script_word *typed, const struct script_word *known)
{
    return typed->length < known->length && typed->text[0] == known->text[0] &&
           (typed->letters & ~known->letters) == 0;
}

/* The only word that is meant by what is near; NULL for none or several. */
static const char *only_word_near(const struct script *script, const char *word,
    const struct nearness *nearness)
{
    struct script_word typed = {
        .length = strlen(word), .letters = script_letters(word)};
    const char *near = NULL;

    memcpy(typed.text, word, typed.length + 1);
    for (size_t i = 0; i < script->known_count; i++) {
        const struct script_word *known = &script->known[i];

        if (known->length < nearness->least ||
            !nearness->may_be_near(&typed, known) ||
            !nearness->is_near(word, known->text)) {
            continue;
        }
        if (near != NULL && strcmp(near, known->meant) != 0) {
            return NULL;
        }
        near = known->meant;
    }
    return near;
}

/* "okee" is "oke", "sttop" is "stop". */
static const char *without_doubles(
    const struct script *script, const char *word)
{
    char single[WORD_BYTES];
    size_t used = 0;

    for (size_t i = 0; word[i] != '\0'; i++) {
        if (used == 0 || single[used - 1] != word[i]) {
            single[used++] = word[i];
        }
    }
    single[used] = '\0';
    return script_known(script, single);
}

/* "jadikah" is "jadi", "bukalah" is "buka", "namaku" is "nama". */
static const char *without_ending(const struct script *script, const char *word)
{
    static const char *const endings[] = {
        "nya", "kah", "lah", "ku", "mu", "an", "kan", "i"};
    char stem[WORD_BYTES];
    size_t length = strlen(word);

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t ending = strlen(endings[i]);
        const char *known = NULL;

        if (length < ending + 4 ||
            strcmp(word + length - ending, endings[i]) != 0) {
            continue;
        }
        memcpy(stem, word, length - ending);
        stem[length - ending] = '\0';
        known = script_known(script, stem);
        if (known != NULL) {
            return known;
        }
    }
    return NULL;
}

/* "distop" is "stop", "menghentikan" is "hentikan", "terganggu" is "ganggu". */
static const char *without_beginning(
    const struct script *script, const char *word)
{
    static const char *const beginnings[] = {
        "di", "ter", "meng", "mem", "men", "me", "nge", "ng", "ber"};
    size_t length = strlen(word);

    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        size_t beginning = strlen(beginnings[i]);
        const char *known = NULL;

        if (length < beginning + COMMAND_LETTERS ||
            strncmp(word, beginnings[i], beginning) != 0) {
            continue;
        }
        known = script_known(script, word + beginning);
        if (known != NULL) {
            return known;
        }
    }
    return NULL;
}

static const char *near_command(const struct script *script, const char *word)
{
    const struct nearness slip = {mend_is_slip, may_be_slip, COMMAND_LETTERS};
    const char *near = only_word_near(script, word, &slip);

    return near != NULL && words_list_has(script->commands, near) ? near : NULL;
}

static const char *meant_by(
    const struct script *script, bool is_short, const char *word)
{
    const struct nearness bare = {
        mend_is_without_vowels, may_lack_vowels, COMMAND_LETTERS};
    const struct nearness slip = {mend_is_slip, may_be_slip, KEYWORD_LETTERS};
    size_t length = strlen(word);
    const char *meant = without_doubles(script, word);

    if (meant == NULL) {
        meant = without_ending(script, word);
    }
    if (meant == NULL) {
        meant = without_beginning(script, word);
    }
    if (meant == NULL) {
        meant = only_word_near(script, word, &bare);
    }
    if (meant == NULL && length >= COMMAND_LETTERS) {
        meant = only_word_near(script, word, &slip);
    }
    if (meant == NULL && is_short && length >= COMMAND_LETTERS) {
        meant = near_command(script, word);
    }
    return meant;
}

static void mend_word(const struct script *script, bool is_short, char *word)
{
    const char *meant = NULL;

    if (strlen(word) < BARE_LETTERS || script_known(script, word) != NULL) {
        return;
    }
    meant = meant_by(script, is_short, word);
    if (meant != NULL) {
        memmove(word, meant, strlen(meant) + 1);
    }
}

void words_mend(const struct script *script, struct words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        mend_word(script, words->count <= SHORT_WORDS, words->word[i]);
    }
}
