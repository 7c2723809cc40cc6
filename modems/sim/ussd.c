// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "base/str.h"
#include "modems/sim/gsm7.h"
#include "modems/sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What operators' codes answer, and their menus. A menu's screens are entries
 * under its path: "*123#", "*123#>1", "*123#>1>2". %c stands for the credit. */

enum {
    REPLY_MAX = 182 * 2,
    MODE_DONE = 0,
    MODE_REPLY = 1,
    MODE_REFUSED = 4,
    DCS_GSM7 = 15,
    DCS_UCS2 = 72
};

static const struct {
    const char *code;
    const char *reply;
    int mode;
} builtin[] = {
    {"*888#",     "Sisa pulsa Anda Rp%c. Aktif s.d. 31/12/2026.",    MODE_DONE },
    {"*123#",     "1 Info pulsa\n2 Paket SMS\n3 Keluar",             MODE_REPLY},
    {"*123#>1",   "Pulsa Rp%c",                                      MODE_DONE },
    {"*123#>2",   "Paket SMS:\n1 100 SMS Rp5000\n2 500 SMS Rp20000", MODE_REPLY},
    {"*123#>2>1", "Paket 100 SMS aktif. Terima kasih.",              MODE_DONE },
    {"*123#>2>2", "Maaf, pulsa Anda tidak cukup.",                   MODE_DONE },
    {"*123#>3",   "Terima kasih",                                    2         },
    {"*808#",     "Nomor Anda %n",                                   MODE_DONE },
};

void sim_ussd_plain(const uint8_t *octets, size_t count, bool packed, char *out)
{
    uint8_t septets[40] = {0};
    size_t length = count;

    memcpy(septets, octets, count);
    if (packed) {
        length = count * 8 / 7;
        length = length > 35 ? 35 : length;
        sim_gsm7_unpack(octets, 0, septets, length);
    }
    /* Fill-up at the end (TS 23.038 §6.1.2.3.1) is no part of a code. */
    while (length > 0 &&
           (septets[length - 1] == '\r' || septets[length - 1] == 0)) {
        length--;
    }
    length = length > 31 ? 31 : length;
    for (size_t i = 0; i < length; i++) {
        out[i] = (char)(septets[i] == 0 ? '@' : septets[i]);
    }
    out[length] = '\0';
}

enum kb_err sim_ussd_set(
    struct sim_modem *modem, const char *code, const char *reply, int mode)
{
    struct sim_ussd_entry *entry = NULL;

    if (strlen(code) >= sizeof entry->code || strlen(reply) > REPLY_MAX) {
        return KB_INVALID;
    }
    for (size_t i = 0; i < modem->ussd_count; i++) {
        if (strcmp(modem->ussd[i].code, code) == 0) {
            entry = &modem->ussd[i];
        }
    }
    if (entry == NULL && modem->ussd_count == SIM_USSD_CODES_MAX) {
        return KB_FULL;
    }
    if (entry == NULL) {
        entry = &modem->ussd[modem->ussd_count++];
    }
    free(entry->reply);
    (void)snprintf(entry->code, sizeof entry->code, "%s", code);
    entry->reply = mem_strdup(reply);
    entry->mode = mode;
    return KB_OK;
}

void sim_ussd_defaults(struct sim_modem *modem)
{
    for (size_t i = 0; i < sizeof builtin / sizeof builtin[0]; i++) {
        if (sim_ussd_set(modem, builtin[i].code, builtin[i].reply,
                builtin[i].mode) != KB_OK) {
            return; /* the table above is too large: its test fails */
        }
    }
}

static const struct sim_ussd_entry *find(
    const struct sim_modem *modem, const char *path)
{
    for (size_t i = 0; i < modem->ussd_count; i++) {
        if (strcmp(modem->ussd[i].code, path) == 0) {
            return &modem->ussd[i];
        }
    }
    return NULL;
}

static void fill_in(
    const struct sim_modem *modem, const char *reply, struct buf *out)
{
    for (; *reply != '\0'; reply++) {
        if (reply[0] == '%' && reply[1] == 'c') {
            buf_printf(out, "%lld", (long long)modem->credit);
            reply++;
        } else if (reply[0] == '%' && reply[1] == 'n') {
            buf_add_text(out, modem->own_number);
            reply++;
        } else {
            buf_add(out, reply, 1);
        }
    }
}

static void hex_octet(struct buf *out, unsigned value)
{
    buf_printf(out, "%02X", value & 0xff);
}

static void add_hex_septets(
    struct buf *out, const struct sim_units *units, bool packed)
{
    uint8_t septets[2 * REPLY_MAX] = {0};
    uint8_t octets[2 * REPLY_MAX] = {0};
    size_t count = units->count < REPLY_MAX ? units->count : REPLY_MAX;

