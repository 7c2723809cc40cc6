// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Writes each row as "NUMBER[field|field]" into a text to compare. */
static enum kb_err on_row(void *arg, const struct csv_row *row)
{
    struct buf *seen = arg;

    buf_printf(seen, "%lld[", (long long)row->number);
    for (size_t i = 0; i < row->count && i < 8; i++) {
        buf_printf(seen, "%s%s", i == 0 ? "" : "|", row->fields[i]);
    }
    buf_printf(seen, "]%s",
        row->fault == CSV_FIELD_TOO_LONG    ? "long"
        : row->fault == CSV_TOO_MANY_FIELDS ? "many"
                                            : "");
    return KB_OK;
}

/* Feeds a text in pieces of so many bytes. */
static enum kb_err read_pieces(const char *text, size_t bytes, size_t piece,
    struct buf *seen, struct why *why)
{
    struct csv_reader *reader = csv_reader_new(on_row, seen);
    enum kb_err err = KB_OK;

    while (bytes > 0 && err == KB_OK) {
        size_t step = bytes < piece ? bytes : piece;

        err = csv_reader_feed(reader, text, step, why);
        text += step;
        bytes -= step;
    }
    if (err == KB_OK) {
        err = csv_reader_end(reader, why);
    }
    csv_reader_free(reader);
    return err;
}

static void expect(const char *text, const char *rows)
{
    static const size_t pieces[] = {1, 3, 4096};

    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct buf seen = {0};
        struct why why = {0};

        assert_int_equal(
            read_pieces(text, strlen(text), pieces[i], &seen, &why), KB_OK);
        assert_string_equal(buf_text(&seen), rows);
        buf_clear(&seen);
    }
}

static void comma_semicolon_and_tab_are_told_by_the_header(void **state)
{
    (void)state;
    expect("a,b\n1,2\n", "1[a|b]2[1|2]");
    expect("a;b\n1,5;2\n", "1[a|b]2[1,5|2]");
    expect("a\tb\n1\t2\n", "1[a|b]2[1|2]");
    expect("\"a;b;c\",d\n1,2\n", "1[a;b;c|d]2[1|2]");
    expect("a\n1\n", "1[a]2[1]");
    expect("sep=;\na,x;b\n1;2\n", "2[a,x|b]3[1|2]");
}

static void line_ends_of_every_kind_and_none_at_the_end(void **state)
{
    (void)state;
    expect("a,b\r\n1,2\r\n3,4", "1[a|b]2[1|2]3[3|4]");
    expect("a,b\n1,2", "1[a|b]2[1|2]");
    expect("a,b\r1,2\r", "1[a|b]2[1|2]");
    expect("a,b", "1[a|b]");
    expect("", "");
}

static void rows_are_counted_as_a_spreadsheet_counts_them(void **state)
{
    (void)state;
    expect("a,b\n\"x\ny\",2\n3,4\n", "1[a|b]2[x\ny|2]3[3|4]");
    expect("a,b\r\n\r\n3,4\r\n", "1[a|b]3[3|4]");
    expect("a;b\n\n\n;\n3;4\n", "1[a|b]5[3|4]");
}

static void quotes_hold_delimiters_and_quotes(void **state)
{
    (void)state;
    expect("a,b\n\"x, \"\"y\"\"\",2\n", "1[a|b]2[x, \"y\"|2]");
    expect("a,b\n Maria \t, 2\n", "1[a|b]2[Maria|2]");
    expect("a,b\nGolo \"Ru\"a,2\n", "1[a|b]2[Golo \"Ru\"a|2]");
}

static void a_byte_order_mark_is_no_part_of_the_first_name(void **state)
{
    (void)state;
    expect("\xef\xbb\xbfnik,nama\n1,2\n", "1[nik|nama]2[1|2]");
}

static void utf8_stays_and_windows_1252_becomes_utf8(void **state)
{
    (void)state;
    expect("a,b\nRené,Ndaté\n", "1[a|b]2[René|Ndaté]");
    expect("a,b\nRen\xe9,\x93x\x94 \x80\n", "1[a|b]2[René|“x” €]");
    expect("a,b\nRen\xe9,René\n", "1[a|b]2[René|René]");
}

static void a_nul_in_a_field_cannot_hide_the_rest(void **state)
{
    static const char text[] = "a,b\nx\0y,2\n";
    struct buf seen = {0};

    (void)state;
    assert_int_equal(
        read_pieces(text, sizeof text - 1, 4096, &seen, NULL), KB_OK);
    assert_string_equal(buf_text(&seen), "1[a|b]2[x y|2]");
    buf_clear(&seen);
}

