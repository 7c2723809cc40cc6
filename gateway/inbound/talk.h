// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_INBOUND_TALK_H
#define KABARI_INBOUND_TALK_H

#include "inbound/inbound_internal.h"
#include "inbound/script_internal.h"

/*
 * What a conversation remembers: dialogues under way, languages, codes from
 * the counter, and what people want to be told of.
 */

/** Answers to a question of ours are taken for so long. */
#define DIALOGUE_LIFE_MS ((int64_t)10 * 60 * 1000)

/** Residents of a phone that are offered to choose from. */
#define CHOICES_MOST 5

struct dialogue {
    char key[48]; /* "sms:…", "ussd:…" */
    char phone_hash[33];
    char screen[SCRIPT_NAME_BYTES];
    char before[SCRIPT_NAME_BYTES];
    char heard[80];
    bool ended;
    int64_t at_ms;
    /* Slots: */
    char nik[NIK_BYTES];
    char office[32]; /* that was shown */
    int64_t resident[CHOICES_MOST];
    size_t residents;
};

/** The screen of a dialogue that asks which resident is meant. */
#define SCREEN_WHICH "which"

/** The key of a phone's dialogue by SMS. out takes 48 bytes. */
void dialogue_sms_key(const char *phone_hash, char *out);

/** KB_OK, KB_NOT_FOUND, KB_DB; however old it is. */
KB_MUST_USE enum kb_err dialogue_get(
    struct inbound *inbound, const char *key, struct dialogue *out);
/** The newest that a phone left open on another session since an instant. */
KB_MUST_USE enum kb_err dialogue_left_open(struct inbound *inbound,
    const char *phone_hash, int64_t since_ms, struct dialogue *out);
KB_MUST_USE enum kb_err dialogue_put(
    struct inbound *inbound, const struct dialogue *dialogue);

/** "" where the phone asked for none. out takes 8 bytes. */
KB_MUST_USE enum kb_err talk_language(
    struct inbound *inbound, const char *phone_hash, char *out);
KB_MUST_USE enum kb_err talk_set_language(
    struct inbound *inbound, const char *phone_hash, const char *lang);

/** Takes a code from the counter: KB_NOT_FOUND for one that is not valid now. */
KB_MUST_USE enum kb_err talk_take_code(
    struct inbound *inbound, const char *code, int64_t *resident_id);
KB_MUST_USE enum kb_err talk_put_code(struct inbound *inbound, const char *code,
    int64_t resident_id, int64_t expires_at_ms);

/** What somebody wants to be told of. */
struct watch {
    int64_t id;
    char phone[PHONE_BYTES];
    char kind[12]; /* resident, office */
    char subject[32];
    char modem[32];
};
KB_MUST_USE enum kb_err watch_put(
    struct inbound *inbound, const struct watch *watch);
/** One whose subject has changed; KB_NOT_FOUND for none. */
KB_MUST_USE enum kb_err watch_due(struct inbound *inbound, struct watch *out);
/** Goes on waiting, or is over. */
KB_MUST_USE enum kb_err watch_wait(struct inbound *inbound, int64_t id);
KB_MUST_USE enum kb_err watch_drop(struct inbound *inbound, int64_t id);

/** Notes a wish for a resident's or an office's change, in the caller's
 *  operation. */
KB_MUST_USE enum kb_err watch_resident(struct inbound *inbound,
    const char *phone, const char *modem, int64_t resident_id);
KB_MUST_USE enum kb_err watch_office(struct inbound *inbound, const char *phone,
    const char *modem, const char *office);

/** Tells one person what has changed; KB_NOT_FOUND where there is none. */
KB_MUST_USE enum kb_err watch_tell_one(struct inbound *inbound);

/** Forgets dialogues, codes and watches whose time is over; more: as ever. */
KB_MUST_USE enum kb_err talk_forget(struct inbound *inbound, bool *more);

KB_MUST_USE enum kb_err talk_store_open(struct inbound *inbound);
void talk_store_close(struct inbound *inbound);

#endif
