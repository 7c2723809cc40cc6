// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/link_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct link_result judge(const struct stage_page *page, uint64_t token)
{
    struct link_result result = {.token = token};

    stage_judge(page, token, &result);
    return result;
}

static void before_the_pdu_it_was_not_sent(void **state)
{
    struct stage_page page = {0};

    (void)state;
    stage_begin(&page, 5);
    assert_int_equal(judge(&page, 5).outcome, LINK_NOT_SENT);
    stage_reach(&page, STAGE_PROMPT);
    assert_int_equal(judge(&page, 5).outcome, LINK_NOT_SENT);
}

static void a_submit_that_was_never_begun_was_not_sent(void **state)
{
    struct stage_page page = {0};

    (void)state;
    stage_begin(&page, 5);
    stage_reach(&page, STAGE_PDU);
    assert_int_equal(judge(&page, 6).outcome, LINK_NOT_SENT);
}

static void after_the_pdu_nobody_knows(void **state)
{
    struct stage_page page = {0};

    (void)state;
    stage_begin(&page, 5);
    stage_reach(&page, STAGE_PDU);
    stage_reach(&page, STAGE_PROMPT); /* never back */
    assert_int_equal(judge(&page, 5).outcome, LINK_UNKNOWN);
    assert_int_equal(judge(&page, 5).tp_mr, -1);
}

static void a_result_in_the_page_counts(void **state)
{
    struct stage_page page = {0};
    struct link_result result;

    (void)state;
    stage_begin(&page, 5);
    stage_finish(&page, LINK_SENT, 200, -1);
    result = judge(&page, 5);
    assert_int_equal(result.outcome, LINK_SENT);
    assert_int_equal(result.tp_mr, 200);
    stage_begin(&page, 6);
    stage_finish(&page, LINK_REJECTED, -1, 38);
    result = judge(&page, 6);
    assert_int_equal(result.outcome, LINK_REJECTED);
    assert_int_equal(result.code, 38);
}

static void a_page_that_makes_no_sense_is_unknown(void **state)
{
    struct stage_page page = {0};

    (void)state;
    stage_begin(&page, 5);
    stage_finish(&page, LINK_SENT, 256, -1);
    assert_int_equal(judge(&page, 5).outcome, LINK_UNKNOWN);
    stage_begin(&page, 5);
    stage_finish(&page, LINK_SENT, -1, -1);
    assert_int_equal(judge(&page, 5).outcome, LINK_UNKNOWN);
    stage_begin(&page, 5);
    atomic_store(&page.stage, 99);
    assert_int_equal(judge(&page, 5).outcome, LINK_UNKNOWN);
    atomic_store(&page.stage, -1);
    assert_int_equal(judge(&page, 5).outcome, LINK_UNKNOWN);
}

static void the_backoff_doubles_up_to_its_most(void **state)
{
    (void)state;
    assert_int_equal(plan_backoff_ms(0, 60000), 900);
    assert_int_equal(plan_backoff_ms(1, 60000), 900);
    assert_int_equal(plan_backoff_ms(2, 60000), 1800);
    assert_int_equal(plan_backoff_ms(5, 60000), 14400);
    assert_int_equal(plan_backoff_ms(8, 60000), 60000);
    assert_int_equal(plan_backoff_ms(1000000, 90000), 60000);
    assert_int_equal(plan_backoff_ms(1000000, 20000), 20000);
}

static const char *fault_of(
    const char *to, const char *text, enum link_coding coding, int parts)
{
    struct link_submit submit = {.token = 1,
        .to = to,
        .text = text,
        .coding = coding,
        .udh_parts = (uint8_t)parts,
        .udh_part = 1};

    return plan_submit_fault(&submit);
}

static const char *filled(char text[400], size_t count, const char *tail)
{
    memset(text, 'a', count);
    (void)snprintf(text + count, 400 - count, "%s", tail);
    return text;
}

