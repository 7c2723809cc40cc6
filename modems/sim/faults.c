// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/sim/faults.h"

#include "base/str.h"

#include <string.h>

enum value_kind {
    VALUE_NONE,
    VALUE_NUMBER,
    VALUE_STAGE,
    VALUE_COMMAND
};

/* One row per fault: its defaults, its limits, and the text of --help. */
/* Aligned columns would not fit a page. */
/* clang-format off */
static const struct {
    const char *name;
    const char *help;
    enum value_kind kind;
    int64_t least;
    int64_t most;
    int64_t value;
    const char *at;
    int64_t left; /* strikes where no count is given */
} faults[SIM_FAULT_COUNT] = {
    [SIM_FAULT_HANG] = {"hang",
        "[:command|prompt|pdu|submit] stops answering: at a command (\"command\":"
        "\"+CSQ\" for one), before the prompt, after it, after Ctrl-Z (\"lost\":"
        "true: the network has not got it); \"until\": reopen (default), reset "
        "(AT+CFUN=1,1), replug, off", VALUE_STAGE, 0, 0, 0, "command", 1},
    [SIM_FAULT_UNPLUG_AT] = {"unplug_at",
        ":before|prompt|pdu|after unplugs itself at that stage of a submit "
        "(\"lost\": true, \"replug_ms\": back by itself)", VALUE_STAGE, 0, 0,
        0, "before", 1},
    [SIM_FAULT_NO_PROMPT] = {"no_prompt",
        "AT+CMGS shows no prompt (who writes the PDU all the same is noted as "
        "\"unprompted\")", VALUE_NONE, 0, 0, 0, "", 1},
    [SIM_FAULT_CMS] = {"cms",
        ":CODE answers a submit with +CMS ERROR (\"at\": \"prompt\" before the "
        "prompt, else after Ctrl-Z; \"to\": only that number)", VALUE_NUMBER,
        0, 65535, 500, "after", 1},
    [SIM_FAULT_CME] = {"cme",
        ":CODE answers a submit, or \"command\", with +CME ERROR",
        VALUE_NUMBER, 0, 65535, 100, "after", 1},
    [SIM_FAULT_BARE_ERROR] = {"bare_error",
        "answers a submit with ERROR (\"at\", \"to\" as for cms)", VALUE_NONE,
        0, 0, 0, "after", 1},
    [SIM_FAULT_LOST_CMGS] = {"lost_cmgs",
        "the network accepts, the modem never says so (\"to\")", VALUE_NONE, 0,
        0, 0, "", 1},
    [SIM_FAULT_LATE_CMGS] = {"late_cmgs",
        ":SECONDS the answer comes so much later (\"busy\": true: the modem "
        "takes nothing else meanwhile; \"to\")", VALUE_NUMBER, 0, 86400, 90,
        "", 1},
    [SIM_FAULT_REFUSE] = {"refuse", ":COMMAND answers it with ERROR",
        VALUE_COMMAND, 0, 0, 0, "", -1},
    [SIM_FAULT_IGNORE] = {"ignore", ":COMMAND never answers it, but lives on",
        VALUE_COMMAND, 0, 0, 0, "", -1},
    [SIM_FAULT_NOISE] = {"noise",
        ":N flips a bit in N of 1,000 bytes to the gateway", VALUE_NUMBER, 1,
        1000, 10, "", -1},
    [SIM_FAULT_MISREAD] = {"misread",
        ":N an SMS that is read comes with a bit flipped in the Nth hex digit "
        "of its PDU", VALUE_NUMBER, 1, 510, 1, "", 1},
    [SIM_FAULT_CHATTER] = {"chatter", ":MS says ^RSSI every so often",
        VALUE_NUMBER, 1, 3600000, 700, "", -1},
    [SIM_FAULT_URC_INSIDE] = {"urc_inside",
        "puts RING, +CMTI, ^RSSI, +CREG inside answers", VALUE_NONE, 0, 0, 0,
        "", -1},
    [SIM_FAULT_NO_REPORTS] = {"no_reports",
        "the network sends no delivery reports (\"to\")", VALUE_NONE, 0, 0, 0,
        "", -1},
    [SIM_FAULT_REPORT_STATUS] = {"report_status",
        ":TP-ST reports that status, decimal (\"to\")", VALUE_NUMBER, 0, 255,
        0x46, "", -1},
    [SIM_FAULT_REPORT_EARLY] = {"report_early",
        "the report overtakes +CMGS (\"to\")", VALUE_NONE, 0, 0, 0, "", 1},
    [SIM_FAULT_REPORT_TWICE] = {"report_twice", "each report comes twice",
        VALUE_NONE, 0, 0, 0, "", -1},
    [SIM_FAULT_STORAGE_FULL] = {"storage_full",
        "no room for SMS; the network keeps them", VALUE_NONE, 0, 0, 0, "",
        -1},
    [SIM_FAULT_CNMI_REFUSED] = {"cnmi_refused", "AT+CNMI= answers ERROR",
        VALUE_NONE, 0, 0, 0, "", -1},
    [SIM_FAULT_PIN] = {"pin", "the SIM asks for its PIN", VALUE_NONE, 0, 0, 0,
        "", -1},
    [SIM_FAULT_PUK] = {"puk", "the SIM asks for its PUK", VALUE_NONE, 0, 0, 0,
        "", -1},
    [SIM_FAULT_SIM_REMOVED] = {"sim_removed", "no SIM in the slot", VALUE_NONE,
        0, 0, 0, "", -1},
    [SIM_FAULT_CMS_BY_NUMBER] = {"cms_by_number",
        "answers a submit with the +CMS code that is the number's last three "
        "digits; 000: accepts it", VALUE_NONE, 0, 0, 0, "", -1},
    [SIM_FAULT_CME_BY_NUMBER] = {"cme_by_number", "the same with +CME",
        VALUE_NONE, 0, 0, 0, "", -1},
    [SIM_FAULT_RESTART] = {"restart",
        "[:command|before|prompt|pdu|after] starts itself anew (a brown-out): "
        "settings and what it was at are gone, the device stays (\"lost\")",
        VALUE_STAGE, 0, 0, 0, "command", 1},
    [SIM_FAULT_ECHO_OFF] = {"echo_off",
        "the echo goes off by itself, until ATE1 or a start", VALUE_NONE, 0, 0,
        0, "", 1},
    [SIM_FAULT_NO_SPACE] = {"no_space", "says +CMGS:4, without the blank",
        VALUE_NONE, 0, 0, 0, "", -1},
    [SIM_FAULT_LINE_ENDS] = {"line_ends",
        ":N lines end with 1: CR CR LF, 2: LF alone, 3: one CR LF between two "
        "lines", VALUE_NUMBER, 1, 3, 1, "", -1},
    [SIM_FAULT_PROMPT_BURST] = {"prompt_burst",
        ":N unsolicited lines between the prompt and the PDU", VALUE_NUMBER, 1,
        100, 4, "", -1},
    [SIM_FAULT_TRICKLE] = {"trickle",
        ":N says at most N bytes a millisecond", VALUE_NUMBER, 1, 10000, 1, "",
        -1},
};

