// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/handlers.h"
#include "base/csv.h"
#include "campaign/forecast.h"
#include "campaign/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What reads the whole list at once: forecast, report, who has no phone. All is
 * worked out and written in the reader's thread. */

struct format_in {
    const char *format;
    const char *desa;
    bool summary;
};

#define FORMAT API_FIELD("format", API_TEXT, format_in, format, .needed = false)

static const struct api_field format_fields[] = {
    FORMAT,
    {0},
};

static const struct api_field list_fields[] = {
    FORMAT,
    API_FIELD("desa", API_TEXT, format_in, desa, .needed = false),
    API_FIELD("summary", API_BOOL, format_in, summary, .needed = false),
    {0},
};

static bool wants_csv(const struct api_call *call)
{
    const struct format_in *in = call->in;
    return in->format && strcmp(in->format, "csv") == 0;
}

static enum kb_err check_format(const struct api_call *call, struct why *why)
{
    const struct format_in *in = call->in;
    if (!in->format || wants_csv(call) || strcmp(in->format, "json") == 0) {
        return KB_OK;
    }
    why_field(why, "format");
    why_set(why, "format is json or csv");
    return KB_INVALID;
}

static enum kb_err read_aside(
    struct api_call *call, api_reading *fn, struct why *why)
{
    enum kb_err err = check_format(call, why);
    return err == KB_OK ? api_read_aside(call, fn, why) : err;
}

/* Keeps an unknown name apart from whatever else is not there. */
static enum kb_err no_campaign(
    const struct api_call *call, enum kb_err err, struct why *why)
{
    if (err == KB_NOT_FOUND && !why->text[0]) {
        why_set(why, "there is no campaign %s; see kabari campaign list",
            call->param);
    }
    return err;
}

/* --- forecast -------------------------------------------------------- */

enum series {
    SERIES_TOLD,
    SERIES_MESSAGES,
    SERIES_EXPECTED,
    SERIES_CAPACITY
};

static json_t *series_json(
    const struct forecast_day *day, size_t count, enum series series)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        int64_t values[] = {
            [SERIES_TOLD] = day[i].told,
            [SERIES_MESSAGES] = day[i].messages,
            [SERIES_EXPECTED] = day[i].expected,
            [SERIES_CAPACITY] = day[i].capacity,
        };
        json_array_append_new(list, json_integer((json_int_t)values[series]));
    }
    return list;
}

static json_t *days_series_json(const struct forecast_day *day, size_t count)
{
    return json_pack("{so so so}", "told", series_json(day, count, SERIES_TOLD),
        "expected", series_json(day, count, SERIES_EXPECTED), "capacity",
        series_json(day, count, SERIES_CAPACITY));
}

