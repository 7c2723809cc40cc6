// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_SIM_FAULTS_H
#define KABARI_SIM_FAULTS_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What modems and networks do to a gateway, each switched per modem. Names,
 * parameters and meaning stand in the table of faults.c, which --help prints;
 * struct sim_fault holds the parameters of one. */
enum sim_fault_id {
    SIM_FAULT_HANG,
    SIM_FAULT_UNPLUG_AT,
    SIM_FAULT_NO_PROMPT,
    SIM_FAULT_CMS,
    SIM_FAULT_CME,
    SIM_FAULT_BARE_ERROR,
    SIM_FAULT_LOST_CMGS,
    SIM_FAULT_LATE_CMGS,
    SIM_FAULT_REFUSE,
    SIM_FAULT_IGNORE,
    SIM_FAULT_NOISE,
    SIM_FAULT_MISREAD,
    SIM_FAULT_CHATTER,
    SIM_FAULT_URC_INSIDE,
    SIM_FAULT_NO_REPORTS,
    SIM_FAULT_REPORT_STATUS,
    SIM_FAULT_REPORT_EARLY,
    SIM_FAULT_REPORT_TWICE,
    SIM_FAULT_STORAGE_FULL,
    SIM_FAULT_CNMI_REFUSED,
    SIM_FAULT_PIN,
    SIM_FAULT_PUK,
    SIM_FAULT_SIM_REMOVED,
    SIM_FAULT_CMS_BY_NUMBER,
    SIM_FAULT_CME_BY_NUMBER,
    SIM_FAULT_RESTART,
    SIM_FAULT_ECHO_OFF,
    SIM_FAULT_NO_SPACE,
    SIM_FAULT_LINE_ENDS,
    SIM_FAULT_PROMPT_BURST,
    SIM_FAULT_TRICKLE,
    SIM_FAULT_COUNT
};

/** One fault's state on one modem; zeroed: off. */
struct sim_fault {
    int64_t left;      /* times still to strike; -1: until switched off */
    int64_t value;     /* code, seconds, milliseconds or per mille */
    char at[12];       /* a stage: before, prompt, pdu, submit, after … */
    char command[24];  /* only at this command, such as "+CSQ"; "": any */
    char to[24];       /* only for this destination; "": any */
    char until[8];     /* what heals a hang: reopen, reset, replug, off */
    bool lost;         /* the network does not get the message */
    bool busy;         /* a late answer keeps the modem occupied */
    int64_t replug_ms; /* back by itself after so long; 0: not */
};

/** The fault of that name; KB_NOT_FOUND where there is none. */
KB_MUST_USE enum kb_err sim_fault_find(
    const char *name, enum sim_fault_id *out);

const char *sim_fault_name(enum sim_fault_id id);

/** The parameters that a fault has where none are given, switched on. */
struct sim_fault sim_fault_default(enum sim_fault_id id);

/** Sets the value that stands behind the colon in "cms:38" or
 *  "unplug_at:pdu". @return KB_OK, or KB_INVALID. */
KB_MUST_USE enum kb_err sim_fault_set_value(
    struct sim_fault *fault, enum sim_fault_id id, const char *value);

/** True for command, before, prompt, pdu, submit and after. */
bool sim_fault_stage_known(const char *value);

/** Where and for whom a fault might strike; NULL: does not apply here. */
struct sim_fault_place {
    const char *at;
    const char *command;
    const char *to;
};

/** True where the fault is on and its filters admit the place. */
bool sim_fault_is_on(
    const struct sim_fault *fault, struct sim_fault_place place);

/** As sim_fault_is_on, and counts one strike. */
bool sim_fault_take(struct sim_fault *fault, struct sim_fault_place place);

/** Adds the table of faults for --help. */
void sim_fault_help(struct buf *out);

#endif
