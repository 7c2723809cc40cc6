// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_INBOUND_INBOUND_INTERNAL_H
#define KABARI_INBOUND_INBOUND_INTERNAL_H

#include "base/buf.h"
#include "inbound/inbound.h"
#include "registry/registry.h"

#include <sqlite3.h>

/* crypto_secretbox_KEYBYTES */
#define SEAL_KEY_BYTES 32

enum inbound_sql {
    SEEN_PUT,
    GROUP_FIND,
    GROUP_PUT,
    GROUP_GET,
    GROUP_OVERDUE,
    GROUP_EXCESS,
    GROUP_DROP,
    PART_PUT,
    PART_COUNT,
    PART_LIST,
    ENTRY_PUT,
    ENTRY_ANSWERED,
    ENTRY_REPLIED,
    ENTRY_CLOSE,
    ENTRY_ASSIGN,
    ENTRY_SNOOZE,
    ENTRY_GET,
    ENTRY_LIST,
    ENTRY_LIST_OPEN,
    ENTRY_LIST_PHONE,
    ENTRY_LAST_ID,
    ENTRY_COUNT_OPEN,
    ENTRY_COUNT_OVERDUE,
    ENTRY_NEWEST_WISH,
    PLACE_OFFICE,
    FIRST_OFFICE,
    SEVERAL_OFFICES,
    HOME_REGION,
    DEADLINE_OF,
    DEADLINE_NEXT,
    OLD_ENTRIES,
    OLD_SEEN,
    INBOUND_SQL_COUNT
};

enum guard_sql {
    COUNT_ADD,
    COUNT_AT_LEAST,
    COUNT_MOST,
    GUARD_GET,
    GUARD_PUT,
    OLD_COUNTS,
    OLD_GUARDS,
    GUARD_SQL_COUNT
};

enum poison_sql {
    POISON_PUT,
    POISON_LIST,
    POISON_COUNT,
    POISON_OLD,
    POISON_SQL_COUNT
};

enum talk_sql {
    DIALOGUE_GET,
    DIALOGUE_OPEN,
    DIALOGUE_PUT,
    LANGUAGE_GET,
    LANGUAGE_PUT,
    CODE_PUT,
    CODE_CLEAR,
    CODE_TAKE,
    WATCH_PUT,
    WATCH_DUE,
    WATCH_WAIT,
    WATCH_DROP,
    OLD_DIALOGUES,
    OLD_CODES,
    OLD_WATCHES,
    TALK_SQL_COUNT
};

enum staff_sql {
    STAFF_LIST,
    STAFF_GET,
    STAFF_PUT,
    STAFF_DROP,
    DOUBT_PUT,
    DOUBT_COUNT,
    DOUBT_RAISE,
    DOUBT_DROP,
    DOUBT_OLD,
    STAFF_SQL_COUNT
};

struct inbound {
    struct inbound_rooms rooms;
    unsigned char seal_key[SEAL_KEY_BYTES];
    int64_t forget_at_ms; /* when old rows are looked for again */
    int64_t alarm_at_ms;  /* when alarms are looked at again; 0: now */
    sqlite3_stmt *sql[INBOUND_SQL_COUNT];
    sqlite3_stmt *guard[GUARD_SQL_COUNT];
    sqlite3_stmt *poison_sql[POISON_SQL_COUNT];
    sqlite3_stmt *talk[TALK_SQL_COUNT];
    sqlite3_stmt *staff[STAFF_SQL_COUNT];
};

/* --- inbound_store.c: all SQL -------------------------------------------- */

KB_MUST_USE enum kb_err inbound_store_open(struct inbound *inbound);
void inbound_store_close(struct inbound *inbound);

/** What tells one SMS from another. */
struct sms_key {
    const char *sim;
    const char *sender;
    const char *hash;
    int64_t smsc_at_ms;
    int part;
};

/** KB_OK for a new SMS, KB_NOT_FOUND for one that was taken before. */
KB_MUST_USE enum kb_err inbound_store_seen(
    struct inbound *inbound, const struct sms_key *key);

/** Parts that belong together; borrowed texts. */
struct group_key {
    const char *modem;
    int ref;
    int parts;
};

/** The newest group that lacks the part or has that very part; KB_NOT_FOUND
 *  for none. */
