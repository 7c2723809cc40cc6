// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "campaign/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The planner's walk without its effects. */

struct campaign_preview_job {
    struct campaigns *campaigns;
    struct campaign_row row;
    struct campaign_preview result;
    int64_t now_ms;
    int64_t after; /* resident id done */
    int64_t last;
};

enum kb_err campaign_preview_begin(struct campaigns *campaigns,
    const struct campaign_people_ask *ask, struct campaign_preview_job **out,
    struct why *why)
{
    struct campaign_preview_job *job = mem_new(sizeof *job);
    enum kb_err err = campaign_store_by_name(campaigns, ask->name, &job->row);

    if (err == KB_OK) {
        err = campaign_ahead(campaigns, &job->row.campaign, why);
    }
    if (err == KB_OK) {
        err = campaign_store_last_resident(campaigns, &job->last);
    }
    if (err == KB_OK) {
        err = campaign_narrow(&job->row.campaign, ask->kecamatan, why);
    }
    /* Corrections are counted for all only. */
    if (err == KB_OK && !ask->kecamatan && job->row.told_deadline != 0) {
        job->result.correct_deadline = job->row.told_deadline;
        err = planner_phones_told(
            campaigns, job->row.campaign.id, &job->result.correct_phones);
    }
    if (err != KB_OK) {
        free(job);
        return err;
    }
    job->campaigns = campaigns;
    job->now_ms = clock_now_ms(campaigns->rooms.clock);
    if (job->row.campaign.start_at_ms > job->now_ms) {
        job->now_ms = job->row.campaign.start_at_ms;
    }
    job->result.step = plan_step_now(&job->row.steps,
        job->row.campaign.deadline_day, civil_day_of(job->now_ms));
    if (job->result.step < 0 && job->row.steps.count > 0) {
        job->result.step = job->row.steps.day[0];
    }
    /* What it would be once it runs, whatever it is now. */
    campaign_row_state(&job->row, PLAN_RUNNING);
    *out = job;
    return KB_OK;
}

void campaign_preview_free(struct campaign_preview_job *job)
{
    free(job);
}

const struct campaign_preview *campaign_preview_result(
    const struct campaign_preview_job *job)
{
    return &job->result;
}

/* --- one phone --------------------------------------------------------- */

static bool is_shown(
    const struct campaign_preview *result, const char *office, const char *kind)
{
    for (size_t i = 0; i < result->sample_count; i++) {
        if (strcmp(result->sample[i].office, office) == 0 &&
            strcmp(result->sample[i].kind, kind) == 0) {
            return true;
        }
    }
    return result->sample_count == CAMPAIGN_SAMPLES;
}

static void add_sample(struct campaign_preview *result, const char *kind,
    const struct composed *composed, const char *phone, const char *text)
{
    struct campaign_sample *sample = NULL;

    if (is_shown(result, composed->office.code, kind)) {
        return;
    }
    sample = &result->sample[result->sample_count++];
    sample->kind = kind;
    (void)snprintf(
        sample->office, sizeof sample->office, "%s", composed->office.code);
    (void)snprintf(
        sample->state, sizeof sample->state, "%s", composed->office.state);
    (void)snprintf(
        sample->phone, sizeof sample->phone, "%.23s", log_phone(phone).text);
    (void)snprintf(sample->text, sizeof sample->text, "%s", text);
    sample->size = text_measure(text);
}

/* What the same people would be told otherwise. */
static const struct {
    const char *kind;
    enum plan_text text;
    bool last; /* in the last step */
} variants[] = {
    {"last",     PLAN_TEXT_OWN,      true },
    {"redirect", PLAN_TEXT_REDIRECT, false},
    {"down",     PLAN_TEXT_DOWN,     false},
    {"back",     PLAN_TEXT_BACK,     false},
};

static bool is_possible(const struct campaign_preview_job *job,
    const struct composed *other, size_t i)
{
    bool redirects = plan_outage_of(job->row.campaign.outage,
                         job->row.campaign.template_name) == PLAN_REDIRECT;

    return variants[i].text != PLAN_TEXT_REDIRECT ||
           (redirects && other->other.code[0] != '\0');
}

static enum kb_err show_variant(struct campaign_preview_job *job,
    const struct compose_ask *ask, const struct composed *composed, size_t i)
{
    const struct plan_steps *steps = &job->row.steps;
    struct composed other = *composed;
    struct buf text = {0};
    enum kb_err err = KB_OK;

    if (is_shown(&job->result, composed->office.code, variants[i].kind)) {
        return KB_OK;
    }
    other.decision.text = variants[i].text;
    if (variants[i].last && steps->count > 0) {
        other.facts.step = steps->day[steps->count - 1];
    }
    err = compose_other(job->campaigns, &other);
    if (err == KB_OK && is_possible(job, &other, i)) {
        err = compose_text(job->campaigns, ask, &other, &text, NULL);
        if (err == KB_OK) {
            add_sample(&job->result, variants[i].kind, composed,
                ask->audience.phone, buf_text(&text));
        }
    }
    buf_clear(&text);
    /* A text of one's own that lacks a value is told of where it is sent. */
    return err == KB_INVALID ? KB_OK : err;
}

