// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_SIM_TPDU_H
#define KABARI_SIM_TPDU_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Short-message TPDUs as a modem in PDU mode shows them: an SMSC address, then
 * the TPDU (3GPP TS 27.005 §3.1, TS 23.040 §9.2). The simulator's own codec,
 * which shares nothing with the gateway's.
 */

enum {
    SIM_PDU_MAX = 255,    /* octets of an SMSC address and a TPDU */
    SIM_UD_MAX = 140,     /* octets of user data (TS 23.040 §9.2.3.24) */
    SIM_ADDRESS_MAX = 40, /* an alphanumeric sender in UTF-8 with its NUL */
    SIM_TEXT_MAX = 160 * 3 + 1
};

struct sim_pdu {
    uint8_t data[SIM_PDU_MAX];
    size_t bytes;
};

/** Reads an even number of hex digits, at most SIM_PDU_MAX octets.
 *  @return KB_OK or KB_INVALID. */
KB_MUST_USE enum kb_err sim_pdu_from_hex(
    const char *hex, size_t digits, struct sim_pdu *out);

/** Upper-case hex with a NUL; out needs 2 × bytes + 1. */
void sim_hex(const uint8_t *data, size_t bytes, char *out);

/** Octets of the TPDU alone, as +CMGS, +CMGL and +CMT count them; a length
 *  octet that lies gives all octets but that one. */
size_t sim_pdu_tpdu_bytes(const struct sim_pdu *pdu);

enum sim_coding {
    SIM_CODING_GSM7,
    SIM_CODING_8BIT,
    SIM_CODING_UCS2
};

/** "gsm7", "8bit" or "ucs2". */
const char *sim_coding_name(enum sim_coding coding);

/** The alphabet of a TP-DCS (TS 23.038 §4). */
enum sim_coding sim_coding_of_dcs(uint8_t dcs);

/** A parsed SMS-SUBMIT. */
struct sim_submit {
    char to[SIM_ADDRESS_MAX];
    uint8_t pid;
    uint8_t dcs;
    enum sim_coding coding;
    int class; /* 0..3, -1: none */
    bool report_asked;
    bool has_smsc;
    int32_t validity_min; /* relative validity in minutes; -1: none, absolute */
    uint8_t destination[12]; /* length, type, digits as in the PDU */
    size_t destination_bytes;
    int32_t concat_ref; /* -1: one part */
    int concat_bits;    /* 8 or 16 */
    int part;           /* 1 … parts */
    int parts;
    char text[SIM_TEXT_MAX];  /* UTF-8; "" for 8-bit data */
    uint8_t data[SIM_UD_MAX]; /* the octets behind the header */
    size_t data_bytes;
};

/**
 * Reads an SMSC address and an SMS-SUBMIT strictly: every octet accounted for.
 *
 * @param cause  set to a short reason where the PDU is refused; may be NULL.
 * @return KB_OK or KB_INVALID; out is valid on KB_OK only.
 */
KB_MUST_USE enum kb_err sim_submit_parse(
    const struct sim_pdu *pdu, struct sim_submit *out, const char **cause);

/** A text cut into the units of its coding. */
struct sim_units {
    enum sim_coding coding;
    uint16_t *unit; /* septets, octets or UTF-16 units */
    size_t count;
};

/** What sim_units_from_text is asked for. */
enum sim_coding_wish {
    SIM_WISH_AUTO,
    SIM_WISH_GSM7,
    SIM_WISH_UCS2
};

/**
 * Cuts UTF-8 into septets where the alphabet has every character (or "?" in
 * its place under SIM_WISH_GSM7), else into UTF-16. Free with
 * sim_units_clear().
 */
struct sim_units sim_units_from_text(
    const char *text, enum sim_coding_wish wish);

/** Units of 8-bit data. */
struct sim_units sim_units_from_data(const uint8_t *data, size_t bytes);

void sim_units_clear(struct sim_units *units);

/** What the network hands to a modem. */
struct sim_deliver {
    const char *from; /* digits with or without "+", or a name */
    const char *smsc;
    int64_t at_ms;
    int class;    /* -1: none */
    int ref_bits; /* 8 or 16 */
    uint16_t ref; /* of a text in several parts */
    uint8_t pid;
};

/** How many parts the text needs: 1 where it fits without a header. */
size_t sim_deliver_parts(const struct sim_units *units, int ref_bits);

/**
 * Builds part (1 …) of an SMS-DELIVER (TS 23.040 §9.2.2.1).
 *
 * @return KB_OK, or KB_INVALID where an address does not fit.
 */
KB_MUST_USE enum kb_err sim_deliver_build(const struct sim_deliver *deliver,
    const struct sim_units *units, size_t part, struct sim_pdu *out);

/** A status report (TS 23.040 §9.2.2.3). */
struct sim_report {
    const char *smsc;
    const uint8_t *recipient; /* as sim_submit.destination */
    size_t recipient_bytes;
    uint8_t mr;
    uint8_t status; /* TP-ST, §9.2.3.15 */
    int64_t submitted_at_ms;
    int64_t done_at_ms;
};

KB_MUST_USE enum kb_err sim_report_build(
    const struct sim_report *report, struct sim_pdu *out);

#endif
