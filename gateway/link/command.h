// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_LINK_COMMAND_H
#define KABARI_LINK_COMMAND_H

#include "base/err.h"

#include <sys/types.h>

/**
 * Runs a command of the configuration: without a shell, as the gateway's user,
 * in a process group of its own, with nothing of the gateway's open but its
 * log. Whoever starts it reaps it and ends it when its time is over (kill of
 * -pid).
 *
 * @param words        each with its NUL, an empty one last; at most 32.
 * @param environment  as execve takes it.
 * @return             0, or an errno.
 */
KB_MUST_USE int command_spawn(
    const char *words, char *const *environment, pid_t *pid);

#endif
