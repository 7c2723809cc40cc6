// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "base/str.h"
#include "config/config.h"
#include "registry/office_internal.h"
#include "registry/registry_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OFFICE_COLUMNS                                                         \
    "code, name, kecamatan, lat, lon, capacity, opens_minute, closes_minute, " \
    "days, blanks, fallback, state, reason, since_at_ms, back_day"

const char *const registry_office_sql[OFFICE_SQL_COUNT] = {
    [OFFICE_GET] = "SELECT " OFFICE_COLUMNS
                   " FROM office WHERE code = :code COLLATE NOCASE",
    [OFFICE_LIST] = "SELECT " OFFICE_COLUMNS " FROM office ORDER BY code",
    [OFFICE_STATE] = "UPDATE office SET since_at_ms ="
                     " CASE WHEN state = :state THEN since_at_ms ELSE :now END,"
                     " state = :state, reason = :reason, back_day = :back"
                     " WHERE code = :code",
    [OFFICE_SET] =
        "UPDATE office SET capacity = :capacity, blanks = :blanks,"
        " opens_minute = :opens, closes_minute = :closes, days = :days,"
        " fallback = :fallback WHERE code = :code",
    [OFFICE_INSERT] =
        "INSERT INTO office (code, name, kecamatan, lat, lon, capacity,"
        " opens_minute, closes_minute, days, blanks, fallback, since_at_ms)"
        " VALUES (:code, :name, :kecamatan, :lat, :lon, :capacity, :opens,"
        " :closes, :days, :blanks, :fallback, :now)",
    [OFFICE_REPLACE] =
        "UPDATE office SET name = :name, kecamatan = :kecamatan, lat = :lat,"
        " lon = :lon, capacity = :capacity, opens_minute = :opens,"
        " closes_minute = :closes, days = :days, blanks = :blanks,"
        " fallback = :fallback WHERE code = :code",
    [OFFICE_SERVES] =
        "INSERT INTO kecamatan (code, name, office)"
        " VALUES (:code, :name, :office)"
        " ON CONFLICT DO UPDATE SET office = coalesce(office, :office)",
    [OFFICE_ADOPT] = "UPDATE resident SET office ="
                     " (SELECT office FROM kecamatan WHERE code = :kecamatan)"
                     " WHERE kecamatan = :kecamatan AND office = ''",
    [KECAMATAN_LIST] =
        "SELECT code, name, coalesce(office, '') FROM kecamatan ORDER BY code",
    [PLACE_LIST] = ("SELECT kecamatan, desa, count(*) FROM resident"
                    " GROUP BY kecamatan, desa ORDER BY kecamatan, desa"),
};

static void read_place(sqlite3_stmt *row, struct office *out)
{
    out->has_place = sqlite3_column_type(row, 3) != SQLITE_NULL &&
                     sqlite3_column_type(row, 4) != SQLITE_NULL;
    if (out->has_place) {
        out->lat = sqlite3_column_double(row, 3);
        out->lon = sqlite3_column_double(row, 4);
    }
}

static void read_office(sqlite3_stmt *row, struct office *out)
{
    *out = (struct office){.back_day = INT32_MIN};
    registry_copy_column(row, 0, out->code, sizeof out->code);
    registry_copy_column(row, 1, out->name, sizeof out->name);
    registry_copy_column(row, 2, out->kecamatan, sizeof out->kecamatan);
    read_place(row, out);
    out->capacity = sqlite3_column_int(row, 5);
    out->opens_minute = sqlite3_column_int(row, 6);
    out->closes_minute = sqlite3_column_int(row, 7);
    registry_copy_column(row, 8, out->days, sizeof out->days);
    out->blanks = sqlite3_column_int(row, 9);
    registry_copy_column(row, 10, out->fallback, sizeof out->fallback);
    registry_copy_column(row, 11, out->state, sizeof out->state);
    registry_copy_column(row, 12, out->reason, sizeof out->reason);
    out->since_at_ms = sqlite3_column_int64(row, 13);
    if (sqlite3_column_type(row, 14) != SQLITE_NULL) {
        out->back_day = sqlite3_column_int(row, 14);
    }
}

