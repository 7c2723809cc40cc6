// SPDX-License-Identifier: GPL-2.0-or-later
/* All commands, in the order of the help, and the columns of their lists. */
#include "cli/cli.h"

#include <string.h>

#define API "/api/v1"

/* --- columns --- */

static const struct cli_column office_columns[] = {
    {"CODE",     "code",     0 },
    {"NAME",     "name",     28},
    {"STATE",    "state",    0 },
    {"CAPACITY", "capacity", 0 },
    {"HOURS",    "hours",    0 },
    {"DAYS",     "days",     0 },
    {"BLANKS",   "blanks",   0 },
    {"BACK",     "back",     0 },
    {"REASON",   "reason",   40},
    {NULL,       NULL,       0 },
};

static const struct cli_column staff_columns[] = {
    {"PHONE",  "phone",  0},
    {"NAME",   "name",   0},
    {"OFFICE", "office", 0},
    {NULL,     NULL,     0},
};

static const struct cli_column resident_columns[] = {
    {"NIK",          "nik",          0 },
    {"NAME",         "name",         28},
    {"OFFICE",       "office",       0 },
    {"STATE",        "state",        0 },
    {"FLAG",         "flag",         0 },
    {"PHONE",        "phone",        0 },
    {"SHARED",       "phone_shared", 0 },
    {"LAST CONTACT", "last_contact", 0 },
    {NULL,           NULL,           0 },
};

static const struct cli_column template_columns[] = {
    {"LANG",     "lang",     0 },
    {"NAME",     "name",     0 },
    {"CODING",   "coding",   0 },
    {"WORST",    "units",    0 },
    {"LIMIT",    "limit",    0 },
    {"PARTS",    "parts",    0 },
    {"FALLBACK", "fallback", 0 },
    {"WARNINGS", "warnings", 60},
    {NULL,       NULL,       0 },
};

static const struct cli_column campaign_columns[] = {
    {"NAME",     "name",     0 },
    {"STATE",    "state",    0 },
    {"TEMPLATE", "template", 0 },
    {"DEADLINE", "deadline", 0 },
    {"STEPS",    "steps",    0 },
    {"WHERE",    "where",    40},
    {"NOTE",     "note",     50},
    {NULL,       NULL,       0 },
};

static const struct cli_column message_columns[] = {
    {"ID",       "id",       0 },
    {"CREATED",  "created",  0 },
    {"PHONE",    "phone",    0 },
    {"STATE",    "state",    0 },
    {"PRIORITY", "priority", 0 },
    {"MODEM",    "modem",    0 },
    {"PARTS",    "parts",    0 },
    {"REASON",   "reason",   40},
    {"TEXT",     "text",     40},
    {NULL,       NULL,       0 },
};

static const struct cli_column part_columns[] = {
    {"PART",      "part",      0},
    {"STATE",     "state",     0},
    {"MODEM",     "modem",     0},
    {"TP-MR",     "tp_mr",     0},
    {"TP-ST",     "tp_st",     0},
    {"ATTEMPT",   "attempt",   0},
    {"SUBMITTED", "submitted", 0},
    {"SENT",      "sent",      0},
    {"REPORTED",  "reported",  0},
    {NULL,        NULL,        0},
};

static const struct cli_column sample_columns[] = {
    {"OFFICE", "office", 0},
    {"STATE",  "state",  0},
    {"CASE",   "case",   0},
    {"PHONE",  "phone",  0},
    {"CODING", "coding", 0},
    {"UNITS",  "units",  0},
    {"PARTS",  "parts",  0},
    {"TEXT",   "text",   0},
    {NULL,     NULL,     0},
};

static const struct cli_column inbox_columns[] = {
    {"ID",     "id",     0 },
    {"AT",     "at",     0 },
    {"PHONE",  "phone",  0 },
    {"STATE",  "state",  0 },
    {"INTENT", "intent", 0 },
    {"TEXT",   "text",   60},
    {NULL,     NULL,     0 },
};

static const struct cli_column canned_columns[] = {
    {"NAME", "name", 0  },
    {"LANG", "lang", 0  },
    {"TEXT", "text", 100},
    {NULL,   NULL,   0  },
};

static const struct cli_column poison_columns[] = {
    {"ID",     "id",     0 },
    {"AT",     "at",     0 },
    {"MODEM",  "modem",  0 },
    {"MEMORY", "memory", 0 },
    {"PLACE",  "place",  0 },
    {"WHY",    "why",    60},
    {"PDU",    "pdu",    0 },
    {NULL,     NULL,     0 },
};

static const struct cli_column thread_columns[] = {
    {"AT",   "at",   0 },
    {"FROM", "from", 0 },
    {"TEXT", "text", 90},
    {NULL,   NULL,   0 },
};

static const struct cli_column modem_columns[] = {
    {"NAME",       "name",       0 },
    {"STATE",      "state",      0 },
    {"SINCE",      "since",      0 },
    {"NETWORK",    "network",    16},
    {"SIGNAL %",   "signal",     0 },
    {"CREDIT",     "credit",     0 },
    {"QUEUED",     "queued",     0 },
    {"SENT TODAY", "sent_today", 0 },
    {"LIMITED BY", "limited_by", 24},
    {"LAST ERROR", "last_error", 40},
    {NULL,         NULL,         0 },
};

static const struct cli_column history_columns[] = {
    {"AT",       "at",      0 },
    {"STATE",    "state",   0 },
    {"SIGNAL %", "signal",  0 },
    {"NETWORK",  "network", 16},
    {"CREDIT",   "credit",  0 },
    {"SENT",     "sent",    0 },
    {"FAILED",   "failed",  0 },
    {NULL,       NULL,      0 },
};

