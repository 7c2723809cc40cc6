// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_BASE_BUF_H
#define KABARI_BASE_BUF_H

#include <stddef.h>

/** A text that grows; a zeroed struct is empty. Always ends in a NUL once
 *  something was added. Free with buf_clear(). */
struct buf {
    char *data;
    size_t used; /* bytes without the NUL */
    size_t room;
};

/** Adds bytes; they may hold NULs. */
void buf_add(struct buf *buf, const void *data, size_t bytes);

/** Adds a string. */
void buf_add_text(struct buf *buf, const char *text);

/** Adds a formatted text. */
void buf_printf(struct buf *buf, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/** Adds bytes percent-encoded, all but RFC 3986's unreserved characters, with
 *  capital digits; they may hold NULs. */
void buf_add_encoded(struct buf *buf, const char *text, size_t bytes);

/** The text, "" where nothing was added; borrowed until the next call. */
const char *buf_text(const struct buf *buf);

/** Hands the text to the caller, who frees it; the buffer is empty then. */
char *buf_take(struct buf *buf);

/** Frees what it holds; the buffer can be used again. */
void buf_clear(struct buf *buf);

#endif
