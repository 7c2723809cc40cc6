// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "modems/sim/sim.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The control socket's requests: one table row each; the fields that a row
 * does not name are refused, so that a script's typing error shows. */

enum {
    TEXT_BYTES_MAX = 60000,
    MS_MAX = 86400000
};

/* A request under way on one modem. */
struct ask {
    struct sim_modem *modem;
    const json_t *fields;
    json_t *answer;
    struct why *why;
};

/* --- fields ---------------------------------------------------------------- */

/* A number within limits, or or_else where it is absent. */
static bool get_number(const struct ask *ask, const char *name,
    const int64_t limits[2], int64_t *out)
{
    const json_t *value = json_object_get(ask->fields, name);

    if (value == NULL) {
        return true;
    }
    if (!json_is_integer(value) || json_integer_value(value) < limits[0] ||
        json_integer_value(value) > limits[1]) {
        why_set(ask->why, "%s must be a whole number of %lld to %lld", name,
            (long long)limits[0], (long long)limits[1]);
        return false;
    }
    *out = json_integer_value(value);
    return true;
}

static bool get_int(
    const struct ask *ask, const char *name, const int64_t limits[2], int *out)
{
    int64_t value = *out;

    if (!get_number(ask, name, limits, &value)) {
        return false;
    }
    *out = (int)value;
    return true;
}

/* A text, or NULL where it is absent. */
static bool get_text(const struct ask *ask, const char *name, const char **out)
{
    const json_t *value = json_object_get(ask->fields, name);

    *out = NULL;
    if (value == NULL) {
        return true;
    }
    if (!json_is_string(value) || json_string_length(value) > TEXT_BYTES_MAX) {
        why_set(ask->why, "%s must be a text of at most %d bytes", name,
            TEXT_BYTES_MAX);
        return false;
    }
    *out = json_string_value(value);
    return true;
}

static bool need_text(const struct ask *ask, const char *name, const char **out)
{
    if (!get_text(ask, name, out)) {
        return false;
    }
    if (*out == NULL) {
        why_set(ask->why, "%s is missing", name);
    }
    return *out != NULL;
}

static bool get_bool(const struct ask *ask, const char *name, bool *out)
{
    const json_t *value = json_object_get(ask->fields, name);

    if (value != NULL && !json_is_boolean(value)) {
        why_set(ask->why, "%s must be true or false", name);
        return false;
    }
    *out = value == NULL ? *out : json_is_true(value);
    return true;
}

static bool get_short(
    const struct ask *ask, const char *name, char *out, size_t room)
{
    const char *text = NULL;

    if (!get_text(ask, name, &text)) {
        return false;
    }
    if (text != NULL && str_copy(out, room, text) != KB_OK) {
        why_set(ask->why, "%s is too long", name);
        return false;
    }
    return true;
}

/* --- sms, pdu -------------------------------------------------------------- */

struct inbound {
    const char *from;
    const char *text;
    const char *data; /* hex: 8-bit data in place of a text */
    const char *coding;
    const char *time;
    int class;
    int ref;
    int ref_bits;
    int pid;
    int drop_part;
    struct sim_units units;
    int64_t at_ms;
    size_t parts;
};

static bool read_inbound(const struct ask *ask, struct inbound *in)
{
    *in = (struct inbound){.class = -1,
        .ref = (int)sim_random(ask->modem->sim, 256),
        .ref_bits = 8};
    return need_text(ask, "from", &in->from) &&
           get_text(ask, "text", &in->text) &&
           get_text(ask, "data", &in->data) &&
           get_text(ask, "coding", &in->coding) &&
           get_text(ask, "smsc_time", &in->time) &&
           get_int(ask, "class", (int64_t[]){0, 3}, &in->class) &&
           get_int(ask, "ref", (int64_t[]){0, 65535}, &in->ref) &&
           get_int(ask, "ref_bits", (int64_t[]){8, 16}, &in->ref_bits) &&
           get_int(ask, "pid", (int64_t[]){0, 255}, &in->pid) &&
           get_int(ask, "drop_part", (int64_t[]){1, 255}, &in->drop_part);
}

