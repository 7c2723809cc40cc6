// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"
#include "modems/sim/sim.h"

#include <stdio.h>
#include <string.h>

/* The SIM card: its lock and what is written on it. */

/* +CME codes (3GPP TS 27.007 §9.2.1) */
enum {
    CME_NOT_ALLOWED = 3,
    CME_NO_SIM = 10,
    CME_PIN_WANTED = 11,
    CME_PUK_WANTED = 12,
    CME_SIM_FAILURE = 13,
    CME_WRONG_PASSWORD = 16,
    CME_NOT_FOUND = 22
};

static const char puk[] = "12345678";

static struct sim_result card_barred(const struct sim_modem *modem)
{
    if (sim_fault_is_on(&modem->fault[SIM_FAULT_SIM_REMOVED],
            (struct sim_fault_place){0})) {
        return SIM_RESULT_CME(CME_NO_SIM);
    }
    switch (modem->pin) {
    case SIM_PIN_WANTED:
        return SIM_RESULT_CME(CME_PIN_WANTED);
    case SIM_PUK_WANTED:
        return SIM_RESULT_CME(CME_PUK_WANTED);
    case SIM_PUK_BLOCKED:
        return SIM_RESULT_CME(CME_SIM_FAILURE);
    case SIM_PIN_READY:
        break;
    }
    return SIM_RESULT_DONE;
}

static struct sim_result cpin_read(struct sim_modem *modem)
{
    struct sim_result barred = card_barred(modem);

    if (barred.code == CME_NO_SIM || barred.code == CME_SIM_FAILURE) {
        return barred;
    }
    sim_modem_info(modem, "+CPIN: %s",
        modem->pin == SIM_PIN_READY    ? "READY"
        : modem->pin == SIM_PIN_WANTED ? "SIM PIN"
                                       : "SIM PUK");
    return SIM_RESULT_DONE;
}

static void note_pin(struct sim_modem *modem, const char *event)
{
    struct sim_ledger *note = sim_note(modem, event);

    sim_ledger_number(note, "tries_left",
        modem->pin == SIM_PIN_WANTED ? modem->pin_tries : modem->puk_tries);
    sim_ledger_end(note);
}

static struct sim_result unlock(struct sim_modem *modem)
{
    modem->pin = SIM_PIN_READY;
    modem->pin_tries = 3;
    modem->puk_tries = 10;
    sim_note_event(modem, "unlocked");
    sim_network_retry(modem);
    return SIM_RESULT_DONE;
}

static struct sim_result enter_pin(struct sim_modem *modem, const char *code)
{
    if (strcmp(code, modem->pin_code) == 0) {
        return unlock(modem);
    }
    modem->pin_tries--;
    note_pin(modem, "wrong_pin");
    if (modem->pin_tries == 0) {
        modem->pin = SIM_PUK_WANTED;
    }
    return SIM_RESULT_CME(CME_WRONG_PASSWORD);
}

static struct sim_result enter_puk(
    struct sim_modem *modem, const struct sim_args *args)
{
    bool has_pin = args->count == 2 && str_digits(args->value[1]) &&
                   strlen(args->value[1]) < sizeof modem->pin_code;

    if (has_pin && strcmp(args->value[0], puk) == 0) {
        (void)snprintf(
            modem->pin_code, sizeof modem->pin_code, "%s", args->value[1]);
        return unlock(modem);
    }
    modem->puk_tries--;
    note_pin(modem, "wrong_puk");
    if (modem->puk_tries == 0) {
        modem->pin = SIM_PUK_BLOCKED;
    }
    return SIM_RESULT_CME(CME_WRONG_PASSWORD);
}

static struct sim_result cpin_set(
    struct sim_modem *modem, struct sim_args *args)
{
    struct sim_result barred = card_barred(modem);

    if (barred.code == CME_NO_SIM || barred.code == CME_SIM_FAILURE) {
        return barred;
    }
    if (modem->pin == SIM_PIN_READY) {
        return SIM_RESULT_CME(CME_NOT_ALLOWED);
    }
    return modem->pin == SIM_PIN_WANTED ? enter_pin(modem, args->value[0])
                                        : enter_puk(modem, args);
}

static struct sim_result cimi_exec(struct sim_modem *modem)
{
    struct sim_result barred = card_barred(modem);

    if (barred.outcome == SIM_DONE) {
        sim_modem_info(modem, "%s", modem->imsi);
    }
    return barred;
}

static struct sim_result show_iccid(struct sim_modem *modem, const char *prefix)
{
    if (card_barred(modem).code == CME_NO_SIM) {
        return SIM_RESULT_CME(CME_NO_SIM);
    }
    sim_modem_info(modem, "%s%s", prefix, modem->iccid);
    return SIM_RESULT_DONE;
}

static struct sim_result ccid_exec(struct sim_modem *modem)
{
    return show_iccid(modem, "+CCID: ");
}

static struct sim_result iccid_exec(struct sim_modem *modem)
{
    return show_iccid(modem, "+ICCID: ");
}

static struct sim_result huawei_iccid(struct sim_modem *modem)
{
    return show_iccid(modem, "^ICCID: ");
}

static struct sim_result cnum_exec(struct sim_modem *modem)
{
    struct sim_result barred = card_barred(modem);

    if (barred.outcome == SIM_DONE) {
        sim_modem_info(modem, "+CNUM: \"\",\"%s\",145", modem->own_number);
    }
    return barred;
}

/* No phone book: empty, as on most SIMs in modems. */
static struct sim_result cpbr_set(
    struct sim_modem *modem, struct sim_args *args)
{
    struct sim_result barred = card_barred(modem);

    (void)args;
    return barred.outcome == SIM_DONE ? SIM_RESULT_CME(CME_NOT_FOUND) : barred;
}

const struct sim_command sim_sim_commands[] = {
    {"+CPIN",  NULL,            NULL,         cpin_read,    cpin_set},
    {"+CIMI",  NULL,            cimi_exec,    NULL,         NULL    },
    {"+CCID",  NULL,            ccid_exec,    ccid_exec,    NULL    },
    {"+ICCID", NULL,            iccid_exec,   iccid_exec,   NULL    },
    {"^ICCID", NULL,            huawei_iccid, huawei_iccid, NULL    },
    {"+CNUM",  NULL,            cnum_exec,    NULL,         NULL    },
    {"+CPBR",  "(1-250),40,14", NULL,         NULL,         cpbr_set},
    {NULL,     NULL,            NULL,         NULL,         NULL    },
};
