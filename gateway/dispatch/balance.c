// SPDX-License-Identifier: GPL-2.0-or-later
#include "dispatch/balance.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULES_MOST  100
#define LINE_BYTES  1024
#define GROUPS_MOST 10
#define RUPIAH_MOST ((int64_t)1000000000)

enum kind {
    KIND_BALANCE, /* the last group is the amount */
    KIND_EXPIRY   /* the last three groups are day, month and year */
};

struct rule {
    enum kind kind;
    char operator_name[32]; /* "*": any */
    regex_t regex;
};

struct balance_rules {
    struct rule rules[RULES_MOST];
    size_t count;
};

/* --- the file ------------------------------------------------------------------- */

static const char usage[] =
    "write: balance OPERATOR /pattern/ or expiry OPERATOR /pattern/, with one "
    "or three groups; * is any operator, and another character may stand for "
    "the two slashes";

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

static enum kb_err compile(
    struct rule *rule, const char *pattern, struct why *why)
{
    char message[128] = "";
    size_t least = rule->kind == KIND_BALANCE ? 1 : 3;
    int code =
        regcomp(&rule->regex, pattern, REG_EXTENDED | REG_ICASE | REG_NEWLINE);

    if (code != 0) {
        (void)regerror(code, &rule->regex, message, sizeof message);
        why_set(
            why, "the pattern is no extended regular expression: %s", message);
        return KB_INVALID;
    }
    if (rule->regex.re_nsub < least || rule->regex.re_nsub >= GROUPS_MOST) {
        regfree(&rule->regex);
        why_set(why, "%s", usage);
        return KB_INVALID;
    }
    return KB_OK;
}

static enum kb_err take_line(
    struct balance_rules *rules, char *line, struct why *why)
{
    struct rule *rule = &rules->rules[rules->count];
    const char *kind = next_word(&line);
    const char *name = next_word(&line);
    char *end = *line == '\0' ? NULL : strrchr(line + 1, *line);

    if ((strcmp(kind, "balance") != 0 && strcmp(kind, "expiry") != 0) ||
        end == NULL || rules->count == RULES_MOST - 1 ||
        str_copy(rule->operator_name, sizeof rule->operator_name, name) !=
            KB_OK) {
        why_set(why, "%s", usage);
        return KB_INVALID;
    }
    *end = '\0';
    rule->kind = kind[0] == 'b' ? KIND_BALANCE : KIND_EXPIRY;
    if (compile(rule, line + 1, why) != KB_OK) {
        return KB_INVALID;
    }
    rules->count++;
    return KB_OK;
}

static enum kb_err read_lines(
    struct balance_rules *rules, FILE *file, const char *path, struct why *why)
{
    char line[LINE_BYTES];
    int number = 0;
    enum kb_err err = KB_OK;

    while (err == KB_OK && fgets(line, sizeof line, file) != NULL) {
        char *text = str_trim(line);

        number++;
        if (*text != '\0' && *text != '#') {
            err = take_line(rules, text, why);
        }
    }
    if (err != KB_OK) {
        why_at(why, path, number);
    }
    return err;
}

enum kb_err balance_rules_load(
    const char *path, struct balance_rules **out, struct why *why)
{
    FILE *file = fopen(path, "re");
    struct balance_rules *rules = NULL;
    enum kb_err err = KB_OK;

    if (file == NULL) {
        why_at(why, path, 0);
        why_set(why, "the file cannot be read: %s", strerror(errno));
        return KB_NOT_FOUND;
    }
    rules = mem_new(sizeof *rules);
    err = read_lines(rules, file, path, why);
    (void)fclose(file);
    if (err != KB_OK) {
        balance_rules_free(rules);
        return err;
    }
    *out = rules;
    return KB_OK;
}

void balance_rules_free(struct balance_rules *rules)
{
    if (rules == NULL) {
        return;
    }
    for (size_t i = 0; i < rules->count; i++) {
        regfree(&rules->rules[i].regex);
    }
    free(rules);
}

/* --- reading an answer ------------------------------------------------------------ */

/* A group's text; cut where it is longer than any figure. */
struct piece {
    char text[32];
};

static struct piece piece_of(const char *text, const regmatch_t *match)
{
    struct piece piece = {""};
    size_t bytes = match->rm_so < 0 ? 0 : (size_t)(match->rm_eo - match->rm_so);

    if (bytes < sizeof piece.text) {
        memcpy(piece.text, text + (match->rm_so < 0 ? 0 : match->rm_so), bytes);
    }
    return piece;
}

/* "24025", "24.025", "24,025.00", "24025." : a sign before exactly three digits
   parts thousands, any other one ends the amount. */
static bool read_amount(const char *text, int64_t *out)
{
    int64_t value = 0;
    int digits = 0;

    for (const char *at = text; *at != '\0'; at++) {
        if (isdigit((unsigned char)*at) != 0) {
            value = value * 10 + (*at - '0');
            digits++;
        } else if (strspn(at + 1, "0123456789") != 3) {
            break;
        }
        if (value > RUPIAH_MOST) {
            return false;
        }
    }
    *out = value;
    return digits > 0;
}

static int month_of(const char *text)
{
    static const char *const names[] = {"jan", "feb", "mar", "apr", "may",
        "jun", "jul", "aug", "sep", "oct", "nov", "dec", "januari", "februari",
        "maret", "april", "mei", "juni", "juli", "agu", "september", "okt",
        "november", "des"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_same(text, names[i])) {
            return (int)(i % 12) + 1;
        }
    }
    return atoi(text); // NOLINT(cert-err34-c): a date that is none is refused
}

static void read_date(
    const char *text, const regmatch_t *groups, struct balance *out)
{
    int day = atoi(piece_of(text, &groups[0]).text); // NOLINT(cert-err34-c)
    int month = month_of(piece_of(text, &groups[1]).text);
    int year = atoi(piece_of(text, &groups[2]).text); // NOLINT(cert-err34-c)

    year += year < 100 ? 2000 : 0;
    if (civil_date_exists(year, month, day)) {
        out->expiry_day = civil_day(year, month, day);
    }
}

static void apply(
    const struct rule *rule, const char *text, struct balance *out)
{
    regmatch_t match[GROUPS_MOST];
    size_t last = rule->regex.re_nsub;

    if (regexec(&rule->regex, text, GROUPS_MOST, match, 0) != 0) {
        return;
    }
    if (rule->kind == KIND_EXPIRY && out->expiry_day == INT32_MIN) {
        read_date(text, &match[last - 2], out);
    } else if (rule->kind == KIND_BALANCE && !out->known) {
        out->known =
            read_amount(piece_of(text, &match[last]).text, &out->rupiah);
    }
}

void balance_read(const struct balance_rules *rules, const char *operator_name,
    const char *text, struct balance *out)
{
    *out = (struct balance){.expiry_day = INT32_MIN};
    for (size_t i = 0; rules != NULL && i < rules->count; i++) {
        const struct rule *rule = &rules->rules[i];

        if (strcmp(rule->operator_name, "*") == 0 ||
            str_same(rule->operator_name, operator_name)) {
            apply(rule, text, out);
        }
    }
}