static const struct cli_column user_columns[] = {
    {"NAME",      "name",      0 },
    {"ROLE",      "role",      0 },
    {"KECAMATAN", "kecamatan", 40},
    {"DISABLED",  "disabled",  0 },
    {"LAST SEEN", "seen",      0 },
    {NULL,        NULL,        0 },
};

static const struct cli_column token_columns[] = {
    {"NAME",    "name",       0 },
    {"SCOPES",  "scopes",     60},
    {"BY",      "created_by", 0 },
    {"EXPIRES", "expires",    0 },
    {"USED",    "used",       0 },
    {"REVOKED", "revoked",    0 },
    {NULL,      NULL,         0 },
};

static const struct cli_column audit_columns[] = {
    {"ID",      "id",      0 },
    {"AT",      "at",      0 },
    {"WHO",     "who",     0 },
    {"WHAT",    "action",  44},
    {"SUBJECT", "subject", 24},
    {"DETAIL",  "detail",  50},
    {"FROM",    "address", 0 },
    {NULL,      NULL,      0 },
};

static const struct cli_column alarm_columns[] = {
    {"ID",       "id",        0 },
    {"SEVERITY", "severity",  0 },
    {"STATE",    "state",     0 },
    {"RAISED",   "raised_at", 0 },
    {"LAST",     "last_at",   0 },
    {"TIMES",    "times",     0 },
    {"KEY",      "key",       0 },
    {"SEEN BY",  "acked_by",  0 },
    {"WHAT",     "text",      90},
    {NULL,       NULL,        0 },
};

static const struct cli_column webhook_columns[] = {
    {"URL",     "url",     60},
    {"EVENTS",  "events",  0 },
    {"WAITING", "waiting", 0 },
    {"DEAD",    "dead",    0 },
    {NULL,      NULL,      0 },
};

static const struct cli_column reject_columns[] = {
    {"ROW",    "row",    0 },
    {"COLUMN", "column", 0 },
    {"VALUE",  "value",  24},
    {"WHY",    "why",    80},
    {NULL,     NULL,     0 },
};

static const struct cli_column office_down_columns[] = {
    {"CODE",   "code",   0 },
    {"NAME",   "name",   28},
    {"STATE",  "state",  0 },
    {"BACK",   "back",   0 },
    {"REASON", "reason", 40},
    {NULL,     NULL,     0 },
};

static const struct cli_column campaign_brief_columns[] = {
    {"CAMPAIGN", "name",     0 },
    {"STATE",    "state",    0 },
    {"DEADLINE", "deadline", 0 },
    {"NOTE",     "note",     60},
    {NULL,       NULL,       0 },
};

static const struct cli_column forecast_columns[] = {
    {"OFFICE",    "code",       0},
    {"STATE",     "state",      0},
    {"BACK",      "back",       0},
    {"A DAY",     "capacity",   0},
    {"NEEDED",    "needed",     0},
    {"REACHABLE", "reachable",  0},
    {"NO PHONE",  "no_phone",   0},
    {"TOLD",      "told",       0},
    {"TOO LATE",  "late",       0},
    {"COME",      "expected",   0},
    {"ALL TOLD",  "finish",     0},
    {"BINDS",     "constraint", 0},
    {NULL,        NULL,         0},
};

static const struct cli_column what_if_columns[] = {
    {"WITH",      "label",    0},
    {"MORE TOLD", "told",     0},
    {"MORE COME", "expected", 0},
    {"TOO LATE",  "late",     0},
    {NULL,        NULL,       0},
};

static const struct cli_column by_day_columns[] = {
    {"DAY",      "day",      0},
    {"TOLD",     "told",     0},
    {"SO FAR",   "so_far",   0},
    {"MESSAGES", "messages", 0},
    {"COME",     "expected", 0},
    {"CAPACITY", "capacity", 0},
    {NULL,       NULL,       0},
};

static const struct cli_column people_columns[] = {
    {"WHO",       "who",          0},
    {"PEOPLE",    "audience",     0},
    {"NO PHONE",  "no_phone",     0},
    {"TOLD",      "told",         0},
    {"DELIVERED", "delivered",    0},
    {"ANSWERED",  "answered",     0},
    {"CAME",      "came",         0},
    {"CAME %",    "came_percent", 0},
    {NULL,        NULL,           0},
};

static const struct cli_column by_office_columns[] = {
    {"OFFICE",    "code",         0},
    {"PEOPLE",    "audience",     0},
    {"NO PHONE",  "no_phone",     0},
    {"TOLD",      "told",         0},
    {"DELIVERED", "delivered",    0},
    {"ANSWERED",  "answered",     0},
    {"CAME",      "came",         0},
    {"CAME %",    "came_percent", 0},
    {NULL,        NULL,           0},
};

const struct cli_column *cli_columns_of(const char *name)
{
    static const struct {
        const char *name;
        const struct cli_column *columns;
    } known[] = {
        {"messages",     message_columns       },
        {"parts",        part_columns          },
        {"samples",      sample_columns        },
        {"inbox",        inbox_columns         },
        {"poison",       poison_columns        },
        {"thread",       thread_columns        },
        {"residents",    resident_columns      },
        {"modems",       modem_columns         },
        {"rejects",      reject_columns        },
        {"offices_down", office_down_columns   },
        {"campaigns",    campaign_brief_columns},
        {"findings",     template_columns      },
        {"offices",      forecast_columns      },
        {"what_if",      what_if_columns       },
        {"by_day",       by_day_columns        },
        {"people",       people_columns        },
        {"by_office",    by_office_columns     },
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, name) == 0) {
            return known[i].columns;
        }
    }
    return NULL;
}

