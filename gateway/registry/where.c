// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "base/str.h"
#include "registry/cell.h"
#include "registry/registry_internal.h"
#include "registry/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* EXPR: field, operator, values with commas between. Each value becomes one
   SQL term; a literal gets into the SQL only through quote() or as a number
   that was read. */

#define EXPR_BYTES 512
#define MS_A_DAY   86400000LL

enum op {
    OP_IS,
    OP_IS_NOT,
    OP_LESS,
    OP_LESS_OR_IS,
    OP_MORE,
    OP_MORE_OR_IS
};

static const struct {
    const char *sign;
    enum op op;
    enum op mirrored; /* for a column that falls where the field rises */
} ops[] = {
  /* longer signs first */
    {"!=", OP_IS_NOT,     OP_IS_NOT    },
    {"<=", OP_LESS_OR_IS, OP_MORE_OR_IS},
    {">=", OP_MORE_OR_IS, OP_LESS_OR_IS},
    {"=",  OP_IS,         OP_IS        },
    {"<",  OP_LESS,       OP_MORE      },
    {">",  OP_MORE,       OP_LESS      },
};

#define OP_COUNT (sizeof ops / sizeof ops[0])

struct where {
    struct registry *registry;
    int32_t today;
    enum op op;
    enum op mirrored;
    struct why *why;
};

/* Writes the SQL term of one value. */
typedef enum kb_err term_fn(
    struct where *where, const char *value, struct buf *out);

static void quote(struct buf *out, const char *text)
{
    buf_add(out, "'", 1);
    for (; *text != '\0'; text++) {
        buf_add(out, text, 1);
        if (*text == '\'') {
            buf_add(out, "'", 1);
        }
    }
    buf_add(out, "'", 1);
}

static enum kb_err equals(
    struct buf *out, const char *column, const char *literal)
{
    buf_printf(out, "%s = ", column);
    quote(out, literal);
    return KB_OK;
}

/* --- terms -------------------------------------------------------------------- */

static enum kb_err state_term(
    struct where *where, const char *value, struct buf *out)
{
    const char *state = word_state(value);

    if (state == NULL) {
        why_set(
            where->why, "no state \"%s\"; there are %s", value, word_states);
        return KB_INVALID;
    }
    return equals(out, "r.state", state);
}

static enum kb_err flag_term(
    struct where *where, const char *value, struct buf *out)
{
    const char *flag = word_flag(value);

    if (flag == NULL) {
        why_set(where->why, "no flag \"%s\"; there are %s", value, word_flags);
        return KB_INVALID;
    }
    return equals(out, "r.flag", flag);
}

static void list_kecamatan(struct where *where, const char *value,
    const struct kecamatan *list, size_t count)
{
    struct buf names = {0};

    for (size_t i = 0; i < count; i++) {
        buf_printf(&names, "%s%s", i == 0 ? "" : ", ", list[i].name);
    }
    why_set(where->why, "no kecamatan \"%s\"; there are %s (or their codes)",
        value, buf_text(&names));
    buf_clear(&names);
}

static enum kb_err kecamatan_term(
    struct where *where, const char *value, struct buf *out)
{
    struct kecamatan *list = NULL;
    const struct kecamatan *found = NULL;
    char code[KECAMATAN_CODE_BYTES] = "";
    size_t count = 0;
    enum kb_err err = registry_kecamatan_list(where->registry, &list, &count);

    if (err != KB_OK) {
        return err;
    }
    found = registry_kecamatan_find(list, count, value);
    if (found != NULL) {
        err = equals(out, "r.kecamatan", found->code);
    } else if (registry_kecamatan_code(value, code)) {
        err = equals(out, "r.kecamatan", code);
    } else {
        list_kecamatan(where, value, list, count);
        err = KB_INVALID;
    }
    free(list);
    return err;
}

static enum kb_err desa_term(
    struct where *where, const char *value, struct buf *out)
{
    (void)where;
    (void)equals(out, "r.desa", value);
    buf_add_text(out, " COLLATE NOCASE");
    return KB_OK;
}

static enum kb_err office_term(
    struct where *where, const char *value, struct buf *out)
{
    struct office office;
    enum kb_err err = KB_OK;

    if (str_same(value, "none")) {
        return equals(out, "r.office", "");
    }
    err = registry_office_get(where->registry, value, &office);
    if (err == KB_NOT_FOUND) {
        why_set(where->why,
            "no office \"%s\"; office list has their codes (or none)", value);
        return KB_INVALID;
    }
    return err == KB_OK ? equals(out, "r.office", office.code) : err;
}

static enum kb_err sex_term(
    struct where *where, const char *value, struct buf *out)
{
    const char *sex = word_sex(value);

