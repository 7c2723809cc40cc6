// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "modems/sim/gsm7.h"
#include "modems/sim/tpdu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct sim_submit parsed(const char *hex)
{
    struct sim_pdu pdu = {0};
    struct sim_submit submit = {0};

    assert_int_equal(sim_pdu_from_hex(hex, strlen(hex), &pdu), KB_OK);
    assert_int_equal(sim_submit_parse(&pdu, &submit, NULL), KB_OK);
    return submit;
}

static const char *refused(const char *hex)
{
    struct sim_pdu pdu = {0};
    struct sim_submit submit = {0};
    const char *cause = NULL;

    assert_int_equal(sim_pdu_from_hex(hex, strlen(hex), &pdu), KB_OK);
    assert_int_equal(sim_submit_parse(&pdu, &submit, &cause), KB_INVALID);
    return cause;
}

/* The best known PDU of all: "hellohello" to +46708251358. */
static void a_known_submit_is_read(void **state)
{
    struct sim_submit submit =
        parsed("0011000B916407281553F80000AA0AE8329BFD4697D9EC37");

    (void)state;
    assert_string_equal(submit.to, "+46708251358");
    assert_string_equal(submit.text, "hellohello");
    assert_int_equal(submit.coding, SIM_CODING_GSM7);
    assert_int_equal(submit.validity_min, 4 * 24 * 60);
    assert_false(submit.report_asked);
    assert_false(submit.has_smsc);
    assert_int_equal(submit.parts, 1);
    assert_int_equal(submit.concat_ref, -1);
}

static void a_report_request_and_a_header_are_seen(void **state)
{
    struct sim_submit submit =
        parsed("0061000D91261802009000F100080C0500036A0201D83DDE000041");

    (void)state;
    assert_true(submit.report_asked);
    assert_string_equal(submit.to, "+6281200009001");
    assert_int_equal(submit.concat_ref, 0x6a);
    assert_int_equal(submit.part, 1);
    assert_int_equal(submit.parts, 2);
    assert_string_equal(submit.text, "\xf0\x9f\x98\x80"
                                     "A");
}

static void a_submit_that_lies_is_refused(void **state)
{
    (void)state;
    /* one octet too few, one too many, a deliver, a header beyond its data */
    assert_non_null(refused("0011000B916407281553F80000AA0AE8329BFD4697D9EC"));
    assert_non_null(
        refused("0011000B916407281553F80000AA0AE8329BFD4697D9EC3700"));
    assert_non_null(refused("0004000B916407281553F80000AA0AE8329BFD4697D9EC"));
    assert_non_null(refused("0041000B916407281553F8000402FF00"));
    /* no digits at all, 21 digits, user data of 141 octets claimed */
    assert_non_null(refused("001100009100000000"));
    assert_non_null(refused("0001001591123456789012345678901200000141"));
    assert_non_null(refused("0001000B916407281553F80004"
                            "8D"));
    assert_non_null(refused(""));
}

static void odd_or_foreign_hex_is_refused(void **state)
{
    struct sim_pdu pdu = {0};

    (void)state;
    assert_int_equal(sim_pdu_from_hex("ABC", 3, &pdu), KB_INVALID);
    assert_int_equal(sim_pdu_from_hex("AG", 2, &pdu), KB_INVALID);
    assert_int_equal(sim_pdu_from_hex("abCD", 4, &pdu), KB_OK);
    assert_int_equal(pdu.data[1], 0xcd);
}

static void every_septet_survives_packing_at_every_offset(void **state)
{
    uint8_t in[160] = {0};
    uint8_t out[160] = {0};
    uint8_t octets[142] = {0};

    (void)state;
    for (unsigned skip = 0; skip < 7; skip++) {
        for (size_t i = 0; i < sizeof in; i++) {
            in[i] = (uint8_t)((i * 7 + skip) % 128);
        }
        assert_int_equal(
            sim_gsm7_pack(in, 160, skip, octets), (skip + 1120 + 7) / 8);
        sim_gsm7_unpack(octets, skip, out, 160);
        assert_memory_equal(in, out, sizeof in);
    }
}

