// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_SIM_GSM7_H
#define KABARI_SIM_GSM7_H

#include <stddef.h>
#include <stdint.h>

/*
 * The GSM 7 bit default alphabet and its extension table (3GPP TS 23.038
 * §6.2.1), written anew for the simulator: the judge of what the gateway sends
 * must not share the gateway's mistakes.
 */

enum {
    SIM_GSM7_ESCAPE = 0x1b
};

/** The code point of a septet; a septet over 127 is taken modulo 128. */
uint32_t sim_gsm7_char(uint8_t septet);

/** The code point behind an escape; where the extension table is empty, the
 *  default alphabet's character, as TS 23.038 tells receivers to show. */
uint32_t sim_gsm7_extended(uint8_t septet);

/** Writes a code point's 1 or 2 septets to out; 0 where it has none. */
size_t sim_gsm7_put(uint32_t code, uint8_t out[2]);

/**
 * Packs septets into octets (§6.1.2.1), least significant bit first.
 *
 * @param skip_bits  0..6 fill bits left clear in front, as behind a header.
 * @param out        at least (skip_bits + 7 × count + 7) / 8 octets.
 * @return           octets written.
 */
size_t sim_gsm7_pack(
    const uint8_t *septets, size_t count, unsigned skip_bits, uint8_t *out);

/** Unpacks count septets; octets must hold (skip_bits + 7 × count + 7) / 8. */
void sim_gsm7_unpack(
    const uint8_t *octets, unsigned skip_bits, uint8_t *septets, size_t count);

/** Turns septets into UTF-8 with a NUL; out needs 3 × count + 1 bytes. */
void sim_gsm7_to_utf8(const uint8_t *septets, size_t count, char *out);

#endif