KB_MUST_USE enum kb_err inbound_store_group(struct inbound *inbound,
    const struct sms_key *sms, const struct group_key *group, int64_t *id);
KB_MUST_USE enum kb_err inbound_store_group_new(struct inbound *inbound,
    const struct sms_key *sms, const struct group_key *group, int64_t *id);

/** A group as it waits. */
struct group {
    int64_t id;
    char sender[24];
    char modem[32];
    int parts;
    int64_t smsc_at_ms;
};
KB_MUST_USE enum kb_err inbound_store_group_get(
    struct inbound *inbound, int64_t id, struct group *out);
/** One that waits since before_ms or longer; KB_NOT_FOUND for none. */
KB_MUST_USE enum kb_err inbound_store_group_overdue(
    struct inbound *inbound, int64_t before_ms, struct group *out);
/** The newest of a sender's groups past the `most` newest. */
KB_MUST_USE enum kb_err inbound_store_group_excess(
    struct inbound *inbound, const char *sender, int most, int64_t *id);
KB_MUST_USE enum kb_err inbound_store_group_drop(
    struct inbound *inbound, int64_t id);

struct blob {
    const void *data;
    size_t bytes;
};
/** KB_OK also where the part is there. */
KB_MUST_USE enum kb_err inbound_store_part(struct inbound *inbound,
    int64_t group, const struct sms_key *sms, struct blob sealed);
KB_MUST_USE enum kb_err inbound_store_part_count(
    struct inbound *inbound, int64_t group, int *count);
/** In order; fn's blob is borrowed for the call. */
KB_MUST_USE enum kb_err inbound_store_parts(struct inbound *inbound,
    int64_t group, void (*fn)(void *arg, int part, struct blob sealed),
    void *arg);

/** A row of the inbox to be; borrowed texts. */
struct entry_new {
    const char *modem;
    const char *phone;
    const char *text; /* masked */
    const char *raw;
    const char *intent;
    const char *nik_hash;
    const char *note;
    int64_t smsc_at_ms;
    bool open;
};
KB_MUST_USE enum kb_err inbound_store_entry(
    struct inbound *inbound, const struct entry_new *entry, int64_t *id);
KB_MUST_USE enum kb_err inbound_store_answered(
    struct inbound *inbound, int64_t id, int64_t message_id);
KB_MUST_USE enum kb_err inbound_store_replied(
    struct inbound *inbound, int64_t id, int64_t message_id);

KB_MUST_USE enum kb_err inbound_store_close_entry(
    struct inbound *inbound, int64_t id);
KB_MUST_USE enum kb_err inbound_store_assign(
    struct inbound *inbound, int64_t id, const char *who);
KB_MUST_USE enum kb_err inbound_store_snooze(
    struct inbound *inbound, int64_t id, int64_t until_ms);
/** Open ones from before an instant that nobody has put off. */
KB_MUST_USE enum kb_err inbound_store_count_overdue(
    struct inbound *inbound, int64_t before_ms, int64_t *count);
KB_MUST_USE enum kb_err inbound_store_get(
    struct inbound *inbound, int64_t id, struct inbox_entry *out);

KB_MUST_USE enum kb_err inbound_store_list(struct inbound *inbound,
    const struct inbox_filter *filter, inbox_fn *fn, void *arg);
KB_MUST_USE enum kb_err inbound_store_last_id(
    struct inbound *inbound, int64_t *out);
KB_MUST_USE enum kb_err inbound_store_count_open(
    struct inbound *inbound, int64_t *count);

/** The code of the office that serves a kecamatan, else of the first office;
 *  "" where there is none at all. */
KB_MUST_USE enum kb_err inbound_store_office(struct inbound *inbound,
    const char *kecamatan, char *out, size_t out_bytes);

/** When the newest STOP or DAFTAR of a phone was sent, by the network's clock,
 *  as far as that can be (not after it came); 0: none is known. */
KB_MUST_USE enum kb_err inbound_store_newest_wish(
    struct inbound *inbound, const char *phone, int64_t *sent_at_ms);

/** Whether any office lies in the regency of a kecamatan's code. */
KB_MUST_USE enum kb_err inbound_store_is_home(
    struct inbound *inbound, const char *kecamatan, bool *home);

