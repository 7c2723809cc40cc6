// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "base/str.h"
#include "config/config_internal.h"

#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_FILE   "/etc/kabari/kabari.conf"
#define MODEMS_MOST    256
#define OPERATORS_MOST 64
#define WEBHOOKS_MOST  16
#define COSTS_MOST     400

/* --- faults ---------------------------------------------------------------- */

/* libconfig names an included file as the including line does. */
void config_fault(
    struct reader *reader, struct place place, const char *fmt, ...)
{
    struct why why = {0};
    va_list args;
    bool own = strcmp(place.file, reader->out->file) == 0;
    char *file =
        own ? mem_strdup(place.file) : config_resolve(reader, place.file);

    reader->faults++;
    why_at(&why, file, place.line);
    free(file);
    why_field(&why, place.field);
    va_start(args, fmt);
    (void)vsnprintf(why.text, sizeof why.text, fmt, args);
    va_end(args);
    reader->fn(reader->arg, &why);
}

struct place config_place(const config_setting_t *setting, const char *field)
{
    const char *file = config_setting_source_file(setting);

    return (struct place){.file = file == NULL ? "" : file,
        .line = (int)config_setting_source_line(setting),
        .field = field};
}

/* --- the table, seen as a tree of groups ------------------------------------ */

/* A list of groups: where its items are kept. */
struct list {
    const char *path;
    size_t item_bytes;
    size_t most;
    size_t items_offset;
    size_t count_offset;
};

static const struct list lists[] = {
    {"modems",    sizeof(struct config_modem),    MODEMS_MOST,
     offsetof(struct config, modems),    offsetof(struct config, modem_count)   },
    {"operators", sizeof(struct config_operator), OPERATORS_MOST,
     offsetof(struct config, operators),
     offsetof(struct config,                                     operator_count)},
    {"webhooks",  sizeof(struct config_webhook),  WEBHOOKS_MOST,
     offsetof(struct config, webhooks),
     offsetof(struct config,                                     webhook_count) },
    {"costs",     sizeof(struct config_cost),     COSTS_MOST,
     offsetof(struct config, costs),     offsetof(struct config, cost_count)    },
};

static const struct list *find_list(const char *path)
{
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (strcmp(lists[i].path, path) == 0) {
            return &lists[i];
        }
    }
    return NULL;
}

