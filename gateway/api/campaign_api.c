// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/handlers.h"
#include "base/mem.h"
#include "campaign/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPR_MOST_BYTES 500

/* --- answers --------------------------------------------------------- */

static json_t *pace_json(int pace)
{
    return pace > 0 ? json_sprintf("%d/day", pace) : json_string("auto");
}

static json_t *campaign_json(const struct campaign *campaign)
{
    return json_pack("{sI so so so so so so so so so si so so so so so so}",
        "id", (json_int_t)campaign->id, "name", api_text_json(campaign->name),
        "state", api_text_json(campaign->state), "template",
        api_text_json(campaign->template_name), "deadline",
        api_day_json(campaign->deadline_day), "where",
        api_split_json(campaign->where, '\n'), "steps",
        api_text_json(campaign->steps), "start",
        api_time_json(campaign->start_at_ms), "outage",
        api_text_json(campaign->outage), "pace", pace_json(campaign->pace),
        "holdout", campaign->holdout_percent, "lang",
        api_text_or_null(campaign->lang), "on_unknown",
        api_text_json(campaign->on_unknown), "created",
        api_time_json(campaign->created_at_ms), "started",
        api_time_json(campaign->started_at_ms), "asked_by",
        api_text_or_null(campaign->asked_by), "note",
        api_text_json(campaign->note));
}

struct campaign_people_ask api_people_asked(const struct api_call *call)
{
    return (struct campaign_people_ask){.name = call->param,
        .kecamatan = call->reach ? call->actor->kecamatan : NULL};
}

/** Keeps an unknown name apart from an unknown template or office. */
static enum kb_err no_campaign(
    const struct api_call *call, enum kb_err err, struct why *why)
{
    if (err == KB_NOT_FOUND && !why->text[0]) {
        why_set(why, "there is no campaign %s; see kabari campaign list",
            call->param);
    }
    return err;
}

static enum kb_err add_why(struct api_call *call)
{
    char text[700] = "";
    enum kb_err err =
        campaign_stands(call->app->campaigns, call->param, text, sizeof(text));
    json_object_set_new(call->answer, "why", api_text_json(text));
    return err;
}

static enum kb_err campaign_find(struct api_call *call, struct why *why)
{
    struct campaign campaign = {0};
    enum kb_err err =
        campaign_get(call->app->campaigns, call->param, &campaign);
    if (err == KB_OK) {
        call->answer = campaign_json(&campaign);
        err = add_why(call);
    }
    return no_campaign(call, err, why);
}

static enum kb_err list_campaigns(struct api_call *call, struct why *why)
{
    struct campaign *campaigns = NULL;
    size_t count = 0;
    (void)why;
    enum kb_err err = campaign_list(call->app->campaigns, &campaigns, &count);
    if (err != KB_OK) {
        return err;
    }
    call->answer = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(call->answer, campaign_json(&campaigns[i]));
    }
    free(campaigns);
    return KB_OK;
}

/* --- create and set -------------------------------------------------- */

struct options_in {
    const char *name;
    const char *template_name;
    const char *deadline;
    struct api_texts where;
    const char *steps;
    const char *start;
    const char *outage;
    const char *pace;
    int64_t holdout;
    const char *lang;
    const char *on_unknown;
    bool correct;
};

/* The same for both, but what a new campaign must have: its values are judged
 * by the room that keeps campaigns. */
#define OPTION_FIELDS(is_needed)                                               \
    API_FIELD("template", API_TEXT, options_in, template_name,                 \
        .needed = (is_needed)),                                                \
        API_FIELD("deadline", API_TEXT, options_in, deadline,                  \
            .needed = (is_needed)),                                            \
        API_FIELD(                                                             \
            "where", API_TEXTS, options_in, where, .most = EXPR_MOST_BYTES),   \
        API_FIELD("steps", API_TEXT, options_in, steps, .needed = false),      \
        API_FIELD("start", API_TEXT, options_in, start, .needed = false),      \
        API_FIELD("outage", API_TEXT, options_in, outage, .needed = false),    \
        API_FIELD("pace", API_TEXT, options_in, pace, .needed = false),        \
        API_FIELD("holdout", API_INT, options_in, holdout, .most = 50,         \
            .fallback = -1),                                                   \
        API_FIELD("lang", API_TEXT, options_in, lang, .needed = false),        \
        API_FIELD(                                                             \
            "on_unknown", API_TEXT, options_in, on_unknown, .needed = false)

static const struct api_field create_fields[] = {
    API_FIELD("name", API_TEXT, options_in, name, .needed = true),
    OPTION_FIELDS(true),
    {0},
};