static bool read_time(const struct ask *ask, struct inbound *in)
{
    struct clock clock = clock_system();
    struct civil at = {0};

    in->at_ms = clock_now_ms(&clock);
    if (in->time == NULL) {
        return true;
    }
    if (civil_parse(in->time, &at, NULL) != KB_OK) {
        why_set(ask->why, "smsc_time must be YYYY-MM-DD HH:MM, local");
        return false;
    }
    in->at_ms = civil_instant_ms(
        civil_day(at.year, at.month, at.day), at.hour * 60 + at.minute);
    return true;
}

static bool read_data_units(const struct ask *ask, struct inbound *in)
{
    size_t digits = strlen(in->data);
    uint8_t *octets = mem_new(digits / 2 + 1);
    bool good = digits % 2 == 0;

    for (size_t i = 0; good && i < digits; i += 2) {
        struct sim_pdu one = {0};

        good = sim_pdu_from_hex(in->data + i, 2, &one) == KB_OK;
        octets[i / 2] = one.data[0];
    }
    if (good) {
        in->units = sim_units_from_data(octets, digits / 2);
    } else {
        why_set(ask->why, "data must be an even number of hex digits");
    }
    free(octets);
    return good;
}

static bool read_units(const struct ask *ask, struct inbound *in)
{
    enum sim_coding_wish wish = SIM_WISH_AUTO;

    if (in->data != NULL) {
        return read_data_units(ask, in);
    }
    if (in->coding != NULL && strcmp(in->coding, "ucs2") == 0) {
        wish = SIM_WISH_UCS2;
    } else if (in->coding != NULL && strcmp(in->coding, "gsm7") == 0) {
        wish = SIM_WISH_GSM7;
    } else if (in->coding != NULL) {
        why_set(ask->why, "coding must be gsm7 or ucs2 (data: 8-bit)");
        return false;
    }
    in->units = sim_units_from_text(in->text == NULL ? "" : in->text, wish);
    return true;
}

/* TS 23.038 §4: class 2 belongs to the SIM. */
#define CLASS_SIM 2

static bool give_part(
    const struct ask *ask, const struct inbound *in, size_t part)
{
    struct sim_deliver deliver = {.from = in->from,
        .smsc = ask->modem->smsc,
        .at_ms = in->at_ms,
        .class = in->class,
        .ref_bits = in->ref_bits,
        .ref = (uint16_t)in->ref,
        .pid = (uint8_t)in->pid};
    struct sim_pending *pending = mem_new(sizeof *pending);

    if (sim_deliver_build(&deliver, &in->units, part, &pending->pdu) != KB_OK ||
        str_copy(pending->from, sizeof pending->from, in->from) != KB_OK) {
        why_set(ask->why,
            "from must be 1 to 20 digits or 1 to 11 characters "
            "of the GSM alphabet; part 1 to %zu; text at most "
            "255 parts",
            in->parts);
        sim_pending_free(pending);
        return false;
    }
    pending->text = mem_strdup(in->text);
    pending->for_sim = in->class == CLASS_SIM;
    pending->part = (int)part;
    pending->parts = (int)in->parts;
    sim_network_give(ask->modem, pending);
    return true;
}

/* The parts in the order asked for, without the one to be dropped. */
static bool give_parts(const struct ask *ask, const struct inbound *in)
{
    const json_t *order = json_object_get(ask->fields, "order");
    size_t count = order == NULL ? in->parts : json_array_size(order);

    for (size_t i = 0; i < count; i++) {
        int64_t part = order == NULL
                           ? (int64_t)i + 1
                           : json_integer_value(json_array_get(order, i));

        if (part == in->drop_part) {
            continue;
        }
        if (!give_part(ask, in, (size_t)part)) {
            return false;
        }
    }
    return true;
}

