// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_CLI_CLI_H
#define KABARI_CLI_CLI_H

#include "api/api.h"
#include "api/app.h"
#include "base/err.h"
#include "cli/table.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * kabari, the command line: a thin client of the API. commands.c holds the one
 * table of what there is; most commands are nothing but a row of it (method,
 * path, fields, how to print). call.c brings a request to the running kabarid,
 * or, where none runs, to the API in this process on the store itself.
 */

/** Exit codes, as scripts rely on them. */
enum cli_exit {
    CLI_DONE = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_NOT_FOUND = 3,
    CLI_REFUSED = 4 /* by a rule, or invalid input */
};

/* --- the table of commands ------------------------------------------------- */

enum cli_option_flags {
    CLI_NEEDED = 1 << 0,  /* the command makes no sense without it */
    CLI_MANY = 1 << 1,    /* may come several times: a list */
    CLI_PER_DAY = 1 << 2, /* "90/day" is sent as "90" */
    CLI_OWN = 1 << 3      /* for the handler, not for the API */
};

/** --name [VALUE]; a table ends with a NULL name. */
struct cli_option {
    const char *name;
    const char *value; /* what stands for the value in help; NULL: a flag */
    const char *help;
    unsigned flags;
    const char *field; /* the API's field; NULL: the option's name */
    const char *fixed; /* what a flag puts into the field; NULL: "1" */
};

/** A word behind the command. */
struct cli_argument {
    const char *name;  /* "PHONE"; NULL: no more */
    const char *field; /* the API's field; NULL: it fills the path's {} */
    bool optional;
};

#define CLI_ARGS_MOST  2
#define CLI_GIVEN_MOST 64

enum cli_shape {
    CLI_SHOW, /* an object's members, one a line */
    CLI_LIST, /* a table */
    CLI_LINE  /* one sentence */
};

struct cli;

struct cli_command {
    const char *group; /* "campaign" */
    const char *verb;  /* "create"; NULL: the group's name is the command */
    const char *help;
    const char *example; /* behind "kabari " */
    struct cli_argument args[CLI_ARGS_MOST];
    const struct cli_option *options; /* NULL: none */
    const char *method;
    const char *path;   /* "/api/v1/campaigns/{}/start" */
    const char *preset; /* a field that is always sent: "state=up" */
    enum cli_shape shape;
    const char *list;            /* CLI_LIST: of cli_columns_of() */
    const char *line;            /* "campaign {name}: {state}" */
    const char *empty;           /* what an empty list says */
    const char *confirm;         /* asked first; {} is the first argument */
    int (*run)(struct cli *cli); /* instead of all that; an exit code */
};

/** The commands in the order of the help; a NULL group ends them. */
const struct cli_command *cli_commands(void);

/* --- reading the command line ---------------------------------------------- */

struct cli_given {
    const struct cli_option *option;
    const char *value; /* "" of a flag */
};

/** What was typed; borrows from argv. */
struct cli_parsed {
    const struct cli_command *command; /* NULL with help or version alone */
    const char *group;                 /* help on a group */
    const char *config_file;
    bool json;
    bool yes;
    bool help;
    bool version;
    const char *arg[CLI_ARGS_MOST];
    size_t arg_count;
    struct cli_given given[CLI_GIVEN_MOST];
    size_t given_count;
};

/**
 * Reads the words behind the program's name. Global options may stand
 * anywhere, a command's own behind it; -- ends options.
 *
 * @return KB_OK, or KB_INVALID with a sentence for people in why; out is
 *         filled as far as it went.
 */
KB_MUST_USE enum kb_err cli_parse(
    int count, char *const *words, struct cli_parsed *out, struct why *why);

/** The value of an option that was given ("" of a flag), or NULL. */
const char *cli_option(const struct cli_parsed *parsed, const char *name);

/** How many letters must be changed to make b of a (Levenshtein); at least 99
 *  for words over 31 bytes. */
int cli_distance(const char *a, const char *b);

/* --- help -------------------------------------------------------------------- */

/** "kabari campaign start NAME [--yes]". */
void cli_synopsis(const struct cli_command *command, struct buf *out);
/** Help on the command, the group, or all, as parsed says. */
void cli_help(FILE *out, const struct cli_parsed *parsed);

/** Prints a part of the manual or of the completion, for make: commands,
 *  options, words or version. @return false for anything else. */
bool cli_manual(const char *what);

/* --- asking ------------------------------------------------------------------ */

struct cli {
    struct cli_parsed parsed;
    struct config config; /* file is NULL until it was needed */
    bool told_broken;     /* that the file has a fault, and who is asked */
    struct app app;       /* open only where no daemon runs */
    struct api *api;
};

