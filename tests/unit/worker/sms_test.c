// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "link/link.h"
#include "modems/worker/sms.h"
#include "modems/worker/unicode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_text_survives_both_conversions(void **state)
{
    static const char text[] = "KTP 5315 \n€ ñ 漢 😀";
    unsigned char units[80];
    char back[80];

    (void)state;
    assert_int_equal(unicode_from_utf8(text, units, sizeof units), 18);
    unicode_to_utf8(units, back, sizeof back);
    assert_string_equal(back, text);
}

static void half_a_surrogate_pair_becomes_a_replacement(void **state)
{
    static const unsigned char units[] = {0xd8, 0x3d, 0, 'a', 0xde, 0, 0, 0};
    char text[32];

    (void)state;
    unicode_to_utf8(units, text, sizeof text);
    assert_string_equal(text, "\xef\xbf\xbd"
                              "a\xef\xbf\xbd");
}

static void control_characters_do_not_pass(void **state)
{
    static const unsigned char units[] = {0, 1, 0, 'a', 0, 0x1b, 0, '\n', 0, 0};
    char text[32];

    (void)state;
    unicode_to_utf8(units, text, sizeof text);
    assert_string_equal(text, " a \n");
    unicode_plain("a\x01\xffz", text, sizeof text);
    assert_string_equal(text, "a??z");
}

static void a_conversion_is_cut_at_a_character(void **state)
{
    unsigned char units[6];
    char text[4];

    (void)state;
    assert_int_equal(unicode_from_utf8("a😀", units, sizeof units), 1);
    unicode_to_utf8(
        (const unsigned char *)"\0a\x20\xac\0\0", text, sizeof text);
    assert_string_equal(text, "a");
}

static void the_validity_is_rounded_up(void **state)
{
    static const struct {
        int64_t seconds;
        uint8_t tp_vp;
    } cases[] = {
        {0,                       255},
        {1,                       0  },
        {300,                     0  },
        {301,                     1  },
        {43200,                   143},
        {43201,                   144},
        {86400,                   167},
        {86401,                   168},
        {INT64_C(30) * 86400,     196},
        {INT64_C(30) * 86400 + 1, 197},
        {INT64_C(441) * 86400,    255},
        {INT64_C(442) * 86400,    255},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(sms_validity(cases[i].seconds), cases[i].tp_vp);
    }
}

static GSM_SMSMessage *built(const char *text, enum link_coding coding)
{
    GSM_SMSMessage *sms = mem_new(sizeof *sms);
    unsigned char smsc[sizeof sms->SMSC.Number] = {0};
    struct wire_submit submit = {.token = 1,
        .to = "+6281200009001",
        .coding = coding,
        .udh_ref = 200,
        .udh_parts = 3,
        .udh_part = 2,
        .report = 1};

    (void)snprintf(submit.text, sizeof submit.text, "%s", text);
    (void)unicode_from_utf8("+62816124", smsc, sizeof smsc);
    sms_build(&submit, smsc, sms);
    return sms;
}

static void a_part_carries_its_header(void **state)
{
    static const unsigned char header[] = {5, 0, 3, 200, 3, 2};
    GSM_SMSMessage *sms = built("Halo", LINK_GSM7);
    char number[32];

    (void)state;
    assert_int_equal(sms->UDH.Length, 6);
    assert_memory_equal(sms->UDH.Text, header, sizeof header);
    assert_int_equal(sms->PDU, SMS_Status_Report);
    assert_int_equal(sms->SMSC.Location, 0);
    unicode_to_utf8(sms->Number, number, sizeof number);
    assert_string_equal(number, "+6281200009001");
    free(sms);
}

static void a_tilde_is_escaped_only_where_it_must_be(void **state)
{
    GSM_SMSMessage *ucs2 = built("a~b", LINK_UCS2);
    GSM_SMSMessage *gsm7 = built("a~b", LINK_GSM7);
    char text[400];
    char filler[200];
    GSM_SMSMessage *full = NULL;

    (void)state;
    unicode_to_utf8(ucs2->Text, text, sizeof text);
    assert_string_equal(text, "a~~b");
    unicode_to_utf8(gsm7->Text, text, sizeof text);
    assert_string_equal(text, "a~b");
    memset(filler, 'x', 69);
    (void)snprintf(filler + 69, sizeof filler - 69, "~");
    full = built(filler, LINK_UCS2);
    unicode_to_utf8(full->Text, text, sizeof text);
    assert_int_equal(strlen(text), 70);
    assert_int_equal(text[69], '-');
    free(ucs2);
    free(gsm7);
    free(full);
}

static void concatenation_is_found_among_other_elements(void **state)
{
    static const unsigned char eight[] = {5, 0, 3, 77, 2, 1};
    static const unsigned char sixteen[] = {6, 8, 4, 1, 2, 3, 3};
    static const unsigned char behind_port[] = {
        11, 5, 4, 0x0b, 0x84, 0, 0, 0, 3, 9, 4, 2};
    struct sms_concat found = sms_concat(eight, sizeof eight);

    (void)state;
    assert_int_equal(found.ref, 77);
    assert_int_equal(found.parts, 2);
    assert_int_equal(found.part, 1);
    assert_int_equal(sms_concat(sixteen, sizeof sixteen).ref, 258);
    assert_int_equal(sms_concat(behind_port, sizeof behind_port).ref, 9);
}

