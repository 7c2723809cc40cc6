// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/cli.h"
#include "cli/table.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct cli_column columns[] = {
    {"NAME",  "name",  8, false},
    {"COUNT", "count", 0, false},
    {"WHY",   "why",   0, false},
    {NULL,    NULL,    0, false},
};

static void assert_table(const char *json, const char *expected)
{
    json_t *rows = json_loads(json, 0, NULL);
    struct buf out = {0};

    assert_non_null(rows);
    cli_table(&out, columns, rows, (struct cli_fit){0});
    assert_string_equal(buf_text(&out), expected);
    buf_clear(&out);
    json_decref(rows);
}

static void columns_are_as_wide_as_what_they_hold(void **state)
{
    (void)state;
    assert_table("[{\"name\":\"m1\",\"count\":7,\"why\":\"x\"},"
                 "{\"name\":\"modem-2\",\"count\":1200,\"why\":null}]",
        "NAME     COUNT  WHY\n"
        "m1           7  x\n"
        "modem-2   1200  -\n");
    assert_table("[]", "NAME  COUNT  WHY\n");
}

static void width_is_counted_as_a_terminal_does(void **state)
{
    (void)state;
    assert_int_equal(cli_width("Rp 5.000"), 8);
    assert_int_equal(cli_width("Mikaël"), 6);
    assert_int_equal(cli_width("Mikae\xcc\x88l"), 6); /* combining */
    assert_int_equal(cli_width("日本"), 4);
    assert_table("[{\"name\":\"Mikaël\",\"count\":1,\"why\":\"x\"}]",
        "NAME    COUNT  WHY\n"
        "Mikaël      1  x\n");
}

static void a_long_cell_is_cut(void **state)
{
    (void)state;
    assert_table("[{\"name\":\"Maria Goreti\",\"count\":1,\"why\":\"x\"}]",
        "NAME      COUNT  WHY\n"
        "Maria G…      1  x\n");
}

static void assert_fits(
    const char *json, struct cli_fit fit, const char *expected)
{
    static const struct cli_column wide[] = {
        {"PHONE",  "phone",  0,  false},
        {"REASON", "reason", 40, false},
        {"EMPTY",  "none",   0,  false},
        {"SINCE",  "since",  0,  true },
        {NULL,     NULL,     0,  false},
    };
    json_t *rows = json_loads(json, 0, NULL);
    struct buf out = {0};

    assert_non_null(rows);
    cli_table(&out, wide, rows, fit);
    assert_string_equal(buf_text(&out), expected);
    buf_clear(&out);
    json_decref(rows);
}

#define HELD                                                                   \
    "[{\"phone\":\"+6281200099111\",\"since\":\"2016-09-01T08:00:00+08:00\","  \
    "\"reason\":\"office Kantor Camat Lembor is down: released when it is "    \
    "up\"}]"

static void a_terminal_gets_whole_texts_below_each_other(void **state)
{
    (void)state;
    assert_fits(HELD, (struct cli_fit){.columns = 60},
        "PHONE           REASON                      SINCE\n"
        "+6281200099111  office Kantor Camat Lembor  2016-09-01 08:00\n"
        "                is down: released when it\n"
        "                is up\n");
}

static void a_narrow_one_loses_spare_columns_but_never_half_a_number(
    void **state)
{
    (void)state;
    assert_fits(HELD, (struct cli_fit){.columns = 44},
        "PHONE           REASON\n"
        "+6281200099111  office Kantor Camat Lembor\n"
        "                is down: released when it is\n"
        "                up\n"
        "(no room for SINCE)\n");
}

static void what_is_too_narrow_for_a_table_is_a_value_a_line(void **state)
{
    (void)state;
    assert_fits(HELD, (struct cli_fit){.columns = 26},
        "PHONE   +6281200099111\n"
        "REASON  office Kantor\n"
        "        Camat Lembor is\n"
        "        down: released\n"
        "        when it is up\n"
        "SINCE   2016-09-01 08:00\n");
}

static void a_screen_that_is_refreshed_has_a_line_a_row(void **state)
{
    (void)state;
    assert_fits(HELD, (struct cli_fit){.columns = 44, .cut = true},
        "PHONE           REASON\n"
        "+6281200099111  office Kantor Camat Lembor …\n");
}

static void assert_cell(const char *json, const char *expected)
{
    json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
    char *cell = cli_cell(value, 0);

    assert_string_equal(cell, expected);
    free(cell);
    json_decref(value);
}

static void values_are_written_for_people(void **state)
{
    (void)state;
    assert_cell("null", "-");
    assert_cell("\"\"", "-");
    assert_cell("true", "yes");
    assert_cell("false", "no");
    assert_cell("12", "12");
    assert_cell("[\"a=1\",\"b\"]", "a=1, b");
    assert_cell("[]", "-");
    assert_cell("{\"phones\":3,\"last_seen\":\"2016-09-01T15:19:00+08:00\"}",
        "phones 3, last seen 2016-09-01 15:19");
    assert_cell("\"2016-09-30T08:00:00+08:00\"", "2016-09-30 08:00");
    assert_cell("\"2016-09-30\"", "2016-09-30");
}

