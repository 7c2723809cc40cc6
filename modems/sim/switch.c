// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/sim/sim.h"

/* Switching faults on a modem, and those that act at once. */

static void on_chatter(void *arg)
{
    struct sim_modem *modem = arg;
    const struct sim_fault *fault = &modem->fault[SIM_FAULT_CHATTER];

    modem->chatter_timer = 0;
    if (fault->left == 0) {
        return;
    }
    /* Straight to the wire: a modem that hangs may chatter on. */
    if (modem->plugged) {
        buf_printf(&modem->out, "\r\n^RSSI:%d\r\n", modem->rssi);
    }
    modem->chatter_timer = sim_timers_add(
        modem->sim->timers, fault->value * 1000, on_chatter, modem);
}

/* Off again: the SIM is as it was when the program started. */
static void lock_card(struct sim_modem *modem, enum sim_pin pin, bool on)
{
    modem->pin = on ? pin : SIM_PIN_READY;
    modem->pin_asked = on || modem->sim->options.pin != NULL;
    modem->pin_tries = on && pin == SIM_PUK_WANTED ? 0 : 3;
    modem->puk_tries = 10;
}

void sim_modem_set_fault(struct sim_modem *modem, enum sim_fault_id id,
    const struct sim_fault *fault)
{
    struct sim_ledger *note = sim_note(modem, "fault");

    sim_ledger_text(note, "fault", sim_fault_name(id));
    sim_ledger_number(note, "left", fault->left);
    sim_ledger_end(note);
    modem->fault[id] = *fault;
    if (id == SIM_FAULT_CHATTER && modem->chatter_timer == 0) {
        on_chatter(modem);
    } else if (id == SIM_FAULT_HANG && fault->left == 0) {
        sim_modem_heal(modem);
    } else if (id == SIM_FAULT_PIN) {
        lock_card(modem, SIM_PIN_WANTED, fault->left != 0);
    } else if (id == SIM_FAULT_PUK) {
        lock_card(modem, SIM_PUK_WANTED, fault->left != 0);
    }
    if (fault->left == 0) {
        sim_network_retry(modem);
    }
}
