// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry/nik.h"

#include "base/clock.h"
#include "base/str.h"
#include "registry/cell.h"

#include <string.h>

#define DATE_AT       6  /* DDMMYY starts here */
#define SERIAL_AT     12 /* SSSS starts here */
#define FEMALE_OFFSET 40 /* added to a woman's day */

static int two_digits(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

static int day_of(const char *nik)
{
    int day = two_digits(nik + DATE_AT);

    return day > FEMALE_OFFSET ? day - FEMALE_OFFSET : day;
}

static bool is_example(const char *nik)
{
    return strcmp(nik, "1234567890123456") == 0 ||
           strspn(nik, (const char[]){nik[0], '\0'}) == NIK_DIGITS;
}

static bool date_exists(const char *nik)
{
    /* The century is not known: a 29 February is fine where either 19YY or
       20YY has one. */
    return civil_date_exists(2000 + two_digits(nik + DATE_AT + 4),
        two_digits(nik + DATE_AT + 2), day_of(nik));
}

enum nik_fault nik_check(const char *nik)
{
    if (strlen(nik) != NIK_DIGITS || !str_digits(nik)) {
        return NIK_LENGTH;
    }
    if (is_example(nik)) {
        return NIK_EXAMPLE;
    }
    if (!date_exists(nik)) {
        return NIK_DATE;
    }
    return strcmp(nik + SERIAL_AT, "0000") == 0 ? NIK_SERIAL : NIK_FINE;
}

const char *nik_fault_text(enum nik_fault fault)
{
    static const char *const texts[] = {
        [NIK_FINE] = "nothing is wrong with it",
        [NIK_LENGTH] = "a NIK has 16 digits",
        [NIK_DATE] = "its digits 7-12 (day, month, year) are no date",
        [NIK_SERIAL] = "its last four digits cannot be 0000",
        [NIK_EXAMPLE] = "it is the example from a leaflet, not a person's NIK",
    };

    return texts[fault];
}

bool nik_is_female(const char *nik)
{
    return two_digits(nik + DATE_AT) > FEMALE_OFFSET;
}

bool nik_agrees(const char *nik, int32_t birth_day)
{
    struct civil birth = civil_of_day(birth_day);

    return birth.day == day_of(nik) &&
           birth.month == two_digits(nik + DATE_AT + 2);
}

static enum kb_err too_long_or_short(const char *digits, struct why *why)
{
    size_t count = strlen(digits);

    if (count == NIK_DIGITS - 1) {
        why_set(why, "15 digits: one is lost, perhaps to a spreadsheet; "
                     "make the column text and type it again");
    } else {
        why_set(why, "%zu digits; a NIK has 16", count);
    }
    return KB_INVALID;
}

enum kb_err nik_read(const char *text, char *out, struct why *why)
{
    char copy[64];
    size_t used = 0;

    out[0] = '\0';
    if (cell_is_exponent(text)) {
        why_set(why, "a spreadsheet has cut it to an exponent; make the "
                     "column text and take the digits from the source again");
        return KB_INVALID;
    }
    if (str_copy(copy, sizeof copy, text) != KB_OK) {
        why_set(why, "a NIK has 16 digits; this is much longer");
        return KB_INVALID;
    }
    cell_cut_fraction(copy, NIK_DIGITS);
    for (const char *at = copy; *at != '\0'; at++) {
        if (strchr(" .-'`\"", *at) != NULL) {
            continue;
        }
        if (*at < '0' || *at > '9') {
            why_set(why, "a NIK has digits only");
            return KB_INVALID;
        }
        copy[used++] = *at;
    }
    copy[used] = '\0';
    if (used != NIK_DIGITS) {
        return too_long_or_short(copy, why);
    }
    memcpy(out, copy, NIK_BYTES);
    return KB_OK;
}

uint64_t nik_number(const char *nik)
{
    uint64_t number = 0;

    for (; *nik != '\0'; nik++) {
        number = number * 10 + (uint64_t)(*nik - '0');
    }
    return number;
}

void nik_from_number(uint64_t number, char *out)
{
    for (int i = NIK_DIGITS - 1; i >= 0; i--) {
        out[i] = (char)('0' + number % 10);
        number /= 10;
    }
    out[NIK_DIGITS] = '\0';
}
