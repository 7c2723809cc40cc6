// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "dispatch/dispatch_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The modems side by side, as routing looks at them: read once a turn, since a
 * turn may ask for each of 256 modems what it takes.
 */

#define NAME_ROOM (sizeof((struct modem *)0)->name + 1)

void board_resize(struct dispatch *dispatch)
{
    struct modem *modem = NULL;
    size_t i = 0;

    board_clear(dispatch);
    if (dispatch->modem_count == 0) {
        return;
    }
    dispatch->order = mem_array(dispatch->modem_count, sizeof(struct modem *));
    dispatch->board.modems =
        mem_array(dispatch->modem_count, sizeof *dispatch->board.modems);
    dispatch->board.usable =
        mem_array(dispatch->modem_count * NAME_ROOM + 2, 1);
    TAILQ_FOREACH (modem, &dispatch->modems, entry) {
        dispatch->order[i++] = modem;
    }
}

void board_clear(struct dispatch *dispatch)
{
    free((void *)dispatch->order);
    free(dispatch->board.modems);
    free(dispatch->board.usable);
    dispatch->order = NULL;
    dispatch->board.modems = NULL;
    dispatch->board.usable = NULL;
}

/* Parallel to dispatch->order. */
static void set_one(struct dispatch *dispatch, size_t i)
{
    const struct modem *modem = dispatch->order[i];
    bool answers = modem_can_send(modem);

    dispatch->board.modems[i] = (struct route_modem){
        .name = modem->name,
        .operator_name = modem->config->operator,
        .use = route_use_of(modem->config->use),
        .answers = answers,
        .bulk = answers && modem_bulk_bound(modem).text[0] == '\0',
        .idle = answers && !modem->submit.active,
        .outstanding =
            (modem->submit.active ? 1 : 0) + (modem->has_next ? 1 : 0),
        .sent_today = modem->sent_today,
        .why_not = answers ? "" : modem->shown.state,
    };
}

static void set_usable(struct dispatch *dispatch)
{
    char *at = dispatch->board.usable;

    *at++ = ',';
    for (size_t i = 0; i < dispatch->modem_count; i++) {
        if (dispatch->board.modems[i].answers) {
            at = stpcpy(at, dispatch->order[i]->name);
            *at++ = ',';
        }
    }
    *at = '\0';
}

void board_set(struct dispatch *dispatch)
{
    struct route_board *board = &dispatch->board;
    enum kb_err err = KB_OK;

    for (size_t i = 0; i < dispatch->modem_count; i++) {
        set_one(dispatch, i);
    }
    if (dispatch->modem_count > 0) {
        set_usable(dispatch);
    }
    err = outbox_first_queued(dispatch->rooms.outbox, &board->first);
    board->any_queued = err != KB_NOT_FOUND;
    if (err != KB_OK) {
        board->first = MSG_REPLY; /* the claims will say what it is */
    }
}

void board_queued(struct dispatch *dispatch, enum msg_class class)
{
    struct route_board *board = &dispatch->board;

    if (!board->any_queued || class < board->first) {
        board->first = class;
    }
    board->any_queued = true;
}

void board_took(struct dispatch *dispatch, size_t i)
{
    dispatch->board.modems[i].idle = false;
    dispatch->board.modems[i].outstanding++;
}

/* What it takes, operator by operator; numbers of none at the end. */
static void set_offers(
    struct dispatch *dispatch, size_t place, struct outbox_claim *claim)
{
    const struct config *config = dispatch->rooms.config;
    struct route_board *board = &dispatch->board;
    size_t count = config->operator_count < OFFERS_MOST - 1
                       ? config->operator_count
                       : OFFERS_MOST - 1;

    for (int class = (int)claim->first; class <= (int)claim->least; class ++) {
        for (size_t i = 0; i <= count; i++) {
            struct outbox_offer_to *offer = &board->offers[class][i];

            offer->operator_name =
                i == count ? OUTBOX_NO_OPERATOR : config->operators[i].name;
            offer->offer =
                route_offer(config, board->modems, dispatch->modem_count,
                    &(struct route_ask){.modem = place,
                        .class = (enum msg_class) class,
                        .to = offer->operator_name});
        }
        claim->offers[class] = board->offers[class];
    }
    claim->offer_count = count + 1;
}

struct outbox_claim board_claim(
    struct dispatch *dispatch, size_t i, enum msg_class least)
{
    const struct route_board *board = &dispatch->board;
    const struct route_modem *modem = &board->modems[i];
    struct outbox_claim claim = {
        .modem = modem->name,
        .first = board->first,
        .least = least,
        .usable = board->usable,
        .spill_ms = (int64_t)dispatch->rooms.config->routing_wait_s * 1000,
        .pinned_only = modem->use == ROUTE_TEST,
    };

    if (modem->use == ROUTE_ANSWERS) {
        claim.least = MSG_REPLY;
    }
    if (claim.first == MSG_REPLY &&
        !route_may_carry(board->modems, dispatch->modem_count, i, MSG_REPLY)) {
        claim.first = MSG_NORMAL;
    }
    if (outbox_routes(dispatch->rooms.outbox)) {
        set_offers(dispatch, i, &claim);
    }
    return claim;
}

void board_turn(struct dispatch *dispatch, const bool *sent)
{
    size_t count = dispatch->modem_count;
    struct modem **order = mem_array(count, sizeof(struct modem *));
    size_t idle = 0;
    size_t busy = 0;

    for (size_t i = 0; i < count; i++) {
        idle += sent[i] ? 0 : 1;
    }
    busy = idle;
    idle = 0;
    for (size_t i = 0; i < count; i++) {
        order[sent[i] ? busy++ : idle++] = dispatch->order[i];
    }
    free((void *)dispatch->order);
    dispatch->order = order;
}

void dispatch_route(struct dispatch *dispatch,
    const struct outbox_message *message, char *reason, size_t bytes)
{
    const struct config *config = dispatch->rooms.config;
    const char *to = config_operator_of(config, message->phone);
    bool waits = message->prefer_until_ms > clock_now_ms(dispatch->rooms.clock);
    struct civil_text until = civil_short(message->prefer_until_ms);
    struct route route = {.modem = -1};
    struct route_message ask = {
        .class = message->class,
        .to = *to == '\0' ? OUTBOX_NO_OPERATOR : to,
        .prefer_modem = message->prefer_modem,
        .only_modem = message->only_modem,
        .prefer_until = waits ? until.text : "",
        .half_sent = dispatch_half_sent(dispatch, message),
        .retried = message->reason[0] != '\0',
    };

    for (size_t i = 0; i < dispatch->modem_count; i++) {
        set_one(dispatch, i);
    }
    route_choose(
        config, dispatch->board.modems, dispatch->modem_count, &ask, &route);
    (void)snprintf(reason, bytes, "%s", route.reason);
}
