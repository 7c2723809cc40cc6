// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign/campaign.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "campaign/compose.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kb_err campaigns_open(
    const struct campaign_rooms *rooms, struct campaigns **out)
{
    struct campaigns *campaigns = mem_new(sizeof *campaigns);
    enum kb_err err = KB_OK;

    campaigns->rooms = *rooms;
    campaigns->look_again = true;
    err = campaign_store_open(campaigns);
    if (err == KB_OK) {
        err = planner_store_open(campaigns);
        if (err != KB_OK) {
            campaign_store_close(campaigns);
        }
    }
    if (err == KB_OK) {
        err = report_store_open(campaigns);
        if (err != KB_OK) {
            planner_store_close(campaigns);
            campaign_store_close(campaigns);
        }
    }
    if (err != KB_OK) {
        free(campaigns);
        return err;
    }
    campaigns->people = mem_array(PHONE_PEOPLE_MOST, sizeof *campaigns->people);
    *out = campaigns;
    return KB_OK;
}

void campaigns_close(struct campaigns *campaigns)
{
    if (campaigns == NULL) {
        return;
    }
    audience_forget_all(campaigns);
    report_store_close(campaigns);
    planner_store_close(campaigns);
    campaign_store_close(campaigns);
    free(campaigns->people);
    free(campaigns);
}

void campaigns_use(struct campaigns *campaigns, const struct texts *texts,
    const struct config *config)
{
    campaigns->rooms.texts = texts;
    campaigns->rooms.config = config;
    campaigns->look_again = true;
}

/* --- a row ------------------------------------------------------------- */

void campaign_row_state(struct campaign_row *row, enum plan_state state)
{
    row->state = state;
    (void)snprintf(row->campaign.state, sizeof row->campaign.state, "%s",
        plan_state_name(state));
}

void campaign_row_rescan(struct campaign_row *row)
{
    row->scan_again = true;
}

void campaign_row_note(struct campaign_row *row, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): started above */
    (void)vsnprintf(row->campaign.note, sizeof row->campaign.note, fmt, args);
    va_end(args);
}

int64_t campaign_deadline_ms(const struct campaign *campaign)
{
    return civil_instant_ms(campaign->deadline_day + 1, 0);
}

/* --- create and set ---------------------------------------------------- */

/* Whether the template can be filled in by a campaign at all. */
static enum kb_err check_text(struct campaigns *campaigns,
    const struct campaign_row *row, struct why *why)
{
    struct buf text = {0};
    enum kb_err err = compose_sample(campaigns, row, &text, why);

    buf_clear(&text);
    return err;
}

/* A start behind the deadline would tell nobody. */
static enum kb_err check_order(const struct campaign *campaign, struct why *why)
{
    if (campaign->start_at_ms >= campaign_deadline_ms(campaign)) {
        why_field(why, "start");
        why_set(why,
            "the start %s is behind the deadline %s; choose an earlier "
            "start or a later deadline",
            civil_short(campaign->start_at_ms).text,
            civil_date(campaign->deadline_day).text);
        return KB_INVALID;
    }
    return KB_OK;
}

static enum kb_err check_given(
    const struct campaign_options *options, struct why *why)
{
    if (options->template_name == NULL) {
        why_field(why, "template");
        why_set(why, "say which template: --template remind_first");
        return KB_INVALID;
    }
    if (options->deadline == NULL) {
        why_field(why, "deadline");
        why_set(why, "say the last day: --deadline YYYY-MM-DD");
        return KB_INVALID;
    }
    return KB_OK;
}

enum kb_err campaign_create(struct campaigns *campaigns, const char *name,
    const struct campaign_options *options, struct campaign *out,
    struct why *why)
{
    struct campaign_row row = {
        .campaign = {.steps = PLAN_STEPS_DEFAULT,
                     .outage = "hold",
                     .on_unknown = "keep"}
    };
    enum kb_err err = campaign_name_check(name, why);

    if (err == KB_OK) {
        err = check_given(options, why);
    }
    if (err == KB_OK) {
        err = campaign_options_apply(campaigns, options, &row.campaign, why);
    }
    if (err == KB_OK) {
        err = check_order(&row.campaign, why);
    }
    if (err == KB_OK) {
        err = check_text(campaigns, &row, why);
    }
    if (err != KB_OK) {
        return err;
    }
    (void)snprintf(row.campaign.name, sizeof row.campaign.name, "%s", name);
    campaign_row_state(&row, PLAN_DRAFT);
    campaign_row_note(
        &row, "a draft: kabari campaign preview %s, then start", name);
    row.campaign.created_at_ms = clock_now_ms(campaigns->rooms.clock);
    err = campaign_store_insert(campaigns, &row);
    if (err == KB_REFUSED) {
        why_field(why, "name");
        why_set(
            why, "there is a campaign %s already; choose another name", name);
    }
    if (err == KB_OK) {
        *out = row.campaign;
    }
    return err;
}

