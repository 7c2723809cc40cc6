// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/wire.h"

#include "base/str.h"
#include "link/link.h"

#include <string.h>

#define SECONDS_MOST INT64_C(100000000)

enum kind {
    INTEGER = 'i',
    TEXT = 't'
};

struct field {
    enum kind kind;
    size_t offset;
    size_t bytes; /* a text's room with its NUL */
    int64_t least;
    int64_t most;
};

struct layout {
    const char *name;
    const struct field *fields;
    size_t count;
};

#define INT(type, member, low, high)                                           \
    {                                                                          \
        INTEGER, offsetof(struct type, member), 0, low, high                   \
    }
#define STR(type, member)                                                      \
    {                                                                          \
        TEXT, offsetof(struct type, member),                                   \
            sizeof(((struct type *)NULL)->member), 0, 0                        \
    }

static const struct field config_fields[] = {
    STR(wire_config, name),
    STR(wire_config, device),
    STR(wire_config, connection),
    STR(wire_config, pin),
    STR(wire_config, reset),
    INT(wire_config, reset_wait_s, 0, 600),
    INT(wire_config, pause_ms, -1, 60000),
    INT(wire_config, send_timeout_s, 1, 3600),
    INT(wire_config, pty_only, 0, 1),
    INT(wire_config, scan, WIRE_SCAN_NONE, WIRE_SCAN_USUAL),
    INT(wire_config, unanswered, 0, 1),
    INT(wire_config, last_mr, -1, 255),
};

static const struct field submit_fields[] = {
    INT(wire_submit, token, 1, INT64_MAX),
    STR(wire_submit, to),
    STR(wire_submit, text),
    INT(wire_submit, coding, LINK_GSM7, LINK_UCS2),
    INT(wire_submit, udh_ref, 0, 255),
    INT(wire_submit, udh_parts, 1, 255),
    INT(wire_submit, udh_part, 1, 255),
    INT(wire_submit, validity_s, 0, SECONDS_MOST),
    INT(wire_submit, report, 0, 1),
};

static const struct field done_fields[] = {
    INT(wire_done, token, 1, INT32_MAX),
};

static const struct field ussd_fields[] = {
    STR(wire_ussd, code),
};

static const struct field op_fields[] = {
    INT(wire_op, operation, WIRE_IDLE, WIRE_OPERATIONS - 1),
};

static const struct field state_fields[] = {
    INT(wire_state, state, LINK_STARTING, LINK_HUNG),
    STR(wire_state, why),
};

static const struct field pin_fields[] = {
    INT(wire_pin, step, WIRE_PIN_TRYING, WIRE_PIN_REFUSED),
};

static const struct field identity_fields[] = {
    STR(wire_identity, imei),
    STR(wire_identity, imsi),
    STR(wire_identity, iccid),
    STR(wire_identity, smsc),
    STR(wire_identity, model),
    STR(wire_identity, manufacturer),
    INT(wire_identity, usleep_override, 0, 1),
    INT(wire_identity, incoming_by_poll, 0, 1),
};

static const struct field result_fields[] = {
    INT(wire_result, token, 1, INT64_MAX),
    INT(wire_result, outcome, LINK_SENT, LINK_UNKNOWN),
    INT(wire_result, tp_mr, -1, 255),
    INT(wire_result, code, -1, 9999),
    INT(wire_result, cme, -1, 9999),
    INT(wire_result, took_ms, 0, INT64_MAX),
    STR(wire_result, reason),
};

static const struct field inbound_fields[] = {
    INT(wire_inbound, token, 1, INT32_MAX),
    STR(wire_inbound, from),
    STR(wire_inbound, text),
    STR(wire_inbound, raw),
    INT(wire_inbound, smsc_at_ms, 0, INT64_MAX),
    INT(wire_inbound, coding, LINK_GSM7, LINK_8BIT),
    INT(wire_inbound, message_class, -1, 3),
    INT(wire_inbound, alphanumeric, 0, 1),
    INT(wire_inbound, udh_ref, -1, 65535),
    INT(wire_inbound, udh_parts, 0, 255),
    INT(wire_inbound, udh_part, 0, 255),
};

static const struct field report_fields[] = {
    INT(wire_report, token, 1, INT32_MAX),
    STR(wire_report, to),
    INT(wire_report, tp_mr, 0, 255),
    INT(wire_report, tp_st, 0, 255),
    INT(wire_report, smsc_at_ms, 0, INT64_MAX),
    INT(wire_report, discharge_at_ms, 0, INT64_MAX),
};

static const struct field call_fields[] = {
    STR(wire_call, number),
};

static const struct field signal_fields[] = {
    INT(wire_signal, percent, -1, 100),
    INT(wire_signal, dbm, -200, 0),
};

static const struct field network_fields[] = {
    INT(wire_network, creg, -1, 10),
    STR(wire_network, name),
};

