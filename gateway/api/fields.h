// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_API_FIELDS_H
#define KABARI_API_FIELDS_H

#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One reader for all that requests carry: a table says which fields a body or
 * query may have and where their values go. What the table does not know is
 * an error, so that a misspelt field is never silently left out.
 */

enum api_type {
    API_TEXT,  /* const char *, borrowed from the JSON; NULL where absent */
    API_INT,   /* int64_t; the field's fallback where absent */
    API_BOOL,  /* bool; false where absent */
    API_TIME,  /* int64_t, Unix ms; 0 where absent */
    API_DAY,   /* int32_t, day number; INT32_MIN where absent */
    API_TEXTS, /* struct api_texts */
    API_TYPE_COUNT
};

#define API_TEXTS_MOST 20

struct api_texts {
    const char *item[API_TEXTS_MOST];
    size_t count;
};

/** One field; a table ends with a NULL name. */
struct api_field {
    const char *name;
    enum api_type type;
    size_t offset; /* of the member in the struct that is filled */
    bool needed;
    int64_t least; /* API_INT */
    int64_t most;  /* API_INT; bytes for API_TEXT and API_TEXTS, 0: 200 */
    int64_t fallback;
};

/** A field of that name and type that fills a member of a struct, and its
 *  bounds: .needed, .least, .most, .fallback. */
#define API_FIELD(key, kind, holder, member, ...)                              \
    {                                                                          \
        .name = (key), .type = (kind),                                         \
        .offset = offsetof(struct holder, member), __VA_ARGS__                 \
    }

/**
 * Reads an object's members into a struct.
 *
 * @param object  a body, or a query as api_query_read() gives it; NULL counts
 *                as {}. Numbers and truth may also be given as text, since a
 *                query has nothing else. null counts as absent.
 * @param fields  ends with a NULL name; NULL: no field is allowed.
 * @param out     the struct; borrows from object.
 * @return KB_OK, or KB_INVALID with field and sentence in why.
 */
KB_MUST_USE enum kb_err api_fields_read(const json_t *object,
    const struct api_field *fields, void *out, struct why *why);

/**
 * Reads "a=1&b=x%20y" as an object of texts; a name that comes several times
 * becomes an array. + is a space.
 *
 * @param out  a new object on KB_OK.
 * @return KB_OK, or KB_INVALID for a broken escape or malformed UTF-8.
 */
KB_MUST_USE enum kb_err api_query_read(
    const char *query, json_t **out, struct why *why);

/** RFC 3339 with an offset, or local "YYYY-MM-DD[ HH:MM]". KB_INVALID else. */
KB_MUST_USE enum kb_err api_time_read(const char *text, int64_t *out_ms);

/* --- values for answers ------------------------------------------------ */

/** A text; malformed bytes become U+FFFD. NULL becomes null. */
json_t *api_text_json(const char *text);
/** As api_text_json, but "" becomes null. */
json_t *api_text_or_null(const char *text);
/** RFC 3339; null for 0. */
json_t *api_time_json(int64_t at_ms);
/** YYYY-MM-DD; null for INT32_MIN. */
json_t *api_day_json(int32_t day);
/** A number; null where it is 0. */
json_t *api_id_or_null(int64_t id);
/** The parts of a text between separators; [] for "". */
json_t *api_split_json(const char *text, char separator);

#endif
