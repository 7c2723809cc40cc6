// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_REGISTRY_REGISTRY_INTERNAL_H
#define KABARI_REGISTRY_REGISTRY_INTERNAL_H

#include "registry/registry.h"

#include <sqlite3.h>

#define REGISTRY_KEY_BYTES 32

/* Longest texts that the structs of registry.h take, in bytes with the NUL. */
#define NAME_BYTES sizeof((struct resident *)0)->name
#define DESA_BYTES sizeof((struct resident *)0)->desa

/* Each file keeps its SQL beside its binds, in the order of its enum. */
enum resident_sql {
    RESIDENT_BY_NIK,
    RESIDENT_BY_ID,
    RESIDENT_OF_PHONE,
    RESIDENT_PHONE_IN_REACH,
    RESIDENT_FIND_NIK,
    RESIDENT_FIND_NAME,
    RESIDENT_UPDATE,
    RESIDENT_ERASE,
    RESIDENT_CONTACT,
    RESIDENT_SQL_COUNT
};

enum phone_sql {
    PHONE_CHOOSE,
    PHONE_UNCHOOSE,
    PHONE_CHOICE,
    PHONE_ANY_UNLINKED,
    PHONE_TAKE_AWAY,
    PHONE_TAKE_FROM,
    PHONE_NIKS,
    PHONE_SHARERS,
    PHONE_SHARED_SET,
    PHONE_SQL_COUNT
};

enum office_sql {
    OFFICE_GET,
    OFFICE_LIST,
    OFFICE_STATE,
    OFFICE_SET,
    OFFICE_INSERT,
    OFFICE_REPLACE,
    OFFICE_SERVES,
    OFFICE_ADOPT,
    KECAMATAN_LIST,
    PLACE_LIST,
    OFFICE_SQL_COUNT
};

enum import_sql {
    IMPORT_START,
    IMPORT_GET,
    IMPORT_UNFINISHED,
    IMPORT_LATER,
    IMPORT_OLDEST_KEPT,
    IMPORT_SAVE,
    IMPORT_STAGE,
    IMPORT_UNSTAGE,
    IMPORT_STAGED,
    IMPORT_SCAN,
    IMPORT_REJECT,
    IMPORT_REJECTS,
    IMPORT_FORGET_REJECTS,
    IMPORT_FORGET_CHANGES,
    IMPORT_AGED,
    IMPORT_SET_FORGOTTEN,
    IMPORT_ADD,
    IMPORT_KEEP,
    IMPORT_CHANGE,
    IMPORT_PENDING,
    IMPORT_RESOLVE,
    IMPORT_WRITTEN,
    IMPORT_LAST_RESIDENT,
    IMPORT_UNDO_CHANGE,
    IMPORT_UNDO_ADD,
    IMPORT_SQL_COUNT
};

struct import_job;

struct registry {
    struct store *store;
    const struct clock *clock;
    unsigned char key[REGISTRY_KEY_BYTES];
    sqlite3_stmt *resident[RESIDENT_SQL_COUNT];
    sqlite3_stmt *phone[PHONE_SQL_COUNT];
    sqlite3_stmt *office[OFFICE_SQL_COUNT];
    sqlite3_stmt *import[IMPORT_SQL_COUNT];
    struct import_job *job; /* the import that runs, or NULL */
    int64_t forget_at_ms;   /* when import_forget() looks again */
};

extern const char *const registry_resident_sql[RESIDENT_SQL_COUNT];
extern const char *const registry_phone_sql[PHONE_SQL_COUNT];
extern const char *const registry_office_sql[OFFICE_SQL_COUNT];
extern const char *const registry_import_sql[IMPORT_SQL_COUNT];

/** KB_NOT_FOUND of a change that changed nothing is fine here. */
enum kb_err registry_or_none(enum kb_err err);

/** Copies a text, cut where it must be (never a phone or NIK). */
void registry_copy(char *out, size_t out_bytes, const char *text);

/** Copies a column's text, cut where it must be (never a phone or NIK). */
void registry_copy_column(
    sqlite3_stmt *statement, int column, char *out, size_t out_bytes);

/** Sets phone_shared of everybody with that phone; "" and NULL do nothing. */
KB_MUST_USE enum kb_err registry_phone_recount(
    struct registry *registry, const char *phone);

/** The same when somebody has just got a phone that they had not before. */
KB_MUST_USE enum kb_err registry_phone_joined(
    struct registry *registry, const char *phone);

/** Whether anybody said SALAH at all: saves the hashes where nobody did. */
bool registry_phone_any_unlinked(struct registry *registry);

/** Whether SALAH was said for that phone and NIK. */
KB_MUST_USE enum kb_err registry_phone_is_unlinked(struct registry *registry,
    const char *phone, const char *nik, bool *unlinked);

#define KECAMATAN_CODE_BYTES 9 /* "53.15.05" */

/** Brings "531505" or "53.15.05" to "53.15.05"; false where it is no code. */
bool registry_kecamatan_code(const char *text, char *out);

/** A kecamatan, its names known from the offices or from the region. */
struct kecamatan {
    char code[16];
    char name[64];
    char office[32]; /* "" : none */
};

/** All kecamatan that have an office or that the region knows, by code;
 *  free(*out). */
KB_MUST_USE enum kb_err registry_kecamatan_list(
    struct registry *registry, struct kecamatan **out, size_t *count);

/** Finds one by code ("53.15.05", "531505") or name ("Kec. Komodo"); NULL
 *  where there is none. */
const struct kecamatan *registry_kecamatan_find(
    const struct kecamatan *list, size_t count, const char *text);

#endif
