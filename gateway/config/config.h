// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_CONFIG_CONFIG_H
#define KABARI_CONFIG_CONFIG_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The configuration: libconfig's syntax, every option in one table (name,
 * type, least, most, default, help), unknown keys are errors, every fault with
 * FILE:LINE. Relative paths (database.path, templates, control.socket, and
 * @include) start at the folder of the configuration file, not where the
 * program happens to be started.
 */

struct config_modem {
    char *name;         /* 1..31 of a-z 0-9 - _ , unique */
    char *device;       /* absolute path, unique */
    char *connection;   /* libGammu's; "dku2at" */
    char *operator;     /* "" : any */
    char *pin;          /* "" or 4..8 digits */
    char *use;          /* "all", "bulk", "answers" or "test" */
    char *imsi;         /* "" : the first one that is seen */
    char *number;       /* its own, for loop tests; "" : not known */
    int hourly_limit;   /* 0: none */
    int daily_limit;    /* 0: none; default 400 */
    int reserve;        /* of both limits, kept for answers */
    int min_gap_ms;     /* 0: none; default 4000 */
    int gap_jitter;     /* percent that a gap may be longer; default 20 */
    int pause_ms;       /* -1, or 0..1000; default 20 */
    int send_timeout_s; /* default 60 */
    bool reports;       /* default true */
    char *balance_code; /* "" : never asked */
    int balance_every_h;
    int balance_after; /* messages; 0: by the hour only */
    int balance_low;
    int balance_stop;  /* reminders stop below */
    int balance_floor; /* answers too */
    char *quirks;      /* the list joined with commas */
    /* The words of a command, each with its NUL, an empty one last. */
    char *power_command;
    int power_timeout_s; /* default 30 */
};

struct config_operator {
    char *name;
    char **prefixes; /* "0811" … */
    size_t prefix_count;
};

/** Where events are posted to. */
struct config_webhook {
    char *url; /* http or https; "" : off */
    char *secret;
    char *events; /* the list joined with commas; "" : all */
};

/** What a SIM pays for an SMS. */
struct config_cost {
    char *sim; /* operator of the SIM */
    char *to;  /* operator of the number; "" : any other */
    int rupiah;
};

struct config {
    char *file; /* where it was read from */
    bool rehearsal;

    char *site_name;
    char *site_timezone; /* default "Asia/Makassar" */
    char *site_language; /* default "id" */

    char *database_path;
    char *templates_path;
    char *balance_rules; /* file; need not be there */
    char *quirks_path;   /* folder; need not be there */
    char *control_socket;
    char *control_group;  /* "kabari" */
    char *http_listen;    /* "127.0.0.1:8080"; "" : no TCP */
    char *http_proxies;   /* the list joined with commas */
    int session_idle_min; /* 30 */
    int session_max_h;    /* 12 */

    unsigned sending_days; /* bit 0 Monday … bit 6 Sunday */
    int sending_from;      /* minute of the day */
    int sending_to;

    struct config_modem *modems;
    size_t modem_count;
    struct config_operator *operators; /* missing group: Indonesia's, 2016 */
    size_t operator_count;
    struct config_cost *costs;
    size_t cost_count;
    int routing_wait_s; /* for a cheaper SIM that is at work; default 20 */
    int loop_every_h;   /* modems text each other; 0: never */

    struct config_webhook *webhooks;
    size_t webhook_count;
    bool callbacks_private; /* dlr-url may name this machine or its network */

    int plan_show_rate;    /* percent of those invited who come; default 30 */
    int plan_learn_after;  /* invitations before the learned rate counts */
    int plan_week_cap;     /* messages per phone in any 7 days; 0: no cap */
    bool plan_spread;      /* over the sending day */
    int plan_done_days;    /* how long SUDAH pauses reminders */
    int plan_price_rp;     /* of one SMS */
    int plan_doubt_phones; /* residents who say a door is closed; 0: off */
    char *holidays_path;   /* "" : none */
    int32_t *holidays;     /* day numbers, ascending */
    size_t holiday_count;

    int queries_per_phone_day; /* 3; 0: no limit */
    int queries_per_nik_day;   /* 5; 0: no limit */
    int strange_niks_day;      /* 300; 0: no alarm */
    bool disclosure_open;      /* limits.disclosure: "strict" or "open" */

