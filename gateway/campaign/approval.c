// SPDX-License-Identifier: GPL-2.0-or-later
/* A second person's yes to a campaign above approval.above: who starts it only
 * asks, and somebody else lets it go. */
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "campaign/audience.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- counting ---------------------------------------------------------- */

struct campaign_count_job {
    struct campaigns *campaigns;
    struct campaign campaign; /* as it would be */
    struct audience_case *cases;
    int64_t above;
    int64_t after;
    int64_t last;
    int64_t total;
    int32_t today;
};

static bool counts_on(const struct campaigns *campaigns)
{
    return campaigns->rooms.config->approval_above > 0;
}

static struct campaign_count_job *new_job(
    struct campaigns *campaigns, const struct campaign *campaign)
{
    struct campaign_count_job *job = mem_new(sizeof *job);

    job->campaigns = campaigns;
    job->campaign = *campaign;
    job->cases = mem_array(AUDIENCE_CASES, sizeof *job->cases);
    job->above = campaigns->rooms.config->approval_above;
    job->today = civil_day_of(clock_now_ms(campaigns->rooms.clock));
    return job;
}

/* For the change that follows at once, and for that one only. */
static void keep_count(const struct campaign_count_job *job)
{
    job->campaigns->counted = (struct campaign_counted){
        .campaign_id = job->campaign.id,
        .states = plan_states_for(job->campaign.template_name),
        .today = job->today,
        .above = job->above,
        .is_above = job->total > job->above,
    };
    (void)snprintf(job->campaigns->counted.where,
        sizeof job->campaigns->counted.where, "%s", job->campaign.where);
}

/* No further than it has to. */
static enum kb_err count_page(struct campaign_count_job *job, struct why *why)
{
    struct audience *audience = NULL;
    size_t count = 0;
    enum kb_err err =
        audience_of(job->campaigns, &job->campaign, job->today, &audience, why);

    if (err == KB_OK) {
        err = audience_cases(job->campaigns, audience, job->after, job->cases,
            &count, &job->after);
    }
    job->total += (int64_t)count;
    return err;
}

static bool is_counted(const struct campaign_count_job *job)
{
    return job->after >= job->last || job->total > job->above;
}

enum kb_err campaign_count_step(struct campaign_count_job *job,
    int64_t budget_us, bool *done, struct why *why)
{
    struct slice slice = {.until_us = clock_mono_us() + budget_us};
    bool over = false;
    enum kb_err err = KB_OK;

    *done = !counts_on(job->campaigns);
    if (*done) {
        return KB_OK;
    }
    while (err == KB_OK && !is_counted(job) && !over) {
        err = count_page(job, why);
        over = slice_over(&slice);
    }
    *done = err == KB_OK && is_counted(job);
    if (*done && job->last > 0) {
        keep_count(job);
    }
    return err;
}

void campaign_count_free(struct campaign_count_job *job)
{
    if (job != NULL) {
        free(job->cases);
        free(job);
    }
}

/* Whether the change could ask for a second person at all. */
static bool may_need_yes(
    enum plan_state state, const struct campaign_options *options)
{
    return options == NULL ||
           (state != PLAN_DRAFT &&
               (options->where != NULL || options->template_name != NULL));
}

enum kb_err campaign_count_begin(struct campaigns *campaigns, const char *name,
    const struct campaign_options *options, struct campaign_count_job **out,
    struct why *why)
{
    struct campaign_row row = {0};
    enum kb_err err = campaign_store_by_name(campaigns, name, &row);
    int64_t last = 0;

    if (err == KB_OK && options != NULL) {
        err = campaign_options_apply(campaigns, options, &row.campaign, why);
    }
    if (err == KB_OK && may_need_yes(row.state, options)) {
        err = campaign_store_last_resident(campaigns, &last);
    }
    if (err == KB_OK) {
        *out = new_job(campaigns, &row.campaign);
        (*out)->last = last;
    }
    return err;
}

