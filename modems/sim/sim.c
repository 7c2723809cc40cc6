// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/sim/sim.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    REPORT_SLOTS = 100,
    ME_SLOTS = 50,
    START_CREDIT = 50000
};

const struct sim_profile *sim_profile_find(const char *name)
{
    for (size_t i = 0; i < sim_profile_count; i++) {
        if (strcmp(sim_profiles[i].name, name) == 0) {
            return &sim_profiles[i];
        }
    }
    return NULL;
}

void sim_profile_help(struct buf *out)
{
    for (size_t i = 0; i < sim_profile_count; i++) {
        buf_printf(out, "%s%s", i == 0 ? "" : ", ", sim_profiles[i].name);
    }
}

/* Appends the Luhn digit of an IMEI or ICCID, so that both look right. */
static void add_luhn(char *digits)
{
    size_t length = strlen(digits);
    int sum = 0;

    for (size_t i = 0; i < length; i++) {
        int value = digits[length - 1 - i] - '0';

        value *= i % 2 == 0 ? 2 : 1;
        sum += value / 10 + value % 10;
    }
    digits[length] = (char)('0' + (10 - sum % 10) % 10);
    digits[length + 1] = '\0';
}

static void name_modem(struct sim_modem *modem)
{
    unsigned n = (unsigned)modem->number % 1000;

    (void)snprintf(modem->name, sizeof modem->name, "m%u", n);
    (void)snprintf(modem->imei, sizeof modem->imei, "35315090%06u", n);
    add_luhn(modem->imei);
    (void)snprintf(modem->imsi, sizeof modem->imsi, "5101090000%05u", n);
    (void)snprintf(modem->iccid, sizeof modem->iccid, "8962100900000%05u", n);
    add_luhn(modem->iccid);
    (void)snprintf(
        modem->own_number, sizeof modem->own_number, "+62811000%05u", n);
    (void)snprintf(modem->smsc, sizeof modem->smsc, "+6281100000");
}

static void make_store(
    struct sim_modem *modem, enum sim_store_id id, size_t slots)
{
    modem->store[id].slots = slots;
    modem->store[id].slot = mem_array(slots + 1, sizeof(struct sim_slot));
}

static void make_modem(struct sim *sim, struct sim_modem *modem, int number)
{
    const struct sim_options *options = &sim->options;

    modem->sim = sim;
    modem->number = number;
    name_modem(modem);
    modem->pace = options->pace;
    modem->report_percent = options->report_percent;
    modem->next_mr = (uint8_t)sim_random(sim, 256);
    modem->registration = 1;
    modem->rssi = 20;
    modem->ber = 99;
    modem->credit = START_CREDIT;
    modem->no_credit_code = 50; /* requested facility not subscribed */
    modem->pin_tries = 3;
    modem->puk_tries = 10;
    (void)snprintf(modem->pin_code, sizeof modem->pin_code, "1234");
    if (options->pin != NULL) {
        modem->pin_asked = true;
        (void)strncpy(
            modem->pin_code, options->pin, sizeof modem->pin_code - 1);
    }
    make_store(modem, SIM_STORE_SM, options->sms_store);
    make_store(modem, SIM_STORE_ME, options->profile->has_me ? ME_SLOTS : 0);
    make_store(modem, SIM_STORE_SR, options->profile->no_sr ? 0 : REPORT_SLOTS);
    STAILQ_INIT(&modem->pending[0]);
    STAILQ_INIT(&modem->pending[1]);
    sim_ussd_defaults(modem);
    modem->plugged = true;
    sim_modem_power(modem);
}

struct sim *sim_new(const struct sim_options *options,
    struct sim_ledger *ledger, int64_t now_us)
{
    struct sim *sim = mem_new(sizeof *sim);

    sim->options = *options;
    sim->timers = sim_timers_new(now_us);
    sim->ledger = ledger;
    sim->random = options->seed;
    sim->modems = options->modems;
    sim->modem = mem_array(sim->modems, sizeof *sim->modem);
    for (size_t i = 0; i < sim->modems; i++) {
        make_modem(sim, &sim->modem[i], (int)i + 1);
    }
    return sim;
}

static void clear_pending(struct sim_pending_list *list)
{
    struct sim_pending *pending = NULL;

    while ((pending = STAILQ_FIRST(list)) != NULL) {
        STAILQ_REMOVE_HEAD(list, next);
        sim_pending_free(pending);
    }
}

static void clear_modem(struct sim_modem *modem)
{
    clear_pending(&modem->pending[0]);
    clear_pending(&modem->pending[1]);
    for (size_t i = 0; i < modem->ussd_count; i++) {
        free(modem->ussd[i].reply);
    }
    for (int i = 0; i < SIM_STORE_COUNT; i++) {
        free(modem->store[i].slot);
    }
    buf_clear(&modem->in);
    buf_clear(&modem->out);
    buf_clear(&modem->urcs);
}

void sim_free(struct sim *sim)
{
    if (sim == NULL) {
        return;
    }
    for (size_t i = 0; i < sim->modems; i++) {
        clear_modem(&sim->modem[i]);
    }
    free(sim->modem);
    sim_timers_free(sim->timers);
    free(sim);
}

struct sim_modem *sim_find(struct sim *sim, const char *name)
{
    for (size_t i = 0; i < sim->modems; i++) {
        if (strcmp(sim->modem[i].name, name) == 0) {
            return &sim->modem[i];
        }
    }
    return NULL;
}

/* splitmix64: small, repeatable from its seed, good enough for faults. */
uint32_t sim_random(struct sim *sim, uint32_t limit)
{
    uint64_t value = 0;

    sim->random += UINT64_C(0x9e3779b97f4a7c15);
    value = sim->random;
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    value ^= value >> 31;
    return (uint32_t)(value % limit);
}

struct sim_ledger *sim_note(struct sim_modem *modem, const char *event)
{
    sim_ledger_begin(modem->sim->ledger, event, modem->name,
        sim_timers_now_us(modem->sim->timers));
    return modem->sim->ledger;
}

void sim_note_event(struct sim_modem *modem, const char *event)
{
    sim_ledger_end(sim_note(modem, event));
}
