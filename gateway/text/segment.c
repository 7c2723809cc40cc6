// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"
#include "text/text_internal.h"

#include <string.h>

/* A run of characters and the septets that each takes. */
struct run {
    uint32_t first;
    uint32_t last;
    int septets;
};

/*
 * The GSM 7 bit default alphabet (one septet) and its extension table (two,
 * behind an escape), 3GPP TS 23.038 §6.2.1 and §6.2.1.1, by code point.
 */
static const struct run alphabet[] = {
    {0x000a, 0x000a, 1}, /* LF */
    {0x000c, 0x000c, 2}, /* FF: page break */
    {0x000d, 0x000d, 1}, /* CR */
    {0x0020, 0x005a, 1}, /* space ! … 0-9 … @ A-Z */
    {0x005b, 0x005e, 2}, /* [ \ ] ^ */
    {0x005f, 0x005f, 1}, /* _ */
    {0x0061, 0x007a, 1}, /* a-z */
    {0x007b, 0x007e, 2}, /* { | } ~ */
    {0x00a1, 0x00a1, 1}, /* ¡ */
    {0x00a3, 0x00a5, 1}, /* £ ¤ ¥ */
    {0x00a7, 0x00a7, 1}, /* § */
    {0x00bf, 0x00bf, 1}, /* ¿ */
    {0x00c4, 0x00c7, 1}, /* Ä Å Æ Ç */
    {0x00c9, 0x00c9, 1}, /* É */
    {0x00d1, 0x00d1, 1}, /* Ñ */
    {0x00d6, 0x00d6, 1}, /* Ö */
    {0x00d8, 0x00d8, 1}, /* Ø */
    {0x00dc, 0x00dc, 1}, /* Ü */
    {0x00df, 0x00e0, 1}, /* ß à */
    {0x00e4, 0x00e6, 1}, /* ä å æ */
    {0x00e8, 0x00e9, 1}, /* è é */
    {0x00ec, 0x00ec, 1}, /* ì */
    {0x00f1, 0x00f2, 1}, /* ñ ò */
    {0x00f6, 0x00f6, 1}, /* ö */
    {0x00f8, 0x00f9, 1}, /* ø ù */
    {0x00fc, 0x00fc, 1}, /* ü */
    {0x0393, 0x0394, 1}, /* Γ Δ */
    {0x0398, 0x0398, 1}, /* Θ */
    {0x039b, 0x039b, 1}, /* Λ */
    {0x039e, 0x039e, 1}, /* Ξ */
    {0x03a0, 0x03a0, 1}, /* Π */
    {0x03a3, 0x03a3, 1}, /* Σ */
    {0x03a6, 0x03a6, 1}, /* Φ */
    {0x03a8, 0x03a9, 1}, /* Ψ Ω */
    {0x20ac, 0x20ac, 2}, /* € */
};

/* What one segment holds, alone and behind a concatenation header with an
   8 bit reference (3GPP TS 23.040 §9.2.3.24.1: 6 octets of 140). */
static const struct {
    int alone;
    int joined;
} room[] = {
    [TEXT_GSM7] = {160, 153},
    [TEXT_UCS2] = {70,  67 },
};

int text_septets(uint32_t code)
{
    for (size_t i = 0; i < sizeof alphabet / sizeof *alphabet; i++) {
        if (code <= alphabet[i].last) {
            return code >= alphabet[i].first ? alphabet[i].septets : 0;
        }
    }
    return 0;
}

int text_units(uint32_t code, enum text_coding coding)
{
    if (coding == TEXT_GSM7) {
        return text_septets(code);
    }
    return code > 0xffff ? 2 : 1;
}

static enum text_coding coding_of(const char *text)
{
    uint32_t code = 0;

    while ((code = str_utf8_next(&text)) != 0) {
        if (text_septets(code) == 0) {
            return TEXT_UCS2;
        }
    }
    return TEXT_GSM7;
}

static int units_of(const char *text, enum text_coding coding)
{
    int units = 0;
    uint32_t code = 0;

    while ((code = str_utf8_next(&text)) != 0) {
        units += text_units(code, coding);
    }
    return units;
}

/* Where the segment that starts at text ends: a character's units stay
   together, so that a segment may be left one unit short. */
static const char *segment_end(
    const char *text, enum text_coding coding, int most)
{
    const char *end = text;

    while (*end != '\0') {
        const char *next = end;

        most -= text_units(str_utf8_next(&next), coding);
        if (most < 0) {
            break;
        }
        end = next;
    }
    return end;
}

static int most_units(int units, enum text_coding coding)
{
    return units <= room[coding].alone ? room[coding].alone
                                       : room[coding].joined;
}

struct text_size text_measure(const char *text)
{
    struct text_size size = {.coding = coding_of(text)};
    int most = 0;

    size.units = units_of(text, size.coding);
    most = most_units(size.units, size.coding);
    while (*text != '\0') {
        text = segment_end(text, size.coding, most);
        size.parts++;
    }
    return size;
}

enum kb_err text_split(const char *text, struct text_part *parts, int *count,
    enum text_coding *coding)
{
    struct text_size size = {0};
    int most = 0;

    if (!str_utf8_valid(text, strlen(text))) {
        return KB_INVALID;
    }
    size = text_measure(text);
    if (size.parts == 0 || size.parts > TEXT_MAX_PARTS) {
        return KB_INVALID;
    }
    most = most_units(size.units, size.coding);
    for (int i = 0; i < size.parts; i++) {
        const char *end = segment_end(text, size.coding, most);
        size_t bytes = (size_t)(end - text);

        memcpy(parts[i].text, text, bytes);
        parts[i].text[bytes] = '\0';
        text = end;
    }
    *count = size.parts;
    *coding = size.coding;
    return KB_OK;
}
