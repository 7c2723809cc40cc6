// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_LINK_LINK_INTERNAL_H
#define KABARI_LINK_LINK_INTERNAL_H

#include "base/buf.h"
#include "link/link.h"
#include "link/quirk.h"
#include "link/stage.h"
#include "link/wire.h"

#include <spawn.h>
#include <sys/types.h>
#include <time.h>

/*
 * A link's parts: link.c the public calls, life.c its life, care.c what is done
 * for a modem that fails again and again, power.c the command that cuts its
 * power, spawn.c starts and reaps the process, channel.c moves bytes, receive.c
 * takes frames.
 */

struct event;

/** The most inbound SMS and reports that a worker may have handed over without
 *  their being done; an honest one stays below half of it. */
#define LINK_INBOUND_MOST 512

/** A running worker. */
struct worker_process {
    pid_t pid;
    int pidfd;   /* -1 where the kernel has none: waitpid is polled */
    int channel; /* -1: none */
};

/** How a worker came to its end. */
enum link_end {
    END_ITSELF,  /* it left or crashed */
    END_HUNG,    /* killed at its budget */
    END_PROTOCOL /* killed for a bad frame */
};

/** What tells one plugging in of a device from the next. */
struct device_key {
    dev_t device;
    ino_t inode;
    struct timespec changed;
};

/** The power command under way; pid 0: none. */
struct power_run {
    pid_t pid;
    struct event *timer; /* looks whether it has ended */
    int64_t give_up_at_ms;
};

enum link_pin_state {
    PIN_FRESH, /* never tried, or it was right */
    PIN_TRIED  /* went to the SIM and nobody knows that it was right */
};

struct link {
    struct event_base *base;
    char *worker_path;
    struct link_modem modem; /* its strings are in owned */
    char *owned[5];
    char *power_command; /* modem.power_command is this */
    struct quirks *quirk_files;
    struct quirk quirk; /* what counts now */
    struct link_budgets budgets;
    struct link_events events;

    enum link_state state;
    char why[200];
    bool told; /* whether on_state has said it */
    bool started;
    bool stopping;
    bool resetting;

    /* the process and its channel; pid 0: none */
    struct worker_process process;
    struct event *read_event;
    struct event *write_event;
    struct event *exit_event; /* pidfd, or a timer that polls waitpid */
    struct buf in;
    struct buf out;
    struct stage_page *page;
    int page_fd;
    uint32_t generation; /* of workers: makes their tokens unique */
    enum link_end end;
    char end_why[200];
    bool ending;     /* SIGKILL was sent, or its channel is closed */
    bool said_state; /* this worker told a state that outlives it */

    /* watchdog, all in monotonic milliseconds; 0: none */
    struct event *timer;
    int64_t timer_at_ms;
    int64_t restart_at_ms;
    int64_t overrun_at_ms;
    int64_t submit_end_at_ms; /* the last resort for a submit */
    int64_t ussd_end_at_ms;
    enum wire_operation operation;
    int64_t ready_at_ms;
    int failures;
    int scan_crashes;
    bool no_scan;

    /* care.c */
    int troubles;   /* hangs and crashes in a row, see plan_step() */
    bool proven;    /* it was ready once: it is a modem */
    bool reset_due; /* the next worker begins with an AT reset */
    bool quarantined;
    int64_t trial_at_ms;      /* a quarantined modem is tried again then */
    struct device_key device; /* as it was when the worker started */
    struct power_run power;

    /* what is under way */
    uint64_t submit_token; /* 0: none */
    int64_t submit_at_ms;
    bool ussd_wanted;
    uint32_t *inbound; /* worker's tokens that wait for their done */
    size_t inbound_count;
    int last_mr;
    bool unanswered;
    enum link_pin_state pin_state;

    /* flood guard */
    int64_t window_at_ms;
    int64_t window_frames;
};

/* --- spawn.c ------------------------------------------------------------- */

/** A child starts with no signal masked or ignored; flags: what else of
 *  POSIX_SPAWN_… is wanted. 0, or an errno. */
int spawn_attributes(posix_spawnattr_t *attr, int flags);

/**
 * Starts a worker: the channel is its descriptor 3, the page 4, nothing else
 * but null input and the gateway's output is left open.
 *
 * @return KB_OK or KB_IO; why says what failed.
 */
KB_MUST_USE enum kb_err spawn_worker(const char *path, const char *name,
    int page_fd, struct worker_process *out, struct why *why);

