// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/log.h"
#include "link/command.h"
#include "link/link_internal.h"

#include <event2/event.h>

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The command that cuts a modem's power for a moment. It runs as the gateway's
 * user, without a shell, in a process group of its own, and is killed when its
 * time is over; what it prints goes to the gateway's log.
 */

/* Its end is looked for so often. */
static const struct timeval look_every = {0, 50000};
/* A modem needs a moment to show its port again; until then it is absent and
   looked for. */
#define AFTER_MS 1000
/* A killed one is gone in a moment; else init reaps it. */
#define STOP_LOOKS 200

bool power_runs(const struct link *link)
{
    return link->power.pid != 0;
}

static void forget(struct link *link)
{
    if (link->power.timer != NULL) {
        event_free(link->power.timer);
    }
    link->power = (struct power_run){0};
}

static void finish(struct link *link, const char *how, int number)
{
    log_info("link: power modem=%s %s=%d", link->modem.name, how, number);
    link_note(link, "power: the command ended, %s %d", how, number);
    forget(link);
    if (!link->stopping) {
        life_plan(link, AFTER_MS);
    }
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
    struct link *link = arg;
    int status = 0;

    (void)fd;
    (void)what;
    if (waitpid(link->power.pid, &status, WNOHANG) == link->power.pid) {
        if (WIFEXITED(status)) {
            finish(link, "exit", WEXITSTATUS(status));
        } else {
            finish(link, "signal", WTERMSIG(status));
        }
    } else if (clock_mono_ms() >= link->power.give_up_at_ms) {
        /* Reaped by the next look. */
        (void)kill(-link->power.pid, SIGKILL);
        link_note(
            link, "power: killed after its %d s", link->modem.power_timeout_s);
        link->power.give_up_at_ms = INT64_MAX;
    }
}

void power_start(struct link *link)
{
    const char *name = link->power_command; /* its first word */
    pid_t pid = 0;
    int err = command_spawn(link->power_command, environ, &pid);

    if (err != 0) {
        log_warn("link: power modem=%s command=%s why=%s", link->modem.name,
            log_quote(name).text, log_quote(strerror(err)).text);
        link_note(link, "power: %s cannot be run: %s", name, strerror(err));
        life_plan(link, AFTER_MS);
        return;
    }
    log_info("link: power modem=%s command=%s failures=%d", link->modem.name,
        log_quote(name).text, link->troubles);
    link_note(link, "power: %s runs after %d failures", name, link->troubles);
    link->power = (struct power_run){
        .pid = pid,
        .timer = event_new(link->base, -1, EV_PERSIST, on_look, link),
        .give_up_at_ms =
            clock_mono_ms() + (int64_t)link->modem.power_timeout_s * 1000,
    };
    if (link->power.timer == NULL ||
        event_add(link->power.timer, &look_every) != 0) {
        power_stop(link);
        life_plan(link, AFTER_MS);
    }
}

void power_stop(struct link *link)
{
    if (link->power.pid != 0) {
        (void)kill(-link->power.pid, SIGKILL);
        for (int i = 0;
             i < STOP_LOOKS && waitpid(link->power.pid, NULL, WNOHANG) == 0;
             i++) {
            (void)poll(NULL, 0, 1);
        }
        forget(link);
    }
}
