// SPDX-License-Identifier: GPL-2.0-or-later
#include "modems/worker/probe.h"

#include "base/clock.h"
#include "base/str.h"
#include "modems/worker/tee.h"
#include "modems/worker/unicode.h"
#include "modems/worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_BYTES 256

/* --- telling --------------------------------------------------------------- */

static void begin(const char *name)
{
    (void)printf("%s\ttry\n", name);
    (void)fflush(stdout);
}

static void tell(const char *name, const char *result, const char *value,
    const char *fmt, ...) KB_PRINTF(4, 5);

static void tell(const char *name, const char *result, const char *value,
    const char *fmt, ...)
{
    va_list args;

    (void)printf("%s\t%s\t%s\t", name, result, value);
    va_start(args, fmt);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start above */
    (void)vprintf(fmt, args);
    va_end(args);
    (void)printf("\n");
    (void)fflush(stdout);
}

/* --- the device -------------------------------------------------------------- */

static bool look_at_device(const char *device)
{
    struct stat status;

    if (stat(device, &status) != 0) {
        tell("device", "no", device,
            "it is not there: %s; ls -l /dev/serial/by-id/ shows what is",
            strerror(errno));
        return false;
    }
    if (!S_ISCHR(status.st_mode)) {
        tell("device", "no", device, "it is not a device but a file");
        return false;
    }
    if (access(device, R_OK | W_OK) != 0) {
        tell("device", "no", device,
            "no right to use it; be in its group (dialout), or use sudo");
        return false;
    }
    tell("device", "ok", device, "it is there and may be used");
    return true;
}

static int open_line(const char *device)
{
    int fd = greet_open(device);

    if (fd < 0) {
        tell("free", "no", "",
            "another program has it; if it is in kabari.conf already, kabarid "
            "has: kabari modem show tells more");
    } else {
        tell("free", "ok", "", "no other program has it");
    }
    return fd;
}

/* --- questions ---------------------------------------------------------------- */

struct question {
    const char *name;
    const char *command;
    const char *prefix; /* of the answer's line; NULL: a plain one */
    void (*judge)(const char *name, const char *line);
    const char *silent; /* what it means that it does not say */
};

static void show_line(const char *name, const char *line)
{
    tell(name, "ok", line, "%s", line);
}

static const char *behind_colon(const char *line)
{
    const char *colon = strchr(line, ':');

    return colon == NULL ? line : colon + 1 + strspn(colon + 1, " ");
}

static void judge_sim(const char *name, const char *line)
{
    const char *state = behind_colon(line);

    if (strcmp(state, "READY") == 0) {
        tell(name, "ok", "ready", "a SIM is there and open");
    } else if (strcmp(state, "SIM PIN") == 0) {
        tell(name, "warn", "pin",
            "the SIM wants its PIN: write pin = \"…\" (it is tried once, never "
            "here)");
    } else if (strcmp(state, "SIM PUK") == 0) {
        tell(name, "no", "puk", "the SIM wants its PUK; unlock it in a phone");
    } else {
        tell(name, "warn", state, "the SIM says %s", state);
    }
}

static void judge_network(const char *name, const char *line)
{
    static const char *const words[] = {"not registered and not searching",
        "registered at home", "searching", "registration denied", "not known",
        "registered, roaming"};
    int creg = raw_at_creg(line);
    bool on = creg == 1 || creg == 5;

    tell(name, on ? "ok" : "warn", on ? "on" : "off", "%s",
        creg >= 0 && creg <= 5 ? words[creg] : "not known");
}

static void judge_operator(const char *name, const char *line)
{
    char operator_name[64];

    raw_at_cops(line, operator_name, sizeof operator_name);
    tell(name, operator_name[0] == '\0' ? "warn" : "ok", operator_name, "%s",
        operator_name[0] == '\0' ? "no operator yet" : operator_name);
}

