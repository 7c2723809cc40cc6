// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/kannel.h"

#include <event2/http.h>

#include <expat.h>
#include <limits.h>
#include <stdio.h>
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

enum {
    ELEMENTS = sizeof elements / sizeof *elements,
    DEPTH_MOST = 8, /* message/submit/… needs four */
    NAME_BYTES = 16
};

/* While a document is read: where one is in it, and what was found. */
struct reading {
    XML_Parser parser;
    char names[DEPTH_MOST][NAME_BYTES]; /* of the elements that are open */
    size_t depth;
    struct buf text; /* of the innermost */
    struct buf values[ELEMENTS];
    bool found[ELEMENTS];
};

static void XMLCALL on_start(
    void *arg, const XML_Char *name, const XML_Char **attributes)
{
    struct reading *reading = arg;

    (void)attributes;
    if (reading->depth < DEPTH_MOST) {
        (void)snprintf(reading->names[reading->depth], NAME_BYTES, "%s", name);
    }
    reading->depth++;
    buf_clear(&reading->text);
}

static void XMLCALL on_text(void *arg, const XML_Char *text, int bytes)
{
    struct reading *reading = arg;

    buf_add(&reading->text, text, (size_t)bytes);
}

static bool is_inside(const struct reading *reading, const char *name)
{
    for (size_t i = 0; i + 1 < reading->depth && i < DEPTH_MOST; i++) {
        if (strcmp(reading->names[i], name) == 0) {
            return true;
        }
    }
    return *name == '\0';
}

/* The first of its kind counts. */
static void XMLCALL on_end(void *arg, const XML_Char *name)
{
    struct reading *reading = arg;

    for (size_t i = 0; i < ELEMENTS; i++) {
        if (!reading->found[i] && strcmp(elements[i].tag, name) == 0 &&
            is_inside(reading, elements[i].inside)) {
            reading->found[i] = true;
            buf_add(&reading->values[i], buf_text(&reading->text),
                reading->text.used);
        }
    }
    reading->depth--;
    buf_clear(&reading->text);
}

/* With it came entities of one's own, which may grow without end. */
static void XMLCALL on_doctype(void *arg, const XML_Char *name,
    const XML_Char *system, const XML_Char *public, int has_subset)
{
    const struct reading *reading = arg;

    (void)name;
    (void)system;
    (void)public;
    (void)has_subset;
    (void)XML_StopParser(reading->parser, XML_FALSE);
}

/* What is no XML says nothing. */
static void xml_form(const char *document, size_t bytes, struct buf *out)
{
    struct reading reading = {.parser = XML_ParserCreate(NULL)};
    bool whole = false;

    if (reading.parser == NULL) {
        return;
    }
    XML_SetUserData(reading.parser, &reading);
    XML_SetElementHandler(reading.parser, on_start, on_end);
    XML_SetCharacterDataHandler(reading.parser, on_text);
    XML_SetStartDoctypeDeclHandler(reading.parser, on_doctype);
    whole = bytes <= INT_MAX && XML_Parse(reading.parser, document, (int)bytes,
                                    XML_TRUE) == XML_STATUS_OK;
    for (size_t i = 0; i < ELEMENTS; i++) {
        if (whole && reading.found[i]) {
            add_field(out, elements[i].field, buf_text(&reading.values[i]),
                reading.values[i].used);
        }
        buf_clear(&reading.values[i]);
    }
    buf_clear(&reading.text);
    XML_ParserFree(reading.parser);
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
        xml_form(body, bytes, out);
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
