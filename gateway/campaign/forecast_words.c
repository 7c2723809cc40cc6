// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/csv.h"
#include "campaign/forecast.h"

#include <stdio.h>
#include <string.h>

/* From a forecast's numbers to sentences and to CSV. */

/* --- what binds -------------------------------------------------------- */

/* What would mend it, by what binds. */
static const struct {
    const char *kind;
    enum forecast_change change; /* FORECAST_CHANGES: none of them */
    const char *what;
    const char *mend;
} binds[] = {
    {"outage",   FORECAST_CHANGES, "%s does not work",
     "bring it back, or send people elsewhere: --outage redirect"},
    {"capacity", FORECAST_TEAM,    "%s serves too few people a day",
     "a mobile team of 50 people a day"                          },
    {"pace",     FORECAST_CHANGES, "--pace lets too few messages a day to %s",
     "lift it: kabari campaign set --pace auto"                  },
    {"quota",    FORECAST_SIM,     "the SIMs' daily limits hold up %s",
     "one more SIM of 400 messages a day"                        },
    {"modems",   FORECAST_MODEM,   "the modems have no more time for %s",
     "one more modem"                                            },
    {"window",   FORECAST_HOUR,    "no hour of sending is left for %s",
     "one more hour of sending a day"                            },
    {"stock",    FORECAST_CHANGES, "%s has fewer blank cards than its queue",
     "more of them: kabari office set --blanks"                  },
    {"phone",    FORECAST_CHANGES, "some residents of %s have no phone",
     "print the list for village heads: kabari campaign no-phone"},
};

static void write_mend(struct forecast_constraint *constraint,
    const char *office, const struct forecast_more *with)
{
    char what[120] = "";

    for (size_t i = 0; i < sizeof binds / sizeof *binds; i++) {
        if (strcmp(binds[i].kind, constraint->kind) != 0) {
            continue;
        }
        /* NOLINTNEXTLINE(clang-diagnostic-format-nonliteral): as above */
        (void)snprintf(what, sizeof what, binds[i].what, office);
        if (binds[i].change == FORECAST_CHANGES) {
            (void)snprintf(constraint->text, sizeof constraint->text, "%s: %s",
                what, binds[i].mend);
        } else {
            (void)snprintf(constraint->text, sizeof constraint->text,
                "%s: %s would tell %lld more in time", what, binds[i].mend,
                (long long)with[binds[i].change].told);
        }
        return;
    }
    (void)snprintf(
        constraint->text, sizeof constraint->text, "nothing is in the way");
}

/* How many residents an office's constraint keeps from being told. */
static int64_t kept_back(const struct forecast_office *office)
{
    if (office->late > 0) {
        return office->late;
    }
    return strcmp(office->constraint.kind, "phone") == 0 ? office->no_phone : 0;
}

/* Late people come before those without a phone. */
static int64_t kept_by(
    const struct campaign_forecast *forecast, const char *kind, bool late)
{
    int64_t people = 0;

    for (size_t i = 0; i < forecast->office_count; i++) {
        const struct forecast_office *office = &forecast->office[i];

        if (strcmp(office->constraint.kind, kind) == 0 &&
            (office->late > 0) == late) {
            people += kept_back(office);
        }
    }
    return people;
}

/* What keeps most people back over all offices. */
static const char *main_kind(const struct campaign_forecast *forecast)
{
    const char *kind = "";
    int64_t most = 0;

    for (size_t i = 0; i < sizeof binds / sizeof *binds; i++) {
        int64_t people = kept_by(forecast, binds[i].kind, forecast->late > 0);

        if (people > most) {
            most = people;
            kind = binds[i].kind;
        }
    }
    return kind;
}

/* The offices that the overall constraint is about. */
static void name_offices(
    const struct campaign_forecast *forecast, char *out, size_t out_bytes)
{
    const char *first = "";
    int count = 0;

    for (size_t i = 0; i < forecast->office_count; i++) {
        const struct forecast_office *office = &forecast->office[i];

        if (strcmp(office->constraint.kind, forecast->constraint.kind) == 0) {
            first = count == 0 ? office->name : first;
            count++;
        }
    }
    if (count > 1) {
        (void)snprintf(out, out_bytes, "%.40s and %d more", first, count - 1);
    } else {
        (void)snprintf(out, out_bytes, "%.40s", first);
    }
}

void campaign_forecast_explain(struct campaign_forecast *forecast)
{
    char offices[64] = "";

    for (size_t i = 0; i < forecast->office_count; i++) {
        struct forecast_office *office = &forecast->office[i];

        write_mend(&office->constraint, office->name, office->with);
    }
    forecast->constraint.kind = main_kind(forecast);
    name_offices(forecast, offices, sizeof offices);
    write_mend(&forecast->constraint, offices, forecast->with);
}

/* --- CSV --------------------------------------------------------------- */

static void add_row(struct buf *out, const struct forecast_day *day,
    const char *office, int64_t told)
{
    buf_printf(out, "%s,", civil_date(day->day).text);
    csv_quote(out, office);
    buf_printf(out, ",%lld,%lld,%lld,%lld,%lld\n", (long long)day->told,
        (long long)told, (long long)day->expected, (long long)day->capacity,
        (long long)day->messages);
}

static void add_days(struct buf *out, const struct forecast_day *day,
    size_t count, const char *office)
{
    int64_t told = 0;

    for (size_t i = 0; i < count; i++) {
        told += day[i].told;
        add_row(out, &day[i], office, told);
    }
}

void campaign_forecast_csv(
    const struct campaign_forecast *forecast, struct buf *out)
{
    buf_add_text(
        out, "day,office,told,told_so_far,expected,capacity,messages\n");
    add_days(out, forecast->day, forecast->day_count, "*");
    for (size_t i = 0; i < forecast->office_count; i++) {
        add_days(out, forecast->office[i].day, forecast->day_count,
            forecast->office[i].code);
    }
}
