// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sieve in front of libGammu: what a make says unasked goes, whole lines of
 * it and nothing else, in whatever pieces it comes.
 */
#include "modems/worker/sieve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *sieved(const char *prefixes, const char *text)
{
    static char out[512];
    struct sieve sieve = {.prefixes = prefixes};
    size_t used = 0;

    for (; *text != '\0'; text++) {
        used += sieve_take(&sieve, *text, out + used);
    }
    out[used] = '\0';
    return out;
}

static void lines_of_a_make_go_and_all_others_stay(void **state)
{
    (void)state;
    assert_string_equal(
        sieved("^RSSI: ^BOOT:", "AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n"),
        "AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
    assert_string_equal(
        sieved("^RSSI: ^BOOT:", "\r\n^BOOT:1,0\r\nAT+CPIN?\r\r\n^RSSI:17\r\n"
                                "+CPIN: READY\r\n"),
        "\r\n\r\nAT+CPIN?\r\r\n\r\n+CPIN: READY\r\n");
    assert_string_equal(
        sieved("*PSURI:", "\r\n*PSURI: 1\r\n\r\n> "), "\r\n\r\n\r\n> ");
    assert_string_equal(sieved("", "^RSSI:1\r\n"), "^RSSI:1\r\n");
}

static void what_only_begins_alike_stays(void **state)
{
    (void)state;
    assert_string_equal(
        sieved("+ZDONR: +ZEND", "+ZDO\r\n+ZDONQ: 1\r\n+ZEN\r\n"),
        "+ZDO\r\n+ZDONQ: 1\r\n+ZEN\r\n");
    /* Only at a line's start. */
    assert_string_equal(sieved("^RSSI:", "x^RSSI:17\r\n"), "x^RSSI:17\r\n");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_a_make_go_and_all_others_stay),
        cmocka_unit_test(what_only_begins_alike_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
