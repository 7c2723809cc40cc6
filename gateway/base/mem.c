// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_end(void *memory)
{
    if (memory == NULL) {
        (void)fputs("kabari: out of memory; ending\n", stderr);
        abort();
    }
    return memory;
}

void *mem_new(size_t bytes)
{
    return or_end(calloc(1, bytes == 0 ? 1 : bytes));
}

void *mem_get(size_t bytes)
{
    return or_end(malloc(bytes == 0 ? 1 : bytes));
}

void *mem_change(void *take_old, size_t bytes)
{
    return or_end(realloc(take_old, bytes == 0 ? 1 : bytes));
}

void *mem_array(size_t count, size_t bytes)
{
    return or_end(calloc(count == 0 ? 1 : count, bytes));
}

void *mem_resize(void *take_old, size_t count, size_t bytes)
{
    return or_end(reallocarray(take_old, count == 0 ? 1 : count, bytes));
}

char *mem_strdup(const char *text)
{
    return text == NULL ? NULL : or_end(strdup(text));
}

char *mem_strndup(const char *text, size_t bytes)
{
    return or_end(strndup(text, bytes));
}

char *mem_printf(const char *fmt, ...)
{
    char *out = NULL;
    va_list args;

    va_start(args, fmt);
    if (vasprintf(&out, fmt, args) < 0) {
        out = NULL;
    }
    va_end(args);
    return or_end(out);
}
