// SPDX-License-Identifier: GPL-2.0-or-later
/* What a file says, option by option, with where it says so. */
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/config_internal.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HIDDEN "***"

struct show {
    const config_t *tree;
    const char *main_file;
    void (*fn)(void *arg, const struct config_shown *shown);
    void *arg;
};

/* A path in the tree: "modems.[2].name". */
struct name {
    char text[200];
};

/** What must never stand on a screen. */
static bool is_secret(const char *path)
{
    const char *last = strrchr(path, '.');
    last = last ? last + 1 : path;
    return strcmp(last, "pin") == 0 || strstr(last, "secret") ||
           strstr(last, "password") || strstr(last, "token");
}

static void add_scalar(const config_setting_t *setting, struct buf *out)
{
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_STRING:
        buf_add_text(out, config_setting_get_string(setting));
        break;
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        buf_printf(out, "%lld", config_setting_get_int64(setting));
        break;
    case CONFIG_TYPE_BOOL:
        buf_add_text(out, config_setting_get_bool(setting) ? "true" : "false");
        break;
    default:
        break;
    }
}

static void add_value(const config_setting_t *setting, struct buf *out)
{
    if (config_setting_is_scalar(setting)) {
        add_scalar(setting, out);
        return;
    }
    for (int i = 0; i < config_setting_length(setting); i++) {
        buf_add_text(out, i > 0 ? ", " : "");
        add_scalar(config_setting_get_elem(setting, (unsigned)i), out);
    }
}

static void show_set(struct show *show, const struct config_option *option,
    const char *name, const config_setting_t *setting)
{
    struct buf value = {0};
    const char *file = config_setting_source_file(setting);
    add_value(setting, &value);
    bool hide = is_secret(option->path) && value.used > 0;
    struct config_shown shown = {.name = name,
        .value = hide ? HIDDEN : buf_text(&value),
        .file = file ? file : show->main_file,
        .line = (int)config_setting_source_line(setting),
        .option = option};
    show->fn(show->arg, &shown);
    buf_clear(&value);
}

/** The default as the table has it, without the quotes of a text. */
static void show_default(
    struct show *show, const struct config_option *option, const char *name)
{
    const char *text = option->fallback;
    size_t bytes = text ? strlen(text) : 0;
    bool quoted = bytes >= 2 && text[0] == '"';
    char *value = quoted ? mem_strndup(text + 1, bytes - 2)
                         : mem_strndup(text ? text : "", bytes);
    struct config_shown shown = {.name = name,
        .value = text ? value : NULL,
        .file = "",
        .option = option};
    show->fn(show->arg, &shown);
    free(value);
}

static void show_one(struct show *show, const struct config_option *option,
    const char *lookup, const char *name)
{
    const config_setting_t *setting = config_lookup(show->tree, lookup);
    if (setting) {
        show_set(show, option, name, setting);
    } else {
        show_default(show, option, name);
    }
}

/** "modems[].name": once for each item that the file has. */
static void show_items(struct show *show, const struct config_option *option)
{
    char list[100] = "";
    const char *rest = strstr(option->path, "[].");
    int bytes = (int)(rest - option->path);
    (void)snprintf(list, sizeof(list), "%.*s", bytes, option->path);
    const config_setting_t *items = config_lookup(show->tree, list);
    for (int i = 0; items && i < config_setting_length(items); i++) {
        struct name lookup = {{0}};
        struct name name = {{0}};
        (void)snprintf(
            lookup.text, sizeof(lookup.text), "%s.[%d].%s", list, i, rest + 3);
        (void)snprintf(
            name.text, sizeof(name.text), "%s[%d].%s", list, i, rest + 3);
        show_one(show, option, lookup.text, name.text);
    }
}

enum kb_err config_show(const char *file,
    void (*fn)(void *arg, const struct config_shown *shown), void *arg)
{
    config_t tree;
    size_t count = 0;
    const struct config_option *options = config_options(&count);
    char *copy = mem_strdup(file);
    struct show show = {.tree = &tree, .main_file = file, .fn = fn, .arg = arg};
    if (access(file, F_OK) != 0) {
        free(copy);
        return KB_NOT_FOUND;
    }
    config_init(&tree);
    config_set_include_dir(&tree, dirname(copy));
    enum kb_err err =
        config_read_file(&tree, file) == CONFIG_TRUE ? KB_OK : KB_INVALID;
    for (size_t i = 0; err == KB_OK && i < count; i++) {
        if (strstr(options[i].path, "[].")) {
            show_items(&show, &options[i]);
        } else {
            show_one(&show, &options[i], options[i].path, options[i].path);
        }
    }
    config_destroy(&tree);
    free(copy);
    return err;
}
