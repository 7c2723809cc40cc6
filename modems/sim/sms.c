// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"
#include "modems/sim/sim.h"

#include <stdio.h>
#include <string.h>

/* +CMS codes (3GPP TS 27.005 §3.2.5) */
enum {
    CMS_NOT_ALLOWED = 302,
    CMS_NOT_SUPPORTED = 303,
    CMS_INVALID_PDU = 304,
    CMS_NO_SIM = 310,
    CMS_PIN_WANTED = 311,
    CMS_PUK_WANTED = 316,
    CMS_INVALID_INDEX = 321,
};

struct sim_result sim_sms_barred(const struct sim_modem *modem)
{
    if (sim_fault_is_on(&modem->fault[SIM_FAULT_SIM_REMOVED],
            (struct sim_fault_place){0})) {
        return SIM_RESULT_CMS(CMS_NO_SIM);
    }
    if (modem->pin == SIM_PIN_WANTED) {
        return SIM_RESULT_CMS(CMS_PIN_WANTED);
    }
    return modem->pin == SIM_PIN_READY ? SIM_RESULT_DONE
                                       : SIM_RESULT_CMS(CMS_PUK_WANTED);
}

/* --- stores ---------------------------------------------------------------- */

static const char *const store_names[SIM_STORE_COUNT] = {"SM", "ME", "SR"};

const char *sim_store_name(enum sim_store_id store)
{
    return store_names[store];
}

bool sim_store_has_room(const struct sim_modem *modem, enum sim_store_id store)
{
    bool shut = store != SIM_STORE_SR &&
                sim_fault_is_on(&modem->fault[SIM_FAULT_STORAGE_FULL],
                    (struct sim_fault_place){0});

    return !shut && modem->store[store].used < modem->store[store].slots;
}

size_t sim_store_add(
    struct sim_modem *modem, enum sim_store_id id, const struct sim_pdu *pdu)
{
    struct sim_store *store = &modem->store[id];

    if (!sim_store_has_room(modem, id)) {
        return 0;
    }
    for (size_t i = 0; i < store->slots; i++) {
        if (!store->slot[i].used) {
            store->slot[i] = (struct sim_slot){.used = true, .pdu = *pdu};
            store->used++;
            return i + 1;
        }
    }
    return 0;
}

static size_t first_place(const struct sim_modem *modem)
{
    return modem->sim->options.profile->from_zero ? 0 : 1;
}

size_t sim_store_place(const struct sim_modem *modem, size_t nth)
{
    return nth - 1 + first_place(modem);
}

static struct sim_slot *slot_at(struct sim_modem *modem, int index)
{
    struct sim_store *store = &modem->store[modem->settings.memory[0]];
    int first = (int)first_place(modem);

    if (index < first || (size_t)(index - first) >= store->slots) {
        return NULL;
    }
    return &store->slot[index - first];
}

static bool find_store(
    const struct sim_modem *modem, const char *name, enum sim_store_id *out)
{
    for (enum sim_store_id id = 0; id < SIM_STORE_COUNT; id++) {
        if (str_same(store_names[id], name) && modem->store[id].slots > 0) {
            *out = id;
            return true;
        }
    }
    return false;
}

static size_t used_in(const struct sim_modem *modem, enum sim_store_id id)
{
    return sim_store_has_room(modem, id) ? modem->store[id].used
                                         : modem->store[id].slots;
}

static struct sim_result cpms_read(struct sim_modem *modem)
{
    const enum sim_store_id *m = modem->settings.memory;

    sim_modem_info(modem, "+CPMS: \"%s\",%zu,%zu,\"%s\",%zu,%zu,\"%s\",%zu,%zu",
        store_names[m[0]], used_in(modem, m[0]), modem->store[m[0]].slots,
        store_names[m[1]], used_in(modem, m[1]), modem->store[m[1]].slots,
        store_names[m[2]], used_in(modem, m[2]), modem->store[m[2]].slots);
    return SIM_RESULT_DONE;
}

static struct sim_result cpms_set(
    struct sim_modem *modem, struct sim_args *args)
{
    struct sim_result barred = sim_sms_barred(modem);

    enum sim_store_id chosen[3] = {0};
    const enum sim_store_id *m = modem->settings.memory;

    if (barred.outcome != SIM_DONE) {
        return barred;
    }
    memcpy(chosen, m, sizeof chosen);
    for (size_t i = 0; i < args->count && i < 3; i++) {
        if (!find_store(modem, args->value[i], &chosen[i])) {
            return SIM_RESULT_CMS(CMS_NOT_ALLOWED);
        }
    }
    if (chosen[2] == SIM_STORE_SR) {
        return SIM_RESULT_CMS(CMS_NOT_ALLOWED); /* SMS need a store for SMS */
    }
    memcpy(modem->settings.memory, chosen, sizeof chosen);
    sim_modem_info(modem, "+CPMS: %zu,%zu,%zu,%zu,%zu,%zu",
        used_in(modem, m[0]), modem->store[m[0]].slots, used_in(modem, m[1]),
        modem->store[m[1]].slots, used_in(modem, m[2]),
        modem->store[m[2]].slots);
    return SIM_RESULT_DONE;
}

