// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "base/str.h"
#include "inbound/inbound_internal.h"
#include "inbound/numbers.h"
#include "inbound/staff.h"

#include <stdio.h>
#include <string.h>

/* An answer that could not be sent within a day is no answer any more. */
#define ANSWER_LIFE_MS ((int64_t)24 * 3600 * 1000)

/* Indonesian short codes have 3 to 6 digits. */
#define SHORT_CODE_DIGITS 6

/* A cut text may end in a part of a number: shorter ones are masked, too. */
#define NUMBER_CUT 5

/* --- who wrote --------------------------------------------------------------- */

static bool is_short_code(const char *from)
{
    return str_digits(from) && strlen(from) <= SHORT_CODE_DIGITS;
}

/* Nobody is ever answered there, so a name may be cut. */
static void copy_name(const char *from, char *out)
{
    size_t used = 0;

    while (*from != '\0' && used + 4 < PHONE_BYTES) {
        uint32_t code = str_utf8_next(&from);

        used += str_utf8_put(code < ' ' ? ' ' : code, out + used);
    }
    out[used] = '\0';
}

enum sender letter_sender(const char *from, bool alphanumeric, char *out)
{
    if (!alphanumeric && !is_short_code(from) &&
        phone_normalise(from, out, NULL) == KB_OK && phone_is_mobile(out)) {
        return SENDER_MOBILE;
    }
    copy_name(from, out);
    return alphanumeric || is_short_code(from) ? SENDER_OPERATOR : SENDER_OTHER;
}

/* --- what is done with it ----------------------------------------------------- */

/* A letter on its way through the room. */
struct handling {
    const struct letter *letter;
    struct turn turn;
    bool staff; /* a staff number's order */
};

static struct handling handling_of(
    const struct inbound *inbound, const struct letter *letter)
{
    return (struct handling){
        .letter = letter,
        .turn = {.front = FRONT_SMS,
                 .phone = letter->phone,
                 .modem = letter->modem,
                 .sent_at_ms = letter->smsc_at_ms,
                 .phone_hash =
                registry_hash(inbound->rooms.registry, letter->phone)}
    };
}

static void clear(struct handling *handling)
{
    buf_clear(&handling->turn.answer.text);
}

static bool can_answer(const struct letter *letter)
{
    return letter->sender == SENDER_MOBILE && letter->raw[0] == '\0' &&
           !letter->silent;
}

static void note(struct handling *handling, const char *text)
{
    (void)snprintf(handling->turn.note, sizeof handling->turn.note, "%s", text);
}

static void read_letter(struct inbound *inbound, struct handling *handling)
{
    const struct letter *letter = handling->letter;
    struct understood *understood = &handling->turn.understood;

    note(handling, letter->note);
    if (letter->cut || letter->raw[0] != '\0') {
        understood->intent = INTENT_HUMAN;
    } else {
        inbound_understand(inbound->rooms.script, letter->text, understood);
    }
    if (understood->nik[0] != '\0') {
        handling->turn.nik_hash =
            registry_hash(inbound->rooms.registry, understood->nik);
    }
}

/* Thanks, what is over the limit and was told so, and what a later text took
   back want no answer. */
static bool wants_answer(const struct turn *turn)
{
    return turn->understood.intent != INTENT_ACK && !turn->overtaken &&
           (!turn->quota.over || turn->quota.tell);
}

/* Writes the answer, unless the phone had enough of them. */
static enum kb_err write_answer(
    struct inbound *inbound, struct handling *handling)
{
    struct turn *turn = &handling->turn;
    bool wants = wants_answer(turn);
    enum guard_verdict verdict = GUARD_FINE;
    enum kb_err err =
        turn->chosen
            ? guard_step(inbound, turn->phone_hash.text, wants, &verdict)
            : guard_pass(inbound, turn->phone_hash.text, wants, &verdict);

    if (err != KB_OK) {
        return err;
    }
    if (verdict == GUARD_NOTE) {
        log_warn("inbound: no more answers for now phone=%s",
            log_phone(turn->phone).text);
        note(handling, "no more automatic answers until this phone was quiet "
                       "for an hour");
    }
    if (verdict != GUARD_FINE) {
        turn->open = verdict == GUARD_NOTE || turn->quota.alarm;
        buf_clear(&turn->answer.text);
        return KB_OK;
    }
    err = wants ? engine_answer(inbound, turn) : KB_OK;
    turn->open = turn->open || turn->answer.people;
    return err;
}

static enum kb_err decide(struct inbound *inbound, struct handling *handling)
{
    struct turn *turn = &handling->turn;
    enum kb_err err = KB_OK;

    read_letter(inbound, handling);
    if (!can_answer(handling->letter)) {
        turn->open = true;
        return KB_OK;
    }
    err = staff_take(inbound, handling->letter, turn, &handling->staff);
    if (err != KB_OK || handling->staff) {
        return err;
    }
    err = engine_heard(inbound, turn);
    if (err == KB_OK) {
        err = engine_place(inbound, turn);
    }
    if (err == KB_OK) {
        err = engine_take_effect(inbound, turn);
    }
    if (err == KB_OK) {
        err = engine_count(inbound, turn);
    }
    return err == KB_OK ? write_answer(inbound, handling) : err;
}

/* --- filing -------------------------------------------------------------------- */

