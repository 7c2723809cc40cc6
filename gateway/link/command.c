// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/command.h"

#include "link/link_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MOST 32

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
        err = spawn_attributes(&attr, POSIX_SPAWN_SETPGROUP);
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
