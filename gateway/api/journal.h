// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_API_JOURNAL_H
#define KABARI_API_JOURNAL_H

#include "api/app.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What has changed, for whoever watches: a bounded list in memory of small
 * events without personal data. Triggers of this connection note which rows
 * change; journal_gather() then reads what they are now, after the commit, so
 * that what was undone is never told as done. Many changes of one thing
 * between two gatherings are one event.
 */

struct journal;
struct api;

enum journal_topic {
    TOPIC_MESSAGE,
    TOPIC_CAMPAIGN,
    TOPIC_OFFICE,
    TOPIC_INBOX,
    TOPIC_IMPORT,
    TOPIC_MODEM,
    TOPIC_ALARM,
    TOPIC_STATUS,
    TOPIC_RESET, /* not kept: what a listener knows may be old */
    TOPIC_COUNT
};

#define JOURNAL_ALL  ((1U << TOPIC_RESET) - 1) /* a mask of bits 1 << topic */
#define JOURNAL_KEPT 4096 /* events; a listener that comes back later resets */

/** "message" … */
const char *journal_topic_name(enum journal_topic topic);
/** Reads "message,modem" as a mask; NULL or "": all.
 *  KB_OK or KB_INVALID with a sentence. */
KB_MUST_USE enum kb_err journal_topics_parse(
    const char *text, unsigned *mask, struct why *why);

/** The topics that an asker may hear: as api/may.c lets them read. */
unsigned journal_topics_of(const struct access_actor *actor);

/** @param api  borrowed: whose imports run. */
KB_MUST_USE enum kb_err journal_open(
    struct app *app, struct api *api, struct journal **out);
void journal_close(struct journal *journal);

/** Called when something has changed since the last gathering; from inside a
 *  statement, so that fn must do no more than arrange for journal_gather(). */
void journal_on_change(
    struct journal *journal, void (*fn)(void *arg), void *arg);

/** Makes events of what has changed and is committed.
 *  @return false where a transaction is open: nothing was done, come again. */
bool journal_gather(struct journal *journal);

/** Looks at what no trigger tells: modems and imports, and with `status` the
 *  whole gateway's counts. A few times a second at most. */
void journal_look(struct journal *journal, bool status);

/** Adds an event; takes data, a JSON object. */
void journal_add(
    struct journal *journal, enum journal_topic topic, json_t *take_data);

/** One event as the stream carries it. */
struct journal_entry {
    uint64_t number; /* from 1 */
    enum journal_topic topic;
    const char *data; /* JSON; borrowed */
};

/** The number of the newest event; 0: none yet. */
uint64_t journal_last(const struct journal *journal);
/** Calls fn for each kept event after a number, oldest first. */
void journal_read(const struct journal *journal, uint64_t after,
    void (*fn)(void *arg, const struct journal_entry *entry), void *arg);

#define JOURNAL_ID_BYTES 40

/** An event's id: the daemon's start and the number. */
void journal_id(const struct journal *journal, uint64_t number,
    char out[static JOURNAL_ID_BYTES]);
/** The number behind an id that a listener brings back.
 *  KB_OK; KB_NOT_FOUND where it is of another start, or so old that events
 *  after it are gone: it must read everything again. */
KB_MUST_USE enum kb_err journal_resume(
    const struct journal *journal, const char *id, uint64_t *number);

#endif
