// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/kannel.h"

#include <event2/http.h>

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

bool kannel_form(const struct evkeyvalq *headers, const char *body,
    size_t bytes, struct buf *out)
{
    static const char form[] = "application/x-www-form-urlencoded";
    const char *type = evhttp_find_header(headers, "Content-Type");

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
