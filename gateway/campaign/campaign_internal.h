// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_CAMPAIGN_CAMPAIGN_INTERNAL_H
#define KABARI_CAMPAIGN_CAMPAIGN_INTERNAL_H

#include "campaign/campaign.h"
#include "campaign/plan.h"
#include "store/store.h"

/*
 * What the files of this room share. All that must survive is in the store and
 * read again for every slice and every gate, so that a lost commit leaves
 * nothing stale behind; only compiled statements are kept in memory.
 */

/** A slice of planning begins nothing more after this time on the wall, so that
 *  it ends within 5 ms. */
#define CAMPAIGN_SLICE_US 3000

/** The most residents of one phone that a message is planned for. */
#define PHONE_PEOPLE_MOST 256

struct audience;

struct campaigns {
    struct campaign_rooms rooms;
    struct audience *audiences; /* compiled EXPRs, newest first */
    struct resident *people;    /* PHONE_PEOPLE_MOST: of the phone at hand */
    bool look_again;            /* texts may be mended: try what is held */

    sqlite3_stmt *insert;
    sqlite3_stmt *put;
    sqlite3_stmt *by_name;
    sqlite3_stmt *by_id;
    sqlite3_stmt *list;
    sqlite3_stmt *active;
    sqlite3_stmt *release_all;
    sqlite3_stmt *last_resident;
    sqlite3_stmt *recipient_add;
    sqlite3_stmt *recipient_put;
    sqlite3_stmt *recipient_get;
    sqlite3_stmt *message_add;
    sqlite3_stmt *message_get;
    sqlite3_stmt *message_hold;
    sqlite3_stmt *message_last;
    sqlite3_stmt *held_next;
    sqlite3_stmt *held_works;
    sqlite3_stmt *contact_get;
    sqlite3_stmt *contact_put;
    sqlite3_stmt *contact_before;
    sqlite3_stmt *pace_last;
    sqlite3_stmt *pace_plan;
    sqlite3_stmt *pace_sent;
    sqlite3_stmt *pace_add;
};

/** A campaign with what only this room knows of it. */
struct campaign_row {
    struct campaign campaign;
    enum plan_state state; /* as campaign.state */
    struct plan_steps steps;
    int64_t audience;
    int64_t left_out;
    int32_t scan_day;
    int64_t scan_after; /* -1: no scan under way */
    bool scan_again;
    bool follow;
    int64_t release_after; /* -1: none under way */
};

/** Sets the state and its word. */
void campaign_row_state(struct campaign_row *row, enum plan_state state);

/** Starts a new scan with the next tick. */
void campaign_row_rescan(struct campaign_row *row);

/** Sets the one line that says where it stands. */
void campaign_row_note(struct campaign_row *row, const char *fmt, ...)
    KB_PRINTF(2, 3);

/** The end of the deadline's day. */
int64_t campaign_deadline_ms(const struct campaign *campaign);

/* --- options.c --------------------------------------------------------- */

/** Checks what is given and writes it into the campaign. KB_INVALID: why. */
KB_MUST_USE enum kb_err campaign_options_apply(struct campaigns *campaigns,
    const struct campaign_options *options, struct campaign *campaign,
    struct why *why);

KB_MUST_USE enum kb_err campaign_name_check(const char *name, struct why *why);

/* --- scan.c, follow.c -------------------------------------------------- */

/** The time a slice may take; ends by clock_mono_us(). */
struct slice {
    int64_t now_ms;
    int64_t until_us;
    bool more; /* set where something is left to do */
};

bool slice_over(const struct slice *slice);

/** Queues what the plan says, from where the last slice ended. Changes the
 *  row; the caller writes it, also after an error. */
KB_MUST_USE enum kb_err campaign_scan(
    struct campaigns *campaigns, struct campaign_row *row, struct slice *slice);

/** Moves the campaign's messages after its state. */
KB_MUST_USE enum kb_err campaign_follow(
    struct campaigns *campaigns, struct campaign_row *row, struct slice *slice);

/** Lets go what was held for an office that works again. */
KB_MUST_USE enum kb_err campaign_release(
    struct campaigns *campaigns, struct campaign_row *row, struct slice *slice);

/* --- campaign_store.c -------------------------------------------------- */

KB_MUST_USE enum kb_err campaign_store_open(struct campaigns *campaigns);
void campaign_store_close(struct campaigns *campaigns);

/** A new row; fills campaign.id. KB_REFUSED where the name is taken. */
KB_MUST_USE enum kb_err campaign_store_insert(
    struct campaigns *campaigns, struct campaign_row *row);