/* clang-format on */

enum kb_err sim_fault_find(const char *name, enum sim_fault_id *out)
{
    for (enum sim_fault_id id = 0; id < SIM_FAULT_COUNT; id++) {
        if (strcmp(faults[id].name, name) == 0) {
            *out = id;
            return KB_OK;
        }
    }
    return KB_NOT_FOUND;
}

const char *sim_fault_name(enum sim_fault_id id)
{
    return faults[id].name;
}

struct sim_fault sim_fault_default(enum sim_fault_id id)
{
    struct sim_fault fault = {
        .left = faults[id].left, .value = faults[id].value, .until = "reopen"};

    (void)strncpy(fault.at, faults[id].at, sizeof fault.at - 1);
    return fault;
}

bool sim_fault_stage_known(const char *value)
{
    static const char *const stages[] = {
        "command", "before", "prompt", "pdu", "submit", "after"};

    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
        if (strcmp(stages[i], value) == 0) {
            return true;
        }
    }
    return false;
}

enum kb_err sim_fault_set_value(
    struct sim_fault *fault, enum sim_fault_id id, const char *value)
{
    switch (faults[id].kind) {
    case VALUE_NUMBER:
        return str_int(value, faults[id].least, faults[id].most, &fault->value);
    case VALUE_STAGE:
        return sim_fault_stage_known(value)
                   ? str_copy(fault->at, sizeof fault->at, value)
                   : KB_INVALID;
    case VALUE_COMMAND:
        return str_copy(fault->command, sizeof fault->command, value);
    case VALUE_NONE:
        break;
    }
    return KB_INVALID;
}

/* A filter admits a place that has nothing to say about it only where the
 * filter is empty. */
static bool admits(const char *filter, const char *place)
{
    return filter[0] == '\0' || (place != NULL && str_same(filter, place));
}

bool sim_fault_is_on(
    const struct sim_fault *fault, struct sim_fault_place place)
{
    return fault->left != 0 &&
           (place.at == NULL || admits(fault->at, place.at)) &&
           admits(fault->command, place.command) && admits(fault->to, place.to);
}

bool sim_fault_take(struct sim_fault *fault, struct sim_fault_place place)
{
    if (!sim_fault_is_on(fault, place)) {
        return false;
    }
    if (fault->left > 0) {
        fault->left--;
    }
    return true;
}

/* The help of a fault that takes a value starts with how that is written. */
void sim_fault_help(struct buf *out)
{
    for (enum sim_fault_id id = 0; id < SIM_FAULT_COUNT; id++) {
        const char *help = faults[id].help;
        size_t syntax = faults[id].kind == VALUE_NONE ? 0 : strcspn(help, " ");

        buf_printf(out, "  %s%.*s\n      %s\n", faults[id].name, (int)syntax,
            help, help + syntax + (syntax > 0 ? 1 : 0));
    }
}
