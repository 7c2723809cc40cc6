// SPDX-License-Identifier: GPL-2.0-or-later
/* The columns of lists, by the list's name. */
#include "cli/table.h"

#include <stddef.h>
#include <string.h>

static const struct cli_column office_columns[] = {
    {"CODE",     "code",     0,  false},
    {"NAME",     "name",     28, false},
    {"STATE",    "state",    0,  false},
    {"CAPACITY", "capacity", 0,  false},
    {"HOURS",    "hours",    0,  true },
    {"DAYS",     "days",     0,  true },
    {"BLANKS",   "blanks",   0,  true },
    {"BACK",     "back",     0,  false},
    {"REASON",   "reason",   40, false},
    {NULL,       NULL,       0,  false},
};

static const struct cli_column staff_columns[] = {
    {"PHONE",  "phone",  0, false},
    {"NAME",   "name",   0, false},
    {"OFFICE", "office", 0, false},
    {NULL,     NULL,     0, false},
};

static const struct cli_column resident_columns[] = {
    {"NIK",          "nik",          0,  false},
    {"NAME",         "name",         28, false},
    {"OFFICE",       "office",       0,  false},
    {"STATE",        "state",        0,  false},
    {"FLAG",         "flag",         0,  true },
    {"PHONE",        "phone",        0,  false},
    {"SHARED",       "phone_shared", 0,  true },
    {"LAST CONTACT", "last_contact", 0,  true },
    {NULL,           NULL,           0,  false},
};

static const struct cli_column template_columns[] = {
    {"LANG",     "lang",     0,  false},
    {"NAME",     "name",     0,  false},
    {"CODING",   "coding",   0,  true },
    {"WORST",    "units",    0,  false},
    {"LIMIT",    "limit",    0,  true },
    {"PARTS",    "parts",    0,  false},
    {"FALLBACK", "fallback", 0,  true },
    {"WARNINGS", "warnings", 60, false},
    {NULL,       NULL,       0,  false},
};

static const struct cli_column campaign_columns[] = {
    {"NAME",     "name",     0,  false},
    {"STATE",    "state",    0,  false},
    {"TEMPLATE", "template", 0,  true },
    {"DEADLINE", "deadline", 0,  false},
    {"STEPS",    "steps",    0,  true },
    {"WHERE",    "where",    40, false},
    {"NOTE",     "note",     50, false},
    {NULL,       NULL,       0,  false},
};

static const struct cli_column message_columns[] = {
    {"ID",       "id",       0,  false},
    {"CREATED",  "created",  0,  true },
    {"PHONE",    "phone",    0,  false},
    {"STATE",    "state",    0,  false},
    {"PRIORITY", "priority", 0,  true },
    {"MODEM",    "modem",    0,  false},
    {"PARTS",    "parts",    0,  true },
    {"REASON",   "reason",   40, false},
    {"TEXT",     "text",     40, false},
    {NULL,       NULL,       0,  false},
};

static const struct cli_column part_columns[] = {
    {"PART",      "part",      0, false},
    {"STATE",     "state",     0, false},
    {"MODEM",     "modem",     0, false},
    {"TP-MR",     "tp_mr",     0, false},
    {"TP-ST",     "tp_st",     0, false},
    {"ATTEMPT",   "attempt",   0, true },
    {"SUBMITTED", "submitted", 0, true },
    {"SENT",      "sent",      0, false},
    {"REPORTED",  "reported",  0, false},
    {NULL,        NULL,        0, false},
};

static const struct cli_column sample_columns[] = {
    {"OFFICE", "office", 0,   false},
    {"STATE",  "state",  0,   true },
    {"CASE",   "case",   0,   false},
    {"PHONE",  "phone",  0,   false},
    {"CODING", "coding", 0,   true },
    {"UNITS",  "units",  0,   true },
    {"PARTS",  "parts",  0,   false},
    {"TEXT",   "text",   100, false},
    {NULL,     NULL,     0,   false},
};

static const struct cli_column inbox_columns[] = {
    {"ID",     "id",     0,  false},
    {"AT",     "at",     0,  false},
    {"PHONE",  "phone",  0,  false},
    {"STATE",  "state",  0,  false},
    {"INTENT", "intent", 0,  true },
    {"TEXT",   "text",   60, false},
    {NULL,     NULL,     0,  false},
};

static const struct cli_column canned_columns[] = {
    {"NAME", "name", 0,   false},
    {"LANG", "lang", 0,   false},
    {"TEXT", "text", 100, false},
    {NULL,   NULL,   0,   false},
};

static const struct cli_column poison_columns[] = {
    {"ID",     "id",     0,  false},
    {"AT",     "at",     0,  false},
    {"MODEM",  "modem",  0,  false},
    {"MEMORY", "memory", 0,  true },
    {"PLACE",  "place",  0,  true },
    {"WHY",    "why",    60, false},
    {"PDU",    "pdu",    0,  false},
    {NULL,     NULL,     0,  false},
};

