// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/str.h"
#include "link/link.h"
#include "modems/worker/pauses.h"
#include "modems/worker/routing.h"
#include "modems/worker/tee.h"
#include "modems/worker/unicode.h"
#include "modems/worker/worker.h"

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PDU_LEAST       36 /* hex digits of an SMSC and an SMS-DELIVER */
#define PTS_MAJOR_FIRST 136
#define PTS_MAJOR_LAST  143

/* RING comes every 5 s or so (3GPP TS 27.007 §6.11): so long without one, and
   the next is another call. */
#define RING_GROUP_MS 12000
#define ROUTING_MS    5000
/* A line that has begun is whole within a few milliseconds; a prompt never is. */
#define LINE_END_MS 300

#define USUAL_CONNECTION "dku2at"
/* A command of a quirk file; longer than a modem takes for any of them. */
#define INIT_MS 5000

/* --- callbacks: they only take notes, GSM_* must not be called here ------ */

/* Nothing is logged but around a refusal: see on_sent. */
static void on_gammu_log(const char *text, void *arg)
{
    struct worker *worker = arg;

    if (strstr(text, "CME Error") != NULL) {
        worker->answer.is_cme = true;
    }
}

static void log_gammu(struct worker *worker, bool on)
{
    (void)GSM_SetDebugLevel(
        on ? "textall" : "nothing", GSM_GetDebug(worker->gsm));
}

void modem_quiet(struct worker *worker)
{
    log_gammu(worker, false);
}

static void on_sent(GSM_StateMachine *gsm, int status, int reference, void *arg)
{
    struct worker *worker = arg;
    bool may_be_sent = atomic_load(&worker->page->stage) >= STAGE_PDU;

    (void)gsm;
    /* A stray OK before the PDU went out says nothing about it. */
    if (status == 0 && !may_be_sent) {
        return;
    }
    if (!worker->answer.came) {
        worker->answer = (struct send_answer){
            .came = true, .status = status, .reference = reference};
        /* Whether the code was +CMS or +CME libGammu tells only in its log,
           right after this call. */
        log_gammu(worker, status > 0);
    }
}

static void on_sms(GSM_StateMachine *gsm, GSM_SMSMessage *sms, void *arg)
{
    struct worker *worker = arg;

    (void)gsm;
    /* +CMTI and +CDSI come with a place and no state, +CMT and +CDS whole. */
    if (sms->State == 0) {
        box_arrived(worker, (struct place){sms->Memory, sms->Location});
    } else {
        box_take(worker, sms);
    }
}

static void on_ussd(GSM_StateMachine *gsm, GSM_USSDMessage *ussd, void *arg)
{
    (void)gsm;
    dialogue_answer(arg, ussd);
}

static void ring(struct worker *worker, const char *number)
{
    struct wire_call call = {""};
    int64_t now_ms = clock_mono_ms();
    bool same = worker->ring_ms != 0 &&
                now_ms - worker->ring_ms < RING_GROUP_MS &&
                strcmp(worker->ring_number, number) == 0;

    worker->ring_ms = now_ms;
    if (same) {
        return;
    }
    (void)snprintf(
        worker->ring_number, sizeof worker->ring_number, "%s", number);
    (void)snprintf(call.number, sizeof call.number, "%s", number);
    port_say(&worker->port, WIRE_CALL, &call);
}

static void on_call(GSM_StateMachine *gsm, GSM_Call *call, void *arg)
{
    struct worker *worker = arg;
    char number[64];

    (void)gsm;
    if (call->Status == GSM_CALL_IncomingCall) {
        unicode_to_utf8(call->PhoneNumber, number, sizeof number);
        ring(worker, number);
    } else if (call->Status == GSM_CALL_CallRemoteEnd) {
        worker->ring_ms = 0;
    }
}

static void ring_by_line(struct worker *worker, const char *line)
{
    char number[64];

    raw_at_cops(line, number, sizeof number); /* the quoted part, too */
    ring(worker, number);
}

