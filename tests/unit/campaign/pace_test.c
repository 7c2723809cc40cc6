// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "campaign/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MONDAY_TO_FRIDAY 0x1fU
#define HOUR_MS          ((int64_t)3600000)

static struct pace_office office(int capacity)
{
    return (struct pace_office){.capacity = capacity,
        .works = true,
        .days = MONDAY_TO_FRIDAY,
        .show_permille = 300};
}

static void places_are_capacity_by_show_rate(void **state)
{
    struct pace_office lembor = office(90);

    (void)state;
    assert_int_equal(pace_places(&lembor), 300);
    lembor.show_permille = 1000;
    assert_int_equal(pace_places(&lembor), 90);
    lembor.degraded = true;
    assert_int_equal(pace_places(&lembor), 45);
    lembor.capacity = 7;
    assert_int_equal(pace_capacity(&lembor), 4);
    lembor.works = false;
    assert_int_equal(pace_places(&lembor), 0);
}

static void an_unknown_capacity_bounds_nothing(void **state)
{
    struct pace_office lembor = office(0);

    (void)state;
    assert_int_equal(pace_places(&lembor), PACE_NO_BOUND);
    assert_true(pace_fits(PACE_NO_BOUND, 1000000, 1));
    lembor.works = false;
    assert_int_equal(pace_places(&lembor), 0);
}

static void a_household_larger_than_a_day_takes_an_empty_one(void **state)
{
    (void)state;
    assert_true(pace_fits(10, 8, 2));
    assert_false(pace_fits(10, 9, 2));
    assert_false(pace_fits(10, 1, 11));
    assert_true(pace_fits(10, 0, 11));
    assert_false(pace_fits(0, 0, 1));
}

static void an_invitation_is_for_the_offices_next_day(void **state)
{
    int32_t thursday = civil_day(2016, 9, 1);
    int32_t holidays[] = {thursday + 1};
    struct config config = {0};
    struct pace_office lembor = office(90);

    (void)state;
    assert_int_equal(pace_visit_day(&lembor, &config, thursday, thursday + 20),
        thursday + 1);
    assert_int_equal(
        pace_visit_day(&lembor, &config, thursday + 1, thursday + 20),
        thursday + 4);
    assert_int_equal(
        pace_days_left(&lembor, &config, thursday, thursday + 11), 7);
    config.holidays = holidays;
    config.holiday_count = 1;
    assert_int_equal(pace_visit_day(&lembor, &config, thursday, thursday + 20),
        thursday + 4);
    /* At the end there is only today, or nothing. */
    assert_int_equal(
        pace_visit_day(&lembor, &config, thursday, thursday), thursday);
    assert_int_equal(
        pace_visit_day(&lembor, &config, thursday + 2, thursday + 3), 0);
}

static void a_days_places_are_spread_over_its_hours(void **state)
{
    int64_t opens_ms = 8 * HOUR_MS;
    int64_t closes_ms = 18 * HOUR_MS;

    (void)state;
    assert_int_equal(
        pace_slot_ms(9, 100, opens_ms, opens_ms, closes_ms), opens_ms);
    assert_int_equal(
        pace_slot_ms(50, 100, opens_ms, opens_ms, closes_ms), 13 * HOUR_MS);
    assert_int_equal(
        pace_slot_ms(50, 100, 15 * HOUR_MS, opens_ms, closes_ms), 15 * HOUR_MS);
    assert_true(
        pace_slot_ms(99, 100, opens_ms, opens_ms, closes_ms) < closes_ms);
    assert_int_equal(
        pace_slot_ms(99, PACE_NO_BOUND, opens_ms, opens_ms, closes_ms),
        opens_ms);
}

static void the_show_rate_is_learned_from_enough_guests(void **state)
{
    struct config config = {.plan_show_rate = 30, .plan_learn_after = 200};
    struct pace_history history = {.invited = 199, .came = 199};

    (void)state;
    assert_int_equal(pace_show_permille(&config, &history), 300);
    history.invited = 900;
    history.came = 70; /* (30 + 70) of (100 + 900) */
    assert_int_equal(pace_show_permille(&config, &history), 100);
    history.came = 900;
    assert_in_range(pace_show_permille(&config, &history), 900, 1000);
    history = (struct pace_history){.invited = 1000000};
    assert_int_equal(pace_show_permille(&config, &history), 1);
}

static int set_zone(void **state)
{
    (void)state;
    return clock_zone_set("Asia/Makassar") == KB_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_capacity_by_show_rate),
        cmocka_unit_test(an_unknown_capacity_bounds_nothing),
        cmocka_unit_test(a_household_larger_than_a_day_takes_an_empty_one),
        cmocka_unit_test(an_invitation_is_for_the_offices_next_day),
        cmocka_unit_test(a_days_places_are_spread_over_its_hours),
        cmocka_unit_test(the_show_rate_is_learned_from_enough_guests),
    };

    return cmocka_run_group_tests(tests, set_zone, NULL);
}
