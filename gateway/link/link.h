// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_LINK_LINK_H
#define KABARI_LINK_LINK_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One modem's worker process as the gateway sees it: started, watched, killed
 * when an operation overruns the budget that it announced, and restarted with
 * back-off. The worker is treated as hostile: a malformed, oversized or
 * unexpected frame ends it, never the gateway.
 *
 * Every accepted link_submit() gets exactly one on_result, whatever happens to
 * the worker: when it dies, the stage that it marked in the page shared with
 * the gateway says whether the PDU may have left.
 */

struct event_base;
struct link;
struct quirk;
struct quirks;

/** What the worker must know of its modem; strings are borrowed for
 *  link_new(), which copies them. */
struct link_modem {
    const char *name;       /* 1..31 bytes */
    const char *device;     /* path */
    const char *connection; /* libGammu's, such as "dku2at" */
    const char *pin;        /* "" where none */
    bool pin_tried;         /* it was not accepted: not before a link_reset() */
    int pause_ms;           /* cap on libGammu's long pauses; -1: its own */
    int send_timeout_s;
    bool reports;  /* ask for delivery reports */
    bool pty_only; /* rehearsal: refuse what is not a pseudo-terminal */
    /* Names of quirk files and features of libGammu, joined with commas; "": by
       what the modem says it is. */
    const char *quirks;
    struct quirks *quirk_files; /* counted; NULL: none */
    /* What cuts the modem's power for a moment (uhubctl, a GPIO): the words of
       a command, each behind the other with its NUL, an empty one last; NULL:
       there is none. It runs without a shell. */
    const char *power_command;
    int power_timeout_s;
    /* After so many failures in a row that nothing helped against; 0: 8. */
    int quarantine_after;
};

/** Watchdog budgets in milliseconds of real time, each at least 1,000. */
struct link_budgets {
    int64_t init_ms;
    int64_t send_ms;
    int64_t scan_ms;
    int64_t ussd_ms;
    int64_t other_ms;
};

/** Which of the modem's states the link itself can see. */
enum link_state {
    LINK_STARTING,   /* no worker yet, or it initialises */
    LINK_READY,      /* takes a submit */
    LINK_NO_NETWORK, /* CREG is not 1 or 5 */
    LINK_NO_SIM,
    LINK_PARKED, /* PIN or PUK wanted or wrong: an operator must act */
    LINK_ABSENT, /* the device is not there or is no modem; retried */
    LINK_HUNG,   /* killed at its budget; restarted after a back-off */
    /* Restarts, an AT reset and the power command did not help: an operator
       should look. Tried once an hour, and at once when it is replugged. */
    LINK_QUARANTINED
};

/** "starting", "ready", … as INTERFACE names a modem's states. */
const char *link_state_name(enum link_state state);

enum link_coding {
    LINK_GSM7,
    LINK_UCS2,
    LINK_8BIT
};

/** One SMS-SUBMIT: one part of a message. Strings are borrowed. */
struct link_submit {
    uint64_t token;   /* comes back in the result; never 0 */
    const char *to;   /* "+62…" or a short code */
    const char *text; /* this part's text, UTF-8 */
    enum link_coding coding;
    uint8_t udh_ref;    /* the parts' common reference */
    uint8_t udh_parts;  /* 1: no user data header */
    uint8_t udh_part;   /* 1.. */
    int64_t validity_s; /* 0: the SMSC's own; rounded up to TP-VP's steps */
    bool report;
};

enum link_outcome {
    LINK_SENT,     /* +CMGS with a TP-MR */
    LINK_NOT_SENT, /* provably nothing was accepted: may be queued again */
    LINK_REJECTED, /* the network or modem refused; code says why */
    LINK_UNKNOWN   /* the PDU may have left; nobody knows */
};

struct link_result {
    uint64_t token;
    enum link_outcome outcome;
    int tp_mr; /* 0..255 with LINK_SENT, else -1 */
    int code;  /* +CMS code with LINK_REJECTED, -1 for a bare ERROR or none */
    int cme;   /* the +CME code that the modem really gave, -1: none */
    int64_t took_ms;
    char reason[128]; /* in words, for people */
};

/** One SMS-DELIVER as it came, borrowed for the call. */
struct link_inbound {
    uint64_t token; /* for link_inbound_done() */
    const char *from;
    const char *text;   /* UTF-8; "" where it is binary */
    const char *raw;    /* hex of the user data, "" where not known */
    int64_t smsc_at_ms; /* TP-SCTS; 0 where unreadable */
    enum link_coding coding;
    int message_class; /* 0..3, -1: none */
    bool alphanumeric; /* the sender is a name, not a number */
    int udh_ref;       /* -1 where it is a single SMS; 8- or 16-bit */
    int udh_parts;
    int udh_part;
};

