// SPDX-License-Identifier: GPL-2.0-or-later
#include "inbound/inbound.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "inbound/inbound_internal.h"
#include "inbound/staff.h"
#include "inbound/talk.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS ((int64_t)3600 * 1000)
#define DAY_MS  (24 * HOUR_MS)

/* A message whose parts have not all come by then is shown as it is. */
#define GROUP_LIFE_MS DAY_MS

/* Unfinished messages of one sender: the next one ends the oldest. */
#define GROUPS_PER_SENDER 16

/* Overdue messages that one tick surfaces. */
#define SURFACE_AT_ONCE 20

#define FORGET_EVERY_MS ((int64_t)60 * 1000)
/* Of the quarantine, at once; there are few. */
#define POISON_FORGET_ROWS 1000

/* --- opening ------------------------------------------------------------------ */

enum kb_err inbound_open(
    const struct inbound_rooms *rooms, struct inbound **out)
{
    struct inbound *inbound = mem_new(sizeof *inbound);

    inbound->rooms = *rooms;
    if (inbound_store_open(inbound) != KB_OK ||
        guard_store_open(inbound) != KB_OK ||
        talk_store_open(inbound) != KB_OK || poison_open(inbound) != KB_OK ||
        staff_store_open(inbound) != KB_OK) {
        inbound_close(inbound);
        return KB_DB;
    }
    parts_make_key(inbound);
    *out = inbound;
    return KB_OK;
}

void inbound_close(struct inbound *inbound)
{
    if (inbound == NULL) {
        return;
    }
    staff_store_close(inbound);
    poison_close(inbound);
    talk_store_close(inbound);
    guard_store_close(inbound);
    inbound_store_close(inbound);
    sodium_memzero(inbound->seal_key, sizeof inbound->seal_key);
    free(inbound);
}

void inbound_use(struct inbound *inbound, const struct inbound_rooms *rooms)
{
    inbound->rooms = *rooms;
}

/* --- what modems bring ---------------------------------------------------------- */

/* Puts what is there of a message together and hands it on. */
static enum kb_err finish_group(
    struct inbound *inbound, const struct group *group, int64_t *answered)
{
    struct whole whole = {0};
    char note[96] = "";
    char phone[PHONE_BYTES];
    struct letter letter = {.modem = group->modem,
        .phone = phone,
        .raw = "",
        .smsc_at_ms = group->smsc_at_ms,
        .note = note};
    enum kb_err err = parts_read(inbound, group, &whole);

    if (err == KB_OK) {
        letter.sender = letter_sender(group->sender, false, phone);
        letter.text = buf_text(&whole.text);
        letter.silent = whole.have < whole.parts;
        letter.cut = letter.silent || whole.parts > PARTS_UNDERSTOOD;
        if (letter.cut) {
            (void)snprintf(note, sizeof note,
                "%d of %d parts came; at most %d are shown", whole.have,
                whole.parts, PARTS_UNDERSTOOD);
        }
        err = inbound_store_group_drop(inbound, group->id);
    }
    if (err == KB_OK) {
        err = letter_handle(inbound, &letter, answered);
    }
    if (whole.text.data != NULL) {
        sodium_memzero(whole.text.data, whole.text.used);
    }
    buf_clear(&whole.text);
    return err;
}

static enum kb_err finish_group_id(
    struct inbound *inbound, int64_t id, int64_t *answered)
{
    struct group group = {0};
    enum kb_err err = inbound_store_group_get(inbound, id, &group);

    return err == KB_OK ? finish_group(inbound, &group, answered) : err;
}

/* Someone who sends only first parts must not fill the store. */
static enum kb_err end_excess(struct inbound *inbound, const char *sender)
{
    int64_t id = 0;
    int64_t answered = 0;
    enum kb_err err =
        inbound_store_group_excess(inbound, sender, GROUPS_PER_SENDER, &id);