void modem_on_line(void *arg, const char *line)
{
    struct worker *worker = arg;
    char memory[8];
    struct place place = {0};
    size_t digits = strspn(line, "0123456789ABCDEFabcdef");
    /* libGammu may have read the line before it, or its SMS. */
    bool is_pdu = digits > 0 && line[digits] == '\0' &&
                  (worker->pdu_follows || digits >= PDU_LEAST);

    worker->pdu_follows = false;
    if (is_pdu) {
        box_take_pdu(worker, line);
    } else if (str_starts(line, "+CMT:")) {
        worker->pdu_follows = true; /* it lies nowhere: this is all of it */
    } else if (str_starts(line, "+CMTI:") || str_starts(line, "+CDSI:")) {
        if (raw_at_place(line, memory, sizeof memory, &place.location)) {
            place.memory = GSM_StringToMemoryType(memory);
            box_arrived(worker, place);
        }
    } else if (str_starts(line, "+CLIP:")) {
        ring_by_line(worker, line);
    } else if (str_starts(line, "NO CARRIER")) {
        worker->ring_ms = 0;
    }
}

static void set_callbacks(struct worker *worker)
{
    GSM_SetSendSMSStatusCallback(worker->gsm, on_sent, worker);
    GSM_SetIncomingSMSCallback(worker->gsm, on_sms, worker);
    GSM_SetIncomingUSSDCallback(worker->gsm, on_ussd, worker);
    GSM_SetIncomingCallCallback(worker->gsm, on_call, worker);
}

/* --- configuration ------------------------------------------------------- */

static bool moves_places(GSM_Feature feature)
{
    return feature == F_SMS_LOCATION_0 || feature == F_SMSME900 ||
           feature == F_BROKEN_CMGL;
}

static void set_quirks(struct worker *worker, GSM_Config *config)
{
    char list[sizeof worker->quirks.features];
    char *rest = NULL;
    size_t used = 0;

    (void)snprintf(list, sizeof list, "%s", worker->quirks.features);
    config->PhoneFeatures[0] = 0;
    for (char *name = strtok_r(list, ", ", &rest);
         name != NULL && used < GSM_MAX_PHONE_FEATURES;
         name = strtok_r(NULL, ", ", &rest)) {
        GSM_Feature feature = GSM_FeatureFromString(name);

        if (feature == 0) {
            worker_log(worker, "init: libGammu knows no quirk %s", name);
            continue;
        }
        worker->raw_places = worker->raw_places && !moves_places(feature);
        config->PhoneFeatures[used++] = feature;
        config->PhoneFeatures[used] = 0;
    }
}

/* "2,1,0,2,0"; zeros, as calloc leaves them, would make GSM_SetIncomingSMS say
   that it is not supported. */
static void set_cnmi(const char *wanted, GSM_Config *config)
{
    size_t count = sizeof config->CNMIParams / sizeof(int);
    bool said = *wanted >= '0' && *wanted <= '9';

    for (size_t i = 0; i < count; i++) {
        config->CNMIParams[i] = -1;
        if (said && strlen(wanted) > 2 * i) {
            config->CNMIParams[i] = wanted[2 * i] - '0';
        }
    }
}

/* A quirk file's connection counts where the configuration has the usual one. */
static const char *connection_of(const struct worker *worker)
{
    bool usual = strcmp(worker->config.connection, USUAL_CONNECTION) == 0;

    return usual && worker->quirks.connection[0] != '\0'
               ? worker->quirks.connection
               : worker->config.connection;
}

static void configure(struct worker *worker)
{
    GSM_Config *config = GSM_GetConfig(worker->gsm, 0);

    /* libGammu frees these with free(). */
    free(config->Device);
    free(config->Connection);
    free(config->DebugFile);
    config->Device = strdup(worker->config.device);
    config->Connection = strdup(connection_of(worker));
    config->DebugFile = strdup("");
    /* Saves a round of probing for other makes of phone. */
    (void)snprintf(config->Model, sizeof config->Model, "at");
    config->DebugLevel[0] = '\0';
    config->UseGlobalDebugFile = FALSE;
    config->LockDevice = FALSE;
    config->SyncTime = FALSE;
    config->StartInfo = FALSE;
    set_quirks(worker, config);
    set_cnmi(worker->quirks.cnmi, config);
    GSM_SetConfigNum(worker->gsm, 1);
}

/* --- the device ---------------------------------------------------------- */

