// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "config/config.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The instant of a local date and time. */
static int64_t at(const char *text)
{
    struct civil civil = {0};

    assert_int_equal(civil_parse(text, &civil, NULL), KB_OK);
    return civil_instant_ms(civil_day(civil.year, civil.month, civil.day),
        civil.hour * 60 + civil.minute);
}

static struct config window(const char *days, const char *from, const char *to)
{
    return (struct config){.sending_days = config_days(days),
        .sending_from = civil_parse_minute(from),
        .sending_to = civil_parse_minute(to)};
}

static void assert_next(
    const struct config *config, const char *now, const char *next)
{
    assert_string_equal(
        civil_short(config_window_next_ms(config, at(now))).text, next);
}

static void days_are_read_in_both_languages(void **state)
{
    (void)state;
    assert_int_equal(config_days("Mon"), 0x01);
    assert_int_equal(config_days("Mon-Sat"), 0x3f);
    assert_int_equal(config_days("mon,WED,Fri"), 0x15);
    assert_int_equal(config_days("Sen-Jum"), 0x1f);
    assert_int_equal(config_days("Min"), 0x40);
    assert_int_equal(config_days("Sen-Sun"), 0x7f);
    assert_int_equal(config_days("Mon-Tue, Sab"), 0x23);
    assert_int_equal(config_days("Sat-Mon"), 0x61);
    assert_int_equal(config_days(" Mon "), 0x01);
}

static void what_is_no_day_is_refused(void **state)
{
    static const char *const wrong[] = {"", ",", "Mon,", ",Mon", "Mon-", "-Mon",
        "Monday", "Mo", "Mon-Fri-Sat", "Mon;Tue", "Mon - Fri", "1-5", "xyz"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(config_days(wrong[i]), 0);
    }
}

static void every_set_of_days_reads_back_as_it_was_written(void **state)
{
    char text[40];

    (void)state;
    for (unsigned days = 1; days < 128; days++) {
        config_days_text(days, text, sizeof text);
        assert_int_equal(config_days(text), days);
    }
    config_days_text(0x3f, text, sizeof text);
    assert_string_equal(text, "Mon-Sat");
    config_days_text(0x05, text, sizeof text);
    assert_string_equal(text, "Mon,Wed");
    config_days_text(0x43, text, sizeof text);
    assert_string_equal(text, "Mon,Tue,Sun");
    config_days_text(0, text, sizeof text);
    assert_string_equal(text, "");
}

static void the_window_opens_on_its_minute_and_closes_on_its_end(void **state)
{
    struct config config = window("Mon-Sat", "08:00", "18:00");

    (void)state;
    /* 2016-09-30 was a Friday, 2016-10-02 a Sunday. */
    assert_false(config_window_open(&config, at("2016-09-30 08:00") - 1));
    assert_true(config_window_open(&config, at("2016-09-30 08:00")));
    assert_true(config_window_open(&config, at("2016-09-30 18:00") - 1));
    assert_false(config_window_open(&config, at("2016-09-30 18:00")));
    assert_false(config_window_open(&config, at("2016-10-02 12:00")));
}

static void a_whole_day_is_open_to_its_last_minute(void **state)
{
    struct config config = window("Mon-Sun", "00:00", "24:00");

    (void)state;
    assert_true(config_window_open(&config, at("2016-09-30 00:00")));
    assert_true(config_window_open(&config, at("2016-09-30 23:59")));
    assert_next(&config, "2016-09-30 23:59", "2016-09-30 23:59");
}

static void the_next_opening_is_found(void **state)
{
    struct config config = window("Mon-Sat", "08:00", "18:00");
    struct config weekly = window("Fri", "08:00", "18:00");

    (void)state;
    assert_next(&config, "2016-09-30 07:59", "2016-09-30 08:00");
    assert_next(&config, "2016-09-30 12:34", "2016-09-30 12:34");
    assert_next(&config, "2016-09-30 18:00", "2016-10-01 08:00");
    assert_next(
        &config, "2016-10-01 18:00", "2016-10-03 08:00"); /* no Sunday */
    assert_next(&config, "2016-12-31 20:00", "2017-01-02 08:00");
    assert_next(&weekly, "2016-09-30 18:00", "2016-10-07 08:00");
    assert_next(&weekly, "2016-10-01 00:00", "2016-10-07 08:00");
}

static void the_window_is_that_of_the_sites_zone(void **state)
{
    struct config config = window("Mon-Sun", "08:00", "18:00");
    int64_t eight_in_makassar = at("2016-09-30 08:00");

    (void)state;
    assert_true(config_window_open(&config, eight_in_makassar));
    assert_int_equal(clock_zone_set("Asia/Jakarta"), KB_OK);
    assert_false(config_window_open(&config, eight_in_makassar));
    assert_int_equal(clock_zone_set("Asia/Makassar"), KB_OK);
}

static void on_a_holiday_the_window_stays_shut(void **state)
{
    int32_t holidays[] = {
        civil_day(2016, 9, 12), civil_day(2016, 9, 13), civil_day(2016, 9, 19)};
    struct config config = window("Mon-Fri", "08:00", "18:00");

    (void)state;
    config.holidays = holidays;
    config.holiday_count = 3;
    assert_true(config_holiday(&config, holidays[1]));
    assert_false(config_holiday(&config, holidays[1] + 1));
    assert_false(config_window_open(&config, at("2016-09-12 09:00")));
    assert_true(config_window_open(&config, at("2016-09-14 09:00")));
    assert_next(&config, "2016-09-09 18:00", "2016-09-14 08:00");
}

static int set_zone(void **state)
{
    (void)state;
    return clock_zone_set("Asia/Makassar") == KB_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_read_in_both_languages),
        cmocka_unit_test(what_is_no_day_is_refused),
        cmocka_unit_test(every_set_of_days_reads_back_as_it_was_written),
        cmocka_unit_test(the_window_opens_on_its_minute_and_closes_on_its_end),
        cmocka_unit_test(a_whole_day_is_open_to_its_last_minute),
        cmocka_unit_test(the_next_opening_is_found),
        cmocka_unit_test(the_window_is_that_of_the_sites_zone),
        cmocka_unit_test(on_a_holiday_the_window_stays_shut),
    };

    return cmocka_run_group_tests(tests, set_zone, NULL);
}
