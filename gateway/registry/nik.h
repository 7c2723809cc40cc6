// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_REGISTRY_NIK_H
#define KABARI_REGISTRY_NIK_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The Indonesian resident number: PP KK CC DDMMYY SSSS (16 digits; Law
 * 23/2006; women's day + 40). There is no check digit. */

#define NIK_DIGITS 16
#define NIK_BYTES  (NIK_DIGITS + 1)

enum nik_fault {
    NIK_FINE,
    NIK_LENGTH, /* not 16 digits */
    NIK_DATE,   /* day or month that does not exist */
    NIK_SERIAL, /* 0000 */
    NIK_EXAMPLE /* 1234567890123456, or one digit sixteen times */
};

/** Judges 16 digits by their form alone. */
enum nik_fault nik_check(const char *nik);

/** The fault in words, for import lists: "day 45 month 13 do not exist". */
const char *nik_fault_text(enum nik_fault fault);

/** True where the day in the NIK says a woman. */
bool nik_is_female(const char *nik);

/** Day and month in the NIK agree with that birth date (day number). */
bool nik_agrees(const char *nik, int32_t birth_day);

/**
 * Takes the 16 digits out of a table's cell: spaces, dots, dashes and a
 * spreadsheet's leading apostrophe are left out, a float's ".0" too. What a
 * spreadsheet has damaged (5.31502E+15, 15 digits) is recognised and refused.
 *
 * @param out  NIK_BYTES; filled on KB_OK, else "". Not yet nik_check()ed.
 * @return KB_OK, or KB_INVALID where why says what is wrong.
 */
KB_MUST_USE enum kb_err nik_read(const char *text, char *out, struct why *why);

/** 16 digits as a number, and back (out: NIK_BYTES). */
uint64_t nik_number(const char *nik);
void nik_from_number(uint64_t number, char *out);

#endif