static bool do_sms(const struct ask *ask)
{
    struct inbound in = {0};
    bool good = false;

    if (!read_inbound(ask, &in) || !read_time(ask, &in) ||
        !read_units(ask, &in)) {
        return false;
    }
    in.parts = sim_deliver_parts(&in.units, in.ref_bits);
    good = give_parts(ask, &in);
    sim_units_clear(&in.units);
    (void)json_object_set_new(
        ask->answer, "parts", json_integer((json_int_t)in.parts));
    return good;
}

static bool do_pdu(const struct ask *ask)
{
    const char *hex = NULL;
    bool report = false;
    struct sim_pending *pending = NULL;

    if (!need_text(ask, "hex", &hex) || !get_bool(ask, "report", &report)) {
        return false;
    }
    pending = mem_new(sizeof *pending);
    if (sim_pdu_from_hex(hex, strlen(hex), &pending->pdu) != KB_OK ||
        pending->pdu.bytes == 0) {
        why_set(ask->why,
            "hex must be 1 to %d octets: an SMSC address and a "
            "TPDU",
            SIM_PDU_MAX);
        sim_pending_free(pending);
        return false;
    }
    pending->report = report;
    pending->part = 1;
    pending->parts = 1;
    sim_network_give(ask->modem, pending);
    return true;
}

/* --- calls, plugs, pace, network ------------------------------------------- */

static bool do_call(const struct ask *ask)
{
    const char *from = NULL;
    int rings = 5;

    if (!need_text(ask, "from", &from) ||
        !get_int(ask, "rings", (int64_t[]){1, 100}, &rings)) {
        return false;
    }
    sim_call_start(ask->modem, from, rings);
    return true;
}

static bool do_hangup(const struct ask *ask)
{
    if (sim_call_stop(ask->modem)) {
        sim_modem_urc(ask->modem, "NO CARRIER");
    }
    return true;
}

static bool do_unplug(const struct ask *ask)
{
    if (!get_number(
            ask, "replug_ms", (int64_t[]){0, MS_MAX}, &ask->modem->replug_ms)) {
        return false;
    }
    ask->modem->unplug_now = ask->modem->plugged;
    return true;
}

static bool do_replug(const struct ask *ask)
{
    ask->modem->replug_now = !ask->modem->plugged;
    return true;
}

static bool read_span(const struct ask *ask, const char *name, int64_t *span_us)
{
    int64_t value = -1;

    if (!get_number(ask, name, (int64_t[]){0, MS_MAX}, &value)) {
        return false;
    }
    if (value >= 0) {
        *span_us = value * 1000 / ask->modem->sim->options.clock_speed;
    }
    return true;
}

static bool do_latency(const struct ask *ask)
{
    struct sim_pace *pace = &ask->modem->pace;

    return read_span(ask, "latency_ms", &pace->latency_us) &&
           read_span(ask, "command_ms", &pace->command_us) &&
           read_span(ask, "prompt_ms", &pace->prompt_us) &&
           read_span(ask, "report_ms", &pace->report_us);
}

static bool do_report_rate(const struct ask *ask)
{
    return get_int(
        ask, "percent", (int64_t[]){0, 100}, &ask->modem->report_percent);
}

static bool do_network(const struct ask *ask)
{
    int creg = ask->modem->registration;

    if (!get_int(ask, "creg", (int64_t[]){0, 5}, &creg)) {
        return false;
    }
    sim_network_register(ask->modem, creg);
    return true;
}

static bool do_signal(const struct ask *ask)
{
    return get_int(ask, "rssi", (int64_t[]){0, 99}, &ask->modem->rssi) &&
           get_int(ask, "ber", (int64_t[]){0, 99}, &ask->modem->ber);
}

