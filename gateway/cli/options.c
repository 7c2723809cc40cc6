// SPDX-License-Identifier: GPL-2.0-or-later
/* The options of commands. */
#include "cli/options.h"

#include <stddef.h>

#define OPTION(name_, value_, flags_, help_)                                   \
    {                                                                          \
        .name = (name_), .value = (value_), .flags = (flags_), .help = (help_) \
    }
/* A flag that puts a word into a field. */
#define PUTS(name_, field_, fixed_, help_)                                     \
    {                                                                          \
        .name = (name_), .field = (field_), .fixed = (fixed_), .help = (help_) \
    }

const struct cli_option cli_options_user_add[] = {
    {"role",      "ROLE", "staff, operator, auditor or admin",           CLI_NEEDED, NULL,
     NULL                                                                                      },
    {"kecamatan", "NAME", "staff of this kecamatan only; several times",
     CLI_MANY,                                                                       NULL, NULL},
    {"lang",      "L",    "language of the console: id or en",           0,          NULL, NULL},
    {NULL,        NULL,   NULL,                                          0,          NULL, NULL},
};

const struct cli_option cli_options_user_set[] = {
    {"role",      "ROLE", "staff, operator, auditor or admin",           0, NULL, NULL},
    {"kecamatan", "NAME", "staff of this kecamatan only; several times",
     CLI_MANY,                                                              NULL, NULL},
    {"lang",      "L",    "language of the console: id or en",           0, NULL, NULL},
    {NULL,        NULL,   NULL,                                          0, NULL, NULL},
};

const struct cli_option cli_options_token[] = {
    {"scope",   "S",    "what it may, such as messages:send; several times",
     CLI_NEEDED | CLI_MANY,                                                     NULL, NULL},
    {"expires", "TIME", "until when; never without it",                      0, NULL, NULL},
    {NULL,      NULL,   NULL,                                                0, NULL, NULL},
};

const struct cli_option cli_options_audit[] = {
    {"who",     "NAME",  "of one person, token:NAME or uid:N", 0, NULL, NULL},
    {"action",  "WORDS", "of what was done, such as unmask",   0, NULL, NULL},
    {"subject", "WORDS", "of what it was done to",             0, NULL, NULL},
    {"since",   "TIME",  "from then on",                       0, NULL, NULL},
    {"until",   "TIME",  "before then",                        0, NULL, NULL},
    {"limit",   "N",     "at most so many",                    0, NULL, NULL},
    {NULL,      NULL,    NULL,                                 0, NULL, NULL},
};

const struct cli_option cli_options_sample[] = {
    OPTION("out", "DIR", CLI_OWN | CLI_NEEDED,
        "the folder to write to; made where it is missing"),
    OPTION("residents", "N", CLI_OWN, "how many must have a card (164199)"),
    OPTION("seed", "N", CLI_OWN, "another seed gives other people"),
    {0},
};

const struct cli_option cli_options_down[] = {
    OPTION("reason", "TEXT", CLI_NEEDED, "why, in a few words"),
    OPTION("back", "DATE", 0, "the day on which it should be back"),
    PUTS("degraded", "state", "degraded", "it works, but slowly"),
    PUTS("closed", "state", "closed", "it is closed for longer"),
    {0},
};

const struct cli_option cli_options_staff[] = {
    OPTION("name", "TEXT", CLI_NEEDED, "whose number it is"),
    OPTION("office", "CODE", 0, "the only office that it may switch"),
    {0},
};

const struct cli_option cli_options_office_set[] = {
    OPTION("capacity", "N/day", CLI_PER_DAY, "recordings per day"),
    OPTION("blanks", "N", 0, "blank cards in stock"),
    OPTION("hours", "08:00-14:00", 0, "opening hours"),
    OPTION("days", "Mon-Fri", 0, "opening days"),
    OPTION("fallback", "CODE,…", 0, "where people go when it is down"),
    {0},
};

