// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/str.h"
#include "config/config.h"

#include <stdio.h>
#include <string.h>

#define DAYS_A_WEEK 7

static const char *const english[] = {
    "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
static const char *const indonesian[] = {
    "Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min"};

/* Reads one day's name; 0 = Monday, -1 where it is none. */
static int day_number(const char *text, size_t bytes)
{
    char name[4];

    if (bytes != 3) {
        return -1;
    }
    memcpy(name, text, 3);
    name[3] = '\0';
    for (int day = 0; day < DAYS_A_WEEK; day++) {
        if (str_same(name, english[day]) || str_same(name, indonesian[day])) {
            return day;
        }
    }
    return -1;
}

/* "Mon" or "Mon-Sat" (or "Sat-Mon", over the week's end) as a mask. */
static unsigned days_range(const char *text, size_t bytes)
{
    const char *dash = memchr(text, '-', bytes);
    size_t first_bytes = dash == NULL ? bytes : (size_t)(dash - text);
    int first = day_number(text, first_bytes);
    int last =
        dash == NULL ? first : day_number(dash + 1, bytes - first_bytes - 1);
    unsigned days = 0;

    if (first < 0 || last < 0) {
        return 0;
    }
    for (int day = first; day != last; day = (day + 1) % DAYS_A_WEEK) {
        days |= 1U << day;
    }
    return days | 1U << last;
}

unsigned config_days(const char *text)
{
    unsigned days = 0;

    for (;;) {
        size_t bytes = 0;
        size_t room = 0;
        unsigned range = 0;

        text += strspn(text, " ");
        room = strcspn(text, ",");
        bytes = room;
        while (bytes > 0 && text[bytes - 1] == ' ') {
            bytes--;
        }
        range = days_range(text, bytes);
        if (range == 0) {
            return 0;
        }
        days |= range;
        if (text[room] == '\0') {
            return days;
        }
        text += room + 1;
    }
}

static bool has_day(unsigned days, int day)
{
    return day < DAYS_A_WEEK && (days >> day & 1U) != 0;
}

void config_days_text(unsigned days, char *out, size_t out_bytes)
{
    size_t used = 0;

    out[0] = '\0';
    for (int day = 0; day < DAYS_A_WEEK && used < out_bytes; day++) {
        int last = day;

        if (!has_day(days, day)) {
            continue;
        }
        while (has_day(days, last + 1)) {
            last++;
        }
        /* Two neighbours read better as a list than as a range. */
        if (last - day < 2) {
            last = day;
        }
        used += (size_t)snprintf(out + used, out_bytes - used, "%s%s%s%s",
            used == 0 ? "" : ",", english[day], last == day ? "" : "-",
            last == day ? "" : english[last]);
        day = last;
    }
}

/* Longer than any row of holidays and days without sending. */
#define WINDOW_LOOK_DAYS 60

static bool sends_on(const struct config *config, int32_t day)
{
    return has_day(config->sending_days, civil_of_day(day).weekday) &&
           !config_holiday(config, day);
}

bool config_window_open(const struct config *config, int64_t at_ms)
{
    struct civil now = civil_of(at_ms);
    int minute = now.hour * 60 + now.minute;

    return sends_on(config, civil_day_of(at_ms)) &&
           minute >= config->sending_from && minute < config->sending_to;
}

int64_t config_window_next_ms(const struct config *config, int64_t at_ms)
{
    int32_t today = civil_day_of(at_ms);

    if (config_window_open(config, at_ms)) {
        return at_ms;
    }
    /* Today comes last once more, for a window that closed today and has no
       other day. */
    for (int32_t day = today; day <= today + WINDOW_LOOK_DAYS; day++) {
        int64_t opens_ms = civil_instant_ms(day, config->sending_from);

        if (opens_ms > at_ms && sends_on(config, day)) {
            return opens_ms;
        }
    }
    /* Only without any day; a checked configuration has one. */
    return civil_instant_ms(today + WINDOW_LOOK_DAYS, config->sending_from);
}
