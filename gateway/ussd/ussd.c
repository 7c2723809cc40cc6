// SPDX-License-Identifier: GPL-2.0-or-later
#include "ussd/ussd.h"

#include "base/log.h"
#include "base/str.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SESSION_MOST 120
#define TEXT_MOST    182 /* 3GPP TS 23.038 §6.1.2.3: one USSD text */
#define INPUTS_MOST  16

/* --- who may ask ---------------------------------------------------------------- */

/* Hashes are compared, so that neither length nor content shows in the time. */
static bool same_secret(const char *wanted, const char *given)
{
    unsigned char a[crypto_generichash_BYTES];
    unsigned char b[crypto_generichash_BYTES];

    (void)crypto_generichash(
        a, sizeof a, (const unsigned char *)wanted, strlen(wanted), NULL, 0);
    (void)crypto_generichash(
        b, sizeof b, (const unsigned char *)given, strlen(given), NULL, 0);
    return sodium_memcmp(a, b, sizeof a) == 0;
}

static bool is_listed(const char *list, const char *address)
{
    size_t bytes = strlen(address);

    for (const char *at = list; *at != '\0';) {
        size_t one = strcspn(at, ",");

        if (one == bytes && memcmp(at, address, bytes) == 0) {
            return true;
        }
        at += one + (at[one] == '\0' ? 0 : 1);
    }
    return false;
}

bool ussd_may_ask(const struct config *config, const struct ussd_caller *caller)
{
    const char *address = caller->address == NULL ? "" : caller->address;
    bool wants_secret = *config->ussd_secret != '\0';
    bool wants_address = *config->ussd_addresses != '\0';

    if (!config->ussd_enabled || (!wants_secret && !wants_address)) {
        return false;
    }
    return (!wants_secret ||
               (caller->secret != NULL &&
                   same_secret(config->ussd_secret, caller->secret))) &&
           (!wants_address || is_listed(config->ussd_addresses, address));
}

/* --- what is new in a request ------------------------------------------------------ */

/* What a session has heard: how the provider sends inputs, and all of them so
   far, as length and keyed hash, and the newest stamp ("h 18 0123… 14727…"). */
struct heard {
    char mode; /* h: the whole history comes, l: the last input, ?: not known */
    size_t length;
    char hash[33];
    int64_t at_ms; /* 0: no stamp yet */
};

static struct heard read_heard(const char *text)
{
    struct heard heard = {.mode = '?'};
    char *end = NULL;
    const char *stamp = NULL;

    if (strlen(text) < 4) {
        return heard;
    }
    heard.mode = text[0];
    heard.length = strtoul(text + 2, &end, 10);
    if (*end == ' ') {
        (void)snprintf(heard.hash, sizeof heard.hash, "%.*s",
            (int)strcspn(end + 1, " "), end + 1);
    }
    stamp = strrchr(text, ' ');
    heard.at_ms = stamp == NULL ? 0 : strtoll(stamp, NULL, 10);
    return heard;
}

static struct registry_hash hash_of(
    const struct ussd_rooms *rooms, const char *text, size_t bytes)
{
    char cut[TEXT_MOST + 1];

    memcpy(cut, text, bytes);
    cut[bytes] = '\0';
    return registry_hash(rooms->registry, cut);
}

/* One request on its way. */
struct turn {
    const struct ussd_rooms *rooms;
    const struct ussd_request *request;
    char key[48];
    char phone[PHONE_BYTES];
    char heard[80];
    int64_t at_ms; /* the newest stamp of the session, 0: none */
    struct inbound_screen *out;
};

static void note_heard(struct turn *turn, char mode)
{
    const char *text = turn->request->text;
    size_t bytes = strlen(text);

    (void)snprintf(turn->heard, sizeof turn->heard, "%c %zu %s %lld", mode,
        bytes, hash_of(turn->rooms, text, bytes).text, (long long)turn->at_ms);
}

/* The part of the text that was not heard before; NULL where nothing is new.
   Sets how the provider sends. */
static const char *new_input(struct turn *turn, const struct heard *heard)
{
    const char *text = turn->request->text;
    size_t bytes = strlen(text);
    const char *last = strrchr(text, '*');
    bool known = bytes >= heard->length &&
                 strcmp(hash_of(turn->rooms, text, heard->length).text,
                     heard->hash) == 0;

    if (!turn->request->history) {
        note_heard(turn, 'l');
        return text;
    }
    if (known && heard->length > 0 && text[heard->length] == '*') {
        note_heard(turn, 'h');
        return text + heard->length + 1;
    }
    if (known && heard->length == bytes && (heard->mode == 'h' || bytes == 0)) {
        note_heard(turn, heard->mode);
        return NULL;
    }
    note_heard(turn, heard->mode == 'h' ? 'h' : last == NULL ? 'l' : '?');
    if (heard->length == 0) {
        note_heard(turn, heard->mode); /* the first input looks alike */
        return text;
    }
    return last == NULL ? text : last + 1;
}

/* --- steps --------------------------------------------------------------------------- */

