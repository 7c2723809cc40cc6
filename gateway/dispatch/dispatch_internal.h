// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_DISPATCH_DISPATCH_INTERNAL_H
#define KABARI_DISPATCH_DISPATCH_INTERNAL_H

#include "alarm/alarm.h"
#include "dispatch/balance.h"
#include "dispatch/dispatch.h"
#include "dispatch/dispatch_store.h"
#include "dispatch/pace.h"
#include "dispatch/route.h"
#include "dispatch/silence.h"
#include "dispatch/verdict.h"

#include <event2/event.h>

#include <sys/queue.h>
#include <sys/types.h>

#define MODEM_LOG_LINES 1000

/** The last lines of a modem's log, numbered from 1, one behind the other:
 *  each is its instant and its text. */
struct modem_log {
    char *bytes;
    size_t used;
    size_t room;
    size_t lines;
    int64_t last; /* the newest line's number, 0: none */
};

/** The part that is in the modem, or about to be. */
struct modem_submit {
    bool active;
    bool committed; /* submitting is on disk: the worker has it */
    struct outbox_message message;
    struct text_part part_text;
    enum text_coding coding;
    int part;
    int parts;
    uint64_t token;
    int64_t started_mono_ms;
};

/** A result that the store does not have yet. */
struct modem_settle {
    bool active;
    bool applied; /* waits for the turn's commit */
    char reason[160];
    char prefer[32]; /* the modem that is to try it next; "" : any */
    struct outbox_result result;
    int64_t took_ms;
    struct outbox_message next_part; /* the message, while parts are left */
};

enum modem_alarm_kind {
    MODEM_ALARM_STATE,
    MODEM_ALARM_CREDIT,
    MODEM_ALARM_REPORTS,
    MODEM_ALARM_MEMORY,
    MODEM_ALARM_COUNT
};

/** What the store was told last. */
struct modem_alarm {
    bool looked;
    bool stands;
    int64_t again_mono_ms;
    char text[ALARM_TEXT_BYTES];
};

struct modem {
    TAILQ_ENTRY(modem) entry;
    struct dispatch *dispatch;
    char name[32];
    char sim[32];                      /* IMSI, else the card's number, else the
                                          modem's name */
    const struct config_modem *config; /* borrowed; replaced at a reload */
    char *fingerprint; /* of the options that need a new worker */
    struct link *link;
    bool paused;
    bool changed;          /* shown is older than what has happened to it */
    bool leaving;          /* its configuration changed while it was sending */
    bool parked;           /* by an error class, until a reset */
    int64_t trial_mono_ms; /* parked until then; 0: until a reset */
    int64_t refused_id;    /* the message that the network refused this SIM */
    int64_t given_back_id; /* the message that it could not send last */
    int failures;          /* in a row: the back-off's exponent */
    int64_t backoff_until_mono_ms;
    int64_t last_submit_at_ms; /* on the gateway's clock */
    int64_t gap_ms;            /* that follows it */
    struct pace pace;
    int64_t counted_hour; /* which the two counts are of; -1: read again */
    int sent_hour;
    int sent_today;
    char fault[160]; /* another SIM, or one that is elsewhere; "" : none */
    char quarantined[160]; /* why; "" : not */
    struct modem_seen seen;
    bool unsaved; /* seen is newer than the store */
    struct silence silence;
    enum silence_verdict silent;
    int64_t sent_id; /* what it sent last; 0: nothing */
    int sent_mr;
    int early_mr;        /* of a report that overtook its result; -1: none */
    bool memory_full;    /* of the SIM or the modem: nothing comes in */
    int64_t sent_minute; /* in the last whole minute */
    int64_t minute_from; /* shown.sent_total when this one began */
    int64_t sampled_at_ms;
    int64_t sampled_sent;
    int64_t sampled_failed;
    struct modem_alarm alarm[MODEM_ALARM_COUNT];
    int expected_mr; /* -1: not known */
    uint64_t next_token;
    bool has_next;
    bool next_goes_on;          /* its first parts have left already */
    struct outbox_message next; /* claimed while the modem is busy */
    struct modem_submit submit;
    struct modem_settle settle;
    struct dispatch_modem shown; /* state, since, counters, last error */
    struct modem_log log;
    dispatch_ussd_fn *ussd_done;
    void *ussd_arg;
    bool ussd_hold;             /* whoever asked wants to reply to a menu */
    int64_t ussd_until_mono_ms; /* a menu is held open until then; 0: none */
    int64_t ussd_dialogue;      /* when it began (monotonic): tells it from
                                   those before */
    int64_t balance_at_ms;      /* when the credit is asked for next */
    bool ussd_asks_balance;     /* what is asked now, by whomever */
};

TAILQ_HEAD(modem_list, modem);

enum incoming_kind {
    INCOMING_SMS,
    INCOMING_REPORT,
    INCOMING_POISON
};

