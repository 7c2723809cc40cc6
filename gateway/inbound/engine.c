// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "inbound/talk.h"

#include <stdio.h>
#include <string.h>

/*
 * One turn of a conversation, by SMS or by USSD: intent, slots and what was
 * said before make the answer.
 */

/* Wrong codes from one phone on one day; then none is looked at. */
#define CODE_TRIES 5

static void note(struct turn *turn, const char *text)
{
    (void)snprintf(turn->note, sizeof turn->note, "%s", text);
}

static struct question question_of(
    const struct inbound *inbound, const struct turn *turn)
{
    return (struct question){.front = turn->front,
        .phone = turn->phone,
        .phone_hash = turn->phone_hash.text,
        .modem = turn->modem,
        .understood = &turn->understood,
        .quota = turn->query ? &turn->quota : NULL,
        .today = civil_day_of(clock_now_ms(inbound->rooms.clock))};
}

static enum kb_err say(
    struct inbound *inbound, struct turn *turn, const char *name)
{
    struct question question = question_of(inbound, turn);

    return answer_plain(inbound, &question, name, "", &turn->answer);
}

/* --- who is meant ------------------------------------------------------------ */

static void ask_for(struct turn *turn, const struct resident *resident)
{
    memcpy(turn->understood.nik, resident->nik, sizeof turn->understood.nik);
    turn->query = true;
}

/* Several residents share the phone: which one? Last digits only. */
static enum kb_err ask_which(struct inbound *inbound, struct turn *turn,
    const struct resident *residents, size_t count)
{
    struct question question = question_of(inbound, turn);
    struct dialogue dialogue = {.screen = SCREEN_WHICH, .residents = count};
    char choices[64] = "";
    size_t used = 0;
    enum kb_err err = KB_OK;

    for (size_t i = 0; i < count; i++) {
        dialogue.resident[i] = residents[i].id;
        used += (size_t)snprintf(choices + used, sizeof choices - used,
            "%s%zu ..%s", i == 0 ? "" : " ", i + 1,
            residents[i].nik + NIK_DIGITS - 4);
    }
    dialogue_sms_key(turn->phone_hash.text, dialogue.key);
    memcpy(
        dialogue.phone_hash, turn->phone_hash.text, sizeof dialogue.phone_hash);
    err = dialogue_put(inbound, &dialogue);
    return err == KB_OK ? answer_plain(inbound, &question, "reply_which",
                              choices, &turn->answer)
                        : err;
}

/* A question without a NIK: the phone's own residents are meant. */
static enum kb_err place_own(struct inbound *inbound, struct turn *turn)
{
    struct resident residents[CHOICES_MOST + 1];
    size_t count = 0;
    enum kb_err err = registry_residents_of_phone(inbound->rooms.registry,
        turn->phone, residents, CHOICES_MOST + 1, &count);

    if (err != KB_OK || count == 0 || count > CHOICES_MOST) {
        return err; /* nobody, or a whole hamlet: the NIK must be said */
    }
    if (count > 1) {
        return ask_which(inbound, turn, residents, count);
    }
    ask_for(turn, &residents[0]);
    return KB_OK;
}

/* The one that was chosen, if the phone is still theirs. */
static enum kb_err place_choice(
    struct inbound *inbound, struct turn *turn, const struct dialogue *dialogue)
{
    struct resident resident = {0};
    size_t index = (size_t)(turn->understood.key[0] - '1');
    enum kb_err err = KB_OK;

