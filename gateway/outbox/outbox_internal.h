// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_OUTBOX_OUTBOX_INTERNAL_H
#define KABARI_OUTBOX_OUTBOX_INTERNAL_H

#include "outbox/outbox.h"

/* The last digits by which reports find their message: modems and networks
 * write the country code in different ways. */
#define PHONE_TAIL 8

struct outbox {
    struct store *store;
    const struct clock *clock;
    const struct config *config; /* may be NULL: no operators are known */
    bool routes;                 /* the SIMs differ by operator */
    bool any_routed;             /* rows with an operator may be queued */
    bool any_pinned;             /* rows for one modem may be queued */
    bool any_sticky;             /* reminders that prefer one may be queued */
    sqlite3_stmt *insert;
    sqlite3_stmt *get;
    sqlite3_stmt *list;
    sqlite3_stmt *list_phone;
    sqlite3_stmt *last_id;
    sqlite3_stmt *counts;
    sqlite3_stmt *counts_all;
    sqlite3_stmt *move;
    sqlite3_stmt *move_campaign;
    sqlite3_stmt *redate;
    sqlite3_stmt *retext;
    sqlite3_stmt *urgency_next;
    sqlite3_stmt *claim_find;
    sqlite3_stmt *operator_next;
    sqlite3_stmt *operator_urgency;
    sqlite3_stmt *operator_find;
    sqlite3_stmt *pinned_find;
    sqlite3_stmt *sticky_find;
    sqlite3_stmt *sticky_modem;
    sqlite3_stmt *first_any;
    sqlite3_stmt *first_routed;
    sqlite3_stmt *first_pinned;
    sqlite3_stmt *any_routed_row;
    sqlite3_stmt *claim_take;
    sqlite3_stmt *submitting;
    sqlite3_stmt *settle;
    sqlite3_stmt *expire;
    sqlite3_stmt *purge;
    sqlite3_stmt *unclaim;
    sqlite3_stmt *recover_parts;
    sqlite3_stmt *recover_messages;
    sqlite3_stmt *part_put;
    sqlite3_stmt *part_settle;
    sqlite3_stmt *part_list;
    sqlite3_stmt *part_sent_count;
    sqlite3_stmt *part_retry;
    sqlite3_stmt *part_settle_unknown;
    sqlite3_stmt *list_unknown;
    sqlite3_stmt *resend_find;
    sqlite3_stmt *resend_mark;
    sqlite3_stmt *day_add;
    sqlite3_stmt *day_get;
    sqlite3_stmt *report_sent;
    sqlite3_stmt *report_again;
    sqlite3_stmt *report_unknown;
    sqlite3_stmt *report_part;
    sqlite3_stmt *report_sum;
    sqlite3_stmt *early_put;
    sqlite3_stmt *early_trim;
    sqlite3_stmt *early_find;
    sqlite3_stmt *early_drop;
};

/** Whether the state diagram has that arrow. */
bool msg_may_move(enum msg_state from, enum msg_state to);

/** True where nothing is left to do by itself. */
bool msg_is_final(enum msg_state state);

/** A row of MESSAGE_COLUMNS; free with outbox_message_clear(). */
void outbox_read_message(sqlite3_stmt *row, struct outbox_message *out);
KB_MUST_USE enum kb_err outbox_state_of(
    struct outbox *outbox, int64_t id, enum msg_state *state);
/** KB_OK, or KB_INVALID for a text that no SMS can carry. */
KB_MUST_USE enum kb_err outbox_check_text(const char *text, struct why *why);

/** One move along an arrow. */
struct outbox_step {
    int64_t id;
    enum msg_state from;
    enum msg_state to;
    int64_t next_at_ms; /* 0: stays */
    const char *reason; /* NULL: stays */
};

/** The compare-and-set behind every change of state but claim, submitting and
 *  settle: KB_NOT_FOUND where the message is not in that state any more. */
KB_MUST_USE enum kb_err outbox_step(
    struct outbox *outbox, const struct outbox_step *step);

/** Which indexes have queued rows: after a start and a recovery. */
KB_MUST_USE enum kb_err outbox_read_routed(struct outbox *outbox);

/** The last PHONE_TAIL digits of a number; out has PHONE_TAIL + 1 bytes. */
void outbox_phone_tail(const char *phone, char *out);

/** Brings a message's state in line with its parts' reports. */
KB_MUST_USE enum kb_err outbox_sum_parts(struct outbox *outbox, int64_t id);

/** A report that came before its +CMGS: applied once the part is settled. */
KB_MUST_USE enum kb_err outbox_apply_early(
    struct outbox *outbox, int64_t id, int part);

#endif
