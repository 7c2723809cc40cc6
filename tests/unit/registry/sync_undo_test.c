// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/registry/import_fixture.h"

/* Twenty pending residents in Komodo, twenty in Lembor, by number. */
static void nik_of(int number, char *out)
{
    (void)snprintf(out, NIK_BYTES, "531505120388%04d", 9000 + number);
}

#define PEOPLE 40

static void add_line(struct buf *list, int number, const char *rest)
{
    char nik[NIK_BYTES];

    nik_of(number, nik);
    buf_printf(list, "%s,%s%s\n", nik, number < 20 ? "Komodo" : "Lembor", rest);
}

/* A list of those numbers, without the one (-1: none). */
static void make_list(struct buf *list, int from, int to, int without)
{
    buf_clear(list);
    buf_add_text(list, "nik,kecamatan\n");
    for (int i = from; i < to; i++) {
        if (i != without) {
            add_line(list, i, "");
        }
    }
}

static int open_with_pending(void **state)
{
    struct buf list = {0};

    (void)open_with_offices(state);
    make_list(&list, 0, PEOPLE, -1);
    assert_int_equal(import_list(*state, buf_text(&list)).added, PEOPLE);
    buf_clear(&list);
    return 0;
}

static enum kb_err sync_with(struct fixture *fixture, const char *text,
    bool yes, struct import_result *result, struct why *why)
{
    struct import_options options = {.sync = true, .yes = yes};

    return import_with(fixture, text, &options, result, why);
}

static const char *state_of(struct fixture *fixture, int number, char *out)
{
    char nik[NIK_BYTES];
    struct resident resident;

    nik_of(number, nik);
    resident = fixture_resident(fixture, nik);
    memcpy(out, resident.state, sizeof resident.state);
    return out;
}

static int64_t pending(struct fixture *fixture)
{
    return fixture_count(fixture, "SELECT count(*) FROM resident"
                                  " WHERE state = 'unrecorded'");
}

static enum kb_err undo(
    struct fixture *fixture, int64_t id, struct import_result *result)
{
    struct import_job *job = NULL;
    struct why why = {0};
    enum kb_err err = import_undo(fixture->registry, id, &job, &why);

    if (err != KB_OK) {
        assert_string_not_equal(why.text, "");
        return err;
    }
    err = finish_job(fixture, job, &why);
    import_result(job, result);
    import_free(job);
    return err;
}

/* --- sync ----------------------------------------------------------------------- */

static void who_is_no_longer_on_the_list_counts_as_recorded(void **state)
{
    struct fixture *fixture = *state;
    struct import_result result = {0};
    struct buf list = {0};
    char seen[16];

    make_list(&list, 0, PEOPLE, 7);
    assert_int_equal(
        sync_with(fixture, buf_text(&list), false, &result, NULL), KB_OK);
    assert_int_equal(result.resolved, 1);
    assert_int_equal(result.pending, PEOPLE);
    assert_int_equal(result.unchanged, PEOPLE - 1);
    assert_string_equal(state_of(fixture, 7, seen), "processing");
    assert_int_equal(pending(fixture), PEOPLE - 1);
    buf_clear(&list);
}

static void without_sync_nobody_is_resolved(void **state)
{
    struct fixture *fixture = *state;
    struct buf list = {0};

    make_list(&list, 0, PEOPLE, 7);
    assert_int_equal(import_list(fixture, buf_text(&list)).resolved, 0);
    assert_int_equal(pending(fixture), PEOPLE);
    buf_clear(&list);
}

static void only_the_kecamatan_of_the_list_are_covered(void **state)
{
    struct fixture *fixture = *state;
    struct import_result result = {0};
    struct buf list = {0};

    make_list(&list, 0, 20, 7);
    assert_int_equal(
        sync_with(fixture, buf_text(&list), false, &result, NULL), KB_OK);
    assert_int_equal(result.resolved, 1);
    assert_int_equal(result.pending, 20);
    assert_int_equal(pending(fixture), PEOPLE - 1);
    buf_clear(&list);
}

static void a_rejected_row_with_a_readable_nik_is_on_the_list(void **state)
{
    struct fixture *fixture = *state;
    struct import_result result = {0};
    struct buf list = {0};

    buf_add_text(&list, "nik,kecamatan,status\n");
    for (int i = 0; i < 20; i++) {
        add_line(&list, i, i == 7 ? ",hilang" : ",");
    }
    assert_int_equal(
        sync_with(fixture, buf_text(&list), false, &result, NULL), KB_OK);
    assert_int_equal(result.rejected, 1);
    assert_int_equal(result.resolved, 0);
    buf_clear(&list);
}

