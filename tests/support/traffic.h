// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_TESTS_SUPPORT_TRAFFIC_H
#define KABARI_TESTS_SUPPORT_TRAFFIC_H

#include "tests/support/bed.h"

/*
 * Messages for flow tests of faults. Each goes to a made-up number of its own,
 * so that the simulator's ledger tells them apart whatever the gateway says:
 * traffic_phone(i) is the number of message i.
 */

/** Watchdog budgets that a test can wait for. */
#define TRAFFIC_BUDGETS                                                        \
    "budgets = { init_s = 6; send_s = 2; scan_s = 6; ussd_s = 3; "             \
    "other_s = 3; };"

/** "+6281200…" of message i, 0 to 999; out has 24 bytes. */
void traffic_phone(int i, char *out);

/** Puts message i into the queue: one SMS of normal priority.
 *  @return its id. */
int64_t traffic_send(struct bed *bed, int i);
/** The same with a text of one's own. */
int64_t traffic_send_text(struct bed *bed, int i, const char *text);
/** Messages first … first + count - 1. */
void traffic_send_many(struct bed *bed, int first, int count);

/** True where the message is in that state. */
bool traffic_is(struct bed *bed, int64_t id, const char *state);
/** As traffic_is of message i by its number: the newest one that it got. */
bool traffic_number_is(struct bed *bed, int i, const char *state);
/** How many of all messages are past waiting: not held, queued, submitting. */
int64_t traffic_settled(struct bed *bed);

/** How often the network accepted message i, whatever the gateway says. */
int traffic_accepted(struct bed *bed, int i);

/**
 * The promise, by the ledger: of messages 0 … count - 1 none was accepted
 * twice; one that was not accepted is unknown or failed in the store; one that
 * counts as sent or delivered was accepted, and its TP-MR is the network's.
 */
void traffic_judge(struct bed *bed, int count);

/** True where GET modems/NAME shows that state. */
bool traffic_modem_is(struct bed *bed, const char *name, const char *state);
/** Ready or sending. */
bool traffic_modem_works(struct bed *bed, const char *name);
/** One of pause, resume, reset. */
void traffic_modem(struct bed *bed, const char *name, const char *action);
/** How many messages the network took from that modem. */
int traffic_accepted_by(struct bed *bed, const char *modem);

/** Switches a fault of the simulator on: its name and further members, such as
 *  "\"fault\":\"hang:prompt\"". */
void traffic_fault(struct bed *bed, const char *modem, const char *members);
/** True once no fault of that modem is left to strike. */
bool traffic_struck(struct bed *bed, const char *modem);
/** True while a message is on its way through the network; only of use where
 *  plain commands take no time (--command-ms 0). */
bool traffic_in_flight(struct bed *bed, const char *modem);
/** The ledger's events of a kind of one modem. */
int traffic_events(struct bed *bed, const char *modem, const char *event);

/** Where a fault may strike a submit, and what may become of its message. */
struct traffic_stage {
    const char *fault; /* the request's members */
    bool resent;       /* provably not sent: it goes out all the same */
    int accepted;      /* how often the network may have it */
};

/** Ten messages, first …, go out through m1 and m2; one of m1's meets the
 *  fault. It never holds up the rest, and nobody hears it twice. */
void traffic_meet(
    struct bed *bed, const struct traffic_stage *stage, int first);

/** POSTs message i. @return the status, 0 where no answer came; Retry-After goes to retry_after_s,
 *  which may be NULL. */
int traffic_try_post(struct bed *bed, int i, int *retry_after_s);

/** Another program holds the database, until it is released. */
struct sqlite3 *traffic_hold_database(struct bed *bed);
void traffic_release_database(struct sqlite3 *db);

/** The worker of that modem, a child of kabarid; 0: none runs. */
pid_t traffic_worker(struct bed *bed, const char *name);

#endif
