// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"
#include "modems/sim/gsm7.h"
#include "modems/sim/tpdu.h"

#include <string.h>

/* TP-Message-Type and flags of an SMS-SUBMIT (TS 23.040 §9.2.3.1 ff.) */
enum {
    MTI_MASK = 0x03,
    MTI_SUBMIT = 0x01,
    VPF_MASK = 0x18,
    VPF_RELATIVE = 0x10,
    FLAG_SRR = 0x20,
    FLAG_UDHI = 0x40
};

/* A walk over octets that stops for good at the first one missing. */
struct walk {
    const uint8_t *at;
    size_t left;
    bool short_of;
};

static uint8_t take(struct walk *walk)
{
    if (walk->left == 0) {
        walk->short_of = true;
        return 0;
    }
    walk->left--;
    return *walk->at++;
}

static const uint8_t *take_many(struct walk *walk, size_t count)
{
    const uint8_t *at = walk->at;

    if (walk->left < count) {
        walk->short_of = true;
        walk->left = 0;
        return NULL;
    }
    walk->at += count;
    walk->left -= count;
    return at;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'A' && digit <= 'F') {
        return digit - 'A' + 10;
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

enum kb_err sim_pdu_from_hex(
    const char *hex, size_t digits, struct sim_pdu *out)
{
    if (digits % 2 != 0 || digits / 2 > SIM_PDU_MAX) {
        return KB_INVALID;
    }
    out->bytes = digits / 2;
    for (size_t i = 0; i < out->bytes; i++) {
        int high = hex_value(hex[2 * i]);
        int low = hex_value(hex[2 * i + 1]);

        if (high < 0 || low < 0) {
            return KB_INVALID;
        }
        out->data[i] = (uint8_t)(high * 16 + low);
    }
    return KB_OK;
}

void sim_hex(const uint8_t *data, size_t bytes, char *out)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < bytes; i++) {
        *out++ = digits[data[i] >> 4];
        *out++ = digits[data[i] & 15];
    }
    *out = '\0';
}

size_t sim_pdu_tpdu_bytes(const struct sim_pdu *pdu)
{
    if (pdu->bytes == 0) {
        return 0;
    }
    if ((size_t)pdu->data[0] + 1 > pdu->bytes) {
        return pdu->bytes - 1;
    }
    return pdu->bytes - 1 - pdu->data[0];
}

const char *sim_coding_name(enum sim_coding coding)
{
    static const char *const names[] = {"gsm7", "8bit", "ucs2"};

    return names[coding];
}

enum sim_coding sim_coding_of_dcs(uint8_t dcs)
{
    if (dcs < 0x80 && (dcs & 0x0c) == 0x04) {
        return SIM_CODING_8BIT;
    }
    if (dcs < 0x80 && (dcs & 0x0c) == 0x08) {
        return SIM_CODING_UCS2;
    }
    if (dcs >= 0xe0 && dcs <= 0xef) {
        return SIM_CODING_UCS2;
    }
    return dcs >= 0xf0 && (dcs & 0x04) != 0 ? SIM_CODING_8BIT : SIM_CODING_GSM7;
}

static int class_of_dcs(uint8_t dcs)
{
    bool general = dcs < 0x80 && (dcs & 0x10) != 0;

    return general || dcs >= 0xf0 ? dcs & 0x03 : -1;
}

/* Digits as TS 23.040 §9.1.2.3 has them; "" where one is not a digit. */
static void digits_of(const uint8_t *octets, size_t count, char *out)
{
    static const char digits[] = "0123456789*#abc";
    char *at = out;

    for (size_t i = 0; i < count; i++) {
        unsigned value = i % 2 == 0 ? octets[i / 2] & 15U : octets[i / 2] >> 4;

        if (value == 15) {
            *out = '\0';
            return;
        }
        *at++ = digits[value];
    }
    *at = '\0';
}

static void name_of(const uint8_t *octets, size_t semi_octets, char *out)
{
    uint8_t septets[12] = {0};
    size_t count = semi_octets * 4 / 7;

    count = count > 11 ? 11 : count;
    sim_gsm7_unpack(octets, 0, septets, count);
    sim_gsm7_to_utf8(septets, count, out);
}

static void read_address(struct walk *walk, struct sim_submit *out)
{
    const uint8_t *start = walk->at;
    uint8_t length = take(walk);
    uint8_t type = take(walk);
    const uint8_t *octets = NULL;

    if (length == 0 || length > 20) {
        walk->short_of = true;
        return;
    }
    octets = take_many(walk, (size_t)(length + 1) / 2);
    if (octets == NULL) {
        return;
    }
    out->destination_bytes = (size_t)(walk->at - start);
    memcpy(out->destination, start, out->destination_bytes);
    if ((type & 0x70) == 0x50) {
        name_of(octets, length, out->to);
        return;
    }
    /* Type of number 1 is international: people write it with a plus. */
    out->to[0] = '+';
    digits_of(octets, length, out->to + ((type & 0x70) == 0x10 ? 1 : 0));
}

/* Minutes of a relative TP-VP (TS 23.040 §9.2.3.12.1). */
static int32_t relative_minutes(uint8_t value)
{
    if (value <= 143) {
        return (value + 1) * 5;
    }
    if (value <= 167) {
        return 12 * 60 + (value - 143) * 30;
    }
    if (value <= 196) {
        return (value - 166) * 24 * 60;
    }
    return (value - 192) * 7 * 24 * 60;
}

