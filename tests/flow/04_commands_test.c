// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: kabari's main commands do the same with a running kabarid as on the
 * store itself; scripts can rely on exit codes and on the JSON that is
 * promised to them.
 */
#include "tests/support/people.h"

#include <sqlite3.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define END (const char *)NULL
/* kabari with these words: its exit code, or the JSON that it printed. */
#define RUN(...) bed_kabari(bed, NULL, __VA_ARGS__, END)
#define ASK(...) bed_json(bed, __VA_ARGS__, END)

static const char offices_csv[] =
    "code,name,kecamatan,lat,lon,capacity,hours,days,blanks,fallback\n"
    "LEMBOR,Camat Lembor,53.15.03,-8.69,120.2,90,08:00-14:00,Mon-Fri,500,\n";

/* Two good rows, one whose NIK is too short. */
static const char residents_csv[] =
    "nik,nama,tgl_lahir,jk,kecamatan,desa,hp,status\n"
    "5315030101909000,Maria Contoh,1990-01-01,L,53.15.03,Tangge,081200009001,"
    "belum_rekam\n"
    "5315030101909001,Yosef Contoh,1990-01-01,L,53.15.03,Tangge,081200009002,"
    "belum_rekam\n"
    "53150301,Salah Contoh,1990-01-01,L,53.15.03,Tangge,,belum_rekam\n";

