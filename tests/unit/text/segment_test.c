// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "base/str.h"
#include "text/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 3GPP TS 23.038 §6.2.1, row by row as the standard's table is read by code;
   0x1b is the escape and no character. */
static const char *const default_alphabet[] = {
    "@£$¥èéùìòÇ\nØø\rÅå",
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ",
    " !\"#¤%&'()*+,-./",
    "0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNO",
    "PQRSTUVWXYZÄÖÑÜ§",
    "¿abcdefghijklmno",
    "pqrstuvwxyzäöñüà",
};

/* §6.2.1.1: the ten of the extension table. */
static const char extension[] = "\f^{}\\[~]|€";

/* Not in either table, although they look as if they might be. */
static const char outside[] = "`ç’“”–…áíóúêëïôÀÈÙ\tŋ½°αβ\x01\x1b\x7f";

static int count_chars(const char *text, int septets)
{
    int count = 0;

    while (*text != '\0') {
        char one[5] = {0};
        struct text_size size = {0};

        (void)str_utf8_put(str_utf8_next(&text), one);
        size = text_measure(one);
        assert_int_equal(size.coding, septets == 0 ? TEXT_UCS2 : TEXT_GSM7);
        assert_int_equal(size.units, septets == 0 ? 1 : septets);
        count++;
    }
    return count;
}

static void every_character_of_the_standards_tables_counts_as_it_says(
    void **state)
{
    int count = 0;

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        count += count_chars(default_alphabet[i], 1);
    }
    assert_int_equal(count, 127);
    assert_int_equal(count_chars(extension, 2), 10);
}

static void nothing_else_is_gsm7(void **state)
{
    int inside = 0;

    (void)state;
    (void)count_chars(outside, 0);
    for (uint32_t code = 1; code <= 0x2fff; code++) {
        char one[5] = {0};

        (void)str_utf8_put(code, one);
        inside += text_measure(one).coding == TEXT_GSM7 ? 1 : 0;
    }
    assert_int_equal(inside, 127 + 10);
}

static void fill(struct buf *buf, const char *unit, int count)
{
    for (int i = 0; i < count; i++) {
        buf_add_text(buf, unit);
    }
}