static void read_validity(
    struct walk *walk, unsigned first, struct sim_submit *out)
{
    unsigned format = first & VPF_MASK;

    out->validity_min = -1;
    if (format == VPF_RELATIVE) {
        out->validity_min = relative_minutes(take(walk));
    } else if (format != 0) {
        (void)take_many(walk, 7);
    }
}

/* One information element (TS 23.040 §9.2.3.24); concatenation is all that
 * matters to the ledger. */
static void read_element(
    uint8_t id, const uint8_t *data, size_t bytes, struct sim_submit *out)
{
    if (id == 0x00 && bytes == 3) {
        out->concat_ref = data[0];
        out->concat_bits = 8;
    } else if (id == 0x08 && bytes == 4) {
        out->concat_ref = data[0] * 256 + data[1];
        out->concat_bits = 16;
    } else {
        return;
    }
    out->parts = data[bytes - 2];
    out->part = data[bytes - 1];
}

static void read_header(
    const uint8_t *header, size_t bytes, struct sim_submit *out)
{
    struct walk walk = {header, bytes, false};

    while (walk.left > 0) {
        uint8_t id = take(&walk);
        uint8_t length = take(&walk);
        const uint8_t *data = take_many(&walk, length);

        if (data != NULL) {
            read_element(id, data, length, out);
        }
    }
}

static void decode_septets(
    const uint8_t *ud, size_t header_bytes, size_t udl, struct sim_submit *out)
{
    uint8_t septets[160] = {0};
    size_t skipped = (header_bytes * 8 + 6) / 7;
    unsigned bits = (unsigned)(skipped * 7 - header_bytes * 8);

    if (skipped > udl) {
        return;
    }
    sim_gsm7_unpack(ud + header_bytes, bits, septets, udl - skipped);
    sim_gsm7_to_utf8(septets, udl - skipped, out->text);
}

/* Surrogate pairs become one code point; a lone half shows as U+FFFD. */
static void decode_utf16(const uint8_t *ud, size_t bytes, char *out)
{
    for (size_t i = 0; i + 1 < bytes; i += 2) {
        uint32_t code = (uint32_t)ud[i] << 8 | ud[i + 1];

        if (code >= 0xd800 && code < 0xdc00 && i + 3 < bytes &&
            (ud[i + 2] & 0xfc) == 0xdc) {
            uint32_t low = (uint32_t)ud[i + 2] << 8 | ud[i + 3];

            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            i += 2;
        } else if (code >= 0xd800 && code < 0xe000) {
            code = 0xfffd;
        }
        out += str_utf8_put(code, out);
    }
    *out = '\0';
}

static const char *read_user_data(
    struct walk *walk, unsigned first, struct sim_submit *out)
{
    size_t udl = take(walk);
    bool septets = out->coding == SIM_CODING_GSM7;
    size_t bytes = septets ? (udl * 7 + 7) / 8 : udl;
    const uint8_t *ud = take_many(walk, bytes);
    size_t header_bytes = 0;

    if (ud == NULL || walk->left != 0) {
        return "TP-UDL does not agree with the octets";
    }
    if (bytes > SIM_UD_MAX) {
        return "more than 140 octets of user data";
    }
    if ((first & FLAG_UDHI) != 0) {
        if (bytes == 0 || (size_t)ud[0] + 1 > bytes) {
            return "the header is longer than the user data";
        }
        header_bytes = (size_t)ud[0] + 1;
        read_header(ud + 1, ud[0], out);
    }
    out->data_bytes = bytes - header_bytes;
    memcpy(out->data, ud + header_bytes, out->data_bytes);
    if (septets) {
        decode_septets(ud, header_bytes, udl, out);
    } else if (out->coding == SIM_CODING_UCS2) {
        decode_utf16(out->data, out->data_bytes, out->text);
    }
    return NULL;
}

static const char *parse(struct walk *walk, struct sim_submit *out)
{
    size_t smsc_bytes = take(walk);
    unsigned first = 0;

    out->has_smsc = smsc_bytes > 0;
    if (smsc_bytes > 12 || (take_many(walk, smsc_bytes), walk->short_of)) {
        return "the SMSC address does not fit";
    }
    first = take(walk);
    if ((first & MTI_MASK) != MTI_SUBMIT) {
        return "not an SMS-SUBMIT";
    }
    (void)take(walk); /* TP-MR: the modem counts by itself */
    out->report_asked = (first & FLAG_SRR) != 0;
    read_address(walk, out);
    if (walk->short_of || out->to[0] == '\0' || strcmp(out->to, "+") == 0) {
        return "the destination address is wrong";
    }
    out->pid = take(walk);
    out->dcs = take(walk);
    out->coding = sim_coding_of_dcs(out->dcs);
    out->class = class_of_dcs(out->dcs);
    read_validity(walk, first, out);
    return read_user_data(walk, first, out);
}

enum kb_err sim_submit_parse(
    const struct sim_pdu *pdu, struct sim_submit *out, const char **cause)
{
    struct walk walk = {pdu->data, pdu->bytes, false};
    const char *wrong = NULL;

    *out = (struct sim_submit){
        .class = -1, .concat_ref = -1, .part = 1, .parts = 1};
    wrong = parse(&walk, out);
    if (cause != NULL) {
        *cause = wrong;
    }
    return wrong == NULL ? KB_OK : KB_INVALID;
}
