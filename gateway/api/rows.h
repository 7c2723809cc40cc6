// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_API_ROWS_H
#define KABARI_API_ROWS_H

#include "api/fields.h"
#include "base/err.h"
#include "outbox/outbox.h"
#include "registry/registry.h"

#include <jansson.h>
#include <stddef.h>

/* New messages as POST /messages has them, one or an array of them. */

/** A message as it is written; its texts are the JSON's. */
struct row {
    struct outbox_new message;
    char phone[PHONE_BYTES];
};

/** The fields of one, for the route table. */
extern const struct api_field rows_fields[];

/** What can be said against a row by looking at it alone, whatever the time. */
KB_MUST_USE enum kb_err row_read(
    const json_t *json, struct row *out, struct why *why);

/** Reads an array row by row, so that a long one can be read in slices. */
struct rows {
    const char *text; /* borrowed */
    size_t bytes;
    size_t at;
    int count; /* that were read */
};
/** @param out  the next row; json_decref() it.
 *  @return     KB_OK; KB_NOT_FOUND behind the last; KB_PROTOCOL where it is not
 *              JSON, with a sentence. */
KB_MUST_USE enum kb_err rows_next(
    struct rows *rows, json_t **out, struct why *why);

#endif
