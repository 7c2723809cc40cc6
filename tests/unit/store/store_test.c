// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "store/store.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct bed {
    char folder[64];
    char path[96];
    struct store *store;
    int effects_ok;
    int effects_lost;
    int pending;
};

static struct store_options options_of(struct bed *bed)
{
    return (struct store_options){
        .path = bed->path, .holder = "kabari", .lock_wait_ms = 0};
}

static void open_bed(struct bed *bed)
{
    struct store_options options = options_of(bed);
    struct why why = {0};

    assert_int_equal(store_open(&options, &bed->store, &why), KB_OK);
}

static int set_up(void **state)
{
    struct bed *bed = mem_new(sizeof *bed);

    (void)snprintf(bed->folder, sizeof bed->folder, "/tmp/kabari-XXXXXX");
    assert_non_null(mkdtemp(bed->folder));
    (void)snprintf(bed->path, sizeof bed->path, "%s/k.db", bed->folder);
    open_bed(bed);
    *state = bed;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
    struct bed *bed = *state;
    char path[128];

    store_close(bed->store);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        (void)snprintf(path, sizeof path, "%s%s", bed->path, ends[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(bed->folder), 0);
    free(bed);
    return 0;
}

static void on_effect(void *arg, enum kb_err result)
{
    struct bed *bed = arg;

    *(result == KB_OK ? &bed->effects_ok : &bed->effects_lost) += 1;
}

static void on_pending(void *arg)
{
    ((struct bed *)arg)->pending++;
}

static void set(struct bed *bed, const char *name, const char *value)
{
    assert_int_equal(store_op_begin(bed->store), KB_OK);
    assert_int_equal(
        store_op_end(bed->store, store_meta_set(bed->store, name, value)),
        KB_OK);
}

static void an_effect_waits_for_the_commit(void **state)
{
    struct bed *bed = *state;

    set(bed, "a", "1");
    store_after_commit(bed->store, on_effect, bed);
    assert_int_equal(bed->effects_ok, 0);
    assert_int_equal(store_commit(bed->store), KB_OK);
    assert_int_equal(bed->effects_ok, 1);
}

static void a_bad_operation_fails_alone(void **state)
{
    struct bed *bed = *state;
    char value[8];

    set(bed, "a", "1");
    assert_int_equal(store_op_begin(bed->store), KB_OK);
    assert_int_equal(store_meta_set(bed->store, "b", "2"), KB_OK);
    assert_int_equal(store_op_end(bed->store, KB_INVALID), KB_INVALID);
    set(bed, "c", "3");
    assert_int_equal(store_commit(bed->store), KB_OK);
    assert_int_equal(store_meta_get(bed->store, "a", value, 8), KB_OK);
    assert_int_equal(store_meta_get(bed->store, "b", value, 8), KB_NOT_FOUND);
    assert_int_equal(store_meta_get(bed->store, "c", value, 8), KB_OK);
}

static void set_plainly(struct bed *bed, const char *name, enum kb_err result)
{
    assert_int_equal(store_op_begin_plain(bed->store), KB_OK);
    assert_int_equal(store_meta_set(bed->store, name, "1"), KB_OK);
    assert_int_equal(store_op_end(bed->store, result), result);
}

static void a_plain_operation_that_changed_nothing_fails_alone(void **state)
{
    struct bed *bed = *state;
    char value[8];

    set_plainly(bed, "a", KB_OK);
    assert_int_equal(store_op_begin_plain(bed->store), KB_OK);
    assert_int_equal(store_op_end(bed->store, KB_INVALID), KB_INVALID);
    set(bed, "b", "1");
    assert_int_equal(store_commit(bed->store), KB_OK);
    assert_int_equal(store_meta_get(bed->store, "a", value, 8), KB_OK);
    assert_int_equal(store_meta_get(bed->store, "b", value, 8), KB_OK);
}

static void a_plain_operation_that_is_half_done_takes_the_turn_with_it(
    void **state)
{
    struct bed *bed = *state;
    char value[8];

    set(bed, "a", "1");
    store_after_commit(bed->store, on_effect, bed);
    set_plainly(bed, "b", KB_FULL);
    assert_int_equal(store_op_begin(bed->store), KB_DB);
    assert_int_equal(store_commit(bed->store), KB_DB);
    assert_int_equal(bed->effects_lost, 1);
    assert_int_equal(store_meta_get(bed->store, "a", value, 8), KB_NOT_FOUND);
    assert_int_equal(store_meta_get(bed->store, "b", value, 8), KB_NOT_FOUND);
    set_plainly(bed, "c", KB_OK);
    assert_int_equal(store_commit(bed->store), KB_OK);
    assert_int_equal(store_meta_get(bed->store, "c", value, 8), KB_OK);
}

static void inside_a_plain_operation_others_still_fail_alone(void **state)
{
    struct bed *bed = *state;
    char value[8];

    assert_int_equal(store_op_begin_plain(bed->store), KB_OK);
    assert_int_equal(store_meta_set(bed->store, "a", "1"), KB_OK);
    assert_int_equal(store_op_begin_plain(bed->store), KB_OK);
    assert_int_equal(store_meta_set(bed->store, "b", "1"), KB_OK);
    assert_int_equal(store_op_end(bed->store, KB_INVALID), KB_INVALID);
    assert_int_equal(store_op_end(bed->store, KB_OK), KB_OK);
    assert_int_equal(store_commit(bed->store), KB_OK);
    assert_int_equal(store_meta_get(bed->store, "a", value, 8), KB_OK);
    assert_int_equal(store_meta_get(bed->store, "b", value, 8), KB_NOT_FOUND);
}

static void what_was_committed_is_there_after_a_reopen(void **state)
{
    struct bed *bed = *state;
    char value[8];

    set(bed, "a", "1");
    assert_int_equal(store_commit(bed->store), KB_OK);
    store_close(bed->store);
    open_bed(bed);
    assert_int_equal(store_meta_get(bed->store, "a", value, 8), KB_OK);
    assert_string_equal(value, "1");
}

static void a_second_program_is_refused_with_a_reason(void **state)
{
    struct bed *bed = *state;
    struct store_options options = options_of(bed);
    struct store *second = NULL;
    struct why why = {0};

    assert_int_equal(store_open(&options, &second, &why), KB_BUSY);
    assert_null(second);
    assert_non_null(strstr(why.text, "holds"));
}

static void a_rehearsal_does_not_open_a_live_database(void **state)
{
    struct bed *bed = *state;
    struct store_options options = options_of(bed);
    struct why why = {0};

    store_close(bed->store);
    bed->store = NULL;
    options.rehearsal = true;
    assert_int_equal(store_open(&options, &bed->store, &why), KB_REFUSED);
    assert_non_null(strstr(why.text, "rehearsal"));
}

static void a_newer_schema_is_refused(void **state)
{
    struct bed *bed = *state;
    struct store_options options = options_of(bed);
    struct why why = {0};

    assert_int_equal(
        store_exec(bed->store, "PRAGMA user_version = 999"), KB_OK);
    store_close(bed->store);
    bed->store = NULL;
    assert_int_equal(store_open(&options, &bed->store, &why), KB_REFUSED);
    assert_non_null(strstr(why.text, "newer"));
}

/* Another program takes the write lock: nothing of ours is half done. */
static void a_locked_database_refuses_work_and_loses_nothing(void **state)
{
    struct bed *bed = *state;
    sqlite3 *other = NULL;
    char value[8];

    assert_int_equal(sqlite3_open(bed->path, &other), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(store_op_begin(bed->store), KB_BUSY);
    assert_int_equal(
        sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(other);
    set(bed, "a", "1");
    assert_int_equal(store_commit(bed->store), KB_OK);
    assert_int_equal(store_meta_get(bed->store, "a", value, 8), KB_OK);
}

static void effects_hear_of_a_lost_commit(void **state)
{
    struct bed *bed = *state;
    char value[8];

    set(bed, "a", "1");
    store_after_commit(bed->store, on_effect, bed);
    /* As SQLite does by itself on a full disk. */
    assert_int_equal(store_exec(bed->store, "ROLLBACK"), KB_OK);
    assert_int_equal(store_commit(bed->store), KB_DB);
    assert_int_equal(bed->effects_lost, 1);
    assert_int_equal(bed->effects_ok, 0);
    assert_int_equal(store_meta_get(bed->store, "a", value, 8), KB_NOT_FOUND);
}

static void nothing_joins_a_turn_that_sqlite_rolled_back(void **state)
{
    struct bed *bed = *state;
    char value[8];

    set(bed, "a", "1");
    assert_int_equal(store_exec(bed->store, "ROLLBACK"), KB_OK);
    assert_int_equal(store_op_begin(bed->store), KB_DB);
    assert_int_equal(store_commit(bed->store), KB_DB);
    assert_int_equal(store_meta_get(bed->store, "a", value, 8), KB_NOT_FOUND);
    set(bed, "b", "1");
    assert_int_equal(store_commit(bed->store), KB_OK);
}

static void an_open_transaction_asks_for_a_commit_once(void **state)
{
    struct bed *bed = *state;

    store_on_pending(bed->store, on_pending, bed);
    set(bed, "a", "1");
    set(bed, "b", "1");
    assert_int_equal(bed->pending, 1);
    assert_int_equal(store_commit(bed->store), KB_OK);
    store_after_commit(bed->store, on_effect, bed);
    assert_int_equal(bed->pending, 2);
}

static void an_update_that_changes_nothing_is_not_found(void **state)
{
    struct bed *bed = *state;
    sqlite3_stmt *update = NULL;

    assert_int_equal(
        store_prepare(bed->store,
            "UPDATE meta SET value = 'x' WHERE name = :name", &update),
        KB_OK);
    store_bind_text(update, ":name", "nobody");
    assert_int_equal(store_op_begin(bed->store), KB_OK);
    assert_int_equal(
        store_op_end(bed->store, store_run(bed->store, update)), KB_NOT_FOUND);
    (void)sqlite3_finalize(update);
}

/* kill -9 between the operation and the commit: as if it never happened. */
static void a_kill_before_the_commit_leaves_nothing(void **state)
{
    struct bed *bed = *state;
    char value[8];
    pid_t child = 0;
    int status = 0;

    store_close(bed->store);
    bed->store = NULL;
    child = fork();
    if (child == 0) {
        open_bed(bed);
        set(bed, "committed", "1");
        assert_int_equal(store_commit(bed->store), KB_OK);
        set(bed, "pending", "1");
        (void)kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    open_bed(bed);
    assert_int_equal(store_meta_get(bed->store, "committed", value, 8), KB_OK);
    assert_int_equal(
        store_meta_get(bed->store, "pending", value, 8), KB_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(an_effect_waits_for_the_commit),
        TEST(a_bad_operation_fails_alone),
        TEST(a_plain_operation_that_changed_nothing_fails_alone),
        TEST(a_plain_operation_that_is_half_done_takes_the_turn_with_it),
        TEST(inside_a_plain_operation_others_still_fail_alone),
        TEST(what_was_committed_is_there_after_a_reopen),
        TEST(a_second_program_is_refused_with_a_reason),
        TEST(a_rehearsal_does_not_open_a_live_database),
        TEST(a_newer_schema_is_refused),
        TEST(a_locked_database_refuses_work_and_loses_nothing),
        TEST(effects_hear_of_a_lost_commit),
        TEST(nothing_joins_a_turn_that_sqlite_rolled_back),
        TEST(an_open_transaction_asks_for_a_commit_once),
        TEST(an_update_that_changes_nothing_is_not_found),
        TEST(a_kill_before_the_commit_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
