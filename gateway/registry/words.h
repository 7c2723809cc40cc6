// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_REGISTRY_WORDS_H
#define KABARI_REGISTRY_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* The words of lists and EXPR, Indonesian and English, without regard to case,
 * with spaces or dashes for underscores. */

/** "belum_rekam" → "unrecorded"; NULL where it is no state. */
const char *word_state(const char *text);

/** "meninggal" → "deceased"; "" for aktif/active/none; NULL where it is no
 *  flag. */
const char *word_flag(const char *text);

/** "L", "laki-laki", "m" → "m"; "P", "perempuan", "f" → "f"; else NULL. */
const char *word_sex(const char *text);

/** True for a language code: two to seven lower-case letters or dashes. */
bool word_is_lang(const char *text);

/** "unrecorded, processing, …" for error sentences. */
extern const char word_states[];
extern const char word_flags[];

#endif
