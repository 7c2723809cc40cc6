// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_DISPATCH_BALANCE_H
#define KABARI_DISPATCH_BALANCE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What operators answer to the code that asks for a SIM's credit, by patterns
 * that are data (share/kabari/balance.rules). An answer that no pattern takes
 * is unknown, never 0.
 */

struct balance_rules;

struct balance {
    bool known;
    int64_t rupiah;
    int32_t expiry_day; /* day number; INT32_MIN: not known */
};

/** KB_OK; KB_NOT_FOUND without the file (nothing is ever known then);
 *  KB_INVALID: why has FILE:LINE. Free with balance_rules_free(). */
KB_MUST_USE enum kb_err balance_rules_load(
    const char *path, struct balance_rules **out, struct why *why);
void balance_rules_free(struct balance_rules *rules);

/** Pure. rules may be NULL; operator_name "" : only rules for any. */
void balance_read(const struct balance_rules *rules, const char *operator_name,
    const char *text, struct balance *out);

#endif
