// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KABARI_REGISTRY_REGISTRY_H
#define KABARI_REGISTRY_REGISTRY_H

#include "base/clock.h"
#include "base/err.h"
#include "registry/nik.h"
#include "registry/phone.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Residents, offices and phones: who is pending, where they go, how they can
 * be reached, and what a phone's holder asked for.
 */

struct registry;

KB_MUST_USE enum kb_err registry_open(
    struct store *store, const struct clock *clock, struct registry **out);
void registry_close(struct registry *registry);

/** A resident's row; empty texts where nothing is known. */
struct resident {
    int64_t id;
    char nik[NIK_BYTES];
    char name[128];
    int32_t birth_day; /* day number; INT32_MIN: not known */
    char sex[2];       /* "m", "f", "" */
    char kecamatan[16];
    char desa[64];
    char office[32];
    char state[16];
    char flag[16];
    char lang[8];
    char phone[PHONE_BYTES];
    bool phone_shared;
    int64_t last_contact_at_ms; /* 0: never */
};

/** The columns of table resident AS r that registry_resident_read() expects,
 *  for rooms that join it with tables of their own. */
#define REGISTRY_RESIDENT_COLUMNS                                              \
    "r.id, r.nik, r.name, r.birth_day, r.sex, r.kecamatan, r.desa, r.office, " \
    "r.state, r.flag, r.lang, r.phone, r.phone_shared, r.last_contact_at_ms"

/*
 * A reach is the kecamatan whose people somebody may see: their codes with a
 * comma before, between and behind (",53.15.03,53.15.05,"), or NULL for all.
 * Statements bind it as :reach.
 */
#define REGISTRY_IN_REACH(kecamatan)                                           \
    "(:reach IS NULL OR instr(:reach, ',' || " kecamatan " || ',') > 0)"
/** Whether somebody in reach has that phone. */
#define REGISTRY_PHONE_IN_REACH(phone)                                         \
    "(:reach IS NULL OR EXISTS (SELECT 1 FROM resident AS near"                \
    " WHERE near.phone = " phone                                               \
    " AND instr(:reach, ',' || near.kecamatan || ',') > 0))"

/** Reads a row that starts with REGISTRY_RESIDENT_COLUMNS. */
void registry_resident_read(sqlite3_stmt *row, struct resident *out);

/** True while reminders make sense: unrecorded or failed, and no flag. */
bool resident_is_pending(const struct resident *resident);

/** KB_OK, KB_NOT_FOUND, KB_DB. */
KB_MUST_USE enum kb_err registry_resident_by_nik(
    struct registry *registry, const char *nik, struct resident *out);
KB_MUST_USE enum kb_err registry_resident_by_id(
    struct registry *registry, int64_t id, struct resident *out);

/**
 * The residents who share a phone, by id, unlinked ones left out.
 *
 * @param most   room in out (a village head's phone may have 60).
 * @param count  how many were filled in.
 */
KB_MUST_USE enum kb_err registry_residents_of_phone(struct registry *registry,
    const char *phone, struct resident *out, size_t most, size_t *count);

/** What is sought: a NIK, a phone, or part of a name. */
struct registry_search {
    const char *text;
    const char *reach; /* NULL: all */
    size_t most;       /* room in out */
};

/** True where no index helps and all residents are read through: part of a
 *  name, not a NIK or phone. */
bool registry_find_is_long(const char *text);
/** Ordered by name. */
KB_MUST_USE enum kb_err registry_find(struct registry *registry,
    const struct registry_search *search, struct resident *out, size_t *count);

/** Whether somebody in reach has that phone (normalised). */
KB_MUST_USE enum kb_err registry_phone_in_reach(struct registry *registry,
    const char *phone, const char *reach, bool *found);

/** What `resident set` changes; NULL members stay as they are. */
struct resident_change {
    const char *state;
    const char *flag;  /* "none" clears it */
    const char *phone; /* any spelling; "" takes it away */
    const char *lang;
};

/** @return KB_OK, KB_NOT_FOUND, KB_INVALID (why says which), KB_DB. */
KB_MUST_USE enum kb_err registry_resident_set(struct registry *registry,
    const char *nik, const struct resident_change *change, struct why *why);

/** Takes a resident's row away (erase); the phone's choices stay as hashes. */
KB_MUST_USE enum kb_err registry_resident_erase(
    struct registry *registry, const char *nik);

/** Notes that somebody on that phone was told something. */
KB_MUST_USE enum kb_err registry_note_contact(
    struct registry *registry, const char *phone, int64_t at_ms);

/* --- phones ---------------------------------------------------------- */

/** STOP (true) and DAFTAR (false) of a whole phone. */
KB_MUST_USE enum kb_err registry_phone_stop(
    struct registry *registry, const char *phone, bool stopped);
KB_MUST_USE enum kb_err registry_phone_stopped(
    struct registry *registry, const char *phone, bool *stopped);

/** SALAH: this phone is not that resident's (nik), or nobody's of those that
 *  carry it (nik NULL). Survives a re-import. */