static void flagged_and_recorded_people_are_not_touched(void **state)
{
    struct fixture *fixture = *state;
    struct import_result result = {0};
    struct buf list = {0};
    char nik[NIK_BYTES];
    char seen[16];

    nik_of(7, nik);
    assert_int_equal(registry_resident_set(fixture->registry, nik,
                         &(struct resident_change){.flag = "moved"}, NULL),
        KB_OK);
    nik_of(8, nik);
    assert_int_equal(registry_resident_set(fixture->registry, nik,
                         &(struct resident_change){.state = "prr"}, NULL),
        KB_OK);
    make_list(&list, 9, PEOPLE, -1);
    assert_int_equal(
        sync_with(fixture, buf_text(&list), true, &result, NULL), KB_OK);
    assert_int_equal(result.resolved, 7);
    assert_string_equal(state_of(fixture, 7, seen), "unrecorded");
    assert_string_equal(state_of(fixture, 8, seen), "print_ready");
    buf_clear(&list);
}

static void over_ten_percent_are_resolved_only_with_yes(void **state)
{
    struct fixture *fixture = *state;
    struct import_result result = {0};
    struct buf list = {0};
    struct why why = {0};

    make_list(&list, 4, PEOPLE, -1);
    assert_int_equal(
        sync_with(fixture, buf_text(&list), false, &result, &why), KB_OK);
    assert_int_equal(result.resolved, 4);
    make_list(&list, 8, PEOPLE, -1);
    assert_int_equal(
        sync_with(fixture, buf_text(&list), false, &result, &why), KB_REFUSED);
    assert_non_null(strstr(why.text, "4 of 36"));
    assert_int_equal(result.resolved, 4);
    assert_int_equal(pending(fixture), PEOPLE - 4);
    assert_int_equal(
        sync_with(fixture, buf_text(&list), true, &result, &why), KB_OK);
    assert_int_equal(pending(fixture), PEOPLE - 8);
    buf_clear(&list);
}

static void an_empty_list_is_refused(void **state)
{
    static const char *const lists[] = {
        "", "nik,kecamatan\n", "nik\n5315051203889001\n"};
    struct fixture *fixture = *state;
    struct import_result result = {0};

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct why why = {0};

        assert_int_equal(
            sync_with(fixture, lists[i], false, &result, &why), KB_REFUSED);
        assert_string_not_equal(why.text, "");
    }
    assert_int_equal(pending(fixture), PEOPLE);
    assert_int_equal(
        sync_with(fixture, "nik,kecamatan\n", true, &result, NULL), KB_OK);
    assert_int_equal(pending(fixture), PEOPLE);
}

static void a_dry_sync_counts_and_resolves_nobody(void **state)
{
    struct fixture *fixture = *state;
    struct import_options options = {.sync = true, .dry_run = true};
    struct import_result result = {0};
    struct buf list = {0};

    make_list(&list, 0, PEOPLE, 7);
    assert_int_equal(
        import_with(fixture, buf_text(&list), &options, &result, NULL), KB_OK);
    assert_int_equal(result.resolved, 1);
    assert_int_equal(pending(fixture), PEOPLE);
    buf_clear(&list);
}

static void who_comes_back_on_the_list_is_pending_again(void **state)
{
    struct fixture *fixture = *state;
    struct import_result result = {0};
    struct buf list = {0};
    char seen[16];

    make_list(&list, 0, PEOPLE, 7);
    assert_int_equal(
        sync_with(fixture, buf_text(&list), false, &result, NULL), KB_OK);
    make_list(&list, 0, PEOPLE, -1);
    assert_int_equal(
        sync_with(fixture, buf_text(&list), false, &result, NULL), KB_OK);
    assert_string_equal(state_of(fixture, 7, seen), "unrecorded");
    buf_clear(&list);
}

/* --- undo ------------------------------------------------------------------------- */

