// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/str.h"
#include "link/link_internal.h"

#include <event2/event.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * A worker's life: when it starts, how long it may take for what, what its end
 * means and when the next one comes.
 */

/* A device that is not there is looked for so often; the look is one stat. */
#define ABSENT_LOOK_MS 2000
/* A device that is there but no modem, or has no SIM, is asked so often. */
#define ABSENT_MOST_MS 20000
#define MOST_MS        60000
/* So long without a failure, and the next one counts as the first. */
#define HEALTHY_MS (INT64_C(5) * 60 * 1000)
/* An AT reset without a word in the modem's quirk file (3GPP TS 27.007 §8.2),
   and how long it may take to come back on its port. */
#define AT_RESET        "AT+CFUN=1,1"
#define AT_RESET_WAIT_S 15

#define ABANDON_MS 200

/* Unix98 pseudo-terminals (Documentation/admin-guide/devices.txt). */
#define PTS_MAJOR_FIRST 136
#define PTS_MAJOR_LAST  143

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
void life_arm(struct link *link)
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
    life_arm(link);
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

/* --- start and restart --------------------------------------------------- */

void life_plan(struct link *link, int64_t delay_ms)
{
    link->restart_at_ms = clock_mono_ms() + delay_ms;
    life_arm(link);
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
        .reset_wait_s = link->quirk.reset_wait_s == QUIRK_NOT_SAID
                            ? AT_RESET_WAIT_S
                            : link->quirk.reset_wait_s,
        .scan = link->no_scan ? WIRE_SCAN_NONE : plan_scan(link->scan_crashes),
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
    if (link->reset_due) {
        link->reset_due = false;
        fits = str_copy(config.reset, sizeof config.reset,
                   *link->quirk.reset == '\0' ? AT_RESET : link->quirk.reset) ==
                   KB_OK &&
               fits;
    }
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
void life_abandon(struct link *link)
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
    life_plan(link, plan_backoff_ms(++link->failures, MOST_MS));
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
    link->device = life_device_key(link);
    if (spawn_worker(link->worker_path, link->modem.name, link->page_fd,
            &link->process, &why) != KB_OK) {
        cannot_start(link, why.text);
        return;
    }
    if (channel_open(link) != KB_OK) {
        life_abandon(link);
        cannot_start(link, "the event loop takes no more events");
        return;
    }
    link_watch(link, WIRE_OP_INIT);
    send_config(link);
}

struct device_key life_device_key(const struct link *link)
{
    struct stat device;

    if (stat(link->modem.device, &device) != 0) {
        return (struct device_key){0};
    }
    return (struct device_key){
        .device = device.st_rdev,
        .inode = device.st_ino,
        .changed = device.st_ctim,
    };
}

static void try_start(struct link *link)
{
    const char *fault = device_fault(link);

    link->restart_at_ms = 0;
    if (power_runs(link)) {
        return; /* its end plans the next start */
    }
    if (fault != NULL) {
        care_forget(link); /* whatever comes back is a new thing */
        link_enter(link, LINK_ABSENT, fault);
        link->failures = 0;
        life_plan(link, ABSENT_LOOK_MS);
        return;
    }
    if (care_rests(link)) {
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
    static const char *const words[] = {
        [WIRE_SCAN_NONE] =
            "are left where they are; \"modem reset\" tries again",
        [WIRE_SCAN_ALL] = "all go to the quarantine",
        [WIRE_SCAN_DRAIN] = "that look odd go to the quarantine",
        [WIRE_SCAN_USUAL] = "are read once more",
    };
    enum wire_scan scan = WIRE_SCAN_USUAL;

    if (link->operation != WIRE_OP_SCAN) {
        return;
    }
    scan = plan_scan(++link->scan_crashes);
    link->no_scan = link->no_scan || scan == WIRE_SCAN_NONE;
    link_note(link, "scan: an SMS ended the worker %d times; SMS %s",
        link->scan_crashes, words[scan]);
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

/* A device that went and came back is no trouble of the modem's. One that was
   never a modem is only looked at again and again. */
static bool is_silent_modem(const struct link *link)
{
    struct device_key now = life_device_key(link);

    return link->state == LINK_ABSENT && link->proven &&
           memcmp(&now, &link->device, sizeof now) == 0;
}

static void after_end(struct link *link, int status, int64_t delay_ms)
{
    bool hung = link->end == END_HUNG || is_silent_modem(link);

    if (hung || link->end == END_PROTOCOL || crashed(status)) {
        care_after_trouble(link, hung, delay_ms);
    } else {
        life_plan(link, delay_ms);
    }
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
        link->troubles = 0;
    }
    link->failures++;
    link_settle_by_stage(link);
    if (link->stopping) {
        link->started = false;
        return;
    }
    if (link->resetting) {
        link->resetting = false;
        link->failures = 0;
        life_plan(link, 0);
        return;
    }
    after_end(link, status,
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

void life_on_timer(evutil_socket_t fd, short what, void *arg)
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
    life_arm(link);
}
