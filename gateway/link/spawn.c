// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "link/at_log.h"
#include "link/link_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_CHANNEL 3
#define CHILD_PAGE    4

int spawn_page(struct stage_page **page)
{
    int fd = memfd_create("kabari-modem", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    void *at = MAP_FAILED;

    if (fd < 0) {
        return -1;
    }
    /* Sealed: a worker that cut it short would end whoever reads it. */
    if (ftruncate(fd, (off_t)SHARED_BYTES) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) ==
            0) {
        at = mmap(
            NULL, STAGE_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    if (at == MAP_FAILED) {
        (void)close(fd);
        return -1;
    }
    *page = at;
    return fd;
}

/* The child's descriptors are put on 3 and 4 one after the other: a source
   that lay there would be overwritten. */
static int out_of_the_way(int fd)
{
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, 16);

    (void)close(fd);
    return moved;
}

static int make_channel(int *child)
{
    int ends[2] = {-1, -1};

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return -1;
    }
    *child = out_of_the_way(ends[1]);
    if (*child < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
        (void)close(ends[0]);
        (void)close(*child);
        return -1;
    }
    return ends[0];
}

static int file_actions(
    posix_spawn_file_actions_t *actions, int channel, int page)
{
    int err = posix_spawn_file_actions_init(actions);

    if (err != 0) {
        return err;
    }
    err |= posix_spawn_file_actions_addopen(
        actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    err |= posix_spawn_file_actions_adddup2(actions, channel, CHILD_CHANNEL);
    err |= posix_spawn_file_actions_adddup2(actions, page, CHILD_PAGE);
    err |= posix_spawn_file_actions_addclosefrom_np(actions, CHILD_PAGE + 1);
    return err;
}

int spawn_attributes(posix_spawnattr_t *attr, int flags)
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
    err |= posix_spawnattr_setflags(
        attr, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | flags));
    return err;
}

/* posix_spawn shares the gateway's memory until the exec: a gateway of 64 MB
   starts 256 workers without copying its page tables. */
static int start(
    const char *path, const char *name, int channel, int page, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    char parent[16] = "";
    char *argv[] = {mem_strdup(path), parent, mem_strdup(name), NULL};
    int err = 0;

    (void)snprintf(parent, sizeof parent, "%ld", (long)getpid());
    err = file_actions(&actions, channel, page);
    if (err == 0) {
        err = spawn_attributes(&attr, 0);
        if (err == 0) {
            err = posix_spawn(pid, path, &actions, &attr, argv, environ);
            (void)posix_spawnattr_destroy(&attr);
        }
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    free(argv[0]);
    free(argv[2]);
    return err;
}

enum kb_err spawn_worker(const char *path, const char *name, int page_fd,
    struct worker_process *out, struct why *why)
{
    int child = -1;
    int page = fcntl(page_fd, F_DUPFD_CLOEXEC, 16);
    int channel = make_channel(&child);
    pid_t pid = 0;
    int err =
        channel < 0 || page < 0 ? errno : start(path, name, child, page, &pid);

    if (page >= 0) {
        (void)close(page);
    }
    if (child >= 0) {
        (void)close(child);
    }
    if (err != 0) {
        if (channel >= 0) {
            (void)close(channel);
        }
        why_set(why, "%s cannot be started: %s", path, strerror(err));
        return KB_IO;
    }
    *out = (struct worker_process){
        .pid = pid,
        .pidfd = (int)syscall(SYS_pidfd_open, pid, 0),
        .channel = channel,
    };
    return KB_OK;
}

bool spawn_reap(struct worker_process *process, int *status)
{
    if (waitpid(process->pid, status, WNOHANG) != process->pid) {
        return false;
    }
    if (process->pidfd >= 0) {
        (void)close(process->pidfd);
    }
    process->pidfd = -1;
    process->pid = 0;
    return true;
}