enum kb_err registry_office_get(
    struct registry *registry, const char *code, struct office *out)
{
    sqlite3_stmt *statement = registry->office[OFFICE_GET];
    enum kb_err err = KB_OK;

    store_bind_text(statement, ":code", code);
    err = store_step(registry->store, statement);
    if (err == KB_OK) {
        read_office(statement, out);
        (void)sqlite3_reset(statement);
    }
    return err;
}

enum kb_err registry_office_list(
    struct registry *registry, struct office **out, size_t *count)
{
    sqlite3_stmt *statement = registry->office[OFFICE_LIST];
    struct office *list = NULL;
    enum kb_err err = KB_OK;
    size_t used = 0;

    while ((err = store_step(registry->store, statement)) == KB_OK) {
        list = mem_resize(list, used + 1, sizeof *list);
        read_office(statement, &list[used++]);
    }
    if (err != KB_NOT_FOUND) {
        free(list);
        return err;
    }
    *out = list;
    *count = used;
    return KB_OK;
}

enum kb_err registry_office_other(
    struct registry *registry, const struct office *office, struct office *out)
{
    char codes[sizeof office->fallback];
    struct office other;
    char *rest = NULL;

    memcpy(codes, office->fallback, sizeof codes);
    for (char *code = strtok_r(codes, ",", &rest); code != NULL;
         code = strtok_r(NULL, ",", &rest)) {
        enum kb_err err = registry_office_get(registry, str_trim(code), &other);

        if (err == KB_OK && strcmp(other.state, "up") == 0) {
            *out = other;
            return KB_OK;
        }
        if (err != KB_OK && err != KB_NOT_FOUND) {
            return err;
        }
    }
    return KB_NOT_FOUND;
}

void office_hours(const struct office *office, char *out, size_t out_bytes)
{
    (void)snprintf(out, out_bytes, "%02d.%02d-%02d.%02d",
        office->opens_minute / 60, office->opens_minute % 60,
        office->closes_minute / 60, office->closes_minute % 60);
}

const char *const office_states[OFFICE_STATES] = {
    "up", "degraded", "down", "closed"};

bool office_is_state(const char *name)
{
    size_t i = 0;

    while (i < OFFICE_STATES && strcmp(office_states[i], name) != 0) {
        i++;
    }
    return i < OFFICE_STATES;
}

enum kb_err registry_office_state(struct registry *registry, const char *code,
    const char *state, const char *reason, int32_t back_day)
{
    sqlite3_stmt *statement = registry->office[OFFICE_STATE];
    struct office office;
    bool up = strcmp(state, "up") == 0;
    enum kb_err err = registry_office_get(registry, code, &office);

    if (err != KB_OK || !office_is_state(state)) {
        return err != KB_OK ? err : KB_INVALID;
    }
    err = store_op_begin(registry->store);
    if (err != KB_OK) {
        return err;
    }
    (void)snprintf(office.reason, sizeof office.reason, "%s",
        up || reason == NULL ? "" : reason);
    store_bind_text(statement, ":code", office.code);
    store_bind_text(statement, ":state", state);
    store_bind_text(statement, ":reason", office.reason);
    store_bind_int(statement, ":now", clock_now_ms(registry->clock));
    if (up || back_day == INT32_MIN) {
        store_bind_null(statement, ":back");
    } else {
        store_bind_int(statement, ":back", back_day);
    }
    err = store_run(registry->store, statement);
    return store_op_end(registry->store, err);
}

/* --- what people write about an office -------------------------------------- */

enum kb_err office_read_hours(
    const char *text, struct office *office, struct why *why)
{
    char copy[16];
    char *dash = NULL;
    int opens = -1;
    int closes = -1;

    if (str_copy(copy, sizeof copy, text) == KB_OK) {
        for (char *at = copy; *at != '\0'; at++) {
            *at = *at == '.' ? ':' : *at;
        }
        dash = strchr(copy, '-');
    }
    if (dash != NULL) {
        *dash = '\0';
        opens = civil_parse_minute(str_trim(copy));
        closes = civil_parse_minute(str_trim(dash + 1));
    }
    if (opens < 0 || closes <= opens) {
        why_field(why, "hours");
        why_set(why, "hours look like 08:00-14:00");
        return KB_INVALID;
    }
    office->opens_minute = opens;
    office->closes_minute = closes;
    return KB_OK;
}

