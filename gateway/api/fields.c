// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/fields.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MOST_BYTES 200
#define DAY_MS          INT64_C(86400000)
#define MINUTE_MS       INT64_C(60000)

static enum kb_err wrong(
    struct why *why, const struct api_field *field, const char *what)
{
    why_field(why, field->name);
    why_set(why, "%s %s", field->name, what);
    return KB_INVALID;
}

typedef enum kb_err read_fn(const json_t *value, const struct api_field *field,
    void *member, struct why *why);

static enum kb_err read_text(const json_t *value, const struct api_field *field,
    void *member, struct why *why)
{
    const char **out = member;
    size_t most = field->most > 0 ? (size_t)field->most : TEXT_MOST_BYTES;
    if (!json_is_string(value)) {
        return wrong(why, field, "must be one text");
    }
    if (json_string_length(value) > most) {
        why_field(why, field->name);
        why_set(why, "%s is too long (at most %zu bytes)", field->name, most);
        return KB_INVALID;
    }
    *out = json_string_value(value);
    return KB_OK;
}

static enum kb_err read_int(const json_t *value, const struct api_field *field,
    void *member, struct why *why)
{
    int64_t *out = member;
    int64_t number = 0;
    bool fine = json_is_integer(value) || json_is_string(value);
    if (json_is_integer(value)) {
        number = json_integer_value(value);
    } else if (fine) {
        fine = str_int(json_string_value(value), field->least, field->most,
                   &number) == KB_OK;
    }
    if (!fine || number < field->least || number > field->most) {
        why_field(why, field->name);
        why_set(why, "%s must be a whole number from %lld to %lld", field->name,
            (long long)field->least, (long long)field->most);
        return KB_INVALID;
    }
    *out = number;
    return KB_OK;
}

static enum kb_err read_bool(const json_t *value, const struct api_field *field,
    void *member, struct why *why)
{
    bool *out = member;
    const char *text = json_string_value(value);
    if (json_is_true(value) ||
        (text && (strcmp(text, "1") == 0 || strcmp(text, "true") == 0))) {
        *out = true;
        return KB_OK;
    }
    if (json_is_false(value) ||
        (text && (strcmp(text, "0") == 0 || strcmp(text, "false") == 0))) {
        *out = false;
        return KB_OK;
    }
    return wrong(why, field, "must be true or false");
}

static enum kb_err read_time(const json_t *value, const struct api_field *field,
    void *member, struct why *why)
{
    int64_t *out = member;
    const char *text = json_string_value(value);
    if (!text || api_time_read(text, out) != KB_OK) {
        return wrong(why, field,
            "must be a time such as 2016-09-30 08:00 or "
            "2016-09-30T08:00:00+08:00");
    }
    return KB_OK;
}

static enum kb_err read_day(const json_t *value, const struct api_field *field,
    void *member, struct why *why)
{
    int32_t *out = member;
    const char *text = json_string_value(value);
    struct civil civil = {0};
    bool has_time = false;
    if (!text || civil_parse(text, &civil, &has_time) != KB_OK || has_time) {
        return wrong(why, field, "must be a date such as 2016-09-30");
    }
    *out = civil_day(civil.year, civil.month, civil.day);
    return KB_OK;
}

static enum kb_err read_texts(const json_t *value,
    const struct api_field *field, void *member, struct why *why)
{
    struct api_texts *out = member;
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    if (count > API_TEXTS_MOST) {
        return wrong(why, field, "may come at most 20 times");
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *item =
            json_is_array(value) ? json_array_get(value, i) : value;
        enum kb_err err = read_text(item, field, &out->item[i], why);
        if (err != KB_OK) {
            return err;
        }
    }
    out->count = count;
    return KB_OK;
}

static const struct {
    read_fn *read;
} types[API_TYPE_COUNT] = {
    [API_TEXT] = {read_text},
    [API_INT] = {read_int},
    [API_BOOL] = {read_bool},
    [API_TIME] = {read_time},
    [API_DAY] = {read_day},
    [API_TEXTS] = {read_texts},
};

