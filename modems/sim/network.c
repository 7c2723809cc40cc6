// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/mem.h"
#include "modems/sim/sim.h"

#include <stdlib.h>
#include <string.h>

enum {
    CMS_SMSC_UNKNOWN = 330,
    CMS_NO_NETWORK = 331,
};

static const struct sim_fault_place anywhere = {NULL, NULL, NULL};

static bool is_on(const struct sim_modem *modem, enum sim_fault_id id)
{
    return sim_fault_is_on(&modem->fault[id], anywhere);
}

static bool is_registered(const struct sim_modem *modem)
{
    return (modem->registration == 1 || modem->registration == 5) &&
           modem->settings.radio == 1;
}

bool sim_network_reaches(const struct sim_modem *modem)
{
    return modem->plugged && modem->state != SIM_LINE_HUNG &&
           sim_sms_barred(modem).outcome == SIM_DONE && is_registered(modem);
}

void sim_pending_free(struct sim_pending *pending)
{
    if (pending != NULL) {
        free(pending->text);
        free(pending);
    }
}

/* --- from the network to the modem ----------------------------------------- */

static void note_given(
    struct sim_modem *modem, const struct sim_pending *pending, size_t index)
{
    struct sim_ledger *note =
        sim_note(modem, pending->report ? "delivered" : "inbound");

    if (pending->report) {
        modem->counts.reports++;
        sim_ledger_text(note, "to", pending->from);
        sim_ledger_number(note, "ref", pending->number);
        sim_ledger_number(note, "status", pending->status);
    } else {
        modem->counts.inbound++;
        sim_ledger_text(note, "from", pending->from);
        if (pending->text != NULL) {
            sim_ledger_text(note, "text", pending->text);
        }
        sim_ledger_number(note, "part", pending->part);
        sim_ledger_number(note, "parts", pending->parts);
    }
    if (index > 0) {
        sim_ledger_number(note, "index", (int64_t)index);
    }
    sim_ledger_hex(note, "pdu", pending->pdu.data, pending->pdu.bytes);
    sim_ledger_end(note);
}

static void show_direct(
    struct sim_modem *modem, const struct sim_pending *pending)
{
    char hex[2 * SIM_PDU_MAX + 1] = {0};

    sim_hex(pending->pdu.data, pending->pdu.bytes, hex);
    sim_modem_urc(modem, "%s%zu\r\n%s", pending->report ? "+CDS: " : "+CMT: ,",
        sim_pdu_tpdu_bytes(&pending->pdu), hex);
}

static bool store_and_tell(struct sim_modem *modem,
    const struct sim_pending *pending, enum sim_store_id store)
{
    size_t index = sim_store_add(modem, store, &pending->pdu);
    bool tells = sim_make_tells(modem) &&
                 (pending->report || modem->settings.cnmi[1] > 0);

    if (index == 0) {
        return false;
    }
    note_given(modem, pending, index);
    if (tells) {
        sim_modem_urc(modem, "%s: \"%s\",%zu",
            pending->report ? "+CDSI" : "+CMTI", sim_store_name(store),
            sim_store_place(modem, index));
    }
    return true;
}

static enum sim_store_id store_of(
    const struct sim_modem *modem, const struct sim_pending *pending)
{
    if (pending->report && modem->store[SIM_STORE_SR].slots > 0) {
        return SIM_STORE_SR;
    }
    return pending->for_sim ? SIM_STORE_SM : modem->settings.memory[2];
}

/*
 * Where +CNMI sends it (TS 27.005 §3.4.1). Reports wait while ds is 0: a
 * gateway that has just started has not said yet that it wants them, and a
 * real network would take longer to find the modem than its start takes.
 */
static bool hand_over(
    struct sim_modem *modem, const struct sim_pending *pending)
{
    int route = modem->settings.cnmi[pending->report ? 3 : 1];
    bool direct = pending->report ? route == 1 : route == 2;

    if (pending->report && route == 0) {
        return false;
    }
    if (direct && !modem->is_open) {
        return false; /* would be said to nobody */
    }
    if (direct) {
        note_given(modem, pending, 0);
        show_direct(modem, pending);
        return true;
    }
    return store_and_tell(modem, pending, store_of(modem, pending));
}

void sim_network_give(struct sim_modem *modem, struct sim_pending *take_pending)
{
    int kind = take_pending->report ? 1 : 0;

    if (modem->pending_count[kind] >= SIM_PENDING_MAX) {
        sim_note_event(modem, "dropped");
        sim_pending_free(take_pending);
        return;
    }
    STAILQ_INSERT_TAIL(&modem->pending[kind], take_pending, next);
    modem->pending_count[kind]++;
    sim_network_retry(modem);
}

static void drop_first(struct sim_modem *modem, int kind)
{
    struct sim_pending *pending = STAILQ_FIRST(&modem->pending[kind]);

    STAILQ_REMOVE_HEAD(&modem->pending[kind], next);
    modem->pending_count[kind]--;
    sim_pending_free(pending);
}

