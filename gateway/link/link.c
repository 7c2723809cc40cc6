// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/link.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "link/at_log.h"
#include "link/link_internal.h"

#include <event2/event.h>

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUARANTINE_AFTER 8

const char *link_state_name(enum link_state state)
{
    static const char *const names[] = {
        [LINK_STARTING] = "starting",
        [LINK_READY] = "ready",
        [LINK_NO_NETWORK] = "no_network",
        [LINK_NO_SIM] = "no_sim",
        [LINK_PARKED] = "parked",
        [LINK_ABSENT] = "absent",
        [LINK_HUNG] = "hung",
        [LINK_QUARANTINED] = "quarantined",
    };

    return (int)state >= 0 && state <= LINK_QUARANTINED ? names[state] : "?";
}

enum link_state link_state(const struct link *link)
{
    return link->state;
}

void link_note(struct link *link, const char *fmt, ...)
{
    char line[240] = "";
    va_list args;

    if (link->events.on_log == NULL) {
        return;
    }
    va_start(args, fmt);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start above */
    (void)vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    link->events.on_log(link->events.arg, line);
}

/* While a quarantined modem is tried again nobody hears of it. */
static bool is_hidden(const struct link *link, enum link_state state)
{
    return link->quarantined && (state == LINK_STARTING ||
                                    state == LINK_ABSENT || state == LINK_HUNG);
}

void link_enter(struct link *link, enum link_state state, const char *why)
{
    if (is_hidden(link, state)) {
        return;
    }
    if (link->told && link->state == state && strcmp(link->why, why) == 0) {
        return;
    }
    link->state = state;
    link->told = true;
    (void)snprintf(link->why, sizeof link->why, "%s", why);
    if (link->events.on_state != NULL) {
        link->events.on_state(link->events.arg, state, link->why);
    }
}

/* --- what is under way --------------------------------------------------- */

void link_settle(struct link *link, const struct link_result *result)
{
    link->submit_token = 0;
    link->submit_end_at_ms = 0;
    if (link->operation == WIRE_OP_SEND) {
        link_watch(link, WIRE_IDLE);
    }
    /* One that never left says nothing about the one before it. */
    if (result->outcome == LINK_UNKNOWN) {
        link->unanswered = true;
    } else if (result->outcome == LINK_SENT) {
        link->unanswered = false;
        link->last_mr = result->tp_mr;
        link->troubles = 0;
    }
    if (link->events.on_result != NULL) {
        link->events.on_result(link->events.arg, result);
    }
}

void link_settle_ussd(struct link *link, const char *text, int status)
{
    struct link_ussd answer = {text, status};

    if (!link->ussd_wanted) {
        link_note(link, "ussd: not asked for, status=%d", status);
        return;
    }
    link->ussd_wanted = false;
    link->ussd_end_at_ms = 0;
    if (link->events.on_ussd != NULL) {
        link->events.on_ussd(link->events.arg, &answer);
    }
}

void link_settle_by_stage(struct link *link)
{
    struct link_result result = {.token = link->submit_token,
        .tp_mr = -1,
        .code = -1,
        .took_ms = clock_mono_ms() - link->submit_at_ms};

    if (link->submit_token != 0) {
        stage_judge(link->page, link->submit_token, &result);
        link_settle(link, &result);
    }
    if (link->ussd_wanted) {
        link_settle_ussd(link, "", -1);
    }
}

/* --- the public calls ---------------------------------------------------- */

static const char *own(struct link *link, size_t slot, const char *text)
{
    link->owned[slot] = mem_strdup(text == NULL ? "" : text);
    return link->owned[slot];
}

/* Words each behind the other, an empty one last. */
static char *copy_words(const char *words)
{
    const char *end = words;
    char *copy = NULL;

    if (words == NULL || *words == '\0') {
        return NULL;
    }
    while (*end != '\0') {
        end += strlen(end) + 1;
    }
    copy = mem_new((size_t)(end - words) + 1);
    memcpy(copy, words, (size_t)(end - words) + 1);
    return copy;
}

