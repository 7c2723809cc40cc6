// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WORKER_UNICODE_H
#define KABARI_WORKER_UNICODE_H

#include <stddef.h>

/*
 * libGammu keeps texts as UTF-16, big-endian, with two zero bytes at the end.
 * Its own conversions know no surrogate pairs and let through what is no
 * valid UTF-8; these are whole.
 */

/** To UTF-8; half a surrogate pair becomes U+FFFD, control characters but line
 *  breaks a space; cut at a character where out is too small. */
void unicode_to_utf8(const unsigned char *in, char *out, size_t out_bytes);

/** From valid UTF-8; cut at a character where out (of out_bytes) is too small.
 *  @return UTF-16 units written. */
size_t unicode_from_utf8(const char *in, unsigned char *out, size_t out_bytes);

/** Bytes of unknown origin as UTF-8 for a log or a name: whatever is not
 *  printable ASCII becomes '?'. */
void unicode_plain(const char *in, char *out, size_t out_bytes);

#endif
