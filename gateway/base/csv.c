// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/csv.h"

#include "base/mem.h"
#include "base/str.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

/* So many bytes at a time, so that a runaway quote is seen before it fills the
   memory: libcsv itself knows no limit. */
#define STEP_BYTES 4096

/* libcsv's parser state inside a field: 3 where its closing quote was seen. */
#define CSV_FIELD_BEGUN 2

struct csv_reader {
    csv_row_fn *fn;
    void *arg;
    struct csv_parser parser;
    bool started;      /* the first line is known, libcsv is at work */
    bool first_quoted; /* its scan stands inside quotes */
    size_t scanned;    /* bytes of first that were looked at */
    struct buf first;  /* input until the end of the first line */
    struct buf text;   /* the row's fields, a NUL behind each */
    size_t starts[CSV_COLUMNS_MOST];
    size_t count;
    enum csv_fault fault;
    bool after_cr;
    bool saw_1252;
    int64_t number;
    enum kb_err err;
};

/* --- Windows-1252 --------------------------------------------------------- */

/* 0x80-0x9f, the part that is not Latin-1 (Unicode's CP1252.TXT); 0xfffd where
   the code page has nothing. */
static const uint16_t high_controls[32] = {0x20ac, 0xfffd, 0x201a, 0x0192,
    0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152,
    0xfffd, 0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e,
    0x0178};

static void add_1252(struct buf *out, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        uint32_t code = (unsigned char)text[i];
        char utf8[4];

        if (code == 0) {
            code = ' ';
        } else if (code >= 0x80 && code < 0xa0) {
            code = high_controls[code - 0x80];
        }
        buf_add(out, utf8, str_utf8_put(code, utf8));
    }
}

/* --- fields and rows ------------------------------------------------------- */

static bool is_ascii(const char *text, size_t bytes)
{
    unsigned char wrong = 0;

    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];

        wrong |= (unsigned char)((c & 0x80) | (c == 0 ? 1 : 0));
    }
    return wrong == 0;
}

static void add_field(struct csv_reader *reader, const char *text, size_t bytes)
{
    if (reader->count == CSV_COLUMNS_MOST) {
        reader->fault = CSV_TOO_MANY_FIELDS;
        return;
    }
    if (bytes > CSV_FIELD_MOST) {
        reader->fault = CSV_FIELD_TOO_LONG;
        bytes = 0;
    }
    reader->starts[reader->count++] = reader->text.used;
    if (is_ascii(text, bytes) || str_utf8_valid(text, bytes)) {
        buf_add(&reader->text, text, bytes);
    } else {
        reader->saw_1252 = true;
        add_1252(&reader->text, text, bytes);
    }
    buf_add(&reader->text, "", 1);
}

static void on_field(void *text, size_t bytes, void *arg)
{
    add_field(arg, text == NULL ? "" : text, bytes);
}

/* A spreadsheet's empty rows come as ";;;;". */
static bool is_blank(const struct csv_reader *reader)
{
    return reader->text.used == reader->count && reader->fault == CSV_FINE;
}

static void end_row(struct csv_reader *reader, int ended_by)
{
    const char *fields[CSV_COLUMNS_MOST];
    bool rest_of_crlf =
        reader->count == 0 && ended_by == '\n' && reader->after_cr;

    reader->after_cr = ended_by == '\r';
    if (rest_of_crlf) {
        return;
    }
    reader->number++;
    if (!is_blank(reader) && reader->err == KB_OK) {
        struct csv_row row = {.number = reader->number,
            .fields = fields,
            .count = reader->count,
            .fault = reader->fault};

        for (size_t i = 0; i < reader->count; i++) {
            fields[i] = reader->text.data + reader->starts[i];
        }
        reader->err = reader->fn(reader->arg, &row);
    }
    reader->count = 0;
    reader->text.used = 0;
    reader->fault = CSV_FINE;
}

static void on_row(int ended_by, void *arg)
{
    end_row(arg, ended_by);
}

/* --- the first line -------------------------------------------------------- */

static const struct {
    const char *bytes;
    size_t count;
    const char *says;
} other_kinds[] = {
    {"PK\x03\x04",       4,
     "this is an Excel or LibreOffice workbook; save it as \"CSV UTF-8\""   },
    {"\xd0\xcf\x11\xe0", 4,
     "this is an old Excel workbook; save it as \"CSV UTF-8\""              },
    {"\xff\xfe",         2,  "this text is UTF-16; save it as \"CSV UTF-8\""},
    {"\xfe\xff",         2,  "this text is UTF-16; save it as \"CSV UTF-8\""},
    {"SQLite format 3",  15,
     "this is a SQLite file; name the table with --table"                   },
};

static enum kb_err check_kind(const struct buf *first, struct why *why)
{
    for (size_t i = 0; i < sizeof other_kinds / sizeof other_kinds[0]; i++) {
        if (first->used >= other_kinds[i].count &&
            memcmp(first->data, other_kinds[i].bytes, other_kinds[i].count) ==
                0) {
            why_set(why, "%s", other_kinds[i].says);
            return KB_INVALID;
        }
    }
    return KB_OK;
}

/* Looks for the end of the first line outside quotes. */
static bool first_line_is_whole(struct csv_reader *reader)
{
    for (; reader->scanned < reader->first.used; reader->scanned++) {
        char c = reader->first.data[reader->scanned];

        if (c == '"') {
            reader->first_quoted = !reader->first_quoted;
        } else if ((c == '\n' || c == '\r') && !reader->first_quoted) {
            return true;
        }
    }
    return false;
}

