// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "base/str.h"
#include "inbound/inbound.h"
#include "inbound/numbers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FUZZ_TEXTS 100000

/* Read once, freed at the end. */
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
static struct script *script;

static void understand(const char *text, struct understood *out)
{
    inbound_understand(script, text, out);
}

/* --- tables: text, intent, arg (NIK, digits or kecamatan), note ------------ */

static bool row_is_understood(char *line)
{
    struct understood understood = {0};
    char digits[16] = "";
    char *rest = line;
    const char *text = strsep(&rest, "\t");
    const char *intent = strsep(&rest, "\t");
    const char *arg = strsep(&rest, "\t\n");

    understand(text, &understood);
    (void)snprintf(digits, sizeof digits, "%d", understood.digits);
    if (strcmp(intent, intent_name(understood.intent)) == 0 &&
        (*arg == '\0' || strcmp(arg, understood.nik) == 0 ||
            strcmp(arg, digits) == 0 || strcmp(arg, understood.office) == 0)) {
        return true;
    }
    print_error("\"%s\": %s %s wanted, but %s nik=%s digits=%s place=%s (%s)\n",
        text, intent, arg, intent_name(understood.intent), understood.nik,
        digits, understood.office, understood.reason);
    return false;
}

static void all_rows_are_understood(const char *path)
{
    FILE *file = fopen(path, "re");
    char line[1024];
    int rows = 0;
    int wrong = 0;

    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file) != NULL) {
        rows++;
        wrong += row_is_understood(line) ? 0 : 1;
    }
    (void)fclose(file);
    assert_true(rows > 20);
    assert_int_equal(wrong, 0);
}

static void every_sample_is_understood_as_its_column_says(void **state)
{
    (void)state;
    all_rows_are_understood("tests/data/inbound/samples.tsv");
}

static void every_form_of_our_own_is_understood(void **state)
{
    (void)state;
    all_rows_are_understood("tests/data/inbound/forms.tsv");
}

/* --- single properties ------------------------------------------------------ */

static void the_family_card_is_never_handed_on(void **state)
{
    struct understood understood = {0};

    (void)state;
    understand("REG 5315055203889001#5315050101109002#", &understood);
    assert_string_equal(understood.nik, "5315055203889001");
    assert_null(strstr(understood.reason, "5315"));
    assert_non_null(strstr(understood.reason, "dropped"));
}

static void a_reason_holds_no_personal_data(void **state)
{
    struct understood understood = {0};

    (void)state;
    understand("CEK 531505520388001 yosefina", &understood);
    assert_int_equal(understood.intent, INTENT_BAD_LENGTH);
    assert_null(strstr(understood.reason, "5315"));
    assert_null(strstr(understood.reason, "yosefina"));
}

static void an_empty_text_goes_to_people(void **state)
{
    struct understood understood = {0};

    (void)state;
    understand("", &understood);
    assert_int_equal(understood.intent, INTENT_HUMAN);
    understand(" \n ", &understood);
    assert_int_equal(understood.intent, INTENT_HUMAN);
}

static void a_text_of_a_million_characters_is_survived(void **state)
{
    size_t bytes = 1000000;
    char *text = mem_new(bytes + 1);
    struct understood understood = {0};

    (void)state;
    memset(text, '7', bytes);
    understand(text, &understood);
    assert_int_equal(understood.intent, INTENT_BAD_LENGTH);
    assert_int_equal(understood.digits, 999);
    memset(text, ' ', bytes);
    understand(text, &understood);
    assert_int_equal(understood.intent, INTENT_HUMAN);
    free(text);
}

/* --- masking ---------------------------------------------------------------- */

static void assert_masked(const char *text, const char *expected)
{
    struct buf out = {0};

    number_mask(text, NUMBER_PERSONAL, true, &out);
    assert_string_equal(buf_text(&out), expected);
    buf_clear(&out);
}

