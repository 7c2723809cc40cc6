// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/config_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A fallback as the table has it: a text in quotes, without them. Table texts
   hold no quotes or backslashes inside. */
static char *fallback_text(const struct config_option *option)
{
    const char *text = option->fallback;

    if (text == NULL) {
        return mem_strdup("");
    }
    return mem_strndup(text + 1, strlen(text) - 2);
}

static void wrong_type(struct reader *reader, const config_setting_t *setting,
    const struct config_option *option, const char *mend)
{
    config_fault(reader, config_place(setting, option->path), "%s must be %s",
        config_setting_name(setting), mend);
}

/* --- strings --------------------------------------------------------------- */

static bool length_fits(struct reader *reader,
    const struct config_option *option, const config_setting_t *setting,
    const char *text)
{
    int64_t bytes = (int64_t)strlen(text);
    const char *name = config_setting_name(setting);

    if (bytes < option->least) {
        config_fault(reader, config_place(setting, option->path),
            "%s must not be %s: %s", name, bytes == 0 ? "empty" : "so short",
            option->help);
        return false;
    }
    if (bytes > option->most) {
        config_fault(reader, config_place(setting, option->path),
            "%s has %" PRId64 " bytes; shorten it to %" PRId64, name, bytes,
            option->most);
        return false;
    }
    return true;
}

static bool rule_holds(struct reader *reader,
    const struct config_option *option, const config_setting_t *setting,
    const char *text)
{
    const char *name = config_setting_name(setting);

    if (option->rule == NULL || option->rule->holds(text)) {
        return true;
    }
    /* A PIN stays out of logs and screens, even a wrong one. */
    if (option->rule == &config_rule_pin) {
        config_fault(reader, config_place(setting, option->path),
            "%s does not fit; %s", name, option->rule->mend);
    } else {
        config_fault(reader, config_place(setting, option->path),
            "%s \"%.80s\" does not fit; %s", name == NULL ? "item" : name, text,
            option->rule->mend);
    }
    return false;
}

/* The text of a setting, or NULL after a fault was told of. */
static const char *read_text(struct reader *reader,
    const struct config_option *option, const config_setting_t *setting)
{
    const char *text = NULL;

    if (config_setting_type(setting) != CONFIG_TYPE_STRING) {
        wrong_type(reader, setting, option, "a text; put it in quotes");
        return NULL;
    }
    text = config_setting_get_string(setting);
    if (!str_utf8_valid(text, strlen(text)) ||
        text[strcspn(text, "\r\n\t\x1b")] != '\0') {
        wrong_type(reader, setting, option,
            "one line of text in UTF-8; save the file as UTF-8");
        return NULL;
    }
    return text;
}

static bool read_string(struct reader *reader,
    const struct config_option *option, const config_setting_t *setting,
    void *field)
{
    const char *text = read_text(reader, option, setting);
    char **out = field;

    if (text == NULL || !length_fits(reader, option, setting, text) ||
        !rule_holds(reader, option, setting, text)) {
        return false;
    }
    free(*out);
    *out = mem_strdup(text);
    return true;
}

static void fall_back_string(
    struct reader *reader, const struct config_option *option, void *field)
{
    (void)reader;
    *(char **)field = fallback_text(option);
}

const struct config_kind config_kind_string = {read_string, fall_back_string};

/* --- paths ----------------------------------------------------------------- */

char *config_resolve(const struct reader *reader, const char *path)
{
    if (*path == '/') {
        return mem_strdup(path);
    }
    return mem_printf("%s/%s", reader->folder, path);
}

static bool read_path(struct reader *reader, const struct config_option *option,
    const config_setting_t *setting, void *field)
{
    char **out = field;
    char *whole = NULL;
    bool fits = false;

    if (!read_string(reader, option, setting, field)) {
        return false;
    }
    if (**out == '\0') {
        return true;
    }
    whole = config_resolve(reader, *out);
    fits = length_fits(reader, option, setting, whole);
    free(*out);
    *out = whole;
    return fits;
}

const struct config_kind config_kind_path = {read_path, fall_back_string};

