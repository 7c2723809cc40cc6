// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/chaos_cause.h"

#include "base/mem.h"

#include <stdlib.h>

struct search {
    struct chaos_cause *causes;
    int count;
    const struct chaos_doubt *doubts;
    bool *tried; /* by cause */
};

static bool fits(
    const struct chaos_cause *cause, const struct chaos_doubt *doubt)
{
    int64_t from_ms =
        cause->at_instant ? cause->from_ms - doubt->ahead_ms : cause->from_ms;

    return cause->modem == doubt->modem && doubt->at_ms >= from_ms &&
           doubt->at_ms <= cause->to_ms;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as there are doubts in 20 s
static bool find(struct search *search, int d)
{
    for (int i = 0; i < search->count; i++) {
        struct chaos_cause *cause = &search->causes[i];

        if (search->tried[i] || !fits(cause, &search->doubts[d])) {
            continue;
        }
        search->tried[i] = true;
        if (cause->many || cause->taker < 0 || find(search, cause->taker)) {
            cause->taker = d;
            return true;
        }
    }
    return false;
}

bool chaos_find_cause(struct chaos_cause *causes, int cause_count,
    const struct chaos_doubt *doubts, int d)
{
    struct search search = {.causes = causes,
        .count = cause_count,
        .doubts = doubts,
        .tried = mem_array((size_t)cause_count + 1, sizeof *search.tried)};
    bool found = find(&search, d);

    free(search.tried);
    return found;
}
