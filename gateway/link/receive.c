// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "link/link_internal.h"

#include <stdio.h>
#include <string.h>

/*
 * What a worker may say, one function a type. It is not trusted: whatever it
 * was not asked for is KB_PROTOCOL.
 */

typedef enum kb_err take_fn(struct link *link, const union wire_any *frame);

static enum kb_err take_op(struct link *link, const union wire_any *frame)
{
    enum wire_operation operation = (enum wire_operation)frame->op.operation;

    if (operation == WIRE_OP_SEND) {
        return KB_PROTOCOL; /* the submit began it */
    }
    if (link->operation == WIRE_OP_SCAN && operation != WIRE_OP_SCAN) {
        link->scan_crashes = 0;
    }
    link_watch(link, operation);
    return KB_OK;
}

static enum kb_err take_state(struct link *link, const union wire_any *frame)
{
    enum link_state state = (enum link_state)frame->state.state;

    if (state == LINK_HUNG || state == LINK_QUARANTINED) {
        return KB_PROTOCOL; /* only the watchdog says that */
    }
    if (state == LINK_READY && link->ready_at_ms == 0) {
        link->ready_at_ms = clock_mono_ms();
    }
    if (state == LINK_READY || state == LINK_NO_NETWORK) {
        link->proven = true;
        care_recovered(link);
    }
    /* Any other state is a reason why it may leave. */
    link->said_state = state != LINK_READY && state != LINK_NO_NETWORK;
    link_enter(link, state, frame->state.why);
    return KB_OK;
}

static enum kb_err take_pin(struct link *link, const union wire_any *frame)
{
    link->pin_state =
        frame->pin.step == WIRE_PIN_ACCEPTED ? PIN_FRESH : PIN_TRIED;
    if (link->events.on_pin != NULL) {
        link->events.on_pin(link->events.arg, link->pin_state == PIN_TRIED);
    }
    return KB_OK;
}

static void copy(char *out, size_t bytes, const char *in)
{
    (void)snprintf(out, bytes, "%s", in);
}

static enum kb_err take_identity(struct link *link, const union wire_any *frame)
{
    const struct wire_identity *from = &frame->identity;
    struct link_identity identity = {
        .usleep_override = from->usleep_override != 0,
        .incoming_by_poll = from->incoming_by_poll != 0,
    };

    copy(identity.imei, sizeof identity.imei, from->imei);
    copy(identity.imsi, sizeof identity.imsi, from->imsi);
    copy(identity.iccid, sizeof identity.iccid, from->iccid);
    copy(identity.smsc, sizeof identity.smsc, from->smsc);
    copy(identity.model, sizeof identity.model, from->model);
    copy(identity.manufacturer, sizeof identity.manufacturer,
        from->manufacturer);
    if (link->events.on_identity != NULL) {
        link->events.on_identity(link->events.arg, &identity);
    }
    return KB_OK;
}

static enum kb_err take_result(struct link *link, const union wire_any *frame)
{
    const struct wire_result *from = &frame->result;
    struct link_result result = {
        .token = (uint64_t)from->token,
        .outcome = (enum link_outcome)from->outcome,
        .tp_mr = from->outcome == LINK_SENT ? (int)from->tp_mr : -1,
        .code = (int)from->code,
        .cme = (int)from->cme,
        .took_ms = from->took_ms,
    };

    if (link->submit_token == 0 || link->submit_token != result.token ||
        (result.outcome == LINK_SENT && from->tp_mr < 0)) {
        return KB_PROTOCOL;
    }
    copy(result.reason, sizeof result.reason, from->reason);
    link_settle(link, &result);
    return KB_OK;
}

/* A worker's token is 31 bits, never the same twice; before it stands the
   worker's own number, so that a done for a worker that is gone cannot delete
   another one's SMS. @return 0 where the worker breaks the rules. */
static uint64_t token_of(struct link *link, int64_t token)
{
    for (size_t i = 0; i < link->inbound_count; i++) {
        if (link->inbound[i] == (uint32_t)token) {
            return 0;
        }
    }
    if (link->inbound_count == LINK_INBOUND_MOST) {
        return 0;
    }
    link->inbound[link->inbound_count++] = (uint32_t)token;
    return (uint64_t)link->generation << 32 | (uint64_t)token;
}

static enum kb_err take_inbound(struct link *link, const union wire_any *frame)
{
    const struct wire_inbound *from = &frame->inbound;
    struct link_inbound sms = {
        .token = token_of(link, from->token),
        .from = from->from,
        .text = from->text,
        .raw = from->raw,
        .smsc_at_ms = from->smsc_at_ms,
        .coding = (enum link_coding)from->coding,
        .message_class = (int)from->message_class,
        .alphanumeric = from->alphanumeric != 0,
        .udh_ref = (int)from->udh_ref,
        .udh_parts = (int)from->udh_parts,
        .udh_part = (int)from->udh_part,
    };

    if (sms.token == 0) {
        return KB_PROTOCOL;
    }
    if (link->events.on_inbound != NULL) {
        link->events.on_inbound(link->events.arg, &sms);
    }
    return KB_OK;
}

