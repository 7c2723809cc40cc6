// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/csv.h"
#include "base/mem.h"
#include "base/str.h"
#include "registry/cell.h"
#include "registry/import_internal.h"
#include "registry/office_internal.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* offices.csv: a district has ten or twenty, so it is read and written whole. */

#define OFFICES_MOST 500

enum place {
    PLACE_CODE,
    PLACE_NAME,
    PLACE_KECAMATAN,
    PLACE_LAT,
    PLACE_LON,
    PLACE_CAPACITY,
    PLACE_HOURS,
    PLACE_DAYS,
    PLACE_BLANKS,
    PLACE_FALLBACK,
    PLACE_COUNT
};

struct office_import {
    struct registry *registry;
    struct office_import_result *result;
    struct why *why;
    struct kecamatan *kecamatan;
    size_t kecamatan_count;
    int place[PLACE_COUNT];
    bool has_header;
    bool has_lat;
    bool has_lon;
};

/* Reads a cell that is not empty. */
typedef enum kb_err office_cell_fn(struct office_import *import,
    const char *text, struct office *office, struct why *why);

/* --- cells -------------------------------------------------------------------- */

static enum kb_err read_code(struct office_import *import, const char *text,
    struct office *office, struct why *why)
{
    size_t used = 0;

    (void)import;
    for (; *text != '\0' && used + 1 < sizeof office->code; text++) {
        if (!isalnum((unsigned char)*text) && strchr("-_.", *text) == NULL) {
            break;
        }
        office->code[used++] = (char)toupper((unsigned char)*text);
    }
    office->code[used] = '\0';
    if (*text != '\0') {
        why_set(why, "a code has up to 31 letters, digits, - _ and no spaces");
        return KB_INVALID;
    }
    return KB_OK;
}

static enum kb_err read_name(struct office_import *import, const char *text,
    struct office *office, struct why *why)
{
    (void)import;
    if (!cell_text(text, office->name, sizeof office->name)) {
        why_set(why, "the name is too long for an SMS");
        return KB_INVALID;
    }
    return KB_OK;
}

static enum kb_err read_kecamatan(struct office_import *import,
    const char *text, struct office *office, struct why *why)
{
    const struct kecamatan *known = registry_kecamatan_find(
        import->kecamatan, import->kecamatan_count, text);

    if (known != NULL) {
        registry_copy(office->kecamatan, sizeof office->kecamatan, known->code);
        return KB_OK;
    }
    if (!registry_kecamatan_code(text, office->kecamatan)) {
        why_set(why, "no kecamatan of that name is known; write its code "
                     "(53.15.05)");
        return KB_INVALID;
    }
    return KB_OK;
}

static enum kb_err read_degrees(
    const char *text, double most, double *out, struct why *why)
{
    char copy[24];
    char *end = NULL;
    char *comma = NULL;

    if (str_copy(copy, sizeof copy, text + (*text == '\'' ? 1 : 0)) == KB_OK) {
        comma = strchr(copy, ',');
        if (comma != NULL) {
            *comma = '.';
        }
        *out = strtod(copy, &end);
    }
    if (end == NULL || end == copy || *end != '\0' || !(fabs(*out) <= most)) {
        why_set(why, "degrees look like -8.4964");
        return KB_INVALID;
    }
    return KB_OK;
}

static enum kb_err read_lat(struct office_import *import, const char *text,
    struct office *office, struct why *why)
{
    import->has_lat = true;
    return read_degrees(text, 90, &office->lat, why);
}

static enum kb_err read_lon(struct office_import *import, const char *text,
    struct office *office, struct why *why)
{
    import->has_lon = true;
    return read_degrees(text, 180, &office->lon, why);
}

static enum kb_err read_count(const char *text, int *out, struct why *why)
{
    int64_t value = 0;

    if (str_int(text, 0, 1000000, &value) != KB_OK) {
        why_set(why, "a whole number from 0 to 1000000");
        return KB_INVALID;
    }
    *out = (int)value;
    return KB_OK;
}

static enum kb_err read_capacity(struct office_import *import, const char *text,
    struct office *office, struct why *why)
{
    (void)import;
    return read_count(text, &office->capacity, why);
}

static enum kb_err read_blanks(struct office_import *import, const char *text,
    struct office *office, struct why *why)
{
    (void)import;
    return read_count(text, &office->blanks, why);
}

static enum kb_err read_hours(struct office_import *import, const char *text,
    struct office *office, struct why *why)
{
    (void)import;
    return office_read_hours(text, office, why);
}

static enum kb_err read_days(struct office_import *import, const char *text,
    struct office *office, struct why *why)
{
    (void)import;
    return office_read_days(text, office, why);
}

