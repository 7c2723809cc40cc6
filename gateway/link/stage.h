// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_LINK_STAGE_H
#define KABARI_LINK_STAGE_H

#include "link/link.h"

#include <stdatomic.h>
#include <stdint.h>

/*
 * A page that a worker shares with the gateway: how far the submit under way
 * has come. It outlives the worker, so that a killed one's message is judged
 * rightly. Only the worker writes it.
 */

enum stage {
    STAGE_NONE,   /* nothing of the PDU was written */
    STAGE_PROMPT, /* the modem waits for the PDU */
    STAGE_PDU,    /* Ctrl-Z may go out: from here on it may be sent */
    STAGE_DONE    /* the modem answered; the page holds the result */
};

struct stage_page {
    _Atomic uint64_t token; /* of the submit that the rest is about; 0: none */
    _Atomic int32_t stage;
    _Atomic int32_t outcome; /* with STAGE_DONE, as in struct link_result */
    _Atomic int32_t tp_mr;
    _Atomic int32_t code;
};

#define STAGE_PAGE_BYTES 4096

/** As a fresh page: no submit. Only while no worker has it. */
void stage_clear(struct stage_page *page);

/** The worker begins a submit. */
void stage_begin(struct stage_page *page, uint64_t token);

/** The worker has come so far; stages only go forward. */
void stage_reach(struct stage_page *page, enum stage stage);

/** The worker knows the result; said before its frame is written. */
void stage_finish(
    struct stage_page *page, enum link_outcome outcome, int tp_mr, int code);

/**
 * What became of a submit whose worker is gone without a result frame: never
 * begun or before its PDU went out whole, it was provably not sent; answered,
 * it has that result; else, and with anything odd in the page, it is unknown.
 * Fills outcome, tp_mr, code and reason.
 */
void stage_judge(
    const struct stage_page *page, uint64_t token, struct link_result *result);

#endif
