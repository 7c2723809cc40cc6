// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goal: what people write is data and nothing else: SQL, HTML, templates,
 * formats and spreadsheet formulas in names, cells and texts come out as they
 * went in, do nothing on the way, and an export quotes = + - @ (row 22 of the
 * faults). The simulator's ledger has what was sent.
 */
#include "base/buf.h"
#include "tests/support/letters.h"
#include "tests/support/people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIRST 100 /* of the odd names' NIKs */

static const struct bed_options quick = {.modems = 1,
    .sim_args = "--latency-ms 1 --command-ms 0 --no-reports",
    .modem_args = "reports = false;"};

/* Short enough for a message's {name}. */
static const char *const names[] = {
    "Rob'); DROP--",
    "<b onload=x>",
    "{site} {{",
    "{name}",
    "%s%n%x",
    "=1+1",
    "+SUM(A1)",
    "-2+3",
    "@SUM(A1)",
};

#define NAMES ((int)(sizeof names / sizeof *names))

static void phone_of(int i, char out[static 24])
{
    (void)snprintf(out, 24, "+62812000091%02d", i);
}

static void import_odd(struct bed *bed)
{
    struct buf csv = {0};
    json_t *answer = NULL;

    buf_add_text(&csv, "nik,nama,tgl_lahir,jk,kecamatan,desa,hp,status\n");
    for (int i = 0; i < NAMES; i++) {
        char nik[17];
        char phone[24];

        person_nik(FIRST + i, nik);
        phone_of(i, phone);
        buf_printf(&csv,
            "%s,\"%s\",1990-01-01,L,53.15.03,=HYPERLINK(0),%s,belum_rekam\n",
            nik, names[i], phone);
    }
    answer = bed_ask(bed, "POST", "/api/v1/residents/import?source=odd",
        buf_text(&csv), NULL);
    assert_int_equal(
        json_integer_value(json_object_get(answer, "added")), NAMES);
    json_decref(answer);
    buf_clear(&csv);
}

static size_t rows_of(struct bed *bed, const char *target)
{
    json_t *list = bed_ask(bed, "GET", target, NULL, NULL);
    size_t count = json_array_size(list);

    json_decref(list);
    return count;
}

static void names_are_shown_as_they_are(struct bed *bed)
{
    for (int i = 0; i < NAMES; i++) {
        char nik[17];
        char target[64];

        person_nik(FIRST + i, nik);
        (void)snprintf(target, sizeof target, "/api/v1/residents/%s", nik);
        assert_true(bed_is(bed, target, "name", names[i]));
    }
}

/* Whoever is there, by an export's lines. */
static int residents(struct bed *bed)
{
    char *csv = NULL;
    int lines = 0;

    assert_int_equal(
        bed_kabari(bed, &csv, "resident", "export", (char *)NULL), 0);
    for (const char *at = csv; *at != '\0'; at++) {
        lines += *at == '\n' ? 1 : 0;
    }
    free(csv);
    return lines - 1;
}

/* No cell starts as a formula, in or out of quotes; none was lost. */
static void an_export_has_no_formula(struct bed *bed)
{
    char *csv = NULL;

    assert_int_equal(
        bed_kabari(bed, &csv, "resident", "export", (char *)NULL), 0);
    for (const char *at = csv; *at != '\0'; at++) {
        bool starts = at == csv || at[-1] == ',' || at[-1] == '\n';

        at += starts && *at == '"' ? 1 : 0;
        if (starts && *at != '\0' && strchr("=+-@", *at) != NULL) {
            fail_msg("a cell is a formula: %.30s", at);
        }
    }
    assert_non_null(strstr(csv, "'=1+1"));
    assert_non_null(strstr(csv, "'+SUM(A1)"));
    assert_non_null(strstr(csv, "'-2+3"));
    assert_non_null(strstr(csv, "'@SUM(A1)"));
    assert_non_null(strstr(csv, "'=HYPERLINK(0)"));
    assert_non_null(strstr(csv, "Rob'); DROP--"));
    free(csv);
}

