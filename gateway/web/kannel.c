// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/kannel.h"

#include "base/str.h"

#include <event2/http.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The headers, and the fields that a GET has in their place. */
static const char *const fields[][2] = {
    {"X-Kannel-Username", "username"},
    {"X-Kannel-Password", "password"},
    {"X-Kannel-From",     "from"    },
    {"X-Kannel-To",       "to"      },
    {"X-Kannel-Charset",  "charset" },
    {"X-Kannel-UDH",      "udh"     },
    {"X-Kannel-SMSC",     "smsc"    },
    {"X-Kannel-MClass",   "mclass"  },
    {"X-Kannel-MWI",      "mwi"     },
    {"X-Kannel-Coding",   "coding"  },
    {"X-Kannel-Compress", "compress"},
    {"X-Kannel-Validity", "validity"},
    {"X-Kannel-Deferred", "deferred"},
    {"X-Kannel-DLR-Mask", "dlr-mask"},
    {"X-Kannel-DLR-Url",  "dlr-url" },
    {"X-Kannel-Account",  "account" },
    {"X-Kannel-Priority", "priority"},
    {"X-Kannel-PID",      "pid"     },
    {"X-Kannel-Alt-DCS",  "alt-dcs" },
    {"X-Kannel-RPI",      "rpi"     },
    {"X-Kannel-BInfo",    "binfo"   },
};

static void add_field(
    struct buf *out, const char *name, const char *value, size_t bytes)
{
    buf_printf(out, "%s%s=", out->used > 0 ? "&" : "", name);
    buf_add_encoded(out, value, bytes);
}

/* --- XML ------------------------------------------------------------- */

/** A stretch of the document. */
struct span {
    const char *text;
    size_t bytes;
};

/* Where a field stands: <inside><tag>…; inside "" : anywhere. */
static const struct {
    const char *inside;
    const char *tag;
    const char *field;
} elements[] = {
    {"from",          "user",     "username"},
    {"from",          "username", "username"},
    {"from",          "pass",     "password"},
    {"from",          "password", "password"},
    {"from",          "account",  "account" },
    {"oa",            "number",   "from"    },
    {"da",            "number",   "to"      },
    {"",              "udh",      "udh"     },
    {"dcs",           "coding",   "coding"  },
    {"vp",            "delay",    "validity"},
    {"timing",        "delay",    "deferred"},
    {"statusrequest", "dlr-mask", "dlr-mask"},
    {"statusrequest", "dlr-url",  "dlr-url" },
    {"",              "priority", "priority"},
    {"",              "ud",       "text"    },
};

static const char *find(struct span in, const char *words, size_t bytes)
{
    return in.text == NULL || in.bytes < bytes
               ? NULL
               : memmem(in.text, in.bytes, words, bytes);
}

/** What stands between <tag> and </tag>; text NULL where there is none. */
static struct span between(struct span in, const char *tag)
{
    char open[32];
    char close[32];
    int open_bytes = snprintf(open, sizeof open, "<%s>", tag);
    int close_bytes = snprintf(close, sizeof close, "</%s>", tag);
    const char *from = find(in, open, (size_t)open_bytes);
    struct span rest = {0};
    const char *end = NULL;

    if (from == NULL) {
        return rest;
    }
    rest.text = from + open_bytes;
    rest.bytes = in.bytes - (size_t)(rest.text - in.text);
    end = find(rest, close, (size_t)close_bytes);
    if (end == NULL) {
        return (struct span){0};
    }
    rest.bytes = (size_t)(end - rest.text);
    return rest;
}

#define ENTITY_MOST 14 /* bytes of one, from & to ; */

/** Writes what an entity stands for; how many bytes it has, 0 for none. */
static size_t put_entity(struct span at, struct buf *out)
{
    static const char *const names[][2] = {
        {"&amp;",  "&" },
        {"&lt;",   "<" },
        {"&gt;",   ">" },
        {"&quot;", "\""},
        {"&apos;", "'" }
    };
    char digits[ENTITY_MOST - 2] = "";
    char utf8[4];
    const char *end =
        memchr(at.text, ';', at.bytes < ENTITY_MOST ? at.bytes : ENTITY_MOST);
    size_t bytes = end == NULL ? 0 : (size_t)(end - at.text) + 1;
    unsigned long code = 0;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i][0]) == bytes &&
            memcmp(names[i][0], at.text, bytes) == 0) {
            buf_add_text(out, names[i][1]);
            return bytes;
        }
    }
    if (bytes < 4 || at.text[1] != '#') {
        return 0;
    }
    memcpy(digits, at.text + 2, bytes - 3);
    code = digits[0] == 'x' ? strtoul(digits + 1, NULL, 16)
                            : strtoul(digits, NULL, 10);
    if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        return 0;
    }
    buf_add(out, utf8, str_utf8_put((uint32_t)code, utf8));
    return bytes;
}

static void put_text(struct span text, struct buf *out)
{
    static const char cdata[] = "<![CDATA[";
    size_t head = sizeof cdata - 1;

    if (text.bytes >= head + 3 && memcmp(text.text, cdata, head) == 0) {
        buf_add(out, text.text + head, text.bytes - head - 3);
        return;
    }
    while (text.bytes > 0) {
        size_t bytes = *text.text == '&' ? put_entity(text, out) : 0;

        if (bytes == 0) {
            buf_add(out, text.text, 1);
            bytes = 1;
        }
        text.text += bytes;
        text.bytes -= bytes;
    }
}

static void xml_form(struct span document, struct buf *out)
{
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        struct span in = *elements[i].inside == '\0'
                             ? document
                             : between(document, elements[i].inside);
        struct span found = in.text == NULL ? in : between(in, elements[i].tag);
        struct buf value = {0};

        if (found.text != NULL) {
            put_text(found, &value);
            add_field(out, elements[i].field, buf_text(&value), value.used);
            buf_clear(&value);
        }
    }
}

static bool is_xml(const char *type)
{
    return type != NULL && (strncasecmp(type, "text/xml", 8) == 0 ||
                               strncasecmp(type, "application/xml", 15) == 0);
}

bool kannel_form(const struct evkeyvalq *headers, const char *body,
    size_t bytes, struct buf *out)
{
    static const char form[] = "application/x-www-form-urlencoded";
    const char *type = evhttp_find_header(headers, "Content-Type");

    if (is_xml(type)) {
        xml_form((struct span){body, bytes}, out);
        return true;
    }
    if (evhttp_find_header(headers, "X-Kannel-To") == NULL ||
        (type != NULL && strncasecmp(type, form, strlen(form)) == 0)) {
        return false;
    }
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const char *value = evhttp_find_header(headers, fields[i][0]);

        if (value != NULL) {
            add_field(out, fields[i][1], value, strlen(value));
        }
    }
    add_field(out, "text", body, bytes);
    return true;
}
