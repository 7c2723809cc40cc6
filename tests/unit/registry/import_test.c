// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/registry/import_fixture.h"

#include <sys/wait.h>

#define MARIA  "5315055203889001"
#define PETRUS "5315051203889002"
#define AGNES  "5315055203889003"
#define PHONE  "+6281200009001"

#define LIST                                                                   \
    "nik,nama,tgl_lahir,jk,kecamatan,desa,kantor,hp,status,bahasa\n" MARIA     \
    ",Maria Geong,1988-03-12,P,Komodo,Gorontalo,,0812-0000-9001,belum_rekam,"  \
    "id\n" PETRUS ",Petrus Weng,12-03-1988,L,53.15.03,,KOMODO,,prr,\n" AGNES   \
    ",Agnes,12/03/1988,P,Kec. Welak,,,081200009001,,EN\n"

/* --- what a list says --------------------------------------------------------- */

static void a_list_brings_its_residents_in(void **state)
{
    struct fixture *fixture = *state;
    struct import_result result = import_list(fixture, LIST);
    struct resident maria = fixture_resident(fixture, MARIA);
    struct resident petrus = fixture_resident(fixture, PETRUS);
    struct resident agnes = fixture_resident(fixture, AGNES);

    assert_int_equal(result.rows, 3);
    assert_int_equal(result.added, 3);
    assert_int_equal(result.warned, 0);
    assert_string_equal(maria.name, "Maria Geong");
    assert_int_equal(maria.birth_day, civil_day(1988, 3, 12));
    assert_string_equal(maria.sex, "f");
    assert_string_equal(maria.kecamatan, "53.15.05");
    assert_string_equal(maria.desa, "Gorontalo");
    assert_string_equal(maria.office, "KOMODO");
    assert_string_equal(maria.state, "unrecorded");
    assert_string_equal(maria.phone, PHONE);
    assert_true(maria.phone_shared);
    assert_string_equal(petrus.office, "KOMODO");
    assert_string_equal(petrus.state, "print_ready");
    assert_int_equal(petrus.birth_day, civil_day(1988, 3, 12));
    assert_string_equal(agnes.kecamatan, "53.15.07");
    assert_string_equal(agnes.office, "WELAK");
    assert_string_equal(agnes.lang, "en");
    assert_int_equal(agnes.birth_day, civil_day(1988, 3, 12));
}

static void columns_come_in_any_order_and_either_language(void **state)
{
    struct fixture *fixture = *state;
    struct import_result result = import_list(fixture,
        "\xef\xbb\xbfPhone;STATE;Agama;Name;Birth Date;Sex;NIK;Office\r\n"
        "81200009001;printed;katolik;Maria;12/03/1988;f;" MARIA ";lembor\r\n");
    struct resident maria = fixture_resident(fixture, MARIA);

    assert_int_equal(result.added, 1);
    assert_string_equal(result.ignored_columns, "Agama");
    assert_string_equal(maria.phone, PHONE);
    assert_string_equal(maria.state, "printed");
    assert_string_equal(maria.office, "LEMBOR");
}

static void windows_1252_is_read_and_noted(void **state)
{
    struct fixture *fixture = *state;
    struct import_result result =
        import_list(fixture, "nik\tnama\n" MARIA "\tRen\xe9 Geong\n");

    assert_string_equal(fixture_resident(fixture, MARIA).name, "René Geong");
    assert_non_null(strstr(result.notes, "Windows-1252"));
}

static void a_flag_is_no_state_and_leaves_it(void **state)
{
    struct fixture *fixture = *state;

    (void)import_list(fixture, LIST);
    (void)import_list(fixture, "nik,status\n" PETRUS ",meninggal\n");
    assert_string_equal(fixture_resident(fixture, PETRUS).flag, "deceased");
    assert_string_equal(fixture_resident(fixture, PETRUS).state, "print_ready");
    (void)import_list(fixture, "nik,status\n" PETRUS ",belum rekam\n");
    assert_string_equal(fixture_resident(fixture, PETRUS).flag, "deceased");
    (void)import_list(fixture, "nik,status\n" PETRUS ",aktif\n");
    assert_string_equal(fixture_resident(fixture, PETRUS).flag, "");
    assert_string_equal(fixture_resident(fixture, PETRUS).state, "unrecorded");
}

/* --- again ---------------------------------------------------------------------- */

