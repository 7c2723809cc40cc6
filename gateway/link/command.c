// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MOST 32

static int attributes(posix_spawnattr_t *attr)
{
    sigset_t none;
    sigset_t all;
    int err = posix_spawnattr_init(attr);

    if (err != 0) {
        return err;
    }
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    err |= posix_spawnattr_setsigmask(attr, &none);
    err |= posix_spawnattr_setsigdefault(attr, &all);
    err |= posix_spawnattr_setpgroup(attr, 0);
    err |= posix_spawnattr_setflags(
        attr, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                      POSIX_SPAWN_SETPGROUP));
    return err;
}

static int run(char *const *argv, char *const *environment, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    int err = posix_spawn_file_actions_init(&actions);

    if (err != 0) {
        return err;
    }
    err |= posix_spawn_file_actions_addopen(
        &actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    err |=
        posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    if (err == 0) {
        err = attributes(&attr);
        if (err == 0) {
            err =
                posix_spawnp(pid, argv[0], &actions, &attr, argv, environment);
            (void)posix_spawnattr_destroy(&attr);
        }
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return err;
}

static void split(char *words, char **argv)
{
    size_t count = 0;

    while (*words != '\0' && count < WORDS_MOST) {
        argv[count++] = words;
        words += strlen(words) + 1;
    }
    argv[count] = NULL;
}

int command_spawn(const char *words, char *const *environment, pid_t *pid)
{
    char *argv[WORDS_MOST + 1];

    split((char *)words, argv);
    return argv[0] == NULL ? EINVAL : run(argv, environment, pid);
}