/** One SMS-STATUS-REPORT, borrowed for the call. */
struct link_report {
    uint64_t token; /* for link_inbound_done() */
    const char *to; /* TP-RA */
    int tp_mr;      /* 0..255 */
    int tp_st;      /* 3GPP TS 23.040 §9.2.3.15 */
    int64_t smsc_at_ms;
    int64_t discharge_at_ms;
};

/** An SMS or report that libGammu cannot read, borrowed for the call: to be
 *  kept as it is, then link_inbound_done(). */
struct link_poison {
    uint64_t token;
    const char *memory; /* "SM", "ME", "SR" */
    int place;
    const char *pdu; /* hex, the SMSC's address first; as the modem gave it */
    const char *why; /* in words */
};

struct link_identity {
    char imei[32];
    char imsi[32];
    char iccid[32]; /* the card's own number; "" : not told */
    char smsc[32];
    char model[64];
    char manufacturer[64];
    bool usleep_override;  /* whether the pause cap is in effect */
    bool incoming_by_poll; /* CNMI was refused: the SIM is polled */
};

struct link_ussd {
    const char *text;
    int status; /* +CUSD m: 0 done, 1 answer wanted, 2 ended, 4 …; -1 failed */
};

/** What the link tells its owner; called from the loop, never from inside a
 *  link_ call. A NULL member is skipped. */
struct link_events {
    void *arg;
    void (*on_state)(void *arg, enum link_state state, const char *why);
    void (*on_identity)(void *arg, const struct link_identity *identity);
    void (*on_result)(void *arg, const struct link_result *result);
    void (*on_inbound)(void *arg, const struct link_inbound *sms);
    void (*on_report)(void *arg, const struct link_report *report);
    void (*on_poison)(void *arg, const struct link_poison *poison);
    void (*on_call)(void *arg, const char *number);
    void (*on_signal)(void *arg, int percent, int dbm);
    void (*on_network)(void *arg, int creg, const char *network);
    /** Whether a memory for SMS is full, so that nothing more comes in, and how
     *  full they are in words; when it changes, and by each new worker. */
    void (*on_memory)(void *arg, bool full, const char *use);
    void (*on_ussd)(void *arg, const struct link_ussd *answer);
    void (*on_log)(void *arg, const char *line); /* no personal data in it */
    /** true: the PIN goes to the SIM now; false: it was right. To be kept, so
     *  that no restart tries a wrong one until the SIM is blocked. */
    void (*on_pin)(void *arg, bool tried);
};

/** Where kabari-modem is: beside this program's executable, else in installed,
 *  a folder. */
void link_find_worker(const char *installed, char *out, size_t out_bytes);

/** Makes a link; the worker starts with link_start().
 *  worker_path: the kabari-modem executable. */
struct link *link_new(struct event_base *base, const char *worker_path,
    const struct link_modem *modem, const struct link_budgets *budgets,
    const struct link_events *events);

/** Ends the worker at once (SIGKILL) and reaps it; a submit under way gets no
 *  result any more. NULL is fine. */
void link_free(struct link *link);

/** Starts the worker; failures come as LINK_ABSENT and are retried. */
void link_start(struct link *link);

/** Closes the channel: the worker finishes what it is in and leaves. */
void link_stop(struct link *link);

/** True once the worker is gone after link_stop(). */
bool link_stopped(const struct link *link);

/** Ends the worker and starts a fresh one at once (modem reset). */
void link_reset(struct link *link);

enum link_state link_state(const struct link *link);

/** What is odd about this make; never NULL, valid until the link's next event.
 *  Before the modem has said what it is: what its configuration names. */
const struct quirk *link_quirk(const struct link *link);

/** Another set of quirk files (counted), from the next worker on. */
void link_use_quirks(struct link *link, struct quirks *quirks);

/** Calls fn for each line of the last AT exchanges, oldest first, numbers,
 *  texts and PINs masked; also those of workers that are gone. mono_ms is on
 *  clock_mono_ms(). See at_log.h. */
typedef void link_at_fn(void *arg, int64_t mono_ms, const char *line);
void link_at_log(const struct link *link, link_at_fn *fn, void *arg);

/**
 * Hands one part to the modem.
 *
 * @return KB_OK (one on_result follows); KB_BUSY while another submit is under
 *         way; KB_CLOSED while the modem is not ready; KB_INVALID for a part
 *         that does not fit one SMS.
 */
KB_MUST_USE enum kb_err link_submit(
    struct link *link, const struct link_submit *submit);

/** An inbound SMS or report is committed: the worker may delete it from the
 *  SIM. A token of a worker that is gone is ignored: the new one reads the SMS
 *  again. */
void link_inbound_done(struct link *link, uint64_t token);

/** Starts or continues a USSD dialogue; the answer comes as on_ussd.
 *  @return KB_OK, KB_BUSY, KB_CLOSED. */
KB_MUST_USE enum kb_err link_ussd(struct link *link, const char *code);

/** Ends an open USSD session; harmless where there is none. */
void link_ussd_cancel(struct link *link);

#endif
