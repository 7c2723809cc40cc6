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
#define CAMPAIGN_SLICE_US 2500

/** The most residents of one phone that a message is planned for. */
#define PHONE_PEOPLE_MOST 256

struct audience;

/** Kinds of rows that are forgotten. */
enum forget_kind {
    FORGET_CONTACTS,
    FORGET_CORRECTIONS,
    FORGET_RESTS,
    FORGET_RECIPIENTS,
    FORGET_NOTES,
    FORGET_KINDS
};

/** What was counted for a second person's yes, until a change takes it. */
struct campaign_counted {
    int64_t campaign_id; /* 0: nothing */
    char where[1024];
    const char *states; /* plan_states_for() */
    int32_t today;
    int64_t above;
    bool is_above;
};

struct campaigns {
    struct campaign_rooms rooms;
    struct audience *audiences;   /* compiled EXPRs, newest first */
    struct resident *people;      /* PHONE_PEOPLE_MOST: of the phone at hand */
    int64_t forget_at_ms;         /* when old rows are looked for again */
    enum forget_kind forget_kind; /* at hand, while one look lasts */
    bool look_again;              /* texts may be mended: try what is held */
    struct campaign_counted counted;
    bool bounded;       /* allowed_us counts */
    int64_t allowed_us; /* work that the tick at hand may still take */

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
    sqlite3_stmt *message_last;
    sqlite3_stmt *message_first;
    sqlite3_stmt *held_next;
    sqlite3_stmt *held_works;
    sqlite3_stmt *contact_get;
    sqlite3_stmt *contact_put;
    sqlite3_stmt *contact_before;
    sqlite3_stmt *pace_get;
    sqlite3_stmt *pace_add;

