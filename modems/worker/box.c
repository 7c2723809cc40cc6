// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/str.h"
#include "modems/worker/pdu.h"
#include "modems/worker/sms.h"
#include "modems/worker/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the modem tells of new SMS, listing all is only the safety net. */
#define SCAN_EVERY_MS      60000
#define SCAN_POLL_EVERY_MS 5000
/* … and how full the memories are. */
#define ROOM_EVERY_MS    60000
#define REPORTS_EVERY_MS (INT64_C(5) * 60 * 1000)
/* … and where it does not, their reports are asked for, too. */
#define REPORTS_POLL_EVERY_MS 15000
/* What could not be decoded, and what waits for poison to be deleted. */
#define SCAN_AGAIN_MS      2000
#define COMMAND_TIMEOUT_MS 10000
/* How often in a row a place is read until two readings agree. */
#define READINGS_MOST 4
/* No SIM or modem holds more. */
#define SCAN_MOST 1000

/* @return false where there is no room. */
static bool read_later(struct box *box, struct place place)
{
    if (held_is_to_be_read(box, place)) {
        return true;
    }
    if (box->arrival_count == BOX_MOST) {
        return false;
    }
    box->arrivals[box->arrival_count++] = place;
    return true;
}

void box_arrived(struct worker *worker, struct place place)
{
    if (place.memory == 0 || place.memory == MEM_INVALID ||
        !worker->raw_places || !read_later(&worker->box, place)) {
        worker->box.next_scan_ms = 0;
    }
}

/* --- handing over -------------------------------------------------------- */

static void say_sms(
    struct worker *worker, const GSM_SMSMessage *sms, int64_t token)
{
    struct wire_inbound inbound = {.token = token};
    struct wire_report report = {.token = token};

    if (sms->PDU == SMS_Status_Report) {
        sms_to_report(sms, &report);
        send_learn(worker, (int)report.tp_mr);
        port_say(&worker->port, WIRE_REPORT, &report);
        return;
    }
    sms_to_inbound(sms, &inbound);
    port_say(&worker->port, WIRE_INBOUND, &inbound);
    box_put_off_chores(&worker->box);
}

/* @return false where it has to be read again. */
static bool hand_over(
    struct worker *worker, const GSM_SMSMessage *sms, struct place place)
{
    struct held *held = NULL;
    enum reading reading =
        held_judge(&worker->box, place, sms_hash(sms), &held);

    if (reading == READING_NEW) {
        say_sms(worker, sms, held->token);
    }
    return reading != READING_DOUBTED;
}

/* The same for a place that was read by itself. */
static bool hand_over_read(
    struct worker *worker, const GSM_SMSMessage *sms, struct place place)
{
    struct held *held = NULL;

    if (hand_over(worker, sms, place)) {
        return true;
    }
    held = held_at(&worker->box, place);
    if (!held_trust(&worker->box, held)) {
        return false;
    }
    say_sms(worker, sms, held->token);
    return true;
}

/* It lies nowhere, so that nothing can read it again. */
void box_take(struct worker *worker, const GSM_SMSMessage *sms)
{
    struct box *box = &worker->box;

    if (box->held_count == BOX_MOST) {
        box->skipped = true;
        return;
    }
    box->held[box->held_count++] = (struct held){.token = ++box->last_token};
    say_sms(worker, sms, box->last_token);
}

/* @return NULL, or what is wrong with the hex of a PDU. */
static const char *decode(
    struct worker *worker, const char *hex, GSM_SMSMessage *out)
{
    unsigned char pdu[256];
    size_t bytes = strlen(hex) / 2;
    const char *fault = pdu_look(hex).fault;
    size_t end = 0;

    memset(out, 0, sizeof *out);
    if (fault != NULL) {
        return fault;
    }
    return bytes > 0 && bytes <= sizeof pdu &&
                   DecodeHexBin(pdu, (const unsigned char *)hex, 2 * bytes) &&
                   GSM_DecodePDUFrame(GSM_GetDI(worker->gsm), out, pdu, bytes,
                       &end, TRUE) == ERR_NONE
               ? NULL
               : "libGammu cannot read it";
}

void box_take_pdu(struct worker *worker, const char *hex)
{
    GSM_SMSMessage sms;
    const char *fault = decode(worker, hex, &sms);

    if (fault == NULL) {
        box_take(worker, &sms);
    } else {
        worker_log(worker,
            "inbound: an SMS that lies nowhere cannot be read: %s", fault);
    }
}

/* --- what libGammu cannot read -------------------------------------------- */

int64_t box_hold_poison(
    struct worker *worker, struct place place, uint64_t hash, bool *again)
{
    struct box *box = &worker->box;
    struct held *held = NULL;