enum kb_err campaign_ahead(const struct campaigns *campaigns,
    const struct campaign *campaign, struct why *why)
{
    if (campaign->deadline_day <
        civil_day_of(clock_now_ms(campaigns->rooms.clock))) {
        why_field(why, "deadline");
        why_set(why,
            "its deadline %s is over; move it: kabari campaign set %s "
            "--deadline DATE",
            civil_date(campaign->deadline_day).text, campaign->name);
        return KB_REFUSED;
    }
    return KB_OK;
}

static enum kb_err check_changeable(
    const struct campaign_row *row, struct why *why)
{
    if (row->state == PLAN_DONE || row->state == PLAN_CANCELLED) {
        why_field(why, "state");
        why_set(
            why, "the campaign is %s; create another one", row->campaign.state);
        return KB_REFUSED;
    }
    return KB_OK;
}

/* A running campaign is scanned again, and what is held is judged again. */
static enum kb_err keep_changes(
    struct campaigns *campaigns, struct campaign_row *row)
{
    campaign_row_rescan(row);
    if (row->state == PLAN_RUNNING) {
        row->release_after = 0;
    }
    if (row->campaign.asked_by[0] != '\0') {
        approval_note(row, campaigns->rooms.config->approval_above);
    } else if (row->state == PLAN_SCHEDULED) {
        campaign_row_note(row, "scheduled: starts %s",
            civil_short(row->campaign.start_at_ms).text);
    }
    return campaign_store_put(campaigns, row);
}

/* The deadline that people were told last. */
static int32_t known_deadline(const struct campaign_row *row, int32_t before)
{
    return row->told_deadline != 0 ? row->told_deadline : before;
}

/* Unsent messages follow the deadline; with `correct` whoever was told another
   one hears of it, else that waits for staff to confirm it. */
static enum kb_err follow_deadline(struct campaigns *campaigns,
    struct campaign_row *row, const struct campaign_options *options,
    int32_t before)
{
    int32_t now = row->campaign.deadline_day;
    int32_t known = known_deadline(row, before);

    if (row->state == PLAN_DRAFT) {
        return KB_OK;
    }
    if (now != before) {
        row->redate_after = 0;
        row->told_deadline = known == now ? 0 : known;
    }
    if (!options->correct) {
        return KB_OK;
    }
    row->correct_after = 0;
    row->told_deadline = 0;
    return planner_note_last(campaigns, &row->correct_until);
}

/* The text says that the deadline was put off. */
static enum kb_err check_correct(const struct campaign_row *row,
    const struct campaign_options *options, int32_t before, struct why *why)
{
    int32_t known = known_deadline(row, before);

    if (options->correct && row->campaign.deadline_day <= known) {
        why_field(why, "correct");
        why_set(why,
            "people are told of a deadline that was put off; %s is not later "
            "than %s",
            civil_date(row->campaign.deadline_day).text,
            civil_date(known).text);
        return KB_INVALID;
    }
    return KB_OK;
}

enum kb_err campaign_set(struct campaigns *campaigns, const char *name,
    const struct campaign_options *options, struct campaign *out,
    struct why *why)
{
    struct campaign_row row = {0};
    enum kb_err err = campaign_store_by_name(campaigns, name, &row);
    int32_t before = row.campaign.deadline_day;

    if (err == KB_OK) {
        err = check_changeable(&row, why);
    }
    if (err == KB_OK) {
        err = campaign_options_apply(campaigns, options, &row.campaign, why);
    }
    if (err == KB_OK && row.state != PLAN_DRAFT && options->deadline != NULL) {
        err = campaign_ahead(campaigns, &row.campaign, why);
    }
    if (err == KB_OK) {
        err = check_order(&row.campaign, why);
    }
    if (err == KB_OK) {
        err = check_correct(&row, options, before, why);
    }
    if (err == KB_OK) {
        err = check_text(campaigns, &row, why);
    }
    if (err == KB_OK) {
        err = approval_check_set(campaigns, &row, options, why);
    }
    if (err == KB_OK) {
        err = follow_deadline(campaigns, &row, options, before);
    }
    if (err == KB_OK) {
        err = keep_changes(campaigns, &row);
    }
    if (err == KB_OK) {
        err = places_again(campaigns);
    }
    if (err == KB_OK) {
        *out = row.campaign;
    }
    return err;
}

/* --- reading ----------------------------------------------------------- */

enum kb_err campaign_get(
    struct campaigns *campaigns, const char *name, struct campaign *out)
{
    struct campaign_row row = {0};
    enum kb_err err = campaign_store_by_name(campaigns, name, &row);

    if (err == KB_OK) {
        *out = row.campaign;
    }
    return err;
}

enum kb_err campaign_list(
    struct campaigns *campaigns, struct campaign **out, size_t *count)
{
    struct campaign_row *rows = NULL;
    enum kb_err err = campaign_store_list(campaigns, &rows, count);

