// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "base/str.h"
#include "registry/region.h"
#include "registry/registry_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CODE_DIGITS 6

/* Adds one unless its code is there already. */
static void add(
    struct kecamatan **list, size_t *count, const struct kecamatan *add)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp((*list)[i].code, add->code) == 0) {
            return;
        }
    }
    *list = mem_resize(*list, *count + 1, sizeof **list);
    (*list)[(*count)++] = *add;
}

static int by_code(const void *a, const void *b)
{
    return strcmp(((const struct kecamatan *)a)->code,
        ((const struct kecamatan *)b)->code);
}

enum kb_err registry_kecamatan_list(
    struct registry *registry, struct kecamatan **out, size_t *count)
{
    sqlite3_stmt *statement = registry->office[KECAMATAN_LIST];
    enum kb_err err = KB_OK;

    *out = NULL;
    *count = 0;
    while ((err = store_step(registry->store, statement)) == KB_OK) {
        struct kecamatan one = {0};

        registry_copy_column(statement, 0, one.code, sizeof one.code);
        registry_copy_column(statement, 1, one.name, sizeof one.name);
        registry_copy_column(statement, 2, one.office, sizeof one.office);
        add(out, count, &one);
    }
    if (err != KB_NOT_FOUND) {
        free(*out);
        *out = NULL;
        *count = 0;
        return err;
    }
    for (size_t i = 0; i < region_kecamatan_count; i++) {
        struct kecamatan one = {0};

        registry_copy(one.code, sizeof one.code, region_kecamatan[i].code);
        registry_copy(one.name, sizeof one.name, region_kecamatan[i].name);
        add(out, count, &one);
    }
    if (*count > 0) {
        qsort(*out, *count, sizeof **out, by_code);
    }
    return KB_OK;
}

enum kb_err registry_kecamatan_name(
    struct registry *registry, const char *code, char *out, size_t out_bytes)
{
    struct kecamatan *list = NULL;
    size_t count = 0;
    enum kb_err err = registry_kecamatan_list(registry, &list, &count);
    enum kb_err found = KB_NOT_FOUND;

    for (size_t i = 0; i < count && found == KB_NOT_FOUND; i++) {
        if (strcmp(list[i].code, code) == 0) {
            found = str_copy(out, out_bytes, list[i].name);
        }
    }
    free(list);
    return err == KB_OK ? found : err;
}

enum kb_err registry_place_list(
    struct registry *registry, struct registry_place **out, size_t *count)
{
    sqlite3_stmt *statement = registry->office[PLACE_LIST];
    enum kb_err err = KB_OK;

    *out = NULL;
    *count = 0;
    while ((err = store_step(registry->store, statement)) == KB_OK) {
        struct registry_place *one = NULL;

        *out = mem_resize(*out, *count + 1, sizeof **out);
        one = &(*out)[(*count)++];
        registry_copy_column(
            statement, 0, one->kecamatan, sizeof one->kecamatan);
        registry_copy_column(statement, 1, one->desa, sizeof one->desa);
        one->residents = sqlite3_column_int64(statement, 2);
    }
    if (err != KB_NOT_FOUND) {
        free(*out);
        *out = NULL;
        *count = 0;
        return err;
    }
    return KB_OK;
}

bool registry_kecamatan_code(const char *text, char *out)
{
    char digits[CODE_DIGITS + 1] = "";
    size_t used = 0;

    for (; *text != '\0'; text++) {
        if (*text == '.' || *text == ' ') {
            continue;
        }
        if (*text < '0' || *text > '9' || used == CODE_DIGITS) {
            return false;
        }
        digits[used++] = *text;
    }
    if (used != CODE_DIGITS) {
        return false;
    }
    memcpy(out,
        (char[]){digits[0], digits[1], '.', digits[2], digits[3], '.',
            digits[4], digits[5], '\0'},
        KECAMATAN_CODE_BYTES);
    return true;
}

/* "Kec. Sano Nggoang" and "SANO-NGGOANG" as "sanonggoang". */
static void name_key(const char *text, char *out, size_t out_bytes)
{
    size_t used = 0;

    text += strspn(text, " ");
    if (strncasecmp(text, "kecamatan ", 10) == 0) {
        text += 10;
    } else if (strncasecmp(text, "kec. ", 5) == 0 ||
               strncasecmp(text, "kec ", 4) == 0 ||
               strncasecmp(text, "kec.", 4) == 0) {
        text += 4;
    }
    for (; *text != '\0' && used + 1 < out_bytes; text++) {
        if (strchr(" -.'", *text) == NULL) {
            out[used++] = (char)tolower((unsigned char)*text);
        }
    }
    out[used] = '\0';
}

static const struct kecamatan *find_code(
    const struct kecamatan *list, size_t count, const char *code)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].code, code) == 0) {
            return &list[i];
        }
    }
    return NULL;
}

const struct kecamatan *registry_kecamatan_find(
    const struct kecamatan *list, size_t count, const char *text)
{
    char code[KECAMATAN_CODE_BYTES] = "";
    char wanted[64];
    char name[64];

    if (registry_kecamatan_code(text, code)) {
        return find_code(list, count, code);
    }
    name_key(text, wanted, sizeof wanted);
    for (size_t i = 0; i < count; i++) {
        name_key(list[i].name, name, sizeof name);
        if (wanted[0] != '\0' && strcmp(name, wanted) == 0) {
            return &list[i];
        }
    }
    return NULL;
}

enum kb_err registry_kecamatan_named(
    struct registry *registry, const char *text, char code[static 16])
{
    struct kecamatan *list = NULL;
    const struct kecamatan *found = NULL;
    size_t count = 0;
    enum kb_err err = registry_kecamatan_list(registry, &list, &count);

    if (err != KB_OK) {
        return err;
    }
    found = registry_kecamatan_find(list, count, text);
    if (found != NULL) {
        registry_copy(code, 16, found->code);
    }
    free(list);
    return found == NULL ? KB_NOT_FOUND : KB_OK;
}
