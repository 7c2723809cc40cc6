// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry/phone.h"

#include "base/str.h"
#include "registry/cell.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LEAST_NATIONAL 9  /* 8xxxxxxxx: 10 digits with the leading 0 */
#define MOST_NATIONAL  12 /* 13 digits with it */
#define CELL_BYTES     256

/* --- which operator a prefix belongs to --------------------------------- */

/* Indonesia's numbering plan, mobile prefixes without the leading 0, by
   operator. There is no number portability: the prefix tells. */
static const struct {
    const char *operator;
    const char *prefixes; /* three digits each */
} operators[] = {
    {"telkomsel", "811 812 813 821 822 823 851 852 853"},
    {"indosat",   "814 815 816 855 856 857 858"        },
    {"xl",        "817 818 819 859 877 878 879"        },
    {"axis",      "831 832 833 838"                    },
    {"tri",       "895 896 897 898 899"                },
    {"smartfren", "881 882 883 884 885 886 887 888 889"},
    {"net1",      "827 828"                            },
};

#define OPERATOR_COUNT (sizeof operators / sizeof operators[0])

const char *phone_operator(const char *phone)
{
    char prefix[4] = "";

    if (!phone_is_mobile(phone)) {
        return "";
    }
    memcpy(prefix, phone + 3, 3);
    for (size_t i = 0; i < OPERATOR_COUNT; i++) {
        if (strstr(operators[i].prefixes, prefix) != NULL) {
            return operators[i].operator;
        }
    }
    return "";
}

const char *phone_operator_prefixes(const char *operator)
{
    for (size_t i = 0; i < OPERATOR_COUNT; i++) {
        if (str_same(operators[i].operator, operator)) {
            return operators[i].prefixes;
        }
    }
    return NULL;
}

const char *phone_operator_at(size_t index)
{
    return index < OPERATOR_COUNT ? operators[index].operator: NULL;
}

/* --- reading ------------------------------------------------------------ */

/* What people type for a digit; 0 for anything else. */
static char digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c;
    }
    if (c == 'O' || c == 'o') {
        return '0';
    }
    return c == 'l' || c == 'I' || c == 'i' ? '1' : '\0';
}

/* "HP ", "WA: ", "telp." in front of a number. A word of O, l and I alone is
   part of the number. */
static const char *skip_label(const char *text)
{
    const char *at = text;
    bool word = false;

    while (isalpha((unsigned char)*at)) {
        word = word || digit_of(*at) == '\0';
        at++;
    }
    if (!word) {
        return text;
    }
    return at + strspn(at, " .:=");
}

static bool is_filler(unsigned char c)
{
    /* 0xc2 0xa0 is a no-break space in UTF-8. */
    return strchr(" .-()_'`\"\t", c) != NULL || c == 0xc2 || c == 0xa0;
}

/* The digits of one number, behind a '+' where there was one. */
static enum kb_err take_digits(
    const char *text, char *out, size_t out_bytes, struct why *why)
{
    size_t used = 0;

    for (const char *at = skip_label(text); *at != '\0'; at++) {
        char digit = digit_of(*at);

        if (used + 1 >= out_bytes) {
            why_set(why, "too many digits for a phone number");
            return KB_INVALID;
        }
        if (*at == '+' && used == 0) {
            out[used++] = '+';
        } else if (digit != '\0') {
            out[used++] = digit;
        } else if (!is_filler((unsigned char)*at)) {
            why_set(why, "letters or signs that no phone number has");
            return KB_INVALID;
        }
    }
    out[used] = '\0';
    return KB_OK;
}

/* Cuts country code and trunk prefix: "8123…" stays of "+62 0812 3…". */
static enum kb_err to_national(
    const char *digits, const char **national, struct why *why)
{
    bool plus = *digits == '+';
    const char *at = plus ? digits + 1 : digits;

    if (!plus && str_starts(at, "0062")) {
        at += 4;
    } else if (str_starts(at, "62")) {
        at += 2;
    } else if (plus) {
        why_set(why, "not an Indonesian number (+62)");
        return KB_INVALID;
    }
    *national = *at == '0' ? at + 1 : at;
    return KB_OK;
}

