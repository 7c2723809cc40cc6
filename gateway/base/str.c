// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum kb_err str_copy(char *out, size_t out_bytes, const char *in)
{
    size_t length = strlen(in);

    if (length >= out_bytes) {
        out[0] = '\0';
        return KB_FULL;
    }
    memcpy(out, in, length + 1);
    return KB_OK;
}

char *str_trim(char *text)
{
    char *end = NULL;

    while (isspace((unsigned char)*text)) {
        text++;
    }
    end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1])) {
        end--;
    }
    *end = '\0';
    return text;
}

bool str_same(const char *a, const char *b)
{
    return strcasecmp(a, b) == 0;
}

bool str_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_digits(const char *text)
{
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

enum kb_err str_int(const char *text, int64_t least, int64_t most, int64_t *out)
{
    char *end = NULL;
    long long value = 0;

    if (!isdigit((unsigned char)*text) && *text != '-') {
        return KB_INVALID;
    }
    errno = 0;
    value = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0' || value < least || value > most) {
        return KB_INVALID;
    }
    *out = value;
    return KB_OK;
}

/* The bytes of the sequence that a lead byte opens; 0 for no lead byte. */
static size_t sequence_bytes(unsigned char lead)
{
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xc2 && lead <= 0xdf) {
        return 2;
    }
    if ((lead & 0xf0) == 0xe0) {
        return 3;
    }
    return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/* Decodes one sequence; 0 bytes where it is malformed (RFC 3629 section 3:
   no overlong forms, no surrogates, nothing over U+10FFFF). */
static size_t decode(const char *text, size_t bytes, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = sequence_bytes((unsigned char)text[0]);
    uint32_t value = 0;

    if (length == 0 || length > bytes) {
        return 0;
    }
    value = length == 1 ? (unsigned char)text[0]
                        : (unsigned char)text[0] & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if (((unsigned char)text[i] & 0xc0) != 0x80) {
            return 0;
        }
        value = value << 6 | ((unsigned char)text[i] & 0x3f);
    }
    if (value < least[length] || value > 0x10ffff ||
        (value >= 0xd800 && value <= 0xdfff)) {
        return 0;
    }
    *code = value;
    return length;
}

bool str_utf8_valid(const char *text, size_t bytes)
{
    uint32_t code = 0;

    while (bytes > 0) {
        size_t length = decode(text, bytes, &code);

        if (length == 0 || code == 0) {
            return false;
        }
        text += length;
        bytes -= length;
    }
    return true;
}

uint32_t str_utf8_next(const char **text)
{
    uint32_t code = 0;
    size_t length = 0;

    if (**text == '\0') {
        return 0;
    }
    length = decode(*text, strnlen(*text, 4), &code);
    *text += length == 0 ? 1 : length;
    return length == 0 ? 0xfffd : code;
}

size_t str_utf8_put(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

void str_utf8_cut(char *text, size_t most_chars)
{
    const char *at = text;

    while (most_chars > 0 && *at != '\0') {
        (void)str_utf8_next(&at);
        most_chars--;
    }
    text[at - text] = '\0';
}
