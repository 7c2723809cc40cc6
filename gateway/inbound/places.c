// SPDX-License-Identifier: GPL-2.0-or-later
#include "inbound/words.h"

#include <string.h>

/* Kecamatan in a text: their names, what people call them, and slips of both. */

/* A slip in a shorter name makes too many other words. */
#define SLIP_LETTERS 5
#define BARE_LETTERS 4

/* What was said at some place in the text, written together. */
struct said {
    char text[2 * WORD_BYTES];
    size_t length;
    uint32_t letters;
    bool is_word; /* that rules know: no slip of a name */
};

static struct said said_at(const struct script *script,
    const struct words *words, size_t at, size_t span)
{
    struct said said = {.text = ""};

    for (size_t i = at; i < at + span; i++) {
        size_t length = strlen(words->word[i]);

        memcpy(said.text + said.length, words->word[i], length + 1);
        said.length += length;
    }
    said.letters = script_letters(said.text);
    said.is_word = span == 1 && script_known(script, said.text) != NULL;
    return said;
}

static bool is_near(const struct said *said, const struct script_place *place)
{
    bool missing = (said->letters & ~place->letters) == 0;
    bool close =
        said->length <= place->length + 1 && place->length <= said->length + 1;

    if (said->is_word || said->text[0] != place->plain[0]) {
        return false;
    }
    return (close && place->length >= SLIP_LETTERS &&
               mend_is_slip(said->text, place->plain)) ||
           (missing && place->length >= BARE_LETTERS &&
               mend_is_without_vowels(said->text, place->plain));
}

/* The code of the place that is named there, rather by its name than by a slip
   of another's; NULL for none. */
static const char *place_at(const struct script *script,
    const struct words *words, size_t at, size_t span)
{
    struct said said = said_at(script, words, at, span);
    const char *near = NULL;

    for (size_t i = 0; i < script->place_count; i++) {
        const struct script_place *place = &script->places[i];

        if (strcmp(said.text, place->plain) == 0) {
            return place->code;
        }
        if (near == NULL && is_near(&said, place)) {
            near = place->code;
        }
    }
    return near;
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
