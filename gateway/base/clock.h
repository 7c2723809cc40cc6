// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_BASE_CLOCK_H
#define KABARI_BASE_CLOCK_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The only source of time. Instants are Unix milliseconds (…_at_ms). Dates,
 * windows, pacing, quotas and deadlines ask the gateway's clock, which may run
 * a rehearsal; watchdogs and links ask the monotonic clock, which never jumps.
 * Local time is that of the TZ that clock_zone_set named (site.timezone).
 */

/** A gateway's clock: the machine's, a rehearsal's, or one that a test sets. */
struct clock {
    bool rehearsal;   /* now = start + (monotonic - origin) × speed */
    bool fixed;       /* now = start_ms, moved only by clock_set */
    int64_t start_ms; /* the rehearsal's or test's first instant */
    int64_t origin_mono_ms;
    int64_t speed; /* 1 and up */
};

/** The machine's clock. */
struct clock clock_system(void);

/** A rehearsal that starts at start_ms and runs speed times as fast. */
struct clock clock_rehearsal(int64_t start_ms, int64_t speed);

/** A clock that stands at now_ms until clock_set moves it: for tests. */
struct clock clock_fixed(int64_t now_ms);

/** Moves a fixed clock. */
void clock_set(struct clock *clock, int64_t now_ms);

/** Unix time in milliseconds as this clock has it. */
int64_t clock_now_ms(const struct clock *clock);

/** How long to wait really until span_ms have passed on this clock. */
int64_t clock_real_span_ms(const struct clock *clock, int64_t span_ms);

/** Monotonic milliseconds (CLOCK_MONOTONIC): for watchdogs and time-outs. */
int64_t clock_mono_ms(void);

/** Monotonic microseconds: for measuring. */
int64_t clock_mono_us(void);

/**
 * Makes zone ("Asia/Makassar") the process's local time.
 *
 * @return KB_OK, or KB_INVALID where tzdata does not know the zone.
 */
KB_MUST_USE enum kb_err clock_zone_set(const char *zone);

/** A calendar date and time of day in local time. */
struct civil {
    int year;
    int month; /* 1..12 */
    int day;   /* 1..31 */
    int hour;
    int minute;
    int weekday; /* 0 = Monday … 6 = Sunday */
};

/** The local date and time of an instant. */
struct civil civil_of(int64_t at_ms);

/** Days since 1970-01-01 of a Gregorian date (proleptic). */
int32_t civil_day(int year, int month, int day);

/** The local day number (days since 1970-01-01) on which an instant falls. */
int32_t civil_day_of(int64_t at_ms);

/** The date of a day number; hour and minute are 0. */
struct civil civil_of_day(int32_t day);

/** The instant at which minute_of_day (0..1440) is reached on a local day. */
int64_t civil_instant_ms(int32_t day, int minute_of_day);

/** True where the month has that day (29 February only in leap years). */
bool civil_date_exists(int year, int month, int day);

/**
 * Reads "YYYY-MM-DD" or "YYYY-MM-DD HH:MM" (also with a T between).
 *
 * @param has_time  set to whether a time of day was given; may be NULL.
 * @return KB_OK or KB_INVALID; out is filled only on KB_OK.
 */
KB_MUST_USE enum kb_err civil_parse(
    const char *text, struct civil *out, bool *has_time);

/** Reads "HH:MM" (00:00 to 24:00) as minutes of a day; -1 where it is not. */
int civil_parse_minute(const char *text);

/** Room for any text that the formatters below write. */
struct civil_text {
    char text[40];
};

/** "2016-09-30T08:00:00+08:00" (RFC 3339 with the local offset). */
struct civil_text civil_rfc3339(int64_t at_ms);

/** "2016-09-30 08:00" in local time. */
struct civil_text civil_short(int64_t at_ms);

/** "2016-09-30" of a day number. */
struct civil_text civil_date(int32_t day);

#endif