static const struct field answer_fields[] = {
    STR(wire_answer, text),
    INT(wire_answer, status, -1, 5),
};

static const struct field log_fields[] = {
    STR(wire_log, line),
};

static const struct field quirks_fields[] = {
    STR(wire_quirks, name),
    STR(wire_quirks, features),
    STR(wire_quirks, init),
    STR(wire_quirks, cnmi),
    STR(wire_quirks, drop),
    STR(wire_quirks, connection),
    INT(wire_quirks, poll_s, -1, 3600),
    INT(wire_quirks, pause_ms, -1, 1000),
};

static const struct field make_fields[] = {
    STR(wire_make, manufacturer),
    STR(wire_make, model),
    STR(wire_make, revision),
};

static const struct field poison_fields[] = {
    INT(wire_poison, token, 1, INT32_MAX),
    STR(wire_poison, memory),
    INT(wire_poison, place, 0, 65535),
    STR(wire_poison, pdu),
    STR(wire_poison, why),
};

static const struct field memory_fields[] = {
    INT(wire_memory, full, 0, 1),
    STR(wire_memory, use),
};

#define FIELDS(table) (table), sizeof(table) / sizeof *(table)

static const struct layout layouts[WIRE_TYPES] = {
    [WIRE_CONFIG] = {"config",      FIELDS(config_fields)},
    [WIRE_SUBMIT] = {"submit",      FIELDS(submit_fields)},
    [WIRE_DONE] = {"done",        FIELDS(done_fields)  },
    [WIRE_USSD] = {"ussd",        FIELDS(ussd_fields)  },
    [WIRE_USSD_CANCEL] = {"ussd_cancel", NULL,                  0},
    [WIRE_QUIRKS] = {"quirks",             FIELDS(quirks_fields)                          },
    [WIRE_OP] = {"op",             FIELDS(op_fields)    },
    [WIRE_STATE] = {"state",             FIELDS(state_fields)                       },
    [WIRE_PIN] = {"pin",             FIELDS(pin_fields)      },
    [WIRE_IDENTITY] = {"identity",             FIELDS(identity_fields)                  },
    [WIRE_RESULT] = {"result",             FIELDS(result_fields)        },
    [WIRE_INBOUND] = {"inbound",             FIELDS(inbound_fields)                 },
    [WIRE_REPORT] = {"report",             FIELDS(report_fields)         },
    [WIRE_CALL] = {"call",             FIELDS(call_fields)                   },
    [WIRE_SIGNAL] = {"signal",             FIELDS(signal_fields)       },
    [WIRE_NETWORK] = {"network",             FIELDS(network_fields)                  },
    [WIRE_ANSWER] = {"answer",             FIELDS(answer_fields)        },
    [WIRE_LOG] = {"log",             FIELDS(log_fields)                     },
    [WIRE_MAKE] = {"make",             FIELDS(make_fields)       },
    [WIRE_POISON] = {"poison",             FIELDS(poison_fields)                   },
    [WIRE_MEMORY] = {"memory",             FIELDS(memory_fields)       },
};

static const struct layout *layout_of(enum wire_type type)
{
    return (int)type > 0 && type < WIRE_TYPES ? &layouts[type] : NULL;
}

const char *wire_type_name(enum wire_type type)
{
    const struct layout *layout = layout_of(type);

    return layout == NULL ? "?" : layout->name;
}

const char *wire_operation_name(enum wire_operation operation)
{
    static const char *const names[WIRE_OPERATIONS] = {
        "idle", "init", "send", "scan", "ussd", "other"};

    return (int)operation >= 0 && operation < WIRE_OPERATIONS ? names[operation]
                                                              : "?";
}

/* --- packing ------------------------------------------------------------- */

static void put_big_endian(unsigned char *out, size_t bytes, uint64_t value)
{
    for (size_t i = bytes; i-- > 0; value >>= 8) {
        out[i] = (unsigned char)(value & 0xff);
    }
}

static uint64_t get_big_endian(const unsigned char *in, size_t bytes)
{
    uint64_t value = 0;

    for (size_t i = 0; i < bytes; i++) {
        value = value << 8 | in[i];
    }
    return value;
}

static int64_t integer_at(const void *message, const struct field *field)
{
    int64_t value = 0;

    memcpy(&value, (const char *)message + field->offset, sizeof value);
    return value;
}

static enum kb_err pack_integer(
    struct buf *out, const struct field *field, const void *message)
{
    int64_t value = integer_at(message, field);
    unsigned char bytes[1 + sizeof value] = {INTEGER};

    if (value < field->least || value > field->most) {
        return KB_INVALID;
    }
    put_big_endian(bytes + 1, sizeof value, (uint64_t)value);
    buf_add(out, bytes, sizeof bytes);
    return KB_OK;
}