/* --- options --- */

#define OPTION(name_, value_, flags_, help_)                                   \
    {                                                                          \
        .name = (name_), .value = (value_), .flags = (flags_), .help = (help_) \
    }
/* A flag that puts a word into a field. */
#define PUTS(name_, field_, fixed_, help_)                                     \
    {                                                                          \
        .name = (name_), .field = (field_), .fixed = (fixed_), .help = (help_) \
    }

static const struct cli_option user_add_options[] = {
    {"role",      "ROLE", "staff, operator, auditor or admin",           CLI_NEEDED, NULL,
     NULL                                                                                      },
    {"kecamatan", "NAME", "staff of this kecamatan only; several times",
     CLI_MANY,                                                                       NULL, NULL},
    {"lang",      "L",    "language of the console: id or en",           0,          NULL, NULL},
    {NULL,        NULL,   NULL,                                          0,          NULL, NULL},
};

static const struct cli_option user_set_options[] = {
    {"role",      "ROLE", "staff, operator, auditor or admin",           0, NULL, NULL},
    {"kecamatan", "NAME", "staff of this kecamatan only; several times",
     CLI_MANY,                                                              NULL, NULL},
    {"lang",      "L",    "language of the console: id or en",           0, NULL, NULL},
    {NULL,        NULL,   NULL,                                          0, NULL, NULL},
};

static const struct cli_option token_options[] = {
    {"scope",   "S",    "what it may, such as messages:send; several times",
     CLI_NEEDED | CLI_MANY,                                                     NULL, NULL},
    {"expires", "TIME", "until when; never without it",                      0, NULL, NULL},
    {NULL,      NULL,   NULL,                                                0, NULL, NULL},
};

static const struct cli_option audit_options[] = {
    {"who",   "NAME", "of one person, token:NAME or uid:N", 0, NULL, NULL},
    {"since", "TIME", "from then on",                       0, NULL, NULL},
    {"limit", "N",    "at most so many",                    0, NULL, NULL},
    {NULL,    NULL,   NULL,                                 0, NULL, NULL},
};

static const struct cli_option sample_options[] = {
    OPTION("out", "DIR", CLI_OWN | CLI_NEEDED,
        "the folder to write to; made where it is missing"),
    OPTION("residents", "N", CLI_OWN, "how many must have a card (164199)"),
    OPTION("seed", "N", CLI_OWN, "another seed gives other people"),
    {0},
};

static const struct cli_option down_options[] = {
    OPTION("reason", "TEXT", CLI_NEEDED, "why, in a few words"),
    OPTION("back", "DATE", 0, "the day on which it should be back"),
    PUTS("degraded", "state", "degraded", "it works, but slowly"),
    PUTS("closed", "state", "closed", "it is closed for longer"),
    {0},
};

static const struct cli_option staff_options[] = {
    OPTION("name", "TEXT", CLI_NEEDED, "whose number it is"),
    OPTION("office", "CODE", 0, "the only office that it may switch"),
    {0},
};

static const struct cli_option office_set_options[] = {
    OPTION("capacity", "N/day", CLI_PER_DAY, "recordings per day"),
    OPTION("blanks", "N", 0, "blank cards in stock"),
    OPTION("hours", "08:00-14:00", 0, "opening hours"),
    OPTION("days", "Mon-Fri", 0, "opening days"),
    OPTION("fallback", "CODE,…", 0, "where people go when it is down"),
    {0},
};

static const struct cli_option import_options[] = {
    OPTION("table", "NAME", CLI_OWN, "FILE is a SQLite file: read this table"),
    OPTION("sync", NULL, CLI_OWN,
        "FILE is the whole pending list of its kecamatan: who is no longer on "
        "it counts as recorded"),
    OPTION("dry-run", NULL, CLI_OWN, "check and count only"),
    OPTION("rejects", "FILE", CLI_OWN,
        "write all rows that were left out to FILE as CSV"),
    OPTION("undo", "ID", CLI_OWN, "take the last import back"),
    {0},
};

static const struct cli_option limit_options[] = {
    OPTION("limit", "N", 0, "at most so many (50, at most 200)"),
    {0},
};

static const struct cli_option resident_set_options[] = {
    OPTION("state", "STATE", 0,
        "unrecorded, processing, failed, review, print_ready, printed or "
        "collected"),
    OPTION("flag", "FLAG", 0,
        "inactive, deceased, moved or underage; none clears it"),
    OPTION("phone", "PHONE", 0, "the phone; \"\" takes it away"),
    OPTION("lang", "LANG", 0, "the language of messages"),
    OPTION("unlink", "PHONE", 0, "a phone that is not theirs"),
    OPTION("enroll", NULL, 0,
        "a code of six digits, good for a day: whoever texts KODE and the code "
        "has this resident's phone from then on"),
    {0},
};

#define WHERE                                                                  \
    OPTION("where", "EXPR", CLI_MANY,                                          \
        "field=value[,value] over state, kecamatan, desa, office, sex, age "   \
        "(age>=60), born, last_contact, lang, operator, phone "                \
        "(own|shared|none); all must hold")

static const struct cli_option where_options[] = {
    WHERE,
    {0},
};

static const struct cli_option render_options[] = {
    OPTION("nik", "NIK", 0, "for this resident; else for a made-up one"),
    OPTION("lang", "LANG", 0, "in this language"),
    OPTION("deadline", "DATE", 0, "with this last day"),
    {0},
};

