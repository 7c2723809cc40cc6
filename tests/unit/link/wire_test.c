// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/link.h"
#include "link/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct wire_submit sample_submit(void)
{
    return (struct wire_submit){
        .token = INT64_C(0x1122334455667788),
        .to = "+6281200009001",
        .text = "Sayang, KTP Anda sudah jadi € 漢😀",
        .coding = LINK_UCS2,
        .udh_ref = 255,
        .udh_parts = 3,
        .udh_part = 2,
        .validity_s = 86400,
        .report = 1,
    };
}

static struct wire_frame only_frame(const struct buf *buf)
{
    struct wire_frame frame = {0};

    assert_int_equal(wire_next(buf->data, buf->used, &frame), KB_OK);
    assert_int_equal(frame.frame_bytes, buf->used);
    return frame;
}

static void a_submit_survives_the_wire(void **state)
{
    struct wire_submit sent = sample_submit();
    union wire_any got;
    struct wire_frame frame = {0};
    struct buf buf = {0};

    (void)state;
    assert_int_equal(wire_pack(&buf, WIRE_SUBMIT, &sent), KB_OK);
    frame = only_frame(&buf);
    assert_int_equal(frame.type, WIRE_SUBMIT);
    assert_int_equal(wire_unpack(&frame, &got), KB_OK);
    assert_memory_equal(&got.submit, &sent, sizeof sent);
    buf_clear(&buf);
}

static void every_type_survives_the_wire(void **state)
{
    /* Zeros and empty texts, but where the least is 1. */
    static const enum wire_type tokens[] = {
        WIRE_DONE, WIRE_RESULT, WIRE_INBOUND, WIRE_REPORT, WIRE_POISON};

    (void)state;
    for (int type = WIRE_CONFIG; type < WIRE_TYPES; type++) {
        union wire_any sent = {0};
        union wire_any got;
        struct wire_frame frame = {0};
        struct buf buf = {0};

        for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
            if ((int)tokens[i] == type) {
                sent.done.token = 1; /* the first field of each of them */
            }
        }
        if (type == WIRE_SUBMIT) {
            sent.submit = sample_submit();
        }
        if (type == WIRE_CONFIG) {
            sent.config.send_timeout_s = 60;
        }
        assert_int_equal(wire_pack(&buf, (enum wire_type)type, &sent), KB_OK);
        frame = only_frame(&buf);
        assert_int_equal(wire_unpack(&frame, &got), KB_OK);
        assert_memory_equal(&got, &sent, sizeof got);
        buf_clear(&buf);
    }
}

static void a_frame_is_found_only_when_it_is_whole(void **state)
{
    struct wire_submit sent = sample_submit();
    struct wire_frame frame = {0};
    struct buf buf = {0};

    (void)state;
    assert_int_equal(wire_pack(&buf, WIRE_SUBMIT, &sent), KB_OK);
    for (size_t bytes = 0; bytes < buf.used; bytes++) {
        assert_int_equal(wire_next(buf.data, bytes, &frame), KB_NOT_FOUND);
    }
    buf_clear(&buf);
}

static void what_the_other_side_would_refuse_is_not_packed(void **state)
{
    struct wire_submit bad_token = sample_submit();
    struct wire_submit bad_text = sample_submit();
    struct wire_submit endless = sample_submit();
    struct buf buf = {0};

    (void)state;
    bad_token.token = 0;
    (void)snprintf(bad_text.text, sizeof bad_text.text, "\xff");
    memset(endless.to, '1', sizeof endless.to);
    buf_add_text(&buf, "before");
    assert_int_equal(wire_pack(&buf, WIRE_SUBMIT, &bad_token), KB_INVALID);
    assert_int_equal(wire_pack(&buf, WIRE_SUBMIT, &bad_text), KB_INVALID);
    assert_int_equal(wire_pack(&buf, WIRE_SUBMIT, &endless), KB_INVALID);
    assert_string_equal(buf.data, "before");
    buf_clear(&buf);
}

static enum kb_err refused(const struct buf *buf)
{
    union wire_any got;
    struct wire_frame frame = {0};
    enum kb_err err = wire_next(buf->data, buf->used, &frame);

    return err == KB_OK ? wire_unpack(&frame, &got) : err;
}

