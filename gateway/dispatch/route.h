// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_DISPATCH_ROUTE_H
#define KABARI_DISPATCH_ROUTE_H

#include "config/config.h"
#include "outbox/outbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which SIM a message is for. Pure: modems as they stand, a message and the
 * prices in; a modem and the reason out.
 *
 * Of the SIMs that may carry it and can send, the cheapest: those of the
 * number's own operator, then by the table of costs. A reminder waits a while
 * for a cheaper SIM that is at work; an answer goes at once by the cheapest SIM
 * that is idle, and a conversation's by its own.
 */

enum route_use {
    ROUTE_ALL,
    ROUTE_BULK,    /* reminders; answers where nothing else can */
    ROUTE_ANSWERS, /* only those */
    ROUTE_TEST     /* only what names it */
};

/** "all", "bulk", "answers", "test"; ROUTE_ALL for anything else. */
enum route_use route_use_of(const char *word);

struct route_modem {
    const char *name;
    const char *operator_name; /* "" : not known */
    enum route_use use;
    bool answers; /* can send an answer now or soon */
    bool bulk;    /* can send a reminder now or soon: within its limits */
    bool idle;    /* nothing is in it */
    int outstanding;
    int64_t sent_today;
    const char *why_not; /* in words, where it cannot; "" : it can */
};

/** What an SMS costs between two operators, in rupiah. */
int route_cost(const struct config *config, const char *sim, const char *to);

/** True where that modem may carry that class, others being as they are. */
bool route_may_carry(const struct route_modem *modems, size_t count,
    size_t modem, enum msg_class class);

/** A modem asks for work of a class to an operator's numbers. */
struct route_ask {
    size_t modem;
    enum msg_class class;
    const char *to; /* OUTBOX_NO_OPERATOR where the number's is not known */
};

/** Whether that modem takes such messages. */
enum outbox_offer route_offer(const struct config *config,
    const struct route_modem *modems, size_t count,
    const struct route_ask *ask);

struct route_message {
    enum msg_class class;
    const char *to;           /* operator, or OUTBOX_NO_OPERATOR */
    const char *prefer_modem; /* "" : none */
    const char *only_modem;   /* "" : any */
    const char *prefer_until; /* it waits for that one, in words; "" : not */
    bool half_sent;           /* it waits also while that one cannot send */
    bool retried;             /* after another SIM could not */
};

struct route {
    int modem; /* index; -1: none can */
    char reason[240];
};

/** Where the message would go now. */
void route_choose(const struct config *config, const struct route_modem *modems,
    size_t count, const struct route_message *message, struct route *out);

#endif
