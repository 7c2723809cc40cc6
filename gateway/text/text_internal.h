// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_TEXT_TEXT_INTERNAL_H
#define KABARI_TEXT_TEXT_INTERNAL_H

#include "text/text.h"

/** The septets of a character; 0 where GSM-7 lacks it. */
int text_septets(uint32_t code);

/** The septets or UTF-16 units of a character; a character that GSM-7 lacks
 *  counts 0 with TEXT_GSM7. */
int text_units(uint32_t code, enum text_coding coding);

#endif
