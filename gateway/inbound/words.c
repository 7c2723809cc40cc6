// SPDX-License-Identifier: GPL-2.0-or-later
#include "inbound/words.h"

#include "inbound/numbers.h"
#include "registry/region.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* --- lists of words ------------------------------------------------------- */

bool words_list_has(const char *list, const char *word)
{
    size_t bytes = strlen(word);

    for (const char *at = list; *at != '\0';) {
        size_t one = strcspn(at, " |");

        if (one == bytes && memcmp(at, word, bytes) == 0) {
            return true;
        }
        at += one + (at[one] == '\0' ? 0 : 1);
    }
    return false;
}

bool words_have(const struct words *words, const char *list)
{
    if (words->asked && words_list_has(list, WORD_ASKED)) {
        return true;
    }
    for (size_t i = 0; i < words->count; i++) {
        if (words_list_has(list, words->word[i])) {
            return true;
        }
    }
    return false;
}

/* --- reading -------------------------------------------------------------- */

/* "stoppp" as "stop": no word has a letter three times in a row. */
static void squeeze(char *word)
{
    size_t used = 0;

    for (size_t i = 0; word[i] != '\0';) {
        char letter = word[i];
        size_t times = strspn(word + i, (const char[]){letter, '\0'});

        word[used++] = letter;
        if (times == 2) {
            word[used++] = letter;
        }
        i += times;
    }
    word[used] = '\0';
}

/* "kantornya" as "kantor"; "hanya" stays. */
static void cut_ending(char *word)
{
    size_t length = strlen(word);

    if (length > 5 && strcmp(word + length - 3, "nya") == 0) {
        word[length - 3] = '\0';
    }
}

static void add_word(
    const struct script *script, struct words *words, const char *letters)
{
    char word[WORD_BYTES];
    const char *whole = NULL;

    (void)snprintf(word, sizeof word, "%s", letters);
    squeeze(word);
    cut_ending(word);
    whole = script_written_out(script, word);
    if (*whole == '\0') {
        return;
    }
    if (words->count == WORDS_MOST) {
        words->more = true;
        return;
    }
    (void)snprintf(words->word[words->count++], WORD_BYTES, "%s", whole);
}

/* The word that starts at a letter, in lower case and without apostrophes;
   how many bytes it has in the text. */
static size_t read_word(const char *text, size_t bytes, char *out)
{
    size_t used = 0;
    size_t i = 0;

    for (; i < bytes && (isalpha((unsigned char)text[i]) || text[i] == '\'');
         i++) {
        if (text[i] != '\'' && used + 1 < WORD_BYTES) {
            out[used++] = (char)tolower((unsigned char)text[i]);
        }
    }
    out[used] = '\0';
    return i;
}

void words_read_span(const struct script *script, const char *text,
    size_t start, size_t end, struct words *out)
{
    char word[WORD_BYTES];

    while (start < end) {
        size_t bytes = read_word(text + start, end - start, word);

        if (bytes > 0) {
            add_word(script, out, word);
        }
        start += bytes > 0 ? bytes : 1;
    }
}

void words_read(
    const struct script *script, const char *text, struct words *out)
{
    struct number number = {0};
    size_t at = 0;

    *out = (struct words){0};
    while (number_next(text, at, &number)) {
        words_read_span(script, text, at, number.start, out);
        at = number.end;
    }
    words_read_span(script, text, at, strlen(text), out);
    out->asked = strchr(text, '?') != NULL;
}

/* --- rules ---------------------------------------------------------------- */

static bool has_all_groups(const struct words *words, const char *need)
{
    for (const char *at = need; *at != '\0';) {
        char group[400] = "";
        size_t bytes = strcspn(at, " ");

        if (bytes < sizeof group) {
            memcpy(group, at, bytes);
        }
        if (!words_have(words, group)) {
            return false;
        }
        at += bytes + strspn(at + bytes, " ");
    }
    return true;
}

static bool has_nothing_else(const struct script *script,
    const struct words *words, const struct script_rule *rule)
{
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->word[i];

        if (!words_list_has(rule->beside, word) &&
            !words_list_has(script->polite, word) &&
            (rule->need == NULL || !words_list_has(rule->need, word))) {
            return false;
        }
    }
    return !words->more;
}

/* The first that is not polite; the very first where all are; "" for none. */
static const char *first_word(
    const struct script *script, const struct words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        if (!words_list_has(script->polite, words->word[i])) {
            return words->word[i];
        }
    }
    return words->word[0];
}

static bool holds(const struct script *script, const struct words *words,
    const struct script_rule *rule)
{
    return (rule->place ? words->place : words->count > 0) &&
           (rule->first == NULL ||
               words_list_has(rule->first, first_word(script, words))) &&
           (rule->need == NULL || has_all_groups(words, rule->need)) &&
           (rule->beside == NULL || has_nothing_else(script, words, rule)) &&
           (rule->never == NULL || !words_have(words, rule->never));
}

const struct script_rule *words_rule(
    const struct script *script, const struct words *words)
{
    const struct script_rule *best = NULL;

    for (size_t i = 0; i < script->rule_count; i++) {
        const struct script_rule *rule = &script->rules[i];

        if ((best == NULL || rule->score > best->score) &&
            holds(script, words, rule)) {
            best = rule;
        }
    }
    return best;
}

/* --- places --------------------------------------------------------------- */

/* True where `span` words from `at` on, written together, are the name. */
static bool is_place(
    const struct words *words, size_t at, size_t span, const char *name)
{
    char wanted[2 * WORD_BYTES] = "";
    char said[2 * WORD_BYTES] = "";
    size_t used = 0;

    for (; *name != '\0' && used + 1 < sizeof wanted; name++) {
        if (*name != ' ') {
            wanted[used++] = (char)tolower((unsigned char)*name);
        }
    }
    for (size_t i = at; i < at + span; i++) {
        memcpy(said + strlen(said), words->word[i], strlen(words->word[i]) + 1);
    }
    return strcmp(said, wanted) == 0 ||
           (used >= 5 && said[0] == wanted[0] && mend_is_slip(said, wanted)) ||
           (used >= 4 && mend_is_without_vowels(said, wanted));
}

/* The code of the place that is named there; NULL for none. */
static const char *place_at(const struct script *script,
    const struct words *words, size_t at, size_t span)
{
    for (size_t i = 0; i < region_kecamatan_count; i++) {
        if (is_place(words, at, span, region_kecamatan[i].name)) {
            return region_kecamatan[i].code;
        }
    }
    for (size_t i = 0; i < script->place_count; i++) {
        if (is_place(words, at, span, script->places[i].name)) {
            return script->places[i].code;
        }
    }
    return NULL;
}

static void drop_words(struct words *words, size_t at, size_t span)
{
    memmove(words->word[at], words->word[at + span],
        (words->count - at - span) * sizeof words->word[0]);
    words->count -= span;
}

/* Takes the first place of `span` words out; NULL where there is none. */
static const char *take_place_of(
    const struct script *script, struct words *words, size_t span)
{
    for (size_t at = 0; at + span <= words->count; at++) {
        const char *code = place_at(script, words, at, span);

        if (code != NULL) {
            drop_words(words, at, span);
            return code;
        }
    }
    return NULL;
}

const char *words_take_place(const struct script *script, struct words *words)
{
    /* Two words first: "lembor selatan" is not Lembor. */
    const char *code = take_place_of(script, words, 2);

    if (code == NULL) {
        code = take_place_of(script, words, 1);
    }
    words->place = code != NULL;
    return code == NULL ? "" : code;
}
