// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "base/str.h"
#include "registry/cell.h"
#include "registry/import_internal.h"
#include "registry/words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_KEY_BYTES 40
#define OLDEST_YEAR    1880

enum verdict {
    CELL_FINE,
    CELL_WARN,
    CELL_REJECT
};

/* Reads a cell that is not empty; why gets the sentence otherwise. */
typedef enum verdict cell_fn(struct import_cells *cells, const char *text,
    struct import_row *row, struct why *why);

/* --- the cells ------------------------------------------------------------- */

static enum verdict read_nik(struct import_cells *cells, const char *text,
    struct import_row *row, struct why *why)
{
    enum nik_fault fault = NIK_FINE;

    (void)cells;
    if (nik_read(text, row->nik, why) != KB_OK) {
        return CELL_REJECT;
    }
    fault = nik_check(row->nik);
    if (fault == NIK_FINE) {
        return CELL_FINE;
    }
    why_set(why, "%s", nik_fault_text(fault));
    if (fault == NIK_DATE) {
        return CELL_WARN;
    }
    row->nik[0] = '\0';
    return CELL_REJECT;
}

static enum verdict read_name(struct import_cells *cells, const char *text,
    struct import_row *row, struct why *why)
{
    bool whole = cell_text(text, row->name, sizeof row->name);

    (void)cells;
    row->texts[ROW_NAME] = row->name;
    if (!whole) {
        why_set(why, "longer than %zu bytes; cut", sizeof row->name - 1);
    }
    return whole ? CELL_FINE : CELL_WARN;
}

static enum verdict read_desa(struct import_cells *cells, const char *text,
    struct import_row *row, struct why *why)
{
    bool whole = cell_text(text, row->desa, sizeof row->desa);

    (void)cells;
    row->texts[ROW_DESA] = row->desa;
    if (!whole) {
        why_set(why, "longer than %zu bytes; cut", sizeof row->desa - 1);
    }
    return whole ? CELL_FINE : CELL_WARN;
}

static enum verdict read_birth(struct import_cells *cells, const char *text,
    struct import_row *row, struct why *why)
{
    int32_t day = 0;

    if (!cell_date(text, &day)) {
        why_set(why, "no date; dates look like 1988-03-12 or 12-03-1988");
        return CELL_WARN;
    }
    if (day < civil_day(OLDEST_YEAR, 1, 1) || day > cells->today) {
        why_set(why, "nobody on this list was born then");
        return CELL_WARN;
    }
    row->birth_day = day;
    return CELL_FINE;
}

static enum verdict read_sex(struct import_cells *cells, const char *text,
    struct import_row *row, struct why *why)
{
    (void)cells;
    row->texts[ROW_SEX] = word_sex(text);
    if (row->texts[ROW_SEX] == NULL) {
        why_set(why, "write L or P (or m or f)");
        return CELL_WARN;
    }
    return CELL_FINE;
}

/* An unknown name costs the row nothing but its office: nobody is lost from a
   list because a clerk misspelt a place. A code is taken as it is. */
static enum verdict read_kecamatan(struct import_cells *cells, const char *text,
    struct import_row *row, struct why *why)
{
    if (strcmp(text, cells->last_kecamatan) != 0 ||
        cells->last_kecamatan[0] == '\0') {
        cells->last_found = registry_kecamatan_find(
            cells->kecamatan, cells->kecamatan_count, text);
        registry_copy(
            cells->last_kecamatan, sizeof cells->last_kecamatan, text);
    }
    if (cells->last_found != NULL) {
        row->texts[ROW_KECAMATAN] = cells->last_found->code;
        return CELL_FINE;
    }
    if (registry_kecamatan_code(text, row->kecamatan)) {
        row->texts[ROW_KECAMATAN] = row->kecamatan;
        return CELL_FINE;
    }
    why_set(why, "no kecamatan of that name is known; use its code "
                 "(53.15.05) or the name in offices.csv");
    return CELL_WARN;
}

static enum verdict read_office(struct import_cells *cells, const char *text,
    struct import_row *row, struct why *why)
{
    for (size_t i = 0; i < cells->office_count; i++) {
        if (str_same(cells->offices[i].code, text)) {
            row->texts[ROW_OFFICE] = cells->offices[i].code;
            return CELL_FINE;
        }
    }
    why_set(why, cells->office_count == 0
                     ? "no such office: import offices.csv first"
                     : "no office with that code; see office list");
    return CELL_REJECT;
}