    switch (held_judge(box, place, hash, &held)) {
    case READING_DOUBTED:
        *again = true;
        return 0;
    case READING_NEW:
        held->poison = true;
        return held->token;
    case READING_KNOWN:
    case READING_NO_ROOM:
        break;
    }
    return 0;
}

bool box_has_poison(const struct worker *worker)
{
    for (size_t i = 0; i < worker->box.held_count; i++) {
        if (worker->box.held[i].poison) {
            return true;
        }
    }
    return false;
}

static void note_undecodable(struct box *box, struct place place)
{
    for (size_t i = 0; i < box->undecodable_count; i++) {
        if (same_place(box->undecodable[i].place, place)) {
            box->undecodable[i].times++;
            box->undecodable[i].seen = true;
            return;
        }
    }
    if (box->undecodable_count < UNDECODABLE_MOST) {
        box->undecodable[box->undecodable_count++] =
            (struct undecodable){place, 1, true};
    }
}

/* Of those that a listing did not meet again nothing is to be done. */
static void begin_undecodable(struct box *box)
{
    for (size_t i = 0; i < box->undecodable_count; i++) {
        box->undecodable[i].seen = false;
    }
}

static void end_undecodable(struct box *box)
{
    size_t kept = 0;

    for (size_t i = 0; i < box->undecodable_count; i++) {
        if (box->undecodable[i].seen) {
            box->undecodable[kept++] = box->undecodable[i];
        }
    }
    box->undecodable_count = kept;
}

/* --- reading one --------------------------------------------------------- */

GSM_Error box_read_once(struct worker *worker, struct place place)
{
    GSM_MultiSMSMessage *sms = worker->box.sms;
    GSM_Error err = ERR_NONE;

    memset(&sms->SMS[0], 0, sizeof sms->SMS[0]);
    sms->Number = 0;
    sms->SMS[0].Memory = place.memory;
    sms->SMS[0].Location = place.location;
    sms->SMS[0].Folder = 1;
    err = GSM_GetSMS(worker->gsm, sms);
    worker_judge(worker, err);
    worker->box.memory = err == ERR_NONE ? place.memory : 0;
    return err;
}

static void scan_in(struct worker *worker, int64_t ms)
{
    int64_t at_ms = clock_mono_ms() + ms;

    if (at_ms < worker->box.next_scan_ms) {
        worker->box.next_scan_ms = at_ms;
    }
}

/* A listing is another reading; reports have one of their own. */
static void doubt_on(struct worker *worker, struct place place)
{
    struct box *box = &worker->box;

    if (place.memory == MEM_SR && box->next_reports_ms != INT64_MAX) {
        box->next_reports_ms = 0;
    }
    scan_in(worker, SCAN_AGAIN_MS);
}

static void could_not_read(
    struct worker *worker, struct place place, GSM_Error err)
{
    struct held *held = held_at(&worker->box, place);
    bool doubted = held != NULL && held->doubted;

    if (err == ERR_EMPTY || err == ERR_INVALIDLOCATION) {
        if (doubted) {
            held_forget_doubt(&worker->box, held);
            doubt_on(worker, place); /* it may lie elsewhere */
        }
        return;
    }
    worker_log(worker, "inbound: place %d cannot be read: %s", place.location,
        GSM_ErrorString(err));
    if (doubted) {
        doubt_on(worker, place);
    } else {
        worker->box.next_scan_ms = 0;
    }
}

static void read_place(struct worker *worker, struct place place)
{
    const struct held *held = held_at(&worker->box, place);

    if (held != NULL && held->poison) {
        return;
    }
    for (int i = 0; i < READINGS_MOST && !worker->leave; i++) {
        GSM_Error err = box_read_once(worker, place);

        if (err != ERR_NONE) {
            could_not_read(worker, place, err);
            return;
        }
        if (worker->box.sms->SMS[0].PDU == SMS_Submit) {
            worker->box.next_scan_ms = 0; /* there its state is seen, too */
            return;
        }
        if (hand_over_read(worker, &worker->box.sms->SMS[0], place)) {
            return;
        }
    }
    worker_log(
        worker, "inbound: place %d reads otherwise each time", place.location);
    doubt_on(worker, place);
}

void box_read(struct worker *worker, int most)
{
    struct box *box = &worker->box;

    if (box->arrival_count == 0) {
        return;
    }
    worker_begin(worker, WIRE_OP_SCAN);
    for (; most > 0 && box->arrival_count > 0 && !worker->leave; most--) {
        struct place place = box->arrivals[0];

        memmove(box->arrivals, box->arrivals + 1,
            --box->arrival_count * sizeof *box->arrivals);
        read_place(worker, place);
    }
    worker_end(worker);
}

/* --- listing all --------------------------------------------------------- */

