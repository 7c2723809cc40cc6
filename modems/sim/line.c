// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"
#include "modems/sim/sim.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    CTRL_Z = 0x1a,
    ESCAPE = 0x1b,
    BACKSPACE = 0x08,
    URCS_MAX = 16384,
    CMS_INVALID_PDU = 304
};

/* 3GPP TS 27.007 §9.2.1, as AT+CMEE=2 shows them. */
static const struct {
    int code;
    const char *text;
} cme_texts[] = {
    {0,   "phone failure"          },
    {3,   "operation not allowed"  },
    {4,   "operation not supported"},
    {10,  "SIM not inserted"       },
    {11,  "SIM PIN required"       },
    {12,  "SIM PUK required"       },
    {13,  "SIM failure"            },
    {14,  "SIM busy"               },
    {15,  "SIM wrong"              },
    {16,  "incorrect password"     },
    {20,  "memory full"            },
    {21,  "invalid index"          },
    {22,  "not found"              },
    {30,  "no network service"     },
    {31,  "network timeout"        },
    {100, "unknown"                },
};

static void put_line(struct buf *out, const char *text)
{
    buf_add_text(out, "\r\n");
    buf_add_text(out, text);
    buf_add_text(out, "\r\n");
}

static void reset_line(struct sim_modem *modem)
{
    modem->state = SIM_LINE_READING;
    modem->line_bytes = 0;
    modem->line_too_long = false;
    modem->info_lines = 0;
    modem->in_flight = false;
}

static struct sim_settings default_settings(void)
{
    return (struct sim_settings){
        .echo = true,
        .charset = "GSM",
        .memory = {SIM_STORE_SM, SIM_STORE_SM, SIM_STORE_SM},
        .radio = 1,
    };
}

static enum sim_pin pin_at_power(const struct sim_modem *modem)
{
    if (modem->puk_tries == 0) {
        return SIM_PUK_BLOCKED;
    }
    if (modem->pin_tries == 0) {
        return SIM_PUK_WANTED;
    }
    return modem->pin_asked ? SIM_PIN_WANTED : SIM_PIN_READY;
}

void sim_modem_power(struct sim_modem *modem)
{
    modem->settings = default_settings();
    modem->pin = pin_at_power(modem);
    modem->powered++;
    modem->unplug_now = false;
    modem->restart_now = false;
    modem->last_line[0] = '\0';
    reset_line(modem);
    sim_make_power(modem);
}

static void drop_timer(struct sim_modem *modem, uint64_t *timer)
{
    sim_timers_cancel(modem->sim->timers, *timer);
    *timer = 0;
}

void sim_modem_cut(struct sim_modem *modem)
{
    drop_timer(modem, &modem->line_timer);
    drop_timer(modem, &modem->ussd_timer);
    drop_timer(modem, &modem->ring_timer);
    modem->ussd_path[0] = '\0';
    modem->rings_left = 0;
    modem->in.used = 0;
    modem->out.used = 0;
    modem->urcs.used = 0;
    modem->powered++;
    reset_line(modem);
}

void sim_modem_hang(struct sim_modem *modem)
{
    drop_timer(modem, &modem->line_timer);
    modem->state = SIM_LINE_HUNG;
    modem->in.used = 0;
    modem->urcs.used = 0;
}

bool sim_modem_strikes(
    struct sim_modem *modem, enum sim_fault_id id, struct sim_fault_place place)
{
    struct sim_ledger *note = NULL;

    if (!sim_fault_take(&modem->fault[id], place)) {
        return false;
    }
    note = sim_note(modem, "struck");
    sim_ledger_text(note, "fault", sim_fault_name(id));
    if (place.at != NULL) {
        sim_ledger_text(note, "at", place.at);
    }
    if (place.to != NULL) {
        sim_ledger_text(note, "to", place.to);
    }
    sim_ledger_end(note);
    return true;
}

