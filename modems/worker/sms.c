// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/worker/sms.h"

#include "base/str.h"
#include "link/link.h"
#include "modems/worker/unicode.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define IE_CONCAT_8  0x00
#define IE_CONCAT_16 0x08

#define UCS2_MOST 70

#define MINUTE_S INT64_C(60)
#define HOUR_S   (60 * MINUTE_S)
#define DAY_S    (24 * HOUR_S)

/* --- out ----------------------------------------------------------------- */

uint8_t sms_validity(int64_t seconds)
{
    static const struct {
        int64_t upto_s; /* the range's last value */
        int64_t step_s;
        int64_t zero_s; /* what step 0 of the range would mean */
        int base;
    } ranges[] = {
        {12 * HOUR_S,             5 * MINUTE_S,  5 * MINUTE_S, 0  },
        {24 * HOUR_S,             30 * MINUTE_S, 12 * HOUR_S,  143},
        {30 * DAY_S,              DAY_S,         0,            166},
        {INT64_C(63) * 7 * DAY_S, 7 * DAY_S,     0,            192},
    };

    for (size_t i = 0; seconds > 0 && i < sizeof ranges / sizeof *ranges; i++) {
        if (seconds <= ranges[i].upto_s) {
            int64_t beyond = seconds - ranges[i].zero_s;
            int64_t steps = (beyond + ranges[i].step_s - 1) / ranges[i].step_s;

            return (uint8_t)(ranges[i].base + (beyond < 0 ? 0 : steps));
        }
    }
    return 255;
}

/* libGammu takes "~" in UCS-2 for its own escape sign ("~~" is one "~") and
   counts both towards its 70 units; where that is too many, a dash stands in. */
static void escape_tildes(unsigned char *text, size_t units)
{
    unsigned char from[2 * (UCS2_MOST + 1)] = {0};
    size_t tildes = 0;
    size_t used = 0;

    if (units > UCS2_MOST) {
        return;
    }
    memcpy(from, text, 2 * units);
    for (size_t i = 0; i < units; i++) {
        tildes += from[2 * i] == 0 && from[2 * i + 1] == '~' ? 1 : 0;
    }
    for (size_t i = 0; i < units; i++) {
        bool tilde = from[2 * i] == 0 && from[2 * i + 1] == '~';
        bool doubled = tilde && units + tildes <= UCS2_MOST;

        text[used++] = from[2 * i];
        text[used++] =
            (unsigned char)(tilde && !doubled ? '-' : from[2 * i + 1]);
        if (doubled) {
            text[used++] = 0;
            text[used++] = '~';
        }
    }
    text[used] = 0;
    text[used + 1] = 0;
}

static void build_header(const struct wire_submit *submit, GSM_UDHHeader *udh)
{
    const unsigned char header[] = {5, IE_CONCAT_8, 3,
        (unsigned char)submit->udh_ref, (unsigned char)submit->udh_parts,
        (unsigned char)submit->udh_part};

    udh->Type = UDH_NoUDH;
    if (submit->udh_parts > 1) {
        udh->Type = UDH_ConcatenatedMessages;
        udh->Length = (int)sizeof header;
        memcpy(udh->Text, header, sizeof header);
        udh->ID8bit = (int)submit->udh_ref;
        udh->ID16bit = -1;
        udh->AllParts = (int)submit->udh_parts;
        udh->PartNumber = (int)submit->udh_part;
    }
}

void sms_build(const struct wire_submit *submit, const unsigned char *smsc,
    GSM_SMSMessage *out)
{
    size_t units = 0;

    memset(out, 0, sizeof *out);
    out->PDU = submit->report != 0 ? SMS_Status_Report : SMS_Submit;
    out->Class = -1;
    out->State = SMS_UnSent;
    out->Folder = 2;
    out->Coding = submit->coding == LINK_UCS2
                      ? SMS_Coding_Unicode_No_Compression
                      : SMS_Coding_Default_No_Compression;
    out->SMSC.Location = 0;
    memcpy(out->SMSC.Number, smsc, sizeof out->SMSC.Number);
    /* Without a format libGammu says in the first octet that there is no TP-VP
       and writes one all the same. */
    out->SMSC.Validity.Format = SMS_Validity_RelativeFormat;
    out->SMSC.Validity.Relative =
        (GSM_ValidityPeriod)sms_validity(submit->validity_s);
    out->SMSC.Format = SMS_FORMAT_Text;
    build_header(submit, &out->UDH);
    (void)unicode_from_utf8(submit->to, out->Number, sizeof out->Number);
    units = unicode_from_utf8(submit->text, out->Text, sizeof out->Text);
    if (out->Coding == SMS_Coding_Unicode_No_Compression) {
        escape_tildes(out->Text, units);
    }
    out->Length = (int)UnicodeLength(out->Text);
}

/* --- in ------------------------------------------------------------------ */

struct sms_concat sms_concat(const unsigned char *header, size_t bytes)
{
    struct sms_concat none = {-1, 0, 0};
    size_t at = 1;
    size_t end = bytes == 0 ? 0 : (size_t)header[0] + 1;

