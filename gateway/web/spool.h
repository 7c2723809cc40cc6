// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WEB_SPOOL_H
#define KABARI_WEB_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A file without a name for a body that is too large to be kept in memory
 * while it comes. It goes with its descriptor.
 */

struct evbuffer;
struct spool;

/** A spool for a body of that length in that folder; NULL where none can be
 *  made there. */
struct spool *spool_new(const char *folder, uint64_t length);
/** NULL is fine. What was given by spool_give() stays good. */
void spool_free(struct spool *spool);

/** How much is still to come. */
uint64_t spool_left(const struct spool *spool);

/** Moves the first bytes of a buffer to the file, as many as it has and are
 *  still to come. false: the file cannot be written. */
bool spool_take(struct spool *spool, struct evbuffer *from);

/** Puts the whole body in front of a buffer, mapped: it has no memory until
 *  somebody looks at it. false: it cannot be mapped. */
bool spool_give(const struct spool *spool, struct evbuffer *to);

/** The file, for reading by pread(); the spool's own. */
int spool_fd(const struct spool *spool);

#endif
