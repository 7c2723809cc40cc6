// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whatever a worker says: frames are found, unpacked and acted on, or refused.
 * The link has no process, so that only what it takes in is tried.
 */
#include "link/link_internal.h"

#include <event2/event.h>

#include <stdlib.h>

/* libFuzzer gives the name. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_log(void *arg, const char *line)
{
    (void)arg;
    (void)line;
}

static struct link *make_link(struct event_base *base)
{
    const struct link_modem modem = {.name = "m1",
        .device = "/dev/null",
        .connection = "dku2at",
        .pin = "",
        .quirks = ""};
    const struct link_budgets budgets = {1000, 1000, 1000, 1000, 1000};
    const struct link_events events = {.on_log = on_log};

    return link_new(base, "/nowhere", &modem, &budgets, &events);
}

/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct event_base *base = event_base_new();
    struct link *link = make_link(base);
    struct wire_frame frame = {0};
    size_t at = 0;

    link->submit_token = 7; /* one is under way */
    while (at < size && wire_next(data + at, size - at, &frame) == KB_OK) {
        if (receive_frame(link, &frame) != KB_OK) {
            break;
        }
        at += frame.frame_bytes;
    }
    link_free(link);
    event_base_free(base);
    return 0;
}
