// SPDX-License-Identifier: GPL-2.0-or-later
#include "dispatch/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct verdict judge(enum link_outcome outcome, int code, int attempts)
{
    struct link_result result = {.token = 1,
        .outcome = outcome,
        .tp_mr = outcome == LINK_SENT ? 7 : -1,
        .code = code,
        .reason = "test"};

    return verdict_of(&result, attempts);
}

static void what_may_have_left_is_never_queued_again(void **state)
{
    static const int doubtful[] = {332, 500, 512, 514, -1};

    (void)state;
    assert_int_equal(judge(LINK_UNKNOWN, -1, 0).message, OUTBOX_UNKNOWN);
    for (size_t i = 0; i < sizeof doubtful / sizeof *doubtful; i++) {
        assert_int_equal(
            judge(LINK_REJECTED, doubtful[i], 0).message, OUTBOX_UNKNOWN);
    }
}

static void what_provably_did_not_leave_goes_back_uncounted(void **state)
{
    struct verdict verdict = judge(LINK_NOT_SENT, -1, 0);

    (void)state;
    assert_int_equal(verdict.message, OUTBOX_GIVE_BACK);
    assert_int_equal(verdict.modem, VERDICT_PAUSE);
}

static void a_wrong_number_fails_and_the_modem_goes_on(void **state)
{
    static const int codes[] = {1, 28, 30};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        struct verdict verdict = judge(LINK_REJECTED, codes[i], 0);

        assert_int_equal(verdict.message, OUTBOX_FAILED);
        assert_int_equal(verdict.modem, VERDICT_GO_ON);
    }
}

static void a_sim_at_fault_is_parked_and_the_message_moves_on(void **state)
{
    static const int codes[] = {310, 313, 318};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        struct verdict verdict = judge(LINK_REJECTED, codes[i], 0);

        assert_int_equal(verdict.message, OUTBOX_GIVE_BACK);
        assert_int_equal(verdict.modem, VERDICT_PARK);
    }
}

static void a_barred_sim_may_be_the_numbers_fault(void **state)
{
    static const int codes[] = {8, 10, 29, 50, 69};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        struct verdict verdict = judge(LINK_REJECTED, codes[i], 0);

        assert_int_equal(verdict.message, OUTBOX_GIVE_BACK);
        assert_int_equal(verdict.modem, VERDICT_SUSPECT);
    }
}

static void no_network_burns_no_attempt(void **state)
{
    struct verdict verdict = judge(LINK_REJECTED, 331, 0);

    (void)state;
    assert_int_equal(verdict.message, OUTBOX_GIVE_BACK);
    assert_int_equal(verdict.modem, VERDICT_NO_NETWORK);
}

static void a_busy_network_is_tried_later_and_later_then_given_up(void **state)
{
    static const int64_t delays_ms[] = {5000, 15000, 60000, 300000};

    (void)state;
    for (int i = 0; i < 4; i++) {
        struct verdict verdict = judge(LINK_REJECTED, 42, i);

        assert_int_equal(verdict.message, OUTBOX_RETRY);
        assert_int_equal(verdict.delay_ms, delays_ms[i]);
    }
    assert_int_equal(judge(LINK_REJECTED, 42, 6).message, OUTBOX_FAILED);
}

static void a_rejected_sms_is_tried_once_more(void **state)
{
    (void)state;
    assert_int_equal(judge(LINK_REJECTED, 21, 0).message, OUTBOX_RETRY);
    assert_int_equal(judge(LINK_REJECTED, 21, 1).message, OUTBOX_FAILED);
}

static void a_duplicate_counts_as_sent(void **state)
{
    (void)state;
    assert_int_equal(judge(LINK_REJECTED, 197, 0).message, OUTBOX_SENT);
}

static void every_code_has_a_verdict_with_words(void **state)
{
    (void)state;
    for (int code = 0; code <= 600; code++) {
        struct verdict verdict = judge(LINK_REJECTED, code, 0);

        assert_non_null(verdict.words);
        assert_true(verdict.words[0] != '\0');
        assert_true(verdict.message != OUTBOX_RETRY || verdict.delay_ms > 0);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_have_left_is_never_queued_again),
        cmocka_unit_test(what_provably_did_not_leave_goes_back_uncounted),
        cmocka_unit_test(a_wrong_number_fails_and_the_modem_goes_on),
        cmocka_unit_test(a_sim_at_fault_is_parked_and_the_message_moves_on),
        cmocka_unit_test(a_barred_sim_may_be_the_numbers_fault),
        cmocka_unit_test(no_network_burns_no_attempt),
        cmocka_unit_test(a_busy_network_is_tried_later_and_later_then_given_up),
        cmocka_unit_test(a_rejected_sms_is_tried_once_more),
        cmocka_unit_test(a_duplicate_counts_as_sent),
        cmocka_unit_test(every_code_has_a_verdict_with_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
