// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_API_POSTED_H
#define KABARI_API_POSTED_H

#include "base/err.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What was posted to other systems and how it ended: the last POSTED_KEPT
 * tries. Whom an event was about stands in it by an id only ("message/812").
 */

struct posted;

#define POSTED_KEPT 1000

KB_MUST_USE enum kb_err posted_open(struct store *store, struct posted **out);
/** NULL is fine. */
void posted_close(struct posted *posted);

/** One try; texts are borrowed. */
struct posted_try {
    int64_t id; /* of the row; 0 in posted_note() */
    int64_t callback_id;
    const char *url;
    const char *event;
    const char *subject;
    int attempt;        /* 1: the first */
    const char *state;  /* taken, again, dead */
    int status;         /* of HTTP; 0: no answer came */
    const char *answer; /* in words */
    int64_t took_ms;
    int64_t at_ms;      /* real time */
    int64_t next_at_ms; /* 0: no more tries */
};

/** Notes a try of a callback that is still stored: url, event and subject are
 *  its own. Inside an operation. As store_run(). */
KB_MUST_USE enum kb_err posted_note(
    struct posted *posted, const struct posted_try *try);

struct posted_filter {
    bool failed;       /* only what was not taken */
    int64_t before_id; /* 0: from the newest */
    int limit;         /* 0: all */
};
/** Newest first. */
KB_MUST_USE enum kb_err posted_list(struct posted *posted,
    const struct posted_filter *filter,
    void (*fn)(void *arg, const struct posted_try *try), void *arg);

#endif
