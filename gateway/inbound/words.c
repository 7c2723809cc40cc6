// SPDX-License-Identifier: GPL-2.0-or-later
#include "inbound/words.h"

#include "inbound/numbers.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* --- lists of words ------------------------------------------------------- */

static bool is_between(char sign)
{
    return sign == ' ' || sign == '|';
}

/* Letter by letter: this is where the time of understanding goes. */
static bool part_has(const char *list, const char *end, const char *word)
{
    while (list < end) {
        const char *letter = word;

        while (list < end && *letter != '\0' && *list == *letter) {
            list++;
            letter++;
        }
        if (*letter == '\0' && (list == end || is_between(*list))) {
            return true;
        }
        while (list < end && !is_between(*list)) {
            list++;
        }
        list++;
    }
    return false;
}

bool words_list_has(const char *list, const char *word)
{
    return part_has(list, list + strlen(list), word);
}

static bool have_of_part(
    const struct words *words, const char *list, const char *end)
{
    if (words->asked && part_has(list, end, WORD_ASKED)) {
        return true;
    }
    for (size_t i = 0; i < words->count; i++) {
        if (part_has(list, end, words->word[i])) {
            return true;
        }
    }
    return false;
}

bool words_have(const struct words *words, const char *list)
{
    return have_of_part(words, list, list + strlen(list));
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
        size_t bytes = strcspn(at, " ");

        if (!have_of_part(words, at, at + bytes)) {
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