static bool may_use(struct worker *worker)
{
    struct stat device;

    if (stat(worker->config.device, &device) != 0 || !S_ISCHR(device.st_mode)) {
        worker_leave(worker, LINK_ABSENT, "the device is not there");
        return false;
    }
    if (worker->config.pty_only != 0 &&
        (major(device.st_rdev) < PTS_MAJOR_FIRST ||
            major(device.st_rdev) > PTS_MAJOR_LAST)) {
        worker_leave(
            worker, LINK_ABSENT, "a rehearsal drives pseudo-terminals only");
        return false;
    }
    worker->tty_device = device.st_rdev;
    return true;
}

static bool is_the_tty(const struct worker *worker, int fd)
{
    struct stat device;

    return fd > 2 && fstat(fd, &device) == 0 && S_ISCHR(device.st_mode) &&
           device.st_rdev == worker->tty_device;
}

/* libGammu has no call that gives its descriptor. */
static int find_tty(const struct worker *worker)
{
    DIR *fds = opendir("/proc/self/fd");
    int found = -1;

    for (struct dirent *entry = fds == NULL ? NULL : readdir(fds);
         entry != NULL && found < 0; entry = readdir(fds)) {
        int64_t fd = -1;

        if (str_int(entry->d_name, 0, 65535, &fd) == KB_OK &&
            is_the_tty(worker, (int)fd)) {
            found = (int)fd;
        }
    }
    if (fds != NULL) {
        (void)closedir(fds);
    }
    return found;
}

bool modem_present(const struct worker *worker)
{
    struct stat device;
    struct pollfd tty = {.fd = worker->tty, .events = 0};

    if (worker->device_gone || stat(worker->config.device, &device) != 0 ||
        device.st_rdev != worker->tty_device) {
        return false;
    }
    return poll(&tty, 1, 0) <= 0 ||
           (tty.revents & (POLLHUP | POLLERR | POLLNVAL)) == 0;
}

/* libGammu waits on for a device that is gone: its calls end by this. The state
   machine is of no use after it, and the worker leaves. */
static void on_idle(void *arg)
{
    struct worker *worker = arg;

    if (worker->tty < 0) {
        worker->tty = find_tty(worker);
    }
    if (worker->tty >= 0 && !worker->device_gone && !modem_present(worker)) {
        worker->device_gone = true;
        (void)GSM_AbortOperation(worker->gsm);
    }
}

bool modem_read(struct worker *worker)
{
    /* -1 is a read error; 0 where there was something to read is the end. */
    if (GSM_ReadDevice(worker->gsm, FALSE) > 0) {
        return true;
    }
    worker->device_gone = !modem_present(worker);
    return !worker->device_gone;
}

/* So that who asks past libGammu has none of the line that it began, and libGammu
   no half. */
static void finish_line(struct worker *worker)
{
    int64_t until_ms = clock_mono_ms() + LINE_END_MS;
    char byte = 0;
    bool present = true;

    while (present && tee_begun(&byte, 1) > 0 && clock_mono_ms() < until_ms) {
        struct pollfd tty = {.fd = worker->tty, .events = POLLIN};

        present = tee_waits() || poll(&tty, 1, LINE_END_MS) > 0
                      ? modem_read(worker)
                      : modem_present(worker);
    }
}

static const char *words_of(const struct worker *worker, GSM_Error err)
{
    if (worker->device_gone) {
        return "the device was unplugged";
    }
    return err == ERR_DEVICEOPENERROR
               ? "the device cannot be opened: another program has it"
               : "the device does not answer as a modem";
}

static bool open_line(struct worker *worker)
{
    GSM_Error err = ERR_NONE;

    worker->gsm = GSM_AllocStateMachine();
    if (worker->gsm == NULL) {
        worker_leave(worker, LINK_ABSENT, "no memory");
        return false;
    }
    configure(worker);
    pauses_on_idle(on_idle, worker);
    /* 1: how often a command is sent again; more would send it twice. */
    tee_opening(true);
    err = GSM_InitConnection_Log(worker->gsm, 1, on_gammu_log, worker);
    tee_opening(false);
    if (err == ERR_NOSIM) {
        worker_leave(worker, LINK_NO_SIM, "no SIM");
        return false;
    }
    worker->tty = find_tty(worker);
    if (err != ERR_NONE || worker->tty < 0) {
        worker_log(worker, "init: %s", GSM_ErrorString(err));
        worker_leave(worker, LINK_ABSENT, words_of(worker, err));
        return false;
    }
    /* libGammu asks for exclusive use; a pseudo-terminal keeps that beyond its
       last close and would refuse the next worker. flock() stays. */
    (void)ioctl(worker->tty, TIOCNXCL);
    tee_line(worker->tty);
    worker->raw = (struct raw_at){worker->tty, modem_on_line, worker};
    set_callbacks(worker);
    return true;
}

