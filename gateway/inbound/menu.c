// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "base/str.h"
#include "inbound/talk.h"

#include <stdio.h>
#include <string.h>

/*
 * The screens of ussd.menu, one step at a time: by USSD, or by SMS where no
 * short code exists. What a screen says of a NIK, and to whom, is answer.c's.
 */

#define REPLY_LIFE_MS ((int64_t)24 * 3600 * 1000)

/* One step in the making. */
struct step {
    struct inbound *inbound;
    struct dialogue *dialogue;
    struct turn *turn;
    const char *input;
};

static struct question question_of(const struct step *step, enum front front)
{
    const struct turn *turn = step->turn;

    return (struct question){.front = front,
        .phone = turn->phone,
        .phone_hash = turn->phone_hash.text,
        .modem = turn->modem,
        .understood = &turn->understood,
        .quota = turn->query ? &turn->quota : NULL,
        .today = civil_day_of(clock_now_ms(step->inbound->rooms.clock))};
}

/* An SMS is signed; a screen need not be. */
static void sign(const struct step *step)
{
    const char *site = step->inbound->rooms.config->site_name;
    struct buf *text = &step->turn->answer.text;
    struct buf signed_text = {0};

    if (step->turn->front != FRONT_SMS || str_starts(buf_text(text), site)) {
        return;
    }
    buf_printf(&signed_text, "%s: %s", site, buf_text(text));
    buf_clear(text);
    *text = signed_text;
}

static enum kb_err show(struct step *step, const char *name)
{
    struct question question = question_of(step, FRONT_USSD);

    return answer_plain(
        step->inbound, &question, name, "", &step->turn->answer);
}

/* Whatever the engine would answer, as a screen. */
static enum kb_err show_answer(struct step *step)
{
    struct question question = question_of(step, FRONT_USSD);

    return answer_write(step->inbound, &question, &step->turn->answer);
}

static enum kb_err do_office(struct step *step, const char *target);

/* A screen that was shown before, with what it said: nothing is counted. */
static enum kb_err show_again(struct step *step, const char *screen)
{
    struct understood *understood = &step->turn->understood;
    struct office office = {.opens_minute = 0};
    enum kb_err err = KB_OK;

    if (str_starts(screen, "ussd_status") && step->dialogue->nik[0] != '\0') {
        *understood = (struct understood){.intent = INTENT_STATUS};
        memcpy(understood->nik, step->dialogue->nik, sizeof understood->nik);
        step->turn->quota = (struct quota){.over = false};
        step->turn->query = true;
        return show_answer(step);
    }
    if (strcmp(screen, "ussd_nik_len") == 0) {
        return show(step, "ussd_nik"); /* nobody knows how many digits came */
    }
    if (!str_starts(screen, "ussd_office")) {
        return show(step, screen);
    }
    err = registry_office_get(
        step->inbound->rooms.registry, step->dialogue->office, &office);
    return err == KB_OK || err == KB_NOT_FOUND
               ? do_office(step, office.kecamatan)
               : err;
}

/* --- what choices do ------------------------------------------------------------- */

static int count_digits(const char *text)
{
    int count = 0;

    for (; *text != '\0' && count < 999; text++) {
        count += *text >= '0' && *text <= '9' ? 1 : 0;
    }
    return count;
}

static void understand_nik(struct step *step)
{
    struct understood *understood = &step->turn->understood;

    inbound_understand(step->inbound->rooms.script, step->input, understood);
    if (understood->intent != INTENT_STATUS &&
        understood->intent != INTENT_EXAMPLE &&
        understood->intent != INTENT_BAD_NIK) {
        *understood = (struct understood){
            .intent = INTENT_BAD_LENGTH, .digits = count_digits(step->input)};
    }
}

static enum kb_err do_status(struct step *step, const char *target)
{
    enum kb_err err = KB_OK;

    (void)target;
    understand_nik(step);
    step->turn->query = step->turn->understood.intent == INTENT_STATUS;
    err = engine_count(step->inbound, step->turn);
    if (err != KB_OK) {
        return err;
    }
    /* Somebody waits at the screen: the limit is said each time. */
    step->turn->quota.tell = true;
    memcpy(step->dialogue->nik, step->turn->understood.nik,
        sizeof step->dialogue->nik);
    return show_answer(step);
}

static enum kb_err do_office(struct step *step, const char *target)
{
    step->turn->understood = (struct understood){.intent = INTENT_INFO};
    (void)snprintf(step->turn->understood.office,
        sizeof step->turn->understood.office, "%s", target);
    step->dialogue->nik[0] = '\0';
    return show_answer(step);
}

static enum kb_err do_stop_or_start(struct step *step, enum intent intent)
{
    enum kb_err err = KB_OK;

    step->turn->understood = (struct understood){.intent = intent};
    err = engine_take_effect(step->inbound, step->turn);
    return err == KB_OK ? show_answer(step) : err;
}

static enum kb_err do_start(struct step *step, const char *target)
{
    (void)target;
    return do_stop_or_start(step, INTENT_START);
}

static enum kb_err do_stop(struct step *step, const char *target)
{
    (void)target;
    return do_stop_or_start(step, INTENT_STOP);
}

/* The answer that the screen showed, once more as an SMS; it was counted. */
static enum kb_err send_sms(struct step *step)
{
    struct quota quota = {.over = false};
    struct question question = question_of(step, FRONT_SMS);
    struct answer answer = {.name = ""};
    struct why why = {0};
    int64_t id = 0;
    enum kb_err err = KB_OK;