static enum verdict read_phone(struct import_cells *cells, const char *text,
    struct import_row *row, struct why *why)
{
    (void)cells;
    if (phone_normalise(text, row->phone, why) != KB_OK) {
        return CELL_WARN;
    }
    if (row->phone[0] != '\0') {
        row->texts[ROW_PHONE] = row->phone;
    }
    return CELL_FINE;
}

/* A state leaves a flag as it is: a list that still names somebody whom staff
   marked as deceased must not start reminders again. */
static enum verdict read_status(struct import_cells *cells, const char *text,
    struct import_row *row, struct why *why)
{
    (void)cells;
    row->texts[ROW_STATE] = word_state(text);
    if (row->texts[ROW_STATE] != NULL) {
        return CELL_FINE;
    }
    row->texts[ROW_FLAG] = word_flag(text);
    if (row->texts[ROW_FLAG] != NULL) {
        return CELL_FINE;
    }
    why_set(why,
        "no such status; there are %s (or Indonesian) and the flags "
        "inactive, deceased, moved, underage, active",
        word_states);
    return CELL_REJECT;
}

static enum verdict read_lang(struct import_cells *cells, const char *text,
    struct import_row *row, struct why *why)
{
    (void)cells;
    if (str_copy(row->lang, sizeof row->lang, text) == KB_OK) {
        for (char *at = row->lang; *at != '\0'; at++) {
            *at = (char)tolower((unsigned char)*at);
        }
    }
    if (!word_is_lang(row->lang)) {
        why_set(why, "a language is a code such as id or en");
        return CELL_WARN;
    }
    row->texts[ROW_LANG] = row->lang;
    return CELL_FINE;
}

static const struct {
    const char *names; /* the first one is shown */
    cell_fn *read;
} columns[COLUMN_COUNT] = {
    [COLUMN_NIK] = {"nik|no_nik|nomor_nik",                       read_nik      },
    [COLUMN_NAME] = {"nama|name|nama_lengkap|nama_lgkp",           read_name     },
    [COLUMN_BIRTH] = {"tgl_lahir|birth_date|tanggal_lahir|tgl_lhr", read_birth    },
    [COLUMN_SEX] = {"jk|sex|jenis_kelamin|jenis_klmin",           read_sex      },
    [COLUMN_KECAMATAN] = {"kecamatan|kec|nama_kec",                     read_kecamatan},
    [COLUMN_DESA] = {"desa|kelurahan|desa_kelurahan|nama_kel",     read_desa     },
    [COLUMN_OFFICE] = {"kantor|office",                              read_office   },
    [COLUMN_PHONE] = {"hp|phone|no_hp|telepon|nomor_hp",            read_phone    },
    [COLUMN_STATUS] = {"status|state",                               read_status   },
    [COLUMN_LANG] = {"bahasa|lang|language",                       read_lang     },
};

/* --- the header -------------------------------------------------------------- */

bool import_name_is(const char *said, const char *names)
{
    char key[NAME_KEY_BYTES] = "|";
    char all[128];
    size_t used = 1;

    for (; *said != '\0' && used + 2 < sizeof key; said++) {
        bool gap = *said == ' ' || *said == '-' || *said == '.';

        key[used++] = gap ? '_' : (char)tolower((unsigned char)*said);
    }
    if (*said != '\0' || used == 1) {
        return false;
    }
    key[used] = '|';
    (void)snprintf(all, sizeof all, "|%s|", names);
    return strstr(all, key) != NULL;
}

static void append_name(char *list, size_t list_bytes, const char *name)
{
    size_t used = strlen(list);

    (void)snprintf(list + used, list_bytes - used, "%s%.40s",
        used == 0 ? "" : ", ", *name == '\0' ? "(no name)" : name);
}

static enum import_column column_of(
    const struct import_cells *cells, const char *name)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if (cells->place[i] < 0 && import_name_is(name, columns[i].names)) {
            return (enum import_column)i;
        }
    }
    return COLUMN_COUNT;
}

enum kb_err import_cells_header(struct import_cells *cells,
    const struct csv_row *header, char *ignored, size_t ignored_bytes,
    struct why *why)
{
    char all[256] = "";

    cells->width = header->count;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        cells->place[i] = -1;
    }
    for (size_t i = 0; i < header->count; i++) {
        enum import_column column = column_of(cells, header->fields[i]);

        append_name(all, sizeof all, header->fields[i]);
        if (column != COLUMN_COUNT) {
            cells->place[column] = (int)i;
        } else if (header->fields[i][0] != '\0') {
            append_name(ignored, ignored_bytes, header->fields[i]);
        }
    }
    if (cells->place[COLUMN_NIK] < 0 || header->fault != CSV_FINE) {
        why_field(why, "nik");
        why_set(why,
            "the first row must name the columns, nik among them; "
            "it has: %s",
            all);
        return KB_INVALID;
    }
    return KB_OK;
}

