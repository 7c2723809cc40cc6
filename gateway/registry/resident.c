// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"
#include "registry/registry_internal.h"
#include "registry/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIND_BYTES 128

const char *const registry_resident_sql[RESIDENT_SQL_COUNT] = {
    [RESIDENT_BY_NIK] = "SELECT " REGISTRY_RESIDENT_COLUMNS
                        " FROM resident AS r WHERE r.nik = :nik",
    [RESIDENT_BY_ID] = "SELECT " REGISTRY_RESIDENT_COLUMNS
                       " FROM resident AS r WHERE r.id = :id",
    [RESIDENT_OF_PHONE] =
        "SELECT " REGISTRY_RESIDENT_COLUMNS
        " FROM resident AS r WHERE r.phone = :phone"
        " AND " REGISTRY_IN_REACH("r.kecamatan") " ORDER BY r.id LIMIT :most",
    [RESIDENT_PHONE_IN_REACH] = "SELECT " REGISTRY_PHONE_IN_REACH(":phone"),
    [RESIDENT_FIND_NIK] =
        "SELECT " REGISTRY_RESIDENT_COLUMNS " FROM resident AS r"
        " WHERE r.nik >= :prefix AND r.nik < :prefix || ':'"
        " AND " REGISTRY_IN_REACH(
            "r.kecamatan") " ORDER BY r.name, r.id LIMIT :most",
    [RESIDENT_FIND_NAME] =
        "SELECT " REGISTRY_RESIDENT_COLUMNS " FROM resident AS r"
        " WHERE r.name LIKE :pattern ESCAPE '\\'"
        " AND " REGISTRY_IN_REACH(
            "r.kecamatan") " ORDER BY r.name, r.id LIMIT :most",
    [RESIDENT_UPDATE] =
        "UPDATE resident SET state = :state, flag = :flag, lang = :lang,"
        " phone = :phone, updated_at_ms = :now, import_id = 0"
        " WHERE id = :id",
    [RESIDENT_ERASE] = "DELETE FROM resident WHERE id = :id",
    [RESIDENT_CONTACT] =
        "UPDATE resident SET last_contact_at_ms = :at WHERE phone = :phone",
};

void registry_resident_read(sqlite3_stmt *row, struct resident *out)
{
    *out = (struct resident){.birth_day = INT32_MIN};
    out->id = sqlite3_column_int64(row, 0);
    registry_copy_column(row, 1, out->nik, sizeof out->nik);
    registry_copy_column(row, 2, out->name, sizeof out->name);
    if (sqlite3_column_type(row, 3) != SQLITE_NULL) {
        out->birth_day = sqlite3_column_int(row, 3);
    }
    registry_copy_column(row, 4, out->sex, sizeof out->sex);
    registry_copy_column(row, 5, out->kecamatan, sizeof out->kecamatan);
    registry_copy_column(row, 6, out->desa, sizeof out->desa);
    registry_copy_column(row, 7, out->office, sizeof out->office);
    registry_copy_column(row, 8, out->state, sizeof out->state);
    registry_copy_column(row, 9, out->flag, sizeof out->flag);
    registry_copy_column(row, 10, out->lang, sizeof out->lang);
    registry_copy_column(row, 11, out->phone, sizeof out->phone);
    out->phone_shared = sqlite3_column_int(row, 12) != 0;
    out->last_contact_at_ms = sqlite3_column_int64(row, 13);
}

bool resident_is_pending(const struct resident *resident)
{
    return resident->flag[0] == '\0' &&
           (strcmp(resident->state, "unrecorded") == 0 ||
               strcmp(resident->state, "failed") == 0);
}

/* --- looking up ------------------------------------------------------------ */

static enum kb_err read_one(
    struct registry *registry, sqlite3_stmt *statement, struct resident *out)
{
    enum kb_err err = store_step(registry->store, statement);

    if (err == KB_OK) {
        registry_resident_read(statement, out);
        (void)sqlite3_reset(statement);
    }
    return err;
}

static enum kb_err read_many(struct registry *registry, sqlite3_stmt *statement,
    const struct registry_search *search, struct resident *out, size_t *count)
{
    enum kb_err err = KB_OK;
    size_t used = 0;

    store_bind_int(statement, ":most", (int64_t)search->most);
    store_bind_text_or_null(statement, ":reach", search->reach);
    while ((err = store_step(registry->store, statement)) == KB_OK) {
        registry_resident_read(statement, &out[used++]);
    }
    *count = used;
    return registry_or_none(err);
}

