// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ring of AT exchanges as a hostile worker may leave it: reading it ends,
 * and what is shown is printable.
 */
#include "link/at_log.h"

#include <stdlib.h>
#include <string.h>

/* libFuzzer gives the name. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_line(void *arg, int64_t mono_ms, const char *line)
{
    (void)arg;
    (void)mono_ms;
    for (; *line != '\0'; line++) {
        if (*line < ' ' || *line > '~') {
            abort();
        }
    }
}

/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct at_log *log = calloc(1, sizeof *log);
    struct at_masker masker = {""};
    char line[300];
    char shown[300];
    size_t bytes = size < sizeof line - 1 ? size : sizeof line - 1;

    if (log == NULL) {
        return 0;
    }
    memcpy((void *)log, data, size < sizeof *log ? size : sizeof *log);
    at_log_read(log, on_line, NULL);
    memcpy(line, data, bytes);
    line[bytes] = '\0';
    for (const char *kind = "><#"; *kind != '\0'; kind++) {
        at_mask(&masker, *kind, line, shown, sizeof shown);
        on_line(NULL, 0, shown);
    }
    free(log);
    return 0;
}
