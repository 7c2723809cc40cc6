// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "registry/nik.h"
#include "registry/phone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* --- NIK ------------------------------------------------------------------ */

static void a_nik_of_a_man_and_of_a_woman_is_fine(void **state)
{
    (void)state;
    assert_int_equal(nik_check("5315051203889001"), NIK_FINE);
    assert_int_equal(nik_check("5315055203889001"), NIK_FINE);
    assert_false(nik_is_female("5315051203889001"));
    assert_true(nik_is_female("5315055203889001"));
}

static void a_nik_has_sixteen_digits(void **state)
{
    (void)state;
    assert_int_equal(nik_check(""), NIK_LENGTH);
    assert_int_equal(nik_check("531505120388900"), NIK_LENGTH);
    assert_int_equal(nik_check("53150512038890011"), NIK_LENGTH);
    assert_int_equal(nik_check("5315O51203889001"), NIK_LENGTH);
}

static void a_date_that_no_calendar_has_is_found(void **state)
{
    (void)state;
    assert_int_equal(nik_check("5315050003889001"), NIK_DATE);
    assert_int_equal(nik_check("5315053203889001"), NIK_DATE);
    assert_int_equal(nik_check("5315054003889001"), NIK_DATE);
    assert_int_equal(nik_check("5315057203889001"), NIK_DATE);
    assert_int_equal(nik_check("5315051213889001"), NIK_DATE);
    assert_int_equal(nik_check("5315053104889001"), NIK_DATE);
    assert_int_equal(nik_check("5315053002889001"), NIK_DATE);
    assert_int_equal(nik_check("5315052902899001"), NIK_DATE);
    assert_int_equal(nik_check("5315056902889001"), NIK_FINE);
    assert_int_equal(nik_check("5315052902009001"), NIK_FINE);
}

static void a_serial_of_zeros_and_leaflet_examples_are_found(void **state)
{
    (void)state;
    assert_int_equal(nik_check("5315051203880000"), NIK_SERIAL);
    assert_int_equal(nik_check("1234567890123456"), NIK_EXAMPLE);
    assert_int_equal(nik_check("1111111111111111"), NIK_EXAMPLE);
}

static void day_and_month_are_held_against_the_birth_date(void **state)
{
    (void)state;
    assert_true(nik_agrees("5315055203889001", civil_day(1988, 3, 12)));
    assert_true(nik_agrees("5315051203889001", civil_day(1888, 3, 12)));
    assert_false(nik_agrees("5315055203889001", civil_day(1988, 3, 13)));
    assert_false(nik_agrees("5315055203889001", civil_day(1988, 4, 12)));
}

static void a_cell_gives_its_sixteen_digits(void **state)
{
    static const char *const cells[] = {"5315055203889001", "'5315055203889001",
        "53.15.05.520388.9001", "531505 520388 9001", "531505-520388-9001",
        "5315055203889001.0", "5315055203889001,0"};
    char nik[NIK_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        assert_int_equal(nik_read(cells[i], nik, NULL), KB_OK);
        assert_string_equal(nik, "5315055203889001");
    }
}

static void a_spreadsheets_damage_to_a_nik_is_named(void **state)
{
    static const struct {
        const char *cell;
        const char *says;
    } cases[] = {
        {"5.31502E+15",                                                       "spreadsheet"},
        {"5,31502e15",                                                        "spreadsheet"},
        {"531505520388900",                                                   "15 digits"  },
        {"53150552038890011",                                                 "17 digits"  },
        {"",                                                                  "0 digits"   },
        {"5315O55203889001",                                                  "digits only"},
        {"53150552038890010000000000000000000000000000000000000000000000000",
         "longer"                                                                          },
    };

    char nik[NIK_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct why why = {0};

        assert_int_equal(nik_read(cases[i].cell, nik, &why), KB_INVALID);
        assert_string_equal(nik, "");
        assert_non_null(strstr(why.text, cases[i].says));
    }
}

/* --- phones ----------------------------------------------------------------- */

