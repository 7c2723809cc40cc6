// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_TESTS_REGISTRY_FIXTURE_H
#define KABARI_TESTS_REGISTRY_FIXTURE_H

#include "base/clock.h"
#include "registry/registry.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A registry in a folder of its own, on a clock that stands at 2016-09-01
   08:00 WITA. */
struct fixture {
    char folder[64];
    char path[96];
    struct clock clock;
    struct store *store;
    struct registry *registry;
};

#define FIXTURE_NOW_MS 1472688000000LL /* 2016-09-01T00:00:00Z */

static inline void fixture_open(struct fixture *fixture)
{
    struct store_options options = {.path = fixture->path, .holder = "test"};
    struct why why = {0};

    if (store_open(&options, &fixture->store, &why) != KB_OK) {
        fail_msg("%s", why.text);
    }
    assert_int_equal(
        registry_open(fixture->store, &fixture->clock, &fixture->registry),
        KB_OK);
}

static inline void fixture_shut(struct fixture *fixture)
{
    registry_close(fixture->registry);
    store_close(fixture->store);
    fixture->registry = NULL;
    fixture->store = NULL;
}

static inline int fixture_new(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    (void)snprintf(
        fixture->folder, sizeof fixture->folder, "/tmp/kabari-reg-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(
        fixture->path, sizeof fixture->path, "%s/kabari.db", fixture->folder);
    assert_int_equal(clock_zone_set("Asia/Makassar"), KB_OK);
    fixture->clock = clock_fixed(FIXTURE_NOW_MS);
    fixture_open(fixture);
    *state = fixture;
    return 0;
}

static inline void fixture_remove(
    const struct fixture *fixture, const char *name)
{
    char path[160];

    (void)snprintf(path, sizeof path, "%s/%s", fixture->folder, name);
    (void)unlink(path);
}

static inline int fixture_free(void **state)
{
    static const char *const files[] = {"kabari.db", "kabari.db-wal",
        "kabari.db-shm", "kabari.db.lock", "residents.csv", "offices.csv",
        "list.db"};
    struct fixture *fixture = *state;

    fixture_shut(fixture);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        fixture_remove(fixture, files[i]);
    }
    assert_int_equal(rmdir(fixture->folder), 0);
    free(fixture);
    return 0;
}

/* Runs SQL as a whole operation of its own. */
static inline void fixture_sql(struct fixture *fixture, const char *sql)
{
    assert_int_equal(store_op_begin(fixture->store), KB_OK);
    assert_int_equal(
        store_op_end(fixture->store, store_exec(fixture->store, sql)), KB_OK);
}

static inline int64_t fixture_count(struct fixture *fixture, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t value = -1;

    assert_int_equal(store_prepare(fixture->store, sql, &statement), KB_OK);
    if (store_step(fixture->store, statement) == KB_OK) {
        value = sqlite3_column_int64(statement, 0);
    }
    (void)sqlite3_finalize(statement);
    return value;
}

static inline struct resident fixture_resident(
    struct fixture *fixture, const char *nik)
{
    struct resident resident = {0};

    assert_int_equal(
        registry_resident_by_nik(fixture->registry, nik, &resident), KB_OK);
    return resident;
}

#endif
