// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

const char *kb_err_name(enum kb_err err)
{
    static const char *const names[] = {
        [KB_OK] = "ok",
        [KB_NOT_FOUND] = "not_found",
        [KB_INVALID] = "invalid",
        [KB_REFUSED] = "refused",
        [KB_BUSY] = "busy",
        [KB_FULL] = "full",
        [KB_DB] = "db",
        [KB_IO] = "io",
        [KB_PROTOCOL] = "protocol",
        [KB_CLOSED] = "closed",
    };

    return names[err];
}

void why_set(struct why *why, const char *fmt, ...)
{
    va_list args;

    if (why == NULL) {
        return;
    }
    va_start(args, fmt);
    (void)vsnprintf(why->text, sizeof why->text, fmt, args);
    va_end(args);
}

void why_at(struct why *why, const char *file, int line)
{
    if (why == NULL) {
        return;
    }
    (void)snprintf(why->file, sizeof why->file, "%s", file);
    why->line = line;
}

void why_field(struct why *why, const char *field)
{
    if (why != NULL) {
        (void)snprintf(why->field, sizeof why->field, "%s", field);
    }
}

void why_format(const struct why *why, char *out, unsigned long out_bytes)
{
    if (why->file[0] == '\0') {
        (void)snprintf(out, out_bytes, "%s", why->text);
    } else if (why->line == 0) {
        (void)snprintf(out, out_bytes, "%s: %s", why->file, why->text);
    } else {
        (void)snprintf(
            out, out_bytes, "%s:%d: %s", why->file, why->line, why->text);
    }
}