static void the_same_list_again_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct import_result result;

    (void)import_list(fixture, LIST);
    result = import_list(fixture, LIST);
    assert_int_equal(result.unchanged, 3);
    assert_int_equal(
        fixture_count(fixture, "SELECT count(*) FROM import_change"), 0);
}

static void an_empty_cell_and_a_missing_column_erase_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct import_result result;
    struct resident maria;

    (void)import_list(fixture, LIST);
    result = import_list(fixture,
        "nik,nama,hp,kecamatan\n" MARIA ",Maria G. Geong,,\n" PETRUS ",,,\n");
    assert_int_equal(result.updated, 1);
    assert_int_equal(result.unchanged, 1);
    maria = fixture_resident(fixture, MARIA);
    assert_string_equal(maria.name, "Maria G. Geong");
    assert_string_equal(maria.phone, PHONE);
    assert_string_equal(maria.office, "KOMODO");
    assert_string_equal(fixture_resident(fixture, PETRUS).state, "print_ready");
}

static void who_moves_to_another_kecamatan_gets_its_office(void **state)
{
    struct fixture *fixture = *state;

    (void)import_list(fixture, LIST);
    (void)import_list(
        fixture, "nik,kecamatan\n" MARIA ",Lembor\n" PETRUS ",Lembor\n");
    assert_string_equal(fixture_resident(fixture, MARIA).office, "LEMBOR");
    assert_string_equal(fixture_resident(fixture, PETRUS).office, "KOMODO");
}

static void phones_are_shared_as_long_as_several_have_them(void **state)
{
    struct fixture *fixture = *state;

    (void)import_list(fixture, LIST);
    (void)import_list(fixture, "nik,hp\n" AGNES ",081200009009\n");
    assert_false(fixture_resident(fixture, MARIA).phone_shared);
    assert_false(fixture_resident(fixture, AGNES).phone_shared);
    (void)import_list(fixture, "nik,hp\n" PETRUS ",081200009009\n");
    assert_true(fixture_resident(fixture, AGNES).phone_shared);
}

static void salah_outlives_the_next_list(void **state)
{
    struct fixture *fixture = *state;
    struct import_result result;

    (void)import_list(fixture, LIST);
    assert_int_equal(
        registry_phone_unlink(fixture->registry, PHONE, MARIA), KB_OK);
    result = import_list(fixture, LIST);
    assert_int_equal(result.unchanged, 3);
    assert_string_equal(fixture_resident(fixture, MARIA).phone, "");
    (void)import_list(fixture, "nik,hp\n" MARIA ",081200009005\n");
    assert_string_equal(
        fixture_resident(fixture, MARIA).phone, "+6281200009005");
    assert_int_equal(registry_resident_erase(fixture->registry, MARIA), KB_OK);
    (void)import_list(fixture, LIST);
    assert_string_equal(fixture_resident(fixture, MARIA).phone, "");
}

/* --- bad rows ------------------------------------------------------------------- */

static void bad_rows_are_listed_and_skipped(void **state)
{
    static const struct {
        const char *row;
        const char *listed;
    } cases[] = {
        {"5.31502E+15,A,,",      "2,nik,5.31502E+15,"                  },
        {"531505520388900,A,,",  "2,nik,531505520388900,15 digits"     },
        {"1234567890123456,A,,", "2,nik,1234567890123456,it is the"    },
        {"5315055203880000,A,,", "2,nik,5315055203880000,its last four"},
        {",A,,",                 "2,nik,,no NIK"                       },
        {MARIA ",A,sudah,",      "2,status,sudah,no such status"       },
        {MARIA ",A,,RUTENG",     "2,kantor,RUTENG,no office"           },
        {MARIA ",A,B,C,D",       "2,,D,more cells than"                },
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct import_result result;
        char text[256];

        (void)snprintf(text, sizeof text,
            "nik,nama,status,kantor\n%s\n" PETRUS ",Petrus,,\n", cases[i].row);
        result = import_list(fixture, text);
        assert_int_equal(result.rejected, 1);
        assert_true(was_listed(fixture, result.id, cases[i].listed));
    }
    assert_int_equal(
        fixture_count(fixture, "SELECT count(*) FROM resident"), 1);
}

