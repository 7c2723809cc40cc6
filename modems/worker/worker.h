// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_WORKER_WORKER_H
#define KABARI_WORKER_WORKER_H

#include "link/at_log.h"
#include "link/stage.h"
#include "link/wire.h"
#include "modems/worker/port.h"
#include "modems/worker/raw_at.h"
#include "modems/worker/verdict.h"

#include <gammu.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One modem's worker: a single thread around a blocking libGammu. The parts:
 * greet.c asks what make it is, modem.c connects, identity.c tells which stick
 * and SIM it is, send.c sends, box.c reads what came in, delete.c deletes it
 * and looks whether there is room,
 * held.c knows what of that was handed over, drain.c takes what libGammu cannot
 * read, status.c looks after signal and network, dialogue.c does USSD, worker.c
 * decides what is next.
 */

/** A place on the SIM or in the modem. */
struct place {
    GSM_MemoryType memory;
    int location;
};

bool same_place(struct place a, struct place b);

/** The most SMS and reports that wait for the gateway's done, and the most
 *  arrivals that wait to be read: well below LINK_INBOUND_MOST. */
#define BOX_MOST 200

enum held_state {
    HELD_WAITING, /* handed over; the gateway has not committed it yet */
    HELD_DONE,    /* to be deleted */
    HELD_STUCK    /* poison that cannot be deleted: it stays where it is */
};

struct held {
    int64_t token;      /* 0: nothing was handed over yet */
    struct place place; /* location 0: it lies nowhere */
    uint64_t hash;      /* of what was handed over */
    uint64_t doubt;     /* of the last reading, where it was another … */
    bool doubted;       /* … and none agreed with it yet */
    bool seen;          /* by the present listing */
    enum held_state state;
    int tries;
    bool poison; /* libGammu must not touch that place */
};

/** A place that libGammu could not decode. */
struct undecodable {
    struct place place;
    int times;
    bool seen; /* by the present listing */
};

#define UNDECODABLE_MOST 64

struct box {
    struct held held[BOX_MOST];
    size_t held_count;
    struct place arrivals[BOX_MOST];
    size_t arrival_count;
    int64_t last_token;
    GSM_MemoryType memory; /* which the modem and libGammu have in use; 0: ? */
    int64_t next_scan_ms;
    int64_t next_reports_ms;
    int64_t next_room_ms;
    bool full; /* as the gateway was told */
    bool told;
    int64_t unstick_ms;
    bool reports_due;     /* to be listed, behind what has arrived meanwhile */
    bool room_due;        /* to be asked, likewise */
    int64_t chores_at_ms; /* what can wait waits until then for a submit */
    int agreed;           /* times that two readings of a place did */
    int trusted;          /* times that one would have done since */
    bool misread;         /* ever, by this worker */
    bool skipped;         /* the last scan left something behind */
    bool drained;         /* what ended earlier workers has been looked for */
    struct undecodable undecodable[UNDECODABLE_MOST];
    size_t undecodable_count;
    GSM_MultiSMSMessage *sms; /* too large for the stack */
};

/** What the send callback said. */
struct send_answer {
    bool came;
    int status;
    int reference;
    bool is_cme; /* the status is a +CME code */
};

struct worker {
    struct port port;
    struct stage_page *page;
    struct at_log *at_log;
    struct wire_config config;
    struct wire_quirks quirks; /* of its make */

    GSM_StateMachine *gsm;
    dev_t tty_device;
    struct raw_at raw;
    GSM_SMSC smsc;
    int tty;      /* -1 before the connection */
    int silences; /* time-outs in a row */
    bool device_gone;
    bool by_poll;    /* CNMI was refused */
    bool raw_places; /* AT commands count places as libGammu does */
    bool parked;
    bool leave;
    bool pdu_follows; /* +CMT: came past libGammu, its SMS is the next line */

    /* send.c */
    bool submit_due;
    struct wire_submit submit;
    struct send_answer answer;
    struct mr_known mr;
    int64_t last_sent_ms;
    int64_t late_until_ms; /* a late +CMGS may come until then; 0: none */

