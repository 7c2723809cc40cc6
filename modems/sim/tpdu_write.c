// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "modems/sim/gsm7.h"
#include "modems/sim/tpdu.h"

#include <stdlib.h>
#include <string.h>

enum {
    TYPE_INTERNATIONAL = 0x91,
    TYPE_UNKNOWN = 0x81,
    TYPE_NAME = 0xd0
};

static void put(struct sim_pdu *pdu, unsigned octet)
{
    /* No TPDU built here comes near SIM_PDU_MAX: the check is a seat belt. */
    if (pdu->bytes < SIM_PDU_MAX) {
        pdu->data[pdu->bytes] = (uint8_t)octet;
        pdu->bytes++;
    }
}

static void put_many(struct sim_pdu *pdu, const uint8_t *octets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        put(pdu, octets[i]);
    }
}

static void put_digits(struct sim_pdu *pdu, const char *digits)
{
    static const char known[] = "0123456789*#abc";
    size_t length = strlen(digits);

    for (size_t i = 0; i < length; i += 2) {
        unsigned low = (unsigned)(strchr(known, digits[i]) - known);
        unsigned high = i + 1 < length
                            ? (unsigned)(strchr(known, digits[i + 1]) - known)
                            : 15;

        put(pdu, high << 4 | low);
    }
}

static bool is_number(const char *address)
{
    const char *digits = address + (address[0] == '+' ? 1 : 0);
    size_t length = strlen(digits);

    return length > 0 && length <= 20 &&
           strspn(digits, "0123456789*#") == length;
}

static enum kb_err put_name(struct sim_pdu *pdu, const char *name)
{
    uint8_t septets[12] = {0};
    uint8_t octets[12] = {0};
    size_t count = 0;
    uint32_t code = 0;

    while ((code = str_utf8_next(&name)) != 0) {
        uint8_t pair[2] = {0};
        size_t took = sim_gsm7_put(code, pair);

        if (took == 0 || count + took > 11) {
            return KB_INVALID; /* TS 23.040 §9.1.2.5: 11 characters */
        }
        memcpy(septets + count, pair, took);
        count += took;
    }
    put(pdu, (unsigned)((count * 7 + 3) / 4));
    put(pdu, TYPE_NAME);
    put_many(pdu, octets, sim_gsm7_pack(septets, count, 0, octets));
    return count > 0 ? KB_OK : KB_INVALID;
}

/* An address field: length in semi-octets, type, value. */
static enum kb_err put_address(struct sim_pdu *pdu, const char *address)
{
    bool international = address[0] == '+';

    if (!is_number(address)) {
        return put_name(pdu, address);
    }
    address += international ? 1 : 0;
    put(pdu, (unsigned)strlen(address));
    put(pdu, international ? TYPE_INTERNATIONAL : TYPE_UNKNOWN);
    put_digits(pdu, address);
    return KB_OK;
}

/* The SMSC's address counts octets, not digits, and its type is among them
 * (TS 24.011 §8.2.5.1). */
static enum kb_err put_smsc(struct sim_pdu *pdu, const char *smsc)
{
    bool international = smsc[0] == '+';

    if (smsc[0] == '\0') {
        put(pdu, 0);
        return KB_OK;
    }
    if (!is_number(smsc)) {
        return KB_INVALID;
    }
    smsc += international ? 1 : 0;
    put(pdu, (unsigned)(1 + (strlen(smsc) + 1) / 2));
    put(pdu, international ? TYPE_INTERNATIONAL : TYPE_UNKNOWN);
    put_digits(pdu, smsc);
    return KB_OK;
}

static void put_swapped(struct sim_pdu *pdu, int value)
{
    put(pdu, (unsigned)(value % 10) << 4 | (unsigned)(value / 10 % 10));
}

