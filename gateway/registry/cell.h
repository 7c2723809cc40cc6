// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_REGISTRY_CELL_H
#define KABARI_REGISTRY_CELL_H

#include <stdbool.h>
#include <stddef.h>

/* What spreadsheets do to long numbers in a cell. */

/** "5.31502E+15", "8,12e10": digits are lost for good. */
bool cell_is_exponent(const char *text);

/** Cuts ".0" or ",0" from a number with at least `least` digits: nothing is
 *  lost, a program took the column for numbers. */
void cell_cut_fraction(char *text, size_t least);

#endif
