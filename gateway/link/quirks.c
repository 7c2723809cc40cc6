// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "base/str.h"
#include "link/quirk.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MOST 200
#define FILE_BYTES 65536

struct quirks {
    int references;
    size_t count;
    struct quirk quirk[];
};

static bool is_quirk_file(const char *name)
{
    size_t length = strlen(name);

    return name[0] != '.' && length > 6 &&
           strcmp(name + length - 6, ".quirk") == 0;
}

static int wanted(const struct dirent *entry)
{
    return is_quirk_file(entry->d_name) ? 1 : 0;
}

static enum kb_err read_file(
    const char *path, struct quirk *out, struct why *why)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t bytes = 0;
    enum kb_err err = KB_IO;

    if (file == NULL) {
        why_at(why, path, 0);
        why_set(why, "the file cannot be read: %s", strerror(errno));
        return KB_IO;
    }
    text = mem_new(FILE_BYTES + 1);
    bytes = fread(text, 1, FILE_BYTES, file);
    if (ferror(file) == 0 && memchr(text, '\0', bytes) == NULL) {
        err = quirk_read(path, text, out, why);
    } else {
        why_at(why, path, 0);
        why_set(why, "the file is no text");
    }
    (void)fclose(file);
    free(text);
    return err;
}

static enum kb_err read_all(const char *folder, struct dirent **names,
    int count, struct quirks *out, struct why *why)
{
    enum kb_err err = KB_OK;

    for (int i = 0; i < count && err == KB_OK; i++) {
        char *path = mem_printf("%s/%s", folder, names[i]->d_name);

        err = read_file(path, &out->quirk[out->count], why);
        out->count += err == KB_OK ? 1 : 0;
        free(path);
    }
    return err;
}

enum kb_err quirks_load(
    const char *folder, struct quirks **out, struct why *why)
{
    struct dirent **names = NULL;
    int count = scandir(folder, &names, wanted, alphasort);
    struct quirks *set = NULL;
    enum kb_err err = KB_OK;

    if (count < 0 && errno != ENOENT) {
        why_at(why, folder, 0);
        why_set(why, "the folder cannot be read: %s", strerror(errno));
        return KB_IO;
    }
    set = mem_new(
        sizeof *set + (size_t)(count < 0 ? 0 : count) * sizeof *set->quirk);
    set->references = 1;
    err = read_all(
        folder, names, count < FILES_MOST ? count : FILES_MOST, set, why);
    for (int i = 0; i < count; i++) {
        free(names[i]);
    }
    free(names);
    if (err != KB_OK) {
        quirks_unref(set);
        return err;
    }
    *out = set;
    return KB_OK;
}

struct quirks *quirks_ref(struct quirks *quirks)
{
    if (quirks != NULL) {
        quirks->references++;
    }
    return quirks;
}

void quirks_unref(struct quirks *quirks)
{
    if (quirks != NULL && --quirks->references == 0) {
        free(quirks);
    }
}

const struct quirk *quirks_find(const struct quirks *quirks, const char *name)
{
    for (size_t i = 0; quirks != NULL && i < quirks->count; i++) {
        if (strcmp(quirks->quirk[i].name, name) == 0) {
            return &quirks->quirk[i];
        }
    }
    return NULL;
}

static const struct quirk *best_of(
    const struct quirks *quirks, const char *manufacturer, const char *model)
{
    const struct quirk *best = NULL;
    size_t best_fit = 0;

    for (size_t i = 0; quirks != NULL && i < quirks->count; i++) {
        size_t fit = quirk_fit(&quirks->quirk[i], manufacturer, model);

        if (fit > best_fit) {
            best_fit = fit;
            best = &quirks->quirk[i];
        }
    }
    return best;
}

/* --- a modem's --------------------------------------------------------- */

typedef void each_fn(void *arg, const char *name);

static void each_name(const char *named, each_fn *fn, void *arg)
{
    char list[1024];
    char *rest = NULL;

    (void)snprintf(list, sizeof list, "%s", named);
    for (char *name = strtok_r(list, ", ", &rest); name != NULL;
         name = strtok_r(NULL, ", ", &rest)) {
        fn(arg, name);
    }
}

struct laying {
    const struct quirks *quirks;
    struct quirk *out;
    bool any_file;
};

static void lay_file(void *arg, const char *name)
{
    struct laying *laying = arg;
    const struct quirk *file = quirks_find(laying->quirks, name);

    if (file != NULL) {
        quirk_lay_over(laying->out, file);
        laying->any_file = true;
    }
}

static void lay_feature(void *arg, const char *name)
{
    struct laying *laying = arg;

    (void)quirk_add_feature(laying->out, name); /* a file's name is none */
}

void quirks_effective(const struct quirks *quirks, const char *named,
    const char *manufacturer, const char *model, struct quirk *out)
{
    struct laying laying = {quirks, out, false};
    const struct quirk *best = NULL;

    quirk_clear(out);
    each_name(named, lay_file, &laying);
    best = laying.any_file ? NULL : best_of(quirks, manufacturer, model);
    if (best != NULL) {
        quirk_lay_over(out, best);
    }
    each_name(named, lay_feature, &laying);
}

struct doubt {
    const struct quirks *quirks;
    char *out;
    size_t out_bytes;
};

static void doubt_name(void *arg, const char *name)
{
    struct doubt *doubt = arg;

    if (doubt->out[0] == '\0' && !quirk_is_feature(name) &&
        quirks_find(doubt->quirks, name) == NULL) {
        (void)snprintf(doubt->out, doubt->out_bytes, "%s", name);
    }
}

const char *quirks_unknown(
    const struct quirks *quirks, const char *named, char *out, size_t out_bytes)
{
    struct doubt doubt = {quirks, out, out_bytes};

    out[0] = '\0';
    each_name(named, doubt_name, &doubt);
    return out[0] == '\0' ? NULL : out;
}
