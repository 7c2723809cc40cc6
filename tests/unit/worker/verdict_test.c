// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/stage.h"
#include "modems/worker/pauses.h"
#include "modems/worker/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static struct verdict before(GSM_Error error, int status, bool is_cme)
{
    struct attempt attempt = {.error = error,
        .answered = status != 0,
        .status = status,
        .is_cme = is_cme,
        .reference = -1,
        .present = true};

    return verdict_of_attempt(&attempt);
}

static struct verdict after(int status, int reference, bool is_cme)
{
    struct attempt attempt = {.may_be_sent = true,
        .answered = true,
        .status = status,
        .is_cme = is_cme,
        .reference = reference,
        .present = true};

    return verdict_of_attempt(&attempt);
}

static void a_reference_means_sent(void **state)
{
    (void)state;
    assert_int_equal(after(0, 200, false).outcome, LINK_SENT);
    assert_int_equal(after(0, 200, false).tp_mr, 200);
    assert_int_equal(after(0, 0, false).outcome, LINK_SENT);
    assert_int_equal(after(0, 0, false).tp_mr, 0);
}

static void an_ok_without_a_reference_is_unknown(void **state)
{
    struct verdict verdict = after(0, -1, false);

    (void)state;
    assert_int_equal(verdict.outcome, LINK_UNKNOWN);
    assert_int_equal(verdict.tp_mr, -1);
    assert_true(verdict.leave);
}

static void no_answer_after_the_pdu_is_unknown_and_ends_the_connection(
    void **state)
{
    struct attempt attempt = {.may_be_sent = true, .present = true};
    struct verdict verdict = verdict_of_attempt(&attempt);

    (void)state;
    assert_int_equal(verdict.outcome, LINK_UNKNOWN);
    assert_true(verdict.leave);
    attempt.present = false;
    assert_int_equal(verdict_of_attempt(&attempt).outcome, LINK_UNKNOWN);
    attempt.may_be_sent = false;
    attempt.error = ERR_ABORTED;
    assert_int_equal(verdict_of_attempt(&attempt).outcome, LINK_NOT_SENT);
}

static void every_code_is_judged_by_where_it_came(void **state)
{
    (void)state;
    for (int code = 1; code <= 600; code++) {
        struct verdict early = before(ERR_UNKNOWN, code, false);
        struct verdict late = after(code, -1, false);
        bool doubt = code == 332 || code >= 500;

        assert_int_equal(early.outcome, doubt ? LINK_NOT_SENT : LINK_REJECTED);
        assert_int_equal(late.outcome, doubt ? LINK_UNKNOWN : LINK_REJECTED);
        assert_int_equal(early.code, code);
        assert_int_equal(late.code, code);
        assert_false(early.leave || late.leave);
    }
}

static void a_bare_error_is_a_doubt_only_after_the_pdu(void **state)
{
    (void)state;
    assert_int_equal(before(ERR_UNKNOWN, -1, false).outcome, LINK_NOT_SENT);
    assert_int_equal(after(-1, -1, false).outcome, LINK_UNKNOWN);
    /* It may have left the prompt: only a fresh connection is safe. */
    assert_true(after(-1, -1, false).leave);
    assert_false(before(ERR_UNKNOWN, -1, false).leave);
}

static void a_cme_code_is_told_as_its_cms_twin(void **state)
{
    (void)state;
    assert_int_equal(after(10, -1, true).code, 310);
    assert_int_equal(after(30, -1, true).code, 331);
    assert_int_equal(after(30, -1, true).outcome, LINK_REJECTED);
    assert_int_equal(after(31, -1, true).outcome, LINK_UNKNOWN);
    assert_int_equal(before(ERR_NOSIM, 10, true).code, 310);
    /* Not an unassigned number, as +CMS ERROR: 1 would be. */
    assert_int_equal(after(1, -1, true).outcome, LINK_UNKNOWN);
    assert_int_equal(before(ERR_UNKNOWN, 1, true).outcome, LINK_NOT_SENT);
}

static void a_modem_without_smsc_refuses_with_330(void **state)
{
    struct verdict verdict = before(ERR_EMPTYSMSC, 0, false);

    (void)state;
    assert_int_equal(verdict.outcome, LINK_REJECTED);
    assert_int_equal(verdict.code, 330);
}