    if (err == KB_OK) {
        err = finish_group_id(inbound, id, &answered);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

static enum kb_err receive_part(struct inbound *inbound,
    const struct inbound_sms *sms, const struct sms_key *key, int64_t *answered)
{
    int64_t done = 0;
    enum kb_err err = parts_add(inbound, sms, key, &done);

    if (err == KB_OK && done != 0) {
        return finish_group_id(inbound, done, answered);
    }
    return err == KB_OK ? end_excess(inbound, key->sender) : err;
}

/* Where the centre's time cannot be read, an SMS counts as the same within the
   hour: better one query too few than none ever again. */
static int64_t time_of(
    const struct inbound *inbound, const struct inbound_sms *sms)
{
    int64_t now = clock_now_ms(inbound->rooms.clock);

    return sms->smsc_at_ms != 0 ? sms->smsc_at_ms : now - now % HOUR_MS;
}

/* Tells two SMS of the same second apart. */
static struct registry_hash hash_of(
    const struct inbound *inbound, const struct inbound_sms *sms)
{
    struct buf content = {0};
    struct registry_hash hash;

    buf_printf(&content, "%s\n%s\n%d/%d", sms->text, sms->raw, sms->udh_ref,
        sms->udh_parts);
    hash = registry_hash(inbound->rooms.registry, buf_text(&content));
    sodium_memzero(content.data, content.used);
    buf_clear(&content);
    return hash;
}

static enum kb_err receive(
    struct inbound *inbound, const struct inbound_sms *sms, int64_t *answered)
{
    char phone[PHONE_BYTES];
    struct registry_hash hash = hash_of(inbound, sms);
    struct letter letter = {.modem = sms->modem,
        .phone = phone,
        .sender = letter_sender(sms->from, sms->alphanumeric, phone),
        .text = sms->text,
        .raw = sms->text[0] == '\0' ? sms->raw : "",
        .smsc_at_ms = sms->smsc_at_ms,
        .note = ""};
    struct sms_key key = {.sim = sms->sim[0] != '\0' ? sms->sim : sms->modem,
        .sender = phone,
        .hash = hash.text,
        .smsc_at_ms = time_of(inbound, sms),
        .part = sms->udh_part};
    enum kb_err err = inbound_store_seen(inbound, &key);

    if (err == KB_NOT_FOUND) {
        log_info("inbound: known already modem=%s phone=%s", sms->modem,
            log_phone(phone).text);
        return KB_OK;
    }
    if (err != KB_OK) {
        return err;
    }
    return parts_is_part(sms) && letter.sender != SENDER_OPERATOR
               ? receive_part(inbound, sms, &key, answered)
               : letter_handle(inbound, &letter, answered);
}

enum kb_err inbound_receive(
    struct inbound *inbound, const struct inbound_sms *sms, int64_t *answered)
{
    enum kb_err err = store_op_begin_record(inbound->rooms.store);

    *answered = 0;
    if (err != KB_OK) {
        return err;
    }
    err = store_op_end(inbound->rooms.store, receive(inbound, sms, answered));
    *answered = err == KB_OK ? *answered : 0;
    return err;
}

enum kb_err inbound_call(
    struct inbound *inbound, const char *modem, const char *from)
{
    char phone[PHONE_BYTES];
    enum sender sender = letter_sender(from, false, phone);
    enum kb_err err = KB_OK;

    log_info("inbound: call modem=%s phone=%s", modem, log_phone(phone).text);
    if (sender != SENDER_MOBILE) {
        return KB_OK;
    }
    err = store_op_begin_record(inbound->rooms.store);
    if (err != KB_OK) {
        return err;
    }
    return store_op_end(
        inbound->rooms.store, letter_call(inbound, modem, phone));
}

/* --- now and then ---------------------------------------------------------------- */

/* One message whose parts never all came. KB_NOT_FOUND: there is none. */
static enum kb_err surface_one(struct inbound *inbound)
{
    int64_t before_ms = clock_now_ms(inbound->rooms.clock) - GROUP_LIFE_MS;
    struct group group = {0};
    int64_t answered = 0;
    enum kb_err err = inbound_store_group_overdue(inbound, before_ms, &group);

    if (err == KB_OK) {
        err = store_op_begin_record(inbound->rooms.store);
    }
    if (err != KB_OK) {
        return err;
    }
    return store_op_end(
        inbound->rooms.store, finish_group(inbound, &group, &answered));
}

static enum kb_err forget_old(struct inbound *inbound, bool *more)
{
    int64_t now = clock_now_ms(inbound->rooms.clock);
    int64_t days = inbound->rooms.config->retention_inbound_days;
    bool again = false;
    enum kb_err err = KB_OK;

    /* A clock that was set back must not keep it from looking. */
    if (now < inbound->forget_at_ms &&
        now + FORGET_EVERY_MS >= inbound->forget_at_ms) {
        return KB_OK;
    }
    err = store_op_begin_record(inbound->rooms.store);
    if (err != KB_OK) {
        return err;
    }
    err = inbound_store_forget(inbound, now - days * DAY_MS, &again);
    if (err == KB_OK) {
        err = guard_store_forget(inbound, &again);
    }
    if (err == KB_OK) {
        err = talk_forget(inbound, &again);
    }
    if (err == KB_OK) {
        err = poison_forget(inbound, now - days * DAY_MS, POISON_FORGET_ROWS);
    }
    if (err == KB_OK) {
        err = staff_forget(inbound, now);
    }
    err = store_op_end(inbound->rooms.store, err);
    if (err == KB_OK && !again) {
        inbound->forget_at_ms = now + FORGET_EVERY_MS;
    }
    *more = *more || again;
    return err;
}

/* So many slices of one kind of work; more where that was not all. */
static enum kb_err several(struct inbound *inbound,
    enum kb_err (*one)(struct inbound *inbound), bool *more)
{
    enum kb_err err = KB_OK;

    for (int i = 0; i < SURFACE_AT_ONCE && err == KB_OK; i++) {
        err = one(inbound);
    }
    *more = *more || err == KB_OK;
    return err == KB_NOT_FOUND ? KB_OK : err;
}

enum kb_err inbound_tick(struct inbound *inbound, bool *more)
{
    enum kb_err err = KB_OK;

    *more = false;
    err = several(inbound, surface_one, more);
    if (err == KB_OK) {
        err = several(inbound, watch_tell_one, more);
    }
    if (err == KB_OK) {
        err = alarms_look(inbound);
    }
    return err == KB_OK ? forget_old(inbound, more) : err;
}

/* --- enrolment ---------------------------------------------------------------------- */

/* A code is good for a day; some other resident may have the same just now. */
#define CODE_LIFE_MS  DAY_MS
#define CODE_MOST     1000000
#define CODE_ATTEMPTS 20

static enum kb_err put_code(struct inbound *inbound, int64_t resident_id,
    char code[static INBOUND_CODE_BYTES])
{
    int64_t expires = clock_now_ms(inbound->rooms.clock) + CODE_LIFE_MS;
    enum kb_err err = KB_NOT_FOUND;

    for (int i = 0; i < CODE_ATTEMPTS && err == KB_NOT_FOUND; i++) {
        (void)snprintf(code, INBOUND_CODE_BYTES, "%06u",
            (unsigned)randombytes_uniform(CODE_MOST));
        err = talk_put_code(inbound, code, resident_id, expires);
    }
    return err == KB_NOT_FOUND ? KB_FULL : err;
}

enum kb_err inbound_enrol(struct inbound *inbound, const char *nik,
    char code[static INBOUND_CODE_BYTES])
{
    struct resident resident = {0};
    enum kb_err err =
        registry_resident_by_nik(inbound->rooms.registry, nik, &resident);

    if (err == KB_OK) {
        err = store_op_begin(inbound->rooms.store);
    }
    if (err != KB_OK) {
        return err;
    }
    return store_op_end(
        inbound->rooms.store, put_code(inbound, resident.id, code));
}

/* --- the menu by a front of its own ---------------------------------------------------- */

static enum kb_err menu_turn(struct inbound *inbound,
    const struct inbound_menu *in, struct inbound_screen *out)
{
    struct dialogue dialogue = {.screen = ""};
    struct turn turn = {.front = FRONT_USSD,
        .phone = in->phone,
        .modem = "",
        .phone_hash = registry_hash(inbound->rooms.registry, in->phone),
        .understood = {.intent = INTENT_MENU}};
    enum kb_err err = dialogue_get(inbound, in->key, &dialogue);

    if (err == KB_NOT_FOUND) {
        err = str_copy(dialogue.key, sizeof dialogue.key, in->key);
        memcpy(dialogue.phone_hash, turn.phone_hash.text,
            sizeof dialogue.phone_hash);
    }
    if (err == KB_OK) {
        (void)snprintf(dialogue.heard, sizeof dialogue.heard, "%s", in->heard);
        err = menu_step(inbound, &dialogue, in->input, &turn, &out->more);
    }
    (void)snprintf(
        out->text, sizeof out->text, "%s", buf_text(&turn.answer.text));
    buf_clear(&turn.answer.text);
    return err;
}

enum kb_err inbound_menu(struct inbound *inbound, const struct inbound_menu *in,
    struct inbound_screen *out)
{
    enum kb_err err = store_op_begin_record(inbound->rooms.store);

    *out = (struct inbound_screen){.more = false};
    if (err != KB_OK) {
        return err;
    }
    return store_op_end(inbound->rooms.store, menu_turn(inbound, in, out));
}

static void describe(
    const struct dialogue *dialogue, struct inbound_session *out)
{
    *out = (struct inbound_session){
        .ended = dialogue->ended, .at_ms = dialogue->at_ms};
    (void)snprintf(out->key, sizeof out->key, "%s", dialogue->key);
    (void)snprintf(out->heard, sizeof out->heard, "%s", dialogue->heard);
}

enum kb_err inbound_session_get(
    struct inbound *inbound, const char *key, struct inbound_session *out)
{
    struct dialogue dialogue = {.screen = ""};
    enum kb_err err = dialogue_get(inbound, key, &dialogue);

    if (err == KB_OK) {
        describe(&dialogue, out);
    }
    return err;
}

static enum kb_err resume(struct inbound *inbound, const char *phone,
    int64_t since_ms, const char *key)
{
    struct registry_hash hash = registry_hash(inbound->rooms.registry, phone);
    struct dialogue dialogue = {.screen = ""};
    enum kb_err err =
        dialogue_left_open(inbound, hash.text, since_ms, &dialogue);

    if (err != KB_OK) {
        return err;
    }
    /* Kept as ended: what was heard in it must not begin it again. */
    dialogue.ended = true;
    err = dialogue_put(inbound, &dialogue);
    dialogue.ended = false;
    if (err == KB_OK) {
        err = str_copy(dialogue.key, sizeof dialogue.key, key);
    }
    dialogue.heard[0] = '\0';
    return err == KB_OK ? dialogue_put(inbound, &dialogue) : err;
}

enum kb_err inbound_session_resume(struct inbound *inbound, const char *phone,
    int64_t since_ms, const char *key)
{
    enum kb_err err = store_op_begin_record(inbound->rooms.store);

    if (err != KB_OK) {
        return err;
    }
    err = resume(inbound, phone, since_ms, key);
    return store_op_end(inbound->rooms.store, err);
}

/* --- trying a text ---------------------------------------------------------------- */

enum kb_err inbound_test(struct inbound *inbound, const char *text,
    const char *from, struct understood *out)
{
    char phone[PHONE_BYTES] = "";
    char kecamatan[sizeof out->office];
    struct resident holder = {0};
    size_t count = 0;
    enum kb_err err = KB_OK;

    inbound_understand(inbound->rooms.script, text, out);
    if (out->office[0] != '\0') {
        memcpy(kecamatan, out->office, sizeof kecamatan);
        return inbound_store_office(
            inbound, kecamatan, out->office, sizeof out->office);
    }
    if (from != NULL && letter_sender(from, false, phone) == SENDER_MOBILE) {
        err = registry_residents_of_phone(
            inbound->rooms.registry, phone, &holder, 1, &count);
        memcpy(out->office, holder.office, sizeof out->office);
    }
    return err;
}
