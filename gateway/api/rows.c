// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/rows.h"

#include "api/handlers.h"

#include <string.h>

#define TEXT_MOST_BYTES 6120 /* 10 segments of 153 characters, 4 bytes each */

/* --- a row ----------------------------------------------------------- */

struct row_in {
    const char *phone;
    const char *text;
    const char *priority;
    int64_t at_ms;
    int64_t expire_at_ms;
    const char *ref;
};

const struct api_field rows_fields[] = {
    API_FIELD("phone", API_TEXT, row_in, phone, .needed = true),
    API_FIELD("text", API_TEXT, row_in, text, .needed = true,
        .most = TEXT_MOST_BYTES),
    API_FIELD("priority", API_TEXT, row_in, priority, .needed = false),
    API_FIELD("at", API_TIME, row_in, at_ms, .needed = false),
    API_FIELD("expire", API_TIME, row_in, expire_at_ms, .needed = false),
    API_FIELD("ref", API_TEXT, row_in, ref, .needed = false),
    {0},
};

static enum kb_err judge_text(const char *text, struct why *why)
{
    if (text[strspn(text, " \t\r\n")] != '\0') {
        return KB_OK;
    }
    why_field(why, "text");
    why_set(why, "text is blank; write what is to be sent");
    return KB_INVALID;
}

enum kb_err row_read(const json_t *json, struct row *out, struct why *why)
{
    struct row_in in = {0};
    enum msg_class class = MSG_NORMAL;
    enum kb_err err = api_fields_read(json, rows_fields, &in, why);
    if (err == KB_OK) {
        err = api_phone_read(in.phone, out->phone, why);
    }
    if (err == KB_OK) {
        err = judge_text(in.text, why);
    }
    if (err == KB_OK && in.priority &&
        msg_class_parse(in.priority, &class) != KB_OK) {
        why_field(why, "priority");
        why_set(why, "priority must be reply, normal or bulk");
        err = KB_INVALID;
    }
    if (err == KB_OK) {
        out->message = (struct outbox_new){.class = class,
            .phone = out->phone,
            .text = in.text,
            .due_at_ms = in.at_ms,
            .expires_at_ms = in.expire_at_ms,
            .ref = in.ref};
    }
    return err;
}

/* --- an array -------------------------------------------------------- */

/** The next character that is no space; '\0' at the end. */
static char peek(struct rows *rows)
{
    while (rows->at < rows->bytes && strchr(" \t\r\n", rows->text[rows->at]) &&
           rows->text[rows->at] != '\0') {
        rows->at++;
    }
    return rows->at < rows->bytes ? rows->text[rows->at] : '\0';
}

static enum kb_err unreadable(const struct rows *rows, struct why *why)
{
    why_set(why,
        "the body is not JSON at message %d; send an array of messages",
        rows->count + 1);
    return KB_PROTOCOL;
}

/** Behind the last row nothing may stand. */
static enum kb_err end_of(struct rows *rows, struct why *why)
{
    rows->at++;
    return peek(rows) == '\0' && rows->at == rows->bytes
               ? KB_NOT_FOUND
               : unreadable(rows, why);
}

enum kb_err rows_next(struct rows *rows, json_t **out, struct why *why)
{
    json_error_t error = {0};
    char next = peek(rows);
    bool first = rows->count == 0;
    if (first && next == '[') {
        rows->at++;
        next = peek(rows);
    } else if (next == ',') {
        rows->at++;
    }
    if (next == ']') {
        return end_of(rows, why);
    }
    if (first ? next == ',' : next != ',') {
        return unreadable(rows, why);
    }
    *out = json_loadb(rows->text + rows->at, rows->bytes - rows->at,
        JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY,
        &error);
    if (!*out) {
        return unreadable(rows, why);
    }
    rows->at += (size_t)error.position;
    rows->count++;
    return KB_OK;
}
