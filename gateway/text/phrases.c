// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/str.h"
#include "text/text_internal.h"

#include <stdio.h>
#include <string.h>

/* How a language writes days. Dates in figures such as 30-09-2016 are what
   operators' filters stop, so a deadline has its month in letters. */
struct calendar {
    const char *lang;
    const char *months[12];
    const char *weekdays[7];
    bool day_in_figures; /* Senin 5/9, else Mon 5 Sep */
};

static const struct calendar calendars[] = {
    {"id",
     {"Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt",
            "Nov", "Des"},
     {"Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"}, true },
    {"en",
     {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
            "Nov", "Dec"},
     {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"},                false},
};

static const struct calendar *calendar_of(const char *lang)
{
    for (size_t i = 0; i < sizeof calendars / sizeof *calendars; i++) {
        if (lang != NULL && strcmp(calendars[i].lang, lang) == 0) {
            return &calendars[i];
        }
    }
    return &calendars[0];
}

void text_deadline(const char *lang, int32_t day, char *out, size_t out_bytes)
{
    struct civil date = civil_of_day(day);

    (void)snprintf(out, out_bytes, "%d %s %d", date.day,
        calendar_of(lang)->months[date.month - 1], date.year);
}

void text_day(const char *lang, int32_t day, char *out, size_t out_bytes)
{
    const struct calendar *calendar = calendar_of(lang);
    struct civil date = civil_of_day(day);
    const char *weekday = calendar->weekdays[date.weekday];

    if (calendar->day_in_figures) {
        (void)snprintf(
            out, out_bytes, "%s %d/%d", weekday, date.day, date.month);
    } else {
        (void)snprintf(out, out_bytes, "%s %d %s", weekday, date.day,
            calendar->months[date.month - 1]);
    }
}

#define DAYS_A_WEEK 7
/* "Sen" where several must fit. */
#define SHORT_DAY 3

/* The last day of those in a row from a day on. */
static int last_in_row(unsigned days, int first)
{
    int last = first;

    while (last + 1 < DAYS_A_WEEK && (days >> (last + 1) & 1U) != 0) {
        last++;
    }
    return last;
}

static int count_rows(unsigned days)
{
    int rows = 0;

    for (int day = 0; day < DAYS_A_WEEK; day++) {
        if ((days >> day & 1U) != 0) {
            rows++;
            day = last_in_row(days, day);
        }
    }
    return rows;
}

void text_days(const char *lang, unsigned days, char *out, size_t out_bytes)
{
    const struct calendar *calendar = calendar_of(lang);
    int letters = count_rows(days) > 1 ? SHORT_DAY : (int)out_bytes;
    size_t used = 0;

    out[0] = '\0';
    for (int day = 0; day < DAYS_A_WEEK && used < out_bytes; day++) {
        int last = last_in_row(days, day);

        if ((days >> day & 1U) == 0) {
            continue;
        }
        used += (size_t)snprintf(out + used, out_bytes - used, "%s%.*s%s%.*s",
            used == 0 ? "" : ",", letters, calendar->weekdays[day],
            last == day ? "" : "-", letters,
            last == day ? "" : calendar->weekdays[last]);
        day = last;
    }
}

/* A resident's states, and flags that weigh more than the state. deceased and
   moved stand for themselves nowhere: what there is to say needs an officer. */
static const char *const own_answer[] = {"unrecorded", "processing", "failed",
    "review", "print_ready", "printed", "collected", "inactive", "underage"};

void texts_status_name(const char *state, char *out, size_t out_bytes)
{
    const char *answer = "review";

    for (size_t i = 0; i < sizeof own_answer / sizeof *own_answer; i++) {
        if (strcmp(own_answer[i], state) == 0) {
            answer = own_answer[i];
        }
    }
    (void)snprintf(out, out_bytes, "status_%s", answer);
}

/* --- the names of a household ------------------------------------------ */

struct household {
    const char *const *names;
    size_t count;
    char *out;
    size_t out_bytes;
};

/* How the first name and the others are written. */
enum form {
    WHOLE,
    GIVEN
};

static int length_of(const char *name, enum form form)
{
    return (int)(form == WHOLE ? strlen(name) : strcspn(name, " "));
}

static bool fits(const struct household *home, const struct buf *text)
{
    return text->used < home->out_bytes &&
           text_value_septets(buf_text(text)) <= text_field_width(TEXT_NAME);
}

/* Takes the text where it fits, and frees it. */
static bool take_where_it_fits(const struct household *home, struct buf *text)
{
    bool taken = fits(home, text);

    if (taken) {
        memcpy(home->out, buf_text(text), text->used + 1);
    }
    buf_clear(text);
    return taken;
}

/* "Maria Weng, Yosef" */
static bool list_all(
    const struct household *home, enum form first, enum form others)
{
    struct buf text = {0};

    for (size_t i = 0; i < home->count; i++) {
        const char *name = home->names[i];

        buf_printf(&text, "%s%.*s", i == 0 ? "" : ", ",
            length_of(name, i == 0 ? first : others), name);
        if (!fits(home, &text)) {
            break;
        }
    }
    return take_where_it_fits(home, &text);
}

/* "Maria Weng +3" */
static bool list_first(const struct household *home, enum form form)
{
    struct buf text = {0};

    buf_printf(&text, "%.*s +%zu", length_of(home->names[0], form),
        home->names[0], home->count - 1);
    return take_where_it_fits(home, &text);
}

/* A name so long that rendering would cut it: as far as it goes. */
static void cut_first(const struct household *home)
{
    struct text_value value = {{0}};
    size_t bytes = 0;

    (void)text_value_fit(TEXT_NAME, TEXT_GSM7, home->names[0], &value);
    bytes = strlen(value.text);
    if (bytes < home->out_bytes) {
        memcpy(home->out, value.text, bytes + 1);
    }
}

static void cut_first_of_many(const struct household *home)
{
    struct text_value value = {{0}};
    char suffix[24] = "";
    int room = text_field_width(TEXT_NAME);

    (void)text_value_fit(TEXT_NAME, TEXT_GSM7, home->names[0], &value);
    room -= snprintf(suffix, sizeof suffix, " +%zu", home->count - 1);
    str_utf8_cut(value.text, room > 0 ? (size_t)room : 0);
    if (strlen(value.text) + strlen(suffix) < home->out_bytes) {
        (void)snprintf(home->out, home->out_bytes, "%s%s", value.text, suffix);
    }
}

void text_names(
    const char *const *names, size_t count, char *out, size_t out_bytes)
{
    const struct household home = {names, count, out, out_bytes};

    out[0] = '\0';
    if (count == 0) {
        return;
    }
    if (count == 1) {
        cut_first(&home);
        return;
    }
    if (!list_all(&home, WHOLE, WHOLE) && !list_all(&home, WHOLE, GIVEN) &&
        !list_all(&home, GIVEN, GIVEN) && !list_first(&home, WHOLE) &&
        !list_first(&home, GIVEN)) {
        cut_first_of_many(&home);
    }
}
