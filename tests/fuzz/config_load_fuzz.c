// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a configuration file: read or refused with a sentence, never a
   crash, an exit or a leak. */
#include "config/config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* libFuzzer gives the name. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_fault(void *arg, const struct why *why)
{
    (void)arg;
    if (why->text[0] == '\0') {
        abort();
    }
}

/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[40];
    struct config config = {0};
    int memory = memfd_create("kabari.conf", MFD_CLOEXEC);

    if (memory < 0 || write(memory, data, size) != (ssize_t)size) {
        abort();
    }
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", memory);
    if ((config_check(path, on_fault, NULL) == 0) !=
        (config_load(path, &config, NULL) == KB_OK)) {
        abort();
    }
    config_clear(&config);
    (void)close(memory);
    return 0;
}
