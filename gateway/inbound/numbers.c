// SPDX-License-Identifier: GPL-2.0-or-later
#include "inbound/numbers.h"

#include "base/str.h"

#include <ctype.h>
#include <string.h>

/* Signs between two groups of one number: " - " is the longest in use. */
#define JOINER_CHARS 3

/* --- characters ---------------------------------------------------------- */

/* The digit that a character is, in the scripts that phones offer; 0 for none
   (Unicode: Arabic-Indic, extended Arabic-Indic, full width). */
static char digit_of(uint32_t code)
{
    static const uint32_t zeros[] = {'0', 0x0660, 0x06f0, 0xff10};

    for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++) {
        if (code >= zeros[i] && code <= zeros[i] + 9) {
            return (char)('0' + (code - zeros[i]));
        }
    }
    return '\0';
}

/* The digit that somebody meant with a letter. */
static char meant_digit(uint32_t code)
{
    switch (code) {
    case 'O':
    case 'o':
        return '0';
    case 'I':
    case 'i':
    case 'l':
        return '1';
    default:
        return '\0';
    }
}

static bool is_letter(uint32_t code)
{
    return code < 0x80 && isalpha((int)code) != 0;
}

/* What may stand between two groups of a number. */
static bool is_joiner(uint32_t code)
{
    return (code < 0x80 && code != '\0' && isalnum((int)code) == 0) ||
           code == 0xa0 || (code >= 0x2010 && code <= 0x2015);
}

/* --- one group ----------------------------------------------------------- */

static void add_digit(struct number *number, char digit)
{
    if (number->count < NUMBER_DOUBLE) {
        number->digits[number->count] = digit;
    }
    number->count++;
}

static void take_back(struct number *number, size_t letters)
{
    number->count -= letters;
    if (number->count < NUMBER_DOUBLE) {
        memset(number->digits + number->count, 0,
            sizeof number->digits - number->count);
    }
}

struct typed_digit {
    char digit;
    bool meant; /* a letter stands for it */
};

/* Moves behind a digit or a letter that may stand for one. */
static bool take_digit(const char **at, struct typed_digit *out)
{
    const char *next = *at;
    uint32_t code = str_utf8_next(&next);

    out->digit = digit_of(code);
    out->meant = out->digit == '\0';
    if (out->meant) {
        out->digit = meant_digit(code);
    }
    if (out->digit != '\0') {
        *at = next;
    }
    return out->digit != '\0';
}

/* Reads digits, and letters that stand for digits, from the first digit on.
   Letters at the end count where no word starts there and where they are
   fewer than the digits: "9OOl" is a number, "5lo" and "2orang" are not. */
static void read_group(const char *text, struct number *number)
{
    const char *at = text + number->start;
    const char *behind = NULL;
    struct typed_digit typed = {0};
    size_t letters = 0; /* since the last digit */
    size_t mended = 0;

    while (take_digit(&at, &typed)) {
        add_digit(number, typed.digit);
        if (typed.meant) {
            letters++;
            mended++;
        } else {
            letters = 0;
            number->end = (size_t)(at - text);
        }
    }
    behind = at;
    if (letters > 0 && (is_letter(str_utf8_next(&behind)) ||
                           mended >= number->count - mended)) {
        take_back(number, letters);
        mended -= letters;
    } else {
        number->end = (size_t)(at - text);
    }
    number->mended = mended > 0;
}

/* The next group of digits without anything between. */
static bool group_next(const char *text, size_t from, struct number *out)
{
    const char *at = text + from;

    *out = (struct number){0};
    while (*at != '\0') {
        const char *next = at;

        if (digit_of(str_utf8_next(&next)) != '\0') {
            out->start = (size_t)(at - text);
            read_group(text, out);
            return true;
        }
        at = next;
    }
    return false;
}

/* --- groups to numbers --------------------------------------------------- */

static bool is_gap(const char *text, size_t start, size_t end)
{
    const char *at = text + start;

    for (int i = 0; i < JOINER_CHARS && at < text + end; i++) {
        if (!is_joiner(str_utf8_next(&at))) {
            return false;
        }
    }
    return at == text + end;
}

/* Whether a group goes on with a number: not one that is a number of its own,
   and behind nearly a NIK only what makes it whole. */
static bool belongs(const struct number *number, const struct number *group)
{
    size_t sum = number->count + group->count;

    return group->count < NUMBER_PERSONAL &&
           (number->count < NUMBER_PERSONAL || sum == NIK_DIGITS);
}

static bool ends_with(const char *text, const struct number *group)
{
    struct number next = {0};
    const char *at = text + group->end;

    while (*at != '\0' && !is_letter((unsigned char)*at)) {
        at++;
    }
    return *at == '\0' && !group_next(text, group->end, &next);
}

/* Digits one by one ("… 9 0 0 1") of which the next two make it whole, or what
   a slip of the space bar cut off the end ("…9001 5"). */
static bool completes(
    const char *text, const struct number *number, const struct number *group)
{
    struct number next = {0};

    if (number->count + group->count + 1 == NIK_DIGITS && group->count == 1 &&
        group_next(text, group->end, &next) && next.count == 1) {
        return is_gap(text, group->end, next.start);
    }
    return group->count == 1 && ends_with(text, group);
}

static void join(struct number *number, const struct number *group)
{
    for (size_t i = 0; i < group->count; i++) {
        add_digit(number, group->digits[i]);
    }
    number->end = group->end;
    number->grouped = true;
    number->mended = number->mended || group->mended;
}

bool number_next(const char *text, size_t from, struct number *out)
{
    struct number group = {0};

    if (!group_next(text, from, out)) {
        return false;
    }
    while (out->count < NIK_DIGITS && group_next(text, out->end, &group) &&
           is_gap(text, out->end, group.start) &&
           (belongs(out, &group) || completes(text, out, &group))) {
        join(out, &group);
    }
    return true;
}

/* --- masking ------------------------------------------------------------- */

static void add_code(uint32_t code, struct buf *out)
{
    char bytes[4];

    if ((code < 0x20 && code != '\n') || code == 0x7f) {
        code = ' ';
    }
    buf_add(out, bytes, str_utf8_put(code, bytes));
}

static void copy_text(
    const char *text, size_t start, size_t end, struct buf *out)
{
    const char *at = text + start;

    while (at < text + end) {
        add_code(str_utf8_next(&at), out);
    }
}

/* Whether a digit stays: the area at the start, the serial at the end of what
   would be the NIK. */
static bool stays(size_t index, size_t count)
{
    size_t whole = count > NIK_DIGITS ? NIK_DIGITS : count;

    return index < 6 || (index + 4 >= whole && index < whole);
}

static void mask_number(const char *text, const struct number *number,
    bool keep_ends, struct buf *out)
{
    const char *at = text + number->start;
    size_t index = 0;

    while (at < text + number->end) {
        uint32_t code = str_utf8_next(&at);

        if (digit_of(code) == '\0' && meant_digit(code) == '\0') {
            add_code(code, out);
            continue;
        }
        add_code(keep_ends && stays(index, number->count) ? code : '*', out);
        index++;
    }
}

void number_mask(
    const char *text, size_t least, bool keep_first, struct buf *out)
{
    struct number number = {0};
    bool keep = keep_first;
    size_t at = 0;

    while (number_next(text, at, &number)) {
        copy_text(text, at, number.start, out);
        if (number.count >= least) {
            mask_number(text, &number, keep, out);
            keep = false;
        } else {
            copy_text(text, number.start, number.end, out);
        }
        at = number.end;
    }
    copy_text(text, at, strlen(text), out);
}
