// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_TEXT_TEXT_INTERNAL_H
#define KABARI_TEXT_TEXT_INTERNAL_H

#include "text/text.h"

/* --- segment.c ------------------------------------------------------- */

/** The septets of a character; 0 where GSM-7 lacks it. */
int text_septets(uint32_t code);

/** The septets or UTF-16 units of a character; a character that GSM-7 lacks
 *  counts 0 with TEXT_GSM7. */
int text_units(uint32_t code, enum text_coding coding);

/* --- fields.c: the placeholders and the first set ---------------------- */

/** What happens to a value that is wider than its field. */
enum text_fit {
    TEXT_FIT_WORD,
    TEXT_FIT_CHAR,
    TEXT_FIT_WHOLE
};

enum text_fit text_field_fit(enum text_field field);

/** A usual value, for the filter lint. */
const char *text_field_sample(enum text_field field);

/** The field of that name; TEXT_FIELD_COUNT where there is none. */
enum text_field text_field_find(const char *name);

/** The field that somebody who wrote name probably meant (a slip of the keys,
 *  an Indonesian word); TEXT_FIELD_COUNT where nothing is near. */
enum text_field text_field_nearest(const char *name);

/** "{name}, {office}" of a set of fields (1 << field), "" for none. */
void text_fields_list(unsigned fields, char *out, size_t out_bytes);

/** The first set's names in order; NULL past the end. */
const char *text_first_set(size_t index);

/** The fields (1 << field) offered to a template; false for an unknown name.
 *  An office's own campaign_<anything> is offered what remind_first is. */
bool text_spec_find(const char *name, unsigned *fields);

/** The first set's name nearest to a mistyped one; NULL for none. */
const char *text_name_nearest(const char *name);

/** True for ussd_ screens. */
bool text_is_ussd(const char *name);

/* --- value.c: from a value to what stands in the message --------------- */

/** Room for any value once it is cut. */
struct text_value {
    char text[128];
};

/**
 * Folds a value to the template's alphabet and cuts it at the field's width.
 *
 * @return false where it is a figure that does not fit.
 */
bool text_value_fit(enum text_field field, enum text_coding coding,
    const char *value, struct text_value *out);

/** The septets that a value takes once it is folded to GSM-7. */
int text_value_septets(const char *value);

/* --- fault.c: reporting, reading files --------------------------------- */

/** Who is told of faults, and how many there were. */
struct text_faults {
    void (*fn)(void *arg, const struct why *why);
    void *arg;
    int count;
};

/** Reports a fault at FILE:LINE. */
void text_fault(struct text_faults *faults, const char *file, int line,
    const char *fmt, ...) KB_PRINTF(4, 5);

/**
 * Reads a text file: valid UTF-8 without NUL, a BOM and carriage returns
 * dropped. Every fault is reported.
 *
 * @return the text, which the caller frees; NULL after a fault.
 */
char *text_read_file(
    const char *path, size_t most_bytes, struct text_faults *faults);

/**
 * Writes a text and a line break so that the file is there whole or as it was:
 * a file beside it, whose name starts with a dot, is flushed and renamed.
 *
 * @return KB_OK, or KB_IO with errno set and nothing changed.
 */
KB_MUST_USE enum kb_err text_write_file(
    const char *folder, const char *path, const char *text);

/* --- lint.c ---------------------------------------------------------- */

struct text_lint;

/** Reads the rule file, {site} in it being the site's name; NULL where there is
 *  none. Faults are reported. */
struct text_lint *text_lint_load(
    const char *path, const char *site, struct text_faults *faults);

void text_lint_free(struct text_lint *lint);

/** Adds a sentence and a line break for each rule that objects to the text;
 *  lint may be NULL. */
void text_lint_run(
    const struct text_lint *lint, const char *text, struct buf *warnings);

/* --- template.c: one parsed template ----------------------------------- */

struct text_template;

/** What a template file is and may hold; borrowed. */
struct text_template_file {
    const char *path;
    const char *name;
    unsigned fields;  /* that may stand in it (1 << field) */
    const char *site; /* what stands for {site} */
};

/**
 * Parses and measures one template file.
 *
 * @return NULL after a fault; free with text_template_free().
 */
struct text_template *text_template_load(
    const struct text_template_file *what, struct text_faults *faults);

/** The same from memory; path names it in faults. Takes the source, which is
 *  valid UTF-8 without NUL. */
struct text_template *text_template_parse(const struct text_template_file *what,
    char *take_source, struct text_faults *faults);

void text_template_free(struct text_template *template);

/** Length and lint, as text_finding shows them. */
void text_template_judge(
    struct text_template *template, const struct text_lint *lint);

/** Fills in what text_finding says of a template. */
void text_template_describe(
    const struct text_template *template, struct text_finding *finding);

/** The fields that it needs and values lacks (1 << field). */
unsigned text_template_lacks(
    const struct text_template *template, const struct text_values *values);

/** As texts_render() for this template; KB_OK or KB_INVALID. */
KB_MUST_USE enum kb_err text_template_render(
    const struct text_template *template, const struct text_values *values,
    struct buf *out);

#endif
