// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "config/config_internal.h"

#define IN_CONFIG(member)   offsetof(struct config, member)
#define IN_MODEM(member)    offsetof(struct config_modem, member)
#define IN_WEBHOOK(member)  offsetof(struct config_webhook, member)
#define IN_OPERATOR(member) offsetof(struct config_operator, member)
#define IN_COST(member)     offsetof(struct config_cost, member)

#define DAY_S 86400

/* Where make install put things. */
#ifndef KABARI_PREFIX
#define KABARI_PREFIX "/usr"
#endif

/* A table is read by its lines: path, type, least, most, default; help; unit
   and storage. */
/* clang-format off */
static const struct config_option options[] = {
    {"site.name", "string", 1, 40, NULL,
     "the office's name on screens; SMS are signed in their templates",
     "", IN_CONFIG(site_name), &config_kind_string, NULL},
    {"site.timezone", "string", 1, 60, "\"Asia/Makassar\"",
     "time zone of all dates and times of day, as tzdata names it",
     "", IN_CONFIG(site_timezone), &config_kind_string, &config_rule_zone},
    {"site.language", "string", 2, 3, "\"id\"",
     "language of whoever has not chosen one: a folder of templates",
     "", IN_CONFIG(site_language), &config_kind_string, &config_rule_language},

    {"database.path", "string", 1, 900, NULL,
     "the SQLite file with the registry and the queue",
     "", IN_CONFIG(database_path), &config_kind_path, NULL},
    {"templates", "string", 1, 900, "\"" KABARI_PREFIX "/share/kabari/templates\"",
     "folder of the message texts, one folder per language",
     "", IN_CONFIG(templates_path), &config_kind_path, NULL},
    {"balance_rules", "string", 1, 900, "\"" KABARI_PREFIX "/share/kabari/balance.rules\"",
     "how operators say a SIM's credit; without the file it stays unknown",
     "", IN_CONFIG(balance_rules), &config_kind_path, NULL},
    {"quirks", "string", 1, 900, "\"" KABARI_PREFIX "/share/kabari/quirks\"",
     "folder of what is known of makes of modem, a .quirk file each",
     "", IN_CONFIG(quirks_path), &config_kind_path, NULL},
    {"rehearsal", "bool", 0, 1, "false",
     "training: allows --clock, refuses real modems, marks the database",
     "", IN_CONFIG(rehearsal), &config_kind_bool, NULL},

    {"control.socket", "string", 1, 100, "\"/run/kabari/kabari.sock\"",
     "the socket through which the command line talks to the service",
     "", IN_CONFIG(control_socket), &config_kind_path, NULL},
    {"control.group", "string", 0, 32, "\"kabari\"",
     "members of this group may use the socket; \"\": root and the "
     "service's user only",
     "", IN_CONFIG(control_group), &config_kind_string, NULL},
    {"http.listen", "string", 0, 60, "\"127.0.0.1:8080\"",
     "address and port of the console; port 0: any free one; \"\": none",
     "", IN_CONFIG(http_listen), &config_kind_string, &config_rule_listen},
    {"http.trusted_proxies", "list", 0, 32, "[ ]",
     "addresses of proxies whose X-Forwarded-For and -Proto are believed",
     "", IN_CONFIG(http_proxies), &config_kind_joined, &config_rule_address},

    {"sessions.idle_min", "int", 1, 1440, "30",
     "who does nothing for so long in the console is logged out",
     "minutes", IN_CONFIG(session_idle_min), &config_kind_int, NULL},
    {"sessions.max_h", "int", 1, 720, "12",
     "after so long everybody logs in again",
     "hours", IN_CONFIG(session_max_h), &config_kind_int, NULL},

    {"sending.days", "days", 0, 0, "\"Mon-Sat\"",
     "days on which reminders go out (answers go out always)",
     "", IN_CONFIG(sending_days), &config_kind_days, NULL},
    {"sending.from", "time", 0, 1440, "\"08:00\"",
     "reminders go out from this time of day on",
     "HH:MM", IN_CONFIG(sending_from), &config_kind_time, NULL},
    {"sending.to", "time", 0, 1440, "\"18:00\"",
     "reminders go out before this time of day",
     "HH:MM", IN_CONFIG(sending_to), &config_kind_time, NULL},

    {"modems[].name", "string", 1, 31, NULL,
     "short name in commands and on screens",
     "", IN_MODEM(name), &config_kind_string, &config_rule_name},
    {"modems[].device", "string", 1, 200, NULL,
     "the serial device; /dev/serial/by-id/… stays the same when replugged",
     "", IN_MODEM(device), &config_kind_string, &config_rule_device},
    {"modems[].connection", "string", 2, 20, "\"dku2at\"",
     "libGammu's name for the connection",
     "", IN_MODEM(connection), &config_kind_string, &config_rule_connection},
    {"modems[].operator", "string", 0, 31, "\"\"",
     "operator of the SIM, one of operators; \"\": sends to any number",
     "", IN_MODEM(operator), &config_kind_string, NULL},
    {"modems[].pin", "string", 0, 8, "\"\"",
     "PIN of the SIM, 4 to 8 digits; \"\": the SIM asks for none",
     "", IN_MODEM(pin), &config_kind_string, &config_rule_pin},
    {"modems[].use", "string", 3, 7, "\"all\"",
     "what the SIM is for: \"all\", \"bulk\" (reminders), \"answers\", or "
     "\"test\" (only what names it)",
     "", IN_MODEM(use), &config_kind_string, &config_rule_use},
    {"modems[].imsi", "string", 0, 15, "\"\"",
     "IMSI of the SIM that belongs in it; \"\": the first one seen is kept",
     "", IN_MODEM(imsi), &config_kind_string, &config_rule_imsi},
    {"modems[].number", "string", 0, 16, "\"\"",
     "the SIM's own number, for loop tests; \"\": takes no part",
     "", IN_MODEM(number), &config_kind_string, &config_rule_own_number},
    {"modems[].hourly_limit", "int", 0, 1000000, "0",
     "at most so many an hour on this SIM; 0: no limit",
     "messages", IN_MODEM(hourly_limit), &config_kind_int, NULL},
    {"modems[].reserve", "int", 0, 1000000, "0",
     "so many of both limits are kept for answers",
     "messages", IN_MODEM(reserve), &config_kind_int, NULL},
    {"modems[].gap_jitter", "int", 0, 100, "20",
     "a gap is longer than min_gap_ms by up to so much, at random",
     "percent", IN_MODEM(gap_jitter), &config_kind_int, NULL},
    {"modems[].daily_limit", "int", 0, 1000000, "400",
     "at most so many a day on this SIM; 0: no limit",
     "messages", IN_MODEM(daily_limit), &config_kind_int, NULL},
    {"modems[].min_gap_ms", "int", 0, 3600000, "4000",
     "at least so long between two messages; 0: no gap",
     "ms", IN_MODEM(min_gap_ms), &config_kind_int, NULL},
    {"modems[].pause_ms", "int", -1, 1000, "20",
     "cap on each of libGammu's long pauses; 0: cut; -1: left alone",
     "ms", IN_MODEM(pause_ms), &config_kind_int, NULL},
    {"modems[].send_timeout_s", "int", 1, 3600, "60",
     "how long the network may take over one message",
     "s", IN_MODEM(send_timeout_s), &config_kind_int, NULL},
    {"modems[].reports", "bool", 0, 1, "true",
     "asks the network for delivery reports",
     "", IN_MODEM(reports), &config_kind_bool, NULL},
    {"modems[].balance.code", "string", 0, 40, "\"\"",
     "USSD code that asks for the credit; \"\": never asked",
     "", IN_MODEM(balance_code), &config_kind_string, &config_rule_ussd},
    {"modems[].balance.every_h", "int", 1, 720, "6",
     "how often the credit is asked for",
     "hours", IN_MODEM(balance_every_h), &config_kind_int, NULL},
    {"modems[].balance.after", "int", 0, 100000, "100",
     "and after so many messages; 0: by the hour only",
     "messages", IN_MODEM(balance_after), &config_kind_int, NULL},
    {"modems[].balance.stop", "int", 0, 1000000000, "1000",
     "reminders stop below this credit; answers go on",
     "rupiah", IN_MODEM(balance_stop), &config_kind_int, NULL},
    {"modems[].balance.floor", "int", 0, 1000000000, "0",
     "answers stop below this credit too",
     "rupiah", IN_MODEM(balance_floor), &config_kind_int, NULL},
    {"modems[].balance.low", "int", 0, 1000000000, "5000",
     "warns below this credit",
     "rupiah", IN_MODEM(balance_low), &config_kind_int, NULL},
    {"modems[].quirks", "list", 0, 16, "[ ]",
     "quirk files and features of libGammu for this modem; [ ]: by its make",
     "", IN_MODEM(quirks), &config_kind_joined, &config_rule_quirk},
    {"modems[].power_command", "list", 0, 32, "[ ]",
     "command that cuts a hung modem's power for a moment; [ ]: none",
     "", IN_MODEM(power_command), &config_kind_words, &config_rule_word},
    {"modems[].power_timeout_s", "int", 1, 600, "30",
     "how long the power command may take",
     "s", IN_MODEM(power_timeout_s), &config_kind_int, NULL},

    {"operators[].name", "string", 1, 31, NULL,
     "the operator's name, as modems[].operator has it",
     "", IN_OPERATOR(name), &config_kind_string, &config_rule_name},
    {"operators[].prefixes", "list", 1, 100, NULL,
     "what the operator's numbers start with, from the leading 0",
     "", IN_OPERATOR(prefixes), &config_kind_prefixes, &config_rule_prefix},

    {"costs[].sim", "string", 1, 31, NULL,
     "operator of the SIM",
     "", IN_COST(sim), &config_kind_string, &config_rule_name},
    {"costs[].to", "string", 0, 31, "\"\"",
     "operator of the number; \"\": any that has no line of its own",
     "", IN_COST(to), &config_kind_string, NULL},
    {"costs[].rp", "int", 0, 100000, NULL,
     "what an SMS costs then",
     "rupiah", IN_COST(rupiah), &config_kind_int, NULL},

    {"routing.wait_s", "int", 0, 86400, "20",
     "a message waits so long for a cheaper SIM that is at work",
     "s", IN_CONFIG(routing_wait_s), &config_kind_int, NULL},
    {"loop.every_h", "int", 0, 168, "0",
     "how often modems text each other to see that both ways work; 0: never",
     "hours", IN_CONFIG(loop_every_h), &config_kind_int, NULL},

    {"planning.show_rate", "int", 1, 100, "30",
     "how many of those invited come, until it has been learned",
     "percent", IN_CONFIG(plan_show_rate), &config_kind_int, NULL},
    {"planning.learn_after", "int", 1, 1000000, "200",
     "invitations of an office before its own rate counts",
     "invitations", IN_CONFIG(plan_learn_after), &config_kind_int, NULL},
    {"planning.week_cap", "int", 0, 7, "3",
     "at most so many reminders to a phone in any 7 days; 0: no cap",
     "messages", IN_CONFIG(plan_week_cap), &config_kind_int, NULL},
    {"planning.spread", "bool", 0, 1, "true",
     "spreads a day's invitations over the sending hours",
     "", IN_CONFIG(plan_spread), &config_kind_bool, NULL},
    {"planning.done_days", "int", 1, 365, "14",
     "how long reminders rest for who texts SUDAH",
     "days", IN_CONFIG(plan_done_days), &config_kind_int, NULL},
    {"planning.price_rp", "int", 0, 100000, "350",
     "what one SMS costs, for previews",
     "rupiah", IN_CONFIG(plan_price_rp), &config_kind_int, NULL},
    {"planning.doubt_phones", "int", 0, 1000, "3",
     "how many residents must text within a day that an office is closed, for "
     "staff to be asked; 0: none are",
     "phones", IN_CONFIG(plan_doubt_phones), &config_kind_int, NULL},
    {"planning.holidays", "string", 0, 900, "\"\"",
     "file of days without reminders, on which offices are shut",
     "", IN_CONFIG(holidays_path), &config_kind_path, NULL},

    {"limits.queries_per_phone_day", "int", 0, 1000000, "3",
     "status queries answered per phone and day; 0: no limit",
     "queries", IN_CONFIG(queries_per_phone_day), &config_kind_int, NULL},
    {"limits.queries_per_nik_day", "int", 0, 1000000, "5",
     "status queries by other phones than the resident's answered per NIK and "
     "day; 0: no limit",
     "queries", IN_CONFIG(queries_per_nik_day), &config_kind_int, NULL},
    {"limits.strange_niks_day", "int", 0, 1000000, "300",
     "different NIKs asked for on a day by phones that are not their "
     "residents', from which on guessing is an alarm; 0: none",
     "NIKs", IN_CONFIG(strange_niks_day), &config_kind_int, NULL},
    {"limits.disclosure", "string", 4, 6, "\"strict\"",
     "to a phone that is not the resident's: \"strict\" says nothing, "
     "\"open\" the state",
     "", IN_CONFIG(disclosure_open), &config_kind_disclosure, NULL},

    {"ussd.enabled", "bool", 0, 1, "false",
     "answers a provider's USSD sessions over HTTP",
     "", IN_CONFIG(ussd_enabled), &config_kind_bool, NULL},
    {"ussd.secret", "string", 0, 200, "\"\"",
     "what the provider must send with each request; needed when enabled, "
     "or addresses",
     "", IN_CONFIG(ussd_secret), &config_kind_string, NULL},
    {"ussd.addresses", "list", 0, 32, "[ ]",
     "addresses that the provider asks from; [ ]: any",
     "", IN_CONFIG(ussd_addresses), &config_kind_joined, &config_rule_address},

    {"webhooks[].url", "string", 0, 500, NULL,
     "address that events are posted to, http or https; \"\": off",
     "", IN_WEBHOOK(url), &config_kind_string, &config_rule_url},
    {"webhooks[].secret", "string", 16, 200, NULL,
     "signs what is posted (HMAC-SHA256)",
     "", IN_WEBHOOK(secret), &config_kind_string, NULL},
    {"webhooks[].events", "list", 0, 5, "[ ]",
     "inbound, delivery, modem, alarm, campaign; [ ]: all",
     "", IN_WEBHOOK(events), &config_kind_joined, &config_rule_event},
    {"callbacks.private", "bool", 0, 1, "false",
     "a dlr-url of sendsms may name this machine or its own network",
     "", IN_CONFIG(callbacks_private), &config_kind_bool, NULL},

    {"inbox.alarm_h", "int", 0, 8760, "24",
     "warns when a resident waits longer for a person's answer; 0: never",
     "hours", IN_CONFIG(inbox_alarm_h), &config_kind_int, NULL},

    {"alarms.quiet_m", "int", 0, 1440, "15",
     "an alarm is over when its cause has been away for so long",
     "minutes", IN_CONFIG(alarm_quiet_m), &config_kind_int, NULL},
    {"alarms.phones", "list", 0, 10, "[ ]",
     "operators' numbers: each gets an SMS when an alarm comes or is over",
     "", IN_CONFIG(alarm_phones), &config_kind_joined, &config_rule_phone},

    {"alarms.command", "list", 0, 32, "[ ]",
     "command that runs when an alarm comes or is over, without a shell; [ ]: "
     "none",
     "", IN_CONFIG(alarm_command), &config_kind_words, &config_rule_word},
    {"alarms.command_s", "int", 1, 600, "30",
     "how long that command may take",
     "s", IN_CONFIG(alarm_command_s), &config_kind_int, NULL},

    {"retention.inbound_days", "int", 1, 36500, "90",
     "how long the text of received messages is kept",
     "days", IN_CONFIG(retention_inbound_days), &config_kind_int, NULL},
    {"retention.messages_days", "int", 1, 36500, "365",
     "how long sent messages are kept",
     "days", IN_CONFIG(retention_messages_days), &config_kind_int, NULL},
    {"retention.imports_days", "int", 1, 36500, "90",
     "how long rejected rows of lists, and what a list changed, are kept; after "
     "that it cannot be taken back",
     "days", IN_CONFIG(retention_imports_days), &config_kind_int, NULL},
    {"retention.audit_days", "int", 30, 36500, "1825",
     "how long is kept who did and saw what",
     "days", IN_CONFIG(retention_audit_days), &config_kind_int, NULL},
    {"retention.history_days", "int", 1, 3650, "90",
     "how long signal, credit and rate of modems are kept",
     "days", IN_CONFIG(retention_history_days), &config_kind_int, NULL},
    {"approval.above", "int", 0, 100000000, "0",
     "a campaign to more needs a second person's yes; 0: never",
     "recipients", IN_CONFIG(approval_above), &config_kind_int, NULL},

    {"budgets.init_s", "int", 1, DAY_S, "90",
     "watchdog: time to open and set up a modem",
     "s", IN_CONFIG(budget_init_s), &config_kind_int, NULL},
    {"budgets.send_s", "int", 1, DAY_S, "90",
     "watchdog: time for one message",
     "s", IN_CONFIG(budget_send_s), &config_kind_int, NULL},
    {"budgets.scan_s", "int", 1, DAY_S, "60",
     "watchdog: time to read the SIM's messages",
     "s", IN_CONFIG(budget_scan_s), &config_kind_int, NULL},
    {"budgets.ussd_s", "int", 1, DAY_S, "60",
     "watchdog: time for one USSD request",
     "s", IN_CONFIG(budget_ussd_s), &config_kind_int, NULL},
    {"budgets.other_s", "int", 1, DAY_S, "30",
     "watchdog: time for any other command",
     "s", IN_CONFIG(budget_other_s), &config_kind_int, NULL},
    {"budgets.quarantine_after", "int", 3, 100, "8",
     "so many failures of a modem in a row, and it is left alone",
     "failures", IN_CONFIG(quarantine_after), &config_kind_int, NULL},
};