static void odd_names_go_out_as_they_are_and_do_nothing(void **state)
{
    struct bed *bed = bed_up(&quick);

    (void)state;
    people_import(bed, 1); /* and the office */
    import_odd(bed);
    names_are_shown_as_they_are(bed);
    an_export_has_no_formula(bed);
    people_campaign(bed, "odd", 20);
    for (int i = 0; i < NAMES; i++) {
        char phone[24];

        phone_of(i, phone);
        BED_WAIT(30000, letter_heard(bed, phone, NULL) == 1);
        assert_int_equal(letter_heard(bed, phone, names[i]), 1);
    }
    names_are_shown_as_they_are(bed);
    assert_int_equal(residents(bed), NAMES + 1);
    bed_free(bed);
}

/* --- texts ------------------------------------------------------------------- */

static const char *const texts[] = {
    "'; DROP TABLE message; --",
    "CEK ' OR 1=1 --",
    "CEK 53' UNION SELECT name FROM resident --",
    "<script>alert(1)</script>",
    "{site} {{name}} {office}",
    "%s%s%n%n",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
};

#define TEXTS ((int)(sizeof texts / sizeof *texts))

static void say(struct bed *bed, const char *from, const char *text)
{
    json_t *order = json_pack("{ss ss ss ss}", "cmd", "sms", "modem", "m1",
        "from", from, "text", text);
    char *line = json_dumps(order, JSON_COMPACT);

    json_decref(bed_sim(bed, "%s", line));
    free(line);
    json_decref(order);
}

static bool is_in_inbox(struct bed *bed, const char *text)
{
    json_t *list = bed_ask(bed, "GET", "/api/v1/inbox", NULL, NULL);
    json_t *entry = NULL;
    size_t i = 0;
    bool found = false;

    json_array_foreach(list, i, entry)
    {
        const char *seen = json_string_value(json_object_get(entry, "text"));

        found = found || strcmp(seen, text) == 0;
    }
    json_decref(list);
    return found;
}

static void odd_texts_are_kept_as_they_are_and_do_nothing(void **state)
{
    static const char *const never[] = {
        "DROP", "1=1", "UNION", "<script", "{", "%s", "cmd|", "BELUM REKAM"};
    struct bed *bed = bed_up(&quick);

    (void)state;
    people_import(bed, 20);
    for (int i = 0; i < TEXTS; i++) {
        char phone[24];

        phone_of(i, phone); /* strangers */
        say(bed, phone, texts[i]);
    }
    BED_WAIT(30000, rows_of(bed, "/api/v1/inbox") == TEXTS);
    BED_WAIT(10000, bed_queue(bed, "queued") == 0);
    BED_WAIT(10000, bed_queue(bed, "submitting") == 0);
    for (int i = 0; i < TEXTS; i++) {
        assert_true(is_in_inbox(bed, texts[i]));
    }
    assert_true(letter_heard(bed, NULL, NULL) > 0); /* they are answered */
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        assert_int_equal(letter_heard(bed, NULL, never[i]), 0);
    }
    assert_int_equal(residents(bed), 20);
    bed_free(bed);
}

/* What a message's own text has goes out to the letter, no place filled in. */
static void a_text_that_staff_send_is_no_template(void **state)
{
    static const char text[] = "{site} {{name}} %s '; <b> =1+1";
    struct bed *bed = bed_up(&quick);
    json_t *body = json_pack("{ss ss}", "phone", "081200009150", "text", text);
    char *line = json_dumps(body, JSON_COMPACT);

    (void)state;
    bed_do(bed, "POST", "/api/v1/messages", line);
    BED_WAIT(20000, letter_heard(bed, "+6281200009150", NULL) == 1);
    assert_int_equal(letter_heard(bed, "+6281200009150", text), 1);
    free(line);
    json_decref(body);
    bed_free(bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_names_go_out_as_they_are_and_do_nothing),
        cmocka_unit_test(odd_texts_are_kept_as_they_are_and_do_nothing),
        cmocka_unit_test(a_text_that_staff_send_is_no_template),
    };

    return cmocka_run_group_tests_name("inert payloads", tests, NULL, NULL);
}
