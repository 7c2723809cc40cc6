// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "text/text_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_deadline_has_its_month_in_letters(void **state)
{
    char out[16] = "";

    (void)state;
    text_deadline("id", civil_day(2016, 9, 30), out, sizeof out);
    assert_string_equal(out, "30 Sep 2016");
    text_deadline("id", civil_day(2018, 5, 1), out, sizeof out);
    assert_string_equal(out, "1 Mei 2018");
    text_deadline("en", civil_day(2018, 5, 1), out, sizeof out);
    assert_string_equal(out, "1 May 2018");
    text_deadline("", civil_day(2018, 12, 31), out, sizeof out);
    assert_string_equal(out, "31 Des 2018");
    text_deadline(NULL, civil_day(2018, 8, 9), out, sizeof out);
    assert_string_equal(out, "9 Agu 2018");
}

static void a_day_is_named_as_the_language_names_it(void **state)
{
    char out[16] = "";

    (void)state;
    text_day("id", civil_day(2016, 9, 5), out, sizeof out);
    assert_string_equal(out, "Senin 5/9");
    text_day("en", civil_day(2016, 9, 5), out, sizeof out);
    assert_string_equal(out, "Mon 5 Sep");
    text_day("mgy", civil_day(2016, 12, 25), out, sizeof out);
    assert_string_equal(out, "Minggu 25/12");
}

static void every_date_fits_its_field(void **state)
{
    static const char *const langs[] = {"id", "en"};

    (void)state;
    for (int32_t day = 0; day < 400; day++) {
        for (size_t i = 0; i < 2; i++) {
            char out[32] = "";

            text_deadline(
                langs[i], civil_day(2016, 1, 1) + day, out, sizeof out);
            assert_true((int)strlen(out) <= text_field_width(TEXT_DEADLINE));
            text_day(langs[i], civil_day(2016, 1, 1) + day, out, sizeof out);
            assert_true((int)strlen(out) <= text_field_width(TEXT_DAY));
        }
    }
}

static void a_household_is_named_within_the_names_width(void **state)
{
    static const struct {
        const char *names[4];
        size_t count;
        const char *text;
    } cases[] = {
        {{""},                                      0, ""               },
        {{"Maria Weng"},                            1, "Maria Weng"     },
        {{"Fransiska Romana Jehadun"},              1, "Fransiska"      },
        {{"Ana", "Yosef"},                          2, "Ana, Yosef"     },
        {{"Ana Weng", "Ida Weng"},                  2, "Ana Weng, Ida"  },
        {{"Maria Weng", "Yosef Weng"},              2, "Maria, Yosef"   },
        {{"Maria Weng", "Fransiskus Weng"},         2, "Maria Weng +1"  },
        {{"Ana Weng", "Ida Weng", "Yan Weng"},      3, "Ana, Ida, Yan"  },
        {{"Maria Weng", "Yosef", "Petrus", "Anna"}, 4, "Maria Weng +3"  },
        {{"Fransiskus Jehadun", "Yosef Weng"},      2, "Fransiskus +1"  },
        {{"Wilhelminawatiningsih", "Yosef Weng"},   2, "Wilhelminawa +1"},
        {{"José Weng", "Nuñez"},                  2, "José, Nuñez"  },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[64] = "unset";

        text_names(cases[i].names, cases[i].count, out, sizeof out);
        assert_string_equal(out, cases[i].text);
        assert_true(text_value_septets(out) <= text_field_width(TEXT_NAME));
    }
}

static void a_village_heads_phone_says_how_many_more(void **state)
{
    const char *names[60] = {NULL};
    char out[16] = "";

    (void)state;
    for (size_t i = 0; i < 60; i++) {
        names[i] = i == 0 ? "Maria Weng" : "Yosef Weng";
    }
    text_names(names, 60, out, sizeof out);
    assert_string_equal(out, "Maria Weng +59");
    text_names(names, 60, out, 10);
    assert_string_equal(out, "Maria +59");
    text_names(names, 60, out, 3);
    assert_string_equal(out, "");
}

