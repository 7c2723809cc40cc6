// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/sim/options.h"

#include "base/str.h"

#include <string.h>

/* Whole numbers while the line is read; spans become microseconds after. */
struct raw {
    int64_t modems;
    int64_t latency_ms;
    int64_t command_ms;
    int64_t prompt_ms;
    int64_t report_ms;
    int64_t report_rate;
    int64_t seed;
    int64_t sms_store;
    int64_t clock_speed;
    const char *profile;
    bool no_reports;
};

enum option_id {
    OPT_DIR,
    OPT_MODEMS,
    OPT_LATENCY,
    OPT_COMMAND,
    OPT_PROMPT,
    OPT_REPORT,
    OPT_NO_REPORTS,
    OPT_REPORT_RATE,
    OPT_SEED,
    OPT_STORE,
    OPT_PIN,
    OPT_SPEED,
    OPT_PROFILE,
    OPT_FAULT,
    OPT_LEDGER,
    OPT_CONTROL,
    OPT_TRACE,
    OPT_CTL,
    OPT_HELP,
    OPT_COUNT
};

/* Aligned columns would not fit a page. */
/* clang-format off */
static const struct {
    const char *name;
    const char *value; /* what --help calls it; NULL: takes none */
    int64_t least;     /* limits of a number */
    int64_t most;
    const char *help;
} options[OPT_COUNT] = {
    [OPT_DIR] = {"--dir", "DIR", 0, 0,
        "where m1 … (links to the devices), control.sock, ledger.jsonl go"},
    [OPT_MODEMS] = {"--modems", "N", 1, SIM_MODEMS_MAX,
        "how many modems: 1 (default) to 256"},
    [OPT_LATENCY] = {"--latency-ms", "MS", 0, 600000,
        "from Ctrl-Z to +CMGS, and of a USSD answer; default 3000"},
    [OPT_COMMAND] = {"--command-ms", "MS", 0, 60000,
        "a plain command's time; default 20"},
    [OPT_PROMPT] = {"--prompt-ms", "MS", 0, 60000,
        "from AT+CMGS to its prompt; default 0"},
    [OPT_REPORT] = {"--report-ms", "MS", 0, 86400000,
        "from acceptance to the delivery report; default 2000"},
    [OPT_NO_REPORTS] = {"--no-reports", NULL, 0, 0,
        "the network sends no delivery reports"},
    [OPT_REPORT_RATE] = {"--report-rate", "PERCENT", 0, 100,
        "how many of the reports asked for come; default 100"},
    [OPT_SEED] = {"--seed", "N", 0, INT64_MAX,
        "makes chance repeatable; default 1"},
    [OPT_STORE] = {"--sms-store", "N", 1, SIM_SLOTS_MAX,
        "places for SMS on the SIM; default 20"},
    [OPT_PIN] = {"--pin", "CODE", 0, 0,
        "the SIM asks for this PIN; its PUK is 12345678"},
    [OPT_SPEED] = {"--clock-speed", "N", 1, 1000000,
        "divides every span above; default 1"},
    [OPT_PROFILE] = {"--profile", "NAME", 0, 0, "the make of modem: "},
    [OPT_FAULT] = {"--fault", "FAULT", 0, 0,
        "NAME[:VALUE] on all modems, or a fault request's JSON; repeatable"},
    [OPT_LEDGER] = {"--ledger", "FILE", 0, 0,
        "what the network saw; default DIR/ledger.jsonl"},
    [OPT_CONTROL] = {"--control", "PATH", 0, 0,
        "the control socket; default DIR/control.sock"},
    [OPT_TRACE] = {"--trace", "FILE", 0, 0,
        "every byte on the lines, for looking at a conversation"},
    [OPT_CTL] = {"--ctl", "DIR JSON", 0, 0,
        "sends one request to the simulator in DIR, prints its answer"},
    [OPT_HELP] = {"--help", NULL, 0, 0, "this text"},
};

/* clang-format on */

