// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/worker/pauses.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#define LONG_PAUSE_US 50000
/* The pause between the PDU and its Ctrl-Z. */
#define PDU_PAUSE_US 500000

/* usleep() has no argument for them: the only writable globals of the house
   besides signal flags. */
static struct {
    int cap_ms;
    struct stage_page *page;
    pauses_idle_fn *on_idle;
    void *arg;
    bool submitting;
    int counted;
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
} pauses = {.cap_ms = -1};

void pauses_set(int cap_ms, struct stage_page *page)
{
    pauses.cap_ms = cap_ms;
    pauses.page = page;
}

void pauses_on_idle(pauses_idle_fn *fn, void *arg)
{
    pauses.on_idle = fn;
    pauses.arg = arg;
}

void pauses_submit_begin(void)
{
    pauses.submitting = true;
    pauses.counted = 0;
}

void pauses_submit_end(void)
{
    pauses.submitting = false;
}

int pauses_counted(void)
{
    return pauses.counted;
}

bool pauses_effective(void)
{
    int (*own)(useconds_t) = usleep;
    void *found = dlsym(RTLD_DEFAULT, "usleep");
    void *here = NULL;

    /* ISO C has no cast from a function to a data pointer. */
    __builtin_memcpy(&here, &own, sizeof here);
    return found == here;
}

static void wait_us(useconds_t us)
{
    struct timespec left = {
        (time_t)(us / 1000000), (long)(us % 1000000) * 1000};

    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

static useconds_t capped(useconds_t us)
{
    useconds_t cap = (useconds_t)(pauses.cap_ms < 0 ? 0 : pauses.cap_ms) * 1000;

    return pauses.cap_ms >= 0 && us >= LONG_PAUSE_US && us > cap ? cap : us;
}

/* Two marks must agree that Ctrl-Z cannot have gone out: the order of the
   pauses and the length of the one before it. Slow writing adds pauses of its
   own, then a submit counts as "may be sent" too early, which is safe. */
static void mark(useconds_t us)
{
    pauses.counted++;
    if (pauses.page != NULL) {
        stage_reach(pauses.page, pauses.counted >= 2 || us >= PDU_PAUSE_US
                                     ? STAGE_PDU
                                     : STAGE_PROMPT);
    }
}

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc's
int usleep(useconds_t us)
{
    useconds_t wait = capped(us);

    if (wait > 0) {
        wait_us(wait);
    }
    if (pauses.submitting && us >= LONG_PAUSE_US) {
        mark(us);
    }
    if (pauses.on_idle != NULL && us < LONG_PAUSE_US) {
        pauses.on_idle(pauses.arg);
    }
    return 0;
}