/** New shared memory (see stage.h and at_log.h): its descriptor, or -1; *page
 *  is mapped, the ring of AT exchanges is not. */
int spawn_page(struct stage_page **page);

/** True where the worker has ended; it is reaped and status is as waitpid(2)
 *  tells it. Never blocks. */
bool spawn_reap(struct worker_process *process, int *status);

/* --- channel.c ----------------------------------------------------------- */

/** Listens on the process's channel and for its end. KB_OK or KB_IO. */
KB_MUST_USE enum kb_err channel_open(struct link *link);

/** Stops listening and closes the channel. */
void channel_close(struct link *link);

/** Writes a frame or keeps it for later; a worker that reads nothing any more
 *  is ended. @return KB_OK, KB_CLOSED, KB_INVALID (see wire_pack). */
enum kb_err channel_send(
    struct link *link, enum wire_type type, const void *message);

/** Takes all frames that have arrived; false once nothing more can come. */
bool channel_take(struct link *link);

/* --- receive.c ----------------------------------------------------------- */

/** Acts on one frame. @return KB_OK, or KB_PROTOCOL: the worker must end. */
KB_MUST_USE enum kb_err receive_frame(
    struct link *link, const struct wire_frame *frame);

/* --- link.c -------------------------------------------------------------- */

/** Tells the state where it or its reason is new. */
void link_enter(struct link *link, enum link_state state, const char *why);

/** Tells a submit's result, once. */
void link_settle(struct link *link, const struct link_result *result);

/** Settles what a worker that is gone had under way. */
void link_settle_by_stage(struct link *link);

/** Tells the answer to a USSD request, once. */
void link_settle_ussd(struct link *link, const char *text, int status);

/** One line for the modem's log. */
void link_note(struct link *link, const char *fmt, ...) KB_PRINTF(2, 3);

/* --- life.c -------------------------------------------------------------- */

/** The worker says what it does: the watchdog's next bound. */
void link_watch(struct link *link, enum wire_operation operation);

/** Sends SIGKILL; the end is noticed by the exit event. */
void link_kill(struct link *link, enum link_end end, const char *why);

/** The worker has ended: settles what was under way, plans the restart. */
void link_worker_ended(struct link *link, int status);

/** Starts a worker after delay_ms. */
void life_plan(struct link *link, int64_t delay_ms);

/** Sees to it that the timer fires at the next bound. */
void life_arm(struct link *link);

/** The timer's callback. */
void life_on_timer(int fd, short what, void *arg);

/** Ends the process without waiting long for its end. */
void life_abandon(struct link *link);

/** What identifies the device as it is plugged in now; zeros: it is gone. */
struct device_key life_device_key(const struct link *link);

/* --- care.c -------------------------------------------------------------- */

/** Plans what comes after a worker's end that was no good.
 *  hung: the modem, not only its worker, is at fault. */
void care_after_trouble(struct link *link, bool hung, int64_t delay_ms);

/** True where a quarantined modem is left alone now; plans the next look. */
bool care_rests(struct link *link);

/** The modem works: what went before counts no more. */
void care_forget(struct link *link);

/** A quarantined modem says that it is ready after all. */
void care_recovered(struct link *link);

/* --- power.c ------------------------------------------------------------- */

/** Starts the power command; the next start is planned at its end. */
void power_start(struct link *link);
/** True while it runs. */
bool power_runs(const struct link *link);
/** Kills it. */
void power_stop(struct link *link);

/* --- plan.c: pure -------------------------------------------------------- */

/** How long to wait before the next start: 900 ms, doubled with every failure
 *  up to a minute, or to most_ms. */
int64_t plan_backoff_ms(int failures, int64_t most_ms);

/** What is done after so many troubles in a row. */
enum plan_step {
    PLAN_RESTART,
    PLAN_AT_RESET,
    PLAN_POWER,
    PLAN_QUARANTINE
};

struct plan_modem {
    int quarantine_after;
    bool hung;      /* else only its worker failed */
    bool proven;    /* it has been a modem: AT+CFUN harms nothing else */
    bool has_power; /* there is a power command */
};
enum plan_step plan_step(int troubles, const struct plan_modem *modem);

/** How SMS are read after so many crashes meanwhile. */
enum wire_scan plan_scan(int scan_crashes);

/** Why a part cannot be one SMS, or NULL where it can. */
const char *plan_submit_fault(const struct link_submit *submit);

#endif
