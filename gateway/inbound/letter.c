// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "base/str.h"
#include "inbound/inbound_internal.h"
#include "inbound/numbers.h"

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
    struct understood understood;
    struct registry_hash phone_hash;
    struct registry_hash nik_hash; /* "" without a NIK */
    struct quota quota;
    struct buf answer;
    bool open;
    char note[128];
};

static bool can_answer(const struct letter *letter)
{
    return letter->sender == SENDER_MOBILE && letter->raw[0] == '\0' &&
           !letter->silent;
}

static void note(struct handling *handling, const char *text)
{
    (void)snprintf(handling->note, sizeof handling->note, "%s", text);
}

static void read_letter(struct inbound *inbound, struct handling *handling)
{
    const struct letter *letter = handling->letter;
    const struct registry *registry = inbound->rooms.registry;

    if (letter->cut || letter->raw[0] != '\0') {
        handling->understood.intent = INTENT_HUMAN;
    } else {
        inbound_understand(
            inbound->rooms.script, letter->text, &handling->understood);
    }
    handling->phone_hash = registry_hash(registry, letter->phone);
    if (handling->understood.nik[0] != '\0') {
        handling->nik_hash = registry_hash(registry, handling->understood.nik);
    }
    note(handling, letter->note);
    handling->open = answer_needs_people(handling->understood.intent);
}

/* STOP, DAFTAR and SALAH hold even where no answer is given any more. */
static enum kb_err take_effect(
    struct inbound *inbound, const struct handling *handling)
{
    struct registry *registry = inbound->rooms.registry;
    const char *phone = handling->letter->phone;
    const char *nik = handling->understood.nik;
    enum kb_err err = KB_OK;

    if (handling->understood.intent == INTENT_STOP) {
        err = registry_phone_stop(registry, phone, true);
    } else if (handling->understood.intent == INTENT_START) {
        err = registry_phone_stop(registry, phone, false);
    } else if (handling->understood.intent == INTENT_WRONG_PERSON) {
        err = registry_phone_unlink(registry, phone, *nik == '\0' ? NULL : nik);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

static enum kb_err count_query(
    struct inbound *inbound, struct handling *handling)
{
    enum kb_err err = guard_quota(inbound, handling->phone_hash.text,
        handling->nik_hash.text, &handling->quota);

    if (err == KB_OK && handling->quota.over) {
        note(handling, "over the day's limit");
    }
    if (err == KB_OK && handling->quota.alarm) {
        log_warn("inbound: alarm, one phone asks for many NIKs phone=%s",
            log_phone(handling->letter->phone).text);
        note(handling, "many different NIKs from this phone today: guessing?");
        handling->open = true;
    }
    return err;
}

/* Writes the answer, unless the phone had enough of them. */
static enum kb_err write_answer(
    struct inbound *inbound, struct handling *handling)
{
    bool query = handling->understood.intent == INTENT_STATUS;
    struct question question = {.phone = handling->letter->phone,
        .understood = &handling->understood,
        .quota = query ? &handling->quota : NULL};
    bool wants = handling->understood.intent != INTENT_ACK &&
                 (!handling->quota.over || handling->quota.tell);
    enum guard_verdict verdict = GUARD_FINE;
    enum kb_err err =
        guard_pass(inbound, handling->phone_hash.text, wants, &verdict);

    if (err != KB_OK) {
        return err;
    }
    if (verdict == GUARD_NOTE) {
        log_warn("inbound: no more answers for now phone=%s",
            log_phone(handling->letter->phone).text);
        note(handling, "no more automatic answers until this phone was quiet "
                       "for an hour");
    }
    if (verdict != GUARD_FINE) {
        handling->open = verdict == GUARD_NOTE || handling->quota.alarm;
        return KB_OK;
    }
    return wants ? answer_write(inbound, &question, &handling->answer) : KB_OK;
}

static enum kb_err decide(struct inbound *inbound, struct handling *handling)
{
    enum kb_err err = KB_OK;

    read_letter(inbound, handling);
    if (!can_answer(handling->letter)) {
        handling->open = true;
        return KB_OK;
    }
    err = take_effect(inbound, handling);
    if (err == KB_OK && handling->understood.intent == INTENT_STATUS) {
        err = count_query(inbound, handling);
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
        .nik_hash = handling->nik_hash.text,
        .note = handling->note,
        .smsc_at_ms = letter->smsc_at_ms,
        .open = handling->open,
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
        .text = buf_text(&handling->answer),
        .class = MSG_REPLY,
        .expires_at_ms = clock_now_ms(inbound->rooms.clock) + ANSWER_LIFE_MS,
        .inbound_id = entry_id,
        .prefer_modem = handling->letter->modem,
    };
    enum kb_err err = KB_OK;

    if (handling->answer.used == 0) {
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
    const char *nik = handling->understood.nik;

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
    struct handling handling = {.letter = letter};
    enum kb_err err = KB_OK;

    *answered = 0;
    if (letter->sender == SENDER_OPERATOR) {
        return file_and_send(inbound, &handling, "operator", answered);
    }
    err = decide(inbound, &handling);
    if (err == KB_OK) {
        err = file_and_send(inbound, &handling,
            intent_name(handling.understood.intent), answered);
    }
    buf_clear(&handling.answer);
    return err;
}

/* --- calls --------------------------------------------------------------------- */

static enum kb_err answer_first_call(
    struct inbound *inbound, struct handling *handling)
{
    enum guard_verdict verdict = GUARD_FINE;
    int64_t answered = 0;
    enum kb_err err =
        guard_pass(inbound, handling->phone_hash.text, true, &verdict);

    if (err == KB_OK && verdict == GUARD_FINE) {
        err = answer_call(inbound, handling->letter->phone, &handling->answer);
    }
    if (err == KB_OK) {
        err = file_and_send(inbound, handling, "call", &answered);
    }
    buf_clear(&handling->answer);
    return err;
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
    struct handling handling = {.letter = &letter,
        .phone_hash = registry_hash(inbound->rooms.registry, phone)};
    int calls = 0;
    enum kb_err err =
        inbound_store_count(inbound, "call", handling.phone_hash.text, &calls);

    if (err == KB_OK && calls == 1) {
        err = answer_first_call(inbound, &handling);
    }
    return err;
}
