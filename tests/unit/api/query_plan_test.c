// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the rooms prepare when they open must find its rows by an index: a scan
 * of a table that grows with the years would hold the loop.
 */
#include "tests/unit/api/api_fixture.h"

/* Tables that grow with residents, messages and years. */
static const char *const large[] = {"message", "part", "resident", "recipient",
    "contact_day", "campaign_message", "inbound", "inbound_seen",
    "inbound_part", "inbound_guard", "inbound_count", "import_row",
    "import_reject"};

/* Meant to read a table whole: a list for people in pieces, a count for a
   preview, a clean-up once a day. The start of the statement says which. */
static const char *const whole[] = {
    "SELECT id, state, class, phone, text", /* outbox: the list, by cursor */
    "SELECT r.id, r.nik, r.name,",          /* registry: part of a name */
    /* outbox: the oldest few, in the table's own order */
    "DELETE FROM message WHERE id IN (SELECT id FROM message ORDER BY id",
};

static bool is_large(const char *table)
{
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        if (strcmp(large[i], table) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_meant(const char *sql)
{
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        if (str_starts(sql, whole[i])) {
            return true;
        }
    }
    return false;
}

/* The table that a statement calls by another name: "recipient AS x". */
static bool is_large_alias(const char *sql, const char *alias)
{
    char as[160] = "";

    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        const char *at = NULL;

        (void)snprintf(as, sizeof as, " %s AS %s", large[i], alias);
        at = strstr(sql, as);
        if (at != NULL && strchr(" ,)", at[strlen(as)]) != NULL) {
            return true;
        }
    }
    return false;
}

/* "SCAN message" without an index; "SCAN message USING INDEX" reads in an
   order and stops at its LIMIT. */
static bool scans(const char *sql, const char *detail)
{
    char table[64] = "";
    char rest[16] = "";
    int read = sscanf(detail, "SCAN %63s %15s", table, rest);

    return read == 1 && (is_large(table) || is_large_alias(sql, table));
}

static int explain(sqlite3 *db, const char *sql)
{
    char *ask = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
    sqlite3_stmt *plan = NULL;
    int found = 0;

    assert_int_equal(sqlite3_prepare_v2(db, ask, -1, &plan, NULL), SQLITE_OK);
    while (sqlite3_step(plan) == SQLITE_ROW) {
        const char *detail = (const char *)sqlite3_column_text(plan, 3);

        if (scans(sql, detail) && !is_meant(sql)) {
            print_error("%s: %.200s\n", detail, sql);
            found++;
        }
    }
    (void)sqlite3_finalize(plan);
    sqlite3_free(ask);
    return found;
}

static void nothing_prepared_scans_a_large_table(void **state)
{
    struct fixture *fixture = *state;
    sqlite3 *db = store_db(fixture->app.store);
    int looked_at = 0;
    int found = 0;
    char *all[1024];

    for (sqlite3_stmt *at = sqlite3_next_stmt(db, NULL); at != NULL;
         at = sqlite3_next_stmt(db, at)) {
        assert_true(looked_at < 1024);
        all[looked_at++] = sqlite3_mprintf("%s", sqlite3_sql(at));
    }
    assert_true(looked_at > 50);
    for (int i = 0; i < looked_at; i++) {
        found += explain(db, all[i]);
        sqlite3_free(all[i]);
    }
    assert_int_equal(found, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            nothing_prepared_scans_a_large_table, fixture_new, fixture_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