    struct box box;

    /* status.c */
    int creg;
    bool network_known;
    bool ussd_due; /* dialogue.c, from here */
    bool ussd_cancel_due;
    bool ussd_open; /* an answer of the network is awaited */
    int64_t next_status_ms;
    int64_t next_name_ms;
    int64_t ussd_until_ms;
    char network[64];
    char ussd_code[184];

    /* the call that rings, or rang last */
    char ring_number[64];
    int64_t ring_ms;
};

/* --- worker.c ------------------------------------------------------------ */

/** Runs until the gateway closes the channel or the modem is gone.
 *  @return the process's exit status. */
int worker_run(struct worker *worker);

/** Says what begins, before it may block; and that it has ended. */
void worker_begin(struct worker *worker, enum wire_operation operation);
void worker_end(struct worker *worker);

/** Tells the gateway a state. */
void worker_state(struct worker *worker, int state, const char *fmt, ...)
    KB_PRINTF(3, 4);

/** A line for the modem's log: no number, no text in it. */
void worker_log(struct worker *worker, const char *fmt, ...) KB_PRINTF(2, 3);

/** Notes how a libGammu call ended: time-outs in a row, or a device that does
 *  not take what is written, end the worker. */
void worker_judge(struct worker *worker, GSM_Error err);

/** As worker_judge for raw_at.h. */
void worker_judge_raw(struct worker *worker, enum kb_err err);

/** Leaves with that state told. */
void worker_leave(struct worker *worker, int state, const char *why);

/** Waits for the gateway's next frame. @return false where it is gone. */
bool worker_await(
    struct worker *worker, enum wire_type *type, union wire_any *out);

/* --- greet.c ------------------------------------------------------------- */

/** Resets the modem where that is wanted, tells the gateway what it is and
 *  takes what is known of that make. @return false: the worker must leave. */
bool greet(struct worker *worker);

/** The line without libGammu; -1 where it cannot be opened. */
int greet_open(const char *device);
void greet_close(int fd);
/** KB_OK where it answers AT; KB_BUSY, KB_CLOSED. */
KB_MUST_USE enum kb_err greet_hello(int fd);
/** The first line that a command brings, without its prefix; as raw_at_ask. What
 *  the modem says unasked meanwhile goes to line->on_other. */
KB_MUST_USE enum kb_err greet_ask_on(const struct raw_at *line,
    const char *command, char *out, size_t out_bytes);
/** The same where nobody listens to that yet. */
KB_MUST_USE enum kb_err greet_ask(
    int fd, const char *command, char *out, size_t out_bytes);

/* --- modem.c ------------------------------------------------------------- */

/** Connects and prepares the modem. @return false: the worker must leave (the
 *  state was told), or is parked. */
bool modem_connect(struct worker *worker);

/** Lets libGammu read what the modem said. @return false: it is gone. */
bool modem_read(struct worker *worker);

/** True while the device is there. */
bool modem_present(const struct worker *worker);

/** Ends libGammu's logging, which an answer to an SMS may have begun. */
void modem_quiet(struct worker *worker);

/** Reads the SMSC's number where it is not known. */
bool modem_know_smsc(struct worker *worker);

/** A line that came past libGammu: see raw_at.h. */
void modem_on_line(void *arg, const char *line);

/* --- identity.c ------------------------------------------------------------ */

/** Tells the gateway which stick and which SIM it is. */
void identity_say(struct worker *worker);

/* --- send.c -------------------------------------------------------------- */

/** Sends the submit that is due and tells its result. */
void send_due(struct worker *worker);

/** A status report tells the TP-MR of the SMS that was never answered. */
void send_learn(struct worker *worker, int tp_mr);

/* --- held.c -------------------------------------------------------------- */

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

/** Judges what was read at a place by its hash. *out is set but for
 *  READING_NO_ROOM. */
enum reading held_judge(
    struct box *box, struct place place, uint64_t hash, struct held **out);