static enum kb_err pack_text(
    struct buf *out, const struct field *field, const void *message)
{
    const char *text = (const char *)message + field->offset;
    size_t length = strnlen(text, field->bytes);
    unsigned char head[3] = {TEXT};

    if (length == field->bytes || !str_utf8_valid(text, length)) {
        return KB_INVALID;
    }
    put_big_endian(head + 1, 2, length);
    buf_add(out, head, sizeof head);
    buf_add(out, text, length);
    return KB_OK;
}

static void cut_to(struct buf *out, size_t used)
{
    if (out->data != NULL) {
        out->used = used;
        out->data[used] = '\0';
    }
}

enum kb_err wire_pack(struct buf *out, enum wire_type type, const void *message)
{
    const struct layout *layout = layout_of(type);
    unsigned char header[WIRE_HEADER_BYTES] = {0};
    size_t start = out->used;

    if (layout == NULL) {
        return KB_INVALID;
    }
    buf_add(out, header, sizeof header);
    for (size_t i = 0; i < layout->count; i++) {
        const struct field *field = &layout->fields[i];
        enum kb_err err = field->kind == INTEGER
                              ? pack_integer(out, field, message)
                              : pack_text(out, field, message);

        if (err != KB_OK) {
            cut_to(out, start);
            return err;
        }
    }
    put_big_endian(header, 4, out->used - start - sizeof header);
    header[4] = WIRE_VERSION;
    header[5] = (unsigned char)type;
    memcpy(out->data + start, header, sizeof header);
    return KB_OK;
}

/* --- unpacking ----------------------------------------------------------- */

enum kb_err wire_next(const void *data, size_t bytes, struct wire_frame *out)
{
    const unsigned char *in = data;
    size_t length = 0;

    if (bytes < WIRE_HEADER_BYTES) {
        return KB_NOT_FOUND;
    }
    length = (size_t)get_big_endian(in, 4);
    if (length > WIRE_PAYLOAD_BYTES || in[4] != WIRE_VERSION ||
        layout_of((enum wire_type)in[5]) == NULL) {
        return KB_PROTOCOL;
    }
    if (bytes - WIRE_HEADER_BYTES < length) {
        return KB_NOT_FOUND;
    }
    *out = (struct wire_frame){
        .type = (enum wire_type)in[5],
        .payload = in + WIRE_HEADER_BYTES,
        .payload_bytes = length,
        .frame_bytes = WIRE_HEADER_BYTES + length,
    };
    return KB_OK;
}

struct reader {
    const unsigned char *at;
    size_t left;
};

static const unsigned char *take(struct reader *reader, size_t bytes)
{
    const unsigned char *at = reader->at;

    if (reader->left < bytes) {
        return NULL;
    }
    reader->at += bytes;
    reader->left -= bytes;
    return at;
}

static enum kb_err unpack_integer(
    struct reader *reader, const struct field *field, void *message)
{
    const unsigned char *in = take(reader, sizeof(int64_t));
    int64_t value = 0;

    if (in == NULL) {
        return KB_PROTOCOL;
    }
    value = (int64_t)get_big_endian(in, sizeof value);
    if (value < field->least || value > field->most) {
        return KB_PROTOCOL;
    }
    memcpy((char *)message + field->offset, &value, sizeof value);
    return KB_OK;
}

static enum kb_err unpack_text(
    struct reader *reader, const struct field *field, void *message)
{
    const unsigned char *in = take(reader, 2);
    size_t length = 0;

    if (in == NULL) {
        return KB_PROTOCOL;
    }
    length = (size_t)get_big_endian(in, 2);
    in = take(reader, length);
    if (in == NULL || length >= field->bytes ||
        !str_utf8_valid((const char *)in, length)) {
        return KB_PROTOCOL;
    }
    memcpy((char *)message + field->offset, in, length);
    return KB_OK;
}

static enum kb_err unpack_field(
    struct reader *reader, const struct field *field, void *message)
{
    const unsigned char *kind = take(reader, 1);

    if (kind == NULL || *kind != field->kind) {
        return KB_PROTOCOL;
    }
    return field->kind == INTEGER ? unpack_integer(reader, field, message)
                                  : unpack_text(reader, field, message);
}

enum kb_err wire_unpack(const struct wire_frame *frame, union wire_any *out)
{
    const struct layout *layout = layout_of(frame->type);
    struct reader reader = {frame->payload, frame->payload_bytes};
    enum kb_err err = layout == NULL ? KB_PROTOCOL : KB_OK;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; err == KB_OK && i < layout->count; i++) {
        err = unpack_field(&reader, &layout->fields[i], out);
    }
    if (err == KB_OK && reader.left > 0) {
        err = KB_PROTOCOL;
    }
    if (err != KB_OK) {
        memset(out, 0, sizeof *out);
    }
    return err;
}
