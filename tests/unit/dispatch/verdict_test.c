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
        .cme = -1,
        .reason = "test"};

    return verdict_of(&result, NULL, attempts);
}

/* --- every code ------------------------------------------------------------ */

/* What the class table of the design makes of a code at the first attempt. */
struct span {
    int first;
    int last;
    enum outbox_verdict message;
    enum verdict_modem modem;
};

static const struct span cms_spans[] = {
    {0,   0,   OUTBOX_RETRY,     VERDICT_GO_ON     },
    {1,   1,   OUTBOX_FAILED,    VERDICT_GO_ON     }, /* unassigned number */
    {2,   7,   OUTBOX_RETRY,     VERDICT_GO_ON     },
    {8,   8,   OUTBOX_GIVE_BACK, VERDICT_SUSPECT   }, /* operator barring */
    {9,   9,   OUTBOX_RETRY,     VERDICT_GO_ON     },
    {10,  10,  OUTBOX_GIVE_BACK, VERDICT_SUSPECT   }, /* call barred */
    {11,  20,  OUTBOX_RETRY,     VERDICT_GO_ON     },
    {21,  21,  OUTBOX_RETRY,     VERDICT_GO_ON     }, /* once more */
    {22,  27,  OUTBOX_RETRY,     VERDICT_GO_ON     },
    {28,  28,  OUTBOX_FAILED,    VERDICT_GO_ON     }, /* unidentified */
    {29,  29,  OUTBOX_GIVE_BACK, VERDICT_SUSPECT   }, /* facility rejected */
    {30,  30,  OUTBOX_FAILED,    VERDICT_GO_ON     }, /* unknown */
    {31,  37,  OUTBOX_RETRY,     VERDICT_GO_ON     },
    {38,  38,  OUTBOX_RETRY,     VERDICT_PAUSE     }, /* out of order */
    {39,  49,  OUTBOX_RETRY,     VERDICT_GO_ON     },
    {50,  50,  OUTBOX_GIVE_BACK, VERDICT_SUSPECT   }, /* not subscribed */
    {51,  68,  OUTBOX_RETRY,     VERDICT_GO_ON     },
    {69,  69,  OUTBOX_GIVE_BACK, VERDICT_SUSPECT   }, /* not implemented */
    {70,  196, OUTBOX_RETRY,     VERDICT_GO_ON     },
    {197, 197, OUTBOX_SENT,      VERDICT_GO_ON     }, /* duplicate */
    {198, 309, OUTBOX_RETRY,     VERDICT_GO_ON     },
    {310, 318, OUTBOX_GIVE_BACK, VERDICT_PARK      }, /* the SIM */
    {319, 319, OUTBOX_RETRY,     VERDICT_GO_ON     },
    {320, 322, OUTBOX_RETRY,     VERDICT_RESET     }, /* memory */
    {323, 329, OUTBOX_RETRY,     VERDICT_GO_ON     },
    {330, 330, OUTBOX_RETRY,     VERDICT_RESET     }, /* SMSC unknown */
    {331, 331, OUTBOX_GIVE_BACK, VERDICT_NO_NETWORK},
    {332, 332, OUTBOX_UNKNOWN,   VERDICT_GO_ON     }, /* network time-out */
    {333, 499, OUTBOX_RETRY,     VERDICT_GO_ON     },
    {500, 600, OUTBOX_UNKNOWN,   VERDICT_GO_ON     },
};

static void check_all(const struct span *spans, size_t count)
{
    int next = 0;

    for (size_t i = 0; i < count; i++) {
        assert_int_equal(spans[i].first, next); /* no code is left out */
        for (int code = spans[i].first; code <= spans[i].last; code++) {
            struct link_result result = {.token = 1,
                .outcome = LINK_REJECTED,
                .tp_mr = -1,
                .code = code,
                .cme = -1};
            struct verdict verdict = verdict_of(&result, NULL, 0);

            if (verdict.message != spans[i].message ||
                verdict.modem != spans[i].modem || verdict.words[0] == '\0') {
                fail_msg("+CMS %d: message %d, modem %d", code, verdict.message,
                    verdict.modem);
            }
        }
        next = spans[i].last + 1;
    }
    assert_int_equal(next, 601);
}

static void every_code_lands_in_its_class(void **state)
{
    (void)state;
    check_all(cms_spans, sizeof cms_spans / sizeof *cms_spans);
}

