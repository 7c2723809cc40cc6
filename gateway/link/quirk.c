// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/quirk.h"

#include "base/str.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FEATURE_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
#define CODES_MOST    65535

static const char *const class_names[QUIRK_CLASSES] = {"", "destination", "sim",
    "barred", "no_network", "congested", "network", "once_more", "unknown",
    "memory", "smsc", "sent"};

const char *quirk_class_name(enum quirk_class class)
{
    return (int)class >= 0 && class < QUIRK_CLASSES ? class_names[class] : "";
}

void quirk_clear(struct quirk *quirk)
{
    *quirk = (struct quirk){.reset_wait_s = QUIRK_NOT_SAID,
        .poll_s = QUIRK_NOT_SAID,
        .pause_ms = QUIRK_NOT_SAID};
}

/* --- the table of keys ---------------------------------------------------- */

/* A text that is replaced, one that grows by a separator, a whole number; the
   rest have a function. */
enum key_kind {
    KEY_TEXT,
    KEY_LIST,
    KEY_NUMBER,
    KEY_MODEL,
    KEY_ERROR
};

struct key {
    const char *name;
    enum key_kind kind;
    size_t offset;
    size_t room;    /* of a text */
    char separator; /* of a list */
    int most;       /* of a number */
    bool (*holds)(const char *value);
    const char *mend;
};

static bool any(const char *value)
{
    return *value != '\0';
}

bool quirk_is_feature(const char *value)
{
    return *value != '\0' && value[strspn(value, FEATURE_CHARS)] == '\0';
}

static bool is_command(const char *value)
{
    return (str_starts(value, "AT") || str_starts(value, "at")) &&
           strlen(value) < 48;
}

/* Shorter ones would take answers, too. */
static bool is_prefix(const char *value)
{
    size_t length = strlen(value);

    return length >= 3 && length <= 31 && strchr(value, ' ') == NULL;
}

static bool is_cnmi(const char *value)
{
    return strcmp(value, "none") == 0 ||
           (strlen(value) == 9 &&
               strspn(value, "0123456789,") == strlen(value) &&
               value[1] == ',' && value[3] == ',' && value[5] == ',' &&
               value[7] == ',');
}

#define IN(member)                                                             \
    offsetof(struct quirk, member), sizeof((struct quirk *)0)->member

/* Aligned columns would not fit a page. */
/* clang-format off */
static const struct key keys[] = {
    {"words", KEY_TEXT, IN(words), 0, 0, any, "write what it is in words"},
    {"manufacturer", KEY_TEXT, IN(manufacturer), 0, 0, any,
        "write what AT+CGMI answers, * for the rest"},
    {"model", KEY_MODEL, 0, 0, 0, 0, any,
        "write what AT+CGMM answers, * for the rest"},
    {"feature", KEY_LIST, IN(features), ',', 0, quirk_is_feature,
        "write a feature of libGammu, such as SMS_ME"},
    {"init", KEY_LIST, IN(init), '\n', 0, is_command,
        "write an AT command, such as AT^CURC=0"},
    {"cnmi", KEY_TEXT, IN(cnmi), 0, 0, is_cnmi,
        "write five numbers such as 2,1,0,2,0, or none"},
    {"chatter", KEY_LIST, IN(chatter), ' ', 0, any,
        "write how such lines begin, such as ^RSSI"},
    {"drop", KEY_LIST, IN(drop), ' ', 0, is_prefix,
        "write how such lines begin, 3 to 31 signs without a blank, such as "
        "^RSSI:"},
    {"connection", KEY_TEXT, IN(connection), 0, 0, any,
        "write a connection of libGammu, such as at115200"},
    {"reset", KEY_TEXT, IN(reset), 0, 0, is_command,
        "write an AT command, such as AT+CFUN=1,1"},
    {"reset_wait_s", KEY_NUMBER, IN(reset_wait_s), 0, 120, any, ""},
    {"poll_s", KEY_NUMBER, IN(poll_s), 0, 3600, any, ""},
    {"pause_ms", KEY_NUMBER, IN(pause_ms), 0, 1000, any, ""},
    {"error", KEY_ERROR, 0, 0, 0, 0, any, ""},
};
/* clang-format on */

#define KEYS (sizeof keys / sizeof *keys)

static char *text_at(struct quirk *quirk, const struct key *key)
{
    return (char *)quirk + key->offset;
}

