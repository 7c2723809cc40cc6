// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "base/str.h"
#include "modems/sim/sim.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- arguments ------------------------------------------------------------- */

/* Ends the argument that starts at text; returns where the next one starts, or
 * NULL behind the last. Quotes go, commas inside them stay. */
static char *end_argument(char *text, const char **value)
{
    char *end = NULL;

    if (*text == '"') {
        text++;
        end = strchr(text, '"');
        *value = text;
        if (end == NULL) {
            return NULL;
        }
        *end = '\0';
        end = strchr(end + 1, ',');
    } else {
        *value = text;
        end = strchr(text, ',');
    }
    if (end == NULL) {
        return NULL;
    }
    *end = '\0';
    return end + 1;
}

void sim_args_split(struct sim_args *args, const char *text)
{
    char *at = args->text;

    args->count = 0;
    if (str_copy(args->text, sizeof args->text, text) != KB_OK) {
        return;
    }
    while (at != NULL && args->count < 8) {
        at = end_argument(at, &args->value[args->count]);
        args->count++;
    }
}

int sim_args_number(const struct sim_args *args, size_t at, int or_else)
{
    int64_t value = 0;

    if (at >= args->count || args->value[at][0] == '\0') {
        return or_else;
    }
    return str_int(args->value[at], 0, 65535, &value) == KB_OK ? (int)value
                                                               : -1;
}

/* --- V.250 basic commands: a letter and a number --------------------------- */

static struct sim_result dial(struct sim_modem *modem, const char *number)
{
    char code[32] = {0};
    size_t length = strcspn(number, ";");

    if (length > 1 && length < sizeof code && number[length - 1] == '#') {
        memcpy(code, number, length);
        sim_ussd_ask(modem, code);
        return SIM_RESULT_DONE;
    }
    buf_add_text(&modem->out, "\r\nNO CARRIER\r\n");
    return SIM_RESULT_DONE;
}

static void show_identity(struct sim_modem *modem)
{
    const struct sim_profile *profile = modem->sim->options.profile;

    sim_modem_info(modem, "Manufacturer: %s", profile->manufacturer);
    sim_modem_info(modem, "Model: %s", profile->model);
    sim_modem_info(modem, "Revision: %s", profile->revision);
    sim_modem_info(modem, "IMEI: %s", modem->imei);
}

static void reset_settings(struct sim_modem *modem)
{
    int radio = modem->settings.radio;
    struct sim_settings fresh = {
        .echo = true, .charset = "GSM", .radio = radio};

    modem->settings = fresh;
}

/* Runs one basic command; returns where the next one starts, or NULL where
 * this is none. */
static const char *basic_command(
    struct sim_modem *modem, const char *text, struct sim_result *result)
{
    bool ampersand = *text == '&';
    char letter = (char)toupper((unsigned char)text[ampersand ? 1 : 0]);
    const char *value = text + (ampersand ? 2 : 1);
    const char *next = value + strspn(value, "0123456789=?");

    *result = SIM_RESULT_DONE;
    if (letter == '\0' || strchr("EZIHADVQSXCFWLM", letter) == NULL) {
        *result = SIM_RESULT_ERROR;
        return NULL;
    }
    if (letter == 'D' && !ampersand) {
        *result = dial(modem, value);
        return value + strlen(value);
    }
    if (letter == 'E') {
        modem->settings.echo = *value == '1';
    } else if (letter == 'I') {
        show_identity(modem);
    } else if (letter == 'Z' || (letter == 'F' && ampersand)) {
        reset_settings(modem);
    } else if (letter == 'H') {
        (void)sim_call_stop(modem);
    } else if (letter == 'A' && !sim_call_stop(modem)) {
        *result = SIM_RESULT_ERROR;
    }
    return next;
}

/* --- extended commands ----------------------------------------------------- */

static const struct sim_command *find_in(
    const struct sim_command *table, const char *name)
{
    for (; table->name != NULL; table++) {
        if (str_same(table->name, name)) {
            return table;
        }
    }
    return NULL;
}

