// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/link.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "link/link_internal.h"

#include <event2/event.h>

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

/* A device that is not there is looked for so often; the look is one stat. */
#define ABSENT_LOOK_MS 2000
/* A device that is there but no modem, or has no SIM, is asked so often. */
#define ABSENT_MOST_MS 20000
#define MOST_MS        60000
/* So long without a failure, and the next one counts as the first. */
#define HEALTHY_MS (INT64_C(5) * 60 * 1000)
/* So many crashes while SMS are read, and reading all of them is left out. */
#define SCAN_CRASHES_MOST 2

#define ABANDON_MS 200

/* Unix98 pseudo-terminals (Documentation/admin-guide/devices.txt). */
#define PTS_MAJOR_FIRST 136
#define PTS_MAJOR_LAST  143

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
    };

    return (int)state >= 0 && state <= LINK_HUNG ? names[state] : "?";
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

void link_enter(struct link *link, enum link_state state, const char *why)
{
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

/* --- the timer: one for the restart and all bounds ----------------------- */

static int64_t sooner(int64_t a, int64_t b)
{
    if (a == 0 || b == 0) {
        return a + b;
    }
    return a < b ? a : b;
}

/* A bound that moves away leaves the timer alone: it fires in vain then, which
   costs less than moving it for each of thousands of submits a second. */
static void arm(struct link *link)
{
    int64_t at_ms = sooner(sooner(link->restart_at_ms, link->overrun_at_ms),
        sooner(link->submit_end_at_ms, link->ussd_end_at_ms));
    int64_t wait_ms = at_ms - clock_mono_ms();
    struct timeval wait = {0};

    if (at_ms == 0 || (link->timer_at_ms != 0 && link->timer_at_ms <= at_ms)) {
        return;
    }
    if (wait_ms > 0) {
        wait.tv_sec = (time_t)(wait_ms / 1000);
        wait.tv_usec = (suseconds_t)(wait_ms % 1000 * 1000);
    }
    link->timer_at_ms = at_ms;
    (void)event_add(link->timer, &wait);
}

static int64_t budget_ms(const struct link *link, enum wire_operation operation)
{
    switch (operation) {
    case WIRE_OP_INIT:
        return link->budgets.init_ms;
    case WIRE_OP_SEND:
        return link->budgets.send_ms;
    case WIRE_OP_SCAN:
        return link->budgets.scan_ms;
    case WIRE_OP_USSD:
        return link->budgets.ussd_ms;
    case WIRE_OP_OTHER:
        return link->budgets.other_ms;
    case WIRE_IDLE:
    case WIRE_OPERATIONS:
        break;
    }
    return 0;
}

void link_watch(struct link *link, enum wire_operation operation)
{
    if (operation == WIRE_IDLE && link->submit_token != 0) {
        operation = WIRE_OP_SEND; /* it waited for the worker's turn */
    }
    link->operation = operation;
    link->overrun_at_ms = operation == WIRE_IDLE
                              ? 0
                              : clock_mono_ms() + budget_ms(link, operation);
    arm(link);
}

void link_kill(struct link *link, enum link_end end, const char *why)
{
    if (link->process.pid == 0 || link->ending) {
        return;
    }
    link->ending = true;
    link->end = end;
    link->overrun_at_ms = 0;
    link->submit_end_at_ms = 0;
    (void)snprintf(link->end_why, sizeof link->end_why, "%s", why);
    (void)kill(link->process.pid, SIGKILL);
}

/* --- what is under way --------------------------------------------------- */

void link_settle(struct link *link, const struct link_result *result)
{
    link->submit_token = 0;
    link->submit_end_at_ms = 0;
    if (link->operation == WIRE_OP_SEND) {
        link_watch(link, WIRE_IDLE);
    }
    link->unanswered = result->outcome == LINK_UNKNOWN;
    if (result->outcome == LINK_SENT) {
        link->last_mr = result->tp_mr;
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

static void settle_by_stage(struct link *link)
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

/* --- start and restart --------------------------------------------------- */

static void plan_start(struct link *link, int64_t delay_ms)
{
    link->restart_at_ms = clock_mono_ms() + delay_ms;
    arm(link);
}

/* Words for a device that cannot be tried now, or NULL. */
static const char *device_fault(const struct link *link)
{
    struct stat device;

    if (stat(link->modem.device, &device) != 0) {
        return "the device is not there";
    }
    if (!S_ISCHR(device.st_mode)) {
        return "the path is not a device";
    }
    if (link->modem.pty_only && (major(device.st_rdev) < PTS_MAJOR_FIRST ||
                                    major(device.st_rdev) > PTS_MAJOR_LAST)) {
        return "a rehearsal drives pseudo-terminals only";
    }
    return access(link->modem.device, R_OK | W_OK) == 0
               ? NULL
               : "no right to use the device; see the udev rule";
}

static void send_config(struct link *link)
{
    struct wire_config config = {
        .pause_ms = link->modem.pause_ms,
        .send_timeout_s = link->modem.send_timeout_s,
        .pty_only = link->modem.pty_only ? 1 : 0,
        .scan = link->no_scan ? 0 : 1,
        .unanswered = link->unanswered ? 1 : 0,
        .last_mr = link->last_mr,
    };
    bool fits =
        str_copy(config.name, sizeof config.name, link->modem.name) == KB_OK;

    fits = str_copy(config.device, sizeof config.device, link->modem.device) ==
               KB_OK &&
           fits;
    fits = str_copy(config.connection, sizeof config.connection,
               link->modem.connection) == KB_OK &&
           fits;
    fits = str_copy(config.quirks, sizeof config.quirks, link->modem.quirks) ==
               KB_OK &&
           fits;
    if (link->pin_state == PIN_FRESH) {
        fits =
            str_copy(config.pin, sizeof config.pin, link->modem.pin) == KB_OK &&
            fits;
    }
    if (!fits || channel_send(link, WIRE_CONFIG, &config) != KB_OK) {
        link_kill(link, END_HUNG, "an option of this modem is too long");
    }
}

/* A killed process is gone in a moment, unless its driver drains a serial
   line: then it is left for init to reap. */
static void abandon(struct link *link)
{
    struct pollfd end = {.fd = link->process.pidfd, .events = POLLIN};
    int status = 0;

    (void)kill(link->process.pid, SIGKILL);
    (void)poll(&end, 1, ABANDON_MS);
    (void)waitpid(link->process.pid, &status, WNOHANG);
    if (link->process.pidfd >= 0) {
        (void)close(link->process.pidfd);
    }
    link->process = (struct worker_process){0, -1, -1};
}

static void forget_worker(struct link *link)
{
    link->generation++;
    link->inbound_count = 0;
    link->ending = false;
    link->end = END_ITSELF;
    link->said_state = false;
    link->ready_at_ms = 0;
    link->window_frames = 0;
    stage_clear(link->page);
}

static void cannot_start(struct link *link, const char *why)
{
    link_enter(link, LINK_ABSENT, why);
    plan_start(link, plan_backoff_ms(++link->failures, MOST_MS));
}

static void start_worker(struct link *link)
{
    struct why why = {0};

    if (link->page_fd < 0) {
        link->page_fd = spawn_page(&link->page);
    }
    if (link->page_fd < 0) {
        cannot_start(link, "no memory or descriptor for a worker");
        return;
    }
    forget_worker(link);
    if (spawn_worker(link->worker_path, link->modem.name, link->page_fd,
            &link->process, &why) != KB_OK) {
        cannot_start(link, why.text);
        return;
    }
    if (channel_open(link) != KB_OK) {
        abandon(link);
        cannot_start(link, "the event loop takes no more events");
        return;
    }
    link_watch(link, WIRE_OP_INIT);
    send_config(link);
}

static void try_start(struct link *link)
{
    const char *fault = device_fault(link);

    link->restart_at_ms = 0;
    if (fault != NULL) {
        link_enter(link, LINK_ABSENT, fault);
        link->failures = 0; /* whatever comes back is a new thing */
        plan_start(link, ABSENT_LOOK_MS);
        return;
    }
    /* A device that was tried in vain keeps its state while it is tried
       again, so that nobody reads of a start every few seconds. */
    if (link->failures == 0 || link->state == LINK_HUNG) {
        link_enter(link, LINK_STARTING, "");
    }
    start_worker(link);
}

static bool crashed(int status)
{
    return WIFSIGNALED(status) || WEXITSTATUS(status) != 0;
}

static void count_scan_crash(struct link *link)
{
    if (link->operation != WIRE_OP_SCAN) {
        return;
    }
    if (++link->scan_crashes >= SCAN_CRASHES_MOST && !link->no_scan) {
        link->no_scan = true;
        link_note(link,
            "scan: left out, an SMS on the SIM ended the worker "
            "%d times; \"modem reset\" tries it again",
            link->scan_crashes);
    }
}

static void say_killed(struct link *link)
{
    link_note(link, "worker killed: %s", link->end_why);
    link_enter(
        link, link->end == END_HUNG ? LINK_HUNG : LINK_STARTING, link->end_why);
}

static void say_end(struct link *link, int status)
{
    char why[160] = "";

    if (link->end != END_ITSELF) {
        say_killed(link);
        return;
    }
    if (link->said_state && !crashed(status)) {
        return;
    }
    if (WIFSIGNALED(status)) {
        (void)snprintf(why, sizeof why, "the worker crashed in %s: %s",
            wire_operation_name(link->operation), strsignal(WTERMSIG(status)));
    } else {
        (void)snprintf(why, sizeof why, "the worker left with status %d",
            WEXITSTATUS(status));
    }
    if (crashed(status)) {
        link_note(link, "%s", why);
    }
    link_enter(link, LINK_STARTING, why);
}

void link_worker_ended(struct link *link, int status)
{
    int64_t now_ms = clock_mono_ms();
    bool lasting = link->said_state && link->end == END_ITSELF &&
                   link->state != LINK_STARTING;

    if (link->end == END_ITSELF && crashed(status)) {
        count_scan_crash(link);
    }
    if (!link->stopping && !link->resetting) {
        say_end(link, status);
    }
    link->operation = WIRE_IDLE;
    link->overrun_at_ms = 0;
    if (link->ready_at_ms != 0 && now_ms - link->ready_at_ms >= HEALTHY_MS) {
        link->failures = 0;
    }
    link->failures++;
    settle_by_stage(link);
    if (link->stopping) {
        link->started = false;
        return;
    }
    if (link->resetting) {
        link->resetting = false;
        link->failures = 0;
        plan_start(link, 0);
        return;
    }
    plan_start(link,
        plan_backoff_ms(link->failures, lasting ? ABSENT_MOST_MS : MOST_MS));
}

/* --- the bounds ---------------------------------------------------------- */

static void overrun(struct link *link)
{
    char why[120] = "";

    (void)snprintf(why, sizeof why, "%s took longer than its %lld s",
        wire_operation_name(link->operation),
        (long long)(budget_ms(link, link->operation) / 1000));
    link_kill(link, END_HUNG, why);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct link *link = arg;
    int64_t now_ms = clock_mono_ms();

    (void)fd;
    (void)what;
    link->timer_at_ms = 0;
    if (link->overrun_at_ms != 0 && now_ms >= link->overrun_at_ms) {
        overrun(link);
    }
    if (link->submit_end_at_ms != 0 && now_ms >= link->submit_end_at_ms) {
        link_kill(link, END_HUNG, "an SMS was not answered in time");
    }
    if (link->ussd_end_at_ms != 0 && now_ms >= link->ussd_end_at_ms) {
        link_settle_ussd(link, "", -1);
    }
    if (link->restart_at_ms != 0 && now_ms >= link->restart_at_ms) {
        try_start(link);
    }
    arm(link);
}

/* --- the public calls ---------------------------------------------------- */

static const char *own(struct link *link, size_t slot, const char *text)
{
    link->owned[slot] = mem_strdup(text == NULL ? "" : text);
    return link->owned[slot];
}

static void copy_modem(struct link *link, const struct link_modem *modem)
{
    link->modem = *modem;
    link->modem.name = own(link, 0, modem->name);
    link->modem.device = own(link, 1, modem->device);
    link->modem.connection = own(link, 2, modem->connection);
    link->modem.pin = own(link, 3, modem->pin);
    link->modem.quirks = own(link, 4, modem->quirks);
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
    link->last_mr = -1;
    link->inbound = mem_array(LINK_INBOUND_MOST, sizeof *link->inbound);
    link->page_fd = -1;
    link->timer = event_new(base, -1, 0, on_timer, link);
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
        abandon(link);
    }
    event_free(link->timer);
    if (link->page_fd >= 0) {
        (void)munmap(link->page, STAGE_PAGE_BYTES);
        (void)close(link->page_fd);
    }
    for (size_t i = 0; i < sizeof link->owned / sizeof *link->owned; i++) {
        free(link->owned[i]);
    }
    free(link->worker_path);
    free(link->inbound);
    free(link);
}

void link_start(struct link *link)
{
    if (!link->started) {
        link->started = true;
        link->stopping = false;
        plan_start(link, 0);
    }
}

void link_stop(struct link *link)
{
    link->stopping = true;
    link->restart_at_ms = 0;
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
    if (link->stopping || !link->started) {
        return;
    }
    if (link->process.pid == 0) {
        plan_start(link, 0);
        return;
    }
    link->resetting = true;
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
    arm(link);
    return KB_OK;
}

void link_ussd_cancel(struct link *link)
{
    (void)channel_send(link, WIRE_USSD_CANCEL, NULL);
}