static bool add_text(char *list, size_t room, char separator, const char *item)
{
    size_t used = strlen(list);
    size_t bytes = strlen(item);
    size_t between = used > 0 && bytes > 0 ? 1 : 0;

    if (used + between + bytes + 1 > room) {
        return false;
    }
    if (between > 0) {
        list[used++] = separator;
    }
    memcpy(list + used, item, bytes + 1);
    return true;
}

/* --- reading a file ------------------------------------------------------- */

struct reading {
    const char *file;
    int line;
    struct quirk *out;
    struct why *why;
};

static enum kb_err refuse(
    struct reading *reading, const char *field, const char *mend)
{
    why_set(reading->why, "%s: %s", field, mend);
    why_at(reading->why, reading->file, reading->line);
    why_field(reading->why, field);
    return KB_INVALID;
}

static enum quirk_class class_of(const char *word)
{
    for (int i = QUIRK_CLASS_DESTINATION; i < QUIRK_CLASSES; i++) {
        if (strcmp(class_names[i], word) == 0) {
            return (enum quirk_class)i;
        }
    }
    return QUIRK_CLASS_NONE;
}

static bool read_range(char *text, struct quirk_error *error)
{
    char *dash = strchr(text, '-');
    int64_t first = 0;
    int64_t last = 0;

    if (dash != NULL) {
        *dash = '\0';
    }
    if (str_int(text, 0, CODES_MOST, &first) != KB_OK ||
        str_int(dash == NULL ? text : dash + 1, first, CODES_MOST, &last) !=
            KB_OK) {
        return false;
    }
    error->first = (int)first;
    error->last = (int)last;
    return true;
}

/* "cms 500-510 network" */
static enum kb_err read_error(struct reading *reading, char *value)
{
    char *rest = NULL;
    char *kind = strtok_r(value, " \t", &rest);
    char *range = strtok_r(NULL, " \t", &rest);
    char *word = strtok_r(NULL, " \t", &rest);
    const char *more = word == NULL ? NULL : strtok_r(NULL, " \t", &rest);
    struct quirk_error error = {0};

    if (word == NULL || more != NULL ||
        (strcmp(kind, "cms") != 0 && strcmp(kind, "cme") != 0) ||
        !read_range(range, &error)) {
        return refuse(reading, "error",
            "write cms or cme, a code or two with a dash, and a class: "
            "error = cms 500-510 network");
    }
    error.cme = strcmp(kind, "cme") == 0;
    error.class = class_of(word);
    if (error.class == QUIRK_CLASS_NONE) {
        return refuse(reading, "error",
            "no such class; write destination, sim, barred, no_network, "
            "congested, network, once_more, unknown, memory, smsc or sent");
    }
    if (reading->out->error_count == QUIRK_ERRORS_MOST) {
        return refuse(reading, "error", "too many; put ranges together");
    }
    reading->out->errors[reading->out->error_count++] = error;
    return KB_OK;
}

static enum kb_err read_model(struct reading *reading, const char *value)
{
    struct quirk *out = reading->out;

    if (out->model_count == QUIRK_MODELS_MOST ||
        str_copy(out->models[out->model_count], sizeof out->models[0], value) !=
            KB_OK) {
        return refuse(reading, "model", "too many or too long; use *");
    }
    out->model_count++;
    return KB_OK;
}

static enum kb_err read_number(
    struct reading *reading, const struct key *key, const char *value)
{
    int64_t number = 0;
    int small = 0;

    if (str_int(value, 0, key->most, &number) != KB_OK) {
        return refuse(reading, key->name, "not a whole number in its range");
    }
    small = (int)number;
    memcpy(text_at(reading->out, key), &small, sizeof small);
    return KB_OK;
}

static enum kb_err read_value(
    struct reading *reading, const struct key *key, char *value)
{
    char *field = text_at(reading->out, key);

    if (!key->holds(value)) {
        return refuse(reading, key->name, key->mend);
    }
    switch (key->kind) {
    case KEY_TEXT:
        if (str_copy(field, key->room, value) != KB_OK) {
            return refuse(reading, key->name, "too long; shorten it");
        }
        return KB_OK;
    case KEY_LIST:
        return add_text(field, key->room, key->separator, value)
                   ? KB_OK
                   : refuse(reading, key->name, "too many; leave some out");
    case KEY_NUMBER:
        return read_number(reading, key, value);
    case KEY_MODEL:
        return read_model(reading, value);
    case KEY_ERROR:
        break;
    }
    return read_error(reading, value);
}

static enum kb_err read_line(struct reading *reading, char *line)
{
    char *equals = strchr(line, '=');
    char *name = NULL;