const struct cli_option cli_options_import[] = {
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

const struct cli_option cli_options_limit[] = {
    OPTION("limit", "N", 0, "at most so many (50, at most 200)"),
    {0},
};

const struct cli_option cli_options_resident_set[] = {
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

const struct cli_option cli_options_export[] = {
    WHERE,
    OPTION("reason", "TEXT", 0,
        "what the list is for; goes into the audit; asked for on a terminal"),
    {0},
};

const struct cli_option cli_options_render[] = {
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
        OPTION("lang", "LANG", 0, "one language for all"),                     \
        OPTION("on-unknown", "WHAT", 0,                                        \
            "what may or may not have been sent: keep (default), or resend "   \
            "once after an hour")

const struct cli_option cli_options_campaign_create[] = {
    CAMPAIGN_OPTIONS(CLI_NEEDED),
    {0},
};

const struct cli_option cli_options_campaign_set[] = {
    CAMPAIGN_OPTIONS(0),
    OPTION("correct", NULL, 0,
        "with a later --deadline: tell it to whoever was told the old one"),
    {0},
};

const struct cli_option cli_options_to[] = {
    OPTION("to", "PHONE", CLI_NEEDED, "who gets it"),
    {0},
};

const struct cli_option cli_options_report[] = {
    OPTION("csv", NULL, CLI_OWN, "as CSV"),
    {0},
};

const struct cli_option cli_options_no_phone[] = {
    OPTION("csv", NULL, CLI_OWN, "as CSV"),
    OPTION("desa", "NAME", CLI_OWN, "of one desa only"),
    OPTION("summary", NULL, CLI_OWN, "how many in each desa, no names"),
    {0},
};

const struct cli_option cli_options_send[] = {
    OPTION("priority", "P", 0, "reply, normal (default) or bulk"),
    OPTION("at", "TIME", 0, "not before this time"),
    OPTION("expire", "TIME", 0, "not after this time"),
    OPTION("ref", "TEXT", 0, "your own reference"),
    OPTION("file", "FILE", CLI_OWN,
        "many at once, - for standard input: CSV with the columns phone, text, "
        "optional priority, at, expire, ref; all are taken or none"),
    {0},
};

const struct cli_option cli_options_message_list[] = {
    OPTION("state", "S", 0,
        "held, queued, submitting, sent, delivered, undelivered, failed, "
        "expired, cancelled or unknown"),
    OPTION("phone", "PHONE", 0, "to this phone only"),
    OPTION("campaign", "ID", 0, "of this campaign only (its id)"),
    OPTION("limit", "N", 0, "at most so many"),
    OPTION("cursor", "ID", 0, "older than this id"),
    {0},
};

const struct cli_option cli_options_inbox_list[] = {
    OPTION("open", NULL, 0, "only what waits for a person"),
    OPTION("poison", NULL, CLI_OWN,
        "SMS that could not be read at all, as hex, with what is odd"),
    OPTION("limit", "N", 0, "at most so many"),
    OPTION("cursor", "ID", 0, "older than this id"),
    {0},
};

const struct cli_option cli_options_canned[] = {
    OPTION("canned", "NAME", 0,
        "instead of a text: canned_NAME of the templates, filled in"),
    {0},
};

const struct cli_option cli_options_until[] = {
    OPTION("until", "TIME", CLI_NEEDED, "until this time"),
    {0},
};

const struct cli_option cli_options_from[] = {
    OPTION("from", "PHONE", 0, "as if from this phone"),
    {0},
};

const struct cli_option cli_options_alarm_list[] = {
    OPTION("all", NULL, 0, "also what is over"),
    OPTION("state", "S", 0, "raised, clearing or cleared"),
    OPTION(
        "severity", "S", 0, "notice, warning or critical, and what is worse"),
    OPTION("key", "TEXT", 0, "whose key begins so, such as m1:"),
    OPTION("limit", "N", 0, "at most so many"),
    {0},
};

const struct cli_option cli_options_webhook_log[] = {
    OPTION("failed", NULL, 0, "only what was not taken"),
    OPTION("limit", "N", 0, "at most so many"),
    {0},
};

const struct cli_option cli_options_office_list[] = {
    OPTION("state", "S", 0, "up, degraded, down or closed"),
    OPTION("kecamatan", "CODE", 0, "of this kecamatan only"),
    {0},
};

const struct cli_option cli_options_settle[] = {
    OPTION("all", NULL, CLI_OWN, "all that are unknown; then AS stands alone"),
    {0},
};

const struct cli_option cli_options_history[] = {
    OPTION("hours", "N", 0, "so far back; default 24"),
    {0},
};

const struct cli_option cli_options_log[] = {
    OPTION("follow", NULL, CLI_OWN, "go on until interrupted"),
    OPTION("at", NULL, CLI_OWN,
        "the last AT exchanges instead; numbers and texts are masked"),
    {0},
};

const struct cli_option cli_options_probe[] = {
    OPTION("connection", "NAME", CLI_OWN,
        "libGammu's connection (dku2at); at115200 for a serial port"),
    {0},
};

const struct cli_option cli_options_status[] = {
    OPTION("watch", NULL, CLI_OWN, "refresh every two seconds"),
    {0},
};
