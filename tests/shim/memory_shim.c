// SPDX-License-Identifier: GPL-2.0-or-later
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

/*
 * Memory that runs out, for LD_PRELOAD. $MEMORY_SHIM_PROGRAM has it; the first
 * eight bytes of the file $MEMORY_SHIM_FILE say how many more blocks it gets
 * (an int64_t that counts down), and from then on none until the number is set
 * anew. Memory that it holds is as good as ever.
 */

typedef void *malloc_fn(size_t bytes);
typedef void *calloc_fn(size_t count, size_t bytes);
typedef void *realloc_fn(void *old, size_t bytes);
typedef void *reallocarray_fn(void *old, size_t count, size_t bytes);

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name,cppcoreguidelines-avoid-non-const-global-variables,bugprone-macro-parentheses)
/* Function pointers and void pointers are kept apart by the language only. */
#define REAL(name, type)                                                       \
    ((union {                                                                  \
        void *found;                                                           \
        type *call;                                                            \
    }){.found = dlsym(RTLD_NEXT, name)}                                        \
            .call)

static int64_t *left_here;

__attribute__((constructor)) static void find_counter(void)
{
    const char *program = getenv("MEMORY_SHIM_PROGRAM");
    const char *path = getenv("MEMORY_SHIM_FILE");
    int fd = -1;
    void *page = NULL;

    if (program == NULL || path == NULL ||
        strcmp(program_invocation_short_name, program) != 0) {
        return;
    }
    fd = open(path, O_RDWR | O_CLOEXEC);
    page = fd < 0 ? MAP_FAILED
                  : mmap(NULL, sizeof *left_here, PROT_READ | PROT_WRITE,
                        MAP_SHARED, fd, 0);
    if (fd >= 0) {
        (void)close(fd);
    }
    if (page == MAP_FAILED) {
        (void)fputs("memory_shim: no counter\n", stderr);
        abort();
    }
    left_here = page;
}

static bool is_out(void)
{
    if (left_here == NULL ||
        __atomic_fetch_sub(left_here, 1, __ATOMIC_RELAXED) > 0) {
        return false;
    }
    errno = ENOMEM;
    return true;
}

void *malloc(size_t bytes)
{
    static malloc_fn *real;

    if (real == NULL) {
        real = REAL("malloc", malloc_fn);
    }
    return is_out() ? NULL : real(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    static calloc_fn *real;

    if (real == NULL) {
        real = REAL("calloc", calloc_fn);
    }
    return is_out() ? NULL : real(count, bytes);
}

void *realloc(void *old, size_t bytes)
{
    static realloc_fn *real;

    if (real == NULL) {
        real = REAL("realloc", realloc_fn);
    }
    return is_out() ? NULL : real(old, bytes);
}

void *reallocarray(void *old, size_t count, size_t bytes)
{
    static reallocarray_fn *real;

    if (real == NULL) {
        real = REAL("reallocarray", reallocarray_fn);
    }
    return is_out() ? NULL : real(old, count, bytes);
}

/* A sanitizer's own ones do not come by here. */
char *strdup(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *out = malloc(bytes);

    return out == NULL ? NULL : memcpy(out, text, bytes);
}

char *strndup(const char *text, size_t most)
{
    size_t bytes = strnlen(text, most);
    char *out = malloc(bytes + 1);

    if (out != NULL) {
        memcpy(out, text, bytes);
        out[bytes] = '\0';
    }
    return out;
}

// NOLINTEND(readability-inconsistent-declaration-parameter-name,cppcoreguidelines-avoid-non-const-global-variables,bugprone-macro-parentheses)
