// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_BASE_STR_H
#define KABARI_BASE_STR_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Copies a string that must fit: a cut phone number is somebody else's.
 *
 * @return KB_OK, or KB_FULL where it does not fit (out is then "").
 */
KB_MUST_USE enum kb_err str_copy(char *out, size_t out_bytes, const char *in);

/** Cuts white space (ASCII) from both ends in place; returns the start. */
char *str_trim(char *text);

/** True where a and b are alike without regard to ASCII case. */
bool str_same(const char *a, const char *b);

/** True where text starts with prefix. */
bool str_starts(const char *text, const char *prefix);

/** True for one or more ASCII digits and nothing else. */
bool str_digits(const char *text);

/**
 * Reads a whole decimal number that lies in a range.
 *
 * @return KB_OK, or KB_INVALID for anything else; out is then untouched.
 */
KB_MUST_USE enum kb_err str_int(
    const char *text, int64_t least, int64_t most, int64_t *out);

/** True where the bytes are well-formed UTF-8 (RFC 3629) without NUL. */
bool str_utf8_valid(const char *text, size_t bytes);

/**
 * Reads one code point of valid UTF-8 and moves *text behind it.
 *
 * @return the code point; 0 at the end; U+FFFD for a malformed byte.
 */
uint32_t str_utf8_next(const char **text);

/** Writes one code point as UTF-8 to out (4 bytes of room); bytes written. */
size_t str_utf8_put(uint32_t code, char *out);

/** Cuts valid UTF-8 at most_chars code points in place. */
void str_utf8_cut(char *text, size_t most_chars);

#endif
