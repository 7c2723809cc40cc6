// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "dispatch/dispatch_internal.h"
#include "dispatch/identity.h"

#include <stdio.h>
#include <string.h>

/*
 * Whose SIM is in a modem: none sends under another one's name.
 */

static bool same(const char *a, const char *b)
{
    return *a != '\0' && strcmp(a, b) == 0;
}

/* Another modem of which this SIM is known. */
static const char *owner_of(const struct modem *modem)
{
    const struct link_identity *mine = &modem->shown.identity;
    const struct modem *other = NULL;

    TAILQ_FOREACH (other, &modem->dispatch->modems, entry) {
        if (other != modem && (same(mine->imsi, other->seen.imsi) ||
                                  (*mine->imsi == '\0' &&
                                      same(mine->iccid, other->seen.iccid)))) {
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
            (same(mine->imsi, its->imsi) || same(mine->iccid, its->iccid) ||
                same(mine->imei, its->imei))) {
            return other->name;
        }
    }
    return "";
}

static void remember(struct modem *modem)
{
    const struct link_identity *identity = &modem->shown.identity;
    bool by_card = identity->imsi[0] == '\0';
    const char *before = by_card ? modem->seen.iccid : modem->seen.imsi;
    const char *now = by_card ? identity->iccid : identity->imsi;

    if (*before != '\0' && strcmp(before, now) != 0) {
        /* Credit, reports and the rest were the other SIM's. */
        modem->seen = (struct modem_seen){
            .credit_until_day = INT32_MIN, .report_percent = -1};
        modem->shown.credit_known = false;
        modem->silence = (struct silence){0};
        modem->balance_at_ms = 0;
    }
    if (identity->imei[0] != '\0') {
        (void)snprintf(
            modem->seen.imei, sizeof modem->seen.imei, "%s", identity->imei);
    }
    if (!by_card) {
        (void)snprintf(
            modem->seen.imsi, sizeof modem->seen.imsi, "%s", identity->imsi);
    }
    if (identity->iccid[0] != '\0') {
        (void)snprintf(
            modem->seen.iccid, sizeof modem->seen.iccid, "%s", identity->iccid);
    }
    modem_keep(modem);
}

void modem_use_sim(struct modem *modem)
{
    const char *sim = modem->shown.identity.imsi;

    if (*sim == '\0' && modem->fault[0] == '\0') {
        sim = modem->seen.imsi; /* it did not tell this time */
    }
    if (*sim == '\0') {
        sim = modem->shown.identity.iccid;
    }
    (void)snprintf(
        modem->sim, sizeof modem->sim, "%s", *sim == '\0' ? modem->name : sim);
    modem->counted_hour = -1; /* its limits are the SIM's */
}

static struct identity_case case_of(const struct modem *modem)
{
    const struct link_identity *identity = &modem->shown.identity;

    return (struct identity_case){
        .name = modem->name,
        .imei = identity->imei,
        .imsi = identity->imsi,
        .iccid = identity->iccid,
        .seen_imei = modem->seen.imei,
        .seen_imsi = modem->seen.imsi,
        .seen_iccid = modem->seen.iccid,
        .config_imsi = modem->config->imsi,
        .owner = owner_of(modem),
        .twin = twin_of(modem),
    };
}

/* So that an operator sees what accepting it would mean. */
static void show_other_sim(struct modem *modem, const struct identity_case *it)
{
    bool by_card = *it->imsi == '\0';

    (void)snprintf(modem->shown.other_sim.now,
        sizeof modem->shown.other_sim.now, "%s",
        by_card ? it->iccid : it->imsi);
    (void)snprintf(modem->shown.other_sim.before,
        sizeof modem->shown.other_sim.before, "%s",
        by_card ? it->seen_iccid : it->seen_imsi);
    (void)snprintf(modem->shown.other_sim.owner,
        sizeof modem->shown.other_sim.owner, "%s", it->owner);
}

/* Nothing is said against its SIM. */
static void clear_fault(struct modem *modem)
{
    modem->fault[0] = '\0';
    memset(&modem->shown.other_sim, 0, sizeof modem->shown.other_sim);
}

void modem_identify(struct modem *modem)
{
    const struct link_identity *identity = &modem->shown.identity;
    char why[sizeof modem->fault] = "";
    struct identity_case it = case_of(modem);

    clear_fault(modem);
    switch (identity_judge(&it, why, sizeof why)) {
    case IDENTITY_SAME:
        if (*identity->imsi != '\0' && *identity->iccid != '\0' &&
            strcmp(identity->iccid, modem->seen.iccid) != 0) {
            remember(modem); /* so that it is known without its IMSI, too */
        }
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
        if (identity_may_accept(&it)) {
            show_other_sim(modem, &it);
        }
        break;
    }
    modem_use_sim(modem);
}

enum kb_err dispatch_modem_accept(
    struct dispatch *dispatch, const char *name, struct why *why)
{
    struct modem *modem = dispatch_find(dispatch, name);
    struct identity_case it;

    if (modem == NULL) {
        return KB_NOT_FOUND;
    }
    it = case_of(modem);
    if (*it.imsi == '\0' && *it.iccid == '\0') {
        why_set(why,
            "the modem has not said which SIM is in it; wait until it "
            "is there, see kabari modem show %s",
            name);
        return KB_REFUSED;
    }
    if (!identity_may_accept(&it)) {
        why_set(why, "%s", modem->fault);
        return KB_REFUSED;
    }
    remember(modem);
    clear_fault(modem);
    modem->shown.last_error[0] = '\0';
    modem->shown.last_error_at_ms = 0;
    modem_use_sim(modem);
    modem_note(modem, "its SIM was accepted by an operator");
    dispatch_kick(dispatch);
    return KB_OK;
}
