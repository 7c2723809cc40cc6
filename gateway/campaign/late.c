// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign/compose.h"

#include <stdlib.h>

/* What will find no place before the deadline, for a campaign's one line; the
   forecast knows better. */

struct late {
    struct campaigns *campaigns;
    const struct campaign_row *row;
    int32_t today;
    int64_t messages;
};

/* Days from tomorrow up to the deadline on which messages go out. */
static int sending_days_left(const struct late *late)
{
    const struct config *config = late->campaigns->rooms.config;
    int days = 0;

    for (int32_t day = late->today + 1; day <= late->row->campaign.deadline_day;
         day++) {
        days += config_window_open(
                    config, civil_instant_ms(day, config->sending_from))
                    ? 1
                    : 0;
    }
    return days;
}

/* Adds how many of the messages that wait at the office find no place in time,
   were the campaign alone. */
static enum kb_err count_at(struct late *late, const struct office *office)
{
    struct pace_office pace = {0};
    const struct campaign *campaign = &late->row->campaign;
    int64_t messages = 0;
    int64_t people = 0;
    int64_t over = 0;
    int places = 0;
    enum kb_err err = planner_waits_sum(
        late->campaigns, campaign->id, office->code, &messages, &people);

    if (err == KB_OK && messages > 0) {
        err = compose_pace(late->campaigns, office, &pace);
    }
    if (err != KB_OK || messages == 0) {
        return err;
    }
    places = pace_places(&pace);
    if (places >= 0) {
        /* Today's filling took the next of its days. */
        int64_t days = pace_days_left(&pace, late->campaigns->rooms.config,
            late->today, campaign->deadline_day);
        int64_t room = days > 1 ? (days - 1) * places : 0;

        over = people > room ? messages * (people - room) / people : 0;
    }
    if (campaign->pace > 0) {
        int64_t room = (int64_t)campaign->pace * sending_days_left(late);

        over = messages - room > over ? messages - room : over;
    }
    late->messages += over;
    return KB_OK;
}

static enum kb_err count_all(struct late *late)
{
    struct office unknown = {0};
    struct office *offices = NULL;
    size_t count = 0;
    enum kb_err err =
        registry_office_list(late->campaigns->rooms.registry, &offices, &count);

    for (size_t i = 0; i < count && err == KB_OK; i++) {
        err = count_at(late, &offices[i]);
    }
    free(offices);
    if (err == KB_OK) {
        err = compose_office(late->campaigns, "", &unknown);
    }
    return err == KB_OK ? count_at(late, &unknown) : err;
}

enum kb_err late_note(
    struct campaigns *campaigns, struct campaign_row *row, int32_t today)
{
    struct late late = {.campaigns = campaigns, .row = row, .today = today};
    enum kb_err err = KB_OK;

    if (row->state == PLAN_RUNNING) {
        err = count_all(&late);
    }
    if (err != KB_OK || row->state != PLAN_RUNNING ||
        late.messages == row->left_out) {
        return err;
    }
    row->left_out = late.messages;
    if (late.messages > 0) {
        campaign_row_note(row,
            "%lld phones find no place before the deadline: see kabari "
            "campaign forecast %s",
            (long long)late.messages, row->campaign.name);
    } else {
        campaign_row_note(row, "running: there are places for all");
    }
    return campaign_store_put(campaigns, row);
}
