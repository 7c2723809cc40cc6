// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_INBOUND_STAFF_INTERNAL_H
#define KABARI_INBOUND_STAFF_INTERNAL_H

#include "inbound/staff.h"

/* staff_store.c: all SQL of the staff's numbers and of doubts. */

KB_MUST_USE enum kb_err staff_store_get(
    struct inbound *inbound, const char *phone, struct staff_phone *out);
KB_MUST_USE enum kb_err staff_store_put(
    struct inbound *inbound, const struct staff_phone *staff);
/** KB_NOT_FOUND where it was not registered. */
KB_MUST_USE enum kb_err staff_store_drop(
    struct inbound *inbound, const char *phone);

/** A phone says that an office is closed. */
KB_MUST_USE enum kb_err doubt_put(
    struct inbound *inbound, const char *office, const char *phone_hash);
/** How many phones did since an instant; since_ms of out: when staff were
 *  asked, 0: not yet. */
KB_MUST_USE enum kb_err doubt_count(struct inbound *inbound, const char *office,
    int64_t since_ms, struct suspicion *out);
KB_MUST_USE enum kb_err doubt_raise(
    struct inbound *inbound, const char *office);
KB_MUST_USE enum kb_err doubt_drop(struct inbound *inbound, const char *office);
KB_MUST_USE enum kb_err doubt_forget(
    struct inbound *inbound, int64_t before_ms);

#endif