static const char requests_help[] =
    "\nRequests (--ctl, or a line each on the control socket): \"cmd\" and\n"
    "\"modem\": \"m1\"; without a modem, or with \"*\", all of them.\n"
    "  sms      from, text or data (hex, 8-bit); coding gsm7|ucs2, class 0-3,\n"
    "           ref, ref_bits 8|16, order [2,1], drop_part, smsc_time, pid\n"
    "  pdu      hex: an SMSC address and a TPDU, as they are; report true:\n"
    "           a status report\n"
    "  call     from, rings | hangup\n"
    "  fault    fault NAME[:VALUE], count N|\"on\"|\"off\", and the fault's own\n"
    "  heal     switches every fault off, ends a hang\n"
    "  unplug   replug_ms: back by itself | replug\n"
    "  latency  latency_ms, command_ms, prompt_ms, report_ms\n"
    "  report_rate percent\n"
    "  network  creg 0-5 (1 at home, 5 roaming, 2 searching, 3 denied)\n"
    "  signal   rssi, ber\n"
    "  ussd     code (\"*123#>1\": answer 1 in its menu), reply (%c: credit,\n"
    "           %n: own number), m\n"
    "  credit   amount, cost of a message, code: +CMS ERROR when it is gone\n"
    "  pin      code: asked for from the next power-on\n"
    "  stats | state\n"
    "\nFaults, each with a count after which it is over (or its default):\n";

static const char end_of_help[] =
    "\nLedger events: accepted, rejected, malformed, delivered, inbound,\n"
    "deleted, ussd, ussd_answer, call, fault, plugged, unplugged, wrong_pin …,\n"
    "each with t_ms (Unix) and mono_us; typed_us is when Ctrl-Z came.\n"
    "\nExample:\n"
    "  kabari-sim --dir /tmp/sim --modems 2 &\n"
    "  kabari-sim --ctl /tmp/sim '{\"cmd\":\"sms\",\"modem\":\"m1\","
    "\"from\":\"+6281200009001\",\"text\":\"CEK\"}'\n"
    "  kabari-sim --ctl /tmp/sim '{\"cmd\":\"fault\",\"modem\":\"m2\","
    "\"fault\":\"cms:38\",\"count\":3}'\n"
    "  kabari-sim --ctl /tmp/sim '{\"cmd\":\"stats\"}'\n";

void sim_options_help(struct buf *out)
{
    buf_add_text(out,
        "usage: kabari-sim --dir DIR [option …]\n"
        "       kabari-sim --ctl DIR JSON\n\n"
        "AT modems on pseudo-terminals with a network behind them, for trying\n"
        "a gateway without hardware. Prints \"ready\" when all is there; ends on\n"
        "SIGTERM or SIGINT.\n\n");
    for (enum option_id id = 0; id < OPT_COUNT; id++) {
        buf_printf(out, "  %s%s%s", options[id].name,
            options[id].value == NULL ? "" : " ",
            options[id].value == NULL ? "" : options[id].value);
        buf_printf(out, "\n      %s", options[id].help);
        if (id == OPT_PROFILE) {
            sim_profile_help(out);
        }
        buf_add_text(out, "\n");
    }
    buf_add_text(out, requests_help);
    sim_fault_help(out);
    buf_add_text(out, end_of_help);
}

static enum option_id find(const char *name)
{
    enum option_id id = 0;

    while (id < OPT_COUNT && strcmp(options[id].name, name) != 0) {
        id++;
    }
    return id;
}

static enum kb_err take_fault(
    struct sim_command_line *out, const char *value, struct why *why)
{
    if (out->faults == SIM_FAULT_OPTIONS_MAX) {
        why_set(why, "too many --fault");
        return KB_INVALID;
    }
    out->fault[out->faults++] = value;
    return KB_OK;
}

/* Where an option's number goes; NULL for one that takes no number. */
static int64_t *number_of(enum option_id id, struct raw *raw)
{
    int64_t *const numbers[OPT_COUNT] = {
        [OPT_MODEMS] = &raw->modems,
        [OPT_LATENCY] = &raw->latency_ms,
        [OPT_COMMAND] = &raw->command_ms,
        [OPT_PROMPT] = &raw->prompt_ms,
        [OPT_REPORT] = &raw->report_ms,
        [OPT_REPORT_RATE] = &raw->report_rate,
        [OPT_SEED] = &raw->seed,
        [OPT_STORE] = &raw->sms_store,
        [OPT_SPEED] = &raw->clock_speed,
    };

    return numbers[id];
}

