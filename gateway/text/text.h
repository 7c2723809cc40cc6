// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_TEXT_TEXT_H
#define KABARI_TEXT_TEXT_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The words that people read: templates with checked placeholders, and how an
 * SMS is cut into segments (3GPP TS 23.038, TS 23.040 §9.2.3.24.1).
 */

/** The most segments a message may have; longer texts are refused. */
#define TEXT_MAX_PARTS 10

enum text_coding {
    TEXT_GSM7,
    TEXT_UCS2
};

struct text_size {
    enum text_coding coding;
    int units; /* septets with GSM-7 (€ [ ] and such are two), else UTF-16 */
    int parts; /* 160/153 septets, 70/67 UTF-16 units; 0 for "" */
};

/** Measures valid UTF-8 of any length. */
struct text_size text_measure(const char *text);

/** One segment's text; NUL-terminated UTF-8, at most 160 characters. */
struct text_part {
    char text[160 * 4 + 1];
};

/**
 * Cuts a text into the parts that one SMS each holds; no escape sequence and
 * no surrogate pair is split.
 *
 * @param parts  room for TEXT_MAX_PARTS.
 * @return KB_OK; KB_INVALID for "", malformed UTF-8 or more parts than that.
 */
KB_MUST_USE enum kb_err text_split(const char *text, struct text_part *parts,
    int *count, enum text_coding *coding);

/** Every placeholder that a template may hold, as {name}. */
enum text_field {
    TEXT_NAME,         /* {name} of the resident, or the household's names */
    TEXT_OFFICE,       /* {office} */
    TEXT_HOURS,        /* {hours} 08.00-14.00 */
    TEXT_DEADLINE,     /* {deadline} 30 Sep 2016: see text_deadline() */
    TEXT_DAYS_LEFT,    /* {days_left} */
    TEXT_NIK4,         /* {nik4} last four digits */
    TEXT_OTHER_OFFICE, /* {other_office} the fallback */
    TEXT_DAY,          /* {day} such as Senin 5/9: see text_day() */
    TEXT_DIGITS,       /* {digits} how many digits came */
    TEXT_LIMIT,        /* {limit} queries a day */
    TEXT_CHOICES,      /* {choices} 1 ..9001 2 ..9002 */
    TEXT_HELD,         /* {held} invitations that wait: 1.204 */
    TEXT_CALLED,       /* {called} people or phones: 35 */
    TEXT_DAYS,         /* {days} of an office, Senin-Jumat: see text_days() */
    TEXT_FIELD_COUNT
};

/** The placeholder's name without braces, such as "other_office". */
const char *text_field_name(enum text_field field);

/** The most septets (UTF-16 units in a UCS-2 template) of a value. */
int text_field_width(enum text_field field);

/** What to put in: borrowed texts; NULL for a value that is not known. */
struct text_values {
    const char *field[TEXT_FIELD_COUNT];
};

/**
 * Whether a template may ask for a field: whoever renders that template must
 * supply all of these, since staff may put them into its text. False for an
 * unknown name. {deadline} alone may stay NULL where there is a template
 * <name>_undated.
 */
bool text_field_offered(const char *name, enum text_field field);

/** A last day as people read it, in a form that operators' filters leave
 *  alone: "30 Sep 2016". Languages without month names of their own get
 *  Indonesian ones. out needs 12 bytes. */
void text_deadline(const char *lang, int32_t day, char *out, size_t out_bytes);

/** A day to come to the office: "Senin 5/9", "Mon 5 Sep". 13 bytes. */
void text_day(const char *lang, int32_t day, char *out, size_t out_bytes);

/** The days on which an office is open, as config_days() has them (bit 0 for
 *  Monday): "Senin-Jumat", "Sen-Rab,Sab"; "" for none. 24 bytes. */
void text_days(const char *lang, unsigned days, char *out, size_t out_bytes);

/**
 * The names of those who share a phone, within {name}'s width: as many whole
 * names as fit, then given names, then "Maria Weng +3".
 *
 * @param out  filled with "" for no names; 16 bytes are enough for names in
 *             ASCII, 64 for all.
 */
void text_names(
    const char *const *names, size_t count, char *out, size_t out_bytes);

struct texts;

/**
 * Loads every DIR/<lang>/<name>.txt and checks it. A fault in any template
 * refuses the whole set: nothing half-checked is ever sent. DIR/lint.rules
 * holds the filter lint; without it nothing is linted, which is logged.
 *
 * @param lang  the site's language, the fallback for all others; "id".
 * @param why   FILE:LINE and a sentence for the first fault.
 * @return KB_OK, KB_INVALID, KB_IO. Free with texts_free().
 */
KB_MUST_USE enum kb_err texts_load(
    const char *dir, const char *lang, struct texts **out, struct why *why);

