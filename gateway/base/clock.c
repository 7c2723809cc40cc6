// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MS_PER_S      1000
#define MINUTES_A_DAY 1440

static int64_t read_us(clockid_t id)
{
    struct timespec now;

    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct clock clock_system(void)
{
    return (struct clock){.speed = 1};
}

struct clock clock_rehearsal(int64_t start_ms, int64_t speed)
{
    return (struct clock){
        .rehearsal = true,
        .start_ms = start_ms,
        .origin_mono_ms = clock_mono_ms(),
        .speed = speed,
    };
}

struct clock clock_fixed(int64_t now_ms)
{
    return (struct clock){.fixed = true, .start_ms = now_ms, .speed = 1};
}

void clock_set(struct clock *clock, int64_t now_ms)
{
    clock->start_ms = now_ms;
}

int64_t clock_now_ms(const struct clock *clock)
{
    if (clock->fixed) {
        return clock->start_ms;
    }
    if (clock->rehearsal) {
        return clock->start_ms +
               (clock_mono_ms() - clock->origin_mono_ms) * clock->speed;
    }
    return read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_real_span_ms(const struct clock *clock, int64_t span_ms)
{
    return (span_ms + clock->speed - 1) / clock->speed;
}

int64_t clock_mono_ms(void)
{
    return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_mono_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

enum kb_err clock_zone_set(const char *zone)
{
    char path[256];

    if (*zone == '\0' || *zone == '/' || strstr(zone, "..") != NULL) {
        return KB_INVALID;
    }
    (void)snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", zone);
    if (access(path, R_OK) != 0) {
        return KB_INVALID;
    }
    (void)setenv("TZ", zone, 1);
    tzset();
    return KB_OK;
}

struct civil civil_of(int64_t at_ms)
{
    struct tm local;
    int64_t seconds = at_ms / MS_PER_S - (at_ms % MS_PER_S < 0 ? 1 : 0);
    time_t when = (time_t)seconds;

    (void)localtime_r(&when, &local);
    return (struct civil){
        .year = local.tm_year + 1900,
        .month = local.tm_mon + 1,
        .day = local.tm_mday,
        .hour = local.tm_hour,
        .minute = local.tm_min,
        .weekday = (local.tm_wday + 6) % 7,
    };
}

int32_t civil_day(int year, int month, int day)
{
    /* Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": a year
       that starts in March puts the leap day last. */
    int y = month <= 2 ? year - 1 : year;
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

int32_t civil_day_of(int64_t at_ms)
{
    struct civil local = civil_of(at_ms);

    return civil_day(local.year, local.month, local.day);
}

struct civil civil_of_day(int32_t day)
{
    struct tm date;
    time_t noon = (time_t)day * 86400 + 43200;

    (void)gmtime_r(&noon, &date);
    return (struct civil){
        .year = date.tm_year + 1900,
        .month = date.tm_mon + 1,
        .day = date.tm_mday,
        .weekday = (date.tm_wday + 6) % 7,
    };
}

int64_t civil_instant_ms(int32_t day, int minute_of_day)
{
    struct civil date = civil_of_day(day);
    struct tm local = {
        .tm_year = date.year - 1900,
        .tm_mon = date.month - 1,
        .tm_mday = date.day,
        .tm_hour = minute_of_day / 60,
        .tm_min = minute_of_day % 60,
        .tm_isdst = -1,
    };

    return (int64_t)mktime(&local) * MS_PER_S;
}

bool civil_date_exists(int year, int month, int day)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (month < 1 || month > 12 || day < 1) {
        return false;
    }
    return day <= days[month - 1] + (leap && month == 2 ? 1 : 0);
}

/* Reads exactly that many digits; -1 where they are not. */
static int digits_at(const char *text, size_t count)
{
    int value = 0;

    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* Reads "YYYY-MM-DD" at the start of a text; a part that is none is -1, which
   no date has. */
static bool read_date(const char *text, struct civil *out)
{
    if (strnlen(text, 10) < 10 || text[4] != '-' || text[7] != '-') {
        return false;
    }
    out->year = digits_at(text, 4);
    out->month = digits_at(text + 5, 2);
    out->day = digits_at(text + 8, 2);
    return out->year >= 0 && civil_date_exists(out->year, out->month, out->day);
}

enum kb_err civil_parse(const char *text, struct civil *out, bool *has_time)
{
    struct civil read = {0};
    int minute = 0;

    if (!read_date(text, &read)) {
        return KB_INVALID;
    }
    if (text[10] == ' ' || text[10] == 'T') {
        minute = civil_parse_minute(text + 11);
    } else if (text[10] != '\0') {
        minute = -1;
    }
    if (minute < 0) {
        return KB_INVALID;
    }
    read.hour = minute / 60;
    read.minute = minute % 60;
    read.weekday =
        civil_of_day(civil_day(read.year, read.month, read.day)).weekday;
    if (has_time != NULL) {
        *has_time = text[10] != '\0';
    }
    *out = read;
    return KB_OK;
}

int civil_parse_minute(const char *text)
{
    size_t hour_digits = strcspn(text, ":");
    int hour = 0;
    int minute = 0;

    if (hour_digits < 1 || hour_digits > 2 || strlen(text) != hour_digits + 3) {
        return -1;
    }
    hour = digits_at(text, hour_digits);
    minute = digits_at(text + hour_digits + 1, 2);
    if (hour < 0 || minute < 0 || minute > 59 ||
        hour * 60 + minute > MINUTES_A_DAY) {
        return -1;
    }
    return hour * 60 + minute;
}

struct civil_text civil_rfc3339(int64_t at_ms)
{
    struct civil_text out = {""};
    struct tm local;
    time_t when = (time_t)(at_ms / MS_PER_S);
    char zone[8];

    (void)localtime_r(&when, &local);
    (void)strftime(zone, sizeof zone, "%z", &local);
    (void)strftime(out.text, sizeof out.text, "%Y-%m-%dT%H:%M:%S", &local);
    (void)snprintf(out.text + strlen(out.text),
        sizeof out.text - strlen(out.text), "%.3s:%.2s", zone, zone + 3);
    return out;
}

struct civil_text civil_short(int64_t at_ms)
{
    struct civil_text out = {""};
    struct civil local = civil_of(at_ms);

    (void)snprintf(out.text, sizeof out.text, "%04d-%02d-%02d %02d:%02d",
        local.year, local.month, local.day, local.hour, local.minute);
    return out;
}

struct civil_text civil_date(int32_t day)
{
    struct civil_text out = {""};
    struct civil date = civil_of_day(day);

    (void)snprintf(out.text, sizeof out.text, "%04d-%02d-%02d", date.year,
        date.month, date.day);
    return out;
}
