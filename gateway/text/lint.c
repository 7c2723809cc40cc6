// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "text/text_internal.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A rule file is written by hand. */
enum {
    LINT_FILE_BYTES = 16 * 1024,
    LINT_RULES_MOST = 200
};

struct rule {
    bool objects_to_match; /* avoid; else require */
    regex_t regex;
    char *sentence;
};

struct text_lint {
    struct rule rules[LINT_RULES_MOST];
    size_t count;
};

/* Where the parser stands, for its faults. */
struct place {
    const char *file;
    const char *site;
    int line;
    struct text_faults *faults;
};

static const char usage[] =
    "a rule is: avoid|require /pattern/ sentence; any other character may "
    "stand for the two slashes";

static char *next_word(char **rest)
{
    char *word = *rest + strspn(*rest, " \t");
    size_t length = strcspn(word, " \t");

    *rest = word + length;
    if (**rest != '\0') {
        *(*rest)++ = '\0';
    }
    *rest += strspn(*rest, " \t");
    return word;
}

static bool take_kind(
    const char *kind, struct rule *rule, const struct place *place)
{
    rule->objects_to_match = strcmp(kind, "avoid") == 0;
    if (!rule->objects_to_match && strcmp(kind, "require") != 0) {
        text_fault(place->faults, place->file, place->line,
            "\"%.40s\" is no kind of rule; %s", kind, usage);
        return false;
    }
    return true;
}

static void add_literally(struct buf *out, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (strchr(".[]()*+?{}|^$\\", *at) != NULL) {
            buf_add(out, "\\", 1);
        }
        buf_add(out, at, 1);
    }
}

/* {site} becomes the site's name; in a pattern it means itself. */
static char *sign(const char *text, const char *site, bool is_pattern)
{
    static const char hole[] = "{site}";
    struct buf out = {0};

    while (*text != '\0') {
        if (strncmp(text, hole, sizeof hole - 1) != 0) {
            buf_add(&out, text++, 1);
            continue;
        }
        if (is_pattern) {
            add_literally(&out, site);
        } else {
            buf_add(&out, site, strlen(site));
        }
        text += sizeof hole - 1;
    }
    return buf_take(&out);
}

static bool take_pattern(
    const char *pattern, struct rule *rule, const struct place *place)
{
    char message[128] = "";
    char *signed_pattern = sign(pattern, place->site, true);
    int code = regcomp(
        &rule->regex, signed_pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB);

    free(signed_pattern);
    if (code == 0) {
        return true;
    }
    (void)regerror(code, &rule->regex, message, sizeof message);
    text_fault(place->faults, place->file, place->line,
        "the pattern \"%.80s\" is no extended regular expression: %s", pattern,
        message);
    return false;
}

static void take_rule(
    struct text_lint *lint, char *line, const struct place *place)
{
    struct rule *rule = &lint->rules[lint->count];
    const char *kind = next_word(&line);
    char *pattern = *line == '\0' ? line : line + 1;
    char *end = strchr(pattern, *line);

    if (*line == '\0' || end == NULL || end == pattern) {
        text_fault(place->faults, place->file, place->line, "%s", usage);
        return;
    }
    *end++ = '\0';
    end += strspn(end, " \t");
    if (*end == '\0') {
        text_fault(place->faults, place->file, place->line,
            "the sentence is missing; %s", usage);
    } else if (lint->count == LINT_RULES_MOST - 1) {
        text_fault(place->faults, place->file, place->line,
            "there are more than %d rules; join some of them",
            LINT_RULES_MOST - 1);
    } else if (take_kind(kind, rule, place) &&
               take_pattern(pattern, rule, place)) {
        rule->sentence = sign(end, place->site, false);
        lint->count++;
    }
}

struct text_lint *text_lint_load(
    const char *path, const char *site, struct text_faults *faults)
{
    struct place place = {.file = path, .site = site, .faults = faults};
    struct text_lint *lint = NULL;
    char *text = NULL;
    char *rest = NULL;

    if (access(path, F_OK) != 0) {
        return NULL;
    }
    text = text_read_file(path, LINT_FILE_BYTES, faults);
    if (text == NULL) {
        return NULL;
    }
    lint = mem_new(sizeof *lint);
    rest = text;
    while (rest != NULL) {
        char *line = str_trim(strsep(&rest, "\n"));

        place.line++;
        if (*line != '\0' && *line != '#') {
            take_rule(lint, line, &place);
        }
    }
    free(text);
    return lint;
}

void text_lint_free(struct text_lint *lint)
{
    if (lint == NULL) {
        return;
    }
    for (size_t i = 0; i < lint->count; i++) {
        regfree(&lint->rules[i].regex);
        free(lint->rules[i].sentence);
    }
    free(lint);
}

void text_lint_run(
    const struct text_lint *lint, const char *text, struct buf *warnings)
{
    for (size_t i = 0; lint != NULL && i < lint->count; i++) {
        const struct rule *rule = &lint->rules[i];
        bool matches = regexec(&rule->regex, text, 0, NULL, 0) == 0;

        if (matches == rule->objects_to_match) {
            buf_printf(warnings, "%s\n", rule->sentence);
        }
    }
}