static const struct api_field *find_field(
    const struct api_field *fields, const char *name)
{
    for (const struct api_field *field = fields; field && field->name;
         field++) {
        if (strcmp(field->name, name) == 0) {
            return field;
        }
    }
    return NULL;
}

static enum kb_err refuse_unknown(
    const json_t *object, const struct api_field *fields, struct why *why)
{
    /* jansson's iterators do not change an object, but take it as writable. */
    void *at = json_object_iter((json_t *)object);
    for (; at; at = json_object_iter_next((json_t *)object, at)) {
        const char *name = json_object_iter_key(at);
        if (!find_field(fields, name)) {
            why_field(why, name);
            why_set(why, "there is no field %.60s here; leave it out", name);
            return KB_INVALID;
        }
    }
    return KB_OK;
}

static void preset(const struct api_field *field, void *member)
{
    if (field->type == API_INT) {
        *(int64_t *)member = field->fallback;
    } else if (field->type == API_DAY) {
        *(int32_t *)member = INT32_MIN;
    }
}

enum kb_err api_fields_read(const json_t *object,
    const struct api_field *fields, void *out, struct why *why)
{
    if (object && !json_is_object(object)) {
        why_set(why, "the body must be one JSON object");
        return KB_INVALID;
    }
    enum kb_err err = refuse_unknown(object, fields, why);
    const struct api_field *field = fields;
    for (; err == KB_OK && field && field->name; field++) {
        const json_t *value = json_object_get(object, field->name);
        void *member = (char *)out + field->offset;
        preset(field, member);
        if (value && !json_is_null(value)) {
            err = types[field->type].read(value, field, member, why);
        } else if (field->needed) {
            err = wrong(why, field, "is missing");
        }
    }
    return err;
}