/* --- numbers --------------------------------------------------------------- */

static bool read_int(struct reader *reader, const struct config_option *option,
    const config_setting_t *setting, void *field)
{
    int64_t value = 0;
    int type = config_setting_type(setting);

    if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) {
        wrong_type(reader, setting, option,
            "a whole number; write it without quotes and without a point");
        return false;
    }
    value = config_setting_get_int64(setting);
    if (value < option->least || value > option->most) {
        config_fault(reader, config_place(setting, option->path),
            "%s is %" PRId64 "; write a number from %" PRId64 " to %" PRId64
            "%s%s",
            config_setting_name(setting), value, option->least, option->most,
            *option->unit == '\0' ? "" : " ", option->unit);
        return false;
    }
    *(int *)field = (int)value;
    return true;
}

static void fall_back_int(
    struct reader *reader, const struct config_option *option, void *field)
{
    (void)reader;
    *(int *)field =
        option->fallback == NULL ? 0 : (int)strtol(option->fallback, NULL, 10);
}

const struct config_kind config_kind_int = {read_int, fall_back_int};

static bool read_bool(struct reader *reader, const struct config_option *option,
    const config_setting_t *setting, void *field)
{
    if (config_setting_type(setting) != CONFIG_TYPE_BOOL) {
        wrong_type(reader, setting, option, "true or false, without quotes");
        return false;
    }
    *(bool *)field = config_setting_get_bool(setting) != 0;
    return true;
}

static void fall_back_bool(
    struct reader *reader, const struct config_option *option, void *field)
{
    (void)reader;
    *(bool *)field = strcmp(option->fallback, "true") == 0;
}

const struct config_kind config_kind_bool = {read_bool, fall_back_bool};

/* --- times and days -------------------------------------------------------- */

static bool read_time(struct reader *reader, const struct config_option *option,
    const config_setting_t *setting, void *field)
{
    const char *text = read_text(reader, option, setting);
    int minute = text == NULL ? -1 : civil_parse_minute(text);

    if (text == NULL) {
        return false;
    }
    if (minute < 0) {
        config_fault(reader, config_place(setting, option->path),
            "%s \"%.20s\" is no time of day; write it as \"HH:MM\", from "
            "\"00:00\" to \"24:00\"",
            config_setting_name(setting), text);
        return false;
    }
    *(int *)field = minute;
    return true;
}

static void fall_back_time(
    struct reader *reader, const struct config_option *option, void *field)
{
    char *text = fallback_text(option);

    (void)reader;
    *(int *)field = civil_parse_minute(text);
    free(text);
}

const struct config_kind config_kind_time = {read_time, fall_back_time};

static bool read_days(struct reader *reader, const struct config_option *option,
    const config_setting_t *setting, void *field)
{
    const char *text = read_text(reader, option, setting);
    unsigned days = text == NULL ? 0 : config_days(text);

    if (text == NULL) {
        return false;
    }
    if (days == 0) {
        config_fault(reader, config_place(setting, option->path),
            "%s \"%.40s\" cannot be read; write days such as \"Mon-Sat\" or "
            "\"Mon,Wed,Fri\"",
            config_setting_name(setting), text);
        return false;
    }
    *(unsigned *)field = days;
    return true;
}

static void fall_back_days(
    struct reader *reader, const struct config_option *option, void *field)
{
    char *text = fallback_text(option);

    (void)reader;
    *(unsigned *)field = config_days(text);
    free(text);
}

const struct config_kind config_kind_days = {read_days, fall_back_days};

/* --- disclosure: two words, kept as a flag ---------------------------------- */

static bool read_disclosure(struct reader *reader,
    const struct config_option *option, const config_setting_t *setting,
    void *field)
{
    const char *text = read_text(reader, option, setting);

    if (text == NULL) {
        return false;
    }
    if (strcmp(text, "strict") != 0 && strcmp(text, "open") != 0) {
        config_fault(reader, config_place(setting, option->path),
            "%s \"%.20s\" is not known; write \"strict\" or \"open\"",
            config_setting_name(setting), text);
        return false;
    }
    *(bool *)field = strcmp(text, "open") == 0;
    return true;
}

