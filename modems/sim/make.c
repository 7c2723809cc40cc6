// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"
#include "modems/sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What profiles say: chatter, words after a start, commands of a make. */

static const struct sim_profile *profile_of(const struct sim_modem *modem)
{
    return modem->sim->options.profile;
}

/* One of a text's lines, counted round and round. */
static void line_of(
    const char *lines, unsigned turn, char *out, size_t out_bytes)
{
    unsigned count = 1;
    const char *at = lines;

    for (const char *in = lines; *in != '\0'; in++) {
        count += *in == '\n' ? 1U : 0U;
    }
    for (unsigned i = 0; i < turn % count; i++) {
        at = strchr(at, '\n') + 1;
    }
    (void)snprintf(out, out_bytes, "%.*s", (int)strcspn(at, "\n"), at);
}

static bool is_among(const char *lines, const char *command)
{
    while (lines != NULL && *lines != '\0') {
        size_t length = strcspn(lines, "\n");

        if (strncasecmp(lines, command, length) == 0 &&
            strchr("=?", command[length]) != NULL) {
            return true;
        }
        lines += length;
        lines += *lines == '\n' ? 1 : 0;
    }
    return false;
}

/* --- chatter --------------------------------------------------------------- */

static bool chatters(const struct sim_modem *modem)
{
    return profile_of(modem)->chatter != NULL && !modem->made_quiet &&
           modem->plugged && modem->is_open;
}

static void on_chatter(void *arg)
{
    struct sim_modem *modem = arg;
    char line[80];

    if (chatters(modem)) {
        line_of(
            profile_of(modem)->chatter, modem->make_turn++, line, sizeof line);
        sim_modem_urc(modem, "%s", line);
    }
    modem->make_timer = sim_timers_add(modem->sim->timers,
        (int64_t)profile_of(modem)->chatter_ms * 1000, on_chatter, modem);
}

void sim_make_interrupt(struct sim_modem *modem)
{
    char line[80];

    if (profile_of(modem)->chatter_inside && chatters(modem)) {
        line_of(
            profile_of(modem)->chatter, modem->make_turn++, line, sizeof line);
        buf_printf(&modem->out, "\r\n%s\r\n", line);
    }
}

/* --- power and commands ------------------------------------------------------ */

void sim_make_power(struct sim_modem *modem)
{
    const struct sim_profile *profile = profile_of(modem);

    modem->made_quiet = false;
    modem->told_where = false;
    if (profile->receives_in_me) {
        modem->settings.memory[2] = SIM_STORE_ME;
    }
    if (profile->hello != NULL && modem->is_open) {
        const char *at = profile->hello;

        while (*at != '\0') {
            size_t length = strcspn(at, "\n");

            sim_modem_urc(modem, "%.*s", (int)length, at);
            at += length;
            at += *at == '\n' ? 1 : 0;
        }
    }
    if (profile->chatter_ms > 0 && modem->make_timer == 0) {
        modem->make_timer = sim_timers_add(modem->sim->timers,
            (int64_t)profile->chatter_ms * 1000, on_chatter, modem);
    }
}

static bool is_own(const char *own, const char *command)
{
    return own != NULL && strncasecmp(own, command, strlen(own)) == 0;
}

bool sim_make_takes(
    struct sim_modem *modem, const char *command, struct sim_result *out)
{
    const struct sim_profile *profile = profile_of(modem);

    *out = SIM_RESULT_DONE;
    if (is_own(profile->reset, command)) {
        bool echo = modem->settings.echo;

        sim_modem_power(modem);
        modem->settings.echo = echo;
        return true;
    }
    if (is_own(profile->quiet, command)) {
        modem->made_quiet = true;
        return true;
    }
    if (is_own(profile->told_by, command)) {
        modem->told_where = true;
        return true;
    }
    if (is_among(profile->takes, command)) {
        return true;
    }
    *out = SIM_RESULT_ERROR;
    return is_among(profile->refuses, command);
}

bool sim_make_tells(const struct sim_modem *modem)
{
    const struct sim_profile *profile = profile_of(modem);

    return !profile->tells_nothing &&
           (profile->told_by == NULL || modem->told_where);
}

/* "(0,1,2),(0-3),…": the at-th group. */
bool sim_make_allows_cnmi(const struct sim_modem *modem, size_t at, int value)
{
    const char *group = profile_of(modem)->cnmi;

    for (size_t i = 0; group != NULL && i < at; i++) {
        group = strchr(group + 1, '(');
    }
    while (group != NULL && *group != '\0' && *group != ')') {
        char *end = NULL;
        long low = strtol(group + 1, &end, 10);
        long high = *end == '-' ? strtol(end + 1, &end, 10) : low;

        if (value >= low && value <= high) {
            return true;
        }
        group = end + strcspn(end, ",)");
    }
    return false;
}
