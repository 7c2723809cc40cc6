// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/stage.h"

#include <stdio.h>

void stage_clear(struct stage_page *page)
{
    stage_begin(page, 0);
}

void stage_begin(struct stage_page *page, uint64_t token)
{
    /* The stage falls back first and the token comes last: whoever reads in
       between sees an old token, which means "not begun". */
    atomic_store(&page->token, 0);
    atomic_store(&page->stage, STAGE_NONE);
    atomic_store(&page->outcome, LINK_UNKNOWN);
    atomic_store(&page->tp_mr, -1);
    atomic_store(&page->code, -1);
    atomic_store(&page->token, token);
}

void stage_reach(struct stage_page *page, enum stage stage)
{
    if (atomic_load(&page->stage) < (int32_t)stage) {
        atomic_store(&page->stage, (int32_t)stage);
    }
}

void stage_finish(
    struct stage_page *page, enum link_outcome outcome, int tp_mr, int code)
{
    atomic_store(&page->outcome, (int32_t)outcome);
    atomic_store(&page->tp_mr, tp_mr);
    atomic_store(&page->code, code);
    atomic_store(&page->stage, STAGE_DONE);
}

static void say(
    struct link_result *result, enum link_outcome outcome, const char *reason)
{
    result->outcome = outcome;
    result->tp_mr = -1;
    result->code = -1;
    result->cme = -1;
    (void)snprintf(result->reason, sizeof result->reason, "%s", reason);
}

static void judge_done(
    const struct stage_page *page, struct link_result *result)
{
    int32_t outcome = atomic_load(&page->outcome);
    int32_t tp_mr = atomic_load(&page->tp_mr);
    int32_t code = atomic_load(&page->code);

    say(result, LINK_UNKNOWN, "the worker ended before it told the result");
    if (outcome == LINK_SENT && tp_mr >= 0 && tp_mr <= 255) {
        result->outcome = LINK_SENT;
        result->tp_mr = tp_mr;
    } else if (outcome == LINK_REJECTED && code >= 0 && code <= 9999) {
        result->outcome = LINK_REJECTED;
        result->code = code;
    } else if (outcome == LINK_NOT_SENT) {
        result->outcome = LINK_NOT_SENT;
    }
}

void stage_judge(
    const struct stage_page *page, uint64_t token, struct link_result *result)
{
    if (atomic_load(&page->token) != token) {
        say(result, LINK_NOT_SENT, "the worker ended before it began the SMS");
        return;
    }
    switch (atomic_load(&page->stage)) {
    case STAGE_NONE:
    case STAGE_PROMPT:
        say(result, LINK_NOT_SENT,
            "the worker ended before the SMS was written whole");
        return;
    case STAGE_DONE:
        judge_done(page, result);
        return;
    default: /* STAGE_PDU, and what no honest worker writes */
        say(result, LINK_UNKNOWN,
            "the worker ended after the SMS was written; it may have gone out");
    }
}
