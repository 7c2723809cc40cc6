// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_INBOUND_SCRIPT_INTERNAL_H
#define KABARI_INBOUND_SCRIPT_INTERNAL_H

#include "inbound/inbound.h"
#include "inbound/script.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCRIPT_WORD_BYTES  20
#define SCRIPT_NAME_BYTES  48
#define SCRIPT_WORDS_MOST  2000
#define SCRIPT_RULES_MOST  400
#define SCRIPT_PLACES_MOST 400
#define SCRIPT_KEY_BYTES   4

#define SCRIPT_STAFF_STATES 4

/** A rule with that score is a command, not a question. */
#define SCRIPT_COMMAND 80

/** One rule of understanding; holds where all that it names holds. Lists are
 *  words with spaces between; in `need` a group's alternatives have |. */
struct script_rule {
    char name[SCRIPT_NAME_BYTES];
    enum intent intent;
    int score; /* 1..99 */
    int line;
    char *first; /* NULL: any */
    char *need;
    char *beside;
    char *never;
    bool place;                     /* a kecamatan is named */
    char answer[SCRIPT_NAME_BYTES]; /* "" : the intent's own */
    char lang[8];                   /* "" : the resident's */
};

/** A further way to write a word. */
struct script_form {
    char form[SCRIPT_WORD_BYTES];
    char word[SCRIPT_WORD_BYTES];
};

/** A word that rules know, and what it is read as. */
struct script_word {
    char text[SCRIPT_WORD_BYTES];
    char meant[SCRIPT_WORD_BYTES];
    size_t length;
    uint32_t letters; /* which occur in it: see script_letters() */
};

struct script_place {
    char code[9];                      /* 53.15.05 */
    char plain[2 * SCRIPT_WORD_BYTES]; /* its name in small letters alone */
    size_t length;
    uint32_t letters;
};

/** What a choice on a screen does. */
enum menu_do {
    MENU_GO,     /* another screen: target */
    MENU_STATUS, /* the input is a NIK */
    MENU_OFFICE, /* the office of a kecamatan: target is its code */
    MENU_START,
    MENU_STOP,
    MENU_SMS,   /* what is shown, by SMS too */
    MENU_WATCH, /* tell when it changes */
    MENU_AGAIN, /* the screen before */
    MENU_END
};

struct menu_choice {
    char key[SCRIPT_KEY_BYTES]; /* "1", or "" for any other input */
    enum menu_do what;
    char target[SCRIPT_NAME_BYTES];
    int line;
};

#define MENU_CHOICES_MOST 12

/** A screen is known by the text that it shows. */
struct menu_screen {
    char text[SCRIPT_NAME_BYTES];
    size_t count;
    struct menu_choice choice[MENU_CHOICES_MOST];
};

#define MENU_SCREENS_MOST 60

struct script {
    struct script_form *forms; /* sorted by form */
    size_t form_count;
    struct script_place *places;
    size_t place_count;
    struct script_rule *rules;
    size_t rule_count;
    char *commands; /* lists with spaces between */
    char *keeps;
    char *polite;
    char *staff[SCRIPT_STAFF_STATES]; /* what switches an office: up, degraded,
                                         down, closed */
    char *reports;                    /* what says that a door is closed */
    char *reports_never;              /* beside which it does not */
    struct script_word *known; /* every word that means something, and its
                                  forms, sorted */
    size_t known_count;
    struct menu_screen *screens; /* the first is where a session starts */
    size_t screen_count;
};

/** Who is told of faults, and how many there were. */
struct script_faults {
    void (*fn)(void *arg, const struct why *why);
    void *arg;
    int count;
    bool unreadable;
    const char *file;
    int line;
};

/** Tells of a fault where the reader stands. */
void script_fault(struct script_faults *faults, const char *fmt, ...)
    KB_PRINTF(2, 3);

/** True where a text of that name exists, or nobody can say. */
bool script_has_text(const struct texts *texts, const char *name);

/** One line of a file: its first word, then what follows; both trimmed. */
typedef void script_line_fn(void *arg, const char *word, char *rest);

/** Reads a file and calls fn for each line that says something. */
void script_read(const char *dir, const char *name,
    struct script_faults *faults, script_line_fn *fn, void *arg);

/** Takes the next word, cut at spaces, off a line; "" at its end. */
char *script_next_word(char **rest);

/* rules.c, menu_file.c: the two files. */
void script_read_rules(const char *dir, const struct texts *texts,
    struct script *script, struct script_faults *faults);
void script_read_menu(const char *dir, const struct texts *texts,
    struct script *script, struct script_faults *faults);

/* vocabulary.c: the words of rules. */

/** Once all forms are read: puts them in order. */
void script_sort_forms(struct script *script);

/** Once all is read: gathers every word that means something. */
void script_learn(struct script *script);

/** The word that a form stands for; the form itself where it is none. */
const char *script_written_out(const struct script *script, const char *word);

/** A word that means something, written out; NULL for one that nobody knows. */
const char *script_known(const struct script *script, const char *word);

/** A bit for each letter a-z that occurs in a word. */
uint32_t script_letters(const char *word);

/** The screen that shows a text; NULL for none. */
const struct menu_screen *script_screen(
    const struct script *script, const char *text);

#endif