bool sim_modem_takes_cut(struct sim_modem *modem, const char *stage, bool *lost)
{
    struct sim_fault_place place = {.at = stage};

    if (sim_modem_strikes(modem, SIM_FAULT_UNPLUG_AT, place)) {
        modem->unplug_now = true;
        modem->replug_ms = modem->fault[SIM_FAULT_UNPLUG_AT].replug_ms;
        *lost = modem->fault[SIM_FAULT_UNPLUG_AT].lost;
        return true;
    }
    if (sim_modem_strikes(modem, SIM_FAULT_RESTART, place)) {
        modem->restart_now = true;
        *lost = modem->fault[SIM_FAULT_RESTART].lost;
        return true;
    }
    return false;
}

void sim_modem_restart(struct sim_modem *modem)
{
    modem->restart_now = false;
    sim_modem_cut(modem);
    sim_modem_power(modem);
    sim_note_event(modem, "restarted");
    put_line(&modem->out, "^SYSSTART");
    sim_network_retry(modem);
}

void sim_modem_heal(struct sim_modem *modem)
{
    if (modem->state == SIM_LINE_HUNG) {
        reset_line(modem);
        sim_network_retry(modem);
    }
}

void sim_modem_opened(struct sim_modem *modem)
{
    if (strcmp(modem->fault[SIM_FAULT_HANG].until, "reopen") == 0) {
        sim_modem_heal(modem);
    }
}

static void on_line_timer(void *arg)
{
    struct sim_modem *modem = arg;

    modem->line_timer = 0;
    modem->then(modem);
    sim_modem_run(modem);
}

void sim_modem_after(struct sim_modem *modem, int64_t delay_us,
    void (*then)(struct sim_modem *modem))
{
    if (delay_us <= 0) {
        then(modem);
        return;
    }
    modem->state = SIM_LINE_BUSY;
    modem->then = then;
    modem->line_timer =
        sim_timers_add(modem->sim->timers, delay_us, on_line_timer, modem);
}

/* --- answers --------------------------------------------------------------- */

/* The stray lines of the urc_inside and prompt_burst faults, in turn. */
static void stray_line(struct sim_modem *modem)
{
    static const char *const lines[] = {
        "RING", "+CMTI: \"SM\",1", "^RSSI:17", "+CREG: 1"};

    put_line(&modem->out, lines[modem->urc_turn % 4]);
    modem->urc_turn++;
}

static void stray_urc(struct sim_modem *modem)
{
    if (sim_fault_take(
            &modem->fault[SIM_FAULT_URC_INSIDE], (struct sim_fault_place){0})) {
        stray_line(modem);
    }
}

void sim_modem_burst(struct sim_modem *modem)
{
    struct sim_fault *fault = &modem->fault[SIM_FAULT_PROMPT_BURST];

    if (sim_fault_take(fault, (struct sim_fault_place){0})) {
        for (int64_t i = 0; i < fault->value; i++) {
            stray_line(modem);
        }
    }
}

/* "+CMGS: 4" becomes "+CMGS:4" with the no_space fault. */
static void close_up(const struct sim_modem *modem, char *text)
{
    char *blank = strstr(text, ": ");
    const struct sim_fault *fault = &modem->fault[SIM_FAULT_NO_SPACE];

    if (blank != NULL && text[0] == '+' &&
        sim_fault_is_on(fault, (struct sim_fault_place){0})) {
        memmove(blank + 1, blank + 2, strlen(blank + 2) + 1);
    }
}

void sim_modem_info(struct sim_modem *modem, const char *fmt, ...)
{
    char text[2 * SIM_PDU_MAX + 128] = {0};
    va_list args;

    va_start(args, fmt);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is above */
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    stray_urc(modem);
    sim_make_interrupt(modem);
    close_up(modem, text);
    if (modem->info_lines == 0) {
        buf_add_text(&modem->out, "\r\n");
    }
    modem->info_lines++;
    buf_add_text(&modem->out, text);
    buf_add_text(&modem->out, "\r\n");
}

static bool line_is_free(const struct sim_modem *modem)
{
    return modem->in_flight ||
           (modem->state == SIM_LINE_READING && modem->line_bytes == 0);
}

