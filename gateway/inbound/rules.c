// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "base/str.h"
#include "inbound/script_internal.h"
#include "registry/region.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* intents.rules: what residents' words mean. */

#define FILE_NAME "intents.rules"

struct reader {
    struct script *script;
    struct script_faults *faults;
    const struct texts *texts;
    struct script_rule *rule; /* whose lines come; NULL: none yet */
};

/* --- pieces ------------------------------------------------------------------- */

/* Words are compared in lower case, without anything but letters. */
static bool take_word(
    struct reader *reader, const char *word, char *out, size_t bytes)
{
    size_t length = strlen(word);

    if (length == 0 || length >= bytes ||
        strspn(word, "abcdefghijklmnopqrstuvwxyz") != length) {
        script_fault(reader->faults,
            "\"%.40s\" is no word here: write a-z in small letters, at most "
            "%zu of them",
            word, bytes - 1);
        return false;
    }
    memcpy(out, word, length + 1);
    return true;
}

static void append(char **list, const char *words)
{
    char *joined = mem_printf(
        "%s%s%s", *list == NULL ? "" : *list, *list == NULL ? "" : " ", words);

    free(*list);
    *list = joined;
}

/* Appends a line of words (groups of them, where | may stand). */
static void take_list(
    struct reader *reader, char *rest, const char *allowed, char **list)
{
    if (*rest == '\0') {
        script_fault(reader->faults, "no word stands here");
        return;
    }
    while (*rest != '\0') {
        const char *word = script_next_word(&rest);
        size_t length = strlen(word);

        if (strspn(word, allowed) != length || strstr(word, "||") != NULL ||
            word[0] == '|' || word[length - 1] == '|') {
            script_fault(reader->faults,
                "\"%.40s\" cannot be read; write words in small letters%s",
                word,
                strchr(allowed, '|') != NULL ? " with | between alternatives"
                                             : "");
            return;
        }
        append(list, word);
    }
}

static void take_plain(struct reader *reader, char *rest, char **list)
{
    take_list(reader, rest, "abcdefghijklmnopqrstuvwxyz", list);
}

static void take_groups(struct reader *reader, char *rest, char **list)
{
    take_list(reader, rest, "abcdefghijklmnopqrstuvwxyz|", list);
}

/* --- lines ---------------------------------------------------------------------- */

static void take_form(struct reader *reader, const char *word, const char *form)
{
    struct script *script = reader->script;
    struct script_form *row = NULL;

    if (script->form_count == SCRIPT_WORDS_MOST) {
        script_fault(reader->faults, "there are more than %d forms; join some",
            SCRIPT_WORDS_MOST);
        return;
    }
    script->forms = mem_resize(
        script->forms, script->form_count + 1, sizeof *script->forms);
    row = &script->forms[script->form_count];
    *row = (struct script_form){.form = ""};
    if (take_word(reader, form, row->form, sizeof row->form)) {
        memcpy(row->word, word, sizeof row->word);
        script->form_count++;
    }
}

static void on_word(struct reader *reader, char *rest)
{
    char word[SCRIPT_WORD_BYTES] = "";

    if (!take_word(reader, script_next_word(&rest), word, sizeof word)) {
        return;
    }
    if (strcmp(script_next_word(&rest), "=") != 0 || *rest == '\0') {
        script_fault(reader->faults, "write: word WORD = FORM FORM …");
        return;
    }
    while (*rest != '\0') {
        take_form(reader, word, script_next_word(&rest));
    }
}

static void on_command(struct reader *reader, char *rest)
{
    take_plain(reader, rest, &reader->script->commands);
}

static void on_keep(struct reader *reader, char *rest)
{
    take_plain(reader, rest, &reader->script->keeps);
}

static void on_polite(struct reader *reader, char *rest)
{
    take_plain(reader, rest, &reader->script->polite);
}

static bool is_place_code(const char *code)
{
    static const char form[] = "dd.dd.dd";

    for (size_t i = 0; i < sizeof form; i++) {
        bool digit = code[i] >= '0' && code[i] <= '9';

        if (form[i] == 'd' ? !digit : code[i] != form[i]) {
            return false;
        }
    }
    return true;
}

static void add_place(struct script *script, const char *code, const char *name)
{
    struct script_place *place = NULL;

    script->places = mem_resize(
        script->places, script->place_count + 1, sizeof *script->places);
    place = &script->places[script->place_count++];
    *place = (struct script_place){.length = 0};
    (void)snprintf(place->code, sizeof place->code, "%s", code);
    for (; *name != '\0' && place->length + 1 < sizeof place->plain; name++) {
        if (isalpha((unsigned char)*name)) {
            place->plain[place->length++] = (char)tolower((unsigned char)*name);
        }
    }
    place->letters = script_letters(place->plain);
}