enum kb_err registry_resident_by_nik(
    struct registry *registry, const char *nik, struct resident *out)
{
    sqlite3_stmt *statement = registry->resident[RESIDENT_BY_NIK];

    store_bind_text(statement, ":nik", nik);
    return read_one(registry, statement, out);
}

enum kb_err registry_resident_by_id(
    struct registry *registry, int64_t id, struct resident *out)
{
    sqlite3_stmt *statement = registry->resident[RESIDENT_BY_ID];

    store_bind_int(statement, ":id", id);
    return read_one(registry, statement, out);
}

static enum kb_err read_phone(struct registry *registry, const char *phone,
    const struct registry_search *search, struct resident *out, size_t *count)
{
    /* Whoever was unlinked has lost the phone: see registry_phone_unlink(). */
    sqlite3_stmt *statement = registry->resident[RESIDENT_OF_PHONE];

    store_bind_text(statement, ":phone", phone);
    return read_many(registry, statement, search, out, count);
}

enum kb_err registry_residents_of_phone(struct registry *registry,
    const char *phone, struct resident *out, size_t most, size_t *count)
{
    return read_phone(
        registry, phone, &(struct registry_search){.most = most}, out, count);
}

enum kb_err registry_phone_in_reach(struct registry *registry,
    const char *phone, const char *reach, bool *found)
{
    sqlite3_stmt *row = registry->resident[RESIDENT_PHONE_IN_REACH];
    int64_t is_in = 0;
    enum kb_err err = KB_OK;

    store_bind_text(row, ":phone", phone);
    store_bind_text_or_null(row, ":reach", reach);
    err = store_one_value(registry->store, row, &is_in);
    if (err == KB_OK) {
        *found = is_in != 0;
    }
    return err;
}

/* "%a\_b%": the text's own % and _ mean themselves. */
static void like_pattern(const char *text, char *out)
{
    char *at = out;

    *at++ = '%';
    for (size_t i = 0; i < FIND_BYTES && text[i] != '\0'; i++) {
        if (strchr("%_\\", text[i]) != NULL) {
            *at++ = '\\';
        }
        *at++ = text[i];
    }
    *at++ = '%';
    *at = '\0';
}

/* Digits that are too many for the start of a phone number only. */
static bool may_be_nik(const char *text)
{
    return str_digits(text) && strlen(text) > 4 && *text != '0' && *text != '8';
}

bool registry_find_is_long(const char *text)
{
    char phone[PHONE_BYTES];

    return *text != '\0' && !may_be_nik(text) &&
           (phone_normalise(text, phone, NULL) != KB_OK || phone[0] == '\0');
}

enum kb_err registry_find(struct registry *registry,
    const struct registry_search *search, struct resident *out, size_t *count)
{
    const char *text = search->text;
    char phone[PHONE_BYTES];
    char pattern[FIND_BYTES * 2 + 3];
    sqlite3_stmt *statement = NULL;

    *count = 0;
    if (*text == '\0') {
        return KB_OK;
    }
    if (may_be_nik(text)) {
        statement = registry->resident[RESIDENT_FIND_NIK];
        store_bind_text(statement, ":prefix", text);
        if (read_many(registry, statement, search, out, count) != KB_OK) {
            return KB_DB;
        }
        if (*count > 0) {
            return KB_OK;
        }
    }
    if (phone_normalise(text, phone, NULL) == KB_OK && phone[0] != '\0') {
        return read_phone(registry, phone, search, out, count);
    }
    if (may_be_nik(text)) {
        return KB_OK; /* nobody's name */
    }
    statement = registry->resident[RESIDENT_FIND_NAME];
    like_pattern(text, pattern);
    store_bind_text(statement, ":pattern", pattern);
    return read_many(registry, statement, search, out, count);
}

/* --- changing -------------------------------------------------------------- */

static enum kb_err set_words(const struct resident_change *change,
    struct resident *resident, struct why *why)
{
    const char *state = NULL;
    const char *flag = NULL;

