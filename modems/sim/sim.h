// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_SIM_SIM_H
#define KABARI_SIM_SIM_H

#include "base/buf.h"
#include "base/err.h"
#include "modems/sim/faults.h"
#include "modems/sim/ledger.h"
#include "modems/sim/timers.h"
#include "modems/sim/tpdu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

/*
 * The simulator: modems (line engine, AT commands, SIM) and the network they
 * are on. Nothing in here touches a descriptor but the ledger: port.c carries
 * bytes between a modem and its pseudo-terminal, control.c brings requests,
 * and both then let port.c write what is in modem->out. A test feeds bytes with
 * sim_modem_feed() and reads modem->out.
 */

enum {
    SIM_MODEMS_MAX = 256,
    SIM_LINE_MAX = 2048,      /* bytes of a command line or a typed PDU */
    SIM_INPUT_MAX = 65536,    /* bytes that wait while a modem is busy */
    SIM_SLOTS_MAX = 1000,     /* SMS on a SIM */
    SIM_PENDING_MAX = 100000, /* SMS that the network keeps for a modem */
    SIM_USSD_CODES_MAX = 64
};

/** What tells one make of modem from another; from profiles/NAME.profile. */
struct sim_profile {
    const char *name;
    const char *manufacturer;
    const char *model;
    const char *revision;
    const char *charsets; /* of +CSCS=? */
    const char *memories; /* of +CPMS=? */
    const char *cnmi;     /* of +CNMI=?, and what +CNMI= takes */
    bool has_me;          /* a message store in the modem itself */
    bool no_sr;           /* no store for status reports */
    bool receives_in_me;  /* new SMS go to ME after a start */
    bool from_zero;       /* counts places from 0 */
    bool ussd_packed;     /* +CUSD carries packed septets in hex */

    const char *hello;   /* lines after a power-on; NULL: none */
    const char *chatter; /* lines said unasked, in turn; NULL: none */
    int chatter_ms;      /* how often */
    bool chatter_inside; /* also inside answers */
    const char *quiet;   /* command that ends the chatter, "^CURC=0" */
    bool tells_nothing;  /* takes +CNMI and tells of no new SMS */
    const char *told_by; /* … until this command came, "+QURCCFG" */
    const char *refuses; /* commands that are ERROR, a line each */
    const char *takes;   /* commands that are OK and do nothing */
    const char *reset;   /* its own command that starts it anew, "!RESET" */
};

/** All of them, made from the files. */
extern const struct sim_profile sim_profiles[];
extern const size_t sim_profile_count;

/** The profile of that name, or NULL. */
const struct sim_profile *sim_profile_find(const char *name);

/** Adds the profiles' names for --help. */
void sim_profile_help(struct buf *out);

/** Spans of time, all divided by the clock's speed. */
struct sim_pace {
    int64_t command_us; /* a plain command */
    int64_t prompt_us;  /* AT+CMGS to the prompt */
    int64_t latency_us; /* Ctrl-Z to +CMGS; a USSD request's answer */
    int64_t report_us;  /* acceptance to the delivery report */
};

struct sim_options {
    size_t modems;
    struct sim_pace pace;
    int report_percent; /* how many of the reports asked for come: 0..100 */
    uint64_t seed;
    size_t sms_store; /* slots on the SIM */
    const char *pin;  /* NULL: the SIM asks for none */
    int64_t clock_speed;
    const struct sim_profile *profile;
};

enum sim_store_id {
    SIM_STORE_SM,
    SIM_STORE_ME,
    SIM_STORE_SR,
    SIM_STORE_COUNT
};

struct sim_slot {
    bool used;
    bool read;
    struct sim_pdu pdu;
};

struct sim_store {
    struct sim_slot *slot;
    size_t slots;
    size_t used;
};

/** A PDU that the network has for a modem. */
struct sim_pending {
    STAILQ_ENTRY(sim_pending) next;
    struct sim_pdu pdu;
    bool report;                /* a status report, else an SMS */
    bool for_sim;               /* class 2: kept on the SIM */
    char from[SIM_ADDRESS_MAX]; /* who sent it, whom the report is about */
    char *text;                 /* UTF-8, may be NULL */
    int part;
    int parts;
    int number; /* a report's TP-MR */
    int status; /* a report's TP-ST */
};

STAILQ_HEAD(sim_pending_list, sim_pending);