void sim_modem_urc(struct sim_modem *modem, const char *fmt, ...)
{
    char text[2 * SIM_LINE_MAX] = {0};
    va_list args;

    va_start(args, fmt);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is above */
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (!modem->plugged || modem->state == SIM_LINE_HUNG) {
        return;
    }
    close_up(modem, text);
    if (line_is_free(modem)) {
        put_line(&modem->out, text);
    } else if (modem->urcs.used + strlen(text) < URCS_MAX) {
        put_line(&modem->urcs, text);
    }
}

static void put_cme(struct sim_modem *modem, int code)
{
    for (size_t i = 0; i < sizeof cme_texts / sizeof cme_texts[0]; i++) {
        if (cme_texts[i].code == code && modem->settings.error_format == 2) {
            buf_printf(
                &modem->out, "\r\n+CME ERROR: %s\r\n", cme_texts[i].text);
            return;
        }
    }
    if (modem->settings.error_format == 0) {
        put_line(&modem->out, "ERROR");
    } else {
        buf_printf(&modem->out, "\r\n+CME ERROR: %d\r\n", code);
    }
}

void sim_modem_final(struct sim_modem *modem, struct sim_result result)
{
    if (result.outcome == SIM_LATER) {
        return;
    }
    stray_urc(modem);
    switch (result.outcome) {
    case SIM_DONE:
        put_line(&modem->out, "OK");
        break;
    case SIM_ERROR:
        put_line(&modem->out, "ERROR");
        break;
    case SIM_CME:
        put_cme(modem, result.code);
        break;
    case SIM_CMS:
        buf_printf(&modem->out, "\r\n+CMS ERROR: %d\r\n", result.code);
        break;
    case SIM_LATER:
        break;
    }
    reset_line(modem);
    buf_add(&modem->out, buf_text(&modem->urcs), modem->urcs.used);
    modem->urcs.used = 0;
}

/* --- reading --------------------------------------------------------------- */

/* What stands behind the first "AT" of a line, whatever noise or ESC is in
 * front of it; NULL where there is none. */
static const char *behind_at(const char *line)
{
    for (; line[0] != '\0'; line++) {
        if (toupper((unsigned char)line[0]) == 'A' &&
            toupper((unsigned char)line[1]) == 'T') {
            return line + 2;
        }
    }
    return NULL;
}

static void run_line(struct sim_modem *modem)
{
    sim_modem_final(modem, sim_command_line(modem, modem->last_line));
}

static bool is_submit(const char *command)
{
    return strncasecmp(command, "+CMGS=", 6) == 0;
}

/* The name that a fault's "command" filter means: "+CSQ" of "+CSQ;+CREG?". */
static void first_name(const char *command, char *out, size_t out_bytes)
{
    size_t length = strcspn(command, "=?;");

    length = length < out_bytes ? length : out_bytes - 1;
    memcpy(out, command, length);
    out[length] = '\0';
}

static void start_command(struct sim_modem *modem, const char *command)
{
    char name[24] = {0};
    struct sim_fault_place place = {.at = "command", .command = name};
    bool lost = false;

    first_name(command, name, sizeof name);
    modem->counts.commands++;
    if (command != modem->last_line) {
        memmove(modem->last_line, command, strlen(command) + 1);
    }
    if (sim_modem_strikes(modem, SIM_FAULT_HANG, place)) {
        sim_modem_hang(modem);
        return;
    }
    if (sim_modem_strikes(modem, SIM_FAULT_IGNORE, place)) {
        reset_line(modem);
        return;
    }
    if (sim_modem_strikes(
            modem, SIM_FAULT_ECHO_OFF, (struct sim_fault_place){0})) {
        modem->settings.echo = false;
    }
    if (sim_modem_takes_cut(modem, "command", &lost)) {
        return;
    }
    sim_modem_after(modem,
        is_submit(command) ? modem->pace.prompt_us : modem->pace.command_us,
        run_line);
}

