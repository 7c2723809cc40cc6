// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "base/mem.h"
#include "dispatch/dispatch_internal.h"
#include "link/command.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The command that runs when an alarm comes or is over: without a shell, the
 * alarm in its environment, ended when its time is over. A few may run at once;
 * more than that are left out, and the log says so.
 */

#define VARIABLES 4

static char **environment_of(const struct alarm *alarm)
{
    size_t count = 0;
    char **all = NULL;

    while (environ[count] != NULL) {
        count++;
    }
    all = mem_array(count + VARIABLES + 1, sizeof *all);
    all[0] = mem_printf("KABARI_ALARM_KEY=%s", alarm->key);
    all[1] = mem_printf(
        "KABARI_ALARM_SEVERITY=%s", alarm_severity_name(alarm->severity));
    all[2] = mem_printf("KABARI_ALARM_STATE=%s",
        strcmp(alarm->state, "cleared") == 0 ? "cleared" : "raised");
    all[3] = mem_printf("KABARI_ALARM_TEXT=%s", alarm->text);
    memcpy(&all[VARIABLES], environ, count * sizeof *all);
    return all;
}

static struct hook *free_slot(struct dispatch *dispatch)
{
    for (size_t i = 0; i < HOOKS_MOST; i++) {
        if (dispatch->hooks[i].pid == 0) {
            return &dispatch->hooks[i];
        }
    }
    return NULL;
}

void hook_told(void *arg, const struct alarm *alarm)
{
    struct dispatch *dispatch = arg;
    const struct config *config = dispatch->rooms.config;
    struct hook *hook = free_slot(dispatch);
    char **environment = NULL;
    int err = 0;

    if (config->alarm_command == NULL || *config->alarm_command == '\0') {
        return;
    }
    if (hook == NULL) {
        log_warn("alarm: command left out key=%s why=\"%d run already\"",
            alarm->key, HOOKS_MOST);
        return;
    }
    environment = environment_of(alarm);
    err = command_spawn(config->alarm_command, environment, &hook->pid);
    if (err != 0) {
        hook->pid = 0;
        log_warn("alarm: command cannot be run why=%s",
            log_quote(strerror(err)).text);
    }
    hook->until_mono_ms =
        clock_mono_ms() + (int64_t)config->alarm_command_s * 1000;
    for (size_t i = 0; i < VARIABLES; i++) {
        free(environment[i]);
    }
    free((void *)environment);
}

static void look(struct hook *hook)
{
    int status = 0;

    if (waitpid(hook->pid, &status, WNOHANG) == hook->pid) {
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            log_warn("alarm: command failed status=%d", status);
        }
        hook->pid = 0;
    } else if (clock_mono_ms() >= hook->until_mono_ms) {
        log_warn("alarm: command killed, its time was over (command_s)");
        (void)kill(-hook->pid, SIGKILL);
        hook->until_mono_ms = INT64_MAX;
    }
}

void hooks_tick(struct dispatch *dispatch)
{
    for (size_t i = 0; i < HOOKS_MOST; i++) {
        if (dispatch->hooks[i].pid != 0) {
            look(&dispatch->hooks[i]);
        }
    }
}

void hooks_stop(struct dispatch *dispatch)
{
    for (size_t i = 0; i < HOOKS_MOST; i++) {
        if (dispatch->hooks[i].pid != 0) {
            (void)kill(-dispatch->hooks[i].pid, SIGKILL);
            (void)waitpid(dispatch->hooks[i].pid, NULL, 0);
            dispatch->hooks[i].pid = 0;
        }
    }
}