    bool ussd_enabled;
    char *ussd_secret;
    char *ussd_addresses; /* the list joined with commas; "" : any */

    int inbox_alarm_h; /* 24; 0: never */

    int alarm_quiet_m;   /* 15 */
    char *alarm_command; /* words as power_command's */
    int alarm_command_s; /* default 30 */
    char *alarm_phones;  /* the list joined with commas; "" : nobody */

    int retention_inbound_days;
    int retention_messages_days;
    int retention_imports_days;
    int retention_audit_days;
    int retention_history_days; /* of modems; default 90 */
    int approval_above;

    int budget_init_s;
    int budget_send_s;
    int budget_scan_s;
    int budget_ussd_s;
    int budget_other_s;
    int quarantine_after; /* failures of a modem in a row; default 8 */
};

/**
 * Reads and checks a configuration file.
 *
 * @param out  filled on KB_OK; free with config_clear().
 * @param why  the first fault, with file and line.
 * @return KB_OK; KB_NOT_FOUND where the file is not there; KB_INVALID.
 */
KB_MUST_USE enum kb_err config_load(
    const char *file, struct config *out, struct why *why);

/** As config_load, but hands every fault to fn; returns how many. */
int config_check(
    const char *file, void (*fn)(void *arg, const struct why *why), void *arg);

/** The control socket that a file names, whatever its faults elsewhere; NULL
 *  where none can be read. free() it. */
char *config_socket(const char *file);

void config_clear(struct config *config);

/** Which file: the argument, $KABARI_CONFIG, or /etc/kabari/kabari.conf. */
const char *config_file(const char *argument);

/** The modem of that name, or NULL. */
const struct config_modem *config_modem_find(
    const struct config *config, const char *name);

/** "Mon-Sat", "Mon,Wed,Fri", "Sen-Jum" (three letters, English or Indonesian)
 *  as a mask, bit 0 Monday; 0 where it cannot be read. */
unsigned config_days(const char *text);

/** The mask as "Mon-Sat" or "Mon,Wed". */
void config_days_text(unsigned days, char *out, size_t out_bytes);

/** True where the local day and minute of an instant lie in the window. */
bool config_window_open(const struct config *config, int64_t at_ms);

/** The first instant from at_ms on at which the window is open. */
int64_t config_window_next_ms(const struct config *config, int64_t at_ms);

/** Whether that day is in the file of holidays: no reminders go out then, and
 *  offices are shut. */
bool config_holiday(const struct config *config, int32_t day);

/** The operator whose prefix a number in the form +62… has ("" where none
 *  has); the longest prefix wins. There is no number portability. */
const char *config_operator_of(const struct config *config, const char *phone);

/** True where the device is there and is a pseudo-terminal: a rehearsal may
 *  open nothing else. A link in /dev/serial/by-id is followed. */
bool config_device_is_pty(const char *device);

struct config_kind;
struct config_rule;

/** One option for lists of settings and for the test that holds the example
 *  file against the table: "modems[].pause_ms". */
struct config_option {
    const char *path;
    const char *type; /* "string", "int", "bool", "time", "days", "list" */
    int64_t least;    /* of a number, or of a text's bytes, or of a list */
    int64_t most;
    const char *fallback; /* as written in a file; NULL: must be given */
    const char *help;
    const char *unit; /* "ms", "messages" …; "" where there is none */

    /* How the reader stores it; nobody else's business. */
    size_t offset;
    const struct config_kind *kind;
    const struct config_rule *rule;
};
const struct config_option *config_options(size_t *count);

/** One setting as a file has it: for a page of settings. All borrowed. */
struct config_shown {
    const char *name;  /* "site.name", "modems[0].pause_ms" */
    const char *value; /* as one would read it; secrets are "***"; NULL where
                          nothing is set and nothing is the default */
    const char *file;  /* "" : the default */
    int line;
    const struct config_option *option;
};

/**
 * Hands out every option as the file has it now, in the table's order; those
 * of lists once for each item. The file need not be the one that is in force.
 *
 * @return KB_OK; KB_NOT_FOUND, KB_INVALID where it cannot be read.
 */
KB_MUST_USE enum kb_err config_show(const char *file,
    void (*fn)(void *arg, const struct config_shown *shown), void *arg);

#endif