/** Whether there are two offices or more. */
KB_MUST_USE enum kb_err inbound_store_has_offices(
    struct inbound *inbound, bool *several);

/** The nearest last day of a campaign that is for a resident (0: of any that
 *  invites to recording); INT32_MIN for none. */
KB_MUST_USE enum kb_err inbound_store_deadline(
    struct inbound *inbound, int64_t resident_id, int32_t *day);

/** One slice of forgetting; more says that there is more. */
KB_MUST_USE enum kb_err inbound_store_forget(
    struct inbound *inbound, int64_t before_ms, bool *more);

/* --- alarms.c --------------------------------------------------------------- */

/** Raises and clears the alarms inbox:overdue, office:overdue,
 *  talk:enumeration and talk:enumeration:spread, once a minute and when guessing
 *  has just begun. */
KB_MUST_USE enum kb_err alarms_look(struct inbound *inbound);

/* --- letter.c: one whole message ------------------------------------------ */

enum sender {
    SENDER_MOBILE,  /* may be answered */
    SENDER_OTHER,   /* a landline, a foreign number: to people */
    SENDER_OPERATOR /* a short code or a name: advertising */
};

/** Brings a sender to +62…, or keeps what came. out takes PHONE_BYTES. */
enum sender letter_sender(const char *from, bool alphanumeric, char *out);

/** A message to be understood, answered and filed; borrowed texts. */
struct letter {
    const char *modem;
    const char *phone; /* of letter_sender() */
    enum sender sender;
    const char *text;
    const char *raw; /* hex, "" where there is text */
    int64_t smsc_at_ms;
    bool cut;         /* text lacks parts: for people */
    bool silent;      /* too late for an automatic answer */
    const char *note; /* why, "" where it is whole */
};

/** Files a letter and puts its answer into the outbox, in the caller's
 *  operation. answered is 0 where there is none. */
KB_MUST_USE enum kb_err letter_handle(
    struct inbound *inbound, const struct letter *letter, int64_t *answered);

/** Files a call and answers it, where it is the phone's first today. */
KB_MUST_USE enum kb_err letter_call(
    struct inbound *inbound, const char *modem, const char *phone);

/* --- parts.c -------------------------------------------------------------- */

/** Parts a text may have to be understood; what is longer goes to people. */
#define PARTS_UNDERSTOOD 10

void parts_make_key(struct inbound *inbound);

/** Seals a text: a nonce, then the sealed bytes. free((void *)out.data). */
struct blob parts_seal(const struct inbound *inbound, const char *text);
/** Adds the text that was sealed to out; nothing where it cannot be read. */
void parts_unseal(
    const struct inbound *inbound, struct blob sealed, struct buf *out);

/** A message put together. */
struct whole {
    struct buf text;
    int have; /* parts that are there */
    int parts;
};

/** True where the SMS says that it is one of several. */
bool parts_is_part(const struct inbound_sms *sms);

/**
 * Keeps a part, sealed, and puts the message together where it was the last.
 *
 * @param done  the group that is whole now, 0: not yet. The caller drops it.
 */
KB_MUST_USE enum kb_err parts_add(struct inbound *inbound,
    const struct inbound_sms *sms, const struct sms_key *key, int64_t *done);

/** Reads what is there of a group; gaps show as "[…]". Clear out->text. */
KB_MUST_USE enum kb_err parts_read(
    struct inbound *inbound, const struct group *group, struct whole *out);

/* --- guard_store.c: all SQL of limits ---------------------------------------- */

KB_MUST_USE enum kb_err guard_store_open(struct inbound *inbound);
void guard_store_close(struct inbound *inbound);

/** What is counted by the day; in the table as its name. */
enum count_kind {
    COUNT_PHONE,    /* queries of a phone */
    COUNT_NIK,      /* queries for a NIK by phones not its resident's */
    COUNT_PAIR,     /* of a phone for a NIK */
    COUNT_NIKS,     /* different NIKs that a phone asked for */
    COUNT_STRANGES, /* different NIKs so asked for: one counter, "" */
    COUNT_BIRTH,    /* of these with one kecamatan and date of birth */
    COUNT_TOLD,     /* that a phone was told of its limit */
    COUNT_CODE,     /* codes from a phone */
    COUNT_CALL,     /* calls of a phone */
    COUNT_STEP,     /* choices of a phone from a menu by SMS */
    COUNT_KINDS
};

