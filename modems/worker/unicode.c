// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/worker/unicode.h"

#include "base/str.h"

#include <stdbool.h>
#include <string.h>

#define REPLACEMENT 0xfffdU

static uint32_t unit_at(const unsigned char *in)
{
    return (uint32_t)in[0] << 8 | in[1];
}

static bool is_high(uint32_t unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(uint32_t unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

static uint32_t next_code(const unsigned char **in)
{
    uint32_t unit = unit_at(*in);
    uint32_t second = 0;

    *in += 2;
    if (!is_high(unit)) {
        return is_low(unit) ? REPLACEMENT : unit;
    }
    second = unit_at(*in);
    if (!is_low(second)) {
        return REPLACEMENT;
    }
    *in += 2;
    return 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
}

static uint32_t harmless(uint32_t code)
{
    bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);

    return control && code != '\n' && code != '\r' ? ' ' : code;
}

void unicode_to_utf8(const unsigned char *in, char *out, size_t out_bytes)
{
    size_t used = 0;

    while (unit_at(in) != 0) {
        char bytes[4];
        size_t count = str_utf8_put(harmless(next_code(&in)), bytes);

        if (used + count >= out_bytes) {
            break;
        }
        memcpy(out + used, bytes, count);
        used += count;
    }
    out[used] = '\0';
}

static size_t put_units(uint32_t code, unsigned char *out)
{
    uint32_t units[2] = {code, 0};
    size_t count = 1;

    if (code > 0xffff) {
        units[0] = 0xd800 + ((code - 0x10000) >> 10);
        units[1] = 0xdc00 + ((code - 0x10000) & 0x3ff);
        count = 2;
    }
    for (size_t i = 0; i < count; i++) {
        out[2 * i] = (unsigned char)(units[i] >> 8);
        out[2 * i + 1] = (unsigned char)(units[i] & 0xff);
    }
    return count;
}

size_t unicode_from_utf8(const char *in, unsigned char *out, size_t out_bytes)
{
    size_t room = out_bytes / 2 - 1; /* units, without the end */
    size_t used = 0;
    uint32_t code = str_utf8_next(&in);

    while (code != 0) {
        unsigned char units[4];
        size_t count = put_units(code, units);

        if (used + count > room) {
            break;
        }
        memcpy(out + 2 * used, units, 2 * count);
        used += count;
        code = str_utf8_next(&in);
    }
    out[2 * used] = 0;
    out[2 * used + 1] = 0;
    return used;
}

void unicode_plain(const char *in, char *out, size_t out_bytes)
{
    size_t used = 0;

    for (; *in != '\0' && used + 1 < out_bytes; in++) {
        out[used++] = (char)(*in >= ' ' && *in <= '~' ? *in : '?');
    }
    out[used] = '\0';
}
