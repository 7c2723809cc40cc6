// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void make_room(struct buf *buf, size_t bytes)
{
    size_t need = buf->used + bytes + 1;

    if (need > buf->room) {
        buf->room = need * 2;
        buf->data = mem_resize(buf->data, buf->room, 1);
    }
}

void buf_add(struct buf *buf, const void *data, size_t bytes)
{
    make_room(buf, bytes);
    memcpy(buf->data + buf->used, data, bytes);
    buf->used += bytes;
    buf->data[buf->used] = '\0';
}

void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list args;
    int length = 0;

    va_start(args, fmt);
    length = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (length < 0) {
        return;
    }
    make_room(buf, (size_t)length);
    va_start(args, fmt);
    (void)vsnprintf(buf->data + buf->used, (size_t)length + 1, fmt, args);
    va_end(args);
    buf->used += (size_t)length;
}

void buf_add_encoded(struct buf *buf, const char *text, size_t bytes)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (size_t i = 0; i < bytes; i++) {
        if (memchr(plain, text[i], sizeof plain - 1) != NULL) {
            buf_add(buf, text + i, 1);
        } else {
            buf_printf(buf, "%%%02X", (unsigned)(unsigned char)text[i]);
        }
    }
}

const char *buf_text(const struct buf *buf)
{
    return buf->data == NULL ? "" : buf->data;
}

char *buf_take(struct buf *buf)
{
    char *text = buf->data == NULL ? mem_strdup("") : buf->data;

    *buf = (struct buf){0};
    return text;
}

void buf_clear(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){0};
}
