// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "link/link_internal.h"

#include <stdio.h>
#include <string.h>

/*
 * What is done for a modem that fails again and again: a fresh worker, an AT
 * reset, its power cut for a moment, and at last it is left alone and an
 * operator told. plan_step() has the order.
 */

/* A quarantined modem is tried so often: it may have been the network, or
   somebody may have switched it off and on. */
#define TRIAL_MS INT64_C(600000)
/* Whether it was replugged is looked at so often; the look is one stat. */
#define LOOK_MS 2000

static void quarantine(struct link *link)
{
    char last[120];
    char why[200];

    link->trial_at_ms = clock_mono_ms() + TRIAL_MS;
    if (!link->quarantined) {
        (void)snprintf(last, sizeof last, "%.*s", (int)sizeof last - 1,
            link->end == END_ITSELF ? link->why : link->end_why);
        (void)snprintf(why, sizeof why,
            "failed %d times in a row (%.80s): look at it, replug it, or modem "
            "reset; tried every %d min",
            link->troubles, last, (int)(TRIAL_MS / 60000));
        link_note(link, "quarantine: %s", why);
        link_enter(link, LINK_QUARANTINED, why);
        link->quarantined = true;
    }
    life_plan(link, LOOK_MS);
}

void care_after_trouble(struct link *link, bool hung, int64_t delay_ms)
{
    struct plan_modem modem = {
        .quarantine_after = link->modem.quarantine_after,
        .hung = hung,
        .proven = link->proven,
        .has_power = link->power_command != NULL,
    };

    link->troubles++;
    switch (plan_step(link->troubles, &modem)) {
    case PLAN_RESTART:
        break;
    case PLAN_AT_RESET:
        link_note(link, "care: AT reset after %d failures", link->troubles);
        link->reset_due = true;
        break;
    case PLAN_POWER:
        power_start(link);
        return;
    case PLAN_QUARANTINE:
        quarantine(link);
        return;
    }
    life_plan(link, delay_ms);
}

bool care_rests(struct link *link)
{
    struct device_key now = life_device_key(link);

    if (!link->quarantined) {
        return false;
    }
    if (memcmp(&now, &link->device, sizeof now) != 0) {
        care_forget(link);
        link->failures = 0;
        return false;
    }
    if (clock_mono_ms() >= link->trial_at_ms) {
        return false;
    }
    life_plan(link, LOOK_MS);
    return true;
}

void care_forget(struct link *link)
{
    link->troubles = 0;
    link->reset_due = false;
    link->quarantined = false;
}

void care_recovered(struct link *link)
{
    if (link->quarantined) {
        link->quarantined = false;
        /* One more failure before anything was sent, and it is back there. */
        link->troubles = link->modem.quarantine_after - 1;
        link_note(link, "quarantine: it works again");
    }
}