static void a_late_reference_is_told_from_the_right_one(void **state)
{
    static const struct {
        int reference;
        struct mr_known known;
        bool late;
    } cases[] = {
  /* 7 was the last; the unanswered one took 8; 9 is right. */
        {8,  {7, true, 0},   true },
        {9,  {7, true, 0},   false},
        {10, {7, true, 0},   true },
        {10, {9, false, 0},  false},
        {8,  {9, false, 0},  true },
        {0,  {254, true, 0}, false},
        {5,  {-1, true, 0},  true },
 /* One was refused since: it took 9, or none. */
        {8,  {7, true, 1},   true },
        {9,  {7, true, 1},   false},
        {10, {7, true, 1},   false},
        {11, {7, true, 1},   true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(
            verdict_may_be_late(cases[i].reference, &cases[i].known),
            cases[i].late);
    }
}

/* --- the pauses ---------------------------------------------------------- */

static void the_shared_libraries_call_our_usleep(void **state)
{
    (void)state;
    assert_true(pauses_effective());
}

static void the_second_long_pause_means_may_be_sent(void **state)
{
    struct stage_page page = {0};

    (void)state;
    pauses_set(0, &page);
    stage_begin(&page, 1);
    pauses_submit_begin();
    assert_int_equal(usleep(5000), 0); /* a read loop's */
    assert_int_equal(atomic_load(&page.stage), STAGE_NONE);
    assert_int_equal(usleep(100000), 0);
    assert_int_equal(atomic_load(&page.stage), STAGE_PROMPT);
    assert_int_equal(usleep(10000), 0);
    assert_int_equal(atomic_load(&page.stage), STAGE_PROMPT);
    assert_int_equal(usleep(100000), 0);
    assert_int_equal(atomic_load(&page.stage), STAGE_PDU);
    pauses_submit_end();
    assert_int_equal(pauses_counted(), 2);
    pauses_set(-1, NULL);
}

static void the_pause_behind_the_pdu_is_known_by_its_length(void **state)
{
    struct stage_page page = {0};

    (void)state;
    pauses_set(0, &page);
    stage_begin(&page, 1);
    pauses_submit_begin();
    assert_int_equal(usleep(500000), 0);
    assert_int_equal(atomic_load(&page.stage), STAGE_PDU);
    pauses_submit_end();
    pauses_set(-1, NULL);
}

static void pauses_outside_a_submit_mark_nothing(void **state)
{
    struct stage_page page = {0};

    (void)state;
    pauses_set(0, &page);
    stage_begin(&page, 1);
    assert_int_equal(usleep(500000), 0);
    assert_int_equal(atomic_load(&page.stage), STAGE_NONE);
    pauses_set(-1, NULL);
}

static void on_idle(void *arg)
{
    ++*(int *)arg;
}

static void short_pauses_let_the_device_be_looked_at(void **state)
{
    int calls = 0;

    (void)state;
    pauses_set(0, NULL);
    pauses_on_idle(on_idle, &calls);
    assert_int_equal(usleep(1000), 0);
    assert_int_equal(usleep(100000), 0);
    assert_int_equal(calls, 1);
    pauses_on_idle(NULL, NULL);
    pauses_set(-1, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reference_means_sent),
        cmocka_unit_test(an_ok_without_a_reference_is_unknown),
        cmocka_unit_test(
            no_answer_after_the_pdu_is_unknown_and_ends_the_connection),
        cmocka_unit_test(every_code_is_judged_by_where_it_came),
        cmocka_unit_test(a_bare_error_is_a_doubt_only_after_the_pdu),
        cmocka_unit_test(a_cme_code_is_told_as_its_cms_twin),
        cmocka_unit_test(a_modem_without_smsc_refuses_with_330),
        cmocka_unit_test(a_late_reference_is_told_from_the_right_one),
        cmocka_unit_test(the_shared_libraries_call_our_usleep),
        cmocka_unit_test(the_second_long_pause_means_may_be_sent),
        cmocka_unit_test(the_pause_behind_the_pdu_is_known_by_its_length),
        cmocka_unit_test(pauses_outside_a_submit_mark_nothing),
        cmocka_unit_test(short_pauses_let_the_device_be_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