static bool do_ussd(const struct ask *ask)
{
    const char *code = NULL;
    const char *reply = NULL;
    int mode = 0;

    if (!need_text(ask, "code", &code) || !need_text(ask, "reply", &reply) ||
        !get_int(ask, "m", (int64_t[]){0, 5}, &mode)) {
        return false;
    }
    if (sim_ussd_set(ask->modem, code, reply, mode) != KB_OK) {
        why_set(ask->why,
            "code of at most 31 bytes, reply of at most 364, at "
            "most %d codes",
            SIM_USSD_CODES_MAX);
        return false;
    }
    return true;
}

static bool do_credit(const struct ask *ask)
{
    struct sim_modem *modem = ask->modem;
    const int64_t most[2] = {0, 1000000000};

    return get_number(ask, "amount", most, &modem->credit) &&
           get_number(ask, "cost", most, &modem->message_cost) &&
           get_int(ask, "code", (int64_t[]){0, 65535}, &modem->no_credit_code);
}

static bool do_pin(const struct ask *ask)
{
    const char *code = NULL;

    if (!need_text(ask, "code", &code) || !str_digits(code) ||
        str_copy(ask->modem->pin_code, sizeof ask->modem->pin_code, code) !=
            KB_OK) {
        why_set(ask->why, "code must be 4 to 8 digits");
        return false;
    }
    ask->modem->pin_asked = true;
    ask->modem->pin_tries = 3;
    return true;
}

/* --- faults ---------------------------------------------------------------- */

static bool read_count(const struct ask *ask, struct sim_fault *fault)
{
    const json_t *count = json_object_get(ask->fields, "count");

    if (json_is_string(count) && strcmp(json_string_value(count), "on") == 0) {
        fault->left = -1;
        return true;
    }
    if (json_is_string(count) && strcmp(json_string_value(count), "off") == 0) {
        fault->left = 0;
        return true;
    }
    return get_number(ask, "count", (int64_t[]){0, 1000000}, &fault->left);
}

static bool read_fault_name(
    const struct ask *ask, enum sim_fault_id *id, struct sim_fault *fault)
{
    const char *given = NULL;
    const char *value = NULL;
    char name[64] = {0};

    if (!need_text(ask, "fault", &given)) {
        return false;
    }
    (void)strncpy(name, given, sizeof name - 1);
    value = strchr(name, ':');
    name[strcspn(name, ":")] = '\0';
    if (sim_fault_find(name, id) != KB_OK) {
        why_set(ask->why, "no fault of that name; kabari-sim --help has them");
        return false;
    }
    *fault = sim_fault_default(*id);
    if (value != NULL && sim_fault_set_value(fault, *id, value + 1) != KB_OK) {
        why_set(ask->why, "the fault does not take the value behind its colon");
        return false;
    }
    return true;
}

static bool do_fault(const struct ask *ask)
{
    enum sim_fault_id id = SIM_FAULT_COUNT;
    struct sim_fault fault = {0};

    if (!read_fault_name(ask, &id, &fault) || !read_count(ask, &fault) ||
        !get_number(ask, "value", (int64_t[]){0, MS_MAX}, &fault.value) ||
        !get_short(ask, "at", fault.at, sizeof fault.at) ||
        !get_short(ask, "command", fault.command, sizeof fault.command) ||
        !get_short(ask, "to", fault.to, sizeof fault.to) ||
        !get_short(ask, "until", fault.until, sizeof fault.until) ||
        !get_bool(ask, "lost", &fault.lost) ||
        !get_bool(ask, "busy", &fault.busy) ||
        !get_number(
            ask, "replug_ms", (int64_t[]){0, MS_MAX}, &fault.replug_ms)) {
        return false;
    }
    if (fault.at[0] != '\0' && !sim_fault_stage_known(fault.at)) {
        why_set(ask->why, "at must be command, before, prompt, pdu, submit or "
                          "after");
        return false;
    }
    sim_modem_set_fault(ask->modem, id, &fault);
    return true;
}

static bool do_heal(const struct ask *ask)
{
    for (enum sim_fault_id id = 0; id < SIM_FAULT_COUNT; id++) {
        if (ask->modem->fault[id].left != 0) {
            sim_modem_set_fault(ask->modem, id, &(struct sim_fault){0});
        }
    }
    sim_modem_heal(ask->modem);
    return true;
}

