// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_INBOUND_SCRIPT_H
#define KABARI_INBOUND_SCRIPT_H

#include "base/err.h"
#include "text/text.h"

/*
 * The conversation as data, beside the texts: DIR/intents.rules says what
 * residents' words mean, DIR/ussd.menu which screen follows which. Both are
 * written by hand and checked whole when they are read.
 */

struct script;

/**
 * Reads both files.
 *
 * @param dir    the folder of templates.
 * @param texts  borrowed for the call: whether the texts that are named exist.
 *               NULL: not looked at.
 * @param why    FILE:LINE and a sentence for the first fault.
 * @return KB_OK; KB_INVALID for a fault; KB_IO where a file cannot be read.
 *         Free with script_free().
 */
KB_MUST_USE enum kb_err script_load(const char *dir, const struct texts *texts,
    struct script **out, struct why *why);

/** As script_load, but hands every fault to fn; returns how many. */
int script_check(const char *dir, const struct texts *texts,
    void (*fn)(void *arg, const struct why *why), void *arg);

void script_free(struct script *script);

#endif