/* A new campaign needs some of what one that exists may have changed. */
#define CAMPAIGN_OPTIONS(flags_)                                               \
    OPTION("template", "T", flags_, "the text: see kabari template list"),     \
        OPTION("deadline", "DATE", flags_, "the last day"), WHERE,             \
        OPTION("steps", "DAYS", 0, "days before the deadline (30,14,7,3,1)"),  \
        OPTION("start", "TIME", 0, "not before this time"),                    \
        OPTION("outage", "WHAT", 0,                                            \
            "when an office is down: hold, redirect or inform"),               \
        OPTION("pace", "PACE", 0, "auto, or at most N/day per office"),        \
        OPTION("holdout", "PERCENT", 0, "leave so many out, to compare (0)"),  \
        OPTION("lang", "LANG", 0, "one language for all")

static const struct cli_option campaign_create_options[] = {
    CAMPAIGN_OPTIONS(CLI_NEEDED),
    {0},
};

static const struct cli_option campaign_set_options[] = {
    CAMPAIGN_OPTIONS(0),
    OPTION("correct", NULL, 0,
        "with a later --deadline: tell it to whoever was told the old one"),
    {0},
};

static const struct cli_option to_options[] = {
    OPTION("to", "PHONE", CLI_NEEDED, "who gets it"),
    {0},
};

static const struct cli_option report_options[] = {
    OPTION("csv", NULL, CLI_OWN, "as CSV"),
    {0},
};

static const struct cli_option no_phone_options[] = {
    OPTION("csv", NULL, CLI_OWN, "as CSV"),
    OPTION("desa", "NAME", CLI_OWN, "of one desa only"),
    OPTION("summary", NULL, CLI_OWN, "how many in each desa, no names"),
    {0},
};

static const struct cli_option send_options[] = {
    OPTION("priority", "P", 0, "reply, normal (default) or bulk"),
    OPTION("at", "TIME", 0, "not before this time"),
    OPTION("expire", "TIME", 0, "not after this time"),
    OPTION("ref", "TEXT", 0, "your own reference"),
    OPTION("file", "FILE", CLI_OWN,
        "many at once, - for standard input: CSV with the columns phone, text, "
        "optional priority, at, expire, ref; all are taken or none"),
    {0},
};

static const struct cli_option message_list_options[] = {
    OPTION("state", "S", 0,
        "held, queued, submitting, sent, delivered, undelivered, failed, "
        "expired, cancelled or unknown"),
    OPTION("phone", "PHONE", 0, "to this phone only"),
    OPTION("campaign", "ID", 0, "of this campaign only (its id)"),
    OPTION("limit", "N", 0, "at most so many"),
    OPTION("cursor", "ID", 0, "older than this id"),
    {0},
};

static const struct cli_option inbox_list_options[] = {
    OPTION("open", NULL, 0, "only what waits for a person"),
    OPTION("poison", NULL, CLI_OWN,
        "SMS that could not be read at all, as hex, with what is odd"),
    OPTION("limit", "N", 0, "at most so many"),
    OPTION("cursor", "ID", 0, "older than this id"),
    {0},
};

static const struct cli_option canned_options[] = {
    OPTION("canned", "NAME", 0,
        "instead of a text: canned_NAME of the templates, filled in"),
    {0},
};

static const struct cli_option until_options[] = {
    OPTION("until", "TIME", CLI_NEEDED, "until this time"),
    {0},
};

static const struct cli_option from_options[] = {
    OPTION("from", "PHONE", 0, "as if from this phone"),
    {0},
};

static const struct cli_option alarm_list_options[] = {
    OPTION("all", NULL, 0, "also what is over"),
    OPTION("limit", "N", 0, "at most so many"),
    {0},
};

static const struct cli_option settle_options[] = {
    OPTION("all", NULL, CLI_OWN, "all that are unknown; then AS stands alone"),
    {0},
};

static const struct cli_option history_options[] = {
    OPTION("hours", "N", 0, "so far back; default 24"),
    {0},
};

static const struct cli_option log_options[] = {
    OPTION("follow", NULL, CLI_OWN, "go on until interrupted"),
    OPTION("at", NULL, CLI_OWN,
        "the last AT exchanges instead; numbers and texts are masked"),
    {0},
};

static const struct cli_option probe_options[] = {
    OPTION("connection", "NAME", CLI_OWN,
        "libGammu's connection (dku2at); at115200 for a serial port"),
    {0},
};

static const struct cli_option status_options[] = {
    OPTION("watch", NULL, CLI_OWN, "refresh every two seconds"),
    {0},
};

/* --- commands --- */