    question.quota = &quota;
    err = answer_write(step->inbound, &question, &answer);
    if (err == KB_OK && answer.text.used > 0) {
        err = outbox_accept(step->inbound->rooms.outbox,
            &(struct outbox_new){.phone = step->turn->phone,
                .text = buf_text(&answer.text),
                .class = MSG_REPLY,
                .expires_at_ms =
                    clock_now_ms(step->inbound->rooms.clock) + REPLY_LIFE_MS},
            &id, &why);
    }
    buf_clear(&answer.text);
    return err == KB_INVALID ? KB_OK : err;
}

static enum kb_err do_sms(struct step *step, const char *target)
{
    struct understood *understood = &step->turn->understood;
    enum kb_err err = KB_OK;

    (void)target;
    *understood = (struct understood){.intent = INTENT_STATUS};
    memcpy(understood->nik, step->dialogue->nik, sizeof understood->nik);
    if (understood->nik[0] != '\0') {
        err = send_sms(step);
    }
    *understood = (struct understood){.intent = INTENT_MENU};
    return err == KB_OK ? show(step, "ussd_sent") : err;
}

/* A change of the resident whose state was shown, where the phone is theirs,
   else of the office. */
static enum kb_err note_watch(struct step *step)
{
    struct resident resident = {0};
    const struct turn *turn = step->turn;
    enum kb_err err = KB_NOT_FOUND;

    if (step->dialogue->nik[0] != '\0') {
        err = registry_resident_by_nik(
            step->inbound->rooms.registry, step->dialogue->nik, &resident);
    }
    if (err == KB_OK && (strcmp(resident.phone, turn->phone) == 0 ||
                            step->inbound->rooms.config->disclosure_open)) {
        return watch_resident(
            step->inbound, turn->phone, turn->modem, resident.id);
    }
    if (err != KB_OK && err != KB_NOT_FOUND) {
        return err;
    }
    return step->dialogue->office[0] == '\0' || step->dialogue->nik[0] != '\0'
               ? KB_OK
               : watch_office(step->inbound, turn->phone, turn->modem,
                     step->dialogue->office);
}

static enum kb_err do_watch(struct step *step, const char *target)
{
    enum kb_err err = note_watch(step);

    (void)target;
    return err == KB_OK ? show(step, "ussd_watch") : err;
}

static enum kb_err do_go(struct step *step, const char *target)
{
    return show(step, target);
}

static enum kb_err do_again(struct step *step, const char *target)
{
    const char *before = step->dialogue->before;

    (void)target;
    return show_again(step, *before == '\0' ? step->dialogue->screen : before);
}

static enum kb_err do_end(struct step *step, const char *target)
{
    (void)target;
    return show(step, "ussd_bye");
}

/* --- a step ----------------------------------------------------------------------- */

static const struct menu_choice *find_choice(
    const struct menu_screen *screen, const char *input)
{
    const struct menu_choice *any = NULL;

    for (size_t i = 0; i < screen->count; i++) {
        if (strcmp(screen->choice[i].key, input) == 0 && *input != '\0') {
            return &screen->choice[i];
        }
        if (screen->choice[i].key[0] == '\0') {
            any = &screen->choice[i];
        }
    }
    return any;
}

static enum kb_err take_input(struct step *step)
{
    static enum kb_err (*const actions[])(
        struct step * step, const char *target) = {
        [MENU_GO] = do_go,
        [MENU_STATUS] = do_status,
        [MENU_OFFICE] = do_office,
        [MENU_START] = do_start,
        [MENU_STOP] = do_stop,
        [MENU_SMS] = do_sms,
        [MENU_WATCH] = do_watch,
        [MENU_AGAIN] = do_again,
        [MENU_END] = do_end,
    };
    const struct script *script = step->inbound->rooms.script;
    const struct menu_screen *screen =
        script_screen(script, step->dialogue->screen);
    const struct menu_choice *choice = NULL;

    /* The file may have changed under the session. */
    if (screen == NULL) {
        return show(step, script->screens[0].text);
    }
    choice = find_choice(screen, step->input);
    return choice == NULL ? show(step, "ussd_error")
                          : actions[choice->what](step, choice->target);
}

/* Where the dialogue stands now that this screen is shown. */
static void move(struct step *step, bool *more)
{
    struct dialogue *dialogue = step->dialogue;
    const struct answer *answer = &step->turn->answer;
    const struct menu_screen *screen =
        script_screen(step->inbound->rooms.script, answer->name);

    *more = screen != NULL;
    dialogue->ended = screen == NULL;
    if (screen != NULL && strcmp(dialogue->screen, screen->text) != 0) {
        memcpy(dialogue->before, dialogue->screen, sizeof dialogue->before);
        (void)snprintf(
            dialogue->screen, sizeof dialogue->screen, "%s", screen->text);
    }
    memcpy(dialogue->office, answer->office, sizeof dialogue->office);
}

enum kb_err menu_step(struct inbound *inbound, struct dialogue *dialogue,
    const char *input, struct turn *turn, bool *more)
{
    struct step step = {
        .inbound = inbound, .dialogue = dialogue, .turn = turn, .input = input};
    const char *screen = dialogue->screen[0] == '\0'
                             ? inbound->rooms.script->screens[0].text
                             : dialogue->screen;
    enum kb_err err =
        input == NULL ? show_again(&step, screen) : take_input(&step);

    if (err != KB_OK) {
        return err;
    }
    sign(&step);
    move(&step, more);
    return dialogue_put(inbound, dialogue);
}
