// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "inbound/inbound.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * What residents may text, and the same with a slip of the thumb made by rule:
 * how much of it is understood, by intent.
 */

#define ROWS_MOST 1000
#define TEXT_MOST 400

/* Of the corpus as written, and of its slips, in thousandths. The best that
   was reached, rounded down: a rule that costs more than it brings shows. */
#define WRITTEN_LEAST 995
#define OFFICE_LEAST  990
#define SLIPS_LEAST   940

/* Of texts that were not looked at when the rules were made. */
#define HELDOUT_LEAST 960
#define LATER_LEAST   950

/* The samples are understood whatever a slip may do elsewhere. */
#define SAMPLES_LEAST 1000

struct row {
    char text[TEXT_MOST];
    char arg[32];
    enum intent intent;
};

struct corpus {
    struct script *script;
    struct row *rows;
    size_t count;
};

struct tally {
    int right[INTENT_COUNT];
    int all[INTENT_COUNT];
};

/* --- reading ------------------------------------------------------------------ */

static enum intent intent_of(const char *name)
{
    enum intent intent = 0;

    while (intent < INTENT_COUNT && strcmp(intent_name(intent), name) != 0) {
        intent++;
    }
    assert_int_not_equal(intent, INTENT_COUNT);
    return intent;
}

/* "\n" in the file is a line's end. */
static void copy_text(const char *from, char *out)
{
    size_t used = 0;

    for (; *from != '\0' && used + 1 < TEXT_MOST; from++) {
        bool end = from[0] == '\\' && from[1] == 'n';

        out[used++] = end ? '\n' : *from;
        from += end ? 1 : 0;
    }
    out[used] = '\0';
}

static void read_rows(struct corpus *corpus, const char *path)
{
    FILE *file = fopen(path, "re");
    char line[1024];

    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    corpus->count = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        struct row *row = &corpus->rows[corpus->count++];
        char *rest = line;

        assert_true(corpus->count < ROWS_MOST);
        copy_text(strsep(&rest, "\t"), row->text);
        row->intent = intent_of(strsep(&rest, "\t"));
        (void)snprintf(row->arg, sizeof row->arg, "%s", strsep(&rest, "\t\n"));
    }
    (void)fclose(file);
}

static int set_up(void **state)
{
    struct corpus *corpus = mem_new(sizeof *corpus);
    struct why why = {0};

    corpus->rows = mem_array(ROWS_MOST, sizeof *corpus->rows);
    assert_int_equal(
        script_load("templates", NULL, &corpus->script, &why), KB_OK);
    *state = corpus;
    return 0;
}

static int tear_down(void **state)
{
    struct corpus *corpus = *state;

    script_free(corpus->script);
    free(corpus->rows);
    free(corpus);
    return 0;
}

/* --- counting ------------------------------------------------------------------- */

static bool is_right(
    const struct corpus *corpus, const struct row *row, const char *text)
{
    struct understood got = {0};
    char digits[16];

    inbound_understand(corpus->script, text, &got);
    (void)snprintf(digits, sizeof digits, "%d", got.digits);
    return got.intent == row->intent &&
           (row->arg[0] == '\0' || strcmp(row->arg, got.nik) == 0 ||
               strcmp(row->arg, digits) == 0 ||
               strcmp(row->arg, got.office) == 0 ||
               strcmp(row->arg, got.code) == 0);
}

static void count(struct tally *tally, enum intent intent, bool right)
{
    tally->all[intent]++;
    tally->right[intent] += right ? 1 : 0;
}

static int thousandths(const struct tally *tally)
{
    int right = 0;
    int all = 0;

    for (int i = 0; i < INTENT_COUNT; i++) {
        right += tally->right[i];
        all += tally->all[i];
    }
    return all == 0 ? 0 : right * 1000 / all;
}

static void print_tally(const char *name, const struct tally *tally)
{
    print_message("%s: %d.%d %%\n", name, thousandths(tally) / 10,
        thousandths(tally) % 10);
    for (enum intent i = 0; i < INTENT_COUNT; i++) {
        if (tally->all[i] > 0) {
            print_message("  %-14s %4d of %4d\n", intent_name(i),
                tally->right[i], tally->all[i]);
        }
    }
}

/* Whoever tunes the rules must not see what they are measured on. */
enum misses {
    MISSES_SHOWN,
    MISSES_HIDDEN
};

static void show_miss(const struct corpus *corpus, const struct row *row)
{
    struct understood got = {0};

    inbound_understand(corpus->script, row->text, &got);
    print_message("  \"%s\" is %s %s, not %s: %s\n", row->text,
        intent_name(row->intent), row->arg, intent_name(got.intent),
        got.reason);
}

static void everything_as_written(const struct corpus *corpus, const char *name,
    enum misses misses, int least)
{
    struct tally tally = {{0}, {0}};

    for (size_t i = 0; i < corpus->count; i++) {
        const struct row *row = &corpus->rows[i];
        bool right = is_right(corpus, row, row->text);

        count(&tally, row->intent, right);
        if (!right && misses == MISSES_SHOWN) {
            show_miss(corpus, row);
        }
    }
    print_tally(name, &tally);
    assert_true(thousandths(&tally) >= least);
}

/* --- slips, made by rule --------------------------------------------------------- */

/* The longest word, in which a slip is likeliest; letters is 0 for none. */
static size_t longest_word(const char *text, size_t *letters)
{
    size_t best = 0;

    *letters = 0;
    for (size_t at = 0; text[at] != '\0';) {
        size_t length = 0;

        while (isalpha((unsigned char)text[at + length]) != 0) {
            length++;
        }
        if (length > *letters) {
            best = at;
            *letters = length;
        }
        at += length > 0 ? length : 1;
    }
    return best;
}