static const struct api_field set_fields[] = {
    OPTION_FIELDS(false),
    API_FIELD("correct", API_BOOL, options_in, correct, .needed = false),
    {0},
};

static struct campaign_options options_of(const struct options_in *in)
{
    return (struct campaign_options){
        .template_name = in->template_name,
        .deadline = in->deadline,
        .where = in->where.count > 0 ? in->where.item : NULL,
        .where_count = in->where.count,
        .steps = in->steps,
        .start = in->start,
        .outage = in->outage,
        .pace = in->pace,
        .holdout_percent = (int)in->holdout,
        .lang = in->lang,
        .on_unknown = in->on_unknown,
        .correct = in->correct,
    };
}

static enum kb_err campaign_post(struct api_call *call, struct why *why)
{
    const struct options_in *in = call->in;
    struct campaign_options options = options_of(in);
    struct campaign campaign = {0};
    enum kb_err err = campaign_create(
        call->app->campaigns, in->name, &options, &campaign, why);
    if (err == KB_OK) {
        call->answer = campaign_json(&campaign);
        (void)snprintf(
            call->subject, sizeof(call->subject), "%s", campaign.name);
    }
    return err;
}

/* --- what may need a second person --------------------------------- */

#define COUNT_SLICE_US 3000

static void count_free(void *work)
{
    campaign_count_free(work);
}

/** Counts on; false once the change itself is to follow, in this very turn. */
static enum kb_err count_on(struct api_call *call, bool *more, struct why *why)
{
    bool done = false;
    enum kb_err err =
        campaign_count_step(call->work, COUNT_SLICE_US, &done, why);
    *more = err == KB_OK && !done;
    return err;
}

static enum kb_err count_first(struct api_call *call,
    const struct campaign_options *options, api_step *step, struct why *why)
{
    struct campaign_count_job *job = NULL;
    enum kb_err err = campaign_count_begin(
        call->app->campaigns, call->param, options, &job, why);
    call->work = job;
    call->work_free = count_free;
    call->step = err == KB_OK ? step : NULL;
    return no_campaign(call, err, why);
}

static enum kb_err patch(struct api_call *call, struct why *why)
{
    struct campaign_options options = options_of(call->in);
    struct campaign campaign = {0};
    enum kb_err err = campaign_set(
        call->app->campaigns, call->param, &options, &campaign, why);
    if (err == KB_OK) {
        call->answer = campaign_json(&campaign);
    }
    return no_campaign(call, err, why);
}

/** All of a change or nothing. */
static enum kb_err change_whole(struct api_call *call,
    enum kb_err (*change)(struct api_call *call, struct why *why),
    struct why *why)
{
    struct store *store = call->app->store;
    enum kb_err err = store_op_begin(store);
    return err == KB_OK ? store_op_end(store, change(call, why)) : err;
}

static enum kb_err patch_step(
    struct api_call *call, bool *more, struct why *why)
{
    enum kb_err err = count_on(call, more, why);
    return err == KB_OK && !*more ? change_whole(call, patch, why) : err;
}

static enum kb_err campaign_patch(struct api_call *call, struct why *why)
{
    struct campaign_options options = options_of(call->in);
    return count_first(call, &options, patch_step, why);
}

/* --- start, pause, resume, cancel ------------------------------------ */

static enum kb_err acted(struct api_call *call, enum kb_err err,
    const struct campaign *campaign, struct why *why)
{
    if (err == KB_OK) {
        call->answer = campaign_json(campaign);
        api_plan_soon(call);
    }
    return no_campaign(call, err, why);
}

static enum kb_err act(
    struct api_call *call, enum campaign_action action, struct why *why)
{
    struct campaign campaign = {0};
    enum kb_err err =
        campaign_do(call->app->campaigns, call->param, action, &campaign, why);

    return acted(call, err, &campaign, why);
}

static enum kb_err begin(struct api_call *call, struct why *why)
{
    struct campaign campaign = {0};
    enum kb_err err = campaign_start(
        call->app->campaigns, call->param, call->actor->who, &campaign, why);

    return acted(call, err, &campaign, why);
}

static enum kb_err begin_step(
    struct api_call *call, bool *more, struct why *why)
{
    enum kb_err err = count_on(call, more, why);
    return err == KB_OK && !*more ? change_whole(call, begin, why) : err;
}

static enum kb_err campaign_begin(struct api_call *call, struct why *why)
{
    return count_first(call, NULL, begin_step, why);
}

static enum kb_err campaign_yes(struct api_call *call, struct why *why)
{
    struct campaign campaign = {0};
    enum kb_err err =
        campaign_get(call->app->campaigns, call->param, &campaign);