/* Their own names, before what people call them. */
static void add_kecamatan(struct script *script)
{
    for (size_t i = 0; i < region_kecamatan_count; i++) {
        add_place(script, region_kecamatan[i].code, region_kecamatan[i].name);
    }
}

static void on_place(struct reader *reader, char *rest)
{
    struct script *script = reader->script;
    const char *code = script_next_word(&rest);

    if (!is_place_code(code) || *rest == '\0' ||
        strlen(rest) >= sizeof((struct script_place *)0)->plain) {
        script_fault(reader->faults,
            "write: place CODE NAME, such as place 53.15.05 Labuan Bajo");
        return;
    }
    if (script->place_count == SCRIPT_PLACES_MOST) {
        script_fault(reader->faults, "there are more than %d places",
            SCRIPT_PLACES_MOST);
        return;
    }
    add_place(script, code, rest);
}

/* Intents that words alone can have; the others need a number. */
static bool find_intent(const char *name, enum intent *out)
{
    for (enum intent i = INTENT_BAD_LENGTH; i < INTENT_COUNT; i++) {
        if (strcmp(intent_name(i), name) == 0 && i != INTENT_BAD_NIK &&
            i != INTENT_EXAMPLE) {
            *out = i;
            return true;
        }
    }
    return false;
}

