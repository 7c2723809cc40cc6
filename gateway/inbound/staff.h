// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_INBOUND_STAFF_H
#define KABARI_INBOUND_STAFF_H

#include "base/err.h"
#include "inbound/inbound.h"
#include "inbound/script.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * An office switched by SMS from a registered staff number ("RUSAK LEMBOR besok
 * 14", "NORMAL LEMBOR"), and what several residents say of a closed door. Which
 * words are meant stands in intents.rules (staff, report, report_never).
 */

struct staff_phone {
    char phone[PHONE_BYTES];
    char name[64];
    char office[32]; /* the only one that it may switch; "" : any */
};

/** All, by name; free(*out). */
KB_MUST_USE enum kb_err staff_list(
    struct inbound *inbound, struct staff_phone **out, size_t *count);
/** Registers a number, any spelling, or changes it. KB_INVALID (why). */
KB_MUST_USE enum kb_err staff_put(struct inbound *inbound,
    const struct staff_phone *staff, struct staff_phone *out, struct why *why);
KB_MUST_USE enum kb_err staff_remove(
    struct inbound *inbound, const char *phone);

/** Residents who say that an office is closed while it counts as open. */
struct suspicion {
    int phones;
    int64_t since_ms; /* when enough of them had said so */
};
/** KB_NOT_FOUND where there is none, or too few said so. */
KB_MUST_USE enum kb_err suspicion_get(
    struct inbound *inbound, const char *office, struct suspicion *out);
/** Staff looked, and it is open, or they switched it. */
KB_MUST_USE enum kb_err suspicion_end(
    struct inbound *inbound, const char *office);

/* --- reading: pure ----------------------------------------------------- */

/** What a text of the staff asks for. */
struct staff_order {
    char state[12];   /* up, degraded, down, closed */
    char word[20];    /* as it was said: the reason */
    char place[16];   /* a kecamatan's code; "" : none was named */
    char code[32];    /* a word that may be an office's code; "" : none */
    int32_t back_day; /* INT32_MIN: none was named */
    int hour;         /* of that day; -1: none was named */
};

/**
 * Reads "RUSAK LEMBOR besok 14": tomorrow at two, or the 14th where tomorrow is
 * the 14th. Days: besok, lusa, hari ini, a weekday, "tgl 14", "14/9", "3 hari",
 * a number alone is a day of the month.
 *
 * @return false where its first word is none of the staff's.
 */
bool staff_read(const struct script *script, const char *text, int32_t today,
    struct staff_order *out);

/** Whether a text says, and does not ask, that a door is closed. */
bool staff_reports_closed(const struct script *script, const char *text);

/* --- for letter.c ------------------------------------------------------ */

struct letter;
struct turn;

/** Takes a staff number's order: switches the office and writes the answer; or
 *  notes what a resident says of a door. taken: nothing else is to be done. */
KB_MUST_USE enum kb_err staff_take(struct inbound *inbound,
    const struct letter *letter, struct turn *turn, bool *taken);

/** Forgets what residents said of doors more than a day ago. */
KB_MUST_USE enum kb_err staff_forget(struct inbound *inbound, int64_t now_ms);

KB_MUST_USE enum kb_err staff_store_open(struct inbound *inbound);
void staff_store_close(struct inbound *inbound);

#endif