static void copy_modem(struct link *link, const struct link_modem *modem)
{
    link->modem = *modem;
    link->modem.name = own(link, 0, modem->name);
    link->modem.device = own(link, 1, modem->device);
    link->modem.connection = own(link, 2, modem->connection);
    link->modem.pin = own(link, 3, modem->pin);
    link->modem.quirks = own(link, 4, modem->quirks);
    link->power_command = copy_words(modem->power_command);
    link->modem.power_command = link->power_command;
    if (link->modem.quarantine_after <= 0) {
        link->modem.quarantine_after = QUARANTINE_AFTER;
    }
    link->quirk_files = quirks_ref(modem->quirk_files);
    quirks_effective(
        link->quirk_files, link->modem.quirks, "", "", &link->quirk);
}

static int64_t at_least_a_second(int64_t ms)
{
    return ms < 1000 ? 1000 : ms;
}

struct link *link_new(struct event_base *base, const char *worker_path,
    const struct link_modem *modem, const struct link_budgets *budgets,
    const struct link_events *events)
{
    struct link *link = mem_new(sizeof *link);

    link->base = base;
    link->worker_path = mem_strdup(worker_path);
    copy_modem(link, modem);
    link->budgets = (struct link_budgets){
        .init_ms = at_least_a_second(budgets->init_ms),
        .send_ms = at_least_a_second(budgets->send_ms),
        .scan_ms = at_least_a_second(budgets->scan_ms),
        .ussd_ms = at_least_a_second(budgets->ussd_ms),
        .other_ms = at_least_a_second(budgets->other_ms),
    };
    link->events = *events;
    link->state = LINK_STARTING;
    link->process = (struct worker_process){0, -1, -1};
    link->pin_state = modem->pin_tried ? PIN_TRIED : PIN_FRESH;
    link->last_mr = -1;
    link->inbound = mem_array(LINK_INBOUND_MOST, sizeof *link->inbound);
    link->page_fd = -1;
    link->timer = event_new(base, -1, 0, life_on_timer, link);
    if (link->timer == NULL) {
        abort(); /* libevent's way of saying that memory is out */
    }
    return link;
}

void link_free(struct link *link)
{
    if (link == NULL) {
        return;
    }
    if (link->process.pid != 0) {
        channel_close(link);
        life_abandon(link);
    }
    power_stop(link);
    event_free(link->timer);
    if (link->page_fd >= 0) {
        (void)munmap(link->page, STAGE_PAGE_BYTES);
        (void)close(link->page_fd);
    }
    for (size_t i = 0; i < sizeof link->owned / sizeof *link->owned; i++) {
        free(link->owned[i]);
    }
    free(link->power_command);
    quirks_unref(link->quirk_files);
    free(link->worker_path);
    free(link->inbound);
    free(link);
}

void link_start(struct link *link)
{
    if (!link->started) {
        link->started = true;
        link->stopping = false;
        life_plan(link, 0);
    }
}

void link_stop(struct link *link)
{
    link->stopping = true;
    link->restart_at_ms = 0;
    power_stop(link);
    if (link->process.pid == 0) {
        link->started = false;
        return;
    }
    /* The worker reads the end of the channel, finishes what it is in and can
       still say how that ended. */
    if (link->process.channel >= 0) {
        (void)shutdown(link->process.channel, SHUT_WR);
    }
}

bool link_stopped(const struct link *link)
{
    return !link->started && link->process.pid == 0;
}

void link_reset(struct link *link)
{
    link->pin_state = PIN_FRESH;
    link->no_scan = false;
    link->scan_crashes = 0;
    link->failures = 0;
    care_forget(link);
    if (link->stopping || !link->started) {
        return;
    }
    if (link->process.pid == 0) {
        life_plan(link, 0);
        return;
    }
    link->resetting = true;
    link->state = LINK_STARTING; /* told when the next one starts */
    link->told = false;
    link->ending = true;
    link->end = END_ITSELF;
    (void)kill(link->process.pid, SIGKILL);
}

