// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mem.h"
#include "base/str.h"
#include "text/text_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ten segments hold 1,530 characters; the rest is room for placeholders. */
enum {
    TEMPLATE_BYTES = 4096
};

/* The most that a USSD string carries (3GPP TS 23.038 §6.1.2.3 and §6.2.3:
   160 octets) and the most that one SMS does. */
static const struct {
    int sms;
    int ussd;
} limits[] = {
    [TEXT_GSM7] = {160, 182},
    [TEXT_UCS2] = {70,  80 },
};

/* A stretch of literal text, or a field. */
struct piece {
    bool literal;
    enum text_field field;
    size_t at; /* in literals */
    size_t bytes;
};

struct text_template {
    char *source;
    char *literals; /* the source's text with its braces undoubled */
    struct piece *pieces;
    size_t count;
    unsigned needs; /* 1 << field */
    enum text_coding coding;
    bool ussd;
    struct text_size worst;
    char *warnings;
};

/* A template while it is parsed. */
struct parser {
    struct text_template *template;
    const char *file;
    const char *name;
    const char *site;
    unsigned fields; /* that may stand here */
    int line;
    struct buf literals;
    struct text_faults *faults;
};

static struct piece *last_piece(const struct text_template *template)
{
    return template->count == 0 ? NULL : &template->pieces[template->count - 1];
}

static void add_piece(struct text_template *template, struct piece piece)
{
    template->pieces = mem_resize(
        template->pieces, template->count + 1, sizeof *template->pieces);
    template->pieces[template->count++] = piece;
}

static void add_literal(struct parser *parser, char byte)
{
    struct piece *last = last_piece(parser->template);

    if (last == NULL || !last->literal) {
        add_piece(parser->template,
            (struct piece){.literal = true, .at = parser->literals.used});
        last = last_piece(parser->template);
    }
    buf_add(&parser->literals, &byte, 1);
    last->bytes++;
}

static void fault_unknown(const struct parser *parser, const char *name)
{
    enum text_field near = text_field_nearest(name);
    char list[160] = "";

    if (near != TEXT_FIELD_COUNT && (parser->fields & 1U << near) != 0) {
        text_fault(parser->faults, parser->file, parser->line,
            "{%s} is no placeholder; did you mean {%s}?", name,
            text_field_name(near));
        return;
    }
    text_fields_list(parser->fields, list, sizeof list);
    text_fault(parser->faults, parser->file, parser->line,
        "{%s} is no placeholder; %s may use %s", name, parser->name,
        list[0] == '\0' ? "none" : list);
}

static void fault_not_offered(const struct parser *parser, const char *name)
{
    char list[160] = "";

    text_fields_list(parser->fields, list, sizeof list);
    text_fault(parser->faults, parser->file, parser->line,
        "{%s} is not known when %s is sent; it may use %s", name, parser->name,
        list[0] == '\0' ? "no placeholder" : list);
}

/* {site} is the same in every message: it is written in once for all, and so
   counts with its own length. */
static bool take_site(struct parser *parser, const char *name)
{
    if (strcmp(name, "site") != 0) {
        return false;
    }
    for (const char *at = parser->site; *at != '\0'; at++) {
        add_literal(parser, *at);
    }
    return true;
}

static void take_field(struct parser *parser, const char *name)
{
    enum text_field field = text_field_find(name);

    if (take_site(parser, name)) {
        return;
    }
    if (field == TEXT_FIELD_COUNT) {
        fault_unknown(parser, name);
    } else if ((parser->fields & 1U << field) == 0) {
        fault_not_offered(parser, name);
    } else {
        parser->template->needs |= 1U << field;
        add_piece(parser->template, (struct piece){.field = field});
    }
}

/* Takes what stands behind a single {; returns where the text goes on. */
static const char *take_placeholder(struct parser *parser, const char *at)
{
    size_t length = strcspn(at, "{}\n");
    char name[40] = "";
    char *trimmed = NULL;

    if (at[length] != '}' || length >= sizeof name) {
        text_fault(parser->faults, parser->file, parser->line,
            "a lone {: close the placeholder as in {name}, or write {{ for "
            "a brace");
        return at;
    }
    memcpy(name, at, length);
    trimmed = str_trim(name);
    if (*trimmed == '\0') {
        text_fault(parser->faults, parser->file, parser->line,
            "{} names no placeholder; write its name, as in {name}");
    } else {
        take_field(parser, trimmed);
    }
    return at + length + 1;
}