/* One that noise would hit by chance. */
static void misread(struct sim_modem *modem, char *hex)
{
    const struct sim_fault *fault = &modem->fault[SIM_FAULT_MISREAD];
    size_t digit = (size_t)fault->value;

    if (fault->left != 0 && digit <= strlen(hex) &&
        sim_modem_strikes(
            modem, SIM_FAULT_MISREAD, (struct sim_fault_place){0})) {
        hex[digit - 1] = (char)(hex[digit - 1] ^ 1);
    }
}

static void show_slot(
    struct sim_modem *modem, const char *head, struct sim_slot *slot)
{
    char hex[2 * SIM_PDU_MAX + 1] = {0};

    sim_hex(slot->pdu.data, slot->pdu.bytes, hex);
    misread(modem, hex);
    sim_modem_info(modem, "%s%d,,%zu\r\n%s", head, slot->read ? 1 : 0,
        sim_pdu_tpdu_bytes(&slot->pdu), hex);
    slot->read = true;
}

/* AT+CMGL without a number lists what is unread (TS 27.005 §3.4.2). */
static struct sim_result list(struct sim_modem *modem, int what)
{
    struct sim_result barred = sim_sms_barred(modem);
    const struct sim_store *store = &modem->store[modem->settings.memory[0]];

    if (barred.outcome != SIM_DONE) {
        return barred;
    }
    if (what < 0 || what > 4) {
        return SIM_RESULT_CMS(CMS_NOT_ALLOWED);
    }
    for (size_t i = 0; i < store->slots; i++) {
        struct sim_slot *slot = &store->slot[i];
        char head[32] = {0};

        if (slot->used && (what == 4 || what == (slot->read ? 1 : 0))) {
            (void)snprintf(head, sizeof head, "+CMGL: %zu,",
                sim_store_place(modem, i + 1));
            show_slot(modem, head, slot);
        }
    }
    return SIM_RESULT_DONE;
}

static struct sim_result cmgl_exec(struct sim_modem *modem)
{
    return list(modem, 0);
}

static struct sim_result cmgl_set(
    struct sim_modem *modem, struct sim_args *args)
{
    return list(modem, sim_args_number(args, 0, 0));
}

static struct sim_result cmgr_set(
    struct sim_modem *modem, struct sim_args *args)
{
    struct sim_result barred = sim_sms_barred(modem);
    struct sim_slot *slot = slot_at(modem, sim_args_number(args, 0, -1));

    if (barred.outcome != SIM_DONE) {
        return barred;
    }
    if (slot == NULL || !slot->used) {
        return SIM_RESULT_CMS(CMS_INVALID_INDEX);
    }
    show_slot(modem, "+CMGR: ", slot);
    return SIM_RESULT_DONE;
}

static void delete_slot(struct sim_modem *modem, size_t index)
{
    enum sim_store_id id = modem->settings.memory[0];
    struct sim_slot *slot = &modem->store[id].slot[index];
    struct sim_ledger *note = NULL;

    if (!slot->used) {
        return;
    }
    slot->used = false;
    modem->store[id].used--;
    modem->counts.deleted++;
    note = sim_note(modem, "deleted");
    sim_ledger_text(note, "store", store_names[id]);
    sim_ledger_number(note, "index", (int64_t)index + 1);
    sim_ledger_hex(note, "pdu", slot->pdu.data, slot->pdu.bytes);
    sim_ledger_end(note);
}

/* delflag 1: all read ones, 2 and 3 also sent and unsent (of which there are
 * none), 4: all. */
static struct sim_result cmgd_set(
    struct sim_modem *modem, struct sim_args *args)
{
    struct sim_result barred = sim_sms_barred(modem);
    int index = sim_args_number(args, 0, -1);
    int flag = sim_args_number(args, 1, 0);
    struct sim_store *store = &modem->store[modem->settings.memory[0]];

    if (barred.outcome != SIM_DONE) {
        return barred;
    }
    if (flag < 0 || flag > 4 || (flag == 0 && slot_at(modem, index) == NULL)) {
        return SIM_RESULT_CMS(CMS_INVALID_INDEX);
    }
    if (flag == 0) {
        delete_slot(modem, (size_t)index - first_place(modem));
    }
    for (size_t i = 0; flag > 0 && i < store->slots; i++) {
        if (flag == 4 || store->slot[i].read) {
            delete_slot(modem, i);
        }
    }
    sim_network_retry(modem);
    return SIM_RESULT_DONE;
}

