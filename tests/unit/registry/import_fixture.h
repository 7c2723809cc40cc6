// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_TESTS_IMPORT_FIXTURE_H
#define KABARI_TESTS_IMPORT_FIXTURE_H

#include "registry/import.h"
#include "tests/unit/registry/registry_fixture.h"

#define OFFICES                                                                \
    "code,name,kecamatan,fallback\n"                                           \
    "KOMODO,Kantor Camat Komodo,53.15.05,LEMBOR\n"                             \
    "LEMBOR,Kantor Camat Lembor,Lembor,\"KOMODO,WELAK\"\n"                     \
    "WELAK,Kantor Camat Welak,531507,\n"

static inline void import_offices(struct fixture *fixture)
{
    struct office_import_result result;

    assert_int_equal(office_import(fixture->registry, OFFICES,
                         sizeof OFFICES - 1, &result, NULL),
        KB_OK);
    assert_int_equal(result.added, 3);
    buf_clear(&result.rejects);
}

static inline int open_with_offices(void **state)
{
    (void)fixture_new(state);
    import_offices(*state);
    return 0;
}

/* Works until it is over, committing between the slices; the shortest slices
   there are. */
static inline enum kb_err finish_job(
    struct fixture *fixture, struct import_job *job, struct why *why)
{
    enum kb_err err = KB_BUSY;

    while (err == KB_BUSY) {
        err = import_work(job, 0, why);
        assert_int_equal(store_commit(fixture->store), KB_OK);
    }
    return err;
}

static inline enum kb_err import_with(struct fixture *fixture, const char *text,
    const struct import_options *options, struct import_result *result,
    struct why *why)
{
    struct import_job *job = NULL;
    enum kb_err err = KB_OK;

    assert_int_equal(
        import_start(fixture->registry, options, &job, why), KB_OK);
    assert_int_equal(import_feed(job, text, strlen(text)), KB_OK);
    import_end(job);
    err = finish_job(fixture, job, why);
    import_result(job, result);
    import_free(job);
    assert_int_equal(store_commit(fixture->store), KB_OK);
    return err;
}

/* Imports a list that must be taken. */
static inline struct import_result import_list(
    struct fixture *fixture, const char *text)
{
    struct import_options options = {.source = "list.csv"};
    struct import_result result = {0};
    struct why why = {0};

    assert_int_equal(
        import_with(fixture, text, &options, &result, &why), KB_OK);
    assert_int_equal(result.rows,
        result.added + result.updated + result.unchanged + result.rejected);
    return result;
}

/* True where the list of rejects has that text, quotes aside. */
static inline bool was_listed(
    struct fixture *fixture, int64_t id, const char *text)
{
    struct buf csv = {0};
    struct buf plain = {0};
    int64_t next = 0;
    bool found = false;

    do {
        assert_int_equal(
            import_rejects(fixture->registry, id, next, &csv, &next), KB_OK);
    } while (next != 0);
    for (const char *at = buf_text(&csv); *at != '\0'; at++) {
        buf_add(&plain, at, *at == '"' ? 0 : 1);
    }
    found = strstr(buf_text(&plain), text) != NULL;
    if (!found) {
        print_message("%s", buf_text(&plain));
    }
    buf_clear(&csv);
    buf_clear(&plain);
    return found;
}

#define WITH_OFFICES(test)                                                     \
    cmocka_unit_test_setup_teardown(test, open_with_offices, fixture_free)

#endif