static void count_household(struct campaign_preview *result, size_t people)
{
    size_t row = people > CAMPAIGN_HOUSEHOLDS ? CAMPAIGN_HOUSEHOLDS : people;

    result->phones++;
    result->people += (int64_t)people;
    result->shared += people > 1 ? 1 : 0;
    result->household[row - 1]++;
    if ((int64_t)people > result->largest) {
        result->largest = (int64_t)people;
    }
}

static enum kb_err count_text(struct campaign_preview_job *job,
    const struct compose_ask *ask, const struct composed *composed,
    struct why *why)
{
    struct buf text = {0};
    enum kb_err err = compose_text(job->campaigns, ask, composed, &text, why);

    if (err == KB_OK) {
        count_household(&job->result, composed->count);
        job->result.segments += text_measure(buf_text(&text)).parts;
        add_sample(&job->result, "now", composed, ask->audience.phone,
            buf_text(&text));
    }
    buf_clear(&text);
    for (size_t i = 0; i < sizeof variants / sizeof *variants && err == KB_OK;
         i++) {
        err = show_variant(job, ask, composed, i);
    }
    return err;
}

/* A phone is counted with the first of its residents. */
static enum kb_err count_phone(struct campaign_preview_job *job,
    const struct audience_entry *entry, struct why *why)
{
    struct composed composed = {0};
    struct compose_ask ask = {
        .row = &job->row,
        .audience = {.who = AUDIENCE_ALL, .phone = entry->phone},
        .now_ms = job->now_ms,
        .purpose = COMPOSE_TO_PLAN,
    };
    enum kb_err err = compose_decide(job->campaigns, &ask, &composed);

    if (err != KB_OK || composed.count == 0 ||
        job->campaigns->people[0].id != entry->resident_id) {
        return err;
    }
    if (composed.facts.stopped) {
        job->result.stopped++;
        return KB_OK;
    }
    composed.facts.step = job->result.step;
    return count_text(job, &ask, &composed, why);
}

static enum kb_err count_entry(struct campaign_preview_job *job,
    const struct audience_entry *entry, struct why *why)
{
    const struct campaign *campaign = &job->row.campaign;

    job->result.audience++;
    if (entry->phone[0] == '\0') {
        job->result.no_phone++;
        return KB_OK;
    }
    if (plan_held_out(
            campaign->id, entry->resident_id, campaign->holdout_percent)) {
        job->result.held_out++;
        return KB_OK;
    }
    return count_phone(job, entry, why);
}

/* --- pages ------------------------------------------------------------- */

static enum kb_err count_page(struct campaign_preview_job *job,
    const struct slice *slice, struct why *why)
{
    struct audience *audience = NULL;
    struct audience_page page = {0};
    enum kb_err err = audience_of(job->campaigns, &job->row.campaign,
        civil_day_of(job->now_ms), &audience, why);

    if (err == KB_OK) {
        /* Told by now or not: INT32_MAX is a day that no one was told on. */
        err = audience_next(
            job->campaigns, audience, job->after, INT32_MAX, &page);
    }
    for (size_t i = 0; i < page.count && err == KB_OK; i++) {
        err = count_entry(job, &page.entry[i], why);
        job->after = page.entry[i].resident_id;
        if (slice_over(slice)) {
            return err;
        }
    }
    job->after = page.upto;
    return err;
}

enum kb_err campaign_preview_step(struct campaign_preview_job *job,
    int64_t budget_us, bool *done, struct why *why)
{
    struct slice slice = {.until_us = clock_mono_us() + budget_us};
    enum kb_err err = KB_OK;

    while (err == KB_OK && job->after < job->last && !slice_over(&slice)) {
        err = count_page(job, &slice, why);
    }
    *done = err != KB_OK || job->after >= job->last;
    return err;
}

enum kb_err campaign_preview(struct campaigns *campaigns, const char *name,
    struct campaign_preview *out, struct why *why)
{
    struct campaign_preview_job *job = NULL;
    bool done = false;
    enum kb_err err = campaign_preview_begin(
        campaigns, &(struct campaign_people_ask){.name = name}, &job, why);

    while (err == KB_OK && !done) {
        err = campaign_preview_step(job, CAMPAIGN_SLICE_US, &done, why);
    }
    if (err == KB_OK) {
        *out = job->result;
    }
    campaign_preview_free(job);
    return err;
}
