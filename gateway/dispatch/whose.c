// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "dispatch/dispatch_internal.h"
#include "dispatch/identity.h"

#include <stdio.h>
#include <string.h>

/*
 * Whose SIM is in a modem: none sends under another one's name.
 */

/* Another modem of which this SIM is known. */
static const char *owner_of(const struct modem *modem, const char *imsi)
{
    const struct modem *other = NULL;

    TAILQ_FOREACH (other, &modem->dispatch->modems, entry) {
        if (other != modem && *imsi != '\0' &&
            strcmp(other->seen.imsi, imsi) == 0) {
            return other->name;
        }
    }
    return "";
}

/* Another modem that has the same SIM or stick now, and had it first. */
static const char *twin_of(const struct modem *modem)
{
    const struct link_identity *mine = &modem->shown.identity;
    const struct modem *other = NULL;

    TAILQ_FOREACH (other, &modem->dispatch->modems, entry) {
        const struct link_identity *its = &other->shown.identity;
        enum link_state state = link_state(other->link);
        bool there = state == LINK_READY || state == LINK_NO_NETWORK;

        if (other != modem && there && other->fault[0] == '\0' &&
            ((*mine->imsi != '\0' && strcmp(mine->imsi, its->imsi) == 0) ||
                (*mine->imei != '\0' && strcmp(mine->imei, its->imei) == 0))) {
            return other->name;
        }
    }
    return "";
}

static void remember(struct modem *modem)
{
    const struct link_identity *identity = &modem->shown.identity;
    bool other_sim = strcmp(modem->seen.imsi, identity->imsi) != 0;

    if (other_sim && modem->seen.imsi[0] != '\0') {
        /* Credit, reports and the rest were the other SIM's. */
        modem->seen = (struct modem_seen){
            .credit_until_day = INT32_MIN, .report_percent = -1};
        modem->shown.credit_known = false;
        modem->silence = (struct silence){0};
        modem->balance_at_ms = 0;
    }
    (void)snprintf(
        modem->seen.imei, sizeof modem->seen.imei, "%s", identity->imei);
    (void)snprintf(
        modem->seen.imsi, sizeof modem->seen.imsi, "%s", identity->imsi);
    modem_keep(modem);
}

void modem_use_sim(struct modem *modem)
{
    const char *imsi = modem->shown.identity.imsi;

    if (*imsi == '\0') {
        imsi = modem->seen.imsi;
    }
    (void)snprintf(modem->sim, sizeof modem->sim, "%s",
        *imsi == '\0' ? modem->name : imsi);
    modem->counted_hour = -1; /* its limits are the SIM's */
}

void modem_identify(struct modem *modem)
{
    const struct link_identity *identity = &modem->shown.identity;
    char why[sizeof modem->fault] = "";
    struct identity_case it = {
        .name = modem->name,
        .imei = identity->imei,
        .imsi = identity->imsi,
        .seen_imei = modem->seen.imei,
        .seen_imsi = modem->seen.imsi,
        .config_imsi = modem->config->imsi,
        .owner = owner_of(modem, identity->imsi),
        .twin = twin_of(modem),
    };

    modem->fault[0] = '\0';
    switch (identity_judge(&it, why, sizeof why)) {
    case IDENTITY_SAME:
        break;
    case IDENTITY_STICK:
        modem_note(modem, "%s", why);
        log_warn("modem: another stick modem=%s why=%s", modem->name,
            log_quote(why).text);
        remember(modem);
        break;
    case IDENTITY_FIRST:
        remember(modem);
        break;
    case IDENTITY_OTHER:
        (void)snprintf(modem->fault, sizeof modem->fault, "%s", why);
        modem_error(modem, "%s", why);
        break;
    }
    modem_use_sim(modem);
}

enum kb_err dispatch_modem_accept(
    struct dispatch *dispatch, const char *name, struct why *why)
{
    struct modem *modem = dispatch_find(dispatch, name);
    const char *imsi = NULL;
    const char *twin = NULL;

    if (modem == NULL) {
        return KB_NOT_FOUND;
    }
    imsi = modem->shown.identity.imsi;
    twin = twin_of(modem);
    if (*imsi == '\0') {
        why_set(why,
            "the modem has not said which SIM is in it; wait until it "
            "is there, see kabari modem show %s",
            name);
        return KB_REFUSED;
    }
    if (*twin != '\0' || (*modem->config->imsi != '\0' &&
                             strcmp(modem->config->imsi, imsi) != 0)) {
        why_set(why, "%s", modem->fault);
        return KB_REFUSED;
    }
    remember(modem);
    modem->fault[0] = '\0';
    modem->shown.last_error[0] = '\0';
    modem_use_sim(modem);
    modem_note(modem, "its SIM was accepted by an operator");
    dispatch_kick(dispatch);
    return KB_OK;
}