    if (err != KB_OK) {
        return err;
    }
    *out = *count == 0 ? NULL : mem_array(*count, sizeof **out);
    for (size_t i = 0; i < *count; i++) {
        (*out)[i] = rows[i].campaign;
    }
    free(rows);
    return KB_OK;
}

enum kb_err campaign_report(
    struct campaigns *campaigns, const char *name, struct campaign_report *out)
{
    struct campaign_row row = {0};
    enum kb_err err = campaign_store_by_name(campaigns, name, &row);

    if (err != KB_OK) {
        return err;
    }
    *out = (struct campaign_report){.audience = row.audience};
    err = outbox_counts(campaigns->rooms.outbox, row.campaign.id, &out->counts);
    for (int i = 0; i < MSG_STATE_COUNT; i++) {
        out->phones += out->counts.n[i];
    }
    return err;
}

enum kb_err campaign_test_text(struct campaigns *campaigns, const char *name,
    char *out, size_t out_bytes, struct why *why)
{
    struct campaign_row row = {0};
    struct buf text = {0};
    enum kb_err err = campaign_store_by_name(campaigns, name, &row);

    if (err == KB_OK) {
        err = compose_sample(campaigns, &row, &text, why);
    }
    if (err == KB_OK) {
        err = str_copy(out, out_bytes, buf_text(&text));
    }
    buf_clear(&text);
    return err;
}

/* --- start, pause, resume, cancel -------------------------------------- */

/* START and the others have their twin in the planner's words. */
static const enum plan_action actions[] = {
    [CAMPAIGN_START] = PLAN_START,
    [CAMPAIGN_PAUSE] = PLAN_PAUSE,
    [CAMPAIGN_RESUME] = PLAN_RESUME,
    [CAMPAIGN_CANCEL] = PLAN_CANCEL,
};

enum kb_err campaign_row_check_start(struct campaigns *campaigns,
    const struct campaign_row *row, struct why *why)
{
    enum kb_err err = campaign_ahead(campaigns, &row->campaign, why);

    return err == KB_OK ? check_text(campaigns, row, why) : err;
}

void campaign_row_begin(struct campaigns *campaigns, struct campaign_row *row)
{
    int64_t now_ms = clock_now_ms(campaigns->rooms.clock);

    if (row->campaign.start_at_ms > now_ms) {
        campaign_row_state(row, PLAN_SCHEDULED);
        campaign_row_note(row, "scheduled: starts %s",
            civil_short(row->campaign.start_at_ms).text);
        return;
    }
    row->campaign.started_at_ms = now_ms;
    campaign_row_state(row, PLAN_RUNNING);
    campaign_row_rescan(row);
    campaign_row_note(row, "running: planning begins");
}

static void enter(struct campaigns *campaigns, struct campaign_row *row,
    enum plan_state state)
{
    if (state == PLAN_RUNNING && row->state == PLAN_DRAFT) {
        campaign_row_begin(campaigns, row);
        return;
    }
    row->follow = row->state != PLAN_DRAFT;
    row->follow_after = 0;
    row->campaign.asked_by[0] = '\0';
    campaign_row_state(row, state);
    if (state == PLAN_PAUSED) {
        campaign_row_note(
            row, "paused: kabari campaign resume %s", row->campaign.name);
    } else {
        campaign_row_note(
            row, "%s", state == PLAN_RUNNING ? "running" : "cancelled");
    }
}

struct doing {
    const char *name;
    enum campaign_action action;
    const char *who; /* "" where nobody's name counts */
};

static enum kb_err do_as(struct campaigns *campaigns, const struct doing *doing,
    struct campaign *out, struct why *why)
{
    enum campaign_action action = doing->action;
    struct campaign_row row = {0};
    enum plan_state state = PLAN_DRAFT;
    enum kb_err err = campaign_store_by_name(campaigns, doing->name, &row);

    if (err == KB_OK) {
        err = plan_act(row.state, actions[action], &state, why);
    }
    if (err == KB_OK && action == CAMPAIGN_START) {
        err = campaign_row_check_start(campaigns, &row, why);
    }
    if (err == KB_OK && doing->who[0] != '\0') {
        err = approval_ask(campaigns, &row, doing->who, why);
    }
    if (err != KB_OK) {
        return err;
    }
    if (row.campaign.asked_by[0] == '\0' || action != CAMPAIGN_START) {
        enter(campaigns, &row, state);
    }
    err = campaign_store_put(campaigns, &row);
    if (err == KB_OK) {
        log_info("campaign: %s name=%s", row.campaign.state, doing->name);
        *out = row.campaign;
    }
    return err;
}

enum kb_err campaign_do(struct campaigns *campaigns, const char *name,
    enum campaign_action action, struct campaign *out, struct why *why)
{
    return do_as(campaigns,
        &(struct doing){.name = name, .action = action, .who = ""}, out, why);
}

enum kb_err campaign_start(struct campaigns *campaigns, const char *name,
    const char *who, struct campaign *out, struct why *why)
{
    return do_as(campaigns,
        &(struct doing){.name = name, .action = CAMPAIGN_START, .who = who},
        out, why);
}
