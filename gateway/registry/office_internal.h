// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_REGISTRY_OFFICE_INTERNAL_H
#define KABARI_REGISTRY_OFFICE_INTERNAL_H

#include "registry/registry.h"

/* How people write an office's hours, days and fallback list. Each fills its
 * part of *office on KB_OK; KB_INVALID with why's field and sentence else. */

/** "08:00-14:00" or "08.00-14.00". */
KB_MUST_USE enum kb_err office_read_hours(
    const char *text, struct office *office, struct why *why);

/** "Mon-Fri", "Sen-Jum", "Mon,Wed". */
KB_MUST_USE enum kb_err office_read_days(
    const char *text, struct office *office, struct why *why);

/** "LEMBOR,KOMODO": codes, not yet looked up. */
KB_MUST_USE enum kb_err office_read_fallback(
    const char *text, struct office *office, struct why *why);

#endif
