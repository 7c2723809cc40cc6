// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/str.h"
#include "modems/sim/sim.h"

#include <stdio.h>
#include <string.h>

/* The modem itself, its radio, and voice calls. */

enum {
    CME_NOT_SUPPORTED = 4,
    RING_US = 3000000
};

static const char operator_name[] = "TELKOMSEL";
static const char operator_code[] = "51010";

/* --- who it is ------------------------------------------------------------- */

static struct sim_result cgmi_exec(struct sim_modem *modem)
{
    sim_modem_info(modem, "%s", modem->sim->options.profile->manufacturer);
    return SIM_RESULT_DONE;
}

static struct sim_result cgmm_exec(struct sim_modem *modem)
{
    sim_modem_info(modem, "%s", modem->sim->options.profile->model);
    return SIM_RESULT_DONE;
}

static struct sim_result cgmr_exec(struct sim_modem *modem)
{
    sim_modem_info(modem, "%s", modem->sim->options.profile->revision);
    return SIM_RESULT_DONE;
}

static struct sim_result cgsn_exec(struct sim_modem *modem)
{
    sim_modem_info(modem, "%s", modem->imei);
    return SIM_RESULT_DONE;
}

static struct sim_result gcap_exec(struct sim_modem *modem)
{
    sim_modem_info(modem, "+GCAP: +CGSM");
    return SIM_RESULT_DONE;
}

/* --- numbers that are set and read ----------------------------------------- */

static struct sim_result set_number(
    const struct sim_args *args, int most, int *setting)
{
    int value = sim_args_number(args, 0, 0);

    if (value < 0 || value > most) {
        return SIM_RESULT_CME(CME_NOT_SUPPORTED);
    }
    *setting = value;
    return SIM_RESULT_DONE;
}

static struct sim_result cmee_read(struct sim_modem *modem)
{
    sim_modem_info(modem, "+CMEE: %d", modem->settings.error_format);
    return SIM_RESULT_DONE;
}

static struct sim_result cmee_set(
    struct sim_modem *modem, struct sim_args *args)
{
    return set_number(args, 2, &modem->settings.error_format);
}

static struct sim_result clip_read(struct sim_modem *modem)
{
    sim_modem_info(modem, "+CLIP: %d,1", modem->settings.clip ? 1 : 0);
    return SIM_RESULT_DONE;
}

static struct sim_result clip_set(
    struct sim_modem *modem, struct sim_args *args)
{
    int value = 0;
    struct sim_result result = set_number(args, 1, &value);

    modem->settings.clip = value == 1;
    return result;
}

static struct sim_result crc_read(struct sim_modem *modem)
{
    sim_modem_info(modem, "+CRC: %d", modem->settings.ring_format);
    return SIM_RESULT_DONE;
}

static struct sim_result crc_set(struct sim_modem *modem, struct sim_args *args)
{
    return set_number(args, 1, &modem->settings.ring_format);
}

/* The SIM's phone book is all there is, and it is empty. */
static struct sim_result cpbs_read(struct sim_modem *modem)
{
    sim_modem_info(modem, "+CPBS: \"SM\",0,250");
    return SIM_RESULT_DONE;
}

static struct sim_result cpbs_set(
    struct sim_modem *modem, struct sim_args *args)
{
    (void)modem;
    return str_same(args->value[0], "SM") ? SIM_RESULT_DONE
                                          : SIM_RESULT_CME(CME_NOT_SUPPORTED);
}

static struct sim_result cfun_read(struct sim_modem *modem)
{
    sim_modem_info(modem, "+CFUN: %d", modem->settings.radio);
    return SIM_RESULT_DONE;
}

/* AT+CFUN=1,1 starts the modem anew, as after a power cycle. */
static struct sim_result cfun_set(
    struct sim_modem *modem, struct sim_args *args)
{
    struct sim_result result = set_number(args, 4, &modem->settings.radio);

    if (sim_args_number(args, 1, 0) == 1) {
        bool echo = modem->settings.echo;

        sim_modem_power(modem);
        modem->settings.echo = echo;
    }
    sim_network_retry(modem);
    return result;
}

static struct sim_result cscs_read(struct sim_modem *modem)
{
    sim_modem_info(modem, "+CSCS: \"%s\"", modem->settings.charset);
    return SIM_RESULT_DONE;
}

static struct sim_result cscs_set(
    struct sim_modem *modem, struct sim_args *args)
{
    char quoted[16] = {0};

    (void)snprintf(quoted, sizeof quoted, "\"%.11s\"", args->value[0]);
    if (strstr(modem->sim->options.profile->charsets, quoted) == NULL) {
        return SIM_RESULT_CME(CME_NOT_SUPPORTED);
    }
    return str_copy(modem->settings.charset, sizeof modem->settings.charset,
               args->value[0]) == KB_OK
               ? SIM_RESULT_DONE
               : SIM_RESULT_CME(CME_NOT_SUPPORTED);
}

/* --- the radio ------------------------------------------------------------- */