static void a_part_must_fit_one_sms(void **state)
{
    char text[400];

    (void)state;
    assert_null(
        fault_of("+6281200009001", filled(text, 160, ""), LINK_GSM7, 1));
    assert_non_null(
        fault_of("+6281200009001", filled(text, 161, ""), LINK_GSM7, 1));
    assert_null(
        fault_of("+6281200009001", filled(text, 153, ""), LINK_GSM7, 2));
    assert_non_null(
        fault_of("+6281200009001", filled(text, 154, ""), LINK_GSM7, 2));
    assert_non_null(
        fault_of("+6281200009001", filled(text, 159, "€"), LINK_GSM7, 1));
    assert_non_null(fault_of("+6281200009001", "漢", LINK_GSM7, 1));
    assert_null(fault_of("+6281200009001", filled(text, 70, ""), LINK_UCS2, 1));
    assert_null(
        fault_of("+6281200009001", filled(text, 68, "😀"), LINK_UCS2, 1));
    assert_non_null(
        fault_of("+6281200009001", filled(text, 69, "😀"), LINK_UCS2, 1));
    assert_non_null(
        fault_of("+6281200009001", filled(text, 68, ""), LINK_UCS2, 2));
    assert_non_null(fault_of("+6281200009001", "00", LINK_8BIT, 1));
}

static void a_number_must_be_one_that_can_be_dialled(void **state)
{
    (void)state;
    assert_null(fault_of("123", "a", LINK_GSM7, 1));
    assert_non_null(fault_of("", "a", LINK_GSM7, 1));
    assert_non_null(fault_of("+", "a", LINK_GSM7, 1));
    assert_non_null(fault_of("KABARI", "a", LINK_GSM7, 1));
    assert_non_null(fault_of("+62812\r00009001", "a", LINK_GSM7, 1));
    assert_non_null(fault_of("+123456789012345678901", "a", LINK_GSM7, 1));
    assert_non_null(fault_of("+6281200009001", "\xff", LINK_GSM7, 1));
}

static void care_goes_from_mild_to_strong_and_ends(void **state)
{
    struct plan_modem modem = {
        .quarantine_after = 8, .hung = true, .proven = true, .has_power = true};

    static const enum plan_step steps[] = {PLAN_RESTART, PLAN_AT_RESET,
        PLAN_POWER, PLAN_RESTART, PLAN_AT_RESET, PLAN_POWER, PLAN_RESTART,
        PLAN_QUARANTINE, PLAN_QUARANTINE};

    (void)state;
    for (int i = 0; i < (int)(sizeof steps / sizeof *steps); i++) {
        assert_int_equal(plan_step(i + 1, &modem), steps[i]);
    }
    modem.has_power = false;
    assert_int_equal(plan_step(3, &modem), PLAN_RESTART);
    /* What was never a modem is sent nothing that resets it. */
    modem.proven = false;
    assert_int_equal(plan_step(2, &modem), PLAN_RESTART);
    /* A worker that crashes is no reason to reset the modem. */
    modem.hung = false;
    modem.has_power = true;
    assert_int_equal(plan_step(3, &modem), PLAN_RESTART);
    assert_int_equal(plan_step(8, &modem), PLAN_QUARANTINE);
}

static void each_crash_while_sms_are_read_leaves_more_to_the_drain(void **state)
{
    static const enum wire_scan scans[] = {WIRE_SCAN_USUAL, WIRE_SCAN_USUAL,
        WIRE_SCAN_DRAIN, WIRE_SCAN_ALL, WIRE_SCAN_NONE, WIRE_SCAN_NONE};

    (void)state;
    for (int i = 0; i < (int)(sizeof scans / sizeof *scans); i++) {
        assert_int_equal(plan_scan(i), scans[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_pdu_it_was_not_sent),
        cmocka_unit_test(a_submit_that_was_never_begun_was_not_sent),
        cmocka_unit_test(after_the_pdu_nobody_knows),
        cmocka_unit_test(a_result_in_the_page_counts),
        cmocka_unit_test(a_page_that_makes_no_sense_is_unknown),
        cmocka_unit_test(the_backoff_doubles_up_to_its_most),
        cmocka_unit_test(a_part_must_fit_one_sms),
        cmocka_unit_test(a_number_must_be_one_that_can_be_dialled),
        cmocka_unit_test(care_goes_from_mild_to_strong_and_ends),
        cmocka_unit_test(
            each_crash_while_sms_are_read_leaves_more_to_the_drain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