/** What a SIM brought, kept until the store has it. */
struct incoming {
    TAILQ_ENTRY(incoming) entry;
    struct modem *modem;
    bool applied;
    enum incoming_kind kind;
    uint64_t token;
    struct link_inbound sms; /* its texts are owned here */
    struct link_report report;
    struct link_poison poison;
};

TAILQ_HEAD(incoming_list, incoming);

#define OFFERS_MOST 65 /* operators, and those of none */

/** How the modems stand in this turn, for routing. */
struct route_board {
    struct route_modem *modems; /* in the order of dispatch->order */
    char *usable;               /* ",m1,m2,": that can send answers now */
    bool any_queued;            /* something may be queued at all … */
    enum msg_class first;       /* … and nothing more urgent than that */
    struct outbox_offer_to offers[MSG_BULK + 1][OFFERS_MOST];
};

#define LOOPS_MOST 256

/** Modems that text each other: what is under way. */
struct loop_test {
    int64_t next_at_ms; /* 0: not yet planned */

    struct {
        char from[32]; /* modems; "" : free */
        char to[32];
        char nonce[17];
        int64_t sent_at_ms;
    } sent[LOOPS_MOST];
};

#define HOOKS_MOST 8

/** An alarm's command under way; pid 0: none. */
struct hook {
    pid_t pid;
    int64_t until_mono_ms;
};

struct dispatch {
    struct dispatch_rooms rooms;
    struct dispatch_events events;
    struct balance_rules *balance_rules; /* NULL: none */
    struct dispatch_store *kept;
    int64_t thinned_to_ms;
    int64_t tidy_mono_ms;
    struct hook hooks[HOOKS_MOST];
    struct loop_test loop;
    struct quirks *quirks; /* NULL: none */
    struct modem_list modems;
    struct incoming_list incoming;
    size_t modem_count;
    struct modem **order; /* all, those that sent last at the end */
    struct route_board board;
    struct event *turn; /* the end of a loop's turn: pump and commit */
    struct event *wake; /* a gap or back-off is over */
    struct event *stop_timer;
    bool paused;
    bool started;
    bool stopping;
    bool store_failed; /* the last commit was lost: read memory again */
    bool commits_fail; /* and the log has said so */
    int64_t pump_not_before_mono_ms;
    void (*stop_done)(void *arg);
    void *stop_arg;
    struct dispatch_network_time network;
    int64_t minute;
    struct dispatch_rates last_minute;
    struct dispatch_rates this_minute;
};

/** The modem of that name, or NULL. */
struct modem *dispatch_find(const struct dispatch *dispatch, const char *name);

/* modem.c */
int64_t modem_now_ms(const struct modem *modem);
/** Reads what it sent today where a new day has begun. */
void modem_roll_day(struct modem *modem);
/** On the gateway's clock; 0: its gap is over. */
int64_t modem_gap_left_ms(const struct modem *modem);

/** What keeps reminders from it, in words; "" : nothing. Answers go on. */
struct modem_words {
    char text[160];
};
struct modem_words modem_bulk_bound(const struct modem *modem);
bool modem_backing_off(const struct modem *modem);
struct modem *modem_new(
    struct dispatch *dispatch, const struct config_modem *config);
void modem_free(struct modem *modem);
/** True where a changed option needs a new worker. */
bool modem_changed(
    const struct modem *modem, const struct config_modem *config);
void modem_start(struct modem *modem);
/** Brings the shown state up to date. */
void modem_refresh(struct modem *modem);
/** How long (real ms) until a gap or back-off is over; -1: nothing waits. */
int64_t modem_wait_ms(const struct modem *modem);
/** One line into the modem's log and, where it matters, the gateway's. */
void modem_note(struct modem *modem, const char *fmt, ...) KB_PRINTF(2, 3);
void modem_error(struct modem *modem, const char *fmt, ...) KB_PRINTF(2, 3);

/* board.c */
/** Makes room for as many modems as there are. */
void board_resize(struct dispatch *dispatch);
void board_clear(struct dispatch *dispatch);
/** Looks at all modems, once a turn. */
void board_set(struct dispatch *dispatch);
/** The i-th of dispatch->order has something in it now. */
void board_took(struct dispatch *dispatch, size_t i);
/** A message of that class went back to the queue within the turn. */
void board_queued(struct dispatch *dispatch, enum msg_class class);
/** What the i-th of dispatch->order may claim, down to a class. */
struct outbox_claim board_claim(
    struct dispatch *dispatch, size_t i, enum msg_class least);
/** Those that have sent in this turn go to the end of the order. */
void board_turn(struct dispatch *dispatch, const bool *sent);

/* submit.c */
/** Settles what came back. @return false where the store must have it before
 *  anything new leaves. */
bool modem_settled(struct modem *modem);
/** Submits what may go now, where nothing is in it. */
void modem_send(struct modem *modem, size_t place);
/** Claims what goes next, so that the modem need not wait for it. */
void modem_claim_ahead(struct modem *modem, size_t place);
/** After a lost commit: forgets what the disk does not have. */
void modem_forget(struct modem *modem);

