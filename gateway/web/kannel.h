// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WEB_KANNEL_H
#define KABARI_WEB_KANNEL_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A POST to sendsms as Kannel has it ("SMS sending by POST" in its user guide):
 * the body is the text itself, and what a GET has in its query stands in headers
 * X-Kannel-…; or the body is an XML document, message/submit, with all of it.
 */

struct evkeyvalq;

/** The path that it is for, and the other one that Kannel answers. */
#define KANNEL_PATH  "/cgi-bin/sendsms"
#define KANNEL_ALIAS "/sendsms"

/** Writes such a request as the form that sendsms reads; false where it is
 *  none: neither XML nor X-Kannel-To, or a body that is a form already. */
bool kannel_form(const struct evkeyvalq *headers, const char *body,
    size_t bytes, struct buf *out);

#endif