struct cli_ask {
    const char *method;
    const char *path; /* not encoded */
    json_t *fields;   /* query of GET, DELETE and with csv; else the body */
    const char *csv;  /* a body that is CSV; NULL: none */
    size_t csv_bytes;
    void (*on_wait)(void *arg); /* about four times a second meanwhile; may
                                   ask itself, without on_wait; or NULL */
    void *on_wait_arg;
};

/** Free with cli_answer_clear(). */
struct cli_answer {
    int status;
    char *body; /* NUL-terminated */
    size_t body_bytes;
};

/** Asks the daemon, or the API in this process.
 *  @return KB_OK when an answer came, whatever its status; else why says. */
KB_MUST_USE enum kb_err cli_call(struct cli *cli, const struct cli_ask *ask,
    struct cli_answer *out, struct why *why);
void cli_answer_clear(struct cli_answer *answer);

/** As cli_call, but says on standard error what went wrong.
 *  @return an exit code; out is filled only with CLI_DONE. */
int cli_get(struct cli *cli, const struct cli_ask *ask, struct cli_answer *out);
/** As cli_get, with the JSON read; json_decref(*out). */
int cli_get_json(struct cli *cli, const struct cli_ask *ask, json_t **out);

/** Reads the configuration once; why says what is wrong. */
KB_MUST_USE enum kb_err cli_config(struct cli *cli, struct why *why);

/** Lets go of a store that was opened, so that a daemon can have it. */
void cli_hang_up(struct cli *cli);

/* --- saying ------------------------------------------------------------------ */

int cli_exit_of_status(int status);
int cli_exit_of_err(enum kb_err err);

/** "kabari: what happened; what to do" on standard error; returns code. */
int cli_fail(int code, const char *fmt, ...) KB_PRINTF(2, 3);
/** The same for a why. */
int cli_fail_why(enum kb_err err, const struct why *why);
/** The same for an answer that is an error. */
int cli_fail_answer(const struct cli_answer *answer);
/** The sentence of an error's JSON as cli_fail_answer says it. */
void cli_error_text(const json_t *answer, struct buf *out);

/** Asks on a terminal; true at once with --yes or without a terminal. */
bool cli_confirm(struct cli *cli, const char *question);

struct cli_size {
    int columns;
    int rows;
};

/** Of the terminal on standard output; 80 by 24 where there is none, where it
 *  does not say, or says what cannot be. */
struct cli_size cli_terminal_size(void);
/** What standard output has room for; any width where it is no terminal. */
struct cli_fit cli_terminal(void);

/** Prints JSON as one document, or by shape; a list may be empty. */
void cli_print(
    const struct cli *cli, const struct cli_command *command, json_t *answer);
/** JSON as one line on standard output. */
void cli_print_json(const json_t *json);

/* --- what the handlers share -------------------------------------------------- */

/** The path with {} filled in by the first argument; free() it. */
char *cli_path(const struct cli *cli, const char *pattern);
/** Fields from preset, arguments and options. */
json_t *cli_fields(const struct cli *cli);
/** A command that is only its row of the table. */
int cli_run_row(struct cli *cli);

#define CLI_FILE_MOST ((size_t)512 * 1024 * 1024)

/** Reads a file, "-": standard input. */
KB_MUST_USE enum kb_err cli_read_file(
    const char *path, struct buf *out, struct why *why);

/**
 * CSV as an array of objects; empty cells are left out.
 *
 * @param known    the columns that there may be, NULL behind the last; NULL
 *                 itself: any.
 * @param numbers  each row's number as a spreadsheet counts.
 * @return KB_OK (json_decref both), or KB_INVALID with why.
 */
KB_MUST_USE enum kb_err cli_csv_objects(const struct buf *csv,
    const char *const *known, json_t **out, json_t **numbers, struct why *why);

int cli_do_check(struct cli *cli);
int cli_do_sample(struct cli *cli);
int cli_do_office_import(struct cli *cli);
int cli_do_resident_import(struct cli *cli);
int cli_do_export(struct cli *cli);
int cli_do_template_check(struct cli *cli);
int cli_do_render(struct cli *cli);
int cli_do_preview(struct cli *cli);
int cli_do_start(struct cli *cli);
int cli_do_forecast(struct cli *cli);
int cli_do_report(struct cli *cli);
int cli_do_no_phone(struct cli *cli);
int cli_do_send(struct cli *cli);
int cli_do_modem_log(struct cli *cli);
int cli_do_modem_watch(struct cli *cli);
int cli_do_inbox_list(struct cli *cli);
int cli_do_modem_probe(struct cli *cli);
int cli_do_modem_ussd(struct cli *cli);
int cli_do_settle(struct cli *cli);
int cli_do_status(struct cli *cli);
int cli_do_backup(struct cli *cli);
int cli_do_restore(struct cli *cli);
int cli_do_migrate(struct cli *cli);
int cli_do_user(struct cli *cli);

#endif