/* Locations of the second memory are counted on by libGammu. */
static struct place place_of(const GSM_SMSMessage *sms)
{
    return (struct place){
        sms->Memory, sms->Location % GSM_PHONE_MAXSMSINFOLDER};
}

static bool is_over(GSM_Error err)
{
    /* ERR_NOTSUPPORTED may be one SMS's: of a kind that it does not decode. */
    return err == ERR_EMPTY || err == ERR_TIMEOUT || err == ERR_NOTCONNECTED ||
           err == ERR_DEVICEWRITEERROR || err == ERR_ABORTED;
}

/* What was written here lies there, too: a draft, or what was sent. */
static bool is_own(const GSM_SMSMessage *sms)
{
    return sms->PDU == SMS_Submit &&
           (sms->State == SMS_Sent || sms->State == SMS_UnSent);
}

/* Seen for the first time it is read by itself, too. */
static void take_listed(struct worker *worker, const GSM_SMSMessage *sms)
{
    struct place place = place_of(sms);

    if (is_own(sms)) {
        return;
    }
    if (sms->PDU == SMS_Submit) { /* it came in, and says that it did not */
        note_undecodable(&worker->box, place);
    } else if (!hand_over(worker, sms, place)) {
        (void)read_later(&worker->box, place); /* else the next listing */
    }
}

static void take_next(
    struct worker *worker, const GSM_SMSMessage *sms, GSM_Error err)
{
    struct place place = place_of(sms);

    if (err == ERR_NONE) {
        take_listed(worker, sms);
        return;
    }
    worker_log(worker, "scan: place %d cannot be decoded: %s", place.location,
        GSM_ErrorString(err));
    note_undecodable(&worker->box, place);
}

/* One SMS that cannot be decoded ends GSM_GetNextSMS with an error but leaves
   its location behind, so that the next one can be asked for.
   @return true where all of it was seen. */
static bool list_all(struct worker *worker)
{
    GSM_MultiSMSMessage *sms = worker->box.sms;
    int last = -1;

    memset(&sms->SMS[0], 0, sizeof sms->SMS[0]);
    for (int i = 0; i < SCAN_MOST; i++) {
        GSM_Error err = GSM_GetNextSMS(worker->gsm, sms, i == 0 ? TRUE : FALSE);
        /* It says in which memory before it decodes. */
        bool moved = sms->SMS[0].Location != last && sms->SMS[0].Memory != 0;

        if (i == 0) {
            worker_judge(worker, err == ERR_EMPTY ? ERR_NONE : err);
        }
        if (err != ERR_NONE && (!moved || is_over(err))) {
            return err == ERR_EMPTY;
        }
        last = sms->SMS[0].Location;
        take_next(worker, &sms->SMS[0], err);
        sms->SMS[0].Folder = 0;
    }
    return false;
}

/* --- reports that nobody told of ----------------------------------------- */

/* GSM_GetNextSMS leaves out the memory of status reports. Those that came while
   no worker ran, or whose +CDSI was lost, are listed past libGammu. */
struct listing {
    struct worker *worker;
    int location; /* of the next PDU, -1: none */
};

static void take_pdu(struct listing *listing, const char *hex)
{
    struct worker *worker = listing->worker;
    GSM_SMSMessage *sms = &worker->box.sms->SMS[0];
    struct place place = {MEM_SR, listing->location};
    const char *fault = decode(worker, hex, sms);

    if (fault == NULL && sms->PDU != SMS_Status_Report) {
        fault = "it is no report";
    }
    if (fault != NULL) {
        if (!drain_poison(worker, place, hex, fault)) {
            doubt_on(worker, place);
        }
    } else if (!hand_over(worker, sms, place)) {
        (void)read_later(&worker->box, place);
    }
}

static void on_listed(void *arg, const char *line)
{
    struct listing *listing = arg;

    if (str_starts(line, "+CMGL:")) {
        listing->location = (int)strtol(line + 6, NULL, 10);
    } else if (listing->location >= 0) {
        take_pdu(listing, line);
        listing->location = -1;
    } else {
        modem_on_line(listing->worker, line);
    }
}

static void list_reports(struct worker *worker)
{
    struct listing listing = {worker, -1};
    struct raw_at raw = {worker->tty, on_listed, &listing};
    GSM_SMSMemoryStatus status = {0};
    struct raw_answer answer = {""};
    int64_t used = 0;
    enum kb_err err = raw_at_ask(
        &worker->raw, "AT+CPMS=\"SR\"", "+CPMS:", COMMAND_TIMEOUT_MS, &answer);

    if (err == KB_REFUSED) {
        worker->box.next_reports_ms = INT64_MAX; /* there is no such memory */
        held_end_listing(&worker->box, true);
        return;
    }
    worker_judge_raw(worker, err);
    used = answer.line[0] == '\0' ? 0 : strtol(answer.line + 6, NULL, 10);
    if (err == KB_OK && used > 0) {
        err = raw_at_ask(&raw, "AT+CMGL=4", NULL, COMMAND_TIMEOUT_MS, &answer);
        worker_judge_raw(worker, err);
    }
    if (err == KB_OK) {
        held_end_listing(&worker->box, true);
    }
    /* libGammu must know which memory is in use: this call sets its own. */
    (void)GSM_GetSMSStatus(worker->gsm, &status);
    worker->box.memory = 0;
}