/* Every one of these names, split at spaces, is a member. */
static void assert_members(const json_t *object, const char *names)
{
    char copy[256];
    char *rest = NULL;

    (void)snprintf(copy, sizeof copy, "%s", names);
    for (char *name = strtok_r(copy, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        if (json_object_get(object, name) == NULL) {
            fail_msg("the answer lacks \"%s\"", name);
        }
    }
}

static int64_t number_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static void import_both(struct bed *bed)
{
    char offices[128];
    char residents[128];
    char rejects[160];
    json_t *answer = NULL;

    bed_write(bed, "offices.csv", offices_csv, offices, sizeof offices);
    bed_write(bed, "residents.csv", residents_csv, residents, sizeof residents);
    (void)snprintf(rejects, sizeof rejects, "%s/rejects.csv", bed->folder);
    assert_int_equal(RUN("office", "import", offices), 0);
    answer = ASK("resident", "import", residents, "--rejects", rejects);
    assert_members(
        answer, "rows added updated unchanged resolved rejected seconds");
    assert_int_equal(number_of(answer, "rows"), 3);
    assert_int_equal(number_of(answer, "added"), 2);
    assert_int_equal(number_of(answer, "rejected"), 1);
    json_decref(answer);
    assert_int_equal(access(rejects, R_OK), 0);
}

static void assert_printed(
    struct bed *bed, const char *part, const char *verb, const char *object)
{
    char *out = NULL;

    assert_int_equal(bed_kabari(bed, &out, verb, object, END), 0);
    if (strstr(out, part) == NULL) {
        fail_msg("%s %s: \"%s\" lacks \"%s\"", verb, object, out, part);
    }
    free(out);
}

/* --- what both ways have in common ------------------------------------------- */

static void check_registry(struct bed *bed)
{
    char *out = NULL;
    json_t *answer = NULL;

    import_both(bed);
    assert_printed(bed, "LEMBOR  Camat Lembor  up", "office", "list");
    assert_int_equal(
        RUN("office", "down", "LEMBOR", "--reason", "server rusak"), 0);
    answer = ASK("office", "show", "LEMBOR");
    assert_string_equal(
        json_string_value(json_object_get(answer, "state")), "down");
    json_decref(answer);
    assert_int_equal(RUN("office", "down", "LEMBOR"), 2);
    assert_int_equal(RUN("office", "up", "LEMBOR"), 0);
    assert_int_equal(
        RUN("resident", "set", "5315030101909001", "--state", "printed"), 0);
    assert_int_equal(bed_kabari(bed, &out, "resident", "export", "--where",
                         "state=printed", END),
        0);
    assert_non_null(strstr(out, "5315030101909001"));
    assert_null(strstr(out, "5315030101909000"));
    free(out);
    assert_int_equal(RUN("resident", "show", "5315030101909999"), 3);
    assert_int_equal(RUN("--yes", "resident", "erase", "5315030101909001"), 0);
}

static void check_campaign(struct bed *bed)
{
    json_t *answer = NULL;

    assert_int_equal(
        RUN("campaign", "create", "rekam", "--template", "remind_first",
            "--deadline", "2099-12-31", "--where", "state=unrecorded"),
        0);
    answer = ASK("campaign", "preview", "rekam");
    assert_int_equal(number_of(answer, "audience"), 1);
    json_decref(answer);
    assert_int_equal(RUN("campaign", "create", "rekam", "--template",
                         "remind_first", "--deadline", "2099-12-31"),
        4);
    assert_int_equal(RUN("campaign", "create", "lain"), 2);
    assert_int_equal(RUN("campaign", "start", "rekam"), 0);
    assert_printed(bed, "running", "campaign", "list");
    answer = ASK("campaign", "report", "rekam");
    assert_members(answer, "audience phones held queued sent delivered "
                           "undelivered failed expired unknown cancelled");
    json_decref(answer);
    assert_int_equal(RUN("campaign", "show", "tidakada"), 3);
    assert_int_equal(RUN("campaign", "cancel", "rekam"), 0);
}

static void check_send(struct bed *bed)
{
    char file[128];
    char *out = NULL;
    json_t *answer = NULL;

    assert_int_equal(
        bed_kabari(bed, &out, "send", "081200009001", "Halo", END), 0);
    assert_true(strtol(out, NULL, 10) > 0);
    out[strcspn(out, "\n")] = '\0';
    answer = ASK("message", "show", out);
    assert_members(answer, "id phone state modem parts reason");
    json_decref(answer);
    assert_int_equal(RUN("message", "why", out), 0);
    free(out);
    assert_int_equal(RUN("send", "0385411", "Halo"), 4);
    assert_true(bed_logged(bed, "kabari: phone: "));
    assert_int_equal(RUN("send", "081200009001"), 2);
    assert_int_equal(RUN("message", "show", "999999"), 3);

    bed_write(bed, "bad.csv", "phone,text\n081200009003,a\n\n0385411,b\n", file,
        sizeof file);
    assert_int_equal(RUN("send", "--file", file), 4);
    assert_true(bed_logged(bed, "bad.csv:4: "));
    bed_write(bed, "good.csv",
        "Phone;Text;Ref\n081200009003;\"a;b\";r1\n081200009004;c;r2\n", file,
        sizeof file);
    answer = ASK("send", "--file", file);
    assert_int_equal(number_of(answer, "count"), 2);
    json_decref(answer);
    answer = ASK("message", "list", "--phone", "081200009003");
    assert_int_equal(json_array_size(answer), 1);
    json_decref(answer);
}

static void check_rest(struct bed *bed)
{
    json_t *answer = ASK("status");

    assert_members(answer, "ready modems queue rates");
    json_decref(answer);
    answer = ASK("inbox", "test", "CEK 5315030101909000");
    assert_members(answer, "intent nik office reason");
    assert_string_equal(
        json_string_value(json_object_get(answer, "intent")), "status");
    json_decref(answer);
    assert_int_equal(RUN("check"), 0);
    assert_int_equal(RUN("template", "check"), 0);
    assert_printed(bed, "remind_first", "template", "list");
    assert_int_equal(RUN("inbox", "show", "77"), 3);
    assert_int_equal(RUN("campain", "list"), 2);
    assert_true(bed_logged(bed, "did you mean campaign?"));
    assert_int_equal(RUN("send", "--help"), 0);
}

/* --- the two ways --------------------------------------------------------------- */

static void commands_ask_the_running_kabarid(void **state)
{
    struct bed_options options = {.modems = 1};
    struct bed *bed = bed_up(&options);
    json_t *modems = NULL;

    (void)state;
    check_registry(bed);
    check_campaign(bed);
    check_send(bed);
    check_rest(bed);

    modems = ASK("modem", "list");
    assert_int_equal(json_array_size(modems), 1);
    assert_members(json_array_get(modems, 0),
        "name state since signal credit queued sent_today last_error");
    json_decref(modems);
    BED_WAIT(30000, bed_is(bed, "/api/v1/modems/m1", "state", "ready"));
    assert_int_equal(RUN("modem", "pause", "m1"), 0);
    assert_true(bed_is(bed, "/api/v1/modems/m1", "state", "paused"));
    assert_int_equal(RUN("modem", "resume", "m1"), 0);
    assert_int_equal(RUN("modem", "show", "m9"), 3);
    assert_int_equal(RUN("modem", "log", "m1"), 0);
    assert_int_equal(RUN("pause"), 0);
    assert_int_equal(RUN("send", "081200009005", "Nanti"), 0);
    assert_true(bed_logged(bed, "kabari: queued; "));
    assert_int_equal(RUN("resume"), 0);
    BED_WAIT(30000, bed_queue(bed, "delivered") == 4);
    bed_free(bed);
}

static void commands_work_on_the_store_where_no_kabarid_runs(void **state)
{
    struct bed_options options = {.modems = 1};
    struct bed *bed = bed_new(&options);

    (void)state;
    check_registry(bed);
    check_campaign(bed);
    check_send(bed);
    check_rest(bed);
    assert_int_equal(RUN("modem", "list"), 1);
    assert_true(bed_logged(bed, "start it: systemctl start kabarid"));
    assert_int_equal(RUN("pause"), 1);

    /* What was taken without a daemon goes out once there is one. */
    bed_start_sim(bed, &options);
    bed_start_gateway(bed, NULL);
    BED_WAIT(30000, bed_queue(bed, "delivered") == 3);
    assert_int_equal(bed_ledger_count(bed, "accepted"), 3);
    bed_free(bed);
}

/* --- files ------------------------------------------------------------------------ */

static void make_database(const char *path)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db,
            "CREATE TABLE warga (nik, nama, kecamatan, hp, status);"
            "INSERT INTO warga VALUES ('5315030101909000', 'Maria, Contoh',"
            " '53.15.03', '081200009001', 'belum_rekam');"
            "CREATE TABLE lain (x)",
            NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_table_of_a_sqlite_file_is_imported(void **state)
{
    struct bed_options options = {0};
    struct bed *bed = bed_new(&options);
    char path[128];
    json_t *answer = NULL;

    (void)state;
    (void)snprintf(path, sizeof path, "%s/daftar.db", bed->folder);
    make_database(path);
    assert_int_equal(RUN("resident", "import", path), 4);
    assert_true(bed_logged(bed, "warga"));
    answer = ASK("resident", "import", path, "--table", "warga");
    assert_int_equal(number_of(answer, "added"), 1);
    json_decref(answer);
    answer = ASK("resident", "show", "5315030101909000");
    assert_string_equal(
        json_string_value(json_object_get(answer, "name")), "Maria, Contoh");
    json_decref(answer);
    bed_free(bed);
}

static void a_list_that_looks_like_a_mistake_needs_yes(void **state)
{
    struct bed_options options = {0};
    struct bed *bed = bed_new(&options);
    char path[128];
    json_t *answer = NULL;

    (void)state;
    import_both(bed);
    bed_write(bed, "less.csv",
        "nik,nama,kecamatan,status\n"
        "5315030101909000,Maria Contoh,53.15.03,belum_rekam\n",
        path, sizeof path);
    assert_int_equal(RUN("resident", "import", path, "--sync"), 4);
    assert_true(bed_logged(bed, "--yes"));
    answer = ASK("resident", "import", path, "--sync", "--yes");
    assert_int_equal(number_of(answer, "resolved"), 1);
    json_decref(answer);
    bed_free(bed);
}

/* Where in a file a text stands first, from 1. */
static int line_of(const char *path, const char *text)
{
    FILE *file = fopen(path, "r");
    char line[1024];
    int number = 1;

    assert_non_null(file);
    while (
        fgets(line, sizeof line, file) != NULL && strstr(line, text) == NULL) {
        number++;
    }
    assert_int_equal(fclose(file), 0);
    return number;
}

static void check_names_the_line_that_is_wrong(void **state)
{
    struct bed_options options = {.modems = 1, .config = "colour = \"red\";"};
    struct bed *bed = bed_new(&options);
    char line[128];

    (void)state;
    assert_int_equal(RUN("check"), 4);
    (void)snprintf(line, sizeof line, "%s:%d: ", bed->config,
        line_of(bed->config, "colour"));
    assert_true(bed_logged(bed, line));
    assert_int_equal(RUN("status"), 4);
    assert_int_not_equal(access(bed->database, F_OK), 0);
    bed_free(bed);
}

static void a_sample_is_written(void **state)
{
    struct bed_options options = {0};
    struct bed *bed = bed_new(&options);
    char folder[128];
    char path[160];

    (void)state;
    (void)snprintf(folder, sizeof folder, "%s/mabar", bed->folder);
    assert_int_equal(RUN("sample", "--out", folder, "--residents", "500"), 0);
    (void)snprintf(path, sizeof path, "%s/offices.csv", folder);
    assert_int_equal(RUN("office", "import", path), 0);
    (void)snprintf(path, sizeof path, "%s/residents.csv", folder);
    assert_int_equal(RUN("resident", "import", path), 0);
    assert_int_equal(RUN("sample", "--out", folder, "--residents", "0"), 4);
    bed_free(bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_ask_the_running_kabarid),
        cmocka_unit_test(commands_work_on_the_store_where_no_kabarid_runs),
        cmocka_unit_test(a_table_of_a_sqlite_file_is_imported),
        cmocka_unit_test(a_list_that_looks_like_a_mistake_needs_yes),
        cmocka_unit_test(check_names_the_line_that_is_wrong),
        cmocka_unit_test(a_sample_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