/* --- PIN ----------------------------------------------------------------- */

static void say_pin(struct worker *worker, enum wire_pin_step step)
{
    struct wire_pin pin = {step};

    port_say(&worker->port, WIRE_PIN, &pin);
}

static void park(struct worker *worker, const char *why)
{
    worker->parked = true;
    worker_state(worker, LINK_PARKED, "%s", why);
}

static bool enter_pin(struct worker *worker)
{
    GSM_SecurityCode code = {.Type = SEC_Pin};
    GSM_Error err = ERR_NONE;

    if (worker->config.pin[0] == '\0') {
        park(worker, "the SIM wants a PIN and none is configured, or the one "
                     "configured was refused; mend it, then modem reset");
        return false;
    }
    (void)snprintf(code.Code, sizeof code.Code, "%s", worker->config.pin);
    /* Said first: should anything happen now, the gateway must not let the
       next worker try the same PIN. Three wrong ones block the SIM. */
    say_pin(worker, WIRE_PIN_TRYING);
    err = GSM_EnterSecurityCode(worker->gsm, &code);
    if (err == ERR_NONE) {
        say_pin(worker, WIRE_PIN_ACCEPTED);
        return true;
    }
    worker_log(worker, "init: PIN: %s", GSM_ErrorString(err));
    if (err == ERR_TIMEOUT) {
        worker_leave(worker, LINK_PARKED,
            "the modem did not say whether the PIN was right; see modem reset");
        return false;
    }
    say_pin(worker, WIRE_PIN_REFUSED);
    park(worker, "wrong PIN; it was tried once: mend it, then modem reset");
    return false;
}

static bool unlock(struct worker *worker)
{
    GSM_SecurityCodeType wanted = SEC_None;
    GSM_Error err = GSM_GetSecurityStatus(worker->gsm, &wanted);

    if (err == ERR_NOSIM) {
        worker_leave(worker, LINK_NO_SIM, "no SIM");
        return false;
    }
    if (err != ERR_NONE || wanted == SEC_None) {
        return true; /* a modem without +CPIN? has nothing to unlock */
    }
    if (wanted == SEC_Pin) {
        return enter_pin(worker);
    }
    if (wanted == SEC_Puk) {
        park(worker, "the SIM wants its PUK; unlock it in a phone");
        return false;
    }
    worker_log(worker, "init: the SIM asks for code type %d", (int)wanted);
    return wanted == SEC_Pin2 || wanted == SEC_Puk2;
}

/* --- the rest ------------------------------------------------------------ */

bool modem_know_smsc(struct worker *worker)
{
    GSM_Error err = ERR_NONE;

    if (UnicodeLength(worker->smsc.Number) > 0) {
        return true;
    }
    worker->smsc.Location = 1;
    err = GSM_GetSMSC(worker->gsm, &worker->smsc);
    if (err != ERR_NONE || UnicodeLength(worker->smsc.Number) == 0) {
        worker_log(worker, "init: the SMSC's number cannot be read: %s",
            GSM_ErrorString(err));
        worker->smsc.Number[0] = 0;
        worker->smsc.Number[1] = 0;
        return false;
    }
    return true;
}

/* What a make needs after libGammu's own start. A refusal is only noted: the
   same file serves several models. */
static void run_init(struct worker *worker)
{
    char commands[sizeof worker->quirks.init];
    char *rest = NULL;

    (void)snprintf(commands, sizeof commands, "%s", worker->quirks.init);
    for (char *command = strtok_r(commands, "\n", &rest);
         command != NULL && !worker->leave;
         command = strtok_r(NULL, "\n", &rest)) {
        struct raw_answer answer = {""};
        enum kb_err err =
            raw_at_ask(&worker->raw, command, NULL, INIT_MS, &answer);

        worker_judge_raw(worker, err);
        if (err == KB_REFUSED) {
            worker_log(worker, "init: %s is refused", command);
        }
    }
}