    if (err == KB_OK && campaign.asked_by[0] != '\0') {
        (void)snprintf(call->detail, sizeof(call->detail), "started by %s",
            campaign.asked_by);
    }
    if (err == KB_OK) {
        err = campaign_approve(call->app->campaigns, call->param,
            call->actor->who, &campaign, why);
    }
    return acted(call, err, &campaign, why);
}

static enum kb_err campaign_pause(struct api_call *call, struct why *why)
{
    return act(call, CAMPAIGN_PAUSE, why);
}

static enum kb_err campaign_resume(struct api_call *call, struct why *why)
{
    return act(call, CAMPAIGN_RESUME, why);
}

static enum kb_err campaign_cancel(struct api_call *call, struct why *why)
{
    return act(call, CAMPAIGN_CANCEL, why);
}

/* --- preview, test ------------------------------------------- */

static json_t *sample_json(const struct campaign_sample *sample)
{
    json_t *json = json_pack("{so so ss so so}", "office",
        api_text_or_null(sample->office), "state", api_text_json(sample->state),
        "case", sample->kind, "phone", api_text_json(sample->phone), "text",
        api_text_json(sample->text));
    api_size_json(json, &sample->size);
    return json;
}

static json_t *households_json(const struct campaign_preview *preview)
{
    json_t *list = json_array();
    for (int i = 0; i < CAMPAIGN_HOUSEHOLDS; i++) {
        if (preview->household[i] > 0) {
            json_array_append_new(
                list, json_pack("{si sI}", "people", i + 1, "phones",
                          (json_int_t)preview->household[i]));
        }
    }
    return list;
}

static json_t *cost_json(const struct app *app, int64_t segments)
{
    int price = app->config.plan_price_rp;
    json_int_t total = segments * price;
    return price == 0 ? json_null()
                      : json_pack("{ss si sI}", "currency", "IDR", "segment",
                            price, "total", total);
}

/* Texts of a campaign that the filter lint objects to. */
struct linting {
    const char *template_name;
    const char *lang; /* "" : any */
    json_t *list;
};

static bool is_used(const char *template_name, const char *name)
{
    static const char *const always[] = {
        "office_down", "office_back", "deadline_moved"};
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
        if (strcmp(name, always[i]) == 0) {
            return true;
        }
    }
    return strcmp(name, template_name) == 0 ||
           (strcmp(template_name, "remind_first") == 0 &&
               strcmp(name, "remind_last") == 0) ||
           (strcmp(template_name, "card_ready") == 0 &&
               strcmp(name, "card_ready_again") == 0);
}

static void on_finding(void *arg, const struct text_finding *finding)
{
    struct linting *linting = arg;
    if (!finding->warnings[0] || finding->missing ||
        !is_used(linting->template_name, finding->name) ||
        (linting->lang[0] && strcmp(linting->lang, finding->lang) != 0)) {
        return;
    }
    json_array_append_new(linting->list,
        json_pack("{so so so}", "lang", api_text_json(finding->lang),
            "template", api_text_json(finding->name), "warnings",
            api_split_json(finding->warnings, '\n')));
}

static json_t *corrections_json(const struct campaign_preview *preview)
{
    return preview->correct_phones == 0
               ? json_null()
               : json_pack("{sI so}", "phones",
                     (json_int_t)preview->correct_phones, "deadline",
                     api_day_json(preview->correct_deadline));
}

static enum kb_err add_lint(struct api_call *call, json_t *preview)
{
    struct campaign campaign = {0};
    struct linting linting = {.list = json_array()};
    enum kb_err err =
        campaign_get(call->app->campaigns, call->param, &campaign);
    linting.template_name = campaign.template_name;
    linting.lang = campaign.lang;
    texts_each(call->app->texts, on_finding, &linting);
    json_object_set_new(preview, "lint", linting.list);
    return err;
}

static json_t *preview_json(
    const struct app *app, const struct campaign_preview *preview)
{
    json_t *samples = json_array();
    for (size_t i = 0; i < preview->sample_count; i++) {
        json_array_append_new(samples, sample_json(&preview->sample[i]));
    }
    return json_pack("{sI sI sI sI sI sI sI sI sI si so so so so}", "audience",
        (json_int_t)preview->audience, "phones", (json_int_t)preview->phones,
        "people", (json_int_t)preview->people, "shared",
        (json_int_t)preview->shared, "largest", (json_int_t)preview->largest,
        "no_phone", (json_int_t)preview->no_phone, "stopped",
        (json_int_t)preview->stopped, "held_out", (json_int_t)preview->held_out,
        "segments", (json_int_t)preview->segments, "step", preview->step,
        "cost", cost_json(app, preview->segments), "households",
        households_json(preview), "samples", samples, "corrections",
        corrections_json(preview));
}