static void a_bad_cell_that_is_not_vital_costs_only_itself(void **state)
{
    struct fixture *fixture = *state;
    struct import_result result = import_list(fixture,
        "nik,nama,tgl_lahir,jk,kecamatan,hp\n" MARIA
        ",Maria,31-02-1988,X,Ruteng,0385-41234\n5315053203889004,Four,,,,\n");
    struct resident maria = fixture_resident(fixture, MARIA);

    assert_int_equal(result.added, 2);
    assert_int_equal(result.rejected, 0);
    assert_int_equal(result.warned, 5);
    assert_true(
        was_listed(fixture, result.id, "2,hp,0385-41234,warning: a landline"));
    assert_true(was_listed(fixture, result.id, "2,kecamatan,Ruteng,warning:"));
    assert_true(was_listed(
        fixture, result.id, "3,nik,5315053203889004,warning: its digits"));
    assert_int_equal(maria.birth_day, INT32_MIN);
    assert_string_equal(maria.phone, "");
    assert_string_equal(maria.sex, "");
}

static void a_nik_that_differs_from_date_or_sex_warns(void **state)
{
    struct fixture *fixture = *state;
    struct import_result result =
        import_list(fixture, "nik,tgl_lahir,jk\n" MARIA ",13-03-1988,L\n");

    assert_int_equal(result.added, 1);
    assert_int_equal(result.warned, 2);
}

static void of_a_nik_that_comes_twice_the_last_row_wins(void **state)
{
    struct fixture *fixture = *state;
    struct import_result result = import_list(fixture,
        "nik,nama\n" MARIA ",First\n" PETRUS ",Petrus\n" MARIA ",Second\n");

    assert_int_equal(result.added, 2);
    assert_int_equal(result.rejected, 1);
    assert_true(was_listed(fixture, result.id,
        "2,nik," MARIA ",the same NIK stands again in row 4"));
    assert_string_equal(fixture_resident(fixture, MARIA).name, "Second");
}

static void a_file_without_nik_is_refused_with_what_it_has(void **state)
{
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"nama,hp\nMaria,\n", "nama, hp"    },
        {"",                  "empty"       },
        {"PK\x03\x04 \n",     "workbook"    },
        {"nik\n\"1\n",        "never closed"},
    };
    struct fixture *fixture = *state;
    struct import_options options = {0};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct import_result result;
        struct why why = {0};

        assert_int_equal(
            import_with(fixture, cases[i].text, &options, &result, &why),
            KB_INVALID);
        assert_non_null(strstr(why.text, cases[i].says));
    }
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM import"
                                            " WHERE state <> 'discarded'"),
        0);
}

/* --- staged, then applied whole ---------------------------------------------------- */

static void a_dry_run_counts_and_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct import_options options = {.dry_run = true};
    struct import_result result;

    (void)import_list(fixture, "nik,nama\n" MARIA ",Old\n");
    assert_int_equal(
        import_with(fixture, LIST "x,y\n", &options, &result, NULL), KB_OK);
    assert_int_equal(result.added, 2);
    assert_int_equal(result.updated, 1);
    assert_int_equal(result.rejected, 1);
    assert_true(was_listed(fixture, result.id, "5,nik,x,"));
    assert_int_equal(
        fixture_count(fixture, "SELECT count(*) FROM resident"), 1);
    assert_string_equal(fixture_resident(fixture, MARIA).name, "Old");
    assert_int_equal(
        fixture_count(fixture, "SELECT count(*) FROM import_row"), 0);
}

static void a_job_that_is_dropped_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct import_options options = {0};
    struct import_job *job = NULL;
    struct import_job *second = NULL;

    assert_int_equal(
        import_start(fixture->registry, &options, &job, NULL), KB_OK);
    assert_int_equal(
        import_start(fixture->registry, &options, &second, NULL), KB_BUSY);
    assert_int_equal(import_feed(job, LIST, sizeof LIST - 1), KB_OK);
    while (!import_hungry(job)) {
        assert_int_equal(import_work(job, 0, NULL), KB_BUSY);
    }
    import_free(job);
    assert_int_equal(
        fixture_count(fixture, "SELECT count(*) FROM resident"), 0);
    assert_int_equal(import_list(fixture, LIST).added, 3);
    assert_int_equal(
        fixture_count(fixture, "SELECT count(*) FROM import_row"), 0);
}

/* In a process of its own that is gone after so many slices, the last of them
   not committed. True where the import was not over by then. */
