// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "dispatch/dispatch_internal.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The loop test: every few hours each modem that knows its number texts the
 * next one, one alone itself. What arrives proves that the one sends and the
 * other receives; it never reaches what understands residents.
 */

#define MARK        "KABARI LOOP "
#define HOUR_MS     INT64_C(3600000)
#define LATE_MS     INT64_C(1800000)
#define NONCE_BYTES 8

static bool takes_part(const struct modem *modem)
{
    return *modem->config->number != '\0';
}

static struct modem *next_of(struct modem *modem)
{
    struct modem *at = modem;

    do {
        at = TAILQ_NEXT(at, entry);
        if (at == NULL) {
            at = TAILQ_FIRST(&modem->dispatch->modems);
        }
    } while (at != modem && !takes_part(at));
    return at;
}

static void tell(
    struct dispatch *dispatch, const char *to, const char *from, bool lost)
{
    char key[ALARM_KEY_BYTES];
    char text[ALARM_TEXT_BYTES];

    if (dispatch->rooms.alarms == NULL) {
        return;
    }
    (void)snprintf(key, sizeof key, "modem:%s:loop", to);
    (void)snprintf(text, sizeof text,
        "modem %s got no SMS from modem %s within 30 minutes: the one may not "
        "receive, or the other not send; try both by hand",
        to, from);
    alarm_set(dispatch->rooms.alarms,
        &(struct alarm_new){
            .key = key, .severity = ALARM_WARNING, .text = text},
        lost);
}

static void send_one(struct modem *from, struct modem *to, int64_t now)
{
    struct dispatch *dispatch = from->dispatch;
    unsigned char bytes[NONCE_BYTES];
    char nonce[2 * NONCE_BYTES + 1];
    char text[64];
    struct outbox_new message = {
        .phone = to->config->number,
        .text = text,
        .class = MSG_REPLY,
        .expires_at_ms = now + LATE_MS,
        .ref = "loop",
        .only_modem = from->name,
    };
    struct why why = {0};
    int64_t id = 0;
    size_t i = 0;

    while (i < LOOPS_MOST && dispatch->loop.sent[i].from[0] != '\0') {
        i++;
    }
    randombytes_buf(bytes, sizeof bytes);
    (void)sodium_bin2hex(nonce, sizeof nonce, bytes, sizeof bytes);
    (void)snprintf(text, sizeof text, MARK "%s", nonce);
    if (i == LOOPS_MOST ||
        outbox_accept(dispatch->rooms.outbox, &message, &id, &why) != KB_OK) {
        modem_note(from, "loop test not sent: %s", why.text);
        return;
    }
    memcpy(dispatch->loop.sent[i].nonce, nonce, sizeof nonce);
    (void)snprintf(dispatch->loop.sent[i].from, 32, "%s", from->name);
    (void)snprintf(dispatch->loop.sent[i].to, 32, "%s", to->name);
    dispatch->loop.sent[i].sent_at_ms = now;
    modem_note(from, "loop test id=%lld to=%s", (long long)id, to->name);
}

static void look_for_late(struct dispatch *dispatch, int64_t now)
{
    for (size_t i = 0; i < LOOPS_MOST; i++) {
        if (dispatch->loop.sent[i].from[0] != '\0' &&
            now - dispatch->loop.sent[i].sent_at_ms >= LATE_MS) {
            tell(dispatch, dispatch->loop.sent[i].to,
                dispatch->loop.sent[i].from, true);
            dispatch->loop.sent[i].from[0] = '\0';
        }
    }
}

void loop_tick(struct dispatch *dispatch)
{
    int64_t now = clock_now_ms(dispatch->rooms.clock);
    int64_t every_ms = (int64_t)dispatch->rooms.config->loop_every_h * HOUR_MS;
    struct modem *modem = NULL;

    look_for_late(dispatch, now);
    if (every_ms == 0 || dispatch->stopping) {
        return;
    }
    if (dispatch->loop.next_at_ms == 0 ||
        dispatch->loop.next_at_ms > now + every_ms) {
        dispatch->loop.next_at_ms = (now / every_ms + 1) * every_ms;
    }
    if (now < dispatch->loop.next_at_ms) {
        return;
    }
    dispatch->loop.next_at_ms = (now / every_ms + 1) * every_ms;
    TAILQ_FOREACH (modem, &dispatch->modems, entry) {
        if (takes_part(modem) && modem_can_send(modem)) {
            send_one(modem, next_of(modem), now);
        }
    }
}

static void arrived(struct modem *modem, size_t i)
{
    struct dispatch *dispatch = modem->dispatch;
    struct modem *from = dispatch_find(dispatch, dispatch->loop.sent[i].from);

    modem->shown.loop_at_ms = modem_now_ms(modem);
    if (from != NULL) {
        from->shown.loop_at_ms = modem->shown.loop_at_ms;
    }
    modem_note(modem, "loop test from=%s arrived", dispatch->loop.sent[i].from);
    tell(dispatch, modem->name, dispatch->loop.sent[i].from, false);
    dispatch->loop.sent[i].from[0] = '\0';
}

/* One of an earlier run of the gateway is known by its sender. */
static bool is_ours(const struct dispatch *dispatch, const char *phone)
{
    const struct modem *modem = NULL;

    TAILQ_FOREACH (modem, &dispatch->modems, entry) {
        if (takes_part(modem) && strcmp(modem->config->number, phone) == 0) {
            return true;
        }
    }
    return false;
}

bool loop_take(struct modem *modem, const struct link_inbound *sms)
{
    const struct loop_test *loop = &modem->dispatch->loop;
    const char *nonce = NULL;

    if (!str_starts(sms->text, MARK)) {
        return false;
    }
    nonce = sms->text + strlen(MARK);
    for (size_t i = 0; i < LOOPS_MOST; i++) {
        if (loop->sent[i].from[0] != '\0' &&
            strcmp(loop->sent[i].to, modem->name) == 0 &&
            strcmp(loop->sent[i].nonce, nonce) == 0) {
            arrived(modem, i);
            return true;
        }
    }
    return is_ours(modem->dispatch, sms->from);
}
