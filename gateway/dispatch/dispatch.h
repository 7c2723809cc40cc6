// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_DISPATCH_DISPATCH_H
#define KABARI_DISPATCH_DISPATCH_H

#include "alarm/alarm.h"
#include "base/clock.h"
#include "base/err.h"
#include "campaign/campaign.h"
#include "config/config.h"
#include "link/link.h"
#include "outbox/outbox.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which message, which modem, when. Holds one link per configured modem, keeps
 * each busy within its pace, asks the gate just before a campaign's message
 * leaves, and judges what comes back.
 */

struct event_base;
struct dispatch;

/** What comes from modems and is not dispatch's: a room to its right takes it.
 *  Return KB_OK and the SMS is deleted from the SIM after the commit. */
struct dispatch_events {
    void *arg;
    enum kb_err (*on_inbound)(void *arg, const char *modem, const char *sim,
        const struct link_inbound *sms);
    /** The same for what the driver could not read. */
    enum kb_err (*on_poison)(void *arg, const char *modem, const char *sim,
        const struct link_poison *poison);
    void (*on_call)(void *arg, const char *modem, const char *number);
};

struct dispatch_rooms {
    struct event_base *base;
    struct store *store;
    const struct clock *clock;
    const struct config *config;
    struct alarms *alarms; /* NULL: nobody is told */
    struct outbox *outbox;
    struct campaigns *campaigns;
    const char *worker_path;  /* kabari-modem */
    const bool *clock_behind; /* while true, only answers go out */
};

KB_MUST_USE enum kb_err dispatch_open(const struct dispatch_rooms *rooms,
    const struct dispatch_events *events, struct dispatch **out);

/** Recovers the outbox, then starts the modems' workers. */
KB_MUST_USE enum kb_err dispatch_start(struct dispatch *dispatch);

/** Something may have become due: at the end of the loop's turn all modems are
 *  looked at and the turn's transaction is committed. Cheap; call it freely. */
void dispatch_kick(struct dispatch *dispatch);

/** Once a second: rates, and messages that became due. */
void dispatch_tick(struct dispatch *dispatch);

/** No new submits; calls done once every modem is idle or after limit_ms, when
 *  a submit unanswered by then is unknown. */
void dispatch_stop(struct dispatch *dispatch, int64_t limit_ms,
    void (*done)(void *arg), void *arg);

/** Ends all workers at once. NULL is fine. */
void dispatch_close(struct dispatch *dispatch);

/** A new configuration: modems that went are stopped, new ones started,
 *  changed ones restarted; the others go on undisturbed. KB_BUSY: some are
 *  sending; they finish first, by their old configuration, which must live on
 *  until the next call. */
KB_MUST_USE enum kb_err dispatch_use(
    struct dispatch *dispatch, const struct config *config);

/** All sending but answers: `kabari pause` and `kabari resume`; kept over a
 *  restart. */
KB_MUST_USE enum kb_err dispatch_pause(struct dispatch *dispatch, bool paused);
bool dispatch_paused(const struct dispatch *dispatch);

/** starting, ready, sending, limited, no_network, no_sim, parked, absent,
 *  hung, paused, quarantined. */
struct dispatch_modem {
    char name[32];
    char state[16];
    int64_t since_at_ms;
    char limited_by[160]; /* what holds it now, in words; "" : nothing */
    int signal_percent;   /* -1: not known */
    int signal_dbm;       /* 0: not known */
    int queued;           /* claimed for it or under way */
    int64_t sent_today;   /* parts */
    int64_t sent_total;   /* parts since the daemon started */
    int64_t failed_total;
    int64_t unknown_total;
    int64_t inbound_total;
    char last_error[160];
    int64_t last_error_at_ms; /* 0: there was none */
    char device[256];
    char operator_name[32]; /* configured */
    char network[64];       /* as the modem says */
    bool credit_known;
    int64_t credit;           /* rupiah, where known */
    int32_t credit_until_day; /* INT32_MIN: not known */
    int64_t credit_at_ms;     /* when it was asked for; 0: never */
    int64_t credit_out_at_ms; /* when it will be used up as things go; 0 */
    char advice[160];         /* what to do about last_error; "" : nothing */
    char use[8];              /* all, bulk, answers, test */
    int64_t sent_hour;        /* parts, this hour on the clock */
    int64_t sent_minute;      /* parts, in the last whole minute */
    int creg;                 /* -1: not known */
    int report_percent;       /* of the last 20 that should have one; -1 */
    char memory_full
        [64]; /* how full SIM and modem are, where one is full; "" : not */
    int64_t loop_at_ms; /* the last loop test that came back; 0 */
    struct link_identity identity;
    char quirks[64]; /* the quirk files that count, joined with +; "" : none */

    /* Another SIM than before, which dispatch_modem_accept() would take: its
     * IMSI, or ICCID where that is not told. */
    struct {
        char now[32];    /* "" : none */
        char before[32]; /* "" : never another */
        char owner[32];  /* the modem of which it is known; "" : none */
    } other_sim;
};

