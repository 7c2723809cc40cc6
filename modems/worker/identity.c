// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "base/str.h"
#include "modems/worker/pauses.h"
#include "modems/worker/unicode.h"
#include "modems/worker/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which stick and which SIM it is. */

/* libGammu copies a line of the modem's without looking at the room. */
#define ANSWER_BYTES 8192

typedef GSM_Error ask_fn(GSM_StateMachine *gsm, char *answer);

/* Asks twice: a line that noise has spoilt must not make another SIM of it. */
static void plain_answer(
    struct worker *worker, ask_fn *ask, char *out, size_t out_bytes)
{
    char *answer = mem_new(ANSWER_BYTES);

    out[0] = '\0';
    for (int i = 0; i < 2 && out[0] == '\0'; i++) {
        if (ask(worker->gsm, answer) == ERR_NONE) {
            answer[ANSWER_BYTES - 1] = '\0';
            unicode_plain(str_trim(answer), out, out_bytes);
        }
    }
    free(answer);
}

/* ITU-T E.118: 19 digits; older cards have 18, some tell a filler of 20. */
#define ICCID_LEAST 18
#define ICCID_MOST  22

static bool is_iccid(const char *text)
{
    size_t length = strlen(text);

    return length >= ICCID_LEAST && length <= ICCID_MOST &&
           strspn(text, "0123456789") + 1 >= length &&
           strspn(text, "0123456789Ff") == length;
}

/* Two readings must agree: by this number a SIM is known whose IMSI is not
   told. */
static enum kb_err ask_iccid(
    struct worker *worker, const char *command, char *out, size_t out_bytes)
{
    char again[64];
    enum kb_err err = greet_ask_on(&worker->raw, command, out, out_bytes);

    if (err != KB_OK || !is_iccid(out)) {
        return err == KB_OK ? KB_REFUSED : err;
    }
    err = greet_ask_on(&worker->raw, command, again, sizeof again);
    return err == KB_OK && strcmp(out, again) != 0 ? KB_REFUSED : err;
}

/* No standard has a command for it. */
static void read_iccid(struct worker *worker, char *out, size_t out_bytes)
{
    static const char *const commands[] = {
        "AT+CCID", "AT+ICCID", "AT^ICCID?", "AT+QCCID"};
    enum kb_err err = KB_REFUSED;
    char text[64] = "";

    for (size_t i = 0;
         i < sizeof commands / sizeof *commands && err == KB_REFUSED; i++) {
        err = ask_iccid(worker, commands[i], text, sizeof text);
    }
    worker_judge_raw(worker, err);
    text[err == KB_OK ? strcspn(text, "Ff") : 0] = '\0';
    (void)snprintf(out, out_bytes, "%.*s", (int)out_bytes - 1, text);
}

void identity_say(struct worker *worker)
{
    struct wire_identity identity = {0};

    plain_answer(worker, GSM_GetIMEI, identity.imei, sizeof identity.imei);
    plain_answer(worker, GSM_GetSIMIMSI, identity.imsi, sizeof identity.imsi);
    read_iccid(worker, identity.iccid, sizeof identity.iccid);
    plain_answer(worker, GSM_GetModel, identity.model, sizeof identity.model);
    plain_answer(worker, GSM_GetManufacturer, identity.manufacturer,
        sizeof identity.manufacturer);
    unicode_to_utf8(worker->smsc.Number, identity.smsc, sizeof identity.smsc);
    identity.usleep_override = pauses_effective() ? 1 : 0;
    identity.incoming_by_poll = worker->by_poll ? 1 : 0;
    port_say(&worker->port, WIRE_IDENTITY, &identity);
}
