// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "modems/worker/unicode.h"
#include "modems/worker/worker.h"

#include <stdio.h>

/* The network's own limit of a dialogue is about that. */
#define ANSWER_MS          60000
#define COMMAND_TIMEOUT_MS 10000

static void say_answer(struct worker *worker, const char *text, int status)
{
    struct wire_answer answer = {.status = status};

    (void)snprintf(answer.text, sizeof answer.text, "%s", text);
    port_say(&worker->port, WIRE_ANSWER, &answer);
    worker->ussd_open = false;
}

void dialogue_answer(struct worker *worker, const GSM_USSDMessage *answer)
{
    /* +CUSD's m (3GPP TS 27.007 §7.15) by libGammu's names. */
    static const int m_of[] = {
        [USSD_Unknown] = -1,
        [USSD_NoActionNeeded] = 0,
        [USSD_ActionNeeded] = 1,
        [USSD_Terminated] = 2,
        [USSD_AnotherClient] = 3,
        [USSD_NotSupported] = 4,
        [USSD_Timeout] = 5,
    };
    char text[4000];
    bool known =
        answer->Status >= USSD_Unknown && answer->Status <= USSD_Timeout;

    unicode_to_utf8(answer->Text, text, sizeof text);
    say_answer(worker, text, known ? m_of[answer->Status] : -1);
}

void dialogue_start(struct worker *worker)
{
    GSM_Error err = ERR_NONE;

    worker->ussd_due = false;
    worker->ussd_open = true;
    worker->ussd_until_ms = clock_mono_ms() + ANSWER_MS;
    worker_begin(worker, WIRE_OP_USSD);
    err = GSM_DialService(worker->gsm, worker->ussd_code);
    worker_end(worker);
    if (err != ERR_NONE && worker->ussd_open) {
        worker_log(worker, "ussd: %s", GSM_ErrorString(err));
        say_answer(worker, "", -1);
    }
    worker_judge(worker, err == ERR_TIMEOUT ? ERR_TIMEOUT : ERR_NONE);
}

void dialogue_cancel(struct worker *worker)
{
    struct raw_answer answer = {""};

    worker->ussd_cancel_due = false;
    worker_begin(worker, WIRE_OP_OTHER);
    worker_judge_raw(worker, raw_at_ask(&worker->raw, "AT+CUSD=2",
                                 "+CUSD:", COMMAND_TIMEOUT_MS, &answer));
    worker_end(worker);
    if (worker->ussd_open) {
        say_answer(worker, "", -1);
    }
}

void dialogue_tick(struct worker *worker, int64_t now_ms)
{
    if (worker->ussd_open && now_ms >= worker->ussd_until_ms) {
        worker_log(worker, "ussd: the network did not answer");
        dialogue_cancel(worker);
    }
}