static bool name_is_taken(const struct script *script, const char *name)
{
    for (size_t i = 0; i < script->rule_count; i++) {
        if (strcmp(script->rules[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* What is wrong with the parts of a rule's first line; NULL: nothing. */
static const char *rule_fault(const struct script *script, const char *name,
    const char *arrow, bool intent_known, enum kb_err score)
{
    if (*name == '\0' || strlen(name) >= SCRIPT_NAME_BYTES ||
        strcmp(arrow, "->") != 0) {
        return "write: rule NAME -> INTENT SCORE";
    }
    if (name_is_taken(script, name)) {
        return "another rule has that name; give it one of its own";
    }
    if (!intent_known) {
        return "there is no such intent; the file's head lists them";
    }
    return score == KB_OK ? NULL : "the score is a number from 1 to 99";
}

static void on_rule(struct reader *reader, char *rest)
{
    struct script *script = reader->script;
    const char *name = script_next_word(&rest);
    const char *arrow = script_next_word(&rest);
    enum intent intent = INTENT_HUMAN;
    bool known = find_intent(script_next_word(&rest), &intent);
    int64_t score = 0;
    enum kb_err err = str_int(script_next_word(&rest), 1, 99, &score);
    const char *fault = rule_fault(script, name, arrow, known, err);

    reader->rule = NULL;
    if (fault == NULL && script->rule_count == SCRIPT_RULES_MOST) {
        fault = "there are too many rules; join some";
    }
    if (fault != NULL) {
        script_fault(reader->faults, "%s", fault);
        return;
    }
    script->rules = mem_resize(
        script->rules, script->rule_count + 1, sizeof *script->rules);
    reader->rule = &script->rules[script->rule_count++];
    *reader->rule = (struct script_rule){
        .intent = intent, .score = (int)score, .line = reader->faults->line};
    (void)snprintf(reader->rule->name, sizeof reader->rule->name, "%s", name);
}

/* --- a rule's own lines --------------------------------------------------------- */

static void on_first(struct reader *reader, char *rest)
{
    take_groups(reader, rest, &reader->rule->first);
}

static void on_need(struct reader *reader, char *rest)
{
    take_groups(reader, rest, &reader->rule->need);
}

static void on_beside(struct reader *reader, char *rest)
{
    take_plain(reader, rest, &reader->rule->beside);
}

static void on_never(struct reader *reader, char *rest)
{
    take_plain(reader, rest, &reader->rule->never);
}

// NOLINTNEXTLINE(readability-non-const-parameter): the type of all its kind
static void on_place_named(struct reader *reader, char *rest)
{
    if (*rest != '\0') {
        script_fault(reader->faults, "nothing may stand behind \"named\"");
        return;
    }
    reader->rule->place = true;
}

static void on_answer(struct reader *reader, char *rest)
{
    if (strncmp(rest, "reply_", 6) != 0 ||
        strlen(rest) >= sizeof reader->rule->answer ||
        !script_has_text(reader->texts, rest)) {
        script_fault(reader->faults,
            "there is no template \"%.40s\"; name one of reply_…", rest);
        return;
    }
    (void)snprintf(
        reader->rule->answer, sizeof reader->rule->answer, "%s", rest);
}

static void on_lang(struct reader *reader, char *rest)
{
    size_t length = strlen(rest);

    if (length < 2 || length >= sizeof reader->rule->lang) {
        script_fault(
            reader->faults, "a language is a folder's name, such as en");
        return;
    }
    memcpy(reader->rule->lang, rest, length + 1);
}

/* staff STATE WORD …: what staff text from their own numbers. */
static void on_staff(struct reader *reader, char *rest)
{
    static const char *const states[SCRIPT_STAFF_STATES] = {
        "up", "degraded", "down", "closed"};
    const char *state = script_next_word(&rest);

    for (size_t i = 0; i < SCRIPT_STAFF_STATES; i++) {
        if (strcmp(state, states[i]) == 0) {
            take_plain(reader, rest, &reader->script->staff[i]);
            return;
        }
    }
    script_fault(reader->faults,
        "\"%.20s\" is no state of an office: up, degraded, down or closed",
        state);
}

static void on_report(struct reader *reader, char *rest)
{
    take_plain(reader, rest, &reader->script->reports);
}

static void on_report_never(struct reader *reader, char *rest)
{
    take_plain(reader, rest, &reader->script->reports_never);
}

static const struct {
    const char *word;
    bool of_rule; /* stands below a rule's first line */
    void (*take)(struct reader *reader, char *rest);
} lines[] = {
    {"word",         false, on_word        },
    {"command",      false, on_command     },
    {"keep",         false, on_keep        },
    {"polite",       false, on_polite      },
    {"place",        false, on_place       },
    {"staff",        false, on_staff       },
    {"report",       false, on_report      },
    {"report_never", false, on_report_never},
    {"rule",         false, on_rule        },
    {"first",        true,  on_first       },
    {"need",         true,  on_need        },
    {"beside",       true,  on_beside      },
    {"never",        true,  on_never       },
    {"named",        true,  on_place_named },
    {"answer",       true,  on_answer      },
    {"lang",         true,  on_lang        },
};

enum {
    LINE_COUNT = sizeof lines / sizeof *lines
};

static void on_line(void *arg, const char *word, char *rest)
{
    struct reader *reader = arg;
    size_t i = 0;

    while (i < LINE_COUNT && strcmp(lines[i].word, word) != 0) {
        i++;
    }
    if (i == LINE_COUNT) {
        script_fault(reader->faults,
            "\"%.40s\" is nothing that can stand here; the file's head lists "
            "what can",
            word);
    } else if (lines[i].of_rule && reader->rule == NULL) {
        script_fault(reader->faults,
            "\"%s\" stands below no rule; begin with: rule NAME -> "
            "INTENT SCORE",
            word);
    } else {
        lines[i].take(reader, rest);
    }
}

/* --- the whole ------------------------------------------------------------------- */

static void check_forms(
    const struct script *script, struct script_faults *faults)
{
    for (size_t i = 1; i < script->form_count; i++) {
        const struct script_form *form = &script->forms[i];

        if (strcmp(form[-1].form, form->form) == 0 &&
            strcmp(form[-1].word, form->word) != 0) {
            script_fault(faults,
                "\"%s\" is written for \"%s\" and for \"%s\"; take one out",
                form->form, form[-1].word, form->word);
        }
    }
}

static void check_rules(
    const struct script *script, struct script_faults *faults)
{
    for (size_t i = 0; i < script->rule_count; i++) {
        const struct script_rule *rule = &script->rules[i];

        faults->line = rule->line;
        if (rule->first == NULL && rule->need == NULL &&
            (!rule->place || rule->beside == NULL)) {
            script_fault(faults,
                "rule \"%s\" would hold for every text; give it a first or a "
                "need",
                rule->name);
        }
    }
    if (script->rule_count == 0) {
        script_fault(faults, "there is no rule; nobody would be understood");
    }
}

static void never_null(char **list)
{
    if (*list == NULL) {
        *list = mem_strdup("");
    }
}

void script_read_rules(const char *dir, const struct texts *texts,
    struct script *script, struct script_faults *faults)
{
    struct reader reader = {.script = script, .faults = faults, .texts = texts};
    char path[4096];

    add_kecamatan(script);
    script_read(dir, FILE_NAME, faults, on_line, &reader);
    never_null(&script->commands);
    never_null(&script->keeps);
    never_null(&script->polite);
    (void)snprintf(path, sizeof path, "%s/%s", dir, FILE_NAME);
    faults->file = path;
    faults->line = 1;
    script_sort_forms(script);
    if (faults->count == 0) {
        check_forms(script, faults);
        check_rules(script, faults);
        script_learn(script);
    }
}