static const struct config_option *find_option(const char *path)
{
    size_t count = 0;
    const struct config_option *options = config_options(&count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(options[i].path, path) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

/* "" or "site." or "modems[].": what the paths below a group start with. */
struct prefix {
    char text[160];
};

static struct prefix prefix_of(const char *path)
{
    struct prefix prefix;

    (void)snprintf(prefix.text, sizeof prefix.text, "%s.", path);
    return prefix;
}

static bool is_group(const char *path)
{
    size_t count = 0;
    const struct config_option *options = config_options(&count);
    struct prefix prefix = prefix_of(path);

    for (size_t i = 0; i < count; i++) {
        if (str_starts(options[i].path, prefix.text)) {
            return true;
        }
    }
    return false;
}

/* True where the option lies in the struct that the prefix stands for: the
   config itself, or an item of a list. */
static bool lies_in(const struct config_option *option, const char *prefix)
{
    bool in_list = strchr(option->path, '[') != NULL;

    return *prefix == '\0' ? !in_list : str_starts(option->path, prefix);
}

static void fall_back(struct reader *reader, const char *prefix, void *base)
{
    size_t count = 0;
    const struct config_option *options = config_options(&count);

    for (size_t i = 0; i < count; i++) {
        if (lies_in(&options[i], prefix)) {
            options[i].kind->fall_back(
                reader, &options[i], (char *)base + options[i].offset);
        }
    }
}

/* --- unknown names ---------------------------------------------------------- */

static size_t least_of(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* Levenshtein's distance; names over 31 bytes are far from everything. */
static size_t distance(const char *a, const char *b)
{
    size_t row[32];
    size_t columns = strlen(b);

    if (columns > 31 || strlen(a) > 31) {
        return 99;
    }
    for (size_t j = 0; j <= columns; j++) {
        row[j] = j;
    }
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t corner = row[0];

        row[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            size_t above = row[j];
            size_t swap = corner + (a[i - 1] == b[j - 1] ? 0 : 1);

            row[j] = least_of(above + 1, row[j - 1] + 1, swap);
            corner = above;
        }
    }
    return row[columns];
}

struct guess {
    char name[32]; /* "" : none is near */
    size_t distance;
};

/* Compares with the part of a path that stands behind the prefix: "from" of
   "sending.from", "modems" of "modems[].name". */
static void consider(struct guess *guess, const char *rest, const char *name)
{
    char candidate[32] = "";
    size_t bytes = strcspn(rest, ".[");
    size_t far = 0;

    if (bytes >= sizeof candidate) {
        return;
    }
    memcpy(candidate, rest, bytes);
    far = distance(name, candidate);
    if (far < guess->distance) {
        guess->distance = far;
        memcpy(guess->name, candidate, sizeof candidate);
    }
}

static struct guess nearest(const char *prefix, const char *name)
{
    size_t count = 0;
    const struct config_option *options = config_options(&count);
    struct guess guess = {.distance = strlen(name) / 3 + 2};

    for (size_t i = 0; i < count; i++) {
        if (str_starts(options[i].path, prefix)) {
            consider(&guess, options[i].path + strlen(prefix), name);
        }
    }
    return guess;
}

static void unknown(
    struct reader *reader, const char *prefix, const config_setting_t *setting)
{
    const char *name = config_setting_name(setting);
    struct guess guess = nearest(prefix, name);
    struct place place = config_place(setting, name);

    if (*guess.name != '\0') {
        config_fault(reader, place,
            "there is no option \"%.60s\" here; did you mean \"%s\"?", name,
            guess.name);
    } else {
        config_fault(reader, place,
            "there is no option \"%.60s\" here; take it out, or see "
            "kabari.conf.example",
            name);
    }
}

/* --- the walk --------------------------------------------------------------- */

static void read_group(struct reader *reader, const config_setting_t *group,
    const char *prefix, void *base);

static void read_items(struct reader *reader, const config_setting_t *setting,
    const struct list *list)
{
    size_t length = (size_t)config_setting_length(setting);
    char *items = mem_array(length + 1, list->item_bytes);
    char *base = (char *)reader->out;
    struct prefix prefix;

    (void)snprintf(prefix.text, sizeof prefix.text, "%s[].", list->path);
    *(char **)(void *)(base + list->items_offset) = items;
    *(size_t *)(void *)(base + list->count_offset) = length;
    for (size_t i = 0; i < length; i++) {
        const config_setting_t *item =
            config_setting_get_elem(setting, (unsigned)i);

        fall_back(reader, prefix.text, items + i * list->item_bytes);
        if (config_setting_is_group(item)) {
            read_group(reader, item, prefix.text, items + i * list->item_bytes);
        } else {
            config_fault(reader, config_place(item, list->path),
                "each of %s is a group; write { name = \"…\"; … }", list->path);
        }
    }
}

static void read_list(struct reader *reader, const config_setting_t *setting,
    const struct list *list)
{
    struct place place = config_place(setting, list->path);
    int length = config_setting_length(setting);

    /* libconfig takes ( ) and [ ] for different things; empty, they mean the
       same. */
    if (!config_setting_is_list(setting) &&
        !(config_setting_is_array(setting) && length == 0)) {
        config_fault(reader, place,
            "%s is a list of groups; write ( { … }, { … } )", list->path);
    } else if (length > (int)list->most) {
        config_fault(reader, place, "%s has %d items; %zu are the most",
            list->path, length, list->most);
    } else {
        read_items(reader, setting, list);
    }
}

static void read_member(struct reader *reader, const config_setting_t *setting,
    const char *prefix, void *base)
{
    char path[128] = "";
    const char *name = config_setting_name(setting);
    const struct config_option *option = NULL;
    const struct list *list = NULL;

    if (strlen(name) < 32) {
        (void)snprintf(path, sizeof path, "%s%s", prefix, name);
    }
    option = find_option(path);
    list = find_list(path);
    if (option != NULL) {
        (void)option->kind->read(
            reader, option, setting, (char *)base + option->offset);
    } else if (list != NULL) {
        read_list(reader, setting, list);
    } else if (!is_group(path)) {
        unknown(reader, prefix, setting);
    } else if (!config_setting_is_group(setting)) {
        config_fault(reader, config_place(setting, path),
            "%s is a group; write %s = { … };", name, name);
    } else {
        read_group(reader, setting, prefix_of(path).text, base);
    }
}

/* True where the option stands in this very group, and the group lacks it. */
static bool is_missing(const struct config_option *option, const char *prefix,
    const config_setting_t *group)
{
    const char *rest = NULL;

    if (option->fallback != NULL || !str_starts(option->path, prefix)) {
        return false;
    }
    rest = option->path + strlen(prefix);
    return strpbrk(rest, ".[") == NULL &&
           config_setting_get_member(group, rest) == NULL;
}

static void read_group(struct reader *reader, const config_setting_t *group,
    const char *prefix, void *base)
{
    size_t count = 0;
    const struct config_option *options = config_options(&count);

    for (int i = 0; i < config_setting_length(group); i++) {
        read_member(
            reader, config_setting_get_elem(group, (unsigned)i), prefix, base);
    }
    for (size_t i = 0; i < count; i++) {
        if (is_missing(&options[i], prefix, group)) {
            config_fault(reader, config_place(group, options[i].path),
                "%s is missing: %s", options[i].path, options[i].help);
        }
    }
}

/* What must stand in every file, and how it is written. */
static const struct {
    const char *name;
    const char *mend;
} needed[] = {
    {"site",     "site = { name = \"DUKCAPIL MABAR\"; };"               },
    {"database", "database = { path = \"/var/lib/kabari/kabari.db\"; };"},
    {"modems",   "modems = ( { name = \"m1\"; device = \"/dev/serial/by-id/…\"; "
               "} ); or modems = ( );"                    },
};

static void read_tree(struct reader *reader, const config_t *tree)
{
    const config_setting_t *root = config_root_setting(tree);
    struct place place = {.file = reader->out->file, .line = 0, .field = ""};

    fall_back(reader, "", reader->out);
    read_group(reader, root, "", reader->out);
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (config_setting_get_member(root, needed[i].name) == NULL) {
            place.field = needed[i].name;
            config_fault(reader, place, "%s is missing; add %s", needed[i].name,
                needed[i].mend);
        }
    }
    if (config_setting_get_member(root, "operators") == NULL) {
        config_default_operators(reader->out);
    }
    config_check_whole(reader, tree);
}

/* --- files ------------------------------------------------------------------ */

static void parse_fault(struct reader *reader, const config_t *tree)
{
    const char *file = config_error_file(tree);
    struct place place = {.file = file == NULL ? reader->out->file : file,
        .line = config_error_line(tree),
        .field = ""};
    const char *text = config_error_text(tree);

    if (strcmp(text, "duplicate setting name") == 0) {
        config_fault(reader, place,
            "the option here was already set in this group; keep one of the "
            "two");
    } else if (strcmp(text, "syntax error") == 0) {
        config_fault(reader, place,
            "syntax error; write name = value; and look at the end of the "
            "line before: is a semicolon, comma, quote or bracket missing?");
    } else {
        config_fault(reader, place, "%s; mend this line", text);
    }
}

/* Absolute, so that paths mean the same wherever the program stands later. */
static char *folder_of(const char *file)
{
    char *copy = mem_strdup(file);
    char *folder = dirname(copy);
    char *whole = realpath(folder, NULL);

    if (whole == NULL) {
        whole = mem_strdup(folder);
    }
    free(copy);
    return whole;
}

/* Reads into out, which the caller clears. */
static int read_file(const char *file, struct config *out,
    void (*fn)(void *arg, const struct why *why), void *arg)
{
    struct reader reader = {
        .out = out, .folder = folder_of(file), .fn = fn, .arg = arg};
    config_t tree;

    out->file = mem_strdup(file);
    config_init(&tree);
    config_set_include_dir(&tree, reader.folder);
    if (config_scan(&reader, file, 0)) {
        if (config_read_file(&tree, file) == CONFIG_TRUE) {
            read_tree(&reader, &tree);
        } else {
            parse_fault(&reader, &tree);
        }
    }
    config_destroy(&tree);
    free(reader.folder);
    return reader.faults;
}

static void keep_first(void *arg, const struct why *why)
{
    struct why *first = arg;

    if (first->text[0] == '\0') {
        *first = *why;
    }
}

enum kb_err config_load(const char *file, struct config *out, struct why *why)
{
    struct config fresh = {0};
    struct why first = {0};

    if (access(file, F_OK) != 0) {
        why_at(why, file, 0);
        why_set(why, "there is no such file; write one (kabari.conf.example "
                     "shows how) or name it with -c FILE");
        return KB_NOT_FOUND;
    }
    if (read_file(file, &fresh, keep_first, &first) > 0) {
        config_clear(&fresh);
        if (why != NULL) {
            *why = first;
        }
        return KB_INVALID;
    }
    *out = fresh;
    return KB_OK;
}

int config_check(
    const char *file, void (*fn)(void *arg, const struct why *why), void *arg)
{
    struct config scratch = {0};
    int faults = read_file(file, &scratch, fn, arg);

    config_clear(&scratch);
    return faults;
}

static void leave_out(void *arg, const struct why *why)
{
    (void)arg;
    (void)why;
}

char *config_socket(const char *file)
{
    struct config scratch = {0};
    char *path = NULL;

    (void)read_file(file, &scratch, leave_out, NULL);
    path = scratch.control_socket;
    scratch.control_socket = NULL;
    config_clear(&scratch);
    return path;
}

const char *config_file(const char *argument)
{
    const char *environment = getenv("KABARI_CONFIG");

    if (argument != NULL) {
        return argument;
    }
    return environment != NULL && *environment != '\0' ? environment
                                                       : DEFAULT_FILE;
}
