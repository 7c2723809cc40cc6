// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_DISPATCH_DISPATCH_STORE_H
#define KABARI_DISPATCH_DISPATCH_STORE_H

#include "dispatch/dispatch.h"

/* What dispatch keeps of modems: who was in them, and how they did. */

struct dispatch_store;

KB_MUST_USE enum kb_err dispatch_store_open(
    struct store *store, struct dispatch_store **out);
void dispatch_store_close(struct dispatch_store *kept);

/** What was last seen of a modem. */
struct modem_seen {
    char imei[32];
    char imsi[32];
    char iccid[32];
    bool credit_known;
    int64_t credit;
    int64_t credit_at_ms;     /* 0: never asked */
    int32_t credit_until_day; /* INT32_MIN: not known */
    int64_t sent_since;       /* parts since the credit was asked for */
    int report_percent;       /* usual share of delivery reports; -1 */
    int64_t report_delay_ms;  /* usual delay of one; 0: not known */
    char quarantined[160];    /* why; "" : not */
};

/** KB_OK also for one that was never seen: all is empty then. */
KB_MUST_USE enum kb_err modem_seen_get(
    struct dispatch_store *kept, const char *modem, struct modem_seen *out);
KB_MUST_USE enum kb_err modem_seen_put(struct dispatch_store *kept,
    const char *modem, const struct modem_seen *seen, int64_t now_ms);

KB_MUST_USE enum kb_err modem_sample_put(struct dispatch_store *kept,
    const char *modem, const struct dispatch_sample *sample);
/** Oldest first. */
KB_MUST_USE enum kb_err modem_sample_list(struct dispatch_store *kept,
    const char *modem, int64_t since_ms, dispatch_sample_fn *fn, void *arg);
/** Makes one row of each modem's samples of the next hour that is older than
 *  an instant. KB_NOT_FOUND when there is none.
 *  @param thinned_to_ms  in and out: hours before it are done. */
KB_MUST_USE enum kb_err modem_sample_thin(
    struct dispatch_store *kept, int64_t older_ms, int64_t *thinned_to_ms);
KB_MUST_USE enum kb_err modem_sample_purge(
    struct dispatch_store *kept, int64_t before_ms);

#endif