    sqlite3_stmt *note_add;
    sqlite3_stmt *note_get;
    sqlite3_stmt *note_put;
    sqlite3_stmt *note_shift;
    sqlite3_stmt *note_paused;
    sqlite3_stmt *note_told;
    sqlite3_stmt *note_last;
    sqlite3_stmt *note_answer;
    sqlite3_stmt *phones_told;
    sqlite3_stmt *waits_head;
    sqlite3_stmt *waits_sum;
    sqlite3_stmt *later_next;
    sqlite3_stmt *placed_next;
    sqlite3_stmt *placed_count;
    sqlite3_stmt *held_count;
    sqlite3_stmt *told_next;
    sqlite3_stmt *told_count;
    sqlite3_stmt *told_last;
    sqlite3_stmt *day_get;
    sqlite3_stmt *day_add;
    sqlite3_stmt *show_get;
    sqlite3_stmt *show_learn;
    sqlite3_stmt *seen_get;
    sqlite3_stmt *seen_put;
    sqlite3_stmt *seen_next;
    sqlite3_stmt *correction_get;
    sqlite3_stmt *correction_put;
    sqlite3_stmt *rest_put;
    sqlite3_stmt *week_full;
    sqlite3_stmt *report_people;
    sqlite3_stmt *report_steps;
    sqlite3_stmt *report_came;
    sqlite3_stmt *report_failures;
    sqlite3_stmt *report_phones;
    sqlite3_stmt *report_waiting;
    sqlite3_stmt *report_days;
    sqlite3_stmt *report_arrivals;
    sqlite3_stmt *print_queue;
    sqlite3_stmt *forget[FORGET_KINDS];
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
    int64_t redate_after;  /* -1: none under way */
    int64_t correct_after; /* -1: none under way */
    int64_t correct_until;
    int64_t follow_after;  /* message id done, while resuming */
    int32_t told_deadline; /* that people were told and not corrected; 0 */
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

/** KB_OK; KB_REFUSED (why) where the deadline is over. */
KB_MUST_USE enum kb_err campaign_ahead(const struct campaigns *campaigns,
    const struct campaign *campaign, struct why *why);

/** What a start needs besides its state: KB_OK, KB_REFUSED, KB_INVALID. */
KB_MUST_USE enum kb_err campaign_row_check_start(struct campaigns *campaigns,
    const struct campaign_row *row, struct why *why);

/** Lets a campaign go: running, or scheduled until its start. */
void campaign_row_begin(struct campaigns *campaigns, struct campaign_row *row);

/* --- approval.c -------------------------------------------------------- */

/** Makes the row wait for a second person where its audience is that large. */
KB_MUST_USE enum kb_err approval_ask(struct campaigns *campaigns,
    struct campaign_row *row, const char *who, struct why *why);

/** The one line of a campaign that waits. */
void approval_note(struct campaign_row *row, int above);

/** KB_REFUSED (why) where a change would go round a second person's yes. */
KB_MUST_USE enum kb_err approval_check_set(struct campaigns *campaigns,
    const struct campaign_row *row, const struct campaign_options *options,
    struct why *why);

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

/** A walk over the campaign's messages that has not begun, at 0, begins before
 *  the oldest of them: those of others cost nothing. */
KB_MUST_USE enum kb_err campaign_walk_from(
    struct campaigns *campaigns, int64_t campaign_id, int64_t *after);

/** What is unknown for long enough is sent once more, where the campaign says
 *  so. */
KB_MUST_USE enum kb_err campaign_resend(struct campaigns *campaigns,
    const struct campaign_row *row, struct slice *slice);

/** Lets go what was held for an office that works again. */
KB_MUST_USE enum kb_err campaign_release(
    struct campaigns *campaigns, struct campaign_row *row, struct slice *slice);

/* --- forget.c ---------------------------------------------------------- */

/** Deletes, a slice at a time, what retention.messages_days is over for. */
KB_MUST_USE enum kb_err campaign_forget(
    struct campaigns *campaigns, struct slice *slice);

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

/** The campaign's newest message to that phone; KB_NOT_FOUND. */
KB_MUST_USE enum kb_err campaign_store_message_last(struct campaigns *campaigns,
    int64_t campaign_id, const char *phone, int64_t *message_id);

/** The campaign's oldest message that is kept; 0: none. */
KB_MUST_USE enum kb_err campaign_store_message_first(
    struct campaigns *campaigns, int64_t campaign_id, int64_t *message_id);

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

/** Messages of one campaign with a pace, for one office and sending day. */
struct campaign_pace {
    int64_t campaign_id;
    const char *office;
    int32_t day;
};
KB_MUST_USE enum kb_err campaign_store_pace_get(struct campaigns *campaigns,
    const struct campaign_pace *pace, int *planned, int *sent);
KB_MUST_USE enum kb_err campaign_store_pace_add(struct campaigns *campaigns,
    const struct campaign_pace *pace, int planned, int sent);

/* --- planner_store.c --------------------------------------------------- */

KB_MUST_USE enum kb_err planner_store_open(struct campaigns *campaigns);
void planner_store_close(struct campaigns *campaigns);

/** What a campaign knows of one of its messages. */
struct campaign_note {
    int64_t message_id;
    int64_t campaign_id;
    char phone[PHONE_BYTES];
    char hold[8];    /* "", "office", "text", "place", "later" */
    char kind[8];    /* see 0006_planner.sql */
    char office[32]; /* whose places it takes */
    int rank;
    int people;
    int32_t place_day; /* 0: no place yet */
    int32_t told_day;  /* 0: not yet */
    int32_t later_day; /* hold "later": from when on it waits for a place */
};
KB_MUST_USE enum kb_err planner_note_add(
    struct campaigns *campaigns, const struct campaign_note *note);
/** KB_NOT_FOUND where the message is not of a campaign. */
KB_MUST_USE enum kb_err planner_note_get(
    struct campaigns *campaigns, int64_t message_id, struct campaign_note *out);
KB_MUST_USE enum kb_err planner_note_put(
    struct campaigns *campaigns, const struct campaign_note *note);

/** Messages by id behind `after` and up to `upto`. */
struct note_range {
    int64_t campaign_id;
    int64_t after;
    int64_t upto;
};
/** Ranks what has not left by another deadline (base: its urgency). */
KB_MUST_USE enum kb_err planner_note_shift(
    struct campaigns *campaigns, const struct note_range *range, int base);
/** The first one that only the campaign's state can hold; KB_NOT_FOUND. */
KB_MUST_USE enum kb_err planner_note_paused(struct campaigns *campaigns,
    const struct note_range *range, int64_t *message_id);
/** The first invitation that has left; KB_NOT_FOUND. */
KB_MUST_USE enum kb_err planner_note_told(struct campaigns *campaigns,
    const struct note_range *range, int64_t *message_id);
/** The newest message of all campaigns; 0 for none. */
KB_MUST_USE enum kb_err planner_note_last(
    struct campaigns *campaigns, int64_t *message_id);
/** How many phones the campaign has told. */
KB_MUST_USE enum kb_err planner_phones_told(
    struct campaigns *campaigns, int64_t campaign_id, int64_t *count);
/** The newest message that the phone was told has been answered. */
KB_MUST_USE enum kb_err planner_note_answer(
    struct campaigns *campaigns, const char *phone);

/** The most urgent of a campaign that waits for a place at an office;
 *  KB_NOT_FOUND. */
KB_MUST_USE enum kb_err planner_waits_head(struct campaigns *campaigns,
    int64_t campaign_id, const char *office, int64_t *message_id, int *rank);
/** How many wait, and how many residents they name. */
KB_MUST_USE enum kb_err planner_waits_sum(struct campaigns *campaigns,
    int64_t campaign_id, const char *office, int64_t *messages,
    int64_t *people);

/** The first that waits for a place from today on; KB_NOT_FOUND. */
KB_MUST_USE enum kb_err planner_later_next(
    struct campaigns *campaigns, int32_t today, int64_t *message_id);

/** The first unsent message with a place at an office before that day, other than
 *  those queued for that instant (Unix milliseconds) or later; KB_NOT_FOUND. */
KB_MUST_USE enum kb_err planner_placed_next(struct campaigns *campaigns,
    const char *office, int32_t before, int64_t due_ms, int64_t *message_id);

/** How many unsent messages have a place at an office. */
KB_MUST_USE enum kb_err planner_placed_count(
    struct campaigns *campaigns, const char *office, int64_t *count);

/** How many are held because an office is down. */
KB_MUST_USE enum kb_err planner_held_count(
    struct campaigns *campaigns, const char *office, int64_t *count);

/** Messages that left for an office, of one kind, for that day or later. */
struct told_ask {
    const char *office;
    const char *kind;
    int32_t from_day;
};
KB_MUST_USE enum kb_err planner_told_next(struct campaigns *campaigns,
    const struct told_ask *ask, int64_t *message_id);
KB_MUST_USE enum kb_err planner_told_count(
    struct campaigns *campaigns, const struct told_ask *ask, int64_t *count);
/** The phone's newest invitation with a day; KB_NOT_FOUND. */
KB_MUST_USE enum kb_err planner_told_last(
    struct campaigns *campaigns, const char *phone, int64_t *message_id);

/** Residents with a place, and told, for an office's day. */
struct office_day {
    const char *office;
    int32_t day;
    int planned;
    int invited;
};
KB_MUST_USE enum kb_err planner_day_get(
    struct campaigns *campaigns, struct office_day *day);
/** Adds planned and invited. */
KB_MUST_USE enum kb_err planner_day_add(
    struct campaigns *campaigns, const struct office_day *day);

/** What is known of an office's guests. */
struct pace_history;
KB_MUST_USE enum kb_err planner_show_get(
    struct campaigns *campaigns, const char *office, struct pace_history *out);
/** Counts what was invited for days before that one. */
KB_MUST_USE enum kb_err planner_show_learn(
    struct campaigns *campaigns, int32_t before);

/** Deletes at most `limit` rows of a kind from before a day. */
struct forget_ask {
    int32_t before;
    int limit;
};
KB_MUST_USE enum kb_err planner_forget(struct campaigns *campaigns,
    enum forget_kind kind, const struct forget_ask *ask, int *gone);

/** Residents of an office whose card is to be printed. */
KB_MUST_USE enum kb_err planner_print_queue(
    struct campaigns *campaigns, const char *office, int64_t *count);

/** An office as the planner last saw it. */
struct office_seen {
    char office[32];
    bool works;
    char job[8]; /* "", "down", "back" */
};
KB_MUST_USE enum kb_err planner_seen_get(
    struct campaigns *campaigns, const char *office, struct office_seen *out);
KB_MUST_USE enum kb_err planner_seen_put(
    struct campaigns *campaigns, const struct office_seen *seen);
/** The first office with a job; KB_NOT_FOUND. */
KB_MUST_USE enum kb_err planner_seen_next(
    struct campaigns *campaigns, struct office_seen *out);

/** One correction; message_id is 0 where there is none. */
struct correction {
    const char *phone;
    int32_t day;
    const char *cause;
    int64_t message_id;
};
KB_MUST_USE enum kb_err planner_correction_get(
    struct campaigns *campaigns, struct correction *correction);
KB_MUST_USE enum kb_err planner_correction_put(
    struct campaigns *campaigns, const struct correction *correction);

KB_MUST_USE enum kb_err planner_rest_put(
    struct campaigns *campaigns, int64_t resident_id, int32_t until_day);

/** The day of the cap-th newest message to a phone after that day, another
 *  than `but`; 0 where there were fewer. */
struct week_ask {
    const char *phone;
    int32_t after;
    int64_t but;
    int cap;
};
KB_MUST_USE enum kb_err planner_week_full(
    struct campaigns *campaigns, const struct week_ask *ask, int32_t *day);

/* --- report_store.c ---------------------------------------------------- */

KB_MUST_USE enum kb_err report_store_open(struct campaigns *campaigns);
void report_store_close(struct campaigns *campaigns);

/* --- places.c ---------------------------------------------------------- */

/** Residents who get a place, and who are told: on the day and, for a household
 *  larger than a day's places, on the days after it. */
struct place_change {
    const struct office *office;
    int32_t day;
    int places; /* of one day; PACE_NO_BOUND */
    int planned;
    int invited;
};
KB_MUST_USE enum kb_err places_change(
    struct campaigns *campaigns, const struct place_change *change);

/** Takes the note's place away, where its day is still ahead. */
KB_MUST_USE enum kb_err places_give_back(
    struct campaigns *campaigns, struct campaign_note *note, int32_t today);

/* --- fill.c ------------------------------------------------------------ */

/** Something may have freed or asked for places: look again. */
KB_MUST_USE enum kb_err places_again(struct campaigns *campaigns);

/** Gives today's places to who waits, most urgent first, once all campaigns
 *  are walked for today. */
KB_MUST_USE enum kb_err places_fill(struct campaigns *campaigns,
    struct campaign_row *rows, size_t count, struct slice *slice);

/* --- late.c ------------------------------------------------------------ */

/** Says in the campaign's line how many messages find no place in time, where
 *  that has changed. */
KB_MUST_USE enum kb_err late_note(
    struct campaigns *campaigns, struct campaign_row *row, int32_t today);

/* --- outage.c ---------------------------------------------------------- */

/** Notes which offices stopped or began to work. */
KB_MUST_USE enum kb_err outage_look(struct campaigns *campaigns);

/** Calls off, holds and invites again after offices that changed. */
KB_MUST_USE enum kb_err outage_work(
    struct campaigns *campaigns, struct slice *slice);

/** Where a message that has not left belongs now: held, waiting for a place,
 *  or queued. */
KB_MUST_USE enum kb_err outage_rejudge(
    struct campaigns *campaigns, int64_t message_id);

/* --- correct.c --------------------------------------------------------- */

/** After a deadline was moved: unsent messages, then corrections. */
KB_MUST_USE enum kb_err correct_follow(
    struct campaigns *campaigns, struct campaign_row *row, struct slice *slice);

/** Queues a correction to a phone unless it heard of the cause today. */
struct correct_ask {
    const struct campaign_row *row;
    const char *phone;
    const char *kind;   /* "down" or "moved" */
    const char *office; /* the one that is down; "" */
    int64_t expires_at_ms;
};
KB_MUST_USE enum kb_err correct_phone(
    struct campaigns *campaigns, const struct correct_ask *ask);

/** The cause by which corrections are counted: "moved", "down LEMBOR". */
struct correct_cause {
    char text[40];
};
struct correct_cause correct_cause_of(const char *kind, const char *office);

#endif
