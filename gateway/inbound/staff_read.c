// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/str.h"
#include "inbound/script_internal.h"
#include "inbound/staff.h"
#include "inbound/words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From a text of the staff to what it asks for. */

#define READ_BYTES 200
#define DAYS_MOST  366

static const char *const states[SCRIPT_STAFF_STATES] = {
    "up", "degraded", "down", "closed"};

/* --- days -------------------------------------------------------------- */

/* Days that count from today; weekdays count on from 0, Monday. */
static const struct {
    const char *word;
    int ahead;
} relative[] = {
    {"ini",   0},
    {"besok", 1},
    {"lusa",  2},
};

static const char *const weekdays[] = {
    "senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"};

/* The next day, today too, that is of that day of the month (and month). */
static int32_t next_date(int32_t today, int day_of_month, int month)
{
    for (int32_t day = today; day < today + DAYS_MOST; day++) {
        struct civil date = civil_of_day(day);

        if (date.day == day_of_month && (month == 0 || date.month == month)) {
            return day;
        }
    }
    return INT32_MIN;
}

static int32_t day_of_word(const char *word, int32_t today)
{
    for (size_t i = 0; i < sizeof relative / sizeof *relative; i++) {
        if (strcmp(word, relative[i].word) == 0) {
            return today + relative[i].ahead;
        }
    }
    for (int32_t i = 0; i < 7; i++) {
        int32_t ahead = (i - civil_of_day(today).weekday + 7) % 7;

        if (strcmp(word, weekdays[i]) == 0) {
            return today + (ahead == 0 ? 7 : ahead);
        }
    }
    return INT32_MIN;
}

/* A number behind a day is its hour, unless it says the same day again. */
static void take_number(struct staff_order *order, int number, int32_t today)
{
    if (order->back_day == INT32_MIN) {
        order->back_day = next_date(today, number, 0);
    } else if (civil_of_day(order->back_day).day != number && number <= 24) {
        order->hour = number;
    }
}

/* "14", "14/9", "14.00"; what is no number is left to the words. */
static void take_token(struct staff_order *order, const char *token,
    const char *next, int32_t today)
{
    char *end = NULL;
    long first = strtol(token, &end, 10);
    long second = *end == '\0' ? 0 : strtol(end + 1, NULL, 10);

    if (end == token || first < 0 || first > 31) {
        return;
    }
    if (*end == '/' || *end == '-') {
        order->back_day = next_date(today, (int)first, (int)second);
    } else if (str_starts(next, "hari") && order->back_day == INT32_MIN) {
        order->back_day = today + (int32_t)first;
    } else {
        take_number(order, (int)first, today);
    }
}

static void read_days(const struct script *script, char *text, int32_t today,
    struct staff_order *order)
{
    char *rest = text;
    char *token = NULL;

    while ((token = strsep(&rest, " ,;\t\n")) != NULL) {
        int32_t day = day_of_word(script_written_out(script, token), today);

        if (day != INT32_MIN) {
            order->back_day = day;
        } else if (*token != '\0') {
            take_token(order, token, rest == NULL ? "" : rest, today);
        }
    }
}

/* --- the order --------------------------------------------------------- */

static bool read_state(const struct script *script, const struct words *words,
    struct staff_order *order)
{
    struct words first = {.count = 1};

    if (words->count == 0) {
        return false;
    }
    memcpy(first.word[0], words->word[0], sizeof first.word[0]);
    for (size_t i = 0; i < SCRIPT_STAFF_STATES; i++) {
        if (script->staff[i] != NULL && words_have(&first, script->staff[i])) {
            (void)snprintf(order->state, sizeof order->state, "%s", states[i]);
            (void)snprintf(
                order->word, sizeof order->word, "%s", words->word[0]);
            return true;
        }
    }
    return false;
}

/* What stands behind the state's word, in capitals, may be an office's code. */
static void read_code(const char *text, struct staff_order *order)
{
    const char *at = text + strspn(text, " ");
    size_t length = 0;

    at += strcspn(at, " ");
    at += strspn(at, " ");
    length = strcspn(at, " ,;.");
    if (length == 0 || length >= sizeof order->code) {
        return;
    }
    for (size_t i = 0; i < length; i++) {
        order->code[i] = (char)toupper((unsigned char)at[i]);
    }
}

bool staff_read(const struct script *script, const char *text, int32_t today,
    struct staff_order *out)
{
    struct words words = {0};
    char lower[READ_BYTES] = "";
    size_t length = strnlen(text, sizeof lower - 1);

    *out = (struct staff_order){.back_day = INT32_MIN, .hour = -1};
    for (size_t i = 0; i < length; i++) {
        lower[i] = (char)tolower((unsigned char)text[i]);
    }
    words_read(script, lower, &words);
    if (!read_state(script, &words, out)) {
        return false;
    }
    (void)snprintf(
        out->place, sizeof out->place, "%s", words_take_place(script, &words));
    read_code(text, out);
    read_days(script, lower, today, out);
    return true;
}

bool staff_reports_closed(const struct script *script, const char *text)
{
    struct words words = {0};

    if (strchr(text, '?') != NULL || script->reports == NULL) {
        return false;
    }
    words_read(script, text, &words);
    return words_have(&words, script->reports) &&
           (script->reports_never == NULL ||
               !words_have(&words, script->reports_never));
}
