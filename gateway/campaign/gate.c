// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "campaign/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The last moment: the planner's question asked once more, just before a
   message leaves. */

static const enum gate_verdict verdicts[] = {
    [PLAN_SEND] = GATE_SEND,
    [PLAN_HOLD] = GATE_HOLD,
    [PLAN_LATER] = GATE_LATER,
    [PLAN_DROP] = GATE_CANCEL,
    [PLAN_EXPIRE] = GATE_EXPIRE,
};

static void refuse(
    struct gate *out, enum gate_verdict verdict, const char *reason)
{
    out->verdict = verdict;
    (void)snprintf(out->reason, sizeof out->reason, "%.159s", reason);
}

/* From here on the day is this message's. */
static enum kb_err let_go(struct campaigns *campaigns,
    const struct outbox_message *message, const struct campaign_row *row,
    const struct composed *composed)
{
    struct campaign_pace pace = {
        row->campaign.id, composed->office.code, composed->today};
    enum kb_err err = KB_OK;

    if (composed->mine_today) {
        return KB_OK;
    }
    err = campaign_store_contact_put(campaigns, message, composed->today);
    if (err == KB_OK && row->campaign.pace > 0) {
        err = campaign_store_pace_add(campaigns, &pace);
    }
    if (err == KB_OK) {
        err = registry_note_contact(campaigns->rooms.registry, message->phone,
            clock_now_ms(campaigns->rooms.clock));
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

static enum kb_err set_hold(struct campaigns *campaigns,
    const struct outbox_message *message, const char *hold)
{
    bool held = false;
    enum kb_err err = campaign_store_message_get(campaigns, message->id, &held);

    if (err == KB_OK && held != (*hold != '\0')) {
        err = campaign_store_message_hold(campaigns, message->id, hold);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

static enum kb_err send(struct campaigns *campaigns,
    const struct outbox_message *message, const struct compose_ask *ask,
    const struct composed *composed, struct gate *out)
{
    struct buf text = {0};
    struct why why = {0};
    enum kb_err err = compose_text(campaigns, ask, composed, &text, &why);

    if (err == KB_INVALID) {
        buf_clear(&text);
        refuse(out, GATE_HOLD, why.text);
        return set_hold(campaigns, message, "text");
    }
    if (err == KB_OK) {
        err = let_go(campaigns, message, ask->row, composed);
    }
    if (err == KB_OK) {
        err = set_hold(campaigns, message, "");
    }
    if (err == KB_OK && strcmp(buf_text(&text), message->text) != 0) {
        out->text = buf_take(&text);
    }
    buf_clear(&text);
    return err;
}

static enum kb_err judge(struct campaigns *campaigns,
    const struct outbox_message *message, const struct compose_ask *ask,
    struct gate *out)
{
    struct composed composed = {0};
    enum kb_err err = compose_decide(campaigns, ask, &composed);

    if (err == KB_INVALID) {
        refuse(out, GATE_HOLD,
            "the campaign's --where is not understood: kabari campaign set");
        return set_hold(campaigns, message, "text");
    }
    if (err != KB_OK) {
        return err;
    }
    if (composed.decision.verdict == PLAN_SEND) {
        return send(campaigns, message, ask, &composed, out);
    }
    out->verdict = verdicts[composed.decision.verdict];
    out->next_at_ms = composed.decision.next_at_ms;
    compose_reason(ask, &composed, out->reason, sizeof out->reason);
    return composed.decision.cause == PLAN_OFFICE_DOWN
               ? set_hold(campaigns, message, "office")
               : KB_OK;
}

enum kb_err campaign_gate(struct campaigns *campaigns,
    const struct outbox_message *message, struct gate *out)
{
    struct campaign_row row = {0};
    struct compose_ask ask = {
        .row = &row,
        .audience = {.who = AUDIENCE_OF_MESSAGE,
                     .phone = message->phone,
                     .message_id = message->id},
        .now_ms = clock_now_ms(campaigns->rooms.clock),
        .purpose = COMPOSE_TO_SEND,
    };
    enum kb_err err = KB_OK;

    *out = (struct gate){.verdict = GATE_SEND};
    if (message->campaign_id == 0) {
        return KB_OK;
    }
    err = campaign_store_by_id(campaigns, message->campaign_id, &row);
    if (err == KB_NOT_FOUND) {
        refuse(out, GATE_CANCEL, "its campaign is gone");
        return KB_OK;
    }
    if (err != KB_OK) {
        return err;
    }
    out->expires_at_ms = campaign_deadline_ms(&row.campaign);
    return judge(campaigns, message, &ask, out);
}
