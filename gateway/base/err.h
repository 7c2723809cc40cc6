// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_BASE_ERR_H
#define KABARI_BASE_ERR_H

#define KB_MUST_USE           __attribute__((warn_unused_result))
#define KB_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

/** What a call that can fail returns. Each says who can mend it. */
enum kb_err {
    KB_OK = 0,
    KB_NOT_FOUND, /* nothing there under that name or id */
    KB_INVALID,   /* the input is wrong; the struct why says where */
    KB_REFUSED,   /* a rule forbids it in the present state */
    KB_BUSY,      /* somebody else holds it; try again later */
    KB_FULL,      /* no room (disk, queue, limit); try again later */
    KB_DB,        /* the store failed; logged where it was seen */
    KB_IO,        /* a file, device or socket failed */
    KB_PROTOCOL,  /* the other side broke the protocol */
    KB_CLOSED     /* the other side is gone */
};

/** A stable lower-case word for logs and JSON, such as "not_found". */
const char *kb_err_name(enum kb_err err);

/**
 * Why something that a person wrote was not taken: file, line and field where
 * they are known, and a sentence that says what is wrong and how to mend it.
 * A zeroed struct is empty.
 */
struct why {
    char file[256];
    int line;
    char field[64];
    char text[512];
};

/** Sets the sentence (cut at its size); why may be NULL. */
void why_set(struct why *why, const char *fmt, ...) KB_PRINTF(2, 3);

/** Sets file and line (line 0: no line); why may be NULL. */
void why_at(struct why *why, const char *file, int line);

/** Sets the field's name; why may be NULL. */
void why_field(struct why *why, const char *field);

/** Writes "FILE:LINE: sentence" (the parts known) to out, cut at its size. */
void why_format(const struct why *why, char *out, unsigned long out_bytes);

#endif
