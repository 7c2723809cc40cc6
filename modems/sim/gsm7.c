// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/sim/gsm7.h"

#include "base/str.h"

#include <string.h>

static const uint16_t alphabet[128] = {
    '@',
    0xa3,
    '$',
    0xa5,
    0xe8,
    0xe9,
    0xf9,
    0xec,
    0xf2,
    0xc7,
    '\n',
    0xd8,
    0xf8,
    '\r',
    0xc5,
    0xe5,
    0x394,
    '_',
    0x3a6,
    0x393,
    0x39b,
    0x3a9,
    0x3a0,
    0x3a8,
    0x3a3,
    0x398,
    0x39e,
    0x1b,
    0xc6,
    0xe6,
    0xdf,
    0xc9,
    ' ',
    '!',
    '"',
    '#',
    0xa4,
    '%',
    '&',
    '\'',
    '(',
    ')',
    '*',
    '+',
    ',',
    '-',
    '.',
    '/',
    '0',
    '1',
    '2',
    '3',
    '4',
    '5',
    '6',
    '7',
    '8',
    '9',
    ':',
    ';',
    '<',
    '=',
    '>',
    '?',
    0xa1,
    'A',
    'B',
    'C',
    'D',
    'E',
    'F',
    'G',
    'H',
    'I',
    'J',
    'K',
    'L',
    'M',
    'N',
    'O',
    'P',
    'Q',
    'R',
    'S',
    'T',
    'U',
    'V',
    'W',
    'X',
    'Y',
    'Z',
    0xc4,
    0xd6,
    0xd1,
    0xdc,
    0xa7,
    0xbf,
    'a',
    'b',
    'c',
    'd',
    'e',
    'f',
    'g',
    'h',
    'i',
    'j',
    'k',
    'l',
    'm',
    'n',
    'o',
    'p',
    'q',
    'r',
    's',
    't',
    'u',
    'v',
    'w',
    'x',
    'y',
    'z',
    0xe4,
    0xf6,
    0xf1,
    0xfc,
    0xe0,
};

static const struct {
    uint8_t septet;
    uint16_t code;
} extension[] = {
    {0x0a, 0x0c  },
    {0x14, '^'   },
    {0x28, '{'   },
    {0x29, '}'   },
    {0x2f, '\\'  },
    {0x3c, '['   },
    {0x3d, '~'   },
    {0x3e, ']'   },
    {0x40, '|'   },
    {0x65, 0x20ac},
};

uint32_t sim_gsm7_char(uint8_t septet)
{
    return alphabet[septet & 0x7f];
}

uint32_t sim_gsm7_extended(uint8_t septet)
{
    for (size_t i = 0; i < sizeof extension / sizeof extension[0]; i++) {
        if (extension[i].septet == septet) {
            return extension[i].code;
        }
    }
    return sim_gsm7_char(septet);
}

size_t sim_gsm7_put(uint32_t code, uint8_t out[2])
{
    for (uint8_t i = 0; i < 128; i++) {
        if (alphabet[i] == code && i != SIM_GSM7_ESCAPE) {
            out[0] = i;
            return 1;
        }
    }
    for (size_t i = 0; i < sizeof extension / sizeof extension[0]; i++) {
        if (extension[i].code == code) {
            out[0] = SIM_GSM7_ESCAPE;
            out[1] = extension[i].septet;
            return 2;
        }
    }
    return 0;
}

size_t sim_gsm7_pack(
    const uint8_t *septets, size_t count, unsigned skip_bits, uint8_t *out)
{
    size_t octets = (skip_bits + 7 * count + 7) / 8;

    memset(out, 0, octets);
    for (size_t i = 0; i < count; i++) {
        size_t bit = skip_bits + 7 * i;
        unsigned value = (unsigned)(septets[i] & 0x7f) << (bit % 8);

        out[bit / 8] = (uint8_t)(out[bit / 8] | (value & 0xff));
        if (value > 0xff) {
            out[bit / 8 + 1] = (uint8_t)(value >> 8);
        }
    }
    return octets;
}

void sim_gsm7_unpack(
    const uint8_t *octets, unsigned skip_bits, uint8_t *septets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t bit = skip_bits + 7 * i;
        unsigned value = octets[bit / 8];

        if (bit % 8 > 1) {
            value |= (unsigned)octets[bit / 8 + 1] << 8;
        }
        septets[i] = (uint8_t)((value >> (bit % 8)) & 0x7f);
    }
}

void sim_gsm7_to_utf8(const uint8_t *septets, size_t count, char *out)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t code = sim_gsm7_char(septets[i]);

        if (septets[i] == SIM_GSM7_ESCAPE && i + 1 < count) {
            i++;
            code = sim_gsm7_extended(septets[i]);
        } else if (septets[i] == SIM_GSM7_ESCAPE) {
            code = ' '; /* TS 23.038 §6.2.1: a lone escape shows as a space */
        }
        out += str_utf8_put(code, out);
    }
    *out = '\0';
}
