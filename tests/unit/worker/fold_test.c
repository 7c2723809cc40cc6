// SPDX-License-Identifier: GPL-2.0-or-later
/* Line ends inside a USSD answer become spaces; all others stay. */
#include "modems/worker/fold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *folded(const char *text)
{
    static char out[2048];
    struct fold fold = {.place = 0};
    size_t used = 0;

    assert_true(strlen(text) < sizeof out);
    for (; *text != '\0'; text++) {
        out[used++] = fold_byte(&fold, *text);
    }
    out[used] = '\0';
    return out;
}

static void an_answer_of_several_lines_is_one_line(void **state)
{
    (void)state;
    assert_string_equal(
        folded(
            "\r\n+CUSD: 1,\"1 Info\n2 Paket\r\n\n3 Keluar\",15\r\n\r\nOK\r\n"),
        "\r\n+CUSD: 1,\"1 Info 2 Paket   3 Keluar\",15\r\n\r\nOK\r\n");
    /* Quotes inside, and no data coding scheme behind it. */
    assert_string_equal(folded("+CUSD: 0,\"Ketik \"YA\" 1,\n2\"\r\nOK\r\n"),
        "+CUSD: 0,\"Ketik \"YA\" 1, 2\"\r\nOK\r\n");
}

static void whatever_else_comes_stays(void **state)
{
    static const char *const lines[] = {
        "AT+CUSD=1,\"*888#\",15\r\r\nOK\r\n",
        "\r\n+CUSD: 4\r\n\r\n+CMTI: \"SM\",3\r\n",
        "\r\n+CUSD: 0,\"\",15\r\nOK\r\n",
        "\r\n+CMGL: 1,1,\"a\nb\"\r\n0791\r\n",
        "\r\n +CUSD: 1,\"a\nb\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_string_equal(folded(lines[i]), lines[i]);
    }
}

/* Where noise has hit its end, no more is lost than the longest answer. */
static void an_answer_without_an_end_does_not_swallow_what_follows(void **state)
{
    static const char head[] = "+CUSD: 1,\"";
    char text[1200];

    (void)state;
    memset(text, 'a', sizeof text);
    memcpy(text, head, sizeof head - 1);
    text[500] = '\n';
    memcpy(text + 1100, "\nOK\r\n", 6);
    assert_int_equal(folded(text)[500], ' ');
    assert_string_equal(folded(text) + 1100, "\nOK\r\n");
}

static void what_is_said_to_the_modem_ends_it(void **state)
{
    struct fold fold = {.place = 0};

    (void)state;
    for (const char *at = "+CUSD: 1,\"a"; *at != '\0'; at++) {
        assert_int_equal(fold_byte(&fold, *at), *at);
    }
    fold_reset(&fold);
    assert_int_equal(fold_byte(&fold, '\r'), '\r');
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_of_several_lines_is_one_line),
        cmocka_unit_test(whatever_else_comes_stays),
        cmocka_unit_test(
            an_answer_without_an_end_does_not_swallow_what_follows),
        cmocka_unit_test(what_is_said_to_the_modem_ends_it),
    };

    return cmocka_run_group_tests_name(
        "worker: folded answers", tests, NULL, NULL);
}