enum sim_pin {
    SIM_PIN_READY,
    SIM_PIN_WANTED,
    SIM_PUK_WANTED,
    SIM_PUK_BLOCKED
};

/** What AT commands set and a power cycle resets. */
struct sim_settings {
    bool echo;
    int error_format; /* +CMEE */
    int cnmi[5];
    int creg;
    int cgreg;
    char charset[12];
    int operator_format;
    bool clip;
    int ring_format; /* +CRC */
    int ussd;        /* +CUSD=n */
    enum sim_store_id memory[3];
    int more_messages; /* +CMMS */
    int radio;         /* +CFUN */
};

enum sim_line_state {
    SIM_LINE_READING, /* a command line */
    SIM_LINE_PROMPT,  /* a PDU, until Ctrl-Z or ESC */
    SIM_LINE_BUSY,    /* a command runs: input waits */
    SIM_LINE_HUNG     /* input is swallowed */
};

/** A submit between Ctrl-Z and its answer. */
struct sim_flight {
    struct sim_pdu pdu;
    struct sim_submit submit;
    int64_t typed_us; /* when Ctrl-Z came */
};

/** What a modem did since the start. */
struct sim_counts {
    int64_t accepted;
    int64_t rejected;
    int64_t reports;
    int64_t inbound;
    int64_t deleted;
    int64_t commands;
};

struct sim_ussd_entry {
    char code[32]; /* what is dialled, or "…>reply" within its menu */
    char *reply;
    int mode; /* m of +CUSD: 0 done, 1 reply wanted, 2 ended, 4 refused */
};

struct sim;

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): read by topic */
struct sim_modem {
    struct sim *sim;
    int number; /* 1 … */
    char name[8];
    struct sim_settings settings;
    struct sim_pace pace;
    int report_percent;

    /* the line */
    enum sim_line_state state;
    struct buf in;  /* typed, not yet consumed */
    struct buf out; /* for the gateway; port.c empties it */
    char line[SIM_LINE_MAX + 1];
    size_t line_bytes;
    char last_line[SIM_LINE_MAX + 1]; /* for A/ */
    size_t info_lines;                /* of the answer under way */
    struct buf urcs;                  /* held until the line is free */
    uint64_t line_timer;
    void (*then)(struct sim_modem *modem); /* when line_timer fires */
    unsigned powered; /* power cycles so far: older answers are void */
    bool line_too_long;
    bool in_flight; /* busy with a submit: URCs may pass */
    size_t cmgs_bytes;
    bool prompt_shown; /* for it */
    struct sim_flight flight;
    bool unplug_now;   /* asks port.c to pull the plug */
    int64_t replug_ms; /* … and to plug it in again after so long; 0: not */
    bool replug_now;   /* asks port.c to plug it in again */
    bool restart_now;  /* asks port.c to start it anew */
    bool is_open;      /* somebody has the device open */
    bool plugged;

    /* the SIM and the radio */
    char imsi[16];
    char imei[16];
    char iccid[21];
    char own_number[16];
    char smsc[24];
    uint8_t next_mr;
    enum sim_pin pin;
    bool pin_asked; /* at power-on */
    char pin_code[9];
    int pin_tries;
    int puk_tries;
    struct sim_store store[SIM_STORE_COUNT];
    int registration; /* of +CREG */
    int rssi;
    int ber;
    struct sim_pending_list pending[2]; /* SMS, reports: each in its order */
    size_t pending_count[2];
    int64_t credit;       /* rupiah */
    int64_t message_cost; /* rupiah; 0: free of charge */
    int no_credit_code;

    /* calls and USSD */
    uint64_t ring_timer;
    int rings_left;
    char caller[24];
    uint64_t ussd_timer;
    char ussd_path[32]; /* the open menu; "" none */
    char ussd_asked[32];
    struct sim_ussd_entry ussd[SIM_USSD_CODES_MAX];
    size_t ussd_count;

    struct sim_fault fault[SIM_FAULT_COUNT];
    uint64_t chatter_timer;
    unsigned urc_turn;

    /* what its make does, since its last start */
    uint64_t make_timer; /* of its chatter */
    unsigned make_turn;
    bool made_quiet;
    bool told_where;
    struct sim_counts counts;
};

/* --- sim.c: the whole ----------------------------------------------------- */

struct sim {
    struct sim_options options;
    struct sim_timers *timers;
    struct sim_ledger *ledger; /* borrowed */
    struct sim_modem *modem;
    size_t modems;
    uint64_t random;
};