static const char **text_of(
    enum option_id id, struct raw *raw, struct sim_command_line *out)
{
    const char **const texts[OPT_COUNT] = {
        [OPT_DIR] = &out->dir,
        [OPT_PIN] = &out->sim.pin,
        [OPT_PROFILE] = &raw->profile,
        [OPT_LEDGER] = &out->ledger,
        [OPT_CONTROL] = &out->control,
        [OPT_TRACE] = &out->trace,
        [OPT_CTL] = &out->dir,
    };

    return texts[id];
}

static enum kb_err take_value(enum option_id id, const char *value,
    struct raw *raw, struct sim_command_line *out, struct why *why)
{
    int64_t *number = number_of(id, raw);

    if (id == OPT_FAULT) {
        return take_fault(out, value, why);
    }
    if (number == NULL) {
        *text_of(id, raw, out) = value;
        return KB_OK;
    }
    if (str_int(value, options[id].least, options[id].most, number) != KB_OK) {
        why_set(why, "%s takes a whole number of %lld to %lld",
            options[id].name, (long long)options[id].least,
            (long long)options[id].most);
        return KB_INVALID;
    }
    return KB_OK;
}

static int64_t span_us(int64_t span_ms, int64_t speed)
{
    return span_ms * 1000 / speed;
}

static enum kb_err conclude(
    const struct raw *raw, struct sim_command_line *out, struct why *why)
{
    struct sim_options *sim = &out->sim;

    sim->profile = sim_profile_find(raw->profile);
    if (out->dir == NULL) {
        why_set(why, "--dir is missing; see --help");
    } else if (sim->profile == NULL) {
        why_set(why, "no profile %s; see --help", raw->profile);
    } else if (sim->pin != NULL &&
               (!str_digits(sim->pin) || strlen(sim->pin) < 4 ||
                   strlen(sim->pin) > 8)) {
        why_set(why, "--pin takes 4 to 8 digits");
    } else {
        sim->modems = (size_t)raw->modems;
        sim->seed = (uint64_t)raw->seed;
        sim->sms_store = (size_t)raw->sms_store;
        sim->clock_speed = raw->clock_speed;
        sim->report_percent = (int)raw->report_rate;
        sim->pace = (struct sim_pace){
            .command_us = span_us(raw->command_ms, raw->clock_speed),
            .prompt_us = span_us(raw->prompt_ms, raw->clock_speed),
            .latency_us = span_us(raw->latency_ms, raw->clock_speed),
            .report_us = raw->no_reports
                             ? -1
                             : span_us(raw->report_ms, raw->clock_speed),
        };
        return KB_OK;
    }
    return KB_INVALID;
}

/* One option and its values; returns how many words it took, 0 where it is
 * wrong. */
static int take_option(int left, char *const *words, struct raw *raw,
    struct sim_command_line *out, struct why *why)
{
    enum option_id id = find(words[0]);
    int wanted = 0;

    if (id == OPT_COUNT) {
        why_set(why, "unknown option %s; see --help", words[0]);
        return 0;
    }
    wanted = options[id].value == NULL ? 1 : id == OPT_CTL ? 3 : 2;
    if (left < wanted) {
        why_set(why, "%s needs %s", words[0], options[id].value);
        return 0;
    }
    out->help = out->help || id == OPT_HELP;
    raw->no_reports = raw->no_reports || id == OPT_NO_REPORTS;
    if (id == OPT_CTL) {
        out->request = words[2];
    }
    if (wanted > 1 && take_value(id, words[1], raw, out, why) != KB_OK) {
        return 0;
    }
    return wanted;
}

enum kb_err sim_options_read(
    int argc, char *const *argv, struct sim_command_line *out, struct why *why)
{
    struct raw raw = {.modems = 1,
        .latency_ms = 3000,
        .command_ms = 20,
        .report_ms = 2000,
        .report_rate = 100,
        .seed = 1,
        .sms_store = 20,
        .clock_speed = 1,
        .profile = "generic"};
    int took = 0;

    *out = (struct sim_command_line){0};
    for (int i = 1; i < argc; i += took) {
        took = take_option(argc - i, argv + i, &raw, out, why);
        if (took == 0) {
            return KB_INVALID;
        }
    }
    return out->help ? KB_OK : conclude(&raw, out, why);
}
