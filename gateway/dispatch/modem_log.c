// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/mem.h"
#include "dispatch/dispatch_internal.h"

#include <stdlib.h>
#include <string.h>

/* What the logs of all modems take together, and one of them. A thousand lines
   take some 80 KiB, which a few dozen modems may have each. */
#define ALL_MOST_BYTES ((size_t)4 * 1024 * 1024)
#define ONE_MOST_BYTES ((size_t)96 * 1024)
#define FIRST_BYTES    1024
#define LINES_MOST     (MODEM_LOG_LINES * 9 / 8)
#define STAMP_BYTES    sizeof(int64_t)

static size_t record_bytes(const char *record)
{
    return STAMP_BYTES + strlen(record + STAMP_BYTES) + 1;
}

/* Not one by one: what stays is moved. */
static void drop_oldest(struct modem_log *log)
{
    size_t bytes = 0;
    size_t drop = log->lines < 9 ? 1 : log->lines / 9;

    for (size_t i = 0; i < drop; i++) {
        bytes += record_bytes(log->bytes + bytes);
    }
    log->lines -= drop;
    log->used -= bytes;
    memmove(log->bytes, log->bytes + bytes, log->used);
}

size_t modem_log_most(size_t modems)
{
    size_t share = ALL_MOST_BYTES / (modems == 0 ? 1 : modems);

    return share < ONE_MOST_BYTES ? share : ONE_MOST_BYTES;
}

void modem_log_add(
    struct modem_log *log, size_t most_bytes, int64_t at_ms, const char *line)
{
    size_t text_bytes = strlen(line) + 1;
    size_t bytes = STAMP_BYTES + text_bytes;

    while (log->lines > 0 &&
           (log->lines >= LINES_MOST || log->used + bytes > most_bytes)) {
        drop_oldest(log);
    }
    if (log->used + bytes > log->room) {
        log->room = log->room == 0 ? FIRST_BYTES : log->room * 2;
        log->room =
            log->used + bytes > log->room ? log->used + bytes : log->room;
        log->bytes = mem_resize(log->bytes, log->room, 1);
    }
    memcpy(log->bytes + log->used, &at_ms, STAMP_BYTES);
    memcpy(log->bytes + log->used + STAMP_BYTES, line, text_bytes);
    log->used += bytes;
    log->lines++;
    log->last++;
}

void modem_log_clear(struct modem_log *log)
{
    free(log->bytes);
    *log = (struct modem_log){0};
}

void modem_log_read(
    const struct modem_log *log, int64_t after, dispatch_log_fn *fn, void *arg)
{
    int64_t number = log->last - (int64_t)log->lines;

    for (size_t at = 0; at < log->used; at += record_bytes(log->bytes + at)) {
        int64_t at_ms = 0;

        number++;
        if (number > after) {
            memcpy(&at_ms, log->bytes + at, STAMP_BYTES);
            fn(arg, number, at_ms, log->bytes + at + STAMP_BYTES);
        }
    }
}

enum kb_err dispatch_modem_log(const struct dispatch *dispatch,
    const char *name, int64_t after, dispatch_log_fn *fn, void *arg)
{
    const struct modem *modem = dispatch_find(dispatch, name);

    if (modem == NULL) {
        return KB_NOT_FOUND;
    }
    modem_log_read(&modem->log, after, fn, arg);
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
