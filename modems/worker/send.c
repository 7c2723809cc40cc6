// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/str.h"
#include "link/link.h"
#include "modems/worker/pauses.h"
#include "modems/worker/sms.h"
#include "modems/worker/tee.h"
#include "modems/worker/worker.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An SMS that came in while one was sent is read before the result is told, so
   that its answer can be the next to go out. */
#define READ_BEFORE_RESULT 4
/* How long the right +CMGS may come behind a late one. */
#define LATE_WAIT_MS 15000
#define OK_WAIT_MS   500

/* Reads what the modem says within wait_ms. @return false: it went away. */
static bool hear_modem(struct worker *worker, int64_t wait_ms)
{
    struct pollfd tty = {.fd = worker->tty, .events = POLLIN};

    /* A second at most: an unplugged device may say nothing at all. */
    if (tee_waits() ||
        poll(&tty, 1, (int)(wait_ms < 1000 ? wait_ms : 1000)) > 0) {
        return modem_read(worker);
    }
    return modem_present(worker);
}

/* Waits for the callback. @return false where the device went away. */
static bool pump(struct worker *worker, int64_t until_ms)
{
    int64_t left_ms = until_ms - clock_mono_ms();
    bool present = true;

    while (!worker->answer.came && present && left_ms > 0) {
        present = hear_modem(worker, left_ms);
        left_ms = until_ms - clock_mono_ms();
    }
    return present;
}

static int number_behind_colon(const char *line)
{
    const char *colon = strchr(line, ':');
    long number = colon == NULL ? -1 : strtol(colon + 1, NULL, 10);

    return number < 0 || number > 9999 ? -1 : (int)number;
}

/* The submit before was never answered and its +CMGS may come late: where this
   one looks like it, the right answer follows. */
static void outwait_late_answer(struct worker *worker, int64_t until_ms)
{
    struct send_answer *answer = &worker->answer;
    struct raw_answer next = {""};
    int64_t left_ms = until_ms - clock_mono_ms();
    enum kb_err err = KB_OK;

    if (!answer->came || answer->status != 0 || answer->reference < 0 ||
        clock_mono_ms() >= worker->late_until_ms ||
        !verdict_may_be_late(answer->reference, &worker->mr)) {
        return;
    }
    worker_log(worker, "send: TP-MR %d may be another SMS's; waiting",
        answer->reference);
    worker->late_until_ms = 0;
    err = raw_at_wait(&worker->raw,
        "+CMGS:", left_ms < LATE_WAIT_MS ? left_ms : LATE_WAIT_MS, &next);
    if (err == KB_OK) {
        answer->reference = number_behind_colon(next.line) & 0xff;
        /* Its OK must not be taken for another command's. */
        if (raw_at_wait(&worker->raw, "+CMGS:", OK_WAIT_MS, &next) == KB_BUSY) {
            worker_log(worker, "send: no OK behind +CMGS");
        }
    } else if (err == KB_REFUSED && next.line[0] != '\0') {
        answer->status = number_behind_colon(next.line);
        answer->is_cme = str_starts(next.line, "+CME");
        answer->reference = -1;
    }
}

/* The modem's own +CME code, for quirk files that know better. */
static int cme_of(const struct worker *worker)
{
    const struct send_answer *answer = &worker->answer;

    return answer->came && answer->is_cme && answer->status >= 0 &&
                   answer->status <= 9999
               ? answer->status
               : -1;
}

static void say_result(
    struct worker *worker, const struct verdict *verdict, int64_t took_ms)
{
    struct wire_result result = {
        .token = worker->submit.token,
        .outcome = verdict->outcome,
        .tp_mr = verdict->tp_mr,
        .code = verdict->code,
        .cme = cme_of(worker),
        .took_ms = took_ms,
    };

    (void)snprintf(result.reason, sizeof result.reason, "%s", verdict->reason);
    stage_finish(worker->page, verdict->outcome, verdict->tp_mr, verdict->code);
    if (worker->box.arrival_count > 0 && !verdict->leave) {
        box_read(worker, READ_BEFORE_RESULT);
    }
    port_say(&worker->port, WIRE_RESULT, &result);
    if (verdict->outcome == LINK_SENT) {
        worker->last_sent_ms = clock_mono_ms();
        worker->mr = (struct mr_known){.last = verdict->tp_mr, .first = false};
    } else {
        worker_log(worker, "send: outcome=%d code=%d %s", (int)verdict->outcome,
            verdict->code, verdict->reason);
    }
}

static struct verdict give_to_modem(struct worker *worker)
{
    GSM_SMSMessage *sms = &worker->box.sms->SMS[0];
    struct attempt attempt = {0};
    struct verdict verdict = {0};
    int64_t until_ms = 0;

    sms_build(&worker->submit, worker->smsc.Number, sms);
    worker->answer = (struct send_answer){0};
    stage_begin(worker->page, (uint64_t)worker->submit.token);
    if (!pauses_effective()) {
        /* Nothing tells the stages: from here on it may be sent. */
        stage_reach(worker->page, STAGE_PDU);
    }
    pauses_submit_begin();
    attempt.error = GSM_SendSMS(worker->gsm, sms);
    pauses_submit_end();
    attempt.present = true;
    if (attempt.error == ERR_NONE) {
        stage_reach(worker->page, STAGE_PDU);
        until_ms = clock_mono_ms() + worker->config.send_timeout_s * 1000;
        attempt.present = pump(worker, until_ms);
        outwait_late_answer(worker, until_ms);
    } else {
        attempt.present = modem_present(worker);
    }
    attempt.may_be_sent = atomic_load(&worker->page->stage) >= STAGE_PDU;
    attempt.answered = worker->answer.came;
    attempt.status = worker->answer.status;
    attempt.reference = worker->answer.reference;
    attempt.is_cme = worker->answer.is_cme;
    modem_quiet(worker);
    verdict = verdict_of_attempt(&attempt);
    if (attempt.may_be_sent && verdict.outcome != LINK_SENT) {
        worker->mr.refused++;
    }
    return verdict;
}

static struct verdict try_submit(struct worker *worker)
{
    if (!modem_know_smsc(worker)) {
        /* As +CMS ERROR 330 would say it. */
        return (struct verdict){
            LINK_REJECTED, -1, 330, false, "the SMSC's number is not known"};
    }
    return give_to_modem(worker);
}

void send_learn(struct worker *worker, int tp_mr)
{
    struct mr_known *mr = &worker->mr;
    bool next = tp_mr == (mr->last + 1) % 256;

    if (clock_mono_ms() < worker->late_until_ms && mr->first &&
        (mr->last < 0 || next)) {
        mr->last = tp_mr;
        mr->first = false;
    }
}

void send_due(struct worker *worker)
{
    int64_t begun_ms = clock_mono_ms();
    bool first = worker->mr.first;
    struct verdict verdict = try_submit(worker);

    worker->submit_due = false;
    if (first) {
        worker_log(worker, "send: pause_ms=%d override=%s pauses=%d",
            (int)worker->config.pause_ms, pauses_effective() ? "yes" : "no",
            pauses_counted());
    }
    say_result(worker, &verdict, clock_mono_ms() - begun_ms);
    if (verdict.code == 331) {
        worker->next_status_ms = 0; /* see what the registration says */
    }
    if (verdict.leave && !worker->device_gone && modem_present(worker)) {
        /* Whatever the modem says next might be taken for another SMS's
           answer: only a fresh connection is safe. */
        worker_leave(worker, LINK_STARTING, verdict.reason);
    }
}