static enum kb_err read_fallback(struct office_import *import, const char *text,
    struct office *office, struct why *why)
{
    (void)import;
    return office_read_fallback(text, office, why);
}

static const struct {
    const char *names;
    office_cell_fn *read;
} columns[PLACE_COUNT] = {
    [PLACE_CODE] = {"code|kode",                   read_code     },
    [PLACE_NAME] = {"name|nama",                   read_name     },
    [PLACE_KECAMATAN] = {"kecamatan|kec",               read_kecamatan},
    [PLACE_LAT] = {"lat|lintang|latitude",        read_lat      },
    [PLACE_LON] = {"lon|lng|bujur|longitude",     read_lon      },
    [PLACE_CAPACITY] = {"capacity|kapasitas",          read_capacity },
    [PLACE_HOURS] = {"hours|jam",                   read_hours    },
    [PLACE_DAYS] = {"days|hari",                   read_days     },
    [PLACE_BLANKS] = {"blanks|blangko|blanko",       read_blanks   },
    [PLACE_FALLBACK] = {"fallback|cadangan|pengganti", read_fallback },
};

/* --- writing ---------------------------------------------------------------------- */

static void bind_office(sqlite3_stmt *statement, const struct office *office)
{
    store_bind_text(statement, ":code", office->code);
    store_bind_text(statement, ":name", office->name);
    store_bind_text(statement, ":kecamatan", office->kecamatan);
    store_bind_int(statement, ":capacity", office->capacity);
    store_bind_int(statement, ":opens", office->opens_minute);
    store_bind_int(statement, ":closes", office->closes_minute);
    store_bind_text(statement, ":days", office->days);
    store_bind_int(statement, ":blanks", office->blanks);
    store_bind_text(statement, ":fallback", office->fallback);
    store_bind_null(statement, ":lat");
    store_bind_null(statement, ":lon");
    if (office->has_place) {
        (void)sqlite3_bind_double(statement,
            sqlite3_bind_parameter_index(statement, ":lat"), office->lat);
        (void)sqlite3_bind_double(statement,
            sqlite3_bind_parameter_index(statement, ":lon"), office->lon);
    }
}

/* The office's kecamatan is its own unless another office has it already;
   residents there who have none are its own as well. */
static enum kb_err serve(
    struct office_import *import, const struct office *office)
{
    struct store *store = import->registry->store;
    sqlite3_stmt *serves = import->registry->office[OFFICE_SERVES];
    sqlite3_stmt *adopt = import->registry->office[OFFICE_ADOPT];
    const struct kecamatan *known = registry_kecamatan_find(
        import->kecamatan, import->kecamatan_count, office->kecamatan);
    enum kb_err err = KB_OK;

    store_bind_text(serves, ":code", office->kecamatan);
    store_bind_text(
        serves, ":name", known == NULL ? office->kecamatan : known->name);
    store_bind_text(serves, ":office", office->code);
    err = registry_or_none(store_run(store, serves));
    if (err != KB_OK) {
        return err;
    }
    store_bind_text(adopt, ":kecamatan", office->kecamatan);
    return registry_or_none(store_run(store, adopt));
}

static bool same_office(const struct office *a, const struct office *b)
{
    return strcmp(a->name, b->name) == 0 &&
           strcmp(a->kecamatan, b->kecamatan) == 0 &&
           a->has_place == b->has_place &&
           (!a->has_place || (a->lat == b->lat && a->lon == b->lon)) &&
           a->capacity == b->capacity && a->opens_minute == b->opens_minute &&
           a->closes_minute == b->closes_minute &&
           strcmp(a->days, b->days) == 0 && a->blanks == b->blanks &&
           strcmp(a->fallback, b->fallback) == 0;
}

static enum kb_err write_office(struct office_import *import,
    const struct office *before, const struct office *office)
{
    bool is_new = before == NULL;
    sqlite3_stmt *statement =
        import->registry->office[is_new ? OFFICE_INSERT : OFFICE_REPLACE];
    enum kb_err err = KB_OK;

    if (!is_new && same_office(before, office)) {
        import->result->unchanged++;
        return KB_OK;
    }
    bind_office(statement, office);
    if (is_new) {
        store_bind_int(
            statement, ":now", clock_now_ms(import->registry->clock));
    }
    err = store_run(import->registry->store, statement);
    if (err == KB_OK) {
        err = serve(import, office);
    }
    import->result->added += is_new ? 1 : 0;
    import->result->updated += is_new ? 0 : 1;
    return err;
}

/* --- rows -------------------------------------------------------------------------- */

static enum kb_err reject(
    struct office_import *import, int64_t line, const char *const *texts)
{
    struct buf *out = &import->result->rejects;