static void a_value_is_cut_at_a_word_and_folded(void **state)
{
    static const struct {
        enum text_field field;
        const char *value;
        const char *text;
    } cases[] = {
        {TEXT_NAME,   "Maria Weng",                       "Maria Weng"     },
        {TEXT_NAME,   "123456789012345",                  "123456789012345"},
        {TEXT_NAME,   "1234567890123456",                 "123456789012345"},
        {TEXT_NAME,   "Maria Goreti Weng",                "Maria Goreti"   },
        {TEXT_NAME,   "Maria Gore Weng Ida",              "Maria Gore Weng"},
        {TEXT_NAME,   "Maria, Yosefina Weng",             "Maria, Yosefina"},
        {TEXT_NAME,   "Mari, Yo, Yosefina",               "Mari, Yo"       },
        {TEXT_NAME,
         "Jos\xc3\xa9 N\xc3\xba\xc3\xb1"
            "ez",                                         "José Nuñez"   },
        {TEXT_NAME,
         "Jose\xcc\x81 D\xe2\x80\x99"
            "Ar",                                         "Jose D'Ar"      },
        {TEXT_NAME,   "A\nB\tC\x01\x7f",                  "A B C  "        },
        {TEXT_NAME,
         "A\xe2\x80\xae"
            "B\xe2\x80\x8b"
            "C",                                          "ABC"            },
        {TEXT_NAME,   "\xc5\x81\xc4\x87\xc5\x93\xc5\x8b", "Lcon"           },
        {TEXT_NAME,   "\xe8\xaa\x9e\xf0\x9f\x98\x80\xff", "???"            },
        {TEXT_NAME,
         "\xe2\x80\x9c"
            "A\xe2\x80\x9d \xe2\x80\x93 B\xe2\x80\xa6",   "\"A\" - B..."   },
        {TEXT_NAME,   "[[[[[[[[",                         "[[[[[[["        },
        {TEXT_OFFICE, "Kantor Camat Lembor Selatan",
         "Kantor Camat Lembor Selatan"                                     },
        {TEXT_OFFICE, "Kantor Camat Lembor Selatan Baru",
         "Kantor Camat Lembor Selatan"                                     },
        {TEXT_HOURS,  "08.00-12.00, 13.00-15.00",         "08.00-12.00"    },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text_value out = {{0}};

        assert_true(
            text_value_fit(cases[i].field, TEXT_GSM7, cases[i].value, &out));
        assert_string_equal(out.text, cases[i].text);
        assert_int_equal(text_measure(out.text).coding, TEXT_GSM7);
    }
}

static void in_ucs2_a_value_is_cut_by_utf16_units(void **state)
{
    struct text_value out = {{0}};

    (void)state;
    assert_true(text_value_fit(TEXT_NAME, TEXT_UCS2, "😀😀😀😀😀😀😀😀", &out));
    assert_string_equal(out.text, "😀😀😀😀😀😀😀");
    assert_true(text_value_fit(TEXT_NAME, TEXT_UCS2, "Ŋéŋ\x1b’", &out));
    assert_string_equal(out.text, "Ŋéŋ ’");
}

static void a_cut_figure_is_no_figure(void **state)
{
    struct text_value out = {{0}};

    (void)state;
    assert_true(text_value_fit(TEXT_NIK4, TEXT_GSM7, "9001", &out));
    assert_false(text_value_fit(TEXT_NIK4, TEXT_GSM7, "19001", &out));
    assert_true(text_value_fit(TEXT_DAYS_LEFT, TEXT_GSM7, "99", &out));
    assert_false(text_value_fit(TEXT_DAYS_LEFT, TEXT_GSM7, "100", &out));
}

static void days_of_a_week_are_said_as_people_do(void **state)
{
    static const struct {
        unsigned days; /* bit 0: Monday */
        const char *id;
        const char *en;
    } cases[] = {
        {0x1f, "Senin-Jumat",         "Mon-Fri"            },
        {0x3f, "Senin-Sabtu",         "Mon-Sat"            },
        {0x7f, "Senin-Minggu",        "Mon-Sun"            },
        {0x02, "Selasa",              "Tue"                },
        {0x27, "Sen-Rab,Sab",         "Mon-Wed,Sat"        },
        {0x5b, "Sen-Sel,Kam-Jum,Min", "Mon-Tue,Thu-Fri,Sun"},
        {0x55, "Sen,Rab,Jum,Min",     "Mon,Wed,Fri,Sun"    },
        {0,    "",                    ""                   },
    };

    char out[24];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        text_days("id", cases[i].days, out, sizeof out);
        assert_string_equal(out, cases[i].id);
        text_days("en", cases[i].days, out, sizeof out);
        assert_string_equal(out, cases[i].en);
        assert_true((int)strlen(out) <= text_field_width(TEXT_DAYS));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_of_a_week_are_said_as_people_do),
        cmocka_unit_test(a_deadline_has_its_month_in_letters),
        cmocka_unit_test(a_day_is_named_as_the_language_names_it),
        cmocka_unit_test(every_date_fits_its_field),
        cmocka_unit_test(a_household_is_named_within_the_names_width),
        cmocka_unit_test(a_village_heads_phone_says_how_many_more),
        cmocka_unit_test(a_value_is_cut_at_a_word_and_folded),
        cmocka_unit_test(in_ucs2_a_value_is_cut_by_utf16_units),
        cmocka_unit_test(a_cut_figure_is_no_figure),
    };

    return cmocka_run_group_tests_name("text: phrases", tests, NULL, NULL);
}
