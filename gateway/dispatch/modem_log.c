// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/mem.h"
#include "dispatch/dispatch_internal.h"

#include <stdlib.h>

void modem_log_add(struct modem_log *log, int64_t at_ms, const char *line)
{
    size_t i = (size_t)(log->last % MODEM_LOG_LINES);

    free(log->slot[i].line);
    log->slot[i].line = mem_strdup(line);
    log->slot[i].at_ms = at_ms;
    log->last++;
}

void modem_log_clear(struct modem_log *log)
{
    for (size_t i = 0; i < MODEM_LOG_LINES; i++) {
        free(log->slot[i].line);
        log->slot[i].line = NULL;
    }
    log->last = 0;
}

enum kb_err dispatch_modem_log(const struct dispatch *dispatch,
    const char *name, int64_t after, dispatch_log_fn *fn, void *arg)
{
    const struct modem *modem = dispatch_find(dispatch, name);
    int64_t first = 0;

    if (modem == NULL) {
        return KB_NOT_FOUND;
    }
    first = modem->log.last - MODEM_LOG_LINES;
    first = first < after ? after : first;
    for (int64_t i = first < 0 ? 0 : first; i < modem->log.last; i++) {
        fn(arg, i + 1, modem->log.slot[i % MODEM_LOG_LINES].at_ms,
            modem->log.slot[i % MODEM_LOG_LINES].line);
    }
    return KB_OK;
}

/* --- what went over the line ----------------------------------------------- */

struct telling {
    dispatch_at_fn *fn;
    void *arg;
    int64_t now_ms;
    int64_t mono_ms;
};

static void on_exchange(void *arg, int64_t mono_ms, const char *line)
{
    struct telling *telling = arg;

    telling->fn(
        telling->arg, telling->now_ms - (telling->mono_ms - mono_ms), line);
}

enum kb_err dispatch_modem_at_log(const struct dispatch *dispatch,
    const char *name, dispatch_at_fn *fn, void *arg)
{
    const struct modem *modem = dispatch_find(dispatch, name);
    struct telling telling = {.fn = fn,
        .arg = arg,
        .now_ms = clock_now_ms(dispatch->rooms.clock),
        .mono_ms = clock_mono_ms()};

    if (modem == NULL) {
        return KB_NOT_FOUND;
    }
    link_at_log(modem->link, on_exchange, &telling);
    return KB_OK;
}
