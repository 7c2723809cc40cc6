// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/worker/worker.h"

#include "base/clock.h"
#include "base/mem.h"
#include "link/link.h"
#include "modems/worker/tee.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So much of what came in is read and deleted between two SMS at most. */
#define BETWEEN_SENDS 8
/* An unplugged device may say nothing at all: it is looked for so often. */
#define PRESENCE_MS 5000
/* So long after its time-out an answer to an SMS is still reckoned with. */
#define LATE_MS (INT64_C(3) * 60 * 1000)
/* A modem that answers nothing so often in a row is given up. */
#define SILENCES_MOST 2

/* --- telling ------------------------------------------------------------- */

void worker_begin(struct worker *worker, enum wire_operation operation)
{
    struct wire_op op = {operation};

    tee_note(wire_operation_name(operation));
    port_say(&worker->port, WIRE_OP, &op);
}

void worker_end(struct worker *worker)
{
    worker_begin(worker, WIRE_IDLE);
}

void worker_state(struct worker *worker, int state, const char *fmt, ...)
{
    struct wire_state message = {.state = state};
    va_list args;

    va_start(args, fmt);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start above */
    (void)vsnprintf(message.why, sizeof message.why, fmt, args);
    va_end(args);
    port_say(&worker->port, WIRE_STATE, &message);
}

void worker_log(struct worker *worker, const char *fmt, ...)
{
    struct wire_log message = {""};
    va_list args;

    va_start(args, fmt);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start above */
    (void)vsnprintf(message.line, sizeof message.line, fmt, args);
    va_end(args);
    port_say(&worker->port, WIRE_LOG, &message);
}

void worker_leave(struct worker *worker, int state, const char *why)
{
    if (!worker->leave) {
        worker->leave = true;
        worker_state(worker, state, "%s", why);
    }
}

static void count_silence(struct worker *worker)
{
    worker->box.agreed = 0; /* what was to come may have come spoilt */
    if (!modem_present(worker)) {
        worker->device_gone = true;
        worker_leave(worker, LINK_ABSENT, "the device was unplugged");
    } else if (++worker->silences >= SILENCES_MOST) {
        worker_leave(worker, LINK_ABSENT, "the modem does not answer");
    }
}

void worker_judge(struct worker *worker, GSM_Error err)
{
    if (err == ERR_TIMEOUT || err == ERR_DEVICEWRITEERROR ||
        err == ERR_NOTCONNECTED || err == ERR_ABORTED) {
        count_silence(worker);
    } else {
        worker->silences = 0;
    }
}

void worker_judge_raw(struct worker *worker, enum kb_err err)
{
    if (err == KB_BUSY || err == KB_CLOSED) {
        worker->device_gone = worker->device_gone || err == KB_CLOSED;
        count_silence(worker);
    } else {
        worker->silences = 0;
    }
}

/* --- hearing ------------------------------------------------------------- */

static bool take_frame(
    struct worker *worker, enum wire_type type, const union wire_any *frame)
{
    switch ((int)type) {
    case WIRE_SUBMIT:
        if (worker->submit_due) {
            return false;
        }
        worker->submit = frame->submit;
        worker->submit_due = true;
        return true;
    case WIRE_DONE:
        box_done(worker, frame->done.token);
        return true;
    case WIRE_USSD:
        memcpy(worker->ussd_code, frame->ussd.code, sizeof worker->ussd_code);
        worker->ussd_due = true;
        return true;
    case WIRE_USSD_CANCEL:
        worker->ussd_cancel_due = true;
        return true;
    default:
        return false;
    }
}

static void hear_gateway(struct worker *worker)
{
    union wire_any frame;
    enum wire_type type = WIRE_LOG;
    enum kb_err err = KB_OK;

    port_fill(&worker->port);
    while ((err = port_take(&worker->port, &type, &frame)) == KB_OK) {
        if (!take_frame(worker, type, &frame)) {
            err = KB_PROTOCOL;
            break;
        }
    }
    if (err == KB_PROTOCOL) {
        worker->port.closed = true;
    }
}

bool worker_await(
    struct worker *worker, enum wire_type *type, union wire_any *out)
{
    enum kb_err err = port_take(&worker->port, type, out);

    while (err == KB_NOT_FOUND && !worker->port.closed) {
        struct pollfd channel = {.fd = worker->port.fd, .events = POLLIN};

        (void)poll(&channel, 1, -1);
        port_fill(&worker->port);
        err = port_take(&worker->port, type, out);
    }
    return err == KB_OK;
}

