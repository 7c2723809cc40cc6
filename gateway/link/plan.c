// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"
#include "link/link_internal.h"
#include "text/text.h"

#include <string.h>

#define FIRST_BACKOFF_MS INT64_C(900)
#define MOST_BACKOFF_MS  INT64_C(60000)

/* 3GPP TS 23.038 §4 and TS 23.040 §9.2.3.24.1: 140 octets, six of them for the
   header of a part. */
#define GSM7_SINGLE 160
#define GSM7_PART   153
#define UCS2_SINGLE 70
#define UCS2_PART   67

int64_t plan_backoff_ms(int failures, int64_t most_ms)
{
    int64_t delay_ms = FIRST_BACKOFF_MS;

    if (most_ms > MOST_BACKOFF_MS) {
        most_ms = MOST_BACKOFF_MS;
    }
    for (int i = 1; i < failures && delay_ms < most_ms; i++) {
        delay_ms *= 2;
    }
    return delay_ms < most_ms ? delay_ms : most_ms;
}

/* Restart, AT reset, power, and round again: each helps against something that
   the one before leaves as it is. */
enum plan_step plan_step(int troubles, const struct plan_modem *modem)
{
    if (troubles >= modem->quarantine_after) {
        return PLAN_QUARANTINE;
    }
    if (!modem->hung) {
        return PLAN_RESTART;
    }
    if (troubles % 3 == 0 && modem->has_power) {
        return PLAN_POWER;
    }
    return troubles % 3 == 2 && modem->proven ? PLAN_AT_RESET : PLAN_RESTART;
}

enum wire_scan plan_scan(int scan_crashes)
{
    static const enum wire_scan scans[] = {WIRE_SCAN_USUAL, WIRE_SCAN_USUAL,
        WIRE_SCAN_DRAIN, WIRE_SCAN_ALL, WIRE_SCAN_NONE};

    int last = (int)(sizeof scans / sizeof *scans) - 1;

    return scans[scan_crashes < last ? scan_crashes : last];
}

static int utf16_units(const char *text)
{
    int units = 0;
    uint32_t code = str_utf8_next(&text);

    while (code != 0) {
        units += code > 0xffff ? 2 : 1;
        code = str_utf8_next(&text);
    }
    return units;
}

static bool fits(const struct link_submit *submit)
{
    struct text_size size = text_measure(submit->text);
    bool single = submit->udh_parts == 1;

    if (submit->coding == LINK_UCS2) {
        return utf16_units(submit->text) <= (single ? UCS2_SINGLE : UCS2_PART);
    }
    return submit->coding == LINK_GSM7 && size.coding == TEXT_GSM7 &&
           size.units <= (single ? GSM7_SINGLE : GSM7_PART);
}

static bool dialable(const char *to)
{
    const char *digits = *to == '+' ? to + 1 : to;
    size_t length = strlen(digits);

    /* TS 23.040 §9.1.2.5: at most 20 digits of an address. */
    return length >= 1 && length <= 20 && str_digits(digits);
}

const char *plan_submit_fault(const struct link_submit *submit)
{
    if (submit->token == 0 || submit->token > INT64_MAX) {
        return "no token";
    }
    if (submit->to == NULL || !dialable(submit->to)) {
        return "not a number that can be dialled";
    }
    if (submit->text == NULL ||
        !str_utf8_valid(submit->text, strlen(submit->text))) {
        return "the text is not UTF-8";
    }
    if (submit->udh_parts < 1 || submit->udh_part < 1 ||
        submit->udh_part > submit->udh_parts || submit->validity_s < 0) {
        return "part or validity out of range";
    }
    return fits(submit) ? NULL : "the text does not fit one SMS";
}
