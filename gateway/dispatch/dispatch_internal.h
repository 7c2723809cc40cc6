// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_DISPATCH_DISPATCH_INTERNAL_H
#define KABARI_DISPATCH_DISPATCH_INTERNAL_H

#include "dispatch/dispatch.h"
#include "dispatch/verdict.h"

#include <event2/event.h>

#include <sys/queue.h>

#define MODEM_LOG_LINES 1000

/** The last lines of a modem's log, numbered from 1. */
struct modem_log {
    struct {
        int64_t at_ms;
        char *line;
    } slot[MODEM_LOG_LINES];

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
    int64_t id;
    int part;
    int parts;
    char reason[160];
    struct outbox_result result;
    int64_t took_ms;
    struct outbox_message next_part; /* the message, while parts are left */
};

struct modem {
    TAILQ_ENTRY(modem) entry;
    struct dispatch *dispatch;
    char name[32];
    char sim[32];                      /* IMSI, else the modem's name */
    const struct config_modem *config; /* borrowed; replaced at a reload */
    char *fingerprint; /* of the options that need a new worker */
    struct link *link;
    bool paused;
    bool parked;           /* by an error class, until a reset */
    int64_t trial_mono_ms; /* parked until then; 0: until a reset */
    int64_t refused_id;    /* the message that the network refused this SIM */
    int64_t given_back_id; /* the message that it could not send last */
    int failures;          /* in a row: the back-off's exponent */
    int64_t backoff_until_mono_ms;
    int64_t last_submit_at_ms; /* on the gateway's clock */
    int32_t sent_day;
    int sent_today;
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
    int64_t balance_at_ms;      /* when the credit is asked for next */
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

struct dispatch {
    struct dispatch_rooms rooms;
    struct dispatch_events events;
    struct balance_rules *balance_rules; /* NULL: none */
    struct quirks *quirks;               /* NULL: none */
    struct modem_list modems;
    struct incoming_list incoming;
    size_t modem_count;
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
bool modem_limit_reached(const struct modem *modem);
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

/* submit.c */
/** Settles what came back, then submits or claims what may go. */
void modem_pump(struct modem *modem);
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
void modem_claim_next(struct modem *modem, enum msg_class least);
/** The same until one may leave now. @return true to submit modem->next. */
bool modem_choose_next(struct modem *modem, enum msg_class least);

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
void modem_log_add(struct modem_log *log, int64_t at_ms, const char *line);
void modem_log_clear(struct modem_log *log);

#endif
