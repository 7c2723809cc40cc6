// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry/cell.h"

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