static void fall_back_disclosure(
    struct reader *reader, const struct config_option *option, void *field)
{
    (void)reader;
    (void)option;
    *(bool *)field = false;
}

const struct config_kind config_kind_disclosure = {
    read_disclosure, fall_back_disclosure};

/* --- lists of texts --------------------------------------------------------- */

static bool is_list(struct reader *reader, const struct config_option *option,
    const config_setting_t *setting)
{
    int type = config_setting_type(setting);
    int64_t length = 0;

    if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST) {
        wrong_type(reader, setting, option,
            "a list; write it as [ \"one\", \"two\" ]");
        return false;
    }
    length = config_setting_length(setting);
    if (length < option->least || length > option->most) {
        config_fault(reader, config_place(setting, option->path),
            "%s has %" PRId64 " items; write %" PRId64 " to %" PRId64,
            config_setting_name(setting), length, option->least, option->most);
        return false;
    }
    return true;
}

/* The text at an index, or NULL after a fault was told of. */
static const char *item_text(struct reader *reader,
    const struct config_option *option, const config_setting_t *list,
    unsigned index)
{
    const config_setting_t *item = config_setting_get_elem(list, index);
    const char *text = NULL;

    if (config_setting_type(item) != CONFIG_TYPE_STRING) {
        wrong_type(reader, list, option, "a list of texts in quotes");
        return NULL;
    }
    text = config_setting_get_string(item);
    return rule_holds(reader, option, item, text) ? text : NULL;
}

/* The items of a list one behind the other, the separator between them, two
   NULs at the end. */
static bool read_items(struct reader *reader,
    const struct config_option *option, const config_setting_t *setting,
    char separator, char **out)
{
    struct buf joined = {0};

    if (!is_list(reader, option, setting)) {
        return false;
    }
    for (int i = 0; i < config_setting_length(setting); i++) {
        const char *text = item_text(reader, option, setting, (unsigned)i);

        if (text == NULL) {
            buf_clear(&joined);
            return false;
        }
        if (i > 0) {
            buf_add(&joined, &separator, 1);
        }
        buf_add_text(&joined, text);
    }
    buf_add(&joined, "", 1);
    free(*out);
    *out = buf_take(&joined);
    return true;
}

static bool read_joined(struct reader *reader,
    const struct config_option *option, const config_setting_t *setting,
    void *field)
{
    return read_items(reader, option, setting, ',', field);
}

static void fall_back_joined(
    struct reader *reader, const struct config_option *option, void *field)
{
    (void)reader;
    (void)option;
    *(char **)field = mem_strdup("");
}

const struct config_kind config_kind_joined = {read_joined, fall_back_joined};

static bool read_words(struct reader *reader,
    const struct config_option *option, const config_setting_t *setting,
    void *field)
{
    return read_items(reader, option, setting, '\0', field);
}

const struct config_kind config_kind_words = {read_words, fall_back_joined};

static bool read_prefixes(struct reader *reader,
    const struct config_option *option, const config_setting_t *setting,
    void *field)
{
    struct config_operator *out =
        (struct config_operator *)(void *)((char *)field -
                                           offsetof(struct config_operator,
                                               prefixes));

    if (!is_list(reader, option, setting)) {
        return false;
    }
    out->prefixes = mem_array(
        (size_t)config_setting_length(setting), sizeof *out->prefixes);
    for (int i = 0; i < config_setting_length(setting); i++) {
        const char *text = item_text(reader, option, setting, (unsigned)i);

        if (text == NULL) {
            return false;
        }
        out->prefixes[out->prefix_count++] = mem_strdup(text);
    }
    return true;
}

static void fall_back_prefixes(
    struct reader *reader, const struct config_option *option, void *field)
{
    (void)reader;
    (void)option;
    (void)field; /* stays NULL, with a count of 0 */
}

const struct config_kind config_kind_prefixes = {
    read_prefixes, fall_back_prefixes};