static void a_frame_of_another_version_or_type_is_refused(void **state)
{
    const unsigned char frames[][WIRE_HEADER_BYTES] = {
        {0,    0,    0,    0,    WIRE_VERSION + 1, WIRE_USSD_CANCEL},
        {0,    0,    0,    0,    WIRE_VERSION,     0               },
        {0,    0,    0,    0,    WIRE_VERSION,     WIRE_TYPES      },
        {0,    0,    0x40, 1,    WIRE_VERSION,     WIRE_LOG        },
        {0xff, 0xff, 0xff, 0xff, WIRE_VERSION,     WIRE_LOG        },
    };

    (void)state;
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        struct wire_frame frame = {0};

        assert_int_equal(
            wire_next(frames[i], sizeof frames[i], &frame), KB_PROTOCOL);
    }
}

static void left_overs_and_missing_bytes_are_refused(void **state)
{
    struct wire_done done = {7};
    struct buf buf = {0};

    (void)state;
    assert_int_equal(wire_pack(&buf, WIRE_DONE, &done), KB_OK);
    assert_int_equal(refused(&buf), KB_OK);
    buf_add(&buf, "x", 1);
    buf.data[3]++; /* one byte behind the last field */
    assert_int_equal(refused(&buf), KB_PROTOCOL);
    buf.used -= 2;
    buf.data[3] = (char)(buf.data[3] - 2); /* the last field one byte short */
    assert_int_equal(refused(&buf), KB_PROTOCOL);
    buf_clear(&buf);
}

static void a_number_out_of_its_range_is_refused(void **state)
{
    struct wire_op op = {WIRE_OP_SCAN};
    struct buf buf = {0};

    (void)state;
    assert_int_equal(wire_pack(&buf, WIRE_OP, &op), KB_OK);
    buf.data[buf.used - 1] = WIRE_OPERATIONS;
    assert_int_equal(refused(&buf), KB_PROTOCOL);
    buf_clear(&buf);
}

static void a_text_too_long_or_not_utf8_is_refused(void **state)
{
    struct wire_call call = {"+6281200009001"};
    struct wire_log line = {""};
    struct buf buf = {0};

    (void)state;
    assert_int_equal(wire_pack(&buf, WIRE_CALL, &call), KB_OK);
    buf.data[buf.used - 1] = '\xc3';
    assert_int_equal(refused(&buf), KB_PROTOCOL);
    buf.data[buf.used - 1] = '\0';
    assert_int_equal(refused(&buf), KB_PROTOCOL);
    buf_clear(&buf);

    /* A log line may be longer than a number: as a call it does not fit. */
    memset(line.line, 'a', sizeof call.number);
    assert_int_equal(wire_pack(&buf, WIRE_LOG, &line), KB_OK);
    buf.data[5] = WIRE_CALL;
    assert_int_equal(refused(&buf), KB_PROTOCOL);
    buf_clear(&buf);
}

static void random_bytes_never_lead_out_of_bounds(void **state)
{
    /* The sanitizers watch; the bytes are of exact size, on the heap. */
    (void)state;
    srandom(20160930);
    for (int round = 0; round < 20000; round++) {
        struct wire_submit sent = sample_submit();
        struct buf buf = {0};
        size_t bytes = 0;
        unsigned char *exact = NULL;
        struct wire_frame frame = {0};
        union wire_any got;

        assert_int_equal(wire_pack(&buf, WIRE_SUBMIT, &sent), KB_OK);
        for (long flips = random() % 6; flips >= 0; flips--) {
            buf.data[(size_t)random() % buf.used] = (char)random();
        }
        bytes = (size_t)random() % (buf.used + 1);
        exact = malloc(bytes + 1);
        assert_non_null(exact);
        memcpy(exact, buf.data, bytes);
        if (wire_next(exact, bytes, &frame) == KB_OK &&
            wire_unpack(&frame, &got) == KB_OK) {
            assert_in_range(frame.frame_bytes, WIRE_HEADER_BYTES, bytes);
        }
        free(exact);
        buf_clear(&buf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_submit_survives_the_wire),
        cmocka_unit_test(every_type_survives_the_wire),
        cmocka_unit_test(a_frame_is_found_only_when_it_is_whole),
        cmocka_unit_test(what_the_other_side_would_refuse_is_not_packed),
        cmocka_unit_test(a_frame_of_another_version_or_type_is_refused),
        cmocka_unit_test(left_overs_and_missing_bytes_are_refused),
        cmocka_unit_test(a_number_out_of_its_range_is_refused),
        cmocka_unit_test(a_text_too_long_or_not_utf8_is_refused),
        cmocka_unit_test(random_bytes_never_lead_out_of_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