static json_t *what_if_json(const struct forecast_more *with, bool labels)
{
    json_t *list = json_array();
    for (int i = 0; i < FORECAST_CHANGES; i++) {
        json_t *row = json_pack("{ss sI sI sI sb}", "change",
            forecast_change_name((enum forecast_change)i), "told",
            (json_int_t)with[i].told, "expected", (json_int_t)with[i].expected,
            "late", (json_int_t)with[i].late, "missed", with[i].late > 0);
        if (labels) {
            json_object_set_new(row, "label",
                json_string(forecast_change_label((enum forecast_change)i)));
        }
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *constraint_json(const struct forecast_constraint *constraint)
{
    return json_pack("{ss so}", "kind", constraint->kind, "text",
        api_text_json(constraint->text));
}

static json_t *finish_json(int32_t day)
{
    return day == 0 ? json_null() : api_day_json(day);
}

static json_t *office_json(const struct forecast_office *office, size_t days)
{
    json_t *json = json_pack("{so so so so so si sI sI sI sI sI sI sb}", "code",
        api_text_json(office->code), "name", api_text_json(office->name),
        "state", api_text_json(office->state), "back",
        api_day_json(office->back_day), "capacity",
        office->capacity < 0 ? json_null() : json_integer(office->capacity),
        "show_percent", office->show_percent, "needed",
        (json_int_t)office->needed, "reachable", (json_int_t)office->reachable,
        "no_phone", (json_int_t)office->no_phone, "told",
        (json_int_t)office->told, "expected", (json_int_t)office->expected,
        "late", (json_int_t)office->late, "missed", office->late > 0);
    json_t *more = json_pack("{so so sI si so so}", "finish",
        finish_json(office->finish_day), "constraint",
        constraint_json(&office->constraint), "print_queue",
        (json_int_t)office->print_queue, "blanks", office->blanks, "what_if",
        what_if_json(office->with, false), "series",
        days_series_json(office->day, days));
    json_object_update(json, more);
    json_decref(more);
    return json;
}

static json_t *dates_json(const struct campaign_forecast *forecast)
{
    json_t *list = json_array();
    for (size_t i = 0; i < forecast->day_count; i++) {
        json_array_append_new(list, api_day_json(forecast->day[i].day));
    }
    return list;
}

static json_t *forecast_json(const struct campaign_forecast *forecast)
{
    json_t *offices = json_array();
    json_t *series = days_series_json(forecast->day, forecast->day_count);
    json_object_set_new(series, "messages",
        series_json(forecast->day, forecast->day_count, SERIES_MESSAGES));
    for (size_t i = 0; i < forecast->office_count; i++) {
        json_array_append_new(
            offices, office_json(&forecast->office[i], forecast->day_count));
    }
    json_t *json = json_pack("{so so so so sI sI sI sI sI sI sI sI sb}", "name",
        api_text_json(forecast->name), "state", api_text_json(forecast->state),
        "today", api_day_json(forecast->today), "deadline",
        api_day_json(forecast->deadline_day), "needed",
        (json_int_t)forecast->needed, "reachable",
        (json_int_t)forecast->reachable, "no_phone",
        (json_int_t)forecast->no_phone, "held_out",
        (json_int_t)forecast->held_out, "told", (json_int_t)forecast->told,
        "expected", (json_int_t)forecast->expected, "messages",
        (json_int_t)forecast->messages, "late", (json_int_t)forecast->late,
        "missed", forecast->late > 0);
    json_t *more = json_pack("{so so so so so so}", "finish",
        finish_json(forecast->finish_day), "constraint",
        constraint_json(&forecast->constraint), "days", dates_json(forecast),
        "series", series, "what_if", what_if_json(forecast->with, true),
        "offices", offices);
    json_object_update(json, more);
    json_decref(more);
    return json;
}

static void answer_forecast(
    struct api_call *call, const struct campaign_forecast *forecast)
{
    if (wants_csv(call)) {
        call->content_type = "text/csv; charset=utf-8";
        campaign_forecast_csv(forecast, &call->out);
    } else {
        call->answer = forecast_json(forecast);
    }
}

#define STEP_US 100000

static enum kb_err read_forecast(
    struct api_call *call, const struct reader_rooms *rooms, struct why *why)
{
    struct campaign_forecast_job *job = NULL;
    bool done = false;
    enum kb_err err =
        campaign_forecast_begin(rooms->campaigns, call->param, &job, why);
    if (err != KB_OK) {
        return no_campaign(call, err, why);
    }
    while (err == KB_OK && !done) {
        err = campaign_forecast_step(job, STEP_US, &done, why);
    }
    if (err == KB_OK) {
        answer_forecast(call, campaign_forecast_result(job));
    }
    campaign_forecast_free(job);
    return err;
}

static enum kb_err forecast_get(struct api_call *call, struct why *why)
{
    return read_aside(call, read_forecast, why);
}

/* --- progress -------------------------------------------------------- */

static json_t *progress_json(const struct progress_day *day)
{
    return json_pack("{so sI sI sI sI}", "day", api_day_json(day->day), "told",
        (json_int_t)day->told, "reminded", (json_int_t)day->reminded,
        "delivered", (json_int_t)day->delivered, "came", (json_int_t)day->came);
}

static enum kb_err read_progress(
    struct api_call *call, const struct reader_rooms *rooms, struct why *why)
{
    struct progress_day *days = NULL;
    size_t count = 0;
    enum kb_err err =
        campaign_progress(rooms->campaigns, call->param, &days, &count);
    if (err != KB_OK) {
        return no_campaign(call, err, why);
    }
    call->answer = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(call->answer, progress_json(&days[i]));
    }
    free(days);
    return KB_OK;
}

static enum kb_err progress_get(struct api_call *call, struct why *why)
{
    return api_read_aside(call, read_progress, why);
}

/* --- report ---------------------------------------------------------- */

static json_t *percent_json(int64_t part, int64_t whole)
{
    int permille = report_permille(part, whole);
    return permille < 0 ? json_null() : json_real(permille / 10.0);
}

static json_t *people_json(const struct report_people *people)
{
    json_t *json = json_pack("{sI sI sI sI sI sI}", "audience",
        (json_int_t)people->audience, "no_phone", (json_int_t)people->no_phone,
        "told", (json_int_t)people->told, "delivered",
        (json_int_t)people->delivered, "answered", (json_int_t)people->answered,
        "came", (json_int_t)people->came);
    json_object_set_new(
        json, "came_percent", percent_json(people->came, people->told));
    return json;
}

static json_t *report_offices_json(const struct campaign_people *people)
{
    json_t *list = json_array();
    for (size_t i = 0; i < people->office_count; i++) {
        json_t *row =
            json_pack("{so so}", "code", api_text_json(people->office[i].code),
                "name", api_text_json(people->office[i].name));
        json_t *counts = people_json(&people->office[i].people);
        json_object_update(row, counts);
        json_decref(counts);
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *steps_json(const struct campaign_people *people)
{
    json_t *list = json_array();
    for (size_t i = 0; i < people->step_count; i++) {
        const struct report_people *step = &people->step[i].people;
        json_array_append_new(list,
            json_pack("{si sI sI sI sI}", "step", people->step[i].step, "told",
                (json_int_t)step->told, "delivered",
                (json_int_t)step->delivered, "answered",
                (json_int_t)step->answered, "came", (json_int_t)step->came));
    }
    return list;
}

static json_t *failures_json(const struct campaign_people *people)
{
    json_t *list = json_array();
    for (size_t i = 0; i < people->failure_count; i++) {
        json_array_append_new(
            list, json_pack("{so sI}", "reason",
                      api_text_json(people->failure[i].reason), "messages",
                      (json_int_t)people->failure[i].messages));
    }
    return list;
}

/* By how many points more of those told came than of those held out. */
static json_t *effect_json(const struct campaign_people *people)
{
    int told = report_permille(people->all.came, people->all.told);
    int held = report_permille(people->held_out_came, people->held_out);
    return told < 0 || held < 0 ? json_null() : json_real((told - held) / 10.0);
}

static void add_people(json_t *report, const struct campaign_people *people)
{
    json_t *holdout = json_pack("{sI sI so}", "audience",
        (json_int_t)people->held_out, "came", (json_int_t)people->held_out_came,
        "came_percent", percent_json(people->held_out_came, people->held_out));
    json_object_set_new(report, "people", people_json(&people->all));
    json_object_set_new(report, "holdout", holdout);
    json_object_set_new(report, "effect_points", effect_json(people));
    json_object_set_new(report, "steps", steps_json(people));
    json_object_set_new(report, "offices", report_offices_json(people));
    json_object_set_new(
        report, "opt_outs", json_integer((json_int_t)people->opt_outs));
    json_object_set_new(report, "failures", failures_json(people));
}

static enum kb_err read_report(
    struct api_call *call, const struct reader_rooms *rooms, struct why *why)
{
    struct campaign_people people = {0};
    enum kb_err err = campaign_people(rooms->campaigns, call->param, &people);
    if (err != KB_OK) {
        return no_campaign(call, err, why);
    }
    if (wants_csv(call)) {
        json_decref(call->answer);
        call->answer = NULL;
        call->content_type = "text/csv; charset=utf-8";
        campaign_people_csv(&people, &call->out);
    } else {
        add_people(call->answer, &people);
    }
    campaign_people_clear(&people);
    return KB_OK;
}

static enum kb_err report_get(struct api_call *call, struct why *why)
{
    struct campaign campaign = {0};
    struct campaign_report report = {0};
    enum kb_err err =
        campaign_get(call->app->campaigns, call->param, &campaign);
    if (err == KB_OK) {
        err = campaign_report(call->app->campaigns, call->param, &report);
    }
    if (err != KB_OK) {
        return no_campaign(call, err, why);
    }
    call->answer =
        json_pack("{so so sI sI}", "name", api_text_json(campaign.name),
            "state", api_text_json(campaign.state), "audience",
            (json_int_t)report.audience, "phones", (json_int_t)report.phones);
    api_counts_json(call->answer, &report.counts);
    return read_aside(call, read_report, why);
}

/* --- nobody to text -------------------------------------------------- */

/* The list as it grows, a desa at a time. */
struct listing {
    struct api_call *call;
    const struct reader_rooms *rooms;
    const struct format_in *in;
    json_t *list;
    json_t *group; /* borrowed from list */
};

static const char *nik4_of(const struct resident *resident)
{
    size_t length = strlen(resident->nik);
    return resident->nik + (length > 4 ? length - 4 : 0);
}

static int born_of(const struct resident *resident)
{
    return resident->birth_day == INT32_MIN
               ? 0
               : civil_of_day(resident->birth_day).year;
}

static bool same_group(const json_t *group, const struct resident *resident)
{
    const char *kecamatan =
        json_string_value(json_object_get(group, "kecamatan"));
    const char *desa = json_string_value(json_object_get(group, "desa"));
    return kecamatan && desa && strcmp(kecamatan, resident->kecamatan) == 0 &&
           strcmp(desa, resident->desa) == 0;
}

static void open_group(struct listing *listing, const struct resident *resident)
{
    char name[64] = "";
    if (registry_kecamatan_name(listing->rooms->registry, resident->kecamatan,
            name, sizeof(name)) != KB_OK) {
        name[0] = '\0';
    }
    listing->group = json_pack("{so so so so si}", "kecamatan",
        api_text_json(resident->kecamatan), "kecamatan_name",
        api_text_json(name), "desa", api_text_json(resident->desa), "office",
        api_text_json(resident->office), "count", 0);
    if (!listing->in->summary) {
        json_object_set_new(listing->group, "people", json_array());
    }
    json_array_append_new(listing->list, listing->group);
}

static void add_person(struct listing *listing, const struct resident *resident)
{
    json_t *people = json_object_get(listing->group, "people");
    json_t *count = json_object_get(listing->group, "count");
    int born = born_of(resident);
    json_integer_set(count, json_integer_value(count) + 1);
    if (people) {
        json_array_append_new(people,
            json_pack("{so so so so}", "name", api_text_json(resident->name),
                "sex", api_text_or_null(resident->sex), "born",
                born == 0 ? json_null() : json_integer(born), "nik4",
                api_text_json(nik4_of(resident))));
    }
}

static void add_line(struct listing *listing, const struct resident *resident)
{
    char born[8] = "";
    if (born_of(resident) != 0) {
        (void)snprintf(born, sizeof(born), "%d", born_of(resident));
    }
    csv_line(&listing->call->out,
        (const char *[]){resident->kecamatan, resident->desa, resident->office,
            resident->name, resident->sex, born, nik4_of(resident)},
        7);
}

static enum kb_err on_resident(void *arg, const struct resident *resident)
{
    struct listing *listing = arg;
    const char *desa = listing->in->desa;
    if (desa && strcasecmp(desa, resident->desa) != 0) {
        return KB_OK;
    }
    if (!listing->list) {
        add_line(listing, resident);
        return KB_OK;
    }
    if (!listing->group || !same_group(listing->group, resident)) {
        open_group(listing, resident);
    }
    add_person(listing, resident);
    return KB_OK;
}

static enum kb_err read_no_phone(
    struct api_call *call, const struct reader_rooms *rooms, struct why *why)
{
    struct listing listing = {.call = call, .rooms = rooms, .in = call->in};
    if (wants_csv(call)) {
        call->content_type = "text/csv; charset=utf-8";
        buf_add_text(&call->out, "kecamatan,desa,kantor,nama,jk,lahir,nik4\n");
    } else {
        listing.list = json_array();
    }
    struct campaign_people_ask ask = api_people_asked(call);
    enum kb_err err =
        campaign_no_phone(rooms->campaigns, &ask, on_resident, &listing, why);
    call->answer = listing.list;
    return no_campaign(call, err, why);
}

static enum kb_err no_phone_get(struct api_call *call, struct why *why)
{
    return read_aside(call, read_no_phone, why);
}

const struct api_route api_forecast_routes[] = {
    {"GET",                                 "/api/v1/campaigns/{name}/forecast", forecast_get,
     .fields = format_fields, .in_bytes = sizeof(struct format_in),
     .help = "day by day until the deadline, and what would change it"},
    {"GET",                         "/api/v1/campaigns/{name}/progress", progress_get,
     .help = "what passed, day by day"},
    {"GET", "/api/v1/campaigns/{name}/report", report_get,
     .fields = format_fields, .in_bytes = sizeof(struct format_in),
     .help = "what became of its messages and of its people"},
    {"GET",                                     "/api/v1/campaigns/{name}/no_phone", no_phone_get,
     .fields = list_fields, .in_bytes = sizeof(struct format_in),
     .help = "who cannot be texted, for the village heads"},
    {0},
};