static void die_after(struct fixture *fixture, const char *text, int slices)
{
    struct import_options options = {0};
    struct import_job *job = NULL;
    enum kb_err err = KB_OK;

    fixture_open(fixture);
    err = import_start(fixture->registry, &options, &job, NULL);
    if (err == KB_OK) {
        err = import_feed(job, text, strlen(text));
        import_end(job);
    }
    if (err == KB_OK) {
        err = store_commit(fixture->store);
    }
    err = err == KB_OK ? KB_BUSY : err;
    for (; slices > 0 && err == KB_BUSY; slices--) {
        err = import_work(job, 0, NULL);
        if (store_commit(fixture->store) != KB_OK) {
            err = KB_DB;
        }
    }
    if (err == KB_BUSY && import_work(job, 0, NULL) != KB_DB) {
        _exit(1);
    }
    _exit(err == KB_OK ? 0 : 2);
}

static bool crash_after(struct fixture *fixture, const char *text, int slices)
{
    int status = 0;
    pid_t child = 0;

    fixture_shut(fixture);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        die_after(fixture, text, slices);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
    fixture_open(fixture);
    return WEXITSTATUS(status) == 1;
}

static void a_crash_at_any_slice_leaves_all_or_nothing(void **state)
{
    struct fixture *fixture = *state;
    bool crashed = true;
    int64_t none = 0;
    int64_t all = 0;

    for (int slices = 0; crashed; slices++) {
        int64_t count = 0;

        crashed = crash_after(fixture, LIST, slices);
        assert_int_equal(import_recover(fixture->registry), KB_OK);
        count = fixture_count(fixture, "SELECT count(*) FROM resident");
        assert_true(count == 0 || count == 3);
        none += count == 0 ? 1 : 0;
        all += count == 3 ? 1 : 0;
        assert_int_equal(
            fixture_count(fixture, "SELECT count(*) FROM import_row"), 0);
        assert_int_equal(
            fixture_count(fixture, "SELECT count(*) FROM import WHERE state"
                                   " NOT IN ('done', 'discarded')"),
            0);
        assert_int_equal(fixture_count(fixture,
                             "SELECT count(*) FROM import WHERE state"
                             " = 'done' AND (added <> 3 OR unchanged <> 0)"),
            0);
        fixture_sql(fixture, "DELETE FROM resident; DELETE FROM import");
    }
    assert_true(none > 2);
    assert_true(all > 2);
}

static void a_commit_that_fails_is_made_good_while_applying(void **state)
{
    struct fixture *fixture = *state;
    struct import_options options = {0};
    struct import_progress progress = {0};
    struct import_job *job = NULL;
    struct import_result result;

    assert_int_equal(
        import_start(fixture->registry, &options, &job, NULL), KB_OK);
    assert_int_equal(import_feed(job, LIST, sizeof LIST - 1), KB_OK);
    import_end(job);
    while (progress.done < 1 || strcmp(progress.phase, "applying") != 0) {
        assert_int_equal(import_work(job, 0, NULL), KB_BUSY);
        assert_int_equal(store_commit(fixture->store), KB_OK);
        import_progress(job, &progress);
    }
    assert_int_equal(import_work(job, 0, NULL), KB_BUSY);
    (void)sqlite3_exec(store_db(fixture->store), "ROLLBACK", NULL, NULL, NULL);
    assert_int_equal(store_commit(fixture->store), KB_DB);
    assert_int_equal(finish_job(fixture, job, NULL), KB_OK);
    import_result(job, &result);
    assert_int_equal(result.added, 3);
    import_free(job);
    assert_int_equal(
        fixture_count(fixture, "SELECT count(*) FROM resident"), 3);
}

static void input_waits_where_nobody_works(void **state)
{
    struct fixture *fixture = *state;
    struct import_options options = {0};
    struct import_job *job = NULL;
    char *piece = calloc(1, IMPORT_FEED_BYTES);

    assert_non_null(piece);
    memset(piece, '\n', IMPORT_FEED_BYTES);
    assert_int_equal(
        import_start(fixture->registry, &options, &job, NULL), KB_OK);
    assert_int_equal(import_feed(job, piece, IMPORT_FEED_BYTES), KB_OK);
    assert_int_equal(import_feed(job, piece, 1), KB_FULL);
    import_end(job);
    assert_int_equal(import_feed(job, piece, 1), KB_CLOSED);
    import_free(job);
    free(piece);
}

