// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "base/str.h"
#include "text/text_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void text_fault(struct text_faults *faults, const char *file, int line,
    const char *fmt, ...)
{
    struct why why = {0};
    va_list args;

    why_at(&why, file, line);
    va_start(args, fmt);
    (void)vsnprintf(why.text, sizeof why.text, fmt, args);
    va_end(args);
    faults->count++;
    faults->fn(faults->arg, &why);
}

/* Opens a plain file. O_NONBLOCK: a named pipe must not hold up the start. */
static int open_plain(const char *path)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd >= 0 && (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))) {
        (void)close(fd);
        errno = EINVAL;
        return -1;
    }
    return fd;
}

/* Bytes read, at most that many; -1 with errno. */
static ssize_t read_some(const char *path, char *out, size_t bytes)
{
    size_t used = 0;
    ssize_t got = 1;
    int error = 0;
    int fd = open_plain(path);

    if (fd < 0) {
        return -1;
    }
    while (got > 0 && used < bytes) {
        got = read(fd, out + used, bytes - used);
        used += got > 0 ? (size_t)got : 0;
    }
    error = errno;
    (void)close(fd);
    errno = error;
    return got < 0 ? -1 : (ssize_t)used;
}

/* The line of the first byte that is no UTF-8 or is NUL; 0 where all is well. */
static int bad_line(const char *text, size_t bytes)
{
    int line = 1;

    while (bytes > 0) {
        const char *end = memchr(text, '\n', bytes);
        size_t length = end == NULL ? bytes : (size_t)(end - text) + 1;

        if (!str_utf8_valid(text, length)) {
            return line;
        }
        text += length;
        bytes -= length;
        line++;
    }
    return 0;
}

/* Windows editors write a BOM and CR LF. */
static void drop_windows_marks(char *text)
{
    char *out = text;
    const char *in = str_starts(text, "\xef\xbb\xbf") ? text + 3 : text;

    for (; *in != '\0'; in++) {
        if (in[0] != '\r' || in[1] != '\n') {
            *out++ = *in;
        }
    }
    *out = '\0';
}

static bool take_text(const char *path, char *text, size_t bytes,
    size_t most_bytes, struct text_faults *faults)
{
    int line = bad_line(text, bytes);

    if (bytes > most_bytes) {
        text_fault(faults, path, 1,
            "the file is longer than %zu bytes; shorten it", most_bytes);
        return false;
    }
    if (line > 0) {
        text_fault(faults, path, line,
            "this line is not UTF-8 text; save the file as UTF-8");
        return false;
    }
    text[bytes] = '\0';
    drop_windows_marks(text);
    return true;
}

char *text_read_file(
    const char *path, size_t most_bytes, struct text_faults *faults)
{
    /* One byte more than allowed tells a file that is too long. */
    char *text = mem_new(most_bytes + 2);
    ssize_t bytes = read_some(path, text, most_bytes + 1);

    if (bytes < 0) {
        text_fault(faults, path, 1,
            "the file cannot be read (%s); check that it is a plain file and "
            "its permissions",
            strerror(errno));
    } else if (take_text(path, text, (size_t)bytes, most_bytes, faults)) {
        return mem_resize(text, strlen(text) + 1, 1);
    }
    free(text);
    return NULL;
}
