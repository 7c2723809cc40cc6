// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/worker/pdu.h"

#include <string.h>

/* TS 24.011 §8.2.5.1: at most 12 octets of an SMSC's address; TS 23.040
   §9.1.2.5: at most 20 digits of any other, 11 characters of a name. */
#define SMSC_MOST   12
#define DIGITS_MOST 20
/* What is left of 140 octets as septets (§9.2.3.24). */
#define USER_OCTETS  140
#define USER_SEPTETS 160
#define PDU_OCTETS   255

#define MTI_MASK    0x03
#define MTI_DELIVER 0x00
#define MTI_SUBMIT  0x01
#define MTI_REPORT  0x02
#define HEADER_FLAG 0x40
#define SCTS_OCTETS 7

struct reader {
    uint8_t octets[PDU_OCTETS];
    size_t count;
    size_t at;
    const char *fault;
};

static int value_of(char digit)
{
    static const char digits[] = "0123456789ABCDEFabcdef";
    const char *at = digit == '\0' ? NULL : strchr(digits, digit);

    if (at == NULL) {
        return -1;
    }
    return at - digits < 16 ? (int)(at - digits) : (int)(at - digits) - 6;
}

static const char *read_hex(const char *hex, struct reader *out)
{
    size_t digits = strlen(hex);

    if (digits % 2 != 0) {
        return "half an octet is missing";
    }
    if (digits / 2 > PDU_OCTETS) {
        return "it is longer than an SMS can be";
    }
    for (size_t i = 0; i < digits; i += 2) {
        int high = value_of(hex[i]);
        int low = value_of(hex[i + 1]);

        if (high < 0 || low < 0) {
            return "it is not hex";
        }
        out->octets[out->count++] = (uint8_t)(high << 4 | low);
    }
    return out->count == 0 ? "there is nothing" : NULL;
}

static void set_fault(struct reader *reader, const char *fault)
{
    if (reader->fault == NULL) {
        reader->fault = fault;
    }
}

static uint8_t next(struct reader *reader)
{
    if (reader->at >= reader->count) {
        set_fault(reader, "it ends too early");
        return 0;
    }
    return reader->octets[reader->at++];
}

static void skip(struct reader *reader, size_t octets)
{
    if (octets > reader->count - reader->at) {
        set_fault(reader, "it ends too early");
        octets = reader->count - reader->at;
    }
    reader->at += octets;
}

static void look_at_smsc(struct reader *reader)
{
    uint8_t octets = next(reader);

    if (octets > SMSC_MOST) {
        set_fault(reader, "the SMSC's address is too long");
    }
    skip(reader, octets);
}

/* Length in digits, type, digits two to an octet. */
static void look_at_address(struct reader *reader)
{
    uint8_t digits = next(reader);

    (void)next(reader);
    if (digits > DIGITS_MOST + 2) {
        /* A name of 11 characters takes 20 half octets; some write 22. */
        set_fault(reader, "the sender's address is too long");
    }
    skip(reader, ((size_t)digits + 1) / 2);
}

enum alphabet {
    SEPTETS,
    OCTETS
};

/* TS 23.038 §4: the groups with an alphabet of their own. */
static enum alphabet alphabet_of(uint8_t dcs)
{
    if ((dcs & 0xc0) == 0 || (dcs & 0xc0) == 0x40) {
        return (dcs & 0x0c) == 0 || (dcs & 0x0c) == 0x0c ? SEPTETS : OCTETS;
    }
    if ((dcs & 0xf0) == 0xf0) {
        return (dcs & 0x04) == 0 ? SEPTETS : OCTETS;
    }
    return (dcs & 0xf0) == 0xe0 ? OCTETS : SEPTETS;
}

static void look_at_header(struct reader *reader, size_t octets)
{
    size_t at = reader->at;
    size_t end = 0;

    if (octets == 0) {
        set_fault(reader, "a header is announced and there is no text");
        return;
    }
    end = at + 1 + reader->octets[at];
    if (reader->octets[at] + (size_t)1 > octets) {
        set_fault(reader, "the header is longer than the text it is in");
        return;
    }
    at++;
    while (at + 2 <= end && at + 2 + reader->octets[at + 1] <= end) {
        at += (size_t)2 + reader->octets[at + 1];
    }
    if (at != end) {
        set_fault(reader, "the header's elements do not fill it");
    }
}

static void look_at_text(struct reader *reader, uint8_t dcs, bool has_header)
{
    size_t length = next(reader);
    bool septets = alphabet_of(dcs) == SEPTETS;
    size_t octets = septets ? (length * 7 + 7) / 8 : length;

    if (length > (septets ? USER_SEPTETS : USER_OCTETS)) {
        set_fault(reader, "the text is said to be longer than an SMS holds");
        return;
    }
    if (octets > reader->count - reader->at) {
        set_fault(reader, "the text is said to be longer than what came");
        return;
    }
    if (has_header) {
        look_at_header(reader, octets);
    }
    skip(reader, octets);
}

static void look_at_deliver(struct reader *reader, uint8_t first)
{
    uint8_t dcs = 0;

    look_at_address(reader);
    (void)next(reader); /* TP-PID */
    dcs = next(reader);
    skip(reader, SCTS_OCTETS);
    if (reader->fault == NULL) {
        look_at_text(reader, dcs, (first & HEADER_FLAG) != 0);
    }
}

static void look_at_report(struct reader *reader)
{
    (void)next(reader); /* TP-MR */
    look_at_address(reader);
    skip(reader, (size_t)2 * SCTS_OCTETS);
    (void)next(reader); /* TP-ST */
}

struct pdu_look pdu_look(const char *hex)
{
    struct reader reader = {.count = 0};
    const char *fault = read_hex(hex, &reader);
    uint8_t first = 0;

    if (fault != NULL) {
        return (struct pdu_look){PDU_UNKNOWN, fault};
    }
    look_at_smsc(&reader);
    first = next(&reader);
    if (reader.fault != NULL) {
        return (struct pdu_look){PDU_UNKNOWN, reader.fault};
    }
    switch (first & MTI_MASK) {
    case MTI_DELIVER:
        look_at_deliver(&reader, first);
        return (struct pdu_look){PDU_DELIVER, reader.fault};
    case MTI_REPORT:
        look_at_report(&reader);
        return (struct pdu_look){PDU_REPORT, reader.fault};
    case MTI_SUBMIT:
        return (struct pdu_look){PDU_SUBMIT, NULL};
    default:
        return (struct pdu_look){
            PDU_UNKNOWN, "it is of a kind that does not exist"};
    }
}