/** Builds the modems, powered but with no device yet. Free with sim_free(). */
struct sim *sim_new(const struct sim_options *options,
    struct sim_ledger *ledger, int64_t now_us);

void sim_free(struct sim *sim);

/** The modem of that name, or NULL. */
struct sim_modem *sim_find(struct sim *sim, const char *name);

/** The next of a repeatable row of random numbers below limit. */
uint32_t sim_random(struct sim *sim, uint32_t limit);

/** Begins a ledger line about a modem. */
struct sim_ledger *sim_note(struct sim_modem *modem, const char *event);

/** A number alone, noted. */
void sim_note_event(struct sim_modem *modem, const char *event);

/* --- line.c: bytes in, lines and PDUs out; answers ------------------------ */

/** Power-on: settings to their defaults, line empty, PIN asked where due. */
void sim_modem_power(struct sim_modem *modem);

/** Power gone: all that was under way is forgotten. */
void sim_modem_cut(struct sim_modem *modem);

/** Ends a hang, as far as the line goes. */
void sim_modem_heal(struct sim_modem *modem);

/** The device was opened by somebody new. */
void sim_modem_opened(struct sim_modem *modem);

/** Takes bytes from the gateway. */
void sim_modem_feed(struct sim_modem *modem, const void *data, size_t bytes);

/** Continues with what waits in modem->in. */
void sim_modem_run(struct sim_modem *modem);

/** Stops answering, as the hang fault says. */
void sim_modem_hang(struct sim_modem *modem);

/** Pulls the plug, or starts the modem anew, where a fault of that kind strikes
 *  at this stage. lost: whether the network gets what was typed. */
bool sim_modem_takes_cut(
    struct sim_modem *modem, const char *stage, bool *lost);

/** A start that nobody asked for, the device stays. */
void sim_modem_restart(struct sim_modem *modem);

/** As sim_fault_take; the ledger tells of the strike. */
bool sim_modem_strikes(struct sim_modem *modem, enum sim_fault_id id,
    struct sim_fault_place place);

/** Busy for delay_us (0: not at all), then calls then(modem). */
void sim_modem_after(struct sim_modem *modem, int64_t delay_us,
    void (*then)(struct sim_modem *modem));

/** One line of information. */
void sim_modem_info(struct sim_modem *modem, const char *fmt, ...)
    KB_PRINTF(2, 3);

/** An unsolicited line: at once where the line is free, else held. */
void sim_modem_urc(struct sim_modem *modem, const char *fmt, ...)
    KB_PRINTF(2, 3);

/** The unsolicited lines of the prompt_burst fault. */
void sim_modem_burst(struct sim_modem *modem);

/** How a command ends. */
enum sim_outcome {
    SIM_DONE,
    SIM_ERROR,
    SIM_CME,
    SIM_CMS,
    SIM_LATER
};

struct sim_result {
    enum sim_outcome outcome;
    int code; /* of +CME and +CMS */
};

#define SIM_RESULT_DONE      ((struct sim_result){SIM_DONE, 0})
#define SIM_RESULT_ERROR     ((struct sim_result){SIM_ERROR, 0})
#define SIM_RESULT_LATER     ((struct sim_result){SIM_LATER, 0})
#define SIM_RESULT_CME(code) ((struct sim_result){SIM_CME, (code)})
#define SIM_RESULT_CMS(code) ((struct sim_result){SIM_CMS, (code)})

/** The final result code; the line is free again. */
void sim_modem_final(struct sim_modem *modem, struct sim_result result);

/* --- make.c: what one make does and others do not ------------------------- */

/** Power-on: its words, its chatter. */
void sim_make_power(struct sim_modem *modem);

/** A command is about to run. @return true where that make answers it itself;
 *  out is then the result. */
bool sim_make_takes(
    struct sim_modem *modem, const char *command, struct sim_result *out);

/** True where it tells of new SMS as +CNMI says. */
bool sim_make_tells(const struct sim_modem *modem);

/** True where the at-th number of +CNMI= may have that value. */
bool sim_make_allows_cnmi(const struct sim_modem *modem, size_t at, int value);

/** A line that it says inside an answer, where it does such things. */
void sim_make_interrupt(struct sim_modem *modem);

/* --- commands.c, sms.c, ussd.c, call.c: what the lines mean --------------- */

/** Runs a line without its "AT": several commands may stand in it. */
struct sim_result sim_command_line(struct sim_modem *modem, const char *line);