static void too_long_a_field_and_too_many_columns_are_that_rows_fault(
    void **state)
{
    struct buf text = {0};
    struct buf seen = {0};

    (void)state;
    buf_add_text(&text, "a,b\n");
    for (size_t i = 0; i < CSV_FIELD_MOST; i++) {
        buf_add_text(&text, "x");
    }
    buf_add_text(&text, "y,2\n3,4\n");
    for (size_t i = 0; i < CSV_COLUMNS_MOST; i++) {
        buf_add_text(&text, "c,");
    }
    buf_add_text(&text, "c\n5,6\n");
    assert_int_equal(
        read_pieces(text.data, text.used, 1000, &seen, NULL), KB_OK);
    assert_string_equal(
        buf_text(&seen), "1[a|b]2[|2]long3[3|4]4[c|c|c|c|c|c|c|c]many5[5|6]");
    buf_clear(&text);
    buf_clear(&seen);
}

static void what_is_no_csv_says_what_it_is(void **state)
{
    static const struct {
        const char *text;
        size_t bytes;
        const char *says;
    } cases[] = {
        {"PK\x03\x04\n",        5,  "workbook"},
        {"\xd0\xcf\x11\xe0\n",  5,  "workbook"},
        {"\xff\xfen\0\n\0",     6,  "UTF-16"  },
        {"SQLite format 3\0\n", 17, "--table" },
        {"a,b\n\"x,2\n3,4\n",   12, "row 2"   },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf seen = {0};
        struct why why = {0};

        assert_int_equal(
            read_pieces(cases[i].text, cases[i].bytes, 2, &seen, &why),
            KB_INVALID);
        assert_non_null(strstr(why.text, cases[i].says));
        buf_clear(&seen);
    }
}

static void input_without_an_end_is_given_up(void **state)
{
    static const char *const starts[] = {"x", "a,b\n\"x"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct buf text = {0};
        struct buf seen = {0};
        struct why why = {0};

        buf_add_text(&text, starts[i]);
        while (text.used < 3 * CSV_RUNAWAY_MOST) {
            buf_add_text(&text, "0123456789");
        }
        assert_int_equal(
            read_pieces(text.data, text.used, 5000, &seen, &why), KB_INVALID);
        assert_string_not_equal(why.text, "");
        buf_clear(&text);
        buf_clear(&seen);
    }
}

static enum kb_err refuse(void *arg, const struct csv_row *row)
{
    (void)row;
    (*(int *)arg)++;
    return KB_FULL;
}

static void a_row_that_is_not_taken_stops_the_reader(void **state)
{
    int calls = 0;
    struct csv_reader *reader = csv_reader_new(refuse, &calls);

    (void)state;
    assert_int_equal(
        csv_reader_feed(reader, "a,b\n1,2\n3,4\n", 12, NULL), KB_FULL);
    assert_int_equal(csv_reader_feed(reader, "5,6\n", 4, NULL), KB_FULL);
    assert_int_equal(csv_reader_end(reader, NULL), KB_FULL);
    assert_int_equal(calls, 1);
    csv_reader_free(reader);
}

static void writing_quotes_and_disarms_formulas(void **state)
{
    static const char *const fields[] = {"Maria", "Golo, Ru'a", "say \"x\"",
        "=1+1", "+6281200009001", "-3", "@x", "a\nb", "", " x"};
    struct buf out = {0};

    (void)state;
    csv_line(&out, fields, sizeof fields / sizeof fields[0]);
    assert_string_equal(buf_text(&out),
        "Maria,\"Golo, Ru'a\",\"say \"\"x\"\"\",'=1+1,'+6281200009001,'-3,'@x,"
        "\"a\nb\",,\" x\"\n");
    buf_clear(&out);
}

static void what_was_disarmed_can_be_read_again(void **state)
{
    static const char *const texts[] = {
        "=1+1", "'=1+1", "''-3", "Ru'a", "'Ali", "-", "", "'", "@x"};
    struct buf out = {0};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        csv_quote(&out, texts[i]);
        assert_string_equal(csv_plain(buf_text(&out)), texts[i]);
        buf_clear(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comma_semicolon_and_tab_are_told_by_the_header),
        cmocka_unit_test(line_ends_of_every_kind_and_none_at_the_end),
        cmocka_unit_test(rows_are_counted_as_a_spreadsheet_counts_them),
        cmocka_unit_test(quotes_hold_delimiters_and_quotes),
        cmocka_unit_test(a_byte_order_mark_is_no_part_of_the_first_name),
        cmocka_unit_test(utf8_stays_and_windows_1252_becomes_utf8),
        cmocka_unit_test(a_nul_in_a_field_cannot_hide_the_rest),
        cmocka_unit_test(
            too_long_a_field_and_too_many_columns_are_that_rows_fault),
        cmocka_unit_test(what_is_no_csv_says_what_it_is),
        cmocka_unit_test(input_without_an_end_is_given_up),
        cmocka_unit_test(a_row_that_is_not_taken_stops_the_reader),
        cmocka_unit_test(writing_quotes_and_disarms_formulas),
        cmocka_unit_test(what_was_disarmed_can_be_read_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
