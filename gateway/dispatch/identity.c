// SPDX-License-Identifier: GPL-2.0-or-later
#include "dispatch/identity.h"

#include <stdio.h>
#include <string.h>

/* Enough to tell SIMs apart, and no more than that. */
static const char *tail(const char *digits)
{
    size_t length = strlen(digits);

    return digits + (length > 4 ? length - 4 : 0);
}

/* Not the one that the configuration names; where the IMSI is not told nobody
 * can say. */
static bool against_config(const struct identity_case *it)
{
    return *it->config_imsi != '\0' && *it->imsi != '\0' &&
           strcmp(it->imsi, it->config_imsi) != 0;
}

static enum identity_verdict other_sim(
    const struct identity_case *it, char *why, size_t bytes)
{
    bool by_card = *it->imsi == '\0';
    const char *now = tail(by_card ? it->iccid : it->imsi);
    const char *before = tail(by_card ? it->seen_iccid : it->seen_imsi);

    if (*it->twin != '\0') {
        (void)snprintf(why, bytes,
            "modem %s has this SIM or stick too: two names for one; mend the "
            "devices in the configuration",
            it->twin);
    } else if (against_config(it)) {
        (void)snprintf(why, bytes,
            "the SIM ..%s is not the one that the configuration names (..%s); "
            "put that one in, or correct modems[].imsi",
            now, tail(it->config_imsi));
    } else if (*it->owner != '\0') {
        (void)snprintf(why, bytes,
            "the SIM ..%s is modem %s's: ports or SIMs were swapped; swap them "
            "back, or: kabari modem accept %s",
            now, it->owner, it->name);
    } else {
        (void)snprintf(why, bytes,
            "another SIM (..%s) than before (..%s); if it belongs there: kabari "
            "modem accept %s",
            now, before, it->name);
    }
    return IDENTITY_OTHER;
}

/* Where the IMSI is not told. */
static enum identity_verdict judge_card(
    const struct identity_case *it, char *why, size_t bytes)
{
    if (*it->iccid == '\0' || strcmp(it->iccid, it->seen_iccid) == 0) {
        return IDENTITY_SAME; /* or a modem that does not tell */
    }
    if (*it->seen_iccid != '\0' || *it->owner != '\0') {
        return other_sim(it, why, bytes);
    }
    return *it->seen_imsi == '\0' ? IDENTITY_FIRST : IDENTITY_SAME;
}

enum identity_verdict identity_judge(
    const struct identity_case *it, char *why, size_t bytes)
{
    why[0] = '\0';
    if (*it->twin != '\0') {
        return other_sim(it, why, bytes);
    }
    if (*it->imsi == '\0') {
        return judge_card(it, why, bytes);
    }
    if (against_config(it)) {
        return other_sim(it, why, bytes);
    }
    if (*it->config_imsi == '\0' && strcmp(it->imsi, it->seen_imsi) != 0 &&
        (*it->seen_imsi != '\0' || *it->owner != '\0')) {
        return other_sim(it, why, bytes);
    }
    if (strcmp(it->imsi, it->seen_imsi) != 0) {
        return IDENTITY_FIRST;
    }
    if (*it->imei != '\0' && *it->seen_imei != '\0' &&
        strcmp(it->imei, it->seen_imei) != 0) {
        (void)snprintf(why, bytes,
            "its SIM is in another stick (IMEI ..%s, was ..%s)", tail(it->imei),
            tail(it->seen_imei));
        return IDENTITY_STICK;
    }
    return IDENTITY_SAME;
}

bool identity_may_accept(const struct identity_case *it)
{
    return *it->twin == '\0' && !against_config(it);
}