/* 3GPP TS 27.007 §8.5 */
static void judge_signal(const char *name, const char *line)
{
    long rssi = strtol(behind_colon(line), NULL, 10);
    long dbm = -113 + 2 * rssi;
    char value[24];

    if (rssi < 0 || rssi > 31) {
        tell(name, "warn", "", "no signal is measured");
        return;
    }
    (void)snprintf(value, sizeof value, "%ld", dbm);
    tell(name, rssi < 7 ? "warn" : "ok", value, "%ld dBm, %s", dbm,
        rssi < 7    ? "weak: SMS will fail at times; move the aerial"
        : rssi < 15 ? "fair"
                    : "good");
}

static void judge_smsc(const char *name, const char *line)
{
    char number[64];

    raw_at_cops(line, number, sizeof number); /* the quoted part */
    if (number[0] == '\0') {
        tell(name, "no", "",
            "the SIM knows no SMSC: SMS cannot be sent; set it in a phone");
    } else {
        tell(name, "ok", number, "the SMSC is %s", number);
    }
}

static void judge_memories(const char *name, const char *line)
{
    static const struct {
        const char *value;
        const char *words;
    } kinds[] = {
        {"",      "neither SIM nor modem, it says"},
        {"SM",    "the SIM"                       },
        {"ME",    "the modem"                     },
        {"SM ME", "SIM and modem"                 },
    };

    size_t kind = (strstr(line, "\"SM\"") != NULL ? 1U : 0U) +
                  (strstr(line, "\"ME\"") != NULL ? 2U : 0U);
    bool sr = strstr(line, "\"SR\"") != NULL;

    tell(name, kind == 0 ? "warn" : "ok", kinds[kind].value,
        "SMS lie on %s; reports %s", kinds[kind].words,
        sr ? "have a memory of their own" : "come straight or among the SMS");
}

static void judge_cnmi(const char *name, const char *line)
{
    tell(name, "ok", behind_colon(line), "new SMS can be told of: %s",
        behind_colon(line));
}

static void judge_ussd(const char *name, const char *line)
{
    tell(name, "ok", behind_colon(line), "USSD codes can be asked");
}

/* Aligned columns would not fit a page. */
/* clang-format off */
static const struct question questions[] = {
    {"manufacturer", "AT+CGMI", NULL, show_line, "it does not say who made it"},
    {"model", "AT+CGMM", NULL, show_line, "it does not say its model"},
    {"revision", "AT+CGMR", NULL, show_line, "it does not say its firmware"},
    {"imei", "AT+CGSN", NULL, show_line, "it does not say its IMEI"},
    {"sim", "AT+CPIN?", "+CPIN:", judge_sim,
        "no SIM, or it is not ready: push it in, try again in a minute"},
    {"imsi", "AT+CIMI", NULL, show_line, "the SIM's number cannot be read"},
    {"network", "AT+CREG?", "+CREG:", judge_network,
        "it does not say whether it is registered"},
    {"operator", "AT+COPS?", "+COPS:", judge_operator,
        "it does not say its operator"},
    {"signal", "AT+CSQ", "+CSQ:", judge_signal, "it measures no signal"},
    {"smsc", "AT+CSCA?", "+CSCA:", judge_smsc,
        "the SMSC's number cannot be read"},
    {"pdu", "AT+CMGF=0", NULL, NULL,
        "it knows no PDU mode: it cannot be used; try its other ports"},
    {"memories", "AT+CPMS=?", "+CPMS:", judge_memories,
        "it does not say where SMS lie: try its other ports"},
    {"told", "AT+CNMI=?", "+CNMI:", judge_cnmi,
        "new SMS will be polled every few seconds"},
    {"ussd", "AT+CUSD=?", "+CUSD:", judge_ussd,
        "no USSD: the credit cannot be asked for"},
};

/* clang-format on */

static void nothing(void *arg, const char *line)
{
    (void)arg;
    (void)line;
}