/** Most lines have a checksum below AT (USB has), and a second reading costs an
 *  answer a command. So once HELD_AGREED places in a row were read twice and
 *  none of them otherwise, one reading is enough, except that one in HELD_SAMPLE
 *  is still checked; a single disagreement or silence ends that, the former for
 *  good. @return true where what was READING_DOUBTED is to be handed over now. */
bool held_trust(struct box *box, struct held *held);

#define HELD_AGREED 16
#define HELD_SAMPLE 16

/** NULL: nothing was read there, or has that token. */
struct held *held_at(struct box *box, struct place place);
struct held *held_by(struct box *box, int64_t token);

void held_forget(struct box *box, struct held *held);

/** What was read once, and lies there no more. */
void held_forget_doubt(struct box *box, struct held *held);

/** True where it is among the arrivals. */
bool held_is_to_be_read(const struct box *box, struct place place);

/** True where something was read once, and only a listing would read it again. */
bool held_needs_listing(const struct box *box);

/** A whole listing of the memory of reports, or of the others: what it did not
 *  show and was read but once lies there no more. */
void held_begin_listing(struct box *box);
void held_end_listing(struct box *box, bool reports);

/* --- box.c --------------------------------------------------------------- */

/** Something arrived at that place. */
void box_arrived(struct worker *worker, struct place place);

/** An SMS came whole, past the SIM. */
void box_take(struct worker *worker, const GSM_SMSMessage *sms);
/** The same as hex, where libGammu did not read the line. */
void box_take_pdu(struct worker *worker, const char *hex);

/** Notes that something lies at a place, to be handed over as poison once it
 *  was read twice with the same hash. @return its token, 0 where it is known
 *  already, there is no room, or (*again) it was not read twice yet. */
int64_t box_hold_poison(
    struct worker *worker, struct place place, uint64_t hash, bool *again);

/** True while libGammu must not list: it would meet poison. */
bool box_has_poison(const struct worker *worker);

/** Reads up to `most` arrivals. */
void box_read(struct worker *worker, int most);

/** True where box_look has something to do. */
bool box_look_due(const struct worker *worker, int64_t now_ms);

/** Lists all that lies there; or what a listing has left for later, so that
 *  an SMS that arrives waits for one of them only. */
void box_look(struct worker *worker);

/** Reads a place, so that its memory is in use. */
GSM_Error box_read_once(struct worker *worker, struct place place);

/* --- delete.c ------------------------------------------------------------ */

/** The gateway has committed it. */
void box_done(struct worker *worker, int64_t token);

/** What can wait waits a moment longer: an answer may be due. */
void box_put_off_chores(struct box *box);

/** Deletes up to `most` of what is done; true where there was any. */
bool box_delete(struct worker *worker, int most);

/** True where deletions are due. */
bool box_has_done(const struct worker *worker);

/** Tells the gateway whether the memories for SMS are full, where that is new. */
void box_ask_room(struct worker *worker);

/* --- drain.c ------------------------------------------------------------- */

/** Lists what lies in the modem's memories past libGammu and hands over, as
 *  hex, what looks odd, what libGammu could not decode, or (all) everything.
 *  @return false where something reads otherwise each time. */
bool drain(struct worker *worker, bool all);

/** Hands over one that was listed elsewhere, from the memory of reports.
 *  @return false where it has to be read again. */
bool drain_poison(struct worker *worker, struct place place, const char *hex,
    const char *why);

/** Deletes one place past libGammu. @return false where that failed. */
bool drain_delete(struct worker *worker, struct place place);

/* --- status.c ------------------------------------------------------------ */

/** Asks for signal and registration and tells what is new. */
void status_ask(struct worker *worker);

/* --- dialogue.c ---------------------------------------------------------- */

void dialogue_start(struct worker *worker);
void dialogue_cancel(struct worker *worker);
void dialogue_answer(struct worker *worker, const GSM_USSDMessage *answer);
/** Gives up a dialogue whose answer is overdue. */
void dialogue_tick(struct worker *worker, int64_t now_ms);

#endif