static int registration_of(const struct sim_modem *modem)
{
    bool heard =
        modem->settings.radio == 1 && sim_sms_barred(modem).outcome == SIM_DONE;

    return heard ? modem->registration : 0;
}

static struct sim_result csq_exec(struct sim_modem *modem)
{
    sim_modem_info(modem, "+CSQ: %d,%d", modem->rssi, modem->ber);
    return SIM_RESULT_DONE;
}

static struct sim_result show_registration(
    struct sim_modem *modem, const char *name, int format)
{
    int state = registration_of(modem);

    if (format == 2 && (state == 1 || state == 5)) {
        sim_modem_info(
            modem, "%s: %d,%d,\"2B0C\",\"01F7\"", name, format, state);
    } else {
        sim_modem_info(modem, "%s: %d,%d", name, format, state);
    }
    return SIM_RESULT_DONE;
}

static struct sim_result creg_read(struct sim_modem *modem)
{
    return show_registration(modem, "+CREG", modem->settings.creg);
}

static struct sim_result creg_set(
    struct sim_modem *modem, struct sim_args *args)
{
    return set_number(args, 2, &modem->settings.creg);
}

static struct sim_result cgreg_read(struct sim_modem *modem)
{
    return show_registration(modem, "+CGREG", modem->settings.cgreg);
}

static struct sim_result cgreg_set(
    struct sim_modem *modem, struct sim_args *args)
{
    return set_number(args, 2, &modem->settings.cgreg);
}

static struct sim_result cops_read(struct sim_modem *modem)
{
    int format = modem->settings.operator_format;
    int state = registration_of(modem);

    if (state != 1 && state != 5) {
        sim_modem_info(modem, "+COPS: 0");
    } else {
        sim_modem_info(modem, "+COPS: 0,%d,\"%s\"", format,
            format == 2 ? operator_code : operator_name);
    }
    return SIM_RESULT_DONE;
}

static struct sim_result cops_set(
    struct sim_modem *modem, struct sim_args *args)
{
    int mode = sim_args_number(args, 0, 0);
    int format = sim_args_number(args, 1, 0);

    if (mode < 0 || mode > 4 || format < 0 || format > 2) {
        return SIM_RESULT_CME(CME_NOT_SUPPORTED);
    }
    if (mode == 3) {
        modem->settings.operator_format = format;
    }
    return SIM_RESULT_DONE;
}

static struct sim_result cpas_exec(struct sim_modem *modem)
{
    sim_modem_info(modem, "+CPAS: %d", modem->rings_left > 0 ? 3 : 0);
    return SIM_RESULT_DONE;
}

static struct sim_result cclk_read(struct sim_modem *modem)
{
    struct clock clock = clock_system();
    struct civil now = civil_of(clock_now_ms(&clock));

    sim_modem_info(modem, "+CCLK: \"%02d/%02d/%02d,%02d:%02d:00+32\"",
        now.year % 100, now.month, now.day, now.hour, now.minute);
    return SIM_RESULT_DONE;
}

static struct sim_result cbc_exec(struct sim_modem *modem)
{
    sim_modem_info(modem, "+CBC: 0,100");
    return SIM_RESULT_DONE;
}

/* Huawei sticks: whether they say ^RSSI and the like by themselves, and on which
 * port. Taken, with no effect: the chatter fault is for sticks that chatter all
 * the same. */
static struct sim_result curc_set(
    struct sim_modem *modem, struct sim_args *args)
{
    int value = 0;

    (void)modem;
    return set_number(args, 2, &value);
}

static struct sim_result cgatt_read(struct sim_modem *modem)
{
    sim_modem_info(modem, "+CGATT: 0");
    return SIM_RESULT_DONE;
}

/* --- calls ----------------------------------------------------------------- */

static void on_ring(void *arg)
{
    struct sim_modem *modem = arg;

    modem->ring_timer = 0;
    if (modem->rings_left == 0) {
        sim_modem_urc(modem, "NO CARRIER");
        return;
    }
    modem->rings_left--;
    sim_modem_urc(
        modem, modem->settings.ring_format == 1 ? "+CRING: VOICE" : "RING");
    if (modem->settings.clip) {
        sim_modem_urc(modem, "+CLIP: \"%s\",%d,,,,0", modem->caller,
            modem->caller[0] == '+' ? 145 : 129);
    }
    modem->ring_timer = sim_timers_add(modem->sim->timers,
        RING_US / modem->sim->options.clock_speed, on_ring, modem);
}

void sim_call_start(struct sim_modem *modem, const char *from, int rings)
{
    struct sim_ledger *note = sim_note(modem, "call");

    sim_ledger_text(note, "from", from);
    sim_ledger_end(note);
    (void)sim_call_stop(modem);
    (void)snprintf(modem->caller, sizeof modem->caller, "%s", from);
    modem->rings_left = rings;
    on_ring(modem);
}

bool sim_call_stop(struct sim_modem *modem)
{
    if (modem->ring_timer == 0) {
        return false;
    }
    sim_timers_cancel(modem->sim->timers, modem->ring_timer);
    modem->ring_timer = 0;
    modem->rings_left = 0;
    sim_note_event(modem, "call_ended");
    return true;
}

