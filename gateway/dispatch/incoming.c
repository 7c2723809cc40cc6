// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "base/mem.h"
#include "dispatch/dispatch_internal.h"

#include <stdlib.h>

/* The network's clock is the only second opinion that a box without a
   real-time clock has; zones are in the stamp, so hours off mean a wrong
   clock. */
#define CLOCK_OFF_MS ((int64_t)3600 * 1000)

static void note_network_time(struct dispatch *dispatch, int64_t smsc_at_ms)
{
    struct dispatch_network_time *network = &dispatch->network;
    int64_t ahead = smsc_at_ms - clock_now_ms(dispatch->rooms.clock);

    /* An older stamp says nothing: the SMS may have waited for its modem. */
    if (smsc_at_ms <= network->at_ms) {
        return;
    }
    if (!dispatch->rooms.clock->rehearsal && ahead > CLOCK_OFF_MS) {
        log_warn("clock: this machine is %lld min behind the network's time; "
                 "set its clock",
            (long long)(ahead / 60000));
    }
    *network =
        (struct dispatch_network_time){smsc_at_ms, ahead, clock_mono_ms()};
}

static void incoming_free(struct incoming *incoming)
{
    free((char *)incoming->sms.from);
    free((char *)incoming->sms.text);
    free((char *)incoming->sms.raw);
    free((char *)incoming->report.to);
    free((char *)incoming->poison.memory);
    free((char *)incoming->poison.pdu);
    free((char *)incoming->poison.why);
    free(incoming);
}

static void drop(struct incoming *incoming)
{
    TAILQ_REMOVE(&incoming->modem->dispatch->incoming, incoming, entry);
    incoming_free(incoming);
}

static struct incoming *add(struct modem *modem, uint64_t token)
{
    struct incoming *incoming = mem_new(sizeof *incoming);

    incoming->modem = modem;
    incoming->token = token;
    TAILQ_INSERT_TAIL(&modem->dispatch->incoming, incoming, entry);
    dispatch_kick(modem->dispatch);
    return incoming;
}

void incoming_add_sms(struct modem *modem, const struct link_inbound *sms)
{
    struct incoming *incoming = add(modem, sms->token);

    incoming->sms = *sms;
    incoming->sms.from = mem_strdup(sms->from);
    incoming->sms.text = mem_strdup(sms->text);
    incoming->sms.raw = mem_strdup(sms->raw);
    modem->shown.inbound_total++;
    modem->dispatch->this_minute.inbound_minute++;
    note_network_time(modem->dispatch, sms->smsc_at_ms);
    modem_note(
        modem, "inbound part=%d parts=%d", sms->udh_part, sms->udh_parts);
}

void incoming_add_report(struct modem *modem, const struct link_report *report)
{
    struct incoming *incoming = add(modem, report->token);

    incoming->kind = INCOMING_REPORT;
    incoming->report = *report;
    incoming->report.to = mem_strdup(report->to);
    note_network_time(modem->dispatch, report->smsc_at_ms);
}

void incoming_add_poison(struct modem *modem, const struct link_poison *poison)
{
    struct incoming *incoming = add(modem, poison->token);

    incoming->kind = INCOMING_POISON;
    incoming->poison = *poison;
    incoming->poison.memory = mem_strdup(poison->memory);
    incoming->poison.pdu = mem_strdup(poison->pdu);
    incoming->poison.why = mem_strdup(poison->why);
    modem_note(modem, "poison at %s %d: %s", poison->memory, poison->place,
        poison->why);
}

static void on_committed(void *arg, enum kb_err result)
{
    struct incoming *incoming = arg;

    if (result != KB_OK) {
        incoming->applied = false;
        return;
    }
    link_inbound_done(incoming->modem->link, incoming->token);
    drop(incoming);
}

static enum kb_err apply_report(struct incoming *incoming)
{
    struct modem *modem = incoming->modem;
    struct outbox_report report = {
        .modem = modem->name,
        .sim = modem->sim,
        .to = incoming->report.to,
        .tp_mr = incoming->report.tp_mr,
        .tp_st = incoming->report.tp_st,
    };
    int64_t id = 0;
    enum kb_err err =
        outbox_report(modem->dispatch->rooms.outbox, &report, &id);

    if (err == KB_OK) {
        modem_care_reported(modem, id, report.tp_mr);
        log_info("outbox: report id=%lld modem=%s mr=%d st=%d", (long long)id,
            modem->name, report.tp_mr, report.tp_st);
        modem_note(modem, "report id=%lld mr=%d st=%d", (long long)id,
            report.tp_mr, report.tp_st);
    }
    return err;
}

static enum kb_err apply(struct incoming *incoming)
{
    const struct dispatch_events *events = &incoming->modem->dispatch->events;

    switch (incoming->kind) {
    case INCOMING_REPORT:
        return apply_report(incoming);
    case INCOMING_POISON:
        return events->on_poison == NULL
                   ? KB_BUSY
                   : events->on_poison(events->arg, incoming->modem->name,
                         incoming->modem->sim, &incoming->poison);
    case INCOMING_SMS:
        break;
    }
    if (loop_take(incoming->modem, &incoming->sms)) {
        return KB_OK;
    }
    if (events->on_inbound == NULL) {
        return KB_BUSY;
    }
    return events->on_inbound(events->arg, incoming->modem->name,
        incoming->modem->sim, &incoming->sms);
}

/* Puts one into the turn's transaction; the effect comes with the commit. */
static enum kb_err take_in(struct dispatch *dispatch, struct incoming *incoming)
{
    enum kb_err err = incoming->applied ? KB_OK : apply(incoming);

    if (err == KB_OK && !incoming->applied) {
        incoming->applied = true;
        store_after_commit(dispatch->rooms.store, on_committed, incoming);
    }
    return err;
}

bool incoming_pump(struct dispatch *dispatch)
{
    struct incoming *at = TAILQ_FIRST(&dispatch->incoming);
    bool all = true;

    for (; at != NULL; at = TAILQ_NEXT(at, entry)) {
        enum kb_err err = take_in(dispatch, at);

        /* What fails stays in memory and on the SIM; a later turn tries again.
           One that is refused for a fault of its own is in nobody's way. */
        all = all && err == KB_OK;
        if (err == KB_BUSY || err == KB_FULL || err == KB_DB) {
            break;
        }
    }
    return all;
}

void incoming_clear(struct modem *modem)
{
    struct incoming_list *list = &modem->dispatch->incoming;
    struct incoming *next = NULL;

    for (struct incoming *at = TAILQ_FIRST(list); at != NULL; at = next) {
        next = TAILQ_NEXT(at, entry);
        if (at->modem == modem) {
            drop(at);
        }
    }
}
