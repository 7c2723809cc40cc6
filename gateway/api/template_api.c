// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/handlers.h"

#include <stdio.h>
#include <string.h>

static json_t *finding_json(const struct text_finding *finding)
{
    json_t *json = json_pack("{so so so}", "lang", api_text_json(finding->lang),
        "name", api_text_json(finding->name), "source",
        api_text_json(finding->source));
    api_size_json(json, &finding->worst);
    json_object_set_new(json, "limit", json_integer(finding->limit));
    json_object_set_new(json, "missing", json_boolean(finding->missing));
    json_object_set_new(
        json, "warnings", api_split_json(finding->warnings, '\n'));
    return json;
}

static void on_finding(void *arg, const struct text_finding *finding)
{
    json_array_append_new(arg, finding_json(finding));
}

static enum kb_err template_list(struct api_call *call, struct why *why)
{
    (void)why;
    call->answer = json_array();
    texts_each(call->app->texts, on_finding, call->answer);
    return KB_OK;
}

static void on_fault(void *arg, const struct why *why)
{
    json_array_append_new(
        arg, json_pack("{so si so}", "file", api_text_json(why->file), "line",
                 why->line, "message", api_text_json(why->text)));
}

/** Reads the folder anew: what is there now may differ from what is loaded. */
static enum kb_err template_check(struct api_call *call, struct why *why)
{
    const struct config *config = &call->app->config;
    json_t *faults = json_array();
    json_t *findings = json_array();
    struct texts *texts = NULL;
    struct texts_source from = {.dir = config->templates_path,
        .lang = config->site_language,
        .site = config->site_name};
    int count = texts_check_signed(&from, on_fault, faults);
    if (count == 0 && texts_load_signed(&from, &texts, why) == KB_OK) {
        texts_each(texts, on_finding, findings);
        texts_free(texts);
    }
    call->answer = json_pack(
        "{sb so so}", "ok", count == 0, "faults", faults, "findings", findings);
    return KB_OK;
}

struct named {
    const char *name;
    json_t *list;
};

static void on_named(void *arg, const struct text_finding *finding)
{
    struct named *named = arg;
    if (strcmp(finding->name, named->name) == 0) {
        on_finding(named->list, finding);
    }
}

static enum kb_err no_template(const struct api_call *call, struct why *why)
{
    why_set(
        why, "there is no template %s; see kabari template list", call->param);
    return KB_NOT_FOUND;
}

static enum kb_err template_get(struct api_call *call, struct why *why)
{
    call->answer = json_array();
    struct named named = {call->param, call->answer};
    texts_each(call->app->texts, on_named, &named);
    return json_array_size(call->answer) > 0 ? KB_OK : no_template(call, why);
}

/* --- rendering ------------------------------------------------------- */

struct render_in {
    const char *nik;
    const char *lang;
    int32_t deadline;
};

static const struct api_field render_fields[] = {
    API_FIELD("nik", API_TEXT, render_in, nik, .needed = false),
    API_FIELD("lang", API_TEXT, render_in, lang, .most = 7),
    API_FIELD("deadline", API_DAY, render_in, deadline, .needed = false),
    {0},
};

/* Nobody has the serial 9000. */
#define MADE_UP_NIK "5315050101909000"
/* A first step: see the defaults of campaign create. */
#define SAMPLE_DAYS 30

/** What the placeholders of a sample are filled with. */
struct sample {
    struct resident resident;
    struct office office;
    struct office other;
    char lang[8];
    char hours[16];
    char deadline[32];
    char days_left[16];
    char day[32];
    char limit[16];
};

static enum kb_err find_resident(struct api_call *call,
    const struct render_in *in, struct sample *sample, struct why *why)
{
    if (!in->nik) {
        (void)snprintf(sample->resident.nik, sizeof(sample->resident.nik), "%s",
            MADE_UP_NIK);
        (void)snprintf(sample->resident.name, sizeof(sample->resident.name),
            "%s", "Maria Contoh");
        return KB_OK;
    }
    enum kb_err err = registry_resident_by_nik(
        call->app->registry, in->nik, &sample->resident);
    if (err == KB_NOT_FOUND) {
        why_field(why, "nik");
        why_set(why, "there is no resident with that NIK");
    }
    return err;
}