/* The key beside it on a phone's keyboard. */
static char key_beside(char letter)
{
    static const char rows[] = "qwertyuiop asdfghjkl zxcvbnm ";
    const char *at = strchr(rows, tolower((unsigned char)letter));

    return at == NULL || at[1] == ' ' ? letter == 'a' ? 's' : 'a' : at[1];
}

enum slip {
    SLIP_DROPPED,
    SLIP_DOUBLED,
    SLIP_SWAPPED,
    SLIP_BESIDE,
    SLIP_COUNT
};

/* One slip behind the word's first letter; out is as long as text and one. */
static void slip(const char *text, size_t at, enum slip kind, char *out)
{
    size_t bytes = strlen(text);

    memcpy(out, text, bytes + 1);
    switch (kind) {
    case SLIP_DROPPED:
        memmove(out + at, out + at + 1, bytes - at);
        break;
    case SLIP_DOUBLED:
        memmove(out + at + 1, out + at, bytes - at + 1);
        break;
    case SLIP_SWAPPED:
        out[at] = text[at + 1];
        out[at + 1] = text[at];
        break;
    case SLIP_BESIDE:
    case SLIP_COUNT:
    default:
        out[at] = key_beside(text[at]);
        break;
    }
}

static void count_slips(
    const struct corpus *corpus, const struct row *row, struct tally *tally)
{
    char mistyped[TEXT_MOST + 1];
    size_t letters = 0;
    size_t word = longest_word(row->text, &letters);

    if (letters < 4) {
        return; /* too short to tell a slip from another word */
    }
    for (enum slip kind = 0; kind < SLIP_COUNT; kind++) {
        slip(
            row->text, word + 1 + (size_t)kind % (letters - 2), kind, mistyped);
        count(tally, row->intent, is_right(corpus, row, mistyped));
    }
}

/* --- tests ------------------------------------------------------------------------ */

static void every_sample_is_understood(void **state)
{
    struct corpus *corpus = *state;

    read_rows(corpus, "tests/data/inbound/samples.tsv");
    everything_as_written(corpus, "samples", MISSES_SHOWN, SAMPLES_LEAST);
}

static void the_corpus_is_understood(void **state)
{
    struct corpus *corpus = *state;

    read_rows(corpus, "tests/data/inbound/corpus.tsv");
    assert_true(corpus->count >= 300);
    everything_as_written(corpus, "corpus", MISSES_SHOWN, WRITTEN_LEAST);
}

static void what_offices_receive_is_understood(void **state)
{
    struct corpus *corpus = *state;

    read_rows(corpus, "tests/data/inbound/office.tsv");
    everything_as_written(corpus, "office", MISSES_SHOWN, OFFICE_LEAST);
}

/* Whoever says so in any plain way must not be sent more. */
static void stop_is_understood_in_any_plain_words(void **state)
{
    struct corpus *corpus = *state;

    read_rows(corpus, "tests/data/inbound/stops.tsv");
    assert_true(corpus->count >= 100);
    everything_as_written(corpus, "stops", MISSES_SHOWN, SAMPLES_LEAST);
}

static void most_of_what_no_rule_was_made_for_is_understood(void **state)
{
    struct corpus *corpus = *state;

    read_rows(corpus, "tests/data/inbound/heldout.tsv");
    assert_true(corpus->count >= 150);
    everything_as_written(corpus, "held out", MISSES_HIDDEN, HELDOUT_LEAST);
}

/* A second set of the kind, written before anybody looked at what of the first
   one was missed. */
static void most_of_a_later_set_is_understood(void **state)
{
    struct corpus *corpus = *state;

    read_rows(corpus, "tests/data/inbound/heldout2.tsv");
    assert_true(corpus->count >= 150);
    everything_as_written(
        corpus, "held out, later", MISSES_HIDDEN, LATER_LEAST);
}

/* And a third, of the regional ways to write. */
static void most_of_what_the_region_writes_is_understood(void **state)
{
    struct corpus *corpus = *state;

    read_rows(corpus, "tests/data/inbound/heldout3.tsv");
    assert_true(corpus->count >= 150);
    everything_as_written(
        corpus, "held out, regional", MISSES_HIDDEN, LATER_LEAST);
}

static void most_of_it_is_understood_with_a_slip_in_its_longest_word(
    void **state)
{
    struct corpus *corpus = *state;
    struct tally tally = {{0}, {0}};

    read_rows(corpus, "tests/data/inbound/corpus.tsv");
    for (size_t i = 0; i < corpus->count; i++) {
        count_slips(corpus, &corpus->rows[i], &tally);
    }
    print_tally("with a slip", &tally);
    assert_true(thousandths(&tally) >= SLIPS_LEAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_is_understood),
        cmocka_unit_test(the_corpus_is_understood),
        cmocka_unit_test(what_offices_receive_is_understood),
        cmocka_unit_test(stop_is_understood_in_any_plain_words),
        cmocka_unit_test(most_of_what_no_rule_was_made_for_is_understood),
        cmocka_unit_test(most_of_a_later_set_is_understood),
        cmocka_unit_test(most_of_what_the_region_writes_is_understood),
        cmocka_unit_test(
            most_of_it_is_understood_with_a_slip_in_its_longest_word),
    };

    return cmocka_run_group_tests_name(
        "inbound: the corpus", tests, set_up, tear_down);
}