void sim_network_retry(struct sim_modem *modem)
{
    for (int kind = 0; kind < 2 && sim_network_reaches(modem); kind++) {
        while (!STAILQ_EMPTY(&modem->pending[kind]) &&
               hand_over(modem, STAILQ_FIRST(&modem->pending[kind]))) {
            drop_first(modem, kind);
        }
    }
}

void sim_network_register(struct sim_modem *modem, int registration)
{
    bool changed = modem->registration != registration;

    modem->registration = registration;
    if (changed && modem->settings.creg > 0) {
        sim_modem_urc(modem, "+CREG: %d", registration);
    }
    sim_network_retry(modem);
}

/* --- delivery reports ------------------------------------------------------ */

struct report_due {
    struct sim_modem *modem;
    uint8_t destination[12];
    size_t destination_bytes;
    char to[SIM_ADDRESS_MAX];
    uint8_t mr;
    uint8_t status;
    int64_t accepted_at_ms;
};

static int64_t wall_ms(void)
{
    struct clock clock = clock_system();

    return clock_now_ms(&clock);
}

static void give_report(const struct report_due *due)
{
    struct sim_pending *pending = mem_new(sizeof *pending);
    struct sim_report report = {
        .smsc = due->modem->smsc,
        .recipient = due->destination,
        .recipient_bytes = due->destination_bytes,
        .mr = due->mr,
        .status = due->status,
        .submitted_at_ms = due->accepted_at_ms,
        .done_at_ms = wall_ms(),
    };

    if (sim_report_build(&report, &pending->pdu) != KB_OK) {
        sim_pending_free(pending);
        return;
    }
    pending->report = true;
    (void)memcpy(pending->from, due->to, sizeof pending->from);
    pending->number = due->mr;
    pending->status = due->status;
    sim_network_give(due->modem, pending);
}

static void on_report_due(void *arg)
{
    struct report_due *due = arg;

    give_report(due);
    if (is_on(due->modem, SIM_FAULT_REPORT_TWICE)) {
        give_report(due);
    }
    free(due);
}

static bool wants_report(struct sim_modem *modem, struct sim_fault_place place)
{
    return modem->flight.submit.report_asked && modem->pace.report_us >= 0 &&
           !sim_modem_strikes(modem, SIM_FAULT_NO_REPORTS, place) &&
           (int)sim_random(modem->sim, 100) < modem->report_percent;
}

/* The report of what was just accepted as mr; early: before the answer. */
static void plan_report(struct sim_modem *modem, uint8_t mr)
{
    const struct sim_submit *submit = &modem->flight.submit;
    struct sim_fault_place place = {.to = submit->to};
    struct report_due *due = NULL;

    if (!wants_report(modem, place)) {
        return;
    }
    due = mem_new(sizeof *due);
    due->modem = modem;
    due->mr = mr;
    due->accepted_at_ms = wall_ms();
    memcpy(due->to, submit->to, sizeof due->to);
    memcpy(due->destination, submit->destination, sizeof due->destination);
    due->destination_bytes = submit->destination_bytes;
    if (sim_modem_strikes(modem, SIM_FAULT_REPORT_STATUS, place)) {
        due->status = (uint8_t)modem->fault[SIM_FAULT_REPORT_STATUS].value;
    }
    if (sim_modem_strikes(modem, SIM_FAULT_REPORT_EARLY, place)) {
        on_report_due(due);
        return;
    }
    sim_timers_add_owned(
        modem->sim->timers, modem->pace.report_us, on_report_due, due);
}

/* --- from the modem to the network ----------------------------------------- */

static void note_submit(
    struct sim_ledger *note, const struct sim_flight *flight)
{
    const struct sim_submit *submit = &flight->submit;

    sim_ledger_text(note, "to", submit->to);
    sim_ledger_text(note, "text", submit->text);
    sim_ledger_text(note, "coding", sim_coding_name(submit->coding));
    if (submit->coding == SIM_CODING_8BIT) {
        sim_ledger_hex(note, "data", submit->data, submit->data_bytes);
    }
    if (submit->class >= 0) {
        sim_ledger_number(note, "class", submit->class);
    }
    if (submit->concat_ref >= 0) {
        sim_ledger_number(note, "udh_ref", submit->concat_ref);
        sim_ledger_number(note, "udh_ref_bits", submit->concat_bits);
    }
    sim_ledger_number(note, "part", submit->part);
    sim_ledger_number(note, "parts", submit->parts);
    sim_ledger_bool(note, "report_asked", submit->report_asked);
    if (submit->validity_min >= 0) {
        sim_ledger_number(note, "validity_min", submit->validity_min);
    }
    sim_ledger_number(note, "typed_us", flight->typed_us);
    sim_ledger_hex(note, "pdu", flight->pdu.data, flight->pdu.bytes);
}

/* The network takes it: from here on it is sent, whatever the gateway hears. */
static uint8_t accept_flight(struct sim_modem *modem)
{
    struct sim_ledger *note = sim_note(modem, "accepted");
    uint8_t mr = modem->next_mr;

    modem->next_mr++;
    modem->counts.accepted++;
    modem->credit -= modem->message_cost;
    sim_ledger_number(note, "ref", mr);
    note_submit(note, &modem->flight);
    sim_ledger_end(note);
    return mr;
}