/* --- stats, state ---------------------------------------------------------- */

static void append(const struct ask *ask, json_t *take_row)
{
    json_t *rows = json_object_get(ask->answer, "modems");

    if (rows == NULL) {
        rows = json_array();
        (void)json_object_set_new(ask->answer, "modems", rows);
    }
    (void)json_array_append_new(rows, take_row);
}

static bool do_stats(const struct ask *ask)
{
    const struct sim_modem *modem = ask->modem;
    const struct sim_counts *counts = &modem->counts;

    append(ask,
        json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:b,s:b}",
            "modem", modem->name, "accepted", (json_int_t)counts->accepted,
            "rejected", (json_int_t)counts->rejected, "reports",
            (json_int_t)counts->reports, "inbound", (json_int_t)counts->inbound,
            "deleted", (json_int_t)counts->deleted, "commands",
            (json_int_t)counts->commands, "inbound_pending",
            (json_int_t)modem->pending_count[0], "reports_pending",
            (json_int_t)modem->pending_count[1], "slots_used",
            (json_int_t)modem->store[SIM_STORE_SM].used, "slots",
            (json_int_t)modem->store[SIM_STORE_SM].slots, "reports_stored",
            (json_int_t)modem->store[SIM_STORE_SR].used, "plugged",
            modem->plugged ? 1 : 0, "open", modem->is_open ? 1 : 0));
    return true;
}

static const char *line_name(enum sim_line_state state)
{
    static const char *const names[] = {"reading", "prompt", "busy", "hung"};

    return names[state];
}

static const char *pin_name(enum sim_pin pin)
{
    static const char *const names[] = {"ready", "pin", "puk", "blocked"};

    return names[pin];
}

static bool do_state(const struct ask *ask)
{
    const struct sim_modem *modem = ask->modem;
    json_t *on = json_array();
    json_t *cnmi = json_array();

    for (enum sim_fault_id id = 0; id < SIM_FAULT_COUNT; id++) {
        if (modem->fault[id].left != 0) {
            (void)json_array_append_new(on, json_string(sim_fault_name(id)));
        }
    }
    for (size_t i = 0; i < 5; i++) {
        (void)json_array_append_new(
            cnmi, json_integer(modem->settings.cnmi[i]));
    }
    append(ask,
        json_pack("{s:s,s:s,s:b,s:b,s:s,s:s,s:s,s:s,s:s,s:i,s:i,s:I,s:o,s:o}",
            "modem", modem->name, "line", line_name(modem->state), "plugged",
            modem->plugged ? 1 : 0, "open", modem->is_open ? 1 : 0, "pin",
            pin_name(modem->pin), "imei", modem->imei, "imsi", modem->imsi,
            "number", modem->own_number, "ussd_menu", modem->ussd_path, "creg",
            modem->registration, "rssi", modem->rssi, "credit",
            (json_int_t)modem->credit, "cnmi", cnmi, "faults", on));
    return true;
}

/* --- the table ------------------------------------------------------------- */

/* Aligned columns would not fit a page. */
/* clang-format off */
static const struct {
    const char *name;
    bool (*run)(const struct ask *ask);
    const char *fields; /* beside cmd and modem, each between spaces */
} requests[] = {
    {"sms", do_sms,
        " from text data coding class ref ref_bits pid order drop_part "
        "smsc_time "},
    {"pdu", do_pdu, " hex report "},
    {"call", do_call, " from rings "},
    {"hangup", do_hangup, " "},
    {"fault", do_fault,
        " fault count value at command to until lost busy replug_ms "},
    {"heal", do_heal, " "},
    {"unplug", do_unplug, " replug_ms "},
    {"replug", do_replug, " "},
    {"latency", do_latency, " latency_ms command_ms prompt_ms report_ms "},
    {"report_rate", do_report_rate, " percent "},
    {"network", do_network, " creg "},
    {"signal", do_signal, " rssi ber "},
    {"ussd", do_ussd, " code reply m "},
    {"credit", do_credit, " amount cost code "},
    {"pin", do_pin, " code "},
    {"stats", do_stats, " "},
    {"state", do_state, " "},
};

