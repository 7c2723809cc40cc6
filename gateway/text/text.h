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
    TEXT_DEADLINE,     /* {deadline} 30/9/2016 */
    TEXT_DAYS_LEFT,    /* {days_left} */
    TEXT_NIK4,         /* {nik4} last four digits */
    TEXT_OTHER_OFFICE, /* {other_office} the fallback */
    TEXT_DAY,          /* {day} such as Senin 5/9 */
    TEXT_DIGITS,       /* {digits} how many digits came */
    TEXT_LIMIT,        /* {limit} queries a day */
    TEXT_FIELD_COUNT
};

/** What to put in: borrowed texts; NULL for a value that is not known. */
struct text_values {
    const char *field[TEXT_FIELD_COUNT];
};

struct texts;

/**
 * Loads every DIR/<lang>/<name>.txt and checks it. A fault in any template
 * refuses the whole set: nothing half-checked is ever sent.
 *
 * @param lang  the site's language, the fallback for all others; "id".
 * @param why   FILE:LINE and a sentence for the first fault.
 * @return KB_OK, KB_INVALID, KB_IO. Free with texts_free().
 */
KB_MUST_USE enum kb_err texts_load(
    const char *dir, const char *lang, struct texts **out, struct why *why);

void texts_free(struct texts *texts);

/** True where the site's language, or the fallback, has that template. */
bool texts_has(const struct texts *texts, const char *name);

/** True where a folder of that language exists. */
bool texts_has_language(const struct texts *texts, const char *lang);

/**
 * Fills a template in. Falls back to the site's language where lang (may be
 * "" or NULL) lacks the template. A value is put in as it is, but control
 * characters become spaces and each is cut at its field's worst-case length,
 * so that a text never grows past what `template check` showed; names are cut
 * at a word.
 *
 * @param out  the text is added to it.
 * @return KB_OK; KB_NOT_FOUND for no such template; KB_INVALID where the
 *         template needs a value that is NULL (nothing is added then).
 */
KB_MUST_USE enum kb_err texts_render(const struct texts *texts,
    const char *lang, const char *name, const struct text_values *values,
    struct buf *out);

/** Reports one template at a time; worst is with the longest values. */
struct text_finding {
    const char *lang;
    const char *name;
    const char *source; /* the text as written */
    struct text_size worst;
    int limit;            /* 160 for SMS templates, 182 for ussd_ */
    bool missing;         /* the language lacks it: the fallback is used */
    const char *warnings; /* "" or sentences, one a line: length, filter lint */
};

/** Calls fn for each language and template of the first set, in order. */
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

/** Where in the order of INTERFACE's first set a state's answer stands:
 *  "status_unrecorded" and so on for a resident's state. */
void texts_status_name(const char *state, char *out, size_t out_bytes);

#endif