/* choose.c */
/** Takes a SIM that was parked for a trial back to work when it is over. */
void modem_end_trial(struct modem *modem);
bool modem_can_send(const struct modem *modem);
/** The least urgent class that it may take now; answers are bound by neither
 *  pause, window, gap nor limit. */
enum msg_class modem_least_class(const struct modem *modem);
/** Claims modem->next where it has none, or a more urgent one. */
void modem_claim_next(struct modem *modem, size_t place, enum msg_class least);
/** The same until one may leave now. @return true to submit modem->next. */
/** True where its first parts have left. */
bool dispatch_half_sent(
    const struct dispatch *dispatch, const struct outbox_message *message);
bool modem_choose_next(struct modem *modem, size_t place, enum msg_class least);

/* settle.c */
/** The worker's result for what is in the modem. */
void modem_judge(struct modem *modem, const struct link_result *result);
/** Ends the submit under way with a verdict of the gateway's own. */
void modem_settle_with(
    struct modem *modem, const struct verdict *verdict, int tp_mr);
/** Puts the result into the turn's transaction. With parts left the message
 *  stays claimed and is what this modem sends next. */
void modem_settle_result(struct modem *modem);
void modem_give_back_next(struct modem *modem);

/* care.c */
/** What the store knows of it, at its start. */
void modem_care_read(struct modem *modem);
/** Once a second: samples, silence, alarms. */
void modem_care_tick(struct modem *modem);
/** A commit was lost: what was told the store is told again. */
void modem_care_forget(struct modem *modem);
void modem_keep(struct modem *modem);
/** Why reminders stop for want of credit; "" : they do not. */
void modem_credit_bound(const struct modem *modem, char *out, size_t bytes);
bool modem_credit_gone(const struct modem *modem);
void modem_take_credit(struct modem *modem, const struct balance *balance);
void modem_care_sent(struct modem *modem, int64_t id, int tp_mr);
/** id 0: it came before its message's result. */
void modem_care_reported(struct modem *modem, int64_t id, int tp_mr);
/** The modem says whether SMS and reports have room, and how full it is. */
void modem_care_memory(struct modem *modem, bool full, const char *use);
void modem_end_quarantine(struct modem *modem);
/** Now and then: thins and takes away old samples. */
void care_tidy(struct dispatch *dispatch);

/* whose.c */
/** shown.identity is new: may it send under this name? */
void modem_identify(struct modem *modem);
/** Counts by the SIM that is known of it. */
void modem_use_sim(struct modem *modem);

/* tell.c */
/** Once a second: alarms, and the advice that is shown. */
void modem_tell(struct modem *modem);
/** The store may have lost what it was told. */
void modem_tell_again(struct modem *modem);

/* alert.c */
/** An alarm listener: SMS to the operators' numbers. */
enum kb_err alert_telling(void *arg, const struct alarm *alarm);

/* hook.c */
/** An alarm listener: the configured command. */
void hook_told(void *arg, const struct alarm *alarm);
/** Once a second: reaps, ends what takes too long. */
void hooks_tick(struct dispatch *dispatch);
void hooks_stop(struct dispatch *dispatch);

/* loop.c */
/** Now and then: each modem with a number texts the next one. */
void loop_tick(struct dispatch *dispatch);
/** True where the SMS is a loop test's: nobody else's business. */
bool loop_take(struct modem *modem, const struct link_inbound *sms);

/* ussd.c */
void modem_ussd_answered(struct modem *modem, const struct link_ussd *answer);
/** Once a second: menus held too long, credit to be asked for. */
void modem_ussd_tick(struct modem *modem);
void dispatch_read_balance_rules(struct dispatch *dispatch);

/* quirks.c */
/** Reads the folder of quirk files; what is broken leaves the old ones. */
void dispatch_read_quirks(struct dispatch *dispatch);

/* incoming.c */
void incoming_add_sms(struct modem *modem, const struct link_inbound *sms);
void incoming_add_report(struct modem *modem, const struct link_report *report);
void incoming_add_poison(struct modem *modem, const struct link_poison *poison);
/** Stores what came; false where the store could not take all of it. */
bool incoming_pump(struct dispatch *dispatch);
/** Drops what a modem brought and the store does not have; its SIM has it. */
void incoming_clear(struct modem *modem);

/* pin.c */
/** True where the configured PIN went to the SIM before and was not accepted. */
bool pin_was_tried(const struct modem *modem);
/** The PIN goes to the SIM now (true); it was right, or an operator wants it
 *  tried again (false). */
void pin_remember(struct modem *modem, bool tried);

/* modem_log.c */

/** How many bytes the log of each of so many modems may take. */
size_t modem_log_most(size_t modems);
/** The oldest lines make room. */
void modem_log_add(
    struct modem_log *log, size_t most_bytes, int64_t at_ms, const char *line);
/** Those numbered above `after`, oldest first. */
void modem_log_read(
    const struct modem_log *log, int64_t after, dispatch_log_fn *fn, void *arg);
void modem_log_clear(struct modem_log *log);

#endif
