// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "modems/worker/worker.h"

#include <stdio.h>
#include <string.h>

/* What the gateway has on its disk goes from the SIM; and whether there is room
   for more. */

/* The answer to what was handed over is there within milliseconds, often
   together with its done: it goes first. */
#define ANSWER_PATIENCE_MS 10
#define DELETE_TRIES       3
#define DELETE_TIMEOUT_MS  5000
/* Poison that could not be deleted is tried again so often. */
#define UNSTICK_MS 15000

void box_put_off_chores(struct box *box)
{
    box->chores_at_ms = clock_mono_ms() + ANSWER_PATIENCE_MS;
}

void box_done(struct worker *worker, int64_t token)
{
    struct held *held = held_by(&worker->box, token);

    if (held == NULL) {
        return;
    }
    if (held->place.memory == 0) {
        held_forget(&worker->box, held); /* it lies nowhere */
        return;
    }
    held->state = HELD_DONE;
    box_put_off_chores(&worker->box);
}

/* Not while something else may lie there by now. */
static bool is_to_go(const struct held *held)
{
    return held->state == HELD_DONE && !held->doubted;
}

bool box_has_done(const struct worker *worker)
{
    for (size_t i = 0; i < worker->box.held_count; i++) {
        if (is_to_go(&worker->box.held[i])) {
            return true;
        }
    }
    return false;
}

/* Through libGammu a deletion is four commands, and the next reading one more.
   Where the memory in use is the right one, one will do; it is after a reading,
   and libGammu knows that, too. */
static bool delete_raw(struct worker *worker, struct place place)
{
    char command[32];
    struct raw_answer answer = {""};
    enum kb_err err = KB_OK;

    if (!worker->raw_places || (worker->box.memory != place.memory &&
                                   box_read_once(worker, place) != ERR_NONE)) {
        return false;
    }
    (void)snprintf(command, sizeof command, "AT+CMGD=%d", place.location);
    err =
        raw_at_ask(&worker->raw, command, "+CMGD:", DELETE_TIMEOUT_MS, &answer);
    worker_judge_raw(worker, err);
    return err == KB_OK;
}

static bool delete_by_gammu(struct worker *worker, struct place place)
{
    GSM_SMSMessage *sms = &worker->box.sms->SMS[0];
    GSM_Error err = ERR_NONE;

    memset(sms, 0, sizeof *sms);
    sms->Memory = place.memory;
    sms->Location = place.location;
    sms->Folder = 1;
    err = GSM_DeleteSMS(worker->gsm, sms);
    worker_judge(worker, err);
    worker->box.memory = err == ERR_NONE ? place.memory : 0;
    if (err != ERR_NONE && err != ERR_EMPTY) {
        worker_log(worker, "inbound: place %d cannot be deleted: %s",
            place.location, GSM_ErrorString(err));
    }
    return err == ERR_NONE || err == ERR_EMPTY;
}

static void delete_one(struct worker *worker, struct held *held)
{
    struct place place = held->place;

    if (held->poison) {
        if (drain_delete(worker, place)) {
            held_forget(&worker->box, held);
        } else if (++held->tries >= DELETE_TRIES) {
            held->state = HELD_STUCK;
            worker->box.unstick_ms = clock_mono_ms() + UNSTICK_MS;
            worker_log(
                worker, "drain: place %d cannot be deleted", place.location);
        }
        return;
    }
    /* After some failures it is forgotten: the next scan finds it again and
       the gateway, which knows it, says done again. */
    if (delete_raw(worker, place) || delete_by_gammu(worker, place) ||
        ++held->tries >= DELETE_TRIES) {
        held_forget(&worker->box, held);
    }
}

bool box_delete(struct worker *worker, int most)
{
    struct box *box = &worker->box;
    bool any = false;

    if (!box_has_done(worker)) {
        return false;
    }
    worker_begin(worker, WIRE_OP_OTHER);
    for (size_t i = box->held_count; i-- > 0 && most > 0 && !worker->leave;) {
        if (is_to_go(&box->held[i])) {
            delete_one(worker, &box->held[i]);
            any = true;
            most--;
        }
    }
    worker_end(worker);
    if (any && box->skipped) {
        box->next_scan_ms = 0; /* there is room again */
    }
    return any;
}

/* --- room --- */

/* What lies there and is no SMS that came in stays: it may fill the SIM. */
void box_ask_room(struct worker *worker)
{
    struct box *box = &worker->box;
    struct wire_memory memory = {0};
    GSM_SMSMemoryStatus status = {0};
    GSM_Error err = GSM_GetSMSStatus(worker->gsm, &status);

    worker_judge(worker, err);
    box->memory = 0;
    if (err != ERR_NONE) {
        return;
    }
    memory.full =
        (status.SIMSize > 0 && status.SIMUsed >= status.SIMSize) ||
                (status.PhoneSize > 0 && status.PhoneUsed >= status.PhoneSize)
            ? 1
            : 0;
    if (box->told && box->full == (memory.full != 0)) {
        return;
    }
    (void)snprintf(memory.use, sizeof memory.use,
        "SIM %d of %d, modem %d of %d", status.SIMUsed, status.SIMSize,
        status.PhoneUsed, status.PhoneSize);
    box->told = true;
    box->full = memory.full != 0;
    port_say(&worker->port, WIRE_MEMORY, &memory);
}