/* --- +CMGS ----------------------------------------------------------------- */

/* A submit refused before its prompt. */
static struct sim_result refused_early(
    struct sim_modem *modem, struct sim_fault_place place)
{
    struct sim_fault *fault = modem->fault;

    if (sim_modem_strikes(modem, SIM_FAULT_CMS, place)) {
        return SIM_RESULT_CMS((int)fault[SIM_FAULT_CMS].value);
    }
    if (sim_modem_strikes(modem, SIM_FAULT_CME, place)) {
        return SIM_RESULT_CME((int)fault[SIM_FAULT_CME].value);
    }
    return sim_modem_strikes(modem, SIM_FAULT_BARE_ERROR, place)
               ? SIM_RESULT_ERROR
               : SIM_RESULT_DONE;
}

static bool takes_hang(struct sim_modem *modem, const char *stage)
{
    if (!sim_modem_strikes(modem, SIM_FAULT_HANG,
            (struct sim_fault_place){.at = stage, .command = "+CMGS"})) {
        return false;
    }
    sim_modem_hang(modem);
    return true;
}

static void show_prompt(struct sim_modem *modem)
{
    bool lost = false;

    modem->state = SIM_LINE_PROMPT;
    modem->line_bytes = 0;
    modem->prompt_shown = !sim_modem_strikes(
        modem, SIM_FAULT_NO_PROMPT, (struct sim_fault_place){0});
    if (modem->prompt_shown) {
        buf_add_text(&modem->out, "\r\n> ");
    }
    sim_modem_burst(modem);
    (void)(sim_modem_takes_cut(modem, "prompt", &lost) ||
           takes_hang(modem, "pdu"));
}

static struct sim_result cmgs_set(
    struct sim_modem *modem, struct sim_args *args)
{
    struct sim_fault_place place = {.at = "prompt", .command = "+CMGS"};
    struct sim_result result = sim_sms_barred(modem);
    int bytes = sim_args_number(args, 0, -1);
    bool lost = false;

    if (result.outcome == SIM_DONE) {
        result = refused_early(modem, place);
    }
    if (result.outcome != SIM_DONE) {
        return result;
    }
    /* A submit has at least 7 octets, at most 164 (TS 27.005 §4.1: 178). */
    if (bytes < 7 || bytes > 178 || args->count != 1) {
        return SIM_RESULT_CMS(CMS_INVALID_PDU);
    }
    if (sim_modem_takes_cut(modem, "before", &lost) ||
        takes_hang(modem, "prompt")) {
        return SIM_RESULT_LATER;
    }
    modem->cmgs_bytes = (size_t)bytes;
    show_prompt(modem);
    return SIM_RESULT_LATER;
}

static void refuse_typed(struct sim_modem *modem, const char *cause)
{
    struct sim_ledger *note = sim_note(modem, "malformed");

    sim_ledger_text(note, "cause", cause);
    sim_ledger_text(note, "typed", modem->line);
    sim_ledger_end(note);
    modem->counts.rejected++;
    sim_modem_final(modem, SIM_RESULT_CMS(CMS_INVALID_PDU));
}

static bool parse_typed(struct sim_modem *modem, const char **cause)
{
    struct sim_flight *flight = &modem->flight;

    *cause = "not hex, or too long";
    if (modem->line_too_long || sim_pdu_from_hex(modem->line, modem->line_bytes,
                                    &flight->pdu) != KB_OK) {
        return false;
    }
    *cause = "the length does not agree with +CMGS=";
    if (sim_pdu_tpdu_bytes(&flight->pdu) != modem->cmgs_bytes) {
        return false;
    }
    return sim_submit_parse(&flight->pdu, &flight->submit, cause) == KB_OK;
}

void sim_sms_typed(struct sim_modem *modem)
{
    const char *cause = NULL;
    bool lost = false;

    if (!modem->prompt_shown) {
        sim_note_event(modem, "unprompted");
    }
    if (!parse_typed(modem, &cause)) {
        refuse_typed(modem, cause);
        return;
    }
    modem->flight.typed_us = sim_timers_now_us(modem->sim->timers);
    if (sim_modem_takes_cut(modem, "after", &lost)) {
        if (!lost) {
            sim_network_submit_unheard(modem);
        }
        return;
    }
    if (takes_hang(modem, "submit")) {
        if (!modem->fault[SIM_FAULT_HANG].lost) {
            sim_network_submit_unheard(modem);
        }
        return;
    }
    modem->in_flight = true;
    sim_modem_after(modem, modem->pace.latency_us, sim_network_submit);
}

/* --- settings -------------------------------------------------------------- */

