// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_LINK_WIRE_H
#define KABARI_LINK_WIRE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What gateway and worker say to each other over their socket pair: frames of
 *
 *     length  4 bytes, big-endian, of the payload
 *     version 1 byte, WIRE_VERSION
 *     type    1 byte, enum wire_type
 *     payload the fields of the type's struct below, in its order:
 *             'i' + 8 bytes, big-endian, two's complement; or
 *             't' + 2 bytes length + that many bytes of UTF-8 without NUL
 *
 * Unpacking is strict: an unknown version or type, a field of another kind, a
 * number out of its range, a text too long or not UTF-8, bytes missing or left
 * over are all KB_PROTOCOL. Pure: no I/O, no state.
 */

#define WIRE_VERSION       4
#define WIRE_HEADER_BYTES  6
#define WIRE_PAYLOAD_BYTES 16384 /* the most of one frame */

enum wire_type {
    /* gateway to worker */
    WIRE_CONFIG = 1,  /* first, once: struct wire_config */
    WIRE_SUBMIT,      /* struct wire_submit; one at a time */
    WIRE_DONE,        /* struct wire_done: delete it from the SIM */
    WIRE_USSD,        /* struct wire_ussd */
    WIRE_USSD_CANCEL, /* no payload */
    WIRE_QUIRKS,      /* struct wire_quirks: the answer to a make */
    /* worker to gateway */
    WIRE_OP,       /* struct wire_op: what it begins, before it may block */
    WIRE_STATE,    /* struct wire_state */
    WIRE_PIN,      /* struct wire_pin */
    WIRE_IDENTITY, /* struct wire_identity */
    WIRE_RESULT,   /* struct wire_result; one for each submit */
    WIRE_INBOUND,  /* struct wire_inbound */
    WIRE_REPORT,   /* struct wire_report */
    WIRE_CALL,     /* struct wire_call */
    WIRE_SIGNAL,   /* struct wire_signal */
    WIRE_NETWORK,  /* struct wire_network */
    WIRE_ANSWER,   /* struct wire_answer: of a USSD dialogue */
    WIRE_LOG,      /* struct wire_log */
    WIRE_MAKE,     /* struct wire_make: what the modem says it is */
    WIRE_POISON,   /* struct wire_poison */
    WIRE_MEMORY,   /* struct wire_memory: whether SMS have room */
    WIRE_TYPES     /* how many, plus one */
};

/** Operation classes; each has a budget in struct link_budgets. */
enum wire_operation {
    WIRE_IDLE,
    WIRE_OP_INIT,
    WIRE_OP_SEND, /* never announced: a submit is its own announcement */
    WIRE_OP_SCAN,
    WIRE_OP_USSD,
    WIRE_OP_OTHER,
    WIRE_OPERATIONS
};

/** How the SMS that lie on the SIM are read. */
enum wire_scan {
    WIRE_SCAN_NONE,  /* not at all: even the raw path ended the worker */
    WIRE_SCAN_ALL,   /* every SMS to the quarantine, past libGammu */
    WIRE_SCAN_DRAIN, /* first those that look odd, then as usual */
    WIRE_SCAN_USUAL
};

struct wire_config {
    char name[32];
    char device[256];
    char connection[32];
    char pin[16];   /* "": none, or it must not be tried */
    char reset[48]; /* AT command that starts the modem anew first; "": none */
    int64_t reset_wait_s;
    int64_t pause_ms;
    int64_t send_timeout_s;
    int64_t pty_only;
    int64_t scan;       /* enum wire_scan */
    int64_t unanswered; /* 1: the last submit was; its +CMGS may come yet */
    int64_t last_mr;    /* the last TP-MR known, -1: none */
};

/** What is known of this make; see link/quirk.h. Numbers -1: not said. */
struct wire_quirks {
    char name[64];
    char features[256]; /* libGammu's, joined with commas */
    char init[512];     /* AT commands, one a line */
    char cnmi[24];
    char drop[256]; /* how lines begin that libGammu must not see */
    char connection[24];
    int64_t poll_s;
    int64_t pause_ms;
};

struct wire_make {
    char manufacturer[64];
    char model[64];
    char revision[64];
};

/** An SMS or report that libGammu cannot read, as the modem has it. */
struct wire_poison {
    int64_t token; /* as of an inbound SMS: a done follows */
    char memory[8];
    int64_t place;
    char pdu[1024]; /* hex, SMSC address and TPDU; as it came, at most */
    char why[128];
};

