// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "link/link.h"
#include "modems/worker/worker.h"

#include <stdio.h>
#include <string.h>

#define STATUS_EVERY_MS     30000
#define NO_NETWORK_EVERY_MS 5000
#define NAME_EVERY_MS       (INT64_C(10) * 60 * 1000)
/* An SMS that went out is a better proof of registration than +CREG. */
#define PROOF_MS           30000
#define COMMAND_TIMEOUT_MS 20000

static bool registered(int creg)
{
    return creg == 1 || creg == 5;
}

/* 3GPP TS 27.007 §7.2 */
static const char *words_of(int creg)
{
    static const char *const words[] = {
        "not registered and not searching",
        "registered",
        "searching for a network",
        "the network denies registration",
        "registration is not known",
        "registered, roaming",
    };

    return creg >= 0 && creg < (int)(sizeof words / sizeof *words)
               ? words[creg]
               : "registration is not known";
}

static void ask_name(struct worker *worker)
{
    struct raw_answer answer = {""};
    enum kb_err err = KB_OK;

    /* Long alphanumeric names; who does not take it answers as it likes. */
    err = raw_at_ask(
        &worker->raw, "AT+COPS=3,0", "+COPS:", COMMAND_TIMEOUT_MS, &answer);
    worker_judge_raw(worker, err);
    if (err == KB_OK || err == KB_REFUSED) {
        err = raw_at_ask(
            &worker->raw, "AT+COPS?", "+COPS:", COMMAND_TIMEOUT_MS, &answer);
        worker_judge_raw(worker, err);
    }
    if (err == KB_OK) {
        raw_at_cops(answer.line, worker->network, sizeof worker->network);
    }
}

static void say_network(struct worker *worker, int creg)
{
    struct wire_network network = {.creg = creg};
    bool on = registered(creg) || creg < 0; /* who cannot say is trusted */

    (void)snprintf(network.name, sizeof network.name, "%s", worker->network);
    port_say(&worker->port, WIRE_NETWORK, &network);
    worker_state(worker, on ? LINK_READY : LINK_NO_NETWORK, "%s",
        on ? "" : words_of(creg));
}

static void ask_network(struct worker *worker, int64_t now_ms)
{
    struct raw_answer answer = {""};
    enum kb_err err = raw_at_ask(
        &worker->raw, "AT+CREG?", "+CREG:", COMMAND_TIMEOUT_MS, &answer);
    int creg = err == KB_OK ? raw_at_creg(answer.line) : -1;
    char before[sizeof worker->network];

    worker_judge_raw(worker, err);
    if (err != KB_OK && err != KB_REFUSED) {
        return;
    }
    memcpy(before, worker->network, sizeof before);
    if (registered(creg) && now_ms >= worker->next_name_ms) {
        worker->next_name_ms = now_ms + NAME_EVERY_MS;
        ask_name(worker);
    }
    if (!worker->network_known || creg != worker->creg ||
        strcmp(before, worker->network) != 0) {
        worker->network_known = true;
        worker->creg = creg;
        say_network(worker, creg);
    }
}

static void ask_signal(struct worker *worker)
{
    GSM_SignalQuality quality = {-1, -1, -1};
    GSM_Error err = GSM_GetSignalQuality(worker->gsm, &quality);
    struct wire_signal signal = {.percent = -1, .dbm = 0};

    worker_judge(worker, err);
    if (err == ERR_NONE && quality.SignalPercent >= 0 &&
        quality.SignalPercent <= 100 && quality.SignalStrength >= -200 &&
        quality.SignalStrength <= 0) {
        signal.percent = quality.SignalPercent;
        signal.dbm = quality.SignalStrength;
    }
    port_say(&worker->port, WIRE_SIGNAL, &signal);
}

void status_ask(struct worker *worker)
{
    int64_t now_ms = clock_mono_ms();
    bool proof =
        worker->last_sent_ms != 0 && now_ms - worker->last_sent_ms < PROOF_MS;
    bool due = worker->next_status_ms == 0;

    worker_begin(worker, WIRE_OP_OTHER);
    if (due || !proof || !worker->network_known || !registered(worker->creg)) {
        ask_network(worker, now_ms);
    }
    if (!worker->leave) {
        ask_signal(worker);
    }
    worker_end(worker);
    worker->next_status_ms =
        clock_mono_ms() +
        (worker->network_known && (registered(worker->creg) || worker->creg < 0)
                ? STATUS_EVERY_MS
                : NO_NETWORK_EVERY_MS);
}
