// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "tests/unit/api/api_fixture.h"

#define IMPORT "/api/v1/residents/import"

static int offices_only(void **state)
{
    struct fixture *fixture = fixture_open("");
    tell(fixture, "POST", "/api/v1/offices/import", OFFICES_CSV, 200);
    *state = fixture;
    return 0;
}

static json_t *bring(
    struct fixture *fixture, const char *query, const char *csv, int status)
{
    char target[128];
    (void)snprintf(target, sizeof(target), IMPORT "%s", query);
    return ask(fixture, "POST", target, csv, status);
}

static void an_import_counts_and_lists_what_it_left_out(void **state)
{
    struct fixture *fixture = *state;
    char path[80];
    struct heard heard = {0};
    json_t *result = bring(fixture, "?source=list.csv",
        RESIDENTS_CSV "5.31502E+15,Siti,1990-01-01,P,Lembor,LEMBOR,,\n", 200);
    const json_t *rejects = json_object_get(result, "rejects");
    assert_int_equal(number_of(result, "rows"), 4);
    assert_int_equal(number_of(result, "added"), 3);
    assert_int_equal(number_of(result, "rejected"), 1);
    assert_true(json_is_real(json_object_get(result, "seconds")));
    assert_string_equal(
        text_of(json_array_get(rejects, 0), "value"), "5.31502E+15");
    (void)snprintf(path, sizeof(path), "/api/v1/residents/imports/%lld/rejects",
        (long long)number_of(result, "id"));
    json_decref(result);
    hand_over(fixture, "GET", path, NULL, &heard);
    wait_for(fixture, &heard);
    assert_int_equal(heard.status, 200);
    assert_non_null(strstr(heard.text, "row,column,value,why\n"));
    assert_non_null(strstr(heard.text, "5.31502E+15"));
    heard_clear(&heard);
}

static void a_dry_run_changes_nothing(void **state)
{
    json_t *result = bring(*state, "?dry_run=1", RESIDENTS_CSV, 200);
    assert_int_equal(number_of(result, "added"), 3);
    assert_true(json_is_true(json_object_get(result, "dry_run")));
    json_decref(result);
    refused(*state, "GET", "/api/v1/residents/5315050101909001", NULL,
        "404 not_found ");
}

static void a_sync_that_would_end_too_many_is_refused_without_yes(void **state)
{
    struct fixture *fixture = *state;
    static const char one[] =
        "nik,nama,kecamatan,kantor,status\n"
        "5315050101909001,Maria Weng,Lembor,LEMBOR,belum_rekam\n";
    json_decref(bring(fixture, "", RESIDENTS_CSV, 200));
    refused(fixture, "POST", IMPORT "?sync=1", one, "409 refused ");
    json_t *result = bring(fixture, "?sync=1&yes=1", one, 200);
    assert_int_equal(number_of(result, "resolved"), 1);
    json_decref(result);
}

static void the_last_import_is_taken_back(void **state)
{
    struct fixture *fixture = *state;
    char path[80];
    json_t *result = bring(fixture, "", RESIDENTS_CSV, 200);
    (void)snprintf(path, sizeof(path), "/api/v1/residents/imports/%lld/undo",
        (long long)number_of(result, "id"));
    json_decref(result);
    result = ask(fixture, "POST", path, NULL, 200);
    assert_int_equal(number_of(result, "added"), 3);
    json_decref(result);
    refused(fixture, "GET", "/api/v1/residents/5315050101909001", NULL,
        "404 not_found ");
    refused(fixture, "POST", path, NULL, "409 refused ");
    refused(fixture, "POST", "/api/v1/residents/imports/999/undo", NULL,
        "404 not_found ");
}

static void a_file_that_is_no_list_is_refused(void **state)
{
    refused(*state, "POST", IMPORT, "hello\nworld\n", "422 invalid nik");
    refused(*state, "POST", IMPORT "?sync=maybe", RESIDENTS_CSV,
        "422 invalid sync");
}

/** A list of so many made-up people. */
static char *long_list(int people)
{
    struct buf csv = {0};
    buf_add_text(&csv, "nik,nama,kecamatan,kantor,status\n");
    for (int i = 0; i < people; i++) {
        buf_printf(&csv, "5315%02d%02d%02d%02d%04d,Orang %d,Lembor,LEMBOR,\n",
            i / 1000 % 50 + 1, i % 28 + 1, i / 28 % 12 + 1, i / 336 % 90,
            9000 + i % 1000, i);
    }
    return buf_take(&csv);
}

static void a_long_import_runs_in_slices_and_shows_how_far_it_is(void **state)
{
    enum {
        PEOPLE = 20000
    };
    struct fixture *fixture = *state;
    struct heard heard = {0};
    bool seen_running = false;
    char *csv = long_list(PEOPLE);
    hand_over(fixture, "POST", IMPORT, csv, &heard);
    memset(csv, 'x', strlen(csv)); /* borrowed for the call only */
    while (heard.answers == 0) {
        json_t *running =
            ask(fixture, "GET", "/api/v1/residents/imports", NULL, 200);
        if (json_array_size(running) == 1 &&
            text_of(json_array_get(running, 0), "state")[0]) {
            seen_running = true;
        }
        json_decref(running);
        refused(fixture, "POST", IMPORT, RESIDENTS_CSV, "503 busy ");
        (void)api_work(fixture->api);
        assert_int_equal(store_commit(fixture->app.store), KB_OK);
    }
    assert_true(seen_running);
    assert_int_equal(heard.status, 200);
    assert_int_equal(number_of(heard.json, "added"), PEOPLE);
    heard_clear(&heard);
    free(csv);
    json_t *running =
        ask(fixture, "GET", "/api/v1/residents/imports", NULL, 200);
    assert_int_equal(json_array_size(running), 0);
    json_decref(running);
}

static void an_import_that_the_end_of_the_room_stops_leaves_nothing(
    void **state)
{
    struct fixture *fixture = *state;
    struct heard heard = {0};
    char *csv = long_list(5000);
    hand_over(fixture, "POST", IMPORT, csv, &heard);
    (void)api_work(fixture->api);
    assert_int_equal(store_commit(fixture->app.store), KB_OK);
    assert_int_equal(heard.answers, 0);
    api_close(fixture->api);
    assert_int_equal(heard.status, 503);
    assert_int_equal(api_open(&fixture->app, &fixture->api), KB_OK);
    assert_int_equal(store_commit(fixture->app.store), KB_OK);
    json_t *found =
        ask(fixture, "GET", "/api/v1/residents?find=Orang", NULL, 200);
    assert_int_equal(json_array_size(found), 0);
    json_decref(found);
    heard_clear(&heard);
    free(csv);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, offices_only, fixture_free)
    const struct CMUnitTest tests[] = {
        TEST(an_import_counts_and_lists_what_it_left_out),
        TEST(a_dry_run_changes_nothing),
        TEST(a_sync_that_would_end_too_many_is_refused_without_yes),
        TEST(the_last_import_is_taken_back),
        TEST(a_file_that_is_no_list_is_refused),
        TEST(a_long_import_runs_in_slices_and_shows_how_far_it_is),
        TEST(an_import_that_the_end_of_the_room_stops_leaves_nothing),
    };
    return cmocka_run_group_tests_name("api: imports", tests, NULL, NULL);
}