static const struct sim_command *find_command(const char *name)
{
    const struct sim_command *found = find_in(sim_sms_commands, name);

    if (found == NULL) {
        found = find_in(sim_sim_commands, name);
    }
    return found != NULL ? found : find_in(sim_other_commands, name);
}

/* +CPMS, +CNMI and +CSCS differ from make to make. */
static const char *test_text(
    const struct sim_modem *modem, const struct sim_command *command)
{
    const struct sim_profile *profile = modem->sim->options.profile;

    if (strcmp(command->name, "+CPMS") == 0) {
        return profile->memories;
    }
    if (strcmp(command->name, "+CNMI") == 0) {
        return profile->cnmi;
    }
    return strcmp(command->name, "+CSCS") == 0 ? profile->charsets
                                               : command->test;
}

static struct sim_result run_set(struct sim_modem *modem,
    const struct sim_command *command, const char *text)
{
    struct sim_result result = SIM_RESULT_ERROR;
    struct sim_args *args = NULL;

    if (command->set != NULL) {
        args = mem_new(sizeof *args);
        sim_args_split(args, text);
        result = command->set(modem, args);
        free(args);
    }
    return result;
}

static struct sim_result run_command(struct sim_modem *modem,
    const struct sim_command *command, const char *tail)
{
    if (strcmp(tail, "=?") == 0) {
        const char *text = test_text(modem, command);

        if (text != NULL) {
            sim_modem_info(modem, "%s: %s", command->name, text);
        }
        return SIM_RESULT_DONE;
    }
    if (tail[0] == '=') {
        return run_set(modem, command, tail + 1);
    }
    if (strcmp(tail, "?") == 0) {
        return command->read == NULL ? SIM_RESULT_ERROR : command->read(modem);
    }
    return tail[0] != '\0' || command->exec == NULL ? SIM_RESULT_ERROR
                                                    : command->exec(modem);
}

/* The faults that strike a command by its name. */
static bool struck(
    struct sim_modem *modem, const char *name, struct sim_result *result)
{
    struct sim_fault_place place = {.command = name};
    struct sim_fault *cme = &modem->fault[SIM_FAULT_CME];

    if (sim_modem_strikes(modem, SIM_FAULT_REFUSE, place)) {
        *result = SIM_RESULT_ERROR;
        return true;
    }
    if (cme->command[0] != '\0' && !str_same(name, "+CMGS") &&
        sim_modem_strikes(modem, SIM_FAULT_CME, place)) {
        *result = SIM_RESULT_CME((int)cme->value);
        return true;
    }
    return false;
}

static struct sim_result extended_command(
    struct sim_modem *modem, const char *text)
{
    char name[24] = {0};
    size_t length = strcspn(text, "=?");
    const struct sim_command *command = NULL;
    struct sim_result result = SIM_RESULT_ERROR;

    if (length >= sizeof name) {
        return result;
    }
    memcpy(name, text, length);
    if (struck(modem, name, &result) || sim_make_takes(modem, text, &result)) {
        return result;
    }
    command = find_command(name);
    return command == NULL ? result
                           : run_command(modem, command, text + length);
}

/* Where the ';' that ends this command stands, quotes respected. */
static size_t command_length(const char *text)
{
    bool quoted = false;
    size_t i = 0;

    for (; text[i] != '\0' && (quoted || text[i] != ';'); i++) {
        quoted = quoted != (text[i] == '"');
    }
    return i;
}

struct sim_result sim_command_line(struct sim_modem *modem, const char *line)
{
    struct sim_result result = SIM_RESULT_DONE;
    char command[SIM_LINE_MAX + 1];

    while (line != NULL && *line != '\0' && result.outcome == SIM_DONE) {
        size_t length = 0;

        if (*line == ';' || *line == ' ') {
            line++;
        } else if (strchr("+^$*%#!", *line) == NULL) {
            line = basic_command(modem, line, &result);
        } else {
            length = command_length(line);
            memcpy(command, line, length);
            command[length] = '\0';
            result = extended_command(modem, command);
            line += length;
        }
    }
    return result;
}