static enum kb_err find_offices(struct app *app, struct sample *sample)
{
    const char *code = sample->resident.office;
    enum kb_err err =
        *code ? registry_office_get(app->registry, code, &sample->office)
              : KB_NOT_FOUND;
    if (err == KB_NOT_FOUND) {
        sample->office = (struct office){
            .name = "Dukcapil", .opens_minute = 480, .closes_minute = 840};
        err = KB_OK;
    }
    if (err == KB_OK) {
        err = registry_office_other(
            app->registry, &sample->office, &sample->other);
    }
    if (err == KB_NOT_FOUND) {
        sample->other = (struct office){.name = "Dukcapil"};
        err = KB_OK;
    }
    return err;
}

static void fill_times(
    const struct app *app, const struct render_in *in, struct sample *sample)
{
    int32_t today = civil_day_of(clock_now_ms(&app->clock));
    int32_t deadline =
        in->deadline != INT32_MIN ? in->deadline : today + SAMPLE_DAYS;
    const char *lang = in->lang ? in->lang : sample->resident.lang;
    (void)snprintf(sample->lang, sizeof(sample->lang), "%s",
        *lang ? lang : app->config.site_language);
    office_hours(&sample->office, sample->hours, sizeof(sample->hours));
    text_deadline(
        sample->lang, deadline, sample->deadline, sizeof(sample->deadline));
    text_day(sample->lang, today + 1, sample->day, sizeof(sample->day));
    (void)snprintf(sample->days_left, sizeof(sample->days_left), "%d",
        (int)(deadline - today));
    (void)snprintf(sample->limit, sizeof(sample->limit), "%d",
        app->config.queries_per_phone_day);
}

static struct text_values values_of(const struct sample *sample)
{
    return (struct text_values){
        {
         [TEXT_NAME] = sample->resident.name,
         [TEXT_OFFICE] = sample->office.name,
         [TEXT_HOURS] = sample->hours,
         [TEXT_DEADLINE] = sample->deadline,
         [TEXT_DAYS_LEFT] = sample->days_left,
         [TEXT_NIK4] = sample->resident.nik + NIK_DIGITS - 4,
         [TEXT_OTHER_OFFICE] = sample->other.name,
         [TEXT_DAY] = sample->day,
         [TEXT_DIGITS] = "15",
         [TEXT_LIMIT] = sample->limit,
         [TEXT_CHOICES] = "1 ..9001 2 ..9002",
         }
    };
}

static enum kb_err render(
    struct api_call *call, const struct sample *sample, struct why *why)
{
    struct buf text = {0};
    struct text_values values = values_of(sample);
    enum kb_err err = texts_render(
        call->app->texts, sample->lang, call->param, &values, &text);
    if (err == KB_OK) {
        struct text_size size = text_measure(buf_text(&text));
        call->answer =
            json_pack("{so}", "text", api_text_json(buf_text(&text)));
        api_size_json(call->answer, &size);
    } else if (err == KB_NOT_FOUND) {
        err = no_template(call, why);
    } else {
        why_set(why, "the template cannot be filled in with these values");
    }
    buf_clear(&text);
    return err;
}

static enum kb_err template_render(struct api_call *call, struct why *why)
{
    const struct render_in *in = call->in;
    struct sample sample = {0};
    enum kb_err err = find_resident(call, in, &sample, why);
    if (err == KB_OK) {
        err = find_offices(call->app, &sample);
    }
    if (err != KB_OK) {
        return err;
    }
    fill_times(call->app, in, &sample);
    return render(call, &sample, why);
}

const struct api_route api_template_routes[] = {
    {"GET",                                        "/api/v1/templates", template_list,
     .help = "all templates with length, coding and warnings"},
    {"GET",                               "/api/v1/templates/check", template_check,
     .help = "the templates on disk, every fault"},
    {"GET",                                            "/api/v1/templates/{name}", template_get,
     .help = "one template in every language"},
    {"POST","/api/v1/templates/{name}/render", template_render,
     .fields = render_fields, .in_bytes = sizeof(struct render_in),
     .help = "a template filled in"},
    {0},
};
