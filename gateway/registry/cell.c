// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry/cell.h"

#include "base/clock.h"
#include "base/csv.h"

#include <string.h>

static const char digits[] = "0123456789";

bool cell_is_exponent(const char *text)
{
    size_t mantissa = strspn(text, "0123456789.,");
    const char *exponent = text + mantissa + 1;

    if (mantissa == 0 || (text[mantissa] != 'E' && text[mantissa] != 'e')) {
        return false;
    }
    exponent += *exponent == '+' ? 1 : 0;
    return *exponent != '\0' && exponent[strspn(exponent, digits)] == '\0';
}

void cell_cut_fraction(char *text, size_t least)
{
    size_t whole = strspn(text, digits);

    if (whole >= least &&
        (strcmp(text + whole, ".0") == 0 || strcmp(text + whole, ",0") == 0)) {
        text[whole] = '\0';
    }
}

/* Up to four digits; moves *at behind them. */
static int take_number(const char **at, size_t *count)
{
    int value = 0;

    *count = strspn(*at, digits);
    for (size_t i = 0; i < *count && i < 4; i++) {
        value = value * 10 + ((*at)[i] - '0');
    }
    *at += *count;
    return value;
}

bool cell_date(const char *text, int32_t *day)
{
    int parts[3] = {0};
    size_t counts[3] = {0};

    text += *text == '\'' ? 1 : 0;
    for (int i = 0; i < 3; i++) {
        if (i > 0 && (*text == '\0' || strchr("-/.", *text++) == NULL)) {
            return false;
        }
        parts[i] = take_number(&text, &counts[i]);
    }
    if (counts[0] == 4) {
        int year = parts[0];

        parts[0] = parts[2];
        parts[2] = year;
        counts[0] = counts[2];
        counts[2] = 4;
    }
    if ((*text != '\0' && *text != ' ' && *text != 'T') || counts[0] < 1 ||
        counts[0] > 2 || counts[1] < 1 || counts[1] > 2 || counts[2] != 4 ||
        !civil_date_exists(parts[2], parts[1], parts[0])) {
        return false;
    }
    *day = civil_day(parts[2], parts[1], parts[0]);
    return true;
}

/* Takes back the start of a UTF-8 sequence whose rest did not fit. */
static size_t whole_chars(const char *out, size_t used, char next)
{
    if (((unsigned char)next & 0xc0) != 0x80) {
        return used;
    }
    while (used > 0 && ((unsigned char)out[used - 1] & 0xc0) == 0x80) {
        used--;
    }
    return used > 0 ? used - 1 : 0;
}

bool cell_text(const char *text, char *out, size_t out_bytes)
{
    size_t used = 0;
    bool gap = false;

    for (text = csv_plain(text); *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c <= ' ' || c == 0x7f) {
            gap = used > 0;
            continue;
        }
        if (used + (gap ? 2 : 1) >= out_bytes) {
            used = whole_chars(out, used, *text);
            break;
        }
        if (gap) {
            out[used++] = ' ';
        }
        gap = false;
        out[used++] = (char)c;
    }
    out[used] = '\0';
    return *text == '\0';
}