/* What was counted a moment ago for the same question; false for nothing. */
static bool was_counted(struct campaigns *campaigns,
    const struct campaign *campaign, bool *is_above)
{
    struct campaign_counted counted = campaigns->counted;

    campaigns->counted = (struct campaign_counted){0};
    *is_above = counted.is_above;
    return counted.campaign_id == campaign->id &&
           strcmp(counted.where, campaign->where) == 0 &&
           counted.states == plan_states_for(campaign->template_name) &&
           counted.today ==
               civil_day_of(clock_now_ms(campaigns->rooms.clock)) &&
           counted.above == campaigns->rooms.config->approval_above;
}

static enum kb_err needs_yes(struct campaigns *campaigns,
    const struct campaign *campaign, bool *needed, struct why *why)
{
    struct campaign_count_job *job = NULL;
    bool done = false;
    enum kb_err err = KB_OK;

    *needed = false;
    if (!counts_on(campaigns) || was_counted(campaigns, campaign, needed)) {
        return KB_OK;
    }
    job = new_job(campaigns, campaign);
    err = campaign_store_last_resident(campaigns, &job->last);
    while (err == KB_OK && !done) {
        err = campaign_count_step(job, CAMPAIGN_SLICE_US, &done, why);
    }
    if (err == KB_OK) {
        (void)was_counted(campaigns, campaign, needed);
    }
    campaign_count_free(job);
    return err;
}

/* --- asking ------------------------------------------------------------ */

void approval_note(struct campaign_row *row, int above)
{
    campaign_row_note(row,
        "waits for a second person, being for more than %d: somebody other "
        "than %s runs kabari campaign approve %s",
        above, row->campaign.asked_by, row->campaign.name);
}

enum kb_err approval_ask(struct campaigns *campaigns, struct campaign_row *row,
    const char *who, struct why *why)
{
    bool needed = false;
    enum kb_err err = needs_yes(campaigns, &row->campaign, &needed, why);

    if (err != KB_OK || !needed) {
        return err;
    }
    err = str_copy(row->campaign.asked_by, sizeof row->campaign.asked_by, who);
    if (err == KB_OK) {
        campaign_row_state(row, PLAN_SCHEDULED);
        approval_note(row, campaigns->rooms.config->approval_above);
    }
    return err;
}

/* Else a small campaign could be started and then made a large one. */
enum kb_err approval_check_set(struct campaigns *campaigns,
    const struct campaign_row *row, const struct campaign_options *options,
    struct why *why)
{
    bool needed = false;
    enum kb_err err = KB_OK;

    if (!may_need_yes(row->state, options)) {
        return KB_OK;
    }
    err = needs_yes(campaigns, &row->campaign, &needed, why);
    if (err == KB_OK && needed) {
        why_field(why, options->where != NULL ? "where" : "template");
        why_set(why,
            "to more than %d a second person must agree, and this campaign "
            "has been started; cancel it and start another one",
            campaigns->rooms.config->approval_above);
        err = KB_REFUSED;
    }
    return err;
}

static enum kb_err check_second(
    const struct campaign_row *row, const char *who, struct why *why)
{
    const char *asked_by = row->campaign.asked_by;

    why_field(why, "state");
    if (row->state != PLAN_SCHEDULED || asked_by[0] == '\0') {
        why_set(why, "the campaign is %s and waits for nobody's approval",
            row->campaign.state);
        return KB_REFUSED;
    }
    if (who[0] == '\0' || strcmp(asked_by, who) == 0) {
        why_set(why, "%s started this campaign; somebody else must approve it",
            asked_by);
        return KB_REFUSED;
    }
    why_field(why, "");
    return KB_OK;
}

enum kb_err campaign_approve(struct campaigns *campaigns, const char *name,
    const char *who, struct campaign *out, struct why *why)
{
    struct campaign_row row = {0};
    enum kb_err err = campaign_store_by_name(campaigns, name, &row);

    if (err == KB_OK) {
        err = check_second(&row, who, why);
    }
    if (err == KB_OK) {
        err = campaign_row_check_start(campaigns, &row, why);
    }
    if (err != KB_OK) {
        return err;
    }
    row.campaign.asked_by[0] = '\0';
    campaign_row_begin(campaigns, &row);
    err = campaign_store_put(campaigns, &row);
    if (err == KB_OK) {
        log_info("campaign: approved name=%s", name);
        *out = row.campaign;
    }
    return err;
}