static const struct cli_column thread_columns[] = {
    {"AT",   "at",   0, false},
    {"FROM", "from", 0, false},
    {"TEXT", "text", 0, false},
    {NULL,   NULL,   0, false},
};

static const struct cli_column modem_columns[] = {
    {"NAME",       "name",          0,  false},
    {"STATE",      "state",         0,  false},
    {"SINCE",      "since",         0,  true },
    {"NETWORK",    "network",       16, true },
    {"SIGNAL %",   "signal",        0,  false},
    {"CREDIT",     "credit",        0,  false},
    {"QUEUED",     "queued",        0,  false},
    {"SENT TODAY", "sent_today",    0,  false},
    {"LIMITED BY", "limited_by",    24, false},
    {"ERROR AT",   "last_error_at", 0,  true },
    {"LAST ERROR", "last_error",    40, false},
    {NULL,         NULL,            0,  false},
};

/* Of the status screen: short, with one column for what is the matter. */
static const struct cli_column modem_brief_columns[] = {
    {"MODEM",    "name",       0,  false},
    {"STATE",    "state",      0,  false},
    {"SIGNAL %", "signal",     0,  true },
    {"CREDIT",   "credit",     0,  true },
    {"QUEUED",   "queued",     0,  false},
    {"TODAY",    "sent_today", 0,  false},
    {"WHY",      "matter",     60, false},
    {NULL,       NULL,         0,  false},
};

static const struct cli_column alarm_brief_columns[] = {
    {"ALARM", "severity",  0,  false},
    {"SINCE", "raised_at", 0,  true },
    {"WHAT",  "text",      90, false},
    {NULL,    NULL,        0,  false},
};

static const struct cli_column history_columns[] = {
    {"AT",       "at",      0,  false},
    {"STATE",    "state",   0,  false},
    {"SIGNAL %", "signal",  0,  false},
    {"NETWORK",  "network", 16, true },
    {"CREDIT",   "credit",  0,  false},
    {"SENT",     "sent",    0,  false},
    {"FAILED",   "failed",  0,  false},
    {NULL,       NULL,      0,  false},
};

static const struct cli_column user_columns[] = {
    {"NAME",      "name",      0,  false},
    {"ROLE",      "role",      0,  false},
    {"KECAMATAN", "kecamatan", 40, false},
    {"DISABLED",  "disabled",  0,  false},
    {"LAST SEEN", "seen",      0,  false},
    {NULL,        NULL,        0,  false},
};

static const struct cli_column token_columns[] = {
    {"NAME",    "name",       0,  false},
    {"SCOPES",  "scopes",     60, false},
    {"BY",      "created_by", 0,  true },
    {"EXPIRES", "expires",    0,  false},
    {"USED",    "used",       0,  true },
    {"REVOKED", "revoked",    0,  false},
    {NULL,      NULL,         0,  false},
};

static const struct cli_column audit_columns[] = {
    {"ID",      "id",      0,  true },
    {"AT",      "at",      0,  false},
    {"WHO",     "who",     0,  false},
    {"WHAT",    "action",  44, false},
    {"SUBJECT", "subject", 24, false},
    {"DETAIL",  "detail",  50, false},
    {"FROM",    "address", 0,  true },
    {NULL,      NULL,      0,  false},
};

static const struct cli_column alarm_columns[] = {
    {"ID",       "id",        0,  false},
    {"SEVERITY", "severity",  0,  false},
    {"STATE",    "state",     0,  true },
    {"RAISED",   "raised_at", 0,  false},
    {"LAST",     "last_at",   0,  true },
    {"TIMES",    "times",     0,  true },
    {"KEY",      "key",       0,  true },
    {"SEEN BY",  "acked_by",  0,  false},
    {"WHAT",     "text",      90, false},
    {NULL,       NULL,        0,  false},
};

static const struct cli_column webhook_columns[] = {
    {"URL",     "url",     60, false},
    {"EVENTS",  "events",  0,  false},
    {"WAITING", "waiting", 0,  false},
    {"DEAD",    "dead",    0,  false},
    {NULL,      NULL,      0,  false},
};

static const struct cli_column posted_columns[] = {
    {"AT",      "at",      0,  false},
    {"EVENT",   "event",   0,  false},
    {"SUBJECT", "subject", 28, false},
    {"TRY",     "attempt", 0,  false},
    {"STATE",   "state",   0,  false},
    {"ANSWER",  "answer",  44, false},
    {"MS",      "took_ms", 0,  true },
    {"NEXT",    "next_at", 0,  false},
    {"URL",     "url",     60, true },
    {NULL,      NULL,      0,  false},
};

