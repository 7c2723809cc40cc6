// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "base/str.h"
#include "modems/worker/probe.h"
#include "modems/worker/worker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* How the gateway starts it: see modems/README.md. */
#define CHANNEL_FD 3
#define PAGE_FD    4

static void usage(FILE *out)
{
    (void)fputs("usage: kabari-modem PARENT-PID NAME\n"
                "       kabari-modem --probe DEVICE CONNECTION\n"
                "\n"
                "Drives one modem for kabarid, which starts it with a channel "
                "as descriptor 3\nand shared memory as descriptor 4. Nothing "
                "to be started by hand; to try a\ndevice: kabari modem probe "
                "DEVICE.\n",
        out);
}

/* Dies with its parent, gains no rights, leaves no core with a PIN in it. */
static bool confine(int64_t parent)
{
    const struct rlimit no_core = {0, 0};

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        setrlimit(RLIMIT_CORE, &no_core) != 0) {
        return false;
    }
    /* The parent may have died before it could be bound to it. */
    return getppid() == (pid_t)parent;
}

/* A console's Ctrl-C or a service's stop is for the gateway, which closes the
   channel. */
static void ignore_signals(void)
{
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
}

static bool map_page(struct worker *worker)
{
    char *shared = mmap(
        NULL, SHARED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, PAGE_FD, 0);

    if (shared == MAP_FAILED) {
        return false;
    }
    worker->page = (struct stage_page *)(void *)shared;
    worker->at_log = (struct at_log *)(void *)(shared + AT_LOG_OFFSET);
    // cppcheck-suppress memleak ; mapped for as long as the process lives
    return true;
}

int main(int argc, char **argv)
{
    struct worker *worker = NULL;
    struct stat channel;
    int64_t parent = 0;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return EXIT_SUCCESS;
    }
    if (argc == 4 && strcmp(argv[1], "--probe") == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        return probe_run(argv[2], argv[3]);
    }
    if (argc != 3 || str_int(argv[1], 1, INT32_MAX, &parent) != KB_OK ||
        fstat(CHANNEL_FD, &channel) != 0 || !S_ISSOCK(channel.st_mode)) {
        usage(stderr);
        return 2;
    }
    if (!confine(parent)) {
        return EXIT_FAILURE;
    }
    ignore_signals();
    worker = mem_new(sizeof *worker);
    worker->port.fd = CHANNEL_FD;
    /* The process ends here: what libGammu and the worker hold goes with it,
       and closing the line politely could block once more. */
    _exit(map_page(worker) ? worker_run(worker) : EXIT_FAILURE);
}