    if (turn->understood.key[1] != '\0' || index >= dialogue->residents) {
        return KB_OK;
    }
    err = registry_resident_by_id(
        inbound->rooms.registry, dialogue->resident[index], &resident);
    if (err == KB_OK && strcmp(resident.phone, turn->phone) == 0) {
        turn->understood.intent = INTENT_FAQ_STATUS;
        (void)snprintf(turn->understood.reason, sizeof turn->understood.reason,
            "chosen from those of the phone");
        ask_for(turn, &resident);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

static enum kb_err place_menu(struct inbound *inbound, struct turn *turn,
    struct dialogue *dialogue, const char *input)
{
    bool more = false;

    turn->understood.intent = INTENT_MENU;
    return menu_step(inbound, dialogue, input, turn, &more);
}

static enum kb_err open_menu(struct inbound *inbound, struct turn *turn)
{
    struct dialogue dialogue = {.screen = ""};

    dialogue_sms_key(turn->phone_hash.text, dialogue.key);
    memcpy(
        dialogue.phone_hash, turn->phone_hash.text, sizeof dialogue.phone_hash);
    return place_menu(inbound, turn, &dialogue, NULL);
}

/* A number that means something only after what was said before. */
static enum kb_err place_key(struct inbound *inbound, struct turn *turn)
{
    struct dialogue dialogue = {.screen = ""};
    char key[sizeof dialogue.key];
    int64_t now = clock_now_ms(inbound->rooms.clock);
    enum kb_err err = KB_OK;

    dialogue_sms_key(turn->phone_hash.text, key);
    err = dialogue_get(inbound, key, &dialogue);
    if (err == KB_NOT_FOUND ||
        (err == KB_OK &&
            (dialogue.ended || now - dialogue.at_ms > DIALOGUE_LIFE_MS))) {
        return KB_OK;
    }
    if (err != KB_OK) {
        return err;
    }
    turn->chosen = true;
    return strcmp(dialogue.screen, SCREEN_WHICH) == 0
               ? place_choice(inbound, turn, &dialogue)
               : place_menu(inbound, turn, &dialogue, turn->understood.key);
}

/* "CEK" alone: what it asks for is known where the phone is. */
static bool is_bare_query(const struct turn *turn)
{
    return turn->front == FRONT_SMS &&
           turn->understood.intent == INTENT_BAD_LENGTH &&
           turn->understood.digits == 0;
}

enum kb_err engine_place(struct inbound *inbound, struct turn *turn)
{
    if (is_bare_query(turn)) {
        turn->understood.intent = INTENT_FAQ_STATUS;
    }
    turn->query = turn->understood.intent == INTENT_STATUS;
    if (turn->understood.key[0] != '\0') {
        return place_key(inbound, turn);
    }
    if (turn->understood.intent == INTENT_MENU) {
        return open_menu(inbound, turn);
    }
    return turn->understood.intent == INTENT_FAQ_STATUS
               ? place_own(inbound, turn)
               : KB_OK;
}

/* --- what is done --------------------------------------------------------------- */

/* Whoever holds the code stood at the counter: the phone is that resident's. */
static enum kb_err enrol(
    struct inbound *inbound, struct turn *turn, int64_t resident_id)
{
    struct registry *registry = inbound->rooms.registry;
    struct resident resident = {0};
    struct resident_change change = {.phone = turn->phone};
    struct why why = {0};
    enum kb_err err = registry_resident_by_id(registry, resident_id, &resident);

    if (err == KB_OK) {
        err = registry_phone_relink(registry, turn->phone, resident.nik);
        err = err == KB_NOT_FOUND ? KB_OK : err;
    }
    if (err == KB_OK) {
        err = registry_resident_set(registry, resident.nik, &change, &why);
    }
    if (err == KB_OK) {
        memcpy(turn->understood.nik, resident.nik, sizeof resident.nik);
        log_info("inbound: enrolled phone=%s nik=%s",
            log_phone(turn->phone).text, log_nik(resident.nik).text);
        note(turn, "enrolled by a code from the counter");
        err = say(inbound, turn, "reply_enrolled");
    }
    return err;
}

static enum kb_err take_code(struct inbound *inbound, struct turn *turn)
{
    int64_t resident_id = 0;
    int tries = 0;
    enum kb_err err =
        guard_store_count(inbound, COUNT_CODE, turn->phone_hash.text, &tries);

    if (err != KB_OK) {
        return err;
    }
    if (tries > CODE_TRIES) {
        turn->open = turn->open || tries == CODE_TRIES + 1;
        note(turn, "too many codes from this phone today: guessing?");
        return KB_OK;
    }
    err = talk_take_code(inbound, turn->understood.code, &resident_id);
    if (err == KB_OK) {
        err = enrol(inbound, turn, resident_id);
    }
    return err == KB_NOT_FOUND ? KB_OK : err;
}

/* All that the phone's residents wait for. */
static enum kb_err take_watch(struct inbound *inbound, struct turn *turn)
{
    struct resident residents[CHOICES_MOST];
    size_t count = 0;
    enum kb_err err = registry_residents_of_phone(
        inbound->rooms.registry, turn->phone, residents, CHOICES_MOST, &count);

    for (size_t i = 0; err == KB_OK && i < count; i++) {
        err =
            watch_resident(inbound, turn->phone, turn->modem, residents[i].id);
    }
    return err == KB_OK && count > 0 ? say(inbound, turn, "reply_watch") : err;
}

/* What is chosen at a screen is wished now, and is filed so that a text that
   was sent before and comes later does not take it back. */
static enum kb_err file_wish(struct inbound *inbound, const struct turn *turn)
{
    struct entry_new entry = {.modem = "",
        .phone = turn->phone,
        .text = "",
        .raw = "",
        .intent = intent_name(turn->understood.intent),
        .nik_hash = "",
        .note = "chosen by USSD",
        .smsc_at_ms = clock_now_ms(inbound->rooms.clock)};
    int64_t id = 0;

    return inbound_store_entry(inbound, &entry, &id);
}

/* A SIM gives its texts in the order of its slots, and the network delivers a
   text that failed once after a later one: of STOP and DAFTAR the one that was
   sent last holds (TP-SCTS, 3GPP TS 23.040 §9.2.3.11), within a second the one
   that came last. */
static enum kb_err take_wish(
    struct inbound *inbound, struct turn *turn, bool stopped)
{
    int64_t newest = 0;
    enum kb_err err = KB_OK;

    if (turn->front == FRONT_USSD) {
        err = file_wish(inbound, turn);
    } else if (turn->sent_at_ms != 0) {
        err = inbound_store_newest_wish(inbound, turn->phone, &newest);
    }
    if (err == KB_OK && turn->sent_at_ms < newest) {
        turn->overtaken = true;
        note(turn, "was sent before what this phone wished last: not followed");
        return KB_OK;
    }
    return err == KB_OK ? registry_phone_stop(
                              inbound->rooms.registry, turn->phone, stopped)
                        : err;
}

static enum kb_err take_stop(struct inbound *inbound, struct turn *turn)
{
    return take_wish(inbound, turn, true);
}

static enum kb_err take_start(struct inbound *inbound, struct turn *turn)
{
    return take_wish(inbound, turn, false);
}

static enum kb_err take_wrong_person(struct inbound *inbound, struct turn *turn)
{
    const char *nik = turn->understood.nik;

    return registry_phone_unlink(
        inbound->rooms.registry, turn->phone, *nik == '\0' ? NULL : nik);
}

static enum kb_err take_language(struct inbound *inbound, struct turn *turn)
{
    return talk_set_language(
        inbound, turn->phone_hash.text, turn->understood.lang);
}

/* --- what the planner hears -------------------------------------------------- */

enum kb_err engine_heard(struct inbound *inbound, const struct turn *turn)
{
    struct campaigns *campaigns = inbound->rooms.campaigns;

    return campaigns == NULL ? KB_OK
                             : campaign_answered(campaigns, turn->phone);
}

/* Staff look at what a phone of a whole hamlet says; nobody's reminders rest
   for it. */
static enum kb_err take_done(struct inbound *inbound, struct turn *turn)
{
    struct campaigns *campaigns = inbound->rooms.campaigns;
    const char *nik = turn->understood.nik;
    struct resident residents[CHOICES_MOST + 1];
    size_t count = 0;
    int32_t until_day = 0;
    enum kb_err err = KB_OK;

    if (campaigns != NULL) {
        err = registry_residents_of_phone(inbound->rooms.registry, turn->phone,
            residents, CHOICES_MOST + 1, &count);
    }
    for (size_t i = 0; err == KB_OK && count <= CHOICES_MOST && i < count;
         i++) {
        if (*nik == '\0' || strcmp(residents[i].nik, nik) == 0) {
            err =
                campaign_resident_done(campaigns, residents[i].id, &until_day);
        }
    }
    if (err == KB_OK && until_day != 0) {
        (void)snprintf(turn->note, sizeof turn->note,
            "says to have recorded: reminders rest until %s",
            civil_date(until_day).text);
    }
    return err;
}

static enum kb_err take_reschedule(struct inbound *inbound, struct turn *turn)
{
    struct campaigns *campaigns = inbound->rooms.campaigns;
    struct question question = question_of(inbound, turn);
    struct campaign_slot slot = {0};
    enum kb_err err = KB_NOT_FOUND;

    if (campaigns != NULL) {
        err = campaign_reschedule(campaigns, turn->phone, &slot);
    }
    if (err == KB_FULL && store_has_room(inbound->rooms.store)) {
        note(turn, "asks for another day: none before the deadline has room");
        return KB_OK;
    }
    if (err == KB_OK) {
        (void)snprintf(turn->note, sizeof turn->note, "moved to %s at %s",
            civil_date(slot.day).text, slot.office);
        err = answer_moved(inbound, &question, &slot, &turn->answer);
    }
    return err;
}

enum kb_err engine_take_effect(struct inbound *inbound, struct turn *turn)
{
    static enum kb_err (*const effects[INTENT_COUNT])(
        struct inbound * inbound, struct turn * turn) = {
        [INTENT_STOP] = take_stop,
        [INTENT_START] = take_start,
        [INTENT_WRONG_PERSON] = take_wrong_person,
        [INTENT_CODE] = take_code,
        [INTENT_WATCH] = take_watch,
        [INTENT_DONE] = take_done,
        [INTENT_RESCHEDULE] = take_reschedule,
        [INTENT_LANGUAGE] = take_language,
    };
    enum kb_err err = KB_OK;

    if (effects[turn->understood.intent] == NULL) {
        return KB_OK;
    }
    err = effects[turn->understood.intent](inbound, turn);
    return err == KB_NOT_FOUND ? KB_OK : err;
}

/* --- limits and the answer ---------------------------------------------------------- */

/* Whether the phone is the resident's; the same rows are read whether or not
   the NIK is known. */
static enum kb_err ask_own(
    struct inbound *inbound, const struct turn *turn, bool *own)
{
    struct resident resident = {0};
    enum kb_err err = registry_resident_by_nik(
        inbound->rooms.registry, turn->understood.nik, &resident);

    *own = err == KB_OK && strcmp(resident.phone, turn->phone) == 0;
    return err == KB_NOT_FOUND ? KB_OK : err;
}

static enum kb_err count_strange(struct inbound *inbound, struct turn *turn)
{
    bool alarm = false;
    enum kb_err err = guard_strange(inbound, turn->understood.nik, &alarm);

    if (err == KB_OK && alarm) {
        inbound->alarm_at_ms = 0; /* the next tick raises it */
        log_warn("inbound: alarm, NIKs are tried out from many phones");
    }
    return err;
}

static enum kb_err count_query(struct inbound *inbound, struct turn *turn)
{
    struct query query = {.phone_hash = turn->phone_hash.text};
    enum kb_err err = ask_own(inbound, turn, &query.own);

    turn->nik_hash =
        registry_hash(inbound->rooms.registry, turn->understood.nik);
    query.nik_hash = turn->nik_hash.text;
    if (err == KB_OK) {
        err = guard_quota(inbound, &query, &turn->quota);
    }
    return err == KB_OK && turn->quota.first_stranger
               ? count_strange(inbound, turn)
               : err;
}

enum kb_err engine_count(struct inbound *inbound, struct turn *turn)
{
    enum kb_err err = KB_OK;

    if (!turn->query) {
        return KB_OK;
    }
    err = count_query(inbound, turn);
    if (err == KB_OK && turn->quota.over) {
        note(turn, "over the day's limit");
    }
    if (err == KB_OK && turn->quota.alarm) {
        inbound->alarm_at_ms = 0; /* the next tick raises it */
        log_warn("inbound: alarm, one phone asks for many NIKs phone=%s",
            log_phone(turn->phone).text);
        note(turn, "many different NIKs from this phone today: guessing?");
        turn->open = true;
    }
    return err;
}

enum kb_err engine_answer(struct inbound *inbound, struct turn *turn)
{
    struct question question = question_of(inbound, turn);
    struct answer *answer = &turn->answer;
    enum kb_err err = KB_OK;

    if (answer->name[0] != '\0') {
        return KB_OK;
    }
    err = answer_write(inbound, &question, answer);
    /* Our own texts promise it: "we text you when the card is ready". */
    if (err == KB_OK && answer->waits && turn->front == FRONT_SMS) {
        err = watch_resident(
            inbound, turn->phone, turn->modem, answer->resident_id);
    }
    return err;
}