static const struct cli_column reject_columns[] = {
    {"ROW",    "row",    0,  false},
    {"COLUMN", "column", 0,  false},
    {"VALUE",  "value",  24, false},
    {"WHY",    "why",    80, false},
    {NULL,     NULL,     0,  false},
};

static const struct cli_column office_down_columns[] = {
    {"OFFICE", "code",   0,  false},
    {"NAME",   "name",   28, true },
    {"STATE",  "state",  0,  false},
    {"BACK",   "back",   0,  false},
    {"REASON", "reason", 40, false},
    {NULL,     NULL,     0,  false},
};

static const struct cli_column campaign_brief_columns[] = {
    {"CAMPAIGN", "name",     0,  false},
    {"STATE",    "state",    0,  false},
    {"DEADLINE", "deadline", 0,  true },
    {"NOTE",     "note",     60, false},
    {NULL,       NULL,       0,  false},
};

static const struct cli_column forecast_columns[] = {
    {"OFFICE",    "code",       0, false},
    {"STATE",     "state",      0, true },
    {"BACK",      "back",       0, true },
    {"A DAY",     "capacity",   0, true },
    {"NEEDED",    "needed",     0, false},
    {"REACHABLE", "reachable",  0, true },
    {"NO PHONE",  "no_phone",   0, true },
    {"TOLD",      "told",       0, false},
    {"TOO LATE",  "late",       0, false},
    {"COME",      "expected",   0, false},
    {"ALL TOLD",  "finish",     0, false},
    {"BINDS",     "constraint", 0, false},
    {NULL,        NULL,         0, false},
};

static const struct cli_column what_if_columns[] = {
    {"WITH",      "label",    60, false},
    {"MORE TOLD", "told",     0,  false},
    {"MORE COME", "expected", 0,  false},
    {"TOO LATE",  "late",     0,  false},
    {NULL,        NULL,       0,  false},
};

static const struct cli_column by_day_columns[] = {
    {"DAY",      "day",      0, false},
    {"TOLD",     "told",     0, false},
    {"SO FAR",   "so_far",   0, false},
    {"MESSAGES", "messages", 0, false},
    {"COME",     "expected", 0, false},
    {"CAPACITY", "capacity", 0, false},
    {NULL,       NULL,       0, false},
};

static const struct cli_column people_columns[] = {
    {"WHO",       "who",          0, false},
    {"PEOPLE",    "audience",     0, false},
    {"NO PHONE",  "no_phone",     0, false},
    {"TOLD",      "told",         0, false},
    {"DELIVERED", "delivered",    0, false},
    {"ANSWERED",  "answered",     0, true },
    {"CAME",      "came",         0, false},
    {"CAME %",    "came_percent", 0, false},
    {NULL,        NULL,           0, false},
};

static const struct cli_column by_office_columns[] = {
    {"OFFICE",    "code",         0, false},
    {"PEOPLE",    "audience",     0, false},
    {"NO PHONE",  "no_phone",     0, true },
    {"TOLD",      "told",         0, false},
    {"DELIVERED", "delivered",    0, false},
    {"ANSWERED",  "answered",     0, true },
    {"CAME",      "came",         0, false},
    {"CAME %",    "came_percent", 0, false},
    {NULL,        NULL,           0, false},
};

const struct cli_column *cli_columns_of(const char *name)
{
    static const struct {
        const char *name;
        const struct cli_column *columns;
    } known[] = {
        {"messages",      message_columns       },
        {"parts",         part_columns          },
        {"samples",       sample_columns        },
        {"inbox",         inbox_columns         },
        {"poison",        poison_columns        },
        {"thread",        thread_columns        },
        {"residents",     resident_columns      },
        {"modems",        modem_columns         },
        {"modems_brief",  modem_brief_columns   },
        {"alarms_brief",  alarm_brief_columns   },
        {"rejects",       reject_columns        },
        {"offices_down",  office_down_columns   },
        {"campaigns",     campaign_brief_columns},
        {"findings",      template_columns      },
        {"offices",       forecast_columns      },
        {"what_if",       what_if_columns       },
        {"by_day",        by_day_columns        },
        {"office_list",   office_columns        },
        {"staff",         staff_columns         },
        {"campaign_list", campaign_columns      },
        {"canned",        canned_columns        },
        {"history",       history_columns       },
        {"users",         user_columns          },
        {"tokens",        token_columns         },
        {"audit",         audit_columns         },
        {"alarms",        alarm_columns         },
        {"webhooks",      webhook_columns       },
        {"posted",        posted_columns        },
        {"people",        people_columns        },
        {"by_office",     by_office_columns     },
    };

    for (size_t i = 0; name != NULL && i < sizeof known / sizeof known[0];
         i++) {
        if (strcmp(known[i].name, name) == 0) {
            return known[i].columns;
        }
    }
    return NULL;
}