/** Adds one to a counter of today; `count` is what it is then. */
KB_MUST_USE enum kb_err guard_store_count(struct inbound *inbound,
    enum count_kind kind, const char *hash, int *count);
/** How many counters of a kind stand at so much or more today. */
KB_MUST_USE enum kb_err guard_store_at_least(struct inbound *inbound,
    enum count_kind kind, int least, int64_t *counters);
/** The highest of a kind today; 0 for none. */
KB_MUST_USE enum kb_err guard_store_most(
    struct inbound *inbound, enum count_kind kind, int64_t *most);

/** Automatic answers in a row. */
struct guard_row {
    int answers;
    int64_t last_at_ms;
};
/** Zeroes where there is none. */
KB_MUST_USE enum kb_err guard_store_get(
    struct inbound *inbound, const char *phone_hash, struct guard_row *out);
KB_MUST_USE enum kb_err guard_store_put(struct inbound *inbound,
    const char *phone_hash, const struct guard_row *row);

/** One slice of forgetting; more: there is more, else as it was. */
KB_MUST_USE enum kb_err guard_store_forget(struct inbound *inbound, bool *more);

/* --- guard.c -------------------------------------------------------------- */

/** Automatic answers to one phone until it was quiet for an hour. */
#define GUARD_ANSWERS 5

/** That many different NIKs from one phone on one day look like guessing. */
#define GUARD_NIKS 10

/** So do that many different NIKs of one kecamatan and date of birth, which
 *  differ in their serial alone, asked for on one day by phones that are not
 *  their residents', from however many phones. (How many of any kind do is
 *  limits.strange_niks_day.) */
#define GUARD_BIRTHS 10

enum guard_verdict {
    GUARD_FINE,
    GUARD_NOTE,  /* no answer, and staff are told: the first such message */
    GUARD_SILENT /* no answer */
};

/** Pure: whether a message of now may be answered, and the row after it. */
enum guard_verdict guard_judge(
    struct guard_row *row, int64_t now_ms, bool wants_answer);

/** Whether a message may be answered; counts it. */
KB_MUST_USE enum kb_err guard_pass(struct inbound *inbound,
    const char *phone_hash, bool wants_answer, enum guard_verdict *out);

/** Choices from a menu of ours that are no answers in a row, on one day: a
 *  person chooses, a machine repeats itself. */
#define GUARD_STEPS 40

/** As guard_pass() for a choice that a dialogue under way offers. */
KB_MUST_USE enum kb_err guard_step(struct inbound *inbound,
    const char *phone_hash, bool wants_answer, enum guard_verdict *out);

/** What the day's limits say of one query. */
struct quota {
    bool over;
    bool tell;           /* over, and not told today */
    int limit;           /* the one that is over */
    bool alarm;          /* the tenth NIK from this phone today */
    bool first_stranger; /* today's first for the NIK by a phone not its
                            resident's */
};

struct query {
    const char *phone_hash;
    const char *nik_hash;
    bool own; /* the phone is the resident's: strangers who asked for the NIK
                 do not use up what its own phone may ask */
};
KB_MUST_USE enum kb_err guard_quota(
    struct inbound *inbound, const struct query *query, struct quota *out);

/** Counts a NIK that a phone not its resident's, known or not, asked for as the
 *  first today (quota.first_stranger). alarm is set where from now on it looks
 *  as if NIKs were tried out from many phones. */
KB_MUST_USE enum kb_err guard_strange(
    struct inbound *inbound, const char *nik, bool *alarm);

/* --- answer.c ------------------------------------------------------------- */

/** What the choice of an answer to a query depends on. */
struct status_facts {
    bool known;      /* the NIK is in the registry */
    bool registered; /* and this phone is that resident's */
    bool open;       /* limits.disclosure = "open" */
    bool home;       /* the NIK is of this regency */
    bool card;       /* by its date it is a family card's number */
    bool office_down;
    const char *state;
    const char *flag;
};

/** Pure: the template that answers a query by status. */
void answer_status_name(
    const struct status_facts *facts, char *out, size_t out_bytes);

/** By which way somebody asks. */
enum front {
    FRONT_SMS,
    FRONT_USSD
};