    if (change->state != NULL) {
        state = word_state(change->state);
        if (state == NULL) {
            why_field(why, "state");
            why_set(why, "no such state; there are %s", word_states);
            return KB_INVALID;
        }
        registry_copy(resident->state, sizeof resident->state, state);
    }
    if (change->flag != NULL) {
        flag = word_flag(change->flag);
        if (flag == NULL) {
            why_field(why, "flag");
            why_set(why, "no such flag; there are %s", word_flags);
            return KB_INVALID;
        }
        registry_copy(resident->flag, sizeof resident->flag, flag);
    }
    return KB_OK;
}

static enum kb_err set_rest(const struct resident_change *change,
    struct resident *resident, struct why *why)
{
    if (change->lang != NULL) {
        if (*change->lang != '\0' && !word_is_lang(change->lang)) {
            why_field(why, "lang");
            why_set(why, "a language is a code such as id or en");
            return KB_INVALID;
        }
        registry_copy(resident->lang, sizeof resident->lang, change->lang);
    }
    if (change->phone != NULL &&
        phone_normalise(change->phone, resident->phone, why) != KB_OK) {
        why_field(why, "phone");
        return KB_INVALID;
    }
    return KB_OK;
}

static enum kb_err write_change(struct registry *registry,
    const struct resident *resident, const char *old_phone)
{
    sqlite3_stmt *statement = registry->resident[RESIDENT_UPDATE];
    enum kb_err err = KB_OK;

    store_bind_int(statement, ":id", resident->id);
    store_bind_text(statement, ":state", resident->state);
    store_bind_text(statement, ":flag", resident->flag);
    store_bind_text(statement, ":lang", resident->lang);
    store_bind_text_or_null(statement, ":phone", resident->phone);
    store_bind_int(statement, ":now", clock_now_ms(registry->clock));
    err = store_run(registry->store, statement);
    if (err == KB_OK && strcmp(old_phone, resident->phone) != 0) {
        err = registry_phone_recount(registry, old_phone);
        if (err == KB_OK) {
            err = registry_phone_recount(registry, resident->phone);
        }
    }
    return err;
}

static enum kb_err change_resident(struct registry *registry,
    const struct resident *old, const struct resident_change *change,
    struct why *why)
{
    struct resident changed = *old;
    enum kb_err err = set_words(change, &changed, why);

    if (err == KB_OK) {
        err = set_rest(change, &changed, why);
    }
    /* Staff give this phone to this resident: an earlier SALAH is settled. */
    if (err == KB_OK && change->phone != NULL && changed.phone[0] != '\0') {
        err = registry_phone_relink(registry, changed.phone, changed.nik);
    }
    return err == KB_OK ? write_change(registry, &changed, old->phone) : err;
}

enum kb_err registry_resident_set(struct registry *registry, const char *nik,
    const struct resident_change *change, struct why *why)
{
    struct resident old = {0};
    enum kb_err err = registry_resident_by_nik(registry, nik, &old);

    if (err != KB_OK) {
        return err;
    }
    err = store_op_begin(registry->store);
    if (err != KB_OK) {
        return err;
    }
    err = change_resident(registry, &old, change, why);
    return store_op_end(registry->store, err);
}

enum kb_err registry_resident_erase(struct registry *registry, const char *nik)
{
    sqlite3_stmt *statement = registry->resident[RESIDENT_ERASE];
    struct resident old = {0};
    enum kb_err err = registry_resident_by_nik(registry, nik, &old);

    if (err == KB_OK) {
        err = store_op_begin_record(registry->store);
    }
    if (err != KB_OK) {
        return err;
    }
    store_bind_int(statement, ":id", old.id);
    err = store_run(registry->store, statement);
    if (err == KB_OK) {
        err = registry_phone_recount(registry, old.phone);
    }
    return store_op_end(registry->store, err);
}

enum kb_err registry_note_contact(
    struct registry *registry, const char *phone, int64_t at_ms)
{
    sqlite3_stmt *statement = registry->resident[RESIDENT_CONTACT];
    enum kb_err err = store_op_begin_record(registry->store);

    if (err != KB_OK) {
        return err;
    }
    store_bind_text(statement, ":phone", phone);
    store_bind_int(statement, ":at", at_ms);
    err = registry_or_none(store_run(registry->store, statement));
    return store_op_end(registry->store, err);
}