static void reject_flight(struct sim_modem *modem, struct sim_result result)
{
    struct sim_ledger *note = sim_note(modem, "rejected");

    modem->counts.rejected++;
    sim_ledger_text(note, "error",
        result.outcome == SIM_CMS   ? "cms"
        : result.outcome == SIM_CME ? "cme"
                                    : "bare");
    sim_ledger_number(note, "code", result.code);
    note_submit(note, &modem->flight);
    sim_ledger_end(note);
    sim_modem_final(modem, result);
}

/* The last three digits of the number, where a fault makes a code of them. */
static int code_of_number(struct sim_modem *modem, enum sim_fault_id id)
{
    const char *to = modem->flight.submit.to;
    size_t length = strlen(to);
    int code = length < 3 ? 0 : (int)strtol(to + length - 3, NULL, 10);

    return code != 0 && is_on(modem, id) ? code : 0;
}

/* Why the network does not take the flight; SIM_DONE where it does. */
static struct sim_result refusal(
    struct sim_modem *modem, struct sim_fault_place place)
{
    struct sim_fault *fault = modem->fault;

    if (!is_registered(modem)) {
        return SIM_RESULT_CMS(CMS_NO_NETWORK);
    }
    if (!modem->flight.submit.has_smsc && modem->smsc[0] == '\0') {
        return SIM_RESULT_CMS(CMS_SMSC_UNKNOWN);
    }
    if (sim_modem_strikes(modem, SIM_FAULT_CMS, place)) {
        return SIM_RESULT_CMS((int)fault[SIM_FAULT_CMS].value);
    }
    if (sim_modem_strikes(modem, SIM_FAULT_CME, place)) {
        return SIM_RESULT_CME((int)fault[SIM_FAULT_CME].value);
    }
    if (sim_modem_strikes(modem, SIM_FAULT_BARE_ERROR, place)) {
        return SIM_RESULT_ERROR;
    }
    if (code_of_number(modem, SIM_FAULT_CMS_BY_NUMBER) != 0) {
        return SIM_RESULT_CMS(code_of_number(modem, SIM_FAULT_CMS_BY_NUMBER));
    }
    if (code_of_number(modem, SIM_FAULT_CME_BY_NUMBER) != 0) {
        return SIM_RESULT_CME(code_of_number(modem, SIM_FAULT_CME_BY_NUMBER));
    }
    return modem->credit < modem->message_cost
               ? SIM_RESULT_CMS(modem->no_credit_code)
               : SIM_RESULT_DONE;
}

struct late_answer {
    struct sim_modem *modem;
    unsigned powered;
    uint8_t mr;
};

static void on_late_answer(void *arg)
{
    struct late_answer *late = arg;
    struct sim_modem *modem = late->modem;

    /* A power cycle forgets it; else it comes, into whatever goes on. */
    if (modem->powered == late->powered && modem->state != SIM_LINE_HUNG) {
        buf_printf(&modem->out, "\r\n+CMGS: %d\r\n\r\nOK\r\n", late->mr);
    }
    free(late);
}

static void free_line(struct sim_modem *modem)
{
    modem->state = SIM_LINE_READING;
    modem->line_bytes = 0;
    modem->in_flight = false;
    buf_add(&modem->out, buf_text(&modem->urcs), modem->urcs.used);
    modem->urcs.used = 0;
}

static void answer_late(struct sim_modem *modem, uint8_t mr)
{
    const struct sim_fault *fault = &modem->fault[SIM_FAULT_LATE_CMGS];
    int64_t delay_us = fault->value * 1000000 / modem->sim->options.clock_speed;
    struct late_answer *late = mem_new(sizeof *late);

    *late = (struct late_answer){modem, modem->powered, mr};
    sim_timers_add_owned(modem->sim->timers, delay_us, on_late_answer, late);
    if (fault->busy) {
        sim_modem_after(modem, delay_us, free_line);
    } else {
        free_line(modem);
    }
}

void sim_network_submit(struct sim_modem *modem)
{
    struct sim_fault_place place = {
        .at = "after", .command = "+CMGS", .to = modem->flight.submit.to};
    struct sim_fault_place whom = {.to = place.to};
    struct sim_result result = refusal(modem, place);
    uint8_t mr = 0;

    if (result.outcome != SIM_DONE) {
        reject_flight(modem, result);
        return;
    }
    mr = accept_flight(modem);
    plan_report(modem, mr);
    if (sim_modem_strikes(modem, SIM_FAULT_LOST_CMGS, whom)) {
        free_line(modem);
    } else if (sim_modem_strikes(modem, SIM_FAULT_LATE_CMGS, whom)) {
        answer_late(modem, mr);
    } else {
        sim_modem_info(modem, "+CMGS: %d", mr);
        sim_modem_final(modem, SIM_RESULT_DONE);
    }
}

void sim_network_submit_unheard(struct sim_modem *modem)
{
    if (is_registered(modem)) {
        plan_report(modem, accept_flight(modem));
    }
}
