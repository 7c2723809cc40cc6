// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_INBOUND_INBOUND_H
#define KABARI_INBOUND_INBOUND_H

#include "alarm/alarm.h"
#include "base/clock.h"
#include "base/err.h"
#include "campaign/campaign.h"
#include "config/config.h"
#include "inbound/script.h"
#include "outbox/outbox.h"
#include "registry/registry.h"
#include "store/store.h"
#include "text/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What residents text: stored before it is deleted from the SIM, put together
 * from its parts, understood, answered within the disclosure rules, or laid
 * before people.
 */

struct inbound;

struct inbound_rooms {
    struct store *store;
    const struct clock *clock;
    const struct config *config;
    struct registry *registry;
    const struct texts *texts;
    const struct script *script; /* see script.h */
    struct outbox *outbox;
    struct campaigns *campaigns; /* NULL: nothing is planned (tests) */
    struct alarms *alarms;       /* NULL: nobody is alarmed (tests) */
};

KB_MUST_USE enum kb_err inbound_open(
    const struct inbound_rooms *rooms, struct inbound **out);
void inbound_close(struct inbound *inbound);
/** After a reload: what of rooms has changed. */
void inbound_use(struct inbound *inbound, const struct inbound_rooms *rooms);

/** One SMS as a modem brought it; borrowed. */
struct inbound_sms {
    const char *modem;
    const char *sim; /* IMSI, "" where not known */
    const char *from;
    bool alphanumeric;
    const char *text; /* UTF-8 */
    const char *raw;  /* hex where it is binary, else "" */
    int64_t smsc_at_ms;
    int udh_ref; /* -1: a single SMS */
    int udh_parts;
    int udh_part;
};

/**
 * Stores an SMS (once: unique by SIM, sender, SCTS, hash and part), and, when
 * it is whole, understands it and puts the answer into the outbox, all in one
 * operation. The caller deletes it from the SIM after the commit.
 *
 * @param answered  set to the answer's message id, 0 where there is none;
 *                  the answer prefers the modem that brought the SMS.
 * @return KB_OK (also for one that was stored before); KB_BUSY, KB_FULL, KB_DB:
 *         leave it on the SIM and try again.
 */
KB_MUST_USE enum kb_err inbound_receive(
    struct inbound *inbound, const struct inbound_sms *sms, int64_t *answered);

/** A call to a modem: noted, hung up, answered by SMS at most once a day. */
KB_MUST_USE enum kb_err inbound_call(
    struct inbound *inbound, const char *modem, const char *from);

/** Surfaces messages whose parts never all came within 24 h; removes raw texts
 *  after retention.inbound_days; raises and clears the alarms inbox:overdue,
 *  office:overdue (it was to work again by now), talk:enumeration (many NIKs
 *  from one phone) and talk:enumeration:spread (from many). In slices; more says
 *  to call again. */
KB_MUST_USE enum kb_err inbound_tick(struct inbound *inbound, bool *more);

/* --- understanding: pure ---------------------------------------------- */

enum intent {
    INTENT_STATUS,
    INTENT_BAD_LENGTH,
    INTENT_BAD_NIK,
    INTENT_EXAMPLE,
    INTENT_INFO,
    INTENT_FAQ_OFFICE,
    INTENT_FAQ_HOURS,
    INTENT_FAQ_PICKUP,
    INTENT_FAQ_REQUIRE,
    INTENT_FAQ_FEE,
    INTENT_FAQ_STATUS,
    INTENT_STOP,
    INTENT_START,
    INTENT_WRONG_PERSON,
    INTENT_DONE,
    INTENT_RESCHEDULE,
    INTENT_HUMAN,
    INTENT_ACK,
    INTENT_MENU,     /* MENU: the screens of USSD, by SMS */
    INTENT_CODE,     /* KODE 123456: enrols a phone at the counter */
    INTENT_WATCH,    /* wants to be told when something changes */
    INTENT_LANGUAGE, /* wants another language */
    INTENT_COUNT
};

/** "status", "bad_length", … as INTERFACE names them. */
const char *intent_name(enum intent intent);

struct understood {
    enum intent intent;
    char nik[NIK_BYTES]; /* "" where none */
    int digits;          /* with INTENT_BAD_LENGTH: how many came */
    bool family_card;    /* with INTENT_BAD_NIK: called a KK's number */
    char office[32];     /* code, "" where none is named: see below */
    char answer[48];     /* template of the rule's own; "" : the intent's */
    char lang[8];        /* that the rule names; "" : the resident's */
    char code[8];        /* with INTENT_CODE: its digits; "" where none came */
    char key[4];         /* the text is only that number: a key of a menu */
    char reason[160];    /* which rule, its score; no personal data */
};

/** Understands one text (any length; malformed UTF-8 does no harm). No I/O:
 *  out->office is the code of the kecamatan that is named, "53.15.03". */
void inbound_understand(
    const struct script *script, const char *text, struct understood *out);