/* After crashes: what may have caused them is looked for before libGammu sees
   it, and until it is deleted libGammu lists nothing. */
static void drain_first(struct worker *worker)
{
    if (!worker->box.drained && worker->config.scan != WIRE_SCAN_USUAL) {
        worker->box.drained =
            drain(worker, worker->config.scan == WIRE_SCAN_ALL);
    }
}

static bool may_list(const struct worker *worker)
{
    return !box_has_poison(worker) && !worker->leave &&
           (worker->box.drained || worker->config.scan == WIRE_SCAN_USUAL);
}

static int64_t reports_every_ms(const struct worker *worker)
{
    return worker->by_poll || worker->quirks.poll_s > 0 ? REPORTS_POLL_EVERY_MS
                                                        : REPORTS_EVERY_MS;
}

static void list_as_usual(struct worker *worker)
{
    struct box *box = &worker->box;
    int64_t now_ms = clock_mono_ms();

    begin_undecodable(box);
    held_begin_listing(box);
    if (list_all(worker)) {
        held_end_listing(box, false);
    }
    end_undecodable(box);
    box->memory = 0;
    if (box->undecodable_count > 0 && !worker->leave) {
        (void)drain(worker, false);
    }
    box->reports_due = now_ms >= box->next_reports_ms;
    box->room_due = now_ms >= box->next_room_ms;
}

static int64_t scan_every_ms(const struct worker *worker)
{
    const struct box *box = &worker->box;
    bool again = box_has_poison(worker) || held_needs_listing(box);

    for (size_t i = 0; i < box->undecodable_count; i++) {
        again = again || box->undecodable[i].times == 1;
    }
    if (again) {
        return SCAN_AGAIN_MS;
    }
    if (worker->quirks.poll_s > 0) {
        return worker->quirks.poll_s * 1000;
    }
    return worker->by_poll || box->full ? SCAN_POLL_EVERY_MS : SCAN_EVERY_MS;
}

static void unstick(struct box *box)
{
    int64_t now_ms = clock_mono_ms();

    for (size_t i = 0; i < box->held_count; i++) {
        if (box->held[i].state == HELD_STUCK && now_ms >= box->unstick_ms) {
            box->held[i].state = HELD_DONE;
            box->held[i].tries = 0;
        }
    }
}

static void scan(struct worker *worker)
{
    struct box *box = &worker->box;

    box->next_scan_ms = INT64_MAX;
    if (worker->config.scan == WIRE_SCAN_NONE) {
        return;
    }
    if (box_has_poison(worker)) {
        unstick(box);
        box->next_scan_ms = clock_mono_ms() + SCAN_AGAIN_MS;
        return;
    }
    box->skipped = false;
    worker_begin(worker, WIRE_OP_SCAN);
    drain_first(worker);
    if (may_list(worker)) {
        list_as_usual(worker);
    }
    worker_end(worker);
    box->next_scan_ms = clock_mono_ms() + scan_every_ms(worker);
}

static void look_for_reports(struct worker *worker)
{
    struct box *box = &worker->box;

    box->reports_due = false;
    box->next_reports_ms = clock_mono_ms() + reports_every_ms(worker);
    worker_begin(worker, WIRE_OP_SCAN);
    list_reports(worker);
    worker_end(worker);
}

static void look_for_room(struct worker *worker)
{
    struct box *box = &worker->box;

    box->room_due = false;
    worker_begin(worker, WIRE_OP_SCAN);
    box_ask_room(worker);
    worker_end(worker);
    box->next_room_ms =
        clock_mono_ms() + (box->full ? SCAN_POLL_EVERY_MS : ROOM_EVERY_MS);
}

bool box_look_due(const struct worker *worker, int64_t now_ms)
{
    const struct box *box = &worker->box;

    return box->reports_due || box->room_due || now_ms >= box->next_scan_ms;
}

void box_look(struct worker *worker)
{
    if (worker->box.reports_due) {
        look_for_reports(worker);
    } else if (worker->box.room_due) {
        look_for_room(worker);
    } else {
        scan(worker);
        return;
    }
    scan_in(worker, scan_every_ms(worker)); /* sooner where that is new */
}
