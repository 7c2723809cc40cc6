// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "modems/worker/worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct place here = {MEM_SM, 3};

static int set_up(void **state)
{
    *state = mem_new(sizeof(struct box));
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static enum reading judge(struct box *box, uint64_t hash)
{
    struct held *held = NULL;

    return held_judge(box, here, hash, &held);
}

static void two_readings_that_agree_are_handed_over_once(void **state)
{
    struct box *box = *state;

    assert_int_equal(judge(box, 7), READING_DOUBTED);
    assert_null(held_by(box, 1));
    assert_int_equal(judge(box, 7), READING_NEW);
    assert_non_null(held_by(box, 1));
    assert_int_equal(judge(box, 7), READING_KNOWN);
}

static void readings_that_differ_are_never_handed_over(void **state)
{
    struct box *box = *state;

    for (int i = 0; i < 10; i++) {
        assert_int_equal(judge(box, (uint64_t)(i % 2)), READING_DOUBTED);
    }
    assert_true(held_needs_listing(box));
    assert_int_equal(judge(box, 1), READING_NEW);
    assert_false(held_needs_listing(box));
}

static void one_spoilt_reading_replaces_nothing_but_two_others_do(void **state)
{
    struct box *box = *state;

    (void)judge(box, 7);
    assert_int_equal(judge(box, 7), READING_NEW);
    assert_int_equal(judge(box, 8), READING_DOUBTED);
    assert_int_equal(judge(box, 7), READING_KNOWN);
    assert_int_equal(judge(box, 8), READING_DOUBTED);
    assert_int_equal(judge(box, 8), READING_NEW);
    assert_null(held_by(box, 1));
    assert_int_equal(held_by(box, 2)->hash, 8);
}

static void what_a_whole_listing_does_not_show_is_doubted_no_more(void **state)
{
    struct box *box = *state;

    (void)judge(box, 7);
    held_begin_listing(box);
    held_end_listing(box, true); /* the reports': another memory */
    assert_true(held_needs_listing(box));
    held_end_listing(box, false);
    assert_false(held_needs_listing(box));
    assert_int_equal(box->held_count, 0);
}

static void what_is_to_be_read_by_itself_needs_no_listing(void **state)
{
    struct box *box = *state;

    (void)judge(box, 7);
    box->arrivals[box->arrival_count++] = here;
    assert_true(held_is_to_be_read(box, here));
    assert_false(held_needs_listing(box));
    box->arrival_count = 0;
    assert_true(held_needs_listing(box));
}

/* A line on which as many places were read twice as make it trusted. */
static void come_to_trust(struct box *box)
{
    for (int i = 0; i < HELD_AGREED; i++) {
        struct held *held = NULL;

        assert_int_equal(judge(box, 7), READING_DOUBTED);
        assert_false(held_trust(box, held_at(box, here)));
        assert_int_equal(held_judge(box, here, 7, &held), READING_NEW);
        held_forget(box, held);
    }
}

/* One place after the other, each read once. @return how many were taken. */
static int taken_of(struct box *box, int places)
{
    int taken = 0;

    for (int i = 0; i < places; i++) {
        struct held *held = NULL;

        assert_int_equal(held_judge(box, here, 9, &held), READING_DOUBTED);
        taken += held_trust(box, held) ? 1 : 0;
        held_forget(box, held);
    }
    return taken;
}

static void on_a_line_that_never_misread_one_reading_will_do(void **state)
{
    struct box *box = *state;
    struct held *held = NULL;

    come_to_trust(box);
    assert_int_equal(judge(box, 9), READING_DOUBTED);
    held = held_at(box, here);
    assert_true(held_trust(box, held));
    assert_int_equal(held->hash, 9);
    assert_ptr_equal(held_by(box, held->token), held);
    assert_int_equal(judge(box, 9), READING_KNOWN);
}

static void some_are_checked_all_the_same(void **state)
{
    struct box *box = *state;

    come_to_trust(box);
    assert_int_equal(taken_of(box, 4 * HELD_SAMPLE), 4 * (HELD_SAMPLE - 1));
}

static void one_misreading_ends_the_trust_for_good(void **state)
{
    struct box *box = *state;

    (void)judge(box, 1);
    (void)judge(box, 2);
    assert_int_equal(judge(box, 2), READING_NEW);
    held_forget(box, held_at(box, here));
    come_to_trust(box);
    assert_int_equal(taken_of(box, 1), 0);
}

static void what_was_handed_over_already_is_replaced_on_no_trust(void **state)
{
    struct box *box = *state;

    come_to_trust(box);
    (void)judge(box, 7);
    assert_int_equal(judge(box, 7), READING_NEW);
    assert_int_equal(judge(box, 8), READING_DOUBTED);
    assert_false(held_trust(box, held_at(box, here)));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            two_readings_that_agree_are_handed_over_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            readings_that_differ_are_never_handed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            one_spoilt_reading_replaces_nothing_but_two_others_do, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            what_a_whole_listing_does_not_show_is_doubted_no_more, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_to_be_read_by_itself_needs_no_listing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            on_a_line_that_never_misread_one_reading_will_do, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            some_are_checked_all_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            one_misreading_ends_the_trust_for_good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            what_was_handed_over_already_is_replaced_on_no_trust, set_up,
            tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
