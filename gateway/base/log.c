// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 1000

static enum log_level threshold(void)
{
    static const char *const words[] = {
        [LOG_LEVEL_ERROR] = "error",
        [LOG_LEVEL_WARN] = "warning",
        [LOG_LEVEL_INFO] = "info",
        [LOG_LEVEL_DEBUG] = "debug",
    };
    const char *wanted = getenv("KABARI_LOG");

    for (int i = LOG_LEVEL_ERROR; wanted != NULL && i <= LOG_LEVEL_DEBUG; i++) {
        if (strcmp(wanted, words[i]) == 0) {
            return (enum log_level)i;
        }
    }
    return LOG_LEVEL_INFO;
}

static int write_prefix(enum log_level level, char *out, size_t out_bytes)
{
    static const struct {
        int priority;
        const char *word;
    } levels[] = {
        [LOG_LEVEL_ERROR] = {3, "error"  },
        [LOG_LEVEL_WARN] = {4, "warning"},
        [LOG_LEVEL_INFO] = {6, "info"   },
        [LOG_LEVEL_DEBUG] = {7, "debug"  },
    };
    struct tm local;
    time_t now = time(NULL);
    char stamp[40];

    if (getenv("JOURNAL_STREAM") != NULL) {
        return snprintf(out, out_bytes, "<%d>", levels[level].priority);
    }
    (void)localtime_r(&now, &local);
    (void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S%z", &local);
    return snprintf(
        out, out_bytes, "time=%s level=%s ", stamp, levels[level].word);
}

void log_line(enum log_level level, const char *fmt, ...)
{
    char line[LINE_BYTES + 1];
    va_list args;
    size_t used = 0;
    size_t start = 0;

    if (level > threshold()) {
        return;
    }
    start = (size_t)write_prefix(level, line, sizeof line);
    va_start(args, fmt);
    (void)vsnprintf(line + start, sizeof line - start, fmt, args);
    va_end(args);
    used = strlen(line);
    for (size_t i = start; i < used; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f) {
            line[i] = '?';
        }
    }
    line[used] = '\n';
    /* One write, so that lines of several processes do not mix. */
    (void)!write(STDERR_FILENO, line, used + 1);
}

static struct log_text mask(const char *text, size_t head, size_t tail)
{
    struct log_text out = {""};
    size_t length = strlen(text);

    if (length >= sizeof out.text) {
        length = sizeof out.text - 1;
    }
    for (size_t i = 0; i < length; i++) {
        out.text[i] = (i < head || i + tail >= length) && length > head + tail
                          ? text[i]
                          : '*';
    }
    return out;
}

struct log_text log_phone(const char *phone)
{
    char local[32];

    if (strncmp(phone, "+62", 3) != 0) {
        return mask(phone, 4, 3);
    }
    (void)snprintf(local, sizeof local, "0%s", phone + 3);
    return mask(local, 4, 3);
}

struct log_text log_nik(const char *nik)
{
    return mask(nik, 6, 4);
}

struct log_text log_quote(const char *value)
{
    struct log_text out = {""};
    size_t used = 0;

    if (*value != '\0' && strpbrk(value, " =\"\\") == NULL) {
        (void)snprintf(out.text, sizeof out.text, "%s", value);
        return out;
    }
    out.text[used++] = '"';
    for (; *value != '\0' && used + 4 < sizeof out.text; value++) {
        if (*value == '"' || *value == '\\') {
            out.text[used++] = '\\';
        }
        out.text[used++] = *value;
    }
    out.text[used] = '"';
    return out;
}
