// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "text/text_internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NAME_BYTES = 48,     /* of a template's name, with its NUL */
    LANG_BYTES = 8,      /* of a language's, as a resident's row holds it */
    LANGUAGES_MOST = 32, /* folders */
    OWN_MOST = 200,      /* an office's own templates */
    PATH_BYTES = 4096
};

/* A template's name and what may stand in it, in every language. */
struct slot {
    char name[NAME_BYTES];
    unsigned fields;
};

struct language {
    char code[LANG_BYTES];
    struct text_template **templates; /* by slot; NULL: the fallback's */
};

struct texts {
    char *dir;
    char *site;         /* what stands for {site} */
    struct slot *slots; /* the first set, then the office's own */
    size_t slot_count;
    struct language languages[LANGUAGES_MOST]; /* the site's first */
    size_t language_count;
    struct text_lint *lint;
};

/* A path that was built from bounded names. */
struct path {
    char text[PATH_BYTES];
};

static struct path path_of(const char *dir, const char *lang, const char *name)
{
    struct path path = {{0}};

    (void)snprintf(path.text, sizeof path.text, "%s/%s%s%s%s", dir, lang,
        name == NULL ? "" : "/", name == NULL ? "" : name,
        name == NULL ? "" : ".txt");
    return path;
}

static bool is_folder(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static const struct slot *find_slot(
    const struct texts *texts, const char *name, size_t *index)
{
    for (size_t i = 0; i < texts->slot_count; i++) {
        if (strcmp(texts->slots[i].name, name) == 0) {
            *index = i;
            return &texts->slots[i];
        }
    }
    return NULL;
}

static void add_slot(struct texts *texts, const char *name)
{
    struct slot slot = {.fields = 0};

    (void)snprintf(slot.name, sizeof slot.name, "%s", name);
    (void)text_spec_find(name, &slot.fields);
    texts->slots =
        mem_resize(texts->slots, texts->slot_count + 1, sizeof *texts->slots);
    texts->slots[texts->slot_count++] = slot;
}

static const struct language *find_language(
    const struct texts *texts, const char *code)
{
    for (size_t i = 0; code != NULL && i < texts->language_count; i++) {
        if (strcmp(texts->languages[i].code, code) == 0) {
            return &texts->languages[i];
        }
    }
    return NULL;
}

/* --- one language's folder ------------------------------------------- */

/* What ends in .txt is a template; editors leave other files beside it. */
static int is_template_file(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return entry->d_name[0] != '.' && length > 4 &&
                   strcmp(entry->d_name + length - 4, ".txt") == 0
               ? 1
               : 0;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.' ? 1 : 0;
}

static void free_entries(struct dirent **entries, int count)
{
    for (int i = 0; i < count; i++) {
        free(entries[i]);
    }
    free(entries);
}

static bool plain_name(const char *name, const char *allowed, size_t bytes)
{
    size_t length = strlen(name);

    return length > 1 && length < bytes && strspn(name, allowed) == length;
}

static bool is_own_name(const char *name)
{
    unsigned fields = 0;

    return plain_name(
               name, "abcdefghijklmnopqrstuvwxyz0123456789_", NAME_BYTES) &&
           text_spec_find(name, &fields);
}

static void fault_unknown_name(
    const char *path, const char *name, struct text_faults *faults)
{
    const char *near = text_name_nearest(name);

    if (near != NULL) {
        text_fault(faults, path, 1,
            "there is no template of that name; did you mean %s.txt?", near);
    } else {
        text_fault(faults, path, 1,
            "there is no template of that name; templates of your own for "
            "campaigns are called campaign_<name>.txt (a-z, 0-9, _), answers "
            "for staff to pick canned_<name>.txt");
    }
}

/* Checks a file's name. The site's language decides which templates of the
   office's own there are: others would have no fallback. */
static void take_file_name(struct texts *texts, const char *lang,
    const char *file, struct text_faults *faults)
{
    char *name = mem_strndup(file, strlen(file) - strlen(".txt"));
    struct path path = path_of(texts->dir, lang, name);
    size_t index = 0;

    if (find_slot(texts, name, &index) == NULL) {
        if (!is_own_name(name)) {
            fault_unknown_name(path.text, name, faults);
        } else if (texts->language_count > 1) {
            text_fault(faults, path.text, 1,
                "%s/%s has no %s, which is sent where a language lacks it; "
                "write it there first",
                texts->dir, texts->languages[0].code, file);
        } else if (texts->slot_count >= OWN_MOST) {
            text_fault(faults, path.text, 1,
                "there are more than %d templates; delete old ones", OWN_MOST);
        } else {
            add_slot(texts, name);
        }
    }
    free(name);
}

static bool take_file_names(
    struct texts *texts, const char *lang, struct text_faults *faults)
{
    struct path folder = path_of(texts->dir, lang, NULL);
    struct dirent **entries = NULL;
    int count = scandir(folder.text, &entries, is_template_file, alphasort);

    if (count < 0) {
        text_fault(faults, folder.text, 1,
            "the folder of templates cannot be read (%s); check the path and "
            "its permissions",
            strerror(errno));
        return false;
    }
    for (int i = 0; i < count; i++) {
        take_file_name(texts, lang, entries[i]->d_name, faults);
    }
    free_entries(entries, count);
    return true;
}

static void load_language(
    struct texts *texts, const char *code, struct text_faults *faults)
{
    struct language *language = &texts->languages[texts->language_count++];
    bool fallback = texts->language_count == 1;

    (void)snprintf(language->code, sizeof language->code, "%s", code);
    if (!take_file_names(texts, code, faults)) {
        return;
    }
    language->templates =
        mem_array(texts->slot_count, sizeof(struct text_template *));
    for (size_t i = 0; i < texts->slot_count; i++) {
        const struct slot *slot = &texts->slots[i];
        struct path path = path_of(texts->dir, code, slot->name);
        struct stat info;

        if (stat(path.text, &info) == 0) {
            language->templates[i] = text_template_load(
                &(struct text_template_file){.path = path.text,
                    .name = slot->name,
                    .fields = slot->fields,
                    .site = texts->site},
                faults);
        } else if (fallback) {
            text_fault(faults, path.text, 1,
                "the template is missing; the site's language needs every one "
                "of the first set");
        }
    }
}

/* --- the whole folder ------------------------------------------------ */

static void take_folder(
    struct texts *texts, const char *name, struct text_faults *faults)
{
    struct path path = path_of(texts->dir, name, NULL);

    if (!is_folder(path.text) || find_language(texts, name) != NULL) {
        return;
    }
    if (!plain_name(name, "abcdefghijklmnopqrstuvwxyz-", LANG_BYTES)) {
        text_fault(faults, path.text, 1,
            "a language's folder has 2 to %d letters, such as id or en; "
            "rename it",
            LANG_BYTES - 1);
    } else if (texts->language_count == LANGUAGES_MOST) {
        text_fault(faults, path.text, 1,
            "there are more than %d languages; delete some", LANGUAGES_MOST);
    } else {
        load_language(texts, name, faults);
    }
}

static void load_folders(struct texts *texts, struct text_faults *faults)
{
    struct dirent **entries = NULL;
    int count = scandir(texts->dir, &entries, is_visible, alphasort);

    for (int i = 0; i < count; i++) {
        take_folder(texts, entries[i]->d_name, faults);
    }
    if (count >= 0) {
        free_entries(entries, count);
    }
}

static void judge_language(
    const struct texts *texts, const struct language *language)
{
    for (size_t i = 0; language->templates != NULL && i < texts->slot_count;
         i++) {
        if (language->templates[i] != NULL) {
            text_template_judge(language->templates[i], texts->lint);
        }
    }
}

static void judge_all(const struct texts *texts)
{
    for (size_t i = 0; i < texts->language_count; i++) {
        judge_language(texts, &texts->languages[i]);
    }
}

static bool usable_arguments(
    const char *dir, const char *lang, struct text_faults *faults)
{
    /* Room for the language, the name and the slashes. */
    if (strlen(dir) > PATH_BYTES - 256 - NAME_BYTES) {
        text_fault(faults, dir, 1, "the path is too long; move the templates");
        return false;
    }
    if (!plain_name(lang, "abcdefghijklmnopqrstuvwxyz-", LANG_BYTES)) {
        text_fault(faults, dir, 1,
            "\"%.40s\" is no language; site.language is 2 to %d letters, such "
            "as id",
            lang, LANG_BYTES - 1);
        return false;
    }
    return true;
}

static void load_all(struct texts *texts, const struct texts_source *from,
    struct text_faults *faults)
{
    const char *dir = from->dir;
    const char *lang = from->lang;

    if (!usable_arguments(dir, lang, faults)) {
        return;
    }
    texts->dir = mem_strdup(dir);
    texts->site = mem_strdup(from->site);
    for (size_t i = 0; text_first_set(i) != NULL; i++) {
        add_slot(texts, text_first_set(i));
    }
    load_language(texts, lang, faults);
    if (texts->languages[0].templates != NULL) {
        struct path rules = {{0}};

        (void)snprintf(rules.text, sizeof rules.text, "%s/lint.rules", dir);
        load_folders(texts, faults);
        texts->lint = text_lint_load(rules.text, texts->site, faults);
        judge_all(texts);
    }
}

static void on_first_fault(void *arg, const struct why *fault)
{
    struct why *why = arg;

    if (why != NULL && why->text[0] == '\0') {
        *why = *fault;
    }
}

/* Whom the first set was written for. */
static const char first_site[] = "DUKCAPIL MABAR";

enum kb_err texts_load(
    const char *dir, const char *lang, struct texts **out, struct why *why)
{
    return texts_load_signed(
        &(struct texts_source){dir, lang, first_site}, out, why);
}

enum kb_err texts_load_signed(
    const struct texts_source *from, struct texts **out, struct why *why)
{
    struct why first = {0};
    struct text_faults faults = {.fn = on_first_fault, .arg = &first};
    struct texts *texts = mem_new(sizeof *texts);

    load_all(texts, from, &faults);
    if (faults.count > 0) {
        enum kb_err err =
            texts->language_count > 0 && texts->languages[0].templates == NULL
                ? KB_IO
                : KB_INVALID;

        texts_free(texts);
        if (why != NULL) {
            *why = first;
        }
        return err;
    }
    if (texts->lint == NULL) {
        log_info("text: no filter lint, %s has no lint.rules",
            log_quote(from->dir).text);
    }
    *out = texts;
    return KB_OK;
}

int texts_check_signed(const struct texts_source *from,
    void (*fn)(void *arg, const struct why *why), void *arg)
{
    struct text_faults faults = {.fn = fn, .arg = arg};
    struct texts *texts = mem_new(sizeof *texts);

    load_all(texts, from, &faults);
    texts_free(texts);
    return faults.count;
}

int texts_check(const char *dir, const char *lang,
    void (*fn)(void *arg, const struct why *why), void *arg)
{
    return texts_check_signed(
        &(struct texts_source){dir, lang, first_site}, fn, arg);
}

static void free_language(struct language *language, size_t slot_count)
{
    for (size_t i = 0; language->templates != NULL && i < slot_count; i++) {
        text_template_free(language->templates[i]);
    }
    free(language->templates);
}

void texts_free(struct texts *texts)
{
    if (texts == NULL) {
        return;
    }
    for (size_t i = 0; i < texts->language_count; i++) {
        free_language(&texts->languages[i], texts->slot_count);
    }
    text_lint_free(texts->lint);
    free(texts->slots);
    free(texts->site);
    free(texts->dir);
    free(texts);
}

/* --- use --------------------------------------------------------------- */

bool texts_has(const struct texts *texts, const char *name)
{
    size_t index = 0;

    return find_slot(texts, name, &index) != NULL;
}

bool texts_has_language(const struct texts *texts, const char *lang)
{
    return find_language(texts, lang) != NULL;
}

/* The template of a language or its fallback; NULL for no such name. */
static const struct text_template *find_template(
    const struct texts *texts, const char *lang, const char *name)
{
    const struct language *language = find_language(texts, lang);
    const struct text_template *template = NULL;
    size_t index = 0;

    if (find_slot(texts, name, &index) == NULL) {
        return NULL;
    }
    if (language != NULL) {
        template = language->templates[index];
    }
    return template == NULL ? texts->languages[0].templates[index] : template;
}

enum kb_err texts_render(const struct texts *texts, const char *lang,
    const char *name, const struct text_values *values, struct buf *out)
{
    const struct text_template *template = find_template(texts, lang, name);
    char undated[NAME_BYTES + 16] = "";

    if (template == NULL) {
        return KB_NOT_FOUND;
    }
    if (text_template_lacks(template, values) == 1U << TEXT_DEADLINE) {
        const struct text_template *other = NULL;

        (void)snprintf(undated, sizeof undated, "%s_undated", name);
        other = find_template(texts, lang, undated);
        template = other == NULL ? template : other;
    }
    return text_template_render(template, values, out);
}

static struct text_finding finding_of(
    const struct texts *texts, const struct language *language, size_t slot)
{
    const struct text_template *template = language->templates[slot];
    struct text_finding finding = {.lang = language->code,
        .name = texts->slots[slot].name,
        .missing = template == NULL,
        .fallback = template == NULL ? texts->languages[0].code : ""};

    text_template_describe(
        template == NULL ? texts->languages[0].templates[slot] : template,
        &finding);
    return finding;
}

void texts_each(const struct texts *texts,
    void (*fn)(void *arg, const struct text_finding *finding), void *arg)
{
    for (size_t i = 0; i < texts->language_count; i++) {
        for (size_t j = 0; j < texts->slot_count; j++) {
            struct text_finding finding =
                finding_of(texts, &texts->languages[i], j);

            fn(arg, &finding);
        }
    }
}

/* --- editing --------------------------------------------------------------- */

struct text_trial {
    struct text_template *template;
};

enum kb_err texts_try(const struct texts *texts, const struct text_draft *draft,
    struct text_trial **out, struct why *why)
{
    struct why first = {0};
    struct text_faults faults = {.fn = on_first_fault, .arg = &first};
    struct path path = path_of(texts->dir, draft->lang, draft->name);
    size_t index = 0;
    const struct slot *slot = find_slot(texts, draft->name, &index);
    struct text_template *template = NULL;

    if (slot == NULL || find_language(texts, draft->lang) == NULL) {
        return KB_NOT_FOUND;
    }
    if (!str_utf8_valid(draft->text, strlen(draft->text))) {
        why_set(why, "the text is not UTF-8");
        return KB_INVALID;
    }
    template =
        text_template_parse(&(struct text_template_file){.path = path.text,
                                .name = draft->name,
                                .fields = slot->fields,
                                .site = texts->site},
            mem_strdup(draft->text), &faults);
    if (template == NULL) {
        why_set(why, "%s", first.text);
        return KB_INVALID;
    }
    text_template_judge(template, texts->lint);
    *out = mem_new(sizeof **out);
    (*out)->template = template;
    return KB_OK;
}

void texts_trial_describe(
    const struct text_trial *trial, struct text_finding *finding)
{
    *finding = (struct text_finding){.lang = "", .name = ""};
    text_template_describe(trial->template, finding);
}

enum kb_err texts_trial_render(const struct text_trial *trial,
    const struct text_values *values, struct buf *out)
{
    return text_template_render(trial->template, values, out);
}

void texts_trial_free(struct text_trial *trial)
{
    if (trial != NULL) {
        text_template_free(trial->template);
        free(trial);
    }
}

enum kb_err texts_save(const struct texts *texts, const char *lang,
    const char *name, const char *text, struct why *why)
{
    struct path folder = path_of(texts->dir, lang, NULL);
    struct path path = path_of(texts->dir, lang, name);

    if (text_write_file(folder.text, path.text, text) != KB_OK) {
        why_set(why,
            "%s cannot be written (%s); let the option templates name a folder "
            "that the service may write",
            path.text, strerror(errno));
        return KB_IO;
    }
    return KB_OK;
}

enum kb_err texts_remove(
    const struct texts *texts, const char *lang, const char *name)
{
    struct path path = path_of(texts->dir, lang, name);

    return unlink(path.text) == 0 || errno == ENOENT ? KB_OK : KB_IO;
}
