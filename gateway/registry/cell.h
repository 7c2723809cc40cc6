// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_REGISTRY_CELL_H
#define KABARI_REGISTRY_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What people and spreadsheets write into a cell. */

/** "5.31502E+15", "8,12e10": digits are lost for good. */
bool cell_is_exponent(const char *text);

/** Cuts ".0" or ",0" from a number with at least `least` digits: nothing is
 *  lost, a program took the column for numbers. */
void cell_cut_fraction(char *text, size_t least);

/** Reads YYYY-MM-DD, DD-MM-YYYY or DD/MM/YYYY (also with dots, and with a time
 *  behind it, which is dropped) as a day number; false where it is no date. */
bool cell_date(const char *text, int32_t *day);

/** Copies a text, white space and control characters as single spaces, none
 *  at the ends; cut behind a whole character. True where all of it fits. */
bool cell_text(const char *text, char *out, size_t out_bytes);

#endif