/* clang-format on */

enum {
    REQUESTS = sizeof requests / sizeof requests[0]
};

static size_t find_request(const json_t *fields)
{
    const char *name = json_string_value(json_object_get(fields, "cmd"));
    size_t at = 0;

    while (at < REQUESTS &&
           (name == NULL || strcmp(requests[at].name, name) != 0)) {
        at++;
    }
    return at;
}

static bool fields_known(json_t *fields, const char *known, struct why *why)
{
    const char *name = NULL;
    json_t *value = NULL;

    json_object_foreach(fields, name, value)
    {
        char padded[64] = {0};

        (void)value;
        if (strlen(name) > 60) {
            why_set(why, "a field's name is too long");
            return false;
        }
        (void)snprintf(padded, sizeof padded, " %s ", name);
        if (strcmp(name, "cmd") != 0 && strcmp(name, "modem") != 0 &&
            strstr(known, padded) == NULL) {
            why_set(why, "unknown field %s; it takes%s", name, known);
            return false;
        }
    }
    return true;
}

/* Runs the request on the modem named, or on all for "*" or no name. */
static bool run_on(
    struct sim *sim, size_t request, struct ask *ask, const char *name)
{
    bool all = name == NULL || strcmp(name, "*") == 0;
    bool found = all;

    for (size_t i = 0; i < sim->modems; i++) {
        if (!all && strcmp(sim->modem[i].name, name) != 0) {
            continue;
        }
        found = true;
        ask->modem = &sim->modem[i];
        if (!requests[request].run(ask)) {
            return false;
        }
    }
    if (!found) {
        why_set(ask->why, "no modem %s", name);
    }
    return found;
}

static bool carry_out(
    struct sim *sim, json_t *fields, json_t *answer, struct why *why)
{
    size_t request = find_request(fields);
    const char *name = json_string_value(json_object_get(fields, "modem"));
    struct ask ask = {NULL, fields, answer, why};

    if (request == REQUESTS) {
        why_set(why, "unknown cmd; kabari-sim --help has them");
        return false;
    }
    return fields_known(fields, requests[request].fields, why) &&
           run_on(sim, request, &ask, name);
}

char *sim_request(struct sim *sim, const char *line, size_t bytes)
{
    json_error_t error = {0};
    json_t *fields = json_loadb(line, bytes, 0, &error);
    json_t *answer = json_object();
    struct why why = {0};
    char *text = NULL;

    (void)json_object_set_new(answer, "ok", json_true());
    if (!json_is_object(fields)) {
        why_set(&why, "not a JSON object: %s", error.text);
    } else if (carry_out(sim, fields, answer, &why)) {
        why.text[0] = '\0';
    }
    if (why.text[0] != '\0') {
        (void)json_object_clear(answer);
        (void)json_object_set_new(answer, "ok", json_false());
        (void)json_object_set_new(answer, "error", json_string(why.text));
    }
    text = json_dumps(answer, JSON_COMPACT);
    json_decref(fields);
    json_decref(answer);
    return text == NULL ? mem_strdup("{\"ok\":false}") : text;
}

enum kb_err sim_request_fault(
    struct sim *sim, const char *text, struct why *why)
{
    json_t *fields = text[0] == '{' ? json_loads(text, 0, NULL)
                                    : json_pack("{s:s}", "fault", text);
    json_t *answer = json_object();
    enum kb_err err = KB_INVALID;

    if (!json_is_object(fields)) {
        why_set(why, "not a JSON object");
    } else {
        (void)json_object_set_new(fields, "cmd", json_string("fault"));
        err = carry_out(sim, fields, answer, why) ? KB_OK : KB_INVALID;
    }
    json_decref(fields);
    json_decref(answer);
    return err;
}
