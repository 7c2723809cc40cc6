// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry/import_list.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_RUN 1024 /* sorted at once: about 0.1 ms */

void import_list_add(struct import_list *list, struct list_entry entry)
{
    if (list->count == list->room) {
        list->room = list->room * 2 + FIRST_RUN;
        list->entries =
            mem_resize(list->entries, list->room, sizeof *list->entries);
    }
    list->entries[list->count++] = entry;
}

static int compare(const void *left, const void *right)
{
    const struct list_entry *a = left;
    const struct list_entry *b = right;

    if (a->nik != b->nik) {
        return a->nik < b->nik ? -1 : 1;
    }
    if (a->row != b->row) {
        return a->row < b->row ? -1 : 1;
    }
    return 0;
}

static size_t at_most(size_t value, size_t most)
{
    return value < most ? value : most;
}

/* Merges the runs [from, middle) and [middle, end) into the spare array. */
static void merge(struct import_list *list, size_t from, size_t run)
{
    size_t middle = at_most(from + run, list->count);
    size_t end = at_most(middle + run, list->count);
    size_t left = from;
    size_t right = middle;

    for (size_t out = from; out < end; out++) {
        bool take_left =
            right == end || (left < middle && compare(&list->entries[left],
                                                  &list->entries[right]) <= 0);

        list->spare[out] = list->entries[take_left ? left++ : right++];
    }
}

static void swap_arrays(struct import_list *list)
{
    struct list_entry *entries = list->entries;

    list->entries = list->spare;
    list->spare = entries;
}

bool import_list_sort_step(struct import_list *list)
{
    if (list->run == 0) {
        size_t end = at_most(list->at + FIRST_RUN, list->count);

        if (list->at < end) {
            qsort(list->entries + list->at, end - list->at,
                sizeof *list->entries, compare);
        }
        list->at = end;
        if (end < list->count) {
            return false;
        }
        list->run = FIRST_RUN;
        list->at = 0;
        list->room = list->count;
        list->spare = mem_array(list->count + 1, sizeof *list->spare);
        return list->run >= list->count;
    }
    if (list->run >= list->count) {
        free(list->spare);
        list->spare = NULL;
        return true;
    }
    merge(list, list->at, list->run);
    list->at += list->run * 2;
    if (list->at >= list->count) {
        swap_arrays(list);
        list->at = 0;
        list->run *= 2;
    }
    return false;
}

size_t import_list_after(const struct import_list *list, uint64_t nik)
{
    size_t low = 0;
    size_t high = list->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (list->entries[middle].nik <= nik) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool import_list_has(const struct import_list *list, uint64_t nik)
{
    size_t after = import_list_after(list, nik);

    return after > 0 && list->entries[after - 1].nik == nik;
}

void import_list_clear(struct import_list *list)
{
    free(list->entries);
    free(list->spare);
    *list = (struct import_list){0};
}
