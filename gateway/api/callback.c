// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/callback.h"

#include "api/fields.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t callback_wait_ms(int attempts)
{
    static const int64_t waits_s[] = {
        5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 28800};
    size_t count = sizeof(waits_s) / sizeof(waits_s[0]);
    size_t i = attempts < 1 ? 0 : (size_t)attempts - 1;
    return 1000 * waits_s[i < count ? i : count - 1];
}

char *callback_body(const struct callback *callback)
{
    json_t *data = json_loads(callback->data, JSON_DECODE_ANY, NULL);
    json_t *body = json_pack("{sI ss so so}", "id", (json_int_t)callback->id,
        "event", callback->event, "at", api_time_json(callback->at_ms), "data",
        data ? data : json_null());
    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    return text;
}

void callback_sign(const char *secret, int64_t timestamp_s, const char *body,
    char out[static CALLBACK_SIGNATURE_BYTES])
{
    crypto_auth_hmacsha256_state state;
    unsigned char hash[crypto_auth_hmacsha256_BYTES];
    char stamp[32];
    (void)snprintf(stamp, sizeof(stamp), "%" PRId64 ".", timestamp_s);
    (void)crypto_auth_hmacsha256_init(
        &state, (const unsigned char *)secret, strlen(secret));
    (void)crypto_auth_hmacsha256_update(
        &state, (const unsigned char *)stamp, strlen(stamp));
    (void)crypto_auth_hmacsha256_update(
        &state, (const unsigned char *)body, strlen(body));
    (void)crypto_auth_hmacsha256_final(&state, hash);
    memcpy(out, "v1=", 4);
    (void)sodium_bin2hex(
        out + 3, CALLBACK_SIGNATURE_BYTES - 3, hash, sizeof(hash));
}

/* --- dlr-url ------------------------------------------------------------------- */

static void add_member(struct buf *out, const json_t *data, const char *name)
{
    const json_t *value = json_object_get(data, name);
    if (json_is_integer(value)) {
        buf_printf(out, "%lld", (long long)json_integer_value(value));
    } else {
        const char *text = json_string_value(value);
        text = text ? text : "";
        buf_add_encoded(out, text, strlen(text));
    }
}

static void add_time(struct buf *out, int64_t at_ms)
{
    char text[32] = "";
    struct tm utc = {0};
    time_t seconds = (time_t)(at_ms / 1000);
    (void)gmtime_r(&seconds, &utc);
    (void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &utc);
    buf_add_encoded(out, text, strlen(text));
}

/* Which member of the data stands for which letter. */
static const struct {
    char letter;
    const char *member;
} dlr_letters[] = {
    {'d', "type"   },
    {'i', "modem"  },
    {'I', "id"     },
    {'p', "sender" },
    {'P', "phone"  },
    {'o', "account"},
    {'A', "answer" },
    {'a', "answer" },
    {'F', "id"     },
};

/** @return how many letters were taken: 2, or 1 for a % that stands alone. */
static size_t add_escape(struct buf *out, const char *at, const json_t *data,
    const struct callback *callback)
{
    for (size_t i = 0; i < sizeof(dlr_letters) / sizeof(dlr_letters[0]); i++) {
        if (at[1] == dlr_letters[i].letter) {
            add_member(out, data, dlr_letters[i].member);
            return 2;
        }
    }
    switch (at[1]) {
    case 'T':
        buf_printf(out, "%" PRId64, callback->at_ms / 1000);
        return 2;
    case 't':
        add_time(out, callback->at_ms);
        return 2;
    case '%':
        buf_add_text(out, "%");
        return 2;
    default:
        buf_add_text(out, "%");
        return 1;
    }
}

char *callback_dlr_url(const struct callback *callback)
{
    struct buf out = {0};
    json_t *data = json_loads(callback->data, JSON_DECODE_ANY, NULL);
    const char *at = callback->url;
    while (*at) {
        if (*at == '%') {
            at += add_escape(&out, at, data, callback);
        } else {
            buf_add(&out, at++, 1);
        }
    }
    json_decref(data);
    return buf_take(&out);
}