static void a_nik_is_masked_and_a_second_number_starred_out(void **state)
{
    (void)state;
    assert_masked("CEK 5315055203889001", "CEK 531505******9001");
    assert_masked("REG 5315055203889001#5315050101109002#",
        "REG 531505******9001#****************#");
    assert_masked(
        "53150552038890015315050101109002", "531505******9001****************");
    assert_masked("5315.0552.0388.9001 5315 0501 0110 9002",
        "5315.05**.****.9001 **** **** **** ****");
    assert_masked("cek 53l5O552O3889OOl", "cek 53l5O5******9OOl");
    assert_masked("531505520388900", "531505*****8900");
    assert_masked("telp 081200009001 jam 8", "telp 081200009001 jam 8");
    assert_masked("", "");
}

static void what_is_malformed_stays_readable(void **state)
{
    (void)state;
    assert_masked("a\xff\x01z\x1b[2J", "a\xef\xbf\xbd z [2J");
}

/* --- random texts ------------------------------------------------------------- */

/* SplitMix64: the same texts in every run. */
static uint64_t next_random(uint64_t *seed)
{
    uint64_t z = (*seed += 0x9e3779b97f4a7c15U);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

/* Pieces that residents write, and bytes that nobody writes. */
static void random_text(uint64_t *seed, char *out, size_t out_bytes)
{
    static const char *const pieces[] = {"CEK", "stop", " ", "#", "5315",
        "0552", "O", "l", "9001", "5315055203889001", "(spasi)", "ktp", "blm",
        "\xf0\x9f\x98\x80", "\xd9\xa3", "\xff", "\xf0\x9f", "lembor", ".", "-",
        "INFO", "\n", "salah", "00000000", "x", "xxxx", "kapan", "jd"};
    size_t count = next_random(seed) % 24;
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        uint64_t dice = next_random(seed);
        char one[2] = {(char)(1 + dice % 255), '\0'};
        const char *piece =
            dice % 3 == 0
                ? one
                : pieces[(dice >> 8) % (sizeof pieces / sizeof *pieces)];
        size_t bytes = strlen(piece);

        if (used + bytes + 1 < out_bytes) {
            memcpy(out + used, piece, bytes + 1);
            used += bytes;
        }
    }
}

static void assert_sane(const char *text)
{
    struct understood understood = {0};
    struct buf masked = {0};
    struct number number = {0};
    size_t at = 0;

    understand(text, &understood);
    assert_non_null(intent_name(understood.intent));
    assert_true(understood.reason[0] != '\0');
    if (understood.intent == INTENT_STATUS) {
        assert_int_equal(nik_check(understood.nik), NIK_FINE);
    }
    assert_true(understood.digits >= 0 && understood.digits <= 999);
    number_mask(text, NUMBER_PERSONAL, true, &masked);
    assert_true(str_utf8_valid(buf_text(&masked), masked.used));
    while (number_next(buf_text(&masked), at, &number)) {
        /* What stays of two numbers may stand side by side. */
        assert_true(number.grouped || number.count < NUMBER_PERSONAL);
        at = number.end;
    }
    buf_clear(&masked);
}

static void random_texts_are_survived_and_masked(void **state)
{
    uint64_t seed = 20160901;
    char text[256];

    (void)state;
    for (int i = 0; i < FUZZ_TEXTS; i++) {
        random_text(&seed, text, sizeof text);
        assert_sane(text);
    }
}

static int read_script(void **state)
{
    struct why why = {0};

    (void)state;
    if (script_load("templates", NULL, &script, &why) != KB_OK) {
        print_error("%s:%d: %s\n", why.file, why.line, why.text);
        return 1;
    }
    return 0;
}

static int free_script(void **state)
{
    (void)state;
    script_free(script);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_is_understood_as_its_column_says),
        cmocka_unit_test(every_form_of_our_own_is_understood),
        cmocka_unit_test(the_family_card_is_never_handed_on),
        cmocka_unit_test(a_reason_holds_no_personal_data),
        cmocka_unit_test(an_empty_text_goes_to_people),
        cmocka_unit_test(a_text_of_a_million_characters_is_survived),
        cmocka_unit_test(a_nik_is_masked_and_a_second_number_starred_out),
        cmocka_unit_test(what_is_malformed_stays_readable),
        cmocka_unit_test(random_texts_are_survived_and_masked),
    };

    return cmocka_run_group_tests_name(
        "inbound: understanding", tests, read_script, free_script);
}
