// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_TESTS_SUPPORT_PROVIDER_H
#define KABARI_TESTS_SUPPORT_PROVIDER_H

#include "tests/support/bed.h"

/* An operator's USSD gateway, as it asks over TCP. */

#define PROVIDER_PHONE "+6281200009801"

struct provider_heard {
    int status;
    char body[1024];
};

/** One POST on a connection of its own. */
struct provider_heard provider_post(struct bed *bed, const char *path,
    const char *type, const char *secret, const char *body);

/** A step by /ussd/at of PROVIDER_PHONE's. */
struct provider_heard provider_at(
    struct bed *bed, const char *secret, const char *session, const char *text);

/** Fails unless it was 200 with that in its screen. */
void provider_shows(struct provider_heard heard, const char *part);

#endif