    if (sex == NULL) {
        why_set(where->why, "sex is m or f (or L or P), not \"%s\"", value);
        return KB_INVALID;
    }
    return equals(out, "r.sex", sex);
}

static enum kb_err lang_term(
    struct where *where, const char *value, struct buf *out)
{
    if (str_same(value, "none")) {
        return equals(out, "r.lang", "");
    }
    if (!word_is_lang(value)) {
        why_set(where->why,
            "a language is a code such as id or en (or none), not \"%s\"",
            value);
        return KB_INVALID;
    }
    return equals(out, "r.lang", value);
}

/* A value that stands for all of least..most, such as a year or a day. */
static void range_term(enum op op, const char *column, int64_t least,
    int64_t most, struct buf *out)
{
    static const struct {
        const char *sign;
        bool most;
    } comparisons[] = {
        [OP_LESS] = {"<",  false},
        [OP_LESS_OR_IS] = {"<=", true },
        [OP_MORE] = {">",  true },
        [OP_MORE_OR_IS] = {">=", false},
    };

    if (op == OP_IS || op == OP_IS_NOT) {
        buf_printf(out, "%s BETWEEN %lld AND %lld", column, (long long)least,
            (long long)most);
    } else {
        buf_printf(out, "%s %s %lld", column, comparisons[op].sign,
            (long long)(comparisons[op].most ? most : least));
    }
}

/* The last day of birth of people who are that old today. Who was born on a
   29 February has their birthday on 1 March in other years. */
static int32_t born_until(const struct where *where, int years)
{
    struct civil today = civil_of_day(where->today);
    int year = today.year - years;

    if (!civil_date_exists(year, today.month, today.day)) {
        return civil_day(year, 2, 28);
    }
    return civil_day(year, today.month, today.day);
}

static enum kb_err age_term(
    struct where *where, const char *value, struct buf *out)
{
    int64_t years = 0;

    if (str_int(value, 0, 150, &years) != KB_OK) {
        why_set(where->why, "an age is a number of years, not \"%s\"", value);
        return KB_INVALID;
    }
    range_term(where->mirrored, "r.birth_day",
        born_until(where, (int)years + 1) + 1, born_until(where, (int)years),
        out);
    return KB_OK;
}

static enum kb_err born_term(
    struct where *where, const char *value, struct buf *out)
{
    int64_t year = 0;
    int32_t day = 0;

    if (str_int(value, 1800, 2200, &year) == KB_OK) {
        range_term(where->op, "r.birth_day", civil_day((int)year, 1, 1),
            civil_day((int)year, 12, 31), out);
        return KB_OK;
    }
    if (!cell_date(value, &day)) {
        why_set(where->why,
            "born takes a date (1990-05-31) or a year, not \"%s\"", value);
        return KB_INVALID;
    }
    range_term(where->op, "r.birth_day", day, day, out);
    return KB_OK;
}

static enum kb_err last_contact_term(
    struct where *where, const char *value, struct buf *out)
{
    bool never = str_same(value, "never");
    int32_t day = 0;

    if (never && (where->op == OP_IS || where->op == OP_IS_NOT)) {
        buf_add_text(out, "r.last_contact_at_ms IS NULL");
        return KB_OK;
    }
    if (never || !cell_date(value, &day)) {
        why_set(where->why,
            "last_contact takes a date (2016-09-01), and = or != never");
        return KB_INVALID;
    }
    range_term(where->op, "r.last_contact_at_ms", civil_instant_ms(day, 0),
        civil_instant_ms(day, 0) + MS_A_DAY - 1, out);
    return KB_OK;
}

static enum kb_err operator_term(
    struct where *where, const char *value, struct buf *out)
{
    const char *prefixes = phone_operator_prefixes(value);

    if (prefixes == NULL) {
        struct buf names = {0};

        for (size_t i = 0; phone_operator_at(i) != NULL; i++) {
            buf_printf(
                &names, "%s%s", i == 0 ? "" : ", ", phone_operator_at(i));
        }
        why_set(where->why, "no operator \"%s\"; there are %s", value,
            buf_text(&names));
        buf_clear(&names);
        return KB_INVALID;
    }
    buf_add_text(out, "coalesce(substr(r.phone, 4, 3), '') IN (");
    for (; *prefixes != '\0'; prefixes += strspn(prefixes, " ")) {
        buf_printf(out, "'%.3s'%s", prefixes, prefixes[3] == '\0' ? "" : ",");
        prefixes += 3;
    }
    buf_add_text(out, ")");
    return KB_OK;
}