static struct sim_result cmgf_set(
    struct sim_modem *modem, struct sim_args *args)
{
    (void)modem;
    return sim_args_number(args, 0, 0) == 0 ? SIM_RESULT_DONE
                                            : SIM_RESULT_CMS(CMS_NOT_SUPPORTED);
}

static struct sim_result cmgf_read(struct sim_modem *modem)
{
    sim_modem_info(modem, "+CMGF: 0");
    return SIM_RESULT_DONE;
}

static struct sim_result cnmi_read(struct sim_modem *modem)
{
    const int *v = modem->settings.cnmi;

    sim_modem_info(
        modem, "+CNMI: %d,%d,%d,%d,%d", v[0], v[1], v[2], v[3], v[4]);
    return SIM_RESULT_DONE;
}

static struct sim_result cnmi_set(
    struct sim_modem *modem, struct sim_args *args)
{
    static const int most[5] = {3, 3, 3, 2, 1};
    int chosen[5] = {0};

    if (sim_modem_strikes(
            modem, SIM_FAULT_CNMI_REFUSED, (struct sim_fault_place){0})) {
        return SIM_RESULT_ERROR;
    }
    for (size_t i = 0; i < 5; i++) {
        chosen[i] = sim_args_number(args, i, modem->settings.cnmi[i]);
        if (chosen[i] < 0 || chosen[i] > most[i] ||
            !sim_make_allows_cnmi(modem, i, chosen[i])) {
            return SIM_RESULT_CMS(CMS_NOT_ALLOWED);
        }
    }
    memcpy(modem->settings.cnmi, chosen, sizeof chosen);
    sim_network_retry(modem);
    return SIM_RESULT_DONE;
}

static struct sim_result csca_read(struct sim_modem *modem)
{
    struct sim_result barred = sim_sms_barred(modem);

    if (barred.outcome != SIM_DONE) {
        return barred;
    }
    sim_modem_info(modem, "+CSCA: \"%s\",%d", modem->smsc,
        modem->smsc[0] == '+' ? 145 : 129);
    return SIM_RESULT_DONE;
}

static struct sim_result csca_set(
    struct sim_modem *modem, struct sim_args *args)
{
    const char *digits =
        args->value[0][0] == '+' ? args->value[0] + 1 : args->value[0];

    if ((digits[0] != '\0' && !str_digits(digits)) || strlen(digits) > 20) {
        return SIM_RESULT_CMS(CMS_NOT_ALLOWED);
    }
    return str_copy(modem->smsc, sizeof modem->smsc, args->value[0]) == KB_OK
               ? SIM_RESULT_DONE
               : SIM_RESULT_CMS(CMS_NOT_ALLOWED);
}

static struct sim_result cmms_read(struct sim_modem *modem)
{
    sim_modem_info(modem, "+CMMS: %d", modem->settings.more_messages);
    return SIM_RESULT_DONE;
}

static struct sim_result cmms_set(
    struct sim_modem *modem, struct sim_args *args)
{
    int value = sim_args_number(args, 0, 0);

    if (value < 0 || value > 2) {
        return SIM_RESULT_CMS(CMS_NOT_ALLOWED);
    }
    modem->settings.more_messages = value;
    return SIM_RESULT_DONE;
}

static struct sim_result csms_set(
    struct sim_modem *modem, struct sim_args *args)
{
    if (sim_args_number(args, 0, 0) != 0) {
        return SIM_RESULT_CMS(CMS_NOT_SUPPORTED); /* no +CNMA here */
    }
    sim_modem_info(modem, "+CSMS: 1,1,1");
    return SIM_RESULT_DONE;
}

static struct sim_result csms_read(struct sim_modem *modem)
{
    sim_modem_info(modem, "+CSMS: 0,1,1,1");
    return SIM_RESULT_DONE;
}

const struct sim_command sim_sms_commands[] = {
    {"+CMGS", NULL,             NULL,      NULL,      cmgs_set},
    {"+CMGR", NULL,             NULL,      NULL,      cmgr_set},
    {"+CMGL", "(0-4)",          cmgl_exec, NULL,      cmgl_set},
    {"+CMGD", "(1-1000),(0-4)", NULL,      NULL,      cmgd_set},
    {"+CMGF", "(0)",            NULL,      cmgf_read, cmgf_set},
    {"+CPMS", NULL,             NULL,      cpms_read, cpms_set},
    {"+CNMI", NULL,             NULL,      cnmi_read, cnmi_set},
    {"+CSCA", NULL,             NULL,      csca_read, csca_set},
    {"+CMMS", "(0-2)",          NULL,      cmms_read, cmms_set},
    {"+CSMS", "(0)",            NULL,      csms_read, csms_set},
    {NULL,    NULL,             NULL,      NULL,      NULL    },
};
