// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/memory.h"

#include "base/mem.h"

#include <event2/event.h>

#include <jansson.h>
#include <stdlib.h>

void web_use_memory(void)
{
    event_set_mem_functions(mem_get, mem_change, free);
    json_set_alloc_funcs(mem_get, free);
}
