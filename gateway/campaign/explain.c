// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "base/mem.h"
#include "campaign/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Why somebody was or was not told, in plain words. */

static bool waits(enum msg_state state)
{
    return state == MSG_HELD || state == MSG_QUEUED || state == MSG_CLAIMED;
}

/* What the planner says of a message that has not left. */
static enum kb_err explain_waiting(struct campaigns *campaigns,
    const struct campaign_row *row, const struct outbox_message *message,
    struct buf *out)
{
    struct composed composed = {0};
    struct campaign_note note = {0};
    struct compose_ask ask = {0};
    char reason[256] = "";
    enum kb_err err = planner_note_get(campaigns, message->id, &note);

    if (err == KB_OK) {
        compose_ask_of(campaigns, row, &note, &ask);
        ask.purpose = COMPOSE_TO_SEND;
        err = compose_decide(campaigns, &ask, &composed);
    }
    if (err != KB_OK) {
        return err;
    }
    if (composed.decision.verdict == PLAN_SEND &&
        message->next_at_ms > ask.now_ms) {
        buf_printf(out, "%s; it waits until %s",
            message->reason[0] == '\0' ? "planned for later" : message->reason,
            civil_short(message->next_at_ms).text);
        return KB_OK;
    }
    if (composed.decision.verdict == PLAN_SEND && message->state == MSG_HELD) {
        buf_printf(out, "%s", message->reason);
        return KB_OK;
    }
    compose_reason(&ask, &composed, reason, sizeof reason);
    buf_printf(out, "%s", reason);
    return KB_OK;
}

static enum kb_err explain_message(struct campaigns *campaigns,
    const struct campaign_row *row, const struct outbox_message *message,
    struct buf *out)
{
    buf_printf(out, "campaign %s: %s", row->campaign.name,
        msg_state_shown(message->state));
    if (waits(message->state)) {
        buf_add_text(out, ": ");
        return explain_waiting(campaigns, row, message, out);
    }
    if (message->settled_at_ms != 0) {
        buf_printf(out, " %s", civil_short(message->settled_at_ms).text);
    }
    if (message->reason[0] != '\0') {
        buf_printf(out, ": %s", message->reason);
    }
    return KB_OK;
}

enum kb_err campaign_why(struct campaigns *campaigns,
    const struct outbox_message *message, char *out, size_t out_bytes)
{
    struct campaign_row row = {0};
    struct buf text = {0};
    enum kb_err err =
        campaign_store_by_id(campaigns, message->campaign_id, &row);

    if (err == KB_OK) {
        err = explain_message(campaigns, &row, message, &text);
    }
    if (err == KB_OK) {
        (void)snprintf(out, out_bytes, "%s", buf_text(&text));
    }
    buf_clear(&text);
    return err;
}

/* --- one resident ------------------------------------------------------ */

/* What keeps the resident out of the campaign for good; false for nothing. */
static bool explain_out(const struct campaign_row *row,
    const struct resident *resident, struct buf *out)
{
    const struct campaign *campaign = &row->campaign;

    if (resident->flag[0] != '\0') {
        buf_printf(out, "not told: flagged %s", resident->flag);
    } else if (!plan_is_for(campaign->template_name, resident->state)) {
        buf_printf(out, "not told: %s, and this is not for that state",
            resident->state);
    } else if (resident->phone[0] == '\0') {
        buf_printf(out,
            "not told: no phone; kabari resident set NIK --phone adds one");
    } else if (plan_held_out(
                   campaign->id, resident->id, campaign->holdout_percent)) {
        buf_printf(out, "not told: left out for comparison (--holdout)");
    } else {
        return false;
    }
    return true;
}

static bool is_among(
    const struct campaigns *campaigns, size_t count, int64_t resident_id)
{
    for (size_t i = 0; i < count; i++) {
        if (campaigns->people[i].id == resident_id) {
            return true;
        }
    }
    return false;
}

/* Nothing was queued for the resident yet. */
static enum kb_err explain_untold(struct campaigns *campaigns,
    const struct campaign_row *row, const struct resident *resident,
    struct buf *out)
{
    struct composed composed = {0};
    struct compose_ask ask = {
        .row = row,
        .audience = {.who = AUDIENCE_ALL, .phone = resident->phone},
        .now_ms = clock_now_ms(campaigns->rooms.clock),
        .purpose = COMPOSE_TO_PLAN,
    };
    char reason[256] = "";
    enum kb_err err = KB_OK;

    if (explain_out(row, resident, out)) {
        return KB_OK;
    }
    err = compose_decide(campaigns, &ask, &composed);
    if (err != KB_OK) {
        return err;
    }
    if (!is_among(campaigns, composed.count, resident->id)) {
        buf_printf(out, "not told: not on its list (--where)");
        return KB_OK;
    }
    if (composed.decision.verdict == PLAN_SEND) {
        buf_printf(out, "not told yet: %s", row->campaign.note);
        return KB_OK;
    }
    compose_reason(&ask, &composed, reason, sizeof reason);
    buf_printf(out, "not told: %s", reason);
    return KB_OK;
}

static enum kb_err explain_told(struct campaigns *campaigns,
    const struct campaign_row *row, const struct outbox_message *message,
    struct buf *out)
{
    buf_printf(out, "message %lld %s", (long long)message->id,
        msg_state_shown(message->state));
    if (waits(message->state)) {
        buf_add_text(out, ": ");
        return explain_waiting(campaigns, row, message, out);
    }
    if (message->settled_at_ms != 0) {
        buf_printf(out, " %s", civil_short(message->settled_at_ms).text);
    }
    return KB_OK;
}

static enum kb_err explain_campaign(struct campaigns *campaigns,
    const struct campaign_row *row, const struct resident *resident,
    struct buf *out)
{
    struct campaign_recipient recipient = {0};
    struct outbox_message message = {0};
    enum kb_err err = campaign_store_recipient_get(
        campaigns, row->campaign.id, resident->id, &recipient);

    buf_printf(out, "%s%s: ", out->used == 0 ? "" : "; ", row->campaign.name);
    if (err == KB_OK) {
        err = recipient.message_id == 0 ? KB_NOT_FOUND
                                        : outbox_get(campaigns->rooms.outbox,
                                              recipient.message_id, &message);
    }
    if (err == KB_NOT_FOUND) {
        return explain_untold(campaigns, row, resident, out);
    }
    if (err == KB_OK) {
        err = explain_told(campaigns, row, &message, out);
        outbox_message_clear(&message);
    }
    return err;
}

/* Drafts tell nobody, and what was cancelled is over. */
static bool is_told_of(const struct campaign_row *row)
{
    return row->state != PLAN_DRAFT && row->state != PLAN_CANCELLED;
}

enum kb_err campaign_resident_why(struct campaigns *campaigns,
    const struct resident *resident, char *out, size_t out_bytes)
{
    struct campaign_row *rows = NULL;
    size_t count = 0;
    struct buf text = {0};
    enum kb_err err = campaign_store_list(campaigns, &rows, &count);

    for (size_t i = 0; i < count && err == KB_OK && text.used < out_bytes;
         i++) {
        if (is_told_of(&rows[i])) {
            err = explain_campaign(campaigns, &rows[i], resident, &text);
        }
    }
    free(rows);
    if (err == KB_OK) {
        (void)snprintf(out, out_bytes, "%s",
            text.used == 0 ? "no campaign has been started" : buf_text(&text));
    }
    buf_clear(&text);
    return err;
}