static void take_line_break(struct parser *parser)
{
    if (!parser->template->ussd) {
        text_fault(parser->faults, parser->file, parser->line + 1,
            "an SMS is one line; join this line to the one before");
    }
    add_literal(parser, '\n');
    parser->line++;
}

/* Takes one byte, a doubled brace or a placeholder; returns the rest. */
static const char *take_next(struct parser *parser, const char *at)
{
    if (at[0] == '\n') {
        take_line_break(parser);
    } else if ((unsigned char)at[0] < 0x20 || at[0] == 0x7f) {
        text_fault(parser->faults, parser->file, parser->line,
            "a control character (0x%02x); write a space", (unsigned)at[0]);
    } else if (at[0] != '{' && at[0] != '}') {
        add_literal(parser, at[0]);
    } else if (at[1] == at[0]) {
        add_literal(parser, at[0]);
        return at + 2;
    } else if (at[0] == '{') {
        return take_placeholder(parser, at + 1);
    } else {
        text_fault(parser->faults, parser->file, parser->line,
            "a lone }: write }} for a brace");
    }
    return at + 1;
}

/* The text as it would stand with these values; NULL: the longest. */
static void put_sample(const struct text_template *template,
    const char *(*sample)(enum text_field field), struct buf *out)
{
    for (size_t i = 0; i < template->count; i++) {
        const struct piece *piece = &template->pieces[i];

        if (piece->literal) {
            buf_add(out, template->literals + piece->at, piece->bytes);
        } else if (sample != NULL) {
            buf_add_text(out, sample(piece->field));
        } else {
            buf_printf(out, "%0*d", text_field_width(piece->field), 0);
        }
    }
}

static int limit_of(const struct text_template *template)
{
    enum text_coding coding = template->worst.coding;

    return template->ussd ? limits[coding].ussd : limits[coding].sms;
}

static const char *unit_of(enum text_coding coding)
{
    return coding == TEXT_GSM7 ? "characters of GSM-7" : "characters of UCS-2";
}

/* All fields together are ASCII, so that the literal text alone decides the
   alphabet. */
static void measure(struct text_template *template)
{
    struct buf worst = {0};

    put_sample(template, NULL, &worst);
    template->worst = text_measure(buf_text(&worst));
    template->coding = template->worst.coding;
    buf_clear(&worst);
}

static void check_length(const struct parser *parser)
{
    const struct text_template *template = parser->template;
    int units = template->worst.units;

    if (template->source[0] == '\0') {
        text_fault(parser->faults, parser->file, 1,
            "the template is empty; write its text");
    } else if (template->ussd && units > limit_of(template)) {
        text_fault(parser->faults, parser->file, 1,
            "with the longest values this screen has %d %s, and USSD "
            "carries %d; shorten it by %d",
            units, unit_of(template->coding), limit_of(template),
            units - limit_of(template));
    } else if (template->worst.parts > TEXT_MAX_PARTS) {
        text_fault(parser->faults, parser->file, 1,
            "with the longest values this is %d SMS, and at most %d are "
            "sent; shorten it",
            template->worst.parts, TEXT_MAX_PARTS);
    }
}

/* One newline at the end belongs to the file, not to the text. */
static void drop_last_newline(char *text)
{
    size_t bytes = strlen(text);

    if (bytes > 0 && text[bytes - 1] == '\n') {
        text[bytes - 1] = '\0';
    }
}

static void parse(struct parser *parser)
{
    struct text_template *template = parser->template;
    const char *at = template->source;

    while (*at != '\0') {
        at = take_next(parser, at);
    }
    template->literals = buf_take(&parser->literals);
    measure(template);
    check_length(parser);
}

