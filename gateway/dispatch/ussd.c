// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "base/str.h"
#include "dispatch/balance.h"
#include "dispatch/credit.h"
#include "dispatch/dispatch_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/*
 * USSD requests through modems: asked, answered, and ended. A menu that nobody
 * holds open is cancelled at once, and never replied to: "1" buys content.
 */

/* Somebody who holds a menu open and goes away. */
#define HOLD_MS ((int64_t)60 * 1000)

/* After an answer that did not come or says nothing. */
#define BALANCE_RETRY_MS ((int64_t)3600 * 1000)

static void cancel(struct modem *modem)
{
    modem->ussd_until_mono_ms = 0;
    link_ussd_cancel(modem->link);
    modem_note(modem, "ussd cancelled");
}

/* --- requests ------------------------------------------------------------------ */

/* A reply must not reach another menu than the one it was typed for, nor a code
   a menu that somebody else reads: either could buy something. */
static enum kb_err may_ask(
    const struct modem *modem, const struct dispatch_ussd_ask *in)
{
    bool open = modem->ussd_until_mono_ms != 0;

    if (in->dialogue != 0 && !(open && in->dialogue == modem->ussd_dialogue)) {
        return KB_REFUSED;
    }
    return modem->ussd_done != NULL || (open && in->dialogue == 0) ? KB_BUSY
                                                                   : KB_OK;
}

static enum kb_err ask(struct modem *modem, const struct dispatch_ussd_ask *in,
    dispatch_ussd_fn *done, void *arg)
{
    enum kb_err err = may_ask(modem, in);

    if (err == KB_OK) {
        err = link_ussd(modem->link, in->code);
    }
    if (err == KB_OK) {
        modem->ussd_done = done;
        modem->ussd_arg = arg;
        modem->ussd_hold = in->hold;
        modem->ussd_until_mono_ms = 0;
        modem->ussd_asks_balance =
            in->dialogue == 0 &&
            strcmp(in->code, modem->config->balance_code) == 0;
        if (in->dialogue == 0) {
            modem->ussd_dialogue = clock_mono_ms();
        }
    }
    return err;
}

enum kb_err dispatch_ussd(struct dispatch *dispatch, const char *name,
    const struct dispatch_ussd_ask *in, dispatch_ussd_fn *done, void *arg)
{
    struct modem *modem = dispatch_find(dispatch, name);

    return modem == NULL ? KB_NOT_FOUND : ask(modem, in, done, arg);
}

int64_t dispatch_ussd_dialogue(
    const struct dispatch *dispatch, const char *name)
{
    const struct modem *modem = dispatch_find(dispatch, name);

    return modem == NULL || modem->ussd_until_mono_ms == 0
               ? 0
               : modem->ussd_dialogue;
}

enum kb_err dispatch_ussd_end(struct dispatch *dispatch, const char *name)
{
    struct modem *modem = dispatch_find(dispatch, name);

    if (modem == NULL) {
        return KB_NOT_FOUND;
    }
    if (modem->ussd_until_mono_ms != 0) {
        cancel(modem);
    }
    return KB_OK;
}

/* --- credit ---------------------------------------------------------------------- */

/* A SIM that waits to be topped up is looked at more often. */
#define BALANCE_LOW_MS ((int64_t)3600 * 1000)

static void take_balance(struct modem *modem, const struct balance *balance)
{
    int64_t now = modem_now_ms(modem);

    modem_take_credit(modem, balance);
    if (!balance->known) {
        modem_note(modem, "credit unknown: no pattern of balance_rules fits");
        modem->balance_at_ms = now + BALANCE_RETRY_MS;
        return;
    }
    modem_note(modem, "credit=%" PRId64, balance->rupiah);
    if (balance->rupiah < modem->config->balance_low) {
        modem->balance_at_ms = now + BALANCE_LOW_MS;
        log_warn("modem: credit is low modem=%s credit=%" PRId64 " below=%d",
            modem->name, balance->rupiah, modem->config->balance_low);
    }
}

/* Whoever asked, staff behind a top-up too. Without an answer the credit is what
   it was. */
static void read_balance(struct modem *modem, const struct link_ussd *answer)
{
    struct balance balance = {.expiry_day = INT32_MIN};

    if (answer->status < 0 || answer->text[0] == '\0') {
        modem_note(modem, "credit: the network did not answer");
        modem->balance_at_ms = modem_now_ms(modem) + BALANCE_RETRY_MS;
        return;
    }
    balance_read(modem->dispatch->balance_rules, modem->config->operator,
        answer->text, &balance);
    take_balance(modem, &balance);
}

/* --- answers --------------------------------------------------------------------- */

void modem_ussd_answered(struct modem *modem, const struct link_ussd *answer)
{
    dispatch_ussd_fn *done = modem->ussd_done;
    bool open = answer->status == 1; /* 3GPP TS 27.007 §7.15 */

    modem->ussd_done = NULL;
    modem_note(modem, "ussd status=%d", answer->status);
    if (modem->ussd_asks_balance) {
        modem->ussd_asks_balance = false;
        read_balance(modem, answer);
    }
    if (open && modem->ussd_hold) {
        modem->ussd_until_mono_ms = clock_mono_ms() + HOLD_MS;
    } else if (open || answer->status < 0) {
        cancel(modem);
    }
    if (done != NULL) {
        done(modem->ussd_arg, answer,
            answer->status < 0 ? "the network did not answer" : "");
    }
}

/* --- asking for credit ---------------------------------------------------------- */

/* It was read when it came; this only says that somebody asks. */
static void on_balance(
    void *arg, const struct link_ussd *answer, const char *why)
{
    (void)arg;
    (void)answer;
    (void)why;
}

static void ask_balance(struct modem *modem)
{
    const struct config_modem *config = modem->config;
    const struct dispatch_ussd_ask code = {.code = config->balance_code};
    struct credit_ask due = {
        .now_ms = modem_now_ms(modem),
        .next_at_ms = modem->balance_at_ms,
        .every_ms = (int64_t)config->balance_every_h * 3600 * 1000,
        .sent_since = modem->seen.sent_since,
        .after = config->balance_after,
    };

    if (*config->balance_code == '\0' || modem->fault[0] != '\0' ||
        !credit_ask_now(&due)) {
        return;
    }
    if (ask(modem, &code, on_balance, modem) == KB_OK) {
        modem->balance_at_ms = due.now_ms + due.every_ms;
        modem->seen.sent_since = 0;
    }
}

void modem_ussd_tick(struct modem *modem)
{
    if (modem->ussd_until_mono_ms != 0 &&
        clock_mono_ms() >= modem->ussd_until_mono_ms) {
        cancel(modem);
    }
    ask_balance(modem);
}

void dispatch_read_balance_rules(struct dispatch *dispatch)
{
    const char *path = dispatch->rooms.config->balance_rules;
    struct balance_rules *rules = NULL;
    struct why why = {0};
    char text[1024];

    if (path == NULL || balance_rules_load(path, &rules, &why) != KB_OK) {
        why_format(&why, text, sizeof text);
        log_info("modem: credit stays unknown why=%s", log_quote(text).text);
        return;
    }
    balance_rules_free(dispatch->balance_rules);
    dispatch->balance_rules = rules;
}
