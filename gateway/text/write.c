// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/text_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPLATE_MODE 0644

static bool write_all(int fd, const char *text, size_t bytes)
{
    while (bytes > 0) {
        ssize_t done = write(fd, text, bytes);

        if (done < 0 && errno != EINTR) {
            return false;
        }
        text += done > 0 ? done : 0;
        bytes -= done > 0 ? (size_t)done : 0;
    }
    return true;
}

/* Flushes the folder, so that the new name is there after a power cut. */
static void flush_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

static bool fill(int fd, const char *text)
{
    return write_all(fd, text, strlen(text)) && write_all(fd, "\n", 1) &&
           fchmod(fd, TEMPLATE_MODE) == 0 && fsync(fd) == 0;
}

enum kb_err text_write_file(
    const char *folder, const char *path, const char *text)
{
    char fresh[4096] = "";
    int length = snprintf(fresh, sizeof fresh, "%s/.new-XXXXXX", folder);
    int fd = -1;
    bool done = false;

    if (length < 0 || (size_t)length >= sizeof fresh) {
        errno = ENAMETOOLONG;
        return KB_IO;
    }
    fd = mkostemp(fresh, O_CLOEXEC);
    if (fd < 0) {
        return KB_IO;
    }
    done = fill(fd, text);
    done = close(fd) == 0 && done;
    if (!done || rename(fresh, path) != 0) {
        int kept = errno;

        (void)unlink(fresh);
        errno = kept;
        return KB_IO;
    }
    flush_folder(folder);
    return KB_OK;
}
