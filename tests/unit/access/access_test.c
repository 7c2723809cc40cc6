// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions and tokens on a set clock, wrong passwords, and the audit. */
#include "access/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NOON_MS  ((int64_t)1472702400000) /* 2016-09-01 12:00 in Makassar */
#define MINUTE   ((int64_t)60000)
#define HOUR     (60 * MINUTE)
#define DAY      (24 * HOUR)
#define IDLE_MIN 30
#define MOST_H   12

struct bed {
    char folder[64];
    char path[96];
    struct clock clock;
    struct clock real;
    struct config config;
    struct store *store;
    struct access *access;
};

static int bed_new(void **state)
{
    struct bed *bed = calloc(1, sizeof *bed);
    struct store_options options = {.holder = "kabari"};
    struct why why = {0};

    assert_non_null(bed);
    (void)snprintf(bed->folder, sizeof bed->folder, "/tmp/kabari-acc-XXXXXX");
    assert_non_null(mkdtemp(bed->folder));
    (void)snprintf(bed->path, sizeof bed->path, "%s/kabari.db", bed->folder);
    bed->clock = clock_fixed(NOON_MS);
    bed->real = clock_fixed(NOON_MS);
    bed->config.session_idle_min = IDLE_MIN;
    bed->config.session_max_h = MOST_H;
    bed->config.retention_audit_days = 30;
    options.path = bed->path;
    assert_int_equal(store_open(&options, &bed->store, &why), KB_OK);
    assert_int_equal(access_open(&(struct access_rooms){.store = bed->store,
                                     .clock = &bed->clock,
                                     .real = &bed->real,
                                     .config = &bed->config},
                         &bed->access),
        KB_OK);
    *state = bed;
    return 0;
}