/* TS 23.040 §9.2.3.11: local time, then the zone in quarters of an hour. */
static void put_time(struct sim_pdu *pdu, int64_t at_ms)
{
    struct civil at = civil_of(at_ms);
    int64_t day = civil_day(at.year, at.month, at.day);
    int64_t local_min = day * 1440 + (int64_t)at.hour * 60 + at.minute;
    int64_t utc_min = at_ms / 60000;
    int quarters = (int)((local_min - utc_min) / 15);
    unsigned sign = quarters < 0 ? 0x08 : 0;

    put_swapped(pdu, at.year % 100);
    put_swapped(pdu, at.month);
    put_swapped(pdu, at.day);
    put_swapped(pdu, at.hour);
    put_swapped(pdu, at.minute);
    put_swapped(pdu, (int)(at_ms / 1000 % 60));
    put_swapped(pdu, abs(quarters));
    pdu->data[pdu->bytes - 1] = (uint8_t)(pdu->data[pdu->bytes - 1] | sign);
}

static size_t count_septets(const char *text)
{
    size_t count = 0;
    uint32_t code = 0;

    while ((code = str_utf8_next(&text)) != 0) {
        uint8_t pair[2] = {0};
        size_t took = sim_gsm7_put(code, pair);

        if (took == 0) {
            return 0;
        }
        count += took;
    }
    return count;
}

static void fill_septets(struct sim_units *units, const char *text)
{
    uint32_t code = 0;

    while ((code = str_utf8_next(&text)) != 0) {
        uint8_t pair[2] = {'?', 0};
        size_t took = sim_gsm7_put(code, pair);

        units->unit[units->count++] = pair[0];
        if (took == 2) {
            units->unit[units->count++] = pair[1];
        }
    }
}

static void fill_utf16(struct sim_units *units, const char *text)
{
    uint32_t code = 0;

    while ((code = str_utf8_next(&text)) != 0) {
        if (code > 0xffff) {
            code -= 0x10000;
            units->unit[units->count++] = (uint16_t)(0xd800 + (code >> 10));
            code = 0xdc00 + (code & 0x3ff);
        }
        units->unit[units->count++] = (uint16_t)code;
    }
}

struct sim_units sim_units_from_text(
    const char *text, enum sim_coding_wish wish)
{
    bool septets =
        wish == SIM_WISH_GSM7 ||
        (wish == SIM_WISH_AUTO && (*text == '\0' || count_septets(text) > 0));
    struct sim_units units = {
        .coding = septets ? SIM_CODING_GSM7 : SIM_CODING_UCS2,
        .unit = mem_array(2 * strlen(text) + 1, sizeof(uint16_t)),
    };

    if (septets) {
        fill_septets(&units, text);
    } else {
        fill_utf16(&units, text);
    }
    return units;
}

struct sim_units sim_units_from_data(const uint8_t *data, size_t bytes)
{
    struct sim_units units = {
        .coding = SIM_CODING_8BIT,
        .unit = mem_array(bytes + 1, sizeof(uint16_t)),
        .count = bytes,
    };

    for (size_t i = 0; i < bytes; i++) {
        units.unit[i] = data[i];
    }
    return units;
}

void sim_units_clear(struct sim_units *units)
{
    free(units->unit);
    *units = (struct sim_units){0};
}

static size_t units_per_part(enum sim_coding coding, size_t header_bytes)
{
    size_t octets = SIM_UD_MAX - header_bytes;

    if (coding == SIM_CODING_GSM7) {
        return octets * 8 / 7;
    }
    return coding == SIM_CODING_UCS2 ? octets / 2 : octets;
}

/* Two units that a cut must not part: an escape and its septet, a pair. */
static bool holds_together(const struct sim_units *units, size_t last)
{
    uint16_t unit = units->unit[last];

    if (units->coding == SIM_CODING_GSM7) {
        return unit == SIM_GSM7_ESCAPE;
    }
    return units->coding == SIM_CODING_UCS2 && (unit & 0xfc00) == 0xd800;
}

static size_t part_end(
    const struct sim_units *units, size_t from, size_t per_part)
{
    size_t end = from + per_part;

    if (end >= units->count) {
        return units->count;
    }
    return holds_together(units, end - 1) ? end - 1 : end;
}

static size_t header_bytes_of(int ref_bits)
{
    return ref_bits == 16 ? 7 : 6;
}

size_t sim_deliver_parts(const struct sim_units *units, int ref_bits)
{
    size_t per_part = units_per_part(units->coding, header_bytes_of(ref_bits));
    size_t parts = 0;

    if (units->count <= units_per_part(units->coding, 0)) {
        return 1;
    }
    for (size_t at = 0; at < units->count; parts++) {
        at = part_end(units, at, per_part);
    }
    return parts;
}

