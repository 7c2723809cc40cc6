// SPDX-License-Identifier: GPL-2.0-or-later
/* A second person's yes to a campaign above approval.above: who starts it only
 * asks, and somebody else lets it go. */
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "campaign/audience.h"

#include <stdlib.h>
#include <string.h>

/** Counts no further than it has to. */
static enum kb_err count_above(struct campaigns *campaigns,
    const struct campaign *campaign, int64_t above, bool *is_above,
    struct why *why)
{
    struct audience *audience = NULL;
    struct audience_case *cases = mem_array(AUDIENCE_CASES, sizeof *cases);
    int32_t today = civil_day_of(clock_now_ms(campaigns->rooms.clock));
    int64_t last = 0;
    int64_t total = 0;
    enum kb_err err = audience_of(campaigns, campaign, today, &audience, why);

    if (err == KB_OK) {
        err = campaign_store_last_resident(campaigns, &last);
    }
    for (int64_t after = 0; err == KB_OK && after < last && total <= above;) {
        size_t count = 0;

        err = audience_cases(campaigns, audience, after, cases, &count, &after);
        total += (int64_t)count;
    }
    *is_above = total > above;
    free(cases);
    return err;
}

static enum kb_err needs_yes(struct campaigns *campaigns,
    const struct campaign *campaign, bool *needed, struct why *why)
{
    int above = campaigns->rooms.config->approval_above;

    *needed = false;
    return above == 0 ? KB_OK
                      : count_above(campaigns, campaign, above, needed, why);
}

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

    if (row->state == PLAN_DRAFT ||
        (options->where == NULL && options->template_name == NULL)) {
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