    line = str_trim(line);
    if (*line == '\0' || *line == '#') {
        return KB_OK;
    }
    if (equals == NULL) {
        return refuse(
            reading, "line", "write NAME = VALUE, or # and a comment");
    }
    *equals = '\0';
    name = str_trim(line);
    for (size_t i = 0; i < KEYS; i++) {
        if (strcmp(keys[i].name, name) == 0) {
            return read_value(reading, &keys[i], str_trim(equals + 1));
        }
    }
    return refuse(
        reading, "line", "no such key; see the README beside the files");
}

static bool take_name(const char *file, struct quirk *out)
{
    const char *slash = strrchr(file, '/');
    const char *base = slash == NULL ? file : slash + 1;
    size_t length = strcspn(base, ".");

    if (length == 0 || length >= sizeof out->name) {
        return false;
    }
    memcpy(out->name, base, length);
    out->name[length] = '\0';
    return true;
}

enum kb_err quirk_read(
    const char *file, const char *text, struct quirk *out, struct why *why)
{
    struct reading reading = {.file = file, .out = out, .why = why};
    enum kb_err err = KB_OK;

    quirk_clear(out);
    if (!take_name(file, out)) {
        return refuse(&reading, "name", "the file's name is too long");
    }
    while (*text != '\0' && err == KB_OK) {
        char line[512];
        size_t length = strcspn(text, "\n");

        reading.line++;
        if (length >= sizeof line) {
            return refuse(&reading, "line", "too long; shorten it");
        }
        memcpy(line, text, length);
        line[length] = '\0';
        text += length + (text[length] == '\n' ? 1 : 0);
        err = str_utf8_valid(line, strlen(line))
                  ? read_line(&reading, line)
                  : refuse(&reading, "line", "not UTF-8; save it as UTF-8");
    }
    return err;
}

/* --- using it ------------------------------------------------------------- */

static void lay_key(
    struct quirk *quirk, const struct quirk *over, const struct key *key)
{
    char *to = text_at(quirk, key);
    const char *from = (const char *)over + key->offset;
    int number = QUIRK_NOT_SAID;

    if (key->kind == KEY_TEXT && *from != '\0') {
        memcpy(to, from, key->room);
    } else if (key->kind == KEY_LIST) {
        (void)add_text(to, key->room, key->separator, from);
    } else if (key->kind == KEY_NUMBER) {
        memcpy(&number, from, sizeof number);
        if (number != QUIRK_NOT_SAID) {
            memcpy(to, &number, sizeof number);
        }
    }
}

/* Those of the one that is laid over are asked first. */
static void lay_errors(struct quirk *quirk, const struct quirk *over)
{
    for (size_t i = over->error_count; i-- > 0;) {
        if (quirk->error_count < QUIRK_ERRORS_MOST) {
            memmove(quirk->errors + 1, quirk->errors,
                quirk->error_count * sizeof *quirk->errors);
            quirk->errors[0] = over->errors[i];
            quirk->error_count++;
        }
    }
}

void quirk_lay_over(struct quirk *quirk, const struct quirk *over)
{
    for (size_t i = 0; i < KEYS; i++) {
        lay_key(quirk, over, &keys[i]);
    }
    (void)add_text(quirk->name, sizeof quirk->name, '+', over->name);
    lay_errors(quirk, over);
}

static bool like(const char *pattern, const char *text)
{
    return fnmatch(pattern, text, FNM_CASEFOLD) == 0;
}

size_t quirk_fit(
    const struct quirk *quirk, const char *manufacturer, const char *model)
{
    size_t best = 0;

    if (*quirk->manufacturer == '\0' ||
        !like(quirk->manufacturer, manufacturer)) {
        return 0;
    }
    if (quirk->model_count == 0) {
        return 1;
    }
    for (size_t i = 0; i < quirk->model_count; i++) {
        const char *pattern = quirk->models[i];
        size_t value = 1;

        for (const char *at = pattern; *at != '\0'; at++) {
            value += *at == '*' ? 0 : 1;
        }
        if (like(pattern, model) && value > best) {
            best = value;
        }
    }
    return best;
}

enum quirk_class quirk_class_of(const struct quirk *quirk, bool cme, int code)
{
    for (size_t i = 0; quirk != NULL && i < quirk->error_count; i++) {
        const struct quirk_error *error = &quirk->errors[i];

        if (error->cme == cme && code >= error->first && code <= error->last) {
            return error->class;
        }
    }
    return QUIRK_CLASS_NONE;
}

bool quirk_add_feature(struct quirk *quirk, const char *feature)
{
    return quirk_is_feature(feature) &&
           add_text(quirk->features, sizeof quirk->features, ',', feature);
}
