// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_STORE_BACKUP_H
#define KABARI_STORE_BACKUP_H

#include "base/err.h"

#include <stdint.h>

/*
 * Copies of the whole database: made beside a running gateway, of one moment,
 * and put back while none runs. Neither needs an open struct store.
 */

/**
 * Writes the database at path to a new file, of one moment and in order, and
 * checks it. Takes a while: not for a loop's thread.
 *
 * @param to     must not be there; appears whole or not at all.
 * @param bytes  the copy's size.
 * @return KB_OK; KB_REFUSED where to is there; KB_IO, KB_DB.
 */
KB_MUST_USE enum kb_err store_backup(
    const char *path, const char *to, int64_t *bytes, struct why *why);

/**
 * Puts a copy in the place of the database at path. Holds the lock meanwhile.
 *
 * @param kept  where the old database lies from now on ("" : there was none).
 * @return KB_OK; KB_BUSY while a kabarid or kabari holds the database;
 *         KB_INVALID for a file that is no sound database of Kabari's, or of a
 *         newer one; KB_NOT_FOUND; KB_IO. The old one is untouched then.
 */
KB_MUST_USE enum kb_err store_restore(const char *path, const char *from,
    char *kept, unsigned long kept_bytes, struct why *why);

/** The schema that this Kabari writes. */
int store_schema(void);

#endif
