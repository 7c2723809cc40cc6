// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "base/str.h"
#include "inbound/script_internal.h"

#include <stdio.h>
#include <string.h>

/* ussd.menu: which screen follows which. */

#define FILE_NAME "ussd.menu"

struct reader {
    struct script *script;
    struct script_faults *faults;
    const struct texts *texts;
    struct menu_screen *screen;
};

/* What may stand behind "do", and whether a word follows. */
static const struct {
    const char *word;
    enum menu_do what;
    bool target;
} actions[] = {
    {"status", MENU_STATUS, false},
    {"office", MENU_OFFICE, true },
    {"start",  MENU_START,  false},
    {"stop",   MENU_STOP,   false},
    {"sms",    MENU_SMS,    false},
    {"watch",  MENU_WATCH,  false},
    {"again",  MENU_AGAIN,  false},
};

const struct menu_screen *script_screen(
    const struct script *script, const char *text)
{
    for (size_t i = 0; i < script->screen_count; i++) {
        if (strcmp(script->screens[i].text, text) == 0) {
            return &script->screens[i];
        }
    }
    return NULL;
}

static void on_screen(struct reader *reader, const char *text)
{
    struct script *script = reader->script;

    reader->screen = NULL;
    if (strncmp(text, "ussd_", 5) != 0 || strlen(text) >= SCRIPT_NAME_BYTES ||
        !script_has_text(reader->texts, text)) {
        script_fault(reader->faults,
            "there is no template \"%.40s\"; a screen is named by its text, "
            "ussd_…",
            text);
        return;
    }
    if (script_screen(script, text) != NULL) {
        script_fault(
            reader->faults, "screen %s stands here twice; join them", text);
        return;
    }
    if (script->screen_count == MENU_SCREENS_MOST) {
        script_fault(reader->faults, "there are more than %d screens",
            MENU_SCREENS_MOST);
        return;
    }
    script->screens = mem_resize(
        script->screens, script->screen_count + 1, sizeof *script->screens);
    reader->screen = &script->screens[script->screen_count++];
    *reader->screen = (struct menu_screen){.count = 0};
    (void)snprintf(
        reader->screen->text, sizeof reader->screen->text, "%s", text);
}

static bool take_action(
    struct reader *reader, char *rest, struct menu_choice *choice)
{
    const char *word = script_next_word(&rest);

    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (strcmp(actions[i].word, word) == 0 &&
            actions[i].target == (*rest != '\0') &&
            strlen(rest) < sizeof choice->target) {
            choice->what = actions[i].what;
            (void)snprintf(choice->target, sizeof choice->target, "%s", rest);
            return true;
        }
    }
    script_fault(reader->faults,
        "do knows status, office CODE, start, stop, sms, watch and again");
    return false;
}

/* "-> SCREEN", "end" or "do ACTION". */
static bool take_what(
    struct reader *reader, char *rest, struct menu_choice *choice)
{
    const char *word = script_next_word(&rest);

    if (strcmp(word, "end") == 0 && *rest == '\0') {
        choice->what = MENU_END;
        return true;
    }
    if (strcmp(word, "do") == 0) {
        return take_action(reader, rest, choice);
    }
    if (strcmp(word, "->") == 0 && *rest != '\0' &&
        strlen(rest) < sizeof choice->target) {
        choice->what = MENU_GO;
        (void)snprintf(choice->target, sizeof choice->target, "%s", rest);
        return true;
    }
    script_fault(
        reader->faults, "behind the key stands -> SCREEN, do ACTION or end");
    return false;
}

static void on_choice(struct reader *reader, const char *key, char *rest)
{
    struct menu_screen *screen = reader->screen;
    struct menu_choice choice = {.line = reader->faults->line};

    if (strcmp(key, "input") != 0) {
        (void)snprintf(choice.key, sizeof choice.key, "%s", key);
    }
    for (size_t i = 0; i < screen->count; i++) {
        if (strcmp(screen->choice[i].key, choice.key) == 0) {
            script_fault(reader->faults, "key %s stands here twice", key);
            return;
        }
    }
    if (screen->count == MENU_CHOICES_MOST) {
        script_fault(
            reader->faults, "a screen has at most %d keys", MENU_CHOICES_MOST);
    } else if (take_what(reader, rest, &choice)) {
        screen->choice[screen->count++] = choice;
    }
}

static void on_line(void *arg, const char *word, char *rest)
{
    struct reader *reader = arg;

    if (strcmp(word, "screen") == 0) {
        on_screen(reader, rest);
    } else if (strcmp(word, "input") != 0 &&
               !(str_digits(word) && strlen(word) < SCRIPT_KEY_BYTES)) {
        script_fault(reader->faults,
            "\"%.40s\" cannot stand here; write screen TEXT, then a line per "
            "key: 1 -> SCREEN, 2 do ACTION, 0 end, input do status",
            word);
    } else if (reader->screen != NULL) {
        on_choice(reader, word, rest);
    } else if (reader->faults->count == 0) {
        script_fault(reader->faults, "this key stands below no screen");
    }
}

static void check_screen(const struct script *script,
    const struct menu_screen *screen, struct script_faults *faults)
{
    for (size_t i = 0; i < screen->count; i++) {
        const struct menu_choice *choice = &screen->choice[i];

        if (choice->what == MENU_GO &&
            script_screen(script, choice->target) == NULL) {
            faults->line = choice->line;
            script_fault(faults, "there is no screen \"%s\" in this file",
                choice->target);
        }
    }
}

void script_read_menu(const char *dir, const struct texts *texts,
    struct script *script, struct script_faults *faults)
{
    struct reader reader = {.script = script, .faults = faults, .texts = texts};
    char path[4096];
    int before = faults->count;

    script_read(dir, FILE_NAME, faults, on_line, &reader);
    (void)snprintf(path, sizeof path, "%s/%s", dir, FILE_NAME);
    faults->file = path;
    if (faults->count > before) {
        return;
    }
    for (size_t i = 0; i < script->screen_count; i++) {
        check_screen(script, &script->screens[i], faults);
    }
    faults->line = 1;
    if (script->screen_count == 0) {
        script_fault(faults, "there is no screen; nothing could be shown");
    }
}
