// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"
#include "modems/worker/pdu.h"
#include "modems/worker/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What libGammu cannot read, or dies of, is taken off the SIM past it: listed
 * as hex, handed over as it is, deleted once the gateway has it on its disk.
 */

#define COMMAND_MS 10000
/* How often libGammu must fail at an SMS in which nothing is odd: it may have
   been the modem's bad moment. */
#define FAILURES_LEAST 2
/* Noise makes any SMS look odd: listed again until two readings agree. */
#define LISTINGS_MOST 4

struct draining {
    struct worker *worker;
    const char *memory;
    GSM_MemoryType type;
    bool all;
    int location; /* of the PDU in the next line, -1: none */
    bool again;   /* something was read for the first time */
};

/* FNV-1a, as for SMS that libGammu reads. */
static uint64_t hash_of(const char *hex)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; *hex != '\0'; hex++) {
        hash = (hash ^ (unsigned char)*hex) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static void copy_plain(char *out, size_t out_bytes, const char *in)
{
    size_t used = 0;

    for (; *in != '\0' && used + 1 < out_bytes; in++) {
        out[used++] = (char)(*in >= ' ' && *in <= '~' ? *in : '?');
    }
    out[used] = '\0';
}

static void say_poison(
    struct draining *draining, const char *hex, const char *why)
{
    struct place place = {draining->type, draining->location};
    struct wire_poison poison = {
        .token = box_hold_poison(
            draining->worker, place, hash_of(hex), &draining->again),
        .place = draining->location,
    };

    if (poison.token == 0) {
        return;
    }
    (void)snprintf(poison.memory, sizeof poison.memory, "%s", draining->memory);
    (void)snprintf(poison.why, sizeof poison.why, "%s", why);
    copy_plain(poison.pdu, sizeof poison.pdu, hex);
    worker_log(draining->worker, "drain: %s %d goes to the quarantine: %s",
        draining->memory, draining->location, why);
    port_say(&draining->worker->port, WIRE_POISON, &poison);
}

static bool gammu_failed(const struct draining *draining)
{
    const struct box *box = &draining->worker->box;

    for (size_t i = 0; i < box->undecodable_count; i++) {
        const struct undecodable *it = &box->undecodable[i];

        if (same_place(it->place,
                (struct place){draining->type, draining->location}) &&
            it->times >= FAILURES_LEAST) {
            return true;
        }
    }
    return false;
}

/* libGammu could read it: it waits for the gateway, or to be deleted. */
static bool was_handed_over(const struct draining *draining)
{
    const struct held *held = held_at(&draining->worker->box,
        (struct place){draining->type, draining->location});

    return held != NULL && held->token != 0 && !held->poison;
}

static void take_pdu(struct draining *draining, const char *hex)
{
    struct pdu_look look = pdu_look(hex);

    if (was_handed_over(draining)) {
        return;
    }
    if (look.fault != NULL) {
        say_poison(draining, hex, look.fault);
    } else if (draining->all) {
        say_poison(draining, hex, "an SMS among these ended the worker");
    } else if (gammu_failed(draining)) {
        say_poison(draining, hex, "libGammu cannot read it");
    }
}

static void on_listed(void *arg, const char *line)
{
    struct draining *draining = arg;

    if (str_starts(line, "+CMGL:")) {
        draining->location = (int)strtol(line + 6, NULL, 10);
    } else if (draining->location >= 0 && line[0] != '+' && line[0] != '^') {
        take_pdu(draining, line);
        draining->location = -1;
    } else {
        modem_on_line(draining->worker, line);
    }
}

static enum kb_err choose(struct worker *worker, const char *memory)
{
    struct raw_answer answer = {""};
    char command[32];
    enum kb_err err = KB_OK;

    (void)snprintf(command, sizeof command, "AT+CPMS=\"%s\"", memory);
    err = raw_at_ask(&worker->raw, command, "+CPMS:", COMMAND_MS, &answer);
    worker_judge_raw(worker, err);
    return err;
}

/* libGammu must know which memory is in use: this call sets its own. */
static void restore(struct worker *worker)
{
    GSM_SMSMemoryStatus status = {0};

    if (!worker->leave) {
        (void)GSM_GetSMSStatus(worker->gsm, &status);
    }
    worker->box.memory = 0;
}

/* @return false where it has to be listed again. */
static bool drain_memory(
    struct worker *worker, const char *memory, GSM_MemoryType type, bool all)
{
    struct draining draining = {worker, memory, type, all, -1, true};
    struct raw_at raw = {worker->tty, on_listed, &draining};
    struct raw_answer answer = {""};
    enum kb_err err = choose(worker, memory);

    if (err == KB_OK) {
        err = raw_at_ask(&worker->raw, "AT+CMGF=0", NULL, COMMAND_MS, &answer);
        worker_judge_raw(worker, err);
    }
    for (int i = 0; i < LISTINGS_MOST && draining.again && err == KB_OK; i++) {
        draining.again = false;
        draining.location = -1;
        err = raw_at_ask(&raw, "AT+CMGL=4", NULL, COMMAND_MS, &answer);
        worker_judge_raw(worker, err);
    }
    return err != KB_OK || !draining.again;
}

bool drain(struct worker *worker, bool all)
{
    static const struct {
        const char *name;
        GSM_MemoryType type;
    } memories[] = {
        {"SM", MEM_SM},
        {"ME", MEM_ME},
        {"SR", MEM_SR},
    };

    bool agreed = true;

    for (size_t i = 0; i < sizeof memories / sizeof *memories && !worker->leave;
         i++) {
        agreed =
            drain_memory(worker, memories[i].name, memories[i].type, all) &&
            agreed;
    }
    restore(worker);
    return agreed;
}

bool drain_delete(struct worker *worker, struct place place)
{
    const char *memory = place.memory == MEM_ME   ? "ME"
                         : place.memory == MEM_SR ? "SR"
                                                  : "SM";
    struct raw_answer answer = {""};
    char command[32];
    enum kb_err err = choose(worker, memory);

    if (err == KB_OK) {
        (void)snprintf(command, sizeof command, "AT+CMGD=%d", place.location);
        err = raw_at_ask(&worker->raw, command, NULL, COMMAND_MS, &answer);
        worker_judge_raw(worker, err);
    }
    restore(worker);
    return err == KB_OK;
}

bool drain_poison(
    struct worker *worker, struct place place, const char *hex, const char *why)
{
    struct draining draining = {
        worker, "SR", place.memory, false, place.location, false};

    say_poison(&draining, hex, why);
    return !draining.again;
}
