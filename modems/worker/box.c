// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/str.h"
#include "link/link.h"
#include "modems/worker/pdu.h"
#include "modems/worker/sms.h"
#include "modems/worker/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the modem tells of new SMS, listing all is only the safety net. */
#define SCAN_EVERY_MS      60000
#define SCAN_POLL_EVERY_MS 5000
#define REPORTS_EVERY_MS   (INT64_C(5) * 60 * 1000)
/* … and where it does not, their reports are asked for, too. */
#define REPORTS_POLL_EVERY_MS 15000
/* What could not be decoded, and what waits for poison to be deleted. */
#define SCAN_AGAIN_MS 2000
/* Poison that could not be deleted is tried again so often. */
#define UNSTICK_MS 15000
/* A done often comes together with the answer to be sent: the answer first. */
#define DELETE_PATIENCE_MS 5
#define DELETE_TRIES       3
#define COMMAND_TIMEOUT_MS 10000
#define DELETE_TIMEOUT_MS  5000
/* How often in a row a place is read until two readings agree. */
#define READINGS_MOST 4
/* No SIM or modem holds more. */
#define SCAN_MOST 1000

static bool same_place(struct place a, struct place b)
{
    return a.memory == b.memory && a.location == b.location;
}

static struct held *held_at(struct box *box, struct place place)
{
    for (size_t i = 0; i < box->held_count; i++) {
        if (same_place(box->held[i].place, place)) {
            return &box->held[i];
        }
    }
    return NULL;
}

static void forget(struct box *box, struct held *held)
{
    *held = box->held[--box->held_count];
}