/** As texts_load(), signed by a site: its name (site.name) is what {site}
 *  stands for, in every template and in lint.rules. texts_load() signs
 *  "DUKCAPIL MABAR", for whom the first set was written. */
struct texts_source {
    const char *dir;
    const char *lang;
    const char *site;
};
KB_MUST_USE enum kb_err texts_load_signed(
    const struct texts_source *from, struct texts **out, struct why *why);

void texts_free(struct texts *texts);

/** True where the site's language, or the fallback, has that template. */
bool texts_has(const struct texts *texts, const char *name);

/** True where a folder of that language exists. */
bool texts_has_language(const struct texts *texts, const char *lang);

/**
 * Fills a template in. Falls back to the site's language where lang (may be
 * "" or NULL) lacks the template. A value is put in as it is, but control
 * characters become spaces and each is cut at its field's worst-case length,
 * so that a text never grows past what `template check` showed; names and
 * offices are cut at a word. A figure ({days_left}, {nik4}, {digits},
 * {limit}) that is too long is refused instead: a cut figure is another one.
 * Where the template is GSM-7, characters of values that GSM-7 lacks become
 * the nearest that it has (’ ', – -, ó o, else ?), so that no name turns the
 * SMS into UCS-2.
 *
 * @param out  the text is added to it.
 * @return KB_OK; KB_NOT_FOUND for no such template; KB_INVALID where the
 *         template needs a value that is NULL or a figure is too long
 *         (nothing is added then). Only a missing {deadline} is mended: the
 *         template <name>_undated is used where there is one.
 */
KB_MUST_USE enum kb_err texts_render(const struct texts *texts,
    const char *lang, const char *name, const struct text_values *values,
    struct buf *out);

/** One template in one language, as `template check` shows it. */
struct text_finding {
    const char *lang;
    const char *name;
    const char *source; /* the text as written; where missing, the fallback's */
    struct text_size worst;
    int limit;    /* units: SMS 160 or UCS-2 70; ussd_ 182 or UCS-2 80 */
    bool missing; /* the language lacks it: the fallback is used */
    const char *fallback; /* that language; "" where none is needed */
    const char *warnings; /* "" or sentences, one a line: length, filter lint */
};

/** Calls fn for each language (the site's first) and each template of the
 *  first set in order, then for the office's own campaign_ templates. */
void texts_each(const struct texts *texts,
    void (*fn)(void *arg, const struct text_finding *finding), void *arg);

/**
 * Collects every fault of a template folder, not only the first: for
 * `kabari check`. fn gets one why per fault.
 *
 * @return how many faults there are.
 */
int texts_check(const char *dir, const char *lang,
    void (*fn)(void *arg, const struct why *why), void *arg);
int texts_check_signed(const struct texts_source *from,
    void (*fn)(void *arg, const struct why *why), void *arg);

/* --- editing ------------------------------------------------------------- */

/** What somebody is writing for a template, not saved; borrowed, any bytes. */
struct text_draft {
    const char *lang;
    const char *name;
    const char *text;
};

/** Such a text, judged. */
struct text_trial;

/**
 * Judges a text as if it stood in DIR/<lang>/<name>.txt.
 *
 * @param out  free with texts_trial_free().
 * @return     KB_INVALID (why: line and sentence) where it could not be saved
 *             so; KB_NOT_FOUND for an unknown template or language.
 */
KB_MUST_USE enum kb_err texts_try(const struct texts *texts,
    const struct text_draft *draft, struct text_trial **out, struct why *why);
/** Its worst case and warnings; lang, name and missing are left empty. */
void texts_trial_describe(
    const struct text_trial *trial, struct text_finding *finding);
/** KB_OK, or KB_INVALID as texts_render(). */
KB_MUST_USE enum kb_err texts_trial_render(const struct text_trial *trial,
    const struct text_values *values, struct buf *out);
void texts_trial_free(struct text_trial *trial);

/**
 * Writes DIR/<lang>/<name>.txt so that it is there whole or as it was: to a new
 * file beside it, flushed, then renamed. Try the text first.
 *
 * @return KB_OK; KB_IO where the folder cannot be written (why says what to
 *         do).
 */
KB_MUST_USE enum kb_err texts_save(const struct texts *texts, const char *lang,
    const char *name, const char *text, struct why *why);
/** Takes a template's file away: the language falls back. KB_OK, KB_IO. */
KB_MUST_USE enum kb_err texts_remove(
    const struct texts *texts, const char *lang, const char *name);

/** The template that answers a resident's state or flag: "status_printed".
 *  deceased, moved and what is unknown need an officer: status_review. */
void texts_status_name(const char *state, char *out, size_t out_bytes);

#endif