KB_MUST_USE enum kb_err registry_phone_unlink(
    struct registry *registry, const char *phone, const char *nik);

/** Takes a SALAH back: the phone may be that resident's again. */
KB_MUST_USE enum kb_err registry_phone_relink(
    struct registry *registry, const char *phone, const char *nik);

/** A keyed hash (16 hex digits) of a phone or NIK for logs and tables; the key
 *  is made once and kept in the store. */
struct registry_hash {
    char text[33];
};
struct registry_hash registry_hash(
    const struct registry *registry, const char *value);

/* --- offices --------------------------------------------------------- */

struct office {
    char code[32];
    char name[64];
    char kecamatan[16];
    double lat;
    double lon;
    bool has_place;
    int capacity; /* people a day; 0: not known */
    int opens_minute;
    int closes_minute;
    char days[32]; /* "Mon-Fri" */
    int blanks;
    char fallback[160];
    char state[12]; /* up, degraded, down, closed */
    char reason[160];
    int64_t since_at_ms;
    int32_t back_day; /* INT32_MIN: not known */
};

KB_MUST_USE enum kb_err registry_office_get(
    struct registry *registry, const char *code, struct office *out);

/** All offices by code; free(*out). */
KB_MUST_USE enum kb_err registry_office_list(
    struct registry *registry, struct office **out, size_t *count);

/** The first office of its fallback list that is up; KB_NOT_FOUND for none. */
KB_MUST_USE enum kb_err registry_office_other(
    struct registry *registry, const struct office *office, struct office *out);

/** The name of a kecamatan by its code ("53.15.02"); KB_NOT_FOUND. */
KB_MUST_USE enum kb_err registry_kecamatan_name(
    struct registry *registry, const char *code, char *out, size_t out_bytes);

/** Hours as people read them: "08.00-14.00". */
void office_hours(const struct office *office, char *out, size_t out_bytes);

#define OFFICE_STATES 4 /* up, degraded, down, closed */
extern const char *const office_states[OFFICE_STATES];
bool office_is_state(const char *name);

/** One of office_states, with reason and expected date.
 *  back_day INT32_MIN: not known. */
KB_MUST_USE enum kb_err registry_office_state(struct registry *registry,
    const char *code, const char *state, const char *reason, int32_t back_day);

/** What `office set` changes; -1 and NULL stay. */
struct office_change {
    int capacity;
    int blanks;
    const char *hours; /* "08:00-14:00" */
    const char *days;  /* "Mon-Fri" or "Mon,Wed" */
    const char *fallback;
};
KB_MUST_USE enum kb_err registry_office_set(struct registry *registry,
    const char *code, const struct office_change *change, struct why *why);

/** The code ("53.15.03") of a kecamatan as people name it: by code or name.
 *  KB_OK, KB_NOT_FOUND, KB_DB. */
KB_MUST_USE enum kb_err registry_kecamatan_named(
    struct registry *registry, const char *text, char code[static 16]);

/** Where residents live, as their lists say. */
struct registry_place {
    char kecamatan[16];
    char desa[64]; /* "" : not told */
    int64_t residents;
};

/** All places by kecamatan and desa; free(*out). Reads every resident: tens of
 *  milliseconds for 164,199, so not on the loop. KB_OK, KB_DB. */
KB_MUST_USE enum kb_err registry_place_list(
    struct registry *registry, struct registry_place **out, size_t *count);

/* --- which residents: EXPR ------------------------------------------- */

/**
 * Checks an EXPR ("state=unrecorded,failed", "age>=60", "kecamatan=Komodo")
 * and writes the SQL condition over table resident AS r with its literals
 * quoted safely. Several are joined with AND.
 *
 * @param today  the day number from which ages count.
 * @return KB_OK; KB_INVALID, where why says which part and what is allowed.
 */
struct buf;
KB_MUST_USE enum kb_err registry_where(struct registry *registry,
    const char *expr, int32_t today, struct buf *sql, struct why *why);

/* --- export ---------------------------------------------------------- */

/** Takes one row; anything but KB_OK ends the export. */
typedef enum kb_err registry_row_fn(void *arg, const struct resident *resident);

/**
 * Hands out the residents that an SQL condition of registry_where() selects
 * (NULL or "" : all), by id, those behind `after` only and at most `most` of
 * them, so that a caller on the loop can go in pieces.
 *
 * @return KB_OK; KB_DB; what fn returned.
 */
struct registry_export {
    const char *where;
    const char *reach; /* NULL: all */
    int64_t after; /* id of the last resident of the piece before; 0 at first */
    int64_t most;  /* 0: all */
};
KB_MUST_USE enum kb_err registry_export(struct registry *registry,
    const struct registry_export *what, registry_row_fn *fn, void *arg);

/** The header line and a resident's line of residents.csv, as the import takes
 *  them again. */
void registry_csv_header(struct buf *out);
void registry_csv_row(struct buf *out, const struct resident *resident);

#endif