static void every_spelling_of_a_number_becomes_the_same(void **state)
{
    static const char *const cells[] = {"+6281200009001", "6281200009001",
        "006281200009001", "081200009001", "81200009001", "0812-0000-9001",
        "0812 0000 9001", "(0812) 0000.9001", "+62 0812 0000 9001",
        "+62 (0)812 0000 9001", "O812OOOO9OO1", "08l20000900I", "81200009001.0",
        "81200009001,0", "'081200009001", "HP: 081200009001",
        "081200009001 / 081200009002", "081200009001, 081200009002",
        "081200009001 081200009002", "081200009001;082100009003",
        "0385-41234 / 081200009001", "081200009001\n081200009002"};
    char phone[PHONE_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        struct why why = {0};

        if (phone_normalise(cells[i], phone, &why) != KB_OK) {
            fail_msg("%s: %s", cells[i], why.text);
        }
        assert_string_equal(phone, "+6281200009001");
    }
}

static void an_empty_cell_is_no_phone_and_no_fault(void **state)
{
    static const char *const cells[] = {"", " ", "-", "--", "0", "'"};
    char phone[PHONE_BYTES] = "x";

    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        assert_int_equal(phone_normalise(cells[i], phone, NULL), KB_OK);
        assert_string_equal(phone, "");
    }
}

static void what_is_no_mobile_number_says_why(void **state)
{
    static const struct {
        const char *cell;
        const char *says;
    } cases[] = {
        {"8.12E+10",       "spreadsheet"},
        {"0385-41234",     "landline"   },
        {"038541234",      "landline"   },
        {"08120000",       "digits"     },
        {"08120000900112", "digits"     },
        {"4444",           "short"      },
        {"tidak ada",      "letters"    },
        {"081200009x01",   "letters"    },
        {"+60123456789",   "Indonesian" },
    };

    char phone[PHONE_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct why why = {0};

        assert_int_equal(
            phone_normalise(cases[i].cell, phone, &why), KB_INVALID);
        assert_string_equal(phone, "");
        if (strstr(why.text, cases[i].says) == NULL) {
            fail_msg("%s: %s", cases[i].cell, why.text);
        }
    }
}

static void a_number_has_ten_to_thirteen_digits(void **state)
{
    char phone[PHONE_BYTES];

    (void)state;
    assert_int_equal(phone_normalise("0812000090", phone, NULL), KB_OK);
    assert_int_equal(phone_normalise("0812000090011", phone, NULL), KB_OK);
    assert_int_equal(phone_normalise("081200009", phone, NULL), KB_INVALID);
}

static void only_a_mobile_can_be_answered(void **state)
{
    (void)state;
    assert_true(phone_is_mobile("+6281200009001"));
    assert_false(phone_is_mobile("081200009001"));
    assert_false(phone_is_mobile("+62385412345"));
    assert_false(phone_is_mobile("4444"));
    assert_false(phone_is_mobile("TELKOMSEL"));
    assert_false(phone_is_mobile("+628"));
}

static void the_prefix_tells_the_operator(void **state)
{
    (void)state;
    assert_string_equal(phone_operator("+6281200009001"), "telkomsel");
    assert_string_equal(phone_operator("+6285700009001"), "indosat");
    assert_string_equal(phone_operator("+6283100009001"), "axis");
    assert_string_equal(phone_operator("+6280000009001"), "");
    assert_string_equal(phone_operator("TELKOMSEL"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_nik_of_a_man_and_of_a_woman_is_fine),
        cmocka_unit_test(a_nik_has_sixteen_digits),
        cmocka_unit_test(a_date_that_no_calendar_has_is_found),
        cmocka_unit_test(a_serial_of_zeros_and_leaflet_examples_are_found),
        cmocka_unit_test(day_and_month_are_held_against_the_birth_date),
        cmocka_unit_test(a_cell_gives_its_sixteen_digits),
        cmocka_unit_test(a_spreadsheets_damage_to_a_nik_is_named),
        cmocka_unit_test(every_spelling_of_a_number_becomes_the_same),
        cmocka_unit_test(an_empty_cell_is_no_phone_and_no_fault),
        cmocka_unit_test(what_is_no_mobile_number_says_why),
        cmocka_unit_test(a_number_has_ten_to_thirteen_digits),
        cmocka_unit_test(only_a_mobile_can_be_answered),
        cmocka_unit_test(the_prefix_tells_the_operator),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
