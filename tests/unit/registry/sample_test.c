// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry/sample.h"
#include "registry/sample_draw.h"
#include "tests/unit/registry/import_fixture.h"

/* A file of the sample's folder as text; free it. */
static char *read_text(struct fixture *fixture, const char *name)
{
    char path[160];
    struct buf text = {0};
    char piece[4096];
    size_t bytes = 0;
    FILE *file = NULL;

    (void)snprintf(path, sizeof path, "%s/%s", fixture->folder, name);
    file = fopen(path, "re");
    assert_non_null(file);
    while ((bytes = fread(piece, 1, sizeof piece, file)) > 0) {
        buf_add(&text, piece, bytes);
    }
    (void)fclose(file);
    return buf_take(&text);
}

static void make_sample(struct fixture *fixture, int64_t residents)
{
    struct why why = {0};

    assert_int_equal(
        registry_sample_write(fixture->folder, residents, SAMPLE_SEED, &why),
        KB_OK);
}

/* The file's lines that have this value in that column (NULL: all lines). */
static int64_t lines_with(const char *text, int column, const char *value)
{
    size_t bytes = value == NULL ? 0 : strlen(value);
    int64_t count = 0;
    int at_column = 0;
    const char *start = text;

    for (const char *at = text; *at != '\0'; at++) {
        if (*at != ',' && *at != '\n') {
            continue;
        }
        if (value != NULL && at_column == column &&
            (size_t)(at - start) == bytes && memcmp(start, value, bytes) == 0) {
            count++;
        }
        count += value == NULL && *at == '\n' ? 1 : 0;
        at_column = *at == '\n' ? 0 : at_column + 1;
        start = at + 1;
    }
    return count;
}

static void the_full_sample_has_the_published_figures(void **state)
{
    static const struct {
        int column;
        const char *value;
        int64_t count;
    } figures[] = {
        {7, "belum_rekam", 27711 },
        {7, "proses",      3600  },
        {7, "prr",         10128 },
        {7, "gagal",       400   },
        {7, "periksa",     500   },
        {7, "dicetak",     9750  },
        {7, "diambil",     112110},
        {4, "53.15.05",    32690 },
        {4, "53.15.10",    8589  },
        {0, NULL,          164200},
    };
    struct fixture *fixture = *state;
    char *text = NULL;

    make_sample(fixture, SAMPLE_RESIDENTS);
    text = read_text(fixture, "residents.csv");
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        assert_int_equal(lines_with(text, figures[i].column, figures[i].value),
            figures[i].count);
    }
    free(text);
}

static void the_same_seed_writes_the_same_bytes(void **state)
{
    struct fixture *fixture = *state;
    struct why why = {0};
    char *first = NULL;
    char *second = NULL;
    char *other = NULL;

    make_sample(fixture, 500);
    first = read_text(fixture, "residents.csv");
    make_sample(fixture, 500);
    second = read_text(fixture, "residents.csv");
    assert_int_equal(
        registry_sample_write(fixture->folder, 500, 1, &why), KB_OK);
    other = read_text(fixture, "residents.csv");
    assert_string_equal(first, second);
    assert_string_not_equal(first, other);
    free(first);
    free(second);
    free(other);
}

static void a_sample_is_imported_without_a_reject(void **state)
{
    struct fixture *fixture = *state;
    struct office_import_result offices;
    struct import_result result;
    struct import_options options = {0};
    struct import_job *job = NULL;
    char *text = NULL;

    make_sample(fixture, 2000);
    text = read_text(fixture, "offices.csv");
    assert_int_equal(
        office_import(fixture->registry, text, strlen(text), &offices, NULL),
        KB_OK);
    assert_int_equal(offices.rejected, 0);
    assert_int_equal(offices.added, 10);
    free(text);
    text = read_text(fixture, "residents.csv");
    assert_int_equal(
        import_start(fixture->registry, &options, &job, NULL), KB_OK);
    assert_int_equal(import_feed(job, text, strlen(text)), KB_OK);
    import_end(job);
    while (import_work(job, 1000000, NULL) == KB_BUSY) {
    }
    import_result(job, &result);
    import_free(job);
    free(text);
    assert_int_equal(result.added, 2000);
    assert_int_equal(
        fixture_count(fixture, "SELECT count(*) FROM resident WHERE office = ''"
                               " OR substr(nik, 13) < '9000' OR name = ''"),
        0);
    assert_int_equal(
        fixture_count(fixture, "SELECT count(*) FROM resident"
                               " WHERE phone NOT LIKE '+628__00______'"),
        0);
    assert_true(fixture_count(fixture, "SELECT count(*) FROM resident"
                                       " WHERE phone_shared = 1") > 200);
    assert_int_equal(
        fixture_count(fixture, "SELECT count(*) FROM office"
                               " WHERE length(name) > 20 OR capacity < 50"
                               " OR capacity > 110 OR fallback = ''"),
        0);
}

static void any_number_of_residents_adds_up(void **state)
{
    static const int64_t numbers[] = {1, 7, 30, 999};
    struct fixture *fixture = *state;
    struct why why = {0};

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char *text = NULL;

        make_sample(fixture, numbers[i]);
        text = read_text(fixture, "residents.csv");
        assert_int_equal(lines_with(text, 0, NULL), numbers[i] + 1);
        free(text);
    }
    assert_int_equal(
        registry_sample_write(fixture->folder, 0, 1, &why), KB_INVALID);
    assert_int_equal(registry_sample_write("/proc/nowhere", 5, 1, &why), KB_IO);
}

static void shares_go_to_the_largest_remainders(void **state)
{
    const int64_t weights[] = {5, 3, 2};
    int64_t parts[3];

    (void)state;
    sample_share(11, weights, 3, parts);
    assert_int_equal(parts[0], 6);
    assert_int_equal(parts[1], 3);
    assert_int_equal(parts[2], 2);
    sample_share(1, weights, 3, parts);
    assert_int_equal(parts[0] + parts[1] + parts[2], 1);
}

#define ALONE(test)                                                            \
    cmocka_unit_test_setup_teardown(test, fixture_new, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(the_full_sample_has_the_published_figures),
        ALONE(the_same_seed_writes_the_same_bytes),
        ALONE(a_sample_is_imported_without_a_reject),
        ALONE(any_number_of_residents_adds_up),
        cmocka_unit_test(shares_go_to_the_largest_remainders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