static enum kb_err phone_term(
    struct where *where, const char *value, struct buf *out)
{
    static const struct {
        const char *value;
        const char *sql;
    } kinds[] = {
        {"own",    "(r.phone IS NOT NULL AND r.phone_shared = 0)" },
        {"shared", "(r.phone IS NOT NULL AND r.phone_shared <> 0)"},
        {"none",   "r.phone IS NULL"                              },
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (str_same(kinds[i].value, value)) {
            buf_add_text(out, kinds[i].sql);
            return KB_OK;
        }
    }
    why_set(where->why, "phone is own, shared or none, not \"%s\"", value);
    return KB_INVALID;
}

/* --- fields --------------------------------------------------------------------- */

static const char field_names[] =
    "state, flag, kecamatan, desa, office, sex, age, born, last_contact, "
    "lang, operator, phone";

static const struct field {
    const char *name;
    term_fn *term;
    bool ordered; /* takes < and > */
} fields[] = {
    {"state",        state_term,        false},
    {"flag",         flag_term,         false},
    {"kecamatan",    kecamatan_term,    false},
    {"desa",         desa_term,         false},
    {"office",       office_term,       false},
    {"sex",          sex_term,          false},
    {"age",          age_term,          true },
    {"born",         born_term,         true },
    {"last_contact", last_contact_term, true },
    {"lang",         lang_term,         false},
    {"operator",     operator_term,     false},
    {"phone",        phone_term,        false},
};

static const struct field *find_field(const char *name)
{
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (str_same(fields[i].name, name)) {
            return &fields[i];
        }
    }
    return NULL;
}

/* Cuts "field op values" in place. */
static const struct field *split(
    struct where *where, char *expr, char **values, struct why *why)
{
    size_t name_bytes = strcspn(expr, "!<>=");
    const struct field *field = NULL;

    for (size_t i = 0; i < OP_COUNT; i++) {
        const char *sign = ops[i].sign;

        if (!str_starts(expr + name_bytes, sign)) {
            continue;
        }
        where->op = ops[i].op;
        where->mirrored = ops[i].mirrored;
        *values = expr + name_bytes + strlen(sign);
        expr[name_bytes] = '\0';
        field = find_field(str_trim(expr));
        if (field == NULL) {
            why_set(why, "no field \"%s\"; there are %s", expr, field_names);
        }
        return field;
    }
    why_set(why,
        "\"%s\" is no condition; one looks like state=unrecorded, "
        "age>=60 or kecamatan=Komodo,Lembor",
        expr);
    return NULL;
}

static enum kb_err check_op(
    const struct where *where, const struct field *field, const char *values)
{
    bool ordered = where->op != OP_IS && where->op != OP_IS_NOT;

    if (ordered && !field->ordered) {
        why_set(where->why, "%s takes = and != only", field->name);
        return KB_INVALID;
    }
    if (ordered && strchr(values, ',') != NULL) {
        why_set(where->why, "%s: several values go with = and != only",
            field->name);
        return KB_INVALID;
    }
    return KB_OK;
}

static enum kb_err add_terms(struct where *where, const struct field *field,
    char *values, struct buf *out)
{
    char *rest = values;
    char *value = NULL;
    enum kb_err err = KB_OK;
    bool first = true;

    buf_add_text(out, where->op == OP_IS_NOT ? "NOT (" : "(");
    while (err == KB_OK && (value = strsep(&rest, ",")) != NULL) {
        value = str_trim(value);
        if (*value == '\0') {
            why_set(where->why, "%s: a value is missing", field->name);
            return KB_INVALID;
        }
        buf_add_text(out, first ? "" : " OR ");
        err = field->term(where, value, out);
        first = false;
    }
    buf_add_text(out, ")");
    return err;
}

enum kb_err registry_where(struct registry *registry, const char *expr,
    int32_t today, struct buf *sql, struct why *why)
{
    struct where where = {.registry = registry, .today = today, .why = why};
    const struct field *field = NULL;
    struct buf terms = {0};
    char copy[EXPR_BYTES];
    char *values = NULL;
    enum kb_err err = KB_INVALID;

    why_field(why, "where");
    if (str_copy(copy, sizeof copy, expr) != KB_OK) {
        why_set(why, "a condition has at most %d bytes", EXPR_BYTES - 1);
        return KB_INVALID;
    }
    field = split(&where, copy, &values, why);
    if (field == NULL) {
        return KB_INVALID;
    }
    err = check_op(&where, field, values);
    if (err == KB_OK) {
        err = add_terms(&where, field, values, &terms);
    }
    if (err == KB_OK) {
        buf_add_text(sql, sql->used == 0 ? "" : " AND ");
        buf_add(sql, buf_text(&terms), terms.used);
    }
    buf_clear(&terms);
    return err;
}