/* The longest text that an inbox entry takes, whole characters. */
static void cut_for_entry(struct buf *text)
{
    size_t most = sizeof((struct inbox_entry *)0)->text - 1;
    char *data = text->data;

    if (text->used <= most) {
        return;
    }
    while (most > 0 && ((unsigned char)data[most] & 0xc0) == 0x80) {
        most--;
    }
    data[most] = '\0';
    text->used = most;
}

static enum kb_err file(struct inbound *inbound,
    const struct handling *handling, const char *intent, int64_t *id)
{
    const struct letter *letter = handling->letter;
    struct buf masked = {0};
    struct entry_new entry = {
        .modem = letter->modem,
        .phone = letter->phone,
        .raw = letter->raw,
        .intent = intent,
        .nik_hash = handling->turn.nik_hash.text,
        .note = handling->turn.note,
        .smsc_at_ms = letter->smsc_at_ms,
        .open = handling->turn.open,
    };
    enum kb_err err = KB_OK;

    number_mask(letter->text, letter->cut ? NUMBER_CUT : NUMBER_PERSONAL,
        !letter->cut, &masked);
    cut_for_entry(&masked);
    entry.text = buf_text(&masked);
    err = inbound_store_entry(inbound, &entry, id);
    buf_clear(&masked);
    return err;
}

static enum kb_err send_answer(struct inbound *inbound,
    const struct handling *handling, int64_t entry_id, int64_t *answered)
{
    struct why why = {0};
    struct outbox_new message = {
        .phone = handling->letter->phone,
        .text = buf_text(&handling->turn.answer.text),
        .class = MSG_REPLY,
        .expires_at_ms = clock_now_ms(inbound->rooms.clock) + ANSWER_LIFE_MS,
        .inbound_id = entry_id,
        .prefer_modem = handling->letter->modem,
    };
    enum kb_err err = KB_OK;

    if (handling->turn.answer.text.used == 0) {
        return KB_OK;
    }
    err = outbox_accept(inbound->rooms.outbox, &message, answered, &why);
    if (err == KB_INVALID) {
        /* Trying again would not help, and the SMS must leave the SIM. */
        log_warn("inbound: id=%lld cannot be answered: %s", (long long)entry_id,
            why.text);
        *answered = 0;
        return KB_OK;
    }
    return err == KB_OK ? inbound_store_answered(inbound, entry_id, *answered)
                        : err;
}

static void log_letter(const struct handling *handling, const char *intent,
    int64_t id, int64_t answered)
{
    const char *nik = handling->turn.understood.nik;

    log_info("inbound: received id=%lld modem=%s phone=%s intent=%s nik=%s "
             "answer=%lld",
        (long long)id, handling->letter->modem,
        log_phone(handling->letter->phone).text, intent,
        *nik == '\0' ? "-" : log_nik(nik).text, (long long)answered);
}

static enum kb_err file_and_send(struct inbound *inbound,
    const struct handling *handling, const char *intent, int64_t *answered)
{
    int64_t id = 0;
    enum kb_err err = file(inbound, handling, intent, &id);

    if (err == KB_OK) {
        err = send_answer(inbound, handling, id, answered);
    }
    if (err == KB_OK) {
        log_letter(handling, intent, id, *answered);
    }
    return err;
}

enum kb_err letter_handle(
    struct inbound *inbound, const struct letter *letter, int64_t *answered)
{
    struct handling handling = handling_of(inbound, letter);
    enum kb_err err = KB_OK;

    *answered = 0;
    if (letter->sender == SENDER_OPERATOR) {
        return file_and_send(inbound, &handling, "operator", answered);
    }
    err = decide(inbound, &handling);
    if (err == KB_OK) {
        err = file_and_send(inbound, &handling,
            handling.staff ? "staff"
                           : intent_name(handling.turn.understood.intent),
            answered);
    }
    clear(&handling);
    return err;
}

/* --- calls --------------------------------------------------------------------- */

/* A call costs nothing: the free way to ask for what the phone may hear. */
static enum kb_err answer_first_call(
    struct inbound *inbound, struct handling *handling)
{
    struct turn *turn = &handling->turn;
    enum guard_verdict verdict = GUARD_FINE;
    int64_t answered = 0;
    enum kb_err err =
        guard_pass(inbound, turn->phone_hash.text, true, &verdict);

    turn->understood.intent = INTENT_FAQ_STATUS;
    (void)snprintf(
        turn->understood.answer, sizeof turn->understood.answer, "reply_call");
    if (err == KB_OK && verdict == GUARD_FINE) {
        err = engine_place(inbound, turn);
    }
    if (err == KB_OK && verdict == GUARD_FINE) {
        err = engine_count(inbound, turn);
    }
    if (err == KB_OK && verdict == GUARD_FINE && wants_answer(turn)) {
        err = engine_answer(inbound, turn);
    }
    turn->open = false;
    return err == KB_OK ? file_and_send(inbound, handling, "call", &answered)
                        : err;
}

enum kb_err letter_call(
    struct inbound *inbound, const char *modem, const char *phone)
{
    struct letter letter = {.modem = modem,
        .phone = phone,
        .sender = SENDER_MOBILE,
        .text = "",
        .raw = "",
        .note = ""};
    struct handling handling = handling_of(inbound, &letter);
    int calls = 0;
    enum kb_err err = guard_store_count(
        inbound, COUNT_CALL, handling.turn.phone_hash.text, &calls);

    if (err == KB_OK && calls == 1) {
        err = answer_first_call(inbound, &handling);
    }
    clear(&handling);
    return err;
}
