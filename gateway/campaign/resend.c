// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "campaign/campaign_internal.h"

#include <string.h>

/*
 * A message of which nobody knows whether it was sent counts as told. A
 * campaign may rather tell somebody twice: what no report has settled by then
 * is sent once more, past the gate like any other.
 */

/* A phone that is on the network is reported within minutes. */
#define REPORT_AWAITED_MS ((int64_t)3600000)

static enum kb_err resend_one(
    struct campaigns *campaigns, const struct campaign_row *row, int64_t *id)
{
    const struct campaign_rooms *rooms = &campaigns->rooms;
    struct outbox_resend resend = {
        .campaign_id = row->campaign.id,
        .before_ms = clock_now_ms(rooms->clock) - REPORT_AWAITED_MS,
    };
    enum kb_err err = store_op_begin(rooms->store);

    if (err != KB_OK) {
        return err;
    }
    err = outbox_resend_next(rooms->outbox, &resend, id);
    if (err == KB_OK && rooms->on_resent != NULL) {
        err = rooms->on_resent(rooms->arg, row->campaign.name, *id);
    }
    return store_op_end(rooms->store, err);
}

enum kb_err campaign_resend(struct campaigns *campaigns,
    const struct campaign_row *row, struct slice *slice)
{
    enum kb_err err = KB_OK;

    if (strcmp(row->campaign.on_unknown, "resend") != 0) {
        return KB_OK;
    }
    while (err == KB_OK) {
        int64_t id = 0;

        if (slice_over(slice)) {
            slice->more = true;
            return KB_OK;
        }
        err = resend_one(campaigns, row, &id);
        if (err == KB_OK) {
            log_info("campaign: resent id=%lld name=%s", (long long)id,
                row->campaign.name);
        }
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}