/* The sign that stands most often in the first line outside quotes. */
static char find_delimiter(const char *line, size_t bytes)
{
    static const char signs[] = ",;\t";
    size_t counts[3] = {0};
    size_t best = 0;
    bool quoted = false;

    for (size_t i = 0; i < bytes; i++) {
        const char *sign = line[i] == '\0' ? NULL : strchr(signs, line[i]);

        if (line[i] == '"') {
            quoted = !quoted;
        } else if (sign != NULL && !quoted) {
            counts[sign - signs]++;
        }
    }
    for (size_t i = 1; i < 3; i++) {
        best = counts[i] > counts[best] ? i : best;
    }
    return signs[best];
}

static enum kb_err parse(struct csv_reader *reader, const char *bytes,
    size_t count, struct why *why);

/* The first line is there, or all that there is: finds the delimiter and hands
   over to libcsv. */
static enum kb_err start(struct csv_reader *reader, struct why *why)
{
    const char *text = reader->first.data;
    size_t bytes = reader->first.used;
    char delimiter = ',';
    enum kb_err err = check_kind(&reader->first, why);

    if (err != KB_OK) {
        return err;
    }
    if (bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        bytes -= 3;
    }
    delimiter = find_delimiter(
        text, reader->scanned - (size_t)(text - reader->first.data));
    if (bytes >= 5 && memcmp(text, "sep=", 4) == 0) {
        delimiter = text[4];
        text += 5;
        bytes -= 5;
    }
    if (csv_init(&reader->parser, CSV_APPEND_NULL | CSV_REPALL_NL) != 0) {
        abort();
    }
    csv_set_delim(&reader->parser, (unsigned char)delimiter);
    reader->started = true;
    err = parse(reader, text, bytes, why);
    buf_clear(&reader->first);
    return err;
}

/* --- reading --------------------------------------------------------------- */

static enum kb_err runaway(struct csv_reader *reader, struct why *why)
{
    why_set(why,
        "row %lld: a quote (\") opens here and is never closed; close it, or "
        "write it twice where it is part of the text",
        (long long)reader->number + 1);
    return KB_INVALID;
}

static enum kb_err parse(
    struct csv_reader *reader, const char *bytes, size_t count, struct why *why)
{
    while (count > 0 && reader->err == KB_OK) {
        size_t step = count < STEP_BYTES ? count : STEP_BYTES;

        if (csv_parse(&reader->parser, bytes, step, on_field, on_row, reader) !=
            step) {
            abort(); /* memory is out: without strict mode nothing else */
        }
        if (reader->parser.entry_pos > CSV_RUNAWAY_MOST) {
            return runaway(reader, why);
        }
        bytes += step;
        count -= step;
    }
    return reader->err;
}

struct csv_reader *csv_reader_new(csv_row_fn *fn, void *arg)
{
    struct csv_reader *reader = mem_new(sizeof *reader);

    reader->fn = fn;
    reader->arg = arg;
    return reader;
}

void csv_reader_free(struct csv_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    if (reader->started) {
        csv_free(&reader->parser);
    }
    buf_clear(&reader->first);
    buf_clear(&reader->text);
    free(reader);
}

enum kb_err csv_reader_feed(
    struct csv_reader *reader, const void *bytes, size_t count, struct why *why)
{
    if (reader->err != KB_OK || count == 0) {
        return reader->err;
    }
    if (reader->started) {
        reader->err = parse(reader, bytes, count, why);
        return reader->err;
    }
    buf_add(&reader->first, bytes, count);
    if (first_line_is_whole(reader)) {
        reader->err = start(reader, why);
    } else if (reader->first.used > CSV_HEADER_MOST) {
        reader->err = check_kind(&reader->first, why);
        if (reader->err == KB_OK) {
            why_set(why, "the first line has no end: this is no CSV file");
            reader->err = KB_INVALID;
        }
    }
    return reader->err;
}

enum kb_err csv_reader_end(struct csv_reader *reader, struct why *why)
{
    if (reader->err == KB_OK && !reader->started && reader->first.used > 0) {
        reader->err = start(reader, why);
    }
    if (reader->err != KB_OK || !reader->started) {
        return reader->err;
    }
    if (reader->parser.quoted != 0 &&
        reader->parser.pstate == CSV_FIELD_BEGUN) {
        reader->err = runaway(reader, why);
        return reader->err;
    }
    if (csv_fini(&reader->parser, on_field, on_row, reader) != 0) {
        abort(); /* memory is out */
    }
    return reader->err;
}

bool csv_reader_saw_1252(const struct csv_reader *reader)
{
    return reader->saw_1252;
}

/* --- writing --------------------------------------------------------------- */

static bool is_formula(const char *text)
{
    return *text != '\0' && strchr("=+-@\t\r", *text) != NULL;
}

const char *csv_plain(const char *text)
{
    const char *behind = text + strspn(text, "'");

    return *text == '\'' && is_formula(behind) ? text + 1 : text;
}

void csv_quote(struct buf *out, const char *text)
{
    size_t length = strlen(text);
    bool formula = is_formula(text + strspn(text, "'"));
    bool quoted = strpbrk(text, ",;\"\t\r\n") != NULL ||
                  (length > 0 && (text[0] == ' ' || text[length - 1] == ' '));

    if (quoted) {
        buf_add(out, "\"", 1);
    }
    if (formula) {
        buf_add(out, "'", 1);
    }
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"') {
            buf_add(out, "\"", 1);
        }
        buf_add(out, at, 1);
    }
    if (quoted) {
        buf_add(out, "\"", 1);
    }
}

void csv_line(struct buf *out, const char *const *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            buf_add(out, ",", 1);
        }
        csv_quote(out, fields[i]);
    }
    buf_add(out, "\n", 1);
}
