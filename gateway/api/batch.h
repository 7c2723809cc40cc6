// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_API_BATCH_H
#define KABARI_API_BATCH_H

#include "api/app.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A long array of messages is taken whole or not at all, and holds nobody up:
 * what was sent is stored as it came, in one commit, and becomes messages slice
 * by slice, also after a crash in the middle.
 */

struct batches;

KB_MUST_USE enum kb_err batches_open(struct app *app, struct batches **out);
/** NULL is fine. */
void batches_close(struct batches *batches);

struct batch_new {
    const char *text; /* an array that rows_next() and row_read() take */
    int count;        /* of its rows; at least 1 */
    const struct outbox_new *last; /* the message of its last row */
};
/** Takes a batch; inside an operation.
 *  @param id     of the batch.
 *  @param first  id of the first row's message; the others follow by one. */
KB_MUST_USE enum kb_err batches_take(struct batches *batches,
    const struct batch_new *batch, int64_t *id, int64_t *first,
    struct why *why);

/** Makes messages of what was taken, a slice of 3 ms. A store that is busy or
 *  full ends it until batches_again().
 *  @param over  id of the batch that needs nobody's waiting any more: it is
 *               done, or will be later; 0: none.
 *  @return      whether there is more to do. */
bool batches_work(struct batches *batches, int64_t *over);
/** Whether there is something to do. */
bool batches_wait(const struct batches *batches);
/** Tries again what could not be done; once a second or so.
 *  @return  whether there is something to do. */
bool batches_again(struct batches *batches);

#endif