static void last_resort(struct link *link)
{
    int64_t wait_ms = link->budgets.send_ms;

    /* Whatever the worker is in may end first, but no chain of operations may
       keep a submit for ever. */
    if (link->operation != WIRE_OP_SEND) {
        wait_ms += link->budgets.scan_ms + link->budgets.ussd_ms +
                   link->budgets.other_ms;
    }
    link->submit_end_at_ms = clock_mono_ms() + wait_ms;
}

enum kb_err link_submit(struct link *link, const struct link_submit *submit)
{
    struct wire_submit frame = {
        .token = (int64_t)submit->token,
        .coding = submit->coding,
        .udh_ref = submit->udh_ref,
        .udh_parts = submit->udh_parts,
        .udh_part = submit->udh_part,
        .validity_s = submit->validity_s,
        .report = submit->report && link->modem.reports ? 1 : 0,
    };

    if (link->submit_token != 0) {
        return KB_BUSY;
    }
    if (link->state != LINK_READY || link->ending || link->stopping ||
        link->process.channel < 0) {
        return KB_CLOSED;
    }
    if (plan_submit_fault(submit) != NULL ||
        str_copy(frame.to, sizeof frame.to, submit->to) != KB_OK ||
        str_copy(frame.text, sizeof frame.text, submit->text) != KB_OK) {
        return KB_INVALID;
    }
    if (channel_send(link, WIRE_SUBMIT, &frame) != KB_OK) {
        return KB_INVALID;
    }
    link->submit_token = submit->token;
    link->submit_at_ms = clock_mono_ms();
    if (link->operation == WIRE_IDLE) {
        link_watch(link, WIRE_OP_SEND);
    }
    last_resort(link);
    return KB_OK;
}

void link_inbound_done(struct link *link, uint64_t token)
{
    struct wire_done done = {(int64_t)(token & UINT32_MAX)};

    if (token >> 32 != link->generation) {
        return;
    }
    for (size_t i = 0; i < link->inbound_count; i++) {
        if (link->inbound[i] == (uint32_t)token) {
            link->inbound[i] = link->inbound[--link->inbound_count];
            (void)channel_send(link, WIRE_DONE, &done);
            return;
        }
    }
}

enum kb_err link_ussd(struct link *link, const char *code)
{
    struct wire_ussd frame = {0};

    if (link->ussd_wanted) {
        return KB_BUSY;
    }
    if (link->state != LINK_READY || link->ending || link->stopping ||
        link->process.channel < 0 ||
        str_copy(frame.code, sizeof frame.code, code) != KB_OK) {
        return KB_CLOSED;
    }
    if (channel_send(link, WIRE_USSD, &frame) != KB_OK) {
        return KB_CLOSED;
    }
    link->ussd_wanted = true;
    /* A submit may be ahead of it, then it has its own time twice: to be taken
       by the modem, and to be answered by the network. */
    link->ussd_end_at_ms =
        clock_mono_ms() + link->budgets.send_ms + 2 * link->budgets.ussd_ms;
    life_arm(link);
    return KB_OK;
}

void link_ussd_cancel(struct link *link)
{
    (void)channel_send(link, WIRE_USSD_CANCEL, NULL);
}

/* --- what is known of it -------------------------------------------------- */

const struct quirk *link_quirk(const struct link *link)
{
    return &link->quirk;
}

void link_use_quirks(struct link *link, struct quirks *quirks)
{
    (void)quirks_ref(quirks);
    quirks_unref(link->quirk_files);
    link->quirk_files = quirks;
}

/* Mapped only while it is read: 64 KiB for each of 256 modems would be most of
   the gateway's memory. */
void link_at_log(const struct link *link, link_at_fn *fn, void *arg)
{
    void *shared = link->page_fd < 0 ? MAP_FAILED
                                     : mmap(NULL, SHARED_BYTES, PROT_READ,
                                           MAP_SHARED, link->page_fd, 0);

    if (shared != MAP_FAILED) {
        at_log_read((const struct at_log *)(const void *)((const char *)shared +
                                                          AT_LOG_OFFSET),
            fn, arg);
        (void)munmap(shared, SHARED_BYTES);
    }
}