static void put_header(struct sim_pdu *pdu, const struct sim_deliver *deliver,
    size_t part, size_t parts)
{
    if (deliver->ref_bits == 16) {
        put(pdu, 6);
        put(pdu, 0x08);
        put(pdu, 4);
        put(pdu, deliver->ref >> 8);
    } else {
        put(pdu, 5);
        put(pdu, 0x00);
        put(pdu, 3);
    }
    put(pdu, deliver->ref & 0xff);
    put(pdu, (unsigned)parts);
    put(pdu, (unsigned)part);
}

static void put_septets(struct sim_pdu *pdu, const struct sim_units *units,
    size_t from, size_t end, size_t header_bytes)
{
    uint8_t septets[160] = {0};
    uint8_t octets[SIM_UD_MAX + 1] = {0};
    size_t skipped = (header_bytes * 8 + 6) / 7;

    for (size_t i = from; i < end; i++) {
        septets[i - from] = (uint8_t)units->unit[i];
    }
    put_many(pdu, octets,
        sim_gsm7_pack(septets, end - from,
            (unsigned)(skipped * 7 - header_bytes * 8), octets));
}

static void put_units(struct sim_pdu *pdu, const struct sim_units *units,
    size_t from, size_t end, size_t header_bytes)
{
    if (units->coding == SIM_CODING_GSM7) {
        put_septets(pdu, units, from, end, header_bytes);
        return;
    }
    for (size_t i = from; i < end; i++) {
        if (units->coding == SIM_CODING_UCS2) {
            put(pdu, units->unit[i] >> 8);
        }
        put(pdu, units->unit[i] & 0xff);
    }
}

static unsigned dcs_of(enum sim_coding coding, int class)
{
    static const uint8_t alphabets[] = {0x00, 0x04, 0x08};

    return alphabets[coding] | (class >= 0 ? 0x10U | (unsigned)class : 0U);
}

static size_t udl_of(
    const struct sim_units *units, size_t count, size_t header_bytes)
{
    if (units->coding == SIM_CODING_GSM7) {
        return (header_bytes * 8 + 6) / 7 + count;
    }
    return header_bytes + (units->coding == SIM_CODING_UCS2 ? 2 : 1) * count;
}

enum kb_err sim_deliver_build(const struct sim_deliver *deliver,
    const struct sim_units *units, size_t part, struct sim_pdu *out)
{
    size_t parts = sim_deliver_parts(units, deliver->ref_bits);
    size_t header_bytes = parts > 1 ? header_bytes_of(deliver->ref_bits) : 0;
    size_t per_part = units_per_part(units->coding, header_bytes);
    size_t from = 0;
    size_t end = part_end(units, 0, per_part);

    if (parts > 255 || part < 1 || part > parts) {
        return KB_INVALID;
    }
    for (size_t i = 1; i < part; i++) {
        from = end;
        end = part_end(units, from, per_part);
    }
    *out = (struct sim_pdu){0};
    if (put_smsc(out, deliver->smsc) != KB_OK) {
        return KB_INVALID;
    }
    /* SMS-DELIVER, no more messages waiting, header or not. */
    put(out, parts > 1 ? 0x44 : 0x04);
    if (put_address(out, deliver->from) != KB_OK) {
        return KB_INVALID;
    }
    put(out, deliver->pid);
    put(out, dcs_of(units->coding, deliver->class));
    put_time(out, deliver->at_ms);
    put(out, (unsigned)udl_of(units, end - from, header_bytes));
    if (parts > 1) {
        put_header(out, deliver, part, parts);
    }
    put_units(out, units, from, end, header_bytes);
    return KB_OK;
}

enum kb_err sim_report_build(
    const struct sim_report *report, struct sim_pdu *out)
{
    *out = (struct sim_pdu){0};
    if (put_smsc(out, report->smsc) != KB_OK) {
        return KB_INVALID;
    }
    put(out, 0x06); /* SMS-STATUS-REPORT, no more messages waiting */
    put(out, report->mr);
    put_many(out, report->recipient, report->recipient_bytes);
    put_time(out, report->submitted_at_ms);
    put_time(out, report->done_at_ms);
    put(out, report->status);
    return KB_OK;
}
