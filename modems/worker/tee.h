// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WORKER_TEE_H
#define KABARI_WORKER_TEE_H

#include "link/at_log.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * What goes over the modem's line is noted in the shared ring. libGammu has no
 * hook for the bytes themselves (its debug text is many times slower and holds
 * decoded SMS), so read() and write() are overridden as usleep() is in pauses.h:
 * both pass straight on to the kernel and, for the modem's device only, into
 * the ring. The object must be linked directly into the executable.
 */

/** Notes what is read from and written to descriptors of this device (0: of
 *  none). log: NULL where only what follows is wanted. */
void tee_start(struct at_log *log, dev_t device);

/** The descriptor that the device has from here on; it is not opened again. */
void tee_line(int fd);

/** From here on lines that begin so (prefixes joined with spaces, borrowed) are
 *  taken out of what is read from the device; see sieve.h. */
void tee_sieve(const char *prefixes);

/** True while libGammu opens the line: it begins by throwing away what comes
 *  until the line is silent, which ends after 300 ms at the latest, also where
 *  the modem never is. */
void tee_opening(bool opening);

/** True while bytes that have been read already wait for the next read():
 *  poll() does not know of them. */
bool tee_waits(void);

/** The line whose end has not been read yet, whoever read its beginning, so that
 *  who reads on has all of it. @return its length; out: as much as fits, cut. */
size_t tee_begun(char *out, size_t out_bytes);

/** A word of the worker's own, such as the operation that begins. */
void tee_note(const char *text);

#endif