/** What is to be answered; borrowed. */
struct question {
    enum front front;
    const char *phone;
    const char *phone_hash;
    const char *modem; /* "" : none */
    const struct understood *understood;
    const struct quota *quota; /* of a query by status, else NULL */
    int32_t today;
};

/** What is answered. Clear text. */
struct answer {
    struct buf text;
    char name[48];       /* the template; "" where nothing is to be said */
    char office[32];     /* that it names */
    bool people;         /* staff must look at it */
    bool own;            /* the resident's own phone asked by status */
    int64_t resident_id; /* of the NIK that was asked for; 0: unknown */
    bool waits;          /* what it says will change: they want to know */
};

/** Writes the answer; nothing where there is none to give. */
KB_MUST_USE enum kb_err answer_write(struct inbound *inbound,
    const struct question *question, struct answer *out);

/** Writes a template with what the phone's holder lets it say; choices for
 *  {choices}, may be "". */
KB_MUST_USE enum kb_err answer_plain(struct inbound *inbound,
    const struct question *question, const char *name, const char *choices,
    struct answer *out);

/** TUNDA followed: the day and the office that the invitation moved to. */
KB_MUST_USE enum kb_err answer_moved(struct inbound *inbound,
    const struct question *question, const struct campaign_slot *slot,
    struct answer *out);

/** Pure: the template that answers an intent by itself, "" for none, and for
 *  those whose answer depends on more than the text. */
const char *answer_intent_name(const struct understood *understood);

/** True where a NIK's date is rather the day on which a family card was made
 *  than somebody's birthday. Pure. */
bool answer_looks_like_card(const char *nik, int32_t today);

/** What an answer to a query by status may say of a change later on. */
bool answer_waits(const char *template_name);

/* --- engine.c: one turn of a conversation ----------------------------------- */

/** One thing that a phone said, on its way to its answer. */
struct turn {
    enum front front;
    const char *phone;
    const char *modem; /* "" : none */
    struct registry_hash phone_hash;
    struct registry_hash nik_hash; /* "" without a NIK */
    struct understood understood;
    int64_t sent_at_ms; /* by the network's clock; 0: not known, just now */
    bool overtaken;     /* a STOP or DAFTAR that was sent later came before it:
                           it changes nothing and is not answered */
    bool query;         /* asks for the state of understood.nik */
    struct quota quota;
    struct answer answer;
    char note[128]; /* for staff */
    bool open;      /* staff must look at it */
    bool chosen;    /* from what a dialogue under way offers */
};

/** Campaigns count whoever answered, whatever it says. */
KB_MUST_USE enum kb_err engine_heard(
    struct inbound *inbound, const struct turn *turn);

/** Fits a turn into the dialogue that is under way: a number that chooses, a
 *  question that the phone itself answers. Sets what is asked by SMS instead
 *  where more must be known (turn->answer is then written). */
KB_MUST_USE enum kb_err engine_place(
    struct inbound *inbound, struct turn *turn);

/** What the words ask to be done: STOP, DAFTAR, SALAH, a code, a language; SUDAH
 *  rests reminders, TUNDA moves an invitation. */
KB_MUST_USE enum kb_err engine_take_effect(
    struct inbound *inbound, struct turn *turn);

/** Counts a query against the day's limits and alarms on guessing. */
KB_MUST_USE enum kb_err engine_count(
    struct inbound *inbound, struct turn *turn);

/** Writes the answer, where there is none yet. */
KB_MUST_USE enum kb_err engine_answer(
    struct inbound *inbound, struct turn *turn);

/* --- menu.c ------------------------------------------------------------------ */

struct dialogue;

/**
 * One step through the screens.
 *
 * @param input  what was typed; NULL: show where the dialogue stands.
 * @param turn   its answer is the screen to show.
 * @param more   whether the session goes on.
 */
KB_MUST_USE enum kb_err menu_step(struct inbound *inbound,
    struct dialogue *dialogue, const char *input, struct turn *turn,
    bool *more);

/* --- poison_store.c; see poison.h ---------------------------------------- */

KB_MUST_USE enum kb_err poison_open(struct inbound *inbound);
void poison_close(struct inbound *inbound);
/** Deletes up to limit that are older. */
KB_MUST_USE enum kb_err poison_forget(
    struct inbound *inbound, int64_t before_ms, int limit);

#endif
