// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_SIM_TIMERS_H
#define KABARI_SIM_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Things to do later, on a clock that the caller moves: the program's loop
 * moves it by the monotonic clock, a test by hand. Timers of the same instant
 * fire in the order in which they were added.
 */
struct sim_timers;

/** An empty set whose clock stands at now_us; free with sim_timers_free(). */
struct sim_timers *sim_timers_new(int64_t now_us);

void sim_timers_free(struct sim_timers *timers);

/** The instant to which the set was last moved, in microseconds. */
int64_t sim_timers_now_us(const struct sim_timers *timers);

/**
 * Calls fire(arg) once delay_us from now.
 *
 * @return an id for sim_timers_cancel(), never 0.
 */
uint64_t sim_timers_add(struct sim_timers *timers, int64_t delay_us,
    void (*fire)(void *arg), void *arg);

/** As sim_timers_add(), with an arg from malloc() that fire() frees, or
 *  sim_timers_free() where it never fires. */
void sim_timers_add_owned(struct sim_timers *timers, int64_t delay_us,
    void (*fire)(void *take_arg), void *take_arg);

/** Drops a timer; an id that has fired, or 0, does nothing. */
void sim_timers_cancel(struct sim_timers *timers, uint64_t id);

/** Microseconds from now to the next timer; -1 where there is none. */
int64_t sim_timers_next_us(const struct sim_timers *timers);

/** Sets the clock without firing anything; it never goes back. */
void sim_timers_touch(struct sim_timers *timers, int64_t now_us);

/** Fires all that is due up to now_us, each at its own instant. */
void sim_timers_run(struct sim_timers *timers, int64_t now_us);

#endif
