// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WEB_MEMORY_H
#define KABARI_WEB_MEMORY_H

/**
 * libevent's HTTP and Jansson lose a pointer or half of an answer where memory
 * is out; SQLite does not. From now on the former two end the process instead,
 * as base/mem.h does: the queue is on disk. The first call of a program.
 */
void web_use_memory(void);

#endif
