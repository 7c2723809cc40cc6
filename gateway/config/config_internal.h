// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_CONFIG_CONFIG_INTERNAL_H
#define KABARI_CONFIG_CONFIG_INTERNAL_H

#include "config/config.h"

#include <libconfig.h>

#include <stdbool.h>

/** A configuration file may have 1 MiB; so may each that it includes. */
#define CONFIG_FILE_BYTES_MOST 1048576

/** libconfig follows @include this deep. */
#define CONFIG_INCLUDE_DEPTH_MOST 10

/** One run over a file: what it fills and who hears of faults. */
struct reader {
    struct config *out;
    char *folder; /* of the configuration file; absolute */
    void (*fn)(void *arg, const struct why *why);
    void *arg;
    int faults;
};

/** Where a fault stands. */
struct place {
    const char *file;
    int line;
    const char *field;
};

/** Tells of one fault. */
void config_fault(struct reader *reader, struct place place, const char *fmt,
    ...) KB_PRINTF(3, 4);

/** The place of a setting. */
struct place config_place(const config_setting_t *setting, const char *field);

/** A rule that a text must keep, and the sentence part that mends it. */
struct config_rule {
    bool (*holds)(const char *text);
    const char *mend; /* "write …" */
};

/** How one type of option is read and stored at a field of a struct. */
struct config_kind {
    /* False after it told of the fault. */
    bool (*read)(struct reader *reader, const struct config_option *option,
        const config_setting_t *setting, void *field);
    /* Stores the option's fallback (none: empty). */
    void (*fall_back)(
        struct reader *reader, const struct config_option *option, void *field);
};

extern const struct config_kind config_kind_string;
extern const struct config_kind config_kind_path;
extern const struct config_kind config_kind_int;
extern const struct config_kind config_kind_bool;
extern const struct config_kind config_kind_time;
extern const struct config_kind config_kind_days;
extern const struct config_kind config_kind_disclosure;
extern const struct config_kind config_kind_joined;
extern const struct config_kind config_kind_prefixes;
extern const struct config_kind config_kind_words;

extern const struct config_rule config_rule_name;
extern const struct config_rule config_rule_zone;
extern const struct config_rule config_rule_language;
extern const struct config_rule config_rule_device;
extern const struct config_rule config_rule_connection;
extern const struct config_rule config_rule_pin;
extern const struct config_rule config_rule_listen;
extern const struct config_rule config_rule_ussd;
extern const struct config_rule config_rule_address;
extern const struct config_rule config_rule_prefix;
extern const struct config_rule config_rule_quirk;
extern const struct config_rule config_rule_word;
extern const struct config_rule config_rule_phone;
extern const struct config_rule config_rule_url;
extern const struct config_rule config_rule_event;
extern const struct config_rule config_rule_own_number;
extern const struct config_rule config_rule_imsi;
extern const struct config_rule config_rule_use;

/**
 * Looks through the text before libconfig does, for what libconfig does not
 * see or does not survive: numbers that would wrap, a comment without an end,
 * includes that are no plain files.
 *
 * @return false after it told of a fault.
 */
bool config_scan(struct reader *reader, const char *file, int depth);

/** Tells of faults that lie between options: doubles, windows, rehearsal. */
void config_check_whole(struct reader *reader, const config_t *tree);

/** Reads the file that planning.holidays names.
 *
 *  @param option  where the option stands, for a file that is not there. */
void config_read_holidays(struct reader *reader, struct place option);

/** Indonesia's operators and their prefixes, where the file names none. */
void config_default_operators(struct config *config);

/** A path as the file has it, made to start at the file's folder. */
char *config_resolve(const struct reader *reader, const char *path);

#endif