static void a_makes_own_meaning_of_a_code_counts_first(void **state)
{
    struct quirk quirk = {.error_count = 1,
        .errors = {
            {.first = 500, .last = 500, .class = QUIRK_CLASS_DESTINATION}}};
    struct link_result result = {.token = 1,
        .outcome = LINK_REJECTED,
        .tp_mr = -1,
        .code = 500,
        .cme = -1};

    (void)state;
    assert_int_equal(verdict_of(&result, NULL, 0).message, OUTBOX_UNKNOWN);
    assert_int_equal(verdict_of(&result, &quirk, 0).message, OUTBOX_FAILED);
    quirk.errors[0].cme = true; /* of its +CME codes: not of this one */
    assert_int_equal(verdict_of(&result, &quirk, 0).message, OUTBOX_UNKNOWN);
    result.cme = 500;
    assert_int_equal(verdict_of(&result, &quirk, 0).message, OUTBOX_FAILED);
}

static void only_a_network_that_pushes_back_slows_the_modem(void **state)
{
    (void)state;
    assert_true(judge(LINK_REJECTED, 38, 0).pushed_back);
    assert_true(judge(LINK_REJECTED, 42, 0).pushed_back);
    assert_false(judge(LINK_REJECTED, 28, 0).pushed_back);
    assert_false(judge(LINK_NOT_SENT, -1, 0).pushed_back);
    assert_false(judge(LINK_SENT, -1, 0).pushed_back);
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
    assert_int_equal(judge(LINK_REJECTED, 21, 0).next, VERDICT_OTHER_SIM);
    assert_int_equal(
        judge(LINK_REJECTED, 38, 0).next, VERDICT_OTHER_OF_OPERATOR);
    assert_int_equal(judge(LINK_REJECTED, 41, 0).next, VERDICT_ANY_SIM);
}

static enum verdict_next next_after(
    int code, const struct verdict_subject *subject)
{
    struct verdict verdict = judge(LINK_REJECTED, code, 0);

    return verdict_next_sim(&verdict, subject);
}

static const struct verdict_subject whole = {.part = 1, .parts = 1};
static const struct verdict_subject first = {.part = 1, .parts = 3};
static const struct verdict_subject second = {.part = 2, .parts = 3};

static void what_one_sim_could_not_do_another_one_tries(void **state)
{
    (void)state;
    assert_int_equal(next_after(21, &whole), VERDICT_OTHER_SIM);
    assert_int_equal(next_after(21, &first), VERDICT_OTHER_SIM);
    assert_int_equal(next_after(38, &whole), VERDICT_OTHER_OF_OPERATOR);
    assert_int_equal(next_after(28, &whole), VERDICT_ANY_SIM); /* failed */
}

static void a_half_sent_text_stays_with_its_sim(void **state)
{
    struct verdict sent = {.message = OUTBOX_SENT};
    struct verdict unknown = {.message = OUTBOX_UNKNOWN};

    (void)state;
    assert_int_equal(next_after(21, &second), VERDICT_SAME_SIM);
    assert_int_equal(next_after(38, &second), VERDICT_SAME_SIM);
    assert_int_equal(next_after(331, &second), VERDICT_SAME_SIM);
    assert_int_equal(verdict_next_sim(&sent, &first), VERDICT_SAME_SIM);
    assert_int_equal(verdict_next_sim(&unknown, &first), VERDICT_SAME_SIM);
    assert_int_equal(verdict_next_sim(&unknown, &whole), VERDICT_ANY_SIM);
}

static void what_names_its_sim_is_moved_to_no_other(void **state)
{
    static const struct verdict_subject pinned = {
        .part = 1, .parts = 1, .pinned = true};
    static const struct verdict_subject half = {
        .part = 2, .parts = 3, .pinned = true};

    (void)state;
    assert_int_equal(next_after(21, &pinned), VERDICT_ANY_SIM);
    assert_int_equal(next_after(38, &pinned), VERDICT_ANY_SIM);
    assert_int_equal(next_after(38, &half), VERDICT_ANY_SIM);
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
        cmocka_unit_test(what_one_sim_could_not_do_another_one_tries),
        cmocka_unit_test(a_half_sent_text_stays_with_its_sim),
        cmocka_unit_test(what_names_its_sim_is_moved_to_no_other),
        cmocka_unit_test(a_duplicate_counts_as_sent),
        cmocka_unit_test(every_code_has_a_verdict_with_words),
        cmocka_unit_test(every_code_lands_in_its_class),
        cmocka_unit_test(a_makes_own_meaning_of_a_code_counts_first),
        cmocka_unit_test(only_a_network_that_pushes_back_slows_the_modem),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