static enum kb_err ask(
    int fd, const struct question *question, char *line, size_t line_bytes)
{
    struct raw_at at = {fd, nothing, NULL};
    struct raw_answer answer = {""};
    enum kb_err err = KB_OK;

    if (question->prefix == NULL) {
        return greet_ask(fd, question->command, line, line_bytes);
    }
    err = raw_at_ask(&at, question->command, question->prefix, 10000, &answer);
    if (err == KB_OK) {
        unicode_plain(answer.line, line, line_bytes);
    }
    return err;
}

/* @return false where the modem is silent or gone. */
static bool pose(int fd, const struct question *question)
{
    char line[LINE_BYTES] = "";
    enum kb_err err = KB_OK;

    begin(question->name);
    err = ask(fd, question, line, sizeof line);
    if (err == KB_CLOSED) {
        tell(question->name, "no", "", "the device went away");
        return false;
    }
    if (err == KB_BUSY) {
        tell(question->name, "no", "", "no answer to %s", question->command);
        return false;
    }
    if (err == KB_OK && question->judge == NULL) {
        tell(question->name, "ok", "", "%s is taken", question->command);
    } else if (err == KB_OK && line[0] != '\0') {
        question->judge(question->name, line);
    } else {
        tell(question->name, strcmp(question->name, "pdu") == 0 ? "no" : "warn",
            "", "%s", question->silent);
    }
    return true;
}

static bool answers(int fd)
{
    enum kb_err err = KB_OK;

    begin("answers");
    err = greet_hello(fd);
    if (err != KB_OK) {
        tell("answers", "no", "", "%s",
            err == KB_CLOSED
                ? "the device went away"
                : "no answer to AT: not a modem's command port; a stick has "
                  "several, try the next");
        return false;
    }
    tell("answers", "ok", "", "it answers AT");
    return true;
}

static bool ask_all(int fd)
{
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        if (!pose(fd, &questions[i])) {
            return false;
        }
    }
    return true;
}

/* --- libGammu ---------------------------------------------------------------- */

static bool start_gammu(const char *device, const char *connection)
{
    GSM_StateMachine *gsm = NULL;
    GSM_Config *config = NULL;
    struct stat status;
    GSM_Error err = ERR_NONE;
    int64_t begun_ms = clock_mono_ms();
    char value[16];

    begin("libgammu");
    GSM_InitLocales(NULL);
    gsm = GSM_AllocStateMachine();
    config = gsm == NULL ? NULL : GSM_GetConfig(gsm, 0);
    if (config == NULL) {
        tell("libgammu", "no", "", "no memory");
        return false;
    }
    free(config->Device);
    free(config->Connection);
    config->Device = strdup(device);
    config->Connection = strdup(connection);
    (void)snprintf(config->Model, sizeof config->Model, "at");
    config->UseGlobalDebugFile = FALSE;
    GSM_SetConfigNum(gsm, 1);
    if (stat(device, &status) == 0) {
        tee_start(NULL, status.st_rdev);
    }
    tee_opening(true);
    err = GSM_InitConnection(gsm, 1);
    tee_opening(false);
    if (err != ERR_NONE && err != ERR_NOSIM) {
        tell("libgammu", "no", "", "libGammu cannot start it: %s",
            GSM_ErrorString(err));
        return false;
    }
    (void)snprintf(
        value, sizeof value, "%lld", (long long)(clock_mono_ms() - begun_ms));
    tell("libgammu", "ok", value, "libGammu starts it in %s ms over %s", value,
        connection);
    (void)GSM_TerminateConnection(gsm);
    GSM_FreeStateMachine(gsm);
    return true;
}

int probe_run(const char *device, const char *connection)
{
    int fd = -1;
    bool good = false;

    if (!look_at_device(device)) {
        return EXIT_FAILURE;
    }
    fd = open_line(device);
    if (fd < 0) {
        return EXIT_FAILURE;
    }
    good = answers(fd) && ask_all(fd);
    greet_close(fd);
    return good && start_gammu(device, connection) ? EXIT_SUCCESS
                                                   : EXIT_FAILURE;
}