    if (end > bytes) {
        end = bytes; /* it lies about its length */
    }
    while (at + 2 <= end && at + 2 + header[at + 1] <= end) {
        const unsigned char *data = header + at + 2;

        if (header[at] == IE_CONCAT_8 && header[at + 1] == 3) {
            none = (struct sms_concat){data[0], data[1], data[2]};
        }
        if (header[at] == IE_CONCAT_16 && header[at + 1] == 4) {
            none =
                (struct sms_concat){data[0] << 8 | data[1], data[2], data[3]};
        }
        at += 2 + (size_t)header[at + 1];
    }
    /* TS 23.040 §9.2.3.24.1: such an element shall be ignored. */
    if (none.parts == 0 || none.part == 0 || none.part > none.parts) {
        return (struct sms_concat){-1, 0, 0};
    }
    return none;
}

static bool within(int value, int least, int most)
{
    return value >= least && value <= most;
}

int64_t sms_instant_ms(const GSM_DateTime *time)
{
    struct tm utc = {
        .tm_year = time->Year - 1900,
        .tm_mon = time->Month - 1,
        .tm_mday = time->Day,
        .tm_hour = time->Hour,
        .tm_min = time->Minute,
        .tm_sec = time->Second,
    };
    int64_t at_s = 0;

    if (!within(time->Year, 1990, 2100) || !within(time->Month, 1, 12) ||
        !within(time->Day, 1, 31) || !within(time->Hour, 0, 23) ||
        !within(time->Minute, 0, 59) || !within(time->Second, 0, 60)) {
        return 0;
    }
    /* TP-SCTS is local time with its distance from UTC in quarters of an hour
       (§9.2.3.11); at most 79 of them fit, beyond a day it is nonsense. */
    at_s = timegm(&utc);
    if (within(time->Timezone, -24 * 3600, 24 * 3600)) {
        at_s -= time->Timezone;
    }
    return at_s > 0 ? at_s * 1000 : 0;
}

static void hex_of(
    const unsigned char *in, size_t bytes, char *out, size_t out_bytes)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < bytes && used + 3 <= out_bytes; i++) {
        used += (size_t)snprintf(out + used, 3, "%02X", in[i]);
    }
}

static enum link_coding coding_of(const GSM_SMSMessage *sms)
{
    if (sms->Coding == SMS_Coding_Default_No_Compression) {
        return LINK_GSM7;
    }
    return sms->Coding == SMS_Coding_Unicode_No_Compression ? LINK_UCS2
                                                            : LINK_8BIT;
}

static bool is_number(const char *from)
{
    return from[strspn(from, "+*#0123456789")] == '\0';
}

/* libGammu doubles "~" when it reads UCS-2. */
static void undouble_tildes(char *text)
{
    char *out = text;

    for (const char *in = text; *in != '\0'; in++) {
        *out++ = *in;
        if (in[0] == '~' && in[1] == '~') {
            in++;
        }
    }
    *out = '\0';
}

static size_t clamped(int value, size_t most)
{
    if (value < 0) {
        return 0;
    }
    return (size_t)value < most ? (size_t)value : most;
}

static void take_text(const GSM_SMSMessage *sms, struct wire_inbound *out)
{
    if (out->coding == LINK_8BIT) {
        hex_of(sms->Text,
            sms->Coding == SMS_Coding_8bit ? clamped(sms->Length, 140) : 0,
            out->raw, sizeof out->raw);
        return;
    }
    unicode_to_utf8(sms->Text, out->text, sizeof out->text);
    if (out->coding == LINK_UCS2) {
        undouble_tildes(out->text);
    }
}

void sms_to_inbound(const GSM_SMSMessage *sms, struct wire_inbound *out)
{
    struct sms_concat concat = {-1, 0, 0};
    int64_t token = out->token;

    *out = (struct wire_inbound){
        .token = token,
        .smsc_at_ms = sms_instant_ms(&sms->DateTime),
        .coding = coding_of(sms),
        .message_class = within(sms->Class, 0, 3) ? sms->Class : -1,
    };
    unicode_to_utf8(sms->Number, out->from, sizeof out->from);
    out->alphanumeric = is_number(out->from) ? 0 : 1;
    take_text(sms, out);
    if (sms->UDH.Type != UDH_NoUDH) {
        concat = sms_concat(
            sms->UDH.Text, clamped(sms->UDH.Length, sizeof sms->UDH.Text));
    }
    out->udh_ref = concat.ref;
    out->udh_parts = concat.parts;
    out->udh_part = concat.part;
}

void sms_to_report(const GSM_SMSMessage *sms, struct wire_report *out)
{
    int64_t token = out->token;

    *out = (struct wire_report){
        .token = token,
        .tp_mr = sms->MessageReference,
        .tp_st = sms->DeliveryStatus,
        .smsc_at_ms = sms_instant_ms(&sms->DateTime),
        .discharge_at_ms = sms_instant_ms(&sms->SMSCTime),
    };
    unicode_to_utf8(sms->Number, out->to, sizeof out->to);
}

/* FNV-1a: what is on a SIM need not be safe against an attacker here. */
static uint64_t mix(uint64_t hash, const void *data, size_t bytes)
{
    const unsigned char *in = data;

    for (size_t i = 0; i < bytes; i++) {
        hash = (hash ^ in[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

uint64_t sms_hash(const GSM_SMSMessage *sms)
{
    struct wire_inbound text = {0};
    struct wire_report report = {0};
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    if (sms->PDU == SMS_Status_Report) {
        sms_to_report(sms, &report);
        return mix(hash, &report, sizeof report);
    }
    sms_to_inbound(sms, &text);
    return mix(hash, &text, sizeof text);
}
