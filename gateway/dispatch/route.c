// SPDX-License-Identifier: GPL-2.0-or-later
#include "dispatch/route.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum route_use route_use_of(const char *word)
{
    static const char *const words[] = {
        [ROUTE_ALL] = "all",
        [ROUTE_BULK] = "bulk",
        [ROUTE_ANSWERS] = "answers",
        [ROUTE_TEST] = "test",
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i], word) == 0) {
            return (enum route_use)i;
        }
    }
    return ROUTE_ALL;
}

int route_cost(const struct config *config, const char *sim, const char *to)
{
    int other = -1;

    for (size_t i = 0; i < config->cost_count; i++) {
        const struct config_cost *cost = &config->costs[i];

        if (strcmp(cost->sim, sim) == 0 && strcmp(cost->to, to) == 0) {
            return cost->rupiah;
        }
        if (strcmp(cost->sim, sim) == 0 && *cost->to == '\0') {
            other = cost->rupiah;
        }
    }
    if (other >= 0) {
        return other;
    }
    return *sim != '\0' && strcmp(sim, to) == 0 ? 0 : config->plan_price_rp;
}

/* --- who may ---------------------------------------------------------------- */

static bool is_up(const struct route_modem *modem, enum msg_class class)
{
    return class == MSG_REPLY ? modem->answers : modem->bulk;
}

/* True where a SIM that is meant for answers can send one. */
static bool answers_have_a_sim(const struct route_modem *modems, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (modems[i].answers &&
            (modems[i].use == ROUTE_ALL || modems[i].use == ROUTE_ANSWERS)) {
            return true;
        }
    }
    return false;
}

bool route_may_carry(const struct route_modem *modems, size_t count,
    size_t modem, enum msg_class class)
{
    switch (modems[modem].use) {
    case ROUTE_ALL:
        return true;
    case ROUTE_BULK:
        return class != MSG_REPLY || !answers_have_a_sim(modems, count);
    case ROUTE_ANSWERS:
        return class == MSG_REPLY;
    case ROUTE_TEST:
        break;
    }
    return false;
}

enum outbox_offer route_offer(const struct config *config,
    const struct route_modem *modems, size_t count, const struct route_ask *ask)
{
    const struct route_modem *asks = &modems[ask->modem];
    int mine = route_cost(config, asks->operator_name, ask->to);

    if (!route_may_carry(modems, count, ask->modem, ask->class)) {
        return OUTBOX_LEAVE;
    }
    for (size_t i = 0; i < count; i++) {
        const struct route_modem *other = &modems[i];
        int cost = 0;

        if (i == ask->modem || !is_up(other, ask->class) ||
            !route_may_carry(modems, count, i, ask->class)) {
            continue;
        }
        cost = route_cost(config, other->operator_name, ask->to);
        /* An answer goes at once: by whoever is idle, the cheapest first. */
        if (ask->class == MSG_REPLY && other->idle &&
            (cost < mine || !asks->idle)) {
            return OUTBOX_LEAVE;
        }
        if (ask->class != MSG_REPLY && cost < mine) {
            return OUTBOX_SPILL;
        }
    }
    return OUTBOX_TAKE;
}

/* --- where it would go ------------------------------------------------------ */

static int find(
    const struct route_modem *modems, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(modems[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* Cheaper first, then who wrote to that phone last, then less to do, then less
   used today. */
static bool is_better(const struct config *config,
    const struct route_message *message, const struct route_modem *a,
    const struct route_modem *b)
{
    int cost_a = route_cost(config, a->operator_name, message->to);
    int cost_b = route_cost(config, b->operator_name, message->to);
    bool own = strcmp(a->name, message->prefer_modem) == 0;

    if (cost_a != cost_b) {
        return cost_a < cost_b;
    }
    if (own || strcmp(b->name, message->prefer_modem) == 0) {
        return own;
    }
    if (a->outstanding != b->outstanding) {
        return a->outstanding < b->outstanding;
    }
    return a->sent_today < b->sent_today;
}

static void only(const struct route_modem *modems, size_t count,
    const struct route_message *message, struct route *out)
{
    int i = find(modems, count, message->only_modem);

    if (i < 0) {
        (void)snprintf(out->reason, sizeof out->reason,
            "it names modem %s, and there is none", message->only_modem);
    } else if (!is_up(&modems[i], message->class)) {
        (void)snprintf(out->reason, sizeof out->reason, "it names modem %s: %s",
            message->only_modem, modems[i].why_not);
    } else {
        out->modem = i;
        (void)snprintf(out->reason, sizeof out->reason, "it names modem %s",
            message->only_modem);
    }
}

/* As claiming has it (outbox_store.c): for which modem it waits, or NULL. */
static const struct route_modem *awaited(const struct route_modem *modems,
    size_t count, const struct route_message *message)
{
    int i = *message->prefer_until == '\0'
                ? -1
                : find(modems, count, message->prefer_modem);

    return i >= 0 && (modems[i].answers || message->half_sent) ? &modems[i]
                                                               : NULL;
}

static void say_awaited(const struct route_modem *modem,
    const struct route_message *message, struct route *out)
{
    static const char half[] = "its first parts went out by that SIM, and a "
                               "phone puts no text together from two numbers";
    const char *what = message->half_sent ? half
                       : message->retried ? "the SIM that is to try it next"
                                          : "the SIM of the conversation";

    if (*modem->why_not == '\0') {
        (void)snprintf(out->reason, sizeof out->reason,
            "it waits for %s until %s: %s", modem->name, message->prefer_until,
            what);
    } else {
        (void)snprintf(out->reason, sizeof out->reason,
            "it waits for %s until %s: %s; that modem is %s", modem->name,
            message->prefer_until, what, modem->why_not);
    }
}

static void say_why(const struct route_modem *chosen,
    const struct route_message *message, struct route *out)
{
    if (strcmp(chosen->name, message->prefer_modem) == 0) {
        (void)snprintf(out->reason, sizeof out->reason,
            "%s: the SIM that wrote to this phone last", chosen->name);
    } else if (strcmp(chosen->operator_name, message->to) == 0) {
        (void)snprintf(out->reason, sizeof out->reason,
            "%s: a SIM of the number's operator %s", chosen->name, message->to);
    } else {
        (void)snprintf(out->reason, sizeof out->reason,
            "%s: the cheapest SIM that can send now", chosen->name);
    }
}

void route_choose(const struct config *config, const struct route_modem *modems,
    size_t count, const struct route_message *message, struct route *out)
{
    const struct route_modem *its = awaited(modems, count, message);
    const char *why_not = "no modem is configured";

    *out = (struct route){.modem = -1};
    if (*message->only_modem != '\0') {
        only(modems, count, message, out);
        return;
    }
    if (its != NULL) {
        out->modem = is_up(its, message->class) ? (int)(its - modems) : -1;
        say_awaited(its, message, out);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_up(&modems[i], message->class)) {
            why_not = modems[i].why_not;
        } else if (route_may_carry(modems, count, i, message->class) &&
                   (out->modem < 0 || is_better(config, message, &modems[i],
                                          &modems[out->modem]))) {
            out->modem = (int)i;
        }
    }
    if (out->modem >= 0) {
        say_why(&modems[out->modem], message, out);
    } else {
        (void)snprintf(
            out->reason, sizeof out->reason, "no SIM can: %s", why_not);
    }
}