size_t dispatch_modem_count(const struct dispatch *dispatch);
/** KB_OK or KB_NOT_FOUND. */
KB_MUST_USE enum kb_err dispatch_modem_at(
    const struct dispatch *dispatch, size_t i, struct dispatch_modem *out);
KB_MUST_USE enum kb_err dispatch_modem_find(const struct dispatch *dispatch,
    const char *name, struct dispatch_modem *out);

/** One modem: no submits until resumed; kept over a restart. */
KB_MUST_USE enum kb_err dispatch_modem_pause(
    struct dispatch *dispatch, const char *name, bool paused);
/** Restarts the worker; lifts parked. */
KB_MUST_USE enum kb_err dispatch_modem_reset(
    struct dispatch *dispatch, const char *name);

/** The modem's log: lines numbered from 1, the last 1,000 are kept, of
 *  each of many modems fewer. Calls fn for each line after `after`, oldest
 *  first. */
typedef void dispatch_log_fn(
    void *arg, int64_t number, int64_t at_ms, const char *line);
KB_MUST_USE enum kb_err dispatch_modem_log(const struct dispatch *dispatch,
    const char *name, int64_t after, dispatch_log_fn *fn, void *arg);

/** The last AT exchanges, numbers, texts and PINs masked, oldest first; see
 *  link_at_log(). */
typedef void dispatch_at_fn(void *arg, int64_t at_ms, const char *line);
KB_MUST_USE enum kb_err dispatch_modem_at_log(const struct dispatch *dispatch,
    const char *name, dispatch_at_fn *fn, void *arg);

/** What goes to the network by USSD; borrowed. */
struct dispatch_ussd_ask {
    const char *code;
    int64_t dialogue; /* 0: the code begins one; else what
                         dispatch_ussd_dialogue() gave: a reply to its menu */
    bool hold;        /* a menu that comes (status 1) stays open for a minute;
                         else it is cancelled at once, never replied to */
};

/** done is called once with the answer or with NULL and the reason.
 *  KB_NOT_FOUND; KB_BUSY while another dialogue is under way; KB_REFUSED for a
 *  reply to a menu that has ended; KB_CLOSED. */
typedef void dispatch_ussd_fn(
    void *arg, const struct link_ussd *answer, const char *why);
KB_MUST_USE enum kb_err dispatch_ussd(struct dispatch *dispatch,
    const char *name, const struct dispatch_ussd_ask *ask,
    dispatch_ussd_fn *done, void *arg);

/** The dialogue whose menu is held open; 0: there is none. */
int64_t dispatch_ussd_dialogue(
    const struct dispatch *dispatch, const char *name);
/** Ends a menu that is held open; KB_OK also where there is none. */
KB_MUST_USE enum kb_err dispatch_ussd_end(
    struct dispatch *dispatch, const char *name);

/** The SIM that is in the modem now belongs there: it may send from now on.
 *  KB_OK, KB_NOT_FOUND; KB_REFUSED (with why) where the configuration names
 *  another SIM, or another modem has this one. */
KB_MUST_USE enum kb_err dispatch_modem_accept(
    struct dispatch *dispatch, const char *name, struct why *why);

/** How a modem did over five minutes (an hour, two days and more ago). */
struct dispatch_sample {
    int64_t at_ms;
    char state[16];
    int signal_percent; /* -1: not known */
    int creg;           /* 3GPP TS 27.007 §7.2 <stat>; -1: not known */
    char network[64];
    bool credit_known;
    int64_t credit; /* rupiah */
    int64_t sent;   /* parts, in that time */
    int64_t failed;
};

typedef void dispatch_sample_fn(
    void *arg, const struct dispatch_sample *sample);
/** Oldest first. KB_OK or KB_NOT_FOUND. */
KB_MUST_USE enum kb_err dispatch_modem_history(const struct dispatch *dispatch,
    const char *name, int64_t since_ms, dispatch_sample_fn *fn, void *arg);

/** Where a queued message would go now, and why, in words. */
void dispatch_route(struct dispatch *dispatch,
    const struct outbox_message *message, char *reason, size_t bytes);

/** Messages a minute over the last minute, for `status`. */
struct dispatch_rates {
    int64_t sent_minute;
    int64_t inbound_minute;
};
struct dispatch_rates dispatch_rates(const struct dispatch *dispatch);

/** The newest time stamp that the network gave (TP-SCTS). */
struct dispatch_network_time {
    int64_t at_ms;      /* 0: none yet */
    int64_t ahead_ms;   /* of this machine's clock when it came */
    int64_t at_mono_ms; /* when that was, by the clock that nobody sets */
};
struct dispatch_network_time dispatch_network_time(
    const struct dispatch *dispatch);

/** Why nothing (but answers) goes out now, in words; "" where it may. */
void dispatch_hold_reason(
    const struct dispatch *dispatch, char *out, size_t out_bytes);

#endif
