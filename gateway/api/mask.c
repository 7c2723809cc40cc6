// SPDX-License-Identifier: GPL-2.0-or-later
/* What is left of people's data for who may not see it whole. */
#include "api/handlers.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#define NIK_DIGITS  16
#define PHONE_LEAST 10 /* 08 and eight more */
#define PHONE_MOST  15 /* E.164 */
#define HIDDEN      "***"
#define DIGITS_MOST 64

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/** 08…, 62… or +…: what can be dialled. */
static bool is_phone(const char *digits, size_t count, bool plus)
{
    return count >= PHONE_LEAST && count <= PHONE_MOST &&
           (plus || strncmp(digits, "08", 2) == 0 ||
               strncmp(digits, "62", 2) == 0);
}

/** Writes a run of digits, masked where it is somebody's; says whether. */
static bool put_digits(
    const char *run, size_t count, bool plus, struct buf *out)
{
    char digits[DIGITS_MOST + 2] = "+";
    if (count > DIGITS_MOST) {
        buf_add_text(out, HIDDEN);
        return true;
    }
    memcpy(digits + 1, run, count);
    if (count == NIK_DIGITS) {
        buf_add_text(out, plus ? "+" : "");
        buf_add_text(out, log_nik(digits + 1).text);
        return true;
    }
    if (is_phone(digits + 1, count, plus)) {
        buf_add_text(out, log_phone(plus ? digits : digits + 1).text);
        return true;
    }
    buf_add_text(out, plus ? "+" : "");
    buf_add(out, run, count);
    return false;
}

bool api_mask_text(const char *text, struct buf *out)
{
    bool masked = false;
    while (*text) {
        bool plus = *text == '+' && is_digit(text[1]);
        const char *run = text + (plus ? 1 : 0);
        size_t count = strspn(run, "0123456789");
        if (count > 0) {
            masked = put_digits(run, count, plus, out) || masked;
            text = run + count;
        } else {
            size_t plain = strcspn(text, "0123456789+");
            plain = plain > 0 ? plain : 1;
            buf_add(out, text, plain);
            text += plain;
        }
    }
    return masked;
}

static void mask_string(json_t *value)
{
    struct buf out = {0};
    if (api_mask_text(json_string_value(value), &out)) {
        (void)json_string_set(value, buf_text(&out));
    }
    buf_clear(&out);
}

/** Without a view of people: what was written to or by somebody, and the name
 *  beside a NIK. Alarms, templates and campaigns have texts and names too. */
static void hide_words(json_t *object)
{
    bool of_somebody =
        json_object_get(object, "phone") || json_object_get(object, "from");
    json_t *text = json_object_get(object, "text");
    json_t *name = json_object_get(object, "name");
    if (of_somebody && json_is_string(text)) {
        (void)json_string_set(text, HIDDEN);
    }
    if ((json_object_get(object, "nik") || json_object_get(object, "nik4") ||
            json_object_get(object, "phone")) &&
        json_is_string(name)) {
        json_object_set_new(
            object, "name", api_name_json(json_string_value(name), VIEW_NONE));
    }
}

void api_mask(json_t *value, enum access_view view)
{
    const char *name = NULL;
    json_t *item = NULL;
    size_t i = 0;
    if (json_is_string(value)) {
        mask_string(value);
    }
    if (view == VIEW_NONE && json_is_object(value)) {
        hide_words(value);
    }
    json_object_foreach(value, name, item)
    {
        api_mask(item, view);
    }
    json_array_foreach(value, i, item)
    {
        api_mask(item, view);
    }
}

json_t *api_name_json(const char *name, enum access_view view)
{
    struct buf out = {0};
    if (view != VIEW_NONE) {
        return api_text_json(name);
    }
    while (*name) {
        char bytes[4] = {0};
        name += strspn(name, " ");
        if (*name) {
            buf_add_text(&out, out.used > 0 ? " " : "");
            buf_add(&out, bytes, str_utf8_put(str_utf8_next(&name), bytes));
            buf_add_text(&out, HIDDEN);
            name += strcspn(name, " ");
        }
    }
    json_t *json = json_string(buf_text(&out));
    buf_clear(&out);
    return json;
}

json_t *api_words_json(const char *text, enum access_view view)
{
    return view == VIEW_NONE ? json_string(HIDDEN) : api_text_json(text);
}