static void every_character_of_the_alphabet_finds_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 128; i++) {
        uint8_t septets[2] = {0};

        if (i == SIM_GSM7_ESCAPE) {
            continue;
        }
        assert_int_equal(sim_gsm7_put(sim_gsm7_char((uint8_t)i), septets), 1);
        assert_int_equal(septets[0], i);
    }
}

static void the_euro_takes_two_septets(void **state)
{
    uint8_t septets[2] = {0};
    char text[8] = {0};

    (void)state;
    assert_int_equal(sim_gsm7_put(0x20ac, septets), 2);
    assert_int_equal(septets[1], 0x65);
    sim_gsm7_to_utf8(septets, 2, text);
    assert_string_equal(text, "\xe2\x82\xac");
    assert_int_equal(sim_gsm7_put(0x65e5, septets), 0);
}

static struct sim_deliver deliver_from(const char *from)
{
    return (struct sim_deliver){.from = from,
        .smsc = "+6281100000",
        .at_ms = INT64_C(1475193600000),
        .class = -1,
        .ref_bits = 8,
        .ref = 7};
}

static void delivered(const char *from, const char *text, char *out)
{
    struct sim_units units = sim_units_from_text(text, SIM_WISH_AUTO);
    struct sim_deliver deliver = deliver_from(from);
    struct sim_pdu pdu = {0};

    assert_int_equal(sim_deliver_build(&deliver, &units, 1, &pdu), KB_OK);
    sim_hex(pdu.data, pdu.bytes, out);
    sim_units_clear(&units);
}

/* 2016-09-30 00:00 UTC is 08:00 in Makassar: +32 quarters of an hour. */
static void a_deliver_carries_local_time_and_zone(void **state)
{
    char hex[2 * SIM_PDU_MAX + 1] = {0};

    (void)state;
    assert_int_equal(clock_zone_set("Asia/Makassar"), KB_OK);
    delivered("+6281200009001", "CEK", hex);
    assert_string_equal(hex, "0691261801000004"
                             "0D91261802009000F1"
                             "0000"
                             "61900380000023"
                             "03C3E212");
}

static void west_of_greenwich_the_zone_has_its_sign_bit(void **state)
{
    char hex[2 * SIM_PDU_MAX + 1] = {0};

    (void)state;
    assert_int_equal(clock_zone_set("America/New_York"), KB_OK);
    delivered("+6281200009001", "CEK", hex);
    assert_non_null(strstr(hex, "61909202000069"));
}

static void a_name_may_send(void **state)
{
    char hex[2 * SIM_PDU_MAX + 1] = {0};

    (void)state;
    /* 9 letters are 63 bits: 16 semi-octets */
    delivered("TELKOMSEL", "x", hex);
    assert_non_null(strstr(hex, "10D0D42273F96C4E8B4C"));
}

static void an_overlong_name_is_refused(void **state)
{
    struct sim_units units = sim_units_from_text("x", SIM_WISH_AUTO);
    struct sim_deliver deliver = deliver_from("TWELVE CHARS");
    struct sim_pdu pdu = {0};

    (void)state;
    assert_int_equal(sim_deliver_build(&deliver, &units, 1, &pdu), KB_INVALID);
    sim_units_clear(&units);
}

static size_t parts_of(const char *text, int ref_bits)
{
    struct sim_units units = sim_units_from_text(text, SIM_WISH_AUTO);
    size_t parts = sim_deliver_parts(&units, ref_bits);

    sim_units_clear(&units);
    return parts;
}

static void a_text_is_cut_where_the_standard_says(void **state)
{
    char text[512] = {0};

    (void)state;
    memset(text, 'a', 160);
    assert_int_equal(parts_of(text, 8), 1);
    memset(text, 'a', 161);
    assert_int_equal(parts_of(text, 8), 2);
    memset(text, 'a', 306);
    assert_int_equal(parts_of(text, 8), 2);
    assert_int_equal(parts_of(text, 16), 3); /* 152 a part with 16 bits */
    memset(text, 'a', 307);
    assert_int_equal(parts_of(text, 8), 3);
    /* an escape pair on the edge moves whole to the next part */
    memset(text, 'a', 306);
    text[306] = '\0';
    text[152] = '[';
    assert_int_equal(parts_of(text, 8), 3);
}