/* --- a SQLite file's table ------------------------------------------------------------ */

static void a_table_of_a_sqlite_file_is_read_as_a_list(void **state)
{
    struct fixture *fixture = *state;
    char path[96];
    sqlite3 *db = NULL;
    struct import_table *table = NULL;
    struct buf csv = {0};
    struct why why = {0};

    (void)snprintf(path, sizeof path, "%s/list.db", fixture->folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db,
            "CREATE TABLE \"warga 1\" (NIK INTEGER, nama, hp);"
            "INSERT INTO \"warga 1\" VALUES (" MARIA
            ", 'Maria, G.', '+6281200009001'), (" PETRUS ", NULL, NULL)",
            NULL, NULL, NULL),
        SQLITE_OK);
    (void)sqlite3_close(db);
    assert_int_equal(
        import_table_open(path, "warga", &table, &why), KB_NOT_FOUND);
    assert_non_null(strstr(why.text, "warga 1"));
    assert_int_equal(import_table_open(path, "warga 1", &table, &why), KB_OK);
    while (import_table_read(table, &csv, &why) == KB_OK) {
    }
    import_table_close(table);
    assert_int_equal(import_list(fixture, buf_text(&csv)).added, 2);
    buf_clear(&csv);
    assert_string_equal(fixture_resident(fixture, MARIA).name, "Maria, G.");
    assert_string_equal(fixture_resident(fixture, MARIA).phone, PHONE);
    assert_int_equal(
        import_table_open("/nowhere.db", "x", &table, &why), KB_NOT_FOUND);
}

/* --- out again -------------------------------------------------------------------------- */

static enum kb_err add_row(void *arg, const struct resident *resident)
{
    registry_csv_row(arg, resident);
    return KB_OK;
}

static void an_export_is_a_list_that_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct registry_export what = {.where = "r.kecamatan = '53.15.05'"};
    struct buf csv = {0};

    (void)import_list(fixture, LIST);
    registry_csv_header(&csv);
    assert_int_equal(
        registry_export(fixture->registry, &what, add_row, &csv), KB_OK);
    assert_string_equal(buf_text(&csv),
        "nik,nama,tgl_lahir,jk,kecamatan,desa,kantor,hp,status,bahasa\n" MARIA
        ",Maria Geong,1988-03-12,P,53.15.05,Gorontalo,KOMODO,'" PHONE
        ",unrecorded,id\n");
    what.where = NULL;
    assert_int_equal(
        registry_export(fixture->registry, &what, add_row, &csv), KB_OK);
    assert_int_equal(import_list(fixture, buf_text(&csv)).updated, 0);
    buf_clear(&csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_OFFICES(a_list_brings_its_residents_in),
        WITH_OFFICES(columns_come_in_any_order_and_either_language),
        WITH_OFFICES(windows_1252_is_read_and_noted),
        WITH_OFFICES(a_flag_is_no_state_and_leaves_it),
        WITH_OFFICES(the_same_list_again_changes_nothing),
        WITH_OFFICES(an_empty_cell_and_a_missing_column_erase_nothing),
        WITH_OFFICES(who_moves_to_another_kecamatan_gets_its_office),
        WITH_OFFICES(phones_are_shared_as_long_as_several_have_them),
        WITH_OFFICES(salah_outlives_the_next_list),
        WITH_OFFICES(bad_rows_are_listed_and_skipped),
        WITH_OFFICES(a_bad_cell_that_is_not_vital_costs_only_itself),
        WITH_OFFICES(a_nik_that_differs_from_date_or_sex_warns),
        WITH_OFFICES(of_a_nik_that_comes_twice_the_last_row_wins),
        WITH_OFFICES(a_file_without_nik_is_refused_with_what_it_has),
        WITH_OFFICES(a_dry_run_counts_and_changes_nothing),
        WITH_OFFICES(a_job_that_is_dropped_leaves_nothing),
        WITH_OFFICES(a_crash_at_any_slice_leaves_all_or_nothing),
        WITH_OFFICES(a_commit_that_fails_is_made_good_while_applying),
        WITH_OFFICES(input_waits_where_nobody_works),
        WITH_OFFICES(a_table_of_a_sqlite_file_is_read_as_a_list),
        WITH_OFFICES(an_export_is_a_list_that_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
