// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"
#include "base/mem.h"
#include "dispatch/balance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define RULES "gateway/share/balance.rules"

/* "\n" in the table is a line's end. */
static void unescape(char *text)
{
    char *at = NULL;

    while ((at = strstr(text, "\\n")) != NULL) {
        *at = '\n';
        memmove(at + 1, at + 2, strlen(at + 2) + 1);
    }
}

static bool row_is_read(const struct balance_rules *rules, char *line)
{
    char *rest = line;
    const char *column[8] = {NULL};
    struct balance balance = {.known = false};
    char amount[24] = "";

    for (size_t i = 0; i < 8; i++) {
        column[i] = rest == NULL ? "" : strsep(&rest, "\t\n");
    }
    unescape((char *)column[4]);
    balance_read(rules, column[0], column[4], &balance);
    if (balance.known) {
        (void)snprintf(
            amount, sizeof amount, "%lld", (long long)balance.rupiah);
    }
    if (strcmp(amount, column[5]) == 0 &&
        strcmp(balance.expiry_day == INT32_MIN
                   ? ""
                   : civil_date(balance.expiry_day).text,
            column[6]) == 0) {
        return true;
    }
    print_error("%s \"%s\": \"%s\" and \"%s\" wanted\n", column[0], column[4],
        column[5], column[6]);
    return false;
}

static void every_observed_answer_is_read_as_its_columns_say(void **state)
{
    struct balance_rules *rules = NULL;
    struct why why = {0};
    FILE *file = fopen("tests/data/ussd/balance.tsv", "re");
    char line[1024];
    int rows = 0;

    (void)state;
    assert_int_equal(balance_rules_load(RULES, &rules, &why), KB_OK);
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file) != NULL) {
        rows++;
        assert_true(row_is_read(rules, line));
    }
    (void)fclose(file);
    assert_true(rows >= 9);
    balance_rules_free(rules);
}

static void assert_amount(const char *text, int64_t rupiah)
{
    struct balance_rules *rules = NULL;
    struct balance balance = {.known = false};
    struct why why = {0};

    assert_int_equal(balance_rules_load(RULES, &rules, &why), KB_OK);
    balance_read(rules, "telkomsel", text, &balance);
    assert_int_equal(balance.known, rupiah >= 0);
    assert_int_equal(balance.known ? balance.rupiah : -1, rupiah);
    balance_rules_free(rules);
}

static void thousands_and_decimals_are_told_apart(void **state)
{
    (void)state;
    assert_amount("Sisa pulsa Rp 24.025.", 24025);
    assert_amount("Sisa pulsa Rp24,025.00", 24025);
    assert_amount("Sisa pulsa Rp.1.250.000 Aktif", 1250000);
    assert_amount("Sisa pulsa Rp 0", 0);
}

static void what_does_not_parse_is_unknown(void **state)
{
    (void)state;
    assert_amount("", -1);
    assert_amount("Sisa pulsa Rp", -1);
    assert_amount("Sisa pulsa Rp 99999999999999999999", -1);
    assert_amount("1.YA 2.Info Kartu", -1);
}

static void a_fault_in_the_file_is_named(void **state)
{
    static const char *const faults[] = {"nonsense\n", "balance xl\n",
        "balance xl /no group/\n", "balance xl /(/\n", "expiry xl /(a)(b)/\n"};
    char path[] = "/tmp/kabari-rules-XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    (void)close(fd);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct balance_rules *rules = NULL;
        struct why why = {0};
        FILE *file = fopen(path, "we");

        assert_non_null(file);
        (void)fprintf(file, "# head\n%s", faults[i]);
        (void)fclose(file);
        assert_int_equal(balance_rules_load(path, &rules, &why), KB_INVALID);
        assert_int_equal(why.line, 2);
    }
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_observed_answer_is_read_as_its_columns_say),
        cmocka_unit_test(thousands_and_decimals_are_told_apart),
        cmocka_unit_test(what_does_not_parse_is_unknown),
        cmocka_unit_test(a_fault_in_the_file_is_named),
    };

    return cmocka_run_group_tests_name("dispatch: balance", tests, NULL, NULL);
}