static enum kb_err take_report(struct link *link, const union wire_any *frame)
{
    const struct wire_report *from = &frame->report;
    struct link_report report = {
        .token = token_of(link, from->token),
        .to = from->to,
        .tp_mr = (int)from->tp_mr,
        .tp_st = (int)from->tp_st,
        .smsc_at_ms = from->smsc_at_ms,
        .discharge_at_ms = from->discharge_at_ms,
    };

    if (report.token == 0) {
        return KB_PROTOCOL;
    }
    if (link->events.on_report != NULL) {
        link->events.on_report(link->events.arg, &report);
    }
    return KB_OK;
}

static enum kb_err take_poison(struct link *link, const union wire_any *frame)
{
    const struct wire_poison *from = &frame->poison;
    struct link_poison poison = {
        .token = token_of(link, from->token),
        .memory = from->memory,
        .place = (int)from->place,
        .pdu = from->pdu,
        .why = from->why,
    };

    if (poison.token == 0) {
        return KB_PROTOCOL;
    }
    if (link->events.on_poison != NULL) {
        link->events.on_poison(link->events.arg, &poison);
    }
    return KB_OK;
}

static int64_t said(int value)
{
    return value == QUIRK_NOT_SAID ? -1 : value;
}

/* The worker waits for the answer: it starts libGammu with what is in it. */
static enum kb_err take_make(struct link *link, const union wire_any *frame)
{
    const struct wire_make *make = &frame->make;
    struct quirk *quirk = &link->quirk;
    struct wire_quirks answer = {0};

    quirks_effective(link->quirk_files, link->modem.quirks, make->manufacturer,
        make->model, quirk);
    copy(answer.name, sizeof answer.name, quirk->name);
    copy(answer.features, sizeof answer.features, quirk->features);
    copy(answer.init, sizeof answer.init, quirk->init);
    copy(answer.cnmi, sizeof answer.cnmi, quirk->cnmi);
    copy(answer.drop, sizeof answer.drop, quirk->drop);
    copy(answer.connection, sizeof answer.connection, quirk->connection);
    answer.poll_s = said(quirk->poll_s);
    answer.pause_ms = said(quirk->pause_ms);
    link_note(link, "make: %s %s, quirks: %s", make->manufacturer, make->model,
        *quirk->name == '\0' ? "none" : quirk->name);
    return channel_send(link, WIRE_QUIRKS, &answer) == KB_INVALID ? KB_PROTOCOL
                                                                  : KB_OK;
}

static enum kb_err take_call(struct link *link, const union wire_any *frame)
{
    if (link->events.on_call != NULL) {
        link->events.on_call(link->events.arg, frame->call.number);
    }
    return KB_OK;
}

static enum kb_err take_signal(struct link *link, const union wire_any *frame)
{
    if (link->events.on_signal != NULL) {
        link->events.on_signal(link->events.arg, (int)frame->signal.percent,
            (int)frame->signal.dbm);
    }
    return KB_OK;
}

static enum kb_err take_network(struct link *link, const union wire_any *frame)
{
    if (link->events.on_network != NULL) {
        link->events.on_network(
            link->events.arg, (int)frame->network.creg, frame->network.name);
    }
    return KB_OK;
}

static enum kb_err take_memory(struct link *link, const union wire_any *frame)
{
    if (link->events.on_memory != NULL) {
        link->events.on_memory(
            link->events.arg, frame->memory.full != 0, frame->memory.use);
    }
    return KB_OK;
}

static enum kb_err take_answer(struct link *link, const union wire_any *frame)
{
    /* The network may open a dialogue by itself: nobody asked, nobody hears. */
    link_settle_ussd(link, frame->answer.text, (int)frame->answer.status);
    return KB_OK;
}

static enum kb_err take_log(struct link *link, const union wire_any *frame)
{
    link_note(link, "%s", frame->log.line);
    return KB_OK;
}

enum kb_err receive_frame(struct link *link, const struct wire_frame *frame)
{
    static take_fn *const takers[WIRE_TYPES] = {
        [WIRE_OP] = take_op,
        [WIRE_STATE] = take_state,
        [WIRE_PIN] = take_pin,
        [WIRE_IDENTITY] = take_identity,
        [WIRE_RESULT] = take_result,
        [WIRE_INBOUND] = take_inbound,
        [WIRE_REPORT] = take_report,
        [WIRE_CALL] = take_call,
        [WIRE_SIGNAL] = take_signal,
        [WIRE_NETWORK] = take_network,
        [WIRE_ANSWER] = take_answer,
        [WIRE_LOG] = take_log,
        [WIRE_MAKE] = take_make,
        [WIRE_POISON] = take_poison,
        [WIRE_MEMORY] = take_memory,
    };
    union wire_any message = {0};
    enum kb_err err = wire_unpack(frame, &message);

    if (err != KB_OK || takers[frame->type] == NULL) {
        return KB_PROTOCOL;
    }
    return takers[frame->type](link, &message);
}
