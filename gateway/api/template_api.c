// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/handlers.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *finding_json(const struct text_finding *finding)
{
    json_t *json = json_pack("{so so so}", "lang", api_text_json(finding->lang),
        "name", api_text_json(finding->name), "source",
        api_text_json(finding->source));
    api_size_json(json, &finding->worst);
    json_object_set_new(json, "limit", json_integer(finding->limit));
    json_object_set_new(json, "missing", json_boolean(finding->missing));
    json_object_set_new(json, "fallback", api_text_json(finding->fallback));
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
    char days[24];
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
    if (err == KB_OK &&
        !access_covers(call->actor, sample->resident.kecamatan)) {
        err = KB_NOT_FOUND;
    }
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
    text_days(sample->lang, config_days(sample->office.days), sample->days,
        sizeof(sample->days));
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
         [TEXT_HELD] = "1.204",
         [TEXT_CALLED] = "35",
         [TEXT_DAYS] = sample->days,
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

/* --- editing ---------------------------------------------------------- */

#define TEXT_MOST_BYTES 6000

struct edit_in {
    const char *lang;
    const char *text;
    const char *was;
    const char *nik;
};

static const struct api_field text_fields[] = {
    API_FIELD("lang", API_TEXT, edit_in, lang, .needed = true, .most = 7),
    {0},
};

static const struct api_field try_fields[] = {
    API_FIELD("lang", API_TEXT, edit_in, lang, .needed = true, .most = 7),
    API_FIELD("text", API_TEXT, edit_in, text, .needed = true,
        .most = TEXT_MOST_BYTES),
    API_FIELD("nik", API_TEXT, edit_in, nik, .needed = false),
    {0},
};

static const struct api_field put_fields[] = {
    API_FIELD("lang", API_TEXT, edit_in, lang, .needed = true, .most = 7),
    API_FIELD("text", API_TEXT, edit_in, text, .needed = true,
        .most = TEXT_MOST_BYTES),
    API_FIELD("was", API_TEXT, edit_in, was, .needed = false,
        .most = TEXT_MOST_BYTES),
    {0},
};

/** What is loaded of one template in one language. */
struct loaded {
    const char *lang;
    const char *name;
    json_t *json; /* its finding */
    char *text;   /* free() */
    bool missing;
};

static void on_loaded(void *arg, const struct text_finding *finding)
{
    struct loaded *loaded = arg;
    if (strcmp(finding->name, loaded->name) == 0 &&
        strcmp(finding->lang, loaded->lang) == 0) {
        loaded->json = finding_json(finding);
        loaded->text = mem_strdup(finding->source);
        loaded->missing = finding->missing;
    }
}

static enum kb_err load_one(struct api_call *call, const char *lang,
    struct loaded *loaded, struct why *why)
{
    *loaded = (struct loaded){.lang = lang, .name = call->param};
    texts_each(call->app->texts, on_loaded, loaded);
    return loaded->json ? KB_OK : no_template(call, why);
}

static json_t *placeholders_json(const char *name)
{
    json_t *list = json_array();
    for (int field = 0; field < TEXT_FIELD_COUNT; field++) {
        if (text_field_offered(name, (enum text_field)field)) {
            json_array_append_new(
                list, json_string(text_field_name((enum text_field)field)));
        }
    }
    return list;
}

static enum kb_err template_text(struct api_call *call, struct why *why)
{
    const struct edit_in *in = call->in;
    struct loaded loaded;
    enum kb_err err = load_one(call, in->lang, &loaded, why);
    if (err != KB_OK) {
        return err;
    }
    call->answer = loaded.json;
    json_object_set_new(call->answer, "text", api_text_json(loaded.text));
    json_object_set_new(
        call->answer, "placeholders", placeholders_json(call->param));
    free(loaded.text);
    return KB_OK;
}

/** KB_INVALID gets the field text. */
static enum kb_err try_text(
    struct api_call *call, struct text_trial **trial, struct why *why)
{
    const struct edit_in *in = call->in;
    enum kb_err err = texts_try(call->app->texts,
        &(struct text_draft){
            .lang = in->lang, .name = call->param, .text = in->text},
        trial, why);
    if (err == KB_INVALID) {
        why_field(why, "text");
    }
    return err == KB_NOT_FOUND ? no_template(call, why) : err;
}

/** Adds the text filled in; null where it lacks a value. */
static enum kb_err add_sample(struct api_call *call,
    const struct text_trial *trial, const struct edit_in *in, struct why *why)
{
    struct render_in of = {
        .nik = in->nik, .lang = in->lang, .deadline = INT32_MIN};
    struct sample sample = {0};
    struct buf text = {0};
    enum kb_err err = find_resident(call, &of, &sample, why);
    if (err == KB_OK) {
        err = find_offices(call->app, &sample);
    }
    if (err != KB_OK) {
        return err;
    }
    fill_times(call->app, &of, &sample);
    struct text_values values = values_of(&sample);
    if (texts_trial_render(trial, &values, &text) == KB_OK) {
        struct text_size size = text_measure(buf_text(&text));
        json_t *json =
            json_pack("{so}", "text", api_text_json(buf_text(&text)));
        api_size_json(json, &size);
        json_object_set_new(call->answer, "sample", json);
    } else {
        json_object_set_new(call->answer, "sample", json_null());
    }
    buf_clear(&text);
    return KB_OK;
}

static enum kb_err template_try(struct api_call *call, struct why *why)
{
    const struct edit_in *in = call->in;
    struct text_trial *trial = NULL;
    struct text_finding finding = {0};
    enum kb_err err = try_text(call, &trial, why);
    if (err != KB_OK) {
        return err;
    }
    texts_trial_describe(trial, &finding);
    finding.lang = in->lang;
    finding.name = call->param;
    call->answer = finding_json(&finding);
    err = add_sample(call, trial, in, why);
    texts_trial_free(trial);
    return err;
}

/** Puts the file back as it was, after the set could not be loaded with the
 *  new one. */
static void put_back(struct app *app, const struct loaded *was)
{
    struct why why = {0};
    enum kb_err err =
        was->missing
            ? texts_remove(app->texts, was->lang, was->name)
            : texts_save(app->texts, was->lang, was->name, was->text, &why);
    if (err != KB_OK) {
        log_error("api: a template could not be put back: %s", why.text);
    }
}

static enum kb_err save(
    struct api_call *call, const struct loaded *was, struct why *why)
{
    const struct edit_in *in = call->in;
    enum kb_err err =
        texts_save(call->app->texts, in->lang, call->param, in->text, why);
    if (err != KB_OK) {
        return err;
    }
    err = app_reload_texts(call->app, why);
    if (err != KB_OK) {
        put_back(call->app, was);
    }
    return err;
}

/** Whoever edited at the same time is not written over. */
static enum kb_err check_was(
    const struct edit_in *in, const struct loaded *now, struct why *why)
{
    if (in->was && strcmp(in->was, now->text) != 0) {
        why_set(why, "somebody changed this text meanwhile; look at it again");
        return KB_REFUSED;
    }
    return KB_OK;
}

static enum kb_err template_put(struct api_call *call, struct why *why)
{
    const struct edit_in *in = call->in;
    struct loaded now = {0};
    struct text_trial *trial = NULL;
    enum kb_err err = load_one(call, in->lang, &now, why);
    if (err == KB_OK) {
        err = check_was(in, &now, why);
    }
    if (err == KB_OK) {
        err = try_text(call, &trial, why);
        texts_trial_free(trial);
    }
    if (err == KB_OK) {
        err = save(call, &now, why);
    }
    json_decref(now.json);
    free(now.text);
    return err == KB_OK ? template_text(call, why) : err;
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
    {"GET", "/api/v1/templates/{name}/text", template_text,
     .fields = text_fields, .in_bytes = sizeof(struct edit_in),
     .help = "a template's text in one language, for editing"},
    {"POST",                                        "/api/v1/templates/{name}/try", template_try, .fields = try_fields,
     .in_bytes = sizeof(struct edit_in),
     .help = "what a text would cost, and a sample; saves nothing"},
    {"PUT",                                "/api/v1/templates/{name}/text", template_put, API_CHANGE,
     .fields = put_fields, .in_bytes = sizeof(struct edit_in),
     .help = "save a template's text; used from the next message on"},
    {0                                           },
};