/* --- rows -------------------------------------------------------------------- */

struct reading {
    struct import_cells *cells;
    const struct csv_row *csv;
    const struct import_remarks *remarks;
    struct import_row *row;
    bool rejected;
};

static enum kb_err remark(struct reading *reading, enum verdict verdict,
    enum import_column column, const char *value, const char *why)
{
    bool reject = verdict == CELL_REJECT;
    char name[NAME_KEY_BYTES] = "";

    if (column < COLUMN_COUNT) {
        registry_copy(name, sizeof name, columns[column].names);
        name[strcspn(name, "|")] = '\0';
    }
    reading->rejected = reading->rejected || reject;
    return reading->remarks->fn(reading->remarks->arg,
        reject ? REMARK_REJECT : REMARK_WARNING, name, value, why);
}

static const char *cell_of(
    const struct reading *reading, enum import_column column)
{
    int place = reading->cells->place[column];

    return place < 0 || (size_t)place >= reading->csv->count
               ? ""
               : reading->csv->fields[place];
}

static enum kb_err check_shape(struct reading *reading)
{
    const struct csv_row *csv = reading->csv;

    if (csv->fault == CSV_FIELD_TOO_LONG) {
        return remark(reading, CELL_REJECT, COLUMN_COUNT, "",
            "a cell is longer than 4096 bytes");
    }
    for (size_t i = reading->cells->width; i < csv->count; i++) {
        if (csv->fields[i][0] != '\0' || csv->fault == CSV_TOO_MANY_FIELDS) {
            return remark(reading, CELL_REJECT, COLUMN_COUNT, csv->fields[i],
                "more cells than the header has columns; a text with the "
                "separator in it needs quotes");
        }
    }
    return KB_OK;
}

static enum kb_err read_cells(struct reading *reading)
{
    enum kb_err err = KB_OK;

    for (int i = 0; err == KB_OK && i < COLUMN_COUNT; i++) {
        enum import_column column = (enum import_column)i;
        const char *text = cell_of(reading, column);
        enum verdict verdict = CELL_FINE;
        struct why why;

        if (*text == '\0') {
            continue;
        }
        why.text[0] = '\0';
        verdict = columns[i].read(reading->cells, text, reading->row, &why);
        if (verdict != CELL_FINE) {
            err = remark(reading, verdict, column, text, why.text);
        }
    }
    return err;
}

/* Date and sex unlike the NIK's stand in real lists: they warn. */
static enum kb_err compare_nik(struct reading *reading)
{
    const struct import_row *row = reading->row;
    const char *sex = row->texts[ROW_SEX];
    enum kb_err err = KB_OK;

    if (row->birth_day != INT32_MIN && nik_check(row->nik) == NIK_FINE &&
        !nik_agrees(row->nik, row->birth_day)) {
        err = remark(reading, CELL_WARN, COLUMN_BIRTH,
            cell_of(reading, COLUMN_BIRTH), "the NIK has another day or month");
    }
    if (err == KB_OK && sex != NULL &&
        nik_is_female(row->nik) != (*sex == 'f')) {
        err = remark(reading, CELL_WARN, COLUMN_SEX,
            cell_of(reading, COLUMN_SEX), "the NIK is of the other sex");
    }
    return err;
}

enum kb_err import_cells_read(struct import_cells *cells,
    const struct csv_row *csv, const struct import_remarks *remarks,
    struct import_row *out, bool *rejected)
{
    struct reading reading = {
        .cells = cells, .csv = csv, .remarks = remarks, .row = out};
    enum kb_err err = KB_OK;

    out->line = csv->number;
    out->nik[0] = '\0';
    out->birth_day = INT32_MIN;
    memset(out->texts, 0, sizeof out->texts);
    err = check_shape(&reading);
    if (err == KB_OK) {
        err = read_cells(&reading);
    }
    if (err == KB_OK && *cell_of(&reading, COLUMN_NIK) == '\0') {
        err = remark(&reading, CELL_REJECT, COLUMN_NIK, "", "no NIK");
    }
    if (err == KB_OK && !reading.rejected) {
        err = compare_nik(&reading);
    }
    *rejected = reading.rejected;
    return err;
}

void import_cells_clear(struct import_cells *cells)
{
    free(cells->kecamatan);
    free(cells->offices);
    *cells = (struct import_cells){0};
}
