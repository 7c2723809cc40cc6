// SPDX-License-Identifier: GPL-2.0-or-later
#include "inbound/script.h"

#include "base/mem.h"
#include "base/str.h"
#include "inbound/script_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Written by hand. */
#define FILE_BYTES_MOST ((size_t)256 * 1024)
#define PATH_BYTES      4096

void script_fault(struct script_faults *faults, const char *fmt, ...)
{
    struct why why = {0};
    char text[sizeof why.text];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    why_at(&why, faults->file, faults->line);
    why_set(&why, "%s", text);
    faults->count++;
    if (faults->fn != NULL) {
        faults->fn(faults->arg, &why);
    }
}

bool script_has_text(const struct texts *texts, const char *name)
{
    return texts == NULL || texts_has(texts, name);
}

/* --- reading a file --------------------------------------------------------- */

static char *read_whole(const char *path, struct script_faults *faults)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t bytes = 0;

    if (file == NULL) {
        script_fault(faults,
            "the file cannot be read (%s); it comes with the templates, put "
            "it back",
            strerror(errno));
        faults->unreadable = true;
        return NULL;
    }
    text = mem_new(FILE_BYTES_MOST + 1);
    bytes = fread(text, 1, FILE_BYTES_MOST + 1, file);
    (void)fclose(file);
    if (bytes > FILE_BYTES_MOST) {
        script_fault(faults, "the file has more than %zu bytes; shorten it",
            FILE_BYTES_MOST);
    } else if (!str_utf8_valid(text, bytes)) {
        script_fault(faults, "the file is no UTF-8 text; save it as UTF-8");
    } else {
        text[bytes] = '\0';
        return text;
    }
    free(text);
    return NULL;
}

char *script_next_word(char **rest)
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

void script_read(const char *dir, const char *name,
    struct script_faults *faults, script_line_fn *fn, void *arg)
{
    char path[PATH_BYTES];
    char *text = NULL;
    char *rest = NULL;

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    faults->file = path;
    faults->line = 1;
    text = read_whole(path, faults);
    rest = text;
    for (int line_number = 1; rest != NULL; line_number++) {
        char *line = str_trim(strsep(&rest, "\n"));

        faults->line = line_number;
        if (*line != '\0' && *line != '#') {
            const char *word = script_next_word(&line);

            fn(arg, word, line);
        }
    }
    free(text);
}

/* --- both files --------------------------------------------------------------- */

static void load_all(const char *dir, const struct texts *texts,
    struct script *script, struct script_faults *faults)
{
    script_read_rules(dir, texts, script, faults);
    script_read_menu(dir, texts, script, faults);
}

static void on_first_fault(void *arg, const struct why *fault)
{
    struct why *why = arg;

    if (why->text[0] == '\0') {
        *why = *fault;
    }
}

enum kb_err script_load(const char *dir, const struct texts *texts,
    struct script **out, struct why *why)
{
    struct why first = {0};
    struct script_faults faults = {.fn = on_first_fault, .arg = &first};
    struct script *script = mem_new(sizeof *script);

    load_all(dir, texts, script, &faults);
    if (faults.count == 0) {
        *out = script;
        return KB_OK;
    }
    script_free(script);
    if (why != NULL) {
        *why = first;
    }
    return faults.unreadable ? KB_IO : KB_INVALID;
}

int script_check(const char *dir, const struct texts *texts,
    void (*fn)(void *arg, const struct why *why), void *arg)
{
    struct script_faults faults = {.fn = fn, .arg = arg};
    struct script *script = mem_new(sizeof *script);

    load_all(dir, texts, script, &faults);
    script_free(script);
    return faults.count;
}

void script_free(struct script *script)
{
    if (script == NULL) {
        return;
    }
    for (size_t i = 0; i < script->rule_count; i++) {
        free(script->rules[i].first);
        free(script->rules[i].need);
        free(script->rules[i].beside);
        free(script->rules[i].never);
    }
    free(script->rules);
    free(script->forms);
    free(script->places);
    free(script->commands);
    free(script->keeps);
    for (size_t i = 0; i < SCRIPT_STAFF_STATES; i++) {
        free(script->staff[i]);
    }
    free(script->reports);
    free(script->reports_never);
    free(script->polite);
    free(script->known);
    free(script->screens);
    free(script);
}