/** Writes the row back. */
KB_MUST_USE enum kb_err campaign_store_put(
    struct campaigns *campaigns, const struct campaign_row *row);

KB_MUST_USE enum kb_err campaign_store_by_name(
    struct campaigns *campaigns, const char *name, struct campaign_row *out);
KB_MUST_USE enum kb_err campaign_store_by_id(
    struct campaigns *campaigns, int64_t id, struct campaign_row *out);

/** All, newest first; free(*out). */
KB_MUST_USE enum kb_err campaign_store_list(
    struct campaigns *campaigns, struct campaign_row **out, size_t *count);

/** Scheduled, running, paused, or with messages that must follow; free(*out). */
KB_MUST_USE enum kb_err campaign_store_active(
    struct campaigns *campaigns, struct campaign_row **out, size_t *count);

/** The offices changed: every running campaign looks at what it holds. */
KB_MUST_USE enum kb_err campaign_store_release_all(struct campaigns *campaigns);

/** The highest resident id; 0 for an empty registry. */
KB_MUST_USE enum kb_err campaign_store_last_resident(
    struct campaigns *campaigns, int64_t *id);

/** A resident's place in a campaign. */
struct campaign_recipient {
    int64_t campaign_id;
    int64_t resident_id;
    int64_t message_id; /* 0: none yet */
    int32_t day;
    int step;
};

/** Notes that the campaign is for that resident; `added` is false where it was
 *  known, and the row then stays as it is. */
KB_MUST_USE enum kb_err campaign_store_recipient_add(
    struct campaigns *campaigns, int64_t campaign_id, int64_t resident_id,
    bool *added);
/** Names the message that tells the resident; the row must be there. */
KB_MUST_USE enum kb_err campaign_store_recipient_put(
    struct campaigns *campaigns, const struct campaign_recipient *recipient);
KB_MUST_USE enum kb_err campaign_store_recipient_get(
    struct campaigns *campaigns, int64_t campaign_id, int64_t resident_id,
    struct campaign_recipient *out);

KB_MUST_USE enum kb_err campaign_store_message_add(struct campaigns *campaigns,
    int64_t campaign_id, int64_t message_id, const char *phone,
    const char *hold);
/** Whether the message is held for an office or its text; KB_NOT_FOUND where
 *  it is not of a campaign. */
KB_MUST_USE enum kb_err campaign_store_message_get(
    struct campaigns *campaigns, int64_t message_id, bool *held);
KB_MUST_USE enum kb_err campaign_store_message_hold(
    struct campaigns *campaigns, int64_t message_id, const char *hold);
/** The campaign's newest message to that phone; KB_NOT_FOUND. */
KB_MUST_USE enum kb_err campaign_store_message_last(struct campaigns *campaigns,
    int64_t campaign_id, const char *phone, int64_t *message_id);

/** The next message after `after` held for an office or its text. */
KB_MUST_USE enum kb_err campaign_store_held_next(struct campaigns *campaigns,
    int64_t campaign_id, int64_t after, int64_t *message_id);
/** Whether it may be tried again: an office of anybody whom it names works, or
 *  it was held for its text. */
KB_MUST_USE enum kb_err campaign_store_held_works(
    struct campaigns *campaigns, int64_t message_id, bool *works);

/** Which message told that phone on that day; 0: none. */
KB_MUST_USE enum kb_err campaign_store_contact_get(struct campaigns *campaigns,
    const char *phone, int32_t day, int64_t *message_id);
KB_MUST_USE enum kb_err campaign_store_contact_put(struct campaigns *campaigns,
    const struct outbox_message *message, int32_t day);
/** Whether another message of the campaign has told that phone. */
KB_MUST_USE enum kb_err campaign_store_contact_before(
    struct campaigns *campaigns, int64_t campaign_id, const char *phone,
    int64_t but_message_id, bool *before);

/** Of one campaign and office. */
struct campaign_pace {
    int64_t campaign_id;
    const char *office;
    int32_t day;
};
/** The latest day that was planned for, and how many; day 0: none yet. */
KB_MUST_USE enum kb_err campaign_store_pace_last(struct campaigns *campaigns,
    const struct campaign_pace *pace, int32_t *day, int *planned);
KB_MUST_USE enum kb_err campaign_store_pace_plan(
    struct campaigns *campaigns, const struct campaign_pace *pace);
KB_MUST_USE enum kb_err campaign_store_pace_sent(
    struct campaigns *campaigns, const struct campaign_pace *pace, int *sent);
KB_MUST_USE enum kb_err campaign_store_pace_add(
    struct campaigns *campaigns, const struct campaign_pace *pace);

#endif
