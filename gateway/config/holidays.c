// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/config_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Twenty years of all holidays that Indonesia has. */
#define HOLIDAYS_MOST 1000

/* A date and a space, or only a date; what follows is for people. */
#define DATE_LENGTH 10

static int by_day(const void *a, const void *b)
{
    int32_t left = *(const int32_t *)a;
    int32_t right = *(const int32_t *)b;

    return (left > right) - (left < right);
}

/* The day that a line names; false after it told of the fault. */
static bool read_line(
    struct reader *reader, struct place place, const char *text, int32_t *day)
{
    char date[DATE_LENGTH + 1] = "";
    struct civil civil = {0};
    bool has_time = false;

    (void)snprintf(date, sizeof date, "%s", text);
    if (strchr(" \t", text[strnlen(text, DATE_LENGTH)]) == NULL ||
        civil_parse(date, &civil, &has_time) != KB_OK || has_time) {
        config_fault(reader, place,
            "a holiday starts with its date, YYYY-MM-DD, then a space and "
            "its name; a comment starts with #");
        return false;
    }
    *day = civil_day(civil.year, civil.month, civil.day);
    return true;
}

static bool add_line(struct reader *reader, struct place place, char *line)
{
    struct config *config = reader->out;
    const char *text = str_trim(line);
    int32_t day = 0;

    if (*text == '\0' || *text == '#') {
        return true;
    }
    if (!read_line(reader, place, text, &day)) {
        return false;
    }
    if (config->holiday_count == HOLIDAYS_MOST) {
        config_fault(reader, place,
            "more than %d holidays; take out the years that are over",
            HOLIDAYS_MOST);
        return false;
    }
    config->holidays = mem_resize(
        config->holidays, config->holiday_count + 1, sizeof *config->holidays);
    config->holidays[config->holiday_count++] = day;
    return true;
}

void config_read_holidays(struct reader *reader, struct place option)
{
    struct config *config = reader->out;
    struct place place = {.file = config->holidays_path, .field = option.field};
    char line[512] = "";
    FILE *file = NULL;

    if (*config->holidays_path == '\0') {
        return;
    }
    file = fopen(config->holidays_path, "re");
    if (file == NULL) {
        config_fault(reader, option,
            "the list of holidays %.200s cannot be read; make it, or write \"\"",
            config->holidays_path);
        return;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        place.line++;
        if (!add_line(reader, place, line)) {
            break;
        }
    }
    (void)fclose(file);
    if (config->holiday_count > 0) {
        qsort(config->holidays, config->holiday_count, sizeof *config->holidays,
            by_day);
    }
}

bool config_holiday(const struct config *config, int32_t day)
{
    return config->holiday_count > 0 &&
           bsearch(&day, config->holidays, config->holiday_count,
               sizeof *config->holidays, by_day) != NULL;
}