enum kb_err office_read_days(
    const char *text, struct office *office, struct why *why)
{
    unsigned days = config_days(text);

    if (days == 0) {
        why_field(why, "days");
        why_set(why, "days look like Mon-Fri or Mon,Wed,Fri");
        return KB_INVALID;
    }
    config_days_text(days, office->days, sizeof office->days);
    return KB_OK;
}

enum kb_err office_read_fallback(
    const char *text, struct office *office, struct why *why)
{
    char fallback[sizeof office->fallback] = "";
    size_t used = 0;

    for (; *text != '\0'; text++) {
        char c = (char)toupper((unsigned char)*text);

        if (c == ' ') {
            continue;
        }
        if (used + 1 >= sizeof fallback) {
            why_field(why, "fallback");
            why_set(why, "too many offices in the fallback list");
            return KB_INVALID;
        }
        fallback[used++] = c == ';' ? ',' : c;
    }
    memcpy(office->fallback, fallback, sizeof fallback);
    return KB_OK;
}

/* --- office set -------------------------------------------------------------- */

static enum kb_err check_fallback(
    struct registry *registry, const struct office *office, struct why *why)
{
    char codes[sizeof office->fallback];
    struct office other;
    char *rest = NULL;

    memcpy(codes, office->fallback, sizeof codes);
    for (char *code = strtok_r(codes, ",", &rest); code != NULL;
         code = strtok_r(NULL, ",", &rest)) {
        enum kb_err err = registry_office_get(registry, code, &other);

        if (err == KB_NOT_FOUND || strcmp(code, office->code) == 0) {
            why_field(why, "fallback");
            why_set(why, "%s is %s; see office list", code,
                err == KB_NOT_FOUND ? "no office" : "this office itself");
            return KB_INVALID;
        }
        if (err != KB_OK) {
            return err;
        }
    }
    return KB_OK;
}

static enum kb_err change_office(struct registry *registry,
    struct office *office, const struct office_change *change, struct why *why)
{
    enum kb_err err = KB_OK;

    if (change->capacity < -1 || change->blanks < -1) {
        why_set(why, "capacity and blanks cannot be negative");
        return KB_INVALID;
    }
    office->capacity =
        change->capacity < 0 ? office->capacity : change->capacity;
    office->blanks = change->blanks < 0 ? office->blanks : change->blanks;
    if (change->hours != NULL) {
        err = office_read_hours(change->hours, office, why);
    }
    if (err == KB_OK && change->days != NULL) {
        err = office_read_days(change->days, office, why);
    }
    if (err == KB_OK && change->fallback != NULL) {
        err = office_read_fallback(change->fallback, office, why);
        if (err == KB_OK) {
            err = check_fallback(registry, office, why);
        }
    }
    return err;
}

enum kb_err registry_office_set(struct registry *registry, const char *code,
    const struct office_change *change, struct why *why)
{
    sqlite3_stmt *statement = registry->office[OFFICE_SET];
    struct office office;
    enum kb_err err = registry_office_get(registry, code, &office);

    if (err == KB_OK) {
        err = change_office(registry, &office, change, why);
    }
    if (err == KB_OK) {
        err = store_op_begin(registry->store);
    }
    if (err != KB_OK) {
        return err;
    }
    store_bind_text(statement, ":code", office.code);
    store_bind_int(statement, ":capacity", office.capacity);
    store_bind_int(statement, ":blanks", office.blanks);
    store_bind_int(statement, ":opens", office.opens_minute);
    store_bind_int(statement, ":closes", office.closes_minute);
    store_bind_text(statement, ":days", office.days);
    store_bind_text(statement, ":fallback", office.fallback);
    err = store_run(registry->store, statement);
    return store_op_end(registry->store, err);
}
