// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/sim/timers.h"

#include "base/mem.h"

#include <stdlib.h>

struct timer {
    int64_t due_us;
    uint64_t id; /* rising: the tie-breaker */
    void (*fire)(void *arg);
    void *arg; /* NULL fire: cancelled */
    bool owned;
};

struct sim_timers {
    struct timer *heap;
    size_t count;
    size_t room;
    int64_t now_us;
    uint64_t last_id;
};

struct sim_timers *sim_timers_new(int64_t now_us)
{
    struct sim_timers *timers = mem_new(sizeof *timers);

    timers->now_us = now_us;
    return timers;
}

void sim_timers_free(struct sim_timers *timers)
{
    if (timers == NULL) {
        return;
    }
    for (size_t i = 0; i < timers->count; i++) {
        if (timers->heap[i].owned) {
            free(timers->heap[i].arg);
        }
    }
    free(timers->heap);
    free(timers);
}

int64_t sim_timers_now_us(const struct sim_timers *timers)
{
    return timers->now_us;
}

static bool earlier(const struct timer *a, const struct timer *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->id < b->id;
}

static void swap(struct timer *a, struct timer *b)
{
    struct timer kept = *a;

    *a = *b;
    *b = kept;
}

static void sift_up(struct sim_timers *timers, size_t at)
{
    while (at > 0 && earlier(&timers->heap[at], &timers->heap[(at - 1) / 2])) {
        swap(&timers->heap[at], &timers->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void sift_down(struct sim_timers *timers)
{
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= timers->count) {
            return;
        }
        if (child + 1 < timers->count &&
            earlier(&timers->heap[child + 1], &timers->heap[child])) {
            child++;
        }
        if (!earlier(&timers->heap[child], &timers->heap[at])) {
            return;
        }
        swap(&timers->heap[child], &timers->heap[at]);
        at = child;
    }
}

static struct timer take_first(struct sim_timers *timers)
{
    struct timer first = timers->heap[0];

    timers->count--;
    timers->heap[0] = timers->heap[timers->count];
    sift_down(timers);
    return first;
}

static uint64_t add(
    struct sim_timers *timers, int64_t delay_us, struct timer timer)
{
    if (timers->count == timers->room) {
        timers->room = timers->room * 2 + 16;
        timers->heap =
            mem_resize(timers->heap, timers->room, sizeof *timers->heap);
    }
    timers->last_id++;
    timer.due_us = timers->now_us + (delay_us > 0 ? delay_us : 0);
    timer.id = timers->last_id;
    timers->heap[timers->count] = timer;
    timers->count++;
    sift_up(timers, timers->count - 1);
    return timers->last_id;
}

uint64_t sim_timers_add(struct sim_timers *timers, int64_t delay_us,
    void (*fire)(void *arg), void *arg)
{
    return add(timers, delay_us, (struct timer){.fire = fire, .arg = arg});
}

void sim_timers_add_owned(struct sim_timers *timers, int64_t delay_us,
    void (*fire)(void *take_arg), void *take_arg)
{
    (void)add(timers, delay_us,
        (struct timer){.fire = fire, .arg = take_arg, .owned = true});
}

void sim_timers_cancel(struct sim_timers *timers, uint64_t id)
{
    for (size_t i = 0; id != 0 && i < timers->count; i++) {
        if (timers->heap[i].id == id) {
            timers->heap[i].fire = NULL;
            return;
        }
    }
}

int64_t sim_timers_next_us(const struct sim_timers *timers)
{
    if (timers->count == 0) {
        return -1;
    }
    return timers->heap[0].due_us > timers->now_us
               ? timers->heap[0].due_us - timers->now_us
               : 0;
}

void sim_timers_touch(struct sim_timers *timers, int64_t now_us)
{
    if (now_us > timers->now_us) {
        timers->now_us = now_us;
    }
}

void sim_timers_run(struct sim_timers *timers, int64_t now_us)
{
    uint64_t newest = timers->last_id;

    /* What a timer adds for this very instant waits for the next call, so
     * that a timer which renews itself at once cannot hold the loop. */
    while (timers->count > 0 && timers->heap[0].due_us <= now_us &&
           (timers->heap[0].id <= newest ||
               timers->heap[0].due_us > timers->now_us)) {
        struct timer timer = take_first(timers);

        sim_timers_touch(timers, timer.due_us);
        if (timer.fire != NULL) {
            timer.fire(timer.arg);
        }
    }
    sim_timers_touch(timers, now_us);
}
