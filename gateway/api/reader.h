// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_API_READER_H
#define KABARI_API_READER_H

#include "api/app.h"
#include "base/err.h"

/*
 * A second thread for what reads at length (forecasts, reports, exports), so
 * that the loop is never held up: a read-only connection, rooms of its own on
 * it, and copies of configuration and texts. One job at a time, in order.
 */

struct reader;

/** What a job works with, in the reader's thread; none of it may be changed.
 *  Everything that one job reads is of one moment. */
struct reader_rooms {
    const struct clock *clock;
    const struct config *config;
    struct registry *registry;
    struct campaigns *campaigns;
};

/** In the reader's thread; rooms NULL: they could not be opened, why says. */
typedef void reader_work_fn(
    void *job, const struct reader_rooms *rooms, const struct why *why);
/** In the loop's thread, exactly once; worked is false where the reader was
 *  closed before the job's turn. */
typedef void reader_done_fn(void *job, bool worked);

/** Starts the thread; the connection is opened with the first job. app is
 *  borrowed and must outlive it. KB_INVALID, KB_IO (why). */
KB_MUST_USE enum kb_err reader_open(
    const struct app *app, struct reader **out, struct why *why);

/** Ends the job that runs and the thread; calls done for all that are left.
 *  NULL is fine. */
void reader_close(struct reader *reader);

/** After app_reload(): jobs to come use the new configuration and texts. */
KB_MUST_USE enum kb_err reader_reload(struct reader *reader, struct why *why);

void reader_ask(
    struct reader *reader, reader_work_fn *fn, reader_done_fn *done, void *job);

/** Readable once jobs are done: then call reader_settle(). */
int reader_fd(const struct reader *reader);
void reader_settle(struct reader *reader);

#endif