static void an_undo_makes_resolved_people_pending_again(void **state)
{
    struct fixture *fixture = *state;
    struct import_result result = {0};
    struct import_result undone = {0};
    struct buf list = {0};

    make_list(&list, 0, PEOPLE, 7);
    assert_int_equal(
        sync_with(fixture, buf_text(&list), false, &result, NULL), KB_OK);
    assert_int_equal(undo(fixture, result.id, &undone), KB_OK);
    assert_int_equal(undone.updated, 1);
    assert_int_equal(pending(fixture), PEOPLE);
    assert_int_equal(undo(fixture, result.id, &undone), KB_REFUSED);
    buf_clear(&list);
}

static void an_undo_restores_the_changed_and_removes_the_added(void **state)
{
    struct fixture *fixture = *state;
    struct import_result result;
    struct import_result undone = {0};
    struct resident resident;
    struct buf list = {0};
    char nik[NIK_BYTES];

    buf_add_text(&list, "nik,kecamatan,nama,hp\n");
    add_line(&list, 3, ",New Name,081200009001");
    add_line(&list, PEOPLE, ",Added,081200009001");
    result = import_list(fixture, buf_text(&list));
    assert_int_equal(result.updated, 1);
    assert_int_equal(undo(fixture, result.id, &undone), KB_OK);
    assert_int_equal(undone.updated, 1);
    assert_int_equal(undone.added, 1);
    nik_of(3, nik);
    resident = fixture_resident(fixture, nik);
    assert_string_equal(resident.name, "");
    assert_string_equal(resident.phone, "");
    assert_int_equal(
        fixture_count(fixture, "SELECT count(*) FROM resident"), PEOPLE);
    buf_clear(&list);
}

static void an_undo_leaves_what_staff_changed_meanwhile(void **state)
{
    struct fixture *fixture = *state;
    struct import_result result = {0};
    struct import_result undone = {0};
    struct buf list = {0};
    char nik[NIK_BYTES];
    char seen[16];

    make_list(&list, 0, PEOPLE, 7);
    assert_int_equal(
        sync_with(fixture, buf_text(&list), false, &result, NULL), KB_OK);
    nik_of(7, nik);
    assert_int_equal(registry_resident_set(fixture->registry, nik,
                         &(struct resident_change){.state = "printed"}, NULL),
        KB_OK);
    assert_int_equal(undo(fixture, result.id, &undone), KB_OK);
    assert_string_equal(state_of(fixture, 7, seen), "printed");
    buf_clear(&list);
}

static void imports_are_taken_back_latest_first(void **state)
{
    struct fixture *fixture = *state;
    struct import_result first;
    struct import_result second;
    struct import_result undone = {0};
    struct buf list = {0};

    make_list(&list, PEOPLE, PEOPLE + 1, -1);
    first = import_list(fixture, buf_text(&list));
    make_list(&list, PEOPLE + 1, PEOPLE + 2, -1);
    second = import_list(fixture, buf_text(&list));
    assert_int_equal(undo(fixture, first.id, &undone), KB_REFUSED);
    assert_int_equal(undo(fixture, second.id, &undone), KB_OK);
    assert_int_equal(undo(fixture, first.id, &undone), KB_OK);
    assert_int_equal(undo(fixture, 999, &undone), KB_NOT_FOUND);
    assert_int_equal(pending(fixture), PEOPLE);
    buf_clear(&list);
}

static void an_import_whose_changes_are_forgotten_is_not_taken_back(
    void **state)
{
    struct fixture *fixture = *state;
    struct import_result results[IMPORTS_KEPT + 1] = {0};
    struct import_result undone = {0};
    struct buf list = {0};

    for (int i = 0; i <= IMPORTS_KEPT; i++) {
        buf_clear(&list);
        buf_printf(&list, "nik,kecamatan,nama\n");
        add_line(&list, 3, i % 2 == 0 ? ",Even" : ",Odd");
        results[i] = import_list(fixture, buf_text(&list));
        assert_int_equal(results[i].updated, 1);
    }
    for (int i = IMPORTS_KEPT; i > 0; i--) {
        assert_int_equal(undo(fixture, results[i].id, &undone), KB_OK);
    }
    assert_int_equal(undo(fixture, results[0].id, &undone), KB_REFUSED);
    assert_int_equal(
        fixture_count(fixture, "SELECT count(*) FROM resident"), PEOPLE);
    buf_clear(&list);
}