static int bed_free(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
    struct bed *bed = *state;
    char path[112];

    access_close(bed->access);
    store_close(bed->store);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        (void)snprintf(path, sizeof path, "%s%s", bed->path, ends[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(bed->folder), 0);
    free(bed);
    return 0;
}

/* --- sessions ------------------------------------------------------------ */

static struct access_user user_of(struct bed *bed, const char *name)
{
    struct access_user user = {.role = ROLE_STAFF, .password = "none"};

    (void)snprintf(user.name, sizeof user.name, "%s", name);
    assert_int_equal(access_user_add(bed->access, &user), KB_OK);
    assert_int_equal(access_user_get(bed->access, name, &user), KB_OK);
    return user;
}

static void log_in(struct bed *bed, const struct access_user *user,
    char secret[static ACCESS_SECRET_BYTES])
{
    struct access_actor actor = {0};

    assert_int_equal(
        access_session_new(bed->access, user, secret, &actor), KB_OK);
}

static void session_is(
    struct bed *bed, const char *secret, int64_t at_ms, enum kb_err expected)
{
    struct access_actor actor = {0};

    clock_set(&bed->real, at_ms);
    assert_int_equal(
        access_session_check(bed->access, secret, &actor), expected);
}

static void a_session_ends_when_nobody_clicks(void **state)
{
    struct bed *bed = *state;
    struct access_user maria = user_of(bed, "maria");
    int64_t idle = IDLE_MIN * MINUTE;
    char secret[ACCESS_SECRET_BYTES];

    log_in(bed, &maria, secret);
    session_is(bed, secret, NOON_MS + idle - 1, KB_OK);
    /* That was a click: it has as long again, and no longer. */
    session_is(bed, secret, NOON_MS + 2 * idle - 2, KB_OK);
    session_is(bed, secret, NOON_MS + 3 * idle - 2, KB_NOT_FOUND);
}

static void a_session_ends_at_last_however_busy_it_is(void **state)
{
    struct bed *bed = *state;
    struct access_user maria = user_of(bed, "maria");
    int64_t end = NOON_MS + MOST_H * HOUR;
    char secret[ACCESS_SECRET_BYTES];

    log_in(bed, &maria, secret);
    for (int64_t at = NOON_MS; at < end; at += 10 * MINUTE) {
        session_is(bed, secret, at, KB_OK);
    }
    session_is(bed, secret, end - 1, KB_OK);
    session_is(bed, secret, end, KB_NOT_FOUND);
}

static void the_gateways_clock_ends_no_session(void **state)
{
    struct bed *bed = *state;
    struct access_user maria = user_of(bed, "maria");
    char secret[ACCESS_SECRET_BYTES];

    log_in(bed, &maria, secret);
    clock_set(&bed->clock, NOON_MS + 60 * DAY); /* a rehearsal runs ahead */
    session_is(bed, secret, NOON_MS, KB_OK);
}

static void who_is_disabled_loses_every_session(void **state)
{
    struct bed *bed = *state;
    struct access_user maria = user_of(bed, "maria");
    struct access_user yohanes = user_of(bed, "yohanes");
    char first[ACCESS_SECRET_BYTES];
    char second[ACCESS_SECRET_BYTES];
    char other[ACCESS_SECRET_BYTES];

    log_in(bed, &maria, first);
    log_in(bed, &maria, second);
    log_in(bed, &yohanes, other);
    maria.disabled = true;
    assert_int_equal(access_user_set(bed->access, &maria), KB_OK);
    session_is(bed, first, NOON_MS, KB_NOT_FOUND);
    session_is(bed, second, NOON_MS, KB_NOT_FOUND);
    session_is(bed, other, NOON_MS, KB_OK);
    /* Nor do they come back with the user. */
    maria.disabled = false;
    assert_int_equal(access_user_set(bed->access, &maria), KB_OK);
    session_is(bed, first, NOON_MS, KB_NOT_FOUND);
}

static void a_secret_that_is_none_opens_nothing(void **state)
{
    struct bed *bed = *state;
    struct access_user maria = user_of(bed, "maria");
    char secret[ACCESS_SECRET_BYTES];

    log_in(bed, &maria, secret);
    secret[5] = secret[5] == 'A' ? 'B' : 'A';
    session_is(bed, secret, NOON_MS, KB_NOT_FOUND);
    session_is(bed, "", NOON_MS, KB_NOT_FOUND);
    session_is(bed, "' OR 1=1 --", NOON_MS, KB_NOT_FOUND);
}

/* --- wrong passwords ----------------------------------------------------- */

static void ten_wrong_passwords_stop_a_name_and_a_right_one_frees_it(
    void **state)
{
    struct bed *bed = *state;
    struct access *access = bed->access;

    for (int i = 0; i < 10; i++) {
        assert_int_equal(access_login_wait_s(access, "maria", ""), 0);
        access_login_note(access, i % 2 == 0 ? "maria" : "MARIA", "", false);
    }
    assert_in_range(access_login_wait_s(access, "maria", ""), 1, 15 * 60 + 1);
    /* Another name goes on; the name waits wherever it comes from. */
    assert_int_equal(access_login_wait_s(access, "yohanes", ""), 0);
    assert_true(access_login_wait_s(access, "maria", "192.0.2.9") > 0);
    access_login_note(access, "maria", "", true);
    assert_int_equal(access_login_wait_s(access, "maria", ""), 0);
}

static void thirty_wrong_passwords_stop_an_address_whatever_the_names(
    void **state)
{
    struct bed *bed = *state;
    struct access *access = bed->access;
    char name[ACCESS_NAME_BYTES] = "";

    for (int i = 0; i < 30; i++) {
        (void)snprintf(name, sizeof name, "name%d", i);
        assert_int_equal(access_login_wait_s(access, name, "192.0.2.1"), 0);
        access_login_note(access, name, "192.0.2.1", false);
    }
    assert_true(access_login_wait_s(access, "fresh", "192.0.2.1") > 0);
    assert_int_equal(access_login_wait_s(access, "fresh", "192.0.2.2"), 0);
    /* One right password does not free the address. */
    access_login_note(access, "fresh", "192.0.2.1", true);
    assert_true(access_login_wait_s(access, "fresh", "192.0.2.1") > 0);
}

/* --- tokens -------------------------------------------------------------- */

static void make_token(struct bed *bed, const char *name, int64_t expires_at_ms,
    char text[static ACCESS_TOKEN_BYTES])
{
    struct access_token token = {.scopes = 1U << SCOPE_STATUS_READ,
        .created_by = "ani",
        .expires_at_ms = expires_at_ms};

    (void)snprintf(token.name, sizeof token.name, "%s", name);
    assert_int_equal(access_token_new(bed->access, &token, text), KB_OK);
}

static void token_is(
    struct bed *bed, const char *text, int64_t at_ms, enum kb_err expected)
{
    struct access_actor actor = {0};

    clock_set(&bed->real, at_ms);
    assert_int_equal(access_token_check(bed->access, text, &actor), expected);
    if (expected == KB_OK) {
        assert_int_equal(actor.kind, ACCESS_TOKEN);
        assert_int_equal(actor.scopes, 1U << SCOPE_STATUS_READ);
        assert_int_equal(actor.view, VIEW_NONE);
    }
}

static void a_token_is_good_until_it_expires(void **state)
{
    struct bed *bed = *state;
    char text[ACCESS_TOKEN_BYTES];

    make_token(bed, "simpeg", NOON_MS + DAY, text);
    token_is(bed, text, NOON_MS + DAY - 1, KB_OK);
    token_is(bed, text, NOON_MS + DAY, KB_NOT_FOUND);
    make_token(bed, "for-ever", 0, text);
    token_is(bed, text, NOON_MS + 4000 * DAY, KB_OK);
}

static void a_revoked_token_is_over_and_its_name_free(void **state)
{
    struct bed *bed = *state;
    char first[ACCESS_TOKEN_BYTES];
    char second[ACCESS_TOKEN_BYTES];

    make_token(bed, "simpeg", 0, first);
    token_is(bed, first, NOON_MS, KB_OK);
    assert_int_equal(access_token_revoke(bed->access, "simpeg"), KB_OK);
    token_is(bed, first, NOON_MS, KB_NOT_FOUND);
    assert_int_equal(access_token_revoke(bed->access, "simpeg"), KB_NOT_FOUND);
    make_token(bed, "simpeg", 0, second);
    token_is(bed, second, NOON_MS, KB_OK);
    token_is(bed, first, NOON_MS, KB_NOT_FOUND);
}

/* --- the audit ----------------------------------------------------------- */

static void note(struct bed *bed, const char *who)
{
    struct access_deed deed = {.action = "login"};

    (void)snprintf(deed.who, sizeof deed.who, "%s", who);
    assert_int_equal(access_note(bed->access, &deed), KB_OK);
    assert_int_equal(store_commit(bed->store), KB_OK);
}

static void refuses(struct bed *bed, const char *sql)
{
    char *message = NULL;

    assert_int_not_equal(
        sqlite3_exec(store_db(bed->store), sql, NULL, NULL, &message),
        SQLITE_OK);
    assert_non_null(strstr(message, "the audit is"));
    sqlite3_free(message);
}

static void count_deed(void *arg, const struct access_deed *deed)
{
    int *count = arg;

    (void)deed;
    (*count)++;
}

static int deeds(struct bed *bed)
{
    struct access_search search = {.before = INT64_MAX, .limit = 100};
    int count = 0;

    assert_int_equal(
        access_deeds(bed->access, &search, count_deed, &count), KB_OK);
    return count;
}

static void the_audit_is_neither_changed_nor_shortened(void **state)
{
    struct bed *bed = *state;

    note(bed, "maria");
    note(bed, "yohanes");
    refuses(bed, "UPDATE audit SET who = 'nobody'");
    refuses(bed, "DELETE FROM audit");
    refuses(bed, "DELETE FROM audit WHERE who = 'maria'");
    assert_int_equal(deeds(bed), 2);
}

static void the_audit_ends_with_its_retention(void **state)
{
    struct bed *bed = *state;

    note(bed, "maria");
    clock_set(&bed->clock, NOON_MS + 29 * DAY);
    note(bed, "yohanes");
    assert_int_equal(access_tick(bed->access), KB_OK);
    assert_int_equal(store_commit(bed->store), KB_OK);
    assert_int_equal(deeds(bed), 2);
    clock_set(&bed->clock, NOON_MS + 31 * DAY);
    assert_int_equal(access_tick(bed->access), KB_OK);
    assert_int_equal(store_commit(bed->store), KB_OK);
    assert_int_equal(deeds(bed), 1);
    refuses(bed, "DELETE FROM audit");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bed_new, bed_free)
    const struct CMUnitTest tests[] = {
        TEST(a_session_ends_when_nobody_clicks),
        TEST(a_session_ends_at_last_however_busy_it_is),
        TEST(the_gateways_clock_ends_no_session),
        TEST(who_is_disabled_loses_every_session),
        TEST(a_secret_that_is_none_opens_nothing),
        TEST(ten_wrong_passwords_stop_a_name_and_a_right_one_frees_it),
        TEST(thirty_wrong_passwords_stop_an_address_whatever_the_names),
        TEST(a_token_is_good_until_it_expires),
        TEST(a_revoked_token_is_over_and_its_name_free),
        TEST(the_audit_is_neither_changed_nor_shortened),
        TEST(the_audit_ends_with_its_retention),
    };

    return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