static void utf16_is_cut_between_characters(void **state)
{
    char text[512] = {0};
    struct sim_units units = {0};
    struct sim_deliver deliver = deliver_from("+6281200009001");
    struct sim_pdu pdu = {0};

    (void)state;
    memset(text, 'a', 66);
    (void)snprintf(text + 66, sizeof text - 66, "%s",
        "\xf0\x9f\x98\x80 more than seventy");
    units = sim_units_from_text(text, SIM_WISH_UCS2);
    assert_int_equal(sim_deliver_parts(&units, 8), 2);
    assert_int_equal(sim_deliver_build(&deliver, &units, 1, &pdu), KB_OK);
    /* 66 units and the header: the pair did not fit into 67 */
    assert_int_equal(pdu.data[pdu.bytes - 132 - 7], 132 + 6);
    sim_units_clear(&units);
}

static void a_status_report_is_built_as_the_standard_has_it(void **state)
{
    const uint8_t to[] = {0x0d, 0x91, 0x26, 0x18, 0x02, 0x00, 0x90, 0x00, 0xf1};
    struct sim_report report = {.smsc = "",
        .recipient = to,
        .recipient_bytes = sizeof to,
        .mr = 200,
        .status = 0x46,
        .submitted_at_ms = INT64_C(1475193600000),
        .done_at_ms = INT64_C(1475193661000)};
    struct sim_pdu pdu = {0};
    char hex[2 * SIM_PDU_MAX + 1] = {0};

    (void)state;
    assert_int_equal(clock_zone_set("Asia/Makassar"), KB_OK);
    assert_int_equal(sim_report_build(&report, &pdu), KB_OK);
    sim_hex(pdu.data, pdu.bytes, hex);
    assert_string_equal(hex, "0006C80D91261802009000F1"
                             "61900380000023"
                             "61900380101023"
                             "46");
    assert_int_equal(sim_pdu_tpdu_bytes(&pdu), 26);
}

static void the_alphabet_is_read_off_the_dcs(void **state)
{
    (void)state;
    assert_int_equal(sim_coding_of_dcs(0x00), SIM_CODING_GSM7);
    assert_int_equal(sim_coding_of_dcs(0x11), SIM_CODING_GSM7);
    assert_int_equal(sim_coding_of_dcs(0x04), SIM_CODING_8BIT);
    assert_int_equal(sim_coding_of_dcs(0x18), SIM_CODING_UCS2);
    assert_int_equal(sim_coding_of_dcs(0xe0), SIM_CODING_UCS2);
    assert_int_equal(sim_coding_of_dcs(0xf5), SIM_CODING_8BIT);
    assert_int_equal(sim_coding_of_dcs(0xc8), SIM_CODING_GSM7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_submit_is_read),
        cmocka_unit_test(a_report_request_and_a_header_are_seen),
        cmocka_unit_test(a_submit_that_lies_is_refused),
        cmocka_unit_test(odd_or_foreign_hex_is_refused),
        cmocka_unit_test(every_septet_survives_packing_at_every_offset),
        cmocka_unit_test(every_character_of_the_alphabet_finds_back),
        cmocka_unit_test(the_euro_takes_two_septets),
        cmocka_unit_test(a_deliver_carries_local_time_and_zone),
        cmocka_unit_test(west_of_greenwich_the_zone_has_its_sign_bit),
        cmocka_unit_test(a_name_may_send),
        cmocka_unit_test(an_overlong_name_is_refused),
        cmocka_unit_test(a_text_is_cut_where_the_standard_says),
        cmocka_unit_test(utf16_is_cut_between_characters),
        cmocka_unit_test(a_status_report_is_built_as_the_standard_has_it),
        cmocka_unit_test(the_alphabet_is_read_off_the_dcs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
