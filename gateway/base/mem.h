// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_BASE_MEM_H
#define KABARI_BASE_MEM_H

#include <stddef.h>

/*
 * Memory that is there or the process ends: the queue is on disk, and a
 * restart is safer than an error path that nobody ever ran. Sizes that come
 * from outside are bounded before they reach these calls.
 */

/** Zeroed memory; free with free(). Ends the process when memory is out. */
void *mem_new(size_t bytes);

/** As malloc() and realloc(), for libraries that take such functions, but they
 *  end the process when memory is out; mem_change(NULL, …) is fine. */
void *mem_get(size_t bytes);
void *mem_change(void *take_old, size_t bytes);

/** Zeroed array of count items; an overflow of the product ends the process. */
void *mem_array(size_t count, size_t bytes);

/** As reallocarray(3); new memory is not zeroed. */
void *mem_resize(void *take_old, size_t count, size_t bytes);

/** A copy of a string; NULL gives NULL. Free with free(). */
char *mem_strdup(const char *text);

/** A copy of the first bytes of a text, with a NUL behind it. */
char *mem_strndup(const char *text, size_t bytes);

/** A new formatted string; free with free(). */
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