static void take_line(struct sim_modem *modem)
{
    const char *command = NULL;

    modem->line[modem->line_bytes] = '\0';
    command = behind_at(modem->line);
    if (modem->line_too_long) {
        sim_modem_final(modem, SIM_RESULT_ERROR);
    } else if (command != NULL) {
        start_command(modem, command);
    } else if (str_same(modem->line, "A/")) {
        start_command(modem, modem->last_line);
    } else {
        reset_line(modem); /* no command: a modem does not answer noise */
    }
}

static void append(struct sim_modem *modem, char byte)
{
    if (modem->line_bytes < SIM_LINE_MAX) {
        modem->line[modem->line_bytes++] = byte;
    } else {
        modem->line_too_long = true;
    }
}

static void read_command_byte(struct sim_modem *modem, char byte)
{
    if (byte == '\r') {
        take_line(modem);
    } else if (byte == BACKSPACE && modem->line_bytes > 0) {
        modem->line_bytes--;
    } else if ((unsigned char)byte >= ' ') {
        append(modem, byte);
    }
}

/* A command typed at the prompt by somebody who does not know of it: modems
 * leave the prompt with an error, as that is no hex. */
static void escape_prompt_by_at(struct sim_modem *modem)
{
    modem->line[modem->line_bytes] = '\0';
    if (behind_at(modem->line) != NULL) {
        sim_modem_final(modem, SIM_RESULT_CMS(CMS_INVALID_PDU));
    }
}

static void read_prompt_byte(struct sim_modem *modem, char byte)
{
    if (byte == CTRL_Z) {
        modem->line[modem->line_bytes] = '\0';
        sim_sms_typed(modem);
    } else if (byte == ESCAPE) {
        sim_modem_final(modem, SIM_RESULT_DONE);
    } else if (byte == '\r') {
        escape_prompt_by_at(modem);
    } else if ((unsigned char)byte >= ' ') {
        append(modem, byte);
        /* Half of the PDU's digits are in: here the pdu stage is. */
        if (modem->line_bytes == modem->cmgs_bytes) {
            bool lost = false;

            (void)sim_modem_takes_cut(modem, "pdu", &lost);
        }
    }
}

void sim_modem_run(struct sim_modem *modem)
{
    size_t at = 0;

    while (
        at < modem->in.used && !modem->unplug_now && !modem->restart_now &&
        (modem->state == SIM_LINE_READING || modem->state == SIM_LINE_PROMPT)) {
        char byte = modem->in.data[at];

        at++;
        if (modem->settings.echo && byte != CTRL_Z && byte != ESCAPE) {
            buf_add(&modem->out, &byte, 1);
        }
        if (modem->state == SIM_LINE_PROMPT) {
            read_prompt_byte(modem, byte);
        } else {
            read_command_byte(modem, byte);
        }
    }
    if (modem->state == SIM_LINE_HUNG || at >= modem->in.used) {
        modem->in.used = 0;
    } else if (at > 0) {
        modem->in.used -= at;
        memmove(modem->in.data, modem->in.data + at, modem->in.used);
    }
}

/* A hang that only a reset heals: everything else is swallowed. */
static void look_for_reset(
    struct sim_modem *modem, const void *data, size_t bytes)
{
    const struct sim_profile *profile = modem->sim->options.profile;
    const char *own = profile->reset;
    bool resets =
        memmem(data, bytes, "+CFUN=1,1", 9) != NULL ||
        (own != NULL && memmem(data, bytes, own, strlen(own)) != NULL);

    if (resets && strcmp(modem->fault[SIM_FAULT_HANG].until, "reset") == 0) {
        sim_note_event(modem, "reset");
        sim_modem_heal(modem);
        sim_modem_power(modem);
        put_line(&modem->out, "OK");
    }
}

void sim_modem_feed(struct sim_modem *modem, const void *data, size_t bytes)
{
    size_t room = SIM_INPUT_MAX - modem->in.used;

    if (modem->state == SIM_LINE_HUNG && modem->plugged) {
        look_for_reset(modem, data, bytes);
        return;
    }
    if (!modem->plugged) {
        return;
    }
    buf_add(&modem->in, data, bytes < room ? bytes : room);
    sim_modem_run(modem);
}