static bool await_config(struct worker *worker)
{
    union wire_any frame;
    enum wire_type type = WIRE_LOG;

    if (!worker_await(worker, &type, &frame) || type != WIRE_CONFIG) {
        return false;
    }
    worker->config = frame.config;
    worker->mr.last = (int)frame.config.last_mr;
    if (frame.config.unanswered != 0) {
        worker->late_until_ms = clock_mono_ms() + LATE_MS;
    }
    return true;
}

/* --- deciding ------------------------------------------------------------ */

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* What is not urgent, but for dialogues. */
static bool chores_due(const struct worker *worker, int64_t now_ms)
{
    return box_has_done(worker) ||
           (!worker->parked && (box_look_due(worker, now_ms) ||
                                   now_ms >= worker->next_status_ms));
}

static int wait_ms(const struct worker *worker, int64_t now_ms)
{
    int64_t at_ms = now_ms + PRESENCE_MS;

    if (tee_waits() || worker->submit_due || worker->ussd_due ||
        worker->ussd_cancel_due || worker->box.arrival_count > 0) {
        return 0;
    }
    if (worker->ussd_open) { /* nothing else is done meanwhile */
        at_ms = sooner(at_ms, worker->ussd_until_ms);
    } else if (chores_due(worker, now_ms)) {
        at_ms = worker->box.chores_at_ms;
    } else if (!worker->parked) {
        at_ms = sooner(at_ms, worker->box.next_scan_ms);
        at_ms = sooner(at_ms, worker->next_status_ms);
    }
    return at_ms <= now_ms ? 0 : (int)(at_ms - now_ms);
}

/* Waits for gateway, modem or the next thing due, and hears what came. */
static void hear(struct worker *worker)
{
    struct pollfd fds[2] = {
        {.fd = worker->port.fd, .events = POLLIN},
        {.fd = worker->tty,     .events = POLLIN},
    };
    int wait = wait_ms(worker, clock_mono_ms());
    int ready = poll(fds, 2, wait);

    if (fds[0].revents != 0) {
        hear_gateway(worker);
    }
    if (fds[1].revents != 0 || tee_waits() ||
        (ready == 0 && wait == PRESENCE_MS)) {
        bool alive = fds[1].revents != 0 || tee_waits() ? modem_read(worker)
                                                        : modem_present(worker);

        if (!alive) {
            worker_leave(worker, LINK_ABSENT, "the device was unplugged");
        }
    }
}

/* What is not urgent, one thing at a time, so that a submit that comes
   meanwhile waits for no more than that. */
static void do_chore(struct worker *worker)
{
    int64_t now_ms = clock_mono_ms();

    dialogue_tick(worker, now_ms);
    if (worker->ussd_cancel_due) {
        dialogue_cancel(worker);
    } else if (worker->ussd_due) {
        dialogue_start(worker);
    } else if (worker->ussd_open || now_ms < worker->box.chores_at_ms) {
        /* +CUSD must not come while something is asked past libGammu; and an
           answer to what came in may be due. */
        return;
    } else if (box_has_done(worker)) {
        (void)box_delete(worker, 1);
    } else if (box_look_due(worker, now_ms)) {
        box_look(worker);
    } else if (now_ms >= worker->next_status_ms) {
        status_ask(worker);
    }
}

/* What came in, what is done and what is due has its turn even when the next
   submit is always there already. */
static void after_send(struct worker *worker)
{
    if (!worker->leave && !worker->ussd_open) {
        box_read(worker, BETWEEN_SENDS);
        (void)box_delete(worker, BETWEEN_SENDS);
    }
    if (!worker->leave && worker->box.arrival_count == 0) {
        do_chore(worker);
    }
}

static void do_next(struct worker *worker)
{
    if (worker->submit_due) {
        send_due(worker);
        after_send(worker);
    } else if (worker->box.arrival_count > 0) {
        box_read(worker, 1);
    } else {
        do_chore(worker);
    }
}

static void loop(struct worker *worker)
{
    while (!worker->leave && !worker->port.closed) {
        hear(worker);
        /* A submit that was taken is finished even when the gateway has closed
           meanwhile: it still hears the result. */
        if (!worker->leave && !worker->parked &&
            (!worker->port.closed || worker->submit_due)) {
            do_next(worker);
        }
    }
}

int worker_run(struct worker *worker)
{
    worker->tty = -1;
    worker->mr.first = true;
    worker->creg = -1;
    worker->box.sms = mem_new(sizeof *worker->box.sms);
    if (!await_config(worker)) {
        return EXIT_FAILURE;
    }
    if (modem_connect(worker)) {
        status_ask(worker); /* tells ready or no_network */
    } else if (!worker->parked) {
        worker_leave(worker, LINK_ABSENT, "the device was unplugged");
    }
    worker_end(worker);
    loop(worker);
    return EXIT_SUCCESS;
}