static enum kb_err step(struct turn *turn, const char *input)
{
    struct inbound_menu menu = {.key = turn->key,
        .phone = turn->phone,
        .input = input,
        .heard = turn->heard};

    return inbound_menu(turn->rooms->inbound, &menu, turn->out);
}

/* Every input in turn, as long as the session goes on. */
static enum kb_err walk(struct turn *turn, const char *inputs)
{
    char text[TEXT_MOST + 1];
    char *rest = text;
    const char *input = NULL;
    enum kb_err err = KB_OK;

    (void)snprintf(text, sizeof text, "%s", inputs);
    if (!turn->request->history) {
        return step(turn, text);
    }
    for (int i = 0; i < INPUTS_MOST && err == KB_OK; i++) {
        input = strsep(&rest, "*");
        if (input == NULL || (i > 0 && !turn->out->more)) {
            break;
        }
        err = step(turn, input);
    }
    return err;
}

static enum kb_err begin(struct turn *turn)
{
    const struct ussd_rooms *rooms = turn->rooms;
    int64_t since = clock_now_ms(rooms->clock) - USSD_RESUME_MS;
    enum kb_err err = KB_OK;

    note_heard(turn, '?');
    if (*turn->request->text == '\0') {
        err = inbound_session_resume(
            rooms->inbound, turn->phone, since, turn->key);
        return err == KB_OK || err == KB_NOT_FOUND ? step(turn, NULL) : err;
    }
    err = step(turn, NULL);
    return err == KB_OK ? walk(turn, turn->request->text) : err;
}

static enum kb_err go_on(
    struct turn *turn, const struct inbound_session *session)
{
    struct heard heard = read_heard(session->heard);
    int64_t now = clock_now_ms(turn->rooms->clock);
    const char *input = new_input(turn, &heard);

    if (input == NULL || now - session->at_ms > USSD_IDLE_MS) {
        return step(turn, NULL);
    }
    return walk(turn, input);
}

/* Shown where it stands; the stamp is kept. */
static enum kb_err show(struct turn *turn)
{
    note_heard(turn, '?');
    return step(turn, NULL);
}

/* A provider's stamps go on; one that does not was heard before. */
static bool is_played_again(
    struct turn *turn, const struct inbound_session *session)
{
    int64_t last_ms = read_heard(session->heard).at_ms;
    int64_t at_ms = turn->request->at_ms;

    turn->at_ms = at_ms > last_ms ? at_ms : last_ms;
    return session->ended || (at_ms != 0 && at_ms <= last_ms);
}

static enum kb_err take(struct turn *turn)
{
    struct inbound_session session = {.ended = false};
    enum kb_err err =
        inbound_session_get(turn->rooms->inbound, turn->key, &session);

    turn->at_ms = turn->request->at_ms;
    if (turn->request->event == USSD_END) {
        *turn->out = (struct inbound_screen){.more = false};
        /* Dropped, not finished: the phone may dial again and go on. */
        return err == KB_NOT_FOUND ? KB_OK : err;
    }
    if (err == KB_NOT_FOUND) {
        return begin(turn);
    }
    if (err != KB_OK) {
        return err;
    }
    if (is_played_again(turn, &session)) {
        return KB_REFUSED;
    }
    return turn->request->event == USSD_START ? show(turn)
                                              : go_on(turn, &session);
}

static bool is_session(const char *session)
{
    size_t bytes = strlen(session);

    return bytes > 0 && bytes <= SESSION_MOST;
}

static enum kb_err check(struct turn *turn, struct why *why)
{
    const struct ussd_request *request = turn->request;

    if (!is_session(request->session)) {
        why_field(why, "session");
        why_set(why, "a session's id has 1 to %d bytes", SESSION_MOST);
        return KB_INVALID;
    }
    if (strlen(request->text) > TEXT_MOST) {
        why_field(why, "text");
        why_set(why, "a USSD text has at most %d characters", TEXT_MOST);
        return KB_INVALID;
    }
    if (phone_normalise(request->phone, turn->phone, why) != KB_OK ||
        !phone_is_mobile(turn->phone)) {
        why_field(why, "phone");
        why_set(why, "the phone is no mobile number of Indonesia");
        return KB_INVALID;
    }
    return KB_OK;
}

/* A session is the provider's id and the phone: neither alone is a claim on
   somebody else's. */
static void make_key(struct turn *turn)
{
    char text[SESSION_MOST + PHONE_BYTES + 16];

    (void)snprintf(text, sizeof text, "session %s %s", turn->phone,
        turn->request->session);
    (void)snprintf(turn->key, sizeof turn->key, "ussd:%s",
        registry_hash(turn->rooms->registry, text).text);
}

enum kb_err ussd_turn(const struct ussd_rooms *rooms,
    const struct ussd_request *request, struct inbound_screen *out,
    struct why *why)
{
    struct turn turn = {.rooms = rooms, .request = request, .out = out};
    enum kb_err err = check(&turn, why);

    if (err != KB_OK) {
        return err;
    }
    make_key(&turn);
    return take(&turn);
}
