// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_INBOUND_NUMBERS_H
#define KABARI_INBOUND_NUMBERS_H

#include "base/buf.h"
#include "registry/nik.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Numbers as residents type them: in groups with dots, dashes or spaces
 * between, O for 0 and l for 1 inside, in Arabic or full-width digits.
 */

/** From that many digits on a number may be somebody's NIK or family card, one
 *  or two digits lost; a phone number with its country code has 13. */
#define NUMBER_PERSONAL 14

/** A NIK and a family card's number written without anything between. */
#define NUMBER_DOUBLE ((size_t)2 * NIK_DIGITS)

struct number {
    size_t start; /* bytes into the text */
    size_t end;
    size_t count;                   /* digits */
    char digits[NUMBER_DOUBLE + 1]; /* the first of them, ASCII */
    bool grouped;                   /* signs or spaces between its digits */
    bool mended;                    /* letters were read as digits */
};

/**
 * Finds the first number at or behind a place in a text.
 *
 * @param from  bytes; a boundary between characters.
 * @return false where there is none.
 */
bool number_next(const char *text, size_t from, struct number *out);

/**
 * Adds the text to out with personal numbers masked: of the first with `least`
 * digits and more six digits at its start and four at its end stay
 * ("531505******9001"), of the others nothing. Control characters become
 * spaces, malformed bytes U+FFFD.
 *
 * @param keep_first  false: of the first nothing stays either.
 */
void number_mask(
    const char *text, size_t least, bool keep_first, struct buf *out);

#endif