/* Tokens of submits are the gateway's, of inbound SMS the worker's. */
struct wire_submit {
    int64_t token;
    char to[32];
    char text[644]; /* 160 characters of up to 4 bytes */
    int64_t coding; /* enum link_coding */
    int64_t udh_ref;
    int64_t udh_parts;
    int64_t udh_part;
    int64_t validity_s;
    int64_t report;
};

struct wire_done {
    int64_t token;
};

struct wire_ussd {
    char code[184]; /* 3GPP TS 23.038 §6.1.2.3: 182 characters */
};

struct wire_op {
    int64_t operation; /* enum wire_operation */
};

struct wire_state {
    int64_t state; /* enum link_state */
    char why[200];
};

enum wire_pin_step {
    WIRE_PIN_TRYING, /* said before the PIN goes to the SIM */
    WIRE_PIN_ACCEPTED,
    WIRE_PIN_REFUSED
};

struct wire_pin {
    int64_t step; /* enum wire_pin_step */
};

struct wire_identity {
    char imei[32];
    char imsi[32];
    char iccid[32];
    char smsc[32];
    char model[64];
    char manufacturer[64];
    int64_t usleep_override;
    int64_t incoming_by_poll;
};

struct wire_result {
    int64_t token;
    int64_t outcome; /* enum link_outcome */
    int64_t tp_mr;
    int64_t code;
    int64_t cme; /* the modem's own +CME code where it was one, else -1 */
    int64_t took_ms;
    char reason[128];
};

struct wire_inbound {
    int64_t token; /* 1 … 2^31-1, never reused by the same worker */
    char from[64];
    char text[644];
    char raw[288]; /* hex of at most 140 octets */
    int64_t smsc_at_ms;
    int64_t coding;
    int64_t message_class;
    int64_t alphanumeric;
    int64_t udh_ref;
    int64_t udh_parts;
    int64_t udh_part;
};

struct wire_report {
    int64_t token;
    char to[64];
    int64_t tp_mr;
    int64_t tp_st;
    int64_t smsc_at_ms;
    int64_t discharge_at_ms;
};

struct wire_call {
    char number[64];
};

struct wire_signal {
    int64_t percent;
    int64_t dbm;
};

struct wire_network {
    int64_t creg;
    char name[64];
};

struct wire_answer {
    char text[4000]; /* libGammu: 999 characters */
    int64_t status;
};

/** Said when it changes: a full memory takes neither SMS nor reports. */
struct wire_memory {
    int64_t full; /* 1: one of them is */
    char use[64]; /* how full they are, in words */
};

struct wire_log {
    char line[240];
};

/** Any of them; large enough for wire_unpack() of every type. */
union wire_any {
    struct wire_config config;
    struct wire_submit submit;
    struct wire_done done;
    struct wire_ussd ussd;
    struct wire_op op;
    struct wire_state state;
    struct wire_pin pin;
    struct wire_identity identity;
    struct wire_result result;
    struct wire_inbound inbound;
    struct wire_report report;
    struct wire_call call;
    struct wire_signal signal;
    struct wire_network network;
    struct wire_answer answer;
    struct wire_log log;
    struct wire_quirks quirks;
    struct wire_make make;
    struct wire_poison poison;
    struct wire_memory memory;
};

/** A frame found in received bytes; payload is borrowed from them. */
struct wire_frame {
    enum wire_type type;
    const unsigned char *payload;
    size_t payload_bytes;
    size_t frame_bytes; /* with the header */
};

/**
 * Adds one frame.
 *
 * @param message  the struct of that type; NULL where it has no fields. Texts
 *                 in it must be NUL-terminated UTF-8.
 * @return KB_OK; KB_INVALID where the other side would refuse it (out is then
 *         unchanged).
 */
KB_MUST_USE enum kb_err wire_pack(
    struct buf *out, enum wire_type type, const void *message);

/**
 * Looks for a whole frame at the start of received bytes.
 *
 * @return KB_OK; KB_NOT_FOUND while bytes are missing; KB_PROTOCOL.
 */
KB_MUST_USE enum kb_err wire_next(
    const void *data, size_t bytes, struct wire_frame *out);

/**
 * Unpacks a frame's fields into the struct of its type.
 *
 * @param out  filled on KB_OK; zeroed on KB_PROTOCOL.
 */
KB_MUST_USE enum kb_err wire_unpack(
    const struct wire_frame *frame, union wire_any *out);

/** "submit", "result", …; "?" where there is no such type. */
const char *wire_type_name(enum wire_type type);

/** "scan", "init", …; "?" where there is no such operation. */
const char *wire_operation_name(enum wire_operation operation);

#endif