static void an_sms_cannot_talk_to_the_terminal(void **state)
{
    (void)state;
    assert_cell("\"a\\u001b[2Jb\\nc\\u009bd\\u202ee\"", "a [2Jb c d e");
}

static void an_object_is_shown_a_member_a_line(void **state)
{
    json_t *object = json_loads("{\"id\":1,\"last_error\":\"\",\"parts\":"
                                "[{\"part\":1,\"state\":\"sent\"}]}",
        0, NULL);
    struct buf out = {0};

    (void)state;
    cli_show(&out, object, (struct cli_fit){0});
    assert_ptr_equal(strstr(buf_text(&out), "id          1\n"
                                            "last error  -\n"
                                            "\n"
                                            "parts\n"
                                            "PART  STATE  MODEM"),
        out.data);
    buf_clear(&out);
    json_decref(object);
}

static void a_sentence_is_filled_in(void **state)
{
    json_t *object = json_loads("{\"name\":\"m1\",\"n\":3}", 0, NULL);
    struct buf out = {0};

    (void)state;
    cli_line(&out, "modem {name}: {n} {gone} {", object);
    assert_string_equal(buf_text(&out), "modem m1: 3 - {");
    buf_clear(&out);
    cli_line(&out, "{name}[, back {gone}][ at {n}]; done", object);
    assert_string_equal(buf_text(&out), "m1 at 3; done");
    buf_clear(&out);
    json_decref(object);
}

static void exit_codes_follow_the_status(void **state)
{
    (void)state;
    assert_int_equal(cli_exit_of_status(201), CLI_DONE);
    assert_int_equal(cli_exit_of_status(404), CLI_NOT_FOUND);
    assert_int_equal(cli_exit_of_status(409), CLI_REFUSED);
    assert_int_equal(cli_exit_of_status(422), CLI_REFUSED);
    assert_int_equal(cli_exit_of_status(413), CLI_REFUSED);
    assert_int_equal(cli_exit_of_status(503), CLI_FAILED);
}

static void assert_error(const char *json, const char *expected)
{
    json_t *answer = json_loads(json, 0, NULL);
    struct buf out = {0};

    cli_error_text(answer, &out);
    assert_string_equal(buf_text(&out), expected);
    buf_clear(&out);
    json_decref(answer);
}

static void an_error_names_its_field_once(void **state)
{
    (void)state;
    assert_error("{\"error\":{\"code\":\"invalid\",\"field\":\"phone\","
                 "\"message\":\"too short\"}}",
        "phone: too short");
    assert_error("{\"error\":{\"code\":\"invalid\",\"field\":\"phone\","
                 "\"message\":\"phone is missing\"}}",
        "phone is missing");
    assert_error("{\"error\":{\"code\":\"no_daemon\",\"message\":\"x\"}}",
        "no kabarid runs; start it: systemctl start kabarid");
}

static void csv_becomes_objects_with_their_rows(void **state)
{
    static const char *const known[] = {"phone", "text", NULL};
    struct buf csv = {0};
    struct why why = {0};
    json_t *rows = NULL;
    json_t *numbers = NULL;

    (void)state;
    buf_add_text(&csv, "\xef\xbb\xbfPhone;Text\n0812;\"a;b\"\n\n0813;\n");
    assert_int_equal(
        cli_csv_objects(&csv, known, &rows, &numbers, &why), KB_OK);
    assert_int_equal(json_array_size(rows), 2);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(rows, 0), "text")),
        "a;b");
    assert_null(json_object_get(json_array_get(rows, 1), "text"));
    assert_int_equal(json_integer_value(json_array_get(numbers, 1)), 4);
    json_decref(rows);
    json_decref(numbers);
    buf_clear(&csv);
    buf_add_text(&csv, "phone,txt\n0812,a\n");
    assert_int_equal(
        cli_csv_objects(&csv, known, &rows, &numbers, &why), KB_INVALID);
    assert_non_null(strstr(why.text, "\"txt\""));
    buf_clear(&csv);
}

static int use_utf8(void **state)
{
    (void)state;
    return setlocale(LC_CTYPE, "C.UTF-8") == NULL ? -1 : 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_as_wide_as_what_they_hold),
        cmocka_unit_test(width_is_counted_as_a_terminal_does),
        cmocka_unit_test(a_long_cell_is_cut),
        cmocka_unit_test(a_terminal_gets_whole_texts_below_each_other),
        cmocka_unit_test(
            a_narrow_one_loses_spare_columns_but_never_half_a_number),
        cmocka_unit_test(what_is_too_narrow_for_a_table_is_a_value_a_line),
        cmocka_unit_test(a_screen_that_is_refreshed_has_a_line_a_row),
        cmocka_unit_test(values_are_written_for_people),
        cmocka_unit_test(an_sms_cannot_talk_to_the_terminal),
        cmocka_unit_test(an_object_is_shown_a_member_a_line),
        cmocka_unit_test(a_sentence_is_filled_in),
        cmocka_unit_test(exit_codes_follow_the_status),
        cmocka_unit_test(an_error_names_its_field_once),
        cmocka_unit_test(csv_becomes_objects_with_their_rows),
    };

    return cmocka_run_group_tests(tests, use_utf8, NULL);
}