    if (out->used == 0) {
        buf_add_text(out, "row,column,value,why\n");
    }
    buf_printf(out, "%lld,", (long long)line);
    csv_line(out, texts, 3);
    import->result->rejected++;
    return KB_OK;
}

static const char *cell_of(
    const struct office_import *import, const struct csv_row *csv, int column)
{
    int place = import->place[column];

    return place < 0 || (size_t)place >= csv->count ? "" : csv->fields[place];
}

/* The first cell that cannot be read; PLACE_COUNT where all can. */
static int read_cells(struct office_import *import, const struct csv_row *csv,
    struct office *office, struct why *why)
{
    import->has_lat = office->has_place;
    import->has_lon = office->has_place;
    for (int i = 0; i < PLACE_COUNT; i++) {
        const char *text = cell_of(import, csv, i);

        if (*text != '\0' &&
            columns[i].read(import, text, office, why) != KB_OK) {
            return i;
        }
    }
    office->has_place = import->has_lat && import->has_lon;
    if (office->code[0] == '\0' || office->kecamatan[0] == '\0') {
        why_set(why, "code and kecamatan are needed");
        return office->code[0] == '\0' ? PLACE_CODE : PLACE_KECAMATAN;
    }
    return PLACE_COUNT;
}

static enum kb_err on_data(
    struct office_import *import, const struct csv_row *csv)
{
    struct office before = {.back_day = INT32_MIN};
    struct office office = {.back_day = INT32_MIN,
        .opens_minute = 8 * 60,
        .closes_minute = 14 * 60,
        .days = "Mon-Fri"};
    struct why why = {0};
    char column[16] = "";
    const char *texts[3] = {column, "", why.text};
    int fault = 0;
    enum kb_err found = KB_OK;

    import->result->rows++;
    found = registry_office_get(
        import->registry, cell_of(import, csv, PLACE_CODE), &before);
    if (found == KB_OK) {
        office = before;
    } else if (found != KB_NOT_FOUND) {
        return found;
    }
    fault = read_cells(import, csv, &office, &why);
    if (fault != PLACE_COUNT) {
        registry_copy(column, sizeof column, columns[fault].names);
        column[strcspn(column, "|")] = '\0';
        texts[1] = cell_of(import, csv, fault);
        return reject(import, csv->number, texts);
    }
    if (office.name[0] == '\0') {
        registry_copy(office.name, sizeof office.name, office.code);
    }
    return write_office(import, found == KB_OK ? &before : NULL, &office);
}

static enum kb_err on_header(
    struct office_import *import, const struct csv_row *csv)
{
    for (int i = 0; i < PLACE_COUNT; i++) {
        import->place[i] = -1;
        for (size_t j = 0; j < csv->count && import->place[i] < 0; j++) {
            import->place[i] =
                import_name_is(csv->fields[j], columns[i].names) ? (int)j : -1;
        }
    }
    if (import->place[PLACE_CODE] < 0 || import->place[PLACE_KECAMATAN] < 0) {
        why_set(import->why, "the first row must name the columns, code and "
                             "kecamatan among them");
        return KB_INVALID;
    }
    import->has_header = true;
    return KB_OK;
}

static enum kb_err on_row(void *arg, const struct csv_row *csv)
{
    struct office_import *import = arg;

    if (!import->has_header) {
        return on_header(import, csv);
    }
    if (import->result->rows == OFFICES_MOST) {
        why_set(import->why, "more than %d offices", OFFICES_MOST);
        return KB_INVALID;
    }
    return on_data(import, csv);
}

static enum kb_err read_all(
    struct office_import *import, const char *text, size_t bytes)
{
    struct csv_reader *reader = csv_reader_new(on_row, import);
    enum kb_err err = csv_reader_feed(reader, text, bytes, import->why);

    if (err == KB_OK) {
        err = csv_reader_end(reader, import->why);
    }
    if (err == KB_OK && !import->has_header) {
        why_set(import->why, "the file is empty: not even a header row");
        err = KB_INVALID;
    }
    csv_reader_free(reader);
    return err;
}

enum kb_err office_import(struct registry *registry, const char *text,
    size_t bytes, struct office_import_result *out, struct why *why)
{
    struct why own_why = {0};
    struct office_import import = {.registry = registry,
        .result = out,
        .why = why == NULL ? &own_why : why};
    enum kb_err err = KB_OK;

    *out = (struct office_import_result){0};
    err = registry_kecamatan_list(
        registry, &import.kecamatan, &import.kecamatan_count);
    if (err == KB_OK) {
        err = store_op_begin(registry->store);
    }
    if (err == KB_OK) {
        err = store_op_end(registry->store, read_all(&import, text, bytes));
    }
    free(import.kecamatan);
    return err;
}