/** Whether a start would wait for a second person. */
static json_t *approval_json(const struct app *app, int64_t audience)
{
    int above = app->config.approval_above;
    return above == 0 ? json_null()
                      : json_pack("{sb si}", "needed", audience > above,
                            "above", above);
}

#define PREVIEW_SLICE_US 4000

static void preview_free(void *work)
{
    campaign_preview_free(work);
}

static enum kb_err preview_step(
    struct api_call *call, bool *more, struct why *why)
{
    bool done = false;
    enum kb_err err =
        campaign_preview_step(call->work, PREVIEW_SLICE_US, &done, why);
    *more = err == KB_OK && !done;
    if (err == KB_OK && done) {
        call->answer =
            preview_json(call->app, campaign_preview_result(call->work));
        json_object_set_new(call->answer, "approval",
            approval_json(
                call->app, campaign_preview_result(call->work)->audience));
        err = add_lint(call, call->answer);
    }
    return err;
}

static enum kb_err preview_get(struct api_call *call, struct why *why)
{
    struct campaign_preview_job *job = NULL;
    struct campaign_people_ask ask = api_people_asked(call);
    enum kb_err err =
        campaign_preview_begin(call->app->campaigns, &ask, &job, why);
    call->work = job;
    call->work_free = preview_free;
    call->step = preview_step;
    return no_campaign(call, err, why);
}

struct test_in {
    const char *to;
};

static const struct api_field test_fields[] = {
    API_FIELD("to", API_TEXT, test_in, to, .needed = true),
    {0},
};

static enum kb_err test_post(struct api_call *call, struct why *why)
{
    const struct test_in *in = call->in;
    char phone[PHONE_BYTES] = "";
    char text[TEXT_MAX_PARTS * 160 * 4] = "";
    int64_t id = 0;
    enum kb_err err = phone_normalise(in->to, phone, why);
    if (err != KB_OK || !*phone) {
        why_field(why, "to");
        why_set(why, "to must be a mobile number, such as 0812…");
        return KB_INVALID;
    }
    err = campaign_test_text(
        call->app->campaigns, call->param, text, sizeof(text), why);
    if (err == KB_OK) {
        struct outbox_new message = {
            .phone = phone, .text = text, .class = MSG_NORMAL};
        err = outbox_accept(call->app->outbox, &message, &id, why);
    }
    if (err == KB_OK) {
        struct text_size size = text_measure(text);
        call->answer = json_pack("{sI so so si}", "id", (json_int_t)id, "phone",
            api_text_json(phone), "text", api_text_json(text), "parts",
            size.parts);
    }
    return no_campaign(call, err, why);
}

const struct api_route api_campaign_routes[] = {
    {"GET",                                "/api/v1/campaigns", list_campaigns,
     .help = "all campaigns, newest first"},
    {"POST",                      "/api/v1/campaigns", campaign_post, API_CHANGE, 201,
     .fields = create_fields, .in_bytes = sizeof(struct options_in),
     .help = "a new campaign, as a draft"},
    {"GET",                                    "/api/v1/campaigns/{name}", campaign_find, .help = "one campaign"},
    {"PATCH","/api/v1/campaigns/{name}", campaign_patch, API_TAKES,
     .fields = set_fields, .in_bytes = sizeof(struct options_in),
     .help = "change a campaign; unsent messages follow"},
    {"GET",                          "/api/v1/campaigns/{name}/preview", preview_get,
     .help = "who would be told what"},
    {"POST",              "/api/v1/campaigns/{name}/start", campaign_begin, API_TAKES,
     .help = "start it"},
    {"POST", "/api/v1/campaigns/{name}/approve", campaign_yes, API_CHANGE,
     .help = "a second person's yes to one above approval.above"},
    {"POST",                                "/api/v1/campaigns/{name}/pause", campaign_pause, API_CHANGE,
     .help = "hold its messages"},
    {"POST",                       "/api/v1/campaigns/{name}/resume", campaign_resume, API_CHANGE,
     .help = "go on"},
    {"POST",                                    "/api/v1/campaigns/{name}/cancel", campaign_cancel, API_CHANGE,
     .help = "end it; what has not gone is cancelled"},
    {"POST",               "/api/v1/campaigns/{name}/test", test_post, API_CHANGE, 201,
     .fields = test_fields, .in_bytes = sizeof(struct test_in),
     .help = "send its text to one number"},
    {0                          },
};