/* As kabarid does, until nothing is left. */
static void forget_after(struct fixture *fixture, int keep_days)
{
    bool more = true;

    while (more) {
        assert_int_equal(
            import_forget(fixture->registry, keep_days, &more), KB_OK);
        assert_int_equal(store_commit(fixture->store), KB_OK);
    }
}

static int64_t left_behind(struct fixture *fixture)
{
    return fixture_count(fixture, "SELECT (SELECT count(*) FROM import_change)"
                                  " + (SELECT count(*) FROM import_reject)");
}

static void what_an_import_left_behind_is_forgotten_in_time(void **state)
{
    struct fixture *fixture = *state;
    struct import_result first;
    struct import_result later;
    struct import_result undone = {0};
    int64_t kept = 0;
    int64_t next = 0;
    struct buf csv = {0};

    first = import_list(fixture, "nik,kecamatan,nama\n"
                                 "5315051203889003,Komodo,Maria\n"
                                 "12345,Komodo,Yosef\n");
    assert_int_equal(first.updated, 1);
    assert_int_equal(first.rejected, 1);
    assert_true(left_behind(fixture) >= 2);
    clock_set(&fixture->clock, FIXTURE_NOW_MS + 89 * (int64_t)86400000);
    forget_after(fixture, 90);
    assert_true(left_behind(fixture) >= 2);
    later = import_list(fixture, "nik,kecamatan,nama\n"
                                 "5315051203889004,Komodo,Rosa\n");
    assert_int_equal(later.updated, 1);
    clock_set(&fixture->clock, FIXTURE_NOW_MS + 91 * (int64_t)86400000);
    forget_after(fixture, 90);
    kept = fixture_count(fixture, "SELECT count(*) FROM import_change");
    assert_int_equal(kept, 1); /* the later one's */
    assert_int_equal(left_behind(fixture), 1);
    assert_int_equal(undo(fixture, later.id, &undone), KB_OK);
    assert_int_equal(undo(fixture, first.id, &undone), KB_REFUSED);
    assert_int_equal(
        import_rejects(fixture->registry, first.id, 0, &csv, &next),
        KB_NOT_FOUND);
    assert_string_equal(
        fixture_resident(fixture, "5315051203889003").name, "Maria");
    buf_clear(&csv);
}

static void an_undo_that_crashed_is_finished_at_the_start(void **state)
{
    struct fixture *fixture = *state;
    struct import_result result = {0};
    struct import_job *job = NULL;
    struct buf list = {0};

    make_list(&list, 0, PEOPLE, 7);
    assert_int_equal(
        sync_with(fixture, buf_text(&list), false, &result, NULL), KB_OK);
    assert_int_equal(
        import_undo(fixture->registry, result.id, &job, NULL), KB_OK);
    assert_int_equal(store_commit(fixture->store), KB_OK);
    import_free(job);
    fixture_shut(fixture);
    fixture_open(fixture);
    assert_int_equal(pending(fixture), PEOPLE - 1);
    assert_int_equal(import_recover(fixture->registry), KB_OK);
    assert_int_equal(pending(fixture), PEOPLE);
    buf_clear(&list);
}

#define WITH_PENDING(test)                                                     \
    cmocka_unit_test_setup_teardown(test, open_with_pending, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PENDING(who_is_no_longer_on_the_list_counts_as_recorded),
        WITH_PENDING(without_sync_nobody_is_resolved),
        WITH_PENDING(only_the_kecamatan_of_the_list_are_covered),
        WITH_PENDING(a_rejected_row_with_a_readable_nik_is_on_the_list),
        WITH_PENDING(flagged_and_recorded_people_are_not_touched),
        WITH_PENDING(over_ten_percent_are_resolved_only_with_yes),
        WITH_PENDING(an_empty_list_is_refused),
        WITH_PENDING(a_dry_sync_counts_and_resolves_nobody),
        WITH_PENDING(who_comes_back_on_the_list_is_pending_again),
        WITH_PENDING(an_undo_makes_resolved_people_pending_again),
        WITH_PENDING(an_undo_restores_the_changed_and_removes_the_added),
        WITH_PENDING(an_undo_leaves_what_staff_changed_meanwhile),
        WITH_PENDING(imports_are_taken_back_latest_first),
        WITH_PENDING(an_import_whose_changes_are_forgotten_is_not_taken_back),
        WITH_PENDING(what_an_import_left_behind_is_forgotten_in_time),
        WITH_PENDING(an_undo_that_crashed_is_finished_at_the_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