struct text_template *text_template_parse(const struct text_template_file *what,
    char *take_source, struct text_faults *faults)
{
    int before = faults->count;
    struct parser parser = {.file = what->path,
        .name = what->name,
        .site = what->site,
        .fields = what->fields,
        .line = 1,
        .faults = faults};

    drop_last_newline(take_source);
    parser.template = mem_new(sizeof *parser.template);
    parser.template->source = take_source;
    parser.template->ussd = text_is_ussd(what->name);
    parse(&parser);
    if (faults->count > before) {
        text_template_free(parser.template);
        return NULL;
    }
    return parser.template;
}

struct text_template *text_template_load(
    const struct text_template_file *what, struct text_faults *faults)
{
    char *source = text_read_file(what->path, TEMPLATE_BYTES, faults);

    return source == NULL ? NULL : text_template_parse(what, source, faults);
}

void text_template_free(struct text_template *template)
{
    if (template == NULL) {
        return;
    }
    free(template->source);
    free(template->literals);
    free(template->pieces);
    free(template->warnings);
    free(template);
}

/* Names the first character that makes the whole text UCS-2. */
static void warn_of_alphabet(
    const struct text_template *template, struct buf *warnings)
{
    const char *at = template->literals;
    const char *next = at;

    while (*next != '\0') {
        at = next;
        if (text_septets(str_utf8_next(&next)) == 0) {
            buf_printf(warnings,
                "\"%.*s\" is not in the GSM-7 alphabet: one SMS holds only "
                "%d characters, not %d\n",
                (int)(next - at), at, limits[TEXT_UCS2].sms,
                limits[TEXT_GSM7].sms);
            return;
        }
    }
}

static void warn_of_length(
    const struct text_template *template, struct buf *warnings)
{
    int over = template->worst.units - limit_of(template);

    if (over > 0) {
        buf_printf(warnings,
            "up to %d %s: %d SMS for each message; shorten it by %d\n",
            template->worst.units, unit_of(template->coding),
            template->worst.parts, over);
    }
}

/* Operators filter SMS; a USSD screen never meets those filters. */
void text_template_judge(
    struct text_template *template, const struct text_lint *lint)
{
    struct buf warnings = {0};
    struct buf sample = {0};

    warn_of_length(template, &warnings);
    if (template->coding == TEXT_UCS2) {
        warn_of_alphabet(template, &warnings);
    }
    if (!template->ussd) {
        put_sample(template, text_field_sample, &sample);
        text_lint_run(lint, buf_text(&sample), &warnings);
    }
    if (warnings.used > 0) {
        warnings.data[--warnings.used] = '\0';
    }
    template->warnings = buf_take(&warnings);
    buf_clear(&sample);
}

void text_template_describe(
    const struct text_template *template, struct text_finding *finding)
{
    finding->source = template->source;
    finding->worst = template->worst;
    finding->limit = limit_of(template);
    finding->warnings = template->warnings;
}

unsigned text_template_lacks(
    const struct text_template *template, const struct text_values *values)
{
    unsigned lacks = 0;

    for (unsigned i = 0; i < TEXT_FIELD_COUNT; i++) {
        if (values->field[i] == NULL) {
            lacks |= template->needs & 1U << i;
        }
    }
    return lacks;
}

static bool fit_values(const struct text_template *template,
    const struct text_values *values, struct text_value *fitted)
{
    bool fits = true;

    for (unsigned i = 0; i < TEXT_FIELD_COUNT && fits; i++) {
        if ((template->needs & 1U << i) != 0) {
            fits = text_value_fit((enum text_field)i, template->coding,
                values->field[i], &fitted[i]);
        }
    }
    return fits;
}

enum kb_err text_template_render(const struct text_template *template,
    const struct text_values *values, struct buf *out)
{
    struct text_value fitted[TEXT_FIELD_COUNT];

    if (text_template_lacks(template, values) != 0 ||
        !fit_values(template, values, fitted)) {
        return KB_INVALID;
    }
    for (size_t i = 0; i < template->count; i++) {
        const struct piece *piece = &template->pieces[i];

        if (piece->literal) {
            buf_add(out, template->literals + piece->at, piece->bytes);
        } else {
            buf_add_text(out, fitted[piece->field].text);
        }
    }
    return KB_OK;
}