/* @return false where there is no room. */
static bool read_later(struct box *box, struct place place)
{
    for (size_t i = 0; i < box->arrival_count; i++) {
        if (same_place(box->arrivals[i], place)) {
            return true;
        }
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

/* --- what two readings agree on ------------------------------------------- */

/*
 * Nothing on the line has a checksum: a bit that flips on the way makes another
 * number, another time, another text of an SMS, or shows it at another place;
 * it would be stored twice, be answered to a stranger, or delete what nobody
 * has read. So a place counts for what two readings in a row agree on.
 */
enum reading {
    READING_DOUBTED, /* the first of its kind: read it again */
    READING_KNOWN,   /* handed over before */
    READING_NEW,     /* to be handed over with the held's token */
    READING_NO_ROOM
};

/* *out is set but for READING_NO_ROOM. */
static enum reading judge_reading(
    struct box *box, struct place place, uint64_t hash, struct held **out)
{
    struct held *held = held_at(box, place);

    if (held == NULL) {
        if (box->held_count == BOX_MOST) {
            box->skipped = true;
            return READING_NO_ROOM;
        }
        held = &box->held[box->held_count++];
        *held = (struct held){.place = place};
    }
    *out = held;
    held->seen = true;
    if (held->token != 0 && held->hash == hash) {
        held->doubted = false;
        return READING_KNOWN;
    }
    if (!held->doubted || held->doubt != hash) {
        held->doubted = true;
        held->doubt = hash;
        return READING_DOUBTED;
    }
    /* Where something else was handed over, the place was cleared and used
       again. */
    *held = (struct held){
        .token = ++box->last_token, .place = place, .hash = hash, .seen = true};
    return READING_NEW;
}

/* What was read once, and lies there no more. */
static void forget_doubt(struct box *box, struct held *held)
{
    if (held->token == 0) {
        forget(box, held);
    } else {
        held->doubted = false;
    }
}

static bool any_doubted(const struct box *box)
{
    for (size_t i = 0; i < box->held_count; i++) {
        if (box->held[i].doubted) {
            return true;
        }
    }
    return false;
}

static void begin_listing(struct box *box)
{
    for (size_t i = 0; i < box->held_count; i++) {
        box->held[i].seen = false;
    }
}

/* What a whole listing of the memory of reports, or of the others, did not
   show, lies there no more. */
static void end_listing(struct box *box, bool reports)
{
    for (size_t i = box->held_count; i-- > 0;) {
        struct held *held = &box->held[i];

        if (held->doubted && !held->seen &&
            (held->place.memory == MEM_SR) == reports) {
            forget_doubt(box, held);
        }
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
}

/* @return false where it has to be read again. */
static bool hand_over(
    struct worker *worker, const GSM_SMSMessage *sms, struct place place)
{
    struct held *held = NULL;

    switch (judge_reading(&worker->box, place, sms_hash(sms), &held)) {
    case READING_DOUBTED:
        return false;
    case READING_NEW:
        say_sms(worker, sms, held->token);
        return true;
    case READING_KNOWN: /* it waits for its done, or for its deletion */
    case READING_NO_ROOM:
        break;
    }
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

/* --- what libGammu cannot read -------------------------------------------- */

int64_t box_hold_poison(
    struct worker *worker, struct place place, uint64_t hash, bool *again)
{
    struct box *box = &worker->box;
    struct held *held = NULL;

    switch (judge_reading(box, place, hash, &held)) {
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

static void note_undecodable(struct box *box, int location)
{
    for (size_t i = 0; i < box->undecodable_count; i++) {
        if (box->undecodable[i].location == location) {
            box->undecodable[i].times++;
            box->undecodable[i].seen = true;
            return;
        }
    }
    if (box->undecodable_count < UNDECODABLE_MOST) {
        box->undecodable[box->undecodable_count++] =
            (struct undecodable){location, 1, true};
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

static GSM_Error read_once(struct worker *worker, struct place place)
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
            forget_doubt(&worker->box, held);
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
        GSM_Error err = read_once(worker, place);

        if (err != ERR_NONE) {
            could_not_read(worker, place, err);
            return;
        }
        if (hand_over(worker, &worker->box.sms->SMS[0], place)) {
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
    return err == ERR_EMPTY || err == ERR_TIMEOUT || err == ERR_NOTSUPPORTED ||
           err == ERR_NOTCONNECTED || err == ERR_DEVICEWRITEERROR;
}

/* Seen for the first time it is read by itself, too. */
static void take_listed(struct worker *worker, const GSM_SMSMessage *sms)
{
    struct place place = place_of(sms);

    if (sms->PDU != SMS_Submit && !hand_over(worker, sms, place)) {
        (void)read_later(&worker->box, place); /* else the next listing */
    }
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
        bool moved = sms->SMS[0].Location != last;

        if (i == 0) {
            worker_judge(worker, err == ERR_EMPTY ? ERR_NONE : err);
        }
        if (is_over(err) || (err != ERR_NONE && !moved)) {
            return err == ERR_EMPTY;
        }
        last = sms->SMS[0].Location;
        if (err != ERR_NONE) {
            worker_log(worker, "scan: place %d cannot be decoded: %s",
                last % GSM_PHONE_MAXSMSINFOLDER, GSM_ErrorString(err));
            note_undecodable(&worker->box, last % GSM_PHONE_MAXSMSINFOLDER);
        } else {
            take_listed(worker, &sms->SMS[0]);
        }
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
    unsigned char pdu[256];
    size_t bytes = strlen(hex) / 2;
    GSM_SMSMessage *sms = &listing->worker->box.sms->SMS[0];
    struct place place = {MEM_SR, listing->location};
    struct pdu_look look = pdu_look(hex);
    size_t end = 0;

    if (look.fault != NULL) {
        if (!drain_poison(listing->worker, place, hex, look.fault)) {
            doubt_on(listing->worker, place);
        }
        return;
    }
    if (bytes == 0 || bytes > sizeof pdu ||
        !DecodeHexBin(pdu, (const unsigned char *)hex, 2 * bytes)) {
        return;
    }
    memset(sms, 0, sizeof *sms);
    if (GSM_DecodePDUFrame(GSM_GetDI(listing->worker->gsm), sms, pdu, bytes,
            &end, TRUE) == ERR_NONE &&
        sms->PDU == SMS_Status_Report &&
        !hand_over(listing->worker, sms, place)) {
        (void)read_later(&listing->worker->box, place);
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
        end_listing(&worker->box, true);
        return;
    }
    worker_judge_raw(worker, err);
    used = answer.line[0] == '\0' ? 0 : strtol(answer.line + 6, NULL, 10);
    if (err == KB_OK && used > 0) {
        err = raw_at_ask(&raw, "AT+CMGL=4", NULL, COMMAND_TIMEOUT_MS, &answer);
        worker_judge_raw(worker, err);
    }
    if (err == KB_OK) {
        end_listing(&worker->box, true);
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
    begin_listing(box);
    if (list_all(worker)) {
        end_listing(box, false);
    }
    end_undecodable(box);
    box->memory = 0;
    if (box->undecodable_count > 0 && !worker->leave) {
        (void)drain(worker, false);
    }
    if (now_ms >= box->next_reports_ms && !worker->leave) {
        box->next_reports_ms = now_ms + reports_every_ms(worker);
        list_reports(worker);
    }
}

static int64_t scan_every_ms(const struct worker *worker)
{
    const struct box *box = &worker->box;
    bool again = box_has_poison(worker) || any_doubted(box);

    for (size_t i = 0; i < box->undecodable_count; i++) {
        again = again || box->undecodable[i].times == 1;
    }
    if (again) {
        return SCAN_AGAIN_MS;
    }
    if (worker->quirks.poll_s > 0) {
        return worker->quirks.poll_s * 1000;
    }
    return worker->by_poll ? SCAN_POLL_EVERY_MS : SCAN_EVERY_MS;
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

void box_scan(struct worker *worker)
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

/* --- deleting ------------------------------------------------------------ */

static struct held *held_by(struct box *box, int64_t token)
{
    for (size_t i = 0; i < box->held_count; i++) {
        if (box->held[i].token == token) {
            return &box->held[i];
        }
    }
    return NULL;
}

void box_done(struct worker *worker, int64_t token)
{
    struct held *held = held_by(&worker->box, token);

    if (held == NULL) {
        return;
    }
    if (held->place.memory == 0) {
        forget(&worker->box, held); /* it lies nowhere */
        return;
    }
    held->state = HELD_DONE;
    worker->box.delete_at_ms = clock_mono_ms() + DELETE_PATIENCE_MS;
}

/* Not while something else may lie there by now. */
static bool is_to_go(const struct held *held)
{
    return held->state == HELD_DONE && !held->doubted;
}

bool box_has_done(const struct worker *worker)
{
    for (size_t i = 0; i < worker->box.held_count; i++) {
        if (is_to_go(&worker->box.held[i])) {
            return true;
        }
    }
    return false;
}

/* Through libGammu a deletion is three commands: it reads first. Where the
   memory in use is the right one, one will do. */
static bool delete_raw(struct worker *worker, struct place place)
{
    char command[32];
    struct raw_answer answer = {""};
    enum kb_err err = KB_OK;

    if (!worker->raw_places || worker->box.memory != place.memory) {
        return false;
    }
    (void)snprintf(command, sizeof command, "AT+CMGD=%d", place.location);
    err =
        raw_at_ask(&worker->raw, command, "+CMGD:", DELETE_TIMEOUT_MS, &answer);
    worker_judge_raw(worker, err);
    return err == KB_OK;
}

static bool delete_by_gammu(struct worker *worker, struct place place)
{
    GSM_SMSMessage *sms = &worker->box.sms->SMS[0];
    GSM_Error err = ERR_NONE;

    memset(sms, 0, sizeof *sms);
    sms->Memory = place.memory;
    sms->Location = place.location;
    sms->Folder = 1;
    err = GSM_DeleteSMS(worker->gsm, sms);
    worker_judge(worker, err);
    worker->box.memory = err == ERR_NONE ? place.memory : 0;
    if (err != ERR_NONE && err != ERR_EMPTY) {
        worker_log(worker, "inbound: place %d cannot be deleted: %s",
            place.location, GSM_ErrorString(err));
    }
    return err == ERR_NONE || err == ERR_EMPTY;
}

static void delete_one(struct worker *worker, struct held *held)
{
    struct place place = held->place;

    if (held->poison) {
        if (drain_delete(worker, place)) {
            forget(&worker->box, held);
        } else if (++held->tries >= DELETE_TRIES) {
            held->state = HELD_STUCK;
            worker->box.unstick_ms = clock_mono_ms() + UNSTICK_MS;
            worker_log(
                worker, "drain: place %d cannot be deleted", place.location);
        }
        return;
    }
    /* After some failures it is forgotten: the next scan finds it again and
       the gateway, which knows it, says done again. */
    if (delete_raw(worker, place) || delete_by_gammu(worker, place) ||
        ++held->tries >= DELETE_TRIES) {
        forget(&worker->box, held);
    }
}

bool box_delete(struct worker *worker, int most)
{
    struct box *box = &worker->box;
    bool any = false;

    if (!box_has_done(worker)) {
        return false;
    }
    worker_begin(worker, WIRE_OP_OTHER);
    for (size_t i = box->held_count; i-- > 0 && most > 0 && !worker->leave;) {
        if (is_to_go(&box->held[i])) {
            delete_one(worker, &box->held[i]);
            any = true;
            most--;
        }
    }
    worker_end(worker);
    if (any && box->skipped) {
        box->next_scan_ms = 0; /* there is room again */
    }
    return any;
}