/* clang-format on */

const struct config_option *config_options(size_t *count)
{
    *count = sizeof options / sizeof *options;
    return options;
}

/* Dialling codes as assigned in 2016, see the operators' public lists. */
static const struct {
    const char *name;
    const char *prefixes[12];
} operators[] = {
    {"telkomsel", {"0811", "0812", "0813", "0821", "0822", "0823", "0851",
                      "0852", "0853"}                    },
    {"indosat",   {"0814", "0815", "0816", "0855", "0856", "0857", "0858"}},
    {"xl",        {"0817", "0818", "0819", "0859", "0877", "0878", "0879"}},
    {"axis",      {"0831", "0832", "0833", "0838"}                        },
    {"tri",       {"0895", "0896", "0897", "0898", "0899"}                },
    {"smartfren", {"0881", "0882", "0883", "0884", "0885", "0886", "0887",
                      "0888", "0889"}                    },
};

static void copy_prefixes(
    struct config_operator *out, const char *const *prefixes)
{
    out->prefixes = mem_array(12, sizeof *out->prefixes);
    while (prefixes[out->prefix_count] != NULL) {
        out->prefixes[out->prefix_count] =
            mem_strdup(prefixes[out->prefix_count]);
        out->prefix_count++;
    }
}

void config_default_operators(struct config *config)
{
    size_t count = sizeof operators / sizeof *operators;

    config->operators = mem_array(count, sizeof *config->operators);
    config->operator_count = count;
    for (size_t i = 0; i < count; i++) {
        config->operators[i].name = mem_strdup(operators[i].name);
        copy_prefixes(&config->operators[i], operators[i].prefixes);
    }
}
