// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_API_CALLBACK_H
#define KABARI_API_CALLBACK_H

#include "api/app.h"
#include "api/posted.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What other systems are told: webhooks of the configuration, and the dlr-url
 * of sendsms. An event is written down in its own transaction by triggers of
 * this connection, once per address, and stays until it was taken: over
 * restarts, with back-off, in order for each subject. Who posts is web/poster.
 */

struct callbacks;

#define CALLBACK_TRIES_MOST 14 /* over about two days */

KB_MUST_USE enum kb_err callbacks_open(struct app *app, struct callbacks **out);
void callbacks_close(struct callbacks *callbacks);

/** Makes the triggers anew after the configuration was read again. */
KB_MUST_USE enum kb_err callbacks_use(struct callbacks *callbacks);

/** Writes an event down for all webhooks that want it; inside an operation.
 *  event "test": for every webhook. Takes data. */
KB_MUST_USE enum kb_err callbacks_tell(struct callbacks *callbacks,
    const char *event, const char *subject, json_t *take_data);

/** Tells of modems whose state is another than they were last told of; once a
 *  second is enough. After a start each is told of once more. */
KB_MUST_USE enum kb_err callbacks_look_at_modems(struct callbacks *callbacks);

/** One that is due; all borrowed. */
struct callback {
    int64_t id;
    const char *url;
    const char *event;
    const char *subject;
    const char *data;
    int64_t at_ms;
    int attempts;
};

/** Calls fn for up to most that are due, the oldest of each subject only. */
KB_MUST_USE enum kb_err callbacks_due(struct callbacks *callbacks, int most,
    void (*fn)(void *arg, const struct callback *callback), void *arg);

/** How a try ended. */
enum callback_end {
    CALLBACK_TAKEN,
    CALLBACK_AGAIN, /* after a while; dead once there were too many */
    CALLBACK_DEAD   /* never again: the address is gone or forbidden */
};

struct callback_result {
    enum callback_end end;
    int attempts;       /* how many there were, this one too */
    int status;         /* of HTTP; 0: no answer came */
    int64_t took_ms;    /* until then */
    const char *reason; /* borrowed: what was answered, or why nothing was */
};
/** Settles it, and notes the try for callbacks_posted(). */
KB_MUST_USE enum kb_err callbacks_settle(struct callbacks *callbacks,
    int64_t id, const struct callback_result *result);

/** The log of what was posted. */
struct posted *callbacks_posted(struct callbacks *callbacks);

/** After how long the next try comes: pure. */
int64_t callback_wait_ms(int attempts);

/** The body and the signature of a webhook's post.
 *  signature: "v1=" and the hex of HMAC-SHA256(secret, "timestamp.body"). */
char *callback_body(const struct callback *callback);
#define CALLBACK_SIGNATURE_BYTES 68
void callback_sign(const char *secret, int64_t timestamp_s, const char *body,
    char out[static CALLBACK_SIGNATURE_BYTES]);

/** A dlr-url with %d, %P … filled in (Kannel's user guide, "Delivery
 *  reports"); free() it. */
char *callback_dlr_url(const struct callback *callback);

/** For lists and metrics. */
struct callback_counts {
    int64_t waiting;
    int64_t dead;
};
KB_MUST_USE enum kb_err callbacks_count(
    struct callbacks *callbacks, const char *url, struct callback_counts *out);

/** Notes whom to tell of a message that sendsms brought. */
struct sendsms_report {
    int64_t message_id;
    int64_t mask;
    const char *url;
    const char *sender;
    const char *account;
};
KB_MUST_USE enum kb_err callbacks_report(
    struct callbacks *callbacks, const struct sendsms_report *report);

/** Takes away dead ones and reports nobody waits for, after 30 days. */
KB_MUST_USE enum kb_err callbacks_purge(struct callbacks *callbacks);

#endif