/* A block per command reads better than columns. */
/* clang-format off */
static const struct cli_command commands[] = {
    {.group = "check", .help = "configuration and templates: every fault",
        .example = "check -c /etc/kabari/kabari.conf", .run = cli_do_check},

    {.group = "sample", .help = "synthetic residents.csv and offices.csv",
        .example = "sample --out /tmp/mabar", .options = sample_options,
        .run = cli_do_sample},

    {.group = "office", .verb = "import", .help = "read offices.csv",
        .example = "office import offices.csv",
        .args = {{.name = "FILE", .field = "-"}}, .run = cli_do_office_import},
    {.group = "office", .verb = "list", .help = "all offices",
        .example = "office list", .method = "GET", .path = API "/offices",
        .shape = CLI_LIST, .columns = office_columns,
        .empty = "no offices yet; import them: kabari office import "
            "offices.csv"},
    {.group = "office", .verb = "show", .help = "one office",
        .example = "office show LEMBOR", .args = {{.name = "CODE"}},
        .method = "GET", .path = API "/offices/{}"},
    {.group = "office", .verb = "down", .help = "an office does not work",
        .example = "office down LEMBOR --reason \"server rusak\" --back "
            "2016-09-15", .args = {{.name = "CODE"}}, .options = down_options,
        .method = "POST", .path = API "/offices/{}/state",
        .preset = "state=down", .shape = CLI_LINE,
        .line = "office {code}: {state}, back {back}; {caused}"},
    {.group = "office", .verb = "up", .help = "an office works again",
        .example = "office up LEMBOR", .args = {{.name = "CODE"}},
        .method = "POST", .path = API "/offices/{}/state", .preset = "state=up",
        .shape = CLI_LINE, .line = "office {code}: {state}; {caused}"},
    {.group = "office", .verb = "dismiss",
        .help = "residents say that it is closed, and it is not",
        .example = "office dismiss LEMBOR", .args = {{.name = "CODE"}},
        .method = "POST", .path = API "/offices/{}/suspicion",
        .preset = "dismiss=1", .shape = CLI_LINE,
        .line = "office {code}: {state}"},
    {.group = "office", .verb = "staff",
        .help = "numbers from which staff switch offices by SMS",
        .example = "office staff", .method = "GET",
        .path = API "/staff-phones", .shape = CLI_LIST,
        .columns = staff_columns,
        .empty = "no numbers yet; kabari office staff-add PHONE --name NAME"},
    {.group = "office", .verb = "staff-add",
        .help = "a number that may text RUSAK LEMBOR besok, NORMAL LEMBOR",
        .example = "office staff-add 081200009001 --name \"Maria\" --office "
            "LEMBOR",
        .args = {{.name = "PHONE", .field = "phone"}},
        .options = staff_options, .method = "POST",
        .path = API "/staff-phones", .shape = CLI_LINE,
        .line = "{phone} ({name}) may switch offices by SMS"},
    {.group = "office", .verb = "staff-remove",
        .help = "take such a number away",
        .example = "office staff-remove 081200009001",
        .args = {{.name = "PHONE"}}, .method = "DELETE",
        .path = API "/staff-phones/{}", .shape = CLI_LINE, .line = "removed"},
    {.group = "office", .verb = "set",
        .help = "capacity, stock, hours, days, fallback",
        .example = "office set LEMBOR --capacity 90/day --blanks 500",
        .args = {{.name = "CODE"}}, .options = office_set_options,
        .method = "PATCH", .path = API "/offices/{}"},

    {.group = "resident", .verb = "import",
        .help = "read residents.csv or a SQLite table",
        .example = "resident import residents.csv --dry-run",
        .args = {{.name = "FILE", .field = "-", .optional = true}},
        .options = import_options, .run = cli_do_resident_import},
    {.group = "resident", .verb = "show",
        .help = "one resident, and why they were told or not",
        .example = "resident show 5315030101909000", .args = {{.name = "NIK"}},
        .method = "GET", .path = API "/residents/{}"},
    {.group = "resident", .verb = "find",
        .help = "by NIK, phone or part of a name",
        .example = "resident find maria",
        .args = {{.name = "TEXT", .field = "find"}}, .options = limit_options,
        .method = "GET", .path = API "/residents", .shape = CLI_LIST,
        .columns = resident_columns,
        .empty = "nobody found; search by NIK, phone or part of a name"},
    {.group = "resident", .verb = "set", .help = "state, flag, phone, language",
        .example = "resident set 5315030101909000 --state printed",
        .args = {{.name = "NIK"}}, .options = resident_set_options,
        .method = "PATCH", .path = API "/residents/{}"},
    {.group = "resident", .verb = "export",
        .help = "residents as CSV on standard output",
        .example = "resident export --where state=unrecorded > pending.csv",
        .options = where_options, .run = cli_do_export},
    {.group = "resident", .verb = "erase", .help = "forget a resident",
        .example = "resident erase 5315030101909000", .args = {{.name = "NIK"}},
        .method = "DELETE", .path = API "/residents/{}",
        .confirm = "Erase resident {} for good?", .shape = CLI_LINE,
        .line = "erased"},

    {.group = "template", .verb = "list",
        .help = "all texts with their worst-case lengths",
        .example = "template list", .method = "GET", .path = API "/templates",
        .shape = CLI_LIST, .columns = template_columns,
        .empty = "no templates; see templates in the configuration"},
    {.group = "template", .verb = "check",
        .help = "read them anew from disk: every fault",
        .example = "template check", .run = cli_do_template_check},
    {.group = "template", .verb = "show", .help = "one text in every language",
        .example = "template show remind_first", .args = {{.name = "NAME"}},
        .method = "GET", .path = API "/templates/{}"},
    {.group = "template", .verb = "render", .help = "a text filled in",
        .example = "template render remind_first --nik 5315030101909000",
        .args = {{.name = "NAME"}}, .options = render_options,
        .run = cli_do_render},

    {.group = "campaign", .verb = "create",
        .help = "a new campaign, as a draft",
        .example = "campaign create rekam --template remind_first --deadline "
            "2016-09-30 --where state=unrecorded",
        .args = {{.name = "NAME", .field = "name"}},
        .options = campaign_create_options, .method = "POST",
        .path = API "/campaigns", .shape = CLI_LINE,
        .line = "campaign {name}: {state}; look at it: kabari campaign "
            "preview {name}"},
    {.group = "campaign", .verb = "preview", .help = "who would be told what",
        .example = "campaign preview rekam", .args = {{.name = "NAME"}},
        .method = "GET", .path = API "/campaigns/{}/preview"},
    {.group = "campaign", .verb = "forecast",
        .help = "day by day until the deadline: who is told, what binds, what "
            "would change it",
        .example = "campaign forecast rekam", .args = {{.name = "NAME"}},
        .options = report_options, .run = cli_do_forecast},
    {.group = "campaign", .verb = "no-phone",
        .help = "who cannot be texted, by desa, for the village heads",
        .example = "campaign no-phone rekam --desa \"Poco Rutang\"",
        .args = {{.name = "NAME"}}, .options = no_phone_options,
        .run = cli_do_no_phone},
    {.group = "campaign", .verb = "test", .help = "send its text to one phone",
        .example = "campaign test rekam --to 081200009001",
        .args = {{.name = "NAME"}}, .options = to_options, .method = "POST",
        .path = API "/campaigns/{}/test", .shape = CLI_LINE,
        .line = "message {id} to {phone}: {text}"},
    {.group = "campaign", .verb = "start", .help = "start it",
        .example = "campaign start rekam", .args = {{.name = "NAME"}},
        .run = cli_do_start},
    {.group = "campaign", .verb = "approve",
        .help = "a second person's yes to a large one (approval.above)",
        .example = "campaign approve rekam", .args = {{.name = "NAME"}},
        .method = "POST", .path = API "/campaigns/{}/approve",
        .shape = CLI_LINE, .line = "campaign {name}: {state}; {note}"},
    {.group = "campaign", .verb = "pause", .help = "hold its messages",
        .example = "campaign pause rekam", .args = {{.name = "NAME"}},
        .method = "POST", .path = API "/campaigns/{}/pause", .shape = CLI_LINE,
        .line = "campaign {name}: {state}"},
    {.group = "campaign", .verb = "resume", .help = "go on",
        .example = "campaign resume rekam", .args = {{.name = "NAME"}},
        .method = "POST", .path = API "/campaigns/{}/resume", .shape = CLI_LINE,
        .line = "campaign {name}: {state}"},
    {.group = "campaign", .verb = "cancel",
        .help = "end it; what has not gone is cancelled",
        .example = "campaign cancel rekam", .args = {{.name = "NAME"}},
        .method = "POST", .path = API "/campaigns/{}/cancel",
        .confirm = "Cancel campaign {} and all that it has not sent?",
        .shape = CLI_LINE, .line = "campaign {name}: {state}"},
    {.group = "campaign", .verb = "set",
        .help = "change it; what has not gone follows",
        .example = "campaign set rekam --deadline 2016-12-31",
        .args = {{.name = "NAME"}}, .options = campaign_set_options,
        .method = "PATCH", .path = API "/campaigns/{}"},
    {.group = "campaign", .verb = "list", .help = "all campaigns",
        .example = "campaign list", .method = "GET", .path = API "/campaigns",
        .shape = CLI_LIST, .columns = campaign_columns,
        .empty = "no campaigns yet; create one: kabari campaign create NAME "
            "--template remind_first --deadline DATE"},
    {.group = "campaign", .verb = "show", .help = "one campaign",
        .example = "campaign show rekam", .args = {{.name = "NAME"}},
        .method = "GET", .path = API "/campaigns/{}"},
    {.group = "campaign", .verb = "report",
        .help = "what became of its messages, and who came",
        .example = "campaign report rekam --csv", .args = {{.name = "NAME"}},
        .options = report_options, .run = cli_do_report},

    {.group = "send", .help = "one message, or many from a file; prints its id",
        .example = "send 081200009001 \"KTP Anda siap diambil\"",
        .args = {{.name = "PHONE", .field = "phone", .optional = true},
            {.name = "TEXT", .field = "text", .optional = true}},
        .options = send_options, .run = cli_do_send},

    {.group = "message", .verb = "list", .help = "messages, newest first",
        .example = "message list --state unknown",
        .options = message_list_options, .method = "GET",
        .path = API "/messages", .shape = CLI_LIST, .columns = message_columns,
        .empty = "no such messages; send one: kabari send PHONE TEXT"},
    {.group = "message", .verb = "show", .help = "one message and its parts",
        .example = "message show 812", .args = {{.name = "ID"}},
        .method = "GET", .path = API "/messages/{}"},
    {.group = "message", .verb = "why", .help = "why it stands where it stands",
        .example = "message why 812", .args = {{.name = "ID"}}, .method = "GET",
        .path = API "/messages/{}/why", .shape = CLI_LINE,
        .line = "{state}: {why}"},
    {.group = "message", .verb = "retry", .help = "queue it again",
        .example = "message retry 812", .args = {{.name = "ID"}},
        .method = "POST", .path = API "/messages/{}/retry", .shape = CLI_LINE,
        .line = "message {id}: {state}"},
    {.group = "message", .verb = "unknown",
        .help = "those of which nobody knows whether they went out",
        .example = "message unknown", .method = "GET",
        .path = API "/messages", .preset = "state=unknown", .shape = CLI_LIST,
        .columns = message_columns,
        .empty = "none; delivery reports settle most of them by themselves"},
    {.group = "message", .verb = "settle",
        .help = "say what became of an unknown message, or of all; queued: it "
            "is sent again",
        .example = "message settle 812 sent",
        .args = {{.name = "ID"}, {.name = "AS", .optional = true}},
        .options = settle_options, .run = cli_do_settle},
    {.group = "message", .verb = "cancel", .help = "cancel what has not gone",
        .example = "message cancel 812", .args = {{.name = "ID"}},
        .method = "POST", .path = API "/messages/{}/cancel", .shape = CLI_LINE,
        .line = "message {id}: {state}"},

    {.group = "inbox", .verb = "list",
        .help = "what residents texted, newest first",
        .example = "inbox list --open", .options = inbox_list_options,
        .method = "GET", .path = API "/inbox", .shape = CLI_LIST,
        .columns = inbox_columns,
        .empty = "nothing here; what residents text shows up by itself",
        .run = cli_do_inbox_list},
    {.group = "inbox", .verb = "show", .help = "one entry",
        .example = "inbox show 17", .args = {{.name = "ID"}}, .method = "GET",
        .path = API "/inbox/{}"},
    {.group = "inbox", .verb = "reply",
        .help = "answer a resident and close the entry",
        .example = "inbox reply 17 \"Kantor buka jam 08.00\"",
        .args = {{.name = "ID"},
            {.name = "TEXT", .field = "text", .optional = true}},
        .options = canned_options, .method = "POST",
        .path = API "/inbox/{}/reply", .shape = CLI_LINE,
        .line = "message {message}"},
    {.group = "inbox", .verb = "canned",
        .help = "answers to pick from, for reply --canned",
        .example = "inbox canned", .method = "GET",
        .path = API "/inbox/canned", .shape = CLI_LIST,
        .columns = canned_columns,
        .empty = "none; write templates/<lang>/canned_<name>.txt"},
    {.group = "inbox", .verb = "assign", .help = "give it to somebody",
        .example = "inbox assign 17 maria",
        .args = {{.name = "ID"}, {.name = "WHO", .field = "to"}},
        .method = "POST", .path = API "/inbox/{}/assign", .shape = CLI_LINE,
        .line = "entry {id}: {assigned}"},
    {.group = "inbox", .verb = "snooze", .help = "put it off",
        .example = "inbox snooze 17 --until \"2016-09-05 08:00\"",
        .args = {{.name = "ID"}}, .options = until_options, .method = "POST",
        .path = API "/inbox/{}/snooze", .shape = CLI_LINE,
        .line = "entry {id}: put off until {snoozed_until}"},
    {.group = "inbox", .verb = "close", .help = "nothing more to do",
        .example = "inbox close 17", .args = {{.name = "ID"}}, .method = "POST",
        .path = API "/inbox/{}/close", .shape = CLI_LINE,
        .line = "entry {id}: {state}"},
    {.group = "inbox", .verb = "test",
        .help = "what a text would be understood as, and why",
        .example = "inbox test \"CEK 5315030101909000\"",
        .args = {{.name = "TEXT", .field = "text"}}, .options = from_options,
        .method = "POST", .path = API "/inbox/test"},

    {.group = "modem", .verb = "list", .help = "all modems",
        .example = "modem list", .method = "GET", .path = API "/modems",
        .shape = CLI_LIST, .columns = modem_columns,
        .empty = "no modems; add them to the configuration, then systemctl "
            "reload kabarid"},
    {.group = "modem", .verb = "show", .help = "one modem",
        .example = "modem show m1", .args = {{.name = "NAME"}}, .method = "GET",
        .path = API "/modems/{}"},
    {.group = "modem", .verb = "log", .help = "its last 1,000 log lines",
        .example = "modem log m1 --follow", .args = {{.name = "NAME"}},
        .options = log_options, .run = cli_do_modem_log},
    {.group = "modem", .verb = "watch",
        .help = "how it stands and what is said to it, refreshed every two "
                "seconds; numbers and texts are masked",
        .example = "modem watch m1", .args = {{.name = "NAME"}},
        .run = cli_do_modem_watch},
    {.group = "modem", .verb = "probe",
        .help = "try a device step by step; propose its configuration",
        .example = "modem probe /dev/serial/by-id/usb-HUAWEI_Mobile-if00-port0",
        .args = {{.name = "DEVICE"}}, .options = probe_options,
        .run = cli_do_modem_probe},
    {.group = "modem", .verb = "pause",
        .help = "it sends nothing until resumed", .example = "modem pause m1",
        .args = {{.name = "NAME"}}, .method = "POST",
        .path = API "/modems/{}/pause", .shape = CLI_LINE,
        .line = "modem {name}: {state}"},
    {.group = "modem", .verb = "resume", .help = "it sends again",
        .example = "modem resume m1", .args = {{.name = "NAME"}},
        .method = "POST", .path = API "/modems/{}/resume", .shape = CLI_LINE,
        .line = "modem {name}: {state}"},
    {.group = "modem", .verb = "reset",
        .help = "start it anew; lifts parked and quarantined",
        .example = "modem reset m1", .args = {{.name = "NAME"}},
        .method = "POST", .path = API "/modems/{}/reset", .shape = CLI_LINE,
        .line = "modem {name}: {state}"},
    {.group = "modem", .verb = "accept",
        .help = "the SIM that is in it now belongs there",
        .example = "modem accept m1", .args = {{.name = "NAME"}},
        .method = "POST", .path = API "/modems/{}/accept", .shape = CLI_LINE,
        .line = "modem {name}: {state}"},
    {.group = "modem", .verb = "history",
        .help = "signal, credit and what it sent, over time",
        .example = "modem history m1 --hours 48", .args = {{.name = "NAME"}},
        .options = history_options, .method = "GET",
        .path = API "/modems/{}/history", .shape = CLI_LIST,
        .columns = history_columns,
        .empty = "nothing yet; a line comes every five minutes"},
    {.group = "modem", .verb = "ussd",
        .help = "a USSD code to the network, and its answer; on a terminal a "
            "menu can be replied to, an empty line ends it",
        .example = "modem ussd m1 '*888#'",
        .args = {{.name = "NAME"}, {.name = "CODE", .field = "code"}},
        .run = cli_do_modem_ussd},

    {.group = "alarm", .verb = "list",
        .help = "what people should know of, newest first",
        .example = "alarm list --all", .options = alarm_list_options,
        .method = "GET", .path = API "/alarms", .shape = CLI_LIST,
        .columns = alarm_columns,
        .empty = "nothing stands; what was: kabari alarm list --all"},
    {.group = "alarm", .verb = "ack", .help = "say that you have seen it",
        .example = "alarm ack 3", .args = {{.name = "ID"}}, .method = "POST",
        .path = API "/alarms/{}/ack", .shape = CLI_LINE,
        .line = "alarm {id}: {state}, seen by {acked_by}"},

    {.group = "user", .verb = "add",
        .help = "somebody who may log in; asks for the password, or reads it "
            "from standard input",
        .example = "user add maria --role staff --kecamatan Lembor",
        .args = {{.name = "NAME", .field = "name"}},
        .options = user_add_options, .method = "POST", .path = API "/users",
        .shape = CLI_LINE, .line = "user {name}: {role}", .run = cli_do_user},
    {.group = "user", .verb = "passwd",
        .help = "a new password; ends the user's sessions",
        .example = "user passwd maria", .args = {{.name = "NAME"}},
        .method = "PATCH", .path = API "/users/{}", .shape = CLI_LINE,
        .line = "user {name}: new password", .run = cli_do_user},
    {.group = "user", .verb = "set", .help = "role or kecamatan",
        .example = "user set maria --role operator",
        .args = {{.name = "NAME"}}, .options = user_set_options,
        .method = "PATCH", .path = API "/users/{}", .shape = CLI_LINE,
        .line = "user {name}: {role}"},
    {.group = "user", .verb = "disable",
        .help = "may no longer log in; ends the user's sessions",
        .example = "user disable maria", .args = {{.name = "NAME"}},
        .method = "PATCH", .path = API "/users/{}", .preset = "disabled=true",
        .shape = CLI_LINE, .line = "user {name}: disabled"},
    {.group = "user", .verb = "enable", .help = "may log in again",
        .example = "user enable maria", .args = {{.name = "NAME"}},
        .method = "PATCH", .path = API "/users/{}", .preset = "disabled=false",
        .shape = CLI_LINE, .line = "user {name}: {role}"},
    {.group = "user", .verb = "list", .help = "all who may log in",
        .example = "user list", .method = "GET", .path = API "/users",
        .shape = CLI_LIST, .columns = user_columns,
        .empty = "nobody yet; the first: kabari user add NAME --role admin"},

    {.group = "token", .verb = "create",
        .help = "for a system that asks the API; shown once",
        .example = "token create simpeg --scope messages:send",
        .args = {{.name = "NAME", .field = "name"}}, .options = token_options,
        .method = "POST", .path = API "/tokens", .shape = CLI_LINE,
        .line = "{token}"},
    {.group = "token", .verb = "list", .help = "all tokens",
        .example = "token list", .method = "GET", .path = API "/tokens",
        .shape = CLI_LIST, .columns = token_columns,
        .empty = "none; make one: kabari token create NAME --scope SCOPE"},
    {.group = "token", .verb = "revoke", .help = "it opens nothing any more",
        .example = "token revoke simpeg", .args = {{.name = "NAME"}},
        .method = "DELETE", .path = API "/tokens/{}", .shape = CLI_LINE,
        .line = "revoked"},

    {.group = "audit", .verb = "list", .help = "who did and saw what",
        .example = "audit list --who maria --since 2016-09-01",
        .options = audit_options, .method = "GET", .path = API "/audit",
        .shape = CLI_LIST, .columns = audit_columns, .empty = "nothing"},

    {.group = "pause", .help = "hold all sending but answers, at once",
        .example = "pause", .method = "POST", .path = API "/pause",
        .shape = CLI_LINE, .line = "paused; go on: kabari resume"},

    {.group = "resume", .help = "go on sending", .example = "resume",
        .method = "POST", .path = API "/resume", .shape = CLI_LINE,
        .line = "sending"},

    {.group = "webhook", .verb = "list",
        .help = "systems that are told of events", .example = "webhook list",
        .method = "GET", .path = API "/webhooks", .shape = CLI_LIST,
        .columns = webhook_columns,
        .empty = "none; see webhooks in kabari.conf.example"},
    {.group = "webhook", .verb = "test", .help = "tell all of them of a test",
        .example = "webhook test", .method = "POST",
        .path = API "/webhooks/test", .shape = CLI_LINE,
        .line = "{told} are told; see kabari webhook list"},

    {.group = "backup", .help = "copy the database to a new file, also while "
            "kabarid runs, and check it",
        .example = "backup /var/backups/kabari-2016-09-01.db",
        .args = {{.name = "FILE", .field = "file"}}, .run = cli_do_backup},
    {.group = "restore", .help = "put a backup in the database's place; kabarid "
            "must be stopped, the old database is kept",
        .example = "restore /var/backups/kabari-2016-09-01.db",
        .args = {{.name = "FILE"}}, .run = cli_do_restore},
    {.group = "purge", .help = "take away what retention no longer keeps, now",
        .example = "purge", .method = "POST", .path = API "/purge",
        .shape = CLI_LINE, .line = "{purged} messages taken away"},
    {.group = "migrate", .help = "bring the database to this version's schema "
            "(kabarid does so when it starts)",
        .example = "migrate", .run = cli_do_migrate},

    {.group = "status", .help = "the whole gateway on one screen",
        .example = "status --watch", .options = status_options,
        .run = cli_do_status},
    {0},
};

/* clang-format on */

const struct cli_command *cli_commands(void)
{
    return commands;
}