/* --- queries --------------------------------------------------------- */

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    int lower = tolower((unsigned char)digit);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/** The byte that "%xx" at from stands for; -1 for a broken escape. */
static int escaped(const char *from, const char *end)
{
    if (end - from < 3) {
        return -1;
    }
    int high = hex_value(from[1]);
    int low = hex_value(from[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/** Decodes the bytes up to end; NULL for a broken escape or text. */
static char *decode(const char *from, const char *end)
{
    struct buf out = {0};
    int byte = 0;
    while (byte >= 0 && from < end) {
        byte = *from == '%' ? escaped(from, end) : (unsigned char)*from;
        from += *from == '%' ? 3 : 1;
        char plain = byte == '+' && from[-1] == '+' ? ' ' : (char)byte;
        buf_add(&out, &plain, 1);
    }
    if (byte < 0 || !str_utf8_valid(buf_text(&out), out.used)) {
        buf_clear(&out);
        return NULL;
    }
    return buf_take(&out);
}

static void put_query(json_t *object, const char *name, const char *value)
{
    json_t *before = json_object_get(object, name);
    json_t *text = json_string(value);
    if (!before) {
        json_object_set_new(object, name, text);
        return;
    }
    if (!json_is_array(before)) {
        json_t *list = json_array();
        json_array_append(list, before);
        json_object_set_new(object, name, list);
        before = list;
    }
    json_array_append_new(before, text);
}

static enum kb_err read_pair(json_t *object, const char *from, const char *end)
{
    const char *equals = memchr(from, '=', (size_t)(end - from));
    char *name = decode(from, equals ? equals : end);
    char *value = decode(equals ? equals + 1 : end, end);
    bool fine = name && value;
    if (fine && *name) {
        put_query(object, name, value);
    }
    free(name);
    free(value);
    return fine ? KB_OK : KB_INVALID;
}

enum kb_err api_query_read(const char *query, json_t **out, struct why *why)
{
    json_t *object = json_object();
    const char *from = query ? query : "";
    while (*from) {
        const char *end = strchrnul(from, '&');
        if (read_pair(object, from, end) != KB_OK) {
            json_decref(object);
            why_set(why, "the query cannot be read; encode it as UTF-8 with "
                         "percent escapes");
            return KB_INVALID;
        }
        from = *end ? end + 1 : end;
    }
    *out = object;
    return KB_OK;
}

/* --- times ----------------------------------------------------------- */

/** "Z" or "+08:00" at the end of an RFC 3339 time, as minutes. */
static enum kb_err read_offset(const char *text, int *minutes)
{
    if (str_same(text, "Z")) {
        *minutes = 0;
        return KB_OK;
    }
    int of_day = text[0] ? civil_parse_minute(text + 1) : -1;
    if ((text[0] != '+' && text[0] != '-') || of_day < 0) {
        return KB_INVALID;
    }
    *minutes = text[0] == '-' ? -of_day : of_day;
    return KB_OK;
}

/** The ":SS[.fff]" of an RFC 3339 time; returns the text behind it. */
static const char *read_seconds(const char *text, int64_t *ms)
{
    char digits[3] = {0};
    int64_t seconds = 0;
    if (text[0] != ':' || !text[1] || !text[2]) {
        return NULL;
    }
    memcpy(digits, text + 1, 2);
    if (str_int(digits, 0, 60, &seconds) != KB_OK) {
        return NULL;
    }
    *ms = seconds * 1000;
    text += 3;
    if (*text == '.') {
        size_t length = strspn(text + 1, "0123456789");
        int64_t scale = 100;
        for (size_t i = 0; i < length && scale > 0; i++, scale /= 10) {
            *ms += (text[1 + i] - '0') * scale;
        }
        text = length > 0 ? text + 1 + length : NULL;
    }
    return text;
}

enum kb_err api_time_read(const char *text, int64_t *out_ms)
{
    enum {
        MINUTES_END = 16
    }; /* "2016-09-30T08:00" */
    struct civil civil = {0};
    char local[MINUTES_END + 1] = {0};
    int offset = 0;
    int64_t ms = 0;
    if (strlen(text) <= MINUTES_END) {
        if (civil_parse(text, &civil, NULL) != KB_OK) {
            return KB_INVALID;
        }
        *out_ms =
            civil_instant_ms(civil_day(civil.year, civil.month, civil.day),
                civil.hour * 60 + civil.minute);
        return KB_OK;
    }
    memcpy(local, text, MINUTES_END);
    const char *rest = read_seconds(text + MINUTES_END, &ms);
    if (!rest || civil_parse(local, &civil, NULL) != KB_OK ||
        read_offset(rest, &offset) != KB_OK) {
        return KB_INVALID;
    }
    *out_ms = civil_day(civil.year, civil.month, civil.day) * DAY_MS +
              (civil.hour * 60 + civil.minute - offset) * MINUTE_MS + ms;
    return KB_OK;
}

/* --- values for answers ---------------------------------------------- */

static json_t *mended_text(const char *text)
{
    struct buf out = {0};
    char bytes[4] = {0};
    uint32_t code = str_utf8_next(&text);
    while (code != 0) {
        buf_add(&out, bytes, str_utf8_put(code, bytes));
        code = str_utf8_next(&text);
    }
    json_t *json = json_string(buf_text(&out));
    buf_clear(&out);
    return json;
}

json_t *api_text_json(const char *text)
{
    if (!text) {
        return json_null();
    }
    json_t *json = json_string(text);
    return json ? json : mended_text(text);
}

json_t *api_text_or_null(const char *text)
{
    return text && *text ? api_text_json(text) : json_null();
}

json_t *api_time_json(int64_t at_ms)
{
    return at_ms != 0 ? json_string(civil_rfc3339(at_ms).text) : json_null();
}

json_t *api_day_json(int32_t day)
{
    return day != INT32_MIN ? json_string(civil_date(day).text) : json_null();
}

json_t *api_id_or_null(int64_t id)
{
    return id != 0 ? json_integer(id) : json_null();
}

json_t *api_split_json(const char *text, char separator)
{
    json_t *list = json_array();
    while (*text) {
        const char *end = strchrnul(text, separator);
        char *item = mem_strndup(text, (size_t)(end - text));
        json_array_append_new(list, api_text_json(item));
        free(item);
        text = *end ? end + 1 : end;
    }
    return list;
}