static void a_lying_header_is_no_concatenation(void **state)
{
    static const unsigned char headers[][6] = {
        {255, 0, 3,   77, 2, 1}, /* longer than it is: still within bounds */
        {5,   0, 200, 77, 2, 1}, /* the element is longer than the header */
        {5,   0, 3,   77, 0, 1}, /* no parts */
        {5,   0, 3,   77, 2, 3}, /* part 3 of 2 */
        {5,   0, 3,   77, 2, 0}, /* part 0 */
        {1,   0, 3,   77, 2, 1},
    };

    (void)state;
    assert_int_equal(sms_concat(headers[0], 6).ref, 77);
    for (size_t i = 1; i < sizeof headers / sizeof *headers; i++) {
        unsigned char *exact = mem_new(6);

        memcpy(exact, headers[i], 6);
        assert_int_equal(sms_concat(exact, 6).ref, -1);
        free(exact);
    }
    assert_int_equal(sms_concat(headers[0], 0).ref, -1);
}

static void a_time_stamp_is_an_instant(void **state)
{
    GSM_DateTime wita = {
        .Timezone = 8 * 3600, .Year = 2016, .Month = 9, .Day = 30, .Hour = 8};
    GSM_DateTime none = {0};
    GSM_DateTime odd = {.Year = 2016, .Month = 13, .Day = 1};

    (void)state;
    assert_int_equal(sms_instant_ms(&wita), INT64_C(1475193600000));
    assert_int_equal(sms_instant_ms(&none), 0);
    assert_int_equal(sms_instant_ms(&odd), 0);
}

/* As it lies on a SIM: SMSC address and TPDU. */
static GSM_SMSMessage *decoded(const char *hex)
{
    GSM_SMSMessage *sms = mem_new(sizeof *sms);
    unsigned char pdu[300];
    size_t end = 0;
    size_t bytes = strlen(hex) / 2;

    assert_true(DecodeHexBin(pdu, (const unsigned char *)hex, 2 * bytes));
    assert_int_equal(
        GSM_DecodePDUFrame(GSM_GetGlobalDebug(), sms, pdu, bytes, &end, TRUE),
        ERR_NONE);
    return sms;
}

static void a_report_keeps_its_numbers(void **state)
{
    GSM_SMSMessage *sms = decoded("0691261801000006C10D91261802009000F1"
                                  "6190038000002361900380001023"
                                  "41");
    struct wire_report report = {.token = 4};

    (void)state;
    sms_to_report(sms, &report);
    assert_int_equal(report.token, 4);
    assert_string_equal(report.to, "+6281200009001");
    assert_int_equal(report.tp_mr, 0xc1);
    assert_int_equal(report.tp_st, 0x41);
    assert_int_equal(report.smsc_at_ms, INT64_C(1475193600000));
    assert_int_equal(report.discharge_at_ms, INT64_C(1475193601000));
    free(sms);
}

static void an_alphanumeric_sender_is_no_number(void **state)
{
    GSM_SMSMessage *sms =
        decoded("06912618010000040BD0CBA030284D020008619003800000821"
                "26F2200200061007E0062007E007ED83DDE00");
    struct wire_inbound inbound = {.token = 4};

    (void)state;
    sms_to_inbound(sms, &inbound);
    assert_string_equal(inbound.from, "KABARI");
    assert_int_equal(inbound.alphanumeric, 1);
    assert_string_equal(inbound.text, "漢 a~b~~😀");
    assert_int_equal(inbound.coding, LINK_UCS2);
    assert_int_equal(inbound.udh_ref, -1);
    free(sms);
}

static void binary_comes_as_hex(void **state)
{
    GSM_SMSMessage *sms =
        decoded("06912618010000040D91261802009000F4000461900380000082"
                "0300FF10");
    struct wire_inbound inbound = {.token = 4};

    (void)state;
    sms_to_inbound(sms, &inbound);
    assert_string_equal(inbound.text, "");
    assert_string_equal(inbound.raw, "00FF10");
    assert_int_equal(inbound.coding, LINK_8BIT);
    assert_int_equal(inbound.alphanumeric, 0);
    free(sms);
}

static void another_sms_in_the_same_place_is_told_apart(void **state)
{
    GSM_SMSMessage *first =
        decoded("06912618010000040D91261802009000F4000461900380000082"
                "0300FF10");
    GSM_SMSMessage *second =
        decoded("06912618010000040D91261802009000F4000461900380000082"
                "0300FF11");

    (void)state;
    assert_true(sms_hash(first) == sms_hash(first));
    assert_true(sms_hash(first) != sms_hash(second));
    free(first);
    free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_survives_both_conversions),
        cmocka_unit_test(half_a_surrogate_pair_becomes_a_replacement),
        cmocka_unit_test(control_characters_do_not_pass),
        cmocka_unit_test(a_conversion_is_cut_at_a_character),
        cmocka_unit_test(the_validity_is_rounded_up),
        cmocka_unit_test(a_part_carries_its_header),
        cmocka_unit_test(a_tilde_is_escaped_only_where_it_must_be),
        cmocka_unit_test(concatenation_is_found_among_other_elements),
        cmocka_unit_test(a_lying_header_is_no_concatenation),
        cmocka_unit_test(a_time_stamp_is_an_instant),
        cmocka_unit_test(a_report_keeps_its_numbers),
        cmocka_unit_test(an_alphanumeric_sender_is_no_number),
        cmocka_unit_test(binary_comes_as_hex),
        cmocka_unit_test(another_sms_in_the_same_place_is_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
