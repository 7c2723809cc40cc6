// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "registry/cell.h"
#include "registry/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void dates_are_read_in_three_orders(void **state)
{
    static const char *const dates[] = {"1988-03-12", "12-03-1988",
        "12/03/1988", "12.3.1988", "1988/3/12", "'1988-03-12",
        "1988-03-12 00:00:00", "1988-03-12T00:00"};
    static const char *const wrong[] = {"", "12-03-88", "1988-13-12",
        "31-02-1988", "12-03-1988x", "12 03 1988", "19880312", "1988-03",
        "12-March-1988", "0-3-1988"};
    int32_t day = 0;

    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        day = 0;
        assert_true(cell_date(dates[i], &day));
        assert_int_equal(day, civil_day(1988, 3, 12));
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(cell_date(wrong[i], &day));
    }
}

static void a_text_is_cut_between_characters_only(void **state)
{
    char out[8];

    (void)state;
    assert_true(cell_text("  Golo \t\n Ru ", out, sizeof out));
    assert_string_equal(out, "Golo Ru");
    assert_false(cell_text("abcdefgh", out, sizeof out));
    assert_string_equal(out, "abcdefg");
    assert_false(cell_text("abcdefé", out, sizeof out));
    assert_string_equal(out, "abcdef");
    assert_true(cell_text("abcdeé", out, sizeof out));
    assert_string_equal(out, "abcdeé");
    assert_true(cell_text("'=1+1", out, sizeof out));
    assert_string_equal(out, "=1+1");
    assert_true(cell_text("'t", out, sizeof out));
    assert_string_equal(out, "'t");
}

static void words_are_read_in_both_languages(void **state)
{
    (void)state;
    assert_string_equal(word_state("BELUM REKAM"), "unrecorded");
    assert_string_equal(word_state("belum_rekam"), "unrecorded");
    assert_string_equal(word_state("proses"), "processing");
    assert_string_equal(word_state("gagal"), "failed");
    assert_string_equal(word_state("periksa"), "review");
    assert_string_equal(word_state("PRR"), "print_ready");
    assert_string_equal(word_state("dicetak"), "printed");
    assert_string_equal(word_state("diambil"), "collected");
    assert_null(word_state("deceased"));
    assert_string_equal(word_flag("Meninggal"), "deceased");
    assert_string_equal(word_flag("none"), "");
    assert_null(word_flag("printed"));
    assert_string_equal(word_sex("Laki-laki"), "m");
    assert_string_equal(word_sex("P"), "f");
    assert_null(word_sex("X"));
    assert_true(word_is_lang("id"));
    assert_false(word_is_lang("ID"));
    assert_false(word_is_lang("indonesian"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_read_in_three_orders),
        cmocka_unit_test(a_text_is_cut_between_characters_only),
        cmocka_unit_test(words_are_read_in_both_languages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