/** As inbound_understand() for a text from a phone ("" or NULL: nobody's), with
 *  the office of that kecamatan, as an answer would name it. Nothing is stored
 *  or sent. KB_OK, KB_BUSY, KB_DB. */
KB_MUST_USE enum kb_err inbound_test(struct inbound *inbound, const char *text,
    const char *from, struct understood *out);

/* --- enrolment ---------------------------------------------------------- */

#define INBOUND_CODE_BYTES 7

/** A code of six digits, good for a day: whoever texts KODE and the code has
 *  the resident's phone from then on. KB_NOT_FOUND for an unknown NIK. */
KB_MUST_USE enum kb_err inbound_enrol(struct inbound *inbound, const char *nik,
    char code[static INBOUND_CODE_BYTES]);

/* --- screens -------------------------------------------------------------- */

/** One step through the screens of ussd.menu; borrowed. */
struct inbound_menu {
    const char *key;   /* "ussd:…", at most 47 bytes: the session */
    const char *phone; /* normalised, a mobile number's */
    const char *input; /* NULL: show where the session stands */
    const char *heard; /* the front's own note, kept with it; 79 bytes */
};

/** What is shown: within 182 GSM-7 characters. */
struct inbound_screen {
    char text[800];
    bool more; /* the session goes on */
};
KB_MUST_USE enum kb_err inbound_menu(struct inbound *inbound,
    const struct inbound_menu *in, struct inbound_screen *out);

struct inbound_session {
    char key[48];
    char heard[80];
    bool ended;
    int64_t at_ms; /* of its last step */
};
/** KB_OK, KB_NOT_FOUND, KB_DB; ended ones are known for a day. */
KB_MUST_USE enum kb_err inbound_session_get(
    struct inbound *inbound, const char *key, struct inbound_session *out);
/** Gives what a phone left open since an instant to a new session, which ends
 *  the old one; KB_NOT_FOUND where there is nothing. */
KB_MUST_USE enum kb_err inbound_session_resume(struct inbound *inbound,
    const char *phone, int64_t since_ms, const char *key);

/* --- the human inbox --------------------------------------------------- */

struct inbox_entry {
    int64_t id;
    char phone[24];
    char state[8]; /* open, closed */
    char text[1700];
    char intent[24];
    char modem[32];
    int64_t at_ms;
    int64_t answered_id; /* the automatic answer's message, 0: none */
    int64_t reply_id;    /* the staff's answer, 0: none yet */
    char note[128];      /* why it lies before people, "" where it is plain */
    char assigned[64];   /* who looks after it; "" : nobody */
    int64_t snoozed_until_ms; /* put off until then; 0: not */
};

/** Must not call inbox functions. */
typedef void inbox_fn(void *arg, const struct inbox_entry *entry);

/** Which entries, newest first; what is NULL or 0 is left out. */
struct inbox_filter {
    const char *phone; /* normalised */
    const char *reach; /* registry.h: of phones of people in it */
    bool open_only;    /* and not put off */
    int64_t from_id;   /* only ids from it on: bounds what is looked through */
    int64_t before_id; /* only ids below it */
    int limit;         /* 0: all */
};
KB_MUST_USE enum kb_err inbox_list(struct inbound *inbound,
    const struct inbox_filter *filter, inbox_fn *fn, void *arg);
/** The highest id that an entry has; 0: there is none. */
KB_MUST_USE enum kb_err inbox_last_id(struct inbound *inbound, int64_t *out);
KB_MUST_USE enum kb_err inbox_get(
    struct inbound *inbound, int64_t id, struct inbox_entry *out);

/** Queues a reply by staff and closes the entry. KB_NOT_FOUND; KB_REFUSED for
 *  a sender that no SMS reaches; KB_INVALID for a text that no SMS carries. */
KB_MUST_USE enum kb_err inbox_reply(struct inbound *inbound, int64_t id,
    const char *text, int64_t *message_id, struct why *why);
KB_MUST_USE enum kb_err inbox_close(struct inbound *inbound, int64_t id);
KB_MUST_USE enum kb_err inbox_count_open(
    struct inbound *inbound, int64_t *count);

/** Gives an entry to somebody of the staff; "" to nobody. */
KB_MUST_USE enum kb_err inbox_assign(
    struct inbound *inbound, int64_t id, const char *who);
/** Puts an open entry off; 0: no longer. Lists of open ones leave it out. */
KB_MUST_USE enum kb_err inbox_snooze(
    struct inbound *inbound, int64_t id, int64_t until_ms);
/** Open entries that wait for longer than inbox.alarm_h. */
KB_MUST_USE enum kb_err inbox_count_overdue(
    struct inbound *inbound, int64_t *count);
/** A canned answer (canned_<name>) for an entry's phone, filled in. */
KB_MUST_USE enum kb_err inbox_canned(struct inbound *inbound, int64_t id,
    const char *name, struct buf *out, struct why *why);

#endif
