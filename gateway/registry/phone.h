// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_REGISTRY_PHONE_H
#define KABARI_REGISTRY_PHONE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/** "+62" and up to 12 digits, with room to spare. */
#define PHONE_BYTES 24

/**
 * Brings what people write in a phone column to +62…: +62, 62, 0062, 08…,
 * bare 8… (a spreadsheet's lost zero), spaces, dots, dashes, brackets, O for 0,
 * l and I for 1; the first of two numbers in a cell.
 *
 * @param out  PHONE_BYTES; "" where the cell is empty.
 * @param why  says what is wrong (landline, 8.12E+10, too short …); may be
 *             NULL.
 * @return KB_OK (also for an empty cell), KB_INVALID.
 */
KB_MUST_USE enum kb_err phone_normalise(
    const char *text, char *out, struct why *why);

/** A number that a person can have answered: +62 8…, not a short code, not an
 *  alphanumeric sender. */
bool phone_is_mobile(const char *phone);

/** Whose prefix a +628… number has: "telkomsel", "indosat", "xl", "axis",
 *  "tri", "smartfren", "net1"; "" where none of them has it. */
const char *phone_operator(const char *phone);

/** An operator's prefixes, three digits each ("811 812 …"); NULL where the
 *  operator is not known. */
const char *phone_operator_prefixes(const char *operator);

/** The operators' names, one after the other; NULL behind the last. */
const char *phone_operator_at(size_t index);

#endif