/* @return false where it cannot be read; noise may have spoilt it once. */
static bool know_routing(struct worker *worker, struct routing *out)
{
    struct raw_answer answer = {""};

    for (int i = 0; i < 2; i++) {
        if (raw_at_ask(&worker->raw, "AT+CNMI?", "+CNMI", ROUTING_MS,
                &answer) == KB_OK &&
            routing_read(answer.line, out)) {
            return true;
        }
    }
    return false;
}

/* @return false where SMS that come in are said on the line and kept nowhere.
   See routing.h. */
static bool keeps_sms(struct worker *worker)
{
    struct routing routing = {{0}};
    struct raw_answer answer = {""};
    char command[32];

    if (!know_routing(worker, &routing) || !routing_loses_sms(&routing)) {
        return true;
    }
    for (int i = 0; i < ROUTING_TRIES; i++) {
        routing_command(&routing, i, command, sizeof command);
        if (raw_at_ask(&worker->raw, command, NULL, ROUTING_MS, &answer) ==
            KB_OK) {
            worker_log(worker, "init: new SMS were only told, now kept: %s",
                command + 2);
            return i + 1 < ROUTING_TRIES;
        }
    }
    worker_log(worker, "init: the modem keeps no SMS that comes in");
    return false;
}

/* What a quirk file says of +CNMI stands, also where libGammu finds that it
   cannot be: it hears what comes all the same. */
static bool set_routing(struct worker *worker)
{
    const char *wanted = worker->quirks.cnmi;
    struct raw_answer answer = {""};
    char command[40];

    if (*wanted < '0' || *wanted > '9') {
        return false;
    }
    (void)snprintf(command, sizeof command, "AT+CNMI=%s", wanted);
    return raw_at_ask(&worker->raw, command, NULL, ROUTING_MS, &answer) ==
           KB_OK;
}

static void listen_to_network(struct worker *worker)
{
    bool polls = strcmp(worker->quirks.cnmi, "none") == 0;
    GSM_Error err =
        polls ? ERR_NOTSUPPORTED : GSM_SetIncomingSMS(worker->gsm, TRUE);

    /* What comes with the OK may be an SMS that lies nowhere. */
    finish_line(worker);
    if (set_routing(worker)) {
        err = ERR_NONE;
    }
    worker->by_poll = err != ERR_NONE || !keeps_sms(worker);
    if (worker->by_poll) {
        worker_log(
            worker, "init: new SMS are polled: %s", GSM_ErrorString(err));
    }
    err = GSM_SetIncomingUSSD(worker->gsm, TRUE);
    if (err != ERR_NONE) {
        worker_log(worker, "init: no USSD: %s", GSM_ErrorString(err));
    }
    err = GSM_SetIncomingCall(worker->gsm, TRUE);
    if (err != ERR_NONE) {
        worker_log(worker, "init: no calls: %s", GSM_ErrorString(err));
    }
    /* AT+CMMS=2 keeps the radio link up between SMS; without it they only
       take longer. */
    (void)GSM_SetFastSMSSending(worker->gsm, TRUE);
}

/* A make may need at least some of libGammu's pauses. */
static int pause_of(const struct worker *worker)
{
    int64_t pause_ms = worker->config.pause_ms;

    return (int)(pause_ms >= 0 && worker->quirks.pause_ms > pause_ms
                     ? worker->quirks.pause_ms
                     : pause_ms);
}

bool modem_connect(struct worker *worker)
{
    GSM_InitLocales(NULL);
    worker->raw_places = true;
    if (!may_use(worker)) {
        return false;
    }
    tee_start(worker->at_log, worker->tty_device);
    if (!greet(worker)) {
        return false;
    }
    pauses_set(pause_of(worker), worker->page);
    tee_sieve(worker->quirks.drop);
    if (!open_line(worker) || !unlock(worker)) {
        return false;
    }
    run_init(worker);
    listen_to_network(worker);
    (void)modem_know_smsc(worker);
    identity_say(worker);
    return modem_present(worker);
}