static void a_text_is_measured_at_its_borders(void **state)
{
    static const struct {
        const char *unit;
        int count;
        enum text_coding coding;
        int units;
        int parts;
    } cases[] = {
        {"a",    0,    TEXT_GSM7, 0,    0 },
        {"a",    1,    TEXT_GSM7, 1,    1 },
        {"a",    160,  TEXT_GSM7, 160,  1 },
        {"a",    161,  TEXT_GSM7, 161,  2 },
        {"a",    306,  TEXT_GSM7, 306,  2 },
        {"a",    307,  TEXT_GSM7, 307,  3 },
        {"a",    1530, TEXT_GSM7, 1530, 10},
        {"a",    1531, TEXT_GSM7, 1531, 11},
        {"€",  80,   TEXT_GSM7, 160,  1 },
        {"€",  81,   TEXT_GSM7, 162,  2 }, /* 76 × 2 = 152 in a part */
        {"€",  152,  TEXT_GSM7, 304,  2 },
        {"€",  153,  TEXT_GSM7, 306,  3 },
        {"ŋ",   70,   TEXT_UCS2, 70,   1 },
        {"ŋ",   71,   TEXT_UCS2, 71,   2 },
        {"ŋ",   134,  TEXT_UCS2, 134,  2 },
        {"ŋ",   135,  TEXT_UCS2, 135,  3 },
        {"ŋ",   670,  TEXT_UCS2, 670,  10},
        {"😀", 35,   TEXT_UCS2, 70,   1 },
        {"😀", 36,   TEXT_UCS2, 72,   2 }, /* 33 × 2 = 66 in a part */
        {"😀", 67,   TEXT_UCS2, 134,  3 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf text = {0};
        struct text_size size = {0};

        fill(&text, cases[i].unit, cases[i].count);
        size = text_measure(buf_text(&text));
        assert_int_equal(size.coding, cases[i].coding);
        assert_int_equal(size.units, cases[i].units);
        assert_int_equal(size.parts, cases[i].parts);
        buf_clear(&text);
    }
}

static void a_pair_of_units_is_never_split(void **state)
{
    struct text_part parts[TEXT_MAX_PARTS];
    enum text_coding coding = TEXT_UCS2;
    struct buf text = {0};
    int count = 0;

    (void)state;
    fill(&text, "a", 152);
    fill(&text, "€", 5);
    assert_int_equal(
        text_split(buf_text(&text), parts, &count, &coding), KB_OK);
    assert_int_equal(count, 2);
    assert_int_equal(coding, TEXT_GSM7);
    assert_int_equal(strlen(parts[0].text), 152);
    assert_string_equal(parts[1].text, "€€€€€");
    buf_clear(&text);

    fill(&text, "a", 66);
    fill(&text, "😀", 4);
    assert_int_equal(
        text_split(buf_text(&text), parts, &count, &coding), KB_OK);
    assert_int_equal(count, 2);
    assert_int_equal(coding, TEXT_UCS2);
    assert_int_equal(strlen(parts[0].text), 66);
    assert_string_equal(parts[1].text, "😀😀😀😀");
    buf_clear(&text);
}

static void what_cannot_be_sent_is_refused(void **state)
{
    struct text_part parts[TEXT_MAX_PARTS];
    enum text_coding coding = TEXT_GSM7;
    struct buf text = {0};
    int count = 77;

    (void)state;
    assert_int_equal(text_split("", parts, &count, &coding), KB_INVALID);
    assert_int_equal(text_split("caf\xe9", parts, &count, &coding), KB_INVALID);
    assert_int_equal(
        text_split("\xed\xa0\x80", parts, &count, &coding), KB_INVALID);
    fill(&text, "a", 1531);
    assert_int_equal(
        text_split(buf_text(&text), parts, &count, &coding), KB_INVALID);
    assert_int_equal(count, 77);
    buf_clear(&text);
}

/* What one part may hold, by the standards' numbers and not by the code's. */
static void check_part(const char *part, enum text_coding coding, int count)
{
    static const int most[2][2] = {
        {160, 153},
        {70,  67 },
    };
    struct text_size size = text_measure(part);
    int units = size.units;

    if (coding == TEXT_UCS2 && size.coding == TEXT_GSM7) {
        const char *at = part;

        for (units = 0; *at != '\0'; units++) {
            (void)str_utf8_next(&at);
        }
    }
    assert_true(units > 0);
    assert_true(units <= most[coding][count > 1 ? 1 : 0]);
    assert_true(str_utf8_valid(part, strlen(part)));
}

static void check_split(const char *text)
{
    struct text_part parts[TEXT_MAX_PARTS];
    enum text_coding coding = TEXT_GSM7;
    struct text_size size = text_measure(text);
    struct buf joined = {0};
    int count = 0;
    enum kb_err err = text_split(text, parts, &count, &coding);

    if (size.parts == 0 || size.parts > TEXT_MAX_PARTS) {
        assert_int_equal(err, KB_INVALID);
        return;
    }
    assert_int_equal(err, KB_OK);
    assert_int_equal(count, size.parts);
    assert_int_equal(coding, size.coding);
    for (int i = 0; i < count; i++) {
        check_part(parts[i].text, coding, count);
        buf_add_text(&joined, parts[i].text);
    }
    assert_string_equal(buf_text(&joined), text);
    buf_clear(&joined);
}

/* A small generator of our own: the same texts on every machine. */
static uint32_t draw(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (*seed >> 8) % below;
}

static void random_texts_are_their_parts_joined(void **state)
{
    static const char *const plain[] = {"a", "Z", "7", " ", "\n", "@"};
    static const char *const mixed[] = {
        "a", "é", "€", "[", "~", "ß", "Ω", "\f"};
    static const char *const wild[] = {
        "a", "é", "€", "ŋ", "’", "😀", "語", "\xef\xbf\xbd"};
    uint32_t seed = 20160930;

    (void)state;
    for (int length = 0; length <= 1600; length++) {
        struct buf text[3] = {0};

        for (int i = 0; i < length; i++) {
            buf_add_text(&text[0], plain[draw(&seed, 6)]);
            buf_add_text(&text[1], mixed[draw(&seed, 8)]);
            buf_add_text(&text[2], wild[draw(&seed, 8)]);
        }
        for (size_t i = 0; i < 3; i++) {
            check_split(buf_text(&text[i]));
            buf_clear(&text[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            every_character_of_the_standards_tables_counts_as_it_says),
        cmocka_unit_test(nothing_else_is_gsm7),
        cmocka_unit_test(a_text_is_measured_at_its_borders),
        cmocka_unit_test(a_pair_of_units_is_never_split),
        cmocka_unit_test(what_cannot_be_sent_is_refused),
        cmocka_unit_test(random_texts_are_their_parts_joined),
    };

    return cmocka_run_group_tests_name("text: segments", tests, NULL, NULL);
}