/** Arguments of a command, commas and quotes taken away. */
struct sim_args {
    char text[SIM_LINE_MAX + 1];
    const char *value[8];
    size_t count;
};

void sim_args_split(struct sim_args *args, const char *text);

/** Reads argument at as a number; an absent one is or_else; -1 where it is no
 *  number of 0 … 65535. */
int sim_args_number(const struct sim_args *args, size_t at, int or_else);

/** A table row: what a command does as AT+X, AT+X? and AT+X=…; the text that
 *  AT+X=? shows, NULL for a bare OK. */
struct sim_command {
    const char *name;
    const char *test;
    struct sim_result (*exec)(struct sim_modem *modem);
    struct sim_result (*read)(struct sim_modem *modem);
    struct sim_result (*set)(struct sim_modem *modem, struct sim_args *args);
};

extern const struct sim_command sim_sms_commands[];
extern const struct sim_command sim_sim_commands[];
extern const struct sim_command sim_other_commands[];

/** Why SMS commands cannot work now: SIM_DONE where they can. */
struct sim_result sim_sms_barred(const struct sim_modem *modem);

/** Ctrl-Z came: modem->line holds the PDU in hex. */
void sim_sms_typed(struct sim_modem *modem);

/** Free slots for what the network brings? */
bool sim_store_has_room(const struct sim_modem *modem, enum sim_store_id store);

/** How the modem calls its place that is the nth, from 1. */
size_t sim_store_place(const struct sim_modem *modem, size_t nth);

/** Keeps a PDU; its place from 1, 0 where there is no room. */
size_t sim_store_add(
    struct sim_modem *modem, enum sim_store_id id, const struct sim_pdu *pdu);

const char *sim_store_name(enum sim_store_id store);

/** Answers AT+CUSD=1,"…": the code is plain ASCII. */
void sim_ussd_ask(struct sim_modem *modem, const char *code);

/** Octets of a typed USSD string as ASCII; out has 32 bytes of room. */
void sim_ussd_plain(
    const uint8_t *octets, size_t count, bool packed, char *out);

/** Ends an open menu. */
void sim_ussd_cancel(struct sim_modem *modem);

/**
 * Sets what a code answers. In a menu, "*123#>1" is the reply to answer 1.
 *
 * @return KB_OK, KB_FULL, or KB_INVALID for a code or reply that is too long.
 */
KB_MUST_USE enum kb_err sim_ussd_set(
    struct sim_modem *modem, const char *code, const char *reply, int mode);

/** The built-in codes. */
void sim_ussd_defaults(struct sim_modem *modem);

/** RING every 3 s, so many times. */
void sim_call_start(struct sim_modem *modem, const char *from, int rings);

/** Hangs up or answers; false where nobody calls. */
bool sim_call_stop(struct sim_modem *modem);

/* --- network.c ------------------------------------------------------------ */

/** True where the modem can be reached: powered, SIM open, registered. */
bool sim_network_reaches(const struct sim_modem *modem);

/** The flight's latency is over: accept or refuse, note it, answer. */
void sim_network_submit(struct sim_modem *modem);

/** The network gets the flight, but the modem will not say so: it hangs or
 *  goes. */
void sim_network_submit_unheard(struct sim_modem *modem);

/** Hands a PDU to the modem, or keeps it until the modem can take it. */
void sim_network_give(
    struct sim_modem *modem, struct sim_pending *take_pending);

/** Tries again what waits: after a registration, a deletion, a power-on. */
void sim_network_retry(struct sim_modem *modem);

/** Sets +CREG's state, tells the gateway where it asked for that. */
void sim_network_register(struct sim_modem *modem, int registration);

void sim_pending_free(struct sim_pending *pending);

/** Switches a fault; some act at once (chatter, PIN, PUK). */
void sim_modem_set_fault(struct sim_modem *modem, enum sim_fault_id id,
    const struct sim_fault *fault);

/* --- requests.c ----------------------------------------------------------- */

/**
 * Carries out one line of the control socket.
 *
 * @return the answer as one line of JSON without its newline; free with free().
 */
char *sim_request(struct sim *sim, const char *line, size_t bytes);

/** Switches a fault as --fault has it: NAME[:VALUE] for all modems, or the
 *  JSON of a fault request. why: what is wrong with it. */
KB_MUST_USE enum kb_err sim_request_fault(
    struct sim *sim, const char *text, struct why *why);

#endif
