// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/worker/prompt.h"

#include <string.h>

#define ESCAPE '\x1b'
#define CTRL_Z '\x1a'

static const char submit[] = "AT+CMGS=";

static void begin(struct prompt *prompt, enum prompt_state state)
{
    prompt->state = state;
    prompt->place = 0;
}

void prompt_say(struct prompt *prompt, const char *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        size_t at = prompt->said_bytes;

        if (data[i] == ESCAPE) {
            begin(prompt, PROMPT_NONE);
        }
        if (at < sizeof submit - 1) {
            prompt->said[at] = data[i];
            prompt->said_bytes++;
        }
        if (data[i] != '\r' && data[i] != CTRL_Z) {
            continue;
        }
        if (at == sizeof submit - 1 && memcmp(prompt->said, submit, at) == 0) {
            begin(prompt, PROMPT_AWAITED);
        }
        prompt->said_bytes = 0;
    }
}

static bool is_refusal(const struct prompt *prompt)
{
    static const char *const refusals[] = {"ERROR", "+CMS ERROR", "+CME ERROR"};

    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        size_t length = strlen(refusals[i]);

        if (prompt->place >= length &&
            memcmp(prompt->line, refusals[i], length) == 0) {
            return true;
        }
    }
    return false;
}

bool prompt_hear(struct prompt *prompt, char byte)
{
    if (prompt->state == PROMPT_SHOWN && prompt->place == 1) {
        prompt->place++;
        return byte == ' ';
    }
    if (prompt->state != PROMPT_AWAITED) {
        return false;
    }
    if (byte == '\r' || byte == '\n') {
        if (is_refusal(prompt)) {
            prompt->state = PROMPT_REFUSED;
        }
        prompt->place = 0;
        return false;
    }
    if (prompt->place < sizeof prompt->line) {
        prompt->line[prompt->place] = byte;
    }
    prompt->place++;
    if (byte != '>' || prompt->place != 1) {
        return false;
    }
    prompt->state = PROMPT_SHOWN;
    return true;
}