static struct sim_result chup_exec(struct sim_modem *modem)
{
    (void)sim_call_stop(modem);
    return SIM_RESULT_DONE;
}

static struct sim_result clcc_exec(struct sim_modem *modem)
{
    if (modem->rings_left > 0) {
        sim_modem_info(modem, "+CLCC: 1,1,4,0,0,\"%s\",145", modem->caller);
    }
    return SIM_RESULT_DONE;
}

/* --- USSD ------------------------------------------------------------------ */

static int value_of(char digit)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *at = strchr(digits, digit >= 'a' ? digit - 32 : digit);

    return digit == '\0' || at == NULL ? 0 : (int)(at - digits);
}

/* A USSD string as the present character set writes it, back to ASCII. */
static void decode_ussd(
    const struct sim_modem *modem, const char *typed, char *out)
{
    const char *charset = modem->settings.charset;
    bool packed = modem->sim->options.profile->ussd_packed;
    size_t step = !packed && strcmp(charset, "UCS2") == 0 ? 4 : 2;
    uint8_t octets[80] = {0};
    size_t count = 0;

    if (!packed && strcmp(charset, "UCS2") != 0 &&
        strcmp(charset, "HEX") != 0) {
        (void)snprintf(out, 32, "%s", typed);
        return;
    }
    for (size_t i = 0; i + step <= strlen(typed) && count < 31; i += step) {
        octets[count++] = (uint8_t)(value_of(typed[i + step - 2]) * 16 +
                                    value_of(typed[i + step - 1]));
    }
    sim_ussd_plain(octets, count, packed, out);
}

static struct sim_result cusd_set(
    struct sim_modem *modem, struct sim_args *args)
{
    int mode = sim_args_number(args, 0, 0);
    char code[40] = {0};

    if (mode < 0 || mode > 2) {
        return SIM_RESULT_CME(CME_NOT_SUPPORTED);
    }
    if (mode == 2) {
        sim_ussd_cancel(modem);
        return SIM_RESULT_DONE;
    }
    modem->settings.ussd = mode;
    if (args->count < 2) {
        return SIM_RESULT_DONE;
    }
    if (registration_of(modem) != 1 && registration_of(modem) != 5) {
        return SIM_RESULT_CME(30); /* no network service */
    }
    decode_ussd(modem, args->value[1], code);
    sim_ussd_ask(modem, code);
    return SIM_RESULT_DONE;
}

static struct sim_result cusd_read(struct sim_modem *modem)
{
    sim_modem_info(modem, "+CUSD: %d", modem->settings.ussd);
    return SIM_RESULT_DONE;
}

/* Aligned columns would not fit a page. */
/* clang-format off */
const struct sim_command sim_other_commands[] = {
    {"+CGMI", NULL, cgmi_exec, NULL, NULL},
    {"+GMI", NULL, cgmi_exec, NULL, NULL},
    {"+CGMM", NULL, cgmm_exec, NULL, NULL},
    {"+GMM", NULL, cgmm_exec, NULL, NULL},
    {"+CGMR", NULL, cgmr_exec, NULL, NULL},
    {"+GMR", NULL, cgmr_exec, NULL, NULL},
    {"+CGSN", NULL, cgsn_exec, NULL, NULL},
    {"+GSN", NULL, cgsn_exec, NULL, NULL},
    {"+GCAP", NULL, gcap_exec, NULL, NULL},
    {"+CMEE", "(0-2)", NULL, cmee_read, cmee_set},
    {"+CSCS", NULL, NULL, cscs_read, cscs_set},
    {"+CFUN", "(0,1,4),(0,1)", NULL, cfun_read, cfun_set},
    {"+CPAS", "(0,3,4)", cpas_exec, NULL, NULL},
    {"+CBC", NULL, cbc_exec, NULL, NULL},
    {"+CGATT", "(0,1)", NULL, cgatt_read, NULL},
    {"+CPBS", "(\"SM\")", NULL, cpbs_read, cpbs_set},
    {"+CCLK", NULL, NULL, cclk_read, NULL},
    {"+CSQ", "(0-31,99),(0-7,99)", csq_exec, NULL, NULL},
    {"+CREG", "(0-2)", NULL, creg_read, creg_set},
    {"+CGREG", "(0-2)", NULL, cgreg_read, cgreg_set},
    {"+COPS", "(2,\"TELKOMSEL\",\"TSEL\",\"51010\"),,(0-4),(0-2)", NULL,
        cops_read, cops_set},
    {"+CRC", "(0,1)", NULL, crc_read, crc_set},
    {"+CLIP", "(0,1)", NULL, clip_read, clip_set},
    {"^PORTSEL", "(0-1)", NULL, NULL, curc_set},
    {"^CURC", "(0-2)", NULL, NULL, curc_set},
    {"+CLCC", NULL, clcc_exec, NULL, NULL},
    {"+CHUP", NULL, chup_exec, NULL, NULL},
    {"+CUSD", "(0-2)", NULL, cusd_read, cusd_set},
    {NULL, NULL, NULL, NULL, NULL},
};
/* clang-format on */
