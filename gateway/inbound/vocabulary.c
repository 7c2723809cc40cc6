// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "inbound/script_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The words of intents.rules: ways to write them, and which mean something. */

/* --- ways to write a word --------------------------------------------------- */

static int by_form(const void *a, const void *b)
{
    return strcmp(((const struct script_form *)a)->form,
        ((const struct script_form *)b)->form);
}

void script_sort_forms(struct script *script)
{
    if (script->form_count > 0) {
        qsort(
            script->forms, script->form_count, sizeof *script->forms, by_form);
    }
}

const char *script_written_out(const struct script *script, const char *word)
{
    struct script_form key = {.form = ""};
    const struct script_form *found = NULL;

    if (strlen(word) >= sizeof key.form || script->form_count == 0) {
        return word;
    }
    memcpy(key.form, word, strlen(word) + 1);
    found = bsearch(&key, script->forms, script->form_count,
        sizeof *script->forms, by_form);
    return found == NULL ? word : found->word;
}

/* --- words that mean something ---------------------------------------------- */

static int by_known(const void *a, const void *b)
{
    return strcmp(((const struct script_word *)a)->text,
        ((const struct script_word *)b)->text);
}

uint32_t script_letters(const char *word)
{
    uint32_t letters = 0;

    for (; *word != '\0'; word++) {
        letters |= *word >= 'a' && *word <= 'z' ? 1U << (*word - 'a') : 0;
    }
    return letters;
}

static void add_known(struct script *script, const char *word, size_t length)
{
    if (length == 0 || length >= SCRIPT_WORD_BYTES) {
        return;
    }
    script->known = mem_resize(
        script->known, script->known_count + 1, sizeof *script->known);
    script->known[script->known_count] = (struct script_word){.length = length};
    memcpy(script->known[script->known_count++].text, word, length);
}

static void add_known_list(struct script *script, const char *list)
{
    for (const char *at = list; at != NULL && *at != '\0';) {
        size_t length = strcspn(at, " |");

        add_known(script, at, length);
        at += length + strspn(at + length, " |");
    }
}

/* Sorted, and each once. */
static void sort_known(struct script *script)
{
    size_t kept = 0;

    if (script->known_count == 0) {
        return;
    }
    qsort(script->known, script->known_count, sizeof *script->known, by_known);
    for (size_t i = 1; i < script->known_count; i++) {
        if (by_known(&script->known[kept], &script->known[i]) != 0) {
            script->known[++kept] = script->known[i];
        }
    }
    script->known_count = kept + 1;
    for (size_t i = 0; i < script->known_count; i++) {
        struct script_word *word = &script->known[i];

        word->letters = script_letters(word->text);
        (void)snprintf(word->meant, sizeof word->meant, "%s",
            script_written_out(script, word->text));
    }
}

void script_learn(struct script *script)
{
    for (size_t i = 0; i < script->rule_count; i++) {
        add_known_list(script, script->rules[i].first);
        add_known_list(script, script->rules[i].need);
        add_known_list(script, script->rules[i].beside);
    }
    add_known_list(script, script->polite);
    add_known_list(script, script->commands);
    add_known_list(script, script->keeps);
    for (size_t i = 0; i < script->form_count; i++) {
        add_known_list(script, script->forms[i].form);
    }
    sort_known(script);
}

const char *script_known(const struct script *script, const char *word)
{
    struct script_word key = {.text = ""};
    const struct script_word *found = NULL;

    if (strlen(word) >= sizeof key.text || script->known_count == 0) {
        return NULL;
    }
    memcpy(key.text, word, strlen(word) + 1);
    found = bsearch(&key, script->known, script->known_count,
        sizeof *script->known, by_known);
    return found == NULL ? NULL : found->meant;
}
