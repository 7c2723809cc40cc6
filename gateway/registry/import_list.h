// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_REGISTRY_IMPORT_LIST_H
#define KABARI_REGISTRY_IMPORT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Who is on the list: 16 bytes per row, sorted by NIK in short steps. Sorted,
 * the rows are applied in the order of the resident table's index, which
 * touches each of its pages once instead of at random.
 */

struct list_entry {
    uint64_t nik;
    uint32_t row; /* id in import_row */
    bool listed_only;
};

/** A zeroed struct is empty; free with import_list_clear(). */
struct import_list {
    struct list_entry *entries;
    size_t count;
    size_t room;
    struct list_entry *spare; /* while it is sorted */
    size_t run;               /* length of the sorted runs; 0: not begun */
    size_t at;                /* where the present pass stands */
};

void import_list_add(struct import_list *list, struct list_entry entry);

/** One step of the sort by NIK, then row; true when it is sorted. */
bool import_list_sort_step(struct import_list *list);

/** Index of the first entry of a sorted list whose NIK is over nik. */
size_t import_list_after(const struct import_list *list, uint64_t nik);

/** Whether a sorted list has that NIK. */
bool import_list_has(const struct import_list *list, uint64_t nik);

void import_list_clear(struct import_list *list);

#endif