static enum kb_err check_national(const char *national, struct why *why)
{
    size_t count = strlen(national);

    if (*national == '\0' || count < 5) {
        why_set(why, "too short for a phone number");
        return KB_INVALID;
    }
    if (*national != '8') {
        why_set(why, "a landline or no mobile number (those start with 08): "
                     "it cannot receive SMS");
        return KB_INVALID;
    }
    if (count < LEAST_NATIONAL || count > MOST_NATIONAL) {
        why_set(why,
            "%zu digits with the leading 0; a mobile number has 10 to 13",
            count + 1);
        return KB_INVALID;
    }
    return KB_OK;
}

static enum kb_err read_one(const char *text, char *out, struct why *why)
{
    char digits[CELL_BYTES] = "";
    const char *national = "";
    enum kb_err err = take_digits(text, digits, sizeof digits, why);

    if (err == KB_OK) {
        err = to_national(digits, &national, why);
    }
    if (err == KB_OK) {
        err = check_national(national, why);
    }
    if (err == KB_OK) {
        (void)snprintf(out, PHONE_BYTES, "+62%.*s", MOST_NATIONAL, national);
    }
    return err;
}

/* Where the cell's first number ends: at a sign that separates numbers, or at
   a space or plus where ten digits stand on both sides. */
static size_t first_number_bytes(const char *text)
{
    size_t digits = 0;

    for (size_t i = 0; text[i] != '\0'; i++) {
        bool gap = text[i] == ' ' || text[i] == '+';

        if (strchr("/;,|&\n\r", text[i]) != NULL ||
            (gap && digits >= LEAST_NATIONAL &&
                strcspn(text + i + 1, " /;,|&") >= LEAST_NATIONAL)) {
            return i;
        }
        digits += digit_of(text[i]) != '\0' ? 1 : 0;
    }
    return strlen(text);
}

/* The first number of the cell that can be used, else the first one's fault. */
static enum kb_err read_cell(char *cell, char *out, struct why *why)
{
    enum kb_err first_err = KB_INVALID;
    char *rest = cell;
    bool first = true;

    while (*rest != '\0') {
        size_t bytes = first_number_bytes(rest);
        bool more = rest[bytes] != '\0';
        enum kb_err err = KB_OK;

        rest[bytes] = '\0';
        err = read_one(str_trim(rest), out, first ? why : NULL);
        if (err == KB_OK) {
            return KB_OK;
        }
        first_err = first ? err : first_err;
        first = false;
        rest += bytes + (more ? 1 : 0);
    }
    return first_err;
}

enum kb_err phone_normalise(const char *text, char *out, struct why *why)
{
    char copy[CELL_BYTES];
    char *cell = NULL;

    out[0] = '\0';
    if (str_copy(copy, sizeof copy, text) != KB_OK) {
        why_set(why, "too long for a phone number");
        return KB_INVALID;
    }
    cell = str_trim(copy);
    if (strspn(cell, "-–. '") == strlen(cell) || str_same(cell, "0")) {
        return KB_OK;
    }
    if (cell_is_exponent(cell)) {
        why_set(why, "a spreadsheet has cut it to an exponent; make the "
                     "column text and take the number from the source again");
        return KB_INVALID;
    }
    cell_cut_fraction(cell, LEAST_NATIONAL);
    return read_cell(cell, out, why);
}

/* --- mobiles ------------------------------------------------------------- */

bool phone_is_mobile(const char *phone)
{
    size_t digits = 0;

    if (!str_starts(phone, "+628")) {
        return false;
    }
    digits = strlen(phone + 3);
    return str_digits(phone + 3) && digits >= LEAST_NATIONAL &&
           digits <= MOST_NATIONAL;
}