    for (size_t i = 0; i < count; i++) {
        septets[i] = (uint8_t)units->unit[i];
    }
    if (packed) {
        count = sim_gsm7_pack(septets, count, 0, octets);
    }
    for (size_t i = 0; i < count; i++) {
        hex_octet(out, packed ? octets[i] : septets[i]);
    }
}

/* An octet each; @ would be a NUL, which no line can hold here. */
static void add_septets(struct buf *out, const struct sim_units *units)
{
    for (size_t i = 0; i < units->count; i++) {
        char octet = units->unit[i] == 0 ? ' ' : (char)units->unit[i];

        buf_add(out, &octet, 1);
    }
}

static void add_hex_units(struct buf *out, const struct sim_units *units)
{
    for (size_t i = 0; i < units->count; i++) {
        buf_printf(out, "%04X", (unsigned)units->unit[i]);
    }
}

/* The reply as TS 27.007 §7.15 has it: in the character set that +CSCS chose, or
   packed by some makes; what is not GSM-7 in octets as hex by all. Returns the
   data coding scheme (TS 23.038 §5). */
static int encode(
    const struct sim_modem *modem, const char *text, struct buf *out)
{
    const char *charset = modem->settings.charset;
    bool packed = modem->sim->options.profile->ussd_packed;
    struct sim_units sent = sim_units_from_text(text, SIM_WISH_AUTO);
    struct sim_units wide = sim_units_from_text(text, SIM_WISH_UCS2);
    bool gsm7 = sent.coding == SIM_CODING_GSM7;

    if (!gsm7 || (!packed && strcmp(charset, "UCS2") == 0)) {
        add_hex_units(out, &wide);
    } else if (packed || strcmp(charset, "HEX") == 0) {
        add_hex_septets(out, &sent, packed);
    } else if (strcmp(charset, "GSM") == 0) {
        add_septets(out, &sent);
    } else {
        buf_add_text(out, text);
    }
    sim_units_clear(&sent);
    sim_units_clear(&wide);
    return gsm7 ? DCS_GSM7 : DCS_UCS2;
}

static void answer(struct sim_modem *modem, int mode, const char *reply)
{
    struct buf text = {0};
    struct buf coded = {0};
    struct sim_ledger *note = sim_note(modem, "ussd_answer");
    int dcs = 0;

    fill_in(modem, reply, &text);
    dcs = encode(modem, buf_text(&text), &coded);
    sim_ledger_number(note, "m", mode);
    sim_ledger_text(note, "text", buf_text(&text));
    sim_ledger_end(note);
    if (modem->settings.ussd == 1 && text.used > 0) {
        sim_modem_urc(
            modem, "+CUSD: %d,\"%s\",%d", mode, buf_text(&coded), dcs);
    } else if (modem->settings.ussd == 1) {
        sim_modem_urc(modem, "+CUSD: %d", mode);
    }
    buf_clear(&text);
    buf_clear(&coded);
}

static void on_ussd_due(void *arg)
{
    struct sim_modem *modem = arg;
    const struct sim_ussd_entry *entry = find(modem, modem->ussd_asked);

    modem->ussd_timer = 0;
    if (entry == NULL) {
        modem->ussd_path[0] = '\0';
        answer(modem, MODE_REFUSED, "");
        return;
    }
    (void)snprintf(modem->ussd_path, sizeof modem->ussd_path, "%s",
        entry->mode == MODE_REPLY ? entry->code : "");
    answer(modem, entry->mode, entry->reply);
}

void sim_ussd_ask(struct sim_modem *modem, const char *code)
{
    struct sim_ledger *note = sim_note(modem, "ussd");
    int length = 0;

    sim_ledger_text(note, "code", code);
    sim_ledger_text(note, "menu", modem->ussd_path);
    sim_ledger_end(note);
    sim_timers_cancel(modem->sim->timers, modem->ussd_timer);
    length = snprintf(modem->ussd_asked, sizeof modem->ussd_asked, "%s%s%s",
        modem->ussd_path, modem->ussd_path[0] == '\0' ? "" : ">", code);
    if (length >= (int)sizeof modem->ussd_asked) {
        modem->ussd_asked[0] = '\0';
    }
    modem->ussd_timer = sim_timers_add(
        modem->sim->timers, modem->pace.latency_us, on_ussd_due, modem);
}

void sim_ussd_cancel(struct sim_modem *modem)
{
    if (modem->ussd_path[0] != '\0' || modem->ussd_timer != 0) {
        sim_note_event(modem, "ussd_cancelled");
    }
    sim_timers_cancel(modem->sim->timers, modem->ussd_timer);
    modem->ussd_timer = 0;
    modem->ussd_path[0] = '\0';
}
