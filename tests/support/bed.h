// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_TESTS_SUPPORT_BED_H
#define KABARI_TESTS_SUPPORT_BED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A whole gateway for a flow test: kabari-sim, kabarid and kabari in a folder
 * of their own, ended and removed with the bed. Programs come from the folder
 * that $KABARI_BUILD names. What fails ends the test with a message.
 */

struct bed {
    char folder[64];
    char sim_folder[80];
    char config[96];
    char socket[96];
    char database[96];
    char log[96];
    pid_t sim;
    pid_t gateway;
};

struct bed_options {
    int modems;
    const char *sim_args;   /* as one would type them; NULL: zero latency */
    const char *modem_args; /* more settings for every modem, or NULL */
    const char *config;     /* more of the configuration, or NULL */
    const char *sending;    /* the sending group, or NULL: any time */
    bool http;              /* listens on TCP, on a port of its own */
};

/** Makes the folder and the configuration; starts nothing. */
struct bed *bed_new(const struct bed_options *options);

/** Ends what runs and removes the folder; fails the test where a program
 *  ended by a fault of its own (a sanitizer's report, a crash). */
void bed_free(struct bed *bed);

void bed_start_sim(struct bed *bed, const struct bed_options *options);
/** Starts kabarid and waits until its control socket answers. args: more
 *  options, split at spaces, or NULL. */
void bed_start_gateway(struct bed *bed, const char *args);
/** The same with a library of $KABARI_BUILD between kabarid and its own, and
 *  settings ("NAME=value", NULL at the end) in its environment. */
void bed_start_gateway_with(
    struct bed *bed, const char *shim, const char *const *settings);
/** Starts kabarid with a wall clock that can be set: so many seconds off from
 *  now on (tests/shim/clock_shim.c). */
void bed_start_gateway_with_clock(struct bed *bed, int64_t offset_s);
void bed_set_clock(struct bed *bed, int64_t offset_s);
/** Sends the signal and reaps; returns the exit code, -1 for a signal. */
int bed_stop_gateway(struct bed *bed, int signal_number);

/** Sim and gateway together. */
struct bed *bed_up(const struct bed_options *options);

/** Path of a program in $KABARI_BUILD; borrowed until the next call. */
void bed_program(const char *name, char *out, size_t out_bytes);

/**
 * Runs kabari with these words (NULL at the end) on the bed's configuration.
 *
 * @param out  free(): what it printed on standard output; NULL: not wanted.
 * @return the exit code.
 */
int bed_kabari(struct bed *bed, char **out, const char *first, ...);

/** kabari --json …: fails unless it exits with 0; json_decref() it. */
json_t *bed_json(struct bed *bed, const char *first, ...);

/** One request over the control socket, without a process in between. A body
 *  that starts with { or [ is JSON, another one CSV. Without room for the
 *  status, 300 and more fails the test. json_decref() the answer. */
json_t *bed_ask(struct bed *bed, const char *method, const char *target,
    const char *body, int *status);
/** The same where the answer does not matter. */
void bed_do(
    struct bed *bed, const char *method, const char *target, const char *body);

/** The TCP port that the gateway listens on. */
int bed_port(struct bed *bed);

/** One request to the simulator; fails unless it is taken. */
json_t *bed_sim(struct bed *bed, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/** The ledger's events of a kind ("accepted"; NULL: all) as an array. */
json_t *bed_ledger(struct bed *bed, const char *event);
size_t bed_ledger_count(struct bed *bed, const char *event);

/** Waits until the condition holds; fails the test after limit_ms. */
#define BED_WAIT(limit_ms, condition)                                          \
    do {                                                                       \
        int64_t bed_give_up = bed_mono_ms() + (limit_ms);                      \
        while (!(condition)) {                                                 \
            bed_pause_or_fail(bed_give_up, #condition, __FILE__, __LINE__);    \
        }                                                                      \
    } while (0)

int64_t bed_mono_ms(void);

/** A seed for what a test draws: the environment's, to repeat a run, or another
 *  each time; printed. */
unsigned bed_seed(const char *name);
void bed_pause_or_fail(
    int64_t give_up_ms, const char *what, const char *file, int line);

/** The number under a member of the answer to GET target; -1: none. */
int64_t bed_number(struct bed *bed, const char *target, const char *member);
/** The text under a member of the answer to GET target, compared. */
bool bed_is(
    struct bed *bed, const char *target, const char *member, const char *value);
/** True where that text has these words in it. */
bool bed_says(
    struct bed *bed, const char *target, const char *member, const char *words);
/** How many messages are in a state (GET status: queue). */
int64_t bed_queue(struct bed *bed, const char *state);

/** Writes a file into the bed's folder; its path goes to out. */
void bed_write(struct bed *bed, const char *name, const char *text, char *out,
    size_t out_bytes);

/** The configuration as it stands; free() it. */
char *bed_config_text(struct bed *bed);
/** Writes it anew; a SIGHUP has it read. */
void bed_config_set(struct bed *bed, const char *text);
/** The first of these words replaced, in a text of one's own; free() it. */
char *bed_replaced(const char *text, const char *from, const char *to);
/** The same in the configuration. */
void bed_config_replace(struct bed *bed, const char *from, const char *to);

/** True where the gateway's log has that text. */
bool bed_logged(struct bed *bed, const char *text);

#endif
