// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_OUTBOX_OUTBOX_H
#define KABARI_OUTBOX_OUTBOX_H

#include "base/clock.h"
#include "base/err.h"
#include "config/config.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The life of a message. Every change of state goes through one transition
 * table as a compare-and-set, and is committed before its effect
 * (store_after_commit is the caller's part).
 *
 *   held ⇄ queued → claimed → submitting → sent → delivered | undelivered
 *
 * 0 lost, 0 automatic duplicates, at most one unknown per modem and crash.
 */

struct outbox;

enum msg_state {
    MSG_HELD,
    MSG_QUEUED,
    MSG_CLAIMED, /* internal; shown as queued */
    MSG_SUBMITTING,
    MSG_SENT,
    MSG_DELIVERED,
    MSG_UNDELIVERED,
    MSG_FAILED,
    MSG_EXPIRED,
    MSG_CANCELLED,
    MSG_UNKNOWN,
    MSG_STATE_COUNT
};

/** The word in the store; msg_state_shown() says "queued" for claimed. */
const char *msg_state_name(enum msg_state state);
const char *msg_state_shown(enum msg_state state);
/** KB_OK or KB_INVALID. */
KB_MUST_USE enum kb_err msg_state_parse(const char *name, enum msg_state *out);

enum msg_class {
    MSG_REPLY,
    MSG_NORMAL,
    MSG_BULK
};

const char *msg_class_name(enum msg_class class);
KB_MUST_USE enum kb_err msg_class_parse(const char *name, enum msg_class *out);

KB_MUST_USE enum kb_err outbox_open(
    struct store *store, const struct clock *clock, struct outbox **out);
void outbox_close(struct outbox *outbox);

/** By whose prefixes messages are kept apart, where the SIMs are of different
 *  operators. Borrowed until the next call; NULL: not at all. */
void outbox_use(struct outbox *outbox, const struct config *config);
/** True where the number's operator makes a difference. */
bool outbox_routes(const struct outbox *outbox);

/** A message to be sent; texts are borrowed. */
struct outbox_new {
    int64_t id;        /* 0: the next one; else it was taken before, under an id
                          that is kept for it, and may be late by now */
    const char *phone; /* normalised (phone_normalise) or a short code */
    const char *text;  /* valid UTF-8, at most TEXT_MAX_PARTS segments */
    enum msg_class class;
    int urgency;           /* smaller goes first within its class */
    int64_t due_at_ms;     /* 0: now */
    int64_t expires_at_ms; /* 0: never */
    int64_t campaign_id;   /* 0: none */
    int step;
    int64_t inbound_id;       /* what it answers; 0: nothing */
    const char *ref;          /* may be NULL */
    const char *prefer_modem; /* may be NULL: the SIM of the conversation */
    const char *only_modem;   /* may be NULL: no other may send it */
    const char *hold_reason;  /* not NULL: held, with this reason */
};

/** Whether outbox_accept() takes it as it is written: KB_OK or KB_INVALID. */
KB_MUST_USE enum kb_err outbox_check(const struct outbox *outbox,
    const struct outbox_new *message, struct why *why);

/** Puts a message into the queue (or holds it). A reminder prefers the SIM that
 *  its phone was told by last, without waiting for it. KB_OK, KB_INVALID for a
 *  text or phone that no SMS can carry, KB_FULL, KB_BUSY, KB_DB. */
KB_MUST_USE enum kb_err outbox_accept(struct outbox *outbox,
    const struct outbox_new *message, int64_t *id, struct why *why);

/** A message's row; free with outbox_message_clear(). */
struct outbox_message {
    int64_t id;
    enum msg_state state;
    enum msg_class class;
    char phone[24];
    char *text;
    char *ref;
    char reason[160];
    char modem[32];
    int64_t campaign_id;
    int step;
    int64_t inbound_id;
    int64_t created_at_ms;
    int64_t next_at_ms;
    int64_t expires_at_ms; /* 0: never */
    int64_t settled_at_ms; /* 0: not yet */
    int attempts;          /* of the part that is due, or was last */
    int parts;             /* 0: not yet split */
    char only_modem[32];   /* no other may send it; "" : any may */
    char prefer_modem[32]; /* it waits for that one until then; "" : for none */
    int64_t prefer_until_ms;
};

void outbox_message_clear(struct outbox_message *message);

KB_MUST_USE enum kb_err outbox_get(
    struct outbox *outbox, int64_t id, struct outbox_message *out);

struct outbox_part {
    int part;
    char state[16];
    char modem[32];
    int tp_mr; /* -1: none */
    int tp_st; /* -1: no report */
    int attempt;
    int64_t submitted_at_ms;
    int64_t sent_at_ms;     /* 0: not */
    int64_t reported_at_ms; /* 0: not */
};
/** A message's parts; at most TEXT_MAX_PARTS. */
KB_MUST_USE enum kb_err outbox_parts(struct outbox *outbox, int64_t id,
    struct outbox_part *out, size_t most, size_t *count);

/** Newest first; filters that are NULL or 0 are left out. */
struct outbox_filter {
    const char *state; /* as shown: "queued" includes claimed */
    const char *phone;
    int64_t campaign_id;
    const char *reach; /* registry.h: phones of people in it */
    int64_t before_id; /* cursor: only ids below it */
    int64_t from_id;   /* only ids from it on: bounds what is looked through
                          (not with phone, which is quick) */
    int limit;         /* 0: all */
};

/** The highest id that a message has; 0: there is none. */
KB_MUST_USE enum kb_err outbox_last_id(struct outbox *outbox, int64_t *out);

typedef void outbox_list_fn(void *arg, const struct outbox_message *message);
KB_MUST_USE enum kb_err outbox_list(struct outbox *outbox,
    const struct outbox_filter *filter, outbox_list_fn *fn, void *arg);

/** How many messages of a campaign (0: of all) are in each state; claimed is
 *  counted as queued. */
struct outbox_counts {
    int64_t n[MSG_STATE_COUNT];
};
KB_MUST_USE enum kb_err outbox_counts(
    struct outbox *outbox, int64_t campaign_id, struct outbox_counts *out);

/* --- what staff may do ------------------------------------------------ */

/** queued, held → cancelled. KB_REFUSED (with why) in other states. */
KB_MUST_USE enum kb_err outbox_cancel(
    struct outbox *outbox, int64_t id, const char *reason, struct why *why);

/** failed, expired, undelivered, unknown, cancelled → queued again: for an
 *  operator only, and audited by the caller. */
KB_MUST_USE enum kb_err outbox_retry(
    struct outbox *outbox, int64_t id, struct why *why);

/** unknown → sent, failed or queued again, as an operator says; audited by the
 *  caller. KB_REFUSED (with why) for a message that is not unknown any more. */
KB_MUST_USE enum kb_err outbox_settle_unknown(
    struct outbox *outbox, int64_t id, enum msg_state to, struct why *why);

/* --- campaigns -------------------------------------------------------- */

/** A campaign that would rather tell twice than not at all. */
struct outbox_resend {
    int64_t campaign_id;
    int64_t before_ms; /* no part of it was submitted since */
};
/** The next of its messages that are still unknown → queued again, each once,
 *  and none whose time is over; audited by the caller. KB_OK with the id, or
 *  KB_NOT_FOUND when there is none (left). */
KB_MUST_USE enum kb_err outbox_resend_next(
    struct outbox *outbox, const struct outbox_resend *resend, int64_t *id);

/** Which of a campaign's messages go where. */
struct outbox_campaign_move {
    int64_t campaign_id;
    enum msg_state from; /* queued or held */
    enum msg_state to;   /* held, queued, cancelled or expired */
    const char *reason;
    int limit; /* a slice: the most at once */
};
/** `moved` is below the limit when all are done. */
KB_MUST_USE enum kb_err outbox_move_campaign(
    struct outbox *outbox, const struct outbox_campaign_move *move, int *moved);

/** A campaign's deadline was moved: its bulk messages that have not left,
 *  behind `after` and up to `upto` by id, live until then; an urgency of
 *  urgency_step and more becomes urgency_base plus its rest by urgency_step.
 *  Doing it twice does no more. */
struct outbox_redate {
    int64_t campaign_id;
    int64_t after;
    int64_t upto;
    int64_t expires_at_ms;
    int urgency_base;
    int urgency_step;
};
KB_MUST_USE enum kb_err outbox_redate_campaign(
    struct outbox *outbox, const struct outbox_redate *redate);

/** Replaces the text of a message that is held, queued or claimed. */
KB_MUST_USE enum kb_err outbox_retext(
    struct outbox *outbox, int64_t id, const char *text);

/** Moves one claimed, queued or held message: to held, queued (no earlier than
 *  next_at_ms), cancelled or expired, with a reason. From held to held only the
 *  reason changes. */
KB_MUST_USE enum kb_err outbox_move(struct outbox *outbox, int64_t id,
    enum msg_state to, int64_t next_at_ms, const char *reason);

/* --- dispatch --------------------------------------------------------- */

/**
 * Claims the next due message so that no other modem sends it: answers before
 * normal before bulk, by urgency, then oldest first.
 *
 * @param least   the least urgent class that may be claimed now.
 * @param modem   borrowed; messages that prefer another modem are left to it
 *                until prefer_until_ms. Of reminders that are as urgent it
 *                gets first those that prefer it.
 * @param out     filled on KB_OK; free with outbox_message_clear().
 * @return        KB_OK, KB_NOT_FOUND when nothing is due, KB_BUSY, KB_DB.
 */
KB_MUST_USE enum kb_err outbox_claim(struct outbox *outbox, const char *modem,
    enum msg_class least, struct outbox_message *out);

/** Whether a modem takes messages to an operator's numbers. */
enum outbox_offer {
    OUTBOX_TAKE,  /* it is the best there is */
    OUTBOX_SPILL, /* only what has waited long enough for a better one */
    OUTBOX_LEAVE
};

/** Stands for the operator of numbers that have none that is known. */
#define OUTBOX_NO_OPERATOR "?"

struct outbox_offer_to {
    const char *operator_name;
    enum outbox_offer offer;
};

struct outbox_claim {
    const char *modem;
    enum msg_class first; /* the most urgent class that it takes */
    enum msg_class least;
    /** ",m1,m2,": those that can send now; a conversation's message waits for
     *  its SIM only while it is among them, a half-sent one also while it is
     *  not. NULL: it waits. */
    const char *usable;
    /** By class: what the modem takes; what is not here it takes. */
    const struct outbox_offer_to *offers[MSG_BULK + 1];
    size_t offer_count;
    int64_t spill_ms; /* how long a message waits for a better SIM */
    bool pinned_only; /* only what names this modem */
};
/** As outbox_claim(), for SIMs that differ. */
KB_MUST_USE enum kb_err outbox_claim_by(struct outbox *outbox,
    const struct outbox_claim *claim, struct outbox_message *out);

/** The most urgent class of which anything is queued, due or not: cheap, so
 *  that 200 modems need not look one by one. KB_NOT_FOUND: nothing is. */
KB_MUST_USE enum kb_err outbox_first_queued(
    struct outbox *outbox, enum msg_class *first);

/** claimed → submitting for one part. Commit, then hand it to the worker. */
struct outbox_submit {
    int64_t id;
    int part;  /* 1.. */
    int parts; /* of the whole message */
    const char *phone;
    const char *modem;
    const char *sim; /* IMSI, else the modem's name */
    int expected_mr; /* -1: not known */
};
KB_MUST_USE enum kb_err outbox_submitting(
    struct outbox *outbox, const struct outbox_submit *submit);

enum outbox_verdict {
    OUTBOX_SENT,      /* accepted by the network, with its TP-MR */
    OUTBOX_RETRY,     /* not sent: queued again, no earlier than next_at_ms */
    OUTBOX_GIVE_BACK, /* as retry, but no attempt is counted */
    OUTBOX_FAILED,    /* for good */
    OUTBOX_UNKNOWN
};

struct outbox_result {
    int64_t id;
    int part;
    const char *modem;
    const char *sim; /* as with outbox_submitting(); NULL: the modem's name */
    enum outbox_verdict verdict;
    int parts; /* of the message, where known: 1 saves counting them; 0 */
    int tp_mr; /* -1: none */
    int64_t next_at_ms;
    const char *reason;
    const char *prefer; /* the modem that is to try it next; NULL: any */
    int64_t prefer_until_ms;
};
/** submitting → what the worker brought. With parts left and OUTBOX_SENT the
 *  message goes back to claimed: submit the next part. `more` says so; may be
 *  NULL. */
KB_MUST_USE enum kb_err outbox_settle(
    struct outbox *outbox, const struct outbox_result *result, bool *more);

/** The parts that still have to be submitted: the first one not yet sent. */
KB_MUST_USE enum kb_err outbox_next_part(
    struct outbox *outbox, int64_t id, int *part);

struct outbox_report {
    const char *modem;
    const char *sim; /* as with outbox_submitting() */
    const char *to;
    int tp_mr;
    int tp_st;
};
/**
 * A status report: first a sent part with the same SIM, number and TP-MR
 * (newest first), then the newest unknown with the same SIM and number, where
 * the expected TP-MR only breaks ties. One that matches nothing is kept for a
 * +CMGS that may still come. Idempotent.
 *
 * @param message_id  0 where nothing matched.
 */
KB_MUST_USE enum kb_err outbox_report(struct outbox *outbox,
    const struct outbox_report *report, int64_t *message_id);

/** Expires up to `limit` queued and held messages whose time is over. */
KB_MUST_USE enum kb_err outbox_expire(
    struct outbox *outbox, int limit, int *expired);

/** At start: claimed → queued, submitting → unknown. */
KB_MUST_USE enum kb_err outbox_recover(
    struct outbox *outbox, int *requeued, int *unknown);

/** Takes away up to `limit` of the oldest messages that are settled and older
 *  than an instant (retention.messages_days); the counts stay. */
KB_MUST_USE enum kb_err outbox_purge(
    struct outbox *outbox, int64_t before_ms, int limit, int *purged);

/** Gives back all that a modem has claimed: it cannot send now. */
KB_MUST_USE enum kb_err outbox_unclaim(
    struct outbox *outbox, const char *modem);

/** A SIM's local hours (outbox_hour_of()), both ends counted. */
struct outbox_hours {
    const char *sim;
    const char *modem; /* what it sent before its IMSI was known counts too */
    int64_t from;
    int64_t to;
};

/** Parts that a SIM submitted in those hours. */
KB_MUST_USE enum kb_err outbox_sent_between(
    struct outbox *outbox, const struct outbox_hours *hours, int *count);
/** The hour's number of an instant. */
int64_t outbox_hour_of(int64_t at_ms);

#endif
