// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/link.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WORKER "kabari-modem"

void link_find_worker(const char *installed, char *out, size_t out_bytes)
{
    char self[PATH_MAX];
    ssize_t bytes = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash = NULL;

    if (bytes > 0) {
        self[bytes] = '\0';
        slash = strrchr(self, '/');
    }
    if (slash != NULL) {
        *slash = '\0';
        if (snprintf(out, out_bytes, "%s/" WORKER, self) < (int)out_bytes &&
            access(out, X_OK) == 0) {
            return;
        }
    }
    (void)snprintf(out, out_bytes, "%s/" WORKER, installed);
}
